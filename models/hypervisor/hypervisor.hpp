// SPDX-License-Identifier: Apache-2.0
/// The hypervisor of one partition: TCE hypercalls and RTAS calls take time here.
///
/// `guest_in(cpu)`: hypercall frames (models/tlm/hcall_frame.hpp), one socket a CPU, one call at a
/// time each. `mem_out`: lists and TCEs, as bytes. `mmio_out(phb)`: TVEs and kills. What a call
/// answers and changes is arch::papr::Partition's decision; here it costs entry, the lock of its
/// table, reads, work per TCE, the stores, the kill with its completion, exit.
/// A call holds its table's lock from before its reads until its stores are in memory; kills come
/// after it, under the PHB's own lock. RTAS writes its answers when the registers are done.
/// Not modelled: instruction fetch and TLB effects of a call; a lock over all tables of a
/// multi-table call (its stores go out at one instant); H_CONFER, dispatch of virtual CPUs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/arch/papr/partition.hpp"
#include "models/base/ring_queue.hpp"
#include "models/base/slab.hpp"
#include "models/hypervisor/hypervisor_params.hpp"
#include "models/hypervisor/kill_policy.hpp"
#include "models/hypervisor/line_mover.hpp"
#include "models/hypervisor/register_sequencer.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/hcall_frame.hpp"

namespace phbsim::hypervisor {

class Hypervisor final : public sc_core::sc_module,
                         private TargetPort::Client,
                         private LineMover::Client,
                         private RegisterSequencer::Client,
                         private EventHandler {
 public:
  /// `phbs`: facts of the PHBs behind mmio_out(0..), which PeSpec::phb counts.
  Hypervisor(const sc_core::sc_module_name& name, EngineDriver& driver, const HypervisorParams& params,
             arch::papr::Partition& partition, const std::vector<const arch::GenerationFacts*>& phbs, unsigned cpus,
             stats::Registry& registry);

  TargetPort& guest_in(unsigned cpu) { return *ports_[cpu]; }
  InitiatorPort& mem_out = mover_.port;
  InitiatorPort& mmio_out(unsigned phb) { return sequencers_[phb]->port; }

  const stats::Block& stats() const { return stats_; }

 private:
  enum Event : std::uint32_t { kEntered, kLocked, kWorked, kLeft };
  enum class Phase : std::uint8_t { Entering, Fetching, Working, Storing, Killing, Returning };

  /// A CPU's call. One a socket, so it lives with it.
  struct Cpu {
    TargetPort* port = nullptr;
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension* ext = nullptr;
    HcallFrame frame;
    HcallResult result;
    Phase phase = Phase::Returning;
    bool rtas = false;
    arch::papr::HcallArgs call;
    arch::papr::HcallOutcome outcome;
    arch::papr::RtasOutcome rtas_outcome;
    std::uint64_t rtas_buffer = 0;
    RealAddr rtas_cells = 0;  ///< of its answers
    unsigned lines_left = 0;
    unsigned sequences_left = 0;
    std::size_t lock = 0;  ///< 0: none; else 1 + index
    Tick begun = 0;
    Tick asked_lock = 0;
    /// What was read for this call.
    struct Piece {
      RealAddr addr;
      std::array<unsigned char, kMoverLine> bytes;
      unsigned n;
    };
    std::vector<Piece> pieces;
    std::vector<arch::Effects> sequences;  ///< by PHB
  };
  struct Lock {
    std::uint32_t liobn = 0;
    RingQueue<std::uint32_t> queue;  ///< CPUs; the front holds it
  };
  class Fetched;

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void line_done(std::uint64_t owner, bool read, RealAddr addr, const unsigned char* bytes, unsigned n) override;
  void sequence_done(std::uint64_t id, bool ok) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  bool offers(arch::papr::Hcall call) const;
  std::uint64_t tces_of(const arch::papr::HcallArgs& call) const;
  void entered(std::uint32_t cpu);
  void fetch(std::uint32_t cpu);
  void fetched(std::uint32_t cpu);
  void worked(std::uint32_t cpu);
  void perform_rtas(std::uint32_t cpu);
  void answer_rtas(std::uint32_t cpu);
  void stored(std::uint32_t cpu);
  void unlock(std::uint32_t cpu);
  void kill(std::uint32_t cpu);
  void leave(std::uint32_t cpu);
  void left(std::uint32_t cpu);
  void after(Tick delay, Event event, std::uint32_t cpu) { engine_.schedule(engine_.now() + delay, this, event, cpu); }

  Engine& engine_;
  HypervisorParams params_;
  arch::papr::Partition& partition_;
  std::vector<const arch::GenerationFacts*> phbs_;
  stats::Block stats_;
  std::unique_ptr<KillPolicy> policy_;
  LineMover mover_;
  std::vector<std::unique_ptr<RegisterSequencer>> sequencers_;
  std::vector<std::unique_ptr<TargetPort>> ports_;
  std::vector<Cpu> cpus_;
  std::vector<std::unique_ptr<Lock>> locks_;
};

}  // namespace phbsim::hypervisor
