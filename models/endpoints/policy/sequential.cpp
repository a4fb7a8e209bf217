// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/policy/pattern.hpp"

namespace phbsim::endpoints {
namespace {
class Sequential final : public Pattern {
 public:
  explicit Sequential(std::uint64_t blocks) : blocks_(blocks) {}

 private:
  std::uint64_t next(RandomStream&) override {
    const std::uint64_t at = at_;
    at_ = at_ + 1 == blocks_ ? 0 : at_ + 1;
    return at;
  }
  std::uint64_t blocks_;
  std::uint64_t at_ = 0;
};
}  // namespace
std::unique_ptr<Pattern> make_sequential(const PatternParams& p) { return std::make_unique<Sequential>(p.blocks); }
}  // namespace phbsim::endpoints
