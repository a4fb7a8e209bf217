// SPDX-License-Identifier: Apache-2.0
#include "models/arch/power_iommu/power_group.hpp"

#include "models/arch/os/allocation.hpp"
#include "models/arch/power_iommu/power_iommu.hpp"

namespace phbsim::arch::power_iommu {

using os::Errno;

PowerGroup::PowerGroup(PowerIommu& iommu, std::uint32_t id, PeNumber pe)
    : Group(id), iommu_(iommu), pe_(pe), holder_(&iommu.platform_domain()) {}

PowerGroup::~PowerGroup() {
  for (const auto& window : setting_.windows)
    if (window != nullptr) window->remove_user(*this);
}

void PowerGroup::place(const os::Domain& holder, const PeSetting& setting) {
  iommu_.move(*this, setting, false);
  holder_ = &holder;
}

void PowerGroup::place_surely(const os::Domain& holder, const PeSetting& setting) noexcept {
  const os::NoFail always;
  iommu_.move(*this, setting, true);
  holder_ = &holder;
}

void PowerGroup::kill(const KillRange* ranges, std::size_t count) noexcept {
  const os::NoFail always;
  Effects effects;
  iommu_.plan_kill(pe_, ranges, count, effects);
  iommu_.sink().carry_out(effects);
}

std::uint32_t PowerGroup::tce32_size() const { return static_cast<std::uint32_t>(iommu_.options().m32_base); }

std::uint64_t PowerGroup::page_sizes() const { return iommu_.page_sizes(); }

const void* PowerGroup::platform() const {
  static constexpr char kPowernv = 0;
  return &kPowernv;
}

std::uint64_t PowerGroup::table_size(unsigned page_shift, std::uint64_t window_bytes, unsigned levels) const {
  return linux_table_size(window_bytes, page_shift, levels, iommu_.options().host_page_shift);
}

std::shared_ptr<os::TceWindowTable> PowerGroup::create_table(unsigned slot, unsigned page_shift,
                                                             std::uint64_t window_bytes, unsigned levels) {
  if (slot >= kMaxWindows) os::fail(Errno::Inval, "a PE has two windows");
  if (!supports_page_shift(iommu_.facts(), page_shift)) os::fail(Errno::Inval, "the PHB has no I/O pages of this size");
  const WindowSpec spec{slot == 0 ? kStartLow : kStartHigh, window_bytes, page_shift, levels};
  return std::make_shared<Window>(iommu_.memory(), spec, iommu_.options().host_page_shift);
}

void PowerGroup::set_window(unsigned slot, const std::shared_ptr<os::TceWindowTable>& table) {
  const auto window = std::dynamic_pointer_cast<Window>(table);
  if (window == nullptr) os::fail(Errno::Perm, "the table is of another platform");
  if (slot >= kMaxWindows || window->spec().slot() != slot) os::fail(Errno::Inval, "the table starts at the other window's address");
  if (!under(iommu_.blocked_domain())) os::fail(Errno::Busy, "the group is not its user's, or under a domain");
  if (setting_.windows[slot] != nullptr) os::fail(Errno::Busy, "the window has a table");
  PeSetting next = setting_;
  next.windows[slot] = window;
  iommu_.move(*this, next, false);
}

void PowerGroup::unset_window(unsigned slot) {
  if (slot >= kMaxWindows) os::fail(Errno::Inval, "a PE has two windows");
  if (!under(iommu_.blocked_domain())) os::fail(Errno::Busy, "the group is not its user's, or under a domain");
  if (setting_.windows[slot] == nullptr) return;
  const os::NoFail always;
  PeSetting next = setting_;
  next.windows[slot] = nullptr;
  iommu_.move(*this, next, true);
}

}  // namespace phbsim::arch::power_iommu
