// SPDX-License-Identifier: Apache-2.0
/// A 16550 serial port as far as polling firmware needs one: eight registers of a byte each.
///
/// Every access takes `latency`. A character is sent at once (the line is ready whenever asked) and handed
/// to on_character; give() queues input.
/// Not modelled: bit times, modem lines, interrupts (IIR says there is none).
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <string_view>
#include <systemc>
#include <tlm>

#include "models/base/types.hpp"

namespace phbsim::cpu {

class Uart16550 final : public sc_core::sc_module, private tlm::tlm_fw_transport_if<> {
 public:
  static constexpr unsigned kBytes = 8;

  explicit Uart16550(const sc_core::sc_module_name& name, Tick latency = 100 * kPsPerNs);

  tlm::tlm_target_socket<64> fabric_in;

  std::function<void(char)> on_character;
  void give(std::string_view input) { input_.insert(input_.end(), input.begin(), input.end()); }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }

  unsigned char read(unsigned reg);
  void write(unsigned reg, unsigned char value);

  Tick latency_;
  std::deque<char> input_;
  std::array<unsigned char, kBytes> regs_{};
  std::array<unsigned char, 2> divisor_{};
  bool fifo_ = false;
};

}  // namespace phbsim::cpu
