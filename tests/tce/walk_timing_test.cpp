// SPDX-License-Identifier: Apache-2.0
// When translations are answered: to the picosecond, and not one earlier.
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using stats::Stage;
using stats::Stat;

namespace {
constexpr RealAddr kReal = 0x1000000;  // page n of a window lies at kReal + n * page
}

TEST_CASE("A TCE cache hit costs three cycles") {
  Rig rig;
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 3, kReal);
  const Tick t0 = rig.warm();
  rig.device().read(t0, page);
  const Tick t1 = t0 + kPsPerUs;
  const Dma& hit = rig.device().read(t1, page + 128);
  CHECK(rig.done_exactly(hit, t1 + kFront + kHit + kMem));
  CHECK(hit.ok);
  CHECK(hit.real == kReal + 128);
  CHECK(hit.stage(Stage::Queue) == 0);
  CHECK(hit.stage(Stage::RidLookup) == kRidTime);
  CHECK(hit.stage(Stage::Tve) == kTveTime);
  CHECK(hit.stage(Stage::TceHit) == kHit);
  CHECK(hit.stage(Stage::Walk1) == 0);
  CHECK(hit.stage(Stage::Memory) == kMem);
  CHECK(rig.count(Stat::TceHits) == 1);
  CHECK(rig.count(Stat::TceMisses) == 1);
}

TEST_CASE("A walk takes one memory read for each of one to five levels") {
  Rig rig;
  Tick t = rig.warm();
  constexpr Stage kWalks[] = {Stage::Walk1, Stage::Walk2, Stage::Walk3, Stage::Walk4, Stage::Walk5};
  for (unsigned levels = 1; levels <= 5; ++levels) {
    CAPTURE(levels);
    Window w = rig.translated(kPe, levels, false, 12, 4 * kKiB);
    const BusAddr page = rig.map(w, 10 * levels, kReal + levels * 4096);
    const Dma& miss = rig.device().read(t, page);
    CHECK(rig.done_exactly(miss, t + kFront + kLookup + levels * kMem + kMem));
    CHECK(miss.real == kReal + levels * 4096);
    CHECK(miss.stage(Stage::TceHit) == kLookup);
    for (unsigned i = 0; i < 5; ++i) CHECK(miss.stage(kWalks[i]) == (i < levels ? kMem : 0));
    CHECK(miss.stage(Stage::Memory) == kMem);
    CHECK(miss.stage(Stage::Queue) == 0);
    t += 10 * kPsPerUs;
  }
  CHECK(rig.count(Stat::TceReads1) == 5);
  CHECK(rig.count(Stat::TceReads3) == 3);
  CHECK(rig.count(Stat::TceReads5) == 1);
  CHECK(rig.count(Stat::TceWalks) == 5);
}

TEST_CASE("A second request for the page joins the walk under way and both are answered together") {
  Rig rig;
  Window w = rig.translated(kPe, 2);
  const BusAddr page = rig.map(w, 7, kReal);
  const Tick t = rig.warm();
  const Dma& first = rig.device().read(t, page);
  const Dma& second = rig.device().read(t + 100 * kNs, page + 256);
  const Tick walked = t + kFront + kLookup + 2 * kMem;
  CHECK(rig.turns_true_at(walked + kMem, [&] { return first.is_done() && second.is_done(); }));
  CHECK(first.done == second.done);
  CHECK(first.rank == 1);  // the older is answered first
  CHECK(rig.count(Stat::TceWalks) == 1);
  CHECK(rig.count(Stat::TceMerges) == 1);
  CHECK(rig.count(Stat::TceMisses) == 2);
  CHECK(rig.count(Stat::MemReads) == 2 + 2);  // two TCEs, two lines
  // The second waits for what was left of the walk: part of the first fetch, all of the next.
  CHECK(second.stage(Stage::TceHit) == kLookup);
  CHECK(second.stage(Stage::Walk1) == kMem - 100 * kNs);
  CHECK(second.stage(Stage::Walk2) == kMem);
}

TEST_CASE("A lookup one picosecond before the fill merges, one at the fill hits") {
  Rig rig;
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 7, kReal);
  const Tick t = rig.warm();
  const Tick filled = t + kFront + kLookup + kMem;
  rig.device().read(t, page);
  // Its lookup is over two cycles later; only then it learns of the answer.
  const Dma& merged = rig.device().read(filled - 1 - kFront, page + 128);
  CHECK(rig.done_exactly(merged, filled - 1 + kLookup + kMem));
  CHECK(rig.count(Stat::TceMerges) == 1);
  CHECK(merged.stage(Stage::TceHit) == kLookup);
  CHECK(merged.stage(Stage::Walk1) == 0);
}

TEST_CASE("A lookup at the instant of the fill hits") {
  Rig rig;
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 7, kReal);
  const Tick t = rig.warm();
  const Tick filled = t + kFront + kLookup + kMem;
  rig.device().read(t, page);
  const Dma& hit = rig.device().read(filled - kFront, page + 128);
  CHECK(rig.done_exactly(hit, filled + kHit + kMem));
  CHECK(rig.count(Stat::TceHits) == 1);
  CHECK(rig.count(Stat::TceMerges) == 0);
}

TEST_CASE("Hits pass a walk under way") {
  Rig rig;
  Window w = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  const BusAddr cached = rig.map(w, 1, kReal);
  const BusAddr absent = rig.map(w, 2, kReal + 4096);
  const Tick t0 = rig.warm();
  rig.device().read(t0, cached);
  const Tick t = t0 + 10 * kPsPerUs;
  const Dma& miss = rig.device().read(t, absent);
  const Dma& hit = rig.device().read(t + 50 * kNs, cached);
  CHECK(rig.done_exactly(hit, t + 50 * kNs + kFront + kHit + kMem));
  CHECK_FALSE(miss.is_done());
  CHECK(rig.done_exactly(miss, t + kFront + kLookup + 3 * kMem + kMem));
}

TEST_CASE("With one walk slot the second walk begins when the first ends") {
  auto spec = rig_spec();
  spec.phbs[0].tce.walk_slots = 1;
  Rig rig(spec);
  Window w = rig.translated(kPe, 2);
  const BusAddr a = rig.map(w, 1, kReal);
  const BusAddr b = rig.map(w, 2, kReal + 4096);
  const Tick t = rig.warm();
  const Dma& first = rig.device().read(t, a);
  const Dma& second = rig.device().read(t, b);  // one clock behind in the pipeline
  const Tick first_walked = t + kFront + kLookup + 2 * kMem;
  CHECK(rig.done_exactly(first, first_walked + kMem));
  CHECK(rig.done_exactly(second, first_walked + 2 * kMem + kMem));
  CHECK(rig.count(Stat::TceSlotStalls) == 1);
  // Queue: a clock for the pipeline, the rest of the first walk for the slot.
  CHECK(second.stage(Stage::Queue) == kClock + 2 * kMem - kClock);
  CHECK(second.stage(Stage::Walk1) == kMem);
  CHECK(second.stage(Stage::Walk2) == kMem);
}

TEST_CASE("With two walk slots two walks overlap and the third waits") {
  auto spec = rig_spec();
  spec.phbs[0].tce.walk_slots = 2;
  Rig rig(spec);
  Window w = rig.translated(kPe);
  const Tick t = rig.warm();
  const Dma* r[3];
  for (unsigned i = 0; i < 3; ++i) r[i] = &rig.device().read(t, rig.map(w, i, kReal + 4096 * i));
  const Tick first = t + kFront + kLookup + kMem + kMem;
  CHECK(rig.done_exactly(*r[0], first));
  CHECK(rig.done_exactly(*r[1], first + kClock));
  CHECK(rig.done_exactly(*r[2], first + kMem));  // from the end of the first walk
}

TEST_CASE("Walks that wait for a slot go in the order of their misses") {
  auto spec = rig_spec();
  spec.phbs[0].tce.walk_slots = 1;
  spec.phbs[0].tce.walk_order = "fifo";
  Rig rig(spec);
  Window deep = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  Window flat = rig.translated(kPe + 1);
  rig.assign(kRid + 1, kPe + 1);
  const Tick t = rig.warm();
  Dma other;  // its RID is not cached yet: use the second PE once before
  other.rid = kRid + 1;
  other.data.assign(64, 0);
  other.addr = rig.map(flat, 9, kReal);
  rig.device().issue(t, other);
  const Tick u = t + 10 * kPsPerUs;
  const Dma& running = rig.device().read(u, rig.map(deep, 1, kReal));
  const Dma& long_one = rig.device().read(u, rig.map(deep, 2, kReal));
  other.addr = rig.map(flat, 3, kReal);
  const Dma& short_one = rig.device().issue(u, other);
  const Tick end = u + kFront + kLookup + 3 * kMem;
  CHECK(rig.done_exactly(running, end + kMem));
  CHECK(rig.done_exactly(long_one, end + 3 * kMem + kMem));
  CHECK(rig.done_exactly(short_one, end + 3 * kMem + kMem + kMem));
}

TEST_CASE("Shortest first lets the walk of one level go before the one of three") {
  auto spec = rig_spec();
  spec.phbs[0].tce.walk_slots = 1;
  spec.phbs[0].tce.walk_order = "shortest_first";
  Rig rig(spec);
  Window deep = rig.translated(kPe, 3, false, 12, 4 * kKiB);
  Window flat = rig.translated(kPe + 1);
  rig.assign(kRid + 1, kPe + 1);
  const Tick t = rig.warm();
  Dma other;
  other.rid = kRid + 1;
  other.data.assign(64, 0);
  other.addr = rig.map(flat, 9, kReal);
  rig.device().issue(t, other);
  const Tick u = t + 10 * kPsPerUs;
  const Dma& running = rig.device().read(u, rig.map(deep, 1, kReal));
  const Dma& long_one = rig.device().read(u, rig.map(deep, 2, kReal));
  other.addr = rig.map(flat, 3, kReal);
  const Dma& short_one = rig.device().issue(u, other);
  const Tick end = u + kFront + kLookup + 3 * kMem;
  CHECK(rig.done_exactly(running, end + kMem));
  CHECK(rig.done_exactly(short_one, end + kMem + kMem));
  CHECK(rig.done_exactly(long_one, end + kMem + 3 * kMem + kMem));
}

TEST_CASE("Lookups keep their interval") {
  auto spec = rig_spec();
  spec.phbs[0].tce.lookup_interval = 20;
  Rig rig(spec);
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 1, kReal);
  const Tick t0 = rig.warm();
  rig.device().read(t0, page);
  const Tick t = t0 + kPsPerUs;
  const Dma& first = rig.device().read(t, page);
  const Dma& second = rig.device().read(t, page);
  const Dma& third = rig.device().read(t, page);
  CHECK(rig.done_exactly(first, t + kFront + kHit + kMem));
  CHECK(rig.done_exactly(second, t + kFront + 20 * kClock + kHit + kMem));
  CHECK(rig.done_exactly(third, t + kFront + 40 * kClock + kHit + kMem));
  CHECK(second.stage(Stage::Queue) == 20 * kClock);
  CHECK(third.stage(Stage::Queue) == 40 * kClock);
}

TEST_CASE("The TCE unit has a clock of its own") {
  auto spec = rig_spec();
  spec.phbs[0].tce.clock_mhz = 300;  // 3 cycles: 10 ns; 2 cycles: 6667 ps, rounded
  Rig rig(spec);
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 1, kReal);
  const Tick t = rig.warm();
  const Dma& miss = rig.device().read(t, page);
  CHECK(rig.done_exactly(miss, t + kFront + 6667 + kMem + kMem));
  const Tick u = t + kPsPerUs;
  const Dma& hit = rig.device().read(u, page);
  CHECK(rig.done_exactly(hit, u + kFront + 10 * kNs + kMem));
}

TEST_CASE("Walk and data compete for a memory channel") {
  auto spec = rig_spec();
  spec.memory.channels = 2;
  spec.memory.line_time = 40 * kNs;
  Rig rig(spec);
  Window w = rig.translated(kPe);
  rig.map(w, 1, kReal);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  // Sixteen lines at once, then, three clocks later, the fetch of the TCE: it waits behind those n
  // lines that share its channel.
  rig.device().read(t, kUpper | 0x4000, 2048);
  const Dma& miss = rig.device().read(t + kClock, w.page(1));
  rig.run_to(t + 10 * kPsPerUs);
  CHECK(miss.ok);
  CHECK(miss.stage(Stage::Walk1) == kMem);  // the wait is queue, not walk
  CHECK(miss.stage(Stage::Memory) == kMem);
  const Tick waited = miss.stage(Stage::Queue) + 3 * kClock;
  CHECK(waited % (40 * kNs) == 0);
  const Tick n = waited / (40 * kNs);
  CHECK(n >= 4);
  CHECK(n <= 12);
  CHECK(miss.latency() == kFront + kLookup + n * 40 * kNs - 3 * kClock + kMem + kMem);
}
