// SPDX-License-Identifier: Apache-2.0
/// A guest's CPU that makes hypercalls through its socket and reads what they answered.
#pragma once

#include <array>
#include <deque>
#include <functional>

#include "models/arch/papr/calls.hpp"
#include "models/tlm/hcall_frame.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::test {

/// One hypercall and what became of it.
struct Hypercall {
  HcallFrame frame;
  Tick issued = 0;
  Tick returned = kNever;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  HcallResult result;  ///< read one picosecond after the return

  bool is_done() const { return returned != kNever; }
  Tick time() const { return returned - issued; }
};

class GuestCpu final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  using Args = std::array<std::uint64_t, 6>;

  GuestCpu(const sc_core::sc_module_name& name, EngineDriver& driver)
      : sc_module(name), hcall_out("hcall_out", driver, *this), driver_(driver) {}

  InitiatorPort hcall_out;
  /// Called when the result was read; may make the next call.
  std::function<void(const Hypercall&)> on_returned;

  const Hypercall& call(Tick at, arch::papr::Hcall call, const Args& args = {}) {
    return call_token(at, arch::papr::spec_of(call).token, args);
  }
  const Hypercall& call_token(Tick at, std::uint64_t token, const Args& args = {}) {
    calls_.emplace_back();
    Slot& s = calls_.back();
    s.call.frame.token = token;
    s.call.frame.args = args;
    s.call.issued = at;
    driver_.schedule(at, this, 0, calls_.size() - 1);
    return s.call;
  }

 private:
  struct Slot {
    Hypercall call;
    DmaPayload payload;
    std::array<unsigned char, HcallFrame::kCallBytes> bytes{};
  };

  void on_event(std::uint32_t, std::uint64_t i) override {
    Slot& s = calls_[i];
    s.call.frame.encode(s.bytes.data());
    s.payload.ext.owner = i;
    s.payload.ext.clock.start(driver_.now());
    s.payload.prepare(tlm::TLM_WRITE_COMMAND, HcallFrame::kCallAddress, HcallFrame::kCallBytes, s.bytes.data());
    hcall_out.send(s.payload);
  }
  void on_response(InitiatorPort&, DmaPayload& p) override {
    Slot& s = calls_[p.ext.owner];
    if (!s.call.is_done()) {
      s.call.returned = driver_.now();
      s.call.status = p.get_response_status();
      if (!p.is_response_ok()) return;
      s.payload.prepare(tlm::TLM_READ_COMMAND, HcallFrame::kResultAddress, HcallFrame::kResultBytes, s.bytes.data());
      hcall_out.send(s.payload);
      return;
    }
    s.call.result = HcallResult::decode(s.bytes.data());
    if (on_returned) on_returned(s.call);
  }

  EngineDriver& driver_;
  std::deque<Slot> calls_;
};

}  // namespace phbsim::test
