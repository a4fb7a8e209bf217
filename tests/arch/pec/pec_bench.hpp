// SPDX-License-Identifier: Apache-2.0
/// A chip's PCIe controllers over PHBs that only note what they are asked.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "models/arch/pec/pec_state.hpp"
#include "models/arch/physical_map.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::arch {

/// A PHB of which only what the controller asks is seen.
class FakeEtu final : public EtuPort {
 public:
  struct Access {
    std::uint32_t offset;
    unsigned bytes;
    std::uint64_t value;
  };
  std::uint64_t read(std::uint32_t offset, unsigned bytes) override {
    reads.push_back({offset, bytes, 0});
    return registers[offset];
  }
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value) override {
    writes.push_back({offset, bytes, value});
    registers[offset] = value;
  }
  void set_reset(bool asserted) override { resets.push_back(asserted); }
  void fence() override { ++fences; }
  bool transactions_pending() const override { return pending; }

  std::map<std::uint32_t, std::uint64_t> registers;
  std::vector<Access> reads, writes;
  std::vector<bool> resets;
  unsigned fences = 0;
  bool pending = false;
};

inline constexpr Generation kGenerationList[] = {Generation::Phb3, Generation::Phb4, Generation::Phb5};
inline constexpr PecUnit kUnits[] = {PecUnit::Nest,     PecUnit::Stack, PecUnit::Pci,
                              PecUnit::PciStack, PecUnit::Etu,   PecUnit::Chiplet};

struct Chip {
  explicit Chip(Generation g = Generation::Phb4, bool after_hostboot = true, LaneConfig lanes = LaneConfig::X16) {
    std::vector<EtuPort*> ports;
    for (unsigned i = 0; i < phbs_per_chip(g); ++i) {
      etus.push_back(std::make_unique<FakeEtu>());
      ports.push_back(etus.back().get());
    }
    PecOptions options;
    options.after_hostboot = after_hostboot;
    options.lanes.fill(lanes);
    scom = std::make_unique<Scom>(g, ports, options);
  }
  std::uint64_t read(std::uint64_t at) {
    const XscomResult r = scom->read(at);
    REQUIRE(r.ok);
    return r.value;
  }
  void write(std::uint64_t at, std::uint64_t value) { REQUIRE(scom->write(at, value).ok); }
  FakeEtu& etu(unsigned phb = 0) { return *etus[phb]; }

  std::vector<std::unique_ptr<FakeEtu>> etus;
  std::unique_ptr<Scom> scom;
};

// PHB0 of POWER9.
constexpr std::uint64_t kNest = 0x4010C40, kPci = 0xD010840, kEtu = 0xD010900;
constexpr std::uint64_t kForce = 0x0000002000000000ull;

/// The register is the PHB's.
inline bool forwards(const RegSpec& r) {
  const auto a = static_cast<PecAction>(r.action);
  return a == PecAction::EtuWord || a == PecAction::HvData || a == PecAction::AsbData;
}

}  // namespace phbsim::arch
