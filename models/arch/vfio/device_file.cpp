// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/device_file.hpp"

#include <cstddef>

#include "models/arch/vfio/group.hpp"
#include "models/arch/vfio/pci_device.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::vfio {

using abi::Cmd;
using os::Errno;
using os::fail;

DeviceFile::DeviceFile(PciDevice& device, std::shared_ptr<GroupFile> group) : device_(device), group_(std::move(group)) {}

DeviceFile::~DeviceFile() { PHBSIM_ASSERT(!ready_); }

void DeviceFile::open() {
  if (!group_->has_iommu()) fail(Errno::Inval, "the group is in no container");
  device_.open(group_.get(), group_->context());
  ready_ = true;
}

void DeviceFile::release() noexcept {
  if (!ready_) return;
  ready_ = false;
  device_.close(group_.get());
  if (group_ == nullptr) device_.node().unblock();
  group_.reset();
}

void DeviceFile::check_ready() const {
  if (!ready_) fail(Errno::Inval, "the device is not bound to an iommufd yet");
}

std::int64_t DeviceFile::ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) {
  return call([&]() -> std::int64_t {
    const abi::Command* command = abi::find(abi::FileKind::Device, word);
    if (command != nullptr && command->cmd == Cmd::DeviceBindIommufd) {
      bind(caller, arg);
      return 0;
    }
    check_ready();
    if (command == nullptr) fail(Errno::NoTty, "the device has no such command");
    if (group_ == nullptr && command->cmd == Cmd::DeviceAttachPt) {
      attach(caller, arg);
      return 0;
    }
    if (group_ == nullptr && command->cmd == Cmd::DeviceDetachPt) {
      detach(caller, arg);
      return 0;
    }
    return device_.ioctl(caller, command->cmd, arg);
  });
}

std::size_t DeviceFile::read(os::Caller&, unsigned char* out, std::size_t n, std::uint64_t offset) {
  return call([&] {
    check_ready();
    return device_.read(out, n, offset);
  });
}

std::size_t DeviceFile::write(os::Caller&, const unsigned char* in, std::size_t n, std::uint64_t offset) {
  return call([&] {
    check_ready();
    return device_.write(in, n, offset);
  });
}

os::Mapping DeviceFile::mmap(os::Caller&, std::uint64_t offset, std::uint64_t length, bool) {
  return call([&] {
    check_ready();
    return device_.mmap(offset, length);
  });
}

void DeviceFile::bind(os::Caller& caller, std::uint64_t arg) {
  abi::BindIommufd args{};
  std::uint32_t size = 0;
  caller.copy_in(arg, &size, sizeof size);
  if (size < abi::least(Cmd::DeviceBindIommufd)) fail(Errno::Inval, "argsz is less than the command needs");
  os::copy_struct_in(caller, arg, size, &args, sizeof args);
  if (args.iommufd < 0 || (args.flags & ~abi::BindIommufd::kToken) != 0) fail(Errno::Inval, "BIND_IOMMUFD needs an iommufd");
  if (group_ != nullptr) fail(Errno::Inval, "a device of a group is bound by its group");
  device_.node().block();
  bool opened = false;
  try {
    if (ready_) fail(Errno::Inval, "the device is bound already");
    if ((args.flags & abi::BindIommufd::kToken) != 0) {
      unsigned char token[16];
      caller.copy_in(args.token_uuid_ptr, token, sizeof token);
      fail(Errno::Inval, "the device takes no token");
    }
    device_.open(nullptr, iommufd::Context::from(caller, args.iommufd).get());
    opened = true;
    const std::uint32_t id = device_.bound()->id();
    caller.copy_out(arg + offsetof(abi::BindIommufd, out_devid), &id, sizeof id);
    ready_ = true;
  } catch (...) {
    if (opened) device_.close(nullptr);
    device_.node().unblock();
    throw;
  }
}

void DeviceFile::attach(os::Caller& caller, std::uint64_t arg) {
  auto args = copy_args<abi::AttachPt>(caller, arg, abi::least(Cmd::DeviceAttachPt));
  if ((args.flags & ~abi::AttachPt::kPasid) != 0) fail(Errno::Inval, "ATTACH_IOMMUFD_PT has no such flag");
  std::uint32_t pasid = iommufd::kNoPasid;
  if ((args.flags & abi::AttachPt::kPasid) != 0) {
    if (args.argsz < sizeof args) fail(Errno::Inval, "argsz is less than a PASID needs");
    caller.copy_in(arg, &args, sizeof args);
    pasid = args.pasid;
  }
  // Where the answer goes is tried before anything moves: the domain that is left may be gone then.
  caller.copy_out(arg + offsetof(abi::AttachPt, pt_id), &args.pt_id, sizeof args.pt_id);
  iommufd::BoundDevice& bound = *device_.bound();
  const std::uint32_t now = bound.attached(pasid) ? bound.replace(args.pt_id, pasid) : bound.attach(args.pt_id, pasid);
  caller.copy_out(arg + offsetof(abi::AttachPt, pt_id), &now, sizeof now);
}

void DeviceFile::detach(os::Caller& caller, std::uint64_t arg) {
  auto args = copy_args<abi::DetachPt>(caller, arg, abi::least(Cmd::DeviceDetachPt));
  if ((args.flags & ~abi::DetachPt::kPasid) != 0) fail(Errno::Inval, "DETACH_IOMMUFD_PT has no such flag");
  std::uint32_t pasid = iommufd::kNoPasid;
  if ((args.flags & abi::DetachPt::kPasid) != 0) {
    if (args.argsz < sizeof args) fail(Errno::Inval, "argsz is less than a PASID needs");
    caller.copy_in(arg, &args, sizeof args);
    pasid = args.pasid;
  }
  device_.bound()->detach(pasid);
}

}  // namespace phbsim::arch::vfio
