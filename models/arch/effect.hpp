// SPDX-License-Identifier: Apache-2.0
/// What a decision of firmware or hypervisor does to the machine, in the order in which it has to
/// happen. The timing-free layer decides and lists; whoever has sockets carries it out, or apply()
/// without time.
#pragma once

#include <cstdint>
#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/registers.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

class PhbState;

struct Effect {
  enum class Kind : std::uint8_t {
    Store8,     ///< big-endian doubleword to real address `addr`
    Store2,     ///< big-endian halfword (RTT entries)
    Write,      ///< register at offset `addr`
    Update,     ///< read register `addr`, write what was read & `keep` | `value`
    ReadClear,  ///< read register `addr` until the bits `value` are all 0
    ReadSet,    ///< read register `addr` until the bits `value` are all 1
  };
  Kind kind = Kind::Store8;
  std::uint64_t addr = 0;
  std::uint64_t value = 0;
  std::uint64_t keep = 0;  ///< Update only

  friend bool operator==(const Effect& a, const Effect& b) {
    return a.kind == b.kind && a.addr == b.addr && a.value == b.value && a.keep == b.keep;
  }
};
using Effects = std::vector<Effect>;

inline void store(Effects& e, RealAddr addr, std::uint64_t value) { e.push_back({Effect::Kind::Store8, addr, value}); }
inline void store2(Effects& e, RealAddr addr, std::uint16_t value) { e.push_back({Effect::Kind::Store2, addr, value}); }
inline void write(Effects& e, Reg reg, std::uint64_t value) { e.push_back({Effect::Kind::Write, offset_of(reg), value}); }
inline void update(Effects& e, Reg reg, std::uint64_t keep, std::uint64_t value) {
  e.push_back({Effect::Kind::Update, offset_of(reg), value, keep});
}
inline void wait_clear(Effects& e, Reg reg, std::uint64_t bits) {
  e.push_back({Effect::Kind::ReadClear, offset_of(reg), bits});
}
inline void wait_set(Effects& e, Reg reg, std::uint64_t bits) { e.push_back({Effect::Kind::ReadSet, offset_of(reg), bits}); }

/// Carries effects out at once: kills complete and DMA drains without time. False if a wait would
/// never end, because the PHB is fenced (reads give all ones, firmware answers HARDWARE, phb.md 7.6)
/// or nothing sets the bits; what follows that wait is not done then.
bool apply(const Effects& effects, PhbState& phb, MemoryView& memory);

}  // namespace phbsim::arch
