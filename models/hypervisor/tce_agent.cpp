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
      mem_out("mem_out", driver, *this, 0),
      mmio_out("mmio_out", driver, *this, 1),
      driver_(driver),
      engine_(driver.engine()),
      params_(params),
      facts_(facts),
      policy_(make_named(kKillPolicies, params.kill_policy)),
      cpus_free_(params.cpus),
      stats_(registry, this->name(), Stat::HostMapCalls, Stat::HostBusy) {
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
  const bool known = c.kind == MapCommand::Kind::Put || c.kind == MapCommand::Kind::Clear;
  const auto in_window = [&c](const arch::Tve& t) {
    const unsigned bits = t.span_shift() - t.page_shift;  // of a page number; shifts of it could lose some
    return shift_right(c.index, bits) == 0 && shift_right(c.index + c.count - 1, bits) == 0;
  };
  if (!known || c.table >= tables_.size() || c.count == 0 || c.count > MapCommand::kMaxPages ||
      !in_window(tables_[c.table].table->geometry())) {
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
  c.next_kill = 0;
  const MapCommand& m = c.command;
  Table& t = tables_[m.table];
  const bool put = m.kind == MapCommand::Kind::Put;
  for (std::uint64_t i = 0; i < m.count; ++i) t.table->plan_put(m.index + i, put ? m.tce + i * m.stride : 0, c.stores);
  stats_[Stat::HostTceStores] += c.stores.size();
  if (!put || params_.kill_on_map) {
    const unsigned shift = t.table->page_shift();
    policy_->plan(t.pe, t.base + (m.index << shift), m.count, shift, facts_, c.kills);
  }
  // Neighbouring doublewords of one line go to memory together, in order.
  c.stores_left = 1;  // held until all are sent
  for (std::size_t i = 0; i < c.stores.size();) {
    const RealAddr first = c.stores[i].addr;
    const std::uint32_t line_id = lines_.take();
    StoreLine& line = lines_[line_id];
    unsigned n = 0;
    while (i < c.stores.size() && c.stores[i].addr == first + 8ull * n && (c.stores[i].addr ^ first) < kLineBytes &&
           c.stores[i].addr / kLineBytes == first / kLineBytes) {
      store_be64(line.bytes.data() + 8ull * n, c.stores[i].value);
      ++n;
      ++i;
    }
    line.command = id;
    line.payload.prepare(tlm::TLM_WRITE_COMMAND, first, 8 * n, line.bytes.data());
    line.payload.ext.owner = line_id;
    ++c.stores_left;
    ++stats_[Stat::HostStoreLines];
    mem_out.send(line.payload);
  }
  if (c.stores.empty() && c.kills.empty()) {
    engine_.schedule(engine_.now(), this, kDone, id);  // not inside the call that brought the command
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
  locking_.push_back(id);
  if (locking_.size() == 1) next_in_lock();
}

void TceAgent::next_in_lock() {
  if (locking_.empty()) return;
  commands_[locking_.front()].step = Step::Slot;
  ++stats_[Stat::HostPolls];
  register_access(false, arch::offset_of(Reg::TceKill), 0);
}

void TceAgent::register_access(bool write, std::uint32_t offset, std::uint64_t value) {
  store_be64(register_bytes_.data(), value);
  register_.prepare(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, offset, 8, register_bytes_.data());
  mmio_out.send(register_);
}

void TceAgent::step_done(std::uint64_t value) {
  const std::uint32_t id = locking_.front();
  Command& c = commands_[id];
  const auto poll_again = [this] { engine_.schedule(engine_.now() + params_.poll_interval, this, kPoll, 0); };
  if (value == ~0ull && c.step != Step::Kill && c.step != Step::SyncStart) {
    // Fenced: firmware gives up (phb.md 4.2).
    locking_.pop_front();
    done(id, tlm::TLM_GENERIC_ERROR_RESPONSE);
    next_in_lock();
    return;
  }
  switch (c.step) {
    case Step::Slot:
      if (value & arch::kKillCommands) {
        poll_again();
        return;
      }
      c.step = Step::Kill;
      ++stats_[Stat::HostKills];
      register_access(true, arch::offset_of(Reg::TceKill), c.kills[c.next_kill++]);
      return;
    case Step::Kill:
      if (c.next_kill < c.kills.size()) {
        c.step = Step::Slot;
        ++stats_[Stat::HostPolls];
        register_access(false, arch::offset_of(Reg::TceKill), 0);
        return;
      }
      if (params_.dma_sync) {
        c.step = Step::SyncStart;
        register_access(true, arch::offset_of(Reg::DmaSync), arch::kSyncReadStart);
        return;
      }
      [[fallthrough]];
    case Step::SyncStart:
      c.step = Step::WaitKill;
      ++stats_[Stat::HostPolls];
      register_access(false, arch::offset_of(Reg::QDmaR), 0);
      return;
    case Step::WaitKill:
      if (value & arch::kQDmaKillPending) {
        poll_again();
        return;
      }
      if (params_.dma_sync) {
        c.step = Step::WaitSync;
        ++stats_[Stat::HostPolls];
        register_access(false, arch::offset_of(Reg::DmaSync), 0);
        return;
      }
      break;
    case Step::WaitSync:
      if (!(value & arch::kSyncReadComplete)) {
        poll_again();
        return;
      }
      break;
  }
  locking_.pop_front();
  done(id, tlm::TLM_OK_RESPONSE);
  next_in_lock();
}

void TceAgent::done(std::uint32_t id, tlm::tlm_response_status status) {
  Command& c = commands_[id];
  ++stats_[c.command.kind == MapCommand::Kind::Put ? Stat::HostMapCalls : Stat::HostUnmapCalls];
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

void TceAgent::on_response(InitiatorPort& port, DmaPayload& payload) {
  if (&port == &mmio_out) {
    step_done(load_be64(register_bytes_.data()));
    return;
  }
  const auto line = static_cast<std::uint32_t>(payload.ext.owner);
  const std::uint32_t command = lines_[line].command;
  lines_.put(line);
  stored(command);
}

void TceAgent::on_event(std::uint32_t kind, std::uint64_t arg) {
  if (kind == kDone) {
    stored(static_cast<std::uint32_t>(arg));
    return;
  }
  const Command& c = commands_[locking_.front()];
  ++stats_[Stat::HostPolls];
  const Reg reg = c.step == Step::Slot ? Reg::TceKill : c.step == Step::WaitKill ? Reg::QDmaR : Reg::DmaSync;
  register_access(false, arch::offset_of(reg), 0);
}

}  // namespace phbsim::hypervisor
