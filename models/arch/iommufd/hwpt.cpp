// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/hwpt.hpp"

#include <algorithm>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/device_object.hpp"
#include "models/arch/iommufd/viommu.hpp"
#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

HwptPaging::HwptPaging(IoasObject& ioas, os::Device& device, std::uint32_t flags, const os::UserData* data)
    : Hwpt(ObjectKind::HwptPaging, device, flags),
      ioas_(ioas),
      domain_(device.alloc_paging(flags & ~abi::kHwptFaultIdValid, data)) {}

void HwptPaging::connect() {
  ioas_->hwpts().reserve(ioas_->hwpts().size() + 1);
  ioas_->ioas().add_domain(*domain_);
  ioas_->hwpts().push_back(this);
  connected_ = true;
}

HwptPaging::~HwptPaging() {
  if (!connected_) return;
  auto& hwpts = ioas_->hwpts();
  hwpts.erase(std::find(hwpts.begin(), hwpts.end(), this));
  const os::NoFail taking_out;
  ioas_->ioas().remove_domain(*domain_);
}

HwptNested::HwptNested(HwptPaging& parent, os::Device& device, std::uint32_t flags, const os::UserData& data)
    : Hwpt(ObjectKind::HwptNested, device, flags),
      parent_(&parent),
      used_parent_(parent),
      domain_(device.alloc_nested(parent.paging_domain(), flags & ~abi::kHwptFaultIdValid, data)) {}

HwptNested::HwptNested(Viommu& viommu, os::Device& device, std::uint32_t flags, const os::UserData& data)
    : Hwpt(ObjectKind::HwptNested, device, flags),
      parent_(&viommu.parent()),
      used_viommu_(viommu),
      domain_(viommu.driver().alloc_nested(flags & ~abi::kHwptFaultIdValid, data)) {}

HwptNested::~HwptNested() = default;

void drop_if_idle(ObjectTable& objects, Hwpt& hwpt) noexcept {
  if (!HwptPaging::is(hwpt.kind()) || hwpt.users() != 1) return;
  if (static_cast<HwptPaging&>(hwpt).automatic()) objects.remove(hwpt);
}

namespace calls {

namespace {

std::unique_ptr<Hwpt> alloc_paging(const Call& call, IoasObject& ioas, os::Device& device,
                                   const abi::HwptAlloc& command, const os::UserData& data) {
  const std::uint32_t known = abi::kHwptNestParent | abi::kHwptDirtyTracking |
                              (call.as_in_6_12() ? 0 : abi::kHwptFaultIdValid | abi::kHwptPasid);
  if ((command.flags & ~known) != 0) fail(Errno::OpNotSupp, "an unknown flag");
  if ((command.flags & abi::kHwptDirtyTracking) != 0 && (device.capabilities() & os::kCapDirtyTracking) == 0) {
    fail(Errno::OpNotSupp, "the device's IOMMU does not track dirty pages");
  }
  constexpr std::uint32_t kFaultsOfParent = abi::kHwptFaultIdValid | abi::kHwptNestParent;
  if ((command.flags & kFaultsOfParent) == kFaultsOfParent) fail(Errno::OpNotSupp, "a parent has no fault queue");
  auto hwpt = std::make_unique<HwptPaging>(ioas, device, command.flags, data.length != 0 ? &data : nullptr);
  hwpt->connect();
  return hwpt;
}

void check_nested(const Call& call, const abi::HwptAlloc& command) {
  const std::uint32_t known = abi::kHwptFaultIdValid | (call.as_in_6_12() ? 0 : abi::kHwptPasid);
  if ((command.flags & ~known) != 0) fail(Errno::OpNotSupp, "an unknown flag");
  if (command.data_len == 0) fail(Errno::OpNotSupp, "a nested HWPT needs driver data");
}

std::unique_ptr<Hwpt> alloc_nested(const Call& call, HwptPaging& parent, os::Device& device,
                                   const abi::HwptAlloc& command, const os::UserData& data) {
  check_nested(call, command);
  if (parent.automatic() || !parent.nest_parent() || parent.iommu_instance() != device.iommu_instance()) {
    fail(Errno::Inval, "the HWPT cannot be a parent for this device");
  }
  return std::make_unique<HwptNested>(parent, device, command.flags, data);
}

std::unique_ptr<Hwpt> alloc_nested(const Call& call, Viommu& viommu, os::Device& device,
                                   const abi::HwptAlloc& command, const os::UserData& data) {
  if (viommu.iommu_instance() != device.iommu_instance()) fail(Errno::Inval, "the device is behind another IOMMU");
  check_nested(call, command);
  return std::make_unique<HwptNested>(viommu, device, command.flags, data);
}

std::unique_ptr<Hwpt> alloc(const Call& call, const abi::HwptAlloc& command, os::Device& device) {
  const os::UserData data{command.data_type, command.data_uptr, command.data_len, &call.caller};
  Object* pt = call.objects().find(command.pt_id);
  if (pt != nullptr) {
    switch (pt->kind()) {
      case ObjectKind::Ioas: return alloc_paging(call, static_cast<IoasObject&>(*pt), device, command, data);
      case ObjectKind::HwptPaging: return alloc_nested(call, static_cast<HwptPaging&>(*pt), device, command, data);
      case ObjectKind::Viommu: return alloc_nested(call, static_cast<Viommu&>(*pt), device, command, data);
      default: break;
    }
  }
  fail(Errno::Inval, "pt_id is neither an IOAS nor a possible parent");
}

}  // namespace

void hwpt_alloc(const Call& call, abi::HwptAlloc command) {
  if (command.reserved != 0) fail(Errno::OpNotSupp, "a reserved field is set");
  if ((command.data_type == 0) != (command.data_len == 0)) fail(Errno::Inval, "driver data has a type and a length");
  os::Device& device = call.objects().get<DeviceObject>(command.dev_id).device();
  ObjectTable::Reservation id(call.objects());
  std::unique_ptr<Hwpt> hwpt = alloc(call, command, device);
  if ((command.flags & abi::kHwptFaultIdValid) != 0) {
    hwpt->set_faults(call.objects().get<FaultQueue>(command.fault_id));
  }
  command.out_hwpt_id = id.id();
  call.respond(command);
  id.publish(std::move(hwpt));
}

void hwpt_set_dirty_tracking(const Call& call, abi::HwptSetDirtyTracking command) {
  if ((command.flags & ~abi::HwptSetDirtyTracking::kEnable) != 0) fail(Errno::OpNotSupp, "an unknown flag");
  auto& hwpt = call.objects().get<HwptPaging>(command.hwpt_id);
  os::DirtyLog* log = hwpt.paging_domain().dirty();
  if (log == nullptr) fail(Errno::OpNotSupp, "the HWPT does not track dirty pages");
  log->enable(command.flags != 0);
}

namespace {

/// ORs runs of bits into a bitmap of the caller, bit 0 first, and holds back the byte in work.
class UserBitmap {
 public:
  UserBitmap(const os::Caller& caller, os::UserAddr addr) : caller_(caller), addr_(addr) {}

  void set(std::uint64_t first, std::uint64_t bits) {
    while (bits != 0) {
      const std::uint64_t in_chunk = first % kChunkBits;
      const std::uint64_t n = std::min(bits, kChunkBits - in_chunk);
      const std::uint64_t from = in_chunk / 8;
      const std::uint64_t bytes = (in_chunk + n + 7) / 8 - from;
      const os::UserAddr at = addr_ + first / kChunkBits * (kChunkBits / 8) + from;
      unsigned char chunk[kChunkBits / 8];
      caller_.copy_in(at, chunk, bytes);
      for (std::uint64_t bit = in_chunk; bit < in_chunk + n; ++bit) {
        chunk[bit / 8 - from] = static_cast<unsigned char>(chunk[bit / 8 - from] | 1u << bit % 8);
      }
      caller_.copy_out(at, chunk, bytes);
      first += n;
      bits -= n;
    }
  }

 private:
  static constexpr std::uint64_t kChunkBits = 4096;
  const os::Caller& caller_;
  os::UserAddr addr_;
};

}  // namespace

void hwpt_get_dirty_bitmap(const Call& call, abi::HwptGetDirtyBitmap command) {
  if ((command.flags & ~abi::HwptGetDirtyBitmap::kNoClear) != 0 || command.reserved != 0) {
    fail(Errno::OpNotSupp, "an unknown flag or a reserved field is set");
  }
  auto& hwpt = call.objects().get<HwptPaging>(command.hwpt_id);
  UserBitmap bitmap(call.caller, command.data);
  hwpt.ioas().ioas().read_dirty(hwpt.paging_domain(), command.iova, command.length, command.page_size,
                                (command.flags & abi::HwptGetDirtyBitmap::kNoClear) != 0,
                                [&](std::uint64_t first, std::uint64_t bits) { bitmap.set(first, bits); });
}

namespace {

/// Returns how many entries were done; `error` says why not all.
std::uint32_t invalidate(const Call& call, const abi::HwptInvalidate& command, std::optional<Errno>& error) {
  constexpr std::uint32_t kMaxEntries = 1u << 19;
  if (command.reserved != 0) {
    error = Errno::OpNotSupp;
    return 0;
  }
  if (command.entry_num != 0 && (command.data_uptr == 0 || command.entry_len == 0 ||
                                 command.entry_len > call.layer().page_bytes() || command.entry_num > kMaxEntries)) {
    error = Errno::Inval;
    return 0;
  }
  Object* object = call.objects().find(command.hwpt_id);
  const os::UserData array{command.data_type, command.data_uptr, 0, &call.caller};
  if (object == nullptr) {
    error = Errno::NoEnt;
  } else if (HwptNested::is(object->kind())) {
    return static_cast<HwptNested&>(*object).nested_domain().invalidate(array, command.entry_len, command.entry_num,
                                                                        error);
  } else if (Viommu::is(object->kind())) {
    return static_cast<Viommu&>(*object).driver().invalidate(array, command.entry_len, command.entry_num, error);
  } else {
    error = call.as_in_6_12() ? Errno::NoEnt : Errno::Inval;
  }
  return 0;
}

}  // namespace

void hwpt_invalidate(const Call& call, abi::HwptInvalidate command) {
  std::optional<Errno> error;
  try {
    command.entry_num = invalidate(call, command, error);
  } catch (const std::bad_alloc&) {
    command.entry_num = 0;
    error = Errno::NoMem;
  }
  // How far it came is told in any case.
  call.respond(command);
  if (error) fail(*error, "not all entries could be invalidated");
}

}  // namespace calls

}  // namespace phbsim::arch::iommufd
