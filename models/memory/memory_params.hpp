// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::memory {

struct MemoryParams {
  Tick latency = 250 * kPsPerNs;        ///< read: request to data, seen by the PHB, uncontended
  Tick write_latency = 40 * kPsPerNs;   ///< write: request to acceptance in order, uncontended
  unsigned channels = 8;                ///< power of two
  Tick line_time = 8 * kPsPerNs;        ///< a channel's time for one 128-byte line
  std::uint64_t size = 64 * kGiB;       ///< system memory from real address 0
};

}  // namespace phbsim::memory
