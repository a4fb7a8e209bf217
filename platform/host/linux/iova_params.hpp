// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "models/base/types.hpp"

namespace phbsim::host {

/// iommu_table (ddw-vfio.md 3.2).
struct IommuTableParams {
  unsigned pools = 4;                     ///< of a window of pools_from_bytes or more, else 1; power of two
  std::uint64_t pools_from_bytes = kGiB;
  std::uint64_t large_over_pages = 15;    ///< more pages than this: the large pool
  std::uint64_t block_pages = 16;         ///< a small allocation ends its block: one cache line of TCEs
  unsigned max_coherent_order = 12;       ///< log2 of I/O pages (order < IOMAP_MAX_ORDER = 13)
  std::uint32_t pool_hash = 0x61C88647;   ///< CPU -> pool: top 2 bits of cpu * this [MA]
  std::uint64_t segment_boundary = 4 * kGiB;  ///< no mapping crosses a multiple of this, bytes [R]; 0: no rule
  std::uint64_t kdump_min_pages = 2048;
};

/// The generic allocator of drivers/iommu; none of it is in the reference: all [R].
struct DmaIommuParams {
  unsigned magazine_entries = 127;     ///< [R] per magazine; each CPU has two per order
  unsigned cached_orders = 6;          ///< [R] IOVA_RANGE_CACHE_MAX_SIZE: log2 sizes 0..5 are cached
  unsigned depot_magazines = 0;        ///< [R] per order, 0: no bound (newer kernels; older ones 32)
  bool strict = false;                 ///< unmap invalidates at once; else through the flush queue
  unsigned queue_entries = 256;        ///< [R] per CPU; a ring, so it holds one less
  Tick queue_timeout = 10 * kPsPerMs;  ///< [R] from the first queued entry to a flush of all queues
  bool low_first = true;               ///< [R] PCI devices try below 4 GiB first, until that fails once
};

/// A window and the machine that hands it out. Page numbers are bus address >> page_shift everywhere.
struct IovaSpaceParams {
  unsigned page_shift = 12;            ///< log2 bytes of an I/O page
  std::uint64_t first_page = 0;
  std::uint64_t pages = 0;
  std::uint64_t reserved_page = 0;     ///< the 32-bit MMIO hole; reserved_pages 0: none
  std::uint64_t reserved_pages = 0;
  unsigned cpus = 1;
  unsigned cpu_page_shift = 16;        ///< log2 bytes of the kernel's page
  IommuTableParams table;
  DmaIommuParams generic;
};

}  // namespace phbsim::host
