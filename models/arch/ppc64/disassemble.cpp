// SPDX-License-Identifier: Apache-2.0
/// Words as text: the table's mnemonics, and the few simplified ones of Book I appendix C that everybody reads.
#include "models/arch/ppc64/decode.hpp"
#include "models/arch/ppc64/spr.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::ppc64 {
namespace {

std::string decimal(std::uint64_t v) { return std::to_string(static_cast<std::int64_t>(v)); }
std::string reg(std::uint64_t n) { return "r" + std::to_string(n); }

std::string simplified(const Instruction& row, std::uint32_t word) {
  const auto field = [word](Operand o) { return operand_value(o, word); };
  const std::string_view name = row.mnemonic;
  if (word == 0x6000'0000) return "nop";
  if (word == 0x4e80'0020) return "blr";
  if (word == 0x4e80'0420) return "bctr";
  if ((name == "addi" || name == "addis") && field(Operand::Ra) == 0)
    return (name == "addi" ? "li " : "lis ") + reg(field(Operand::Rt)) + ", " + decimal(field(Operand::Si));
  if (name == "or" && (word & kRcBit) == 0 && field(Operand::Rs) == field(Operand::Rb))
    return "mr " + reg(field(Operand::Ra)) + ", " + reg(field(Operand::Rs));
  if (name == "mfspr" || name == "mtspr") {
    const Spr* spr = find_spr(static_cast<unsigned>(field(Operand::Spr)));
    const std::string which = spr != nullptr ? std::string(spr->name) : std::to_string(field(Operand::Spr));
    return name == "mfspr" ? "mfspr " + reg(field(Operand::Rt)) + ", " + which
                           : "mtspr " + which + ", " + reg(field(Operand::Rs));
  }
  return {};
}

std::string operand_text(Operand operand, std::uint32_t word, std::uint64_t pc) {
  const std::uint64_t value = operand_value(operand, word);
  switch (operand) {
    case Operand::Rt: case Operand::Rs: case Operand::Ra: case Operand::Rb: case Operand::Rc: case Operand::Rtp:
    case Operand::Rsp: return reg(value);
    case Operand::Ra0: return value == 0 ? "0" : reg(value);
    case Operand::Bf: case Operand::Bfa: return "cr" + std::to_string(value);
    case Operand::Dx: return decimal(static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> 16));
    case Operand::Bd: case Operand::Li: return text::hex((word & kAaBit) != 0 ? value : pc + value);
    case Operand::Fxm: case Operand::Fxm1: case Operand::Ui: return text::hex(value);
    default: return decimal(value);
  }
}

}  // namespace

std::string disassemble(std::uint32_t word, std::uint64_t pc) {
  const Instruction* row = find_instruction(word);
  if (row == nullptr) return ".long " + text::hex(word);
  if (std::string simple = simplified(*row, word); !simple.empty()) return simple;
  std::string out(row->mnemonic);
  if (row->has(kOe) && (word & kOeBit) != 0) out += 'o';
  if (row->has(kLk) && (word & kLkBit) != 0) out += 'l';
  if (row->has(kAa) && (word & kAaBit) != 0) out += 'a';
  if (row->has(kRc) && (word & kRcBit) != 0) out += '.';
  const char* before = " ";
  bool displacement = false;
  for (const Operand operand : operands(*row)) {
    if (operand == Operand::None) break;
    out += before + operand_text(operand, word, pc);
    if (displacement) out += ')';
    displacement = operand == Operand::D || operand == Operand::Ds || operand == Operand::Dq;
    before = displacement ? "(" : ", ";
  }
  return out;
}

}  // namespace phbsim::arch::ppc64
