// SPDX-License-Identifier: Apache-2.0
#include "platform/results/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/check.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

__extension__ typedef unsigned __int128 Wide;

std::uint64_t mean_of(std::uint64_t sum, std::uint64_t count) {
  if (count == 0) return 0;
  return static_cast<std::uint64_t>((static_cast<Wide>(sum) + count / 2) / count);
}

std::uint64_t ppm_of(std::uint64_t a, std::uint64_t b) {
  if (b == 0) return 0;
  const Wide ppm = static_cast<Wide>(a) * 1'000'000 / b;
  return ppm > ~std::uint64_t{0} ? ~std::uint64_t{0} : static_cast<std::uint64_t>(ppm);
}

Metrics::Metrics(const Result& result) : total(result.total()) {
  throughput = total.throughput();
  mean = mean_of(total.latency.sum(), total.latency.count());
  p50 = total.latency.quantile(500'000);
  p99 = total.latency.quantile(990'000);
  for (unsigned s = 0; s < stats::kStages; ++s) {
    stages[s] = mean_of(total.stages[s], total.latency.count());
    if (stages[s] > stages[static_cast<unsigned>(largest)]) largest = static_cast<stats::Stage>(s);
  }
  lookups = result.counter("tce", "lookups");
  hits = result.counter("tce", "hits");
  memory_reads = result.counter("memory", "reads");
  for (unsigned level = 1; level <= 5; ++level)
    tce_reads += result.counter("tce", "reads_level_" + std::to_string(level));
  table_bytes = result.table_bytes;
  duration = result.measured;
  // Under a kernel its CPUs' time holds that of the agent or hypervisor that they wait for.
  const char* group = "host";
  for (const char* kernel : {"linux", "vfio"})
    if (result.counter(kernel, "maps") + result.counter(kernel, "unmaps") != 0) group = kernel;
  host_busy = result.counter(group, "busy");
}

double Metrics::per_request(std::uint64_t n) const {
  return total.requests == 0 ? 0.0 : static_cast<double>(n) / static_cast<double>(total.requests);
}

bool more_is_better(std::string_view rank_by) { return rank_by == "throughput"; }

std::string ranked_by(std::string_view rank_by) {
  if (rank_by == "cpu_time") return "CPU time per request";
  if (rank_by.substr(0, 8) == "latency_") return std::string(rank_by.substr(8)) + " latency";
  return std::string(rank_by);
}

std::uint64_t rank_value(const Metrics& m, std::string_view rank_by) {
  if (rank_by == "latency_p50") return m.p50;
  if (rank_by == "latency_p99") return m.p99;
  if (rank_by == "latency_mean") return m.mean;
  if (rank_by == "cpu_time") return mean_of(m.host_busy, m.total.requests);
  if (rank_by == "duration") return m.duration;
  return m.throughput;
}

std::vector<std::size_t> rank_points(const Exploration& x) {
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  const bool more = more_is_better(x.rank_by);
  for (std::size_t i = 0; i < x.points.size(); ++i) {
    if (!x.points[i].error.empty()) continue;
    const Metrics m(x.points[i].result);
    const std::uint64_t v = rank_value(m, x.rank_by);
    // No request, no latency: that must not win.
    order.emplace_back(m.total.requests == 0 && x.rank_by != "duration" ? ~std::uint64_t{0} : more ? ~v : v, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::size_t> out;
  for (const auto& [value, i] : order) out.push_back(i);
  return out;
}

std::vector<Ranked> ranked_points(const Exploration& x) {
  std::vector<Ranked> out;
  for (const std::size_t i : x.ranking) {
    PHBSIM_ASSERT(i < x.points.size());
    const Point& p = x.points[i];
    if (!p.error.empty()) continue;
    Ranked r{out.size() + 1, i, point_label(x, p), Metrics(p.result), 0};
    const std::uint64_t best = rank_value(out.empty() ? r.metrics : out.front().metrics, x.rank_by);
    const std::uint64_t own = rank_value(r.metrics, x.rank_by);
    // Two zeros are equal, whatever their quotient.
    r.relative_ppm = own == best ? 1'000'000 : ppm_of(own, best);
    out.push_back(std::move(r));
  }
  return out;
}

std::vector<std::string> axis_names(const Exploration& x) {
  std::vector<std::string> out;
  const auto last = [](const std::string& key) { return key.substr(key.rfind('.') + 1); };
  for (const std::string& key : x.axes) {
    const auto same = std::count_if(x.axes.begin(), x.axes.end(),
                                    [&](const std::string& k) { return last(k) == last(key); });
    out.push_back(same > 1 ? key : last(key));
  }
  return out;
}

std::string axis_value(const std::string& v) {
  const bool quoted =
      v.size() >= 2 && v.front() == v.back() && (v.front() == '"' || v.front() == '\'');
  return quoted ? v.substr(1, v.size() - 2) : v;
}

std::string point_label(const Exploration& x, const Point& point) {
  const std::vector<std::string> names = axis_names(x);
  std::string out;
  std::size_t n = 0;
  for (const auto& [key, raw] : point.values) {
    const std::string value = axis_value(raw);
    if (n > 0) out += n == 1 ? " (" : ", ";
    ++n;
    const char c = value.empty() ? '0' : value.front();
    const bool word = ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') &&
                      value != "true" && value != "false";
    if (!word) {
      const auto axis = std::find(x.axes.begin(), x.axes.end(), key);
      out += axis == x.axes.end() ? key : names[static_cast<std::size_t>(axis - x.axes.begin())];
      out += ' ';
    }
    out += value;
  }
  if (n > 1) out += ')';
  return out.empty() ? "the only point" : out;
}

std::string percent(std::uint64_t a, std::uint64_t b) {
  if (b == 0) return "-";
  const std::uint64_t ppm = ppm_of(a, b);
  if (a == b) return "100";
  // Near 100 % the misses are what matters: more digits, cut rather than rounded.
  if (ppm >= 998'000 && ppm < 1'000'000)
    return fmt::format("{}.{:02}", ppm / 10'000, ppm % 10'000 / 100);
  return fmt::format("{}.{}", (ppm + 500) / 10'000, (ppm + 500) % 10'000 / 1'000);
}

std::string times(std::uint64_t ppm) {
  const double x = static_cast<double>(ppm) / 1e6;
  return fmt::format("{:.{}f}x", x, x < 0.095 ? 3 : x < 9.995 ? 2 : x < 99.95 ? 1 : 0);
}

std::string human_bytes(std::uint64_t v) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  double x = static_cast<double>(v);
  while (x >= 1024 && unit + 1 < std::size(kUnits)) {
    x /= 1024;
    ++unit;
  }
  // The largest number of digits that does not pretend: none for whole numbers, one otherwise.
  const bool whole = x == static_cast<double>(static_cast<std::uint64_t>(x)) || x >= 100;
  return whole ? fmt::format("{:.0f} {}", x, kUnits[unit])
               : fmt::format("{:.1f} {}", x, kUnits[unit]);
}

std::string exact_ns(Tick ps) { return fmt::format("{}.{:03}", ps / kPsPerNs, ps % kPsPerNs); }

std::string grouped(std::uint64_t n) {
  std::string s = std::to_string(n);
  for (std::size_t i = s.size(); i > 3; i -= 3) s.insert(i - 3, ",");
  return s;
}

std::string human_rate(std::uint64_t v) {
  constexpr std::string_view kUnits[] = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
  if (v < 1000) return fmt::format("{} B/s", v);
  std::size_t unit = 0;
  double x = static_cast<double>(v);
  while (x >= 999.95 && unit + 1 < std::size(kUnits)) {
    x /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", x, x < 99.995 ? 2 : 1, kUnits[unit]);
}

std::string human_time(Tick ps) {
  constexpr std::string_view kUnits[] = {"ps", "ns", "us", "ms", "s"};
  std::size_t unit = 0;
  double x = static_cast<double>(ps);
  while (x >= 999.5 && unit + 1 < std::size(kUnits)) {
    x /= 1000;
    ++unit;
  }
  // Three significant digits, trailing zeros dropped.
  std::string s = fmt::format("{:.{}f}", x, x < 9.995 ? 2 : x < 99.95 ? 1 : 0);
  if (s.find('.') != std::string::npos) {
    while (s.back() == '0') s.pop_back();
    if (s.back() == '.') s.pop_back();
  }
  return fmt::format("{} {}", s, kUnits[unit]);
}

}  // namespace phbsim::results
