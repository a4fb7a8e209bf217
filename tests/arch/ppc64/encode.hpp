// SPDX-License-Identifier: Apache-2.0
/// Words from the table of instructions: the way back of operand_value().
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>

#include "models/arch/ppc64/instructions.hpp"

namespace phbsim::arch::ppc64 {

/// `word` with the operand's field set. Displacements and targets in bytes, relative.
inline std::uint32_t with_operand(std::uint32_t word, Operand operand, std::int64_t value) {
  const std::uint32_t bits = kOperands[static_cast<unsigned>(operand)].bits;
  const auto v = static_cast<std::uint32_t>(value);
  std::uint32_t field = 0;
  switch (operand) {
    case Operand::None: break;
    case Operand::Spr: field = (v & 31) << 16 | (v >> 5 & 31) << 11; break;
    case Operand::Sh6: field = (v & 31) << 11 | (v >> 5 & 1) << 1; break;
    case Operand::Mb6: field = (v & 31) << 6 | (v >> 5 & 1) << 5; break;
    case Operand::Dx: field = (v & 0xffc0) | (v >> 1 & 31) << 16 | (v & 1); break;
    case Operand::Ds: case Operand::Dq: case Operand::Bd: case Operand::Li: field = v & bits; break;
    default: {
      unsigned shift = 0;
      while ((bits >> shift & 1) == 0) ++shift;
      field = v << shift & bits;
    }
  }
  return (word & ~bits) | field;
}

inline const Instruction& row_named(const std::string& mnemonic) {
  for (const Instruction& row : kTable)
    if (row.mnemonic == mnemonic) return row;
  throw std::runtime_error("no instruction " + mnemonic);
}

/// By mnemonic; operands in the order of the table.
inline std::uint32_t word(const std::string& mnemonic, std::initializer_list<std::int64_t> values = {},
                          std::uint32_t flags = 0) {
  const Instruction& row = row_named(mnemonic);
  const OperandList list = operands(row);
  std::uint32_t out = row.code.match | flags;
  std::size_t n = 0;
  for (const std::int64_t value : values) out = with_operand(out, list.at(n++), value);
  return out;
}

}  // namespace phbsim::arch::ppc64
