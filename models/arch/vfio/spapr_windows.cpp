// SPDX-License-Identifier: Apache-2.0
// Windows of a sPAPR container, and what is mapped in them.
#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/arch/vfio/abi.hpp"
#include "models/arch/vfio/spapr_container.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::vfio {

using abi::Cmd;
using os::Errno;
using os::fail;

namespace {

constexpr unsigned kDefaultPageShift = 12;
/// What a failed parameter check of Linux's returns in place of an error (quirk A).
constexpr std::int64_t kCheckFailed = 1;

}  // namespace

// -- windows ----------------------------------------------------------------------------------------

std::optional<unsigned> SpaprContainer::find_window(BusAddr addr) const {
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    if (windows_[slot] && windows_[slot]->contains(addr)) return slot;
  }
  return std::nullopt;
}

template <typename Body>
std::int64_t SpaprContainer::with_default_window(os::Caller& caller, const std::shared_ptr<MmRegions>& owner, Body&& body) {
  if (!default_pending_) return body();
  if (groups_.empty()) fail(Errno::NoDev, "the container has no group");
  const std::shared_ptr<MmRegions> before = regions_;
  const unsigned slot = create_window(caller, owner, kDefaultPageShift, first_tables().tce32_size(), 1);
  default_pending_ = false;
  try {
    return body();
  } catch (...) {
    if (!host_.has(Quirk::DefaultWindowStays)) {
      remove_window(slot);
      default_pending_ = true;
      regions_ = before;
    }
    throw;
  }
}

unsigned SpaprContainer::create_window(os::Caller& caller, const std::shared_ptr<MmRegions>& owner,
                                       unsigned page_shift, std::uint64_t bytes, unsigned levels) {
  const auto free = std::find_if(windows_.begin(), windows_.end(), [](const auto& w) { return !w.has_value(); });
  if (free == windows_.end()) fail(Errno::NoSpc, "both windows are in use");
  const auto slot = static_cast<unsigned>(free - windows_.begin());
  os::TableGroup& tables = first_tables();
  if (page_shift >= 64 || (tables.page_sizes() >> page_shift & 1) == 0) fail(Errno::Inval, "no such I/O page here");
  const std::uint64_t table_bytes = tables.table_size(page_shift, bytes, levels);
  if (table_bytes == 0) fail(Errno::Inval, "no table has such a size");
  const std::uint64_t charged = table_bytes >> host_shift();
  charge_locked(caller, host_shift(), charged);

  std::shared_ptr<os::TceWindowTable> table;
  try {
    table = tables.create_table(slot, page_shift, bytes, levels);
  } catch (...) {
    if (!host_.has(Quirk::FailedCreateCharges)) caller.mm->locked_pages -= charged;
    throw;
  }
  try {
    for (const GroupRef& group : groups_) group.tables->set_window(slot, table);
  } catch (...) {
    for (const GroupRef& group : groups_) unset_window(group, slot);
    caller.mm->locked_pages -= charged;
    throw;
  }
  windows_[slot].emplace(std::move(table), charged);
  regions_ = owner;
  return slot;
}

void SpaprContainer::remove_window(unsigned slot) noexcept {
  const os::NoFail going;
  TceWindow& window = *windows_[slot];
  clear(window, 0, window.entries());
  for (const GroupRef& group : groups_) unset_window(group, slot);
  mm().locked_pages -= window.charged();
  windows_[slot].reset();
}

std::int64_t SpaprContainer::create(os::Caller& caller, std::uint64_t arg) {
  const auto owner = begin_claim(caller);
  if (groups_.empty()) fail(Errno::NxIo, "the container has no group");
  auto args = copy_args<abi::SpaprTceCreate>(caller, arg, abi::least(Cmd::SpaprTceCreate));
  if (args.flags != 0) fail(Errno::Inval, "CREATE has no flags");
  return with_default_window(caller, owner, [&]() -> std::int64_t {
    const std::shared_ptr<MmRegions> before = regions_;
    const unsigned slot = create_window(caller, owner, args.page_shift, args.window_size, args.levels);
    args.start_addr = windows_[slot]->table().start();
    try {
      caller.copy_out(arg, &args, sizeof args);
    } catch (...) {
      if (!host_.has(Quirk::FailedCopyOutKeepsWindow)) {
        remove_window(slot);
        regions_ = before;
      }
      throw;
    }
    return 0;
  });
}

std::int64_t SpaprContainer::remove(os::Caller& caller, std::uint64_t arg) {
  auto owner = begin_claim(caller);
  if (groups_.empty()) fail(Errno::NxIo, "the container has no group");
  const auto args = copy_args<abi::SpaprTceRemove>(caller, arg, abi::least(Cmd::SpaprTceRemove));
  if (args.flags != 0) fail(Errno::Inval, "REMOVE has no flags");
  if (default_pending_ && args.start_addr == 0) {
    default_pending_ = false;
  } else {
    const auto slot = find_window(args.start_addr);
    if (!slot) fail(Errno::Inval, "no window has that address");
    remove_window(*slot);
  }
  regions_ = std::move(owner);
  return 0;
}

// -- mappings ---------------------------------------------------------------------------------------

std::int64_t SpaprContainer::map(os::Caller& caller, std::uint64_t arg) {
  if (!enabled_) fail(Errno::Perm, v2_ ? "no memory is registered" : "the container is not enabled");
  const auto args = copy_args<abi::DmaMap>(caller, arg, abi::least(Cmd::MapDma));
  if ((args.flags & ~(abi::kMapRead | abi::kMapWrite)) != 0) fail(Errno::Inval, "MAP_DMA has no such flag here");
  return with_default_window(caller, regions_, [&] { return map(args); });
}

std::int64_t SpaprContainer::map(const abi::DmaMap& args) {
  const auto slot = find_window(args.iova);
  if (!slot) fail(Errno::NxIo, "no window has that address");
  TceWindow& window = *windows_[*slot];
  if (((args.size | args.vaddr) & (window.page_bytes() - 1)) != 0) fail(Errno::Inval, "MAP_DMA is of whole I/O pages");
  const os::Protection prot{(args.flags & abi::kMapRead) != 0, (args.flags & abi::kMapWrite) != 0};
  if (!prot.read && !prot.write) fail(Errno::Inval, "MAP_DMA needs a direction");
  if ((args.iova & (window.page_bytes() - 1)) != 0) {
    if (host_.has(Quirk::CheckReturnsOne)) return kCheckFailed;
    fail(Errno::Inval, "the I/O address is not at an I/O page");
  }
  const std::uint64_t entry = (args.iova - window.table().start()) >> window.page_shift();
  const std::uint64_t pages = args.size >> window.page_shift();
  if (pages > window.entries() - entry && !host_.has(Quirk::MapEndUnchecked)) {
    fail(Errno::Inval, "the window ends before the mapping does");
  }
  build(window, entry, args.vaddr, pages, prot);
  return 0;
}

std::int64_t SpaprContainer::unmap(os::Caller& caller, std::uint64_t arg) {
  if (!enabled_) fail(Errno::Perm, v2_ ? "no memory is registered" : "the container is not enabled");
  const auto args = copy_args<abi::DmaUnmap>(caller, arg, abi::least(Cmd::UnmapDma));
  if (args.flags != 0) fail(Errno::Inval, "UNMAP_DMA has no flags here");
  return with_default_window(caller, regions_, [&] { return unmap(args); });
}

std::int64_t SpaprContainer::unmap(const abi::DmaUnmap& args) {
  const auto slot = find_window(args.iova);
  if (!slot) fail(Errno::NxIo, "no window has that address");
  TceWindow& window = *windows_[*slot];
  if ((args.size & (window.page_bytes() - 1)) != 0) fail(Errno::Inval, "UNMAP_DMA is of whole I/O pages");
  const std::uint64_t entry = (args.iova - window.table().start()) >> window.page_shift();
  const std::uint64_t pages = args.size >> window.page_shift();
  if ((args.iova & (window.page_bytes() - 1)) != 0 || pages > window.entries() - entry) {
    if (host_.has(Quirk::CheckReturnsOne)) return kCheckFailed;
    fail(Errno::Inval, "the range is not on I/O pages of the window");
  }
  clear(window, entry, pages);
  return 0;
}

// -- entries ----------------------------------------------------------------------------------------

void SpaprContainer::build(TceWindow& window, std::uint64_t entry, std::uint64_t ua, std::uint64_t pages,
                           os::Protection prot) {
  // Linux would write what lies beyond the table; here it looks at those pages only.
  const std::uint64_t there = std::min(pages, window.entries() - entry);
  std::uint64_t done = 0;
  try {
    for (; done < there; ++done, ua += window.page_bytes()) {
      TceWindow::Slot& slot = window.slot(entry + done);
      const RealAddr real = use_page(window, ua, prot.write);
      os::TceWindowTable::Entry old;
      try {
        old = window.table().exchange(entry + done, {real, prot});
      } catch (...) {
        unuse_page(window, entry + done, ua, real);
        throw;
      }
      if (slot) unuse_page(window, entry + done, slot.ua(), old.real);
      slot.set(ua);
    }
    for (std::uint64_t beyond = there; beyond < pages; ++beyond, ua += window.page_bytes()) {
      unuse_page(window, entry, ua, use_page(window, ua, prot.write));
    }
  } catch (...) {
    clear(window, entry, done);
    throw;
  }
  window.table().kill(entry, there);
}

RealAddr SpaprContainer::use_page(const TceWindow& window, std::uint64_t ua, bool write) {
  if (v2_) {
    MmRegion* region = regions_->lookup(ua, window.page_bytes());
    if (region == nullptr) fail(Errno::Inval, "the memory is not registered as a whole");
    if (window.page_shift() > region->page_shift()) fail(Errno::Inval, "pages of the memory are smaller than the I/O page");
    ++region->mapped;
    return region->real(ua);
  }
  os::PageRuns runs;
  if (mm().pin(ua >> host_shift(), 1, write, runs) != 1) fail(Errno::Fault, "the memory is not there");
  const RealAddr real = runs.front().real + (ua & low_mask(host_shift()));
  if (window.page_shift() > host_shift()) {
    mm().unpin(ua >> host_shift(), runs.front().real, 1);
    fail(Errno::Perm, "the page is smaller than the I/O page");
  }
  return real;
}

void SpaprContainer::unuse_page(TceWindow& window, std::uint64_t entry, std::uint64_t ua, RealAddr real) noexcept {
  const os::NoFail undoing;
  // No device may know a page that is unpinned: where that is now, the kill does not wait for the others.
  if (!v2_) {
    window.table().kill(entry, 1);
    mm().unpin(ua >> host_shift(), align_down(real, 1ull << host_shift()), 1);
  } else if (MmRegion* region = regions_->lookup(ua, window.page_bytes())) {
    if (region->users == 0) window.table().kill(entry, 1);
    regions_->unmapped(*region);
  }
}

void SpaprContainer::clear(TceWindow& window, std::uint64_t entry, std::uint64_t pages) noexcept {
  const os::NoFail clearing;
  window.for_each_used(entry, pages, [&](std::uint64_t at, TceWindow::Slot& slot) {
    os::TceWindowTable::Entry old;
    try {
      old = window.table().exchange(at, {});
    } catch (const std::exception&) {
      return;  // the entry stays, and so does its page
    }
    unuse_page(window, at, slot.ua(), old.real);
    slot.clear();
  });
  window.table().kill(entry, pages);
}

}  // namespace phbsim::arch::vfio
