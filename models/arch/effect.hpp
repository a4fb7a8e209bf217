// SPDX-License-Identifier: Apache-2.0
/// What a decision of firmware or hypervisor does to the machine, in the order in which it has to
/// happen. The timing-free layer decides and lists; whoever has sockets carries it out.
#pragma once

#include <cstdint>
#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/registers.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

struct Effect {
  enum class Kind : std::uint8_t {
    Store8,     ///< big-endian doubleword to real address `addr`
    Store2,     ///< big-endian halfword (RTT entries)
    Write,      ///< register at offset `addr`
    ReadClear,  ///< read register `addr` until the bits `value` are all 0
    ReadSet,    ///< read register `addr` until the bits `value` are all 1
  };
  Kind kind = Kind::Store8;
  std::uint64_t addr = 0;
  std::uint64_t value = 0;

  friend bool operator==(const Effect& a, const Effect& b) {
    return a.kind == b.kind && a.addr == b.addr && a.value == b.value;
  }
};
using Effects = std::vector<Effect>;

inline void store(Effects& e, RealAddr addr, std::uint64_t value) { e.push_back({Effect::Kind::Store8, addr, value}); }
inline void write(Effects& e, Reg reg, std::uint64_t value) { e.push_back({Effect::Kind::Write, offset_of(reg), value}); }
inline void wait_clear(Effects& e, Reg reg, std::uint64_t bits) {
  e.push_back({Effect::Kind::ReadClear, offset_of(reg), bits});
}
inline void wait_set(Effects& e, Reg reg, std::uint64_t bits) { e.push_back({Effect::Kind::ReadSet, offset_of(reg), bits}); }

}  // namespace phbsim::arch
