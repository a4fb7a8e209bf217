// SPDX-License-Identifier: Apache-2.0
// Firmware's calls: vectors G1 to G5 of phb.md 7.7 as lists of effects, and every check of 7.6.
#include "models/arch/opal/opal_phb.hpp"

#include <set>
#include <string_view>

#include "models/arch/tce_kill.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using namespace phbsim::arch::opal;
using test::PhbBench;
using Kind = Effect::Kind;
using Args = std::vector<std::uint64_t>;

namespace {

constexpr std::uint64_t kWindow1 = 1ull << 59;

/// A PHB as firmware leaves it and its calls. `last` is what the last call wants done; a call that
/// fails wants nothing.
struct Firmware : PhbBench {
  explicit Firmware(Generation generation = Generation::Phb4, PhbSize size = PhbSize::Big,
                    const OpalOptions& options = {})
      : PhbBench(generation, size), opal(phb, options) {}

  Code call(Call c, const Args& args) { return call(static_cast<std::uint64_t>(c), args); }
  Code call(std::uint64_t token, const Args& args) {
    last = {Effect{Kind::Store8, 1, 2}};  // is appended to
    const Code code = opal.call(token, args, last);
    REQUIRE(last.front() == Effect{Kind::Store8, 1, 2});
    last.erase(last.begin());
    if (code != Code::Success) CHECK(last.empty());
    return code;
  }
  bool apply() { return arch::apply(last, phb, memory); }
  void fence() { phb.raise(Fault::RttDisabled, 0, 0, 0, TransactionType::DmaRead, nullptr); }

  OpalPhb opal;
  Effects last;
};

Effects tve_writes(std::uint64_t window, std::uint64_t word) {
  return {{Kind::Write, 0x220, 0x0009000000000000ull | window}, {Kind::Write, 0x228, word}};
}

/// The sequence of G4 for one kill word.
Effects kill_of(std::uint64_t word, bool phb5 = false) {
  Effects e{{Kind::ReadClear, 0x210, 0xE000000000000000ull},
            {Kind::Write, 0x210, word},
            {Kind::Write, 0x200, 0x8000000000000000ull},
            {Kind::ReadClear, 0x888, 0x0100000000000000ull},
            {Kind::ReadSet, 0x200, 0x4000000000000000ull}};
  // Reads the register first and writes its bits 1 and 3 back.
  if (phb5) e[2] = {Kind::Update, 0x200, 0x8000000000000000ull, 0x5000000000000000ull};
  return e;
}

OpalOptions exact_pages() {
  OpalOptions options;
  options.page_kills_as_pe = false;
  return options;
}

/// RIDs that a set_pe stores an RTE for.
std::set<Rid> rids_of(const Effects& effects, RealAddr rtt = PhbBench::kRtt) {
  std::set<Rid> rids;
  for (const Effect& e : effects)
    if (e.kind == Kind::Store2) rids.insert(static_cast<Rid>((e.addr - rtt) / 2));
  return rids;
}

}  // namespace

TEST_CASE("Calls and codes have the numbers of the reference") {
  const std::pair<std::uint64_t, std::string_view> calls[] = {
      {31, "set_pe"},    {44, "map_pe_dma_window"}, {45, "map_pe_dma_window_real"},
      {126, "tce_kill"}, {179, "phb_set_option"},   {180, "phb_get_option"}};
  CHECK(std::size(calls) == kCalls.size());
  for (const auto& [token, name] : calls) {
    REQUIRE(find_call(token) != nullptr);
    const CallSpec& spec = *find_call(token);
    CHECK(spec.name == name);
    for (unsigned i = 0; i < kMaxArgs; ++i) CHECK(spec.labels[i].empty() == (i >= spec.args));
  }
  CHECK(find_call(30) == nullptr);
  const std::pair<std::int64_t, std::string_view> codes[] = {
      {0, "SUCCESS"},      {-1, "PARAMETER"},   {-2, "BUSY"},        {-3, "PARTIAL"},
      {-5, "CLOSED"},      {-6, "HARDWARE"},    {-7, "UNSUPPORTED"}, {-10, "RESOURCE"},
      {-12, "BUSY_EVENT"}, {-14, "WRONG_STATE"}};
  CHECK(std::size(codes) == kCodes.size());
  for (const auto& [number, name] : codes) {
    REQUIRE(find_code(number) != nullptr);
    CHECK(find_code(number)->name == name);
  }
  CHECK(find_code(-4) == nullptr);
  CHECK(find_code(250) == nullptr);
}

TEST_CASE("Unknown tokens are unsupported, a wrong number of arguments is a parameter error") {
  Firmware f;
  for (const std::uint64_t token :
       {0ull, 30ull, 32ull, 46ull, 127ull, 181ull, ~0ull, (1ull << 32) | 44}) {
    INFO(token);
    CHECK(f.call(token, {}) == Code::Unsupported);
  }
  for (const CallSpec& spec : kCalls) {
    INFO(spec.name);
    CHECK(f.call(spec.call, Args(spec.args - 1, 0)) == Code::Parameter);
    CHECK(f.call(spec.call, Args(spec.args + 1, 0)) == Code::Parameter);
    CHECK(f.call(spec.call, {}) == Code::Parameter);
  }
}

TEST_CASE("G1: mapping a window writes its TVE, and a DMA goes through it") {
  Firmware f;
  CHECK(f.call(Call::MapPeDmaWindow, {5, 10, 1, 0x123400000, 8 * kMiB, 0x1000}) == Code::Success);
  CHECK(f.last == tve_writes(10, 0x0000001234000C01ull));
  CHECK(f.phb.tve_word(10) == 0);  // nothing before the effects are carried out
  CHECK(f.apply());
  f.memory.write_be64(0x123400010, 0x0000000777777003ull);
  CHECK(f.dma(0x2ABC).real == 0x777777ABCull);
}

TEST_CASE("G2: mapping bypass writes its TVE, and a DMA keeps its address") {
  Firmware f;
  CHECK(f.call(Call::MapPeDmaWindowReal, {5, 11, kWindow1, 256 * kGiB}) == Code::Success);
  CHECK(f.last == tve_writes(11, 0x0000000040001080ull));
  CHECK(f.apply());
  CHECK(f.dma(0x0800001234567890ull).real == 0x1234567890ull);

  Firmware old(Generation::Phb3);
  CHECK(old.call(Call::MapPeDmaWindowReal, {5, 11, kWindow1, 256 * kGiB}) == Code::Success);
  CHECK(old.last == tve_writes(11, 0x0000000040001000ull));
}

TEST_CASE("G3: size 0 disables a window of either kind and ignores the other arguments") {
  Firmware f;
  CHECK(f.call(Call::MapPeDmaWindow, {5, 10, 99, 0xFFF, 0, 77}) == Code::Success);
  CHECK(f.last == tve_writes(10, 0));
  CHECK(f.call(Call::MapPeDmaWindowReal, {5, 10, kWindow1 + 1, 0}) == Code::Success);
  CHECK(f.last == tve_writes(10, 0));
  CHECK(f.call(Call::MapPeDmaWindow, {5, 12, 1, 0, 0, 0x1000}) == Code::Parameter);
  CHECK(f.call(Call::MapPeDmaWindowReal, {5, 12, 0, 0}) == Code::Parameter);
}

TEST_CASE(
    "G4: a kill of a PE waits for a slot, the kill and the sync; PHB5 preserves complete bits") {
  for (const auto& facts : kGenerations) {
    if (!facts.firmware_kills) continue;
    INFO(facts.name);
    const bool phb5 = facts.generation == Generation::Phb5;
    Firmware f(facts.generation, facts.size);
    CHECK(f.call(Call::TceKill, {kKillTypePe, 5, 0, 0, 0}) == Code::Success);
    CHECK(f.last == kill_of(0x4000000000000005ull, phb5));
    // Pages are escalated: same trace, whatever their size, address and number.
    CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x1000, 0x30000, 4}) == Code::Success);
    CHECK(f.last == kill_of(0x4000000000000005ull, phb5));
    CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 77, ~0ull, ~0ull}) == Code::Success);
    CHECK(f.last == kill_of(0x4000000000000005ull, phb5));
    CHECK(f.call(Call::TceKill, {kKillTypeAll, 5, 0, 0, 0}) == Code::Success);
    CHECK(f.last == kill_of(0x8000000000000000ull, phb5));
    CHECK(f.apply());
    CHECK(f.read(Reg::DmaSync) == 0x4000000000000000ull);
    CHECK(f.apply());  // G4's example: what is written now is 0xC000...
  }
}

TEST_CASE("G5: mapping a bus writes its 256 RTEs and drops the RID cache") {
  Firmware f;
  CHECK(f.call(Call::SetPe, {5, 0x0100, kBusAll, 0, 0, kMapPe}) == Code::Success);
  Effects expected;
  for (RealAddr at = 0x200; at < 0x400; at += 2)
    expected.push_back({Kind::Store2, PhbBench::kRtt + at, 5});
  expected.push_back({Kind::Write, 0x208, 0x8000000000000000ull});
  CHECK(f.last == expected);
  CHECK(f.apply());
  for (unsigned at = 0x200; at <= 0x3FF; ++at)
    CHECK(f.memory.byte(PhbBench::kRtt + at) == (at % 2 == 0 ? 0x00 : 0x05));
  CHECK(f.memory.read_be16(PhbBench::kRtt + 0x1FE) == 511);
  CHECK(f.memory.read_be16(PhbBench::kRtt + 0x400) == 511);
}

TEST_CASE("Only the PHBs that have the PE and its two windows take a window") {
  for (const auto& facts : kGenerations) {
    INFO(facts.name);
    Firmware f(facts.generation, facts.size);
    const std::uint64_t last = facts.max_pes - 1;
    struct Row {
      std::uint64_t pe, window;
      Code code;
    };
    for (const Row& r :
         {Row{0, 0, Code::Success}, Row{0, 1, Code::Success}, Row{0, 2, Code::Parameter},
          Row{5, 9, Code::Parameter}, Row{5, 10, Code::Success}, Row{5, 11, Code::Success},
          Row{5, 12, Code::Parameter}, Row{5, 0x1000A, Code::Parameter},
          Row{last, 2 * last + 1, Code::Success}, Row{last + 1, 2 * last + 2, Code::Parameter},
          Row{~0ull, ~0ull, Code::Parameter}}) {
      INFO("PE " << r.pe << ", window " << r.window);
      CHECK(f.call(Call::MapPeDmaWindow, {r.pe, r.window, 1, 0x10000, 0x1000, 0x1000}) == r.code);
      const std::uint64_t start = (r.window & 1) << 59;
      CHECK(f.call(Call::MapPeDmaWindowReal, {r.pe, r.window, start, kBypassGranule}) == r.code);
    }
  }
}

TEST_CASE("The shape of a window is checked at its bounds") {
  Firmware f;
  struct Row {
    std::uint64_t levels, table, size, page;
    Code code;
  };
  for (const Row& r : {Row{0, 0x10000, 0x1000, 0x1000, Code::Parameter},
                       Row{1, 0x10000, 0x1000, 0x1000, Code::Success},
                       Row{5, 0x10000, 0x1000, 0x1000, Code::Success},
                       Row{6, 0x10000, 0x1000, 0x1000, Code::Parameter},
                       Row{(1ull << 32) + 1, 0x10000, 0x1000, 0x1000, Code::Parameter},
                       Row{1, 0x10000, 0x800, 0x1000, Code::Parameter},
                       Row{1, 0x10000, 0xFFF, 0x1000, Code::Parameter},
                       Row{1, 0x10000, 0x1001, 0x1000, Code::Parameter},
                       Row{1, 0x10000, 0x3000, 0x1000, Code::Parameter},
                       Row{1, 0x10000, 1ull << 42, 0x1000, Code::Success},
                       Row{1, 0x10000, 1ull << 43, 0x1000, Code::Parameter},
                       Row{1, 0x10000, 0x1000, 0, Code::Parameter},
                       Row{1, 0x10000, 0x1000, 0x800, Code::Parameter},
                       Row{1, 0x10000, 0x1000, 0x1001, Code::Parameter},
                       Row{1, 0x10000, 0x1000, 0x2000, Code::Parameter},
                       Row{1, 0x10000, 0x1000, 1ull << 63, Code::Parameter}}) {
    INFO(r.levels << " levels, table size " << r.size << ", page size " << r.page);
    CHECK(f.call(Call::MapPeDmaWindow, {5, 10, r.levels, r.table, r.size, r.page}) == r.code);
  }
  // TTS 31, and an address whose low bits have no place in the TVE.
  CHECK(f.call(Call::MapPeDmaWindow, {5, 10, 1, 0x10FFF, 1ull << 42, 0x1000}) == Code::Success);
  CHECK(f.last == tve_writes(10, 0x0000000000101F01ull));
}

TEST_CASE("Each generation takes the page sizes of its list") {
  for (const auto& facts : kGenerations) {
    INFO(facts.name);
    PhbOptions lenient;
    lenient.allow_any_page_size = true;  // the hardware may take more, firmware does not
    const PhbState phb(facts.generation, facts.size, lenient);
    const OpalPhb opal(phb);
    for (unsigned shift = 0; shift < 64; ++shift) {
      Effects effects;
      const Code code = opal.map_pe_dma_window(5, 10, 2, 0x10000, 0x10000, 1ull << shift, effects);
      INFO("page shift " << shift);
      CHECK(code == (supports_page_shift(facts, shift) ? Code::Success : Code::Parameter));
      CHECK(effects.empty() == (code != Code::Success));
    }
  }
}

TEST_CASE("A bypass range is checked at its bounds") {
  Firmware f;
  const std::uint64_t granule = 16 * kMiB;
  const std::uint64_t most = (1ull << 50) - granule;
  struct Row {
    std::uint64_t window, start, size;
    Code code;
  };
  for (const Row& r :
       {Row{10, 0, granule, Code::Success}, Row{10, kWindow1, granule, Code::Parameter},
        Row{11, 0, granule, Code::Parameter}, Row{11, kWindow1, granule, Code::Success},
        Row{11, 2 * kWindow1, granule, Code::Parameter},
        Row{11, 3 * kWindow1, granule, Code::Parameter},
        Row{11, kWindow1 + granule / 2, granule, Code::Parameter},
        Row{11, kWindow1, granule / 2, Code::Parameter},
        Row{11, kWindow1 + 1, granule, Code::Parameter},
        Row{11, kWindow1, granule + 1, Code::Parameter}, Row{11, kWindow1, most, Code::Success},
        Row{11, kWindow1, most + granule, Code::Parameter},
        Row{11, kWindow1 + granule, most - granule, Code::Success},
        Row{11, kWindow1 + granule, most, Code::Parameter},
        Row{11, kWindow1 + (1ull << 50), granule, Code::Parameter},
        Row{11, kWindow1, 0 - granule, Code::Parameter}}) {
    INFO("window " << r.window << ", start " << r.start << ", size " << r.size);
    CHECK(f.call(Call::MapPeDmaWindowReal, {5, r.window, r.start, r.size}) == r.code);
  }
}

TEST_CASE("set_pe compares the bits it is told to") {
  Firmware f;
  for (std::uint64_t bcmp = 0; bcmp <= 7; ++bcmp) {
    for (std::uint64_t dcmp = 0; dcmp <= 1; ++dcmp) {
      for (std::uint64_t fcmp = 0; fcmp <= 1; ++fcmp) {
        const unsigned bdfn = 0xA5B6;
        REQUIRE(f.call(Call::SetPe, {7, bdfn, bcmp, dcmp, fcmp, kMapPe}) == Code::Success);
        std::set<Rid> expected;
        for (unsigned rid = 0; rid < 65536; ++rid) {
          const unsigned bus_shift =
              bcmp == 0 ? 16 : static_cast<unsigned>(15 - bcmp);  // top bcmp + 1 bits
          if (rid >> bus_shift != bdfn >> bus_shift && bcmp != 0) continue;
          if (dcmp && (rid >> 3 & 31) != (bdfn >> 3 & 31)) continue;
          if (fcmp && (rid & 7) != (bdfn & 7)) continue;
          expected.insert(static_cast<Rid>(rid));
        }
        INFO("bcmp " << bcmp << ", dcmp " << dcmp << ", fcmp " << fcmp);
        CHECK(rids_of(f.last) == expected);
        CHECK(f.last.size() == expected.size() + 1);
        CHECK(f.last.back() == Effect{Kind::Write, 0x208, 1ull << 63});
      }
    }
  }
}

TEST_CASE("Unmapping points the RIDs at the reserved PE of the PHB") {
  for (const auto& facts : kGenerations) {
    INFO(facts.name);
    Firmware f(facts.generation, facts.size);
    CHECK(f.call(Call::SetPe, {5, 0x0100, kBusAll, 1, 1, kUnmapPe}) == Code::Success);
    CHECK(f.last == Effects{{Kind::Store2, PhbBench::kRtt + 0x200, facts.max_pes - 1},
                            {Kind::Write, 0x208, 1ull << 63}});
  }
}

TEST_CASE("The arguments of set_pe are checked at their bounds") {
  for (const auto& facts : kGenerations) {
    INFO(facts.name);
    Firmware f(facts.generation, facts.size);
    const std::uint64_t pes = facts.max_pes;
    CHECK(f.call(Call::SetPe, {pes - 1, 0xFFFF, 7, 1, 1, kMapPe}) == Code::Success);
    for (const Args& bad :
         {Args{pes, 0xFFFF, 7, 1, 1, 1}, Args{0, 0x10000, 7, 1, 1, 1}, Args{0, 0, 8, 1, 1, 1},
          Args{0, 0, 7, 2, 1, 1}, Args{0, 0, 7, 1, 2, 1}, Args{0, 0, 7, 1, 1, 2},
          Args{0, 0, 7, 1, 1, ~0ull}, Args{0, 0, 0x100, 1, 1, 1}, Args{pes, 0, 7, 1, 1, 0}}) {
      CHECK(f.call(Call::SetPe, bad) == Code::Parameter);
    }
  }
}

TEST_CASE("Without an RTT there is nothing to set a PE in") {
  Firmware f(Generation::Phb3);
  f.write(Reg::RttBar, 0);
  CHECK(f.call(Call::SetPe, {5, 0x0100, 7, 1, 1, kMapPe}) == Code::Hardware);
  CHECK(f.call(Call::SetPe, {5, 0x0100, 7, 1, 1, 2}) == Code::Hardware);
}

TEST_CASE("Kill types beyond the three and PHBs without the call are refused") {
  Firmware f;
  CHECK(f.call(Call::TceKill, {3, 5, 0x1000, 0, 1}) == Code::Parameter);
  CHECK(f.call(Call::TceKill, {1ull << 32, 5, 0x1000, 0, 1}) == Code::Parameter);
  Firmware old(Generation::Phb3);
  for (std::uint64_t type = 0; type <= 3; ++type)
    CHECK(old.call(Call::TceKill, {type, 5, 0x1000, 0, 1}) == Code::Unsupported);
}

TEST_CASE("A fenced PHB answers a kill with a hardware error, after the type and before the rest") {
  Firmware f(Generation::Phb4, PhbSize::Big, exact_pages());
  f.fence();
  REQUIRE(f.phb.fenced());
  CHECK(f.call(Call::TceKill, {kKillTypeAll, 0, 0, 0, 0}) == Code::Hardware);
  CHECK(f.call(Call::TceKill, {kKillTypePe, 5, 0, 0, 0}) == Code::Hardware);
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x1000, 0, 1}) == Code::Hardware);
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 77, 1, 1}) == Code::Hardware);
  CHECK(f.call(Call::TceKill, {3, 5, 0x1000, 0, 1}) == Code::Parameter);
  // The others have no such check: their writes are dropped.
  CHECK(f.call(Call::MapPeDmaWindow, {5, 10, 1, 0x10000, 0x1000, 0x1000}) == Code::Success);
  CHECK(f.apply());
  CHECK(f.phb.tve_word(10) == 0);

  Firmware escalated;
  escalated.fence();
  CHECK(escalated.call(Call::TceKill, {kKillTypePages, 5, 0x1000, 0, 1}) == Code::Hardware);
}

TEST_CASE("A fence between decision and deed ends the first wait") {
  Firmware f;
  CHECK(f.call(Call::TceKill, {kKillTypePe, 5, 0, 0, 0}) == Code::Success);
  f.fence();
  CHECK_FALSE(f.apply());
}

TEST_CASE("Without the erratum's escalation pages are killed one by one, then synced once") {
  Firmware f(Generation::Phb4, PhbSize::Big, exact_pages());
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x10000, 0x800030000ull, 3}) == Code::Success);
  CHECK(f.last == Effects{{Kind::ReadClear, 0x210, kKillCommands},
                          {Kind::Write, 0x210, 0x3000000800031005ull},  // example of phb.md 4.2
                          {Kind::ReadClear, 0x210, kKillCommands},
                          {Kind::Write, 0x210, 0x3000000800041005ull},
                          {Kind::ReadClear, 0x210, kKillCommands},
                          {Kind::Write, 0x210, 0x3000000800051005ull},
                          {Kind::Write, 0x200, kSyncReadStart},
                          {Kind::ReadClear, 0x888, kQDmaKillPending},
                          {Kind::ReadSet, 0x200, kSyncReadComplete}});
  CHECK(f.apply());
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x1000, kWindow1, 1}) == Code::Success);
  CHECK(f.last == kill_of(0x2800000000000005ull));
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x200000, 0x200000, 1}) == Code::Success);
  CHECK(f.last == kill_of(0x3000000000202005ull));
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x40000000, 0x40000000, 1}) == Code::Success);
  CHECK(f.last == kill_of(0x3000000040003005ull));
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x1000, 0, 0}) == Code::Success);
  CHECK(f.last.empty());
  CHECK(f.call(Call::TceKill, {kKillTypePe, 5, 0, 0, 0}) == Code::Success);
  CHECK(f.last == kill_of(0x4000000000000005ull));
}

TEST_CASE("A PE number beyond the field of the kill register is cut, not refused") {
  Firmware f;
  CHECK(f.call(Call::TceKill, {kKillTypePe, 0x1205, 0, 0, 0}) == Code::Success);
  CHECK(f.last == kill_of(0x4000000000000005ull));
}

TEST_CASE("Size, alignment and address bits of page kills are checked at their bounds") {
  Firmware f(Generation::Phb5, PhbSize::Small, exact_pages());
  const std::uint64_t top = 1ull << 60;
  struct Row {
    std::uint64_t size, addr, pages;
    Code code;
  };
  for (const Row& r : {Row{0, 0, 1, Code::Parameter},
                       Row{0x800, 0, 1, Code::Parameter},
                       Row{0x1001, 0, 1, Code::Parameter},
                       Row{0x2000, 0, 1, Code::Parameter},
                       Row{0x1000000, 0, 1, Code::Parameter},
                       Row{0x10000000, 0, 1, Code::Parameter},
                       Row{1ull << 63, 0, 1, Code::Parameter},
                       Row{0x1000, 0x800, 1, Code::Parameter},
                       Row{0x10000, 0x1000, 1, Code::Parameter},
                       Row{0x200000, 0x100000, 1, Code::Parameter},
                       Row{0x40000000, 0x20000000, 1, Code::Parameter},
                       Row{0x1000, top - 0x1000, 1, Code::Success},
                       Row{0x1000, top, 1, Code::Parameter},
                       Row{0x1000, 1ull << 63, 1, Code::Parameter},
                       Row{0x1000, top - 0x1000, 2, Code::Parameter},
                       Row{0x1000, top - 0x2000, 2, Code::Success},
                       Row{0x40000000, top - 0x40000000, 1, Code::Success},
                       Row{0x40000000, top - 0x80000000, 3, Code::Parameter},
                       Row{0x1000, top, 0, Code::Parameter},
                       Row{0x1000, 0, kMaxKillPages + 1, Code::Resource},
                       Row{0x1000, 0, ~0ull, Code::Resource}}) {
    INFO("size " << r.size << ", address " << r.addr << ", pages " << r.pages);
    CHECK(f.call(Call::TceKill, {kKillTypePages, 5, r.size, r.addr, r.pages}) == r.code);
  }
  CHECK(f.call(Call::TceKill, {kKillTypePages, 5, 0x1000, 0, kMaxKillPages}) == Code::Success);
  CHECK(f.last.size() == 2 * kMaxKillPages + 3);
}

TEST_CASE("Options are bits of CTRLR that leave the others alone and can be read back") {
  for (const auto& [option, bit] :
       {std::pair<std::uint64_t, std::uint64_t>{1, ppc_bit(24)}, {2, ppc_bit(14)}}) {
    Firmware f;
    const std::uint64_t before = 0x0010040000000000ull | (ppc_bit(14) ^ ppc_bit(24) ^ bit);
    f.write(Reg::Ctrlr, before);
    INFO("option " << option);
    CHECK(f.call(Call::PhbGetOption, {option, 0x5000}) == Code::Success);
    CHECK(f.last == Effects{{Kind::Store8, 0x5000, 0}});
    CHECK(f.call(Call::PhbSetOption, {option, 1}) == Code::Success);
    CHECK(f.last == Effects{{Kind::Update, 0x810, bit, ~bit}});
    CHECK(f.apply());
    CHECK(f.read(Reg::Ctrlr) == (before | bit));
    CHECK(f.call(Call::PhbGetOption, {option, 0x5000}) == Code::Success);
    CHECK(f.apply());
    CHECK(f.memory.read_be64(0x5000) == 1);
    std::uint64_t setting = 9;
    CHECK(f.opal.phb_get_option(option, setting) == Code::Success);
    CHECK(setting == 1);
    CHECK(f.call(Call::PhbSetOption, {option, 0}) == Code::Success);
    CHECK(f.apply());
    CHECK(f.read(Reg::Ctrlr) == before);
    CHECK(f.call(Call::PhbSetOption, {option, 2}) == Code::Parameter);
    CHECK(f.call(Call::PhbSetOption, {option, ~0ull}) == Code::Parameter);
    CHECK(f.call(Call::PhbGetOption, {option, 0}) == Code::Parameter);
  }
}

TEST_CASE("The 4 GiB option moves the border between the two windows") {
  Firmware f;
  CHECK(f.call(Call::PhbSetOption, {kOptionTve1Above4G, 1}) == Code::Success);
  CHECK_FALSE(f.phb.tve1_above_4g());
  CHECK(f.apply());
  CHECK(f.phb.tve1_above_4g());
}

TEST_CASE("Other options and PHBs without the calls are unsupported") {
  Firmware f;
  std::uint64_t setting = 9;
  for (const std::uint64_t option : {0ull, 3ull, ~0ull}) {
    CHECK(f.call(Call::PhbSetOption, {option, 2}) == Code::Unsupported);
    CHECK(f.call(Call::PhbGetOption, {option, 0x5000}) == Code::Unsupported);
    CHECK(f.opal.phb_get_option(option, setting) == Code::Unsupported);
  }
  Firmware old(Generation::Phb3);
  for (const std::uint64_t option : {1ull, 2ull}) {
    CHECK(old.call(Call::PhbSetOption, {option, 1}) == Code::Unsupported);
    CHECK(old.call(Call::PhbGetOption, {option, 0x5000}) == Code::Unsupported);
    CHECK(old.opal.phb_get_option(option, setting) == Code::Unsupported);
  }
  CHECK(setting == 9);
}
