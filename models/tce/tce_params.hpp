// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "models/base/types.hpp"

namespace phbsim::tce {

/// Nothing of the TCE cache but its size is public (phb.md 4.1): all of these are model assumptions.
struct TceParams {
  unsigned clock_mhz = 1000;
  unsigned sets = 256;              ///< power of two
  unsigned ways = 4;
  std::string hash = "fold";        ///< see policy/set_hash
  std::string replacement = "lru";  ///< see policy/replacement
  unsigned lookup_cycles = 2;       ///< until a miss is known
  unsigned hit_cycles = 3;          ///< until a hit's answer
  unsigned lookup_interval = 1;     ///< cycles between two lookups
  unsigned walk_slots = 64;         ///< walks in flight
  std::string walk_order = "fifo";  ///< see policy/walk_order
  unsigned walk_cache_entries = 0;  ///< entries that hold table addresses of intermediate levels
  std::string prefetch = "none";    ///< see policy/prefetch
  bool cache_invalid = false;       ///< keep TCEs without permission, too
  bool check_indirect_direction = false;
  unsigned kill_one_cycles = 8;     ///< a kill of one page; PE and ALL take entries / 4
  // What a plain TLM initiator, which cannot say more, is taken for.
  PeNumber plain_pe = 0;
  std::uint64_t plain_tve = 0;
};

}  // namespace phbsim::tce
