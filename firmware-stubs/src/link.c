/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include "ioda.h"
#include "opal.h"
#include "pci_config.h"
#include "pec.h"

#define PERST_MS 250
#define ELECTRICAL_TRIES 100 /* 10 ms each */
#define TRAINING_TRIES 200
#define QUIESCE_TRIES 500
#define LINK_TRIES 4
#define MAX_RECEIVER_ERRORS 8
#define SURPRISE_DOWN 0x20u
#define PHB3_RESET_PERST_N PPC_BIT(2)

/* PHB3 has the same bits in another place. */
static uint32_t train_control(const struct phb *phb) {
  return is_phb3(phb) ? PHB_PCIE_DLP_TRAIN_CTL_PHB3 : PHB_PCIE_DLP_TRAIN_CTL;
}
#define PRESENT PHB_PCIE_DLP_TRAIN_CTL_INBAND_PRESENCE
#define ACTIVE PHB_PCIE_DLP_TRAIN_CTL_TL_LINKACT

/* A wait that the hardware needs, for links and resets to settle. */
static int64_t settle_ms(uint64_t ms) {
  const uint64_t divisor = boot.settle_divisor > 1 ? boot.settle_divisor : 1;
  return (int64_t)(ms / divisor != 0 ? ms / divisor : 1);
}

static int64_t go(struct phb *phb, enum link_state state, int64_t ms) {
  phb->state = state;
  return ms;
}

/* --- Parts ------------------------------------------------------------------------------------- */

/* A link that goes down on purpose is no error. */
static void expect_link_down(struct phb *phb) {
  const unsigned mask = phb->aer_cap + AER_CORRECTABLE_MASK, fatal_mask = phb->aer_cap + AER_UNCORRECTABLE_MASK;
  phb->link_up = false;
  if (is_phb3(phb)) {
    phb3_enable_link_errors(phb, false);
    config_write(phb, ROOT_COMPLEX, fatal_mask, 4, config_read(phb, ROOT_COMPLEX, fatal_mask, 4) | SURPRISE_DOWN);
  }
  config_write(phb, ROOT_COMPLEX, mask, 4, config_read(phb, ROOT_COMPLEX, mask, 4) | AER_RECEIVER_ERROR);
  if (!is_phb3(phb)) phb4_enable_link_errors(phb, false);
}

static void expect_link_up(struct phb *phb) {
  const unsigned mask = phb->aer_cap + AER_CORRECTABLE_MASK, fatal_mask = phb->aer_cap + AER_UNCORRECTABLE_MASK;
  phb->link_up = true;
  config_write(phb, ROOT_COMPLEX, phb->aer_cap + AER_CORRECTABLE, 4, AER_RECEIVER_ERROR);
  config_write(phb, ROOT_COMPLEX, mask, 4, config_read(phb, ROOT_COMPLEX, mask, 4) & ~AER_RECEIVER_ERROR);
  if (is_phb3(phb)) {
    phb3_enable_link_errors(phb, true);
    config_write(phb, ROOT_COMPLEX, fatal_mask, 4, config_read(phb, ROOT_COMPLEX, fatal_mask, 4) & ~SURPRISE_DOWN);
  } else {
    phb4_enable_link_errors(phb, true);
  }
}

static void set_perst(struct phb *phb, bool asserted) {
  const unsigned control = phb->exp_cap + EXP_LINK_CONTROL;
  const uint32_t link = config_read(phb, ROOT_COMPLEX, control, 2);
  if (is_phb3(phb)) {
    const uint64_t reset = phb_read(phb, PHB_RESET);
    phb_write(phb, PHB_RESET, asserted ? reset & ~PHB3_RESET_PERST_N : reset | PHB3_RESET_PERST_N);
    if (!asserted && (link & EXP_LINK_DISABLE) != 0) {
      config_write(phb, ROOT_COMPLEX, control, 2, link & ~EXP_LINK_DISABLE);
    }
    return;
  }
  const uint64_t reset = phb_read(phb, PHB_PCIE_CRESET);
  phb_write(phb, PHB_PCIE_CRESET, asserted ? reset & ~PHB_PCIE_CRESET_PERST_N : reset | PHB_PCIE_CRESET_PERST_N);
  config_write(phb, ROOT_COMPLEX, control, 2, asserted ? link | EXP_LINK_DISABLE : link & ~EXP_LINK_DISABLE);
}

/* P10 may train to a link that a reset is about to take away (HW551382). */
static void disable_detect(struct phb *phb, bool disabled) {
  if (!phb->p10) return;
  if (disabled) {
    phb_set_bits(phb, PHB_PCIE_DLP_TRAIN_CTL, PHB_PCIE_DLP_TRAIN_CTL_SYS_DISABLEDETECT);
  } else {
    phb_clear_bits(phb, PHB_PCIE_DLP_TRAIN_CTL, PHB_PCIE_DLP_TRAIN_CTL_SYS_DISABLEDETECT);
  }
}

static void set_secondary_reset(struct phb *phb, bool asserted) {
  const uint32_t control = config_read(phb, ROOT_COMPLEX, PCI_BRIDGE_CONTROL, 2);
  config_write(phb, ROOT_COMPLEX, PCI_BRIDGE_CONTROL, 2,
               asserted ? control | PCI_BRIDGE_RESET : control & ~PCI_BRIDGE_RESET);
}

/* --- Is the link as good as both ends can? ------------------------------------------------------ */

#define CRS_ANSWER 0xffff0001u
#define CRS_TRIES 40

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

static bool link_is_optimal(struct phb *phb) {
  const unsigned device = RID(1, 0, 0);
  const uint32_t status = config_read(phb, ROOT_COMPLEX, phb->exp_cap + EXP_LINK_STATUS, 2);
  if ((status & EXP_LINK_ACTIVE) == 0) return false;
  uint32_t vendor = config_read(phb, device, PCI_VENDOR, 4);
  for (unsigned i = 0; vendor == CRS_ANSWER && i < CRS_TRIES; ++i) { /* it wants more time */
    hal_delay_us(100000);
    vendor = config_read(phb, device, PCI_VENDOR, 4);
  }
  unsigned speed = 0, width = 0; /* that both ends are capable of, if the device tells */
  const unsigned express = vendor != 0xffffffffu ? config_find_capability(phb, device, PCI_CAP_EXPRESS) : 0;
  if (express != 0) {
    const uint32_t capable = config_read(phb, device, express + EXP_LINK_CAPABILITIES, 4);
    const uint32_t own = config_read(phb, ROOT_COMPLEX, phb->exp_cap + EXP_LINK_CAPABILITIES, 4);
    speed = least(capable & 0xf, phb->speed);
    width = least(capable >> 4 & 0x3f, own >> 4 & 0x3f);
  }
  if (!is_phb3(phb)) {
    const uint64_t errors = phb_read(phb, PHB_PCIE_DLP_ERR_COUNTERS);
    if (GETFIELD(PHB_PCIE_DLP_ERR_COUNTERS_RX_ERR_CNT, errors) >= MAX_RECEIVER_ERRORS) return false;
  }
  return (status & 0xf) >= speed && (status >> 4 & 0x3f) >= width;
}

/* --- The machine ------------------------------------------------------------------------------- */

/* Again from PERST on; the last time at the lowest speed. */
static int64_t try_again(struct phb *phb, const char *why) {
  console_printf("PHB%u: link: %s\n", phb->number, why);
  if (phb_fenced(phb) || phb->link_retries == 0) {
    phb->state = LINK_IDLE;
    return 0;
  }
  if (--phb->link_retries == 0 && !is_phb3(phb)) {
    phb->speed = 1;
    const uint64_t config = phb_read(phb, PHB_PCIE_SCR) & ~PHB_PCIE_SCR_MAXLINKSPEED;
    phb_write(phb, PHB_PCIE_SCR, config | FIELD(PHB_PCIE_SCR_MAXLINKSPEED, 1));
  }
  return go(phb, FRESET_START, 1);
}

static int64_t start_fundamental(struct phb *phb) {
  expect_link_down(phb);
  const bool asserted = phb->cold;
  phb->cold = false;
  if (asserted) return go(phb, FRESET_RELEASE, 1);
  disable_detect(phb, true);
  set_perst(phb, true);
  return go(phb, FRESET_RELEASE, settle_ms(is_phb3(phb) ? 1000 : PERST_MS));
}

static int64_t start_complete(struct phb *phb) {
  phb_fenced(phb);
  phb->reset_time_us = hal_time_us();
  if (is_phb3(phb)) {
    hal_xscom_write(phb->nest + PEC_NEST_PBCQ_ERR_INJECT_PHB3, 0);
    if (!phb->fenced) hal_xscom_write(phb->nest + PEC_NEST_STACK_NFIR_SET, P8_NFIR_FORCE_FENCE);
    phb->fenced = true;
    phb->nfir = hal_xscom_read(phb->nest + PEC_NEST_STACK_NFIR);
    hal_xscom_read(phb->etu + ETU_SCOM_ASB_STATUS);
    hal_xscom_write(phb->pci + PEC_PCI_STACK_ETU_RESET, PPC_BIT(0));
  } else {
    disable_detect(phb, true);
    expect_link_down(phb);
    hal_xscom_write(phb->nest + PEC_NEST_PBCQ_ERR_INJECT, 0); /* or it would strike again */
    if (!phb->fenced) hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR_SET, PEC_NEST_STACK_NFIR_FORCE_FENCE);
    phb->fenced = true; /* registers by SCOM until the ETU has been reset */
    set_perst(phb, true);
    phb4_clear_errors(phb);
    hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_ETU_RESET, PPC_BIT(0));
    phb->pfir = hal_xscom_read(phb->pci_stack + PEC_PCI_STACK_PFIR);
    phb->nfir = hal_xscom_read(phb->nest_stack + PEC_NEST_STACK_NFIR);
  }
  phb->link_up = false;
  phb->retries = QUIESCE_TRIES;
  return go(phb, CRESET_WAIT_CQ, settle_ms(10));
}

static int64_t fail(struct phb *phb, const char *why) {
  console_printf("PHB%u: %s\n", phb->number, why);
  phb->broken = true;
  phb->state = LINK_IDLE;
  return OPAL_HARDWARE;
}

static int64_t wait_for_quiet(struct phb *phb) {
  const uint64_t status = hal_xscom_read(
      is_phb3(phb) ? phb->nest + PEC_NEST_STACK_PBCQ_STAT_PHB3 : phb->nest_stack + PEC_NEST_STACK_PBCQ_STAT);
  if ((status & PEC_NEST_STACK_PBCQ_STAT_PENDING) != 0) {
    if (phb->retries-- == 0) return fail(phb, "transactions do not end");
    return is_phb3(phb) ? 10 : 100;
  }
  if (is_phb3(phb)) {
    hal_xscom_write(phb->nest + PEC_NEST_STACK_NFIR_CLR, ~phb->nfir);
    return go(phb, CRESET_REINIT, settle_ms(100));
  }
  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_PFIR_CLR, ~phb->pfir);
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR_CLR, ~phb->nfir);
  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_ETU_RESET, 0);
  /* Whoever looked into the ETU meanwhile has left an error. */
  phb->pfir = hal_xscom_read(phb->pci_stack + PEC_PCI_STACK_PFIR);
  phb->nfir = hal_xscom_read(phb->nest_stack + PEC_NEST_STACK_NFIR);
  if (phb->pfir != 0 || phb->nfir != 0) {
    hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_PFIR_CLR, ~phb->pfir);
    hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR_CLR, ~phb->nfir);
  }
  return go(phb, CRESET_REINIT, settle_ms(10));
}

static int64_t initialise_again(struct phb *phb) {
  phb->fenced = false;
  if (!phb_init_hw(phb)) return fail(phb, "not initialised after its reset");
  if (is_phb3(phb)) return go(phb, CRESET_FRESET, settle_ms(100));
  set_perst(phb, true); /* PERST has stayed, Link Disable has not */
  const uint64_t passed_ms = (hal_time_us() - phb->reset_time_us) / 1000;
  const uint64_t left_ms = passed_ms < PERST_MS ? PERST_MS - passed_ms : 0;
  return go(phb, CRESET_FRESET, settle_ms(left_ms > 100 ? left_ms : 100));
}

static int64_t check_stable(struct phb *phb) {
  if (phb_fenced(phb)) return try_again(phb, "fenced while it settled");
  if ((phb_read(phb, train_control(phb)) & ACTIVE) == 0) return try_again(phb, "gone down again");
  if (!link_is_optimal(phb) && phb->link_retries != 0) return try_again(phb, "degraded");
  phb->state = LINK_IDLE;
  return 0;
}

int64_t link_step(struct phb *phb) {
  if (phb->broken) return OPAL_HARDWARE;
  switch (phb->state) {
    case LINK_IDLE:
      return 0;

    case CRESET_START:
      return start_complete(phb);
    case CRESET_WAIT_CQ:
      return wait_for_quiet(phb);
    case CRESET_REINIT:
      return initialise_again(phb);
    case CRESET_FRESET:
      phb->cold = !is_phb3(phb);
      return go(phb, FRESET_START, 1);

    case FRESET_START:
      return start_fundamental(phb);
    case FRESET_RELEASE:
      if (!is_phb3(phb)) phb4_clear_link_errors(phb);
      set_perst(phb, false);
      disable_detect(phb, false);
      return is_phb3(phb) ? go(phb, LINK_START, settle_ms(1000)) : go(phb, LINK_START, 1);

    case HRESET_START:
      disable_detect(phb, true);
      expect_link_down(phb);
      set_secondary_reset(phb, true);
      return go(phb, HRESET_RELEASE, settle_ms(1000));
    case HRESET_RELEASE:
      if (!is_phb3(phb)) phb4_clear_link_errors(phb);
      set_secondary_reset(phb, false);
      return go(phb, HRESET_SETTLE, settle_ms(1000)); /* some adapters bounce the link */
    case HRESET_SETTLE:
      disable_detect(phb, false);
      return go(phb, LINK_START, 1);

    case LINK_START:
      phb->retries = ELECTRICAL_TRIES;
      return go(phb, LINK_ELECTRICAL, 1);
    case LINK_ELECTRICAL:
      if ((phb_read(phb, train_control(phb)) & (PRESENT | ACTIVE)) != 0) {
        phb->retries = TRAINING_TRIES;
        return go(phb, LINK_TRAINING, 1);
      }
      if (phb->retries-- != 0) return 10;
      phb->state = LINK_IDLE; /* no card */
      return 0;
    case LINK_TRAINING:
      if ((phb_read(phb, train_control(phb)) & ACTIVE) != 0) {
        expect_link_up(phb);
        return go(phb, LINK_STABLE, settle_ms(1000));
      }
      return phb->retries-- != 0 ? 10 : try_again(phb, "does not train");
    case LINK_STABLE:
      return check_stable(phb);
  }
  return OPAL_HARDWARE;
}

void link_begin(struct phb *phb, enum link_reset reset) {
  phb->link_retries = LINK_TRIES;
  phb->speed = (unsigned)phb->boot->max_speed;
  phb->state = reset == RESET_COMPLETE ? CRESET_START : reset == RESET_HOT ? HRESET_START : FRESET_START;
}

bool link_reset(struct phb *phb, enum link_reset reset) {
  link_begin(phb, reset);
  for (;;) {
    const int64_t ms = link_step(phb);
    if (ms < 0) return false;
    if (ms == 0) return true;
    hal_delay_us(1000 * (uint64_t)ms);
  }
}
