// SPDX-License-Identifier: Apache-2.0
// The handshakes of the kill register: slot, queue, status and DMA sync (phb.md 4.2, 9 trap 8).
#include "models/arch/tce_kill.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;
using stats::Stat;

namespace {

constexpr Tick kPass = 256 * kClock;  // 1024 entries, four a cycle

build::SystemSpec queue_of(unsigned depth, bool erratum = false) {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  spec.phbs[0].phb.kill_queue_depth = depth;
  spec.phbs[0].phb.drop_kills_when_full = erratum;
  return spec;
}

std::uint64_t page_kill(Rig& rig) { return arch::encode_kill_one(kPe, 0x5000, 12, rig.state().facts()); }

}  // namespace

TEST_CASE("A register access takes its latency") {
  Rig rig;
  const Access& r = rig.cpu().read(1000, Reg::Version);
  CHECK(rig.done_exactly(r, 1000 + kMmio));
  CHECK(r.value == rig.state().facts().version);
}

TEST_CASE("The kill slot is occupied exactly while the queue is full") {
  Rig rig(queue_of(2));
  const Tick t = rig.warm();
  const std::uint64_t kills[3] = {arch::encode_kill_pe(1), arch::encode_kill_pe(2), arch::encode_kill_pe(3)};
  for (const std::uint64_t k : kills) rig.cpu().write(t, Reg::TceKill, k);
  const Tick accepted = t + kNs;
  const Access& full = rig.cpu().read(accepted, Reg::TceKill);
  const Access& early = rig.cpu().read(accepted + kPass - 1 - kNs, Reg::TceKill);
  const Access& moved = rig.cpu().read(accepted + kPass - kNs, Reg::TceKill);
  const Access& pending = rig.cpu().read(accepted + 3 * kPass - 1 - kNs, Reg::QDmaR);
  const Access& complete = rig.cpu().read(accepted + 3 * kPass - kNs, Reg::QDmaR);
  rig.run_to(accepted + 4 * kPass);
  CHECK(full.value == kills[2]);
  CHECK(early.value == kills[2]);
  CHECK(moved.value == (kills[2] & ~arch::kKillCommands));
  CHECK(pending.value == arch::kQDmaKillPending);
  CHECK(complete.value == 0);
  CHECK(rig.count(Stat::PhbKills) == 3);
  CHECK_FALSE(rig.state().fenced());
}

TEST_CASE("A kill written while the slot is full fences the PHB") {
  Rig rig(queue_of(1));
  rig.bypass(kPe);
  const Tick t = rig.warm();
  for (unsigned i = 0; i < 2; ++i) rig.cpu().write(t, Reg::TceKill, arch::encode_kill_pe(i));
  rig.run_to(t + kNs);
  CHECK_FALSE(rig.state().fenced());
  rig.cpu().write(t + kNs, Reg::TceKill, arch::encode_kill_pe(2));
  CHECK(rig.turns_true_at(t + 2 * kNs, [&] { return rig.state().fenced(); }));
  CHECK(rig.state().reg(Reg::RxeTceStatus) == ppc_bit(30));
  REQUIRE(rig.phb().faults().size() == 1);
  CHECK(rig.phb().faults()[0].record.fault == arch::Fault::KillQueueOverflow);
  CHECK(rig.phb().faults()[0].at == t + 2 * kNs);
  const Access& reg = rig.cpu().read(rig.now(), Reg::Version);
  const Access& slot = rig.cpu().read(rig.now(), Reg::TceKill);
  const Dma& dma = rig.device().read(rig.now(), kUpper);
  rig.run_for(5 * kPsPerUs);
  CHECK(reg.value == ~0ull);
  CHECK(slot.value == ~0ull);  // how firmware's poll finds out
  CHECK_FALSE(dma.ok);
}

TEST_CASE("In erratum mode a page kill that finds the queue full is lost without a trace") {
  Rig rig(queue_of(2, true));
  const Tick t = rig.warm();
  for (unsigned i = 0; i < 2; ++i) rig.cpu().write(t, Reg::TceKill, arch::encode_kill_pe(i));
  rig.cpu().write(t, Reg::TceKill, page_kill(rig));
  rig.cpu().write(t, Reg::TceKill, page_kill(rig));
  const Access& slot = rig.cpu().read(t + kNs, Reg::TceKill);
  const Access& complete = rig.cpu().read(t + kNs + 2 * kPass, Reg::QDmaR);
  rig.run_for(10 * kPsPerUs);
  CHECK((slot.value & arch::kKillCommands) == 0);
  CHECK(complete.value == 0);
  CHECK(rig.count(Stat::PhbKillsDropped) == 2);
  CHECK(rig.count(Stat::PhbKills) == 2);
  CHECK_FALSE(rig.state().fenced());
}

TEST_CASE("In erratum mode a PE kill waits in the slot") {
  Rig rig(queue_of(1, true));
  const Tick t = rig.warm();
  for (unsigned i = 0; i < 2; ++i) rig.cpu().write(t, Reg::TceKill, arch::encode_kill_pe(i));
  const Access& slot = rig.cpu().read(t + kNs, Reg::TceKill);
  rig.run_for(10 * kPsPerUs);
  CHECK(slot.value == arch::encode_kill_pe(1));
  CHECK(rig.count(Stat::PhbKills) == 2);
  CHECK(rig.count(Stat::PhbKillsDropped) == 0);
}

TEST_CASE("A lost page kill leaves the stale entry, which is why firmware kills PEs") {
  Rig rig(queue_of(1, true));
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 5, 0x1000000);
  rig.warm();
  rig.device().read(rig.now(), page);
  rig.run_for(5 * kPsPerUs);
  rig.map(w, 5, 0x2000000);
  rig.cpu().write(rig.now(), Reg::TceKill, arch::encode_kill_pe(200));
  rig.cpu().write(rig.now(), Reg::TceKill, page_kill(rig));
  rig.run_for(5 * kPsPerUs);
  const Dma& stale = rig.device().read(rig.now(), page);
  rig.run_for(5 * kPsPerUs);
  CHECK(stale.real == 0x1000000);
}

TEST_CASE("A write without command bits kills nothing") {
  Rig rig(queue_of(1));
  rig.warm();
  rig.cpu().write(rig.now(), Reg::TceKill, 0x1000000000005005ull);
  rig.run_for(kPsPerUs);
  CHECK(rig.count(Stat::PhbKills) == 0);
}

TEST_CASE("DMA sync completes when the reads that were under way have drained (trap 8)") {
  Rig rig(queue_of(8));
  Window w = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  const BusAddr page = rig.map(w, 5, 0x1000000);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, page);  // done after three fetches and the data
  const Tick drained = t + kFront + kLookup + 3 * kMem + kMem;
  rig.cpu().write(t + 50 * kNs, Reg::DmaSync, arch::kSyncReadStart);
  // Reads that come later do not delay it.
  const Dma& late = rig.device().read(t + 500 * kNs, w.page(5) + 512);
  const Access& soon = rig.cpu().read(t + 52 * kNs, Reg::DmaSync);
  const Access& early = rig.cpu().read(drained - 1 - kNs, Reg::DmaSync);
  const Access& complete = rig.cpu().read(drained - kNs, Reg::DmaSync);
  rig.run_to(drained);
  CHECK(r.done == drained);
  CHECK(soon.value == 0);
  CHECK(early.value == 0);
  CHECK(complete.value == arch::kSyncReadComplete);
  rig.run_for(5 * kPsPerUs);
  CHECK(late.ok);
}

TEST_CASE("DMA sync with nothing under way is complete at once") {
  Rig rig(queue_of(8));
  const Tick t = rig.warm();
  const Access& before = rig.cpu().read(t, Reg::DmaSync);
  rig.cpu().write(t + kNs, Reg::DmaSync, arch::kSyncReadStart);
  const Access& after = rig.cpu().read(t + 2 * kNs, Reg::DmaSync);
  rig.run_for(kPsPerUs);
  CHECK(before.value == 0);
  CHECK(after.value == arch::kSyncReadComplete);
}

TEST_CASE("A second DMA sync waits for the reads of its own time") {
  Rig rig(queue_of(8));
  rig.bypass(kPe);
  const Tick t = rig.warm();
  rig.cpu().write(t, Reg::DmaSync, arch::kSyncReadStart);
  const Dma& r = rig.device().read(t + 100 * kNs, kUpper);
  // The read has passed decode: it may hold a translation.
  rig.cpu().write(t + 120 * kNs, Reg::DmaSync, arch::kSyncReadStart);
  const Access& first = rig.cpu().read(t + 20 * kNs, Reg::DmaSync);
  const Access& early = rig.cpu().read(t + 100 * kNs + kFront + kMem - kNs - 1, Reg::DmaSync);
  const Access& second = rig.cpu().read(t + 100 * kNs + kFront + kMem - kNs, Reg::DmaSync);
  rig.run_for(kPsPerUs);
  CHECK(r.done == t + 100 * kNs + kFront + kMem);
  CHECK(first.value == arch::kSyncReadComplete);
  CHECK(early.value == 0);
  CHECK(second.value == arch::kSyncReadComplete);
}

TEST_CASE("After kill and sync no read uses the old translation any more") {
  Rig rig(queue_of(8));
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 5, 0x1000000);
  const Tick t = rig.warm();
  rig.device().read(t, page);
  rig.run_to(t + 5 * kPsPerUs);
  // A steady stream of hits; the page is moved, killed and synchronised in its midst.
  const Tick u = rig.now();
  std::vector<const Dma*> reads;
  for (unsigned i = 0; i < 200; ++i) reads.push_back(&rig.device().read(u + i * 10 * kNs, page));
  rig.at(u + 500 * kNs, [&] { rig.map(w, 5, 0x2000000); });
  rig.cpu().write(u + 501 * kNs, Reg::TceKill, page_kill(rig));
  rig.cpu().write(u + 502 * kNs, Reg::DmaSync, arch::kSyncReadStart);
  Tick done = 0;
  for (Tick p = u + 503 * kNs; done == 0; p += 5 * kNs) {
    const Access& kill = rig.cpu().read(p, Reg::QDmaR);
    const Access& sync = rig.cpu().read(p, Reg::DmaSync);
    rig.run_to(p + 2 * kNs);
    if (kill.value == 0 && sync.value == arch::kSyncReadComplete) done = rig.now();
  }
  rig.run_for(10 * kPsPerUs);
  CHECK(done > u + 503 * kNs + kMem - 20 * kNs);  // it had reads to wait for
  unsigned old_reads = 0, new_reads = 0;
  for (const Dma* r : reads) {
    REQUIRE(r->ok);
    if (r->real == 0x1000000) {
      ++old_reads;
      CHECK(r->done <= done);
    } else {
      CHECK(r->real == 0x2000000);
      ++new_reads;
    }
  }
  CHECK(old_reads > 40);
  CHECK(new_reads > 100);
}
