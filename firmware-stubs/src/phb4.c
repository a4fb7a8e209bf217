/* SPDX-License-Identifier: Apache-2.0 */
/* PHB4 (POWER9) and PHB5 (POWER10): phb.md 7.2, 7.3, and 6.4 for the clearing of errors. Step numbers are those
 * of 7.3. */
#include "bugs.h"
#include "ioda.h"
#include "pci_config.h"
#include "phb.h"

#define ALL_ONES (~0ull)
#define M32_PCI_START 0x80000000ull

/* P10 can trigger source pages of the interrupt controller itself; without one, interrupts go to our mailbox. */
static bool triggers_pages(const struct phb *phb) { return phb->p10 && phb->boot->notify_address != 0; }

/* --- 2 to 17: cores out of reset --------------------------------------------------------------- */

static bool set_max_speed(struct phb *phb) {
  uint64_t config = phb_read(phb, PHB_PCIE_SCR);
  config &= ~PHB_PCIE_SCR_MAXLINKSPEED;
  config |= FIELD(PHB_PCIE_SCR_MAXLINKSPEED, phb->speed);
  phb_write(phb, PHB_PCIE_SCR, config);
  return phb_read(phb, PHB_PCIE_SCR) == config;
}

/* Equalisation presets, a byte for each direction and lane. */
static void set_lane_equalisation(struct phb *phb) {
  const uint64_t gen3 = phb->p10 ? 0x4444444444444444ull : 0x5454545454545454ull;
  const uint64_t gen4 = phb->p10 ? 0x4444444444444444ull : 0x7777777777777777ull;
  const uint64_t gen5 = 0x9999999999999999ull;
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL0, gen3);
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL1, gen3);
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL2, gen3);
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL3, gen3);
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL40, gen4);
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL41, gen4);
  if (!phb->p10) return;
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL50, gen5);
  phb_write(phb, PHB_PCIE_LANE_EQ_CNTL51, gen5);
  phb_set_bits(phb, PHB_PCIE_DLP_CTL, PHB_PCIE_DLP_CTL_SFC_DISABLE);
  phb_write(phb, PHB_PCIE_PDL_PHY_EQ_CNTL, 0x80f4ffffff0f9c00ull);
}

static bool release_cores(struct phb *phb) {
  phb_write(phb, PHB_LEM_ERROR_MASK, ALL_ONES);
  phb_write(phb, PHB_TCE_TAG_ENABLE, ALL_ONES);
  if (!set_max_speed(phb)) return false;
  /* PERST is left as it is: the link's state machine lifts it. */
  uint64_t reset = phb_read(phb, PHB_PCIE_CRESET) & ~PHB_PCIE_CRESET_CFG_CORE;
  phb_write(phb, PHB_PCIE_CRESET, reset);
  set_lane_equalisation(phb);
  config_write(phb, ROOT_COMPLEX, 0x78, 4, 0x07fe0000 | phb->speed); /* Link Control 2: target speed */
  reset &= ~(PHB_PCIE_CRESET_TLDLP | PHB_PCIE_CRESET_PBL);
  reset |= PHB_PCIE_CRESET_PIPE_N;
  phb_write(phb, PHB_PCIE_CRESET, reset);
  if (!phb_wait(phb, PHB_PCIE_DLP_TRAIN_CTL, PHB_PCIE_DLP_TRAIN_CTL_DL_PGRESET, 0, 200, 1000)) {
    console_printf("PHB%u: the link core stays in reset\n", phb->number);
    return false;
  }
  uint64_t control = PHB_CTRLR_IRQ_PGSZ_64K | PHB_CTRLR_TCE_CLB_DISABLE; /* erratum HW557787 */
  if (phb->p10) control |= PHB_CTRLR_IRQ_STORE_EOI;
  if (triggers_pages(phb)) control |= PHB_CTRLR_IRQ_PQ_DISABLE | PHB_CTRLR_IRQ_ABT_MODE;
  if ((boot.flags & BOOT_FLAG_MMIO_EEH_OFF) != 0) control |= PHB_CTRLR_MMIO_EEH_DISABLE;
  phb_write(phb, PHB_CTRLR, control);
  return true;
}

/* --- 18 to 41: IODA ---------------------------------------------------------------------------- */

static void init_ioda(struct phb *phb) {
  const uint64_t notify = phb->boot->notify_address != 0 ? phb->boot->notify_address : phb->mailbox;
  phb_write(phb, PHB_INT_NOTIFY_ADDR, triggers_pages(phb) ? notify | PHB_INT_NOTIFY_ADDR_64K : notify);
  if (!triggers_pages(phb)) phb_write(phb, PHB_INT_NOTIFY_INDEX, phb->boot->notify_index);
  phb_read(phb, PHB_LSI_SOURCE_ID);
  const uint64_t lsi_base = (uint64_t)(phb->irqs - 1) >> 3;
  uint64_t source_id = lsi_base << 51;
  if (bug_take(BOOT_BUG_RESERVED_FIELD)) source_id |= PPC_BIT(63);
  phb_write(phb, PHB_LSI_SOURCE_ID, source_id);
  phb_write(phb, PHB_RTT_BAR, phb->rtt | PHB_RTT_BAR_ENABLE);
  phb_write(phb, PHB_PELTV_BAR, phb->peltv | PHB_PELTV_BAR_ENABLE);
  phb_write(phb, PHB_M32_START_ADDR, M32_PCI_START);
  phb_write(phb, PHB_PEST_BAR, phb->pest | PHB_PEST_BAR_ENABLE);
  if (!phb->p10) phb_write(phb, PHB_ASN_CMPM, 0x0c00ff0000000001ull);
  phb_write(phb, PHB_M64_UPPER_BITS, 0);
  phb_write(phb, PHB_PHBX_CONFIG, PHB_PHBX_CONFIG_32BIT_MSI_EN | PHB_PHBX_CONFIG_64BIT_MSI_EN);
  phb_read(phb, PHB_PHBX_CONFIG);
  hal_delay_us(2); /* at least 256 ns */
  ioda_write_tables(phb);
}

/* --- 42 to 121: errors ------------------------------------------------------------------------- */

static const struct register_value clear_link_logs[] = {
    {PHB_PCIE_DLP_ERRLOG1, ALL_ONES},
    {PHB_PCIE_DLP_ERRLOG2, ALL_ONES},
    {PHB_PCIE_DLP_ERR_STATUS, ALL_ONES},
    {PHB_PCIE_DLP_ERR_COUNTERS, 0},
};

static const struct register_value pbl_errors[] = {
    {PHB_PBL_ERR_STATUS, ALL_ONES},
    {PHB_PBL_ERR1_STATUS, 0},
    {PHB_PBL_ERR_INF_ENABLE, PHB_PBL_ERR_INF_ENABLE_FIRMWARE},
    {PHB_PBL_ERR_ERC_ENABLE, PHB_PBL_ERR_ERC_ENABLE_FIRMWARE},
    {PHB_PBL_ERR_FAT_ENABLE, PHB_PBL_ERR_FAT_ENABLE_FIRMWARE},
    {PHB_PBL_ERR_LOG_0, 0},
    {PHB_PBL_ERR_LOG_1, 0},
    {PHB_PBL_ERR_STATUS_MASK, 0},
    {PHB_PBL_ERR1_STATUS_MASK, 0},
};

#define REGB_FAT_LINK_UP (PHB_REGB_ERR_FAT_ENABLE_FIRMWARE & ~PPC_BIT(11))

static void init_regb_errors(struct phb *phb) {
  const struct register_value regb_errors[] = {
      {PHB_REGB_ERR_STATUS, ALL_ONES},
      {PHB_REGB_ERR1_STATUS, 0},
      {PHB_REGB_ERR_INF_ENABLE, phb->link_up ? PHB_REGB_ERR_INF_ENABLE_FIRMWARE : 0},
      {PHB_REGB_ERR_FAT_ENABLE, phb->link_up ? PHB_REGB_ERR_FAT_ENABLE_FIRMWARE : 0},
      {PHB_REGB_ERR_ERC_ENABLE, PHB_REGB_ERR_ERC_ENABLE_FIRMWARE},
      {PHB_REGB_ERR_LOG_0, 0},
      {PHB_REGB_ERR_LOG_1, 0},
      {PHB_REGB_ERR_STATUS_MASK, 0},
      {PHB_REGB_ERR1_STATUS_MASK, 0x0040000000000000ull},
  };
  PHB_WRITE_TABLE(phb, regb_errors);
}

/* Which errors of TXE are enabled is a matter of the chip and its level. */
static void init_txe_errors(struct phb *phb) {
  uint64_t known = 0xffffff0fffffffffull, cleared = ALL_ONES;
  uint64_t freeze = PHB_TXE_ERR_FREEZE_ENABLE_FIRMWARE_PHB4, fence = PHB_TXE_ERR_AIB_FENCE_ENABLE_FIRMWARE_PHB4;
  if (phb->p10) {
    freeze = PHB_TXE_ERR_FREEZE_ENABLE_FIRMWARE;
    fence = PHB_TXE_ERR_AIB_FENCE_ENABLE_FIRMWARE;
  } else if (phb->dd20) {
    known = cleared = 0xf3acff0ff7ddfff0ull;
    fence = 0xdfffbd05f7ddfff0ull;
  }
  const struct register_value txe_errors[] = {
      {PHB_TXE_ERR1_STATUS, 0},
      {PHB_TXE_ERR_FREEZE_ENABLE, freeze},
      {PHB_TXE_ERR_STATUS, cleared},
      {PHB_TXE_ERR_LEM_ENABLE, known},
      {PHB_TXE_ERR_AIB_FENCE_ENABLE, fence},
      {PHB_TXE_ERR_LOG_0, 0},
      {PHB_TXE_ERR_LOG_1, 0},
      {PHB_TXE_ERR_STATUS_MASK, 0},
      {PHB_TXE_ERR1_STATUS_MASK, 0},
  };
  PHB_WRITE_TABLE(phb, txe_errors);
}

static const struct register_value trap_blocks[] = {
    {PHB_RXE_ARB_ERR_STATUS, ALL_ONES},
    {PHB_RXE_ARB_ERR1_STATUS, 0},
    {PHB_RXE_ARB_ERR_LEM_ENABLE, 0xfffffffffbffffffull},
    {PHB_RXE_ARB_ERR_FREEZE_ENABLE, PHB_RXE_ARB_ERR_FREEZE_ENABLE_FIRMWARE},
    {PHB_RXE_ARB_ERR_AIB_FENCE_ENABLE, PHB_RXE_ARB_ERR_AIB_FENCE_ENABLE_FIRMWARE},
    {PHB_RXE_ARB_ERR_LOG_0, 0},
    {PHB_RXE_ARB_ERR_LOG_1, 0},
    {PHB_RXE_ARB_ERR_STATUS_MASK, 0},
    {PHB_RXE_ARB_ERR1_STATUS_MASK, 0x0000000004000000ull},

    {PHB_RXE_MRG_ERR_STATUS, ALL_ONES},
    {PHB_RXE_MRG_ERR1_STATUS, 0},
    {PHB_RXE_MRG_ERR_LEM_ENABLE, ALL_ONES},
    {PHB_RXE_MRG_ERR_FREEZE_ENABLE, PHB_RXE_MRG_ERR_FREEZE_ENABLE_FIRMWARE},
    {PHB_RXE_MRG_ERR_AIB_FENCE_ENABLE, PHB_RXE_MRG_ERR_AIB_FENCE_ENABLE_FIRMWARE},
    {PHB_RXE_MRG_ERR_LOG_0, 0},
    {PHB_RXE_MRG_ERR_LOG_1, 0},
    {PHB_RXE_MRG_ERR_STATUS_MASK, 0},
    {PHB_RXE_MRG_ERR1_STATUS_MASK, 0},

    {PHB_RXE_TCE_ERR_STATUS, ALL_ONES},
    {PHB_RXE_TCE_ERR1_STATUS, 0},
    {PHB_RXE_TCE_ERR_LEM_ENABLE, ALL_ONES},
    {PHB_RXE_TCE_ERR_FREEZE_ENABLE, PHB_RXE_TCE_ERR_FREEZE_ENABLE_FIRMWARE},
    {PHB_RXE_TCE_ERR_AIB_FENCE_ENABLE, PHB_RXE_TCE_ERR_AIB_FENCE_ENABLE_FIRMWARE},
    {PHB_RXE_TCE_ERR_LOG_0, 0},
    {PHB_RXE_TCE_ERR_LOG_1, 0},
    {PHB_RXE_TCE_ERR_STATUS_MASK, 0},
    {PHB_RXE_TCE_ERR1_STATUS_MASK, 0},

    {PHB_ERR_STATUS, ALL_ONES},
    {PHB_ERR1_STATUS, 0},
    {PHB_ERR_LEM_ENABLE, ALL_ONES},
    {PHB_ERR_FREEZE_ENABLE, PHB_ERR_FREEZE_ENABLE_FIRMWARE},
    {PHB_ERR_AIB_FENCE_ENABLE, PHB_ERR_AIB_FENCE_ENABLE_FIRMWARE},
    {PHB_ERR_LOG_0, 0},
    {PHB_ERR_LOG_1, 0},
    {PHB_ERR_STATUS_MASK, 0},
    {PHB_ERR1_STATUS_MASK, 0},
};

static void init_lem(struct phb *phb) {
  const uint64_t actions = phb->dd20 ? 0xf3ffffffffffffffull : ALL_ONES;
  phb_write(phb, PHB_LEM_FIR_ACCUM, 0);
  phb_write(phb, PHB_LEM_ACTION0, actions);
  phb_write(phb, PHB_LEM_ACTION1, actions);
  phb_write(phb, PHB_LEM_WOF, 0);
}

static void init_errors(struct phb *phb) {
  PHB_WRITE_TABLE(phb, pbl_errors);
  init_regb_errors(phb);
  init_txe_errors(phb);
  PHB_WRITE_TABLE(phb, trap_blocks);
  init_lem(phb);
}

/* --- 126 to 130 -------------------------------------------------------------------------------- */

static const struct register_value interrupt_enables[] = {
    {PHB_ERR_IRQ_ENABLE, PHB_ERR_IRQ_ENABLE_FIRMWARE},
    {PHB_TXE_ERR_IRQ_ENABLE, PHB_TXE_ERR_IRQ_ENABLE_FIRMWARE_PHB4},
    {PHB_RXE_ARB_ERR_IRQ_ENABLE, PHB_RXE_ARB_ERR_IRQ_ENABLE_FIRMWARE},
    {PHB_RXE_MRG_ERR_IRQ_ENABLE, PHB_RXE_MRG_ERR_IRQ_ENABLE_FIRMWARE},
    {PHB_RXE_TCE_ERR_IRQ_ENABLE, PHB_RXE_TCE_ERR_IRQ_ENABLE_FIRMWARE},
};

void phb4_set_error_interrupts(struct phb *phb) {
  for (size_t i = 0; i < sizeof(interrupt_enables) / sizeof(interrupt_enables[0]); ++i) {
    const struct register_value *r = &interrupt_enables[i];
    const bool other = phb->p10 && r->offset == PHB_TXE_ERR_IRQ_ENABLE;
    phb_write(phb, r->offset, other ? PHB_TXE_ERR_IRQ_ENABLE_FIRMWARE : r->value);
  }
}

static const struct register_value timers[] = {
    {PHB_LEM_ERROR_MASK, 0},
    {PHB_TCE_SPEC_CTL, 0},
    {PHB_TIMEOUT_CTRL1, 0x0015150000150000ull},
    {PHB_TIMEOUT_CTRL2, 0x0000151500000000ull},
    {PHB_PBL_TIMEOUT_CTRL, 0x2013000000000000ull},
};

bool phb4_init_hw(struct phb *phb) {
  if (!release_cores(phb)) return false;
  init_ioda(phb);
  PHB_WRITE_TABLE(phb, clear_link_logs);
  if (!config_init_root(phb)) return false;
  init_errors(phb);
  config_write(phb, ROOT_COMPLEX, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
  config_write(phb, ROOT_COMPLEX, PCI_STATUS, 2, PCI_STATUS_ERRORS);
  phb4_set_error_interrupts(phb);
  PHB_WRITE_TABLE(phb, timers);
  return !phb_fenced(phb);
}

/* --- Errors of a link that comes or goes ------------------------------------------------------- */

#define STRAP_LINK_ERRORS 0x0000060000000000ull

void phb4_enable_link_errors(struct phb *phb, bool on) {
  phb_write(phb, PHB_PCIE_MISC_STRAP, on ? STRAP_LINK_ERRORS : 0);
  phb_write(phb, PHB_REGB_ERR_INF_ENABLE, on ? PHB_REGB_ERR_INF_ENABLE_FIRMWARE : 0);
  phb_write(phb, PHB_REGB_ERR_ERC_ENABLE, on ? PHB_REGB_ERR_ERC_ENABLE_FIRMWARE : 0);
  phb_write(phb, PHB_REGB_ERR_FAT_ENABLE, on ? REGB_FAT_LINK_UP : 0);
}

/* --- 6.4: clearing errors ---------------------------------------------------------------------- */

/* Blocks in the order that hardware wants: status is written back, the rest emptied. */
struct error_block {
  uint32_t status, first, log0, log1;
};
static const struct error_block error_blocks[] = {
    {PHB_PBL_ERR_STATUS, PHB_PBL_ERR1_STATUS, PHB_PBL_ERR_LOG_0, PHB_PBL_ERR_LOG_1},
    {PHB_REGB_ERR_STATUS, PHB_REGB_ERR1_STATUS, PHB_REGB_ERR_LOG_0, PHB_REGB_ERR_LOG_1},
    {PHB_TXE_ERR_STATUS, PHB_TXE_ERR1_STATUS, PHB_TXE_ERR_LOG_0, PHB_TXE_ERR_LOG_1},
    {PHB_RXE_ARB_ERR_STATUS, PHB_RXE_ARB_ERR1_STATUS, PHB_RXE_ARB_ERR_LOG_0, PHB_RXE_ARB_ERR_LOG_1},
    {PHB_RXE_MRG_ERR_STATUS, PHB_RXE_MRG_ERR1_STATUS, PHB_RXE_MRG_ERR_LOG_0, PHB_RXE_MRG_ERR_LOG_1},
    {PHB_RXE_TCE_ERR_STATUS, PHB_RXE_TCE_ERR1_STATUS, PHB_RXE_TCE_ERR_LOG_0, PHB_RXE_TCE_ERR_LOG_1},
    {PHB_ERR_STATUS, PHB_ERR1_STATUS, PHB_ERR_LOG_0, PHB_ERR_LOG_1},
};
#define REGB_BLOCK 1

static void clear_block(struct phb *phb, const struct error_block *block) {
  phb_write(phb, block->status, phb_read(phb, block->status));
  phb_write(phb, block->first, 0);
  phb_write(phb, block->log0, 0);
  phb_write(phb, block->log1, 0);
}

void phb4_clear_link_errors(struct phb *phb) { clear_block(phb, &error_blocks[REGB_BLOCK]); }

void phb4_clear_errors(struct phb *phb) {
  const uint64_t fir = phb_read(phb, PHB_LEM_FIR_ACCUM);
  config_clear_root_errors(phb);
  for (size_t i = 0; i < sizeof(error_blocks) / sizeof(error_blocks[0]); ++i) clear_block(phb, &error_blocks[i]);
  phb_write(phb, PHB_LEM_FIR_AND_MASK, ~fir);
  phb_write(phb, PHB_LEM_WOF, 0);
  phb_write(phb, PHB_LEM_ERROR_MASK, 0);
}
