// SPDX-License-Identifier: Apache-2.0
/// The instructions of the model, described once: decoding, disassembly, documentation and test vectors derive
/// from this table (Power ISA 2.07 and 3.0; 3.0's are marked).
///
/// Left out of ISA 2.07's fixed-point side: eciwx, ecowx, transactional memory, event-based branches, BHRB.
/// Left out of 3.0: copy, paste, atomic memory operations (lwat ...), scv, rfscv.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace phbsim::arch::ppc64 {

/// A field of the word, and what it means.
enum class Operand : std::uint8_t {
  None, Rt, Rs, Ra, Ra0, Rb, Rc, Rtp, Rsp,  // Ra0: register 0 stands for the value 0; Rtp, Rsp: even-odd pairs
  Si, Ui, D, Ds, Dq, Dx, Sh, Sh6, Mb, Me, Mb6, Nb,
  Bf, Bfa, L, Bo, Bi, Bd, Li, Bt, Ba, Bb, Bc, Bh, Fxm, Fxm1, To,  // Fxm1: exactly one bit
  Spr, Lev, L1, L2, L3, Cy, Th, Ct, Wc,
};

struct OperandSpec {
  Operand operand;
  std::string_view name;
  std::uint32_t bits;  ///< of the instruction word
};

constexpr std::array<OperandSpec, 45> kOperands{{
    {Operand::None, "", 0}, {Operand::Rt, "RT", 0x03e0'0000}, {Operand::Rs, "RS", 0x03e0'0000},
    {Operand::Ra, "RA", 0x001f'0000}, {Operand::Ra0, "RA0", 0x001f'0000}, {Operand::Rb, "RB", 0xf800},
    {Operand::Rc, "RC", 0x07c0}, {Operand::Rtp, "RTp", 0x03e0'0000}, {Operand::Rsp, "RSp", 0x03e0'0000},
    {Operand::Si, "SI", 0xffff}, {Operand::Ui, "UI", 0xffff}, {Operand::D, "D", 0xffff}, {Operand::Ds, "DS", 0xfffc},
    {Operand::Dq, "DQ", 0xfff0}, {Operand::Dx, "DX", 0x001f'ffc1}, {Operand::Sh, "SH", 0xf800},
    {Operand::Sh6, "SH6", 0xf802}, {Operand::Mb, "MB", 0x07c0}, {Operand::Me, "ME", 0x003e},
    {Operand::Mb6, "MB6", 0x07e0}, {Operand::Nb, "NB", 0xf800}, {Operand::Bf, "BF", 0x0380'0000},
    {Operand::Bfa, "BFA", 0x001c'0000}, {Operand::L, "L", 0x0020'0000}, {Operand::Bo, "BO", 0x03e0'0000},
    {Operand::Bi, "BI", 0x001f'0000}, {Operand::Bd, "BD", 0xfffc}, {Operand::Li, "LI", 0x03ff'fffc},
    {Operand::Bt, "BT", 0x03e0'0000}, {Operand::Ba, "BA", 0x001f'0000}, {Operand::Bb, "BB", 0xf800},
    {Operand::Bc, "BC", 0x07c0}, {Operand::Bh, "BH", 0x1800}, {Operand::Fxm, "FXM", 0x000f'f000},
    {Operand::Fxm1, "FXM1", 0x000f'f000}, {Operand::To, "TO", 0x03e0'0000}, {Operand::Spr, "SPR", 0x001f'f800},
    {Operand::Lev, "LEV", 0x0fe0}, {Operand::L1, "L1", 0x0001'0000}, {Operand::L2, "L2", 0x0003'0000},
    {Operand::L3, "L3", 0x0060'0000}, {Operand::Cy, "CY", 0x0600}, {Operand::Th, "TH", 0x03e0'0000},
    {Operand::Ct, "CT", 0x01e0'0000}, {Operand::Wc, "WC", 0x0060'0000},
}};

/// Bits beside the operands that an instruction may have: record CR0, set OV, link, absolute, reservation hint.
constexpr std::uint8_t kRc = 1, kOe = 2, kLk = 4, kAa = 8, kEh = 16;
constexpr std::uint32_t kRcBit = 1, kOeBit = 0x400, kLkBit = 1, kAaBit = 2, kEhBit = 1;

enum class Group : std::uint8_t {
  Arithmetic, Logical, Compare, Rotate, ConditionRegister, Branch, Load, Store, Cache, System,
};
enum class Privilege : std::uint8_t { User, Supervisor, Hypervisor };
enum class Isa : std::uint16_t { V207 = 207, V300 = 300 };

/// A word is this instruction if (word & mask) == match; other bits are operands, flags or reserved (ignored, as
/// Book I 1.3.3 has it).
struct Code {
  std::uint32_t mask;
  std::uint32_t match;
};

/// Opcode layouts of Book I 1.6. Where a flag may be set its bit is taken out of the mask by the table's user.
namespace code {
constexpr Code primary(std::uint32_t op) { return {0xfc00'0000, op << 26}; }
constexpr Code extended(std::uint32_t op, std::uint32_t mask, std::uint32_t match) {
  return {0xfc00'0000 | mask, op << 26 | match};
}
constexpr Code x(std::uint32_t xo, std::uint32_t mask = 0, std::uint32_t match = 0) {
  return extended(31, 0x7ff | mask, xo << 1 | match);
}
constexpr Code x_dot(std::uint32_t xo) { return extended(31, 0x7ff, xo << 1 | 1); }
constexpr Code xo(std::uint32_t xo9) { return extended(31, 0x7ff, xo9 << 1); }
constexpr Code xs(std::uint32_t xo9) { return extended(31, 0x7fd, xo9 << 2); }
constexpr Code z23(std::uint32_t xo8) { return extended(31, 0x1ff, xo8 << 1); }
constexpr Code a(std::uint32_t xo5) { return extended(31, 0x3f, xo5 << 1); }
constexpr Code va(std::uint32_t xo6) { return extended(4, 0x3f, xo6); }
constexpr Code xl(std::uint32_t xo10) { return extended(19, 0x7ff, xo10 << 1); }
constexpr Code dx(std::uint32_t xo5) { return extended(19, 0x3e, xo5 << 1); }
constexpr Code ds(std::uint32_t op, std::uint32_t xo2) { return extended(op, 3, xo2); }
constexpr Code md(std::uint32_t xo3) { return extended(30, 0x1d, xo3 << 2); }
constexpr Code mds(std::uint32_t xo4) { return extended(30, 0x1f, xo4 << 1); }
constexpr Code sc() { return extended(17, 3, 2); }
constexpr Code attn() { return extended(0, 0x7fe, 256 << 1); }
}  // namespace code

struct Instruction {
  std::string_view mnemonic;  ///< without the endings o and . of kOe and kRc
  Code code;
  Group group;
  std::string_view operands;  ///< names of kOperands
  std::uint8_t flags = 0;
  Isa isa = Isa::V207;
  Privilege privilege = Privilege::User;

  constexpr bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  constexpr std::uint32_t mask() const {
    return code.mask & ~((has(kRc | kLk | kEh) ? 1u : 0u) | (has(kOe) ? kOeBit : 0u) | (has(kAa) ? kAaBit : 0u));
  }
  constexpr bool matches(std::uint32_t word) const { return (word & mask()) == code.match; }
};

namespace code {
// inline: rows are told apart by their address, in every translation unit.
inline constexpr Instruction kTable[] = {
    {"addi", primary(14), Group::Arithmetic, "RT RA0 SI"},
    {"addis", primary(15), Group::Arithmetic, "RT RA0 SI"},
    {"addic", primary(12), Group::Arithmetic, "RT RA SI"},
    {"addic.", primary(13), Group::Arithmetic, "RT RA SI"},
    {"subfic", primary(8), Group::Arithmetic, "RT RA SI"},
    {"mulli", primary(7), Group::Arithmetic, "RT RA SI"},
    {"addpcis", dx(2), Group::Arithmetic, "RT DX", 0, Isa::V300},
    {"add", xo(266), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"subf", xo(40), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"addc", xo(10), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"subfc", xo(8), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"adde", xo(138), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"subfe", xo(136), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"addme", xo(234), Group::Arithmetic, "RT RA", kRc | kOe},
    {"subfme", xo(232), Group::Arithmetic, "RT RA", kRc | kOe},
    {"addze", xo(202), Group::Arithmetic, "RT RA", kRc | kOe},
    {"subfze", xo(200), Group::Arithmetic, "RT RA", kRc | kOe},
    {"neg", xo(104), Group::Arithmetic, "RT RA", kRc | kOe},
    {"addex", z23(170), Group::Arithmetic, "RT RA RB CY", 0, Isa::V300},
    {"addg6s", xo(74), Group::Arithmetic, "RT RA RB"},
    {"mullw", xo(235), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"mulld", xo(233), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"mulhw", xo(75), Group::Arithmetic, "RT RA RB", kRc},
    {"mulhwu", xo(11), Group::Arithmetic, "RT RA RB", kRc},
    {"mulhd", xo(73), Group::Arithmetic, "RT RA RB", kRc},
    {"mulhdu", xo(9), Group::Arithmetic, "RT RA RB", kRc},
    {"divw", xo(491), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"divwu", xo(459), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"divwe", xo(427), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"divweu", xo(395), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"divd", xo(489), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"divdu", xo(457), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"divde", xo(425), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"divdeu", xo(393), Group::Arithmetic, "RT RA RB", kRc | kOe},
    {"modsw", x(779), Group::Arithmetic, "RT RA RB", 0, Isa::V300},
    {"moduw", x(267), Group::Arithmetic, "RT RA RB", 0, Isa::V300},
    {"modsd", x(777), Group::Arithmetic, "RT RA RB", 0, Isa::V300},
    {"modud", x(265), Group::Arithmetic, "RT RA RB", 0, Isa::V300},
    {"maddhd", va(48), Group::Arithmetic, "RT RA RB RC", 0, Isa::V300},
    {"maddhdu", va(49), Group::Arithmetic, "RT RA RB RC", 0, Isa::V300},
    {"maddld", va(51), Group::Arithmetic, "RT RA RB RC", 0, Isa::V300},
    {"darn", x(755), Group::Arithmetic, "RT L2", 0, Isa::V300},
    {"cbcdtd", x(314), Group::Arithmetic, "RA RS"},
    {"cdtbcd", x(282), Group::Arithmetic, "RA RS"},
    {"andi.", primary(28), Group::Logical, "RA RS UI"},
    {"andis.", primary(29), Group::Logical, "RA RS UI"},
    {"ori", primary(24), Group::Logical, "RA RS UI"},
    {"oris", primary(25), Group::Logical, "RA RS UI"},
    {"xori", primary(26), Group::Logical, "RA RS UI"},
    {"xoris", primary(27), Group::Logical, "RA RS UI"},
    {"and", x(28), Group::Logical, "RA RS RB", kRc},
    {"or", x(444), Group::Logical, "RA RS RB", kRc},
    {"xor", x(316), Group::Logical, "RA RS RB", kRc},
    {"nand", x(476), Group::Logical, "RA RS RB", kRc},
    {"nor", x(124), Group::Logical, "RA RS RB", kRc},
    {"eqv", x(284), Group::Logical, "RA RS RB", kRc},
    {"andc", x(60), Group::Logical, "RA RS RB", kRc},
    {"orc", x(412), Group::Logical, "RA RS RB", kRc},
    {"extsb", x(954), Group::Logical, "RA RS", kRc},
    {"extsh", x(922), Group::Logical, "RA RS", kRc},
    {"extsw", x(986), Group::Logical, "RA RS", kRc},
    {"cntlzw", x(26), Group::Logical, "RA RS", kRc},
    {"cntlzd", x(58), Group::Logical, "RA RS", kRc},
    {"cnttzw", x(538), Group::Logical, "RA RS", kRc, Isa::V300},
    {"cnttzd", x(570), Group::Logical, "RA RS", kRc, Isa::V300},
    {"popcntb", x(122), Group::Logical, "RA RS"},
    {"popcntw", x(378), Group::Logical, "RA RS"},
    {"popcntd", x(506), Group::Logical, "RA RS"},
    {"prtyw", x(154), Group::Logical, "RA RS"},
    {"prtyd", x(186), Group::Logical, "RA RS"},
    {"cmpb", x(508), Group::Logical, "RA RS RB"},
    {"bpermd", x(252), Group::Logical, "RA RS RB"},
    {"isel", a(15), Group::Logical, "RT RA0 RB BC"},
    {"setb", x(128), Group::Logical, "RT BFA", 0, Isa::V300},
    {"cmpi", primary(11), Group::Compare, "BF L RA SI"},
    {"cmpli", primary(10), Group::Compare, "BF L RA UI"},
    {"cmp", x(0), Group::Compare, "BF L RA RB"},
    {"cmpl", x(32), Group::Compare, "BF L RA RB"},
    {"cmprb", x(192), Group::Compare, "BF L RA RB", 0, Isa::V300},
    {"cmpeqb", x(224), Group::Compare, "BF RA RB", 0, Isa::V300},
    {"twi", primary(3), Group::Compare, "TO RA SI"},
    {"tdi", primary(2), Group::Compare, "TO RA SI"},
    {"tw", x(4), Group::Compare, "TO RA RB"},
    {"td", x(68), Group::Compare, "TO RA RB"},
    {"rlwinm", primary(21), Group::Rotate, "RA RS SH MB ME", kRc},
    {"rlwimi", primary(20), Group::Rotate, "RA RS SH MB ME", kRc},
    {"rlwnm", primary(23), Group::Rotate, "RA RS RB MB ME", kRc},
    {"rldicl", md(0), Group::Rotate, "RA RS SH6 MB6", kRc},
    {"rldicr", md(1), Group::Rotate, "RA RS SH6 MB6", kRc},
    {"rldic", md(2), Group::Rotate, "RA RS SH6 MB6", kRc},
    {"rldimi", md(3), Group::Rotate, "RA RS SH6 MB6", kRc},
    {"rldcl", mds(8), Group::Rotate, "RA RS RB MB6", kRc},
    {"rldcr", mds(9), Group::Rotate, "RA RS RB MB6", kRc},
    {"slw", x(24), Group::Rotate, "RA RS RB", kRc},
    {"srw", x(536), Group::Rotate, "RA RS RB", kRc},
    {"sraw", x(792), Group::Rotate, "RA RS RB", kRc},
    {"sld", x(27), Group::Rotate, "RA RS RB", kRc},
    {"srd", x(539), Group::Rotate, "RA RS RB", kRc},
    {"srad", x(794), Group::Rotate, "RA RS RB", kRc},
    {"srawi", x(824), Group::Rotate, "RA RS SH", kRc},
    {"sradi", xs(413), Group::Rotate, "RA RS SH6", kRc},
    {"extswsli", xs(445), Group::Rotate, "RA RS SH6", kRc, Isa::V300},
    {"crand", xl(257), Group::ConditionRegister, "BT BA BB"},
    {"crnand", xl(225), Group::ConditionRegister, "BT BA BB"},
    {"cror", xl(449), Group::ConditionRegister, "BT BA BB"},
    {"crnor", xl(33), Group::ConditionRegister, "BT BA BB"},
    {"crxor", xl(193), Group::ConditionRegister, "BT BA BB"},
    {"creqv", xl(289), Group::ConditionRegister, "BT BA BB"},
    {"crandc", xl(129), Group::ConditionRegister, "BT BA BB"},
    {"crorc", xl(417), Group::ConditionRegister, "BT BA BB"},
    {"mcrf", xl(0), Group::ConditionRegister, "BF BFA"},
    {"mtcrf", x(144, 0x0010'0000, 0), Group::ConditionRegister, "FXM RS"},
    {"mtocrf", x(144, 0x0010'0000, 0x0010'0000), Group::ConditionRegister, "FXM1 RS"},
    {"mfcr", x(19, 0x0010'0000, 0), Group::ConditionRegister, "RT"},
    {"mfocrf", x(19, 0x0010'0000, 0x0010'0000), Group::ConditionRegister, "RT FXM1"},
    {"mcrxrx", x(576), Group::ConditionRegister, "BF", 0, Isa::V300},
    {"b", primary(18), Group::Branch, "LI", kLk | kAa},
    {"bc", primary(16), Group::Branch, "BO BI BD", kLk | kAa},
    {"bclr", xl(16), Group::Branch, "BO BI BH", kLk},
    {"bcctr", xl(528), Group::Branch, "BO BI BH", kLk},
    {"bctar", xl(560), Group::Branch, "BO BI BH", kLk},
    {"lbz", primary(34), Group::Load, "RT D RA0"},
    {"lbzu", primary(35), Group::Load, "RT D RA"},
    {"lhz", primary(40), Group::Load, "RT D RA0"},
    {"lhzu", primary(41), Group::Load, "RT D RA"},
    {"lha", primary(42), Group::Load, "RT D RA0"},
    {"lhau", primary(43), Group::Load, "RT D RA"},
    {"lwz", primary(32), Group::Load, "RT D RA0"},
    {"lwzu", primary(33), Group::Load, "RT D RA"},
    {"lbzx", x(87), Group::Load, "RT RA0 RB"},
    {"lbzux", x(119), Group::Load, "RT RA RB"},
    {"lhzx", x(279), Group::Load, "RT RA0 RB"},
    {"lhzux", x(311), Group::Load, "RT RA RB"},
    {"lhax", x(343), Group::Load, "RT RA0 RB"},
    {"lhaux", x(375), Group::Load, "RT RA RB"},
    {"lwzx", x(23), Group::Load, "RT RA0 RB"},
    {"lwzux", x(55), Group::Load, "RT RA RB"},
    {"ld", ds(58, 0), Group::Load, "RT DS RA0"},
    {"ldu", ds(58, 1), Group::Load, "RT DS RA"},
    {"lwa", ds(58, 2), Group::Load, "RT DS RA0"},
    {"ldx", x(21), Group::Load, "RT RA0 RB"},
    {"ldux", x(53), Group::Load, "RT RA RB"},
    {"lwax", x(341), Group::Load, "RT RA0 RB"},
    {"lwaux", x(373), Group::Load, "RT RA RB"},
    {"lhbrx", x(790), Group::Load, "RT RA0 RB"},
    {"lwbrx", x(534), Group::Load, "RT RA0 RB"},
    {"ldbrx", x(532), Group::Load, "RT RA0 RB"},
    {"lmw", primary(46), Group::Load, "RT D RA0"},
    {"lswi", x(597), Group::Load, "RT RA0 NB"},
    {"lswx", x(533), Group::Load, "RT RA0 RB"},
    {"lq", primary(56), Group::Load, "RTp DQ RA0"},
    {"lbarx", x(52), Group::Load, "RT RA0 RB", kEh},
    {"lharx", x(116), Group::Load, "RT RA0 RB", kEh},
    {"lwarx", x(20), Group::Load, "RT RA0 RB", kEh},
    {"ldarx", x(84), Group::Load, "RT RA0 RB", kEh},
    {"lqarx", x(276), Group::Load, "RTp RA0 RB", kEh},
    {"lbzcix", x(853), Group::Load, "RT RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"lhzcix", x(821), Group::Load, "RT RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"lwzcix", x(789), Group::Load, "RT RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"ldcix", x(885), Group::Load, "RT RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"stb", primary(38), Group::Store, "RS D RA0"},
    {"stbu", primary(39), Group::Store, "RS D RA"},
    {"sth", primary(44), Group::Store, "RS D RA0"},
    {"sthu", primary(45), Group::Store, "RS D RA"},
    {"stw", primary(36), Group::Store, "RS D RA0"},
    {"stwu", primary(37), Group::Store, "RS D RA"},
    {"stbx", x(215), Group::Store, "RS RA0 RB"},
    {"stbux", x(247), Group::Store, "RS RA RB"},
    {"sthx", x(407), Group::Store, "RS RA0 RB"},
    {"sthux", x(439), Group::Store, "RS RA RB"},
    {"stwx", x(151), Group::Store, "RS RA0 RB"},
    {"stwux", x(183), Group::Store, "RS RA RB"},
    {"stdx", x(149), Group::Store, "RS RA0 RB"},
    {"stdux", x(181), Group::Store, "RS RA RB"},
    {"std", ds(62, 0), Group::Store, "RS DS RA0"},
    {"stdu", ds(62, 1), Group::Store, "RS DS RA"},
    {"stq", ds(62, 2), Group::Store, "RSp DS RA0"},
    {"sthbrx", x(918), Group::Store, "RS RA0 RB"},
    {"stwbrx", x(662), Group::Store, "RS RA0 RB"},
    {"stdbrx", x(660), Group::Store, "RS RA0 RB"},
    {"stmw", primary(47), Group::Store, "RS D RA0"},
    {"stswi", x(725), Group::Store, "RS RA0 NB"},
    {"stswx", x(661), Group::Store, "RS RA0 RB"},
    {"stbcx.", x_dot(694), Group::Store, "RS RA0 RB"},
    {"sthcx.", x_dot(726), Group::Store, "RS RA0 RB"},
    {"stwcx.", x_dot(150), Group::Store, "RS RA0 RB"},
    {"stdcx.", x_dot(214), Group::Store, "RS RA0 RB"},
    {"stqcx.", x_dot(182), Group::Store, "RSp RA0 RB"},
    {"stbcix", x(981), Group::Store, "RS RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"sthcix", x(949), Group::Store, "RS RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"stwcix", x(917), Group::Store, "RS RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"stdcix", x(1013), Group::Store, "RS RA0 RB", 0, Isa::V207, Privilege::Hypervisor},
    {"dcbz", x(1014), Group::Cache, "RA0 RB"},
    {"dcbst", x(54), Group::Cache, "RA0 RB"},
    {"dcbf", x(86), Group::Cache, "RA0 RB L3"},
    {"dcbt", x(278), Group::Cache, "RA0 RB TH"},
    {"dcbtst", x(246), Group::Cache, "RA0 RB TH"},
    {"icbi", x(982), Group::Cache, "RA0 RB"},
    {"icbt", x(22), Group::Cache, "CT RA0 RB"},
    {"sync", x(598), Group::Cache, "L3"},
    {"eieio", x(854), Group::Cache, ""},
    {"isync", xl(150), Group::Cache, ""},
    {"sc", sc(), Group::System, "LEV"},
    {"mfspr", x(339), Group::System, "RT SPR"},
    {"mtspr", x(467), Group::System, "SPR RS"},
    {"mftb", x(371), Group::System, "RT SPR"},
    {"mfmsr", x(83), Group::System, "RT", 0, Isa::V207, Privilege::Supervisor},
    {"mtmsr", x(146), Group::System, "RS L1", 0, Isa::V207, Privilege::Supervisor},
    {"mtmsrd", x(178), Group::System, "RS L1", 0, Isa::V207, Privilege::Supervisor},
    {"rfid", xl(18), Group::System, "", 0, Isa::V207, Privilege::Supervisor},
    {"hrfid", xl(274), Group::System, "", 0, Isa::V207, Privilege::Hypervisor},
    {"doze", xl(402), Group::System, "", 0, Isa::V207, Privilege::Hypervisor},
    {"nap", xl(434), Group::System, "", 0, Isa::V207, Privilege::Hypervisor},
    {"sleep", xl(466), Group::System, "", 0, Isa::V207, Privilege::Hypervisor},
    {"rvwinkle", xl(498), Group::System, "", 0, Isa::V207, Privilege::Hypervisor},
    {"stop", xl(370), Group::System, "", 0, Isa::V300, Privilege::Supervisor},
    {"wait", x(30), Group::System, "WC", 0, Isa::V300},
    {"attn", attn(), Group::System, ""},
    {"msgsnd", x(206), Group::System, "RB", 0, Isa::V207, Privilege::Hypervisor},
    {"msgclr", x(238), Group::System, "RB", 0, Isa::V207, Privilege::Hypervisor},
    {"msgsndp", x(142), Group::System, "RB", 0, Isa::V207, Privilege::Supervisor},
    {"msgclrp", x(174), Group::System, "RB", 0, Isa::V207, Privilege::Supervisor},
    {"msgsync", x(886), Group::System, "", 0, Isa::V300, Privilege::Hypervisor},
    {"tlbie", x(306), Group::System, "RB RS", 0, Isa::V207, Privilege::Hypervisor},
    {"tlbiel", x(274), Group::System, "RB", 0, Isa::V207, Privilege::Supervisor},
    {"tlbsync", x(566), Group::System, "", 0, Isa::V207, Privilege::Hypervisor},
    {"slbie", x(434), Group::System, "RB", 0, Isa::V207, Privilege::Supervisor},
    {"slbieg", x(466), Group::System, "RS RB", 0, Isa::V300, Privilege::Supervisor},
    {"slbia", x(498), Group::System, "", 0, Isa::V207, Privilege::Supervisor},
    {"slbmte", x(402), Group::System, "RS RB", 0, Isa::V207, Privilege::Supervisor},
    {"slbmfee", x(915), Group::System, "RT RB", 0, Isa::V207, Privilege::Supervisor},
    {"slbmfev", x(851), Group::System, "RT RB", 0, Isa::V207, Privilege::Supervisor},
    {"slbsync", x(338), Group::System, "", 0, Isa::V300, Privilege::Supervisor},
    {"cp_abort", x(838), Group::System, "", 0, Isa::V300},
};
}  // namespace code

using code::kTable;
constexpr unsigned kInstructions = sizeof(kTable) / sizeof(kTable[0]);

using OperandList = std::array<Operand, 5>;
/// The operands of a row; those behind the last one are None.
OperandList operands(const Instruction& instruction);

/// The row of a word, or null.
const Instruction* find_instruction(std::uint32_t word);

/// "lwz r3, 8(r1)"; targets of branches are absolute, `pc` is where the word lies. Unknown words: ".long 0x...".
std::string disassemble(std::uint32_t word, std::uint64_t pc);

/// Which unavailable interrupt a word outside the table belongs to.
enum class Facility : std::uint8_t { None, FloatingPoint, Vector, Vsx };
Facility facility_of(std::uint32_t word);

}  // namespace phbsim::arch::ppc64
