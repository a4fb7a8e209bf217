/* SPDX-License-Identifier: Apache-2.0 */
#include "ioda.h"

#include "memory.h"
#include "tce.h"

void ioda_select(struct phb *phb, unsigned table, unsigned index, bool autoincrement) {
  phb_write(phb, PHB_IODA_ADDR,
            (autoincrement ? PHB_IODA_ADDR_AUTOINC : 0) | FIELD(PHB_IODA_ADDR_TSEL, table) | index);
}

uint64_t ioda_read(struct phb *phb, unsigned table, unsigned index) {
  ioda_select(phb, table, index, false);
  return phb_read(phb, PHB_IODA_DATA0);
}

void ioda_write(struct phb *phb, unsigned table, unsigned index, uint64_t value) {
  ioda_select(phb, table, index, false);
  phb_write(phb, PHB_IODA_DATA0, value);
}

/* --- Contents ---------------------------------------------------------------------------------- */

/* M32 is the first window (5.8), its segments' PEs in column A of the MDT. The last three windows take columns B, C
 * and D; in the others the segment is the PE. */
#define VIA_MDT FIELD(PHB_MBT0_MODE, PHB_MBT_MODE_MDT)

/* Column A is for M32, whose segments are nobody's yet. */
static uint64_t mdt_identity(uint64_t pe) {
  return FIELD(PHB_MDT_PE_B, pe) | FIELD(PHB_MDT_PE_C, pe) | FIELD(PHB_MDT_PE_D, pe);
}

#define LSI_MASKED FIELD(PHB_LXIVT_PRIORITY, 0xff) /* lowest priority: never delivered */
#define MSI_MASKED FIELD(PHB_IVE_PRIORITY, 0xff)

static void set_window_defaults(struct phb *phb) {
  const struct phb_facts *f = phb->facts;
  const struct boot_info_phb *b = phb->boot;
  if (is_phb3(phb)) return; /* M32 has registers of its own */
  if (b->mmio32_bytes != 0) {
    phb->mbt[0] = PHB_MBT0_TYPE_M32 | VIA_MDT | (b->mmio32_base & PHB_MBT0_BASE);
    phb->mbt[1] = PHB_MBT1_ENABLE | (~(b->mmio32_bytes - 1) & PHB_MBT1_MASK);
  }
  for (unsigned column = 1; column <= 3; ++column) {
    phb->mbt[f->mbt - 2 * (4 - column)] = VIA_MDT | FIELD(PHB_MBT0_MDT_COLUMN, column);
  }
  for (unsigned pe = 0; pe < f->mdt; ++pe) phb->mdt[pe] = mdt_identity(pe);
}

void ioda_set_defaults(struct phb *phb) {
  const struct phb_facts *f = phb->facts;
  for (unsigned i = 0; i < MAX_TVES; ++i) phb->tvt[i] = phb->mist[i] = 0;
  for (unsigned i = 0; i < MAX_MBT_WORDS; ++i) phb->mbt[i] = 0;
  for (unsigned i = 0; i < MAX_PES; ++i) phb->mdt[i] = 0;
  set_window_defaults(phb);
  /* Never all ones: PHB3 fails on an MSI of such an RTE (HW278969). */
  mem_fill64(phb->rtt, 0x0001000100010001ull * reserved_pe(phb), PHB_RTT_BYTES / 8);
  mem_fill64(phb->peltv, 0, PELTV_BYTES / 8);
  mem_fill64(phb->pest, 0, f->pes * PHB_PEST_ENTRY_BYTES / 8);
  if (phb->ivt != 0) {
    mem_fill64(phb->ivt, 0, (uint64_t)f->msis * IVT_STRIDE / 8);
    for (unsigned i = 0; i < f->msis; ++i) hal_mem_write64(phb->ivt + (uint64_t)i * IVT_STRIDE, MSI_MASKED);
  }
}

bool ioda_allocate(struct phb *phb) {
  const struct phb_facts *f = phb->facts;
  phb->rtt = mem_alloc(PHB_RTT_BYTES, PHB_RTT_BYTES);
  phb->peltv = mem_alloc(PELTV_BYTES, PELTV_BYTES);
  phb->pest = mem_alloc(f->pes * PHB_PEST_ENTRY_BYTES, f->pes * PHB_PEST_ENTRY_BYTES);
  phb->ivt = is_phb3(phb) ? mem_alloc(0x800 * IVT_STRIDE, 0x800 * IVT_STRIDE) : 0;
  phb->mailbox = mem_alloc(0x10000, 0x10000);
  if (phb->rtt == 0 || phb->peltv == 0 || phb->pest == 0 || phb->mailbox == 0) return false;
  ioda_set_defaults(phb);
  return true;
}

static void write_words(struct phb *phb, unsigned table, const uint64_t *words, unsigned count) {
  if (count == 0) return;
  ioda_select(phb, table, 0, true);
  for (unsigned i = 0; i < count; ++i) phb_write(phb, PHB_IODA_DATA0, words != NULL ? words[i] : 0);
}

static void write_interrupt_table(struct phb *phb) {
  const struct phb_facts *f = phb->facts;
  ioda_select(phb, PHB_IODA_MIST, 0, true);
  if (f->lxivt != 0) {
    for (unsigned i = 0; i < f->lxivt; ++i) phb_write(phb, PHB_IODA_DATA0, LSI_MASKED);
    return;
  }
  /* All four sources of an entry are to be written. */
  const uint64_t address = phb_read(phb, PHB_IODA_ADDR);
  phb_write(phb, PHB_IODA_ADDR, address | PHB_IODA_ADDR_MIST_PWV);
  for (unsigned i = 0; i < f->mist; ++i) phb_write(phb, PHB_IODA_DATA0, phb->mist[i]);
}

static void thaw_all(struct phb *phb) {
  for (unsigned pe = 0; pe < phb->facts->pes; ++pe) {
    ioda_write(phb, PHB_IODA_PESTA, pe, 0);
    ioda_write(phb, PHB_IODA_PESTB, pe, 0);
  }
}

void ioda_write_tables(struct phb *phb) {
  const struct phb_facts *f = phb->facts;
  if (!is_phb3(phb)) ioda_write(phb, PHB_IODA_PESTA, 0, 0); /* erratum: before the MIST */
  write_interrupt_table(phb);
  write_words(phb, PHB_IODA_MRT, NULL, f->mrt);
  write_words(phb, PHB_IODA_TVT, phb->tvt, f->tves);
  write_words(phb, PHB_IODA_MBT, phb->mbt, f->mbt);
  write_words(phb, PHB_IODA_MDT, phb->mdt, f->mdt);
  if (is_phb3(phb)) {
    hal_barrier(); /* RTT and IVT are in memory */
    ioda_invalidate_rtc(phb);
    phb_write(phb, PHB_IVC_INVALIDATE, PHB_IVC_INVALIDATE_ALL);
    tce_kill_all(phb);
    write_words(phb, PHB_IODA_RBA, NULL, f->rba);
  }
  thaw_all(phb);
  write_words(phb, PHB_IODA_PEEV, NULL, f->peev);
  if (!is_phb3(phb)) {
    hal_barrier();
    ioda_invalidate_rtc(phb);
    tce_kill_all(phb);
  }
}

/* --- Changes ----------------------------------------------------------------------------------- */

void ioda_set_rte(struct phb *phb, unsigned rid, unsigned pe) {
  hal_mem_write16(phb->rtt + 2 * (uint64_t)rid, (uint16_t)pe);
}

void ioda_invalidate_rtc(struct phb *phb) { phb_write(phb, PHB_RTC_INVALIDATE, PHB_RTC_INVALIDATE_ALL); }

void ioda_set_peltv(struct phb *phb, unsigned parent, unsigned child, bool set) {
  const uint64_t byte = phb->peltv + (uint64_t)parent * (phb->facts->pes / 8) + child / 8;
  const uint64_t bit = 0x80u >> child % 8;
  const uint64_t old = hal_mem_read(byte, 1);
  hal_mem_write(byte, 1, set ? old | bit : old & ~bit);
}

void ioda_set_tve(struct phb *phb, unsigned index, uint64_t tve) {
  phb->tvt[index] = tve;
  ioda_write(phb, PHB_IODA_TVT, index, tve);
}

void ioda_set_m32_segment(struct phb *phb, unsigned segment, unsigned pe) {
  if (is_phb3(phb)) {
    phb->mdt[segment] = FIELD(PHB_M32DT_PE, pe);
  } else {
    phb->mdt[segment] = (phb->mdt[segment] & ~PHB_MDT_PE_A) | FIELD(PHB_MDT_PE_A, pe);
  }
  ioda_write(phb, PHB_IODA_MDT, segment, phb->mdt[segment]);
}
