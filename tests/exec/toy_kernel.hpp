// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/exec/frames.hpp"
#include "platform/exec/kernel.hpp"

namespace phbsim::toy {

class ToyKernel final : public exec::Kernel {
 public:
  explicit ToyKernel(exec::Frames& frames) : frames_(frames) {}
  void show(exec::Tree& tree) override;
  std::shared_ptr<arch::os::File> open(std::string_view path, arch::os::Caller& caller) override;
  std::vector<std::string> leaks() const override;

  exec::Frames& frames_;
  int open_ = 0;
  int mapped_ = 0;
};

}  // namespace phbsim::toy
