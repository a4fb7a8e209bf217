// SPDX-License-Identifier: Apache-2.0
/// The IOMMU driver of one PHB on bare metal (powernv): the PEs it has, what their TVEs hold, and how
/// they change while devices do DMA (docs/decisions/0011-attach-order.md).
///
/// Decides only: registers and table entries are changed by an EffectSink. Firmware's part is
/// opal::OpalPhb's. The PHB selects between two TVEs a PE, as every public firmware has it.
/// Not modelled: SR-IOV (each VF a PE of its own; nothing here forbids it), hotplug of PEs, PELT-V,
/// peer-to-peer windows, PHB3's 4 GiB bypass through TVE#0 (ddw-vfio.md 3.5), KVM's in-kernel TCEs.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "models/arch/opal/opal_phb.hpp"
#include "models/arch/power_iommu/domains.hpp"
#include "models/arch/power_iommu/power_device.hpp"
#include "models/arch/power_iommu/power_group.hpp"
#include "models/arch/power_iommu/request.hpp"

namespace phbsim::arch::power_iommu {

struct PowerIommuOptions {
  opal::OpalOptions opal;
  unsigned host_page_shift = 16;             ///< 12 or 16
  std::uint64_t memory_bytes = 16 * kGiB;    ///< end of DRAM; also the most that hotplug reaches
  BusAddr m32_base = 2 * kGiB;               ///< 32-bit MMIO from here to 4 GiB [F 3.5]
  bool host_window = true;                   ///< the kernel's own use of a PE: window 0
  bool host_bypass = true;                   ///< and the bypass window
  bool large_io_pages = false;               ///< told by HW_INFO: iommufd::Layer::large_io_pages
  /// Entries that become valid are invalidated, too: hardware may have cached that they were not
  /// [F Linux does so, phb.md 3.3].
  bool kill_on_map = true;
  /// More pages than this in one go: the whole PE is invalidated [ours].
  unsigned page_kill_limit = 32;
  /// Windows of an HWPT without driver data; empty: one at 0, host pages, 2 GiB or what m32_base leaves.
  std::vector<WindowSpec> default_windows;
};

class PowerIommu {
 public:
  PowerIommu(const PhbState& phb, const TableMemory& memory, EffectSink& sink, const PowerIommuOptions& options = {});
  ~PowerIommu();
  PowerIommu(const PowerIommu&) = delete;
  PowerIommu& operator=(const PowerIommu&) = delete;

  const PhbState& phb() const { return phb_; }
  const GenerationFacts& facts() const { return phb_.facts(); }
  const opal::OpalPhb& firmware() const { return firmware_; }
  const PowerIommuOptions& options() const { return options_; }
  const TableMemory& memory() const { return memory_; }
  EffectSink& sink() { return sink_; }
  PlatformDomain& platform_domain() { return platform_; }
  BlockedDomain& blocked_domain() { return blocked_; }
  const std::vector<WindowSpec>& default_windows() const { return default_windows_; }
  std::uint64_t page_sizes() const;
  WindowLimits limits() const;

  /// A PE, under the kernel's own configuration from then on. UserError for a number that is taken,
  /// the reserved one or beyond the PHB's.
  PowerGroup& add_pe(std::uint32_t group_id, PeNumber pe);
  PowerGroup* find_pe(PeNumber pe);
  /// What the kernel itself uses a PE with; without a window where memory for its table is lacking
  /// [F as Linux].
  PeSetting host_setting();

  /// After a complete reset of the PHB, which empties its tables: TVEs as they were.
  void restore() noexcept;

  // For PowerGroup.
  void move(PowerGroup& group, const PeSetting& to, bool surely);
  void plan_kill(PeNumber pe, const KillRange* ranges, std::size_t count, Effects& effects) const;

 private:
  std::uint64_t tve_word(const PeSetting& setting, unsigned slot, bool middle) const;
  void plan_tve(PeNumber pe, const PeSetting& setting, unsigned slot, bool middle, Effects& effects) const;
  /// Writes of the TVEs that differ from `now`, then the kill.
  void plan_tves(PeNumber pe, const PeSetting& setting, bool middle, const std::array<std::uint64_t, kMaxWindows>& now,
                 Effects& effects) const;
  std::array<std::uint64_t, kMaxWindows> tves(PeNumber pe) const;
  void plan_move(const PowerGroup& group, const PeSetting& to, bool middle, Effects& effects) const;

  const PhbState& phb_;
  TableMemory memory_;
  EffectSink& sink_;
  PowerIommuOptions options_;
  opal::OpalPhb firmware_;
  std::vector<WindowSpec> default_windows_;
  PlatformDomain platform_;
  BlockedDomain blocked_;
  bool middle_ = false;  // window select by 4 GiB is on
  std::map<PeNumber, std::unique_ptr<PowerGroup>> groups_;
};

}  // namespace phbsim::arch::power_iommu
