/* SPDX-License-Identifier: Apache-2.0 */
/* String functions at all alignments, number formats, a tokenizer, case folding, Levenshtein distance, base64. */
#include "runtime.h"

static char buffer[256], other[256];

static int distance(const char *a, const char *b) {
  int row[64];
  const int n = (int)strlen(b);
  for (int j = 0; j <= n; j++) row[j] = j;
  for (int i = 1; a[i - 1]; i++) {
    int before = row[0];
    row[0] = i;
    for (int j = 1; j <= n; j++) {
      const int up = row[j], best = up < row[j - 1] ? up : row[j - 1];
      row[j] = before + (a[i - 1] != b[j - 1]) < best + 1 ? before + (a[i - 1] != b[j - 1]) : best + 1;
      before = up;
    }
  }
  return row[n];
}
static void base64(const unsigned char *p, int n, char *out) {
  static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < n; i += 3) {
    const uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)(i + 1 < n ? p[i + 1] : 0) << 8 | (i + 2 < n ? p[i + 2] : 0);
    *out++ = kDigits[v >> 18];
    *out++ = kDigits[v >> 12 & 63];
    *out++ = i + 1 < n ? kDigits[v >> 6 & 63] : '=';
    *out++ = i + 2 < n ? kDigits[v & 63] : '=';
  }
  *out = 0;
}

int main(void) {
  uint32_t hash = 0;
  for (int from = 0; from < 9; from++)
    for (int to = 0; to < 9; to++)
      for (int n = 0; n < 40; n += 3) {
        for (int i = 0; i < 256; i++) buffer[i] = (char)(i * 7 + n), other[i] = 0;
        memcpy(other + to, buffer + from, (size_t)n);
        memmove(buffer + to, buffer + from, (size_t)n);
        memset(buffer + 100 + from, to, (size_t)n);
        for (int i = 0; i < 256; i++) hash = hash * 31 + (unsigned char)buffer[i] + 3u * (unsigned char)other[i];
        hash += (uint32_t)memcmp(buffer, other, 64);
      }
  print("hash %08x\n", hash);
  print("[%5d][%-5d][%05d][%x][%08x][%lx][%s][%10s][%-10s][%c][%%]\n", -42, 42, -42, 0xbeef, 0xbeef, 0x123456789abcdefl,
        "text", "right", "left", 'z');
  print("%ld %lu %d %u\n", INT64_MIN, UINT64_MAX, INT32_MIN, UINT32_MAX);
  const char *words[] = {"bridge", "fridge", "window", "widow", "translation", "transaction", "", "table"};
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 8; j++) print("%d%c", distance(words[i], words[j]), j == 7 ? '\n' : ' ');
  char text[] = "  the quick brown,fox; jumps over\tthe lazy dog  ";
  int count = 0;
  for (char *p = text; *p; p++) {
    if (strstr(" ,;\t", (char[]){*p, 0})) continue;
    char *start = p, c;
    while (*p && !strstr(" ,;\t", (char[]){*p, 0})) *p >= 'a' && *p <= 'z' ? *p -= 32 : 0, p++;
    c = *p, *p = 0;
    print("%d:%s(%u) ", count++, start, (unsigned)strlen(start));
    if (!c) break;
  }
  base64((const unsigned char *)"Any carnal pleas", 16, buffer);
  print("\n%s %d %s\n", buffer, strcmp("abc", "abd"), strcpy(other, "copied"));
  return 0;
}
