/* SPDX-License-Identifier: Apache-2.0 */
/* Dynamic DMA windows: what a hypervisor answers a partition that asks for windows (RTAS) and sets TCEs
 * (hypercalls), as PAPR writes it (ddw-vfio.md 1, 2). One PE per partition, two windows, no limited addressing,
 * no H_MIGRATE_DMA, no multi-TCE-table option. */
#ifndef DDW_H
#define DDW_H

#include "tce.h"

#define DDW_MAX_TCES 512u          /* of one hypercall */
#define DDW_DEFAULT_BYTES (256ull << 20)
#define DDW_TCE_BUDGET (1ull << 17) /* of windows beside the default */
#define DDW_WINDOWS 2

struct ddw_partition {
  struct phb *phb;
  unsigned pe;
  uint64_t buid;
  uint32_t liobn;          /* of the default window; the next ones count on */
  uint64_t real, bytes;    /* its memory: logical address 0 is at `real` */
};

/* Serves this partition from now on; its default window is open. */
bool ddw_open(const struct ddw_partition *partition);
void ddw_close(void);

/* gpr[0] is the token, gpr[1..4] are r4..r7: outputs go there. Returns the status. */
int64_t ddw_hypercall(uint64_t token, uint64_t args[4]);

#endif
