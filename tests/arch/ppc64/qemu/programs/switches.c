/* SPDX-License-Identifier: Apache-2.0 */
/* Jump tables, sparse switches, function pointers, recursion, a stack machine, setjmp by hand, counted loops. */
#include "runtime.h"

enum op { PUSH, ADD, SUB, MUL, DUP, SWAP, OVER, DROP, JNZ, CALL, RET, EMIT, LESS, AND, XOR, SHIFT, HALT };
static int64_t run(const int *code, int *steps) {
  int64_t stack[64], top = 0;
  int calls[16], depth = 0, pc = 0;
  for (*steps = 0;; ++*steps) {
    switch ((enum op)code[pc++]) {
      case PUSH: stack[top++] = code[pc++]; break;
      case ADD: top--, stack[top - 1] += stack[top]; break;
      case SUB: top--, stack[top - 1] -= stack[top]; break;
      case MUL: top--, stack[top - 1] *= stack[top]; break;
      case DUP: stack[top] = stack[top - 1], top++; break;
      case SWAP: { const int64_t v = stack[top - 1]; stack[top - 1] = stack[top - 2]; stack[top - 2] = v; break; }
      case OVER: stack[top] = stack[top - 2], top++; break;
      case DROP: top--; break;
      case JNZ: pc = stack[--top] ? code[pc] : pc + 1; break;
      case CALL: calls[depth++] = pc + 1, pc = code[pc]; break;
      case RET: pc = calls[--depth]; break;
      case EMIT: print("%ld ", stack[--top]); break;
      case LESS: top--, stack[top - 1] = stack[top - 1] < stack[top]; break;
      case AND: top--, stack[top - 1] &= stack[top]; break;
      case XOR: top--, stack[top - 1] ^= stack[top]; break;
      case SHIFT:
        top--;
        stack[top - 1] = stack[top] < 0 ? stack[top - 1] >> -stack[top] : stack[top - 1] << stack[top];
        break;
      case HALT: return top ? stack[top - 1] : 0;
    }
  }
}
static int sparse(int v) {
  switch (v) {
    case -100000: return 1;
    case -5: return 2;
    case 0: return 3;
    case 77: case 78: case 79: return 4;
    case 1 << 20: return 5;
    case 0x7fffffff: return 6;
    default: return v > 1000 ? 7 : v < -1000 ? 8 : 9;
  }
}
static int ackermann(int m, int n) { return m == 0 ? n + 1 : ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1)); }
static int even(unsigned n);
static int odd(unsigned n) { return n == 0 ? 0 : even(n - 1); }
static int even(unsigned n) { return n == 0 ? 1 : odd(n - 1); }
static int plus(int a, int b) { return a + b; }
static int minus(int a, int b) { return a - b; }
static int times(int a, int b) { return a * b; }
static int (*const volatile kTable[])(int, int) = {plus, minus, times};

static int queens(unsigned all, unsigned columns, unsigned left, unsigned right) {
  int found = columns == all;
  for (unsigned free = all & ~(columns | left | right); free; free &= free - 1) {
    const unsigned bit = free & -free;
    found += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return found;
}

int main(void) {
  const int squares[] = {PUSH, 9, DUP, DUP, MUL, EMIT, PUSH, 1, SUB, DUP, JNZ, 2, DROP, PUSH, 21, CALL, 19, HALT, HALT,
                         DUP, ADD, PUSH, 3, XOR, RET};
  int steps;
  const int64_t result = run(squares, &steps);
  print("\n%ld in %d\n", result, steps);
  const int values[] = {-100000, -5, 0, 76, 77, 78, 79, 80, 1 << 20, 0x7fffffff, 5000, -5000};
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++) print("%d", sparse(values[i]));
  int folded = 1;
  for (int i = 0; i < 50; i++) folded = kTable[i % 3](folded, i) & 0xffff;
  print("\n%d %d %d %d %d\n", folded, ackermann(2, 7), even(501), queens(255, 0, 0, 0), queens(1023, 0, 0, 0));
  uint64_t hailstone = 97, longest = 0;
  while (hailstone != 1) hailstone = hailstone % 2 ? hailstone * 3 + 1 : hailstone / 2, longest++;
  print("%lu\n", longest);
  return 0;
}
