// SPDX-License-Identifier: Apache-2.0
#include "models/hypervisor/tce_agent.hpp"

#include <algorithm>
#include <string>

#include "models/arch/registers.hpp"

namespace phbsim::hypervisor {

using arch::Reg;
using stats::Stat;

TceAgent::TceAgent(const sc_core::sc_module_name& name, EngineDriver& driver, const AgentParams& params,
                   const arch::GenerationFacts& facts, unsigned ports, stats::Registry& registry)
    : sc_module(name),
      engine_(driver.engine()),
      params_(params),
      facts_(facts),
      stats_(registry, this->name(), Stat::HostMapCalls, Stat::HostBusy),
      policy_(make_named(kKillPolicies, params.kill_policy)),
      mover_("mem_out", driver, *this),
      sequencer_("mmio_out", driver, params.poll_interval, {&stats_, Stat::HostKills, Stat::HostPolls}, *this),
      cpus_free_(params.cpus) {
  for (unsigned i = 0; i < ports; ++i) {
    ports_.push_back(std::make_unique<TargetPort>(("host_in_" + std::to_string(i)).c_str(), driver,
                                                  static_cast<TargetPort::Client&>(*this),
                                                  TargetPort::Release::OnArrival, i));
  }
}

std::uint32_t TceAgent::add_table(std::unique_ptr<arch::TceTable> table, PeNumber pe, BusAddr base) {
  tables_.push_back({std::move(table), pe, base});
  return static_cast<std::uint32_t>(tables_.size() - 1);
}

std::uint64_t TceAgent::table_bytes() const {
  std::uint64_t n = 0;
  for (const Table& t : tables_) n += t.table->table_bytes();
  return n;
}

Tick TceAgent::on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  if (!payload.is_write() || payload.get_data_length() != MapCommand::kBytes) {
    payload.set_response_status(payload.is_write() ? tlm::TLM_BURST_ERROR_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE);
    return 1;
  }
  const MapCommand c = MapCommand::decode(payload.get_data_ptr());
  const bool known = c.kind >= MapCommand::Kind::Put && c.kind <= MapCommand::Kind::ClearAll;
  const auto in_window = [&c](const arch::TceTable& t) {
    return c.index <= t.last_index() && c.count - 1 <= t.last_index() - c.index;
  };
  const std::uint64_t most = c.kind == MapCommand::Kind::ClearAll ? ~0ull : MapCommand::kMaxPages;
  if (!known || c.table >= tables_.size() || c.count == 0 || c.count > most ||
      !in_window(*tables_[c.table].table)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return 1;
  }
  const std::uint32_t id = commands_.take();
  Command& command = commands_[id];
  command.payload = &payload;
  command.ext = &ext;
  command.port = &port;
  command.command = c;
  waiting_.push_back(id);
  start_commands();
  return 0;
}

void TceAgent::start_commands() {
  while (cpus_free_ > 0 && !waiting_.empty()) {
    const std::uint32_t id = waiting_.front();
    waiting_.pop_front();
    --cpus_free_;
    run(id);
  }
}

void TceAgent::run(std::uint32_t id) {
  Command& c = commands_[id];
  c.begun = engine_.now();
  c.stores.clear();
  c.kills.clear();
  c.sequence.clear();
  const MapCommand& m = c.command;
  Table& t = tables_[m.table];
  const bool put = m.kind == MapCommand::Kind::Put;
  const bool clear_all = m.kind == MapCommand::Kind::ClearAll;
  const std::uint64_t count = m.kind == MapCommand::Kind::KillPe || clear_all ? 0 : m.count;
  Tick walk = 0;
  if (clear_all) {
    t.table->plan_clear(m.index, m.count, c.stores);
    const auto how = params_.skip_absent ? arch::ClearWalk::SkipAbsent : arch::ClearWalk::EveryEntry;
    const arch::Clearing work = t.table->clear_work(m.index, m.count, how);
    walk = params_.clear_entry * (work.examined + work.skipped);
  }
  for (std::uint64_t i = 0; i < count; ++i) t.table->plan_put(m.index + i, put ? m.tce + i * m.stride : 0, c.stores);
  stats_[Stat::HostTceStores] += c.stores.size();
  if (m.kind == MapCommand::Kind::KillPe || clear_all) {
    c.kills.push_back(arch::encode_kill_pe(t.pe));
  } else if (m.kind == MapCommand::Kind::Clear || (put && params_.kill_on_map)) {
    const unsigned shift = t.table->page_shift();
    policy_->plan(t.pe, t.base + (m.index << shift), m.count, shift, facts_, c.kills);
  }
  arch::plan_kills(c.kills, params_.dma_sync, c.sequence, facts_.sync_has_writes);
  c.stores_left = c.stores.size() + 1;  // at most; held until all are sent
  const unsigned lines = mover_.store(c.stores, id);
  c.stores_left -= c.stores.size() - lines;
  stats_[Stat::HostStoreLines] += lines;
  if (walk > 0 || (c.stores.empty() && c.kills.empty())) {
    engine_.schedule(engine_.now() + walk, this, kDone, id);  // not inside the call that brought the command
    return;
  }
  stored(id);
}

void TceAgent::stored(std::uint32_t id) {
  Command& c = commands_[id];
  if (--c.stores_left > 0) return;
  if (c.kills.empty()) {
    done(id, tlm::TLM_OK_RESPONSE);
    return;
  }
  sequencer_.run(c.sequence, id);
}

void TceAgent::sequence_done(std::uint64_t id, bool ok) {
  // Fenced: firmware gives up (phb.md 4.2).
  done(static_cast<std::uint32_t>(id), ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

void TceAgent::done(std::uint32_t id, tlm::tlm_response_status status) {
  Command& c = commands_[id];
  // A kill alone maps and unmaps nothing.
  if (c.command.kind != MapCommand::Kind::KillPe) {
    ++stats_[c.command.kind == MapCommand::Kind::Put ? Stat::HostMapCalls : Stat::HostUnmapCalls];
  }
  stats_[Stat::HostBusy] += engine_.now() - c.begun;
  c.payload->set_response_status(status);
  tlm::tlm_generic_payload& payload = *c.payload;
  DmaExtension& ext = *c.ext;
  TargetPort& port = *c.port;
  commands_.put(id);
  ++cpus_free_;
  start_commands();
  port.respond(payload, ext);
}

void TceAgent::line_done(std::uint64_t owner, bool, RealAddr, const unsigned char*, unsigned) {
  stored(static_cast<std::uint32_t>(owner));
}

void TceAgent::on_event(std::uint32_t, std::uint64_t arg) { stored(static_cast<std::uint32_t>(arg)); }

}  // namespace phbsim::hypervisor
