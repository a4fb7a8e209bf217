// SPDX-License-Identifier: Apache-2.0
/// Vectors of ddw-vfio.md section 9 as data: the text of papr.rows, one line a statement.
///
///     row <id> | <call> | <precondition>     begins a row; what the table shows of it
///     under <personality>...                 who runs it
///     choice <personality>...                whose answer the reference leaves open
///     with [<selector>:] <fixture word>...   the machine (bench.cpp lists the words)
///     note <text>                            a footnote
///     [*] [<selector>:] <verb> <word>... [-> <expectation>]
///     left <id>[-<id>] ... | <reason>        rows that are not here
///
/// A selector is personalities with commas between. An expectation is `<word>...` for all, or
/// `<selector>: <word>... ; <selector>: ...`. Answers of steps with a star go into the table.
/// `#` begins a comment.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/papr/personality.hpp"

namespace phbsim::conformance {

using arch::papr::kPersonalities;
using arch::papr::Personality;
using Words = std::vector<std::string>;
template <typename T>
using PerPersonality = std::array<T, kPersonalities>;

struct Step {
  unsigned line = 0;
  bool shown = false;
  PerPersonality<bool> under{};
  Words words;
  PerPersonality<std::optional<Words>> expect;
};

struct Row {
  unsigned line = 0;
  std::string id;
  std::string call;
  std::string precondition;
  PerPersonality<bool> under{};
  PerPersonality<bool> choice{};
  PerPersonality<Words> fixture;
  std::vector<std::string> notes;
  std::vector<Step> steps;
};

struct LeftOut {
  std::string ids;
  std::string reason;
};

struct Rows {
  std::string file;  ///< as errors name it
  std::vector<Row> rows;
  std::vector<LeftOut> left;
};

/// Throws UserError "<file>:<line>: ...".
Rows parse_rows(std::string_view text, const std::string& file);
/// tests/conformance/papr.rows of this source tree.
Rows papr_rows();

/// A row's or a range's ids, "D01-D03" written out; letters behind an id name its further cases.
std::vector<std::string> expand_ids(std::string_view ids);

/// What came of a row under one personality.
struct Result {
  std::string answer;                 ///< for the table
  std::vector<std::string> failures;  ///< "<file>:<line>: ..."
};
Result run(const Rows& rows, const Row& row, Personality personality);

/// docs/conformance/papr.md.
std::string markdown(const Rows& rows);

}  // namespace phbsim::conformance
