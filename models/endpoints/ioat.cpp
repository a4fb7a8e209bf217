// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/ioat.hpp"

#include <algorithm>

namespace phbsim::endpoints {

namespace {
/// Slots are the function's tags.
unsigned tags_of(const IoatParams& params) { return arch::ioat::Function(params.function).tags(); }
}  // namespace

Ioat::Ioat(const sc_core::sc_module_name& name, EngineDriver& driver, const IoatParams& params,
           stats::Registry& registry)
    : Endpoint(name, driver, params.rid, tags_of(params), false, registry),
      mmio_in("mmio_in", driver, static_cast<TargetPort::Client&>(*this), TargetPort::Release::OnArrival),
      params_(params),
      function_(params.function) {}

Tick Ioat::on_request(TargetPort&, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const auto offset = static_cast<std::uint32_t>(payload.get_address() & (arch::ioat::kBarBytes - 1));
  const unsigned bytes = payload.get_data_length();
  const Tick answer = std::max<Tick>(params_.register_latency, 1);
  if (bytes == 0 || bytes > 8 || offset + bytes > arch::ioat::kBarBytes || ext.no_data) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return answer;
  }
  unsigned char* data = payload.get_data_ptr();
  if (payload.is_read()) {
    const std::uint64_t value = function_.read(offset, bytes);
    for (unsigned i = 0; i < bytes; ++i) data[i] = static_cast<unsigned char>(value >> 8 * i);
  } else {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= std::uint64_t{data[i]} << 8 * i;
    function_.write(offset, bytes, value);
    go();
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return answer;
}

void Ioat::set_control(const arch::ioat::Control& control) {
  function_.set_control(control);
  driver_.schedule(engine_.now(), this, kGo, 0);
}

void Ioat::reset_function() { function_.reset(); }

void Ioat::go() {
  if (going_) return;
  arch::ioat::Request r;
  while (engine_.now() >= next_request_) {
    if (!function_.next(r)) return;
    next_request_ = engine_.now() + params_.request_interval;
    issue(r.tag, r.access, r.addr, r.length, r.data, engine_.now());
  }
  going_ = true;
  engine_.schedule(next_request_, this, kGo, 1);
}

void Ioat::on_event(std::uint32_t, std::uint64_t own) {
  if (own != 0) going_ = false;
  go();
}

void Ioat::completed(unsigned slot) {
  function_.done(slot, succeeded(slot));
  go();
}

}  // namespace phbsim::endpoints
