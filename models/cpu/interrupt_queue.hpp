// SPDX-License-Identifier: Apache-2.0
/// What an interrupt controller is to polling or simply interrupted firmware: a queue of notifications.
/// [MA] A device of ours, neither XICS nor XIVE; those are not modelled.
///
/// Registers of 8 bytes, big-endian:
///   +0x00  read: the oldest notification that was not taken, which is taken by it; 0 if there is none
///   +0x08  read: how many wait
///   +0x10  write: end of interrupt; nothing else is asked of it
///   +0x18  read: how many were lost because kEntries waited
///   +0x800 write: notify port, as a PHB's INT_NOTIFY_ADDR names it
/// A notification is what the PHB stores, with bit 63 - 56 free: index and source in the low bits, and
/// kTaken in it so that it is never 0. The external line is up while any waits.
#pragma once

#include <deque>
#include <functional>
#include <systemc>
#include <tlm>

#include "models/base/types.hpp"

namespace phbsim::cpu {

class InterruptQueue final : public sc_core::sc_module, private tlm::tlm_fw_transport_if<> {
 public:
  static constexpr std::uint64_t kBytes = 0x1000;
  static constexpr std::uint64_t kNext = 0x00, kWaiting = 0x08, kEnd = 0x10, kLost = 0x18, kNotify = 0x800;
  static constexpr std::uint64_t kTaken = 1ull << 63;
  static constexpr std::size_t kEntries = 4096;

  explicit InterruptQueue(const sc_core::sc_module_name& name, Tick latency = 100 * kPsPerNs);

  tlm::tlm_target_socket<64> fabric_in;

  void notify(std::uint64_t data);
  /// The level of the external line has changed.
  std::function<void(bool level)> on_line;
  std::uint64_t notified() const { return notified_; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }

  std::uint64_t read(std::uint64_t reg);

  Tick latency_;
  std::deque<std::uint64_t> waiting_;
  std::uint64_t lost_ = 0;
  std::uint64_t notified_ = 0;
};

}  // namespace phbsim::cpu
