/* SPDX-License-Identifier: Apache-2.0 */
/* Bit fields, packed and unaligned structures, unions, byte order by hand, arguments and results by value. */
#include "runtime.h"

struct __attribute__((packed)) wire { uint8_t kind; uint16_t port; uint32_t address; uint64_t cookie; int16_t delta; };
struct fields { unsigned a : 3, b : 11; int c : 7; uint64_t d : 40; int e : 2; };
struct big { int64_t values[6]; char name[13]; };
struct pair { uint64_t high, low; };

static struct big make(int n) {
  struct big b = {{n, n * 2, n * 3, -n, ~n, n << 7}, "structure"};
  b.name[n % 9] = (char)('A' + n);
  return b;
}
static struct pair add(struct pair a, struct pair b) {
  struct pair r = {a.high + b.high, a.low + b.low};
  r.high += r.low < a.low;
  return r;
}
static int64_t many(int8_t a, uint16_t b, int32_t c, uint64_t d, struct pair e, struct fields f, int g, int h, int i,
                    short j, struct big k) {
  return a + b + c + (int64_t)d + (int64_t)e.low + f.c + g * h - i + j + k.values[5];
}
static uint32_t load_big(const unsigned char *p) { return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }
static uint32_t load_little(const unsigned char *p) { return (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0]; }

int main(void) {
  unsigned char raw[64];
  for (int i = 0; i < 64; i++) raw[i] = (unsigned char)(i * 37 + 11);
  for (int at = 0; at < 9; at++) {
    struct wire w;
    __builtin_memcpy(&w, raw + at, sizeof w);
    w.port = __builtin_bswap16(w.port);
    w.address ^= load_big(raw + at) + load_little(raw + at + 1);
    w.cookie = __builtin_bswap64(w.cookie) + w.address;
    w.delta = (int16_t)(w.delta - 12345);
    /* Byte order shows: halves of a union, too. */
    union { uint64_t whole; uint32_t halves[2]; uint8_t bytes[8]; } u = {w.cookie};
    print("%u %x %x %lx %d %x %x\n", w.kind, w.port, w.address, w.cookie, w.delta, u.halves[0], u.bytes[7]);
    __builtin_memcpy(raw + at, &w, sizeof w);
  }
  for (int i = 0; i < 12; i++) {
    struct fields f = {.a = (unsigned)i, .b = (unsigned)(i * 401), .c = -i * 5, .d = next_random(), .e = i};
    f.b += f.a;
    f.c -= f.e;
    f.d = f.d * 3 + f.b;
    struct big b = make(i);
    struct pair sum = add((struct pair){next_random(), next_random()}, (struct pair){(uint64_t)i, next_random()});
    print("%u %u %d %lx %d %s %lx %lx %ld\n", f.a, f.b, f.c, (uint64_t)f.d, f.e, b.name, sum.high, sum.low,
          many((int8_t)(i * 29), (uint16_t)(i * 9001), -i, (uint64_t)i << 33, sum, f, i, i + 1, 7,
               (short)(i * 3000), b));
  }
  uint32_t hash = 0;
  for (int i = 0; i < 64; i++) hash = hash * 33 + raw[i];
  print("%08x\n", hash);
  return 0;
}
