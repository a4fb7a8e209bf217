// SPDX-License-Identifier: Apache-2.0
#include "models/arch/register_text.hpp"

#include <algorithm>
#include <cctype>

#include "models/arch/registers.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch {

namespace {

std::string upper(std::string_view s) {
  std::string u;
  for (const char c : s) u += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return u;
}

std::string padded(std::string s, std::size_t width) {
  if (s.size() < width) s.resize(width, ' ');
  return s;
}

}  // namespace

std::string bit_range(unsigned first, unsigned last) {
  return first == last ? std::to_string(first) : std::to_string(first) + ":" + std::to_string(last);
}

std::string mask_text(std::uint64_t mask) {
  if (mask == 0) return "none";
  if (mask == ~0ull) return "all";
  std::string s;
  for (unsigned b = 0; b < 64; ++b) {
    if ((mask & ppc_bit(b)) == 0) continue;
    unsigned last = b;
    while (last < 63 && (mask & ppc_bit(last + 1)) != 0) ++last;
    s += (s.empty() ? "" : ", ") + bit_range(b, last);
    b = last;
  }
  return s;
}

std::string hex64(std::uint64_t value) {
  const std::string digits = text::hex(value).substr(2);
  return "0x" + std::string(16 - digits.size(), '0') + digits;
}

std::vector<const RegField*> fields_of(const RegTable& table, const RegSpec& r, Generation generation) {
  std::vector<const RegField*> found;
  for (unsigned i = 0; i < table.field_count; ++i) {
    const RegField& f = table.fields[i];
    if (f.id == r.id && (f.generations & set_of(generation)) != 0) found.push_back(&f);
  }
  std::stable_sort(found.begin(), found.end(), [](const RegField* a, const RegField* b) {
    return a->first != b->first ? a->first < b->first : a->last > b->last;
  });
  return found;
}

std::vector<FieldValue> decode(const RegTable& table, const RegSpec& r, Generation generation, std::uint64_t value) {
  std::vector<FieldValue> v;
  for (const RegField* f : fields_of(table, r, generation)) v.push_back({f, (value & f->mask()) >> (63 - f->last)});
  return v;
}

std::uint64_t unnamed_bits(const RegTable& table, const RegSpec& r, Generation generation, std::uint64_t value) {
  for (const RegField* f : fields_of(table, r, generation)) value &= ~f->mask();
  return value;
}

std::string decoded_text(const RegTable& table, const RegSpec& r, Generation generation, std::uint64_t value) {
  const std::vector<FieldValue> parts = decode(table, r, generation, value);
  if (parts.empty()) return {};
  std::string s;
  std::uint64_t shown = 0;
  for (const FieldValue& p : parts) {
    if ((shown & p.field->mask()) != 0) continue;
    shown |= p.field->mask();
    if (p.value != 0) s += (s.empty() ? "" : ", ") + std::string(p.field->name) + " " + text::hex(p.value);
  }
  const std::uint64_t rest = unnamed_bits(table, r, generation, value);
  if (rest != 0) s += (s.empty() ? "bits " : ", bits ") + mask_text(rest);
  return s;
}

std::string dump(const RegisterFile& file, DumpScope scope) {
  const RegTable& table = file.table();
  std::string s;
  for (const RegSpec& r : table) {
    if (!r.exists_in(file.generation())) continue;
    const std::uint64_t value = file.get(r.id);
    if (scope == DumpScope::Changed && value == r.reset.of(file.size())) continue;
    std::string line = padded(text::hex(r.offset), 8) + padded(register_name(r), 34) + hex64(value);
    const std::string fields = decoded_text(table, r, file.generation(), value);
    if (!fields.empty()) line += "  " + fields;
    s += line + "\n";
  }
  return s.empty() ? "all registers at reset\n" : s;
}

const RegSpec* find_by_name(const RegTable& table, Generation generation, std::string_view name) {
  const std::string wanted = upper(name);
  const RegSpec* by_suffix = nullptr;
  for (const RegSpec& r : table) {
    if (!r.exists_in(generation)) continue;
    if (register_name(r) == wanted) return &r;
    if (by_suffix == nullptr && r.suffix == wanted) by_suffix = &r;
  }
  return by_suffix;
}

}  // namespace phbsim::arch
