// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/trace_player.hpp"

namespace phbsim::endpoints {

using stats::Stat;

TracePlayer::TracePlayer(const sc_core::sc_module_name& name, EngineDriver& driver, const PlayerParams& params,
                         std::unique_ptr<OpSource> source, stats::Registry& registry)
    : Endpoint(name, driver, params.rid, params.queue_depth, false, registry),
      host_out("host_out", driver, host_client_, 1),
      params_(params),
      source_(std::move(source)),
      entry_of_slot_(params.queue_depth, 0) {
  PHBSIM_ASSERT(params.lookahead >= 1 && params.lookahead <= kMaxLookahead);
  for (unsigned i = 0; i < params.lookahead; ++i) {
    entries_.push_back(std::make_unique<Entry>());
    entries_.back()->command.ext.owner = i;
    free_entries_.push_back(params.lookahead - 1 - i);
  }
  for (unsigned i = params.queue_depth; i-- > 0;) free_slots_.push_back(i);
}

void TracePlayer::start_of_simulation() { driver_.schedule(params_.start, this, kStart, 0); }

bool TracePlayer::conflict(const DmaOp& a, const DmaOp& b) {
  if (a.kind == DmaOp::Kind::Access && b.kind == DmaOp::Kind::Access) return false;
  if (a.kind == DmaOp::Kind::Teardown || b.kind == DmaOp::Kind::Teardown) return true;
  if (a.buffer != kNoBuffer || b.buffer != kNoBuffer) return a.buffer == b.buffer;
  return a.iova < b.iova + b.length && b.iova < a.iova + a.length;
}

void TracePlayer::on_event(std::uint32_t, std::uint64_t) { fill(); }

void TracePlayer::fill() {
  if (filling_) return;
  filling_ = true;
  bool rewound = false;
  while (!exhausted_ && !free_entries_.empty()) {
    const unsigned id = free_entries_.back();
    Entry& e = *entries_[id];
    if (!source_->next(e.op)) {
      // A source without any operation ends even a repeated replay.
      if (params_.repeat && !rewound) {
        source_->rewind();
        rewound = true;
        continue;
      }
      exhausted_ = true;
      break;
    }
    rewound = false;
    if (e.op.kind == DmaOp::Kind::Access) {
      if (params_.count != 0 && accesses_ >= params_.count) {
        exhausted_ = true;
        break;
      }
      ++accesses_;
    }
    free_entries_.pop_back();
    e.dependents.reset();
    e.waits_for = 0;
    e.ready = false;
    for (unsigned i = 0; i < entries_.size(); ++i) {
      Entry& earlier = *entries_[i];
      if (earlier.used && conflict(earlier.op, e.op)) {
        earlier.dependents.set(id);
        ++e.waits_for;
      }
    }
    e.used = true;
    ++live_;
    if (e.waits_for == 0) start(id);
  }
  filling_ = false;
  if (exhausted_ && live_ == 0) finish_workload();
}

void TracePlayer::start(unsigned id) {
  Entry& e = *entries_[id];
  if (e.op.kind == DmaOp::Kind::Access) {
    if (free_slots_.empty()) {
      ready_accesses_.push_back(id);
    } else {
      access(id);
    }
    return;
  }
  if (e.op.buffer != kNoBuffer || e.op.kind == DmaOp::Kind::Teardown) {
    DriverCall call;
    call.kind = e.op.kind == DmaOp::Kind::Map     ? DriverCall::Kind::Map
                : e.op.kind == DmaOp::Kind::Unmap ? DriverCall::Kind::Unmap
                                                  : DriverCall::Kind::Teardown;
    call.domain = domain;
    call.device_writes = e.op.device_writes;
    call.device_reads = e.op.device_reads;
    call.real = e.op.real;
    call.length = e.op.length;
    if (e.op.kind == DmaOp::Kind::Unmap) call.iova = bus_addresses_[e.op.buffer];
    call.encode(e.frame.data());
    e.command.prepare(tlm::TLM_WRITE_COMMAND, 64ull * id, DriverCall::kBytes, e.frame.data());
    host_out.send(e.command);
    return;
  }
  MapCommand c;
  c.kind = e.op.kind == DmaOp::Kind::Map ? MapCommand::Kind::Put : MapCommand::Kind::Clear;
  c.table = e.op.table;
  c.index = e.op.index;
  c.count = e.op.count;
  c.tce = e.op.tce;
  c.stride = e.op.stride;
  c.encode(e.frame.data());
  e.command.prepare(tlm::TLM_WRITE_COMMAND, 0, MapCommand::kBytes, e.frame.data());
  host_out.send(e.command);
}

void TracePlayer::access(unsigned id) {
  const Entry& e = *entries_[id];
  const unsigned slot = free_slots_.back();
  free_slots_.pop_back();
  entry_of_slot_[slot] = id;
  const BusAddr base = e.op.buffer == kNoBuffer ? 0 : bus_addresses_[e.op.buffer];
  issue(slot, e.op.access, base + e.op.iova, static_cast<unsigned>(e.op.length), nullptr, engine_.now());
}

void TracePlayer::completed(unsigned slot) {
  const unsigned id = entry_of_slot_[slot];
  free_slots_.push_back(slot);
  if (!ready_accesses_.empty()) {
    const unsigned next = ready_accesses_.front();
    ready_accesses_.pop_front();
    access(next);
  }
  end(id);
}

void TracePlayer::mapped(DmaPayload& payload) {
  const auto id = static_cast<unsigned>(payload.ext.owner);
  const DmaOp& op = entries_[id]->op;
  ++stats_[op.kind == DmaOp::Kind::Map ? Stat::EpMaps : Stat::EpUnmaps];
  if (op.buffer != kNoBuffer && op.kind == DmaOp::Kind::Map) {
    if (op.buffer >= bus_addresses_.size()) bus_addresses_.resize(op.buffer + 1, 0);
    bus_addresses_[op.buffer] = payload.ext.bus_addr;
  }
  if (!payload.is_response_ok()) ++stats_[Stat::EpErrors];
  end(id);
}

void TracePlayer::end(unsigned id) {
  Entry& e = *entries_[id];
  e.used = false;
  --live_;
  free_entries_.push_back(id);
  // Dependents start in the order of the table, which does not depend on anything but the trace.
  const auto dependents = e.dependents;
  e.dependents.reset();
  for (unsigned i = 0; i < entries_.size(); ++i)
    if (dependents.test(i) && --entries_[i]->waits_for == 0) start(i);
  fill();
}

}  // namespace phbsim::endpoints
