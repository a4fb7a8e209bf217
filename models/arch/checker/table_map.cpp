// SPDX-License-Identifier: Apache-2.0
#include "models/arch/checker/table_map.hpp"

#include <algorithm>

namespace phbsim::arch::checker {

const TableMap::Table* TableMap::find(RealAddr addr, std::uint64_t bytes) const {
  auto it = tables_.upper_bound(addr);
  if (it != tables_.begin()) {
    const Table& before = std::prev(it)->second;
    if (addr - before.base < before.bytes) return &before;
  }
  return it != tables_.end() && it->first - addr < bytes ? &it->second : nullptr;
}

void TableMap::set_tve(Owner owner, const Tve& tve, std::vector<Conflict>& conflicts) {
  const auto old = roots_.find(owner);
  Table root;
  if (tve.kind == Tve::Kind::Translated) {
    root.base = tve.table;
    root.bytes = std::uint64_t{kTceBytes} << tve.bits_per_level;
    root.level = tve.levels - 1u;
    root.page_shift = tve.page_shift;
    root.owner = owner;
  }
  if (old != roots_.end()) {
    if (tve.kind == Tve::Kind::Translated && old->second.same_shape(root)) return;
    const RealAddr base = old->second.base;
    roots_.erase(old);
    release(base);
  }
  if (tve.kind == Tve::Kind::Translated && add(root, conflicts)) roots_[owner] = root;
}

bool TableMap::add(const Table& table, std::vector<Conflict>& conflicts) {
  if (const Table* there = find(table.base, table.bytes)) {
    if (!there->same_shape(table)) {
      conflicts.push_back({table, *there});
      return false;
    }
    ++tables_[table.base].refs;
    return true;
  }
  Table& t = tables_[table.base] = table;
  t.refs = 1;
  if (on_watch) on_watch(t.base, t.bytes, true);
  if (t.level == 0 || t.bytes / kTceBytes > kScanEntries) return true;
  for (std::uint64_t at = 0; at < table.bytes; at += kTceBytes) link(table, table.base + at, conflicts);
  return true;
}

void TableMap::release(RealAddr base) {
  const auto it = tables_.find(base);
  if (it == tables_.end() || --it->second.refs > 0) return;
  const Table gone = it->second;
  tables_.erase(it);
  if (on_watch) on_watch(gone.base, gone.bytes, false);
  for (auto l = links_.lower_bound(gone.base); l != links_.end() && l->first - gone.base < gone.bytes;) {
    const RealAddr child = l->second;
    l = links_.erase(l);
    release(child);
  }
}

// What an entry of an indirect table leads to, now.
void TableMap::link(const Table& table, RealAddr entry, std::vector<Conflict>& conflicts) {
  const std::uint64_t word = memory_.read_be64(entry);
  const bool leads = (word & kTcePermissions) != 0 && is_tce(word);
  const auto old = links_.find(entry);
  if (old != links_.end()) {
    if (leads && old->second == next_table(word)) return;
    const RealAddr child = old->second;
    links_.erase(old);
    release(child);
  }
  if (!leads) return;
  Table child = table;
  child.base = next_table(word);
  child.level = table.level - 1;
  child.refs = 0;
  if (add(child, conflicts)) links_[entry] = child.base;
}

void TableMap::stored(RealAddr addr, std::uint64_t bytes, std::vector<Conflict>& conflicts) {
  const Table* found = find(addr, bytes);
  while (found != nullptr) {
    const Table table = *found;
    const RealAddr end = std::min(addr + bytes, table.base + table.bytes);
    if (table.level > 0) {
      for (RealAddr at = std::max(addr, table.base) & ~7ull; at < end; at += kTceBytes) link(table, at, conflicts);
    }
    bytes -= end - addr;
    addr = end;
    found = bytes == 0 ? nullptr : find(addr, bytes);
  }
}

}  // namespace phbsim::arch::checker
