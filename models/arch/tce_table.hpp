// SPDX-License-Identifier: Apache-2.0
/// Builds real TCE tables in memory: geometry, lower levels on demand, entries as big-endian bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/tce.hpp"
#include "models/arch/tve.hpp"

namespace phbsim::arch {

/// Hands out table memory from one region of real addresses, aligned to the size asked for.
class TableRegion {
 public:
  TableRegion(RealAddr base, std::uint64_t bytes) : base_(base), next_(base), end_(base + bytes) {}

  /// Address of `bytes` (a power of two); throws UserError when the region is full.
  RealAddr allocate(std::uint64_t bytes);
  RealAddr base() const { return base_; }
  std::uint64_t used() const { return next_ - base_; }

 private:
  RealAddr base_;
  RealAddr next_;
  RealAddr end_;
};

/// Table bytes per level for a window, as Linux sizes them (phb.md 3.3): entries split evenly over
/// the levels, one table at least `least` (a page of the kernel that builds them).
std::uint64_t table_bytes_for(std::uint64_t window_bytes, unsigned page_shift, unsigned levels,
                              std::uint64_t least = 64 * kKiB);

/// One window's table. Addresses of entries are exposed so that a timed agent can store the
/// entries itself; `put` stores them directly.
class TceTable {
 public:
  /// A store of one doubleword that a change needs, in the order in which it must reach memory.
  struct Store {
    RealAddr addr;
    std::uint64_t value;
  };

  /// Takes the root from `region` unless `shape.table` is set (an existing root).
  TceTable(WindowShape shape, TableRegion& region);

  const WindowShape& shape() const { return shape_; }
  const Tve& geometry() const { return tve_; }
  unsigned page_shift() const { return shape_.page_shift; }

  /// Stores that set entry `index` (page number in the window) to `tce`. Missing lower tables are
  /// taken from the region; their links come first. Clearing an entry below a missing table needs
  /// no store.
  void plan_put(std::uint64_t index, std::uint64_t tce, std::vector<Store>& stores);

  /// Sets an entry in memory now.
  void put(MemoryView& memory, std::uint64_t index, std::uint64_t tce);

  /// Address of the leaf entry, 0 if its table does not exist yet.
  RealAddr leaf_address(std::uint64_t index) const;

  std::uint64_t table_bytes() const { return tables_ * shape_.table_bytes; }

 private:
  RealAddr child(unsigned level, std::uint64_t prefix) const;

  WindowShape shape_;
  Tve tve_;
  TableRegion& region_;
  std::uint64_t tables_ = 1;
  // Tables that exist below the root, by (level of the table, index prefix above it).
  std::vector<std::unordered_map<std::uint64_t, RealAddr>> children_;
  std::vector<Store> scratch_;
};

}  // namespace phbsim::arch
