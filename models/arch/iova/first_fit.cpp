// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iova/bitmap_allocator.hpp"
#include "models/arch/iova/iova_allocator.hpp"

namespace phbsim::arch {
namespace {
class FirstFit final : public IovaAllocator {
 public:
  explicit FirstFit(std::uint64_t pages) : bitmap_(pages) {}

 private:
  std::optional<std::uint64_t> allocate(std::uint64_t n) override {
    const auto at = bitmap_.find_run(0, bitmap_.pages(), n);
    if (at) bitmap_.take(*at, n);
    return at;
  }
  void release(std::uint64_t first, std::uint64_t n) override { bitmap_.release(first, n); }

  PageBitmap bitmap_;
};
}  // namespace
std::unique_ptr<IovaAllocator> make_first_fit(std::uint64_t pages) { return std::make_unique<FirstFit>(pages); }
}  // namespace phbsim::arch
