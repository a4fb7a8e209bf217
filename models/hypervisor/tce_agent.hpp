// SPDX-License-Identifier: Apache-2.0
/// The CPU side of mapping: stores TCEs into the tables in memory and kills the cached ones.
///
/// `host_in`: a write of a command frame (below); answered when the TCEs are stored and the kill is
/// complete. A command takes a CPU; the kill sequence (slot free, kill, DMA sync, both polls) is
/// done under the PHB's lock, one at a time, as firmware does (phb.md 4.2, 7.6).
/// Commands for one PHB; the tables are given to it before the run by add_table().
/// Not modelled: the instructions of whoever sends the commands (platform/host), windows made while
/// it runs (the hypervisor does that).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/arch/tce_table.hpp"
#include "models/base/ring_queue.hpp"
#include "models/base/slab.hpp"
#include "models/hypervisor/agent_params.hpp"
#include "models/hypervisor/kill_policy.hpp"
#include "models/hypervisor/line_mover.hpp"
#include "models/hypervisor/register_sequencer.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/map_command.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::hypervisor {

class TceAgent final : public sc_core::sc_module,
                       private TargetPort::Client,
                       private LineMover::Client,
                       private RegisterSequencer::Client,
                       private EventHandler {
 public:
  TceAgent(const sc_core::sc_module_name& name, EngineDriver& driver, const AgentParams& params,
           const arch::GenerationFacts& facts, unsigned ports, stats::Registry& registry);

  TargetPort& host_in(unsigned i) { return *ports_[i]; }
  InitiatorPort& mem_out = mover_.port;
  InitiatorPort& mmio_out = sequencer_.port;

  /// A window's table: entry 0 is bus address `base` of the PE.
  std::uint32_t add_table(std::unique_ptr<arch::TceTable> table, PeNumber pe, BusAddr base);
  arch::TceTable& table(std::uint32_t i) { return *tables_[i].table; }
  const stats::Block& stats() const { return stats_; }
  /// Bytes of TCE tables that exist now.
  std::uint64_t table_bytes() const;

 private:
  enum Event : std::uint32_t { kDone };

  struct Table {
    std::unique_ptr<arch::TceTable> table;
    PeNumber pe;
    BusAddr base;
  };
  struct Command {
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension* ext = nullptr;
    TargetPort* port = nullptr;
    MapCommand command;
    Tick begun = 0;
    std::vector<arch::TceTable::Store> stores;
    std::size_t stores_left = 0;
    std::vector<std::uint64_t> kills;
    arch::Effects sequence;
  };

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void line_done(std::uint64_t owner, bool read, RealAddr addr, const unsigned char* bytes, unsigned n) override;
  void sequence_done(std::uint64_t id, bool ok) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  void start_commands();
  void run(std::uint32_t id);
  void stored(std::uint32_t id);
  void done(std::uint32_t id, tlm::tlm_response_status status);

  Engine& engine_;
  AgentParams params_;
  const arch::GenerationFacts& facts_;
  stats::Block stats_;
  std::unique_ptr<KillPolicy> policy_;
  LineMover mover_;
  RegisterSequencer sequencer_;
  std::vector<std::unique_ptr<TargetPort>> ports_;
  std::vector<Table> tables_;
  Slab<Command> commands_;
  RingQueue<std::uint32_t> waiting_;  ///< for a CPU
  unsigned cpus_free_;
};

}  // namespace phbsim::hypervisor
