// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/page_size_order.hpp"

#include <algorithm>

#include "models/arch/papr/calls.hpp"

namespace phbsim::host {

std::vector<unsigned> page_shifts_of(std::uint32_t mask) {
  std::vector<unsigned> shifts;
  for (const auto& size : arch::papr::kPageSizeBits)
    if (mask & size.mask) shifts.push_back(size.shift);
  std::sort(shifts.begin(), shifts.end());
  return shifts;
}

}  // namespace phbsim::host
