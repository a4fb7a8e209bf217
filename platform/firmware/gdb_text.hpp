// SPDX-License-Identifier: Apache-2.0
/// Spelling of GDB's remote serial protocol: frames, hexadecimal bytes, binary data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace phbsim::firmware::gdb {

unsigned checksum(std::string_view body);
/// $body#xx
std::string frame(std::string_view body);
/// Two digits a byte.
std::string to_hex(std::string_view bytes);
/// Empty if it has an odd length or a character that is no digit.
std::optional<std::string> from_hex(std::string_view hex);
/// Binary data: '}' and the character xor 0x20 for what a frame gives a meaning.
std::string escape(std::string_view bytes);
/// Empty if it ends within an escape.
std::optional<std::string> unescape(std::string_view text);

}  // namespace phbsim::firmware::gdb
