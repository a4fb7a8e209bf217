// SPDX-License-Identifier: Apache-2.0
#include "models/base/check.hpp"

namespace phbsim {

void assertion_failed(const char* condition, const char* file, int line) {
  throw ModelError(std::string("model invariant broken: ") + condition + " (" + file + ":" +
                   std::to_string(line) + ")");
}

}  // namespace phbsim
