// SPDX-License-Identifier: Apache-2.0
/// A command on its way through a context (iommufd.md 1), and the functions that carry them out.
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/arch/iommufd/abi.hpp"
#include "models/arch/iommufd/context.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::arch::iommufd {

/// One call: who makes it and where its struct lies.
struct Call {
  Context& context;
  const os::Caller& caller;
  os::UserAddr addr = 0;
  std::uint32_t user_size = 0;

  /// Reads the caller's struct: E2BIG if bytes that are not known here are set, EFAULT.
  template <typename Command>
  Command fetch() const {
    Command command;
    os::copy_struct_in(caller, addr, user_size, &command, sizeof command);
    return command;
  }
  /// Writes it back, as much of it as the caller knows.
  template <typename Command>
  void respond(const Command& command) const {
    caller.copy_out(addr, &command, std::min<std::size_t>(user_size, sizeof command));
  }

  ObjectTable& objects() const { return context.objects(); }
  const Layer& layer() const { return context.layer(); }
  bool as_in_6_12() const { return context.layer().compat == Compat::Linux6_12; }
};

/// The command of the kernel's selftests; exists only where a platform asks for it.
class TestCommands {
 public:
  virtual ~TestCommands() = default;
  virtual std::uint32_t least() const = 0;  ///< bytes of the struct, see abi::Command
  /// Runs the command; what ioctl returns.
  virtual std::int64_t run(const Call& call) = 0;
  virtual void opened(Context&) {}
  virtual void closed(Context&) noexcept {}
};

/// Each either does all that its section says or throws and did nothing.
namespace calls {

void destroy(const Call&, abi::Destroy);                                  // 3.1
void ioas_alloc(const Call&, abi::IoasAlloc);                             // 3.2
void ioas_iova_ranges(const Call&, abi::IoasIovaRanges);                  // 3.3
void ioas_allow_iovas(const Call&, abi::IoasAllowIovas);                  // 3.4
void ioas_map(const Call&, abi::IoasMap);                                 // 3.5
void ioas_map_file(const Call&, abi::IoasMapFile);                        // 3.6
void ioas_copy(const Call&, abi::IoasCopy);                               // 3.7
void ioas_unmap(const Call&, abi::IoasUnmap);                             // 3.8
void option(const Call&, abi::Option);                                    // 3.9
void vfio_ioas(const Call&, abi::VfioIoas);                               // 3.10
void hwpt_alloc(const Call&, abi::HwptAlloc);                             // 3.11
void get_hw_info(const Call&, abi::GetHwInfo);                            // 3.12
void hwpt_set_dirty_tracking(const Call&, abi::HwptSetDirtyTracking);     // 7
void hwpt_get_dirty_bitmap(const Call&, abi::HwptGetDirtyBitmap);         // 7
void hwpt_invalidate(const Call&, abi::HwptInvalidate);                   // 6
void fault_queue_alloc(const Call&, abi::FaultQueueAlloc);                // 8
void viommu_alloc(const Call&, abi::ViommuAlloc);                         // 3.16
void vdevice_alloc(const Call&, abi::VdeviceAlloc);                       // 3.17
void ioas_change_process(const Call&, abi::IoasChangeProcess);            // 3.18
void veventq_alloc(const Call&, abi::VeventqAlloc);                       // 8
void hw_queue_alloc(const Call&, abi::HwQueueAlloc);                      // 3.19
void noiommu_get_pa(const Call&, abi::NoIommuGetPa);                      // 3.20

/// VFIO's container calls on an iommufd (iommufd.md 9).
std::int64_t vfio_compat(Context& context, os::Caller& caller, std::uint32_t word, std::uint64_t argument);

}  // namespace calls

}  // namespace phbsim::arch::iommufd
