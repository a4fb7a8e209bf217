// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace phbsim::firmware {

/// Text of the configuration that stands for none: every PHB of a chip of the preset, a DMA engine on each.
/// UserError for a preset that does not exist.
std::string default_config(const std::string& preset);

}  // namespace phbsim::firmware
