// SPDX-License-Identifier: Apache-2.0
#include "platform/results/charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "platform/results/utf8.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

namespace {

// Widths of one character of the monospaced labels, generous: fonts differ.
constexpr double kLabelChar = 7.4;    // 12 px
constexpr double kSegmentChar = 6.2;  // 10 px
constexpr int kRow = 28;
constexpr int kBar = 18;
constexpr int kRankWidth = 30;
constexpr int kValueWidth = 104;
constexpr int kAxisHeight = 42;
constexpr std::size_t kDashes = 4;
constexpr std::size_t kColours = 7;

/// A coordinate: a tenth of a pixel is enough.
std::string px(double v) {
  std::string s = fmt::format("{:.1f}", v);
  if (s.size() > 2 && s.compare(s.size() - 2, 2, ".0") == 0) s.resize(s.size() - 2);
  return s == "-0" ? "0" : s;
}

/// The least of 1, 2, 2.5, 5 times a power of ten that is at least v.
double nice_step(double v) {
  const double power = std::pow(10.0, std::floor(std::log10(v)));
  for (const double m : {1.0, 2.0, 2.5, 5.0})
    if (m * power >= v * 0.999999) return m * power;
  return 10 * power;
}

/// A number as short as it can be.
std::string plain(double v) { return fmt::format("{:.4g}", v); }

std::string open_svg(int width, int height, const std::string& label) {
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", width, height,
                     escape_html(label));
}

std::string text(double x, double y, const char* classes, const std::string& content) {
  return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", px(x), px(y), classes,
                     escape_html(content));
}

std::string line(double x1, double y1, double x2, double y2, const char* classes) {
  return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n", px(x1),
                     px(y1), px(x2), px(y2), classes);
}

/// The frame that the two bar charts share: labels left, values behind the bars, axis below.
struct BarFrame {
  int width;
  int height;
  double left;    ///< x of zero
  double right;   ///< x of `limit`
  double bottom;  ///< y of the axis
  double limit;   ///< the axis ends here
  double scale;   ///< pixels per unit
  std::size_t label_chars;

  BarFrame(const std::vector<Ranked>& ranked, int w, double largest) : width(w) {
    std::size_t longest = 4;
    for (const Ranked& r : ranked) longest = std::max(longest, code_points(r.label));
    label_chars = std::min(longest, static_cast<std::size_t>(w * 0.34 / kLabelChar));
    left = kRankWidth + static_cast<double>(label_chars) * kLabelChar + 10;
    right = w - kValueWidth;
    height = static_cast<int>(ranked.size()) * kRow + kAxisHeight + 4;
    bottom = height - kAxisHeight;
    limit = largest > 0 ? largest : 1;
    scale = (right - left) / limit;
  }

  double row(std::size_t i) const { return static_cast<double>(i) * kRow + 4; }

  std::string grid(double unit, const std::string& title) const {
    std::string out;
    // About 70 pixels apart.
    const double step = nice_step(limit / unit / std::max(2.0, (right - left) / 70)) * unit;
    for (int i = 0; i * step <= limit * 1.0001; ++i) {
      const double x = left + i * step * scale;
      out += line(x, 0, x, bottom, i == 0 ? "axis" : "grid");
      out += text(x, bottom + 16, "tick mid", plain(i * step / unit));
    }
    return out + text(left, bottom + 35, "note", title);
  }

  std::string label(const Ranked& r, std::size_t i) const {
    const double y = row(i) + kBar / 2.0 + 4;
    return text(kRankWidth - 10, y, "rank end", std::to_string(r.rank)) +
           fmt::format("<text x=\"{}\" y=\"{}\" class=\"label\">{}<title>{}</title></text>\n",
                       kRankWidth, px(y), escape_html(shorten(r.label, label_chars)),
                       escape_html(r.label));
  }
};

/// Where an axis for these values ends: at the largest, unless a few outliers would flatten the
/// rest. An outlier is more than `outlier` times the median.
double axis_limit(std::vector<double> values, double outlier) {
  std::sort(values.begin(), values.end());
  if (values.empty()) return 1;
  const double bound = outlier * values[(values.size() - 1) / 2];
  if (values.back() <= bound || bound <= 0) return values.back();
  double limit = 0;
  for (const double v : values)
    if (v <= bound) limit = v;
  return limit * 1.25;
}

}  // namespace

bool stage_takes_light_ink(unsigned stage) {
  const auto s = static_cast<stats::Stage>(stage);
  return s == stats::Stage::RidLookup || s == stats::Stage::Walk4 || s == stats::Stage::Walk5;
}

std::string curve_class(std::size_t n) {
  // Neighbours differ in both; 4 and 7 have no common divisor, so 28 pairs come before one returns.
  return fmt::format("c{} d{}", n % kColours, n % kDashes);
}

std::string attribution_chart(const std::vector<Ranked>& ranked, int width) {
  std::vector<double> means;
  for (const Ranked& r : ranked) means.push_back(static_cast<double>(r.metrics.mean));
  const BarFrame f(ranked, width, axis_limit(means, 6));
  const bool us = f.limit >= 20'000 * static_cast<double>(kPsPerNs);
  bool cut = false;

  std::string bars;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const Metrics& m = ranked[i].metrics;
    bars += f.label(ranked[i], i);
    const double y = f.row(i);
    double from = 0;
    for (unsigned s = 0; s < stats::kStages && from < f.limit; ++s) {
      if (m.stages[s] == 0) continue;
      const double to = std::min(from + static_cast<double>(m.stages[s]), f.limit);
      const double w = (to - from) * f.scale;
      const std::string name(stats::kStageTable[s].name);
      if (w >= 0.05) {
        bars += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"seg s{}\"><title>{}: {} "
            "{}, {} % of the mean"
            "</title></rect>\n",
            px(f.left + from * f.scale), px(y), px(std::max(w, 0.1)), kBar, s,
            escape_html(ranked[i].label), name, human_time(m.stages[s]),
            percent(m.stages[s], m.mean));
      }
      if (w >= static_cast<double>(name.size()) * kSegmentChar + 8)
        bars += text(f.left + (from + to) / 2 * f.scale, y + kBar / 2.0 + 3.5,
                     stage_takes_light_ink(s) ? "in light mid" : "in dark mid", name);
      from = to;
    }
    double end = f.left + std::min(static_cast<double>(m.mean), f.limit) * f.scale;
    if (static_cast<double>(m.mean) > f.limit) {
      cut = true;
      for (const double x : {end - 14, end - 8})
        bars +=
            fmt::format("<path d=\"M{} {}l5 {}\" class=\"break\"/>\n", px(x), px(y - 2), kBar + 4);
    }
    bars += text(end + 7, y + kBar / 2.0 + 4, "value", human_time(m.mean));
  }
  std::string title = fmt::format("mean {} per request", us ? "us" : "ns");
  if (cut) title += "; bars with a break are longer than the axis";
  return open_svg(width, f.height, "Mean latency by stage") + f.grid(us ? 1e6 : 1e3, title) + bars +
         "</svg>\n";
}

std::string throughput_chart(const std::vector<Ranked>& ranked, int width) {
  double largest = 0;
  for (const Ranked& r : ranked)
    largest = std::max(largest, static_cast<double>(r.metrics.throughput));
  const BarFrame f(ranked, width, largest);
  const double unit = largest >= 1e9 ? 1e9 : largest >= 1e6 ? 1e6 : largest >= 1e3 ? 1e3 : 1;
  const char* unit_name = largest >= 1e9   ? "GB/s"
                          : largest >= 1e6 ? "MB/s"
                          : largest >= 1e3 ? "kB/s"
                                           : "B/s";
  std::string out = open_svg(width, f.height, "Throughput");
  out += f.grid(unit, fmt::format("{} of payload, all endpoints", unit_name));
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const Metrics& m = ranked[i].metrics;
    const double w = static_cast<double>(m.throughput) * f.scale;
    out += f.label(ranked[i], i);
    out +=
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\" class=\"{}\"/>\n",
                    px(f.left), px(f.row(i)), px(w), kBar, i == 0 ? "best" : "rest");
    out += text(f.left + w + 7, f.row(i) + kBar / 2.0 + 4, "value", human_rate(m.throughput));
  }
  return out + "</svg>\n";
}

namespace {

/// Points (latency in ps, share) of the distribution function.
std::vector<std::pair<double, double>> distribution(const stats::Histogram& h) {
  std::vector<std::pair<double, double>> out;
  if (h.count() == 0) return out;
  out.emplace_back(std::max<double>(1, static_cast<double>(h.min())), 0.0);
  std::uint64_t seen = 0;
  h.visit([&](std::uint64_t lowest, std::uint64_t n) {
    // All records of a bucket lie below the next one, and none above the maximum.
    const std::uint64_t next = stats::Histogram::lowest_of(stats::Histogram::index_of(lowest) + 1);
    // A curve rises only where there are records: after a gap it goes on level.
    const double start = std::max(out.front().first, static_cast<double>(lowest));
    if (start > out.back().first) out.emplace_back(start, out.back().second);
    seen += n;
    out.emplace_back(std::max(1.0, static_cast<double>(std::min(next, h.max()))),
                     static_cast<double>(seen) / static_cast<double>(h.count()));
  });
  return out;
}

/// Values for the ticks of a logarithmic axis: as many of 1-2-5, or else of all digits, as fit.
std::vector<double> log_ticks(double lo, double hi, double pixels) {
  const auto make = [&](std::initializer_list<double> digits) {
    std::vector<double> out;
    for (double power = std::pow(10.0, std::floor(std::log10(lo))); power <= hi; power *= 10)
      for (const double d : digits)
        if (d * power >= lo * 0.9999 && d * power <= hi * 1.0001) out.push_back(d * power);
    return out;
  };
  const auto fits = [&](const std::vector<double>& ticks) {
    for (std::size_t i = 1; i < ticks.size(); ++i)
      if (std::log(ticks[i] / ticks[i - 1]) / std::log(hi / lo) * pixels < 44) return false;
    return true;
  };
  for (const auto& ticks :
       {make({1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9}),
        make({1, 1.5, 2, 3, 4, 5, 6, 8}), make({1, 2, 3, 5, 7}), make({1, 2, 5}), make({1, 3})})
    if (fits(ticks)) return ticks;
  return make({1});
}

}  // namespace

std::string latency_chart(const std::vector<Ranked>& ranked, int width) {
  constexpr double kLeft = 48, kTop = 12, kRight = 24;
  const int height = 400;
  const double bottom = height - 50, right = width - kRight;

  // From the fastest request to the slowest 99.9th percentile, in ps.
  double lo = 0, hi = 0;
  std::vector<double> ends;
  for (const Ranked& r : ranked) {
    const stats::Histogram& h = r.metrics.total.latency;
    if (h.count() == 0) continue;
    const double from = std::max<double>(1, static_cast<double>(h.quantile(1'000)));
    if (hi == 0 || from < lo) lo = from;
    ends.push_back(static_cast<double>(h.quantile(999'000)));
    hi = axis_limit(ends, 40);
  }
  if (hi == 0) lo = hi = 1'000'000;
  lo *= 0.93;
  hi *= 1.07;
  if (hi / lo < 1.6) {
    const double middle = std::sqrt(lo * hi);
    lo = middle / 1.27;
    hi = middle * 1.27;
  }
  const double span = std::log(hi / lo);
  const auto x_of = [&](double ps) {
    return kLeft + std::log(std::clamp(ps, lo, hi) / lo) / span * (right - kLeft);
  };
  const auto y_of = [&](double share) { return bottom - share * (bottom - kTop); };

  std::string out = open_svg(width, height, "Distribution of request latency");
  for (int percent = 0; percent <= 100; percent += 25) {
    const double y = y_of(percent / 100.0);
    out += line(kLeft, y, right, y, percent == 0 ? "axis" : "grid");
    out += text(kLeft - 8, y + 4, "tick end", std::to_string(percent) + " %");
  }
  for (const double ns : log_ticks(lo / 1e3, hi / 1e3, right - kLeft)) {
    const double x = x_of(ns * 1e3);
    out += line(x, kTop, x, bottom, "grid");
    out += text(x, bottom + 17, "tick mid",
                ns >= 10'000 ? grouped(static_cast<std::uint64_t>(ns + 0.5)) : plain(ns));
  }
  out += text(kLeft, bottom + 38, "note",
              width > 800 ? "latency in ns, logarithmic; share of all requests answered within it; "
                            "up to the 99.9th percentile"
                          : "latency in ns, logarithmic, up to the 99.9th percentile");

  struct Curve {
    std::size_t n;
    std::string path;
    std::vector<std::pair<double, double>> points;  // pixels
  };
  std::vector<Curve> curves;
  for (std::size_t n = 0; n < ranked.size(); ++n) {
    Curve c{n, {}, {}};
    bool beyond = false;
    for (const auto& [ps, share] : distribution(ranked[n].metrics.total.latency)) {
      if (beyond) break;
      beyond = ps > hi;
      const double x = x_of(ps), y = y_of(share);
      // Neighbours closer than a pixel add nothing but the ends.
      if (!c.points.empty() && share < 1 && std::abs(x - c.points.back().first) < 0.8 &&
          std::abs(y - c.points.back().second) < 0.8)
        continue;
      c.points.emplace_back(x, y);
      c.path += fmt::format("{}{} {}", c.path.empty() ? "M" : "L", px(x), px(y));
    }
    if (c.points.size() > 1 && c.points.front().first < right) curves.push_back(std::move(c));
  }
  // Curves that begin beyond the axis are named at its end.
  std::string beyond;
  for (const Ranked& r : ranked)
    if (static_cast<double>(r.metrics.total.latency.min()) >= hi)
      beyond += (beyond.empty() ? "" : ", ") + std::to_string(r.rank);
  if (!beyond.empty())
    out += text(right - 6, bottom - 8, "note end", "slower than the axis: " + beyond);

  // Solid lines first: dashes above them leave equal curves visible.
  for (std::size_t dash = 0; dash < kDashes; ++dash)
    for (const Curve& c : curves)
      if (c.n % kDashes == dash)
        out += fmt::format(
            "<path d=\"{}\" class=\"curve {}\" data-n=\"{}\"><title>{} {}</title></path>\n", c.path,
            curve_class(c.n), c.n, ranked[c.n].rank, escape_html(ranked[c.n].label));

  // A badge with the rank on each curve, where no other is near; without room the legend must do.
  std::vector<std::pair<double, double>> badges;
  for (const Curve& c : curves) {
    for (const double share :
         {0.5, 0.38, 0.62, 0.26, 0.74, 0.14, 0.86, 0.32, 0.68, 0.44, 0.56, 0.2, 0.8, 0.93}) {
      const double y = y_of(share);
      const auto above = std::find_if(c.points.begin(), c.points.end(),
                                      [y](const auto& p) { return p.second <= y; });
      if (above == c.points.end() || above == c.points.begin()) continue;
      const auto below = above - 1;
      const double part = (below->second - y) / std::max(1e-9, below->second - above->second);
      const double x = below->first + part * (above->first - below->first);
      if (x > right - 10) continue;
      if (std::any_of(badges.begin(), badges.end(),
                      [&](const auto& b) { return std::hypot(b.first - x, b.second - y) < 21; }))
        continue;
      badges.emplace_back(x, y);
      out += fmt::format(
          "<g class=\"badge {0}\" data-n=\"{1}\"><circle cx=\"{2}\" cy=\"{3}\" r=\"9\"/>"
          "<text x=\"{2}\" y=\"{4}\">{5}</text></g>\n",
          curve_class(c.n), c.n, px(x), px(y), px(y + 3.5), ranked[c.n].rank);
      break;
    }
  }
  return out + "</svg>\n";
}

}  // namespace phbsim::results
