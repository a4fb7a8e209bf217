// SPDX-License-Identifier: Apache-2.0
#include <cctype>

#include "models/arch/faults.hpp"
#include "models/arch/generation.hpp"
#include "models/arch/msi.hpp"
#include "models/arch/named_fields.hpp"
#include "models/arch/opal/calls.hpp"
#include "models/arch/opal/named_values.hpp"
#include "models/arch/opal/opal_phb.hpp"
#include "models/arch/papr/calls.hpp"
#include "models/arch/registers.hpp"
#include "models/arch/rtt.hpp"
#include "models/base/text.hpp"
#include "platform/registers/c_header.hpp"

namespace phbsim::registers {

using namespace arch;

namespace {

std::string upper(std::string_view s) {
  std::string u;
  for (const char c : s) u += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return u;
}

std::string u64(std::uint64_t v) { return "PPC_U64(" + text::hex(v) + ")"; }

std::string signed_text(std::int64_t v) { return v < 0 ? "(" + std::to_string(v) + ")" : std::to_string(v); }

/// Printed once per title, as a comment.
std::string section(std::string_view title, const std::vector<Define>& defines) {
  return "/* " + std::string(title) + " */\n" + defines_text(defines) + "\n";
}

std::vector<Define> sizes() {
  std::vector<Define> d;
  for (const GenerationFacts& g : kGenerations) {
    std::string name = upper(g.name);
    for (char& c : name)
      if (c == '-') c = '_';
    d.push_back({name + "_VERSION", u64(g.version), std::string(g.processor), !d.empty()});
    d.push_back({name + "_PES", std::to_string(g.max_pes), {}});
    d.push_back({name + "_TVES", std::to_string(g.tves), {}});
    d.push_back({name + "_INTERRUPTS", std::to_string(g.interrupts), {}});
  }
  d.push_back({"PHB_RC_CONFIG", text::hex(kRcConfigOffset), "PHB4 on: configuration space of the root complex", true});
  d.push_back({"PHB_RC_CONFIG_BYTES", text::hex(kRcConfigBytes), "4 bytes at a time, little-endian"});
  d.push_back({"PHB_RTT_BYTES", text::hex(kRttBytes), "2 bytes a RID, big-endian; naturally aligned"});
  d.push_back({"PHB_PEST_ENTRY_BYTES", "16", "two doublewords a PE"});
  d.push_back({"PHB_MSI32_BASE", u64(kMsi32Base), "64 KiB"});
  d.push_back({"PHB_MSI64_BASE", u64(kMsi64Base), {}});
  d.push_back({"PHB_DMA_WINDOW1", u64(1ull << 59), "address of a PE's second window"});
  return d;
}

std::vector<Define> ioda() {
  std::vector<Define> d;
  const auto add = [&d](const IodaTableSpec& t, std::string_view table, Generations g) {
    if (table.empty()) return;
    const std::string name = "PHB_IODA_" + std::string(table);
    const auto entries = [&t](Generation of, PhbSize size) {
      return std::to_string(ioda_entries(t.id, facts_of(of, size)));
    };
    // A text that names generations says it all.
    const bool told = t.text.find("PHB") != std::string_view::npos;
    const std::string id = std::to_string(static_cast<unsigned>(t.id));
    d.push_back({name, id, comment_of(told ? kAllPhbs : g, t.text), !d.empty()});
    const std::string big = entries(Generation::Phb5, PhbSize::Big);
    const std::string small = entries(Generation::Phb5, PhbSize::Small);
    const std::string phb3 = entries(Generation::Phb3, PhbSize::Big);
    if (g == kAllPhbs && big == small && big == phb3) {
      d.push_back({name + "_ENTRIES", big, {}});
      return;
    }
    if (g & kPhb3) d.push_back({name + "_ENTRIES_PHB3", phb3, {}});
    if (g == kPhb3) return;
    d.push_back({name + "_ENTRIES_BIG", big, {}});
    d.push_back({name + "_ENTRIES_SMALL", small, {}});
  };
  for (const IodaTableSpec& t : kIodaTables) {
    if (t.later && t.name == t.phb3_name) {
      add(t, t.name, kAllPhbs);
      continue;
    }
    add(t, t.phb3_name, kPhb3);
    if (t.later) add(t, t.name, kPhb45);
  }
  return d;
}

std::vector<Define> words() {
  std::vector<Define> d;
  std::string_view word;
  for (const NamedField& f : kWordFields) {
    d.push_back({"PHB_" + std::string(f.word) + "_" + std::string(f.name), bits_text(f.first, f.last),
                 comment_of(f.generations, f.text), !d.empty() && f.word != word});
    word = f.word;
  }
  std::string_view field;
  for (const NamedValue& v : kFieldValues) {
    d.push_back({"PHB_" + std::string(v.field) + "_" + std::string(v.name), std::to_string(v.value),
                 std::string(v.text), v.field != field});
    field = v.field;
  }
  d.push_back({"PHB_TVE_PEER_TO_PEER", text::hex(kTvePeerToPeer), "a whole TVE: any address, untranslated", true});
  return d;
}

const RegSpec* row_of(ErrorBlock block, BlockReg r, Generation g) {
  return phb_registers().row(g, static_cast<std::uint16_t>(error_reg(block, r)));
}

std::vector<Define> faults() {
  std::vector<Define> d;
  // PHB3's status bits are an assumption; firmware has no business with them.
  for (const FaultSpec& f : kFaultTable) {
    if (f.bit == kNoBit) continue;
    d.push_back({std::string(row_of(f.block, BlockReg::Status, Generation::Phb5)->block) + "FAULT_" + upper(f.name),
                 bits_text(f.bit, f.bit), comment_of(kPhb45, f.text)});
  }
  Names names;
  for (const Generation g : {Generation::Phb3, Generation::Phb4, Generation::Phb5}) {
    for (unsigned b = 0; b < kErrorBlocks; ++b) {
      const ErrorEnables& e = firmware_enables(g)[b];
      const std::pair<BlockReg, std::uint64_t> values[] = {
          {BlockReg::Irq, e.interrupt}, {BlockReg::Freeze, e.freeze}, {BlockReg::Fence, e.fence}};
      for (const auto& [r, value] : values)
        if (const RegSpec* row = row_of(static_cast<ErrorBlock>(b), r, g))
          names.add(register_name(*row) + "_FIRMWARE", set_of(g), u64(value), b);
    }
  }
  std::uint32_t last = kErrorBlocks;
  for (const Names::Placed& p : names.resolve()) {
    d.push_back(p.define);
    d.back().starts_group = p.place != last;
    last = p.place;
  }
  return d;
}

std::vector<Define> opal_names() {
  std::vector<Define> d;
  for (const auto& c : opal::kCalls)
    d.push_back({"OPAL_" + upper(c.name), std::to_string(static_cast<std::uint64_t>(c.call)), "token"});
  for (const auto& n : opal::kNamedNumbers)
    d.push_back({"OPAL_" + std::string(n.name), std::to_string(n.value), std::string(n.text)});
  d.push_back({"OPAL_UNMAP_PE", std::to_string(opal::kUnmapPe), "action of SET_PE", true});
  d.push_back({"OPAL_MAP_PE", std::to_string(opal::kMapPe), {}});
  d.push_back({"OPAL_BUS_ANY", std::to_string(opal::kBusAny), "bcmp of SET_PE: n of 1..7 compares n + 1 bits"});
  d.push_back({"OPAL_BUS_ALL", std::to_string(opal::kBusAll), {}});
  d.push_back({"OPAL_TCE_KILL_PAGES", std::to_string(opal::kKillTypePages), "type of TCE_KILL"});
  d.push_back({"OPAL_TCE_KILL_PE", std::to_string(opal::kKillTypePe), {}});
  d.push_back({"OPAL_TCE_KILL_ALL", std::to_string(opal::kKillTypeAll), {}});
  d.push_back({"OPAL_OPTION_TVE1_4GB", std::to_string(opal::kOptionTve1Above4G), "option of PHB_SET_OPTION"});
  d.push_back({"OPAL_OPTION_MMIO_EEH_DISABLE", std::to_string(opal::kOptionMmioEehDisable), {}});
  bool first = true;
  for (const auto& c : opal::kCodes) {
    d.push_back({"OPAL_" + std::string(c.name), signed_text(static_cast<std::int64_t>(c.code)), {}, first});
    first = false;
  }
  return d;
}

std::vector<Define> papr_names() {
  std::vector<Define> d;
  for (const auto& h : papr::kHcallTable)
    d.push_back({std::string(h.name), text::hex(h.token), std::string(h.arguments)});
  bool first = true;
  for (const auto& c : papr::kHcallCodes) {
    d.push_back({std::string(c.name), signed_text(c.code), {}, first});
    first = false;
  }
  first = true;
  for (const auto& r : papr::kRtasTable) {
    std::string name = upper(r.name.substr(r.name.find(',') + 1));
    for (char& c : name)
      if (c == '-') c = '_';
    d.push_back({"RTAS_" + name, text::hex(r.token), std::string(r.layout), first});
    first = false;
  }
  d.push_back({"RTAS_SUCCESS", signed_text(papr::kRtasSuccess), {}, true});
  d.push_back({"RTAS_HARDWARE", signed_text(papr::kRtasHardware), {}});
  d.push_back({"RTAS_BUSY", signed_text(papr::kRtasBusy), {}});
  d.push_back({"RTAS_PARAMETER", signed_text(papr::kRtasParameter), {}});
  d.push_back({"RTAS_NOT_AUTHORIZED", signed_text(papr::kRtasNotAuthorized), {}});
  d.push_back({"RTAS_EXTENDED_DELAY", signed_text(papr::kRtasExtendedDelay), "+ n: about 10^n ms"});
  for (const auto& p : papr::kPageSizeBits)
    d.push_back({"RTAS_PAGE_SHIFT_" + std::to_string(p.shift), text::hex(p.mask), {}, p.mask == 1});
  return d;
}

}  // namespace

std::string phb_c_header() {
  std::string body;
  body += section("Registers: byte offsets. A comment that begins with generations: only these have it.",
                  register_defines(phb_registers()));
  body += section("Sizes and addresses", sizes());
  body += section("Tables behind the IODA port: value of PHB_IODA_ADDR_TSEL, entries", ioda());
  body += section("Entries of tables", words());
  body += section("Errors: status bits, and the enables that firmware writes", faults());
  body += section("OPAL: tokens, arguments, codes", opal_names());
  body += section("Hypercalls and RTAS: tokens, codes", papr_names());
  body.pop_back();
  return c_header_frame("PHB_REGISTERS_H",
                        "/* The host bridge's registers and tables. Generated, do not edit:\n"
                        "   phbsim registers --format c-header > firmware-stubs/include/phb_registers.h */\n",
                        body);
}

}  // namespace phbsim::registers
