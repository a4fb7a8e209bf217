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

/// A clock of one's own, or another's that one books to as well: where a request is one TLP and one
/// part all the way, a single clock serves it, and nothing is copied.
class SharedClock {
 public:
  SharedClock() = default;
  SharedClock(const SharedClock& other) : own_(*other.target_) {}
  /// A copy of the other's times so far, in a clock of one's own.
  SharedClock& operator=(const SharedClock& other) {
    if (this != &other) {
      own_ = *other.target_;
      target_ = &own_;
    }
    return *this;
  }
  /// From now on the other's clock is this one's, too.
  void follow(SharedClock& other) { target_ = other.target_; }
  /// Takes over the other's times, unless they are the same clock.
  void take(const SharedClock& other) {
    if (target_ != other.target_) *target_ = *other.target_;
  }

  void start(Tick at) { target_->start(at); }
  void book(Stage stage, Tick until) { target_->book(stage, until); }
  Tick start_time() const { return target_->start_time(); }
  Tick mark() const { return target_->mark(); }
  const StageTimes& times() const { return target_->times(); }

 private:
  StageClock* target_ = &own_;  // first: a follower touches nothing behind it
  StageClock own_;
};

}  // namespace phbsim::stats
