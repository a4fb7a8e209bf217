// SPDX-License-Identifier: Apache-2.0
/// The PHB generations as data: everything that differs between PHB3, PHB4 and PHB5, big and small.
/// Source: phb.md 0.1, 1.2, 4.1, 4.2, 5.1, 7.6. Marks: [F] fact, [I] inference, [MA] model assumption.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

enum class Generation : std::uint8_t { Phb3, Phb4, Phb5 };
enum class PhbSize : std::uint8_t { Small, Big };

/// What one PHB of a generation and size holds.
struct GenerationFacts {
  Generation generation;
  PhbSize size;
  std::string_view name;       ///< "phb4-big"
  std::string_view processor;  ///< "POWER9"
  std::uint64_t version;       ///< register 0x800 [F]
  std::uint32_t max_pes;       ///< [F]
  std::uint32_t tves;          ///< [F]
  std::uint32_t interrupts;    ///< [F]
  std::uint32_t tce_entries;   ///< TCE cache directory entries [I]
  std::uint32_t rid_entries;   ///< RID cache (RCAM) entries [F table size, I cache size]
  std::uint32_t tce_tags;      ///< outstanding TCE fetches [I]
  std::array<std::uint8_t, 4> page_shifts;  ///< what firmware accepts [F]
  std::uint64_t rtt_base_mask;              ///< base field of PHB_RTT_BAR [F]
  std::uint64_t pest_base_mask;             ///< base field of PHB_PEST_BAR [F]
  std::uint32_t kill_pe_mask;               ///< PE field of the TCE kill register [F]
  unsigned ioda_index_mask;                 ///< PHB_IODA_ADDR index field [F]
  bool kill_has_page_size;                  ///< PSEL in the kill register [F]
  bool tve_select_register;                 ///< PHB_CTRLR 17:19 and 24 exist [F]
  bool nontranslate_50bit;                  ///< bypass needs TVE bit 56 [F]
  bool sync_has_writes;                     ///< 0x200 syncs writes, too; complete bits are preserved [F 4.2]
  bool firmware_kills;                      ///< TCE kill is a firmware call; else the OS writes 0x210 [F 7.6]
  bool firmware_options;                    ///< firmware has the PHB option calls [F 7.6]
};

constexpr std::array<GenerationFacts, 5> kGenerations{{
    {Generation::Phb3, PhbSize::Big, "phb3", "POWER8", 0x000000a300000005ull, 256, 512, 2048, 64, 64, 32,
     {12, 16, 24, 28}, ppc_mask(14, 46), ppc_mask(14, 51), 0xFF, 0x1FF, false, false, false, false, false, false},
    {Generation::Phb4, PhbSize::Big, "phb4-big", "POWER9", 0x000000a400000002ull, 512, 1024, 4096, 1024, 128, 64,
     {12, 16, 21, 30}, ppc_mask(8, 46), ppc_mask(8, 51), 0x1FF, 0x3FF, true, true, true, false, true, true},
    {Generation::Phb4, PhbSize::Small, "phb4-small", "POWER9", 0x000000a400000002ull, 256, 512, 2048, 512, 64, 64,
     {12, 16, 21, 30}, ppc_mask(8, 46), ppc_mask(8, 51), 0x1FF, 0x3FF, true, true, true, false, true, true},
    {Generation::Phb5, PhbSize::Big, "phb5-big", "POWER10", 0x000000a500000002ull, 512, 1024, 4096, 1024, 128, 64,
     {12, 16, 21, 30}, ppc_mask(8, 46), ppc_mask(8, 51), 0x1FF, 0x3FF, true, true, true, true, true, true},
    {Generation::Phb5, PhbSize::Small, "phb5-small", "POWER10", 0x000000a500000002ull, 256, 512, 2048, 512, 64, 64,
     {12, 16, 21, 30}, ppc_mask(8, 46), ppc_mask(8, 51), 0x1FF, 0x3FF, true, true, true, true, true, true},
}};

constexpr const GenerationFacts& facts_of(Generation generation, PhbSize size) {
  for (const auto& g : kGenerations)
    if (g.generation == generation && g.size == size) return g;
  return kGenerations[0];  // PHB3 knows one size only
}

/// Size of PHB `index` of a chip: 0 and 3 are big from PHB4 on [F PHB4, I PHB5]; PHB3s are equal.
constexpr PhbSize size_of_index(Generation generation, unsigned index) {
  return generation == Generation::Phb3 || index == 0 || index == 3 ? PhbSize::Big : PhbSize::Small;
}

/// Generation named by the version register (bits 24:31: a3 or b3, a4, a5), if known.
constexpr std::optional<Generation> generation_of_version(std::uint64_t version) {
  switch ((version >> 32) & 0xFF) {
    case 0xa3:
    case 0xb3:
      return Generation::Phb3;
    case 0xa4:
      return Generation::Phb4;
    case 0xa5:
      return Generation::Phb5;
    default:
      return std::nullopt;
  }
}

constexpr bool supports_page_shift(const GenerationFacts& facts, unsigned shift) {
  for (const auto s : facts.page_shifts)
    if (s == shift) return true;
  return false;
}

}  // namespace phbsim::arch
