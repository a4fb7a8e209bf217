// SPDX-License-Identifier: Apache-2.0
#include "models/arch/generation.hpp"

#include <iostream>
#include <systemc>

int sc_main(int, char**) {
  std::cout << "phbsim::models found, SystemC at " << sc_core::sc_time_stamp() << "\n";
  return 0;
}
