// SPDX-License-Identifier: Apache-2.0
/// A checker of the TLM-2.0 base protocol (IEEE 1666-2011, 14 and 15) to put between any initiator
/// socket and any target socket. It passes every call on unchanged and records what broke a rule.
///
/// Knows the standard only: no header of this project.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

namespace standard {

enum class Rule {
  PhaseOrder,         ///< phases of a transaction in order, each from the side that may send it
  RequestExclusion,   ///< no BEGIN_REQ before END_REQ or BEGIN_RESP of the one before
  ResponseExclusion,  ///< no BEGIN_RESP before END_RESP of the one before
  ReturnValue,        ///< TLM_ACCEPTED, TLM_UPDATED, TLM_COMPLETED where the protocol allows them
  ResponseStatus,     ///< incomplete with the request, set with the response
  Attributes,         ///< command, data pointer, lengths, byte enables stay as they were
  AfterCompletion,    ///< no call for a transaction that is over
  IgnorablePhase,     ///< a phase that is not of the base protocol is accepted and changes nothing
  Time,               ///< the local times of a transaction do not go back
  MemoryManager,      ///< a payload of nb_transport has a memory manager
};

class ProtocolChecker final : public sc_core::sc_module,
                              private tlm::tlm_fw_transport_if<>,
                              private tlm::tlm_bw_transport_if<> {
 public:
  struct Violation {
    Rule rule;
    sc_core::sc_time at;
    std::string text;
  };

  tlm::tlm_target_socket<64> target;        ///< towards the initiator
  tlm::tlm_initiator_socket<64> initiator;  ///< towards the target

  explicit ProtocolChecker(const sc_core::sc_module_name& name)
      : sc_module(name), target("target"), initiator("initiator") {
    target.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
    initiator.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }

  const std::vector<Violation>& violations() const { return violations_; }
  unsigned count(Rule rule) const {
    return static_cast<unsigned>(std::count_if(violations_.begin(), violations_.end(),
                                               [&](const Violation& v) { return v.rule == rule; }));
  }
  /// All violations, one a line; empty if there is none.
  std::string report() const {
    std::string s;
    for (const Violation& v : violations_) s += v.at.to_string() + ": " + v.text + "\n";
    return s;
  }
  std::uint64_t begun() const { return begun_; }          ///< transactions begun by BEGIN_REQ
  std::uint64_t completed() const { return completed_; }  ///< of these, those that are over
  std::uint64_t blocking() const { return blocking_; }    ///< b_transport calls that returned
  std::uint64_t ignorable() const { return ignorable_; }  ///< calls with phases of others
  std::size_t most_open() const { return most_open_; }    ///< transactions under way at once
  std::size_t open() const { return under_way_.size(); }

 private:
  using Payload = tlm::tlm_generic_payload;
  enum class State { Request, Requested, Response };

  struct Attributes {
    explicit Attributes(const Payload& p)
        : command(p.get_command()), data(p.get_data_ptr()), length(p.get_data_length()),
          width(p.get_streaming_width()), enables(p.get_byte_enable_ptr()),
          enable_length(p.get_byte_enable_length()) {}
    bool operator==(const Attributes& o) const {
      return command == o.command && data == o.data && length == o.length && width == o.width &&
             enables == o.enables && enable_length == o.enable_length;
    }
    tlm::tlm_command command;
    unsigned char* data;
    unsigned length;
    unsigned width;
    unsigned char* enables;
    unsigned enable_length;
  };
  struct Transaction {
    State state;
    std::uint64_t serial;
    Attributes attributes;
    sc_core::sc_time time;
  };

  static bool base_phase(const tlm::tlm_phase& phase) {
    return phase == tlm::BEGIN_REQ || phase == tlm::END_REQ || phase == tlm::BEGIN_RESP || phase == tlm::END_RESP;
  }

  void fail(Rule rule, const std::string& text) { violations_.push_back({rule, sc_core::sc_time_stamp(), text}); }

  Transaction* find(const Payload& p) {
    const auto it = under_way_.find(&p);
    return it == under_way_.end() ? nullptr : &it->second;
  }

  /// The transaction of a call that may not begin one; records why there is none.
  Transaction* expect(const Payload& p, const std::string& what) {
    if (Transaction* t = find(p)) return t;
    if (over_.count(&p) != 0) {
      fail(Rule::AfterCompletion, what + " for a transaction that is over");
    } else {
      fail(Rule::PhaseOrder, what + " for a transaction that has not begun");
    }
    return nullptr;
  }

  void check_time(Transaction& t, const sc_core::sc_time& delay, const std::string& what) {
    const sc_core::sc_time time = sc_core::sc_time_stamp() + delay;
    if (time < t.time) {
      fail(Rule::Time, what + " at " + time.to_string() + ", the call before was at " + t.time.to_string());
    }
    t.time = time;
  }

  void check_response(const Transaction& t, const Payload& p, const std::string& what) {
    if (p.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
      fail(Rule::ResponseStatus, what + " with the response status not set");
    }
    check_attributes(t.attributes, p, what);
  }

  void check_attributes(const Attributes& before, const Payload& p, const std::string& what) {
    if (!(before == Attributes(p))) fail(Rule::Attributes, what + " with attributes that were changed");
  }

  void request_ends(const Payload& p) {
    if (requesting_ == &p) requesting_ = nullptr;
  }

  void response_begins(Transaction& t, const Payload& p, const std::string& what) {
    if (t.state == State::Response) fail(Rule::PhaseOrder, what + ": the second response");
    if (responding_ != nullptr && responding_ != &p) {
      fail(Rule::ResponseExclusion, what + " while another response is open");
    }
    check_response(t, p, what);
    request_ends(p);
    t.state = State::Response;
    responding_ = &p;
  }

  void complete(const Payload& p) {
    request_ends(p);
    if (responding_ == &p) responding_ = nullptr;
    under_way_.erase(&p);
    over_[&p] = true;
    ++completed_;
  }

  /// An unfinished transaction with this serial number, after a call that others may have used.
  Transaction* same(const Payload& p, std::uint64_t serial) {
    Transaction* t = find(p);
    return t != nullptr && t->serial == serial ? t : nullptr;
  }

  static std::string name_of(const tlm::tlm_phase& phase) { return phase.get_name(); }

  // -- forward --------------------------------------------------------------------------------

  tlm::tlm_sync_enum nb_transport_fw(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) override {
    const tlm::tlm_phase sent = phase;
    if (sent == tlm::BEGIN_REQ) return begin(p, phase, delay);
    Transaction* t = expect(p, name_of(sent) + " on the forward path");
    if (t != nullptr) check_time(*t, delay, name_of(sent));
    if (sent == tlm::END_RESP) {
      if (t != nullptr) {
        if (t->state != State::Response) fail(Rule::PhaseOrder, "END_RESP before BEGIN_RESP");
        complete(p);
      }
    } else if (base_phase(sent)) {
      fail(Rule::PhaseOrder, name_of(sent) + " on the forward path");
    }
    const tlm::tlm_sync_enum status = initiator->nb_transport_fw(p, phase, delay);
    if (!base_phase(sent)) {
      ++ignorable_;
      check_ignored(status, sent, phase);
    } else if (status == tlm::TLM_UPDATED) {
      fail(Rule::ReturnValue, "TLM_UPDATED returned to " + name_of(sent) + " on the forward path");
    }
    return status;
  }

  tlm::tlm_sync_enum begin(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (find(p) != nullptr) fail(Rule::PhaseOrder, "BEGIN_REQ of a transaction that is under way");
    if (requesting_ != nullptr) fail(Rule::RequestExclusion, "BEGIN_REQ before END_REQ of the one before");
    if (p.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE) {
      fail(Rule::ResponseStatus, "BEGIN_REQ with a response status");
    }
    if (!p.has_mm()) fail(Rule::MemoryManager, "BEGIN_REQ of a payload without memory manager");
    const std::uint64_t serial = ++begun_;
    over_.erase(&p);
    under_way_.erase(&p);
    under_way_.emplace(&p, Transaction{State::Request, serial, Attributes(p), sc_core::sc_time_stamp() + delay});
    most_open_ = std::max(most_open_, under_way_.size());
    requesting_ = &p;
    const tlm::tlm_sync_enum status = initiator->nb_transport_fw(p, phase, delay);
    Transaction* t = same(p, serial);
    switch (status) {
      case tlm::TLM_ACCEPTED:
        if (phase != tlm::BEGIN_REQ) fail(Rule::ReturnValue, "TLM_ACCEPTED with the phase changed");
        break;
      case tlm::TLM_COMPLETED:
        if (t == nullptr) {
          fail(Rule::AfterCompletion, "TLM_COMPLETED returned for a transaction that is over");
          break;
        }
        if (t->state != State::Request && t->state != State::Requested) {
          fail(Rule::PhaseOrder, "TLM_COMPLETED returned after BEGIN_RESP");
        }
        check_response(*t, p, "TLM_COMPLETED");
        check_time(*t, delay, "TLM_COMPLETED");
        complete(p);
        break;
      case tlm::TLM_UPDATED:
        if (t == nullptr) {
          fail(Rule::AfterCompletion, "TLM_UPDATED returned for a transaction that is over");
        } else if (phase == tlm::END_REQ) {
          if (t->state != State::Request) fail(Rule::PhaseOrder, "END_REQ returned, but the request is over");
          check_time(*t, delay, "END_REQ");
          request_ends(p);
          if (t->state == State::Request) t->state = State::Requested;
        } else if (phase == tlm::BEGIN_RESP) {
          check_time(*t, delay, "BEGIN_RESP");
          response_begins(*t, p, "BEGIN_RESP returned");
        } else {
          fail(Rule::ReturnValue, "TLM_UPDATED with " + name_of(phase) + " returned to BEGIN_REQ");
        }
        break;
    }
    return status;
  }

  void check_ignored(tlm::tlm_sync_enum status, const tlm::tlm_phase& sent, const tlm::tlm_phase& phase) {
    if (status != tlm::TLM_ACCEPTED || phase != sent) {
      fail(Rule::IgnorablePhase, name_of(sent) + " was not merely accepted");
    }
  }

  void b_transport(Payload& p, sc_core::sc_time& delay) override {
    if (p.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE) {
      fail(Rule::ResponseStatus, "b_transport with a response status");
    }
    const Attributes before(p);
    const sc_core::sc_time time = sc_core::sc_time_stamp() + delay;
    initiator->b_transport(p, delay);
    if (p.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
      fail(Rule::ResponseStatus, "b_transport returned with the response status not set");
    }
    check_attributes(before, p, "b_transport returned");
    if (sc_core::sc_time_stamp() + delay < time) fail(Rule::Time, "b_transport returned a time before its call");
    ++blocking_;
  }

  bool get_direct_mem_ptr(Payload& p, tlm::tlm_dmi& dmi) override { return initiator->get_direct_mem_ptr(p, dmi); }
  unsigned transport_dbg(Payload& p) override { return initiator->transport_dbg(p); }

  // -- backward -------------------------------------------------------------------------------

  tlm::tlm_sync_enum nb_transport_bw(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) override {
    const tlm::tlm_phase sent = phase;
    const std::string what = name_of(sent) + " on the backward path";
    Transaction* t = expect(p, what);
    if (t != nullptr) check_time(*t, delay, what);
    if (sent == tlm::END_REQ) {
      if (t != nullptr) {
        if (t->state != State::Request) fail(Rule::PhaseOrder, what + ", but the request is over");
        request_ends(p);
        if (t->state == State::Request) t->state = State::Requested;
      }
    } else if (sent == tlm::BEGIN_RESP) {
      if (t != nullptr) response_begins(*t, p, what);
    } else if (base_phase(sent)) {
      fail(Rule::PhaseOrder, what);
    }
    const std::uint64_t serial = t != nullptr ? t->serial : 0;
    const tlm::tlm_sync_enum status = target->nb_transport_bw(p, phase, delay);
    if (!base_phase(sent)) {
      ++ignorable_;
      check_ignored(status, sent, phase);
      return status;
    }
    if (sent != tlm::BEGIN_RESP) {
      if (status != tlm::TLM_ACCEPTED) fail(Rule::ReturnValue, "something but TLM_ACCEPTED returned to " + what);
      return status;
    }
    if (status == tlm::TLM_ACCEPTED || t == nullptr) return status;
    if (status == tlm::TLM_UPDATED && phase != tlm::END_RESP) {
      fail(Rule::ReturnValue, "TLM_UPDATED with " + name_of(phase) + " returned to " + what);
      return status;
    }
    t = same(p, serial);
    if (t == nullptr) {
      fail(Rule::AfterCompletion, "a response closed by its return value was closed before");
      return status;
    }
    check_time(*t, delay, "the end of the response");
    complete(p);
    return status;
  }

  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override {
    target->invalidate_direct_mem_ptr(first, last);
  }

  std::map<const Payload*, Transaction> under_way_;
  std::map<const Payload*, bool> over_;
  const Payload* requesting_ = nullptr;
  const Payload* responding_ = nullptr;
  std::uint64_t begun_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t blocking_ = 0;
  std::uint64_t ignorable_ = 0;
  std::size_t most_open_ = 0;
  std::vector<Violation> violations_;
};

}  // namespace standard
