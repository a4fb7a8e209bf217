// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/dma_iommu.hpp"

#include <algorithm>

#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::host {
namespace {

// Stages of a search.
enum : unsigned { kMagazine, kDepot, kTree, kPurge, kTreeAgain };
// Stages of a release: where the pages go, and the flush queue before it.
enum : unsigned { kStart, kToMagazine, kToDepot, kToTree, kDrain, kDrainDepot, kDrainTree, kKill };

// Passes: first below 4 GiB, then the device's whole reach.
enum : unsigned { kPassNew, kPassLow, kPassWide };

}  // namespace

DmaIommu::DmaIommu(const IovaSpaceParams& params) : IovaSpace(params) {
  const DmaIommuParams& p = params_.generic;
  PHBSIM_ASSERT(params.pages > 0 && params.cpus > 0 && p.magazine_entries > 0);
  start_ = std::max<std::uint64_t>(1, params.first_page);  // bus address 0 is never handed out
  end_ = params.first_page + params.pages;
  low_end_ = 4 * kGiB >> params.page_shift;
  low_failed_ = low_end_;
  try_low_ = p.low_first;
  cached_ = cached_low_ = tree_.end();
  caches_.resize(std::size_t{params.cpus} * p.cached_orders);
  depot_.resize(p.cached_orders);
  queues_.resize(params.cpus);
  names_.emplace_back("tree");
  for (unsigned i = 0; i < p.cached_orders; ++i) names_.push_back("depot" + std::to_string(i));
  for (unsigned i = 0; i < params.cpus; ++i) names_.push_back("flush_queue" + std::to_string(i));
  if (params.reserved_pages) reserve(params.reserved_page, params.reserved_pages);
}

unsigned DmaIommu::order_of(std::uint64_t pages) const { return log2_ceil(pages); }

std::uint64_t DmaIommu::limit_of(const IovaSearch& s) const {
  const std::uint64_t limit = std::min(s.limit, end_ - 1);
  return s.pass == kPassLow ? std::min(limit, low_end_ - 1) : limit;
}

int DmaIommu::lock_of(const IovaSearch& s) const {
  if (s.pages == 0) return kNoLock;
  switch (s.stage) {
    case kMagazine: return is_cached(order_of(s.pages)) ? kNoLock : 0;
    case kDepot: return static_cast<int>(1 + order_of(s.pages));
    default: return 0;
  }
}

IovaStep DmaIommu::found(IovaSearch& s, std::uint64_t first, std::uint64_t probes) {
  IovaStep out;
  out.done = out.found = true;
  out.first = first;
  out.probes = probes;
  ++stats_.allocations;
  stats_.probes += probes;
  s.handle = first + s.pages;
  s.stage = kMagazine;
  s.pass = kPassNew;
  return out;
}

/// The newest entry at or below `limit`; the last entry takes its place.
bool DmaIommu::pop(Magazine& m, std::uint64_t limit, std::uint64_t& first, std::uint64_t& probes) {
  for (std::size_t i = m.size(); i-- > 0;) {
    ++probes;
    if (m[i] > limit) continue;
    first = m[i];
    m[i] = m.back();
    m.pop_back();
    return true;
  }
  return false;
}

IovaStep DmaIommu::step(IovaSearch& s) {
  IovaStep out;
  if (s.pages == 0) {
    out.done = true;
    ++stats_.failures;
    return out;
  }
  const unsigned order = order_of(s.pages);
  const bool cacheable = is_cached(order);
  // What is cached comes in powers of two, so that it can be cached.
  const std::uint64_t pages = cacheable ? 1ull << order : s.pages;
  if (s.pass == kPassNew) {
    const bool low = try_low_ && s.limit >= low_end_ && start_ < low_end_;
    s.pass = low ? kPassLow : kPassWide;
    stats_.cache_lookups += cacheable;
  }
  std::uint64_t first = 0;
  const std::uint64_t limit = limit_of(s);
  if (s.stage == kMagazine) {
    if (cacheable) {
      Cache& c = cache(s.cpu, order);
      const std::uint64_t last = limit - std::min(limit, pages - 1);
      if (c.loaded.empty() && !c.previous.empty()) c.loaded.swap(c.previous);
      if (!c.loaded.empty()) {
        s.stage = kTree;
        if (pop(c.loaded, last, first, out.probes)) {
          ++stats_.cache_hits;
          return found(s, first, out.probes);
        }
      } else {
        s.stage = kDepot;
      }
      stats_.probes += out.probes;
      return out;
    }
    s.stage = kTree;
  }
  if (s.stage == kDepot) {
    s.stage = kTree;
    ++out.probes;
    Cache& c = cache(s.cpu, order);
    if (c.loaded.empty() && !depot_[order].empty()) {
      c.loaded.swap(depot_[order].back());
      depot_[order].pop_back();
      if (pop(c.loaded, limit - std::min(limit, pages - 1), first, out.probes)) {
        ++stats_.depot_hits;
        return found(s, first, out.probes);
      }
    }
    stats_.probes += out.probes;
    return out;
  }
  if (s.stage == kPurge) {
    out.probes = purge();
    ++stats_.cache_purges;
    stats_.probes += out.probes;
    s.stage = kTreeAgain;
    return out;
  }
  ++stats_.searches;
  if (tree_find(pages, limit, first, out.probes)) return found(s, first, out.probes);
  stats_.probes += out.probes;
  if (s.pass == kPassLow) {
    try_low_ = false;  // this device does not try there again; one device per space here
    s.pass = kPassWide;
    s.stage = kMagazine;
  } else if (s.stage == kTree && cached_pages() > 0) {
    s.stage = kPurge;
  } else {
    ++stats_.failures;
    out.done = true;
    s.stage = kMagazine;
    s.pass = kPassNew;
  }
  return out;
}

/// The highest gap at or below `limit` that holds `pages` at an address aligned to their power of
/// two, from the cached node down, then once more from the limit down to where that began.
bool DmaIommu::tree_find(std::uint64_t pages, std::uint64_t limit, std::uint64_t& first, std::uint64_t& probes) {
  const bool low = limit < low_end_;
  if (low && pages >= low_failed_) {
    ++probes;
    return false;
  }
  if (limit >= start_) {
    const std::uint64_t unit = 1ull << log2_ceil(pages);
    auto& hint = low ? cached_low_ : cached_;
    auto above = hint;  // the gap below this node is looked at next
    std::uint64_t top = limit + 1;
    if (above != tree_.end()) top = std::min(top, above->first);
    const std::uint64_t began = above == tree_.end() ? limit : std::min(limit, above->second);
    std::uint64_t floor = start_;
    bool again = began < limit;  // there is space above where the search begins
    for (;;) {
      // The gap below `top` down to the end of the next node.
      ++probes;
      const bool lowest = above == tree_.begin();
      const auto below = lowest ? tree_.end() : std::prev(above);
      const std::uint64_t bottom = lowest ? floor : std::max(floor, below->second + 1);
      if (top >= pages) {
        const std::uint64_t at = align_down(top - pages, unit);
        if (at >= bottom && at + pages <= top) {
          const auto node = tree_.emplace(at, at + pages - 1).first;
          (at + pages - 1 < low_end_ ? cached_low_ : cached_) = node;
          first = at;
          return true;
        }
      }
      if (!lowest && below->first > floor) {
        above = below;
        top = std::min(top, below->first);
        continue;
      }
      if (again) {
        again = false;
        floor = std::max(start_, began + 1);
        above = tree_.upper_bound(limit);
        top = limit + 1;
        if (above != tree_.begin()) {
          const auto last = std::prev(above);
          if (last->second > limit) {
            above = last;
            top = last->first;
          }
        }
        continue;
      }
      break;
    }
  }
  if (low) low_failed_ = std::min(low_failed_, pages);
  return false;
}

void DmaIommu::tree_erase(std::uint64_t first, std::uint64_t& probes) {
  const auto node = tree_.find(first);
  PHBSIM_ASSERT(node != tree_.end());
  probes += log2_floor(tree_.size()) + 1;  // depth of a balanced tree
  const auto next = std::next(node);
  const auto passes = [&](Tree::iterator hint) { return hint != tree_.end() && node->first >= hint->first; };
  if (cached_low_ == node || (node->second < low_end_ && passes(cached_low_))) cached_low_ = next;
  if (node->first < low_end_) low_failed_ = low_end_;
  if (cached_ == node || passes(cached_)) cached_ = next;
  tree_.erase(node);
}

std::uint64_t DmaIommu::purge() {
  std::uint64_t probes = 0;
  const auto empty = [&](Magazine& m) {
    for (const std::uint64_t first : m) tree_erase(first, probes);
    m.clear();
  };
  for (Cache& c : caches_) {
    empty(c.loaded);
    empty(c.previous);
  }
  for (auto& order : depot_) {
    for (Magazine& m : order) empty(m);
    order.clear();
  }
  return probes;
}

bool DmaIommu::has_room(unsigned cpu, unsigned order) const {
  const Cache& c = cache(cpu, order);
  return c.loaded.size() < params_.generic.magazine_entries || c.previous.size() < params_.generic.magazine_entries;
}

void DmaIommu::put(unsigned cpu, unsigned order, std::uint64_t first) {
  Cache& c = cache(cpu, order);
  if (c.loaded.size() >= params_.generic.magazine_entries) c.loaded.swap(c.previous);
  c.loaded.push_back(first);
}

/// Both magazines are full: one goes to the depot. False: the depot is full, too, and its pages went
/// to the tree.
bool DmaIommu::put_with_depot(unsigned cpu, unsigned order, std::uint64_t first, std::uint64_t& probes) {
  if (has_room(cpu, order)) {
    put(cpu, order, first);  // made while the lock was waited for
    return true;
  }
  Cache& c = cache(cpu, order);
  const bool room = params_.generic.depot_magazines == 0 || depot_[order].size() < params_.generic.depot_magazines;
  if (room) {
    depot_[order].push_back(std::move(c.loaded));
    ++probes;
  } else {
    for (const std::uint64_t page : c.loaded) tree_erase(page, probes);
  }
  c.loaded = Magazine();
  c.loaded.reserve(params_.generic.magazine_entries);
  c.loaded.push_back(first);
  return room;
}

int DmaIommu::lock_of(const IovaRelease& r) const {
  const int queue = static_cast<int>(1 + params_.generic.cached_orders + (r.timer ? r.queue : r.cpu));
  const auto depot = [&](std::uint64_t pages) { return static_cast<int>(1 + order_of(pages)); };
  switch (r.stage) {
    case kStart:
      if (r.timer) return kNoLock;
      if (!params_.generic.strict) return queue;
      return r.pages && is_cached(order_of(r.pages)) ? kNoLock : 0;
    case kToDepot: return depot(r.pages);
    case kToTree: return 0;
    case kDrain: return queue;
    case kKill: return r.timer ? kNoLock : queue;  // held while the invalidation goes on [R]
    case kDrainDepot: return depot(r.held_pages);
    case kDrainTree: return 0;
    default: return kNoLock;
  }
}

IovaStep DmaIommu::step(IovaRelease& r) {
  IovaStep out;
  if (r.stage == kStart) {
    if (!r.timer && (r.pages == 0 || r.first < params_.first_page || r.first >= end_)) {
      ++stats_.bad_releases;
      out.done = true;
      return out;
    }
    if (r.timer) {
      if (queued() == 0) {
        due_ = kNever;
        out.done = out.found = true;
        return out;
      }
      ++stats_.queue_timer;
      due_ = kNever;
      r.queue = 0;
      ++rounds_begun_;
      r.stage = kKill;
      out.kill_all = true;
      return out;
    }
    r.stage = params_.generic.strict ? unsigned{kToMagazine} : unsigned{kDrain};
  }
  return r.stage < kDrain ? step_free(r) : step_queue(r);
}

IovaStep DmaIommu::step_free(IovaRelease& r) {
  IovaStep out;
  const unsigned order = order_of(r.pages);
  if (r.stage == kToMagazine && is_cached(order)) {
    out.probes = 1;
    if (!has_room(r.cpu, order)) {
      r.stage = kToDepot;
      stats_.probes += out.probes;
      return out;
    }
    put(r.cpu, order, r.first);
  } else if (r.stage == kToDepot) {
    put_with_depot(r.cpu, order, r.first, out.probes);
  } else {
    tree_erase(r.first, out.probes);
  }
  stats_.probes += out.probes;
  ++stats_.releases;
  out.done = out.found = true;
  out.first = r.first;
  return out;
}

IovaStep DmaIommu::step_queue(IovaRelease& r) {
  IovaStep out;
  const auto account = [&] {
    stats_.probes += out.probes;
    return out;
  };
  if (r.stage == kKill) {
    // The invalidation is over: what was queued before it began may go. Of two at a time the one that
    // ends first began no earlier than the first of them, so counting is enough.
    ++rounds_done_;
    r.flushed = true;
    r.stage = kDrain;
    if (!r.timer) ++stats_.queue_full;
    return out;
  }
  if (r.stage == kDrainDepot || r.stage == kDrainTree) {
    if (r.stage == kDrainDepot) {
      put_with_depot(r.cpu, order_of(r.held_pages), r.held_first, out.probes);
    } else {
      tree_erase(r.held_first, out.probes);
    }
    r.stage = kDrain;
    return account();
  }
  auto& queue = queues_[r.timer ? r.queue : r.cpu];
  while (!queue.empty() && queue.front().round < rounds_done_) {
    const Queued q = queue.front();
    queue.pop_front();
    ++out.probes;
    const unsigned order = order_of(q.pages);
    if (is_cached(order) && has_room(r.cpu, order)) {
      put(r.cpu, order, q.first);
      continue;
    }
    r.held_first = q.first;
    r.held_pages = q.pages;
    r.stage = is_cached(order) ? kDrainDepot : kDrainTree;
    return account();
  }
  if (r.timer) {
    if (++r.queue == params_.cpus) out.done = out.found = true;
    return account();
  }
  if (queue.size() + 1 >= params_.generic.queue_entries && !r.flushed) {
    ++rounds_begun_;
    r.stage = kKill;
    out.kill_all = true;
    return account();
  }
  queue.push_back({r.first, r.pages, rounds_begun_});
  if (due_ == kNever) due_ = r.now + params_.generic.queue_timeout;
  ++stats_.releases;
  out.done = out.found = true;
  out.first = r.first;
  return account();
}

void DmaIommu::reserve(std::uint64_t first, std::uint64_t pages) {
  std::uint64_t from = std::max(first, params_.first_page);
  const std::uint64_t to = std::min(first + pages, end_);
  // Around what is there already.
  while (from < to) {
    auto next = tree_.lower_bound(from);
    if (next != tree_.begin() && std::prev(next)->second >= from) {
      from = std::prev(next)->second + 1;
      continue;
    }
    const std::uint64_t stop = next == tree_.end() ? to : std::min(to, next->first);
    if (from < stop) tree_.emplace(from, stop - 1);
    from = std::max(stop, from + 1);
  }
}

IovaFragmentation DmaIommu::fragmentation() const {
  IovaFragmentation f;
  std::uint64_t at = params_.first_page;
  const auto gap = [&](std::uint64_t end) {
    if (end <= at) return;
    f.free_pages += end - at;
    f.largest_free_run = std::max(f.largest_free_run, end - at);
  };
  for (const auto& [first, last] : tree_) {
    gap(first);
    at = std::max(at, last + 1);
  }
  gap(end_);
  return f;
}

std::uint64_t DmaIommu::cached_pages() const {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    const unsigned order = static_cast<unsigned>(i % params_.generic.cached_orders);
    n += (caches_[i].loaded.size() + caches_[i].previous.size()) << order;
  }
  for (std::size_t order = 0; order < depot_.size(); ++order) {
    for (const Magazine& m : depot_[order]) n += m.size() << order;
  }
  return n;
}

std::uint64_t DmaIommu::queued() const {
  std::uint64_t n = 0;
  for (const auto& q : queues_) n += q.size();
  return n;
}

std::unique_ptr<IovaSpace> make_dma_iommu_strict(const IovaSpaceParams& params) {
  IovaSpaceParams p = params;
  p.generic.strict = true;
  return std::make_unique<DmaIommu>(p);
}
std::unique_ptr<IovaSpace> make_dma_iommu_lazy(const IovaSpaceParams& params) {
  IovaSpaceParams p = params;
  p.generic.strict = false;
  return std::make_unique<DmaIommu>(p);
}

}  // namespace phbsim::host
