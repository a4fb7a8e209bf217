// SPDX-License-Identifier: Apache-2.0
// What faults do to the requests, the PE and the PHB (phb.md 6), in the timed path.
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Fault;
using arch::Reg;
using stats::Stat;

namespace {

constexpr RealAddr kPest = 0x40000000;

/// PE 5 with a window 0 and one mapped page, PE 6 untranslated; PEST in memory.
struct FaultBench {
  Rig rig;
  Window window = rig.translated(kPe);
  BusAddr page = rig.map(window, 3, 0x1000000, arch::kTceRead);
  Tick t;

  explicit FaultBench(const build::SystemSpec& spec = rig_spec()) : rig(spec) {
    rig.bypass(kPe + 1);
    rig.assign(kRid + 1, kPe + 1);
    rig.reg(Reg::PestBar, arch::kBarEnable | kPest);
    t = rig.warm();
    other();
    rig.system.registry().reset();
    t = rig.now();
  }
  /// A read of the other PE: does it go on?
  const Dma& other() {
    Dma d;
    d.rid = kRid + 1;
    d.addr = kUpper | 0x3000;
    d.data.assign(64, 0);
    const Dma& r = rig.device().issue(rig.now(), d);
    rig.run_for(5 * kPsPerUs);
    return r;
  }
  const Dma& read(BusAddr addr, unsigned length = 64) {
    const Dma& r = rig.device().read(rig.now(), addr, length);
    rig.run_for(5 * kPsPerUs);
    REQUIRE(r.is_done());
    return r;
  }
  const Dma& write(BusAddr addr, unsigned length = 64) {
    const Dma& r = rig.device().write(rig.now(), addr, length, 0x40);
    rig.run_for(5 * kPsPerUs);
    REQUIRE(r.is_done());
    return r;
  }
  std::uint64_t pest(unsigned word, PeNumber pe = kPe) { return rig.store().read_be64(kPest + 16 * pe + 8 * word); }
};

}  // namespace

TEST_CASE("A page fault freezes its PE: later reads fail, writes are dropped, other PEs go on") {
  FaultBench b;
  const Dma& bad = b.rig.device().read(b.t, b.window.page(9));
  const Tick found = b.t + kFront + kLookup + kMem;
  CHECK(b.rig.done_exactly(bad, found));  // answered without data
  CHECK(bad.fault == Fault::TcePageFault);
  CHECK(b.rig.state().dma_stopped(kPe));
  CHECK(b.rig.state().mmio_frozen(kPe));
  b.rig.run_for(5 * kPsPerUs);
  // A stopped PE is found out before its TVE is looked at.
  const Tick u = b.rig.now();
  const Dma& after = b.rig.device().read(u, b.page);
  CHECK(b.rig.done_exactly(after, u + kFront));
  CHECK(after.fault == Fault::PeStopped);
  b.rig.run_for(5 * kPsPerUs);
  const Dma& write = b.rig.device().write(b.rig.now(), kUpper | 0x7000);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(write.fault == Fault::PeStopped);
  CHECK(b.rig.bytes(0x7000, 64) == std::vector<unsigned char>(64, 0));
  CHECK(b.other().ok);
  CHECK_FALSE(b.rig.state().dma_stopped(kPe + 1));
  CHECK(b.rig.count(Stat::PhbFaults) == 1);   // the later ones are no new faults
  CHECK(b.rig.count(Stat::PhbDropped) == 2);
  REQUIRE(b.rig.phb().faults().size() == 1);
  CHECK(b.rig.phb().faults()[0].at == found);
}

TEST_CASE("A frozen PE works again when firmware has cleared both freeze bits") {
  FaultBench b;
  b.read(b.window.page(9));
  CHECK(b.read(b.page).fault == Fault::PeStopped);
  for (const std::uint64_t table : {7ull, 8ull}) b.rig.cpu().write_ioda(b.rig.now(), table << 48 | kPe, 0);
  b.rig.run_for(kPsPerUs);
  CHECK(b.read(b.page).ok);
}

TEST_CASE("Only the DMA-stopped bit stops DMA") {
  FaultBench b;
  b.rig.state().set_frozen(kPe, true, false);
  CHECK(b.read(b.page).ok);
  b.rig.state().set_frozen(kPe, false, true);
  CHECK(b.read(b.page).fault == Fault::PeStopped);
}

TEST_CASE("The first fault of a PE leaves both PEST words in memory, big-endian") {
  FaultBench b;
  const BusAddr addr = b.window.page(9) + 0x2C0;
  b.read(addr);
  // Frozen, DMA read, page fault (bit 18), LEM number, RID 0x0100; stopped, address.
  CHECK(b.pest(0) == (ppc_bit(0) | 2ull << 56 | ppc_bit(18) | 0x24ull << 32 | 0x0100ull << 16));
  CHECK(b.pest(1) == (ppc_bit(0) | addr));
  CHECK(b.pest(0, kPe + 1) == 0);
  // A second fault of the frozen PE changes nothing.
  b.read(b.page);
  CHECK(b.pest(1) == (ppc_bit(0) | addr));
}

TEST_CASE("The PEST write takes its way through memory") {
  FaultBench b;
  b.rig.device().read(b.t, b.window.page(9));
  const std::uint64_t before = b.rig.count(Stat::MemWrites);
  b.rig.run_to(b.t + 5 * kPsPerUs);
  CHECK(b.rig.count(Stat::MemWrites) == before + 1);
  CHECK(b.rig.count(Stat::MemBytesWritten) == 16);
}

TEST_CASE("Without PEST BAR memory stays untouched") {
  FaultBench b;
  b.rig.reg(Reg::PestBar, kPest);
  b.read(b.window.page(9));
  CHECK(b.pest(0) == 0);
  CHECK(b.rig.state().dma_stopped(kPe));
}

TEST_CASE("The PEST base is the field of the generation's BAR") {
  auto spec = rig_spec();
  spec.phbs[0].phb.generation = arch::Generation::Phb3;
  spec.phbs[0].tce.sets = 16;
  FaultBench b(spec);
  // PHB3: bits 14:51; the bits above are no part of the address.
  b.rig.reg(Reg::PestBar, 0x8054000000000000ull | kPest);
  b.read(b.window.page(9));
  CHECK(b.pest(1) == (ppc_bit(0) | b.window.page(9)));
}

TEST_CASE("Faults before the TCE lookup are answered at once and name their bits") {
  FaultBench b;
  struct Case {
    BusAddr addr;
    Fault fault;
    unsigned bit;
  };
  const Case cases[] = {
      {kUpper | 0x1000, Fault::TveInvalid, 26},                   // window 1 of PE 5 is empty
      {1ull << 40, Fault::TvtAddress, 28},                        // beyond the span of window 0
      {0x2000000000000000ull, Fault::TvtAddress, 28},             // top bits
  };
  for (const Case& c : cases) {
    CAPTURE(c.addr);
    b.rig.state().set_frozen(kPe, false, false);
    b.rig.state().set_reg(Reg::RxeArbStatus, 0);
    const Tick t = b.rig.now();
    const Dma& r = b.rig.device().read(t, c.addr);
    CHECK(b.rig.done_exactly(r, t + kFront));
    CHECK(r.fault == c.fault);
    CHECK(b.rig.state().reg(Reg::RxeArbStatus) == ppc_bit(c.bit));
    CHECK(b.rig.state().dma_stopped(kPe));
    CHECK_FALSE(b.rig.state().fenced());
    b.rig.run_for(kPsPerUs);
  }
  CHECK(b.rig.count(Stat::TceLookups) == 0);
  CHECK(b.rig.count(Stat::PhbReadLines) == 0);
}

TEST_CASE("The RTT BAR off fences: nothing of any PE goes on") {
  FaultBench b;
  b.rig.reg(Reg::RttBar, 0);
  CHECK(b.read(b.page).fault == Fault::RttDisabled);
  CHECK(b.rig.state().fenced());
  CHECK(b.other().fault == Fault::PeStopped);
  CHECK(b.read(b.page).fault == Fault::PeStopped);
  CHECK(b.rig.count(Stat::PhbFaults) == 1);
  const Access& probe = b.rig.cpu().read(b.rig.now(), Reg::RxeArbStatus);
  b.rig.cpu().write(b.rig.now(), Reg::RttBar, arch::kBarEnable);
  b.rig.run_for(kPsPerUs);
  CHECK(probe.value == ~0ull);
  CHECK_FALSE(b.rig.state().rtt_enabled());  // writes are dropped, too
}

TEST_CASE("An RTE beyond the PEs interrupts only") {
  FaultBench b;
  b.rig.assign(kRid + 2, 512);
  Dma d;
  d.rid = kRid + 2;
  d.data.assign(64, 0);
  const Dma& r = b.rig.device().issue(b.rig.now(), d);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(r.fault == Fault::RtePeOutOfRange);
  CHECK(b.rig.state().reg(Reg::RxeArbStatus) == ppc_bit(40));
  CHECK_FALSE(b.rig.state().fenced());
  CHECK(b.read(b.page).ok);
  CHECK(b.other().ok);
}

TEST_CASE("MSIs: a foreign source freezes its sender, a bad size fences") {
  FaultBench b;
  b.rig.state().set_msi_pe(0x55, kPe + 1);
  const Dma& foreign = b.rig.device().msi(b.rig.now(), 0x55);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(foreign.fault == Fault::MsiPeMismatch);
  CHECK(b.rig.msis.empty());
  CHECK(b.rig.state().dma_stopped(kPe));
  CHECK_FALSE(b.rig.state().dma_stopped(kPe + 1));
  CHECK(b.rig.state().reg(Reg::RxeArbStatus) == ppc_bit(27));
  CHECK((Field<5, 7>::get(b.pest(0))) == 1);  // TTYPE MSI
  CHECK((b.pest(0) & 0xFFFF) == 0x15);    // MSI data
  CHECK(b.other().ok);
  b.rig.state().set_frozen(kPe, false, false);
  const Dma& wide = b.write(arch::kMsi64Base | 0x1200, 8);
  CHECK(wide.fault == Fault::MsiSize);
  CHECK(b.rig.state().fenced());
}

TEST_CASE("MSIs of a frozen PE are blocked") {
  FaultBench b;
  b.rig.state().set_msi_pe(0x55, kPe);
  b.read(b.window.page(9));
  const Dma& m = b.rig.device().msi(b.rig.now(), 0x55);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(m.fault == Fault::PeStopped);
  CHECK(b.rig.msis.empty());
}

TEST_CASE("A memory error on a TCE fetch fences") {
  FaultBench b;
  b.rig.map(b.window, 8, 0x2000000);
  b.rig.system.memory().poison(b.window.table->leaf_address(8), 8);
  CHECK(b.read(b.window.page(8)).fault == Fault::TceFetchError);
  CHECK(b.rig.state().fenced());
  CHECK(b.rig.state().reg(Reg::RxeTceStatus) == ppc_bit(13));
  CHECK_FALSE(b.other().ok);
}

TEST_CASE("A memory error on DMA data freezes the PE") {
  FaultBench b;
  b.rig.system.memory().poison(0x1000080, 1);  // second line of the page
  const Tick t = b.rig.now();
  const Dma& r = b.rig.device().read(t, b.page, 512);
  CHECK(b.rig.done_exactly(r, t + kFront + kLookup + kMem + kMem));
  CHECK(r.fault == Fault::DmaReadError);
  CHECK(b.rig.state().dma_stopped(kPe));
  CHECK_FALSE(b.rig.state().fenced());
  CHECK((b.pest(0) & ppc_bit(20)) != 0);
  CHECK(b.other().ok);
}

TEST_CASE("A memory error on the RTE fetch answers with an error") {
  FaultBench b;
  b.rig.system.memory().poison(arch::rte_address(b.rig.state().rtt_base(), kRid + 9), 2);
  Dma d;
  d.rid = kRid + 9;
  d.data.assign(64, 0);
  const Dma& r = b.rig.device().issue(b.rig.now(), d);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(r.fault == Fault::RttFetchError);
}

TEST_CASE("A read that faults in its second page is answered with one error") {
  FaultBench b;
  const Dma& r = b.rig.device().read(b.rig.now(), b.window.page(4) - 64, 128);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(r.fault == Fault::TcePageFault);
  CHECK(b.rig.count(Stat::PhbFaults) == 1);
}

TEST_CASE("What the enables say decides between interrupt, freeze and fence") {
  FaultBench b;
  b.rig.reg(Reg::RxeTceFreeze, 0);
  b.read(b.window.page(9));
  CHECK_FALSE(b.rig.state().dma_stopped(kPe));
  CHECK_FALSE(b.rig.state().fenced());
  CHECK(b.pest(0) == 0);
  b.rig.reg(Reg::RxeTceFence, ppc_bit(2));
  b.read(b.window.page(10));
  CHECK(b.rig.state().fenced());
}

TEST_CASE("Requests already translated when their PE freezes are performed") {
  FaultBench b;
  b.read(b.page);
  const Tick t = b.rig.now();
  const Dma& good = b.rig.device().read(t, b.page);
  const Dma& bad = b.rig.device().read(t + 20 * kNs, kUpper);  // no such window: freezes at +12 ns
  const Dma& late = b.rig.device().read(t + 40 * kNs, b.page);
  b.rig.run_for(5 * kPsPerUs);
  CHECK(good.ok);
  CHECK(bad.fault == Fault::TveInvalid);
  CHECK(late.fault == Fault::PeStopped);
}

TEST_CASE("All faults are counted, the first thousand kept") {
  FaultBench b;
  b.rig.reg(Reg::RxeArbFreeze, 0);
  const Tick t = b.rig.now();
  for (unsigned i = 0; i < 1100; ++i) b.rig.device().read(t + i * 10 * kNs, kUpper | i * 64);
  b.rig.run_to(t + 30 * kPsPerUs);
  CHECK(b.rig.count(Stat::PhbFaults) == 1100);
  REQUIRE(b.rig.phb().faults().size() == phb::Phb::kKeptFaults);
  CHECK(b.rig.phb().faults()[999].record.addr == (kUpper | 999 * 64));
}
