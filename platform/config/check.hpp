// SPDX-License-Identifier: Apache-2.0
/// Rules that span several keys. Knows no TOML: a problem names its key, the reader finds its place.
#pragma once

#include <string>
#include <vector>

#include "platform/config/config.hpp"

namespace phbsim::config {

struct Problem {
  std::string key;  ///< "layout.mine.windows[1].size"
  std::string message;
};

std::vector<Problem> check(const Config& config);

}  // namespace phbsim::config
