// SPDX-License-Identifier: Apache-2.0
// User-space drivers from configuration to results: iommufd and VFIO's sPAPR container.
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

const std::string kGenerator = R"([memory]
size = "2G"
[layout.low]
windows = [{ offset = 0, page_size = "64K", size = "1G", mapping = "per_io" }]
[layout.low4k]
windows = [{ offset = 0, page_size = "4K", size = "1G", levels = 2, mapping = "per_io" }]
[layout.both]
windows = [{ offset = 0, page_size = "4K", size = "1G", levels = 2, mapping = "per_io" },
           { offset = "512P", page_size = "64K", size = "4G", levels = 2, mapping = "direct" }]
[pe.dev]
layout = "low"
[endpoint.dev]
[endpoint.dev.generator]
footprint = "4M"
count = 150
)";

Texts errors(const std::string& text, const Texts& sets) {
  Texts out;
  for (const auto& d : config::read_text(text, kSource + "/examples/c.toml", sets).errors) out.push_back(d.text());
  return out;
}
void check_error(const Texts& sets, const std::string& expected) {
  const Texts all = errors(kGenerator, sets);
  INFO(config::join(all, "\n"));
  REQUIRE(all.size() == 1);
  CHECK_THAT(all[0], Contains(expected));
}

std::vector<results::Result> run_all(const std::vector<Texts>& sets) {
  std::vector<config::Config> configs;
  for (const Texts& s : sets) configs.push_back(config_of(kGenerator, s));
  std::vector<results::Result> out;
  for (const std::string& json : simulate_json(configs)) {
    INFO(json.substr(0, 300));
    REQUIRE(json.substr(0, 6) != "error:");
    out.push_back(results::result_from_json(json));
  }
  return out;
}

const std::string kIommufd = "host.stack=iommufd";
const std::string kSpapr = "host.stack=vfio-spapr";
const std::string kFirstFit = "vfio.iova=first_fit";

}  // namespace

TEST_CASE("Every stack, layout and mapping makes the same requests without a fault") {
  std::vector<Texts> sets = {{}};
  for (const Texts& stack : {Texts{kIommufd}, Texts{kIommufd, kFirstFit}, Texts{kSpapr, kFirstFit}}) {
    for (const std::string layout : {"low", "low4k", "both"}) {
      for (const std::string mapping : {"streaming", "pooled", "static"}) {
        Texts s = stack;
        s.push_back("pe.dev.layout=" + layout);
        s.push_back("endpoint.dev.mapping=" + mapping);
        s.push_back("endpoint.dev.pool_buffers=8");
        sets.push_back(s);
      }
    }
  }
  const auto r = run_all(sets);
  for (std::size_t i = 1; i < r.size(); ++i) {
    INFO(config::join(sets[i], " "));
    const auto& e = r[i].endpoints.at(0);
    const auto n = [&](const char* name) { return r[i].counter("vfio", name); };
    const bool spapr = sets[i][0] == kSpapr;
    CHECK(r[i].faults_total == 0);
    CHECK(e.errors == 0);
    CHECK(e.requests == 150);
    CHECK(e.bytes_read + e.bytes_written == r[0].endpoints[0].bytes_read + r[0].endpoints[0].bytes_written);
    CHECK(n("maps") == e.maps);
    CHECK(n("unmaps") == e.unmaps);
    CHECK(n("maps") > 0);
    CHECK(n("ioctls") == e.maps + e.unmaps);
    // Registered memory is pinned once; iommufd pins with each map.
    CHECK((n("pages") > 0) == !spapr);
    CHECK(n("tces") >= e.maps + e.unmaps);
    CHECK(n("tces") == r[i].counter("host", "tce_stores"));
    CHECK(n("busy") >= n("map_time") + n("unmap_time"));
    CHECK(n("failures") == 0);
    CHECK(r[i].counter("host", "kills") >= e.unmaps);
    CHECK(r[i].table_bytes > 0);
  }
}

TEST_CASE("The direct window of a user is all of its memory, mapped before the run") {
  const auto r = run_all({{kIommufd, "pe.dev.layout=both", "endpoint.dev.window=1"},
                          {kSpapr, kFirstFit, "pe.dev.layout=both", "endpoint.dev.window=1"}});
  for (const auto& x : r) {
    CHECK(x.faults_total == 0);
    CHECK(x.endpoints[0].requests == 150);
    CHECK(x.counter("vfio", "maps") == 0);
    CHECK(x.windows.at(1).requests > 0);
    CHECK(x.windows.at(0).requests == 0);
  }
}

TEST_CASE("A container has one lock for all of a call, an address space one for its areas") {
  Texts busy = {"endpoint.dev.generator.queue_depth=32", "vfio.cpus_per_device=8", "vfio.iova=first_fit",
                "endpoint.dev.generator.count=600"};
  Texts a = busy, b = busy;
  a.push_back(kIommufd);
  b.push_back(kSpapr);
  const auto r = run_all({a, b});
  CHECK(r[1].counter("vfio", "lock_wait") > 2 * r[0].counter("vfio", "lock_wait"));
}

TEST_CASE("Costs of calls, pins and entries show in the time of a map") {
  // One call at a time and no DMA: what a call costs more is added to each.
  Texts plain = {kIommufd, "endpoint.dev.workload=populate",
                 "endpoint.dev.populate.size=16M", "endpoint.dev.populate.chunk=128K",
                 "endpoint.dev.populate.concurrency=1", "endpoint.dev.populate.teardown=buffers"};
  Texts ioctl = plain, pin = plain, tce = plain;
  ioctl.push_back("vfio.ioctl=\"2us\"");
  pin.push_back("vfio.pin_page=\"3us\"");
  tce.push_back("vfio.tce=\"1us\"");
  const auto r = run_all({plain, ioctl, pin, tce});
  const auto map_time = [&](std::size_t i) { return r[i].counter("vfio", "map_time"); };
  const std::uint64_t maps = r[0].counter("vfio", "maps");
  CHECK(map_time(1) - map_time(0) == maps * (2000 - 200) * kPsPerNs);
  const std::uint64_t pages_of_maps = r[0].counter("vfio", "pages") / 2;
  CHECK(map_time(2) - map_time(0) == pages_of_maps * (3000 - 40) * kPsPerNs);
  CHECK(maps == 128);
  CHECK(pages_of_maps == 256);
  // Entries of 64K pages, and of 256 of them no new table: one doubleword each.
  CHECK(map_time(3) - map_time(0) == 256 * (1000 - 3) * kPsPerNs);
  const auto unmap_time = [&](std::size_t i) { return r[i].counter("vfio", "unmap_time"); };
  CHECK(unmap_time(1) - unmap_time(0) == maps * (2000 - 200) * kPsPerNs);
  CHECK(unmap_time(2) - unmap_time(0) == pages_of_maps * (3000 - 40) * kPsPerNs);
  CHECK(unmap_time(3) - unmap_time(0) == 256 * (1000 - 3) * kPsPerNs);
}

TEST_CASE("A user's window is torn down at once") {
  std::vector<Texts> sets;
  for (const Texts& stack : {Texts{kIommufd}, Texts{kIommufd, kFirstFit}, Texts{kSpapr, kFirstFit}}) {
    Texts s = stack;
    for (const char* set : {"endpoint.dev.workload=populate", "endpoint.dev.populate.size=16M",
                            "endpoint.dev.populate.chunk=128K", "endpoint.dev.populate.teardown=window"}) {
      s.push_back(set);
    }
    sets.push_back(s);
  }
  for (const auto& r : run_all(sets)) {
    CHECK(r.counter("vfio", "maps") == 128);
    CHECK(r.counter("vfio", "unmaps") == 1);
    CHECK(r.counter("vfio", "tces") == 512);  // set and cleared
    CHECK(r.faults_total == 0);
  }
}

TEST_CASE("A full address space makes maps wait, and all get their turn") {
  const auto r = run_all({{kIommufd, "endpoint.dev.generator.queue_depth=32",
                           "layout.low.windows=[{offset=0,page_size=\"64K\",size=\"1M\",mapping=\"per_io\"}]",
                           "endpoint.dev.generator.footprint=1M"}});
  CHECK(r[0].endpoints[0].requests == 150);
  CHECK(r[0].counter("vfio", "failures") > 0);
  CHECK(r[0].faults_total == 0);
}

TEST_CASE("What user space cannot have is told before the run") {
  check_error({kSpapr}, "vfio.iova");
  check_error({kIommufd, "host.firmware=papr"}, "\"papr\" is not allowed with host.stack \"iommufd\"");
  check_error({kIommufd, "pe.dev.layout=bypass"}, "user space gets no bypass");
  check_error({kIommufd, "layout.low.windows=[{offset=0,page_size=\"2M\",size=\"1G\",mapping=\"per_io\"}]"},
              "larger than vfio.page_size");
  check_error({kIommufd, "pe.dev.layout=linux"}, "allowed: with \"linux-dma\"");
  check_error({kSpapr, kFirstFit, "layout.low.windows=[{offset=\"4G\",page_size=\"64K\",size=\"1G\",mapping=\"per_io\"}]"},
              "VFIO's second window lies at 512P");
  check_error({kIommufd, "endpoint.dev.generator.arrival=poisson"}, "under host.stack \"iommufd\"");
}
