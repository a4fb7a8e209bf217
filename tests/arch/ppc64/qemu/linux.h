/* SPDX-License-Identifier: Apache-2.0 */
/* The few system calls that programs without a C library need: on qemu-ppc64, and served by the test on the Core. */
#ifndef PHBSIM_TESTS_PPC64_LINUX_H
#define PHBSIM_TESTS_PPC64_LINUX_H

enum { CALL_EXIT = 1, CALL_READ = 3, CALL_WRITE = 4, CALL_OPEN = 5, CALL_MMAP = 90, CALL_SIGACTION = 173,
       CALL_SIGALTSTACK = 185 };

#ifdef __powerpc64__
/* A negative error number, or the result. */
static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long r0 __asm__("0") = number;
  register long r3 __asm__("3") = a;
  register long r4 __asm__("4") = b;
  register long r5 __asm__("5") = c;
  register long r6 __asm__("6") = d;
  register long r7 __asm__("7") = e;
  register long r8 __asm__("8") = f;
  __asm__ volatile("sc\n  bns+ 1f\n  neg 3, 3\n1:"
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                   :
                   : "9", "10", "11", "12", "cr0", "ctr", "memory");
  return r3;
}

__attribute__((noreturn)) static inline void leave(int status) {
  for (;;) system_call(CALL_EXIT, status, 0, 0, 0, 0, 0);
}

/* Entry of ELFv2: r12 is the address, r2 follows from it. */
#define ENTRY(name)                                                                      \
  __asm__(".text\n.globl _start\n.type _start,@function\n_start:\n"                                 \
          "  addis 2, 12, .TOC.-_start@ha\n  addi 2, 2, .TOC.-_start@l\n"                           \
          "  mr 3, 1\n  clrrdi 1, 1, 4\n  li 0, 0\n  stdu 0, -128(1)\n  bl " #name "\n  nop\n")

#endif /* __powerpc64__ */

#endif
