// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/cpu.hpp"

#include <algorithm>

#include "models/base/check.hpp"
#include "models/base/endian.hpp"
#include "models/tlm/engine_driver.hpp"

namespace phbsim::cpu {

using namespace arch::ppc64;
using sc_core::sc_time;

namespace {

constexpr std::uint32_t kBranchToSelf = 0x4800'0000;  // b .

Tick kernel_time() { return sc_core::sc_time_stamp().value(); }

void in_range(const char* name, std::uint64_t value, std::uint64_t lowest, std::uint64_t highest) {
  if (value < lowest || value > highest)
    throw UserError(std::string("cpu.") + name + " is " + std::to_string(value) + ", allowed is " +
                    std::to_string(lowest) + " to " + std::to_string(highest));
}

}  // namespace

void check(const CpuParams& p) {
  in_range("clock_mhz", p.clock_mhz, 1, 100'000);
  in_range("millicycles", p.millicycles, 1, 1'000'000);
  in_range("timebase_mhz", p.timebase_mhz, 1, 10'000);
  in_range("quantum", p.quantum, 1, kPsPerS);
  in_range("poll_interval", p.poll_interval, kPsPerNs, kPsPerS);
  in_range("stack_bytes", p.stack_bytes, 64 * kKiB, kGiB);
}

Cpu::Cpu(const sc_core::sc_module_name& name, const CpuParams& params, const CoreOptions& options)
    : sc_module(name),
      fabric_out("fabric_out"),
      interrupt_in("interrupt_in"),
      params_((check(params), params)),
      step_(std::uint64_t{params.millicycles} * 1000),
      core_(options, *this) {
  fabric_out.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  interrupt_in.bind(static_cast<InterruptIf&>(*this));
  SC_THREAD(run);
  set_stack_size(static_cast<int>(params.stack_bytes));
}

// ---------------------------------------------------------------------------------------------
// Time

Tick Cpu::local_time() const {
  return running_ ? anchor_ + time_of(core_.executed_in_run() - anchor_count_) : std::max(anchor_, kernel_time());
}

std::uint64_t Cpu::timebase_at(Tick time) const {
  const std::uint64_t mhz = params_.timebase_mhz;
  return time / kPsPerUs * mhz + time % kPsPerUs * mhz / kPsPerUs;
}

Tick Cpu::time_of_timebase(std::uint64_t ticks) const {
  const std::uint64_t mhz = params_.timebase_mhz;
  if (ticks / mhz >= kNever / kPsPerUs) return kNever;
  return ticks / mhz * kPsPerUs + (ticks % mhz * kPsPerUs + mhz - 1) / mhz;
}

Tick Cpu::next_timer() const {
  const std::uint64_t event = core_.next_timer_event();
  return event == Core::kNoTimer ? kNever : time_of_timebase(event);
}

/// Instructions from the anchor to the end of the quantum or to the next timer.
std::uint64_t Cpu::instructions_ahead() const {
  const Tick timer = next_timer();
  Tick span = params_.quantum;
  if (timer > anchor_ && timer - anchor_ < span) span = timer - anchor_;
  return std::max<std::uint64_t>(1, (span * params_.clock_mhz + step_ - 1) / step_);
}

/// Lets the kernel come to the processor's time.
void Cpu::synchronise() {
  const Tick local = local_time(), kernel = kernel_time();
  if (local > kernel) wait(to_sc_time(local - kernel));
}

void Cpu::wake() {
  awake_ = true;
  wake_ev_.notify(sc_core::SC_ZERO_TIME);
}

void Cpu::set_interrupt(Line line, bool level) {
  if (core_.line(line) == level) return;
  core_.set_line(line, level);
  if (running_) core_.request_stop();
  if (level) wake();
}

/// Waits for a timer, an interrupt or the debugger; true if it was the debugger.
bool Cpu::sleep() {
  ++counters_.sleeps;
  const Tick since = kernel_time();
  bool asked = false;
  while (!awake_ && !asked) {
    const Tick now = kernel_time(), timer = next_timer();
    // A timer that is past is masked, or it would have ended this.
    Tick span = timer > since && timer != kNever ? timer - now : kNever;
    if (span == 0) break;
    if (on_poll_) span = std::min(span, params_.poll_interval);
    if (span == kNever) {
      wait(wake_ev_);
    } else {
      wait(to_sc_time(span), wake_ev_);
    }
    asked = on_poll_ && on_poll_();
  }
  counters_.idle += kernel_time() - since;
  anchor_ = kernel_time();
  return asked;
}

// ---------------------------------------------------------------------------------------------
// Execution

void Cpu::run() {
  Action action = Action::Continue;
  anchor_ = kernel_time();
  if (stop_at_start_) {
    Stop stop;
    stop.pc = core_.state().nip;
    action = stopped(stop);
  }
  while (action != Action::End) {
    anchor_ = kernel_time();
    anchor_count_ = 0;
    awake_ = false;
    running_ = true;
    const Stop stop = core_.run(action == Action::Step ? 1 : instructions_ahead());
    anchor_ += time_of(stop.executed - anchor_count_);
    running_ = false;
    synchronise();
    bool asked = on_poll_ && on_poll_();
    switch (stop.reason) {
      case StopReason::Count:
      case StopReason::Yield:
        if (action == Action::Step && stop.executed == 0) continue;  // nothing was executed yet
        if (action != Action::Step && !asked && params_.idle_branch && at_idle_branch()) asked = sleep();
        break;
      case StopReason::Idle:
        // Stepping goes over it once it is over.
        if (!asked) asked = sleep();
        if (!asked) continue;
        break;
      default:
        action = stopped(stop);
        continue;
    }
    if (asked || action == Action::Step) {
      Stop here;
      here.pc = core_.state().nip;
      here.executed = stop.executed;
      action = stopped(here);
    }
  }
  ended_ = true;
}

Cpu::Action Cpu::stopped(const Stop& stop) {
  if (stop.reason != StopReason::Count) last_stop_ = stop;
  if (on_stop_) return on_stop_(stop);
  switch (stop.reason) {
    case StopReason::Count:
      return Action::Continue;
    case StopReason::Breakpoint:
    case StopReason::Watchpoint:
    case StopReason::Attention:
      return Action::End;
    default:
      SC_REPORT_ERROR("phbsim/cpu", describe(stop).c_str());
      return Action::End;
  }
}

bool Cpu::at_idle_branch() {
  unsigned char word[4];
  if (!read_memory(core_.state().nip, word, 4)) return false;
  return ((core_.state().msr & msr::kLe) != 0 ? load_le32(word) : load_be32(word)) == kBranchToSelf;
}

std::string Cpu::describe(const Stop& stop) const {
  std::string text = std::string(name()) + ": " + to_text(stop);
  const std::string symbol = symbolizer_ ? symbolizer_(stop.pc) : std::string();
  return symbol.empty() ? text : text + " (" + symbol + ")";
}

bool Cpu::system_call(CpuState& state, unsigned lev) { return on_system_call_ && on_system_call_(state, lev); }

// ---------------------------------------------------------------------------------------------
// Memory

BusResult Cpu::load(RealAddr addr, unsigned char* bytes, unsigned count, Access) {
  return transact(tlm::TLM_READ_COMMAND, addr, bytes, count);
}

BusResult Cpu::store(RealAddr addr, const unsigned char* bytes, unsigned count, Access) {
  unsigned char copy[kMaxAccessBytes];
  PHBSIM_ASSERT(debugging_ || count <= sizeof copy);
  if (debugging_) return transact(tlm::TLM_WRITE_COMMAND, addr, const_cast<unsigned char*>(bytes), count);
  std::copy(bytes, bytes + count, copy);
  return transact(tlm::TLM_WRITE_COMMAND, addr, copy, count);
}

BusResult Cpu::transact(tlm::tlm_command command, RealAddr addr, unsigned char* bytes, unsigned count) {
  payload_.set_command(command);
  payload_.set_address(addr);
  payload_.set_data_ptr(bytes);
  payload_.set_data_length(count);
  payload_.set_streaming_width(count);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  if (debugging_) return fabric_out->transport_dbg(payload_) == count ? BusResult::Ok : BusResult::Error;
  ++counters_.accesses;
  synchronise();
  sc_time delay;
  fabric_out->b_transport(payload_, delay);
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  anchor_ = kernel_time();
  if (running_) {
    anchor_count_ = core_.executed_in_run();
    core_.request_stop();  // the time has jumped: timers and the quantum are looked at anew
  }
  if (payload_.is_response_ok()) return BusResult::Ok;
  ++counters_.errors;
  return BusResult::Error;
}

DirectPage Cpu::direct(RealAddr page) {
  tlm::tlm_generic_payload ask;
  ask.set_read();
  ask.set_address(page);
  tlm::tlm_dmi region;
  if (!fabric_out->get_direct_mem_ptr(ask, region) || !region.is_read_allowed()) return {};
  if (region.get_start_address() > page || region.get_end_address() < page + (kCodePageBytes - 1)) return {};
  return {region.get_dmi_ptr() + (page - region.get_start_address()), region.is_write_allowed()};
}

void Cpu::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  core_.forget_direct();
  core_.invalidate_decoded(first, last - first + 1);
  if (running_) core_.request_stop();
}

tlm::tlm_sync_enum Cpu::nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_time&) {
  return tlm::TLM_ACCEPTED;  // it never uses the non-blocking interface
}

bool Cpu::read_memory(std::uint64_t addr, unsigned char* bytes, std::uint64_t count) {
  debugging_ = true;
  const bool ok = core_.read_memory(addr, bytes, count);
  debugging_ = false;
  return ok;
}

bool Cpu::write_memory(std::uint64_t addr, const unsigned char* bytes, std::uint64_t count) {
  debugging_ = true;
  const bool ok = core_.write_memory(addr, bytes, count);
  debugging_ = false;
  return ok;
}

}  // namespace phbsim::cpu
