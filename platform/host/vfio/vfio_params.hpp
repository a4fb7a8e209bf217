// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "models/base/types.hpp"

namespace phbsim::host {

/// User-space drivers over VFIO as they take time. No measured split of these costs is public
/// (ddw-vfio.md 7): all times are model assumptions, of the size of a system call and some cache misses.
struct VfioParams {
  unsigned cpus = 8;
  unsigned cpus_per_device = 4;           ///< CPUs that take a device's calls in turn [MA]
  unsigned page_size = 65536;             ///< the kernel's: what is pinned, charged and aligned to
  std::string iova = "kernel";            ///< "kernel": IOAS_MAP chooses; else arch::IovaAllocator of the driver
  bool large_io_pages = false;            ///< windows whose I/O page exceeds page_size (an extension)
  Tick ioctl = 200 * kPsPerNs;            ///< into the kernel and back, arguments copied [MA]
  Tick area = 120 * kPsPerNs;             ///< an area entered in or taken out of the address space, locked [MA]
  Tick pin_page = 40 * kPsPerNs;          ///< a host page pinned and charged, or given back [MA]
  Tick tce = 3 * kPsPerNs;                ///< a TCE computed and stored, besides memory [MA]
  Tick firmware_call = 300 * kPsPerNs;    ///< into OPAL and back, for a kill [MA]
  Tick lock_handover = 100 * kPsPerNs;    ///< a contended lock and its data from CPU to CPU [MA]
};

}  // namespace phbsim::host
