// SPDX-License-Identifier: Apache-2.0
/// One PHB with link, TCE unit and host agent, every hop of which a test can put something into, or
/// whose memory a test can bring itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/registers.hpp"
#include "models/arch/rtt.hpp"
#include "models/endpoints/generator.hpp"
#include "models/endpoints/trace_player.hpp"
#include "models/hypervisor/tce_agent.hpp"
#include "models/memory/memory.hpp"
#include "models/pcie/pcie_link.hpp"
#include "models/phb/phb.hpp"
#include "models/tce/tce_unit.hpp"
#include "tests/support/native_initiator.hpp"
#include "tests/support/protocol_checker.hpp"

namespace phbsim::test {

struct MachineSpec {
  bool run_ahead = true;
  bool checked = false;  ///< a protocol checker in every hop
  unsigned devices = 1;
  unsigned drivers = 0;
  hypervisor::AgentParams host;
  pcie::LinkParams link;
  tce::TceParams tce;
  phb::PhbParams phb;
  memory::MemoryParams memory;
};

/// The PE of every requester is 5; its window 0 has 64 MiB in 4 KiB pages and two levels of tables.
struct Machine {
  static constexpr PeNumber kPe = 5;
  static constexpr RealAddr kRtt = 1ull << 40;
  using Hop = std::pair<InitiatorPort*, TargetPort*>;

  explicit Machine(const MachineSpec& spec)
      : checked(spec.checked),
        driver("driver", spec.run_ahead),
        memory("memory", driver, spec.memory, 4, registry),
        phb("phb", driver, spec.phb, engines, 64, registry),
        tce("tce", driver, spec.tce, phb.state().facts(), registry),
        link("link", driver, spec.link, spec.devices, registry),
        host("host", driver, spec.host, phb.state().facts(), spec.drivers, registry) {
    phb.state().apply_firmware_defaults();
    arch::fill_rtt(memory.store(), kRtt, kPe);
    phb.state().write_register(arch::offset_of(arch::Reg::RttBar), kRtt | arch::kBarEnable);
    arch::WindowShape shape;
    shape.levels = 2;
    shape.table_bytes = arch::table_bytes_for(64 * kMiB, 12, 2);
    auto t = std::make_unique<arch::TceTable>(shape, region);
    phb.state().set_tve(kPe * phb.state().tves_per_pe(), arch::encode_translated(t->shape()));
    table_number = host.add_table(std::move(t), kPe, 0);
  }

  arch::TceTable& table() { return host.table(table_number); }
  /// Maps pages [first, first + count) to `real` on, before the run.
  void map(std::uint64_t first, std::uint64_t count, RealAddr real) {
    for (std::uint64_t i = 0; i < count; ++i)
      table().put(memory.store(), first + i, (real + i * 4096) | arch::kTcePermissions);
  }

  /// Binds the hops but those that a test has bound.
  void wire(const std::vector<const InitiatorPort*>& done = {}) {
    const Hop hops[] = {{&link.phb_out, &phb.link_in},        {&phb.mem_out, &memory.port_in(0)},
                        {&phb.tce_out, &tce.phb_in},          {&phb.kill_out, &tce.kill_in},
                        {&tce.walk_out, &memory.port_in(1)},  {&host.mmio_out, &phb.mmio_in},
                        {&host.mem_out, &memory.port_in(2)}};
    for (const auto& [from, to] : hops) {
      bool bound = false;
      for (const InitiatorPort* d : done) bound = bound || d == from;
      if (!bound) connect(*from, *to);
    }
  }
  /// A checker between two sockets if the spec wants one.
  template <class From, class To>
  void connect(From& from, To& to, bool always = false) {
    if (!checked && !always) {
      from.bind(to);
      return;
    }
    checkers.push_back(std::make_unique<standard::ProtocolChecker>(("checker" + std::to_string(checkers.size())).c_str()));
    from.bind(checkers.back()->target);
    checkers.back()->initiator.bind(to);
    hop_names.push_back(std::string(from.name()) + " -> " + to.name());
  }

  std::string violations() const {
    std::string s;
    for (std::size_t i = 0; i < checkers.size(); ++i) {
      const std::string r = checkers[i]->report();
      if (!r.empty()) s += hop_names[i] + ": " + r.substr(0, 400) + "\n";
    }
    return s;
  }
  /// Hops that nothing went through, or where something is still open.
  std::string idle_or_open() const {
    std::string s;
    for (std::size_t i = 0; i < checkers.size(); ++i)
      if (checkers[i]->begun() == 0 || checkers[i]->open() != 0) s += hop_names[i] + "; ";
    return s;
  }
  std::string counters() const {
    std::string s;
    for (const stats::Block* b : registry.blocks())
      for (std::size_t i = 0; i < b->size(); ++i)
        s += std::to_string((*b)[static_cast<stats::Stat>(static_cast<unsigned>(b->first()) + i)]) + " ";
    return s;
  }

  bool checked;
  stats::Registry registry;
  EngineDriver driver;
  memory::Memory memory;
  phb::ReadEngines engines{64};
  phb::Phb phb;
  tce::TceUnit tce;
  pcie::PcieLink link;
  hypervisor::TceAgent host;
  arch::TableRegion region{1ull << 46, 1ull << 40};
  std::uint32_t table_number = 0;
  std::vector<std::unique_ptr<standard::ProtocolChecker>> checkers;
  std::vector<std::string> hop_names;
  std::unique_ptr<IdleInitiator> spare;

  /// For a machine whose fourth memory port nobody uses.
  void idle_memory_port() {
    spare = std::make_unique<IdleInitiator>("spare");
    spare->socket.bind(memory.port_in(3));
  }
};

/// Folds what happens into one number.
class Digest {
 public:
  void add(std::uint64_t v) {
    for (unsigned i = 0; i < 8; ++i) {
      state_ ^= v >> (8 * i) & 0xFF;
      state_ *= 0x100000001B3ull;
    }
    ++items_;
  }
  void add(const unsigned char* p, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      state_ ^= p[i];
      state_ *= 0x100000001B3ull;
    }
  }
  std::string text() const { return std::to_string(items_) + " items, " + std::to_string(state_); }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ull;
  std::uint64_t items_ = 0;
};

/// Folds the completions of a device: time, address, latency, status and, of reads, the bytes.
inline void follow(endpoints::Endpoint& device, EngineDriver& driver, Digest& digest, Tick& last, bool data) {
  device.on_completed = [&driver, &digest, &last, data](const DmaPayload& p) {
    last = driver.now();
    digest.add(driver.now());
    digest.add(p.get_address());
    digest.add(p.ext.real);
    digest.add(driver.now() - p.ext.clock.start_time());
    digest.add(static_cast<std::uint64_t>(p.get_response_status()));
    if (data && p.is_read()) digest.add(p.get_data_ptr(), p.get_data_length());
  };
}

/// Operations given one by one.
class ListedOps final : public endpoints::OpSource {
 public:
  explicit ListedOps(std::vector<endpoints::DmaOp> ops) : ops_(std::move(ops)) {}
  bool next(endpoints::DmaOp& op) override {
    if (at_ == ops_.size()) return false;
    op = ops_[at_++];
    return true;
  }
  void rewind() override { at_ = 0; }

 private:
  std::vector<endpoints::DmaOp> ops_;
  std::size_t at_ = 0;
};

inline endpoints::DmaOp map_op(std::uint64_t page, std::uint64_t count, RealAddr real) {
  endpoints::DmaOp op;
  op.kind = endpoints::DmaOp::Kind::Map;
  op.iova = page << 12;
  op.length = count << 12;
  op.index = page;
  op.count = count;
  op.tce = real | arch::kTcePermissions;
  op.stride = 4096;
  return op;
}
inline endpoints::DmaOp unmap_op(std::uint64_t page, std::uint64_t count) {
  endpoints::DmaOp op = map_op(page, count, 0);
  op.kind = endpoints::DmaOp::Kind::Unmap;
  return op;
}
inline endpoints::DmaOp access_op(arch::Access access, BusAddr at, std::uint64_t length) {
  endpoints::DmaOp op;
  op.iova = at;
  op.length = length;
  op.access = access;
  return op;
}

}  // namespace phbsim::test
