// SPDX-License-Identifier: Apache-2.0
// One direction of a link by itself: the wire, credits of all classes, and PCIe's ordering rules
// with posted, non-posted and completion TLPs in one direction.
#include <deque>
#include <vector>

#include "models/pcie/link_direction.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::pcie;

namespace {

constexpr TlpClass P = TlpClass::Posted;
constexpr TlpClass N = TlpClass::NonPosted;
constexpr TlpClass C = TlpClass::Completion;
constexpr Tick kByte = 1000;  // gen1 x4: 2.5 GT/s x 8/10 x 4 = 1 GB/s

LinkParams one_gigabyte() {
  LinkParams p;
  p.gen = 1;
  p.lanes = 4;
  p.dllp_overhead = false;
  return p;
}

struct Sent {
  int name;
  Tick start;
  Tick end;
  bool operator==(const Sent& o) const { return name == o.name && start == o.start && end == o.end; }
};
std::ostream& operator<<(std::ostream& out, const Sent& s) {
  return out << "TLP " << s.name << " [" << s.start << ", " << s.end << ")";
}

/// Queues of TLPs by source and class; keeps what was sent in order.
class Bench final : LinkDirection::Sources {
 public:
  explicit Bench(const CreditLimits& limits = {}, unsigned sources = 2, const LinkParams& p = one_gigabyte())
      : direction(p, limits, sources, *this), queues_(sources) {}

  void add(int name, unsigned source, TlpClass cls, unsigned wire, unsigned data = 0, bool relaxed = false) {
    Item i;
    i.name = name;
    i.offer.wire_bytes = wire;
    i.offer.data_bytes = data;
    i.offer.age = age_++;
    i.offer.relaxed = relaxed;
    queues_[source][static_cast<unsigned>(cls)].push_back(i);
    direction.offer(source, cls);
  }
  /// Pumps from `now` for as long as it asks to be called again.
  void run(Tick now) {
    for (Tick next = now; next != kNever;) {
      now = next;
      next = direction.pump(now);
      REQUIRE((next == kNever || next > now));
    }
  }
  std::vector<int> names() const {
    std::vector<int> n;
    for (const Sent& s : sent_log) n.push_back(s.name);
    return n;
  }

  LinkDirection direction;
  std::vector<Sent> sent_log;

 private:
  struct Item {
    int name = 0;
    TlpOffer offer;
  };
  const TlpOffer* head(unsigned source, TlpClass cls) override {
    auto& q = queues_[source][static_cast<unsigned>(cls)];
    return q.empty() ? nullptr : &q.front().offer;
  }
  bool sent(unsigned source, TlpClass cls, Tick start, Tick end) override {
    auto& q = queues_[source][static_cast<unsigned>(cls)];
    sent_log.push_back({q.front().name, start, end});
    q.pop_front();
    return !q.empty();
  }
  std::vector<std::array<std::deque<Item>, kTlpClasses>> queues_;
  std::uint64_t age_ = 0;
};

using Names = std::vector<int>;

CreditLimits limits(unsigned p, unsigned np, unsigned cpl, unsigned pd = 0, unsigned npd = 0, unsigned cpld = 0) {
  return {{p, np, cpl}, {pd, npd, cpld}};
}

}  // namespace

TEST_CASE("TLPs follow each other on the wire without a gap") {
  Bench b;
  b.add(1, 0, P, 100);
  b.add(2, 0, P, 24);
  CHECK(b.direction.pump(500) == 500 + 100 * kByte);  // asks for the end of the first
  CHECK(b.sent_log.size() == 1);
  CHECK(b.direction.pump(500 + 100 * kByte - 1) == 500 + 100 * kByte);
  CHECK(b.sent_log.size() == 1);
  b.run(500 + 100 * kByte);
  CHECK(b.sent_log == std::vector<Sent>{{1, 500, 500 + 100 * kByte}, {2, 500 + 100 * kByte, 500 + 124 * kByte}});
  CHECK(b.direction.tlps == 2);
  CHECK(b.direction.bytes == 124);
  CHECK(b.direction.busy == 124 * kByte);
  CHECK(b.direction.pump(10'000'000) == kNever);
}

TEST_CASE("Fractions of a picosecond are carried: many TLPs take the exact time") {
  LinkParams p;
  p.gen = 4;
  p.lanes = 16;
  p.mps = 256;
  // 8 bits x 130/128 / (16 GT/s x 16) = 31.738 ps a byte; DLLPs leave 1 - 16/168 - 4/1538 of it.
  const double exact = 8.0 * 130 / 128 / (16 * 16) * 1000 / (1 - 16.0 / 168 - 4.0 / 1538);
  Bench b({}, 1, p);
  Tick total = 0;
  for (unsigned i = 1; i <= 100'000; ++i) {
    const unsigned n = 24 + i % 300;
    const Tick t = b.direction.wire_time(n);
    REQUIRE(static_cast<double>(t) > n * exact - 1);
    REQUIRE(static_cast<double>(t) < n * exact + 1);
    total += t;
  }
  double bytes = 0;
  for (unsigned i = 1; i <= 100'000; ++i) bytes += 24 + i % 300;
  CHECK(std::abs(static_cast<double>(total) - bytes * exact) < 1.01);
}

TEST_CASE("TLPs of a source go in order of age across the classes when nothing holds them") {
  Bench b;
  b.add(1, 0, N, 24);
  b.add(2, 0, P, 24);
  b.add(3, 0, C, 24);
  b.add(4, 0, N, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 2, 3, 4});
}

TEST_CASE("A posted TLP passes a non-posted one that has no credit") {
  Bench b(limits(0, 1, 0));
  b.add(1, 0, N, 24);
  b.add(2, 0, N, 24);
  b.add(3, 0, P, 24);
  b.add(4, 0, P, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 3, 4});
  b.direction.give_back(N, 0, 200'000);
  b.run(100'000);
  CHECK(b.sent_log.back() == Sent{2, 200'000, 200'000 + 24 * kByte});
}

TEST_CASE("A posted TLP passes a completion that has no credit") {
  Bench b(limits(0, 0, 1));
  b.add(1, 0, C, 24);
  b.add(2, 0, C, 24);
  b.add(3, 0, P, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 3});
}

TEST_CASE("A non-posted TLP does not pass an earlier posted one that has no credit") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, P, 24);
  b.add(3, 0, N, 24);
  b.run(0);
  CHECK(b.names() == Names{1});
  b.direction.give_back(P, 0, 300'000);
  b.run(24'000);
  CHECK(b.sent_log ==
        std::vector<Sent>{{1, 0, 24'000}, {2, 300'000, 324'000}, {3, 324'000, 348'000}});
}

TEST_CASE("A completion does not pass an earlier posted TLP of its source") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, P, 24);
  b.add(3, 0, C, 24);
  b.run(0);
  CHECK(b.names() == Names{1});
  b.direction.give_back(P, 0, 300'000);
  b.run(24'000);
  CHECK(b.names() == Names{1, 2, 3});
}

TEST_CASE("A completion passes a non-posted TLP that has no credit, so that reads both ways cannot lock up") {
  Bench b(limits(0, 1, 0));
  b.add(1, 0, N, 24);
  b.add(2, 0, N, 24);
  b.add(3, 0, C, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 3});
}

TEST_CASE("A non-posted TLP passes a completion that has no credit") {
  Bench b(limits(0, 0, 1));
  b.add(1, 0, C, 24);
  b.add(2, 0, C, 24);
  b.add(3, 0, N, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 3});
}

TEST_CASE("What is behind one posted TLP only waits for that one, not for later ones") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, N, 24);
  b.add(3, 0, C, 24);
  b.add(4, 0, P, 24);  // waits for credit, younger than 2 and 3
  b.run(0);
  CHECK(b.names() == Names{1, 2, 3});
}

TEST_CASE("A relaxed TLP passes earlier posted ones") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, P, 24);
  b.add(3, 0, N, 24, 0, true);
  b.add(4, 0, C, 24, 0, true);
  b.add(5, 0, N, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 3, 4});
}

TEST_CASE("Order binds a source to its own posted TLPs only") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, P, 24);
  b.add(3, 1, N, 24);
  b.add(4, 1, C, 24);
  b.add(5, 0, N, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 3, 4});
}

TEST_CASE("A held non-posted TLP does not stop another source's") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, P, 24);
  b.add(3, 0, N, 24);  // first in turn, but behind 2
  b.add(4, 1, N, 24);
  b.add(5, 1, N, 24);
  b.run(0);
  CHECK(b.names() == Names{1, 4, 5});
}

TEST_CASE("Within a class none overtakes another for lack of data credit") {
  Bench b(limits(0, 0, 0, 8));  // 8 units of 16 bytes
  b.add(1, 0, P, 88, 64);
  b.add(2, 0, P, 152, 128);
  b.add(3, 0, P, 40, 16);
  b.add(4, 1, P, 40, 16);
  b.add(5, 1, P, 40, 16);
  b.run(0);
  // Each had its turn; now it is 2's, and 5, for which there is credit, waits behind it.
  CHECK(b.names() == Names{1, 4});
  b.direction.give_back(P, 64, 500'000);
  b.run(128'000);
  CHECK(b.names() == Names{1, 4});
  b.direction.give_back(P, 16, 600'000);
  b.run(600'000);
  CHECK(b.names() == Names{1, 4, 2});
}

TEST_CASE("Data credits are units of 16 bytes, begun ones included") {
  Bench b(limits(0, 0, 0, 3));
  b.add(1, 0, P, 57, 33);  // three units
  b.add(2, 0, P, 25, 1);
  b.run(0);
  CHECK(b.names() == Names{1});
  b.direction.give_back(P, 33, 500'000);
  b.run(57'000);
  CHECK(b.sent_log.back() == Sent{2, 500'000, 525'000});
  // Two more are left.
  b.add(3, 0, P, 56, 32);
  b.run(600'000);
  CHECK(b.sent_log.back().name == 3);
}

TEST_CASE("Headers and data of the three classes are counted apart") {
  Bench b(limits(2, 1, 1, 4, 1, 4));
  b.add(1, 0, P, 88, 64);   // all posted data
  b.add(2, 0, N, 24, 16);   // all of non-posted
  b.add(3, 0, C, 84, 64);   // all of completion
  b.add(4, 1, P, 40, 16);   // a header is there, data is not
  b.add(5, 1, N, 24);
  b.add(6, 1, C, 20);
  b.run(0);
  CHECK(b.names() == Names{1, 2, 3});
  b.direction.give_back(C, 64, 400'000);
  b.direction.give_back(N, 16, 500'000);
  b.direction.give_back(P, 64, 600'000);
  b.run(196'000);
  // 5 and 6 come before 4 for the sake of their credits; no posted TLP of their source is older
  // than what they are behind: 4 is, so they wait for it.
  CHECK(b.sent_log.size() == 6);
  CHECK(b.sent_log[3] == Sent{4, 600'000, 640'000});
  CHECK(b.sent_log[4] == Sent{5, 640'000, 664'000});
  CHECK(b.sent_log[5] == Sent{6, 664'000, 684'000});
}

TEST_CASE("A credit is usable at its time and not one picosecond before") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, P, 24);
  b.direction.pump(0);
  b.direction.give_back(P, 0, 100'000);
  CHECK(b.direction.pump(99'999) == 100'000);
  CHECK(b.sent_log.size() == 1);
  b.direction.pump(100'000);
  CHECK(b.sent_log.size() == 2);
}

TEST_CASE("Without credit and without any on its way the direction waits to be told") {
  Bench b(limits(1, 0, 0));
  b.add(1, 0, P, 24);
  b.add(2, 0, P, 24);
  b.run(0);
  CHECK(b.direction.pump(50'000) == kNever);
  CHECK(b.direction.credit_stalls >= 1);
  CHECK(b.sent_log.size() == 1);
}

TEST_CASE("Sources take turns TLP by TLP within a class") {
  Bench b({}, 3);
  for (int i = 0; i < 3; ++i) b.add(10 + i, 0, P, 24);
  for (int i = 0; i < 3; ++i) b.add(20 + i, 1, P, 24);
  b.add(30, 2, P, 24);
  b.run(0);
  CHECK(b.names() == Names{10, 20, 30, 11, 21, 12, 22});
}

TEST_CASE("All three classes from two sources share the wire by age and turn") {
  Bench b(limits(8, 8, 8, 64, 64, 64));
  for (unsigned s = 0; s < 2; ++s) {
    const int base = static_cast<int>(100 * (s + 1));
    b.add(base + 1, s, P, 88, 64);
    b.add(base + 2, s, N, 24);
    b.add(base + 3, s, C, 84, 64);
  }
  b.run(0);
  const Names n = b.names();
  REQUIRE(n.size() == 6);
  CHECK(n == Names{101, 102, 103, 201, 202, 203});
  CHECK(b.sent_log.back().end == 2 * (88 + 24 + 84) * kByte);
}
