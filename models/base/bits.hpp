// SPDX-License-Identifier: Apache-2.0
/// IBM (MSB-0) bit fields of 64-bit words: bit 0 is the most significant (phb.md 0).
#pragma once

#include <cstdint>

namespace phbsim {

constexpr std::uint64_t ppc_bit(unsigned n) { return 1ull << (63 - n); }

/// Ones in bits first..last of a 64-bit word, both inclusive, IBM numbering.
constexpr std::uint64_t ppc_mask(unsigned first, unsigned last) {
  const unsigned width = last - first + 1;
  const std::uint64_t ones = width == 64 ? ~0ull : (1ull << width) - 1;
  return ones << (63 - last);
}

/// A field of a 64-bit word; `Field<48, 50>` is bits 48:50 as the manuals write it.
template <unsigned First, unsigned Last>
struct Field {
  static_assert(First <= Last && Last < 64);
  static constexpr unsigned kShift = 63 - Last;
  static constexpr unsigned kWidth = Last - First + 1;
  static constexpr std::uint64_t kMask = ppc_mask(First, Last);

  static constexpr std::uint64_t get(std::uint64_t word) { return (word & kMask) >> kShift; }
  static constexpr std::uint64_t make(std::uint64_t value) { return (value << kShift) & kMask; }
  static constexpr std::uint64_t set(std::uint64_t word, std::uint64_t value) {
    return (word & ~kMask) | make(value);
  }
};

constexpr bool is_power_of_two(std::uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }

/// floor(log2(v)); v must not be 0.
constexpr unsigned log2_floor(std::uint64_t v) {
  unsigned n = 0;
  while (v >>= 1) ++n;
  return n;
}

/// ceil(log2(v)); v must not be 0.
constexpr unsigned log2_ceil(std::uint64_t v) { return log2_floor(v) + (is_power_of_two(v) ? 0 : 1); }

constexpr std::uint64_t align_down(std::uint64_t v, std::uint64_t unit) { return v & ~(unit - 1); }
constexpr std::uint64_t align_up(std::uint64_t v, std::uint64_t unit) {
  return (v + unit - 1) & ~(unit - 1);
}

/// Ones in the low n bits, n in 0..64.
constexpr std::uint64_t low_mask(unsigned n) { return n >= 64 ? ~0ull : (1ull << n) - 1; }

/// v >> n for any n: five levels of large pages reach shifts beyond 63.
constexpr std::uint64_t shift_right(std::uint64_t v, unsigned n) { return n >= 64 ? 0 : v >> n; }

}  // namespace phbsim
