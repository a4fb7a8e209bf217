// SPDX-License-Identifier: Apache-2.0
/// One bit per page of a window of up to 2^40 pages; memory follows the bits that are set.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace phbsim::host {

class SparseBitmap {
 public:
  explicit SparseBitmap(std::uint64_t bits);

  std::uint64_t size() const { return bits_; }
  std::uint64_t count() const { return set_; }
  bool test(std::uint64_t bit) const;
  void set(std::uint64_t first, std::uint64_t n);
  void reset(std::uint64_t first, std::uint64_t n);

  /// First clear (set) bit in [from, to), or `to`.
  std::uint64_t next_clear(std::uint64_t from, std::uint64_t to) const;
  std::uint64_t next_set(std::uint64_t from, std::uint64_t to) const;
  /// Set bits in [from, to).
  std::uint64_t count(std::uint64_t from, std::uint64_t to) const;

 private:
  static constexpr unsigned kChunkShift = 15;
  static constexpr std::uint64_t kChunkBits = 1ull << kChunkShift;
  static constexpr unsigned kLeafShift = 9;
  struct Chunk {
    std::array<std::uint64_t, kChunkBits / 64> words{};
    std::uint64_t set = 0;
  };
  using Leaf = std::array<std::unique_ptr<Chunk>, 1u << kLeafShift>;

  const Chunk* chunk(std::uint64_t number) const {
    const auto& leaf = root_[number >> kLeafShift];
    return leaf ? (*leaf)[number & ((1u << kLeafShift) - 1)].get() : nullptr;
  }
  template <bool Clear>
  std::uint64_t next(std::uint64_t from, std::uint64_t to) const;
  void change(std::uint64_t first, std::uint64_t n, bool value);

  std::uint64_t bits_;
  std::uint64_t set_ = 0;
  std::vector<std::unique_ptr<Leaf>> root_;
  std::unique_ptr<Chunk> spare_;  ///< a window that empties and fills at a chunk's edge does not allocate
};

}  // namespace phbsim::host
