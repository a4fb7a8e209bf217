// SPDX-License-Identifier: Apache-2.0
/// Virtual IOMMUs, their devices and their queues as objects of a context (iommufd.md 2, 3.16-3.19).
#pragma once

#include <map>
#include <memory>

#include "models/arch/iommufd/access.hpp"
#include "models/arch/iommufd/hwpt.hpp"
#include "models/arch/iommufd/object.hpp"
#include "models/arch/os/viommu.hpp"

namespace phbsim::arch::iommufd {

class DeviceObject;
class Vdevice;

class Viommu final : public Object {
 public:
  Viommu(HwptPaging& parent, os::Device& device, std::uint32_t type, const os::UserData* data);
  ~Viommu() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::Viommu; }

  os::VirtualIommu& driver() const { return *driver_; }
  HwptPaging& parent() const { return *parent_; }
  const void* iommu_instance() const { return iommu_instance_; }
  std::map<std::uint64_t, Vdevice*>& vdevices() { return vdevices_; }

 private:
  Used<HwptPaging> parent_;
  const void* iommu_instance_;
  std::unique_ptr<os::VirtualIommu> driver_;
  std::map<std::uint64_t, Vdevice*> vdevices_;  // by the guest's id
};

/// A bound device as the guest names it. Goes with the device: then its id stays as a tombstone.
class Vdevice final : public Object {
 public:
  Vdevice(Viommu& viommu, DeviceObject& device, std::uint64_t virtual_id);
  ~Vdevice() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::Vdevice; }

 private:
  Used<Viommu> viommu_;
  DeviceObject& device_;
  std::uint64_t virtual_id_;
};

/// A queue in the guest's memory that the IOMMU reads by real addresses: pinned, and locked so that
/// it cannot be unmapped.
class HwQueue final : public Object {
 public:
  HwQueue(Context& context, Viommu& viommu, const abi::HwQueueAlloc& command);
  ~HwQueue() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::HwQueue; }

 private:
  Used<Viommu> viommu_;
  InternalAccess access_;
  std::uint32_t type_;
  std::uint32_t index_;
  Used<HwQueue> needed_;  // an earlier queue that the hardware wants to stay
};

}  // namespace phbsim::arch::iommufd
