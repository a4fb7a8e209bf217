// SPDX-License-Identifier: Apache-2.0
// The checker catches each rule when an initiator or a target breaks it, and nothing when none does.
#include "tests/support/protocol_checker.hpp"

#include <deque>
#include <functional>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/standard_initiator.hpp"

using namespace sc_core;
using standard::ProtocolChecker;
using standard::Rule;

namespace {

DECLARE_EXTENDED_PHASE(A_PHASE_OF_OTHERS);

using Payload = tlm::tlm_generic_payload;

/// A target whose every answer is the test's.
struct PuppetTarget : sc_module, tlm::tlm_fw_transport_if<> {
  explicit PuppetTarget(const sc_module_name& name) : sc_module(name), socket("socket") { socket.bind(*this); }
  tlm::tlm_target_socket<64> socket;
  std::function<tlm::tlm_sync_enum(Payload&, tlm::tlm_phase&, sc_time&)> on_call =
      [](Payload&, tlm::tlm_phase& phase, sc_time&) {
        return phase == tlm::END_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
      };
  std::function<void(Payload&, sc_time&)> on_blocking = [](Payload& p, sc_time&) {
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  };

  tlm::tlm_sync_enum call(Payload& p, tlm::tlm_phase phase, sc_time delay = SC_ZERO_TIME) {
    return socket->nb_transport_bw(p, phase, delay);
  }
  tlm::tlm_sync_enum respond(Payload& p, sc_time delay = SC_ZERO_TIME) {
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    return call(p, tlm::BEGIN_RESP, delay);
  }
  tlm::tlm_sync_enum nb_transport_fw(Payload& p, tlm::tlm_phase& phase, sc_time& delay) override {
    return on_call(p, phase, delay);
  }
  void b_transport(Payload& p, sc_time& delay) override { on_blocking(p, delay); }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi&) override { return false; }
  unsigned transport_dbg(Payload&) override { return 7; }
};

/// An initiator whose every call is the test's.
struct PuppetInitiator : sc_module, tlm::tlm_bw_transport_if<> {
  explicit PuppetInitiator(const sc_module_name& name) : sc_module(name), socket("socket") { socket.bind(*this); }
  tlm::tlm_initiator_socket<64> socket;
  standard::MemoryManager manager;
  std::function<tlm::tlm_sync_enum(Payload&, tlm::tlm_phase&, sc_time&)> on_call =
      [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };

  Payload& make() {
    Payload& p = manager.take();
    standard::Access a = standard::read(0x100, sizeof bytes);
    a.prepare(p);
    p.set_data_ptr(bytes);
    return p;
  }
  tlm::tlm_sync_enum call(Payload& p, tlm::tlm_phase phase, sc_time delay = SC_ZERO_TIME) {
    return socket->nb_transport_fw(p, phase, delay);
  }
  tlm::tlm_sync_enum nb_transport_bw(Payload& p, tlm::tlm_phase& phase, sc_time& delay) override {
    return on_call(p, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  unsigned char bytes[8] = {};
};

struct Stage {
  PuppetInitiator initiator{sc_gen_unique_name("initiator")};
  ProtocolChecker checker{sc_gen_unique_name("checker")};
  PuppetTarget target{sc_gen_unique_name("target")};
  explicit Stage(bool elaborate = true) {
    initiator.socket.bind(checker.target);
    checker.initiator.bind(target.socket);
    if (elaborate) sc_start(SC_ZERO_TIME);
  }
  Payload& begun() {
    Payload& p = initiator.make();
    initiator.call(p, tlm::BEGIN_REQ);
    return p;
  }
  /// True if there is exactly one violation, of this rule.
  bool only(Rule rule) const {
    UNSCOPED_INFO(checker.report());
    return checker.violations().size() == 1 && checker.count(rule) == 1;
  }
  bool clean() const {
    UNSCOPED_INFO(checker.report());
    return checker.violations().empty();
  }
};

/// Ways to break one rule, each on a stage of its own.
void each(Rule rule, std::initializer_list<std::pair<const char*, std::function<void(Stage&)>>> ways) {
  std::deque<Stage> stages;
  for (std::size_t i = 0; i < ways.size(); ++i) stages.emplace_back(false);
  sc_start(SC_ZERO_TIME);
  auto stage = stages.begin();
  for (const auto& [name, act] : ways) {
    INFO(name);
    act(*stage);
    CHECK(stage->only(rule));
    ++stage;
  }
}

}  // namespace

TEST_CASE("The checker is content with every legal way through the four phases") {
  Stage s;
  // All four by calls, with a second request before the first response.
  Payload& a = s.begun();
  s.target.call(a, tlm::END_REQ);
  Payload& b = s.begun();
  s.target.call(b, tlm::END_REQ);
  CHECK(s.checker.open() == 2);
  s.target.respond(b);
  s.initiator.call(b, tlm::END_RESP);
  s.target.respond(a);
  s.initiator.call(a, tlm::END_RESP);
  CHECK(s.clean());
  // BEGIN_RESP without END_REQ; the response closed by its return value, in both forms.
  s.initiator.on_call = [](Payload&, tlm::tlm_phase& phase, sc_time&) {
    phase = tlm::END_RESP;
    return tlm::TLM_UPDATED;
  };
  s.target.respond(s.begun());
  s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
  s.target.respond(s.begun());
  CHECK(s.clean());
  // The target's return value: TLM_COMPLETED, END_REQ, BEGIN_RESP.
  s.target.on_call = [](Payload& p, tlm::tlm_phase&, sc_time& delay) {
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    delay += sc_time(5, SC_NS);
    return tlm::TLM_COMPLETED;
  };
  s.begun();
  s.target.on_call = [](Payload&, tlm::tlm_phase& phase, sc_time&) {
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  s.target.respond(s.begun());
  s.target.on_call = [](Payload& p, tlm::tlm_phase& phase, sc_time&) {
    if (phase == tlm::END_RESP) return tlm::TLM_COMPLETED;
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    phase = tlm::BEGIN_RESP;
    return tlm::TLM_UPDATED;
  };
  s.initiator.call(s.begun(), tlm::END_RESP);
  CHECK(s.clean());
  CHECK(s.checker.open() == 0);
  CHECK(s.checker.begun() == 7);
  CHECK(s.checker.completed() == 7);
  CHECK(s.checker.most_open() == 2);
}

TEST_CASE("The checker passes on blocking, debug and direct memory calls") {
  Stage s;
  s.target.on_blocking = [](Payload& p, sc_time& delay) {
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    p.get_data_ptr()[0] = 0x5A;
    delay += sc_time(3, SC_NS);
  };
  Payload& p = s.initiator.make();
  sc_time delay(1, SC_NS);
  s.initiator.socket->b_transport(p, delay);
  CHECK(delay == sc_time(4, SC_NS));
  CHECK(s.initiator.bytes[0] == 0x5A);
  CHECK(s.initiator.socket->transport_dbg(p) == 7);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(s.initiator.socket->get_direct_mem_ptr(p, dmi));
  CHECK(s.checker.blocking() == 1);
  CHECK(s.clean());
}

TEST_CASE("The checker catches a second BEGIN_REQ of a transaction under way") {
  Stage s;
  Payload& p = s.begun();
  s.target.call(p, tlm::END_REQ);
  s.initiator.call(p, tlm::BEGIN_REQ);
  CHECK(s.only(Rule::PhaseOrder));
}

TEST_CASE("The checker catches a request that does not wait for the one before") {
  Stage s;
  s.begun();
  s.begun();
  CHECK(s.only(Rule::RequestExclusion));
}

TEST_CASE("The checker catches END_REQ twice") {
  Stage s;
  Payload& p = s.begun();
  s.target.call(p, tlm::END_REQ);
  s.target.call(p, tlm::END_REQ);
  CHECK(s.only(Rule::PhaseOrder));
}

TEST_CASE("The checker catches END_REQ returned after a call has already ended the request") {
  Stage s;
  s.target.on_call = [&](Payload& p, tlm::tlm_phase& phase, sc_time&) {
    s.target.call(p, tlm::END_REQ);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  s.begun();
  CHECK(s.only(Rule::PhaseOrder));
}

TEST_CASE("The checker catches a response that begins twice") {
  Stage s;
  Payload& p = s.begun();
  s.target.respond(p);
  s.target.respond(p);
  CHECK(s.only(Rule::PhaseOrder));
}

TEST_CASE("The checker catches END_RESP before BEGIN_RESP") {
  Stage s;
  s.initiator.call(s.begun(), tlm::END_RESP);
  CHECK(s.only(Rule::PhaseOrder));
}

TEST_CASE("The checker catches phases from the wrong side") {
  each(Rule::PhaseOrder, {
    {"END_REQ forward", [](Stage& s) {
      Payload& p = s.begun();
      s.initiator.call(p, tlm::END_REQ);
    }},
    {"BEGIN_RESP forward", [](Stage& s) {
      Payload& p = s.begun();
      s.initiator.call(p, tlm::BEGIN_RESP);
    }},
    {"BEGIN_REQ backward", [](Stage& s) {
      Payload& p = s.begun();
      s.target.call(p, tlm::BEGIN_REQ);
    }},
    {"END_RESP backward", [](Stage& s) {
      Payload& p = s.begun();
      s.target.call(p, tlm::END_RESP);
    }},
  });
}

TEST_CASE("The checker catches a response that does not wait for the one before") {
  Stage s;
  Payload& a = s.begun();
  s.target.call(a, tlm::END_REQ);
  Payload& b = s.begun();
  s.target.call(b, tlm::END_REQ);
  s.target.respond(a);
  s.target.respond(b);
  CHECK(s.only(Rule::ResponseExclusion));
}

TEST_CASE("The checker catches a response without a status") {
  each(Rule::ResponseStatus, {
    {"by BEGIN_RESP", [](Stage& s) {
      s.target.call(s.begun(), tlm::BEGIN_RESP);
    }},
    {"by TLM_COMPLETED", [](Stage& s) {
      s.target.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
      s.begun();
    }},
    {"by TLM_UPDATED", [](Stage& s) {
      s.target.on_call = [](Payload&, tlm::tlm_phase& phase, sc_time&) {
        phase = tlm::BEGIN_RESP;
        return tlm::TLM_UPDATED;
      };
      s.begun();
    }},
    {"by b_transport", [](Stage& s) {
      s.target.on_blocking = [](Payload&, sc_time&) {};
      sc_time delay;
      s.initiator.socket->b_transport(s.initiator.make(), delay);
    }},
  });
}

TEST_CASE("The checker catches a request that already has a status") {
  each(Rule::ResponseStatus, {
    {"by BEGIN_REQ", [](Stage& s) {
      Payload& p = s.initiator.make();
      p.set_response_status(tlm::TLM_OK_RESPONSE);
      s.initiator.call(p, tlm::BEGIN_REQ);
    }},
    {"by b_transport", [](Stage& s) {
      Payload& p = s.initiator.make();
      p.set_response_status(tlm::TLM_OK_RESPONSE);
      sc_time delay;
      s.initiator.socket->b_transport(p, delay);
    }},
  });
}

TEST_CASE("The checker catches attributes that change, but an address may") {
  static unsigned char other[8];
  const std::pair<const char*, void (*)(Payload&)> changes[] = {
      {"data pointer", [](Payload& p) { p.set_data_ptr(other); }},
      {"length", [](Payload& p) { p.set_data_length(4); }},
      {"command", [](Payload& p) { p.set_write(); }},
      {"streaming width", [](Payload& p) { p.set_streaming_width(4); }},
      {"byte enables", [](Payload& p) { p.set_byte_enable_ptr(other); }},
      {"byte enable length", [](Payload& p) { p.set_byte_enable_length(1); }},
      {"address", [](Payload& p) { p.set_address(0x12345); }},
  };
  std::deque<Stage> stages;
  for (std::size_t i = 0; i < std::size(changes); ++i) stages.emplace_back(false);
  sc_start(SC_ZERO_TIME);
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    INFO(changes[i].first);
    Stage& s = stages[i];
    Payload& p = s.begun();
    s.target.call(p, tlm::END_REQ);
    changes[i].second(p);
    s.target.respond(p);
    if (std::string(changes[i].first) == "address") {
      CHECK(s.clean());
    } else {
      CHECK(s.only(Rule::Attributes));
    }
  }
}

TEST_CASE("The checker catches attributes that a blocking call changes") {
  Stage s;
  s.target.on_blocking = [](Payload& p, sc_time&) {
    p.set_data_length(1);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  sc_time delay;
  s.initiator.socket->b_transport(s.initiator.make(), delay);
  CHECK(s.only(Rule::Attributes));
}

TEST_CASE("The checker catches calls after the completion") {
  each(Rule::AfterCompletion, {
    {"END_RESP once more", [](Stage& s) {
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
      Payload& p = s.begun();
      s.target.respond(p);
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
      s.initiator.call(p, tlm::END_RESP);
    }},
    {"a second response", [](Stage& s) {
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
      Payload& p = s.begun();
      s.target.respond(p);
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
      s.target.respond(p);
    }},
    {"a phase of others", [](Stage& s) {
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
      Payload& p = s.begun();
      s.target.respond(p);
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
      s.target.call(p, A_PHASE_OF_OTHERS);
    }},
  });
}

TEST_CASE("The checker catches a completion by return value after one by calls") {
  Stage s;
  s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
  s.target.on_call = [&](Payload& p, tlm::tlm_phase& phase, sc_time&) {
    if (phase == tlm::BEGIN_REQ) s.target.respond(p);
    return tlm::TLM_COMPLETED;
  };
  s.begun();
  CHECK(s.only(Rule::AfterCompletion));
}

TEST_CASE("The checker catches an END_REQ returned for a transaction that was answered meanwhile") {
  Stage s;
  s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
  s.target.on_call = [&](Payload& p, tlm::tlm_phase& phase, sc_time&) {
    s.target.respond(p);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  s.begun();
  CHECK(s.only(Rule::AfterCompletion));
}

TEST_CASE("The checker catches a payload that is sent again before its response is closed") {
  Stage s;
  s.initiator.on_call = [&](Payload& p, tlm::tlm_phase& phase, sc_time&) {
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    s.initiator.call(p, tlm::BEGIN_REQ);
    return tlm::TLM_COMPLETED;
  };
  s.target.respond(s.begun());
  CHECK(s.checker.count(Rule::PhaseOrder) == 1);
}

TEST_CASE("The checker catches a call for a transaction that was never begun") {
  each(Rule::PhaseOrder, {
    {"END_REQ", [](Stage& s) {
      s.target.call(s.initiator.make(), tlm::END_REQ);
    }},
    {"END_RESP", [](Stage& s) {
      s.initiator.call(s.initiator.make(), tlm::END_RESP);
    }},
    {"BEGIN_RESP", [](Stage& s) {
      s.target.respond(s.initiator.make());
    }},
  });
}

TEST_CASE("The checker catches return values that mean nothing") {
  each(Rule::ReturnValue, {
    {"TLM_UPDATED without a new phase", [](Stage& s) {
      s.target.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_UPDATED; };
      s.begun();
    }},
    {"TLM_ACCEPTED with a new phase", [](Stage& s) {
      s.target.on_call = [](Payload&, tlm::tlm_phase& phase, sc_time&) {
        phase = tlm::END_REQ;
        return tlm::TLM_ACCEPTED;
      };
      s.begun();
    }},
    {"TLM_UPDATED to END_RESP", [](Stage& s) {
      Payload& p = s.begun();
      s.target.respond(p);
      s.target.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_UPDATED; };
      s.initiator.call(p, tlm::END_RESP);
    }},
    {"TLM_COMPLETED to END_REQ", [](Stage& s) {
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
      s.target.call(s.begun(), tlm::END_REQ);
    }},
    {"TLM_UPDATED to BEGIN_RESP without END_RESP", [](Stage& s) {
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_UPDATED; };
      s.target.respond(s.begun());
    }},
  });
}

TEST_CASE("The checker lets phases of others pass and catches who does more than accept them") {
  each(Rule::IgnorablePhase, {
    {"the initiator completes", [](Stage& s) {
      Payload& p = s.begun();
      s.target.call(p, A_PHASE_OF_OTHERS);
      s.initiator.call(p, A_PHASE_OF_OTHERS);
      CHECK(s.clean());
      CHECK(s.checker.ignorable() == 2);
      s.initiator.on_call = [](Payload&, tlm::tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
      s.target.call(p, A_PHASE_OF_OTHERS);
    }},
    {"the target answers with a phase", [](Stage& s) {
      Payload& p = s.begun();
      s.target.call(p, A_PHASE_OF_OTHERS);
      s.initiator.call(p, A_PHASE_OF_OTHERS);
      CHECK(s.clean());
      CHECK(s.checker.ignorable() == 2);
      s.target.on_call = [](Payload&, tlm::tlm_phase& phase, sc_time&) {
        phase = tlm::END_REQ;
        return tlm::TLM_UPDATED;
      };
      s.initiator.call(p, A_PHASE_OF_OTHERS);
    }},
  });
}

TEST_CASE("The checker catches local times that go back") {
  Stage s;
  Payload& p = s.initiator.make();
  s.initiator.call(p, tlm::BEGIN_REQ, sc_time(10, SC_NS));
  s.target.call(p, tlm::END_REQ, sc_time(9, SC_NS));
  CHECK(s.only(Rule::Time));
}

TEST_CASE("The checker catches a payload of nb_transport without memory manager") {
  Stage s;
  Payload own;
  standard::Access a = standard::read(0, 8);
  a.prepare(own);
  s.initiator.call(own, tlm::BEGIN_REQ);
  CHECK(s.only(Rule::MemoryManager));
}

TEST_CASE("The checker sees an END_RESP inside the call of BEGIN_RESP as the end of the response") {
  Stage s;
  s.initiator.on_call = [&](Payload& p, tlm::tlm_phase& phase, sc_time&) {
    if (phase == tlm::BEGIN_RESP) s.initiator.call(p, tlm::END_RESP);
    return tlm::TLM_ACCEPTED;
  };
  s.target.respond(s.begun());
  CHECK(s.clean());
  CHECK(s.checker.open() == 0);
  s.initiator.on_call = [&](Payload& p, tlm::tlm_phase& phase, sc_time&) {
    if (phase == tlm::BEGIN_RESP) s.initiator.call(p, tlm::END_RESP);
    return tlm::TLM_COMPLETED;  // closes it a second time
  };
  s.target.respond(s.begun());
  CHECK(s.only(Rule::AfterCompletion));
}
