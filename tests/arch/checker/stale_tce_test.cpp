// SPDX-License-Identifier: Apache-2.0
#include "tests/arch/checker/checked_phb.hpp"

using namespace phbsim;
using arch::Access;
using arch::Generation;
using arch::checker::RuleId;
using test::CheckedPhb;

namespace {

constexpr BusAddr kBus = 3 << 12;  ///< page 3
constexpr RealAddr kOther = 0x60000000;

/// Page 3 is mapped and in the cache.
struct Warm : CheckedPhb {
  explicit Warm(Generation g = Generation::Phb4) : CheckedPhb(g) {
    set_tve(kTve, tve_word());
    map(3, kPage);
    REQUIRE(dma(kBus).real == kPage);
    REQUIRE(nothing());
  }
};

}  // namespace

TEST_CASE("checker, stale TCE: unmapped without a kill") {
  const Generation g = GENERATE(Generation::Phb3, Generation::Phb4, Generation::Phb5);
  Warm b(g);
  b.unmap(3);
  b.now = 5 * kPsPerUs;
  CHECK(b.dma(kBus + 8).real == b.kPage + 8);
  REQUIRE(b.only(RuleId::StaleTce));
  CHECK(b.found()[0].pe == b.kPe);
  CHECK(b.found()[0].phb == 0);
  CHECK(b.fact("address") == kBus + 8);
  CHECK(b.fact("used") == b.kPage + 8);
  CHECK(b.fact("tce_at") == b.kTable + 24);
  CHECK(b.fact("tce") == 0);
  CHECK(b.fact("rid") == b.kRid);
  CHECK(b.found()[0].where.at == 5 * kPsPerUs);
  const std::string text = arch::checker::to_text(b.found()[0], "phb0");
  CHECK(text.find("stale_tce: phb0, PE 5: read of bus address 0x3008 went to 0x50000008") != std::string::npos);
  CHECK(text.find("at 5000 ns, here") != std::string::npos);
}

TEST_CASE("checker, stale TCE: another page, fewer rights, more rights") {
  Warm b;
  SECTION("another page") {
    b.map(3, kOther);
    b.dma(kBus);
    CHECK(b.only(RuleId::StaleTce));
    CHECK(b.fact("tce") == (kOther | arch::kTcePermissions));
  }
  SECTION("no write any more") {
    b.map(3, b.kPage, arch::kTceRead);
    b.dma(kBus, Access::Read);
    CHECK(b.nothing());  // memory says the same of a read
    b.dma(kBus, Access::Write);
    CHECK(b.only(RuleId::StaleTce));
  }
  SECTION("refused by what was cached, allowed by memory") {
    b.map(4, b.kPage, arch::kTceRead);
    b.dma(kBus + 0x1000, Access::Read);
    b.map(4, b.kPage);
    CHECK(b.dma(kBus + 0x1000, Access::Write).fault == arch::Fault::TceAccessFaultHit);
    CHECK(b.only(RuleId::StaleTce));
  }
  SECTION("bits that mean nothing to the access") {
    b.store(b.kTable + 24, b.kPage | arch::kTceRead);
    b.dma(kBus, Access::Read);
    CHECK(b.nothing());
  }
}

TEST_CASE("checker, stale TCE: a kill that covers the page is enough") {
  const Generation g = GENERATE(Generation::Phb3, Generation::Phb4);
  Warm b(g);
  const arch::GenerationFacts& f = b.phb.facts();
  b.unmap(3);
  SECTION("page") { b.kill(arch::encode_kill_one(b.kPe, kBus, 12, f)); }
  SECTION("PE") { b.kill(arch::encode_kill_pe(b.kPe)); }
  SECTION("all") { b.kill(arch::encode_kill_all()); }
  CHECK_FALSE(b.dma(kBus).ok());
  CHECK(b.nothing());
}

TEST_CASE("checker, stale TCE: a kill that does not cover the page is not") {
  Warm b;
  const arch::GenerationFacts& f = b.phb.facts();
  b.unmap(3);
  SECTION("another page") { b.kill(arch::encode_kill_one(b.kPe, kBus + 0x1000, 12, f)); }
  SECTION("another PE") { b.kill(arch::encode_kill_pe(b.kPe + 1)); }
  SECTION("another PE's page") { b.kill(arch::encode_kill_one(b.kPe + 1, kBus, 12, f)); }
  CHECK(b.dma(kBus).ok());
  CHECK(b.only(RuleId::StaleTce));
}

TEST_CASE("checker, stale TCE: once for a cause, anew after a kill") {
  Warm b;
  b.map(4, kOther);
  b.dma(kBus + 0x1000);
  b.unmap(3);
  b.unmap(4);
  b.dma(kBus);
  b.dma(kBus);
  b.dma(kBus + 0x1000);
  REQUIRE(b.only(RuleId::StaleTce));
  CHECK(b.found()[0].times == 3);
  b.kill(arch::encode_kill_pe(b.kPe));
  b.map(3, b.kPage);
  b.dma(kBus);
  b.unmap(3);
  b.dma(kBus);
  CHECK(b.found().size() == 2);
}

TEST_CASE("checker, stale TCE: a kill under way excuses those it covers") {
  Warm b;
  b.unmap(3);
  b.path.hold_kills = true;
  b.reg(arch::Reg::TceKill, arch::encode_kill_pe(b.kPe));
  CHECK(b.dma(kBus).ok());
  CHECK(b.nothing());
  b.path.finish_kills();
  b.reg(arch::Reg::QDmaR);
  CHECK_FALSE(b.dma(kBus).ok());
  CHECK(b.nothing());
}

TEST_CASE("checker, stale TCE: a kill under way for another PE does not") {
  Warm b;
  b.unmap(3);
  b.path.hold_kills = true;
  b.reg(arch::Reg::TceKill, arch::encode_kill_pe(b.kPe + 1));
  CHECK(b.dma(kBus).ok());
  CHECK(b.only(RuleId::StaleTce));
}

// The same by events, with time between selection and translation.
TEST_CASE("checker, stale TCE: what changes while a request is under way") {
  Warm b;
  arch::checker::PhbChecker& watch = *b.path.watch;
  arch::checker::DmaPart d;
  d.id = 1000;
  d.rid = b.kRid;
  d.pe = b.kPe;
  d.addr = kBus;
  d.length = 8;
  d.route = b.phb.route(b.kPe, kBus, 8, Access::Read);
  const arch::Tve tve = *d.route.tve;
  d.route.tve = &tve;
  SECTION("the table, after selection: the walk may have been before") {
    watch.dma_selected(d);
    b.unmap(3);
    d.real = b.kPage;
    watch.dma_translated(d);
    CHECK(b.nothing());
  }
  SECTION("the table, before selection") {
    b.unmap(3);
    watch.dma_selected(d);
    d.real = b.kPage;
    watch.dma_translated(d);
    CHECK(b.only(RuleId::StaleTce));
  }
  SECTION("the TVE") {
    b.unmap(3);
    watch.dma_selected(d);
    b.set_tve(b.kTve, 0);
    d.real = b.kPage;
    watch.dma_translated(d);
    for (const auto& v : b.found()) CHECK(v.rule == RuleId::TveInFlight);
  }
  SECTION("a kill begins and ends") {
    b.unmap(3);
    watch.dma_selected(d);
    b.kill(arch::encode_kill_one(b.kPe, kBus, 12, b.phb.facts()));
    d.real = b.kPage;
    watch.dma_translated(d);
    CHECK(b.nothing());
  }
  SECTION("a kill of another PE begins and ends") {
    b.unmap(3);
    watch.dma_selected(d);
    b.kill(arch::encode_kill_pe(b.kPe + 1));
    d.real = b.kPage;
    watch.dma_translated(d);
    CHECK(b.only(RuleId::StaleTce));
  }
  SECTION("a fetch error is no translation") {
    watch.dma_selected(d);
    d.fault = arch::Fault::TceFetchError;
    watch.dma_translated(d);
    CHECK(b.nothing());
  }
  SECTION("a reset") {
    b.unmap(3);
    watch.dma_selected(d);
    b.path.hold_reset(true);
    d.real = b.kPage;
    watch.dma_translated(d);
    CHECK(b.nothing());
  }
}

TEST_CASE("checker, stale TCE: tables of several levels") {
  CheckedPhb b;
  b.set_tve(b.kTve, b.tve_word(b.kTable, 3));
  const RealAddr middle = 0x31000000, leaf = 0x32000000;
  b.store(b.kTable, middle | 3);
  b.store(middle, leaf | 3);
  b.store(leaf + 24, b.kPage | 3);
  REQUIRE(b.dma(kBus).real == b.kPage);
  SECTION("the leaf") { b.store(leaf + 24, 0); }
  SECTION("a link") { b.store(middle, 0); }
  SECTION("the root") {
    b.memory.write_be64(0x33000000, leaf | 3);
    b.memory.write_be64(0x34000000 + 24, kOther | 3);
    b.memory.write_be64(0x33000000, 0x34000000 | 3);
    b.store(b.kTable, 0x33000000 | 3);
  }
  b.dma(kBus);
  CHECK(b.only(RuleId::StaleTce));
}

TEST_CASE("checker, stale TCE: a page kill of a large page") {
  CheckedPhb b;
  b.set_tve(b.kTve, b.tve_word(b.kTable, 1, 16));
  b.store(b.kTable + 8, 0x50010000 | 3);
  const BusAddr bus = 0x10000;
  REQUIRE(b.dma(bus + 0x5000).real == 0x50015000);
  b.store(b.kTable + 8, 0);
  b.path.hold_kills = true;
  SECTION("of its size") {
    b.reg(arch::Reg::TceKill, arch::encode_kill_one(b.kPe, bus, 16, b.phb.facts()));
    b.dma(bus + 0x5000);
    CHECK(b.nothing());
  }
  SECTION("of a small page in it: the entry goes, too") {
    b.reg(arch::Reg::TceKill, arch::encode_kill_one(b.kPe, bus + 0x3000, 12, b.phb.facts()));
    b.dma(bus + 0x5000);
    CHECK(b.nothing());
  }
  SECTION("of the next one") {
    b.reg(arch::Reg::TceKill, arch::encode_kill_one(b.kPe, bus + 0x10000, 16, b.phb.facts()));
    b.dma(bus + 0x5000);
    CHECK(b.only(RuleId::StaleTce));
  }
}

TEST_CASE("checker, stale TCE: both windows, and TVE#1 from 4 GiB on") {
  CheckedPhb b;
  SECTION("window 1") {
    b.set_tve(b.kTve + 1, b.tve_word());
    b.map(3, b.kPage);
    const BusAddr bus = kBus | 1ull << 59;
    REQUIRE(b.dma(bus).real == b.kPage);
    b.unmap(3);
    b.dma(bus);
    REQUIRE(b.only(RuleId::StaleTce));
    CHECK(b.fact("tve") == b.kTve + 1);
    b.kill(arch::encode_kill_one(b.kPe, kBus, 12, b.phb.facts()));  // window 0's page: another one
    b.dma(bus);
    CHECK(b.found().size() == 2);
  }
  SECTION("GTE4GB") {
    b.reg(arch::Reg::Ctrlr, arch::kCtrlrTve1Above4G);
    b.set_tve(b.kTve + 1, b.tve_word(b.kTable, 2, 12, 64 * kKiB));
    const BusAddr bus = 4 * kGiB + kBus;
    const RealAddr leaf = 0x32000000;
    b.store(b.kTable + 8 * (bus >> 25), leaf | 3);
    b.store(leaf + 24, b.kPage | 3);
    REQUIRE(b.dma(bus).real == b.kPage);
    b.store(leaf + 24, 0);
    b.dma(bus);
    CHECK(b.only(RuleId::StaleTce));
    CHECK(b.fact("tve") == b.kTve + 1);
  }
  SECTION("bypass has no TCE") {
    b.set_tve(b.kTve + 1, arch::encode_bypass(1ull << 59, 1ull << 40, b.phb.facts()));
    b.dma(0x50000000 | 1ull << 59, Access::Write);
    CHECK(b.nothing());
  }
}

TEST_CASE("checker, stale TCE: a new TVE is a new cause") {
  Warm b;
  b.unmap(3);
  b.dma(kBus);
  b.set_tve(b.kTve, b.tve_word(b.kTable, 1, 12, 8192));
  b.dma(kBus);
  CHECK(b.found().size() == 2);
}

TEST_CASE("checker: a rule that is off says nothing") {
  Warm b;
  b.checker.enable(RuleId::StaleTce, false);
  b.unmap(3);
  b.dma(kBus);
  CHECK(b.nothing());
}
