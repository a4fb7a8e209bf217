// SPDX-License-Identifier: Apache-2.0
#include "models/arch/pec/pec_state.hpp"

#include <utility>
#include <vector>

#include "tests/arch/pec/pec_bench.hpp"

using namespace phbsim;
using namespace phbsim::arch;

TEST_CASE("AND, OR and mask registers work on their FIR") {
  for (Generation g : kGenerationList) {
    const PecLayout& l = pec_layout(g);
    for (PecUnit unit : {PecUnit::Stack, PecUnit::PciStack}) {
      if (g == Generation::Phb3 && unit == PecUnit::PciStack) continue;
      Chip c(g, false);
      const std::uint64_t fir = scom_base(l, unit, 0, 0);
      INFO(c.scom->name(fir));
      for (const std::uint64_t value_at : {fir, fir + 3}) {
        c.write(value_at, 0x6000000000000000ull);
        c.write(value_at + 2, 0x0C00000000000000ull);
        CHECK(c.read(value_at) == 0x6C00000000000000ull);
        c.write(value_at + 1, 0xC800000000000000ull);
        CHECK(c.read(value_at) == 0x4800000000000000ull);
        c.write(value_at, 0);
        CHECK(c.read(value_at) == 0);
      }
    }
  }
}

TEST_CASE("WOF keeps the first unmasked errors until it is written") {
  Chip c;
  c.write(kNest + 2, 0x0800000000000000ull);
  c.write(kNest + 2, 0x0400000000000000ull);
  CHECK(c.read(kNest + 8) == 0x0800000000000000ull);
  c.write(kNest + 8, ~0ull);
  CHECK(c.read(kNest + 8) == 0);
  c.write(kNest + 2, 0x0C00000000000000ull);  // both are there already
  CHECK(c.read(kNest + 8) == 0);
  c.write(kNest + 2, 0x0000001000000000ull);  // masked after Hostboot
  CHECK(c.read(kNest + 8) == 0);
  c.scom->stack_of(0).raise_nfir(0x0000200000000000ull);
  CHECK(c.read(kNest + 8) == 0x0000200000000000ull);
}

TEST_CASE("NFIR bit 26 fences, in every generation and whatever the actions are") {
  for (Generation g : kGenerationList)
    for (const bool after_hostboot : {true, false}) {
      Chip c(g, after_hostboot);
      const std::uint64_t nest = scom_base(pec_layout(g), PecUnit::Stack, 0, 0);
      c.write(scom_base(pec_layout(g), PecUnit::PciStack, 0, 0) + 0xA, 0);
      c.write(nest + 2, kForce);
      CHECK(c.etu(0).fences == 1);
      CHECK(c.etu(1).fences == 0);
      CHECK(c.scom->stack_of(0).fencing());
      c.write(nest + 2, kForce);
      CHECK(c.etu(0).fences == 1);
      c.write(nest + 1, ~kForce);
      CHECK(!c.scom->stack_of(0).fencing());
      c.write(nest + 3, kForce);
      c.write(nest + 2, kForce);
      CHECK(c.etu(0).fences == 1);
      c.write(nest + 4, 0);  // unmasked: now it counts
      CHECK(c.etu(0).fences == 2);
    }
}

TEST_CASE("Which NFIR bits fence follows the action registers") {
  for (unsigned bit = 0; bit < 30; ++bit) {
    INFO(bit);
    const std::uint64_t one = ppc_bit(bit);
    Chip hostboot;
    hostboot.write(kNest + 2, one);
    const std::uint64_t act0 = 0x5B0F81E000000000ull;
    CHECK(hostboot.etu().fences == ((act0 & one) != 0 ? 1u : 0u));
    Chip none(Generation::Phb4, false);
    none.write(kPci + 0xA, 0);
    none.write(kNest + 2, one);
    CHECK(none.etu().fences == (bit == 26 ? 1u : 0u));
    none.write(kNest + 6, one);
    CHECK(none.etu().fences == (bit == 26 ? 1u : 0u));
    none.write(kNest + 7, one);
    CHECK(none.etu().fences == 1);
    Chip p8(Generation::Phb3);
    p8.write(0x2012002, one);
    CHECK(p8.etu().fences == ((0x7FFDC7F800000000ull & one) != 0 ? 1u : 0u));
  }
}

TEST_CASE("A PFIR error of the fence class freezes through NFIR bit 16") {
  Chip c;
  c.write(kPci + 2, 0x4000000000000000ull);  // action 00
  CHECK(c.read(kNest) == 0);
  c.write(kPci + 2, 0x1000000000000000ull);  // bit 3: harmless
  CHECK(c.read(kNest) == 0);
  c.scom->stack_of(0).raise_pfir(0x2000000000000000ull);
  CHECK(c.read(kNest) == ppc_bit(16));
  CHECK(c.read(kPci) == 0x7000000000000000ull);
  CHECK(c.read(kPci + 8) == 0x4000000000000000ull);
  CHECK(c.etu().fences == 1);
}

TEST_CASE("Complete reset as firmware does it: fence, reset, drain, clear, release") {
  for (Generation g : {Generation::Phb4, Generation::Phb5}) {
    const PecLayout& l = pec_layout(g);
    Chip c(g);
    const std::uint64_t nest = scom_base(l, PecUnit::Stack, 1, 1);
    const std::uint64_t pci = scom_base(l, PecUnit::PciStack, 1, 1);
    const std::uint64_t etu = scom_base(l, PecUnit::Etu, 1, 1);
    const unsigned phb = phb_of(l, 1, 1);
    FakeEtu& port = c.etu(phb);
    port.pending = true;
    c.write(nest + 2, kForce);
    CHECK(port.fences == 1);
    c.write(pci + 0xA, 0x8000000000000000ull);
    CHECK(port.resets == std::vector<bool>{true});
    CHECK((c.read(nest + 0xC) & 0xC000000000000000ull) != 0);
    port.pending = false;
    CHECK((c.read(nest + 0xC) & 0xC000000000000000ull) == 0);
    // Somebody reads a counter meanwhile.
    CHECK(c.read(etu + 0x18) == ~0ull);
    CHECK(c.read(pci) == 0x1000000000000000ull);
    CHECK(c.read(nest) == kForce);
    c.write(nest + 1, ~c.read(nest));
    c.write(pci + 0xA, 0);
    CHECK(port.resets == std::vector<bool>{true, false});
    CHECK(port.fences == 1);
    c.write(pci + 1, ~c.read(pci));
    CHECK(c.read(pci) == 0);
    c.read(etu + 0x18);
    CHECK(c.read(pci) == 0);
    for (unsigned other = 0; other < 6; ++other)
      if (other != phb) CHECK((c.etu(other).fences == 0 && c.etu(other).resets.empty()));
  }
}

TEST_CASE("An error that is still there fences again when reset is released") {
  Chip c;
  c.write(kPci + 0xA, 0x8000000000000000ull);
  c.write(kNest + 2, kForce);
  CHECK(c.etu().fences == 0);
  c.write(kPci + 0xA, 0);
  CHECK(c.etu().fences == 1);
  c.write(kPci + 0xA, 0x7FFFFFFFFFFFFFFFull);  // no change
  CHECK(c.etu().resets.size() == 2);
  // The same error, found before the reset.
  c.write(kPci + 0xA, 0x8000000000000000ull);
  c.write(kPci + 0xA, 0);
  CHECK(c.etu().fences == 2);
}

TEST_CASE("Any SCOM access of a PHB in reset sets PFIR bit 3 and reads all ones") {
  for (const RegSpec& r : kEtuScomTable) {
    if (!r.exists_in(Generation::Phb4) || !forwards(r)) continue;
    for (const bool is_write : {false, true}) {
      Chip c;
      c.write(kEtu, 0x8000000000000800ull);
      c.write(kPci + 0xA, 0x8000000000000000ull);
      CHECK(c.read(kPci) == 0);
      if (is_write) {
        c.write(kEtu + r.offset, 0);
      } else {
        CHECK(c.read(kEtu + r.offset) == ~0ull);
      }
      CHECK(c.read(kPci) == 0x1000000000000000ull);
      CHECK(c.etu().reads.empty());
      CHECK(c.etu().writes.empty());
    }
  }
}

TEST_CASE("HV indirect reaches a register, 8 bytes or 4, and may count up") {
  Chip c;
  FakeEtu& e = c.etu();
  e.registers[0x800] = 0x000000a400000002ull;
  CHECK(c.read(kEtu + 1) == ~0ull);  // not valid
  c.write(kEtu, 0x0000000000000800ull);
  c.write(kEtu + 1, 1);
  CHECK(c.read(kEtu + 1) == ~0ull);
  CHECK((e.reads.empty() && e.writes.empty()));
  c.write(kEtu, 0x8000000000000800ull);
  CHECK(c.read(kEtu + 1) == 0x000000a400000002ull);
  CHECK(e.reads.back().bytes == 8);
  CHECK(c.read(kEtu) == 0x8000000000000800ull);
  c.write(kEtu, ~0ull);
  CHECK(c.read(kEtu) == 0xE000000000001FFFull);

  c.write(kEtu, 0xA000000000000810ull);
  c.write(kEtu + 1, 0x1111111111111111ull);
  c.write(kEtu + 1, 0x2222222222222222ull);
  CHECK(e.registers[0x810] == 0x1111111111111111ull);
  CHECK(e.registers[0x818] == 0x2222222222222222ull);
  CHECK(c.read(kEtu) == 0xA000000000000820ull);
  c.write(kEtu, 0xA000000000001FF8ull);
  c.read(kEtu + 1);
  CHECK(c.read(kEtu) == 0xA000000000000000ull);

  e.registers[0x1004] = 0x06001000;
  c.write(kEtu, 0xE000000000001004ull);
  CHECK(c.read(kEtu + 1) == 0x06001000);
  CHECK(e.reads.back().bytes == 4);
  CHECK(c.read(kEtu) == 0xE000000000001008ull);
  c.write(kEtu, 0xC000000000000130ull);
  c.write(kEtu + 1, 0xFFFFFFFF12345678ull);
  CHECK(e.writes.back().bytes == 4);
  CHECK(e.writes.back().value == 0x12345678);
}

TEST_CASE("HV indirect takes 4 bytes exactly where the PHB needs them") {
  Chip c;
  const auto reaches = [&](std::uint64_t addr) {
    const std::size_t reads = c.etu().reads.size();
    const std::size_t writes = c.etu().writes.size();
    c.write(kEtu, 0x8000000000000000ull | addr);
    c.read(kEtu + 1);
    c.write(kEtu + 1, 0);
    CHECK(c.etu().reads.size() - reads == c.etu().writes.size() - writes);
    return c.etu().reads.size() != reads;
  };
  constexpr std::uint64_t k4 = 0x4000000000000000ull;
  CHECK(reaches(0xFF8));
  CHECK(!reaches(k4 | 0xFF8));
  CHECK(reaches(k4 | 0x1000));
  CHECK(!reaches(0x1000));
  CHECK(reaches(k4 | 0x17FC));
  CHECK(!reaches(k4 | 0x17FE));
  CHECK(!reaches(0x17F8));
  CHECK(reaches(0x1800));
  CHECK(!reaches(k4 | 0x1800));
  CHECK(!reaches(0x804));
  CHECK(reaches(k4 | 0x130));
  CHECK(!reaches(0x130));
  CHECK(!reaches(k4 | 0x131));
  CHECK(!reaches(k4 | 0x134));
  CHECK(reaches(0x138));
  CHECK(reaches(0x128));
}

TEST_CASE("LEM and counters by SCOM are the PHB's registers") {
  Chip c;
  const std::pair<unsigned, std::uint32_t> places[] = {
      {0x8, 0xC00}, {0x9, 0xC08}, {0xA, 0xC10}, {0xB, 0xC18}, {0xC, 0xC20}, {0xD, 0xC28}, {0xE, 0xC30},
      {0xF, 0xC38}, {0x10, 0xC40}, {0x17, 0xF88}, {0x18, 0xF90}, {0x19, 0xF98}, {0x1A, 0xFA0}, {0x1B, 0xFA8}};
  for (const auto& [scom, offset] : places) {
    c.write(kEtu + scom, 0x0123456789ABCDEFull + scom);
    CHECK(c.etu().writes.back().offset == offset);
    CHECK(c.etu().writes.back().value == 0x0123456789ABCDEFull + scom);
    CHECK(c.read(kEtu + scom) == 0x0123456789ABCDEFull + scom);
    CHECK(c.etu().reads.back().offset == offset);
    CHECK(c.etu().reads.back().bytes == 8);
  }
}

TEST_CASE("POWER8's ASB reaches registers; configuration data are the upper half") {
  Chip c(Generation::Phb3);
  FakeEtu& e = c.etu(1);
  const std::uint64_t spci = 0x9013C40;
  e.registers[0x800] = 0x000000a300000005ull;
  c.write(spci, 0x800);
  CHECK(c.read(spci + 2) == 0x000000a300000005ull);
  c.write(spci, 0x140);
  c.write(spci + 2, 0x8010000000010000ull);
  CHECK(e.registers[0x140] == 0x8010000000010000ull);
  c.write(spci, 0x130);
  c.write(spci + 2, 0x12345678FFFFFFFFull);
  CHECK(e.writes.back().bytes == 4);
  CHECK(e.writes.back().value == 0x12345678);
  CHECK(c.read(spci + 2) == 0x1234567800000000ull);
  c.write(spci, 0x804);
  CHECK(c.read(spci + 2) == ~0ull);
  c.write(0x901240A, 0x8000000000000000ull);
  c.write(spci, 0x800);
  CHECK(c.read(spci + 2) == ~0ull);
  CHECK(e.resets == std::vector<bool>{true});
}

TEST_CASE("BARs give PHB, kind and offset; disabled ones do not answer") {
  for (Generation g : kGenerationList) {
    const PecLayout& l = pec_layout(g);
    Chip c(g);
    for (unsigned p = 0; p < l.pecs; ++p) {
      for (unsigned s = 0; s < l.stacks[p]; ++s) {
        const unsigned phb = phb_of(l, p, s);
        INFO(phb << " of generation " << static_cast<unsigned>(g));
        const std::uint64_t nest = scom_base(l, PecUnit::Stack, p, s);
        const auto reg = [&](PecStackReg r) {
          return nest + kPecStackTable.row(g, static_cast<std::uint16_t>(r))->offset;
        };
        const auto window = [&](MapKind k) { return *map_window(g, 0, k, phb); };
        const auto mask = [&](MapKind k) { return ~(window(k).bytes - 1) << l.bar_shift; };
        c.write(reg(PecStackReg::MmioBar0), window(MapKind::Mmio64).base << l.bar_shift);
        c.write(reg(PecStackReg::MmioBar0Mask), mask(MapKind::Mmio64));
        c.write(reg(PecStackReg::MmioBar1), window(MapKind::Mmio32).base << l.bar_shift);
        c.write(reg(PecStackReg::MmioBar1Mask), mask(MapKind::Mmio32));
        c.write(reg(PecStackReg::PhbRegBar), window(MapKind::Registers).base << l.bar_shift);
        if (g != Generation::Phb3)
          c.write(reg(PecStackReg::IntBar), window(MapKind::Interrupts).base << l.bar_shift);
        else
          c.write(scom_base(l, PecUnit::PciStack, p, s) + 0xB, window(MapKind::Registers).base << l.bar_shift);
        struct Row {
          MapKind kind;
          PecBar bar;
          unsigned bit;
          std::uint64_t bytes;
        };
        const std::uint64_t registers = g == Generation::Phb3 ? 0x1000 : 0x4000;
        std::vector<Row> rows{{MapKind::Mmio64, PecBar::Mmio0, 0, window(MapKind::Mmio64).bytes},
                              {MapKind::Mmio32, PecBar::Mmio1, 1, window(MapKind::Mmio32).bytes},
                              {MapKind::Registers, PecBar::Registers, 2, registers}};
        if (g != Generation::Phb3) rows.push_back({MapKind::Interrupts, PecBar::Interrupts, 3, 256 * kMiB});
        for (const Row& r : rows) {
          const RealAddr base = window(r.kind).base;
          c.write(reg(PecStackReg::BarEnable), ~ppc_bit(r.bit));
          CHECK(!c.scom->decode(base));
          c.write(reg(PecStackReg::BarEnable), ppc_bit(r.bit));
          for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{0x88}, r.bytes - 1}) {
            const std::optional<PecTarget> t = c.scom->decode(base + offset);
            REQUIRE(t.has_value());
            CHECK(t->phb == phb);
            CHECK(t->bar == r.bar);
            CHECK(t->offset == offset);
          }
          CHECK(!c.scom->decode(base + r.bytes));
          CHECK(!c.scom->decode(base - 1));
          CHECK(!c.scom->decode(base | 1ull << 60));
          c.write(reg(PecStackReg::BarEnable), 0);
        }
      }
    }
  }
}

TEST_CASE("A mask that was never set is no window; POWER8 wants both register BARs the same") {
  Chip c;
  c.write(kNest + 0x14, 0xF000000000000000ull);
  CHECK(!c.scom->decode(0x0006000000000000ull));
  Chip p8(Generation::Phb3);
  p8.write(0x2012045, ppc_bit(2));
  p8.write(0x2012042, 0x0003FFFE40000000ull << 14);
  CHECK(!p8.scom->decode(0x0003FFFE40000000ull));
  p8.write(0x901200B, 0x0003FFFE40000000ull << 14);
  CHECK(p8.scom->decode(0x0003FFFE40000000ull).has_value());
}
