// SPDX-License-Identifier: Apache-2.0
/// Words for what a register table says: access, marks, side effects, areas; and the listings that
/// are made of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/generation.hpp"
#include "models/arch/register_spec.hpp"
#include "models/arch/registers.hpp"

namespace phbsim::registers {

/// "RW", "RO", "WO", "W1C", "WxC".
std::string_view access_name(arch::RegAccess access);
std::string_view mark_name(arch::Mark mark);

/// A side effect of the PHB's registers: its name in RegAction, and what happens.
struct ActionText {
  arch::RegAction action;
  std::string_view name;
  std::string_view text;  ///< empty: none
};
const std::vector<ActionText>& phb_actions();
const ActionText& text_of(arch::RegAction action);

/// A run of offsets that documents put under one heading.
struct Area {
  std::uint32_t begin;
  std::uint32_t end;
  std::string_view title;
};
const std::vector<Area>& phb_areas();

/// "0, 8:46"; with "; rest 0" where software must write 0 to the others.
std::string writable_text(const arch::RegSpec& r);
/// What it is, and bits that read 0: sentences.
std::string meaning(const arch::RegSpec& r);

/// docs/registers.md.
std::string registers_markdown();
/// One generation's registers as a Markdown section.
std::string generation_markdown(arch::Generation g);

/// One line per register of a PHB.
std::string listing(const arch::GenerationFacts& facts);
/// Everything about a register: its row, its fields with their bits.
std::string detail(const arch::RegSpec& r, const arch::GenerationFacts& facts);
/// A value of it, field by field; says which bits no write reaches.
std::string decoded(const arch::RegSpec& r, const arch::GenerationFacts& facts, std::uint64_t value);

/// The register of a PHB that `word` names: a name (find_by_name) or an offset. Throws UserError that
/// says what is meant, or which generations have it.
const arch::RegSpec& named_register(std::string_view word, const arch::GenerationFacts& facts);

}  // namespace phbsim::registers
