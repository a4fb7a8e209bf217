/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/firmware/gdb.sh steps through. */
typedef unsigned long u64;

volatile u64 table[4] = {0x1122334455667788ul, 2, 3, 4};
volatile u64 counter;

static void put(char c) { *(volatile char*)0x100000000ul = c; }

__attribute__((noinline)) u64 leaf(u64 a, u64 b) {
  counter = counter + 1;
  return a * 3 + b;
}

__attribute__((noinline)) u64 middle(u64 n) {
  u64 sum = 0;
  for (u64 i = 0; i < n; ++i) sum = leaf(sum, i);
  return sum;
}

__attribute__((noinline)) void spin(volatile u64* go) {
  while (*go == 0) {
  }
}

int main(void) {
  u64 got = middle(table[3]); /* 4: 0, 1, 5, 18 */
  for (const char* s = "debuggee\n"; *s; ++s) put(*s);
  if (table[1] == 77) {
    static volatile u64 go;
    spin(&go);
  }
  return got == 18 && counter == 4 ? 0 : (int)got;
}
