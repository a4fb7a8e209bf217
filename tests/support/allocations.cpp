// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocations.hpp"

#include <cstdlib>

static std::size_t count = 0;

std::size_t phbsim::test::allocations() { return count; }

[[gnu::noinline]] void* operator new(std::size_t n) {
  ++count;
  if (phbsim::arch::os::allocation_fails()) throw std::bad_alloc();
  if (void* p = std::malloc(n != 0 ? n : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  ++count;
  return std::malloc(n != 0 ? n : 1);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
