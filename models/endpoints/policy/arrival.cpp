// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/policy/arrival.hpp"

namespace phbsim::endpoints {
namespace {

class Closed final : public Arrival {
  bool closed() const override { return true; }
  Tick next_gap(RandomStream&) override { return 0; }
};

class Paced final : public Arrival {
 public:
  explicit Paced(double rate) : gap_(1e12 / rate) {}

 private:
  // The exact instants are rounded, not the gaps: the rate is right over any length of time.
  Tick next_gap(RandomStream&) override {
    ideal_ += gap_;
    const auto at = static_cast<Tick>(ideal_ + 0.5);
    const Tick gap = at - last_;
    last_ = at;
    return gap;
  }
  double gap_;
  double ideal_ = 0;
  Tick last_ = 0;
};

class Poisson final : public Arrival {
 public:
  explicit Poisson(double rate) : mean_(1e12 / rate) {}

 private:
  Tick next_gap(RandomStream& random) override { return static_cast<Tick>(random.exponential(mean_) + 0.5); }
  double mean_;
};

}  // namespace
std::unique_ptr<Arrival> make_closed(double) { return std::make_unique<Closed>(); }
std::unique_ptr<Arrival> make_paced(double rate) { return std::make_unique<Paced>(rate); }
std::unique_ptr<Arrival> make_poisson(double rate) { return std::make_unique<Poisson>(rate); }
}  // namespace phbsim::endpoints
