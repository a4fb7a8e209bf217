// SPDX-License-Identifier: Apache-2.0
#include "models/base/rng.hpp"

#include <cmath>
#include <random>
#include <vector>

#include "models/base/check.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;

TEST_CASE("Philox4x32-10 gives the published known answers") {
  using Block = std::array<std::uint32_t, 4>;
  using Key = std::array<std::uint32_t, 2>;
  struct Kat {
    Block counter;
    Key key;
    Block expected;
  };
  const std::uint32_t f = 0xffffffff;
  for (const Kat& k : {Kat{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                       Kat{{f, f, f, f}, {f, f}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                       Kat{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                           {0xa4093822, 0x299f31d0},
                           {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}) {
    CHECK(philox4x32(k.counter, k.key) == k.expected);
  }
}

TEST_CASE("FNV-1a gives the published values and can be continued") {
  CHECK(fnv1a("") == 0xcbf29ce484222325ull);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cull);
  CHECK(fnv1a("foobar") == 0x85944171f73967e8ull);
  CHECK(fnv1a("bar", fnv1a("foo")) == fnv1a("foobar"));
}

TEST_CASE("A stream is the Philox blocks of its seed and name in order") {
  const std::uint64_t seed = 0x0123456789abcdefull;
  const std::uint64_t id = fnv1a("nic0.addresses");
  RandomStream stream(seed, "nic0.addresses");
  for (std::uint32_t block = 0; block < 3; ++block) {
    const auto r =
        philox4x32({block, 0, static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32)},
                   {0x89abcdef, 0x01234567});
    CHECK(stream.next_u64() == (std::uint64_t{r[1]} << 32 | r[0]));
    CHECK(stream.next_u64() == (std::uint64_t{r[3]} << 32 | r[2]));
  }
}

TEST_CASE("Streams differ by seed and by name and do not disturb each other") {
  RandomStream a(1, "a"), b(1, "b"), other(2, "a"), again(1, "a");
  std::vector<std::uint64_t> first;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t v = a.next_u64();
    CHECK(v != b.next_u64());
    CHECK(v != other.next_u64());
    first.push_back(v);
  }
  for (const std::uint64_t v : first) CHECK(again.next_u64() == v);
}

TEST_CASE("below() stays under its bound and is uniform") {
  RandomStream random(7, "below");
  for (const std::uint64_t bound :
       {1ull, 2ull, 3ull, 1000ull, 1ull << 40, (1ull << 63) + 5, ~0ull}) {
    for (int i = 0; i < 1000; ++i)
      if (random.below(bound) >= bound) FAIL("bound " << bound);
  }
  constexpr int kBins = 12, kDraws = 120000;
  std::array<int, kBins> count{};
  for (int i = 0; i < kDraws; ++i) ++count[random.below(kBins)];
  double chi2 = 0;
  for (const int c : count)
    chi2 += (c - kDraws / kBins) * double(c - kDraws / kBins) / (kDraws / kBins);
  CHECK(chi2 < kBins - 1 + 4 * std::sqrt(2.0 * (kBins - 1)));
  CHECK(chi2 > 1);  // too even would be no random numbers
}

TEST_CASE("below() reaches the upper half of a bound beyond 2^63") {
  RandomStream random(7, "half");
  int high = 0;
  for (int i = 0; i < 1000; ++i) high += random.below(~0ull) >> 63 != 0;
  CHECK(high > 420);
  CHECK(high < 580);
}

TEST_CASE("unit() lies strictly between 0 and 1 with the moments of a uniform number") {
  RandomStream random(3, "unit");
  constexpr int kDraws = 200000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.unit();
    if (!(u > 0.0 && u < 1.0)) FAIL("unit " << u);
    sum += u;
    squares += u * u;
  }
  CHECK(sum / kDraws == Approx(0.5).margin(4 * std::sqrt(1.0 / 12 / kDraws)));
  CHECK(squares / kDraws == Approx(1.0 / 3).margin(4 * std::sqrt(4.0 / 45 / kDraws)));
}

TEST_CASE("Exponential numbers have the mean and the variance asked for") {
  RandomStream random(11, "gap");
  constexpr int kDraws = 200000;
  for (const double mean : {0.25, 1.0, 4000.0}) {
    double sum = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double x = random.exponential(mean);
      if (!(x > 0)) FAIL("exponential " << x);
      sum += x;
      squares += x * x;
    }
    CHECK(sum / kDraws == Approx(mean).epsilon(4 / std::sqrt(double(kDraws))));
    CHECK(squares / kDraws == Approx(2 * mean * mean).epsilon(4 * std::sqrt(5.0 / kDraws)));
  }
}

TEST_CASE("The portable logarithm agrees with the library's") {
  std::mt19937_64 random(5);
  double worst = 0;
  const auto compare = [&](double x) {
    const double expected = std::log(x);
    if (expected == 0) {
      CHECK(portable_log(x) == 0);
    } else {
      worst = std::max(worst, std::fabs((portable_log(x) - expected) / expected));
    }
  };
  for (int e = -1000; e <= 1000; ++e)
    for (const double m : {1.0, 1.1, 1.41421356237309, 1.41421356237310, 1.5, 1.9999999})
      compare(std::ldexp(m, e));
  for (int i = 0; i < 20000; ++i) compare((double(random() >> 12) + 0.5) * 0x1p-52);
  for (int i = 1; i < 1000; ++i) {
    compare(1.0 + i * 1e-9);
    compare(1.0 - i * 1e-9);
  }
  CHECK(worst < 1e-13);
  CHECK_THROWS_AS(portable_log(0.0), ModelError);
  CHECK_THROWS_AS(portable_log(-1.0), ModelError);
}

TEST_CASE("The portable exponential agrees with the library's") {
  double worst = 0;
  for (double x = -708; x <= 709; x += 0.0173) {
    const double expected = std::exp(x);
    worst = std::max(worst, std::fabs(portable_exp(x) - expected) / expected);
  }
  CHECK(worst < 1e-13);
  for (double x = -1; x <= 1; x += 0.00137)
    if (std::fabs(portable_exp(x) - std::exp(x)) > 1e-15 * std::exp(x)) FAIL("exp " << x);
  CHECK(portable_exp(0.0) == 1.0);
  CHECK(portable_exp(-709.0) == 0.0);
  CHECK(portable_exp(-1e300) == 0.0);
  CHECK(std::isinf(portable_exp(710.0)));
}

TEST_CASE("Zipf ranks follow the exact law") {
  struct Law {
    std::uint64_t n;
    double s;
  };
  constexpr int kDraws = 100000;
  for (const Law& law : {Law{2, 1.0}, Law{10, 0.0}, Law{10, 0.5}, Law{100, 0.99}, Law{100, 1.0},
                         Law{100, 1.00001}, Law{50, 2.0}, Law{20, 3.5}, Law{1000, 1.2}}) {
    RandomStream random(17, "zipf");
    const ZipfDistribution zipf(law.n, law.s);
    std::vector<int> count(law.n);
    for (int i = 0; i < kDraws; ++i) {
      const std::uint64_t rank = zipf(random);
      if (rank >= law.n) FAIL("rank " << rank << " of " << law.n);
      ++count[rank];
    }
    double total = 0;
    for (std::uint64_t k = 1; k <= law.n; ++k) total += std::pow(double(k), -law.s);
    // Rare ranks share a bin so that each expects at least 20.
    double chi2 = 0, expected = 0, observed = 0;
    int bins = 0;
    for (std::uint64_t k = 1; k <= law.n; ++k) {
      expected += kDraws * std::pow(double(k), -law.s) / total;
      observed += count[k - 1];
      if (expected >= 20) {
        chi2 += (observed - expected) * (observed - expected) / expected;
        ++bins;
        expected = observed = 0;
      }
    }
    INFO("n " << law.n << ", s " << law.s << ", chi2 " << chi2 << " of " << bins << " bins");
    CHECK(chi2 < bins - 1 + 4 * std::sqrt(2.0 * std::max(1, bins - 1)));
  }
}

TEST_CASE("A Zipf law of one rank gives rank 0 and a huge one stays in range") {
  RandomStream random(1, "zipf");
  const ZipfDistribution one(1, 1.0);
  const std::uint64_t n = 1ull << 44;
  bool beyond_a_table = false;
  for (const double s : {0.0, 0.8, 1.0, 1.5}) {
    const ZipfDistribution huge(n, s);
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t rank = huge(random);
      if (rank >= n || one(random) != 0) FAIL("rank " << rank);
      beyond_a_table = beyond_a_table || rank > 1ull << 40;
    }
  }
  CHECK(beyond_a_table);
  CHECK_THROWS_AS(ZipfDistribution(0, 1.0), ModelError);
  CHECK_THROWS_AS(ZipfDistribution(5, -0.1), ModelError);
}
