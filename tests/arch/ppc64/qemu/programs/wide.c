/* SPDX-License-Identifier: Apache-2.0 */
/* 128-bit arithmetic, long numbers, powers and roots modulo a prime, signed corner cases. */
#include "runtime.h"

static u128 divide(u128 a, u128 b, u128 *rest) {
  u128 q = 0, r = 0;
  for (int i = 127; i >= 0; i--) {
    r = r << 1 | (a >> i & 1);
    if (r >= b) r -= b, q |= (u128)1 << i;
  }
  *rest = r;
  return q;
}
static void print128(const char *name, u128 v) {
  char digits[44], *p = digits + sizeof digits;
  *--p = 0;
  do {
    u128 r;
    v = divide(v, 10, &r);
    *--p = (char)('0' + (int)r);
  } while (v);
  print("%s %s\n", name, p);
}
static uint64_t multiply_modulo(uint64_t a, uint64_t b, uint64_t m) {
  u128 r;
  divide((u128)a * b, m, &r);
  return (uint64_t)r;
}
static uint64_t power_modulo(uint64_t a, uint64_t e, uint64_t m) {
  uint64_t r = 1;
  for (; e; e >>= 1, a = multiply_modulo(a, a, m))
    if (e & 1) r = multiply_modulo(r, a, m);
  return r;
}
static uint64_t root(uint64_t v) {
  uint64_t r = 0;
  for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
    if ((r | bit) * (r | bit) <= v) r |= bit;
  return r;
}

int main(void) {
  u128 factorial = 1;
  for (int i = 2; i <= 34; i++) factorial *= (u128)i;
  print128("34!", factorial);
  s128 sum = 0;
  for (int i = 0; i < 200; i++) {
    const s128 v = (s128)((u128)next_random() << 64 | next_random());
    sum = i & 1 ? sum + v : sum - (v >> (i % 100));
    sum ^= sum << 3;
  }
  print128("mixed", (u128)sum);
  print("2^61-1: %lu %lu\n", power_modulo(3, (1ull << 61) - 2, (1ull << 61) - 1),
        power_modulo(7, 12345678901234567, (1ull << 61) - 1));
  for (int i = 0; i < 20; i++) {
    const uint64_t a = next_random(), b = next_random() >> (i * 3);
    const int64_t sa = (int64_t)a, sb = (int64_t)b | 1;
    const int32_t wa = (int32_t)a, wb = (int32_t)b | 1;
    print("%lu %lu %lu %ld %ld %d %d %u %u\n", a / (b | 1), a % (b | 1), root(a), sa / sb, sa % sb, wa / wb, wa % wb,
          (uint32_t)a / ((uint32_t)b | 1), (uint32_t)a % ((uint32_t)b | 1));
    print("%lx %lx %d %ld %ld\n", (uint64_t)((u128)a * b >> 64), (uint64_t)((s128)sa * sb >> 64),
          (int)(((int64_t)wa * wb) >> 32), sa >> (i * 3), (int64_t)wa << i);
  }
  uint32_t number[40] = {1};
  for (int i = 0; i < 300; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < 40; j++) {
      carry += (uint64_t)number[j] * 13;
      number[j] = (uint32_t)carry;
      carry >>= 32;
    }
  }
  for (int j = 39; j >= 0; j--) print("%08x", number[j]);
  print("\n%d %d %d\n", __builtin_popcountll(next_random()), __builtin_clzll(next_random() >> 20),
        __builtin_ctzll(next_random() << 9));
  return 0;
}
