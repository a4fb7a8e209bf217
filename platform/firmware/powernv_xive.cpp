// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/powernv_xive.hpp"

#include "models/base/bits.hpp"
#include "platform/firmware/powernv_map.hpp"

namespace phbsim::firmware::powernv {
namespace {

constexpr std::uint32_t kVcTableAddress = 0x808, kPcTableAddress = 0x488;
constexpr unsigned kQueues = 2, kThreads = 3;  ///< table select
using TableSelect = Field<13, 15>;
using TableBlock = Field<27, 31>;

/// Descriptor of a table: where, whether through pages of descriptors, 4 KiB << size.
constexpr std::uint64_t kTableAddress = 0x0fff'ffff'ffff'f000ull, kTableIndirect = ppc_bit(56);
using TableSize = Field<59, 63>;

constexpr std::uint64_t key(std::uint32_t reg, std::uint64_t table, std::uint64_t block) {
  return std::uint64_t{reg} << 16 | table << 8 | block;
}
std::uint64_t field(std::uint64_t mask, std::uint64_t value) {
  return (value & mask) >> __builtin_ctzll(mask);
}

}  // namespace

const std::array<Xive::Watch, 2> Xive::kWatches{{
    {0x928, 0x930, 4, kVcTableAddress, kQueues, ppc_mask(28, 31), ppc_mask(40, 63)},
    {0x738, 0x740, 8, kPcTableAddress, kThreads, ppc_mask(27, 31), ppc_mask(45, 63)},
}};

std::optional<RealAddr> Xive::entry(const Watch& watch) const {
  const std::uint64_t spec = words_.read(watch.spec, 8);
  const auto table = tables_.find(key(watch.descriptors, watch.table, field(watch.block, spec)));
  if (table == tables_.end()) return std::nullopt;
  std::uint64_t descriptor = table->second;
  std::uint64_t offset = field(watch.index, spec) * watch.words * 8;
  if ((descriptor & kTableIndirect) != 0) {
    // Its first page tells the size of all of them.
    const std::uint64_t page = 4096ull << TableSize::get(memory_.read_be64(descriptor & kTableAddress));
    descriptor = memory_.read_be64((descriptor & kTableAddress) + offset / page * 8);
    offset %= page;
  }
  if ((descriptor & kTableAddress) == 0) return std::nullopt;
  return (descriptor & kTableAddress) + offset;
}

std::uint64_t Xive::read(std::uint64_t offset, unsigned bytes) const {
  std::uint64_t value = words_.read(offset, bytes);
  if (bytes != 8) return value;
  for (const WordRow& row : kXiveRows) {
    if (row.offset != offset) continue;
    if (row.rule == WordRule::ReadClears) value &= ~row.value;
    if (row.rule == WordRule::ReadSets) value |= row.value;
  }
  return value;
}

void Xive::write(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  words_.write(offset, bytes, value);
  if (bytes == 8) apply_rules(offset, value);
}

void Xive::apply_rules(std::uint64_t offset, std::uint64_t value) {
  for (const WordRow& row : kXiveRows) {
    if (row.offset != offset) continue;
    const std::uint64_t old = words_.read(row.value, 8);
    if (row.rule == WordRule::SetsTarget) words_.write(row.value, 8, old | value);
    if (row.rule == WordRule::ClearsTarget) words_.write(row.value, 8, old & ~value);
  }
  for (const std::uint32_t reg : {kVcTableAddress, kPcTableAddress}) {
    if (offset != reg + 8) continue;
    const std::uint64_t select = words_.read(reg, 8);
    tables_[key(reg, TableSelect::get(select), TableBlock::get(select))] = value;
  }
  for (const Watch& watch : kWatches) {
    const bool load = offset == watch.spec;
    if (!load && offset != watch.data) continue;
    const auto at = entry(watch);
    if (!at) continue;
    for (unsigned i = 0; i < watch.words; ++i) {
      if (load) words_.write(watch.data + 8 * i, 8, memory_.read_be64(*at + 8 * i));
      else memory_.write_be64(*at + 8 * i, words_.read(watch.data + 8 * i, 8));
    }
  }
}

}  // namespace phbsim::firmware::powernv
