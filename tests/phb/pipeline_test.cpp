// SPDX-License-Identifier: Apache-2.0
// The inbound path from decode to completion, to the picosecond; the RID cache and its staleness.
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;
using stats::Stage;
using stats::Stat;

namespace {

Dma request(Rid rid, BusAddr addr, unsigned length = 64) {
  Dma d;
  d.rid = rid;
  d.addr = addr;
  d.data.assign(length, 0);
  return d;
}

std::uint64_t rtc_of(Rid rid) { return arch::RtcRid::make(rid); }

}  // namespace

TEST_CASE("An untranslated read takes decode, TVE and one memory read") {
  Rig rig;
  rig.bypass(kPe);
  rig.fill(0x5040, 64);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, kUpper | 0x5040);
  CHECK(rig.done_exactly(r, t + kFront + kMem));
  CHECK(r.ok);
  CHECK(r.data == rig.bytes(0x5040, 64));
  CHECK(r.pe == kPe);
  CHECK(r.real == 0x5040);
  CHECK(r.released == t + kFront);  // out of the receive buffer when its line is under way
  CHECK(r.stage(Stage::RidLookup) == kRidTime);
  CHECK(r.stage(Stage::Tve) == kTveTime);
  CHECK(r.stage(Stage::Memory) == kMem);
  CHECK(r.stage(Stage::TceHit) == 0);
}

TEST_CASE("An untranslated write is answered when memory has it") {
  Rig rig;
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& w = rig.device().write(t, kUpper | 0x5010, 100, 7);
  CHECK(rig.done_exactly(w, t + kFront + kWrite));
  CHECK(rig.bytes(0x5010, 100) == w.data);
  CHECK(rig.bytes(0x500F, 1) == std::vector<unsigned char>{0});
  CHECK(rig.bytes(0x5010 + 100, 1) == std::vector<unsigned char>{0});
  CHECK(w.stage(Stage::Memory) == kWrite);
}

TEST_CASE("Clocks scale decode and TVE selection") {
  auto spec = rig_spec();
  spec.phbs[0].phb.clock_mhz = 500;
  spec.phbs[0].phb.rid_cycles = 5;
  spec.phbs[0].phb.tve_cycles = 3;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, kUpper);
  CHECK(rig.done_exactly(r, t + 16 * kNs + kMem));
  CHECK(r.stage(Stage::RidLookup) == 10 * kNs);
  CHECK(r.stage(Stage::Tve) == 6 * kNs);
}

TEST_CASE("A RID cache miss costs one memory read") {
  Rig rig;
  rig.bypass(kPe);
  const Tick t = 100 * kNs;
  const Dma& miss = rig.device().read(t, kUpper);
  CHECK(rig.done_exactly(miss, t + kFront + kMem + kMem));
  CHECK(miss.stage(Stage::RidLookup) == kRidTime + kMem);
  CHECK(miss.stage(Stage::Tve) == kTveTime);
  CHECK(miss.stage(Stage::Memory) == kMem);
  const Tick u = t + kPsPerUs;
  const Dma& hit = rig.device().read(u, kUpper);
  CHECK(rig.done_exactly(hit, u + kFront + kMem));
  CHECK(rig.count(Stat::PhbRidMisses) == 1);
  CHECK(rig.count(Stat::PhbRidHits) == 1);
}

TEST_CASE("The RID cache holds its number of RIDs and drops the one unused longest") {
  auto spec = rig_spec();
  spec.phbs[0].phb.rid_cache_entries = 2;
  Rig rig(spec);
  rig.bypass(kPe);
  rig.assign(kRid + 1, kPe);
  rig.assign(kRid + 2, kPe);
  const auto misses = [&](Rid rid) {
    const std::uint64_t before = rig.count(Stat::PhbRidMisses);
    rig.device().issue(rig.now(), request(rid, kUpper));
    rig.run_for(2 * kPsPerUs);
    return rig.count(Stat::PhbRidMisses) - before;
  };
  CHECK(misses(kRid) == 1);
  CHECK(misses(kRid + 1) == 1);
  CHECK(misses(kRid) == 0);
  CHECK(misses(kRid + 2) == 1);  // pushes kRid + 1 out
  CHECK(misses(kRid) == 0);
  CHECK(misses(kRid + 1) == 1);
}

TEST_CASE("A changed RTE counts only after an RTC invalidation (G19)") {
  Rig rig;
  rig.bypass(kPe);
  rig.bypass(kPe + 1);
  rig.assign(kRid + 7, kPe);
  rig.warm();
  const auto pe_of = [&](Rid rid) {
    const Dma& r = rig.device().issue(rig.now(), request(rid, kUpper));
    rig.run_for(2 * kPsPerUs);
    return r.pe;
  };
  CHECK(pe_of(kRid) == kPe);
  CHECK(pe_of(kRid + 7) == kPe);
  rig.assign(kRid, kPe + 1);
  rig.assign(kRid + 7, kPe + 1);
  CHECK(pe_of(kRid) == kPe);
  CHECK(pe_of(kRid + 7) == kPe);
  rig.cpu().write(rig.now(), Reg::RtcInvalidate, rtc_of(kRid));
  rig.run_for(kPsPerUs);
  CHECK(pe_of(kRid) == kPe + 1);
  CHECK(pe_of(kRid + 7) == kPe);  // another RID's entry stays
  rig.cpu().write(rig.now(), Reg::RtcInvalidate, arch::kRtcAll);
  rig.run_for(kPsPerUs);
  CHECK(pe_of(kRid + 7) == kPe + 1);
}

TEST_CASE("An RTE fetched before the invalidation serves its request and is not kept") {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  Rig rig(spec);
  rig.bypass(kPe);
  rig.bypass(kPe + 1);
  const Tick t = 100 * kNs;
  // The fetch is ordered at t + 12 ns; store and invalidation follow while it is on its way.
  const Dma& first = rig.device().read(t, kUpper);
  rig.at(t + 20 * kNs, [&] { rig.assign(kRid, kPe + 1); });
  rig.cpu().write(t + 21 * kNs, Reg::RtcInvalidate, rtc_of(kRid));
  const Dma& second = rig.device().read(t + 2 * kPsPerUs, kUpper);
  rig.run_to(t + 4 * kPsPerUs);
  CHECK(first.pe == kPe);
  CHECK(second.pe == kPe + 1);
}

TEST_CASE("A write occupies the pipeline for its data, a read for one clock") {
  Rig rig;
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& w = rig.device().write(t, kUpper | 0x1000, 256);  // 8 beats of 32 bytes
  const Dma& r = rig.device().read(t, kUpper | 0x2000);
  const Dma& last = rig.device().read(t, kUpper | 0x3000);
  CHECK(rig.done_exactly(w, t + kFront + kWrite));
  CHECK(rig.done_exactly(r, t + 8 * kClock + kFront + kMem));
  CHECK(rig.done_exactly(last, t + 9 * kClock + kFront + kMem));
  CHECK(r.stage(Stage::Queue) == 8 * kClock);
  CHECK(last.stage(Stage::Queue) == 9 * kClock);
}

TEST_CASE("A read over several lines is answered with its last line") {
  Rig rig;
  rig.bypass(kPe);
  rig.fill(0x4000, 1024);
  const Tick t = rig.warm();
  const Dma& aligned = rig.device().read(t, kUpper | 0x4000, 512);
  CHECK(rig.done_exactly(aligned, t + kFront + kMem));
  CHECK(aligned.data == rig.bytes(0x4000, 512));
  CHECK(rig.count(Stat::PhbReadLines) == 4);
  const Tick u = t + kPsPerUs;
  const Dma& shifted = rig.device().read(u, kUpper | 0x4040, 512);  // touches a fifth line
  CHECK(rig.done_exactly(shifted, u + kFront + kMem));
  CHECK(shifted.data == rig.bytes(0x4040, 512));
  CHECK(rig.count(Stat::PhbReadLines) == 9);
}

TEST_CASE("Two reads of one line take turns at its channel") {
  auto spec = rig_spec();
  spec.memory.line_time = 30 * kNs;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& a = rig.device().read(t, kUpper | 0x4000, 128);
  const Dma& b = rig.device().read(t, kUpper | 0x4000, 128);  // reaches memory a clock later
  CHECK(rig.done_exactly(a, t + kFront + kMem));
  CHECK(rig.done_exactly(b, t + kFront + 30 * kNs + kMem));
  CHECK(b.stage(Stage::Queue) == kClock + 29 * kNs);
  CHECK(b.stage(Stage::Memory) == kMem);
  CHECK(rig.count(Stat::MemWait) == 29 * kNs);
  CHECK(rig.count(Stat::MemBusy) == 60 * kNs);
}

TEST_CASE("Completions leave on read completion boundaries as their lines arrive") {
  auto spec = rig_spec();
  spec.pec_engines[0] = 1;  // lines arrive one memory read apart
  spec.phbs[0].link.mps = 256;
  spec.phbs[0].link.rcb = 128;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  // 0x40..0x23F: lines of 64, 128, 128, 128, 64 bytes. Completions: to 0x100 (the boundary at most
  // 256 bytes on), to 0x200, the rest.
  const Dma& r = rig.device().read(t, kUpper | 0x40, 512);
  const Tick line = t + kFront;
  CHECK(rig.done_exactly(r, line + 5 * kMem));
  CHECK(r.chunks == std::vector<Dma::Chunk>{{line + 2 * kMem, 192}, {line + 4 * kMem, 256}});
}

TEST_CASE("Completions have the length of the payload limit when aligned") {
  auto spec = rig_spec();
  spec.pec_engines[0] = 1;
  spec.phbs[0].link.mps = 128;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, kUpper | 0x1000, 512);
  const Tick line = t + kFront;
  CHECK(rig.done_exactly(r, line + 4 * kMem));
  CHECK(r.chunks == std::vector<Dma::Chunk>{{line + kMem, 128}, {line + 2 * kMem, 128}, {line + 3 * kMem, 128}});
}

TEST_CASE("A completion of 64-byte boundaries waits for the line that it ends in") {
  auto spec = rig_spec();
  spec.pec_engines[0] = 1;
  spec.phbs[0].link.mps = 128;
  spec.phbs[0].link.rcb = 64;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  // 0x20..0x11F: to 0x80 (96 bytes; 0xA0 rounded down to 64), to 0x100, the rest.
  const Dma& r = rig.device().read(t, kUpper | 0x20, 256);
  const Tick line = t + kFront;
  CHECK(rig.done_exactly(r, line + 3 * kMem));
  CHECK(r.chunks == std::vector<Dma::Chunk>{{line + kMem, 96}, {line + 2 * kMem, 128}});
}

TEST_CASE("With all lines at once every completion but the last leaves with the last") {
  Rig rig;
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, kUpper | 0x40, 512);
  CHECK(rig.done_exactly(r, t + kFront + kMem));
  CHECK(r.chunks == std::vector<Dma::Chunk>{{r.done, 192}, {r.done, 256}});
}

TEST_CASE("Completion cycles delay every completion of a read") {
  auto spec = rig_spec();
  spec.phbs[0].phb.completion_cycles = 10;
  Rig rig(spec);
  rig.bypass(kPe);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, kUpper | 0x40, 512);
  const Dma& w = rig.device().write(t, kUpper | 0x4000, 64);
  CHECK(rig.done_exactly(w, t + kClock + kFront + kWrite));
  CHECK(rig.done_exactly(r, t + kFront + kMem + 10 * kClock));
  CHECK(r.chunks == std::vector<Dma::Chunk>{{r.done, 192}, {r.done, 256}});
  CHECK(r.stage(Stage::Completion) == 10 * kClock);
}

TEST_CASE("A request across 4 KiB is translated page by page") {
  Rig rig;
  Window w = rig.translated(kPe);
  rig.map(w, 1, 0x700000);
  rig.map(w, 2, 0x300000);
  rig.fill(0x700000, 4096);
  rig.fill(0x300000, 4096);
  const Tick t = rig.warm();
  const Dma& r = rig.device().read(t, w.page(2) - 100, 300);
  CHECK(rig.done_exactly(r, t + kClock + kFront + kLookup + kMem + kMem));
  std::vector<unsigned char> expected = rig.bytes(0x700000 + 4096 - 100, 100);
  const auto rest = rig.bytes(0x300000, 200);
  expected.insert(expected.end(), rest.begin(), rest.end());
  CHECK(r.data == expected);
  CHECK(r.real == 0x700000 + 4096 - 100);  // of its first byte
  CHECK(rig.count(Stat::TceWalks) == 2);
}

TEST_CASE("Traffic is counted by TVE") {
  Rig rig;
  Window w = rig.translated(kPe);
  rig.map(w, 1, 0x700000, arch::kTceRead);
  rig.bypass(kPe);
  rig.reg(Reg::RxeTceFreeze, 0);
  rig.warm();
  rig.phb().reset_traffic();
  rig.device().read(rig.now(), w.page(1), 256);
  rig.device().write(rig.now(), w.page(1), 128);  // faults
  rig.device().write(rig.now(), kUpper, 100);
  rig.device().write(rig.now(), kUpper, 50);
  rig.run_for(5 * kPsPerUs);
  const auto& low = rig.phb().windows()[kPe * 2];
  CHECK(low.reads == 1);
  CHECK(low.bytes_read == 256);
  CHECK(low.writes == 0);
  CHECK(low.faults == 1);
  const auto& high = rig.phb().windows()[kPe * 2 + 1];
  CHECK(high.writes == 2);
  CHECK(high.bytes_written == 150);
  CHECK(high.reads == 0);
}
