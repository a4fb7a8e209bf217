// SPDX-License-Identifier: Apache-2.0
#include "models/base/bits.hpp"

#include "models/base/endian.hpp"
#include "models/base/types.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;

TEST_CASE("IBM bit numbers count from the most significant bit") {
  const std::pair<unsigned, std::uint64_t> known[] = {{0, 0x8000000000000000ull},
                                                      {1, 0x4000000000000000ull},
                                                      {3, 0x1000000000000000ull},
                                                      {51, 0x1000},
                                                      {56, 0x80},
                                                      {63, 1}};
  for (const auto& [bit, value] : known) CHECK(ppc_bit(bit) == value);
}

TEST_CASE("A mask holds exactly the bits first to last") {
  CHECK(ppc_mask(8, 46) == 0x00FFFFFFFFFE0000ull);
  CHECK(ppc_mask(14, 46) == 0x0003FFFFFFFE0000ull);
  for (unsigned first = 0; first < 64; ++first) {
    for (unsigned last = first; last < 64; ++last) {
      std::uint64_t expected = 0;
      for (unsigned b = first; b <= last; ++b) expected |= ppc_bit(b);
      if (ppc_mask(first, last) != expected) FAIL("mask " << first << ":" << last);
    }
  }
}

TEST_CASE("A field reads, makes and sets its bits only") {
  using Levels = Field<48, 50>;
  CHECK(Levels::kShift == 13);
  CHECK(Levels::kWidth == 3);
  CHECK(Levels::kMask == 0xE000);
  CHECK(Levels::get(0x000000200010A505ull) == 5);
  CHECK(Levels::make(5) == 0xA000);
  CHECK(Levels::make(8 + 5) == 0xA000);
  CHECK(Levels::set(~0ull, 2) == 0xFFFFFFFFFFFF5FFFull);
  CHECK(Levels::set(0, 2) == 0x4000);
  using Whole = Field<0, 63>;
  CHECK(Whole::set(1, 0xFEDCBA9876543210ull) == 0xFEDCBA9876543210ull);
  CHECK(Whole::get(0xFEDCBA9876543210ull) == 0xFEDCBA9876543210ull);
}

TEST_CASE("Logarithms round down and up around every power of two") {
  CHECK(log2_floor(1) == 0);
  CHECK(log2_ceil(1) == 0);
  for (unsigned n = 2; n < 64; ++n) {
    const std::uint64_t p = 1ull << n;
    CHECK(log2_floor(p) == n);
    CHECK(log2_ceil(p) == n);
    CHECK(log2_floor(p - 1) == n - 1);
    CHECK(log2_ceil(p - 1) == n);
    CHECK(log2_floor(p + 1) == n);
    CHECK(log2_ceil(p + 1) == n + 1);
  }
}

TEST_CASE("Zero and sums of powers are no powers of two") {
  CHECK_FALSE(is_power_of_two(0));
  CHECK(is_power_of_two(1));
  CHECK(is_power_of_two(1ull << 63));
  CHECK_FALSE(is_power_of_two(3));
  CHECK_FALSE(is_power_of_two((1ull << 63) + 1));
}

TEST_CASE("Alignment goes to the unit below and above") {
  CHECK(align_down(0x1FFF, 0x1000) == 0x1000);
  CHECK(align_down(0x2000, 0x1000) == 0x2000);
  CHECK(align_up(0x2001, 0x1000) == 0x3000);
  CHECK(align_up(0x2000, 0x1000) == 0x2000);
}

TEST_CASE("Masks and shifts are defined beyond 63 bits") {
  CHECK(low_mask(0) == 0);
  CHECK(low_mask(12) == 0xFFF);
  CHECK(low_mask(63) == 0x7FFFFFFFFFFFFFFFull);
  CHECK(low_mask(64) == ~0ull);
  CHECK(shift_right(~0ull, 0) == ~0ull);
  CHECK(shift_right(~0ull, 63) == 1);
  CHECK(shift_right(~0ull, 64) == 0);
  CHECK(shift_right(~0ull, 237) == 0);
}

TEST_CASE("Big- and little-endian stores put the bytes where the bus has them") {
  unsigned char b[8];
  store_be64(b, 0x0102030405060708ull);
  CHECK(b[0] == 1);
  CHECK(b[7] == 8);
  CHECK(load_be64(b) == 0x0102030405060708ull);
  CHECK(load_be32(b) == 0x01020304u);
  CHECK(load_be16(b) == 0x0102u);
  CHECK(load_le32(b) == 0x04030201u);
  store_le32(b, 0xA1B2C3D4u);
  CHECK(b[0] == 0xD4);
  store_be32(b, 0xA1B2C3D4u);
  CHECK(b[0] == 0xA1);
  store_be16(b, 0xE5F6u);
  CHECK(b[0] == 0xE5);
  CHECK(b[1] == 0xF6);
}

TEST_CASE("Clock cycles become the nearest picosecond") {
  CHECK(cycles_to_ticks(12, 1000) == 12000);
  CHECK(cycles_to_ticks(1, 2250) == 444);  // 444.4
  CHECK(cycles_to_ticks(2, 2250) == 889);  // 888.9
  CHECK(cycles_to_ticks(0, 2000) == 0);
}
