// SPDX-License-Identifier: Apache-2.0
#include "models/arch/translate.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "models/arch/tce_table.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using test::PhbBench;
using test::PlainMemory;

namespace {

using Wide = unsigned __int128;

struct Expected {
  Fault fault = Fault::None;
  RealAddr real = 0;
  std::vector<RealAddr> fetched;
};

/// A walk written from phb.md 3.2 alone: division, bytes put together by hand, no code of the
/// model.
Expected brute_walk(const PlainMemory& memory, RealAddr root, unsigned levels, unsigned table_shift,
                    unsigned page_shift, std::uint64_t addr, std::uint64_t need) {
  Expected e;
  const Wide entries = static_cast<Wide>(1) << (table_shift - 3);
  Wide reach = static_cast<Wide>(1) << page_shift;
  std::vector<Wide> unit;
  for (unsigned l = 0; l < levels; ++l) {
    unit.push_back(reach);
    reach *= entries;
  }
  if (addr >= reach) {
    e.fault = Fault::TvtAddress;
    return e;
  }
  RealAddr table = root;
  for (unsigned l = levels; l-- > 0;) {
    const auto index = static_cast<std::uint64_t>(addr / unit[l] % entries);
    e.fetched.push_back(table + 8 * index);
    std::uint64_t tce = 0;
    for (unsigned i = 0; i < 8; ++i) tce = tce * 256 + memory.byte(table + 8 * index + i);
    if (tce % 4 == 0) {
      e.fault = Fault::TcePageFault;
      return e;
    }
    if (l > 0) {
      table = tce - tce % 4096;
    } else if ((tce & need) != need) {
      e.fault = Fault::TceAccessFault;
    } else {
      const std::uint64_t page = 1ull << page_shift;
      e.real = tce - tce % page + addr % page;
    }
  }
  return e;
}

/// Writes links and a leaf for `addr` by hand, tables at random places.
void build_path(PlainMemory& memory, RealAddr root, unsigned levels, unsigned table_shift,
                unsigned page_shift, std::uint64_t addr, std::uint64_t leaf,
                std::mt19937_64& random) {
  RealAddr table = root;
  for (unsigned l = levels; l-- > 0;) {
    const Wide unit = static_cast<Wide>(1) << (page_shift + (table_shift - 3) * l);
    const RealAddr at = table + 8 * static_cast<std::uint64_t>(
                                        addr / unit % (static_cast<Wide>(1) << (table_shift - 3)));
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) value = value << 8 | memory.byte(at + i);
    if (l == 0) {
      value = leaf;
    } else if (value % 4 == 0) {
      value = (random() & 0x00FFFFFFFFFFF000ull) |
              (1 + random() % 3);  // any permission lets a walk descend
    }
    unsigned char bytes[8];
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(value >> (56 - 8 * i));
    memory.write(at, bytes, 8);
    table = value & ~0xFFFull;
  }
}

}  // namespace

TEST_CASE("Walks of one to five levels agree with a brute-force walk for all page sizes") {
  std::mt19937_64 random(2024);
  int translated = 0, faulted = 0;
  for (const auto& facts : kGenerations) {
    for (const unsigned page_shift : facts.page_shifts) {
      for (unsigned levels = 1; levels <= 5; ++levels) {
        for (const unsigned table_shift : {12u, 16u, 19u, 22u}) {
          PhbBench b(facts.generation, facts.size);
          const RealAddr root = 0x00A0000000000000ull;
          const WindowShape shape{levels, root, 1ull << table_shift, page_shift};
          REQUIRE(check_shape(shape, facts).empty());
          b.tve(10, encode_translated(shape));
          const unsigned span = page_shift + levels * (table_shift - 3);
          const std::uint64_t reach = low_mask(std::min(span, 59u));
          std::vector<std::uint64_t> addrs;
          for (int i = 0; i < 8; ++i) {
            const std::uint64_t addr = random() & reach;
            addrs.push_back(addr);
            build_path(b.memory, root, levels, table_shift, page_shift, addr,
                       (random() & 0x00FFFFFFFFFFF000ull) | random() % 4, random);
          }
          addrs.push_back(addrs[0] ^ (1ull << page_shift));  // the neighbour page
          addrs.push_back(random() & reach);                 // most likely unmapped
          addrs.push_back(reach);
          if (span < 59) addrs.push_back(reach + 1);
          if (span < 59) addrs.push_back(reach + 1 + (random() & low_mask(20)));
          if (span < 58) addrs.push_back(addrs[0] | 1ull << (span + random() % (59 - span)));
          for (std::uint64_t addr : addrs) {
            if (addr >> 16 == 0xFFFF) addr -= 0x10000;  // the MSI window
            for (const auto& [access, need] :
                 {std::pair{Access::Read, 1ull}, std::pair{Access::Write, 2ull},
                  std::pair{Access::Atomic, 3ull}}) {
              const Expected e =
                  brute_walk(b.memory, root, levels, table_shift, page_shift, addr, need);
              const Translation t = b.dma(addr, access, 1);
              ++(e.fault == Fault::None ? translated : faulted);
              const std::vector<RealAddr> fetched(t.fetched.begin(), t.fetched.begin() + t.reads);
              if (t.fault != e.fault || t.real != e.real || fetched != e.fetched || t.pe != 5 ||
                  t.tve_index != 10) {
                FAIL(facts.name << ", page shift " << page_shift << ", " << levels
                                << " levels of 2^" << table_shift << " bytes, address " << std::hex
                                << addr << ": fault " << spec_of(t.fault).name << " instead of "
                                << spec_of(e.fault).name << ", real " << t.real << " instead of "
                                << e.real);
              }
              if (t.ok() && t.page_shift != page_shift) FAIL("page shift " << t.page_shift);
            }
          }
        }
      }
    }
  }
  // The comparison saw enough of both.
  CHECK(translated > 3000);
  CHECK(faulted > 3000);
}

TEST_CASE("What a table maps is what a device reaches, and nothing beyond the span") {
  std::mt19937_64 random(77);
  for (const auto& facts : kGenerations) {
    for (int round = 0; round < 40; ++round) {
      PhbBench b(facts.generation, facts.size);
      const unsigned page_shift = facts.page_shifts[random() % 4];
      const auto levels = static_cast<unsigned>(1 + random() % 5);
      const std::uint64_t table_bytes = 4 * kKiB << random() % 4;
      const std::uint64_t window = random() % 2;
      const BusAddr base = window << 59;
      TableRegion region(0x4000000000, 1ull << 40);
      TceTable table({levels, 0, table_bytes, page_shift}, region);
      b.tve(static_cast<std::uint32_t>(10 + window), encode_translated(table.shape()));
      const unsigned span = table.geometry().span_shift();
      for (int i = 0; i < 20; ++i) {
        std::uint64_t offset = random() & low_mask(std::min(span, 59u));
        if (window == 0 && offset >> 16 == 0xFFFF) continue;
        const RealAddr page = random() & low_mask(56) & ~low_mask(page_shift);
        table.put(b.memory, offset >> page_shift, page | kTcePermissions);
        const Translation t = b.dma(base | offset, Access::Write, 1);
        CHECK(t.ok());
        CHECK(t.real == (page | (offset & low_mask(page_shift))));
        CHECK(t.reads == levels);
        CHECK(t.permissions == kTcePermissions);
        if (span < 59) {
          const std::uint64_t outside = offset | 1ull << (span + random() % (59 - span));
          if (window == 0 && outside >> 16 == 0xFFFF) continue;
          const Translation o = b.dma(base | outside, Access::Write, 1);
          CHECK(o.fault == Fault::TvtAddress);
          CHECK(o.reads == 0);
        }
      }
    }
  }
}

TEST_CASE("Direction bits of links count only if asked to") {
  for (const bool strict : {false, true}) {
    PhbOptions options;
    options.check_indirect_direction = strict;
    PhbBench b(Generation::Phb4, PhbSize::Big, options);
    b.tve(10, encode_translated({2, 0x100000000, 4 * kKiB, 12}));
    b.memory.write_be64(0x100000000, 0x200000000 | kTceRead);
    b.memory.write_be64(0x200000000, 0x300000000 | kTcePermissions);
    CHECK(b.dma(0x10, Access::Read).real == 0x300000010ull);
    const Translation w = b.dma(0x10, Access::Write);
    CHECK(w.fault == (strict ? Fault::TceAccessFault : Fault::None));
    CHECK(w.reads == (strict ? 1u : 2u));
  }
}

TEST_CASE("A faulting walk tells the permissions it found and how far it came") {
  PhbBench b;
  b.tve(10, encode_translated({2, 0x100000000, 4 * kKiB, 12}));
  Translation t = b.dma(0x10);
  CHECK(t.fault == Fault::TcePageFault);
  CHECK(t.reads == 1);
  CHECK(t.fetched[0] == 0x100000000);
  b.memory.write_be64(0x100000000, 0x200000000 | 3);
  b.memory.write_be64(0x200000000, 0x300000000 | kTceWrite);
  t = b.dma(0x10);
  CHECK(t.fault == Fault::TceAccessFault);
  CHECK(t.reads == 2);
  CHECK(t.permissions == kTceWrite);
}

TEST_CASE("Without RTT nothing has a PE") {
  PhbBench b;
  b.tve(10, 0x0000000040001080ull);
  b.write(Reg::RttBar, PhbBench::kRtt);
  const Translation t = b.dma(0x1000);
  CHECK(t.fault == Fault::RttDisabled);
  CHECK(t.pe == kNoPe);
}

TEST_CASE("An RTE beyond the PEs aborts the request, or wraps by option") {
  PhbOptions wrap;
  wrap.wrap_rte_pe = true;
  for (const bool wrapping : {false, true}) {
    PhbBench b(Generation::Phb4, PhbSize::Big, wrapping ? wrap : PhbOptions{});
    b.tve(10, 0x0000000040001080ull);
    set_rte(b.memory, PhbBench::kRtt, 0x0300, 512 + 5);
    const Translation t = b.dma(0x1000, Access::Read, 8, 0x0300);
    CHECK(t.fault == (wrapping ? Fault::None : Fault::RtePeOutOfRange));
    CHECK(t.pe == (wrapping ? 5 : kNoPe));
  }
}

TEST_CASE("A DMA-stopped PE gets nothing through: DMA, bypass or MSI; an MMIO-frozen one does") {
  PhbBench b;
  b.tve(10, encode_translated({1, 0x100000000, 4 * kKiB, 12}));
  b.tve(11, 0x0000000040001080ull);
  b.memory.write_be64(0x100000008, 0x300000003);
  b.phb.set_msi_pe(0x123, 5);
  const auto all = [&](bool through) {
    CHECK(b.dma(0x1000).ok() == through);
    CHECK(b.dma((1ull << 59) | 0x1000).ok() == through);
    CHECK(b.msi(0x1000000000001200ull, 3).ok() == through);
    if (!through) CHECK(b.dma(0x1000).fault == Fault::PeStopped);
    if (!through) CHECK(b.dma(0x1000).pe == 5);
    if (!through) CHECK_FALSE(b.msi(0x1000000000001200ull, 3).is_msi);
  };
  all(true);
  b.phb.set_frozen(5, true, false);
  all(true);
  b.phb.set_frozen(5, false, true);
  all(false);
  b.phb.set_frozen(5, true, true);
  all(false);
  b.phb.set_frozen(5, false, false);
  b.phb.set_frozen(4, true, true);
  all(true);
}

TEST_CASE("An MSI is no memory access") {
  PhbBench b;
  b.phb.set_msi_pe(0x123, 5);
  const Translation t = b.msi(0xFFFF1200, 3);
  CHECK(t.ok());
  CHECK(t.is_msi);
  CHECK(t.source == 0x123);
  CHECK(t.reads == 0);
  CHECK(t.pe == 5);
}
