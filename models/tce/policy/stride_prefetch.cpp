// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "models/tce/policy/prefetch.hpp"

namespace phbsim::tce {
namespace {
class StridePrefetch final : public Prefetch {
  struct History {
    std::uint64_t page = 0;
    std::uint64_t stride = 0;
  };
  std::optional<std::uint64_t> on_miss(PeNumber pe, std::uint64_t page) override {
    if (pe >= history_.size()) history_.resize(pe + 1);
    History& h = history_[pe];
    const std::uint64_t stride = page - h.page;
    const bool steady = stride == h.stride && stride != 0;
    h = {page, stride};
    if (steady) return page + stride;
    return std::nullopt;
  }

  std::vector<History> history_;
};
}  // namespace
std::unique_ptr<Prefetch> make_stride_prefetch() { return std::make_unique<StridePrefetch>(); }
}  // namespace phbsim::tce
