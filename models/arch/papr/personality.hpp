// SPDX-License-Identifier: Apache-2.0
/// Where PAPR's text, QEMU and KVM answer differently, as data (ddw-vfio.md 1.4, 1.5, 2.3-2.5).
/// KVM handles the hypercalls in the kernel and leaves RTAS, and what is too hard, to QEMU.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/arch/papr/calls.hpp"

namespace phbsim::arch::papr {

enum class Personality : std::uint8_t { Papr, Qemu, Kvm };
constexpr unsigned kPersonalities = 3;

/// One property of a hypervisor a line; what a value means stands beside it.
struct PersonalityFacts {
  Personality personality;
  std::string_view name;
  std::string_view description;

  std::int32_t too_many_windows;  ///< create with no window available [F]
  std::int32_t too_many_tces;     ///< create of more TCEs than there are [F Q; P: text]
  bool base_by_count;             ///< create: first window at the default's base, else at the high one [F Q]
  bool tces_are_constant;         ///< query tells the same number whatever exists [F Q]
  bool count_entries_in_32_bits;  ///< 2^32 TCEs count as none [F Q]
  bool sticky_default;            ///< "default" is a flag of the LIOBN that reset sets and nothing clears [F Q]
  bool limited_addressing;        ///< reset takes a fourth argument (PAPR 2.13) [F]

  bool misaligned_ioba_refused;     ///< else rounded down to the page [F Q, K; P: MA]
  bool addresses_checked;           ///< a TCE must name memory of the partition [F]
  bool all_or_nothing;              ///< ranges and entries are checked before any is written [F]
  bool stuff_limited;               ///< more than 512: H_P4 [F]
  bool stuff_clears_only;           ///< a value with permissions is refused [F K]
  bool empty_count_refused;         ///< count 0: H_PARAMETER [F Q, by initial value of its result]
  bool get_tells_foreign_pages;     ///< H_PARTIAL for a page that is not the caller's [F P]
  bool too_hard_goes_to_userspace;  ///< what this one cannot do, QEMU does [F K]
};

constexpr std::array<PersonalityFacts, kPersonalities> kPersonalityTable{{
    {Personality::Papr, "papr", "the text of PAPR, as PowerVM documents itself",
     kRtasParameter, kRtasParameter, false, false, false, false, true,
     false, true, true, true, false, false, true, false},
    {Personality::Qemu, "qemu", "QEMU's own handling (TCG)",
     kRtasHardware, kRtasHardware, true, true, true, true, false,
     false, false, false, false, false, true, false, false},
    {Personality::Kvm, "kvm", "hypercalls in the kernel, the rest in QEMU",
     kRtasHardware, kRtasHardware, true, true, true, true, false,
     true, true, true, false, true, false, false, true},
}};
constexpr const PersonalityFacts& facts_of(Personality p) { return kPersonalityTable[static_cast<unsigned>(p)]; }
constexpr std::optional<Personality> personality_named(std::string_view name) {
  for (const auto& p : kPersonalityTable)
    if (p.name == name) return p.personality;
  return std::nullopt;
}

}  // namespace phbsim::arch::papr
