// SPDX-License-Identifier: Apache-2.0
#include "models/arch/effect.hpp"

#include "models/arch/phb_state.hpp"

namespace phbsim::arch {

bool apply(const Effects& effects, PhbState& phb, MemoryView& memory) {
  for (const Effect& e : effects) {
    const auto offset = static_cast<std::uint32_t>(e.addr);
    switch (e.kind) {
      case Effect::Kind::Store8:
        memory.write_be64(e.addr, e.value);
        break;
      case Effect::Kind::Store2:
        memory.write_be16(e.addr, static_cast<std::uint16_t>(e.value));
        break;
      case Effect::Kind::Write:
        phb.write_register(offset, e.value);
        break;
      case Effect::Kind::Update:
        phb.write_register(offset, (phb.read_register(offset) & e.keep) | e.value);
        break;
      case Effect::Kind::ReadClear:
      case Effect::Kind::ReadSet: {
        const std::uint64_t read = phb.read_register(offset);
        const std::uint64_t wanted = e.kind == Effect::Kind::ReadSet ? e.value : 0;
        if (read == kAllBits || (read & e.value) != wanted) return false;
        break;
      }
    }
  }
  return true;
}

}  // namespace phbsim::arch
