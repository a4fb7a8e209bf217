// SPDX-License-Identifier: Apache-2.0
/// Shared by the handlers: how results are recorded, and how a binding with all endings is written.
///
/// An operation is a struct with `static std::uint64_t run(Machine&, const Decoded*, bool& overflow)` or simpler forms
/// of it. Results that the architecture leaves undefined are those QEMU gives, so that both can be compared whole.
#pragma once

#include "models/arch/ppc64/decode.hpp"

namespace phbsim::arch::ppc64 {

inline void set_overflow(Machine& m, bool ov, bool ov32) {
  m.st.xer.ov = ov;
  m.st.xer.ov32 = ov32;
  m.st.xer.so |= static_cast<std::uint8_t>(ov);
}

/// RT = f(RA, RB).
template <typename Op, bool Rc>
const Decoded* to_rt(Machine& m, const Decoded* d) {
  const std::uint64_t result = Op::run(m.gpr(d->ra), m.gpr(d->rb));
  m.gpr(d->rt) = result;
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}

/// RT = f(RA, RB), which may overflow; OV32 is OV.
template <typename Op, bool Rc, bool Oe>
const Decoded* to_rt_overflow(Machine& m, const Decoded* d) {
  bool overflow = false;
  const std::uint64_t result = Op::run(m.gpr(d->ra), m.gpr(d->rb), overflow);
  m.gpr(d->rt) = result;
  if constexpr (Oe) set_overflow(m, overflow, overflow);
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}

/// RA = f(RS, RB).
template <typename Op, bool Rc>
const Decoded* to_ra(Machine& m, const Decoded* d) {
  const std::uint64_t result = Op::run(m.gpr(d->rt), m.gpr(d->rb));
  m.gpr(d->ra) = result;
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}

/// RA = f(RS, immediate).
template <typename Op, bool Rc>
const Decoded* to_ra_immediate(Machine& m, const Decoded* d) {
  const std::uint64_t result = Op::run(m.gpr(d->rt), d->imm);
  m.gpr(d->ra) = result;
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}

template <typename Op>
constexpr Binding rt_binding(std::string_view mnemonic) {
  return {mnemonic, &to_rt<Op, false>, &to_rt<Op, true>};
}
template <typename Op>
constexpr Binding rt_overflow_binding(std::string_view mnemonic) {
  return {mnemonic, &to_rt_overflow<Op, false, false>, &to_rt_overflow<Op, true, false>,
          &to_rt_overflow<Op, false, true>, &to_rt_overflow<Op, true, true>};
}
template <typename Op>
constexpr Binding ra_binding(std::string_view mnemonic) {
  return {mnemonic, &to_ra<Op, false>, &to_ra<Op, true>};
}

/// Immediates of the "shifted" forms.
inline void shift_immediate(Decoded& d, unsigned) { d.imm <<= 16; }

inline const Decoded* no_operation(Machine&, const Decoded* d) { return d + 1; }

}  // namespace phbsim::arch::ppc64
