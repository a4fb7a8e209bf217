// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "models/base/types.hpp"
#include "platform/host/linux/iova_params.hpp"

namespace phbsim::host {

/// Linux's DMA mapping as it takes time. No measured split of these costs is public (ddw-vfio.md 7):
/// all are model assumptions, of the size of a few cache misses and some hundred instructions.
struct LinuxParams {
  unsigned cpus = 8;
  unsigned cpus_per_device = 4;           ///< CPUs that take a device's calls in turn [MA]
  std::string iova = "iommu_table";       ///< see iova_space.hpp
  // Layout "linux": what it decides with.
  unsigned dma_bits = 64;                 ///< of the device's DMA mask
  bool bypass = true;                     ///< bare metal: not iommu=nobypass
  bool disable_ddw = false;               ///< partition: kernel parameter
  std::string page_order = "largest";     ///< partition: see page_size_order.hpp
  std::uint64_t hotplug_max = 0;          ///< partition: memory that may be there one day; at least what is there
  bool pmem = false;                      ///< partition: persistent memory exists

  bool multi_tce = true;                  ///< hypercalls for up to 512 TCEs
  unsigned page_size = 65536;             ///< the kernel's
  Tick map_entry = 60 * kPsPerNs;         ///< dma_map and below, without allocation and TCEs [MA]
  Tick unmap_entry = 50 * kPsPerNs;       ///< dma_unmap likewise [MA]
  Tick lock_hold = 30 * kPsPerNs;         ///< one locked step of the allocator besides its search [MA]
  Tick probe_word = 2 * kPsPerNs;         ///< 64 bits of an allocation bitmap looked at [MA]
  Tick probe_node = 10 * kPsPerNs;        ///< a tree node visited [MA]
  Tick cache_step = 12 * kPsPerNs;        ///< a CPU's own magazine [MA]
  Tick lock_handover = 100 * kPsPerNs;    ///< a contended lock and its data from CPU to CPU [MA]
  Tick list_entry = 1 * kPsPerNs;         ///< one TCE written to the list of a hypercall [MA]
  Tick tce_store = 3 * kPsPerNs;          ///< bare metal: one TCE computed and stored, besides memory [MA]
  Tick firmware_call = 300 * kPsPerNs;    ///< bare metal: into OPAL and back, for a kill [MA]
  Tick lock_waiter = 0;                   ///< added to a handover for each CPU that waits: simple spinlocks [MA]
  Tick request_work = 0;                  ///< before a map: the stack and driver that want it [MA]
  Tick pin_page = 0;                      ///< per page of a map: pinning and accounting, as VFIO does [MA]
  IommuTableParams table;
  DmaIommuParams generic;
};

}  // namespace phbsim::host
