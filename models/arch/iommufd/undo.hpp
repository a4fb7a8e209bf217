// SPDX-License-Identifier: Apache-2.0
/// Takes a step back when the call that made it does not come to its end.
#pragma once

#include <utility>

#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

/// Runs `step` at the end of its scope unless keep() was called. The step must not fail.
template <typename Step>
class Undo {
 public:
  explicit Undo(Step step) : step_(std::move(step)) {}
  ~Undo() {
    if (!armed_) return;
    const os::NoFail undoing;
    step_();
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  void keep() { armed_ = false; }

 private:
  Step step_;
  bool armed_ = true;
};

}  // namespace phbsim::arch::iommufd
