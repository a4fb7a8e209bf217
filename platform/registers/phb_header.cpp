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
  for (const IodaTableSpec& t : kIodaTables) {
    const std::string name = "PHB_IODA_" + std::string(t.name);
    const std::string id = std::to_string(static_cast<unsigned>(t.id));
    Generations have = 0;
    for (const IodaTableSpec& same : kIodaTables)
      if (same.name == t.name) have |= same.generations;
    bool known = false;
    for (const Define& k : d) known = known || k.name == name;
    if (!known) d.push_back({name, id, comment_of(have, t.text), !d.empty()});
    if (t.generations == kAllPhbs) {
      d.push_back({name + "_ENTRIES", std::to_string(t.entries.big), {}});
    } else if (t.generations == kPhb3) {
      d.push_back({name + "_ENTRIES_PHB3", std::to_string(t.entries.big), {}});
    } else if (t.entries.big == t.entries.small) {
      d.push_back({name + "_ENTRIES", std::to_string(t.entries.big), {}});
    } else {
      d.push_back({name + "_ENTRIES_BIG", std::to_string(t.entries.big), {}});
      d.push_back({name + "_ENTRIES_SMALL", std::to_string(t.entries.small), {}});
    }
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

/// "PHB_RXE_ARB_": what the names of a block's registers begin with.
std::string block_prefix(unsigned block) {
  const auto id = static_cast<std::uint16_t>(error_reg(static_cast<ErrorBlock>(block), BlockReg::Status));
  const RegSpec* row = phb_registers().row(Generation::Phb5, id);
  return row == nullptr ? std::string() : std::string(row->block);
}

std::vector<Define> faults() {
  std::vector<Define> d;
  for (const FaultSpec& f : kFaultTable) {
    if (f.bit == kNoBit) continue;
    d.push_back({block_prefix(static_cast<unsigned>(f.block)) + "FAULT_" + upper(f.name), bits_text(f.bit, f.bit),
                 std::string(f.text)});
  }
  for (unsigned b = 0; b < kFirmwareEnables.size(); ++b) {
    const ErrorEnables& e = kFirmwareEnables[b];
    const auto name = [b](BlockReg r) {
      const auto id = static_cast<std::uint16_t>(error_reg(static_cast<ErrorBlock>(b), r));
      return register_name(*phb_registers().row(Generation::Phb5, id)) + "_FIRMWARE";
    };
    d.push_back({name(BlockReg::Irq), u64(e.interrupt), {}, true});
    d.push_back({name(BlockReg::Freeze), u64(e.freeze), {}});
    d.push_back({name(BlockReg::Fence), u64(e.fence), {}});
  }
  using T = TransactionType;
  constexpr std::pair<T, std::string_view> kTypes[] = {
      {T::DmaWrite, "DMA_WRITE"},  {T::Msi, "MSI"},         {T::DmaRead, "DMA_READ"}, {T::DmaReadResponse, "DMA_READ_RESPONSE"},
      {T::MmioLoad, "MMIO_LOAD"},  {T::MmioStore, "MMIO_STORE"}, {T::Other, "OTHER"}};
  for (const auto& [t, name] : kTypes)
    d.push_back({"PHB_TTYPE_" + std::string(name), std::to_string(static_cast<unsigned>(t)), {}, t == T::DmaWrite});
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
