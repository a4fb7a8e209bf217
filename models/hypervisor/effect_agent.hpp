// SPDX-License-Identifier: Apache-2.0
/// The CPU side of one PHB for software that decides elsewhere: carries out lists of effects.
///
/// `host_in`: a write of effects (models/tlm/effect_frame.hpp), answered when all of them are done.
/// Lists of several callers are under way at once, each in its own order: stores in a row go out
/// together and are in memory before a register access follows; the registers of the PHB are used
/// under its lock, a run of accesses at a time.
/// Not modelled: the instructions of whoever sends the list (its cost is the sender's).
#pragma once

#include <memory>
#include <vector>

#include "models/arch/effect.hpp"
#include "models/base/slab.hpp"
#include "models/hypervisor/line_mover.hpp"
#include "models/hypervisor/register_sequencer.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/effect_frame.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::hypervisor {

class EffectAgent final : public sc_core::sc_module,
                          private TargetPort::Client,
                          private LineMover::Client,
                          private RegisterSequencer::Client {
 public:
  EffectAgent(const sc_core::sc_module_name& name, EngineDriver& driver, Tick poll_interval, unsigned ports,
              stats::Registry& registry);

  TargetPort& host_in(unsigned i) { return *ports_[i]; }
  InitiatorPort& mem_out = mover_.port;
  InitiatorPort& mmio_out = sequencer_.port;

  const stats::Block& stats() const { return stats_; }

 private:
  struct List {
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension* ext = nullptr;
    TargetPort* port = nullptr;
    Tick begun = 0;
    arch::Effects effects;
    std::size_t next = 0;
    arch::Effects registers;     ///< the run of accesses under way
    std::size_t lines_left = 0;  ///< of the stores under way
  };

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void line_done(std::uint64_t owner, bool read, RealAddr addr, const unsigned char* bytes, unsigned n) override;
  void sequence_done(std::uint64_t id, bool ok) override;

  void advance(std::uint32_t id);
  void store(std::uint32_t id);
  void stored(std::uint32_t id);
  void done(std::uint32_t id, tlm::tlm_response_status status);

  Engine& engine_;
  stats::Block stats_;
  LineMover mover_;
  RegisterSequencer sequencer_;
  std::vector<std::unique_ptr<TargetPort>> ports_;
  Slab<List> lists_;
  std::vector<arch::Effect> row_;
};

}  // namespace phbsim::hypervisor
