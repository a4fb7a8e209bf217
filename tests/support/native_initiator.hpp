// SPDX-License-Identifier: Apache-2.0
/// The project's own way to a target socket, with the same script as the initiators of the standard.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "models/tlm/ports.hpp"
#include "tests/support/standard_initiator.hpp"

namespace phbsim::test {

class NativeInitiator final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  InitiatorPort out;
  std::deque<standard::Access> script;
  std::function<void(DmaPayload&)> prepare;  ///< sets what the extension says, before each request
  std::function<void(std::size_t, DmaPayload&)> on_answer;

  NativeInitiator(const sc_core::sc_module_name& name, EngineDriver& driver)
      : sc_module(name), out("out", driver, *this), driver_(driver) {}

  bool done() const { return finished_ == script.size(); }
  std::size_t finished() const { return finished_; }

 private:
  void start_of_simulation() override {
    for (std::size_t i = 0; i < script.size(); ++i) {
      payloads_.push_back(std::make_unique<DmaPayload>());
      driver_.schedule((script[i].issue + script[i].delay).value(), this, 0, i);
    }
  }
  void on_event(std::uint32_t, std::uint64_t i) override {
    standard::Access& a = script[i];
    DmaPayload& p = *payloads_[i];
    p.prepare(a.command, a.address, static_cast<unsigned>(a.data.size()), a.data.data());
    p.ext.owner = i;
    p.ext.clock.start(driver_.now());
    if (prepare) prepare(p);
    a.sent = a.issue;
    out.send(p);
  }
  void on_response(InitiatorPort&, DmaPayload& p) override {
    standard::Access& a = script[p.ext.owner];
    a.answered = to_sc_time(driver_.now());
    a.status = p.get_response_status();
    a.done = true;
    ++finished_;
    if (on_answer) on_answer(p.ext.owner, p);
  }

  EngineDriver& driver_;
  std::vector<std::unique_ptr<DmaPayload>> payloads_;
  std::size_t finished_ = 0;
};

/// Binds a target socket that a test does not use.
class IdleInitiator final : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_initiator_socket<64> socket;
  explicit IdleInitiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
};

}  // namespace phbsim::test
