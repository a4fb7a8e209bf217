// SPDX-License-Identifier: Apache-2.0
/// Against closed forms: PCIe formulas (performance.md 3.1), Little's law, walk latency.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "models/endpoints/generator.hpp"
#include "models/pcie/link_params.hpp"
#include "platform/build/layout.hpp"
#include "tests/support/catch.hpp"

namespace phbsim {
namespace {

/// Gb/s for TLPs of a link.
double tlp_layer(unsigned gen, unsigned lanes, unsigned mps) {
  pcie::LinkParams p;
  p.gen = gen;
  p.lanes = lanes;
  p.mps = mps;
  const pcie::WireRate r = pcie::wire_rate(p);
  return 8e3 * static_cast<double>(r.den) / static_cast<double>(r.num);
}

/// One PHB, one generator, everything mapped directly.
struct Run {
  build::SystemSpec spec;
  endpoints::GeneratorParams load;
  config::WindowConfig window;
  Tick warmup = 100 * kPsPerUs;
  Tick duration = 400 * kPsPerUs;

  Run() {
    spec.phbs.emplace_back();
    spec.memory.channels = 1024;
    spec.memory.line_time = 0;
    window.bypass = true;
    window.offset = 1ull << 59;
    load.queue_depth = 64;
    load.footprint = 256 * kMiB;
  }
  build::PhbSpec& phb() { return spec.phbs.front(); }

  double gbits = 0;
  double mean_ns = 0;
  double hit_share = 0;
  double requests_per_us = 0;
  stats::StageTimes stages{};

  void go() {
    build::System system(spec);
    build::PhbGroup& group = system.phbs().front();
    build::install_rtt(system, group);
    build::assign_rid(system, group, load.rid, 1);
    const auto placed = build::place_window(system, group, 1, window, kGiB);
    load.base = placed.start;
    endpoints::Generator device("device", system.driver(), load, system.registry());
    device.link_out.bind(group.link->device_in(0));
    system.driver().start(warmup);
    system.registry().reset();
    device.reset_statistics();
    system.driver().start(duration);
    const auto& s = device.stats();
    const double bytes = static_cast<double>(s[stats::Stat::EpBytesRead] + s[stats::Stat::EpBytesWritten]);
    gbits = bytes * 8e3 / static_cast<double>(duration);
    mean_ns = device.statistics().latency.mean() / 1e3;
    requests_per_us = static_cast<double>(device.statistics().latency.count()) * 1e6 / static_cast<double>(duration);
    const auto& t = group.tce->stats();
    if (t[stats::Stat::TceLookups]) {
      hit_share = static_cast<double>(t[stats::Stat::TceHits]) / static_cast<double>(t[stats::Stat::TceLookups]);
    }
    stages = device.statistics().stages;
    if (const auto n = device.statistics().latency.count()) {
      for (auto& v : stages) v /= n;
    }
  }
};

/// Gen3 x8, MPS 256, MRRS 512, no ECRC: the link of the published list.
void published_link(Run& run) {
  auto& l = run.phb().link;
  l.gen = 3;
  l.lanes = 8;
  l.mps = 256;
  l.mrrs = 512;
  l.ecrc = false;
  l.credit_np_headers = 0;
  l.credit_p_headers = 0;
  l.credit_p_data = 0;
  run.spec.pec_engines[0] = 4096;
  run.phb().stack_limit = 4096;
  run.phb().phb.write_engines = 4096;
  run.load.queue_depth = 256;
}

}  // namespace

TEST_CASE("The wire carries TLPs at the published rates") {
  struct Row {
    unsigned gen, lanes;
    double rates[3];
  };
  const Row rows[] = {{3, 8, {56.67, 57.88, 57.31}},
                      {3, 16, {111.70, 113.70, 114.62}},
                      {4, 8, {113.33, 115.77, 114.62}},
                      {4, 16, {223.40, 227.40, 229.25}},
                      {5, 16, {446.80, 454.80, 458.49}}};
  for (const Row& r : rows) {
    for (unsigned i = 0; i < 3; ++i) {
      CAPTURE(r.gen, r.lanes, i);
      CHECK(std::abs(tlp_layer(r.gen, r.lanes, 128u << i) / r.rates[i] - 1) < 0.0005);
    }
  }
}

// Published model output, Gb/s: size, write, read.
TEST_CASE("Bypass writes reach the PCIe formula within one percent: 64 bytes") {
  Run run;
  published_link(run);
  run.load.sizes = {{64, 1}};
  run.load.read_percent = 0;
  run.go();
  CHECK(std::abs(run.gbits / 42.10 - 1) < 0.01);
}

TEST_CASE("Bypass writes reach the PCIe formula within one percent: 256 bytes") {
  Run run;
  published_link(run);
  run.load.sizes = {{256, 1}};
  run.load.read_percent = 0;
  run.go();
  CHECK(std::abs(run.gbits / 52.92 - 1) < 0.01);
}

TEST_CASE("Bypass reads reach the PCIe formula within one percent: 64 bytes") {
  Run run;
  published_link(run);
  run.load.sizes = {{64, 1}};
  run.go();
  CHECK(std::abs(run.gbits / 44.10 - 1) < 0.01);
}

TEST_CASE("Bypass reads reach the PCIe formula within one percent: 512 bytes") {
  Run run;
  published_link(run);
  run.load.sizes = {{512, 1}};
  run.go();
  CHECK(std::abs(run.gbits / 53.69 - 1) < 0.01);
}

TEST_CASE("Reads that always hit the TCE cache reach the PCIe formula, too") {
  Run run;
  published_link(run);
  run.load.sizes = {{512, 1}};
  run.load.footprint = 64 * 64 * kKiB;
  run.window = {};
  run.window.page_size = 64 * kKiB;
  run.go();
  CHECK(run.hit_share == 1.0);
  CHECK(std::abs(run.gbits / 53.69 - 1) < 0.01);
}

TEST_CASE("Read bandwidth is engines times a line over the memory latency") {
  // Each section is a SystemC elaboration of its own: one pair per test process.
  Run run;
  run.spec.pec_engines[0] = 16;
  run.phb().stack_limit = 16;
  run.spec.memory.latency = 600 * kPsPerNs;
  run.load.sizes = {{4096, 1}};
  run.go();
  const double formula = 16 * 128 * 8.0 / 600;  // Gb/s
  CHECK(std::abs(run.gbits / formula - 1) < 0.01);
}

TEST_CASE("With enough engines the link is the limit, not Little's law") {
  Run run;
  run.spec.pec_engines[0] = 512;
  run.phb().stack_limit = 512;
  run.phb().link.credit_np_headers = 0;
  run.spec.memory.latency = 300 * kPsPerNs;
  run.load.sizes = {{4096, 1}};
  run.go();
  // Gen4 x16, completions of 256 bytes with 24 of overhead.
  const double formula = tlp_layer(4, 16, 256) * 256 / (256 + 24);
  CHECK(std::abs(run.gbits / formula - 1) < 0.01);
}

TEST_CASE("Requests in flight are throughput times latency") {
  Run run;
  run.load.queue_depth = 24;
  run.load.sizes = {{128, 1}};
  run.window = {};
  run.window.page_size = 4096;
  run.window.levels = 2;
  run.go();
  CHECK(std::abs(run.requests_per_us * run.mean_ns / 1e3 / 24 - 1) < 0.01);
}

TEST_CASE("An unloaded walk takes exactly levels times the memory latency") {
  for (unsigned levels : {3u}) {
    Run run;
    run.load.queue_depth = 1;
    run.load.sizes = {{128, 1}};
    run.load.pattern = "sequential";
    run.load.alignment = 64 * kKiB;  // a page each: every lookup misses
    run.load.footprint = kGiB / 2;
    run.phb().tce.sets = 16;
    run.phb().tce.ways = 1;
    run.window = {};
    run.window.page_size = 64 * kKiB;
    run.window.levels = levels;
    run.go();
    CHECK(run.hit_share == 0.0);
    using stats::Stage;
    const auto stage = [&](Stage s) { return run.stages[static_cast<unsigned>(s)]; };
    CHECK(stage(Stage::Walk1) == run.spec.memory.latency);
    CHECK(stage(Stage::Walk2) == run.spec.memory.latency);
    CHECK(stage(Stage::Walk3) == run.spec.memory.latency);
    CHECK(stage(Stage::Walk4) == 0);
    CHECK(stage(Stage::Memory) == run.spec.memory.latency);
  }
}

}  // namespace phbsim
