// SPDX-License-Identifier: Apache-2.0
#include "models/arch/faults.hpp"

#include <set>
#include <string_view>
#include <vector>

#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using test::PhbBench;

namespace {

constexpr int kNoCause = -1;

/// One row of phb.md 6.1, with the flags (freeze, fence, interrupt) of 5.3 under firmware's masks.
struct Row {
  Fault fault;
  Reg status;
  unsigned bit;
  int cause;
  bool freeze, fence, interrupt;
};

const std::vector<Row> kRows{
    {Fault::RttDisabled, Reg::RxeArbStatus, 41, kNoCause, false, true, false},
    {Fault::RtePeOutOfRange, Reg::RxeArbStatus, 40, kNoCause, false, false, true},
    {Fault::TveInvalid, Reg::RxeArbStatus, 26, 16, true, false, true},
    {Fault::TvtAddress, Reg::RxeArbStatus, 28, 16, true, false, true},
    {Fault::TcePageFault, Reg::RxeTceStatus, 2, 18, true, false, true},
    {Fault::TcePageFaultHit, Reg::RxeTceStatus, 1, 18, true, false, true},
    {Fault::TceAccessFault, Reg::RxeTceStatus, 2, 19, true, false, true},
    {Fault::TceAccessFaultHit, Reg::RxeTceStatus, 1, 19, true, false, true},
    {Fault::TceFetchError, Reg::RxeTceStatus, 13, 13, false, true, false},
    {Fault::TceFetchTimeout, Reg::RxeTceStatus, 8, 13, false, true, false},
    {Fault::RttFetchError, Reg::RxeArbStatus, 42, kNoCause, false, true, false},
    {Fault::MsiPeMismatch, Reg::RxeArbStatus, 27, 16, true, false, true},
    {Fault::MsiSource, Reg::RxeArbStatus, 27, 16, true, false, true},
    {Fault::MsiSize, Reg::RxeArbStatus, 2, kNoCause, false, true, false},
    {Fault::MsiAlignment, Reg::RxeArbStatus, 3, kNoCause, false, true, false},
    {Fault::MsiRead, Reg::RxeArbStatus, 18, kNoCause, false, false, true},
    {Fault::PoisonedTlp, Reg::RxeArbStatus, 24, 10, true, false, true},
    {Fault::CompletionUr, Reg::RxeArbStatus, 1, 9, true, false, true},
    {Fault::CompletionCa, Reg::RxeArbStatus, 0, 8, true, false, true},
    {Fault::ErrNonfatal, Reg::RxeArbStatus, 58, 10, true, false, true},
    {Fault::ErrFatal, Reg::RxeArbStatus, 57, 11, true, false, true},
    {Fault::KillQueueOverflow, Reg::RxeTceStatus, 30, kNoCause, false, true, false},
    {Fault::LinkDown, Reg::RegbStatus, 8, kNoCause, true, false, true},
    {Fault::ErrCorrectable, Reg::RxeArbStatus, 59, 14, false, false, true},
    {Fault::PeltvDisabled, Reg::RxeArbStatus, 32, kNoCause, false, true, false},
    {Fault::InjectedInbound, Reg::RxeArbStatus, 39, kNoCause, true, false, true},
    {Fault::InjectedOutbound, Reg::TxeStatus, 28, kNoCause, true, false, true},
    {Fault::OutboundAddress, Reg::TxeStatus, 2, kNoCause, false, false, true},
    {Fault::ConfigWrite, Reg::TxeStatus, 17, 9, false, false, true},
    {Fault::RegisterSize, Reg::PhbErrStatus, 2, kNoCause, false, true, false},
    {Fault::IodaAccess, Reg::PhbErrStatus, 4, kNoCause, false, false, true},
};

constexpr Reg kStatus[] = {Reg::PhbErrStatus, Reg::TxeStatus, Reg::RxeArbStatus, Reg::RxeMrgStatus,
                           Reg::RxeTceStatus, Reg::PblStatus, Reg::RegbStatus};

}  // namespace

TEST_CASE("Every fault has a row of its own and a name of its own") {
  std::set<std::string_view> names;
  for (const auto& s : kFaultTable) names.insert(s.name);
  CHECK(names.size() == kFaults);
  std::set<Fault> rows;
  for (const Row& r : kRows) rows.insert(r.fault);
  // None and PeStopped leave nothing; DmaReadError has a test below.
  CHECK(rows.size() == kFaults - 3);
}

TEST_CASE("Each fault sets its status bit, records its cause and acts by firmware's enables") {
  for (const Row& r : kRows) {
    INFO(spec_of(r.fault).name);
    PhbBench b;
    const FaultRecord record =
        b.phb.raise(r.fault, PhbBench::kPe, 0x0100, 0x2ABC, TransactionType::DmaRead, &b.memory);
    CHECK(record.fault == r.fault);
    CHECK(record.pe == PhbBench::kPe);
    CHECK(record.effect.freeze == r.freeze);
    CHECK(record.effect.fence == r.fence);
    CHECK(record.effect.interrupt == r.interrupt);
    for (const Reg status : kStatus) {
      if (r.fault == Fault::LinkDown && status == Reg::PhbErrStatus) continue;  // REGB's output
      CHECK(b.phb.reg(status) == (status == r.status ? ppc_bit(r.bit) : 0));
    }
    CHECK(b.phb.fenced() == r.fence);
    CHECK(b.frozen_both(PhbBench::kPe) == r.freeze);
    CHECK(b.phb.peev(0) == (r.freeze ? ppc_bit(5) : 0));
    if (r.freeze) {
      // Cause bits 8..21 of PEST0, and nothing but the one of the row.
      CHECK((b.pest(5, 0) & ppc_mask(8, 21)) ==
            (r.cause == kNoCause ? 0 : ppc_bit(static_cast<unsigned>(r.cause))));
      CHECK((b.pest(5, 0) & ppc_bit(0)) != 0);
      CHECK(b.pest(5, 1) == (ppc_bit(0) | 0x2ABC));
    } else {
      CHECK(b.pest(5, 0) == 0);
      CHECK(b.pest(5, 1) == 0);
      CHECK(spec_of(r.fault).pest_bit == (r.cause == kNoCause ? kNoBit : r.cause));
    }
    for (PeNumber pe = 0; pe < 512; ++pe)
      if (pe != 5 && (b.phb.mmio_frozen(pe) || b.phb.dma_stopped(pe)))
        FAIL("PE " << pe << " is frozen, too");
  }
}

TEST_CASE("DMA data answered with an error freezes the PE with the response timeout cause") {
  PhbBench b;
  const FaultRecord record = b.phb.raise(Fault::DmaReadError, 5, 0x0100, 0x2ABC,
                                         TransactionType::DmaReadResponse, &b.memory);
  CHECK(record.effect.freeze);
  CHECK(b.frozen_both(5));
  CHECK((b.pest(5, 0) & ppc_mask(8, 21)) == ppc_bit(20));
  CHECK(Field<5, 7>::get(b.pest(5, 0)) == 3);
}

TEST_CASE("What a fault does follows the enable registers as they are now") {
  const std::uint32_t bases[kErrorBlocks] = {0xC80, 0xD00, 0xD80, 0xE00, 0xE80, 0x1900, 0x1C00};
  for (const FaultSpec& s : kFaultTable) {
    if (s.bit == kNoBit || s.block == ErrorBlock::Regb) continue;  // REGB's outputs: a test of their own
    for (unsigned set = 0; set < 8; ++set) {
      INFO(s.name << ", enables " << set);
      PhbBench b;
      const std::uint32_t base = bases[static_cast<unsigned>(s.block)];
      // All but the fault's bit, so that a wrong bit would show.
      const auto enable = [&](bool on) { return on ? ppc_bit(s.bit) : ~ppc_bit(s.bit); };
      b.phb.write_register(base + 0x20, enable(set & 1));
      b.phb.write_register(base + 0x28, enable(set & 2));
      b.phb.write_register(base + 0x30, enable(set & 4));
      const FaultEffect e =
          b.phb.raise(s.fault, 9, 0x0100, 0, TransactionType::DmaWrite, &b.memory).effect;
      CHECK(e.interrupt == ((set & 1) != 0));
      CHECK(e.freeze == ((set & 2) != 0));
      CHECK(e.fence == ((set & 4) != 0));
      CHECK(b.frozen_both(9) == e.freeze);
      CHECK(b.phb.dma_stopped(9) == e.freeze);
      CHECK(b.phb.fenced() == e.fence);
      CHECK((b.phb.reg(kStatus[static_cast<unsigned>(s.block)]) & ppc_bit(s.bit)) != 0);
    }
  }
}

TEST_CASE("A link that goes down passes REGB's outputs through PHB_ERR and freezes every PE") {
  for (const unsigned output : {0u, 1u, 2u}) {
    INFO(output);
    PhbBench b;
    for (unsigned i = 0; i < 3; ++i) b.phb.write_register(0x1C20 + 8 * i, i == output ? ppc_bit(8) : 0);
    const FaultRecord record = b.phb.link_down(&b.memory);
    CHECK(b.phb.reg(Reg::RegbStatus) == ppc_bit(8));
    CHECK(b.phb.reg(Reg::RegbErr1) == ppc_bit(8));
    CHECK(b.phb.reg(Reg::PhbErrStatus) == ppc_bit(24 + output));
    CHECK(record.effect.interrupt == (output != 2));
    CHECK(record.effect.freeze == (output == 1));
    CHECK(record.effect.fence == (output == 2));
    CHECK(b.phb.fenced() == (output == 2));
    for (unsigned w = 0; w < 8; ++w) CHECK(b.phb.peev(w) == (output == 1 ? ~0ull : 0));
  }
}

TEST_CASE("A fault without status bit leaves nothing behind") {
  PhbBench b;
  for (const Fault fault : {Fault::None, Fault::PeStopped}) {
    const FaultRecord record =
        b.phb.raise(fault, 5, 0x0100, 0x2ABC, TransactionType::DmaRead, &b.memory);
    CHECK_FALSE(record.effect.freeze);
    CHECK_FALSE(record.effect.fence);
    CHECK_FALSE(record.effect.interrupt);
    CHECK(record.rid == 0x0100);
    CHECK(record.addr == 0x2ABC);
  }
  for (const Reg status : kStatus) CHECK(b.phb.reg(status) == 0);
  CHECK(b.phb.peev(0) == 0);
  CHECK(b.pest(5, 0) == 0);
}

TEST_CASE("The PEST words are those of the reference's examples") {
  // A real log: MMIO load answered with UR, LEM bit 42, RID 0x0500.
  PestEntry p = make_pest(Fault::CompletionUr, TransactionType::MmioLoad, 0x0500, 0);
  CHECK(p.word0 == 0xA440002A05000000ull);
  CHECK(p.word1 == 0x8000000000000000ull);
  // DMA write with a page fault; the LEM number 0x24 is the model's choice.
  p = make_pest(Fault::TcePageFault, TransactionType::DmaWrite, 0x0100, 0x80000000ull);
  CHECK((p.word0 & ~ppc_mask(26, 31)) == 0x8000200001000000ull);
  CHECK(p.word1 == 0x8000000080000000ull);
  p = make_pest(Fault::MsiPeMismatch, TransactionType::Msi, 0x0100, 0x1000000000001200ull, 0xABCD);
  CHECK((p.word0 & 0xFFFF) == 0xABCD);
  CHECK(Field<5, 7>::get(p.word0) == 1);
  CHECK(p.word1 == 0x9000000000001200ull);
  p = make_pest(Fault::TvtAddress, TransactionType::DmaRead, 0, ~0ull);
  CHECK(p.word1 == 0x9FFFFFFFFFFFFFFFull);  // address bits 60:0
}

TEST_CASE("Only the first fault of a frozen PE is recorded in memory") {
  PhbBench b;
  b.phb.raise(Fault::TcePageFault, 5, 0x0100, 0x1000, TransactionType::DmaWrite, &b.memory);
  const std::uint64_t word0 = b.pest(5, 0);
  b.phb.raise(Fault::TveInvalid, 5, 0x0108, 0x2000, TransactionType::DmaRead, &b.memory);
  CHECK(b.pest(5, 0) == word0);
  CHECK(b.pest(5, 1) == (ppc_bit(0) | 0x1000));
  CHECK(b.phb.reg(Reg::RxeArbStatus) == ppc_bit(26));
  b.phb.raise(Fault::TveInvalid, 6, 0x0108, 0x2000, TransactionType::DmaRead, &b.memory);
  CHECK(b.pest(6, 1) == (ppc_bit(0) | 0x2000));
}

TEST_CASE(
    "A fault of a PE of which software cleared one bit sets both again and keeps the record") {
  for (const bool mmio : {false, true}) {
    PhbBench b;
    b.phb.raise(Fault::TcePageFault, 5, 0x0100, 0x1000, TransactionType::DmaWrite, &b.memory);
    b.phb.set_frozen(5, mmio, !mmio);
    b.phb.raise(Fault::CompletionUr, 5, 0x0100, 0x2000, TransactionType::MmioLoad, &b.memory);
    CHECK(b.frozen_both(5));
    CHECK(b.pest(5, 1) == (ppc_bit(0) | 0x1000));
  }
}

TEST_CASE("After both bits are cleared the next fault is recorded again") {
  PhbBench b;
  b.phb.raise(Fault::TcePageFault, 5, 0x0100, 0x1000, TransactionType::DmaWrite, &b.memory);
  b.phb.set_frozen(5, false, false);
  b.phb.raise(Fault::TcePageFault, 5, 0x0100, 0x3000, TransactionType::DmaWrite, &b.memory);
  CHECK(b.pest(5, 1) == (ppc_bit(0) | 0x3000));
}

TEST_CASE("Without PEST BAR or memory a PE freezes but nothing is written") {
  PhbBench off;
  off.write(Reg::PestBar, PhbBench::kPest);
  const FaultRecord record =
      off.phb.raise(Fault::TveInvalid, 5, 0x0100, 0x1000, TransactionType::DmaRead, &off.memory);
  CHECK(off.frozen_both(5));
  CHECK(off.pest(5, 0) == 0);
  CHECK(record.pest.word1 == (ppc_bit(0) | 0x1000));
  PhbBench none;
  none.phb.raise(Fault::TveInvalid, 5, 0x0100, 0x1000, TransactionType::DmaRead, nullptr);
  CHECK(none.frozen_both(5));
  CHECK(none.pest(5, 0) == 0);
}

TEST_CASE("A fault without PE sets status but freezes none") {
  PhbBench b;
  const FaultRecord record =
      b.phb.raise(Fault::LinkDown, kNoPe, 0, 0, TransactionType::Other, &b.memory);
  CHECK(record.effect.freeze);
  CHECK(b.phb.reg(Reg::PhbErrStatus) == ppc_bit(25));
  for (unsigned w = 0; w < 8; ++w) CHECK(b.phb.peev(w) == 0);
}

TEST_CASE("First-error registers keep the first bit until they are cleared") {
  struct Block {
    Fault first, second;
    std::uint32_t status;
    unsigned first_bit, second_bit;
  };
  for (const Block& k : {Block{Fault::TveInvalid, Fault::TvtAddress, 0xD80, 26, 28},
                         Block{Fault::TcePageFaultHit, Fault::TcePageFault, 0xE80, 1, 2}}) {
    PhbBench b;
    const auto raise = [&](Fault f, PeNumber pe) {
      b.phb.raise(f, pe, 0, 0, TransactionType::DmaRead, &b.memory);
    };
    raise(k.first, 1);
    raise(k.second, 2);
    CHECK(b.phb.read_register(k.status) == (ppc_bit(k.first_bit) | ppc_bit(k.second_bit)));
    CHECK(b.phb.read_register(k.status + 8) == ppc_bit(k.first_bit));
    // Clearing the status alone does not re-arm the first-error register.
    b.phb.write_register(k.status, ~0ull);
    raise(k.second, 3);
    CHECK(b.phb.read_register(k.status + 8) == ppc_bit(k.first_bit));
    b.phb.write_register(k.status + 8, 0);
    raise(k.second, 4);
    CHECK(b.phb.read_register(k.status + 8) == ppc_bit(k.second_bit));
  }
}
