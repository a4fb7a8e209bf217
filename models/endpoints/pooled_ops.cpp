// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/pooled_ops.hpp"

#include "models/base/check.hpp"

namespace phbsim::endpoints {

/// Unmaps the longest idle.
DmaOp PooledOps::evict() {
  const std::uint32_t old = idle_.front();
  idle_.pop_front();
  DmaOp unmap;
  unmap.kind = DmaOp::Kind::Unmap;
  unmap.buffer = old;
  unmap.length = kept_[old].key.second;
  by_memory_.erase(kept_[old].key);
  free_.push_back(old);
  return unmap;
}

bool PooledOps::next(DmaOp& op) {
  if (!pending_.empty()) {
    op = pending_.back();
    pending_.pop_back();
    return true;
  }
  while (source_->next(op)) {
    if (op.buffer == kNoBuffer) return true;
    if (op.buffer >= pool_of_.size()) pool_of_.resize(op.buffer + 1, kNoBuffer);
    std::uint32_t& pool = pool_of_[op.buffer];
    if (op.kind == DmaOp::Kind::Access) {
      PHBSIM_ASSERT(pool != kNoBuffer);
      op.buffer = pool;
      return true;
    }
    if (op.kind == DmaOp::Kind::Unmap) {
      PHBSIM_ASSERT(pool != kNoBuffer);
      Kept& k = kept_[pool];
      if (--k.users == 0) k.idle = idle_.insert(idle_.end(), pool);
      pool = kNoBuffer;
      // More than the pool keeps, because all were in use once.
      if (capacity_ == 0 || by_memory_.size() <= capacity_ || idle_.empty()) continue;
      op = evict();
      return true;
    }
    const Key key{op.real, op.length};
    const auto it = by_memory_.find(key);
    if (it != by_memory_.end()) {
      ++reuses_;
      pool = it->second;
      Kept& k = kept_[pool];
      if (k.users++ == 0) idle_.erase(k.idle);
      continue;
    }
    const bool full = capacity_ != 0 && by_memory_.size() >= capacity_ && !idle_.empty();
    const DmaOp unmap = full ? evict() : DmaOp{};
    // A fresh number rather than the one just given back, so that the map need not wait for the unmap.
    if (full || free_.empty()) {
      pool = static_cast<std::uint32_t>(kept_.size());
      if (full && free_.size() > 1) {
        pool = free_.front();
        free_.erase(free_.begin());
      } else {
        kept_.emplace_back();
      }
    } else {
      pool = free_.front();
      free_.erase(free_.begin());
    }
    kept_[pool] = {key, pool, 1, {}};
    by_memory_.emplace(key, pool);
    // Whoever uses it later may go the other way.
    op.device_reads = op.device_writes = true;
    op.buffer = pool;
    if (full) {
      pending_.push_back(op);
      op = unmap;
    }
    return true;
  }
  return false;
}

}  // namespace phbsim::endpoints
