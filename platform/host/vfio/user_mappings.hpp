// SPDX-License-Identifier: Apache-2.0
/// How a user-space driver maps its memory for one PE: the system calls of a stack, made for real on
/// the timing-free kernel of models/arch, with what has to be done to the machine as a list.
#pragma once

#include <cstdint>
#include <memory>

#include "models/arch/effect.hpp"
#include "models/base/types.hpp"

namespace phbsim::host {

/// What a call took, for whoever gives it time.
struct MappingWork {
  unsigned ioctls = 0;
  std::uint64_t pages = 0;  ///< host pages pinned or given back
  arch::Effects effects;    ///< in order
};

/// One PE's mappings. A call that the kernel refuses throws arch::os::SysError and changes nothing.
class UserMappings {
 public:
  virtual ~UserMappings() = default;

  /// Host pages that a map of memory [real, real + bytes) pins.
  virtual std::uint64_t pinned_by(RealAddr real, std::uint64_t bytes) const = 0;
  /// Bus address of memory [real, real + bytes) for a device that reads and writes as told.
  virtual BusAddr map(RealAddr real, std::uint64_t bytes, bool device_reads, bool device_writes, MappingWork& work) = 0;
  /// What map() gave; nobody gets these bus addresses again before settled().
  virtual void unmap(BusAddr iova, std::uint64_t bytes, MappingWork& work) = 0;
  virtual void settled(BusAddr iova, std::uint64_t bytes) = 0;
  /// Everything of this PE, as when its owner goes; all bus addresses are free again at once.
  virtual void unmap_all(MappingWork& work) = 0;

  /// True if one lock is held for a whole call (VFIO's container); else only while areas are entered.
  virtual bool serial() const = 0;
};

}  // namespace phbsim::host
