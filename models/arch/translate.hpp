// SPDX-License-Identifier: Apache-2.0
/// The whole inbound path against bytes in memory, without caches and without time: the reference.
#pragma once

#include <array>

#include "models/arch/phb_state.hpp"

namespace phbsim::arch {

struct Translation {
  Fault fault = Fault::None;
  PeNumber pe = kNoPe;
  std::uint32_t tve_index = 0;
  RealAddr real = 0;
  unsigned page_shift = 12;      ///< of the window; 12 for bypass
  std::uint64_t permissions = 0; ///< TCE bits of the leaf; both for bypass
  bool is_msi = false;
  std::uint32_t source = 0;      ///< MSI source
  unsigned reads = 0;            ///< TCE fetches made
  std::array<RealAddr, kMaxLevels> fetched{};  ///< their addresses, root first

  bool ok() const { return fault == Fault::None; }
};

/// Walks the table of `tve` for a window offset.
Translation walk(const Tve& tve, std::uint64_t offset, Access access, const MemoryView& memory,
                 bool check_indirect_direction = false);

/// From PE on: freeze check, top bits, TVE, walk.
Translation translate_pe(const PhbState& phb, PeNumber pe, BusAddr addr, std::uint64_t length, Access access,
                         const MemoryView& memory, std::uint32_t data = 0);

/// From requester ID on: RTT, then translate_pe.
Translation translate(const PhbState& phb, Rid rid, BusAddr addr, std::uint64_t length, Access access,
                      const MemoryView& memory, std::uint32_t data = 0);

}  // namespace phbsim::arch
