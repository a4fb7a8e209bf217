// SPDX-License-Identifier: Apache-2.0
/// Real memory that stands for pages of the program. A page has a real address while it is pinned, the
/// same one for all its pins; bytes at that address are the program's own. Pages of one aligned piece
/// of an address space or file (2 MiB, as with transparent huge pages) lie next to each other in real
/// memory, so larger I/O pages find contiguity. [MA: real hosts fragment; this one never does.]
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::exec {

class Frames final : public arch::MemoryView {
 public:
  struct Params {
    RealAddr base = 1ull << 40;         ///< of the region, aligned to a piece
    std::uint64_t bytes = 1ull << 44;   ///< of the region
    unsigned page_shift = 12;           ///< host page
    unsigned piece_shift = 21;          ///< what is contiguous, at least a page
  };
  explicit Frames(const Params& params);

  unsigned page_shift() const { return params_.page_shift; }
  RealAddr base() const { return params_.base; }
  std::uint64_t bytes() const { return params_.bytes; }
  unsigned piece_shift() const { return params_.piece_shift; }
  bool contains(RealAddr addr) const { return addr >= params_.base && addr - params_.base < params_.bytes; }

  /// Pins page `page` of `source`; its real address. ENOMEM, std::bad_alloc.
  RealAddr pin(const std::shared_ptr<arch::os::PageSource>& source, std::uint64_t page);
  /// Gives up a pin of each of `count` pages from `real` on.
  void unpin(RealAddr real, std::uint64_t count) noexcept;
  /// Pins on a page now.
  std::uint64_t pins(const arch::os::PageSource& source, std::uint64_t page) const;
  /// Pins on all pages.
  std::uint64_t pins() const { return pins_; }

  /// Bytes of pinned pages; what is not pinned or has gone with its process reads as 0 and drops writes.
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override;
  void write(RealAddr addr, const unsigned char* in, std::size_t n) override;

 private:
  struct Piece {
    std::shared_ptr<arch::os::PageSource> source;
    std::uint64_t number = 0;          // of the piece within the source
    std::vector<std::uint32_t> pins;   // of each page
    std::uint64_t total = 0;
  };
  using Key = std::pair<const arch::os::PageSource*, std::uint64_t>;
  struct KeyHash {
    std::size_t operator()(const Key& k) const {
      return std::hash<const void*>()(k.first) * 31 + std::hash<std::uint64_t>()(k.second);
    }
  };

  std::uint64_t pages_per_piece() const { return 1ull << (params_.piece_shift - params_.page_shift); }
  std::size_t place(const std::shared_ptr<arch::os::PageSource>& source, std::uint64_t number);
  const Piece* piece_at(RealAddr addr) const;
  template <class Bytes, class Move>
  void each_page(RealAddr addr, Bytes* data, std::size_t n, Move move) const;

  Params params_;
  std::vector<std::unique_ptr<Piece>> pieces_;  // by place in the region
  std::size_t lowest_free_ = 0;                 // all places below are taken
  std::unordered_map<Key, std::size_t, KeyHash> places_;  // looked up, never walked
  std::uint64_t pins_ = 0;
};

}  // namespace phbsim::exec
