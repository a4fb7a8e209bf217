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
