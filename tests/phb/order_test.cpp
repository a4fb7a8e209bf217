// SPDX-License-Identifier: Apache-2.0
// PCIe ordering inside the PHB: posted writes of a requester keep their order, reads and MSIs do not
// pass them (phb.md 1.8).
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using stats::Stage;
using stats::Stat;

namespace {

constexpr RealAddr kReal = 0x1000000;

/// Window 0 with a page that misses; window 1 without translation: what goes there overtakes unless
/// order holds it.
struct OrderBench {
  Rig rig;
  Window window = rig.translated(kPe);
  BusAddr slow = rig.map(window, 3, kReal);
  Tick t = 0;
  Tick walked = 0;  ///< a request of time t to `slow` has its translation

  OrderBench() {
    rig.bypass(kPe);
    rig.assign(kRid + 1, kPe);
    t = rig.warm();
    Dma d;  // the other requester's RTE
    d.rid = kRid + 1;
    d.addr = kUpper | 0x10;
    d.data.assign(8, 0);
    rig.device().issue(t, d);
    rig.run_for(5 * kPsPerUs);
    rig.system.registry().reset();
    t = rig.now();
    walked = t + kFront + kLookup + kMem;
  }
  Dma other(BusAddr addr, bool write = false) {
    Dma d;
    d.rid = kRid + 1;
    d.addr = addr;
    d.write = write;
    d.data.assign(64, 0xEE);
    return d;
  }
};

}  // namespace

TEST_CASE("A read does not pass an earlier write of its requester, and reads what it wrote") {
  OrderBench b;
  const Dma& w = b.rig.device().write(b.t, b.slow, 64, 0x30);
  const Dma& r = b.rig.device().read(b.t + 20 * kNs, kUpper | kReal);  // the same bytes, untranslated
  CHECK(b.rig.done_exactly(w, b.walked + kWrite));
  CHECK(b.rig.done_exactly(r, b.walked + kMem));
  CHECK(r.data == w.data);
  CHECK(b.rig.count(Stat::PhbOrderStalls) == 1);
  CHECK(r.stage(Stage::Queue) == b.walked - (b.t + 20 * kNs + kFront));
}

TEST_CASE("A relaxed read passes it") {
  OrderBench b;
  b.rig.device().write(b.t, b.slow, 64, 0x30);
  Dma d;
  d.rid = kRid;
  d.addr = kUpper | kReal;
  d.data.assign(64, 0);
  d.relaxed = true;
  const Tick u = b.t + 20 * kNs;
  const Dma& r = b.rig.device().issue(u, d);
  CHECK(b.rig.done_exactly(r, u + kFront + kMem));
  CHECK(r.data == std::vector<unsigned char>(64, 0));
  CHECK(b.rig.count(Stat::PhbOrderStalls) == 0);
}

TEST_CASE("A read of another requester passes it") {
  OrderBench b;
  b.rig.device().write(b.t, b.slow, 64, 0x30);
  const Tick u = b.t + 20 * kNs;
  const Dma& r = b.rig.device().issue(u, b.other(kUpper | kReal));
  CHECK(b.rig.done_exactly(r, u + kFront + kMem));
}

TEST_CASE("A read waits for the newest earlier write only until it is under way to memory") {
  OrderBench b;
  b.rig.device().write(b.t, b.slow, 64);
  const Dma& r = b.rig.device().read(b.walked + 10 * kNs, kUpper | 0x9000);
  CHECK(b.rig.done_exactly(r, b.walked + 10 * kNs + kFront + kMem));
  CHECK(b.rig.count(Stat::PhbOrderStalls) == 0);
}

TEST_CASE("Reads behind one write keep their order") {
  OrderBench b;
  b.rig.device().write(b.t, b.slow, 64);
  const Dma* r[3];
  for (unsigned i = 0; i < 3; ++i) r[i] = &b.rig.device().read(b.t + 20 * kNs, kUpper | (0x9000 + 0x1000 * i));
  b.rig.run_to(b.walked + kMem);
  for (unsigned i = 0; i < 3; ++i) {
    REQUIRE(r[i]->done == b.walked + kMem);
    if (i > 0) CHECK(r[i]->rank > r[i - 1]->rank);
  }
}

TEST_CASE("Writes keep their order although the first misses and the second does not") {
  OrderBench b;
  const Dma& first = b.rig.device().write(b.t, b.slow, 64, 0x10);
  const Dma& second = b.rig.device().write(b.t + 20 * kNs, kUpper | kReal, 64, 0x80);
  CHECK(b.rig.turns_true_at(b.walked + kWrite, [&] { return first.is_done() && second.is_done(); }));
  CHECK(first.rank < second.rank);
  CHECK(b.rig.bytes(kReal, 64) == second.data);  // the later write is the last
  CHECK(b.rig.count(Stat::PhbOrderStalls) == 1);
  CHECK(second.stage(Stage::Queue) == b.walked - (b.t + 20 * kNs + kFront));
}

TEST_CASE("A write of another requester does not wait") {
  OrderBench b;
  b.rig.device().write(b.t, b.slow, 64);
  const Tick u = b.t + 20 * kNs;
  const Dma& w = b.rig.device().issue(u, b.other(kUpper | 0x9000, true));
  CHECK(b.rig.done_exactly(w, u + kFront + kWrite));
}

TEST_CASE("A write does not wait for an earlier read") {
  OrderBench b;
  b.rig.device().read(b.t, b.slow);
  const Tick u = b.t + 20 * kNs;
  const Dma& w = b.rig.device().write(u, kUpper | 0x9000, 64);
  CHECK(b.rig.done_exactly(w, u + kFront + kWrite));
}

TEST_CASE("An MSI is delivered behind the earlier writes of its requester, with their data in memory") {
  OrderBench b;
  b.rig.state().set_msi_pe(0x123, kPe);
  const Dma& w = b.rig.device().write(b.t, b.slow, 64, 0x55);
  const Dma& m = b.rig.device().msi(b.t + 20 * kNs, 0x123);
  std::vector<unsigned char> seen;
  b.rig.on_msi = [&](const Rig::Msi&) { seen = b.rig.bytes(kReal, 64); };
  CHECK(b.rig.turns_true_at(b.walked, [&] { return b.rig.msis.size() == 1; }));
  CHECK(b.rig.msis[0].source == 0x123);
  CHECK(seen == w.data);
  CHECK(m.done == b.walked);
  CHECK(m.ok);
  CHECK(b.rig.count(Stat::PhbMsis) == 1);
}

TEST_CASE("An MSI of another requester is not held") {
  OrderBench b;
  b.rig.state().set_msi_pe(0x123, kPe);
  b.rig.device().write(b.t, b.slow, 64);
  const arch::MsiMessage message = arch::encode_msi(0x123, true);
  Dma d = b.other(message.addr, true);
  d.data = {static_cast<unsigned char>(message.data), 0, 0, 0};
  const Tick u = b.t + 20 * kNs;
  b.rig.device().issue(u, d);
  CHECK(b.rig.turns_true_at(u + kFront, [&] { return b.rig.msis.size() == 1; }));
}

TEST_CASE("A write that faults lets those behind it go") {
  OrderBench b;
  b.rig.reg(arch::Reg::RxeTceFreeze, 0);
  b.rig.state().set_msi_pe(0x123, kPe);
  const Dma& bad = b.rig.device().write(b.t, b.window.page(9), 64);  // not mapped
  const Dma& good = b.rig.device().write(b.t + 20 * kNs, kUpper | 0x9000, 64);
  const Dma& read = b.rig.device().read(b.t + 40 * kNs, kUpper | 0x9000);
  const Dma& msi = b.rig.device().msi(b.t + 60 * kNs, 0x123);
  CHECK(b.rig.turns_true_at(b.walked, [&] { return bad.is_done() && msi.is_done(); }));
  CHECK(b.rig.done_exactly(good, b.walked + kWrite));
  CHECK(b.rig.done_exactly(read, b.walked + kMem));
  CHECK(bad.fault == arch::Fault::TcePageFault);
  CHECK(read.data == good.data);
}

TEST_CASE("Reads keep no order among each other") {
  OrderBench b;
  const Dma& slow = b.rig.device().read(b.t, b.slow);
  const Dma& quick = b.rig.device().read(b.t + 20 * kNs, kUpper | 0x9000);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(quick.rank < slow.rank);
}

TEST_CASE("A write of many lines holds later reads until its last line is under way") {
  auto spec = rig_spec();
  spec.phbs[0].phb.write_engines = 2;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& w = rig.device().write(t, kUpper | 0x8000, 512, 3);
  const Dma& r = rig.device().read(t, kUpper | 0x8180, 128);  // its last line
  CHECK(rig.done_exactly(w, t + kFront + 2 * kWrite));
  CHECK(rig.done_exactly(r, t + kFront + kWrite + kMem));
  CHECK(std::equal(r.data.begin(), r.data.end(), w.data.begin() + 384));
}
