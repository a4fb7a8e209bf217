// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include "models/base/bits.hpp"
#include "models/tce/policy/replacement.hpp"

namespace phbsim::tce {
namespace {

// Node n of a set's tree has children 2n and 2n+1, root 1; a set bit says "the victim is right".
class Plru final : public Replacement {
 public:
  Plru(unsigned sets, unsigned ways) : ways_(ways), trees_(sets, 0) {
    if (!is_power_of_two(ways) || ways > 32) {
      throw UserError("replacement \"plru\" needs a power of two of ways up to 32, not " + std::to_string(ways));
    }
  }

 private:
  void used(unsigned set, unsigned way) override {
    std::uint32_t& tree = trees_[set];
    unsigned node = 1;
    for (unsigned half = ways_ / 2; half > 0; half /= 2) {
      const bool right = (way & half) != 0;
      if (right) {
        tree &= ~(1u << node);
      } else {
        tree |= 1u << node;
      }
      node = 2 * node + (right ? 1 : 0);
    }
  }
  void filled(unsigned set, unsigned way) override { used(set, way); }
  unsigned victim(unsigned set) override {
    const std::uint32_t tree = trees_[set];
    unsigned node = 1;
    while (node < ways_) node = 2 * node + (tree >> node & 1);
    return node - ways_;
  }

  unsigned ways_;
  std::vector<std::uint32_t> trees_;
};

}  // namespace
std::unique_ptr<Replacement> make_plru(unsigned sets, unsigned ways) { return std::make_unique<Plru>(sets, ways); }
}  // namespace phbsim::tce
