// SPDX-License-Identifier: Apache-2.0
/// What happens at one PHB, as the rules of the co-validation checker see it. Whoever runs the PHB, with or without
/// time, calls these in the order in which things happen.
#pragma once

#include <cstdint>

#include "models/arch/phb_state.hpp"
#include "models/arch/tce_kill.hpp"

namespace phbsim::arch::checker {

/// An access of a processor that the PHB carries out; what a fence or a reset drops is none.
struct RegisterAccess {
  const RegSpec* spec = nullptr;  ///< null: a configuration window
  std::uint32_t offset = 0;
  unsigned bytes = 8;
  std::uint64_t value = 0;   ///< to be written, or read
  std::uint64_t before = 0;  ///< write: of the register, or of the table's entry
  bool entry = false;        ///< through the IODA data register, of a table that exists:
  IodaTableId table = IodaTableId::List;
  std::uint32_t index = 0;
  unsigned mist_mask = 0;    ///< as in IodaTables::write
};

/// A part of a request of a device that is translated as one.
struct DmaPart {
  std::uint64_t id = 0;  ///< of no other part under way
  Rid rid = 0;
  PeNumber pe = kNoPe;
  std::uint16_t rte = 0;    ///< that named the PE
  bool rte_cached = false;  ///< it came out of the RID cache
  BusAddr addr = 0;
  unsigned length = 0;
  Access access = Access::Read;
  Route route;  ///< what was selected; its Tve as it was then
  // From dma_translated on:
  Fault fault = Fault::None;
  RealAddr real = 0;
};

class RuleEvents {
 public:
  virtual ~RuleEvents() = default;

  /// Before a write takes effect.
  virtual void register_written(const RegisterAccess&) {}
  virtual void register_read(const RegisterAccess&) {}
  /// The ETU was reset: registers, tables and caches begin anew.
  virtual void reset() {}
  /// A TCE kill was accepted; kills are done in this order.
  virtual void kill_taken(const TceKill&) {}
  /// The oldest is done: no translation of before is used by requests that look it up from now on.
  virtual void kill_finished() {}

  /// A processor's store to memory, after it; of those to TCE tables none may be missing.
  virtual void memory_stored(RealAddr, std::uint64_t /*bytes*/) {}

  /// PE and TVE are known.
  virtual void dma_selected(const DmaPart&) {}
  /// So are real address or fault. Of MSIs and what failed before there is no such event.
  virtual void dma_translated(const DmaPart&) {}
  /// Nothing of it moves any more. Comes for parts that were never selected, too.
  virtual void dma_finished(std::uint64_t /*id*/) {}

  /// The end of the run, or firmware says that it is done.
  virtual void run_ended() {}
};

}  // namespace phbsim::arch::checker
