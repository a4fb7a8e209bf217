// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "models/base/rng.hpp"
#include "models/stats/histogram.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using stats::Histogram;

namespace {

/// Values over all magnitudes: a random number of leading zeros, then random bits.
std::uint64_t any_value(RandomStream& r) { return r.next_u64() >> r.below(64); }

/// The record of rank ceil(share * n), at least the first: what quantile() approximates.
std::uint64_t exact_quantile(std::vector<std::uint64_t> v, std::uint64_t per_million) {
  std::sort(v.begin(), v.end());
  const auto rank = static_cast<std::size_t>((static_cast<uint128>(v.size()) * per_million + 999'999) / 1'000'000);
  return v[rank == 0 ? 0 : rank - 1];
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets(const Histogram& h) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> b;
  h.visit([&](std::uint64_t lowest, std::uint64_t n) { b.emplace_back(lowest, n); });
  return b;
}

}  // namespace

TEST_CASE("Quantiles of random values are within half a percent of the exact ones") {
  RandomStream random(1, "histogram");
  for (int round = 0; round < 50; ++round) {
    Histogram h;
    std::vector<std::uint64_t> values;
    const std::uint64_t n = 1 + random.below(3000);
    const std::uint64_t scale = 1 + any_value(random) / 2;
    for (std::uint64_t i = 0; i < n; ++i) {
      values.push_back(round % 2 ? any_value(random) : random.below(scale));
      h.record(values.back());
    }
    for (const std::uint64_t q : {1ull, 10'000ull, 250'000ull, 500'000ull, 900'000ull, 990'000ull, 999'000ull, 999'999ull}) {
      const auto exact = static_cast<double>(exact_quantile(values, q));
      const auto got = static_cast<double>(h.quantile(q));
      CAPTURE(round, n, q, exact, got);
      REQUIRE(std::abs(got - exact) <= exact / 256);
    }
    REQUIRE(h.quantile(0) >= h.min());
    REQUIRE(h.quantile(1'000'000) <= h.max());
  }
}

TEST_CASE("Count, sum, minimum, maximum and mean are exact") {
  RandomStream random(2, "histogram");
  Histogram h;
  std::uint64_t sum = 0, low = ~0ull, high = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t v = any_value(random) >> 16;
    h.record(v);
    sum += v;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  CHECK(h.count() == 10'000);
  CHECK(h.sum() == sum);
  CHECK(h.min() == low);
  CHECK(h.max() == high);
  CHECK(h.mean() == static_cast<double>(sum) / 10'000);
}

TEST_CASE("Each value lies in its bucket, and no bucket is wider than a 128th of its values") {
  RandomStream random(3, "histogram");
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t v = any_value(random);
    const std::uint32_t b = Histogram::index_of(v);
    REQUIRE(Histogram::lowest_of(b) <= v);
    if (v < ~0ull >> 1) REQUIRE(v < Histogram::lowest_of(b + 1));
    if (v >= 128) REQUIRE(Histogram::lowest_of(b + 1) - Histogram::lowest_of(b) <= Histogram::lowest_of(b) / 128);
  }
  for (std::uint32_t i = 0; i < 58 * 128 - 1; ++i) REQUIRE(Histogram::index_of(Histogram::lowest_of(i)) == i);
  CHECK(Histogram::index_of(127) == 127);
  CHECK(Histogram::index_of(128) == 128);
  CHECK(Histogram::index_of(255) == 255);
  CHECK(Histogram::index_of(256) == 256);
  CHECK(Histogram::index_of(257) == 256);
  CHECK(Histogram::index_of(~0ull) == 58 * 128 - 1);
}

TEST_CASE("Small values are exact at every quantile") {
  Histogram h;
  for (std::uint64_t v = 0; v < 100; ++v) h.record(v);
  for (std::uint64_t p = 1; p <= 100; ++p) CHECK(h.quantile(p * 10'000) == p - 1);
}

TEST_CASE("Merging gives the histogram of the union") {
  RandomStream random(4, "histogram");
  for (int round = 0; round < 20; ++round) {
    Histogram a, b, both;
    const std::uint64_t na = random.below(500), nb = random.below(500);
    for (std::uint64_t i = 0; i < na; ++i) {
      const std::uint64_t v = any_value(random) >> 20;
      a.record(v);
      both.record(v);
    }
    for (std::uint64_t i = 0; i < nb; ++i) {
      const std::uint64_t v = any_value(random) >> 30;
      b.record(v);
      both.record(v);
    }
    Histogram other = b;
    other.merge(a);
    a.merge(b);
    for (const Histogram* h : {&a, &other}) {
      REQUIRE(h->count() == both.count());
      REQUIRE(h->sum() == both.sum());
      REQUIRE(h->min() == both.min());
      REQUIRE(h->max() == both.max());
      REQUIRE(buckets(*h) == buckets(both));
      REQUIRE(h->quantile(990'000) == both.quantile(990'000));
    }
  }
}

TEST_CASE("Merging an empty histogram, either way, changes nothing") {
  Histogram h, empty;
  h.record(1000);
  h.record(70);
  Histogram first = empty;
  first.merge(h);
  h.merge(empty);
  for (const Histogram* m : {&h, &first}) {
    CHECK(m->count() == 2);
    CHECK(m->min() == 70);
    CHECK(m->max() == 1000);
  }
  empty.merge(Histogram{});
  CHECK(empty.count() == 0);
  CHECK(empty.min() == 0);
}

TEST_CASE("An empty histogram answers zero everywhere") {
  const Histogram h;
  CHECK(h.count() == 0);
  CHECK(h.min() == 0);
  CHECK(h.max() == 0);
  CHECK(h.mean() == 0.0);
  for (const std::uint64_t q : {0ull, 500'000ull, 1'000'000ull}) CHECK(h.quantile(q) == 0);
  CHECK(buckets(h).empty());
}

TEST_CASE("Of one record every quantile is that record") {
  for (const std::uint64_t v : {0ull, 1ull, 127ull, 128ull, 1'000'003ull, ~0ull}) {
    Histogram h;
    h.record(v);
    CAPTURE(v);
    for (const std::uint64_t q : {0ull, 1ull, 500'000ull, 999'999ull, 1'000'000ull}) CHECK(h.quantile(q) == v);
  }
}

TEST_CASE("Quantiles at the edges of a share") {
  Histogram h;
  for (int i = 0; i < 99; ++i) h.record(10);
  h.record(100);
  CHECK(h.quantile(990'000) == 10);   // 99 of 100 lie at or below it
  CHECK(h.quantile(990'001) == 100);
  CHECK(h.quantile(1'000'000) == 100);
  CHECK(h.quantile(0) == 10);
  Histogram two;
  two.record(1);
  two.record(2);
  CHECK(two.quantile(500'000) == 1);
  CHECK(two.quantile(500'001) == 2);
}

TEST_CASE("A quantile never lies outside minimum and maximum") {
  Histogram h;
  h.record(1'000'000);  // its bucket's middle is above it
  h.record(1'000'001);
  CHECK(h.quantile(1) >= 1'000'000);
  CHECK(h.quantile(1'000'000) <= 1'000'001);
}

TEST_CASE("What visit() describes is restored") {
  RandomStream random(5, "histogram");
  Histogram h;
  for (int i = 0; i < 5000; ++i) h.record(any_value(random) >> 10);
  const Histogram r = Histogram::restore(buckets(h), h.min(), h.max(), h.sum());
  CHECK(r.count() == h.count());
  CHECK(r.sum() == h.sum());
  CHECK(r.min() == h.min());
  CHECK(r.max() == h.max());
  CHECK(buckets(r) == buckets(h));
  for (std::uint64_t q = 0; q <= 1'000'000; q += 50'000) CHECK(r.quantile(q) == h.quantile(q));
  const Histogram none = Histogram::restore({}, 5, 6, 7);
  CHECK(none.count() == 0);
  CHECK(none.max() == 0);
}

TEST_CASE("A cleared histogram is as new") {
  Histogram h;
  h.record(5);
  h.clear();
  CHECK(h.count() == 0);
  CHECK(h.max() == 0);
  h.record(9);
  CHECK(h.min() == 9);
  CHECK(h.max() == 9);
  CHECK(h.sum() == 9);
}
