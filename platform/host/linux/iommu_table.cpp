// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/iommu_table.hpp"

#include <algorithm>

#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::host {
namespace {
// Stages of a search.
enum : unsigned { kBegin, kSearching, kPoolZero };
}  // namespace

IommuTable::IommuTable(const IovaSpaceParams& params) : IovaSpace(params), used_(params.pages) {
  const IommuTableParams& p = params_.table;
  PHBSIM_ASSERT(is_power_of_two(p.pools) && p.pools <= 4 && params.pages > 0);
  small_ = params.pages >= p.pools_from_bytes >> params.page_shift ? p.pools : 1;
  pool_size_ = params.pages * 3 / 4 / small_;
  for (unsigned i = 0; i < small_; ++i) {
    pools_.push_back({pool_size_ * i, pool_size_ * (i + 1), pool_size_ * i});
    names_.push_back("pool" + std::to_string(i));
  }
  pools_.push_back({pool_size_ * small_, params.pages, pool_size_ * small_});
  names_.emplace_back("large_pool");
  boundary_ = p.segment_boundary >> params.page_shift;
  if (params.first_page == 0) reserve(0, 1);  // 3.2.9: bus address 0 is never handed out
  if (params.reserved_pages) reserve(params.reserved_page, params.reserved_pages);
  reserved_ = used_.count();
}

unsigned IommuTable::pool_of_cpu(unsigned cpu) const {
  return (cpu * params_.table.pool_hash) >> 30 & (small_ - 1);
}

unsigned IommuTable::pool_of_entry(std::uint64_t entry) const {
  return entry >= pools_[small_].start ? small_ : static_cast<unsigned>(entry / pool_size_);
}

int IommuTable::lock_of(const IovaSearch& search) const {
  if (search.pages == 0) return kNoLock;
  if (search.stage != kBegin) return static_cast<int>(search.pool);
  return static_cast<int>(search.pages > params_.table.large_over_pages ? small_ : pool_of_cpu(search.cpu));
}

IovaStep IommuTable::step(IovaSearch& s) {
  IovaStep out;
  if (s.stage == kBegin) {
    if (s.pages == 0 || s.limit < params_.first_page) {
      out.done = true;
      ++stats_.failures;
      return out;
    }
    s.turn = pool_of_cpu(s.cpu);
    s.pool = s.pages > params_.table.large_over_pages ? small_ : s.turn;
    s.pass = 0;
    s.stage = kSearching;
  }
  const bool large = s.pages > params_.table.large_over_pages;
  Pool* pool = &pools_[s.pool];
  if (s.pass > 0 && s.stage == kSearching) pool->hint = pool->start;
  std::uint64_t start = pool->hint;
  if (s.pass == 0 && s.handle != kNoPage) {
    const std::uint64_t entry = s.handle - params_.first_page;
    if (entry >= pool->start && entry < pool->end) start = entry;
  }
  std::uint64_t end = pool->end;
  if (start >= end) start = pool->start;
  const std::uint64_t reach = s.limit - params_.first_page;  // last entry the device reaches
  if (s.stage == kPoolZero) {
    end = reach == kNoPage ? kNoPage : reach + 1;
    start = pool->start;
  } else if (pool->end > reach) {
    end = reach + 1;
    if (start >= end || s.pass > 0) {
      // From pool 0's start up to what the device reaches, whatever pools lie between; its lock first.
      s.stage = kPoolZero;
      if (s.pool != 0) {
        s.pool = 0;
        return out;
      }
      start = pool->start;
    }
  }
  ++stats_.searches;
  const Found found = find(start, std::min(end, params_.pages), s.pages, s.align_order);
  out.probes = found.probes;
  stats_.probes += found.probes;
  if (found.at != kNoPage) {
    used_.set(found.at, s.pages);
    const std::uint64_t after = found.at + s.pages;
    // By the size of the allocation, not by the pool it ended up in [R].
    pool->hint = large ? after : align_up(after, params_.table.block_pages);
    out.done = out.found = true;
    out.first = params_.first_page + found.at;
    s.handle = out.first + s.pages;
    s.stage = kBegin;
    ++stats_.allocations;
    return out;
  }
  s.stage = kSearching;
  if (s.pass == 0) {
    // The same pool once more, from its start.
  } else if (s.pass <= small_) {
    s.turn = (s.turn + 1) & (small_ - 1);
    s.pool = s.turn;
  } else if (s.pass == small_ + 1) {
    s.pool = small_;
  } else {
    out.done = true;
    s.stage = kBegin;
    ++stats_.failures;
    return out;
  }
  ++s.pass;
  return out;
}

IommuTable::Found IommuTable::find(std::uint64_t from, std::uint64_t to, std::uint64_t pages,
                                   unsigned align_order) const {
  Found f;
  const std::uint64_t unit = 1ull << align_order;
  for (std::uint64_t at = from;;) {
    const std::uint64_t first = align_up(used_.next_clear(at, to), unit);
    if (first >= to || pages > to - first) {
      f.probes += to > at ? to - at : 0;
      return f;
    }
    const std::uint64_t busy = used_.next_set(first, first + pages);
    f.probes += busy - at;
    if (busy < first + pages) {
      at = busy + 1;
      continue;
    }
    const std::uint64_t page = params_.first_page + first;
    if (boundary_ && page / boundary_ != (page + pages - 1) / boundary_) {
      const std::uint64_t next = (page / boundary_ + 1) * boundary_ - params_.first_page;
      if (next + pages > to || pages > boundary_) return f;
      at = next;
      continue;
    }
    f.at = first;
    return f;
  }
}

int IommuTable::lock_of(const IovaRelease& release) const {
  const std::uint64_t entry = release.first - params_.first_page;
  return release.pages == 0 || entry >= params_.pages ? kNoLock : static_cast<int>(pool_of_entry(entry));
}

IovaStep IommuTable::step(IovaRelease& release) {
  IovaStep out;
  out.done = true;
  const std::uint64_t entry = release.first - params_.first_page;
  if (release.pages == 0 || entry >= params_.pages || release.pages > params_.pages - entry) {
    ++stats_.bad_releases;
    return out;
  }
  used_.reset(entry, release.pages);
  out.found = true;
  out.first = release.first;
  ++stats_.releases;
  return out;
}

void IommuTable::reserve(std::uint64_t first, std::uint64_t pages) {
  const std::uint64_t from = std::max(first, params_.first_page) - params_.first_page;
  if (first + pages <= params_.first_page || from >= params_.pages) return;
  used_.set(from, std::min(params_.pages, first + pages - params_.first_page) - from);
}

std::uint64_t IommuTable::make_room() {
  const std::uint64_t before = used_.count();
  if (params_.pages - before >= params_.table.kdump_min_pages) return 0;
  const std::uint64_t n = std::min(params_.pages, params_.table.kdump_min_pages);
  used_.reset(params_.pages - n, n);
  return before - used_.count();
}

IovaFragmentation IommuTable::fragmentation() const {
  IovaFragmentation f;
  f.free_pages = params_.pages - used_.count();
  for (std::uint64_t at = used_.next_clear(0, params_.pages); at < params_.pages;) {
    const std::uint64_t end = used_.next_set(at, params_.pages);
    f.largest_free_run = std::max(f.largest_free_run, end - at);
    at = used_.next_clear(end, params_.pages);
  }
  return f;
}

std::unique_ptr<IovaSpace> make_iommu_table(const IovaSpaceParams& params) {
  return std::make_unique<IommuTable>(params);
}

}  // namespace phbsim::host
