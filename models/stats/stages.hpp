// SPDX-License-Identifier: Apache-2.0
/// Latency attribution: every picosecond of a transaction belongs to exactly one stage.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/types.hpp"

namespace phbsim::stats {

enum class Stage : std::uint8_t {
  Queue, Link, RidLookup, Tve, TceHit, Walk1, Walk2, Walk3, Walk4, Walk5, Memory, Completion
};
constexpr unsigned kStages = 12;

struct StageSpec {
  std::string_view name;
  std::string_view description;
};

constexpr std::array<StageSpec, kStages> kStageTable{{
    {"queue", "waiting for a shared thing: link, credits, tags, pipeline, engines, walk slots, order, memory channel"},
    {"link", "request on the wire: serialisation and propagation"},
    {"rid_lookup", "header decode and RID to PE, with the RTT fetch on a RID cache miss"},
    {"tve", "TVE selection and range check"},
    {"tce_hit", "TCE cache lookup, whether it hits or misses"},
    {"walk_1", "first TCE fetch of a walk (the root table)"},
    {"walk_2", "second TCE fetch"},
    {"walk_3", "third TCE fetch"},
    {"walk_4", "fourth TCE fetch"},
    {"walk_5", "fifth TCE fetch"},
    {"memory", "data access: fabric and memory latency"},
    {"completion", "completion on the wire: serialisation and propagation"},
}};

using StageTimes = std::array<Tick, kStages>;

/// Books time to stages as they end. `mark` is the time up to which all is booked.
class StageClock {
 public:
  void start(Tick at) {
    times_.fill(0);
    start_ = at;
    mark_ = at;
  }
  /// Books everything since the last call to `stage`.
  void book(Stage stage, Tick until) {
    times_[static_cast<unsigned>(stage)] += until - mark_;
    mark_ = until;
  }
  Tick start_time() const { return start_; }
  Tick mark() const { return mark_; }
  const StageTimes& times() const { return times_; }

 private:
  Tick start_ = 0;
  Tick mark_ = 0;
  StageTimes times_{};
};

}  // namespace phbsim::stats
