// SPDX-License-Identifier: Apache-2.0
/// Where firmware places what a chip answers for in the real address space (phb.md 5.7) [F], and SCOM
/// addresses in the XSCOM window. PHB3 stands for POWER8, PHB4 for POWER9, PHB5 for POWER10.
///
/// Not here: memory, and the ranges of other units.
#pragma once

#include <cstdint>
#include <optional>

#include "models/arch/generation.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

enum class MapKind : std::uint8_t {
  Mmio64,      ///< M64; POWER8: MMIO0
  Mmio32,      ///< M32; POWER8: MMIO1
  Interrupts,  ///< ESB; POWER9 on
  Registers,
  Xscom,
};

struct MapWindow {
  RealAddr base = 0;
  std::uint64_t bytes = 0;

  constexpr bool contains(RealAddr a) const { return a >= base && a - base < bytes; }
};

/// PHBs of a chip; POWER8 Naples has 4.
constexpr unsigned phbs_per_chip(Generation g) { return g == Generation::Phb3 ? 4 : 6; }

/// The window of a PHB (0 for Xscom) of a chip, or nothing where the processor has no such thing. POWER10
/// counts chips by topology id. POWER8's MMIO windows of a chip hold 4 PHBs.
constexpr std::optional<MapWindow> map_window(Generation g, unsigned chip, MapKind kind, unsigned phb = 0) {
  const std::uint64_t n = chip;
  const std::uint64_t i = phb;
  if (phb >= phbs_per_chip(g)) return std::nullopt;
  if (g == Generation::Phb3) {
    switch (kind) {
      case MapKind::Mmio64:
        return MapWindow{0x0003D00000000000ull + n * 0x4000000000ull + i * 0x1000000000ull, 0x1000000000ull};
      case MapKind::Mmio32:
        return MapWindow{0x0003FF8000000000ull + n * 0x200000000ull + i * 0x80000000ull, 0x80000000ull};
      case MapKind::Registers:
        return MapWindow{0x0003FFFE40000000ull + n * 0x400000ull + i * 0x100000ull, 0x100000ull};
      default:
        return std::nullopt;  // no ESB; the reference does not place its XSCOM window
    }
  }
  const std::uint64_t at = n << (g == Generation::Phb4 ? 42 : 44);
  switch (kind) {
    case MapKind::Mmio64:
      return MapWindow{at + 0x0006000000000000ull + (i / 3) * 0x20000000000ull + (i % 3) * 0x4000000000ull,
                       0x4000000000ull};
    case MapKind::Mmio32:
      return MapWindow{at + 0x000600C000000000ull + i * 0x80000000ull, 0x80000000ull};
    case MapKind::Interrupts:
      return MapWindow{at + 0x000600C300000000ull + i * 0x20000000ull, 0x20000000ull};
    case MapKind::Registers:
      return MapWindow{at + 0x000600C3C0000000ull + i * 0x100000ull, 0x100000ull};
    case MapKind::Xscom:
      if (phb != 0) return std::nullopt;
      return MapWindow{at + 0x000603FC00000000ull, 0x400000000ull};
  }
  return std::nullopt;
}

/// SCOM address of an offset in the XSCOM window, POWER9 and POWER10: 8 bytes for each.
constexpr std::uint64_t scom_of_xscom(std::uint64_t offset) { return offset >> 3; }
constexpr std::uint64_t xscom_of_scom(std::uint64_t scom) { return scom << 3; }

}  // namespace phbsim::arch
