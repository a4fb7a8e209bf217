// SPDX-License-Identifier: Apache-2.0
/// The requests of a generator, without their times: where, how long, which way.
#pragma once

#include <memory>
#include <string>

#include "models/base/bits.hpp"
#include "models/base/rng.hpp"
#include "models/endpoints/generator_params.hpp"
#include "models/endpoints/policy/pattern.hpp"

namespace phbsim::endpoints {

struct Request {
  std::uint64_t offset = 0;  ///< in the footprint
  unsigned length = 0;
  bool read = true;
};

class RequestStream {
 public:
  RequestStream(const GeneratorParams& params, const std::string& name)
      : params_(params), addresses_(params.seed, name + ".address"), choices_(params.seed, name + ".choice") {
    for (const SizeShare& s : params.sizes) {
      largest_ = std::max(largest_, s.bytes);
      total_weight_ += s.weight;
    }
    block_ = params.alignment != 0 ? params.alignment : 1u << log2_ceil(largest_);
    PatternParams p;
    // The last block must hold the largest request.
    p.blocks = params.footprint < largest_ ? 1 : (params.footprint - largest_) / block_ + 1;
    p.stride_blocks = std::max<std::uint64_t>(1, params.stride / block_);
    p.zipf_exponent = params.zipf_exponent;
    pattern_ = make_named<Pattern, const PatternParams&>(kPatterns, params.pattern, p);
  }

  Request next() {
    Request r;
    r.offset = pattern_->next(addresses_) * block_;
    r.length = pick_size();
    r.read = params_.read_percent == 100 || (params_.read_percent > 0 && choices_.below(100) < params_.read_percent);
    return r;
  }
  unsigned largest() const { return largest_; }

 private:
  unsigned pick_size() {
    if (params_.sizes.size() == 1) return params_.sizes.front().bytes;
    std::uint64_t pick = choices_.below(total_weight_);
    for (const SizeShare& s : params_.sizes) {
      if (pick < s.weight) return s.bytes;
      pick -= s.weight;
    }
    return params_.sizes.back().bytes;
  }

  const GeneratorParams params_;
  RandomStream addresses_;
  RandomStream choices_;
  std::unique_ptr<Pattern> pattern_;
  unsigned block_ = 1;
  unsigned largest_ = 1;
  unsigned total_weight_ = 0;
};

}  // namespace phbsim::endpoints
