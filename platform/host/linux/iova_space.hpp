// SPDX-License-Identifier: Apache-2.0
/// Which bus pages a buffer gets: the allocators of an operating system, one locked step at a time.
///
/// An allocation is an IovaSearch, a release an IovaRelease: plain values that the caller keeps.
/// lock_of() names the lock under which the next step runs, step() does it at that moment. If the
/// lock stays the same from one step to the next, it was not dropped in between.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "models/base/named.hpp"
#include "models/base/types.hpp"
#include "platform/host/linux/iova_params.hpp"

namespace phbsim::host {

constexpr std::uint64_t kNoPage = ~0ull;
constexpr int kNoLock = -1;

struct IovaSearch {
  unsigned cpu = 0;
  std::uint64_t pages = 0;
  unsigned align_order = 0;        ///< log2 pages; spaces may align more
  std::uint64_t limit = kNoPage;   ///< highest page the device reaches
  bool coherent = false;
  std::uint64_t handle = kNoPage;  ///< scatterlists: page after the previous element; set by a found step
  // The space's own: where the search stands.
  unsigned stage = 0;
  unsigned pass = 0;
  unsigned pool = 0;   ///< whose lock is next
  unsigned turn = 0;   ///< pool from which the round through all goes on
};

struct IovaRelease {
  unsigned cpu = 0;
  std::uint64_t first = kNoPage;
  std::uint64_t pages = 0;
  Tick now = 0;         ///< when the first step runs: a flush queue's timer starts then
  bool timer = false;   ///< not a release: the flush queue's timer (flush_timer())
  // The space's own.
  unsigned stage = 0;
  unsigned queue = 0;
  std::uint64_t held_first = 0;
  std::uint64_t held_pages = 0;
  bool flushed = false;
};

struct IovaStep {
  bool done = false;
  bool found = false;             ///< with done: allocated (or released)
  std::uint64_t first = kNoPage;
  std::uint64_t probes = 0;       ///< bits scanned or tree nodes visited in this step
  bool kill_all = false;          ///< before the next step the whole domain must be invalidated
};

struct IovaStats {
  std::uint64_t allocations = 0;    ///< found
  std::uint64_t failures = 0;       ///< gave up
  std::uint64_t releases = 0;
  std::uint64_t bad_releases = 0;   ///< out of range: logged, nothing done
  std::uint64_t probes = 0;         ///< bits scanned or tree nodes visited
  std::uint64_t searches = 0;       ///< bitmap or tree searches, one or more per allocation that needs one
  std::uint64_t cache_lookups = 0;  ///< allocations of a size that is cached
  std::uint64_t cache_hits = 0;     ///< served by the CPU's own magazines
  std::uint64_t depot_hits = 0;     ///< served by a magazine out of the depot
  std::uint64_t cache_purges = 0;   ///< all magazines emptied because the space was full
  std::uint64_t queue_full = 0;     ///< flushes because a CPU's queue was full
  std::uint64_t queue_timer = 0;    ///< flushes by the timer
};

struct IovaFragmentation {
  std::uint64_t free_pages = 0;
  std::uint64_t largest_free_run = 0;  ///< pages
};

class IovaSpace {
 public:
  explicit IovaSpace(const IovaSpaceParams& params) : params_(params) {}
  virtual ~IovaSpace() = default;

  virtual unsigned locks() const = 0;
  virtual std::string_view lock_name(unsigned lock) const = 0;
  virtual int lock_of(const IovaSearch& search) const = 0;
  virtual IovaStep step(IovaSearch& search) = 0;
  virtual int lock_of(const IovaRelease& release) const = 0;
  virtual IovaStep step(IovaRelease& release) = 0;
  /// When flush_timer() is due; kNever: nothing queued.
  virtual Tick flush_due() const { return kNever; }
  /// Marks pages as used: inherited from an earlier kernel, or somebody else's.
  virtual void reserve(std::uint64_t first, std::uint64_t pages) = 0;
  virtual IovaFragmentation fragmentation() const = 0;

  /// The release that empties the flush queues, to be stepped on `cpu` at flush_due().
  static IovaRelease flush_timer(unsigned cpu, Tick now);

  /// All steps at once. The search keeps its `handle` for the next element of a scatterlist.
  std::optional<std::uint64_t> allocate(IovaSearch& search);
  /// All steps at once; number of domain-wide invalidations that were due.
  unsigned release(IovaRelease release);

  const IovaStats& stats() const { return stats_; }
  const IovaSpaceParams& params() const { return params_; }

 protected:
  IovaSpaceParams params_;
  IovaStats stats_;
};

/// A buffer as a driver hands it over.
struct DmaBuffer {
  unsigned cpu = 0;
  RealAddr address = 0;
  std::uint64_t length = 0;
  std::uint64_t mask = ~0ull;  ///< highest bus address the device (for coherent: its coherent mask) reaches
  bool coherent = false;
};

/// The search for a buffer (3.2.10): pages it touches, its alignment, its limit. A coherent buffer of
/// more than the largest order gives a search of 0 pages, which fails.
IovaSearch search_for(const IovaSpaceParams& params, const DmaBuffer& buffer);
/// Bus address of the buffer at page `first`: the offset in the I/O page stays (3.2.11).
BusAddr bus_address(const IovaSpaceParams& params, std::uint64_t first, RealAddr address);

std::unique_ptr<IovaSpace> make_iommu_table(const IovaSpaceParams& params);
std::unique_ptr<IovaSpace> make_dma_iommu_strict(const IovaSpaceParams& params);
std::unique_ptr<IovaSpace> make_dma_iommu_lazy(const IovaSpaceParams& params);

inline constexpr Named<IovaSpace, const IovaSpaceParams&> kIovaSpaces[] = {
    {"iommu_table", "Linux on POWER: bitmap in CPU-hashed pools, a large pool, next fit", make_iommu_table},
    {"dma_iommu", "generic dma-iommu: per-CPU magazines over a tree, each unmap invalidates", make_dma_iommu_strict},
    {"dma_iommu_lazy", "the same with a flush queue: one invalidation of the domain for many unmaps",
     make_dma_iommu_lazy},
};

std::unique_ptr<IovaSpace> make_iova_space(std::string_view name, const IovaSpaceParams& params);

}  // namespace phbsim::host
