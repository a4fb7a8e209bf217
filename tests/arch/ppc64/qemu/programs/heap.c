/* SPDX-License-Identifier: Apache-2.0 */
/* A first-fit allocator with coalescing, a hash table and a tree on it, a spinlock with reservations. */
#include "runtime.h"

struct block { size_t bytes; int used; struct block *next, *before; };
static unsigned char arena[1 << 16] __attribute__((aligned(16)));
static struct block *first;

static void *allocate(size_t bytes) {
  bytes = (bytes + 15) & ~(size_t)15;
  for (struct block *b = first; b; b = b->next) {
    if (b->used || b->bytes < bytes) continue;
    if (b->bytes >= bytes + sizeof *b + 16) {
      struct block *rest = (struct block *)((unsigned char *)(b + 1) + bytes);
      *rest = (struct block){b->bytes - bytes - sizeof *b, 0, b->next, b};
      if (rest->next) rest->next->before = rest;
      b->next = rest;
      b->bytes = bytes;
    }
    b->used = 1;
    return b + 1;
  }
  return NULL;
}
static void absorb(struct block *b) {
  struct block *n = b->next;
  if (!n || n->used || b->used) return;
  b->bytes += n->bytes + sizeof *n;
  b->next = n->next;
  if (b->next) b->next->before = b;
}
static void release(void *p) {
  struct block *b = (struct block *)p - 1;
  b->used = 0;
  absorb(b);
  if (b->before) absorb(b->before);
}

struct node { uint32_t key, value; struct node *left, *right; };
static struct node *insert(struct node *root, uint32_t key) {
  if (!root) {
    root = allocate(sizeof *root);
    *root = (struct node){key, 1, NULL, NULL};
  } else if (key == root->key) {
    root->value++;
  } else if (key < root->key) {
    root->left = insert(root->left, key);
  } else {
    root->right = insert(root->right, key);
  }
  return root;
}
static uint32_t walk(const struct node *n, int depth, int *deepest) {
  if (!n) return 0;
  if (depth > *deepest) *deepest = depth;
  return walk(n->left, depth + 1, deepest) * 31 + n->key * n->value + walk(n->right, depth + 1, deepest);
}

static uint64_t counters[2];
static uint8_t small[2];
int main(void) {
  first = (struct block *)arena;
  *first = (struct block){sizeof arena - sizeof *first, 0, NULL, NULL};
  void *live[64] = {0};
  unsigned failed = 0;
  uint64_t hash = 0;
  for (int i = 0; i < 5000; i++) {
    const unsigned slot = (unsigned)(next_random() % 64);
    if (live[slot]) {
      for (int j = 0; j < 16; j++) hash = hash * 131 + ((unsigned char *)live[slot])[j];
      release(live[slot]);
      live[slot] = NULL;
    } else {
      const size_t bytes = 16 + next_random() % 2000;
      live[slot] = allocate(bytes);
      if (live[slot]) memset(live[slot], i, bytes);
      else failed++;
    }
  }
  for (int i = 0; i < 64; i++)
    if (live[i]) release(live[i]);
  int blocks = 0;
  for (struct block *b = first; b; b = b->next) blocks++;
  print("%lx %u %d %lu\n", hash, failed, blocks, (uint64_t)first->bytes);
  struct node *root = NULL;
  for (int i = 0; i < 600; i++) root = insert(root, (uint32_t)next_random() % 400);
  int deepest = 0;
  const uint32_t sum = walk(root, 1, &deepest);
  print("%x %d\n", sum, deepest);
  for (int i = 0; i < 1000; i++) {
    __atomic_fetch_add(&counters[i & 1], (uint64_t)i, __ATOMIC_SEQ_CST);
    __atomic_fetch_xor((uint32_t *)&counters[1], (uint32_t)i * 77, __ATOMIC_ACQ_REL);
    __atomic_exchange_n(&small[i & 1], (uint8_t)i, __ATOMIC_ACQUIRE);
    uint64_t expected = (uint64_t)i;
    if (__atomic_compare_exchange_n(&counters[0], &expected, 5, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
      print("swapped %d\n", i);
  }
  print("%lx %x %x\n", counters[0], small[0], small[1]);
  return 0;
}
