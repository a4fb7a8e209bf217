// SPDX-License-Identifier: Apache-2.0
#include "models/arch/phb_state.hpp"

#include <random>

#include "models/base/check.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using test::PhbBench;

namespace {

constexpr BusAddr kWindow1 = 1ull << 59;
constexpr std::uint64_t kGte4Gb = 0x0000008000000000ull;  // CTRLR bit 24
std::uint64_t select_field(std::uint64_t value) { return value << 44; }

}  // namespace

TEST_CASE("The select field divides the TVT into 2, 4, 8 or 16 windows per PE") {
  for (std::uint64_t field = 0; field < 4; ++field) {
    const unsigned n = 2u << field;
    const unsigned low = field == 0 ? 59 : field == 1 ? 58 : field == 2 ? 57 : 56;
    PhbBench b;
    b.write(Reg::Ctrlr, select_field(field));
    CHECK(b.phb.tves_per_pe() == n);
    for (unsigned window = 0; window < n; ++window) {
      std::uint64_t offset = 0;
      const BusAddr addr = static_cast<BusAddr>(window) << low | 0x123456;
      CHECK(b.phb.select_tve(7, addr, offset) == 7 * n + window);
      CHECK(offset == 0x123456);
      const BusAddr last = (static_cast<BusAddr>(window + 1) << low) - 1;
      CHECK(b.phb.select_tve(7, last, offset) == 7 * n + window);
      CHECK(offset == (1ull << low) - 1);
    }
  }
}

TEST_CASE("Select fields beyond 3 mean 16 windows") {
  PhbBench b;
  for (std::uint64_t field = 4; field < 8; ++field) {
    b.write(Reg::Ctrlr, select_field(field));
    CHECK(b.phb.tves_per_pe() == 16);
  }
  b.write(Reg::Ctrlr, 0);
  CHECK(b.phb.tves_per_pe() == 2);
}

TEST_CASE("A PE whose windows lie beyond the TVT faults and does not alias") {
  for (std::uint64_t field = 0; field < 4; ++field) {
    PhbBench b;
    b.write(Reg::Ctrlr, select_field(field));
    const unsigned n = 2u << field;
    for (std::uint32_t i = 0; i < b.phb.facts().tves; ++i) b.phb.set_tve(i, 0x0000001234000C01ull);
    for (PeNumber pe = 0; pe < 512; ++pe) {
      const Route r = b.phb.route(pe, 0x1000, 8, Access::Read);
      const bool fits = pe * n + n <= 1024;
      if ((r.kind == Route::Kind::Translate) != fits)
        FAIL("PE " << pe << " with " << n << " windows");
      if (!fits && r.fault != Fault::TveInvalid) FAIL("fault of PE " << pe);
    }
  }
}

TEST_CASE("Each of 16 windows translates through its own TVE") {
  PhbBench b;
  b.write(Reg::Ctrlr, select_field(3));
  for (std::uint32_t w = 0; w < 16; ++w) {
    const RealAddr table = 0x100000000 + 0x10000ull * w;
    b.tve(5 * 16 + w, encode_translated({1, table, 4 * kKiB, 12}));
    b.memory.write_be64(table + 8 * 3, (0x700000000ull + 0x1000 * w) | 3);
  }
  for (std::uint32_t w = 0; w < 16; ++w) {
    const Translation t = b.dma(static_cast<BusAddr>(w) << 56 | 0x3456);
    CHECK(t.ok());
    CHECK(t.tve_index == 80 + w);
    CHECK(t.real == 0x700000456ull + 0x1000 * w);
  }
}

TEST_CASE("With the 4 GiB select TVE 1 takes everything from 4 GiB on and nothing is subtracted") {
  PhbBench b;
  b.write(Reg::Ctrlr, kGte4Gb);
  CHECK(b.phb.tve1_above_4g());
  struct Row {
    BusAddr addr;
    std::uint32_t index;
  };
  for (const Row& r :
       {Row{0, 10}, Row{0xFFFFFFFF, 10}, Row{0x100000000, 11}, Row{0x123456789A, 11}}) {
    std::uint64_t offset = 1;
    CHECK(b.phb.select_tve(5, r.addr, offset) == r.index);
    CHECK(offset == r.addr);
  }
  b.tve(11, encode_bypass(0, 256 * kGiB, b.phb.facts()));
  CHECK(b.dma(0x123456789A).real == 0x123456789Aull);
  CHECK(b.dma(0x2000).fault == Fault::TveInvalid);
  CHECK(b.dma(kWindow1 | 0x123456789A).fault ==
        Fault::TvtAddress);  // bit 59 is no window select now
  b.write(Reg::Ctrlr, 0);
  CHECK_FALSE(b.phb.tve1_above_4g());
  CHECK(b.dma(0x123456789A).fault == Fault::TveInvalid);
}

TEST_CASE("PHB3 has two windows whatever its control register holds") {
  PhbBench b(Generation::Phb3);
  b.write(Reg::Ctrlr, select_field(3) | kGte4Gb);
  CHECK(b.phb.tves_per_pe() == 2);
  CHECK_FALSE(b.phb.tve1_above_4g());
  std::uint64_t offset = 0;
  CHECK(b.phb.select_tve(5, kWindow1 | 0x100000000, offset) == 11);
  CHECK(offset == 0x100000000);
}

TEST_CASE("Addresses with upper bits are MSIs or faults") {
  PhbBench b;
  b.tve(10, encode_translated({1, 0x100000000, 4 * kTiB, 12}));
  for (std::uint64_t top = 1; top < 16; ++top) {
    INFO(top);
    const Route r = b.phb.route(5, top << 60 | 0x1000, 8, Access::Write);
    CHECK(r.kind == Route::Kind::Fault);
    CHECK(r.fault == (top == 1 ? Fault::MsiSize : Fault::TvtAddress));
  }
  b.write(Reg::PhbConfig, kConfigMsi32);
  CHECK(b.phb.route(5, 0x1000000000001000ull, 4, Access::Write).fault == Fault::TvtAddress);
}

TEST_CASE("The 32-bit MSI window exists only while it is enabled") {
  PhbBench b;
  b.tve(10, encode_translated({1, 0x100000000, 8 * kMiB, 12}));
  CHECK(b.phb.route(5, 0xFFFF1200, 4, Access::Read).fault == Fault::MsiRead);
  CHECK(b.phb.route(5, 0xFFFEFFFC, 4, Access::Read).kind == Route::Kind::Translate);
  b.write(Reg::PhbConfig, kConfigMsi64);
  CHECK(b.phb.route(5, 0xFFFF1200, 4, Access::Read).kind == Route::Kind::Translate);
}

TEST_CASE("An MSI fires only as an aligned 4-byte write of a source of the PE") {
  struct Row {
    const char* what;
    BusAddr addr;
    std::uint64_t length;
    Access access;
    std::uint32_t data;
    Fault fault;
  };
  const BusAddr wide = 0x1000000000000000ull;
  for (const Generation generation : {Generation::Phb3, Generation::Phb4, Generation::Phb5}) {
    PhbBench b(generation);
    b.phb.set_msi_pe(0x123, 5);
    b.phb.set_msi_pe(0x124, 6);
    const std::uint32_t last = b.phb.facts().interrupts - 1;
    b.phb.set_msi_pe(last, 5);
    const MsiMessage top = encode_msi(last, true);
    for (const Row& r :
         {Row{"64 bit", wide | 0x1200, 4, Access::Write, 3, Fault::None},
          Row{"32 bit", 0xFFFF1200, 4, Access::Write, 3, Fault::None},
          Row{"last source", top.addr, 4, Access::Write, top.data, Fault::None},
          Row{"read", wide | 0x1200, 4, Access::Read, 3, Fault::MsiRead},
          Row{"atomic", 0xFFFF1200, 4, Access::Atomic, 3, Fault::MsiRead},
          Row{"2 bytes", wide | 0x1200, 2, Access::Write, 3, Fault::MsiSize},
          Row{"8 bytes", 0xFFFF1200, 8, Access::Write, 3, Fault::MsiSize},
          Row{"unaligned", wide | 0x1202, 4, Access::Write, 3, Fault::MsiAlignment},
          Row{"other PE", wide | 0x1200, 4, Access::Write, 4, Fault::MsiPeMismatch},
          Row{"beyond the sources", wide | 0x10000, 4, Access::Write, 0, Fault::MsiSource},
          Row{"far beyond", wide | 0xFFE00, 4, Access::Write, 31, Fault::MsiSource}}) {
      INFO(b.phb.facts().name << ": " << r.what);
      const Route route = b.phb.route(5, r.addr, r.length, r.access, r.data);
      CHECK(route.fault == r.fault);
      CHECK((route.kind == Route::Kind::Msi) == (r.fault == Fault::None));
    }
  }
}

TEST_CASE("Every source can be routed by the message that names it") {
  PhbBench b;
  for (std::uint32_t source = 0; source < 4096; ++source) b.phb.set_msi_pe(source, source % 512);
  for (std::uint32_t source = 0; source < 4096; ++source) {
    for (const bool wide : {false, true}) {
      const MsiMessage m = encode_msi(source, wide);
      const Route r = b.phb.route(source % 512, m.addr, 4, Access::Write, m.data);
      if (r.kind != Route::Kind::Msi || r.source != source) FAIL("source " << source);
      if (b.phb.route((source + 1) % 512, m.addr, 4, Access::Write, m.data).fault !=
          Fault::MsiPeMismatch)
        FAIL("source " << source << " fires for another PE");
    }
  }
}

TEST_CASE("A bypass range takes the bytes from start to before its end") {
  PhbBench b;
  const std::uint64_t granule = 16 * kMiB;
  const BusAddr start = 3 * granule, end = 7 * granule;
  b.tve(11, encode_bypass(kWindow1 | start, end - start, b.phb.facts()));
  struct Row {
    std::uint64_t offset, length;
    bool inside;
  };
  for (const Row& r :
       {Row{start - 1, 1, false}, Row{start, 1, true}, Row{start - 4, 8, false},
        Row{end - 1, 1, true}, Row{end - 8, 8, true}, Row{end - 4, 8, false}, Row{end, 1, false},
        Row{0, 8, false}, Row{1ull << 50 | start, 8, false}, Row{1ull << 58 | start, 8, false}}) {
    INFO(r.offset << " + " << r.length);
    const Translation t = b.dma(kWindow1 | r.offset, Access::Write, r.length);
    CHECK(t.fault == (r.inside ? Fault::None : Fault::TvtAddress));
    if (r.inside) CHECK(t.real == r.offset);
    if (r.inside) CHECK(t.permissions == 3);
    CHECK(t.reads == 0);
  }
}

TEST_CASE("An empty or reversed bypass range takes nothing") {
  PhbBench b;
  for (const auto& [start, end] :
       {std::pair<BusAddr, BusAddr>{kGiB, kGiB}, std::pair<BusAddr, BusAddr>{2 * kGiB, kGiB}}) {
    b.tve(10, encode_bypass(start, end - start, b.phb.facts()));
    for (const BusAddr addr : {BusAddr{0}, kGiB - 8, BusAddr{kGiB}, kGiB + 4096, 2 * kGiB})
      CHECK(b.dma(addr).fault == Fault::TvtAddress);
  }
}

TEST_CASE("The largest bypass range ends at its last granule") {
  PhbBench b;
  const std::uint64_t size = kPiB - 16 * kMiB;
  REQUIRE(check_bypass(kWindow1, size, 1).empty());
  b.tve(11, encode_bypass(kWindow1, size, b.phb.facts()));
  CHECK(b.dma(kWindow1 | (size - 8)).real == size - 8);
  CHECK(b.dma(kWindow1 | size).fault == Fault::TvtAddress);
}

TEST_CASE("PHB3 bypasses without bit 56") {
  PhbBench b(Generation::Phb3);
  b.tve(11, 0x0000000040001000ull);
  CHECK(b.dma(kWindow1 | 0x123456789A).real == 0x123456789Aull);
  CHECK(b.dma(kWindow1 | 256 * kGiB).fault == Fault::TvtAddress);
  // On PHB4 the same word is neither a range nor the peer-to-peer form.
  PhbBench four;
  four.tve(11, 0x0000000040001000ull);
  CHECK(four.dma(kWindow1 | 0x123456789A).fault == Fault::TveInvalid);
}

TEST_CASE("A peer-to-peer initiator has no range check") {
  for (const Generation generation : {Generation::Phb4, Generation::Phb5}) {
    PhbBench b(generation);
    b.tve(11, 0x1000);
    // 0x0006_0000_0000_0000 is where the MMIO windows of the other PHBs lie.
    for (const std::uint64_t offset : {0x0ull, 0x0003FFFFFFFFFFF8ull, 0x0006000000000000ull,
                                       0x0006020000001000ull, 0x07FFFFFFFFFFFFF8ull}) {
      INFO(offset);
      const Translation t = b.dma(kWindow1 | offset);
      CHECK(t.ok());
      CHECK(t.real == offset);
    }
  }
  PhbBench three(Generation::Phb3);
  three.tve(11, 0x1000);
  CHECK(three.dma(kWindow1 | 0x1000).fault == Fault::TvtAddress);
}

TEST_CASE("The prefix register supplies the real address bits above the low 50") {
  PhbBench b;
  b.tve(11, 0x0000000040001080ull);
  b.write(Reg::NxlatePrefix, 0x0024000000001000ull);
  CHECK(b.dma(kWindow1 | 0x123456789A).real == 0x002400123456789Aull);
  PhbBench three(Generation::Phb3);  // the offset is another register there
  three.tve(11, 0x0000000040001000ull);
  three.write(Reg::NxlatePrefix, 0x0014000000000000ull);
  CHECK(three.dma(kWindow1 | 0x123456789A).real == 0x123456789Aull);
}

TEST_CASE("A translated request must lie in the span with its last byte, too") {
  PhbBench b;
  b.tve(10, encode_translated({1, 0x100000000, 4 * kKiB, 12}));  // 2 MiB
  CHECK(b.phb.route(5, 2 * kMiB - 8, 8, Access::Read).kind == Route::Kind::Translate);
  CHECK(b.phb.route(5, 2 * kMiB - 8, 9, Access::Read).fault == Fault::TvtAddress);
  CHECK(b.phb.route(5, 2 * kMiB, 1, Access::Read).fault == Fault::TvtAddress);
  // Window 1 sees the same offsets.
  b.tve(11, encode_translated({1, 0x100000000, 4 * kKiB, 12}));
  const Route r = b.phb.route(5, kWindow1 | 0x1234, 4, Access::Read);
  CHECK(r.kind == Route::Kind::Translate);
  CHECK(r.tve_index == 11);
  CHECK(r.offset == 0x1234);
  CHECK(r.tve == &b.phb.tve(11));
  CHECK(b.phb.route(5, kWindow1 | 2 * kMiB, 1, Access::Read).fault == Fault::TvtAddress);
}

TEST_CASE("A new TVE word holds from the next request on") {
  PhbBench b;
  b.tve(11, 0x0000000040001080ull);
  CHECK(b.dma(kWindow1 | 0x1000).ok());
  b.tve(11, 0);
  CHECK(b.dma(kWindow1 | 0x1000).fault == Fault::TveInvalid);
  CHECK(b.phb.tve_word(11) == 0);
}

TEST_CASE("An RTE beyond the PEs names none, or wraps if asked to") {
  for (const auto& facts : kGenerations) {
    const PhbState strict(facts.generation, facts.size);
    PhbOptions options;
    options.wrap_rte_pe = true;
    const PhbState wrapping(facts.generation, facts.size, options);
    for (const std::uint32_t rte : {0u, 5u, facts.max_pes - 1}) {
      CHECK(strict.pe_of_rte(static_cast<std::uint16_t>(rte)) == rte);
      CHECK(wrapping.pe_of_rte(static_cast<std::uint16_t>(rte)) == rte);
    }
    for (const std::uint32_t rte : {facts.max_pes, facts.max_pes + 5, 0xFFFFu}) {
      CHECK_FALSE(strict.pe_of_rte(static_cast<std::uint16_t>(rte)).has_value());
      CHECK(wrapping.pe_of_rte(static_cast<std::uint16_t>(rte)) == rte % facts.max_pes);
    }
  }
}

TEST_CASE("Page sizes no firmware uses are accepted by option only") {
  PhbOptions options;
  options.allow_any_page_size = true;
  for (const bool any : {false, true}) {
    PhbBench b(Generation::Phb4, PhbSize::Big, any ? options : PhbOptions{});
    CHECK(b.phb.options().allow_any_page_size == any);
    b.tve(10, encode_translated({1, 0x100000000, 4 * kKiB, 24}));
    CHECK((b.phb.tve(10).kind == Tve::Kind::Translated) == any);
  }
}

TEST_CASE("Tables are not written beyond their ends") {
  PhbState small(Generation::Phb4, PhbSize::Small);
  CHECK_THROWS_AS(small.set_tve(512, 0), ModelError);
  CHECK_NOTHROW(small.set_tve(511, 0));
  CHECK_THROWS_AS(small.set_msi_pe(2048, 0), ModelError);
  CHECK_NOTHROW(small.set_msi_pe(2047, 0));
}
