// SPDX-License-Identifier: Apache-2.0
/// One kernel that user-space drivers call to map and unmap their memory, on CPUs that are busy
/// meanwhile: iommufd, or VFIO's sPAPR container.
///
/// `driver_in(i)`: frames of models/tlm/driver_call.hpp from one device's driver, which makes the
/// system calls for it (platform/host/vfio/user_mappings.hpp). What they decide is the timing-free
/// kernel's doing; here it costs the calls, the lock of the address space, pins, TCEs, and through
/// `effects_out(phb)` the stores and kills themselves. Bus addresses that are being unmapped are not
/// given out again before the kill is complete.
/// A map that finds no room waits for an unmap of its PE and tries again, in order.
/// Not modelled: interrupts and preemption, NUMA, page faults while pinning, the driver's own work.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/base/ring_queue.hpp"
#include "models/base/slab.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/effect_frame.hpp"
#include "models/tlm/ports.hpp"
#include "platform/host/driver_ports.hpp"
#include "platform/host/vfio/user_mappings.hpp"
#include "platform/host/vfio/vfio_params.hpp"

namespace phbsim::host {

class VfioHost final : public sc_core::sc_module,
                       private DriverPorts::Client,
                       private InitiatorPort::Client,
                       private EventHandler {
 public:
  VfioHost(const sc_core::sc_module_name& name, EngineDriver& driver, const VfioParams& params, unsigned drivers,
           unsigned phbs, stats::Registry& registry);

  TargetPort& driver_in(unsigned i) { return ports_[i]; }
  /// One port a PHB; calls of all CPUs go through it.
  InitiatorPort& effects_out(unsigned phb) { return *effects_out_[phb]; }

  struct DomainSpec {
    std::string name;             ///< of the PE, for error texts
    unsigned phb = 0;             ///< which effects_out
    bool firmware_kills = true;   ///< a kill is a firmware call
    UserMappings* mappings = nullptr;
  };
  /// Before the run; the mappings live as long as this.
  std::uint32_t add_domain(const DomainSpec& spec);
  const stats::Block& stats() const { return stats_; }

 private:
  enum Event : std::uint32_t { kEntered, kGranted, kArea, kDecide, kDone };

  struct Call : PendingCall {
    unsigned cpu = 0;
    Tick begun = 0;
    Tick asked = 0;
    bool locked = false;
    BusAddr iova = 0;
    MappingWork work;
    std::size_t sent = 0;  ///< effects
  };
  struct Cpu {
    bool busy = false;
    RingQueue<std::uint32_t> waiting;
    std::uint32_t running = 0;
    DmaPayload payload;
    std::vector<unsigned char> frame;
  };
  struct Domain {
    DomainSpec spec;
    bool held = false;
    RingQueue<std::uint32_t> waiting;          ///< for the lock
    std::deque<std::uint32_t> starved;         ///< maps that found no room
    std::unordered_map<BusAddr, std::uint64_t> mapped;
  };

  bool accept(const DriverCall& frame) override;
  void called(const PendingCall& call) override;
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  void queue(std::uint32_t id);
  void free_cpu(unsigned cpu);
  void acquire(std::uint32_t id);
  void drop_lock(std::uint32_t id);
  void entered_area(std::uint32_t id);
  void decide(std::uint32_t id);
  bool perform(std::uint32_t id);
  Tick cost_of(const Call& c);
  void send(std::uint32_t id);
  void end(std::uint32_t id);
  Domain& domain_of(const Call& c) { return domains_[c.frame.domain]; }
  void after(Tick delay, Event event, std::uint32_t id) { engine_.schedule(engine_.now() + delay, this, event, id); }

  Engine& engine_;
  VfioParams params_;
  stats::Block stats_;
  DriverPorts ports_;
  std::vector<std::unique_ptr<InitiatorPort>> effects_out_;
  std::vector<Cpu> cpus_;
  std::vector<unsigned> turn_;
  Slab<Call> calls_;
  std::deque<Domain> domains_;
};

}  // namespace phbsim::host
