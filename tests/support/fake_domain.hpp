// SPDX-License-Identifier: Apache-2.0
/// A domain that remembers what is mapped in a std::map and notes misuse in FakeMachine::errors: a map over
/// a mapping or outside the apertures, memory that is not pinned, an unmap outside the apertures; and, with
/// FakePages, a page that is unpinned before sync().
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "models/arch/os/iommu.hpp"
#include "tests/support/fake_process.hpp"

namespace phbsim::test {

class FakeDomain final : public arch::os::PagingDomain, private arch::os::DirtyLog {
 public:
  struct Entry {
    RealAddr real;
    bool read;
    bool write;
    bool operator==(const Entry& o) const { return real == o.real && read == o.read && write == o.write; }
  };

  FakeDomain(FakeMachine& machine, std::vector<arch::os::Aperture> apertures)
      : machine_(machine), apertures_(std::move(apertures)) {
    for (const arch::os::Aperture& a : apertures_) sizes_ |= std::uint64_t{1} << a.page_shift;
  }
  /// One aperture.
  FakeDomain(FakeMachine& machine, BusAddr first, BusAddr last, unsigned shift)
      : FakeDomain(machine, {{first, last, shift}}) {}
  ~FakeDomain() override {
    if (!entries.empty()) machine_.error("a domain goes while something is mapped");
  }

  std::map<BusAddr, Entry> entries;  ///< by IOVA, one for each I/O page of the finest size
  std::map<BusAddr, bool> dirty_pages;
  bool has_log = false;
  bool tracking = false;
  unsigned syncs = 0;
  unsigned maps = 0;

  void attach(arch::os::Device&, arch::os::Domain&) override {}
  const std::vector<arch::os::Aperture>& apertures() const override { return apertures_; }
  std::uint64_t page_sizes() const override { return sizes_; }

  void map(BusAddr iova, RealAddr real, std::uint64_t bytes, arch::os::Protection prot) override {
    const arch::os::Aperture* const a = aperture(iova, bytes);
    if (!a) {
      machine_.error("map outside the apertures");
      arch::os::fail(arch::os::Errno::Inval, "outside the apertures");
    }
    if (((iova | real | bytes) & ((std::uint64_t{1} << a->page_shift) - 1)) != 0) {
      arch::os::fail(arch::os::Errno::Inval, "not on I/O pages");
    }
    const std::uint64_t step = finest();
    std::uint64_t done = 0;
    try {
      for (; done < bytes; done += step) {
        if (!machine_.pinned(real + done)) machine_.error("map of memory that is not pinned");
        unsigned& uses = machine_.device_uses[machine_.page_of(real + done)];
        try {
          if (!entries.insert({iova + done, {real + done, prot.read, prot.write}}).second) {
            machine_.error("map over a mapping");
            arch::os::fail(arch::os::Errno::Exist, "mapped");
          }
        } catch (...) {
          if (uses == 0) machine_.device_uses.erase(machine_.page_of(real + done));
          throw;
        }
        ++uses;
      }
    } catch (...) {
      for (std::uint64_t i = 0; i < done; i += step) {
        entries.erase(iova + i);
        drop(real + i);
      }
      throw;
    }
    ++maps;
  }
  void unmap(BusAddr iova, std::uint64_t bytes) noexcept override {
    const arch::os::NoFail no_fail;
    if (!covered(iova, iova + (bytes - 1))) machine_.error("unmap outside the apertures");
    const auto first = entries.lower_bound(iova);
    auto at = first;
    for (; at != entries.end() && at->first <= iova + (bytes - 1); ++at) stale_.push_back(at->second.real);
    entries.erase(first, at);
  }
  void sync() noexcept override {
    ++syncs;
    for (const RealAddr real : stale_) drop(real);
    stale_.clear();
  }
  std::optional<RealAddr> to_real(BusAddr iova) const override {
    const auto it = entries.find(iova & ~(finest() - 1));
    if (it == entries.end()) return std::nullopt;
    return it->second.real + (iova & (finest() - 1));
  }
  arch::os::DirtyLog* dirty() override { return has_log ? this : nullptr; }
  std::uint64_t finest() const { return sizes_ & (~sizes_ + 1); }

 private:
  void enable(bool on) override { tracking = on; }
  bool enabled() const override { return tracking; }
  void read(BusAddr iova, std::uint64_t bytes, bool keep,
            std::vector<std::pair<BusAddr, std::uint64_t>>& dirty) override {
    auto at = dirty_pages.lower_bound(iova);
    while (at != dirty_pages.end() && at->first <= iova + (bytes - 1)) {
      dirty.emplace_back(at->first, finest());
      at = keep ? std::next(at) : dirty_pages.erase(at);
    }
  }
  const arch::os::Aperture* aperture(BusAddr iova, std::uint64_t bytes) const {
    for (const arch::os::Aperture& a : apertures_) {
      if (iova >= a.first && iova <= a.last && bytes - 1 <= a.last - iova) return &a;
    }
    return nullptr;
  }
  bool covered(BusAddr first, BusAddr last) const {
    for (const arch::os::Aperture& a : apertures_) {
      if (first < a.first || first > a.last) continue;
      if (last <= a.last) return true;
      first = a.last + 1;
    }
    return false;
  }
  void drop(RealAddr real) noexcept {
    const auto it = machine_.device_uses.find(machine_.page_of(real));
    if (--it->second == 0) machine_.device_uses.erase(it);
  }

  FakeMachine& machine_;
  std::vector<arch::os::Aperture> apertures_;
  std::uint64_t sizes_ = 0;
  std::vector<RealAddr> stale_;  // unmapped, not synced
};

}  // namespace phbsim::test
