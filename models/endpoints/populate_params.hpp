// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "models/base/types.hpp"

namespace phbsim::endpoints {

struct PopulateParams {
  std::uint64_t size = kGiB;       ///< bytes mapped
  std::uint64_t chunk = 32 * kMiB; ///< bytes a mapping call; 512 pages of 64K
  unsigned concurrency = 1;        ///< mapping calls under way at once
  std::string teardown = "none";   ///< "none", "buffers" (an unmap each), "window" (all entries at once)
};

}  // namespace phbsim::endpoints
