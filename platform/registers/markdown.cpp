// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/arch/error_bits.hpp"
#include "models/arch/faults.hpp"
#include "models/arch/named_fields.hpp"
#include "models/arch/pec/pec_layout.hpp"
#include "models/arch/register_text.hpp"
#include "models/base/text.hpp"
#include "platform/registers/c_header.hpp"
#include "platform/registers/describe.hpp"

namespace phbsim::registers {

using namespace arch;

namespace {

constexpr std::string_view kIntroduction = R"(# Registers

Generated: `phbsim registers --format markdown > docs/registers.md`. The sources are the tables in `models/arch`
(`register_rows.hpp`, `pec/pec_registers.hpp`, `named_fields.hpp`, `error_bits.hpp`, `faults.hpp`); a test compares. The
same tables drive the model, the generic test of every register, dumps, and firmware's headers in
`firmware-stubs/include`.
`phbsim registers PHB_RTT_BAR 0x8000000032920000` takes a value apart.

How to read it:

- Bits are counted as IBM does: bit 0 is the most significant of 64. `8:46` is bits 8 to 46, both included.
- *access*: RW read and write. RO read only. WO reads 0. W1C bits written as 1 become 0. WxC becomes 0 whatever is
  written.
- *writable*: bits that a write changes (W1C: clears). The others keep their value; where it says *rest 0* they must
  be written 0. A register with a side effect may have none.
- *reset*: after power-on; where big and small PHBs differ, both. *sticky*: bits that any other reset keeps.
- *source*: F a fact that is public, I an inference from facts, MA an assumption of the model where nothing is public;
  then the section of phb.md.
- *meaning*: what it is, and in italics what an access does beyond keeping bits.
- 0x1000 to 0x17ff of PHB4 and PHB5 are the root port's configuration space: 4 bytes at a time, little-endian.
- An offset without a register reads all ones and ignores writes. So does every register while the PHB is fenced.

)";

constexpr std::string_view kIodaText = R"(## Tables behind the IODA port

`PHB_IODA_ADDR` selects table and entry, `PHB_IODA_DATA0` reads and writes it; with `AUTOINC` the index advances
after reads and writes and wraps at the end of the table (phb.md 4.4). Entries by size of the PHB:

)";

constexpr std::string_view kTrapText = R"(## Error trap blocks, bit by bit

Status bits, and what the enables make of them that firmware writes (phb.md 5.3, 7.3, 7.5): freeze the PE, fence
the PHB, interrupt. The outputs of PBL and REGB are bits of `PHB_ERR_STATUS`: informative 24, an endpoint recovers
25, fatal 26. Bits without a name have none that is public. PHB4 and PHB5:

)";

constexpr std::string_view kTrapTextPhb3 = R"(PHB3's bits have no public names. Where the model puts its faults
there is an assumption: on bits that firmware's masks treat as PHB4's.

)";

constexpr std::string_view kFaultText = R"(### Faults of the model

Everything that can go wrong (phb.md 6.1), with what comes of it under firmware's masks. A fault without status
bit does what it says *always*: that is a choice of the model.

)";

constexpr std::string_view kScomText = R"(## Around the PHB, by SCOM

Registers of the PCIe controllers (PEC), their stacks, and of the PHB as the service path sees it, which works while the
PHB is fenced (phb.md 5.6). Addresses count from the base of the unit. POWER8 has a controller for each PHB. Resets are
those of power-on.

)";

using Cells = std::vector<std::string>;

std::string line(const Cells& cells) {
  std::string s = "|";
  for (std::string c : cells) {
    for (std::size_t at = 0; (at = c.find('|', at)) != std::string::npos; at += 2) c.insert(at, "\\");
    s += " " + c + (c.empty() ? "|" : " |");
  }
  return s + "\n";
}

std::string head(const Cells& titles) {
  std::string s = line(titles) + "|";
  for (std::size_t i = 0; i < titles.size(); ++i) s += "---|";
  return s + "\n";
}

std::string code(std::string_view s) { return "`" + std::string(s) + "`"; }

std::string reset_cell(const BySize& reset) {
  const auto one = [](std::uint64_t v) { return v == 0 ? std::string("0") : code(hex64(v)); };
  if (reset.big == reset.small) return one(reset.big);
  return one(reset.big) + " big<br>" + one(reset.small) + " small";
}

std::string mark_letters(Mark mark) {
  return mark == Mark::Fact ? "F" : mark == Mark::Inference ? "I" : "MA";
}

std::string meaning_cell(const Unit& unit, const RegSpec& r) {
  const std::string_view action = unit.action_text(r.action);
  return meaning(r) + (action.empty() ? std::string() : " *" + std::string(action) + "*");
}

std::string area_markdown(const Area& area, Generation g) {
  std::string rows;
  std::string fields;
  for (const RegSpec& r : phb_registers()) {
    if (!r.exists_in(g) || r.offset < area.begin || r.offset >= area.end) continue;
    rows += line({code(text::hex(r.offset)), code(register_name(r)), std::string(access_name(r.access)),
                  writable_text(r), reset_cell(r.reset), mask_text(r.sticky),
                  mark_letters(r.mark) + " " + std::string(r.section), meaning_cell(units().front(), r)});
    bool first = true;
    for (const RegField* f : fields_of(phb_registers(), r, g)) {
      fields += line({first ? code(register_name(r)) : "", code(f->name), bit_range(f->first, f->last)});
      first = false;
    }
  }
  if (rows.empty()) return {};
  std::string s = "### " + generations_text(set_of(g)) + ": " + std::string(area.title) + "\n\n";
  s += head({"offset", "register", "access", "writable", "reset", "sticky", "source", "meaning"});
  s += rows + "\n";
  if (!fields.empty()) s += head({"register", "field", "bits"}) + fields + "\n";
  return s;
}

std::string_view processor_of(Generation g) {
  for (const GenerationFacts& f : kGenerations)
    if (f.generation == g) return f.processor;
  return {};
}

std::string processors_text(Generations g) {
  std::string s;
  for (const GenerationFacts& f : kGenerations)
    if ((g & set_of(f.generation)) != 0 && s.find(f.processor) == std::string::npos)
      s += (s.empty() ? "" : ", ") + std::string(f.processor);
  return (g & kAllPhbs) == kAllPhbs ? "all" : s;
}

std::string scom_markdown(const Unit& unit) {
  std::string s = "### " + std::string(unit.title) + "\n\n";
  s += head({"address", "register", "processors", "access", "writable", "reset", "source", "meaning"});
  std::string fields;
  for (const RegSpec& r : *unit.table) {
    s += line({code(text::hex(r.offset)), code(register_name(r)), processors_text(r.generations),
               std::string(access_name(r.access)), writable_text(r), reset_cell(r.reset),
               mark_letters(r.mark) + " " + std::string(r.section), meaning_cell(unit, r)});
    bool first = true;
    for (unsigned i = 0; i < unit.table->field_count; ++i) {
      const RegField& f = unit.table->fields[i];
      if (f.id != r.id || (f.generations & r.generations) == 0) continue;
      fields += line({first ? code(register_name(r)) : "", code(f.name), bit_range(f.first, f.last),
                      processors_text(f.generations & r.generations)});
      first = false;
    }
  }
  return s + "\n" + (fields.empty() ? "" : head({"register", "field", "bits", "processors"}) + fields + "\n");
}

std::string bases_markdown() {
  std::string s = head({"processor", "PEC", "PHBs", "nest", "of stack 0", "PCI", "of stack 0", "first PHB", "chiplet"});
  for (const PecLayout& l : kPecLayouts) {
    for (unsigned p = 0; p < l.pecs; ++p) {
      const auto base = [&l, p](PecUnit u) { return code(text::hex(scom_base(l, u, p, 0))); };
      const unsigned first = phb_of(l, p, 0);
      s += line({std::string(processor_of(l.generation)), std::to_string(p), bit_range(first, first + l.stacks[p] - 1),
                 base(PecUnit::Nest), base(PecUnit::Stack), base(PecUnit::Pci), base(PecUnit::PciStack),
                 base(PecUnit::Etu), l.conf1[p] == 0 ? "none" : base(PecUnit::Chiplet)});
    }
  }
  return s + "\nThe next stack, and the next PHB, lie " + text::hex(kScomStackStride) + " further.\n\n";
}

std::string ioda_markdown() {
  std::string s(kIodaText);
  s += head({"table", "PHB4, PHB5", "PHB3", "big", "small", "PHB3", "writable", "what it holds"});
  for (const IodaTableSpec& t : kIodaTables) {
    const auto entries = [&t](Generation g, PhbSize size) {
      const std::uint32_t n = ioda_entries(t.id, facts_of(g, size));
      return n == 0 ? std::string("none") : std::to_string(n);
    };
    const auto name = [](std::string_view n) { return n.empty() ? std::string("none") : code(n); };
    s += line({std::to_string(static_cast<unsigned>(t.id)), name(t.name), name(t.phb3_name),
               entries(Generation::Phb5, PhbSize::Big), entries(Generation::Phb5, PhbSize::Small),
               entries(Generation::Phb3, PhbSize::Big), mask_text(t.writable), std::string(t.text)});
  }
  s += "\nEntries, and other words of 64 bits (phb.md 2, 3.1, 5.8, 5.9, 6.2):\n\n";
  s += head({"word", "field", "bits", "generations", "meaning"});
  std::string_view word;
  for (const NamedField& f : kWordFields) {
    const std::string g = generations_text(f.generations);
    s += line({f.word == word ? "" : code(f.word), code(f.name), bit_range(f.first, f.last), g.empty() ? "all" : g,
               std::string(f.text)});
    word = f.word;
  }
  return s + "\n";
}

/// What firmware's enables of a generation make of a status bit.
std::string effect_text(ErrorBlock block, unsigned bit, Generation g) {
  const ErrorEnables& e = firmware_enables(g)[static_cast<unsigned>(block)];
  const bool link_side = block == ErrorBlock::Pbl || block == ErrorBlock::Regb;
  std::string s;
  const auto add = [&s](bool on, std::string_view name) {
    if (on) s += (s.empty() ? "" : ", ") + std::string(name);
  };
  add((e.fence & ppc_bit(bit)) != 0, link_side ? "fatal" : "fence");
  add((e.freeze & ppc_bit(bit)) != 0, link_side ? "an endpoint recovers" : "freeze");
  add((e.interrupt & ppc_bit(bit)) != 0, link_side ? "informative" : "interrupt");
  return s.empty() ? "nothing" : s;
}

std::string faults_of_bit(ErrorBlock block, unsigned bit, Generation g) {
  std::string s;
  for (const FaultSpec& f : kFaultTable) {
    const FaultPlace place = place_of(f.fault, g);
    if (place.bit == bit && place.block == block) s += (s.empty() ? "" : ", ") + code(f.name);
  }
  return s;
}

/// "PHB_TXE_ERR_STATUS"; empty if the generation has no such block.
std::string block_name(ErrorBlock block, Generation g) {
  const RegSpec* r = phb_registers().row(g, static_cast<std::uint16_t>(error_reg(block, BlockReg::Status)));
  return r == nullptr ? std::string() : register_name(*r);
}

/// Neighbours that say the same share a row; bits that say nothing have none.
std::string block_markdown(ErrorBlock block, bool phb3) {
  const Generation g = phb3 ? Generation::Phb3 : Generation::Phb4;
  const auto cells = [&](unsigned bit) {
    const std::string fault = faults_of_bit(block, bit, g);
    const std::string does = effect_text(block, bit, g);
    if (phb3) return Cells{does, fault};
    const std::string later = effect_text(block, bit, Generation::Phb5);
    return Cells{std::string(error_bit_text(block, bit)), does + (later == does ? "" : "; PHB5: " + later), fault};
  };
  const Cells silent = phb3 ? Cells{"nothing", ""} : Cells{"", "nothing", ""};
  std::string rows;
  for (unsigned bit = 0; bit < 64;) {
    Cells mine = cells(bit);
    unsigned last = bit;
    while (last < 63 && cells(last + 1) == mine) ++last;
    if (mine != silent) {
      mine.insert(mine.begin(), bit_range(bit, last));
      rows += line(mine);
    }
    bit = last + 1;
  }
  if (rows.empty()) return {};
  const Cells titles = phb3 ? Cells{"bits", "does", "fault of the model"}
                            : Cells{"bits", "error", "does", "fault of the model"};
  return "### " + std::string(phb3 ? "PHB3: " : "") + code(block_name(block, g)) + "\n\n" + head(titles) + rows + "\n";
}

std::string faults_markdown() {
  std::string s(kTrapText);
  for (unsigned b = 0; b < kErrorBlocks; ++b) s += block_markdown(static_cast<ErrorBlock>(b), false);
  s += kTrapTextPhb3;
  for (unsigned b = 0; b < kErrorBlocks; ++b)
    if (!block_name(static_cast<ErrorBlock>(b), Generation::Phb3).empty())
      s += block_markdown(static_cast<ErrorBlock>(b), true);
  s += kFaultText;
  s += head({"fault", "status bit", "on PHB3", "cause in PESTA", "does", "meaning"});
  for (const FaultSpec& f : kFaultTable) {
    if (f.fault == Fault::None) continue;
    const auto place = [&f](Generation g) {
      const FaultPlace p = place_of(f.fault, g);
      return p.bit == kNoBit ? std::string("none") : code(block_name(p.block, g)) + " " + std::to_string(p.bit);
    };
    const auto does = [&f](Generation g) {
      const FaultEffect e = effect_of(f.fault, g, firmware_enables(g));
      std::string d;
      for (const auto& [on, word] : {std::pair<bool, const char*>{e.fence, "fence"}, {e.freeze, "freeze"},
                                     {e.interrupt, "interrupt"}})
        if (on) d += (d.empty() ? "" : ", ") + std::string(word);
      return d.empty() ? std::string("nothing") : d;
    };
    std::string effect = does(Generation::Phb4);
    if (f.bit == kNoBit) effect += ", always";
    if (does(Generation::Phb5) != does(Generation::Phb4)) effect += "; PHB5: " + does(Generation::Phb5);
    s += line({code(f.name), place(Generation::Phb4), place(Generation::Phb3),
               f.pest_bit == kNoBit ? "none" : std::to_string(f.pest_bit), effect, std::string(f.text)});
  }
  return s;
}

}  // namespace

std::string generation_markdown(Generation g) {
  std::string s = "## " + generations_text(set_of(g)) + " (" + std::string(processor_of(g)) + ")\n\n";
  for (const Area& a : phb_areas()) s += area_markdown(a, g);
  return s;
}

std::string registers_markdown() {
  std::string s(kIntroduction);
  for (const Generation g : {Generation::Phb3, Generation::Phb4, Generation::Phb5}) s += generation_markdown(g);
  s += ioda_markdown() + faults_markdown() + "\n";
  s += std::string(kScomText) + bases_markdown();
  for (const Unit& u : units())
    if (u.scom) s += scom_markdown(u);
  s.pop_back();
  return s;
}

}  // namespace phbsim::registers
