// SPDX-License-Identifier: Apache-2.0
/// How one 64-bit hardware register is described. Tables of these rows are all there is to know of a
/// register file: behaviour (register_file.hpp), documents, dumps, the firmware's C header and the
/// generic tests derive from them. Bit numbers are IBM's (bit 0 is the most significant).
#pragma once

#include <cstdint>
#include <string_view>

#include "models/arch/generation.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch {

enum class RegAccess : std::uint8_t {
  ReadWrite,
  ReadOnly,
  WriteOnly,       ///< reads 0
  WriteOneClears,  ///< bits written as 1 become 0
  AnyWriteClears,  ///< becomes 0 whatever is written
};

/// Where a row's numbers come from.
enum class Mark : std::uint8_t {
  Fact,        ///< stated by, or observable in, a public source
  Inference,   ///< follows from public facts
  Assumption,  ///< not public
};

/// A value of the big and of the small PHB of a generation; mostly the same.
struct BySize {
  std::uint64_t big = 0;
  std::uint64_t small = 0;

  constexpr BySize() = default;
  constexpr BySize(std::uint64_t both) : big(both), small(both) {}  // NOLINT(google-explicit-constructor)
  constexpr BySize(std::uint64_t b, std::uint64_t s) : big(b), small(s) {}
  constexpr std::uint64_t of(PhbSize size) const { return size == PhbSize::Big ? big : small; }
};

/// Generations that have a row, as a set.
using Generations = std::uint8_t;
constexpr Generations set_of(Generation g) { return static_cast<Generations>(1u << static_cast<unsigned>(g)); }
constexpr Generations kPhb3 = set_of(Generation::Phb3);
constexpr Generations kPhb4 = set_of(Generation::Phb4);
constexpr Generations kPhb5 = set_of(Generation::Phb5);
constexpr Generations kPhb45 = kPhb4 | kPhb5;
constexpr Generations kAllPhbs = kPhb3 | kPhb45;

constexpr std::uint64_t kAllBits = ~0ull;

/// One register of one or more generations. A register whose layout differs between generations has
/// a row for each, with the same id.
struct RegSpec {
  std::uint16_t id = 0;           ///< the table's enumeration
  std::uint32_t offset = 0;       ///< in the units of the table: bytes, or SCOM addresses
  std::string_view block;         ///< what the name begins with
  std::string_view suffix;        ///< the rest of the name
  Generations generations = kAllPhbs;
  RegAccess access = RegAccess::ReadWrite;
  BySize writable = kAllBits;     ///< bits that writes reach: keep, or clear (WriteOneClears); others are reserved
  BySize reset;                   ///< after power-on
  std::uint64_t sticky = 0;       ///< bits that keep their value in a reset that is not power-on
  std::uint64_t write_only = 0;   ///< bits of a ReadWrite register that read 0
  std::uint8_t action = 0;        ///< the table's enumeration of side effects; 0: none
  Mark mark = Mark::Fact;         ///< of reset and writable
  std::string_view section;       ///< of phb.md
  std::string_view text;
  bool strict = false;            ///< software must write 0 to what writes do not reach

  constexpr bool exists_in(Generation g) const { return (generations & set_of(g)) != 0; }
};

/// A named part of a register, for dumps, documents and headers.
struct RegField {
  std::uint16_t id = 0;
  std::uint8_t first = 0;  ///< IBM bits, both inclusive
  std::uint8_t last = 0;
  std::string_view name;
  Generations generations = kAllPhbs;

  constexpr std::uint64_t mask() const { return ppc_mask(first, last); }
};

/// Rows of a table and its field names, wherever they lie.
struct RegTable {
  const RegSpec* rows = nullptr;
  unsigned count = 0;
  const RegField* fields = nullptr;
  unsigned field_count = 0;
  unsigned ids = 0;   ///< size of the enumeration
  unsigned step = 8;  ///< distance of neighbours in offsets

  constexpr const RegSpec* begin() const { return rows; }
  constexpr const RegSpec* end() const { return rows + count; }
  /// The row of a generation that an offset names, or null.
  constexpr const RegSpec* find(Generation g, std::uint32_t offset) const {
    for (const RegSpec& r : *this)
      if (r.offset == offset && r.exists_in(g)) return &r;
    return nullptr;
  }
  constexpr const RegSpec* row(Generation g, std::uint16_t id) const {
    for (const RegSpec& r : *this)
      if (r.id == id && r.exists_in(g)) return &r;
    return nullptr;
  }
};

/// True if the rows are in order of offsets, each generation has at most one row of an offset and of
/// an id, and resets keep to what exists.
constexpr bool is_sound(const RegTable& t) {
  for (unsigned i = 0; i < t.count; ++i) {
    const RegSpec& a = t.rows[i];
    if (a.offset % t.step != 0 || a.id >= t.ids || a.generations == 0) return false;
    if (i > 0 && a.offset < t.rows[i - 1].offset) return false;
    for (unsigned k = i + 1; k < t.count; ++k) {
      const RegSpec& b = t.rows[k];
      if ((a.generations & b.generations) != 0 && (a.offset == b.offset || a.id == b.id)) return false;
    }
  }
  for (unsigned i = 0; i < t.field_count; ++i)
    if (t.fields[i].first > t.fields[i].last || t.fields[i].last > 63 || t.fields[i].id >= t.ids) return false;
  return true;
}

}  // namespace phbsim::arch
