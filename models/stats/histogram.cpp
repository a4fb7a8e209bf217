// SPDX-License-Identifier: Apache-2.0
#include "models/stats/histogram.hpp"

#include <algorithm>

namespace phbsim::stats {

__extension__ typedef unsigned __int128 Wide;

Histogram Histogram::restore(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& buckets,
                             std::uint64_t min, std::uint64_t max, std::uint64_t sum) {
  Histogram h;
  for (const auto& [lowest, n] : buckets) {
    const std::uint32_t i = index_of(lowest);
    if (i >= h.buckets_.size()) h.buckets_.resize(i + 1, 0);
    h.buckets_[i] += n;
    h.count_ += n;
  }
  if (h.count_ == 0) return Histogram{};
  h.min_ = min;
  h.max_ = max;
  h.sum_ = sum;
  return h;
}

void Histogram::merge(const Histogram& other) {
  if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size(), 0);
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() { *this = Histogram{}; }

std::uint64_t Histogram::quantile(std::uint64_t per_million) const {
  if (count_ == 0) return 0;
  // Rank of the record: the smallest with at least this share at or below it.
  const auto rank = static_cast<std::uint64_t>(
      (static_cast<Wide>(count_) * per_million + 999'999) / 1'000'000);
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(rank, 1)) {
      const std::uint64_t low = lowest_of(i);
      const std::uint64_t middle = low + (lowest_of(i + 1) - low) / 2;
      return std::clamp(middle, min_, max_);
    }
  }
  return max_;
}

}  // namespace phbsim::stats
