// SPDX-License-Identifier: Apache-2.0
/// The register tables there are, with words for their side effects.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/arch/pec/pec_registers.hpp"
#include "models/arch/register_spec.hpp"
#include "models/arch/registers.hpp"

namespace phbsim::registers {

/// One table. `action_text` says in a sentence what a row's side effect is; empty for none.
struct Unit {
  std::string_view title;
  const arch::RegTable* table;
  std::string_view (*action_text)(std::uint8_t action);
  bool scom;  ///< offsets are SCOM addresses, from the base of the unit
};
/// The PHB first.
const std::vector<Unit>& units();

/// A side effect of the PHB's registers: its name in RegAction, and what happens.
struct ActionText {
  arch::RegAction action;
  std::string_view name;
  std::string_view text;  ///< empty: none
};
const std::vector<ActionText>& phb_actions();

struct PecActionText {
  arch::PecAction action;
  std::string_view text;
};
const std::vector<PecActionText>& pec_actions();

/// A run of offsets of the PHB that documents put under one heading.
struct Area {
  std::uint32_t begin;
  std::uint32_t end;
  std::string_view title;
};
const std::vector<Area>& phb_areas();

}  // namespace phbsim::registers
