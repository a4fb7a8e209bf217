// SPDX-License-Identifier: Apache-2.0
#include "models/tlm/ports.hpp"

#include <algorithm>
#include <typeinfo>

namespace phbsim {

using sc_core::sc_time;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

// ---------------------------------------------------------------------------------------------
// TargetPort

TargetPort::TargetPort(const char* name, EngineDriver& driver, Client& client, Release release, unsigned index,
                       Delivery delivery)
    : tlm_target_socket(name),
      driver_(driver),
      client_(client),
      release_(release),
      delivery_(delivery),
      index_(index) {
  bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
}

void TargetPort::start_of_simulation() { native_ = typeid(*operator->()) == typeid(InitiatorPort); }

bool TargetPort::acceptable(tlm_generic_payload& payload) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return false;
  }
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_data_length() == 0 || payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
  }
  return true;
}

inline tlm_sync_enum TargetPort::begin_native(tlm_generic_payload& payload, DmaExtension& ext, tlm_phase& phase,
                                       sc_time& delay) {
  const Tick at = driver_.time_of(delay);
  if (!native_) ext.taken = true;
  if (driver_.engine().running() && (at == driver_.now() || delivery_ == Delivery::Ahead)) {
    arrival_ = at;
    const Tick done_in = client_.on_request(*this, payload, ext);
    if (done_in != 0) {
      delay += to_sc_time(done_in);
      return tlm::TLM_COMPLETED;
    }
  } else {
    driver_.schedule(at, this, kArrive, reinterpret_cast<std::uint64_t>(&payload));
  }
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

tlm_sync_enum TargetPort::nb_transport_fw(tlm_generic_payload& payload, tlm_phase& phase, sc_time& delay) {
  if (phase == tlm::BEGIN_REQ) {
    DmaExtension* ext = payload.get_extension<DmaExtension>();
    if (ext != nullptr && ext->early) return begin_native(payload, *ext, phase, delay);
    const Tick at = driver_.time_of(delay);
    driver_.schedule(at, this, kArrive, reinterpret_cast<std::uint64_t>(&open(payload, false)) | 1);
    return tlm::TLM_ACCEPTED;
  }
  if (phase == tlm::END_RESP) {
    if (open_response_ != nullptr && open_response_->payload == &payload) {
      response_closed();
    } else if (!native_) {
      closed_through(payload, driver_.time_of(delay));
    }
    return tlm::TLM_COMPLETED;
  }
  return tlm::TLM_ACCEPTED;  // ignorable phases of others
}

void TargetPort::b_transport(tlm_generic_payload& payload, sc_time& delay) {
  ForeignCall& call = open(payload, true);
  driver_.schedule(driver_.time_of(delay), this, kArrive, reinterpret_cast<std::uint64_t>(&call) | 1);
  sc_core::wait(call.done);
  delay = sc_core::SC_ZERO_TIME;
  close(call);
}

bool TargetPort::get_direct_mem_ptr(tlm_generic_payload& payload, tlm::tlm_dmi& region) {
  region.init();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return false;
  const bool granted = client_.on_direct(*this, payload.get_address(), region);
  if (!granted) region.allow_none();
  return granted && (payload.is_write() ? region.is_write_allowed() : region.is_read_allowed());
}

TargetPort::ForeignCall& TargetPort::open(tlm_generic_payload& payload, bool blocking) {
  unsigned slot;
  if (free_calls_.empty()) {
    slot = static_cast<unsigned>(calls_.size());
    calls_.push_back(std::make_unique<ForeignCall>());
    calls_.back()->slot = slot;
  } else {
    slot = free_calls_.back();
    free_calls_.pop_back();
  }
  ForeignCall& call = *calls_[slot];
  call.payload = &payload;
  call.blocking = blocking;
  call.begun = false;
  call.responded = false;
  DmaExtension* ext = payload.get_extension<DmaExtension>();
  call.own_extension = ext == nullptr;
  if (call.own_extension) {
    call.ext = plain;
    payload.set_extension(&call.ext);
    ext = &call.ext;
  }
  // A payload of our own that somebody made a blocking call of: it is answered as one.
  call.brought_early = ext->early;
  ext->early = false;
  ext->payload = &payload;
  ext->fault = arch::Fault::None;
  if (!blocking && payload.has_mm()) payload.acquire();
  return call;
}

void TargetPort::close(ForeignCall& call) {
  tlm_generic_payload* payload = call.payload;
  if (call.own_extension) payload->clear_extension(&call.ext);
  if (call.brought_early) payload->get_extension<DmaExtension>()->early = true;
  call.payload = nullptr;
  free_calls_.push_back(call.slot);
  if (!call.blocking && payload->has_mm()) payload->release();
}

TargetPort::ForeignCall* TargetPort::find(const tlm_generic_payload& payload) {
  for (auto& c : calls_)
    if (c->payload == &payload) return c.get();
  return nullptr;
}

void TargetPort::arrive(ForeignCall& call) {
  tlm_generic_payload& payload = *call.payload;
  DmaExtension& ext = *payload.get_extension<DmaExtension>();
  if (!call.brought_early) ext.clock.start(driver_.now());
  if (!acceptable(payload)) {
    respond(payload, ext);
    return;
  }
  arrival_ = driver_.now();
  const Tick done_in = client_.on_request(*this, payload, ext);
  if (done_in != 0) {
    driver_.engine().schedule(driver_.now() + done_in, this, kRespond, reinterpret_cast<std::uint64_t>(&payload));
  }
  if (release_ == Release::OnArrival) release(payload, ext);
}

// A call to our own initiators at engine time.
inline tlm_sync_enum TargetPort::call_initiator(tlm_generic_payload& payload, tlm_phase phase) {
  sc_time delay = driver_.engine_delay();
  const tlm_sync_enum status = (*this)->nb_transport_bw(payload, phase, delay);
  if (!native_) driver_.foreign_called();
  return status;
}

void TargetPort::respond_through(tlm_generic_payload& payload) {
  if (unclosed_ != nullptr || !unsent_.empty()) {
    unsent_.push_back(&payload);
  } else {
    send_through(payload);
  }
}

void TargetPort::send_through(tlm_generic_payload& payload) {
  Responding here{&payload, false, responding_};
  responding_ = &here;
  const tlm_sync_enum status = call_initiator(payload, tlm::BEGIN_RESP);
  responding_ = here.outer;
  if (status == tlm::TLM_ACCEPTED && !here.closed) unclosed_ = &payload;
}

void TargetPort::closed_through(const tlm_generic_payload& payload, Tick at) {
  for (Responding* r = responding_; r != nullptr; r = r->outer) {
    if (r->payload == &payload && !r->closed) {
      r->closed = true;
      return;
    }
  }
  if (unclosed_ != &payload) return;
  unclosed_ = nullptr;
  if (!unsent_.empty()) driver_.schedule(at, this, kUnsent, 0);
}

void TargetPort::respond(tlm_generic_payload& payload, DmaExtension& ext) {
  if (ext.early) {
    if (native_) {
      call_initiator(payload, tlm::BEGIN_RESP);
    } else {
      respond_through(payload);
    }
    return;
  }
  ForeignCall* call = find(payload);
  PHBSIM_ASSERT(call != nullptr && !call->responded);
  call->responded = true;
  queue_call_back(*call, Due::BeginResp);
}

void TargetPort::release(tlm_generic_payload& payload, DmaExtension& ext) {
  if (ext.early) {
    call_initiator(payload, ExtendedPhases::release());
    return;
  }
  ForeignCall* call = find(payload);
  PHBSIM_ASSERT(call != nullptr);
  if (!call->blocking && !call->begun && !call->responded) queue_call_back(*call, Due::EndReq);
}

void TargetPort::partial(tlm_generic_payload& payload, DmaExtension& ext, std::uint32_t bytes) {
  if (!ext.early) return;
  ext.chunk_bytes = bytes;
  call_initiator(payload, ExtendedPhases::partial());
}

void TargetPort::queue_call_back(ForeignCall& call, Due due) {
  driver_.at_kernel_time(this, kCallBack, reinterpret_cast<std::uint64_t>(&call) | (due == Due::BeginResp ? 1 : 0));
}

void TargetPort::call_back(ForeignCall& call, Due due) {
  if (call.blocking) {
    call.done.notify(sc_core::SC_ZERO_TIME);
    return;
  }
  if (due == Due::EndReq) {
    if (call.begun) return;
    call.begun = true;
    tlm_phase phase = tlm::END_REQ;
    sc_time delay = sc_core::SC_ZERO_TIME;
    (*this)->nb_transport_bw(*call.payload, phase, delay);
    return;
  }
  if (open_response_ != nullptr) {
    ready_.push_back(&call);
  } else {
    send_response(call);
  }
}

void TargetPort::send_response(ForeignCall& call) {
  open_response_ = &call;
  call.begun = true;  // BEGIN_RESP implies END_REQ
  tlm_phase phase = tlm::BEGIN_RESP;
  sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm_sync_enum status = (*this)->nb_transport_bw(*call.payload, phase, delay);
  if (open_response_ != &call) return;  // END_RESP came by the forward path inside the call
  if (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP)) response_closed();
}

void TargetPort::response_closed() {
  close(*open_response_);
  open_response_ = nullptr;
  if (!ready_.empty()) {
    ForeignCall* next = ready_.front();
    ready_.pop_front();
    send_response(*next);
  }
}

void TargetPort::on_event(std::uint32_t kind, std::uint64_t arg) {
  switch (kind) {
    case kArrive:
      if (arg & 1) {
        arrive(*reinterpret_cast<ForeignCall*>(arg & ~1ull));
      } else {
        auto& payload = *reinterpret_cast<tlm_generic_payload*>(arg);
        DmaExtension& ext = *payload.get_extension<DmaExtension>();
        arrival_ = driver_.now();
        const Tick done_in = client_.on_request(*this, payload, ext);
        if (done_in != 0) driver_.engine().schedule(driver_.now() + done_in, this, kRespond, arg);
      }
      break;
    case kCallBack:
      call_back(*reinterpret_cast<ForeignCall*>(arg & ~1ull), arg & 1 ? Due::BeginResp : Due::EndReq);
      break;
    case kRespond: {
      auto& payload = *reinterpret_cast<tlm_generic_payload*>(arg);
      respond(payload, *payload.get_extension<DmaExtension>());
      break;
    }
    case kUnsent: {
      tlm_generic_payload& payload = *unsent_.front();
      unsent_.pop_front();
      send_through(payload);
      if (unclosed_ == nullptr && !unsent_.empty()) driver_.schedule(driver_.now(), this, kUnsent, 0);
      break;
    }
    default:
      break;
  }
}

// ---------------------------------------------------------------------------------------------
// InitiatorPort

InitiatorPort::InitiatorPort(const char* name, EngineDriver& driver, Client& client, unsigned index)
    : tlm_initiator_socket(name), driver_(driver), client_(client), index_(index) {
  bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
}

void InitiatorPort::start_of_simulation() { native_ = typeid(*operator->()) == typeid(TargetPort); }

void InitiatorPort::transmit(DmaPayload& payload, Tick sent) {
  tlm_phase phase = tlm::BEGIN_REQ;
  const Tick kernel = driver_.kernel_now();
  sc_time delay = to_sc_time(sent - kernel);
  in_request_ = &payload;
  if (!native_) payload.ext.taken = false;
  const tlm_sync_enum status = (*this)->nb_transport_fw(payload, phase, delay);
  if (!native_) driver_.foreign_called();
  const Tick at = kernel + delay.value();
  if (status == tlm::TLM_UPDATED && at == sent && phase == tlm::END_REQ) {
    in_request_ = nullptr;
    if (!waiting_.empty()) request_free();
    return;
  }
  if (status == tlm::TLM_ACCEPTED) return;  // END_REQ will come, or has come inside the call
  const auto arg = reinterpret_cast<std::uint64_t>(&payload);
  if (status == tlm::TLM_COMPLETED || phase == tlm::BEGIN_RESP) {
    if (status == tlm::TLM_UPDATED) {
      // The response came in the return path; it is closed at once.
      tlm_phase end = tlm::END_RESP;
      sc_time end_delay = delay;
      (*this)->nb_transport_fw(payload, end, end_delay);
    }
    driver_.engine().schedule(at, this, kResponse, arg);
    request_free();
  } else {
    driver_.engine().schedule(at, this, kRequestFree, arg);
  }
}

void InitiatorPort::request_free() {
  in_request_ = nullptr;
  if (!waiting_.empty()) {
    const Waiting next = waiting_.front();
    waiting_.pop_front();
    transmit(*next.payload, std::max(next.at, driver_.now()));
  }
}

tlm_sync_enum InitiatorPort::nb_transport_bw(tlm_generic_payload& payload, tlm_phase& phase, sc_time& delay) {
  auto& dma = static_cast<DmaPayload&>(payload);
  const Tick at = driver_.time_of(delay);
  const bool direct = driver_.engine().running() && at == driver_.now();
  const auto arg = reinterpret_cast<std::uint64_t>(&payload);
  if (phase == tlm::BEGIN_RESP) {
    if (in_request_ == &payload) {  // implies END_REQ
      driver_.schedule(at, this, kRequestFree, arg);
    }
    const bool inside = in_request_ != nullptr;  // of a call that sends a request: the client is not ready
    if (!direct || inside) {
      driver_.schedule(at, this, kResponse, arg);
    } else if (native_) {
      client_.on_response(*this, dma);
    } else {
      // Whoever is between sees the transaction end before the payload is used again.
      tlm_phase end = tlm::END_RESP;
      sc_time end_delay = delay;
      (*this)->nb_transport_fw(payload, end, end_delay);
      answered(dma);
      return tlm::TLM_ACCEPTED;
    }
    phase = tlm::END_RESP;
    return tlm::TLM_COMPLETED;
  }
  if (phase == tlm::END_REQ) {
    if (in_request_ == &payload) driver_.schedule(at, this, kRequestFree, arg);
    return tlm::TLM_ACCEPTED;
  }
  if (phase == ExtendedPhases::release()) {
    if (direct) {
      client_.on_release(*this, dma);
    } else {
      driver_.schedule(at, this, kRelease, arg);
    }
  } else if (phase == ExtendedPhases::partial()) {
    if (direct) {
      client_.on_partial(*this, dma);
    } else {
      driver_.schedule(at, this, kPartial, arg);
    }
  }
  return tlm::TLM_ACCEPTED;
}

void InitiatorPort::answered(DmaPayload& payload) {
  // A target that is not ours knows nothing of receive buffers: its response gives the place back.
  if (!native_ && !payload.ext.taken) client_.on_release(*this, payload);
  client_.on_response(*this, payload);
}

void InitiatorPort::on_event(std::uint32_t kind, std::uint64_t arg) {
  auto& payload = *reinterpret_cast<DmaPayload*>(arg);
  switch (kind) {
    case kResponse:
      answered(payload);
      break;
    case kRequestFree:
      if (in_request_ == &payload) request_free();
      break;
    case kPartial:
      client_.on_partial(*this, payload);
      break;
    case kRelease:
      client_.on_release(*this, payload);
      break;
    default:
      break;
  }
}

}  // namespace phbsim
