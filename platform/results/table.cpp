// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "platform/results/metrics.hpp"
#include "platform/results/text_table.hpp"
#include "platform/results/utf8.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

namespace {

using Align = TextTable::Align;

constexpr std::size_t kFaultsShown = 10;

std::string endpoints_table(const Result& r) {
  TextTable t;
  t.column("Endpoint", Align::Left);
  t.column("PE", Align::Left);
  t.column("Layout", Align::Left);
  for (const char* title :
       {"Requests", "Throughput", "p50", "p90", "p99", "p99.9", "max", "Errors"})
    t.column(title);
  const auto row = [&](const EndpointResult& e) {
    const stats::Histogram& h = e.latency;
    t.row({to_ascii(e.name), to_ascii(e.pe), to_ascii(e.layout), std::to_string(e.requests),
           human_rate(e.throughput()), human_time(h.quantile(500'000)),
           human_time(h.quantile(900'000)), human_time(h.quantile(990'000)),
           human_time(h.quantile(999'000)), human_time(h.max()), std::to_string(e.errors)});
  };
  for (const EndpointResult& e : r.endpoints) row(e);
  if (r.endpoints.size() != 1) row(r.total());
  return t.text();
}

/// What user-space drivers' system calls cost, if there were any.
std::string vfio_lines(const Result& r) {
  const auto n = [&](const char* name) { return r.counter("vfio", name); };
  const std::uint64_t maps = n("maps"), unmaps = n("unmaps");
  if (maps + unmaps == 0) return {};
  std::string out = fmt::format("VFIO   {} maps of {}, {} unmaps of {} CPU time each; {} per request\n", maps,
                                human_time(mean_of(n("map_time"), maps)), unmaps,
                                human_time(mean_of(n("unmap_time"), unmaps)),
                                human_time(mean_of(n("busy"), r.total().requests)));
  out += fmt::format("       {} system calls, {} host pages pinned or given back, {} table entries, {} kills; {} waited for locks\n",
                     n("ioctls"), n("pages"), n("tces"), r.counter("host", "kills"), human_time(n("lock_wait")));
  if (n("failures") != 0) out += fmt::format("       {} maps that had to wait for bus addresses\n", n("failures"));
  return out + "\n";
}

/// What Linux's mapping cost, if it ran.
std::string kernel_lines(const Result& r) {
  const auto n = [&](const char* name) { return r.counter("linux", name); };
  const std::uint64_t maps = n("maps"), unmaps = n("unmaps");
  if (maps + unmaps == 0) return {};
  const std::uint64_t requests = r.total().requests;
  const auto per_request = [&](std::uint64_t v) {
    return fmt::format("{:.2f}", requests == 0 ? 0.0 : static_cast<double>(v) / static_cast<double>(requests));
  };
  std::string out = fmt::format("Linux  {} maps of {}, {} unmaps of {} CPU time each; {} per request\n", maps,
                                human_time(mean_of(n("map_time"), maps)), unmaps,
                                human_time(mean_of(n("unmap_time"), unmaps)),
                                human_time(mean_of(n("busy"), requests)));
  out += fmt::format("       per request {} hypercalls, {} TCEs, {} allocator probes; {} waited for its locks\n",
                     per_request(n("hypercalls")), per_request(n("tces")), per_request(n("probes")),
                     human_time(n("lock_wait")));
  out += fmt::format("       bus pages: the longest free run is {} % of the free ones", percent(n("largest_free_run"), n("free_pages")));
  out += n("cache_hits") == 0 ? "\n" : fmt::format("; {} % of maps from a CPU's own cache\n", percent(n("cache_hits"), maps));
  if (n("flushes") + n("failures") + n("logged") != 0)
    out += fmt::format("       {} flushes, {} maps that had to wait for bus pages, {} answers logged\n", n("flushes"),
                       n("failures"), n("logged"));
  if (const std::uint64_t calls = r.counter("hypervisor", "calls"); calls != 0)
    out += fmt::format("       hypervisor: {} calls of {}, {} TCEs, {} kills, {} waited for tables\n", calls,
                       human_time(mean_of(r.counter("hypervisor", "busy"), calls)), r.counter("hypervisor", "tces"),
                       r.counter("hypervisor", "kills"), human_time(r.counter("hypervisor", "lock_wait")));
  return out + "\n";
}

std::string traffic_table(const Result& r) {
  TextTable t;
  t.column("PE / window", Align::Left);
  t.column("", Align::Left);
  for (const char* title : {"TLPs", "Read", "Written", "Throughput", "Faults"}) t.column(title);
  const auto rows = [&](const std::vector<TrafficResult>& list, const char* indent) {
    for (const TrafficResult& x : list)
      t.row({indent + to_ascii(x.name), to_ascii(x.label), std::to_string(x.requests),
             human_bytes(x.bytes_read), human_bytes(x.bytes_written), human_rate(x.throughput),
             std::to_string(x.faults)});
  };
  rows(r.pes, "");
  rows(r.windows, "  ");
  return t.empty() ? "" : t.text() + "\n";
}

std::string tce_lines(const Result& r) {
  const auto n = [&](const char* name) { return r.counter("tce", name); };
  const std::uint64_t lookups = n("lookups");
  if (lookups == 0) return "TCE    nothing was translated\n\n";
  std::string out =
      fmt::format("TCE    {} lookups, {} % hits, {} merges, {} walks, {} evictions\n", lookups,
                  percent(n("hits"), lookups), n("merges"), n("walks"), n("evictions"));
  std::string reads;
  for (unsigned level = 1; level <= 5; ++level) {
    const std::uint64_t v = r.counter("tce", "reads_level_" + std::to_string(level));
    if (v != 0) reads += fmt::format("{}level {}: {}", reads.empty() ? "" : ", ", level, v);
  }
  if (!reads.empty()) out += fmt::format("       reads by {}\n", reads);
  if (n("walk_cache_hits") + n("prefetches") != 0)
    out += fmt::format("       {} walk cache hits, {} prefetches, {} of them used\n",
                       n("walk_cache_hits"), n("prefetches"), n("prefetch_hits"));
  if (const std::uint64_t kills = r.counter("host", "kills") + r.counter("hypervisor", "kills"); kills != 0)
    out += fmt::format("       {} kills removed {} entries and {} walks in flight\n", kills,
                       n("killed_entries"), n("killed_walks"));
  return out + "\n";
}

/// `width` characters for all of `whole`.
std::string bar(std::uint64_t part, std::uint64_t whole, std::size_t width) {
  if (whole == 0) return {};
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return std::string(
      std::min(width, static_cast<std::size_t>(share * static_cast<double>(width) + 0.5)), '#');
}

std::string utilisation_table(const Result& r) {
  TextTable t;
  t.column("Utilisation", Align::Left);
  t.column("", Align::Left);
  t.column("%");
  t.column("", Align::Left);
  for (const Utilisation& u : r.utilisation)
    t.row(
        {to_ascii(u.path), to_ascii(u.what), percent(u.ppm, 1'000'000), bar(u.ppm, 1'000'000, 30)});
  return t.empty() ? "" : t.text() + "\n";
}

std::string attribution_table(const Result& r) {
  const Metrics m(r);
  if (m.total.latency.count() == 0) return {};
  TextTable t;
  t.column("Mean latency by stage", Align::Left);
  t.column("ns");
  t.column("%");
  t.column("", Align::Left);
  const std::uint64_t sum = m.total.latency.sum();
  const auto ns = [](Tick ps) { return fmt::format("{:.1f}", static_cast<double>(ps) / 1e3); };
  for (unsigned s = 0; s < stats::kStages; ++s) {
    const Tick part = m.total.stages[s];
    if (part != 0)
      t.row({std::string(stats::kStageTable[s].name), ns(m.stages[s]), percent(part, sum),
             bar(part, sum, 30)});
  }
  t.row({"all", ns(m.mean), sum == 0 ? "-" : "100"});
  return t.text() + "\n";
}

std::string faults_table(const Result& r) {
  if (r.faults_total == 0 && r.faults.empty()) return "Faults none\n";
  TextTable t;
  t.column("At");
  t.column("PHB", Align::Left);
  t.column("Fault", Align::Left);
  t.column("PE");
  t.column("RID");
  t.column("Address");
  t.column("Effect", Align::Left);
  const std::size_t shown = std::min(r.faults.size(), kFaultsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const FaultResult& f = r.faults[i];
    t.row({exact_ns(f.at) + " ns", to_ascii(f.phb), to_ascii(f.fault), std::to_string(f.pe),
           fmt::format("{:04x}", f.rid), fmt::format("0x{:x}", f.addr), to_ascii(f.effect)});
  }
  std::string out = fmt::format("Faults {}", r.faults_total);
  if (shown < r.faults_total) out += fmt::format(", the first {}:", shown);
  return out + "\n" + (shown == 0 ? "" : t.text());
}

std::string plural(std::size_t n, const char* noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

}  // namespace

std::string to_table(const Result& r) {
  const Manifest& m = r.manifest;
  std::string out = to_ascii(m.title.empty() ? m.config_file : m.title) + "\n";
  out += fmt::format("phbsim {}  config {}  seed {}  hash {}\n", to_ascii(m.version),
                     to_ascii(m.config_file), m.seed, to_ascii(m.config_hash));
  out += fmt::format("simulated {}, measured {}  TCE tables {}\n\n", human_time(r.end),
                     human_time(r.measured), human_bytes(r.table_bytes));
  out += endpoints_table(r) + "\n";
  const EndpointResult total = r.total();
  if (total.maps + total.unmaps != 0)
    out +=
        fmt::format("Host   {} map calls, {} unmap calls, {} TCE stores, {} kills\n\n", total.maps,
                    total.unmaps, r.counter("host", "tce_stores"), r.counter("host", "kills"));
  out += kernel_lines(r);
  out += vfio_lines(r);
  out += traffic_table(r);
  out += tce_lines(r);
  out += utilisation_table(r);
  out += attribution_table(r);
  out += faults_table(r);
  return out;
}

std::string to_table(const Exploration& x) {
  const std::vector<Ranked> ranked = ranked_points(x);
  std::string out = to_ascii(x.title.empty() ? x.config_file : x.title) + "\n";
  out += fmt::format("config {}  {}, ranked by {}\n\n", to_ascii(x.config_file),
                     plural(x.points.size(), "point"), to_ascii(x.rank_by));
  TextTable t;
  t.column("Rank");
  for (const std::string& name : axis_names(x)) t.column(to_ascii(name), Align::Left);
  const bool timed = x.rank_by == "duration";
  for (const char* title : {timed ? "Duration" : "Throughput", "Relative", "Mean", "p50", "p99", "TCE hit %", "Mem/req",
                            "TCE/req", "CPU/req", "Tables"})
    t.column(title);
  t.column("Largest stage", Align::Left);
  for (const Ranked& r : ranked) {
    const Metrics& m = r.metrics;
    std::vector<std::string> row{std::to_string(r.rank)};
    for (const std::string& axis : x.axes) {
      const auto& values = x.points[r.point].values;
      const auto it = std::find_if(values.begin(), values.end(),
                                   [&](const auto& v) { return v.first == axis; });
      row.push_back(it == values.end() ? "" : to_ascii(axis_value(it->second)));
    }
    for (std::string cell :
         {timed ? human_time(m.duration) : human_rate(m.throughput), times(r.relative_ppm), human_time(m.mean), human_time(m.p50),
          human_time(m.p99), percent(m.hits, m.lookups),
          fmt::format("{:.2f}", m.per_request(m.memory_reads)),
          fmt::format("{:.2f}", m.per_request(m.tce_reads)),
          human_time(static_cast<Tick>(m.per_request(m.host_busy) + 0.5)), human_bytes(m.table_bytes)})
      row.push_back(std::move(cell));
    const auto largest = static_cast<unsigned>(m.largest);
    row.push_back(m.mean == 0 ? "-"
                              : fmt::format("{} {}", stats::kStageTable[largest].name,
                                            human_time(m.stages[largest])));
    t.row(std::move(row));
  }
  if (!t.empty()) {
    out += t.text();
    out +=
        "\nMem/req: 128-byte lines read per DMA request, data and tables; TCE/req: TCE fetches "
        "alone;\nCPU/req: CPU time in mapping calls per DMA request.\n";
  }
  bool first = true;
  for (const Point& p : x.points) {
    if (p.error.empty()) continue;
    if (first) out += "\nWithout a result:\n";
    first = false;
    out += "  " + to_ascii(point_label(x, p)) + ": " + to_ascii(p.error) + "\n";
  }
  return out;
}

}  // namespace phbsim::results
