// SPDX-License-Identifier: Apache-2.0
/// Memories as a user might bring them, written against the TLM-2.0 standard alone: each answers
/// nb_transport in another of the ways that the base protocol allows.
#pragma once

#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <systemc>
#include <tlm>

namespace standard {

/// Bytes that several memories may share.
class Bytes {
 public:
  void serve(tlm::tlm_generic_payload& p) {
    for (unsigned i = 0; i < p.get_data_length(); ++i) {
      if (p.is_write()) {
        bytes_[p.get_address() + i] = p.get_data_ptr()[i];
      } else {
        p.get_data_ptr()[i] = at(p.get_address() + i);
      }
    }
    ++served_;
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned char at(std::uint64_t address) const {
    const auto it = bytes_.find(address);
    return it == bytes_.end() ? 0 : it->second;
  }
  void set(std::uint64_t address, unsigned char value) { bytes_[address] = value; }
  std::uint64_t served() const { return served_; }

 private:
  std::map<std::uint64_t, unsigned char> bytes_;
  std::uint64_t served_ = 0;
};

enum class Manner {
  Completed,      ///< TLM_COMPLETED with the latency as delay
  Responded,      ///< TLM_UPDATED with BEGIN_RESP and the latency as delay
  Ended,          ///< TLM_UPDATED with END_REQ, BEGIN_RESP by a call
  EndedLate,      ///< TLM_UPDATED with END_REQ some time later, BEGIN_RESP by a call
  FourPhases,     ///< TLM_ACCEPTED, END_REQ late by a call, then BEGIN_RESP
  ResponseOnly,   ///< TLM_ACCEPTED, BEGIN_RESP stands for END_REQ
  InsideCall,     ///< calls BEGIN_RESP before it returns from BEGIN_REQ
  BlockingOnly,   ///< knows b_transport only; the convenience socket does the rest
};
constexpr Manner kManners[] = {Manner::Completed,  Manner::Responded,    Manner::Ended,      Manner::EndedLate,
                               Manner::FourPhases, Manner::ResponseOnly, Manner::InsideCall, Manner::BlockingOnly};

inline const char* name_of(Manner m) {
  constexpr const char* kNames[] = {"completed", "responded", "ended", "ended late", "four phases",
                                    "response only", "inside the call", "blocking only"};
  return kNames[static_cast<int>(m)];
}

class Memory final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Memory, 64> socket;

  Memory(const sc_core::sc_module_name& name, Manner manner, Bytes& bytes, const sc_core::sc_time& accept,
         const sc_core::sc_time& latency)
      : sc_module(name), socket("socket"), manner_(manner), bytes_(bytes), accept_(accept), latency_(latency),
        peq_(this, &Memory::on_phase) {
    if (manner == Manner::BlockingOnly) {
      socket.register_b_transport(this, &Memory::serve);
    } else {
      socket.register_nb_transport_fw(this, &Memory::call);
    }
    socket.register_transport_dbg(this, &Memory::debug);
  }

  unsigned most_open() const { return most_open_; }

 private:
  using Payload = tlm::tlm_generic_payload;

  void serve(Payload& p, sc_core::sc_time& delay) {
    sc_core::wait(delay + latency_);
    delay = sc_core::SC_ZERO_TIME;
    bytes_.serve(p);
  }
  unsigned debug(Payload& p) {
    bytes_.serve(p);
    return p.get_data_length();
  }

  tlm::tlm_sync_enum call(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::END_RESP) {
      if (manner_ != Manner::Responded) peq_.notify(p, phase, delay);
      return tlm::TLM_COMPLETED;
    }
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
    switch (manner_) {
      case Manner::Completed:
        bytes_.serve(p);
        delay += latency_;
        return tlm::TLM_COMPLETED;
      case Manner::Responded:
        bytes_.serve(p);
        delay += latency_;
        phase = tlm::BEGIN_RESP;
        return tlm::TLM_UPDATED;
      case Manner::Ended:
      case Manner::EndedLate:
        open(p);
        peq_.notify(p, internal_ready_, delay + latency_);
        if (manner_ == Manner::EndedLate) delay += accept_;
        phase = tlm::END_REQ;
        return tlm::TLM_UPDATED;
      case Manner::FourPhases:
        open(p);
        peq_.notify(p, internal_end_, delay + accept_);
        peq_.notify(p, internal_ready_, delay + latency_);
        return tlm::TLM_ACCEPTED;
      case Manner::ResponseOnly:
        open(p);
        peq_.notify(p, internal_ready_, delay + latency_);
        return tlm::TLM_ACCEPTED;
      case Manner::InsideCall: {
        bytes_.serve(p);
        tlm::tlm_phase response = tlm::BEGIN_RESP;
        sc_core::sc_time at = delay;
        socket->nb_transport_bw(p, response, at);
        return tlm::TLM_ACCEPTED;
      }
      case Manner::BlockingOnly:
        break;
    }
    return tlm::TLM_ACCEPTED;
  }

  void open(Payload& p) {
    p.acquire();
    most_open_ = std::max(most_open_, ++open_);
  }

  void on_phase(Payload& p, const tlm::tlm_phase& phase) {
    if (phase == internal_end_) {
      tlm::tlm_phase end = tlm::END_REQ;
      sc_core::sc_time delay;
      socket->nb_transport_bw(p, end, delay);
    } else if (phase == internal_ready_) {
      if (responding_ != nullptr) {
        ready_.push_back(&p);
      } else {
        respond(p);
      }
    } else if (phase == tlm::END_RESP) {
      closed(p);
    }
  }

  void respond(Payload& p) {
    bytes_.serve(p);
    responding_ = &p;
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay;
    const tlm::tlm_sync_enum status = socket->nb_transport_bw(p, phase, delay);
    if (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP)) closed(p);
  }

  void closed(Payload& p) {
    responding_ = nullptr;
    --open_;
    p.release();
    if (!ready_.empty()) {
      Payload* next = ready_.front();
      ready_.pop_front();
      respond(*next);
    }
  }

  // Phases of the queue only; no call carries them.
  tlm::tlm_phase internal_end_ = tlm::BEGIN_REQ;
  tlm::tlm_phase internal_ready_ = tlm::BEGIN_RESP;
  Manner manner_;
  Bytes& bytes_;
  sc_core::sc_time accept_;
  sc_core::sc_time latency_;
  tlm_utils::peq_with_cb_and_phase<Memory> peq_;
  std::deque<Payload*> ready_;
  Payload* responding_ = nullptr;
  unsigned open_ = 0;
  unsigned most_open_ = 0;
};

/// A bus between an initiator and a target: moves addresses, adds time (the queueing one both ways).
class Bridge final : public sc_core::sc_module {
 public:
  enum class Kind { Forwarding, Queueing, Blocking };
  tlm_utils::simple_target_socket<Bridge, 64> in;
  tlm_utils::simple_initiator_socket<Bridge, 64> out;

  Bridge(const sc_core::sc_module_name& name, Kind kind, std::uint64_t offset, const sc_core::sc_time& time)
      : sc_module(name), in("in"), out("out"), kind_(kind), offset_(offset), time_(time),
        forward_(this, &Bridge::on_forward), backward_(this, &Bridge::on_backward) {
    if (kind == Kind::Blocking) {
      in.register_b_transport(this, &Bridge::blocking);
    } else {
      in.register_nb_transport_fw(this, &Bridge::fw);
    }
    out.register_nb_transport_bw(this, &Bridge::bw);
    in.register_transport_dbg(this, &Bridge::debug);
  }

  std::uint64_t passed() const { return passed_; }
  std::size_t open() const { return addresses_.size(); }

 private:
  using Payload = tlm::tlm_generic_payload;

  void blocking(Payload& p, sc_core::sc_time& delay) {
    ++passed_;
    const std::uint64_t address = p.get_address();
    p.set_address(address + offset_);
    delay += time_;
    out->b_transport(p, delay);
    p.set_address(address);
  }
  unsigned debug(Payload& p) {
    p.set_address(p.get_address() + offset_);
    return out->transport_dbg(p);
  }

  tlm::tlm_sync_enum fw(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::BEGIN_REQ) {
      ++passed_;
      p.acquire();
      addresses_[&p] = p.get_address();
      p.set_address(p.get_address() + offset_);
    }
    if (kind_ == Kind::Queueing) {
      forward_.notify(p, phase, delay + time_);
      return phase == tlm::END_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
    }
    delay += time_;
    const bool last = phase == tlm::END_RESP;
    const tlm::tlm_sync_enum status = out->nb_transport_fw(p, phase, delay);
    if (status == tlm::TLM_COMPLETED || last) finish(p);
    if (status == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) p.set_address(addresses_.at(&p));
    return status;
  }
  tlm::tlm_sync_enum bw(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (kind_ == Kind::Queueing) {
      backward_.notify(p, phase, delay + time_);
      return tlm::TLM_ACCEPTED;
    }
    const bool response = phase == tlm::BEGIN_RESP;
    const std::uint64_t address = response ? addresses_.at(&p) : 0;
    if (response) p.set_address(address);
    const tlm::tlm_sync_enum status = in->nb_transport_bw(p, phase, delay);
    // What the standard says: the transaction is over now, and was not before.
    if (response && (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP))) finish(p);
    return status;
  }
  void on_forward(Payload& p, const tlm::tlm_phase& sent) {
    tlm::tlm_phase phase = sent;
    sc_core::sc_time delay;
    const tlm::tlm_sync_enum status = out->nb_transport_fw(p, phase, delay);
    if (sent == tlm::END_RESP) return finish(p);
    if (status == tlm::TLM_UPDATED) backward_.notify(p, phase, delay);
    if (status == tlm::TLM_COMPLETED) backward_.notify(p, internal_completed_, delay);
  }
  void on_backward(Payload& p, const tlm::tlm_phase& sent) {
    const bool completed = sent == internal_completed_;
    tlm::tlm_phase phase = completed ? tlm::tlm_phase(tlm::BEGIN_RESP) : sent;
    const bool response = phase == tlm::BEGIN_RESP;
    if (response) p.set_address(addresses_.at(&p));
    sc_core::sc_time delay;
    const tlm::tlm_sync_enum status = in->nb_transport_bw(p, phase, delay);
    if (!response) return;
    if (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP)) {
      if (!completed) {
        tlm::tlm_phase end = tlm::END_RESP;
        out->nb_transport_fw(p, end, delay);
      }
      finish(p);
    }
  }
  void finish(Payload& p) {
    if (addresses_.erase(&p) != 0) p.release();
  }

  tlm::tlm_phase internal_completed_ = tlm::END_RESP;
  Kind kind_;
  std::uint64_t offset_;
  sc_core::sc_time time_;
  tlm_utils::peq_with_cb_and_phase<Bridge> forward_;
  tlm_utils::peq_with_cb_and_phase<Bridge> backward_;
  std::map<Payload*, std::uint64_t> addresses_;
  std::uint64_t passed_ = 0;
};

}  // namespace standard
