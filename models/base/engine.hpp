// SPDX-License-Identifier: Apache-2.0
/// The private event engine: a timing wheel of integer picoseconds with a heap for the far future.
///
/// Events of one instant run in the order in which they were scheduled. Nothing is allocated per
/// event once the pool has grown to the largest number of pending events. No SystemC here: the
/// tlm layer's EngineDriver decides how far the engine may run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/check.hpp"
#include "models/base/types.hpp"

namespace phbsim {

/// Receives events. `kind` and `arg` are the receiver's own.
class EventHandler {
 public:
  virtual void on_event(std::uint32_t kind, std::uint64_t arg) = 0;

 protected:
  ~EventHandler() = default;
};

class Engine {
 public:
  Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Time of the event being handled; between runs, the last time reached.
  Tick now() const { return now_; }

  /// Schedules an event at `at`, which must not lie in the past.
  void schedule(Tick at, EventHandler* handler, std::uint32_t kind, std::uint64_t arg) {
    if (at < now_) fail_past(at);
    const std::uint64_t bucket = at >> kBucketShift;
    ++pending_;
    if (bucket - base_ < kBuckets) {
      insert(at, handler, kind, arg, sequence_++);
    } else {
      push_far(Far{at, sequence_++, handler, arg, kind});
    }
  }

  /// Runs events with time < horizon. The horizon may shrink meanwhile (limit_horizon).
  void run(Tick horizon);

  /// From inside an event: do not go on to any event at `at` or later in this run.
  void limit_horizon(Tick at) {
    if (at < horizon_) horizon_ = at;
  }

  /// Moves the clock without an event; used when the kernel has come to a later time.
  void advance_to(Tick at) {
    if (at <= now_) return;
    PHBSIM_ASSERT(next_time() >= at);
    now_ = at;
  }

  /// Time of the earliest pending event, or kNever.
  Tick next_time();

  bool empty() const { return pending_ == 0; }
  bool running() const { return running_; }
  std::size_t pending() const { return pending_; }
  std::uint64_t executed() const { return executed_; }

 private:
  static constexpr unsigned kBucketShift = 8;  // 256 ps
  static constexpr std::uint32_t kBuckets = 8192;
  static constexpr std::uint32_t kNil = ~0u;

  struct Node {
    Tick at;
    std::uint64_t sequence;
    EventHandler* handler;
    std::uint64_t arg;
    std::uint32_t kind;
    std::uint32_t next;
  };
  struct Far {
    Tick at;
    std::uint64_t sequence;
    EventHandler* handler;
    std::uint64_t arg;
    std::uint32_t kind;
    bool operator>(const Far& o) const {
      return at != o.at ? at > o.at : sequence > o.sequence;
    }
  };

  void insert(Tick at, EventHandler* handler, std::uint32_t kind, std::uint64_t arg,
              std::uint64_t sequence) {
    std::uint32_t id = free_;
    if (id != kNil) {
      free_ = nodes_[id].next;
    } else {
      id = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    const auto slot = static_cast<std::uint32_t>(at >> kBucketShift) & (kBuckets - 1);
    std::uint32_t prev = kNil;
    std::uint32_t cur = heads_[slot];
    while (cur != kNil && (nodes_[cur].at < at || (nodes_[cur].at == at && nodes_[cur].sequence < sequence))) {
      prev = cur;
      cur = nodes_[cur].next;
    }
    nodes_[id] = Node{at, sequence, handler, arg, kind, cur};
    if (prev == kNil) {
      heads_[slot] = id;
      bitmap_[slot >> 6] |= 1ull << (slot & 63);
    } else {
      nodes_[prev].next = id;
    }
  }

  void push_far(const Far& far);
  void drain_far();
  std::uint32_t first_slot();  ///< slot of the earliest event in the wheel, kNil if empty
  [[noreturn]] void fail_past(Tick at) const;

  Tick now_ = 0;
  Tick horizon_ = 0;
  std::uint64_t base_ = 0;  ///< bucket number of the wheel's first slot in time
  std::uint64_t sequence_ = 0;
  std::uint64_t executed_ = 0;
  std::size_t pending_ = 0;
  std::uint32_t free_ = kNil;
  bool running_ = false;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> heads_;
  std::array<std::uint64_t, kBuckets / 64> bitmap_{};
  std::vector<Far> far_;
};

}  // namespace phbsim
