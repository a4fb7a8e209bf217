// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/sparse_bitmap.hpp"

#include <algorithm>

#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::host {
namespace {
unsigned lowest_bit(std::uint64_t v) { return static_cast<unsigned>(__builtin_ctzll(v)); }
unsigned ones(std::uint64_t v) { return static_cast<unsigned>(__builtin_popcountll(v)); }
}  // namespace

SparseBitmap::SparseBitmap(std::uint64_t bits) : bits_(bits) {
  PHBSIM_ASSERT(bits <= 1ull << 40);
  root_.resize((bits >> (kChunkShift + kLeafShift)) + 1);
}

bool SparseBitmap::test(std::uint64_t bit) const {
  PHBSIM_ASSERT(bit < bits_);
  const Chunk* c = chunk(bit >> kChunkShift);
  return c && (c->words[bit % kChunkBits / 64] >> (bit % 64) & 1);
}

void SparseBitmap::change(std::uint64_t first, std::uint64_t n, bool value) {
  PHBSIM_ASSERT(first <= bits_ && n <= bits_ - first);
  for (std::uint64_t at = first; at < first + n;) {
    const std::uint64_t number = at >> kChunkShift;
    const std::uint64_t chunk_end = std::min(first + n, (number + 1) << kChunkShift);
    auto& leaf = root_[number >> kLeafShift];
    if (!leaf && value) leaf = std::make_unique<Leaf>();
    if (!leaf) {
      at = chunk_end;
      continue;
    }
    auto& c = (*leaf)[number & ((1u << kLeafShift) - 1)];
    if (!c && value) c = spare_ ? std::move(spare_) : std::make_unique<Chunk>();
    if (!c) {
      at = chunk_end;
      continue;
    }
    while (at < chunk_end) {
      const unsigned shift = at % 64;
      const std::uint64_t part = std::min<std::uint64_t>(64 - shift, chunk_end - at);
      const std::uint64_t mask = low_mask(static_cast<unsigned>(part)) << shift;
      std::uint64_t& word = c->words[at % kChunkBits / 64];
      const unsigned before = ones(word);
      word = value ? word | mask : word & ~mask;
      const std::uint64_t delta = static_cast<std::uint64_t>(ones(word)) - before;
      c->set += delta;
      set_ += delta;
      at += part;
    }
    if (c->set == 0) spare_ = std::move(c);
  }
}

void SparseBitmap::set(std::uint64_t first, std::uint64_t n) { change(first, n, true); }
void SparseBitmap::reset(std::uint64_t first, std::uint64_t n) { change(first, n, false); }

template <bool Clear>
std::uint64_t SparseBitmap::next(std::uint64_t from, std::uint64_t to) const {
  while (from < to) {
    const std::uint64_t number = from >> kChunkShift;
    const std::uint64_t end = std::min(to, (number + 1) << kChunkShift);
    const auto& leaf = root_[number >> kLeafShift];
    const Chunk* c = leaf ? (*leaf)[number & ((1u << kLeafShift) - 1)].get() : nullptr;
    const std::uint64_t set = c ? c->set : 0;
    if (Clear ? set == 0 : set == kChunkBits) return from;
    if (Clear ? set == kChunkBits : set == 0) {
      from = leaf ? end : std::min(to, ((number >> kLeafShift) + 1) << (kLeafShift + kChunkShift));
      continue;
    }
    while (from < end) {
      const std::uint64_t word = c->words[from % kChunkBits / 64];
      const std::uint64_t rest = (Clear ? ~word : word) >> (from % 64);
      if (rest) return std::min(to, from + lowest_bit(rest));
      from = align_down(from, 64) + 64;
    }
  }
  return to;
}

std::uint64_t SparseBitmap::next_clear(std::uint64_t from, std::uint64_t to) const { return next<true>(from, to); }
std::uint64_t SparseBitmap::next_set(std::uint64_t from, std::uint64_t to) const { return next<false>(from, to); }

std::uint64_t SparseBitmap::count(std::uint64_t from, std::uint64_t to) const {
  std::uint64_t n = 0;
  while (from < to) {
    const std::uint64_t number = from >> kChunkShift;
    const std::uint64_t end = std::min(to, (number + 1) << kChunkShift);
    if (const Chunk* c = chunk(number)) {
      if (end - from == kChunkBits) {
        n += c->set;
      } else {
        for (std::uint64_t at = from; at < end;) {
          const std::uint64_t part = std::min<std::uint64_t>(64 - at % 64, end - at);
          n += ones(c->words[at % kChunkBits / 64] >> (at % 64) & low_mask(static_cast<unsigned>(part)));
          at += part;
        }
      }
    }
    from = end;
  }
  return n;
}

}  // namespace phbsim::host
