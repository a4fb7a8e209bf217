// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/endpoint.hpp"

#include <algorithm>

namespace phbsim::endpoints {

using stats::Stat;

Endpoint::Endpoint(const sc_core::sc_module_name& name, EngineDriver& driver, Rid rid, unsigned slots,
                   bool relaxed_order, stats::Registry& registry)
    : sc_module(name),
      link_out("link_out", driver, *this),
      driver_(driver),
      engine_(driver.engine()),
      stats_(registry, this->name(), Stat::EpRequests, Stat::EpBacklogDrops),
      rid_(rid) {
  for (unsigned i = 0; i < slots; ++i) {
    slots_.push_back(std::make_unique<DmaPayload>());
    slots_.back()->ext.rid = rid;
    slots_.back()->ext.owner = i;
    slots_.back()->ext.relaxed_order = relaxed_order;
  }
}

void Endpoint::set_rid(Rid rid) {
  rid_ = rid;
  for (auto& p : slots_) p->ext.rid = rid;
}

void Endpoint::issue(unsigned slot, arch::Access access, BusAddr addr, unsigned length, unsigned char* data,
                     Tick born) {
  DmaPayload& p = *slots_[slot];
  p.prepare(access == arch::Access::Write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, addr, length, data);
  p.ext.clock.start(born);
  statistics_.first_issue = std::min(statistics_.first_issue, born);
  link_out.send(p);
}

void Endpoint::on_response(InitiatorPort&, DmaPayload& p) {
  const Tick now = engine_.now();
  const stats::SharedClock& clock = p.ext.clock;
  const Tick latency = now - clock.start_time();
  PHBSIM_ASSERT(clock.mark() == now);  // every picosecond is booked
  ++stats_[Stat::EpRequests];
  statistics_.latency.record(latency);
  for (unsigned s = 0; s < stats::kStages; ++s) statistics_.stages[s] += clock.times()[s];
  statistics_.last_completion = now;
  if (p.is_response_ok()) {
    stats_[p.is_write() ? Stat::EpBytesWritten : Stat::EpBytesRead] += p.get_data_length();
  } else {
    ++stats_[Stat::EpErrors];
    ++statistics_.faults[static_cast<unsigned>(p.ext.fault)];
  }
  if (on_completed) on_completed(p);
  completed(static_cast<unsigned>(p.ext.owner));
}

void Endpoint::finish_workload() {
  if (done_) return;
  done_ = true;
  if (on_done) on_done();
}

}  // namespace phbsim::endpoints
