// SPDX-License-Identifier: Apache-2.0
/// Builds real TCE tables in memory: geometry, lower levels on demand or all at once, entries as
/// big-endian bytes. And the sizes that Linux gives them (ddw-vfio.md 3.5).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/tce.hpp"
#include "models/arch/tve.hpp"

namespace phbsim::arch {

/// Hands out table memory from one region of real addresses, aligned to the size asked for. Memory that
/// comes back serves requests of the same size again; pieces are neither split nor joined.
class TableRegion {
 public:
  TableRegion(RealAddr base, std::uint64_t bytes) : base_(base), next_(base), end_(base + bytes) {}

  /// Address of `bytes` (a power of two), `count` times in a row; throws UserError when the region
  /// is full.
  RealAddr allocate(std::uint64_t bytes, std::uint64_t count = 1);
  /// Takes back `bytes` that allocate() gave. They must read as zero again, like memory never given
  /// out, and nothing may translate through them any more. The lowest free address is given out first.
  void release(RealAddr at, std::uint64_t bytes);
  RealAddr base() const { return base_; }
  std::uint64_t used() const { return next_ - base_; }       ///< ever given out, gaps of alignment included
  std::uint64_t in_use() const { return in_use_; }           ///< given out and not back

 private:
  RealAddr base_;
  RealAddr next_;
  RealAddr end_;
  std::map<std::uint64_t, std::set<RealAddr>> free_;  // by size
  std::uint64_t in_use_ = 0;
};

/// Table bytes per level for a window, as Linux sizes them (phb.md 3.3): entries split evenly over
/// the levels, one table at least `least` (a page of the kernel that builds them).
std::uint64_t table_bytes_for(std::uint64_t window_bytes, unsigned page_shift, unsigned levels,
                              std::uint64_t least = 64 * kKiB);

/// log2 of the bytes of one table, as Linux on bare metal derives it from window and levels; nothing
/// where it answers -EINVAL: levels not 1..5, a size that is no power of two, or 55 and more bits of
/// address [F ddw-vfio.md 3.5]. A window smaller than a page is refused, too [MA].
std::optional<unsigned> linux_level_shift(std::uint64_t window_bytes, unsigned page_shift, unsigned levels,
                                          unsigned kernel_page_shift = 16);

/// Bytes that Linux charges for a window's tables (get_table_size): those of all levels as if fully
/// populated, twice, since userspace addresses are kept in a copy. 0 for invalid levels or size; the
/// limit of 55 bits belongs to the creation and plays no part [I].
std::uint64_t linux_table_size(std::uint64_t window_bytes, unsigned page_shift, unsigned levels,
                               unsigned kernel_page_shift = 16);

/// When the tables below the root come to be.
enum class Population : std::uint8_t {
  OnDemand,  ///< with the first entry below them
  Full,      ///< with the root, as before Linux commit a68bd1267b72 (ddw-vfio.md 7.1)
};

/// How software clears a range.
enum class ClearWalk : std::uint8_t {
  SkipAbsent,  ///< one look finds a whole leaf table absent [F ddw-vfio.md 3.5]
  EveryEntry,  ///< each entry is looked up, as Linux did before (ddw-vfio.md 7.1)
};

/// What clearing a range took.
struct Clearing {
  std::uint64_t examined = 0;  ///< entries looked at one by one
  std::uint64_t skipped = 0;   ///< absent leaf tables passed over
};

/// One window's table. Addresses of entries are exposed so that a timed agent can store the
/// entries itself; `put` stores them directly.
class TceTable {
 public:
  /// A store of one doubleword that a change needs, in the order in which it must reach memory.
  struct Store {
    RealAddr addr;
    std::uint64_t value;
  };

  /// Takes the root from `region` unless `shape.table` is set (an existing root). The window has
  /// `entries` pages, 0 means all that the shape spans; a fully populated one has no tables beyond.
  TceTable(WindowShape shape, TableRegion& region, Population population = Population::OnDemand,
           std::uint64_t entries = 0);

  const WindowShape& shape() const { return shape_; }
  const Tve& geometry() const { return tve_; }
  unsigned page_shift() const { return shape_.page_shift; }
  std::uint64_t last_index() const { return last_; }  ///< of the window's pages

  /// Stores that set entry `index` (page number in the window) to `tce`. Missing lower tables are
  /// taken from the region; their links come first. Clearing an entry below a missing table needs
  /// no store.
  void plan_put(std::uint64_t index, std::uint64_t tce, std::vector<Store>& stores);

  /// Makes the lower tables that `count` entries from `first` on need; stores that link them are
  /// appended, to be carried out before any entry is. Throws and changes nothing.
  void ensure(std::uint64_t first, std::uint64_t count, std::vector<Store>& stores);
  /// Entries of one leaf table that lie in a row.
  struct Piece {
    std::uint64_t index = 0;
    std::uint64_t count = 0;
    RealAddr entry = 0;  ///< address of the first
  };
  /// The pieces of [first, first + count) whose leaf tables exist, in order.
  void for_each_piece(std::uint64_t first, std::uint64_t count, const std::function<void(const Piece&)>& visit) const;
  /// Gives all tables back to the region, each after `clean` made it zero. No use of the table after that.
  void give_back(const std::function<void(RealAddr, std::uint64_t bytes)>& clean);

  /// All links of a fully populated table, top level first: to be stored before any entry is of use,
  /// and assumed by plan_put. None if tables come on demand.
  void plan_full(std::vector<Store>& stores) const;

  /// Stores that clear the entries of `count` pages from `first` on. Tables stay, as in Linux.
  Clearing plan_clear(std::uint64_t first, std::uint64_t count, std::vector<Store>& stores,
                      ClearWalk walk = ClearWalk::SkipAbsent) const;
  /// What that takes, without the stores: a table may have more entries than a list should.
  Clearing clear_work(std::uint64_t first, std::uint64_t count, ClearWalk walk = ClearWalk::SkipAbsent) const;

  /// Sets an entry in memory now.
  void put(MemoryView& memory, std::uint64_t index, std::uint64_t tce);

  /// Address of the leaf entry, 0 if its table does not exist yet.
  RealAddr leaf_address(std::uint64_t index) const;

  std::uint64_t table_bytes() const { return tables_ * shape_.table_bytes; }

 private:
  RealAddr child(unsigned level, std::uint64_t prefix) const;
  /// Tables at `level` (0 is the leaf) that the window's entries need.
  std::uint64_t tables_at(unsigned level) const;
  /// Levels from the leaf up to and with the topmost missing table above `index`; 0 if none is.
  unsigned missing_levels(std::uint64_t index) const;
  void forget_child(unsigned level, std::uint64_t prefix);
  template <typename Present>
  Clearing visit(std::uint64_t first, std::uint64_t count, ClearWalk walk, Present&& present) const;

  WindowShape shape_;
  Tve tve_;
  TableRegion& region_;
  Population population_;
  bool own_root_ = false;   // taken from the region
  std::uint64_t last_ = 0;  // highest index
  std::uint64_t tables_ = 1;
  // Tables that exist below the root, by (level of the table, index prefix above it).
  std::vector<std::unordered_map<std::uint64_t, RealAddr>> children_;
  // Fully populated: first table of each level below the root; those of a level lie in a row.
  std::vector<RealAddr> rows_;
  std::vector<Store> scratch_;
};

}  // namespace phbsim::arch
