// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/tce_calls.hpp"

namespace phbsim::host {

void TceCalls::clear_table(const TceWindow& window, BusAddr start, std::uint64_t pages, TcePlan& plan) const {
  unmap(window, start, pages, plan);
}

std::uint64_t permissions_of(DmaDirection direction) {
  switch (direction) {
    case DmaDirection::ToDevice: return arch::kTceRead;
    case DmaDirection::FromDevice: return arch::kTceWrite;
    default: return arch::kTceRead | arch::kTceWrite;
  }
}

}  // namespace phbsim::host
