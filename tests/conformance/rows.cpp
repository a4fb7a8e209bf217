// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/rows.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "models/base/check.hpp"

namespace phbsim::conformance {

namespace {

std::string trimmed(std::string_view s) {
  const auto from = s.find_first_not_of(" \t");
  return from == std::string_view::npos
             ? ""
             : std::string(s.substr(from, s.find_last_not_of(" \t") - from + 1));
}

Words split(std::string_view s) {
  std::istringstream in{std::string(s)};
  return {std::istream_iterator<std::string>(in), {}};
}

std::vector<std::string> parts(std::string_view s, char by) {
  std::vector<std::string> out;
  for (std::size_t from = 0;;) {
    const std::size_t at = s.find(by, from);
    out.push_back(trimmed(s.substr(from, at - from)));
    if (at == std::string_view::npos) return out;
    from = at + 1;
  }
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text) { rows_.file = file; }

  Rows parse() {
    std::istringstream in{text_};
    for (std::string line; std::getline(in, line);) {
      ++line_;
      const std::string s = trimmed(std::string_view(line).substr(0, line.find('#')));
      if (!s.empty()) statement(s);
    }
    finish();
    return std::move(rows_);
  }

 private:
  [[noreturn]] void fail(unsigned line, const std::string& what) const {
    throw UserError(rows_.file + ":" + std::to_string(line) + ": " + what);
  }

  void statement(const std::string& s) {
    const auto blank = s.find(' ');
    const std::string word = s.substr(0, blank);
    const std::string rest = blank == std::string::npos ? "" : trimmed(s.substr(blank));
    if (word == "row") return begin(rest);
    if (word == "left") {
      const auto p = parts(rest, '|');
      if (p.size() != 2) fail(line_, "left <ids> | <reason>");
      rows_.left.push_back({p[0], p[1]});
      return;
    }
    if (rows_.rows.empty()) fail(line_, "'" + word + "' before the first row");
    Row& row = rows_.rows.back();
    if (word == "under") {
      row.under = personalities(split(rest));
    } else if (word == "choice") {
      row.choice = personalities(split(rest));
    } else if (word == "note") {
      row.notes.push_back(rest);
    } else if (word == "with") {
      Words words = split(rest);
      const auto under = selector(words);
      for (unsigned p = 0; p < kPersonalities; ++p)
        if (under[p]) row.fixture[p].insert(row.fixture[p].end(), words.begin(), words.end());
    } else {
      row.steps.push_back(step(s));
    }
  }

  void begin(const std::string& rest) {
    finish();
    const auto p = parts(rest, '|');
    if (p.size() != 3) fail(line_, "row <id> | <call> | <precondition>");
    if (!ids_.insert(p[0]).second) fail(line_, "row " + p[0] + " is there already");
    Row row;
    row.line = line_;
    row.id = p[0];
    row.call = p[1];
    row.precondition = p[2];
    rows_.rows.push_back(row);
  }

  // Every personality of a row has an answer to show, and one that is compared.
  void finish() const {
    if (rows_.rows.empty()) return;
    const Row& row = rows_.rows.back();
    bool any = false;
    for (unsigned p = 0; p < kPersonalities; ++p) {
      if (row.choice[p] && !row.under[p])
        fail(row.line, "row " + row.id + " chooses what it does not run");
      if (!row.under[p]) continue;
      any = true;
      bool shown = false;
      for (const Step& s : row.steps) shown = shown || (s.shown && s.under[p] && s.expect[p]);
      if (!shown) {
        fail(row.line, "row " + row.id + " shows no answer of " +
                           std::string(arch::papr::kPersonalityTable[p].name));
      }
    }
    if (!any) fail(row.line, "row " + row.id + " has no 'under'");
  }

  PerPersonality<bool> personalities(const Words& names) const {
    PerPersonality<bool> out{};
    for (const std::string& n : names) {
      const auto p = arch::papr::personality_named(n);
      if (!p) fail(line_, "'" + n + "' is no personality");
      out[static_cast<unsigned>(*p)] = true;
    }
    return out;
  }

  // Takes a leading "papr,kvm:" off; without one, all.
  PerPersonality<bool> selector(Words& words) const {
    PerPersonality<bool> all;
    all.fill(true);
    if (words.empty() || words[0].back() != ':') return all;
    const auto out =
        personalities(parts(std::string_view(words[0]).substr(0, words[0].size() - 1), ','));
    words.erase(words.begin());
    return out;
  }

  Step step(const std::string& s) const {
    Step out;
    out.line = line_;
    const auto arrow = s.find("->");
    out.words = split(std::string_view(s).substr(0, arrow));
    if (!out.words.empty() && out.words[0] == "*") {
      out.shown = true;
      out.words.erase(out.words.begin());
    }
    out.under = selector(out.words);
    if (out.words.empty()) fail(line_, "no verb");
    if (arrow == std::string::npos) return out;
    for (const std::string& one : parts(std::string_view(s).substr(arrow + 2), ';')) {
      Words words = split(one);
      const auto under = selector(words);
      if (words.empty()) fail(line_, "nothing expected after '->'");
      for (unsigned p = 0; p < kPersonalities; ++p) {
        if (!under[p]) continue;
        if (out.expect[p]) fail(line_, "two expectations for one personality");
        out.expect[p] = words;
      }
    }
    const Row& row = rows_.rows.back();
    for (unsigned p = 0; p < kPersonalities; ++p)
      if (row.under[p] && out.under[p] && !out.expect[p])
        fail(line_, "no expectation for a personality that runs this");
    return out;
  }

  std::string text_;
  unsigned line_ = 0;
  Rows rows_;
  std::set<std::string> ids_;
};

}  // namespace

Rows parse_rows(std::string_view text, const std::string& file) {
  return Parser(text, file).parse();
}

Rows papr_rows() {
  const std::string name = "tests/conformance/papr.rows";
  std::ifstream in(std::string(PHBSIM_SOURCE_DIR "/") + name);
  if (!in) throw UserError("cannot read " + name);
  return parse_rows(std::string(std::istreambuf_iterator<char>(in), {}), name);
}

std::vector<std::string> expand_ids(std::string_view ids) {
  std::vector<std::string> out;
  for (const std::string& one : split(ids)) {
    const auto dash = one.find('-');
    if (dash == std::string::npos) {
      out.push_back(one);
      continue;
    }
    const int last = std::stoi(one.substr(dash + 2));
    for (int i = std::stoi(one.substr(1, dash - 1)); i <= last; ++i)
      out.push_back(one.substr(0, 1) + (i < 10 ? "0" : "") + std::to_string(i));
  }
  return out;
}

}  // namespace phbsim::conformance
