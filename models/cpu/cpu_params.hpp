// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::cpu {

struct CpuParams {
  unsigned clock_mhz = 4000;               ///< [MA] 1 to 100000
  unsigned millicycles = 1000;             ///< [MA] per instruction, in thousandths of a cycle: 1 to 1000000
  unsigned timebase_mhz = 512;             ///< [F P9] 1 to 10000
  Tick quantum = kPsPerUs;                 ///< [MA] how far it runs ahead of the others; at least one instruction
  bool idle_branch = true;                 ///< a branch to itself is waited in, not executed
  Tick poll_interval = 100 * kPsPerUs;     ///< of a debugger while idle; from 1 ns on
  std::uint64_t stack_bytes = 256 * kKiB;  ///< of its SystemC thread, with what its handlers need
};

/// Throws UserError that names the parameter, its value and its range.
void check(const CpuParams& params);

}  // namespace phbsim::cpu
