// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ppc64/core.hpp"

#include "models/arch/ppc64/machine.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::ppc64 {

std::string to_text(const Stop& stop) {
  const std::string at = " at pc " + text::hex(stop.pc);
  switch (stop.reason) {
    case StopReason::Count: return "the instruction count was used up" + at;
    case StopReason::Yield: return "a stop was requested" + at;
    case StopReason::Breakpoint: return "breakpoint" + at;
    case StopReason::Watchpoint: return "watchpoint at " + text::hex(stop.address) + ", touched" + at;
    case StopReason::Attention: return "attn" + at;
    case StopReason::Unknown:
      return "unknown instruction " + text::hex(stop.word) + " (" + disassemble(stop.word, stop.pc) + ")" + at;
    case StopReason::Idle: return "idle until an interrupt" + at;
    case StopReason::Translation:
      return "address translation is not modelled: MSR[IR] or [DR] is 1, or [HV] 0, for the access to " +
             text::hex(stop.address) + at;
    case StopReason::Checkstop:
      return "checkstop: nothing answers at " + text::hex(stop.address) + " and MSR[ME] is 0" + at;
  }
  return {};
}

Core::Core(const CoreOptions& options, Bus& bus) : machine_(std::make_unique<Machine>(options, bus)) {}
Core::~Core() = default;
CpuState& Core::state() { return machine_->st; }
const CpuState& Core::state() const { return machine_->st; }
const CoreOptions& Core::options() const { return machine_->options; }
Stop Core::run(std::uint64_t max_instructions) { return machine_->run(max_instructions); }
void Core::reset() { machine_->reset(); }
void Core::system_reset() { machine_->system_reset(); }
void Core::set_line(Line line, bool level) { machine_->set_line(line, level); }
bool Core::line(Line line) const { return machine_->line(line); }
void Core::ring(bool hypervisor) { machine_->take_doorbell(hypervisor, true); }
std::uint64_t Core::next_timer_event() const { return machine_->next_timer_event(); }
bool Core::idle() const { return machine_->idle(); }
void Core::request_stop() { machine_->request_stop(); }
std::uint64_t Core::executed_in_run() const { return machine_->executed_in_run(); }
std::uint64_t Core::executed() const { return machine_->executed(); }
void Core::set_msr(std::uint64_t value) { machine_->set_msr(value); }
std::uint64_t Core::read_spr(unsigned number) const { return machine_->read_spr(number); }
void Core::write_spr(unsigned number, std::uint64_t value) { machine_->write_spr(number, value); }
bool Core::read_memory(std::uint64_t ea, unsigned char* bytes, std::uint64_t count) {
  return machine_->debug_access(ea, bytes, nullptr, count);
}
bool Core::write_memory(std::uint64_t ea, const unsigned char* bytes, std::uint64_t count) {
  return machine_->debug_access(ea, nullptr, bytes, count);
}
void Core::add_breakpoint(std::uint64_t ea) { machine_->set_breakpoint(ea, true); }
void Core::remove_breakpoint(std::uint64_t ea) { machine_->set_breakpoint(ea, false); }
void Core::add_watchpoint(std::uint64_t ea, std::uint64_t bytes, Watch watch) {
  machine_->set_watchpoint(ea, bytes, watch, true);
}
void Core::remove_watchpoint(std::uint64_t ea, std::uint64_t bytes, Watch watch) {
  machine_->set_watchpoint(ea, bytes, watch, false);
}
void Core::invalidate_decoded(RealAddr addr, std::uint64_t bytes) { machine_->invalidate_decoded(addr, bytes); }
void Core::forget_direct() { machine_->forget_ways(); }

}  // namespace phbsim::arch::ppc64
