// SPDX-License-Identifier: Apache-2.0
#include "models/arch/tve.hpp"

#include "models/base/text.hpp"

namespace phbsim::arch {

namespace {

BusAddr join(std::uint64_t high, std::uint64_t low) { return (high << 24 | low) << 24; }

}  // namespace

Tve decode_tve(std::uint64_t word, const GenerationFacts& facts, bool allow_any_page_size) {
  Tve tve;
  const auto psize = static_cast<unsigned>(TvePageSize::get(word));
  if (psize == 0) {
    if (!(word & kTveNonTranslate)) return tve;
    const bool ranged = facts.nontranslate_50bit ? (word & kTve50Bit) != 0 : true;
    if (ranged) {
      tve.kind = Tve::Kind::Bypass;
      tve.start = join(TveBypassStartHigh::get(word), TveBypassStartLow::get(word));
      tve.end = join(TveBypassEndHigh::get(word), TveBypassEndLow::get(word));
    } else if (word == kTvePeerToPeer) {
      tve.kind = Tve::Kind::Bypass;
      tve.end = kDmaLimit;
    }
    return tve;
  }
  const auto levels = static_cast<unsigned>(TveLevels::get(word)) + 1;
  const auto tts = static_cast<unsigned>(TveTableSize::get(word));
  const unsigned shift = 11 + psize;
  if (tts == 0 || levels > kMaxLevels) return tve;
  if (word & kTve50Bit) return tve;  // bypass mode asked for with a page size [MA: invalid]
  if (!allow_any_page_size && !supports_page_shift(facts, shift)) return tve;
  tve.kind = Tve::Kind::Translated;
  tve.levels = static_cast<std::uint8_t>(levels);
  tve.bits_per_level = static_cast<std::uint8_t>(tts + 8);
  tve.page_shift = static_cast<std::uint8_t>(shift);
  tve.table = TveTable::get(word) << 12;
  return tve;
}

std::string check_shape(const WindowShape& s, const GenerationFacts& facts, bool allow_any_page_size) {
  if (s.levels < 1 || s.levels > kMaxLevels) return "levels is " + std::to_string(s.levels) + ", allowed 1..5";
  if (!is_power_of_two(s.table_bytes) || s.table_bytes < 4 * kKiB || s.table_bytes > (1ull << 42)) {
    return "table size is " + text::bytes(s.table_bytes) + ", allowed a power of two from 4 KiB to 4 TiB";
  }
  if (s.table & 0xFFF) return "table address " + text::hex(s.table) + " is not 4 KiB aligned";
  if (s.page_shift < 12 || s.page_shift > 42 ||
      (!allow_any_page_size && !supports_page_shift(facts, s.page_shift))) {
    std::string allowed;
    for (const auto p : facts.page_shifts) allowed += (allowed.empty() ? "" : ", ") + text::bytes(1ull << p);
    return "page size is " + text::bytes(1ull << (s.page_shift & 63)) + ", allowed on " + std::string(facts.name) + ": " + allowed;
  }
  return {};
}

std::uint64_t encode_translated(const WindowShape& s) {
  return TveTable::make(s.table >> 12) | TveLevels::make(s.levels - 1) |
         TveTableSize::make(log2_floor(s.table_bytes) - 11) | TvePageSize::make(s.page_shift - 11);
}

std::string check_bypass(BusAddr start, std::uint64_t size, unsigned window) {
  if ((start >> 59) != (window & 1)) {
    return "start " + text::hex(start) + " does not lie in window " + std::to_string(window) +
           " (bit 59 must be " + std::to_string(window & 1) + ")";
  }
  if (start % kBypassGranule || size % kBypassGranule) {
    return "start " + text::hex(start) + " and size " + text::hex(size) + " must be multiples of 16 MiB";
  }
  const BusAddr low = start & low_mask(59);
  if (size == 0 || size >= kBypassLimit || low + size >= kBypassLimit) {
    return "end " + text::hex(low + size) + " lies beyond 0x3ffffffffffff or the size is 0";
  }
  return {};
}

std::uint64_t encode_bypass(BusAddr start, std::uint64_t size, const GenerationFacts& facts) {
  const BusAddr end = start + size;
  return TveBypassStartLow::make(start >> 24) | TveBypassStartHigh::make(start >> 48) | TveBypassEndLow::make(end >> 24) |
         TveBypassEndHigh::make(end >> 48) | kTveNonTranslate | (facts.nontranslate_50bit ? kTve50Bit : 0);
}

std::string describe(const Tve& tve) {
  switch (tve.kind) {
    case Tve::Kind::Bypass:
      return "bypass " + text::hex(tve.start) + ".." + text::hex(tve.end);
    case Tve::Kind::Translated:
      return text::bytes(1ull << tve.page_shift) + " pages, " + std::to_string(tve.levels) + " level(s) of " +
             text::bytes(1ull << (tve.bits_per_level + 3)) + ", root " + text::hex(tve.table);
    case Tve::Kind::Invalid:
      break;
  }
  return "invalid";
}

}  // namespace phbsim::arch
