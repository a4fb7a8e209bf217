// SPDX-License-Identifier: Apache-2.0
/// Real memory of the mock driver: for its TCE tables, for pages that programs map, for dma-bufs.
#pragma once

#include <vector>

#include "models/arch/memory_view.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::arch::iommufd::selftest {

/// Equal blocks of one region of real addresses.
class BlockPool {
 public:
  /// Holds one domain's tables or one buffer; address space alone, memory comes with what is written.
  static constexpr std::uint64_t kBlockBytes = 16 * kMiB;

  BlockPool(MemoryView& memory, RealAddr base, std::uint64_t bytes)
      : memory_(memory), base_(base), taken_(bytes / kBlockBytes, false) {}

  MemoryView& memory() const { return memory_; }
  /// Blocks in use; none once all domains and buffers are gone.
  std::size_t in_use() const;

 private:
  friend class Block;
  RealAddr take();
  void give_back(RealAddr block, std::uint64_t used) noexcept;

  MemoryView& memory_;
  RealAddr base_;
  std::vector<bool> taken_;
};

/// One block; reads as zero at first.
class Block {
 public:
  explicit Block(BlockPool& pool) : pool_(pool), base_(pool.take()) {}
  ~Block() { pool_.give_back(base_, used_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  RealAddr base() const { return base_; }
  MemoryView& memory() const { return pool_.memory(); }
  /// How much of it may have been written: to be cleared for the next owner.
  void set_used(std::uint64_t bytes) { used_ = bytes; }

 private:
  BlockPool& pool_;
  RealAddr base_;
  std::uint64_t used_ = 0;
};

/// Pages in a row. They stay where they are, so pins need no count.
class BlockPages {
 public:
  BlockPages(BlockPool& pool, std::uint64_t bytes, std::uint64_t page_bytes);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t pin(std::uint64_t first, std::uint64_t count, os::PageRuns& out) const;
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) const;
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n);

 private:
  bool inside(std::uint64_t at, std::uint64_t n) const { return at <= bytes_ && n <= bytes_ - at; }

  Block block_;
  std::uint64_t bytes_;
  std::uint64_t page_bytes_;
};

/// Those pages as the rest of the layer sees them: a PageSource, or what a dma-buf maps.
template <typename Base>
class Backed : public Base {
 public:
  Backed(BlockPool& pool, std::uint64_t bytes, std::uint64_t page_bytes) : pages_(pool, bytes, page_bytes) {}

  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool, os::PageRuns& out) override {
    return pages_.pin(first, count, out);
  }
  void unpin(std::uint64_t, RealAddr, std::uint64_t) noexcept override {}
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override { return pages_.read(at, out, n); }
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) override { return pages_.write(at, in, n); }

 protected:
  const BlockPages& pages() const { return pages_; }

 private:
  BlockPages pages_;
};

}  // namespace phbsim::arch::iommufd::selftest
