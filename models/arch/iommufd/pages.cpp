// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/pages.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

Pages::Pages(const Source& source, bool writable, unsigned page_shift)
    : page_shift_(static_cast<std::uint8_t>(page_shift)),
      accounting_(source.accounting),
      writable_(writable),
      dmabuf_(source.file && source.file->is_dmabuf()),
      mm_(source.mm),
      file_(source.file),
      first_(source.start >> page_shift) {}

os::PageSource& Pages::source() const {
  if (file_) return *file_;
  return *mm_;
}

/// Index of the first piece that ends behind `page`.
std::size_t Pages::find(std::uint64_t page) const {
  const auto at = std::partition_point(held_.begin(), held_.end(), [page](const Held& h) { return h.end() <= page; });
  return static_cast<std::size_t>(at - held_.begin());
}

std::optional<RealAddr> Pages::real_of(std::uint64_t page) const {
  const std::size_t i = find(page);
  if (i == held_.size() || held_[i].first > page) return std::nullopt;
  return held_[i].real + ((page - held_[i].first) << page_shift_);
}

std::uint64_t Pages::pinned() const {
  std::uint64_t pages = 0;
  for (const Held& h : held_) pages += h.pages;
  return pages;
}

void Pages::charge(std::uint64_t pages) {
  if (dmabuf_ || pages == 0) return;  // nothing new passes whatever the limit is by now
  if (accounting_ != Accounting::None) {
    std::uint64_t& locked = accounting_ == Accounting::User ? mm_->user().locked_pages : mm_->locked_pages;
    if (locked + pages > mm_->memlock_limit() >> page_shift_) {
      fail(Errno::NoMem, "the limit of locked memory is reached");
    }
    locked += pages;
  }
  mm_->pinned_pages += pages;
}

void Pages::uncharge(std::uint64_t pages) noexcept {
  if (dmabuf_) return;
  if (accounting_ == Accounting::User) mm_->user().locked_pages -= pages;
  if (accounting_ == Accounting::Mm) mm_->locked_pages -= pages;
  mm_->pinned_pages -= pages;
}

void Pages::rehome(const std::shared_ptr<os::AddressSpace>& mm) noexcept {
  const std::uint64_t pages = pinned();
  uncharge(pages);
  mm_ = mm;
  if (dmabuf_) return;
  if (accounting_ == Accounting::User) mm_->user().locked_pages += pages;
  if (accounting_ == Accounting::Mm) mm_->locked_pages += pages;
  mm_->pinned_pages += pages;
}

void Pages::pin(std::uint64_t first, std::uint64_t count, HeldList& out) {
  os::PageRuns runs;
  const std::uint64_t got = source().pin(first_ + first, count, writable_, runs);
  std::uint64_t at = first;
  try {
    out.reserve(out.size() + runs.size());
  } catch (...) {
    const os::NoFail no_fail;
    for (const os::PageRun& run : runs) {
      source().unpin(first_ + at, run.real, run.pages);
      at += run.pages;
    }
    throw;
  }
  for (const os::PageRun& run : runs) {
    out.push_back({at, run.pages, run.real, 1});
    at += run.pages;
  }
  if (got == count) return;
  if (file_) fail(Errno::Inval, "the file has no such page");
  fail(Errno::Fault, "the process has no such page, or may not write it");
}

void Pages::unpin(const HeldList& list) noexcept {
  const os::NoFail no_fail;
  for (const Held& h : list) source().unpin(first_ + h.first, h.real, h.pages);
}

void Pages::use(std::uint64_t first, std::uint64_t last) {
  HeldList fresh;
  try {
    std::uint64_t at = first;
    for (std::size_t i = find(first); at <= last; ++i) {
      const std::uint64_t stop = i < held_.size() ? std::min(held_[i].first, last + 1) : last + 1;
      if (at < stop) pin(at, stop - at, fresh);
      at = i < held_.size() ? held_[i].end() : last + 1;
    }
    // The rest cannot fail.
    held_.reserve(held_.size() + fresh.size() + (is_inside(first) ? 1 : 0) + (is_inside(last + 1) ? 1 : 0));
    std::uint64_t pages = 0;
    for (const Held& h : fresh) pages += h.pages;
    charge(pages);
  } catch (...) {
    unpin(fresh);
    throw;
  }
  const std::size_t begin = cut(first);
  const std::size_t end = cut(last + 1);
  for (std::size_t i = begin; i < end; ++i) ++held_[i].uses;
  merge_in(fresh);
  join_neighbours(first, last);
}

void Pages::disuse(std::uint64_t first, std::uint64_t last) noexcept {
  const os::NoFail no_fail;
  std::uint64_t pages = 0;
  const std::size_t begin = cut(first);
  const std::size_t end = cut(last + 1);
  std::size_t kept = begin;
  for (std::size_t i = begin; i < end; ++i) {
    Held& h = held_[i];
    PHBSIM_ASSERT(h.uses > 0);
    if (--h.uses == 0) {
      source().unpin(first_ + h.first, h.real, h.pages);
      pages += h.pages;
    } else {
      held_[kept++] = h;
    }
  }
  held_.erase(held_.begin() + kept, held_.begin() + end);
  join_neighbours(first, last);
  if (held_.empty()) HeldList().swap(held_);
  uncharge(pages);
}

/// True if a piece begins before `page` and goes on there.
bool Pages::is_inside(std::uint64_t page) const {
  const std::size_t i = find(page);
  return i < held_.size() && held_[i].first < page;
}

/// Lets a piece begin at `page` if one goes across it; returns the index of the first piece from there on.
std::size_t Pages::cut(std::uint64_t page) noexcept {
  const std::size_t i = find(page);
  if (!is_inside(page)) return i;
  Held upper = held_[i];
  const std::uint64_t below = page - upper.first;
  held_[i].pages = below;
  upper.first += below;
  upper.real += below << page_shift_;
  upper.pages -= below;
  held_.insert(held_.begin() + i + 1, upper);
  return i + 1;
}

/// From the back, within the capacity that use() made sure of.
void Pages::merge_in(const HeldList& fresh) noexcept {
  std::size_t old = held_.size();
  std::size_t left = fresh.size();
  std::size_t to = old + left;
  held_.resize(to);
  while (left != 0) {
    if (old != 0 && held_[old - 1].first > fresh[left - 1].first) {
      held_[--to] = held_[--old];
    } else {
      held_[--to] = fresh[--left];
    }
  }
}

/// Undoes cuts that are not needed any more, in [first, last] and at its ends.
void Pages::join_neighbours(std::uint64_t first, std::uint64_t last) noexcept {
  std::size_t to = find(first);
  if (to != 0) --to;
  std::size_t from = to + 1;
  for (; from < held_.size(); ++from) {
    if (held_[to].uses == held_[from].uses && in_a_row(held_[to], held_[from])) {
      held_[to].pages += held_[from].pages;
    } else {
      if (held_[from].first > last + 1) break;
      held_[++to] = held_[from];
    }
  }
  if (to + 1 < from) held_.erase(held_.begin() + to + 1, held_.begin() + from);
}

}  // namespace phbsim::arch::iommufd
