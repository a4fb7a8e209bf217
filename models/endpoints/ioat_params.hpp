// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/arch/ioat/function.hpp"
#include "models/base/types.hpp"

namespace phbsim::endpoints {

struct IoatParams {
  Rid rid = 0x0100;
  arch::ioat::FunctionOptions function;
  Tick register_latency = 40 * kPsPerNs;  ///< ps, of an access of the BAR, until its answer [MA]
  Tick request_interval = 4 * kPsPerNs;   ///< ps between two requests that the engine makes, at least [MA]
};

}  // namespace phbsim::endpoints
