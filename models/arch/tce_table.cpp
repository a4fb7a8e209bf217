// SPDX-License-Identifier: Apache-2.0
#include "models/arch/tce_table.hpp"

#include <algorithm>

#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch {

RealAddr TableRegion::allocate(std::uint64_t bytes) {
  const RealAddr at = align_up(next_, bytes);
  if (at < next_ || at + bytes > end_ || at + bytes < at) {
    throw UserError("TCE tables need " + text::bytes(bytes) + " more than the table region of " +
                    text::bytes(end_ - base_) + " at " + text::hex(base_) + " holds");
  }
  next_ = at + bytes;
  return at;
}

std::uint64_t table_bytes_for(std::uint64_t window_bytes, unsigned page_shift, unsigned levels, std::uint64_t least) {
  const std::uint64_t pages = std::max<std::uint64_t>(1, window_bytes >> page_shift);
  const unsigned entries_shift = log2_ceil(pages);
  const unsigned per_level = (entries_shift + levels - 1) / levels;
  return std::max(least, std::uint64_t{kTceBytes} << per_level);
}

TceTable::TceTable(WindowShape shape, TableRegion& region) : shape_(shape), region_(region) {
  if (shape_.table == 0) shape_.table = region_.allocate(shape_.table_bytes);
  tve_.kind = Tve::Kind::Translated;
  tve_.levels = static_cast<std::uint8_t>(shape_.levels);
  tve_.bits_per_level = static_cast<std::uint8_t>(log2_floor(shape_.table_bytes) - 3);
  tve_.page_shift = static_cast<std::uint8_t>(shape_.page_shift);
  tve_.table = shape_.table;
  children_.resize(shape_.levels);
}

RealAddr TceTable::child(unsigned level, std::uint64_t prefix) const {
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
  const unsigned bits = tve_.bits_per_level;
  PHBSIM_ASSERT(shift_right(index, bits * tve_.levels) == 0);
  RealAddr table = tve_.table;
  for (unsigned level = tve_.levels - 1u; level > 0; --level) {
    const std::uint64_t prefix = shift_right(index, bits * level);
    RealAddr next = child(level - 1, prefix);
    if (next == 0) {
      if ((tce & kTcePermissions) == 0) return;
      next = region_.allocate(shape_.table_bytes);
      ++tables_;
      children_[level - 1].emplace(prefix, next);
      // Linux sets both permissions on links (phb.md 3.1).
      stores.push_back({table + kTceBytes * (prefix & low_mask(bits)), next | kTcePermissions});
    }
    table = next;
  }
  stores.push_back({table + kTceBytes * (index & low_mask(bits)), tce});
}

void TceTable::put(MemoryView& memory, std::uint64_t index, std::uint64_t tce) {
  scratch_.clear();
  plan_put(index, tce, scratch_);
  for (const Store& s : scratch_) memory.write_be64(s.addr, s.value);
}

}  // namespace phbsim::arch
