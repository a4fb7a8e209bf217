// SPDX-License-Identifier: Apache-2.0
/// A set-associative cache of TCEs, keyed by PE, page address on the bus and page size.
/// Entries stay until replaced or killed: a changed TCE in memory does not touch them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/arch/tce_kill.hpp"
#include "models/tce/policy/replacement.hpp"
#include "models/tce/policy/set_hash.hpp"

namespace phbsim::tce {

class TceCache {
 public:
  struct Key {
    BusAddr base = 0;  ///< page address on the bus, window bits included
    PeNumber pe = 0;
    unsigned page_shift = 0;
    RealAddr root = 0;  ///< walk cache: table that the walk begins at; windows of a PE may share the rest
    bool operator==(const Key& o) const {
      return base == o.base && pe == o.pe && page_shift == o.page_shift && root == o.root;
    }
  };
  struct Entry {
    Key key;
    std::uint64_t tce = 0;
    bool valid = false;
    bool prefetched = false;  ///< filled by a prefetch and not used since
  };

  TceCache(unsigned sets, unsigned ways, std::unique_ptr<SetHash> hash, std::unique_ptr<Replacement> replacement);

  unsigned set_of(const Key& key) const {
    return static_cast<unsigned>(hash_->hash(key.pe, key.base >> key.page_shift)) & (sets_ - 1);
  }
  /// The entry, marked as used; nullptr on a miss.
  Entry* lookup(const Key& key) { return lookup(key, set_of(key)); }
  Entry* lookup(const Key& key, unsigned set) {
    Entry* e = &entries_[static_cast<std::size_t>(set) * ways_];
    for (unsigned w = 0; w < ways_; ++w) {
      if (e[w].valid && e[w].key == key) {
        replacement_->used(set, w);
        return &e[w];
      }
    }
    return nullptr;
  }
  /// True if the entry is there, without counting as a use.
  bool contains(const Key& key) const;
  /// Installs an entry; returns true if a valid one had to go.
  bool fill(const Key& key, std::uint64_t tce, bool prefetched) { return fill(key, set_of(key), tce, prefetched); }
  bool fill(const Key& key, unsigned set, std::uint64_t tce, bool prefetched);
  /// Removes what a kill names; returns the number of entries removed.
  unsigned kill(const arch::TceKill& kill);

  unsigned entries() const { return sets_ * ways_; }
  unsigned sets() const { return sets_; }

 private:
  unsigned sets_;
  unsigned ways_;
  std::unique_ptr<SetHash> hash_;
  std::unique_ptr<Replacement> replacement_;
  std::vector<Entry> entries_;
};

/// True if a kill names the page of a key. A kill without page size (PHB3) names whatever page its
/// address lies in; one with a size names every entry that lies in, or holds, its page [MA].
bool kill_matches(const arch::TceKill& kill, const TceCache::Key& key);

}  // namespace phbsim::tce
