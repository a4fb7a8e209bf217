// SPDX-License-Identifier: Apache-2.0
/// What the tests of VFIO ask of a POWER platform with two PEs, and one that has no PHB.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/os/table_group.hpp"
#include "models/arch/vfio/backend.hpp"
#include "models/base/bits.hpp"

namespace phbsim::test::vfio {

namespace os = arch::os;

class Platform {
 public:
  virtual ~Platform() = default;
  virtual arch::vfio::GroupRef group(unsigned n) = 0;
  /// Permissions (1 the device reads, 2 it writes) and real address of what PE n translates `addr` to; 0: none.
  virtual std::uint64_t perm(unsigned n, BusAddr addr) = 0;
  virtual RealAddr real(unsigned n, BusAddr addr) = 0;
  virtual bool has_window(unsigned n, unsigned slot) = 0;
  virtual void freeze(unsigned n) = 0;
  /// Fewest bytes charged per entry are what the platform says; faults of the next calls:
  unsigned fail_create = 0;       ///< the nth create_table from now
  unsigned fail_set_window = 0;   ///< the nth set_window from now
};

/// ddw-vfio.md 5.2 (powernv) and 5.3 (pSeries) as far as a container can tell.
class FakePlatform : public Platform {
 public:
  enum class Kind { Powernv, Pseries };

  class Table : public os::TceWindowTable {
   public:
    Table(FakePlatform& p, unsigned slot, unsigned shift, std::uint64_t bytes, std::uint64_t allocated)
        : p_(p), slot_(slot), shift_(shift), bytes_(bytes), allocated_(allocated) { ++p_.tables; }
    ~Table() override { --p_.tables; }
    unsigned page_shift() const override { return shift_; }
    BusAddr start() const override { return slot_ == 0 ? 0 : 1ull << 59; }
    std::uint64_t bytes() const override { return bytes_; }
    std::uint64_t allocated() const override { return allocated_; }
    Entry exchange(std::uint64_t index, Entry entry) override {
      if (index >= bytes_ >> shift_) ++p_.out_of_table;
      if (p_.kind == Kind::Powernv && entry.prot.write) entry.prot.read = true;
      Entry& mine = entries[index];
      std::swap(mine, entry);
      if (!mine.prot.read && !mine.prot.write) entries.erase(index);
      return entry;
    }
    Entry get(std::uint64_t index) const override {
      const auto it = entries.find(index);
      return it != entries.end() ? it->second : Entry{};
    }
    void kill(std::uint64_t, std::uint64_t) noexcept override { ++p_.kills; }
    std::map<std::uint64_t, Entry> entries;

   private:
    FakePlatform& p_;
    unsigned slot_, shift_;
    std::uint64_t bytes_, allocated_;
  };

  struct Pe final : os::TableGroup, os::EehGroup, os::Device {
    struct Dom : os::Domain {
      Dom(os::DomainKind kind, unsigned& at) : Domain(kind), attached(at) {}
      void attach(os::Device&, os::Domain&) override { ++attached; }
      unsigned& attached;
    };
    Pe(FakePlatform& p, unsigned n) : Device("fake" + std::to_string(n)), p_(p), group_(n) { group_.add(*this); }

    os::Group& group() override { return group_; }
    const void* iommu_instance() const override { return &p_; }
    std::unique_ptr<os::PagingDomain> alloc_paging(std::uint32_t, const os::UserData*) override {
      if (paging) return paging();
      os::fail(os::Errno::OpNotSupp, "no paging domains");
    }
    os::Domain& default_domain() override { return default_; }
    os::Domain& blocked_domain() override { return blocked_; }

    std::uint32_t tce32_start() const override { return 0; }
    std::uint32_t tce32_size() const override { return tce32; }
    std::uint64_t page_sizes() const override { return sizes; }
    std::uint32_t max_dynamic_windows() const override { return max_windows; }
    std::uint32_t max_levels() const override { return p_.kind == Kind::Powernv ? 5 : 1; }
    const void* platform() const override { return platform_id; }
    std::uint64_t table_size(unsigned shift, std::uint64_t bytes, unsigned levels) const override {
      if (p_.kind == Kind::Pseries && levels > 1) return 0xFFFFFFFF;
      if (levels == 0 || levels > 5 || !is_power_of_two(bytes) || bytes < (1ull << shift)) return 0;
      return (bytes >> shift) * 8 < 0x10000 ? 0x10000 : (bytes >> shift) * 8;
    }
    std::shared_ptr<os::TceWindowTable> create_table(unsigned slot, unsigned shift, std::uint64_t bytes,
                                                     unsigned levels) override {
      if (p_.fail_create != 0 && --p_.fail_create == 0) os::fail(os::Errno::NoMem, "test");
      if (p_.kind == Kind::Pseries && levels > 1) os::fail(os::Errno::Inval, "one level");
      if (!is_power_of_two(bytes) || bytes >= 1ull << 55) os::fail(os::Errno::Inval, "too large");
      return std::make_shared<Table>(p_, slot, shift, bytes, table_size(shift, bytes, levels));
    }
    void set_window(unsigned slot, const std::shared_ptr<os::TceWindowTable>& table) override {
      if (p_.fail_set_window != 0 && --p_.fail_set_window == 0) os::fail(os::Errno::NoDev, "test");
      windows[slot] = table;
    }
    void unset_window(unsigned slot) override { windows[slot].reset(); }

    bool eeh_available() const override { return true; }
    void enable(bool) override {}
    void unfreeze_io() override { frozen_io = false; }
    void unfreeze_dma() override { frozen_dma = false; }
    std::uint32_t state() override { return in_reset ? 1 : frozen_io ? 2 : frozen_dma ? 4 : 0; }
    void reset(std::uint32_t how) override {
      in_reset = how != 5;
      frozen_io = frozen_dma = in_reset;
    }
    void configure() override {}
    void inject(std::uint32_t, std::uint32_t, std::uint64_t, std::uint64_t) override { frozen_io = frozen_dma = true; }

    FakePlatform& p_;
    os::Group group_;
    unsigned blocked_count = 0, default_count = 0;
    Dom default_{os::DomainKind::Platform, default_count};
    Dom blocked_{os::DomainKind::Blocked, blocked_count};
    std::array<std::shared_ptr<os::TceWindowTable>, 2> windows;
    std::function<std::unique_ptr<os::PagingDomain>()> paging;  ///< as no POWER kernel has today
    std::uint32_t tce32 = 0x80000000;
    std::uint32_t max_windows = 2;
    std::uint64_t sizes = 1ull << 12 | 1ull << 16 | 1ull << 21 | 1ull << 24;
    const void* platform_id = nullptr;
    bool frozen_io = false, frozen_dma = false, in_reset = false;
  };

  explicit FakePlatform(Kind k) : kind(k) {}

  arch::vfio::GroupRef group(unsigned n) override { return {&pes[n].group_, &pes[n], &pes[n]}; }
  std::uint64_t perm(unsigned n, BusAddr addr) override {
    const auto e = entry(n, addr);
    return (e.prot.read ? 1u : 0u) | (e.prot.write ? 2u : 0u);
  }
  RealAddr real(unsigned n, BusAddr addr) override { return entry(n, addr).real; }
  bool has_window(unsigned n, unsigned slot) override { return pes[n].windows[slot] != nullptr; }
  void freeze(unsigned n) override { pes[n].frozen_io = pes[n].frozen_dma = true; }

  Kind kind;
  int tables = 0;
  unsigned kills = 0;
  unsigned out_of_table = 0;
  std::array<Pe, 2> pes{{{*this, 0}, {*this, 1}}};

 private:
  os::TceWindowTable::Entry entry(unsigned n, BusAddr addr) {
    for (const auto& t : pes[n].windows) {
      if (t != nullptr && addr - t->start() < t->bytes()) return t->get((addr - t->start()) >> t->page_shift());
    }
    return {};
  }
};

}  // namespace phbsim::test::vfio
