// SPDX-License-Identifier: Apache-2.0
#include "models/base/engine.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;

namespace {

constexpr Tick kWheel = 8192 * 256;  // span of the wheel; later events go to the heap

struct Recorder : EventHandler {
  struct Seen {
    Tick at;
    std::uint32_t kind;
    std::uint64_t arg;
    bool operator==(const Seen& o) const { return at == o.at && kind == o.kind && arg == o.arg; }
  };
  explicit Recorder(Engine& e) : engine(e) {}
  void on_event(std::uint32_t kind, std::uint64_t arg) override {
    seen.push_back({engine.now(), kind, arg});
    if (then) then(kind, arg);
  }
  std::vector<std::uint64_t> args() const {
    std::vector<std::uint64_t> a;
    for (const Seen& s : seen) a.push_back(s.arg);
    return a;
  }
  Engine& engine;
  std::vector<Seen> seen;
  std::function<void(std::uint32_t, std::uint64_t)> then;
};

using Args = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("An event reaches its handler with time, kind and argument") {
  Engine engine;
  Recorder r(engine);
  engine.schedule(1234567, &r, 7, 0xFEDCBA9876543210ull);
  CHECK(engine.pending() == 1);
  engine.run(kNever);
  REQUIRE(r.seen.size() == 1);
  CHECK(r.seen[0] == Recorder::Seen{1234567, 7, 0xFEDCBA9876543210ull});
  CHECK(engine.now() == 1234567);
  CHECK(engine.executed() == 1);
  CHECK(engine.empty());
}

TEST_CASE("Events of one instant run in the order of scheduling, near or far") {
  for (const Tick at :
       {Tick{0}, Tick{255}, Tick{256}, kWheel - 1, kWheel, kWheel + 1, 10 * kWheel + 77}) {
    INFO(at);
    Engine engine;
    Recorder r(engine);
    for (std::uint64_t i = 0; i < 100; ++i) engine.schedule(at, &r, 0, i);
    engine.run(kNever);
    REQUIRE(r.seen.size() == 100);
    for (std::uint64_t i = 0; i < 100; ++i) CHECK(r.seen[i].arg == i);
  }
}

TEST_CASE("Order of scheduling holds between the heap and the wheel") {
  Engine engine;
  Recorder r(engine);
  const Tick meeting = 2 * kWheel;
  engine.schedule(meeting, &r, 0, 1);  // far when scheduled
  engine.schedule(kWheel + 512, &r, 1, 0);
  r.then = [&](std::uint32_t kind, std::uint64_t) {
    if (kind == 1) engine.schedule(meeting, &r, 0, 2);  // near by now
  };
  engine.schedule(meeting, &r, 0, 3);
  engine.run(kNever);
  CHECK(r.args() == Args{0, 1, 3, 2});
}

TEST_CASE("Events within one bucket are sorted by time") {
  Engine engine;
  Recorder r(engine);
  for (const Tick at : std::vector<Tick>{200, 10, 255, 0, 128, 11}) engine.schedule(at, &r, 0, at);
  engine.run(kNever);
  CHECK(r.args() == Args{0, 10, 11, 128, 200, 255});
}

TEST_CASE("The horizon is exclusive") {
  Engine engine;
  Recorder r(engine);
  for (const Tick at : std::vector<Tick>{99, 100, 101}) engine.schedule(at, &r, 0, at);
  engine.run(100);
  CHECK(r.args() == Args{99});
  CHECK(engine.now() == 99);
  CHECK(engine.pending() == 2);
  engine.run(101);
  CHECK(r.args() == Args{99, 100});
  engine.run(101);
  CHECK(engine.pending() == 1);
}

TEST_CASE("The horizon holds for far events when the wheel is empty") {
  Engine engine;
  Recorder r(engine);
  const Tick far = 50 * kWheel;
  engine.schedule(far, &r, 0, 1);
  engine.run(far);
  CHECK(r.seen.empty());
  CHECK(engine.next_time() == far);
  engine.schedule(5, &r, 0, 2);  // still accepted: the clock did not jump
  engine.run(far + 1);
  CHECK(r.args() == Args{2, 1});
}

TEST_CASE("A handler can pull the horizon in but not push it out") {
  Engine engine;
  Recorder r(engine);
  for (Tick at = 10; at <= 100; at += 10) engine.schedule(at, &r, 0, at);
  r.then = [&](std::uint32_t, std::uint64_t arg) {
    if (arg == 20) engine.limit_horizon(50);
    if (arg == 30) engine.limit_horizon(70);
  };
  engine.run(1000);
  CHECK(r.args() == Args{10, 20, 30, 40});
  engine.run(60);
  CHECK(r.args() == Args{10, 20, 30, 40, 50});
}

TEST_CASE("An event may be scheduled for now but not for the past") {
  Engine engine;
  Recorder r(engine);
  engine.schedule(1000, &r, 0, 0);
  r.then = [&](std::uint32_t kind, std::uint64_t) {
    if (kind != 0) return;
    CHECK_THROWS_AS(engine.schedule(999, &r, 1, 1), ModelError);
    CHECK_THROWS_WITH(engine.schedule(999, &r, 1, 1),
                      Catch::Contains("999") && Catch::Contains("1000"));
    engine.schedule(1000, &r, 1, 2);
  };
  engine.run(kNever);
  CHECK(r.args() == Args{0, 2});
  CHECK(engine.now() == 1000);
  CHECK(engine.empty());
}

TEST_CASE("Advancing the clock never moves it back and forbids what lies behind") {
  Engine engine;
  Recorder r(engine);
  engine.advance_to(30 * kWheel);
  engine.advance_to(5);
  CHECK(engine.now() == 30 * kWheel);
  CHECK_THROWS_AS(engine.schedule(30 * kWheel - 1, &r, 0, 0), ModelError);
  engine.schedule(30 * kWheel + 3, &r, 0, 1);
  engine.schedule(30 * kWheel, &r, 0, 2);
  engine.run(kNever);
  CHECK(r.args() == Args{2, 1});
}

TEST_CASE("The next time is the earliest of wheel and heap") {
  Engine engine;
  Recorder r(engine);
  CHECK(engine.next_time() == kNever);
  engine.schedule(9 * kWheel, &r, 0, 0);
  CHECK(engine.next_time() == 9 * kWheel);
  engine.schedule(7 * kWheel, &r, 0, 0);
  CHECK(engine.next_time() == 7 * kWheel);
  engine.schedule(4000, &r, 0, 0);
  CHECK(engine.next_time() == 4000);
  engine.schedule(3999, &r, 0, 0);
  CHECK(engine.next_time() == 3999);
  engine.run(4000);
  CHECK(engine.next_time() == 4000);
  engine.run(kNever);
  CHECK(engine.next_time() == kNever);
}

TEST_CASE("The engine refuses to run inside itself and recovers from a throwing handler") {
  Engine engine;
  Recorder r(engine);
  engine.schedule(1, &r, 0, 1);
  engine.schedule(2, &r, 0, 2);
  bool inside = false;
  r.then = [&](std::uint32_t, std::uint64_t arg) {
    inside = inside || engine.running();
    if (arg == 1) engine.run(kNever);
  };
  CHECK_THROWS_AS(engine.run(kNever), ModelError);
  CHECK(inside);
  CHECK_FALSE(engine.running());
  engine.run(kNever);
  CHECK(r.args() == Args{1, 2});
}

TEST_CASE("Random events run as in a sorted multimap") {
  for (const unsigned seed : {1u, 2u, 3u, 4u}) {
    std::mt19937_64 random(seed);
    Engine engine;
    Recorder r(engine);
    std::multimap<Tick, std::uint64_t> reference;  // equal keys keep the order of insertion
    std::uint64_t next_id = 0;
    std::uint64_t mistakes = 0;
    Tick horizon = 0;
    const auto schedule_one = [&] {
      const Tick wide[] = {1, 256, 3000, kWheel, 40 * kWheel};
      Tick delta = random() % wide[random() % 5];
      if (random() % 8 == 0) delta = kWheel - 300 + random() % 600;  // around the end of the wheel
      if (random() % 8 == 0) delta = 0;
      const Tick at = engine.now() + delta;
      engine.schedule(at, &r, static_cast<std::uint32_t>(next_id % 97), next_id);
      reference.emplace(at, next_id++);
    };
    r.then = [&](std::uint32_t kind, std::uint64_t arg) {
      const auto first = reference.begin();
      if (first == reference.end() || first->second != arg || first->first != engine.now() ||
          arg % 97 != kind || engine.now() >= horizon) {
        ++mistakes;
      }
      if (first != reference.end()) reference.erase(first);
      if (next_id < 60000)
        for (auto n = random() % 3; n-- > 0;) schedule_one();
      if (random() % 64 == 0) {
        const Tick limit = engine.now() + random() % 2000;
        engine.limit_horizon(limit);
        if (limit < horizon) horizon = limit;
      }
    };
    for (int i = 0; i < 300; ++i) schedule_one();
    while (!reference.empty() && mistakes == 0) {
      horizon = engine.next_time() + random() % (3 * kWheel);
      engine.run(horizon);
      const Tick expected = reference.empty() ? kNever : reference.begin()->first;
      if (engine.next_time() != expected || engine.pending() != reference.size() ||
          expected < horizon)
        ++mistakes;
      if (next_id < 60000) {
        // The kernel may have come to the horizon meanwhile.
        if (random() % 2 == 0) engine.advance_to(std::min(expected, horizon));
        schedule_one();
      }
    }
    CHECK(mistakes == 0);
    CHECK(reference.empty());
    CHECK(engine.executed() == next_id);
    CHECK(next_id >= 60000);
  }
}

TEST_CASE("A steady number of pending events allocates nothing") {
  Engine engine;
  struct Ring : EventHandler {
    explicit Ring(Engine& e) : engine(e) {}
    void on_event(std::uint32_t kind, std::uint64_t arg) override {
      // Every third goes through the heap.
      const Tick delta = arg % 3 == 0 ? 3 * kWheel : 100 + 37 * (arg % 1000);
      engine.schedule(engine.now() + delta, this, kind, arg + 1);
    }
    Engine& engine;
  } ring(engine);
  for (std::uint64_t i = 0; i < 5000; ++i) engine.schedule(i, &ring, 0, 7 * i);
  while (engine.executed() < 100000) engine.run(engine.next_time() + 10 * kWheel);
  const std::size_t before = test::allocations();
  while (engine.executed() < 400000) engine.run(engine.next_time() + 10 * kWheel);
  CHECK(test::allocations() == before);
  CHECK(engine.pending() == 5000);
}
