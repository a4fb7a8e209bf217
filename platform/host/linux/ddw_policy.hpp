// SPDX-License-Identifier: Apache-2.0
/// Linux's decision about a dynamic DMA window: enable_ddw() of pSeries (ddw-vfio.md 3.4), without time.
///
/// The firmware is an interface, so a test, a trace or a hypervisor model can answer. Nothing here
/// waits: pauses that Linux would make are reported to the firmware object and summed up.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/papr/device_tree.hpp"
#include "models/base/types.hpp"
#include "platform/host/linux/page_size_order.hpp"
#include "platform/host/linux/tce_calls.hpp"

namespace phbsim::host {

// Errors of reading an extension, as Linux numbers them (1.2).
constexpr int kEInval = -22;
constexpr int kENoData = -61;
constexpr int kEOverflow = -75;

using PropertyValue = std::vector<std::uint8_t>;

struct DdwQuery {
  int status = 0;
  std::uint32_t windows_available = 0;
  std::uint64_t largest_block = 0;  ///< TCEs for the PE
  std::uint32_t page_mask = 0;
  std::uint32_t migration_mask = 0;
};
struct DdwCreated {
  int status = 0;
  std::uint32_t liobn = 0;
  BusAddr start = 0;
};

/// The firmware and the device tree as seen from one PE.
class DdwFirmware {
 public:
  virtual ~DdwFirmware() = default;
  /// Tokens of ibm,ddw-applicable: query, create, remove; nothing if the property is absent.
  virtual std::optional<std::array<std::uint32_t, 3>> applicable() = 0;
  /// Cells of ibm,ddw-extensions, the count first; nothing if absent.
  virtual std::optional<std::vector<std::uint32_t>> extensions() = 0;

  virtual DdwQuery query(unsigned outputs) = 0;  ///< 5, or 6 with a 64-bit count
  virtual DdwCreated create(unsigned page_shift, unsigned window_shift) = 0;
  virtual int remove(std::uint32_t liobn) = 0;
  virtual int reset(bool limited) = 0;           ///< limited: with the 4th argument 1
  virtual long tce(const TceCall& call) = 0;     ///< Put, Indirect or Stuff

  virtual std::optional<PropertyValue> property(std::string_view name) = 0;
  virtual void set_property(std::string_view name, const PropertyValue& value) = 0;
  virtual void delete_property(std::string_view name) = 0;

  /// Linux pauses before it asks again.
  virtual void pause(unsigned /*milliseconds*/) {}
};

struct MemoryRange {
  RealAddr start = 0;
  std::uint64_t bytes = 0;
};

/// What the kernel knows about the machine.
struct DdwMachine {
  std::vector<MemoryRange> ram;      ///< System RAM that is online
  std::uint64_t hotplug_max = 0;     ///< bytes of address space that RAM may ever fill (step 1)
  bool pmem = false;                 ///< any node of type ibm,pmemory
  unsigned max_physmem_bits = 51;    ///< 51 or 46 by kernel configuration (step 10)
  bool disable_ddw = false;          ///< kernel parameter
  bool multitce = true;              ///< else single H_PUT_TCEs
  unsigned busy_pause_ms = 1;        ///< after status -2 [R]
};

/// A dynamic window as Linux remembers it.
struct DdwWindow {
  std::string property;              ///< direct64 or dma64
  std::uint32_t liobn = 0;
  BusAddr base = 0;
  unsigned page_shift = 0;
  unsigned len = 0;                  ///< log2 bytes
  bool direct = false;
  bool dynamic = true;               ///< an iommu_table covers part or all; not in the property
  std::uint64_t dynamic_offset = 0;
};

/// What the functions of one PE share.
struct DdwNode {
  std::vector<DdwWindow> windows;    ///< recorded (step 2)
  bool failed = false;               ///< on the failed list (step 3)
  bool default_in_use = false;       ///< anything mapped in the default table
  // Tables of the PE's group after the last call.
  std::optional<std::uint32_t> table0;  ///< LIOBN of tables[0]; set it before the first call
  std::optional<std::uint32_t> table1;
};

enum class DdwRefusal : std::uint8_t {
  None,
  Disabled,             ///< kernel parameter
  MaskTooSmall,         ///< 32 bits or less
  NodeFailedBefore,
  NotApplicable,        ///< no tokens
  QueryFailed,
  NoLimitedAddressing,  ///< smaller mask and no extension 3, or no reset call
  LimitedResetFailed,
  DefaultInUse,         ///< no window free, default cannot be replaced
  NoDefaultProperty,
  NoResetExtension,     ///< a removal could not be undone
  RemoveFailed,
  NoWindowAvailable,
  NoPageSize,
  CreateFailed,
  MapFailed,            ///< direct map
};
std::string_view to_string(DdwRefusal refusal);

struct DdwCounts {
  unsigned query = 0;
  unsigned create = 0;
  unsigned remove = 0;
  unsigned reset = 0;
  std::uint64_t put = 0;
  std::uint64_t indirect = 0;
  std::uint64_t stuff = 0;
  unsigned busy = 0;          ///< answers -2 and 990x
  std::uint64_t paused_ms = 0;
};

struct DdwResult {
  bool used = false;          ///< there is a dynamic window for this device
  bool reused = false;        ///< recorded before: a sibling's, or inherited at kexec
  std::string property;
  std::uint32_t liobn = 0;
  unsigned page_shift = 0;
  unsigned len = 0;           ///< log2 bytes
  BusAddr base = 0;           ///< dma_offset
  bool direct = false;        ///< enable_ddw()'s answer: RAM is mapped 1:1, DMA needs no mapping
  bool dynamic = false;       ///< a new iommu_table covers [base + dynamic_offset, base + 2^len)
  std::uint64_t dynamic_offset = 0;
  std::optional<BusAddr> bus_dma_limit;
  bool default_removed = false;
  DdwRefusal why_not = DdwRefusal::None;
  DdwCounts calls;
};

/// Value of the two Linux properties: 24 bytes, a hole of 4 after the LIOBN (1.2).
PropertyValue window_property(const DdwWindow& window);
std::optional<DdwWindow> parse_window_property(std::string_view name, const PropertyValue& value);

/// Reads extension `index` (0-based); kEInval, kENoData or kEOverflow (1.2).
int read_extension(DdwFirmware& firmware, unsigned index, std::uint32_t& value);

class DdwPolicy {
 public:
  DdwPolicy(DdwMachine machine, const PageSizeOrder& order);

  DdwMachine& machine() { return machine_; }
  const DdwMachine& machine() const { return machine_; }

  /// Steps 0-18 for a device with this DMA mask.
  DdwResult enable(DdwFirmware& firmware, DdwNode& node, std::uint64_t dma_mask) const;
  /// At boot: records windows that an earlier kernel left, as not direct.
  void find_existing(DdwFirmware& firmware, DdwNode& node) const;
  /// Memory comes: 0, or the answer that vetoes it. Only direct windows follow, and only memory below
  /// the hotplug maximum (not pmem).
  long memory_online(DdwFirmware& firmware, const DdwNode& node, const MemoryRange& range, DdwCounts& calls) const;
  long memory_offline(DdwFirmware& firmware, const DdwNode& node, const MemoryRange& range, DdwCounts& calls) const;
  /// The PE's node goes: clears and removes its window; false if there was none.
  bool detach(DdwFirmware& firmware, DdwNode& node, DdwCounts& calls) const;

 private:
  struct Session;
  void close(DdwFirmware& firmware, const DdwWindow& window, DdwCounts& calls) const;
  bool covered(const MemoryRange& range) const;
  long follow(DdwFirmware& firmware, const DdwNode& node, const MemoryRange& range, bool online, DdwCounts& calls) const;

  DdwMachine machine_;
  const PageSizeOrder& order_;
  std::unique_ptr<TceCalls> tce_;
};

}  // namespace phbsim::host
