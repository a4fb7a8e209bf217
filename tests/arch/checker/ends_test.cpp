// SPDX-License-Identifier: Apache-2.0
// PEs that are left frozen, RTEs that are not invalidated, reserved fields.
#include "tests/arch/checker/checked_phb.hpp"

using namespace phbsim;
using arch::Generation;
using arch::IodaTableId;
using arch::PhbSize;
using arch::Reg;
using arch::checker::RuleId;
using test::CheckedPhb;

namespace {

Generation generations() { return GENERATE(Generation::Phb3, Generation::Phb4, Generation::Phb5); }

}  // namespace

TEST_CASE("checker, PE left frozen") {
  CheckedPhb b(generations());
  const PeNumber last = b.phb.facts().max_pes - 1;
  SECTION("both ways") {
    b.table(IodaTableId::PestA, 7, ppc_bit(0));
    b.table(IodaTableId::PestB, 7, ppc_bit(0));
    b.checker.run_ended();
    b.checker.run_ended();
    REQUIRE(b.only(RuleId::PeLeftFrozen));
    CHECK(b.found()[0].pe == 7);
    CHECK(b.fact("frozen_pes") == 1);
  }
  SECTION("one way") {
    b.table(IodaTableId::PestB, 0, ppc_bit(0));
    b.checker.run_ended();
    REQUIRE(b.only(RuleId::PeLeftFrozen));
    CHECK(b.fact("mmio_frozen") == 0);
    CHECK(b.fact("dma_stopped") == 1);
  }
  SECTION("several: one cause") {
    b.table(IodaTableId::PestA, 7, ppc_bit(0));
    b.table(IodaTableId::PestA, last - 1, ppc_bit(0));
    b.checker.run_ended();
    REQUIRE(b.only(RuleId::PeLeftFrozen));
    CHECK(b.fact("frozen_pes") == 2);
  }
  SECTION("fenced") {
    b.phb.fence();
    b.checker.run_ended();
    CHECK(b.only(RuleId::PeLeftFrozen));
    CHECK(b.fact("fenced") == 1);
  }
  SECTION("the reserved one may be") {
    b.table(IodaTableId::PestA, last, ppc_bit(0));
    b.checker.run_ended();
    CHECK(b.nothing());
  }
  SECTION("thawed in time") {
    b.table(IodaTableId::PestA, 7, ppc_bit(0));
    b.table(IodaTableId::PestA, 7, 0);
    b.checker.run_ended();
    CHECK(b.nothing());
  }
}

TEST_CASE("checker, RTT without invalidation") {
  CheckedPhb b(generations());
  b.set_tve(b.kTve, b.tve_word());
  b.map(3, b.kPage);
  b.dma(0x3000);
  b.set_rte(b.kRid, 9);
  const std::uint64_t own = arch::RtcRid::make(b.kRid);
  SECTION("none") {
    b.dma(0x3000);
    b.dma(0x3008);
    REQUIRE(b.only(RuleId::RttNoInvalidate));
    CHECK(b.found()[0].times == 2);
    CHECK(b.found()[0].pe == b.kPe);
    CHECK(b.fact("rid") == b.kRid);
    CHECK(b.fact("rte_used") == b.kPe);
    CHECK(b.fact("rte") == 9);
    CHECK(b.fact("rte_at") == arch::rte_address(b.kRtt, b.kRid));
    // Once that is set right, the next one is a new cause.
    b.reg(Reg::RtcInvalidate, own);
    b.set_rte(b.kRid, b.kPe);
    b.dma(0x3000);
    b.set_rte(b.kRid, 9);
    b.dma(0x3000);
    CHECK(b.found().size() == 2);
  }
  SECTION("of another RID") {
    b.reg(Reg::RtcInvalidate, arch::RtcRid::make(b.kRid + 1));
    b.dma(0x3000);
    CHECK(b.only(RuleId::RttNoInvalidate));
  }
  SECTION("of the RID") {
    b.reg(Reg::RtcInvalidate, own);
    CHECK(b.dma(0x3000).pe == 9);
    CHECK(b.nothing());
  }
  SECTION("of all") {
    b.reg(Reg::RtcInvalidate, arch::kRtcAll);
    CHECK(b.dma(0x3000).pe == 9);
    CHECK(b.nothing());
  }
  SECTION("the change is taken back") {
    b.set_rte(b.kRid, b.kPe);
    b.dma(0x3000);
    CHECK(b.nothing());
  }
  SECTION("a RID that was never seen") {
    b.set_rte(b.kRid + 1, b.kPe);
    b.dma(0x3000, arch::Access::Read, 8, b.kRid + 1);
    CHECK(b.nothing());
  }
  SECTION("another RTT") {
    arch::fill_rtt(b.memory, 0x24000000, b.phb.facts().max_pes - 1);
    b.set_rte(b.kRid, b.kPe);
    b.reg(Reg::RttBar, arch::kBarEnable | 0x24000000);
    b.dma(0x3000);
    CHECK(b.only(RuleId::RttNoInvalidate));
  }
}

TEST_CASE("checker, reserved field: strict registers") {
  CheckedPhb b(generations());
  SECTION("a bit of the LSIs' first source") {
    b.reg(Reg::LsiSourceId, ppc_bit(63));
    b.reg(Reg::LsiSourceId, ppc_bit(63));
    REQUIRE(b.only(RuleId::ReservedField));
    CHECK(b.found()[0].times == 2);
    CHECK(b.fact("offset") == arch::offset_of(Reg::LsiSourceId));
    CHECK(b.fact("reserved") == ppc_bit(63));
    b.reg(Reg::LsiSourceId, 0);
    b.reg(Reg::LsiSourceId, ppc_bit(63));
    CHECK(b.found().size() == 2);
  }
  SECTION("the first and the last of every strict row") {
    for (const arch::RegSpec& r : arch::phb_registers()) {
      if (!r.strict || !r.exists_in(b.phb.facts().generation)) continue;
      const std::uint64_t reserved = ~r.writable.of(b.phb.facts().size);
      REQUIRE(reserved != 0);
      const std::size_t n = b.found().size();
      CAPTURE(arch::register_name(r));
      b.path.write(r.offset, 8, b.phb.file().get(r.id) & ~reserved);
      CHECK(b.found().size() == n);
      b.path.write(r.offset, 8, 1ull << log2_floor(reserved));
      CHECK(b.found().size() == n + 1);
    }
    CHECK(b.found().size() > 4);
  }
  SECTION("rows that are not strict") {
    b.reg(Reg::TceSpecCtl, ~0ull);
    b.reg(Reg::LemMask, ~0ull);
    CHECK(b.nothing());
  }
}

TEST_CASE("checker, reserved field: tables") {
  CheckedPhb b(generations());
  const bool phb3 = b.phb.facts().generation == Generation::Phb3;
  SECTION("TVEs that are defined") {
    b.set_tve(4, 0);
    b.set_tve(4, b.tve_word());
    b.set_tve(4, b.tve_word(0x40000000, 5));
    b.set_tve(5, arch::encode_bypass(1ull << 59, 1ull << 40, b.phb.facts()));
    CHECK(b.nothing());
  }
  SECTION("TVE bit 57") {
    b.set_tve(4, b.tve_word() | ppc_bit(57));
    CHECK(b.only(RuleId::ReservedField));
  }
  SECTION("TVE bit 58, of a bypass") {
    b.set_tve(4, arch::encode_bypass(0, 1ull << 40, b.phb.facts()) | ppc_bit(58));
    CHECK(b.only(RuleId::ReservedField));
  }
  SECTION("six levels") {
    b.set_tve(4, b.tve_word() | arch::TveLevels::make(5));
    CHECK(b.only(RuleId::ReservedField));
  }
  SECTION("a page size that this PHB does not have") {
    b.set_tve(4, b.tve_word() + (phb3 ? 9 : 12));  // 2 MiB, 16 MiB
    CHECK(b.only(RuleId::ReservedField));
  }
  SECTION("a table without a size") {
    b.set_tve(4, b.tve_word() & ~arch::TveTableSize::kMask);
    CHECK(b.only(RuleId::ReservedField));
  }
  SECTION("MIST") {
    const std::uint64_t odd = ppc_bit(2) | ppc_bit(34);
    b.table(IodaTableId::Mist, 3, 0xC005C005C005C005ull);
    if (phb3) {
      b.table(IodaTableId::Mist, 3, odd);  // LXIVT
    } else {
      b.table(IodaTableId::Mist, 3, odd, 4);  // neither of the two quarters is written
      CHECK(b.nothing());
      b.table(IodaTableId::Mist, 3, odd, 8);
      REQUIRE(b.only(RuleId::ReservedField));
      CHECK(b.fact("reserved") == ppc_bit(2));
      b.table(IodaTableId::Mist, 4, odd);
    }
    CHECK(b.found().size() == (phb3 ? 0 : 2));
  }
  SECTION("the mask of a table that has none") {
    b.table(IodaTableId::Mist, 3, 0, 8);
    CHECK(b.found().size() == (phb3 ? 1 : 0));
  }
  SECTION("MBT") {
    b.table(IodaTableId::Mbt, 2, phb3 ? ~ppc_mask(32, 33) : arch::kMbtWord0);
    if (!phb3) b.table(IodaTableId::Mbt, 3, arch::kMbtWord1);
    CHECK(b.nothing());
    b.table(IodaTableId::Mbt, 2, phb3 ? ppc_bit(33) : ppc_bit(6));
    CHECK(b.found().size() == 1);
    b.table(IodaTableId::Mbt, 3, phb3 ? ppc_bit(32) : ppc_bit(1));
    CHECK(b.found().size() == 2);
  }
  SECTION("tables without reserved bits") {
    b.table(IodaTableId::Mrt, 0, ~0ull);
    b.table(IodaTableId::PestA, 0, 0);
    CHECK(b.nothing());
  }
}

TEST_CASE("checker: what was there before it came is watched") {
  test::PhbBench p;
  p.tve(10, CheckedPhb::tve_word());
  arch::checker::Checker checker(p.memory, 1ull << 40);
  std::vector<std::pair<RealAddr, bool>> watched;
  checker.on_watch = [&](RealAddr at, std::uint64_t, bool on) { watched.emplace_back(at, on); };
  unsigned told = 0;
  checker.on_violation = [&](const arch::checker::Violation&) { ++told; };
  arch::checker::PhbChecker& phb = checker.add_phb(p.phb, "phb4.2");
  REQUIRE(watched.size() == 1);
  CHECK(watched[0] == std::make_pair(CheckedPhb::kTable, true));
  p.memory.write_be64(CheckedPhb::kTable, 4);
  checker.memory_stored(CheckedPhb::kTable, 8);
  CHECK(told == 1);
  phb.reset();
  REQUIRE(watched.size() == 2);
  CHECK(watched[1] == std::make_pair(CheckedPhb::kTable, false));
  CHECK(checker.phb_name(0) == "phb4.2");
}
