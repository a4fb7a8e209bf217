// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/mm_regions.hpp"

#include <algorithm>
#include <tuple>

#include "models/arch/os/allocation.hpp"
#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::vfio {

using os::Errno;
using os::fail;

namespace {

constexpr unsigned trailing_zeros(std::uint64_t v) {
  if (v == 0) return 64;
  unsigned n = 0;
  for (; (v & 1) == 0; v >>= 1) ++n;
  return n;
}

/// Pages that Linux pins in one go: as many pointers as its largest block of pages holds. [F]
constexpr std::uint64_t pin_chunk(unsigned host_shift) {
  const unsigned max_order = host_shift >= 16 ? 8 : 10;
  return (1ull << (host_shift + max_order)) / 8;
}

}  // namespace

void charge_locked(const os::Caller& caller, unsigned page_shift, std::uint64_t pages) {
  const std::uint64_t limit = caller.mm->memlock_limit() >> page_shift;
  if (!caller.creds.ipc_lock && (pages > limit || caller.mm->locked_pages > limit - pages)) {
    fail(Errno::NoMem, "more memory would be locked than RLIMIT_MEMLOCK allows");
  }
  caller.mm->locked_pages += pages;
}

MmRegion::MmRegion(std::uint64_t ua, std::uint64_t pages, unsigned host_shift, os::PageRuns runs)
    : ua_(ua), pages_(pages), host_shift_(host_shift), runs_(std::move(runs)) {
  page_shift_ = trailing_zeros(ua | (pages << host_shift));
  std::uint64_t page = 0;
  first_.reserve(runs_.size());
  for (const os::PageRun& run : runs_) {
    page_shift_ = std::min(page_shift_, trailing_zeros((ua + (page << host_shift)) | run.real));
    first_.push_back(page);
    page += run.pages;
  }
}

RealAddr MmRegion::real(std::uint64_t ua) const {
  const std::uint64_t page = (ua - ua_) >> host_shift_;
  PHBSIM_ASSERT(page < pages_);
  const auto i = static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), page) - first_.begin()) - 1;
  return runs_[i].real + ((page - first_[i]) << host_shift_) + (ua & low_mask(host_shift_));
}

MmRegions::~MmRegions() {
  const os::NoFail going;
  for (const auto& [ua, region] : regions_) drop(region);
}

MmRegion* MmRegions::exact(std::uint64_t ua, std::uint64_t pages) {
  const auto it = regions_.find(ua);
  return it != regions_.end() && it->second.pages() == pages ? &it->second : nullptr;
}

MmRegion* MmRegions::lookup(std::uint64_t ua, std::uint64_t bytes) {
  auto it = regions_.upper_bound(ua);
  if (it == regions_.begin()) return nullptr;
  MmRegion& region = std::prev(it)->second;
  const std::uint64_t last = ua + (bytes - 1);
  return last >= ua && last <= region.last() ? &region : nullptr;
}

MmRegions::Added MmRegions::add(const os::Caller& caller, std::uint64_t ua, std::uint64_t pages) {
  charge_locked(caller, host_shift_, pages);
  os::PageRuns runs;
  std::uint64_t pinned = 0;
  const auto undo = [&]() noexcept {
    const os::NoFail undoing;
    std::uint64_t page = ua >> host_shift_;
    for (const os::PageRun& run : runs) {
      mm_->unpin(page, run.real, run.pages);
      page += run.pages;
    }
    mm_->locked_pages -= pages;
  };
  try {
    // A table of no entries cannot be allocated. [F]
    if (pages == 0) fail(Errno::NoMem, "memory of no size cannot be registered");
    try {
      pinned = mm_->pin(ua >> host_shift_, pages, true, runs);
    } catch (...) {
      runs.clear();  // nothing is pinned, whatever was noted
      throw;
    }
    if (pinned != pages) {
      const std::uint64_t partly = pinned % pin_chunk(host_shift_);
      if (partly == 0) fail(Errno::Fault, "memory to be registered is not there");
      undo();
      return {nullptr, partly};
    }
    const auto next = regions_.upper_bound(ua);
    const std::uint64_t last = ua + ((pages << host_shift_) - 1);
    if ((next != regions_.end() && next->first <= last) ||
        (next != regions_.begin() && std::prev(next)->second.last() >= ua)) {
      fail(Errno::Inval, "another region overlaps the memory to be registered");
    }
    // A copy: `runs` is what undo() needs until the region is there.
    MmRegion region(ua, pages, host_shift_, runs);
    return {&regions_.emplace(ua, std::move(region)).first->second, 0};
  } catch (...) {
    undo();
    throw;
  }
}

bool MmRegions::put(MmRegion& region) noexcept {
  if (region.users > 1) {
    --region.users;
    return true;
  }
  if (region.mapped != 0) return false;
  const os::NoFail going;
  drop(region);
  regions_.erase(region.ua());
  return true;
}

void MmRegions::abandon(MmRegion& region) noexcept {
  if (!put(region)) region.users = 0;
}

void MmRegions::unmapped(MmRegion& region) noexcept {
  if (region.mapped != 0) --region.mapped;
  if (region.mapped == 0 && region.users == 0) put(region);
}

void MmRegions::drop(const MmRegion& region) noexcept {
  std::uint64_t page = region.ua() >> host_shift_;
  for (const os::PageRun& run : region.runs_) {
    mm_->unpin(page, run.real, run.pages);
    page += run.pages;
  }
  mm_->locked_pages -= region.pages();
}

std::shared_ptr<MmRegions> RegionTable::of(const std::shared_ptr<os::AddressSpace>& mm) {
  for (const auto& regions : all_) {
    if (&regions->mm() == mm.get()) return regions;
  }
  tidy();
  all_.push_back(std::make_shared<MmRegions>(mm, host_shift_));
  return all_.back();
}

void RegionTable::tidy() noexcept {
  all_.erase(std::remove_if(all_.begin(), all_.end(),
                            [](const auto& regions) { return regions->empty() && regions.use_count() == 1; }),
             all_.end());
}

}  // namespace phbsim::arch::vfio
