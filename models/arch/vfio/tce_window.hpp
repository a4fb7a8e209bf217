// SPDX-License-Identifier: Apache-2.0
/// A window of a sPAPR container: the platform's table, and which user address each entry shows.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>

#include "models/arch/os/table_group.hpp"

namespace phbsim::arch::vfio {

class TceWindow {
 public:
  /// `charged`: host pages.
  TceWindow(std::shared_ptr<os::TceWindowTable> table, std::uint64_t charged)
      : table_(std::move(table)), charged_(charged) {}

  os::TceWindowTable& table() const { return *table_; }
  const std::shared_ptr<os::TceWindowTable>& shared_table() const { return table_; }
  std::uint64_t charged() const { return charged_; }
  unsigned page_shift() const { return table_->page_shift(); }
  std::uint64_t page_bytes() const { return 1ull << page_shift(); }
  std::uint64_t entries() const { return table_->bytes() >> page_shift(); }
  bool contains(BusAddr addr) const { return addr - table_->start() < table_->bytes(); }

  /// User address of an entry; 0 if it shows none. Addresses are I/O pages', so that bit 0 is free.
  struct Slot {
    std::uint64_t word = 0;
    explicit operator bool() const { return word != 0; }
    std::uint64_t ua() const { return word & ~1ull; }
    void set(std::uint64_t ua) { word = ua | 1; }
    void clear() { word = 0; }
  };
  /// Makes room; may run out of memory.
  Slot& slot(std::uint64_t entry) { return chunks_[entry / kChunk][entry % kChunk]; }
  /// Visits used slots of [first, first + count) in order: a window of terabytes with little in it is quick.
  template <typename Visit>
  void for_each_used(std::uint64_t first, std::uint64_t count, Visit&& visit) {
    if (count == 0) return;
    const std::uint64_t last = first + (count - 1);
    for (auto it = chunks_.lower_bound(first / kChunk); it != chunks_.end() && it->first <= last / kChunk; ++it) {
      for (std::uint64_t i = 0; i < kChunk; ++i) {
        const std::uint64_t entry = it->first * kChunk + i;
        if (entry >= first && entry <= last && it->second[i]) visit(entry, it->second[i]);
      }
    }
  }
  void forget_all() noexcept { chunks_.clear(); }

 private:
  static constexpr std::uint64_t kChunk = 512;
  std::shared_ptr<os::TceWindowTable> table_;
  std::uint64_t charged_;
  std::map<std::uint64_t, std::array<Slot, kChunk>> chunks_;
};

}  // namespace phbsim::arch::vfio
