// SPDX-License-Identifier: Apache-2.0
/// Users of an IOAS within the kernel, and dirty pages (iommufd.md 3.19, 5, 7).
#include <algorithm>

#include "models/arch/iommufd/ioas_impl.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

namespace {

void check_allowed(const Area& area, bool write) {
  if (!(write ? area.prot.write : area.prot.read)) fail(Errno::Perm, "the mapping does not allow that");
}

}  // namespace

void Ioas::add_access(AccessUser& user, bool pins) {
  Impl& m = *impl_;
  m.accesses.push_back({&user, pins});
  try {
    m.set_alignment(m.wanted_alignment(m.huge));
  } catch (...) {
    m.accesses.pop_back();
    throw;
  }
}

void Ioas::remove_access(AccessUser& user) noexcept {
  Impl& m = *impl_;
  const auto at = std::find_if(m.accesses.begin(), m.accesses.end(), [&](const auto& a) { return a.user == &user; });
  if (at == m.accesses.end()) return;
  m.accesses.erase(at);
  m.alignment = m.wanted_alignment(m.huge);
}

os::PageRuns Ioas::pin(AccessUser& user, Iova iova, std::uint64_t length, bool write) {
  Impl& m = *impl_;
  const Iova last = checked_last(iova, length);
  const auto known = std::find_if(m.accesses.begin(), m.accesses.end(), [&](const auto& a) { return a.user == &user; });
  if (known == m.accesses.end()) fail(Errno::NoEnt, "the user is not attached to this IOAS");
  if (!known->pins) fail(Errno::Inval, "the user did not say that it pins");

  os::PageRuns runs;
  std::uint64_t done = 0;
  try {
    const bool whole = m.walk(iova, last, [&](Area& area, Iova first, Iova end) {
      const bool ends_inside = end != last && m.offset_in_page(area.byte_at(end) + 1) != 0;
      if (area.going || m.offset_in_page(area.byte_at(first)) != 0 || ends_inside) {
        fail(Errno::Inval, "pages of mapping and IOVA do not coincide, or it is being unmapped");
      }
      check_allowed(area, write);
      if (area.pages->is_dmabuf()) fail(Errno::Inval, "a dma-buf is not for the CPU");
      const std::uint64_t first_page = m.page_of(area.byte_at(first));
      const std::uint64_t last_page = m.page_of(area.byte_at(end));
      area.pages->use(first_page, last_page);
      ++area.accesses;
      done += end - first + 1;
      area.pages->for_each_run(first_page, last_page, [&](std::uint64_t, RealAddr real, std::uint64_t pages) {
        if (!runs.empty() && runs.back().real + (runs.back().pages << m.layer.page_shift) == real) {
          runs.back().pages += pages;
        } else {
          runs.push_back({real, pages});
        }
      });
    });
    if (!whole) fail(Errno::NoEnt, "the range is not mapped throughout");
  } catch (...) {
    if (done != 0) unpin(user, iova, done);
    throw;
  }
  return runs;
}

void Ioas::unpin(AccessUser&, Iova iova, std::uint64_t length) noexcept {
  Impl& m = *impl_;
  const os::NoFail no_fail;
  const bool whole = m.walk(iova, iova + (length - 1), [&m](Area& area, Iova first, Iova end) {
    PHBSIM_ASSERT(area.accesses != 0);
    area.pages->disuse(m.page_of(area.byte_at(first)), m.page_of(area.byte_at(end)));
    --area.accesses;
  });
  PHBSIM_ASSERT(whole);
}

/// Bytes of pinned pages are those that devices see; others are the owner's. move(area, byte, n, real or
/// nothing) handles a piece within a page.
template <class Move>
static void for_each_page(const Layer& layer, const Area& area, std::uint64_t byte, std::uint64_t length,
                          const Move& move) {
  while (length != 0) {
    const std::uint64_t offset = byte & (layer.page_bytes() - 1);
    const std::uint64_t n = std::min(length, layer.page_bytes() - offset);
    std::optional<RealAddr> real = area.pages->real_of(byte >> layer.page_shift);
    if (real) *real += offset;
    if (!move(area.pages->base() + byte, n, real)) fail(Errno::Fault, "the memory behind the mapping is not there");
    byte += n;
    length -= n;
  }
}

void Ioas::read(Iova iova, unsigned char* out, std::uint64_t length) {
  Impl& m = *impl_;
  const bool whole = m.walk(iova, checked_last(iova, length), [&](Area& area, Iova first, Iova end) {
    if (area.going) fail(Errno::Inval, "the mapping is being unmapped");
    check_allowed(area, false);
    if (area.pages->is_dmabuf()) fail(Errno::Inval, "a dma-buf is not for the CPU");
    for_each_page(m.layer, area, area.byte_at(first), end - first + 1,
                  [&](std::uint64_t at, std::uint64_t n, std::optional<RealAddr> real) {
                    if (real) m.layer.memory->read(*real, out, n);
                    if (!real && !area.pages->source().read(at, out, n)) return false;
                    out += n;
                    return true;
                  });
  });
  if (!whole) fail(Errno::NoEnt, "the range is not mapped throughout");
}

void Ioas::write(Iova iova, const unsigned char* in, std::uint64_t length) {
  Impl& m = *impl_;
  const bool whole = m.walk(iova, checked_last(iova, length), [&](Area& area, Iova first, Iova end) {
    if (area.going) fail(Errno::Inval, "the mapping is being unmapped");
    check_allowed(area, true);
    if (area.pages->is_dmabuf()) fail(Errno::Inval, "a dma-buf is not for the CPU");
    for_each_page(m.layer, area, area.byte_at(first), end - first + 1,
                  [&](std::uint64_t at, std::uint64_t n, std::optional<RealAddr> real) {
                    if (real) m.layer.memory->write(*real, in, n);
                    if (!real && !area.pages->source().write(at, in, n)) return false;
                    in += n;
                    return true;
                  });
  });
  if (!whole) fail(Errno::NoEnt, "the range is not mapped throughout");
}

void Ioas::lock(Iova iova, std::uint64_t length) {
  const Iova last = checked_last(iova, length);
  const auto nothing = [](Area&, Iova, Iova) {};
  if (!impl_->walk(iova, last, nothing)) fail(Errno::NoEnt, "the range is not mapped throughout");
  impl_->walk(iova, last, [](Area& area, Iova, Iova) { ++area.locks; });
}

void Ioas::unlock(Iova iova, std::uint64_t length) noexcept {
  impl_->walk(iova, iova + (length - 1), [](Area& area, Iova, Iova) {
    PHBSIM_ASSERT(area.locks != 0);
    --area.locks;
  });
}

void Ioas::read_dirty(os::PagingDomain& domain, Iova iova, std::uint64_t length, std::uint64_t page_size, bool keep,
                      const std::function<void(std::uint64_t first_bit, std::uint64_t bits)>& set) {
  Impl& m = *impl_;
  const Iova last = checked_last(iova, length);
  const auto aligned = [&](std::uint64_t to) { return ((iova | (last + 1)) & (to - 1)) == 0; };
  if (!aligned(m.alignment)) fail(Errno::Inval, "the range is not aligned");
  if (page_size == 0) fail(Errno::Inval, "the page size of the bitmap is zero");
  if (!aligned(page_size)) fail(Errno::Inval, "the range is not aligned to the pages of the bitmap");
  os::DirtyLog* const log = domain.dirty();
  if (!log) fail(Errno::OpNotSupp, "the domain does not log dirty pages");
  // Linux loses errors of what follows: without tracking, and behind a hole, no bit is set (section 7).
  if (!log->enabled()) return;

  unsigned shift = 0;
  while ((page_size >> shift & 1) == 0) ++shift;
  std::vector<std::pair<BusAddr, std::uint64_t>> dirty;
  m.walk(iova, last, [&](Area&, Iova first, Iova end) {
    dirty.clear();
    log->read(first, end - first + 1, keep, dirty);
    for (const auto& [at, bytes] : dirty) {
      const Iova from = std::max(at, first);
      const Iova to = std::min(at + (bytes - 1), end);
      if (bytes == 0 || from > to) continue;
      set((from - iova) >> shift, ((to - iova) >> shift) - ((from - iova) >> shift) + 1);
    }
  });
  if (!keep) domain.sync();
}

}  // namespace phbsim::arch::iommufd
