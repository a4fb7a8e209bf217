// SPDX-License-Identifier: Apache-2.0
/// Every target socket of the project in a machine of its own, free for a test to bind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/arch/registers.hpp"
#include "models/base/rng.hpp"
#include "models/tlm/map_command.hpp"
#include "platform/build/layout.hpp"
#include "platform/build/system.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/native_initiator.hpp"
#include "tests/support/protocol_checker.hpp"
#include "tests/support/standard_initiator.hpp"

namespace phbsim::test {

enum class Socket { Memory, PhbLink, PhbRegisters, TceLookup, TceKill, LinkDevice, LinkHost, HostCommands };

inline std::vector<unsigned char> pattern(unsigned length, unsigned seed) {
  std::vector<unsigned char> v(length);
  for (unsigned i = 0; i < length; ++i) v[i] = static_cast<unsigned char>(seed + 7 * i + (i >> 8));
  return v;
}
inline std::vector<unsigned char> be64(std::uint64_t v) {
  std::vector<unsigned char> b(8);
  store_be64(b.data(), v);
  return b;
}

/// Pages of the window at bus address 0: 0 and 1 lie apart in memory, 2 may only be read, 3 is not
/// mapped; two levels of tables.
struct SocketBench {
  static constexpr RealAddr kPage[3] = {0x500003000, 0x120007000, 0x300000000};
  static constexpr unsigned kLevels = 2;
  static constexpr unsigned kDefault = ~0u;
  static constexpr BusAddr kBar = 0x80000000;  ///< device registers behind the link, 64 KiB

  std::unique_ptr<build::System> system;
  std::unique_ptr<EngineDriver> own_driver;
  std::unique_ptr<stats::Registry> own_registry;
  std::unique_ptr<memory::Memory> own_memory;
  std::unique_ptr<arch::TableRegion> own_region;
  std::unique_ptr<arch::TceTable> own_table;
  std::unique_ptr<tce::TceUnit> own_tce;
  std::unique_ptr<pcie::PcieLink> own_link;
  std::vector<std::unique_ptr<IdleInitiator>> idle;

  EngineDriver* driver = nullptr;
  memory::Memory* memory = nullptr;
  tce::TceUnit* tce = nullptr;
  TargetPort* socket = nullptr;
  arch::TceTable* table = nullptr;
  std::uint32_t table_number = 0;
  stats::Registry* registry = nullptr;

  /// `cycles`: of a TCE lookup; 0 makes a link without propagation, too.
  explicit SocketBench(Socket which, bool run_ahead = true, unsigned cycles = kDefault) {
    if (which == Socket::TceLookup || which == Socket::TceKill) {
      build_tce(which, run_ahead, cycles);
    } else if (which == Socket::LinkHost) {
      build_link(run_ahead, cycles);
    } else {
      build_system(which, run_ahead);
    }
    if (table != nullptr) {
      put(0, kPage[0] | arch::kTcePermissions);
      put(1, kPage[1] | arch::kTcePermissions);
      put(2, kPage[2] | arch::kTceRead);
    }
  }

  void put(std::uint64_t index, std::uint64_t tce_word) { table->put(memory->store(), index, tce_word); }
  std::vector<unsigned char> bytes(RealAddr at, unsigned length) const {
    std::vector<unsigned char> b(length);
    memory->store().read(at, b.data(), length);
    return b;
  }

 private:
  void build_system(Socket which, bool run_ahead) {
    build::SystemSpec spec;
    spec.run_ahead = run_ahead;
    spec.extra_memory_ports = which == Socket::Memory ? 1 : 0;
    if (which != Socket::Memory) {
      build::PhbSpec p;
      p.devices = which == Socket::LinkDevice ? 1 : 0;
      p.drivers = which == Socket::HostCommands ? 1 : 0;
      p.with_link = which != Socket::PhbLink;
      p.with_host = which != Socket::PhbRegisters;
      p.link = link_params();
      spec.phbs.push_back(p);
    }
    system = std::make_unique<build::System>(spec);
    driver = &system->driver();
    memory = &system->memory();
    registry = &system->registry();
    if (which == Socket::Memory) {
      socket = &system->extra_memory_port(0);
      return;
    }
    build::PhbGroup& group = system->phbs().front();
    tce = group.tce.get();
    build::install_rtt(*system, group);
    constexpr PeNumber kPe = 5;
    build::assign_rid(*system, group, 0, kPe);
    if (which == Socket::PhbRegisters) {
      socket = &group.phb->mmio_in;
      return;
    }
    config::WindowConfig w;
    w.size = 64 * kMiB;
    w.levels = kLevels;
    w.mapping = config::Mapping::PerIo;
    table_number = build::place_window(*system, group, kPe, w, 64 * kGiB).table;
    table = &group.host->table(table_number);
    socket = which == Socket::PhbLink      ? &group.phb->link_in
             : which == Socket::LinkDevice ? &group.link->device_in(0)
                                           : &group.host->host_in(0);
  }

  /// Bytes take whole picoseconds: two equal TLPs take equal times.
  static pcie::LinkParams link_params() {
    pcie::LinkParams p;
    p.gen = 2;
    p.dllp_overhead = false;
    return p;
  }

  void build_link(bool run_ahead, unsigned cycles) {
    pcie::LinkParams params = link_params();
    if (cycles == 0) params.propagation = 0;
    own_driver = std::make_unique<EngineDriver>("driver", run_ahead);
    own_registry = std::make_unique<stats::Registry>();
    own_memory = std::make_unique<memory::Memory>("memory", *own_driver, memory::MemoryParams{}, 2, *own_registry);
    own_link = std::make_unique<pcie::PcieLink>("link", *own_driver, params, 1, *own_registry, 1);
    own_link->phb_out.bind(own_memory->port_in(0));
    own_link->device_out(0).bind(own_memory->port_in(1));
    own_link->add_window(kBar, 0x10000, 0);
    idle.push_back(std::make_unique<IdleInitiator>("idle"));
    idle.back()->socket.bind(own_link->device_in(0));
    driver = own_driver.get();
    memory = own_memory.get();
    registry = own_registry.get();
    socket = &own_link->host_in();
  }

  void build_tce(Socket which, bool run_ahead, unsigned cycles) {
    own_driver = std::make_unique<EngineDriver>("driver", run_ahead);
    own_registry = std::make_unique<stats::Registry>();
    own_memory = std::make_unique<memory::Memory>("memory", *own_driver, memory::MemoryParams{}, 1, *own_registry);
    own_region = std::make_unique<arch::TableRegion>(1ull << 46, 1ull << 40);
    arch::WindowShape shape;
    shape.levels = kLevels;
    shape.table_bytes = arch::table_bytes_for(64 * kMiB, 12, kLevels);
    own_table = std::make_unique<arch::TceTable>(shape, *own_region);
    tce::TceParams params;
    params.plain_pe = 5;
    if (cycles != kDefault) params.lookup_cycles = params.hit_cycles = cycles;
    params.plain_tve = arch::encode_translated(own_table->shape());
    own_tce = std::make_unique<tce::TceUnit>("tce", *own_driver, params,
                                             arch::facts_of(arch::Generation::Phb4, arch::PhbSize::Big), *own_registry);
    own_tce->walk_out.bind(own_memory->port_in(0));
    idle.push_back(std::make_unique<IdleInitiator>("idle"));
    idle.back()->socket.bind(which == Socket::TceKill ? own_tce->phb_in : own_tce->kill_in);
    driver = own_driver.get();
    memory = own_memory.get();
    registry = own_registry.get();
    table = own_table.get();
    tce = own_tce.get();
    socket = which == Socket::TceKill ? &own_tce->kill_in : &own_tce->phb_in;
  }
};

enum class Style { Native, Lt, LtManaged, At, AtUnmanaged };

inline const char* name_of(Style s) {
  constexpr const char* kNames[] = {"native", "b_transport", "b_transport, memory manager", "four phases",
                                    "four phases, no memory manager"};
  return kNames[static_cast<int>(s)];
}

inline std::string hex_of(const std::vector<unsigned char>& bytes) {
  static const char* const kDigits = "0123456789abcdef";
  std::string s;
  for (const unsigned char b : bytes) {
    s += kDigits[b >> 4];
    s += kDigits[b & 15];
  }
  return s;
}

/// What a script gave: per access "<n>.status", "<n>.latency" (from the local time of the request)
/// and "<n>.data"; the checker's findings; then what `more` adds.
struct Play {
  Socket socket = Socket::Memory;
  std::deque<standard::Access> script;
  unsigned outstanding = 1;
  std::uint64_t response_time = 3700;
  bool run_ahead = true;
  unsigned cycles = SocketBench::kDefault;
  std::function<void(SocketBench&)> before;
  std::function<void(SocketBench&, Facts&)> more;

  Facts operator()(Style style) const {
    return forked([&] { return run(style); });
  }

 private:
  Facts run(Style style) const {
    SocketBench bench(socket, run_ahead, cycles);
    if (before) before(bench);
    standard::ProtocolChecker checker("checker");
    std::unique_ptr<NativeInitiator> native;
    std::unique_ptr<standard::LtInitiator> lt;
    std::unique_ptr<standard::AtInitiator> at;
    std::deque<standard::Access>* accesses = nullptr;
    switch (style) {
      case Style::Native:
        native = std::make_unique<NativeInitiator>("native", *bench.driver);
        if (bench.table != nullptr) {
          native->prepare = [tve = bench.table->geometry()](DmaPayload& p) {
            p.ext.pe = 5;
            p.ext.tve = &tve;
            p.ext.bus_addr = p.get_address();
            p.ext.offset = p.get_address();
          };
        }
        native->out.bind(checker.target);
        accesses = &native->script;
        break;
      case Style::Lt:
      case Style::LtManaged:
        lt = std::make_unique<standard::LtInitiator>("lt", outstanding, style == Style::LtManaged);
        lt->socket.bind(checker.target);
        accesses = &lt->script;
        break;
      case Style::At:
      case Style::AtUnmanaged:
        at = std::make_unique<standard::AtInitiator>("at", outstanding, to_sc_time(response_time), style == Style::At);
        at->socket.bind(checker.target);
        accesses = &at->script;
        break;
    }
    *accesses = script;
    checker.initiator.bind(*bench.socket);
    bench.driver->start(kPsPerMs);
    Facts facts;
    for (std::size_t i = 0; i < accesses->size(); ++i) {
      const standard::Access& a = (*accesses)[i];
      const std::string n = std::to_string(i);
      facts[n + ".status"] = a.done ? std::to_string(a.status) : "not answered";
      facts[n + ".latency"] = text_of((a.answered - a.sent - a.delay).value());
      facts[n + ".answered"] = text_of(a.answered.value());
      facts[n + ".data"] = hex_of(a.data);
    }
    facts["violations"] = checker.report();
    facts["memory manager"] = std::to_string(checker.count(standard::Rule::MemoryManager));
    facts["all violations"] = std::to_string(checker.violations().size());
    facts["open"] = std::to_string(checker.open());
    facts["begun"] = std::to_string(checker.begun());
    facts["most open"] = std::to_string(checker.most_open());
    facts["blocking"] = std::to_string(checker.blocking());
    facts["live payloads"] = std::to_string(lt ? lt->manager.live() : at ? at->manager.live() : 0);
    if (more) more(bench, facts);
    return facts;
  }
};

}  // namespace phbsim::test
