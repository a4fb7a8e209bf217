// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "platform/host/linux/page_size_order.hpp"

namespace phbsim::host {
namespace {
class ListedPage final : public PageSizeOrder {
 public:
  explicit ListedPage(std::vector<unsigned> list) : list_(std::move(list)) {}

 private:
  unsigned pick(std::uint32_t mask) const override {
    const auto offered = page_shifts_of(mask);
    for (const unsigned shift : list_) {
      if (std::binary_search(offered.begin(), offered.end(), shift)) return shift;
    }
    return 0;
  }
  std::vector<unsigned> list_;
};
}  // namespace
std::unique_ptr<PageSizeOrder> make_listed_page(const std::vector<unsigned>& list) {
  return std::make_unique<ListedPage>(list);
}
}  // namespace phbsim::host
