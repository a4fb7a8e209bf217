// SPDX-License-Identifier: Apache-2.0
#include "models/tce/policy/prefetch.hpp"

namespace phbsim::tce {
namespace {
class NextPagePrefetch final : public Prefetch {
  std::optional<std::uint64_t> on_miss(PeNumber, std::uint64_t page) override { return page + 1; }
};
}  // namespace
std::unique_ptr<Prefetch> make_next_page_prefetch() { return std::make_unique<NextPagePrefetch>(); }
}  // namespace phbsim::tce
