// SPDX-License-Identifier: Apache-2.0
// Test runner without SystemC.
#define CATCH_CONFIG_RUNNER
#include "tests/support/catch.hpp"

#include <algorithm>

int main(int argc, char* argv[]) {
  // With --list-tests the result is a count; 256 must not become exit code 0.
  return std::min(Catch::Session().run(argc, argv), 255);
}
