// SPDX-License-Identifier: Apache-2.0
/// User space with a kernel below it: for each PE a process that has opened its devices, made its
/// windows and maps memory, by the system calls of one stack. No time here; what it does before the
/// run is done at once, later it is listed for host::VfioHost.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/phb_state.hpp"
#include "models/arch/tce_table.hpp"
#include "platform/host/vfio/user_mappings.hpp"
#include "platform/host/vfio/vfio_params.hpp"

namespace phbsim::host {

/// A window that a process asks for.
struct UserWindow {
  BusAddr start = 0;
  std::uint64_t bytes = 0;
  unsigned page_shift = 16;
  unsigned levels = 1;
  bool map_all = false;  ///< all of memory at its place, before the run
};

class UserSpace {
 public:
  /// `stack`: "iommufd" or "vfio-spapr".
  UserSpace(const std::string& stack, const VfioParams& params, arch::MemoryView& memory, std::uint64_t memory_bytes,
            arch::TableRegion& region);
  ~UserSpace();

  void add_phb(arch::PhbState& state);
  /// A process with PE `pe` of PHB `phb`, whose first function is `rid`: its windows stand when this returns. `used`: the one that
  /// the kernel chooses bus addresses in. UserError with what the kernel says.
  std::uint32_t add_pe(unsigned phb, PeNumber pe, Rid rid, const std::vector<UserWindow>& windows, unsigned used);
  UserMappings& mappings(std::uint32_t pe, unsigned window);
  std::uint64_t table_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phbsim::host
