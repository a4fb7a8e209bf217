// SPDX-License-Identifier: Apache-2.0
// Requests over the link to the picosecond: serialisation, splitting, credits, tags, completions.
// The wire carries a byte a nanosecond (gen1 x4, DLLPs free); a 64-bit request has 24 bytes of
// overhead, a completion 20.
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using stats::Stage;
using stats::Stat;

namespace {

constexpr Tick kFly = 65 * kNs;
constexpr Tick kReturn = 80 * kNs;
constexpr unsigned kHead = 24;
constexpr unsigned kCpl = 20;

build::SystemSpec slow_link(unsigned devices = 1) {
  auto spec = link_spec(devices);
  auto& p = spec.phbs[0].link;
  p.gen = 1;
  p.lanes = 4;
  p.ecrc = false;
  p.dllp_overhead = false;
  p.propagation = kFly;
  p.credit_return = kReturn;
  return spec;
}

Tick warm(Rig& rig) {
  for (unsigned n = 0; n < rig.system.phbs()[0].spec.devices; ++n) rig.bypass(kPe + n);
  return rig.warm();
}

}  // namespace

TEST_CASE("A read crosses the link, is served, and its completion crosses back") {
  Rig rig(slow_link());
  rig.fill(0x5000, 64);
  const Tick t = warm(rig);
  const Dma& r = rig.device().read(t, kUpper | 0x5000, 64);
  CHECK(rig.done_exactly(r, t + kHead * kNs + kFly + kFront + kMem + (kCpl + 64) * kNs + kFly));
  CHECK(r.data == rig.bytes(0x5000, 64));
  CHECK(r.stage(Stage::Link) == kHead * kNs + kFly);
  CHECK(r.stage(Stage::RidLookup) == kRidTime);
  CHECK(r.stage(Stage::Tve) == kTveTime);
  CHECK(r.stage(Stage::Memory) == kMem);
  CHECK(r.stage(Stage::Completion) == (kCpl + 64) * kNs + kFly);
  CHECK(r.stage(Stage::Queue) == 0);
  CHECK(rig.count(Stat::LinkUpBytes) == kHead);
  CHECK(rig.count(Stat::LinkDownBytes) == kCpl + 64);
  CHECK(rig.count(Stat::LinkUpBusy) == kHead * kNs);
}

TEST_CASE("A write crosses the link with its data and is answered when performed") {
  Rig rig(slow_link());
  const Tick t = warm(rig);
  const Dma& w = rig.device().write(t, kUpper | 0x5000, 64, 9);
  CHECK(rig.done_exactly(w, t + (kHead + 64) * kNs + kFly + kFront + kWrite));
  CHECK(rig.bytes(0x5000, 64) == w.data);
  CHECK(w.stage(Stage::Link) == (kHead + 64) * kNs + kFly);
  CHECK(rig.count(Stat::LinkDownTlps) == 0);
}

TEST_CASE("Addresses below 4 GiB take a header four bytes shorter, ECRC adds four to each TLP") {
  auto spec = slow_link();
  spec.phbs[0].link.ecrc = true;
  Rig rig(spec);
  const Tick t = warm(rig);
  rig.bypass(kPe, false);
  const Dma& low = rig.device().read(t, 0x5000, 64);
  CHECK(rig.done_exactly(low, t + (kHead - 4 + 4) * kNs + kFly + kFront + kMem + (kCpl + 4 + 64) * kNs + kFly));
  const Tick u = t + 10 * kPsPerUs;
  const Dma& high = rig.device().read(u, kUpper | 0x5000, 64);
  CHECK(rig.done_exactly(high, u + (kHead + 4) * kNs + kFly + kFront + kMem + (kCpl + 4 + 64) * kNs + kFly));
}

TEST_CASE("A read larger than the read request size becomes several") {
  auto spec = slow_link();
  spec.phbs[0].link.mrrs = 128;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& r = rig.device().read(t, kUpper | 0x5000, 256);
  // The second completion follows the first on the wire: its request came 24 ns later, its data is
  // there before the wire is free.
  const Tick data = t + kHead * kNs + kFly + kFront + kMem;
  CHECK(rig.done_exactly(r, data + 2 * (kCpl + 128) * kNs + kFly));
  CHECK(rig.count(Stat::LinkUpTlps) == 2);
  // Booked is the second TLP: 24 ns for the wire up, then its completion's wait for the first.
  CHECK(r.stage(Stage::Queue) == kHead * kNs + (kCpl + 128) * kNs - kHead * kNs);
}

TEST_CASE("A write larger than the payload size becomes several, the last one counts") {
  auto spec = slow_link();
  spec.phbs[0].link.mps = 128;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& w = rig.device().write(t, kUpper | 0x5000, 300, 1);
  const Tick last = (3 * kHead + 300) * kNs;  // 128, 128, 44
  CHECK(rig.done_exactly(w, t + last + kFly + kFront + kWrite));
  CHECK(rig.count(Stat::LinkUpTlps) == 3);
  CHECK(rig.bytes(0x5000, 300) == w.data);
  CHECK(w.stage(Stage::Queue) == (2 * kHead + 256) * kNs);
}

TEST_CASE("No TLP crosses a 4 KiB boundary") {
  Rig rig(slow_link());
  const Tick t = warm(rig);
  const Dma& w = rig.device().write(t, kUpper | 0x5FC0, 128, 1);
  CHECK(rig.done_exactly(w, t + 2 * (kHead + 64) * kNs + kFly + kFront + kWrite));
  CHECK(rig.count(Stat::LinkUpTlps) == 2);
  CHECK(rig.bytes(0x5FC0, 128) == w.data);
}

TEST_CASE("Completions of one read follow each other on the wire") {
  auto spec = slow_link();
  spec.phbs[0].link.mps = 128;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& r = rig.device().read(t, kUpper | 0x5040, 512);  // 64, 128, 128, 128, 64
  const Tick data = t + kHead * kNs + kFly + kFront + kMem;
  CHECK(rig.done_exactly(r, data + (5 * kCpl + 512) * kNs + kFly));
  CHECK(rig.count(Stat::LinkDownTlps) == 5);
  // Of its own completion the last 84 bytes are completion, what was before is queue.
  CHECK(r.stage(Stage::Completion) == (kCpl + 64) * kNs + kFly);
  CHECK(r.stage(Stage::Queue) == (4 * kCpl + 448) * kNs);
}

TEST_CASE("A completion leaves when its last line is there, while later lines are still awaited") {
  auto spec = slow_link();
  spec.phbs[0].link.mps = 128;
  spec.pec_engines[0] = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& r = rig.device().read(t, kUpper | 0x5000, 256);
  // Lines 250 ns apart, a completion takes 148 ns: each leaves at once.
  const Tick line = t + kHead * kNs + kFly + kFront;
  CHECK(rig.turns_true_at(line + kMem, [&] { return rig.count(Stat::LinkDownTlps) == 1; }));
  CHECK(rig.done_exactly(r, line + 2 * kMem + (kCpl + 128) * kNs + kFly));
}

TEST_CASE("An error completion has no data") {
  Rig rig(slow_link());
  const Tick t = warm(rig);
  const Dma& r = rig.device().read(t, 0x5000, 512);  // window 0 is empty
  CHECK(rig.done_exactly(r, t + (kHead - 4) * kNs + kFly + kFront + kCpl * kNs + kFly));
  CHECK(r.fault == arch::Fault::TveInvalid);
  CHECK(rig.count(Stat::LinkDownBytes) == kCpl);
}

TEST_CASE("A read without header credit waits for the return of one") {
  auto spec = slow_link();
  spec.phbs[0].link.credit_np_headers = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& a = rig.device().read(t, kUpper | 0x5000, 64);
  const Dma& b = rig.device().read(t, kUpper | 0x6000, 64);
  const Tick served = kFly + kFront + kMem + (kCpl + 64) * kNs + kFly;
  // The first leaves the buffer when its line is under way; the credit takes 80 ns back.
  const Tick second = t + kHead * kNs + kFly + kFront + kReturn;
  CHECK(rig.done_exactly(a, t + kHead * kNs + served));
  CHECK(rig.done_exactly(b, second + kHead * kNs + served));
  CHECK(b.stage(Stage::Queue) == second - t);
  CHECK(rig.count(Stat::LinkCreditStalls) >= 1);
}

TEST_CASE("A translated read holds its header credit through the walk") {
  auto spec = slow_link();
  spec.phbs[0].link.credit_np_headers = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  Window w = rig.translated(kPe, 2);
  rig.map(w, 1, 0x100000);
  const Dma& a = rig.device().read(t, w.page(1), 64);
  const Dma& b = rig.device().read(t, w.page(1) + 64, 64);
  constexpr Tick kShort = (kHead - 4) * kNs;  // the window lies below 4 GiB
  const Tick second = t + kShort + kFly + kFront + kLookup + 2 * kMem + kReturn;
  const Tick served = kMem + (kCpl + 64) * kNs + kFly;
  CHECK(rig.done_exactly(a, second - kReturn + served));
  CHECK(rig.done_exactly(b, second + kShort + kFly + kFront + kHit + served));
}

TEST_CASE("A write without data credit waits, although a header is there") {
  auto spec = slow_link();
  spec.phbs[0].link.credit_p_headers = 8;
  spec.phbs[0].link.credit_p_data = 16;  // 256 bytes
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& a = rig.device().write(t, kUpper | 0x5000, 256);
  const Dma& b = rig.device().write(t, kUpper | 0x6000, 16);
  const Tick second = t + (kHead + 256) * kNs + kFly + kFront + kReturn;
  CHECK(rig.done_exactly(a, t + (kHead + 256) * kNs + kFly + kFront + kWrite));
  CHECK(rig.done_exactly(b, second + (kHead + 16) * kNs + kFly + kFront + kWrite));
}

TEST_CASE("A write without header credit waits, although data is there") {
  auto spec = slow_link();
  spec.phbs[0].link.credit_p_headers = 2;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma* w[3];
  for (unsigned i = 0; i < 3; ++i) w[i] = &rig.device().write(t, kUpper | (0x5000 + 64 * i), 16);
  const Tick each = (kHead + 16) * kNs;
  const Tick third = t + each + kFly + kFront + kReturn;  // the first's credit
  CHECK(rig.done_exactly(*w[0], t + each + kFly + kFront + kWrite));
  CHECK(rig.done_exactly(*w[1], t + 2 * each + kFly + kFront + kWrite));
  CHECK(rig.done_exactly(*w[2], third + each + kFly + kFront + kWrite));
}

TEST_CASE("A read without a tag waits for the end of another") {
  auto spec = slow_link();
  spec.phbs[0].link.tags = 2;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma* r[3];
  for (unsigned i = 0; i < 3; ++i) r[i] = &rig.device().read(t, kUpper | (0x5000 + 64 * i), 64);
  const Tick served = kFly + kFront + kMem + (kCpl + 64) * kNs + kFly;
  const Tick first = t + kHead * kNs + served;
  CHECK(rig.done_exactly(*r[0], first));
  CHECK(rig.done_exactly(*r[1], first + (kCpl + 64) * kNs));  // behind the first completion
  CHECK(rig.done_exactly(*r[2], first + kHead * kNs + served));
  CHECK(r[2]->stage(Stage::Queue) == first - t);
  CHECK(rig.count(Stat::LinkTagStalls) == 1);
}

TEST_CASE("Writes go on while reads wait for tags") {
  auto spec = slow_link();
  spec.phbs[0].link.tags = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  rig.device().read(t, kUpper | 0x5000, 64);
  rig.device().read(t, kUpper | 0x6000, 64);
  const Dma& w = rig.device().write(t, kUpper | 0x7000, 64);
  CHECK(rig.done_exactly(w, t + kHead * kNs + (kHead + 64) * kNs + kFly + kFront + kWrite));
}

TEST_CASE("A read made in the completion of another does not take the tag of an older one") {
  auto spec = slow_link();
  spec.phbs[0].link.tags = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& a = rig.device().read(t, kUpper | 0x5000, 64);
  const Dma& b = rig.device().read(t, kUpper | 0x6000, 64);
  const Dma* c = nullptr;
  rig.device().on_done = [&](const Dma& d) {
    if (&d != &a) return;
    Dma next;
    next.rid = kRid;
    next.addr = kUpper | 0x7000;
    next.data.assign(64, 0);
    c = &rig.device().issue_now(next);
  };
  const Tick one = kHead * kNs + kFly + kFront + kMem + (kCpl + 64) * kNs + kFly;
  CHECK(rig.done_exactly(a, t + one));
  REQUIRE(c != nullptr);
  CHECK(rig.done_exactly(b, t + 2 * one));
  CHECK(rig.done_exactly(*c, t + 3 * one));
}

TEST_CASE("A posted write passes reads that wait for credit, a read does not pass a waiting write") {
  auto spec = slow_link();
  spec.phbs[0].link.credit_np_headers = 1;
  spec.phbs[0].link.credit_p_headers = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  rig.device().read(t, kUpper | 0x5000, 64);
  const Dma& stuck = rig.device().read(t, kUpper | 0x6000, 64);
  const Dma& w1 = rig.device().write(t, kUpper | 0x7000, 16);
  const Dma& w2 = rig.device().write(t, kUpper | 0x7100, 16);
  const Dma& behind = rig.device().read(t, kUpper | 0x7100, 16);
  const Tick w1_sent = t + kHead * kNs + (kHead + 16) * kNs;
  CHECK(rig.done_exactly(w1, w1_sent + kFly + kFront + kWrite));
  rig.run_for(10 * kPsPerUs);
  CHECK(stuck.stage(Stage::Queue) > 0);
  CHECK(w1.rank < stuck.rank);
  CHECK(w2.rank < behind.rank);
  CHECK(behind.data == w2.data);
}

TEST_CASE("Two devices share the wire in turn") {
  Rig rig(slow_link(2));
  const Tick t = warm(rig);
  const Dma* w[4];
  for (unsigned i = 0; i < 2; ++i) w[i] = &rig.device(0).write(t, kUpper | (0x5000 + 256 * i), 128);
  for (unsigned i = 0; i < 2; ++i) w[2 + i] = &rig.device(1).write(t, kUpper | (0x6000 + 256 * i), 128);
  const Tick each = (kHead + 128) * kNs;
  const Tick first = t + each + kFly + kFront + kWrite;
  CHECK(rig.done_exactly(*w[0], first));
  CHECK(rig.done_exactly(*w[2], first + each));
  CHECK(rig.done_exactly(*w[1], first + 2 * each));
  CHECK(rig.done_exactly(*w[3], first + 3 * each));
}

TEST_CASE("Each device has tags of its own") {
  auto spec = slow_link(2);
  spec.phbs[0].link.tags = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  const Dma& a = rig.device(0).read(t, kUpper | 0x5000, 64);
  const Dma& b = rig.device(1).read(t, kUpper | 0x6000, 64);
  const Tick first = t + kHead * kNs + kFly + kFront + kMem + (kCpl + 64) * kNs + kFly;
  CHECK(rig.done_exactly(a, first));
  CHECK(rig.done_exactly(b, first + (kCpl + 64) * kNs));
}

TEST_CASE("Gen3 x8 with DLLPs takes the exact fraction of a picosecond a byte") {
  auto spec = slow_link();
  auto& p = spec.phbs[0].link;
  p.gen = 3;
  p.lanes = 8;
  p.mps = 256;
  p.dllp_overhead = true;
  Rig rig(spec);
  const Tick t = warm(rig);
  rig.device().write(t, kUpper | 0x5000, 256);
  rig.run_for(5 * kPsPerUs);
  // 8 bits / (8 GT/s x 8) x 130/128 / (1 - 16/203 - 4/1538)
  const double byte = 8.0 / 64 * 130 / 128 * 1000 / (1 - 16.0 / 203 - 4.0 / 1538);
  const double exact = (kHead + 256) * byte;
  // The warm-up's TLP left less than one picosecond of remainder.
  CHECK(static_cast<double>(rig.count(Stat::LinkUpBusy)) > exact - 1);
  CHECK(static_cast<double>(rig.count(Stat::LinkUpBusy)) < exact + 1);
}

TEST_CASE("Relaxed reads pass waiting writes on the link") {
  auto spec = slow_link();
  spec.phbs[0].link.credit_p_headers = 1;
  Rig rig(spec);
  const Tick t = warm(rig);
  rig.device().write(t, kUpper | 0x7000, 16);
  rig.device().write(t, kUpper | 0x7100, 16);
  Dma d;
  d.rid = kRid;
  d.addr = kUpper | 0x5000;
  d.data.assign(64, 0);
  d.relaxed = true;
  const Dma& r = rig.device().issue(t, d);
  CHECK(rig.done_exactly(r, t + (kHead + 16) * kNs + kHead * kNs + kFly + kFront + kMem + (kCpl + 64) * kNs + kFly));
}
