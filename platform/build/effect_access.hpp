// SPDX-License-Identifier: Apache-2.0
/// A driver's changes to a PHB and its tables, as function calls from outside of simulated time: each
/// list goes to the PHB's effect agent and runs the simulation until it is done.
#pragma once

#include <vector>

#include "models/arch/effect.hpp"
#include "models/tlm/effect_frame.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::build {

class EffectAccess final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  EffectAccess(const sc_core::sc_module_name& name, EngineDriver& driver);

  InitiatorPort agent_out;

  /// False: the PHB is fenced, and what followed the failed wait is not done.
  bool carry_out(const arch::Effects& effects);

 private:
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  EngineDriver& driver_;
  DmaPayload payload_;
  std::vector<unsigned char> frame_;
  bool answered_ = false;
};

}  // namespace phbsim::build
