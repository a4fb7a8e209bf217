// SPDX-License-Identifier: Apache-2.0
/// A generator's requests as a driver makes them that maps each buffer for its one use.
#pragma once

#include <optional>
#include <utility>

#include "models/endpoints/op_source.hpp"
#include "models/endpoints/request_stream.hpp"

namespace phbsim::endpoints {

class GeneratedOps final : public OpSource {
 public:
  /// Buffers lie in [memory, memory + footprint).
  GeneratedOps(const GeneratorParams& params, RealAddr memory, std::string name)
      : params_(params), memory_(memory), name_(std::move(name)) {
    rewind();
  }

  bool next(DmaOp& op) override {
    if (part_ == 0) {
      if (params_.count != 0 && made_ == params_.count) return false;
      request_ = stream_->next();
      buffer_ = static_cast<std::uint32_t>(made_++ % kBuffers);
    }
    op = DmaOp{};
    op.buffer = buffer_;
    op.length = request_.length;
    constexpr DmaOp::Kind kParts[] = {DmaOp::Kind::Map, DmaOp::Kind::Access, DmaOp::Kind::Unmap};
    op.kind = kParts[part_];
    op.real = memory_ + request_.offset;
    op.device_reads = request_.read;
    op.device_writes = !request_.read;
    op.access = request_.read ? arch::Access::Read : arch::Access::Write;
    part_ = (part_ + 1) % 3;
    return true;
  }
  void rewind() override {
    stream_.emplace(params_, name_);  // the same requests again
    made_ = 0;
    part_ = 0;
  }

 private:
  static constexpr std::uint64_t kBuffers = 1024;  ///< more than a player looks at

  GeneratorParams params_;
  RealAddr memory_;
  std::string name_;
  std::optional<RequestStream> stream_;
  Request request_;
  std::uint64_t made_ = 0;
  std::uint32_t buffer_ = 0;
  unsigned part_ = 0;
};

}  // namespace phbsim::endpoints
