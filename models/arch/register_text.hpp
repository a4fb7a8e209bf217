// SPDX-License-Identifier: Apache-2.0
/// Registers in words: values taken apart by their fields, and what of a register file differs from
/// its reset. For dumps, reports of the checker and the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/register_file.hpp"
#include "models/arch/register_spec.hpp"

namespace phbsim::arch {

/// "8:46" or "0".
std::string bit_range(unsigned first, unsigned last);
/// Set bits of a mask as IBM ranges: "0, 8:46"; "none", "all".
std::string mask_text(std::uint64_t mask);

/// Part of a register's value.
struct FieldValue {
  const RegField* field = nullptr;
  std::uint64_t value = 0;  ///< shifted down
};

/// The fields that a register has in a generation, in order of their first bits, wider ones first.
std::vector<const RegField*> fields_of(const RegTable& table, const RegSpec& r, Generation generation);
std::vector<FieldValue> decode(const RegTable& table, const RegSpec& r, Generation generation, std::uint64_t value);
/// Bits of `value` that no field of the register names.
std::uint64_t unnamed_bits(const RegTable& table, const RegSpec& r, Generation generation, std::uint64_t value);

/// "ENABLE 0x1, BASE 0x1949": fields that are not 0, then bits without a name as "bits 3, 5:7". A field
/// that overlaps an earlier one of the list is left out. Empty if the register has no fields.
std::string decoded_text(const RegTable& table, const RegSpec& r, Generation generation, std::uint64_t value);

enum class DumpScope : std::uint8_t { Changed, All };

/// A line per register, in order of offset: offset, name, value, decoded fields. Changed: those only
/// whose value is not that of a power-on reset; "all registers at reset" if there are none. The bare
/// values are shown, whatever a read would give.
std::string dump(const RegisterFile& file, DumpScope scope = DumpScope::Changed);

/// The row of a generation with that name, in upper or lower case and with or without its block's
/// prefix ("PHB_"); null if there is none.
const RegSpec* find_by_name(const RegTable& table, Generation generation, std::string_view name);

/// "0x0000000000000168": all 16 digits.
std::string hex64(std::uint64_t value);

}  // namespace phbsim::arch
