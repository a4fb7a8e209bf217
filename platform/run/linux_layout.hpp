// SPDX-License-Identifier: Apache-2.0
/// The windows that Linux would make for a PE: layout "linux".
///
/// In a partition it is enable_ddw()'s decision (platform/host/linux/ddw_policy.hpp) against a
/// partition with the configuration's properties; on bare metal powernv's default: a window at 0 and,
/// unless switched off, bypass at 2^59 (ddw-vfio.md 3.5). The hole of the 32-bit MMIO in a bare-metal
/// window is not reserved.
#pragma once

#include <string>
#include <vector>

#include "platform/config/config.hpp"

namespace phbsim::run {

struct LinuxLayout {
  std::vector<config::WindowConfig> windows;
  unsigned use = 0;      ///< the window that the device's DMA goes through
  std::string decision;  ///< one line for people
};

LinuxLayout linux_layout(const config::Config& config);

}  // namespace phbsim::run
