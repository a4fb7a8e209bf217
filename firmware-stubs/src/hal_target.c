/* SPDX-License-Identifier: Apache-2.0 */
/* The machine itself: POWER in hypervisor real mode, big- or little-endian. */
#include "byteorder.h"
#include "ddw.h"
#include "hal.h"

/* Loads and stores that no cache sees exist only in real mode; in a little-endian image they swap, as others do. */
static inline uint64_t load_ci(uint64_t real, unsigned bytes) {
  uint64_t v;
  switch (bytes) {
    case 1: __asm__ volatile("lbzcix %0,0,%1" : "=r"(v) : "r"(real) : "memory"); return v;
    case 2: __asm__ volatile("lhzcix %0,0,%1" : "=r"(v) : "r"(real) : "memory"); return be16((uint16_t)v);
    case 4: __asm__ volatile("lwzcix %0,0,%1" : "=r"(v) : "r"(real) : "memory"); return be32((uint32_t)v);
    default: __asm__ volatile("ldcix %0,0,%1" : "=r"(v) : "r"(real) : "memory"); return be64(v);
  }
}
static inline void store_ci(uint64_t real, unsigned bytes, uint64_t v) {
  switch (bytes) {
    case 1: __asm__ volatile("stbcix %0,0,%1" : : "r"(v), "r"(real) : "memory"); break;
    case 2: __asm__ volatile("sthcix %0,0,%1" : : "r"((uint64_t)be16((uint16_t)v)), "r"(real) : "memory"); break;
    case 4: __asm__ volatile("stwcix %0,0,%1" : : "r"((uint64_t)be32((uint32_t)v)), "r"(real) : "memory"); break;
    default: __asm__ volatile("stdcix %0,0,%1" : : "r"(be64(v)), "r"(real) : "memory"); break;
  }
}

static struct hal_machine machine;
void hal_setup(const struct hal_machine *described) { machine = *described; }

void hal_barrier(void) { __asm__ volatile("sync" ::: "memory"); }

/* A load is done when its value is used; what follows may not pass it. */
uint64_t hal_mmio_read(uint64_t real, unsigned bytes) {
  hal_barrier();
  const uint64_t v = load_ci(real, bytes);
  __asm__ volatile("twi 0,%0,0; isync" : : "r"(v) : "memory");
  return v;
}
void hal_mmio_write(uint64_t real, unsigned bytes, uint64_t value) {
  hal_barrier();
  store_ci(real, bytes, value);
}

uint64_t hal_xscom_read(uint64_t scom) { return hal_mmio_read(machine.xscom + (scom << 3), 8); }
void hal_xscom_write(uint64_t scom, uint64_t value) {
  hal_mmio_write(machine.xscom + (scom << 3), 8, value);
  hal_barrier();
}

uint64_t hal_mem_read(uint64_t real, unsigned bytes) {
  switch (bytes) {
    case 1: return *(volatile const uint8_t *)real;
    case 2: return be16(*(volatile const uint16_t *)real);
    case 4: return be32(*(volatile const uint32_t *)real);
    default: return be64(*(volatile const uint64_t *)real);
  }
}
void hal_mem_write(uint64_t real, unsigned bytes, uint64_t value) {
  switch (bytes) {
    case 1: *(volatile uint8_t *)real = (uint8_t)value; break;
    case 2: *(volatile uint16_t *)real = be16((uint16_t)value); break;
    case 4: *(volatile uint32_t *)real = be32((uint32_t)value); break;
    default: *(volatile uint64_t *)real = be64(value); break;
  }
}

/* --- Time ----------------------------------------------------------------------------------------- */

static uint64_t timebase(void) {
  uint64_t v;
  __asm__ volatile("mfspr %0,268" : "=r"(v));
  return v;
}

static uint64_t ticks_per_us(void) { return machine.timebase_hz >= 1000000 ? machine.timebase_hz / 1000000 : 512; }

uint64_t hal_time_us(void) { return timebase() / ticks_per_us(); }

/* or 31,31,31 lowers the thread's priority: a model may take time forward here. */
void hal_delay_us(uint64_t us) {
  const uint64_t start = timebase(), ticks = us * ticks_per_us();
  while (timebase() - start < ticks) __asm__ volatile("or 31,31,31");
  __asm__ volatile("or 2,2,2");
}

/* --- Console: a 16550 ------------------------------------------------------------------------------ */

#define UART_THR 0
#define UART_LSR 5
#define UART_LSR_EMPTY 0x20u

static void put(uint8_t c) {
  for (unsigned i = 0; i < 100000 && (load_ci(machine.uart + UART_LSR, 1) & UART_LSR_EMPTY) == 0; ++i) {
  }
  store_ci(machine.uart + UART_THR, 1, c);
}

void hal_console_write(const char *text, unsigned length) {
  if (machine.uart == 0) return;
  for (unsigned i = 0; i < length; ++i) put((uint8_t)text[i]);
  hal_barrier();
}

/* --- Hypercalls ------------------------------------------------------------------------------------ */

int64_t hal_hypercall(uint64_t token, uint64_t args[4]) {
  register uint64_t r3 __asm__("r3") = token;
  register uint64_t r4 __asm__("r4") = args[0];
  register uint64_t r5 __asm__("r5") = args[1];
  register uint64_t r6 __asm__("r6") = args[2];
  register uint64_t r7 __asm__("r7") = args[3];
  __asm__ volatile("sc 1"
                   : "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
                   :
                   : "r0", "r8", "r9", "r10", "r11", "r12", "ctr", "xer", "cr0", "cr1", "cr5", "cr6", "cr7", "memory");
  args[0] = r4;
  args[1] = r5;
  args[2] = r6;
  args[3] = r7;
  return (int64_t)r3;
}

/* What start.S saves of an interrupted program: r0 to r31, then SRR0, SRR1, LR, CTR, XER, CR. */
struct frame {
  uint64_t gpr[32], pc, msr, lr, ctr, xer, cr;
};

void system_call(struct frame *frame);
void unexpected(struct frame *frame, uint64_t vector);

void system_call(struct frame *frame) { frame->gpr[3] = (uint64_t)ddw_hypercall(frame->gpr[3], &frame->gpr[4]); }

static void print_hex(const char *name, uint64_t v) {
  char digits[18];
  unsigned n = 0;
  while (name[n] != '\0') ++n;
  hal_console_write(name, n);
  for (unsigned i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[v >> (60 - 4 * i) & 0xf];
  hal_console_write(digits, 16);
}

/* Printed without what may be the cause of it. */
void unexpected(struct frame *frame, uint64_t vector) {
  print_hex("\nFAIL interrupt ", vector);
  print_hex(" pc ", frame->pc);
  print_hex(" msr ", frame->msr);
  print_hex(" lr ", frame->lr);
  hal_console_write("\n", 1);
}

/* The compiler calls these for structs. */
void *memset(void *to, int value, unsigned long bytes);
void *memcpy(void *to, const void *from, unsigned long bytes);

void *memset(void *to, int value, unsigned long bytes) {
  volatile uint8_t *p = to;
  for (unsigned long i = 0; i < bytes; ++i) p[i] = (uint8_t)value;
  return to;
}
void *memcpy(void *to, const void *from, unsigned long bytes) {
  volatile uint8_t *p = to;
  const volatile uint8_t *q = from;
  for (unsigned long i = 0; i < bytes; ++i) p[i] = q[i];
  return to;
}
