// SPDX-License-Identifier: Apache-2.0
#include "models/arch/generation.hpp"
#include "models/arch/pec/pec_layout.hpp"
#include "models/base/text.hpp"
#include "platform/registers/c_header.hpp"
#include "platform/registers/units.hpp"

namespace phbsim::registers {

using namespace arch;

namespace {

constexpr std::string_view kAbout =
    "/* The registers around the host bridge that SCOM reaches. Generated, do not edit:\n"
    "   phbsim registers --format c-header --table scom > firmware-stubs/include/pec_registers.h */\n";

constexpr std::string_view kAddresses =
    "/* SCOM addresses from the base of their unit. PHB3 stands for POWER8, PHB4 for POWER9, PHB5 for\n"
    "   POWER10. */\n\n";

std::string processor_of(Generation g) { return std::string(facts_of(g, PhbSize::Big).processor); }

std::vector<Define> bases() {
  std::vector<Define> d;
  for (const PecLayout& l : kPecLayouts) {
    const std::string chip = processor_of(l.generation);
    d.push_back({chip + "_PECS", std::to_string(l.pecs), {}, !d.empty()});
    d.push_back({chip + "_BAR_SHIFT", std::to_string(l.bar_shift), "a BAR's value is the address shifted left"});
    for (unsigned p = 0; p < l.pecs; ++p) {
      const std::string pec = chip + "_PEC" + std::to_string(p);
      d.push_back({pec + "_STACKS", std::to_string(l.stacks[p]), {}});
      d.push_back({pec + "_NEST", text::hex(scom_base(l, PecUnit::Nest, p, 0)), {}});
      d.push_back({pec + "_NEST_STACK0", text::hex(scom_base(l, PecUnit::Stack, p, 0)), {}});
      d.push_back({pec + "_PCI", text::hex(scom_base(l, PecUnit::Pci, p, 0)), {}});
      d.push_back({pec + "_PCI_STACK0", text::hex(scom_base(l, PecUnit::PciStack, p, 0)), {}});
      d.push_back({pec + "_ETU0", text::hex(scom_base(l, PecUnit::Etu, p, 0)), {}});
      if (l.conf1[p] != 0) d.push_back({pec + "_CHIPLET", text::hex(scom_base(l, PecUnit::Chiplet, p, 0)), {}});
    }
  }
  d.push_back({"PEC_STACK_STRIDE", text::hex(kScomStackStride), "from a stack's base, or a PHB's, to the next", true});
  d.push_back({"PEC_LANES_X16", std::to_string(static_cast<unsigned>(LaneConfig::X16)), "in CONF1_LANE_CFG"});
  d.push_back({"PEC_LANES_X8_X8", std::to_string(static_cast<unsigned>(LaneConfig::X8X8)), {}});
  d.push_back({"PEC_LANES_X8_X4_X4", std::to_string(static_cast<unsigned>(LaneConfig::X8X4X4)), {}});
  return d;
}

}  // namespace

std::string pec_c_header() {
  std::string body(kAddresses);
  body += "/* Bases of the units */\n" + defines_text(bases()) + "\n";
  for (const Unit& u : units())
    if (u.scom) body += "/* " + std::string(u.title) + " */\n" + defines_text(register_defines(*u.table)) + "\n";
  body.pop_back();
  return c_header_frame("PEC_REGISTERS_H", kAbout, body);
}

}  // namespace phbsim::registers
