// SPDX-License-Identifier: Apache-2.0
#include "tests/arch/checker/checked_phb.hpp"

using namespace phbsim;
using arch::Generation;
using arch::checker::RuleId;
using test::CheckedPhb;

TEST_CASE("checker, TVE in flight: a TVE is changed under a DMA") {
  const Generation g = GENERATE(Generation::Phb3, Generation::Phb4, Generation::Phb5);
  CheckedPhb b(g);
  const std::uint64_t word = b.tve_word();
  b.set_tve(b.kTve, word);
  b.map(3, b.kPage);
  const auto first = b.begin(0x3000);
  const auto second = b.begin(0x3008);
  SECTION("twice, one cause") {
    b.set_tve(b.kTve, 0);
    b.set_tve(b.kTve, b.tve_word(0x31000000));
    REQUIRE(b.only(RuleId::TveInFlight));
    CHECK(b.found()[0].times == 2);
    CHECK(b.found()[0].pe == b.kPe);
    CHECK(b.fact("tve") == b.kTve);
    CHECK(b.fact("before") == word);
    CHECK(b.fact("value") == 0);
    CHECK(b.fact("in_flight") == 2);
    b.path.finish(first);
    b.path.finish(second);
    b.set_tve(b.kTve, 0);
    CHECK(b.found().size() == 1);
  }
  SECTION("while the last one is there") {
    b.path.finish(first);
    b.set_tve(b.kTve, 0);
    CHECK(b.only(RuleId::TveInFlight));
    CHECK(b.fact("in_flight") == 1);
  }
  SECTION("after all have gone") {
    b.path.finish(first);
    b.path.finish(second);
    b.set_tve(b.kTve, 0);
    CHECK(b.nothing());
  }
  SECTION("another TVE") {
    b.set_tve(b.kTve + 1, b.tve_word(0x31000000));
    CHECK(b.nothing());
  }
  SECTION("the same word") {
    b.set_tve(b.kTve, word);
    CHECK(b.nothing());
  }
  SECTION("another table at the same index") {
    b.table(arch::IodaTableId::Mbt, b.kTve, 0);
    CHECK(b.nothing());
  }
}

TEST_CASE("checker, TVE in flight: bypass counts, messages and faults do not") {
  CheckedPhb b;
  const BusAddr upper = 1ull << 59;
  b.set_tve(b.kTve + 1, arch::encode_bypass(upper, 1ull << 40, b.phb.facts()));
  SECTION("bypass") {
    b.begin(upper | 0x50000000);
    b.set_tve(b.kTve + 1, 0);
    CHECK(b.only(RuleId::TveInFlight));
  }
  SECTION("a TVE that is invalid selects nothing") {
    b.begin(0x3000);
    b.set_tve(b.kTve, b.tve_word());
    CHECK(b.nothing());
  }
  SECTION("a message") {
    b.phb.set_msi_pe(0, b.kPe);
    b.path.begin(b.kRid, 1ull << 60, 4, arch::Access::Write, 0);
    b.set_tve(0, b.tve_word());
    CHECK(b.nothing());
  }
}
