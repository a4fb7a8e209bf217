// SPDX-License-Identifier: Apache-2.0
#include "platform/registers/describe.hpp"

#include "models/arch/register_text.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/config/spelling.hpp"
#include "platform/results/text_table.hpp"

namespace phbsim::registers {

using namespace arch;

std::string_view access_name(RegAccess access) {
  switch (access) {
    case RegAccess::ReadWrite:
      return "RW";
    case RegAccess::ReadOnly:
      return "RO";
    case RegAccess::WriteOnly:
      return "WO";
    case RegAccess::WriteOneClears:
      return "W1C";
    case RegAccess::AnyWriteClears:
      return "WxC";
  }
  throw ModelError("no such access");
}

std::string_view mark_name(Mark mark) {
  switch (mark) {
    case Mark::Fact:
      return "fact";
    case Mark::Inference:
      return "inference";
    case Mark::Assumption:
      return "assumption";
  }
  throw ModelError("no such mark");
}

std::string writable_text(const RegSpec& r) {
  if (r.access == RegAccess::ReadOnly) return "none";
  if (r.access == RegAccess::AnyWriteClears) return "all";
  const std::string rest = r.strict ? "; rest 0" : "";
  if (r.writable.big == r.writable.small) return mask_text(r.writable.big) + rest;
  return mask_text(r.writable.big) + " big, " + mask_text(r.writable.small) + " small" + rest;
}

std::string meaning(const RegSpec& r) {
  std::string s(r.text);
  if (!s.empty() && s[0] >= 'a' && s[0] <= 'z') s[0] = static_cast<char>(s[0] - 'a' + 'A');
  if (!s.empty() && s.back() != '.') s += ".";
  if (r.write_only != 0) s += " Reads 0: " + mask_text(r.write_only) + ".";
  return s;
}

namespace {

std::uint64_t reached(const RegSpec& r, PhbSize size) {
  return r.access == RegAccess::AnyWriteClears ? kAllBits : r.writable.of(size);
}

std::string unit_listing(const Unit& unit, const GenerationFacts& facts) {
  results::TextTable t;
  using Align = results::TextTable::Align;
  for (const char* title :
       {"offset", "register", "access", "writable", "reset", "sticky", "mark", "section", "meaning"})
    t.column(title, Align::Left);
  for (const RegSpec& r : *unit.table) {
    if (!r.exists_in(facts.generation)) continue;
    const std::uint64_t reset = r.reset.of(facts.size);
    t.row({text::hex(r.offset), register_name(r), std::string(access_name(r.access)), mask_text(reached(r, facts.size)),
           reset == 0 ? "0" : hex64(reset), mask_text(r.sticky), std::string(mark_name(r.mark)), std::string(r.section),
           std::string(r.text)});
  }
  return t.empty() ? std::string() : t.text();
}

std::string heading(const NamedRegister& r, const GenerationFacts& facts) {
  const std::string place = (r.unit->scom ? "SCOM " : "") + text::hex(r.row->offset);
  return register_name(*r.row) + " " + place + ", " + std::string(r.unit->scom ? facts.processor : facts.name);
}

}  // namespace

std::string listing(const GenerationFacts& facts, bool scom) {
  if (!scom) return unit_listing(units().front(), facts);
  std::string s;
  for (const Unit& u : units()) {
    const std::string lines = u.scom ? unit_listing(u, facts) : std::string();
    if (!lines.empty()) s += (s.empty() ? "" : "\n") + std::string(u.title) + "\n\n" + lines;
  }
  return s;
}

std::string detail(const NamedRegister& named, const GenerationFacts& facts) {
  const RegSpec& r = *named.row;
  std::string s = heading(named, facts) + "\n";
  s += "  " + meaning(r) + "\n";
  const std::string_view action = named.unit->action_text(r.action);
  if (!action.empty()) s += "  " + std::string(action) + "\n";
  const std::uint64_t reset = r.reset.of(facts.size);
  s += "  access " + std::string(access_name(r.access)) + ", writable " + mask_text(reached(r, facts.size)) +
       (r.strict ? " (others must be written 0)" : "") + ", reset " +
       (reset == 0 ? "0" : hex64(reset)) + ", sticky " + mask_text(r.sticky) + "\n";
  s += "  " + std::string(mark_name(r.mark)) + ", phb.md " + std::string(r.section) + "\n";
  results::TextTable t;
  t.column("  field", results::TextTable::Align::Left);
  t.column("bits", results::TextTable::Align::Left);
  for (const RegField* f : fields_of(*named.unit->table, r, facts.generation))
    t.row({"  " + std::string(f->name), bit_range(f->first, f->last)});
  return t.empty() ? s : s + t.text();
}

std::string decoded(const NamedRegister& named, const GenerationFacts& facts, std::uint64_t value) {
  const RegSpec& r = *named.row;
  const RegTable& table = *named.unit->table;
  std::string s = heading(named, facts) + ": " + hex64(value) + "\n";
  results::TextTable t;
  using Align = results::TextTable::Align;
  t.column("  field", Align::Left);
  t.column("bits", Align::Left);
  t.column("value", Align::Left);
  t.column("in place", Align::Left);
  for (const FieldValue& f : decode(table, r, facts.generation, value)) {
    // A wide field is a part of an address more often than not.
    const bool wide = f.field->last - f.field->first >= 15 && f.field->last < 63;
    t.row({"  " + std::string(f.field->name), bit_range(f.field->first, f.field->last), text::hex(f.value),
           wide ? text::hex(value & f.field->mask()) : ""});
  }
  if (!t.empty()) s += t.text();
  const std::uint64_t rest = unnamed_bits(table, r, facts.generation, value);
  if (rest != 0) s += "  other bits set: " + mask_text(rest) + "\n";
  const std::uint64_t lost = value & ~reached(r, facts.size);
  if (r.access != RegAccess::ReadOnly && r.action == 0 && lost != 0)
    s += "  not reached by a write: " + mask_text(lost) + "\n";
  return s;
}

NamedRegister named_register(std::string_view word, const GenerationFacts& facts) {
  const std::string quoted = config::quote(word);
  const std::string on = std::string(facts.name);
  if (const auto offset = word.empty() || word[0] < '0' || word[0] > '9' ? std::nullopt : config::parse_integer(word)) {
    const Unit& phb = units().front();
    const RegSpec* r = *offset < kRegisterBytes
                           ? phb.table->find(facts.generation, static_cast<std::uint32_t>(*offset))
                           : nullptr;
    if (r != nullptr) return {&phb, r};
    throw UserError("no register of " + on + " at offset " + text::hex(*offset) +
                    "; phbsim registers --generation " + on + " lists them");
  }
  std::string others;
  std::vector<std::string> known;
  for (const Unit& u : units()) {
    if (const RegSpec* r = find_by_name(*u.table, facts.generation, word)) return {&u, r};
    for (const GenerationFacts& g : kGenerations) {
      if (find_by_name(*u.table, g.generation, word) == nullptr) continue;
      others += (others.empty() ? "" : ", ") + std::string(g.name);
    }
    for (const RegSpec& r : *u.table)
      if (r.exists_in(facts.generation)) known.push_back(register_name(r));
  }
  if (!others.empty()) throw UserError(on + " has no register " + quoted + "; these have: " + others);
  throw UserError("unknown register " + quoted + config::did_you_mean(word, known) +
                  " phbsim registers --generation " + on + " lists all");
}

}  // namespace phbsim::registers
