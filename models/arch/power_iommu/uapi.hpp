// SPDX-License-Identifier: Apache-2.0
/// What userspace says to and hears from the POWER driver: data of IOMMU_HWPT_ALLOC and
/// IOMMU_GET_HW_INFO. Our proposal for the list (ddw-vfio.md 5.6 (b): window attributes as driver data);
/// the numbers of the two types are provisional, far from those that upstream hands out in order.
/// Fields are in the byte order of the caller; all are naturally aligned, so 32- and 64-bit callers agree.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::arch::power_iommu {

constexpr std::uint32_t kHwptDataPowerTce = 0x54434501;  ///< "TCE", 1
constexpr std::uint32_t kHwInfoPowerTce = 0x54434501;

/// Where a window may begin.
constexpr BusAddr kStartLow = 0;
constexpr BusAddr kStartMiddle = 4 * kGiB;   ///< PHB option TVE1_4GB: for the whole PHB
constexpr BusAddr kStartHigh = 1ull << 59;

constexpr unsigned kMaxWindows = 2;

struct UapiWindow {
  std::uint64_t start;       ///< kStartLow, kStartMiddle or kStartHigh
  std::uint64_t size;        ///< bytes, a power of two
  std::uint32_t page_shift;  ///< of the I/O page
  std::uint32_t levels;      ///< 1..5, 0: the driver chooses
};

/// Data of HWPT_ALLOC, type kHwptDataPowerTce.
struct UapiHwptData {
  std::uint32_t flags;    ///< 0; others EOPNOTSUPP
  std::uint32_t windows;  ///< 1 or 2 that follow
  UapiWindow window[kMaxWindows];
};
/// Smallest data accepted: that of one window.
constexpr std::uint32_t kHwptDataLeast = 32;

// Flags of UapiHwInfo.
constexpr std::uint32_t kInfoMiddleStart = 1;   ///< kStartMiddle is possible
constexpr std::uint32_t kInfoLargeIoPages = 2;  ///< this kernel accepts I/O pages above its own

/// Answer of GET_HW_INFO, type kHwInfoPowerTce.
struct UapiHwInfo {
  std::uint32_t flags;
  std::uint32_t max_windows;
  std::uint64_t page_sizes;          ///< bit mask of I/O pages
  std::uint64_t default_start;       ///< window of an HWPT without data
  std::uint64_t default_size;
  std::uint32_t default_page_shift;
  std::uint32_t default_levels;
  std::uint32_t min_levels;
  std::uint32_t max_levels;
  std::uint32_t host_page_shift;
  std::uint32_t address_bits;        ///< levels * index bits + page shift stay below
  std::uint64_t max_table_size;      ///< bytes of one table at any level
  std::uint32_t starts;              ///< valid entries of `start`
  std::uint32_t reserved;            ///< 0
  std::uint64_t start[4];
};

static_assert(sizeof(UapiWindow) == 24 && offsetof(UapiWindow, levels) == 20);
static_assert(sizeof(UapiHwptData) == 56 && offsetof(UapiHwptData, window) == 8 &&
              offsetof(UapiHwptData, window) + sizeof(UapiWindow) == kHwptDataLeast);
static_assert(sizeof(UapiHwInfo) == 104 && offsetof(UapiHwInfo, page_sizes) == 8 &&
              offsetof(UapiHwInfo, default_page_shift) == 32 && offsetof(UapiHwInfo, host_page_shift) == 48 &&
              offsetof(UapiHwInfo, max_table_size) == 56 && offsetof(UapiHwInfo, start) == 72);

}  // namespace phbsim::arch::power_iommu
