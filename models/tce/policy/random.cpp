// SPDX-License-Identifier: Apache-2.0
#include "models/base/rng.hpp"
#include "models/tce/policy/replacement.hpp"

namespace phbsim::tce {
namespace {

class Random final : public Replacement {
 public:
  explicit Random(unsigned ways) : ways_(ways), stream_(0, "tce.replacement") {}

 private:
  void used(unsigned, unsigned) override {}
  void filled(unsigned, unsigned) override {}
  unsigned victim(unsigned) override { return static_cast<unsigned>(stream_.below(ways_)); }

  unsigned ways_;
  RandomStream stream_;
};

}  // namespace
std::unique_ptr<Replacement> make_random(unsigned, unsigned ways) { return std::make_unique<Random>(ways); }
}  // namespace phbsim::tce
