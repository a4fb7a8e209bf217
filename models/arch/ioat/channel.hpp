// SPDX-License-Identifier: Apache-2.0
/// The channel of an I/OAT function: its registers, and the engine that follows a chain of descriptors. No time
/// here: the engine says which DMA requests it would make now (next), and is told how each ended (done).
///
/// A chain begins at CHAINADDR; DMACOUNT is how many descriptors of it there are so far, modulo 2^16. Writing
/// CHAINADDR arms an idle channel and begins to count again, DMACOUNT starts it.  [F: Linux and DPDK rely on it]
///
/// A descriptor is fetched, its source read in pieces, each piece written once it was read; then it completes:
/// CHANSTS tells its address, CHANCMP's doubleword gets the same if it asks for that, the interrupt follows.
/// Completion is in order. Descriptors overlap in execution unless one has a fence.
///
/// A DMA error halts the channel once what precedes its descriptor has completed and nothing is under way:
/// CHANERR, CHANSTS, and (by CHANCTRL) a last completion write and an interrupt. CHANSTS names the last good one.
///
/// [MA] Pieces are `chunk` bytes and do not cross a multiple of it in the source. A posted write that fails is seen
/// by the engine, as one on the host's own die sees it. Any error halts, whatever ANY_ERR_ABORT_EN says. Suspended:
/// descriptors that have begun complete, later ones are fetched again on RESUME.
/// Not modelled: XOR, PQ, DIF and CRC operations, DCA, page breaks, snoop control, CHANERRMASK's effect,
/// interrupt delay, commands of version 1 (START, APPEND, ABORT).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/arch/ioat/descriptor.hpp"
#include "models/arch/ioat/registers.hpp"
#include "models/arch/tce.hpp"
#include "models/base/ring_queue.hpp"

namespace phbsim::arch::ioat {

struct ChannelOptions {
  unsigned slots = 16;   ///< pieces under way: being read, or being written
  unsigned chunk = 512;  ///< bytes of a piece, a power of two
  unsigned depth = 8;    ///< descriptors fetched and not completed; 1: none is fetched ahead
  bool sees_write_errors = true;  ///< false: as a device behind a PCIe link, which gets no answer to a write
};

/// A DMA request. `data` stays valid until done(tag).
struct Request {
  enum class Purpose : std::uint8_t { Descriptor, Source, Destination, Completion, Interrupt };
  unsigned tag = 0;
  Purpose purpose = Purpose::Descriptor;
  Access access = Access::Read;
  BusAddr addr = 0;      ///< Interrupt: to be filled by the function, with its 4 bytes of data
  unsigned length = 0;
  unsigned char* data = nullptr;
};

class Channel {
 public:
  explicit Channel(const ChannelOptions& options);

  /// Tags are below this.
  unsigned tags() const { return options_.slots + 1 + static_cast<unsigned>(reports_.size()); }

  std::uint64_t read(Reg reg) const;
  /// `mask`: bits that the access covers; `value` has no others.
  void write(Reg reg, std::uint64_t mask, std::uint64_t value);

  /// A request that can be made now; false if there is none. Nothing is asked for twice.
  bool next(Request& request);
  void done(unsigned tag, bool ok);
  /// Raises an interrupt once more, after what was sent before; false while there is no room for it.
  bool raise();
  /// As a function-level reset, for the channel.
  void reset();

  /// Nothing is under way, and next() has nothing.
  bool quiet() const { return in_flight_ == 0 && report_queue_.empty() && !busy(); }
  std::uint64_t completed() const { return completed_; }  ///< descriptors, ever

 private:
  struct Job {
    BusAddr addr = 0;
    Descriptor d;
    std::uint32_t issued = 0;
    std::uint32_t moved = 0;
    bool fetched = false;
    Error error = Error::None;
  };
  struct Slot {
    std::uint64_t job = 0;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    bool dead = false;  ///< its descriptor is gone
    bool writing = false;
  };
  /// A completion or an interrupt on its way.
  struct Report {
    Request::Purpose purpose = Request::Purpose::Completion;
    BusAddr addr = 0;
    std::array<unsigned char, 8> bytes{};
  };

  std::uint64_t& reg(Reg r) { return regs_[static_cast<unsigned>(r)]; }
  std::uint64_t reg(Reg r) const { return regs_[static_cast<unsigned>(r)]; }
  Job& job(std::uint64_t serial) { return jobs_[serial % jobs_.size()]; }
  unsigned char* bytes_of(unsigned slot) { return data_.data() + std::size_t{slot} * options_.chunk; }
  std::uint16_t left(std::uint16_t counted) const { return static_cast<std::uint16_t>(reg(Reg::DmaCount) - counted); }
  bool busy() const { return status_ == Status::Active || resetting_; }

  bool next_report(Request& r);
  bool next_write(Request& r);
  bool next_fetch(Request& r);
  bool next_piece(Request& r);
  bool startable();
  void fetched(bool ok);
  void fail_job(std::uint64_t serial, Error error);
  void stop_at(std::uint64_t serial);
  void settle();
  void complete_head();
  void halt();
  void drop_jobs();
  void command(std::uint64_t value);
  void chain_written();
  void report_completion(Status status);
  void interrupt();

  ChannelOptions options_;
  std::array<std::uint64_t, kRegs> regs_{};
  Status status_ = Status::Halted;
  BusAddr completed_addr_ = 0;
  bool interrupted_ = false;
  bool suspending_ = false;
  bool resetting_ = false;

  // The chain. Jobs head_ .. tail_ - 1 are known, head_ .. moving_ - 1 have begun with all of their pieces.
  BusAddr next_addr_ = 0;
  bool first_ = true;            ///< next_addr_ is CHAINADDR
  std::uint16_t taken_ = 0;      ///< descriptors fetched, of DMACOUNT
  std::uint16_t executed_ = 0;   ///< descriptors completed, of DMACOUNT
  std::vector<Job> jobs_;
  std::uint64_t head_ = 0;
  std::uint64_t moving_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t failed_ = kNoJob;  ///< the first that cannot complete
  Error report_error_ = Error::None;
  static constexpr std::uint64_t kNoJob = ~0ull;
  static constexpr unsigned kReportsOfOne = 2;  ///< a descriptor, or a failure: a completion and an interrupt

  std::vector<Slot> slots_;
  std::vector<unsigned char> data_;  ///< of the slots
  std::vector<unsigned> free_slots_;
  RingQueue<unsigned> full_;  ///< slots that were read and not yet written
  std::array<unsigned char, kDescriptorBytes> fetch_{};
  bool fetching_ = false;
  bool fetch_dead_ = false;
  std::vector<Report> reports_;
  std::vector<unsigned> free_reports_;
  RingQueue<unsigned> report_queue_;
  unsigned in_flight_ = 0;
  std::uint64_t completed_ = 0;
};

}  // namespace phbsim::arch::ioat
