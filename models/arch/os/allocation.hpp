// SPDX-License-Identifier: Apache-2.0
/// Where memory may run out. A program that wants to see that (phbsim exec --selftest, tests) replaces
/// `operator new` by one that asks allocation_fails(); nothing else calls it. So every allocation of
/// the layer is a point of injection, and the code below has to leave everything as it was.
#pragma once

#include <cstdint>

namespace phbsim::arch::os {

/// Injection of this thread: fails the allocation that counts `remaining` down from 1 to 0.
struct AllocationFault {
  std::uint64_t remaining = 0;   ///< 0: none is to fail
  std::uint64_t suspended = 0;   ///< depth of NoFail scopes
  std::uint64_t seen = 0;        ///< allocations that could have failed
};

inline AllocationFault& allocation_fault() {
  thread_local AllocationFault fault;
  return fault;
}

/// True if the allocation that asks is the one to fail.
inline bool allocation_fails() {
  AllocationFault& f = allocation_fault();
  if (f.suspended != 0) return false;
  ++f.seen;
  return f.remaining != 0 && --f.remaining == 0;
}

/// Scope of what may not fail: undoing, closing, unmapping (the kernel's __GFP_NOFAIL).
class NoFail {
 public:
  NoFail() { ++allocation_fault().suspended; }
  ~NoFail() { --allocation_fault().suspended; }
  NoFail(const NoFail&) = delete;
  NoFail& operator=(const NoFail&) = delete;
};

}  // namespace phbsim::arch::os
