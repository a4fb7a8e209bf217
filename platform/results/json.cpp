// SPDX-License-Identifier: Apache-2.0
#include "platform/results/json_writer.hpp"
#include "platform/results/metrics.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

namespace {

void write(JsonWriter& out, const Manifest& m) {
  out.object();
  out.member("version", m.version);
  out.member("title", m.title);
  out.member("config_file", m.config_file);
  out.member("config_hash", m.config_hash);
  out.member("seed", m.seed);
  out.member("config_toml", m.config_toml);
  out.end();
}

void write(JsonWriter& out, const stats::Histogram& h) {
  out.object();
  out.member("count", h.count());
  out.member("mean_ps", mean_of(h.sum(), h.count()));
  out.member("min_ps", h.min());
  out.member("p50_ps", h.quantile(500'000));
  out.member("p90_ps", h.quantile(900'000));
  out.member("p99_ps", h.quantile(990'000));
  out.member("p99_9_ps", h.quantile(999'000));
  out.member("max_ps", h.max());
  out.member("sum_ps", h.sum());
  out.key("buckets").array(JsonWriter::Form::Compact);
  h.visit([&](std::uint64_t lowest, std::uint64_t n) {
    out.array();
    out.value(lowest);
    out.value(n);
    out.end();
  });
  out.end();
  out.end();
}

void write(JsonWriter& out, const EndpointResult& e) {
  out.object();
  out.member("name", e.name);
  out.member("pe", e.pe);
  out.member("layout", e.layout);
  out.member("requests", e.requests);
  out.member("errors", e.errors);
  out.member("bytes_read", e.bytes_read);
  out.member("bytes_written", e.bytes_written);
  out.member("throughput_bytes_per_s", e.throughput());
  out.member("maps", e.maps);
  out.member("unmaps", e.unmaps);
  out.member("active_ps", e.active);
  out.key("latency");
  write(out, e.latency);
  out.key("attribution_ps").object();
  for (unsigned s = 0; s < stats::kStages; ++s) out.member(stats::kStageTable[s].name, e.stages[s]);
  out.end();
  out.key("faults").object();
  for (const auto& [name, n] : e.faults) out.member(name, n);
  out.end();
  out.end();
}

void write(JsonWriter& out, const TrafficResult& t) {
  out.object();
  out.member("name", t.name);
  out.member("label", t.label);
  out.member("requests", t.requests);
  out.member("bytes_read", t.bytes_read);
  out.member("bytes_written", t.bytes_written);
  out.member("faults", t.faults);
  out.member("throughput_bytes_per_s", t.throughput);
  out.end();
}

void write(JsonWriter& out, const CounterResult& c) {
  out.object();
  out.member("path", c.path);
  out.member("group", c.group);
  out.key("values").object();
  for (const auto& [name, n] : c.values) out.member(name, n);
  out.end();
  out.end();
}

void write(JsonWriter& out, const Utilisation& u) {
  out.object(JsonWriter::Form::Compact);
  out.member("path", u.path);
  out.member("what", u.what);
  out.member("ppm", u.ppm);
  out.end();
}

void write(JsonWriter& out, const FaultResult& f) {
  out.object(JsonWriter::Form::Compact);
  out.member("at_ps", f.at);
  out.member("phb", f.phb);
  out.member("fault", f.fault);
  out.member("pe", f.pe);
  out.member("rid", f.rid);
  out.member("addr", f.addr);
  out.member("effect", f.effect);
  out.end();
}

template <class Item>
void write_list(JsonWriter& out, std::string_view key, const std::vector<Item>& items) {
  out.key(key).array();
  for (const Item& item : items) write(out, item);
  out.end();
}

void write(JsonWriter& out, const Result& r) {
  out.object();
  out.member("schema", kResultSchema);
  out.key("manifest");
  write(out, r.manifest);
  out.member("measured_ps", r.measured);
  out.member("end_ps", r.end);
  out.member("table_bytes", r.table_bytes);
  out.key("total");
  write(out, r.total());
  write_list(out, "endpoints", r.endpoints);
  write_list(out, "pes", r.pes);
  write_list(out, "windows", r.windows);
  write_list(out, "counters", r.counters);
  write_list(out, "utilisation", r.utilisation);
  out.member("faults_total", r.faults_total);
  write_list(out, "faults", r.faults);
  out.end();
}

}  // namespace

std::string to_json(const Result& result) {
  JsonWriter out;
  write(out, result);
  return out.take();
}

std::string to_json(const std::vector<Exploration>& explorations) {
  JsonWriter out;
  out.array();
  for (const Exploration& x : explorations) {
    const std::vector<Ranked> ranked = ranked_points(x);
    out.object();
    out.member("schema", "phbsim-exploration-1");
    out.member("title", x.title);
    out.member("config_file", x.config_file);
    out.member("rank_by", x.rank_by);
    out.key("axes").array(JsonWriter::Form::Compact);
    for (const std::string& axis : x.axes) out.value(axis);
    out.end();
    out.key("ranking").array(JsonWriter::Form::Compact);
    for (const Ranked& r : ranked) out.value(r.point);
    out.end();
    out.member("explanation", explain(x));
    out.key("points").array();
    for (std::size_t i = 0; i < x.points.size(); ++i) {
      const Point& p = x.points[i];
      out.object();
      out.key("values").object(JsonWriter::Form::Compact);
      for (const auto& [key, value] : p.values) out.member(key, value);
      out.end();
      for (const Ranked& r : ranked) {
        if (r.point != i) continue;
        out.member("rank", r.rank);
        out.member("relative_to_best_ppm", r.relative_ppm);
      }
      if (p.error.empty()) {
        out.key("result");
        write(out, p.result);
      } else {
        out.member("error", p.error);
      }
      out.end();
    }
    out.end();
    out.end();
  }
  out.end();
  return out.take();
}

}  // namespace phbsim::results
