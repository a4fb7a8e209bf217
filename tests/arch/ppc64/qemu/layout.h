/* SPDX-License-Identifier: Apache-2.0 */
/* What harness.c (under qemu-ppc64) and vectors.cpp (on the Core) agree on. Fields are in the target's byte order. */
#ifndef PHBSIM_TESTS_PPC64_LAYOUT_H
#define PHBSIM_TESTS_PPC64_LAYOUT_H

/* Slots of 32 bytes. Each is a place where a branch may land; the one at VECTOR_CODE holds the vector: a word that
   prepares, the instruction itself, then the way out. Within reach of b with AA = 1. */
#define VECTOR_SLOTS 0x01000000
#define VECTOR_SLOT_BYTES 32
#define VECTOR_SLOT_COUNT 2048
#define VECTOR_CODE (VECTOR_SLOTS + 0x8000)
#define VECTOR_FALL_THROUGH 0x3fff /* landing: the instruction behind */
#define VECTOR_SIGNAL 0x4000       /* landing: plus the number of the signal */
#define VECTOR_SIGTRAP (VECTOR_SIGNAL + 5)
#define VECTOR_SIGBUS (VECTOR_SIGNAL + 7)

#define VECTOR_DATA 0x02000000
#define VECTOR_DATA_BYTES 256

struct vector_state {
  unsigned long long gpr[32];
  unsigned long long cr, xer, lr, ctr;
  unsigned long long landing; /* of results */
  unsigned char data[VECTOR_DATA_BYTES];
};

struct vector_input {
  unsigned int prepare, word;
  struct vector_state state;
};

#endif
