// SPDX-License-Identifier: Apache-2.0
// Linux's allocators of bus pages: ddw-vfio.md 3.2 and rows L23-L27, L30; the generic one against what
// any allocator must keep, and against a plain search.
#include <algorithm>
#include <map>
#include <set>

#include "models/base/bits.hpp"
#include "models/base/rng.hpp"
#include "platform/host/linux/dma_iommu.hpp"
#include "platform/host/linux/iommu_table.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::host;

namespace {

/// 1 GiB of 4K pages from bus address 0 on: QEMU's default window.
IovaSpaceParams default_window(unsigned cpus = 4) {
  IovaSpaceParams p;
  p.pages = kGiB >> 12;
  p.cpus = cpus;
  return p;
}
IovaSearch pages_of(std::uint64_t pages, unsigned cpu = 0) {
  IovaSearch s;
  s.cpu = cpu;
  s.pages = pages;
  return s;
}
std::uint64_t must_allocate(IovaSpace& space, IovaSearch s) {
  const auto first = space.allocate(s);
  REQUIRE(first);
  return *first;
}
IovaRelease release_of(std::uint64_t first, std::uint64_t pages, unsigned cpu = 0, Tick now = 0) {
  IovaRelease r;
  r.cpu = cpu;
  r.first = first;
  r.pages = pages;
  r.now = now;
  return r;
}

/// iommu_table once more, as plain loops over a vector of flags.
class PlainTable {
 public:
  explicit PlainTable(const IommuTable& like)
      : used_(like.params().pages, false), p_(like.params()), small_(like.small_pools()) {
    for (unsigned i = 0; i <= small_; ++i) pools_.push_back(like.pool(i));
    if (p_.first_page == 0) used_[0] = true;
  }

  std::uint64_t allocate(const IovaSearch& s, unsigned cpu_pool) {
    const bool large = s.pages > 15;
    unsigned turn = cpu_pool;
    unsigned pool = large ? small_ : cpu_pool;
    const std::uint64_t reach = s.limit - p_.first_page;
    for (unsigned pass = 0;; ++pass) {
      std::uint64_t from = pools_[pool].hint;
      if (pass == 0 && s.handle != kNoPage && s.handle - p_.first_page >= pools_[pool].start &&
          s.handle - p_.first_page < pools_[pool].end) {
        from = s.handle - p_.first_page;
      }
      if (from >= pools_[pool].end) from = pools_[pool].start;
      std::uint64_t to = pools_[pool].end;
      if (to > reach) {
        to = reach + 1;
        if (from >= to || pass > 0) {
          pool = 0;
          from = 0;
        }
      }
      for (std::uint64_t at = align_up(from, 1ull << s.align_order); at + s.pages <= to; at += 1ull << s.align_order) {
        if (!is_free(at, s.pages)) continue;
        std::fill_n(used_.begin() + static_cast<long>(at), s.pages, true);
        pools_[pool].hint = large ? at + s.pages : align_up(at + s.pages, 16);
        return p_.first_page + at;
      }
      if (pass > small_ + 1) return kNoPage;
      if (pass > 0 && pass <= small_) {
        turn = (turn + 1) % small_;
        pool = turn;
      } else if (pass == small_ + 1) {
        pool = small_;
      }
      pools_[pool].hint = pools_[pool].start;
    }
  }
  void release(std::uint64_t first, std::uint64_t pages) {
    std::fill_n(used_.begin() + static_cast<long>(first - p_.first_page), pages, false);
  }
  IovaFragmentation fragmentation() const {
    IovaFragmentation f;
    std::uint64_t run = 0;
    for (const bool used : used_) {
      run = used ? 0 : run + 1;
      f.free_pages += !used;
      f.largest_free_run = std::max(f.largest_free_run, run);
    }
    return f;
  }

 private:
  bool is_free(std::uint64_t at, std::uint64_t n) const {
    for (std::uint64_t i = at; i < at + n; ++i)
      if (used_[i]) return false;
    return true;
  }

  std::vector<bool> used_;
  IovaSpaceParams p_;
  unsigned small_;
  std::vector<IommuTable::Pool> pools_;
};

}  // namespace

TEST_CASE("L23: 16 pages of the default window come from the large pool", "[host][iova]") {
  IommuTable table(default_window());
  CHECK(must_allocate(table, pages_of(16)) == 196608);
  CHECK(must_allocate(table, pages_of(16, 3)) == 196608 + 16);
  CHECK(must_allocate(table, pages_of(17)) == 196608 + 32);
  CHECK(must_allocate(table, pages_of(16)) == 196608 + 49);  // the large pool does not end blocks
}

TEST_CASE("L24: 15 pages come from the CPU's pool of 49152", "[host][iova]") {
  IommuTable table(default_window());
  REQUIRE(table.small_pools() == 4);
  std::set<unsigned> seen;
  for (unsigned cpu = 0; cpu < 64; ++cpu) {
    const unsigned pool = table.pool_of_cpu(cpu);
    seen.insert(pool);
    const IovaSearch s = pages_of(15, cpu);
    CHECK(table.lock_of(s) == static_cast<int>(pool));
    CHECK(must_allocate(table, s) / 49152 == pool);
    CHECK(table.pool(pool).end - table.pool(pool).start == 49152);
  }
  CHECK(seen.size() == 4);
}

TEST_CASE("L25: half a GiB has one small pool and the large one", "[host][iova]") {
  IovaSpaceParams p = default_window();
  p.pages = 512 * kMiB >> 12;
  IommuTable table(p);
  CHECK(table.small_pools() == 1);
  CHECK(table.locks() == 2);
  CHECK(table.pool(0).end == 98304);
  CHECK(must_allocate(table, pages_of(16)) == 98304);
  CHECK(table.pool_of_cpu(3) == 0);
}

TEST_CASE("L26: bus address 0 is never handed out", "[host][iova]") {
  IommuTable table(default_window());
  CHECK_FALSE(table.in_use());
  CHECK(must_allocate(table, pages_of(1)) == 1);
  CHECK(must_allocate(table, pages_of(1)) == 16);  // the next block
  CHECK(table.in_use());
  table.release(release_of(1, 1));
  table.release(release_of(16, 1));
  CHECK_FALSE(table.in_use());
  // A window elsewhere begins with its first page.
  IovaSpaceParams p = default_window();
  p.first_page = 1ull << 47;
  IommuTable high(p);
  CHECK(must_allocate(high, pages_of(1)) == 1ull << 47);
}

TEST_CASE("L27: with 2M pages the low 21 bits of the bus address are the buffer's", "[host][iova]") {
  IovaSpaceParams p;
  p.page_shift = 21;
  p.first_page = (1ull << 59) >> 21;
  p.pages = 1ull << 15;
  IommuTable table(p);
  const DmaBuffer b{0, 0x40000000 + 0x123000, 4096, ~0ull, false};
  IovaSearch s = search_for(p, b);
  CHECK(s.pages == 1);
  CHECK(s.align_order == 0);
  const auto first = table.allocate(s);
  REQUIRE(first);
  CHECK(bus_address(p, *first, b.address) == (1ull << 59) + 0x123000);
  // A buffer over the end of a page needs the next one, too.
  CHECK(search_for(p, {0, 0x1FF000, 0x2000, ~0ull, false}).pages == 2);
}

TEST_CASE("L30: a full table: the pool again, every other pool, the large pool, then failure", "[host][iova]") {
  IovaSpaceParams p = default_window();
  p.pages = 1024;
  p.table.pools_from_bytes = 0;
  IommuTable table(p);
  REQUIRE(table.small_pools() == 4);
  table.reserve(0, 1024);
  for (unsigned cpu = 0; cpu < 8; ++cpu) {
    IovaSearch s = pages_of(1, cpu);
    const int own = static_cast<int>(table.pool_of_cpu(cpu));
    std::vector<int> locks;
    IovaStep step;
    do {
      locks.push_back(table.lock_of(s));
      step = table.step(s);
    } while (!step.done);
    CHECK_FALSE(step.found);
    CHECK(locks == std::vector<int>{own, own, (own + 1) % 4, (own + 2) % 4, (own + 3) % 4, own, 4});
  }
  CHECK(table.stats().failures == 8);
  // A large one begins with the large pool.
  IovaSearch s = pages_of(16, 0);
  CHECK(table.lock_of(s) == 4);
  // The last page of the large pool is found in the end, too.
  table.release(release_of(1023, 1));
  CHECK(must_allocate(table, pages_of(1)) == 1023);
}

TEST_CASE("nothing is too little, 2^12 coherent pages are the most", "[host][iova]") {
  const IovaSpaceParams p = default_window();
  IommuTable table(p);
  IovaSearch none = pages_of(0);
  CHECK(table.lock_of(none) == kNoLock);
  CHECK_FALSE(table.allocate(none));
  CHECK(search_for(p, {0, 0, 16 * kMiB, ~0ull, true}).pages == 4096);
  CHECK(search_for(p, {0, 0, 16 * kMiB + 1, ~0ull, true}).pages == 0);
  // Coherent memory: whole kernel pages, naturally aligned.
  const IovaSearch s = search_for(p, {0, 0, 3 * 65536, ~0ull, true});
  CHECK(s.pages == 48);
  CHECK(s.align_order == 6);
  // Streaming: aligned to the kernel's page only if the buffer is.
  CHECK(search_for(p, {0, 0x50000, 65536, ~0ull, false}).align_order == 4);
  CHECK(search_for(p, {0, 0x50000, 65535, ~0ull, false}).align_order == 0);
  CHECK(search_for(p, {0, 0x51000, 65536, ~0ull, false}).align_order == 0);
  CHECK(search_for(p, {0, 0x51FFF, 2, ~0ull, false}).pages == 2);
}

TEST_CASE("a device that reaches less than the window gets pages from its start", "[host][iova]") {
  IommuTable table(default_window());
  IovaSearch s = pages_of(16);
  s.limit = 0xFFFF;  // pool 0 and part of pool 1; the large pool begins beyond it
  CHECK(table.lock_of(s) == 4);
  IovaStep step = table.step(s);
  CHECK_FALSE(step.done);  // pool 0's lock first
  CHECK(table.lock_of(s) == 0);
  step = table.step(s);
  REQUIRE(step.found);
  CHECK(step.first == 1);
}

TEST_CASE("a scatterlist's elements follow each other, then a new block begins", "[host][iova]") {
  IommuTable table(default_window());
  IovaSearch a = pages_of(2);
  CHECK(*table.allocate(a) == 1);
  IovaSearch b = pages_of(1);
  b.handle = a.handle;
  CHECK(*table.allocate(b) == 3);
  CHECK(must_allocate(table, pages_of(1)) == 16);
}

TEST_CASE("no mapping crosses a segment boundary", "[host][iova]") {
  IovaSpaceParams p = default_window();
  p.table.segment_boundary = 64 * 4096;
  IommuTable table(p);
  const std::uint64_t large = 196608;
  CHECK(must_allocate(table, pages_of(40)) == large);
  CHECK(must_allocate(table, pages_of(40)) == large + 64);
  CHECK(must_allocate(table, pages_of(24)) == large + 104);
  IovaSearch s = pages_of(65);
  CHECK_FALSE(table.allocate(s));
}

TEST_CASE("the MMIO hole and what a crashed kernel left are not handed out", "[host][iova]") {
  IovaSpaceParams p = default_window();
  p.reserved_page = 16;
  p.reserved_pages = 32;
  IommuTable table(p);
  CHECK(must_allocate(table, pages_of(1)) == 1);
  CHECK(must_allocate(table, pages_of(1)) == 48);
  table.release(release_of(1, 1));
  table.release(release_of(48, 1));
  CHECK_FALSE(table.in_use());

  IommuTable kdump(default_window());
  kdump.reserve(0, 262144 - 2048);
  CHECK(kdump.make_room() == 0);
  kdump.reserve(262144 - 2048, 1000);
  CHECK(kdump.make_room() == 1000);
  CHECK(kdump.fragmentation().free_pages == 2048);
}

TEST_CASE("a release out of range is counted, not done", "[host][iova]") {
  IommuTable table(default_window());
  table.release(release_of(262144, 1));
  table.release(release_of(262143, 2));
  CHECK(table.stats().bad_releases == 2);
  CHECK(table.stats().releases == 0);
}

TEST_CASE("iommu_table gives the same as plain loops", "[host][iova]") {
  for (const std::uint64_t first_page : {std::uint64_t{0}, std::uint64_t{1} << 47}) {
    IovaSpaceParams p = default_window();
    p.pages = 3000;
    p.first_page = first_page;
    p.table.pools_from_bytes = 0;
    IommuTable table(p);
    PlainTable plain(table);
    RandomStream random(7, "iova");
    std::vector<std::pair<std::uint64_t, std::uint64_t>> live;
    std::uint64_t failures = 0;
    for (unsigned i = 0; i < 40000; ++i) {
      const bool fill = i / 2000 % 2 == 0;  // fills up, then empties
      if (live.empty() || random.below(100) < (fill ? 60 : 40)) {
        IovaSearch s = pages_of(1 + random.below(random.below(4) ? 15 : 60), static_cast<unsigned>(random.below(16)));
        s.align_order = static_cast<unsigned>(random.below(5));
        if (random.below(8) == 0) s.limit = first_page + 20 + random.below(3200);
        if (random.below(4) == 0 && !live.empty()) s.handle = live.back().first + live.back().second;
        const std::uint64_t expected = plain.allocate(s, table.pool_of_cpu(s.cpu));
        const std::uint64_t pages = s.pages;
        const auto got = table.allocate(s);
        if (got.value_or(kNoPage) != expected) FAIL("allocation " << i);
        if (got) {
          live.emplace_back(*got, pages);
        } else {
          ++failures;
        }
      } else {
        const std::size_t at = random.below(live.size());
        table.release(release_of(live[at].first, live[at].second));
        plain.release(live[at].first, live[at].second);
        live[at] = live.back();
        live.pop_back();
      }
      if (i % 1000 == 0) {
        CHECK(table.fragmentation().free_pages == plain.fragmentation().free_pages);
        CHECK(table.fragmentation().largest_free_run == plain.fragmentation().largest_free_run);
      }
    }
    CHECK(failures > 100);
    CHECK(table.stats().failures == failures);
  }
}

TEST_CASE("a sparse bitmap is a bitmap", "[host][iova]") {
  constexpr std::uint64_t kBits = 200000;
  SparseBitmap bits(kBits);
  std::vector<bool> plain(kBits, false);
  RandomStream random(3, "bits");
  for (unsigned i = 0; i < 2000; ++i) {
    const std::uint64_t from = random.below(kBits);
    const std::uint64_t n = std::min(kBits - from, random.below(random.below(10) ? 300 : 70000));
    const bool value = random.below(2);
    value ? bits.set(from, n) : bits.reset(from, n);
    std::fill_n(plain.begin() + static_cast<long>(from), n, value);
    const std::uint64_t at = random.below(kBits);
    const std::uint64_t to = at + random.below(kBits - at) + 1;
    std::uint64_t clear = at, set = at;
    while (clear < to && plain[clear]) ++clear;
    while (set < to && !plain[set]) ++set;
    REQUIRE(bits.next_clear(at, to) == clear);
    REQUIRE(bits.next_set(at, to) == set);
    REQUIRE(bits.test(at) == plain[at]);
  }
  CHECK(bits.count() == static_cast<std::uint64_t>(std::count(plain.begin(), plain.end(), true)));
  CHECK(bits.count(100, 150000) ==
        static_cast<std::uint64_t>(std::count(plain.begin() + 100, plain.begin() + 150000, true)));
}

TEST_CASE("a window of 2^34 pages costs what is used of it", "[host][iova]") {
  for (const auto& kind : kIovaSpaces) {
    IovaSpaceParams p;
    p.page_shift = 16;
    p.first_page = (1ull << 59) >> 16;
    p.pages = 1ull << 34;
    p.cpus = 4;
    const auto space = make_iova_space(kind.name, p);
    std::uint64_t probes = 0;
    for (unsigned i = 0; i < 300000; ++i) {
      const std::uint64_t n = 1 + i % 40;
      IovaSearch s = pages_of(n, i % 4);
      const auto first = space->allocate(s);
      REQUIRE(first);
      REQUIRE(*first >= p.first_page);
      REQUIRE(*first + n <= p.first_page + p.pages);
      space->release(release_of(*first, n, i % 4, i));
    }
    probes = space->stats().probes;
    CHECK(probes < 300000ull * 100);
    CHECK(space->stats().failures == 0);
  }
}

// The generic allocator.

TEST_CASE("dma_iommu: from the top down, aligned to the size, bus address 0 never", "[host][iova]") {
  IovaSpaceParams p = default_window(1);
  p.generic.strict = true;
  p.generic.cached_orders = 0;
  DmaIommu space(p);
  CHECK(must_allocate(space, pages_of(1)) == 262143);
  CHECK(must_allocate(space, pages_of(4)) == 262136);
  CHECK(must_allocate(space, pages_of(1)) == 262135);
  CHECK(must_allocate(space, pages_of(3)) == 262132);
  // What is released above the last search is found only once there is nothing below.
  space.release(release_of(262136, 4));
  CHECK(must_allocate(space, pages_of(1)) == 262142);  // the search begins above what was released
  IovaSpaceParams tiny = p;
  tiny.pages = 4;
  DmaIommu small(tiny);
  CHECK(must_allocate(small, pages_of(1)) == 3);
  CHECK(must_allocate(small, pages_of(1)) == 2);
  CHECK(must_allocate(small, pages_of(1)) == 1);
  IovaSearch s = pages_of(1);
  CHECK_FALSE(small.allocate(s));
  small.release(release_of(2, 1));
  CHECK(must_allocate(small, pages_of(1)) == 2);
}

TEST_CASE("dma_iommu: what was released comes back from the CPU's magazine, newest first, without a lock",
          "[host][iova]") {
  IovaSpaceParams p = default_window(2);
  p.generic.strict = true;
  DmaIommu space(p);
  std::vector<std::uint64_t> firsts;
  for (unsigned i = 0; i < 4; ++i) firsts.push_back(must_allocate(space, pages_of(3)));
  CHECK(firsts[0] % 4 == 0);  // rounded to 4 pages
  for (const std::uint64_t first : firsts) {
    IovaRelease r = release_of(first, 3);
    CHECK(space.lock_of(r) == kNoLock);
    CHECK(space.step(r).done);
  }
  CHECK(space.cached_pages() == 16);
  for (unsigned i = 4; i-- > 0;) {
    IovaSearch s = pages_of(4);
    CHECK(space.lock_of(s) == kNoLock);
    const IovaStep step = space.step(s);
    REQUIRE(step.found);
    CHECK(step.first == firsts[i]);
  }
  CHECK(space.stats().cache_hits == 4);
  // More than 32 pages are not cached: the tree's lock.
  CHECK(space.lock_of(pages_of(33)) == 0);
  CHECK(space.lock_of(pages_of(32)) == kNoLock);
}

TEST_CASE("dma_iommu: two full magazines send one to the depot, where another CPU finds it", "[host][iova]") {
  IovaSpaceParams p = default_window(2);
  p.generic.strict = true;
  p.generic.magazine_entries = 8;
  DmaIommu space(p);
  std::vector<std::uint64_t> firsts;
  for (unsigned i = 0; i < 17; ++i) firsts.push_back(must_allocate(space, pages_of(1)));
  for (unsigned i = 0; i < 16; ++i) space.release(release_of(firsts[i], 1));
  IovaRelease r = release_of(firsts[16], 1);
  CHECK(space.lock_of(r) == kNoLock);
  CHECK_FALSE(space.step(r).done);
  CHECK(space.lock_of(r) == 1);
  CHECK(space.lock_name(1) == "depot0");
  CHECK(space.step(r).done);
  CHECK(space.cached_pages() == 17);
  // CPU 1 has nothing of its own.
  IovaSearch s = pages_of(1, 1);
  CHECK_FALSE(space.step(s).done);
  CHECK(space.lock_of(s) == 1);
  CHECK(space.step(s).found);
  CHECK(space.stats().depot_hits == 1);
  CHECK(space.lock_of(pages_of(1, 1)) == kNoLock);
  must_allocate(space, pages_of(1, 1));
  CHECK(space.stats().cache_hits == 1);
}

TEST_CASE("dma_iommu: a full space empties the magazines and tries again", "[host][iova]") {
  IovaSpaceParams p = default_window(1);
  p.pages = 65;
  p.generic.strict = true;
  p.generic.low_first = false;
  DmaIommu space(p);
  std::vector<std::uint64_t> firsts;
  for (unsigned i = 0; i < 64; ++i) firsts.push_back(must_allocate(space, pages_of(1)));
  for (const std::uint64_t first : firsts) space.release(release_of(first, 1));
  CHECK(space.cached_pages() == 64);
  CHECK(must_allocate(space, pages_of(32)) == 32);
  CHECK(space.stats().cache_purges == 1);
  CHECK(space.cached_pages() == 0);
}

TEST_CASE("dma_iommu: a flush queue takes one less than its entries, then one invalidation frees them all",
          "[host][iova]") {
  IovaSpaceParams p = default_window(1);
  p.generic.strict = false;
  DmaIommu space(p);
  unsigned kills = 0;
  std::uint64_t n = 0;
  for (; kills == 0; ++n) {
    REQUIRE(n < 1000);
    kills = space.release(release_of(must_allocate(space, pages_of(1)), 1, 0, 1000));
  }
  CHECK(n == 256);  // 255 waited; the 256th found the queue full
  CHECK(kills == 1);
  CHECK(space.queued() == 1);
  CHECK(space.cached_pages() == 254 + 1);
  CHECK(space.stats().queue_full == 1);
  CHECK(space.flush_due() == 1000 + 10 * kPsPerMs);
  // The timer empties the rest: one more invalidation.
  CHECK(space.release(IovaSpace::flush_timer(0, space.flush_due())) == 1);
  CHECK(space.queued() == 0);
  CHECK(space.flush_due() == kNever);
  CHECK(space.stats().queue_timer == 1);
  CHECK(space.release(IovaSpace::flush_timer(0, 0)) == 0);
}

TEST_CASE("dma_iommu: nothing is free before an invalidation that began after its release is over", "[host][iova]") {
  IovaSpaceParams p = default_window(2);
  p.generic.strict = false;
  p.generic.queue_entries = 4;
  DmaIommu space(p);
  for (unsigned i = 0; i < 3; ++i) space.release(release_of(must_allocate(space, pages_of(1)), 1));
  IovaRelease full = release_of(must_allocate(space, pages_of(1)), 1);
  CHECK(space.lock_name(static_cast<unsigned>(space.lock_of(full))) == "flush_queue0");
  CHECK(space.step(full).kill_all);
  CHECK(space.lock_name(static_cast<unsigned>(space.lock_of(full))) == "flush_queue0");  // held
  // Meanwhile CPU 1 releases, then the timer begins the second invalidation.
  space.release(release_of(must_allocate(space, pages_of(1, 1)), 1, 1));
  IovaRelease timer = IovaSpace::flush_timer(1, 0);
  CHECK(space.step(timer).kill_all);
  // The first ends: CPU 0's three are free, CPU 1's is not.
  CHECK_FALSE(space.step(full).done);
  CHECK(space.step(full).done);
  CHECK(space.cached_pages() == 3);
  CHECK(space.queued() == 2);
  // The second ends: CPU 1's is free; CPU 0's fourth was queued after it began and waits for the timer.
  while (!space.step(timer).done) {
  }
  CHECK(space.queued() == 1);
  CHECK(space.cached_pages() == 4);
  CHECK(space.flush_due() == p.generic.queue_timeout);
}

TEST_CASE("dma_iommu: below 4 GiB first, once in vain", "[host][iova]") {
  IovaSpaceParams p;
  p.page_shift = 16;
  p.pages = 1ull << 20;
  p.generic.strict = true;
  DmaIommu space(p);
  CHECK(must_allocate(space, pages_of(64)) == 0x10000 - 64);
  space.reserve(1, 0xFFFF);
  CHECK(must_allocate(space, pages_of(64)) == (1ull << 20) - 64);
  space.release(release_of(0x10000 - 64, 64));
  CHECK(must_allocate(space, pages_of(64)) == (1ull << 20) - 128);
}

TEST_CASE("dma_iommu: live pieces never overlap, and a failure means there is no room", "[host][iova]") {
  for (const unsigned orders : {0u, 6u}) {
    for (const bool strict : {true, false}) {
      IovaSpaceParams p = default_window(3);
      p.pages = 2048;
      p.generic.cached_orders = orders;
      p.generic.magazine_entries = 5;
      p.generic.depot_magazines = 3;
      p.generic.queue_entries = 16;
      p.generic.strict = strict;
      DmaIommu space(p), twin(p);
      RandomStream random(11, "dma_iommu");
      std::map<std::uint64_t, std::uint64_t> live;
      std::uint64_t failures = 0;
      for (unsigned i = 0; i < 30000; ++i) {
        const unsigned cpu = static_cast<unsigned>(random.below(3));
        if (live.empty() || random.below(100) < (i / 3000 % 2 ? 40u : 62u)) {
          IovaSearch s = pages_of(1 + random.below(random.below(3) ? 8 : 60), cpu);
          IovaSearch same = s;
          const auto got = space.allocate(s);
          REQUIRE(twin.allocate(same) == got);
          const std::uint64_t unit = 1ull << log2_ceil(s.pages);
          if (got) {
            REQUIRE(*got % unit == 0);
            REQUIRE(*got >= 1);
            REQUIRE(*got + s.pages <= 2048);
            const auto next = live.lower_bound(*got);
            REQUIRE((next == live.end() || next->first >= *got + s.pages));
            REQUIRE((next == live.begin() || std::prev(next)->first + std::prev(next)->second <= *got));
            live[*got] = s.pages;
          } else {
            ++failures;
            if (strict) {
              // Sizes that are cached were rounded up, when they were handed out, too.
              const auto rounded = [&](std::uint64_t n) { return orders && n <= 32 ? 1ull << log2_ceil(n) : n; };
              std::vector<bool> used(2048, false);
              used[0] = true;
              for (const auto& [first, n] : live) std::fill_n(used.begin() + static_cast<long>(first), rounded(n), true);
              for (std::uint64_t at = 0; at + rounded(s.pages) <= 2048; at += unit) {
                const auto from = used.begin() + static_cast<long>(at);
                REQUIRE(std::find(from, from + static_cast<long>(rounded(s.pages)), true) !=
                        from + static_cast<long>(rounded(s.pages)));
              }
            }
          }
        } else {
          auto at = live.lower_bound(random.below(2048));
          if (at == live.end()) at = live.begin();
          space.release(release_of(at->first, at->second, cpu, i));
          twin.release(release_of(at->first, at->second, cpu, i));
          live.erase(at);
        }
      }
      CHECK(failures > 0);
      CHECK(space.stats().allocations > 10000);
      if (!strict) {
        space.release(IovaSpace::flush_timer(0, 0));
        CHECK(space.queued() == 0);
      }
    }
  }
}
