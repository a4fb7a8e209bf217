// SPDX-License-Identifier: Apache-2.0
#include "models/arch/tce_table.hpp"

#include <algorithm>
#include <random>
#include <unordered_map>
#include <vector>

#include "models/arch/translate.hpp"
#include "models/base/check.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/plain_memory.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using test::PlainMemory;

TEST_CASE("A region hands out aligned, disjoint tables until it is full") {
  TableRegion region(0x10001000, 256 * kKiB);
  CHECK(region.base() == 0x10001000);
  CHECK(region.used() == 0);
  CHECK(region.allocate(4 * kKiB) == 0x10001000);
  CHECK(region.allocate(64 * kKiB) == 0x10010000);
  CHECK(region.allocate(4 * kKiB) == 0x10020000);
  CHECK(region.used() == 0x20000);
  CHECK(region.allocate(64 * kKiB) == 0x10030000);
  CHECK_THROWS_AS(region.allocate(64 * kKiB), UserError);
  CHECK_THROWS_WITH(region.allocate(64 * kKiB), Catch::Contains("64 KiB") &&
                                                    Catch::Contains("256 KiB") &&
                                                    Catch::Contains("0x10001000"));
  CHECK(region.allocate(4 * kKiB) == 0x10040000);  // a refusal takes nothing
  CHECK_THROWS_AS(region.allocate(4 * kKiB), UserError);
}

TEST_CASE("A region of exactly one table gives one table") {
  TableRegion region(0x8000, 0x8000);
  CHECK(region.allocate(0x8000) == 0x8000);
  CHECK_THROWS_AS(region.allocate(0x1000), UserError);
}

TEST_CASE("A request that wraps around the address space is refused") {
  TableRegion region(0xFFFFFFFF00000000ull, 0xFFFF0000ull);
  CHECK_THROWS_AS(region.allocate(1ull << 63), UserError);
}

TEST_CASE("Table sizes are the smallest even split that covers the window") {
  for (unsigned levels = 1; levels <= 5; ++levels) {
    for (const unsigned page_shift : {12u, 16u, 21u, 24u, 28u, 30u}) {
      for (unsigned window_shift = 20; window_shift <= 50; ++window_shift) {
        const std::uint64_t window = 1ull << window_shift;
        // Smallest power of two of at least 4 KiB whose entries, to the power of the levels, reach.
        std::uint64_t expected = 4 * kKiB;
        for (;; expected *= 2) {
          unsigned __int128 covered = static_cast<unsigned __int128>(1) << page_shift;
          for (unsigned l = 0; l < levels && covered < window; ++l) covered *= expected / 8;
          if (covered >= window) break;
        }
        INFO(levels << " levels, page shift " << page_shift << ", window 2^" << window_shift);
        if (table_bytes_for(window, page_shift, levels, 4 * kKiB) != expected)
          CHECK(table_bytes_for(window, page_shift, levels, 4 * kKiB) == expected);
      }
    }
  }
  CHECK(table_bytes_for(4 * kGiB, 12, 1) == 8 * kMiB);  // G1's window
  CHECK(table_bytes_for(3 * kGiB, 12, 1) == 8 * kMiB);  // no power of two: the next one
  // A kernel with 64 KiB pages, by default: example B of phb.md 2.4, 256 GiB of 64 KiB pages.
  CHECK(table_bytes_for(256 * kGiB, 16, 2) == 64 * kKiB);
}

TEST_CASE("A table takes its root from the region unless it has one") {
  TableRegion region(0x100000, kMiB);
  const TceTable own({1, 0, 64 * kKiB, 16}, region);
  CHECK(own.shape().table == 0x100000);
  CHECK(own.geometry().table == 0x100000);
  CHECK(own.page_shift() == 16);
  CHECK(own.table_bytes() == 64 * kKiB);
  CHECK(own.leaf_address(3) == 0x100018);
  const TceTable given({1, 0x7000, 4 * kKiB, 12}, region);
  CHECK(given.geometry().table == 0x7000);
  CHECK(region.used() == 64 * kKiB);
}

TEST_CASE("The geometry of a table is what its TVE word decodes to") {
  TableRegion region(0x100000000, kGiB);
  const GenerationFacts& facts = facts_of(Generation::Phb4, PhbSize::Big);
  for (unsigned levels = 1; levels <= 5; ++levels) {
    const TceTable table({levels, 0, 64 * kKiB, 21}, region);
    const Tve tve = decode_tve(encode_translated(table.shape()), facts);
    CHECK(tve.levels == table.geometry().levels);
    CHECK(tve.bits_per_level == table.geometry().bits_per_level);
    CHECK(tve.page_shift == table.geometry().page_shift);
    CHECK(tve.table == table.geometry().table);
  }
}

TEST_CASE("Links are stored before the entry below them, with both permissions") {
  TableRegion region(0x100000, kMiB);
  TceTable table({3, 0, 4 * kKiB, 12}, region);
  const std::uint64_t index = 5ull << 18 | 6ull << 9 | 7;
  CHECK(table.leaf_address(index) == 0);
  std::vector<TceTable::Store> stores;
  table.plan_put(index, 0x777777003, stores);
  REQUIRE(stores.size() == 3);
  CHECK(stores[0].addr == 0x100000 + 8 * 5);
  CHECK(stores[0].value == (0x101000 | 3));
  CHECK(stores[1].addr == 0x101000 + 8 * 6);
  CHECK(stores[1].value == (0x102000 | 3));
  CHECK(stores[2].addr == 0x102000 + 8 * 7);
  CHECK(stores[2].value == 0x777777003ull);
  CHECK(table.leaf_address(index) == 0x102038);
  CHECK(table.table_bytes() == 12 * kKiB);

  stores.clear();
  table.plan_put(index + 1, 0x888001, stores);  // same leaf table
  CHECK(stores.size() == 1);
  stores.clear();
  table.plan_put(index, 0, stores);  // clearing an existing entry is a store
  REQUIRE(stores.size() == 1);
  CHECK(stores[0].value == 0);
}

TEST_CASE("Clearing below a missing table needs no store and takes no memory") {
  TableRegion region(0x100000, kMiB);
  TceTable table({2, 0, 4 * kKiB, 12}, region);
  std::vector<TceTable::Store> stores;
  table.plan_put(512, 0, stores);
  CHECK(stores.empty());
  CHECK(region.used() == 4 * kKiB);
  // A word without permissions is kept where software put it, to be read back (ddw-vfio.md 2.3).
  table.plan_put(512, 0xABC000, stores);
  REQUIRE(stores.size() == 2);
  CHECK(stores[1].value == 0xABC000);
}

TEST_CASE("An entry beyond the span is a broken invariant") {
  TableRegion region(0x100000, kMiB);
  TceTable table({2, 0, 4 * kKiB, 12}, region);
  std::vector<TceTable::Store> stores;
  CHECK_NOTHROW(table.plan_put((1ull << 18) - 1, 3, stores));
  CHECK_THROWS_AS(table.plan_put(1ull << 18, 3, stores), ModelError);
}

TEST_CASE("Tables whose index needs more than 64 bits are built") {
  TableRegion region(1ull << 50, 1ull << 52);
  PlainMemory memory;
  TceTable table({5, 0, kGiB, 12}, region);  // 27 bits a level
  table.put(memory, 0x0000123456789ABCull, 0x777777003);
  const Translation t =
      walk(table.geometry(), 0x0000123456789ABCull << 12 | 0xDEF, Access::Read, memory);
  CHECK(t.ok());
  CHECK(t.real == 0x777777DEFull);
}

TEST_CASE("A store reaches memory as big-endian bytes") {
  TableRegion region(0x100000, kMiB);
  PlainMemory memory;
  TceTable table({1, 0, 4 * kKiB, 12}, region);
  table.put(memory, 2, 0x0102030405060703ull);
  for (unsigned i = 0; i < 7; ++i) CHECK(memory.byte(0x100010 + i) == i + 1);
  CHECK(memory.byte(0x100017) == 3);
}

TEST_CASE("What is put is found by the walk, and nothing else is") {
  std::mt19937_64 random(42);
  for (const auto& facts : kGenerations) {
    for (const unsigned page_shift : facts.page_shifts) {
      for (unsigned levels = 1; levels <= 5; ++levels) {
        const std::uint64_t table_bytes = levels == 1 ? kMiB : 4 * kKiB << random() % 5;
        TableRegion region(0x4000000000, 1ull << 40);
        PlainMemory memory;
        TceTable table({levels, 0, table_bytes, page_shift}, region);
        const Tve& tve = table.geometry();
        const unsigned index_bits = std::min(tve.bits_per_level * levels, 59 - page_shift);
        std::unordered_map<std::uint64_t, std::uint64_t> expected;
        for (int i = 0; i < 60; ++i) {
          // Neighbours and strangers, overwrites and clears.
          const std::uint64_t index = i % 3 == 2 && !expected.empty()
                                          ? expected.begin()->first ^ (random() % 4)
                                          : random() & low_mask(index_bits);
          const std::uint64_t page = random() & low_mask(56) & ~low_mask(page_shift);
          const std::uint64_t tce = page | (i % 7 == 6 ? 0 : 1 + random() % 3);
          table.put(memory, index, tce);
          expected[index] = tce;
        }
        for (const auto& [index, tce] : expected) {
          const std::uint64_t in_page = random() & low_mask(page_shift);
          for (const Access access : {Access::Read, Access::Write, Access::Atomic}) {
            const Translation t = walk(tve, index << page_shift | in_page, access, memory);
            const std::uint64_t need = access == Access::Read ? 1 : access == Access::Write ? 2 : 3;
            const Fault fault = (tce & 3) == 0         ? Fault::TcePageFault
                                : (tce & need) == need ? Fault::None
                                                       : Fault::TceAccessFault;
            INFO(facts.name << ", page shift " << page_shift << ", " << levels << " levels, index "
                            << index);
            if (t.fault != fault) CHECK(t.fault == fault);
            if (t.ok() && t.real != ((tce & ~3ull) | in_page))
              CHECK(t.real == ((tce & ~3ull) | in_page));
            if (t.ok() && t.fetched[t.reads - 1] != table.leaf_address(index))
              CHECK(t.fetched[t.reads - 1] == table.leaf_address(index));
          }
          const std::uint64_t stranger = index ^ 0x55;
          if (expected.count(stranger) == 0 &&
              walk(tve, stranger << page_shift, Access::Read, memory).ok())
            FAIL("unmapped page " << stranger << " is found");
        }
      }
    }
  }
}

TEST_CASE("A region hands out rows of tables or nothing") {
  TableRegion region(0x10001000, 256 * kKiB);
  CHECK(region.allocate(64 * kKiB, 3) == 0x10010000);
  CHECK(region.used() == 0x3F000);
  CHECK_THROWS_WITH(region.allocate(4 * kKiB, 3),
                    Catch::Contains("3 times 4 KiB") && Catch::Contains("256 KiB"));
  CHECK_THROWS_AS(region.allocate(4 * kKiB, ~0ull), UserError);
  CHECK(region.allocate(4 * kKiB) == 0x10040000);
}

TEST_CASE("A fully populated table has all tables and links from the start") {
  TableRegion region(0x100000, kMiB);
  // 512 entries a table; 1025 pages need three leaf tables and one above them.
  TceTable table({3, 0, 4 * kKiB, 12}, region, Population::Full, 1025);
  CHECK(table.table_bytes() == 20 * kKiB);
  CHECK(region.used() == 20 * kKiB);
  std::vector<TceTable::Store> links;
  table.plan_full(links);
  REQUIRE(links.size() == 4);
  const std::pair<RealAddr, std::uint64_t> expected[] = {
      {0x100000, 0x101003}, {0x101000, 0x102003}, {0x101008, 0x103003}, {0x101010, 0x104003}};
  for (unsigned i = 0; i < 4; ++i) {
    CHECK(links[i].addr == expected[i].first);
    CHECK(links[i].value == expected[i].second);
  }
  CHECK(table.leaf_address(0) == 0x102000);
  CHECK(table.leaf_address(1024) == 0x104000);
  CHECK(table.leaf_address(1536) == 0);  // its table would be the fourth
  std::vector<TceTable::Store> stores;
  table.plan_put(513, 0x777003, stores);  // no link any more
  REQUIRE(stores.size() == 1);
  CHECK(stores[0].addr == 0x103008);
  CHECK_THROWS_AS(table.plan_put(1025, 3, stores), ModelError);

  PlainMemory memory;
  for (const auto& s : links) memory.write_be64(s.addr, s.value);
  table.put(memory, 1024, 0x888000 | 3);
  CHECK(walk(table.geometry(), 1024ull << 12 | 0x123, Access::Read, memory).real == 0x888123);
  CHECK(table.table_bytes() == 20 * kKiB);
}

TEST_CASE("Without a number of pages a fully populated table covers its span") {
  TableRegion region(0x100000, 4 * kMiB);
  const TceTable two({2, 0, 4 * kKiB, 12}, region, Population::Full);
  CHECK(two.table_bytes() == 513 * 4 * kKiB);
  const TceTable one({1, 0, 64 * kKiB, 12}, region, Population::Full);
  CHECK(one.table_bytes() == 64 * kKiB);
  std::vector<TceTable::Store> links;
  one.plan_full(links);
  CHECK(links.empty());
  CHECK_THROWS_AS(TceTable({5, 0, 4 * kKiB, 12}, region, Population::Full), UserError);
  CHECK_THROWS_AS(TceTable({5, 0, kGiB, 12}, region, Population::Full), UserError);
  CHECK_THROWS_AS(TceTable({1, 0x1000, 4 * kKiB, 12}, region, Population::Full, 513), ModelError);
  CHECK_NOTHROW(TceTable({1, 0x1000, 4 * kKiB, 12}, region, Population::Full, 512));
}

TEST_CASE("Tables on demand have no links ahead, and a window of few pages keeps to them") {
  TableRegion region(0x100000, kMiB);
  TceTable table({2, 0, 4 * kKiB, 12}, region, Population::OnDemand, 600);
  std::vector<TceTable::Store> stores;
  table.plan_full(stores);
  CHECK(stores.empty());
  CHECK(table.table_bytes() == 4 * kKiB);
  CHECK_NOTHROW(table.plan_put(599, 3, stores));
  CHECK_THROWS_AS(table.plan_put(600, 3, stores), ModelError);
}

TEST_CASE("Full and on-demand tables translate alike") {
  std::mt19937_64 random(7);
  for (unsigned levels = 1; levels <= 3; ++levels) {
    TableRegion region(0x4000000000, kTiB);
    PlainMemory demand_memory, full_memory;
    const std::uint64_t entries = 1ull << (levels == 1 ? 9 : 12);
    TceTable demand({levels, 0, 4 * kKiB, 16}, region, Population::OnDemand, entries);
    TceTable full({levels, 0, 4 * kKiB, 16}, region, Population::Full, entries);
    std::vector<TceTable::Store> links;
    full.plan_full(links);
    for (const auto& s : links) full_memory.write_be64(s.addr, s.value);
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t index = random() % entries;
      const std::uint64_t tce = (random() & low_mask(56) & ~low_mask(16)) | random() % 4;
      demand.put(demand_memory, index, tce);
      full.put(full_memory, index, tce);
    }
    for (std::uint64_t index = 0; index < entries; ++index) {
      const Translation a = walk(demand.geometry(), index << 16, Access::Read, demand_memory);
      const Translation b = walk(full.geometry(), index << 16, Access::Read, full_memory);
      if (a.fault != b.fault || a.real != b.real) FAIL(levels << " levels, page " << index);
    }
    CHECK(demand.table_bytes() <= full.table_bytes());
  }
}

TEST_CASE("Clearing a range stores to existing tables and skips absent ones whole") {
  TableRegion region(0x100000, kMiB);
  TceTable table({2, 0, 4 * kKiB, 12}, region);
  std::vector<TceTable::Store> stores;
  table.plan_put(512, 3, stores);      // leaf table 1 at 0x101000
  table.plan_put(4 * 512, 3, stores);  // leaf table 4 at 0x102000
  stores.clear();
  // From the middle of table 0 to the second entry of table 4.
  Clearing work = table.plan_clear(256, 4 * 512 + 2 - 256, stores);
  CHECK(work.examined == 512 + 2);
  CHECK(work.skipped == 3);  // 0, 2, 3
  REQUIRE(stores.size() == 514);
  for (std::uint64_t i = 0; i < 514; ++i) {
    const RealAddr expected = i < 512 ? 0x101000 + 8 * i : 0x102000 + 8 * (i - 512);
    if (stores[i].addr != expected || stores[i].value != 0) FAIL("store " << i);
  }
  stores.clear();
  work = table.plan_clear(256, 4 * 512 + 2 - 256, stores, ClearWalk::EveryEntry);
  CHECK(work.examined == 4 * 512 + 2 - 256);
  CHECK(work.skipped == 0);
  CHECK(stores.size() == 514);
  CHECK(table.table_bytes() == 12 * kKiB);  // nothing is freed

  stores.clear();
  work = table.plan_clear(700, 5, stores);  // inside one table
  CHECK(work.examined == 5);
  CHECK(stores.front().addr == 0x101000 + 8 * 188);
  work = table.plan_clear(0, 0, stores);
  CHECK(work.examined + work.skipped == 0);
  CHECK(stores.size() == 5);
  CHECK_THROWS_AS(table.plan_clear(1ull << 18, 1, stores), ModelError);
  CHECK_THROWS_AS(table.plan_clear(1, 1ull << 18, stores), ModelError);
  CHECK_THROWS_AS(table.plan_clear(1, ~0ull, stores), ModelError);
}

TEST_CASE("Leaf tables are counted below absent tables of upper levels, too") {
  TableRegion region(0x100000, kMiB);
  TceTable table({3, 0, 4 * kKiB, 12}, region);
  std::vector<TceTable::Store> stores;
  table.plan_put(1ull << 18, 3, stores);  // second table of the middle level, its first leaf table
  const Clearing work = table.clear_work(0, 1ull << 27);
  CHECK(work.examined == 512);
  CHECK(work.skipped == (1ull << 18) - 1);
  const Clearing all = table.clear_work(0, 1ull << 27, ClearWalk::EveryEntry);
  CHECK(all.examined == 1ull << 27);
  CHECK(all.skipped == 0);
  // A range that ends inside what the absent table would span.
  CHECK(table.clear_work(100, 1000).skipped == 3);
}

TEST_CASE("Tables whose index needs more than 64 bits are cleared to their end") {
  TableRegion region(1ull << 50, 1ull << 52);
  TceTable table({5, 0, kGiB, 12}, region);  // 27 bits a level
  std::vector<TceTable::Store> stores;
  table.plan_put(~0ull, 3, stores);
  stores.clear();
  const Clearing work = table.plan_clear(~0ull - 1, 2, stores);
  CHECK(work.examined == 2);
  CHECK(stores.size() == 2);
  CHECK(table.clear_work(0, ~0ull).skipped == (1ull << 37) - 1);
}

TEST_CASE("What was cleared is no longer found, its neighbours are") {
  TableRegion region(0x4000000000, kGiB);
  PlainMemory memory;
  TceTable table({2, 0, 4 * kKiB, 12}, region);
  for (const std::uint64_t index : {0ull, 511ull, 512ull, 1023ull, 5000ull})
    table.put(memory, index, 0x777000 | 3);
  std::vector<TceTable::Store> stores;
  table.plan_clear(511, 2, stores);
  for (const auto& s : stores) memory.write_be64(s.addr, s.value);
  const auto found = [&](std::uint64_t index) {
    return walk(table.geometry(), index << 12, Access::Read, memory).ok();
  };
  CHECK(found(0));
  CHECK_FALSE(found(511));
  CHECK_FALSE(found(512));
  CHECK(found(1023));
  CHECK(found(5000));
}

TEST_CASE("NVLink's sparse window: thousands of MiB of tables at once, about 4 MiB on demand") {
  // ddw-vfio.md 7.1: 16 GiB at 0 and as much GPU RAM at 0x244000000000, 64K pages.
  const std::uint64_t gpu = 0x244000000000ull;
  const std::uint64_t pages = 16 * kGiB >> 16;
  const std::uint64_t entries = (gpu + 16 * kGiB) >> 16;
  const unsigned shift = *linux_level_shift(64 * kTiB, 16, 2);
  REQUIRE(shift == 18);
  TableRegion region(0x4000000000, kTiB);
  const TceTable full({2, 0, 1ull << shift, 16}, region, Population::Full, entries);
  CHECK(full.table_bytes() == 4642 * kMiB + 256 * kKiB);

  TceTable demand({2, 0, 1ull << shift, 16}, region, Population::OnDemand, entries);
  std::vector<TceTable::Store> stores;
  for (const BusAddr start : {BusAddr{0}, gpu})
    for (std::uint64_t i = 0; i < pages; ++i)
      demand.plan_put((start >> 16) + i, i << 16 | 3, stores);
  CHECK(demand.table_bytes() == 4 * kMiB + 256 * kKiB);  // leaf tables and the root
  CHECK(stores.size() == 2 * pages + 16);
}

TEST_CASE(
    "Teardown of a sparse window: 1e9 lookups one by one, half a million if absent tables are "
    "skipped") {
  // ddw-vfio.md 7.1 and 7.2: 3 minutes, 180 ns a TCE, against seconds for a guest of 32 GiB.
  TableRegion region(0x4000000000, kTiB);
  TceTable table({2, 0, 256 * kKiB, 16}, region);
  std::vector<TceTable::Store> stores;
  for (std::uint64_t i = 0; i < 32 * kGiB >> 16; ++i) table.plan_put(i, i << 16 | 3, stores);
  const std::uint64_t window = 64 * kTiB >> 16;
  const Clearing before = table.clear_work(0, window, ClearWalk::EveryEntry);
  CHECK(before.examined == 1ull << 30);
  const Clearing after = table.clear_work(0, window);
  CHECK(after.examined == 524288);
  CHECK(after.skipped == 32768 - 16);
  const std::uint64_t ns = 180;
  CHECK(before.examined * ns > 180'000'000'000);
  CHECK((after.examined + after.skipped) * ns < 1'000'000'000);
}

TEST_CASE("Linux charges the table sizes of the reference") {
  CHECK(linux_table_size(2 * kGiB, 12, 1) == 8 * kMiB);
  CHECK(linux_table_size(kGiB, 12, 1) == 4 * kMiB);
  CHECK(linux_table_size(kTiB, 16, 1) == 256 * kMiB);
  CHECK(linux_table_size(kTiB, 16, 2) == 268566528);
  CHECK(linux_table_size(kTiB, 21, 1) == 8 * kMiB);
  CHECK(linux_table_size(kTiB, 24, 1) == kMiB);
  // A table is a kernel page at least, at each level.
  CHECK(linux_table_size(kTiB, 30, 1) == 128 * kKiB);
  CHECK(linux_table_size(kTiB, 30, 1, 12) == 16 * kKiB);
  CHECK(linux_table_size(kTiB, 30, 5) == 5 * 128 * kKiB);
  CHECK(linux_table_size(1ull << 63, 12, 1) == 1ull << 55);
  // A window of one page; less is none.
  CHECK(linux_table_size(64 * kKiB, 16, 1) == 128 * kKiB);
  CHECK(linux_table_size(32 * kKiB, 16, 1) == 0);
  CHECK(linux_table_size(kTiB, 16, 0) == 0);
  CHECK(linux_table_size(kTiB, 16, 6) == 0);
  CHECK(linux_table_size(kTiB - 1, 16, 1) == 0);
  CHECK(linux_table_size(0, 16, 1) == 0);
}

TEST_CASE("Linux charges twice what a fully populated table takes") {
  for (unsigned levels = 1; levels <= 3; ++levels) {
    for (const std::uint64_t window : {kGiB, 64 * kGiB, kTiB}) {
      TableRegion region(0x4000000000, kTiB);
      const std::uint64_t bytes = 1ull << *linux_level_shift(window, 12, levels, 12);
      const TceTable table({levels, 0, bytes, 12}, region, Population::Full, window >> 12);
      CHECK(linux_table_size(window, 12, levels, 12) == 2 * table.table_bytes());
    }
  }
}

TEST_CASE("Linux splits the entries over the levels and refuses what reaches 55 bits") {
  CHECK(linux_level_shift(2 * kGiB, 12, 1) == 22u);
  CHECK(linux_level_shift(kTiB, 16, 2) == 16u);
  CHECK(linux_level_shift(kTiB, 16, 2, 12) == 15u);
  CHECK(linux_level_shift(kTiB, 12, 3, 12) == 13u);  // 28 bits: 10 a level
  CHECK(linux_level_shift(kTiB, 16, 0) == std::nullopt);
  CHECK(linux_level_shift(kTiB, 16, 6) == std::nullopt);
  CHECK(linux_level_shift(3 * kGiB, 16, 1) == std::nullopt);
  CHECK(linux_level_shift(0, 16, 1) == std::nullopt);
  CHECK(linux_level_shift(4 * kKiB, 16, 1) == std::nullopt);
  CHECK(linux_level_shift(1ull << 54, 12, 1) == 45u);
  CHECK(linux_level_shift(1ull << 55, 12, 1) == std::nullopt);
  // 64 KiB tables: 13 bits a level, so three levels of 64K pages are 55 bits whatever the window.
  CHECK(linux_level_shift(kGiB, 16, 3) == std::nullopt);
  CHECK(linux_level_shift(kGiB, 12, 3) == 16u);
  CHECK(linux_table_size(kGiB, 16, 3) == 8 * 64 * kKiB);
}

TEST_CASE("A region gives released tables out again, the lowest first, to requests of their size") {
  TableRegion region(0x10000, kMiB);
  const RealAddr a = region.allocate(4 * kKiB), b = region.allocate(4 * kKiB), c = region.allocate(4 * kKiB);
  region.release(c, 4 * kKiB);
  region.release(a, 4 * kKiB);
  CHECK(region.in_use() == 4 * kKiB);
  CHECK(region.allocate(64 * kKiB) > c);
  CHECK(region.allocate(4 * kKiB) == a);
  CHECK(region.allocate(4 * kKiB) == c);
  CHECK(region.in_use() == 76 * kKiB);
  CHECK(region.allocate(4 * kKiB) > c);
  CHECK(region.allocate(4 * kKiB, 2) > c);  // in a row: never from what came back
  region.release(b, 4 * kKiB);
  CHECK_THROWS_AS(region.release(b, 4 * kKiB), ModelError);
  CHECK_THROWS_AS(region.release(region.base() + region.used(), 4 * kKiB), ModelError);
}

TEST_CASE("ensure makes the tables of a run, links first; entries then need no table") {
  PlainMemory memory;
  TableRegion region(0x100000, kMiB);
  TceTable table({3, 0, 4 * kKiB, 12}, region);
  std::vector<TceTable::Store> links;
  table.ensure(0x1FF, 0x202, links);  // leaves 0, 1 and 2
  CHECK(links.size() == 4);
  CHECK(links[0].addr == table.shape().table);
  CHECK(table.table_bytes() == 5 * 4 * kKiB);
  const auto before = region.used();
  std::vector<TceTable::Store> stores;
  for (std::uint64_t i = 0x1FF; i <= 0x400; ++i) table.plan_put(i, 3, stores);
  CHECK(stores.size() == 0x202);
  CHECK(region.used() == before);
  std::vector<TceTable::Piece> pieces;
  table.for_each_piece(0, 0x1000, [&](const TceTable::Piece& p) { pieces.push_back(p); });
  REQUIRE(pieces.size() == 3);
  CHECK(pieces[1].index == 0x200);
  CHECK(pieces[1].count == 0x200);
  CHECK(pieces[1].entry == table.leaf_address(0x200));
}

TEST_CASE("ensure without enough memory leaves table, region and list as they were") {
  TableRegion region(0x100000, 4 * 4 * kKiB);
  TceTable table({2, 0, 4 * kKiB, 12}, region);
  std::vector<TceTable::Store> links{{1, 2}};
  CHECK_THROWS_AS(table.ensure(0, 4 * 512, links), UserError);
  CHECK(links.size() == 1);
  CHECK(table.table_bytes() == 4 * kKiB);
  CHECK(table.leaf_address(0) == 0);
  CHECK(region.in_use() == 4 * kKiB);
  table.ensure(0, 3 * 512, links);
  CHECK(links.size() == 4);
}

TEST_CASE("A table gives all its tables back, each cleaned before") {
  for (const auto population : {Population::OnDemand, Population::Full}) {
    TableRegion region(0x100000, kMiB);
    TceTable table({3, 0, 4 * kKiB, 12}, region, population, 0x1000);
    std::vector<TceTable::Store> stores;
    table.ensure(0, 0x1000, stores);
    const auto bytes = table.table_bytes();
    std::uint64_t cleaned = 0;
    table.give_back([&](RealAddr, std::uint64_t n) {
      CHECK(region.in_use() == bytes - cleaned);
      cleaned += n;
    });
    CHECK(cleaned == bytes);
    CHECK(region.in_use() == 0);
  }
}

TEST_CASE("A root that the table was given is not given back") {
  TableRegion region(0x100000, kMiB);
  TceTable table({1, 0x800000, 4 * kKiB, 12}, region);
  table.give_back([](RealAddr, std::uint64_t) { FAIL("not its own"); });
}
