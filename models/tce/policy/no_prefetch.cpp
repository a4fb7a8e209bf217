// SPDX-License-Identifier: Apache-2.0
#include "models/tce/policy/prefetch.hpp"

namespace phbsim::tce {
namespace {
class NoPrefetch final : public Prefetch {
  std::optional<std::uint64_t> on_miss(PeNumber, std::uint64_t) override { return std::nullopt; }
};
}  // namespace
std::unique_ptr<Prefetch> make_no_prefetch() { return std::make_unique<NoPrefetch>(); }
}  // namespace phbsim::tce
