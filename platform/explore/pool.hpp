// SPDX-License-Identifier: Apache-2.0
/// Runs functions in processes of their own, a few at a time: one SystemC kernel each.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace phbsim::explore {

struct Outcome {
  bool ok = false;
  std::string output;  ///< what the function returned
  std::string error;   ///< why there is none: its exception's text, or how the process ended
};

/// Forks once per task, at most `jobs` at a time (0: one per CPU), and collects what each returned,
/// in the order of the tasks. `finished` is told after each. The caller must not have elaborated
/// SystemC modules. If the caller is interrupted its children end with it.
std::vector<Outcome> run_tasks(const std::vector<std::function<std::string()>>& tasks, unsigned jobs,
                               const std::function<void(std::size_t done)>& finished = {});

}  // namespace phbsim::explore
