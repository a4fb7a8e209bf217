// SPDX-License-Identifier: Apache-2.0
/// Runs a config at every point of its axes and ranks what comes out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/config/config.hpp"
#include "platform/results/result.hpp"

namespace phbsim::explore {

/// The points of a config's axes (all combinations, the last axis fastest) as --set overrides.
std::vector<std::vector<std::pair<std::string, std::string>>> points_of(const config::Config& config);

/// Explores one config file. `sets` apply to every point. Points that fail keep their reason.
/// `finished(done, all)` after each point.
results::Exploration explore(const config::Config& config, const std::vector<std::string>& sets,
                             const std::function<void(std::size_t, std::size_t)>& finished = {});

}  // namespace phbsim::explore
