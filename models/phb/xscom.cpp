// SPDX-License-Identifier: Apache-2.0
#include "models/phb/xscom.hpp"

#include <algorithm>

#include "models/base/endian.hpp"

namespace phbsim::phb {

Xscom::Xscom(const sc_core::sc_module_name& name, EngineDriver& driver, arch::Scom& scom, std::vector<Phb*> phbs,
             Tick latency)
    : sc_module(name),
      fabric_in("fabric_in", driver, *this, TargetPort::Release::OnArrival),
      engine_(driver.engine()),
      scom_(scom),
      phbs_(std::move(phbs)),
      latency_(std::max<Tick>(latency, 1)) {}

Tick Xscom::on_request(TargetPort&, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const std::uint32_t id = pending_.take();
  pending_[id] = {&payload, &ext};
  engine_.schedule(engine_.now() + latency_, this, 0, id);
  return 0;
}

void Xscom::on_event(std::uint32_t, std::uint64_t arg) {
  const Access a = pending_[static_cast<std::uint32_t>(arg)];
  pending_.put(static_cast<std::uint32_t>(arg));
  tlm::tlm_generic_payload& payload = *a.payload;
  unsigned char* data = payload.get_data_ptr();
  const std::uint64_t scom = payload.get_address() >> 3;
  ++count_;
  if (payload.get_data_length() != 8 || payload.get_address() % 8 != 0) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else {
    for (Phb* p : phbs_) p->catch_up();
    const arch::XscomResult r = payload.is_write() ? scom_.write(scom, load_be64(data)) : scom_.read(scom);
    for (Phb* p : phbs_) p->settle();
    if (payload.is_read()) store_be64(data, r.value);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (on_answer) on_answer(scom, r.ok);
  }
  fabric_in.respond(payload, *a.ext);
}

}  // namespace phbsim::phb
