// SPDX-License-Identifier: Apache-2.0
/// The program's `operator new`: asks whether this allocation is one that is to fail
/// (models/arch/os/allocation.hpp). malloc's own work is many times that of the question.
#include <cstdlib>
#include <new>

#include "models/arch/os/allocation.hpp"

namespace {

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (phbsim::arch::os::allocation_fails()) throw std::bad_alloc();
  if (bytes == 0) bytes = 1;
  for (;;) {
    void* const p = alignment == 0 ? std::malloc(bytes) : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (p != nullptr) return p;
    if (const auto handler = std::get_new_handler()) {
      handler();
    } else {
      throw std::bad_alloc();
    }
  }
}

}  // namespace

// The other forms of new and delete call these.
void* operator new(std::size_t bytes) { return allocate(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return allocate(bytes, static_cast<std::size_t>(alignment)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
