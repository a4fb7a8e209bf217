// SPDX-License-Identifier: Apache-2.0
/// From HWPT_ALLOC's driver data to windows, with every check in its order.
#pragma once

#include <vector>

#include "models/arch/generation.hpp"
#include "models/arch/os/iommu.hpp"
#include "models/arch/power_iommu/window.hpp"

namespace phbsim::arch::power_iommu {

constexpr unsigned kDefaultLevels = 2;  ///< [F ddw-vfio.md 3.5]

/// What a PHB under a kernel can do for windows.
struct WindowLimits {
  const GenerationFacts* facts = nullptr;
  unsigned host_page_shift = 16;
  std::uint64_t largest_block = 16 * kMiB;
};

/// Levels for a window whose owner leaves them to the driver: two, as Linux, else the fewest more of
/// which each table is a block that the kernel can get, else one.
unsigned choose_levels(const WindowSpec& spec, const WindowLimits& limits);

/// Windows that `data` asks for, ascending. In order: type, length EINVAL; EFAULT; flags
/// EOPNOTSUPP; count EINVAL; per window: start, page EINVAL, page of another PHB EOPNOTSUPP, size,
/// levels EINVAL, 4 GiB without the PHB option EOPNOTSUPP, geometry EINVAL; both at one start EINVAL,
/// both in TVE#1 EOPNOTSUPP, overlap EINVAL.
std::vector<WindowSpec> parse_windows(const os::UserData& data, const WindowLimits& limits);

}  // namespace phbsim::arch::power_iommu
