// SPDX-License-Identifier: Apache-2.0
// Random mixes: every picosecond attributed, and every answer as arch::translate() gives it.
#include "models/arch/translate.hpp"
#include "models/base/rng.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Fault;
using arch::Reg;
using stats::Stage;
using stats::Stat;

namespace {

/// Faults are recorded and answered, but freeze and fence nothing.
void no_consequences(Rig& rig) {
  for (const Reg r : {Reg::RxeArbFreeze, Reg::RxeTceFreeze, Reg::RxeArbFence, Reg::RxeTceFence}) rig.reg(r, 0);
}

}  // namespace

TEST_CASE("In a random mix the stages of every request add up to its latency") {
  auto spec = link_spec(2);
  spec.memory.channels = 4;
  spec.memory.line_time = 20 * kNs;
  spec.pec_engines[0] = 6;
  auto& p = spec.phbs[0];
  p.link.mps = 128;
  p.link.mrrs = 256;
  p.link.tags = 3;
  p.link.credit_np_headers = 3;
  p.link.credit_p_headers = 3;
  p.link.credit_p_data = 24;
  p.phb.rid_cache_entries = 1;  // two requesters: misses
  p.phb.write_engines = 3;
  p.phb.completion_cycles = 2;
  p.tce.sets = 2;
  p.tce.ways = 2;
  p.tce.walk_slots = 3;
  p.tce.lookup_interval = 3;
  p.tce.prefetch = "next_page";
  p.tce.walk_cache_entries = 2;
  Rig rig(spec);
  no_consequences(rig);
  Window deep = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  Window flat = rig.translated(kPe + 1);
  for (unsigned i = 0; i < 24; ++i) {
    if (i % 6 == 5) continue;  // holes: page faults
    rig.map(deep, i * 97, 0x1000000 + 4096 * i, i % 7 == 3 ? arch::kTceRead : arch::kTcePermissions);
    rig.map(flat, i, 0x2000000 + 4096 * i, i % 7 == 4 ? arch::kTceWrite : arch::kTcePermissions);
  }
  rig.bypass(kPe);
  RandomStream random(7, "mix");
  Tick t = 100 * kNs;
  constexpr unsigned kRequests = 3000;
  for (unsigned i = 0; i < kRequests; ++i) {
    const auto n = static_cast<unsigned>(random.below(2));
    Dma d;
    d.rid = rig.device(n).rid();
    d.write = random.below(2) == 0;
    d.relaxed = random.below(5) == 0;
    d.data.assign(1 + random.below(random.below(4) == 0 ? 1500 : 200), 0x11);
    const std::uint64_t at = random.below(4096);
    if (n == 1) {
      d.addr = flat.page(random.below(24)) + at;
    } else if (random.below(3) == 0) {
      d.addr = kUpper + 0x8000000 + (random.below(64) << 12) + at;
    } else {
      d.addr = deep.page(random.below(24) * 97) + at;
    }
    rig.device(n).issue(t, d);
    t += random.below(120) * kNs + random.below(1000);
  }
  rig.run_to(t + 5000 * kPsPerUs);
  unsigned ok = 0, faults = 0;
  stats::StageTimes sums{};
  for (unsigned n = 0; n < 2; ++n) {
    for (const Dma& d : rig.device(n).all()) {  // the sum itself is checked in Device
      REQUIRE(d.is_done());
      ++(d.ok ? ok : faults);
      for (unsigned s = 0; s < stats::kStages; ++s) sums[s] += d.stages[s];
    }
  }
  CHECK(ok + faults == kRequests);
  // The mix had everything in it.
  CHECK(faults > 300);
  CHECK(ok > 1500);
  for (const Stat s : {Stat::TceHits, Stat::TceMerges, Stat::TceSlotStalls, Stat::TceEvictions, Stat::TceWalkCacheHits,
                       Stat::TcePrefetches, Stat::PhbRidMisses, Stat::PhbRidHits, Stat::PhbOrderStalls, Stat::PhbEngineStalls,
                       Stat::LinkCreditStalls, Stat::LinkTagStalls, Stat::MemWait}) {
    CAPTURE(stats::spec_of(s).name);
    CHECK(rig.count(s) > 20);
  }
  for (unsigned s = 0; s < stats::kStages; ++s) {
    CAPTURE(stats::kStageTable[s].name);
    CHECK((sums[s] > 0) == (s != static_cast<unsigned>(Stage::Walk4) && s != static_cast<unsigned>(Stage::Walk5)));
  }
  CHECK(rig.count(Stat::TceLookups) == rig.count(Stat::TceHits) + rig.count(Stat::TceMisses));
}

TEST_CASE("Every answer of the timed path is that of arch::translate()") {
  auto spec = rig_spec();
  spec.phbs[0].tce.sets = 32;
  spec.phbs[0].tce.ways = 2;
  spec.phbs[0].tce.walk_slots = 32;
  spec.phbs[0].tce.prefetch = "next_page";
  spec.phbs[0].tce.walk_cache_entries = 4;
  Rig rig(spec);
  no_consequences(rig);
  RandomStream random(11, "differential");
  // Four PEs with windows of every kind, pages with every permission, holes at every level.
  constexpr unsigned kPes = 4;
  std::vector<Window> windows;
  const unsigned shifts[] = {12, 16, 21, 12};
  for (unsigned pe = 0; pe < kPes; ++pe) {
    rig.assign(static_cast<Rid>(kRid + pe), kPe + pe);
    for (const bool upper : {false, true}) {
      if (pe == 3 && upper) {
        rig.bypass(kPe + pe);
        continue;
      }
      windows.push_back(rig.translated(kPe + pe, 1 + static_cast<unsigned>(windows.size()) % 5, upper,
                                       shifts[(pe + upper) % 4], 4 * kKiB));
      Window& w = windows.back();
      for (unsigned i = 0; i < 40; ++i) {
        const std::uint64_t index = random.below(2) ? i : i * 513 & low_mask(w.table->geometry().bits_per_level * w.table->geometry().levels);
        rig.map(w, index, random.below(1 << 10) << w.page_shift(), random.below(4));
      }
    }
  }
  struct Asked {
    const Dma* dma;
    arch::Translation expected;
  };
  std::vector<Asked> asked;
  Tick t = 100 * kNs;
  for (unsigned i = 0; i < 20'000; ++i) {
    Dma d;
    d.rid = static_cast<Rid>(kRid + random.below(kPes + 1));  // one RID has the reserved PE
    d.write = random.below(2) == 0;
    d.relaxed = true;
    const std::uint64_t at = random.below(4096);
    d.data.assign(1 + random.below(std::min<std::uint64_t>(4096 - at, 160)), 0);
    const Window& w = windows[random.below(windows.size())];
    switch (random.below(8)) {
      case 0:
        d.addr = (random.next_u64() & low_mask(61) & ~4095ull) + at;  // anywhere
        break;
      case 1:
        d.addr = kUpper + (random.below(1 << 20) << 12) + at;
        break;
      default:
        d.addr = w.page(random.below(4) ? random.below(24) : random.below(48) * 513 & low_mask(18)) + (at & ~4095ull) + at;
        break;
    }
    // MSI space needs 4-byte writes; the other lengths fence in hardware. Left to the MSI tests.
    if (d.addr >> 60) d.addr &= low_mask(60);
    const auto access = d.write ? arch::Access::Write : arch::Access::Read;
    const arch::Translation expected = arch::translate(rig.state(), d.rid, d.addr, d.data.size(), access, rig.store());
    // Writes change no table: pages and bypass lie below 2^40.
    asked.push_back({&rig.device().issue(t, d), expected});
    t += random.below(60) * kNs;
  }
  rig.run_to(t + 100 * kPsPerUs);
  unsigned faults[arch::kFaults] = {};
  for (const Asked& a : asked) {
    const Dma& d = *a.dma;
    REQUIRE(d.is_done());
    Fault fault = d.fault;
    ++faults[static_cast<unsigned>(fault)];
    if (fault == Fault::TceAccessFaultHit) fault = Fault::TceAccessFault;
    CAPTURE(d.rid, d.addr, d.write);
    REQUIRE(fault == a.expected.fault);
    REQUIRE(d.pe == a.expected.pe);
    if (!d.ok) continue;
    REQUIRE(d.real == a.expected.real);
    REQUIRE(d.permissions == a.expected.permissions);
    REQUIRE(d.page_shift == a.expected.page_shift);
  }
  for (const Fault f : {Fault::None, Fault::TveInvalid, Fault::TvtAddress, Fault::TcePageFault, Fault::TceAccessFault,
                        Fault::TceAccessFaultHit}) {
    CAPTURE(arch::spec_of(f).name);
    CHECK(faults[static_cast<unsigned>(f)] > 50);
  }
  CHECK(rig.count(Stat::TceHits) > 1000);
  CHECK(rig.count(Stat::TceMerges) > 50);
  CHECK(rig.count(Stat::TcePrefetchHits) > 20);
}
