// SPDX-License-Identifier: Apache-2.0
/// How values are spelt in a configuration: what is read is what is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/types.hpp"

namespace phbsim::config {

/// "250ns", "1.5us", "2 ms", "10ps"; nothing if finer than a picosecond or too large.
std::optional<Tick> parse_time(std::string_view s);
std::string time_text(Tick t);

/// "0x8000_0000_0000_0000" or "123"; what TOML's 64-bit signed integers cannot hold.
std::optional<std::uint64_t> parse_integer(std::string_view s);
std::string integer_text(std::uint64_t v);

/// "64K" if exact, else a plain number; reading is text::parse_bytes.
std::string bytes_text(std::uint64_t v);

/// "01:00.0": bus, device and function, hexadecimal.
std::optional<Rid> parse_rid(std::string_view s);
std::string rid_text(Rid rid);

/// Shortest decimal that reads back as the same number.
std::string number_text(double v);

/// A TOML basic string.
std::string quote(std::string_view s);

/// "; did you mean "x"?" or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace phbsim::config
