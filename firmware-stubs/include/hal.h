/* SPDX-License-Identifier: Apache-2.0 */
/* All that touches the machine. Addresses are real addresses; a value of 1, 2, 4 or 8 bytes is the big-endian
 * number that those bytes are. On the target these are instructions (hal_target.c), on the host calls of whoever
 * plays the machine (hal_host.c). Nothing above may depend on byte order, pointer width or, except in the length
 * of a poll, time: the same accesses come from all three builds. */
#ifndef HAL_H
#define HAL_H

#include <stdint.h>

/* Cache-inhibited: registers and devices. */
uint64_t hal_mmio_read(uint64_t real, unsigned bytes);
void hal_mmio_write(uint64_t real, unsigned bytes, uint64_t value);

uint64_t hal_xscom_read(uint64_t scom);
void hal_xscom_write(uint64_t scom, uint64_t value);

/* Memory that the PHB and devices share with the firmware. */
uint64_t hal_mem_read(uint64_t real, unsigned bytes);
void hal_mem_write(uint64_t real, unsigned bytes, uint64_t value);
static inline uint64_t hal_mem_read64(uint64_t real) { return hal_mem_read(real, 8); }
static inline uint32_t hal_mem_read32(uint64_t real) { return (uint32_t)hal_mem_read(real, 4); }
static inline uint16_t hal_mem_read16(uint64_t real) { return (uint16_t)hal_mem_read(real, 2); }
static inline void hal_mem_write64(uint64_t real, uint64_t value) { hal_mem_write(real, 8, value); }
static inline void hal_mem_write32(uint64_t real, uint32_t value) { hal_mem_write(real, 4, value); }
static inline void hal_mem_write16(uint64_t real, uint16_t value) { hal_mem_write(real, 2, value); }

/* Stores to memory are performed before any access that follows (sync). */
void hal_barrier(void);

void hal_delay_us(uint64_t us);
uint64_t hal_time_us(void);

void hal_console_write(const char *text, unsigned length);

/* Hypercall as a partition makes it (sc 1): r3 is the token, then the status; args[0..3] are r4..r7, and come
 * back as the outputs. */
int64_t hal_hypercall(uint64_t token, uint64_t args[4]);

/* The machine that boot information describes, as far as the HAL needs it. */
struct hal_machine {
  uint64_t uart;
  uint64_t xscom;
  uint64_t timebase_hz;
};
void hal_setup(const struct hal_machine *machine);

#endif
