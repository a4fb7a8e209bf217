// SPDX-License-Identifier: Apache-2.0
/// Text from elsewhere (titles, paths) made safe for each format.
#pragma once

#include <string>
#include <string_view>

namespace phbsim::results {

/// Bytes of the well-formed UTF-8 sequence at the start of `s`; 0 if it is none.
std::size_t utf8_length(std::string_view s);
/// Every code point but ASCII, and every stray byte, becomes '?'.
std::string to_ascii(std::string_view s);
/// Number of code points.
std::size_t code_points(std::string_view s);
/// At most `limit` code points: the middle gives way to an ellipsis.
std::string shorten(std::string_view s, std::size_t limit);
/// For element content and quoted attributes. Control characters but newline and tab are dropped.
std::string escape_html(std::string_view s);

/// What stands for a byte that is not UTF-8.
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace phbsim::results
