// SPDX-License-Identifier: Apache-2.0
/// A partitionable endpoint as the host's kernel drives it: the IOMMU group of its devices, the table
/// group below VFIO's sPAPR container, and its EEH state.
///
/// Not modelled of EEH: resets of the link or of devices (a reset freezes the PE, its end unfreezes
/// it), the state "reset active", recovery by the host (5 is answered for a fenced PHB and for MMIO
/// stopped alone), configuration space blocked during a reset, error logs, parents' freezes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "models/arch/os/table_group.hpp"
#include "models/arch/power_iommu/uapi.hpp"
#include "models/arch/power_iommu/window.hpp"

namespace phbsim::arch::power_iommu {

class PowerIommu;

/// What the two TVEs of a PE are to hold.
struct PeSetting {
  std::array<std::shared_ptr<Window>, kMaxWindows> windows;  ///< by slot
  std::uint64_t bypass_bytes = 0;  ///< of TVE#1, where it has no window
  bool kernels_own = false;        ///< the host's: takes what the PHB's window select leaves of it

  bool middle() const { return windows[1] != nullptr && windows[1]->start() == kStartMiddle; }
  /// Works only while address bit 59 selects the TVE.
  bool needs_bit59() const {
    return bypass_bytes != 0 || (windows[1] != nullptr && !middle()) ||
           (windows[0] != nullptr && windows[0]->bytes() > kStartMiddle);
  }
};

class PowerGroup final : public os::Group, public os::TableGroup, public os::EehGroup {
 public:
  /// Made by PowerIommu::add_pe.
  PowerGroup(PowerIommu& iommu, std::uint32_t id, PeNumber pe);
  ~PowerGroup() override;

  PowerIommu& iommu() { return iommu_; }
  PeNumber pe() const { return pe_; }
  const PeSetting& setting() const { return setting_; }
  bool under(const os::Domain& domain) const { return holder_ == &domain; }
  /// Puts the PE under `holder` with its setting. EBUSY, EIO, EINVAL, ENOMEM; changes nothing then.
  void place(const os::Domain& holder, const PeSetting& setting);
  /// The same where it may not fail: a PHB that is fenced gets the setting with its reset.
  void place_surely(const os::Domain& holder, const PeSetting& setting) noexcept;
  /// No device of the PE uses what the entries held before; `count` 0: any entry.
  void kill(const KillRange* ranges, std::size_t count) noexcept;

  // os::TableGroup, as Linux has it on bare metal (ddw-vfio.md 5.2). The group has to be claimed.
  os::Group& group() override { return *this; }
  std::uint32_t tce32_start() const override { return 0; }
  std::uint32_t tce32_size() const override;
  std::uint64_t page_sizes() const override;
  std::uint32_t max_dynamic_windows() const override { return kMaxWindows; }
  std::uint32_t max_levels() const override { return kMaxLevels; }
  const void* platform() const override;
  std::uint64_t table_size(unsigned page_shift, std::uint64_t window_bytes, unsigned levels) const override;
  std::shared_ptr<os::TceWindowTable> create_table(unsigned slot, unsigned page_shift, std::uint64_t window_bytes,
                                                   unsigned levels) override;
  /// EPERM for a table of another platform, EBUSY while the group is under another domain than the
  /// blocked one or the slot has a table, EINVAL if the table's start is not the slot's [ours].
  void set_window(unsigned slot, const std::shared_ptr<os::TceWindowTable>& table) override;
  void unset_window(unsigned slot) override;

  // os::EehGroup (ddw-vfio.md 4.6)
  bool eeh_available() const override { return true; }
  void enable(bool on) override { eeh_on_ = on; }
  bool enabled() const { return eeh_on_; }
  void unfreeze_io() override;
  void unfreeze_dma() override;
  std::uint32_t state() override;
  void reset(std::uint32_t how) override;
  void configure() override;
  void inject(std::uint32_t type, std::uint32_t function, std::uint64_t addr, std::uint64_t mask) override;

 private:
  friend class PowerIommu;
  void set_frozen(bool mmio, bool dma);

  PowerIommu& iommu_;
  PeNumber pe_;
  PeSetting setting_;
  const os::Domain* holder_;
  bool eeh_on_ = true;
};

}  // namespace phbsim::arch::power_iommu
