// SPDX-License-Identifier: Apache-2.0
#include "models/arch/power_iommu/pseries_group.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/arch/tce_kill.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::power_iommu {

using os::Errno;
using papr::Hcall;
using papr::RtasCall;

namespace {

constexpr unsigned kDefaultPageShift = 12;

}  // namespace

// -- what the hypervisor is asked ---------------------------------------------------------------

papr::RtasOutcome PseriesGroup::rtas(RtasCall call, const std::vector<std::uint32_t>& args, unsigned nret) {
  const os::NoFail hypervisors;  // its memory is not the kernel's
  ++rtas_calls_;
  papr::RtasOutcome out;
  try {
    out = pe_.partition.rtas(call, args, nret);
  } catch (const UserError&) {
    out.status = papr::kRtasHardware;  // no memory for a table
  }
  if (out.status == papr::kRtasSuccess && !pe_.sink.carry_out(out.effects)) out.status = papr::kRtasHardware;
  return out;
}

std::int64_t PseriesGroup::hcall(Hcall call, const std::array<std::uint64_t, 4>& args, std::uint64_t* r4) {
  const os::NoFail hypervisors;
  papr::HcallOutcome out = pe_.partition.perform({call, args}, pe_.memory);
  Effects effects = std::move(out.stores);
  if (!out.changes.empty()) plan_kills({encode_kill_pe(out.changes.front().pe)}, true, effects, pe_.phb.facts().sync_has_writes);
  pe_.sink.carry_out(effects);
  if (r4 != nullptr) *r4 = out.r4;
  return out.status;
}

std::vector<std::uint32_t> PseriesGroup::address() const {
  return {pe_.config_addr, static_cast<std::uint32_t>(pe_.buid >> 32), static_cast<std::uint32_t>(pe_.buid)};
}

bool PseriesGroup::has_ddw() const { return !pe_.partition.ddw_applicable(pe_.buid, pe_.config_addr).empty(); }

PseriesGroup::Query PseriesGroup::query() {
  Query q;
  const auto out = rtas(RtasCall::Query, address(), 5);
  if (out.status != papr::kRtasSuccess) return q;
  q.ok = true;
  q.available = out.rets[1];
  q.largest = out.rets[2];
  q.page_mask = out.rets[3];
  return q;
}

bool PseriesGroup::open(PseriesWindow& window, unsigned page_shift, unsigned window_shift) {
  auto args = address();
  args.push_back(page_shift);
  args.push_back(window_shift);
  const auto out = rtas(RtasCall::Create, args, 4);
  if (out.status != papr::kRtasSuccess) return false;
  window.liobn_ = out.rets[1];
  window.start_ = static_cast<std::uint64_t>(out.rets[2]) << 32 | out.rets[3];
  window.bytes_ = 1ull << window_shift;
  window.page_shift_ = page_shift;
  return true;
}

bool PseriesGroup::close(PseriesWindow& window) {
  return rtas(RtasCall::Remove, {window.liobn_}, 1).status == papr::kRtasSuccess;
}

// -- entries --------------------------------------------------------------------------------------

std::uint64_t PseriesWindow::allocated() const { return group_.table_size(page_shift_, bytes_, 1); }

os::TceWindowTable::Entry PseriesWindow::get(std::uint64_t index) const {
  std::uint64_t tce = 0;
  if (group_.hcall(Hcall::GetTce, {liobn_, start_ + (index << page_shift_)}, &tce) != papr::kSuccess) return {};
  return {tce_page_base(tce, page_shift_), {(tce & kTceRead) != 0, (tce & kTceWrite) != 0}};
}

os::TceWindowTable::Entry PseriesWindow::exchange(std::uint64_t index, Entry entry) {
  if (index >= bytes_ >> page_shift_) os::fail(Errno::Inval, "the entry lies beyond the window");
  const Entry old = get(index);
  // As the kernel of a partition has it, writing does not imply reading here [F 2.6].
  const std::uint64_t permissions = (entry.prot.read ? kTceRead : 0) | (entry.prot.write ? kTceWrite : 0);
  const std::uint64_t tce = permissions == 0 ? 0 : align_down(entry.real, 1ull << page_shift_) | permissions;
  if (group_.hcall(Hcall::PutTce, {liobn_, start_ + (index << page_shift_), tce}) != papr::kSuccess) {
    os::fail(Errno::Io, "the hypervisor does not take the entry");
  }
  return old;
}

void PseriesWindow::clear_all() {
  const std::uint64_t entries = bytes_ >> page_shift_;
  for (std::uint64_t i = 0; i < entries; i += papr::kMaxTces) {
    group_.hcall(Hcall::StuffTce, {liobn_, start_ + (i << page_shift_), 0, std::min(papr::kMaxTces, entries - i)});
  }
}

// -- ownership ------------------------------------------------------------------------------------

PseriesGroup::PseriesGroup(std::uint32_t id, const PseriesPe& pe) : Group(id), pe_(pe) {
  const auto windows = pe_.partition.windows(pe_.buid, pe_.config_addr);
  PHBSIM_ASSERT(windows.size() == 1 && windows.front()->is_default);
  default_ = {windows.front()->liobn, windows.front()->start, windows.front()->size};
  tables_[0] = std::make_shared<PseriesWindow>(*this);
  tables_[0]->liobn_ = default_.liobn;
  tables_[0]->start_ = default_.start;
  tables_[0]->bytes_ = default_.bytes;
  page_sizes_ = 1ull << kDefaultPageShift;
  max_windows_ = ~0u;  // without DDW [F 5.3]
  if (!has_ddw()) return;
  const Query q = query();
  max_windows_ = q.available == 0 ? 1 : 2;
  page_sizes_ = 0;
  for (const papr::PageSizeBit& bit : papr::kPageSizeBits)
    if (q.page_mask & bit.mask) page_sizes_ |= 1ull << bit.shift;
}

void PseriesGroup::give_up(Errno code, const char* why) {
  failed_ = true;
  os::fail(code, why);
}

void PseriesGroup::forget(const std::shared_ptr<PseriesWindow>& window) noexcept {
  const auto gone = window;
  for (auto& table : tables_)
    if (table == gone) table.reset();
  if (ddw_ == gone) ddw_.reset();
}

void PseriesGroup::host_opens_window(unsigned page_shift, unsigned window_shift, bool direct) {
  const auto window = std::make_shared<PseriesWindow>(*this);
  const bool replaces = query().available == 0;
  if (replaces) {
    tables_[0]->clear_all();
    if (!close(*tables_[0])) give_up(Errno::NoDev, "the default window cannot be removed");
    tables_[0].reset();
    default_property_ = false;
  }
  if (!open(*window, page_shift, window_shift)) {
    if (replaces) release_ownership();
    give_up(Errno::NoDev, "the hypervisor opens no window");
  }
  ddw_ = window;
  if (!direct) tables_[replaces ? 0 : 1] = window;
}

void PseriesGroup::take_ownership() {
  if (tables_[0] == nullptr && max_windows_ != 1) return;
  if (ddw_ != nullptr) {
    // On a PE with one window, a default one would show what is left in it.
    ddw_->clear_all();
    if (!close(*ddw_)) os::fail(Errno::Perm, "the hypervisor keeps the dynamic window");
    forget(ddw_);
  }
  if (tables_[0] == nullptr) return;
  tables_[0]->clear_all();
  close(*tables_[0]);
  default_property_ = false;
  forget(tables_[0]);
}

void PseriesGroup::restore_default(const std::shared_ptr<PseriesWindow>& window, std::uint64_t bytes) {
  rtas(RtasCall::Reset, address(), 1);
  default_property_ = true;
  window->liobn_ = default_.liobn;
  window->start_ = default_.start;
  window->bytes_ = bytes;
  tables_[0] = window;
}

void PseriesGroup::release_ownership() noexcept {
  if (tables_[0] != nullptr) return;
  const os::NoFail always;
  restore_default(std::make_shared<PseriesWindow>(*this), default_.bytes);
}

// -- tables and windows -----------------------------------------------------------------------------

const void* PseriesGroup::platform() const {
  static constexpr char kPseries = 0;
  return &kPseries;
}

std::uint64_t PseriesGroup::table_size(unsigned page_shift, std::uint64_t window_bytes, unsigned levels) const {
  if (levels > 1) return 0xFFFFFFFF;
  // The copy of user addresses; the table itself is the hypervisor's.
  return (window_bytes >> page_shift) * kTceBytes;
}

std::shared_ptr<os::TceWindowTable> PseriesGroup::create_table(unsigned slot, unsigned page_shift,
                                                               std::uint64_t window_bytes, unsigned levels) {
  if (slot >= tables_.size() || !is_power_of_two(window_bytes) || levels > 1) os::fail(Errno::Inval, "no such window or table");
  if (failed_) os::fail(Errno::NoDev, "windows of this PE have failed before");
  const auto window = std::make_shared<PseriesWindow>(*this);
  const bool default_request = page_shift == kDefaultPageShift && window_bytes <= default_.bytes;
  if (slot == 0 && !default_request && ddw_ != nullptr) os::fail(Errno::Perm, "there is a dynamic window");
  if (slot == 0 && default_request && !default_property_) {
    if (ddw_ != nullptr) os::fail(Errno::Perm, "the reset that brings the default window would destroy the dynamic one");
    restore_default(window, window_bytes);
    return window;
  }
  if (!has_ddw()) give_up(Errno::Inval, "the PE has no dynamic windows");
  const Query q = query();
  if (!q.ok) give_up(Errno::Io, "the hypervisor tells of no windows");
  if (q.largest < window_bytes >> page_shift) os::fail(Errno::Inval, "the hypervisor has not that many entries");
  if (!open(*window, page_shift, log2_floor(window_bytes))) give_up(Errno::NoDev, "the hypervisor opens no window");
  ddw_ = window;
  tables_[slot] = window;
  return window;
}

void PseriesGroup::set_window(unsigned slot, const std::shared_ptr<os::TceWindowTable>& table) {
  if (slot >= tables_.size() || table == nullptr || tables_[slot] != table) os::fail(Errno::Perm, "the table is not the window's");
}

void PseriesGroup::unset_window(unsigned slot) {
  if (slot >= tables_.size() || tables_[slot] == nullptr) return;
  const bool is_default = tables_[slot] != ddw_;
  if (!close(*tables_[slot])) give_up(Errno::NoDev, "the hypervisor keeps the window");
  if (is_default) default_property_ = false;
  forget(tables_[slot]);
}

// -- domains ----------------------------------------------------------------------------------------

void PseriesPlatformDomain::attach(os::Device& device, os::Domain& from) {
  if (&from != this) static_cast<PseriesDevice&>(device).pseries_group().release_ownership();
}

void PseriesBlockedDomain::attach(os::Device& device, os::Domain&) {
  static_cast<PseriesDevice&>(device).pseries_group().take_ownership();
}

PseriesDevice::PseriesDevice(std::string name, PseriesGroup& group, PseriesPlatformDomain& platform,
                             PseriesBlockedDomain& blocked)
    : Device(std::move(name)), group_(group), platform_(platform), blocked_(blocked) {
  group_.add(*this);
}

PseriesDevice::~PseriesDevice() { group_.remove(*this); }

}  // namespace phbsim::arch::power_iommu
