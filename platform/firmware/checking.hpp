// SPDX-License-Identifier: Apache-2.0
/// The co-validation checker beside a machine that runs firmware: a violation says where the processor was.
#pragma once

#include <memory>

#include "platform/build/checking.hpp"
#include "platform/firmware/machine.hpp"

namespace phbsim::firmware {

/// From now on. Machine and image live longer. At a register access or a store to a table the pc is that
/// instruction's; at a device's DMA it is that of the last access that left the processor.
std::unique_ptr<build::Checking> check(Machine& machine, const arch::ppc64::Image& image);

}  // namespace phbsim::firmware
