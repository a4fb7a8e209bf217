/* SPDX-License-Identifier: Apache-2.0 */
/* The PCI executive controller between PHBs and the PowerBus, reached by XSCOM (phb.md 5.6, 7.1). */
#ifndef PEC_H
#define PEC_H

#include "phb.h"

/* POWER8's units have places of their own; one set for each PHB. */
#define PBCQ_NFIR 0x00
#define PBCQ_NFIR_AND 0x01
#define PBCQ_NFIR_OR 0x02
#define PBCQ_ERR_INJECT 0x0a
#define PBCQ_STATUS 0x0f
#define PBCQ_HW_CONFIG 0x18
#define PBCQ_MMIO_BAR0 0x40
#define PBCQ_MMIO_BAR1 0x41
#define PBCQ_PHB_BAR 0x42
#define PBCQ_MMIO_BAR0_MASK 0x43
#define PBCQ_MMIO_BAR1_MASK 0x44
#define PBCQ_BAR_EN 0x45
#define PBCQ_BAR_EN_MMIO0 PPC_BIT(0)
#define PBCQ_BAR_EN_MMIO1 PPC_BIT(1)
#define PBCQ_BAR_EN_PHB PPC_BIT(2)
#define PBCQ_PCI_RESET 0x0a
#define PBCQ_PCI_BAR2 0x0b
#define ASB_ADDR 0x0
#define ASB_STATUS 0x1
#define ASB_DATA 0x2

#define PBCQ_PENDING PPC_BITMASK(0, 1) /* transactions; the same on later chips */
#define NFIR_FORCE_FENCE PPC_BIT(26)
#define P8_NFIR_FORCE_FENCE PPC_BITMASK(24, 27)

/* SCOM addresses of a PHB's units, from the chip and its place on it. */
void pec_locate(struct phb *phb);

/* Hostboot's part: PBCQ of a PEC, FIR actions and masks of a stack. POWER9 and POWER10. */
void pec_hostboot(struct phb *phb);

/* BARs of the stack, then the PHB out of reset. */
void pec_probe(struct phb *phb);

#endif
