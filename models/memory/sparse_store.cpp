// SPDX-License-Identifier: Apache-2.0
#include "models/memory/sparse_store.hpp"

#include <algorithm>
#include <cstring>

#include "models/base/check.hpp"

namespace phbsim::memory {

void SparseStore::add_lazy(RealAddr base, std::uint64_t bytes, Filler filler) {
  PHBSIM_ASSERT(base % kPageBytes == 0 && bytes % kPageBytes == 0);
  lazy_.push_back({base, bytes, std::move(filler)});
}

void SparseStore::add_foreign(RealAddr base, std::uint64_t bytes, arch::MemoryView& view) {
  PHBSIM_ASSERT(base % kPageBytes == 0 && bytes % kPageBytes == 0 && foreign_ == nullptr);
  PHBSIM_ASSERT(direct_last_ < base || direct_first_ >= base + bytes);
  foreign_base_ = base;
  foreign_bytes_ = bytes;
  foreign_ = &view;
}

unsigned char* SparseStore::direct_page(RealAddr addr) {
  if (!contains(addr, 1) || is_foreign(addr)) return nullptr;
  const RealAddr base = addr & ~(kPageBytes - 1);
  direct_first_ = std::min(direct_first_, base);
  direct_last_ = std::max(direct_last_, base);
  Page* page = find(addr);
  if (page == nullptr) page = &make(addr >> kPageShift);
  return page->data();
}

SparseStore::Page& SparseStore::make(std::uint64_t number) const {
  auto& slot = pages_[number];
  slot = std::make_unique<Page>();
  slot->fill(0);
  const RealAddr addr = number << kPageShift;
  for (const Lazy& l : lazy_)
    if (addr - l.base < l.bytes) l.filler(addr, slot->data());
  return *slot;
}

SparseStore::Page* SparseStore::find(RealAddr addr) const {
  const std::uint64_t number = addr >> kPageShift;
  Recent& r = recent_[(number ^ (number >> 8)) & (recent_.size() - 1)];
  if (r.number == number) return r.page;
  const auto it = pages_.find(number);
  Page* page = nullptr;
  if (it != pages_.end()) {
    page = it->second.get();
  } else {
    for (const Lazy& l : lazy_)
      if (addr - l.base < l.bytes) page = &make(number);
  }
  if (page != nullptr) r = {number, page};
  return page;
}

void SparseStore::read(RealAddr addr, unsigned char* out, std::size_t n) const {
  PHBSIM_ASSERT(contains(addr, n));
  while (n > 0) {
    const std::size_t at = addr & (kPageBytes - 1);
    const std::size_t part = std::min<std::size_t>(n, kPageBytes - at);
    if (is_foreign(addr)) {
      foreign_->read(addr, out, part);
    } else if (const Page* page = find(addr)) {
      std::memcpy(out, page->data() + at, part);
    } else {
      std::memset(out, 0, part);
    }
    addr += part;
    out += part;
    n -= part;
  }
}

void SparseStore::write(RealAddr addr, const unsigned char* in, std::size_t n) {
  PHBSIM_ASSERT(contains(addr, n));
  while (n > 0) {
    const std::size_t at = addr & (kPageBytes - 1);
    const std::size_t part = std::min<std::size_t>(n, kPageBytes - at);
    if (is_foreign(addr)) {
      foreign_->write(addr, in, part);
    } else {
      Page* page = find(addr);
      if (page == nullptr) page = &make(addr >> kPageShift);
      std::memcpy(page->data() + at, in, part);
    }
    addr += part;
    in += part;
    n -= part;
  }
}

}  // namespace phbsim::memory
