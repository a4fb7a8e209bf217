// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/device.hpp"

#include <array>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/device_object.hpp"
#include "models/arch/iommufd/viommu.hpp"
#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

/// Whoever keeps no context holds the device only as long as the context is open.
struct BoundDevice::Holds {
  Kept context;
  Used<DeviceObject> object;
};

BoundDevice::BoundDevice(Context& context, os::Device& device, BindOptions options)
    : context_(context), holds_(std::make_unique<Holds>()) {
  ObjectTable::Reservation id(context.objects());
  auto object = std::make_unique<DeviceObject>(context, device, options);
  object_ = &id.publish(std::move(object));
  holds_->object = Used<DeviceObject>(*object_);
  if (options.keeps_context) holds_->context = Kept(context);
}

BoundDevice::~BoundDevice() {
  const os::NoFail unbinding;
  object_->detach_all();
  // The guest's id of a device that is gone stays taken: a later object must not be met by it.
  if (object_->vdevice() != nullptr) context_.objects().bury(*object_->vdevice());
  holds_->object.reset();
  context_.objects().remove(*object_);
}

std::uint32_t BoundDevice::id() const { return object_->id(); }
os::Device& BoundDevice::device() const { return object_->device(); }
bool BoundDevice::attached(std::uint32_t pasid) const { return object_->hwpt(pasid) != nullptr; }
std::uint32_t BoundDevice::attach(std::uint32_t pt_id, std::uint32_t pasid) { return object_->attach(pt_id, pasid); }
std::uint32_t BoundDevice::replace(std::uint32_t pt_id, std::uint32_t pasid) { return object_->replace(pt_id, pasid); }
void BoundDevice::detach(std::uint32_t pasid) noexcept { object_->detach(pasid); }
bool BoundDevice::report(const PageRequest& request) { return object_->report(request); }

std::uint32_t BoundDevice::hwpt(std::uint32_t pasid) const {
  const Hwpt* hwpt = object_->hwpt(pasid);
  return hwpt == nullptr ? 0 : hwpt->id();
}

bool Context::has_group(const os::Group& group) const {
  return objects_.find_if<DeviceObject>([&](const DeviceObject& d) { return &d.device().group() == &group; }) != nullptr;
}

namespace {

void clear_user(const os::Caller& caller, os::UserAddr at, std::uint64_t bytes) {
  static constexpr std::array<unsigned char, 4096> kZero{};
  while (bytes != 0) {
    const std::uint64_t n = std::min<std::uint64_t>(bytes, kZero.size());
    caller.copy_out(at, kZero.data(), n);
    at += n;
    bytes -= n;
  }
}

}  // namespace

void calls::get_hw_info(const Call& call, abi::GetHwInfo command) {
  // 6.12 knows no type to ask for, but the tests that come with it (6.12.117) ask.
  if ((command.flags & ~abi::GetHwInfo::kInputType) != 0) fail(Errno::OpNotSupp, "an unknown flag");
  if (command.reserved[0] != 0 || command.reserved[1] != 0 || command.reserved[2] != 0) fail(Errno::OpNotSupp, "a reserved field is set");
  os::Device& device = call.objects().get<DeviceObject>(command.dev_id).device();
  const std::uint32_t type = (command.flags & abi::GetHwInfo::kInputType) != 0 ? command.data_type : 0;
  const os::HwInfo info = device.hw_info(type);
  const std::uint64_t n = std::min<std::uint64_t>(command.data_len, info.bytes.size());
  call.caller.copy_out(command.data_uptr, info.bytes.data(), n);
  clear_user(call.caller, command.data_uptr + n, command.data_len - n);
  command.data_type = info.type;
  command.data_len = static_cast<std::uint32_t>(info.bytes.size());
  command.out_capabilities = device.capabilities() & (call.as_in_6_12() ? ~os::kCapNoAts : ~0ull);
  command.out_max_pasid_log2 = static_cast<std::uint8_t>(device.max_pasid_log2());
  call.respond(command);
}

}  // namespace phbsim::arch::iommufd
