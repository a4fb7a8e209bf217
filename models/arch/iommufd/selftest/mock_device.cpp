// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/selftest/mock_device.hpp"

#include <algorithm>
#include <cstring>

#include "models/arch/iommufd/abi.hpp"

namespace phbsim::arch::iommufd::selftest {

using os::Errno;
using os::fail;

void mock_attach(os::Domain&, os::Device& device, bool tracks_dirty, MockViommu* viommu) {
  auto& mock = static_cast<MockDevice&>(device);
  if (tracks_dirty && mock.no_dirty()) fail(Errno::Inval, "the device cannot track dirty pages");
  std::uint64_t id = 0;
  if (viommu != nullptr) {
    const auto found = viommu->id_of(mock);
    if (!found) fail(Errno::NoEnt, "the device has no vDEVICE on the domain's vIOMMU");
    id = *found;
  }
  if (viommu == mock.viommu) return;
  mock.viommu = viommu;
  mock.virtual_id = id;
}

void mock_attach_pasid(os::Device& device, std::uint32_t pasid) {
  if (pasid != kPasidThatFails) return;
  auto& mock = static_cast<MockDevice&>(device);
  if (std::exchange(mock.pasid_fails_next, !mock.pasid_fails_next)) fail(Errno::NoMem, "this PASID is made to fail");
}

void mock_detach_pasid(os::Device& device, std::uint32_t pasid) noexcept {
  if (pasid == kPasidThatFails) static_cast<MockDevice&>(device).pasid_fails_next = false;
}

MockDevice::MockDevice(MockIommu& iommu, std::uint32_t flags)
    : Device("iommufd_mock" + std::to_string(iommu.next_device)), iommu_(iommu), flags_(flags), group_(iommu.next_device) {
  // 6.12's mock knows no PASIDs, but the tests that come with it (6.12.117) make such devices.
  const std::uint32_t known = kDeviceNoDirty | kDevicePasid | (iommu.as_in_6_12() ? kDeviceHuge : 0);
  if ((flags & ~known) != 0) fail(Errno::Inval, "unknown flags of a mock device");
  std::fill_n(cache, kCacheEntries, kDeviceCacheDefault);
  group_.add(*this);
  ++iommu.next_device;
}

std::uint64_t MockDevice::capabilities() const { return os::kCapNoAts | (no_dirty() ? 0 : os::kCapDirtyTracking); }

os::HwInfo MockDevice::hw_info(std::uint32_t type) {
  if (type != 0 && type != kHwInfoType) fail(Errno::OpNotSupp, "the mock has no such information");
  const HwInfoData data{0, kHwInfoValue};
  os::HwInfo info;
  info.type = kHwInfoType;
  info.bytes.resize(sizeof data);
  std::memcpy(info.bytes.data(), &data, sizeof data);
  return info;
}

std::unique_ptr<os::PagingDomain> MockDevice::alloc_paging(std::uint32_t flags, const os::UserData* data) {
  const std::uint32_t known =
      abi::kHwptNestParent | abi::kHwptDirtyTracking | (iommu_.as_in_6_12() ? 0 : abi::kHwptPasid);
  MockShape shape;
  shape.tracks_dirty = (flags & abi::kHwptDirtyTracking) != 0;
  if ((flags & ~known) != 0 || (shape.tracks_dirty && no_dirty())) fail(Errno::OpNotSupp, "flags that the mock lacks");
  if (iommu_.as_in_6_12()) {
    if (data != nullptr) fail(Errno::OpNotSupp, "a paging domain takes no data");
    shape.page_shift = iommu_.layer.page_shift - 1;
    if ((flags_ & kDeviceHuge) != 0) shape.huge_bytes = kPagesPerHuge << shape.page_shift;
  } else if (data != nullptr) {
    if (data->type != kHwptData) fail(Errno::OpNotSupp, "data of another driver");
    HwptData config;
    os::copy_driver_data(*data, kHwptData, &config, sizeof config, HwptData::kLeast);
    if (config.pagetable_type > HwptData::kHuge) fail(Errno::OpNotSupp, "no such kind of page table");
    if (config.pagetable_type == HwptData::kHuge) {
      shape.page_shift = iommu_.layer.page_shift;
      shape.huge_bytes = kPagesPerHuge << kPageShift;
      shape.wide = true;
    }
  }
  return std::make_unique<MockDomain>(iommu_.pool, shape);
}

std::unique_ptr<MockNested> make_nested(const MockIommu& iommu, std::uint32_t flags, const os::UserData& data,
                                        MockViommu* viommu) {
  if ((flags & ~(iommu.as_in_6_12() ? 0 : abi::kHwptPasid)) != 0) fail(Errno::OpNotSupp, "flags that the mock lacks");
  if (data.type != kHwptData) fail(Errno::OpNotSupp, "data of another driver");
  HwptData config{};
  const std::uint32_t known = iommu.as_in_6_12() ? HwptData::kLeast : sizeof config;
  os::copy_driver_data(data, kHwptData, &config, known, HwptData::kLeast);
  return std::make_unique<MockNested>(config.iotlb, viommu);
}

std::unique_ptr<os::NestedDomain> MockDevice::alloc_nested(os::PagingDomain&, std::uint32_t flags,
                                                           const os::UserData& data) {
  return make_nested(iommu_, flags, data, nullptr);
}

std::unique_ptr<os::VirtualIommu> MockDevice::alloc_viommu(std::uint32_t, os::PagingDomain&, const os::UserData* data) {
  return std::make_unique<MockViommu>(iommu_, data);
}

namespace {

/// The first gap of `bytes` after the first page: offset 0 would look like none.
std::uint64_t free_offset(const std::map<std::uint64_t, std::uint64_t>& regions, std::uint64_t page,
                          std::uint64_t bytes) {
  std::uint64_t at = page;
  for (const auto& [offset, length] : regions) {
    if (offset - at >= bytes) break;
    at = offset + length;
  }
  return at;
}

}  // namespace

MockViommu::MockViommu(MockIommu& iommu, const os::UserData* data) : iommu_(iommu) {
  if (data == nullptr) return;
  ViommuData config;
  os::copy_driver_data(*data, kViommuType, &config, sizeof config, ViommuData::kLeast);
  const std::uint64_t page = iommu.layer.page_bytes();
  page_ = std::make_shared<Backed<os::PageSource>>(iommu.pool, 2 * page, page);
  page_->write(0, reinterpret_cast<const unsigned char*>(&config.in_data), sizeof config.in_data);
  offset_ = free_offset(iommu.regions, page, 2 * page);
  config.out_data = config.in_data;
  config.out_mmap_offset = offset_;
  config.out_mmap_length = 2 * page;
  data->caller->copy_out(data->addr, &config, std::min<std::size_t>(data->length, sizeof config));
  iommu.regions.emplace(offset_, 2 * page);
}

MockViommu::~MockViommu() {
  if (page_ != nullptr) iommu_.regions.erase(offset_);
}

std::vector<os::VirtualIommu::Region> MockViommu::regions() const {
  if (page_ == nullptr) return {};
  return {{offset_, 2 * iommu_.layer.page_bytes(), page_}};
}

std::optional<std::uint64_t> MockViommu::id_of(const MockDevice& device) const {
  for (const auto& [id, one] : devices_) {
    if (one == &device) return id;
  }
  return std::nullopt;
}

void MockViommu::remove_vdevice(os::Device& device) noexcept {
  if (const auto id = id_of(static_cast<MockDevice&>(device))) devices_.erase(*id);
}

void MockViommu::report_event(std::uint64_t id) {
  if (!sink_) fail(Errno::OpNotSupp, "the vIOMMU has no queue for these events");
  const auto virt_id = static_cast<std::uint32_t>(id);
  std::vector<unsigned char> data(sizeof virt_id);
  std::memcpy(data.data(), &virt_id, sizeof virt_id);
  sink_(data);
}

void MockViommu::add_queue(std::uint32_t, std::uint32_t index, RealAddr, std::uint64_t) {
  if (index >= kQueues) fail(Errno::Inval, "the mock has two queues");
  if (queues_[index]) fail(Errno::Exist, "the queue exists");
  if (index != 0 && !queues_[index - 1]) fail(Errno::Io, "the queue before it is missing");
  queues_[index] = true;
}

std::optional<std::uint32_t> MockViommu::queue_needs(std::uint32_t, std::uint32_t index) const {
  return index == 0 ? std::nullopt : std::optional<std::uint32_t>(index - 1);
}

namespace {

/// All entries at once: as the mock of Linux, which looks at them only when it has all.
std::vector<ViommuInvalidate> read_entries(const os::UserData& array, std::uint32_t entry_bytes, std::uint32_t entries) {
  if (array.type != kViommuInvalidateData || entries == 0) fail(Errno::Inval, "entries of another type");
  std::vector<ViommuInvalidate> out(entries);
  for (std::uint32_t i = 0; i < entries; ++i) {
    os::copy_struct_in(*array.caller, array.addr + std::uint64_t{i} * entry_bytes, entry_bytes, &out[i], sizeof out[i]);
  }
  return out;
}

}  // namespace

std::uint32_t MockViommu::invalidate(const os::UserData& array, std::uint32_t entry_bytes, std::uint32_t entries,
                                     std::optional<Errno>& error) {
  if (entries == 0 && array.type == kViommuInvalidateData) return 0;
  std::uint32_t done = 0;
  try {
    for (const ViommuInvalidate& entry : read_entries(array, entry_bytes, entries)) {
      if ((entry.flags & ~kInvalidateAll) != 0) fail(Errno::OpNotSupp, "an unknown flag");
      if (entry.cache_id >= kCacheEntries) fail(Errno::Inval, "the cache has four entries");
      const auto device = devices_.find(entry.vdev_id);
      if (device == devices_.end()) fail(Errno::Inval, "the vIOMMU has no such device");
      if ((entry.flags & kInvalidateAll) != 0) std::fill_n(device->second->cache, kCacheEntries, 0u);
      else device->second->cache[entry.cache_id] = 0;
      ++done;
    }
  } catch (const os::SysError& why) {
    error = why.code();
  }
  return done;
}

}  // namespace phbsim::arch::iommufd::selftest
