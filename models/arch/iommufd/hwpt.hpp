// SPDX-License-Identifier: Apache-2.0
/// Page tables of the hardware as objects of a context (iommufd.md 2, 3.11, 6).
#pragma once

#include <memory>

#include "models/arch/iommufd/fault_queue.hpp"
#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/iommufd/object.hpp"
#include "models/arch/os/iommu.hpp"

namespace phbsim::arch::iommufd {

class HwptPaging;
class Viommu;

/// What a device can be attached to.
class Hwpt : public Object {
 public:
  static bool is(ObjectKind kind) { return kind == ObjectKind::HwptPaging || kind == ObjectKind::HwptNested; }

  virtual os::Domain& domain() = 0;
  /// The one that an IOAS fills: itself, or the parent.
  virtual HwptPaging& paging() = 0;
  /// IOMMU that made it; devices of others cannot use it.
  const void* iommu_instance() const { return iommu_instance_; }
  /// May serve a device that has PASIDs in use.
  bool for_pasids() const { return (flags_ & abi::kHwptPasid) != 0; }
  FaultQueue* faults() const { return faults_.get(); }
  void set_faults(FaultQueue& queue) { faults_ = Used<FaultQueue>(queue); }

 protected:
  Hwpt(ObjectKind kind, const os::Device& device, std::uint32_t flags)
      : Object(kind), iommu_instance_(device.iommu_instance()), flags_(flags) {}
  std::uint32_t flags() const { return flags_; }

 private:
  const void* iommu_instance_;
  std::uint32_t flags_;
  Used<FaultQueue> faults_;
};

class HwptPaging final : public Hwpt {
 public:
  /// Allocates the domain; connect() fills it.
  HwptPaging(IoasObject& ioas, os::Device& device, std::uint32_t flags, const os::UserData* data);
  ~HwptPaging() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::HwptPaging; }

  os::Domain& domain() override { return *domain_; }
  HwptPaging& paging() override { return *this; }
  os::PagingDomain& paging_domain() { return *domain_; }
  IoasObject& ioas() { return *ioas_; }
  bool nest_parent() const { return (flags() & abi::kHwptNestParent) != 0; }
  /// Made by an attach; goes with its last one.
  bool automatic() const { return automatic_; }
  void set_automatic() { automatic_ = true; }

  /// From here on the domain holds the mappings of the IOAS.
  void connect();

 private:
  Used<IoasObject> ioas_;
  std::unique_ptr<os::PagingDomain> domain_;
  bool connected_ = false;
  bool automatic_ = false;
};

class HwptNested final : public Hwpt {
 public:
  HwptNested(HwptPaging& parent, os::Device& device, std::uint32_t flags, const os::UserData& data);
  HwptNested(Viommu& viommu, os::Device& device, std::uint32_t flags, const os::UserData& data);
  ~HwptNested() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::HwptNested; }

  os::Domain& domain() override { return *domain_; }
  HwptPaging& paging() override { return *parent_; }
  os::NestedDomain& nested_domain() { return *domain_; }

 private:
  HwptPaging* parent_;
  Used<HwptPaging> used_parent_;  // one of these: the vIOMMU uses the parent in its turn
  Used<Viommu> used_viommu_;
  std::unique_ptr<os::NestedDomain> domain_;
};

/// Destroys an automatic HWPT that nobody uses any more.
void drop_if_idle(ObjectTable& objects, Hwpt& hwpt) noexcept;

}  // namespace phbsim::arch::iommufd
