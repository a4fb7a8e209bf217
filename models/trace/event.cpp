// SPDX-License-Identifier: Apache-2.0
#include "models/trace/event.hpp"

#include <charconv>

#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::trace {

static_assert([] {
  for (unsigned i = 0; i < kKinds; ++i)
    if (static_cast<unsigned>(kKindTable[i].kind) != i) return false;
  return true;
}(), "kKindTable is indexed by Kind");

namespace {

/// A word for an error text: a file that is no trace may hold anything.
std::string shown(std::string_view word) {
  constexpr std::size_t kMost = 40;
  std::string out(word.substr(0, kMost));
  for (char& c : out)
    if (c < 0x20 || c > 0x7e) c = '?';
  return word.size() > kMost ? out + "..." : out;
}

std::string_view take_word(std::string_view& rest) {
  const auto end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return word;
}

std::optional<std::uint64_t> parse_return(std::string_view s) {
  if (!s.empty() && s[0] == '-') {
    const auto v = text::parse_dec(s.substr(1));
    if (!v) return std::nullopt;
    return ~*v + 1;
  }
  const auto v = text::parse_dec(s);
  return v ? v : text::parse_hex(s);
}

std::string_view field_name(std::string_view names, unsigned index) {
  for (unsigned i = 0; i < index; ++i) names.remove_prefix(names.find(' ') + 1);
  return names.substr(0, names.find(' '));
}

}  // namespace

std::optional<Event> parse_line(std::string_view line, const std::string& where) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\n')) line.remove_suffix(1);
  if (line.empty() || line[0] == '#') return std::nullopt;
  Event e;
  std::string_view rest = line;
  const std::string_view delta = take_word(rest);
  const auto us = delta.size() > 1 && delta[0] == '+' ? text::parse_dec(delta.substr(1)) : std::nullopt;
  if (!us) {
    throw UserError(where + ": time is \"" + shown(delta) + "\", expected +MICROSECONDS");
  }
  e.microseconds = *us;
  const std::string_view code = take_word(rest);
  const KindSpec* spec = nullptr;
  for (const auto& k : kKindTable)
    if (k.code == code) spec = &k;
  if (spec == nullptr) {
    std::string known;
    for (const auto& k : kKindTable) known += (known.empty() ? "" : " ") + std::string(k.code);
    throw UserError(where + ": unknown event \"" + shown(code) + "\", known: " + known);
  }
  e.kind = spec->kind;
  unsigned texts = 0;
  unsigned numbers = 0;
  for (unsigned i = 0; i < spec->fields.size(); ++i) {
    const auto fail = [&](const std::string& what) {
      throw UserError(where + ": " + std::string(code) + " field " + std::string(field_name(spec->names, i)) + " " + what +
                      " (expected: " + std::string(spec->names) + ")");
    };
    if (rest.empty()) fail("is missing");
    const std::string_view word = take_word(rest);
    const char type = spec->fields[i];
    if (type == 's') {
      if (word.empty()) fail("is empty, expected a word");
      e.text[texts++] = word;
      continue;
    }
    const auto v = type == 'h' ? text::parse_hex(word) : type == 'd' ? text::parse_dec(word) : parse_return(word);
    if (!v) {
      fail("is \"" + shown(word) + "\", expected a " +
           (type == 'h' ? "hexadecimal number" : type == 'd' ? "decimal number" : "return value"));
    }
    e.n[numbers++] = *v;
  }
  if (!rest.empty()) {
    throw UserError(where + ": \"" + shown(rest) + "\" after the last field of " + std::string(code) +
                    " (expected: " + std::string(spec->names) + ")");
  }
  return e;
}

}  // namespace phbsim::trace
