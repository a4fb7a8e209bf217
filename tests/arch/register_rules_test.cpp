// SPDX-License-Identifier: Apache-2.0
// Every register of every generation and size obeys its row: RegisterFile alone, and through PhbState
// where nothing else happens. Registers with a side effect name the test that covers it.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>

#include "models/arch/pec/pec_registers.hpp"
#include "models/arch/phb_state.hpp"
#include "models/arch/register_file.hpp"
#include "models/arch/registers.hpp"
#include "tests/arch/register_walk.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using namespace phbsim::test;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(std::string(PHBSIM_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Which test covers a side effect.
struct Cover {
  RegAction action;
  std::string_view name;  ///< as RegAction spells it
  std::string_view file;
  std::string_view test;
};
constexpr std::string_view kActions = "tests/arch/register_actions_test.cpp";
constexpr std::string_view kLemTest = "The LEM's AND and OR registers change FIR and mask and read 0";
constexpr Cover kCovers[] = {
    {RegAction::ChannelStatus, "ChannelStatus", kActions,
     "The inbound summary shows error, first error and freeze of the inbound blocks"},
    {RegAction::LoadStoreStatus, "LoadStoreStatus", kActions,
     "The outbound summary shows outbound errors and completion errors"},
    {RegAction::ErrorSummary, "ErrorSummary", kActions,
     "The error summary has a bit for each block that holds an error"},
    {RegAction::ConfigData, "ConfigData", kActions,
     "Configuration data is little-endian and as wide as the access"},
    {RegAction::IodaData, "IodaData", "tests/arch/registers_test.cpp",
     "The IODA port steps after writes and after reads and wraps at the table's end"},
    {RegAction::FfiLock, "FfiLock", kActions, "The FFI lock is taken by a read and given back by a request"},
    {RegAction::DmaSync, "DmaSync", kActions,
     "A DMA sync completes, and complete bits stay only if they are written back"},
    {RegAction::RtcInvalidate, "RtcInvalidate", "tests/phb/pipeline_test.cpp",
     "A changed RTE counts only after an RTC invalidation (G19)"},
    {RegAction::TceKill, "TceKill", "tests/tce/kill_test.cpp",
     "A changed TCE that is cached stays in force until the kill (G20)"},
    {RegAction::QuiesceDma, "QuiesceDma", kActions, "Auto-reset returns the quiesce register to 0"},
    {RegAction::FfiRequest, "FfiRequest", kActions, "An FFI request fires its interrupt again"},
    {RegAction::IvcInvalidate, "IvcInvalidate", kActions, "A cached IVE is in force until it is invalidated"},
    {RegAction::IvcUpdate, "IvcUpdate", kActions,
     "An IVC update changes the parts it enables, in cache and memory"},
    {RegAction::Control, "Control", "tests/arch/phb_state_test.cpp",
     "The select field divides the TVT into 2, 4, 8 or 16 windows per PE"},
    {RegAction::LemFirAnd, "LemFirAnd", kActions, kLemTest},
    {RegAction::LemFirOr, "LemFirOr", kActions, kLemTest},
    {RegAction::LemMaskAnd, "LemMaskAnd", kActions, kLemTest},
    {RegAction::LemMaskOr, "LemMaskOr", kActions, kLemTest},
    {RegAction::Status, "Status", kActions, "Interrupt lines follow status and enables of a block"},
    {RegAction::Inject, "Inject", kActions, "An injected error sets status and acts by the enables"},
    {RegAction::CoreReset, "CoreReset", kActions, "Resets of the core hold link, root port and buffer layer"},
    {RegAction::Presence, "Presence", kActions,
     "Presence is active low, and the link's activity shows beside it"},
    {RegAction::TrainControl, "TrainControl", kActions,
     "The training register shows the trained link as hardware records it"},
    {RegAction::LinkManagement, "LinkManagement", kActions,
     "A retrain is asked for by the link management register, which reads whether the link is active"},
    {RegAction::LinkSpeed, "LinkSpeed", kActions, "The speed that SCR allows bounds the link's"},
    {RegAction::LinkErrors, "LinkErrors", kActions, "Errors of training are counted, and cleared by software"},
};

/// Registers that read and write as their row says, whatever else follows from a write.
bool keeps_bits(const RegSpec& r) {
  const auto action = static_cast<RegAction>(r.action);
  return action == RegAction::None || action == RegAction::Control || action == RegAction::Status ||
         action == RegAction::LinkSpeed;
}

struct PecCover {
  PecAction action;
  std::string_view test;  ///< of tests/arch/pec/pec_state_test.cpp
};
constexpr PecCover kPecCovers[] = {
    {PecAction::Fir, "WOF keeps the first unmasked errors until it is written"},
    {PecAction::FirAnd, "AND, OR and mask registers work on their FIR"},
    {PecAction::FirOr, "AND, OR and mask registers work on their FIR"},
    {PecAction::FirMask, "AND, OR and mask registers work on their FIR"},
    {PecAction::FirMaskAnd, "AND, OR and mask registers work on their FIR"},
    {PecAction::FirMaskOr, "AND, OR and mask registers work on their FIR"},
    {PecAction::FirAction, "Which NFIR bits fence follows the action registers"},
    {PecAction::Bar, "BARs give PHB, kind and offset; disabled ones do not answer"},
    {PecAction::PbcqStat, "Complete reset as firmware does it: fence, reset, drain, clear, release"},
    {PecAction::EtuReset, "Complete reset as firmware does it: fence, reset, drain, clear, release"},
    {PecAction::HvData, "HV indirect reaches a register, 8 bytes or 4, and may count up"},
    {PecAction::AsbData, "POWER8's ASB reaches registers; configuration data are the upper half"},
    {PecAction::EtuWord, "LEM and counters by SCOM are the PHB's registers"},
};

template <typename Covers>
bool covered(const Covers& covers, unsigned action) {
  for (const auto& c : covers)
    if (static_cast<unsigned>(c.action) == action) return true;
  return false;
}

const RegTable* const kScomTables[] = {&kPecNestTable,     &kPecStackTable, &kPecPciTable,
                                       &kPecPciStackTable, &kEtuScomTable,  &kPecChipletTable};

}  // namespace

TEST_CASE("Every register obeys its row") {
  for (const GenerationFacts& g : kGenerations)
    walk_register_file(phb_registers(), g.generation, g.size, kRegisterBytes);
}

TEST_CASE("Every SCOM register around the PHB obeys its row") {
  for (const GenerationFacts& g : kGenerations)
    for (const RegTable* t : kScomTables) walk_register_file(*t, g.generation, g.size, 0x80);
}

TEST_CASE("No row and no field of the SCOM tables contradicts itself") {
  for (const RegTable* t : kScomTables) CHECK(contradictions(*t) == std::vector<std::string>{});
}

TEST_CASE("No row and no field of the PHB's table contradicts itself") {
  CHECK(contradictions(phb_registers()) == std::vector<std::string>{});
}

TEST_CASE("Every register that only keeps bits does so through PhbState") {
  const std::vector<std::uint64_t> patterns = register_patterns();
  for (const GenerationFacts& g : kGenerations) {
    PhbState phb(g.generation, g.size);
    unsigned walked = 0;
    for (const RegSpec& r : phb_registers()) {
      if (!r.exists_in(g.generation) || !keeps_bits(r)) continue;
      ++walked;
      INFO(std::string(g.name) << " " << register_name(r));
      ExpectedRegister expected(r, g.size);
      REQUIRE(phb.read_register(r.offset) == expected.read());
      for (const std::uint64_t v : patterns) {
        phb.write_register(r.offset, v);
        expected.write(v);
        const std::uint64_t is = phb.read_register(r.offset);
        if (is != expected.read()) REQUIRE(is == expected.read());
      }
      // Sticky bits outlive the ETU's reset line, nothing outlives power-on.
      phb.set_reg(static_cast<Reg>(r.id), ~0ull);
      expected.set(~0ull);
      phb.hold_reset(true);
      REQUIRE(phb.read_register(r.offset) == ~0ull);
      phb.write_register(r.offset, 0);
      phb.hold_reset(false);
      expected.reset(false);
      REQUIRE(phb.reg(static_cast<Reg>(r.id)) == expected.value());
      phb.power_on_reset();
      expected.reset(true);
      REQUIRE(phb.reg(static_cast<Reg>(r.id)) == expected.value());
    }
    CHECK(walked > 100);
  }
}

TEST_CASE("A register write changes no register but its own if it only keeps bits") {
  for (const GenerationFacts& g : kGenerations) {
    for (const RegSpec& r : phb_registers()) {
      if (!r.exists_in(g.generation) || !keeps_bits(r)) continue;
      INFO(std::string(g.name) << " " << register_name(r));
      PhbState phb(g.generation, g.size);
      phb.write_register(r.offset, ~0ull);
      phb.write_register(r.offset, 0x0123456789ABCDEFull);
      for (const RegSpec& o : phb_registers()) {
        if (!o.exists_in(g.generation) || o.id == r.id) continue;
        const std::uint64_t is = phb.reg(static_cast<Reg>(o.id));
        if (is != ExpectedRegister(o, g.size).value()) REQUIRE(register_name(o) == "unchanged");
      }
      REQUIRE_FALSE(phb.fenced());
    }
  }
}

TEST_CASE("Offsets without a register read all ones and take no writes") {
  for (const GenerationFacts& g : kGenerations) {
    PhbState phb(g.generation, g.size);
    unsigned holes = 0;
    for (std::uint32_t offset = 0; offset < kRegisterBytes + 0x100; offset += 8) {
      const RegSpec* r = nullptr;
      for (const RegSpec& row : phb_registers())
        if (row.offset == offset && row.exists_in(g.generation)) r = &row;
      if (r != nullptr) continue;
      ++holes;
      INFO(std::string(g.name) << " " << offset);
      REQUIRE(phb.read_register(offset) == ~0ull);
      phb.write_register(offset, 0);
      REQUIRE(phb.read_register(offset) == ~0ull);
    }
    CHECK(holes > 500);
    for (const RegSpec& r : phb_registers())
      if (r.exists_in(g.generation)) CHECK(phb.reg(static_cast<Reg>(r.id)) == ExpectedRegister(r, g.size).value());
  }
}

TEST_CASE("Every side effect of a register names the test that covers it") {
  std::set<unsigned> used;
  for (const RegSpec& r : phb_registers())
    if (r.action != 0) used.insert(r.action);
  for (const unsigned action : used) {
    INFO("side effect " << action);
    CHECK(covered(kCovers, action));  // a new one: name its test in kCovers
  }
  CHECK(std::size(kCovers) == used.size());
  for (const Cover& c : kCovers) {
    INFO(std::string(c.name));
    CHECK(used.count(static_cast<unsigned>(c.action)) == 1);
    const std::string source = text_of(std::string(c.file));
    REQUIRE_FALSE(source.empty());
    CHECK(source.find("\"" + std::string(c.test) + "\"") != std::string::npos);
  }
}

TEST_CASE("Every side effect of a SCOM register names the test that covers it") {
  std::set<unsigned> used;
  for (const RegTable* t : kScomTables)
    for (const RegSpec& r : *t)
      if (r.action != 0) used.insert(r.action);
  for (const unsigned action : used) {
    INFO("side effect " << action);
    CHECK(covered(kPecCovers, action));  // a new one: name its test in kPecCovers
  }
  CHECK(std::size(kPecCovers) == used.size());
  const std::string source = text_of("tests/arch/pec/pec_state_test.cpp");
  REQUIRE_FALSE(source.empty());
  for (const PecCover& c : kPecCovers) {
    INFO(std::string(c.test));
    CHECK(source.find("\"" + std::string(c.test) + "\"") != std::string::npos);
  }
}
