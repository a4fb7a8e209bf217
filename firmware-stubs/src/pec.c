/* SPDX-License-Identifier: Apache-2.0 */
#include "pec.h"

/* Real addresses are kept shifted left: to bit 0 of a 56-bit address, P8 of a 50-bit one [F 5.6]. */
static uint64_t bar(const struct phb *phb, uint64_t real) { return real << (is_phb3(phb) ? 14 : 8); }

static uint64_t bar_mask(const struct phb *phb, uint64_t bytes) {
  const uint64_t real_bits = is_phb3(phb) ? 0x0003ffffffffffffull : 0x00ffffffffffffffull;
  return bar(phb, ~(bytes - 1) & real_bits);
}

void pec_locate(struct phb *phb) {
  const uint64_t pec = phb->boot->pec, stack = phb->boot->stack, index = phb->boot->index;
  if (is_phb3(phb)) {
    phb->nest = phb->nest_stack = 0x2012000 + 0x400 * index;
    phb->pci = phb->pci_stack = 0x9012000 + 0x400 * index;
    phb->etu = 0x9013c00 + 0x40 * index;
    return;
  }
  if (phb->p10) {
    phb->nest = 0x3011800 - 0x1000000 * pec;
    phb->pci = 0x8010800 + 0x1000000 * pec;
  } else {
    phb->nest = 0x4010c00 + 0x400 * pec;
    phb->pci = 0xd010800 + 0x1000000 * pec;
  }
  phb->nest_stack = phb->nest + 0x40 * (stack + 1);
  phb->pci_stack = phb->pci + 0x40 * (stack + 1);
  phb->etu = phb->pci + 0x100 + 0x40 * stack;
}

void pec_hostboot(struct phb *phb) {
  if (is_phb3(phb)) return;
  if (phb->boot->stack == 0) {
    /* The PBCQ serves all stacks of the PEC. TCE arbitration is off where stacks share it (1.8). */
    unsigned stacks = 0;
    for (unsigned i = 0; i < boot.num_phbs; ++i) stacks += boot.phb[i].pec == phb->boot->pec;
    uint64_t config = hal_xscom_read(phb->nest + PEC_NEST_PBCQ_HW_CONFIG);
    config &= ~(PEC_NEST_PBCQ_HW_CONFIG_HANG_SCALE | PEC_NEST_PBCQ_HW_CONFIG_DATA_SCALE |
                PEC_NEST_PBCQ_HW_CONFIG_PE_SCALE);
    config |= FIELD(PEC_NEST_PBCQ_HW_CONFIG_HANG_SCALE, 1) | FIELD(PEC_NEST_PBCQ_HW_CONFIG_DATA_SCALE, 1) |
              FIELD(PEC_NEST_PBCQ_HW_CONFIG_PE_SCALE, 1) | FIELD(PEC_NEST_PBCQ_HW_CONFIG_CACHE_INJECT_MODE, 3);
    config |= PEC_NEST_PBCQ_HW_CONFIG_DIS_OOO_STORE | PEC_NEST_PBCQ_HW_CONFIG_CHANNEL_STREAMING;
    if (stacks > 1) config |= PEC_NEST_PBCQ_HW_CONFIG_DIS_TCE_ARBITRATION;
    hal_xscom_write(phb->nest + PEC_NEST_PBCQ_HW_CONFIG, config);
    uint64_t baib = hal_xscom_read(phb->pci + PEC_PCI_PBAIB_HW_CONFIG);
    baib |= PEC_PCI_PBAIB_HW_CONFIG_TRACE | FIELD(PEC_PCI_PBAIB_HW_CONFIG_CREDIT_WAIT, 7); /* 7: 32 clocks of waiting for credits */
    hal_xscom_write(phb->pci + PEC_PCI_PBAIB_HW_CONFIG, baib);
  }
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_ERR_REPORT0, ~0ull);
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_ERR_REPORT1, ~0ull);
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR, 0);
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR_WOF, 0);
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR_ACTION0, 0x5b0f81e000000000ull);
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR_ACTION1, 0x7f0f81e000000000ull);
  hal_xscom_write(phb->nest_stack + PEC_NEST_STACK_NFIR_MASK, 0x0030001c00000000ull);
  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_PFIR, 0);
  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_PFIR_ACTION0, 0xb000000000000000ull);
  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_PFIR_ACTION1, 0xb000000000000000ull);
  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_PFIR_MASK, 0x0e00000000000000ull);
}

static void probe_p9(struct phb *phb) {
  const struct boot_info_phb *b = phb->boot;
  const uint64_t stack = phb->nest_stack;
  uint64_t enables = PEC_NEST_STACK_BAR_EN_PHB | PEC_NEST_STACK_BAR_EN_INT;
  hal_xscom_write(stack + PEC_NEST_STACK_PHB_REG_BAR, bar(phb, b->registers));
  hal_xscom_write(stack + PEC_NEST_STACK_INT_BAR, bar(phb, b->esb_base));
  if (b->mmio64_bytes != 0) {
    hal_xscom_write(stack + PEC_NEST_STACK_MMIO_BAR0, bar(phb, b->mmio64_base));
    hal_xscom_write(stack + PEC_NEST_STACK_MMIO_BAR0_MASK, bar_mask(phb, b->mmio64_bytes));
    enables |= PEC_NEST_STACK_BAR_EN_MMIO0;
  }
  if (b->mmio32_bytes != 0) {
    hal_xscom_write(stack + PEC_NEST_STACK_MMIO_BAR1, bar(phb, b->mmio32_base));
    hal_xscom_write(stack + PEC_NEST_STACK_MMIO_BAR1_MASK, bar_mask(phb, b->mmio32_bytes));
    enables |= PEC_NEST_STACK_BAR_EN_MMIO1;
  }
  const uint64_t enabled = hal_xscom_read(stack + PEC_NEST_STACK_BAR_EN);
  hal_xscom_write(stack + PEC_NEST_STACK_BAR_EN, enabled | enables);

  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_PFIR, 0);
  hal_xscom_write(stack + PEC_NEST_STACK_NFIR, 0);
  hal_xscom_read(phb->pci_stack + PEC_PCI_STACK_ETU_RESET);
  hal_xscom_write(phb->pci_stack + PEC_PCI_STACK_ETU_RESET, 0);
  settle_us(1000);
}

static void probe_p8(struct phb *phb) {
  const struct boot_info_phb *b = phb->boot;
  uint64_t enables = PEC_NEST_STACK_BAR_EN_PHB;
  if (b->mmio64_bytes != 0) {
    hal_xscom_write(phb->nest + PEC_NEST_STACK_MMIO_BAR0_PHB3, bar(phb, b->mmio64_base));
    hal_xscom_write(phb->nest + PEC_NEST_STACK_MMIO_BAR0_MASK_PHB3, bar_mask(phb, b->mmio64_bytes));
    enables |= PEC_NEST_STACK_BAR_EN_MMIO0;
  }
  if (b->mmio32_bytes != 0) {
    hal_xscom_write(phb->nest + PEC_NEST_STACK_MMIO_BAR1_PHB3, bar(phb, b->mmio32_base));
    hal_xscom_write(phb->nest + PEC_NEST_STACK_MMIO_BAR1_MASK_PHB3, bar_mask(phb, b->mmio32_bytes));
    enables |= PEC_NEST_STACK_BAR_EN_MMIO1;
  }
  hal_xscom_write(phb->nest + PEC_NEST_STACK_PHB_REG_BAR_PHB3, bar(phb, b->registers));
  hal_xscom_write(phb->pci + PEC_PCI_STACK_BAR2, bar(phb, b->registers)); /* must say the same */
  const uint64_t enabled = hal_xscom_read(phb->nest + PEC_NEST_STACK_BAR_EN_PHB3);
  hal_xscom_write(phb->nest + PEC_NEST_STACK_BAR_EN_PHB3, enabled | enables);
}

void pec_probe(struct phb *phb) {
  if (is_phb3(phb)) {
    probe_p8(phb);
    return;
  }
  probe_p9(phb);
  hal_mmio_read(phb->registers + PHB_VERSION, 8);
}
