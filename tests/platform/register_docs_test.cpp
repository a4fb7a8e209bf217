// SPDX-License-Identifier: Apache-2.0
// docs/registers.md and the firmware's header are what the tables say; the header is read back the way
// firmware does.
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "firmware-stubs/include/pec_registers.h"
#include "firmware-stubs/include/phb_registers.h"
#include "models/arch/faults.hpp"
#include "models/arch/named_fields.hpp"
#include "models/arch/opal/calls.hpp"
#include "models/arch/papr/calls.hpp"
#include "models/arch/register_text.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/registers/c_header.hpp"
#include "platform/registers/describe.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using namespace phbsim::registers;

namespace {

std::string file_text(const std::string& path) {
  std::ifstream in(std::string(PHBSIM_SOURCE_DIR) + "/" + path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Names and values of a header, comments removed. Macros with arguments are left out.
std::map<std::string, std::string> defines_of(const std::string& header) {
  std::map<std::string, std::string> d;
  std::istringstream lines(header);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("#define ", 0) != 0) continue;
    const auto comment = line.find("/*");
    if (comment != std::string::npos) line.resize(comment);
    const auto name_end = line.find_first_of(" (", 8);
    if (name_end == std::string::npos || line[name_end] == '(') continue;
    const auto begin = line.find_first_not_of(' ', name_end);
    const auto end = line.find_last_not_of(' ');
    if (begin == std::string::npos) continue;
    const std::string name = line.substr(8, name_end - 8);
    INFO(name);
    REQUIRE(d.emplace(name, line.substr(begin, end - begin + 1)).second);  // no name twice
  }
  return d;
}

std::uint64_t number(std::string s) {
  if (s.rfind("PPC_U64(", 0) == 0) s = s.substr(8, s.size() - 9);
  return std::stoull(s, nullptr, 0);
}

/// Mask of "PPC_BIT(3)" or "PPC_BITMASK(8, 46)".
std::uint64_t mask(const std::string& s) {
  unsigned first = 0;
  unsigned last = 0;
  if (std::sscanf(s.c_str(), "PPC_BIT(%u)", &first) == 1) return 0x8000000000000000ull >> first;
  REQUIRE(std::sscanf(s.c_str(), "PPC_BITMASK(%u, %u)", &first, &last) == 2);
  std::uint64_t m = 0;
  for (unsigned b = first; b <= last; ++b) m |= 0x8000000000000000ull >> b;
  return m;
}

/// What firmware for a generation reads for a name: the one with its suffix, else the plain one.
std::string value_on(const std::map<std::string, std::string>& d, const std::string& name, Generation g) {
  const char digit = static_cast<char>('3' + static_cast<int>(g));
  for (const char* suffix : {"3", "4", "5", "34", "35", "45"})
    if (std::string(suffix).find(digit) != std::string::npos)
      if (const auto it = d.find(name + "_PHB" + suffix); it != d.end()) return it->second;
  const auto it = d.find(name);
  INFO(name);
  REQUIRE(it != d.end());
  return it->second;
}

}  // namespace

// phb.md, by hand.
static_assert(PHB_RTT_BAR == 0x168 && PHB_RTT_BAR_ENABLE == 0x8000000000000000ull);
static_assert(PHB_RTT_BAR_BASE == 0x00FFFFFFFFFE0000ull);
static_assert(PHB_CONFIG_ADDRESS_PE == 0x1FF0000 && PHB_CONFIG_ADDRESS_PE_PHB3 == 0xFF0000);
static_assert(PHB_TXE_ERR_STATUS == 0xD00 && PHB_OUT_ERR_STATUS == 0xD00 && PHB_RXE_TCE_ERR_FREEZE_ENABLE == 0xEA8);
static_assert(PHB_PCIE_DLP_TRAIN_CTL == 0x1A40 && PHB_PCIE_DLP_TRAIN_CTL_PHB3 == 0x640);
static_assert(PHB_IODA_TVT == 9 && PHB_IODA_TVT_ENTRIES_BIG == 1024 && PHB_IODA_TVT_ENTRIES_PHB3 == 512);
static_assert(PHB_IODA_MBT == 16 && PHB_IODA_MBT_ENTRIES_SMALL == 32 && PHB_IODA_PEEV == 20);
static_assert(PHB_RXE_ARB_ERR_FREEZE_ENABLE_FIRMWARE == 0xC00018B801000060ull);
static_assert(PHB_TXE_ERR_FREEZE_ENABLE_FIRMWARE == 0x0000500A00000000ull &&
              PHB_TXE_ERR_FREEZE_ENABLE_FIRMWARE_PHB4 == 0x0000000A00000000ull);
static_assert(PHB_RXE_ARB_FAULT_TVE_INVALID == PPC_BIT(26));
static_assert(OPAL_MAP_PE_DMA_WINDOW == 44 && OPAL_EEH_FREEZE_STATUS == 23 && OPAL_HARDWARE == -6);
static_assert(H_PUT_TCE == 0x20 && H_PARAMETER == -4);
static_assert(PEC_NEST_STACK_PHB_REG_BAR == 0x12 && PEC_NEST_STACK_PHB_REG_BAR_PHB3 == 0x42);
static_assert(PEC_NEST_STACK_NFIR_FORCE_FENCE == 0x0000002000000000ull && PEC_PCI_STACK_ETU_RESET == 0xA);
static_assert(POWER9_PEC2_NEST == 0x4011400 && POWER9_PEC2_NEST_STACK0 == 0x4011440 && PEC_STACK_STRIDE == 0x40);
static_assert(POWER9_PEC1_ETU0 == 0xE010900 && POWER10_PEC1_NEST == 0x2011800 && POWER8_PEC2_PCI == 0x9012800);
static_assert(POWER9_PEC0_CHIPLET == 0xD000009 && POWER9_BAR_SHIFT == 8 && POWER8_BAR_SHIFT == 14);
static_assert(ETU_SCOM_HV_IND_ADDRESS_OFFSET == 0x1FFF && ETU_SCOM_LEM_WOF == 0x10);
// The helpers, in constant expressions.
static_assert(PPC_BITMASK(0, 63) == ~0ull && PPC_BITLSHIFT(47) == 16);
static_assert(GETFIELD(PHB_CONFIG_ADDRESS_PE, 0x8010001001FF0000ull) == 0x1FF);
static_assert(SETFIELD(PHB_CONFIG_ADDRESS_PE, 0x8010001000450000ull, 0x1FF) == 0x8010001001FF0000ull);
static_assert(SETFIELD(PHB_IODA_ADDR_TSEL, 0ull, PHB_IODA_TVT) == 0x0009000000000000ull);
static_assert(SETFIELD(PPC_BITMASK(0, 63), 7ull, 5) == 5 && SETFIELD(PPC_BIT(63), 0ull, 3) == 1);

TEST_CASE("firmware-stubs/include/phb_registers.h is what phb_c_header() writes") {
  // if not: phbsim registers --format c-header > firmware-stubs/include/phb_registers.h
  CHECK((file_text("firmware-stubs/include/phb_registers.h") == phb_c_header()));
}

TEST_CASE("firmware-stubs/include/pec_registers.h is what pec_c_header() writes") {
  // if not: phbsim registers --format c-header --table scom > firmware-stubs/include/pec_registers.h
  CHECK((file_text("firmware-stubs/include/pec_registers.h") == pec_c_header()));
}

TEST_CASE("docs/registers.md is what registers_markdown() writes") {
  // if not: phbsim registers --format markdown > docs/registers.md
  CHECK((file_text("docs/registers.md") == registers_markdown()));
}

TEST_CASE("Firmware finds every register and field of its generation in the header") {
  const auto d = defines_of(phb_c_header());
  auto scom = defines_of(pec_c_header());
  for (const auto& [name, value] : d) CHECK(scom.count(name) == 0);  // both can be included
  for (const Generation g : {Generation::Phb3, Generation::Phb4, Generation::Phb5}) {
    for (const Unit& u : units()) {
      const auto& names = u.scom ? scom : d;
      for (const RegSpec& r : *u.table) {
        if (!r.exists_in(g)) continue;
        const std::string name = register_name(r);
        INFO(name << " on generation " << static_cast<int>(g));
        REQUIRE(number(value_on(names, name, g)) == r.offset);
        for (const RegField* f : fields_of(*u.table, r, g))
          REQUIRE(mask(value_on(names, name + "_" + std::string(f->name), g)) == f->mask());
      }
    }
    for (unsigned b = 0; b < kErrorBlocks; ++b) {
      const ErrorEnables& e = firmware_enables(g)[b];
      const auto check = [&](BlockReg which, std::uint64_t value) {
        const auto id = static_cast<std::uint16_t>(error_reg(static_cast<ErrorBlock>(b), which));
        const RegSpec* r = phb_registers().row(g, id);
        if (r != nullptr) CHECK(number(value_on(d, register_name(*r) + "_FIRMWARE", g)) == value);
      };
      check(BlockReg::Irq, e.interrupt);
      check(BlockReg::Freeze, e.freeze);
      check(BlockReg::Fence, e.fence);
    }
  }
}

TEST_CASE("The header has the words, calls and codes that firmware needs") {
  const auto d = defines_of(phb_c_header());
  for (const NamedField& f : kWordFields)
    CHECK(mask(d.at("PHB_" + std::string(f.word) + "_" + std::string(f.name))) == f.mask());
  for (const FaultSpec& f : kFaultTable) {
    if (f.bit == kNoBit) continue;
    unsigned found = 0;
    std::string upper;
    for (const char c : f.name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    for (const auto& [name, value] : d) {
      const std::string tail = "FAULT_" + upper;
      if (name.size() < tail.size() || name.compare(name.size() - tail.size(), tail.size(), tail) != 0) continue;
      ++found;
      CHECK(mask(value) == ppc_bit(f.bit));
    }
    INFO(upper);
    CHECK(found == 1);
  }
  for (const auto& c : opal::kCodes) {
    const auto code = static_cast<std::int64_t>(c.code);
    CHECK(d.at("OPAL_" + std::string(c.name)) == (code < 0 ? "(" + std::to_string(code) + ")" : std::to_string(code)));
  }
  for (const auto& h : papr::kHcallTable) CHECK(number(d.at(std::string(h.name))) == h.token);
  for (const GenerationFacts& g : kGenerations) {
    std::string name;
    for (const char c : g.name) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    CHECK(number(d.at(name + "_VERSION")) == g.version);
    CHECK(number(d.at(name + "_PES")) == g.max_pes);
  }
}

TEST_CASE("A name that differs between generations is the newest one's, the others get a suffix") {
  Names names;
  names.add("A", kPhb3, "1", 8, "old");
  names.add("A", kPhb4, "2", 16);
  names.add("A", kPhb5, "2", 16);
  names.add("B", kPhb3, "7", 0);
  names.add("C", kPhb4, "3", 24);
  names.add("C", kPhb5, "4", 24);
  names.add("D", kPhb3, "9", 24, "same");
  names.add("D", kPhb45, "9", 24);
  std::string s;
  for (const Names::Placed& p : names.resolve())
    s += p.define.name + "=" + p.define.value + "@" + std::to_string(p.place) + " " + p.define.comment + "\n";
  CHECK(s == "A_PHB3=1@8 PHB3: old\nA=2@16 PHB4, PHB5\nB=7@0 PHB3\nC_PHB4=3@24 PHB4\nC=4@24 PHB5\nD=9@24 same\n");
}

TEST_CASE("The document shows each register once in each of its generations") {
  for (const Generation g : {Generation::Phb3, Generation::Phb4, Generation::Phb5}) {
    const std::string s = generation_markdown(g);
    for (const RegSpec& r : phb_registers()) {
      const std::string start = "| `" + text::hex(r.offset) + "` | `" + register_name(r) + "` | ";
      std::size_t found = 0;
      for (std::size_t at = 0; (at = s.find(start, at)) != std::string::npos; ++at) ++found;
      INFO(start << static_cast<int>(g));
      const RegSpec* here = phb_registers().find(g, r.offset);  // a generation may have a row of its own
      CHECK(found == (here != nullptr && register_name(*here) == register_name(r) ? 1 : 0));
    }
  }
  const std::string p4 = generation_markdown(Generation::Phb4);
  CHECK(p4.find("| `0x258` | `PHB_TCE_CAP` | RO | none | `0x4008440000000400` big<br>`0x2008440000000200` small | "
                "none | F 5.1 | TCE cache and TVT entries. |\n") != std::string::npos);
  CHECK(p4.find("| `0x168` | `PHB_RTT_BAR` | RW | 0, 8:46; rest 0 | 0 | none | F 1.2 | RID to PE table in memory. "
                "|\n") != std::string::npos);
  CHECK(p4.find("| `0xc08` | `PHB_LEM_FIR_AND_MASK` | WO | none | 0 | none | F 5.3 | FIR &= value. "
                "*Write: FIR &= value.* |\n") != std::string::npos);
  CHECK(p4.find("| `PHB_RTT_BAR` | `ENABLE` | 0 |\n| | `BASE` | 8:46 |\n") != std::string::npos);
  const std::string all = registers_markdown();
  CHECK(all.find("| 40 | RTE names no PE | interrupt | `rte_pe_out_of_range` |\n") != std::string::npos);
  CHECK(all.find("| 26 | TVT entry invalid | freeze, interrupt | `tve_invalid` |\n") != std::string::npos);
  CHECK(all.find("| 41 | RTT BAR off | fence | `rtt_disabled` |\n") != std::string::npos);
  CHECK(all.find("| 9 | `TVT` | `TVT` | 1024 | 512 | 512 | all | ") != std::string::npos);
  CHECK(all.find("| `0x42` | `PEC_NEST_STACK_PHB_REG_BAR` | POWER8 | RW | 0:37 | 0 | I 5.6 | Address << 14. "
                 "*Write: where the PHB answers moves.* |\n") != std::string::npos);
  CHECK(all.find("| POWER9 | 2 | 3:5 | `0x4011400` | `0x4011440` | `0xf010800` | `0xf010840` | `0xf010900` | "
                 "`0xf000009` |\n") != std::string::npos);
  CHECK(all.find("| `PEC_NEST_STACK_BAR_EN` | `MMIO0` | 0 | POWER9, POWER10 |\n") != std::string::npos);
  CHECK(all.find("| `msi_size` | `PHB_RXE_ARB_ERR_STATUS` 2 | `PHB_INA_ERR_STATUS` 2 | none | fence | ") !=
        std::string::npos);
}

TEST_CASE("Every side effect has words, and no register has one that is unknown") {
  for (const Unit& u : units())
    for (const RegSpec& r : *u.table) CHECK_NOTHROW(u.action_text(r.action));
  for (const PecActionText& a : pec_actions()) CHECK(a.text.empty() == (a.action == PecAction::None));
  for (const ActionText& a : phb_actions()) CHECK(a.text.empty() == (a.action == RegAction::None));
  for (const RegSpec& r : phb_registers()) {
    unsigned areas = 0;
    for (const Area& a : phb_areas()) areas += r.offset >= a.begin && r.offset < a.end;
    INFO(register_name(r));
    CHECK(areas == 1);
  }
}

TEST_CASE("A register is named by name or offset, and a wrong name says what is meant") {
  const GenerationFacts& p4 = facts_of(Generation::Phb4, PhbSize::Big);
  CHECK(named_register("PHB_RTT_BAR", p4).row->offset == 0x168);
  CHECK(named_register("rtt_bar", p4).row->offset == 0x168);
  CHECK(named_register("0x168", p4).row->offset == 0x168);
  CHECK(named_register("360", p4).row->offset == 0x168);
  const auto message = [&p4](const char* word) -> std::string {
    try {
      named_register(word, p4);
    } catch (const UserError& e) {
      return e.what();
    }
    return {};
  };
  CHECK(message("PHB_RTT_BRA") == "unknown register \"PHB_RTT_BRA\"; did you mean \"PHB_RTT_BAR\"? phbsim registers "
                                  "--generation phb4-big lists all");
  CHECK(message("IVT_BAR") == "phb4-big has no register \"IVT_BAR\"; these have: phb3");
  CHECK(message("0x169") ==
        "no register of phb4-big at offset 0x169; phbsim registers --generation phb4-big lists them");
  CHECK(message("0x100000168") != "");
  CHECK(register_name(*named_register("PHB_REG_BAR", p4).row) == "PEC_NEST_STACK_PHB_REG_BAR");
  CHECK(named_register("PHB_REG_BAR", p4).row->offset == 0x12);
  CHECK(named_register("PHB_REG_BAR", facts_of(Generation::Phb3, PhbSize::Big)).row->offset == 0x42);
  CHECK(message("ETU_SCOM_ASB_DATA") == "phb4-big has no register \"ETU_SCOM_ASB_DATA\"; these have: phb3");
  CHECK(message("") != "");
}

TEST_CASE("A value is shown field by field, with the bits that no write reaches") {
  const GenerationFacts& p4 = facts_of(Generation::Phb4, PhbSize::Big);
  CHECK(decoded(named_register("PHB_RTT_BAR", p4), p4, 0x8000000032920001ull) ==
        "PHB_RTT_BAR 0x168, phb4-big: 0x8000000032920001\n"
        "  field   bits  value   in place\n"
        "--------  ----  ------  ----------\n"
        "  ENABLE  0     0x1\n"
        "  BASE    8:46  0x1949  0x32920000\n"
        "  other bits set: 63\n"
        "  not reached by a write: 63\n");
  CHECK(decoded(named_register("PHB_M64_AOMASK", p4), p4, 3) ==
        "PHB_M64_AOMASK 0x1d0, phb4-big: 0x0000000000000003\n  other bits set: 62:63\n");
  const std::string about = detail(named_register("PHB_TCE_KILL", p4), p4);
  CHECK(about.find("PHB_TCE_KILL 0x210, phb4-big\n  Queues a TCE invalidation") == 0);
  CHECK(about.find("\n  fact, phb.md 4.2\n") != std::string::npos);
  CHECK(about.find("  PENUM  55:63\n") != std::string::npos);
  CHECK(decoded(named_register("NFIR_SET", p4), p4, 0x0000002000000000ull) ==
        "PEC_NEST_STACK_NFIR_SET SCOM 0x2, POWER9: 0x0000002000000000\n  other bits set: 26\n");
  CHECK(detail(named_register("ETU_RESET", p4), p4).find(
            "PEC_PCI_STACK_ETU_RESET SCOM 0xa, POWER9\n  Bit 0: the PHB is in reset.\n  Write: holds") == 0);
  const std::string scom = listing(p4, true);
  CHECK(scom.find("PEC: nest side\n\noffset  register ") == 0);
  CHECK(scom.find("\n0x12    PEC_NEST_STACK_PHB_REG_BAR ") != std::string::npos);
  CHECK(scom.find("IRSN_COMPARE") == std::string::npos);
  const std::string all = listing(facts_of(Generation::Phb5, PhbSize::Small));
  CHECK(all.find("\n0x100   PHB_LSI_SOURCE_ID ") != std::string::npos);
  CHECK(all.find("0x07f8000000000000") != std::string::npos);
  CHECK(all.find("IVT_BAR") == std::string::npos);
}
