// SPDX-License-Identifier: Apache-2.0
/// A PE as the kernel of a partition drives it: its windows are the hypervisor's, made and removed by
/// RTAS, their entries set by hypercalls (ddw-vfio.md 5.3; Linux 6.11 and later). What RTAS and
/// hypercalls do, papr::Partition decides.
///
/// Not modelled: paging domains (alloc_paging is EOPNOTSUPP; docs/ppc64-iommufd.md, open questions),
/// device-tree nodes of bridges, the split window of SR-IOV with persistent memory, EEH, calls that are
/// answered "busy" (a failure here, Linux repeats them).
#pragma once

#include <array>
#include <memory>
#include <string>

#include "models/arch/os/table_group.hpp"
#include "models/arch/papr/partition.hpp"
#include "models/arch/power_iommu/effect_sink.hpp"

namespace phbsim::arch::power_iommu {

class PseriesGroup;

/// Where a PE of the partition is, and who carries out what its hypervisor decides.
struct PseriesPe {
  papr::Partition& partition;
  const PhbState& phb;
  const MemoryView& memory;
  EffectSink& sink;
  std::uint64_t buid = 0;
  std::uint32_t config_addr = 0;
};

/// A window that the hypervisor opened. Entries name the partition's own (logical) addresses.
class PseriesWindow final : public os::TceWindowTable {
 public:
  explicit PseriesWindow(PseriesGroup& group) : group_(group) {}

  std::uint32_t liobn() const { return liobn_; }
  unsigned page_shift() const override { return page_shift_; }
  BusAddr start() const override { return start_; }
  std::uint64_t bytes() const override { return bytes_; }
  std::uint64_t allocated() const override;
  /// EIO where the hypervisor refuses.
  Entry exchange(std::uint64_t index, Entry entry) override;
  Entry get(std::uint64_t index) const override;
  /// The hypervisor's business, done with each call.
  void kill(std::uint64_t, std::uint64_t) noexcept override {}

 private:
  friend class PseriesGroup;
  void clear_all();

  PseriesGroup& group_;
  std::uint32_t liobn_ = 0;
  BusAddr start_ = 0;
  std::uint64_t bytes_ = 0;
  unsigned page_shift_ = 12;
};

class PseriesGroup final : public os::Group, public os::TableGroup {
 public:
  /// The partition has the PE already, with its default window.
  PseriesGroup(std::uint32_t id, const PseriesPe& pe);

  /// The kernel's own use of a dynamic window, in place of the default one where the platform has no
  /// other. `direct`: mapped once and for all, without a table of the kernel. ENODEV.
  void host_opens_window(unsigned page_shift, unsigned window_shift, bool direct);
  /// From the kernel to a user: no window is left. EPERM if the hypervisor refuses. The second device
  /// finds it done.
  void take_ownership();
  /// Back: the default window, unless it is there.
  void release_ownership() noexcept;

  os::Group& group() override { return *this; }
  std::uint32_t tce32_start() const override { return static_cast<std::uint32_t>(default_.start); }
  std::uint32_t tce32_size() const override { return static_cast<std::uint32_t>(default_.bytes); }
  std::uint64_t page_sizes() const override { return page_sizes_; }
  std::uint32_t max_dynamic_windows() const override { return max_windows_; }
  std::uint32_t max_levels() const override { return 1; }
  const void* platform() const override;
  std::uint64_t table_size(unsigned page_shift, std::uint64_t window_bytes, unsigned levels) const override;
  /// Opens the window, too. In order: EINVAL size, levels; ENODEV after an earlier failure; EPERM
  /// where it would destroy, or meets, a dynamic window; EINVAL no DDW; EIO the query fails [ours: Linux
  /// returns firmware's code]; EINVAL more entries than there are; ENODEV the creation fails.
  std::shared_ptr<os::TceWindowTable> create_table(unsigned slot, unsigned page_shift, std::uint64_t window_bytes,
                                                   unsigned levels) override;
  /// EPERM for another table than the slot's.
  void set_window(unsigned slot, const std::shared_ptr<os::TceWindowTable>& table) override;
  /// The user has cleared the entries. ENODEV.
  void unset_window(unsigned slot) override;

  const std::shared_ptr<PseriesWindow>& table(unsigned slot) const { return tables_[slot]; }
  bool default_property() const { return default_property_; }
  unsigned rtas_calls() const { return rtas_calls_; }

 private:
  friend class PseriesWindow;
  struct Default {
    std::uint32_t liobn = 0;
    BusAddr start = 0;
    std::uint64_t bytes = 0;
  };
  struct Query {
    bool ok = false;
    std::uint32_t available = 0;
    std::uint64_t largest = 0;
    std::uint32_t page_mask = 0;
  };

  papr::RtasOutcome rtas(papr::RtasCall call, const std::vector<std::uint32_t>& args, unsigned nret);
  std::vector<std::uint32_t> address() const;
  Query query();
  bool has_ddw() const;
  bool open(PseriesWindow& window, unsigned page_shift, unsigned window_shift);
  bool close(PseriesWindow& window);
  void restore_default(const std::shared_ptr<PseriesWindow>& window, std::uint64_t bytes);
  void forget(const std::shared_ptr<PseriesWindow>& window) noexcept;
  std::int64_t hcall(papr::Hcall call, const std::array<std::uint64_t, 4>& args, std::uint64_t* r4 = nullptr);
  [[noreturn]] void give_up(os::Errno code, const char* why);

  PseriesPe pe_;
  Default default_;               // saved copy of ibm,dma-window
  bool default_property_ = true;  // the property is there
  std::shared_ptr<PseriesWindow> ddw_;
  std::array<std::shared_ptr<PseriesWindow>, 2> tables_;
  std::uint64_t page_sizes_ = 0;
  std::uint32_t max_windows_ = 0;
  bool failed_ = false;           // on the list of PEs that are not tried again
  unsigned rtas_calls_ = 0;
};

/// Domains of a partition's groups: the kernel's, and none.
class PseriesPlatformDomain final : public os::Domain {
 public:
  PseriesPlatformDomain() : Domain(os::DomainKind::Platform) {}
  void attach(os::Device& device, os::Domain& from) override;
};
class PseriesBlockedDomain final : public os::Domain {
 public:
  PseriesBlockedDomain() : Domain(os::DomainKind::Blocked) {}
  /// EPERM: a partition cannot be sure to get rid of its windows.
  void attach(os::Device& device, os::Domain& from) override;
};

class PseriesDevice final : public os::Device {
 public:
  PseriesDevice(std::string name, PseriesGroup& group, PseriesPlatformDomain& platform, PseriesBlockedDomain& blocked);
  ~PseriesDevice() override;
  PseriesGroup& pseries_group() { return group_; }
  os::Group& group() override { return group_; }
  const void* iommu_instance() const override { return &platform_; }
  std::unique_ptr<os::PagingDomain> alloc_paging(std::uint32_t, const os::UserData*) override {
    os::fail(os::Errno::OpNotSupp, "a partition has no paging domains");
  }
  os::Domain& default_domain() override { return platform_; }
  os::Domain& blocked_domain() override { return blocked_; }

 private:
  PseriesGroup& group_;
  PseriesPlatformDomain& platform_;
  PseriesBlockedDomain& blocked_;
};

}  // namespace phbsim::arch::power_iommu
