// SPDX-License-Identifier: Apache-2.0
/// A slice of an IOMMU given to a guest: what VIOMMU_ALLOC, VDEVICE_ALLOC, VEVENTQ_ALLOC and
/// HW_QUEUE_ALLOC ask a driver for (iommufd.md 3.16-3.19, 6, 8).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/arch/os/iommu.hpp"

namespace phbsim::arch::os {

class VirtualIommu {
 public:
  virtual ~VirtualIommu() = default;

  virtual std::unique_ptr<NestedDomain> alloc_nested(std::uint32_t flags, const UserData& data) = 0;
  /// As NestedDomain::invalidate, for caches of the whole instance.
  virtual std::uint32_t invalidate(const UserData& array, std::uint32_t entry_bytes, std::uint32_t entries,
                                   std::optional<Errno>& error) {
    (void)array, (void)entry_bytes, (void)entries;
    error = Errno::OpNotSupp;
    return 0;
  }
  virtual void add_vdevice(Device&, std::uint64_t) {}
  virtual void remove_vdevice(Device&) noexcept {}
  virtual bool has_event_type(std::uint32_t) const { return false; }
  /// The core tells where events of a type go; null: nowhere any more.
  using EventSink = std::function<void(const std::vector<unsigned char>& data)>;
  virtual void set_event_sink(std::uint32_t, EventSink) {}
  virtual bool has_queue_type(std::uint32_t) const { return false; }
  /// Queue `index` lies at `base` in real memory, `bytes` long. Throws (EINVAL, EEXIST, EIO as the hardware's rules say).
  virtual void add_queue(std::uint32_t type, std::uint32_t index, RealAddr base, std::uint64_t bytes) {
    (void)type, (void)index, (void)base, (void)bytes;
    fail(Errno::OpNotSupp, "the IOMMU has no queues");
  }
  virtual void remove_queue(std::uint32_t, std::uint32_t) noexcept {}
  /// Index of a queue of the same type that must outlive queue `index`.
  virtual std::optional<std::uint32_t> queue_needs(std::uint32_t, std::uint32_t) const { return std::nullopt; }
  /// Page of memory that userspace may map through the iommufd (offset from VIOMMU_ALLOC's data); its length.
  struct Region {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::shared_ptr<PageSource> pages;
  };
  virtual std::vector<Region> regions() const { return {}; }
};

}  // namespace phbsim::arch::os
