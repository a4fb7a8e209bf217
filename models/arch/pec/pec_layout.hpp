// SPDX-License-Identifier: Apache-2.0
/// Where the PCIe controllers of a chip lie in its SCOM addresses, which PHBs they hold and how their
/// lanes are shared (phb.md 5.6) [F]. POWER8 has a controller for each PHB; here it is one with one
/// stack. Not modelled: which PHBs are garded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "models/arch/pec/pec_registers.hpp"

namespace phbsim::arch {

constexpr unsigned kMaxPecs = 4;
constexpr unsigned kMaxStacks = 3;
constexpr std::uint32_t kScomStackStride = 0x40;

struct PecLayout {
  Generation generation;
  unsigned pecs;                                  ///< POWER8: 3, Naples 4
  std::array<unsigned, kMaxPecs> stacks;
  std::array<std::uint32_t, kMaxPecs> nest;       ///< base of the controller's nest registers
  std::array<std::uint32_t, kMaxPecs> pci;
  std::array<std::uint32_t, kMaxPecs> etu;        ///< of its first PHB; POWER8: SPCI
  std::array<std::uint32_t, kMaxPecs> conf1;      ///< of its chiplet; 0: none
  unsigned bar_shift;                             ///< address to BAR value
  std::uint64_t register_window;                  ///< bytes that the register BAR answers to [I: its granule]
  std::uint64_t int_window;                       ///< bytes of the ESB BAR [I: its granule]; 0: none
};

inline constexpr std::array<PecLayout, 3> kPecLayouts{{
    {Generation::Phb3, 4, {1, 1, 1, 1}, {0x2012000, 0x2012400, 0x2012800, 0x2012C00},
     {0x9012000, 0x9012400, 0x9012800, 0x9012C00}, {0x9013C00, 0x9013C40, 0x9013C80, 0x9013CC0}, {}, 14, 4 * kKiB, 0},
    {Generation::Phb4, 3, {1, 2, 3, 0}, {0x4010C00, 0x4011000, 0x4011400, 0}, {0xD010800, 0xE010800, 0xF010800, 0},
     {0xD010900, 0xE010900, 0xF010900, 0}, {0xD000009, 0xE000009, 0xF000009, 0}, 8, 16 * kKiB, 256 * kMiB},
    {Generation::Phb5, 2, {3, 3, 0, 0}, {0x3011800, 0x2011800, 0, 0}, {0x8010800, 0x9010800, 0, 0},
     {0x8010900, 0x9010900, 0, 0}, {0x8000009, 0x9000009, 0, 0}, 8, 16 * kKiB, 256 * kMiB},
}};

constexpr const PecLayout& pec_layout(Generation g) { return kPecLayouts[static_cast<unsigned>(g)]; }

/// PHB of a chip that a stack holds.
constexpr unsigned phb_of(const PecLayout& l, unsigned pec, unsigned stack) {
  unsigned phb = stack;
  for (unsigned i = 0; i < pec; ++i) phb += l.stacks[i];
  return phb;
}

enum class PecUnit : std::uint8_t { Nest, Stack, Pci, PciStack, Etu, Chiplet };

constexpr const RegTable& pec_table(PecUnit unit) {
  switch (unit) {
    case PecUnit::Nest:
      return kPecNestTable;
    case PecUnit::Stack:
      return kPecStackTable;
    case PecUnit::Pci:
      return kPecPciTable;
    case PecUnit::PciStack:
      return kPecPciStackTable;
    case PecUnit::Etu:
      return kEtuScomTable;
    case PecUnit::Chiplet:
      break;
  }
  return kPecChipletTable;
}

/// SCOM address of a unit's first register.
constexpr std::uint32_t scom_base(const PecLayout& l, PecUnit unit, unsigned pec, unsigned stack) {
  // POWER8's stack registers lie among those of its controller.
  const std::uint32_t at = l.generation == Generation::Phb3 ? 0 : kScomStackStride * (stack + 1);
  switch (unit) {
    case PecUnit::Nest:
      return l.nest[pec];
    case PecUnit::Stack:
      return l.nest[pec] + at;
    case PecUnit::Pci:
      return l.pci[pec];
    case PecUnit::PciStack:
      return l.pci[pec] + at;
    case PecUnit::Etu:
      return l.etu[pec] + kScomStackStride * stack;
    case PecUnit::Chiplet:
      break;
  }
  return l.conf1[pec];
}

/// A register by its place.
struct ScomPlace {
  PecUnit unit = PecUnit::Nest;
  unsigned pec = 0;
  unsigned stack = 0;  ///< of the units that a stack has
  const RegSpec* row = nullptr;
};

constexpr bool is_of_stack(PecUnit unit) {
  return unit == PecUnit::Stack || unit == PecUnit::PciStack || unit == PecUnit::Etu;
}

/// How the 16 lanes of a controller are shared.
enum class LaneConfig : std::uint8_t { X16 = 0, X8X8 = 1, X8X4X4 = 2 };  ///< the value of the lane field [F]

/// Lanes of a stack. POWER9's first two controllers are x16 and x8+x8 whatever is asked for; an unused
/// stack has none. [F: firmware takes PEC2 of POWER9 to be x8+x4+x4 or in parts of 8]
constexpr unsigned lanes_of(Generation g, unsigned pec, unsigned stack, LaneConfig config) {
  if (g == Generation::Phb3) return 16;
  if (g == Generation::Phb4 && pec == 0) config = LaneConfig::X16;
  if (g == Generation::Phb4 && pec == 1) config = LaneConfig::X8X8;
  switch (config) {
    case LaneConfig::X16:
      return stack == 0 ? 16 : 0;
    case LaneConfig::X8X8:
      return stack < 2 ? 8 : 0;
    case LaneConfig::X8X4X4:
      break;
  }
  return stack == 0 ? 8 : 4;
}

/// CONF1 of a controller's chiplet: lane field, and on POWER9 a valid bit for each stack with lanes [I].
constexpr std::uint64_t conf1_value(Generation g, unsigned pec, LaneConfig config) {
  if (g == Generation::Phb5) return Field<0, 1>::make(static_cast<std::uint64_t>(config));
  std::uint64_t v = pec == 2 ? Field<10, 11>::make(static_cast<std::uint64_t>(config)) : 0;
  for (unsigned s = 0; s < kMaxStacks; ++s)
    if (lanes_of(g, pec, s, config) != 0) v |= ppc_bit(4 + s);
  return v;
}

}  // namespace phbsim::arch
