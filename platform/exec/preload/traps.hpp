// SPDX-License-Identifier: Apache-2.0
/// Device registers in the program's memory: pages without permission, whose accesses fault, are
/// decoded and become requests.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace phbsim::exec {

/// [start, start + bytes) shows the mapping from `offset` on. False if the table is full.
bool add_trap(uintptr_t start, size_t bytes, uint64_t mapping, uint64_t offset);
/// Something else is at [start, start + bytes) from now on.
void remove_traps(uintptr_t start, size_t bytes);
/// mremap moved a piece.
void move_traps(uintptr_t from, size_t from_bytes, uintptr_t to, size_t to_bytes);

}  // namespace phbsim::exec
