// SPDX-License-Identifier: Apache-2.0
// The golden vectors of phb.md 7.7 (PHB4, big) that concern tables and translation. G19 and G20
// are about stale caches: see the tests of the timed modules.
#include "models/arch/tce_kill.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using test::PhbBench;

namespace {

/// The table of G1 and the bypass of G2 are set up as firmware does it.
struct Golden : PhbBench {
  Golden() {
    ioda(0x000900000000000Aull, 0x0000001234000C01ull);
    ioda(0x000900000000000Bull, 0x0000000040001080ull);
  }
  /// IODA reads of the two freeze bits.
  bool pesta(PeNumber pe) { return ioda(0x0007000000000000ull | pe) >> 63 != 0; }
  bool pestb(PeNumber pe) { return ioda(0x0008000000000000ull | pe) >> 63 != 0; }
  std::uint64_t tce_status() { return read(Reg::RxeTceStatus); }
  std::uint64_t arb_status() { return read(Reg::RxeArbStatus); }
};

}  // namespace

TEST_CASE("G1: a translated window of PE 5 is TVE 10 with the word of the reference") {
  const GenerationFacts& facts = facts_of(Generation::Phb4, PhbSize::Big);
  const WindowShape shape{1, 0x123400000, 8 * kMiB, 12};
  REQUIRE(check_shape(shape, facts).empty());
  CHECK(encode_translated(shape) == 0x0000001234000C01ull);
  PhbBench b;
  b.ioda(0x000900000000000Aull, encode_translated(shape));
  CHECK(b.phb.tve_word(10) == 0x0000001234000C01ull);
  CHECK(b.phb.tve(10).kind == Tve::Kind::Translated);
  std::uint64_t offset = 0;
  CHECK(b.phb.select_tve(5, 0, offset) == 10);
}

TEST_CASE("G2: 256 GiB of bypass in window 11 is the word of the reference") {
  const GenerationFacts& facts = facts_of(Generation::Phb4, PhbSize::Big);
  REQUIRE(check_bypass(1ull << 59, 256 * kGiB, 11).empty());
  CHECK(encode_bypass(1ull << 59, 256 * kGiB, facts) == 0x0000000040001080ull);
  PhbBench b;
  b.ioda(0x000900000000000Bull, 0x0000000040001080ull);
  CHECK(b.phb.tve(11).kind == Tve::Kind::Bypass);
  CHECK(b.ioda(0x000900000000000Bull) == 0x0000000040001080ull);
}

TEST_CASE("G3: writing 0 to TVE 10 disables the window") {
  Golden b;
  b.memory.write_be64(0x123400010, 0x0000000777777003ull);
  CHECK(b.dma(0x2ABC).ok());
  b.ioda(0x000900000000000Aull, 0);
  CHECK(b.phb.tve(10).kind == Tve::Kind::Invalid);
  CHECK(b.dma(0x2ABC).fault == Fault::TveInvalid);
}

TEST_CASE("G4: the kill of PE 5 is the word of the reference and decodes to it") {
  CHECK(encode_kill_pe(5) == 0x4000000000000005ull);
  const TceKill kill = decode_kill(0x4000000000000005ull, facts_of(Generation::Phb4, PhbSize::Big));
  CHECK(kill.kind == TceKill::Kind::Pe);
  CHECK(kill.pe == 5);
}

TEST_CASE("G5: mapping a whole bus writes 256 big-endian entries") {
  test::PlainMemory memory;
  const RealAddr base = 0x20000000;
  fill_rtt(memory, base, 511);
  for (unsigned devfn = 0; devfn < 256; ++devfn)
    set_rte(memory, base, static_cast<Rid>(0x0100 | devfn), 5);
  for (unsigned at = 0x200; at <= 0x3FF; ++at)
    CHECK(memory.byte(base + at) == (at % 2 == 0 ? 0x00 : 0x05));
  CHECK(memory.read_be16(base + 0x1FE) == 511);
  CHECK(memory.read_be16(base + 0x400) == 511);
  CHECK(rte_address(base, 0x0100) == base + 0x200);
}

TEST_CASE("G6 to G8: freeze set, status and clear go through PESTA, PESTB and the derived PEEV") {
  Golden b;
  // G6: set both.
  for (const std::uint64_t table : {0x0007000000000005ull, 0x0008000000000005ull}) {
    const std::uint64_t old = b.ioda(table);
    CHECK(old == 0);
    b.ioda(table, old | ppc_bit(0));
  }
  CHECK(b.frozen_both(5));
  // G7: the PEEV word shows PE 5, both bits read back.
  CHECK(b.ioda(0x0014000000000000ull) == 0x0400000000000000ull);
  CHECK(b.pesta(5));
  CHECK(b.pestb(5));
  CHECK(b.dma(0x2ABC).fault == Fault::PeStopped);
  // G8: clear both; PEEV reads 0 in all eight words.
  b.ioda(0x0007000000000005ull, 0);
  CHECK(b.ioda(0x0014000000000000ull) == 0x0400000000000000ull);  // one bit is left
  b.ioda(0x0008000000000005ull, 0);
  b.phb.write_register(0x220, 0x8014000000000000ull);
  for (int word = 0; word < 8; ++word) CHECK(b.phb.read_register(0x228) == 0);
  CHECK(b.phb.read_register(0x220) == 0x8014000000000000ull);  // eight reads wrap around
  CHECK(b.dma(0x2ABC).fault == Fault::TcePageFault);
}

TEST_CASE("G9: a DMA read goes to the page of its TCE") {
  Golden b;
  b.memory.write_be64(0x123400010, 0x0000000777777003ull);
  const Translation t = b.dma(0x2ABC);
  CHECK(t.ok());
  CHECK(t.real == 0x777777ABCull);
  CHECK(t.pe == 5);
  CHECK(t.reads == 1);
  CHECK(t.fetched[0] == 0x123400010ull);
}

TEST_CASE("G10 and G11: wrong direction and no permission freeze PE 5 with their causes") {
  struct Vector {
    std::uint64_t tce;
    bool hit;
    Fault fault;
    unsigned status_bit, cause;
  };
  for (const Vector& v : {Vector{0x0000000777777002ull, false, Fault::TceAccessFault, 2, 19},
                          Vector{0x0000000777777002ull, true, Fault::TceAccessFaultHit, 1, 19},
                          Vector{0, false, Fault::TcePageFault, 2, 18},
                          Vector{0, true, Fault::TcePageFaultHit, 1, 18}}) {
    INFO(spec_of(v.fault).name);
    Golden b;
    b.memory.write_be64(0x123400010, v.tce);
    Translation t = b.dma(0x2ABC);
    if (v.hit) {
      // Whether an entry was cached is for the timed models to say.
      CHECK(t.fault != Fault::None);
      t.fault = v.fault;
    }
    REQUIRE(t.fault == v.fault);
    b.raise(t, 0x2ABC, TransactionType::DmaRead);
    CHECK(b.tce_status() == ppc_bit(v.status_bit));
    CHECK(b.arb_status() == 0);
    // TTYPE 2, cause, RID; the LEM number is not public.
    CHECK((b.pest(5, 0) & ~ppc_mask(26, 31)) ==
          (ppc_bit(0) | 2ull << 56 | ppc_bit(v.cause) | 0x0100ull << 16));
    CHECK(b.pest(5, 1) == (ppc_bit(0) | 0x2ABC));
    CHECK(b.pesta(5));
    CHECK(b.pestb(5));
    CHECK_FALSE(b.phb.fenced());
    CHECK(b.dma(0x2ABC).fault == Fault::PeStopped);
  }
}

TEST_CASE("G12: the first address beyond the span is a TVT address error") {
  Golden b;
  b.memory.write_be64(0x123400000, 0x0000000777777003ull);  // what an aliasing model would find
  b.memory.write_be64(0x123400000 + 8 * 0xFFFEFull, 0x0000000777777003ull);
  CHECK(b.dma(0xFFFEFFF8).ok());
  const Translation t = b.dma(0x100000000);
  REQUIRE(t.fault == Fault::TvtAddress);
  b.raise(t, 0x100000000, TransactionType::DmaRead);
  CHECK(b.arb_status() == ppc_bit(28));
  CHECK((b.pest(5, 0) & ppc_mask(8, 21)) == ppc_bit(16));
  CHECK(b.pest(5, 1) == (ppc_bit(0) | 0x100000000ull));
  CHECK(b.frozen_both(5));
}

TEST_CASE("G13: bypass keeps the address and drops the window bit") {
  Golden b;
  const Translation t = b.dma(0x0800001234567890ull);
  CHECK(t.ok());
  CHECK(t.real == 0x1234567890ull);
  CHECK(t.tve_index == 11);
}

TEST_CASE("G14: the end of a bypass range is exclusive") {
  Golden b;
  CHECK(b.dma(0x0800003FFFFFFFF8ull).real == 0x3FFFFFFFF8ull);
  const Translation t = b.dma(0x0800004000000000ull);
  REQUIRE(t.fault == Fault::TvtAddress);
  b.raise(t, 0x0800004000000000ull, TransactionType::DmaRead);
  CHECK(b.arb_status() == ppc_bit(28));
}

TEST_CASE("G15: an unassigned requester freezes the reserved PE") {
  Golden b;
  const Translation t = b.dma(0x1000, Access::Read, 8, 0x0200);
  REQUIRE(t.fault == Fault::TveInvalid);
  CHECK(t.pe == 511);
  b.raise(t, 0x1000, TransactionType::DmaRead, 0x0200);
  CHECK(b.arb_status() == ppc_bit(26));
  CHECK(b.frozen_both(511));
  CHECK_FALSE(b.phb.dma_stopped(5));
  CHECK(b.ioda(0x0014000000000007ull) == 1);
}

TEST_CASE("G16: an MSI of its PE fires after firmware granted the source") {
  Golden b;
  CHECK(b.msi(0x1000000000001200ull, 3).fault == Fault::MsiPeMismatch);
  b.phb.write_register(0x220, 0x0002000000000048ull);
  const std::uint64_t selected = b.phb.read_register(0x220);
  b.ioda(selected | 1ull << 32, 0x0005);
  CHECK(b.phb.read_register(0x220) == 0x0002000100000048ull);
  const Translation t = b.msi(0x1000000000001200ull, 3);
  CHECK(t.ok());
  CHECK(t.is_msi);
  CHECK(t.source == 0x123);
}

TEST_CASE("G17: an MSI of another PE's source freezes the requester") {
  Golden b;
  b.ioda(0x0002000100000048ull, 0x0005);
  set_rte(b.memory, PhbBench::kRtt, 0x0108, 6);
  const Translation t = b.msi(0x1000000000001200ull, 3, 0x0108);
  REQUIRE(t.fault == Fault::MsiPeMismatch);
  CHECK_FALSE(t.is_msi);
  b.raise(t, 0x1000000000001200ull, TransactionType::Msi, 0x0108, 3);
  CHECK(b.arb_status() == ppc_bit(27));
  CHECK((b.pest(6, 0) & ~ppc_mask(26, 31)) ==
        (ppc_bit(0) | 1ull << 56 | ppc_bit(16) | 0x0108ull << 16 | 3));
  CHECK(b.frozen_both(6));
  CHECK_FALSE(b.phb.dma_stopped(5));
}

TEST_CASE("G18: with the 32-bit MSI window off its addresses are ordinary DMA") {
  Golden b;
  b.memory.write_be64(0x123400000 + 8 * 0xFFFF1ull, 0x0000000777777003ull);
  CHECK(b.dma(0xFFFF1200).fault == Fault::MsiRead);
  b.phb.write_register(0x160, 0x0002000000000000ull);
  const Translation t = b.dma(0xFFFF1200);
  CHECK(t.ok());
  CHECK(t.tve_index == 10);
  CHECK(t.real == 0x777777200ull);
}

TEST_CASE("The worked two-level walk reads the addresses of the reference") {
  PhbBench b;
  b.tve(10, 0x0000002000102505ull);
  b.memory.write_be64(0x200010488, 0x0000000300000003ull);
  b.memory.write_be64(0x300000000 + 8 * 0x1456, 0x0000000123450003ull);
  const Translation t = b.dma(0x123456789A);
  CHECK(t.ok());
  REQUIRE(t.reads == 2);
  CHECK(t.fetched[0] == 0x200010488ull);
  CHECK(t.fetched[1] == 0x30000A2B0ull);
  CHECK(t.real == 0x12345789Aull);
  // Inside the span but beyond what is mapped: a page fault, no TVT address error.
  CHECK(b.dma(0x3FFFFFFFFF8ull).fault == Fault::TcePageFault);
  CHECK(b.dma(0x40000000000ull).fault == Fault::TvtAddress);
}
