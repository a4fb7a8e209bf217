// SPDX-License-Identifier: Apache-2.0
#include "models/tce/policy/set_hash.hpp"

namespace phbsim::tce {
namespace {
class MultiplyHash final : public SetHash {
  std::uint64_t hash(PeNumber pe, std::uint64_t page) const override {
    return ((page ^ (static_cast<std::uint64_t>(pe) << 40)) * 0x9E3779B97F4A7C15ull) >> 32;
  }
};
}  // namespace
std::unique_ptr<SetHash> make_multiply_hash() { return std::make_unique<MultiplyHash>(); }
}  // namespace phbsim::tce
