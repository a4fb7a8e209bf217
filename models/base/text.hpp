// SPDX-License-Identifier: Apache-2.0
/// The few spellings of numbers that error texts share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace phbsim::text {

/// "0x1f".
std::string hex(std::uint64_t v);
/// "64 KiB"; exact powers only, else "12345 B".
std::string bytes(std::uint64_t v);
/// Reads "4096", "0x1000", "64K", "64KiB", "2M", "1G", "512P"; suffixes are binary.
std::optional<std::uint64_t> parse_bytes(std::string_view s);
/// Reads a hexadecimal number without prefix, at most 16 digits.
std::optional<std::uint64_t> parse_hex(std::string_view s);
/// Reads a decimal number.
std::optional<std::uint64_t> parse_dec(std::string_view s);
/// Edit distance, for "did you mean".
unsigned edit_distance(std::string_view a, std::string_view b);

}  // namespace phbsim::text
