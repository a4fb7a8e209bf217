// SPDX-License-Identifier: Apache-2.0
#include "platform/build/host_access.hpp"

#include "models/base/check.hpp"
#include "models/base/endian.hpp"

namespace phbsim::build {

HostAccess::HostAccess(const sc_core::sc_module_name& name, EngineDriver& driver)
    : sc_module(name), link_out("link_out", driver, *this), driver_(driver) {}

std::optional<std::uint64_t> HostAccess::load(BusAddr addr, unsigned bytes) {
  data_.fill(0);
  if (!perform(tlm::TLM_READ_COMMAND, addr, bytes)) return std::nullopt;
  return load_le64(data_.data());
}

bool HostAccess::store(BusAddr addr, unsigned bytes, std::uint64_t value) {
  store_le64(data_.data(), value);
  return perform(tlm::TLM_WRITE_COMMAND, addr, bytes);
}

bool HostAccess::perform(tlm::tlm_command command, BusAddr addr, unsigned bytes) {
  PHBSIM_ASSERT(bytes >= 1 && bytes <= 8 && !driver_.engine().running());
  payload_.prepare(command, addr, bytes, data_.data());
  payload_.ext.clock.start(driver_.now());
  answered_ = false;
  driver_.schedule(driver_.now(), this, kSend, 0);
  driver_.start(kNever);
  if (!answered_) throw ModelError("an access of a device was never answered");
  return payload_.is_response_ok();
}

void HostAccess::run_until_idle() {
  if (!driver_.engine().empty()) driver_.start(kNever);
}

void HostAccess::run_for(Tick duration) {
  driver_.schedule(driver_.now() + duration, this, kPause, 0);
  driver_.start(kNever);
}

void HostAccess::on_response(InitiatorPort&, DmaPayload&) {
  answered_ = true;
  driver_.pause();
}

void HostAccess::on_event(std::uint32_t kind, std::uint64_t) {
  if (kind == kPause) {
    driver_.pause();
  } else {
    link_out.send(payload_);
  }
}

}  // namespace phbsim::build
