// SPDX-License-Identifier: Apache-2.0
#include "platform/replay/firmware_replay.hpp"

namespace phbsim::replay {

const std::vector<Explanation>& explanations() {
  static const std::vector<Explanation> rows{
  };
  return rows;
}

}  // namespace phbsim::replay
