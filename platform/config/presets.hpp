// SPDX-License-Identifier: Apache-2.0
/// What a chip is without a file: the defaults that depend on the generation and on a PHB's index.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "platform/config/config.hpp"

namespace phbsim::config {

/// Sources: phb.md 0.1, 4.1, 8.1, 8.2 and 8.4. What arch::GenerationFacts knows is taken from there.
struct Preset {
  std::string_view name;
  std::string_view description;
  arch::Generation generation;
  unsigned phbs;  ///< per chip
  std::array<unsigned, 6> pec_of_index;
  unsigned engines;              ///< read engines of a PEC
  unsigned clock_mhz;            ///< [MA]
  unsigned datapath_bytes;       ///< [MA]
  std::string_view kill_policy;  ///< Linux kills pages on P8, firmware the whole PE from P9 on
};

/// In the order of the generations.
extern const std::array<Preset, 3> kPresets;

const Preset& preset_of(arch::Generation generation);
/// nullptr if there is none of this name.
const Preset* find_preset(std::string_view name);

/// Fastest link of a PHB: Gen3, Gen4; on PHB5 Gen5 at index 0 and 3.
unsigned max_link_gen(arch::Generation generation, unsigned index);

/// A PHB with the defaults of its place.
PhbConfig make_phb(const Preset& preset, const std::string& name, unsigned index);
/// Memory, built-in layouts, nothing else.
Config make_config(const Preset& preset);

}  // namespace phbsim::config
