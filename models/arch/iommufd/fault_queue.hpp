// SPDX-License-Identifier: Apache-2.0
/// Page faults of devices on their way to userspace and back (iommufd.md 8).
///
/// Not modelled: the answer's way to the device. No device of POWER has PRI, and the mock asks for no
/// answer, so a group is gone once it is answered.
#pragma once

#include <deque>
#include <map>

#include "models/arch/iommufd/abi.hpp"
#include "models/arch/iommufd/object.hpp"
#include "models/arch/os/file.hpp"

namespace phbsim::arch::iommufd {

/// Where a fault came from: answered by the kernel when this attachment ends.
struct FaultSource {
  const void* group = nullptr;
  std::uint32_t pasid = 0;
  bool operator==(const FaultSource& o) const { return group == o.group && pasid == o.pasid; }
};

class FaultQueue final : public Object {
 public:
  FaultQueue() : Object(ObjectKind::FaultQueue) {}
  static bool is(ObjectKind kind) { return kind == ObjectKind::FaultQueue; }

  /// One fault, which is a whole group: devices report groups of one.
  void report(FaultSource source, const abi::PageFaultRecord& record);
  /// The attachment has ended: its groups are answered "invalid".
  void answer_all(FaultSource source) noexcept;

  // -- the descriptor -------------------------------------------------------------------------
  std::size_t read(unsigned char* out, std::size_t n);
  std::size_t write(const unsigned char* in, std::size_t n);
  std::uint32_t poll() const { return os::kPollOut | (waiting_.empty() ? 0 : os::kPollIn); }
  void set_file(os::File* file) { file_ = file; }

 private:
  struct Group {
    FaultSource source;
    abi::PageFaultRecord record;
  };
  void changed();

  std::deque<Group> waiting_;               // not read yet
  std::map<std::uint32_t, Group> asked_;    // read, by cookie
  os::File* file_ = nullptr;
};

}  // namespace phbsim::arch::iommufd
