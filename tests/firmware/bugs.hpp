// SPDX-License-Identifier: Apache-2.0
/// What the checker has to say about each of the firmware's bugs.
#pragma once

#include <string>

#include "firmware-stubs/include/boot_info.h"
#include "models/arch/checker/checker.hpp"

namespace phbsim::test {

/// True if the rule of `bug` was broken once and no other was; PHB3 knows no wait for a kill.
inline bool is_found(const arch::checker::Checker& checker, std::uint64_t bug, arch::Generation generation) {
  const auto& found = checker.violations();
  if (bug == BOOT_BUG_NONE || (bug == BOOT_BUG_KILL_NOT_WAITED && generation == arch::Generation::Phb3)) return found.empty();
  return found.size() == 1 && static_cast<std::uint64_t>(found[0].rule) + 1 == bug;
}

inline std::string to_text(const arch::checker::Checker& checker) {
  std::string out;
  for (const auto& v : checker.violations()) out += arch::checker::to_text(v, checker.phb_name(v.phb));
  return out;
}

}  // namespace phbsim::test
