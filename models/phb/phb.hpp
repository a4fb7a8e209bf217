// SPDX-License-Identifier: Apache-2.0
/// The PCI host bridge: inbound requests from link to memory, and the registers that rule them.
///
/// A request passes: RID cache (or one RTT fetch), freeze check, top bits and TVE, TCE unit, order
/// behind earlier posted writes of its requester, read or write engines (one 128-byte line each),
/// memory, completions in address order. Decisions are arch::PhbState's; here are queues, engines
/// and latencies. Faults answer the request with an address error and leave a record.
///
/// `link_in`: requests of any length; those of a plain TLM initiator have requester `plain_rid`.
/// `mmio_in`: accesses of 1, 2, 4 and 8 bytes at the offsets of arch/registers.hpp; big-endian, but
/// configuration windows, whose bytes lie little-endian.
/// `window_in` (PhbParams::outbound): the processor's loads and stores of MMIO windows at their real
/// addresses. What the PHB lets pass goes out of `link_out` at its PCI address; a store is answered when
/// the PHB has it, a load by its completion. `esb_in`: ESB pages, from the start of their BAR.
/// Modelled assumptions: an RTT fetch delays its request by one memory read; a write is performed
/// (and answered) when memory has it; a faulting write is dropped whole.
/// [MA] While the link is down or in training, DMA is dropped, loads end as unsupported requests and stores
/// are lost; a store that nobody takes is lost, too: the report of it is the completer's.
/// Not modelled: page migration, atomics, scope retries, partial-write cost, register locks, a limit of
/// outbound tags, write combining.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/arch/checker/checker.hpp"
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
  // With PhbParams::outbound only.
  TargetPort& window_in() { return *window_in_; }
  TargetPort& esb_in() { return *esb_in_; }
  InitiatorPort& link_out() { return *link_out_; }

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
  /// Called for what the interrupt controller is told: by MSIs if interrupts are routed, and by LSIs.
  std::function<void(const arch::Notification&, Tick at)> on_notify;

  /// DMA, windows and messages need the link that state().link() trains; without this the link is
  /// there from the beginning.
  void follow_link();
  /// Whoever reaches state() other than by the sockets during a run calls these before and after: time
  /// passes for the link, and what the change set off takes its course.
  void catch_up();
  void settle();
  /// Accesses by the service bus, at the present time: they work while fenced.
  std::uint64_t scom_read(std::uint32_t offset, unsigned bytes);
  void scom_write(std::uint32_t offset, unsigned bytes, std::uint64_t value);
  /// The link became active, or is no longer. With follow_link().
  std::function<void(bool active)> on_link;
  /// Is told of register accesses, kills, resets and DMA from now on; null: nobody.
  void set_watch(arch::checker::PhbChecker* watch) { watch_ = watch; }
  /// A request of a device or of the processor is under way.
  bool busy() const { return requests_.in_use() + outbounds_.in_use() != 0; }

  /// An error message of a device has arrived: its RTE is fetched if need be, then the PE is known. This and
  /// the next are called from inside the engine.
  void receive_error(Rid rid, arch::ErrorMessage message);
  /// A write of a device has arrived with its data marked as bad.
  void receive_poisoned(Rid rid, BusAddr addr);

  void reset_traffic();

 private:
  enum Event : std::uint32_t { kDecide, kRegister, kRespond, kWindow, kWindowDone, kEsb, kLink, kEnterReset };
  enum Owner : std::uint64_t { kLineOwner, kRttOwner, kPestOwner, kReportOwner };
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
  static constexpr unsigned kWindowBytes = 128;  ///< of a load or store
  /// A load or store of the processor.
  struct Outbound {
    DmaPayload payload;
    std::array<unsigned char, kWindowBytes> bytes{};  ///< of a store, which outlives its answer
    tlm::tlm_generic_payload* origin = nullptr;
    DmaExtension* ext = nullptr;
    PeNumber pe = kNoPe;
  };
  /// An error that a device reports.
  struct Report {
    DmaPayload rtt;
    std::array<unsigned char, 2> rte{};
    arch::Fault fault = arch::Fault::None;
    Rid rid = 0;
    BusAddr addr = 0;
  };

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_engine_free() override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  // Stages of a job, in order.
  void begin(std::uint32_t request, unsigned offset, unsigned length);
  void decide(std::uint32_t id);
  void route(std::uint32_t id, std::uint16_t rte, Tick tve_done, bool cached);
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
  arch::checker::DmaPart watched(const Job& job) const;
  void watch_translation(const Job& job, arch::Fault fault);
  arch::FaultRecord raise(arch::Fault fault, PeNumber pe, Rid rid, BusAddr addr, arch::TransactionType type,
                          std::uint16_t msi_data = 0);
  /// No request gets through: fence, reset, or no link.
  bool closed() const { return state_.fenced() || state_.in_reset() || link_is_down(); }
  bool link_is_down() const;
  void send_notifications();
  Tick present() const;

  Tick on_access(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext);
  bool is_device_config(std::uint32_t offset, unsigned bytes) const;
  void access_register(std::uint32_t id);
  std::uint64_t processor_reads(std::uint32_t offset, unsigned bytes, arch::Path path);
  void processor_writes(std::uint32_t offset, unsigned bytes, std::uint64_t value, arch::Path path);
  std::uint64_t read_register(std::uint32_t offset, unsigned bytes, arch::Path path);
  void write_register(std::uint32_t offset, unsigned bytes, std::uint64_t value, arch::Path path);
  /// State() alone answers: what is timed cannot be reached.
  bool shut(arch::Path path) const { return state_.in_reset() || (state_.fenced() && path == arch::Path::Mmio); }

  // Loads and stores of windows, messages, the link (phb_outbound.cpp).
  void access_window(std::uint32_t id);
  void answer_window(std::uint32_t id, bool ones);
  void window_answered(DmaPayload& payload);
  void fail_load(PeNumber pe, BusAddr addr, arch::Fault fault);
  void access_esb(std::uint32_t id);
  void report(arch::Fault fault, Rid rid, BusAddr addr);
  void reported(std::uint32_t id, std::uint16_t rte);
  void arm_link();
  void enter_reset();
  void write_sync(std::uint64_t value);
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
  Slab<Outbound> outbounds_;
  Slab<Report> reports_;
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
  std::uint64_t sync_kept_ = 0;    ///< complete bits that software wrote back
  std::uint64_t sync_wanted_ = 0;  ///< complete bits that the sync under way sets

  // The processor's side, and time for the link.
  std::unique_ptr<TargetPort> window_in_;
  std::unique_ptr<TargetPort> esb_in_;
  std::unique_ptr<InitiatorPort> link_out_;
  arch::checker::PhbChecker* watch_ = nullptr;
  bool follows_link_ = false;
  bool was_in_reset_ = false;
  bool was_active_ = false;  ///< the link
  Tick link_time_ = 0;  ///< state() knows of the time until here
  Tick link_event_at_ = kNever;
  std::uint64_t notified_ = 0;

  std::vector<WindowTraffic> windows_;
  std::vector<TimedFault> faults_;
  stats::Block stats_;
};

}  // namespace phbsim::phb
