/* SPDX-License-Identifier: Apache-2.0 */
/* The PCI executive controller between PHBs and the PowerBus, reached by XSCOM (phb.md 5.6, 7.1). */
#ifndef PEC_H
#define PEC_H

#include "pec_registers.h"
#include "phb.h"

#define P8_NFIR_FORCE_FENCE PPC_BITMASK(24, 27) /* POWER8's way to fence */

/* SCOM addresses of a PHB's units, from the chip and its place on it. */
void pec_locate(struct phb *phb);

/* Hostboot's part: PBCQ of a PEC, FIR actions and masks of a stack. POWER9 and POWER10. */
void pec_hostboot(struct phb *phb);

/* BARs of the stack, then the PHB out of reset. */
void pec_probe(struct phb *phb);

#endif
