// SPDX-License-Identifier: Apache-2.0
/// Which page to walk for before it is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "models/base/named.hpp"
#include "models/base/types.hpp"

namespace phbsim::tce {

class Prefetch {
 public:
  virtual ~Prefetch() = default;
  /// A request of the PE missed on `page` (its number on the bus). The page to fetch, too, if any.
  virtual std::optional<std::uint64_t> on_miss(PeNumber pe, std::uint64_t page) = 0;
};

std::unique_ptr<Prefetch> make_no_prefetch();
std::unique_ptr<Prefetch> make_next_page_prefetch();
std::unique_ptr<Prefetch> make_stride_prefetch();

inline constexpr Named<Prefetch> kPrefetches[] = {
    {"none", "never", make_no_prefetch},
    {"next_page", "the page after each miss", make_next_page_prefetch},
    {"stride", "the page one stride on, when two misses of a PE in a row had the same stride", make_stride_prefetch},
};

}  // namespace phbsim::tce
