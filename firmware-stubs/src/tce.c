/* SPDX-License-Identifier: Apache-2.0 */
#include "tce.h"

#include "bugs.h"
#include "ioda.h"
#include "memory.h"

/* --- Invalidation ------------------------------------------------------------------------------ */

#define KILL_COMMANDS (PHB_TCE_KILL_ALL | PHB_TCE_KILL_PE | PHB_TCE_KILL_ONE)

/* A kill is queued when the command bits read 0; it waits for a free place in the queue before that. */
static bool queue_kill(struct phb *phb, uint64_t command) {
  if (is_phb3(phb)) { /* no handshake: Linux writes it and goes on */
    hal_barrier();
    phb_write(phb, PHB_TCE_KILL, command);
    return true;
  }
  hal_barrier();
  if (!phb_wait(phb, PHB_TCE_KILL, KILL_COMMANDS, 0, 0, 1)) return false;
  phb_write(phb, PHB_TCE_KILL, command);
  return true;
}

/* The kill is done, and reads that may have used the old translation have drained. */
static bool wait_killed(struct phb *phb) {
  if (is_phb3(phb)) {
    phb_read(phb, PHB_VERSION); /* behind the writes */
    return true;
  }
  const uint64_t start = PHB_DMA_READ_WRITE_SYNC_READ_START, complete = PHB_DMA_READ_WRITE_SYNC_READ_COMPLETE;
  uint64_t sync = start;
  if (phb->p10) { /* it also has writes to sync, whose bits are not ours to change */
    const uint64_t keep = complete | PHB_DMA_READ_WRITE_SYNC_WRITE_COMPLETE;
    sync |= phb_read(phb, PHB_DMA_READ_WRITE_SYNC) & keep;
  }
  phb_write(phb, PHB_DMA_READ_WRITE_SYNC, sync);
  return phb_wait(phb, PHB_Q_DMA_R, PHB_Q_DMA_R_TCE_KILL_STATUS, 0, 0, 1) &&
         phb_wait(phb, PHB_DMA_READ_WRITE_SYNC, complete, complete, 0, 1);
}

bool tce_kill_all(struct phb *phb) { return queue_kill(phb, PHB_TCE_KILL_ALL) && wait_killed(phb); }

bool tce_kill_pe(struct phb *phb, unsigned pe) {
  if (!queue_kill(phb, PHB_TCE_KILL_PE | pe)) return false;
  return bug_take(BOOT_BUG_KILL_NOT_WAITED) || wait_killed(phb);
}

/* Size of the page in address bits that it leaves free (4.2); PHB3 knows only the address. */
static uint64_t page_select(const struct phb *phb, unsigned page_shift) {
  if (is_phb3(phb) || page_shift == 12) return 0;
  return PHB_TCE_KILL_PSEL | (page_shift == 16 ? 0x1000 : page_shift == 21 ? 0x2000 : 0x3000);
}

bool tce_kill_pages(struct phb *phb, unsigned pe, uint64_t address, unsigned page_shift, unsigned pages) {
  if (!is_phb3(phb) && (boot.flags & BOOT_FLAG_PAGE_KILLS) == 0) return tce_kill_pe(phb, pe);
  for (unsigned i = 0; i < pages; ++i) {
    const uint64_t page = (address + ((uint64_t)i << page_shift)) & ~((1ull << page_shift) - 1);
    if (!queue_kill(phb, PHB_TCE_KILL_ONE | page_select(phb, page_shift) | page | pe)) return false;
  }
  return bug_take(BOOT_BUG_KILL_NOT_WAITED) || wait_killed(phb);
}

/* --- TVEs -------------------------------------------------------------------------------------- */

bool tce_supports(const struct phb *phb, unsigned page_shift) {
  for (const uint8_t *s = phb->facts->page_shifts; *s != 0; ++s)
    if (*s == page_shift) return true;
  return false;
}

unsigned tce_index_bits(uint64_t window_bytes, unsigned page_shift, unsigned levels) {
  unsigned entries_shift = 0;
  while (page_shift + entries_shift < 63 && (1ull << (page_shift + entries_shift)) < window_bytes) ++entries_shift;
  const unsigned bits = (entries_shift + levels - 1) / levels;
  return bits < 9 ? 9 : bits;
}

static unsigned log2_of(uint64_t power) { return (unsigned)__builtin_ctzll(power); }

uint64_t tve_translated(uint64_t table, unsigned levels, uint64_t table_bytes, unsigned page_shift) {
  return (table >> 12) << 16 | (uint64_t)(levels - 1) << 13 | (uint64_t)(log2_of(table_bytes) - 11) << 8 |
         (page_shift - 11);
}

uint64_t tve_bypass(const struct phb *phb, uint64_t start, uint64_t end) {
  return (start << 16 & 0xffffff0000000000ull) | (start >> 38 & 0xc00) | (end >> 8 & 0xffffff0000ull) |
         (end >> 40 & 0x300) | (is_phb3(phb) ? 0x1000 : 0x1080);
}

/* --- Windows ----------------------------------------------------------------------------------- */

uint64_t tce_window_start(const struct tce_window *window) { return (window->tve & 1) != 0 ? PHB_DMA_WINDOW1 : 0; }

static uint64_t table_bytes(const struct tce_window *window) { return 8ull << window->index_bits; }

static uint64_t empty_table(const struct tce_window *window) {
  const uint64_t at = mem_alloc(table_bytes(window), table_bytes(window));
  if (at != 0) mem_fill64(at, 0, table_bytes(window) / 8);
  return at;
}

void tce_window_attach(struct tce_window *window) {
  hal_barrier(); /* the table is in memory */
  ioda_set_tve(window->phb, window->tve,
               tve_translated(window->table, window->levels, table_bytes(window), window->page_shift));
  tce_kill_pe(window->phb, window->pe);
}

bool tce_window_open(struct tce_window *window, struct phb *phb, unsigned tve, unsigned page_shift, unsigned levels,
                     uint64_t bytes) {
  *window = (struct tce_window){phb, tve / 2, tve, levels, page_shift, 0, bytes, 0};
  if (levels < 1 || levels > TVE_MAX_LEVELS || !tce_supports(phb, page_shift) || tve >= phb->facts->tves) return false;
  window->index_bits = tce_index_bits(bytes, page_shift, levels);
  window->table = empty_table(window);
  if (window->table == 0) return false;
  tce_window_attach(window);
  return true;
}

void tce_window_close(struct tce_window *window) {
  ioda_set_tve(window->phb, window->tve, 0);
  tce_kill_pe(window->phb, window->pe);
  window->table = 0;
}

/* Real address of an entry; tables on the way are made if `make`. 0: there is none. */
static uint64_t entry_of(const struct tce_window *window, uint64_t offset, bool make) {
  uint64_t table = window->table;
  for (unsigned level = window->levels; level-- > 0;) {
    const unsigned shift = window->page_shift + window->index_bits * level;
    const uint64_t entry = table + 8 * (offset >> shift & ((1ull << window->index_bits) - 1));
    if (level == 0) return entry;
    const uint64_t word = hal_mem_read64(entry);
    if ((word & (PHB_TCE_READ | PHB_TCE_WRITE)) != 0) {
      table = word & PHB_TCE_RPN;
    } else {
      table = make ? empty_table(window) : 0;
      if (table == 0) return 0;
      hal_barrier(); /* the new table is empty before anything can see it */
      hal_mem_write64(entry, table | PHB_TCE_READ | PHB_TCE_WRITE);
    }
  }
  return 0;
}

bool tce_put(struct tce_window *window, uint64_t offset, uint64_t tce) {
  if (offset >= window->bytes) return false;
  const uint64_t entry = entry_of(window, offset, tce != 0);
  if (entry == 0) return tce == 0;
  hal_mem_write64(entry, tce);
  return true;
}

uint64_t tce_get(const struct tce_window *window, uint64_t offset) {
  const uint64_t entry = offset < window->bytes ? entry_of(window, offset, false) : 0;
  return entry != 0 ? hal_mem_read64(entry) : 0;
}

/* The PHB may hold an older translation of the page: mapping invalidates, too. */
bool tce_map(struct tce_window *window, uint64_t offset, uint64_t real, unsigned pages, uint64_t permissions) {
  for (unsigned i = 0; i < pages; ++i) {
    const uint64_t at = (uint64_t)i << window->page_shift;
    if (!tce_put(window, offset + at, (real + at) | permissions)) return false;
  }
  return tce_kill_pages(window->phb, window->pe, tce_window_start(window) + offset, window->page_shift, pages);
}

void tce_unmap(struct tce_window *window, uint64_t offset, unsigned pages) {
  for (unsigned i = 0; i < pages; ++i) tce_put(window, offset + ((uint64_t)i << window->page_shift), 0);
  if (bug_take(BOOT_BUG_STALE_TCE)) return;
  tce_kill_pages(window->phb, window->pe, tce_window_start(window) + offset, window->page_shift, pages);
}
