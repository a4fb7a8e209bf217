// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/machine.hpp"

#include <algorithm>

#include "models/base/check.hpp"
#include "models/base/endian.hpp"

namespace phbsim::firmware {

namespace ppc = arch::ppc64;

namespace {

std::uint64_t number_of(const unsigned char* p, unsigned bytes) {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < bytes; ++i) v = v << 8 | p[i];
  return v;
}

}  // namespace

Tick Machine::now() const { return std::max(system_->engine().now(), Tick{sc_core::sc_time_stamp().value()}); }

Machine::Outcome Machine::run(Tick max_time) {
  outcome_ = {End::Stuck, 0, "nothing is left to do: the processor waits for what never comes"};
  system_->driver().start(max_time);
  if (max_time != kNever && outcome_.end == End::Stuck && now() >= max_time) {
    ppc::Stop here;
    here.pc = cpu_->core().state().nip;
    outcome_ = {End::TimeOver, 0, "simulated time is over: " + cpu_->describe(here)};
  }
  return outcome_;
}

void Machine::end(const std::string& text) {
  outcome_ = {End::Stopped, 0, text};
  system_->driver().stop();
}

cpu::Cpu::Action Machine::stopped(const cpu::Cpu::Stop& stop) {
  if (stop.reason == ppc::StopReason::Count) return cpu::Cpu::Action::Continue;
  if (stop.reason == ppc::StopReason::Attention) {
    const std::uint64_t status = cpu_->core().state().gpr[3];
    outcome_ = {End::Finished, status, cpu_->describe(stop)};
    system_->driver().stop();
  } else {
    end(cpu_->describe(stop));
  }
  return cpu::Cpu::Action::End;
}

// ---------------------------------------------------------------------------------------------
// What the processor reaches

std::optional<cpu::FabricSpan> Machine::phb_span(RealAddr addr, std::uint64_t bytes) const {
  const auto target = scom_->decode(addr);
  if (!target || phb_at_[target->phb] < 0) return std::nullopt;
  const auto phb = static_cast<unsigned>(phb_at_[target->phb]);
  const unsigned out = kFirstPhb + kOutsPerPhb * phb;
  switch (target->bar) {
    case arch::PecBar::Registers:
      return cpu::FabricSpan{addr, bytes, out, target->offset};
    case arch::PecBar::Interrupts:
      return cpu::FabricSpan{addr, bytes, out + 1, target->offset};
    default:
      return cpu::FabricSpan{addr, bytes, out + 2, addr};
  }
}

void Machine::accessed(const tlm::tlm_generic_payload& payload, RealAddr addr, const cpu::FabricSpan* span) {
  if (span == nullptr || (span->out != kXscom && (span->out < kFirstPhb || (span->out - kFirstPhb) % kOutsPerPhb != 0)))
    return;
  ++register_accesses_;
  if (!on_register) return;
  RegisterAccess a;
  if (span->out == kXscom) {
    a.offset = addr - map_.xscom;
    const auto place = scom_->place(a.offset >> 3);
    if (!place) return;
    const bool nest = place->unit == arch::PecUnit::Nest || place->unit == arch::PecUnit::Stack;
    a.region = "pec0." + std::to_string(place->pec) + (nest ? "-nest" : "-pci");
    if (arch::is_of_stack(place->unit)) a.region += "-phb-" + std::to_string(place->stack);
  } else {
    a.offset = span->at + (addr - span->base);
    a.region = "phb0." + std::to_string(chip_index_[(span->out - kFirstPhb) / kOutsPerPhb]);
  }
  a.at = now();
  a.write = payload.is_write();
  a.bytes = payload.get_data_length();
  a.value = number_of(payload.get_data_ptr(), a.bytes);
  on_register(a);
}

/// A PHB stores to its notify port: a register of the interrupt queue, or memory that firmware watches.
/// PHB3 tells the interrupt controller of POWER8, which is the queue here.
void Machine::notified(const arch::Notification& n, unsigned phb) {
  if (generation_ == arch::Generation::Phb3) {
    interrupts_->notify(std::uint64_t{chip_index_[phb]} << 32 | n.source);
  } else if (n.addr - map_.interrupts < cpu::InterruptQueue::kBytes) {
    interrupts_->notify(n.data);
  } else if (memory::SparseStore::contains(n.addr, 8) && n.addr + 8 <= memory_bytes_) {
    system_->memory().store().write_be64(n.addr, n.data);
  }
}

void Machine::print(char c) {
  if (on_character) on_character(c);
  if (c != '\n') {
    line_ += c;
    return;
  }
  faults_->line(line_);
  line_.clear();
}

void Machine::inject(const PlannedFault& fault, unsigned i) {
  phb::Phb& phb = *system_->phbs()[i].phb;
  PciSlot& slot = *slots_[i];
  arch::PhbState& state = phb.state();
  ++faults_done_;
  const Rid rid = slot.functions() == 0 ? Rid{0x0100} : slot.rid(0);
  phb.catch_up();
  switch (fault.kind) {
    case PlannedFault::Kind::Poison:
      phb.receive_poisoned(rid, 0);
      break;
    case PlannedFault::Kind::ErrFatal:
      phb.receive_error(rid, arch::ErrorMessage::Fatal);
      break;
    case PlannedFault::Kind::ErrNonfatal:
      phb.receive_error(rid, arch::ErrorMessage::Nonfatal);
      break;
    case PlannedFault::Kind::LinkDown:
      state.link().drop();
      break;
    case PlannedFault::Kind::Unplug:
      state.link().unplug();
      break;
    case PlannedFault::Kind::Plug:
      state.link().plug(cards_[i]);
      break;
  }
  state.link_changed();
  phb.settle();
}

}  // namespace phbsim::firmware
