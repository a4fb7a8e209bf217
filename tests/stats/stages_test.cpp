// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "models/base/rng.hpp"
#include "models/stats/stages.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::stats;

namespace {

Tick sum(const StageTimes& times) {
  Tick s = 0;
  for (const Tick t : times) s += t;
  return s;
}

}  // namespace

TEST_CASE("Stages have names of their own and a description each") {
  std::set<std::string_view> names;
  for (const StageSpec& s : kStageTable) {
    CAPTURE(s.name);
    CHECK_FALSE(s.name.empty());
    CHECK(s.description.size() >= 10);
    CHECK(names.insert(s.name).second);
  }
  CHECK(kStageTable[static_cast<unsigned>(Stage::Queue)].name == "queue");
  CHECK(kStageTable[static_cast<unsigned>(Stage::Walk5)].name == "walk_5");
  CHECK(kStageTable[static_cast<unsigned>(Stage::Completion)].name == "completion");
  CHECK(static_cast<unsigned>(Stage::Completion) + 1 == kStages);
}

TEST_CASE("What is booked adds up to the time from start to mark") {
  RandomStream random(1, "stages");
  StageClock clock;
  for (int round = 0; round < 100; ++round) {
    Tick now = random.below(1'000'000);
    clock.start(now);
    CHECK(sum(clock.times()) == 0);
    StageTimes expected{};
    for (int i = 0; i < 50; ++i) {
      const auto stage = static_cast<unsigned>(random.below(kStages));
      const Tick step = random.below(1000);
      now += step;
      expected[stage] += step;
      clock.book(static_cast<Stage>(stage), now);
      REQUIRE(clock.mark() == now);
      REQUIRE(sum(clock.times()) == now - clock.start_time());
    }
    REQUIRE(clock.times() == expected);
  }
}

TEST_CASE("Booking no time to a stage leaves it as it is") {
  StageClock clock;
  clock.start(100);
  clock.book(Stage::Link, 150);
  clock.book(Stage::Tve, 150);
  CHECK(clock.times()[static_cast<unsigned>(Stage::Tve)] == 0);
  CHECK(clock.times()[static_cast<unsigned>(Stage::Link)] == 50);
}

TEST_CASE("A shared clock books to the one it follows, a copy to its own") {
  SharedClock a;
  a.start(0);
  a.book(Stage::Link, 10);
  SharedClock follower;
  follower.follow(a);
  follower.book(Stage::Tve, 14);
  CHECK(a.mark() == 14);
  CHECK(a.times()[static_cast<unsigned>(Stage::Tve)] == 4);
  SharedClock chained;
  chained.follow(follower);
  chained.book(Stage::TceHit, 17);
  CHECK(a.mark() == 17);

  SharedClock copy(follower);
  copy.book(Stage::Memory, 100);
  CHECK(a.mark() == 17);
  CHECK(copy.mark() == 100);
  CHECK(copy.start_time() == 0);

  SharedClock assigned;
  assigned.follow(a);
  assigned = copy;  // no longer a follower
  assigned.book(Stage::Memory, 120);
  CHECK(a.mark() == 17);
  CHECK(copy.mark() == 100);
  CHECK(assigned.mark() == 120);
}

TEST_CASE("A clock takes over another's times, and its own followers' are its own") {
  SharedClock request, part, same;
  request.start(5);
  part = request;
  part.book(Stage::Memory, 50);
  request.take(part);
  CHECK(request.mark() == 50);
  CHECK(request.times() == part.times());
  same.follow(request);
  same.book(Stage::Completion, 60);
  request.take(same);
  CHECK(request.mark() == 60);
  CHECK(sum(request.times()) == 55);
}
