// SPDX-License-Identifier: Apache-2.0
#include "platform/registers/c_header.hpp"

#include <algorithm>

#include "models/arch/registers.hpp"
#include "models/base/text.hpp"

namespace phbsim::registers {

using namespace arch;

namespace {

constexpr std::size_t kValueColumn = 52;
constexpr std::size_t kLineLength = 120;
constexpr Generation kAll[] = {Generation::Phb3, Generation::Phb4, Generation::Phb5};

std::string digits_of(Generations g) {
  std::string d;
  for (const Generation one : kAll)
    if (g & set_of(one)) d += std::to_string(3 + static_cast<unsigned>(one));
  return d;
}

}  // namespace

std::string bits_text(unsigned first, unsigned last) {
  return first == last ? "PPC_BIT(" + std::to_string(first) + ")"
                       : "PPC_BITMASK(" + std::to_string(first) + ", " + std::to_string(last) + ")";
}

std::string generations_text(Generations g) {
  if ((g & kAllPhbs) == kAllPhbs) return {};
  std::string s;
  for (const char c : digits_of(g)) s += (s.empty() ? "PHB" : ", PHB") + std::string(1, c);
  return s;
}

std::string comment_of(Generations g, std::string_view text) {
  const std::string have = generations_text(g);
  return have.empty() || text.empty() ? have + std::string(text) : have + ": " + std::string(text);
}

void Names::add(const std::string& name, Generations g, const std::string& value, std::uint32_t place,
                const std::string& comment) {
  std::vector<Meaning>& of = meanings_[name];
  if (of.empty()) order_.push_back(name);
  for (Meaning& m : of) {
    if (m.value != value) continue;
    m.generations |= g;
    return;
  }
  of.push_back({g, value, comment, place});
}

std::vector<Names::Placed> Names::resolve() const {
  std::vector<Placed> out;
  for (const std::string& name : order_) {
    const std::vector<Meaning>& of = meanings_.at(name);
    const auto newest = std::max_element(of.begin(), of.end(), [](const Meaning& a, const Meaning& b) {
      return a.generations < b.generations;  // the newest generation is the highest bit
    });
    for (auto m = of.begin(); m != of.end(); ++m) {
      Define d;
      d.name = m == newest ? name : name + "_PHB" + digits_of(m->generations);
      d.value = m->value;
      d.comment = comment_of(m->generations, m->comment);
      out.push_back({d, m->place});
    }
  }
  return out;
}

std::vector<Define> register_defines(const RegTable& table) {
  Names registers;
  Names fields;
  for (const RegSpec& r : table) {
    const std::string name = register_name(r);
    registers.add(name, r.generations, text::hex(r.offset), r.offset, std::string(r.text));
    for (unsigned i = 0; i < table.field_count; ++i) {
      const RegField& f = table.fields[i];
      const Generations both = f.generations & r.generations;
      if (f.id != r.id || both == 0) continue;
      fields.add(name + "_" + std::string(f.name), both, bits_text(f.first, f.last), r.offset, {});
    }
  }
  // A field is printed after the register at whose offset it was met first.
  std::vector<Define> out;
  auto places = registers.resolve();
  std::stable_sort(places.begin(), places.end(),
                   [](const Names::Placed& a, const Names::Placed& b) { return a.place < b.place; });
  const auto parts = fields.resolve();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::uint32_t offset = places[i].place;
    places[i].define.starts_group = i > 0 && offset != places[i - 1].place;
    out.push_back(places[i].define);
    if (i + 1 < places.size() && places[i + 1].place == offset) continue;
    for (const Names::Placed& f : parts)
      if (f.place == offset) out.push_back(f.define);
  }
  return out;
}

std::string defines_text(const std::vector<Define>& defines) {
  std::string s;
  for (const Define& d : defines) {
    if (d.starts_group) s += "\n";
    std::string line = "#define " + d.name + " ";
    if (line.size() < kValueColumn) line.resize(kValueColumn, ' ');
    line += d.value;
    const std::string comment = d.comment.empty() ? std::string() : "/* " + d.comment + " */";
    if (line.size() + 2 + comment.size() > kLineLength) {
      s += comment + "\n";
    } else if (!comment.empty()) {
      line += "  " + comment;
    }
    s += line + "\n";
  }
  return s;
}

std::string c_header_frame(std::string_view guard, std::string_view about, const std::string& body) {
  std::string s = "/* SPDX-License-Identifier: Apache-2.0 */\n";
  s += std::string(about);
  s += "#ifndef " + std::string(guard) + "\n#define " + std::string(guard) + "\n\n";
  s += R"(/* Bits of a 64-bit word as IBM counts them: bit 0 is the most significant. SETFIELD gives `word` with
   the field `mask` replaced by `value`; GETFIELD gives the field's value, shifted down. */
#ifndef PPC_U64
#ifdef __ASSEMBLER__
#define PPC_U64(number) number
#else
#define PPC_U64(number) number##ull
#endif
#define PPC_BIT(bit) (PPC_U64(0x8000000000000000) >> (bit))
#define PPC_BITLSHIFT(bit) (63 - (bit))
#define PPC_BITMASK(first, last) \
  ((PPC_U64(0xffffffffffffffff) >> (first)) & (PPC_U64(0xffffffffffffffff) << PPC_BITLSHIFT(last)))
#define PPC_LOWEST(mask) ((mask) & (~(mask) + 1))
#define GETFIELD(mask, word) (((word) & (mask)) / PPC_LOWEST(mask))
#define SETFIELD(mask, word, value) \
  (((word) & ~(mask)) | (((value) * PPC_LOWEST(mask)) & (mask)))
#endif

)";
  return s + body + "\n#endif\n";
}

}  // namespace phbsim::registers
