// SPDX-License-Identifier: Apache-2.0
/// Comparing written results of runs.
#pragma once

#include <string>

#include "tests/support/catch.hpp"

namespace phbsim {

/// A result as JSON without what names the run: equal runs of different configurations are equal.
inline std::string without_manifest(const std::string& json) {
  const auto from = json.find("\"manifest\"");
  const auto to = json.find("\"measured_ps\"");
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  return json.substr(0, from) + json.substr(to);
}

}  // namespace phbsim
