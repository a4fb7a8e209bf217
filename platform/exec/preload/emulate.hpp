// SPDX-License-Identifier: Apache-2.0
/// One x86-64 instruction that loads from or stores to a device's registers, done on a signal's
/// context. Known: mov of every width with registers and immediates, movzx, movsx, movsxd, movnti,
/// movbe, xchg, the two-operand arithmetic and test, cmp, inc, dec, not, neg, movs and stos with and
/// without rep, and the plain moves of SSE and AVX (xmm, ymm). Not known: cmpxchg, xadd, bit
/// operations, pushes and pops, AVX-512, x87.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

namespace phbsim::exec {

/// Memory as an instruction sees it; both kinds of it for movs.
class Bus {
 public:
  virtual bool load(uintptr_t at, void* to, unsigned bytes) = 0;
  virtual bool store(uintptr_t at, const void* from, unsigned bytes) = 0;

 protected:
  ~Bus() = default;
};

/// Does the instruction at the context's rip and moves on. False, with nothing changed, if it is not known.
/// `fault`: address of the access; used where a segment's base is not known.
bool emulate(ucontext_t& context, uintptr_t fault, Bus& bus);

}  // namespace phbsim::exec
