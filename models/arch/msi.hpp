// SPDX-License-Identifier: Apache-2.0
/// Message signalled interrupts: which writes are MSIs and which source they name (phb.md 1.3, 1.5).
#pragma once

#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::arch {

constexpr BusAddr kMsi32Base = 0xFFFF0000ull;
constexpr BusAddr kMsi64Base = 1ull << 60;

/// In the 64 KiB below 4 GiB that the 32-bit MSI window takes while it is enabled.
constexpr bool in_msi32(BusAddr addr) { return (addr >> 16) == 0xFFFF; }
constexpr bool in_msi64(BusAddr addr) { return (addr >> 60) == 1; }

/// Source number of an MSI write: from the offset in its window, never from the whole address.
constexpr std::uint32_t msi_source(BusAddr addr, std::uint32_t data) {
  const std::uint64_t offset = in_msi32(addr) ? addr & 0xFFFF : addr & 0x0FFFFFFFFFFFFFFFull;
  return static_cast<std::uint32_t>(((offset >> 4) & 0xFFFF) | (data & 0x1F));
}

struct MsiMessage {
  BusAddr addr;
  std::uint32_t data;
};

/// The message that firmware gives a device for a source.
constexpr MsiMessage encode_msi(std::uint32_t source, bool use_64bit) {
  const BusAddr base = use_64bit ? kMsi64Base : kMsi32Base;
  return {base | ((static_cast<std::uint64_t>(source) << 4) & ~0x1F0ull), source & 0x1F};
}

}  // namespace phbsim::arch
