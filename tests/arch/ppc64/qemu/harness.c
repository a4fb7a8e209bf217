/* SPDX-License-Identifier: Apache-2.0 */
/* Runs each instruction of a file of struct vector_input on its state and writes the states that result.
     harness INPUT OUTPUT
   Built for ppc64 and ppc64le, run under QEMU's user mode. All 32 registers belong to the vector while it runs: r31 and
   r30 go through vector registers, everything else lies at fixed addresses. */
#include "layout.h"
#include "linux.h"

#define AREA 0x01020000 /* saved registers, then the state in, then the state out */
#define STR2(x) #x
#define STR(x) STR2(x)

__asm__(
    ".machine power9\n"
    ".section .rodata\n"
    ".balign 16\n"
    ".globl enter_code, enter_end, leave_code, leave_end\n"
    "enter_code:\n"
    "  lis 12, 0x102\n"
    "  .irp r, 1, 2, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
    "  std \\r, 8*\\r(12)\n"
    "  .endr\n"
    "  mflr 11\n"
    "  std 11, 0x100(12)\n"
    "  mfcr 11\n"
    "  std 11, 0x108(12)\n"
    /* No reservation is left of the vector before. */
    "  li 11, 0x110\n"
    "  stwcx. 11, 12, 11\n"
    "  addi 31, 12, 0x200\n"
    "  ld 0, 0x100(31)\n"
    "  mtcrf 255, 0\n"
    "  ld 0, 0x108(31)\n"
    "  mtxer 0\n"
    "  ld 0, 0x110(31)\n"
    "  mtlr 0\n"
    "  ld 0, 0x118(31)\n"
    "  mtctr 0\n"
    "  .irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
    "    23, 24, 25, 26, 27, 28, 29, 30\n"
    "  ld \\r, 8*\\r(31)\n"
    "  .endr\n"
    "  ld 31, 0xf8(31)\n"
    "  ba " STR(VECTOR_CODE) "\n"
    "enter_end:\n"
    "leave_code:\n"
    "  mtvsrd 1, 30\n"
    "  lis 30, 0x102\n"
    "  addi 30, 30, 0x400\n"
    "  std 31, 0x120(30)\n"
    "  mfvsrd 31, 0\n"
    "  std 31, 0xf8(30)\n"
    "  mfvsrd 31, 1\n"
    "  std 31, 0xf0(30)\n"
    "  .irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
    "    23, 24, 25, 26, 27, 28, 29\n"
    "  std \\r, 8*\\r(30)\n"
    "  .endr\n"
    "  mfcr 0\n"
    "  std 0, 0x100(30)\n"
    "  mfxer 0\n"
    "  std 0, 0x108(30)\n"
    "  mflr 0\n"
    "  std 0, 0x110(30)\n"
    "  mfctr 0\n"
    "  std 0, 0x118(30)\n"
    "  lis 12, 0x102\n"
    "  .irp r, 1, 2, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
    "  ld \\r, 8*\\r(12)\n"
    "  .endr\n"
    "  ld 11, 0x100(12)\n"
    "  mtlr 11\n"
    "  ld 11, 0x108(12)\n"
    "  mtcrf 255, 11\n"
    "  blr\n"
    "leave_end:\n"
    ".text\n");
extern const unsigned char enter_code[], enter_end[], leave_code[], leave_end[];

#define ENTER 0x01010000
#define LEAVE 0x01011000
#define SIGNAL_PADS 0x01012000

/* mtvsrd 0, 31; li 31, landing; ba LEAVE */
static void pad(unsigned int *at, unsigned int landing) {
  at[0] = 0x7c1f0166;
  at[1] = 0x3be00000 | landing;
  at[2] = 0x48000002 | LEAVE;
}

/* Offset of NIP in the ucontext of a signal frame: 168 bytes, then 64 of sigcontext, then the registers. */
#define CONTEXT_NIP (168 + 64 + 32 * 8)

static void on_signal(int number, void *info, unsigned char *context) {
  (void)info;
  *(unsigned long *)(context + CONTEXT_NIP) = SIGNAL_PADS + (unsigned long)number * VECTOR_SLOT_BYTES;
}

static void copy(void *to, const void *from, unsigned long bytes) {
  for (unsigned long i = 0; i < bytes; i++) ((volatile unsigned char *)to)[i] = ((const unsigned char *)from)[i];
}

/* Readable, writable, executable, at a fixed place. */
static void map(unsigned long at, unsigned long bytes) {
  if (system_call(CALL_MMAP, (long)at, (long)bytes, 7, 0x32, -1, 0) != (long)at) leave(3);
}

static long all(long call, long file, void *bytes, long count) {
  long done = 0;
  while (done < count) {
    const long n = system_call(call, file, (long)bytes + done, count - done, 0, 0, 0);
    if (n <= 0) break;
    done += n;
  }
  return done;
}

static unsigned char signal_stack[0x20000];

/* `stack` is argc, then argv. */
__attribute__((used)) static void start(const long *stack) {
  if (stack[0] != 3) leave(2);
  const long in = system_call(CALL_OPEN, stack[2], 0, 0, 0, 0, 0);
  const long out = system_call(CALL_OPEN, stack[3], 01 | 0100 | 01000, 0644, 0, 0, 0);
  if (in < 0 || out < 0) leave(2);
  map(VECTOR_SLOTS, 0x30000);
  map(VECTOR_DATA, 0x10000);
  for (unsigned int i = 0; i < VECTOR_SLOT_COUNT; i++)
    pad((unsigned int *)(VECTOR_SLOTS + (unsigned long)i * VECTOR_SLOT_BYTES), i);
  unsigned int *code = (unsigned int *)(unsigned long)VECTOR_CODE;
  pad(code + 2, VECTOR_FALL_THROUGH);
  copy((void *)ENTER, enter_code, (unsigned long)(enter_end - enter_code));
  copy((void *)LEAVE, leave_code, (unsigned long)(leave_end - leave_code));

  struct { void *sp; int flags; unsigned long size; } alternate = {signal_stack, 0, sizeof signal_stack};
  system_call(CALL_SIGALTSTACK, (long)&alternate, 0, 0, 0, 0, 0);
  /* SA_SIGINFO, SA_ONSTACK, SA_NODEFER: registers are the vector's, r1 as well. */
  struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } action = {
      (void *)on_signal, 0x48000004, 0, 0};
  const int signals[] = {4, 5, 7, 8, 11}; /* ILL, TRAP, BUS, FPE, SEGV */
  for (unsigned int i = 0; i < sizeof signals / sizeof *signals; i++) {
    if (system_call(CALL_SIGACTION, signals[i], (long)&action, 0, 8, 0, 0) != 0) leave(4);
    pad((unsigned int *)(SIGNAL_PADS + (unsigned long)signals[i] * VECTOR_SLOT_BYTES),
        (unsigned int)(VECTOR_SIGNAL + signals[i]));
  }

  static struct vector_input input;
  struct vector_state *result = (struct vector_state *)(AREA + 0x400);
  while (all(CALL_READ, in, &input, sizeof input) == sizeof input) {
    copy((void *)(AREA + 0x200), &input.state, 0x120);
    copy((void *)VECTOR_DATA, input.state.data, VECTOR_DATA_BYTES);
    code[0] = input.prepare;
    code[1] = input.word;
    __asm__ volatile("dcbst 0, %0\n  sync\n  icbi 0, %0\n  isync" : : "r"(code) : "memory");
    __asm__ volatile("mtctr %0\n  bctrl\n"
                     :
                     : "r"((unsigned long)ENTER)
                     : "memory", "lr", "ctr", "cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7", "xer", "0", "3",
                       "4", "5", "6", "7", "8", "9", "10", "11", "12", "fr0", "fr1");
    copy(result->data, (void *)VECTOR_DATA, VECTOR_DATA_BYTES);
    if (all(CALL_WRITE, out, result, sizeof *result) != sizeof *result) leave(5);
  }
  leave(0);
}

ENTRY(start);
