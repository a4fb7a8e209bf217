// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "models/base/check.hpp"
#include "platform/results/metrics.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

namespace {

namespace json = boost::json;

/// A JSON value and where it stands, so that every complaint names the place.
class Node {
 public:
  Node(const json::value& value, std::string path) : value_(value), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw UserError("result JSON: " + (path_.empty() ? "document" : path_) + ": " + what);
  }

  Node operator[](const char* key) const {
    const json::object& o = object();
    const auto it = o.find(key);
    if (it == o.end()) fail(std::string("'") + key + "' is missing");
    return {it->value(), path_.empty() ? key : path_ + "." + key};
  }

  std::uint64_t number() const {
    if (value_.is_uint64()) return value_.get_uint64();
    if (value_.is_int64() && value_.get_int64() >= 0)
      return static_cast<std::uint64_t>(value_.get_int64());
    fail("an unsigned integer is expected");
  }

  std::string string() const {
    if (!value_.is_string()) fail("a string is expected");
    return {value_.get_string().data(), value_.get_string().size()};
  }

  template <class Visitor>
  void each(Visitor&& visitor) const {
    if (!value_.is_array()) fail("an array is expected");
    std::size_t i = 0;
    for (const json::value& v : value_.get_array())
      visitor(Node(v, path_ + "[" + std::to_string(i++) + "]"));
  }

  std::vector<std::pair<std::string, std::uint64_t>> numbers_by_name() const {
    std::vector<std::pair<std::string, std::uint64_t>> out;
    for (const auto& member : object()) {
      std::string name(member.key());
      const std::uint64_t n = Node(member.value(), path_ + "." + name).number();
      out.emplace_back(std::move(name), n);
    }
    return out;
  }

 private:
  const json::object& object() const {
    if (!value_.is_object()) fail("an object is expected");
    return value_.get_object();
  }

  const json::value& value_;
  std::string path_;
};

Manifest read_manifest(const Node& n) {
  Manifest m;
  m.version = n["version"].string();
  m.title = n["title"].string();
  m.config_file = n["config_file"].string();
  m.config_hash = n["config_hash"].string();
  m.seed = n["seed"].number();
  m.config_toml = n["config_toml"].string();
  return m;
}

stats::Histogram read_histogram(const Node& n) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets;
  std::uint64_t count = 0;
  n["buckets"].each([&](const Node& bucket) {
    std::vector<std::uint64_t> pair;
    bucket.each([&](const Node& v) { pair.push_back(v.number()); });
    if (pair.size() != 2) bucket.fail("[lowest value, count] is expected");
    if (stats::Histogram::lowest_of(stats::Histogram::index_of(pair[0])) != pair[0])
      bucket.fail(std::to_string(pair[0]) + " is not the lowest value of a bucket");
    buckets.emplace_back(pair[0], pair[1]);
    count += pair[1];
  });
  if (n["count"].number() != count) n.fail("'count' is not the sum of the buckets");
  return stats::Histogram::restore(buckets, n["min_ps"].number(), n["max_ps"].number(),
                                   n["sum_ps"].number());
}

EndpointResult read_endpoint(const Node& n) {
  EndpointResult e;
  e.name = n["name"].string();
  e.pe = n["pe"].string();
  e.layout = n["layout"].string();
  e.requests = n["requests"].number();
  e.errors = n["errors"].number();
  e.bytes_read = n["bytes_read"].number();
  e.bytes_written = n["bytes_written"].number();
  e.maps = n["maps"].number();
  e.unmaps = n["unmaps"].number();
  e.active = n["active_ps"].number();
  e.latency = read_histogram(n["latency"]);
  const Node stages = n["attribution_ps"];
  for (unsigned s = 0; s < stats::kStages; ++s)
    e.stages[s] = stages[std::string(stats::kStageTable[s].name).c_str()].number();
  e.faults = n["faults"].numbers_by_name();
  return e;
}

TrafficResult read_traffic(const Node& n) {
  TrafficResult t;
  t.name = n["name"].string();
  t.label = n["label"].string();
  t.requests = n["requests"].number();
  t.bytes_read = n["bytes_read"].number();
  t.bytes_written = n["bytes_written"].number();
  t.faults = n["faults"].number();
  t.throughput = n["throughput_bytes_per_s"].number();
  return t;
}

FaultResult read_fault(const Node& n) {
  FaultResult f;
  f.at = n["at_ps"].number();
  f.phb = n["phb"].string();
  f.fault = n["fault"].string();
  f.pe = n["pe"].number();
  f.rid = n["rid"].number();
  f.addr = n["addr"].number();
  f.effect = n["effect"].string();
  return f;
}

}  // namespace

Result result_from_json(const std::string& text) {
  json::error_code error;
  const json::value document = json::parse(text, error);
  if (error) throw UserError("result JSON: not valid JSON: " + error.message());
  const Node n(document, "");
  if (n["schema"].string() != kResultSchema)
    n["schema"].fail("'" + std::string(kResultSchema) + "' is expected, not '" +
                     n["schema"].string() + "'");
  Result r;
  r.manifest = read_manifest(n["manifest"]);
  r.measured = n["measured_ps"].number();
  r.end = n["end_ps"].number();
  r.table_bytes = n["table_bytes"].number();
  n["endpoints"].each([&](const Node& e) { r.endpoints.push_back(read_endpoint(e)); });
  n["pes"].each([&](const Node& t) { r.pes.push_back(read_traffic(t)); });
  n["windows"].each([&](const Node& t) { r.windows.push_back(read_traffic(t)); });
  n["counters"].each([&](const Node& c) {
    r.counters.push_back({c["path"].string(), c["group"].string(), c["values"].numbers_by_name()});
  });
  n["utilisation"].each([&](const Node& u) {
    r.utilisation.push_back({u["path"].string(), u["what"].string(), u["ppm"].number()});
  });
  r.faults_total = n["faults_total"].number();
  n["faults"].each([&](const Node& f) { r.faults.push_back(read_fault(f)); });
  return r;
}

}  // namespace phbsim::results
