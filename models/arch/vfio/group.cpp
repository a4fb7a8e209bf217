// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/group.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/arch/os/iommu.hpp"
#include "models/arch/vfio/abi.hpp"

namespace phbsim::arch::vfio {

using os::Errno;
using os::fail;

namespace {

constexpr std::size_t kLongestName = 4096;  ///< [MA] Linux: a host page

/// A string of the caller; EFAULT, EINVAL too long.
std::string copy_string(const os::Caller& caller, std::uint64_t at) {
  std::string text;
  for (char c; text.size() < kLongestName; text.push_back(c)) {
    caller.copy_in(at + text.size(), &c, 1);
    if (c == '\0') return text;
  }
  fail(Errno::Inval, "the name of a device is too long");
}

}  // namespace

std::shared_ptr<GroupFile> GroupNode::open() {
  if (devices_.empty()) fail(Errno::NoDev, "no device of the group is VFIO's");
  if (blocked_ != 0) fail(Errno::Busy, "a device of the group is open by its own node");
  if (open_) fail(Errno::Busy, "the group is open");
  return call([&] {
    auto file = std::make_shared<GroupFile>(*this);
    open_ = true;
    return file;
  });
}

void GroupNode::remove(GroupDevice& device) noexcept {
  devices_.erase(std::remove(devices_.begin(), devices_.end(), &device), devices_.end());
}

void GroupNode::block() {
  if (open_) fail(Errno::Busy, "the device's group is open");
  ++blocked_;
}

std::int64_t GroupFile::ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) {
  return call([&]() -> std::int64_t {
    const abi::Command* command = abi::find(abi::FileKind::Group, word);
    if (command == nullptr) fail(Errno::NoTty, "a group has no such command");
    switch (command->cmd) {
      case abi::Cmd::GroupGetStatus: return get_status(caller, arg);
      case abi::Cmd::GroupSetContainer: set_container(caller, arg); return 0;
      case abi::Cmd::GroupUnsetContainer: unset_container(); return 0;
      default: return get_device_fd(caller, arg);
    }
  });
}

std::int64_t GroupFile::get_status(os::Caller& caller, std::uint64_t arg) {
  auto status = copy_args<abi::GroupStatus>(caller, arg, abi::least(abi::Cmd::GroupGetStatus));
  status.flags = 0;
  if (has_iommu()) {
    status.flags = abi::GroupStatus::kContainerSet | abi::GroupStatus::kViable;
  } else if (node_.group().group->owner() == nullptr) {
    status.flags = abi::GroupStatus::kViable;
  }
  caller.copy_out(arg, &status, sizeof status);
  return 0;
}

void GroupFile::set_container(os::Caller& caller, std::uint64_t arg) {
  std::int32_t fd = 0;
  caller.copy_in(arg, &fd, sizeof fd);
  const std::shared_ptr<os::File> file = caller.files->get(fd);
  if (file == nullptr) fail(Errno::BadF, "the container's descriptor is closed");
  if (has_iommu()) fail(Errno::Inval, "the group is in a container already");
  if (auto container = std::dynamic_pointer_cast<Container>(file)) {
    container->attach(node_.group());
    container_ = std::move(container);
    return;
  }
  if (auto context = std::dynamic_pointer_cast<iommufd::Context>(file)) {
    context->create_compat_ioas();
    iommufd_.emplace(*context);
    return;
  }
  fail(Errno::BadFd, "the descriptor is no container");
}

void GroupFile::unset_container() {
  if (!has_iommu()) fail(Errno::Inval, "the group is in no container");
  if (devices_ != 0) fail(Errno::Busy, "devices of the group are open");
  leave();
}

void GroupFile::leave() noexcept {
  iommufd_.reset();
  if (container_ == nullptr) return;
  container_->detach(node_.group());
  container_.reset();
}

std::int64_t GroupFile::get_device_fd(os::Caller& caller, std::uint64_t arg) {
  const std::string name = copy_string(caller, arg);
  const auto& devices = node_.devices();
  const auto it = std::find_if(devices.begin(), devices.end(), [&](GroupDevice* d) { return d->matches(name); });
  if (it == devices.end()) fail(Errno::NoDev, "the group has no such device");
  const std::shared_ptr<os::File> file = (*it)->open_in_group(*this);
  try {
    return caller.files->install(file);
  } catch (...) {
    file->release();
    throw;
  }
}

void GroupFile::use() {
  if (container_ == nullptr) fail(Errno::Inval, "the group is in no container");
  if (container_->backend() == nullptr) fail(Errno::Inval, "the group's container has no IOMMU yet");
  ++devices_;
}

void GroupFile::unuse() noexcept {
  --devices_;
  if (closed_ && devices_ == 0) release();
}

void GroupFile::release() noexcept {
  closed_ = true;
  if (devices_ != 0 || done_) return;
  const os::NoFail going;
  leave();
  node_.open_ = false;
  done_ = true;
}

}  // namespace phbsim::arch::vfio
