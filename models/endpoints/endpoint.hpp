// SPDX-License-Identifier: Apache-2.0
/// What every DMA-capable device has: a requester ID, requests in flight, and its statistics.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/stats/histogram.hpp"
#include "models/stats/registry.hpp"
#include "models/stats/stages.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::endpoints {

/// Completed requests of one device since the last reset.
struct EndpointStats {
  stats::Histogram latency;      ///< ps, issue to completion (open loop: arrival to completion)
  stats::StageTimes stages{};    ///< sums over the same requests; they add up to latency.sum()
  Tick first_issue = kNever;
  Tick last_completion = 0;
  /// Faults by kind, indexed by arch::Fault.
  std::vector<std::uint64_t> faults = std::vector<std::uint64_t>(arch::kFaults, 0);
};

class Endpoint : public sc_core::sc_module, protected InitiatorPort::Client, protected EventHandler {
 public:
  InitiatorPort link_out;

  const EndpointStats& statistics() const { return statistics_; }
  const stats::Block& stats() const { return stats_; }
  Rid rid() const { return rid_; }
  /// Of requests from now on: a function takes its bus number from the configuration writes that reach it.
  void set_rid(Rid rid);
  bool done() const { return done_; }
  /// Zeroes what statistics() holds (the counters are the Registry's).
  void reset_statistics() { statistics_ = EndpointStats{}; }
  /// Called once, when all of the workload has completed.
  std::function<void()> on_done;
  /// Called for each completed request, before its slot is reused. For tests and recorders.
  std::function<void(const DmaPayload&)> on_completed;

 protected:
  Endpoint(const sc_core::sc_module_name& name, EngineDriver& driver, Rid rid, unsigned slots, bool relaxed_order,
           stats::Registry& registry);

  /// Sends a request in a free slot. `born`: when it came into being (its latency counts from then).
  void issue(unsigned slot, arch::Access access, BusAddr addr, unsigned length, unsigned char* data, Tick born);
  /// Whether the request that completed last in a slot did so without error.
  bool succeeded(unsigned slot) const { return slots_[slot]->is_response_ok(); }
  /// A request completed; the slot is free.
  virtual void completed(unsigned slot) = 0;
  void finish_workload();

  EngineDriver& driver_;
  Engine& engine_;
  stats::Block stats_;

 private:
  void on_response(InitiatorPort& port, DmaPayload& payload) final;

  Rid rid_;
  std::vector<std::unique_ptr<DmaPayload>> slots_;
  EndpointStats statistics_;
  bool done_ = false;
};

}  // namespace phbsim::endpoints
