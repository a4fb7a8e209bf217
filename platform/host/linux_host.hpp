// SPDX-License-Identifier: Apache-2.0
/// One Linux kernel that maps and unmaps buffers for its drivers, on CPUs that are busy meanwhile.
///
/// `driver_in(i)`: frames of models/tlm/driver_call.hpp from one device's driver. A call takes one of
/// the device's CPUs, finds bus pages (platform/host/linux/iova_space.hpp, step by step under the
/// locks that these name), sets or clears TCEs and returns. On a hypervisor it makes the hypercalls
/// of host::TceCalls through `hcall_out(cpu)`, the list in its CPU's page in memory (`mem_out`); on
/// bare metal it has `tce_out(cpu)` of the PHB's host agent store and kill.
/// A map that finds no bus pages fails; its driver asks again after an unmap of the domain, one map
/// after the other as long as they find pages; behind one that fails again, those that want less.
/// A frame that no driver could send is answered with an error: a map that exceeds the window (or
/// the most pages of a command), an unmap of what is not mapped.
/// Not modelled: interrupts and preemption, NUMA, the driver's own instructions, scatterlists (each
/// run of memory is a call), swiotlb.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/base/ring_queue.hpp"
#include "models/base/slab.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/hcall_frame.hpp"
#include "models/tlm/map_command.hpp"
#include "models/tlm/ports.hpp"
#include "platform/host/driver_ports.hpp"
#include "platform/host/linux/iova_space.hpp"
#include "platform/host/linux/linux_params.hpp"
#include "platform/host/linux/tce_calls.hpp"

namespace phbsim::host {

/// A window that buffers are mapped in.
struct DomainSpec {
  BusAddr start = 0;         ///< first bus address of the window
  std::uint64_t size = 0;
  unsigned page_shift = 12;
  bool hypervised = false;
  std::uint32_t liobn = 0;   ///< hypervised
  unsigned phb = 0;          ///< bare metal: which tce_out
  std::uint32_t table = 0;   ///< bare metal: table of the PHB's host agent
  BusAddr table_base = 0;    ///< bare metal: bus address of its entry 0
  bool firmware_kills = true;  ///< bare metal: a kill is a firmware call
  bool kill_each_page = false; ///< bare metal: the agent's policy kills page by page
  bool kill_on_map = true;     ///< bare metal: the agent kills after maps, too
};

class LinuxHost final : public sc_core::sc_module,
                        private DriverPorts::Client,
                        private InitiatorPort::Client,
                        private EventHandler {
 public:
  /// `phbs`: PHBs with a host agent, 0 on a hypervisor (then each CPU has an hcall_out).
  LinuxHost(const sc_core::sc_module_name& name, EngineDriver& driver, const LinuxParams& params, unsigned drivers,
            unsigned phbs, stats::Registry& registry);

  TargetPort& driver_in(unsigned i) { return ports_[i]; }
  InitiatorPort& hcall_out(unsigned cpu) { return *cpus_[cpu].hcall_out; }
  /// One port a PHB; calls of all CPUs go through it.
  InitiatorPort& tce_out(unsigned phb) { return *tce_out_[phb]; }
  InitiatorPort mem_out;

  /// Before the run.
  std::uint32_t add_domain(const DomainSpec& spec);
  const IovaSpace& space(std::uint32_t domain) const { return *domains_[domain]->space; }
  std::size_t domains() const { return domains_.size(); }
  const stats::Block& stats() const { return stats_; }
  /// Sets the statistics that tell the state at the end.
  void end_of_run();

 private:
  enum Event : std::uint32_t { kBegin, kGranted, kStepped, kProgram, kKill, kFlush };

  struct Call : PendingCall {
    unsigned cpu = 0;
    Tick begun = 0;
    bool releasing = false;   ///< the IOVA goes back
    bool flushing = false;    ///< the command under way is a flush's kill
    IovaSearch search;
    IovaRelease release;
    IovaStep step;
    int lock = kNoLock;       ///< held
    int wanted = kNoLock;
    Tick asked = 0;
    BusAddr iova = 0;
    std::uint64_t first = 0;
    std::uint64_t pages = 0;
    TcePlan plan;
    std::size_t next = 0;
    bool failed = false;
    std::uint64_t releases = 0;  ///< of its domain when it began to search
  };
  struct Cpu {
    bool busy = false;
    RingQueue<std::uint32_t> waiting;
    std::uint32_t running = 0;
    std::unique_ptr<InitiatorPort> hcall_out;
    DmaPayload payload;
    std::array<unsigned char, HcallFrame::kCallBytes> frame{};
    std::array<unsigned char, 4096> list{};
    enum class Doing : std::uint8_t { List, Hcall, Result, Table } doing = Doing::Hcall;
  };
  struct Lock {
    bool held = false;
    RingQueue<std::uint32_t> waiting;
  };
  struct Domain {
    DomainSpec spec;
    IovaSpaceParams params;
    std::unique_ptr<IovaSpace> space;
    std::vector<Lock> locks;
    struct Starved {
      std::uint32_t id;
      std::uint64_t releases;  ///< of the domain when it looked
      bool no_pages;           ///< found no bus pages; else the hypervisor had no resources
    };
    std::deque<Starved> starved;  ///< maps that found nothing
    std::uint64_t releases = 0;   ///< so far
    std::unordered_map<BusAddr, std::uint64_t> mapped;  ///< bus address, pages
    Tick timer = kNever;
  };

  bool accept(const DriverCall& frame) override;
  void called(const PendingCall& call) override;
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  void queue(std::uint32_t id);
  void begin(std::uint32_t id);
  void advance(std::uint32_t id);
  void acquire(std::uint32_t id, int lock);
  void drop_lock(std::uint32_t id);
  void step(std::uint32_t id);
  void stepped(std::uint32_t id);
  void program(std::uint32_t id);
  void programmed(std::uint32_t id, std::int64_t status);
  void make_hcall(std::uint32_t id);
  void table_command(std::uint32_t id, MapCommand::Kind kind, BusAddr ioba, std::uint64_t count, std::uint64_t tce,
                     std::uint64_t stride);
  void end(std::uint32_t id);
  void starve(std::uint32_t id);
  void retry(Domain& domain, const IovaSearch* failed);
  void free_cpu(unsigned cpu);
  void arm_timer(std::uint32_t domain);
  Domain& domain_of(const Call& c) { return *domains_[c.frame.domain]; }
  void after(Tick delay, Event event, std::uint64_t arg) { engine_.schedule(engine_.now() + delay, this, event, arg); }
  Tick cost_of(const Call& c) const;

  Engine& engine_;
  EngineDriver& driver_;
  LinuxParams params_;
  bool lazy_;
  bool generic_;
  std::unique_ptr<TceCalls> tce_calls_;
  std::unique_ptr<TceCalls> bare_calls_;
  stats::Block stats_;
  DriverPorts ports_;
  std::vector<std::unique_ptr<InitiatorPort>> tce_out_;
  std::vector<Cpu> cpus_;
  std::vector<unsigned> turn_;  ///< by driver: which of its CPUs is next
  std::vector<std::unique_ptr<Domain>> domains_;
  Slab<Call> calls_;
};

}  // namespace phbsim::host
