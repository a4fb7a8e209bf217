// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::endpoints {

struct PlayerParams {
  Rid rid = 0x0100;
  unsigned queue_depth = 32;  ///< DMA requests in flight at most
  unsigned lookahead = 64;    ///< operations (maps, unmaps, accesses) looked at ahead, at most 256
  std::uint64_t count = 0;    ///< DMA requests to make; 0 = all of the source
  bool repeat = false;        ///< begin again at the source's end
  Tick start = 0;
};

}  // namespace phbsim::endpoints
