// SPDX-License-Identifier: Apache-2.0
/// Couples the private engine to the SystemC kernel: the only owner of a timed kernel event.
///
/// Order at one instant of time: processes of foreign modules first, until the kernel has nothing
/// left to do at that time, then the engine's events in the order in which they were scheduled.
/// With run-ahead the engine goes on to (not including) the kernel's next pending activity, and
/// never past the end of the run; without it, it is woken for each instant. Results are the same.
///
/// Run-ahead needs to know the end of the run: start() sets it. Under a plain sc_start() by a
/// foreign test bench the driver does not run ahead. One driver per kernel.
#pragma once

#include <deque>
#include <exception>
#include <systemc>
#include <type_traits>

#include "models/base/engine.hpp"

namespace phbsim {

/// sc_time of a number of picoseconds; the resolution is checked to be 1 ps. sc_time::from_value is
/// a call into the library, too dear for every hop.
inline sc_core::sc_time to_sc_time(Tick ticks) {
  using Value = sc_core::sc_time::value_type;
  static_assert(std::is_standard_layout_v<sc_core::sc_time> && sizeof(sc_core::sc_time) == sizeof(Value));
  sc_core::sc_time t;
  *reinterpret_cast<Value*>(&t) = ticks;  // its first and only member
  return t;
}

class EngineDriver final : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(EngineDriver);
  explicit EngineDriver(const sc_core::sc_module_name& name, bool run_ahead = true);

  Engine& engine() { return engine_; }
  Tick now() const { return engine_.now(); }

  /// Kernel time in ticks; cheap while the engine runs.
  Tick kernel_now() const { return engine_.running() ? kernel_now_ : sc_core::sc_time_stamp().value(); }
  /// Delay that, added to the kernel's time, is the engine's time.
  sc_core::sc_time engine_delay() const { return to_sc_time(engine_.now() - kernel_now()); }
  /// Engine time of a TLM delay received now.
  Tick time_of(const sc_core::sc_time& delay) const { return kernel_now() + delay.value(); }

  /// Schedules an engine event from anywhere, also from a foreign process.
  void schedule(Tick at, EventHandler* handler, std::uint32_t kind, std::uint64_t arg) {
    engine_.schedule(at, handler, kind, arg);
    if (!engine_.running()) arm();
  }

  /// From engine context: calls the handler when the kernel has reached the engine's present time,
  /// outside the engine. Calls to foreign modules are made so.
  void at_kernel_time(EventHandler* handler, std::uint32_t kind, std::uint64_t arg);

  /// From engine context, after a call to a module that is not ours: what it has set going in the
  /// kernel acts before the engine passes it.
  void foreign_called();

  /// Runs the simulation for `duration` (kNever: until nothing is left to do or stop()). What an
  /// event threw ends the run and is thrown here.
  void start(Tick duration);
  /// Ends the run after the present event.
  void stop();
  /// Ends start() after the present event; the next start() goes on. For a caller outside of simulated time.
  void pause();

  std::uint64_t kernel_events() const { return kernel_events_; }

 private:
  struct External {
    Tick at;
    EventHandler* handler;
    std::uint32_t kind;
    std::uint64_t arg;
  };

  void run_method();
  void run_once();
  void arm();
  Tick horizon() const;

  Engine engine_;
  sc_core::sc_event wake_ev_;
  std::deque<External> external_;
  Tick kernel_now_ = 0;
  Tick armed_ = kNever;
  Tick end_ = kNever;
  bool end_known_ = false;
  bool run_ahead_;
  bool stopped_ = false;
  std::exception_ptr error_;
  std::uint64_t kernel_events_ = 0;
};

}  // namespace phbsim
