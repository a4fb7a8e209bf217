// SPDX-License-Identifier: Apache-2.0
/// /dev/vfio/N: a group of devices given to one program (ddw-vfio.md 4.4, iommufd.md 9).
///
/// One open at a time. A group that is in a container gives its devices out; each open device keeps the
/// group's file, so closing the descriptor of the group takes effect with the last of them. With an
/// iommufd in place of a container devices are bound to that one, and keep nothing of the group. [F]
/// Not modelled: groups without an IOMMU (CONFIG_VFIO_NOIOMMU), KVM's device.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/os/file.hpp"
#include "models/arch/vfio/container.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::vfio {

class GroupFile;

/// A device that a group gives out.
class GroupDevice {
 public:
  virtual ~GroupDevice() = default;
  /// GET_DEVICE_FD's string names it; EINVAL for options that are unknown.
  virtual bool matches(const std::string& name) const = 0;
  virtual std::shared_ptr<os::File> open_in_group(GroupFile& group) = 0;
};

/// The node; outlives its files.
class GroupNode {
 public:
  explicit GroupNode(const GroupRef& group) : group_(group) {}
  GroupNode(const GroupNode&) = delete;
  GroupNode& operator=(const GroupNode&) = delete;

  const GroupRef& group() const { return group_; }
  /// ENODEV no device is bound to vfio-pci; EBUSY open already, or a device of it is open by its own node.
  std::shared_ptr<GroupFile> open();

  void add(GroupDevice& device) { devices_.push_back(&device); }
  void remove(GroupDevice& device) noexcept;
  const std::vector<GroupDevice*>& devices() const { return devices_; }

  /// A device is bound by its own node: the group cannot be opened. EBUSY if it is open.
  void block();
  void unblock() noexcept { --blocked_; }

 private:
  friend class GroupFile;
  GroupRef group_;
  std::vector<GroupDevice*> devices_;
  unsigned blocked_ = 0;
  bool open_ = false;
};

class GroupFile final : public os::File, public std::enable_shared_from_this<GroupFile> {
 public:
  explicit GroupFile(GroupNode& node) : node_(node) {}
  ~GroupFile() override { PHBSIM_ASSERT(done_); }

  std::int64_t ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) override;
  void release() noexcept override;

  GroupNode& node() const { return node_; }

  // -- for devices --------------------------------------------------------------------------------
  bool has_iommu() const { return container_ != nullptr || iommufd_.has_value(); }
  /// The iommufd that is used as a container; null.
  iommufd::Context* context() const { return iommufd_ ? &**iommufd_ : nullptr; }
  /// A device opens through the container; EINVAL without one, or before SET_IOMMU.
  void use();
  void unuse() noexcept;

 private:
  std::int64_t get_status(os::Caller& caller, std::uint64_t arg);
  void set_container(os::Caller& caller, std::uint64_t arg);
  void unset_container();
  std::int64_t get_device_fd(os::Caller& caller, std::uint64_t arg);
  void leave() noexcept;

  GroupNode& node_;
  std::shared_ptr<Container> container_;
  std::optional<iommufd::Kept> iommufd_;
  unsigned devices_ = 0;  ///< open through the container
  bool closed_ = false;   ///< no descriptor any more
  bool done_ = false;
};

}  // namespace phbsim::arch::vfio
