/* SPDX-License-Identifier: Apache-2.0 */
/* What these programs have instead of a C library. Each defines main(); output goes to descriptor 1. */
#ifndef PHBSIM_TESTS_PPC64_RUNTIME_H
#define PHBSIM_TESTS_PPC64_RUNTIME_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "../linux.h"

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 s128;

int main(void);

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
char *strcpy(char *to, const char *from);
int strcmp(const char *a, const char *b);
char *strstr(const char *s, const char *what);

/* %d %u %x with l, width, 0 and -; %s %c %p %%. */
int format(char *out, size_t room, const char *text, va_list list);
void print(const char *text, ...);

/* Deterministic numbers (xorshift64*). */
uint64_t next_random(void);

#endif
