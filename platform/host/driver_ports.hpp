// SPDX-License-Identifier: Apache-2.0
/// The sockets on which a kernel takes its drivers' calls (models/tlm/driver_call.hpp), and how it
/// answers them: in the extension, or for an initiator without one by a read of 8 bytes.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/tlm/driver_call.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::host {

/// A call that waits for its answer.
struct PendingCall {
  tlm::tlm_generic_payload* payload = nullptr;  ///< none: not a driver's
  DmaExtension* ext = nullptr;
  TargetPort* port = nullptr;
  DriverCall frame;

  /// The answer must be set.
  void respond() const { port->respond(*payload, *ext); }
};

class DriverPorts final : private TargetPort::Client {
 public:
  class Client {
   public:
    /// False for what no driver could mean: it gets an error.
    virtual bool accept(const DriverCall& frame) = 0;
    /// A call that was accepted, of driver `call.port->index()`.
    virtual void called(const PendingCall& call) = 0;

   protected:
    ~Client() = default;
  };

  DriverPorts(EngineDriver& driver, unsigned drivers, Client& client) : client_(client) {
    for (unsigned i = 0; i < drivers; ++i) {
      ports_.push_back(std::make_unique<TargetPort>(("driver_in_" + std::to_string(i)).c_str(), driver,
                                                    static_cast<TargetPort::Client&>(*this),
                                                    TargetPort::Release::OnArrival, i));
    }
  }

  TargetPort& operator[](unsigned i) { return *ports_[i]; }

  /// The call has returned; of a map, `iova` is the answer. Sends nothing yet.
  void set_answer(const PendingCall& call, BusAddr iova) {
    call.payload->set_response_status(tlm::TLM_OK_RESPONSE);
    if (call.frame.kind != DriverCall::Kind::Map) return;
    call.ext->bus_addr = iova;
    if (!call.ext->early) answers_[call.payload->get_address()] = iova;
  }

 private:
  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override {
    if (payload.is_read()) {
      const auto it = answers_.find(payload.get_address());
      if (it == answers_.end() || payload.get_data_length() != 8) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return 1;
      }
      store_be64(payload.get_data_ptr(), it->second);
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      return 1;
    }
    if (!payload.is_write() || payload.get_data_length() != DriverCall::kBytes) {
      payload.set_response_status(payload.is_write() ? tlm::TLM_BURST_ERROR_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE);
      return 1;
    }
    const PendingCall call{&payload, &ext, &port, DriverCall::decode(payload.get_data_ptr())};
    if (!client_.accept(call.frame)) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return 1;
    }
    client_.called(call);
    return 0;
  }

  Client& client_;
  std::vector<std::unique_ptr<TargetPort>> ports_;
  std::unordered_map<std::uint64_t, BusAddr> answers_;  ///< by address of the frame, for plain initiators
};

}  // namespace phbsim::host
