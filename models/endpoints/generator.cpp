// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/generator.hpp"

#include <algorithm>

#include "models/base/bits.hpp"
#include "models/base/endian.hpp"

namespace phbsim::endpoints {

using stats::Stat;

Generator::Generator(const sc_core::sc_module_name& name, EngineDriver& driver, const GeneratorParams& params,
                     stats::Registry& registry)
    : Endpoint(name, driver, params.rid, params.queue_depth, params.relaxed_order, registry),
      params_(params),
      requests_(params, this->name()),
      arrivals_(params.seed, std::string(this->name()) + ".arrival"),
      arrival_(make_named(kArrivals, params.arrival, params.rate)) {
  for (unsigned i = params.queue_depth; i-- > 0;) free_slots_.push_back(i);
  if (params.data) buffers_.assign(params.queue_depth, std::vector<unsigned char>(requests_.largest()));
}

void Generator::start_of_simulation() { driver_.schedule(params_.start, this, kStart, 0); }

void Generator::launch(unsigned slot, Tick born) {
  const Request request = requests_.next();
  const BusAddr addr = params_.base + request.offset;
  const unsigned length = request.length;
  unsigned char* data = nullptr;
  if (params_.data) {
    data = buffers_[slot].data();
    if (!request.read) {
      for (unsigned i = 0; i + 8 <= length; i += 8) store_be64(data + i, addr + i);
    }
  }
  ++in_flight_;
  issue(slot, request.read ? arch::Access::Read : arch::Access::Write, addr, length, data, born);
}

void Generator::schedule_birth() {
  if (params_.count != 0 && born_ >= params_.count) return;
  engine_.schedule(engine_.now() + arrival_->next_gap(arrivals_), this, kBirth, 0);
}

void Generator::on_event(std::uint32_t kind, std::uint64_t) {
  if (kind == kStart) {
    if (!arrival_->closed()) {
      schedule_birth();
      return;
    }
    while (!free_slots_.empty() && (params_.count == 0 || born_ < params_.count)) {
      const unsigned slot = free_slots_.back();
      free_slots_.pop_back();
      ++born_;
      launch(slot, engine_.now());
    }
    return;
  }
  ++born_;
  if (!free_slots_.empty()) {
    const unsigned slot = free_slots_.back();
    free_slots_.pop_back();
    launch(slot, engine_.now());
  } else if (backlog_.size() < params_.backlog) {
    backlog_.push_back(engine_.now());
  } else {
    ++stats_[Stat::EpBacklogDrops];
  }
  schedule_birth();
}

void Generator::completed(unsigned slot) {
  --in_flight_;
  const bool more = params_.count == 0 || born_ < params_.count;
  if (arrival_->closed() && more) {
    ++born_;
    launch(slot, engine_.now());
    return;
  }
  if (!backlog_.empty()) {
    const Tick born = backlog_.front();
    backlog_.pop_front();
    launch(slot, born);
    return;
  }
  free_slots_.push_back(slot);
  if (!more && in_flight_ == 0) finish_workload();
}

}  // namespace phbsim::endpoints
