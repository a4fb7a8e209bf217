// SPDX-License-Identifier: Apache-2.0
/// Simulated DMA requests per second of host CPU time, against the plain loop of reference_loop.hpp
/// in the same process.
///
///   bench_dma --summary               the contract line: requests/s, loop/s, ratio, kernel events
///                                 (before it: the same with 256 endpoints over 511 PEs)
///   bench_dma --single --endpoints N --pes N --outstanding N --pages N --sets N --requests N
///                                 one run of the model only
///   bench_dma [google benchmark flags]   the loop and the engine as micro-benchmarks
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "benches/reference_loop.hpp"
#include "models/endpoints/generator.hpp"
#include "platform/explore/pool.hpp"
#include "platform/build/layout.hpp"
#include "platform/build/system.hpp"

namespace phbsim::bench {
namespace {

struct Options {
  bool summary = false;
  bool single = false;
  unsigned endpoints = 3;
  unsigned pes = 3;
  unsigned outstanding = 32;
  unsigned pages = 315;       ///< working set of all endpoints: half of the lookups hit
  unsigned sets = 32;         ///< TCE cache sets, of 4 ways
  double rate = 0;            ///< requests/s of simulated time, all together (Poisson); 0: closed loop
  std::uint64_t requests = 1'000'000;
  bool run_ahead = true;
};

struct ModelResult {
  double requests_per_second = 0;
  double kernel_events = 0;
  double hit_share = 0;
  double mean_latency_ns = 0;
  double simulated_per_us = 0;
  double reads_per_request = 0;
  double engine_events = 0;
};

/// The whole model, all statistics and the attribution on, with the reference loop's sizes where it
/// has the same thing: 128-entry 4-way cache, 8 walk slots, 16 channels of 10 ns, 90 ns memory.
ModelResult run_model(const Options& o) {
  build::SystemSpec spec;
  spec.run_ahead = o.run_ahead;
  spec.memory.channels = 16;
  spec.memory.line_time = 10 * kPsPerNs;
  spec.memory.latency = 90 * kPsPerNs;
  build::PhbSpec p;
  p.tce.sets = o.sets;
  p.tce.ways = 4;
  p.tce.walk_slots = 8;
  p.link.propagation = 4 * kPsPerNs;
  p.devices = o.endpoints;
  spec.phbs.push_back(p);
  build::System system(spec);
  build::PhbGroup& group = system.phbs().front();
  build::install_rtt(system, group);
  // PEs in turn get tables of one, two and three levels; an endpoint uses one of them.
  std::vector<build::PlacedWindow> windows;
  for (unsigned pe = 0; pe < o.pes; ++pe) {
    if (pe + 1 >= group.phb->state().facts().max_pes) break;
    config::WindowConfig w;
    w.levels = 1 + pe % 3;
    w.size = 64 * kGiB;
    windows.push_back(build::place_window(system, group, pe, w, 64 * kGiB));
  }
  std::vector<std::unique_ptr<endpoints::Generator>> devices;
  unsigned completed = 0;
  for (unsigned i = 0; i < o.endpoints; ++i) {
    endpoints::GeneratorParams g;
    g.rid = static_cast<Rid>(0x100 + i);
    g.queue_depth = std::max(1u, o.outstanding / o.endpoints + (i < o.outstanding % o.endpoints ? 1 : 0));
    g.sizes = {{128, 1}};
    const unsigned pages = std::max(1u, o.pages / o.endpoints + (i < o.pages % o.endpoints ? 1 : 0));
    g.base = static_cast<BusAddr>(i) << 24;
    g.footprint = pages * 4096ull;
    if (o.rate > 0) {
      g.arrival = "poisson";
      g.rate = o.rate / o.endpoints;
    }
    g.count = o.requests / o.endpoints;
    g.seed = 1;
    // Spread over all PEs, not over the first ones only.
    const auto pe = static_cast<PeNumber>(static_cast<std::uint64_t>(i) * windows.size() / o.endpoints);
    build::assign_rid(system, group, g.rid, pe);
    devices.push_back(std::make_unique<endpoints::Generator>(("ep" + std::to_string(i)).c_str(), system.driver(), g,
                                                             system.registry()));
    devices.back()->link_out.bind(group.link->device_in(i));
    devices.back()->on_done = [&completed] { ++completed; };
  }
  const double begin = cpu_seconds();
  system.driver().start(kNever);
  const double seconds = cpu_seconds() - begin;
  ModelResult r;
  std::uint64_t requests = 0, latency = 0;
  for (const auto& d : devices) {
    requests += d->statistics().latency.count();
    latency += d->statistics().latency.sum();
  }
  const auto& tce = group.tce->stats();
  r.requests_per_second = static_cast<double>(requests) / seconds;
  r.kernel_events = static_cast<double>(system.driver().kernel_events()) / static_cast<double>(requests);
  r.hit_share = static_cast<double>(tce[stats::Stat::TceHits]) / static_cast<double>(tce[stats::Stat::TceLookups]);
  r.mean_latency_ns = static_cast<double>(latency) / 1e3 / static_cast<double>(requests);
  r.simulated_per_us = static_cast<double>(requests) * 1e6 / static_cast<double>(system.engine().now());
  r.reads_per_request = static_cast<double>(tce[stats::Stat::TceReads1] + tce[stats::Stat::TceReads2] +
                                            tce[stats::Stat::TceReads3]) /
                        static_cast<double>(requests);
  r.engine_events = static_cast<double>(system.engine().executed()) / static_cast<double>(requests);
  if (completed != o.endpoints) std::fprintf(stderr, "only %u of %u endpoints finished\n", completed, o.endpoints);
  return r;
}

// A run in a process of its own: SystemC elaborates once in each.
ModelResult run_apart(const Options& o) {
  const auto outcome = explore::run_tasks({[&o] {
                                            const ModelResult r = run_model(o);
                                            return std::string(reinterpret_cast<const char*>(&r), sizeof r);
                                          }},
                                          1);
  if (!outcome.front().ok) throw ModelError(outcome.front().error);
  ModelResult r;
  std::memcpy(&r, outcome.front().output.data(), sizeof r);
  return r;
}

void print_model(const char* label, const Options& o, const ModelResult& r) {
  std::printf("%s: %u endpoint(s), %u PE(s), %u in flight, %u pages: hit %.3f, %.2f TCE fetches/request, "
              "mean %.1f ns, %.2f requests/us simulated, %.2f engine events/request, %.0f requests/s\n",
              label, o.endpoints, o.pes, o.outstanding, o.pages, r.hit_share, r.reads_per_request, r.mean_latency_ns,
              r.simulated_per_us, r.engine_events, r.requests_per_second);
}

void BM_ReferenceLoop(benchmark::State& state) {
  for (auto _ : state) {
    const LoopResult r = run_reference_loop(200'000, static_cast<unsigned>(state.range(0)), 32);
    state.counters["requests/s"] = r.requests_per_second;
    state.counters["hit"] = r.hit_share;
  }
}
BENCHMARK(BM_ReferenceLoop)->Arg(64)->Arg(256)->Arg(4096)->Unit(benchmark::kMillisecond);

void BM_Engine(benchmark::State& state) {
  struct Handler final : EventHandler {
    void on_event(std::uint32_t, std::uint64_t arg) override {
      if (++count < limit) engine.schedule(engine.now() + 1000 + arg * 700, this, 0, arg);
    }
    Engine engine;
    std::uint64_t count = 0;
    std::uint64_t limit = 1'000'000;
  };
  for (auto _ : state) {
    Handler h;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(state.range(0)); ++i) h.engine.schedule(i, &h, 0, i);
    h.engine.run(kNever);
    benchmark::DoNotOptimize(h.count);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1'000'000);
}
BENCHMARK(BM_Engine)->Arg(32)->Arg(1024)->Unit(benchmark::kMillisecond);

bool take_number(int argc, char** argv, int& i, const char* name, std::uint64_t& out) {
  if (std::strcmp(argv[i], name) != 0 || i + 1 >= argc) return false;
  out = std::strtoull(argv[++i], nullptr, 0);
  return true;
}

int run(int argc, char** argv) {
  Options o;
  std::vector<char*> rest{argv[0]};
  for (int i = 1; i < argc; ++i) {
    std::uint64_t n = 0;
    if (std::strcmp(argv[i], "--summary") == 0) {
      o.summary = true;
    } else if (std::strcmp(argv[i], "--single") == 0) {
      o.single = true;
    } else if (std::strcmp(argv[i], "--no-run-ahead") == 0) {
      o.run_ahead = false;
    } else if (take_number(argc, argv, i, "--endpoints", n)) {
      o.endpoints = static_cast<unsigned>(n);
    } else if (take_number(argc, argv, i, "--pes", n)) {
      o.pes = static_cast<unsigned>(n);
    } else if (take_number(argc, argv, i, "--outstanding", n)) {
      o.outstanding = static_cast<unsigned>(n);
    } else if (take_number(argc, argv, i, "--rate", n)) {
      o.rate = static_cast<double>(n);
    } else if (take_number(argc, argv, i, "--sets", n)) {
      o.sets = static_cast<unsigned>(n);
    } else if (take_number(argc, argv, i, "--pages", n)) {
      o.pages = static_cast<unsigned>(n);
    } else if (take_number(argc, argv, i, "--requests", n)) {
      o.requests = n;
    } else {
      rest.push_back(argv[i]);
    }
  }
  if (o.single) {
    print_model("model", o, run_model(o));
    return 0;
  }
  if (!o.summary) {
    int n = static_cast<int>(rest.size());
    benchmark::Initialize(&n, rest.data());
    if (benchmark::ReportUnrecognizedArguments(n, rest.data())) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
  }
  // Many endpoints at the same load: the requests of a microsecond come from all of them.
  Options many = o;
  many.endpoints = 256;
  many.pes = 511;  // firmware keeps the last of 512
  many.outstanding = 256 * 8;
  many.sets = 64;
  many.pages = 512;
  // The loop before and after: the mean of both stands for the machine's speed meanwhile.
  const LoopResult before = run_reference_loop(o.requests, 256, 32);
  const ModelResult model = run_apart(o);
  const LoopResult between = run_reference_loop(o.requests, 256, 32);
  many.rate = 0.6 * model.simulated_per_us * 1e6;  // open loop: below what the walkers can do
  const ModelResult crowd = run_apart(many);
  const LoopResult after = run_reference_loop(o.requests, 256, 32);
  const double loop = (before.requests_per_second + between.requests_per_second) / 2;
  const double crowd_loop = (between.requests_per_second + after.requests_per_second) / 2;
  print_model("model", o, model);
  std::printf("loop: hit %.3f, mean %.1f ns, %.2f requests/us simulated\n", before.hit_share, before.mean_latency_ns,
              before.simulated_per_us);
  print_model("many", many, crowd);
  const double ratio = loop / model.requests_per_second;
  std::printf("many endpoints: ratio %.2f, %.2f times that of few\n", crowd_loop / crowd.requests_per_second,
              crowd_loop / crowd.requests_per_second / ratio);
  std::printf("requests/s %.0f loop/s %.0f ratio %.2f kernel-events/request %.4f\n", model.requests_per_second, loop,
              ratio, model.kernel_events);
  return 0;
}

}  // namespace
}  // namespace phbsim::bench

int sc_main(int argc, char** argv) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
  return phbsim::bench::run(argc, argv);
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
