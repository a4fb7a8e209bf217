// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/device_object.hpp"

#include <algorithm>

#include "models/arch/iommufd/undo.hpp"
#include "models/arch/iommufd/viommu.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

namespace {

/// The group's record in this context: that of a device bound before, or a new one.
std::shared_ptr<GroupAttachments> record_of(Context& context, os::Group& group) {
  std::shared_ptr<GroupAttachments> record;
  context.objects().find_if<DeviceObject>([&](const DeviceObject& bound) {
    if (&bound.device().group() != &group) return false;
    record = bound.group_record();
    return true;
  });
  return record != nullptr ? record : std::make_shared<GroupAttachments>(group);
}

/// Keeps the regions that are not for mappings of `device` out of `ioas`; all or none.
void reserve_regions(Ioas& ioas, const os::Device& device) {
  Undo none([&] { ioas.unreserve(&device); });
  for (const os::ReservedRegion& region : device.reserved_regions()) {
    if (region.kind == os::ReservedRegion::Kind::DirectRelaxable) continue;
    ioas.reserve(&device, {region.first, region.last});
  }
  none.keep();
}

void unreserve_regions(Ioas& ioas, const os::Device& device) noexcept { ioas.unreserve(&device); }

}  // namespace

DeviceObject::DeviceObject(Context& context, os::Device& device, const BindOptions& options)
    : Object(ObjectKind::Device), context_(context), device_(device) {
  if (!device.cache_coherent()) fail(Errno::Inval, "DMA of the device is not coherent");
  group_ = record_of(context, device.group());
  if (!device.isolated_msi() && !options.unsafe_interrupts) fail(Errno::Perm, "MSIs of the device are not isolated");
  device.group().claim(&context);
}

DeviceObject::~DeviceObject() { device_.group().unclaim(); }

GroupAttachments::Attachment* DeviceObject::attachment(std::uint32_t pasid) const {
  const auto it = group_->by_pasid.find(pasid);
  return it == group_->by_pasid.end() ? nullptr : &it->second;
}

namespace {

auto member_of(GroupAttachments::Attachment& attachment, const DeviceObject& device) {
  return std::find_if(attachment.members.begin(), attachment.members.end(),
                      [&](const GroupAttachments::Member& m) { return m.device == &device; });
}

}  // namespace

Hwpt* DeviceObject::hwpt(std::uint32_t pasid) const {
  GroupAttachments::Attachment* at = attachment(pasid);
  return at != nullptr && member_of(*at, *this) != at->members.end() ? at->hwpt : nullptr;
}

/// A HWPT of another IOMMU serves no device here; one that is not made for PASIDs serves none whose
/// requests may have one (iommufd.md 6).
void DeviceObject::check_usable(const Hwpt& hwpt, std::uint32_t pasid) const {
  if (pasid == kNoPasid) {
    const auto& all = group_->by_pasid;
    if (!hwpt.for_pasids() && all.upper_bound(kNoPasid) != all.end()) {
      fail(Errno::Inval, "PASIDs are attached and the HWPT is not made for them");
    }
  } else {
    if (!hwpt.for_pasids()) fail(Errno::Inval, "the HWPT is not made for PASIDs");
    const GroupAttachments::Attachment* own = attachment(kNoPasid);
    if (own != nullptr && !own->hwpt->for_pasids()) fail(Errno::Inval, "the device's own HWPT is not made for PASIDs");
  }
  if (hwpt.iommu_instance() != device_.iommu_instance()) fail(Errno::Inval, "the HWPT is of another IOMMU");
}

namespace {

bool has_pasids(const os::Device& device) { return device.max_pasid_log2() != 0; }

}  // namespace

void DeviceObject::move_group(Hwpt& to, const Hwpt* from, std::uint32_t pasid) const {
  if (pasid == kNoPasid) return group_->group.attach(to.domain());
  const std::vector<os::Device*>& devices = group_->group.devices();
  for (const os::Device* device : devices) {
    if (has_pasids(*device) && pasid >> device->max_pasid_log2() != 0) fail(Errno::Inval, "the device has no such PASID");
  }
  os::Domain* old = from != nullptr ? &const_cast<Hwpt*>(from)->domain() : nullptr;
  std::size_t moved = 0;
  Undo back([&] {
    for (std::size_t i = 0; i < moved; ++i) {
      if (!has_pasids(*devices[i])) continue;
      if (old != nullptr) {
        old->attach_pasid(*devices[i], pasid, &to.domain());
      } else {
        to.domain().detach_pasid(*devices[i], pasid);
      }
    }
  });
  for (; moved < devices.size(); ++moved) {
    if (has_pasids(*devices[moved])) to.domain().attach_pasid(*devices[moved], pasid, old);
  }
  back.keep();
}

void DeviceObject::block_group(Hwpt& from, std::uint32_t pasid) const noexcept {
  if (pasid == kNoPasid) {
    group_->group.attach(group_->group.devices().front()->blocked_domain());
  } else {
    for (os::Device* device : group_->group.devices()) {
      if (has_pasids(*device)) from.domain().detach_pasid(*device, pasid);
    }
  }
  if (from.faults() != nullptr) from.faults()->answer_all(fault_source(pasid));
}

void DeviceObject::attach_to(Hwpt& hwpt, std::uint32_t pasid) {
  const auto it = group_->by_pasid.try_emplace(pasid).first;
  GroupAttachments::Attachment& at = it->second;
  const bool first = at.members.empty();
  Undo drop([&] {
    if (first) group_->by_pasid.erase(it);
  });
  if (member_of(at, *this) != at.members.end()) fail(Errno::Busy, "the device is attached");
  if (!first && at.hwpt != &hwpt) fail(Errno::Inval, "the device's group is attached to another HWPT");
  at.members.reserve(at.members.size() + 1);

  // Reserved regions concern what the device does without a PASID.
  Ioas& ioas = hwpt.paging().ioas().ioas();
  if (pasid == kNoPasid) reserve_regions(ioas, device_);
  Undo unreserve([&] {
    if (pasid == kNoPasid) unreserve_regions(ioas, device_);
  });
  if (first) {
    check_usable(hwpt, pasid);
    move_group(hwpt, nullptr, pasid);
    at.hwpt = &hwpt;
  }
  at.members.push_back({this, Used<DeviceObject>(*this), Used<Hwpt>(hwpt)});
  unreserve.keep();
  drop.keep();
}

void DeviceObject::replace_by(Hwpt& hwpt, std::uint32_t pasid) {
  GroupAttachments::Attachment* at = attachment(pasid);
  if (at == nullptr || member_of(*at, *this) == at->members.end()) fail(Errno::Inval, "the device is not attached");
  Hwpt& old = *at->hwpt;
  if (&old == &hwpt) return;

  Ioas& from = old.paging().ioas().ioas();
  Ioas& to = hwpt.paging().ioas().ioas();
  const bool regions_move = pasid == kNoPasid && &from != &to;
  std::size_t reserved = 0;
  Undo unreserve([&] {
    for (std::size_t i = 0; i < reserved; ++i) unreserve_regions(to, at->members[i].device->device());
  });
  for (; regions_move && reserved < at->members.size(); ++reserved) {
    reserve_regions(to, at->members[reserved].device->device());
  }
  check_usable(hwpt, pasid);
  move_group(hwpt, &old, pasid);
  unreserve.keep();

  if (old.faults() != nullptr) old.faults()->answer_all(fault_source(pasid));
  at->hwpt = &hwpt;
  for (GroupAttachments::Member& member : at->members) {
    if (regions_move) unreserve_regions(from, member.device->device());
    member.hwpt = Used<Hwpt>(hwpt);
  }
  drop_if_idle(context_.objects(), old);
}

void DeviceObject::detach(std::uint32_t pasid) noexcept {
  const auto it = group_->by_pasid.find(pasid);
  if (it == group_->by_pasid.end()) return;
  GroupAttachments::Attachment& at = it->second;
  const auto member = member_of(at, *this);
  if (member == at.members.end()) return;
  const os::NoFail detaching;
  Hwpt& hwpt = *at.hwpt;
  if (at.members.size() == 1) block_group(hwpt, pasid);
  if (pasid == kNoPasid) unreserve_regions(hwpt.paging().ioas().ioas(), device_);
  at.members.erase(member);
  if (at.members.empty()) group_->by_pasid.erase(it);
  drop_if_idle(context_.objects(), hwpt);
}

void DeviceObject::detach_all() noexcept {
  for (auto it = group_->by_pasid.begin(); it != group_->by_pasid.end();) {
    const std::uint32_t pasid = it++->first;
    detach(pasid);
  }
}

void DeviceObject::change_to_hwpt(Hwpt& hwpt, std::uint32_t pasid, Way way) {
  way == Way::Attach ? attach_to(hwpt, pasid) : replace_by(hwpt, pasid);
}

std::uint32_t DeviceObject::change_to_ioas(IoasObject& ioas, std::uint32_t pasid, Way way) {
  // Any automatic domain that takes the device will do.
  for (HwptPaging* hwpt : ioas.hwpts()) {
    if (!hwpt->automatic()) continue;
    const std::uint32_t id = hwpt->id();
    try {
      change_to_hwpt(*hwpt, pasid, way);
      return id;
    } catch (const os::SysError& error) {
      if (error.code() != Errno::Inval) throw;
    }
  }
  ObjectTable::Reservation id(context_.objects());
  auto hwpt = std::make_unique<HwptPaging>(ioas, device_, 0, nullptr);
  if (way == Way::Attach) {
    // The order of Linux: the device moves first, so its refusal counts before the IOAS's.
    attach_to(*hwpt, pasid);
    Undo leave([&] { detach(pasid); });
    hwpt->connect();
    leave.keep();
  } else {
    hwpt->connect();
    replace_by(*hwpt, pasid);
  }
  hwpt->set_automatic();
  return id.publish(std::move(hwpt)).id();
}

std::uint32_t DeviceObject::change(std::uint32_t pt_id, std::uint32_t pasid, Way way) {
  Object* pt = context_.objects().find(pt_id);
  if (pt == nullptr) fail(Errno::NoEnt, "there is no such object");
  if (IoasObject::is(pt->kind())) return change_to_ioas(static_cast<IoasObject&>(*pt), pasid, way);
  if (!Hwpt::is(pt->kind())) fail(Errno::Inval, "devices are attached to an IOAS or a HWPT");
  change_to_hwpt(static_cast<Hwpt&>(*pt), pasid, way);
  return pt_id;
}

std::uint32_t DeviceObject::attach(std::uint32_t pt_id, std::uint32_t pasid) { return change(pt_id, pasid, Way::Attach); }

std::uint32_t DeviceObject::replace(std::uint32_t pt_id, std::uint32_t pasid) {
  return change(pt_id, pasid, Way::Replace);
}

bool DeviceObject::report(const PageRequest& request) const {
  const GroupAttachments::Attachment* at = attachment(request.pasid);
  std::uint32_t pasid = request.pasid;
  if (at == nullptr && pasid != kNoPasid) {
    // A guest's own PASID table lies behind the nested domain of the device (iommufd.md 8).
    at = attachment(pasid = kNoPasid);
    if (at != nullptr && !HwptNested::is(at->hwpt->kind())) at = nullptr;
  }
  if (at == nullptr || at->hwpt->faults() == nullptr) return false;
  abi::PageFaultRecord record{};
  record.flags = abi::PageFaultRecord::kLastOfGroup | (request.pasid != kNoPasid ? abi::PageFaultRecord::kPasidValid : 0);
  record.dev_id = at->members.front().device->id();
  record.pasid = request.pasid;
  record.grpid = request.group;
  record.perm = request.permissions;
  record.addr = request.addr;
  at->hwpt->faults()->report(fault_source(pasid), record);
  return true;
}

}  // namespace phbsim::arch::iommufd
