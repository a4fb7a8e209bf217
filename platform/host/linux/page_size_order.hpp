// SPDX-License-Identifier: Apache-2.0
/// Which of the page sizes that firmware offers a dynamic window gets (ddw-vfio.md 1.3, 3.4 step 8).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/base/named.hpp"

namespace phbsim::host {

class PageSizeOrder {
 public:
  virtual ~PageSizeOrder() = default;
  /// log2 of the page size to use; 0: none of the mask.
  virtual unsigned pick(std::uint32_t mask) const = 0;
};

/// log2 sizes of a mask, ascending.
std::vector<unsigned> page_shifts_of(std::uint32_t mask);

std::unique_ptr<PageSizeOrder> make_largest_page(const std::vector<unsigned>& list);
std::unique_ptr<PageSizeOrder> make_smallest_page(const std::vector<unsigned>& list);
std::unique_ptr<PageSizeOrder> make_listed_page(const std::vector<unsigned>& list);

inline constexpr Named<PageSizeOrder, const std::vector<unsigned>&> kPageSizeOrders[] = {
    {"largest", "the largest page offered, as Linux", make_largest_page},
    {"smallest", "the smallest page offered", make_smallest_page},
    {"list", "the first of a list of log2 sizes that is offered", make_listed_page},
};

}  // namespace phbsim::host
