// SPDX-License-Identifier: Apache-2.0
/// The yardstick: a plain C++ discrete-event loop over a binary heap, with no TLM, no statistics
/// and no content. 32 reads of 128 bytes in flight; link, lookup, up to 8 walks of 1..3 dependent
/// reads, 16 memory banks, response link.
#pragma once

#include <cstdint>

namespace phbsim::bench {

struct LoopResult {
  double requests_per_second = 0;  ///< of host CPU time
  double simulated_per_us = 0;
  double mean_latency_ns = 0;
  double hit_share = 0;
};

LoopResult run_reference_loop(std::uint64_t requests, unsigned pages, unsigned outstanding);

/// CPU seconds of this process.
double cpu_seconds();

}  // namespace phbsim::bench
