// SPDX-License-Identifier: Apache-2.0
/// The accesses that are compared, deterministic. In order: what a PHB reads after reset; resets of its
/// cores; configuration cycles and the root port; accesses that name nothing; every register with
/// patterns; every IODA table; the service bus; registers and tables at random. Then the PECs.
///
/// Left out, because the model does what QEMU has no counterpart of and nothing could be compared after
/// it: injected errors together with fences, frozen or fenced accesses, resets of the ETU. Not compared:
/// 8-byte accesses of CONFIG_DATA.
#pragma once

#include "tests/qtest/machine.hpp"

namespace phbsim::qtest {

void compare_phb(Machine& machine, unsigned phb, std::uint64_t seed);
void compare_pec(Machine& machine, unsigned phb, std::uint64_t seed);

}  // namespace phbsim::qtest
