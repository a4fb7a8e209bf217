// SPDX-License-Identifier: Apache-2.0
/// From a processor's address to PCI: the MMIO BAR table of PHB4 and PHB5 with its PE table, M32 and
/// the M64 BARs of PHB3, and the PE of a configuration cycle (phb.md 5.8). Plain functions of table
/// words and register values.
///
/// Where windows overlap the lowest BAR wins, on PHB3 M32 before M64; a PE number beyond those of the
/// PHB loses its top bits [MA]. Not modelled: M64_AOMASK, the lock registers, freeze (the caller's).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/arch/generation.hpp"
#include "models/arch/registers.hpp"
#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

/// MBT word 0 (PHB4, PHB5) [F].
constexpr std::uint64_t kMbtValid = ppc_bit(0);  ///< of both words: one bit
constexpr std::uint64_t kMbtM32 = ppc_bit(1);
using MbtMode = Field<2, 3>;
using MbtDivisor = Field<4, 5>;  ///< SegmentIsPe: segments
using MbtColumn = Field<4, 5>;   ///< Mdt: column of the table
constexpr std::uint64_t kMbtAddress = ppc_mask(8, 51);  ///< base and mask, address bits in place
using MbtPe = Field<55, 63>;     ///< of word 1: PE of the first segment, or the only one
enum class MbtModes : std::uint8_t { SegmentIsPe = 0, Mdt = 1, SinglePe = 2 };
constexpr std::uint64_t kMbtWord0 = kMbtValid | kMbtM32 | MbtMode::kMask | MbtDivisor::kMask | kMbtAddress;
constexpr std::uint64_t kMbtWord1 = kMbtValid | kMbtAddress | MbtPe::kMask;

/// M64BT of PHB3 [F].
constexpr std::uint64_t kM64Valid = ppc_bit(0);
constexpr std::uint64_t kM64SinglePe = ppc_bit(1);
using M64Base = Field<2, 31>;         ///< address >> 20
using M64Mask = Field<34, 63>;
using M64SingleBase = Field<2, 26>;   ///< address >> 25
using M64SingleMask = Field<34, 58>;
using M64PeHigh = Field<27, 31>;
using M64PeLow = Field<59, 63>;
using M32dtPe = Field<8, 15>;
constexpr unsigned kPhb3Segments = 256;
constexpr unsigned kPhb3AddressBits = 50;

/// BARs of the MBT or M64BT [F 0.1].
constexpr unsigned mmio_bars(const GenerationFacts& f) {
  return f.generation != Generation::Phb3 && f.size == PhbSize::Big ? 32 : 16;
}
/// Words of the table that the IODA port shows: two for each BAR but on PHB3.
constexpr unsigned mmio_bar_words(const GenerationFacts& f) {
  return mmio_bars(f) * (f.generation == Generation::Phb3 ? 1 : 2);
}

/// A write of word `index` of the MBT of PHB4 and PHB5: undefined bits are dropped, and the other word
/// of the BAR takes the valid bit.
void write_mbt(std::uint64_t* words, unsigned index, std::uint64_t value);

/// MDT word: four columns of 16 bits, A the leftmost.
constexpr std::uint32_t mdt_pe(std::uint64_t word, unsigned column) {
  return static_cast<std::uint32_t>(word >> (48 - 16 * column) & 0xFFFF);
}

/// What decides, as the PHB holds it.
struct OutboundView {
  const GenerationFacts* facts = nullptr;
  const std::uint64_t* bars = nullptr;      ///< mmio_bar_words() words
  const std::uint64_t* segments = nullptr;  ///< MDT (PHB3: M32DT), a word for each PE
  std::uint64_t m32_start = 0;              ///< M32_START_ADDR
  std::uint64_t m64_upper = 0;              ///< M64_UPPER_BITS
  std::uint64_t phb_config = 0;             ///< PHB3: PHBX_CONFIG
  std::uint64_t m32_base = 0;               ///< PHB3: M32_BASE_ADDR
  std::uint64_t m32_mask = 0;               ///< PHB3: M32_BASE_MASK
  /// PHB3: a smaller window of 256 segments does not answer. 256 MiB is the hardware's [F LDOC];
  /// firmware asks for 1 MiB. Range 1 MiB to 256 MiB.
  std::uint64_t m64_minimum = 256 * kMiB;
};

struct OutboundTarget {
  BusAddr pci = 0;
  PeNumber pe = 0;
  bool is_m32 = false;
  std::uint8_t bar = 0;        ///< PHB3's M32: 0
  std::uint32_t segment = 0;
};
inline bool operator==(const OutboundTarget& a, const OutboundTarget& b) {
  return a.pci == b.pci && a.pe == b.pe && a.is_m32 == b.is_m32 && a.bar == b.bar && a.segment == b.segment;
}

/// Nothing: no window answers.
std::optional<OutboundTarget> decode_outbound(const OutboundView& view, RealAddr addr);

/// PE that a configuration cycle runs as: of CONFIG_ADDRESS.
constexpr PeNumber config_pe(Generation generation, std::uint64_t config_address) {
  const auto pe = static_cast<PeNumber>(ConfigAddressPe::get(config_address));
  return generation == Generation::Phb3 ? pe & 0xFF : pe;
}

}  // namespace phbsim::arch
