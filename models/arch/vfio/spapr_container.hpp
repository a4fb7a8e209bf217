// SPDX-License-Identifier: Apache-2.0
/// A container of POWER's VFIO: TCE windows of one or more groups, API v1 and v2 (ddw-vfio.md 4.3-4.6).
///
/// v1: one group, the default window; memory is pinned by MAP, a whole window is charged by ENABLE.
/// v2: windows come and go (CREATE, REMOVE), memory is registered, pinned and charged before it is mapped.
///
/// A MAP that fails in the middle leaves the entries it had reached empty, also those that showed
/// something before [F]. All else that fails changes nothing but what kQuirks says. Not modelled: device memory (mm_iommu_newdev), dirty marks on pages.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "models/arch/vfio/abi.hpp"
#include "models/arch/vfio/backend.hpp"
#include "models/arch/vfio/host.hpp"
#include "models/arch/vfio/tce_window.hpp"

namespace phbsim::arch::vfio {

class SpaprContainer final : public Backend {
 public:
  SpaprContainer(Host& host, bool v2) : host_(host), v2_(v2) {}
  ~SpaprContainer() override;

  static std::int64_t extension_of(const Setup& setup, std::uint64_t what);

  std::int64_t extension(std::uint64_t what) const override { return extension_of(host_.setup(), what); }
  std::int64_t ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) override;
  void attach(const GroupRef& group) override;
  void detach(const GroupRef& group) noexcept override;

  /// For tests and reports: null if the slot is free.
  const TceWindow* window(unsigned slot) const { return windows_[slot] ? &*windows_[slot] : nullptr; }
  bool default_window_pending() const { return default_pending_; }

 private:
  static constexpr unsigned kSlots = 2;

  std::int64_t get_info(os::Caller& caller, std::uint64_t arg);
  std::int64_t map(os::Caller& caller, std::uint64_t arg);
  std::int64_t map(const abi::DmaMap& args);
  std::int64_t unmap(os::Caller& caller, std::uint64_t arg);
  std::int64_t unmap(const abi::DmaUnmap& args);
  std::int64_t enable(os::Caller& caller);
  void disable() noexcept;
  std::int64_t register_memory(os::Caller& caller, std::uint64_t arg);
  std::int64_t unregister_memory(os::Caller& caller, std::uint64_t arg);
  std::int64_t create(os::Caller& caller, std::uint64_t arg);
  std::int64_t remove(os::Caller& caller, std::uint64_t arg);
  std::int64_t eeh(os::Caller& caller, std::uint64_t arg);

  /// EPERM if the container is another process's.
  void check_owner(const os::Caller& caller) const;
  /// Regions of the caller, whose container this is from now on (Kernel) or if the call succeeds.
  std::shared_ptr<MmRegions> begin_claim(const os::Caller& caller);
  /// The platform's tables of the group attached last: what Linux asks first. [F]
  os::TableGroup& first_tables() const { return *groups_.front().tables; }

  /// Makes the default window if that is still to be done, then runs `body`.
  template <typename Body>
  std::int64_t with_default_window(os::Caller& caller, const std::shared_ptr<MmRegions>& owner, Body&& body);
  unsigned create_window(os::Caller& caller, const std::shared_ptr<MmRegions>& owner, unsigned page_shift,
                         std::uint64_t bytes, unsigned levels);
  void remove_window(unsigned slot) noexcept;
  std::optional<unsigned> find_window(BusAddr addr) const;
  static void unset_window(const GroupRef& group, unsigned slot) noexcept;

  /// Fills entries [entry, entry + pages); throws having emptied them.
  void build(TceWindow& window, std::uint64_t entry, std::uint64_t ua, std::uint64_t pages, os::Protection prot);
  RealAddr use_page(const TceWindow& window, std::uint64_t ua, bool write);
  void unuse_page(TceWindow& window, std::uint64_t entry, std::uint64_t ua, RealAddr real) noexcept;
  void clear(TceWindow& window, std::uint64_t entry, std::uint64_t pages) noexcept;

  unsigned host_shift() const { return host_.setup().page_shift; }
  os::AddressSpace& mm() const { return regions_->mm(); }

  Host& host_;
  const bool v2_;
  bool enabled_ = false;
  bool default_pending_ = false;
  std::uint64_t locked_pages_ = 0;                 ///< charged by ENABLE
  std::shared_ptr<MmRegions> regions_;             ///< of the process that the container belongs to
  std::vector<MmRegion*> registered_;              ///< by this container; kept by its use
  std::vector<GroupRef> groups_;                   ///< the one attached last comes first
  std::array<std::optional<TceWindow>, kSlots> windows_;
};

}  // namespace phbsim::arch::vfio
