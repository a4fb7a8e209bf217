// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/policy/pattern.hpp"

namespace phbsim::endpoints {
namespace {
class Uniform final : public Pattern {
 public:
  explicit Uniform(std::uint64_t blocks) : blocks_(blocks) {}

 private:
  std::uint64_t next(RandomStream& random) override { return random.below(blocks_); }
  std::uint64_t blocks_;
};
}  // namespace
std::unique_ptr<Pattern> make_uniform(const PatternParams& p) { return std::make_unique<Uniform>(p.blocks); }
}  // namespace phbsim::endpoints
