/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that boot information gives to the firmware: taken from below, given back by marks. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

void mem_setup(uint64_t base, uint64_t bytes);
/* Real address, or 0 if there is not that much. `align` is a power of two. Contents are whatever was there. */
uint64_t mem_alloc(uint64_t bytes, uint64_t align);
uint64_t mem_mark(void);
void mem_release(uint64_t mark);
void mem_fill64(uint64_t real, uint64_t value, uint64_t count);

#endif
