// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include "models/tce/policy/replacement.hpp"

namespace phbsim::tce {
namespace {

class Lru final : public Replacement {
 public:
  Lru(unsigned sets, unsigned ways) : ways_(ways), stamps_(static_cast<std::size_t>(sets) * ways, 0) {}

 private:
  void used(unsigned set, unsigned way) override { stamps_[static_cast<std::size_t>(set) * ways_ + way] = ++clock_; }
  void filled(unsigned set, unsigned way) override { used(set, way); }
  unsigned victim(unsigned set) override {
    const std::uint64_t* s = &stamps_[static_cast<std::size_t>(set) * ways_];
    unsigned oldest = 0;
    for (unsigned w = 1; w < ways_; ++w)
      if (s[w] < s[oldest]) oldest = w;
    return oldest;
  }

  unsigned ways_;
  std::uint64_t clock_ = 0;
  std::vector<std::uint64_t> stamps_;
};

}  // namespace
std::unique_ptr<Replacement> make_lru(unsigned sets, unsigned ways) { return std::make_unique<Lru>(sets, ways); }
}  // namespace phbsim::tce
