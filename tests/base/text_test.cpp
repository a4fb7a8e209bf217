// SPDX-License-Identifier: Apache-2.0
#include "models/base/text.hpp"

#include "models/base/check.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;

TEST_CASE("Byte sizes are read in every accepted spelling") {
  const std::pair<const char*, std::uint64_t> good[] = {
      {"0", 0},
      {"4096", 4096},
      {"4096B", 4096},
      {"0x1000", 0x1000},
      {"0XfF", 0xFF},
      {"0x1_2340_0000", 0x123400000ull},
      {"64K", 64ull << 10},
      {"64KiB", 64ull << 10},
      {"64 KiB", 64ull << 10},
      {"64Ki", 64ull << 10},
      {"64KB", 64ull << 10},
      {"2M", 2ull << 20},
      {"1G", 1ull << 30},
      {"3T", 3ull << 40},
      {"512P", 512ull << 50},
      {"15E", 15ull << 60},
      {"18446744073709551615", ~0ull},
      {"0xffffffffffffffff", ~0ull},
      {"16777215T", 16777215ull << 40},
  };
  for (const auto& [spelling, value] : good) {
    INFO(spelling);
    const auto read = text::parse_bytes(spelling);
    REQUIRE(read.has_value());
    CHECK(*read == value);
  }
}

TEST_CASE("Byte sizes that are no number or do not fit are refused") {
  for (const char* bad : {"",
                          " ",
                          "_",
                          "K",
                          "KiB",
                          "B",
                          "iB",
                          "0x",
                          "0xg",
                          "-1",
                          "+1",
                          "1.5G",
                          "64k",
                          "64KK",
                          "64Kib",
                          "64BK",
                          "4i",
                          "4iB",
                          "0x10K",
                          "18446744073709551616",
                          "0x10000000000000000",
                          "16E",
                          "16384P",
                          "16777216T",
                          "abc",
                          "1 2x"}) {
    INFO(bad);
    CHECK_FALSE(text::parse_bytes(bad).has_value());
  }
}

TEST_CASE("Bytes are printed in the largest unit that divides them") {
  const std::pair<std::uint64_t, const char*> known[] = {{0, "0 B"},
                                                         {512, "512 B"},
                                                         {1024, "1 KiB"},
                                                         {1536, "1536 B"},
                                                         {65536, "64 KiB"},
                                                         {2ull << 20, "2 MiB"},
                                                         {1ull << 30, "1 GiB"},
                                                         {4ull << 40, "4 TiB"},
                                                         {3ull << 50, "3 PiB"},
                                                         {8ull << 60, "8 EiB"},
                                                         {(1ull << 30) + 1024, "1048577 KiB"}};
  for (const auto& [value, spelling] : known) CHECK(text::bytes(value) == spelling);
}

TEST_CASE("What bytes() prints parse_bytes() reads") {
  for (unsigned shift = 0; shift < 62; ++shift) {
    const std::uint64_t v = 5ull << shift;
    CHECK(text::parse_bytes(text::bytes(v)) == v);
  }
}

TEST_CASE("Hexadecimal numbers have a prefix in print and none when read") {
  CHECK(text::hex(0) == "0x0");
  CHECK(text::hex(0x1f) == "0x1f");
  CHECK(text::hex(~0ull) == "0xffffffffffffffff");
  CHECK(text::parse_hex("1F") == 0x1fu);
  CHECK(text::parse_hex("ffffffffffffffff") == ~0ull);
  for (const char* bad : {"", "0x1f", "10000000000000000", "1g", "-1", " 1"}) {
    INFO(bad);
    CHECK_FALSE(text::parse_hex(bad).has_value());
  }
}

TEST_CASE("Decimal numbers are read whole or not at all") {
  CHECK(text::parse_dec("18446744073709551615") == ~0ull);
  CHECK(text::parse_dec("007") == 7u);
  for (const char* bad : {"", "18446744073709551616", "12a", "0x1", "-3", "1 "}) {
    INFO(bad);
    CHECK_FALSE(text::parse_dec(bad).has_value());
  }
}

TEST_CASE("Edit distance counts insertions, deletions and replacements") {
  struct Pair {
    const char* a;
    const char* b;
    unsigned distance;
  };
  for (const Pair& p : {Pair{"", "", 0}, Pair{"abc", "", 3}, Pair{"kitten", "sitting", 3},
                        Pair{"flaw", "lawn", 2}, Pair{"levels", "level", 1}, Pair{"lru", "plru", 1},
                        Pair{"abc", "abc", 0}, Pair{"ab", "ba", 2}}) {
    INFO(p.a << " / " << p.b);
    CHECK(text::edit_distance(p.a, p.b) == p.distance);
    CHECK(text::edit_distance(p.b, p.a) == p.distance);
  }
}

TEST_CASE("A broken invariant names the condition and the place") {
  const int three = 3;
  CHECK_NOTHROW(PHBSIM_ASSERT(three == 3));
  CHECK_THROWS_WITH(PHBSIM_ASSERT(three == 4),
                    Catch::Contains("three == 4") && Catch::Contains("text_test.cpp"));
  CHECK_THROWS_AS(PHBSIM_ASSERT(three == 4), ModelError);
}
