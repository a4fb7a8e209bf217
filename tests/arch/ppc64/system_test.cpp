// SPDX-License-Identifier: Apache-2.0
/// Interrupts, privilege, MSR, special purpose registers (Power ISA 3.0 Book III).
#include "tests/arch/ppc64/rig.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr std::uint64_t kHvReal = msr::kSf | msr::kHv | msr::kMe;
constexpr std::uint64_t kUser = kHvReal | msr::kPr | msr::kEe | msr::kIr | msr::kDr;

CoreOptions identity() {
  CoreOptions options;
  options.translation = Translation::Identity;
  return options;
}

}  // namespace

TEST_CASE("trap, privileged and illegal give a program interrupt with their bit in SRR1") {
  Rig rig(identity());
  rig.r(4) = 5;
  rig.code({word("twi", {4, 4, 5})});
  rig.run();
  CHECK(rig.s.nip == 0x700);
  CHECK(rig.spr(spr::kSrr0) == 0x2000);
  CHECK(rig.spr(spr::kSrr1) == (kHvReal | program::kTrap));
  CHECK(rig.s.msr == kHvReal);

  rig.core.set_msr(kUser);
  rig.one(word("mfmsr", {3}));
  CHECK(rig.s.nip == 0x700);
  CHECK(rig.spr(spr::kSrr1) == (kUser | program::kPrivileged));
  CHECK(rig.s.msr == kHvReal);

  CoreOptions options = identity();
  options.on_illegal = OnIllegal::Program;
  Rig illegal(options);
  illegal.one(0x0000'0000);
  CHECK(illegal.s.nip == 0x700);
  CHECK(illegal.spr(spr::kSrr1) == (kHvReal | program::kIllegal));
}

TEST_CASE("every privileged row refuses problem state, every hypervisor row also supervisor state") {
  unsigned rows = 0;
  for (const Instruction& row : kTable) {
    if (row.privilege == Privilege::User) continue;
    ++rows;
    INFO(row.mnemonic);
    Rig rig(identity());
    rig.r(4) = rig.r(5) = 0x3000;
    const std::uint32_t w = row.code.match;
    rig.core.set_msr(kUser);
    rig.one(w);
    CHECK(rig.s.nip == 0x700);
    CHECK((rig.spr(spr::kSrr1) & program::kPrivileged) != 0);
    rig.core.set_msr(msr::kSf | msr::kMe);
    rig.one(w);
    CHECK((rig.s.nip == 0x700) == (row.privilege == Privilege::Hypervisor));
    rig.core.set_msr(kHvReal);
    rig.core.write_spr(spr::kSrr0, 0x4000);
    rig.core.write_spr(spr::kHsrr0, 0x4000);
    rig.core.write_spr(spr::kSrr1, kHvReal);
    rig.core.write_spr(spr::kHsrr1, kHvReal);
    rig.one(w);
    CHECK(rig.s.nip != 0x700);
  }
  CHECK(rows >= 30);
}

TEST_CASE("an unknown word stops and is named; or becomes an emulation assistance interrupt") {
  Rig rig;
  rig.code({word("addi", {3, 0, 1}), 0x7c00048c});
  const Stop stop = rig.run(10);
  CHECK(stop.reason == StopReason::Unknown);
  CHECK(stop.pc == 0x2004);
  CHECK(stop.word == 0x7c00048c);
  CHECK(stop.executed == 1);
  CHECK(rig.s.nip == 0x2004);
  CHECK(to_text(stop) == "unknown instruction 0x7c00048c (.long 0x7c00048c) at pc 0x2004");
  CHECK(rig.run(10).executed == 0);

  CoreOptions options;
  options.on_illegal = OnIllegal::Emulation;
  Rig assisted(options);
  assisted.s.msr |= msr::kRi;
  assisted.core.set_msr(assisted.s.msr);
  CHECK(assisted.one(0x7c00048c).executed == 1);
  CHECK(assisted.s.nip == 0xe40);
  CHECK(assisted.spr(spr::kHsrr0) == 0x2000);
  CHECK(assisted.spr(spr::kHeir) == 0x7c00048c);
  CHECK((assisted.s.msr & msr::kRi) != 0);  // HSRR interrupts leave RI
}

TEST_CASE("floating point, vectors, VSX: unavailable, or a stop where enabled") {
  const struct {
    std::uint32_t word;
    std::uint64_t bit, vector;
  } rows[] = {{0xc8230000, msr::kFp, 0x800}, {0x10221880, msr::kVec, 0xf20}, {0x7c232698, msr::kVsx, 0xf40}};
  for (const auto& row : rows) {
    Rig rig;
    rig.one(row.word);
    CHECK(rig.s.nip == row.vector);
    CHECK(rig.spr(spr::kSrr0) == 0x2000);
    rig.core.set_msr(kHvReal | row.bit);
    CHECK(rig.one(row.word).reason == StopReason::Unknown);
  }
}

TEST_CASE("system calls: served by the bus, or vector 0xC00; LEV 1 goes to the hypervisor") {
  Rig rig;
  rig.bus.serve_calls = true;
  rig.one(word("sc", {1}));
  CHECK(rig.bus.last_call == 1);
  CHECK(rig.r(3) == 1);
  CHECK(rig.s.nip == 0x2004);

  rig.bus.serve_calls = false;
  rig.one(word("sc", {0}));
  CHECK(rig.bus.last_call == 0);
  CHECK(rig.s.nip == 0xc00);
  CHECK(rig.spr(spr::kSrr0) == 0x2004);

  Rig guest(identity());
  guest.core.set_msr(msr::kSf | msr::kMe | msr::kIr | msr::kDr);
  guest.one(word("sc", {0}));
  CHECK((guest.s.msr & msr::kHv) == 0);
  guest.core.set_msr(msr::kSf | msr::kMe | msr::kIr | msr::kDr);
  guest.one(word("sc", {1}));
  CHECK(guest.s.nip == 0xc00);
  CHECK((guest.s.msr & msr::kHv) != 0);
}

TEST_CASE("rfid and hrfid restore MSR; only the hypervisor changes ME and keeps HV; PR implies EE, IR, DR") {
  Rig rig(identity());
  rig.core.write_spr(spr::kSrr0, 0x3000);
  rig.core.write_spr(spr::kSrr1, msr::kSf | msr::kPr | msr::kLe);
  rig.one(word("rfid"));
  CHECK(rig.s.nip == 0x3000);
  CHECK(rig.s.msr == (msr::kSf | msr::kPr | msr::kLe | msr::kEe | msr::kIr | msr::kDr));

  rig.core.set_msr(msr::kSf | msr::kMe);
  rig.core.write_spr(spr::kSrr1, msr::kSf | msr::kHv);
  rig.one(word("rfid"));
  CHECK(rig.s.msr == (msr::kSf | msr::kMe));

  rig.core.set_msr(kHvReal);
  rig.core.write_spr(spr::kHsrr0, 0x3004);
  rig.core.write_spr(spr::kHsrr1, msr::kHv | msr::kRi);
  rig.one(word("hrfid"));
  CHECK(rig.s.nip == 0x3004);
  CHECK(rig.s.msr == (msr::kHv | msr::kRi));
}

TEST_CASE("mtmsrd leaves HV, ME and LE; with L = 1 it writes EE and RI only; mtmsr the low word") {
  Rig rig;
  rig.r(5) = msr::kLe | msr::kFp | msr::kRi;
  rig.one(word("mtmsrd", {5, 0}));
  CHECK(rig.s.msr == (msr::kHv | msr::kMe | msr::kFp | msr::kRi));
  rig.core.set_msr(kHvReal | msr::kFp);
  rig.r(5) = msr::kRi | msr::kEe | msr::kVec;
  rig.one(word("mtmsrd", {5, 1}));
  CHECK(rig.s.msr == (kHvReal | msr::kFp | msr::kRi | msr::kEe));
  rig.core.set_msr(kHvReal | msr::kFp);
  rig.r(5) = msr::kVec;
  rig.one(word("mtmsr", {5, 0}));
  CHECK(rig.s.msr == (kHvReal | msr::kVec));
  rig.one(word("mfmsr", {6}));
  CHECK(rig.r(6) == (kHvReal | msr::kVec));
}

TEST_CASE("byte order of interrupts: HILE for the hypervisor, LPCR[ILE] below") {
  Rig rig(identity());
  rig.core.write_spr(spr::kHid0, ppc_bit(4));
  rig.one(word("tw", {31, 0, 0}));
  CHECK((rig.s.msr & msr::kLe) != 0);
  rig.core.set_msr(msr::kSf | msr::kMe);
  rig.one(word("tw", {31, 0, 0}));
  CHECK((rig.s.msr & msr::kLe) == 0);
  rig.core.write_spr(spr::kLpcr, lpcr::kIle);
  rig.core.set_msr(msr::kSf | msr::kMe);
  rig.one(word("tw", {31, 0, 0}));
  CHECK((rig.s.msr & msr::kLe) != 0);

  CoreOptions power8;
  power8.pvr = 0x004d'0200;
  Rig old(power8);
  old.core.write_spr(spr::kHid0, ppc_bit(4));
  old.one(word("tw", {31, 0, 0}));
  CHECK((old.s.msr & msr::kLe) == 0);
  old.core.write_spr(spr::kHid0, ppc_bit(19));
  old.one(word("tw", {31, 0, 0}));
  CHECK((old.s.msr & msr::kLe) != 0);
}

TEST_CASE("external interrupts: EE in the hypervisor, HSRR unless LPES") {
  Rig rig;
  rig.code({word("ori", {0, 0, 0}), word("mtmsrd", {5, 1}), word("addi", {3, 3, 1})});
  rig.core.set_line(Line::External, true);
  rig.r(5) = msr::kEe;
  CHECK(rig.run(1).pc == 0x2004);
  // The interrupt comes before the instruction behind mtmsrd.
  rig.run(2);
  CHECK(rig.s.nip == 0x500);
  CHECK(rig.r(3) == 0);
  CHECK(rig.spr(spr::kHsrr0) == 0x2008);
  CHECK(rig.spr(spr::kHsrr1) == (kHvReal | msr::kEe));
  CHECK((rig.s.msr & msr::kEe) == 0);

  Rig direct;
  direct.core.write_spr(spr::kLpcr, lpcr::kLpes0);
  direct.core.set_line(Line::External, true);
  direct.core.set_msr(kHvReal | msr::kEe);
  direct.code({word("addi", {3, 3, 1})});
  direct.run(1);
  CHECK(direct.spr(spr::kSrr0) == 0x2000);
  CHECK(direct.core.line(Line::External));

  // A guest is interrupted for the hypervisor even with EE = 0; HEIC keeps it from the hypervisor itself.
  Rig guest(identity());
  guest.core.set_line(Line::External, true);
  guest.core.set_msr(msr::kSf | msr::kMe);
  guest.run(1);
  CHECK((guest.s.msr & msr::kHv) != 0);
  CHECK(guest.spr(spr::kHsrr0) == 0x2000);
  Rig masked;
  masked.core.write_spr(spr::kLpcr, lpcr::kHeic);
  masked.core.set_line(Line::External, true);
  masked.core.set_msr(kHvReal | msr::kEe);
  masked.code({word("addi", {3, 3, 1})});
  masked.run(1);
  CHECK(masked.r(3) == 1);
}

TEST_CASE("a line raised by a store of the guest is seen by the next instruction") {
  Rig rig;
  rig.core.set_msr(kHvReal | msr::kEe);
  rig.bus.raise_line = &rig.core;
  rig.r(4) = kDevice;
  rig.code({word("stw", {3, 0, 4}), word("addi", {3, 3, 1}), word("addi", {3, 3, 1})});
  rig.run(2);
  CHECK(rig.r(3) == 0);
  CHECK(rig.spr(spr::kHsrr0) == 0x2004);
}

TEST_CASE("hypervisor virtualization, maintenance and doorbells") {
  Rig rig;
  rig.core.set_line(Line::HypervisorVirtualization, true);
  rig.core.set_msr(kHvReal | msr::kEe);
  rig.code({word("addi", {3, 3, 1}), word("addi", {3, 3, 1}), word("addi", {3, 3, 1})});
  rig.run(1);
  CHECK(rig.s.nip == 0x2004);
  rig.core.write_spr(spr::kLpcr, lpcr::kHvice);
  rig.run(1);
  CHECK(rig.s.nip == 0xea0);

  Rig hmi;
  hmi.core.set_msr(kHvReal | msr::kEe);
  hmi.s.spr[spr::kHmer] = 3;
  hmi.core.write_spr(spr::kHmeer, 2);
  hmi.run(1);
  CHECK(hmi.s.nip == 0xe60);
  hmi.core.write_spr(spr::kHmer, ~2ull);
  CHECK(hmi.spr(spr::kHmer) == 1);

  Rig bell;
  bell.core.set_msr(kHvReal | msr::kEe);
  bell.core.ring(true);
  bell.run(1);
  CHECK(bell.s.nip == 0xe80);
  bell.core.ring(false);
  bell.core.set_msr(kHvReal | msr::kEe);
  bell.run(1);
  CHECK(bell.s.nip == 0xa00);
  bell.one(word("msgsnd", {6}));
  CHECK(bell.bus.messages == std::vector<std::uint64_t>{0});
}

TEST_CASE("registers: identity, masks, aliases, levels") {
  CoreOptions options = identity();
  options.pir = 0x45;
  options.tir = 1;
  Rig rig(options);
  CHECK(rig.spr(spr::kPvr) == 0x004e'1202);
  CHECK(rig.spr(spr::kPir) == 0x45);
  CHECK(rig.spr(spr::kTir) == 1);
  rig.r(4) = ~0ull;
  rig.one(word("mtspr", {spr::kDsisr, 4}));
  CHECK(rig.spr(spr::kDsisr) == 0xffff'ffff);
  rig.one(word("mtspr", {spr::kDscr, 4}));
  rig.one(word("mfspr", {5, spr::kDscrUser}));
  CHECK(rig.r(5) == 0x1ff'ffff);
  rig.one(word("mtspr", {1, 4}));
  CHECK(rig.spr(spr::kXer) == Xer::kDefined);
  rig.one(word("mtspr", {spr::kPpr32, 4}));
  CHECK(rig.spr(spr::kPpr) == ppc_mask(11, 13));
  rig.core.write_spr(spr::kSprg3, 77);
  rig.core.set_msr(kUser);
  rig.one(word("mfspr", {5, spr::kSprg3User}));
  CHECK(rig.r(5) == 77);
  rig.one(word("mfspr", {5, spr::kSprg3}));
  CHECK(rig.s.nip == 0x700);
  rig.core.set_msr(msr::kSf | msr::kMe);
  rig.one(word("mtspr", {spr::kHsprg0, 4}));
  CHECK(rig.s.nip == 0x700);
  CHECK(rig.spr(spr::kHsprg0) == 0);
  // Not a register: named, or ignored as hardware does.
  rig.core.set_msr(kHvReal);
  CHECK(rig.one(word("mfspr", {5, 1000})).reason == StopReason::Unknown);
  CHECK(rig.one(word("mtspr", {spr::kPvr, 5})).reason == StopReason::Unknown);
  CHECK(rig.one(word("mtspr", {808, 5})).reason == StopReason::Count);
  options.on_illegal = OnIllegal::Emulation;
  Rig hardware(options);
  hardware.r(5) = 9;
  hardware.one(word("mfspr", {5, 1000}));
  CHECK(hardware.s.nip == 0x2004);
  CHECK(hardware.r(5) == 9);
  hardware.one(word("mfspr", {5, 0}));
  CHECK(hardware.s.nip == 0xe40);
}

TEST_CASE("CFAR holds the last branch that was taken") {
  Rig rig;
  rig.code({word("b", {8}), 0, word("bc", {12, 0, 8}), word("mfspr", {3, spr::kCfar})});
  rig.run(3);
  CHECK(rig.r(3) == 0x2000);
  rig.r(4) = 0x5000;
  rig.code({word("mtspr", {spr::kCtr, 4}), word("bcctr", {20, 0})}, 0x2010);
  rig.code({word("mfspr", {3, spr::kCfar})}, 0x5000);
  rig.run(3);
  CHECK(rig.r(3) == 0x2014);
}

TEST_CASE("system reset, and reset of the whole thread") {
  Rig rig;
  rig.s.nip = 0x2340;
  rig.core.system_reset();
  rig.run(1);
  CHECK(rig.spr(spr::kSrr0) == 0x2340);
  CHECK(rig.s.nip == 0x100);
  rig.r(3) = 4;
  rig.core.reset();
  CHECK(rig.r(3) == 0);
  CHECK(rig.s.nip == 0x100);
  CHECK(rig.s.msr == kHvReal);
  CHECK(rig.spr(spr::kRpr) == 0x0000'0103'070f'1f3f);
}

TEST_CASE("trace: SE behind every instruction, BE behind branches, not behind rfid") {
  Rig rig;
  rig.core.set_msr(kHvReal | msr::kSe);
  rig.code({word("addi", {3, 3, 1}), word("addi", {3, 3, 1})});
  rig.run(1);
  CHECK(rig.r(3) == 1);
  CHECK(rig.s.nip == 0xd00);
  CHECK(rig.spr(spr::kSrr0) == 0x2004);
  rig.core.set_msr(kHvReal | msr::kBe);
  rig.s.nip = 0x2000;
  rig.code({word("b", {0x100})}, 0x2008);
  rig.run(3);
  CHECK(rig.r(3) == 3);
  CHECK(rig.spr(spr::kSrr0) == 0x2108);
  rig.core.set_msr(kHvReal | msr::kSe);
  rig.core.write_spr(spr::kSrr0, 0x3000);
  rig.core.write_spr(spr::kSrr1, kHvReal | msr::kSe);
  rig.one(word("rfid"));
  CHECK(rig.s.nip == 0x3000);
}

TEST_CASE("attn stops, unless the bus serves it") {
  Rig rig;
  rig.code({0x0000'0200, word("addi", {3, 3, 1})});
  const Stop stop = rig.run(9);
  CHECK(stop.reason == StopReason::Attention);
  CHECK(stop.pc == 0x2000);
  rig.bus.serve_attention = true;
  rig.run(2);
  CHECK(rig.r(3) == 1);
}

TEST_CASE("translation stops the core and is named") {
  Rig rig;
  rig.core.set_msr(kHvReal | msr::kDr);
  rig.r(4) = 0x3000;
  rig.code({word("addi", {3, 0, 1}), word("lwz", {3, 8, 4})});
  const Stop stop = rig.run(9);
  CHECK(stop.reason == StopReason::Translation);
  CHECK(stop.pc == 0x2004);
  CHECK(stop.address == 0x3008);
  CHECK(to_text(stop).find("translation is not modelled") != std::string::npos);
  rig.core.set_msr(kHvReal | msr::kIr);
  CHECK(rig.run(9).reason == StopReason::Translation);
  rig.core.set_msr(msr::kSf | msr::kMe);
  CHECK(rig.run(9).reason == StopReason::Translation);
}

}  // namespace phbsim::arch::ppc64
