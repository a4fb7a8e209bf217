// SPDX-License-Identifier: Apache-2.0
/// What a row of a register table promises, worked out bit by bit and apart from RegisterFile; and a
/// walk that holds any register file to it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/arch/generation.hpp"
#include "models/arch/register_file.hpp"
#include "models/arch/register_spec.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::test {

/// One register as its row describes it.
class ExpectedRegister {
 public:
  ExpectedRegister(const arch::RegSpec& row, arch::PhbSize size)
      : row_(row), big_(size == arch::PhbSize::Big), value_(big_ ? row.reset.big : row.reset.small) {}

  bool writable(unsigned bit) const { return on(big_ ? row_.writable.big : row_.writable.small, bit); }
  void write(std::uint64_t v) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      switch (row_.access) {
        case arch::RegAccess::ReadOnly:
          break;
        case arch::RegAccess::ReadWrite:
        case arch::RegAccess::WriteOnly:
          if (writable(bit)) put(bit, on(v, bit));
          break;
        case arch::RegAccess::WriteOneClears:
          if (writable(bit) && on(v, bit)) put(bit, false);
          break;
        case arch::RegAccess::AnyWriteClears:
          put(bit, false);
          break;
      }
    }
  }
  std::uint64_t read() const {
    std::uint64_t v = 0;
    for (unsigned bit = 0; bit < 64; ++bit)
      if (row_.access != arch::RegAccess::WriteOnly && !on(row_.write_only, bit) && on(value_, bit)) v |= one(bit);
    return v;
  }
  void reset(bool power_on) {
    for (unsigned bit = 0; bit < 64; ++bit)
      if (power_on || !on(row_.sticky, bit)) put(bit, on(big_ ? row_.reset.big : row_.reset.small, bit));
  }
  /// Bits of a write that ask for a change which the register does not take.
  std::uint64_t refused(std::uint64_t v) const {
    std::uint64_t r = 0;
    for (unsigned bit = 0; bit < 64; ++bit) {
      bool reached = true;
      if (row_.access == arch::RegAccess::ReadOnly) reached = false;
      if (row_.access == arch::RegAccess::ReadWrite || row_.access == arch::RegAccess::WriteOnly)
        reached = writable(bit);
      if (!reached && on(v, bit) != on(value_, bit)) r |= one(bit);
    }
    return r;
  }
  std::uint64_t value() const { return value_; }
  void set(std::uint64_t v) { value_ = v; }

 private:
  static std::uint64_t one(unsigned bit) { return 0x8000000000000000ull >> bit; }
  static bool on(std::uint64_t v, unsigned bit) { return (v & one(bit)) != 0; }
  void put(unsigned bit, bool set) { value_ = set ? value_ | one(bit) : value_ & ~one(bit); }

  const arch::RegSpec& row_;
  bool big_;
  std::uint64_t value_;
};

/// Zeros, ones, stripes, walking ones and walking zeros, and values without any order.
inline std::vector<std::uint64_t> register_patterns() {
  std::vector<std::uint64_t> p = {0,     ~0ull, 0x5555555555555555ull, 0xAAAAAAAAAAAAAAAAull, 0x00000000FFFFFFFFull,
                                  ~0ull, 0};
  for (unsigned bit = 0; bit < 64; ++bit) p.push_back(1ull << bit);
  p.push_back(~0ull);
  for (unsigned bit = 0; bit < 64; ++bit) p.push_back(~(1ull << bit));
  std::uint64_t x = 0x9E3779B97F4A7C15ull;
  for (unsigned i = 0; i < 16; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    p.push_back(x);
  }
  return p;
}

/// Holds a register file to every row of its table: reset values, writes in every pattern from full
/// and from reset, reserved bits, both resets, neighbours untouched, offsets without a register.
inline void walk_register_file(const arch::RegTable& table, arch::Generation generation, arch::PhbSize size,
                               std::uint32_t end) {
  using namespace arch;
  const std::vector<std::uint64_t> patterns = register_patterns();
  RegisterFile file(table, generation, size);
  const auto others_at_reset = [&](const RegSpec& but) {
    for (const RegSpec& r : table) {
      if (!r.exists_in(generation) || r.id == but.id) continue;
      if (file.get(r.id) != ExpectedRegister(r, size).value()) return false;
    }
    return true;
  };
  // An assertion for each of a million comparisons would take minutes.
  const auto same = [](std::uint64_t is, std::uint64_t should) {
    if (is != should) REQUIRE(is == should);
  };
  unsigned rows = 0;
  for (const RegSpec& r : table) {
    if (!r.exists_in(generation)) continue;
    ++rows;
    INFO(std::string(r.block) << r.suffix << " at " << r.offset << ", generation " << static_cast<int>(generation)
                              << ", size " << static_cast<int>(size));
    REQUIRE(file.find(r.offset) == &r);
    REQUIRE(file.row(r.id) == &r);
    ExpectedRegister expected(r, size);
    same(file.get(r.id), expected.value());
    same(file.read(r), expected.read());
    for (const std::uint64_t start : {expected.value(), kAllBits, std::uint64_t{0}}) {
      file.set(r.id, start);
      expected.set(start);
      for (const std::uint64_t v : patterns) {
        same(file.reserved_bits(r, v), expected.refused(v));
        file.write(r, v);
        expected.write(v);
        same(file.get(r.id), expected.value());
        same(file.read(r), expected.read());
      }
    }
    REQUIRE(others_at_reset(r));
    for (const bool power_on : {false, true}) {
      for (const std::uint64_t before : {kAllBits, std::uint64_t{0}, patterns.back()}) {
        file.set(r.id, before);
        expected.set(before);
        file.reset(power_on ? ResetKind::PowerOn : ResetKind::Warm);
        expected.reset(power_on);
        same(file.get(r.id), expected.value());
      }
    }
    file.reset(ResetKind::PowerOn);
  }
  unsigned found = 0;
  for (std::uint32_t offset = 0; offset < end; ++offset) {
    const RegSpec* r = file.find(offset);
    if (r == nullptr) continue;
    ++found;
    REQUIRE(r->offset == offset);
    REQUIRE(r->exists_in(generation));
  }
  REQUIRE(found == rows);
  for (const std::uint32_t far : {end, end + 8, 0x7FFFFFF8u, 0xFFFFFFF8u, 0xFFFFFFFFu})
    REQUIRE(file.find(far) == nullptr);
  for (unsigned id = 0; id < table.ids; ++id) {
    bool exists = false;
    for (const RegSpec& r : table) exists = exists || (r.id == id && r.exists_in(generation));
    REQUIRE((file.row(static_cast<std::uint16_t>(id)) != nullptr) == exists);
  }
}

/// Rows and fields that contradict themselves, by name. Empty if the table is sound.
inline std::vector<std::string> contradictions(const arch::RegTable& table) {
  using namespace arch;
  std::vector<std::string> wrong;
  const auto say = [&wrong](const RegSpec& r, const std::string& what) {
    wrong.push_back(std::string(r.block) + std::string(r.suffix) + ": " + what);
  };
  for (const RegSpec& r : table) {
    const std::uint64_t writable = r.writable.big | r.writable.small;
    if (r.access == RegAccess::ReadOnly && writable != 0) say(r, "read-only with writable bits");
    if (r.write_only != 0 && r.access != RegAccess::ReadWrite) say(r, "write-only bits of a register that is not RW");
    if ((r.write_only & ~writable) != 0) say(r, "write-only bits that are not writable");
    if (r.strict && r.access != RegAccess::ReadWrite) say(r, "strict, but not RW");
    if (r.access == RegAccess::WriteOnly && r.sticky != 0) say(r, "nothing to keep in a write-only register");
    if (r.text.empty() || r.section.empty()) say(r, "no meaning or no section");
    for (const char c : std::string(r.block) + std::string(r.suffix))
      if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) say(r, "a name that is none in C");
    for (const RegSpec& o : table)
      if (&o != &r && (o.generations & r.generations) != 0 && o.block == r.block && o.suffix == r.suffix)
        say(r, "a name twice in a generation");
  }
  for (unsigned i = 0; i < table.field_count; ++i) {
    const RegField& f = table.fields[i];
    Generations rows = 0;
    const RegSpec* any = nullptr;
    for (const RegSpec& r : table) {
      if (r.id != f.id) continue;
      rows |= r.generations;
      any = &r;
    }
    if (any == nullptr) {
      wrong.push_back(std::string(f.name) + ": a field of no register");
      continue;
    }
    if ((rows & f.generations) == 0) say(*any, "field " + std::string(f.name) + " is nowhere");
    for (unsigned k = i + 1; k < table.field_count; ++k) {
      const RegField& o = table.fields[k];
      if (o.id == f.id && o.name == f.name && (o.generations & f.generations & rows) != 0)
        say(*any, "field " + std::string(f.name) + " twice in a generation");
    }
  }
  return wrong;
}

}  // namespace phbsim::test
