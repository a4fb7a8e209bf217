// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocations.hpp"

#include <malloc.h>

#include <cstdlib>

static std::size_t count = 0;
static std::size_t bytes = 0;

std::size_t phbsim::test::allocations() { return count; }
std::size_t phbsim::test::live_bytes() { return bytes; }

static void* take(std::size_t n) noexcept {
  void* const p = std::malloc(n != 0 ? n : 1);
  if (p) bytes += malloc_usable_size(p);
  return p;
}
static void give_back(void* p) noexcept {
  if (p) bytes -= malloc_usable_size(p);
  std::free(p);
}

[[gnu::noinline]] void* operator new(std::size_t n) {
  ++count;
  if (phbsim::arch::os::allocation_fails()) throw std::bad_alloc();
  if (void* p = take(n)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  ++count;
  return take(n);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { give_back(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { give_back(p); }
