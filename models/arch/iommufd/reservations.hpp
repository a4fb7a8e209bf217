// SPDX-License-Identifier: Apache-2.0
/// Which IOVAs mappings may have: ranges that are reserved, ranges that are allowed (iommufd.md 3.3, 3.4,
/// 4), and apertures whose I/O pages are coarser than the rest. All are few, so sorted lists hold them.
#pragma once

#include <vector>

#include "models/arch/iommufd/ioas.hpp"

namespace phbsim::arch::iommufd {

/// Every call that may fail leaves all as it was.
class Reservations {
 public:
  /// No check against the allowed list: reserve_checked() of the IOAS does that.
  void reserve(const void* owner, IovaRange range);
  /// Mappings in `range` keep to multiples of `granule`.
  void coarsen(const void* owner, IovaRange range, std::uint64_t granule);
  /// Takes back both.
  void release(const void* owner) noexcept;
  /// Replaces the allowed list. EINVAL for an entry of less than two IOVAs or two that overlap,
  /// EADDRINUSE if one touches what is reserved.
  void allow(std::vector<IovaRange> ranges);

  bool reserved(IovaRange range) const { return touches(reserved_, range); }
  bool allowed(IovaRange range) const { return touches(allowed_, range); }
  /// Ascending; what no reserved range holds.
  const std::vector<IovaRange>& usable() const { return usable_; }
  /// Where IOVAs are picked from, ascending: the allowed list, or all but the first and the last page.
  std::vector<IovaRange> pickable(std::uint64_t page_bytes) const;
  /// Multiple that a mapping that lies in `range` keeps to; 1 if no aperture asks for more.
  std::uint64_t granule(IovaRange range) const;
  /// Calls piece(range, granule) for each part of `range` that has one granule, ascending, until it
  /// returns true.
  template <class Piece>
  bool split_by_granule(IovaRange range, const Piece& piece) const {
    if (coarse_.empty()) return piece(range, std::uint64_t{1});
    for (Iova at = range.first;;) {
      Iova last = range.last;
      for (const Coarse& c : coarse_) {
        if (c.range.first > at) last = std::min(last, c.range.first - 1);
        if (c.range.first <= at && c.range.last >= at) last = std::min(last, c.range.last);
      }
      if (piece(IovaRange{at, last}, granule({at, last}))) return true;
      if (last == range.last) return false;
      at = last + 1;
    }
  }

 private:
  struct Reserved {
    const void* owner;
    IovaRange range;
  };
  struct Coarse {
    const void* owner;
    IovaRange range;
    std::uint64_t granule;
  };
  static bool overlap(IovaRange a, IovaRange b) { return a.first <= b.last && b.first <= a.last; }
  static bool touches(const std::vector<IovaRange>& list, IovaRange range);
  static bool touches(const std::vector<Reserved>& list, IovaRange range);
  static std::vector<IovaRange> complement(const std::vector<Reserved>& reserved);

  std::vector<Reserved> reserved_;
  std::vector<IovaRange> allowed_;  // ascending
  std::vector<Coarse> coarse_;
  std::vector<IovaRange> usable_{{0, ~Iova{0}}};
};

}  // namespace phbsim::arch::iommufd
