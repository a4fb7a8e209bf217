// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "models/arch/tve.hpp"
#include "models/tce/policy/walk_order.hpp"

namespace phbsim::tce {
namespace {
class ShortestFirstOrder final : public WalkOrder {
  void push(std::uint32_t walk, unsigned levels) override { queues_[levels].push_back(walk); }
  std::uint32_t pop() override {
    for (auto& q : queues_) {
      if (q.empty()) continue;
      const std::uint32_t walk = q.front();
      q.pop_front();
      return walk;
    }
    return ~0u;
  }
  bool empty() const override {
    for (const auto& q : queues_)
      if (!q.empty()) return false;
    return true;
  }

  std::array<RingQueue<std::uint32_t>, arch::kMaxLevels + 1> queues_;
};
}  // namespace
std::unique_ptr<WalkOrder> make_shortest_first_order() { return std::make_unique<ShortestFirstOrder>(); }
}  // namespace phbsim::tce
