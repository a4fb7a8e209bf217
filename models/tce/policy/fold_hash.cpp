// SPDX-License-Identifier: Apache-2.0
#include "models/tce/policy/set_hash.hpp"

namespace phbsim::tce {
namespace {
// Neighbouring pages fall into neighbouring sets, as with modulo; far bits and the PE permute them.
class FoldHash final : public SetHash {
  std::uint64_t hash(PeNumber pe, std::uint64_t page) const override {
    std::uint64_t h = page ^ (page >> 10) ^ (page >> 20) ^ (page >> 30) ^ (page >> 40);
    h ^= static_cast<std::uint64_t>(pe) * 0x9D;
    return h;
  }
};
}  // namespace
std::unique_ptr<SetHash> make_fold_hash() { return std::make_unique<FoldHash>(); }
}  // namespace phbsim::tce
