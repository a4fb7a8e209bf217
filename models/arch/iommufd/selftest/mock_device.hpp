// SPDX-License-Identifier: Apache-2.0
/// Devices of the mock driver, and the vIOMMU it offers (iommufd.md 10).
#pragma once

#include <map>

#include "models/arch/iommufd/layer.hpp"
#include "models/arch/iommufd/selftest/mock_domain.hpp"
#include "models/arch/os/iommu.hpp"
#include "models/arch/os/viommu.hpp"

namespace phbsim::arch::iommufd::selftest {

/// The one IOMMU behind all mock devices.
struct MockIommu {
  MockIommu(const Layer& of, RealAddr memory, std::uint64_t bytes) : layer(of), pool(*of.memory, memory, bytes) {}

  bool as_in_6_12() const { return layer.compat == Compat::Linux6_12; }

  const Layer& layer;
  BlockPool pool;
  MockBlocked blocked;
  std::uint32_t next_device = 0;
  std::map<std::uint64_t, std::uint64_t> regions;  // that vIOMMUs offer: length by offset
};

class MockDevice final : public os::Device {
 public:
  /// EINVAL for flags that the kernel in question does not know.
  MockDevice(MockIommu& iommu, std::uint32_t flags);

  os::Group& group() override { return group_; }
  const void* iommu_instance() const override { return &iommu_; }
  /// Not asked of a mock device by the kernel either.
  bool isolated_msi() const override { return true; }
  std::uint64_t capabilities() const override;
  unsigned max_pasid_log2() const override { return (flags_ & kDevicePasid) != 0 ? kPasidBits : 0; }
  os::HwInfo hw_info(std::uint32_t type) override;
  std::unique_ptr<os::PagingDomain> alloc_paging(std::uint32_t flags, const os::UserData* data) override;
  std::unique_ptr<os::NestedDomain> alloc_nested(os::PagingDomain&, std::uint32_t flags,
                                                 const os::UserData& data) override;
  bool has_viommu_type(std::uint32_t type) const override { return !iommu_.as_in_6_12() && type == kViommuType; }
  std::unique_ptr<os::VirtualIommu> alloc_viommu(std::uint32_t type, os::PagingDomain& parent,
                                                 const os::UserData* data) override;
  os::Domain& default_domain() override { return iommu_.blocked; }
  os::Domain& blocked_domain() override { return iommu_.blocked; }

  bool no_dirty() const { return (flags_ & kDeviceNoDirty) != 0; }

  std::uint32_t cache[kCacheEntries];
  MockViommu* viommu = nullptr;   ///< of the nested domain in use
  std::uint64_t virtual_id = 0;   ///< there
  bool pasid_fails_next = false;  ///< kPasidThatFails

 private:
  MockIommu& iommu_;
  std::uint32_t flags_;
  os::Group group_;
};

/// EOPNOTSUPP or EINVAL for data that is not a nested domain's.
std::unique_ptr<MockNested> make_nested(const MockIommu& iommu, std::uint32_t flags, const os::UserData& data,
                                        MockViommu* viommu);

class MockViommu final : public os::VirtualIommu {
 public:
  MockViommu(MockIommu& iommu, const os::UserData* data);
  ~MockViommu() override;

  std::unique_ptr<os::NestedDomain> alloc_nested(std::uint32_t flags, const os::UserData& data) override {
    return make_nested(iommu_, flags, data, this);
  }
  std::uint32_t invalidate(const os::UserData& array, std::uint32_t entry_bytes, std::uint32_t entries,
                           std::optional<os::Errno>& error) override;
  void add_vdevice(os::Device& device, std::uint64_t id) override { devices_.emplace(id, static_cast<MockDevice*>(&device)); }
  void remove_vdevice(os::Device& device) noexcept override;
  bool has_event_type(std::uint32_t type) const override { return type == kEventType; }
  void set_event_sink(std::uint32_t type, EventSink sink) override {
    if (type == kEventType) sink_ = std::move(sink);
  }
  bool has_queue_type(std::uint32_t type) const override { return type == kQueueType; }
  void add_queue(std::uint32_t type, std::uint32_t index, RealAddr base, std::uint64_t bytes) override;
  void remove_queue(std::uint32_t, std::uint32_t index) noexcept override { queues_[index] = false; }
  std::optional<std::uint32_t> queue_needs(std::uint32_t, std::uint32_t index) const override;
  std::vector<Region> regions() const override;

  /// The guest's id of a device; nothing if it has none.
  std::optional<std::uint64_t> id_of(const MockDevice& device) const;
  /// EOPNOTSUPP if no queue takes events.
  void report_event(std::uint64_t id);

 private:
  MockIommu& iommu_;
  std::shared_ptr<Backed<os::PageSource>> page_;  // null without driver data
  std::uint64_t offset_ = 0;
  std::map<std::uint64_t, MockDevice*> devices_;
  EventSink sink_;
  bool queues_[kQueues] = {};
};

}  // namespace phbsim::arch::iommufd::selftest
