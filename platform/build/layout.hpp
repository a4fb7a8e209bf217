// SPDX-License-Identifier: Apache-2.0
/// Puts windows in place before the run, as firmware and the kernel do at boot: RTT, TVEs, tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "platform/build/system.hpp"
#include "platform/config/config.hpp"

namespace phbsim::build {

/// A window as it stands in a PHB.
struct PlacedWindow {
  bool bypass = false;
  bool direct = false;
  BusAddr start = 0;          ///< first bus address of the window
  std::uint64_t size = 0;
  unsigned page_shift = 12;
  unsigned levels = 0;
  std::uint32_t tve_index = 0;
  std::uint64_t table_bytes = 0;
  BusAddr table_base = 0;     ///< bus address of the table's entry 0
  std::uint32_t table = 0;    ///< of the host agent (not direct, not bypass, no hypervisor)
  std::uint32_t liobn = 0;    ///< of the hypervisor (not direct, not bypass)
  arch::TceTable* entries = nullptr;  ///< its table (not direct, not bypass)
};

/// Table of a window that maps real addresses [0, memory_bytes) at entry `first` on, every level.
/// The entries are real bytes, written when first looked at.
struct DirectTable {
  RealAddr root = 0;
  std::uint64_t table_bytes = 0;  ///< of one table
  std::uint64_t total_bytes = 0;  ///< of all tables that hold entries
};
DirectTable make_direct_table(memory::SparseStore& store, arch::TableRegion& region, unsigned page_shift,
                              unsigned levels, std::uint64_t span_bytes, std::uint64_t first,
                              std::uint64_t memory_bytes);

/// What a configuration says of a PHB; devices and drivers are the caller's to count.
PhbSpec phb_spec_of(const config::PhbConfig& config);

/// RTT of a PHB with every RID at the reserved (last) PE, and its BAR.
void install_rtt(System& system, PhbGroup& group);
void assign_rid(System& system, PhbGroup& group, Rid rid, PeNumber pe);

/// Under a hypervisor: the PE becomes the partition's, without a window yet. `ordinal` counts the PEs.
void give_to_partition(System& system, PhbGroup& group, PeNumber pe, unsigned ordinal);

/// Window `config` of a PE; memory of `memory_bytes` behind it. Sets GTE4GB for an offset of 4 GiB.
PlacedWindow place_window(System& system, PhbGroup& group, PeNumber pe, const config::WindowConfig& config,
                          std::uint64_t memory_bytes);

}  // namespace phbsim::build
