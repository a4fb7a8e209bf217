// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/selftest/memory.hpp"

#include <algorithm>
#include <array>

#include "models/arch/os/allocation.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::iommufd::selftest {

RealAddr BlockPool::take() {
  const auto it = std::find(taken_.begin(), taken_.end(), false);
  if (it == taken_.end()) os::fail(os::Errno::NoMem, "the mock driver's memory is used up");
  *it = true;
  return base_ + static_cast<std::uint64_t>(it - taken_.begin()) * kBlockBytes;
}

void BlockPool::give_back(RealAddr block, std::uint64_t used) noexcept {
  static constexpr std::array<unsigned char, 4096> kZero{};
  const os::NoFail memory_of_the_machine;
  for (std::uint64_t at = 0; at < used; at += kZero.size()) {
    memory_.write(block + at, kZero.data(), static_cast<std::size_t>(std::min<std::uint64_t>(kZero.size(), used - at)));
  }
  taken_[(block - base_) / kBlockBytes] = false;
}

std::size_t BlockPool::in_use() const { return static_cast<std::size_t>(std::count(taken_.begin(), taken_.end(), true)); }

BlockPages::BlockPages(BlockPool& pool, std::uint64_t bytes, std::uint64_t page_bytes)
    : block_(pool), bytes_(bytes), page_bytes_(page_bytes) {
  block_.set_used(bytes);
}

std::uint64_t BlockPages::pin(std::uint64_t first, std::uint64_t count, os::PageRuns& out) const {
  const std::uint64_t pages = bytes_ / page_bytes_;
  if (first >= pages || count == 0) return 0;
  const std::uint64_t n = std::min(count, pages - first);
  const RealAddr real = block_.base() + first * page_bytes_;
  if (!out.empty() && out.back().real + out.back().pages * page_bytes_ == real) {
    out.back().pages += n;
  } else {
    out.push_back({real, n});
  }
  return n;
}

bool BlockPages::read(std::uint64_t at, unsigned char* out, std::size_t n) const {
  if (!inside(at, n)) return false;
  block_.memory().read(block_.base() + at, out, n);
  return true;
}

bool BlockPages::write(std::uint64_t at, const unsigned char* in, std::size_t n) {
  if (!inside(at, n)) return false;
  block_.memory().write(block_.base() + at, in, n);
  return true;
}

}  // namespace phbsim::arch::iommufd::selftest
