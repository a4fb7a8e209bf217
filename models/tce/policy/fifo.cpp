// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "models/tce/policy/replacement.hpp"

namespace phbsim::tce {
namespace {

class Fifo final : public Replacement {
 public:
  Fifo(unsigned sets, unsigned ways) : ways_(ways), next_(sets, 0) {}

 private:
  void used(unsigned, unsigned) override {}
  // A fill into an empty way moves the pointer, too: the order of fills is the order of leaving.
  void filled(unsigned set, unsigned way) override { next_[set] = (way + 1) % ways_; }
  unsigned victim(unsigned set) override { return next_[set]; }

  unsigned ways_;
  std::vector<unsigned> next_;
};

}  // namespace
std::unique_ptr<Replacement> make_fifo(unsigned sets, unsigned ways) { return std::make_unique<Fifo>(sets, ways); }
}  // namespace phbsim::tce
