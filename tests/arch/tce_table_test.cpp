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
  table.plan_put(512, 0xABC000, stores);  // an address without permissions is no mapping either
  CHECK(stores.empty());
  CHECK(region.used() == 4 * kKiB);
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
