/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's calls as an operating system sees them (phb.md 7.6); tokens and codes are in phb_registers.h.
 * Arguments after the PHB's number:
 *   SET_PE pe bdfn bcmp dcmp fcmp action      MAP_PE_DMA_WINDOW pe window levels table bytes page
 *   SET_PELTV parent child state              MAP_PE_DMA_WINDOW_REAL pe window start bytes
 *   SET_XIVE_PE pe source                     TCE_KILL type pe page address pages
 *   GET_MSI_32 pe source range &addr32 &data32   GET_MSI_64 pe source range &addr64 &data32
 *   EEH_FREEZE_STATUS pe &state8 &type16 0    EEH_FREEZE_CLEAR pe action    EEH_FREEZE_SET pe action
 *   NEXT_ERROR &pe64 &type16 &severity16      ERR_INJECT pe type function address mask
 *   PCI_RESET scope assert    PCI_POLL        PHB_SET_OPTION option setting    PHB_GET_OPTION option &setting64
 * Others are UNSUPPORTED. */
#ifndef OPAL_H
#define OPAL_H

#include <stdint.h>

#include "phb_registers.h"

/* Functions of ERR_INJECT. */
enum { INJECT_CONFIG_READ_FIRST = 4, INJECT_CONFIG_READ_LAST = 5, INJECT_CONFIG_WRITE_FIRST = 10,
       INJECT_CONFIG_WRITE_LAST = 11, INJECT_DMA_READ_FIRST = 12, INJECT_DMA_READ_LAST = 15,
       INJECT_DMA_WRITE_FIRST = 16, INJECT_DMA_WRITE_LAST = 19, INJECT_FUNCTIONS = 20 };

#define OPAL_MAX_ARGS 7 /* the first is the PHB's number */

#ifdef __cplusplus
extern "C" {
#endif

/* Results behind a pointer are stored to that real address, big-endian. */
int64_t opal_call(uint64_t token, const uint64_t args[OPAL_MAX_ARGS]);

#ifdef __cplusplus
}
#endif

#endif
