// SPDX-License-Identifier: Apache-2.0
/// Inside of Ioas; nobody else includes it.
#pragma once

#include <boost/container/small_vector.hpp>
#include <memory>
#include <vector>

#include "models/arch/iommufd/gap_tree.hpp"
#include "models/arch/iommufd/ioas.hpp"
#include "models/arch/iommufd/pages.hpp"
#include "models/arch/iommufd/reservations.hpp"

namespace phbsim::arch::iommufd {

/// A mapping: bytes of a page object at [first, last].
struct Area : GapNode {
  PagesPtr pages;
  std::uint64_t start = 0;     ///< byte of the page object at `first`
  std::uint32_t accesses = 0;  ///< pins by access users
  std::uint16_t locks = 0;
  os::Protection prot;
  bool filled : 1;     ///< holds one use of its pages and is in every domain
  bool going : 1;      ///< its access users were told to let go: no new ones

  Area() : filled(false), going(false) {}
  std::uint64_t length() const { return last - first + 1; }
  std::uint64_t byte_at(Iova iova) const { return start + (iova - first); }
};

/// A slice of a page object that is to become an area.
struct Piece {
  PagesPtr pages;
  std::uint64_t start = 0;
  std::uint64_t length = 0;
};
using Pieces = boost::container::small_vector<Piece, 1>;

struct Ioas::Impl {
  explicit Impl(const Layer& l) : layer(l) {}

  // Areas.
  Area* at_or_after(Iova at) const { return static_cast<Area*>(areas.at_or_after(at)); }
  template <class Visit>
  void for_each(const Visit& visit) const {
    areas.for_each([&visit](GapNode& node) { visit(static_cast<Area&>(node)); });
  }
  /// Calls piece(area, first, last) for what areas hold of [iova, last], without a hole; false at one.
  template <class Visit>
  bool walk(Iova iova, Iova last, const Visit& piece) const;
  void remove(Area& area) noexcept;
  std::uint64_t page_of(std::uint64_t byte) const { return byte >> layer.page_shift; }
  std::uint64_t offset_in_page(std::uint64_t byte) const { return byte & (layer.page_bytes() - 1); }

  // Placement (ioas_placement.cpp).
  std::uint64_t wanted_alignment(bool with_huge) const;
  void check_areas(std::uint64_t new_alignment) const;
  void set_alignment(std::uint64_t wanted);
  void check_fixed(Iova iova, std::uint64_t length) const;
  Iova pick(std::uint64_t memory, std::uint64_t length) const;
  void reserve_checked(const void* owner, IovaRange range);
  void reserve_outside(os::PagingDomain& domain);

  // Domains (ioas_domains.cpp).
  void map_into(os::PagingDomain& domain, const Area& area) const;
  void fill(Area& area);
  void unfill(Area& area) noexcept;
  void take_out(os::PagingDomain& domain, const Area* end) noexcept;

  // Mappings (ioas_mappings.cpp).
  Iova place(Pieces& pieces, std::uint64_t length, std::optional<Iova> fixed, os::Protection prot);
  Unmapped unmap(Iova first, Iova last);
  void tell_accesses(Iova iova, std::uint64_t length);
  std::unique_ptr<Area> cut_at(Iova last_below) const;

  struct Access {
    AccessUser* user;
    bool pins;
  };

  Layer layer;
  GapTree areas;
  Reservations reservations;
  std::vector<os::PagingDomain*> domains;
  std::vector<Access> accesses;
  std::uint64_t alignment = 1;
  bool huge = true;
};

template <class Visit>
bool Ioas::Impl::walk(Iova iova, Iova last, const Visit& piece) const {
  for (Iova at = iova;;) {
    Area* const area = at_or_after(at);
    if (!area || area->first > at) return false;
    const Iova end = std::min(last, area->last);
    piece(*area, at, end);
    if (end == last) return true;
    at = end + 1;
  }
}

/// Last IOVA of a range that a caller gave.
inline Iova checked_last(Iova iova, std::uint64_t length) {
  if (length == 0) os::fail(os::Errno::Inval, "the range is empty");
  if (length - 1 > ~Iova{0} - iova) os::fail(os::Errno::Overflow, "the range goes beyond the last IOVA");
  return iova + (length - 1);
}

}  // namespace phbsim::arch::iommufd
