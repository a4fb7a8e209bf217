// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "models/stats/catalogue.hpp"
#include "platform/results/metrics.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

namespace {

/// One row at a time; quotes as RFC 4180 asks for, lines end in \n.
class CsvWriter {
 public:
  void cell(std::string_view text) {
    if (!std::exchange(first_, false)) out_ += ',';
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      out_ += text;
      return;
    }
    out_ += '"';
    for (const char c : text) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    out_ += '"';
  }
  void cell(std::uint64_t n) { cell(std::to_string(n)); }
  void end_row() {
    out_ += '\n';
    first_ = true;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  bool first_ = true;
};

constexpr const char* kMetricColumns[] = {
    "throughput_bytes_per_s",
    "relative_to_best",
    "requests",
    "errors",
    "bytes_read",
    "bytes_written",
    "maps",
    "unmaps",
    "active_ns",
    "measured_ns",
    "latency_mean_ns",
    "latency_min_ns",
    "latency_p50_ns",
    "latency_p90_ns",
    "latency_p99_ns",
    "latency_p99_9_ns",
    "latency_max_ns",
    "tce_hit_percent",
    "memory_reads_per_request",
    "tce_reads_per_request",
    "cpu_ns_per_request",
    "table_bytes",
    "faults",
};

std::string column_of(const stats::StatSpec& spec) {
  const char* unit = spec.unit == stats::Unit::Picoseconds ? "_ps" : "";
  return fmt::format("{}.{}{}", spec.group, spec.name, unit);
}

void metrics_cells(CsvWriter& csv, const Result& r, const Metrics& m, std::uint64_t relative_ppm) {
  const EndpointResult& t = m.total;
  csv.cell(m.throughput);
  csv.cell(fmt::format("{}.{:06}", relative_ppm / 1'000'000, relative_ppm % 1'000'000));
  for (const std::uint64_t n :
       {t.requests, t.errors, t.bytes_read, t.bytes_written, t.maps, t.unmaps})
    csv.cell(n);
  for (const Tick ps :
       {t.active, r.measured, m.mean, t.latency.min(), m.p50, t.latency.quantile(900'000), m.p99,
        t.latency.quantile(999'000), t.latency.max()})
    csv.cell(exact_ns(ps));
  const std::uint64_t hit_ppm = ppm_of(m.hits, m.lookups);
  csv.cell(m.lookups == 0 ? "" : fmt::format("{}.{:04}", hit_ppm / 10'000, hit_ppm % 10'000));
  csv.cell(fmt::format("{:.6f}", m.per_request(m.memory_reads)));
  csv.cell(fmt::format("{:.6f}", m.per_request(m.tce_reads)));
  csv.cell(exact_ns(mean_of(m.host_busy, m.total.requests)));
  csv.cell(m.table_bytes);
  csv.cell(r.faults_total);
  for (const Tick ps : m.stages) csv.cell(exact_ns(ps));
  for (const stats::StatSpec& spec : stats::kCatalogue)
    csv.cell(r.counter(std::string(spec.group), std::string(spec.name)));
}

}  // namespace

std::string to_csv(const std::vector<Exploration>& explorations) {
  // Axes of all explorations, each once; a cell stays empty where an exploration lacks the axis.
  std::vector<std::string> axes;
  for (const Exploration& x : explorations)
    for (const std::string& axis : x.axes)
      if (std::find(axes.begin(), axes.end(), axis) == axes.end()) axes.push_back(axis);

  CsvWriter csv;
  for (const char* name : {"exploration", "config_file", "version", "seed", "config_hash", "point"})
    csv.cell(name);
  for (const std::string& axis : axes) csv.cell(axis);
  csv.cell("rank");
  csv.cell("error");
  std::size_t metric_columns = 0;
  const auto metric = [&](std::string_view name) {
    csv.cell(name);
    ++metric_columns;
  };
  for (const char* name : kMetricColumns) metric(name);
  for (const stats::StageSpec& stage : stats::kStageTable)
    metric(fmt::format("stage_{}_mean_ns", stage.name));
  for (const stats::StatSpec& spec : stats::kCatalogue) metric(column_of(spec));
  csv.end_row();

  for (const Exploration& x : explorations) {
    const std::vector<Ranked> ranked = ranked_points(x);
    for (std::size_t i = 0; i < x.points.size(); ++i) {
      const Point& p = x.points[i];
      const auto r =
          std::find_if(ranked.begin(), ranked.end(), [i](const Ranked& k) { return k.point == i; });
      const bool has_result = r != ranked.end();
      csv.cell(x.title);
      csv.cell(x.config_file);
      csv.cell(p.result.manifest.version);
      csv.cell(has_result ? std::to_string(p.result.manifest.seed) : "");
      csv.cell(p.result.manifest.config_hash);
      csv.cell(i);
      for (const std::string& axis : axes) {
        const auto v = std::find_if(p.values.begin(), p.values.end(),
                                    [&](const auto& a) { return a.first == axis; });
        csv.cell(v == p.values.end() ? "" : axis_value(v->second));
      }
      csv.cell(has_result ? std::to_string(r->rank) : "");
      csv.cell(p.error);
      if (has_result) {
        metrics_cells(csv, p.result, r->metrics, r->relative_ppm);
      } else {
        for (std::size_t k = 0; k < metric_columns; ++k) csv.cell("");
      }
      csv.end_row();
    }
  }
  return csv.take();
}

}  // namespace phbsim::results
