/* SPDX-License-Identifier: Apache-2.0 */
#include "dma_engine.h"

#include "pci_config.h"

#define VENDOR_INTEL 0x8086u
#define CLASS_SYSTEM_OTHER 0x088000u
#define BUS 1u

/* Registers and bits that are used. */
enum { INTRCTRL = 0x03, CBVER = 0x08, CHANCTRL = 0x80, CHANCMD = 0x84, DMACOUNT = 0x86, CHANSTS = 0x88,
       CHAINADDR = 0x90, CHANCMP = 0x98, CHANERR = 0xa8, MSIX_TABLE = 0x2000 };
#define INTRCTRL_MSIX 0x08u
#define CHANCTRL_ERRORS 0x0014u /* completion and interrupt on an error */
#define CHANCTRL_INTERRUPTED 0x0001u
#define CHANCMD_RESET 0x20u
#define CHANSTS_STATUS 0x7u
#define STATUS_IDLE 1u
#define STATUS_HALTED 3u
#define DESCRIPTOR_INTERRUPT 0x01u
#define DESCRIPTOR_COMPLETION 0x08u
#define MSIX_ENABLE 0x8000u
#define MSIX_FUNCTION_MASK 0x4000u
#define ALL_ONES32 0xffffffffu

static uint64_t reg_read(const struct dma_engine *e, unsigned offset, unsigned bytes) {
  return little_endian(hal_mmio_read(e->bar + offset, bytes), bytes);
}
static void reg_write(const struct dma_engine *e, unsigned offset, unsigned bytes, uint64_t value) {
  hal_mmio_write(e->bar + offset, bytes, little_endian(value, bytes));
}

unsigned dma_engine_find(struct dma_engine *engine, struct phb *phb, bool *found) {
  unsigned functions = 0;
  *found = false;
  for (unsigned function = 0; function < 8; ++function) { /* device 0 is the only one at a link's end */
    const unsigned rid = RID(BUS, 0, function);
    const uint32_t id = config_read(phb, rid, PCI_VENDOR, 4);
    if (id == ALL_ONES32 || id == 0) {
      if (function == 0) break;
      continue;
    }
    ++functions;
    const uint32_t class_code = config_read(phb, rid, 0x08, 4) >> 8;
    if (!*found && (id & 0xffff) == VENDOR_INTEL && class_code == CLASS_SYSTEM_OTHER) {
      *engine = (struct dma_engine){phb, rid, 0, 0, 0};
      *found = true;
    }
    if (function == 0 && (config_read(phb, rid, PCI_HEADER_TYPE, 1) & 0x80) == 0) break;
  }
  return functions;
}

bool dma_engine_enable(struct dma_engine *engine, uint64_t pci_address, uint64_t real_address, uint64_t message,
                       uint32_t data) {
  struct phb *phb = engine->phb;
  engine->pci_bar = pci_address;
  engine->bar = real_address;
  config_write(phb, engine->rid, PCI_BAR0, 4, (uint32_t)pci_address);
  config_write(phb, engine->rid, PCI_BAR0 + 4, 4, (uint32_t)(pci_address >> 32));
  config_write(phb, engine->rid, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
  if (reg_read(engine, CBVER, 1) < 0x30 || reg_read(engine, CBVER, 1) == 0xff) {
    console_printf("PHB%u: no DMA engine of version 3 at BAR %llx\n", phb->number, (unsigned long long)pci_address);
    return false;
  }
  engine->msix = config_find_capability(phb, engine->rid, PCI_CAP_MSIX);
  if (engine->msix != 0) {
    reg_write(engine, MSIX_TABLE + 0, 4, (uint32_t)message);
    reg_write(engine, MSIX_TABLE + 4, 4, message >> 32);
    reg_write(engine, MSIX_TABLE + 8, 4, data);
    reg_write(engine, MSIX_TABLE + 12, 4, 0); /* not masked */
    const uint32_t control = config_read(phb, engine->rid, engine->msix + 2, 2);
    config_write(phb, engine->rid, engine->msix + 2, 2, (control | MSIX_ENABLE) & ~MSIX_FUNCTION_MASK);
  }
  return dma_engine_reset(engine);
}

bool dma_engine_reset(struct dma_engine *engine) {
  reg_write(engine, CHANCMD, 1, CHANCMD_RESET);
  for (unsigned i = 0; i < 1000; ++i) {
    if ((reg_read(engine, CHANCMD, 1) & CHANCMD_RESET) == 0) {
      reg_write(engine, CHANERR, 4, reg_read(engine, CHANERR, 4));
      if (engine->msix != 0) reg_write(engine, INTRCTRL, 1, INTRCTRL_MSIX);
      return true;
    }
    hal_delay_us(10);
  }
  console_printf("PHB%u: the DMA engine's reset does not end\n", engine->phb->number);
  return false;
}

void dma_engine_start(struct dma_engine *engine, const struct dma_copy *copy) {
  const uint64_t at = copy->descriptor_real;
  hal_mem_write32(at + 0, le32(copy->bytes));
  hal_mem_write32(at + 4, le32(DESCRIPTOR_INTERRUPT | DESCRIPTOR_COMPLETION)); /* operation 0: copy */
  hal_mem_write64(at + 8, le64(copy->source));
  hal_mem_write64(at + 16, le64(copy->destination));
  hal_mem_write64(at + 24, le64(copy->descriptor));
  hal_barrier();
  reg_write(engine, CHANCTRL, 2, CHANCTRL_ERRORS | CHANCTRL_INTERRUPTED);
  reg_write(engine, CHANCMP, 8, copy->completion);
  reg_write(engine, CHAINADDR, 8, copy->descriptor);
  reg_write(engine, DMACOUNT, 2, 1);
}

enum dma_result dma_engine_wait(struct dma_engine *engine, const struct dma_copy *copy, uint64_t timeout_us) {
  const uint64_t start = hal_time_us();
  do {
    const uint64_t status = reg_read(engine, CHANSTS, 8);
    if (status == ~0ull) return DMA_FROZEN;
    if ((status & CHANSTS_STATUS) == STATUS_HALTED) return DMA_HALTED;
    if ((status & CHANSTS_STATUS) == STATUS_IDLE && (status & ~0x3full) == copy->descriptor) return DMA_DONE;
    hal_delay_us(1);
  } while (hal_time_us() - start < timeout_us);
  return DMA_TIMEOUT;
}
