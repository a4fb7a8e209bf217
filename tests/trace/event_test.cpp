// SPDX-License-Identifier: Apache-2.0
#include "models/trace/event.hpp"

#include <string>

#include "models/base/check.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::trace {
namespace {

/// A well-formed line of a kind: text "x", numbers 1, 2, 3, ...
std::string line_of(const KindSpec& spec) {
  std::string line = "+5 " + std::string(spec.code);
  unsigned n = 0;
  for (const char type : spec.fields) line += type == 's' ? " x" : " " + std::to_string(++n);
  return line;
}

std::string error_of(const std::string& line) {
  try {
    parse_line(line, "file:7");
  } catch (const UserError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Every kind of line is read with all its fields") {
  for (const KindSpec& spec : kKindTable) {
    CAPTURE(std::string(spec.code));
    const auto event = parse_line(line_of(spec), "here");
    REQUIRE(event);
    CHECK(event->kind == spec.kind);
    CHECK(event->microseconds == 5);
    unsigned n = 0;
    for (const char type : spec.fields)
      if (type != 's') {
        ++n;
        CHECK(event->n[n - 1] == n);
      }
  }
}

TEST_CASE("A missing, a superfluous and a wrong field are named for every kind") {
  for (const KindSpec& spec : kKindTable) {
    const std::string line = line_of(spec);
    CAPTURE(line);
    const std::string missing = error_of(line.substr(0, line.rfind(' ')));
    CHECK_THAT(missing, Catch::Contains("file:7") && Catch::Contains("is missing") && Catch::Contains(std::string(spec.names)));
    CHECK_THAT(error_of(line + " 1"), Catch::Contains("after the last field"));
    if (spec.fields.back() != 's') {
      CHECK_THAT(error_of(line.substr(0, line.rfind(' ')) + " zz"), Catch::Contains("\"zz\"") && Catch::Contains("expected"));
    }
  }
}

TEST_CASE("Addresses are hexadecimal, counts decimal, return values signed") {
  const auto ti = parse_line("+1 ti 80000001 800000000000000 128 3 1000000 -4", "");
  REQUIRE(ti);
  CHECK(ti->n[0] == 0x80000001);
  CHECK(ti->n[1] == 0x800000000000000);
  CHECK(ti->n[2] == 128);
  CHECK(ti->n[5] == ~0ull - 3);
}

TEST_CASE("Comments and empty lines are no events, carriage returns do not matter") {
  CHECK_FALSE(parse_line("# compact trace v1", ""));
  CHECK_FALSE(parse_line("", ""));
  CHECK(parse_line("+0 mk 3\r", "")->n[0] == 3);
}

TEST_CASE("An unknown event and a bad time are errors") {
  CHECK_THAT(error_of("+1 qq 3"), Catch::Contains("unknown event \"qq\"") && Catch::Contains("known: mw"));
  CHECK_THAT(error_of("1 mk 3"), Catch::Contains("expected +MICROSECONDS"));
}

}  // namespace phbsim::trace
