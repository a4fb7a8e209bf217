// SPDX-License-Identifier: Apache-2.0
#include "models/arch/physical_map.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {
RealAddr base(Generation g, unsigned chip, MapKind kind, unsigned phb = 0) {
  return map_window(g, chip, kind, phb)->base;
}
constexpr MapKind kKinds[] = {MapKind::Mmio64, MapKind::Mmio32, MapKind::Interrupts, MapKind::Registers,
                              MapKind::Xscom};
}  // namespace

// The BAR values that skiboot writes on a POWER9 (traces, skiboot-p9) are these, shifted by 8.
TEST_CASE("POWER9's windows are where firmware puts its BARs") {
  struct Row {
    unsigned phb;
    std::uint64_t mmio0, mmio1, interrupts, registers;
  };
  for (const Row& r : {Row{0, 0x600000000000000, 0x600c00000000000, 0x600c30000000000, 0x600c3c000000000},
                       Row{1, 0x600400000000000, 0x600c08000000000, 0x600c32000000000, 0x600c3c010000000},
                       Row{2, 0x600800000000000, 0x600c10000000000, 0x600c34000000000, 0x600c3c020000000},
                       Row{3, 0x602000000000000, 0x600c18000000000, 0x600c36000000000, 0x600c3c030000000},
                       Row{4, 0x602400000000000, 0x600c20000000000, 0x600c38000000000, 0x600c3c040000000},
                       Row{5, 0x602800000000000, 0x600c28000000000, 0x600c3a000000000, 0x600c3c050000000}}) {
    CHECK(base(Generation::Phb4, 0, MapKind::Mmio64, r.phb) << 8 == r.mmio0);
    CHECK(base(Generation::Phb4, 0, MapKind::Mmio32, r.phb) << 8 == r.mmio1);
    CHECK(base(Generation::Phb4, 0, MapKind::Interrupts, r.phb) << 8 == r.interrupts);
    CHECK(base(Generation::Phb4, 0, MapKind::Registers, r.phb) << 8 == r.registers);
  }
  // Masks of the trace: 0xffffc0... and 0xffffff80..., likewise shifted.
  CHECK(~(map_window(Generation::Phb4, 0, MapKind::Mmio64, 0)->bytes - 1) << 8 == 0xffffc00000000000);
  CHECK(~(map_window(Generation::Phb4, 0, MapKind::Mmio32, 0)->bytes - 1) << 8 == 0xffffff8000000000);
  CHECK(base(Generation::Phb4, 0, MapKind::Xscom) == 0x000603FC00000000);
}

TEST_CASE("A chip lies above the one before it") {
  for (MapKind k : kKinds) {
    CHECK(base(Generation::Phb4, 2, k) - base(Generation::Phb4, 0, k) == 2ull << 42);
    CHECK(base(Generation::Phb5, 3, k) - base(Generation::Phb5, 0, k) == 3ull << 44);
    CHECK(base(Generation::Phb5, 0, k) == base(Generation::Phb4, 0, k));
  }
}

TEST_CASE("POWER8's windows") {
  CHECK(base(Generation::Phb3, 1, MapKind::Mmio64, 2) == 0x0003D06000000000);
  CHECK(base(Generation::Phb3, 1, MapKind::Mmio32, 2) == 0x0003FF8300000000);
  CHECK(base(Generation::Phb3, 1, MapKind::Registers, 2) == 0x0003FFFE40600000);
  CHECK(!map_window(Generation::Phb3, 0, MapKind::Interrupts));
  CHECK(!map_window(Generation::Phb3, 0, MapKind::Mmio64, 4));
  CHECK(!map_window(Generation::Phb4, 0, MapKind::Mmio64, 6));
}

TEST_CASE("No two windows overlap") {
  for (Generation g : {Generation::Phb3, Generation::Phb4, Generation::Phb5}) {
    std::vector<MapWindow> all;
    for (unsigned chip = 0; chip < 4; ++chip)
      for (MapKind k : kKinds)
        for (unsigned phb = 0; phb < phbs_per_chip(g); ++phb)
          if (const auto w = map_window(g, chip, k, phb)) all.push_back(*w);
    CHECK(all.size() == (g == Generation::Phb3 ? 48 : 100));
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t k = i + 1; k < all.size(); ++k) {
        if (!all[i].contains(all[k].base) && !all[k].contains(all[i].base)) continue;
        FAIL(std::hex << all[i].base << " and " << all[k].base);
      }
  }
}

TEST_CASE("XSCOM has eight bytes for each SCOM address") {
  CHECK(scom_of_xscom(0x20086290) == 0x4010C52);
  CHECK(xscom_of_scom(0x4010C52) == 0x20086290);
}
