// SPDX-License-Identifier: Apache-2.0
/// Which memory is TCE tables in use: the roots that TVEs name, and what indirect entries lead to.
///
/// Links are found when a table comes into use (tables of up to kScanEntries entries are read through), when a
/// processor stores one, and when a walk passes one. A link that is no TCE (undefined bits, address beyond memory) is
/// not followed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/tce.hpp"
#include "models/arch/tve.hpp"

namespace phbsim::arch::checker {

/// Bits of a TCE that mean nothing on PCI [F 3.1].
constexpr std::uint64_t kTceUndefined = ppc_mask(52, 61);

class TableMap {
 public:
  static constexpr std::uint64_t kScanEntries = 1 << 16;

  /// A TVE: PHB and index.
  using Owner = std::pair<unsigned, std::uint32_t>;
  struct Table {
    RealAddr base = 0;
    std::uint64_t bytes = 0;
    unsigned level = 0;  ///< 0: its entries are pages
    unsigned page_shift = 0;
    Owner owner;         ///< the first that brought it
    unsigned refs = 0;   ///< TVEs and links that name it
    bool same_shape(const Table& o) const {
      return base == o.base && bytes == o.bytes && level == o.level && page_shift == o.page_shift;
    }
  };
  /// `added` came to lie over `there` and is not in use as far as this map goes.
  struct Conflict {
    Table added;
    Table there;
  };

  /// Real memory ends at `memory_end`.
  TableMap(const MemoryView& memory, RealAddr memory_end) : memory_(memory), memory_end_(memory_end) {}

  /// Called for memory that becomes (true), or no longer is, a table in use.
  std::function<void(RealAddr, std::uint64_t bytes, bool)> on_watch;

  /// A TVE has this meaning from now on.
  void set_tve(Owner owner, const Tve& tve, std::vector<Conflict>& conflicts);
  /// Entries in [addr, addr + bytes) were stored.
  void stored(RealAddr addr, std::uint64_t bytes, std::vector<Conflict>& conflicts);
  /// A walk read an entry at this address; its table may be unknown yet.
  void walked(RealAddr entry, std::vector<Conflict>& conflicts) { stored(entry & ~7ull, 8, conflicts); }

  /// The table that holds any of [addr, addr + bytes), or null: the first of them.
  const Table* find(RealAddr addr, std::uint64_t bytes) const;
  bool empty() const { return tables_.empty(); }
  /// False: nothing that a device could use as a TCE.
  bool is_tce(std::uint64_t word) const { return (word & kTceUndefined) == 0 && (word & kTceRpnMask) < memory_end_; }

 private:
  bool add(const Table& table, std::vector<Conflict>& conflicts);
  void release(RealAddr base);
  void link(const Table& table, RealAddr entry, std::vector<Conflict>& conflicts);

  const MemoryView& memory_;
  RealAddr memory_end_;
  std::map<RealAddr, Table> tables_;       ///< by base; never overlapping
  std::map<Owner, Table> roots_;
  std::map<RealAddr, RealAddr> links_;     ///< entry to the table it leads to
};

}  // namespace phbsim::arch::checker
