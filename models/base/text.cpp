// SPDX-License-Identifier: Apache-2.0
#include "models/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace phbsim::text {

namespace {

constexpr std::string_view kUnits = "KMGTPE";

std::optional<std::uint64_t> parse_number(std::string_view s, int base) {
  std::uint64_t v = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v, base);
  if (error != std::errc{} || end != s.data() + s.size() || s.empty()) return std::nullopt;
  return v;
}

}  // namespace

std::string hex(std::uint64_t v) {
  std::array<char, 17> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + 16, v, 16);
  return "0x" + std::string(buffer.data(), result.ptr);
}

std::string bytes(std::uint64_t v) {
  for (int i = static_cast<int>(kUnits.size()) - 1; i >= 0; --i) {
    const std::uint64_t unit = 1ull << (10 * (i + 1));
    if (v >= unit && v % unit == 0) return std::to_string(v / unit) + " " + kUnits[i] + "iB";
  }
  return std::to_string(v) + " B";
}

std::optional<std::uint64_t> parse_bytes(std::string_view s) {
  std::string digits;
  for (const char c : s)
    if (c != '_' && c != ' ') digits += c;
  std::string_view d = digits;
  if (d.size() > 2 && d[0] == '0' && (d[1] == 'x' || d[1] == 'X')) return parse_number(d.substr(2), 16);
  unsigned shift = 0;
  if (d.size() > 1 && d.back() == 'B') d.remove_suffix(1);
  const bool binary = d.size() > 1 && d.back() == 'i';
  if (binary) d.remove_suffix(1);
  if (!d.empty()) {
    const auto at = kUnits.find(d.back());
    if (at != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(at) + 1);
      d.remove_suffix(1);
    } else if (binary) {
      return std::nullopt;
    }
  }
  const auto v = parse_number(d, 10);
  if (!v || (shift != 0 && (*v >> (64 - shift)) != 0)) return std::nullopt;
  return *v << shift;
}

std::optional<std::uint64_t> parse_hex(std::string_view s) { return parse_number(s, 16); }
std::optional<std::uint64_t> parse_dec(std::string_view s) { return parse_number(s, 10); }

unsigned edit_distance(std::string_view a, std::string_view b) {
  std::vector<unsigned> row(b.size() + 1);
  for (unsigned j = 0; j <= b.size(); ++j) row[j] = j;
  for (unsigned i = 1; i <= a.size(); ++i) {
    unsigned diagonal = row[0];
    row[0] = i;
    for (unsigned j = 1; j <= b.size(); ++j) {
      const unsigned up = row[j];
      row[j] = std::min({up + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

}  // namespace phbsim::text
