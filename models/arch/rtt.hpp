// SPDX-License-Identifier: Apache-2.0
/// RID translation table: 65536 big-endian 16-bit PE numbers in memory (phb.md 1.2).
#pragma once

#include "models/arch/memory_view.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

constexpr std::uint64_t kRttEntries = 65536;
constexpr std::uint64_t kRttEntryBytes = 2;
constexpr std::uint64_t kRttBytes = kRttEntries * kRttEntryBytes;

constexpr RealAddr rte_address(RealAddr rtt_base, Rid rid) { return rtt_base + kRttEntryBytes * rid; }

/// Points every RID at `pe`, as firmware does with the reserved PE.
inline void fill_rtt(MemoryView& memory, RealAddr base, PeNumber pe) {
  unsigned char line[128];
  for (unsigned i = 0; i < sizeof line; i += 2) store_be16(line + i, static_cast<std::uint16_t>(pe));
  for (std::uint64_t at = 0; at < kRttBytes; at += sizeof line) memory.write(base + at, line, sizeof line);
}

inline void set_rte(MemoryView& memory, RealAddr base, Rid rid, PeNumber pe) {
  memory.write_be16(rte_address(base, rid), static_cast<std::uint16_t>(pe));
}

}  // namespace phbsim::arch
