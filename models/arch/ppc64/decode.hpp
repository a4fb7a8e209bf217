// SPDX-License-Identifier: Apache-2.0
/// From a word to what the interpreter runs. Private to this folder.
#pragma once

#include "models/arch/ppc64/machine.hpp"

namespace phbsim::arch::ppc64 {

/// The entry of a word at `index` of its page; words outside the table get Machine::unknown.
Decoded decode_word(std::uint32_t word, unsigned index);

/// The value of an operand's field: signed ones extended, split ones joined, displacements in bytes.
std::uint64_t operand_value(Operand operand, std::uint32_t word);

/// MASK(first, last) of Book I 3.3.14: wraps around if first > last.
constexpr std::uint64_t rotate_mask(unsigned first, unsigned last) {
  const std::uint64_t from = ~0ull >> first;
  const std::uint64_t upto = ~0ull << (63 - last);
  return first <= last ? from & upto : from | upto;
}

}  // namespace phbsim::arch::ppc64
