// SPDX-License-Identifier: Apache-2.0
// Traces against both models: the recorded ones agree, damaged ones are caught, small ones for each
// rule of the format.
#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <fstream>
#include <sstream>

#include "models/arch/rtt.hpp"
#include "models/arch/tce_kill.hpp"
#include "models/arch/tve.hpp"
#include "models/base/text.hpp"
#include "tests/platform/child.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string hex(std::uint64_t v) { return text::hex(v).substr(2); }

std::vector<std::string> lines_of(const std::string& xz) {
  std::ifstream file(xz, std::ios::binary);
  boost::iostreams::filtering_istream in;
  in.push(boost::iostreams::lzma_decompressor());
  in.push(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& l : lines) all += l + "\n";
  return all;
}

/// Replaces field `n` (0: the time) of a line.
std::string with_field(const std::string& line, unsigned n, const std::string& value) {
  std::istringstream in(line);
  std::string out;
  std::string word;
  for (unsigned i = 0; in >> word; ++i) out += (i ? " " : "") + (i == n ? value : word);
  return out;
}

/// The trace's lines as they are handed to a Machine must be good, in both models.
void require_good(const Verdict& d, std::uint64_t translations) {
  INFO(d.error);
  for (const auto& m : d.v.first) UNSCOPED_INFO(m.line << " " << m.model << " " << m.text);
  REQUIRE(d.error.empty());
  CHECK(d.v.translations == translations);
  CHECK(d.v.mismatches == 0);
  CHECK(d.v.hypercall_mismatches == 0);
}

/// Lines of a powernv trace for one PHB.
class Powernv {
 public:
  explicit Powernv(arch::Generation generation = arch::Generation::Phb4, unsigned index = 0)
      : facts_(arch::facts_of(generation, arch::size_of_index(generation, index))),
        region_("phb0." + std::to_string(index)),
        number_(std::to_string(index)) {
    line("mr " + region_ + " 800 8 " + hex(facts_.version));
    mw(arch::offset_of(arch::Reg::RttBar), 0x10000000 | arch::kBarEnable);
  }
  Powernv& line(const std::string& l) {
    text_ += "+1 " + l + "\n";
    return *this;
  }
  Powernv& mw(std::uint32_t offset, std::uint64_t value) {
    return line("mw " + region_ + " " + hex(offset) + " 8 " + hex(value));
  }
  Powernv& tve(std::uint32_t index, std::uint64_t word) {
    mw(arch::offset_of(arch::Reg::IodaAddr),
       arch::IodaTable::make(static_cast<unsigned>(arch::IodaTableId::Tvt)) | index);
    return mw(arch::offset_of(arch::Reg::IodaData), word);
  }
  Powernv& window(PeNumber pe, unsigned select, unsigned shift, unsigned levels = 1, RealAddr table = 0x20000000) {
    return tve(pe * 2 + select, arch::encode_translated({levels, table, 64 * kKiB, shift}));
  }
  Powernv& kill(PeNumber pe) { return mw(arch::offset_of(arch::Reg::TceKill), arch::encode_kill_pe(pe)); }
  Powernv& build(unsigned window, std::uint64_t index, RealAddr real, unsigned direction = 0, unsigned count = 1) {
    return line("kt " + number_ + " " + std::to_string(window) + " " + hex(index) + " " + std::to_string(count) + " " +
                hex(real) + " " + std::to_string(direction));
  }
  Powernv& free(std::uint64_t index) { return line("kf " + number_ + " " + hex(index) + " 1"); }
  Powernv& access(PeNumber pe, Rid rid, BusAddr addr, RealAddr page, unsigned permissions, unsigned shift,
                  unsigned flag = 1) {
    return line("px " + number_ + " " + hex(pe) + " " + hex(rid) + " " + hex(addr) + " " + std::to_string(flag) + " " +
                hex(page) + " " + std::to_string(permissions) + " " + std::to_string(shift));
  }
  const std::string& text() const { return text_; }

 private:
  const arch::GenerationFacts& facts_;
  std::string region_;
  std::string number_;
  std::string text_;
};

Verdict verify_text(const std::string& text) {
  const Scratch scratch;
  return verify_all({scratch.write("t.co", text)}).front();
}

}  // namespace

TEST_CASE("every recorded trace agrees with both models, line by line", "[verify]") {
  struct Trace {
    std::string name;
    std::uint64_t translations;
    std::uint64_t hypercalls;
  };
  const std::vector<Trace> traces = {{"pnv9-bypass", 21140, 0},       {"pnv9-nobypass", 17525, 0},
                                     {"ps-ddw16m", 18345, 2739},      {"ps-ddw64k", 17354, 2987},
                                     {"ps-load-ddw64k", 190424, 1156}, {"ps-load-noddw", 209358, 66278},
                                     {"ps-noddw", 23702, 10030},      {"skiboot-p9", 0, 0}};
  std::vector<std::string> files;
  for (const auto& t : traces) files.push_back(example_trace(t.name));
  const auto verdicts = verify_all(files);
  for (std::size_t i = 0; i < traces.size(); ++i) {
    INFO(traces[i].name);
    require_good(verdicts[i], traces[i].translations);
    CHECK(verdicts[i].v.hypercalls == traces[i].hypercalls);
    CHECK((verdicts[i].v.register_writes > 0) == (traces[i].hypercalls == 0));
    CHECK((verdicts[i].v.stores > 0) == (traces[i].translations > 0));
  }
}

TEST_CASE("a call that answers otherwise than the trace says is caught in both models, at its line", "[verify]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"tp 80000000 4000 123003 -4", "H_PUT_TCE(0x80000000, 0x4000, 0x123003): H_SUCCESS expected H_PARAMETER"},
      {"tp 80000000 100000000 123003 0", "H_PARAMETER expected H_SUCCESS"},
      {"tp 80000001 4000 123003 0", "H_PARAMETER expected H_SUCCESS"},
      {"ti 80000000 0 513 3 1000 0", "H_PUT_TCE_INDIRECT"},
      {"ti 80000000 fffff000 2 3 1000 0", "H_PARAMETER"},
      {"ti 80000000 0 4503599627370496 3 1000 0", "H_PARAMETER"},
      {"ti 80000000 1000 18446744073709551615 3 1000 0", "H_PARAMETER"},
      {"ts 80000000 0 0 0 0", "H_STUFF_TCE"},
      {"wq 800000020000000 800 2 80000000 107", "ibm,query-pe-dma-window(0x800, 0x8000000, 0x20000000): status 0 0x1"},
      {"wq 800000020000009 800 1 80000000 107", "status -3"},
      {"wc 800000020000000 800 10000 80000000 0 80000001", "expected status 0 0x80000001"},
      {"wc 800000020000000 800 800 80000000 800000000000000 80000001", "status -3"},
      {"wr 80000001", "status -3 expected status 0"},
      {"wz 800000020000009 800", "ibm,reset-pe-dma-windows"},
  };
  const Scratch scratch;
  std::vector<std::string> files;
  for (std::size_t i = 0; i < cases.size(); ++i)
    files.push_back(scratch.write("call" + std::to_string(i) + ".co", "+0 lt 80000000\n+1 " + cases[i].first + "\n"));
  const auto verdicts = verify_all(files);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& v = verdicts[i].v;
    INFO(cases[i].first << " " << verdicts[i].error);
    CHECK(v.hypercalls == 1);
    CHECK(v.hypercall_mismatches == 1);
    REQUIRE(v.first.size() == 2);
    CHECK(v.first[0].model == "reference");
    CHECK(v.first[1].model == "timed");
    CHECK(v.first[0].line == 2);
    CHECK_THAT(v.first[0].text, Contains(cases[i].second));
    CHECK(v.first[0].text == v.first[1].text);
  }
}

TEST_CASE("a damaged copy of a pseries trace is caught in both models, at its line", "[verify]") {
  const Scratch scratch;
  const auto good = lines_of(example_trace("ps-ddw64k"));
  // A translation through the 64K window in the middle of the trace.
  std::size_t at = good.size() / 2;
  while (good[at].find(" xl 8") == std::string::npos || good[at].find(" 3 16") == std::string::npos) ++at;
  std::istringstream fields(good[at]);
  std::string time, code, liobn, offset, page;
  fields >> time >> code >> liobn >> offset >> page;
  const auto damaged = [&](const std::string& name, unsigned field, const std::string& value) {
    auto lines = good;
    lines[at] = with_field(lines[at], field, value);
    return scratch.write(name, join(lines));
  };
  const auto verdicts = verify_all({
      damaged("page", 4, hex(*text::parse_hex(page) ^ 0x100000)),
      damaged("permissions", 5, "1"),
      damaged("shift", 6, "12"),
      damaged("offset", 3, hex(*text::parse_hex(offset) ^ 0x10000)),
  });
  const std::vector<std::string> texts = {"page", "permissions", "page shift", "page"};
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& v = verdicts[i].v;
    INFO(i << " " << verdicts[i].error);
    CHECK(v.translations == 17354);
    CHECK(v.mismatches == 1);
    CHECK(v.reference_mismatches == 1);
    CHECK(v.timed_mismatches == 1);
    REQUIRE(v.first.size() >= 2);
    bool reference = false, timed = false;
    for (const auto& m : v.first) {
      CHECK(m.line == at + 1);
      (m.model == "timed" ? timed : reference) = true;
    }
    CHECK(reference);
    CHECK(timed);
    CHECK_THAT(v.first[0].text, Contains(texts[i]));
    CHECK_THAT(v.first[0].text, Contains("expected"));
  }
}

TEST_CASE("a damaged copy of a powernv trace is caught in both models, at its line", "[verify]") {
  const Scratch scratch;
  const auto good = lines_of(example_trace("pnv9-nobypass"));
  std::size_t at = good.size() * 3 / 4;
  while (good[at].find(" px ") == std::string::npos) ++at;
  std::size_t store = 0;
  for (std::size_t i = 0; i < good.size() && store == 0; ++i)
    if (good[i].find(" kt ") != std::string::npos) store = i;
  const auto damaged = [&](const std::string& name, std::size_t line, unsigned field, const std::string& value) {
    auto lines = good;
    lines[line] = with_field(lines[line], field, value);
    return scratch.write(name, join(lines));
  };
  const auto verdicts = verify_all({
      damaged("pe", at, 3, "5"),            // a PE without windows
      damaged("pe-beyond", at, 3, "7777"),  // a PE that no PHB has
      damaged("page", at, 7, "66660000"),
      damaged("permissions", at, 8, "1"),
      damaged("store", store, 6, "66660000"),  // the TCE instead of what came out
  });
  const std::vector<std::string> texts = {"tve_invalid", "rte_pe_out_of_range", "page", "permissions", "page"};
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& v = verdicts[i].v;
    INFO(i << " " << verdicts[i].error);
    CHECK(v.translations == 17525);
    CHECK(v.mismatches >= 1);
    CHECK(v.mismatches == v.reference_mismatches);
    CHECK(v.mismatches == v.timed_mismatches);
    REQUIRE_FALSE(v.first.empty());
    CHECK_THAT(v.first[0].text, Contains(texts[i]));
    if (i < 4) CHECK(v.first[0].line == at + 1);
    if (i == 4) CHECK(v.first[0].line > store + 1);
  }
}

TEST_CASE("a missing kill is seen by the timed model alone", "[verify]") {
  const auto trace = [](bool with_kill) {
    Powernv t;
    t.window(1, 0, 12).build(0, 5, 0x40000000).access(1, 0x100, 0x5000, 0x40000000, 3, 12);
    t.free(5);
    if (with_kill) t.kill(1);
    t.build(0, 5, 0x50000000).access(1, 0x100, 0x5008, 0x50000000, 3, 12);
    return t.text();
  };
  require_good(verify_text(trace(true)), 2);

  const Verdict stale = verify_text(trace(false));
  REQUIRE(stale.error.empty());
  CHECK(stale.v.reference_mismatches == 0);
  CHECK(stale.v.timed_mismatches == 1);
  CHECK(stale.v.mismatches == 1);
  REQUIRE_FALSE(stale.v.first.empty());
  CHECK(stale.v.first[0].model == "timed");
  CHECK(stale.v.first[0].line == 9);
  CHECK_THAT(stale.v.first[0].text, Contains("page 0x40000000 expected 0x50000000"));
}

TEST_CASE("a kill of another page or PE does not help", "[verify]") {
  const auto& facts = arch::facts_of(arch::Generation::Phb4, arch::PhbSize::Big);
  const auto trace = [](std::uint64_t kill) {
    Powernv t;
    t.window(1, 0, 16).build(0, 5, 0x40000000).access(1, 0x100, 0x50000, 0x40000000, 3, 16);
    t.build(0, 5, 0x50000000).mw(arch::offset_of(arch::Reg::TceKill), kill);
    return t.access(1, 0x100, 0x50008, 0x50000000, 3, 16).text();
  };
  require_good(verify_text(trace(arch::encode_kill_one(1, 0x50000, 16, facts))), 2);
  require_good(verify_text(trace(arch::encode_kill_all())), 2);
  for (const std::uint64_t kill : {arch::encode_kill_one(1, 0x40000, 16, facts), arch::encode_kill_pe(2),
                                   arch::encode_kill_one(2, 0x50000, 16, facts)}) {
    const Verdict d = verify_text(trace(kill));
    INFO(hex(kill) << " " << d.error);
    CHECK(d.v.timed_mismatches == 1);
    CHECK(d.v.reference_mismatches == 0);
  }
}

TEST_CASE("powernv: generations by their version register", "[verify]") {
  using arch::Generation;
  // 256M pages on PHB3 alone, 2M pages from PHB4 on.
  Powernv p3(Generation::Phb3);
  p3.window(1, 0, 28).build(0, 3, 0x70000000).access(1, 0x200, 0x31234560, 0x70000000, 3, 28);
  Powernv p4(Generation::Phb4);
  p4.window(1, 0, 21).build(0, 3, 0x70000000).access(1, 0x200, 0x612340, 0x70000000, 3, 21);
  Powernv p5(Generation::Phb5);
  p5.window(1, 0, 30).build(0, 1, 0x80000000).access(1, 0x200, 0x40000000, 0x80000000, 3, 30, 2);
  require_good(verify_text(p3.text()), 1);
  require_good(verify_text(p4.text()), 1);
  require_good(verify_text(p5.text()), 1);
  // The page size that a generation does not have makes its TVE invalid, so nothing can be built.
  Powernv wrong(Generation::Phb3);
  wrong.window(1, 0, 21).build(0, 3, 0x70000000);
  CHECK_THAT(verify_text(wrong.text()).error, Contains(":5:") && Contains("no translated TVE"));
}

TEST_CASE("powernv: bypass, second window, tables of two levels, directions", "[verify]") {
  const auto& facts = arch::facts_of(arch::Generation::Phb4, arch::PhbSize::Big);
  Powernv t;
  t.tve(2 * 7 + 1, arch::encode_bypass(0, 64 * kGiB, facts));
  t.window(7, 0, 16, 2);
  t.access(7, 0x301, 0x800000012345000, 0x12345000, 3, 12).access(7, 0x301, 0x800000012345000, 0x12345000, 3, 12, 2);
  t.build(0, 0x4001, 0x30000000, 1, 2);  // to the device: read only; beyond the first table of the second level
  t.access(7, 0x301, 0x40010000, 0x30000000, 1, 16).access(7, 0x301, 0x40020ff8, 0x30010000, 1, 16);
  t.build(0, 0x10, 0x30100000, 2).access(7, 0x301, 0x100000, 0x30100000, 3, 16, 2);
  require_good(verify_text(t.text()), 5);
  // Writing through the read-only one is no translation.
  t.access(7, 0x301, 0x40010000, 0x30000000, 1, 16, 2);
  const Verdict d = verify_text(t.text());
  CHECK(d.v.mismatches == 1);
  CHECK_THAT(d.v.first.at(0).text, Contains("tce_access_fault"));
}

TEST_CASE("powernv: a small PHB has 256 PEs, a big one 512", "[verify]") {
  for (const unsigned index : {0u, 3u}) {
    Powernv t(arch::Generation::Phb4, index);
    t.window(400, 0, 12).build(0, 1, 0x1000000).access(400, 0x100, 0x1000, 0x1000000, 3, 12);
    require_good(verify_text(t.text()), 1);
  }
  for (const unsigned index : {1u, 2u, 4u, 5u}) {
    Powernv good(arch::Generation::Phb4, index);
    good.window(255, 0, 12).build(0, 1, 0x1000000).access(255, 0x100, 0x1000, 0x1000000, 3, 12);
    require_good(verify_text(good.text()), 1);
    Powernv beyond(arch::Generation::Phb4, index);
    beyond.window(200, 0, 12).build(0, 1, 0x1000000).access(400, 0x100, 0x1000, 0x1000000, 3, 12);
    const Verdict d = verify_text(beyond.text());
    INFO(index << d.error);
    CHECK(d.v.reference_mismatches == 1);
    CHECK(d.v.timed_mismatches == 1);
    CHECK_THAT(d.v.first.at(0).text, Contains("rte_pe_out_of_range"));
  }
}

TEST_CASE("powernv: a requester that moves to another PE, and a new RTT", "[verify]") {
  Powernv t;
  t.window(1, 0, 12, 1, 0x20000000).window(2, 0, 12, 1, 0x20000000);
  t.build(0, 5, 0x40000000);
  t.access(1, 0x100, 0x5000, 0x40000000, 3, 12).access(2, 0x100, 0x5000, 0x40000000, 3, 12);
  t.access(1, 0x100, 0x5000, 0x40000000, 3, 12).access(2, 0x101, 0x5000, 0x40000000, 3, 12);
  // A new RTT is empty: what it says is learnt again.
  t.mw(arch::offset_of(arch::Reg::RttBar), 0x18000000 | arch::kBarEnable);
  t.access(1, 0x100, 0x5000, 0x40000000, 3, 12).access(2, 0x101, 0x5000, 0x40000000, 3, 12);
  require_good(verify_text(t.text()), 6);
}

TEST_CASE("powernv: two PHBs are kept apart", "[verify]") {
  Powernv a(arch::Generation::Phb4, 0);
  a.window(1, 0, 12).build(0, 5, 0x40000000);
  Powernv b(arch::Generation::Phb4, 4);
  b.window(1, 0, 12, 1, 0x28000000).build(0, 5, 0x60000000);
  a.access(1, 0x100, 0x5000, 0x40000000, 3, 12);
  b.access(1, 0x100, 0x5000, 0x60000000, 3, 12);
  require_good(verify_text(a.text() + b.text()), 2);
}

TEST_CASE("pseries: default window, put, indirect with a stride, stuff", "[verify]") {
  require_good(verify_text("+0 lt 80000000\n"
                           "+1 tp 80000000 4000 123003 0\n"
                           "+1 xl 80000000 4000 123000 3 12\n"
                           "+1 ti 80000000 10000 3 200001 2000 0\n"
                           "+1 xl 80000000 10000 200000 1 12\n"
                           "+1 xl 80000000 11008 202000 1 12\n"
                           "+1 xl 80000000 12ff8 204000 1 12\n"
                           "+1 ts 80000000 20000 2 777002 0\n"
                           "+1 xl 80000000 20000 777000 2 12\n"
                           "+1 xl 80000000 21000 777000 2 12\n"
                           "+1 tp 80000000 4000 456003 0\n"
                           "+1 xl 80000000 4000 456000 3 12\n"),
               7);
}

TEST_CASE("pseries: a call that failed changed nothing", "[verify]") {
  require_good(verify_text("+0 lt 80000000\n"
                           "+1 tp 80000000 4000 123003 0\n"
                           "+1 tp 80000000 40000000 999003 -4\n"
                           "+1 tp 80000009 4000 999003 -4\n"
                           "+1 ti 80000000 4000 513 999003 1000 -4\n"
                           "+1 ts 80000000 4000 262145 0 -4\n"
                           "+1 xl 80000000 4000 123000 3 12\n"),
               1);
}

TEST_CASE("pseries: what is cleared is gone", "[verify]") {
  const Verdict d = verify_text("+0 lt 80000000\n"
                                "+1 tp 80000000 4000 123003 0\n"
                                "+1 xl 80000000 4000 123000 3 12\n"
                                "+1 ts 80000000 4000 1 0 0\n"
                                "+1 xl 80000000 4000 123000 3 12\n");
  CHECK(d.v.mismatches == 1);
  CHECK(d.v.reference_mismatches == 1);
  CHECK(d.v.timed_mismatches == 1);
  CHECK_THAT(d.v.first.at(0).text, Contains("tce_page_fault"));
}

TEST_CASE("pseries: two windows of a PE, the second at 2^59", "[verify]") {
  require_good(verify_text("+0 lt 80000000\n"
                           "+1 wc 800000020000000 800 10000 80000000 800000000000000 80000001\n"
                           "+1 tp 80000000 4000 123003 0\n"
                           "+1 ti 80000001 800000000000000 16 3 10000 0\n"
                           "+1 xl 80000000 4000 123000 3 12\n"
                           "+1 xl 80000001 34560 30000 3 16\n"
                           "+1 xl 80000001 f0000 f0000 3 16\n"),
               3);
}

TEST_CASE("pseries: a window at 4 GiB", "[verify]") {
  require_good(verify_text("+0 lt 80000000\n"
                           "+1 wc 800000020000000 800 10000 80000000 100000000 80000001\n"
                           "+1 tp 80000000 4000 123003 0\n"
                           "+1 ti 80000001 100000000 16 3 10000 0\n"
                           "+1 xl 80000000 4000 123000 3 12\n"
                           "+1 xl 80000001 34560 30000 3 16\n"),
               2);
}

TEST_CASE("pseries: windows of 2M and 16M pages", "[verify]") {
  require_good(verify_text("+0 lt 80000000\n+0 lt 80000100\n"
                           "+1 wc 800000020000000 800 200000 80000000 800000000000000 80000001\n"
                           "+1 ti 80000001 800000000000000 4 3 200000 0\n"
                           "+1 xl 80000001 612340 600000 3 21\n"
                           "+1 wc 800000020000001 800 1000000 80000000 800000000000000 80000101\n"
                           "+1 ti 80000101 800000000000000 4 3 1000000 0\n"
                           "+1 xl 80000101 3123450 3000000 3 24\n"),
               2);
}

TEST_CASE("pseries: the last window but the default goes, the default comes back empty", "[verify]") {
  const std::string begin =
      "+0 lt 80000000\n"
      "+1 tp 80000000 4000 123003 0\n"
      "+1 xl 80000000 4000 123000 3 12\n"
      "+1 wr 80000000\n"
      "+1 wc 800000020000000 800 10000 80000000 0 80000001\n"
      "+1 tp 80000001 0 3 0\n"
      "+1 xl 80000001 0 0 3 16\n"
      "+1 wr 80000001\n";
  require_good(verify_text(begin + "+1 tp 80000000 4000 456003 0\n"
                                   "+1 xl 80000000 4000 456000 3 12\n"),
               3);
  const Verdict d = verify_text(begin + "+1 xl 80000000 4000 123000 3 12\n");
  CHECK(d.v.mismatches == 1);
  CHECK_THAT(d.v.first.at(0).text, Contains("tce_page_fault"));
  CHECK_THAT(verify_text(begin + "+1 xl 80000001 0 0 3 16\n").error, Contains(":9: LIOBN 0x80000001 has no window"));
}

TEST_CASE("pseries: the default window makes room for another at 0", "[verify]") {
  // Under its own LIOBN (as QEMU does), and under another.
  for (const std::string liobn : {"80000000", "80000001"}) {
    require_good(verify_text("+0 lt 80000000\n"
                             "+1 tp 80000000 4000 123003 0\n"
                             "+1 wr 80000000\n"
                             "+1 wc 800000020000000 800 10000 40000000 0 " + liobn + "\n"
                             "+1 tp " + liobn + " 30000 550003 0\n"
                             "+1 xl " + liobn + " 34560 550000 3 16\n"),
                 1);
  }
}

TEST_CASE("pseries: a LIOBN that moves leaves nothing behind", "[verify]") {
  const Verdict d = verify_text("+0 lt 80000000\n"
                                "+1 tp 80000000 4000 123003 0\n"
                                "+1 wr 80000000\n"
                                "+1 wc 800000020000000 800 10000 40000000 0 80000000\n"
                                "+1 tp 80000000 0 3 0\n"
                                "+1 xl 80000000 0 0 3 16\n");
  require_good(d, 1);
}

TEST_CASE("pseries: reset gives the default window back and takes the others", "[verify]") {
  const std::string begin =
      "+0 lt 80000000\n"
      "+1 wc 800000020000000 800 10000 80000000 800000000000000 80000001\n"
      "+1 tp 80000000 4000 123003 0\n"
      "+1 xl 80000000 4000 123000 3 12\n"
      "+1 wz 800000020000000 800\n";
  require_good(verify_text(begin + "+1 tp 80000000 4000 777003 0\n+1 xl 80000000 4000 777000 3 12\n"), 2);
  CHECK(verify_text(begin + "+1 xl 80000000 4000 123000 3 12\n").v.mismatches == 1);
  CHECK(verify_text(begin + "+1 tp 80000001 800000000000000 3 0\n").v.hypercall_mismatches == 1);
  // Another PHB's reset does not touch this one.
  require_good(verify_text(begin.substr(0, begin.rfind("+1 wz")) + "+1 lt 80000100\n+1 wz 800000020000001 800\n" +
                           "+1 xl 80000000 4000 123000 3 12\n"),
               2);
}

TEST_CASE("pseries: a virtual device's LIOBN has a window of its own", "[verify]") {
  require_good(verify_text("+0 lt 71000002\n+0 lt 71000003\n+0 lt 80000000\n"
                           "+1 tp 71000002 4000 123003 0\n"
                           "+1 tp 71000003 4000 456003 0\n"
                           "+1 tp 80000000 4000 789003 0\n"
                           "+1 xl 71000002 4000 123000 3 12\n"
                           "+1 xl 71000003 4000 456000 3 12\n"
                           "+1 xl 80000000 4000 789000 3 12\n"),
               3);
}

TEST_CASE("lines may end with CR, and may be comments or empty", "[verify]") {
  require_good(verify_text("# a trace\r\n\r\n+0 lt 80000000\r\n+1 tp 80000000 4000 123003 0\r\n"
                           "+1 xl 80000000 4000 123000 3 12\r\n+0 mk 3"),
               1);
}

TEST_CASE("an empty trace has nothing to disagree about", "[verify]") {
  require_good(verify_text(""), 0);
  require_good(verify_text("# nothing\n\n"), 0);
}

TEST_CASE("malformed lines are errors with file and line", "[verify]") {
  const std::string good = "+0 lt 80000000\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"tp 80000000 4000 123003 0", "expected +MICROSECONDS"},
      {"+x tp 80000000 4000 123003 0", "expected +MICROSECONDS"},
      {"+1 zz 1 2 3", "unknown event \"zz\""},
      {"+1", "unknown event"},
      {"+1 tp 80000000 4000", "TCE is missing"},
      {"+1 tp 80000000 4000 12z003 0", "12z003"},
      {"+1 tp 80000000 4000 123003 0 7", "after the last field"},
      {"+1 tp 80000000  4000 123003 0", "IOBA"},
      {"+1 tp 180000000000000000 4000 123003 0", "hexadecimal number"},
      {"+1 ti 80000000 4000 a 123003 1000 0", "decimal number"},
      {"+1 mk", "is missing"},
      // Lines that contradict those before.
      {"+1 xl 80000001 4000 123000 3 12", "has no window"},
      {"+1 wc 800000020000000 800 3000 80000000 800000000000000 80000001", "no power of two"},
      {"+1 wc 800000020000000 800 1000 80000001 800000000000000 80000001", "window size"},
      {"+1 kt 0 0 1 1 1000 0", "no translated TVE"},
  };
  const Scratch scratch;
  std::vector<std::string> files;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    files.push_back(scratch.write("case" + std::to_string(i) + ".co", good + cases[i].first + "\n"));
  }
  const auto verdicts = verify_all(files);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO(cases[i].first);
    CHECK_THAT(verdicts[i].error, StartsWith(files[i] + ":2:"));
    CHECK_THAT(verdicts[i].error, Contains(cases[i].second));
  }
}

TEST_CASE("files that are no traces are errors that name them", "[verify]") {
  const Scratch scratch;
  std::ifstream in(example_trace("ps-noddw"), std::ios::binary);
  const std::string xz((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::string broken = xz;
  broken[xz.size() / 2] ^= 0x55;
  const std::vector<std::pair<std::string, std::string>> files = {
      {scratch.path(), "is a directory"},
      {scratch.path() + "/missing.co", "cannot be read: No such file"},
      {scratch.write("short.co.xz", xz.substr(0, xz.size() / 2)), "damaged xz data"},
      {scratch.write("broken.co.xz", broken), ""},
      {scratch.write("head.co.xz", xz.substr(0, 6)), ""},
      {scratch.write("binary", std::string("\x7f" "ELF\0\1\2", 7)), ":1: time is \"?ELF???\", expected +MICROSECONDS"},
      {scratch.write("long", std::string(100'000, 'x')), "xxx...\", expected +MICROSECONDS"},
  };
  std::vector<std::string> names;
  for (const auto& f : files) names.push_back(f.first);
  const auto verdicts = verify_all(names);
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(files[i].first);
    CHECK_THAT(verdicts[i].error, StartsWith(files[i].first));
    CHECK_THAT(verdicts[i].error, Contains(files[i].second));
  }
}
