/* SPDX-License-Identifier: Apache-2.0 */
/* A PCI function of Intel's I/OAT family: one channel that follows descriptors in memory. Its registers and
 * descriptors are little-endian. */
#ifndef DMA_ENGINE_H
#define DMA_ENGINE_H

#include "tce.h"

struct dma_engine {
  struct phb *phb;
  unsigned rid;
  uint64_t bar; /* real address of its registers */
  uint64_t pci_bar;
  unsigned msix; /* capability; 0: none */
};

enum dma_result { DMA_DONE, DMA_HALTED, DMA_FROZEN, DMA_TIMEOUT };

/* Looks on bus 1; how many functions answer, and the first engine in *engine. */
unsigned dma_engine_find(struct dma_engine *engine, struct phb *phb, bool *found);
/* BAR at a bus address, memory and bus mastering on, MSI-X vector 0. */
bool dma_engine_enable(struct dma_engine *engine, uint64_t pci_address, uint64_t real_address, uint64_t message,
                       uint32_t data);
bool dma_engine_reset(struct dma_engine *engine);

struct dma_copy {
  uint64_t descriptor_real; /* where the firmware writes it */
  uint64_t descriptor, completion, source, destination; /* bus addresses */
  uint32_t bytes;
};
/* Starts; dma_engine_wait gives the result. */
void dma_engine_start(struct dma_engine *engine, const struct dma_copy *copy);
enum dma_result dma_engine_wait(struct dma_engine *engine, const struct dma_copy *copy, uint64_t timeout_us);

#endif
