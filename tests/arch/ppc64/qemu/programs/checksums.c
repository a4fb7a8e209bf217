/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 by bits and by table, CRC-16, Adler-32, SHA-256. */
#include "runtime.h"

static unsigned char data[4096];
static uint32_t table[256];

static uint32_t crc_bits(const unsigned char *p, size_t n) {
  uint32_t crc = ~0u;
  while (n--) {
    crc ^= *p++;
    for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc;
}
static uint32_t crc_table(const unsigned char *p, size_t n) {
  uint32_t crc = ~0u;
  while (n--) crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
  return ~crc;
}
static uint16_t crc16(const unsigned char *p, size_t n) {
  uint16_t crc = 0xffff;
  while (n--) {
    crc ^= (uint16_t)(*p++ << 8);
    for (int i = 0; i < 8; i++) crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
  }
  return crc;
}
static uint32_t adler(const unsigned char *p, size_t n) {
  uint32_t a = 1, b = 0;
  while (n--) a = (a + *p++) % 65521, b = (b + a) % 65521;
  return b << 16 | a;
}

static uint32_t turn(uint32_t v, int n) { return v >> n | v << (32 - n); }
/* Round constants are the cube roots of primes: worked out, not listed. */
static uint32_t root_fraction(uint32_t prime, int cube) {
  uint64_t low = 0, high = (uint64_t)prime << 32;
  while (high - low > 1) {
    const uint64_t mid = low + (high - low) / 2;
    u128 power = (u128)mid * mid;
    int above;
    if (cube) {
      const u128 limit = (u128)prime << 96;
      above = power > limit / mid || (power == limit / mid && 0);
    } else {
      above = power > (u128)prime << 64;
    }
    if (above) high = mid; else low = mid;
  }
  return (uint32_t)low;
}
/* 128-bit division without a library: shift and subtract. */
u128 __udivti3(u128 a, u128 b) {
  u128 q = 0, r = 0;
  for (int i = 127; i >= 0; i--) {
    r = r << 1 | (a >> i & 1);
    if (r >= b) r -= b, q |= (u128)1 << i;
  }
  return q;
}
static void sha256(const unsigned char *p, size_t n, uint32_t h[8]) {
  static uint32_t k[64];
  for (uint32_t found = 0, candidate = 2; found < 64; candidate++) {
    uint32_t d = 2;
    while (d * d <= candidate && candidate % d) d++;
    if (d * d <= candidate) continue;
    if (found < 8) h[found] = root_fraction(candidate, 0);
    k[found++] = root_fraction(candidate, 1);
  }
  unsigned char block[64];
  for (size_t at = 0; at <= n + 8; at += 64) {
    for (size_t i = 0; i < 64; i++) {
      const size_t j = at + i;
      block[i] = j < n ? p[j] : j == n ? 0x80 : 0;
    }
    if (at + 64 > n + 8)
      for (int i = 0; i < 8; i++) block[56 + i] = (unsigned char)((uint64_t)n * 8 >> (56 - 8 * i));
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
      w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++)
      w[i] = w[i - 16] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
             (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
    for (int i = 0; i < 8; i++) s[i] = h[i];
    for (int i = 0; i < 64; i++) {
      const uint32_t t1 = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
                          ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
      const uint32_t t2 = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
                          ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      for (int j = 7; j > 0; j--) s[j] = s[j - 1];
      s[4] += t1;
      s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
  }
}

int main(void) {
  for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)next_random();
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int b = 0; b < 8; b++) c = c >> 1 ^ (0xedb88320 & -(c & 1));
    table[i] = c;
  }
  const unsigned char check[] = "123456789";
  print("%08x %08x %04x %08x\n", crc_bits(check, 9), crc_table(check, 9), crc16(check, 9), adler(check, 9));
  print("%08x %08x %04x %08x\n", crc_bits(data, sizeof data), crc_table(data, sizeof data), crc16(data, sizeof data),
        adler(data, sizeof data));
  uint32_t h[8];
  sha256((const unsigned char *)"abc", 3, h);
  for (int i = 0; i < 8; i++) print("%08x", h[i]);
  sha256(data, sizeof data, h);
  print("\n");
  for (int i = 0; i < 8; i++) print("%08x", h[i]);
  print("\n");
  return crc_bits(check, 9) != 0xcbf43926;
}
