// SPDX-License-Identifier: Apache-2.0
#include "platform/build/effect_access.hpp"

#include <algorithm>

#include "models/base/check.hpp"

namespace phbsim::build {

EffectAccess::EffectAccess(const sc_core::sc_module_name& name, EngineDriver& driver)
    : sc_module(name), agent_out("agent_out", driver, *this), driver_(driver) {}

bool EffectAccess::carry_out(const arch::Effects& effects) {
  PHBSIM_ASSERT(!driver_.engine().running());
  for (std::size_t at = 0; at < effects.size();) {
    const std::size_t n = std::min<std::size_t>(effects.size() - at, EffectFrame::kMaxEffects);
    frame_.resize(n * EffectFrame::kBytes);
    for (std::size_t i = 0; i < n; ++i) EffectFrame::encode(effects[at + i], frame_.data() + i * EffectFrame::kBytes);
    at += n;
    payload_.prepare(tlm::TLM_WRITE_COMMAND, 0, static_cast<unsigned>(frame_.size()), frame_.data());
    payload_.ext.clock.start(driver_.now());
    answered_ = false;
    driver_.schedule(driver_.now(), this, 0, 0);
    driver_.start(kNever);
    if (!answered_) throw ModelError("a list of effects was never answered");
    if (!payload_.is_response_ok()) return false;
  }
  return true;
}

void EffectAccess::on_response(InitiatorPort&, DmaPayload&) {
  answered_ = true;
  driver_.pause();
}

void EffectAccess::on_event(std::uint32_t, std::uint64_t) { agent_out.send(payload_); }

}  // namespace phbsim::build
