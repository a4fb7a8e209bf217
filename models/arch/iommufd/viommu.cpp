// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/viommu.hpp"

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/device_object.hpp"
#include "models/arch/iommufd/undo.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

Viommu::Viommu(HwptPaging& parent, os::Device& device, std::uint32_t type, const os::UserData* data)
    : Object(ObjectKind::Viommu),
      parent_(parent),
      iommu_instance_(device.iommu_instance()),
      driver_(device.alloc_viommu(type, parent.paging_domain(), data)) {}

Viommu::~Viommu() = default;

Vdevice::Vdevice(Viommu& viommu, DeviceObject& device, std::uint64_t virtual_id)
    : Object(ObjectKind::Vdevice), viommu_(viommu), device_(device), virtual_id_(virtual_id) {
  if (!viommu.vdevices().emplace(virtual_id, this).second) fail(Errno::Exist, "the guest's id is taken");
  Undo forget([&] { viommu.vdevices().erase(virtual_id); });
  viommu.driver().add_vdevice(device.device(), virtual_id);
  forget.keep();
  device.set_vdevice(this);
}

Vdevice::~Vdevice() {
  const os::NoFail taking_out;
  viommu_->driver().remove_vdevice(device_.device());
  viommu_->vdevices().erase(virtual_id_);
  device_.set_vdevice(nullptr);
}

namespace {

std::uint64_t page_down(const Context& context, Iova iova) { return align_down(iova, context.layer().page_bytes()); }

/// Bytes of the whole pages that [iova, iova + length) touches.
std::uint64_t page_span(const Context& context, Iova iova, std::uint64_t length) {
  const std::uint64_t page = context.layer().page_bytes();
  const std::uint64_t bytes = iova - page_down(context, iova) + length;
  if (bytes < length || bytes + (page - 1) < bytes) fail(Errno::Range, "the queue's pages wrap around");
  return align_up(bytes, page);
}

}  // namespace

HwQueue::HwQueue(Context& context, Viommu& viommu, const abi::HwQueueAlloc& command)
    : Object(ObjectKind::HwQueue),
      viommu_(viommu),
      access_(context, viommu.parent().ioas(), page_down(context, command.nesting_parent_iova),
              page_span(context, command.nesting_parent_iova, command.length)),
      type_(command.type),
      index_(command.index) {
  const RealAddr base = access_.real() + (command.nesting_parent_iova - page_down(context, command.nesting_parent_iova));
  viommu.driver().add_queue(type_, index_, base, command.length);
  if (const auto needed = viommu.driver().queue_needs(type_, index_)) {
    HwQueue* earlier = context.objects().find_if<HwQueue>([&](const HwQueue& queue) {
      return queue.viommu_.get() == &viommu && queue.type_ == type_ && queue.index_ == *needed;
    });
    if (earlier != nullptr) needed_ = Used<HwQueue>(*earlier);
  }
}

HwQueue::~HwQueue() {
  const os::NoFail taking_out;
  viommu_->driver().remove_queue(type_, index_);
}

namespace calls {

void viommu_alloc(const Call& call, abi::ViommuAlloc command) {
  if (command.flags != 0 || command.type == 0) fail(Errno::OpNotSupp, "a flag, or no type");
  os::Device& device = call.objects().get<DeviceObject>(command.dev_id).device();
  if (!device.has_viommu_type(command.type)) fail(Errno::OpNotSupp, "the IOMMU has no such virtual instances");
  auto& parent = call.objects().get<HwptPaging>(command.hwpt_id);
  if (!parent.nest_parent()) fail(Errno::Inval, "the HWPT was not made to be a parent");
  const os::UserData data{command.type, command.data_uptr, command.data_len, &call.caller};
  ObjectTable::Reservation id(call.objects());
  auto viommu =
      std::make_unique<Viommu>(parent, device, command.type, command.data_len != 0 ? &data : nullptr);
  command.out_viommu_id = id.id();
  call.respond(command);
  id.publish(std::move(viommu));
}

void vdevice_alloc(const Call& call, abi::VdeviceAlloc command) {
  auto& viommu = call.objects().get<Viommu>(command.viommu_id);
  auto& device = call.objects().get<DeviceObject>(command.dev_id);
  if (viommu.iommu_instance() != device.device().iommu_instance()) fail(Errno::Inval, "the device is behind another IOMMU");
  if (device.vdevice() != nullptr) fail(Errno::Exist, "the device has a vDEVICE");
  ObjectTable::Reservation id(call.objects());
  auto vdevice = std::make_unique<Vdevice>(viommu, device, command.virt_id);
  command.out_vdevice_id = id.id();
  call.respond(command);
  id.publish(std::move(vdevice));
}

void hw_queue_alloc(const Call& call, abi::HwQueueAlloc command) {
  if (command.flags != 0 || command.type == 0) fail(Errno::OpNotSupp, "a flag, or no type");
  if (command.length == 0) fail(Errno::Inval, "the length is 0");
  if (command.nesting_parent_iova + (command.length - 1) < command.length - 1) {
    fail(Errno::Overflow, "the queue wraps around");
  }
  auto& viommu = call.objects().get<Viommu>(command.viommu_id);
  if (!viommu.driver().has_queue_type(command.type)) fail(Errno::OpNotSupp, "the IOMMU has no such queues");
  ObjectTable::Reservation id(call.objects());
  auto queue = std::make_unique<HwQueue>(call.context, viommu, command);
  command.out_hw_queue_id = id.id();
  call.respond(command);
  id.publish(std::move(queue));
}

}  // namespace calls

}  // namespace phbsim::arch::iommufd
