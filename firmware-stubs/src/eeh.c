/* SPDX-License-Identifier: Apache-2.0 */
#include "eeh.h"

#include "bugs.h"
#include "ioda.h"
#include "link.h"
#include "opal.h"
#include "pci_config.h"

#define ALL_ONES (~0ull)

/* --- What PEST says ---------------------------------------------------------------------------- */

uint64_t eeh_pesta(struct phb *phb, unsigned pe) {
  const uint64_t chip = ioda_read(phb, PHB_IODA_PESTA, pe);
  return (chip & PHB_PESTA_MMIO_FROZEN) != 0 ? chip | hal_mem_read64(phb->pest + 16ull * pe) : chip;
}

uint64_t eeh_pestb(struct phb *phb, unsigned pe) {
  const uint64_t chip = ioda_read(phb, PHB_IODA_PESTB, pe);
  return (chip & PHB_PESTB_DMA_STOPPED) != 0 ? chip | hal_mem_read64(phb->pest + 16ull * pe + 8) : chip;
}

/* POWER9 up to DD2.1 leaks PowerBus credits when a load ends in an error: only a reset of the PHB helps. */
static bool must_escalate(const struct phb *phb, uint64_t pesta) {
  return generation(phb) == 4 && boot.chip_level < 0x22 && GETFIELD(PHB_PESTA_TTYPE, pesta) == PHB_TTYPE_MMIO_LOAD &&
         (pesta & (PHB_PESTA_CA_RETURN | PHB_PESTA_UR_RETURN)) != 0;
}

int64_t eeh_freeze_status(struct phb *phb, unsigned pe, struct eeh_status *status) {
  *status = (struct eeh_status){OPAL_EEH_STATE_NONE, OPAL_EEH_TYPE_NONE, OPAL_EEH_SEVERITY_NONE};
  if (phb->broken) {
    *status = (struct eeh_status){OPAL_EEH_ACTION_ALL, OPAL_EEH_TYPE_PHB, OPAL_EEH_SEVERITY_PHB_DEAD};
    return OPAL_HARDWARE;
  }
  if (phb_fenced(phb)) {
    *status = (struct eeh_status){OPAL_EEH_ACTION_ALL, OPAL_EEH_TYPE_PHB, OPAL_EEH_SEVERITY_PHB_FENCED};
    return OPAL_SUCCESS;
  }
  if ((ioda_read(phb, PHB_IODA_PEEV, pe / 64) & PPC_BIT(pe % 64)) == 0) return OPAL_SUCCESS;
  const uint64_t pesta = eeh_pesta(phb, pe);
  const uint64_t pestb = ioda_read(phb, PHB_IODA_PESTB, pe);
  status->severity = OPAL_EEH_SEVERITY_PE;
  if (must_escalate(phb, pesta)) {
    status->error = OPAL_EEH_TYPE_PHB;
    status->severity = OPAL_EEH_SEVERITY_PHB_FENCED;
  }
  if ((pesta & PHB_PESTA_MMIO_FROZEN) != 0) status->state |= OPAL_EEH_ACTION_MMIO;
  if ((pestb & PHB_PESTB_DMA_STOPPED) != 0) status->state |= OPAL_EEH_ACTION_DMA;
  return OPAL_SUCCESS;
}

/* True if some PE is frozen: looks until it finds one. */
static bool any_frozen(struct phb *phb) {
  ioda_select(phb, PHB_IODA_PEEV, 0, true);
  for (unsigned i = 0; i < phb->facts->peev; ++i)
    if (phb_read(phb, PHB_IODA_DATA0) != 0) return true;
  return false;
}

int64_t eeh_freeze_clear(struct phb *phb, unsigned pe, unsigned what) {
  if (phb->broken) return OPAL_HARDWARE;
  const uint64_t summary = phb_read(phb, PHB_ETU_ERR_SUMMARY);
  if (summary == ALL_ONES && phb_fenced(phb)) return OPAL_HARDWARE;
  if (summary != 0) phb_clear_errors(phb);
  if ((what & OPAL_EEH_ACTION_MMIO) != 0) ioda_write(phb, PHB_IODA_PESTA, pe, 0);
  if ((what & OPAL_EEH_ACTION_DMA) != 0) ioda_write(phb, PHB_IODA_PESTB, pe, 0);
  any_frozen(phb);
  return OPAL_SUCCESS;
}

int64_t eeh_freeze_set(struct phb *phb, unsigned pe, unsigned what) {
  if (phb->broken) return OPAL_HARDWARE;
  if (pe >= phb->facts->pes || what < OPAL_EEH_ACTION_MMIO || what > OPAL_EEH_ACTION_ALL) return OPAL_PARAMETER;
  if ((what & OPAL_EEH_ACTION_MMIO) != 0) {
    ioda_select(phb, PHB_IODA_PESTA, pe, false);
    phb_set_bits(phb, PHB_IODA_DATA0, PHB_PESTA_MMIO_FROZEN);
  }
  if ((what & OPAL_EEH_ACTION_DMA) != 0) {
    ioda_select(phb, PHB_IODA_PESTB, pe, false);
    phb_set_bits(phb, PHB_IODA_DATA0, PHB_PESTB_DMA_STOPPED);
  }
  return OPAL_SUCCESS;
}

/* The frozen PE with the highest word of PEEV, and of it the lowest number. */
static uint64_t first_frozen(struct phb *phb) {
  for (unsigned word = phb->facts->peev; word-- > 0;) {
    const uint64_t peev = ioda_read(phb, PHB_IODA_PEEV, word);
    if (peev != 0) return 64ull * word + (unsigned)__builtin_clzll(peev);
  }
  return ALL_ONES;
}

int64_t eeh_next_error(struct phb *phb, struct eeh_error *error) {
  *error = (struct eeh_error){ALL_ONES, OPAL_EEH_TYPE_NONE, OPAL_EEH_SEVERITY_NONE};
  if (phb->broken) {
    *error = (struct eeh_error){ALL_ONES, OPAL_EEH_TYPE_PHB, OPAL_EEH_SEVERITY_PHB_DEAD};
    return OPAL_SUCCESS;
  }
  if (phb_fenced(phb)) {
    *error = (struct eeh_error){ALL_ONES, OPAL_EEH_TYPE_PHB, OPAL_EEH_SEVERITY_PHB_FENCED};
    return OPAL_SUCCESS;
  }
  if (any_frozen(phb)) error->pe = first_frozen(phb);
  if (error->pe == ALL_ONES) {
    if (is_phb3(phb)) { /* all of them have been handled */
      phb3_set_error_interrupts(phb);
    } else {
      phb4_set_error_interrupts(phb);
    }
    return OPAL_SUCCESS;
  }
  const bool escalate = must_escalate(phb, eeh_pesta(phb, (unsigned)error->pe));
  error->type = escalate ? OPAL_EEH_TYPE_PHB : OPAL_EEH_TYPE_PE;
  error->severity = escalate ? OPAL_EEH_SEVERITY_PHB_FENCED : OPAL_EEH_SEVERITY_PE;
  return OPAL_SUCCESS;
}

/* --- Interrupts -------------------------------------------------------------------------------- */

struct block {
  uint32_t status, enable;
};
static const struct block blocks_phb4[] = {
    {PHB_ERR_STATUS, PHB_ERR_IRQ_ENABLE},
    {PHB_TXE_ERR_STATUS, PHB_TXE_ERR_IRQ_ENABLE},
    {PHB_RXE_ARB_ERR_STATUS, PHB_RXE_ARB_ERR_IRQ_ENABLE},
    {PHB_RXE_MRG_ERR_STATUS, PHB_RXE_MRG_ERR_IRQ_ENABLE},
    {PHB_RXE_TCE_ERR_STATUS, PHB_RXE_TCE_ERR_IRQ_ENABLE},
};

/* PHB3's four are the first four, under other names. */
void eeh_mask_active(struct phb *phb) {
  const unsigned count = is_phb3(phb) ? 4 : 5;
  for (unsigned i = 0; i < count; ++i) {
    const uint64_t status = phb_read(phb, blocks_phb4[i].status);
    if (status != 0) phb_clear_bits(phb, blocks_phb4[i].enable, status);
  }
}

/* --- Injection --------------------------------------------------------------------------------- */

static int64_t arm(struct phb *phb, uint64_t control, uint64_t address, uint64_t mask) {
  phb_write(phb, PHB_PAPR_ERR_INJ_ADDR, address);
  phb_write(phb, PHB_PAPR_ERR_INJ_MASK, mask);
  phb_write(phb, PHB_PAPR_ERR_INJ_CTL, control);
  return OPAL_SUCCESS;
}

static int64_t inject_config(struct phb *phb, unsigned pe, uint64_t direction) {
  for (unsigned rid = 0; rid < RTT_ENTRIES; ++rid) {
    if (hal_mem_read16(phb->rtt + 2ull * rid) != pe) continue;
    /* A PE of a whole bus matches by bus, others by the whole RID. */
    const bool bus = (rid & 0xff) == 0 && hal_mem_read16(phb->rtt + 2ull * (rid + 8)) == pe;
    const uint64_t mask = bus ? PHB_PAPR_ERR_INJ_MASK_CFG : PHB_PAPR_ERR_INJ_MASK_CFG_ALL;
    return arm(phb, PHB_PAPR_ERR_INJ_CTL_CFG | direction, FIELD(PHB_PAPR_ERR_INJ_MASK_CFG_ALL, rid) & mask, mask);
  }
  return OPAL_PARAMETER; /* the PE has no function */
}

int64_t eeh_inject(struct phb *phb, unsigned pe, unsigned type, unsigned function, uint64_t address, uint64_t mask) {
  const uint64_t rd = PHB_PAPR_ERR_INJ_CTL_RD, wr = PHB_PAPR_ERR_INJ_CTL_WR;
  if (pe >= reserved_pe(phb) || type > 1 || function >= INJECT_FUNCTIONS) return OPAL_PARAMETER;
  if (phb_fenced(phb)) return OPAL_HARDWARE;
  if (function >= INJECT_CONFIG_READ_FIRST && function <= INJECT_CONFIG_READ_LAST) return inject_config(phb, pe, rd);
  if (function >= INJECT_CONFIG_WRITE_FIRST && function <= INJECT_CONFIG_WRITE_LAST) return inject_config(phb, pe, wr);
  if (!is_phb3(phb) || function < INJECT_DMA_READ_FIRST) return OPAL_UNSUPPORTED;
  const uint64_t direction = function <= INJECT_DMA_READ_LAST ? rd : wr;
  return arm(phb, PHB_PAPR_ERR_INJ_CTL_INB | direction, address & PHB_PAPR_ERR_INJ_ADDR_MMIO,
             (mask != 0 ? mask : ALL_ONES) & PHB_PAPR_ERR_INJ_MASK_MMIO);
}

void eeh_inject_clear(struct phb *phb) {
  phb_write(phb, PHB_PAPR_ERR_INJ_CTL, 0);
  phb_write(phb, PHB_PAPR_ERR_INJ_ADDR, 0);
  phb_write(phb, PHB_PAPR_ERR_INJ_MASK, 0);
}

/* --- The way back (6.4) ------------------------------------------------------------------------ */

static bool link_active(struct phb *phb) {
  const uint32_t control = is_phb3(phb) ? PHB_PCIE_DLP_TRAIN_CTL_PHB3 : PHB_PCIE_DLP_TRAIN_CTL;
  return (phb_read(phb, control) & PHB_PCIE_DLP_TRAIN_CTL_TL_LINKACT) != 0;
}

static bool recover_pe(struct phb *phb, unsigned pe) {
  /* Both directions stay shut while logs are taken, then registers open for the reset. */
  eeh_freeze_set(phb, pe, OPAL_EEH_ACTION_ALL);
  const unsigned long long pesta = eeh_pesta(phb, pe), pestb = eeh_pestb(phb, pe); /* in this order */
  console_printf("PHB%u: PE %u frozen, PEST %016llx %016llx\n", phb->number, pe, pesta, pestb);
  eeh_mask_active(phb);
  if (eeh_freeze_clear(phb, pe, OPAL_EEH_ACTION_MMIO) != OPAL_SUCCESS) return false;
  if (!link_reset(phb, link_active(phb) ? RESET_HOT : RESET_FUNDAMENTAL)) return false;
  if (bug_take(BOOT_BUG_PE_LEFT_FROZEN)) return true;
  return eeh_freeze_clear(phb, pe, OPAL_EEH_ACTION_ALL) == OPAL_SUCCESS;
}

/* What a reset or the coming of the link has left on record. */
static void clear_leftovers(struct phb *phb) {
  if (phb_read(phb, PHB_ETU_ERR_SUMMARY) != 0) phb_clear_errors(phb);
}

static bool recover_phb(struct phb *phb) {
  console_printf("PHB%u: complete reset\n", phb->number);
  if (!link_reset(phb, RESET_COMPLETE)) return false;
  clear_leftovers(phb);
  return true;
}

bool eeh_recover(struct phb *phb, unsigned pe) {
  struct eeh_status status;
  eeh_inject_clear(phb);
  if (eeh_freeze_status(phb, pe, &status) != OPAL_SUCCESS) return false;
  if (status.severity == OPAL_EEH_SEVERITY_PHB_FENCED) return recover_phb(phb);
  if (status.state != OPAL_EEH_STATE_NONE && !recover_pe(phb, pe)) return false;
  /* Others that the same error has frozen. */
  for (unsigned i = 0; i < phb->facts->pes; ++i) {
    struct eeh_error error;
    eeh_next_error(phb, &error);
    if (error.severity == OPAL_EEH_SEVERITY_PHB_FENCED) return recover_phb(phb);
    if (error.pe == ALL_ONES || (error.pe == pe && boot.bug == BOOT_BUG_PE_LEFT_FROZEN)) break;
    if (eeh_freeze_clear(phb, (unsigned)error.pe, OPAL_EEH_ACTION_ALL) != OPAL_SUCCESS) return false;
  }
  if (!link_active(phb) && !link_reset(phb, RESET_FUNDAMENTAL)) return false;
  clear_leftovers(phb);
  return true;
}
