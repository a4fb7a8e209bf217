// SPDX-License-Identifier: Apache-2.0
#include "models/base/rng.hpp"

#include <cstring>

#include "models/base/check.hpp"

namespace phbsim {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  constexpr std::uint32_t kMul0 = 0xD2511F53, kMul1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = static_cast<std::uint64_t>(kMul0) * c[0];
    const std::uint64_t p1 = static_cast<std::uint64_t>(kMul1) * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += kWeyl0;
    k[1] += kWeyl1;
  }
  return c;
}

std::uint64_t fnv1a(std::string_view text, std::uint64_t state) {
  for (const char ch : text) {
    state ^= static_cast<unsigned char>(ch);
    state *= 0x100000001b3ull;
  }
  return state;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view name)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      stream_(fnv1a(name)) {}

void RandomStream::refill() {
  const auto r = philox4x32({static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32),
                             static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                            key_);
  ++counter_;
  block_[0] = static_cast<std::uint64_t>(r[1]) << 32 | r[0];
  block_[1] = static_cast<std::uint64_t>(r[3]) << 32 | r[2];
  used_ = 0;
}

double RandomStream::exponential(double mean) { return -mean * portable_log(unit()); }

namespace {

double from_bits(std::uint64_t bits) {
  double d;
  std::memcpy(&d, &bits, sizeof d);
  return d;
}

std::uint64_t to_bits(double d) {
  std::uint64_t bits;
  std::memcpy(&bits, &d, sizeof bits);
  return bits;
}

// Written as separate statements of one operation each: with -ffp-contract=off (set on the base
// library) every compiler then does the same IEEE operations.
constexpr double kLn2 = 0.693147180559945309417232121458;

}  // namespace

double portable_log(double x) {
  PHBSIM_ASSERT(x > 0);
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh((m-1)/(m+1)).
  std::uint64_t bits = to_bits(x);
  int e = static_cast<int>(bits >> 52) - 1023;
  double m = from_bits((bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
  if (m > 1.41421356237309504880) {
    m *= 0.5;
    ++e;
  }
  const double z = (m - 1.0) / (m + 1.0);
  const double z2 = z * z;
  constexpr double kOdd[14] = {1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                               1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25, 1.0 / 27};
  double sum = 0.0;
  for (int k = 13; k >= 0; --k) {
    sum = sum * z2;
    sum = sum + kOdd[k];
  }
  const double series = 2.0 * z * sum;
  const double whole = e * kLn2;
  return whole + series;
}

double portable_exp(double x) {
  if (x > 709.0) return from_bits(0x7FF0000000000000ull);
  if (x < -708.0) return 0.0;
  const double scaled = x / kLn2;
  const auto n = static_cast<int>(scaled + (scaled >= 0 ? 0.5 : -0.5));
  const double r = x - n * kLn2;
  double sum = 1.0;
  for (int k = 20; k >= 1; --k) {
    sum = sum * r;
    sum = sum / k;
    sum = sum + 1.0;
  }
  return sum * from_bits(static_cast<std::uint64_t>(n + 1023) << 52);
}

// Rejection-inversion after Hoermann and Derflinger (1996): ranks 1..n with weight k^-s.
ZipfDistribution::ZipfDistribution(std::uint64_t n, double s) : n_(n), s_(s) {
  PHBSIM_ASSERT(n >= 1 && s >= 0);
  h_x1_ = h_integral(1.5) - 1.0;
  h_n_ = h_integral(static_cast<double>(n) + 0.5);
  threshold_ = 2.0 - h_integral_inverse(h_integral(2.5) - h(2.0));
}

double ZipfDistribution::h(double x) const { return portable_exp(-s_ * portable_log(x)); }

double ZipfDistribution::h_integral(double x) const {
  const double log_x = portable_log(x);
  const double t = (1.0 - s_) * log_x;
  // (e^t - 1) / t, by its series near 0.
  const double ratio = t > -1e-4 && t < 1e-4 ? 1.0 + t * 0.5 * (1.0 + t / 3.0) : (portable_exp(t) - 1.0) / t;
  return ratio * log_x;
}

double ZipfDistribution::h_integral_inverse(double x) const {
  double t = x * (1.0 - s_);
  if (t < -1.0) t = -1.0;
  // log(1 + t) / t, by its series near 0.
  const double ratio =
      t > -1e-4 && t < 1e-4 ? 1.0 - t * (0.5 - t / 3.0) : portable_log(t <= -1.0 ? 1e-300 : 1.0 + t) / t;
  return portable_exp(ratio * x);
}

std::uint64_t ZipfDistribution::operator()(RandomStream& random) const {
  if (n_ == 1) return 0;
  for (;;) {
    const double u = h_n_ + random.unit() * (h_x1_ - h_n_);
    const double x = h_integral_inverse(u);
    double k = static_cast<double>(static_cast<std::uint64_t>(x + 0.5));
    if (k < 1.0) k = 1.0;
    if (k > static_cast<double>(n_)) k = static_cast<double>(n_);
    if (k - x <= threshold_ || u >= h_integral(k + 0.5) - h(k)) {
      return static_cast<std::uint64_t>(k) - 1;
    }
  }
}

}  // namespace phbsim
