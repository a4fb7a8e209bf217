// SPDX-License-Identifier: Apache-2.0
/// The two ways of user space to a PE: what UserSpace makes for each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/arch/iommufd/layer.hpp"
#include "models/arch/iova/iova_allocator.hpp"
#include "models/arch/power_iommu/power_iommu.hpp"
#include "models/arch/vfio/host.hpp"
#include "platform/host/vfio/machine_effects.hpp"
#include "platform/host/vfio/user_process.hpp"
#include "platform/host/vfio/user_space.hpp"

namespace phbsim::host {

/// What the processes of a machine share.
struct UserMachine {
  VfioParams params;
  std::uint64_t memory_bytes = 0;
  arch::iommufd::Layer layer;
  arch::vfio::Host vfio;
  CallEffects effects;
};

/// A process that owns one PE; its windows stand when it is made.
class UserPe {
 public:
  virtual ~UserPe() = default;
  /// Mappings in one of the windows.
  virtual UserMappings& mappings(unsigned window) = 0;
};

/// The device that stands for all of a PE: PE and group are one.
std::unique_ptr<UserPe> make_iommufd_pe(UserMachine& machine, arch::power_iommu::PowerDevice& device,
                                        std::shared_ptr<UserMemory> memory, const std::vector<UserWindow>& windows,
                                        unsigned used);
std::unique_ptr<UserPe> make_spapr_pe(UserMachine& machine, arch::power_iommu::PowerDevice& device,
                                      std::shared_ptr<UserMemory> memory, const std::vector<UserWindow>& windows);

/// Bus addresses that a driver chooses itself: pieces of 2^granule_shift bytes of a window, by an
/// allocator of models/arch.
class DriverIovas {
 public:
  /// The first piece of window 0 stays free: nobody hands out bus address 0.
  DriverIovas(const std::string& allocator, const UserWindow& window, unsigned granule_shift);
  /// ENOSPC.
  BusAddr allocate(std::uint64_t bytes);
  void release(BusAddr iova, std::uint64_t bytes);

 private:
  BusAddr start_;
  unsigned granule_shift_;
  std::uint64_t first_;
  std::unique_ptr<arch::IovaAllocator> pages_;
};

/// The part of memory around [real, real + bytes) that whole pages cover.
struct PageSpan {
  RealAddr first = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lead = 0;  ///< of the buffer in the first page
};
inline PageSpan span_of(RealAddr real, std::uint64_t bytes, unsigned page_shift) {
  const std::uint64_t page = 1ull << page_shift;
  PageSpan s;
  s.first = align_down(real, page);
  s.lead = real - s.first;
  s.bytes = align_up(s.lead + bytes, page);
  return s;
}

}  // namespace phbsim::host
