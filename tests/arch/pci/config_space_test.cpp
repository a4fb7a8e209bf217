// SPDX-License-Identifier: Apache-2.0
#include "models/arch/pci/config_space.hpp"

#include <vector>

#include "models/base/types.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch::pci;

namespace {

ConfigSpace space() {
  ConfigSpace c({0x1014, 0x04ed, 0x1014, 0x0001, 0x088000, 3, 1});
  c.add_bar(0, {64 * kKiB, false, true, true}, 0x3FE080000000ull);
  c.add_bar(2, {256, false, false, false}, 0x80000100);
  c.add_bar(3, {32, true, false, false}, 0x1000);
  c.add_power_management();
  c.add_msi(3);
  c.add_msix(5, 0, 0x2000, 0, 0x3000);
  c.add_express(true);
  return c;
}

std::vector<unsigned> capability_list(const ConfigSpace& c) {
  std::vector<unsigned> ids;
  for (unsigned at = c.read(reg::kCapabilities, 1); at != 0; at = c.read(at + 1, 1)) ids.push_back(c.read(at, 1));
  return ids;
}

}  // namespace

TEST_CASE("PCI configuration space tells who the function is, in any width") {
  const ConfigSpace c = space();
  CHECK(c.read(0, 4) == 0x04ed1014);
  CHECK(c.read(2, 2) == 0x04ed);
  CHECK(c.read(3, 1) == 0x04);
  CHECK(c.read(8, 4) == 0x08800003);
  CHECK(c.read(0x2c, 4) == 0x00011014);
  CHECK(c.read(0x3d, 1) == 1);
  CHECK(capability_list(c) == std::vector<unsigned>{kCapPm, kCapMsi, kCapMsix, kCapExp});
  CHECK(c.read(c.find(kCapMsix) + 2, 2) == 4);
  CHECK((c.read(c.find(kCapMsi) + 2, 2) & 0xE) == 6);
  CHECK((c.read(4, 4) >> 16 & kStatusCapabilities) != 0);
  CHECK(Address{1, 2, 0x1b}.text() == "0001:02:03.3");
}

TEST_CASE("A BAR of PCI configuration space can be sized and placed") {
  ConfigSpace c = space();
  CHECK(c.bar_base(0) == 0x3FE080000000ull);
  c.write(0x10, 4, ~0u);
  c.write(0x14, 4, ~0u);
  CHECK(c.read(0x10, 4) == 0xFFFF000C);
  CHECK(c.read(0x14, 4) == 0xFFFFFFFF);
  c.write(0x10, 4, 0x12345678);
  c.write(0x14, 4, 0x1);
  CHECK(c.bar_base(0) == 0x112340000ull);
  c.write(0x18, 4, ~0u);
  CHECK(c.read(0x18, 4) == 0xFFFFFF00);
  c.write(0x1c, 4, ~0u);
  CHECK(c.read(0x1c, 4) == 0xFFFFFFE1);
  c.write(0x20, 4, ~0u);
  CHECK(c.read(0x20, 4) == 0);  // no such BAR
  c.reset();
  CHECK(c.bar_base(0) == 0x3FE080000000ull);
}

TEST_CASE("PCI configuration space keeps what is read-only and tells what changed") {
  ConfigSpace c = space();
  unsigned told = 0, resets = 0;
  c.on_control = [&] { ++told; };
  c.on_flr = [&] { ++resets; };
  for (unsigned at = 0; at < 4; ++at) c.write(at, 1, 0xFF);
  CHECK(c.read(0, 4) == 0x04ed1014);
  c.write(4, 2, 0xFFFF);
  CHECK(c.command() == 0x547);
  CHECK((c.memory_enabled() && c.bus_master() && c.intx_disabled()));
  c.set_intx(true);
  CHECK((c.read(6, 2) & kStatusInterrupt) != 0);
  const unsigned x = c.find(kCapMsix);
  c.write(x, 4, ~0u);
  CHECK(c.read(x, 4) == (0xC0040000u | c.read(x, 2)));
  c.write(x + 4, 4, ~0u);
  CHECK(c.read(x + 4, 4) == 0x2000);
  const unsigned e = c.find(kCapExp);
  c.write(e + reg::kExpDevCtl, 2, 0x7FFF);
  CHECK(resets == 0);
  c.write(e + reg::kExpDevCtl, 4, 0x8000);
  CHECK(resets == 1);
  CHECK((c.read(e + reg::kExpDevCtl, 2) & 0x8000) == 0);
  CHECK(told == 9);
}

TEST_CASE("Registers that a device keeps itself are read and written in double words") {
  ConfigSpace c = space();
  std::uint32_t value = 0x11223344;
  c.own_registers(0x180, 8, [&](unsigned at) { return at == 0x180 ? value : 7; },
                  [&](unsigned at, std::uint32_t v) { if (at == 0x180) value = v; });
  CHECK(c.read(0x180, 4) == 0x11223344);
  CHECK(c.read(0x182, 2) == 0x1122);
  CHECK(c.read(0x184, 1) == 7);
  c.write(0x181, 1, 0xAA);
  CHECK(value == 0x1122AA44);
  c.write(0x180, 4, 5);
  CHECK(value == 5);
}
