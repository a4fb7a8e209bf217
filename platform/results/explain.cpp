// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "platform/results/metrics.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

namespace {

constexpr std::uint64_t kTiePpm = 10'000;    ///< points within 1 % of the best are equal
constexpr std::uint64_t kBusyPpm = 800'000;  ///< a resource this busy is worth a sentence
constexpr std::size_t kComparisons = 5;      ///< sentences about losers, at most
constexpr std::size_t kStagesNamed = 3;      ///< stages per comparison, at most

bool ties_with_best(const Ranked& r, bool more) {
  return more ? r.relative_ppm >= 1'000'000 - kTiePpm : r.relative_ppm <= 1'000'000 + kTiePpm;
}

std::string list_of(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

/// "p99 latency 1.2 us", "11.90 GB/s".
std::string rank_text(const Metrics& m, const std::string& rank_by) {
  const std::uint64_t v = rank_value(m, rank_by);
  if (more_is_better(rank_by)) return human_rate(v);
  return ranked_by(rank_by) + " " + human_time(v);
}

std::string signed_time(Tick from, Tick to) {
  return (to >= from ? "+" : "-") + human_time(to >= from ? to - from : from - to);
}

std::string hit_rate(const Metrics& m) {
  return m.lookups == 0 ? "no lookups" : percent(m.hits, m.lookups) + " %";
}

bool hit_rates_differ(const Metrics& a, const Metrics& b) {
  if ((a.lookups == 0) != (b.lookups == 0)) return true;
  if (a.lookups == 0) return false;
  const auto misses = [](const Metrics& m) {
    return 1e6 - static_cast<double>(ppm_of(m.hits, m.lookups));
  };
  const double ma = misses(a), mb = misses(b);
  return std::abs(ma - mb) >= 10'000 ||
         (std::max(ma, mb) >= 1'000 && std::max(ma, mb) >= 2 * std::min(ma, mb));
}

/// "1.20"; a true zero as "none".
std::string per_request_text(double v) { return v == 0 ? "none" : fmt::format("{:.2f}", v); }

double calls_per_request(const Metrics& m) { return m.per_request(m.total.maps + m.total.unmaps); }

/// The stages in which `other` differs most from `best`, largest first: "walk_1 +182 ns".
std::string stage_differences(const Metrics& best, const Metrics& other) {
  struct Difference {
    Tick size;
    unsigned stage;
  };
  std::vector<Difference> all;
  for (unsigned s = 0; s < stats::kStages; ++s) {
    const Tick a = best.stages[s], b = other.stages[s];
    all.push_back({a > b ? a - b : b - a, s});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.size > b.size; });
  std::string out;
  for (std::size_t i = 0; i < kStagesNamed; ++i) {
    const auto& [size, s] = all[i];
    // What is a tenth of the main cause, or below a nanosecond, is no cause.
    if (size < kPsPerNs || size * 10 < all[0].size) break;
    if (!out.empty()) out += ", ";
    out += std::string(stats::kStageTable[s].name) + " " +
           signed_time(best.stages[s], other.stages[s]);
  }
  return out;
}

std::string compare(const Ranked& best, const Ranked& other, const std::string& rank_by) {
  const Metrics& a = best.metrics;
  const Metrics& b = other.metrics;
  std::string out = other.label + (more_is_better(rank_by) ? " reaches " : " needs ") +
                    times(other.relative_ppm) + ": ";
  std::vector<std::string> reasons;
  // A driver that maps per request can be what holds the device back, outside of any latency.
  const double host_a = a.per_request(a.host_busy), host_b = b.per_request(b.host_busy);
  if (std::abs(host_a - host_b) >= 10 * kPsPerNs) {
    reasons.push_back(fmt::format("mapping calls take {} of CPU time per request against {}",
                                  human_time(static_cast<Tick>(host_b)), host_a < 1 ? "none" : human_time(static_cast<Tick>(host_a))));
  }
  const std::string stages = stage_differences(a, b);
  if (!stages.empty()) reasons.push_back(stages + " per request");
  if (hit_rates_differ(a, b))
    reasons.push_back("TCE hit rate " + hit_rate(b) + " against " + hit_rate(a));
  const double reads_a = a.per_request(a.tce_reads), reads_b = b.per_request(b.tce_reads);
  if (std::abs(reads_a - reads_b) >= 0.1)
    reasons.push_back(fmt::format("TCE fetches per request {} against {}",
                                  per_request_text(reads_b), per_request_text(reads_a)));
  const double calls_a = calls_per_request(a), calls_b = calls_per_request(b);
  if (std::abs(calls_a - calls_b) >= 0.05)
    reasons.push_back(fmt::format("map and unmap calls per request {} against {}",
                                  per_request_text(calls_b), per_request_text(calls_a)));
  if (b.total.errors != 0)
    reasons.push_back(fmt::format("{} of {} requests failed", b.total.errors, b.total.requests));
  if (reasons.empty())
    reasons.emplace_back("stages, hit rate and mapping calls hardly differ; look at the load");
  for (std::size_t i = 0; i < reasons.size(); ++i) out += (i > 0 ? "; " : "") + reasons[i];
  return out + ".";
}

/// The losers worth a sentence: the first, the last, and those before which the ranking drops most.
std::vector<std::size_t> worth_comparing(const std::vector<Ranked>& ranked, std::size_t first) {
  std::vector<std::size_t> out;
  if (ranked.size() - first <= kComparisons) {
    for (std::size_t i = first; i < ranked.size(); ++i) out.push_back(i);
    return out;
  }
  const auto drop = [&](std::size_t i) {
    const std::uint64_t a = ranked[i - 1].relative_ppm, b = ranked[i].relative_ppm;
    return a > b ? a - b : b - a;
  };
  std::vector<std::size_t> between;
  for (std::size_t i = first + 1; i + 1 < ranked.size(); ++i) between.push_back(i);
  std::stable_sort(between.begin(), between.end(),
                   [&](std::size_t a, std::size_t b) { return drop(a) > drop(b); });
  between.resize(kComparisons - 2);
  out = between;
  out.push_back(first);
  out.push_back(ranked.size() - 1);
  std::sort(out.begin(), out.end());
  return out;
}

std::string verdict(const Exploration& x, const std::vector<Ranked>& ranked, std::size_t tied) {
  const Ranked& best = ranked.front();
  const Ranked& last = ranked.back();
  const bool more = more_is_better(x.rank_by);
  const std::string value = rank_text(best.metrics, x.rank_by);
  // Throughput: what the best delivers of r's; latency: what r needs of the best's.
  const auto factor = [more](const Ranked& r) {
    if (!more) return times(r.relative_ppm);
    return r.relative_ppm == 0 ? std::string("far more than")
                               : times(1'000'000'000'000 / r.relative_ppm);
  };
  if (ranked.size() == 1) return best.label + " is the only point with requests: " + value + ".";
  if (tied == 1) {
    const Ranked& second = ranked[1];
    std::string out = best.label + " wins: " + value;
    out += more ? fmt::format(", {} the second, {}", factor(second), second.label)
                : fmt::format("; the second, {}, needs {}", second.label, factor(second));
    if (ranked.size() > 2)
      out +=
          more ? fmt::format(", and {} the last of {}, {}", factor(last), ranked.size(), last.label)
               : fmt::format(", the last of {}, {}, {}", ranked.size(), last.label, factor(last));
    return out + ".";
  }
  std::vector<std::string> names;
  const Ranked* leanest = &best;
  const Ranked* fattest = &best;
  for (std::size_t i = 0; i < tied; ++i) {
    names.push_back(ranked[i].label);
    if (ranked[i].metrics.table_bytes < leanest->metrics.table_bytes) leanest = &ranked[i];
    if (ranked[i].metrics.table_bytes > fattest->metrics.table_bytes) fattest = &ranked[i];
  }
  std::string out;
  if (tied == ranked.size()) {
    out = fmt::format(
        "All {} points tie within 1 % at {}: what was varied makes no difference for this load.",
        tied, value);
  } else {
    out = fmt::format("No single winner: {} tie within 1 % at {}; their order means nothing.",
                      list_of(names), value);
    out += more ? fmt::format("\nThey deliver {} the last of {}, {}.", factor(last), ranked.size(),
                              last.label)
                : fmt::format("\nThe last of {}, {}, needs {}.", ranked.size(), last.label,
                              factor(last));
  }
  if (leanest->metrics.table_bytes != fattest->metrics.table_bytes)
    out += fmt::format("{}Of the equals, {} needs the least table memory: {}, against {} for {}.",
                       tied == ranked.size() ? "\n" : " ", leanest->label,
                       human_bytes(leanest->metrics.table_bytes),
                       human_bytes(fattest->metrics.table_bytes), fattest->label);
  return out;
}

/// Where the time of the best goes, and what it exhausts.
std::string portrait(const Exploration& x, const Ranked& best) {
  const Metrics& m = best.metrics;
  if (m.mean == 0) return {};
  std::vector<unsigned> order(stats::kStages);
  for (unsigned s = 0; s < stats::kStages; ++s) order[s] = s;
  std::stable_sort(order.begin(), order.end(),
                   [&](unsigned a, unsigned b) { return m.stages[a] > m.stages[b]; });
  std::string out = fmt::format("{} takes {} on average:", best.label, human_time(m.mean));
  for (unsigned i = 0; i < kStagesNamed && m.stages[order[i]] != 0; ++i)
    out += fmt::format("{} {} % {}", i > 0 ? "," : "",
                       (ppm_of(m.stages[order[i]], m.mean) + 5'000) / 10'000,
                       stats::kStageTable[order[i]].name);
  out += ".";
  const Utilisation* busiest = nullptr;
  for (const Utilisation& u : x.points[best.point].result.utilisation)
    if (busiest == nullptr || u.ppm > busiest->ppm) busiest = &u;
  if (busiest != nullptr && busiest->ppm >= kBusyPpm)
    out += fmt::format(" {} {} is {} % busy: the likely limit.", busiest->path, busiest->what,
                       percent(busiest->ppm, 1'000'000));
  if (m.total.errors != 0)
    out += fmt::format(" {} of {} requests failed.", m.total.errors, m.total.requests);
  return out;
}

}  // namespace

std::string explain(const Exploration& x) {
  std::vector<Ranked> ranked = ranked_points(x);
  const auto failed = std::count_if(x.points.begin(), x.points.end(),
                                    [](const Point& p) { return !p.error.empty(); });
  if (ranked.empty()) return "No point gave a result.\n";
  if (x.rank_by == "duration") {
    // Nothing may have been requested of a device: the time is all there is.
    std::string text = ranked.front().label + " takes " + human_time(ranked.front().metrics.duration);
    for (std::size_t i = 1; i < ranked.size(); ++i)
      text += fmt::format("{}{} {} ({})", i == 1 ? "; " : ", ", ranked[i].label, times(ranked[i].relative_ppm),
                          human_time(ranked[i].metrics.duration));
    text += ".\n";
    if (failed != 0) text += fmt::format("{} of {} points gave no result.\n", failed, x.points.size());
    return text;
  }
  // A point without a request compares with nothing.
  std::vector<std::string> idle;
  const auto is_idle = [](const Ranked& r) { return r.metrics.total.requests == 0; };
  for (const Ranked& r : ranked)
    if (is_idle(r)) idle.push_back(r.label);
  if (idle.size() == ranked.size()) return "No request completed in any point.\n";
  ranked.erase(std::remove_if(ranked.begin(), ranked.end(), is_idle), ranked.end());

  const bool more = more_is_better(x.rank_by);
  std::size_t tied = 0;
  while (tied < ranked.size() && ties_with_best(ranked[tied], more)) ++tied;
  // First line: who wins. Second: what else is to be said of the best. Then one line per
  // comparison.
  std::string out = verdict(x, ranked, tied);
  if (const std::string text = portrait(x, ranked.front()); !text.empty())
    out += (out.find('\n') == std::string::npos ? "\n" : " ") + text;
  out += "\n";
  if (tied < ranked.size()) {
    const std::vector<std::size_t> chosen = worth_comparing(ranked, tied);
    for (const std::size_t i : chosen) out += compare(ranked.front(), ranked[i], x.rank_by) + "\n";
    const std::size_t silent = ranked.size() - tied - chosen.size();
    if (silent != 0) out += fmt::format("The other {} lie between.\n", silent);
  }
  if (!idle.empty()) out += "No request completed in " + list_of(idle) + ".\n";
  if (failed != 0) out += fmt::format("{} of {} points gave no result.\n", failed, x.points.size());
  return out;
}

}  // namespace phbsim::results
