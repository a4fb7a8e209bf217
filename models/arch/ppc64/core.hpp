// SPDX-License-Identifier: Apache-2.0
/// A thread of a PPC64 processor: runs machine code from a Bus, untimed.
///
///     MyBus bus;
///     Core core({}, bus);
///     core.state().nip = entry;
///     Stop stop = core.run(10'000);  // until the count is used up or something is to be told
///
/// Models the fixed-point facility of Power ISA 2.07 and 3.0 (instructions.hpp), both byte orders, 64- and 32-bit
/// mode, hypervisor real mode, interrupts (exceptions.hpp), time registers. Not modelled: address translation (an
/// access with MSR[IR] or [DR] stops the core unless CoreOptions::translation says otherwise), floating point, vectors
/// (unavailable interrupts; stop if enabled), transactional memory, performance monitor, speculation, caches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/arch/ppc64/bus.hpp"
#include "models/arch/ppc64/exceptions.hpp"
#include "models/arch/ppc64/registers.hpp"

namespace phbsim::arch::ppc64 {

enum class StopReason : std::uint8_t {
  Count,        ///< max_instructions were executed
  Yield,        ///< request_stop(), or a timer was rewritten: next_timer_event() may be earlier now
  Breakpoint,   ///< at pc, not executed
  Watchpoint,   ///< the instruction at pc, which was executed, touched `address`
  Attention,    ///< attn at pc, not executed
  Unknown,      ///< `word` at pc is no instruction of the table, or of a facility that is not modelled
  Idle,         ///< doze ... stop, wait: nothing runs until an interrupt; pc is behind it
  Translation,  ///< an access at pc needs address translation (`address`)
  Checkstop,    ///< a machine check with MSR[ME] = 0, `address`: what could not be accessed
};

struct Stop {
  StopReason reason = StopReason::Count;
  std::uint64_t pc = 0;
  std::uint32_t word = 0;      ///< Unknown, Attention
  std::uint64_t address = 0;   ///< Watchpoint, Translation, Checkstop
  std::uint64_t executed = 0;  ///< instructions of this run
};

/// A sentence that names pc, word and address; the caller adds the symbol.
std::string to_text(const Stop& stop);

enum class OnIllegal : std::uint8_t {
  Stop,       ///< StopReason::Unknown
  Emulation,  ///< hypervisor emulation assistance interrupt, the word in HEIR: hardware
  Program,    ///< program interrupt
};

enum class Translation : std::uint8_t {
  Stop,      ///< StopReason::Translation
  Identity,  ///< [MA] effective addresses are used as real ones: programs in problem state
};

struct CoreOptions {
  std::uint32_t pvr = 0x004e'1202;  ///< POWER9 DD2.x
  std::uint32_t pir = 0;
  std::uint32_t tir = 0;
  std::uint64_t reset_pc = 0x100;
  std::uint64_t reset_msr = msr::kSf | msr::kHv | msr::kMe;
  OnIllegal on_illegal = OnIllegal::Stop;
  Translation translation = Translation::Stop;
  std::uint64_t seed = 1;  ///< of darn
};

/// Level-sensitive inputs.
enum class Line : std::uint8_t { External, HypervisorVirtualization, HypervisorMaintenance };

enum class Watch : std::uint8_t { Write, Read, Access };

class Machine;

class Core {
 public:
  Core(const CoreOptions& options, Bus& bus);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  CpuState& state();
  const CpuState& state() const;
  const CoreOptions& options() const;

  /// Executes up to `max_instructions`; an interrupt taken by an instruction counts as it. Interrupts of lines and
  /// timers are taken at the start, and in between where the guest or the Bus changes what decides about them.
  Stop run(std::uint64_t max_instructions);

  /// Registers back to their reset values, idle ended; gpr r3 (device tree) and others are for the caller to set.
  void reset();
  /// A system reset interrupt (0x100) is taken by the next run().
  void system_reset();
  void set_line(Line line, bool level);
  bool line(Line line) const;
  /// A doorbell message arrived (msgsnd of another thread).
  void ring(bool hypervisor);

  /// The time base value at which a decrementer interrupt falls due, enabled or not; kNoTimer: none.
  static constexpr std::uint64_t kNoTimer = ~std::uint64_t{0};
  std::uint64_t next_timer_event() const;
  /// True while idle: run() returns at once unless an interrupt wakes it.
  bool idle() const;

  /// Ends the current run behind the instruction being executed; for calls from Bus hooks.
  void request_stop();
  /// Of the run that is going on, the current one not counted.
  std::uint64_t executed_in_run() const;
  /// Since construction.
  std::uint64_t executed() const;

  /// All state that follows from MSR is kept up to date through this.
  void set_msr(std::uint64_t value);
  /// By number, without privilege checks, with their side effects. Unknown ones read 0.
  std::uint64_t read_spr(unsigned number) const;
  void write_spr(unsigned number, std::uint64_t value);

  /// Memory as the program sees it (real mode), without faults taken: debuggers. False where the bus says error.
  bool read_memory(std::uint64_t ea, unsigned char* bytes, std::uint64_t count);
  bool write_memory(std::uint64_t ea, const unsigned char* bytes, std::uint64_t count);

  /// Effective addresses. A breakpoint at which the last run() stopped is passed by the next one.
  void add_breakpoint(std::uint64_t ea);
  void remove_breakpoint(std::uint64_t ea);
  void add_watchpoint(std::uint64_t ea, std::uint64_t bytes, Watch watch);
  void remove_watchpoint(std::uint64_t ea, std::uint64_t bytes, Watch watch);

  /// Someone else wrote real memory: decoded instructions there are dropped, a reservation there is lost.
  void invalidate_decoded(RealAddr addr, std::uint64_t bytes);
  /// Pointers of Bus::direct() are no longer valid.
  void forget_direct();

 private:
  std::unique_ptr<Machine> machine_;
};

}  // namespace phbsim::arch::ppc64
