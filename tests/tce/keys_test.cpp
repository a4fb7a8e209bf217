// SPDX-License-Identifier: Apache-2.0
// What makes an entry the right one: PE, bus address with window bits, page size (phb.md 4.1).
#include "models/arch/tce_kill.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;
using stats::Stat;

namespace {

constexpr RealAddr kReal = 0x1000000;

const Dma& read(Rig& rig, BusAddr addr, Rid rid = kRid) {
  Dma d;
  d.rid = rid;
  d.addr = addr;
  d.data.assign(64, 0);
  const Dma& r = rig.device().issue(rig.now(), d);
  rig.run_for(20 * kPsPerUs);
  REQUIRE(r.is_done());
  return r;
}

}  // namespace

TEST_CASE("Two PEs that share a table never hit each other's entries") {
  Rig rig;
  rig.assign(kRid + 1, kPe + 1);
  Window w = rig.translated(kPe);
  rig.state().set_tve((kPe + 1) * 2, rig.state().tve_word(kPe * 2));  // the same table
  rig.map(w, 4, kReal);
  rig.warm();
  CHECK(read(rig, w.page(4)).real == kReal);
  CHECK(read(rig, w.page(4), kRid + 1).real == kReal);
  CHECK(rig.count(Stat::TceWalks) == 2);
  CHECK(rig.count(Stat::TceHits) == 0);
  read(rig, w.page(4));
  read(rig, w.page(4), kRid + 1);
  CHECK(rig.count(Stat::TceHits) == 2);
}

TEST_CASE("Two PEs that share a table do not join each other's walks") {
  Rig rig;
  rig.assign(kRid + 1, kPe + 1);
  Window w = rig.translated(kPe);
  rig.state().set_tve((kPe + 1) * 2, rig.state().tve_word(kPe * 2));
  rig.map(w, 4, kReal);
  rig.map(w, 5, kReal + 4096);
  rig.warm();
  read(rig, w.page(5), kRid + 1);
  Dma d;
  d.rid = kRid + 1;
  d.addr = w.page(4);
  d.data.assign(64, 0);
  const Tick t = rig.now();
  rig.device().read(t, w.page(4));
  const Dma& second = rig.device().issue(t, d);
  CHECK(rig.done_exactly(second, t + kClock + kFront + kLookup + kMem + kMem));
  CHECK(rig.count(Stat::TceMerges) == 0);
  CHECK(rig.count(Stat::TceWalks) == 3);
}

TEST_CASE("The same bus address in two PEs is two pages") {
  Rig rig;
  rig.assign(kRid + 1, kPe + 1);
  Window a = rig.translated(kPe);
  Window b = rig.translated(kPe + 1);
  rig.map(a, 4, kReal);
  rig.map(b, 4, 0x7000000);
  for (int round = 0; round < 2; ++round) {
    CHECK(read(rig, a.page(4)).real == kReal);
    CHECK(read(rig, b.page(4), kRid + 1).real == 0x7000000);
  }
}

TEST_CASE("The same page number in both windows of a PE is two pages") {
  Rig rig;
  Window lower = rig.translated(kPe);
  Window upper = rig.translated(kPe, 2, true);
  rig.map(lower, 4, kReal);
  rig.map(upper, 4, 0x7000000);
  for (int round = 0; round < 2; ++round) {
    CHECK(read(rig, lower.page(4)).real == kReal);
    CHECK(read(rig, upper.page(4)).real == 0x7000000);
  }
  CHECK(rig.count(Stat::TceHits) == 2);
}

TEST_CASE("Window 1 from 4 GiB on is indexed with the whole address") {
  Rig rig;
  rig.reg(Reg::Ctrlr, arch::kCtrlrTve1Above4G);
  Window lower = rig.translated(kPe, 2);
  Window upper = rig.translated(kPe, 2, true);
  upper.base = 0;  // nothing is subtracted: its table starts at address 0, too
  const std::uint64_t at_4g = 4 * kGiB >> 12;
  rig.map(lower, 6, kReal);
  rig.map(upper, at_4g + 6, 0x7000000);
  rig.map(upper, 6, 0x666000);  // never reached
  for (int round = 0; round < 2; ++round) {
    CHECK(read(rig, 6 << 12).real == kReal);
    CHECK(read(rig, 4 * kGiB + (6 << 12)).real == 0x7000000);
  }
}

TEST_CASE("A TVE written while the PE runs counts for the next request, whatever is cached") {
  Rig rig;
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 4, kReal);
  rig.warm();
  CHECK(read(rig, page).real == kReal);
  // Call 45 issues no kill: the bypass must hold although the page's TCE is cached.
  const std::uint64_t translated = rig.state().tve_word(kPe * 2);
  rig.cpu().write_ioda(rig.now(), 0x0009000000000000ull | (kPe * 2), rig.bypass_word(false));
  rig.run_for(kPsPerUs);
  CHECK(read(rig, page).real == page);
  rig.cpu().write_ioda(rig.now(), 0x0009000000000000ull | (kPe * 2), 0);
  rig.run_for(kPsPerUs);
  CHECK(read(rig, page).fault == arch::Fault::TveInvalid);
  CHECK(rig.count(Stat::TceLookups) == 1);
  rig.state().set_frozen(kPe, false, false);
  rig.cpu().write_ioda(rig.now(), 0x0009000000000000ull | (kPe * 2), translated);
  rig.run_for(kPsPerUs);
  CHECK(read(rig, page).real == kReal);
  CHECK(rig.count(Stat::TceHits) == 1);  // the old entry, never killed, is in force again
}

TEST_CASE("A TVE write takes effect at its instant") {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  Rig rig(spec);
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 4, kReal);
  const Tick t = rig.warm();
  const std::uint64_t translated = rig.state().tve_word(kPe * 2);
  const std::uint64_t tvt = 0x0009000000000000ull | (kPe * 2);
  // The TVE is read when decode and selection are over, kFront after the request's arrival.
  const Tick first = t + 20 * kNs;
  rig.cpu().write_ioda(first - kNs, tvt, rig.bypass_word(false));
  const Dma& before = rig.device().read(first - 1 - kFront, page);
  const Dma& after = rig.device().read(first - 1 - kFront + kClock, page);
  const Tick second = t + 40 * kNs;
  rig.cpu().write_ioda(second - kNs, tvt, translated);
  const Dma& after_one_ps = rig.device().read(second + 1 - kFront, page);
  rig.run_for(5 * kPsPerUs);
  CHECK(before.real == kReal);
  CHECK(after.real == page);
  CHECK(after_one_ps.real == kReal);
}

TEST_CASE("A TVE that changes while a lookup waits for its turn does not change the request") {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  spec.phbs[0].tce.lookup_interval = 100;
  Rig rig(spec);
  Window w = rig.translated(kPe, 2);
  rig.map(w, 4, kReal);
  rig.map(w, 5, kReal + 4096);
  const Tick t = rig.warm();
  const Dma& first = rig.device().read(t, w.page(4));
  const Dma& second = rig.device().read(t, w.page(5));  // looks up 100 cycles after the first
  // Meanwhile the window goes away.
  rig.cpu().write_ioda(t + kFront + 10 * kNs, 0x0009000000000000ull | (kPe * 2), 0);
  CHECK(rig.done_exactly(first, t + kFront + kLookup + 2 * kMem + kMem));
  CHECK(rig.done_exactly(second, t + kFront + 100 * kClock + kLookup + 2 * kMem + kMem));
  CHECK(first.real == kReal);
  CHECK(second.real == kReal + 4096);
  CHECK(second.page_shift == 12);
}

TEST_CASE("A TVE that changes while a walk is under way does not change the request") {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  Rig rig(spec);
  Window w = rig.translated(kPe, 3, false, 16, 4 * kKiB);
  const BusAddr page = rig.map(w, 4, 0x40000);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, page + 0x1234);
  rig.cpu().write_ioda(t + 100 * kNs, 0x0009000000000000ull | (kPe * 2), rig.bypass_word(false));
  CHECK(rig.done_exactly(r, t + kFront + kLookup + 3 * kMem + kMem));
  CHECK(r.real == 0x41234);
  CHECK(r.page_shift == 16);
}

TEST_CASE("Entries of two page sizes live side by side") {
  Rig rig;
  Window small = rig.translated(kPe);
  Window large = rig.translated(kPe, 1, true, 21);
  rig.map(small, 512, kReal);  // bus address 2 MiB, as page 1 of the other
  rig.map(large, 1, 0x40000000);
  for (int round = 0; round < 2; ++round) {
    CHECK(read(rig, small.page(512) + 0x40).real == kReal + 0x40);
    CHECK(read(rig, large.page(1) + 0x12345).real == 0x40012345);
  }
  CHECK(rig.count(Stat::TceHits) == 2);
  CHECK(read(rig, large.page(1) + 0x1FFF40).real == 0x401FFF40);
  CHECK(rig.count(Stat::TceHits) == 3);
}
