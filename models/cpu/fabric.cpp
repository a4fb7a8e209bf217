// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/fabric.hpp"

#include <algorithm>
#include <string>

#include "models/tlm/engine_driver.hpp"

namespace phbsim::cpu {

Fabric::Fabric(const sc_core::sc_module_name& name, unsigned outs, Tick bus_error_latency)
    : sc_module(name), cpu_in("cpu_in"), bus_error_latency_(bus_error_latency) {
  cpu_in.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  for (unsigned i = 0; i < outs; ++i) {
    outs_.push_back(std::make_unique<tlm::tlm_initiator_socket<64>>(("out_" + std::to_string(i)).c_str()));
    outs_.back()->bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }
}

std::optional<FabricSpan> Fabric::find(RealAddr addr, std::uint64_t bytes) const {
  for (const FabricSpan& s : fixed_)
    if (s.contains(addr, bytes)) return s;
  return movable ? movable(addr, bytes) : std::nullopt;
}

void Fabric::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const RealAddr addr = payload.get_address();
  const std::optional<FabricSpan> span = find(addr, std::max(payload.get_data_length(), 1u));
  ++accesses_;
  if (!span) {
    ++bus_errors_;
    delay += to_sc_time(bus_error_latency_);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (on_access) on_access(payload, addr, nullptr);
    return;
  }
  payload.set_address(span->at + (addr - span->base));
  (*outs_[span->out])->b_transport(payload, delay);
  payload.set_address(addr);
  if (on_access) on_access(payload, addr, &*span);
}

tlm::tlm_sync_enum Fabric::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
  payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  return tlm::TLM_COMPLETED;
}

bool Fabric::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& region) {
  const RealAddr addr = payload.get_address();
  const auto s = std::find_if(fixed_.begin(), fixed_.end(), [&](const FabricSpan& f) { return f.contains(addr, 1); });
  if (s != fixed_.end() && s->at == s->base && (*outs_[s->out])->get_direct_mem_ptr(payload, region)) {
    // What lies beyond this unit's span is not granted.
    region.set_start_address(std::max<std::uint64_t>(region.get_start_address(), s->base));
    region.set_end_address(std::min<std::uint64_t>(region.get_end_address(), s->base + s->bytes - 1));
    return true;
  }
  region.init();
  region.set_start_address(addr);
  region.set_end_address(addr);
  return false;
}

unsigned Fabric::transport_dbg(tlm::tlm_generic_payload& payload) {
  const RealAddr addr = payload.get_address();
  const std::optional<FabricSpan> s = find(addr, std::max(payload.get_data_length(), 1u));
  if (!s) return 0;
  payload.set_address(s->at + (addr - s->base));
  const unsigned done = (*outs_[s->out])->transport_dbg(payload);
  payload.set_address(addr);
  return done;
}

}  // namespace phbsim::cpu
