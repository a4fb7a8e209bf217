// SPDX-License-Identifier: Apache-2.0
/// Test vectors for every instruction of the table that a program may execute: made from the table's operands with
/// corner values, run by harness.c under QEMU, run here on the Core, compared whole.
#pragma once

#include <string>
#include <vector>

#include "models/arch/ppc64/instructions.hpp"
#include "tests/arch/ppc64/qemu/layout.h"

namespace phbsim::arch::ppc64 {

struct TestVector {
  const Instruction* row = nullptr;
  vector_input input{};  ///< of this machine's byte order
};

/// Why a row has no vectors, or null.
const char* not_comparable(const Instruction& row, bool little);

std::vector<TestVector> make_vectors(bool little);

/// Runs them one after the other on one core.
std::vector<vector_state> run_vectors(const std::vector<TestVector>& vectors, bool little);

/// Empty if equal, else a line for each difference.
std::string differences(const TestVector& vector, const vector_state& here, const vector_state& there);

}  // namespace phbsim::arch::ppc64
