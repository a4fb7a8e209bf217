// SPDX-License-Identifier: Apache-2.0
// Test runner inside a SystemC simulation: sc_main() runs the Catch2 session, so a test case may
// construct modules and call sc_start(). One elaboration per process; ctest runs each case apart.
#define CATCH_CONFIG_RUNNER
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <systemc>

int sc_main(int argc, char* argv[]) {
  // With --list-tests the result is a count; 256 must not become exit code 0.
  return std::min(Catch::Session().run(argc, argv), 255);
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", /*overwrite=*/0);
  sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
  return sc_core::sc_elab_and_sim(argc, argv);
}
