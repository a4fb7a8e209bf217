// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/dynamic_bitset.hpp>
#include <cstdint>
#include <optional>

namespace phbsim::arch {

/// Pages of a window, one bit each. Grows with the pages ever used, not with the window.
class PageBitmap {
 public:
  explicit PageBitmap(std::uint64_t pages) : pages_(pages) {}

  /// First run of `n` free pages that starts in [from, to).
  std::optional<std::uint64_t> find_run(std::uint64_t from, std::uint64_t to, std::uint64_t n) const {
    std::uint64_t run = 0;
    for (std::uint64_t p = from; p < pages_; ++p) {
      if (run == 0 && p >= to) return std::nullopt;
      run = p < used_.size() && used_.test(p) ? 0 : run + 1;
      if (run == n) return p + 1 - n;
    }
    return std::nullopt;
  }
  void take(std::uint64_t first, std::uint64_t n) {
    if (first + n > used_.size()) used_.resize(first + n + 4096, false);
    for (std::uint64_t p = first; p < first + n; ++p) used_.set(p);
  }
  void release(std::uint64_t first, std::uint64_t n) {
    for (std::uint64_t p = first; p < first + n && p < used_.size(); ++p) used_.reset(p);
  }
  std::uint64_t pages() const { return pages_; }

 private:
  std::uint64_t pages_;
  boost::dynamic_bitset<std::uint64_t> used_;
};

}  // namespace phbsim::arch
