// SPDX-License-Identifier: Apache-2.0
/// Replays a trace through the reference and through the timed model and checks in both every
/// translation it recorded and what every hypercall and RTAS call returned.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace phbsim::run {

struct Mismatch {
  std::uint64_t line = 0;
  std::string model;  ///< "reference" or "timed"
  std::string text;   ///< what came out and what was expected
};

struct Verification {
  std::uint64_t translations = 0;          ///< xl and px lines, each checked in both models
  std::uint64_t reference_mismatches = 0;
  std::uint64_t timed_mismatches = 0;
  std::uint64_t hypercalls = 0;            ///< tp, ti, ts, wq, wc, wr, wz lines, each made in both models
  std::uint64_t hypercall_mismatches = 0;  ///< lines whose answer was another in one model or both
  std::uint64_t stores = 0;                ///< TCE and RTE stores applied
  std::uint64_t register_writes = 0;
  std::vector<Mismatch> first;             ///< the first few

  /// Translations on which one model or both disagree with the trace.
  std::uint64_t mismatches = 0;
};

/// One trace, in this process's only SystemC elaboration. Throws UserError for a file that is not a
/// trace, or one that contradicts itself.
Verification verify_trace(const std::string& path, const std::function<void(double)>& progress = {});

}  // namespace phbsim::run
