// SPDX-License-Identifier: Apache-2.0
/// An open vfio device: through its group, ready at once, or by its node /dev/vfio/devices/vfioN, which
/// BIND_IOMMUFD makes ready (iommufd.md 9).
#pragma once

#include <memory>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/os/file.hpp"
#include "models/arch/vfio/abi.hpp"

namespace phbsim::arch::vfio {

class GroupFile;
class PciDevice;

class DeviceFile final : public os::File {
 public:
  /// `group` null: by the node.
  DeviceFile(PciDevice& device, std::shared_ptr<GroupFile> group);
  ~DeviceFile() override;

  /// Through the group; EINVAL if that has no container or iommufd.
  void open();

  std::int64_t ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) override;
  std::size_t read(os::Caller& caller, unsigned char* out, std::size_t n, std::uint64_t offset) override;
  std::size_t write(os::Caller& caller, const unsigned char* in, std::size_t n, std::uint64_t offset) override;
  os::Mapping mmap(os::Caller& caller, std::uint64_t offset, std::uint64_t length, bool writable) override;
  void release() noexcept override;

  PciDevice& device() const { return device_; }

 private:
  void check_ready() const;
  void bind(os::Caller& caller, std::uint64_t arg);
  void attach(os::Caller& caller, std::uint64_t arg);
  void detach(os::Caller& caller, std::uint64_t arg);

  PciDevice& device_;
  std::shared_ptr<GroupFile> group_;
  bool ready_ = false;
};

}  // namespace phbsim::arch::vfio
