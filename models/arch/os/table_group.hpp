// SPDX-License-Identifier: Apache-2.0
/// The older interface below VFIO's sPAPR container: TCE tables and windows of one PE
/// (ddw-vfio.md 5.1-5.3). A POWER driver has both this and os::Device.
#pragma once

#include <cstdint>
#include <memory>

#include "models/arch/os/iommu.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::arch::os {

/// One window's TCE table, with or without a window that uses it. May serve several groups.
class TceWindowTable {
 public:
  virtual ~TceWindowTable() = default;

  virtual unsigned page_shift() const = 0;
  virtual BusAddr start() const = 0;            ///< bus address of the first entry
  virtual std::uint64_t bytes() const = 0;      ///< bus addresses it spans
  virtual std::uint64_t allocated() const = 0;  ///< bytes charged for it
  /// Sets one entry and returns the one it replaces (permissions 0: none). No kill. ENOMEM.
  /// Entries count from the one at start(), here and below.
  struct Entry {
    RealAddr real = 0;
    Protection prot;
  };
  virtual Entry exchange(std::uint64_t index, Entry entry) = 0;
  virtual Entry get(std::uint64_t index) const = 0;
  /// No device uses what entries [first, first + count) held before.
  virtual void kill(std::uint64_t first, std::uint64_t count) noexcept = 0;
};

class TableGroup {
 public:
  virtual ~TableGroup() = default;

  virtual Group& group() = 0;
  virtual std::uint32_t tce32_start() const = 0;
  virtual std::uint32_t tce32_size() const = 0;
  virtual std::uint64_t page_sizes() const = 0;       ///< bit mask
  virtual std::uint32_t max_dynamic_windows() const = 0;
  virtual std::uint32_t max_levels() const = 0;
  /// Groups of different platforms cannot share a container (the kernel compares create_table).
  virtual const void* platform() const = 0;

  /// Bytes that creation charges; 0 for what is invalid.
  virtual std::uint64_t table_size(unsigned page_shift, std::uint64_t window_bytes, unsigned levels) const = 0;
  virtual std::shared_ptr<TceWindowTable> create_table(unsigned slot, unsigned page_shift, std::uint64_t window_bytes,
                                                       unsigned levels) = 0;
  virtual void set_window(unsigned slot, const std::shared_ptr<TceWindowTable>& table) = 0;
  virtual void unset_window(unsigned slot) = 0;
};

/// EEH of a group (ddw-vfio.md 4.6): what VFIO's EEH_PE_OP asks for. Values are the ABI's.
class EehGroup {
 public:
  virtual ~EehGroup() = default;
  virtual bool eeh_available() const = 0;          ///< CHECK_EXTENSION, ENABLE
  virtual void enable(bool on) = 0;
  virtual void unfreeze_io() = 0;
  virtual void unfreeze_dma() = 0;
  virtual std::uint32_t state() = 0;               ///< 0 normal, 1 reset, 2 both stopped, 4 DMA stopped, 5 unavailable
  virtual void reset(std::uint32_t how) = 0;       ///< 5 deactivate, 6 hot, 7 fundamental
  virtual void configure() = 0;
  virtual void inject(std::uint32_t type, std::uint32_t function, std::uint64_t addr, std::uint64_t mask) = 0;
};

}  // namespace phbsim::arch::os
