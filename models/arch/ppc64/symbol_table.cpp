// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <tuple>

#include "models/arch/ppc64/elf.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::ppc64 {

void SymbolTable::finish() {
  // Of several names of an address the first is shown: functions, then global ones, then by name.
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    return std::tie(a.addr, b.function, b.global, a.name, a.size) <
           std::tie(b.addr, a.function, a.global, b.name, b.size);
  });
  by_name_.resize(symbols_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0u);
  std::stable_sort(by_name_.begin(), by_name_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::tie(symbols_[a].name, symbols_[b].global) < std::tie(symbols_[b].name, symbols_[a].global);
  });
}

std::string SymbolTable::lookup(std::uint64_t addr) const {
  const auto after = std::upper_bound(symbols_.begin(), symbols_.end(), addr,
                                      [](std::uint64_t a, const Symbol& s) { return a < s.addr; });
  if (after == symbols_.begin()) return {};
  const std::uint64_t nearest = std::prev(after)->addr;
  const auto first =
      std::lower_bound(symbols_.begin(), after, nearest, [](const Symbol& s, std::uint64_t a) { return s.addr < a; });
  for (auto it = first; it != after; ++it) {
    if (it->size != 0 && addr - nearest >= it->size) continue;
    return addr == nearest ? it->name : it->name + "+" + text::hex(addr - nearest);
  }
  return {};
}

std::optional<std::uint64_t> SymbolTable::find(std::string_view name) const {
  const auto it = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                   [this](std::uint32_t i, std::string_view n) { return symbols_[i].name < n; });
  if (it == by_name_.end() || symbols_[*it].name != name) return std::nullopt;
  return symbols_[*it].addr;
}

}  // namespace phbsim::arch::ppc64
