// SPDX-License-Identifier: Apache-2.0
// Software that maps, from configuration to results: the rules for it, and that every combination
// of stack, firmware, allocator and mapping makes the same requests without a fault.
#include <algorithm>

#include "models/base/bits.hpp"
#include "platform/config/spelling.hpp"
#include "platform/explore/explore.hpp"
#include "tests/platform/child.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result_text.hpp"

using namespace phbsim;
using namespace phbsim::test;
using Catch::Matchers::Contains;

namespace {

using Texts = std::vector<std::string>;

/// A generator in a per-I/O window: lines 1 to 6.
const std::string kGenerator = R"([pe.dev]
layout = "ddw-64k-io"
[endpoint.dev]
[endpoint.dev.generator]
footprint = "1M"
count = 120
)";
const std::string kLinux = "host.stack=linux-dma";
const std::string kPapr = "host.firmware=papr";

const std::string kPopulate = R"([pe.dev]
layout = "guest"
[layout.guest]
windows = [{ offset = "512P", page_size = "64K", size = "4G", levels = 2, mapping = "per_io" }]
[endpoint.dev]
workload = "populate"
populate = { size = "256M", chunk = "4M", concurrency = 2 }
[host]
stack = "linux-dma"
)";

const std::string kTrace = R"([pe.nvme]
layout = "default32-4k"
[endpoint.nvme]
workload = "trace"
trace = { file = "traces/ps-noddw.co.xz", device = "nvme", count = 100, queue_depth = 8 }
)";

Texts errors(const std::string& text, const Texts& sets) {
  Texts out;
  for (const auto& d : config::read_text(text, kSource + "/examples/c.toml", sets).errors) {
    const std::string t = d.text();
    const auto at = t.find("c.toml");
    out.push_back(at == std::string::npos ? t : t.substr(at));
  }
  return out;
}
Texts errors(const std::string& text, Texts sets, const Texts& more) {
  sets.insert(sets.end(), more.begin(), more.end());
  return errors(text, sets);
}
/// The only error, whatever its place.
void check_error(const std::string& text, const Texts& sets, const std::string& expected) {
  const Texts all = errors(text, sets);
  INFO(config::join(all, "\n"));
  REQUIRE(all.size() == 1);
  CHECK_THAT(all[0], Catch::Matchers::EndsWith(expected));
}

std::vector<results::Result> run_all(const std::vector<config::Config>& configs) {
  std::vector<results::Result> out;
  for (const std::string& json : simulate_json(configs)) {
    INFO(json.substr(0, 300));
    REQUIRE(json.substr(0, 6) != "error:");
    out.push_back(results::result_from_json(json));
  }
  return out;
}

}  // namespace

// -- rules --------------------------------------------------------------------------------------

TEST_CASE("without a word there is no kernel and no hypervisor", "[hostconfig]") {
  const config::Config c = config_of(kGenerator);
  CHECK_FALSE(c.linux_stack());
  CHECK_FALSE(c.partitioned());
  CHECK(c.endpoints.at(0).mapping == "streaming");
  CHECK(c.linux_dma.iova == "iommu_table");
}

TEST_CASE("a hypervisor needs a kernel that calls it", "[hostconfig]") {
  CHECK(errors(kGenerator, {kLinux, kPapr}).empty());
  CHECK(errors(kGenerator, {kLinux}).empty());
  check_error(kGenerator, {kPapr},
              "host.firmware: \"papr\" is not allowed with host.stack \"bare\", which makes no "
              "hypercalls; allowed: "
              "\"opal\", or host.stack \"linux-dma\"");
}

TEST_CASE("names of stacks, firmware, allocators, mappings and personalities are checked",
          "[hostconfig]") {
  check_error(kGenerator, {"host.stack=linux"},
              "host.stack: \"linux\" is not allowed; allowed: \"bare\", \"linux-dma\", \"iommufd\", \"vfio-spapr\"");
  check_error(kGenerator, {"host.firmware=uefi"},
              "host.firmware: \"uefi\" is not allowed; allowed: \"opal\", \"papr\"");
  check_error(kGenerator, {"endpoint.dev.mapping=stream"},
              "endpoint.dev.mapping: \"stream\" is not allowed; allowed: \"streaming\", "
              "\"pooled\", \"static\"");
  for (const auto& [key, names] : std::vector<std::pair<std::string, Texts>>{
           {"linux.iova", {"\"iommu_table\"", "\"dma_iommu\"", "\"dma_iommu_lazy\""}},
           {"hypervisor.personality", {"\"papr\"", "\"qemu\"", "\"kvm\""}},
           {"hypervisor.kill_policy", {"\"page\"", "\"pe\"", "\"auto\"", "\"none\""}}}) {
    const Texts all = errors(kGenerator, {key + "=nonsense"});
    REQUIRE(all.size() == 1);
    CHECK_THAT(all[0], Contains(key + ": \"nonsense\""));
    for (const std::string& name : names) CHECK_THAT(all[0], Contains(name));
  }
}

TEST_CASE("numbers of the kernel, the pool and the hypervisor have limits", "[hostconfig]") {
  check_error(kGenerator, {"linux.cpus=0"}, "linux.cpus: 0 is not allowed; allowed: 1..2048");
  check_error(kGenerator, {"linux.cpus_per_device=0"},
              "linux.cpus_per_device: 0 is not allowed; allowed: 1..2048");
  check_error(kGenerator, {"linux.pools=3"},
              "linux.pools: 3 is not allowed; allowed: 1..4, a power of two");
  check_error(kGenerator, {"linux.queue_entries=1"},
              "linux.queue_entries: 1 is not allowed; allowed: 2..65536");
  check_error(kGenerator, {"endpoint.dev.pool_buffers=0"},
              "endpoint.dev.pool_buffers: 0 is not allowed; allowed: 1..4294967296");
  CHECK_THAT(
      errors(kGenerator, {"linux.page_size=16K"}).at(0),
      Contains("linux.page_size: \"16K\" is not allowed") && Contains("4K") && Contains("64K"));
  CHECK_THAT(errors(kGenerator, {"linux.map_entry=1s"}).at(0),
             Contains("linux.map_entry: \"1s\" is not allowed; allowed: 0"));
  CHECK_THAT(errors(kGenerator, {"hypervisor.poll_interval=0"}).at(0),
             Contains("hypervisor.poll_interval: "));
}

TEST_CASE("an open loop does not wait for maps", "[hostconfig]") {
  const Texts open{"endpoint.dev.generator.arrival=poisson"};
  CHECK(errors(kGenerator, open).empty());
  CHECK(errors(kGenerator, {kLinux, "pe.dev.layout=ddw-64k"}, open).empty());
  check_error(kGenerator, {kLinux, open[0]},
              "endpoint.dev.generator.arrival: \"poisson\" is not allowed in a per-I/O window "
              "under host.stack "
              "\"linux-dma\"; allowed: \"closed\"");
}

TEST_CASE("a populate needs a kernel, a window to map in, and room", "[hostconfig]") {
  CHECK(errors(kPopulate, {}).empty());
  CHECK(errors(kPopulate, {kPapr}).empty());
  check_error(kPopulate, {"host.stack=bare"},
              "endpoint.dev.workload: \"populate\" needs software that maps; allowed: with "
              "host.stack \"linux-dma\", \"iommufd\" or \"vfio-spapr\"");
  check_error(kPopulate, {"pe.dev.layout=bypass"},
              "endpoint.dev.window: \"populate\" needs a window with mapping \"per_io\"");
  check_error(kPopulate, {"pe.dev.layout=ddw-2m"},
              "endpoint.dev.window: \"populate\" needs a window with mapping \"per_io\"");
  check_error(kPopulate, {"endpoint.dev.populate.size=5G"},
              "endpoint.dev.populate.size: 5G does not fit the window of 4G");
  CHECK(errors(kPopulate, {"endpoint.dev.populate.teardown=window"}).empty());
  check_error(kPopulate, {kPapr, "endpoint.dev.populate.teardown=window"},
              "endpoint.dev.populate.teardown: \"window\" is not allowed with host.firmware "
              "\"papr\", where a window is "
              "cleared by calls; allowed: \"none\", \"buffers\"");
  check_error(kPopulate, {"endpoint.dev.populate.concurrency=0"},
              "endpoint.dev.populate.concurrency: 0 is not allowed; allowed: 1..256");
  CHECK_THAT(
      errors(kPopulate, {"endpoint.dev.populate.chunk=3M"}).at(0),
      Contains("endpoint.dev.populate.chunk: \"3M\" is not allowed") && Contains("a power of two"));
}

TEST_CASE("recorded bus addresses leave a kernel nothing to hand out", "[hostconfig]") {
  const std::string recorded = "endpoint.nvme.trace.transpose=false";
  CHECK(errors(kTrace, {kLinux}).empty());
  CHECK(errors(kTrace, {recorded}).empty());
  check_error(kTrace, {kLinux, recorded},
              "endpoint.nvme.trace.transpose: false is not allowed with host.stack \"linux-dma\": "
              "what was recorded has "
              "its bus addresses; allowed: true, or host.stack \"bare\"");
}

TEST_CASE("the table of a window is populated in one of two ways", "[hostconfig]") {
  const std::string layout =
      "[layout.w]\nwindows = [{ offset = 0, page_size = \"4K\", size = \"1G\", levels = 2, "
      "mapping = \"per_io\", population = \"";
  CHECK(errors(kGenerator + layout + "full\" }]\n", {}).empty());
  const Texts all = errors(kGenerator + layout + "half\" }]\n", {});
  REQUIRE(all.size() == 1);
  CHECK_THAT(all[0],
             Contains("population") && Contains("\"half\"") && Contains("\"on_demand\", \"full\""));
}

TEST_CASE("a configuration of the host is written out and read again", "[hostconfig]") {
  const config::Config c = config_of(
      kPopulate, {kPapr, "linux.iova=dma_iommu_lazy", "linux.cpus=3", "linux.pin_page=2us",
                  "hypervisor.personality=kvm", "endpoint.dev.mapping=pooled",
                  "endpoint.dev.pool_buffers=77", "phb.phb0.host.skip_absent=false"});
  const std::string text = config::to_toml(c, false);
  const config::Config again = config_of(text);
  CHECK(config::to_toml(again, false) == text);
  CHECK(again.host.stack == "linux-dma");
  CHECK(again.host.firmware == "papr");
  CHECK(again.linux_dma.iova == "dma_iommu_lazy");
  CHECK(again.linux_dma.cpus == 3);
  CHECK(again.linux_dma.pin_page == 2 * kPsPerUs);
  CHECK(again.hypervisor.personality == "kvm");
  CHECK(again.endpoints.at(0).mapping == "pooled");
  CHECK(again.endpoints[0].pool_buffers == 77);
  CHECK(again.endpoints[0].populate.chunk == 4 * kMiB);
  CHECK_FALSE(again.phbs.at(0).host.skip_absent);
}

// -- runs ---------------------------------------------------------------------------------------

namespace {

struct Combination {
  Texts sets;
  bool linux_stack = false, partition = false, lazy = false;
  std::string mapping = "streaming";
};

std::vector<Combination> combinations(const std::string& endpoint) {
  std::vector<Combination> out(1);
  for (const std::string firmware : {"opal", "papr"}) {
    for (const std::string iova : {"iommu_table", "dma_iommu", "dma_iommu_lazy"}) {
      for (const std::string mapping : {"streaming", "pooled", "static"}) {
        Combination c;
        c.linux_stack = true;
        c.partition = firmware == "papr";
        c.lazy = iova == "dma_iommu_lazy";
        c.mapping = mapping;
        c.sets = {kLinux, "host.firmware=" + firmware, "linux.iova=" + iova,
                  "endpoint." + endpoint + ".mapping=" + mapping,
                  "endpoint." + endpoint + ".pool_buffers=8"};
        out.push_back(c);
      }
    }
  }
  return out;
}

void check_combinations(const std::string& text, const std::string& endpoint,
                        std::uint64_t requests) {
  const auto all = combinations(endpoint);
  std::vector<config::Config> configs;
  for (const auto& c : all) configs.push_back(config_of(text, c.sets));
  const auto results = run_all(configs);
  const results::EndpointResult& plain = results[0].endpoints.at(0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Combination& c = all[i];
    const results::Result& r = results[i];
    const results::EndpointResult& e = r.endpoints.at(0);
    INFO(config::join(c.sets, " "));
    const auto n = [&](const char* group, const char* name) { return r.counter(group, name); };
    CHECK(r.faults_total == 0);
    CHECK(e.errors == 0);
    CHECK(e.requests == requests);
    if (c.linux_stack) {
      CHECK(e.bytes_read == results[1].endpoints[0].bytes_read);
      CHECK(e.bytes_written == results[1].endpoints[0].bytes_written);
      CHECK(n("linux", "maps") == e.maps);
      CHECK(n("linux", "unmaps") == e.unmaps);
      CHECK(n("linux", "failures") == 0);
      CHECK(n("linux", "logged") == 0);
      CHECK(n("linux", "busy") >= n("linux", "map_time") + n("linux", "unmap_time"));
    }
    CHECK(e.bytes_read + e.bytes_written == plain.bytes_read + plain.bytes_written);
    CHECK(r.table_bytes > 0);
    if (c.linux_stack && !c.partition) {
      CHECK(n("linux", "hypercalls") == 0);
      CHECK(n("host", "map_calls") == e.maps);
      CHECK(n("host", "unmap_calls") == e.unmaps);
    }
    if (c.partition) {
      CHECK(n("linux", "hypercalls") == n("hypervisor", "calls"));
      CHECK(n("hypervisor", "calls") >= e.maps + e.unmaps);
      CHECK(n("hypervisor", "errors") == 0);
      CHECK(n("hypervisor", "tces") == n("linux", "tces"));
    }
    // A flush is for a lazy domain; in a partition each clearing call kills all the same.
    if (!c.lazy) CHECK(n("linux", "flushes") == 0);
    if (c.mapping == "static") CHECK(e.unmaps == 0);
    if (c.linux_stack && c.mapping == "streaming") CHECK(e.maps > 0);
    if (c.mapping == "pooled") {
      CHECK(e.maps >= e.unmaps);
    }
    CHECK(r.windows.at(0).faults == 0);
  }
  // Fewer maps, the longer they are kept.
  for (std::size_t i = 1; i + 2 < all.size(); i += 3) {
    CHECK(results[i].endpoints[0].maps >= results[i + 1].endpoints[0].maps);
    CHECK(results[i + 1].endpoints[0].maps >= results[i + 2].endpoints[0].maps);
  }
}

}  // namespace

TEST_CASE("a generator makes the same requests whoever maps for it", "[hostconfig]") {
  check_combinations(kGenerator + "read_percent = 60\nqueue_depth = 8\n", "dev", 120);
}

TEST_CASE("a generator's buffers are all unmapped in the end if they are mapped for one use",
          "[hostconfig]") {
  std::vector<config::Config> configs;
  for (const auto& c : combinations("dev"))
    if (c.linux_stack && c.mapping == "streaming") configs.push_back(config_of(kGenerator, c.sets));
  for (const auto& r : run_all(configs)) {
    CHECK(r.endpoints.at(0).maps == 120);
    CHECK(r.endpoints[0].unmaps == 120);
  }
}

TEST_CASE("a trace of a driver that maps per I/O is played under every kernel", "[hostconfig]") {
  check_combinations(kTrace, "nvme", 100);
}

TEST_CASE("a kernel's times repeat, and do not depend on running ahead", "[hostconfig]") {
  std::vector<config::Config> configs;
  const Texts heavy{kLinux,
                    "linux.cpus=4",
                    "linux.pools=1",
                    "endpoint.dev.generator.queue_depth=16",
                    "endpoint.dev.generator.count=400",
                    "endpoint.dev.generator.read_percent=50"};
  for (const std::string firmware : {"opal", "papr"}) {
    for (const std::string iova : {"iommu_table", "dma_iommu_lazy"}) {
      for (const std::string ahead : {"true", "true", "false"}) {
        Texts sets = heavy;
        sets.push_back("host.firmware=" + firmware);
        sets.push_back("linux.iova=" + iova);
        sets.push_back("run.run_ahead=" + ahead);
        configs.push_back(config_of(kGenerator, sets));
      }
    }
  }
  const auto json = simulate_json(configs);
  for (std::size_t i = 0; i < json.size(); i += 3) {
    INFO(i);
    REQUIRE(json[i].substr(0, 6) != "error:");
    CHECK(json[i] == json[i + 1]);
    CHECK(without_manifest(json[i]) == without_manifest(json[i + 2]));
  }
}

TEST_CASE("two endpoints of a PE share its window, its pages and its locks", "[hostconfig]") {
  const std::string two = R"(
[pe.dev]
layout = "default32-4k"
[endpoint.a]
rid = "01:00.0"
generator = { footprint = "1M", count = 100 }
[endpoint.b]
rid = "02:00.0"
generator = { footprint = "1M", count = 150, read_percent = 0 }
[host]
stack = "linux-dma"
)";
  const auto r =
      run_all({config_of(two, {"linux.cpus=2", "linux.pools=1"}), config_of(two, {kPapr})});
  for (const auto& x : r) {
    CHECK(x.endpoints.at(0).maps == 100);
    CHECK(x.endpoints.at(1).unmaps == 150);
    CHECK(x.faults_total == 0);
    CHECK(x.counter("linux", "maps") == 250);
  }
  CHECK(r[0].counter("linux", "lock_wait") > 0);
}

TEST_CASE("a window too small for what is under way holds its driver up, no request is lost",
          "[hostconfig]") {
  const std::string layout =
      "[layout.small]\nwindows = [{ offset = \"512P\", page_size = \"64K\", size = \"1M\", "
      "mapping = \"per_io\" }]\n";
  std::vector<config::Config> configs;
  for (const auto& c : combinations("dev")) {
    if (!c.linux_stack || c.mapping != "streaming") continue;
    Texts sets = c.sets;
    for (const char* s :
         {"pe.dev.layout=small", "endpoint.dev.generator.queue_depth=64",
          "endpoint.dev.generator.count=500", "linux.queue_timeout=50us", "linux.queue_entries=8"})
      sets.emplace_back(s);
    configs.push_back(config_of(kGenerator + layout, sets));
  }
  for (const auto& r : run_all(configs)) {
    CHECK(r.endpoints.at(0).requests == 500);
    CHECK(r.endpoints[0].maps == 500);
    CHECK(r.endpoints[0].unmaps == 500);
    CHECK(r.endpoints[0].errors == 0);
    CHECK(r.faults_total == 0);
    CHECK(r.counter("linux", "failures") > 10);
  }
}

// -- populate -----------------------------------------------------------------------------------

TEST_CASE("a populate maps its memory once, under either firmware", "[hostconfig]") {
  std::vector<config::Config> configs;
  for (const std::string firmware : {"opal", "papr"})
    for (const std::string teardown : {"none", "buffers"})
      configs.push_back(config_of(
          kPopulate, {"host.firmware=" + firmware, "endpoint.dev.populate.teardown=" + teardown}));
  const auto r = run_all(configs);
  for (std::size_t i = 0; i < 4; ++i) {
    INFO(i);
    CHECK(r[i].endpoints.at(0).requests == 0);
    CHECK(r[i].endpoints[0].maps == 64);
    CHECK(r[i].endpoints[0].unmaps == (i % 2 == 0 ? 0 : 64));
    CHECK(r[i].counter("linux", "tces") == 4096 * (i % 2 + 1));
    CHECK(r[i].counter("linux", "hypercalls") == (i < 2 ? 0 : 64 * (i % 2 + 1)));
    CHECK(r[i].measured > 0);
  }
  CHECK(r[1].measured > r[0].measured);
  CHECK(r[3].measured > r[2].measured);
}

TEST_CASE("a fully populated table has every table from the start, one on demand what is used",
          "[hostconfig]") {
  const auto text = [](const std::string& population) {
    return R"([pe.dev]
layout = "guest"
[layout.guest]
windows = [{ offset = "512P", page_size = "4K", size = "64G", levels = 3, mapping = "per_io", population = ")" +
           population + R"(" }]
[endpoint.dev]
workload = "populate"
populate = { size = "64M", chunk = "4M", teardown = "window" }
[host]
stack = "linux-dma"
)";
  };
  const auto r = run_all({config_of(text("full")), config_of(text("on_demand")),
                          config_of(text("full"), {"phb.phb0.host.skip_absent=false"}),
                          config_of(text("on_demand"), {"phb.phb0.host.skip_absent=false"})});
  // 2^24 entries of 8 bytes, tables of 8192: 2048 leaf tables, one above, the root.
  CHECK(r[0].table_bytes == (2048 + 1 + 1) * 64 * kKiB);
  // 16384 pages: two or three leaf tables.
  CHECK(r[1].table_bytes <= (3 + 1 + 1) * 64 * kKiB);
  CHECK(r[1].table_bytes >= (2 + 1 + 1) * 64 * kKiB);
  CHECK(r[2].table_bytes == r[0].table_bytes);
  CHECK(r[3].table_bytes == r[1].table_bytes);
  // With all tables there is nothing to pass over; on demand it makes the difference.
  CHECK(r[2].measured == r[0].measured);
  CHECK(r[3].measured > r[1].measured + kPsPerS);  // 2^24 entries of 180 ns
  CHECK(r[0].measured > 20 * r[1].measured);
  for (const auto& x : r) {
    CHECK(x.endpoints.at(0).maps == 16);
    CHECK(x.endpoints[0].unmaps == 1);
    CHECK(x.endpoints[0].errors == 0);
  }
}

// -- explorations -------------------------------------------------------------------------------

namespace {

results::Exploration explore_text(const std::string& toml) {
  const Scratch scratch;
  const std::string file = scratch.write("x.toml", toml);
  const config::ReadResult r = config::read_file(file, {});
  for (const auto& e : r.errors) UNSCOPED_INFO(e.text());
  REQUIRE(r.ok());
  return explore::explore(r.config, {});
}

}  // namespace

TEST_CASE("an exploration of populates is ranked by duration, in table and words", "[hostconfig]") {
  const auto x = explore_text(kPopulate + R"(
[explore]
rank_by = "duration"
[explore.axes]
"host.firmware" = ["papr", "opal"]
"linux.pin_page" = ["1us", "0ns"]
)");
  REQUIRE(x.ranking.size() == 4);
  for (std::size_t i = 1; i < 4; ++i)
    CHECK(x.points[x.ranking[i - 1]].result.measured <= x.points[x.ranking[i]].result.measured);
  CHECK(x.ranking.back() % 2 == 0);  // pinning is slow
  const std::string table = results::to_table(x);
  CHECK_THAT(table,
             Contains("ranked by duration") && Contains("Duration") && !Contains("Throughput"));
  const std::string words = results::explain(x);
  CHECK_THAT(words, Contains(" takes ") && !Contains("No request"));
  CHECK_THAT(results::to_html({x}), Contains("duration"));
}

TEST_CASE("an exploration of mappings is ranked by CPU time per request", "[hostconfig]") {
  const auto x = explore_text(kGenerator + R"(
[host]
stack = "linux-dma"
[explore]
rank_by = "cpu_time"
[explore.axes]
"endpoint.*.mapping" = ["streaming", "static"]
"host.firmware" = ["opal", "papr"]
)");
  REQUIRE(x.ranking.size() == 4);
  const auto cpu = [&](std::size_t i) {
    return x.points[x.ranking[i]].result.counter("linux", "busy");
  };
  for (std::size_t i = 1; i < 4; ++i) CHECK(cpu(i - 1) <= cpu(i));
  CHECK(x.ranking[0] >= 2);  // static
  CHECK(x.ranking[1] >= 2);
  CHECK_THAT(results::to_table(x), Contains("ranked by cpu_time") && Contains("CPU/req"));
  CHECK_THAT(results::explain(x), Contains("CPU time per request") && Contains("static"));
}
