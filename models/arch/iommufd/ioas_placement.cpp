// SPDX-License-Identifier: Apache-2.0
/// Which IOVAs a mapping may have and which it gets (iommufd.md 3.3, 3.4, 3.9, 4).
#include <algorithm>

#include "models/arch/iommufd/ioas_impl.hpp"
#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

namespace {

constexpr std::uint64_t low_bit(std::uint64_t x) { return x & (~x + 1); }

/// `x` <= 2^63.
constexpr std::uint64_t power_of_two_from(std::uint64_t x) {
  std::uint64_t power = 1;
  while (power < x) power <<= 1;
  return power;
}

/// The first address of [first, last] that a mapping of `length` may begin at; the offset in the page is
/// ORed in after aligning, as Linux does, and a room whose last address it would begin at is too small.
std::optional<Iova> fit(Iova first, Iova last, std::uint64_t length, std::uint64_t align, std::uint64_t offset) {
  if (first > ~Iova{0} - (align - 1)) return std::nullopt;
  const Iova at = ((first + (align - 1)) & ~(align - 1)) | offset;
  if (at >= last || last - at < length - 1) return std::nullopt;
  return at;
}

}  // namespace

std::vector<IovaRange> Ioas::usable() const { return impl_->reservations.usable(); }
std::uint64_t Ioas::alignment() const { return impl_->alignment; }
void Ioas::allow(std::vector<IovaRange> ranges) { impl_->reservations.allow(std::move(ranges)); }

void Ioas::reserve(const void* owner, IovaRange range) {
  if (range.first > range.last) fail(Errno::Inval, "the reserved range is empty");
  impl_->reserve_checked(owner, range);
}

void Ioas::hold(const void* owner, IovaRange range) {
  if (range.first > range.last) fail(Errno::Inval, "the reserved range is empty");
  if (impl_->areas.touches(range.first, range.last)) fail(Errno::AddrInUse, "the range to reserve is mapped");
  impl_->reservations.reserve(owner, range);
}

void Ioas::unreserve(const void* owner) noexcept { impl_->reservations.release(owner); }

void Ioas::Impl::reserve_checked(const void* owner, IovaRange range) {
  if (areas.touches(range.first, range.last)) fail(Errno::AddrInUse, "the range to reserve is mapped");
  if (reservations.allowed(range)) fail(Errno::AddrInUse, "the range to reserve is allowed");
  reservations.reserve(owner, range);
}

/// What no aperture of the domain holds, and the granules of those that are coarser than its finest. The
/// caller takes all back if it throws.
void Ioas::Impl::reserve_outside(os::PagingDomain& domain) {
  const std::uint64_t finest = low_bit(domain.page_sizes());
  Iova at = 0;
  bool open = true;  // `at` and what follows is not in an aperture seen so far
  for (const os::Aperture& a : domain.apertures()) {
    if (a.first > at) reserve_checked(&domain, {at, a.first - 1});
    const std::uint64_t granule = std::uint64_t{1} << a.page_shift;
    if (granule > finest) {
      for (Iova from = a.first; Area* const area = at_or_after(from);) {
        if (area->first > a.last) break;
        if (((area->first | area->length()) & (granule - 1)) != 0) {
          fail(Errno::AddrInUse, "a mapping does not fit the I/O pages of the domain's window");
        }
        if (area->last >= a.last) break;
        from = area->last + 1;
      }
      reservations.coarsen(&domain, {a.first, a.last}, granule);
    }
    at = a.last + 1;
    open = a.last != ~Iova{0};
  }
  if (open) reserve_checked(&domain, {at, ~Iova{0}});
}

bool Ioas::huge_pages() const { return impl_->huge; }

void Ioas::set_huge_pages(bool on) {
  Impl& m = *impl_;
  if (!on && m.huge && !m.domains.empty() && m.areas.size() != 0) {
    fail(Errno::Inval, "mappings are in domains already, perhaps in large pages");
  }
  m.set_alignment(m.wanted_alignment(on));
  m.huge = on;
}

/// The alignment that domains, access users and the option of huge pages ask for.
std::uint64_t Ioas::Impl::wanted_alignment(bool with_huge) const {
  std::uint64_t most = with_huge ? 1 : layer.page_bytes();
  for (const os::PagingDomain* domain : domains) most = std::max(most, low_bit(domain->page_sizes()));
  for (const Access& access : accesses) {
    if (access.pins) most = std::max(most, layer.page_bytes());
  }
  return most;
}

void Ioas::Impl::check_areas(std::uint64_t new_alignment) const {
  const std::uint64_t mask = new_alignment - 1;
  for_each([&](const Area& area) {
    if (((area.first | area.length() | offset_in_page(area.start)) & mask) != 0) {
      fail(Errno::AddrInUse, "a mapping does not keep to the new alignment");
    }
  });
}

void Ioas::Impl::set_alignment(std::uint64_t wanted) {
  if (wanted > alignment) check_areas(wanted);
  alignment = wanted;
}

void Ioas::Impl::check_fixed(Iova iova, std::uint64_t length) const {
  if ((iova & (alignment - 1)) != 0) fail(Errno::Inval, "the IOVA is not aligned");
  const IovaRange range{iova, checked_last(iova, length)};
  if (((iova | length) & (reservations.granule(range) - 1)) != 0) {
    fail(Errno::Inval, "IOVA or length do not fit the I/O pages of the window");
  }
  if (reservations.reserved(range)) fail(Errno::Inval, "the IOVA is reserved");
  if (areas.touches(range.first, range.last)) fail(Errno::Exist, "the IOVA is mapped");
}

/// First fit from the lowest address. `memory`: address of what is mapped; bits that are zero in it are
/// kept zero in the IOVA, so that large pages are possible.
Iova Ioas::Impl::pick(std::uint64_t memory, std::uint64_t length) const {
  if (length == 0 || length >= ~std::uint64_t{0} / 2) fail(Errno::Overflow, "the length cannot be aligned");
  std::uint64_t natural = power_of_two_from(length);
  if (memory != 0) natural = std::min(natural, low_bit(memory));
  const std::uint64_t most = std::max(std::uint64_t{1} << layer.huge_shift, alignment);
  const std::uint64_t align = std::min(natural, most);
  if (align < alignment) fail(Errno::Inval, "the memory is not aligned to what the IOVA has to be");
  const std::uint64_t offset = offset_in_page(memory);

  std::optional<Iova> found;
  for (const IovaRange& allowed : reservations.pickable(layer.page_bytes())) {
    const std::optional<Iova> start = fit(allowed.first, allowed.last, length, align, offset);
    if (!start) continue;
    for (const IovaRange& free : reservations.usable()) {
      const IovaRange range{std::max(*start, free.first), std::min(allowed.last, free.last)};
      if (range.first > range.last) continue;
      const bool done = reservations.split_by_granule(range, [&](IovaRange part, std::uint64_t granule) {
        // Extension: in a window of larger I/O pages the mapping has to fill them.
        if (granule > natural || (length & (granule - 1)) != 0) return false;
        const std::uint64_t here = std::max(align, granule);
        found = areas.first_fit(part.first, part.last, length,
                                [&](Iova first, Iova last) { return fit(first, last, length, here, offset); });
        return found.has_value();
      });
      if (done) return *found;
    }
  }
  fail(Errno::NoSpc, "no free IOVA range is long enough");
}

}  // namespace phbsim::arch::iommufd
