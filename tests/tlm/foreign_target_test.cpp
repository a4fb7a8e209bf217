// SPDX-License-Identifier: Apache-2.0
// The PHB and the TCE unit work with a user's own memory, however it answers.
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/standard_memory.hpp"
#include "tests/tlm/machine.hpp"

using namespace phbsim;
using namespace phbsim::test;
using standard::Manner;

namespace {

constexpr Tick kAccept = 7'300;
constexpr Tick kLatency = 111'100;

/// A device reads and writes through a PHB whose tables and data lie in the user's memory.
Facts run(Manner manner, bool run_ahead) {
  MachineSpec spec;
  spec.run_ahead = run_ahead;
  Machine m(spec);
  m.map(0, 16, 0x100000000);
  standard::Bytes bytes;
  standard::Memory data("data", manner, bytes, to_sc_time(kAccept), to_sc_time(kLatency));
  standard::Memory tables("tables", manner, bytes, to_sc_time(kAccept), to_sc_time(kLatency));
  m.connect(m.phb.mem_out, data.socket, true);
  m.connect(m.tce.walk_out, tables.socket, true);
  m.wire({&m.phb.mem_out, &m.tce.walk_out});
  IdleInitiator idle0("idle0"), idle1("idle1");
  idle0.socket.bind(m.memory.port_in(0));
  idle1.socket.bind(m.memory.port_in(1));
  m.idle_memory_port();
  // What the machine's setup put into our memory belongs into the user's.
  std::vector<unsigned char> copy(arch::kRttBytes);
  m.memory.store().read(Machine::kRtt, copy.data(), copy.size());
  for (std::size_t i = 0; i < copy.size(); ++i) bytes.set(Machine::kRtt + i, copy[i]);
  copy.resize(m.region.used());
  m.memory.store().read(m.region.base(), copy.data(), copy.size());
  for (std::size_t i = 0; i < copy.size(); ++i)
    if (copy[i] != 0) bytes.set(m.region.base() + i, copy[i]);

  NativeInitiator device("device", m.driver);
  for (unsigned i = 0; i < 32; ++i) {
    const std::vector<unsigned char> v(200, static_cast<unsigned char>(i + 1));
    device.script.push_back(standard::write(i * 2048, v, to_sc_time(1000 + 900 * i)));
  }
  for (unsigned i = 0; i < 32; ++i) device.script.push_back(standard::read(i * 2048, 200, to_sc_time(30'000 + 400 * i)));
  device.script.push_back(standard::read(0, 64, to_sc_time(100'000'000)));
  device.script.push_back(standard::read(16 * 4096, 64, to_sc_time(200'000'000)));  // not mapped
  device.out.bind(m.link.device_in(0));
  m.driver.start(kPsPerMs);

  Facts f;
  unsigned right = 0;
  for (unsigned i = 0; i < 64; ++i) {
    const auto& a = device.script[i];
    right += a.status == tlm::TLM_OK_RESPONSE && a.data == std::vector<unsigned char>(200, static_cast<unsigned char>(i % 32 + 1));
  }
  std::string times;
  for (const auto& a : device.script) times += std::to_string(a.answered.value()) + " ";
  unsigned landed = 0;
  for (unsigned i = 0; i < 32; ++i)
    for (unsigned k = 0; k < 200; ++k) landed += bytes.at(0x100000000 + i * 2048 + k) == i + 1;
  f["right"] = std::to_string(right);
  f["landed"] = std::to_string(landed);
  f["times"] = times;
  f["fault"] = std::to_string(device.script.back().status);
  f["lone"] = std::to_string((device.script[64].answered - device.script[64].sent).value());
  f["violations"] = m.violations();
  f["idle or open"] = m.idle_or_open();
  f["ours"] = std::to_string(m.memory.stats()[stats::Stat::MemReads] + m.memory.stats()[stats::Stat::MemWrites]);
  f["most open"] = std::to_string(data.most_open());
  f["overrun"] = std::to_string(m.driver.now() > kPsPerMs);
  return f;
}

}  // namespace

TEST_CASE("The PHB and the TCE unit cope with every manner of a user's memory") {
  for (const Manner manner : standard::kManners) {
    INFO(name_of(manner));
    Facts on = forked([&] { return run(manner, true); });
    Facts off = forked([&] { return run(manner, false); });
    CHECK(failure(on) == "");
    CHECK(failure(off) == "");
    CHECK(on["right"] == "64");
    CHECK(on["landed"] == "6400");
    CHECK(on["fault"] == std::to_string(tlm::TLM_ADDRESS_ERROR_RESPONSE));
    CHECK(on["violations"] == "");
    CHECK(on["idle or open"] == "");
    CHECK(on["ours"] == "0");
    CHECK(on["overrun"] == "0");
    CHECK(on["times"] == off["times"]);
    CHECK(on["right"] == off["right"]);
    // Manners that take several at once do so.
    if (manner == Manner::Ended || manner == Manner::ResponseOnly) CHECK(std::stoul(on["most open"]) > (manner == Manner::Ended ? 1u : 0u));
  }
}

TEST_CASE("The link works with a user's own target in the PHB's place") {
  for (const Manner manner : standard::kManners) {
    INFO(name_of(manner));
    const auto work = [&](bool run_ahead) {
      MachineSpec spec;
      spec.run_ahead = run_ahead;
      spec.link.credit_p_headers = 4;  // lost receive buffers would stop it soon
      spec.link.credit_np_headers = 4;
      Machine m(spec);
      standard::Bytes bytes;
      standard::Memory host("user", manner, bytes, to_sc_time(kAccept), to_sc_time(kLatency));
      m.connect(m.link.phb_out, host.socket, true);
      m.wire({&m.link.phb_out});
      IdleInitiator idle("idle");
      idle.socket.bind(m.phb.link_in);
      m.idle_memory_port();
      NativeInitiator device("device", m.driver);
      for (unsigned i = 0; i < 40; ++i)
        device.script.push_back(standard::write(i * 4096, std::vector<unsigned char>(700, static_cast<unsigned char>(i + 1)), to_sc_time(1000 * i)));
      for (unsigned i = 0; i < 40; ++i) device.script.push_back(standard::read(i * 4096, 700, to_sc_time(50'000'000 + 700 * i)));
      device.out.bind(m.link.device_in(0));
      m.driver.start(kPsPerMs);
      Facts f;
      unsigned right = 0;
      std::string times;
      for (unsigned i = 0; i < device.script.size(); ++i) {
        const auto& a = device.script[i];
        right += a.status == tlm::TLM_OK_RESPONSE && a.data == std::vector<unsigned char>(700, static_cast<unsigned char>(i % 40 + 1));
        times += std::to_string(a.answered.value()) + " ";
      }
      f["right"] = std::to_string(right);
      f["times"] = times;
      f["violations"] = m.violations();
      return f;
    };
    Facts on = forked([&] { return work(true); });
    Facts off = forked([&] { return work(false); });
    CHECK(failure(on) == "");
    CHECK(on["right"] == "80");
    CHECK(on["violations"] == "");
    CHECK(on["times"] == off["times"]);
    CHECK(off["right"] == "80");
  }
}

TEST_CASE("A lone read takes the latency of the user's memory, whatever its manner") {
  Facts completed = forked([] { return run(Manner::Completed, true); });
  for (const Manner manner : standard::kManners) {
    INFO(name_of(manner));
    Facts f = forked([&] { return run(manner, true); });
    const Tick expected = std::stoull(completed["lone"]) - (manner == Manner::InsideCall ? kLatency : 0);
    CHECK(f["lone"] == std::to_string(expected));
  }
}
