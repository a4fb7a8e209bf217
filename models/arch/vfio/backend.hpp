// SPDX-License-Identifier: Apache-2.0
/// What a container does once SET_IOMMU has said how: one implementation per kind of IOMMU.
#pragma once

#include <cstdint>
#include <memory>

#include "models/arch/os/process.hpp"

namespace phbsim::arch::os {
class EehGroup;
class Group;
class TableGroup;
}  // namespace phbsim::arch::os

namespace phbsim::arch::vfio {

/// A group as a backend sees it.
struct GroupRef {
  os::Group* group = nullptr;         ///< never null
  os::TableGroup* tables = nullptr;   ///< on POWER
  os::EehGroup* eeh = nullptr;        ///< on POWER; null: the group has no PE
};

class Backend {
 public:
  virtual ~Backend() = default;
  /// What CHECK_EXTENSION answers.
  virtual std::int64_t extension(std::uint64_t what) const = 0;
  /// Commands that the container does not know itself.
  virtual std::int64_t ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) = 0;
  /// A group that the container owns already. Throws and changes nothing.
  virtual void attach(const GroupRef& group) = 0;
  /// Its devices do nothing with mappings of this container any more.
  virtual void detach(const GroupRef& group) noexcept = 0;
};

/// Calls `body` as a system call: memory that runs out is ENOMEM.
template <typename Body>
auto call(Body&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    os::fail(os::Errno::NoMem, "the kernel has no memory");
  }
}

/// A struct of at least `least` bytes of the caller, whose first field is argsz; the rest is zero.
/// EFAULT, EINVAL as Linux orders them: `least` bytes are read whatever argsz says. [F]
template <typename T>
T copy_args(const os::Caller& caller, std::uint64_t arg, std::uint32_t least) {
  T args{};
  caller.copy_in(arg, &args, least);
  if (args.argsz < least) os::fail(os::Errno::Inval, "argsz is less than the command needs");
  return args;
}

}  // namespace phbsim::arch::vfio
