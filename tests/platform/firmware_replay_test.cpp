// SPDX-License-Identifier: Apache-2.0
// Recorded register accesses of firmware and Linux against the register model.
#include "platform/replay/firmware_replay.hpp"

#include <fstream>
#include <set>

#include "models/base/check.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using replay::FirmwareReplay;
using Catch::Matchers::Contains;

namespace {

std::string trace(const std::string& name) { return PHBSIM_SOURCE_DIR "/examples/traces/" + name + ".co.xz"; }

/// A trace of these lines.
FirmwareReplay replay_lines(const std::string& lines) {
  const std::string path = "firmware_replay_test.co";
  std::ofstream(path) << "# compact trace v1 t0_us=0\n" << lines;
  return replay::replay_firmware(path);
}

void require_good(const FirmwareReplay& r) {
  for (const auto& d : r.unexplained)
    UNSCOPED_INFO(d.line << " " << d.region << " " << d.reg << ": " << d.recorded << " in the trace, " << d.model << " here");
  CHECK(r.unexplained.empty());
  CHECK(r.config_wrong == 0);
  CHECK(r.good());
}

}  // namespace

TEST_CASE("Every read that skiboot made of six PHBs and their PECs is equal or has its reason") {
  const FirmwareReplay r = replay::replay_firmware(trace("skiboot-p9"));
  require_good(r);
  CHECK(r.total().reads == 733);
  CHECK(r.total().equal == 493);
  CHECK(r.total().explained == 240);
  CHECK(r.total().writes == 20098);
  CHECK(r.config_reads == 174);
  CHECK(r.config_writes == 27);
  for (unsigned i = 0; i < 6; ++i) CHECK(r.regions.at("phb0." + std::to_string(i)).reads >= 110);
  for (const char* pec : {"pec0.0-nest-phb-0", "pec0.1-nest-phb-1", "pec0.2-pci-phb-2"}) {
    CHECK(r.regions.at(pec).reads > 0);
    CHECK(r.regions.at(pec).explained == 0);
  }
}

TEST_CASE("The same for Linux on powernv, with bypass and without; no explanation is idle") {
  std::set<std::string_view> used;
  for (const char* name : {"skiboot-p9", "pnv9-bypass", "pnv9-nobypass"}) {
    INFO(name);
    const FirmwareReplay r = replay::replay_firmware(trace(name));
    require_good(r);
    for (const auto& [id, count] : r.explained) used.insert(id);
    if (std::string(name) == "pnv9-nobypass") {
      CHECK(r.total().reads == 28149);
      CHECK(r.config_reads == 1365);
    }
  }
  std::set<std::string_view> ids;
  for (const replay::Explanation& x : replay::explanations()) {
    CHECK(ids.insert(x.id).second);
    INFO(x.id);
    CHECK(used.count(x.id) == 1);
    CHECK(x.recorded != x.model);
    CHECK_FALSE(x.reason.empty());
    CHECK_FALSE(x.source.empty());
  }
}

TEST_CASE("A value that the model would not give is an unexplained difference") {
  const FirmwareReplay r = replay_lines(
      "+0 mw phb0.0 168 8 8000000032920000\n"
      "+0 mr phb0.0 168 8 8000000032920000\n"
      "+0 mr phb0.0 168 8 8000000032920001\n"
      "+0 mr phb0.1 100 8 0\n"      // an explained one
      "+0 mr phb0.1 100 8 8\n"      // the same register, another value
      "+0 mr phb0.0 1a00 8 0\n");
  REQUIRE(r.unexplained.size() == 2);
  CHECK(r.unexplained[0].line == 4);
  CHECK(r.unexplained[0].reg == "PHB_RTT_BAR");
  CHECK(r.unexplained[0].recorded == 0x8000000032920001ull);
  CHECK(r.unexplained[0].model == 0x8000000032920000ull);
  CHECK(r.unexplained[1].reg == "PHB_LSI_SOURCE_ID");
  CHECK(r.regions.at("phb0.0").equal == 1);
  CHECK(r.regions.at("phb0.1").explained == 1);
  CHECK_FALSE(r.good());
}

TEST_CASE("A configuration cycle that reaches another register than recorded is wrong") {
  const std::string open = "+0 mw phb0.0 1018 4 1ff00\n";  // bus numbers: 1 to 255 are behind the port
  const std::string read = "+0 mw phb0.0 140 8 8010001001ff0000\n+0 cr nvme 01:00.0 ";
  const std::string answer = "+0 mr phb0.0 130 4 4000080\n";
  CHECK(replay_lines(open + read + "10 80000004\n" + answer).good());
  CHECK(replay_lines(open + read + "14 80000004\n" + answer).config_wrong == 1);
  CHECK(replay_lines(open + "+0 mw phb0.0 140 8 8010001001ff0000\n+0 cr nvme 02:00.0 10 80000004\n" + answer).config_wrong == 1);
  // A write: the trace tells of it after the access.
  const std::string write = open + "+0 mw phb0.0 140 8 8010000401ff0000\n+0 mw phb0.0 130 2 4001\n+0 cw nvme 01:00.0 ";
  CHECK(replay_lines(write + "4 140\n").good());
  CHECK(replay_lines(write + "4 141\n").config_wrong == 1);
  CHECK(replay_lines(open + "+0 mw phb0.0 140 8 8010000401ff0000\n+0 mw phb0.0 130 2 4001\n+0 mr phb0.0 800 8 a400000002\n")
            .config_wrong == 1);
}

TEST_CASE("Files that cannot be replayed are refused with place, value and what is allowed") {
  CHECK_THROWS_WITH(replay_lines("+0 mk 0\n"), Contains("no register accesses"));
  CHECK_THROWS_WITH(replay_lines("+0 mr phb0.6 800 8 0\n"), Contains(":2: region is \"phb0.6\", must be phb0.0 to phb0.5"));
  CHECK_THROWS_WITH(replay_lines("+0 mr phb0.0 800 3 0\n"), Contains(":2: size is 3, must be 1, 2, 4 or 8"));
  CHECK_THROWS_WITH(replay_lines("+0 mr pec0.0-nest-phb-0 20086290 4 0\n"), Contains("SCOM access is 4, must be 8"));
  CHECK_THROWS_WITH(replay_lines("+0 mr pec0.0-nest-phb-0 8 8 0\n"), Contains("no register at SCOM address"));
  CHECK_THROWS_WITH(replay_lines("+0 cr nvme 0100.0 0 0\n"), Contains("BDF is \"0100.0\""));
  CHECK_THROWS_AS(replay::replay_firmware("no such file"), UserError);
}
