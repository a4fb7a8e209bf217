// SPDX-License-Identifier: Apache-2.0
// Closed forms of queueing: Little's law for read engines and for requests in flight, walk latency,
// and the wait for a link under random arrivals.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/theory/load.hpp"

using namespace phbsim;
using namespace phbsim::test;
using stats::Stage;
using stats::Stat;

namespace {

// Bandwidth of a stack = min(link, engines x 128 B / latency); performance.md 3.2.
void check_engines(Tick latency) {
  constexpr unsigned kEngines[] = {8, 16, 32, 48};
  std::vector<Load> loads;
  for (const unsigned engines : kEngines) {
    Load l;
    l.engines = engines;
    l.phb.link.gen = 4;
    l.phb.link.lanes = 8;
    l.phb.link.mps = 256;
    l.phb.link.mrrs = 512;
    l.phb.link.ecrc = false;
    l.generator.sizes = {{512, 1}};
    l.generator.footprint = 16 * kMiB;
    l.generator.queue_depth = 128;
    loads.push_back(l);
  }
  Sweep sweep(loads, latency);
  sweep.run(20 * kPsPerUs, 200 * kPsPerUs);
  // gen4 x8, MPS 256: 115.77 Gb/s for TLPs; a read of 512 comes in two completions of 20 + 256.
  const double link = 115.77 * 512 / 552;
  for (unsigned i = 0; i < loads.size(); ++i) {
    const double by_engines = kEngines[i] * 128.0 * 8 / (static_cast<double>(latency) / 1000);
    const double expected = std::min(link, by_engines);
    WARN(kEngines[i] << " engines, " << latency / 1000 << " ns: " << sweep.read_gbps(i) << " Gb/s, expected " << expected);
    CHECK(within(sweep.read_gbps(i), expected, 0.01));
  }
}

}  // namespace

TEST_CASE("Read bandwidth follows the engines at 300 ns") { check_engines(300 * kPsPerNs); }
TEST_CASE("Read bandwidth follows the engines at 450 ns") { check_engines(450 * kPsPerNs); }
TEST_CASE("Read bandwidth follows the engines at 600 ns") { check_engines(600 * kPsPerNs); }
TEST_CASE("Read bandwidth follows the engines at 900 ns") { check_engines(900 * kPsPerNs); }

TEST_CASE("With engines enough the link is the limit") {
  std::vector<Load> loads(2);
  loads[0].phb.link.lanes = 16;  // gen4, MPS 256, ECRC: completions of 24 + 256 bytes
  loads[1].phb.link.lanes = 8;
  for (Load& l : loads) {
    l.engines = 512;
    l.phb.link.credit_np_headers = 0;
    l.generator.sizes = {{4096, 1}};
    l.generator.queue_depth = 64;
    l.generator.footprint = 16 * kMiB;
  }
  Sweep sweep(loads, 300 * kPsPerNs);
  sweep.run(50 * kPsPerUs, 200 * kPsPerUs);
  constexpr double kTlp[] = {227.40, 115.77};
  for (unsigned i = 0; i < loads.size(); ++i) {
    const double expected = kTlp[i] * 256 / 280;
    WARN("x" << loads[i].phb.link.lanes << ": " << sweep.read_gbps(i) << " Gb/s, expected " << expected);
    CHECK(within(sweep.read_gbps(i), expected, 0.01));
  }
}

TEST_CASE("Requests in flight are throughput times latency when reads miss, too") {
  std::vector<Load> loads(2);
  for (unsigned i = 0; i < loads.size(); ++i) {
    loads[i].window.bypass = false;
    loads[i].window.page_size = 4096;
    loads[i].window.levels = 1 + i;
    loads[i].phb.tce.walk_slots = 8;
    loads[i].generator.queue_depth = 24;
    loads[i].generator.sizes = {{128, 1}};
    loads[i].generator.footprint = 256 * kMiB;
  }
  Sweep sweep(loads, 250 * kPsPerNs);
  sweep.run(100 * kPsPerUs, 1000 * kPsPerUs);
  for (unsigned i = 0; i < loads.size(); ++i) {
    const double in_flight = sweep.requests_per_us(i) * sweep.generators[i]->statistics().latency.mean() / 1e6;
    CHECK(sweep.tce(i)[Stat::TceMisses] > 10'000);
    CHECK(within(in_flight, 24, 0.002));
    // The slots are the limit: eight walks of so many reads at once.
    const double walks = static_cast<double>(sweep.tce(i)[Stat::TceWalks]) / 1000;
    WARN("levels " << 1 + i << ": " << walks << " walks/us, expected " << 8.0 / (0.25 * (1 + i)));
    CHECK(within(walks, 8.0 / (0.25 * (1 + i)), 0.01));
  }
}

TEST_CASE("A closed loop below saturation delivers its depth over its latency") {
  constexpr unsigned kDepths[] = {1, 2, 4, 8, 16};
  std::vector<Load> loads;
  for (const unsigned depth : kDepths) {
    Load l;
    l.phb.link.gen = 3;
    l.phb.link.lanes = 8;
    l.phb.link.mps = 256;
    l.phb.link.ecrc = false;
    l.phb.link.propagation = 100 * kPsPerNs;
    l.generator.sizes = {{64, 1}};
    l.generator.queue_depth = depth;
    loads.push_back(l);
  }
  Sweep sweep(loads, 300 * kPsPerNs);
  sweep.run(20 * kPsPerUs, 2000 * kPsPerUs);
  // 24 bytes up, 84 down at 57.88 Gb/s; both ways through the air; 12 clocks; memory.
  const double latency = (24 + 84) * 8 / 57.88 + 2 * 100 + 12 + 300;
  for (unsigned i = 0; i < loads.size(); ++i) {
    const double expected = kDepths[i] * 1000 / latency;
    const auto& s = sweep.generators[i]->statistics();
    WARN("depth " << kDepths[i] << ": " << sweep.requests_per_us(i) << " requests/us, expected " << expected
                  << "; mean latency " << s.latency.mean() / 1000 << " ns, expected " << latency);
    CHECK(within(sweep.requests_per_us(i), expected, 0.001));
    CHECK(within(s.latency.mean(), latency * 1000, 0.0001));
    // Little's law with the measured latency.
    CHECK(within(sweep.requests_per_us(i) * s.latency.mean() / 1e6, kDepths[i], 0.001));
  }
}

TEST_CASE("The mean walk without load is the number of levels times the memory latency") {
  std::vector<Load> loads;
  for (unsigned levels = 1; levels <= 5; ++levels) {
    Load l;
    l.window.bypass = false;
    l.window.page_size = 4096;
    l.window.levels = levels;
    l.generator.sizes = {{64, 1}};
    l.generator.queue_depth = 1;
    l.generator.footprint = 4 * kGiB;
    loads.push_back(l);
  }
  constexpr Tick kLatency = 231 * kPsPerNs;
  Sweep sweep(loads, kLatency);
  sweep.run(20 * kPsPerUs, 500 * kPsPerUs);
  for (unsigned i = 0; i < loads.size(); ++i) {
    const auto& stages = sweep.generators[i]->statistics().stages;
    Tick walking = 0;
    for (unsigned s = 0; s < 5; ++s) walking += stages[static_cast<unsigned>(Stage::Walk1) + s];
    // A request that straddles the start of the measurement may be counted on one side only.
    const std::uint64_t misses = sweep.tce(i)[Stat::TceMisses];
    CHECK(misses > 150);
    const std::uint64_t walks = walking / ((i + 1) * kLatency);
    CHECK(walking == walks * (i + 1) * kLatency);  // exactly
    CHECK(walks <= misses + 1);
    CHECK(walks + 1 >= misses);
  }
}

TEST_CASE("Random arrivals at the link wait as in M/D/1") {
  // Writes of 256 bytes: each occupies the wire for S; nothing behind the link makes them wait.
  // Mean wait = rho / (2 (1 - rho)) x S.
  constexpr double kLoads[] = {0.3, 0.5, 0.7, 0.8};
  const double service = 280 * 8 / 57.88;  // ns, gen3 x8
  std::vector<Load> loads;
  for (const double rho : kLoads) {
    Load l;
    l.phb.link.gen = 3;
    l.phb.link.lanes = 8;
    l.phb.link.mps = 256;
    l.phb.link.ecrc = false;
    l.phb.link.credit_p_headers = l.phb.link.credit_p_data = 0;
    l.phb.phb.write_engines = 1024;
    l.generator.sizes = {{256, 1}};
    l.generator.read_percent = 0;
    l.generator.arrival = "poisson";
    l.generator.rate = rho * 1e9 / service;
    l.generator.queue_depth = 1024;
    loads.push_back(l);
  }
  Sweep sweep(loads, 250 * kPsPerNs);
  sweep.run(100 * kPsPerUs, 15'000 * kPsPerUs);
  for (unsigned i = 0; i < loads.size(); ++i) {
    const auto& s = sweep.generators[i]->statistics();
    const double waited = static_cast<double>(s.stages[static_cast<unsigned>(Stage::Queue)]) / 1000 /
                          static_cast<double>(s.latency.count());
    const double expected = kLoads[i] / (2 * (1 - kLoads[i])) * service;
    WARN("load " << kLoads[i] << ": mean wait " << waited << " ns, M/D/1 " << expected << " ns, " << s.latency.count()
                 << " requests");
    CHECK(sweep.generators[i]->stats()[Stat::EpBacklogDrops] == 0);
    CHECK(within(waited, expected, 0.03));
  }
}
