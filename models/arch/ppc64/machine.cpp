// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ppc64/machine.hpp"

#include <algorithm>

#include "models/arch/ppc64/decode.hpp"
#include "models/arch/ppc64/spr.hpp"

namespace phbsim::arch::ppc64 {

Machine::Machine(const CoreOptions& core_options, Bus& core_bus)
    : options(core_options), bus(core_bus), random_(core_options.seed, "ppc64 darn") {
  reset();
}

void Machine::reset() {
  st = CpuState{};
  for (const Spr& row : spr::kTable) st.spr[row.number] = row.reset;
  st.spr[spr::kPvr] = options.pvr;
  st.spr[spr::kPir] = options.pir;
  st.spr[spr::kTir] = options.tir;
  st.nip = options.reset_pc;
  idle_ = Idle::No;
  reset_pending_ = doorbell_ = hypervisor_doorbell_ = false;
  tb_offset_ = vtb_offset_ = purr_offset_ = spurr_offset_ = ic_offset_ = 0;
  last_timebase_ = bus.timebase();
  dec_zero_ = last_timebase_ + 0x7fff'ffff;
  hdec_zero_ = last_timebase_ + 0x7fff'ffff;
  branch_from_ = nullptr;
  passed_breakpoint_ = kNoTag;
  reset_code(0, ~0ull);
  forget_ways();
  set_msr(options.reset_msr);
}

void Machine::set_msr(std::uint64_t value) {
  value &= msr::kWritable;
  const bool was_little = le;
  st.msr = value;
  sf = (value & msr::kSf) != 0;
  le = (value & msr::kLe) != 0;
  pr = (value & msr::kPr) != 0;
  hv = (value & msr::kHv) != 0;
  ea_mask = sf ? ~0ull : 0xffff'ffff;
  const bool stops = options.translation == Translation::Stop;
  const bool fetch = stops && (!hv || (value & msr::kIr) != 0);
  const bool data = stops && (!hv || (value & msr::kDr) != 0);
  if (fetch != fetch_translated_ || data != data_translated_ || was_little != le) {
    // What is remembered belongs to the old way of addressing.
    fetch_translated_ = fetch;
    data_translated_ = data;
    forget_ways();
  }
  poll_ = true;
}

void Machine::forget_ways() {
  read_ways_.fill({});
  write_ways_.fill({});
  page_slots_.fill({});
}

void Machine::break_run() {
  if (remaining_ <= 1) return;
  cut_ += remaining_ - 1;
  remaining_ = 1;
}

void Machine::request_stop() {
  stop_requested_ = true;
  break_run();
}

const Decoded* Machine::halt(const Decoded* d, StopReason reason, std::uint64_t address) {
  st.nip = nip_of(d);
  stop_ = {reason, st.nip, d->word, address, 0};
  stopping_ = true;
  ++remaining_;
  return nullptr;
}

/// CFAR is worked out when it may be looked at, or when its page is left.
void Machine::resolve_branch() {
  if (branch_from_ == nullptr) return;
  st.spr[spr::kCfar] = nip_of(branch_from_);
  branch_from_ = nullptr;
}

Stop Machine::run(std::uint64_t max_instructions) {
  executed_before_ += executed_in_run();
  budget_ = remaining_ = max_instructions;
  cut_ = 0;
  stopping_ = stop_requested_ = timers_changed_ = false;
  poll_ = true;
  last_timebase_ = bus.timebase();
  stop_ = {};
  while (!stopping_) {
    if (poll_) {
      poll_ = false;
      take_interrupts();
    }
    if (idle()) {
      stop_ = {StopReason::Idle, st.nip, 0, 0, 0};
      break;
    }
    if (remaining_ == 0) {
      stop_ = {StopReason::Count, st.nip, 0, 0, 0};
      break;
    }
    if (stop_requested_ || timers_changed_) {
      stop_ = {StopReason::Yield, st.nip, 0, 0, 0};
      break;
    }
    const Decoded* d = enter();
    if (d == nullptr) {
      // Fetching failed: an interrupt was taken in place of an instruction, or the core stops.
      if (!stopping_) --remaining_;
      continue;
    }
    if ((st.msr & (msr::kSe | msr::kBe)) != 0) {
      d = step(d);
    } else {
      do {
        d = d->run(*this, d);
      } while (--remaining_ != 0 && d != nullptr);
    }
    if (d != nullptr) st.nip = nip_of(d);
    remaining_ += cut_;
    cut_ = 0;
  }
  resolve_branch();
  passed_breakpoint_ = stop_.reason == StopReason::Breakpoint ? st.nip : kNoTag;
  stop_.executed = budget_ - remaining_;
  return stop_;
}

/// One instruction with MSR[SE] or [BE] set, and the trace interrupt behind it.
const Decoded* Machine::step(const Decoded* d) {
  const bool every = (st.msr & msr::kSe) != 0;
  const std::uint64_t before = remaining_;
  trace_suppressed_ = false;
  const Decoded* next = d->run(*this, d);
  --remaining_;
  const bool executed = remaining_ + cut_ < before;  // not the way to the next page, not a stop
  if (next != nullptr) st.nip = nip_of(next);
  if (!executed || stopping_ || trace_suppressed_) return nullptr;
  const Instruction* row = find_instruction(d->word);
  if (every || (row != nullptr && row->group == Group::Branch)) interrupt(Exception::Trace, st.nip, 0);
  return nullptr;
}

const Decoded* Machine::enter() {
  const std::uint64_t ea = st.nip & ea_mask;
  const std::uint64_t page = ea & ~(kCodePageBytes - 1);
  resolve_branch();
  PageSlot& slot = page_slots_[ea >> 12 & (kPageSlots - 1)];
  page_ea_ = page;
  if (slot.tag != page) {
    if (fetch_translated_) {
      stop_ = {StopReason::Translation, ea, 0, ea, 0};
      stopping_ = true;
      return nullptr;
    }
    slot.page = code_page(real(page), le);
    slot.tag = page;
  }
  page_first_ = slot.page->entries.data();
  return page_first_ + ((ea & (kCodePageBytes - 1)) >> 2);
}

const Decoded* Machine::page_end(Machine& m, const Decoded* d) {
  ++m.remaining_;
  return m.jump(m.nip_of(d));
}

bool Machine::decode(Decoded& entry, unsigned index) {
  const std::uint64_t ea = nip_of(&entry);
  unsigned char bytes[4];
  const RealAddr at = real(ea);
  const DirectPage direct = bus.direct(at & ~(kCodePageBytes - 1));
  if (direct.bytes != nullptr) {
    std::copy_n(direct.bytes + (at & (kCodePageBytes - 1)), 4, bytes);
  } else {
    const BusResult result = bus.load(at, bytes, 4, Access::Fetch);
    if (result != BusResult::Ok) return failed(&entry, ea, result);
  }
  entry = decode_word(from_bytes<std::uint32_t>(bytes), index);
  return true;
}

const Decoded* Machine::decode_entry(Machine& m, const Decoded* d) {
  const auto index = static_cast<unsigned>(d - m.page_first_);
  // The entry lies in a CodePage of ours; handlers see it const.
  Decoded& entry = const_cast<Decoded&>(*d);
  if (!m.decode(entry, index)) {
    entry.run = &Machine::decode_entry;
    return nullptr;
  }
  if (!m.breakpoints_.empty() && m.breakpoints_.count(m.nip_of(d)) != 0) {
    entry.run = &Machine::at_breakpoint;
    return at_breakpoint(m, d);
  }
  return entry.run(m, d);
}

const Decoded* Machine::at_breakpoint(Machine& m, const Decoded* d) {
  const std::uint64_t ea = m.nip_of(d);
  if (m.breakpoints_.count(ea) != 0 && m.passed_breakpoint_ != ea) return m.halt(d, StopReason::Breakpoint);
  m.passed_breakpoint_ = kNoTag;
  const Decoded once = decode_word(d->word, static_cast<unsigned>(d - m.page_first_));
  Decoded& entry = const_cast<Decoded&>(*d);
  entry = once;
  const Decoded* next = entry.run(m, d);
  // Unless the instruction overwrote itself.
  if (entry.run == once.run && m.breakpoints_.count(ea) != 0) entry.run = &Machine::at_breakpoint;
  return next;
}

void Machine::set_breakpoint(std::uint64_t ea, bool present) {
  ea &= ea_mask & ~3ull;
  if (present) breakpoints_.insert(ea);
  else breakpoints_.erase(ea);
  reset_code(real(ea), 4);
}

void Machine::set_watchpoint(std::uint64_t ea, std::uint64_t bytes, Watch watch, bool present) {
  if (present) watchpoints_.insert({ea, bytes, watch});
  else watchpoints_.erase({ea, bytes, watch});
  forget_ways();
}

std::uint64_t Machine::random(unsigned kind) {
  if (kind == 3) return ~0ull;
  const std::uint64_t v = random_.next_u64();
  return kind == 0 ? v & 0xffff'ffff : v;
}

}  // namespace phbsim::arch::ppc64
