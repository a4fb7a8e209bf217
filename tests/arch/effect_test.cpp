// SPDX-License-Identifier: Apache-2.0
#include "models/arch/effect.hpp"

#include "models/arch/phb_state.hpp"
#include "models/arch/tce_kill.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/plain_memory.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using test::PlainMemory;
using Kind = Effect::Kind;

namespace {

struct Machine {
  explicit Machine(Generation generation = Generation::Phb4) : phb(generation, PhbSize::Big) {}
  bool apply(const Effects& effects) { return arch::apply(effects, phb, memory); }
  std::uint64_t read(Reg reg) { return phb.read_register(offset_of(reg)); }

  PhbState phb;
  PlainMemory memory;
};

Effects kills(const std::vector<std::uint64_t>& words, bool dma_sync, bool keep_completes = false) {
  Effects e;
  plan_kills(words, dma_sync, e, keep_completes);
  return e;
}

}  // namespace

TEST_CASE("The helpers append one effect each and effects compare by all they say") {
  Effects e;
  store(e, 0x1000, 1);
  store2(e, 0x1002, 0xABCD);
  write(e, Reg::RtcInvalidate, 2);
  update(e, Reg::Ctrlr, 3, 4);
  wait_clear(e, Reg::TceKill, 5);
  wait_set(e, Reg::DmaSync, 6);
  CHECK(e == Effects{{Kind::Store8, 0x1000, 1},
                     {Kind::Store2, 0x1002, 0xABCD},
                     {Kind::Write, 0x208, 2},
                     {Kind::Update, 0x810, 4, 3},
                     {Kind::ReadClear, 0x210, 5},
                     {Kind::ReadSet, 0x200, 6}});
  const Effect one{Kind::Update, 8, 4, 3};
  CHECK(one == Effect{Kind::Update, 8, 4, 3});
  CHECK_FALSE(one == Effect{Kind::Write, 8, 4, 3});
  CHECK_FALSE(one == Effect{Kind::Update, 16, 4, 3});
  CHECK_FALSE(one == Effect{Kind::Update, 8, 5, 3});
  CHECK_FALSE(one == Effect{Kind::Update, 8, 4, 2});
}

TEST_CASE("Stores reach memory as big-endian bytes of their width") {
  Machine m;
  CHECK(m.apply({{Kind::Store8, 0x1000, 0x0102030405060708ull}, {Kind::Store2, 0x1008, 0x090A}}));
  for (unsigned i = 0; i < 10; ++i) CHECK(m.memory.byte(0x1000 + i) == i + 1);
  CHECK(m.memory.byte(0x100A) == 0);
}

TEST_CASE("A write replaces a register and an update keeps the bits it names") {
  Machine m;
  CHECK(m.apply({{Kind::Write, 0x810, 0xFF00}}));
  CHECK(m.read(Reg::Ctrlr) == 0xFF00);
  CHECK(m.apply({{Kind::Update, 0x810, 0x000F, 0x0FF0}}));
  CHECK(m.read(Reg::Ctrlr) == 0x0F0F);
  CHECK(m.memory.untouched());
}

TEST_CASE("Effects happen in their order: the index before the entry of a table") {
  Machine m;
  CHECK(m.apply({{Kind::Write, 0x220, 0x000900000000000Aull},
                 {Kind::Write, 0x228, 0x0000001234000C01ull},
                 {Kind::Write, 0x220, 0x000900000000000Bull},
                 {Kind::Write, 0x228, 0x0000000040001080ull}}));
  CHECK(m.phb.tve_word(10) == 0x0000001234000C01ull);
  CHECK(m.phb.tve_word(11) == 0x0000000040001080ull);
}

TEST_CASE("Waits look at their bits only") {
  Machine m;
  CHECK(m.apply({{Kind::Write, 0x810, 6}}));
  CHECK(m.apply({{Kind::ReadSet, 0x810, 6}}));
  CHECK(m.apply({{Kind::ReadSet, 0x810, 2}}));
  CHECK(m.apply({{Kind::ReadClear, 0x810, ~6ull}}));
  CHECK(m.apply({{Kind::ReadSet, 0x810, 0}}));
  CHECK_FALSE(m.apply({{Kind::ReadSet, 0x810, 3}}));
  CHECK_FALSE(m.apply({{Kind::ReadClear, 0x810, 3}}));
}

TEST_CASE("Nothing is done after a wait that never ends") {
  Machine m;
  CHECK_FALSE(
      m.apply({{Kind::Store8, 0x1000, 7}, {Kind::ReadSet, 0x888, 1}, {Kind::Store8, 0x1008, 7}}));
  CHECK(m.memory.read_be64(0x1000) == 7);
  CHECK(m.memory.read_be64(0x1008) == 0);
}

TEST_CASE("A fenced PHB takes no write and ends no wait, memory is not behind it") {
  Machine m;
  m.phb.apply_firmware_defaults();
  m.phb.raise(Fault::RttDisabled, 0, 0, 0, TransactionType::DmaRead, nullptr);
  REQUIRE(m.phb.fenced());
  CHECK(m.apply({{Kind::Write, 0x200, kSyncReadStart}, {Kind::Store8, 0x1000, 7}}));
  CHECK(m.phb.reg(Reg::DmaSync) == 0);
  CHECK(m.memory.read_be64(0x1000) == 7);
  CHECK_FALSE(m.apply({{Kind::ReadClear, 0x210, kKillCommands}}));
  CHECK_FALSE(m.apply({{Kind::ReadSet, 0x200, kSyncReadComplete}}));
}

TEST_CASE("Kills and their sync complete at once on every generation") {
  for (const auto& facts : kGenerations) {
    INFO(facts.name);
    Machine m(facts.generation);
    CHECK_FALSE(m.apply({{Kind::ReadSet, 0x200, kSyncReadComplete}}));
    for (int i = 0; i < 2; ++i) {
      CHECK(m.apply(kills({encode_kill_pe(5), encode_kill_all()}, true, facts.sync_has_writes)));
      CHECK(m.read(Reg::DmaSync) == kSyncReadComplete);
      CHECK(m.read(Reg::TceKill) == 0);
      CHECK(m.read(Reg::QDmaR) == 0);
    }
  }
}

TEST_CASE("A complete bit stays if it is written back, and only PHB5 syncs writes") {
  Machine m(Generation::Phb5);
  CHECK(m.apply({{Kind::Write, 0x200, kSyncWriteStart}}));
  CHECK(m.read(Reg::DmaSync) == kSyncWriteComplete);
  CHECK(m.apply(kills({encode_kill_pe(5)}, true, true)));
  CHECK(m.read(Reg::DmaSync) == kSyncCompletes);
  CHECK(m.apply(kills({encode_kill_pe(5)}, true, false)));  // a program that forgets to
  CHECK(m.read(Reg::DmaSync) == kSyncReadComplete);
  CHECK(m.apply({{Kind::Write, 0x200, kSyncCompletes}}));  // cannot be set from outside
  CHECK(m.read(Reg::DmaSync) == kSyncReadComplete);

  Machine old(Generation::Phb4);
  CHECK(old.apply({{Kind::Write, 0x200, kSyncWriteStart}}));
  CHECK(old.read(Reg::DmaSync) == 0);
}

TEST_CASE("Kills without a sync touch the sync register nowhere, none at all do nothing") {
  CHECK(kills({1, 2}, false) == Effects{{Kind::ReadClear, 0x210, kKillCommands},
                                        {Kind::Write, 0x210, 1},
                                        {Kind::ReadClear, 0x210, kKillCommands},
                                        {Kind::Write, 0x210, 2},
                                        {Kind::ReadClear, 0x888, kQDmaKillPending}});
  CHECK(kills({}, true).empty());
}
