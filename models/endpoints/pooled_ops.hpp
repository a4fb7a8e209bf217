// SPDX-License-Identifier: Apache-2.0
/// A driver that keeps its buffers mapped: a map of a buffer that is mapped already costs nothing,
/// an unmap only marks it idle, and the longest idle one is unmapped when the pool is full.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "models/endpoints/op_source.hpp"

namespace phbsim::endpoints {

class PooledOps final : public OpSource {
 public:
  /// `capacity` buffers, 0: any number (every buffer stays mapped from its first use on).
  PooledOps(std::unique_ptr<OpSource> source, std::size_t capacity) : source_(std::move(source)), capacity_(capacity) {}

  bool next(DmaOp& op) override;
  void rewind() override { source_->rewind(); }

  std::uint64_t reuses() const { return reuses_; }

 private:
  using Key = std::pair<RealAddr, std::uint64_t>;
  struct Kept {
    Key key;
    std::uint32_t id = 0;
    unsigned users = 0;
    std::list<std::uint32_t>::iterator idle;  ///< valid while users is 0
  };

  DmaOp evict();

  std::unique_ptr<OpSource> source_;
  std::size_t capacity_;
  std::map<Key, std::uint32_t> by_memory_;
  std::vector<Kept> kept_;                 ///< by pool id
  std::vector<std::uint32_t> free_;
  std::list<std::uint32_t> idle_;          ///< longest first
  std::vector<std::uint32_t> pool_of_;     ///< by the source's buffer
  std::vector<DmaOp> pending_;             ///< a map behind the unmap that made room
  std::uint64_t reuses_ = 0;
};

}  // namespace phbsim::endpoints
