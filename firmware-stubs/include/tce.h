/* SPDX-License-Identifier: Apache-2.0 */
/* DMA windows: TVEs, TCE tables in memory, and the invalidation of what the PHB has cached of them
 * (phb.md 2, 3, 4.2). */
#ifndef TCE_H
#define TCE_H

#include "phb.h"

#define TVE_MAX_LEVELS 5

struct tce_window {
  struct phb *phb;
  unsigned pe;
  unsigned tve; /* 2 * pe + 0 or 1 */
  unsigned levels, page_shift, index_bits; /* index bits of one level */
  uint64_t bytes;
  uint64_t table; /* real address of the root */
};

bool tce_supports(const struct phb *phb, unsigned page_shift);
/* log2 of entries of one table of `levels`, each table at least 4 KiB. */
unsigned tce_index_bits(uint64_t window_bytes, unsigned page_shift, unsigned levels);

/* The words of a TVE (2.1, 2.2). */
uint64_t tve_translated(uint64_t table, unsigned levels, uint64_t table_bytes, unsigned page_shift);
uint64_t tve_bypass(const struct phb *phb, uint64_t start, uint64_t end);

/* Allocates an empty table, points the TVE at it and drops what was cached. 0: no memory, or not possible. */
bool tce_window_open(struct tce_window *window, struct phb *phb, unsigned tve, unsigned page_shift, unsigned levels,
                     uint64_t bytes);
void tce_window_close(struct tce_window *window);
/* The same for a table whose memory the caller provides and has filled. */
void tce_window_attach(struct tce_window *window);

/* Bus address of offset 0. */
uint64_t tce_window_start(const struct tce_window *window);

/* One page each; an offset counts from the window's start. Nothing is invalidated. */
bool tce_put(struct tce_window *window, uint64_t offset, uint64_t tce);
uint64_t tce_get(const struct tce_window *window, uint64_t offset);

/* Maps and unmaps `pages` of the window's size and invalidates. */
bool tce_map(struct tce_window *window, uint64_t offset, uint64_t real, unsigned pages, uint64_t permissions);
void tce_unmap(struct tce_window *window, uint64_t offset, unsigned pages);

/* Invalidation; each returns when nothing of the old translation is in use any more, false if the PHB is fenced.
 * Page kills become a kill of the PE (erratum HW560152) unless boot information says otherwise. */
bool tce_kill_all(struct phb *phb);
bool tce_kill_pe(struct phb *phb, unsigned pe);
bool tce_kill_pages(struct phb *phb, unsigned pe, uint64_t address, unsigned page_shift, unsigned pages);

#endif
