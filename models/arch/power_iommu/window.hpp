// SPDX-License-Identifier: Apache-2.0
/// One DMA window's TCE table, and which PEs translate through it. Serves the paging domains of
/// iommufd, VFIO's sPAPR container and the kernel's own window alike.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/arch/os/table_group.hpp"
#include "models/arch/power_iommu/effect_sink.hpp"
#include "models/arch/tce_table.hpp"

namespace phbsim::arch::power_iommu {

class PowerGroup;

/// Where tables live and who stores their entries. One for all PHBs of a machine: windows may be
/// shared between them.
struct TableMemory {
  TableRegion& region;
  const MemoryView& memory;
  EffectSink& stores;
  /// Largest block that the kernel's allocator gives: more is ENOMEM
  /// [F PAGE_SIZE << MAX_PAGE_ORDER is 16 MiB with 4K and with 64K pages].
  std::uint64_t largest_block = 16 * kMiB;
};

struct WindowSpec {
  BusAddr start = 0;         ///< uapi.hpp: kStartLow, kStartMiddle, kStartHigh
  std::uint64_t bytes = 0;
  unsigned page_shift = 16;
  unsigned levels = 2;

  unsigned slot() const { return start == 0 ? 0 : 1; }
};

/// Shape of the tables behind a window (ddw-vfio.md 3.5); nothing where Linux answers EINVAL.
/// The table of a window at 4 GiB begins at bus address 0 (phb.md 1.4).
std::optional<WindowShape> shape_of(const WindowSpec& spec, unsigned host_page_shift);
/// Bytes of bus address between the first entry of a window's table and the window.
std::uint64_t table_lead(const WindowSpec& spec);

/// TCE bits of a protection: what may be written may be read, as Linux has it on bare metal
/// [F ddw-vfio.md V37].
constexpr std::uint64_t tce_permissions(const os::Protection& prot) {
  return prot.write ? kTcePermissions : prot.read ? kTceRead : 0;
}

/// I/O pages whose translations may still be cached.
struct KillRange {
  BusAddr first = 0;
  std::uint64_t pages = 0;
  unsigned page_shift = 12;
};

class Window final : public os::TceWindowTable {
 public:
  /// EINVAL, ENOMEM.
  Window(const TableMemory& memory, const WindowSpec& spec, unsigned host_page_shift);
  /// No PE has it any more, and each that had it was killed: the memory may serve others.
  ~Window() override;

  const WindowSpec& spec() const { return spec_; }
  const WindowShape& shape() const { return table_.shape(); }
  BusAddr last() const { return spec_.start + (spec_.bytes - 1); }
  std::uint64_t table_bytes() const { return table_.table_bytes(); }

  unsigned page_shift() const override { return spec_.page_shift; }
  BusAddr start() const override { return spec_.start; }
  std::uint64_t bytes() const override { return spec_.bytes; }
  std::uint64_t allocated() const override { return charge_; }
  Entry exchange(std::uint64_t index, Entry entry) override;
  Entry get(std::uint64_t index) const override;
  void kill(std::uint64_t first, std::uint64_t count) noexcept override;

  // Entries by number in the window.
  bool any_set(std::uint64_t first, std::uint64_t count) const;
  /// Lower tables that the entries need. ENOMEM; changes nothing then.
  void ensure(std::uint64_t first, std::uint64_t count);
  /// Sets entries, whose tables are ensured, to pages in a row. `room` keeps what is needed for it.
  void set(std::uint64_t first, std::uint64_t count, RealAddr real, std::uint64_t permissions, Effects& room) noexcept;
  void clear(std::uint64_t first, std::uint64_t count) noexcept;
  /// Effects that one list holds at most.
  static constexpr std::uint64_t kStoresAtOnce = 1 << 16;
  static void reserve(Effects& room, std::uint64_t count);
  /// Real address behind a bus address, as the bytes in memory say.
  std::optional<RealAddr> to_real(BusAddr addr) const;

  // The PEs whose TVE names this table.
  const std::vector<PowerGroup*>& users() const { return users_; }
  void expect_user() { users_.reserve(users_.size() + 1); }
  void add_user(PowerGroup& group) noexcept { users_.push_back(&group); }
  void remove_user(PowerGroup& group) noexcept;

 private:
  std::uint64_t entry_of(std::uint64_t index) const { return lead_ + index; }
  void flush(Effects& room) noexcept;

  TableMemory memory_;
  WindowSpec spec_;
  std::uint64_t lead_;  // entries of the table before the window's first
  std::uint64_t charge_;
  TceTable table_;
  std::vector<PowerGroup*> users_;
};

}  // namespace phbsim::arch::power_iommu
