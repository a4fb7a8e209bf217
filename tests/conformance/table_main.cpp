// SPDX-License-Identifier: Apache-2.0
// Prints docs/conformance/papr.md.
#include <exception>
#include <iostream>
#include <systemc>

#include "tests/conformance/rows.hpp"

// SystemC's library brings main() and wants this.
int sc_main(int, char*[]) {
  try {
    std::cout << phbsim::conformance::markdown(phbsim::conformance::papr_rows());
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
}

int main(int argc, char* argv[]) { return sc_main(argc, argv); }
