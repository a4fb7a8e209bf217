// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/policy/pattern.hpp"

namespace phbsim::endpoints {
namespace {
class Strided final : public Pattern {
 public:
  explicit Strided(const PatternParams& p) : blocks_(p.blocks), stride_(p.stride_blocks) {}

 private:
  std::uint64_t next(RandomStream&) override {
    const std::uint64_t at = at_;
    at_ += stride_;
    if (at_ >= blocks_) {
      round_ = round_ + 1 >= stride_ || round_ + 1 >= blocks_ ? 0 : round_ + 1;
      at_ = round_;
    }
    return at;
  }
  std::uint64_t blocks_;
  std::uint64_t stride_;
  std::uint64_t at_ = 0;
  std::uint64_t round_ = 0;
};
}  // namespace
std::unique_ptr<Pattern> make_strided(const PatternParams& p) { return std::make_unique<Strided>(p); }
}  // namespace phbsim::endpoints
