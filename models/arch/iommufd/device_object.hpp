// SPDX-License-Identifier: Apache-2.0
/// A bound device as an object of a context, and what its group is attached to (iommufd.md 6).
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "models/arch/iommufd/device.hpp"
#include "models/arch/iommufd/hwpt.hpp"
#include "models/arch/iommufd/object.hpp"

namespace phbsim::arch::iommufd {

class DeviceObject;
class Vdevice;

/// What the devices of a group that are bound to one context are attached to. The first of them to
/// attach moves the group; others follow it, and each brings its reserved regions.
struct GroupAttachments {
  explicit GroupAttachments(os::Group& of) : group(of) {}

  struct Member {
    DeviceObject* device;
    Used<DeviceObject> used;
    Used<Hwpt> hwpt;
  };
  struct Attachment {
    Hwpt* hwpt = nullptr;
    std::vector<Member> members;  // in the order of their attaching; faults carry the first one's id
  };

  os::Group& group;
  std::map<std::uint32_t, Attachment> by_pasid;  // never one without members, but within a call
};

class DeviceObject final : public Object {
 public:
  /// Takes the device's group for the context.
  DeviceObject(Context& context, os::Device& device, const BindOptions& options);
  ~DeviceObject() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::Device; }

  os::Device& device() const { return device_; }
  const std::shared_ptr<GroupAttachments>& group_record() const { return group_; }
  Vdevice* vdevice() const { return vdevice_; }
  void set_vdevice(Vdevice* vdevice) { vdevice_ = vdevice; }

  std::uint32_t attach(std::uint32_t pt_id, std::uint32_t pasid);
  std::uint32_t replace(std::uint32_t pt_id, std::uint32_t pasid);
  void detach(std::uint32_t pasid) noexcept;
  void detach_all() noexcept;
  /// Null if this device is not attached.
  Hwpt* hwpt(std::uint32_t pasid) const;
  bool report(const PageRequest& request) const;

 private:
  enum class Way : std::uint8_t { Attach, Replace };

  std::uint32_t change(std::uint32_t pt_id, std::uint32_t pasid, Way way);
  std::uint32_t change_to_ioas(IoasObject& ioas, std::uint32_t pasid, Way way);
  void change_to_hwpt(Hwpt& hwpt, std::uint32_t pasid, Way way);
  void attach_to(Hwpt& hwpt, std::uint32_t pasid);
  void replace_by(Hwpt& hwpt, std::uint32_t pasid);

  GroupAttachments::Attachment* attachment(std::uint32_t pasid) const;
  void check_usable(const Hwpt& hwpt, std::uint32_t pasid) const;
  void move_group(Hwpt& to, const Hwpt* from, std::uint32_t pasid) const;
  void block_group(Hwpt& from, std::uint32_t pasid) const noexcept;
  FaultSource fault_source(std::uint32_t pasid) const { return {group_.get(), pasid}; }

  Context& context_;
  os::Device& device_;
  std::shared_ptr<GroupAttachments> group_;
  Vdevice* vdevice_ = nullptr;
};

}  // namespace phbsim::arch::iommufd
