// SPDX-License-Identifier: Apache-2.0
/// One device of a trace as a stream of operations for the TracePlayer.
///
/// RecordedOps gives what the trace did, at its bus addresses. TransposedOps resolves each access
/// to the real addresses that it reached and gives the same accesses under another window: directly
/// (bus address = base + real address), or with each buffer mapped and unmapped as the trace's
/// driver did, at pages it picks itself or as buffers that the operating system places. A trace whose
/// driver mapped nothing per I/O (a direct window) has each access mapped
/// before and unmapped after it. Both read the file as a stream; memory holds live mappings only.
///
/// Accesses are the lines with a device: da, dr, dt with their lengths, dd with 16 bytes (one
/// receive descriptor or TRB). NVMe direction comes from the command before it (bits 1:0 of the
/// opcode say which way data goes). Queue entries and doorbells, whose length a trace does not
/// tell, are not replayed.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/iova/iova_allocator.hpp"
#include "models/endpoints/op_source.hpp"
#include "models/memory/sparse_store.hpp"
#include "platform/traces/machine.hpp"
#include "platform/traces/trace_file.hpp"

namespace phbsim::traces {

constexpr unsigned kDescriptorBytes = 16;

/// A run of real addresses that one access covers without a gap.
struct RealRun {
  RealAddr real = 0;
  std::uint64_t bytes = 0;
};

/// Follows a trace and stops at what concerns one device.
class DeviceStream {
 public:
  struct Item {
    enum class Kind : std::uint8_t { Change, Access };
    Kind kind = Kind::Access;
    MappingChange change;
    BusAddr iova = 0;
    std::uint64_t length = 0;
    arch::Access access = arch::Access::Read;
  };

  /// Throws UserError if the trace has no such device; the text lists those it has.
  DeviceStream(const std::string& path, const std::string& device);

  bool next(Item& item);
  void rewind();
  /// Real runs behind `length` bytes at `iova` at this point of the trace.
  std::vector<RealRun> resolve(BusAddr iova, std::uint64_t length) const;
  const Machine& machine() const { return *machine_; }
  const Survey::Device& device() const { return device_; }
  std::string where() const;

 private:
  void restart();

  TraceFile file_;
  Survey survey_;
  Survey::Device device_;
  std::unique_ptr<memory::SparseStore> memory_;
  std::unique_ptr<Machine> machine_;
  std::vector<Action> actions_;
  std::uint64_t opcode_ = 0;
};

/// The windows a device had at its first access.
struct RecordedWindow {
  unsigned select = 0;
  arch::Tve tve;
  std::uint64_t word = 0;
};
struct RecordedSetup {
  bool tve1_above_4g = false;
  std::vector<RecordedWindow> windows;
  std::vector<MappingChange> before;  ///< mappings made before the first access and still there
};
RecordedSetup recorded_setup(const std::string& path, const std::string& device);

class RecordedOps final : public endpoints::OpSource {
 public:
  struct Table {
    std::uint32_t table = 0;  ///< of the host agent
    BusAddr base = 0;         ///< bus address of entry 0
    unsigned page_shift = 12;
  };
  /// `tables` by TVE select; those missing are bypass.
  RecordedOps(const std::string& path, const std::string& device, std::map<unsigned, Table> tables);
  bool next(endpoints::DmaOp& op) override;
  void rewind() override;

 private:
  DeviceStream stream_;
  std::map<unsigned, Table> tables_;
  bool started_ = false;  ///< the first access has come
};

/// Where transposed accesses go.
struct TargetWindow {
  bool direct = true;
  BusAddr base = 0;  ///< direct: bus address of real address 0; else of the table's entry 0
  std::uint64_t memory_bytes = 0;  ///< direct: what the window maps
  // Per-I/O mapping.
  std::uint32_t table = 0;
  unsigned page_shift = 12;
  std::uint64_t first_page = 0;  ///< pages of the window in its table: [first_page, first_page + pages)
  std::uint64_t pages = 0;
  std::string allocator = "next_fit";
  bool by_buffer = false;  ///< the operating system finds the pages: operations on buffers
};

class TransposedOps final : public endpoints::OpSource {
 public:
  TransposedOps(const std::string& path, const std::string& device, const TargetWindow& target);
  bool next(endpoints::DmaOp& op) override;
  void rewind() override;

 private:
  /// One run of a buffer in the new window.
  struct Placed {
    RealRun run;
    std::uint64_t page = 0;   ///< in the table
    std::uint64_t pages = 0;
    BusAddr iova = 0;         ///< of run.real; in a buffer: 0
    std::uint32_t buffer = endpoints::kNoBuffer;
  };
  /// What one mapping call of the trace mapped.
  struct Buffer {
    BusAddr iova = 0;
    std::uint64_t bytes = 0;
    std::uint64_t left = 0;  ///< bytes not yet unmapped
    std::vector<Placed> placed;
  };

  void handle(const DeviceStream::Item& item);
  void map_change(const MappingChange& change);
  void unmap_range(BusAddr iova, std::uint64_t bytes);
  void drop(const Buffer& buffer);
  Placed place(const RealRun& run, std::uint64_t permissions);
  void remove(const Placed& placed);
  void access(BusAddr iova, std::uint64_t bytes, arch::Access access);
  void access_mapped(BusAddr iova, std::uint64_t bytes, arch::Access access);
  void emit_in_buffer(const Buffer& buffer, const RealRun& run, arch::Access access);
  void emit(BusAddr iova, std::uint64_t bytes, arch::Access access, std::uint32_t buffer = endpoints::kNoBuffer);

  DeviceStream stream_;
  TargetWindow target_;
  std::unique_ptr<arch::IovaAllocator> allocator_;
  std::map<BusAddr, Buffer> buffers_;  ///< by bus address in the trace
  std::deque<endpoints::DmaOp> ops_;
  std::deque<std::uint32_t> free_buffers_;  ///< longest free first, so that a map rarely waits for an unmap
  std::uint32_t next_buffer_ = 0;
};

}  // namespace phbsim::traces
