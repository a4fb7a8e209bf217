// SPDX-License-Identifier: Apache-2.0
/// Real bytes over 2^56 real addresses; pages exist once written, or once read where lazy.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/arch/memory_view.hpp"

namespace phbsim::memory {

class SparseStore final : public arch::MemoryView {
 public:
  static constexpr unsigned kPageShift = 12;
  static constexpr std::uint64_t kPageBytes = 1ull << kPageShift;
  static constexpr unsigned kAddressBits = 56;

  /// Contents of a lazy page: called once, when the page is first touched.
  using Filler = std::function<void(RealAddr page, unsigned char* bytes)>;

  /// Pages of [base, base + bytes) get their first contents from `filler`; page aligned. Lets a
  /// table that maps all of a large memory exist without being written out.
  void add_lazy(RealAddr base, std::uint64_t bytes, Filler filler);

  /// Bytes of [base, base + bytes) are those of `view`, such as a real program's memory; page aligned,
  /// one region, which lives as long as this. No page of it may have been given out by direct_page().
  void add_foreign(RealAddr base, std::uint64_t bytes, arch::MemoryView& view);

  void read(RealAddr addr, unsigned char* out, std::size_t n) const override;
  void write(RealAddr addr, const unsigned char* in, std::size_t n) override;

  /// The page of `addr`, which exists from now on (a lazy one is filled first) and stays where it is as long as this
  /// lives; null in a foreign region and beyond the address space.
  unsigned char* direct_page(RealAddr addr);

  /// True if [addr, addr + n) lies in the address space.
  static constexpr bool contains(RealAddr addr, std::uint64_t n) {
    return (addr >> kAddressBits) == 0 && n <= (1ull << kAddressBits) - addr;
  }

  bool is_foreign(RealAddr addr) const { return addr - foreign_base_ < foreign_bytes_; }

  std::size_t pages() const { return pages_.size(); }

 private:
  using Page = std::array<unsigned char, kPageBytes>;
  struct Lazy {
    RealAddr base;
    std::uint64_t bytes;
    Filler filler;
  };

  Page* find(RealAddr addr) const;
  Page& make(std::uint64_t number) const;

  // Reading a lazy page creates it: a cache of what its filler says, not a change of contents.
  mutable boost::unordered_flat_map<std::uint64_t, std::unique_ptr<Page>> pages_;
  struct Recent {
    std::uint64_t number = ~0ull;
    Page* page = nullptr;
  };
  mutable std::array<Recent, 1024> recent_{};
  std::vector<Lazy> lazy_;
  RealAddr foreign_base_ = 0;
  std::uint64_t foreign_bytes_ = 0;  // 0: none
  arch::MemoryView* foreign_ = nullptr;
  RealAddr direct_first_ = ~0ull;  ///< pages given out lie between these
  RealAddr direct_last_ = 0;
};

}  // namespace phbsim::memory
