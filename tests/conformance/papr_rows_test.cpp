// SPDX-License-Identifier: Apache-2.0
// Rows of ddw-vfio.md section 9 against models/arch/papr, and the page that shows them.
#include <fstream>
#include <iterator>
#include <set>

#include "models/base/check.hpp"
#include "tests/conformance/rows.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::conformance;

namespace {

void run_family(char letter) {
  const Rows rows = papr_rows();
  unsigned ran = 0;
  for (const Row& row : rows.rows) {
    if (row.id[0] != letter) continue;
    for (unsigned p = 0; p < kPersonalities; ++p) {
      if (!row.under[p]) continue;
      DYNAMIC_SECTION(row.id << "/" << arch::papr::kPersonalityTable[p].name) {
        for (const std::string& failure : run(rows, row, static_cast<Personality>(p)).failures) {
          FAIL_CHECK(row.id << "/" << arch::papr::kPersonalityTable[p].name << ": " << failure);
        }
      }
      ++ran;
    }
  }
  CHECK(ran > 0);
}

std::string error_of(std::string_view text) {
  try {
    parse_rows(text, "file");
    return "";
  } catch (const UserError& e) {
    return e.what();
  }
}

/// Failures of a row of F0 with these steps under papr.
std::vector<std::string> failures_of(const std::string& steps) {
  const Rows rows = parse_rows(
      "row X1 | call | pre\nunder papr\nwith F0\n* hcall get L0 0 -> 0 0\n" + steps, "file");
  return run(rows, rows.rows[0], Personality::Papr).failures;
}

}  // namespace

TEST_CASE("rows of the DDW calls", "[conformance]") { run_family('D'); }
TEST_CASE("rows of the TCE hypercalls", "[conformance]") { run_family('H'); }
TEST_CASE("rows of Linux's decision", "[conformance]") { run_family('L'); }

TEST_CASE("every row of the catalogue is run, or left out with a reason", "[conformance]") {
  const Rows rows = papr_rows();
  std::set<std::string> here;
  for (const Row& row : rows.rows) here.insert(row.id.substr(0, 3));
  for (const LeftOut& l : rows.left)
    for (const std::string& id : expand_ids(l.ids)) {
      INFO(id);
      CHECK(here.insert(id).second);
    }
  for (const auto* ids :
       {"D01-D49", "H01-H52", "L01-L30", "V01-V70", "G01-G18", "K01-K12", "I01-I11"})
    for (const std::string& id : expand_ids(ids)) {
      INFO(id);
      CHECK(here.count(id) == 1);
    }
}

TEST_CASE("docs/conformance/papr.md is what the rows give", "[conformance]") {
  std::ifstream in(PHBSIM_SOURCE_DIR "/docs/conformance/papr.md");
  const std::string page(std::istreambuf_iterator<char>(in), {});
  if (page != markdown(papr_rows())) {
    FAIL(
        "docs/conformance/papr.md is not what the rows give now; look at the difference and "
        "regenerate it:\n"
        "  build/release/tests/phbsim_conformance_table > docs/conformance/papr.md");
  }
}

TEST_CASE("errors of the row file name file and line", "[conformance]") {
  CHECK(error_of("under papr") == "file:1: 'under' before the first row");
  CHECK(error_of("# x\n\nrow X1 | a") == "file:3: row <id> | <call> | <precondition>");
  CHECK(error_of("left X1") == "file:1: left <ids> | <reason>");
  const std::string row = "row X1 | a | b\nunder papr qemu\n";
  CHECK(error_of(row + "* hcall get L0 0 -> 0\n" + row) == "file:4: row X1 is there already");
  CHECK(error_of("row X1 | a | b\nunder pepr") == "file:2: 'pepr' is no personality");
  CHECK(error_of(row) == "file:1: row X1 shows no answer of papr");
  CHECK(error_of(row + "hcall get L0 0 -> 0") == "file:1: row X1 shows no answer of papr");
  CHECK(error_of("row X1 | a | b") == "file:1: row X1 has no 'under'");
  CHECK(error_of(row + "choice kvm\n* hcall get L0 0 -> 0") ==
        "file:1: row X1 chooses what it does not run");
  CHECK(error_of(row + "*") == "file:3: no verb");
  CHECK(error_of(row + "* hcall get L0 0 ->") == "file:3: nothing expected after '->'");
  CHECK(error_of(row + "* hcall get L0 0 -> papr: 0") ==
        "file:3: no expectation for a personality that runs this");
  CHECK(error_of(row + "* hcall get L0 0 -> papr: 0 ; papr,qemu: 0") ==
        "file:3: two expectations for one personality");
}

TEST_CASE("a step that does not hold, or has no meaning, fails its row with file and line",
          "[conformance]") {
  CHECK(failures_of("hcall put L0 0x1000 0x2003 -> 0\ndma rw 0x1000 -> 0x2000\n").empty());
  const auto one = [](const std::string& step) {
    const auto f = failures_of(step);
    REQUIRE(f.size() == 1);
    return f[0];
  };
  CHECK(one("hcall get L0 0 -> -4") == "file:5: hcall get L0 0: 0, expected -4");
  CHECK(one("hcall get L0 0 -> 0 1") == "file:5: hcall get L0 0: 0 0, expected 0 1");
  CHECK(one("dma rd 0 -> 0") == "file:5: dma rd 0: fault:tce_page_fault, expected 0");
  CHECK(one("rtas reset c bh bl / 1 -> -3") == "file:5: rtas reset c bh bl / 1: 0, expected -3");
  CHECK(one("jump") == "file:5: jump: unknown verb");
  CHECK(one("hcall get L9 0 -> 0") == "file:5: hcall get L9 0: 'L9' is no number");
  CHECK(one("hcall get L0 -> 0") == "file:5: hcall get L0: too few words");
}
