// SPDX-License-Identifier: Apache-2.0
/// Which waiting walk gets a slot that has become free.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "models/base/named.hpp"
#include "models/base/ring_queue.hpp"

namespace phbsim::tce {

class WalkOrder {
 public:
  virtual ~WalkOrder() = default;
  /// A walk of `levels` fetches begins to wait.
  virtual void push(std::uint32_t walk, unsigned levels) = 0;
  /// The next to go; only called while some wait.
  virtual std::uint32_t pop() = 0;
  virtual bool empty() const = 0;
};

std::unique_ptr<WalkOrder> make_fifo_order();
std::unique_ptr<WalkOrder> make_shortest_first_order();

inline constexpr Named<WalkOrder> kWalkOrders[] = {
    {"fifo", "in the order of the misses", make_fifo_order},
    {"shortest_first", "fewest fetches first, in order of the misses among equals", make_shortest_first_order},
};

}  // namespace phbsim::tce
