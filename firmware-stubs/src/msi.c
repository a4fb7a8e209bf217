/* SPDX-License-Identifier: Apache-2.0 */
#include "msi.h"

#include "ioda.h"
#include "opal.h"

#define MIST_PE 0x0fffull

static uint64_t ive(const struct phb *phb, unsigned source) { return phb->ivt + (uint64_t)source * IVT_STRIDE; }

/* A MIST entry is four sources; writing one of them also clears its P and Q. */
static void set_mist(struct phb *phb, unsigned pe, unsigned source) {
  const unsigned entry = source / 4, quarter = source % 4, shift = 48 - 16 * quarter;
  phb->mist[entry] = (phb->mist[entry] & ~(0xffffull << shift)) | (pe & MIST_PE) << shift;
  ioda_select(phb, PHB_IODA_MIST, entry, false);
  const uint64_t address = phb_read(phb, PHB_IODA_ADDR);
  phb_write(phb, PHB_IODA_ADDR, address | FIELD(PHB_IODA_ADDR_MIST_PWV, 8u >> quarter));
  phb_write(phb, PHB_IODA_DATA0, phb->mist[entry]);
}

static void set_ive(struct phb *phb, unsigned pe, unsigned source) {
  hal_mem_write64(ive(phb, source), FIELD(PHB_IVE_PRIORITY, 5) | pe); /* server 0 */
  hal_barrier();
  phb_write(phb, PHB_IVC_INVALIDATE, FIELD(PHB_IVC_INVALIDATE_SID, source));
}

int64_t msi_set_pe(struct phb *phb, unsigned pe, unsigned source) {
  if (pe >= phb->facts->pes || source >= phb->facts->msis) return OPAL_PARAMETER;
  if (phb->broken) return OPAL_HARDWARE;
  hal_mem_write64(phb->mailbox, 0);
  hal_barrier();
  if (is_phb3(phb)) {
    set_ive(phb, pe, source);
  } else {
    set_mist(phb, pe, source);
  }
  return OPAL_SUCCESS;
}

/* The low five bits of the source go into the data: 32 messages may share an address. */
int64_t msi_message64(struct phb *phb, unsigned pe, unsigned source, unsigned range, uint64_t *address, uint32_t *data) {
  if (pe >= phb->facts->pes || source >= phb->facts->msis || range != 1) return OPAL_PARAMETER;
  *address = PHB_MSI64_BASE | ((uint64_t)source << 4 & ~0x1f0ull);
  *data = source & 0x1f;
  return OPAL_SUCCESS;
}

int64_t msi_message32(struct phb *phb, unsigned pe, unsigned source, unsigned range, uint32_t *address, uint32_t *data) {
  uint64_t wide;
  const int64_t code = msi_message64(phb, pe, source, range, &wide, data);
  if (code == OPAL_SUCCESS) *address = (uint32_t)(PHB_MSI32_BASE | (wide & 0xffff));
  return code;
}

bool msi_fired(struct phb *phb, unsigned source) {
  if (is_phb3(phb)) return (hal_mem_read64(ive(phb, source)) & PHB_IVE_P) != 0;
  const uint64_t notified = hal_mem_read64(phb->mailbox);
  return notified != 0 && (notified & 0x0000ffffffffffffull) == (phb->boot->notify_index | source);
}
