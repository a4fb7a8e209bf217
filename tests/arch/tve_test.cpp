// SPDX-License-Identifier: Apache-2.0
#include "models/arch/tve.hpp"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

const GenerationFacts& kFacts3 = facts_of(Generation::Phb3, PhbSize::Big);
const GenerationFacts& kFacts4 = facts_of(Generation::Phb4, PhbSize::Big);

Tve::Kind kind_of(std::uint64_t word, const GenerationFacts& facts, bool any = false) {
  return decode_tve(word, facts, any).kind;
}

}  // namespace

TEST_CASE("The worked translated TVEs encode and decode as in the reference") {
  struct Example {
    const char* name;
    const GenerationFacts& facts;
    WindowShape shape;
    std::uint64_t word;
    unsigned span_shift;
  };
  for (const Example& e :
       {Example{"A", kFacts4, {1, 0x123400000, 8 * kMiB, 12}, 0x0000001234000C01ull, 32},
        Example{"B", kFacts4, {2, 0x200010000, 64 * kKiB, 16}, 0x0000002000102505ull, 42},
        Example{"D", kFacts4, {1, 0x300000000, 4 * kKiB, 30}, 0x0000003000000113ull, 39},
        Example{"E", kFacts3, {1, 0x100000000, 64 * kKiB, 28}, 0x0000001000000511ull, 41},
        Example{"F", kFacts4, {3, 0x4000000000, 4 * kKiB, 12}, 0x0000040000004101ull, 39}}) {
    INFO(e.name);
    CHECK(check_shape(e.shape, e.facts).empty());
    CHECK(encode_translated(e.shape) == e.word);
    const Tve tve = decode_tve(e.word, e.facts);
    CHECK(tve.kind == Tve::Kind::Translated);
    CHECK(tve.levels == e.shape.levels);
    CHECK(tve.table == e.shape.table);
    CHECK(tve.page_shift == e.shape.page_shift);
    CHECK((8ull << tve.bits_per_level) == e.shape.table_bytes);
    CHECK(tve.span_shift() == e.span_shift);
    CHECK(tve.spans((1ull << e.span_shift) - 1));
    CHECK_FALSE(tve.spans(1ull << e.span_shift));
  }
}

TEST_CASE("The worked bypass TVE encodes 256 GiB in window 1") {
  CHECK(encode_bypass(1ull << 59, 256 * kGiB, kFacts4) == 0x0000000040001080ull);
  CHECK(encode_bypass(1ull << 59, 256 * kGiB, kFacts3) == 0x0000000040001000ull);
  const Tve tve = decode_tve(0x0000000040001080ull, kFacts4);
  CHECK(tve.kind == Tve::Kind::Bypass);
  CHECK(tve.start == 0);
  CHECK(tve.end == 256 * kGiB);
}

TEST_CASE("Bypass words follow the firmware formula and keep bits 49:24") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    const BusAddr start = (random() & low_mask(49)) & ~low_mask(24);
    const std::uint64_t size = (random() & low_mask(49)) & ~low_mask(24);
    const BusAddr end = start + size;
    for (const GenerationFacts* facts : {&kFacts3, &kFacts4}) {
      const std::uint64_t expected = ((start << 16) & 0xFFFFFF0000000000ull) |
                                     ((start >> 38) & 0xC00) | ((end >> 8) & 0xFFFFFF0000ull) |
                                     ((end >> 40) & 0x300) | (facts == &kFacts3 ? 0x1000 : 0x1080);
      const std::uint64_t word = encode_bypass((i % 2 ? 1ull << 59 : 0) | start, size, *facts);
      if (word != expected) FAIL("start " << start << " size " << size);
      const Tve tve = decode_tve(word, *facts);
      if (tve.kind != Tve::Kind::Bypass || tve.start != start || tve.end != end)
        FAIL("decode of " << word);
    }
  }
}

TEST_CASE("A TVE with levels field 5, 6 or 7 is invalid") {
  for (std::uint64_t field = 0; field < 8; ++field) {
    const Tve tve = decode_tve((0x0000001234000C01ull & ~0xE000ull) | field << 13, kFacts4);
    INFO(field);
    CHECK((tve.kind == Tve::Kind::Translated) == (field <= 4));
    if (field <= 4) CHECK(tve.levels == field + 1);
  }
}

TEST_CASE("A translated TVE with table size 0 is invalid") {
  for (std::uint64_t tts = 0; tts < 32; ++tts) {
    const Tve tve = decode_tve((0x0000001234000C01ull & ~0x1F00ull) | tts << 8, kFacts4);
    CHECK((tve.kind == Tve::Kind::Translated) == (tts != 0));
    if (tts != 0) CHECK(tve.bits_per_level == tts + 8);
  }
}

TEST_CASE("A TVE takes the page sizes of its generation only, unless all are allowed") {
  for (const auto& facts : kGenerations) {
    for (unsigned psize = 1; psize < 32; ++psize) {
      const std::uint64_t word = 0x0000001234000C00ull | psize;
      INFO(facts.name << ", page shift " << 11 + psize);
      CHECK((kind_of(word, facts) == Tve::Kind::Translated) ==
            supports_page_shift(facts, 11 + psize));
      CHECK(kind_of(word, facts, true) == Tve::Kind::Translated);
      CHECK(decode_tve(word, facts, true).page_shift == 11 + psize);
    }
  }
}

TEST_CASE("An all-zero TVE is invalid on every generation") {
  for (const auto& facts : kGenerations) {
    CHECK(kind_of(0, facts) == Tve::Kind::Invalid);
    CHECK(kind_of(0, facts, true) == Tve::Kind::Invalid);
  }
}

TEST_CASE("The forms without translation differ by generation") {
  struct Row {
    const char* what;
    std::uint64_t word;
    Tve::Kind phb3, phb4;
  };
  constexpr auto kInvalid = Tve::Kind::Invalid;
  constexpr auto kBypass = Tve::Kind::Bypass;
  for (const Row& r : {Row{"50-bit form", 0x0000000040001080ull, kBypass, kBypass},
                       Row{"PHB3 form", 0x0000000040001000ull, kBypass, kInvalid},
                       Row{"peer to peer", 0x1000, kBypass, kBypass},
                       Row{"bit 56 alone", 0x80, kInvalid, kInvalid},
                       Row{"range without bit 51", 0x0000000040000080ull, kInvalid, kInvalid},
                       Row{"PHB3 CAPI 1", 0x000000FFFFFF0200ull, kInvalid, kInvalid},
                       Row{"PHB3 CAPI 2", 0x000000FFFFFF0A00ull, kInvalid, kInvalid}}) {
    INFO(r.what);
    CHECK(kind_of(r.word, kFacts3) == r.phb3);
    CHECK(kind_of(r.word, kFacts4) == r.phb4);
  }
  CHECK(decode_tve(0x1000, kFacts3).end == 0);          // PHB3 compares the range, which is empty
  CHECK(decode_tve(0x1000, kFacts4).end == kDmaLimit);  // peer to peer has none
}

TEST_CASE("Bit 56 with a page size makes a TVE invalid") {
  CHECK(kind_of(0x0000001234000C01ull | kTve50Bit, kFacts4) == Tve::Kind::Invalid);
}

TEST_CASE("A span of 2^64 bytes or more holds every offset") {
  // 1 GiB pages, five levels of 64 KiB tables: 2^95 bytes.
  const Tve tve = decode_tve(encode_translated({5, 0x1000, 64 * kKiB, 30}), kFacts4);
  REQUIRE(tve.span_shift() == 95);
  CHECK(tve.spans(~0ull));
}

TEST_CASE("A refused window shape is told with the value and what is allowed") {
  struct Row {
    WindowShape shape;
    const GenerationFacts& facts;
    std::vector<std::string> parts;
  };
  const std::vector<Row> rows{
      {{0, 0x1000, 64 * kKiB, 16}, kFacts4, {"levels is 0", "1..5"}},
      {{6, 0x1000, 64 * kKiB, 16}, kFacts4, {"levels is 6", "1..5"}},
      {{1, 0x1000, 0, 16}, kFacts4, {"table size is 0 B", "power of two", "4 KiB", "4 TiB"}},
      {{1, 0x1000, 2 * kKiB, 16}, kFacts4, {"table size is 2 KiB", "4 KiB"}},
      {{1, 0x1000, 12 * kKiB, 16}, kFacts4, {"table size is 12 KiB", "power of two"}},
      {{1, 0x1000, 8 * kTiB, 16}, kFacts4, {"table size is 8 TiB", "4 TiB"}},
      {{1, 0x1800, 64 * kKiB, 16}, kFacts4, {"0x1800", "4 KiB aligned"}},
      {{1, 0x1000, 64 * kKiB, 24},
       kFacts4,
       {"page size is 16 MiB", "phb4-big", "4 KiB, 64 KiB, 2 MiB, 1 GiB"}},
      {{1, 0x1000, 64 * kKiB, 21},
       kFacts3,
       {"page size is 2 MiB", "phb3", "4 KiB, 64 KiB, 16 MiB, 256 MiB"}},
      {{1, 0x1000, 64 * kKiB, 11}, kFacts4, {"page size is 2 KiB"}},
      {{1, 0x1000, 64 * kKiB, 43}, kFacts4, {"page size is 8 TiB"}},
  };
  for (const Row& r : rows) {
    const std::string text = check_shape(r.shape, r.facts);
    for (const std::string& part : r.parts) CHECK_THAT(text, Catch::Contains(part));
  }
  CHECK(check_shape({1, 0x1000, 64 * kKiB, 24}, kFacts4, true).empty());
  CHECK_FALSE(check_shape({1, 0x1000, 64 * kKiB, 11}, kFacts4, true).empty());
  CHECK_FALSE(check_shape({1, 0x1000, 64 * kKiB, 43}, kFacts4, true).empty());
  CHECK(check_shape({5, 0, 4 * kTiB, 12}, kFacts4).empty());
}

TEST_CASE("Every accepted shape survives encoding") {
  for (const auto& facts : kGenerations) {
    for (const unsigned page_shift : facts.page_shifts) {
      for (unsigned levels = 1; levels <= 5; ++levels) {
        for (unsigned table_shift = 12; table_shift <= 42; ++table_shift) {
          const WindowShape shape{levels, 0x00ABCDEF12345000ull, 1ull << table_shift, page_shift};
          if (!check_shape(shape, facts).empty()) FAIL(check_shape(shape, facts));
          const Tve tve = decode_tve(encode_translated(shape), facts);
          if (tve.kind != Tve::Kind::Translated || tve.levels != levels ||
              tve.bits_per_level != table_shift - 3 || tve.page_shift != page_shift ||
              tve.table != shape.table) {
            FAIL(facts.name << ": " << describe(tve));
          }
        }
      }
    }
  }
}

TEST_CASE("A refused bypass range is told with the value and what is allowed") {
  struct Row {
    BusAddr start;
    std::uint64_t size;
    unsigned window;
    std::vector<std::string> parts;
  };
  const BusAddr top = 1ull << 59;
  const std::vector<Row> rows{
      {0, kGiB, 1, {"start 0x0", "window 1", "bit 59 must be 1"}},
      {top, kGiB, 10, {"0x800000000000000", "window 10", "bit 59 must be 0"}},
      {1ull << 60, kGiB, 0, {"0x1000000000000000", "window 0"}},
      {8 * kMiB, kGiB, 0, {"0x800000", "16 MiB"}},
      {0, kGiB + 1, 0, {"0x40000001", "16 MiB"}},
      {top, kPiB, 1, {"0x4000000000000", "0x3ffffffffffff"}},
      {top | 16 * kMiB, kPiB - 16 * kMiB, 1, {"0x4000000000000", "0x3ffffffffffff"}},
      {top, 0, 1, {"size is 0"}},
      {16 * kMiB, 0 - 16 * kMiB, 0, {"0x3ffffffffffff"}},  // the end wraps around to 0
      {16 * kMiB, 0 - 8 * kMiB * 2 * 100, 0, {"0x3ffffffffffff"}},
  };
  for (const Row& r : rows) {
    const std::string text = check_bypass(r.start, r.size, r.window);
    INFO(text);
    for (const std::string& part : r.parts) CHECK_THAT(text, Catch::Contains(part));
  }
  CHECK(check_bypass(top, 256 * kGiB, 1).empty());
  CHECK(check_bypass(top, 256 * kGiB, 11).empty());
  CHECK(check_bypass(0, kPiB - 16 * kMiB, 0).empty());
}

TEST_CASE("A TVE describes itself") {
  CHECK(describe(decode_tve(0x0000002000102505ull, kFacts4)) ==
        "64 KiB pages, 2 level(s) of 64 KiB, root 0x200010000");
  CHECK(describe(decode_tve(0x0000000040001080ull, kFacts4)) == "bypass 0x0..0x4000000000");
  CHECK(describe(Tve{}) == "invalid");
}
