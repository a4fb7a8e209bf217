// SPDX-License-Identifier: Apache-2.0
/// What lies beyond the core: memory and devices, the clock, and whoever serves what the core itself does not.
///
/// A platform derives from Bus. Bytes are in memory order at this interface: the core swaps according to MSR[LE].
#pragma once

#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::arch::ppc64 {

struct CpuState;

constexpr std::uint64_t kCodePageBytes = 4096;
/// Longest access: lq, stq and their reserving forms.
constexpr unsigned kMaxAccessBytes = 16;

enum class Access : std::uint8_t {
  Fetch,           ///< of an instruction, 4 bytes
  Data,            ///< an ordinary load or store
  CacheInhibited,  ///< lbzcix ... stdcix
};

/// Error makes the core take a machine check.
enum class BusResult : std::uint8_t { Ok, Error };

enum class Hint : std::uint8_t {
  HeavySync, LightSync, Ptesync, Eieio, Isync, Slbsync, Tlbsync, Other,
};

/// RAM that the core may read and write itself, a whole page of kCodePageBytes.
struct DirectPage {
  unsigned char* bytes = nullptr;  ///< null: every access goes through load() and store()
  bool writable = true;            ///< false: stores still go through store()
};

class Bus {
 public:
  virtual ~Bus() = default;

  /// One access of 1, 2, 4, 8 or 16 bytes, never split, in program order. An access that crosses a page is asked
  /// for whole unless both pages are direct. `bytes` holds memory order.
  virtual BusResult load(RealAddr addr, unsigned char* bytes, unsigned count, Access access) = 0;
  virtual BusResult store(RealAddr addr, const unsigned char* bytes, unsigned count, Access access) = 0;

  /// `page` is a multiple of kCodePageBytes. What was given stays valid until Core::forget_direct().
  virtual DirectPage direct(RealAddr page) = 0;

  /// The time base now, in its ticks (512 MHz on POWER). Asked once at the start of each Core::run(), and for each
  /// read of a time register; Core::executed_in_run() tells how far the run is, for who wants to interpolate.
  virtual std::uint64_t timebase() = 0;

  /// `sc LEV`: true if it was served here (registers changed through `state`; the core goes on behind it), false to
  /// take the system call interrupt. `state.nip` is the sc itself.
  virtual bool system_call(CpuState& state, unsigned lev) {
    static_cast<void>(state);
    static_cast<void>(lev);
    return false;
  }
  /// `attn`: true to go on as if it was a no-op, false to stop (StopReason::Attention).
  virtual bool attention(CpuState& state) {
    static_cast<void>(state);
    return false;
  }
  /// doze, nap, sleep, rvwinkle, stop, wait were executed: the core is idle until an interrupt.
  virtual void idle(CpuState& state) { static_cast<void>(state); }
  /// An ordering instruction. The core is in order: nothing is left to do in it.
  virtual void barrier(Hint hint) { static_cast<void>(hint); }
  /// icbi of this line (a real address); the core itself has dropped what it had decoded.
  virtual void code_changed(RealAddr line) { static_cast<void>(line); }
  /// msgsnd, msgsndp: a doorbell message word (RB) to another thread.
  virtual void doorbell(std::uint64_t message, bool hypervisor) {
    static_cast<void>(message);
    static_cast<void>(hypervisor);
  }
};

}  // namespace phbsim::arch::ppc64
