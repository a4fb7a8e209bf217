// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/spapr_container.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/arch/vfio/abi.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::vfio {

using abi::Cmd;
using os::Errno;
using os::fail;

namespace {

constexpr unsigned kDefaultPageShift = 12;
/// What a failed parameter check of Linux's returns in place of an error (quirk A).
constexpr std::int64_t kCheckFailed = 1;

/// Room for one more, so that push_back cannot fail.
template <typename T>
void make_room(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(std::max<std::size_t>(8, 2 * list.size()));
}

}  // namespace

SpaprContainer::~SpaprContainer() {
  const os::NoFail going;
  while (!groups_.empty()) detach(groups_.front());
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    if (windows_[slot]) remove_window(slot);
  }
  for (MmRegion* region : registered_) {
    if (host_.has(Quirk::UnregisterForgets)) {
      regions_->put(*region);
    } else {
      regions_->abandon(*region);
    }
  }
  disable();
  regions_.reset();
  host_.regions().tidy();
}

std::int64_t SpaprContainer::extension_of(const Setup& setup, std::uint64_t what) {
  if (what == abi::kSpaprTce || what == abi::kSpaprTceV2) return 1;
  return what == abi::kEeh && setup.eeh ? 1 : 0;
}

std::int64_t SpaprContainer::ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) {
  check_owner(caller);
  const abi::Command* command = abi::find(abi::FileKind::Container, word, abi::Backend::Spapr);
  if (command != nullptr) {
    switch (command->cmd) {
      case Cmd::SpaprTceGetInfo: return get_info(caller, arg);
      case Cmd::MapDma: return map(caller, arg);
      case Cmd::UnmapDma: return unmap(caller, arg);
      case Cmd::EehPeOp: return eeh(caller, arg);
      case Cmd::SpaprEnable:
        if (!v2_) return enable(caller);
        break;
      case Cmd::SpaprDisable:
        if (v2_) break;
        disable();
        return 0;
      case Cmd::SpaprRegisterMemory:
        if (v2_) return register_memory(caller, arg);
        break;
      case Cmd::SpaprUnregisterMemory:
        if (v2_) return unregister_memory(caller, arg);
        break;
      case Cmd::SpaprTceCreate:
        if (v2_) return create(caller, arg);
        break;
      case Cmd::SpaprTceRemove:
        if (v2_) return remove(caller, arg);
        break;
      default: break;
    }
  }
  fail(Errno::NoTty, "this kind of sPAPR container has no such command");
}

void SpaprContainer::check_owner(const os::Caller& caller) const {
  if (regions_ != nullptr && &regions_->mm() != caller.mm.get()) {
    fail(Errno::Perm, "the container belongs to the memory of another process");
  }
}

std::shared_ptr<MmRegions> SpaprContainer::begin_claim(const os::Caller& caller) {
  check_owner(caller);
  std::shared_ptr<MmRegions> owner = regions_ != nullptr ? regions_ : host_.regions().of(caller.mm);
  if (host_.has(Quirk::FailedCallClaims)) regions_ = owner;
  return owner;
}

// -- groups -----------------------------------------------------------------------------------------

void SpaprContainer::attach(const GroupRef& group) {
  if (group.tables == nullptr) fail(Errno::NoDev, "the group has no TCE tables");
  if (v2_ && group.tables->max_dynamic_windows() == 0) fail(Errno::Inval, "v2 needs a group with dynamic windows");
  if (!v2_ && !groups_.empty()) fail(Errno::Busy, "a v1 container takes one group");
  for (const GroupRef& other : groups_) {
    if (other.group == group.group) fail(Errno::Busy, "the group is attached already");
    if (other.tables->platform() != group.tables->platform()) fail(Errno::Perm, "groups of different platforms");
  }
  make_room(groups_);
  try {
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      if (windows_[slot]) group.tables->set_window(slot, windows_[slot]->shared_table());
    }
  } catch (...) {
    for (unsigned slot = 0; slot < kSlots; ++slot) unset_window(group, slot);
    throw;
  }
  if (groups_.empty() && !windows_[0]) default_pending_ = true;
  groups_.insert(groups_.begin(), group);
}

void SpaprContainer::detach(const GroupRef& group) noexcept {
  const os::NoFail going;
  const os::Group* const gone = group.group;
  const auto it = std::find_if(groups_.begin(), groups_.end(), [&](const GroupRef& g) { return g.group == gone; });
  if (it == groups_.end()) return;
  const GroupRef leaving = *it;
  groups_.erase(it);
  const bool clears = groups_.empty() || host_.has(Quirk::DetachClearsAll);
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    if (!windows_[slot]) continue;
    if (clears) clear(*windows_[slot], 0, windows_[slot]->entries());
    unset_window(leaving, slot);
  }
}

void SpaprContainer::unset_window(const GroupRef& group, unsigned slot) noexcept {
  const os::NoFail undoing;
  try {
    group.tables->unset_window(slot);
  } catch (const std::exception&) {
    // As Linux: what the platform says is not heard.
  }
}

// -- windows ----------------------------------------------------------------------------------------

std::int64_t SpaprContainer::get_info(os::Caller& caller, std::uint64_t arg) {
  if (groups_.empty()) fail(Errno::NxIo, "the container has no group");
  const os::TableGroup& tables = first_tables();
  auto info = copy_args<abi::SpaprTceInfo>(caller, arg, abi::least(Cmd::SpaprTceGetInfo));
  info.dma32_window_start = tables.tce32_start();
  info.dma32_window_size = tables.tce32_size();
  info.flags = 0;
  if (v2_ && tables.max_dynamic_windows() != 0) {
    info.flags = abi::SpaprTceInfo::kDdw;
    info.pgsizes = tables.page_sizes();
    info.max_dynamic_windows_supported = tables.max_dynamic_windows();
    info.levels = tables.max_levels();
  }
  caller.copy_out(arg, &info, info.argsz >= sizeof info ? sizeof info : abi::least(Cmd::SpaprTceGetInfo));
  return 0;
}

std::optional<unsigned> SpaprContainer::find_window(BusAddr addr) const {
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    if (windows_[slot] && windows_[slot]->contains(addr)) return slot;
  }
  return std::nullopt;
}

void SpaprContainer::default_window(os::Caller& caller, const std::shared_ptr<MmRegions>& owner) {
  if (!default_pending_) return;
  if (groups_.empty()) fail(Errno::NoDev, "the container has no group");
  create_window(caller, owner, kDefaultPageShift, first_tables().tce32_size(), 1);
  default_pending_ = false;
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
  default_window(caller, owner);
  const unsigned slot = create_window(caller, owner, args.page_shift, args.window_size, args.levels);
  args.start_addr = windows_[slot]->table().start();
  try {
    caller.copy_out(arg, &args, sizeof args);
  } catch (...) {
    if (!host_.has(Quirk::FailedCopyOutKeepsWindow)) remove_window(slot);
    throw;
  }
  return 0;
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

// -- memory -----------------------------------------------------------------------------------------

std::int64_t SpaprContainer::enable(os::Caller& caller) {
  if (enabled_) fail(Errno::Busy, "the container is enabled already");
  if (groups_.empty()) fail(Errno::NoDev, "the container has no group");
  const std::uint64_t pages = first_tables().tce32_size() >> host_shift();
  if (first_tables().tce32_size() == 0) fail(Errno::Perm, "the group has no 32-bit window");
  auto owner = begin_claim(caller);
  charge_locked(caller, host_shift(), pages);
  regions_ = std::move(owner);
  locked_pages_ = pages;
  enabled_ = true;
  return 0;
}

void SpaprContainer::disable() noexcept {
  if (enabled_ && !v2_) mm().locked_pages -= locked_pages_;
  enabled_ = false;
  locked_pages_ = 0;
}

std::int64_t SpaprContainer::register_memory(os::Caller& caller, std::uint64_t arg) {
  auto owner = begin_claim(caller);
  const auto args = copy_args<abi::SpaprRegisterMemory>(caller, arg, abi::least(Cmd::SpaprRegisterMemory));
  if (args.flags != 0) fail(Errno::Inval, "REGISTER_MEMORY has no flags");
  if (((args.vaddr | args.size) & low_mask(host_shift())) != 0 || args.vaddr + args.size < args.vaddr) {
    fail(Errno::Inval, "memory to be registered is of whole pages");
  }
  const std::uint64_t pages = args.size >> host_shift();
  make_room(registered_);
  MmRegion* region = owner->exact(args.vaddr, pages);
  if (region != nullptr) {
    if (std::find(registered_.begin(), registered_.end(), region) != registered_.end()) {
      fail(Errno::Busy, "the container has registered this memory");
    }
    ++region->users;
  } else {
    const MmRegions::Added added = owner->add(caller, args.vaddr, pages);
    if (added.region == nullptr) {
      if (host_.has(Quirk::PartialRegisterCounts)) return static_cast<std::int64_t>(added.partly);
      fail(Errno::Fault, "memory to be registered is there in part");
    }
    region = added.region;
  }
  registered_.push_back(region);
  regions_ = std::move(owner);
  enabled_ = true;
  return 0;
}

std::int64_t SpaprContainer::unregister_memory(os::Caller& caller, std::uint64_t arg) {
  if (regions_ == nullptr) fail(Errno::Perm, "the container has no owner yet");
  const auto args = copy_args<abi::SpaprRegisterMemory>(caller, arg, abi::least(Cmd::SpaprUnregisterMemory));
  if (args.flags != 0) fail(Errno::Inval, "UNREGISTER_MEMORY has no flags");
  if (((args.vaddr | args.size) & low_mask(host_shift())) != 0) fail(Errno::Inval, "memory is of whole pages");
  MmRegion* region = regions_->exact(args.vaddr, args.size >> host_shift());
  const auto it = std::find(registered_.begin(), registered_.end(), region);
  if (region == nullptr || it == registered_.end()) fail(Errno::NoEnt, "the container has not registered this memory");
  if (!regions_->put(*region) && !host_.has(Quirk::UnregisterForgets)) fail(Errno::Busy, "TCEs use the memory");
  registered_.erase(it);
  return 0;
}

std::int64_t SpaprContainer::map(os::Caller& caller, std::uint64_t arg) {
  if (!enabled_) fail(Errno::Perm, v2_ ? "no memory is registered" : "the container is not enabled");
  const auto args = copy_args<abi::DmaMap>(caller, arg, abi::least(Cmd::MapDma));
  if ((args.flags & ~(abi::kMapRead | abi::kMapWrite)) != 0) fail(Errno::Inval, "MAP_DMA has no such flag here");
  default_window(caller, regions_);
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
  default_window(caller, regions_);
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
        unuse_page(window, ua, real);
        throw;
      }
      if (slot) unuse_page(window, slot.ua(), old.real);
      slot.set(ua);
    }
    for (std::uint64_t beyond = there; beyond < pages; ++beyond, ua += window.page_bytes()) {
      unuse_page(window, ua, use_page(window, ua, prot.write));
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
    unuse_page(window, ua, real);
    fail(Errno::Perm, "the page is smaller than the I/O page");
  }
  return real;
}

void SpaprContainer::unuse_page(const TceWindow& window, std::uint64_t ua, RealAddr real) noexcept {
  const os::NoFail undoing;
  if (!v2_) {
    mm().unpin(ua >> host_shift(), align_down(real, 1ull << host_shift()), 1);
  } else if (MmRegion* region = regions_->lookup(ua, window.page_bytes())) {
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
    unuse_page(window, slot.ua(), old.real);
    slot.clear();
  });
  window.table().kill(entry, pages);
}

// -- EEH --------------------------------------------------------------------------------------------

std::int64_t SpaprContainer::eeh(os::Caller& caller, std::uint64_t arg) {
  for (const GroupRef& group : groups_) {
    if (group.eeh == nullptr) fail(Errno::NoDev, "the group has no PE");
    auto args = copy_args<abi::EehPeOp>(caller, arg, abi::least(Cmd::EehPeOp));
    if (args.flags != 0) fail(Errno::Inval, "EEH_PE_OP has no flags");
    switch (static_cast<abi::EehOp>(args.op)) {
      case abi::EehOp::Disable: group.eeh->enable(false); break;
      case abi::EehOp::Enable: group.eeh->enable(true); break;
      case abi::EehOp::UnfreezeIo: group.eeh->unfreeze_io(); break;
      case abi::EehOp::UnfreezeDma: group.eeh->unfreeze_dma(); break;
      case abi::EehOp::GetState:
        if (const std::uint32_t state = group.eeh->state(); state != 0) return state;
        break;
      case abi::EehOp::ResetDeactivate:
      case abi::EehOp::ResetHot:
      case abi::EehOp::ResetFundamental: group.eeh->reset(args.op); break;
      case abi::EehOp::Configure: group.eeh->configure(); break;
      case abi::EehOp::InjectErr:
        if (args.argsz < sizeof args) fail(Errno::Inval, "argsz is less than an error to inject needs");
        caller.copy_in(arg, &args, sizeof args);
        if (args.err_type >= abi::kEehErrTypes || args.err_func >= abi::kEehErrFuncs) {
          fail(Errno::Inval, "no such error can be injected");
        }
        group.eeh->inject(args.err_type, args.err_func, args.err_addr, args.err_mask);
        break;
      default: fail(Errno::Inval, "no such EEH operation");
    }
  }
  return 0;
}

}  // namespace phbsim::arch::vfio
