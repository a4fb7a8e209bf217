// SPDX-License-Identifier: Apache-2.0
/// TCE format and the arithmetic of a walk (phb.md 3).
#pragma once

#include <cstdint>

#include "models/arch/tve.hpp"
#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

constexpr std::uint64_t kTceRead = 0x1;   ///< device may read [F]
constexpr std::uint64_t kTceWrite = 0x2;  ///< device may write [F]
constexpr std::uint64_t kTcePermissions = kTceRead | kTceWrite;
constexpr std::uint64_t kTceRpnMask = ~0xFFFull;
constexpr unsigned kTceBytes = 8;

/// What a device does. Atomics need both permissions [MA].
enum class Access : std::uint8_t { Read, Write, Atomic };

constexpr std::uint64_t permissions_needed(Access access) {
  return access == Access::Read ? kTceRead : access == Access::Write ? kTceWrite : kTcePermissions;
}

/// Real base of the page that a leaf TCE names; RPN bits below the page size are ignored [MA].
constexpr RealAddr tce_page_base(std::uint64_t tce, unsigned page_shift) {
  return tce & ~low_mask(page_shift);
}

/// Address of the entry read at `level` (levels-1 is the root, 0 the leaf) for a window offset.
constexpr RealAddr tce_entry_address(const Tve& tve, unsigned level, RealAddr table, std::uint64_t offset) {
  const unsigned shift = tve.page_shift + tve.bits_per_level * level;
  return table + kTceBytes * (shift_right(offset, shift) & low_mask(tve.bits_per_level));
}

/// What an entry that was read means for the walk.
enum class EntryVerdict : std::uint8_t { Descend, Done, PageFault, AccessFault };

/// `check_indirect_direction`: apply the direction bits to indirect entries, too [MA, default off].
constexpr EntryVerdict judge_entry(std::uint64_t tce, unsigned level, Access access,
                                   bool check_indirect_direction = false) {
  if ((tce & kTcePermissions) == 0) return EntryVerdict::PageFault;
  const std::uint64_t need = permissions_needed(access);
  const bool allowed = (tce & need) == need;
  if (level > 0) {
    return check_indirect_direction && !allowed ? EntryVerdict::AccessFault : EntryVerdict::Descend;
  }
  return allowed ? EntryVerdict::Done : EntryVerdict::AccessFault;
}

/// Table that an indirect entry names: 4 KiB aligned real address [F].
constexpr RealAddr next_table(std::uint64_t tce) { return tce & kTceRpnMask; }

}  // namespace phbsim::arch
