// SPDX-License-Identifier: Apache-2.0
/// A PCI function below a PHB, as its IOMMU's driver sees it.
#pragma once

#include <string>

#include "models/arch/os/iommu.hpp"
#include "models/arch/power_iommu/power_group.hpp"

namespace phbsim::arch::power_iommu {

class PowerDevice final : public os::Device {
 public:
  /// Points the function's RID at the group's PE. EIO if firmware refuses (no RTT, a fenced PHB).
  PowerDevice(std::string name, PowerGroup& group, Rid rid);
  ~PowerDevice() override;

  PowerGroup& power_group() { return group_; }
  Rid rid() const { return rid_; }

  os::Group& group() override { return group_; }
  const void* iommu_instance() const override;
  /// GET_HW_INFO: uapi.hpp. EOPNOTSUPP for another type.
  os::HwInfo hw_info(std::uint32_t type) override;
  /// 32-bit MMIO, and both MSI windows.
  std::vector<os::ReservedRegion> reserved_regions() const override;
  /// HWPT_ALLOC: any flag is EOPNOTSUPP; driver data: request.hpp.
  std::unique_ptr<os::PagingDomain> alloc_paging(std::uint32_t flags, const os::UserData* data) override;
  os::Domain& default_domain() override;
  os::Domain& blocked_domain() override;

 private:
  void route(bool to_group) const;

  PowerGroup& group_;
  Rid rid_;
};

}  // namespace phbsim::arch::power_iommu
