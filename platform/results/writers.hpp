// SPDX-License-Identifier: Apache-2.0
/// Results as text for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "platform/results/result.hpp"

namespace phbsim::results {

/// JSON of one result: manifest, totals, endpoints, PEs, windows, counters, utilisation, faults.
/// Byte-identical for equal results: fixed key order, integers as integers, times in ps.
std::string to_json(const Result& result);
/// The same Result back from its JSON (explore's processes pass results so). Throws UserError.
Result result_from_json(const std::string& json);
/// Readable report of one run.
std::string to_table(const Result& result);

/// Several explorations: JSON, one CSV (a row per point), a ranked table, one self-contained HTML.
std::string to_json(const std::vector<Exploration>& explorations);
std::string to_csv(const std::vector<Exploration>& explorations);
std::string to_table(const Exploration& exploration);
/// Which layout wins, by how much, and why: sentences from the attribution.
std::string explain(const Exploration& exploration);
std::string to_html(const std::vector<Exploration>& explorations);

/// "12.34 GB/s", "345 ns", "1.2 us": for people.
std::string human_rate(std::uint64_t bytes_per_second);
std::string human_time(Tick ps);

}  // namespace phbsim::results
