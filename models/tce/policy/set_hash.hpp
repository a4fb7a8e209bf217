// SPDX-License-Identifier: Apache-2.0
/// Which set of the TCE cache a page of a PE belongs to.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "models/base/named.hpp"
#include "models/base/types.hpp"

namespace phbsim::tce {

class SetHash {
 public:
  virtual ~SetHash() = default;
  /// Any 64-bit value; the cache takes its low bits. `page` is the page number on the bus.
  virtual std::uint64_t hash(PeNumber pe, std::uint64_t page) const = 0;
};

std::unique_ptr<SetHash> make_modulo_hash();
std::unique_ptr<SetHash> make_fold_hash();
std::unique_ptr<SetHash> make_multiply_hash();

inline constexpr Named<SetHash> kSetHashes[] = {
    {"modulo", "low bits of the page number; PEs with equal addresses collide", make_modulo_hash},
    {"fold", "page number folded by XOR over the set bits, with the PE mixed in", make_fold_hash},
    {"multiply", "multiplicative hash of page and PE", make_multiply_hash},
};

}  // namespace phbsim::tce
