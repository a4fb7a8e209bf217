// SPDX-License-Identifier: Apache-2.0
#include "tests/arch/checker/checked_phb.hpp"

using namespace phbsim;
using arch::Generation;
using arch::Reg;
using arch::checker::RuleId;
using test::CheckedPhb;

namespace {

constexpr std::uint64_t kKill = arch::encode_kill_pe(CheckedPhb::kPe);

struct Killing : CheckedPhb {
  explicit Killing(Generation g = Generation::Phb4) : CheckedPhb(g) {
    set_tve(kTve, tve_word());
    path.hold_kills = true;
    reg(Reg::TceKill);
    reg(Reg::TceKill, kKill);
    REQUIRE(nothing());
  }
};

}  // namespace

TEST_CASE("checker, kill not waited for: software goes on") {
  const Generation g = GENERATE(Generation::Phb4, Generation::Phb5);
  Killing b(g);
  SECTION("with a register") { b.reg(Reg::PhbConfig, 0); }
  SECTION("with a TVE") { b.set_tve(b.kTve, 0); }
  SECTION("with a TCE") { b.map(7, b.kPage); }
  SECTION("with the end") { b.checker.run_ended(); }
  SECTION("with the next kill, its place not looked for") { b.reg(Reg::TceKill, kKill); }
  SECTION("with the next kill, the place full") {
    b.phb.set_reg(Reg::TceKill, kKill);
    b.reg(Reg::TceKill);
    b.reg(Reg::TceKill, kKill);
  }
  SECTION("after a look that showed it pending") {
    CHECK((b.reg(Reg::QDmaR) & arch::kQDmaKillPending) != 0);
    b.reg(Reg::PhbConfig, 0);
  }
  SECTION("after a look at the wrong register") {
    b.reg(Reg::DmaSync);
    b.reg(Reg::PhbConfig, 0);
  }
  CHECK(b.only(RuleId::KillNotWaited));
  CHECK(b.found()[0].pe == b.kPe);
  CHECK(b.fact("kill") == kKill);
}

TEST_CASE("checker, kill not waited for: what may be done before") {
  Killing b;
  SECTION("the next kill, its place seen to be free") {
    b.reg(Reg::TceKill);
    b.reg(Reg::TceKill, kKill);
  }
  SECTION("DMA sync, reading tables") {
    b.reg(Reg::DmaSync, arch::kSyncReadStart);
    b.reg(Reg::IodaAddr, 0x0014000000000000ull);
    b.reg(Reg::IodaData);
  }
  SECTION("stores elsewhere") { b.store(b.kPage, 1); }
  SECTION("a store to the RTT") { b.set_rte(0x200, 1); }
  SECTION("a word without a command") { b.reg(Reg::TceKill, 5); }
  CHECK(b.nothing());
  b.path.finish_kills();
  CHECK((b.reg(Reg::QDmaR) & arch::kQDmaKillPending) == 0);
  b.reg(Reg::PhbConfig, 0);
  b.map(7, b.kPage);
  b.checker.run_ended();
  CHECK(b.nothing());
}

TEST_CASE("checker, kill not waited for: each kill once") {
  Killing b;
  b.reg(Reg::PhbConfig, 0);
  b.reg(Reg::PhbConfig, 0);
  REQUIRE(b.only(RuleId::KillNotWaited));
  b.reg(Reg::TceKill, kKill);
  CHECK(b.found().size() == 1);
  b.reg(Reg::PhbConfig, 0);
  CHECK(b.found().size() == 2);
}

TEST_CASE("checker, kill not waited for: a fence and a reset end the wait") {
  Killing b;
  SECTION("fence") {
    b.phb.fence();
    CHECK(b.reg(Reg::QDmaR) == ~0ull);
    b.path.write(arch::offset_of(Reg::LemFir), 8, 0, arch::Path::Scom);
  }
  SECTION("reset") {
    b.path.hold_reset(true);
    b.path.hold_reset(false);
    b.reg(Reg::PhbConfig, 0);
  }
  CHECK(b.nothing());
}

TEST_CASE("checker, kill not waited for: PHB3 has nothing to wait for") {
  CheckedPhb b(Generation::Phb3);
  b.reg(Reg::TceKill, kKill);
  b.reg(Reg::TceKill, kKill);
  b.reg(Reg::PhbConfig, 0);
  b.checker.run_ended();
  CHECK(b.nothing());
}
