/* SPDX-License-Identifier: Apache-2.0 */
/* A partition that asks the DDW server for windows, as its operating system would: by hypercalls only. */
#include "ddw.h"
#include "ioda.h"
#include "memory.h"
#include "opal.h"
#include "selftest.h"

#define BUID 0x800000020000000ull
#define LIOBN 0x80000000u
#define CONFIG_ADDRESS 0x10000u
#define BUFFER 0x8000u /* logical addresses in the partition's memory, behind the pages of the copy */
#define LIST 0x9000u
#define WINDOW_SHIFT 28

static struct bench *bench;

static bool expect(const char *what, int64_t got, int64_t wanted) {
  if (got == wanted) return true;
  console_printf("PHB%u: ddw: %s: %lld, not %lld\n", bench->phb->number, what, (long long)got, (long long)wanted);
  return false;
}

static int64_t hcall(uint64_t token, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t *out) {
  uint64_t args[4] = {a, b, c, d};
  const int64_t status = hal_hypercall(token, args);
  if (out != NULL) *out = args[0];
  return status;
}

/* Cells to the buffer and back; the status is the first result. */
static int32_t rtas(uint32_t token, const uint32_t *args, unsigned nargs, uint32_t *rets, unsigned nrets) {
  const uint64_t at = bench->memory + BUFFER;
  hal_mem_write32(at, token);
  hal_mem_write32(at + 4, nargs);
  hal_mem_write32(at + 8, nrets);
  for (unsigned i = 0; i < nargs; ++i) hal_mem_write32(at + 12 + 4 * i, args[i]);
  hal_barrier();
  if (hcall(H_RTAS, BUFFER, 0, 0, 0, NULL) != H_SUCCESS) return RTAS_HARDWARE;
  for (unsigned i = 0; i < nrets; ++i) rets[i] = hal_mem_read32(at + 12 + 4 * (nargs + i));
  return (int32_t)rets[0];
}

static bool query(unsigned windows) {
  const uint32_t args[] = {CONFIG_ADDRESS, (uint32_t)(BUID >> 32), (uint32_t)BUID};
  uint32_t rets[5];
  return expect("query", rtas(RTAS_QUERY_PE_DMA_WINDOW, args, 3, rets, 5), RTAS_SUCCESS) &&
         expect("windows available", rets[1], windows) && expect("TCEs left", rets[2] != 0, true);
}

static bool create(unsigned page_shift, uint32_t *liobn, uint64_t *start) {
  const uint32_t args[] = {CONFIG_ADDRESS, (uint32_t)(BUID >> 32), (uint32_t)BUID, page_shift, WINDOW_SHIFT};
  uint32_t rets[4];
  if (!expect("create", rtas(RTAS_CREATE_PE_DMA_WINDOW, args, 5, rets, 4), RTAS_SUCCESS)) return false;
  *liobn = rets[1];
  *start = (uint64_t)rets[2] << 32 | rets[3];
  return true;
}

/* The default window: page by page, each call checked by reading back. */
static bool use_default(void) {
  uint64_t tce;
  for (unsigned i = 0; i < BENCH_PAGES; ++i) {
    const uint64_t at = BENCH_OFFSET + 0x1000 * i, wanted = 0x1000ull * i | PHB_TCE_READ | PHB_TCE_WRITE;
    if (!expect("H_PUT_TCE", hcall(H_PUT_TCE, LIOBN, at, wanted, 0, NULL), H_SUCCESS)) return false;
    if (!expect("H_GET_TCE", hcall(H_GET_TCE, LIOBN, at, 0, 0, &tce), H_SUCCESS)) return false;
    if (!expect("TCE", (int64_t)tce, (int64_t)wanted)) return false;
  }
  if (!bench_copy_at(bench, BENCH_OFFSET, "copy, default window")) return false;
  bench_step(bench, "copy, default window");
  return expect("H_STUFF_TCE", hcall(H_STUFF_TCE, LIOBN, BENCH_OFFSET, 0, BENCH_PAGES, NULL), H_SUCCESS) &&
         expect("H_PUT_TCE of foreign memory",
                hcall(H_PUT_TCE, LIOBN, 0, bench->block | PHB_TCE_READ, 0, NULL), H_PARAMETER) &&
         expect("H_PUT_TCE behind the window",
                hcall(H_PUT_TCE, LIOBN, DDW_DEFAULT_BYTES, PHB_TCE_READ, 0, NULL), H_PARAMETER);
}

/* A second window of large pages, one list for all of it. */
static bool use_dynamic(void) {
  const unsigned page_shift = 16;
  uint32_t liobn = 0, none[1];
  uint64_t start = 0;
  if (!query(1) || !create(page_shift, &liobn, &start) || !query(0)) return false;
  const unsigned pages = 4;
  for (unsigned i = 0; i < pages; ++i) {
    hal_mem_write64(bench->memory + LIST + 8 * i, (uint64_t)i << page_shift | PHB_TCE_READ | PHB_TCE_WRITE);
  }
  hal_barrier();
  if (!expect("H_PUT_TCE_INDIRECT", hcall(H_PUT_TCE_INDIRECT, liobn, start, LIST, pages, NULL), H_SUCCESS)) return false;
  if (!bench_copy_at(bench, start, "copy, dynamic window")) return false;
  bench_step(bench, "copy, dynamic window");
  return expect("H_STUFF_TCE", hcall(H_STUFF_TCE, liobn, start, 0, pages, NULL), H_SUCCESS) &&
         expect("remove", rtas(RTAS_REMOVE_PE_DMA_WINDOW, &liobn, 1, none, 1), RTAS_SUCCESS) &&
         expect("remove twice", rtas(RTAS_REMOVE_PE_DMA_WINDOW, &liobn, 1, none, 1), RTAS_PARAMETER);
}

bool ddw_run(struct bench *b) {
  const uint64_t mark = mem_mark();
  const struct ddw_partition partition = {b->phb, b->pe, BUID, LIOBN, b->memory, b->block};
  bench = b;
  ioda_set_tve(b->phb, b->window.tve, 0); /* the partition gets both windows of the PE */
  tce_kill_pe(b->phb, b->pe);
  const bool ok = ddw_open(&partition) && use_default() && use_dynamic();
  ddw_close();
  mem_release(mark);
  tce_window_attach(&b->window);
  return ok;
}
