// SPDX-License-Identifier: Apache-2.0
/// In which order a generator visits its footprint.
#pragma once

#include <cstdint>
#include <memory>

#include "models/base/named.hpp"
#include "models/base/rng.hpp"

namespace phbsim::endpoints {

struct PatternParams {
  std::uint64_t blocks = 1;         ///< footprint in units of the alignment
  std::uint64_t stride_blocks = 1;  ///< "strided"
  double zipf_exponent = 0.9;       ///< "zipf"
};

class Pattern {
 public:
  virtual ~Pattern() = default;
  /// Number of the next block, below `blocks`.
  virtual std::uint64_t next(RandomStream& random) = 0;
};

std::unique_ptr<Pattern> make_sequential(const PatternParams& p);
std::unique_ptr<Pattern> make_strided(const PatternParams& p);
std::unique_ptr<Pattern> make_uniform(const PatternParams& p);
std::unique_ptr<Pattern> make_zipf(const PatternParams& p);

inline constexpr Named<Pattern, const PatternParams&> kPatterns[] = {
    {"sequential", "block after block, then from the start again", make_sequential},
    {"strided", "every `stride` bytes; each round begins one block later", make_strided},
    {"uniform", "any block with the same probability", make_uniform},
    {"zipf", "block ranks by Zipf's law with `zipf_exponent`, scattered over the footprint", make_zipf},
};

}  // namespace phbsim::endpoints
