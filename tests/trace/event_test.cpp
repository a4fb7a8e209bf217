// SPDX-License-Identifier: Apache-2.0
// Every kind of line of docs/trace-format.md, and what a line that does not fit is told.
#include <string>
#include <vector>

#include "models/base/check.hpp"
#include "models/trace/event.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::trace;

namespace {

struct Sample {
  const char* line;
  Kind kind;
  std::uint64_t microseconds;
  std::vector<std::string> texts;
  std::vector<std::uint64_t> numbers;
};

// One line of each kind, read by a person: hexadecimal where docs/trace-format.md says so.
const std::vector<Sample>& samples() {
  static const std::vector<Sample> s = {
      {"+0 mw phb0.0 210 8 4000000000000001", Kind::MmioWrite, 0, {"phb0.0"}, {0x210, 8, 0x4000000000000001}},
      {"+7 mr pec0.2-nest-phb-1 4010c54 8 ff", Kind::MmioRead, 7, {"pec0.2-nest-phb-1"}, {0x4010c54, 8, 0xff}},
      {"+1 cw nvme 00:01.0 4 100406", Kind::ConfigWrite, 1, {"nvme", "00:01.0"}, {4, 0x100406}},
      {"+1 cr nvme 00:01.0 10 4", Kind::ConfigRead, 1, {"nvme", "00:01.0"}, {0x10, 4}},
      {"+2 wq 800000020000001 800 1 10000 1f", Kind::WindowQuery, 2, {}, {0x800000020000001, 0x800, 1, 0x10000, 0x1f}},
      {"+3 wc 800000020000001 800 10 22 800000000000000 80000001", Kind::WindowCreate, 3, {},
       {0x800000020000001, 0x800, 0x10, 0x22, 0x800000000000000, 0x80000001}},
      {"+4 wr 80000001", Kind::WindowRemove, 4, {}, {0x80000001}},
      {"+5 wz 800000020000001 800", Kind::WindowReset, 5, {}, {0x800000020000001, 0x800}},
      {"+6 lt 80000000", Kind::TableCreated, 6, {}, {0x80000000}},
      {"+8 tp 80000000 1000 7e34e003 0", Kind::PutTce, 8, {}, {0x80000000, 0x1000, 0x7e34e003, 0}},
      {"+9 ti 80000001 800000000000000 512 3 10000 -4", Kind::PutIndirect, 9, {},
       {0x80000001, 0x800000000000000, 512, 3, 0x10000, static_cast<std::uint64_t>(-4)}},
      {"+10 ts 80000000 2000 16 0 0", Kind::StuffTce, 10, {}, {0x80000000, 0x2000, 16, 0, 0}},
      {"+94 xl 80000200 4000 7e34e000 3 12", Kind::Translate, 94, {}, {0x80000200, 0x4000, 0x7e34e000, 3, 12}},
      {"+11 px 0 1fd 100 800000012345000 1 12345000 3 12", Kind::PnvTranslate, 11, {},
       {0, 0x1fd, 0x100, 0x800000012345000, 1, 0x12345000, 3, 12}},
      {"+12 da nvme 1c3f000 4096", Kind::DmaNvme, 12, {"nvme"}, {0x1c3f000, 4096}},
      {"+13 dr e1000e fff0 1514", Kind::DmaReceive, 13, {"e1000e"}, {0xfff0, 1514}},
      {"+14 dt e1000e fff0 90", Kind::DmaTransmit, 14, {"e1000e"}, {0xfff0, 90}},
      {"+15 dd xhci 7fe0", Kind::Descriptor, 15, {"xhci"}, {0x7fe0}},
      {"+16 nq sq 1 10", Kind::Doorbell, 16, {"sq"}, {1, 10}},
      {"+17 nc io 77 1 2", Kind::Command, 17, {"io"}, {77, 1, 2}},
      {"+18 kt 0 1 1f 16 7e340000 0", Kind::TceBuild, 18, {}, {0, 1, 0x1f, 16, 0x7e340000, 0}},
      {"+19 kf 3 1f 16", Kind::TceFree, 19, {}, {3, 0x1f, 16}},
      {"+123456789 mk 10", Kind::Marker, 123456789, {}, {10}},
  };
  return s;
}

std::string error_of(const std::string& line) {
  try {
    const auto e = parse_line(line, "some.trace:42");
    return e ? "accepted" : "skipped";
  } catch (const UserError& e) {
    return e.what();
  }
}

std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> w;
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = line.find(' ', at);
    w.push_back(line.substr(at, end - at));
    if (end == std::string::npos) return w;
    at = end + 1;
  }
}

std::string join(const std::vector<std::string>& w) {
  std::string line;
  for (const std::string& s : w) line += (line.empty() ? "" : " ") + s;
  return line;
}

}  // namespace

TEST_CASE("A line of each kind is read as the format describes it") {
  std::vector<bool> seen(kKinds, false);
  for (const Sample& s : samples()) {
    CAPTURE(s.line);
    const std::string line = s.line;
    const auto e = parse_line(line, "x:1");
    REQUIRE(e);
    CHECK(e->kind == s.kind);
    CHECK(e->microseconds == s.microseconds);
    for (unsigned i = 0; i < s.texts.size(); ++i) CHECK(e->text[i] == s.texts[i]);
    for (unsigned i = 0; i < s.numbers.size(); ++i) {
      CAPTURE(i);
      CHECK(e->n[i] == s.numbers[i]);
    }
    const KindSpec& spec = kKindTable[static_cast<unsigned>(s.kind)];
    CHECK(spec.fields.size() == s.texts.size() + s.numbers.size());
    seen[static_cast<unsigned>(s.kind)] = true;
  }
  for (unsigned i = 0; i < kKinds; ++i) {
    CAPTURE(kKindTable[i].code);
    CHECK(seen[i]);
  }
}

TEST_CASE("Every kind has a code of its own and a name for each field") {
  for (unsigned i = 0; i < kKinds; ++i) {
    const KindSpec& a = kKindTable[i];
    CAPTURE(a.code);
    CHECK(a.code.size() == 2);
    for (unsigned j = 0; j < i; ++j) CHECK(kKindTable[j].code != a.code);
    CHECK(words(std::string(a.names)).size() == a.fields.size());
    CHECK(a.fields.find_first_not_of("shdr") == std::string_view::npos);
  }
}

TEST_CASE("Comments, empty lines and line ends of both kinds are no events") {
  CHECK_FALSE(parse_line("", "x:1"));
  CHECK_FALSE(parse_line("\r\n", "x:1"));
  CHECK_FALSE(parse_line("   ", "x:1"));
  CHECK_FALSE(parse_line("# +1 mk 1", "x:1"));
  const auto e = parse_line("+1 mk 1\r\n", "x:1");
  REQUIRE(e);
  CHECK(e->n[0] == 1);
  CHECK(parse_line("+1 da nvme 1000 8  ", "x:1")->n[1] == 8);
}

TEST_CASE("A malformed number names the line, the field, its value and what is expected") {
  for (const Sample& s : samples()) {
    const KindSpec& spec = kKindTable[static_cast<unsigned>(s.kind)];
    const auto names = words(std::string(spec.names));
    for (unsigned i = 0; i < spec.fields.size(); ++i) {
      if (spec.fields[i] == 's') continue;
      for (const std::string bad : {"zz", "0x10", "1.5", "+1", "12345678901234567890123", ""}) {
        auto w = words(s.line);
        w[2 + i] = bad;
        const std::string error = error_of(join(w));
        CAPTURE(join(w), error);
        // An empty last word is a field that is missing.
        const bool missing = bad.empty() && i + 1 == spec.fields.size();
        CHECK_THAT(error, Catch::StartsWith("some.trace:42: " + std::string(spec.code) + " field " + names[i] + " "));
        CHECK_THAT(error, Catch::Contains(missing ? "is missing" : "is \"" + bad + "\""));
        CHECK_THAT(error, Catch::EndsWith("(expected: " + std::string(spec.names) + ")"));
        if (!missing) {
          CHECK_THAT(error, Catch::Contains(spec.fields[i] == 'h'   ? "hexadecimal number"
                                            : spec.fields[i] == 'd' ? "decimal number"
                                                                    : "return value"));
        }
      }
    }
  }
}

TEST_CASE("Hexadecimal digits are no decimal number, a sign only belongs to a return value") {
  CHECK_THAT(error_of("+1 mk ff"), Catch::Contains("N is \"ff\", expected a decimal number"));
  CHECK_THAT(error_of("+1 da nvme 1000 1f"), Catch::Contains("LEN is \"1f\", expected a decimal number"));
  CHECK_THAT(error_of("+1 lt -1"), Catch::Contains("LIOBN is \"-1\", expected a hexadecimal number"));
  CHECK_THAT(error_of("+1 mk -1"), Catch::Contains("N is \"-1\", expected a decimal number"));
  CHECK_THAT(error_of("+1 tp 1 2 3 --4"), Catch::Contains("RET is \"--4\", expected a return value"));
  CHECK_THAT(error_of("+1 tp 1 2 3 -"), Catch::Contains("RET is \"-\", expected a return value"));
}

TEST_CASE("A word that is empty is malformed, too") {
  CHECK_THAT(error_of("+1 da  1000 8"), Catch::StartsWith("some.trace:42: da field DEV ") && Catch::Contains("empty"));
  CHECK_THAT(error_of("+1 cr nvme  10 4"), Catch::StartsWith("some.trace:42: cr field BDF "));
}

TEST_CASE("A line that ends early names the field that is missing") {
  for (const Sample& s : samples()) {
    const KindSpec& spec = kKindTable[static_cast<unsigned>(s.kind)];
    const auto names = words(std::string(spec.names));
    for (unsigned i = 0; i < spec.fields.size(); ++i) {
      auto w = words(s.line);
      w.resize(2 + i);
      const std::string error = error_of(join(w));
      CAPTURE(join(w), error);
      CHECK_THAT(error, Catch::StartsWith("some.trace:42: " + std::string(spec.code) + " field " + names[i] + " is missing"));
    }
  }
}

TEST_CASE("A line that goes on names what is too much") {
  for (const Sample& s : samples()) {
    const KindSpec& spec = kKindTable[static_cast<unsigned>(s.kind)];
    const std::string error = error_of(std::string(s.line) + " left over");
    CAPTURE(error);
    CHECK_THAT(error, Catch::StartsWith("some.trace:42: \"left over\" after the last field of " + std::string(spec.code)));
    CHECK_THAT(error, Catch::Contains(std::string(spec.names)));
  }
}

TEST_CASE("A bad time names what it is") {
  for (const std::string time : {"1", "-1", "+", "+x", "+-1", "+1.5", "++1"}) {
    CAPTURE(time);
    CHECK(error_of(time + " mk 1") == "some.trace:42: time is \"" + time + "\", expected +MICROSECONDS");
  }
  CHECK_THAT(error_of(" +1 mk 1"), Catch::Contains("time is \"\""));
}

TEST_CASE("An unknown kind names the known ones") {
  for (const std::string code : {"zz", "", "MK", "mkk"}) {
    const std::string error = error_of("+1 " + code + " 1");
    CAPTURE(error);
    CHECK_THAT(error, Catch::StartsWith("some.trace:42: unknown event \"" + code + "\""));
    for (const auto& k : kKindTable) CHECK_THAT(error, Catch::Contains(std::string(k.code)));
  }
  CHECK_THAT(error_of("+1"), Catch::Contains("unknown event \"\""));
}

TEST_CASE("Sixty-four bits fit, sixty-five do not") {
  CHECK(parse_line("+18446744073709551615 lt ffffffffffffffff", "x:1")->n[0] == ~0ull);
  CHECK_THAT(error_of("+1 lt 10000000000000000"), Catch::Contains("LIOBN"));
  CHECK_THAT(error_of("+18446744073709551616 lt 1"), Catch::Contains("time"));
}
