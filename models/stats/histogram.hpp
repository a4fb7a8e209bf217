// SPDX-License-Identifier: Apache-2.0
/// Log-linear histogram of integers: exact counts, mergeable, quantiles within 0.4 %.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace phbsim::stats {

/// Values below 128 have a bucket each; above, every octave has 128. A quantile is the middle of
/// its bucket: relative error at most 1/256. Count, sum, minimum and maximum are exact.
class Histogram {
 public:
  void record(std::uint64_t value) {
    const std::uint32_t i = index_of(value);
    if (i >= buckets_.size()) buckets_.resize(i + 64, 0);
    ++buckets_[i];
    ++count_;
    sum_ += value;
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }

  /// The histogram that visit(), min(), max() and sum() once described. Buckets as (lowest value,
  /// count); the count is their sum.
  static Histogram restore(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& buckets,
                           std::uint64_t min, std::uint64_t max, std::uint64_t sum);

  void merge(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  std::uint64_t min() const { return count_ ? min_ : 0; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ ? static_cast<double>(sum_) / static_cast<double>(count_) : 0.0; }

  /// Value at or below which `per_million` millionths of the records lie (500000: the median);
  /// 0 if empty.
  std::uint64_t quantile(std::uint64_t per_million) const;

  static constexpr std::uint32_t index_of(std::uint64_t v) {
    if (v < 128) return static_cast<std::uint32_t>(v);
    const auto e = static_cast<std::uint32_t>(63 - __builtin_clzll(v)) - 7;
    return (e + 1) * 128 + static_cast<std::uint32_t>(v >> e) - 128;
  }
  static constexpr std::uint64_t lowest_of(std::uint32_t i) {
    if (i < 128) return i;
    const std::uint32_t e = i / 128 - 1;
    return (static_cast<std::uint64_t>(i % 128) + 128) << e;
  }

  /// Non-empty buckets as (lowest value, count), ascending.
  template <class Visitor>
  void visit(Visitor&& visitor) const {
    for (std::uint32_t i = 0; i < buckets_.size(); ++i)
      if (buckets_[i]) visitor(lowest_of(i), buckets_[i]);
  }

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = ~0ull;
  std::uint64_t max_ = 0;
};

}  // namespace phbsim::stats
