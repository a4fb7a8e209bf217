// SPDX-License-Identifier: Apache-2.0
#include "platform/results/utf8.hpp"

#include <vector>

namespace phbsim::results {

namespace {

/// Splits into code points; a stray byte is a piece of its own, marked by `good` = false.
template <class Visitor>
void for_each_piece(std::string_view s, Visitor&& visitor) {
  while (!s.empty()) {
    const std::size_t n = utf8_length(s);
    visitor(s.substr(0, n == 0 ? 1 : n), n != 0);
    s.remove_prefix(n == 0 ? 1 : n);
  }
}

}  // namespace

std::size_t utf8_length(std::string_view s) {
  if (s.empty()) return 0;
  const auto byte = [s](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || s.size() < n) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  // Overlong forms, surrogates, beyond U+10FFFF.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return n;
}

std::string to_ascii(std::string_view s) {
  std::string out;
  for_each_piece(s, [&](std::string_view piece, bool) {
    const auto c = static_cast<unsigned char>(piece[0]);
    out += c < 0x80 && (c >= 0x20 || c == '\n') && c != 0x7F ? piece[0] : '?';
  });
  return out;
}

std::size_t code_points(std::string_view s) {
  std::size_t n = 0;
  for_each_piece(s, [&](std::string_view, bool) { ++n; });
  return n;
}

std::string shorten(std::string_view s, std::size_t limit) {
  std::vector<std::string_view> pieces;
  for_each_piece(s, [&](std::string_view piece, bool) { pieces.push_back(piece); });
  if (pieces.size() <= limit || limit < 3) return std::string(s);
  const std::size_t tail = (limit - 1) / 2;
  const std::size_t head = limit - 1 - tail;
  std::string out;
  for (std::size_t i = 0; i < head; ++i) out += pieces[i];
  out += "\xE2\x80\xA6";
  for (std::size_t i = pieces.size() - tail; i < pieces.size(); ++i) out += pieces[i];
  return out;
}

std::string escape_html(std::string_view s) {
  std::string out;
  for_each_piece(s, [&](std::string_view piece, bool good) {
    if (!good) {
      out += kReplacement;
    } else if (piece == "&") {
      out += "&amp;";
    } else if (piece == "<") {
      out += "&lt;";
    } else if (piece == ">") {
      out += "&gt;";
    } else if (piece == "\"") {
      out += "&quot;";
    } else if (piece == "'") {
      out += "&#39;";
    } else if (static_cast<unsigned char>(piece[0]) >= 0x20 || piece == "\n" || piece == "\t") {
      out += piece;
    }
  });
  return out;
}

}  // namespace phbsim::results
