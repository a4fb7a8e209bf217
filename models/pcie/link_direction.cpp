// SPDX-License-Identifier: Apache-2.0
#include "models/pcie/link_direction.hpp"

#include <algorithm>

#include "models/base/check.hpp"

namespace phbsim::pcie {

LinkDirection::LinkDirection(const LinkParams& params, const CreditLimits& limits, unsigned sources, Sources& owner)
    : rate_(wire_rate(params)), limits_(limits), owner_(owner) {
  for (unsigned c = 0; c < kTlpClasses; ++c) {
    headers_[c] = limits.headers[c];
    data_[c] = limits.data[c];
    rings_[c].member.assign(sources, 0);
  }
}

Tick LinkDirection::new_wire_time(unsigned n) {
  if (n >= times_.size()) times_.resize(n + 1);
  const std::uint64_t scaled = n * rate_.num;
  times_[n] = {scaled / rate_.den, scaled % rate_.den};
  return wire_time(n);
}

void LinkDirection::offer(unsigned source, TlpClass cls) {
  Ring& ring = rings_[static_cast<unsigned>(cls)];
  if (ring.member[source]) return;
  ring.member[source] = 1;
  ring.order.push_back(source);
}

bool LinkDirection::has_credit(TlpClass cls, unsigned data_bytes) const {
  const auto c = static_cast<unsigned>(cls);
  if (limits_.headers[c] != 0 && headers_[c] < 1) return false;
  return limits_.data[c] == 0 || data_[c] >= static_cast<std::int64_t>(units(data_bytes));
}

bool LinkDirection::blocked_by_order(unsigned source, const TlpOffer& offer) {
  if (offer.relaxed) return false;
  const TlpOffer* posted = owner_.head(source, TlpClass::Posted);
  return posted != nullptr && posted->age < offer.age;
}

void LinkDirection::settle(Tick now) {
  while (!returned_.empty() && returned_.front().usable <= now) {
    const Returned& r = returned_.front();
    const auto c = static_cast<unsigned>(r.cls);
    ++headers_[c];
    data_[c] += r.units;
    returned_.pop_front();
  }
}

void LinkDirection::give_back(TlpClass cls, unsigned data_bytes, Tick usable) {
  const auto c = static_cast<unsigned>(cls);
  if (limits_.headers[c] == 0 && limits_.data[c] == 0) return;
  PHBSIM_ASSERT(returned_.empty() || returned_.back().usable <= usable);
  returned_.push_back({usable, cls, units(data_bytes)});
}

Tick LinkDirection::pump(Tick now) {
  for (;;) {
    if (rings_[0].order.empty() && rings_[1].order.empty() && rings_[2].order.empty()) return kNever;
    if (wire_free_ > now) return wire_free_;
    // In each class the source whose turn it is and that may send; of these, the oldest.
    settle(now);
    bool starved = false;
    int best_class = -1;
    std::size_t best_at = 0;
    const TlpOffer* best = nullptr;
    for (unsigned c = 0; c < kTlpClasses; ++c) {
      const auto cls = static_cast<TlpClass>(c);
      Ring& ring = rings_[c];
      for (std::size_t at = 0; at < ring.order.size();) {
        const unsigned source = ring.order[at];
        const TlpOffer* head = owner_.head(source, cls);
        if (head == nullptr) {
          ring.member[source] = 0;
          ring.order.erase(at);
          continue;
        }
        if (!has_credit(cls, head->data_bytes)) {
          starved = true;  // no TLP of a class overtakes another of it for lack of credit
          break;
        }
        if (cls != TlpClass::Posted && blocked_by_order(source, *head)) {
          ++at;
          continue;
        }
        if (best == nullptr || head->age < best->age) {
          best = head;
          best_class = static_cast<int>(c);
          best_at = at;
        }
        break;
      }
    }
    if (best == nullptr) {
      if (!starved) return kNever;
      ++credit_stalls;
      return returned_.empty() ? kNever : returned_.front().usable;
    }
    const auto cls = static_cast<TlpClass>(best_class);
    Ring& ring = rings_[static_cast<unsigned>(best_class)];
    const unsigned source = ring.order[best_at];
    if (limits_.headers[static_cast<unsigned>(best_class)] != 0) --headers_[static_cast<unsigned>(best_class)];
    data_[static_cast<unsigned>(best_class)] -= units(best->data_bytes);
    const Tick time = wire_time(best->wire_bytes);
    wire_free_ = now + time;
    ++tlps;
    bytes += best->wire_bytes;
    busy += time;
    ring.order.erase(best_at);
    if (owner_.sent(source, cls, now, wire_free_)) {
      ring.order.push_back(source);
    } else {
      ring.member[source] = 0;
    }
  }
}

}  // namespace phbsim::pcie
