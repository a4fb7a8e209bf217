// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/policy/pattern.hpp"

namespace phbsim::endpoints {
namespace {
class Zipf final : public Pattern {
 public:
  explicit Zipf(const PatternParams& p) : blocks_(p.blocks), law_(p.blocks, p.zipf_exponent) {
    // A step coprime to the number of blocks scatters the ranks: neighbours in rank are no
    // neighbours in memory.
    step_ = blocks_ * 618 / 1000 | 1;
    while (gcd(step_, blocks_) != 1) step_ += 2;
  }

 private:
  static std::uint64_t gcd(std::uint64_t a, std::uint64_t b) {
    while (b != 0) {
      const std::uint64_t r = a % b;
      a = b;
      b = r;
    }
    return a;
  }
  std::uint64_t next(RandomStream& random) override {
    return static_cast<std::uint64_t>(static_cast<uint128>(law_(random)) * step_ % blocks_);
  }
  std::uint64_t blocks_;
  ZipfDistribution law_;
  std::uint64_t step_ = 1;
};
}  // namespace
std::unique_ptr<Pattern> make_zipf(const PatternParams& p) { return std::make_unique<Zipf>(p); }
}  // namespace phbsim::endpoints
