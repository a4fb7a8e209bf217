// SPDX-License-Identifier: Apache-2.0
/// Special purpose registers with behaviour: the time base and what counts with it, and those that gate interrupts.
#include "models/arch/ppc64/machine.hpp"
#include "models/arch/ppc64/spr.hpp"

namespace phbsim::arch::ppc64 {

/// find_spr() without the search.
const Spr* Machine::spr_row(unsigned number) {
  static const auto rows = [] {
    std::array<const Spr*, kSprs> all{};
    for (const Spr& row : spr::kTable) all[row.number] = &row;
    return all;
  }();
  return number < kSprs ? rows[number] : nullptr;
}

std::uint64_t Machine::now() {
  last_timebase_ = bus.timebase();
  return last_timebase_;
}

/// POWER9: 56 bits of HDEC, and of DEC with LPCR[LD]; else 32.
unsigned Machine::decrementer_bits(bool hypervisor) const {
  return power9() && (hypervisor || (st.spr[spr::kLpcr] & lpcr::kLd) != 0) ? 56 : 32;
}

/// The exception exists while the highest bit of the counter is 1.
bool Machine::expired(bool hypervisor) const {
  const std::uint64_t value = (hypervisor ? hdec_zero_ : dec_zero_) - last_timebase_;
  return (value >> (decrementer_bits(hypervisor) - 1) & 1) != 0;
}

std::uint64_t Machine::next_timer_event() const {
  std::uint64_t next = Core::kNoTimer;
  for (const bool hypervisor : {false, true}) {
    if (expired(hypervisor)) continue;
    const std::uint64_t left =
        ((hypervisor ? hdec_zero_ : dec_zero_) - last_timebase_) & low_mask(decrementer_bits(hypervisor));
    next = std::min(next, last_timebase_ + left + 1);
  }
  return next;
}

void Machine::end_of_timer_batch() {
  timers_changed_ = true;
  poll_ = true;
  break_run();
}

std::uint64_t Machine::read_spr(unsigned number) {
  const Spr* row = spr_row(number);
  if (row == nullptr) return 0;
  if (row->kind == SprKind::Alias) return st.spr[row->target] & row->mask;
  if (row->kind != SprKind::Special) return st.spr[number];
  const auto counter = [this](std::uint64_t zero, bool hypervisor) {
    const unsigned bits = decrementer_bits(hypervisor);
    const std::uint64_t value = zero - now();
    if (bits == 32) return value & 0xffff'ffff;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits));
  };
  switch (number) {
    case spr::kXer: return st.xer.get();
    case spr::kLr: return st.lr;
    case spr::kCtr: return st.ctr;
    case spr::kDec: return counter(dec_zero_, false);
    case spr::kHdec: return counter(hdec_zero_, true);
    case spr::kTb: return now() + tb_offset_;
    case spr::kTbu: return (now() + tb_offset_) >> 32;
    case spr::kVtb: return now() + vtb_offset_;
    case spr::kPurr: return now() + purr_offset_;
    case spr::kSpurr: return now() + spurr_offset_;
    case spr::kIc: return executed() + ic_offset_;
    case spr::kPpr32: return st.spr[spr::kPpr] >> 32;
    default: return st.spr[number];
  }
}

void Machine::write_spr(unsigned number, std::uint64_t value) {
  const Spr* row = spr_row(number);
  if (row == nullptr) return;
  value &= row->mask;
  switch (row->kind) {
    case SprKind::Kept: st.spr[number] = value; return;
    case SprKind::Alias: st.spr[row->target] = value; return;
    case SprKind::AndWrite: st.spr[number] &= value; return;
    case SprKind::Special: break;
  }
  const auto signed_value = [this, value](bool hypervisor) {
    const unsigned bits = decrementer_bits(hypervisor);
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits));
  };
  const auto set_timebase = [this](std::uint64_t keep, std::uint64_t bits) {
    const std::uint64_t host = now();
    tb_offset_ = (((host + tb_offset_) & keep) | bits) - host;
  };
  switch (number) {
    case spr::kXer: st.xer.set(value); return;
    case spr::kLr: st.lr = value; return;
    case spr::kCtr: st.ctr = value; return;
    case spr::kDec: dec_zero_ = now() + signed_value(false); return end_of_timer_batch();
    case spr::kHdec: hdec_zero_ = now() + signed_value(true); return end_of_timer_batch();
    case spr::kTblWrite: return set_timebase(~0ull << 32, value & 0xffff'ffff);
    case spr::kTbuWrite: return set_timebase(0xffff'ffff, value << 32);
    case spr::kTbu40: return set_timebase(0xff'ffff, value & ~0xff'ffffull);
    case spr::kVtb: vtb_offset_ = value - now(); return;
    case spr::kPurr: purr_offset_ = value - now(); return;
    case spr::kSpurr: spurr_offset_ = value - now(); return;
    case spr::kIc: ic_offset_ = value - executed(); return;
    case spr::kPpr32: st.spr[spr::kPpr] = value << 32 & ppc_mask(11, 13); return;
    case spr::kHrmor:
      st.spr[number] = value;
      forget_ways();
      return;
    case spr::kLpcr:
      st.spr[number] = value;
      return end_of_timer_batch();
    case spr::kPvr: case spr::kPir: case spr::kTir: return;  // read-only
    default: st.spr[number] = value; return;
  }
}

}  // namespace phbsim::arch::ppc64
