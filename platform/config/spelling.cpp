// SPDX-License-Identifier: Apache-2.0
#include "platform/config/spelling.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "models/base/text.hpp"

namespace phbsim::config {

namespace {

struct TimeUnit {
  std::string_view name;
  Tick ticks;
};
constexpr std::array<TimeUnit, 5> kTimeUnits{
    {{"s", kPsPerS}, {"ms", kPsPerMs}, {"us", kPsPerUs}, {"ns", kPsPerNs}, {"ps", 1}}};

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string without(std::string_view s, std::string_view dropped) {
  std::string out;
  for (const char c : s)
    if (dropped.find(c) == std::string_view::npos) out += c;
  return out;
}

}  // namespace

std::optional<Tick> parse_time(std::string_view s) {
  const std::string compact = without(s, " _");
  std::size_t end = 0;
  while (end < compact.size() && (is_digit(compact[end]) || compact[end] == '.')) ++end;
  const std::string_view number = std::string_view(compact).substr(0, end);
  const std::string_view suffix = std::string_view(compact).substr(end);
  Tick unit = 0;
  for (const TimeUnit& u : kTimeUnits)
    if (u.name == suffix) unit = u.ticks;
  const auto dot = number.find('.');
  const auto whole = text::parse_dec(number.substr(0, dot));
  if (unit == 0 || !whole || *whole > kMax / unit / 2) return std::nullopt;
  Tick t = *whole * unit;
  if (dot == std::string_view::npos) return t;
  const std::string_view decimals = number.substr(dot + 1);
  if (decimals.empty()) return std::nullopt;
  for (const char c : decimals) {
    unit = unit % 10 == 0 ? unit / 10 : 0;  // 0: finer than a picosecond
    if (!is_digit(c) || (unit == 0 && c != '0')) return std::nullopt;
    t += static_cast<Tick>(c - '0') * unit;
  }
  return t;
}

std::string time_text(Tick t) {
  if (t == 0) return "0ns";
  for (const TimeUnit& u : kTimeUnits)
    if (t % u.ticks == 0) return std::to_string(t / u.ticks) + std::string(u.name);
  return {};
}

std::optional<std::uint64_t> parse_integer(std::string_view s) {
  const std::string compact = without(s, "_");
  if (compact.size() > 2 && compact[0] == '0' && (compact[1] == 'x' || compact[1] == 'X')) {
    return text::parse_hex(std::string_view(compact).substr(2));
  }
  return text::parse_dec(compact);
}

std::string integer_text(std::uint64_t v) {
  constexpr std::uint64_t kTomlMax = std::numeric_limits<std::int64_t>::max();
  return v <= kTomlMax ? std::to_string(v) : quote(text::hex(v));
}

std::string bytes_text(std::uint64_t v) {
  std::string s = text::bytes(v);  // "64 KiB"
  const auto space = s.find(' ');
  return s.substr(0, space) + (s[space + 1] == 'B' ? "" : s.substr(space + 1, 1));
}

std::optional<Rid> parse_rid(std::string_view s) {
  const auto colon = s.find(':');
  const auto dot = s.find('.');
  if (colon == std::string_view::npos || dot == std::string_view::npos || dot < colon) return std::nullopt;
  const auto bus = text::parse_hex(s.substr(0, colon));
  const auto device = text::parse_hex(s.substr(colon + 1, dot - colon - 1));
  const auto function = text::parse_hex(s.substr(dot + 1));
  if (!bus || !device || !function || *bus > 0xFF || *device > 0x1F || *function > 7) return std::nullopt;
  return static_cast<Rid>(*bus << 8 | *device << 3 | *function);
}

std::string rid_text(Rid rid) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%02x:%02x.%x", rid >> 8, (rid >> 3) & 0x1F, rid & 7);
  return buffer.data();
}

std::string number_text(double v) {
  std::array<char, 64> buffer{};
  const double size = std::fabs(v);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e15);
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), v,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  return std::string(buffer.data(), end.ptr);
}

std::string quote(std::string_view s) {
  std::string out = "\"";
  for (const char c : s) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      std::array<char, 8> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "\\u%04X", static_cast<unsigned>(code));
      out += buffer.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  unsigned distance = std::max(2u, static_cast<unsigned>(name.size() / 3));
  for (const std::string& k : known) {
    const unsigned d = text::edit_distance(name, k);
    if (d <= distance && d < name.size() && (best == nullptr || d < distance)) {
      best = &k;
      distance = d;
    }
  }
  return best == nullptr ? std::string{} : "; did you mean " + quote(*best) + "?";
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& p : parts) {
    if (!out.empty()) out += separator;
    out += p;
  }
  return out;
}

}  // namespace phbsim::config
