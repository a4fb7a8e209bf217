/* SPDX-License-Identifier: Apache-2.0 */
/* Quicksort, heap sort and merge sort of several types through function pointers; binary search. */
#include "runtime.h"

enum { N = 2000 };
static uint64_t words[N];
static int32_t ints[N];
static struct item { int16_t key; uint8_t tag; uint32_t order; } items[N], spare[N];

static int compare_words(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}
static int compare_ints(const void *a, const void *b) {
  const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

static void swap(char *a, char *b, size_t size) {
  while (size--) {
    const char c = *a;
    *a++ = *b;
    *b++ = c;
  }
}
static void quicksort(char *base, size_t n, size_t size, int (*compare)(const void *, const void *)) {
  while (n > 1) {
    swap(base, base + n / 2 * size, size);
    size_t last = 0;
    for (size_t i = 1; i < n; i++)
      if (compare(base + i * size, base) < 0) swap(base + ++last * size, base + i * size, size);
    swap(base, base + last * size, size);
    quicksort(base, last, size, compare);
    base += (last + 1) * size;
    n -= last + 1;
  }
}
static void sift(int32_t *heap, size_t root, size_t n) {
  for (size_t child; (child = 2 * root + 1) < n; root = child) {
    if (child + 1 < n && heap[child] < heap[child + 1]) child++;
    if (heap[root] >= heap[child]) return;
    const int32_t v = heap[root];
    heap[root] = heap[child];
    heap[child] = v;
  }
}
static void merge_sort(struct item *a, struct item *b, size_t n) {
  if (n < 2) return;
  const size_t half = n / 2;
  merge_sort(a, b, half);
  merge_sort(a + half, b, n - half);
  for (size_t i = 0, j = half, k = 0; k < n; k++)
    b[k] = j >= n || (i < half && a[i].key <= a[j].key) ? a[i++] : a[j++];
  for (size_t k = 0; k < n; k++) a[k] = b[k];
}

int main(void) {
  for (int i = 0; i < N; i++) {
    words[i] = next_random();
    ints[i] = (int32_t)next_random();
    items[i] = (struct item){(int16_t)(next_random() % 50) - 25, (uint8_t)i, (uint32_t)i};
  }
  quicksort((char *)words, N, sizeof *words, compare_words);
  quicksort((char *)ints, N / 2, sizeof *ints, compare_ints);
  for (size_t i = N / 2; i-- > 0;) sift(ints + N / 2, i, N / 2);
  for (size_t n = N / 2; n-- > 1;) {
    const int32_t v = ints[N / 2];
    ints[N / 2] = ints[N / 2 + n];
    ints[N / 2 + n] = v;
    sift(ints + N / 2, 0, n);
  }
  merge_sort(items, spare, N);
  int bad = 0;
  for (int i = 1; i < N; i++) {
    bad += words[i - 1] > words[i];
    bad += i != N / 2 && ints[i - 1] > ints[i];
    bad += items[i - 1].key > items[i].key || (items[i - 1].key == items[i].key && items[i - 1].order > items[i].order);
  }
  for (int i = 0; i < N; i += 199)
    print("%lx %d %d/%u/%u\n", words[i], ints[i], items[i].key, items[i].tag, items[i].order);
  print("%d out of order\n", bad);
  return bad;
}
