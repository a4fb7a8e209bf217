// SPDX-License-Identifier: Apache-2.0
// Between our own modules, too, the base protocol holds: a checker in every hop finds nothing, and
// changes nothing.
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/standard_memory.hpp"
#include "tests/tlm/machine.hpp"

using namespace phbsim;
using namespace phbsim::test;
using endpoints::DmaOp;

namespace {

/// Reads and writes of all sizes, cache misses, mappings that come and go, and a fault now and then.
Facts busy_machine(bool checked, bool run_ahead, const std::string& kill_policy) {
  MachineSpec spec;
  spec.run_ahead = run_ahead;
  spec.checked = checked;
  spec.devices = 3;
  spec.drivers = 1;
  spec.host.kill_policy = kill_policy;
  spec.host.cpus = 2;
  spec.tce.sets = 8;
  spec.tce.ways = 2;
  spec.tce.walk_slots = 3;
  spec.tce.walk_cache_entries = 4;
  spec.tce.prefetch = "next_page";
  spec.tce.lookup_interval = 3;  // lookups queue
  Machine m(spec);
  m.wire();
  m.idle_memory_port();
  m.map(0, 64, 0x100000000);
  Digest digest;
  Tick last = 0;
  std::vector<std::unique_ptr<endpoints::Generator>> generators;
  for (unsigned i = 0; i < 2; ++i) {
    endpoints::GeneratorParams g;
    g.rid = static_cast<Rid>(0x100 + i);
    g.footprint = 64 * 4096;
    g.sizes = {{4096, 1}, {512, 2}, {64, 3}, {7, 1}};
    g.alignment = 4;
    g.read_percent = 60;
    g.queue_depth = 6;
    g.count = 400;
    g.data = true;
    g.start = i * 700;
    generators.push_back(std::make_unique<endpoints::Generator>(("ep" + std::to_string(i)).c_str(), m.driver, g, m.registry));
    m.connect(generators.back()->link_out, m.link.device_in(i));
    follow(*generators.back(), m.driver, digest, last, true);
  }
  std::vector<DmaOp> ops;
  for (unsigned i = 0; i < 60; ++i) {
    const std::uint64_t page = 100 + 700 * (i % 5) + 8192 * (i % 3);
    ops.push_back(map_op(page, 1 + i % 12, 0x200000000 + 0x10000 * i));
    ops.push_back(access_op(arch::Access::Read, page << 12, 300));
    ops.push_back(access_op(arch::Access::Write, (page << 12) + 128, 1000));
    ops.push_back(unmap_op(page, 1 + i % 12));
  }
  endpoints::PlayerParams p;
  p.rid = 0x200;
  endpoints::TracePlayer player("player", m.driver, p, std::make_unique<ListedOps>(ops), m.registry);
  m.connect(player.link_out, m.link.device_in(2));
  m.connect(player.host_out, m.host.host_in(0));
  follow(player, m.driver, digest, last, false);
  m.driver.start(kNever);
  Facts f;
  f["violations"] = m.violations();
  f["idle or open"] = m.idle_or_open();
  f["digest"] = digest.text();
  f["counters"] = m.counters();
  f["last"] = std::to_string(last);
  f["hops"] = std::to_string(m.checkers.size());
  f["done"] = std::to_string(generators[0]->done() + generators[1]->done() + player.done());
  f["errors"] = std::to_string(player.stats()[stats::Stat::EpErrors]);
  return f;
}

}  // namespace

TEST_CASE("A protocol checker in every hop between our own modules finds nothing") {
  for (const char* policy : {"pe", "page"}) {
    for (const bool run_ahead : {true, false}) {
      INFO(policy << (run_ahead ? ", run-ahead" : ", no run-ahead"));
      Facts f = forked([&] { return busy_machine(true, run_ahead, policy); });
      REQUIRE(failure(f) == "");
      CHECK(f["violations"] == "");
      CHECK(f["idle or open"] == "");
      CHECK(f["hops"] == "11");
      CHECK(f["done"] == "3");
      CHECK(f["errors"] == "0");
    }
  }
}

TEST_CASE("A protocol checker in every hop changes no result") {
  Facts plain = forked([] { return busy_machine(false, true, "auto"); });
  Facts checked = forked([] { return busy_machine(true, true, "auto"); });
  REQUIRE(failure(plain) == "");
  CHECK(plain["digest"] == checked["digest"]);
  CHECK(plain["counters"] == checked["counters"]);
  CHECK(plain["last"] == checked["last"]);
  CHECK(plain["done"] == "3");
}

TEST_CASE("A host command that needs neither store nor kill is answered under the protocol, too") {
  const auto run = [] {
    MachineSpec spec;
    spec.checked = true;
    spec.devices = 1;
    spec.drivers = 1;
    spec.host.kill_policy = "none";
    Machine m(spec);
    m.wire();
    m.idle_memory_port();
    std::vector<DmaOp> ops;
    // The tables below page 8192 do not exist: clearing it needs no store.
    for (unsigned i = 0; i < 20; ++i) ops.push_back(unmap_op(8192, 4));
    endpoints::PlayerParams p;
    endpoints::TracePlayer player("player", m.driver, p, std::make_unique<ListedOps>(ops), m.registry);
    m.connect(player.link_out, m.link.device_in(0));
    m.connect(player.host_out, m.host.host_in(0));
    m.driver.start(kNever);
    Facts f;
    f["violations"] = m.violations();
    f["done"] = std::to_string(player.done());
    f["unmaps"] = std::to_string(player.stats()[stats::Stat::EpUnmaps]);
    f["open"] = std::to_string(m.checkers.back()->open());
    f["begun"] = std::to_string(m.checkers.back()->begun());
    return f;
  };
  Facts f = forked(run);
  REQUIRE(failure(f) == "");
  CHECK(f["violations"] == "");
  CHECK(f["done"] == "1");
  CHECK(f["unmaps"] == "20");
  CHECK(f["begun"] == "20");
  CHECK(f["open"] == "0");
}

TEST_CASE("A user's bus between the PHB and memory moves addresses and adds its time") {
  using standard::Bridge;
  constexpr RealAddr kOffset = 0x1000000000;
  const auto run = [&](int kind, bool run_ahead) {
    return forked([&]() -> Facts {
      MachineSpec spec;
      spec.run_ahead = run_ahead;
      Machine m(spec);
      std::unique_ptr<Bridge> bridge;
      if (kind >= 0) {
        bridge = std::make_unique<Bridge>("bridge", static_cast<Bridge::Kind>(kind), kOffset, to_sc_time(5000));
        m.connect(m.phb.mem_out, bridge->in, true);
        m.connect(bridge->out, m.memory.port_in(0), true);
      }
      m.wire(kind >= 0 ? std::vector<const InitiatorPort*>{&m.phb.mem_out} : std::vector<const InitiatorPort*>{});
      m.idle_memory_port();
      m.map(0, 4, 0x100000000);
      if (kind >= 0) arch::fill_rtt(m.memory.store(), Machine::kRtt + kOffset, Machine::kPe);
      NativeInitiator device("device", m.driver);
      for (unsigned i = 0; i < 24; ++i) {
        const std::vector<unsigned char> bytes(256, static_cast<unsigned char>(i + 1));
        device.script.push_back(standard::write(i * 512, bytes, to_sc_time(1000 + 300 * i)));
      }
      for (unsigned i = 0; i < 24; ++i)
        device.script.push_back(standard::read(i * 512, 256, to_sc_time(4000 + 300 * i)));
      for (unsigned i = 0; i < 4; ++i) device.script.push_back(standard::read(i * 512, 64, to_sc_time(100'000'000 + 20'000'000 * i)));
      device.out.bind(m.link.device_in(0));
      m.driver.start(kPsPerMs);
      Facts f;
      f["violations"] = m.violations();
      unsigned right = 0;
      for (unsigned i = 0; i < 48; ++i) {
        const auto& a = device.script[i];
        right += a.status == tlm::TLM_OK_RESPONSE && a.data == std::vector<unsigned char>(256, static_cast<unsigned char>(i % 24 + 1));
      }
      std::string times;
      for (const auto& a : device.script) times += std::to_string(a.answered.value()) + " ";
      f["right"] = std::to_string(right);
      f["times"] = times;
      f["lone"] = std::to_string((device.script[49].answered - device.script[49].sent).value());
      f["moved"] = std::to_string(m.memory.store().read_be64(0x100000000 + (kind >= 0 ? kOffset : 0)));
      f["open"] = std::to_string(bridge ? bridge->open() : 0);
      f["passed"] = std::to_string(bridge ? bridge->passed() : 0);
      const auto& phb = m.phb.stats();
      f["sent"] = std::to_string(phb[stats::Stat::PhbReadLines] + phb[stats::Stat::PhbWriteLines] + phb[stats::Stat::PhbRidMisses]);
      return f;
    });
  };
  Facts none = run(-1, true);
  REQUIRE(failure(none) == "");
  CHECK(none["right"] == "48");
  for (const int kind : {0, 1, 2}) {
    INFO("bridge " << kind);
    Facts on = run(kind, true);
    Facts off = run(kind, false);
    REQUIRE(failure(on) == "");
    REQUIRE(failure(off) == "");
    CHECK(on["right"] == "48");
    CHECK(on["violations"] == "");
    CHECK(on["moved"] == none["moved"]);
    CHECK(on["open"] == "0");
    CHECK(on["passed"] == on["sent"]);
    CHECK(std::stoull(on["lone"]) == std::stoull(none["lone"]) + (kind == 1 ? 2 : 1) * 5000);
    CHECK(on["times"] == off["times"]);
    CHECK(on["right"] == off["right"]);
  }
}

TEST_CASE("A user's bus between the link and the PHB keeps credits, order and data") {
  using standard::Bridge;
  const auto run = [](int kind, bool run_ahead, Tick time) {
    return forked([&]() -> Facts {
      MachineSpec spec;
      spec.run_ahead = run_ahead;
      spec.link.credit_p_headers = 4;  // a lost buffer would stop it soon
      spec.link.credit_np_headers = 4;
      Machine m(spec);
      std::unique_ptr<Bridge> bridge;
      if (kind >= 0) {
        bridge = std::make_unique<Bridge>("bridge", static_cast<Bridge::Kind>(kind), 0, to_sc_time(time));
        m.connect(m.link.phb_out, bridge->in, true);
        m.connect(bridge->out, m.phb.link_in, true);
      }
      m.wire(kind >= 0 ? std::vector<const InitiatorPort*>{&m.link.phb_out} : std::vector<const InitiatorPort*>{});
      m.idle_memory_port();
      m.map(0, 40, 0x100000000);
      NativeInitiator device("device", m.driver);
      const auto value = [](unsigned i) { return std::vector<unsigned char>(700, static_cast<unsigned char>(i + 1)); };
      for (unsigned i = 0; i < 40; ++i) device.script.push_back(standard::write(i * 4096 + 3000, value(i), to_sc_time(i * 2000)));
      for (unsigned i = 0; i < 40; ++i) device.script.push_back(standard::read(i * 4096 + 3000, 700, to_sc_time(100'000 + i * 1500)));
      device.out.bind(m.link.device_in(0));
      m.driver.start(kPsPerMs);
      Facts f;
      unsigned right = 0;
      std::string times;
      for (unsigned i = 0; i < 80; ++i) {
        right += device.script[i].status == tlm::TLM_OK_RESPONSE && device.script[i].data == value(i % 40);
        times += std::to_string(device.script[i].answered.value()) + " ";
      }
      f["right"] = std::to_string(right);
      f["times"] = times;
      f["violations"] = m.violations();
      f["open"] = std::to_string(bridge ? bridge->open() : 0);
      return f;
    });
  };
  Facts none = run(-1, true, 0);
  CHECK(none["right"] == "80");
  for (const int kind : {0, 1, 2}) {
    INFO("bridge " << kind);
    Facts on = run(kind, true, 5000);
    Facts off = run(kind, false, 5000);
    CHECK(failure(on) == "");
    CHECK(on["right"] == "80");
    CHECK(on["violations"] == "");
    CHECK(on["open"] == "0");
    CHECK(on["times"] == off["times"]);
    CHECK(off["right"] == "80");
  }
  // A bus that only passes calls on leaves every time as it is.
  CHECK(run(0, true, 0)["times"] == none["times"]);
}

TEST_CASE("Loads and stores of the host obey the protocol on both sides of the link") {
  Facts f = forked([]() -> Facts {
    EngineDriver driver("driver");
    stats::Registry registry;
    memory::Memory memory("memory", driver, {}, 2, registry);
    pcie::LinkParams p;
    p.device_p_headers = p.device_np_headers = 2;
    pcie::PcieLink link("link", driver, p, 1, registry, 1);
    standard::ProtocolChecker host_side("host_side"), device_side("device_side");
    NativeInitiator host("host", driver), device("device", driver);
    host.out.bind(host_side.target);
    host_side.initiator.bind(link.host_in());
    link.device_out(0).bind(device_side.target);
    device_side.initiator.bind(memory.port_in(0));
    link.phb_out.bind(memory.port_in(1));
    device.out.bind(link.device_in(0));
    link.add_window(0x1000, 0x1000, 0);
    for (unsigned i = 0; i < 60; ++i) {
      host.script.push_back(i % 3 == 0 ? standard::write(0x1000 + 8 * i, std::vector<unsigned char>(8, static_cast<unsigned char>(i)), to_sc_time(i * 3000))
                                       : standard::read(0x1000 + 8 * (i / 3 * 3), 8, to_sc_time(i * 3000)));
      device.script.push_back(standard::write(0x8000 + 64 * i, std::vector<unsigned char>(64, 7), to_sc_time(i * 1000)));
    }
    driver.start(kPsPerMs);
    unsigned right = 0;
    for (unsigned i = 0; i < 60; ++i) right += host.script[i].data == std::vector<unsigned char>(8, static_cast<unsigned char>(i / 3 * 3));
    return {{"violations", host_side.report() + device_side.report()},
            {"right", std::to_string(right)},
            {"begun", std::to_string(host_side.begun()) + " " + std::to_string(device_side.begun())},
            {"open", std::to_string(host_side.open() + device_side.open())}};
  });
  CHECK(failure(f) == "");
  CHECK(f["violations"] == "");
  CHECK(f["right"] == "60");
  CHECK(f["begun"] == "60 60");
  CHECK(f["open"] == "0");
}
