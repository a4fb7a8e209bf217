// SPDX-License-Identifier: Apache-2.0
/// Style sheet and script of the report page. The page must work from a file, offline, without the
/// script: it only emphasises a curve and sorts tables.
#pragma once

#include <string_view>

namespace phbsim::results {

constexpr std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f6f7f9; --ink: #1b2129; --soft: #5a6570; --rule: #d9dee4; --faint: #e9ecf0;
  --accent: #1f6fb2; --accent-soft: #a9c8e3;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b8508f; --c4: #a67c00; --c5: #3aa0d8; --c6: #444c56;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --panel: #1c2128; --ink: #e3e7ec; --soft: #9aa5b1; --rule: #353d47; --faint: #272e36;
    --accent: #6cb2ea; --accent-soft: #37597a;
    --c0: #4ea3e0; --c1: #f08036; --c2: #2cc295; --c3: #dd86b8; --c4: #e0b53c; --c5: #8fd0f5; --c6: #b4bec9;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1320px; margin: 0 auto; padding: 40px 24px 72px; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 18px; }
.kicker { margin: 0 0 4px; color: var(--soft); font-size: 12px; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -.012em; }
h2 { margin: 0; font-size: 23px; line-height: 1.25; font-weight: 650; letter-spacing: -.008em; }
h3 { margin: 38px 0 2px; font-size: 15.5px; font-weight: 650; }
p { margin: 0 0 10px; max-width: 78ch; }
a { color: var(--accent); }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; }
section { padding-top: 52px; }
.meta { margin: 4px 0 0; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.caption { margin: 0 0 14px; color: var(--soft); font-size: 13.5px; }
.contents { margin: 22px 0 0; padding: 0; list-style: none; display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); }
.contents li { background: var(--panel); border-radius: 6px; padding: 12px 16px; }
.contents a { font-weight: 600; text-decoration: none; }
.contents span { display: block; color: var(--soft); font-size: 13.5px; overflow-wrap: anywhere; }
.verdict { margin-top: 18px; padding: 16px 20px; background: var(--panel); border-left: 4px solid var(--accent);
  border-radius: 0 6px 6px 0; }
.verdict p { max-width: none; overflow-wrap: anywhere; }
.verdict p:first-child { font-size: 17px; line-height: 1.45; font-weight: 600; }
.verdict p:last-child { margin-bottom: 0; }
.verdict ul { margin: 0; padding-left: 18px; }
.verdict li { margin: 3px 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { padding: 6px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--faint); }
th { color: var(--soft); font-weight: 600; font-size: 12px; border-bottom: 1px solid var(--rule); vertical-align: bottom; }
th.text, td.text { text-align: left; }
th:first-child, td:first-child { padding-left: 2px; }
th:last-child, td:last-child { padding-right: 2px; }
td.axis { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 12px; }
tbody tr:hover { background: var(--panel); }
tr.first td { font-weight: 650; }
.sortable th { cursor: pointer; }
.unit { display: block; font-weight: 400; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.narrow { display: none; }
svg text { fill: var(--ink); font-size: 12px; }
svg .label { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
svg .rank, svg .tick, svg .note { fill: var(--soft); }
svg .tick, svg .rank { font-size: 11.5px; }
svg .mid { text-anchor: middle; }
svg .end { text-anchor: end; }
svg .value { font-weight: 600; }
svg .grid { stroke: var(--faint); }
svg .axis { stroke: var(--soft); }
svg .seg { stroke: var(--paper); stroke-width: .7; }
svg .in { font: 10px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; pointer-events: none; }
svg .in.dark { fill: #14202b; }
svg .in.light { fill: #ffffff; }
svg .break { stroke: var(--paper); stroke-width: 3; fill: none; }
svg .best { fill: var(--accent); }
svg .rest { fill: var(--accent-soft); }
svg .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
svg .badge circle { fill: var(--paper); stroke-width: 1.5; stroke-dasharray: none; }
svg .badge text { font-size: 10px; font-weight: 600; text-anchor: middle; stroke: none; }
.dim { opacity: .12; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 12px; padding: 0; list-style: none; font-size: 12.5px; }
.legend li { display: flex; align-items: center; }
.legend i { width: 12px; height: 12px; margin-right: 6px; border-radius: 2px; }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(296px, 1fr)); margin: 10px 0 0; }
.curves svg { width: 34px; height: 12px; flex: none; margin-right: 8px; }
.curves b { min-width: 1.9em; font-weight: 600; color: var(--soft); }
.curves .mono { overflow-wrap: anywhere; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); }
.c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); } .c6 { stroke: var(--c6); }
.d1 { stroke-dasharray: 7 4; } .d2 { stroke-dasharray: 2 3; } .d3 { stroke-dasharray: 10 3 2 3; }
.s0 { fill: #a3abb5; background: #a3abb5; } .s1 { fill: #5b9bd9; background: #5b9bd9; }
.s2 { fill: #6a5fc1; background: #6a5fc1; } .s3 { fill: #b8a6e6; background: #b8a6e6; }
.s4 { fill: #d488b4; background: #d488b4; } .s5 { fill: #f5d25f; background: #f5d25f; }
.s6 { fill: #f0a838; background: #f0a838; } .s7 { fill: #e0782c; background: #e0782c; }
.s8 { fill: #bf4526; background: #bf4526; } .s9 { fill: #8a2626; background: #8a2626; }
.s10 { fill: #2fae87; background: #2fae87; } .s11 { fill: #9dcdf2; background: #9dcdf2; }
details { margin-top: 12px; border-top: 1px solid var(--faint); padding-top: 10px; }
summary { cursor: pointer; font-size: 13.5px; font-weight: 600; color: var(--soft); }
details .scroll { margin-top: 10px; }
pre { margin: 10px 0 0; padding: 14px 16px; background: var(--panel); border-radius: 6px; overflow-x: auto;
  font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 12px 0 0; font-size: 13.5px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.failed { margin: 8px 0 0; padding-left: 18px; font-size: 13.5px; }
footer { margin-top: 56px; padding-top: 18px; border-top: 2px solid var(--ink); }
footer h2 { font-size: 17px; margin-bottom: 6px; }
@media (max-width: 860px) {
  main { padding: 28px 18px 56px; }
  h1 { font-size: 25px; }
  .wide { display: none; }
  .narrow { display: block; }
  .minor { display: none; }
  th, td { padding: 6px 5px; }
}
@media print {
  main { max-width: none; padding: 0; }
  section { break-before: page; padding-top: 0; }
  figure, .verdict { break-inside: avoid; }
}
)css";

constexpr std::string_view kScript = R"js(
document.querySelectorAll('figure.latency').forEach(function (figure) {
  var marks = figure.querySelectorAll('[data-n]');
  function show(n) {
    marks.forEach(function (m) { m.classList.toggle('dim', n !== null && m.dataset.n !== n); });
  }
  marks.forEach(function (m) {
    m.addEventListener('mouseenter', function () { show(m.dataset.n); });
    m.addEventListener('mouseleave', function () { show(null); });
  });
});
document.querySelectorAll('table.sortable').forEach(function (table) {
  table.querySelectorAll('th').forEach(function (head, column) {
    head.addEventListener('click', function () {
      var body = table.tBodies[0];
      var up = head.dataset.up !== 'yes';
      head.dataset.up = up ? 'yes' : 'no';
      function key(row) { var c = row.cells[column]; return c.dataset.v || c.textContent; }
      Array.from(body.rows).sort(function (a, b) {
        return key(a).localeCompare(key(b), 'en', { numeric: true }) * (up ? 1 : -1);
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
});
)js";

}  // namespace phbsim::results
