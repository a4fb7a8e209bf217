// SPDX-License-Identifier: Apache-2.0
#include "models/hypervisor/hypervisor.hpp"

#include <algorithm>
#include <string>

#include "models/arch/tce_kill.hpp"

namespace phbsim::hypervisor {

using arch::papr::Hcall;
using arch::papr::RtasCall;
using stats::Stat;

namespace {

constexpr unsigned kMaxRtasCells = 16;  ///< of the argument buffer, arguments and returns together [R]
constexpr unsigned kRtasHeader = 12;    ///< token, nargs, nret

}  // namespace

/// The memory that a call may look at: what was read for it.
class Hypervisor::Fetched final : public arch::MemoryView {
 public:
  explicit Fetched(const std::vector<Cpu::Piece>& pieces) : pieces_(pieces) {}
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override {
    for (const Cpu::Piece& p : pieces_) {
      if (addr < p.addr || addr + n > p.addr + p.n) continue;
      const auto from = p.bytes.begin() + static_cast<std::ptrdiff_t>(addr - p.addr);
      std::copy(from, from + static_cast<std::ptrdiff_t>(n), out);
      return;
    }
    std::fill(out, out + n, static_cast<unsigned char>(0));
  }
  void write(RealAddr, const unsigned char*, std::size_t) override {
    throw ModelError("a decision of the hypervisor wrote memory itself");
  }

 private:
  const std::vector<Cpu::Piece>& pieces_;
};

Hypervisor::Hypervisor(const sc_core::sc_module_name& name, EngineDriver& driver, const HypervisorParams& params,
                       arch::papr::Partition& partition, const std::vector<const arch::GenerationFacts*>& phbs,
                       unsigned cpus, stats::Registry& registry)
    : sc_module(name),
      engine_(driver.engine()),
      params_(params),
      partition_(partition),
      phbs_(phbs),
      stats_(registry, this->name(), Stat::HvCalls, Stat::HvBusy),
      policy_(make_named(kKillPolicies, params.kill_policy)),
      mover_("mem_out", driver, *this),
      cpus_(cpus) {
  for (unsigned i = 0; i < phbs_.size(); ++i) {
    sequencers_.push_back(std::make_unique<RegisterSequencer>(
        ("mmio_out_" + std::to_string(i)).c_str(), driver, params.poll_interval,
        RegisterSequencer::Counters{&stats_, Stat::HvKills, Stat::HvPolls},
        static_cast<RegisterSequencer::Client&>(*this)));
  }
  for (unsigned i = 0; i < cpus; ++i) {
    ports_.push_back(std::make_unique<TargetPort>(("guest_in_" + std::to_string(i)).c_str(), driver,
                                                  static_cast<TargetPort::Client&>(*this),
                                                  TargetPort::Release::OnArrival, i));
    cpus_[i].sequences.resize(phbs_.size());
  }
}

Tick Hypervisor::on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  Cpu& cpu = cpus_[port.index()];
  if (payload.is_read()) {
    if (payload.get_address() != HcallFrame::kResultAddress || payload.get_data_length() != HcallFrame::kResultBytes) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return 1;
    }
    cpu.result.encode(payload.get_data_ptr());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return 1;
  }
  // A CPU that is in a call cannot make another.
  if (!payload.is_write() || cpu.payload != nullptr) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return 1;
  }
  if (payload.get_address() != HcallFrame::kCallAddress || payload.get_data_length() != HcallFrame::kCallBytes) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return 1;
  }
  cpu.port = &port;
  cpu.payload = &payload;
  cpu.ext = &ext;
  cpu.frame = HcallFrame::decode(payload.get_data_ptr());
  cpu.result = {};
  cpu.outcome = {};
  cpu.rtas_outcome = {};
  cpu.pieces.clear();
  for (arch::Effects& s : cpu.sequences) s.clear();
  cpu.lock = 0;
  cpu.rtas = false;
  cpu.begun = engine_.now();
  cpu.phase = Phase::Entering;
  ++stats_[Stat::HvCalls];
  after(params_.call_entry, kEntered, port.index());
  return 0;
}

void Hypervisor::on_event(std::uint32_t kind, std::uint64_t arg) {
  const auto cpu = static_cast<std::uint32_t>(arg);
  switch (kind) {
    case kEntered:
      entered(cpu);
      break;
    case kLocked:
      fetch(cpu);
      break;
    case kWorked:
      worked(cpu);
      break;
    case kLeft:
      left(cpu);
      break;
    default:
      break;
  }
}

bool Hypervisor::offers(Hcall call) const {
  const bool several = call == Hcall::StuffTce || call == Hcall::PutTceIndirect;
  return call != Hcall::MigrateDma && (!several || partition_.options().multi_tce);
}

void Hypervisor::entered(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  const auto call = arch::papr::hcall_of(cpu.frame.token);
  if (!call || !offers(*call)) {
    cpu.result.status = arch::papr::kFunction;
    leave(id);
    return;
  }
  if (*call == Hcall::Rtas) {
    ++stats_[Stat::HvRtasCalls];
    cpu.rtas = true;
    cpu.rtas_buffer = cpu.frame.args[0];
    fetch(id);
    return;
  }
  cpu.call.call = *call;
  std::copy(cpu.frame.args.begin(), cpu.frame.args.begin() + 4, cpu.call.a.begin());
  const auto* window = partition_.window(cpu.call.a[0]);
  if (window == nullptr) {
    fetch(id);
    return;
  }
  std::size_t i = 0;
  while (i < locks_.size() && locks_[i]->liobn != window->liobn) ++i;
  if (i == locks_.size()) {
    locks_.push_back(std::make_unique<Lock>());
    locks_.back()->liobn = window->liobn;
  }
  cpu.lock = i + 1;
  cpu.asked_lock = engine_.now();
  locks_[i]->queue.push_back(id);
  if (locks_[i]->queue.size() == 1) fetch(id);
}

void Hypervisor::fetch(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  if (cpu.lock != 0) stats_[Stat::HvLockWait] += engine_.now() - cpu.asked_lock;
  cpu.phase = Phase::Fetching;
  cpu.lines_left = 0;
  if (cpu.rtas) {
    const auto at = partition_.memory().real(cpu.rtas_buffer, kRtasHeader + 4 * kMaxRtasCells);
    if (!at || cpu.rtas_buffer % 4 != 0) {
      cpu.result.status = arch::papr::kParameter;
      leave(id);
      return;
    }
    cpu.lines_left += mover_.read(*at, kRtasHeader + 4 * kMaxRtasCells, id);
  } else {
    for (const auto& r : partition_.reads(cpu.call)) cpu.lines_left += mover_.read(r.addr, r.bytes, id);
    stats_[Stat::HvReadLines] += cpu.lines_left;
  }
  if (cpu.lines_left == 0) fetched(id);
}

void Hypervisor::fetched(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  cpu.phase = Phase::Working;
  if (cpu.rtas) {
    after(params_.rtas_work, kWorked, id);
    return;
  }
  after(params_.tce_work * tces_of(cpu.call), kWorked, id);
}

// TCEs that a call works on. A count that no call takes is seen before any of them is looked at.
std::uint64_t Hypervisor::tces_of(const arch::papr::HcallArgs& call) const {
  const std::uint64_t count = call.a[3];
  const auto* window = partition_.window(call.a[0]);
  if (call.call == Hcall::PutTceIndirect) {
    const arch::papr::PartitionOptions& options = partition_.options();
    const auto liobn = static_cast<std::int64_t>(call.a[0]);
    if (count > arch::papr::kMaxTces) return 0;
    if (window != nullptr) return std::min(count, window->entries);
    if (liobn >= 0 || liobn < arch::papr::kLeastMultiTable || !options.multi_table ||
        options.personality != arch::papr::Personality::Papr) {
      return 0;
    }
    const auto tables = static_cast<std::uint64_t>(-liobn);
    return count + tables > arch::papr::kMaxTces ? 0 : count * tables;
  }
  if (window == nullptr) return 0;
  if (call.call != Hcall::StuffTce) return 1;
  const bool taken = count <= window->entries && (count <= arch::papr::kMaxTces || !partition_.facts().stuff_limited);
  return taken ? count : 0;
}

void Hypervisor::worked(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  if (cpu.rtas) {
    perform_rtas(id);
    return;
  }
  cpu.outcome = partition_.perform(cpu.call, Fetched(cpu.pieces));
  arch::papr::HcallOutcome& out = cpu.outcome;
  cpu.result.status = out.status;
  cpu.result.r4 = out.r4;
  if (out.userspace) ++stats_[Stat::HvUserspace];
  // A list may set some TCEs and clear others. Links have permissions: a store without any clears.
  const auto clears_one = [](const arch::Effect& e) { return (e.value & arch::kTcePermissions) == 0; };
  const bool clears = cpu.call.call == Hcall::StuffTce ||
                      (cpu.call.call == Hcall::PutTce && (cpu.call.a[2] & arch::kTcePermissions) == 0) ||
                      std::any_of(out.stores.begin(), out.stores.end(), clears_one);
  std::vector<std::uint64_t> words;
  for (const arch::papr::TceChange& c : out.changes) {
    stats_[Stat::HvTces] += c.count;
    if (!clears && !params_.kill_on_map) continue;
    words.clear();
    policy_->plan(c.pe, c.iova, c.count, c.page_shift, *phbs_[c.phb], words);
    arch::plan_kills(words, params_.dma_sync, cpu.sequences[c.phb], phbs_[c.phb]->sync_has_writes);
  }
  cpu.phase = Phase::Storing;
  cpu.lines_left = static_cast<unsigned>(out.stores.size()) + 1;  // at most; held until all are sent
  const unsigned lines = mover_.store(out.stores, id);
  stats_[Stat::HvStoreLines] += lines;
  cpu.lines_left -= static_cast<unsigned>(out.stores.size()) - lines;
  stored(id);
}

void Hypervisor::perform_rtas(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  const Fetched memory(cpu.pieces);
  const RealAddr at = *partition_.memory().real(cpu.rtas_buffer, kRtasHeader + 4 * kMaxRtasCells);
  const auto cell = [&](unsigned i) {
    unsigned char b[4];
    memory.read(at + 4ull * i, b, 4);
    return load_be32(b);
  };
  const std::uint32_t nargs = cell(1);
  const std::uint32_t nret = cell(2);
  const auto call = arch::papr::rtas_call_of(cell(0));
  if (!call || nargs > kMaxRtasCells || nret > kMaxRtasCells || nargs + nret > kMaxRtasCells || nret == 0) {
    cpu.result.status = arch::papr::kParameter;
    leave(id);
    return;
  }
  std::vector<std::uint32_t> args(nargs);
  for (unsigned i = 0; i < nargs; ++i) args[i] = cell(3 + i);
  cpu.rtas_outcome = partition_.rtas(*call, args, nret);
  auto& out = cpu.rtas_outcome;
  if (out.rets.size() > nret) out.rets.resize(nret);
  cpu.rtas_cells = at + kRtasHeader + 4ull * nargs;
  if (!out.effects.empty()) cpu.sequences[out.phb] = out.effects;
  kill(id);
}

// The answer tells of hardware that is ready.
void Hypervisor::answer_rtas(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  auto& out = cpu.rtas_outcome;
  if (cpu.result.status == arch::papr::kHardware) {
    out.status = arch::papr::kRtasHardware;
    out.rets = {static_cast<std::uint32_t>(out.status)};
  }
  std::array<unsigned char, 4 * kMaxRtasCells> bytes{};
  for (std::size_t i = 0; i < out.rets.size(); ++i) store_be32(bytes.data() + 4 * i, out.rets[i]);
  cpu.phase = Phase::Storing;
  cpu.lines_left = 1 + 2;  // a held one; few enough cells for two lines
  const unsigned lines = mover_.write(cpu.rtas_cells, bytes.data(), static_cast<unsigned>(4 * out.rets.size()), id);
  cpu.lines_left -= 2 - lines;
  stored(id);
}

void Hypervisor::line_done(std::uint64_t owner, bool read, RealAddr addr, const unsigned char* bytes, unsigned n) {
  const auto id = static_cast<std::uint32_t>(owner);
  Cpu& cpu = cpus_[id];
  if (!read) {
    stored(id);
    return;
  }
  Cpu::Piece piece{addr, {}, n};
  std::copy(bytes, bytes + n, piece.bytes.begin());
  // Pieces of one read lie side by side; a doubleword never straddles two lines.
  cpu.pieces.push_back(piece);
  if (--cpu.lines_left == 0) fetched(id);
}

void Hypervisor::stored(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  if (--cpu.lines_left > 0) return;
  if (cpu.rtas) {
    leave(id);
    return;
  }
  unlock(id);
  kill(id);
}

void Hypervisor::unlock(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  if (cpu.lock == 0) return;
  Lock& lock = *locks_[cpu.lock - 1];
  PHBSIM_ASSERT(lock.queue.front() == id);
  lock.queue.pop_front();
  cpu.lock = 0;
  if (!lock.queue.empty()) after(params_.lock_handover, kLocked, lock.queue.front());
}

void Hypervisor::kill(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  cpu.phase = Phase::Killing;
  cpu.sequences_left = 1;
  for (unsigned p = 0; p < phbs_.size(); ++p) {
    if (cpu.sequences[p].empty()) continue;
    ++cpu.sequences_left;
    sequencers_[p]->run(cpu.sequences[p], id);
  }
  sequence_done(id, true);
}

void Hypervisor::sequence_done(std::uint64_t id, bool ok) {
  Cpu& cpu = cpus_[id];
  // A fenced PHB cannot be told anything: unrecoverable for the caller (2.3).
  if (!ok) cpu.result.status = arch::papr::kHardware;
  if (--cpu.sequences_left > 0) return;
  if (cpu.rtas) {
    answer_rtas(static_cast<std::uint32_t>(id));
  } else {
    leave(static_cast<std::uint32_t>(id));
  }
}

void Hypervisor::leave(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  unlock(id);
  cpu.phase = Phase::Returning;
  const Tick extra = !cpu.rtas && cpu.outcome.userspace ? params_.userspace_exit : 0;
  after(params_.call_exit + extra, kLeft, id);
}

void Hypervisor::left(std::uint32_t id) {
  Cpu& cpu = cpus_[id];
  stats_[Stat::HvBusy] += engine_.now() - cpu.begun;
  const bool rtas_failed = cpu.rtas && cpu.rtas_outcome.status != arch::papr::kRtasSuccess;
  if (cpu.result.status != arch::papr::kSuccess || rtas_failed) ++stats_[Stat::HvErrors];
  tlm::tlm_generic_payload& payload = *cpu.payload;
  DmaExtension& ext = *cpu.ext;
  cpu.payload = nullptr;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  cpu.port->respond(payload, ext);
}

}  // namespace phbsim::hypervisor
