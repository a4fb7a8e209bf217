// SPDX-License-Identifier: Apache-2.0
/// Memory that processes registered for DMA (ddw-vfio.md 4.5). Regions belong to a process and are
/// shared by its containers: pinned and charged once, then mapped without either.
///
/// The page of a region is what is naturally aligned and lies in a row in real memory, so that an
/// I/O page above the host's is allowed where one huge page, or a row of pages, backs it. [MA: Linux
/// asks for a huge page]
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "models/arch/os/process.hpp"

namespace phbsim::arch::vfio {

/// Charges `pages` to the caller's memory; ENOMEM beyond RLIMIT_MEMLOCK, unless CAP_IPC_LOCK.
void charge_locked(const os::Caller& caller, unsigned page_shift, std::uint64_t pages);

class MmRegion {
 public:
  MmRegion(std::uint64_t ua, std::uint64_t pages, unsigned host_shift, os::PageRuns runs);

  std::uint64_t ua() const { return ua_; }
  std::uint64_t pages() const { return pages_; }
  std::uint64_t last() const { return ua_ + ((pages_ << host_shift_) - 1); }
  unsigned page_shift() const { return page_shift_; }
  /// Real address of `ua`, which lies in the region.
  RealAddr real(std::uint64_t ua) const;

  std::uint64_t users = 1;   ///< containers that registered it; 0: goes with its last TCE
  std::uint64_t mapped = 0;  ///< TCEs that lead into it

 private:
  friend class MmRegions;
  std::uint64_t ua_;
  std::uint64_t pages_;
  unsigned host_shift_;
  unsigned page_shift_;
  os::PageRuns runs_;
  std::vector<std::uint64_t> first_;  ///< first page of each run
};

/// Regions of one process.
class MmRegions {
 public:
  MmRegions(std::shared_ptr<os::AddressSpace> mm, unsigned host_shift) : mm_(std::move(mm)), host_shift_(host_shift) {}
  ~MmRegions();
  MmRegions(const MmRegions&) = delete;
  MmRegions& operator=(const MmRegions&) = delete;

  os::AddressSpace& mm() const { return *mm_; }
  bool empty() const { return regions_.empty(); }

  /// The region that is exactly this one; null.
  MmRegion* exact(std::uint64_t ua, std::uint64_t pages);
  /// The region that holds all of [ua, ua + bytes); null.
  MmRegion* lookup(std::uint64_t ua, std::uint64_t bytes);

  struct Added {
    MmRegion* region = nullptr;
    std::uint64_t partly = 0;  ///< no region: pages pinned in the last chunk that was not complete
  };
  /// Charges, pins and adds a region with one user. ENOMEM; EFAULT no page is there, EINVAL overlap.
  Added add(const os::Caller& caller, std::uint64_t ua, std::uint64_t pages);
  /// Gives up one user; the last one unpins. False, nothing done: TCEs still use it.
  bool put(MmRegion& region) noexcept;
  /// As put, but a region that TCEs use is unpinned with the last of them.
  void abandon(MmRegion& region) noexcept;
  /// One TCE less that leads into the region.
  void unmapped(MmRegion& region) noexcept;

 private:
  void drop(const MmRegion& region) noexcept;

  std::shared_ptr<os::AddressSpace> mm_;
  unsigned host_shift_;
  std::map<std::uint64_t, MmRegion> regions_;  ///< by address; apart from each other
};

/// Regions of all processes.
class RegionTable {
 public:
  explicit RegionTable(unsigned host_shift) : host_shift_(host_shift) {}
  std::shared_ptr<MmRegions> of(const std::shared_ptr<os::AddressSpace>& mm);
  /// Pages that are registered, of all processes; for reports and tests.
  std::size_t processes() const { return all_.size(); }
  /// Forgets processes without regions and containers.
  void tidy() noexcept;

 private:
  unsigned host_shift_;
  std::vector<std::shared_ptr<MmRegions>> all_;
};

}  // namespace phbsim::arch::vfio
