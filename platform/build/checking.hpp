// SPDX-License-Identifier: Apache-2.0
/// Puts the co-validation checker beside a system: every PHB tells it what happens, memory tells it of stores to TCE
/// tables in use, by whoever is not a PHB.
#pragma once

#include "models/arch/checker/checker.hpp"
#include "platform/build/system.hpp"

namespace phbsim::build {

class Checking {
 public:
  /// As the system is now. It lives longer. Real memory ends at `memory_end`. Times of violations are simulated time;
  /// `checker().where` may be replaced by what knows more.
  Checking(System& system, RealAddr memory_end);
  ~Checking();
  Checking(const Checking&) = delete;
  Checking& operator=(const Checking&) = delete;

  arch::checker::Checker& checker() { return checker_; }
  const arch::checker::Checker& checker() const { return checker_; }
  /// Simulated time now.
  Tick now() const;
  /// A paragraph for each violation.
  std::vector<std::string> report() const;

 private:
  System& system_;
  arch::checker::Checker checker_;
  std::vector<bool> is_phb_;  ///< by memory port
};

}  // namespace phbsim::build
