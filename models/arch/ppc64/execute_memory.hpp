// SPDX-License-Identifier: Apache-2.0
/// Addresses of loads and stores, shared by their handlers.
#pragma once

#include "models/arch/ppc64/execute.hpp"

namespace phbsim::arch::ppc64 {

enum class Address : std::uint8_t { D, DUpdate, X, XUpdate };
constexpr bool updates(Address a) { return a == Address::DUpdate || a == Address::XUpdate; }

template <Address A>
std::uint64_t address(Machine& m, const Decoded* d) {
  const std::uint64_t base = updates(A) ? m.gpr(d->ra) : m.base(d->ra);
  return base + (A == Address::D || A == Address::DUpdate ? d->imm : m.gpr(d->rb));
}

/// Update forms need a base register; loads need it to differ from the target. Others are invalid forms.
template <bool Load>
void check_update(Decoded& d, unsigned) {
  if (d.ra == 0 || (Load && d.ra == d.rt)) d.run = &Machine::unknown;
}

template <typename T>
constexpr T swapped(T v) {
  return boost::endian::endian_reverse(v);
}

/// Bytes of string instructions starting at register `first` wrap around; true if `reg` is among theirs.
constexpr bool in_string(unsigned first, unsigned bytes, unsigned reg) {
  return ((reg - first) & 31) < (bytes + 3) / 4;
}

}  // namespace phbsim::arch::ppc64
