// SPDX-License-Identifier: Apache-2.0
/// The generic dma-iommu allocator: per-CPU magazines, a depot, a tree searched from the top, and
/// optionally a flush queue. Everything here is recalled, to be verified [R]; the structure is ours.
///
/// Locks: 0 the tree; then one per cached order (the depots); then one per CPU (its flush queue). A
/// CPU's own magazines need none (kNoLock).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "platform/host/linux/iova_space.hpp"

namespace phbsim::host {

class DmaIommu final : public IovaSpace {
 public:
  explicit DmaIommu(const IovaSpaceParams& params);

  using IovaSpace::release;
  unsigned locks() const override { return static_cast<unsigned>(names_.size()); }
  std::string_view lock_name(unsigned lock) const override { return names_[lock]; }
  int lock_of(const IovaSearch& search) const override;
  IovaStep step(IovaSearch& search) override;
  int lock_of(const IovaRelease& release) const override;
  IovaStep step(IovaRelease& release) override;
  Tick flush_due() const override { return due_; }
  void reserve(std::uint64_t first, std::uint64_t pages) override;
  /// Pages in magazines, depots and flush queues count as used: the tree holds them.
  IovaFragmentation fragmentation() const override;

  /// Pages in magazines and depots.
  std::uint64_t cached_pages() const;
  /// Mappings that wait in flush queues.
  std::uint64_t queued() const;

 private:
  using Tree = std::map<std::uint64_t, std::uint64_t>;  ///< first page -> last page
  using Magazine = std::vector<std::uint64_t>;
  struct Cache {
    Magazine loaded;
    Magazine previous;
  };
  struct Queued {
    std::uint64_t first;
    std::uint64_t pages;
    std::uint64_t round;  ///< flushes begun before it was queued
  };

  unsigned order_of(std::uint64_t pages) const;
  bool is_cached(unsigned order) const { return order < params_.generic.cached_orders; }
  Cache& cache(unsigned cpu, unsigned order) { return caches_[cpu * params_.generic.cached_orders + order]; }
  const Cache& cache(unsigned cpu, unsigned order) const {
    return caches_[cpu * params_.generic.cached_orders + order];
  }
  std::uint64_t limit_of(const IovaSearch& search) const;
  IovaStep found(IovaSearch& search, std::uint64_t first, std::uint64_t probes);
  static bool pop(Magazine& magazine, std::uint64_t limit, std::uint64_t& first, std::uint64_t& probes);
  bool tree_find(std::uint64_t pages, std::uint64_t limit, std::uint64_t& first, std::uint64_t& probes);
  void tree_erase(std::uint64_t first, std::uint64_t& probes);
  std::uint64_t purge();
  bool has_room(unsigned cpu, unsigned order) const;
  void put(unsigned cpu, unsigned order, std::uint64_t first);
  bool put_with_depot(unsigned cpu, unsigned order, std::uint64_t first, std::uint64_t& probes);
  IovaStep step_free(IovaRelease& release);
  IovaStep step_queue(IovaRelease& release);

  Tree tree_;
  Tree::iterator cached_;      ///< the search for high pages starts below it
  Tree::iterator cached_low_;  ///< the search below 4 GiB
  std::uint64_t start_;        ///< lowest page that may be given
  std::uint64_t end_;          ///< one past the last
  std::uint64_t low_end_;      ///< first page at 4 GiB
  std::uint64_t low_failed_;   ///< a search of this size or more below 4 GiB failed since the last release there
  bool try_low_;
  std::vector<Cache> caches_;                ///< by CPU, order
  std::vector<std::vector<Magazine>> depot_; ///< by order
  std::vector<std::deque<Queued>> queues_;   ///< by CPU
  std::uint64_t rounds_begun_ = 0;
  std::uint64_t rounds_done_ = 0;
  Tick due_ = kNever;
  std::vector<std::string> names_;
};

}  // namespace phbsim::host
