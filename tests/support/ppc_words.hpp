// SPDX-License-Identifier: Apache-2.0
/// Words of a few PowerPC instructions, for tests that put a program into memory (Power ISA 3.0, Book I and III).
#pragma once

#include <cstdint>

namespace phbsim::test::ppc {

using Word = std::uint32_t;

constexpr Word d_form(unsigned op, unsigned rt, unsigned ra, int imm) {
  return op << 26 | rt << 21 | ra << 16 | (static_cast<unsigned>(imm) & 0xffff);
}
constexpr Word x_form(unsigned op, unsigned rt, unsigned ra, unsigned rb, unsigned xo) {
  return op << 26 | rt << 21 | ra << 16 | rb << 11 | xo << 1;
}
constexpr Word spr_form(unsigned r, unsigned spr, unsigned xo) { return x_form(31, r, spr & 31, spr >> 5, xo); }

constexpr Word li(unsigned rt, int v) { return d_form(14, rt, 0, v); }
constexpr Word lis(unsigned rt, int v) { return d_form(15, rt, 0, v); }
constexpr Word addi(unsigned rt, unsigned ra, int v) { return d_form(14, rt, ra, v); }
constexpr Word ori(unsigned ra, unsigned rs, unsigned v) { return d_form(24, rs, ra, static_cast<int>(v)); }
constexpr Word sldi(unsigned ra, unsigned rs, unsigned n) {
  const unsigned me = 63 - n;
  return 30u << 26 | rs << 21 | ra << 16 | (n & 31) << 11 | (me & 31) << 6 | (me >> 5) << 5 | 1 << 2 | (n >> 5) << 1;
}
constexpr Word lbz(unsigned rt, int at, unsigned ra) { return d_form(34, rt, ra, at); }
constexpr Word lwz(unsigned rt, int at, unsigned ra) { return d_form(32, rt, ra, at); }
constexpr Word ld(unsigned rt, int at, unsigned ra) { return d_form(58, rt, ra, at); }
constexpr Word stb(unsigned rs, int at, unsigned ra) { return d_form(38, rs, ra, at); }
constexpr Word sth(unsigned rs, int at, unsigned ra) { return d_form(44, rs, ra, at); }
constexpr Word stw(unsigned rs, int at, unsigned ra) { return d_form(36, rs, ra, at); }
constexpr Word std_(unsigned rs, int at, unsigned ra) { return d_form(62, rs, ra, at); }
constexpr Word stdcix(unsigned rs, unsigned ra, unsigned rb) { return x_form(31, rs, ra, rb, 1013); }
constexpr Word b(int by) { return 18u << 26 | (static_cast<unsigned>(by) & 0x03ff'fffc); }
constexpr Word bdnz(int by) { return 16u << 26 | 16u << 21 | (static_cast<unsigned>(by) & 0xfffc); }
constexpr Word mtctr(unsigned rs) { return spr_form(rs, 9, 467); }
constexpr Word mtspr(unsigned spr, unsigned rs) { return spr_form(rs, spr, 467); }
constexpr Word mfspr(unsigned rt, unsigned spr) { return spr_form(rt, spr, 339); }
constexpr Word mtmsrd(unsigned rs) { return x_form(31, rs, 0, 0, 178); }
constexpr Word mfmsr(unsigned rt) { return x_form(31, rt, 0, 0, 83); }
constexpr Word icbi(unsigned ra, unsigned rb) { return x_form(31, 0, ra, rb, 982); }
constexpr Word sc(unsigned lev) { return 0x4400'0002 | lev << 5; }
constexpr Word kNop = 0x6000'0000, kAttn = 0x0000'0200, kRfid = x_form(19, 0, 0, 0, 18),
               kHrfid = x_form(19, 0, 0, 0, 274);
constexpr Word kNap = x_form(19, 0, 0, 0, 434), kStop = x_form(19, 0, 0, 0, 370), kWait = x_form(31, 0, 0, 0, 30);
constexpr Word kIsync = x_form(19, 0, 0, 0, 150);

constexpr unsigned kDec = 22, kSrr0 = 26, kSrr1 = 27, kDar = 19, kTb = 268, kHsrr0 = 314, kLpcr = 318, kPsscr = 855;

}  // namespace phbsim::test::ppc
