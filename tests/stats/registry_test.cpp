// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include "models/stats/registry.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim::stats;

TEST_CASE("The catalogue names every counter once in its group") {
  std::set<std::pair<std::string_view, std::string_view>> names;
  for (unsigned i = 0; i < kStats; ++i) {
    const StatSpec& s = kCatalogue[i];
    CAPTURE(s.group, s.name);
    CHECK(static_cast<unsigned>(s.stat) == i);
    CHECK(&spec_of(static_cast<Stat>(i)) == &s);
    CHECK(names.insert({s.group, s.name}).second);
  }
}

TEST_CASE("Every text of the catalogue says something") {
  for (const StatSpec& s : kCatalogue) {
    CAPTURE(s.group, s.name);
    for (const std::string_view text : {s.group, s.name, s.description, s.rule}) CHECK_FALSE(text.empty());
    for (const std::string_view word : {s.group, s.name}) {
      CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
    }
    CHECK(s.description.size() >= 10);
    CHECK(s.rule.size() >= 5);
    CHECK_FALSE(to_string(s.unit).empty());
  }
  CHECK(to_string(Unit::Count) == "1");
  CHECK(to_string(Unit::Bytes) == "byte");
  CHECK(to_string(Unit::Picoseconds) == "ps");
}

TEST_CASE("The counters of a group stand together, so that a module owns a row of them") {
  std::set<std::string_view> closed;
  std::string_view group;
  for (const StatSpec& s : kCatalogue) {
    if (s.group == group) continue;
    CAPTURE(s.group);
    CHECK(closed.insert(s.group).second);
    group = s.group;
  }
  CHECK(closed == std::set<std::string_view>{"endpoint", "link", "phb", "tce", "memory", "host", "hypervisor", "linux",
                                             "vfio"});
}

TEST_CASE("Byte counters are named for bytes, time counters for what takes time") {
  for (const StatSpec& s : kCatalogue) {
    CAPTURE(s.group, s.name);
    CHECK((s.unit == Unit::Bytes) == (s.name.find("bytes") != std::string_view::npos));
  }
}

TEST_CASE("A block counts its own row and the registry knows all blocks in order") {
  Registry registry;
  Block link(registry, "top.link", Stat::LinkUpTlps, Stat::LinkTagStalls);
  Block other(registry, "top.link2", Stat::LinkUpTlps, Stat::LinkTagStalls);
  Block tce(registry, "top.tce", Stat::TceLookups, Stat::TceKilledWalks);
  REQUIRE(registry.blocks().size() == 3);
  CHECK(registry.blocks()[0] == &link);
  CHECK(registry.blocks()[2] == &tce);
  CHECK(link.path() == "top.link");
  CHECK(link.first() == Stat::LinkUpTlps);
  CHECK(link.size() == 8);
  CHECK(tce.size() == 19);
  for (unsigned i = 0; i < tce.size(); ++i) CHECK(tce[static_cast<Stat>(static_cast<unsigned>(tce.first()) + i)] == 0);
  ++link[Stat::LinkUpTlps];
  link[Stat::LinkTagStalls] += 5;
  ++tce[Stat::TceKilledWalks];
  const Block& view = link;
  CHECK(view[Stat::LinkUpTlps] == 1);
  CHECK(view[Stat::LinkTagStalls] == 5);
  CHECK(other[Stat::LinkUpTlps] == 0);
  CHECK(other[Stat::LinkTagStalls] == 0);
  CHECK(tce[Stat::TceLookups] == 0);
  CHECK(tce[Stat::TceKilledWalks] == 1);
}

TEST_CASE("A reset zeroes all blocks, and they count on") {
  Registry registry;
  Block a(registry, "a", Stat::MemReads, Stat::MemWait);
  Block b(registry, "b", Stat::HostMapCalls, Stat::HostBusy);
  a[Stat::MemBusy] = 7;
  b[Stat::HostBusy] = 9;
  registry.reset();
  CHECK(a[Stat::MemBusy] == 0);
  CHECK(b[Stat::HostBusy] == 0);
  ++a[Stat::MemBusy];
  CHECK(a[Stat::MemBusy] == 1);
}
