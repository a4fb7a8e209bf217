// SPDX-License-Identifier: Apache-2.0
/// The numbers by which points are ranked, compared and shown; the same for every writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/results/result.hpp"

namespace phbsim::results {

constexpr std::string_view kResultSchema = "phbsim-result-1";

/// sum / count to the nearest integer; 0 without records.
std::uint64_t mean_of(std::uint64_t sum, std::uint64_t count);
/// a * 10^6 / b, rounded down; 0 if b is 0.
std::uint64_t ppm_of(std::uint64_t a, std::uint64_t b);

/// What the tables and charts show of one result.
struct Metrics {
  explicit Metrics(const Result& result);

  EndpointResult total;
  std::uint64_t throughput = 0;  ///< bytes/s
  Tick mean = 0, p50 = 0, p99 = 0;
  stats::StageTimes stages{};  ///< means per request
  stats::Stage largest{};      ///< the stage with the largest mean
  std::uint64_t lookups = 0;   ///< TCE cache; 0 if nothing was translated
  std::uint64_t hits = 0;
  std::uint64_t memory_reads = 0;  ///< 128-byte lines, data and tables
  std::uint64_t tce_reads = 0;     ///< TCE fetches of all levels
  std::uint64_t table_bytes = 0;
  std::uint64_t host_busy = 0;     ///< ps of CPU time in mapping calls
  Tick duration = 0;               ///< simulated time that was measured

  /// `n` per request; 0 without requests.
  double per_request(std::uint64_t n) const;
};

/// A point of an exploration that has a result.
struct Ranked {
  std::uint64_t rank = 0;  ///< 1: best
  std::size_t point = 0;   ///< index into Exploration::points
  std::string label;       ///< its axis values in short
  Metrics metrics;
  std::uint64_t relative_ppm = 0;  ///< throughput: share of the best; latency: multiple of the best
};

/// "throughput": more is better; "latency_p50", "latency_p99", "latency_mean", "cpu_time" (per
/// request), "duration": less.
bool more_is_better(std::string_view rank_by);
/// For people: "p99 latency", "CPU time per request".
std::string ranked_by(std::string_view rank_by);
std::uint64_t rank_value(const Metrics& metrics, std::string_view rank_by);

/// Exploration::ranking as its rank_by asks for: points with results, best first, ties in order of
/// the points.
std::vector<std::size_t> rank_points(const Exploration& exploration);

/// The points of Exploration::ranking, in its order.
std::vector<Ranked> ranked_points(const Exploration& exploration);

/// Short names of the axes: the last part of the key, or the whole key where that is ambiguous.
std::vector<std::string> axis_names(const Exploration& exploration);
/// An axis value for people: without the quotes of TOML.
std::string axis_value(const std::string& value);
/// "ddw-2m", "ddw-2m (entries 64, ways 4)": text stands alone, numbers are named.
std::string point_label(const Exploration& exploration, const Point& point);

/// "31.2", "99.97" (never rounded up to 100): the percentage a/b without its sign; "-" if b is 0.
std::string percent(std::uint64_t a, std::uint64_t b);
/// "0.412x" as "0.41x".
std::string times(std::uint64_t ppm);
/// "64 KiB", "1.5 MiB".
std::string human_bytes(std::uint64_t bytes);
/// "123.456": picoseconds as nanoseconds, exactly.
std::string exact_ns(Tick ps);
/// "1234567" as "1,234,567".
std::string grouped(std::uint64_t n);

}  // namespace phbsim::results
