// SPDX-License-Identifier: Apache-2.0
#include "models/arch/register_file.hpp"

namespace phbsim::arch {

RegisterFile::RegisterFile(const RegTable& table, Generation generation, PhbSize size)
    : table_(&table), generation_(generation), size_(size), by_id_(table.ids, nullptr), values_(table.ids, 0) {
  for (const RegSpec& r : table) {
    if (!r.exists_in(generation)) continue;
    const std::uint32_t i = r.offset / table.step;
    if (i >= by_offset_.size()) by_offset_.resize(i + 1, nullptr);
    by_offset_[i] = &r;
    by_id_[r.id] = &r;
  }
  reset(ResetKind::PowerOn);
}

void RegisterFile::write(const RegSpec& r, std::uint64_t value) {
  const std::uint64_t writable = r.writable.of(size_);
  std::uint64_t& v = values_[r.id];
  switch (r.access) {
    case RegAccess::ReadOnly:
      break;
    case RegAccess::ReadWrite:
    case RegAccess::WriteOnly:
      v = (v & ~writable) | (value & writable);
      break;
    case RegAccess::WriteOneClears:
      v &= ~(value & writable);
      break;
    case RegAccess::AnyWriteClears:
      v = 0;
      break;
  }
}

std::uint64_t RegisterFile::reserved_bits(const RegSpec& r, std::uint64_t value) const {
  if (r.access == RegAccess::AnyWriteClears || r.access == RegAccess::WriteOneClears) return 0;
  const std::uint64_t reach = r.access == RegAccess::ReadOnly ? 0 : r.writable.of(size_);
  return (value ^ values_[r.id]) & ~reach;
}

void RegisterFile::reset(ResetKind kind) {
  for (const RegSpec* r : by_id_) {
    if (r == nullptr) continue;
    const std::uint64_t keep = kind == ResetKind::Warm ? r->sticky : 0;
    values_[r->id] = (values_[r->id] & keep) | (r->reset.of(size_) & ~keep);
  }
}

}  // namespace phbsim::arch
