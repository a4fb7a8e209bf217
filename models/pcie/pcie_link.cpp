// SPDX-License-Identifier: Apache-2.0
#include "models/pcie/pcie_link.hpp"

#include <algorithm>
#include <string>

#include "models/arch/pcie_split.hpp"

namespace phbsim::pcie {

using stats::Stage;
using stats::Stat;

namespace {

CreditLimits phb_credits(const LinkParams& p) {
  return {{p.credit_p_headers, p.credit_np_headers, p.credit_cpl_headers},
          {p.credit_p_data, p.credit_np_data, p.credit_cpl_data}};
}
CreditLimits device_credits(const LinkParams& p) {
  return {{p.device_p_headers, p.device_np_headers, p.device_cpl_headers},
          {p.device_p_data, p.device_np_data, p.device_cpl_data}};
}
constexpr unsigned queue_of(TlpClass cls) { return cls == TlpClass::Posted ? 0 : 1; }

}  // namespace

PcieLink::PcieLink(const sc_core::sc_module_name& name, EngineDriver& driver, const LinkParams& params,
                   unsigned devices, stats::Registry& registry, unsigned host_devices)
    : sc_module(name),
      phb_out("phb_out", driver, *this),
      driver_(driver),
      engine_(driver.engine()),
      params_(params),
      stats_(registry, this->name(), Stat::LinkUpTlps, Stat::LinkTagStalls),
      up_(params, phb_credits(params), devices, up_sources_),
      down_(params, device_credits(params), 1, down_sources_),
      devices_(devices) {
  PHBSIM_ASSERT(host_devices <= devices);
  for (unsigned i = 0; i < devices; ++i) {
    devices_[i].in = std::make_unique<TargetPort>(("device_in_" + std::to_string(i)).c_str(), driver,
                                                  static_cast<TargetPort::Client&>(*this),
                                                  TargetPort::Release::ByClient, i);
    if (i < host_devices) {
      devices_[i].out = std::make_unique<InitiatorPort>(("device_out_" + std::to_string(i)).c_str(), driver,
                                                        static_cast<InitiatorPort::Client&>(*this), i);
    }
  }
  if (host_devices > 0) {
    host_in_ = std::make_unique<TargetPort>("host_in", driver, static_cast<TargetPort::Client&>(*this),
                                            TargetPort::Release::ByClient, devices);
  }
}

const stats::Block& PcieLink::stats() { return stats_; }

Tick PcieLink::on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  if (&port == host_in_.get()) return host_request(payload, ext);
  const std::uint32_t id = requests_.take();
  Request& r = requests_[id];
  r.payload = &payload;
  r.ext = &ext;
  r.device = port.index();
  r.next = payload.get_address();
  r.offset = 0;
  r.left = payload.get_data_length();
  r.unfinished = r.left;
  r.age = next_age_++;
  r.fault = arch::Fault::None;
  r.status = tlm::TLM_OK_RESPONSE;
  const TlpClass cls = payload.is_write() ? TlpClass::Posted : TlpClass::NonPosted;
  // With nothing else waiting the first TLP may go at once.
  Device& d = devices_[r.device];
  if (up_.idle() && d.queues[queue_of(cls)].empty() && (cls == TlpClass::Posted || d.tags < params_.tags)) {
    const TlpOffer offer = offer_of(r, cls);
    Tick end = 0;
    if (up_.send_alone(r.device, cls, offer, engine_.now(), end)) {
      send_tlp(id, cls, engine_.now(), end);
      if (r.left == 0) return 0;
    }
  }
  d.queues[queue_of(cls)].push_back(id);
  up_.offer(r.device, cls);
  pump_up();
  return 0;
}

TlpOffer PcieLink::offer_of(const Request& r, TlpClass cls) const {
  TlpOffer offer;
  offer.data_bytes =
      cls == TlpClass::Posted ? static_cast<unsigned>(arch::request_part(r.next, r.left, params_.mps)) : 0;
  offer.wire_bytes = request_overhead(params_, needs_address64(r.next)) + offer.data_bytes;
  offer.age = r.age;
  offer.relaxed = r.ext->relaxed_order;
  return offer;
}

const TlpOffer* PcieLink::up_head(unsigned source, TlpClass cls) {
  Device& d = devices_[source];
  if (cls == TlpClass::Completion) {
    if (d.answers.empty()) return nullptr;
    const HostRequest& h = host_requests_[d.answers.front()];
    d.answer_offer.data_bytes = h.payload.is_response_ok() ? h.payload.get_data_length() : 0;
    d.answer_offer.wire_bytes = completion_overhead(params_) + d.answer_offer.data_bytes;
    d.answer_offer.age = h.age;
    return &d.answer_offer;
  }
  const auto& queue = d.queues[queue_of(cls)];
  if (queue.empty()) return nullptr;
  const Request& r = requests_[queue.front()];
  TlpOffer& offer = d.offers[queue_of(cls)];
  const bool write = cls == TlpClass::Posted;
  if (!write && d.tags >= params_.tags) {
    if (!d.tag_stalled) ++stats_[Stat::LinkTagStalls];
    d.tag_stalled = true;
    return nullptr;
  }
  offer = offer_of(r, cls);
  return &offer;
}

bool PcieLink::up_sent(unsigned source, TlpClass cls, Tick start, Tick end) {
  if (cls == TlpClass::Completion) {
    auto& answers = devices_[source].answers;
    const std::uint32_t id = answers.front();
    answers.pop_front();
    HostRequest& h = host_requests_[id];
    h.follows = devices_[source].writes;
    h.unperformed = devices_[source].unperformed;
    h.arrived = false;
    devices_[source].answers_sent.push_back(id);
    const unsigned data = h.payload.is_response_ok() ? h.payload.get_data_length() : 0;
    ++stats_[Stat::LinkUpTlps];
    stats_[Stat::LinkUpBusy] += end - start;
    stats_[Stat::LinkUpBytes] += completion_overhead(params_) + data;
    // The host takes a completion from its buffer as it arrives.
    const Tick arrival = end + params_.propagation;
    up_.give_back(TlpClass::Completion, data, arrival + params_.credit_return);
    engine_.schedule(arrival, this, kHostDone, id);
    return !answers.empty();
  }
  auto& queue = devices_[source].queues[queue_of(cls)];
  const std::uint32_t request_id = queue.front();
  if (requests_[request_id].left == requests_[request_id].next_length(params_, cls)) queue.pop_front();
  send_tlp(request_id, cls, start, end);
  return !queue.empty();
}

void PcieLink::send_tlp(std::uint32_t request_id, TlpClass cls, Tick start, Tick end) {
  Request& r = requests_[request_id];
  const bool write = cls == TlpClass::Posted;
  const auto length = static_cast<unsigned>(r.next_length(params_, cls));
  const std::uint32_t id = tlps_.take();
  Tlp& t = tlps_[id];
  t.request = request_id;
  t.length = length;
  t.answered = 0;
  t.payload.prepare(r.payload->get_command(), r.next, length,
                    r.ext->no_data ? nullptr : r.payload->get_data_ptr() + r.offset);
  DmaExtension& ext = t.payload.ext;
  ext.rid = r.ext->rid;
  ext.relaxed_order = r.ext->relaxed_order;
  ext.owner = id;
  const Tick arrival = end + params_.propagation;
  if (length == r.payload->get_data_length()) {
    ext.clock.follow(r.ext->clock);
  } else {
    ext.clock = r.ext->clock;
  }
  ext.clock.book(Stage::Queue, start);
  ext.clock.book(Stage::Link, arrival);
  ++stats_[Stat::LinkUpTlps];
  stats_[Stat::LinkUpBusy] += end - start;
  stats_[Stat::LinkUpBytes] += request_overhead(params_, needs_address64(r.next)) + (write ? length : 0);
  r.next += length;
  r.offset += length;
  r.left -= length;
  Device& d = devices_[r.device];
  if (write) {
    t.write = d.writes++;
    ++d.unperformed;
  } else {
    ++d.tags;
  }
  if (r.left == 0 && !r.ext->early) d.in->release(*r.payload, *r.ext);
  phb_out.send(t.payload, arrival - engine_.now());
}

void PcieLink::pump_up() {
  const std::uint64_t stalls = up_.credit_stalls;
  const Tick again = up_.pump(engine_.now());
  stats_[Stat::LinkCreditStalls] += up_.credit_stalls - stalls;
  if (again != kNever && (up_pump_at_ == kNever || again < up_pump_at_)) {
    up_pump_at_ = again;
    engine_.schedule(again, this, kPumpUp, again);
  }
}

void PcieLink::pump_down() {
  const Tick again = down_.pump(engine_.now());
  if (again != kNever && (down_pump_at_ == kNever || again < down_pump_at_)) {
    down_pump_at_ = again;
    engine_.schedule(again, this, kPumpDown, again);
  }
}

void PcieLink::on_partial(InitiatorPort&, DmaPayload& payload) {
  queue_completion(static_cast<std::uint32_t>(payload.ext.owner), payload.ext.chunk_bytes, false);
}

void PcieLink::on_response(InitiatorPort& port, DmaPayload& payload) {
  const auto id = static_cast<std::uint32_t>(payload.ext.owner);
  if (&port != &phb_out) {
    host_answered(id);
    return;
  }
  if (payload.is_write()) {
    finish(id);
    return;
  }
  // An error completion carries no data.
  const Tlp& t = tlps_[id];
  queue_completion(id, payload.is_response_ok() ? t.length - t.answered : 0, true);
}

void PcieLink::on_release(InitiatorPort&, DmaPayload& payload) {
  const bool write = payload.is_write();
  up_.give_back(write ? TlpClass::Posted : TlpClass::NonPosted, write ? payload.get_data_length() : 0,
                engine_.now() + params_.credit_return);
  pump_up();
}

void PcieLink::queue_completion(std::uint32_t tlp, unsigned bytes, bool last) {
  tlps_[tlp].answered += bytes;
  if (down_.idle()) {
    const TlpOffer offer{completion_overhead(params_) + bytes, bytes, 0, false};
    Tick end = 0;
    if (down_.send_alone(0, TlpClass::Completion, offer, engine_.now(), end)) {
      send_completion({tlp, bytes, last, 0}, engine_.now(), end);
      return;
    }
  }
  completions_.push_back({tlp, bytes, last, next_age_++});
  down_.offer(0, TlpClass::Completion);
  pump_down();
}

const TlpOffer* PcieLink::down_head(TlpClass cls) {
  if (cls != TlpClass::Completion) {
    const auto& queue = host_queues_[queue_of(cls)];
    if (queue.empty()) return nullptr;
    TlpOffer& offer = host_offers_[queue_of(cls)];
    offer = host_offer(host_requests_[queue.front()], cls);
    return &offer;
  }
  if (completions_.empty()) return nullptr;
  const Chunk& c = completions_.front();
  completion_offer_.data_bytes = c.bytes;
  completion_offer_.wire_bytes = completion_overhead(params_) + c.bytes;
  completion_offer_.age = c.age;
  return &completion_offer_;
}

bool PcieLink::down_sent(TlpClass cls, Tick start, Tick end) {
  if (cls != TlpClass::Completion) {
    auto& queue = host_queues_[queue_of(cls)];
    const std::uint32_t id = queue.front();
    queue.pop_front();
    HostRequest& h = host_requests_[id];
    ++stats_[Stat::LinkDownTlps];
    stats_[Stat::LinkDownBusy] += end - start;
    stats_[Stat::LinkDownBytes] += host_offer(h, cls).wire_bytes;
    host_in_->release(*h.origin, *h.ext);
    engine_.schedule(end + params_.propagation, this, kHostArrive, id);
    return !queue.empty();
  }
  const Chunk c = completions_.front();
  completions_.pop_front();
  send_completion(c, start, end);
  return !completions_.empty();
}

void PcieLink::send_completion(const Chunk& c, Tick start, Tick end) {
  const Tick arrival = end + params_.propagation;
  ++stats_[Stat::LinkDownTlps];
  stats_[Stat::LinkDownBusy] += end - start;
  stats_[Stat::LinkDownBytes] += completion_overhead(params_) + c.bytes;
  // The device takes a completion from its buffer as it arrives.
  down_.give_back(TlpClass::Completion, c.bytes, arrival + params_.credit_return);
  if (c.last) {
    DmaExtension& ext = tlps_[c.tlp].payload.ext;
    ext.clock.book(Stage::Queue, start);
    ext.clock.book(Stage::Completion, arrival);
    engine_.schedule(arrival, this, kComplete, c.tlp);
  }
}

void PcieLink::finish(std::uint32_t id) {
  Tlp& t = tlps_[id];
  const std::uint32_t request_id = t.request;
  Request& r = requests_[request_id];
  Device& d = devices_[r.device];
  if (!t.payload.is_response_ok() && r.status == tlm::TLM_OK_RESPONSE) {
    r.status = t.payload.get_response_status();
    r.fault = t.payload.ext.fault;
  }
  if (t.payload.get_address() == r.payload->get_address()) {
    r.ext->pe = t.payload.ext.pe;
    r.ext->real = t.payload.ext.real;
    r.ext->permissions = t.payload.ext.permissions;
    r.ext->page_shift = t.payload.ext.page_shift;
  }
  r.unfinished -= t.length;
  const bool read = !t.payload.is_write();
  if (read) {
    --d.tags;
  } else {
    performed(d, t.write);
  }
  tlps_.put(id);
  if (r.unfinished == 0) {
    // Of the TLPs of a request, the last to finish tells where its time went.
    r.ext->clock.take(t.payload.ext.clock);
    r.ext->fault = r.fault;
    r.payload->set_response_status(r.status);
    tlm::tlm_generic_payload& payload = *r.payload;
    DmaExtension& ext = *r.ext;
    TargetPort& in = *d.in;
    requests_.put(request_id);
    in.respond(payload, ext);
  }
  if (read && d.tag_stalled) {
    d.tag_stalled = false;
    up_.offer(static_cast<unsigned>(&d - devices_.data()), TlpClass::NonPosted);
    pump_up();
  }
}

// ---------------------------------------------------------------------------------------------
// Loads and stores of the host

Tick PcieLink::host_request(tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const BusAddr addr = payload.get_address();
  const unsigned length = payload.get_data_length();
  const Window* window = nullptr;
  for (const Window& w : windows_)
    if (addr >= w.base && addr - w.base < w.bytes && length <= w.bytes - (addr - w.base)) window = &w;
  if (window == nullptr || length > params_.mps) {
    payload.set_response_status(window == nullptr ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_BURST_ERROR_RESPONSE);
    return std::max<Tick>(params_.propagation, 1);
  }
  const std::uint32_t id = host_requests_.take();
  HostRequest& h = host_requests_[id];
  h.origin = &payload;
  h.ext = &ext;
  h.device = window->device;
  h.age = next_age_++;
  h.payload.prepare(payload.get_command(), addr, length, ext.no_data ? nullptr : payload.get_data_ptr());
  h.payload.ext.owner = id;
  const TlpClass cls = payload.is_write() ? TlpClass::Posted : TlpClass::NonPosted;
  host_queues_[queue_of(cls)].push_back(id);
  down_.offer(0, cls);
  pump_down();
  return 0;
}

TlpOffer PcieLink::host_offer(const HostRequest& h, TlpClass cls) const {
  TlpOffer offer;
  offer.data_bytes = cls == TlpClass::Posted ? h.payload.get_data_length() : 0;
  offer.wire_bytes = request_overhead(params_, needs_address64(h.payload.get_address())) + offer.data_bytes;
  offer.age = h.age;
  return offer;
}

// The device is done with a request: its buffer is free. A store is over, a load's answer goes back.
void PcieLink::host_answered(std::uint32_t id) {
  HostRequest& h = host_requests_[id];
  const bool write = h.payload.is_write();
  down_.give_back(write ? TlpClass::Posted : TlpClass::NonPosted, write ? h.payload.get_data_length() : 0,
                  engine_.now() + params_.credit_return);
  pump_down();
  if (write) {
    host_done(id);
    return;
  }
  h.age = next_age_++;
  devices_[h.device].answers.push_back(id);
  up_.offer(h.device, TlpClass::Completion);
  pump_up();
}

void PcieLink::host_arrived(std::uint32_t id) {
  HostRequest& h = host_requests_[id];
  h.arrived = true;
  if (h.unperformed == 0) host_done(id);
}

/// A write of a device is in memory (or came to nothing): answers of the device that followed it may go on.
void PcieLink::performed(Device& d, std::uint64_t write) {
  --d.unperformed;
  for (std::size_t i = 0; i < d.answers_sent.size();) {
    const std::uint32_t id = d.answers_sent[i];
    HostRequest& h = host_requests_[id];
    const bool last = write < h.follows && --h.unperformed == 0;
    if (last && h.arrived) {
      host_done(id);
    } else {
      ++i;
    }
  }
}

void PcieLink::host_done(std::uint32_t id) {
  HostRequest& h = host_requests_[id];
  tlm::tlm_generic_payload& origin = *h.origin;
  DmaExtension& ext = *h.ext;
  auto& sent = devices_[h.device].answers_sent;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i] != id) continue;
    sent.erase(i);
    break;
  }
  origin.set_response_status(h.payload.get_response_status());
  host_requests_.put(id);
  host_in_->respond(origin, ext);
}

void PcieLink::on_event(std::uint32_t kind, std::uint64_t arg) {
  switch (kind) {
    case kPumpUp:
      if (arg == up_pump_at_) up_pump_at_ = kNever;
      pump_up();
      break;
    case kPumpDown:
      if (arg == down_pump_at_) down_pump_at_ = kNever;
      pump_down();
      break;
    case kComplete:
      finish(static_cast<std::uint32_t>(arg));
      break;
    case kHostArrive: {
      HostRequest& h = host_requests_[static_cast<std::uint32_t>(arg)];
      devices_[h.device].out->send(h.payload);
      break;
    }
    case kHostDone:
      host_arrived(static_cast<std::uint32_t>(arg));
      break;
    default:
      break;
  }
}

}  // namespace phbsim::pcie
