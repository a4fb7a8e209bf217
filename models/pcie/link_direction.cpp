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
  ++waiting_sources_;
  ring.order.push_back(source);
}

bool LinkDirection::blocked_by_order(unsigned source, const TlpOffer& offer) {
  if (offer.relaxed) return false;
  const TlpOffer* posted = owner_.head(source, TlpClass::Posted);
  return posted != nullptr && posted->age < offer.age;
}

void LinkDirection::settle(Tick now) {
  for (unsigned c = 0; c < kTlpClasses; ++c) {
    auto& queue = returned_[c];
    while (!queue.empty() && queue.front().usable <= now) {
      ++headers_[c];
      data_[c] += queue.front().units;
      queue.pop_front();
      --returning_;
    }
  }
}

Tick LinkDirection::next_return() const {
  Tick next = kNever;
  for (const auto& queue : returned_)
    if (!queue.empty()) next = std::min(next, queue.front().usable);
  return next;
}

void LinkDirection::give_back(TlpClass cls, unsigned data_bytes, Tick usable) {
  const auto c = static_cast<unsigned>(cls);
  if (limits_.headers[c] == 0 && limits_.data[c] == 0) return;
  PHBSIM_ASSERT(returned_[c].empty() || returned_[c].back().usable <= usable);
  returned_[c].push_back({usable, units(data_bytes)});
  ++returning_;
}

Tick LinkDirection::pump(Tick now) {
  for (;;) {
    if (waiting_sources_ == 0) return kNever;
    if (wire_free_ > now) return wire_free_;
    const unsigned waiting = (rings_[0].order.empty() ? 0u : 1u) | (rings_[1].order.empty() ? 0u : 2u) |
                             (rings_[2].order.empty() ? 0u : 4u);
    if (returning_ != 0) settle(now);
    Choice choice;
    for (Ring& ring : rings_) {
      if (ring.order.size() > 1 && ring.order.front() == ring.last) {
        ring.order.pop_front();
        ring.order.push_back(ring.last);
      }
    }
    // With one class alone waiting there is no earlier posted request to keep behind.
    if ((waiting & (waiting - 1)) == 0) {
      choose_alone(waiting == 1 ? 0 : waiting == 2 ? 1 : 2, choice);
    } else {
      for (unsigned c = 0; c < kTlpClasses; ++c) choose(c, choice);
    }
    if (choice.offer == nullptr) {
      if (!choice.starved) {
        if (choice.changed) continue;
        return kNever;
      }
      ++credit_stalls;
      return next_return();
    }
    send(choice, now);
  }
}

void LinkDirection::choose_alone(unsigned c, Choice& choice) {
  Ring& ring = rings_[c];
  const unsigned source = ring.order.front();
  const TlpOffer* head = owner_.head(source, static_cast<TlpClass>(c));
  if (head == nullptr) {
    ring.member[source] = 0;
    --waiting_sources_;
    ring.order.pop_front();
    choice.changed = true;
  } else if (!has_credit(static_cast<TlpClass>(c), head->data_bytes)) {
    choice.starved = true;
  } else {
    choice.offer = head;
    choice.cls = c;
    choice.at = 0;
  }
}

// In a class, the source whose turn it is and that may send; of the classes' choices, the oldest.
void LinkDirection::choose(unsigned c, Choice& choice) {
  const auto cls = static_cast<TlpClass>(c);
  Ring& ring = rings_[c];
  for (std::size_t at = 0; at < ring.order.size();) {
    const unsigned source = ring.order[at];
    const TlpOffer* head = owner_.head(source, cls);
    if (head == nullptr) {
      ring.member[source] = 0;
      --waiting_sources_;
      ring.order.erase(at);
      continue;
    }
    if (!has_credit(cls, head->data_bytes)) {
      choice.starved = true;  // no TLP of a class overtakes another of it for lack of credit
      return;
    }
    if (cls != TlpClass::Posted && blocked_by_order(source, *head)) {
      ++at;
      continue;
    }
    if (choice.offer == nullptr || head->age < choice.offer->age) {
      choice.offer = head;
      choice.cls = c;
      choice.at = at;
    }
    return;
  }
}

void LinkDirection::send(const Choice& choice, Tick now) {
  const auto cls = static_cast<TlpClass>(choice.cls);
  Ring& ring = rings_[choice.cls];
  const unsigned source = ring.order[choice.at];
  ring.last = source;
  occupy(choice.cls, *choice.offer, now);
  const bool alone = ring.order.size() == 1;
  const bool more = owner_.sent(source, cls, now, wire_free_);
  if (more && alone) return;  // its turn again
  ring.order.erase(choice.at);
  if (more) {
    ring.order.push_back(source);
  } else {
    ring.member[source] = 0;
    --waiting_sources_;
  }
}

}  // namespace phbsim::pcie
