/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's calls as an operating system sees them: tokens, codes, arguments (phb.md 7.6). */
#ifndef OPAL_H
#define OPAL_H

#include <stdint.h>

enum opal_token {
  OPAL_PCI_EEH_FREEZE_STATUS = 23, /* phb pe &state8 &error16 0 */
  OPAL_PCI_EEH_FREEZE_CLEAR = 26,  /* phb pe action */
  OPAL_PCI_SET_PE = 31,            /* phb pe bdfn bcmp dcmp fcmp action */
  OPAL_PCI_SET_PELTV = 32,         /* phb parent child state */
  OPAL_PCI_SET_XIVE_PE = 37,       /* phb pe source */
  OPAL_GET_MSI_32 = 39,            /* phb pe source range &address32 &data32 */
  OPAL_GET_MSI_64 = 40,            /* phb pe source range &address64 &data32 */
  OPAL_PCI_MAP_PE_DMA_WINDOW = 44, /* phb pe window levels table bytes page */
  OPAL_PCI_MAP_PE_DMA_WINDOW_REAL = 45, /* phb pe window start bytes */
  OPAL_PCI_RESET = 49,             /* phb scope assert */
  OPAL_PCI_NEXT_ERROR = 60,        /* phb &pe64 &type16 &severity16 */
  OPAL_PCI_POLL = 62,              /* phb */
  OPAL_PCI_ERR_INJECT = 96,        /* phb pe type function address mask */
  OPAL_PCI_EEH_FREEZE_SET = 97,    /* phb pe action */
  OPAL_PCI_TCE_KILL = 126,         /* phb type pe bytes address pages */
  OPAL_PHB_SET_OPTION = 179,       /* phb option setting */
  OPAL_PHB_GET_OPTION = 180,       /* phb option &setting64 */
};

enum opal_code {
  OPAL_SUCCESS = 0,
  OPAL_PARAMETER = -1,
  OPAL_BUSY = -2,
  OPAL_HARDWARE = -6,
  OPAL_UNSUPPORTED = -7,
  OPAL_RESOURCE = -10,
  OPAL_WRONG_STATE = -14,
};

/* What of a PE is frozen, in freeze_status; what to freeze or thaw, in freeze_set and freeze_clear. */
enum { EEH_NOT_FROZEN = 0, EEH_MMIO = 1, EEH_DMA = 2, EEH_BOTH = 3 };
enum { EEH_NO_ERROR = 0, EEH_IOC_ERROR = 1, EEH_PHB_ERROR = 2, EEH_PE_ERROR = 3 };
enum { EEH_SEV_NONE = 0, EEH_SEV_IOC_DEAD = 1, EEH_SEV_PHB_DEAD = 2, EEH_SEV_FENCED = 3, EEH_SEV_PE = 4, EEH_SEV_INF = 5 };

enum { RESET_SCOPE_COMPLETE = 1, RESET_SCOPE_LINK = 2, RESET_SCOPE_ERROR = 3, RESET_SCOPE_HOT = 4,
       RESET_SCOPE_FUNDAMENTAL = 5, RESET_SCOPE_IODA = 6 };
enum { KILL_PAGES = 0, KILL_PE = 1, KILL_ALL = 2 };
enum { OPTION_TVE1_4GB = 1, OPTION_MMIO_EEH_DISABLE = 2 };
/* Functions of err_inject. */
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
