// SPDX-License-Identifier: Apache-2.0
#include "platform/results/json_writer.hpp"

#include <utility>

#include "models/base/check.hpp"
#include "platform/results/utf8.hpp"

namespace phbsim::results {

void JsonWriter::separate() {
  if (std::exchange(after_key_, false) || levels_.empty()) return;
  Level& level = levels_.back();
  if (!std::exchange(level.empty, false)) out_ += level.compact ? ", " : ",";
  if (!level.compact) {
    out_ += '\n';
    out_.append(2 * levels_.size(), ' ');
  }
}

void JsonWriter::open(char opening, char closing, Form form) {
  separate();
  const bool compact = form == Form::Compact || (!levels_.empty() && levels_.back().compact);
  out_ += opening;
  levels_.push_back({closing, compact});
}

void JsonWriter::end() {
  PHBSIM_ASSERT(!levels_.empty() && !after_key_);
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.compact && !level.empty) {
    out_ += '\n';
    out_.append(2 * levels_.size(), ' ');
  }
  out_ += level.close;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  out_ += ": ";
  after_key_ = true;
  return *this;
}

void JsonWriter::value(std::uint64_t v) {
  separate();
  out_ += std::to_string(v);
}

void JsonWriter::value(std::string_view v) {
  separate();
  quote(v);
}

void JsonWriter::null() {
  separate();
  out_ += "null";
}

void JsonWriter::quote(std::string_view s) {
  constexpr char kDigits[] = "0123456789abcdef";
  out_ += '"';
  while (!s.empty()) {
    const std::size_t n = utf8_length(s);
    const char c = s[0];
    if (n == 0) {
      out_ += kReplacement;
    } else if (n > 1) {
      out_ += s.substr(0, n);
    } else if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (c == '\n') {
      out_ += "\\n";
    } else if (c == '\t') {
      out_ += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out_ += "\\u00";
      out_ += kDigits[c >> 4];
      out_ += kDigits[c & 15];
    } else {
      out_ += c;
    }
    s.remove_prefix(n == 0 ? 1 : n);
  }
  out_ += '"';
}

std::string JsonWriter::take() {
  PHBSIM_ASSERT(levels_.empty());
  out_ += '\n';
  return std::exchange(out_, {});
}

}  // namespace phbsim::results
