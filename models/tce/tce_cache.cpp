// SPDX-License-Identifier: Apache-2.0
#include "models/tce/tce_cache.hpp"

#include <algorithm>

#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::tce {

TceCache::TceCache(unsigned sets, unsigned ways, std::unique_ptr<SetHash> hash, std::unique_ptr<Replacement> replacement)
    : sets_(sets),
      ways_(ways),
      hash_(std::move(hash)),
      replacement_(std::move(replacement)),
      entries_(static_cast<std::size_t>(sets) * ways) {
  PHBSIM_ASSERT(is_power_of_two(sets) && ways >= 1);
}

bool TceCache::contains(const Key& key) const {
  const Entry* e = &entries_[static_cast<std::size_t>(set_of(key)) * ways_];
  for (unsigned w = 0; w < ways_; ++w)
    if (e[w].valid && e[w].key == key) return true;
  return false;
}

bool TceCache::fill(const Key& key, unsigned set, std::uint64_t tce, bool prefetched) {
  Entry* e = &entries_[static_cast<std::size_t>(set) * ways_];
  unsigned way = ways_;
  for (unsigned w = 0; w < ways_; ++w)
    if (e[w].valid && e[w].key == key) way = w;
  for (unsigned w = 0; w < ways_ && way == ways_; ++w)
    if (!e[w].valid) way = w;
  bool evicted = false;
  if (way == ways_) {
    way = replacement_->victim(set);
    evicted = true;
  }
  e[way] = Entry{key, tce, true, prefetched};
  replacement_->filled(set, way);
  return evicted;
}

unsigned TceCache::kill(const arch::TceKill& kill) {
  unsigned removed = 0;
  for (Entry& e : entries_) {
    if (e.valid && kill_matches(kill, e.key)) {
      e.valid = false;
      ++removed;
    }
  }
  return removed;
}

bool kill_matches(const arch::TceKill& kill, const TceCache::Key& key) {
  switch (kill.kind) {
    case arch::TceKill::Kind::All:
      return true;
    case arch::TceKill::Kind::Pe:
      return key.pe == kill.pe;
    case arch::TceKill::Kind::One: {
      if (key.pe != kill.pe) return false;
      const unsigned shift = std::max(kill.page_shift, key.page_shift);
      return (kill.addr >> shift) == (key.base >> shift);
    }
    case arch::TceKill::Kind::None:
      break;
  }
  return false;
}

}  // namespace phbsim::tce
