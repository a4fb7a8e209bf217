// SPDX-License-Identifier: Apache-2.0
#include "models/arch/effect.hpp"

#include "models/arch/phb_state.hpp"

namespace phbsim::arch {

namespace {

constexpr std::uint64_t kSyncStarts = kSyncReadStart | kSyncWriteStart;

void write_at_once(PhbState& phb, std::uint32_t offset, std::uint64_t value) {
  phb.write_register(offset, value);
  if (offset != offset_of(Reg::DmaSync) || phb.fenced()) return;
  // PhbState leaves the actions of this register to its caller. Without time nothing is in flight: a
  // sync is complete when it starts. A complete bit that was set stays if it is written back, which
  // is why software preserves it [I 4.2]. (A kill leaves nothing behind: 0x210 and 0x888 read as 0.)
  const std::uint64_t starts = phb.facts().sync_has_writes ? kSyncStarts : kSyncReadStart;
  phb.set_reg(Reg::DmaSync, (value & starts) >> 1 | (value & phb.reg(Reg::DmaSync) & kSyncCompletes));
}

}  // namespace

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
        write_at_once(phb, offset, e.value);
        break;
      case Effect::Kind::Update:
        write_at_once(phb, offset, (phb.read_register(offset) & e.keep) | e.value);
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
