// SPDX-License-Identifier: Apache-2.0
/// Translation validation entries: the words of the TVT and their meaning (phb.md 2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/arch/generation.hpp"
#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

// Translated form [F].
using TveTable = Field<0, 47>;       ///< root table real address >> 12
using TveLevels = Field<48, 50>;     ///< levels - 1
using TveTableSize = Field<51, 55>;  ///< bytes per table = 2^(n + 11)
using TvePageSize = Field<59, 63>;   ///< page shift = 11 + n, 0 = no translation
// Non-translated form [F].
constexpr std::uint64_t kTveNonTranslate = ppc_bit(51);
constexpr std::uint64_t kTve50Bit = ppc_bit(56);
// Bits 49:24 of start and end, each split over two places of the word.
using TveBypassStartHigh = Field<52, 53>;
using TveBypassStartLow = Field<0, 23>;
using TveBypassEndHigh = Field<54, 55>;
using TveBypassEndLow = Field<24, 47>;

constexpr unsigned kMaxLevels = 5;
constexpr std::uint64_t kBypassGranule = 16 * kMiB;
constexpr std::uint64_t kBypassLimit = 1ull << 50;
/// TVE word of a peer-to-peer initiator: no translation, no range check [F].
constexpr std::uint64_t kTvePeerToPeer = 0x1000;
/// End of the addresses that reach a TVE at all: bits 63:60 are 0.
constexpr BusAddr kDmaLimit = 1ull << 60;

/// A TVE as the address path uses it.
struct Tve {
  enum class Kind : std::uint8_t { Invalid, Translated, Bypass };

  Kind kind = Kind::Invalid;
  std::uint8_t levels = 0;          ///< 1..5
  std::uint8_t bits_per_level = 0;  ///< index bits of one table: TTS + 8
  std::uint8_t page_shift = 0;
  RealAddr table = 0;  ///< root table
  BusAddr start = 0;   ///< bypass range, bytes; [start, end)
  BusAddr end = 0;

  /// log2 of the bytes that the entry spans from the window's base; may exceed 63.
  unsigned span_shift() const { return page_shift + static_cast<unsigned>(levels) * bits_per_level; }
  /// True if a window offset lies in the span (phb.md 2.3: the hardware checks, QEMU does not).
  bool spans(std::uint64_t offset) const { return span_shift() >= 64 || (offset >> span_shift()) == 0; }
};

/// Decodes a TVT word. `allow_any_page_size` accepts page sizes that no public firmware uses [MA].
Tve decode_tve(std::uint64_t word, const GenerationFacts& facts, bool allow_any_page_size = false);

/// A request for a translated window, as firmware gets it (OPAL call 44).
struct WindowShape {
  unsigned levels = 1;
  RealAddr table = 0;
  std::uint64_t table_bytes = 0;  ///< bytes of one table, a power of two >= 4 KiB
  unsigned page_shift = 12;
};

/// Empty if firmware would take the shape; else what is wrong, with the value and what is allowed.
std::string check_shape(const WindowShape& shape, const GenerationFacts& facts, bool allow_any_page_size = false);
/// TVE word of a checked shape.
std::uint64_t encode_translated(const WindowShape& shape);

/// Empty if firmware would take the bypass range for window `index` (0 or 1) of a PE (OPAL call 45).
std::string check_bypass(BusAddr start, std::uint64_t size, unsigned window);
/// TVE word of a bypass range; only bits 49:24 of start and start + size are kept.
std::uint64_t encode_bypass(BusAddr start, std::uint64_t size, const GenerationFacts& facts);

/// "64K pages, 2 levels of 64 KiB, root 0x..." for dumps.
std::string describe(const Tve& tve);

}  // namespace phbsim::arch
