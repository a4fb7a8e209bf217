// SPDX-License-Identifier: Apache-2.0
/// Byte order, devices, errors, reservations, self-modifying code, exact counts.
#include "tests/arch/ppc64/rig.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr std::uint64_t kHvReal = msr::kSf | msr::kHv | msr::kMe;
using Bytes = std::vector<unsigned char>;

}  // namespace

TEST_CASE("a device sees each access once, whole, in memory order") {
  Rig rig;
  rig.r(4) = kDevice;
  rig.r(3) = 0x0102030405060708;
  for (const std::uint64_t state : {kHvReal, kHvReal | msr::kLe}) {
    rig.core.set_msr(state);
    rig.bus.log.clear();
    const bool little = (state & msr::kLe) != 0;
    rig.one(word("std", {3, 0, 4}));
    rig.one(word("stwcix", {3, 0, 4}));
    rig.one(word("ldbrx", {6, 0, 4}));
    rig.one(word("lhzcix", {7, 0, 4}));
    REQUIRE(rig.bus.log.size() == 4);
    CHECK(rig.bus.log[0].store);
    CHECK(rig.bus.log[0].count == 8);
    CHECK(rig.bus.log[0].access == Access::Data);
    CHECK(rig.bus.log[0].bytes == (little ? Bytes{8, 7, 6, 5, 4, 3, 2, 1} : Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
    CHECK(rig.bus.log[1].access == Access::CacheInhibited);
    CHECK(rig.bus.log[1].bytes == (little ? Bytes{8, 7, 6, 5} : Bytes{5, 6, 7, 8}));
    CHECK(rig.bus.log[2].count == 8);
    CHECK(rig.r(6) == (little ? 0x0807060504030201 : 0x0807060508070605));
    CHECK(rig.bus.log[3].count == 2);
    CHECK(rig.r(7) == (little ? 0x0708 : 0x0506));
  }
  // Whole even across pages: the bus is asked, not memory.
  rig.core.set_msr(kHvReal);
  rig.bus.log.clear();
  rig.r(4) = kDevice + 0xffc;
  rig.one(word("ld", {6, 0, 4}));
  CHECK(rig.s.nip == 0x200);
}

TEST_CASE("lq and stq are one access, the high half first in either order") {
  Rig rig;
  rig.r(4) = kDevice;
  rig.r(6) = 0x1111111122222222;
  rig.r(7) = 0x3333333344444444;
  rig.one(word("stq", {6, 0, 4}));
  REQUIRE(rig.bus.log.size() == 1);
  CHECK(rig.bus.log[0].bytes ==
        Bytes{0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x33, 0x33, 0x33, 0x33, 0x44, 0x44, 0x44, 0x44});
  rig.core.set_msr(kHvReal | msr::kLe);
  rig.one(word("lq", {8, 0, 4}));
  CHECK(rig.r(8) == 0x4444444433333333);
  CHECK(rig.r(9) == 0x2222222211111111);
  CHECK(rig.bus.log.size() == 2);
}

TEST_CASE("nobody answers: machine check, DAR says where; checkstop with ME = 0; fetch as well") {
  Rig rig;
  rig.r(4) = kDevice + 0x1000;
  rig.r(3) = 7;
  rig.one(word("lwz", {3, 16, 4}));
  CHECK(rig.s.nip == 0x200);
  CHECK(rig.r(3) == 7);
  CHECK(rig.spr(spr::kSrr0) == 0x2000);
  CHECK((rig.spr(spr::kSrr1) & ppc_bit(42)) != 0);
  CHECK(rig.spr(spr::kDar) == kDevice + 0x1010);
  CHECK((rig.s.msr & msr::kMe) == 0);
  const Stop stop = rig.one(word("stwu", {3, 16, 4}));
  CHECK(stop.reason == StopReason::Checkstop);
  CHECK(stop.address == kDevice + 0x1010);
  CHECK(rig.r(4) == kDevice + 0x1000);
  CHECK(stop.pc == 0x2000);

  Rig fetch;
  fetch.s.nip = 0x1234'0000'0000;
  fetch.run(1);
  CHECK(fetch.s.nip == 0x200);
  CHECK(fetch.spr(spr::kSrr0) == 0x1234'0000'0000);
}

TEST_CASE("real mode: the upper four bits are ignored, HRMOR is added below bit 0; 32-bit mode wraps") {
  Rig rig;
  store_be32(rig.bus.ram.data() + 0x3000, 0x12345678);
  rig.r(4) = 0x8000'0000'0000'3000;
  rig.one(word("lwz", {3, 0, 4}));
  CHECK(rig.r(3) == 0x12345678);
  rig.s.nip = 0x9000'0000'0000'2000;
  rig.code({word("addpcis", {5, 0})});
  rig.core.invalidate_decoded(0x2000, 4);
  rig.run(1);
  CHECK(rig.r(5) == 0x9000'0000'0000'2004);

  store_be32(rig.bus.ram.data() + 0x1'3000, 0xabcd);
  rig.code({word("lwz", {3, 0, 4})}, 0x1'2000);
  rig.core.write_spr(spr::kHrmor, 0x1'0000);
  rig.r(4) = 0x3000;
  rig.s.nip = 0x2000;
  rig.run(1);
  CHECK(rig.r(3) == 0xabcd);
  rig.core.write_spr(spr::kHrmor, 0);

  rig.core.set_msr(msr::kHv | msr::kMe);
  rig.r(4) = 0xdead'beef'0000'3004;
  rig.one(word("lwzu", {3, -4, 4}));
  CHECK(rig.r(3) == 0x12345678);
  CHECK(rig.r(4) == 0xdead'beef'0000'3000);
}

TEST_CASE("32-bit mode: CR0, carry, overflow, CTR and link are of the low word") {
  Rig rig;
  rig.core.set_msr(msr::kHv | msr::kMe);
  rig.r(4) = 0x1'0000'0000;
  rig.r(5) = 0;
  rig.one(word("add", {3, 4, 5}, kRcBit));
  CHECK(rig.s.cr_field(0) == cr::kEq);
  rig.r(4) = 0x0'ffff'ffff;
  rig.r(5) = 1;
  rig.one(word("addc", {3, 4, 5}));
  CHECK(rig.s.xer.ca == 1);
  rig.r(4) = 0x7fff'ffff;
  rig.one(word("add", {3, 4, 5}, kOeBit));
  CHECK(rig.s.xer.ov == 1);
  CHECK(rig.s.xer.so == 1);
  rig.s.ctr = 0x5'0000'0001;
  rig.one(word("bc", {16, 0, 0x100}));
  CHECK(rig.s.nip == 0x2004);
  CHECK(rig.s.ctr == 0x5'0000'0000);
  rig.s.ctr = 0xffff'ffff'0000'3001;
  rig.one(word("bcctr", {20, 0}, kLkBit));
  CHECK(rig.s.nip == 0x3000);
  CHECK(rig.s.lr == 0x2004);
}

TEST_CASE("alignment interrupts: reservations, quadwords, cache-inhibited, multiple and string in little-endian") {
  Rig rig;
  rig.r(4) = 0x3001;
  for (const char* name : {"lharx", "lwarx", "ldarx", "lqarx", "sthcx.", "stwcx.", "stdcx.", "stqcx.", "lhzcix",
                           "lwzcix", "ldcix", "sthcix", "stwcix", "stdcix"}) {
    INFO(name);
    rig.core.set_msr(kHvReal);
    rig.one(word(name, {6, 4, 0}));
    CHECK(rig.s.nip == 0x600);
    CHECK(rig.spr(spr::kDar) == 0x3001);
  }
  for (const char* name : {"lq", "stq"}) {
    rig.r(4) = 0x3008;
    rig.core.set_msr(kHvReal);
    rig.one(word(name, {6, 0, 4}));
    CHECK(rig.s.nip == 0x600);
  }
  for (const std::uint32_t w : {word("lmw", {30, 0, 4}), word("stmw", {30, 0, 4}), word("lswi", {6, 4, 4}),
                                word("stswi", {6, 4, 4}), word("lswx", {6, 4, 7}), word("stswx", {6, 4, 7})}) {
    rig.core.set_msr(kHvReal | msr::kLe);
    rig.one(w);
    CHECK(rig.s.nip == 0x600);
    rig.core.set_msr(kHvReal);
    rig.one(w);
    CHECK(rig.s.nip == 0x2004);
  }
  rig.core.set_msr(kHvReal);
  rig.r(4) = 0x3fff;
  rig.r(6) = 0x0102030405060708;
  rig.one(word("std", {6, 0, 4}));
  CHECK(rig.s.nip == 0x2004);
  CHECK(rig.bus.ram[0x3fff] == 1);
  CHECK(load_be32(rig.bus.ram.data() + 0x4000) == 0x02030405);
  CHECK(rig.bus.ram[0x3000] == 0);
  rig.one(word("ld", {7, 0, 4}));
  CHECK(rig.r(7) == 0x0102030405060708);
}

TEST_CASE("reservations: address, size, contents, other writers") {
  Rig rig;
  rig.r(4) = 0x3000;
  rig.r(5) = 0x55;
  const auto attempt = [&rig](const char* name) {
    rig.one(word(name, {5, 0, 4}));
    return rig.s.cr_field(0) == cr::kEq;
  };
  CHECK_FALSE(attempt("stwcx."));
  rig.one(word("lwarx", {3, 0, 4}));
  CHECK(attempt("stwcx."));
  CHECK(load_be32(rig.bus.ram.data() + 0x3000) == 0x55);
  CHECK_FALSE(attempt("stwcx."));
  rig.one(word("ldarx", {3, 0, 4}));
  CHECK_FALSE(attempt("stwcx."));
  rig.one(word("lwarx", {3, 0, 4}));
  rig.core.invalidate_decoded(0x3003, 1);
  CHECK_FALSE(attempt("stwcx."));
  rig.one(word("lwarx", {3, 0, 4}));
  rig.bus.ram[0x3001] = 9;
  CHECK_FALSE(attempt("stwcx."));
  rig.one(word("lwarx", {3, 0, 4}));
  rig.r(4) = 0x3004;
  CHECK_FALSE(attempt("stwcx."));
  rig.r(4) = 0x3010;
  rig.r(6) = 0x66;
  rig.r(7) = 0x77;
  rig.one(word("lqarx", {8, 0, 4}));
  CHECK(rig.r(8) == 0);
  rig.one(word("stqcx.", {6, 0, 4}));
  CHECK(rig.s.cr_field(0) == cr::kEq);
  CHECK(load_be64(rig.bus.ram.data() + 0x3010) == 0x66);
  rig.one(word("lqarx", {8, 0, 4}));
  CHECK(rig.r(8) == 0x66);
  CHECK(rig.r(9) == 0x77);
  rig.core.set_msr(kHvReal | msr::kLe);
  rig.one(word("lqarx", {8, 0, 4}));
  CHECK(rig.r(8) == 0x77ull << 56);
  rig.one(word("stqcx.", {6, 0, 4}));
  CHECK(load_le64(rig.bus.ram.data() + 0x3010) == 0x77);
  CHECK(load_le64(rig.bus.ram.data() + 0x3018) == 0x66);
  rig.core.set_msr(kHvReal);
  rig.s.xer.so = 1;
  rig.one(word("lbarx", {3, 0, 4}));
  rig.one(word("stbcx.", {5, 0, 4}));
  CHECK(rig.s.cr_field(0) == (cr::kEq | cr::kSo));
}

TEST_CASE("code that is written is decoded again: by the guest's stores, icbi, and others through the core") {
  Rig rig;
  rig.r(4) = 0x2010;
  rig.r(5) = word("addi", {3, 0, 2});
  rig.code({word("addi", {3, 0, 1})}, 0x2010);
  rig.s.nip = 0x2010;
  rig.run(1);
  CHECK(rig.r(3) == 1);
  rig.code({word("stw", {5, 0, 4}), word("b", {12})});
  rig.s.nip = 0x2000;
  rig.run(3);
  CHECK(rig.r(3) == 2);
  // Behind the core's back, then icbi.
  rig.code({word("addi", {3, 0, 3})}, 0x2010);
  rig.s.nip = 0x2010;
  rig.run(1);
  CHECK(rig.r(3) == 2);
  rig.code({word("icbi", {0, 4})}, 0x2008);
  rig.s.nip = 0x2008;
  rig.run(1);
  CHECK(rig.bus.changed == std::vector<RealAddr>{0x2000});
  rig.s.nip = 0x2010;
  rig.run(1);
  CHECK(rig.r(3) == 3);
  rig.code({word("addi", {3, 0, 4})}, 0x2010);
  rig.core.invalidate_decoded(0x2000, 0x1000);
  rig.s.nip = 0x2010;
  rig.run(1);
  CHECK(rig.r(3) == 4);
  // A page that was written before it held code.
  rig.r(4) = 0x7000;
  rig.r(6) = word("addi", {3, 0, 5});
  rig.r(7) = word("addi", {3, 0, 6});
  rig.code({word("stw", {6, 0, 4}), word("stw", {7, 4, 4})}, 0x2020);
  rig.s.nip = 0x2020;
  rig.run(2);
  rig.s.nip = 0x7000;
  rig.run(1);
  CHECK(rig.r(3) == 5);
  rig.code({word("stw", {7, 0, 4})}, 0x2028);
  rig.s.nip = 0x2028;
  rig.run(1);
  rig.s.nip = 0x7000;
  rig.run(1);
  CHECK(rig.r(3) == 6);
}

TEST_CASE("every store into a page of code counts, also a second one and one that begins in the page before") {
  Rig rig;
  rig.code({word("addi", {3, 0, 1})}, 0x7000);
  rig.code({word("stw", {5, 0, 4})});
  const auto executed = [&rig] {
    rig.s.nip = 0x7000;
    rig.run(1);
    return rig.r(3);
  };
  CHECK(executed() == 1);
  rig.r(4) = 0x7000;
  for (unsigned n = 2; n < 5; ++n) {
    rig.r(5) = word("addi", {3, 0, n});
    rig.s.nip = 0x2000;
    rig.run(1);
    CHECK(executed() == n);
  }
  rig.r(4) = 0x6ffc;
  rig.r(5) = word("addi", {3, 0, 9});
  rig.one(word("std", {5, 0, 4}));
  CHECK(executed() == 9);
}

TEST_CASE("the same page as big- and as little-endian code") {
  Rig rig;
  rig.code({word("addi", {3, 3, 1})});
  rig.run(1);
  rig.core.set_msr(kHvReal | msr::kLe);
  rig.code({word("addi", {3, 3, 2})}, 0x2800);
  rig.s.nip = 0x2800;
  rig.run(1);
  CHECK(rig.r(3) == 3);
  rig.core.set_msr(kHvReal);
  rig.s.nip = 0x2000;
  rig.run(1);
  CHECK(rig.r(3) == 4);
}

TEST_CASE("straight code runs across pages, branches reach both ends of one") {
  Rig rig;
  rig.code({word("addi", {3, 3, 1}), word("addi", {3, 3, 1}), word("b", {-0xff8})}, 0x2ffc);
  rig.code({word("addi", {3, 3, 4}), word("b", {0xff0})}, 0x200c);
  rig.s.nip = 0x2ffc;
  CHECK(rig.run(3).executed == 3);
  CHECK(rig.s.nip == 0x200c);
  CHECK(rig.run(2).executed == 2);
  CHECK(rig.r(3) == 6);
  CHECK(rig.s.nip == 0x3000);
}

TEST_CASE("counts are exact, wherever a run ends") {
  for (std::uint64_t count = 0; count < 9; ++count) {
    Rig rig;
    rig.code({word("addi", {3, 3, 1}), word("addi", {3, 3, 1}), word("b", {-8})}, 0x2ff8);
    rig.s.nip = 0x2ff8;
    const Stop stop = rig.run(count);
    CHECK(stop.reason == StopReason::Count);
    CHECK(stop.executed == count);
    CHECK(rig.core.executed() == count);
    CHECK(rig.r(3) == count - count / 3);
    CHECK(stop.pc == 0x2ff8 + 4 * (count % 3));
    CHECK(rig.s.nip == stop.pc);
  }
}

TEST_CASE("read-only pages: stores go to the bus") {
  Rig rig;
  rig.bus.read_only = 0x3000;
  rig.r(4) = 0x3000;
  rig.one(word("lwz", {3, 0, 4}));
  CHECK(rig.s.nip == 0x2004);
  rig.one(word("stw", {3, 0, 4}));
  CHECK(rig.s.nip == 0x200);
}

TEST_CASE("dcbz clears the line of 128 bytes; barriers reach the bus") {
  Rig rig;
  std::fill(rig.bus.ram.begin() + 0x3000, rig.bus.ram.begin() + 0x3200, 0xee);
  rig.r(4) = 0x3090;
  rig.one(word("dcbz", {0, 4}));
  CHECK(rig.bus.ram[0x307f] == 0xee);
  CHECK(rig.bus.ram[0x3080] == 0);
  CHECK(rig.bus.ram[0x30ff] == 0);
  CHECK(rig.bus.ram[0x3100] == 0xee);
  rig.one(word("sync", {0}));
  rig.one(word("sync", {1}));
  rig.one(word("sync", {2}));
  rig.one(word("eieio"));
  rig.one(word("isync"));
  CHECK(rig.bus.hints ==
        std::vector<Hint>{Hint::HeavySync, Hint::LightSync, Hint::Ptesync, Hint::Eieio, Hint::Isync});
}

TEST_CASE("invalid forms are unknown instructions") {
  for (const std::uint32_t w :
       {word("lwzu", {3, 0, 0}), word("lwzu", {3, 0, 3}), word("lbzux", {3, 3, 5}), word("stdu", {3, 0, 0}),
        word("lq", {7, 0, 4}), word("lq", {4, 0, 4}), word("stq", {7, 0, 4}), word("lqarx", {6, 4, 7}),
        word("lswi", {3, 4, 8}), word("bcctr", {16, 0}), word("addex", {3, 4, 5, 1})}) {
    Rig rig;
    INFO(disassemble(w, 0));
    CHECK(rig.one(w).reason == StopReason::Unknown);
  }
}

// Where QEMU 7.2 does not set OV: (0x2c << 64) / 0x55 is 0x8484..., (-1 << 64) / -2 is 1 << 63.
TEST_CASE("divde overflows where the quotient has no room for its sign") {
  Rig rig;
  rig.r(4) = 0x2c;
  rig.r(5) = 0x55;
  rig.one(word("divde", {3, 4, 5}, kOeBit));
  CHECK(rig.s.xer.ov == 1);
  rig.r(4) = ~0ull;
  rig.r(5) = ~1ull;
  rig.one(word("divde", {3, 4, 5}, kOeBit));
  CHECK(rig.s.xer.ov == 1);
  rig.r(5) = 2;
  rig.one(word("divde", {3, 4, 5}, kOeBit));
  CHECK(rig.s.xer.ov == 0);
  CHECK(rig.r(3) == 1ull << 63);
}

// Out of the reach of harness.c: addresses of programs are not that low.
TEST_CASE("absolute targets and displacements without a base") {
  Rig rig;
  rig.one(word("bc", {20, 0, 0x4000}, kAaBit | kLkBit));
  CHECK(rig.s.nip == 0x4000);
  CHECK(rig.s.lr == 0x2004);
  store_be64(rig.bus.ram.data() + 0x3008, 0x1122334455667788);
  rig.one(word("ld", {3, 0x3008, 0}));
  CHECK(rig.r(3) == 0x1122334455667788);
  rig.r(3) = 5;
  rig.one(word("stmw", {30, 0x3010, 0}));
  CHECK(rig.s.nip == 0x2004);
}

TEST_CASE("darn is a function of the seed") {
  CoreOptions options;
  Rig a(options), b(options);
  options.seed = 2;
  Rig c(options);
  for (Rig* rig : {&a, &b, &c}) rig->one(word("darn", {3, 1}));
  CHECK(a.r(3) == b.r(3));
  CHECK(a.r(3) != c.r(3));
  a.one(word("darn", {3, 0}));
  CHECK(a.r(3) >> 32 == 0);
  a.one(word("darn", {3, 3}));
  CHECK(a.r(3) == ~0ull);
}

}  // namespace phbsim::arch::ppc64
