// SPDX-License-Identifier: Apache-2.0
/// Values of the registers of a table, with the rules that their rows state: what a read gives, what
/// a write changes, what a reset leaves. Side effects are the owner's.
#pragma once

#include <cstdint>
#include <vector>

#include "models/arch/register_spec.hpp"

namespace phbsim::arch {

enum class ResetKind : std::uint8_t { PowerOn, Warm };  ///< Warm keeps sticky bits

class RegisterFile {
 public:
  /// `table` lives longer.
  RegisterFile(const RegTable& table, Generation generation, PhbSize size);

  /// The row that `offset` names here, or null. Any offset may be asked.
  const RegSpec* find(std::uint32_t offset) const {
    const std::uint32_t i = offset / table_->step;
    return offset % table_->step == 0 && i < by_offset_.size() ? by_offset_[i] : nullptr;
  }
  /// Null if this generation has no such register.
  const RegSpec* row(std::uint16_t id) const { return by_id_[id]; }
  const RegTable& table() const { return *table_; }

  std::uint64_t read(const RegSpec& r) const {
    return r.access == RegAccess::WriteOnly ? 0 : values_[r.id] & ~r.write_only;
  }
  void write(const RegSpec& r, std::uint64_t value);
  /// Bits of `value` that a write of it would not reach although they ask for a change.
  std::uint64_t reserved_bits(const RegSpec& r, std::uint64_t value) const;
  void reset(ResetKind kind);

  /// The bare value, without rules.
  std::uint64_t get(std::uint16_t id) const { return values_[id]; }
  void set(std::uint16_t id, std::uint64_t value) { values_[id] = value; }

  Generation generation() const { return generation_; }
  PhbSize size() const { return size_; }

 private:
  const RegTable* table_;
  Generation generation_;
  PhbSize size_;
  std::vector<const RegSpec*> by_offset_;
  std::vector<const RegSpec*> by_id_;
  std::vector<std::uint64_t> values_;
};

}  // namespace phbsim::arch
