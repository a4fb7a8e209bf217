// SPDX-License-Identifier: Apache-2.0
/// Where PCIe cuts requests and completions (PCIe base specification; phb.md 8.1).
#pragma once

#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::arch {

/// Length of the next TLP of a request: at most `max`, not across a 4 KiB boundary.
constexpr std::uint64_t request_part(BusAddr addr, std::uint64_t left, std::uint64_t max) {
  const std::uint64_t to_boundary = 4096 - (addr & 4095);
  const std::uint64_t n = left < max ? left : max;
  return n < to_boundary ? n : to_boundary;
}

/// Length of the next completion of a read: at most `mps`, ending on a read completion boundary
/// unless it is the last.
constexpr std::uint64_t completion_part(BusAddr addr, std::uint64_t left, unsigned mps, unsigned rcb) {
  if (left <= mps) return left;
  return ((addr + mps) & ~static_cast<std::uint64_t>(rcb - 1)) - addr;
}

}  // namespace phbsim::arch
