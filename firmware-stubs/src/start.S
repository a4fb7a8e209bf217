/* SPDX-License-Identifier: Apache-2.0 */
/* Entry and interrupt vectors: hypervisor real mode, ELFv2, either byte order. The image is linked at real address
 * 0 so that the vectors lie where the processor looks for them. In: r3 is the real address of boot information. */

#define FRAME 512         /* the struct frame of hal_target.c begins 64 bytes in, above an ABI frame */
#define GPR(n) (64 + 8 * (n))
#define F_PC (64 + 8 * 32)
#define F_MSR (F_PC + 8)
#define F_LR (F_PC + 16)
#define F_CTR (F_PC + 24)
#define F_XER (F_PC + 32)
#define F_CR (F_PC + 40)
#define RED_ZONE 288

/* A store order that an interrupted program does not see: below its red zone. r0 arrives with the vector. */
.macro vector at, handler
  . = \at
  mtspr 304, 13           /* HSPRG0 */
  li 13, \at
  b \handler
.endm

  .abiversion 2
  .section .vectors, "ax"
  .globl vectors
vectors:
  . = 0x100               /* system reset: where the image starts when nobody says otherwise */
  b _start
  vector 0x200, stop      /* machine check */
  vector 0x300, stop      /* data storage */
  vector 0x380, stop      /* data segment */
  vector 0x400, stop      /* instruction storage */
  vector 0x480, stop
  vector 0x500, stop      /* external: the firmware polls, none is enabled */
  vector 0x600, stop      /* alignment */
  vector 0x700, stop      /* program */
  vector 0x800, stop      /* floating point unavailable */
  . = 0x900               /* decrementer: as far away as it can be, and on */
  mtspr 304, 13
  lis 13, 0x7fff
  mtspr 22, 13            /* DEC */
  mfspr 13, 304
  rfid
  vector 0x980, stop      /* hypervisor decrementer */
  vector 0xc00, call      /* sc; with LEV 1 a hypercall */
  vector 0xd00, stop      /* trace */
  vector 0xe00, hv_stop   /* hypervisor data storage */
  vector 0xe20, hv_stop
  vector 0xe40, hv_stop   /* emulation assistance: an instruction that does not exist */
  vector 0xe60, hv_stop
  vector 0xea0, hv_stop   /* hypervisor virtualization */
  vector 0xf20, stop      /* vector unavailable */
  vector 0xf40, stop
  vector 0xf60, stop
  . = 0x1000

/* Registers to a frame below the stack; r13 is the vector, its own value in HSPRG0. */
.macro save srr0, srr1
  mtspr 305, 1            /* HSPRG1 */
  addi 1, 1, -(RED_ZONE + FRAME)
  clrrdi 1, 1, 4
  std 0, GPR(0)(1)
  mfspr 0, 305
  std 0, GPR(1)(1)
  std 2, GPR(2)(1)
  std 3, GPR(3)(1)
  std 4, GPR(4)(1)
  std 5, GPR(5)(1)
  std 6, GPR(6)(1)
  std 7, GPR(7)(1)
  std 8, GPR(8)(1)
  std 9, GPR(9)(1)
  std 10, GPR(10)(1)
  std 11, GPR(11)(1)
  std 12, GPR(12)(1)
  mfspr 0, 304
  std 0, GPR(13)(1)
  mfspr 0, \srr0
  std 0, F_PC(1)
  mfspr 0, \srr1
  std 0, F_MSR(1)
  mflr 0
  std 0, F_LR(1)
  mfctr 0
  std 0, F_CTR(1)
  mfxer 0
  std 0, F_XER(1)
  mfcr 0
  std 0, F_CR(1)
  addi 3, 1, GPR(0)
  mr 4, 13
  lis 2, .TOC.@ha
  addi 2, 2, .TOC.@l
.endm

call:                     /* non-volatile registers keep themselves: the handler is a C function */
  save 26, 27
  bl system_call
  nop
  ld 0, F_LR(1)
  mtlr 0
  ld 0, F_CTR(1)
  mtctr 0
  ld 0, F_XER(1)
  mtxer 0
  ld 0, F_CR(1)
  mtcr 0
  ld 0, F_PC(1)
  mtspr 26, 0
  ld 0, F_MSR(1)
  mtspr 27, 0
  ld 0, GPR(0)(1)
  ld 2, GPR(2)(1)
  ld 3, GPR(3)(1)
  ld 4, GPR(4)(1)
  ld 5, GPR(5)(1)
  ld 6, GPR(6)(1)
  ld 7, GPR(7)(1)
  ld 8, GPR(8)(1)
  ld 9, GPR(9)(1)
  ld 10, GPR(10)(1)
  ld 11, GPR(11)(1)
  ld 12, GPR(12)(1)
  ld 13, GPR(13)(1)
  ld 1, GPR(1)(1)
  rfid

stop:
  save 26, 27
  bl unexpected
  nop
  li 3, 1
  b end

hv_stop:
  save 314, 315           /* HSRR0, HSRR1 */
  bl unexpected
  nop
  li 3, 1
  b end

  .text
  .globl _start
  .type _start, @function
_start:
  lis 2, .TOC.@ha
  addi 2, 2, .TOC.@l
  lis 1, stack_top@ha
  addi 1, 1, stack_top@l
  li 0, 0
  stdu 0, -64(1)
#ifdef __LITTLE_ENDIAN__
  mfspr 4, 287            /* interrupts in this byte order, too: HILE is HID0 bit 19 on POWER8, bit 4 later */
  srwi 4, 4, 16
  lis 5, 0x0800
  sldi 5, 5, 32
  cmplwi 4, 0x4e
  bge 1f
  lis 5, 0x1000
  rldic 5, 5, 16, 0
1: mfspr 4, 1008
  or 4, 4, 5
  mtspr 1008, 4
  isync
#endif
  lis 4, bss_start@ha     /* .bss is whole doublewords */
  addi 4, 4, bss_start@l
  lis 5, bss_end@ha
  addi 5, 5, bss_end@l
1: cmpld 4, 5
  bge 2f
  std 0, 0(4)
  addi 4, 4, 8
  b 1b
2: bl firmware_main
  nop

/* The end: r3 is the status; attn hands the processor to whoever watches it. */
  .globl end
end:
  sync
  .long 0x00000200        /* attn */
  b end
