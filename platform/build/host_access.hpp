// SPDX-License-Identifier: Apache-2.0
/// A processor's loads and stores of devices, as function calls from outside of simulated time.
///
/// Each call becomes a transaction on the link's host_in, begun at the present time of the simulation, and runs the
/// simulation until it is answered: a load by its completion, a store when the device has taken it. What the device
/// goes on to do takes place while later calls, or run_until_idle(), run the simulation.
/// Not modelled: what lies between processor and link (the PHB's outbound windows and its MMIO freeze, write
/// combining, more than one access at a time). A load of a frozen PE is answered by the device.
#pragma once

#include <array>
#include <optional>

#include "models/tlm/ports.hpp"

namespace phbsim::build {

class HostAccess final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  HostAccess(const sc_core::sc_module_name& name, EngineDriver& driver);

  InitiatorPort link_out;

  /// 1 to 8 bytes, little-endian, in the low bytes of the value; nothing if it was answered with an error.
  std::optional<std::uint64_t> load(BusAddr addr, unsigned bytes);
  /// False if it was answered with an error, of which a processor would not know.
  bool store(BusAddr addr, unsigned bytes, std::uint64_t value);

  /// Runs the simulation until nothing is left to do. Does not return while a device works without end.
  void run_until_idle();
  void run_for(Tick duration);

 private:
  enum Event : std::uint32_t { kSend, kPause };

  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  bool perform(tlm::tlm_command command, BusAddr addr, unsigned bytes);

  EngineDriver& driver_;
  DmaPayload payload_;
  std::array<unsigned char, 8> data_{};
  bool answered_ = false;
};

}  // namespace phbsim::build
