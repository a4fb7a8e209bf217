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

const std::vector<ActionText>& phb_actions() {
  using A = RegAction;
  static const std::vector<ActionText> kActions = {
      {A::None, "None", ""},
      {A::ChannelStatus, "ChannelStatus", "Read: what the inbound trap blocks hold."},
      {A::LoadStoreStatus, "LoadStoreStatus", "Read: what the outbound trap blocks hold."},
      {A::ErrorSummary, "ErrorSummary", "Read: which trap blocks hold an error."},
      {A::ConfigData, "ConfigData", "Access: a configuration cycle to the function that CONFIG_ADDRESS names."},
      {A::IodaData, "IodaData", "Access: the entry that IODA_ADDR selects; the index may advance."},
      {A::FfiLock, "FfiLock", "Read: takes the lock."},
      {A::DmaSync, "DmaSync", "Write of a start bit: its complete bit falls, and rises when DMA has drained."},
      {A::RtcInvalidate, "RtcInvalidate", "Write: drops cached RIDs."},
      {A::TceKill, "TceKill", "Write of a command bit: the TCE cache drops a page, a PE or everything."},
      {A::QuiesceDma, "QuiesceDma", "Read: responses and kills that are pending. Write: stops DMA."},
      {A::FfiRequest, "FfiRequest", "Write: fires an MSI."},
      {A::IvcInvalidate, "IvcInvalidate", "Write: drops cached IVEs."},
      {A::IvcUpdate, "IvcUpdate", "Write: changes an IVE."},
      {A::Control, "Control", "Write: TVE selection, EEH and interrupts follow at once."},
      {A::LemFirAnd, "LemFirAnd", "Write: FIR &= value."},
      {A::LemFirOr, "LemFirOr", "Write: FIR |= value."},
      {A::LemMaskAnd, "LemMaskAnd", "Write: error mask &= value."},
      {A::LemMaskOr, "LemMaskOr", "Write: error mask |= value."},
      {A::Status, "Status", "Write: the block's outputs follow."},
      {A::Inject, "Inject", "Write: sets status bits, as an error would."},
      {A::CoreReset, "CoreReset", "Write: resets parts of the core, or the link by PERST."},
      {A::Presence, "Presence", "Read: whether a card is there."},
      {A::TrainControl, "TrainControl", "Read: where link training is. Write: holds or lets go detection."},
      {A::LinkManagement, "LinkManagement", "Read: whether the link is active. Write: trains it again."},
      {A::LinkSpeed, "LinkSpeed", "Write: the link trains no faster."},
      {A::LinkErrors, "LinkErrors", "Read: errors of the link as well. Write: clears them."},
  };
  return kActions;
}

const ActionText& text_of(RegAction action) {
  for (const ActionText& a : phb_actions())
    if (a.action == action) return a;
  throw ModelError("a side effect without words");
}

const std::vector<Area>& phb_areas() {
  static const std::vector<Area> kAreas = {
      {0x000, 0x400, "Tables, DMA, interrupts"},
      {0x400, 0x600, "UTL"},
      {0x600, 0x800, "Link"},
      {0x800, 0xC00, "Control"},
      {0xC00, 0xC80, "Local error macro"},
      {0xC80, 0xF80, "Error trap blocks"},
      {0xF80, 0x1000, "Trace, counters, hot plug"},
      {0x1800, 0x1900, "PBL"},
      {0x1900, 0x1A00, "PBL: error trap block"},
      {0x1A00, 0x1C00, "PCI Express stack"},
      {0x1C00, 0x2000, "REGB: error trap block"},
  };
  return kAreas;
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

std::string listing(const GenerationFacts& facts) {
  results::TextTable t;
  using Align = results::TextTable::Align;
  for (const char* title :
       {"offset", "register", "access", "writable", "reset", "sticky", "mark", "section", "meaning"})
    t.column(title, Align::Left);
  for (const RegSpec& r : phb_registers()) {
    if (!r.exists_in(facts.generation)) continue;
    const std::uint64_t writable = r.access == RegAccess::AnyWriteClears ? kAllBits : r.writable.of(facts.size);
    const std::uint64_t reset = r.reset.of(facts.size);
    t.row({text::hex(r.offset), register_name(r), std::string(access_name(r.access)), mask_text(writable),
           reset == 0 ? "0" : hex64(reset), mask_text(r.sticky), std::string(mark_name(r.mark)), std::string(r.section),
           std::string(r.text)});
  }
  return t.text();
}

namespace {

std::string heading(const RegSpec& r, const GenerationFacts& facts) {
  return register_name(r) + " " + text::hex(r.offset) + ", " + std::string(facts.name);
}

}  // namespace

std::string detail(const RegSpec& r, const GenerationFacts& facts) {
  std::string s = heading(r, facts) + "\n";
  s += "  " + meaning(r) + "\n";
  const ActionText& action = text_of(static_cast<RegAction>(r.action));
  if (!action.text.empty()) s += "  " + std::string(action.text) + "\n";
  const std::uint64_t reset = r.reset.of(facts.size);
  const std::uint64_t writable = r.access == RegAccess::AnyWriteClears ? kAllBits : r.writable.of(facts.size);
  s += "  access " + std::string(access_name(r.access)) + ", writable " + mask_text(writable) +
       (r.strict ? " (others must be written 0)" : "") + ", reset " +
       (reset == 0 ? "0" : hex64(reset)) + ", sticky " + mask_text(r.sticky) + "\n";
  s += "  " + std::string(mark_name(r.mark)) + ", phb.md " + std::string(r.section) + "\n";
  results::TextTable t;
  t.column("  field", results::TextTable::Align::Left);
  t.column("bits", results::TextTable::Align::Left);
  for (const RegField* f : fields_of(phb_registers(), r, facts.generation))
    t.row({"  " + std::string(f->name), bit_range(f->first, f->last)});
  return t.empty() ? s : s + t.text();
}

std::string decoded(const RegSpec& r, const GenerationFacts& facts, std::uint64_t value) {
  const RegTable& table = phb_registers();
  std::string s = heading(r, facts) + ": " + hex64(value) + "\n";
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
  const std::uint64_t reach = r.access == RegAccess::AnyWriteClears ? kAllBits : r.writable.of(facts.size);
  const std::uint64_t lost = value & ~reach;
  if (r.access != RegAccess::ReadOnly && r.action == 0 && lost != 0)
    s += "  not reached by a write: " + mask_text(lost) + "\n";
  return s;
}

const RegSpec& named_register(std::string_view word, const GenerationFacts& facts) {
  const RegTable& table = phb_registers();
  const std::string quoted = config::quote(word);
  const std::string on = std::string(facts.name);
  if (const auto offset = word.empty() || word[0] < '0' || word[0] > '9' ? std::nullopt : config::parse_integer(word)) {
    if (const RegSpec* r = *offset < kRegisterBytes ? table.find(facts.generation, static_cast<std::uint32_t>(*offset))
                                                    : nullptr)
      return *r;
    throw UserError("no register of " + on + " at offset " + text::hex(*offset) +
                    "; phbsim registers --generation " + on + " lists them");
  }
  if (const RegSpec* r = find_by_name(table, facts.generation, word)) return *r;
  std::string others;
  for (const GenerationFacts& g : kGenerations) {
    if (find_by_name(table, g.generation, word) == nullptr) continue;
    others += (others.empty() ? "" : ", ") + std::string(g.name);
  }
  if (!others.empty()) throw UserError(on + " has no register " + quoted + "; these have: " + others);
  std::vector<std::string> known;
  for (const RegSpec& r : table)
    if (r.exists_in(facts.generation)) known.push_back(register_name(r));
  throw UserError("unknown register " + quoted + config::did_you_mean(word, known) +
                  " phbsim registers --generation " + on + " lists all");
}

}  // namespace phbsim::registers
