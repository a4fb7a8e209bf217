// SPDX-License-Identifier: Apache-2.0
#include "models/arch/generation.hpp"

#include <iostream>

using namespace phbsim::arch;

int main() { std::cout << facts_of(Generation::Phb4, PhbSize::Big).name << "\n"; }
