/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include "console.h"
#include "hal.h"

static uint64_t next, end;

void mem_setup(uint64_t base, uint64_t bytes) {
  next = base;
  end = base + bytes;
}

uint64_t mem_alloc(uint64_t bytes, uint64_t align) {
  const uint64_t at = (next + align - 1) & ~(align - 1);
  if (at < next || at > end || end - at < bytes) {
    console_printf("memory: %llu bytes wanted, %llu left\n", (unsigned long long)bytes,
                   (unsigned long long)(end - next));
    return 0;
  }
  next = at + bytes;
  return at;
}

uint64_t mem_mark(void) { return next; }
void mem_release(uint64_t mark) { next = mark; }

void mem_fill64(uint64_t real, uint64_t value, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) hal_mem_write64(real + 8 * i, value);
}
