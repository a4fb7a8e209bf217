// SPDX-License-Identifier: Apache-2.0
/// A PPC64 processor thread with time: arch::ppc64::Core in an SC_THREAD behind one TLM-2.0 socket.
///
/// Memory that the target grants as direct memory is used directly, any other access is one b_transport with all its
/// bytes in memory order at the exact local time, so devices and processor agree about the time. In between the
/// processor runs ahead of the kernel by at most `quantum`. An error response becomes a machine check.
///
/// Time [MA]: every instruction takes millicycles / 1000 cycles, loads and stores of direct memory included (caches
/// that always hit); an access by the socket takes what its target says on top. While idle (stop, nap, wait, and a
/// branch to itself if `idle_branch`) no instruction is counted; a timer or an interrupt ends it at its time.
///
/// As on hardware, code that a device writes needs icbi (or code_written()) before it is executed.
/// Not modelled: caches and their misses, pipelines, several threads of a core, DMI latencies of the target.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>

#include "models/arch/ppc64/core.hpp"
#include "models/cpu/cpu_params.hpp"
#include "models/cpu/interrupt_if.hpp"

namespace phbsim::cpu {

class Cpu final : public sc_core::sc_module,
                  private arch::ppc64::Bus,
                  private InterruptIf,
                  private tlm::tlm_bw_transport_if<> {
 public:
  using Stop = arch::ppc64::Stop;
  /// What becomes of a processor that stopped.
  enum class Action : std::uint8_t {
    Continue,
    Step,  ///< one instruction, then the handler is called again (StopReason::Count)
    End,   ///< its thread ends
  };

  SC_HAS_PROCESS(Cpu);
  Cpu(const sc_core::sc_module_name& name, const CpuParams& params, const arch::ppc64::CoreOptions& options);

  tlm::tlm_initiator_socket<64> fabric_out;
  sc_core::sc_export<InterruptIf> interrupt_in;

  arch::ppc64::Core& core() { return core_; }
  const arch::ppc64::Core& core() const { return core_; }
  const CpuParams& params() const { return params_; }

  /// Called in the processor's thread, at its time, for every stop but Idle. Without it a breakpoint, watchpoint or
  /// attn ends the thread, and anything else is an error report with describe().
  void on_stop(std::function<Action(const Stop&)> handler) { on_stop_ = std::move(handler); }
  /// Called once a quantum, while idle once a poll_interval; true stops the processor (StopReason::Count).
  void on_poll(std::function<bool()> poll) { on_poll_ = std::move(poll); }
  /// `sc LEV`: true if it was served. Calls that the program makes to its host.
  void on_system_call(std::function<bool(arch::ppc64::CpuState&, unsigned)> serve) {
    on_system_call_ = std::move(serve);
  }
  /// Name of an address, empty if it has none; for describe().
  void set_symbolizer(std::function<std::string(std::uint64_t)> symbolizer) { symbolizer_ = std::move(symbolizer); }
  /// Calls the stop handler before the first instruction.
  void stop_at_start() { stop_at_start_ = true; }

  /// The sentence of a stop: pc, word and address, and the symbol of the pc.
  std::string describe(const Stop& stop) const;
  /// The last stop that was not Idle, Count or Yield.
  const std::optional<Stop>& last_stop() const { return last_stop_; }
  bool ended() const { return ended_; }

  /// The processor's own time, which may be ahead of the kernel's.
  Tick local_time() const;
  /// Ticks of the time base at a time, and the first time at which it has a value.
  std::uint64_t timebase_at(Tick time) const;
  Tick time_of_timebase(std::uint64_t ticks) const;

  /// Memory by debug calls: no time, no side effects, no faults. False if the target does not serve all of it.
  bool read_memory(std::uint64_t addr, unsigned char* bytes, std::uint64_t count);
  bool write_memory(std::uint64_t addr, const unsigned char* bytes, std::uint64_t count);
  /// Someone else wrote code.
  void code_written(RealAddr addr, std::uint64_t bytes) { core_.invalidate_decoded(addr, bytes); }

  void set_interrupt(arch::ppc64::Line line, bool level) override;

  struct Counters {
    std::uint64_t accesses = 0;  ///< transactions at the socket
    std::uint64_t errors = 0;    ///< of these, answered with an error
    std::uint64_t sleeps = 0;
    Tick idle = 0;  ///< time spent so
  };
  const Counters& counters() const { return counters_; }

 private:
  // arch::ppc64::Bus
  arch::ppc64::BusResult load(RealAddr addr, unsigned char* bytes, unsigned count, arch::ppc64::Access access) override;
  arch::ppc64::BusResult store(RealAddr addr, const unsigned char* bytes, unsigned count,
                               arch::ppc64::Access access) override;
  arch::ppc64::DirectPage direct(RealAddr page) override;
  std::uint64_t timebase() override { return timebase_at(local_time()); }
  bool system_call(arch::ppc64::CpuState& state, unsigned lev) override;

  // tlm_bw_transport_if
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

  void run();
  std::uint64_t instructions_ahead() const;
  Tick next_timer() const;
  Action stopped(const Stop& stop);
  bool sleep();
  bool at_idle_branch();
  void synchronise();
  void wake();
  arch::ppc64::BusResult transact(tlm::tlm_command command, RealAddr addr, unsigned char* bytes, unsigned count);
  Tick time_of(std::uint64_t instructions) const { return instructions * step_ / params_.clock_mhz; }

  CpuParams params_;
  std::uint64_t step_;  ///< picoseconds of an instruction times the clock in MHz
  tlm::tlm_generic_payload payload_;
  sc_core::sc_event wake_ev_;
  bool awake_ = false;    ///< something came since the last run of the core
  bool running_ = false;  ///< the core is
  bool debugging_ = false;
  bool stop_at_start_ = false;
  bool ended_ = false;
  Tick anchor_ = 0;  ///< local time when the run had executed anchor_count_ instructions
  std::uint64_t anchor_count_ = 0;
  std::optional<Stop> last_stop_;
  Counters counters_;
  std::function<Action(const Stop&)> on_stop_;
  std::function<bool()> on_poll_;
  std::function<bool(arch::ppc64::CpuState&, unsigned)> on_system_call_;
  std::function<std::string(std::uint64_t)> symbolizer_;
  arch::ppc64::Core core_;  ///< last: it asks for the time at once
};

}  // namespace phbsim::cpu
