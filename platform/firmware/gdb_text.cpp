// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/gdb_text.hpp"

namespace phbsim::firmware::gdb {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr char kEscape = '}';
constexpr unsigned char kEscaped = 0x20;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

unsigned checksum(std::string_view body) {
  unsigned sum = 0;
  for (const char c : body) sum += static_cast<unsigned char>(c);
  return sum & 0xff;
}

std::string frame(std::string_view body) {
  const unsigned sum = checksum(body);
  std::string f = "$";
  f.append(body);
  return f + '#' + kDigits[sum >> 4] + kDigits[sum & 15];
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto b = static_cast<unsigned char>(c);
    hex += kDigits[b >> 4];
    hex += kDigits[b & 15];
  }
  return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string escape(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const bool special = c == '$' || c == '#' || c == kEscape || c == '*';
    if (special) text += kEscape;
    text += special ? static_cast<char>(c ^ kEscaped) : c;
  }
  return text;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != kEscape) {
      bytes += text[i];
    } else if (++i == text.size()) {
      return std::nullopt;
    } else {
      bytes += static_cast<char>(text[i] ^ kEscaped);
    }
  }
  return bytes;
}

}  // namespace phbsim::firmware::gdb
