// SPDX-License-Identifier: Apache-2.0
/// Domains of the mock driver (iommufd.md 10). Their mappings lie in real TCE tables in memory and are
/// read back from there by the same walk that a PHB makes: the selftests' checks of translations are
/// checks of TCE tables.
///
/// The I/O page is 2 KiB (half a host page in 6.12), which no TVE can say: 2^11 stands for "no
/// translation" there. TCEs can: bit 11 belongs to the address once pages are that small [MA].
///
/// Not modelled: larger pages of the first kind of domain, which Linux 7's mock makes where addresses
/// allow it. Nothing but dirty pages could show them.
#pragma once

#include <set>
#include <vector>

#include "models/arch/iommufd/layer.hpp"
#include "models/arch/iommufd/selftest/abi.hpp"
#include "models/arch/iommufd/selftest/memory.hpp"
#include "models/arch/os/iommu.hpp"
#include "models/arch/tce_table.hpp"

namespace phbsim::arch::iommufd::selftest {

class MockDevice;
class MockViommu;

/// What all of them do when a device comes or goes.
void mock_attach(os::Domain& domain, os::Device& device, bool tracks_dirty, MockViommu* viommu);
void mock_attach_pasid(os::Device& device, std::uint32_t pasid);
void mock_detach_pasid(os::Device& device, std::uint32_t pasid) noexcept;

/// Default and blocked domain at once: mock devices do no DMA of their own.
class MockBlocked final : public os::Domain {
 public:
  MockBlocked() : Domain(os::DomainKind::Blocked) {}
  void attach(os::Device& device, os::Domain&) override { mock_attach(*this, device, false, nullptr); }
};

struct MockShape {
  unsigned page_shift = kPageShift;
  std::uint64_t huge_bytes = 0;  ///< 0: no second page size
  bool wide = false;             ///< 2^56 bytes of bus addresses in place of the test's aperture
  bool tracks_dirty = false;
};

class MockDomain final : public os::PagingDomain, private os::DirtyLog {
 public:
  MockDomain(BlockPool& pool, const MockShape& shape);
  ~MockDomain() override;

  void attach(os::Device& device, os::Domain&) override { mock_attach(*this, device, shape_.tracks_dirty, nullptr); }
  void attach_pasid(os::Device& device, std::uint32_t pasid, os::Domain*) override { mock_attach_pasid(device, pasid); }
  void detach_pasid(os::Device& device, std::uint32_t pasid) noexcept override { mock_detach_pasid(device, pasid); }

  const std::vector<os::Aperture>& apertures() const override { return apertures_; }
  std::uint64_t page_sizes() const override { return page_bytes() | shape_.huge_bytes; }
  void map(BusAddr iova, RealAddr real, std::uint64_t bytes, os::Protection prot) override;
  void unmap(BusAddr iova, std::uint64_t bytes) noexcept override;
  void sync() noexcept override {}  // nobody caches these tables
  std::optional<RealAddr> to_real(BusAddr iova) const override;
  os::DirtyLog* dirty() override { return shape_.tracks_dirty ? this : nullptr; }
  /// The capability is not the mock's (iommufd.md 9, DMA_CC).
  bool enforces_coherency() const override { return false; }

  std::uint64_t page_bytes() const { return 1ull << shape_.page_shift; }
  bool mapped(BusAddr iova) const { return tce(iova) != 0; }
  bool tracking() const { return tracking_; }
  /// A device has written the page, large or small, at `iova`.
  void set_dirty(BusAddr iova);

 private:
  void enable(bool on) override;
  bool enabled() const override { return tracking_; }
  void read(BusAddr iova, std::uint64_t bytes, bool keep,
            std::vector<std::pair<BusAddr, std::uint64_t>>& dirty) override;

  std::uint64_t tce(BusAddr iova) const;
  void put(BusAddr iova, std::uint64_t tce);
  /// First byte and length of the page at `iova`.
  std::pair<BusAddr, std::uint64_t> page_at(BusAddr iova) const;

  MockShape shape_;
  Block block_;
  TableRegion region_;
  TceTable table_;
  std::vector<os::Aperture> apertures_;
  std::vector<TceTable::Store> stores_;
  // TCEs have neither a size nor a dirty bit [F], so both are kept beside the table.
  std::set<BusAddr> huge_;
  std::set<BusAddr> dirty_;
  bool tracking_ = false;
};

class MockNested final : public os::NestedDomain {
 public:
  /// `viommu` is null for one that lies on its parent directly.
  MockNested(std::uint32_t iotlb, MockViommu* viommu) : viommu_(viommu) {
    for (std::uint32_t& entry : iotlb_) entry = iotlb;
  }

  void attach(os::Device& device, os::Domain&) override { mock_attach(*this, device, false, viommu_); }
  void attach_pasid(os::Device& device, std::uint32_t pasid, os::Domain*) override { mock_attach_pasid(device, pasid); }
  void detach_pasid(os::Device& device, std::uint32_t pasid) noexcept override { mock_detach_pasid(device, pasid); }
  std::uint32_t invalidate(const os::UserData& array, std::uint32_t entry_bytes, std::uint32_t entries,
                           std::optional<os::Errno>& error) override;
  std::uint32_t iotlb(std::uint32_t entry) const { return iotlb_[entry]; }

 private:
  MockViommu* viommu_;
  std::uint32_t iotlb_[kCacheEntries];
};

}  // namespace phbsim::arch::iommufd::selftest
