// SPDX-License-Identifier: Apache-2.0
#include "models/hypervisor/effect_agent.hpp"

#include <string>

namespace phbsim::hypervisor {

using stats::Stat;
using Kind = arch::Effect::Kind;

namespace {
bool is_store(const arch::Effect& e) { return e.kind == Kind::Store8 || e.kind == Kind::Store2; }
}  // namespace

EffectAgent::EffectAgent(const sc_core::sc_module_name& name, EngineDriver& driver, Tick poll_interval, unsigned ports,
                         stats::Registry& registry)
    : sc_module(name),
      engine_(driver.engine()),
      stats_(registry, this->name(), Stat::HostMapCalls, Stat::HostBusy),
      mover_("mem_out", driver, *this),
      sequencer_("mmio_out", driver, poll_interval, {&stats_, Stat::HostKills, Stat::HostPolls}, *this) {
  for (unsigned i = 0; i < ports; ++i) {
    ports_.push_back(std::make_unique<TargetPort>(("host_in_" + std::to_string(i)).c_str(), driver,
                                                  static_cast<TargetPort::Client&>(*this),
                                                  TargetPort::Release::OnArrival, i));
  }
}

Tick EffectAgent::on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const unsigned length = payload.get_data_length();
  if (!payload.is_write() || length == 0 || length % EffectFrame::kBytes != 0 ||
      length / EffectFrame::kBytes > EffectFrame::kMaxEffects) {
    payload.set_response_status(payload.is_write() ? tlm::TLM_BURST_ERROR_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE);
    return 1;
  }
  const std::uint32_t id = lists_.take();
  List& l = lists_[id];
  l.effects.clear();
  for (unsigned at = 0; at < length; at += EffectFrame::kBytes) {
    const auto effect = EffectFrame::decode(payload.get_data_ptr() + at);
    if (!effect) {
      lists_.put(id);
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return 1;
    }
    l.effects.push_back(*effect);
  }
  l.payload = &payload;
  l.ext = &ext;
  l.port = &port;
  l.begun = engine_.now();
  l.next = 0;
  advance(id);
  return 0;
}

/// The next run of stores, or of register accesses.
void EffectAgent::advance(std::uint32_t id) {
  List& l = lists_[id];
  if (l.next == l.effects.size()) {
    done(id, tlm::TLM_OK_RESPONSE);
    return;
  }
  if (is_store(l.effects[l.next])) {
    store(id);
    return;
  }
  l.registers.clear();
  for (; l.next < l.effects.size() && !is_store(l.effects[l.next]); ++l.next) l.registers.push_back(l.effects[l.next]);
  sequencer_.run(l.registers, id);
}

void EffectAgent::store(std::uint32_t id) {
  List& l = lists_[id];
  const std::size_t first = l.next;
  while (l.next < l.effects.size() && is_store(l.effects[l.next])) ++l.next;
  l.lines_left = l.next - first + 1;  // at most; held until all are sent
  std::size_t lines = 0;
  for (std::size_t at = first; at < l.next;) {
    row_.clear();
    for (; at < l.next && l.effects[at].kind == Kind::Store8; ++at) row_.push_back(l.effects[at]);
    if (!row_.empty()) {
      lines += mover_.store(row_, id);
    } else {
      unsigned char bytes[2];
      store_be16(bytes, static_cast<std::uint16_t>(l.effects[at].value));
      lines += mover_.write(l.effects[at].addr, bytes, 2, id);
      ++at;
    }
  }
  stats_[Stat::HostTceStores] += l.next - first;
  stats_[Stat::HostStoreLines] += lines;
  l.lines_left -= l.next - first - lines;
  stored(id);
}

void EffectAgent::stored(std::uint32_t id) {
  if (--lists_[id].lines_left == 0) advance(id);
}

void EffectAgent::line_done(std::uint64_t owner, bool, RealAddr, const unsigned char*, unsigned) {
  stored(static_cast<std::uint32_t>(owner));
}

void EffectAgent::sequence_done(std::uint64_t id, bool ok) {
  if (ok) {
    advance(static_cast<std::uint32_t>(id));
  } else {
    done(static_cast<std::uint32_t>(id), tlm::TLM_GENERIC_ERROR_RESPONSE);
  }
}

void EffectAgent::done(std::uint32_t id, tlm::tlm_response_status status) {
  List& l = lists_[id];
  stats_[Stat::HostBusy] += engine_.now() - l.begun;
  tlm::tlm_generic_payload& payload = *l.payload;
  DmaExtension& ext = *l.ext;
  TargetPort& port = *l.port;
  lists_.put(id);
  payload.set_response_status(status);
  port.respond(payload, ext);
}

}  // namespace phbsim::hypervisor
