/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime.h"

__attribute__((used)) static void start(const long *stack) {
  (void)stack;
  leave(main());
}
ENTRY(start);

void *memcpy(void *to, const void *from, size_t n) {
  unsigned char *a = to;
  const unsigned char *b = from;
  for (; n >= 8; n -= 8, a += 8, b += 8) {
    uint64_t word;
    __builtin_memcpy(&word, b, 8);
    __builtin_memcpy(a, &word, 8);
  }
  while (n--) *a++ = *b++;
  return to;
}
void *memmove(void *to, const void *from, size_t n) {
  unsigned char *a = to;
  const unsigned char *b = from;
  if (a <= b) return memcpy(to, from, n);
  while (n--) a[n] = b[n];
  return to;
}
void *memset(void *to, int byte, size_t n) {
  unsigned char *a = to;
  while (n--) *a++ = (unsigned char)byte;
  return to;
}
int memcmp(const void *a, const void *b, size_t n) {
  const unsigned char *x = a, *y = b;
  for (; n; n--, x++, y++)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}
size_t strlen(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}
char *strcpy(char *to, const char *from) {
  for (size_t i = 0;; i++)
    if (!(to[i] = from[i])) return to;
}
int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}
char *strstr(const char *s, const char *what) {
  const size_t n = strlen(what);
  for (; *s; s++)
    if (memcmp(s, what, n) == 0) return (char *)s;
  return NULL;
}

static char *number(char *end, uint64_t v, unsigned base) {
  do *--end = "0123456789abcdef"[v % base];
  while (v /= base);
  return end;
}

int format(char *out, size_t room, const char *text, va_list list) {
  size_t n = 0;
#define PUT(c) (n < room ? (void)(out[n] = (c)) : (void)0, n++)
  for (; *text; text++) {
    if (*text != '%') {
      PUT(*text);
      continue;
    }
    int left = 0, zero = 0, wide = 0;
    size_t width = 0;
    for (text++; *text == '-' || *text == '0'; text++) *text == '-' ? (left = 1) : (zero = 1);
    for (; *text >= '0' && *text <= '9'; text++) width = width * 10 + (size_t)(*text - '0');
    for (; *text == 'l'; text++) wide = 1;
    char digits[24], *end = digits + sizeof digits;
    const char *s = end;
    size_t length;
    int minus = 0;
    switch (*text) {
      case 'd': {
        const int64_t v = wide ? va_arg(list, int64_t) : va_arg(list, int);
        minus = v < 0;
        s = number(end, minus ? 0 - (uint64_t)v : (uint64_t)v, 10);
        break;
      }
      case 'u': s = number(end, wide ? va_arg(list, uint64_t) : va_arg(list, unsigned), 10); break;
      case 'x': s = number(end, wide ? va_arg(list, uint64_t) : va_arg(list, unsigned), 16); break;
      case 'p': s = number(end, va_arg(list, uint64_t), 16); break;
      case 'c': digits[0] = (char)va_arg(list, int); s = digits; end = digits + 1; break;
      case 's': s = va_arg(list, const char *); end = (char *)s + strlen(s); break;
      default: PUT(*text); continue;
    }
    length = (size_t)(end - s) + (size_t)minus;
    if (minus && zero) PUT('-');
    if (!left)
      for (; width > length; width--) PUT(zero ? '0' : ' ');
    if (minus && !zero) PUT('-');
    while (s < end) PUT(*s++);
    for (; left && width > length; width--) PUT(' ');
  }
  if (room) out[n < room ? n : room - 1] = 0;
  return (int)n;
}

void print(const char *text, ...) {
  char buffer[512];
  va_list list;
  va_start(list, text);
  int n = format(buffer, sizeof buffer, text, list);
  va_end(list);
  if (n > (int)sizeof buffer) n = sizeof buffer;
  system_call(CALL_WRITE, 1, (long)buffer, n, 0, 0, 0);
}

uint64_t next_random(void) {
  static uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}
