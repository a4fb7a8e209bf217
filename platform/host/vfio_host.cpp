// SPDX-License-Identifier: Apache-2.0
#include "platform/host/vfio_host.hpp"

#include <algorithm>

#include "models/arch/os/errno.hpp"
#include "models/arch/registers.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::host {

using arch::Effect;
using stats::Stat;

VfioHost::VfioHost(const sc_core::sc_module_name& name, EngineDriver& driver, const VfioParams& params,
                   unsigned drivers, unsigned phbs, stats::Registry& registry)
    : sc_module(name),
      engine_(driver.engine()),
      params_(params),
      stats_(registry, this->name(), Stat::VfioMaps, Stat::VfioBusy),
      ports_(driver, drivers, *this),
      cpus_(params.cpus),
      turn_(drivers, 0) {
  for (unsigned i = 0; i < phbs; ++i) {
    effects_out_.push_back(std::make_unique<InitiatorPort>(("effects_out_" + std::to_string(i)).c_str(), driver,
                                                           static_cast<InitiatorPort::Client&>(*this), 0));
  }
  for (unsigned i = 0; i < params.cpus; ++i) cpus_[i].payload.ext.owner = i;
}

std::uint32_t VfioHost::add_domain(const DomainSpec& spec) {
  domains_.emplace_back();
  domains_.back().spec = spec;
  return static_cast<std::uint32_t>(domains_.size() - 1);
}

void VfioHost::called(const PendingCall& call) {
  const std::uint32_t id = calls_.take();
  Call& c = calls_[id];
  c = Call{};
  static_cast<PendingCall&>(c) = call;
  // A device's calls come from its queues' CPUs, one after the other [MA].
  const unsigned i = call.port->index();
  const unsigned spread = std::min(params_.cpus_per_device, params_.cpus);
  c.cpu = (i * spread + turn_[i]++ % spread) % params_.cpus;
  queue(id);
}

/// True if a driver could mean it. What is to be unmapped counts as unmapped from here on.
bool VfioHost::accept(const DriverCall& f) {
  if (f.domain >= domains_.size() || f.length == 0) return false;
  Domain& d = domains_[f.domain];
  if (f.kind == DriverCall::Kind::Map) return f.length - 1 <= ~f.real;
  if (f.kind == DriverCall::Kind::Teardown) {
    d.mapped.clear();
    return true;
  }
  const auto it = d.mapped.find(f.iova);
  if (f.kind != DriverCall::Kind::Unmap || it == d.mapped.end() || f.length != it->second) return false;
  d.mapped.erase(it);
  return true;
}

void VfioHost::queue(std::uint32_t id) {
  Cpu& cpu = cpus_[calls_[id].cpu];
  cpu.waiting.push_back(id);
  if (!cpu.busy) free_cpu(calls_[id].cpu);
}

/// The CPU has nothing to do: the next of its calls enters the kernel.
void VfioHost::free_cpu(unsigned index) {
  Cpu& cpu = cpus_[index];
  cpu.busy = !cpu.waiting.empty();
  if (!cpu.busy) return;
  cpu.running = cpu.waiting.front();
  cpu.waiting.pop_front();
  calls_[cpu.running].begun = engine_.now();
  after(params_.ioctl, kEntered, cpu.running);
}

void VfioHost::acquire(std::uint32_t id) {
  Call& c = calls_[id];
  Domain& d = domain_of(c);
  c.asked = engine_.now();
  if (d.held) {
    d.waiting.push_back(id);
    return;
  }
  d.held = true;
  c.locked = true;
  after(params_.area, kArea, id);
}

void VfioHost::drop_lock(std::uint32_t id) {
  Call& c = calls_[id];
  if (!c.locked) return;
  c.locked = false;
  Domain& d = domain_of(c);
  if (d.waiting.empty()) {
    d.held = false;
    return;
  }
  // It stays held: the next CPU gets it when the line has come over.
  const std::uint32_t next = d.waiting.front();
  d.waiting.pop_front();
  after(params_.lock_handover, kGranted, next);
}

/// Makes the system call. False if a map found no room.
bool VfioHost::perform(std::uint32_t id) {
  Call& c = calls_[id];
  Domain& d = domain_of(c);
  UserMappings& m = *d.spec.mappings;
  c.work.ioctls = 0;
  c.work.pages = 0;
  c.work.effects.clear();
  try {
    switch (c.frame.kind) {
      case DriverCall::Kind::Map:
        c.iova = m.map(c.frame.real, c.frame.length, c.frame.device_reads, c.frame.device_writes, c.work);
        break;
      case DriverCall::Kind::Unmap:
        c.iova = c.frame.iova;
        m.unmap(c.iova, c.frame.length, c.work);
        break;
      case DriverCall::Kind::Teardown:
        m.unmap_all(c.work);
        break;
    }
  } catch (const arch::os::SysError& e) {
    if (c.frame.kind == DriverCall::Kind::Map && e.code() == arch::os::Errno::NoSpc) return false;
    throw UserError(d.spec.name + ": the kernel refuses to " +
                    (c.frame.kind == DriverCall::Kind::Map ? "map " + text::bytes(c.frame.length) + " at real address " +
                                                                 text::hex(c.frame.real)
                                                           : "unmap bus address " + text::hex(c.frame.iova)) +
                    ": " + std::string(arch::os::name_of(e.code())) + ", " + e.what());
  }
  stats_[Stat::VfioIoctls] += c.work.ioctls;
  stats_[Stat::VfioPages] += c.work.pages;
  return true;
}

/// An area of the address space is taken or found; the pages of a map are pinned before it is decided,
/// so that its stores can go out in the order in which tables grow.
void VfioHost::entered_area(std::uint32_t id) {
  Call& c = calls_[id];
  const UserMappings& m = *domain_of(c).spec.mappings;
  if (!m.serial()) drop_lock(id);
  const bool map = c.frame.kind == DriverCall::Kind::Map;
  after(map ? params_.pin_page * m.pinned_by(c.frame.real, c.frame.length) : 0, kDecide, id);
}

void VfioHost::decide(std::uint32_t id) {
  Call& c = calls_[id];
  if (!perform(id)) {
    // The driver gets an error and keeps the request until something is unmapped.
    ++stats_[Stat::VfioFailures];
    stats_[Stat::VfioBusy] += engine_.now() - c.begun;
    drop_lock(id);
    domain_of(c).starved.push_back(id);
    free_cpu(c.cpu);
    return;
  }
  c.sent = 0;
  if (c.work.effects.empty()) {
    after(cost_of(c), kDone, id);
  } else {
    send(id);
  }
}

/// Time of the CPU besides entry, area, pins of a map, and what the machine takes.
Tick VfioHost::cost_of(const Call& c) {
  std::uint64_t stores = 0;
  bool kills = false;
  for (const Effect& e : c.work.effects) {
    stores += e.kind == Effect::Kind::Store8 ? 1 : 0;
    kills = kills || (e.kind == Effect::Kind::Write && e.addr == arch::offset_of(arch::Reg::TceKill));
  }
  stats_[Stat::VfioTces] += stores;
  Tick cost = params_.tce * stores;
  if (kills && domain_of(c).spec.firmware_kills) cost += params_.firmware_call;
  if (c.frame.kind != DriverCall::Kind::Map) cost += params_.pin_page * c.work.pages;
  return cost;
}

void VfioHost::send(std::uint32_t id) {
  Call& c = calls_[id];
  Cpu& cpu = cpus_[c.cpu];
  const std::size_t n = std::min<std::size_t>(c.work.effects.size() - c.sent, EffectFrame::kMaxEffects);
  cpu.frame.resize(n * EffectFrame::kBytes);
  for (std::size_t i = 0; i < n; ++i) EffectFrame::encode(c.work.effects[c.sent + i], cpu.frame.data() + i * EffectFrame::kBytes);
  c.sent += n;
  cpu.payload.prepare(tlm::TLM_WRITE_COMMAND, 0, static_cast<unsigned>(cpu.frame.size()), cpu.frame.data());
  effects_out_[domain_of(c).spec.phb]->send(cpu.payload);
}

void VfioHost::on_response(InitiatorPort&, DmaPayload& payload) {
  const std::uint32_t id = cpus_[payload.ext.owner].running;
  Call& c = calls_[id];
  // A fenced PHB: nothing more reaches it, and its kills are not waited for.
  if (payload.is_response_ok() && c.sent < c.work.effects.size()) {
    send(id);
    return;
  }
  after(cost_of(c), kDone, id);
}

void VfioHost::end(std::uint32_t id) {
  Call& c = calls_[id];
  Domain& d = domain_of(c);
  const bool map = c.frame.kind == DriverCall::Kind::Map;
  if (c.frame.kind == DriverCall::Kind::Unmap) d.spec.mappings->settled(c.iova, c.frame.length);
  drop_lock(id);
  const Tick busy = engine_.now() - c.begun;
  stats_[Stat::VfioBusy] += busy;
  ++stats_[map ? Stat::VfioMaps : Stat::VfioUnmaps];
  stats_[map ? Stat::VfioMapTime : Stat::VfioUnmapTime] += busy;
  if (map) d.mapped[c.iova] = c.frame.length;
  ports_.set_answer(c, c.iova);
  const PendingCall call = c;
  const unsigned cpu = c.cpu;
  calls_.put(id);
  if (!map) {
    // All that wait try again, in their order.
    for (std::deque<std::uint32_t> again = std::move(d.starved); !again.empty(); again.pop_front()) queue(again.front());
    d.starved.clear();
  }
  free_cpu(cpu);
  call.respond();
}

void VfioHost::on_event(std::uint32_t kind, std::uint64_t arg) {
  const auto id = static_cast<std::uint32_t>(arg);
  Call& c = calls_[id];
  switch (kind) {
    case kEntered:
      acquire(id);
      break;
    case kGranted:
      stats_[Stat::VfioLockWait] += engine_.now() - c.asked;
      c.locked = true;
      after(params_.area, kArea, id);
      break;
    case kArea:
      entered_area(id);
      break;
    case kDecide:
      decide(id);
      break;
    case kDone:
      end(id);
      break;
    default:
      break;
  }
}

}  // namespace phbsim::host
