// SPDX-License-Identifier: Apache-2.0
/// When a generator's requests come into being.
#pragma once

#include <memory>

#include "models/base/named.hpp"
#include "models/base/rng.hpp"
#include "models/base/types.hpp"

namespace phbsim::endpoints {

class Arrival {
 public:
  virtual ~Arrival() = default;
  /// Closed loop: a request is born when another completes.
  virtual bool closed() const { return false; }
  /// Time from one birth to the next (open loops).
  virtual Tick next_gap(RandomStream& random) = 0;
};

std::unique_ptr<Arrival> make_closed(double rate);
std::unique_ptr<Arrival> make_paced(double rate);
std::unique_ptr<Arrival> make_poisson(double rate);

inline constexpr Named<Arrival, double> kArrivals[] = {
    {"closed", "`queue_depth` requests in flight, a new one for each that completes", make_closed},
    {"paced", "one request every 1/`rate` seconds", make_paced},
    {"poisson", "exponential gaps with mean 1/`rate` seconds", make_poisson},
};

}  // namespace phbsim::endpoints
