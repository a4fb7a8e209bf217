// SPDX-License-Identifier: Apache-2.0
// The ten traps of phb.md 9, as far as a model without time can fall into them.
#include <algorithm>
#include <vector>

#include "models/arch/tce_kill.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using test::PhbBench;

namespace {

constexpr BusAddr kWindow1 = 1ull << 59;

}  // namespace

TEST_CASE("Trap 1: bits count from the top and fields move between the generations") {
  PhbBench three(Generation::Phb3), four;
  // RTT base: bits 14:46 against 8:46.
  const std::uint64_t bar = 0x80FFFFFFFFFFFFFFull;
  three.write(Reg::RttBar, bar);
  four.write(Reg::RttBar, bar);
  CHECK(three.phb.rtt_base() == 0x0003FFFFFFFE0000ull);
  CHECK(four.phb.rtt_base() == 0x00FFFFFFFFFE0000ull);
  CHECK(four.phb.rtt_enabled());
  four.write(Reg::RttBar, 1);  // bit 0 in the ordinary count is no enable
  CHECK_FALSE(four.phb.rtt_enabled());
  // PEST base: bits 14:51 against 8:51.
  const std::uint64_t pest = 0x8054000021000000ull;
  for (PhbBench* b : {&three, &four}) {
    b->write(Reg::PestBar, pest | 0xFFF);
    b->phb.raise(Fault::TveInvalid, 5, 0x0100, 0x1000, TransactionType::DmaRead, &b->memory);
  }
  CHECK(three.memory.read_be64(0x0000000021000058ull) == (ppc_bit(0) | 0x1000));
  CHECK(four.memory.read_be64(0x0054000021000058ull) == (ppc_bit(0) | 0x1000));
  // IODA index: bits 55:63 against 54:63. PE of a kill: 8 bits against 9.
  PhbBench a(Generation::Phb3), c;
  a.tve(0x200 | 3, 0x1111);
  c.tve(0x200 | 3, 0x1111);
  CHECK(a.phb.tve_word(3) == 0x1111);
  CHECK(c.phb.tve_word(3) == 0);
  CHECK(c.phb.tve_word(0x203) == 0x1111);
  CHECK(decode_kill(0x40000000000001FFull, a.phb.facts()).pe == 0xFF);
  CHECK(decode_kill(0x40000000000001FFull, c.phb.facts()).pe == 0x1FF);
}

TEST_CASE("Trap 2: RTEs, TCEs and PEST words are big-endian bytes in memory") {
  PhbBench b;
  b.tve(0x0102 * 2, 0x0000001234000C01ull);
  const auto poke = [&](RealAddr at, const std::vector<unsigned char>& bytes) {
    b.memory.write(at, bytes.data(), bytes.size());
  };
  poke(PhbBench::kRtt + 2 * 0x0300, {0x01, 0x02});
  poke(0x123400010, {0x00, 0x00, 0x00, 0x07, 0x77, 0x77, 0x70, 0x01});
  const Translation t = b.dma(0x2ABC, Access::Read, 8, 0x0300);
  CHECK(t.pe == 0x0102);
  CHECK(t.real == 0x777777ABCull);
  const Translation w = b.dma(0x2ABC, Access::Write, 8, 0x0300);
  REQUIRE(w.fault == Fault::TceAccessFault);
  b.raise(w, 0x2ABC, TransactionType::DmaWrite, 0x0300);
  const RealAddr entry = PhbBench::kPest + 16 * 0x0102;
  CHECK(b.memory.byte(entry) == 0x80);      // frozen is bit 0 of the first byte
  CHECK(b.memory.byte(entry + 4) == 0x03);  // RID, high byte first
  CHECK(b.memory.byte(entry + 5) == 0x00);
  CHECK(b.memory.byte(entry + 8) == 0x80);
  CHECK(b.memory.byte(entry + 14) == 0x2A);
  CHECK(b.memory.byte(entry + 15) == 0xBC);
}

TEST_CASE("Trap 3: the window bit is stripped, but nothing is with the 4 GiB select") {
  PhbBench b;
  b.tve(11, 0x0000001234000C01ull);
  b.memory.write_be64(0x123400010, 0x0000000777777003ull);
  CHECK(b.dma(kWindow1 | 0x2ABC).real == 0x777777ABCull);
  // TVE#1 from 4 GiB on: its table still starts at address 0.
  PhbBench g;
  g.write(Reg::Ctrlr, 0x0000008000000000ull);
  g.tve(11, encode_translated({1, 0x200000000, 16 * kMiB, 12}));  // 8 GiB
  g.memory.write_be64(0x200000000 + 8 * 0x2,
                      0x0000000111111003ull);  // what a subtraction would find
  g.memory.write_be64(0x200000000 + 8 * 0x100002ull, 0x0000000222222003ull);
  CHECK(g.dma(0x100002ABCull).real == 0x222222ABCull);
}

TEST_CASE("Trap 4: DMA outside its range faults and does not alias") {
  PhbBench b;
  b.tve(10, 0x0000001234000C01ull);  // 4 GiB
  b.tve(11, encode_bypass(kWindow1 | 32 * kMiB, 32 * kMiB, b.phb.facts()));
  for (std::uint64_t i = 0; i < 16; ++i)
    b.memory.write_be64(0x123400000 + 8 * i, 0x0000000777777003ull);
  CHECK(b.dma(0x2ABC).ok());
  for (unsigned bit = 32; bit < 59; ++bit) {
    INFO(bit);
    CHECK(b.dma(1ull << bit | 0x2ABC).fault == Fault::TvtAddress);
    CHECK(b.dma(kWindow1 | 1ull << bit | 48 * kMiB).fault == Fault::TvtAddress);
  }
  CHECK(b.dma(kWindow1 | (32 * kMiB - 8)).fault == Fault::TvtAddress);
  CHECK(b.dma(kWindow1 | 32 * kMiB).ok());
  CHECK(b.dma(kWindow1 | (64 * kMiB - 8)).ok());
  CHECK(b.dma(kWindow1 | 64 * kMiB).fault == Fault::TvtAddress);  // exclusive
}

TEST_CASE("Trap 5: PEEV is derived, writes to it are harmless") {
  PhbBench b;
  const std::uint64_t peev1 = 0x0014000000000001ull;
  b.ioda(0x0007000000000041ull, ppc_bit(0));  // PE 65 by PESTA alone
  CHECK(b.ioda(peev1) == ppc_bit(1));
  b.ioda(peev1, 0);
  CHECK(b.ioda(peev1) == ppc_bit(1));  // a plain array would have lost it
  CHECK(b.phb.mmio_frozen(65));
  b.ioda(0x0007000000000041ull, 0);
  CHECK(b.ioda(peev1) == 0);  // a plain array would be set for ever
  b.ioda(peev1, ~0ull);
  CHECK(b.ioda(peev1) == 0);
  b.ioda(0x0008000000000041ull, ppc_bit(0));  // PESTB alone counts as well
  CHECK(b.ioda(peev1) == ppc_bit(1));
  CHECK_FALSE(b.phb.mmio_frozen(65));
}

TEST_CASE("Trap 6: freeze, fence and interrupt are three things that the enables decide") {
  struct Row {
    Fault fault;
    bool freeze, fence;
  };
  for (const Row& r :
       {Row{Fault::RttDisabled, false, true}, Row{Fault::MsiSize, false, true},
        Row{Fault::KillQueueOverflow, false, true}, Row{Fault::RtePeOutOfRange, false, false},
        Row{Fault::TveInvalid, true, false}}) {
    INFO(spec_of(r.fault).name);
    PhbBench b;
    b.phb.raise(r.fault, 5, 0x0100, 0, TransactionType::DmaWrite, &b.memory);
    CHECK(b.frozen_both(5) == r.freeze);
    CHECK(b.phb.fenced() == r.fence);
    CHECK((b.phb.read_register(0x800) == ~0ull) == r.fence);
  }
  // Not hard-coded: with the masks turned round a bad TVE fences and a missing RTT does nothing.
  PhbBench b;
  b.write(Reg::RxeArbFreeze, 0);
  b.write(Reg::RxeArbFence, 0);
  b.phb.raise(Fault::RttDisabled, kNoPe, 0x0100, 0, TransactionType::DmaWrite, &b.memory);
  CHECK_FALSE(b.phb.fenced());
  b.write(Reg::RxeArbFence, ppc_bit(26));
  b.phb.raise(Fault::TveInvalid, 5, 0x0100, 0, TransactionType::DmaWrite, &b.memory);
  CHECK(b.phb.fenced());
  CHECK_FALSE(b.phb.dma_stopped(5));
}

TEST_CASE("Trap 7: translation is the PE's own, and kills name the PE") {
  // Staleness is for the caches; without them no answer may leak from PE to PE or outlive its TCE.
  PhbBench b;
  set_rte(b.memory, PhbBench::kRtt, 0x0108, 6);
  b.tve(10, 0x0000001234000C01ull);
  b.tve(12, encode_translated({1, 0x200000000, 8 * kMiB, 12}));
  b.memory.write_be64(0x123400010, 0x0000000777777003ull);
  b.memory.write_be64(0x200000010, 0x0000000888888003ull);
  CHECK(b.dma(0x2ABC, Access::Read, 8, 0x0100).real == 0x777777ABCull);
  CHECK(b.dma(0x2ABC, Access::Read, 8, 0x0108).real == 0x888888ABCull);
  b.memory.write_be64(0x123400010, 0x0000000999999003ull);
  CHECK(b.dma(0x2ABC).real == 0x999999ABCull);
  set_rte(b.memory, PhbBench::kRtt, 0x0100, 6);
  CHECK(b.dma(0x2ABC).real == 0x888888ABCull);
  const GenerationFacts& facts = b.phb.facts();
  CHECK(decode_kill(encode_kill_one(5, 0x2000, 12, facts), facts).pe == 5);
  CHECK(encode_kill_one(5, 0x2000, 12, facts) != encode_kill_one(6, 0x2000, 12, facts));
}

TEST_CASE("Trap 8: a kill command never reads back and nothing is pending by itself") {
  PhbBench b;
  for (const std::uint64_t word :
       {encode_kill_all(), encode_kill_pe(5), encode_kill_one(5, 0x2000, 12, b.phb.facts())}) {
    b.write(Reg::TceKill, word);
    CHECK((b.read(Reg::TceKill) & kKillCommands) == 0);  // firmware polls this for ever
  }
  CHECK((b.read(Reg::QDmaR) & kQDmaKillPending) == 0);
  b.write(Reg::QDmaR, kQDmaKillPending);  // status: not to be set by software
  CHECK((b.read(Reg::QDmaR) & kQDmaKillPending) == 0);
  b.write(Reg::DmaSync, kSyncReadStart);
  CHECK((b.read(Reg::DmaSync) & kSyncReadStart) == 0);
}

TEST_CASE(
    "Trap 9: reads step the IODA port, too, the address can be read and rewritten, MIST has a "
    "mask") {
  PhbBench b;
  for (std::uint32_t i = 0; i < 4; ++i) b.tve(i, 0x1000 + i);
  b.phb.write_register(0x220, 0x8009000000000000ull);
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(b.phb.read_register(0x228) == 0x1000 + i);
  // Firmware's sequence for MIST: select with auto-increment, read back, add the mask, write data.
  b.phb.write_register(0x220, 0x8002000000000000ull);
  b.phb.write_register(0x220, b.phb.read_register(0x220) | 0xFull << 32);
  for (std::uint32_t i = 0; i < 1024; ++i) b.phb.write_register(0x228, 0x000B000B000B000Bull);
  CHECK(b.phb.read_register(0x220) == 0x8002000F00000000ull);
  for (std::uint32_t s = 0; s < 4096; ++s)
    if (b.phb.msi_pe(s) != 0xB) FAIL("source " << s);
  // One source of four.
  b.ioda(0x0002000400000010ull, 0x0005000500050005ull);
  CHECK(b.phb.msi_pe(0x40) == 0xB);
  CHECK(b.phb.msi_pe(0x41) == 5);
  CHECK(b.phb.msi_pe(0x42) == 0xB);
  CHECK(b.phb.msi_pe(0x43) == 0xB);
}

TEST_CASE("Trap 10: sizes depend on generation and index, and so do the page sizes") {
  struct Row {
    Generation generation;
    unsigned index;
    std::uint32_t pes, tves, irqs, tce_entries;
    std::vector<unsigned> pages;
  };
  const std::vector<unsigned> old_pages{12, 16, 24, 28}, new_pages{12, 16, 21, 30};
  for (const Row& r : {Row{Generation::Phb3, 0, 256, 512, 2048, 64, old_pages},
                       Row{Generation::Phb3, 1, 256, 512, 2048, 64, old_pages},
                       Row{Generation::Phb4, 0, 512, 1024, 4096, 1024, new_pages},
                       Row{Generation::Phb4, 1, 256, 512, 2048, 512, new_pages},
                       Row{Generation::Phb4, 3, 512, 1024, 4096, 1024, new_pages},
                       Row{Generation::Phb5, 5, 256, 512, 2048, 512, new_pages}}) {
    PhbBench b(r.generation, size_of_index(r.generation, r.index));
    INFO(b.phb.facts().name << ", index " << r.index);
    CHECK(b.phb.facts().tce_entries == r.tce_entries);
    CHECK(b.phb.pe_of_rte(static_cast<std::uint16_t>(r.pes - 1)).has_value());
    CHECK_FALSE(b.phb.pe_of_rte(static_cast<std::uint16_t>(r.pes)).has_value());
    CHECK_NOTHROW(b.phb.set_tve(r.tves - 1, 0));
    CHECK_THROWS(b.phb.set_tve(r.tves, 0));
    CHECK_NOTHROW(b.phb.set_msi_pe(r.irqs - 1, 0));
    CHECK_THROWS(b.phb.set_msi_pe(r.irqs, 0));
    for (unsigned shift = 12; shift <= 42; ++shift) {
      b.phb.set_tve(0, encode_translated({1, 0x100000000, 64 * kKiB, shift}));
      const bool expected = std::find(r.pages.begin(), r.pages.end(), shift) != r.pages.end();
      CHECK((b.phb.tve(0).kind == Tve::Kind::Translated) == expected);
    }
    // The 32-bit MSI window takes the top 64 KiB of 4 GiB only while it is enabled.
    b.tve(10, encode_bypass(0, 8 * kGiB, b.phb.facts()));
    CHECK(b.dma(0xFFFEFFF8).ok());
    CHECK(b.dma(0xFFFF0000).fault == Fault::MsiRead);
    CHECK(b.dma(0x100000000).ok());
    b.write(Reg::PhbConfig, 0);
    CHECK(b.dma(0xFFFF0000).real == 0xFFFF0000ull);
  }
}

TEST_CASE("Beside the traps: a 32-bit MSI is decoded from its offset in the window") {
  PhbBench b;
  b.phb.set_msi_pe(0x123, 5);
  const Translation t = b.msi(0xFFFF1200, 3);
  CHECK(t.is_msi);
  CHECK(t.source == 0x123);  // the whole address would give 0xF123
}
