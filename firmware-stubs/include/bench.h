/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_H
#define BENCH_H

#include "dma_engine.h"

/* Places in the block of memory, and in the window where its pages are mapped. */
#define BENCH_COMPLETION 0x1000u /* the descriptor is at 0 */
#define BENCH_SOURCE_AT 0x2000u
#define BENCH_DESTINATION 0x3000u
#define BENCH_BYTES 0x1000u
#define BENCH_PAGES 4u /* of 4 KiB */
#define BENCH_OFFSET 0x10000ull
#define BENCH_TIMEOUT_US 10000u

/* What a PHB with a DMA engine behind it owns for its tests. */
struct bench {
  struct phb *phb;
  unsigned pe;
  unsigned msi_source;
  struct tce_window window; /* TVE#0 of the PE, 16 MiB in pages of 4 KiB */
  struct dma_engine engine;
  uint64_t memory; /* real address of a block as large as its alignment, 2 MiB (POWER8: 16 MiB) */
  uint64_t block;
  uint64_t salt; /* a new pattern for each copy */
};

/* From nothing; and the function below the link again, after a reset has emptied it. */
bool bench_open(struct bench *bench, struct phb *phb);
bool bench_reopen(struct bench *bench);

/* The block's first pages in the window, for reading and writing. */
bool bench_map(struct bench *bench);
void bench_unmap(struct bench *bench);

/* A copy whose block is at bus address `bus`: planned, memory filled, compared. */
void bench_plan(const struct bench *bench, struct dma_copy *copy, uint64_t bus);
void bench_fill(struct bench *bench, const struct dma_copy *copy);
bool bench_check(struct bench *bench, const struct dma_copy *copy, enum dma_result result, const char *what);
/* All of it, and its interrupt. */
bool bench_copy_at(struct bench *bench, uint64_t bus, const char *what);
/* Maps, copies, unmaps. */
bool bench_copy(struct bench *bench, const char *what);

/* A line for something that went as it should. */
void bench_step(const struct bench *bench, const char *what);

#endif
