// SPDX-License-Identifier: Apache-2.0
// Lists of effects: carried out as arch::apply does, in their order, each list for itself.
#include "models/hypervisor/effect_agent.hpp"

#include <memory>
#include <vector>

#include "models/base/rng.hpp"
#include "platform/build/system.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/native_initiator.hpp"
#include "tests/support/recorder.hpp"

using namespace phbsim;
using arch::Effect;
using arch::Effects;
using arch::Reg;
using stats::Stat;
using test::NativeInitiator;
using test::Recorder;

namespace {

std::vector<unsigned char> frame_of(const Effects& effects) {
  std::vector<unsigned char> bytes(effects.size() * EffectFrame::kBytes);
  for (std::size_t i = 0; i < effects.size(); ++i) EffectFrame::encode(effects[i], bytes.data() + i * EffectFrame::kBytes);
  return bytes;
}

struct Bench {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  Recorder recorder{"recorder", driver};
  hypervisor::EffectAgent agent{"agent", driver, 50 * kPsPerNs, 2, registry};
  NativeInitiator a{"a", driver};
  NativeInitiator b{"b", driver};

  Bench() {
    agent.mem_out.bind(recorder.memory);
    agent.mmio_out.bind(recorder.registers);
    a.out.bind(agent.host_in(0));
    b.out.bind(agent.host_in(1));
  }
  void send(NativeInitiator& from, Tick at, const Effects& effects) {
    from.script.push_back(standard::write(0, frame_of(effects), to_sc_time(at)));
  }
};

}  // namespace

TEST_CASE("Stores are in memory before a register access follows, and come after the one before") {
  Bench b;
  Effects e;
  arch::store(e, 0x1000, 0x1111);
  arch::store(e, 0x1008, 0x2222);
  arch::store2(e, 0x5002, 0xBEEF);
  arch::write(e, Reg::TceKill, arch::encode_kill_pe(3));
  arch::wait_clear(e, Reg::QDmaR, 1);
  arch::store(e, 0x9000, 0x3333);
  b.send(b.a, 0, e);
  b.driver.start(kPsPerMs);
  REQUIRE(b.a.done());
  CHECK(b.a.script[0].status == tlm::TLM_OK_RESPONSE);
  REQUIRE(b.recorder.stores.size() == 3);  // neighbours of a line together
  CHECK(b.recorder.bytes.read_be64(0x1000) == 0x1111);
  CHECK(b.recorder.bytes.read_be64(0x1008) == 0x2222);
  CHECK(b.recorder.bytes.read_be16(0x5002) == 0xBEEF);
  CHECK(b.recorder.bytes.read_be64(0x9000) == 0x3333);
  REQUIRE(b.recorder.accesses.size() == 2);
  CHECK(b.recorder.accesses[0].write);
  CHECK(b.recorder.accesses[0].at >= b.recorder.stores[1].at + b.recorder.memory_time);
  CHECK(b.recorder.stores[2].at >= b.recorder.accesses[1].at + b.recorder.register_time);
  CHECK(to_sc_time(b.recorder.stores[2].at + b.recorder.memory_time) <= b.a.script[0].answered);
  CHECK(b.agent.stats()[Stat::HostTceStores] == 4);
  CHECK(b.agent.stats()[Stat::HostStoreLines] == 3);
  CHECK(b.agent.stats()[Stat::HostKills] == 1);
  CHECK(b.agent.stats()[Stat::HostPolls] == 1);
}

TEST_CASE("Lists of two callers use the registers one after the other, and memory at once") {
  Bench b;
  Effects e;
  arch::store(e, 0x1000, 1);
  arch::write(e, Reg::TceKill, arch::encode_kill_pe(1));
  arch::wait_clear(e, Reg::QDmaR, 1);
  Effects f;
  arch::store(f, 0x2000, 2);
  arch::write(f, Reg::TceKill, arch::encode_kill_pe(2));
  arch::wait_clear(f, Reg::QDmaR, 1);
  b.send(b.a, 0, e);
  b.send(b.b, 0, f);
  b.driver.start(kPsPerMs);
  REQUIRE(b.recorder.accesses.size() == 4);
  CHECK(b.recorder.sequence() == "W210 R888 W210 R888");
  CHECK(b.recorder.stores[0].at == b.recorder.stores[1].at);
}

TEST_CASE("A fenced PHB ends the list with an error and the rest undone") {
  Bench b;
  b.recorder.value = [](std::uint32_t) { return ~0ull; };
  Effects e;
  arch::wait_clear(e, Reg::TceKill, arch::kKillCommands);
  arch::store(e, 0x1000, 1);
  b.send(b.a, 0, e);
  Effects again;
  arch::store(again, 0x2000, 2);
  b.send(b.a, kPsPerUs * 100, again);
  b.driver.start(kPsPerMs);
  CHECK(b.a.script[0].status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(b.a.script[1].status == tlm::TLM_OK_RESPONSE);
  CHECK(b.recorder.bytes.read_be64(0x1000) == 0);
  CHECK(b.recorder.bytes.read_be64(0x2000) == 2);
}

TEST_CASE("What is no list of effects is refused") {
  Bench b;
  b.a.script.push_back(standard::read(0, 32, to_sc_time(0)));
  b.a.script.push_back(standard::write(0, std::vector<unsigned char>(31), to_sc_time(1000)));
  std::vector<unsigned char> unknown(32);
  unknown[7] = 6;
  b.a.script.push_back(standard::write(0, unknown, to_sc_time(2000)));
  b.driver.start(kPsPerMs);
  CHECK(b.a.script[0].status == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(b.a.script[1].status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(b.a.script[2].status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(b.recorder.stores.empty());
  CHECK(b.recorder.accesses.empty());
}

TEST_CASE("Random lists leave a PHB and memory as arch::apply leaves them") {
  build::SystemSpec spec;
  spec.extra_memory_ports = 1;
  build::PhbSpec phb;
  phb.with_host = false;
  phb.with_link = false;
  spec.phbs.push_back(phb);
  build::System system(spec);
  build::PhbGroup& g = system.phbs().front();
  hypervisor::EffectAgent agent("agent", system.driver(), 50 * kPsPerNs, 1, system.registry());
  agent.mem_out.bind(system.extra_memory_port(0));
  agent.mmio_out.bind(g.phb->mmio_in);
  test::IdleInitiator idle("idle");
  idle.socket.bind(g.phb->link_in);
  NativeInitiator cpu("cpu", system.driver());
  cpu.out.bind(agent.host_in(0));

  arch::PhbState twin(g.phb->state().facts().generation, g.phb->state().facts().size);
  twin.apply_firmware_defaults();
  test::PlainMemory memory;
  RandomStream rng(7, "effects");
  for (unsigned list = 0; list < 40; ++list) {
    Effects e;
    const auto n = 1 + rng.below(30);
    for (unsigned i = 0; i < n; ++i) {
      switch (rng.below(4)) {
        case 0:
          arch::store(e, 0x10000 + 8 * rng.below(64), rng.next_u64());
          break;
        case 1:
          arch::store2(e, 0x20000 + 2 * rng.below(64), static_cast<std::uint16_t>(rng.next_u64()));
          break;
        case 2:
          arch::update(e, Reg::Ctrlr, ~0ull, rng.below(2) != 0 ? arch::kCtrlrTve1Above4G : 0);
          break;
        default:
          arch::plan_kills(std::vector<std::uint64_t>{arch::encode_kill_pe(static_cast<PeNumber>(rng.below(16)))}, true, e);
          break;
      }
    }
    REQUIRE(arch::apply(e, twin, memory));
    cpu.script.push_back(standard::write(0, frame_of(e), to_sc_time(list * 100 * kPsPerUs)));
  }
  system.driver().start(10 * kPsPerMs);
  REQUIRE(cpu.done());
  for (const auto& a : cpu.script) CHECK(a.status == tlm::TLM_OK_RESPONSE);
  CHECK(g.phb->state().reg(Reg::Ctrlr) == twin.reg(Reg::Ctrlr));
  for (RealAddr at = 0x10000; at < 0x10200; at += 8) CHECK(system.memory().store().read_be64(at) == memory.read_be64(at));
  for (RealAddr at = 0x20000; at < 0x20080; at += 2) CHECK(system.memory().store().read_be16(at) == memory.read_be16(at));
}
