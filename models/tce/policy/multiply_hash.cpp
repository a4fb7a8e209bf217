// SPDX-License-Identifier: Apache-2.0
#include "models/tce/policy/set_hash.hpp"

namespace phbsim::tce {
namespace {
class MultiplyHash final : public SetHash {
  std::uint64_t hash(PeNumber pe, std::uint64_t page) const override {
    // Both products reach the low bits that are taken.
    return (page * 0x9E3779B97F4A7C15ull + pe * 0xC2B2AE3D27D4EB4Full) >> 32;
  }
};
}  // namespace
std::unique_ptr<SetHash> make_multiply_hash() { return std::make_unique<MultiplyHash>(); }
}  // namespace phbsim::tce
