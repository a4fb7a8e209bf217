// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "models/base/types.hpp"

namespace phbsim::hypervisor {

/// What the software that fills TCE tables costs here: its memory stores and register accesses.
/// The cost of its instructions, hypercall entries and locks comes with the hypervisor model.
struct AgentParams {
  unsigned cpus = 4;                   ///< commands in progress
  std::string kill_policy = "pe";      ///< see kill_policy.hpp
  bool kill_on_map = true;             ///< Linux kills after maps, too (phb.md 3.3)
  bool dma_sync = true;                ///< wait for DMA in flight after a kill (phb.md 4.2)
  Tick poll_interval = 50 * kPsPerNs;  ///< pause between two polls [MA]
  /// An entry or absent table looked at when a whole window is cleared: 3 min per 1e9 were reported
  /// (ddw-vfio.md 7.1, 7.2) [derived].
  Tick clear_entry = 180 * kPsPerNs;
  bool skip_absent = true;             ///< clearing a window passes over tables that do not exist
};

}  // namespace phbsim::hypervisor
