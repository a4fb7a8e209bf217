// SPDX-License-Identifier: Apache-2.0
/// Initiators as anyone would write them from the TLM-2.0 standard alone: a thread with b_transport
/// and a four-phase one with nb_transport. No header of this project.
#pragma once

#include <tlm_utils/peq_with_cb_and_phase.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

namespace standard {

/// One access to make, and what became of it.
struct Access {
  tlm::tlm_command command = tlm::TLM_READ_COMMAND;
  std::uint64_t address = 0;
  std::vector<unsigned char> data;   ///< as long as the access
  sc_core::sc_time issue;            ///< kernel time of the call, if the initiator is free
  sc_core::sc_time delay;            ///< annotated to the call
  unsigned streaming_width = 0;      ///< 0: the length
  std::vector<unsigned char> enables;

  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  sc_core::sc_time sent;             ///< kernel time of the call
  sc_core::sc_time answered;         ///< local time of the response
  bool done = false;

  void prepare(tlm::tlm_generic_payload& p) {
    p.set_command(command);
    p.set_address(address);
    p.set_data_ptr(data.data());
    p.set_data_length(static_cast<unsigned>(data.size()));
    p.set_streaming_width(streaming_width != 0 ? streaming_width : static_cast<unsigned>(data.size()));
    p.set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
    p.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    p.set_dmi_allowed(false);
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
};

inline Access read(std::uint64_t address, unsigned length, const sc_core::sc_time& issue = sc_core::SC_ZERO_TIME,
                   const sc_core::sc_time& delay = sc_core::SC_ZERO_TIME) {
  Access a;
  a.address = address;
  a.data.assign(length, 0xEE);
  a.issue = issue;
  a.delay = delay;
  return a;
}
inline Access write(std::uint64_t address, std::vector<unsigned char> data,
                    const sc_core::sc_time& issue = sc_core::SC_ZERO_TIME,
                    const sc_core::sc_time& delay = sc_core::SC_ZERO_TIME) {
  Access a;
  a.command = tlm::TLM_WRITE_COMMAND;
  a.address = address;
  a.data = std::move(data);
  a.issue = issue;
  a.delay = delay;
  return a;
}

/// A pool of payloads with reference counts.
class MemoryManager final : public tlm::tlm_mm_interface {
 public:
  tlm::tlm_generic_payload& take() {
    tlm::tlm_generic_payload* p;
    if (free_.empty()) {
      all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
      p = all_.back().get();
    } else {
      p = free_.front();  // the one longest free: a late user of a payload is then seen
      free_.pop_front();
    }
    p->acquire();
    ++live_;
    return *p;
  }
  void free(tlm::tlm_generic_payload* p) override {
    p->reset();
    free_.push_back(p);
    --live_;
  }
  unsigned live() const { return live_; }

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::deque<tlm::tlm_generic_payload*> free_;
  unsigned live_ = 0;
};

/// `threads` processes, each of which takes the next access of the script and makes it by
/// b_transport.
class LtInitiator final : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_initiator_socket<64> socket;
  std::deque<Access> script;
  MemoryManager manager;

  LtInitiator(const sc_core::sc_module_name& name, unsigned threads, bool managed)
      : sc_module(name), socket("socket"), managed_(managed) {
    socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
    for (unsigned i = 0; i < threads; ++i) sc_core::sc_spawn([this] { run(); });
  }

  bool done() const { return finished_ == script.size(); }
  unsigned unexpected() const { return unexpected_; }  ///< backward calls; there must be none

 private:
  void run() {
    tlm::tlm_generic_payload own;
    while (next_ < script.size()) {
      Access& a = script[next_++];
      if (a.issue > sc_core::sc_time_stamp()) sc_core::wait(a.issue - sc_core::sc_time_stamp());
      tlm::tlm_generic_payload& p = managed_ ? manager.take() : own;
      a.prepare(p);
      a.sent = sc_core::sc_time_stamp();
      sc_core::sc_time delay = a.delay;
      socket->b_transport(p, delay);
      a.answered = sc_core::sc_time_stamp() + delay;
      a.status = p.get_response_status();
      a.done = true;
      ++finished_;
      if (managed_) p.release();
      if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    }
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    ++unexpected_;
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  bool managed_;
  std::size_t next_ = 0;
  std::size_t finished_ = 0;
  unsigned unexpected_ = 0;
};

/// Sends the accesses of its script by nb_transport: one request at a time, up to `outstanding`
/// transactions, END_RESP only `response_time` after BEGIN_RESP.
class AtInitiator final : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_initiator_socket<64> socket;
  std::deque<Access> script;
  MemoryManager manager;

  SC_HAS_PROCESS(AtInitiator);
  AtInitiator(const sc_core::sc_module_name& name, unsigned outstanding, const sc_core::sc_time& response_time,
              bool managed = true)
      : sc_module(name), socket("socket"), outstanding_(outstanding), response_time_(response_time),
        managed_(managed), peq_(this, &AtInitiator::on_phase), end_peq_(this, &AtInitiator::on_end) {
    socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
    SC_THREAD(run);
  }

  bool done() const { return finished_ == script.size(); }
  unsigned most_in_flight() const { return most_in_flight_; }

 private:
  struct Own {  // a payload without memory manager, one per access
    tlm::tlm_generic_payload payload;
  };

  void run() {
    for (std::size_t i = 0; i < script.size(); ++i) {
      Access& a = script[i];
      if (a.issue > sc_core::sc_time_stamp()) sc_core::wait(a.issue - sc_core::sc_time_stamp());
      while (request_ != nullptr || in_flight_.size() >= outstanding_) sc_core::wait(progress_);
      tlm::tlm_generic_payload* p;
      if (managed_) {
        p = &manager.take();
      } else {
        own_.push_back(std::make_unique<Own>());
        p = &own_.back()->payload;
      }
      a.prepare(*p);
      a.sent = sc_core::sc_time_stamp();
      in_flight_[p] = &a;
      most_in_flight_ = std::max(most_in_flight_, static_cast<unsigned>(in_flight_.size()));
      request_ = p;
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay = a.delay;
      switch (socket->nb_transport_fw(*p, phase, delay)) {
        case tlm::TLM_ACCEPTED:
          break;
        case tlm::TLM_UPDATED:
          peq_.notify(*p, phase, delay);
          break;
        case tlm::TLM_COMPLETED:
          request_ = nullptr;
          answered(*p, delay);
          forget(*p);
          break;
      }
    }
  }

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    peq_.notify(p, phase, delay);
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  void on_phase(tlm::tlm_generic_payload& p, const tlm::tlm_phase& phase) {
    if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) return;  // ignorable
    if (request_ == &p) {
      request_ = nullptr;
      progress_.notify();
    }
    if (phase == tlm::BEGIN_RESP) {
      answered(p, sc_core::SC_ZERO_TIME);
      end_peq_.notify(p, tlm::END_RESP, response_time_);
    }
  }

  void on_end(tlm::tlm_generic_payload& p, const tlm::tlm_phase&) {
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay;
    socket->nb_transport_fw(p, phase, delay);
    forget(p);
  }

  void answered(tlm::tlm_generic_payload& p, const sc_core::sc_time& delay) {
    Access& a = *in_flight_.at(&p);
    a.answered = sc_core::sc_time_stamp() + delay;
    a.status = p.get_response_status();
    a.done = true;
    ++finished_;
  }

  void forget(tlm::tlm_generic_payload& p) {
    in_flight_.erase(&p);
    if (managed_) p.release();
    progress_.notify();
  }

  unsigned outstanding_;
  sc_core::sc_time response_time_;
  bool managed_;
  tlm_utils::peq_with_cb_and_phase<AtInitiator> peq_;
  tlm_utils::peq_with_cb_and_phase<AtInitiator> end_peq_;
  std::map<tlm::tlm_generic_payload*, Access*> in_flight_;
  std::vector<std::unique_ptr<Own>> own_;
  tlm::tlm_generic_payload* request_ = nullptr;
  sc_core::sc_event progress_;
  std::size_t finished_ = 0;
  unsigned most_in_flight_ = 0;
};

}  // namespace standard
