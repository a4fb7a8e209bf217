// SPDX-License-Identifier: Apache-2.0
// A user's processes in the same kernel: what they see and cause does not depend on how far the
// engine runs ahead, nor on how a run is cut, nor on an idle clock.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/tlm/machine.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace sc_core;

namespace {

constexpr RealAddr kData = 0x100000000;

/// A user's clocked process: looks at memory by debug calls and, if it shall, makes blocking calls.
struct Watcher : sc_module, tlm::tlm_bw_transport_if<> {
  SC_HAS_PROCESS(Watcher);
  Watcher(const sc_module_name& name, sc_time period, EngineDriver& d, bool look, bool traffic)
      : sc_module(name), socket("socket"), clock("clock", period), driver(d), look_(look) {
    socket.bind(*this);
    SC_METHOD(tick);
    sensitive << clock.posedge_event();
    dont_initialize();
    if (traffic) SC_THREAD(work);
  }
  void tick() {
    ++ticks;
    ahead += driver.now() > sc_time_stamp().value();
    if (!look_) return;
    unsigned char bytes[64];
    tlm::tlm_generic_payload p;
    p.set_read();
    p.set_address(kData + (ticks * 4160) % (64 * 4096));
    p.set_data_ptr(bytes);
    p.set_data_length(sizeof bytes);
    const unsigned n = socket->transport_dbg(p);
    seen.add(bytes, n);
    seen.add(n);
  }
  void work() {
    unsigned char bytes[200];
    for (unsigned i = 0;; ++i) {
      wait(clock.posedge_event());
      for (unsigned k = 0; k < i % 13; ++k) wait(clock.posedge_event());
      tlm::tlm_generic_payload p;
      std::fill(std::begin(bytes), std::end(bytes), static_cast<unsigned char>(i));
      p.set_command(i % 3 == 0 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
      p.set_address(kData + (i * 7168) % (64 * 4096) + i % 5);
      p.set_data_ptr(bytes);
      p.set_data_length(sizeof bytes);
      p.set_streaming_width(sizeof bytes);
      sc_time delay(i % 4 * 333, SC_PS);
      socket->b_transport(p, delay);
      calls.add((sc_time_stamp() + delay).value());
      calls.add(bytes, sizeof bytes);
      ++made;
    }
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_time&) override {
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  tlm::tlm_initiator_socket<64> socket;
  sc_clock clock;
  EngineDriver& driver;
  Digest seen, calls;
  std::uint64_t ticks = 0, ahead = 0, made = 0;

 private:
  bool look_;
};

struct Scene {
  bool run_ahead = true;
  std::vector<double> clocks;  ///< periods in ns; one memory port each
  bool look = false;
  bool traffic = false;
  Tick end = 20 * kPsPerUs;
  std::function<void(EngineDriver&, Tick)> drive = [](EngineDriver& d, Tick until) { d.start(until); };
  std::uint64_t count = 0;
  unsigned pages = 64;
};

Facts play(const Scene& s) {
  MachineSpec spec;
  spec.run_ahead = s.run_ahead;
  spec.devices = 2;
  spec.drivers = 1;
  spec.tce.sets = 8;
  Machine m(spec);
  m.wire();
  m.map(0, 64, kData);
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (std::size_t i = 0; i < s.clocks.size(); ++i) {
    watchers.push_back(std::make_unique<Watcher>(("watcher" + std::to_string(i)).c_str(), sc_time(s.clocks[i], SC_NS),
                                                 m.driver, s.look && i == 0, s.traffic && i == 0));
    if (i == 0) watchers[i]->socket.bind(m.memory.port_in(3));
  }
  std::unique_ptr<memory::Memory> other;  // for a second watcher
  if (watchers.empty()) m.idle_memory_port();
  if (watchers.size() > 1) {
    other = std::make_unique<memory::Memory>("other", m.driver, spec.memory, 1, m.registry);
    watchers[1]->socket.bind(other->port_in(0));
  }
  Digest digest;
  Tick last = 0;
  endpoints::GeneratorParams g;
  g.footprint = s.pages * 4096ull;
  g.sizes = {{2048, 1}, {256, 3}, {60, 1}};
  g.alignment = 64;
  g.read_percent = 70;
  g.queue_depth = 8;
  g.data = true;
  g.count = s.count;
  endpoints::Generator device("device", m.driver, g, m.registry);
  device.link_out.bind(m.link.device_in(0));
  follow(device, m.driver, digest, last, true);
  std::vector<endpoints::DmaOp> ops;
  for (unsigned i = 0; i < 8; ++i) {
    ops.push_back(map_op(200 + i, 1, 0x200000000 + 0x3000 * i));
    ops.push_back(access_op(arch::Access::Write, (200 + i) << 12, 900));
    ops.push_back(unmap_op(200 + i, 1));
  }
  endpoints::PlayerParams p;
  p.repeat = true;
  p.count = s.count;
  endpoints::TracePlayer player("player", m.driver, p, std::make_unique<ListedOps>(ops), m.registry);
  player.link_out.bind(m.link.device_in(1));
  player.host_out.bind(m.host.host_in(0));
  follow(player, m.driver, digest, last, false);

  s.drive(m.driver, s.end);

  Facts f;
  f["native"] = digest.text();
  f["counters"] = m.counters();
  const auto& latency = device.statistics().latency;
  f["latency"] = std::to_string(latency.sum()) + " " + std::to_string(latency.max()) + " " + std::to_string(latency.quantile(500000));
  for (const auto& w : watchers) {
    f[std::string(w->name()) + ".seen"] = w->seen.text();
    f[std::string(w->name()) + ".calls"] = w->calls.text();
    f[std::string(w->name()) + ".ticks"] = std::to_string(w->ticks);
    f[std::string(w->name()) + ".ahead"] = std::to_string(w->ahead);
    f[std::string(w->name()) + ".made"] = std::to_string(w->made);
  }
  f["last"] = std::to_string(last);
  f["requests"] = std::to_string(latency.count() + player.statistics().latency.count());
  f["now"] = std::to_string(m.driver.now());
  f["kernel"] = std::to_string(sc_time_stamp().value());
  f["kernel events"] = std::to_string(m.driver.kernel_events());
  return f;
}

Facts run(const Scene& s) {
  Facts f = forked([&] { return play(s); });
  INFO(failure(f));
  REQUIRE(f.count("native") == 1);
  return f;
}

/// What must not differ: everything but the cost in kernel events.
Facts results(Facts f) {
  f.erase("kernel events");
  return f;
}
std::string list(const Facts& f) {
  std::string s;
  for (const auto& [k, v] : f) s += k + " = " + v + "\n";
  return s;
}

void same(const Facts& a, const Facts& b) { CHECK(list(results(a)) == list(results(b))); }

}  // namespace

TEST_CASE("With a clocked process that looks and acts, run-ahead changes no result") {
  for (const double period : {1.0, 1.7}) {
    INFO("clock of " << period << " ns");
    Scene s;
    s.clocks = {period};
    s.look = s.traffic = true;
    Facts on = run(s);
    s.run_ahead = false;
    Facts off = run(s);
    same(on, off);
    CHECK(std::stoul(on["requests"]) > 150);
    CHECK(std::stoul(on["watcher0.made"]) > 20);
    CHECK(on["watcher0.ahead"] == "0");  // never has the engine passed a process that acts
  }
}

TEST_CASE("With two clocks without a common beat, run-ahead changes no result") {
  Scene s;
  s.clocks = {1.7, 1.0};
  s.look = s.traffic = true;
  Facts on = run(s);
  s.run_ahead = false;
  same(on, run(s));
  CHECK(on["watcher0.ahead"] == "0");
  CHECK(on["watcher1.ahead"] == "0");
}

TEST_CASE("A foreign process that acts does change results, so the digests can tell") {
  Scene s;
  s.clocks = {1.7};
  s.look = true;
  Facts quiet = run(s);
  s.traffic = true;
  Facts busy = run(s);
  CHECK(quiet["native"] != busy["native"]);
  CHECK(quiet["watcher0.seen"] != busy["watcher0.seen"]);
  CHECK(quiet["counters"] != busy["counters"]);
}

TEST_CASE("An idle clock changes no result of our own traffic, with run-ahead on or off") {
  Scene s;
  Facts alone = run(s);
  for (const double period : {1.0, 1.7, 250.0}) {
    for (const bool run_ahead : {true, false}) {
      INFO("clock of " << period << " ns, run-ahead " << run_ahead);
      s.clocks = {period};
      s.run_ahead = run_ahead;
      Facts f = run(s);
      CHECK(f["native"] == alone["native"]);
      CHECK(f["counters"] == alone["counters"]);
      CHECK(f["latency"] == alone["latency"]);
      CHECK(f["last"] == alone["last"]);
      CHECK(std::stoull(f["watcher0.ticks"]) >= static_cast<std::uint64_t>(20'000 / period));
    }
  }
}

TEST_CASE("A run cut into many slices gives the same results") {
  const auto sliced = [](Tick slice) {
    return [slice](EngineDriver& d, Tick end) {
      for (Tick at = 0; at < end;) {
        const Tick step = std::min(slice, end - at);
        d.start(step);
        at += step;
      }
    };
  };
  for (const bool foreign : {false, true}) {
    Scene s;
    if (foreign) {
      s.clocks = {1.7};
      s.look = s.traffic = true;
    }
    Facts whole = run(s);
    for (const Tick slice : {Tick{137}, Tick{1'000}, Tick{1'700}, Tick{333'333}, Tick{5'000'000}}) {
      for (const bool run_ahead : {true, false}) {
        INFO("slices of " << slice << " ps, run-ahead " << run_ahead << ", foreign process " << foreign);
        s.drive = sliced(slice);
        s.run_ahead = run_ahead;
        same(whole, run(s));
      }
    }
  }
}

TEST_CASE("A run that ends exactly at a completion has it with run-ahead on and off") {
  Scene s;
  Facts first = run(s);
  s.end = std::stoull(first["last"]);
  REQUIRE(s.end < 20 * kPsPerUs);
  Facts on = run(s);
  s.run_ahead = false;
  Facts off = run(s);
  same(on, off);
  CHECK(on["native"] == first["native"]);
  s.end -= 1;
  Facts before_off = run(s);
  s.run_ahead = true;
  Facts before_on = run(s);
  same(before_on, before_off);
  CHECK(before_on["native"] != first["native"]);
}

TEST_CASE("A foreign test bench that calls sc_start itself gets the same results without an overrun") {
  for (const bool run_ahead : {true, false}) {
    INFO("run-ahead " << run_ahead);
    Scene s;
    s.run_ahead = run_ahead;
    s.clocks = {1.7};
    s.look = s.traffic = true;
    s.end = 20 * kPsPerUs + 1;  // nothing happens at this instant
    Facts ours = run(s);
    s.drive = [](EngineDriver& d, Tick end) {
      for (Tick at = 0; at < end;) {
        const Tick step = std::min<Tick>(3'333'333, end - at);
        sc_start(to_sc_time(step));
        at += step;
        if (d.now() > sc_time_stamp().value()) throw ModelError("the engine passed the end of sc_start");
      }
    };
    Facts plain = run(s);
    CHECK(plain["now"] <= plain["kernel"]);
    plain.erase("now");
    ours.erase("now");
    same(plain, ours);
  }
}

TEST_CASE("A foreign test bench without a clock gets the same results from sc_start") {
  Scene s;
  s.end = 20 * kPsPerUs + 1;
  Facts ours = run(s);
  s.drive = [](EngineDriver& d, Tick end) {
    sc_start(to_sc_time(end));
    if (d.now() > end) throw ModelError("the engine passed the end of sc_start");
  };
  Facts plain = run(s);
  CHECK(plain["native"] == ours["native"]);
  CHECK(plain["counters"] == ours["counters"]);
  // A finite workload ends sc_start() without a time, too.
  s.count = 100;
  s.drive = [](EngineDriver&, Tick) { sc_start(); };
  Facts all = run(s);
  s.drive = [](EngineDriver& d, Tick) { d.start(kNever); };
  Facts whole = run(s);
  CHECK(all["native"] == whole["native"]);
  CHECK(all["requests"] == "200");
}

TEST_CASE("sc_start and start of the driver may alternate") {
  Scene s;
  s.end = 20 * kPsPerUs + 1;
  Facts ours = run(s);
  s.drive = [](EngineDriver& d, Tick end) {
    bool plain = false;
    for (Tick at = 0; at < end; plain = !plain) {
      const Tick step = std::min<Tick>(777'777, end - at);
      if (plain) {
        sc_start(to_sc_time(step));
      } else {
        d.start(step);
      }
      at += step;
    }
  };
  Facts mixed = run(s);
  CHECK(mixed["native"] == ours["native"]);
  CHECK(mixed["counters"] == ours["counters"]);
}

TEST_CASE("The engine never passes the end of a run and nothing completes after it") {
  for (const Tick end : {Tick{1}, Tick{500'000}, Tick{1'234'567}, Tick{7'777'777}}) {
    Scene s;
    s.end = end;
    s.drive = [](EngineDriver& d, Tick e) {
      d.start(e);
      if (d.now() != e) throw ModelError("the engine is not at the end");
    };
    Facts f = run(s);
    CHECK(f["now"] == std::to_string(end));
    CHECK(f["kernel"] == std::to_string(end));
    CHECK(std::stoull(f["last"]) <= end);
  }
}

TEST_CASE("Without a foreign process the kernel is hardly ever woken") {
  Scene s;
  s.end = 200 * kPsPerUs;
  Facts on = run(s);
  const double per_request = std::stod(on["kernel events"]) / std::stod(on["requests"]);
  CHECK(per_request < 0.05);
  CHECK(std::stoul(on["requests"]) > 1500);
  s.run_ahead = false;
  Facts off = run(s);
  CHECK(std::stod(off["kernel events"]) / std::stod(off["requests"]) > 1);  // what run-ahead saves
  same(on, off);
}

// -----------------------------------------------------------------------------------------------
// Order at one instant

namespace {

/// Acts once, at a given time after a number of delta cycles.
struct Actor : sc_module, tlm::tlm_bw_transport_if<> {
  SC_HAS_PROCESS(Actor);
  enum class Way { Debug, Blocking };
  Actor(const sc_module_name& name, Tick at, unsigned deltas, Way way, std::uint64_t address)
      : sc_module(name), socket("socket"), at_(at), deltas_(deltas), way_(way), address_(address) {
    socket.bind(*this);
    SC_THREAD(act);
  }
  void act() {
    wait(to_sc_time(at_));
    for (unsigned i = 0; i < deltas_; ++i) wait(SC_ZERO_TIME);
    unsigned char bytes[8];
    std::fill(std::begin(bytes), std::end(bytes), 0xAA);
    tlm::tlm_generic_payload p;
    p.set_write();
    p.set_address(address_);
    p.set_data_ptr(bytes);
    p.set_data_length(8);
    p.set_streaming_width(8);
    if (way_ == Way::Debug) {
      socket->transport_dbg(p);
    } else {
      sc_time delay;
      socket->b_transport(p, delay);
    }
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_time&) override {
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  tlm::tlm_initiator_socket<64> socket;

 private:
  Tick at_;
  unsigned deltas_;
  Way way_;
  std::uint64_t address_;
};

/// A read of ours reaches memory at 1 us (its event is `chained` at that instant from an earlier
/// one, or known from the start); a foreign process writes at `at`. Does the read see it?
std::string read_sees(bool run_ahead, Tick at, unsigned deltas, Actor::Way way) {
  Facts f = forked([&]() -> Facts {
    EngineDriver driver("driver", run_ahead);
    stats::Registry registry;
    memory::Memory memory("memory", driver, {}, 2, registry);
    NativeInitiator native("native", driver);
    native.script = {standard::read(0x1000, 8, to_sc_time(kPsPerUs))};
    native.out.bind(memory.port_in(0));
    Actor actor("actor", at, deltas, way, 0x1000);
    actor.socket.bind(memory.port_in(1));
    driver.start(10 * kPsPerUs);
    const auto& data = native.script[0].data;
    const bool is_new = data == std::vector<unsigned char>(8, 0xAA);
    const bool is_old = data == std::vector<unsigned char>(8, 0x00);
    return {{"sees", is_new ? "new" : is_old ? "old" : "neither"}};
  });
  return failure(f) + f["sees"];
}

}  // namespace

TEST_CASE("A foreign process that writes at the very time of an engine event acts first") {
  for (const bool run_ahead : {true, false}) {
    INFO("run-ahead " << run_ahead);
    CHECK(read_sees(run_ahead, kPsPerUs - 1, 0, Actor::Way::Debug) == "new");
    CHECK(read_sees(run_ahead, kPsPerUs, 0, Actor::Way::Debug) == "new");
    CHECK(read_sees(run_ahead, kPsPerUs, 1, Actor::Way::Debug) == "new");
    CHECK(read_sees(run_ahead, kPsPerUs, 7, Actor::Way::Debug) == "new");
    CHECK(read_sees(run_ahead, kPsPerUs + 1, 0, Actor::Way::Debug) == "old");
  }
}

TEST_CASE("A blocking call takes its place behind the engine's events of that instant") {
  for (const bool run_ahead : {true, false}) {
    INFO("run-ahead " << run_ahead);
    CHECK(read_sees(run_ahead, kPsPerUs - 1, 0, Actor::Way::Blocking) == "new");
    CHECK(read_sees(run_ahead, kPsPerUs, 0, Actor::Way::Blocking) == "old");
    CHECK(read_sees(run_ahead, kPsPerUs, 7, Actor::Way::Blocking) == "old");
    CHECK(read_sees(run_ahead, kPsPerUs + 1, 0, Actor::Way::Blocking) == "old");
  }
}

TEST_CASE("A debug read at the very time of a write's arrival sees the bytes before it") {
  for (const bool run_ahead : {true, false}) {
    for (const Tick at : {kPsPerUs - 1, kPsPerUs, kPsPerUs + 1}) {
      Facts f = forked([&]() -> Facts {
        EngineDriver driver("driver", run_ahead);
        stats::Registry registry;
        memory::Memory memory("memory", driver, {}, 2, registry);
        NativeInitiator native("native", driver);
        native.script = {standard::write(0x1000, std::vector<unsigned char>(8, 0x55), to_sc_time(kPsPerUs))};
        native.out.bind(memory.port_in(0));
        struct Peek : sc_module {
          SC_HAS_PROCESS(Peek);
          Peek(const sc_module_name& n, Tick t, memory::Memory& m) : sc_module(n), at_(t), memory_(m) { SC_THREAD(look); }
          void look() {
            wait(to_sc_time(at_));
            seen = memory_.store().read_be64(0x1000);
          }
          std::uint64_t seen = 1;
          Tick at_;
          memory::Memory& memory_;
        } peek("peek", at, memory);
        IdleInitiator idle("idle");
        idle.socket.bind(memory.port_in(1));
        driver.start(10 * kPsPerUs);
        return {{"seen", peek.seen == 0 ? "before" : peek.seen == 0x5555555555555555ull ? "after" : "neither"}};
      });
      INFO("run-ahead " << run_ahead << ", at " << at);
      CHECK(f["seen"] == (at > kPsPerUs ? "after" : "before"));
    }
  }
}
