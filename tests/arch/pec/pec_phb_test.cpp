// SPDX-License-Identifier: Apache-2.0
// Controllers over PHBs as they are: what a fence closes and SCOM does not, and what a reset leaves.
#include <memory>
#include <vector>

#include "models/arch/pec/pec_state.hpp"
#include "models/arch/phb_state.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

class PhbEtu final : public EtuPort {
 public:
  explicit PhbEtu(PhbState& phb) : phb_(phb) {}
  std::uint64_t read(std::uint32_t offset, unsigned bytes) override { return phb_.read(offset, bytes, Path::Scom); }
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value) override {
    phb_.write(offset, bytes, value, Path::Scom);
  }
  void set_reset(bool asserted) override { phb_.hold_reset(asserted); }
  void fence() override { phb_.fence(); }
  bool transactions_pending() const override { return false; }

 private:
  PhbState& phb_;
};

struct Chip {
  explicit Chip(Generation g) {
    std::vector<EtuPort*> ports;
    const unsigned count = g == Generation::Phb3 ? 3 : 6;
    for (unsigned i = 0; i < count; ++i) {
      phbs.push_back(std::make_unique<PhbState>(g, size_of_index(g, i)));
      etus.push_back(std::make_unique<PhbEtu>(*phbs.back()));
      ports.push_back(etus.back().get());
    }
    scom = std::make_unique<Scom>(g, ports);
  }
  std::vector<std::unique_ptr<PhbState>> phbs;
  std::vector<std::unique_ptr<PhbEtu>> etus;
  std::unique_ptr<Scom> scom;
};

}  // namespace

TEST_CASE("A fenced PHB answers by SCOM only, until a complete reset") {
  for (Generation g : {Generation::Phb4, Generation::Phb5}) {
    Chip c(g);
    const unsigned index = 3;
    PhbState& phb = *c.phbs[index];
    const PecLayout& l = pec_layout(g);
    const unsigned pec = g == Generation::Phb4 ? 2 : 1;
    const std::uint64_t nest = scom_base(l, PecUnit::Stack, pec, 0);
    const std::uint64_t pci = scom_base(l, PecUnit::PciStack, pec, 0);
    const std::uint64_t etu = scom_base(l, PecUnit::Etu, pec, 0);
    const std::uint64_t version = phb.facts().version;

    phb.write_register(0x810, 0x0010040000000000ull);
    c.scom->write(nest + 2, kNfirForceFence);
    CHECK(phb.fenced());
    CHECK(phb.read_register(0x120) == ~0ull);
    c.scom->write(etu, 0x8000000000000800ull);
    CHECK(c.scom->read(etu + 1).value == version);
    // The root complex as firmware finds it there: vendor first in the bytes.
    c.scom->write(etu, 0xC000000000001000ull);
    CHECK(c.scom->read(etu + 1).value == (g == Generation::Phb4 ? 0x1410C104u : 0x14105206u));
    // PERST is asserted before the reset, and by SCOM.
    c.scom->write(etu, 0x8000000000001A10ull);
    c.scom->write(etu + 1, 0x0800000000000000ull);

    c.scom->write(pci + 0xA, kEtuReset);
    CHECK(phb.in_reset());
    c.scom->write(etu, 0x8000000000000800ull);
    CHECK(c.scom->read(etu + 1).value == ~0ull);
    CHECK(c.scom->read(pci).value == kPfirEtuInReset);
    c.scom->write(nest + 1, ~c.scom->read(nest).value);
    c.scom->write(pci + 1, ~c.scom->read(pci).value);
    c.scom->write(pci + 0xA, 0);
    CHECK(!phb.fenced());
    CHECK(phb.read_register(0x800) == version);
    CHECK(phb.read_register(0x810) == 0);
    for (unsigned other = 0; other < 6; ++other)
      if (other != index) CHECK(!c.phbs[other]->fenced());
  }
}

TEST_CASE("POWER8 reaches a fenced PHB by ASB") {
  Chip c(Generation::Phb3);
  PhbState& phb = *c.phbs[1];
  c.scom->write(0x2012402, 0x000000F000000000ull);
  CHECK(phb.fenced());
  CHECK(phb.read_register(0x800) == ~0ull);
  c.scom->write(0x9013C40, 0x800);
  CHECK(c.scom->read(0x9013C42).value == phb.facts().version);
  // The root port by a configuration cycle: its vendor and device.
  c.scom->write(0x9013C40, 0x140);
  c.scom->write(0x9013C42, 0x8000000000000000ull);
  c.scom->write(0x9013C40, 0x130);
  CHECK(c.scom->read(0x9013C42).value == 0x1410DC0300000000ull);
}

TEST_CASE("LEM by SCOM is the PHB's LEM") {
  Chip c(Generation::Phb4);
  c.scom->write(0xD01090B, 0x00FF000000000000ull);
  CHECK(c.phbs[0]->read_register(0xC18) == 0x00FF000000000000ull);
  c.scom->write(0xD01090D, 0x8000000000000000ull);
  CHECK(c.scom->read(0xD01090B).value == 0x80FF000000000000ull);
}
