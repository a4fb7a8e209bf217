// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/uart.hpp"

#include "models/tlm/engine_driver.hpp"

namespace phbsim::cpu {

namespace {
enum Register : unsigned { kData, kIer, kIirFcr, kLcr, kMcr, kLsr, kMsr, kScratch };
constexpr unsigned char kLcrDivisor = 0x80;
constexpr unsigned char kFcrEnable = 0x01, kFcrClearInput = 0x02;
constexpr unsigned char kIirNone = 0x01, kIirFifo = 0xC0;
constexpr unsigned char kLsrInput = 0x01, kLsrEmpty = 0x60;  // nothing to send, and nothing being sent
constexpr unsigned char kMsrReady = 0xB0;                    // carrier, data set ready, clear to send
}  // namespace

Uart16550::Uart16550(const sc_core::sc_module_name& name, Tick latency)
    : sc_module(name), fabric_in("fabric_in"), latency_(latency) {
  fabric_in.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
}

void Uart16550::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += to_sc_time(latency_);
  const std::uint64_t reg = payload.get_address();
  if (payload.get_data_length() != 1 || reg >= kBytes) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (payload.is_write()) {
    write(static_cast<unsigned>(reg), *payload.get_data_ptr());
  } else if (payload.is_read()) {
    *payload.get_data_ptr() = read(static_cast<unsigned>(reg));
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned char Uart16550::read(unsigned reg) {
  const bool divisor = (regs_[kLcr] & kLcrDivisor) != 0;
  switch (reg) {
    case kData: {
      if (divisor) return divisor_[0];
      if (input_.empty()) return 0;
      const char c = input_.front();
      input_.pop_front();
      return static_cast<unsigned char>(c);
    }
    case kIer:
      return divisor ? divisor_[1] : regs_[kIer];
    case kIirFcr:
      return fifo_ ? kIirNone | kIirFifo : kIirNone;
    case kLsr:
      return input_.empty() ? kLsrEmpty : kLsrEmpty | kLsrInput;
    case kMsr:
      return kMsrReady;
    default:
      return regs_[reg];
  }
}

void Uart16550::write(unsigned reg, unsigned char value) {
  const bool divisor = (regs_[kLcr] & kLcrDivisor) != 0;
  switch (reg) {
    case kData:
      if (divisor) {
        divisor_[0] = value;
      } else if (on_character) {
        on_character(static_cast<char>(value));
      }
      break;
    case kIer:
      (divisor ? divisor_[1] : regs_[kIer]) = divisor ? value : value & 0x0F;
      break;
    case kIirFcr:
      fifo_ = (value & kFcrEnable) != 0;
      if (value & kFcrClearInput) input_.clear();
      break;
    case kLsr:
    case kMsr:
      break;
    default:
      regs_[reg] = value;
  }
}

tlm::tlm_sync_enum Uart16550::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
  payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  return tlm::TLM_COMPLETED;
}

}  // namespace phbsim::cpu
