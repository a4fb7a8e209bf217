// SPDX-License-Identifier: Apache-2.0
/// Which way of a full set gives way.
#pragma once

#include <memory>
#include <string_view>

#include "models/base/named.hpp"

namespace phbsim::tce {

class Replacement {
 public:
  virtual ~Replacement() = default;
  virtual void used(unsigned set, unsigned way) = 0;    ///< a hit
  virtual void filled(unsigned set, unsigned way) = 0;  ///< a new entry
  virtual unsigned victim(unsigned set) = 0;            ///< every way of the set is valid
};

std::unique_ptr<Replacement> make_lru(unsigned sets, unsigned ways);
std::unique_ptr<Replacement> make_plru(unsigned sets, unsigned ways);
std::unique_ptr<Replacement> make_fifo(unsigned sets, unsigned ways);
std::unique_ptr<Replacement> make_random(unsigned sets, unsigned ways);

inline constexpr Named<Replacement, unsigned, unsigned> kReplacements[] = {
    {"lru", "least recently used way of the set", make_lru},
    {"plru", "tree of bits that point away from recent use; ways a power of two", make_plru},
    {"fifo", "oldest fill of the set", make_fifo},
    {"random", "a way by a fixed pseudo-random sequence", make_random},
};

}  // namespace phbsim::tce
