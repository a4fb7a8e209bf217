// SPDX-License-Identifier: Apache-2.0
#include "models/arch/tce_table.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch {

RealAddr TableRegion::allocate(std::uint64_t bytes, std::uint64_t count) {
  if (const auto free = free_.find(bytes); count == 1 && free != free_.end() && !free->second.empty()) {
    const RealAddr at = *free->second.begin();
    free->second.erase(free->second.begin());
    in_use_ += bytes;
    return at;
  }
  const RealAddr at = align_up(next_, bytes);
  if (at < next_ || at > end_ || count > (end_ - at) / bytes) {
    throw UserError("TCE tables need " + (count == 1 ? "" : std::to_string(count) + " times ") + text::bytes(bytes) +
                    " more than the table region of " + text::bytes(end_ - base_) + " at " + text::hex(base_) +
                    " holds");
  }
  next_ = at + bytes * count;
  in_use_ += bytes * count;
  return at;
}

void TableRegion::release(RealAddr at, std::uint64_t bytes) {
  PHBSIM_ASSERT(at >= base_ && at + bytes <= next_ && at % bytes == 0);
  const bool taken = free_[bytes].insert(at).second;
  PHBSIM_ASSERT(taken);
  in_use_ -= bytes;
}

std::uint64_t table_bytes_for(std::uint64_t window_bytes, unsigned page_shift, unsigned levels, std::uint64_t least) {
  const std::uint64_t pages = std::max<std::uint64_t>(1, window_bytes >> page_shift);
  const unsigned entries_shift = log2_ceil(pages);
  const unsigned per_level = (entries_shift + levels - 1) / levels;
  return std::max(least, std::uint64_t{kTceBytes} << per_level);
}

namespace {

/// log2 of the entries at the leaf; nothing if Linux takes the numbers for no window at all.
std::optional<unsigned> linux_entries_shift(std::uint64_t window_bytes, unsigned page_shift, unsigned levels) {
  if (levels < 1 || levels > kMaxLevels || !is_power_of_two(window_bytes)) return std::nullopt;
  const unsigned window_shift = log2_floor(window_bytes);
  if (window_shift < page_shift) return std::nullopt;
  return window_shift - page_shift;
}

/// Entries are split evenly over the levels; a table is a kernel page at least.
unsigned linux_even_shift(unsigned entries_shift, unsigned levels, unsigned kernel_page_shift) {
  return std::max((entries_shift + levels - 1) / levels + 3, kernel_page_shift);
}

}  // namespace

std::optional<unsigned> linux_level_shift(std::uint64_t window_bytes, unsigned page_shift, unsigned levels,
                                          unsigned kernel_page_shift) {
  const auto entries_shift = linux_entries_shift(window_bytes, page_shift, levels);
  if (!entries_shift) return std::nullopt;
  const unsigned shift = linux_even_shift(*entries_shift, levels, kernel_page_shift);
  if ((shift - 3) * levels + page_shift >= 55) return std::nullopt;
  return shift;
}

std::uint64_t linux_table_size(std::uint64_t window_bytes, unsigned page_shift, unsigned levels,
                               unsigned kernel_page_shift) {
  const auto entries_shift = linux_entries_shift(window_bytes, page_shift, levels);
  if (!entries_shift) return 0;
  const unsigned shift = linux_even_shift(*entries_shift, levels, kernel_page_shift);
  std::uint64_t entries = 1ull << *entries_shift;
  std::uint64_t bytes = 0;
  for (unsigned level = 0; level < levels; ++level) {
    const std::uint64_t tables = std::max<std::uint64_t>(1, entries >> (shift - 3));
    bytes += tables << shift;
    entries = tables;  // each needs a link above
  }
  return 2 * bytes;
}

TceTable::TceTable(WindowShape shape, TableRegion& region, Population population, std::uint64_t entries)
    : shape_(shape), region_(region), population_(population) {
  if (population_ == Population::OnDemand) children_.resize(shape_.levels);  // first: the root is not lost if it throws
  if (shape_.table == 0) {
    shape_.table = region_.allocate(shape_.table_bytes);
    own_root_ = true;
  }
  tve_.kind = Tve::Kind::Translated;
  tve_.levels = static_cast<std::uint8_t>(shape_.levels);
  tve_.bits_per_level = static_cast<std::uint8_t>(log2_floor(shape_.table_bytes) - 3);
  tve_.page_shift = static_cast<std::uint8_t>(shape_.page_shift);
  tve_.table = shape_.table;
  const std::uint64_t span = low_mask(std::min(64u, unsigned{tve_.bits_per_level} * tve_.levels));
  PHBSIM_ASSERT(entries == 0 || entries - 1 <= span);
  last_ = entries == 0 ? span : entries - 1;
  if (population_ == Population::OnDemand) return;
  rows_.resize(shape_.levels - 1);
  for (unsigned level = shape_.levels - 1; level-- > 0;) {
    rows_[level] = region_.allocate(shape_.table_bytes, tables_at(level));
    tables_ += tables_at(level);
  }
}

std::uint64_t TceTable::tables_at(unsigned level) const {
  return shift_right(last_, tve_.bits_per_level * (level + 1)) + 1;
}

RealAddr TceTable::child(unsigned level, std::uint64_t prefix) const {
  if (population_ == Population::Full) {
    return prefix < tables_at(level) ? rows_[level] + prefix * shape_.table_bytes : 0;
  }
  const auto& map = children_[level];
  const auto it = map.find(prefix);
  return it == map.end() ? 0 : it->second;
}

RealAddr TceTable::leaf_address(std::uint64_t index) const {
  const unsigned bits = tve_.bits_per_level;
  const RealAddr table = tve_.levels == 1 ? tve_.table : child(0, index >> bits);
  return table == 0 ? 0 : table + kTceBytes * (index & low_mask(bits));
}

void TceTable::plan_put(std::uint64_t index, std::uint64_t tce, std::vector<Store>& stores) {
  PHBSIM_ASSERT(index <= last_);
  if (leaf_address(index) == 0) {
    if (tce == 0) return;
    ensure(index, 1, stores);
  }
  stores.push_back({leaf_address(index), tce});
}

void TceTable::forget_child(unsigned level, std::uint64_t prefix) {
  const auto it = children_[level].find(prefix);
  if (it == children_[level].end()) return;
  if (it->second != 0) {
    region_.release(it->second, shape_.table_bytes);
    --tables_;
  }
  children_[level].erase(it);
}

void TceTable::ensure(std::uint64_t first, std::uint64_t count, std::vector<Store>& stores) {
  if (count == 0 || population_ == Population::Full) return;
  PHBSIM_ASSERT(first <= last_ && count - 1 <= last_ - first);
  const unsigned bits = tve_.bits_per_level;
  const std::size_t planned = stores.size();
  std::vector<std::pair<unsigned, std::uint64_t>> made;  // {level, prefix}
  try {
    const std::uint64_t last_leaf = (first + (count - 1)) >> bits;
    for (std::uint64_t leaf = first >> bits; leaf <= last_leaf; ++leaf) {
      RealAddr table = tve_.table;
      for (unsigned level = tve_.levels - 1u; level > 0; --level) {
        const std::uint64_t prefix = shift_right(leaf, bits * (level - 1));
        RealAddr next = child(level - 1, prefix);
        if (next == 0) {
          stores.emplace_back();
          made.emplace_back(level - 1, prefix);
          RealAddr& slot = children_[level - 1][prefix];
          next = slot = region_.allocate(shape_.table_bytes);
          ++tables_;
          // Linux sets both permissions on links (phb.md 3.1).
          stores.back() = {table + kTceBytes * (prefix & low_mask(bits)), next | kTcePermissions};
        }
        table = next;
      }
    }
  } catch (...) {
    const os::NoFail undo;
    stores.resize(planned);
    for (const auto& [level, prefix] : made) forget_child(level, prefix);
    throw;
  }
}

void TceTable::plan_full(std::vector<Store>& stores) const {
  if (population_ == Population::OnDemand) return;
  RealAddr above = tve_.table;  // tables of a level in a row have their entries in a row
  for (unsigned level = tve_.levels - 1u; level-- > 0; above = rows_[level]) {
    for (std::uint64_t i = 0; i < tables_at(level); ++i) {
      stores.push_back({above + kTceBytes * i, child(level, i) | kTcePermissions});
    }
  }
}

unsigned TceTable::missing_levels(std::uint64_t index) const {
  for (unsigned level = tve_.levels - 1u; level > 0; --level) {
    if (child(level - 1, shift_right(index, tve_.bits_per_level * level)) == 0) return level;
  }
  return 0;
}

template <typename Present>
Clearing TceTable::visit(std::uint64_t first, std::uint64_t count, ClearWalk walk, Present&& present) const {
  Clearing work;
  if (count == 0) return work;
  PHBSIM_ASSERT(first <= last_ && count - 1 <= last_ - first);
  const unsigned bits = tve_.bits_per_level;
  const std::uint64_t last = first + (count - 1);
  for (std::uint64_t index = first;; ++index) {
    // To the end of the leaf table, or of all that the missing table would span.
    const unsigned missing = missing_levels(index);
    const std::uint64_t end = std::min(last, index | low_mask(std::min(64u, bits * std::max(1u, missing))));
    if (missing == 0) present(index, end);
    if (missing == 0 || walk == ClearWalk::EveryEntry) {
      work.examined += end - index + 1;
    } else {
      work.skipped += (end >> bits) - (index >> bits) + 1;
    }
    if (end == last) return work;
    index = end;
  }
}

void TceTable::for_each_piece(std::uint64_t first, std::uint64_t count,
                              const std::function<void(const Piece&)>& visit_piece) const {
  visit(first, count, ClearWalk::SkipAbsent, [&](std::uint64_t index, std::uint64_t end) {
    visit_piece({index, end - index + 1, leaf_address(index)});
  });
}

void TceTable::give_back(const std::function<void(RealAddr, std::uint64_t)>& clean) {
  const auto back = [&](RealAddr table) {
    clean(table, shape_.table_bytes);
    region_.release(table, shape_.table_bytes);
  };
  for (const auto& level : children_) {
    const std::map<std::uint64_t, RealAddr> in_order(level.begin(), level.end());
    for (const auto& [prefix, table] : in_order) back(table);
  }
  for (unsigned level = 0; level < rows_.size(); ++level)
    for (std::uint64_t i = 0; i < tables_at(level); ++i) back(rows_[level] + i * shape_.table_bytes);
  if (own_root_) back(tve_.table);
  children_.clear();
  rows_.clear();
  tables_ = 0;
}

Clearing TceTable::plan_clear(std::uint64_t first, std::uint64_t count, std::vector<Store>& stores,
                              ClearWalk walk) const {
  return visit(first, count, walk, [&](std::uint64_t index, std::uint64_t end) {
    RealAddr entry = leaf_address(index);
    for (std::uint64_t n = end - index + 1; n > 0; --n, entry += kTceBytes) stores.push_back({entry, 0});
  });
}

Clearing TceTable::clear_work(std::uint64_t first, std::uint64_t count, ClearWalk walk) const {
  return visit(first, count, walk, [](std::uint64_t, std::uint64_t) {});
}

void TceTable::put(MemoryView& memory, std::uint64_t index, std::uint64_t tce) {
  scratch_.clear();
  plan_put(index, tce, scratch_);
  for (const Store& s : scratch_) memory.write_be64(s.addr, s.value);
}

}  // namespace phbsim::arch
