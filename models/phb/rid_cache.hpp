// SPDX-License-Identifier: Apache-2.0
/// RID to PE cache (RCAM): fully associative, least recently used, stale until invalidated.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/arch/rtt.hpp"
#include "models/base/types.hpp"

namespace phbsim::phb {

class RidCache {
 public:
  explicit RidCache(unsigned entries) : slots_(entries), slot_of_(arch::kRttEntries, kNone) {
    for (Slot& s : slots_) order_.push_back(s);
  }

  /// RTE of a RID as it was fetched.
  std::optional<std::uint16_t> lookup(Rid rid) {
    const std::uint16_t i = slot_of_[rid];
    if (i == kNone) return std::nullopt;
    Slot& s = slots_[i];
    order_.splice(order_.begin(), order_, order_.iterator_to(s));
    return s.rte;
  }
  void fill(Rid rid, std::uint16_t rte) {
    if (slot_of_[rid] != kNone) {
      slots_[slot_of_[rid]].rte = rte;
      return;
    }
    Slot& s = order_.back();
    if (s.valid) slot_of_[s.rid] = kNone;
    s.valid = true;
    s.rid = rid;
    s.rte = rte;
    slot_of_[rid] = static_cast<std::uint16_t>(&s - slots_.data());
    order_.splice(order_.begin(), order_, order_.iterator_to(s));
  }
  void invalidate(Rid rid) {
    if (slot_of_[rid] == kNone) return;
    Slot& s = slots_[slot_of_[rid]];
    s.valid = false;
    slot_of_[rid] = kNone;
    order_.splice(order_.end(), order_, order_.iterator_to(s));
  }
  void invalidate_all() {
    for (Slot& s : slots_) {
      if (s.valid) slot_of_[s.rid] = kNone;
      s.valid = false;
    }
  }

 private:
  static constexpr std::uint16_t kNone = 0xFFFF;
  struct Slot : boost::intrusive::list_base_hook<> {
    Rid rid = 0;
    std::uint16_t rte = 0;
    bool valid = false;
  };
  std::vector<Slot> slots_;
  boost::intrusive::list<Slot> order_;
  std::vector<std::uint16_t> slot_of_;
};

}  // namespace phbsim::phb
