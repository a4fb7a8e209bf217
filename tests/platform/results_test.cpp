// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "models/base/check.hpp"
#include "platform/results/metrics.hpp"
#include "platform/results/utf8.hpp"
#include "platform/results/writers.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::results;
using Catch::Matchers::Contains;

namespace {

/// Requests whose latency is the sum of the given stages, plus 0..spread-1 ps of queueing.
EndpointResult endpoint(const std::string& name, const stats::StageTimes& stages, unsigned requests,
                        Tick spread = 1) {
  EndpointResult e;
  e.name = name;
  e.pe = name;
  e.layout = "ddw-2m";
  e.requests = requests;
  e.bytes_read = requests * 4096ull;
  for (unsigned i = 0; i < requests; ++i) {
    Tick sum = i % spread;
    e.stages[0] += i % spread;
    for (unsigned s = 0; s < stats::kStages; ++s) {
      e.stages[s] += stages[s];
      sum += stages[s];
    }
    e.latency.record(sum);
  }
  e.active = e.latency.sum() / 32;
  return e;
}

stats::StageTimes stages_ns(Tick queue, Tick walk, Tick memory) {
  stats::StageTimes t{};
  t[static_cast<unsigned>(stats::Stage::Queue)] = queue * kPsPerNs;
  t[static_cast<unsigned>(stats::Stage::Walk1)] = walk * kPsPerNs;
  t[static_cast<unsigned>(stats::Stage::Memory)] = memory * kPsPerNs;
  return t;
}

Result result_of(const stats::StageTimes& stages, std::uint64_t hits_of_1000) {
  Result r;
  r.manifest = {"0.1.0", "layouts.toml", "4 KiB reads", "[run]\nseed = 7\n", "00c0ffee00c0ffee", 7};
  r.measured = kPsPerMs;
  r.end = kPsPerMs + 5;
  r.table_bytes = 65536;
  r.endpoints = {endpoint("nvme", stages, 1000)};
  const std::uint64_t misses = 1000 - hits_of_1000;
  r.counters = {
      {"top.phb0.tce",
       "tce",
       {{"lookups", 1000}, {"hits", hits_of_1000}, {"walks", misses}, {"reads_level_1", misses}}},
      {"top.memory", "memory", {{"reads", 32000 + misses}}}};
  return r;
}

/// Everything filled, with awkward text and numbers.
Result full_result() {
  Result r = result_of(stages_ns(100, 50, 200), 998);
  r.manifest.title = "quotes \" \\ \x01 tab\t, \xC3\xBC, <b>&amp;";
  r.manifest.seed = ~0ull;
  r.endpoints.push_back(endpoint("e1000", stages_ns(7, 0, 90), 333, 977));
  r.endpoints[1].errors = 3;
  r.endpoints[1].faults = {{"tce_not_present", 2}, {"tve_range", 1}};
  r.endpoints[1].maps = 10;
  r.endpoints[1].unmaps = 9;
  r.pes = {{"nvme", "PE 1", 1000, 4096000, 12, 0, 123456789}};
  r.windows = {{"nvme", "window 0 at 0x0", 1000, 4096000, 12, 1, 123456789}};
  r.utilisation = {{"top.phb0.link", "down", 934'000}, {"top.memory", "channels", 0}};
  for (unsigned i = 0; i < 12; ++i)
    r.faults.push_back({1000 + i, "phb0", "tce_not_present", 1, 0x100, 0x0800'0000'0000'1000ull + i,
                        i == 0 ? "freeze" : ""});
  r.faults_total = 40;
  return r;
}

Exploration exploration(const std::vector<std::pair<std::string, Result>>& layouts,
                        const std::string& rank_by = "throughput") {
  Exploration x;
  x.title = "Layouts";
  x.config_file = "layouts.toml";
  x.rank_by = rank_by;
  x.axes = {"pe.*.layout"};
  for (const auto& [name, result] : layouts)
    x.points.push_back({{{"pe.*.layout", "\"" + name + "\""}}, result, ""});
  x.ranking = rank_points(x);
  return x;
}

Exploration crafted() {
  return exploration({{"default32-4k", result_of(stages_ns(195, 182, 200), 310)},
                      {"ddw-64k", result_of(stages_ns(130, 20, 200), 900)},
                      {"ddw-2m", result_of(stages_ns(100, 0, 200), 998)}});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '\n') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  out.pop_back();
  return out;
}

/// Cells of a CSV text by RFC 4180.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        rows.back().back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        rows.back().back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\n') {
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  return rows;
}

/// What is wrong with the nesting of the tags; empty if nothing.
std::string tag_error(const std::string& html) {
  std::vector<std::string> open;
  std::size_t at = 0;
  while ((at = html.find('<', at)) != std::string::npos) {
    if (html.compare(at, 2, "<!") == 0) {
      at = html.find('>', at);
      continue;
    }
    bool quoted = false;
    std::size_t end = at + 1;
    for (; end < html.size() && (quoted || html[end] != '>'); ++end) {
      if (html[end] == '"') quoted = !quoted;
      if (html[end] == '<') return "'<' inside a tag: " + html.substr(at, 60);
    }
    if (end >= html.size()) return "tag without end: " + html.substr(at, 60);
    const bool closing = html[at + 1] == '/';
    const std::size_t from = at + (closing ? 2 : 1);
    const std::string name = html.substr(from, html.find_first_of(" />\n", from) - from);
    if (closing) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (html[end - 1] != '/' && name != "meta") {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

}  // namespace

TEST_CASE("Throughput is bytes over active time, also where the product exceeds 64 bits") {
  EndpointResult e;
  CHECK(e.throughput() == 0);
  e.bytes_read = 1ull << 50;
  e.bytes_written = 1ull << 50;
  e.active = kPsPerS;
  CHECK(e.throughput() == 1ull << 51);
  e.active = 3 * kPsPerS;
  CHECK(e.throughput() == (1ull << 51) / 3);
  e.active = 1;
  CHECK(e.throughput() == ~0ull);
}

TEST_CASE("The total adds endpoints, merges latencies and takes the longest active time") {
  const Result r = full_result();
  const EndpointResult t = r.total();
  CHECK(t.requests == 1333);
  CHECK(t.errors == 3);
  CHECK(t.latency.count() == 1333);
  CHECK(t.latency.sum() == r.endpoints[0].latency.sum() + r.endpoints[1].latency.sum());
  CHECK(t.active == std::max(r.endpoints[0].active, r.endpoints[1].active));
  Tick booked = 0;
  for (const Tick ps : t.stages) booked += ps;
  CHECK(booked == t.latency.sum());
  CHECK(t.faults == r.endpoints[1].faults);
}

TEST_CASE("A counter is summed over instances of its group") {
  Result r = full_result();
  r.counters.push_back({"top.phb1.tce", "tce", {{"lookups", 5}}});
  CHECK(r.counter("tce", "lookups") == 1005);
  CHECK(r.counter("memory", "lookups") == 0);
}

TEST_CASE("A result survives JSON") {
  const Result r = full_result();
  const std::string json = to_json(r);
  const Result back = result_from_json(json);
  CHECK(to_json(back) == json);
  CHECK(back.manifest.title == r.manifest.title);
  CHECK(back.manifest.config_toml == r.manifest.config_toml);
  CHECK(back.manifest.seed == ~0ull);
  REQUIRE(back.endpoints.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const EndpointResult& a = r.endpoints[i];
    const EndpointResult& b = back.endpoints[i];
    CHECK(b.latency.count() == a.latency.count());
    CHECK(b.latency.sum() == a.latency.sum());
    CHECK(b.latency.min() == a.latency.min());
    CHECK(b.latency.max() == a.latency.max());
    for (std::uint64_t q = 0; q <= 1'000'000; q += 12'500)
      CHECK(b.latency.quantile(q) == a.latency.quantile(q));
    CHECK(b.stages == a.stages);
    CHECK(b.faults == a.faults);
    CHECK(b.active == a.active);
    CHECK(b.unmaps == a.unmaps);
  }
  CHECK(back.counters[0].values == r.counters[0].values);
  CHECK(back.faults[11].addr == r.faults[11].addr);
  CHECK(back.faults[0].effect == "freeze");
  CHECK(back.utilisation[0].ppm == 934'000);
  CHECK(back.windows[0].label == r.windows[0].label);
}

TEST_CASE("JSON is the same bytes for equal results and holds no fraction") {
  const std::string json = to_json(full_result());
  CHECK(json == to_json(full_result()));
  CHECK_THAT(json, Contains("\"schema\": \"phbsim-result-1\""));
  CHECK_THAT(json, Contains("\"seed\": 18446744073709551615"));
  CHECK_THAT(json, Contains("quotes \\\" \\\\ \\u0001 tab\\t"));
  // A restored histogram may have fewer empty buckets at its end, and can be recorded into.
  Result back = result_from_json(json);
  Result fresh = full_result();
  back.endpoints[0].latency.record(1'000'000'000);
  fresh.endpoints[0].latency.record(1'000'000'000);
  CHECK(to_json(back) == to_json(fresh));
}

TEST_CASE("Bytes that are not UTF-8 do not make invalid JSON") {
  Result r = full_result();
  r.manifest.config_file = "a\xFF\xC3.toml";
  CHECK(result_from_json(to_json(r)).manifest.config_file == "a\xEF\xBF\xBD\xEF\xBF\xBD.toml");
}

TEST_CASE("JSON that is no result is refused with the place") {
  const std::string json = to_json(full_result());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string s = json;
    const std::size_t at = s.find(from);
    REQUIRE(at != std::string::npos);
    return s.replace(at, from.size(), to);
  };
  CHECK_THROWS_AS(result_from_json("{"), UserError);
  CHECK_THROWS_AS(result_from_json("[]"), UserError);
  CHECK_THROWS_AS(result_from_json(""), UserError);
  CHECK_THROWS_WITH(result_from_json(with("phbsim-result-1", "phbsim-result-9")),
                    Contains("phbsim-result-9"));
  CHECK_THROWS_WITH(result_from_json(with("\"measured_ps\"", "\"measured\"")),
                    Contains("'measured_ps' is missing"));
  CHECK_THROWS_WITH(result_from_json(with("\"table_bytes\": 65536", "\"table_bytes\": -1")),
                    Contains("table_bytes: an unsigned"));
  CHECK_THROWS_WITH(result_from_json(with("\"table_bytes\": 65536", "\"table_bytes\": 1.5")),
                    Contains("table_bytes: an unsigned"));
  CHECK_THROWS_WITH(result_from_json(with("\"what\": \"down\"", "\"what\": 3")),
                    Contains("utilisation[0].what: a string"));
}

TEST_CASE("The table of a result names what was asked for, in ASCII") {
  const std::string table = to_table(full_result());
  for (const char* part :
       {"phbsim 0.1.0", "config layouts.toml", "hash 00c0ffee00c0ffee", "nvme", "e1000", "total",
        "p99.9", "99.80 % hits", "level 1: 2", "window 0 at 0x0", "93.4", "walk_1",
        "Faults 40, the first 10:", "0x800000000001009", "freeze", "10 map calls"})
    CHECK_THAT(table, Contains(part));
  CHECK_THAT(table, !Contains("0x80000000000100a"));
  for (const std::string& line : lines_of(table)) {
    CHECK(line.size() <= 100);
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < 127; }));
    if (!line.empty()) CHECK(line.back() != ' ');
  }
}

TEST_CASE("The stages in the table add up to the whole") {
  const std::string table = to_table(result_of(stages_ns(100, 50, 250), 1000));
  CHECK_THAT(table, Contains("queue                  100.0  25.0"));
  CHECK_THAT(table, Contains("all                    400.0   100"));
}

TEST_CASE("Numbers for people") {
  CHECK(human_rate(0) == "0 B/s");
  CHECK(human_rate(12'340'000'000) == "12.34 GB/s");
  CHECK(human_rate(345'600'000) == "345.6 MB/s");
  CHECK(human_rate(999'999'999) == "1.00 GB/s");
  CHECK(human_time(0) == "0 ps");
  CHECK(human_time(345'000) == "345 ns");
  CHECK(human_time(1'200'000) == "1.2 us");
  CHECK(human_time(999'600) == "1 us");
  CHECK(human_bytes(65536) == "64 KiB");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(percent(1, 3) == "33.3");
  CHECK(percent(999'999, 1'000'000) == "99.99");
  CHECK(percent(1, 1) == "100");
  CHECK(percent(0, 0) == "-");
  CHECK(exact_ns(1'002'003) == "1002.003");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(123) == "123");
}

TEST_CASE("Points rank by throughput or by latency, ties in their own order") {
  Exploration x = crafted();
  CHECK(x.ranking == std::vector<std::size_t>{2, 1, 0});
  x.rank_by = "latency_p99";
  CHECK(rank_points(x) == std::vector<std::size_t>{2, 1, 0});
  x.points[2].result = x.points[1].result;
  CHECK(rank_points(x) == std::vector<std::size_t>{1, 2, 0});
  x.points[1].error = "no";
  CHECK(rank_points(x) == std::vector<std::size_t>{2, 0});
}

TEST_CASE("The explanation names the winner, the factors and the causes") {
  const std::string text = explain(crafted());
  // 32 requests of 4 KiB in flight over 300 ns, 350 ns and 577 ns.
  CHECK_THAT(text, Contains("ddw-2m wins: 436.9 GB/s, 1.17x the second, ddw-64k, and 1.92x the "
                            "last of 3, default32-4k."));
  CHECK_THAT(text, Contains("ddw-64k reaches 0.86x: queue +30 ns, walk_1 +20 ns per request; TCE "
                            "hit rate 90.0 % against 99.80 %"));
  CHECK_THAT(text, Contains("default32-4k reaches 0.52x: walk_1 +182 ns, queue +95 ns per request; "
                            "TCE hit rate 31.0 % against 99.80 %"));
  CHECK_THAT(text, Contains("TCE fetches per request 0.69 against 0.00"));
}

TEST_CASE("The explanation by latency gives multiples of the best") {
  Exploration x = crafted();
  x.rank_by = "latency_mean";
  const std::string text = explain(x);
  CHECK_THAT(text, Contains("ddw-2m wins: mean latency 300 ns; the second, ddw-64k, needs 1.17x, "
                            "the last of 3, default32-4k, 1.92x."));
}

TEST_CASE("Points within one percent are called equal") {
  Result lean = result_of(stages_ns(101, 0, 200), 998);
  lean.table_bytes = 4096;
  const Exploration some = exploration({{"a", result_of(stages_ns(100, 0, 200), 998)},
                                        {"b", lean},
                                        {"c", result_of(stages_ns(300, 0, 200), 998)}});
  CHECK_THAT(explain(some), Contains("No single winner: a and b tie within 1 %"));
  CHECK_THAT(explain(some), Contains("b needs the least table memory: 4 KiB"));
  CHECK_THAT(explain(some), !Contains("wins"));
  const Exploration all = exploration({{"a", result_of(stages_ns(100, 0, 200), 998)}, {"b", lean}});
  CHECK_THAT(explain(all), Contains("All 2 points tie within 1 %"));
}

TEST_CASE("Failed points are listed with their reason and never ranked") {
  Exploration x = crafted();
  x.points[1].error = "out of tables";
  x.ranking = rank_points(x);
  const std::string table = to_table(x);
  CHECK_THAT(table, Contains("ddw-64k: out of tables"));
  CHECK(table.find("ddw-64k") > table.find("default32-4k"));
  CHECK_THAT(explain(x), Contains("1 of 3 points gave no result."));
  CHECK_THAT(to_json(std::vector<Exploration>{x}), Contains("\"error\": \"out of tables\""));
  CHECK_THAT(to_html({x}), Contains("out of tables"));
  for (Point& p : x.points) p.error = "nothing";
  x.ranking.clear();
  CHECK(explain(x) == "No point gave a result.\n");
  CHECK_THAT(to_table(x), Contains("nothing"));
  CHECK(tag_error(to_html({x})).empty());
}

TEST_CASE("The ranked table is aligned and complete") {
  const std::string table = to_table(crafted());
  const std::vector<std::string> lines = lines_of(table);
  const auto header = std::find_if(lines.begin(), lines.end(), [](const std::string& s) {
    return s.compare(0, 4, "Rank") == 0;
  });
  REQUIRE(header != lines.end());
  CHECK_THAT(*header, Contains("layout") && Contains("p99") && Contains("TCE hit %") &&
                          Contains("Mem/req") && Contains("Largest stage"));
  CHECK_THAT(header[2], Contains("ddw-2m") && Contains("1.00x") && Contains("300 ns") &&
                            Contains("64 KiB") && Contains("memory 200 ns"));
  CHECK_THAT(header[4],
             Contains("default32-4k") && Contains("0.52x") && Contains("31.0") && Contains("0.69"));
  CHECK(header[2].find("ddw-2m") == header[4].find("default32-4k"));
}

TEST_CASE("CSV has a row per point, equal width, and quotes by RFC 4180") {
  Exploration x = crafted();
  x.title = "Layouts, \"quoted\"\nand broken";
  x.points[0].error = "too small, by far";
  x.ranking = rank_points(x);
  Exploration other = crafted();
  other.axes = {"phb.*.tce.cache.entries"};
  for (Point& p : other.points) p.values = {{"phb.*.tce.cache.entries", "64"}};
  const std::string csv = to_csv({x, other});
  CHECK_THAT(csv, Contains("\"Layouts, \"\"quoted\"\"\nand broken\",layouts.toml"));
  const auto rows = read_csv(csv);
  REQUIRE(rows.size() == 7);
  for (const auto& row : rows) CHECK(row.size() == rows[0].size());
  const auto column = [&](const std::string& name) {
    const auto it = std::find(rows[0].begin(), rows[0].end(), name);
    REQUIRE(it != rows[0].end());
    return static_cast<std::size_t>(it - rows[0].begin());
  };
  CHECK(rows[1][column("exploration")] == x.title);
  CHECK(rows[1][column("error")] == "too small, by far");
  CHECK(rows[1][column("rank")].empty());
  CHECK(rows[3][column("rank")] == "1");
  CHECK(rows[3][column("pe.*.layout")] == "ddw-2m");
  CHECK(rows[4][column("pe.*.layout")].empty());
  CHECK(rows[4][column("phb.*.tce.cache.entries")] == "64");
  CHECK(rows[3][column("latency_mean_ns")] == "300.000");
  CHECK(rows[3][column("stage_queue_mean_ns")] == "100.000");
  CHECK(rows[3][column("tce_hit_percent")] == "99.8000");
  CHECK(rows[3][column("relative_to_best")] == "1.000000");
  CHECK(rows[3][column("memory.reads")] == "32002");
  CHECK(rows[3][column("link.up_busy_ps")] == "0");
}

TEST_CASE("JSON of explorations holds ranking, labels and results") {
  const std::string json = to_json(std::vector<Exploration>{crafted()});
  CHECK(json.front() == '[');
  CHECK_THAT(json,
             Contains("\"ranking\": [2, 1, 0]") && Contains("\"relative_to_best_ppm\": 1000000"));
  CHECK_THAT(json, Contains("{\"pe.*.layout\": \"\\\"ddw-2m\\\"\"}"));
  CHECK(json == to_json(std::vector<Exploration>{crafted()}));
  CHECK(to_json(std::vector<Exploration>{}) == "[]\n");
}

TEST_CASE("Labels drop TOML quotes and name bare numbers") {
  Exploration x;
  x.axes = {"pe.*.layout", "phb.*.tce.cache.entries", "phb.*.link.gen"};
  const Point p{{{x.axes[0], "'ddw-2m'"}, {x.axes[1], "64"}, {x.axes[2], "4"}}, {}, ""};
  CHECK(point_label(x, p) == "ddw-2m (entries 64, gen 4)");
  x.axes = {"a.entries", "b.entries"};
  CHECK(axis_names(x) == x.axes);
}

TEST_CASE("The HTML page is well formed, self-contained and the same every time") {
  Exploration second = crafted();
  second.rank_by = "latency_p99";
  const std::string html = to_html({crafted(), second});
  CHECK(tag_error(html) == "");
  CHECK(html == to_html({crafted(), second}));
  for (const char* resource : {"http:", "https:", "src=", "@import", "url(", "<link"})
    CHECK_THAT(html, !Contains(resource));
  for (const char* part : {"ddw-2m wins: 436.9 GB/s", "<svg", "walk_1", "What is assumed",
                           "Resolved configuration of rank 1", "seed = 7", "00c0ffee00c0ffee",
                           "prefers-color-scheme: dark", "ranked by p99 latency"})
    CHECK_THAT(html, Contains(part));
  CHECK_THAT(html, !Contains("nan") && !Contains("inf\"") && !Contains("-nan"));
}

TEST_CASE("Text in the HTML page is escaped") {
  Result r = full_result();
  r.manifest.config_toml = "title = \"</pre><script>alert(1)</script>\"\n";
  r.manifest.version = "<i>";
  Exploration x = exploration({{"<svg onload=x>", r}, {"b\" onmouseover=\"y", r}});
  x.title = "<img src=x> & more";
  x.points.push_back({{{"pe.*.layout", "c"}}, {}, "<u>why</u>"});
  const std::string html = to_html({x});
  CHECK(tag_error(html) == "");
  for (const char* raw : {"<script>alert", "<svg onload", "<img", "<u>", "<i>", "b\" onmouse"})
    CHECK_THAT(html, !Contains(raw));
  CHECK_THAT(html,
             Contains("&lt;img src=x&gt; &amp; more") && Contains("b&quot; onmouseover=&quot;y"));
}

TEST_CASE("Results without a single request are written by every writer") {
  Result nothing;
  Result idle = result_of({}, 0);
  idle.endpoints = {EndpointResult{}};
  idle.counters.clear();
  for (const Result& r : {nothing, idle}) {
    CHECK(to_json(result_from_json(to_json(r))) == to_json(r));
    CHECK_FALSE(to_table(r).empty());
    for (const char* rank_by : {"throughput", "latency_p50", "latency_p99", "latency_mean"}) {
      const Exploration x = exploration(
          {{"a", r}, {"b", r}, {"c", result_of(stages_ns(100, 0, 200), 1000)}}, rank_by);
      const Exploration alone = exploration({{"a", r}}, rank_by);
      for (const Exploration& e : {x, alone}) {
        const std::string html = to_html({e});
        CHECK(tag_error(html) == "");
        CHECK_THAT(html, !Contains("nan\"") && !Contains("inf\""));
        for (const std::string& s :
             {to_table(e), explain(e), to_csv({e}), to_json(std::vector<Exploration>{e})})
          CHECK_FALSE(s.empty());
      }
    }
  }
  CHECK(tag_error(to_html({})) == "");
  CHECK(lines_of(to_csv({})).size() == 1);
}

TEST_CASE("A point without a request never wins") {
  Result idle = result_of({}, 0);
  idle.endpoints = {EndpointResult{}};
  const Exploration x = exploration(
      {{"idle", idle}, {"busy", result_of(stages_ns(100, 0, 200), 998)}}, "latency_mean");
  CHECK(x.ranking == std::vector<std::size_t>{1, 0});
  CHECK_THAT(explain(x), Contains("busy is the only point with requests: mean latency 300 ns.") &&
                             Contains("No request completed in idle."));
}

TEST_CASE("By duration a point without a request counts like any other") {
  Result slow = result_of({}, 0);
  slow.endpoints = {EndpointResult{}};
  slow.measured = 5 * kPsPerMs;
  Result quick = slow;
  quick.measured = 2 * kPsPerMs;
  const Exploration x = exploration({{"slow", slow}, {"quick", quick}}, "duration");
  CHECK(x.ranking == std::vector<std::size_t>{1, 0});
  CHECK_THAT(explain(x), Contains("quick takes 2 ms; slow 2.50x (5 ms)."));
  CHECK_THAT(to_table(x), Contains("ranked by duration") && Contains("Duration") && !Contains("Throughput"));
  CHECK(tag_error(to_html({x})) == "");
}

TEST_CASE("By CPU time the least per request wins: the kernel's, or without one the agent's") {
  const auto with = [](std::uint64_t agent, std::uint64_t kernel_maps, std::uint64_t kernel) {
    Result r = result_of(stages_ns(100, 0, 200), 998);  // 1000 requests
    r.counters.push_back({"top.phb0_host", "host", {{"busy", agent}}});
    r.counters.push_back({"top.linux", "linux", {{"maps", kernel_maps}, {"busy", kernel}}});
    return r;
  };
  Result idle = with(0, 0, 0);
  idle.endpoints = {EndpointResult{}};
  const Exploration x = exploration({{"idle", idle},
                                     {"agent", with(3 * kPsPerMs, 0, 0)},
                                     {"kernel", with(9 * kPsPerMs, 5, 2 * kPsPerMs)},
                                     {"nothing", with(0, 0, 0)}},
                                    "cpu_time");
  CHECK(x.ranking == std::vector<std::size_t>{3, 2, 1, 0});
  CHECK_THAT(to_table(x), Contains("ranked by cpu_time") && Contains("CPU/req") && Contains("2 us") && Contains("3 us"));
  CHECK_THAT(explain(x), Contains("nothing") && Contains("CPU time per request") && Contains("No request completed in idle."));
}

TEST_CASE("A huge outlier does not flatten the charts") {
  const Exploration x = exploration({{"a", result_of(stages_ns(100, 0, 200), 998)},
                                     {"b", result_of(stages_ns(150, 0, 200), 998)},
                                     {"c", result_of(stages_ns(900'000, 0, 200), 998)}});
  const std::string html = to_html({x});
  CHECK_THAT(html, Contains("bars with a break are longer than the axis") &&
                       Contains("slower than the axis: 3"));
  CHECK(tag_error(html) == "");
}

TEST_CASE("Text helpers know code points") {
  CHECK(to_ascii("a\xC3\xBC\xFF\n") == "a??\n");
  CHECK(code_points("a\xC3\xBC") == 2);
  CHECK(shorten("abcdefghij", 5) == "ab\xE2\x80\xA6ij");
  CHECK(shorten("abc", 5) == "abc");
  CHECK(utf8_length("\xC0\x80") == 0);
  CHECK(utf8_length("\xED\xA0\x80") == 0);
  CHECK(utf8_length("\xF0\x9F\x98\x80") == 4);
}
