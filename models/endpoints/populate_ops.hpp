// SPDX-License-Identifier: Apache-2.0
/// Software that maps a range of memory piece by piece and makes no DMA: a guest's memory at its
/// start, and optionally its end.
#pragma once

#include <string>

#include "models/endpoints/op_source.hpp"
#include "models/endpoints/populate_params.hpp"

namespace phbsim::endpoints {

class PopulateOps final : public OpSource {
 public:
  PopulateOps(const PopulateParams& params, RealAddr memory) : params_(params), memory_(memory) {}

  bool next(DmaOp& op) override {
    op = DmaOp{};
    const std::uint64_t pieces = (params_.size + params_.chunk - 1) / params_.chunk;
    const bool buffers = params_.teardown == "buffers";
    if (made_ < pieces || (buffers && made_ < 2 * pieces)) {
      const std::uint64_t i = made_ % pieces;
      op.kind = made_ < pieces ? DmaOp::Kind::Map : DmaOp::Kind::Unmap;
      op.buffer = static_cast<std::uint32_t>(i);
      op.real = memory_ + i * params_.chunk;
      op.length = std::min(params_.chunk, params_.size - i * params_.chunk);
      op.device_writes = true;
      ++made_;
      return true;
    }
    if (params_.teardown == "window" && !torn_down_) {
      torn_down_ = true;
      op.kind = DmaOp::Kind::Teardown;
      op.length = 1;
      return true;
    }
    return false;
  }
  void rewind() override {
    made_ = 0;
    torn_down_ = false;
  }

 private:
  PopulateParams params_;
  RealAddr memory_;
  std::uint64_t made_ = 0;
  bool torn_down_ = false;
};

}  // namespace phbsim::endpoints
