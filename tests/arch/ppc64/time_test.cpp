// SPDX-License-Identifier: Apache-2.0
/// Time registers, decrementers, idle states.
#include "tests/arch/ppc64/rig.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr std::uint64_t kHvReal = msr::kSf | msr::kHv | msr::kMe;

}  // namespace

TEST_CASE("the decrementer counts with the time base and interrupts while its sign is set") {
  Rig rig;
  rig.code({word("mtspr", {22, 5}), word("mfspr", {6, 22}), word("addi", {3, 3, 1}), word("addi", {3, 3, 1})});
  rig.r(5) = 100;
  CHECK(rig.run(10).reason == StopReason::Yield);
  CHECK(rig.core.next_timer_event() == 1101);
  rig.bus.time = 1040;
  rig.run(1);
  CHECK(rig.r(6) == 60);
  rig.core.set_msr(kHvReal | msr::kEe);
  rig.bus.time = 1100;
  rig.run(1);
  CHECK(rig.r(3) == 1);
  rig.bus.time = 1101;
  rig.run(1);
  CHECK(rig.r(3) == 1);
  CHECK(rig.s.nip == 0x900);
  CHECK(rig.spr(spr::kSrr0) == 0x200c);
  CHECK(rig.core.read_spr(spr::kDec) == 0xffff'ffff);
  rig.core.write_spr(spr::kDec, 7);
  CHECK(rig.core.next_timer_event() == 1109);
}

TEST_CASE("large decrementer; hypervisor decrementer behind HDICE") {
  Rig rig;
  rig.core.write_spr(spr::kLpcr, lpcr::kLd);
  rig.core.write_spr(spr::kDec, 1ull << 40);
  CHECK(rig.spr(spr::kDec) == 1ull << 40);
  rig.core.write_spr(spr::kDec, ~0ull);
  CHECK(rig.spr(spr::kDec) == ~0ull);
  rig.core.write_spr(spr::kDec, 1ull << 40);
  rig.core.write_spr(spr::kHdec, 50);
  rig.core.set_msr(kHvReal | msr::kEe);
  rig.bus.time += 51;
  rig.code({word("addi", {3, 3, 1}), word("addi", {3, 3, 1})});
  rig.run(1);
  CHECK(rig.r(3) == 1);
  rig.core.write_spr(spr::kLpcr, lpcr::kLd | lpcr::kHdice);
  rig.run(1);
  CHECK(rig.s.nip == 0x980);
  CHECK(rig.spr(spr::kHsrr0) == 0x2004);
}

TEST_CASE("time base: read by mftb and mfspr, written by halves and by its upper 40 bits") {
  Rig rig;
  rig.bus.time = 0x1'2345'6789;
  rig.one(word("mftb", {3, 268}));
  CHECK(rig.r(3) == 0x1'2345'6789);
  rig.one(word("mftb", {3, 269}));
  CHECK(rig.r(3) == 1);
  rig.r(4) = 0xff;
  rig.one(word("mtspr", {spr::kTbuWrite, 4}));
  CHECK(rig.spr(spr::kTb) == 0xff'2345'6789);
  rig.one(word("mtspr", {spr::kTblWrite, 4}));
  CHECK(rig.spr(spr::kTb) == 0xff'0000'00ff);
  rig.r(4) = 0x1234'5678'9abc'def0;
  rig.one(word("mtspr", {spr::kTbu40, 4}));
  CHECK(rig.spr(spr::kTb) == 0x1234'5678'9a00'00ff);
  rig.bus.time += 5;
  CHECK(rig.spr(spr::kTb) == 0x1234'5678'9a00'0104);
  rig.core.write_spr(spr::kPurr, 100);
  rig.bus.time += 7;
  CHECK(rig.spr(spr::kPurr) == 107);
}

TEST_CASE("idle states end by what LPCR enables, in a system reset that says why") {
  for (const char* name : {"nap", "doze", "sleep", "rvwinkle"}) {
    Rig rig;
    rig.core.write_spr(spr::kLpcr, lpcr::kPeceExternal);
    rig.code({word(name)});
    CHECK(rig.run(10).reason == StopReason::Idle);
    CHECK(rig.core.idle());
    CHECK(rig.run(10).executed == 0);
    rig.core.set_line(Line::External, true);
    rig.run(1);
    CHECK_FALSE(rig.core.idle());
    CHECK(rig.s.nip == 0x100);
    CHECK(rig.spr(spr::kSrr0) == 0x2004);
    CHECK((rig.spr(spr::kSrr1) & ppc_mask(42, 47)) == 0x21'0000);
  }
  Rig timer;
  timer.core.write_spr(spr::kLpcr, lpcr::kPeceDecrementer);
  timer.core.write_spr(spr::kDec, 10);
  timer.code({word("nap")});
  timer.core.set_line(Line::External, true);
  CHECK(timer.run(10).reason == StopReason::Idle);
  timer.bus.time = timer.core.next_timer_event();
  timer.run(1);
  CHECK((timer.spr(spr::kSrr1) & ppc_mask(42, 47)) == 0x19'0000);
}

TEST_CASE("stop without ESL and EC, and wait, go on behind themselves") {
  Rig rig;
  rig.code({word("stop"), word("addi", {3, 3, 1}), word("wait", {0}), word("addi", {3, 3, 1}), word("wait", {1})});
  CHECK(rig.run(9).reason == StopReason::Idle);
  rig.core.set_line(Line::External, true);
  rig.run(1);
  CHECK(rig.r(3) == 1);
  rig.core.set_line(Line::External, false);
  CHECK(rig.run(9).reason == StopReason::Idle);
  rig.core.set_line(Line::External, true);
  rig.run(2);
  CHECK(rig.r(3) == 2);
  CHECK_FALSE(rig.core.idle());

  Rig deep;
  deep.core.write_spr(spr::kPsscr, ppc_bit(42) | ppc_bit(43));
  deep.core.write_spr(spr::kLpcr, lpcr::kPeceHvee);
  deep.code({word("stop")});
  deep.run(1);
  deep.core.set_line(Line::HypervisorVirtualization, true);
  deep.run(1);
  CHECK(deep.s.nip == 0x100);
}

}  // namespace phbsim::arch::ppc64
