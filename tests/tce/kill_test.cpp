// SPDX-License-Identifier: Apache-2.0
// TCE kills: how long they take, what they remove, and what they do to walks under way (phb.md 4.2,
// 7.7 G20, 9 trap 7).
#include "models/arch/tce_kill.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;
using stats::Stage;
using stats::Stat;

namespace {

constexpr RealAddr kOld = 0x1000000;
constexpr RealAddr kNew = 0x9000000;

/// Register accesses take effect one nanosecond after their issue, so that tests can look closely.
build::SystemSpec quick_registers() {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  return spec;
}

std::uint64_t kill_one(Rig& rig, PeNumber pe, BusAddr addr, unsigned shift = 12) {
  return arch::encode_kill_one(pe, addr, shift, rig.state().facts());
}

/// A read at `t` of a page that is in the cache, or not.
bool hits(Rig& rig, BusAddr addr, Rid rid = kRid) {
  const std::uint64_t before = rig.count(Stat::TceHits);
  Dma d;
  d.rid = rid;
  d.addr = addr;
  d.data.assign(64, 0);
  const Dma& r = rig.device().issue(rig.now(), d);
  rig.run_for(20 * kPsPerUs);
  CHECK(r.ok);
  return rig.count(Stat::TceHits) == before + 1;
}

}  // namespace

TEST_CASE("A kill of one page takes eight cycles") {
  Rig rig(quick_registers());
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 1, kOld);
  rig.warm();
  hits(rig, page);
  const Tick t = rig.now();
  rig.cpu().write(t, Reg::TceKill, kill_one(rig, kPe, page));
  CHECK(rig.turns_true_at(t + kNs + 8 * kClock, [&] { return rig.count(Stat::TceKilledEntries) == 1; }));
  CHECK_FALSE(hits(rig, page));
}

TEST_CASE("A kill of a PE passes over the directory, a quarter of its entries in cycles") {
  auto spec = quick_registers();
  spec.phbs[0].tce.sets = 64;
  spec.phbs[0].tce.ways = 4;
  Rig rig(spec);
  Window w = rig.translated(kPe);
  for (unsigned i = 0; i < 3; ++i) rig.map(w, i, kOld + 4096 * i);
  rig.warm();
  for (unsigned i = 0; i < 3; ++i) hits(rig, w.page(i));
  const Tick t = rig.now();
  rig.cpu().write(t, Reg::TceKill, arch::encode_kill_pe(kPe));
  CHECK(rig.turns_true_at(t + kNs + 64 * kClock, [&] { return rig.count(Stat::TceKilledEntries) == 3; }));
  for (unsigned i = 0; i < 3; ++i) CHECK_FALSE(hits(rig, w.page(i)));
}

TEST_CASE("A kill of all takes a pass, too, and spares no PE") {
  Rig rig(quick_registers());  // 1024 entries
  rig.assign(kRid + 1, kPe + 1);
  Window a = rig.translated(kPe);
  Window b = rig.translated(kPe + 1);
  rig.map(a, 1, kOld);
  rig.map(b, 1, kNew);
  rig.warm();
  hits(rig, a.page(1));
  hits(rig, b.page(1), kRid + 1);
  const Tick t = rig.now();
  rig.cpu().write(t, Reg::TceKill, arch::encode_kill_all());
  CHECK(rig.turns_true_at(t + kNs + 256 * kClock, [&] { return rig.count(Stat::TceKilledEntries) == 2; }));
  CHECK_FALSE(hits(rig, a.page(1)));
  CHECK_FALSE(hits(rig, b.page(1), kRid + 1));
}

TEST_CASE("Kills are done one after the other") {
  Rig rig(quick_registers());
  Window w = rig.translated(kPe);
  for (unsigned i = 0; i < 3; ++i) rig.map(w, i, kOld + 4096 * i);
  rig.warm();
  for (unsigned i = 0; i < 3; ++i) hits(rig, w.page(i));
  const Tick t = rig.now();
  for (unsigned i = 0; i < 3; ++i) rig.cpu().write(t, Reg::TceKill, kill_one(rig, kPe, w.page(i)));
  for (unsigned i = 1; i <= 3; ++i) {
    CHECK(rig.turns_true_at(t + kNs + 8 * kClock * i, [&] { return rig.count(Stat::TceKilledEntries) == i; }));
  }
}

TEST_CASE("The kill status bit of Q_DMA_R is set until the kill is complete") {
  Rig rig(quick_registers());
  rig.warm();
  const Tick t = rig.now();
  rig.cpu().write(t, Reg::TceKill, arch::encode_kill_pe(kPe));
  const Tick complete = t + kNs + 256 * kClock;
  const Access& slot = rig.cpu().read(t, Reg::TceKill);
  const Access& early = rig.cpu().read(complete - 1 - kNs, Reg::QDmaR);
  const Access& at = rig.cpu().read(complete - kNs, Reg::QDmaR);
  rig.run_to(complete + kNs);
  CHECK((slot.value & arch::kKillCommands) == 0);  // taken at once: the command bits read back clear
  CHECK(early.value == arch::kQDmaKillPending);
  CHECK(at.value == 0);
}

TEST_CASE("A changed TCE that is cached stays in force until the kill (G20)") {
  Rig rig;
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 2, kOld);
  rig.fill(kOld, 64);
  rig.fill(kNew, 64);
  rig.warm();
  const Dma& first = rig.device().read(rig.now(), page);
  rig.run_for(10 * kPsPerUs);
  rig.map(w, 2, kNew);
  const Dma& stale = rig.device().read(rig.now(), page);
  rig.run_for(10 * kPsPerUs);
  rig.cpu().write(rig.now(), Reg::TceKill, arch::encode_kill_pe(kPe));
  rig.run_for(10 * kPsPerUs);
  const Dma& fresh = rig.device().read(rig.now(), page);
  rig.run_for(10 * kPsPerUs);
  CHECK(first.real == kOld);
  CHECK(stale.real == kOld);
  CHECK(stale.data == rig.bytes(kOld, 64));
  CHECK(fresh.real == kNew);
  CHECK(fresh.data == rig.bytes(kNew, 64));
}

TEST_CASE("A TCE that was cleared but not killed still serves") {
  Rig rig;
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 2, kOld);
  rig.warm();
  rig.device().read(rig.now(), page);
  rig.run_for(10 * kPsPerUs);
  rig.map(w, 2, 0, 0);
  const Dma& stale = rig.device().read(rig.now(), page);
  rig.run_for(10 * kPsPerUs);
  rig.cpu().write(rig.now(), Reg::TceKill, kill_one(rig, kPe, page));
  rig.run_for(10 * kPsPerUs);
  const Dma& fault = rig.device().read(rig.now(), page);
  rig.run_for(10 * kPsPerUs);
  CHECK(stale.ok);
  CHECK(fault.fault == arch::Fault::TcePageFault);
}

TEST_CASE("A walk that a kill hits answers its waiters with what it fetched and is not installed") {
  Rig rig(quick_registers());
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 2, kOld);
  const Tick t = rig.warm();
  const Tick fetched = t + kFront + kLookup;  // the fetch is ordered in memory
  const Tick walked = fetched + kMem;
  const Dma& before = rig.device().read(t, page);
  const Dma& joined = rig.device().read(t + 5 * kNs, page);
  rig.at(fetched + kNs, [&] { rig.map(w, 2, kNew); });
  // Written after the store; its pass is at fetched + 2 ns + 1 ns + 8 cycles, long before `walked`.
  const Tick kill = fetched + 2 * kNs;
  const Tick pass = kill + kNs + 8 * kClock;
  rig.cpu().write(kill, Reg::TceKill, kill_one(rig, kPe, page));
  const Access& pending = rig.cpu().read(walked - 1 - kNs, Reg::QDmaR);
  const Access& complete = rig.cpu().read(walked - kNs, Reg::QDmaR);
  // Looks up after the pass: must not join the killed walk.
  const Tick u = pass + 10 * kNs;
  const Dma& after = rig.device().read(u, page);
  const Tick v = walked + 2 * kPsPerUs;
  const Dma& later = rig.device().read(v, page);

  CHECK(rig.done_exactly(before, walked + kMem));
  CHECK(joined.is_done());
  CHECK(rig.done_exactly(after, u + kFront + kLookup + kMem + kMem));
  CHECK(rig.done_exactly(later, v + kFront + kHit + kMem));
  CHECK(before.real == kOld);
  CHECK(joined.real == kOld);
  CHECK(after.real == kNew);
  CHECK(later.real == kNew);  // the second walk's entry, not the first's
  CHECK(rig.count(Stat::TceWalks) == 2);
  CHECK(rig.count(Stat::TceFills) == 1);
  CHECK(rig.count(Stat::TceKilledWalks) == 1);
  CHECK(rig.count(Stat::TceKilledEntries) == 0);
  // The kill is complete when the walk that it hit has ended, not before.
  CHECK(pending.value == arch::kQDmaKillPending);
  CHECK(complete.value == 0);
}

TEST_CASE("A killed walk and the new one for the same page may end in either order") {
  Rig rig(quick_registers());
  Window w = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  const BusAddr page = rig.map(w, 2, kOld);
  const Tick t = rig.warm();
  const Dma& before = rig.device().read(t, page);
  const Tick leaf_ordered = t + kFront + kLookup + 2 * kMem;
  // The kill hits the walk between its levels; the leaf is fetched after the store: new bytes, but
  // not installed either.
  rig.at(t + 100 * kNs, [&] { rig.map(w, 2, kNew); });
  rig.cpu().write(t + 101 * kNs, Reg::TceKill, arch::encode_kill_pe(kPe));
  const Dma& after = rig.device().read(leaf_ordered, page);
  CHECK(rig.done_exactly(before, t + kFront + kLookup + 3 * kMem + kMem));
  CHECK(rig.done_exactly(after, leaf_ordered + kFront + kLookup + 3 * kMem + kMem));
  CHECK(before.real == kNew);
  CHECK(after.real == kNew);
  CHECK(rig.count(Stat::TceWalks) == 2);
  CHECK(rig.count(Stat::TceFills) == 1);
}

TEST_CASE("A kill does not wait for a walk that has fetched nothing yet") {
  auto spec = quick_registers();
  spec.phbs[0].tce.walk_slots = 1;
  Rig rig(spec);
  Window w = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  const BusAddr other = rig.map(w, 300, kOld + 8192);
  const BusAddr page = rig.map(w, 2, kOld);
  const Tick t = rig.warm();
  rig.device().read(t, other);                        // holds the slot
  const Dma& waiting = rig.device().read(t, page);    // waits for it
  const Tick slot = t + kFront + kLookup + 3 * kMem;
  rig.at(t + 50 * kNs, [&] { rig.map(w, 2, kNew); });
  const Tick kill = t + 51 * kNs;
  rig.cpu().write(kill, Reg::TceKill, kill_one(rig, kPe, page));
  const Access& complete = rig.cpu().read(kill + 8 * kClock, Reg::QDmaR);
  CHECK(rig.done_exactly(waiting, slot + 3 * kMem + kMem));
  CHECK(complete.value == 0);
  CHECK(waiting.real == kNew);
  CHECK(rig.count(Stat::TceKilledWalks) == 0);
  CHECK(hits(rig, page));  // it may be installed: it saw memory after the kill
}

TEST_CASE("A walk that waited through its PE's kill is not installed: its TVE may be gone") {
  auto spec = quick_registers();
  spec.phbs[0].tce.walk_slots = 1;
  Rig rig(spec);
  Window gone = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  const std::uint64_t old_tve = rig.state().tve_word(2 * kPe);
  const BusAddr other = rig.map(gone, 300, kOld + 8192);
  const BusAddr page = rig.map(gone, 2, kOld);
  Window next = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  const std::uint64_t new_tve = rig.state().tve_word(2 * kPe);
  rig.map(next, 2, kNew);
  rig.state().set_tve(2 * kPe, old_tve);
  const Tick t = rig.warm();
  rig.device().read(t, other);                      // holds the slot
  const Dma& waiting = rig.device().read(t, page);  // waits for it, to begin at the old table
  const Tick slot = t + kFront + kLookup + 3 * kMem;
  rig.at(t + 50 * kNs, [&] { rig.state().set_tve(2 * kPe, new_tve); });
  const Tick kill = t + 51 * kNs;
  const Tick pass = kill + kNs + 256 * kClock;
  rig.cpu().write(kill, Reg::TceKill, arch::encode_kill_pe(kPe));
  REQUIRE(pass < slot);
  const Dma& after = rig.device().read(pass + kNs, page);
  CHECK(rig.done_exactly(waiting, slot + 3 * kMem + kMem));
  rig.run_for(10 * kPsPerUs);
  const Dma& later = rig.device().read(rig.now(), page);
  rig.run_for(10 * kPsPerUs);
  CHECK(waiting.real == kOld);  // its request came before the kill; a DMA sync waits for it
  CHECK(after.real == kNew);
  CHECK(later.real == kNew);
  CHECK(rig.count(Stat::TceFills) == 1);  // of `next`; the other walk was outdated or killed
}

TEST_CASE("A kill leaves walks of other pages and PEs alone") {
  Rig rig(quick_registers());
  rig.assign(kRid + 1, kPe + 1);
  Window w = rig.translated(kPe);
  const BusAddr a = rig.map(w, 1, kOld);
  const BusAddr b = rig.map(w, 2, kOld + 4096);
  const Tick t = rig.warm();
  const Dma& first = rig.device().read(t, a);
  const Tick kill = t + 30 * kNs;
  rig.cpu().write(kill, Reg::TceKill, kill_one(rig, kPe, b));
  rig.cpu().write(kill + 20 * kNs, Reg::TceKill, arch::encode_kill_pe(kPe + 1));
  const Access& complete = rig.cpu().read(t + 320 * kNs, Reg::QDmaR);
  CHECK(rig.done_exactly(first, t + kFront + kLookup + kMem + kMem));
  rig.run_for(kPsPerUs);
  CHECK(complete.value == 0);
  CHECK(rig.count(Stat::TceKilledWalks) == 0);
  CHECK(hits(rig, a));
}

TEST_CASE("A kill of one page removes that page only") {
  Rig rig(quick_registers());
  rig.assign(kRid + 1, kPe + 1);
  Window w = rig.translated(kPe);
  Window other = rig.translated(kPe + 1);
  for (unsigned i = 1; i <= 3; ++i) rig.map(w, i, kOld + 4096 * i);
  rig.map(other, 2, kNew);
  rig.warm();
  for (unsigned i = 1; i <= 3; ++i) hits(rig, w.page(i));
  hits(rig, other.page(2), kRid + 1);
  rig.cpu().write(rig.now(), Reg::TceKill, kill_one(rig, kPe, w.page(2)));
  rig.run_for(kPsPerUs);
  CHECK(hits(rig, w.page(1)));
  CHECK_FALSE(hits(rig, w.page(2)));
  CHECK(hits(rig, w.page(3)));
  CHECK(hits(rig, other.page(2), kRid + 1));
  CHECK(rig.count(Stat::TceKilledEntries) == 1);
}

TEST_CASE("The address of a kill includes the window select bit") {
  Rig rig(quick_registers());
  Window lower = rig.translated(kPe);
  Window upper = rig.translated(kPe, 1, true);
  rig.map(lower, 2, kOld);
  rig.map(upper, 2, kNew);
  // Window 1 is in use here: bring the RTE in through window 0.
  hits(rig, lower.page(2));
  hits(rig, upper.page(2));
  rig.cpu().write(rig.now(), Reg::TceKill, kill_one(rig, kPe, upper.page(2)));
  rig.run_for(kPsPerUs);
  CHECK(hits(rig, lower.page(2)));
  CHECK_FALSE(hits(rig, upper.page(2)));
  rig.cpu().write(rig.now(), Reg::TceKill, kill_one(rig, kPe, lower.page(2)));
  rig.run_for(kPsPerUs);
  CHECK_FALSE(hits(rig, lower.page(2)));
  CHECK(hits(rig, upper.page(2)));
}

TEST_CASE("A kill with a page size removes every entry inside that page") {
  Rig rig(quick_registers());
  Window w = rig.translated(kPe);
  for (const unsigned i : {15, 16, 31, 32}) rig.map(w, i, kOld + 4096 * i);
  rig.warm();
  for (const unsigned i : {15, 16, 31, 32}) hits(rig, w.page(i));
  rig.cpu().write(rig.now(), Reg::TceKill, kill_one(rig, kPe, w.page(16), 16));  // 64K: pages 16..31
  rig.run_for(kPsPerUs);
  CHECK(rig.count(Stat::TceKilledEntries) == 2);
  CHECK(hits(rig, w.page(15)));
  CHECK_FALSE(hits(rig, w.page(16)));
  CHECK_FALSE(hits(rig, w.page(31)));
  CHECK(hits(rig, w.page(32)));
}

TEST_CASE("A kill by a 4K address removes the large page around it") {
  Rig rig(quick_registers());
  Window w = rig.translated(kPe, 1, false, 16);
  rig.map(w, 1, 0x10000000);
  rig.map(w, 2, 0x20000000);
  rig.warm();
  hits(rig, w.page(1));
  hits(rig, w.page(2));
  rig.cpu().write(rig.now(), Reg::TceKill, kill_one(rig, kPe, w.page(1) + 0x3000, 12));
  rig.run_for(kPsPerUs);
  CHECK_FALSE(hits(rig, w.page(1)));
  CHECK(hits(rig, w.page(2)));
}

TEST_CASE("A PHB3 kill names no size and takes the page its address lies in") {
  auto spec = quick_registers();
  spec.phbs[0].phb.generation = arch::Generation::Phb3;
  spec.phbs[0].tce.sets = 16;
  Rig rig(spec);
  Window w = rig.translated(kPe, 1, false, 24, 4 * kKiB);
  rig.map(w, 1, 0x1000000);
  rig.map(w, 2, 0x2000000);
  rig.warm();
  hits(rig, w.page(1));
  hits(rig, w.page(2));
  rig.cpu().write(rig.now(), Reg::TceKill, arch::kKillOne | (w.page(1) + 0x123000) | kPe);
  rig.run_for(kPsPerUs);
  CHECK_FALSE(hits(rig, w.page(1)));
  CHECK(hits(rig, w.page(2)));
}
