// SPDX-License-Identifier: Apache-2.0
/// The `operator new` of test programs without SystemC: it counts, and it fails where a test wants it
/// to (models/arch/os/allocation.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "models/arch/os/allocation.hpp"

namespace phbsim::test {

/// Allocations of the whole program so far.
std::size_t allocations();
/// What they hold now, in bytes that the allocator gives them.
std::size_t live_bytes();

/// Calls `attempt` with its 1st, 2nd, ... allocation failing until it succeeds; after each failure
/// calls `check`. `attempt` returns false where it saw the failure (as bad_alloc or ENOMEM). Returns
/// how many failed.
template <typename Attempt, typename Check>
std::uint64_t fail_each_allocation(Attempt&& attempt, Check&& check) {
  for (std::uint64_t n = 1;; ++n) {
    arch::os::allocation_fault().remaining = n;
    const bool done = attempt();
    arch::os::allocation_fault().remaining = 0;
    if (done) return n - 1;
    check();
  }
}

}  // namespace phbsim::test
