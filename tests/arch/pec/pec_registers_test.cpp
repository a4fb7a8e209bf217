// SPDX-License-Identifier: Apache-2.0
#include "models/arch/pec/pec_registers.hpp"

#include <set>
#include <utility>
#include <vector>

#include "tests/arch/pec/pec_bench.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

/// What a register has to read after a write, by its row alone.
std::uint64_t expected(const RegSpec& r, std::uint64_t before, std::uint64_t value) {
  switch (r.access) {
    case RegAccess::ReadWrite:
      return (before & ~r.writable.big) | (value & r.writable.big);
    case RegAccess::WriteOneClears:
      return before & ~(value & r.writable.big);
    case RegAccess::AnyWriteClears:
    case RegAccess::WriteOnly:
      return 0;
    case RegAccess::ReadOnly:
      break;
  }
  return before;
}

}  // namespace

TEST_CASE("Every register of every controller obeys its row") {
  unsigned walked = 0;
  for (Generation g : kGenerationList) {
    const PecLayout& l = pec_layout(g);
    for (PecUnit unit : kUnits) {
      for (const RegSpec& r : pec_table(unit)) {
        if (!r.exists_in(g) || forwards(r)) continue;
        for (unsigned p = 0; p < l.pecs; ++p) {
          for (unsigned s = 0; s < (is_of_stack(unit) ? l.stacks[p] : 1); ++s) {
            Chip c(g, false);
            const std::uint64_t at = scom_base(l, unit, p, s) + r.offset;
            INFO(c.scom->name(at) << " of generation " << static_cast<unsigned>(g));
            const std::optional<ScomPlace> place = c.scom->place(at);
            REQUIRE(place.has_value());
            CHECK(place->row == &r);
            CHECK(place->pec == p);
            CHECK((!is_of_stack(unit) || place->stack == s));
            if (unit != PecUnit::Chiplet) CHECK(c.read(at) == r.reset.big);
            for (const std::uint64_t v : {~0ull, 0ull, 0xA5A5A5A5A5A5A5A5ull, 0x5A5A5A5A5A5A5A5Aull, ~0ull}) {
              const std::uint64_t before = c.read(at);
              c.write(at, v);
              CHECK(c.read(at) == expected(r, before, v));
            }
            ++walked;
          }
        }
      }
    }
  }
  CHECK(walked > 500);
}

TEST_CASE("A write to one register changes no other") {
  for (Generation g : kGenerationList) {
    const PecLayout& l = pec_layout(g);
    std::vector<std::uint64_t> all;
    for (PecUnit unit : kUnits)
      for (const RegSpec& r : pec_table(unit))
        for (unsigned p = 0; p < l.pecs; ++p)
          for (unsigned s = 0; s < (is_of_stack(unit) ? l.stacks[p] : 1); ++s)
            if (r.exists_in(g) && !forwards(r)) all.push_back(scom_base(l, unit, p, s) + r.offset);
    CHECK(std::set<std::uint64_t>(all.begin(), all.end()).size() == all.size());
    Chip c(g);
    const auto snapshot = [&] {
      std::vector<std::uint64_t> v;
      for (std::uint64_t at : all) v.push_back(c.read(at));
      return v;
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto action = static_cast<PecAction>(c.scom->place(all[i])->row->action);
      if (action >= PecAction::Fir && action <= PecAction::FirAction) continue;  // their own tests
      const std::vector<std::uint64_t> before = snapshot();
      c.write(all[i], ~0ull);
      const std::vector<std::uint64_t> after = snapshot();
      for (std::size_t k = 0; k < all.size(); ++k) {
        if (k == i || before[k] == after[k]) continue;
        FAIL(c.scom->name(all[i]) << " changed " << c.scom->name(all[k]));
      }
    }
  }
}

TEST_CASE("Addresses of units are those of the reference") {
  struct Row {
    Generation generation;
    std::uint64_t scom;
    const char* name;
  };
  for (const Row& r : {Row{Generation::Phb4, 0x4010C00, "PEC0 PEC_NEST_PBCQ_HW_CONFIG"},
                       {Generation::Phb4, 0x4011442, "PEC2 stack 0 PEC_NEST_STACK_NFIR_SET"},
                       {Generation::Phb4, 0x40114D2, "PEC2 stack 2 PEC_NEST_STACK_PHB_REG_BAR"},
                       {Generation::Phb4, 0xE010800, "PEC1 PEC_PCI_PBAIB_HW_CONFIG"},
                       {Generation::Phb4, 0xE01088A, "PEC1 stack 1 PEC_PCI_STACK_ETU_RESET"},
                       {Generation::Phb4, 0xF010980, "PEC2 stack 2 ETU_SCOM_HV_IND_ADDRESS"},
                       {Generation::Phb4, 0xF000009, "PEC2 PEC_CHIPLET_CONF1"},
                       {Generation::Phb4, 0x4010C56, "PEC0 stack 0 PEC_NEST_STACK_TUNNEL_BAR"},
                       {Generation::Phb5, 0x3011840, "PEC0 stack 0 PEC_NEST_STACK_NFIR"},
                       {Generation::Phb5, 0x20118D4, "PEC1 stack 2 PEC_NEST_STACK_BAR_EN"},
                       {Generation::Phb5, 0x3011856, "PEC0 stack 0 PEC_NEST_STACK_SPARSE_PAGE"},
                       {Generation::Phb5, 0x9010940, "PEC1 stack 1 ETU_SCOM_HV_IND_ADDRESS"},
                       {Generation::Phb5, 0x9000009, "PEC1 PEC_CHIPLET_CONF1"},
                       {Generation::Phb3, 0x2012818, "PEC2 PEC_NEST_PBCQ_HW_CONFIG"},
                       {Generation::Phb3, 0x2012842, "PEC2 stack 0 PEC_NEST_STACK_PHB_REG_BAR"},
                       {Generation::Phb3, 0x901280A, "PEC2 stack 0 PEC_PCI_STACK_ETU_RESET"},
                       {Generation::Phb3, 0x9013C82, "PEC2 stack 0 ETU_SCOM_ASB_DATA"}}) {
    Chip c(r.generation);
    CHECK(c.scom->name(r.scom) == r.name);
    CHECK(c.scom->read(r.scom).ok);
  }
}

TEST_CASE("An address that names nothing is an error, for reads and writes") {
  Chip c;
  for (const std::uint64_t at : {0x0ull, 0x4010C0Cull, 0x4010C49ull, 0x4010C57ull, 0x4010C80ull, 0x4011800ull,
                                 0xD010803ull, 0xD010902ull, 0xD010940ull, 0x3011800ull, 0xFFFFFFFF04010C00ull}) {
    CHECK(!c.scom->read(at).ok);
    CHECK(c.scom->read(at).value == ~0ull);
    CHECK(!c.scom->write(at, 0).ok);
    CHECK(c.scom->name(at).empty());
  }
  CHECK(!Chip(Generation::Phb3).scom->place(0x9012000));
}

TEST_CASE("Lanes and the chiplet's configuration word") {
  CHECK(Chip(Generation::Phb4).read(0xD000009) == 0x0800000000000000ull);
  CHECK(Chip(Generation::Phb4).read(0xE000009) == 0x0C00000000000000ull);
  CHECK(Chip(Generation::Phb4, true, LaneConfig::X8X4X4).read(0xF000009) == 0x0E20000000000000ull);
  CHECK(Chip(Generation::Phb5, true, LaneConfig::X8X8).read(0x9000009) == 0x4000000000000000ull);
  CHECK(Chip(Generation::Phb5, true, LaneConfig::X8X4X4).read(0x8000009) == 0x8000000000000000ull);
  Chip c(Generation::Phb4, true, LaneConfig::X8X4X4);
  CHECK(c.scom->pec(0).lanes(0) == 16);
  CHECK(c.scom->pec(1).lanes(0) == 8);
  CHECK(c.scom->pec(1).lanes(1) == 8);
  CHECK(c.scom->pec(2).lanes(0) == 8);
  CHECK(c.scom->pec(2).lanes(1) == 4);
  CHECK(c.scom->pec(2).lanes(2) == 4);
  CHECK(Chip(Generation::Phb5).scom->pec(1).lanes(1) == 0);
  CHECK(Chip(Generation::Phb3).scom->pec(3).lanes(0) == 16);
}

TEST_CASE("Hostboot leaves actions, masks and PBCQ settings, and PHBs out of reset") {
  Chip c;
  CHECK(c.read(kNest + 6) == 0x5B0F81E000000000ull);
  CHECK(c.read(kNest + 7) == 0x7F0F81E000000000ull);
  CHECK(c.read(kNest + 3) == 0x0030001C00000000ull);
  CHECK(c.read(kPci + 6) == 0xB000000000000000ull);
  CHECK(c.read(kPci + 3) == 0x0E00000000000000ull);
  CHECK(c.read(kPci + 0xA) == 0);
  // Scales 1, bits 22, 33 and 34:35; controllers with several PHBs have bit 60, too.
  CHECK(c.read(0x4010C00) == 0x1110020070000000ull);
  CHECK(c.read(0x4011000) == 0x1110020070000008ull);
  CHECK(c.read(0xD010800) == 0x0000000000E00000ull);
  Chip cold(Generation::Phb4, false);
  CHECK(cold.read(kPci + 0xA) == 0x8000000000000000ull);
  CHECK(cold.read(kNest + 6) == 0);
}

TEST_CASE("skiboot's probe of six PHBs reads what the trace has") {
  enum Kind { R, W };
  struct Line {
    Kind kind;
    std::uint64_t offset, value;
  };
  // The PEC lines of skiboot-p9, in order; offsets in the XSCOM window.
  const Line trace[] = {
    {W, 0x20086290, 0x600c3c000000000}, {W, 0x20086298, 0x600c30000000000}, {W, 0x20086270, 0x600000000000000},
    {W, 0x20086278, 0xffffc00000000000}, {W, 0x20086280, 0x600c00000000000}, {W, 0x20086288, 0xffffff8000000000},
    {R, 0x200862a0, 0x0}, {W, 0x200862a0, 0xf000000000000000}, {W, 0x68084200, 0x0}, {W, 0x20086200, 0x0},
    {R, 0x68084250, 0x0}, {W, 0x68084250, 0x0}, {W, 0x20088290, 0x600c3c010000000},
    {W, 0x20088298, 0x600c32000000000}, {W, 0x20088270, 0x600400000000000}, {W, 0x20088278, 0xffffc00000000000},
    {W, 0x20088280, 0x600c08000000000}, {W, 0x20088288, 0xffffff8000000000}, {R, 0x200882a0, 0x0},
    {W, 0x200882a0, 0xf000000000000000}, {W, 0x70084200, 0x0}, {W, 0x20088200, 0x0}, {R, 0x70084250, 0x0},
    {W, 0x70084250, 0x0}, {W, 0x20088490, 0x600c3c020000000}, {W, 0x20088498, 0x600c34000000000},
    {W, 0x20088470, 0x600800000000000}, {W, 0x20088478, 0xffffc00000000000}, {W, 0x20088480, 0x600c10000000000},
    {W, 0x20088488, 0xffffff8000000000}, {R, 0x200884a0, 0x0}, {W, 0x200884a0, 0xf000000000000000},
    {W, 0x70084400, 0x0}, {W, 0x20088400, 0x0}, {R, 0x70084450, 0x0}, {W, 0x70084450, 0x0},
    {W, 0x2008a290, 0x600c3c030000000}, {W, 0x2008a298, 0x600c36000000000}, {W, 0x2008a270, 0x602000000000000},
    {W, 0x2008a278, 0xffffc00000000000}, {W, 0x2008a280, 0x600c18000000000}, {W, 0x2008a288, 0xffffff8000000000},
    {R, 0x2008a2a0, 0x0}, {W, 0x2008a2a0, 0xf000000000000000}, {W, 0x78084200, 0x0}, {W, 0x2008a200, 0x0},
    {R, 0x78084250, 0x0}, {W, 0x78084250, 0x0}, {W, 0x2008a490, 0x600c3c040000000},
    {W, 0x2008a498, 0x600c38000000000}, {W, 0x2008a470, 0x602400000000000}, {W, 0x2008a478, 0xffffc00000000000},
    {W, 0x2008a480, 0x600c20000000000}, {W, 0x2008a488, 0xffffff8000000000}, {R, 0x2008a4a0, 0x0},
    {W, 0x2008a4a0, 0xf000000000000000}, {W, 0x78084400, 0x0}, {W, 0x2008a400, 0x0}, {R, 0x78084450, 0x0},
    {W, 0x78084450, 0x0}, {W, 0x2008a690, 0x600c3c050000000}, {W, 0x2008a698, 0x600c3a000000000},
    {W, 0x2008a670, 0x602800000000000}, {W, 0x2008a678, 0xffffc00000000000}, {W, 0x2008a680, 0x600c28000000000},
    {W, 0x2008a688, 0xffffff8000000000}, {R, 0x2008a6a0, 0x0}, {W, 0x2008a6a0, 0xf000000000000000},
    {W, 0x78084600, 0x0}, {W, 0x2008a600, 0x0}, {R, 0x78084650, 0x0}, {W, 0x78084650, 0x0},
    {W, 0x68084800, 0x8000000000000800}, {R, 0x68084808, 0xa400000002}, {W, 0x70084800, 0x8000000000000800},
    {R, 0x70084808, 0xa400000002}, {W, 0x70084a00, 0x8000000000000800}, {R, 0x70084a08, 0xa400000002},
    {W, 0x78084800, 0x8000000000000800}, {R, 0x78084808, 0xa400000002}, {W, 0x78084a00, 0x8000000000000800},
    {R, 0x78084a08, 0xa400000002}, {W, 0x78084c00, 0x8000000000000800}, {R, 0x78084c08, 0xa400000002},
  };
  Chip c;
  for (unsigned phb = 0; phb < 6; ++phb) c.etu(phb).registers[0x800] = 0x000000a400000002ull;
  unsigned reads = 0;
  for (const Line& l : trace) {
    INFO(c.scom->name(scom_of_xscom(l.offset)));
    if (l.kind == W) {
      c.write(scom_of_xscom(l.offset), l.value);
    } else {
      CHECK(c.read(scom_of_xscom(l.offset)) == l.value);
      ++reads;
    }
  }
  CHECK(reads == 18);
  for (unsigned phb = 0; phb < 6; ++phb) {
    const std::pair<MapKind, PecBar> kinds[] = {{MapKind::Mmio64, PecBar::Mmio0},
                                                {MapKind::Mmio32, PecBar::Mmio1},
                                                {MapKind::Interrupts, PecBar::Interrupts},
                                                {MapKind::Registers, PecBar::Registers}};
    for (const auto& [kind, bar] : kinds) {
      const std::optional<PecTarget> t = c.scom->decode(map_window(Generation::Phb4, 0, kind, phb)->base + 0x100);
      REQUIRE(t.has_value());
      CHECK(t->phb == phb);
      CHECK(t->bar == bar);
      CHECK(t->offset == 0x100);
    }
  }
}
