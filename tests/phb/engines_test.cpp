// SPDX-License-Identifier: Apache-2.0
// Read engines, shared by the PHBs of a PEC with a limit for each, and write engines (phb.md 8.2).
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using stats::Stage;
using stats::Stat;

namespace {

/// A PEC whose PHBs may hold so many engines each.
build::SystemSpec pec(unsigned engines, std::vector<unsigned> limits) {
  auto spec = rig_spec();
  const build::PhbSpec one = spec.phbs[0];
  spec.phbs.clear();
  spec.pec_engines[0] = engines;
  for (unsigned i = 0; i < limits.size(); ++i) {
    spec.phbs.push_back(one);
    spec.phbs.back().name = "phb" + std::to_string(i);
    spec.phbs.back().stack_limit = limits[i];
  }
  return spec;
}

/// All PHBs warm; returns the time.
Tick warm_all(Rig& rig) {
  Tick t = 0;
  for (unsigned i = 0; i < rig.system.phbs().size(); ++i) {
    rig.bypass(kPe, true, i);
    t = rig.warm(i);
  }
  return t;
}

}  // namespace

TEST_CASE("As many lines are read at once as there are engines") {
  Rig rig(pec(8, {64}));
  const Tick t = warm_all(rig);
  const Dma& r = rig.device().read(t, kUpper, 1024);  // 8 lines
  CHECK(rig.done_exactly(r, t + kFront + kMem));
  CHECK(r.released == t + kFront);
  CHECK(rig.count(Stat::PhbEngineStalls) == 0);
  CHECK(rig.count(Stat::PhbEngineBusy) == 8 * kMem);
}

TEST_CASE("A line without an engine waits for the first that is free") {
  Rig rig(pec(7, {64}));
  const Tick t = warm_all(rig);
  const Dma& r = rig.device().read(t, kUpper, 1024);
  CHECK(rig.done_exactly(r, t + kFront + 2 * kMem));
  CHECK(r.released == t + kFront + kMem);
  CHECK(r.stage(Stage::Queue) == kMem);
  CHECK(r.stage(Stage::Memory) == kMem);
  CHECK(rig.count(Stat::PhbEngineStalls) == 1);
}

TEST_CASE("Reads get engines in their order") {
  Rig rig(pec(2, {64}));
  const Tick t = warm_all(rig);
  const Dma& a = rig.device().read(t, kUpper | 0x1000, 384);  // three lines
  const Dma& b = rig.device().read(t, kUpper | 0x2000, 128);
  const Dma& c = rig.device().read(t, kUpper | 0x3000, 256);
  // Two lines of a; its third with b; both of c.
  CHECK(rig.turns_true_at(t + kFront + 2 * kMem, [&] { return a.is_done() && b.is_done(); }));
  CHECK(rig.done_exactly(c, t + kFront + 3 * kMem));
  CHECK(rig.count(Stat::PhbEngineStalls) == 3);
  CHECK(rig.count(Stat::PhbEngineBusy) == 6 * kMem);
}

TEST_CASE("A PEC's engines are split 32/16/16 over its stacks") {
  Rig rig(pec(64, {32, 16, 16}));
  const Tick t = warm_all(rig);
  const Dma* r[3];
  for (unsigned i = 0; i < 3; ++i) r[i] = &rig.device(0, i).read(t, kUpper, 4096);  // 32 lines
  CHECK(rig.done_exactly(*r[0], t + kFront + kMem));
  CHECK(rig.turns_true_at(t + kFront + 2 * kMem, [&] { return r[1]->is_done() && r[2]->is_done(); }));
  CHECK(rig.count(Stat::PhbEngineStalls, 0) == 0);
  CHECK(rig.count(Stat::PhbEngineStalls, 1) == 1);
}

TEST_CASE("After the override they are split 48/8/8") {
  Rig rig(pec(64, {48, 8, 8}));
  const Tick t = warm_all(rig);
  const Dma& first = rig.device(0, 0).read(t, kUpper, 4096);
  const Dma& second = rig.device(0, 0).read(t, kUpper, 2048);  // 32 + 16 lines
  const Dma* r[3];
  for (unsigned i = 1; i < 3; ++i) r[i] = &rig.device(0, i).read(t, kUpper, 4096);
  CHECK(rig.done_exactly(first, t + kFront + kMem));
  CHECK(rig.done_exactly(second, t + kFront + kClock + kMem));
  CHECK(rig.turns_true_at(t + kFront + 4 * kMem, [&] { return r[1]->is_done() && r[2]->is_done(); }));
}

TEST_CASE("Two stacks compete for engines that neither's limit keeps from it") {
  Rig rig(pec(8, {8, 8}));
  const Tick t = warm_all(rig);
  const Dma& all = rig.device(0, 0).read(t, kUpper, 1024);           // takes all eight
  const Dma& other = rig.device(0, 1).read(t + kClock, kUpper, 128);  // finds none
  CHECK(rig.done_exactly(all, t + kFront + kMem));
  CHECK(rig.done_exactly(other, t + kFront + 2 * kMem));
  CHECK(rig.count(Stat::PhbEngineStalls, 1) == 1);
  CHECK(other.stage(Stage::Queue) == kMem - kClock);
}

TEST_CASE("Stacks that wait get engines in turn") {
  Rig rig(pec(2, {2, 2}));
  const Tick t = warm_all(rig);
  rig.device(0, 0).read(t, kUpper, 256);
  const Dma& a = rig.device(0, 0).read(t, kUpper | 0x1000, 256);  // two lines wait
  const Dma& b = rig.device(0, 1).read(t + 5 * kNs, kUpper, 256);
  // One engine each when the first two fall free, then again.
  CHECK(rig.turns_true_at(t + kFront + 3 * kMem, [&] { return a.is_done() && b.is_done(); }));
}

TEST_CASE("A stack at its limit does not hold up another") {
  Rig rig(pec(8, {2, 8}));
  const Tick t = warm_all(rig);
  const Dma& slow = rig.device(0, 0).read(t, kUpper, 1024);  // eight lines, two at a time
  const Dma& quick = rig.device(0, 1).read(t + 5 * kNs, kUpper, 768);
  CHECK(rig.done_exactly(quick, t + 5 * kNs + kFront + kMem));
  CHECK(rig.done_exactly(slow, t + kFront + 4 * kMem));
}

TEST_CASE("PHBs of different PECs share nothing but memory") {
  auto spec = pec(2, {2, 2});
  spec.phbs[1].pec = 1;
  spec.pec_engines[1] = 2;
  Rig rig(spec);
  const Tick t = warm_all(rig);
  const Dma& a = rig.device(0, 0).read(t, kUpper, 256);
  const Dma& b = rig.device(0, 1).read(t, kUpper, 256);
  CHECK(rig.turns_true_at(t + kFront + kMem, [&] { return a.is_done() && b.is_done(); }));
}

TEST_CASE("Lines being written are as many as write engines") {
  auto spec = rig_spec();
  spec.phbs[0].phb.write_engines = 4;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& w = rig.device().write(t, kUpper | 0x1000, 1024);  // eight lines
  const Dma& next = rig.device().write(t, kUpper | 0x2000, 128);
  CHECK(rig.done_exactly(w, t + kFront + 2 * kWrite));
  CHECK(w.released == t + kFront + kWrite);
  CHECK(w.stage(Stage::Queue) == kWrite);
  CHECK(w.stage(Stage::Memory) == kWrite);
  // The engines of the last four lines are free then.
  CHECK(rig.done_exactly(next, t + kFront + 3 * kWrite));
  CHECK(rig.count(Stat::PhbWriteLines) == 9);
}

TEST_CASE("Writes do not take read engines, nor reads write engines") {
  auto spec = rig_spec();
  spec.pec_engines[0] = 1;
  spec.phbs[0].phb.write_engines = 1;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, kUpper | 0x1000, 128);
  const Dma& w = rig.device().write(t, kUpper | 0x2000, 128);
  CHECK(rig.done_exactly(w, t + kClock + kFront + kWrite));
  CHECK(rig.done_exactly(r, t + kFront + kMem));
}
