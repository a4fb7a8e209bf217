// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/types.hpp"

namespace phbsim::endpoints {

struct SizeShare {
  unsigned bytes = 4096;
  unsigned weight = 1;
};

struct GeneratorParams {
  Rid rid = 0x0100;
  BusAddr base = 0;                ///< bus address of the footprint
  std::uint64_t footprint = kMiB;  ///< bytes
  std::string pattern = "uniform"; ///< see policy/pattern.hpp
  std::uint64_t stride = 4096;     ///< bytes, pattern "strided"
  double zipf_exponent = 0.9;      ///< pattern "zipf"
  std::vector<SizeShare> sizes{{4096, 1}};
  unsigned alignment = 0;          ///< of addresses; 0: the largest size, rounded up to a power of two
  unsigned read_percent = 100;
  std::string arrival = "closed";  ///< see policy/arrival.hpp
  unsigned queue_depth = 32;       ///< requests in flight at most
  double rate = 1e6;               ///< requests a second, open loop
  std::uint64_t backlog = 65536;   ///< open-loop arrivals that may wait for the queue
  std::uint64_t count = 0;         ///< requests to issue; 0 = until the run ends
  Tick start = 0;
  bool data = false;               ///< move real bytes (a write carries a pattern of its address)
  bool relaxed_order = false;
  std::uint64_t seed = 1;
};

}  // namespace phbsim::endpoints
