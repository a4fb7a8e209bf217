/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

struct line {
  char text[128];
  unsigned used;
};

static void flush(struct line *line) {
  if (line->used != 0) hal_console_write(line->text, line->used);
  line->used = 0;
}

static void put(struct line *line, char c) {
  line->text[line->used++] = c;
  if (line->used == sizeof(line->text)) flush(line);
}

static void put_number(struct line *line, uint64_t value, unsigned base, bool negative, unsigned width, char pad) {
  char digits[24];
  unsigned n = 0;
  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  if (negative) digits[n++] = '-';
  for (unsigned i = n; i < width; ++i) put(line, pad);
  while (n > 0) put(line, digits[--n]);
}

void console_printf(const char *format, ...) {
  struct line line = {.used = 0};
  va_list args;
  va_start(args, format);
  for (const char *p = format; *p != '\0'; ++p) {
    if (*p != '%') {
      put(&line, *p);
      continue;
    }
    ++p;
    const char pad = *p == '0' ? '0' : ' ';
    unsigned width = 0;
    for (; *p >= '0' && *p <= '9'; ++p) width = 10 * width + (unsigned)(*p - '0');
    bool wide = false;
    for (; *p == 'l'; ++p) wide = true;
    if (*p == 's') {
      for (const char *s = va_arg(args, const char *); *s != '\0'; ++s) put(&line, *s);
    } else if (*p == 'c') {
      put(&line, (char)va_arg(args, int));
    } else if (*p == 'd') {
      const int64_t v = wide ? va_arg(args, long long) : va_arg(args, int);
      put_number(&line, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, v < 0, width, pad);
    } else if (*p == 'u' || *p == 'x') {
      const uint64_t v = wide ? va_arg(args, unsigned long long) : va_arg(args, unsigned);
      put_number(&line, v, *p == 'x' ? 16 : 10, false, width, pad);
    } else {
      put(&line, *p);
    }
  }
  va_end(args);
  flush(&line);
}
