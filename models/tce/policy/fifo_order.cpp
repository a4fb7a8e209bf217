// SPDX-License-Identifier: Apache-2.0
#include "models/tce/policy/walk_order.hpp"

namespace phbsim::tce {
namespace {
class FifoOrder final : public WalkOrder {
  void push(std::uint32_t walk, unsigned) override { queue_.push_back(walk); }
  std::uint32_t pop() override {
    const std::uint32_t walk = queue_.front();
    queue_.pop_front();
    return walk;
  }
  bool empty() const override { return queue_.empty(); }

  RingQueue<std::uint32_t> queue_;
};
}  // namespace
std::unique_ptr<WalkOrder> make_fifo_order() { return std::make_unique<FifoOrder>(); }
}  // namespace phbsim::tce
