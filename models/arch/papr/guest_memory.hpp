// SPDX-License-Identifier: Apache-2.0
/// A partition's memory: which logical addresses it owns and the real ones behind them
/// (ddw-vfio.md 1.6: TCEs of a hypercall name logical pages).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/base/types.hpp"

namespace phbsim::arch::papr {

using LogicalAddr = std::uint64_t;

class GuestMemory {
 public:
  struct Range {
    LogicalAddr logical = 0;
    std::uint64_t bytes = 0;
    RealAddr real = 0;
  };

  /// Every logical address is owned and is its own real address.
  static GuestMemory identity() {
    GuestMemory m;
    m.identity_ = true;
    return m;
  }
  /// [0, bytes) at `real`.
  static GuestMemory flat(std::uint64_t bytes, RealAddr real = 0) {
    GuestMemory m;
    m.add({0, bytes, real});
    return m;
  }

  /// Ranges must not overlap, neither here nor there.
  void add(const Range& range) { ranges_.push_back(range); }

  /// Real address of `bytes` at a logical address, if all of them are owned and lie together.
  std::optional<RealAddr> real(LogicalAddr logical, std::uint64_t bytes) const {
    if (identity_) return logical;
    for (const Range& r : ranges_) {
      const std::uint64_t offset = logical - r.logical;
      if (logical >= r.logical && offset < r.bytes && bytes <= r.bytes - offset) return r.real + offset;
    }
    return std::nullopt;
  }
  std::optional<LogicalAddr> logical(RealAddr real) const {
    if (identity_) return real;
    for (const Range& r : ranges_)
      if (real >= r.real && real - r.real < r.bytes) return r.logical + (real - r.real);
    return std::nullopt;
  }

 private:
  bool identity_ = false;
  std::vector<Range> ranges_;
};

}  // namespace phbsim::arch::papr
