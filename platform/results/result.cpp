// SPDX-License-Identifier: Apache-2.0
#include "platform/results/result.hpp"

#include <algorithm>

namespace phbsim::results {

__extension__ typedef unsigned __int128 Wide;

std::uint64_t EndpointResult::throughput() const {
  if (active == 0) return 0;
  const Wide bytes = static_cast<Wide>(bytes_read) + bytes_written;
  const Wide rate = bytes * kPsPerS / active;
  return rate > ~std::uint64_t{0} ? ~std::uint64_t{0} : static_cast<std::uint64_t>(rate);
}

EndpointResult Result::total() const {
  EndpointResult sum;
  sum.name = "total";
  for (const EndpointResult& e : endpoints) {
    sum.requests += e.requests;
    sum.errors += e.errors;
    sum.bytes_read += e.bytes_read;
    sum.bytes_written += e.bytes_written;
    sum.maps += e.maps;
    sum.unmaps += e.unmaps;
    sum.active = std::max(sum.active, e.active);
    sum.latency.merge(e.latency);
    for (unsigned s = 0; s < stats::kStages; ++s) sum.stages[s] += e.stages[s];
    for (const auto& [fault, n] : e.faults) {
      const auto same = std::find_if(sum.faults.begin(), sum.faults.end(),
                                     [&name = fault](const auto& f) { return f.first == name; });
      if (same == sum.faults.end()) {
        sum.faults.emplace_back(fault, n);
      } else {
        same->second += n;
      }
    }
  }
  return sum;
}

std::uint64_t Result::counter(const std::string& group, const std::string& name) const {
  std::uint64_t sum = 0;
  for (const CounterResult& block : counters) {
    if (block.group != group) continue;
    for (const auto& [key, n] : block.values)
      if (key == name) sum += n;
  }
  return sum;
}

}  // namespace phbsim::results
