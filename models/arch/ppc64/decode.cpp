// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ppc64/decode.hpp"

#include <unordered_map>

#include "models/base/check.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr unsigned kRows = kInstructions;

Operand operand_named(std::string_view name) {
  for (const OperandSpec& spec : kOperands)
    if (spec.name == name) return spec.operand;
  PHBSIM_ASSERT(!"an operand of the table has a row in kOperands");
  return Operand::None;
}

/// Rows by primary opcode, in the table's order, and the handlers of each row.
struct Index {
  std::array<std::vector<std::uint16_t>, 64> by_primary;
  std::array<const Binding*, kRows> bindings{};
  std::array<OperandList, kRows> operands{};

  Index() {
    std::unordered_map<std::string_view, const Binding*> named;
    for (const Bindings& some :
         {arithmetic_bindings(), divide_bindings(), logical_bindings(), rotate_bindings(), compare_bindings(),
          branch_bindings(), load_bindings(), store_bindings(), atomic_bindings(), cache_bindings(), system_bindings()})
      for (std::size_t i = 0; i < some.count; ++i) named.emplace(some.first[i].mnemonic, some.first + i);
    for (unsigned i = 0; i < kRows; ++i) {
      by_primary[kTable[i].code.match >> 26].push_back(static_cast<std::uint16_t>(i));
      const auto found = named.find(kTable[i].mnemonic);
      bindings[i] = found == named.end() ? nullptr : found->second;
      std::string_view text = kTable[i].operands;
      for (Operand& operand : operands[i]) {
        if (text.empty()) break;
        const std::size_t end = std::min(text.find(' '), text.size());
        operand = operand_named(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
      }
    }
  }
};

const Index& index_of_table() {
  static const Index index;
  return index;
}

constexpr std::uint64_t sign_extend(std::uint64_t v, unsigned bits) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(v << (64 - bits)) >> (64 - bits));
}

void put(Decoded& d, Operand operand, std::uint32_t word) {
  const std::uint64_t value = operand_value(operand, word);
  const auto small = static_cast<std::uint8_t>(value);
  switch (operand) {
    case Operand::None: case Operand::Bh: break;
    case Operand::Rt: case Operand::Rs: case Operand::Rtp: case Operand::Rsp: case Operand::Bf: case Operand::Bo:
    case Operand::Bt: case Operand::To: d.rt = small; break;
    case Operand::Ra: case Operand::Ra0: case Operand::Bi: case Operand::Ba: case Operand::Bfa: d.ra = small; break;
    case Operand::Rb: case Operand::Sh: case Operand::Sh6: case Operand::Nb: case Operand::Bb: d.rb = small; break;
    case Operand::Rc: case Operand::Mb: case Operand::Mb6: case Operand::Bc: case Operand::Fxm: case Operand::Fxm1:
    case Operand::L: case Operand::L1: case Operand::L2: case Operand::L3: case Operand::Cy: case Operand::Lev:
    case Operand::Th: case Operand::Ct: case Operand::Wc: d.x = small; break;
    case Operand::Si: case Operand::Ui: case Operand::D: case Operand::Ds: case Operand::Dq: case Operand::Dx:
    case Operand::Bd: case Operand::Li: case Operand::Spr: case Operand::Me: d.imm = value; break;
  }
}

}  // namespace

std::uint64_t operand_value(Operand operand, std::uint32_t word) {
  const std::uint32_t bits = kOperands[static_cast<unsigned>(operand)].bits;
  switch (operand) {
    case Operand::Si: case Operand::D: return sign_extend(word & 0xffff, 16);
    case Operand::Ds: return sign_extend(word & 0xfffc, 16);
    case Operand::Dq: return sign_extend(word & 0xfff0, 16);
    case Operand::Dx: return sign_extend((word & 0xffc0) | (word >> 15 & 0x3e) | (word & 1), 16) << 16;
    case Operand::Sh6: return (word >> 11 & 31) | (word & 2) << 4;
    case Operand::Mb6: return (word >> 6 & 31) | (word & 0x20);
    case Operand::Bd: return sign_extend(word & 0xfffc, 16);
    case Operand::Li: return sign_extend(word & 0x03ff'fffc, 26);
    case Operand::Spr: return (word >> 16 & 31) | (word >> 6 & 0x3e0);
    case Operand::None: return 0;
    default: break;
  }
  unsigned shift = 0;
  while ((bits >> shift & 1) == 0) ++shift;
  return (word & bits) >> shift;
}

OperandList operands(const Instruction& instruction) {
  return index_of_table().operands[static_cast<std::size_t>(&instruction - kTable)];
}

const Instruction* find_instruction(std::uint32_t word) {
  for (const std::uint16_t row : index_of_table().by_primary[word >> 26])
    if (kTable[row].matches(word)) return kTable + row;
  return nullptr;
}

const Binding* binding_of(const Instruction& instruction) {
  return index_of_table().bindings[static_cast<std::size_t>(&instruction - kTable)];
}

Decoded decode_word(std::uint32_t word, unsigned index) {
  Decoded d;
  d.word = word;
  d.run = &Machine::unknown;
  const Instruction* row = find_instruction(word);
  if (row == nullptr) return d;
  const Binding* binding = binding_of(*row);
  PHBSIM_ASSERT(binding != nullptr);
  const bool rc = row->has(kRc | kLk | kEh) && (word & kRcBit) != 0;
  const bool oe = row->has(kOe) && (word & kOeBit) != 0;
  d.run = oe && rc ? binding->oe_rc : oe ? binding->oe : row->has(kRc) && rc ? binding->rc : binding->plain;
  for (const Operand operand : operands(*row)) put(d, operand, word);
  if (binding->prepare != nullptr) binding->prepare(d, index);
  return d;
}

Facility facility_of(std::uint32_t word) {
  struct Row {
    std::uint32_t mask, match;
    Facility facility;
  };
  constexpr auto kFp = Facility::FloatingPoint, kVector = Facility::Vector, kVsx = Facility::Vsx;
  // Whole opcodes first; within opcode 31 the loads, stores and moves by their extended opcode.
  constexpr Row kFacilities[] = {
      {0xfc00'0000, 59u << 26, kFp}, {0xfc00'0000, 63u << 26, kFp},   {0xe000'0000, 48u << 26, kFp},
      {0xfc00'0000, 4u << 26, kVector}, {0xfc00'0000, 60u << 26, kVsx},
      {0xfc00'0003, 57u << 26, kFp}, {0xfc00'0003, 57u << 26 | 2, kVsx}, {0xfc00'0003, 57u << 26 | 3, kVsx},
      {0xfc00'0003, 61u << 26, kFp}, {0xfc00'0003, 61u << 26 | 1, kVsx},
      {0xfc00'0003, 61u << 26 | 2, kVsx}, {0xfc00'0003, 61u << 26 | 3, kVsx},
      // lfsx ... stfdux, stfiwx, lfiwax, lfiwzx, lfdpx, stfdpx
      {0xfc00'073e, 31u << 26 | 535 << 1, kFp}, {0xfc00'073e, 31u << 26 | 663 << 1, kFp},
      {0xfc00'07fe, 31u << 26 | 983 << 1, kFp}, {0xfc00'07fe, 31u << 26 | 855 << 1, kFp},
      {0xfc00'07fe, 31u << 26 | 887 << 1, kFp}, {0xfc00'07fe, 31u << 26 | 791 << 1, kFp},
      {0xfc00'07fe, 31u << 26 | 919 << 1, kFp},
      // lvsl, lvsr, lvebx, lvehx, lvewx, lvx, lvxl and their stores
      {0xfc00'07be, 31u << 26 | 6 << 1, kVector}, {0xfc00'073e, 31u << 26 | 7 << 1, kVector},
      {0xfc00'05fe, 31u << 26 | 103 << 1, kVector}, {0xfc00'07fe, 31u << 26 | 71 << 1, kVector},
      {0xfc00'05fe, 31u << 26 | 231 << 1, kVector}, {0xfc00'07fe, 31u << 26 | 135 << 1, kVector},
      {0xfc00'07fe, 31u << 26 | 167 << 1, kVector}, {0xfc00'07fe, 31u << 26 | 199 << 1, kVector},
      // lxsiwzx ... stxvw4x (low bits of the extended opcode 12, 13 and 14), mfvsrd and its kin
      {0xfc00'003e, 31u << 26 | 12 << 1, kVsx}, {0xfc00'003e, 31u << 26 | 13 << 1, kVsx},
      {0xfc00'07fe, 31u << 26 | 51 << 1, kVsx}, {0xfc00'07fe, 31u << 26 | 115 << 1, kVsx},
      {0xfc00'07fe, 31u << 26 | 179 << 1, kVsx}, {0xfc00'07fe, 31u << 26 | 211 << 1, kVsx},
      {0xfc00'07fe, 31u << 26 | 243 << 1, kVsx}, {0xfc00'07fe, 31u << 26 | 307 << 1, kVsx},
      {0xfc00'07fe, 31u << 26 | 403 << 1, kVsx}, {0xfc00'07fe, 31u << 26 | 435 << 1, kVsx},
      {0xfc00'07fe, 31u << 26 | 332 << 1, kVsx},
  };
  for (const Row& row : kFacilities)
    if ((word & row.mask) == row.match) return row.facility;
  return Facility::None;
}

}  // namespace phbsim::arch::ppc64
