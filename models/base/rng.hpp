// SPDX-License-Identifier: Apache-2.0
/// Counter-based random streams (Philox4x32-10) and portable distributions.
///
/// A stream is named: the same seed and name give the same numbers on every compiler and machine,
/// and no stream depends on how often another was used. Floating point appears only where IEEE
/// addition, multiplication and division suffice; log and pow are our own fixed sequences of those.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace phbsim {

__extension__ typedef unsigned __int128 uint128;

/// One block of Philox4x32-10 (Salmon et al., SC'11): 128-bit counter, 64-bit key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  std::uint64_t next_u64() {
    if (used_ == 2) refill();
    return block_[used_++];
  }

  /// Uniform in [0, bound), bound > 0. Multiply-shift: bias below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<uint128>(next_u64()) * bound) >> 64);
  }

  /// Uniform in (0, 1): never 0, never 1.
  double unit() { return (static_cast<double>(next_u64() >> 12) + 0.5) * 0x1p-52; }

  /// Exponential with the given mean.
  double exponential(double mean);

 private:
  void refill();

  std::array<std::uint32_t, 2> key_;
  std::uint64_t stream_ = 0;
  std::uint64_t counter_ = 0;
  std::array<std::uint64_t, 2> block_{};
  unsigned used_ = 2;
};

/// FNV-1a, used for stream names and manifests.
std::uint64_t fnv1a(std::string_view text, std::uint64_t state = 0xcbf29ce484222325ull);

/// Natural logarithm by a fixed sequence of IEEE operations; x > 0, error below 1e-14 relative.
double portable_log(double x);
/// e^x, likewise; the error grows with |x|, to 1e-13 relative at its ends. Below -708 it is 0.
double portable_exp(double x);

/// Zipf ranks 0..n-1 with exponent s >= 0 (rank 0 the most frequent); rejection-inversion, no table.
class ZipfDistribution {
 public:
  ZipfDistribution(std::uint64_t n, double s);
  std::uint64_t operator()(RandomStream& random) const;

 private:
  double h_integral(double x) const;
  double h_integral_inverse(double x) const;
  double h(double x) const;

  std::uint64_t n_;
  double s_;
  double h_x1_;
  double h_n_;
  double threshold_;
};

}  // namespace phbsim
