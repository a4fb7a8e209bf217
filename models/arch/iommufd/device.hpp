// SPDX-License-Identifier: Apache-2.0
/// A device given to an iommufd: what VFIO_DEVICE_BIND_IOMMUFD and its attach calls work on, and what
/// the selftests' mock device uses (iommufd.md 2, 6).
///
///   auto bound = context.bind(device);          // Context::from(file) finds the context of a descriptor
///   std::uint32_t pt = bound->attach(pt_id);    // IOAS or HWPT; returns the HWPT
///   pt = bound->replace(other_id);
///   bound.reset();                              // detaches and unbinds
#pragma once

#include <cstdint>
#include <memory>

#include "models/arch/os/iommu.hpp"

namespace phbsim::arch::iommufd {

class Context;
class DeviceObject;

/// The device's own requests, without a PASID.
constexpr std::uint32_t kNoPasid = 0;

struct BindOptions {
  bool unsafe_interrupts = false;  ///< take a device whose MSIs are not isolated (else EPERM)
  /// The device keeps the context open. Not so the mock: its object in the context owns it.
  bool keeps_context = true;
};

/// A page request of a device (PRI), the last one of its group.
struct PageRequest {
  std::uint32_t pasid = kNoPasid;
  std::uint32_t group = 0;        ///< page request group index
  std::uint32_t permissions = 0;  ///< 1 read, 2 write, 4 execute, 8 privileged
  BusAddr addr = 0;
};

/// Errors of all calls are SysErrors or std::bad_alloc; a call that throws changed nothing.
class BoundDevice {
 public:
  BoundDevice(Context& context, os::Device& device, BindOptions options);
  /// Detaches what is attached, turns its vDEVICE into a tombstone, gives the group back.
  ~BoundDevice();
  BoundDevice(const BoundDevice&) = delete;
  BoundDevice& operator=(const BoundDevice&) = delete;

  std::uint32_t id() const;
  os::Device& device() const;
  Context& context() const { return context_; }

  bool attached(std::uint32_t pasid = kNoPasid) const;
  /// `pt_id` is an IOAS (a domain is found or made for it) or a HWPT, whose id is returned. ENOENT no
  /// such id; EINVAL another kind of object, another HWPT than the group's, a HWPT that the device
  /// cannot use; EBUSY already attached; EADDRINUSE, EFAULT, ENOMEM.
  std::uint32_t attach(std::uint32_t pt_id, std::uint32_t pasid = kNoPasid);
  /// As attach, for an attached device (else EINVAL); the group moves. The same HWPT: nothing happens.
  std::uint32_t replace(std::uint32_t pt_id, std::uint32_t pasid = kNoPasid);
  /// Under the blocked domain afterwards. Not attached: nothing happens.
  void detach(std::uint32_t pasid = kNoPasid) noexcept;

  /// The HWPT in use, 0 if none; for tests.
  std::uint32_t hwpt(std::uint32_t pasid = kNoPasid) const;
  /// Hands a page request to the fault queue of the HWPT in use. False if there is none: the device
  /// is answered "invalid".
  bool report(const PageRequest& request);

 private:
  struct Holds;
  Context& context_;
  DeviceObject* object_ = nullptr;
  std::unique_ptr<Holds> holds_;
};

}  // namespace phbsim::arch::iommufd
