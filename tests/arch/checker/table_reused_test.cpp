// SPDX-License-Identifier: Apache-2.0
#include "tests/arch/checker/checked_phb.hpp"

using namespace phbsim;
using arch::Access;
using arch::Generation;
using arch::checker::RuleId;
using test::CheckedPhb;

namespace {

constexpr std::uint64_t kData = 0x4441544144415441ull;
constexpr BusAddr kUpper = 1ull << 59;

}  // namespace

TEST_CASE("checker, table reused: words that are no TCE") {
  const Generation g = GENERATE(Generation::Phb3, Generation::Phb4, Generation::Phb5);
  CheckedPhb b(g);
  b.set_tve(b.kTve, b.tve_word());
  SECTION("data, many words: one cause") {
    for (unsigned i = 0; i < 64; ++i) b.store(b.kTable + 8 * i, kData);
    REQUIRE(b.only(RuleId::TableReused));
    CHECK(b.found()[0].times == 64);
    CHECK(b.found()[0].pe == b.kPe);
    CHECK(b.fact("address") == b.kTable);
    CHECK(b.fact("value") == kData);
    CHECK(b.fact("tve") == b.kTve);
  }
  SECTION("one undefined bit, the lowest") {
    b.store(b.kTable, b.kPage | 3 | 4);
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("one undefined bit, the highest") {
    b.store(b.kTable, b.kPage | 3 | 0x800);
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("an address beyond memory") {
    b.store(b.kTable, b.kMemoryEnd | 3);
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("the last word of the table") {
    b.store(b.kTable + 4088, kData);
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("a few bytes of a word") {
    const unsigned char bytes[2] = {0xFF, 0xFF};
    b.memory.write(b.kTable + 6, bytes, 2);
    b.checker.memory_stored(b.kTable + 6, 2);
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("a store that begins before the table") {
    b.memory.write_be64(b.kTable, kData);
    b.checker.memory_stored(b.kTable - 64, 128);
    CHECK(b.only(RuleId::TableReused));
  }
}

TEST_CASE("checker, table reused: what belongs there, or is not there") {
  CheckedPhb b;
  b.set_tve(b.kTve, b.tve_word());
  SECTION("TCEs") {
    b.map(0, b.kPage);
    b.map(1, b.kMemoryEnd - 4096);
    b.map(2, b.kPage, arch::kTceRead);
    b.unmap(0);
    b.store(b.kTable, b.kPage);  // no permissions
  }
  SECTION("next to it") {
    b.store(b.kTable + 4096, kData);
    b.store(b.kTable - 8, kData);
  }
  SECTION("after the TVE was cleared") {
    b.set_tve(b.kTve, 0);
    b.store(b.kTable, kData);
  }
  SECTION("after the TVE became a bypass") {
    b.set_tve(b.kTve, arch::encode_bypass(0, 1ull << 40, b.phb.facts()));
    b.store(b.kTable, kData);
  }
  SECTION("after a reset") {
    b.path.hold_reset(true);
    b.store(b.kTable, kData);
  }
  CHECK(b.nothing());
}

TEST_CASE("checker, table reused: once until the TVT changes") {
  CheckedPhb b;
  b.set_tve(b.kTve, b.tve_word());
  b.store(b.kTable, kData);
  b.set_tve(b.kTve, 0);
  b.set_tve(b.kTve, b.tve_word());
  b.store(b.kTable, kData);
  CHECK(b.found().size() == 2);
}

TEST_CASE("checker, table reused: tables below the root") {
  CheckedPhb b;
  const RealAddr middle = 0x31000000, leaf = 0x32000000;
  bool before = false;
  SECTION("linked before the TVE was written") { before = true; }
  SECTION("linked after it") {}
  if (!before) b.set_tve(b.kTve, b.tve_word(b.kTable, 3));
  b.store(b.kTable + 8, middle | 3);
  b.store(middle + 16, leaf | 3);
  if (before) b.set_tve(b.kTve, b.tve_word(b.kTable, 3));
  CHECK(b.checker.tables().find(middle, 8)->level == 1);
  CHECK(b.checker.tables().find(leaf + 4088, 8)->level == 0);
  b.store(leaf, b.kPage | 3);
  REQUIRE(b.nothing());
  SECTION("the leaf is overwritten") {
    b.store(leaf + 80, kData);
    CHECK(b.only(RuleId::TableReused));
    CHECK(b.fact("level") == 0);
  }
  SECTION("the middle is overwritten") {
    b.store(middle + 80, kData);
    CHECK(b.only(RuleId::TableReused));
    CHECK(b.fact("level") == 1);
  }
  SECTION("a link is cleared: what was below is free") {
    b.store(b.kTable + 8, 0);
    CHECK(b.checker.tables().find(middle, 8) == nullptr);
    CHECK(b.checker.tables().find(leaf, 8) == nullptr);
    b.store(leaf, kData);
    b.store(middle, kData);
    CHECK(b.nothing());
  }
  SECTION("a link leads elsewhere") {
    b.store(middle + 16, 0x35000000 | 3);
    b.store(leaf, kData);
    CHECK(b.nothing());
    b.store(0x35000000, kData);
    CHECK(b.only(RuleId::TableReused));
  }
}

TEST_CASE("checker, table reused: a table that is too large to be read through is learnt by walks") {
  CheckedPhb b;
  const RealAddr root = 0x40000000, leaf = 0x32000000;  // a root of 1 MiB
  b.store(root + 8 * 5, leaf | 3);
  b.memory.write_be64(leaf, b.kPage | 3);
  b.set_tve(b.kTve, b.tve_word(root, 2, 12, kMiB));
  CHECK(b.checker.tables().find(leaf, 8) == nullptr);
  REQUIRE(b.dma(5ull << 29).ok());
  REQUIRE(b.checker.tables().find(leaf, 8) != nullptr);
  b.store(leaf, kData);
  CHECK(b.only(RuleId::TableReused));
}

TEST_CASE("checker, table reused: shared and overlapping tables") {
  CheckedPhb b;
  b.set_tve(b.kTve, b.tve_word());
  SECTION("the same table for two PEs") {
    b.set_tve(b.kTve + 2, b.tve_word());
    b.set_tve(b.kTve, 0);
    CHECK(b.nothing());
    b.store(b.kTable, kData);
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("another page size") {
    b.set_tve(b.kTve + 1, b.tve_word(b.kTable, 1, 16));
    CHECK(b.only(RuleId::TableReused));
    CHECK(b.fact("tve") == b.kTve + 1);
    CHECK(b.fact("over_tve") == b.kTve);
  }
  SECTION("another size") {
    b.set_tve(b.kTve + 1, b.tve_word(b.kTable, 1, 12, 8192));
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("a leaf of the one is the root of the other") {
    b.set_tve(b.kTve + 1, b.tve_word(0x31000000, 2));
    b.store(0x31000000, b.kTable | 3);
    CHECK(b.nothing());  // both are leaves of 4 KiB pages
    b.store(0x31000008, 0x31000000 | 3);
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("in its middle") {
    b.set_tve(b.kTve + 1, b.tve_word(b.kTable - 4096, 1, 12, 8192));
    CHECK(b.only(RuleId::TableReused));
  }
  SECTION("behind it") {
    b.set_tve(b.kTve + 1, b.tve_word(b.kTable + 4096, 1, 16));
    CHECK(b.nothing());
  }
  SECTION("the same TVE with a new shape") {
    b.set_tve(b.kTve, b.tve_word(b.kTable, 1, 16, 8192));
    CHECK(b.nothing());
  }
}

TEST_CASE("checker, table reused: a device writes into tables") {
  const Generation g = GENERATE(Generation::Phb3, Generation::Phb4);
  CheckedPhb b(g);
  b.set_tve(b.kTve, b.tve_word());
  b.set_tve(b.kTve + 1, arch::encode_bypass(kUpper, 1ull << 40, b.phb.facts()));
  const std::uint64_t pes = b.phb.facts().max_pes;
  RealAddr at = 0;
  SECTION("TCEs") { at = b.kTable + 4088; }
  SECTION("RTT") { at = b.kRtt; }
  SECTION("the RTT's end") { at = b.kRtt + arch::kRttBytes - 8; }
  SECTION("PEST") { at = b.kPest + 16 * pes - 8; }
  SECTION("PELT-V") { at = b.kPeltv + pes * pes / 8 - 8; }
  b.dma(kUpper | at, Access::Read);
  CHECK(b.nothing());
  b.dma(kUpper | at, Access::Write);
  b.dma(kUpper | at, Access::Write);
  REQUIRE(b.only(RuleId::TableReused));
  CHECK(b.found()[0].times == 2);
  CHECK(b.fact("real") == at);
}

TEST_CASE("checker, table reused: a device writes next to tables, or where they were") {
  CheckedPhb b;
  b.set_tve(b.kTve, b.tve_word());
  b.set_tve(b.kTve + 1, arch::encode_bypass(kUpper, 1ull << 40, b.phb.facts()));
  const std::uint64_t pes = b.phb.facts().max_pes;
  for (const RealAddr at : {b.kTable - 8, b.kTable + 4096, b.kRtt - 8, b.kRtt + arch::kRttBytes, b.kPest + 16 * pes,
                            b.kPeltv + pes * pes / 8}) {
    b.dma(kUpper | at, Access::Write);
  }
  b.reg(arch::Reg::RttBar, b.kRtt);  // off; the rest would fence
  CHECK(b.nothing());
}
