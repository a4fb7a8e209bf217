// SPDX-License-Identifier: Apache-2.0
/// The life of one simulation: Config in, Result out. One per process (one SystemC elaboration).
#pragma once

#include <functional>
#include <memory>

#include "platform/config/config.hpp"
#include "platform/results/result.hpp"

namespace phbsim::run {

/// Progress of a run: share done (0..1) and simulated time. Called about ten times a second of host
/// time, never from inside a model.
using Progress = std::function<void(double share, Tick now)>;

/// Builds the system, runs it to its end, collects the results. Throws UserError for what only
/// shows when it is built (a trace without the device, a footprint larger than memory, ...).
results::Result simulate(const config::Config& config, const Progress& progress = {});

}  // namespace phbsim::run
