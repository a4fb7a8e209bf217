// SPDX-License-Identifier: Apache-2.0
/// Words for what a register table says, and the listings that are made of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/generation.hpp"
#include "models/arch/register_spec.hpp"
#include "platform/registers/units.hpp"

namespace phbsim::registers {

/// "RW", "RO", "WO", "W1C", "WxC".
std::string_view access_name(arch::RegAccess access);
std::string_view mark_name(arch::Mark mark);

/// "0, 8:46"; with "; rest 0" where software must write 0 to the others.
std::string writable_text(const arch::RegSpec& r);
/// What it is, and bits that read 0: sentences.
std::string meaning(const arch::RegSpec& r);

/// docs/registers.md.
std::string registers_markdown();
/// One generation's registers as a Markdown section.
std::string generation_markdown(arch::Generation g);

/// One line per register: of the PHB, or of what is around it by SCOM, unit by unit.
std::string listing(const arch::GenerationFacts& facts, bool scom = false);

/// A register and the table it is of.
struct NamedRegister {
  const Unit* unit;
  const arch::RegSpec* row;
};
/// Everything about a register: its row, its fields with their bits.
std::string detail(const NamedRegister& r, const arch::GenerationFacts& facts);
/// A value of it, field by field; says which bits no write reaches.
std::string decoded(const NamedRegister& r, const arch::GenerationFacts& facts, std::uint64_t value);

/// The register of a PHB, or around it, that `word` names: a name (find_by_name), or an offset of the
/// PHB. Throws UserError that says what is meant, or which generations have it.
NamedRegister named_register(std::string_view word, const arch::GenerationFacts& facts);

}  // namespace phbsim::registers
