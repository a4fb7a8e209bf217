// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/interrupt_queue.hpp"

#include "models/base/endian.hpp"
#include "models/tlm/engine_driver.hpp"

namespace phbsim::cpu {

InterruptQueue::InterruptQueue(const sc_core::sc_module_name& name, Tick latency)
    : sc_module(name), fabric_in("fabric_in"), latency_(latency) {
  fabric_in.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
}

void InterruptQueue::notify(std::uint64_t data) {
  ++notified_;
  if (waiting_.size() == kEntries) {
    ++lost_;
    return;
  }
  waiting_.push_back(data | kTaken);
  if (waiting_.size() == 1 && on_line) on_line(true);
}

void InterruptQueue::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += to_sc_time(latency_);
  const std::uint64_t reg = payload.get_address();
  if (payload.get_data_length() != 8 || reg % 8 != 0 || reg >= kBytes) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (payload.is_read()) {
    store_be64(payload.get_data_ptr(), read(reg));
  } else if (payload.is_write() && reg == kNotify) {
    notify(load_be64(payload.get_data_ptr()));
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

std::uint64_t InterruptQueue::read(std::uint64_t reg) {
  switch (reg) {
    case kNext: {
      if (waiting_.empty()) return 0;
      const std::uint64_t data = waiting_.front();
      waiting_.pop_front();
      if (waiting_.empty() && on_line) on_line(false);
      return data;
    }
    case kWaiting:
      return waiting_.size();
    case kLost:
      return lost_;
    default:
      return 0;
  }
}

tlm::tlm_sync_enum InterruptQueue::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                                   sc_core::sc_time&) {
  payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  return tlm::TLM_COMPLETED;
}

}  // namespace phbsim::cpu
