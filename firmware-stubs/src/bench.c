/* SPDX-License-Identifier: Apache-2.0 */
/* A PE with a window, a message interrupt and a DMA engine: what the tests work with. */
#include "bench.h"

#include "ioda.h"
#include "memory.h"
#include "msi.h"
#include "opal.h"

#define M32_PCI_START 0x80000000ull
#define BENCH_PE 1
#define BENCH_SOURCE 0x123 /* not a multiple of 4: one quarter of a MIST entry */
#define BENCH_WINDOW (16ull << 20)

static int64_t call(uint64_t token, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                    uint64_t a6) {
  const uint64_t args[OPAL_MAX_ARGS] = {a0, a1, a2, a3, a4, a5, a6};
  return opal_call(token, args);
}

static bool give_pe(struct bench *b) {
  struct phb *phb = b->phb;
  /* All of bus 1, and the first segment of M32 with it. */
  if (call(OPAL_SET_PE, phb->number, b->pe, 0x100, 7, 0, 0, 1) != OPAL_SUCCESS) return false;
  if (call(OPAL_SET_PELTV, phb->number, b->pe, b->pe, 1, 0, 0, 0) != OPAL_SUCCESS) return false;
  ioda_set_m32_segment(phb, 0, b->pe);
  return true;
}

static bool enable_engine(struct bench *b) {
  uint64_t address;
  uint32_t data;
  msi_set_pe(b->phb, b->pe, b->msi_source);
  if (msi_message64(b->phb, b->pe, b->msi_source, 1, &address, &data) != OPAL_SUCCESS) return false;
  return dma_engine_enable(&b->engine, M32_PCI_START, b->phb->boot->mmio32_base, address, data);
}

bool bench_open(struct bench *b, struct phb *phb) {
  *b = (struct bench){.phb = phb, .pe = BENCH_PE, .msi_source = BENCH_SOURCE};
  b->block = is_phb3(phb) ? 16ull << 20 : 2ull << 20;
  b->memory = mem_alloc(b->block, b->block);
  if (b->memory == 0 || !give_pe(b)) return false;
  bool found;
  const unsigned functions = dma_engine_find(&b->engine, phb, &found);
  if (!found || functions < phb->boot->devices) {
    console_printf("PHB%u: %u functions, %s DMA engine\n", phb->number, functions, found ? "a" : "no");
    return false;
  }
  if (!tce_window_open(&b->window, phb, 2 * b->pe, 12, 1, BENCH_WINDOW)) return false;
  return enable_engine(b);
}

bool bench_reopen(struct bench *b) { return enable_engine(b); }

/* --- Copies ------------------------------------------------------------------------------------- */

void bench_plan(const struct bench *b, struct dma_copy *copy, uint64_t bus) {
  *copy = (struct dma_copy){b->memory, bus, bus + BENCH_COMPLETION, bus + BENCH_SOURCE_AT, bus + BENCH_DESTINATION,
                            BENCH_BYTES};
}

static uint64_t pattern(unsigned i, uint64_t salt) { return (salt << 32 ^ i) * 0x9e3779b97f4a7c15ull; }

void bench_fill(struct bench *b, const struct dma_copy *copy) {
  ++b->salt;
  for (unsigned i = 0; i < copy->bytes / 8; ++i) {
    hal_mem_write64(b->memory + BENCH_SOURCE_AT + 8 * i, pattern(i, b->salt));
    hal_mem_write64(b->memory + BENCH_DESTINATION + 8 * i, 0);
  }
  hal_mem_write64(b->memory + BENCH_COMPLETION, 0);
}

static const char *const result_names[] = {"done", "halted", "frozen", "not finished in time"};

bool bench_check(struct bench *b, const struct dma_copy *copy, enum dma_result result, const char *what) {
  if (result != DMA_DONE) {
    console_printf("PHB%u: %s: DMA %s\n", b->phb->number, what, result_names[result]);
    return false;
  }
  for (unsigned i = 0; i < copy->bytes / 8; ++i) {
    const uint64_t got = hal_mem_read64(b->memory + BENCH_DESTINATION + 8 * i);
    if (got != pattern(i, b->salt)) {
      console_printf("PHB%u: %s: doubleword %u is %016llx\n", b->phb->number, what, i, (unsigned long long)got);
      return false;
    }
  }
  const uint64_t completion = le64(hal_mem_read64(b->memory + BENCH_COMPLETION));
  if ((completion & ~0x3full) != copy->descriptor) {
    console_printf("PHB%u: %s: completion %016llx\n", b->phb->number, what, (unsigned long long)completion);
    return false;
  }
  return true;
}

bool bench_copy_at(struct bench *b, uint64_t bus, const char *what) {
  struct dma_copy copy;
  bench_plan(b, &copy, bus);
  bench_fill(b, &copy);
  msi_set_pe(b->phb, b->pe, b->msi_source); /* ready for one message */
  dma_engine_start(&b->engine, &copy);
  if (!bench_check(b, &copy, dma_engine_wait(&b->engine, &copy, BENCH_TIMEOUT_US), what)) return false;
  if (b->engine.msix == 0 || b->phb->boot->notify_address != 0) return true;
  for (unsigned i = 0; i < 1000; ++i) { /* it follows the data */
    if (msi_fired(b->phb, b->msi_source)) return true;
    hal_delay_us(1);
  }
  console_printf("PHB%u: %s: no message interrupt\n", b->phb->number, what);
  return false;
}

bool bench_map(struct bench *b) {
  return tce_map(&b->window, BENCH_OFFSET, b->memory, BENCH_PAGES, PHB_TCE_READ | PHB_TCE_WRITE);
}
void bench_unmap(struct bench *b) { tce_unmap(&b->window, BENCH_OFFSET, BENCH_PAGES); }

bool bench_copy(struct bench *b, const char *what) {
  if (!bench_map(b)) return false;
  const bool ok = bench_copy_at(b, BENCH_OFFSET, what);
  bench_unmap(b);
  return ok;
}

void bench_step(const struct bench *b, const char *what) {
  if ((boot.flags & BOOT_FLAG_QUIET) == 0) console_printf("PHB%u: %s\n", b->phb->number, what);
}
