// SPDX-License-Identifier: Apache-2.0
/// Linux's iommu_table: a bitmap in pools (ddw-vfio.md 3.2). Locks: 0..pools-1 the pools, then the large
/// pool. One step is one pass of the failure ladder.
#pragma once

#include <string>
#include <vector>

#include "platform/host/linux/iova_space.hpp"
#include "platform/host/linux/sparse_bitmap.hpp"

namespace phbsim::host {

class IommuTable final : public IovaSpace {
 public:
  explicit IommuTable(const IovaSpaceParams& params);

  using IovaSpace::release;
  unsigned locks() const override { return static_cast<unsigned>(pools_.size()); }
  std::string_view lock_name(unsigned lock) const override { return names_[lock]; }
  int lock_of(const IovaSearch& search) const override;
  IovaStep step(IovaSearch& search) override;
  int lock_of(const IovaRelease& release) const override;
  IovaStep step(IovaRelease& release) override;
  void reserve(std::uint64_t first, std::uint64_t pages) override;
  IovaFragmentation fragmentation() const override;

  /// Anything mapped? Entry 0 and the MMIO hole do not count (3.2.15).
  bool in_use() const { return used_.count() > reserved_; }
  /// After reserve() of what a crashed kernel left: frees the top entries if too few are free
  /// (3.2.14). Number of entries freed.
  std::uint64_t make_room();

  /// Entries relative to the window's first page.
  struct Pool {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t hint = 0;
  };
  const Pool& pool(unsigned i) const { return pools_[i]; }
  unsigned small_pools() const { return small_; }
  unsigned pool_of_cpu(unsigned cpu) const;

 private:
  struct Found {
    std::uint64_t at = kNoPage;
    std::uint64_t probes = 0;
  };
  Found find(std::uint64_t from, std::uint64_t to, std::uint64_t pages, unsigned align_order) const;
  unsigned pool_of_entry(std::uint64_t entry) const;

  SparseBitmap used_;
  std::uint64_t reserved_ = 0;
  unsigned small_ = 1;
  std::uint64_t pool_size_ = 0;
  std::uint64_t boundary_ = 0;  ///< pages, 0: none
  std::vector<Pool> pools_;     ///< small ones, then the large one
  std::vector<std::string> names_;
};

}  // namespace phbsim::host
