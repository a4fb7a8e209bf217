// SPDX-License-Identifier: Apache-2.0
/// What one simulation gives: plain numbers, integers wherever possible, ready to be written.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/base/types.hpp"
#include "models/stats/histogram.hpp"
#include "models/stats/stages.hpp"

namespace phbsim::results {

struct Manifest {
  std::string version;
  std::string config_file;
  std::string title;
  std::string config_toml;   ///< resolved, without comments
  std::string config_hash;   ///< FNV-1a of config_toml, 16 hex digits
  std::uint64_t seed = 0;
};

struct EndpointResult {
  std::string name;
  std::string pe;
  std::string layout;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t maps = 0;
  std::uint64_t unmaps = 0;
  Tick active = 0;  ///< from the start of measurement to its last completion (or the end)
  stats::Histogram latency;    ///< ps
  stats::StageTimes stages{};  ///< sums; add up to latency.sum()
  std::vector<std::pair<std::string, std::uint64_t>> faults;  ///< by name, non-zero only

  /// Payload bytes per second; integer arithmetic, rounded down.
  std::uint64_t throughput() const;
};

/// Traffic of one PE or one window: PE "nvme", window 0 (offset in `label`).
struct TrafficResult {
  std::string name;
  std::string label;
  std::uint64_t requests = 0;  ///< TLP parts
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t faults = 0;
  std::uint64_t throughput = 0;  ///< bytes/s over the measured time
};

/// A counter block: instance path and its statistics by catalogue name.
struct CounterResult {
  std::string path;
  std::string group;
  std::vector<std::pair<std::string, std::uint64_t>> values;
};

/// Shares of time in parts per million.
struct Utilisation {
  std::string path;
  std::string what;  ///< "up", "down", "channels", "read engines"
  std::uint64_t ppm = 0;
};

struct FaultResult {
  Tick at = 0;
  std::string phb;
  std::string fault;
  std::uint64_t pe = 0;
  std::uint64_t rid = 0;
  std::uint64_t addr = 0;
  std::string effect;  ///< "freeze", "fence", "interrupt", ""
};

struct Result {
  Manifest manifest;
  Tick measured = 0;       ///< simulated time over which statistics ran
  Tick end = 0;            ///< simulated time at the end
  std::uint64_t table_bytes = 0;  ///< TCE tables, links included
  std::vector<EndpointResult> endpoints;
  std::vector<TrafficResult> pes;
  std::vector<TrafficResult> windows;
  std::vector<CounterResult> counters;
  std::vector<Utilisation> utilisation;
  std::vector<FaultResult> faults;
  std::uint64_t faults_total = 0;

  /// All endpoints together.
  EndpointResult total() const;
  /// Sum of a counter (catalogue group and name) over all instances.
  std::uint64_t counter(const std::string& group, const std::string& name) const;
};

/// One point of an exploration.
struct Point {
  std::vector<std::pair<std::string, std::string>> values;  ///< axis key -> value as text
  Result result;
  std::string error;  ///< why there is no result; empty if there is one
};

/// One exploration: a config file with its axes and points in the order of the axes.
struct Exploration {
  std::string title;
  std::string config_file;
  std::string rank_by;
  std::vector<std::string> axes;  ///< keys
  std::vector<Point> points;
  std::vector<std::size_t> ranking;  ///< points with results, best first
};

}  // namespace phbsim::results
