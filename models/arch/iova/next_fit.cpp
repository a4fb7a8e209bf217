// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iova/bitmap_allocator.hpp"
#include "models/arch/iova/iova_allocator.hpp"

namespace phbsim::arch {
namespace {
class NextFit final : public IovaAllocator {
 public:
  explicit NextFit(std::uint64_t pages) : bitmap_(pages) {}

 private:
  std::optional<std::uint64_t> allocate(std::uint64_t n) override {
    auto at = bitmap_.find_run(hint_, bitmap_.pages(), n);
    if (!at) at = bitmap_.find_run(0, hint_, n);
    if (!at) return std::nullopt;
    bitmap_.take(*at, n);
    hint_ = *at + n >= bitmap_.pages() ? 0 : *at + n;
    return at;
  }
  void release(std::uint64_t first, std::uint64_t n) override { bitmap_.release(first, n); }

  PageBitmap bitmap_;
  std::uint64_t hint_ = 0;
};
}  // namespace
std::unique_ptr<IovaAllocator> make_next_fit(std::uint64_t pages) { return std::make_unique<NextFit>(pages); }
}  // namespace phbsim::arch
