// SPDX-License-Identifier: Apache-2.0
#include "models/arch/power_iommu/domains.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/arch/power_iommu/power_iommu.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::power_iommu {

using os::Errno;

namespace {

PowerGroup& group_of(os::Device& device, const PowerIommu& iommu) {
  if (device.iommu_instance() != &iommu) os::fail(Errno::Inval, "the device is behind another IOMMU than the domain");
  return static_cast<PowerDevice&>(device).power_group();
}

}  // namespace

void PlatformDomain::attach(os::Device& device, os::Domain&) {
  PowerGroup& group = group_of(device, iommu_);
  if (group.under(*this)) return;
  const os::NoFail always;
  group.place_surely(*this, iommu_.host_setting());
}

void BlockedDomain::attach(os::Device& device, os::Domain&) {
  PowerGroup& group = group_of(device, iommu_);
  if (!group.under(*this)) group.place_surely(*this, {});
}

PowerPagingDomain::PowerPagingDomain(PowerIommu& iommu, const std::vector<WindowSpec>& windows) : iommu_(iommu) {
  PHBSIM_ASSERT(!windows.empty() && windows.size() <= kMaxWindows);
  unsigned coarsest = 0;
  for (const WindowSpec& spec : windows) {
    auto window = std::make_shared<Window>(iommu.memory(), spec, iommu.options().host_page_shift);
    apertures_.push_back({window->start(), window->last(), spec.page_shift});
    windows_.push_back(window.get());
    setting_.windows[spec.slot()] = std::move(window);
    coarsest = std::max(coarsest, spec.page_shift);
  }
  page_sizes_ = 1ull << coarsest;
}

PowerPagingDomain::~PowerPagingDomain() { PHBSIM_ASSERT(groups().empty()); }

const std::vector<PowerGroup*>& PowerPagingDomain::groups() const { return windows_.front()->users(); }

std::uint64_t PowerPagingDomain::table_bytes() const {
  std::uint64_t bytes = 0;
  for (const Window* w : windows_) bytes += w->table_bytes();
  return bytes;
}

void PowerPagingDomain::attach(os::Device& device, os::Domain&) {
  PowerGroup& group = group_of(device, iommu_);
  if (!group.under(*this)) group.place(*this, setting_);
}

PowerPagingDomain::Parts PowerPagingDomain::split(BusAddr iova, std::uint64_t bytes) const noexcept {
  Parts parts;
  const BusAddr last = iova + (bytes - 1);
  for (Window* w : windows_) {
    const BusAddr from = std::max(iova, w->start());
    const BusAddr to = std::min(last, w->last());
    if (from <= to) parts.part[parts.count++] = {w, from, to - from + 1};
  }
  return parts;
}

void PowerPagingDomain::map(BusAddr iova, RealAddr real, std::uint64_t bytes, os::Protection prot) {
  if (bytes == 0 || iova + (bytes - 1) < iova) os::fail(Errno::Inval, "the range is empty or wraps around");
  const Parts parts = split(iova, bytes);
  std::uint64_t inside = 0;
  std::uint64_t pages = 0;
  for (const Part& p : parts) {
    const std::uint64_t in_page = low_mask(p.window->page_shift());
    if ((p.first | (real + (p.first - iova)) | p.bytes) & in_page) os::fail(Errno::Inval, "the range does not consist of I/O pages");
    inside += p.bytes;
    pages += p.pages();
  }
  if (inside != bytes) os::fail(Errno::Inval, "the range leaves the apertures");
  for (const Part& p : parts) {
    if (p.window->any_set(p.index(), p.pages())) os::fail(Errno::Exist, "something is mapped in the range");
  }
  Effects room;
  Window::reserve(room, pages);
  for (const Part& p : parts) p.window->ensure(p.index(), p.pages());
  for (const Part& p : parts) {
    p.window->set(p.index(), p.pages(), real + (p.first - iova), tce_permissions(prot), room);
    const KillRange range{p.first, p.pages(), p.window->page_shift()};
    if (iommu_.options().kill_on_map) kill(&range, 1);
  }
}

void PowerPagingDomain::unmap(BusAddr iova, std::uint64_t bytes) noexcept {
  if (bytes == 0) return;
  for (const Part& p : split(iova, bytes)) {
    p.window->clear(p.index(), p.pages());
    const KillRange range{p.first, p.pages(), p.window->page_shift()};
    KillRange* last = pendings_ != 0 ? &pending_[pendings_ - 1] : nullptr;
    if (last != nullptr && last->page_shift == range.page_shift &&
        last->first + (last->pages << last->page_shift) == range.first) {
      last->pages += range.pages;
    } else if (pendings_ < kMaxPending) {
      pending_[pendings_++] = range;
    } else {
      pending_all_ = true;
    }
  }
}

void PowerPagingDomain::sync() noexcept {
  if (pendings_ == 0) return;
  kill(pending_.data(), pending_all_ ? 0 : pendings_);
  pendings_ = 0;
  pending_all_ = false;
}

void PowerPagingDomain::kill(const KillRange* ranges, std::size_t count) noexcept {
  for (PowerGroup* group : groups()) group->kill(ranges, count);
}

std::optional<RealAddr> PowerPagingDomain::to_real(BusAddr iova) const {
  const Parts parts = split(iova, 1);
  if (parts.count == 0) return std::nullopt;
  return parts.part[0].window->to_real(iova);
}

}  // namespace phbsim::arch::power_iommu
