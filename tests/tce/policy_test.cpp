// SPDX-License-Identifier: Apache-2.0
// Replacement and set hash against sequences worked out by hand; prefetch, walk cache and negative
// caching in the running unit.
#include <set>
#include <vector>

#include "models/arch/tce_kill.hpp"
#include "models/tce/tce_cache.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;
using stats::Stage;
using stats::Stat;
using tce::TceCache;

namespace {

TceCache::Key key(std::uint64_t page) { return {page << 12, 5, 12}; }

TceCache one_set(const char* replacement, unsigned ways = 4) {
  return TceCache(1, ways, make_named(tce::kSetHashes, "modulo"), make_named(tce::kReplacements, replacement, 1u, ways));
}

/// Fills and uses as a script says: 3 fills page 3, -3 uses it.
void play(TceCache& cache, const std::vector<int>& script) {
  for (const int step : script) {
    if (step > 0) {
      cache.fill(key(static_cast<unsigned>(step)), 0, false);
    } else {
      REQUIRE(cache.lookup(key(static_cast<unsigned>(-step))) != nullptr);
    }
  }
}

std::vector<unsigned> held(const TceCache& cache, unsigned upto) {
  std::vector<unsigned> pages;
  for (unsigned p = 1; p <= upto; ++p)
    if (cache.contains(key(p))) pages.push_back(p);
  return pages;
}

using Pages = std::vector<unsigned>;

const Dma& read(Rig& rig, BusAddr addr) {
  const Dma& r = rig.device().read(rig.now(), addr);
  rig.run_for(20 * kPsPerUs);
  REQUIRE(r.is_done());
  return r;
}

}  // namespace

TEST_CASE("LRU evicts the page that was used longest ago") {
  TceCache c = one_set("lru");
  play(c, {1, 2, 3, 4, -1, -3, 5});
  CHECK(held(c, 9) == Pages{1, 3, 4, 5});
  play(c, {6});
  CHECK(held(c, 9) == Pages{1, 3, 5, 6});
  play(c, {-1, 7});
  CHECK(held(c, 9) == Pages{1, 5, 6, 7});
}

TEST_CASE("FIFO evicts the oldest fill, used or not") {
  TceCache c = one_set("fifo");
  play(c, {1, 2, 3, 4, -1, -1, 5});
  CHECK(held(c, 9) == Pages{2, 3, 4, 5});
  play(c, {-2, 6, 7});
  CHECK(held(c, 9) == Pages{4, 5, 6, 7});
}

TEST_CASE("PLRU follows its tree of bits") {
  TceCache c = one_set("plru");
  // Ways 0..3 hold 1..4; each access points the bits on its path away from it.
  // After 4 (way 3): root left, left node left (after 2: away from way 1), right node left.
  play(c, {1, 2, 3, 4});
  play(c, {5});  // root left, left node: last touched way 1, so way 0: page 1 goes
  CHECK(held(c, 9) == Pages{2, 3, 4, 5});
  play(c, {6});  // root right now; right node: last touched way 3, so way 2: page 3
  CHECK(held(c, 9) == Pages{2, 4, 5, 6});
  // True LRU would evict 2 now; using 6 (way 2) and then 5 (way 0) sends the tree to way 3: page 4.
  play(c, {-6, -5, 7});
  CHECK(held(c, 9) == Pages{2, 5, 6, 7});
}

TEST_CASE("PLRU refuses ways that are no power of two") {
  CHECK_THROWS_WITH(make_named(tce::kReplacements, "plru", 1u, 6u), Catch::Contains("6"));
}

TEST_CASE("Random replacement is the same sequence each time and spares no way") {
  std::vector<unsigned> counts(4, 0), order;
  for (int round = 0; round < 2; ++round) {
    auto policy = make_named(tce::kReplacements, "random", 1u, 4u);
    for (int i = 0; i < 1000; ++i) {
      const unsigned way = policy->victim(0);
      REQUIRE(way < 4);
      if (round == 0) {
        order.push_back(way);
        ++counts[way];
      } else {
        REQUIRE(way == order[static_cast<unsigned>(i)]);
      }
    }
  }
  // 250 each; the standard deviation of one count is 14.
  for (const unsigned n : counts) {
    CHECK(n > 190);
    CHECK(n < 310);
  }
}

TEST_CASE("A fill takes an empty way before it evicts, and its own way when the page is there") {
  for (const auto& policy : tce::kReplacements) {
    CAPTURE(policy.name);
    TceCache c(1, 4, make_named(tce::kSetHashes, "modulo"), policy.make(1, 4));
    for (unsigned p = 1; p <= 4; ++p) CHECK_FALSE(c.fill(key(p), p, false));
    CHECK_FALSE(c.fill(key(2), 22, false));
    CHECK(c.lookup(key(2))->tce == 22);
    CHECK(held(c, 9).size() == 4);
    CHECK(c.fill(key(5), 5, false));
    CHECK(held(c, 9).size() == 4);
    arch::TceKill kill;
    kill.kind = arch::TceKill::Kind::One;
    kill.pe = 5;
    kill.addr = 5 << 12;
    kill.page_shift = 12;
    CHECK(c.kill(kill) == 1);
    CHECK_FALSE(c.fill(key(6), 6, false));  // into the hole
    CHECK(held(c, 9).size() == 4);
  }
}

TEST_CASE("Working sets around the size of an LRU cache hit always or never") {
  for (const unsigned pages : {8u, 9u}) {
    TceCache c = one_set("lru", 8);
    unsigned hits = 0;
    for (unsigned i = 0; i < 10 * pages; ++i) {
      if (c.lookup(key(i % pages)) != nullptr) {
        ++hits;
      } else {
        c.fill(key(i % pages), 0, false);
      }
    }
    CHECK(hits == (pages == 8 ? 72 : 0));
  }
}

TEST_CASE("Every set hash spreads consecutive pages over all sets") {
  for (const auto& hash : tce::kSetHashes) {
    CAPTURE(hash.name);
    const TceCache c(256, 1, hash.make(), make_named(tce::kReplacements, "lru", 256u, 1u));
    std::vector<unsigned> used(256, 0);
    for (std::uint64_t p = 0; p < 1024; ++p) ++used[c.set_of(key(0x12340000 + p))];
    unsigned sets = 0;
    for (const unsigned n : used) {
      sets += n > 0 ? 1 : 0;
      CHECK(n <= 12);  // four on average
    }
    CHECK(sets >= 250);
  }
}

TEST_CASE("Modulo and fold give consecutive pages different sets, modulo ignores the PE") {
  for (const char* name : {"modulo", "fold"}) {
    CAPTURE(name);
    const TceCache c(256, 1, make_named(tce::kSetHashes, name), make_named(tce::kReplacements, "lru", 256u, 1u));
    std::set<unsigned> sets;
    for (std::uint64_t p = 0; p < 256; ++p) sets.insert(c.set_of(key(0x777 * 256 + p)));
    CHECK(sets.size() == 256);
  }
  const auto modulo = make_named(tce::kSetHashes, "modulo");
  const auto fold = make_named(tce::kSetHashes, "fold");
  const auto multiply = make_named(tce::kSetHashes, "multiply");
  CHECK(modulo->hash(1, 0x1234) == modulo->hash(2, 0x1234));
  CHECK(modulo->hash(1, 0x1234) == 0x1234);
  CHECK((fold->hash(1, 0x1234) & 255) != (fold->hash(2, 0x1234) & 255));
  CHECK((multiply->hash(1, 0x1234) & 255) != (multiply->hash(2, 0x1234) & 255));
}

TEST_CASE("Fold and multiply spread a stride of 256 pages that modulo puts into one set") {
  const auto sets_of = [](const char* name) {
    const TceCache c(256, 1, make_named(tce::kSetHashes, name), make_named(tce::kReplacements, "lru", 256u, 1u));
    std::set<unsigned> sets;
    for (std::uint64_t p = 0; p < 256; ++p) sets.insert(c.set_of(key(p * 256)));
    return sets.size();
  };
  CHECK(sets_of("modulo") == 1);
  CHECK(sets_of("fold") >= 64);
  CHECK(sets_of("multiply") >= 128);
}

TEST_CASE("The replacement policy decides which page of a running unit misses") {
  // Two pages alternate with a stream of others in a two-way cache of one set: LRU keeps the page in
  // use, FIFO does not.
  auto spec = rig_spec();
  spec.phbs[0].tce.sets = 1;
  spec.phbs[0].tce.ways = 2;
  build::PhbSpec second = spec.phbs[0];
  second.name = "phb1";
  second.tce.replacement = "fifo";
  spec.phbs.push_back(second);
  Rig rig(spec);
  for (unsigned i : {0u, 1u}) {
    Window w = rig.translated(kPe, 1, false, 12, 64 * kKiB, i);
    for (unsigned p = 0; p < 10; ++p) rig.map(w, p, 0x1000000 + 4096 * p);
    rig.warm(i);
    for (unsigned p = 1; p < 10; ++p) {
      rig.device(0, i).read(rig.now(), w.page(0));
      rig.run_for(10 * kPsPerUs);
      rig.device(0, i).read(rig.now(), w.page(p));
      rig.run_for(10 * kPsPerUs);
    }
    // LRU: page 0 misses once. FIFO: it goes with every second fill.
    CHECK(rig.count(Stat::TceHits, i) == (i == 0 ? 8 : 4));
  }
}

// ---------------------------------------------------------------------------------------------
// Prefetch

TEST_CASE("Next-page prefetch walks the following page at once and its first use is a hit") {
  auto spec = rig_spec();
  spec.phbs[0].tce.prefetch = "next_page";
  Rig rig(spec);
  Window w = rig.translated(kPe);
  for (unsigned i = 0; i < 8; ++i) rig.map(w, i, 0x1000000 + 4096 * i);
  const Tick t = rig.warm();
  const Dma& miss = rig.device().read(t, w.page(2));
  CHECK(rig.done_exactly(miss, t + kFront + kLookup + kMem + kMem));
  CHECK(rig.count(Stat::TceWalks) == 2);
  CHECK(rig.count(Stat::TcePrefetches) == 1);
  CHECK(rig.count(Stat::TceFills) == 2);
  const Tick u = t + 10 * kPsPerUs;
  const Dma& hit = rig.device().read(u, w.page(3));
  CHECK(rig.done_exactly(hit, u + kFront + kHit + kMem));
  CHECK(hit.real == 0x1003000);
  CHECK(rig.count(Stat::TcePrefetchHits) == 1);
  read(rig, w.page(3));
  CHECK(rig.count(Stat::TcePrefetchHits) == 1);  // used before
  CHECK(rig.count(Stat::TceWalks) == 2);         // hits prefetch nothing
}

TEST_CASE("A request joins the prefetch of its page that is under way") {
  auto spec = rig_spec();
  spec.phbs[0].tce.prefetch = "next_page";
  Rig rig(spec);
  Window w = rig.translated(kPe, 2);
  for (unsigned i = 0; i < 8; ++i) rig.map(w, i, 0x1000000 + 4096 * i);
  const Tick t = rig.warm();
  rig.device().read(t, w.page(2));
  const Dma& next = rig.device().read(t + 40 * kNs, w.page(3));
  CHECK(rig.done_exactly(next, t + kFront + kLookup + 2 * kMem + kMem));
  CHECK(rig.count(Stat::TceMerges) == 1);
  CHECK(rig.count(Stat::TcePrefetchHits) == 0);
}

TEST_CASE("A prefetch is dropped when no slot is free") {
  auto spec = rig_spec();
  spec.phbs[0].tce.prefetch = "next_page";
  spec.phbs[0].tce.walk_slots = 1;
  Rig rig(spec);
  Window w = rig.translated(kPe);
  for (unsigned i = 0; i < 8; ++i) rig.map(w, i, 0x1000000 + 4096 * i);
  const Tick t = rig.warm();
  const Dma& a = rig.device().read(t, w.page(2));
  const Dma& b = rig.device().read(t, w.page(5));
  CHECK(rig.done_exactly(a, t + kFront + kLookup + kMem + kMem));
  CHECK(rig.done_exactly(b, t + kFront + kLookup + 2 * kMem + kMem));
  CHECK(rig.count(Stat::TcePrefetches) == 0);
  CHECK(rig.count(Stat::TceWalks) == 2);
}

TEST_CASE("A prefetch of a page that is not mapped is silent") {
  auto spec = rig_spec();
  spec.phbs[0].tce.prefetch = "next_page";
  Rig rig(spec);
  Window w = rig.translated(kPe, 1, false, 12, 4 * kKiB);  // 512 pages
  rig.map(w, 2, 0x1000000);
  rig.map(w, 511, 0x2000000);
  rig.warm();
  CHECK(read(rig, w.page(2)).ok);
  CHECK(rig.count(Stat::TcePrefetches) == 1);
  CHECK(read(rig, w.page(511)).ok);  // the next page lies outside the window: nothing to fetch
  CHECK(rig.count(Stat::TcePrefetches) == 1);
  CHECK(rig.count(Stat::TceFaults) == 0);
  CHECK(rig.count(Stat::PhbFaults) == 0);
  CHECK_FALSE(rig.state().dma_stopped(kPe));
  CHECK(rig.count(Stat::TceFills) == 2);
}

TEST_CASE("Stride prefetch waits for two equal strides") {
  auto spec = rig_spec();
  spec.phbs[0].tce.prefetch = "stride";
  Rig rig(spec);
  Window w = rig.translated(kPe);
  for (unsigned i = 0; i < 64; ++i) rig.map(w, i, 0x1000000 + 4096 * i);
  rig.warm();
  read(rig, w.page(10));
  read(rig, w.page(14));
  CHECK(rig.count(Stat::TcePrefetches) == 0);
  read(rig, w.page(18));  // 4 again: 22 is fetched
  CHECK(rig.count(Stat::TcePrefetches) == 1);
  read(rig, w.page(22));
  CHECK(rig.count(Stat::TceHits) == 1);
  CHECK(rig.count(Stat::TcePrefetchHits) == 1);
  read(rig, w.page(50));
  CHECK(rig.count(Stat::TcePrefetches) == 1);
  read(rig, w.page(47));
  read(rig, w.page(44));  // backwards
  CHECK(rig.count(Stat::TcePrefetches) == 2);
  read(rig, w.page(41));
  CHECK(rig.count(Stat::TcePrefetchHits) == 2);
}

TEST_CASE("A kill removes a prefetched entry and hits a prefetch under way") {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  spec.phbs[0].tce.prefetch = "next_page";
  Rig rig(spec);
  Window w = rig.translated(kPe);
  for (unsigned i = 0; i < 8; ++i) rig.map(w, i, 0x1000000 + 4096 * i);
  const Tick t = rig.warm();
  rig.device().read(t, w.page(2));
  rig.at(t + 50 * kNs, [&] { rig.map(w, 3, 0x9000000); });
  rig.cpu().write(t + 51 * kNs, Reg::TceKill, arch::encode_kill_one(kPe, w.page(3), 12, rig.state().facts()));
  rig.run_for(10 * kPsPerUs);
  CHECK(rig.count(Stat::TceKilledWalks) == 1);
  CHECK(read(rig, w.page(3)).real == 0x9000000);
}

// ---------------------------------------------------------------------------------------------
// Walk cache

namespace {
build::SystemSpec walk_cache_spec(unsigned entries = 16) {
  auto spec = rig_spec();
  spec.phbs[0].phb.register_latency = kNs;
  spec.phbs[0].tce.walk_cache_entries = entries;
  return spec;
}
}  // namespace

TEST_CASE("The walk cache saves the fetches of levels it knows, one memory read each") {
  Rig rig(walk_cache_spec());
  Window w = rig.translated(kPe, 3, false, 12, 4 * kKiB);  // 512 entries a table
  rig.map(w, 5, 0x1000000);
  rig.map(w, 6, 0x2000000);        // the same leaf table
  rig.map(w, 512 + 5, 0x3000000);  // the same middle table
  rig.map(w, 512 * 512, 0x4000000);
  const Tick t = rig.warm();
  const Dma& cold = rig.device().read(t, w.page(5));
  CHECK(rig.done_exactly(cold, t + kFront + kLookup + 3 * kMem + kMem));
  const Tick u = t + 10 * kPsPerUs;
  const Dma& leaf = rig.device().read(u, w.page(6));
  CHECK(rig.done_exactly(leaf, u + kFront + kLookup + kMem + kMem));
  CHECK(leaf.stage(Stage::Walk1) == 0);
  CHECK(leaf.stage(Stage::Walk2) == 0);
  CHECK(leaf.stage(Stage::Walk3) == kMem);
  CHECK(leaf.real == 0x2000000);
  const Tick v = u + 10 * kPsPerUs;
  const Dma& middle = rig.device().read(v, w.page(512 + 5));
  CHECK(rig.done_exactly(middle, v + kFront + kLookup + 2 * kMem + kMem));
  CHECK(middle.stage(Stage::Walk1) == 0);
  CHECK(middle.stage(Stage::Walk2) == kMem);
  CHECK(middle.stage(Stage::Walk3) == kMem);
  CHECK(middle.real == 0x3000000);
  const Tick x = v + 10 * kPsPerUs;
  const Dma& root = rig.device().read(x, w.page(512 * 512));
  CHECK(rig.done_exactly(root, x + kFront + kLookup + 3 * kMem + kMem));
  CHECK(root.real == 0x4000000);
  CHECK(rig.count(Stat::TceWalkCacheHits) == 2);
  CHECK(rig.count(Stat::TceReads1) == 2);
  CHECK(rig.count(Stat::TceReads2) == 3);
  CHECK(rig.count(Stat::TceReads3) == 4);
}

TEST_CASE("A walk of one level has nothing for the walk cache") {
  Rig rig(walk_cache_spec());
  Window w = rig.translated(kPe);
  rig.map(w, 1, 0x1000000);
  rig.map(w, 2, 0x2000000);
  rig.warm();
  read(rig, w.page(1));
  read(rig, w.page(2));
  CHECK(rig.count(Stat::TceWalkCacheHits) == 0);
  CHECK(rig.count(Stat::TceReads1) == 2);
}

TEST_CASE("The walk cache goes with its PE, and with a kill of any page of it") {
  Rig rig(walk_cache_spec());
  rig.assign(kRid + 1, kPe + 1);
  Window w = rig.translated(kPe, 2, false, 12, 4 * kKiB);
  for (unsigned i = 0; i < 8; ++i) rig.map(w, i, 0x1000000 + 4096 * i);
  rig.warm();
  const auto fetches = [&](unsigned page) {
    const std::uint64_t before = rig.count(Stat::TceReads1) + rig.count(Stat::TceReads2);
    read(rig, w.page(page));
    return rig.count(Stat::TceReads1) + rig.count(Stat::TceReads2) - before;
  };
  const auto kill = [&](std::uint64_t word) {
    rig.cpu().write(rig.now(), Reg::TceKill, word);
    rig.run_for(kPsPerUs);
  };
  CHECK(fetches(0) == 2);
  CHECK(fetches(1) == 1);
  kill(arch::encode_kill_pe(kPe + 1));
  CHECK(fetches(2) == 1);
  kill(arch::encode_kill_pe(kPe));
  CHECK(fetches(3) == 2);
  CHECK(fetches(4) == 1);
  kill(arch::encode_kill_one(kPe, w.page(7), 12, rig.state().facts()));
  CHECK(fetches(5) == 2);
  kill(arch::encode_kill_all());
  CHECK(fetches(6) == 2);
}

TEST_CASE("A walk under way does not bring a link back into the walk cache after a kill") {
  Rig rig(walk_cache_spec());
  Window w = rig.translated(kPe, 2, false, 12, 4 * kKiB);
  const BusAddr a = rig.map(w, 1, 0x1000000);
  const BusAddr b = rig.map(w, 2, 0x2000000);
  const Tick t = rig.warm();
  // Walk for b: its root fetch is ordered at once. Then software moves the leaf table (the old one
  // keeps its entries) and kills page a.
  const Dma& walking = rig.device().read(t, b);
  rig.at(t + 30 * kNs, [&] {
    const RealAddr leaf = rig.system.region().allocate(4096);
    rig.store().write_be64(leaf + 8, 0x5000000 | arch::kTcePermissions);
    rig.store().write_be64(leaf + 16, 0x6000000 | arch::kTcePermissions);
    rig.store().write_be64(w.table->shape().table, leaf | arch::kTcePermissions);
  });
  rig.cpu().write(t + 31 * kNs, Reg::TceKill, arch::encode_kill_one(kPe, a, 12, rig.state().facts()));
  rig.run_for(10 * kPsPerUs);
  CHECK(walking.real == 0x2000000);  // b was not killed
  CHECK(read(rig, a).real == 0x5000000);
}

TEST_CASE("The walk cache keeps the two windows of a PE apart, large as they may be") {
  Rig rig(walk_cache_spec());
  // Spans beyond 59 bits: the select bit lies inside what a top-level table covers.
  Window lower = rig.translated(kPe, 5, false, 16, 64 * kKiB);
  Window upper = rig.translated(kPe, 5, true, 16, 64 * kKiB);
  rig.map(lower, 5, 0x10000);
  rig.map(lower, 6, 0x20000);
  rig.map(upper, 5, 0x30000);
  rig.map(upper, 6, 0x40000);
  CHECK(read(rig, lower.page(5)).real == 0x10000);
  CHECK(read(rig, upper.page(5)).real == 0x30000);
  CHECK(read(rig, lower.page(6)).real == 0x20000);
  CHECK(read(rig, upper.page(6)).real == 0x40000);
}

TEST_CASE("The walk cache keeps the two windows of a PE apart when 4 GiB divides them") {
  Rig rig(walk_cache_spec());
  rig.reg(Reg::Ctrlr, arch::kCtrlrTve1Above4G);
  Window lower = rig.translated(kPe, 4, false, 12, 4 * kKiB);
  Window upper = rig.translated(kPe, 4, true, 12, 4 * kKiB);
  upper.base = 0;
  const std::uint64_t at_4g = 4 * kGiB >> 12;
  rig.map(lower, 5, 0x1000000);
  rig.map(upper, at_4g + 5, 0x3000000);
  CHECK(read(rig, 5 << 12).real == 0x1000000);
  CHECK(read(rig, 4 * kGiB + (5 << 12)).real == 0x3000000);
}

// ---------------------------------------------------------------------------------------------
// Entries without permission

namespace {
/// Faults are recorded, but nothing freezes: the same page can be tried twice.
void no_freeze(Rig& rig) { rig.reg(Reg::RxeTceFreeze, 0); }
}  // namespace

TEST_CASE("A TCE without permission is walked again each time") {
  Rig rig;
  Window w = rig.translated(kPe);
  no_freeze(rig);
  rig.warm();
  CHECK(read(rig, w.page(3)).fault == arch::Fault::TcePageFault);
  CHECK(read(rig, w.page(3)).fault == arch::Fault::TcePageFault);
  CHECK(rig.count(Stat::TceWalks) == 2);
  CHECK(rig.count(Stat::TceFills) == 0);
  CHECK(rig.state().reg(Reg::RxeTceStatus) == ppc_bit(2));
  rig.map(w, 3, 0x1000000);  // mapped without a kill: seen at once
  CHECK(read(rig, w.page(3)).ok);
}

TEST_CASE("With negative caching it is found in the cache, and stays there until killed") {
  auto spec = rig_spec();
  spec.phbs[0].tce.cache_invalid = true;
  Rig rig(spec);
  Window w = rig.translated(kPe);
  no_freeze(rig);
  const Tick t = rig.warm();
  const Dma& first = rig.device().read(t, w.page(3));
  CHECK(rig.done_exactly(first, t + kFront + kLookup + kMem));  // no data access
  CHECK(first.fault == arch::Fault::TcePageFault);
  CHECK(rig.state().reg(Reg::RxeTceStatus) == ppc_bit(2));
  const Tick u = t + kPsPerUs;
  const Dma& second = rig.device().read(u, w.page(3));
  CHECK(rig.done_exactly(second, u + kFront + kHit));
  CHECK(second.fault == arch::Fault::TcePageFaultHit);
  CHECK(rig.state().reg(Reg::RxeTceStatus) == (ppc_bit(1) | ppc_bit(2)));
  CHECK(rig.count(Stat::TceWalks) == 1);
  rig.map(w, 3, 0x1000000);
  CHECK(read(rig, w.page(3)).fault == arch::Fault::TcePageFaultHit);  // why Linux kills after maps
  rig.cpu().write(rig.now(), Reg::TceKill, arch::encode_kill_pe(kPe));
  rig.run_for(kPsPerUs);
  CHECK(read(rig, w.page(3)).ok);
}

TEST_CASE("Negative caching keeps leaves only, not links") {
  auto spec = rig_spec();
  spec.phbs[0].tce.cache_invalid = true;
  Rig rig(spec);
  Window w = rig.translated(kPe, 2, false, 12, 4 * kKiB);
  no_freeze(rig);
  rig.warm();
  CHECK(read(rig, w.page(3)).fault == arch::Fault::TcePageFault);
  CHECK(read(rig, w.page(3)).fault == arch::Fault::TcePageFault);
  CHECK(rig.count(Stat::TceReads1) == 2);
  CHECK(rig.count(Stat::TceReads2) == 0);
}

TEST_CASE("A wrong direction raises RXE_TCE 2 on a miss and 1 on a hit") {
  Rig rig;
  Window w = rig.translated(kPe);
  no_freeze(rig);
  const BusAddr page = rig.map(w, 3, 0x1000000, arch::kTceRead);
  const Tick t = rig.warm();
  const Dma& miss = rig.device().write(t, page);
  CHECK(rig.done_exactly(miss, t + kFront + kLookup + kMem));
  CHECK(miss.fault == arch::Fault::TceAccessFault);
  CHECK(rig.state().reg(Reg::RxeTceStatus) == ppc_bit(2));
  rig.state().set_reg(Reg::RxeTceStatus, 0);
  const Tick u = t + kPsPerUs;
  const Dma& hit = rig.device().write(u, page);
  CHECK(rig.done_exactly(hit, u + kFront + kHit));
  CHECK(hit.fault == arch::Fault::TceAccessFaultHit);
  CHECK(rig.state().reg(Reg::RxeTceStatus) == ppc_bit(1));
  CHECK(read(rig, page).ok);  // reading is allowed, from the same entry
  CHECK(rig.count(Stat::TceWalks) == 1);
  CHECK(rig.bytes(0x1000000, 64) == std::vector<unsigned char>(64, 0));
}

TEST_CASE("Of two that join one walk, only the one in the wrong direction faults") {
  Rig rig;
  Window w = rig.translated(kPe);
  no_freeze(rig);
  const BusAddr page = rig.map(w, 3, 0x1000000, arch::kTceWrite);
  const Tick t = rig.warm();
  const Dma& write = rig.device().write(t, page);
  const Dma& bad = rig.device().read(t + 20 * kNs, page);
  rig.run_for(10 * kPsPerUs);
  CHECK(write.ok);
  CHECK(bad.fault == arch::Fault::TceAccessFault);
  CHECK(rig.count(Stat::TceWalks) == 1);
  CHECK(rig.count(Stat::TceFaults) == 1);
}
