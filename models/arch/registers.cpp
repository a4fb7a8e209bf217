// SPDX-License-Identifier: Apache-2.0
#include "models/arch/registers.hpp"

#include "models/arch/register_rows.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch {

const RegTable& phb_registers() { return rows::kPhbTable; }

std::string register_name(const RegSpec& spec) { return std::string(spec.block) + std::string(spec.suffix); }

std::uint32_t offset_of(Reg reg) {
  static const auto offsets = [] {
    std::array<std::uint32_t, kRegs> o{};
    for (const RegSpec& r : rows::kPhbTable) {
      PHBSIM_ASSERT(o[r.id] == 0 || o[r.id] == r.offset);
      o[r.id] = r.offset;
    }
    return o;
  }();
  return offsets[static_cast<unsigned>(reg)];
}

}  // namespace phbsim::arch
