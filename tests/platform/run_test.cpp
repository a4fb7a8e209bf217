// SPDX-License-Identifier: Apache-2.0
// One simulation from its configuration to its results: what is counted, when, and that it is
// repeatable.
#include <numeric>

#include "models/pcie/link_params.hpp"
#include "tests/platform/child.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result_text.hpp"

using namespace phbsim;
using namespace phbsim::test;
using Catch::Matchers::Contains;

namespace {

const std::string kReads = R"(
[pe.dev]
layout = "ddw-64k"
[endpoint.dev.generator]
footprint = "64M"
size = "4K"
queue_depth = 4
)";

/// Random sizes, arrivals and directions; two devices.
const std::string kMixed = R"(
[pe.a]
number = 1
layout = "ddw-4k"
[pe.b]
number = 2
layout = "ddw-64k-l2"
[endpoint.a]
pe = "a"
rid = "01:00.0"
[endpoint.a.generator]
arrival = "poisson"
rate = 2e6
pattern = "zipf"
footprint = "256M"
sizes = [{ bytes = 64, weight = 2 }, { bytes = 1500, weight = 1 }, { bytes = "8K", weight = 1 }]
read_percent = 60
[endpoint.b]
pe = "b"
rid = "02:00.0"
[endpoint.b.generator]
footprint = "1G"
queue_depth = 8
read_percent = 50
[run]
duration = "300us"
warmup = "50us"
)";

const std::string kTrace = R"(
[pe.nvme]
layout = "default32-4k"
[endpoint.nvme]
workload = "trace"
trace = { file = "traces/ps-load-noddw.co.xz", device = "nvme", queue_depth = 8, count = 3000 }
)";

std::uint64_t counter(const results::Result& r, const std::string& group, const std::string& name) {
  return r.counter(group, name);
}

/// What holds for every result in which all requests are done.
void check_consistent(const results::Result& r) {
  const auto n = [&](const char* group, const char* name) { return r.counter(group, name); };
  CHECK(n("tce", "lookups") == n("tce", "hits") + n("tce", "misses"));
  CHECK(n("tce", "merges") <= n("tce", "misses"));
  CHECK(n("tce", "fills") <= n("tce", "walks"));
  CHECK(n("tce", "walks") == n("tce", "misses") - n("tce", "merges") + n("tce", "prefetches"));
  CHECK(n("tce", "evictions") <= n("tce", "fills"));
  CHECK(n("tce", "prefetch_hits") <= n("tce", "prefetches"));
  // A fenced PHB drops TLPs before it looks at their requester.
  const auto rids = n("phb", "rid_hits") + n("phb", "rid_misses");
  const auto tlps = n("phb", "reads") + n("phb", "writes");
  CHECK(rids <= tlps);
  CHECK(rids + n("phb", "dropped") >= tlps);
  CHECK(n("phb", "translated") == n("tce", "lookups"));
  CHECK(n("link", "up_tlps") == n("phb", "reads") + n("phb", "writes"));
  const results::EndpointResult total = r.total();
  CHECK(total.requests == n("endpoint", "requests"));
  CHECK(total.errors == n("endpoint", "errors"));
  std::uint64_t window_bytes = 0, pe_bytes = 0;
  for (const auto& w : r.windows) window_bytes += w.bytes_read + w.bytes_written;
  for (const auto& p : r.pes) pe_bytes += p.bytes_read + p.bytes_written;
  CHECK(window_bytes == pe_bytes);
  if (total.errors == 0) CHECK(total.bytes_read + total.bytes_written == window_bytes);
  for (const auto& e : r.endpoints) {
    CHECK(e.latency.count() == e.requests);
    CHECK(std::accumulate(e.stages.begin(), e.stages.end(), Tick{0}) == e.latency.sum());
    CHECK(e.active <= r.measured);
  }
  for (const auto& u : r.utilisation) CHECK(u.ppm <= 1'000'000);
}

}  // namespace

TEST_CASE("a run of some requests ends with the last of them", "[run]") {
  const results::Result r = run::simulate(config_of(kReads, {"endpoint.dev.generator.count=1000"}));
  CHECK(r.endpoints.at(0).requests == 1000);
  CHECK(r.endpoints[0].bytes_read == 1000 * 4096);
  CHECK(r.end == r.measured);
  CHECK(r.endpoints[0].active == r.end);
  CHECK(r.faults_total == 0);
  CHECK(r.manifest.title.empty());
  CHECK(r.manifest.seed == 1);
  CHECK(r.manifest.config_hash.size() == 16);
  CHECK_THAT(r.manifest.config_toml, Contains("[endpoint.dev.generator]"));
  check_consistent(r);
}

TEST_CASE("a run of some time ends then, whatever the requests do", "[run]") {
  const results::Result r = run::simulate(config_of(kReads, {"run.duration=100us", "endpoint.dev.generator.count=100"}));
  CHECK(r.end == 100 * kPsPerUs);
  CHECK(r.measured == 100 * kPsPerUs);
  CHECK(r.endpoints.at(0).requests == 100);
  CHECK(r.endpoints[0].active < 50 * kPsPerUs);  // the last completion, not the end
  CHECK(r.windows.at(0).throughput == 100ull * 4096 * kPsPerS / r.measured);
}

TEST_CASE("an endless device is measured to the end", "[run]") {
  const results::Result r = run::simulate(config_of(kReads, {"run.duration=100us"}));
  CHECK(r.endpoints.at(0).active == 100 * kPsPerUs);
  CHECK(r.endpoints[0].requests > 100);
}

TEST_CASE("every endpoint's work counts for the end", "[run]") {
  const std::string two = R"(
[pe.dev]
layout = "ddw-64k"
[endpoint.a]
rid = "01:00.0"
generator = { count = 50, queue_depth = 1 }
[endpoint.b]
rid = "02:00.0"
generator = { count = 500, queue_depth = 1 }
)";
  const results::Result r = run::simulate(config_of(two));
  CHECK(r.endpoints.at(0).requests == 50);
  CHECK(r.endpoints.at(1).requests == 500);
  CHECK(r.endpoints[0].active < r.endpoints[1].active);
  CHECK(r.endpoints[1].active == r.end);
  check_consistent(r);
}

TEST_CASE("statistics start at the end of the warm-up", "[run]") {
  // 16 pages: walked for once, all of it within the warm-up.
  const std::vector<std::string> sets = {"endpoint.dev.generator.footprint=1M"};
  auto cold_sets = sets, warm_sets = sets;
  cold_sets.push_back("run.duration=200us");
  warm_sets.push_back("run.duration=200us");
  warm_sets.push_back("run.warmup=100us");
  const auto json = simulate_json({config_of(kReads, cold_sets), config_of(kReads, warm_sets)});
  const results::Result cold = results::result_from_json(json[0]);
  const results::Result warm = results::result_from_json(json[1]);
  CHECK(warm.end == 300 * kPsPerUs);
  CHECK(warm.measured == 200 * kPsPerUs);
  CHECK(cold.measured == 200 * kPsPerUs);
  CHECK(counter(cold, "tce", "walks") == 16);
  CHECK(counter(warm, "tce", "walks") == 0);
  CHECK(counter(cold, "phb", "rid_misses") > 0);
  CHECK(counter(warm, "phb", "rid_misses") == 0);
  // As many requests in the same time, but for those under way at its ends.
  const auto a = cold.endpoints.at(0).requests;
  const auto b = warm.endpoints.at(0).requests;
  CHECK(a > 500);
  CHECK(b + 20 > a);
  CHECK(b < a + 20);
  const auto bytes = warm.windows.at(0).bytes_read;
  CHECK(bytes > (b - 8) * 4096);
  CHECK(bytes < (b + 8) * 4096);
  const std::uint64_t in_flight = 4;
  CHECK(warm.endpoints[0].latency.count() == b);
  CHECK(warm.endpoints[0].latency.sum() <= (warm.measured + 100 * kPsPerUs) * in_flight);
  for (const auto& u : warm.utilisation) CHECK(u.ppm <= 1'000'000);
}

TEST_CASE("bytes on the link are those of the TLPs", "[run]") {
  const std::uint64_t n = 500;
  const auto sets = [&](const std::string& read_percent) {
    return std::vector<std::string>{"endpoint.dev.generator.count=" + std::to_string(n),
                                    "endpoint.dev.generator.read_percent=" + read_percent};
  };
  const auto json = simulate_json({config_of(kReads, sets("100")), config_of(kReads, sets("0"))});
  const pcie::LinkParams p;
  {
    const results::Result r = results::result_from_json(json[0]);
    // Requests of 512 bytes up, completions of 256 bytes down; addresses above 2^59.
    CHECK(counter(r, "link", "up_tlps") == n * 8);
    CHECK(counter(r, "link", "up_bytes") == n * 8 * pcie::request_overhead(p, true));
    CHECK(counter(r, "link", "down_tlps") == n * 16);
    CHECK(counter(r, "link", "down_bytes") == n * (4096 + 16 * pcie::completion_overhead(p)));
    CHECK(counter(r, "phb", "read_lines") == n * 32);
    CHECK(counter(r, "memory", "bytes_read") ==
          n * 4096 + counter(r, "tce", "reads_level_1") * 8 + counter(r, "phb", "rid_misses") * 2);
    check_consistent(r);
  }
  {
    const results::Result r = results::result_from_json(json[1]);
    CHECK(counter(r, "link", "up_tlps") == n * 16);
    CHECK(counter(r, "link", "up_bytes") == n * (4096 + 16 * pcie::request_overhead(p, true)));
    CHECK(counter(r, "link", "down_tlps") == 0);
    CHECK(counter(r, "memory", "bytes_written") == n * 4096);
    CHECK(r.endpoints.at(0).bytes_written == n * 4096);
    check_consistent(r);
  }
}

TEST_CASE("counters of a replay fit each other, and its latency is attributed", "[run]") {
  const results::Result r = run::simulate(config_of(kTrace));
  check_consistent(r);
  CHECK(r.endpoints.at(0).requests == 3000);
  CHECK(r.endpoints[0].maps == counter(r, "host", "map_calls"));
  CHECK(r.endpoints[0].unmaps == counter(r, "host", "unmap_calls"));
  CHECK(r.endpoints[0].maps >= r.endpoints[0].unmaps);
  CHECK(counter(r, "host", "kills") == r.endpoints[0].maps + r.endpoints[0].unmaps);  // one PE kill each
  CHECK(counter(r, "phb", "kills") == counter(r, "host", "kills"));
  CHECK(counter(r, "tce", "killed_entries") > 0);
  CHECK(r.table_bytes == (2 * kGiB >> 12) * 8);
}

TEST_CASE("the same configuration and seed give the same bytes, another seed others", "[run]") {
  const auto json = simulate_json({config_of(kMixed), config_of(kMixed), config_of(kMixed, {"run.seed=2"}),
                                   config_of(kTrace), config_of(kTrace)});
  for (const auto& j : json) REQUIRE(j.substr(0, 6) != "error:");
  CHECK(json[0] == json[1]);
  CHECK(json[3] == json[4]);
  CHECK(without_manifest(json[0]) != without_manifest(json[2]));
  check_consistent(results::result_from_json(json[3]));
}

TEST_CASE("running ahead of the kernel changes nothing but the time it takes", "[run]") {
  const std::string off = "run.run_ahead=false";
  const auto json = simulate_json({config_of(kMixed), config_of(kMixed, {off}), config_of(kTrace),
                                   config_of(kTrace, {off}), config_of(kReads, {"endpoint.dev.generator.count=300"}),
                                   config_of(kReads, {"endpoint.dev.generator.count=300", off})});
  for (std::size_t i = 0; i < json.size(); i += 2) {
    INFO(i);
    REQUIRE(json[i].substr(0, 6) != "error:");
    CHECK(json[i] != json[i + 1]);  // the manifest says so
    CHECK(without_manifest(json[i]) == without_manifest(json[i + 1]));
  }
}

TEST_CASE("progress changes nothing", "[run]") {
  const auto c = config_of(kMixed);
  std::vector<std::function<std::string()>> tasks = {
      [&c] { return results::to_json(run::simulate(c)); },
      [&c] {
        double last = -1;
        const auto r = run::simulate(c, [&last](double share, Tick) {
          if (share < last || share > 1) throw UserError("progress goes back");
          last = share;
        });
        return results::to_json(r);
      }};
  const auto o = explore::run_tasks(tasks, 2);
  REQUIRE(o[0].ok);
  INFO(o[1].error);
  REQUIRE(o[1].ok);
  CHECK(o[0].output == o[1].output);
}

TEST_CASE("faults are results", "[run]") {
  // Writes of 512 bytes into the MSI window of a bypass window at 0: the PHB fences itself.
  const std::string toml = R"(
[layout.zero]
windows = [{ bypass = true, offset = 0 }]
[pe.dev]
number = 3
layout = "zero"
[endpoint.dev.generator]
pattern = "strided"
stride = "64K"
alignment = "64K"
footprint = "4G"
size = 512
read_percent = 0
count = 60000
)";
  const results::Result r = run::simulate(config_of(toml));
  CHECK(r.endpoints.at(0).requests == 60000);
  CHECK(r.endpoints[0].errors > 1000);
  CHECK(r.faults_total == 1);
  REQUIRE(r.faults.size() == 1);
  CHECK(r.faults[0].fault == "msi_size");
  CHECK(r.faults[0].addr == 0xffff0000);
  CHECK(r.faults[0].pe == 3);
  CHECK(r.faults[0].rid == 0x100);
  CHECK(r.faults[0].effect == "fence");
  std::uint64_t by_name = 0;
  for (const auto& f : r.endpoints[0].faults) by_name += f.second;
  CHECK(by_name == r.endpoints[0].errors);
  CHECK(r.endpoints[0].bytes_written == (60000 - r.endpoints[0].errors) * 512);
  check_consistent(r);
}

TEST_CASE("what only shows when the system is built is the user's error", "[run]") {
  const std::string two = R"(
[pe.dev]
layout = "ddw-64k"
[endpoint.a]
rid = "01:00.0"
generator = { footprint = "40G", count = 10 }
[endpoint.b]
rid = "02:00.0"
generator = { footprint = "40G", count = 10 }
)";
  const std::string window = R"(
[pe.dev]
layout = "default32-4k"
[endpoint.a]
rid = "01:00.0"
generator = { footprint = "1500M", count = 10 }
[endpoint.b]
rid = "02:00.0"
generator = { footprint = "1500M", count = 10 }
)";
  std::vector<config::Config> configs = {
      config_of(two), config_of(window), config_of(kTrace, {"endpoint.nvme.trace.device=nvme0"}),
      // The guest has 2 GiB: its addresses lie beyond this memory. Found while the trace is played.
      config_of(kTrace, {"memory.size=512M", "pe.nvme.layout=bypass"}),
      // A 1 MiB window holds the driver's buffers for a while only.
      config_of(kTrace + "[layout.small]\nwindows = [{ offset = 0, page_size = \"64K\", size = \"1M\", mapping = "
                         "\"per_io\" }]\n",
                {"pe.nvme.layout=small"}),
      config_of(kTrace, {"endpoint.nvme.trace.file=traces/README.md"}),
      config_of(kTrace, {"endpoint.nvme.trace.file=traces/ps-ddw16m.co.xz", "endpoint.nvme.trace.transpose=false"}),
  };
  const auto json = simulate_json(configs);
  CHECK_THAT(json[0], Contains("error: endpoint.b.generator.footprint: 40 GiB") && Contains("beyond memory.size = 64 GiB"));
  CHECK_THAT(json[1], Contains("error: endpoint.b.generator.footprint: ") && Contains("does not fit the window of 2 GiB of pe.dev"));
  CHECK_THAT(json[2], Contains("no DMA of a device \"nvme0\"") && Contains("it has: e1000e, nvme"));
  CHECK_THAT(json[3], Contains("ps-load-noddw.co.xz:") && Contains("memory.size is 512 MiB"));
  CHECK_THAT(json[4], Contains("ps-load-noddw.co.xz:") && Contains("has no ") && Contains("free pages"));
  CHECK_THAT(json[5], Contains("README.md:3: time is \"What\""));
  CHECK_THAT(json[6], Contains("allow_any_page_size"));
  for (const auto& j : json) {
    INFO(j);
    CHECK(j.find("internal") == std::string::npos);
    CHECK(j.find("Error:") == std::string::npos);  // no text of the SystemC kernel around it
  }
}

TEST_CASE("traces as recorded: direct DDW, default window, bypass", "[run]") {
  const auto config = [](const std::string& trace, const std::string& device) {
    return config_of(R"(
[phb.phb0]
allow_any_page_size = true
[pe.dev]
layout = "bypass"
[endpoint.dev]
workload = "trace"
[endpoint.dev.trace]
transpose = false
file = "traces/)" + trace + ".co.xz\"\ndevice = \"" + device + "\"\ncount = 150\n");
  };
  const auto json = simulate_json({config("ps-ddw64k", "nvme"), config("ps-ddw16m", "nvme"), config("ps-noddw", "nvme"),
                                   config("pnv9-bypass", "nvme"), config("pnv9-nobypass", "nvme"),
                                   config("ps-noddw", "e1000e"), config("pnv9-nobypass", "xhci")});
  for (const auto& j : json) {
    INFO(j.substr(0, 300));
    REQUIRE(j.substr(0, 6) != "error:");
    const results::Result r = results::result_from_json(j);
    CHECK(r.endpoints.at(0).requests == 150);
    CHECK(r.endpoints[0].errors == 0);
    CHECK(r.faults_total == 0);
    CHECK(r.endpoints[0].layout == "recorded");
    check_consistent(r);
  }
}

TEST_CASE("a repeated replay makes the trace's accesses again", "[run]") {
  for (const std::string layout : {"default32-4k", "bypass"}) {
    const auto json = simulate_json({config_of(R"(
[pe.dev]
layout = ")" + layout + R"("
[endpoint.dev]
workload = "trace"
trace = { file = "traces/ps-noddw.co.xz", device = "nvme", repeat = true, count = 1000 }
)")});
    INFO(json[0].substr(0, 300));
    const results::Result r = results::result_from_json(json[0]);
    CHECK(r.endpoints.at(0).requests == 1000);
    CHECK(r.endpoints[0].errors == 0);
    check_consistent(r);
  }
}

TEST_CASE("PHBs do not disturb each other's counters", "[run]") {
  const std::string toml = R"(
[phb.one]
index = 0
[phb.two]
index = 3
pec = 2
[pe.a]
phb = "one"
layout = "ddw-64k"
[pe.b]
phb = "two"
layout = "bypass"
[endpoint.a]
pe = "a"
generator = { count = 200 }
[endpoint.b]
pe = "b"
generator = { count = 300, read_percent = 0 }
)";
  const results::Result r = run::simulate(config_of(toml));
  check_consistent(r);
  std::uint64_t blocks = 0;
  for (const auto& c : r.counters) {
    if (c.group != "phb") continue;
    ++blocks;
    std::uint64_t reads = 0, writes = 0;
    for (const auto& [name, n] : c.values) {
      if (name == "reads") reads = n;
      if (name == "writes") writes = n;
    }
    CHECK((c.path.find("one") != std::string::npos ? reads == 1600 && writes == 0 : reads == 0 && writes == 4800));
  }
  CHECK(blocks == 2);
}
