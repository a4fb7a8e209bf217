// SPDX-License-Identifier: Apache-2.0
/// Which pages of a window a buffer gets: bus addresses as the owner of a window hands them out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "models/base/named.hpp"

namespace phbsim::arch {

class IovaAllocator {
 public:
  virtual ~IovaAllocator() = default;
  /// First of `pages` free neighbouring pages, now taken; nothing if there is no such run.
  virtual std::optional<std::uint64_t> allocate(std::uint64_t pages) = 0;
  virtual void release(std::uint64_t first, std::uint64_t pages) = 0;
};

std::unique_ptr<IovaAllocator> make_next_fit(std::uint64_t pages);
std::unique_ptr<IovaAllocator> make_first_fit(std::uint64_t pages);

inline constexpr Named<IovaAllocator, std::uint64_t> kIovaAllocators[] = {
    {"next_fit", "the first run after the last one handed out, as Linux's iommu_table does", make_next_fit},
    {"first_fit", "the lowest run", make_first_fit},
};

}  // namespace phbsim::arch
