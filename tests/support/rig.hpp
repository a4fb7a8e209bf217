// SPDX-License-Identifier: Apache-2.0
/// A wired system with scripted ends: devices that issue given requests at given times, a CPU that
/// accesses registers at given times. For tests that compute each instant by hand.
///
/// Engine order at one instant is the order of scheduling; the script's own events are scheduled
/// when the test writes them down. A device hangs on its PHB directly unless the spec has a link; those of
/// PhbSpec::mmio_devices are the test's to make.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/tce_table.hpp"
#include "platform/build/layout.hpp"
#include "platform/build/system.hpp"

namespace phbsim::test {

constexpr Rid kRid = 0x0100;            ///< of device 0; device n has kRid + n
constexpr PeNumber kPe = 5;             ///< of device 0; device n is in kPe + n
constexpr BusAddr kUpper = 1ull << 59;  ///< start of a PE's window 1

/// A DMA request of the script and what became of it.
struct Dma {
  Rid rid = 0;
  bool write = false;
  bool relaxed = false;
  BusAddr addr = 0;
  Tick issued = 0;
  std::vector<unsigned char> data;  ///< to write, or read

  Tick done = kNever;
  unsigned rank = 0;  ///< in the order of completion among all of the rig's requests, from 1
  bool ok = false;
  arch::Fault fault = arch::Fault::None;
  PeNumber pe = kNoPe;
  RealAddr real = 0;
  std::uint64_t permissions = 0;
  unsigned page_shift = 0;
  stats::StageTimes stages{};
  Tick released = kNever;  ///< out of the target's receive buffer
  struct Chunk {
    Tick at;
    unsigned bytes;
    bool operator==(const Chunk& o) const { return at == o.at && bytes == o.bytes; }
  };
  std::vector<Chunk> chunks;  ///< completions before the last; only without a link

  bool is_done() const { return done != kNever; }
  Tick latency() const { return done - issued; }
  Tick stage(stats::Stage s) const { return stages[static_cast<unsigned>(s)]; }
};

class Device final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  Device(const sc_core::sc_module_name& name, EngineDriver& driver, Rid rid, unsigned& rank);

  InitiatorPort link_out;

  const Dma& read(Tick at, BusAddr addr, unsigned length = 64);
  const Dma& write(Tick at, BusAddr addr, unsigned length = 64, unsigned char first = 0);
  const Dma& write(Tick at, BusAddr addr, std::vector<unsigned char> data);
  /// The MSI of a source by the 64-bit window.
  const Dma& msi(Tick at, std::uint32_t source);
  /// For requests that need more than that: fill `dma` but its answers.
  const Dma& issue(Tick at, const Dma& dma);
  /// From on_done: sends inside the call, as a device in a closed loop does.
  const Dma& issue_now(const Dma& dma);

  const std::deque<Dma>& all() const { return requests_; }
  Rid rid() const { return rid_; }
  /// Called when a request is done.
  std::function<void(const Dma&)> on_done;

 private:
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_partial(InitiatorPort& port, DmaPayload& payload) override;
  void on_release(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  const Dma& add(Tick at, const Dma& dma);

  EngineDriver& driver_;
  Rid rid_;
  unsigned& rank_;
  std::deque<Dma> requests_;
  std::vector<std::unique_ptr<DmaPayload>> payloads_;  ///< by request
};

/// One access of the processor; of registers if nothing else is said.
struct Access {
  bool write = false;
  std::uint64_t addr = 0;
  unsigned bytes = 8;
  std::uint64_t value = 0;  ///< written, or read: the big-endian number of the bytes
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  Tick issued = 0;
  Tick done = kNever;
  bool is_done() const { return done != kNever; }
};

class Cpu final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  Cpu(const sc_core::sc_module_name& name, EngineDriver& driver);

  InitiatorPort mmio_out;

  const Access& read(Tick at, arch::Reg reg);
  const Access& write(Tick at, arch::Reg reg, std::uint64_t value);
  /// Both writes of a table entry: address register, data register, in this order.
  const Access& write_ioda(Tick at, std::uint64_t address, std::uint64_t value);
  /// Of any address, 1 to 8 bytes.
  const Access& load(Tick at, std::uint64_t addr, unsigned bytes);
  const Access& store(Tick at, std::uint64_t addr, unsigned bytes, std::uint64_t value);

 private:
  struct Slot {
    DmaPayload payload;
    std::array<unsigned char, 8> bytes{};
  };
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  const Access& add(Tick at, std::uint64_t addr, unsigned bytes, bool write, std::uint64_t value);

  EngineDriver& driver_;
  std::deque<Access> accesses_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

/// A translated window with a table of its own, empty at first.
struct Window {
  std::unique_ptr<arch::TceTable> table;
  PeNumber pe = 0;
  BusAddr base = 0;

  unsigned page_shift() const { return table->page_shift(); }
  /// Bus address of a page.
  BusAddr page(std::uint64_t index) const { return base + (index << page_shift()); }
};

// The latencies that rig_spec() sets, for the sums that the tests make of them.
constexpr Tick kNs = kPsPerNs;
constexpr Tick kClock = 1 * kNs;    ///< both units: 1 GHz
constexpr Tick kRidTime = 8 * kNs;  ///< 8 cycles
constexpr Tick kTveTime = 4 * kNs;  ///< 4 cycles
constexpr Tick kFront = kRidTime + kTveTime;
constexpr Tick kLookup = 2 * kNs;   ///< 2 cycles until a miss is known
constexpr Tick kHit = 3 * kNs;      ///< 3 cycles until a hit's answer
constexpr Tick kMem = 250 * kNs;    ///< any read of memory
constexpr Tick kWrite = 40 * kNs;   ///< any write of memory
constexpr Tick kMmio = 100 * kNs;   ///< until a register access has its effect and is answered

/// One PHB4 without link and host agent; memory without channel conflicts (line time 0).
build::SystemSpec rig_spec();
/// The same with a link in front of the PHB.
build::SystemSpec link_spec(unsigned devices = 1);

class Rig final : private EventHandler {
 public:
  explicit Rig(const build::SystemSpec& spec = rig_spec());

  build::System system;
  Device& device(unsigned n = 0, unsigned phb = 0) { return *ends_[phb].devices[n]; }
  Cpu& cpu(unsigned phb = 0) { return *ends_[phb].cpu; }
  Cpu& window(unsigned phb = 0) { return *ends_[phb].window; }  ///< with phb.outbound: at window_in
  Cpu& esb(unsigned phb = 0) { return *ends_[phb].esb; }        ///< and at esb_in

  phb::Phb& phb(unsigned i = 0) { return *system.phbs()[i].phb; }
  tce::TceUnit& tce(unsigned i = 0) { return *system.phbs()[i].tce; }
  pcie::PcieLink& link(unsigned i = 0) { return *system.phbs()[i].link; }
  arch::PhbState& state(unsigned i = 0) { return phb(i).state(); }
  memory::SparseStore& store() { return system.memory().store(); }
  std::uint64_t count(stats::Stat stat, unsigned phb = 0);  ///< of whichever module has it

  // -- the machine as software set it up -------------------------------------------------------
  void assign(Rid rid, PeNumber pe, unsigned phb = 0);
  /// Window 0 or (upper) 1 of a PE, pages of 2^page_shift, tables of `table_bytes` at each level.
  Window translated(PeNumber pe, unsigned levels = 1, bool upper = false, unsigned page_shift = 12,
                    std::uint64_t table_bytes = 64 * kKiB, unsigned phb = 0);
  /// Maps a page; returns its bus address.
  BusAddr map(Window& w, std::uint64_t index, RealAddr real, std::uint64_t permissions = arch::kTcePermissions);
  /// Window 0 or 1 of a PE untranslated: 1 TiB from real address 0.
  void bypass(PeNumber pe, bool upper = true, unsigned phb = 0);
  std::uint64_t bypass_word(bool upper = true, unsigned phb = 0);
  void reg(arch::Reg r, std::uint64_t value, unsigned phb = 0) {
    state(phb).write_register(arch::offset_of(r), value);
  }
  /// Bytes with a pattern of their address.
  void fill(RealAddr addr, unsigned bytes);
  static unsigned char pattern(RealAddr addr) { return static_cast<unsigned char>(addr ^ (addr >> 8) * 7 ^ (addr >> 16) * 31); }
  std::vector<unsigned char> bytes(RealAddr addr, unsigned n);

  // -- time ------------------------------------------------------------------------------------
  Tick now() { return system.engine().now(); }
  void run_to(Tick t);
  void run_for(Tick d) { run_to(now() + d); }
  /// Does something at a time, in the order of scheduling.
  void at(Tick t, std::function<void()> action);
  /// Fetches the RTEs of all devices of a PHB into its RID cache, through an untranslated window 1;
  /// returns the time, a whole number of microseconds at which nothing is under way.
  Tick warm(unsigned phb = 0);

  /// False one picosecond before `t`, true at `t`.
  bool turns_true_at(Tick t, const std::function<bool()>& condition);
  /// A request or access is not done one picosecond before `t`, and is done at `t`.
  bool done_exactly(const Dma& r, Tick t);
  bool done_exactly(const Access& a, Tick t);

  struct Msi {
    std::uint32_t source;
    Tick at;
  };
  std::vector<Msi> msis;
  std::function<void(const Msi&)> on_msi;

 private:
  struct Ends {
    std::vector<std::unique_ptr<Device>> devices;
    std::unique_ptr<Cpu> cpu;
    std::unique_ptr<Cpu> window;
    std::unique_ptr<Cpu> esb;
  };
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  std::vector<Ends> ends_;
  std::deque<std::function<void()>> actions_;
  unsigned rank_ = 0;
};

}  // namespace phbsim::test
