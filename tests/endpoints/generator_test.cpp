// SPDX-License-Identifier: Apache-2.0
// What a generator asks for, and when: patterns, sizes, shares, closed and open loops.
#include "models/endpoints/generator.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "models/base/endian.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using endpoints::Generator;
using endpoints::GeneratorParams;
using endpoints::PatternParams;
using stats::Stat;

namespace {

std::vector<std::uint64_t> draw(const std::string& name, const PatternParams& p, std::size_t n, std::uint64_t seed = 1) {
  const auto pattern = make_named<endpoints::Pattern, const PatternParams&>(endpoints::kPatterns, name, p);
  RandomStream random(seed, "test");
  std::vector<std::uint64_t> v;
  for (std::size_t i = 0; i < n; ++i) v.push_back(pattern->next(random));
  return v;
}
PatternParams blocks(std::uint64_t n, std::uint64_t stride = 1, double exponent = 0.9) {
  PatternParams p;
  p.blocks = n;
  p.stride_blocks = stride;
  p.zipf_exponent = exponent;
  return p;
}
using List = std::vector<std::uint64_t>;

/// Answers each request after a given time and writes down what came.
struct Sink final : sc_core::sc_module, private TargetPort::Client {
  struct Seen {
    Tick at;
    BusAddr addr;
    unsigned length;
    bool read;
    std::vector<unsigned char> data;
  };
  Sink(const sc_core::sc_module_name& name, EngineDriver& d)
      : sc_module(name), in("in", d, static_cast<TargetPort::Client&>(*this), TargetPort::Release::OnArrival), driver(d) {}

  TargetPort in;
  EngineDriver& driver;
  std::vector<Seen> seen;
  std::function<Tick(std::size_t)> service = [](std::size_t) { return Tick{1000}; };
  bool keep_data = false;

  std::vector<Tick> times() const {
    std::vector<Tick> v;
    for (const Seen& s : seen) v.push_back(s.at);
    return v;
  }

 private:
  Tick on_request(TargetPort&, tlm::tlm_generic_payload& p, DmaExtension& ext) override {
    std::vector<unsigned char> data;
    if (keep_data) data.assign(p.get_data_ptr(), p.get_data_ptr() + p.get_data_length());
    seen.push_back({driver.now(), p.get_address(), p.get_data_length(), p.is_read(), data});
    const Tick t = service(seen.size() - 1);
    ext.clock.book(stats::Stage::Memory, driver.now() + t);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    return t;
  }
};

struct Bench {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  Sink sink{"sink", driver};
  Generator generator;
  unsigned in_flight = 0;
  explicit Bench(const GeneratorParams& p) : generator("generator", driver, p, registry) {
    generator.link_out.bind(sink.in);
  }
};

}  // namespace

TEST_CASE("Sequential visits block after block and begins again") {
  CHECK(draw("sequential", blocks(3), 7) == List{0, 1, 2, 0, 1, 2, 0});
  CHECK(draw("sequential", blocks(1), 3) == List{0, 0, 0});
}

TEST_CASE("Strided visits every stride and begins each round one block later") {
  CHECK(draw("strided", blocks(10, 3), 12) == List{0, 3, 6, 9, 1, 4, 7, 2, 5, 8, 0, 3});
  CHECK(draw("strided", blocks(4, 8), 6) == List{0, 1, 2, 3, 0, 1});  // a stride beyond the footprint
  CHECK(draw("strided", blocks(1, 5), 3) == List{0, 0, 0});
  CHECK(draw("strided", blocks(4, 1), 5) == List{0, 1, 2, 3, 0});
}

TEST_CASE("Sequential and strided visit each block once a round, whatever the numbers") {
  for (std::uint64_t n = 1; n < 40; ++n) {
    for (std::uint64_t stride = 1; stride < 45; ++stride) {
      const List v = draw("strided", blocks(n, stride), 2 * n);
      const std::set<std::uint64_t> first(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(n));
      if (first.size() != n || *first.rbegin() != n - 1) FAIL(n << " blocks, stride " << stride);
      if (!std::equal(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(n), v.begin() + static_cast<std::ptrdiff_t>(n)))
        FAIL("second round of " << n << " blocks, stride " << stride);
    }
  }
}

TEST_CASE("Uniform visits each block about equally often and nothing else") {
  constexpr unsigned kBlocks = 50, kDraws = 100'000;
  std::vector<unsigned> count(kBlocks, 0);
  for (const std::uint64_t b : draw("uniform", blocks(kBlocks), kDraws)) {
    REQUIRE(b < kBlocks);
    ++count[b];
  }
  double chi = 0;
  constexpr double kMean = static_cast<double>(kDraws) / kBlocks;
  for (const unsigned c : count) chi += (c - kMean) * (c - kMean) / kMean;
  CHECK(chi < 85.4);  // 49 degrees of freedom, 0.1 %
  CHECK(chi > 23.0);  // not too even either
}

TEST_CASE("Zipf ranks fall off by the exponent and lie scattered over the footprint") {
  for (const double exponent : {0.5, 0.9, 1.0, 1.2}) {
    INFO("exponent " << exponent);
    constexpr std::uint64_t kBlocks = 1000;
    constexpr unsigned kDraws = 400'000;
    std::map<std::uint64_t, unsigned> count;
    for (const std::uint64_t b : draw("zipf", blocks(kBlocks, 1, exponent), kDraws)) {
      REQUIRE(b < kBlocks);
      ++count[b];
    }
    std::vector<std::pair<unsigned, std::uint64_t>> ranked;
    for (const auto& [b, c] : count) ranked.push_back({c, b});
    std::sort(ranked.rbegin(), ranked.rend());
    double norm = 0;
    for (std::uint64_t r = 1; r <= kBlocks; ++r) norm += std::pow(static_cast<double>(r), -exponent);
    for (const unsigned rank : {1u, 2u, 4u, 10u, 30u}) {
      const double expected = kDraws * std::pow(rank, -exponent) / norm;
      CHECK(ranked[rank - 1].first == Approx(expected).epsilon(0.05 + 4 / std::sqrt(expected)));
    }
    // The ten hottest blocks are no neighbours.
    std::vector<std::uint64_t> hot;
    for (unsigned i = 0; i < 10; ++i) hot.push_back(ranked[i].second);
    std::sort(hot.begin(), hot.end());
    for (unsigned i = 1; i < hot.size(); ++i) CHECK(hot[i] - hot[i - 1] > 1);
    CHECK(hot.back() - hot.front() > kBlocks / 2);
  }
}

TEST_CASE("Zipf reaches every block of a small footprint, whatever its size") {
  for (const std::uint64_t n : {1ull, 2ull, 3ull, 7ull, 10ull, 64ull}) {
    const List v = draw("zipf", blocks(n, 1, 0.5), 20'000);
    CHECK(std::set<std::uint64_t>(v.begin(), v.end()).size() == n);
    CHECK(*std::max_element(v.begin(), v.end()) == n - 1);
  }
}

TEST_CASE("A pattern depends on its stream alone") {
  for (const char* name : {"uniform", "zipf"}) {
    CHECK(draw(name, blocks(1000), 100, 7) == draw(name, blocks(1000), 100, 7));
    CHECK(draw(name, blocks(1000), 100, 7) != draw(name, blocks(1000), 100, 8));
  }
}

TEST_CASE("Addresses are blocks of the alignment from the base, and the largest request fits in") {
  GeneratorParams p;
  p.base = 0x800000000000000ull;
  p.footprint = 10'000;
  p.sizes = {{512, 1}, {3000, 1}};
  p.alignment = 64;
  p.count = 5'000;
  p.queue_depth = 4;
  Bench b(p);
  b.driver.start(kNever);
  REQUIRE(b.sink.seen.size() == 5'000);
  BusAddr highest = 0;
  for (const auto& s : b.sink.seen) {
    if (s.addr % 64 != 0 || s.addr < p.base || s.addr + 3000 > p.base + 10'000) FAIL("address " << s.addr);
    highest = std::max(highest, s.addr);
  }
  CHECK(highest == p.base + (10'000 - 3000) / 64 * 64);
  CHECK(b.generator.stats()[Stat::EpRequests] == 5'000);
}

TEST_CASE("Without an alignment addresses are multiples of the largest size rounded up") {
  GeneratorParams p;
  p.footprint = 64 * 1024;
  p.sizes = {{1500, 1}};
  p.count = 2'000;
  Bench b(p);
  b.driver.start(kNever);
  std::set<BusAddr> seen;
  for (const auto& s : b.sink.seen) seen.insert(s.addr);
  for (const BusAddr a : seen) CHECK(a % 2048 == 0);
  CHECK(seen.size() == 32);
  CHECK(*seen.rbegin() == 31 * 2048);
}

TEST_CASE("A footprint smaller than the request is one block") {
  GeneratorParams p;
  p.footprint = 100;
  p.sizes = {{4096, 1}};
  p.count = 20;
  p.base = 0x10000;
  Bench b(p);
  b.driver.start(kNever);
  for (const auto& s : b.sink.seen) CHECK(s.addr == 0x10000);
}

TEST_CASE("Sizes come in their weights and reads in their share, drawn independently") {
  GeneratorParams p;
  p.sizes = {{64, 1}, {512, 3}, {4096, 6}};
  p.read_percent = 30;
  p.count = 60'000;
  Bench b(p);
  b.driver.start(kNever);
  std::map<unsigned, std::pair<unsigned, unsigned>> count;  // size -> reads, writes
  for (const auto& s : b.sink.seen) ++(s.read ? count[s.length].first : count[s.length].second);
  REQUIRE(count.size() == 3);
  const std::pair<unsigned, double> shares[] = {{64, 0.1}, {512, 0.3}, {4096, 0.6}};
  for (const auto& [size, share] : shares) {
    const double all = count[size].first + count[size].second;
    CHECK(all / 60'000 == Approx(share).epsilon(0.04));
    CHECK(count[size].first / all == Approx(0.3).epsilon(0.05));
  }
}

TEST_CASE("A share of 100 percent makes reads only") {
  GeneratorParams p;
  p.read_percent = 100;
  p.count = 1'000;
  Bench b(p);
  b.driver.start(kNever);
  CHECK(b.generator.stats()[Stat::EpBytesRead] == 1'000 * 4096);
  CHECK(b.generator.stats()[Stat::EpBytesWritten] == 0);
}

TEST_CASE("A share of 0 percent makes writes only, each with the pattern of its address") {
  GeneratorParams p;
  p.read_percent = 0;
  p.count = 100;
  p.data = true;
  p.sizes = {{64, 1}, {20, 1}};
  p.base = 0x1000;
  Bench b(p);
  b.sink.keep_data = true;
  b.driver.start(kNever);
  for (const auto& s : b.sink.seen) {
    CHECK_FALSE(s.read);
    for (unsigned i = 0; i + 8 <= s.length; i += 8) CHECK(load_be64(&s.data[i]) == s.addr + i);
  }
  CHECK(b.generator.stats()[Stat::EpBytesRead] == 0);
}

TEST_CASE("A closed loop keeps exactly its queue depth in flight until its count is issued") {
  GeneratorParams p;
  p.queue_depth = 7;
  p.count = 500;
  p.start = 12'345;
  Bench b(p);
  b.sink.service = [](std::size_t i) { return 1'000 + 137 * (i % 11) * (i % 7); };
  // Arrivals and departures in order of time: between the first and the last arrival 7 are in flight.
  std::vector<Tick> ends;
  b.generator.on_completed = [&](const DmaPayload&) { ends.push_back(b.driver.now()); };
  bool done = false;
  b.generator.on_done = [&] { done = true; };
  b.driver.start(kNever);
  CHECK(done);
  CHECK(b.generator.done());
  REQUIRE(b.sink.seen.size() == 500);
  REQUIRE(ends.size() == 500);
  for (unsigned i = 0; i < 7; ++i) CHECK(b.sink.seen[i].at == 12'345);
  for (unsigned i = 7; i < 500; ++i)
    if (b.sink.seen[i].at != ends[i - 7]) FAIL("request " << i << " at " << b.sink.seen[i].at);
  CHECK(b.generator.statistics().first_issue == 12'345);
  CHECK(b.generator.statistics().last_completion == ends.back());
  CHECK(b.generator.statistics().latency.count() == 500);
}

TEST_CASE("A count smaller than the queue depth is all that is issued") {
  GeneratorParams p;
  p.queue_depth = 32;
  p.count = 5;
  Bench b(p);
  b.driver.start(kNever);
  CHECK(b.sink.seen.size() == 5);
  CHECK(b.generator.done());
}

TEST_CASE("Without a count a closed loop goes on until the run ends") {
  GeneratorParams p;
  p.queue_depth = 2;
  Bench b(p);
  b.driver.start(100'000);
  CHECK(b.sink.seen.size() == 2 * 101);  // at 0, 1000, ... 100000
  CHECK_FALSE(b.generator.done());
}

TEST_CASE("A paced loop issues at the exact multiples of its period, rounded to picoseconds") {
  GeneratorParams p;
  p.arrival = "paced";
  p.rate = 3e9;  // 333.33 ps
  p.count = 3'000;
  p.start = 50;
  p.queue_depth = 64;
  Bench b(p);
  b.driver.start(kNever);
  REQUIRE(b.sink.seen.size() == 3'000);
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    const auto expected = 50 + static_cast<Tick>(std::llround(1000.0 * static_cast<double>(i + 1) / 3.0));
    if (b.sink.seen[i].at != expected) FAIL("request " << i << " at " << b.sink.seen[i].at);
  }
  CHECK(b.generator.stats()[Stat::EpBacklogDrops] == 0);
  CHECK(b.generator.done());
}

TEST_CASE("A poisson loop has the mean and the spread of its rate, and gaps without memory") {
  GeneratorParams p;
  p.arrival = "poisson";
  p.rate = 1e8;  // 10 ns
  p.count = 50'000;
  p.queue_depth = 1024;
  Bench b(p);
  b.driver.start(kNever);
  REQUIRE(b.sink.seen.size() == 50'000);
  double sum = 0, squares = 0, product = 0, last = 0;
  unsigned longer = 0;
  Tick before = 0;
  for (const Tick at : b.sink.times()) {
    const auto gap = static_cast<double>(at - before);
    before = at;
    sum += gap;
    squares += gap * gap;
    product += gap * last;
    last = gap;
    longer += gap > 20'000;
  }
  const double n = 50'000, mean = sum / n;
  CHECK(mean == Approx(10'000).epsilon(0.02));
  CHECK(squares / n - mean * mean == Approx(1e8).epsilon(0.05));
  CHECK(longer / n == Approx(std::exp(-2.0)).epsilon(0.05));
  CHECK(product / n == Approx(1e8).epsilon(0.05));  // gaps are independent
}

TEST_CASE("An open loop that outruns its queue waits in the backlog and counts the wait as latency") {
  GeneratorParams p;
  p.arrival = "paced";
  p.rate = 1e9;  // one a nanosecond
  p.queue_depth = 1;
  p.count = 10;
  Bench b(p);
  b.sink.service = [](std::size_t) { return Tick{5'000}; };
  b.driver.start(kNever);
  REQUIRE(b.sink.seen.size() == 10);
  // Born at 1000, 2000, ...; served one after the other from 1000 on.
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < 10; ++i) {
    CHECK(b.sink.seen[i].at == 1'000 + i * 5'000);
    sum += 1'000 + (i + 1) * 5'000 - (i + 1) * 1'000;
  }
  CHECK(b.generator.statistics().latency.sum() == sum);
  CHECK(b.generator.stats()[Stat::EpBacklogDrops] == 0);
  CHECK(b.generator.done());
}

TEST_CASE("Arrivals beyond the backlog are dropped and counted, and the workload still ends") {
  GeneratorParams p;
  p.arrival = "paced";
  p.rate = 1e9;
  p.queue_depth = 2;
  p.backlog = 3;
  p.count = 20;
  Bench b(p);
  b.sink.service = [](std::size_t) { return Tick{100'000}; };
  b.driver.start(kNever);
  // Two in flight, three behind them; the other fifteen arrive while nothing moves.
  CHECK(b.sink.seen.size() == 5);
  CHECK(b.generator.stats()[Stat::EpBacklogDrops] == 15);
  CHECK(b.generator.stats()[Stat::EpRequests] == 5);
  CHECK(b.generator.done());
}

TEST_CASE("An open loop goes on after a pause in which nothing is in flight") {
  GeneratorParams p;
  p.arrival = "paced";
  p.rate = 1e6;
  p.count = 5;
  Bench b(p);
  unsigned done = 0;
  b.generator.on_done = [&] { ++done; };
  b.driver.start(kNever);
  CHECK(b.sink.times() == std::vector<Tick>{1'000'000, 2'000'000, 3'000'000, 4'000'000, 5'000'000});
  CHECK(done == 1);
}

TEST_CASE("Generators of different names draw different numbers from one seed") {
  EngineDriver driver("driver");
  stats::Registry registry;
  Sink s0("s0", driver), s1("s1", driver);
  GeneratorParams p;
  p.count = 50;
  Generator g0("g0", driver, p, registry), g1("g1", driver, p, registry);
  g0.link_out.bind(s0.in);
  g1.link_out.bind(s1.in);
  driver.start(kNever);
  unsigned equal = 0;
  for (unsigned i = 0; i < 50; ++i) equal += s0.seen[i].addr == s1.seen[i].addr;
  CHECK(equal < 10);
}

TEST_CASE("Requests carry the requester and the ordering attribute") {
  GeneratorParams p;
  p.rid = 0x1234;
  p.relaxed_order = true;
  p.count = 3;
  Bench b(p);
  unsigned right = 0;
  b.generator.on_completed = [&](const DmaPayload& payload) {
    right += payload.ext.rid == 0x1234 && payload.ext.relaxed_order;
  };
  b.driver.start(kNever);
  CHECK(right == 3);
  CHECK(b.generator.rid() == 0x1234);
}
