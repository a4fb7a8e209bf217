// SPDX-License-Identifier: Apache-2.0
/// The kinds of domain of a POWER IOMMU, each with its own operations (ddw-vfio.md 5.6 (f), (g)).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/arch/os/iommu.hpp"
#include "models/arch/power_iommu/power_group.hpp"

namespace phbsim::arch::power_iommu {

class PowerIommu;

/// The kernel's own use: window 0 for the DMA API, bypass at 2^59. Never refuses.
class PlatformDomain final : public os::Domain {
 public:
  explicit PlatformDomain(PowerIommu& iommu) : Domain(os::DomainKind::Platform), iommu_(iommu) {}
  void attach(os::Device& device, os::Domain& from) override;

 private:
  PowerIommu& iommu_;
};

/// No window and no bypass: all DMA faults. Never refuses and needs no memory.
class BlockedDomain final : public os::Domain {
 public:
  explicit BlockedDomain(PowerIommu& iommu) : Domain(os::DomainKind::Blocked), iommu_(iommu) {}
  void attach(os::Device& device, os::Domain& from) override;

 private:
  PowerIommu& iommu_;
};

/// One or two windows, shared by all PEs of the PHB that are under the domain.
class PowerPagingDomain final : public os::PagingDomain {
 public:
  /// Windows in ascending order, checked (request.hpp). ENOMEM.
  PowerPagingDomain(PowerIommu& iommu, const std::vector<WindowSpec>& windows);
  ~PowerPagingDomain() override;

  void attach(os::Device& device, os::Domain& from) override;
  const std::vector<os::Aperture>& apertures() const override { return apertures_; }
  /// The largest page of the windows alone: an IOAS has one alignment, and it must suit all of them.
  std::uint64_t page_sizes() const override { return page_sizes_; }
  void map(BusAddr iova, RealAddr real, std::uint64_t bytes, os::Protection prot) override;
  void unmap(BusAddr iova, std::uint64_t bytes) noexcept override;
  void sync() noexcept override;
  std::optional<RealAddr> to_real(BusAddr iova) const override;

  const PeSetting& setting() const { return setting_; }
  std::uint64_t table_bytes() const;

 private:
  /// Part of a range of bus addresses that lies in one window.
  struct Part {
    Window* window = nullptr;
    BusAddr first = 0;
    std::uint64_t bytes = 0;

    std::uint64_t index() const { return (first - window->start()) >> window->page_shift(); }
    std::uint64_t pages() const { return bytes >> window->page_shift(); }
  };
  struct Parts {
    std::array<Part, kMaxWindows> part;
    std::size_t count = 0;
    const Part* begin() const { return part.data(); }
    const Part* end() const { return part.data() + count; }
  };
  Parts split(BusAddr iova, std::uint64_t bytes) const noexcept;
  const std::vector<PowerGroup*>& groups() const;
  void kill(const KillRange* ranges, std::size_t count) noexcept;

  PowerIommu& iommu_;
  PeSetting setting_;
  std::vector<Window*> windows_;  // of the setting, ascending
  std::vector<os::Aperture> apertures_;
  std::uint64_t page_sizes_ = 0;
  // Cleared entries that no kill has followed yet; too many pieces: all of the PE.
  static constexpr std::size_t kMaxPending = 8;
  std::array<KillRange, kMaxPending> pending_;
  std::size_t pendings_ = 0;
  bool pending_all_ = false;
};

}  // namespace phbsim::arch::power_iommu
