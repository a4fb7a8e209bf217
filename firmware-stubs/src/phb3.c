/* SPDX-License-Identifier: Apache-2.0 */
/* PHB3 (POWER8): phb.md 7.5, and what of its registers differs from the later ones. */
#include "bugs.h"
#include "ioda.h"
#include "pci_config.h"
#include "pec.h"
#include "phb.h"

#define ALL_ONES (~0ull)
#define M32_PCI_START 0x80000000ull
#define IVT_LENGTH 0x800

#define REVISION_NAPLES 0xb30001u
#define REVISION_VENICE_DD20 0xa30005u
#define REVISION_MURANO_DD20 0xa30003u
static bool is_naples(const struct phb *phb) { return phb->revision >= REVISION_NAPLES; }

/* --- Out of reset, credits --------------------------------------------------------------------- */

static bool lift_reset(struct phb *phb) {
  hal_xscom_read(phb->etu + ETU_SCOM_ASB_STATUS); /* erratum HW275117: before a reset is changed */
  hal_xscom_write(phb->pci + PEC_PCI_STACK_ETU_RESET, 0);
  settle_us(100000);
  const uint64_t version = phb_read_scom(phb, PHB_VERSION, 8);
  return version != 0 && version != ALL_ONES;
}

/* The AIB does not work yet: through ASB. */
static void set_credits(struct phb *phb) {
  const bool newer = phb->revision >= REVISION_VENICE_DD20;
  const struct register_value credits[] = {
      {PHB_AIB_TX_CHAN_MAPPING, 0x0211230000000000ull},
      {PHB_AIB_RX_CMD_CRED, newer ? 0x0020000100020001ull : 0x0020000100010001ull},
      {PHB_AIB_RX_DATA_CRED, newer ? 0x0020002000010001ull : 0x0020002000000001ull},
      {PHB_AIB_RX_CRED_INIT_TIMER, 0x0f00000000000000ull},
      {PHB_AIB_TAG_ENABLE, 0xffffffff00000000ull},
      {PHB_TCE_TAG_ENABLE, 0xffffffff00000000ull},
  };
  for (size_t i = 0; i < sizeof(credits) / sizeof(credits[0]); ++i) {
    phb_write_scom(phb, credits[i].offset, 8, credits[i].value);
  }
}

static void release_cores(struct phb *phb) {
  uint64_t config = phb_read(phb, PHB_PCIE_SYSTEM_CONFIG);
  config &= ~(PHB_PCIE_SYSTEM_CONFIG_SLOT | PHB_PCIE_SYSTEM_CONFIG_MAXLINKSPEED);
  config |= FIELD(PHB_PCIE_SYSTEM_CONFIG_MAXLINKSPEED, phb->speed);
  phb_write(phb, PHB_PCIE_SYSTEM_CONFIG, config);
  if (phb->boot->index == 2 && !is_naples(phb)) { /* credits of the third PHB reset wrongly */
    phb_write(phb, PHB_PCIE_SYS_LINK_INIT, 0x9008133332120000ull);
  }
  phb_write(phb, PHB_RESET, 0xd000000000000000ull); /* all but PERST */
}

/* --- IODA -------------------------------------------------------------------------------------- */

static void init_ioda(struct phb *phb) {
  uint64_t source_id = 0xffull << 51;
  if (bug_take(BOOT_BUG_RESERVED_FIELD)) source_id |= PPC_BIT(63);
  phb_write(phb, PHB_LSI_SOURCE_ID, source_id);
  phb_write(phb, PHB_RTT_BAR, phb->rtt | PHB_RTT_BAR_ENABLE);
  phb_write(phb, PHB_PELTV_BAR, phb->peltv | PHB_PELTV_BAR_ENABLE);
  phb_write(phb, PHB_IVT_BAR, phb->ivt | IVT_LENGTH | PHB_IVT_BAR_ENABLE);
  phb_write(phb, PHB_RBA_BAR, 0);
  phb_write(phb, PHB_M32_BASE_ADDR, phb->boot->mmio32_base);
  phb_write(phb, PHB_M32_BASE_MASK, ~(phb->boot->mmio32_bytes - 1));
  phb_write(phb, PHB_M32_START_ADDR, M32_PCI_START);
  phb_write(phb, PHB_PEST_BAR, phb->pest | PHB_PEST_BAR_ENABLE);
  phb_write(phb, PHB_M64_UPPER_BITS, 0);
  phb_write(phb, PHB_INTREP_TIMER, is_naples(phb) ? 0x0014000000000000ull : 0x0004000000000000ull);
  phb_write(phb, PHB_PHBX_CONFIG, PHB_PHBX_CONFIG_64B_TCE_EN); /* by itself: empties the TCE cache */
  phb_write(phb, PHB_PHBX_CONFIG,
            PHB_PHBX_CONFIG_M32_EN | PHB_PHBX_CONFIG_32BIT_MSI_EN | PHB_PHBX_CONFIG_64BIT_MSI_EN);
  hal_delay_us(2); /* at least 512 ns */
  ioda_write_tables(phb);
}

/* --- Errors ------------------------------------------------------------------------------------ */

static const struct register_value clear_link_logs[] = {
    {PHB_PCIE_UTL_ERRLOG1, ALL_ONES}, {PHB_PCIE_UTL_ERRLOG2, ALL_ONES}, {PHB_PCIE_UTL_ERRLOG3, ALL_ONES},
    {PHB_PCIE_UTL_ERRLOG4, ALL_ONES}, {PHB_PCIE_DLP_ERRLOG1_PHB3, ALL_ONES}, {PHB_PCIE_DLP_ERRLOG2_PHB3, ALL_ONES},
};

#define UTL_PORT_IRQ_LINK_DOWN 0xad42800000000000ull
#define UTL_PORT_IRQ_LINK_UP 0xad52800000000000ull
#define UTL_PORT_STATUS_CLEAR 0xffdfffffffffffffull

static void init_utl(struct phb *phb) {
  const struct register_value utl[] = {
      {UTL_SYS_BUS_AGENT_STATUS, ALL_ONES},
      {UTL_SYS_BUS_AGENT_ERR_SEVERITY, 0x5000000000000000ull},
      {UTL_SYS_BUS_AGENT_IRQ_EN, 0xfcc0000000000000ull},
      {UTL_PCIE_PORT_CONTROL, 0x8588007000000000ull}, /* outbound non-posted requests time out after 16 ms */
      {UTL_PCIE_PORT_STATUS, UTL_PORT_STATUS_CLEAR},
      {UTL_PCIE_PORT_ERROR_SEV, 0x5039000000000000ull},
      {UTL_PCIE_PORT_IRQ_EN, phb->link_up ? UTL_PORT_IRQ_LINK_UP : UTL_PORT_IRQ_LINK_DOWN},
      {UTL_RC_STATUS, ALL_ONES},
  };
  PHB_WRITE_TABLE(phb, utl);
}

static const struct register_value trap_blocks[] = {
    {PHB_LEM_ERROR_MASK, ALL_ONES},

    {PHB_ERR_STATUS, ALL_ONES},
    {PHB_ERR1_STATUS, 0},
    {PHB_ERR_LEM_ENABLE, ALL_ONES},
    {PHB_ERR_FREEZE_ENABLE, PHB_ERR_FREEZE_ENABLE_FIRMWARE_PHB3},
    {PHB_ERR_AIB_FENCE_ENABLE, PHB_ERR_AIB_FENCE_ENABLE_FIRMWARE_PHB3},
    {PHB_ERR_LOG_0, 0},
    {PHB_ERR_LOG_1, 0},
    {PHB_ERR_STATUS_MASK, 0},
    {PHB_ERR1_STATUS_MASK, 0},

    {PHB_OUT_ERR_STATUS, ALL_ONES},
    {PHB_OUT_ERR1_STATUS, 0},
    {PHB_OUT_ERR_LEM_ENABLE, 0xfdffffffffbfffffull},
    {PHB_OUT_ERR_FREEZE_ENABLE, PHB_OUT_ERR_FREEZE_ENABLE_FIRMWARE},
    {PHB_OUT_ERR_AIB_FENCE_ENABLE, PHB_OUT_ERR_AIB_FENCE_ENABLE_FIRMWARE},
    {PHB_OUT_ERR_LOG_0, 0},
    {PHB_OUT_ERR_LOG_1, 0},
    {PHB_OUT_ERR_STATUS_MASK, 0x0000000000400000ull},
    {PHB_OUT_ERR1_STATUS_MASK, 0x0000000000400000ull},

    {PHB_INA_ERR_STATUS, ALL_ONES},
    {PHB_INA_ERR1_STATUS, 0},
    {PHB_INA_ERR_LEM_ENABLE, ALL_ONES},
    {PHB_INA_ERR_FREEZE_ENABLE, PHB_INA_ERR_FREEZE_ENABLE_FIRMWARE},
    {PHB_INA_ERR_AIB_FENCE_ENABLE, PHB_INA_ERR_AIB_FENCE_ENABLE_FIRMWARE},
    {PHB_INA_ERR_LOG_0, 0},
    {PHB_INA_ERR_LOG_1, 0},
    {PHB_INA_ERR_STATUS_MASK, 0},
    {PHB_INA_ERR1_STATUS_MASK, 0},

    {PHB_INB_ERR_STATUS, ALL_ONES},
    {PHB_INB_ERR1_STATUS, 0},
    {PHB_INB_ERR_LEM_ENABLE, ALL_ONES},
    {PHB_INB_ERR_FREEZE_ENABLE, PHB_INB_ERR_FREEZE_ENABLE_FIRMWARE},
    {PHB_INB_ERR_AIB_FENCE_ENABLE, PHB_INB_ERR_AIB_FENCE_ENABLE_FIRMWARE},
    {PHB_INB_ERR_LOG_0, 0},
    {PHB_INB_ERR_LOG_1, 0},
    {PHB_INB_ERR_STATUS_MASK, 0},
    {PHB_INB_ERR1_STATUS_MASK, 0},

    {PHB_LEM_FIR_ACCUM, 0},
    {PHB_LEM_ACTION0, ALL_ONES},
    {PHB_LEM_ACTION1, ALL_ONES},
    {PHB_LEM_WOF, 0},
};

static const struct register_value interrupt_enables[] = {
    {PHB_ERR_IRQ_ENABLE, PHB_ERR_IRQ_ENABLE_FIRMWARE_PHB3},
    {PHB_OUT_ERR_IRQ_ENABLE, PHB_OUT_ERR_IRQ_ENABLE_FIRMWARE},
    {PHB_INA_ERR_IRQ_ENABLE, PHB_INA_ERR_IRQ_ENABLE_FIRMWARE},
    {PHB_INB_ERR_IRQ_ENABLE, PHB_INB_ERR_IRQ_ENABLE_FIRMWARE},
};
#define LEM_MASK 0x42498e367f502eaeull

void phb3_set_error_interrupts(struct phb *phb) { PHB_WRITE_TABLE(phb, interrupt_enables); }

static void finish(struct phb *phb) {
  phb3_set_error_interrupts(phb);
  phb_write(phb, PHB_LEM_ERROR_MASK, LEM_MASK);
  phb_write(phb, PHB_TCE_SPEC_CTL, 0xf000000000000000ull); /* speculation of addresses, not of the IVT */
  if (phb->revision == REVISION_MURANO_DD20) phb_write_scom(phb, PHB_TCE_WATERMARK, 8, 0x0003000000030302ull);
  phb_write(phb, PHB_TIMEOUT_CTRL1, 0x1715152016200000ull);
  phb_write(phb, PHB_TIMEOUT_CTRL2, 0x2320d71600000000ull);
}

bool phb3_init_hw(struct phb *phb) {
  if (!lift_reset(phb)) return false;
  set_credits(phb);
  release_cores(phb);
  init_ioda(phb);
  PHB_WRITE_TABLE(phb, clear_link_logs);
  if (!phb_wait(phb, PHB_PCIE_DLP_TRAIN_CTL_PHB3, PHB_PCIE_DLP_TRAIN_CTL_DL_PGRESET, 0, 40000, 10)) {
    console_printf("PHB%u: the link core stays in reset\n", phb->number);
    return false;
  }
  phb_write(phb, UTL_PCIE_PORT_STATUS, ALL_ONES);
  if (!config_init_root(phb)) return false;
  init_utl(phb);
  uint64_t control = 0xf3a80edb00000000ull; /* IVEs of 128 bytes */
  if (is_naples(phb) && !phb->initialised) control |= 0x0010000000000000ull; /* bypass below 4 GiB, too */
  phb_write(phb, PHB_CTRLR, control);
  PHB_WRITE_TABLE(phb, trap_blocks);
  const uint64_t summary = phb_read(phb, PHB_ETU_ERR_SUMMARY);
  if (summary != 0) {
    console_printf("PHB%u: errors in bring-up, %016llx\n", phb->number, (unsigned long long)summary);
    return false;
  }
  config_write(phb, ROOT_COMPLEX, PCI_COMMAND, 2,
               PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR);
  config_write(phb, ROOT_COMPLEX, PCI_STATUS, 2, PCI_STATUS_ERRORS);
  finish(phb);
  phb->initialised = true;
  return true;
}

/* --- Clearing ---------------------------------------------------------------------------------- */

struct error_block {
  uint32_t status, first, log0, log1;
};
static const struct error_block error_blocks[] = {
    {PHB_ERR_STATUS, PHB_ERR1_STATUS, PHB_ERR_LOG_0, PHB_ERR_LOG_1},
    {PHB_OUT_ERR_STATUS, PHB_OUT_ERR1_STATUS, PHB_OUT_ERR_LOG_0, PHB_OUT_ERR_LOG_1},
    {PHB_INA_ERR_STATUS, PHB_INA_ERR1_STATUS, PHB_INA_ERR_LOG_0, PHB_INA_ERR_LOG_1},
    {PHB_INB_ERR_STATUS, PHB_INB_ERR1_STATUS, PHB_INB_ERR_LOG_0, PHB_INB_ERR_LOG_1},
};
static const uint32_t utl_status[] = {UTL_SYS_BUS_AGENT_STATUS, UTL_PCIE_PORT_STATUS, UTL_RC_STATUS};

void phb3_clear_errors(struct phb *phb) {
  const uint64_t fir = phb_read(phb, PHB_LEM_FIR_ACCUM);
  config_clear_root_errors(phb);
  for (size_t i = 0; i < sizeof(utl_status) / sizeof(utl_status[0]); ++i) {
    phb_write(phb, utl_status[i], phb_read(phb, utl_status[i]));
  }
  for (size_t i = 0; i < sizeof(error_blocks) / sizeof(error_blocks[0]); ++i) {
    const struct error_block *block = &error_blocks[i];
    phb_write(phb, block->status, phb_read(phb, block->status));
    phb_write(phb, block->first, 0);
    phb_write(phb, block->log0, 0);
    phb_write(phb, block->log1, 0);
  }
  phb_write(phb, PHB_LEM_FIR_AND_MASK, ~fir);
  phb_write(phb, PHB_LEM_WOF, 0);
  phb_write(phb, PHB_LEM_ERROR_MASK, LEM_MASK);
}

void phb3_enable_link_errors(struct phb *phb, bool on) {
  if (on) phb_write(phb, UTL_PCIE_PORT_STATUS, UTL_PORT_STATUS_CLEAR);
  phb_write(phb, UTL_PCIE_PORT_IRQ_EN, on ? UTL_PORT_IRQ_LINK_UP : UTL_PORT_IRQ_LINK_DOWN);
}
