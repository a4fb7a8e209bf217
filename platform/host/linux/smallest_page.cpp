// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/page_size_order.hpp"

namespace phbsim::host {
namespace {
class SmallestPage final : public PageSizeOrder {
  unsigned pick(std::uint32_t mask) const override {
    const auto shifts = page_shifts_of(mask);
    return shifts.empty() ? 0 : shifts.front();
  }
};
}  // namespace
std::unique_ptr<PageSizeOrder> make_smallest_page(const std::vector<unsigned>&) { return std::make_unique<SmallestPage>(); }
}  // namespace phbsim::host
