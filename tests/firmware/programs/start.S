/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the test programs of the toy machine (tests/support/toy_machine.hpp): r12 is the entry (ELFv2). */
    .text
    .globl _start
    .type _start, @function
_start:
    addis 2, 12, .TOC.-_start@ha
    addi 2, 2, .TOC.-_start@l
    lis 1, stack_top@highest
    ori 1, 1, stack_top@higher
    sldi 1, 1, 32
    oris 1, 1, stack_top@high
    ori 1, 1, stack_top@l
    li 0, 0
    std 0, 0(1)
    std 0, 16(1)
    mtlr 0
    bl main
    nop
    /* The end: the status to the device's exit register, in big-endian order. */
    li 4, 1
    sldi 4, 4, 32
    li 5, 8
#ifdef __LITTLE_ENDIAN__
    stdbrx 3, 4, 5
#else
    stdx 3, 4, 5
#endif
1:  b 1b
    .size _start, . - _start

    .bss
    .balign 16
    .space 16384
stack_top:
    .space 64
