// SPDX-License-Identifier: Apache-2.0
/// One direction of a link: the wire, the receiver's credits, and the order in which TLPs go.
///
/// Ordering (PCIe base specification, strong ordering): posted requests keep their order and may
/// pass blocked non-posted requests and completions; a non-posted request or a completion never
/// passes an earlier posted request of its source. Non-posted requests of a source keep their
/// order; completions keep theirs. Sources share the wire TLP by TLP in turn.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/base/ring_queue.hpp"
#include "models/base/types.hpp"
#include "models/pcie/link_params.hpp"

namespace phbsim::pcie {

enum class TlpClass : std::uint8_t { Posted, NonPosted, Completion };
constexpr unsigned kTlpClasses = 3;

/// Credits of one receiver, header and data (16-byte units) per class; 0 = infinite.
struct CreditLimits {
  std::array<unsigned, kTlpClasses> headers{};
  std::array<unsigned, kTlpClasses> data{};
};

/// The next TLP that a source would send in a class.
struct TlpOffer {
  unsigned wire_bytes = 0;   ///< with overhead
  unsigned data_bytes = 0;   ///< payload, for data credits
  std::uint64_t age = 0;     ///< order of arrival among all offers of the direction
  bool relaxed = false;      ///< may pass earlier posted requests of its source
};

class LinkDirection {
 public:
  /// A source's queues are the owner's; the direction asks for the head of each.
  class Sources {
   public:
    /// Head of a class's queue of a source; nullptr if empty or held back (no tag).
    virtual const TlpOffer* head(unsigned source, TlpClass cls) = 0;
    /// The head is taken: it occupies the wire in [start, end). The owner pops it and says whether
    /// the source may have more of this class.
    virtual bool sent(unsigned source, TlpClass cls, Tick start, Tick end) = 0;

   protected:
    ~Sources() = default;
  };

  LinkDirection(const LinkParams& params, const CreditLimits& limits, unsigned sources, Sources& owner);

  /// A source has something new to offer in a class, or may offer again.
  void offer(unsigned source, TlpClass cls);

  /// Sends a TLP that has just come into being, if nothing else waits and wire and credits are free:
  /// what offer() and pump() would do, without the detour. Its last bit is out at `end`.
  bool send_alone(unsigned source, TlpClass cls, const TlpOffer& tlp, Tick now, Tick& end) {
    if (waiting_sources_ != 0 || wire_free_ > now) return false;
    if (returning_ != 0) settle(now);
    if (!has_credit(cls, tlp.data_bytes)) return false;
    occupy(static_cast<unsigned>(cls), tlp, now);
    rings_[static_cast<unsigned>(cls)].last = source;
    end = wire_free_;
    return true;
  }

  /// Sends what may go at `now`. Returns when to call again (kNever: not before something changes).
  Tick pump(Tick now);

  /// The receiver freed the buffer of a TLP; the credit is usable at `usable`. Calls of a class come
  /// in order of that time.
  void give_back(TlpClass cls, unsigned data_bytes, Tick usable);

  /// Nothing is offered.
  bool idle() const { return waiting_sources_ == 0; }

  Tick wire_time(unsigned n) {
    if (n >= times_.size() || times_[n].whole == kNever) return new_wire_time(n);
    // The remainder is carried, so that many TLPs together take the exact time.
    const WireTime& t = times_[n];
    remainder_ += t.rest;
    if (remainder_ < rate_.den) return t.whole;
    remainder_ -= rate_.den;
    return t.whole + 1;
  }

  std::uint64_t tlps = 0;
  std::uint64_t bytes = 0;
  Tick busy = 0;
  std::uint64_t credit_stalls = 0;

 private:
  struct Returned {
    Tick usable;
    unsigned units;
  };
  struct Ring {
    RingQueue<unsigned> order;
    unsigned last = ~0u;  ///< the source that sent last: others are first
    std::vector<std::uint8_t> member;
  };

  struct WireTime {
    Tick whole = kNever;
    std::uint64_t rest = 0;
  };

  /// What to send next, as it emerges from the rings.
  struct Choice {
    const TlpOffer* offer = nullptr;
    unsigned cls = 0;
    std::size_t at = 0;    ///< in the class's ring
    bool starved = false;  ///< something waits for credit only
    bool changed = false;  ///< a source left its ring: look again
  };

  void choose(unsigned c, Choice& choice);
  void choose_alone(unsigned c, Choice& choice);
  void send(const Choice& choice, Tick now);
  Tick new_wire_time(unsigned n);
  static unsigned units(unsigned data_bytes) { return (data_bytes + 15) / 16; }
  bool has_credit(TlpClass cls, unsigned data_bytes) const {
    const auto c = static_cast<unsigned>(cls);
    if (limits_.headers[c] != 0 && headers_[c] < 1) return false;
    return limits_.data[c] == 0 || data_[c] >= static_cast<std::int64_t>(units(data_bytes));
  }
  void occupy(unsigned c, const TlpOffer& tlp, Tick now) {
    if (limits_.headers[c] != 0) --headers_[c];
    data_[c] -= units(tlp.data_bytes);
    const Tick time = wire_time(tlp.wire_bytes);
    wire_free_ = now + time;
    ++tlps;
    bytes += tlp.wire_bytes;
    busy += time;
  }
  bool blocked_by_order(unsigned source, const TlpOffer& offer);
  void settle(Tick now);
  Tick next_return() const;

  WireRate rate_;
  std::uint64_t remainder_ = 0;
  std::vector<WireTime> times_;  ///< by length, filled as lengths occur
  CreditLimits limits_;
  std::array<std::int64_t, kTlpClasses> headers_{};
  std::array<std::int64_t, kTlpClasses> data_{};
  std::array<RingQueue<Returned>, kTlpClasses> returned_;
  unsigned returning_ = 0;  ///< credits under way, all classes
  std::array<Ring, kTlpClasses> rings_;
  unsigned waiting_sources_ = 0;  ///< members of all rings
  Sources& owner_;
  Tick wire_free_ = 0;
};

}  // namespace phbsim::pcie
