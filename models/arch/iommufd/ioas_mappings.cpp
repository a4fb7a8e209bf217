// SPDX-License-Identifier: Apache-2.0
/// MAP, COPY, UNMAP and splits (iommufd.md 3.5-3.8, 9).
#include <algorithm>

#include "models/arch/iommufd/ioas_impl.hpp"
#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

namespace {

/// Users that were told to let go of an area and still hold it are told again, this often.
constexpr unsigned kTries = 100;

/// The checks of a source before the IOAS is looked at.
void check_source(const Source& source, std::uint64_t length, const Layer& layer) {
  if (source.file) {
    if (length == 0) fail(Errno::Inval, "the length is zero");
    if (length - 1 > ~std::uint64_t{0} - source.start) fail(Errno::Overflow, "the file's range overflows");
    if (source.file->is_dmabuf() && source.file->bytes() <= source.start + (length - 1)) {
      fail(Errno::Inval, "the range goes beyond the dma-buf");
    }
  } else if (length > ~std::uint64_t{0} - source.start) {
    fail(Errno::Overflow, "the memory's range overflows");
  }
  if (length == 0 || length > ~std::uint64_t{0} - layer.page_bytes()) {
    fail(Errno::Inval, "no such length can be mapped");
  }
  if (source.file && source.file->is_dmabuf() && source.file->revoked()) fail(Errno::NoDev, "the dma-buf is revoked");
}

}  // namespace

Iova Ioas::map(const Source& source, std::uint64_t length, std::optional<Iova> fixed, os::Protection prot) {
  Impl& m = *impl_;
  check_source(source, length, m.layer);
  Pieces pieces;
  const PagesPtr pages(new Pages(source, prot.write, m.layer.page_shift));
  pieces.push_back({pages, m.offset_in_page(source.start), length});
  return m.place(pieces, length, fixed, prot);
}

Iova Ioas::copy(Ioas& from, Iova source_iova, std::uint64_t length, std::optional<Iova> fixed, os::Protection prot) {
  const Iova last = checked_last(source_iova, length);
  Pieces pieces;
  const bool whole = from.impl_->walk(source_iova, last, [&](Area& area, Iova first, Iova end) {
    pieces.push_back({area.pages, area.byte_at(first), end - first + 1});
  });
  if (!whole) fail(Errno::NoEnt, "the source range is not mapped throughout");
  return impl_->place(pieces, length, fixed, prot);
}

/// Makes areas of `pieces`, one after the other.
Iova Ioas::Impl::place(Pieces& pieces, std::uint64_t length, std::optional<Iova> fixed, os::Protection prot) {
  if (length == 0 || (length & (alignment - 1)) != 0) fail(Errno::Inval, "the length is not aligned");
  if (fixed) check_fixed(*fixed, length);
  const Iova iova = fixed ? *fixed : pick(pieces[0].pages->base() + pieces[0].start, length);

  boost::container::small_vector<std::unique_ptr<Area>, 1> fresh;
  fresh.reserve(pieces.size());
  Iova at = iova;
  for (Piece& piece : pieces) {
    if (prot.write && !piece.pages->writable()) fail(Errno::Perm, "the memory was mapped for reading only");
    if ((offset_in_page(piece.start) & (alignment - 1)) != 0) fail(Errno::Inval, "the memory is not aligned");
    auto area = std::make_unique<Area>();
    area->first = at;
    area->last = at + (piece.length - 1);
    area->pages = std::move(piece.pages);
    area->start = piece.start;
    area->prot = prot;
    at += piece.length;
    fresh.push_back(std::move(area));
  }
  try {
    for (const auto& area : fresh) fill(*area);
  } catch (...) {
    for (const auto& area : fresh) unfill(*area);
    throw;
  }
  for (auto& area : fresh) areas.insert(*area.release());
  return iova;
}

void Ioas::Impl::remove(Area& area) noexcept {
  unfill(area);
  areas.erase(area);
  delete &area;
}

std::uint64_t Ioas::unmap(Iova iova, std::uint64_t length) {
  const Unmapped done = unmap_range(iova, length);
  if (done.error) throw *done.error;
  if (done.bytes == 0) fail(Errno::NoEnt, "nothing is mapped there");
  return done.bytes;
}

std::uint64_t Ioas::unmap_all() {
  const Unmapped done = impl_->unmap(0, ~Iova{0});
  if (done.error) throw *done.error;
  return done.bytes;
}

Ioas::Unmapped Ioas::unmap_range(Iova iova, std::uint64_t length) {
  return impl_->unmap(iova, checked_last(iova, length));
}

Ioas::Unmapped Ioas::Impl::unmap(Iova first, Iova last) {
  Unmapped done;
  const auto stop = [&done](Errno code, const char* why) {
    done.error.emplace(code, why);
    return done;
  };
  unsigned tries = 0;
  for (Area* area; (area = at_or_after(first)) && area->first <= last;) {
    if (area->locks != 0) return stop(Errno::Busy, "a queue of the hardware lies in the mapping");
    if (area->first < first || area->last > last) return stop(Errno::NoEnt, "a mapping lies in the range only in part");
    if (area->first != first) tries = 0;
    if (area->accesses != 0) {
      first = area->first;
      area->going = true;
      tell_accesses(first, area->length());
      if (++tries > kTries) return stop(Errno::DeadLk, "a user of the kernel does not let go of the mapping");
      continue;
    }
    const Iova end = area->last;
    done.bytes += area->length();
    remove(*area);
    if (end >= last) break;
    first = end + 1;
  }
  return done;
}

/// A user may take itself off the list meanwhile.
void Ioas::Impl::tell_accesses(Iova iova, std::uint64_t length) {
  for (std::size_t i = 0; i < accesses.size();) {
    AccessUser* const user = accesses[i].user;
    user->unmap(iova, length);
    if (i < accesses.size() && accesses[i].user == user) ++i;
  }
}

/// The part of an area above `last_below`, to be made an area of its own; null if there is nothing to cut.
std::unique_ptr<Area> Ioas::Impl::cut_at(Iova last_below) const {
  const Area* const area = at_or_after(last_below);
  // As in Linux a first part of one byte is not cut off.
  if (!area || area->first >= last_below || area->last == last_below) return nullptr;
  if (area->going) fail(Errno::Busy, "the mapping is being unmapped");
  if (area->pages->is_dmabuf()) fail(Errno::OpNotSupp, "a mapping of a dma-buf cannot be split");
  const Iova first = last_below + 1;
  const std::uint64_t unit = std::max(alignment, reservations.granule({last_below, first}));
  if (((first | offset_in_page(area->byte_at(first))) & (unit - 1)) != 0) fail(Errno::Inval, "the cut is not aligned");
  auto above = std::make_unique<Area>();
  if (area->accesses != 0) fail(Errno::Inval, "the mapping is in use by the kernel");
  if (area->filled && huge) fail(Errno::Inval, "the mapping may be in large pages");
  above->first = first;
  above->last = area->last;
  above->pages = area->pages;
  above->start = area->byte_at(first);
  above->prot = area->prot;
  above->filled = area->filled;
  return above;
}

void Ioas::split(Iova iova, std::uint64_t length) {
  Impl& m = *impl_;
  const Iova upper_cut = iova + length - 1;
  const Iova lower_cut = iova - 1;
  std::unique_ptr<Area> parts[] = {m.cut_at(upper_cut), nullptr};
  if (iova != 0 && lower_cut != upper_cut) parts[1] = m.cut_at(lower_cut);
  for (std::unique_ptr<Area>& part : parts) {
    if (!part) continue;
    Area& below = *m.at_or_after(part->first - 1);
    part->last = below.last;  // the upper cut may have been in the same area
    m.areas.shorten(below, part->first - 1);
    m.areas.insert(*part.release());
  }
}

}  // namespace phbsim::arch::iommufd
