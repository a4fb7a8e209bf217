// SPDX-License-Identifier: Apache-2.0
#include "models/base/engine.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace phbsim {

Engine::Engine() : heads_(kBuckets, kNil) { nodes_.reserve(1024); }

void Engine::fail_past(Tick at) const {
  throw ModelError("event scheduled at " + std::to_string(at) + " ps, engine is at " +
                   std::to_string(now_) + " ps");
}

void Engine::push_far(const Far& far) {
  far_.push_back(far);
  std::push_heap(far_.begin(), far_.end(), std::greater<>());
}

void Engine::drain_far() {
  while (!far_.empty() && (far_.front().at >> kBucketShift) - base_ < kBuckets) {
    std::pop_heap(far_.begin(), far_.end(), std::greater<>());
    const Far f = far_.back();
    far_.pop_back();
    insert(f.at, f.handler, f.kind, f.arg, f.sequence);
  }
}

std::uint32_t Engine::first_slot() {
  constexpr std::uint32_t kWords = kBuckets / 64;
  const auto start = static_cast<std::uint32_t>(base_) & (kBuckets - 1);
  std::uint32_t word = start >> 6;
  std::uint64_t bits = bitmap_[word] & (~0ull << (start & 63));
  for (std::uint32_t n = 0; bits == 0; ++n) {
    if (n == kWords) return kNil;
    word = (word + 1) & (kWords - 1);
    bits = bitmap_[word];
  }
  return (word << 6) + static_cast<std::uint32_t>(__builtin_ctzll(bits));
}

Tick Engine::next_time() {
  const std::uint32_t slot = first_slot();
  if (slot != kNil) return nodes_[heads_[slot]].at;
  return far_.empty() ? kNever : far_.front().at;
}

void Engine::run(Tick horizon) {
  PHBSIM_ASSERT(!running_);
  running_ = true;
  horizon_ = horizon;
  struct Leave {
    bool& flag;
    ~Leave() { flag = false; }
  } leave{running_};
  while (pending_ != 0) {
    std::uint32_t slot = first_slot();
    if (slot == kNil) {
      if (far_.front().at >= horizon_) return;
      base_ = far_.front().at >> kBucketShift;
      drain_far();
      slot = first_slot();
    }
    const std::uint32_t id = heads_[slot];
    Node& node = nodes_[id];
    if (node.at >= horizon_) return;
    EventHandler* const handler = node.handler;
    const std::uint32_t kind = node.kind;
    const std::uint64_t arg = node.arg;
    heads_[slot] = node.next;
    if (node.next == kNil) bitmap_[slot >> 6] &= ~(1ull << (slot & 63));
    now_ = node.at;
    base_ = now_ >> kBucketShift;
    node.next = free_;
    free_ = id;
    --pending_;
    ++executed_;
    if (!far_.empty()) drain_far();
    handler->on_event(kind, arg);
  }
}

}  // namespace phbsim
