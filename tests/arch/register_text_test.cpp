// SPDX-License-Identifier: Apache-2.0
#include "models/arch/register_text.hpp"

#include <set>
#include <string>

#include "models/arch/named_fields.hpp"
#include "models/arch/registers.hpp"
#include "models/arch/tce_kill.hpp"
#include "models/arch/tve.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

const RegSpec& row(Reg reg, Generation g) {
  const RegSpec* r = phb_registers().row(g, static_cast<std::uint16_t>(reg));
  REQUIRE(r != nullptr);
  return *r;
}
std::string decoded(Reg reg, Generation g, std::uint64_t value) {
  return decoded_text(phb_registers(), row(reg, g), g, value);
}
const NamedField& word_field(std::string_view word, const std::string& name) {
  for (const NamedField& f : kWordFields)
    if (f.word == word && f.name == name) return f;
  FAIL("no field " << std::string(word) << " " << name);
  return kWordFields[0];
}
std::uint64_t get(std::string_view word, const std::string& name, std::uint64_t value) {
  const NamedField& f = word_field(word, name);
  return (value & f.mask()) >> (63 - f.last);
}

}  // namespace

TEST_CASE("Masks are written as ranges of IBM bits") {
  CHECK(mask_text(0) == "none");
  CHECK(mask_text(~0ull) == "all");
  CHECK(mask_text(0x8000000000000000ull) == "0");
  CHECK(mask_text(1) == "63");
  CHECK(mask_text(0x80FFFFFFFFFE0000ull) == "0, 8:46");
  CHECK(mask_text(0xC000000000000003ull) == "0:1, 62:63");
  CHECK(mask_text(0x5000000000000000ull) == "1, 3");
  CHECK(hex64(0x1F) == "0x000000000000001f");
  CHECK(hex64(0) == "0x0000000000000000");
}

TEST_CASE("A value is taken apart by the fields of its generation") {
  CHECK(decoded(Reg::RttBar, Generation::Phb4, 0x8000000032920000ull) == "ENABLE 0x1, BASE 0x1949");
  CHECK(decoded(Reg::ConfigAddress, Generation::Phb4, 0x8010001001FF0000ull) ==
        "ENABLE 0x1, BDFN 0x100, REG 0x10, PE 0x1ff");
  // PHB3's PE is one bit narrower.
  CHECK(decoded(Reg::ConfigAddress, Generation::Phb3, 0x8010001001FF0000ull) ==
        "ENABLE 0x1, BDFN 0x100, REG 0x10, PE 0xff, bits 39");
  CHECK(decoded(Reg::DmaSync, Generation::Phb5, 0x3000000000000000ull) == "WRITE_START 0x1, WRITE_COMPLETE 0x1");
  CHECK(decoded(Reg::DmaSync, Generation::Phb4, 0x3000000000000000ull) == "bits 2:3");
  CHECK(decoded(Reg::RttBar, Generation::Phb4, 0).empty());
  CHECK(decoded(Reg::M64Aomask, Generation::Phb4, 5).empty());  // has no fields
  // The trained link of phb.md 5.5: Gen4 x16.
  CHECK(decoded(Reg::PcieDlpTrainCtl, Generation::Phb4, 0x0000154904000000ull) ==
        "INBAND_PRESENCE 0x1, DL_UP 0x1, TL_LINKACT 0x1, LTSSM 0x4, LINK_WIDTH 0x10, LINK_SPEED 0x4, bits 28");
}

TEST_CASE("Fields are listed in order, the wide one first") {
  const auto fields = fields_of(phb_registers(), row(Reg::ConfigAddress, Generation::Phb4), Generation::Phb4);
  std::vector<std::string> names;
  for (const RegField* f : fields) names.emplace_back(f->name);
  CHECK(names == std::vector<std::string>{"ENABLE", "STATUS", "BDFN", "BUS", "DEV", "FUNC", "REG", "PE"});
  const auto parts = decode(phb_registers(), row(Reg::ConfigAddress, Generation::Phb4), Generation::Phb4,
                            0x8ABCD01001FF0000ull);
  REQUIRE(parts.size() == 8);
  CHECK(parts[2].value == 0xABCD);
  CHECK(parts[3].value == 0xAB);
  CHECK(parts[4].value == 0x19);
  CHECK(parts[5].value == 5);
}

TEST_CASE("A dump shows what differs from reset, or everything") {
  RegisterFile file(phb_registers(), Generation::Phb4, PhbSize::Big);
  CHECK(dump(file) == "all registers at reset\n");
  file.write(*file.find(0x168), 0x8000000032920000ull);
  file.write(*file.find(0x100), 0);  // differs, too: its reset is not 0
  CHECK(dump(file) == "0x100   PHB_LSI_SOURCE_ID                 0x0000000000000000\n"
                      "0x168   PHB_RTT_BAR                       0x8000000032920000  ENABLE 0x1, BASE 0x1949\n");
  const std::string all = dump(file, DumpScope::All);
  std::size_t lines = 0;
  for (const char c : all) lines += c == '\n';
  std::size_t rows = 0;
  for (const RegSpec& r : phb_registers()) rows += r.exists_in(Generation::Phb4);
  CHECK(lines == rows);
  CHECK(all.find("0x258   PHB_TCE_CAP                       0x4008440000000400  CACHE_ENTRIES 0x400, TVES 0x400, "
                 "bits 12, 17, 21\n") != std::string::npos);
}

TEST_CASE("Registers are found by name, in any case, with or without prefix") {
  const RegTable& t = phb_registers();
  const RegSpec* rtt = t.find(Generation::Phb4, 0x168);
  REQUIRE(rtt != nullptr);
  for (const char* name : {"PHB_RTT_BAR", "phb_rtt_bar", "RTT_BAR", "rtt_bar"})
    CHECK(find_by_name(t, Generation::Phb4, name) == rtt);
  CHECK(find_by_name(t, Generation::Phb3, "RTT_BAR") != rtt);
  CHECK(find_by_name(t, Generation::Phb3, "PHB_INA_ERR_STATUS") == t.find(Generation::Phb3, 0xD80));
  CHECK(find_by_name(t, Generation::Phb4, "PHB_INA_ERR_STATUS") == nullptr);
  CHECK(find_by_name(t, Generation::Phb4, "IVT_BAR") == nullptr);
  CHECK(find_by_name(t, Generation::Phb4, "") == nullptr);
  CHECK(find_by_name(t, Generation::Phb4, "RTT") == nullptr);
}

TEST_CASE("Words of the tables are described as they are decoded") {
  // phb.md 2.4, example B.
  const std::uint64_t tve = 0x0000002000102505ull;
  CHECK(get("TVE", "TTA", tve) == 0x200010);
  CHECK(get("TVE", "LEVELS", tve) == 1);
  CHECK(get("TVE", "TTS", tve) == 5);
  CHECK(get("TVE", "PSIZE", tve) == 5);
  // Example C: bypass of 256 GiB.
  const std::uint64_t bypass = 0x0000000040001080ull;
  CHECK(get("TVE", "NXLATE", bypass) == 1);
  CHECK(get("TVE", "NXLATE_50BIT", bypass) == 1);
  CHECK((get("TVE", "NXLATE_END_HI", bypass) << 48 | get("TVE", "NXLATE_END_LO", bypass) << 24) == 256ull << 30);
  // A kill of PE 5's 64K page at 0x8_0003_0000 (phb.md 4.2).
  CHECK(get("TCE_KILL", "PSIZE", 0x3000000800031005ull) == 1);
  CHECK(decoded(Reg::TceKill, Generation::Phb4, 0x4000000000000005ull) == "PE 0x1, PENUM 0x5");
  // G16: source 0x123 lies in the last quarter of word 0x48.
  CHECK(get("MIST", "PE3", 5) == 5);
  CHECK(get("MIST", "P0", 0xC005000000000000ull) == 1);
  CHECK(get("MIST", "Q0", 0xC005000000000000ull) == 1);
  CHECK(get("MIST", "PE0", 0xC005000000000000ull) == 5);
  // phb.md 6.2: a UR of an MMIO load by RID 0x0500, LEM bit 42.
  const std::uint64_t pest = 0xA440002A05000000ull;
  CHECK(get("PESTA", "MMIO_FROZEN", pest) == 1);
  CHECK(get("PESTA", "MMIO_CAUSE", pest) == 1);
  CHECK(get("PESTA", "TTYPE", pest) == 4);
  CHECK(get("PESTA", "UR_RETURN", pest) == 1);
  CHECK(get("PESTA", "LEM_BIT", pest) == 42);
  CHECK(get("PESTA", "RID", pest) == 0x0500);
  // phb.md 5.8: M32 as firmware sets it, via column A of the MDT; PE of segment 0.
  CHECK(get("MBT0", "TYPE_M32", 0xD006000C00000000ull) == 1);
  CHECK(get("MBT0", "MODE", 0xD006000C00000000ull) == value_of(MbtModes::Mdt));
  CHECK(get("MBT0", "BASE", 0xD006000C00000000ull) << 12 == 0x0006000C00000000ull);
  for (unsigned column = 0; column < 4; ++column)
    CHECK(get("MDT", "PE_" + std::string(1, static_cast<char>('A' + column)), 0x0001000200030004ull) ==
          mdt_pe(0x0001000200030004ull, column));
  CHECK(get("M32DT", "PE", 0x0012000000000000ull) == 0x12);
  // phb.md 4.4: PHB3's LSI entry.
  CHECK(get("LXIVT", "SERVER", 0x00ABCD5500000077ull) == 0xABCD);
  CHECK(get("LXIVT", "PRIORITY", 0x00ABCD5500000077ull) == 0x55);
  CHECK(get("LXIVT", "NODE", 0x00ABCD5500000077ull) == 0x77);
  CHECK(get("PESTB", "FAIL_ADDR", 0x8000000080000000ull) == 0x80000000);
}

TEST_CASE("No word has a field twice") {
  std::set<std::string> names;
  for (const NamedField& f : kWordFields) {
    CHECK(names.insert(std::string(f.word) + " " + std::string(f.name)).second);
    CHECK(f.first <= f.last);
    CHECK(f.last < 64);
  }
  for (const NamedValue& v : kFieldValues) CHECK(names.insert(std::string(v.field) + "=" + std::string(v.name)).second);
}
