// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/page_size_order.hpp"

#include <algorithm>
#include <iterator>

namespace phbsim::host {

std::vector<unsigned> page_shifts_of(std::uint32_t mask) {
  std::vector<unsigned> shifts;
  for (unsigned bit = 0; bit < std::size(kDdwPageShifts); ++bit) {
    if (mask >> bit & 1) shifts.push_back(kDdwPageShifts[bit]);
  }
  std::sort(shifts.begin(), shifts.end());
  return shifts;
}

}  // namespace phbsim::host
