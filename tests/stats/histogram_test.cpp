// SPDX-License-Identifier: Apache-2.0
#include "models/stats/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "models/base/rng.hpp"
#include "models/stats/catalogue.hpp"
#include "models/stats/registry.hpp"
#include "models/stats/stages.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::stats {

TEST_CASE("Quantiles are within one percent of the exact ones over nine decades") {
  RandomStream random(7, "histogram");
  Histogram h;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t v = random.next_u64() >> (random.below(40) + 20);
    values.push_back(v);
    h.record(v);
  }
  std::sort(values.begin(), values.end());
  for (const std::uint64_t ppm : {1ull, 10'000ull, 500'000ull, 900'000ull, 990'000ull, 999'000ull, 1'000'000ull}) {
    const auto rank = std::max<std::size_t>(1, (values.size() * ppm + 999'999) / 1'000'000);
    const auto exact = static_cast<double>(values[rank - 1]);
    CAPTURE(ppm, exact);
    CHECK(std::abs(static_cast<double>(h.quantile(ppm)) - exact) <= 0.01 * exact);
  }
  CHECK(h.min() == values.front());
  CHECK(h.max() == values.back());
}

TEST_CASE("A merge holds what one histogram of all values would") {
  RandomStream random(8, "merge");
  Histogram all, a, b;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t v = random.below(1ull << (1 + random.below(50)));
    all.record(v);
    (i % 3 == 0 ? a : b).record(v);
  }
  a.merge(b);
  CHECK(a.count() == all.count());
  CHECK(a.sum() == all.sum());
  CHECK(a.min() == all.min());
  CHECK(a.max() == all.max());
  for (std::uint64_t ppm = 0; ppm <= 1'000'000; ppm += 50'000) CHECK(a.quantile(ppm) == all.quantile(ppm));
}

TEST_CASE("An empty histogram gives zeros, a single value itself") {
  Histogram h;
  CHECK(h.quantile(500'000) == 0);
  CHECK(h.min() == 0);
  CHECK(h.mean() == 0);
  h.record(123456789);
  for (const std::uint64_t ppm : {0ull, 1ull, 500'000ull, 1'000'000ull}) CHECK(h.quantile(ppm) == 123456789);
}

TEST_CASE("Buckets are exact below 128 and never wider than a 128th above") {
  for (std::uint32_t i = 0; i < 128; ++i) CHECK(Histogram::index_of(i) == i);
  for (unsigned shift = 7; shift < 60; ++shift) {
    for (const std::uint64_t v : {1ull << shift, (1ull << shift) + 1, (2ull << shift) - 1}) {
      const std::uint32_t i = Histogram::index_of(v);
      CHECK(Histogram::lowest_of(i) <= v);
      CHECK(v < Histogram::lowest_of(i + 1));
      CHECK((Histogram::lowest_of(i + 1) - Histogram::lowest_of(i)) * 128 <= (1ull << shift));
    }
  }
}

TEST_CASE("Every statistic has a unique name, a description and a counting rule") {
  std::set<std::string> names;
  for (const StatSpec& s : kCatalogue) {
    CHECK(names.insert(std::string(s.group) + "." + std::string(s.name)).second);
    CHECK_FALSE(s.description.empty());
    CHECK_FALSE(s.rule.empty());
  }
}

TEST_CASE("A registry resets the counters of all blocks") {
  Registry registry;
  Block memory(registry, "memory", Stat::MemReads, Stat::MemWait);
  Block host(registry, "host", Stat::HostMapCalls, Stat::HostBusy);
  memory[Stat::MemWrites] = 3;
  host[Stat::HostBusy] = 9;
  REQUIRE(registry.blocks().size() == 2);
  registry.reset();
  CHECK(memory[Stat::MemWrites] == 0);
  CHECK(host[Stat::HostBusy] == 0);
}

TEST_CASE("Booked stages add up to the time between start and mark") {
  StageClock clock;
  clock.start(100);
  clock.book(Stage::Queue, 150);
  clock.book(Stage::Link, 400);
  clock.book(Stage::Queue, 450);
  CHECK(clock.times()[static_cast<unsigned>(Stage::Queue)] == 100);
  Tick sum = 0;
  for (const Tick t : clock.times()) sum += t;
  CHECK(sum == clock.mark() - clock.start_time());
}

TEST_CASE("A clock that follows another books to it, a copy books to itself") {
  SharedClock first;
  first.start(0);
  SharedClock follower;
  follower.follow(first);
  follower.book(Stage::Memory, 10);
  CHECK(first.mark() == 10);
  SharedClock copy;
  copy = first;
  copy.book(Stage::Queue, 25);
  CHECK(first.mark() == 10);
  first.take(copy);
  CHECK(first.mark() == 25);
  CHECK(follower.mark() == 25);
}

}  // namespace phbsim::stats
