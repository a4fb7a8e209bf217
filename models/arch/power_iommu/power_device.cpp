// SPDX-License-Identifier: Apache-2.0
#include "models/arch/power_iommu/power_device.hpp"

#include <cstring>

#include "models/arch/msi.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/arch/power_iommu/power_iommu.hpp"
#include "models/arch/power_iommu/request.hpp"
#include "models/arch/power_iommu/uapi.hpp"

namespace phbsim::arch::power_iommu {

using os::Errno;

PowerDevice::PowerDevice(std::string name, PowerGroup& group, Rid rid) : Device(std::move(name)), group_(group), rid_(rid) {
  group_.add(*this);
  try {
    route(true);
  } catch (...) {
    group_.remove(*this);
    throw;
  }
}

PowerDevice::~PowerDevice() {
  const os::NoFail leaving;
  try {
    route(false);
  } catch (const os::SysError&) {
    // A fenced PHB forgets the RID with its reset.
  }
  group_.remove(*this);
}

void PowerDevice::route(bool to_group) const {
  PowerIommu& iommu = group_.iommu();
  Effects effects;
  const opal::Code code = iommu.firmware().set_pe(group_.pe(), rid_, opal::kBusAll, 1, 1,
                                                  to_group ? opal::kMapPe : opal::kUnmapPe, effects);
  const os::NoFail decided;
  if (code != opal::Code::Success || iommu.phb().fenced() || !iommu.sink().carry_out(effects)) {
    os::fail(Errno::Io, "firmware cannot point the function at its PE");
  }
}

const void* PowerDevice::iommu_instance() const { return &group_.iommu(); }

os::HwInfo PowerDevice::hw_info(std::uint32_t type) {
  if (type != 0 && type != kHwInfoPowerTce) os::fail(Errno::OpNotSupp, "the IOMMU has no such information");
  const PowerIommu& iommu = group_.iommu();
  const PowerIommuOptions& options = iommu.options();
  const WindowSpec& first = iommu.default_windows().front();
  UapiHwInfo info{};
  info.max_windows = kMaxWindows;
  info.page_sizes = iommu.page_sizes();
  info.default_start = first.start;
  info.default_size = first.bytes;
  info.default_page_shift = first.page_shift;
  info.default_levels = first.levels;
  info.min_levels = 1;
  info.max_levels = kMaxLevels;
  info.host_page_shift = options.host_page_shift;
  info.address_bits = 55;
  info.max_table_size = iommu.memory().largest_block;
  info.start[info.starts++] = kStartLow;
  if (iommu.facts().firmware_options) {
    info.flags |= kInfoMiddleStart;
    info.start[info.starts++] = kStartMiddle;
  }
  info.start[info.starts++] = kStartHigh;
  if (options.large_io_pages) info.flags |= kInfoLargeIoPages;

  os::HwInfo out;
  out.type = kHwInfoPowerTce;
  out.bytes.resize(sizeof info);
  std::memcpy(out.bytes.data(), &info, sizeof info);
  return out;
}

std::vector<os::ReservedRegion> PowerDevice::reserved_regions() const {
  using Kind = os::ReservedRegion::Kind;
  return {{Kind::Reserved, group_.iommu().options().m32_base, kMsi32Base - 1},
          {Kind::Msi, kMsi32Base, 4 * kGiB - 1},
          {Kind::Msi, kMsi64Base, 2 * kMsi64Base - 1}};
}

std::unique_ptr<os::PagingDomain> PowerDevice::alloc_paging(std::uint32_t flags, const os::UserData* data) {
  // No nesting, no dirty bits, no page requests, no PASIDs (iommufd.md 11).
  if (flags != 0) os::fail(Errno::OpNotSupp, "TCE tables have no such feature");
  PowerIommu& iommu = group_.iommu();
  if (data == nullptr) return std::make_unique<PowerPagingDomain>(iommu, iommu.default_windows());
  return std::make_unique<PowerPagingDomain>(iommu, parse_windows(*data, iommu.limits()));
}

os::Domain& PowerDevice::default_domain() { return group_.iommu().platform_domain(); }
os::Domain& PowerDevice::blocked_domain() { return group_.iommu().blocked_domain(); }

}  // namespace phbsim::arch::power_iommu
