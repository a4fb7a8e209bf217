// SPDX-License-Identifier: Apache-2.0
/// The PCI host bridge: inbound requests from link to memory, and the registers that rule them.
///
/// A request passes: RID cache (or one RTT fetch), freeze check, top bits and TVE, TCE unit, order
/// behind earlier posted writes of its requester, read or write engines (one 128-byte line each),
/// memory, completions in address order. Decisions are arch::PhbState's; here are queues, engines
/// and latencies. Faults answer the request with an address error and leave a record.
///
/// `link_in`: requests of any length; those of a plain TLM initiator have requester `plain_rid`.
/// `mmio_in`: 8-byte big-endian accesses at the offsets of arch/registers.hpp.
/// Modelled assumptions: an RTT fetch delays its request by one memory read; a write is performed
/// (and answered) when memory has it; a faulting write is dropped whole.
/// Not modelled: outbound loads and stores, page migration, atomics, scope retries, partial-write
/// cost, interrupts beyond counting MSIs, register locks.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/arch/phb_state.hpp"
#include "models/arch/tce_kill.hpp"
#include "models/base/ring_queue.hpp"
#include "models/base/slab.hpp"
#include "models/phb/phb_params.hpp"
#include "models/phb/read_engines.hpp"
#include "models/phb/rid_cache.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::phb {

/// What went through one TVE.
struct WindowTraffic {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t faults = 0;
};

class Phb final : public sc_core::sc_module,
                  private TargetPort::Client,
                  private InitiatorPort::Client,
                  private ReadEngines::Client,
                  private EventHandler {
 public:
  /// `engines` is the PEC's; `stack_limit` of them this PHB may hold at once.
  Phb(const sc_core::sc_module_name& name, EngineDriver& driver, const PhbParams& params, ReadEngines& engines,
      unsigned stack_limit, stats::Registry& registry);

  TargetPort link_in;
  TargetPort mmio_in;
  InitiatorPort tce_out;
  InitiatorPort kill_out;
  InitiatorPort mem_out;

  /// Architected state; set it up before the run, or by mmio_in during it.
  arch::PhbState& state() { return state_; }
  const PhbParams& params() const { return params_; }
  const stats::Block& stats() const { return stats_; }
  const std::vector<WindowTraffic>& windows() const { return windows_; }
  /// The first faults in order of time, at most kKeptFaults; Stat::PhbFaults counts all.
  struct TimedFault {
    Tick at;
    arch::FaultRecord record;
  };
  static constexpr std::size_t kKeptFaults = 1000;
  const std::vector<TimedFault>& faults() const { return faults_; }
  /// Called for each MSI that is delivered.
  std::function<void(std::uint32_t source, Tick at)> on_msi;

  void reset_traffic();

 private:
  enum Event : std::uint32_t { kDecide, kRegister, kRespond };
  enum Owner : std::uint64_t { kLineOwner, kRttOwner, kPestOwner };
  static constexpr std::uint32_t kNone = ~0u;

  /// A part of a request that lies within 4 KiB: what is translated and moved as one.
  struct Job {
    std::uint64_t rtc_epoch = 0;  ///< rtc_epoch_ when its RTT fetch was sent
    arch::Tve tve;                ///< as selected: a later write of the TVT is not this job's
    std::uint32_t request = 0;
    std::uint64_t serial = 0;
    std::uint64_t epoch = 0;
    Rid rid = 0;
    PeNumber pe = kNoPe;
    BusAddr addr = 0;
    unsigned length = 0;
    unsigned offset = 0;  ///< in the request
    bool write = false;
    bool msi = false;
    bool relaxed = false;
    bool all_issued = false;
    arch::Fault fault = arch::Fault::None;
    std::uint32_t tve_index = kNone;
    std::uint32_t source = 0;
    RealAddr real = 0;
    std::uint64_t permissions = 0;
    unsigned page_shift = 12;
    unsigned lines = 0;
    unsigned issued = 0;
    unsigned done = 0;
    std::uint64_t done_mask = 0;
    unsigned in_order = 0;   ///< lines that have arrived without a gap
    unsigned sent = 0;       ///< bytes handed to the completer
    bool translated = false;
    std::uint32_t next_write = kNone;      ///< in its requester's order
    std::uint32_t barrier = kNone;         ///< write that a read must not pass
    std::uint64_t barrier_serial = 0;
    std::uint32_t readers = kNone;         ///< reads that wait for this write
    std::uint32_t next_reader = kNone;
    // Large and rarely all touched: behind what each step looks at.
    DmaPayload tce;  ///< translation request; its clock is the job's
    DmaPayload rtt;
    std::array<unsigned char, 2> rte{};
  };
  struct Request {
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension* ext = nullptr;
    unsigned jobs = 0;
    unsigned held = 0;  ///< jobs still in the receive buffer
    arch::Fault fault = arch::Fault::None;
    bool failed = false;
  };
  struct Line {
    std::uint32_t job = 0;
    unsigned index = 0;
    Tick granted = 0;
    // Large and rarely all touched: behind what each step looks at.
    DmaPayload payload;
    std::array<unsigned char, 16> pest{};
  };
  struct Stream {
    std::uint32_t first = kNone;  ///< writes not yet released to the engines
    std::uint32_t last = kNone;
    std::uint32_t newest = kNone;  ///< newest write of all
    std::uint64_t newest_serial = 0;
  };
  struct RegisterAccess {
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension* ext = nullptr;
  };
  struct Kill {
    DmaPayload payload;
    std::array<unsigned char, 8> bytes{};
  };

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_engine_free() override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  // Stages of a job, in order.
  void begin(std::uint32_t request, unsigned offset, unsigned length);
  void decide(std::uint32_t id);
  void route(std::uint32_t id, std::uint16_t rte, Tick tve_done);
  void translated(std::uint32_t id);
  void fail(std::uint32_t id, arch::Fault fault);
  void ready(std::uint32_t id);
  void release_writes(Stream& stream);
  void queue_read(std::uint32_t id);
  void pump_reads();
  void pump_writes();
  void issue_line(std::uint32_t id);
  void issued_all(std::uint32_t id);
  void line_done(Line& line, std::uint32_t line_id);
  void complete(std::uint32_t id);
  void deliver(std::uint32_t id);
  void finish(std::uint32_t id);
  void record_fault(Job& job, arch::Fault fault);

  void access_register(std::uint32_t id);
  std::uint64_t read_register(std::uint32_t offset);
  void write_register(std::uint32_t offset, std::uint64_t value);
  void begin_sync();
  void write_kill(std::uint64_t value);
  void send_kill(std::uint64_t value);
  std::uint32_t message_data(const Request& r, const Job& job) const;

  EngineDriver& driver_;
  Engine& engine_;
  PhbParams params_;
  arch::PhbState state_;
  RidCache rid_cache_;
  std::uint64_t rtc_epoch_ = 0;  ///< RTC invalidations so far
  ReadEngines& engines_;
  unsigned stack_;
  Tick clock_;
  Tick rid_time_;
  Tick tve_time_;
  Tick completion_time_;
  Tick pipe_free_ = 0;
  unsigned write_engines_free_;
  std::uint64_t serial_ = 0;

  Slab<Request> requests_;
  Slab<Job> jobs_;
  Slab<Line> lines_;
  Slab<RegisterAccess> accesses_;
  Slab<Kill> kills_;
  std::vector<Stream> streams_;
  RingQueue<std::uint32_t> reads_;
  RingQueue<std::uint32_t> writes_;
  std::uint32_t stalled_read_ = kNone;

  // TCE kill slot and DMA sync.
  unsigned kills_pending_ = 0;
  std::uint64_t kill_slot_ = 0;  ///< a command that waits for room in the queue
  RingQueue<std::uint64_t> epoch_jobs_;  ///< jobs in flight by epoch, oldest first
  std::uint64_t oldest_epoch_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t sync_epoch_ = 0;
  std::uint64_t kills_sent_ = 0;
  std::uint64_t kills_done_ = 0;
  std::uint64_t sync_after_ = 0;  ///< kills that must be done before the sync begins; 0: none
  bool sync_started_ = false;

  std::vector<WindowTraffic> windows_;
  std::vector<TimedFault> faults_;
  stats::Block stats_;
};

}  // namespace phbsim::phb
