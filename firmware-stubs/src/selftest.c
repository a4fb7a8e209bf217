/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest.h"

#include "bugs.h"
#include "eeh.h"
#include "ioda.h"
#include "memory.h"
#include "opal.h"

#define BYPASS_GRANULE (16ull << 20)

/* A window of its own in place of the bench's; what it took from memory is given back. */
static bool copy_through(struct bench *b, unsigned page_shift, unsigned levels, uint64_t bytes, const char *what) {
  const uint64_t mark = mem_mark(), page = 1ull << page_shift;
  const unsigned pages = page >= BENCH_PAGES * 0x1000 ? 1 : BENCH_PAGES;
  const uint64_t at = page > BENCH_OFFSET ? page : BENCH_OFFSET;
  struct tce_window window;
  if (!tce_window_open(&window, b->phb, b->window.tve, page_shift, levels, bytes)) return false;
  bool ok = tce_map(&window, at, b->memory, pages, PHB_TCE_READ | PHB_TCE_WRITE) && bench_copy_at(b, at, what);
  tce_unmap(&window, at, pages);
  tce_window_close(&window);
  mem_release(mark);
  tce_window_attach(&b->window);
  if (ok) bench_step(b, what);
  return ok;
}

static bool copy_bypassed(struct bench *b) {
  const uint64_t end = (b->memory + b->block + BYPASS_GRANULE - 1) & ~(BYPASS_GRANULE - 1);
  const uint64_t on[OPAL_MAX_ARGS] = {b->phb->number, b->pe, b->window.tve + 1, PHB_DMA_WINDOW1, end};
  const uint64_t off[OPAL_MAX_ARGS] = {b->phb->number, b->pe, b->window.tve + 1, PHB_DMA_WINDOW1, 0};
  if (opal_call(OPAL_MAP_PE_DMA_WINDOW_REAL, on) != OPAL_SUCCESS) return false;
  const bool ok = bench_copy_at(b, PHB_DMA_WINDOW1 | b->memory, "copy, bypass");
  if (opal_call(OPAL_MAP_PE_DMA_WINDOW_REAL, off) != OPAL_SUCCESS) return false;
  tce_kill_pe(b->phb, b->pe);
  if (ok) bench_step(b, "copy, bypass");
  return ok;
}

bool selftest_run(struct bench *b) {
  if (!bench_copy(b, "copy, 4 KiB pages")) return false;
  bench_step(b, "copy, 4 KiB pages");
  if (!copy_through(b, 16, 1, 256ull << 20, "copy, 64 KiB pages")) return false;
  if (!copy_through(b, 16, 2, 1ull << 34, "copy, 64 KiB pages, two levels")) return false;
  if (!copy_through(b, 12, 3, 1ull << 39, "copy, 4 KiB pages, three levels")) return false;
  const bool p8 = is_phb3(b->phb);
  if (!copy_through(b, p8 ? 24 : 21, 1, 1ull << 30, p8 ? "copy, 16 MiB pages" : "copy, 2 MiB pages")) return false;
  return copy_bypassed(b);
}

/* --- Bugs ---------------------------------------------------------------------------------------- */

/* Whatever the bug has done to the PE is undone: the next job finds it in order. */
static bool tidy(struct bench *b) {
  struct eeh_status status;
  tce_kill_pe(b->phb, b->pe);
  if (eeh_freeze_status(b->phb, b->pe, &status) != OPAL_SUCCESS) return false;
  if (status.state == OPAL_EEH_STATE_NONE) return dma_engine_reset(&b->engine);
  return eeh_recover(b->phb, b->pe) && bench_reopen(b);
}

static void start_copy(struct bench *b, struct dma_copy *copy) {
  bench_plan(b, copy, BENCH_OFFSET);
  bench_fill(b, copy);
  dma_engine_start(&b->engine, copy);
}

/* The device goes on using pages that were taken away, and the TCE cache lets it. */
static void stale_tce(struct bench *b) {
  struct dma_copy copy;
  bench_map(b);
  bench_copy_at(b, BENCH_OFFSET, "copy before the bug");
  bug_arm();
  bench_unmap(b);
  start_copy(b, &copy);
  dma_engine_wait(&b->engine, &copy, BENCH_TIMEOUT_US);
}

/* The page goes to somebody else while the old translation may be in use. */
static void kill_not_waited(struct bench *b) {
  struct dma_copy copy;
  bench_map(b);
  start_copy(b, &copy);
  dma_engine_wait(&b->engine, &copy, BENCH_TIMEOUT_US);
  bug_arm();
  bench_unmap(b);
  tce_put(&b->window, BENCH_OFFSET, b->memory | PHB_TCE_READ);
  hal_mem_write64(b->memory + BENCH_DESTINATION, 0);
}

static void tve_in_flight(struct bench *b) {
  struct tce_window window;
  struct dma_copy copy;
  const uint64_t mark = mem_mark();
  const unsigned shift = is_phb3(b->phb) ? 24 : 21;
  if (!tce_window_open(&window, b->phb, b->window.tve, shift, 1, 1ull << 30)) return;
  tce_map(&window, b->block, b->memory, 1, PHB_TCE_READ | PHB_TCE_WRITE);
  copy = (struct dma_copy){b->memory, b->block, b->block + BENCH_COMPLETION, b->block + 0x80000, b->block + 0x100000,
                           0x80000};
  bug_arm();
  dma_engine_start(&b->engine, &copy);
  if (!bug_take(BOOT_BUG_TVE_IN_FLIGHT)) dma_engine_wait(&b->engine, &copy, BENCH_TIMEOUT_US);
  tce_window_close(&window);
  dma_engine_wait(&b->engine, &copy, BENCH_TIMEOUT_US);
  mem_release(mark);
  tce_window_attach(&b->window);
}

static void table_reused(struct bench *b) {
  bug_arm();
  if (!bug_take(BOOT_BUG_TABLE_REUSED)) ioda_set_tve(b->phb, b->window.tve, 0);
  for (unsigned i = 0; i < 64; ++i) hal_mem_write64(b->window.table + 8 * i, 0x4441544144415441ull); /* "DATA" */
  mem_fill64(b->window.table, 0, 64);
}

static void pe_left_frozen(struct bench *b) {
  eeh_freeze_set(b->phb, b->pe, OPAL_EEH_ACTION_ALL);
  bug_arm();
  eeh_recover(b->phb, b->pe);
}

static void rtt_no_invalidate(struct bench *b) {
  struct dma_copy copy;
  bug_arm();
  bench_map(b);
  ioda_set_rte(b->phb, b->engine.rid, b->pe + 1);
  hal_barrier();
  if (!bug_take(BOOT_BUG_RTT_NO_INVALIDATE)) ioda_invalidate_rtc(b->phb);
  start_copy(b, &copy); /* still as the old PE */
  dma_engine_wait(&b->engine, &copy, BENCH_TIMEOUT_US);
  ioda_set_rte(b->phb, b->engine.rid, b->pe);
  hal_barrier();
  ioda_invalidate_rtc(b->phb);
  bench_unmap(b);
}

bool bug_run(struct bench *b) {
  switch (boot.bug) {
    case BOOT_BUG_STALE_TCE: stale_tce(b); break;
    case BOOT_BUG_KILL_NOT_WAITED: kill_not_waited(b); break;
    case BOOT_BUG_TVE_IN_FLIGHT: tve_in_flight(b); break;
    case BOOT_BUG_TABLE_REUSED: table_reused(b); break;
    case BOOT_BUG_RTT_NO_INVALIDATE: rtt_no_invalidate(b); break;
    case BOOT_BUG_PE_LEFT_FROZEN:
      pe_left_frozen(b);
      bench_step(b, "bug done: pe-left-frozen");
      return true; /* it stays so to the end */
    default: return true;
  }
  console_printf("PHB%u: bug done: %s\n", b->phb->number, bug_names[boot.bug]);
  return tidy(b);
}
