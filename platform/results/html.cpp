// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "platform/results/charts.hpp"
#include "platform/results/html_style.hpp"
#include "platform/results/metrics.hpp"
#include "platform/results/utf8.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::results {

namespace {

// The charts are drawn twice; the style sheet shows what fits the window.
constexpr int kWide = 1040;
constexpr int kNarrow = 640;

std::string title_of(const Exploration& x) { return x.title.empty() ? x.config_file : x.title; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::string::size_type from = 0;
  while (from < text.size()) {
    const auto to = std::min(text.find('\n', from), text.size());
    if (to > from) out.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return out;
}

/// How the ranking is spelled in a sentence.

std::string explanation(const Exploration& x) {
  const std::vector<std::string> lines = lines_of(explain(x));
  std::string out = "<div class=\"verdict\">\n";
  bool list = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // The verdict and the portrait of the winner are prose; the comparisons are a list.
    const bool item = i >= 2;
    if (item && !list) out += "<ul>\n";
    list = list || item;
    const char* tag = item ? "li" : "p";
    std::string sentence = escape_html(lines[i]);
    for (auto at = sentence.find(" %"); at != std::string::npos; at = sentence.find(" %", at))
      sentence.replace(at, 1, "&#160;");
    out += fmt::format("<{0}>{1}</{0}>\n", tag, sentence);
  }
  return out + (list ? "</ul>\n" : "") + "</div>\n";
}

std::string cell(const std::string& shown, std::uint64_t sort_by, const char* classes = "") {
  const std::string attribute = *classes ? fmt::format(" class=\"{}\"", classes) : std::string();
  return fmt::format("<td{} data-v=\"{}\">{}</td>", attribute, sort_by, escape_html(shown));
}

std::string text_cell(const std::string& shown, const char* classes) {
  return fmt::format("<td class=\"{}\">{}</td>", classes, escape_html(shown));
}

/// Axis values of a point in the order of the axes.
std::string axis_cells(const Exploration& x, const Point& p) {
  std::string out;
  for (const std::string& axis : x.axes) {
    const auto it = std::find_if(p.values.begin(), p.values.end(),
                                 [&](const auto& v) { return v.first == axis; });
    out += text_cell(it == p.values.end() ? "" : axis_value(it->second), "text axis");
  }
  return out;
}

std::string axis_heads(const Exploration& x) {
  std::string out;
  const std::vector<std::string> names = axis_names(x);
  for (std::size_t i = 0; i < names.size(); ++i)
    out += fmt::format("<th class=\"text\" title=\"{}\">{}</th>", escape_html(x.axes[i]),
                       escape_html(names[i]));
  return out;
}

std::string ranked_table(const Exploration& x, const std::vector<Ranked>& ranked) {
  std::string out =
      "<div class=\"scroll\"><table class=\"sortable\">\n<thead><tr><th>#</th>" + axis_heads(x);
  out +=
      "<th>Throughput</th><th>Relative</th><th>Mean</th><th>p50</th><th>p99</th>"
      "<th>TCE hits</th><th class=\"minor\" title=\"128-byte lines read per DMA request, data and "
      "tables\">Memory"
      "<span class=\"unit\">reads/req</span></th>"
      "<th title=\"TCE fetches per DMA request\">TCE<span class=\"unit\">reads/req</span></th>"
      "<th>CPU/req</th><th class=\"minor\">Tables</th><th class=\"text minor\">Largest "
      "stage</th></tr></thead>\n<tbody>\n";
  for (const Ranked& r : ranked) {
    const Metrics& m = r.metrics;
    out += r.rank == 1 ? "<tr class=\"first\">" : "<tr>";
    out += cell(std::to_string(r.rank), r.rank) + axis_cells(x, x.points[r.point]);
    out +=
        cell(human_rate(m.throughput), m.throughput) + cell(times(r.relative_ppm), r.relative_ppm);
    for (const Tick t : {m.mean, m.p50, m.p99}) out += cell(human_time(t), t);
    out +=
        cell(m.lookups == 0 ? "-" : percent(m.hits, m.lookups) + " %", ppm_of(m.hits, m.lookups));
    out += cell(fmt::format("{:.2f}", m.per_request(m.memory_reads)),
                ppm_of(m.memory_reads, m.total.requests), "minor");
    out += cell(fmt::format("{:.2f}", m.per_request(m.tce_reads)),
                ppm_of(m.tce_reads, m.total.requests));
    out += cell(human_time(mean_of(m.host_busy, m.total.requests)), mean_of(m.host_busy, m.total.requests));
    out += cell(human_bytes(m.table_bytes), m.table_bytes, "minor");
    const auto s = static_cast<unsigned>(m.largest);
    out += text_cell(
        m.mean == 0 ? "-"
                    : fmt::format("{} {}", stats::kStageTable[s].name, human_time(m.stages[s])),
        "text minor");
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table></div>\n";
}

/// Exact means behind the attribution chart.
std::string stage_table(const Exploration& x, const std::vector<Ranked>& ranked) {
  std::vector<unsigned> used;
  for (unsigned s = 0; s < stats::kStages; ++s)
    if (std::any_of(ranked.begin(), ranked.end(),
                    [s](const Ranked& r) { return r.metrics.stages[s] != 0; }))
      used.push_back(s);
  std::string out =
      "<details><summary>Mean per stage in ns</summary>\n<div class=\"scroll\"><table "
      "class=\"sortable\">\n"
      "<thead><tr><th>#</th>" +
      axis_heads(x);
  for (const unsigned s : used)
    out += fmt::format("<th title=\"{}\">{}</th>", escape_html(stats::kStageTable[s].description),
                       stats::kStageTable[s].name);
  out += "<th>all</th></tr></thead>\n<tbody>\n";
  const auto ns = [](Tick ps) { return fmt::format("{:.1f}", static_cast<double>(ps) / 1e3); };
  for (const Ranked& r : ranked) {
    out += "<tr>" + cell(std::to_string(r.rank), r.rank) + axis_cells(x, x.points[r.point]);
    for (const unsigned s : used) out += cell(ns(r.metrics.stages[s]), r.metrics.stages[s]);
    out += cell(ns(r.metrics.mean), r.metrics.mean) + "</tr>\n";
  }
  return out + "</tbody>\n</table></div></details>\n";
}

template <class Chart>
std::string both_widths(Chart chart, const std::vector<Ranked>& ranked) {
  return "<div class=\"wide\">\n" + chart(ranked, kWide) + "</div>\n<div class=\"narrow\">\n" +
         chart(ranked, kNarrow) + "</div>\n";
}

std::string attribution_figure(const Exploration& x, const std::vector<Ranked>& ranked) {
  std::string out =
      "<h3>Where the time goes</h3>\n<p class=\"caption\">Mean latency of a DMA request, each "
      "picosecond "
      "booked to one stage; best layout on top.</p>\n<figure>\n<ul class=\"legend\">\n";
  for (unsigned s = 0; s < stats::kStages; ++s)
    if (std::any_of(ranked.begin(), ranked.end(),
                    [s](const Ranked& r) { return r.metrics.stages[s] != 0; }))
      out += fmt::format("<li title=\"{}\"><i class=\"s{}\"></i>{}</li>\n",
                         escape_html(stats::kStageTable[s].description), s,
                         stats::kStageTable[s].name);
  out += "</ul>\n" + both_widths(attribution_chart, ranked);
  return out + "</figure>\n" + stage_table(x, ranked);
}

std::string latency_figure(const std::vector<Ranked>& ranked) {
  std::string out =
      "<h3>Latency distribution</h3>\n<p class=\"caption\">All endpoints together. A curve further "
      "left is "
      "faster; the number is the rank.</p>\n<figure class=\"latency\">\n";
  out += both_widths(latency_chart, ranked) + "<ul class=\"legend curves\">\n";
  for (std::size_t n = 0; n < ranked.size(); ++n)
    out += fmt::format(
        "<li data-n=\"{0}\"><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\"><line x1=\"1\" "
        "y1=\"6\" x2=\"33\" "
        "y2=\"6\" class=\"curve {1}\"/></svg><b>{2}</b><span class=\"mono\">{3}</span></li>\n",
        n, curve_class(n), ranked[n].rank, escape_html(ranked[n].label));
  return out + "</ul>\n</figure>\n";
}

std::string throughput_figure(const std::vector<Ranked>& ranked) {
  return "<h3>Throughput</h3>\n<p class=\"caption\">Payload of successful requests over the active "
         "time.</p>\n<figure>\n" +
         both_widths(throughput_chart, ranked) + "</figure>\n";
}

std::string manifest(const Exploration& x, const std::vector<Ranked>& ranked) {
  if (ranked.empty()) return {};
  const Manifest& m = x.points[ranked.front().point].result.manifest;
  std::string out = "<h3>How to get these numbers again</h3>\n<dl>\n";
  const auto entry = [&](const char* name, const std::string& value) {
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, escape_html(value));
  };
  entry("Simulator", "phbsim " + m.version);
  entry("Config file", m.config_file.empty() ? x.config_file : m.config_file);
  entry("Seed", std::to_string(m.seed));
  entry("Config hash", m.config_hash + (ranked.size() > 1 ? " (rank 1)" : ""));
  entry("Measured", human_time(x.points[ranked.front().point].result.measured) +
                        " of simulated time, " + grouped(ranked.front().metrics.total.requests) +
                        " requests" + (ranked.size() > 1 ? " (rank 1)" : ""));
  out += "</dl>\n";
  if (ranked.size() > 1) {
    out +=
        "<details><summary>Seed and config hash of every point</summary>\n<div "
        "class=\"scroll\"><table>\n<thead><tr>"
        "<th>#</th><th class=\"text\">Point</th><th>Seed</th><th class=\"text\">Config "
        "hash</th></tr></thead>\n<tbody>\n";
    for (const Ranked& r : ranked) {
      const Manifest& own = x.points[r.point].result.manifest;
      out += fmt::format("<tr><td>{}</td>{}<td>{}</td>{}</tr>\n", r.rank,
                         text_cell(r.label, "text axis"), own.seed,
                         text_cell(own.config_hash, "text axis"));
    }
    out += "</tbody>\n</table></div></details>\n";
  }
  return out +
         fmt::format(
             "<details><summary>Resolved configuration{}</summary>\n<pre>{}</pre></details>\n",
             ranked.size() > 1 ? " of rank 1" : "", escape_html(m.config_toml));
}

std::string failures(const Exploration& x) {
  std::string out;
  for (const Point& p : x.points)
    if (!p.error.empty())
      out += fmt::format("<li><span class=\"mono\">{}</span>: {}</li>\n",
                         escape_html(point_label(x, p)), escape_html(p.error));
  return out.empty() ? out : "<h3>Without a result</h3>\n<ul class=\"failed\">\n" + out + "</ul>\n";
}

std::string section(const Exploration& x, std::size_t index) {
  const std::vector<Ranked> ranked = ranked_points(x);
  std::string out = fmt::format(
      "<section id=\"x{}\">\n<h2>{}</h2>\n<p class=\"meta\">{} &#183; {} point{} &#183; ranked by "
      "{}</p>\n",
      index, escape_html(title_of(x)), escape_html(x.config_file), x.points.size(),
      x.points.size() == 1 ? "" : "s", escape_html(ranked_by(x.rank_by)));
  out += explanation(x);
  if (!ranked.empty()) {
    out += fmt::format(
        "<h3>Ranking</h3>\n<p class=\"caption\">{} Times and reads are per DMA request.</p>\n",
        more_is_better(x.rank_by) ? "Relative: share of the best throughput."
                                  : "Relative: multiple of the best " + ranked_by(x.rank_by) + ".");
    out += ranked_table(x, ranked);
  }
  out += failures(x);
  if (!ranked.empty())
    out += attribution_figure(x, ranked) + latency_figure(ranked) + throughput_figure(ranked) +
           manifest(x, ranked);
  return out + "</section>\n";
}

/// With more than one exploration: each with its verdict, as a way to its section.
std::string contents(const std::vector<Exploration>& explorations) {
  if (explorations.size() < 2) return {};
  std::string out = "<ul class=\"contents\">\n";
  for (std::size_t i = 0; i < explorations.size(); ++i) {
    const Exploration& x = explorations[i];
    const std::vector<Ranked> ranked = ranked_points(x);
    const std::string best =
        ranked.empty() ? "no result"
                       : ranked.front().label + ", " +
                             (more_is_better(x.rank_by)
                                  ? human_rate(ranked.front().metrics.throughput)
                                  : human_time(rank_value(ranked.front().metrics, x.rank_by)));
    out += fmt::format("<li><a href=\"#x{}\">{}</a><span>{}</span></li>\n", i + 1,
                       escape_html(title_of(x)), escape_html(best));
  }
  return out + "</ul>\n";
}

constexpr std::string_view kAssumed = R"html(<footer>
<h2>What is assumed</h2>
<p>Timing parameters are assumptions of the model: latencies, widths and depths have documented ranges, not
measured values. Unless a parameter is an axis of an exploration, the points of the exploration share it.</p>
<p>So only comparisons between points of one exploration mean something: which layout is ahead, by what factor, and
in which stages they differ. An absolute number predicts no machine.</p>
</footer>
)html";

}  // namespace

std::string to_html(const std::vector<Exploration>& explorations) {
  std::size_t points = 0;
  for (const Exploration& x : explorations) points += x.points.size();
  const std::string headline = points == 1 ? "DMA through one layout" : "DMA layouts compared";
  const std::string title = explorations.size() == 1 ? title_of(explorations.front()) : headline;
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
                     escape_html(title), kStyle);
  out += fmt::format(
      "<header>\n<p class=\"kicker\">phbsim exploration report</p>\n<h1>{}</h1>\n{}</header>\n",
      headline, contents(explorations));
  for (std::size_t i = 0; i < explorations.size(); ++i) out += section(explorations[i], i + 1);
  if (explorations.empty()) out += "<p>No exploration was run.</p>\n";
  out += kAssumed;
  return out + fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", kScript);
}

}  // namespace phbsim::results
