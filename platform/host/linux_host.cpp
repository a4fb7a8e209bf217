// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux_host.hpp"

#include <algorithm>
#include <string>

#include "models/arch/papr/calls.hpp"
#include "models/base/bits.hpp"

namespace phbsim::host {

using arch::papr::Hcall;
using stats::Stat;

namespace {

/// Pages that hold the CPUs' TCE lists: kernel memory below everything that buffers use [MA].
constexpr RealAddr kListPages = 16 * kMiB;

}  // namespace

LinuxHost::LinuxHost(const sc_core::sc_module_name& name, EngineDriver& driver, const LinuxParams& params,
                     unsigned drivers, unsigned phbs, stats::Registry& registry)
    : sc_module(name),
      mem_out("mem_out", driver, *this, 0),
      engine_(driver.engine()),
      driver_(driver),
      params_(params),
      lazy_(params.iova == "dma_iommu_lazy"),
      generic_(params.iova != "iommu_table"),
      tce_calls_(make_named(kTceCalls, params.multi_tce ? "pseries" : "pseries-single")),
      bare_calls_(make_named(kTceCalls, "powernv")),
      stats_(registry, this->name(), Stat::LinuxMaps, Stat::LinuxBusy),
      ports_(driver, drivers, *this),
      cpus_(params.cpus),
      turn_(drivers, 0) {
  for (unsigned i = 0; i < phbs; ++i) {
    tce_out_.push_back(std::make_unique<InitiatorPort>(("tce_out_" + std::to_string(i)).c_str(), driver,
                                                       static_cast<InitiatorPort::Client&>(*this), 2));
  }
  for (unsigned i = 0; i < params.cpus; ++i) {
    cpus_[i].payload.ext.owner = i;
    if (phbs != 0) continue;
    cpus_[i].hcall_out = std::make_unique<InitiatorPort>(("hcall_out_" + std::to_string(i)).c_str(), driver,
                                                         static_cast<InitiatorPort::Client&>(*this), 1);
  }
}

std::uint32_t LinuxHost::add_domain(const DomainSpec& spec) {
  auto d = std::make_unique<Domain>();
  d->spec = spec;
  d->params.page_shift = spec.page_shift;
  d->params.first_page = spec.start >> spec.page_shift;
  d->params.pages = spec.size >> spec.page_shift;
  d->params.cpus = params_.cpus;
  d->params.cpu_page_shift = log2_floor(params_.page_size);
  d->params.table = params_.table;
  d->params.generic = params_.generic;
  d->space = make_iova_space(params_.iova, d->params);
  d->locks.resize(d->space->locks());
  domains_.push_back(std::move(d));
  return static_cast<std::uint32_t>(domains_.size() - 1);
}

void LinuxHost::end_of_run() {
  stats_[Stat::LinuxFreePages] = 0;
  stats_[Stat::LinuxLargestRun] = 0;
  stats_[Stat::LinuxCacheHits] = 0;
  for (const auto& d : domains_) {
    const IovaFragmentation f = d->space->fragmentation();
    stats_[Stat::LinuxFreePages] += f.free_pages;
    stats_[Stat::LinuxLargestRun] += f.largest_free_run;
    stats_[Stat::LinuxCacheHits] += d->space->stats().cache_hits;
  }
}

void LinuxHost::called(const PendingCall& call) {
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
bool LinuxHost::accept(const DriverCall& f) {
  if (f.domain >= domains_.size() || f.length == 0) return false;
  Domain& d = *domains_[f.domain];
  const unsigned shift = d.spec.page_shift;
  const auto pages = [&](std::uint64_t address) {  // of no more than the window
    return ((address & low_mask(shift)) + f.length + low_mask(shift)) >> shift;
  };
  switch (f.kind) {
    case DriverCall::Kind::Map:
      return f.length <= d.spec.size && f.length - 1 <= ~f.real &&
             pages(f.real) <= std::min(d.params.pages, MapCommand::kMaxPages);
    case DriverCall::Kind::Unmap: {
      const auto it = d.mapped.find(f.iova);
      if (it == d.mapped.end() || f.length > d.spec.size || pages(f.iova) != it->second) return false;
      d.mapped.erase(it);
      return true;
    }
    case DriverCall::Kind::Teardown:
      // A partition clears its windows by calls; nobody tears one down at once.
      return !d.spec.hypervised;
  }
  return false;
}

void LinuxHost::queue(std::uint32_t id) {
  Cpu& cpu = cpus_[calls_[id].cpu];
  cpu.waiting.push_back(id);
  if (!cpu.busy) free_cpu(calls_[id].cpu);
}

/// The CPU has nothing to do: the next of its calls begins.
void LinuxHost::free_cpu(unsigned index) {
  Cpu& cpu = cpus_[index];
  cpu.busy = !cpu.waiting.empty();
  if (!cpu.busy) return;
  cpu.running = cpu.waiting.front();
  cpu.waiting.pop_front();
  Call& c = calls_[cpu.running];
  c.begun = engine_.now();
  const Tick entry = c.payload == nullptr ? 0
                     : c.frame.kind == DriverCall::Kind::Map ? params_.request_work + params_.map_entry
                                                             : params_.unmap_entry;
  after(entry, kBegin, cpu.running);
}

void LinuxHost::begin(std::uint32_t id) {
  Call& c = calls_[id];
  Domain& d = domain_of(c);
  if (c.payload == nullptr) {
    c.releasing = true;
    c.release = IovaSpace::flush_timer(c.cpu, engine_.now());
    advance(id);
    return;
  }
  if (c.frame.kind == DriverCall::Kind::Map) {
    DmaBuffer buffer;
    buffer.cpu = c.cpu;
    buffer.address = c.frame.real;
    buffer.length = c.frame.length;
    c.search = search_for(d.params, buffer);
    c.releases = d.releases;
    advance(id);
    return;
  }
  const unsigned shift = d.spec.page_shift;
  if (c.frame.kind == DriverCall::Kind::Teardown) {
    after(d.spec.firmware_kills ? params_.firmware_call : 0, kKill, id);
    return;
  }
  c.iova = c.frame.iova;
  c.first = c.iova >> shift;
  c.pages = ((c.iova + c.frame.length - 1) >> shift) - c.first + 1;
  c.release.cpu = c.cpu;
  c.release.first = c.first;
  c.release.pages = c.pages;
  c.plan.clear();
  const TceWindow window{d.spec.liobn, shift};
  (d.spec.hypervised ? *tce_calls_ : *bare_calls_).unmap(window, c.first << shift, c.pages, c.plan);
  c.next = 0;
  program(id);
}

// -- the allocator, step by step ------------------------------------------------------------------

void LinuxHost::advance(std::uint32_t id) {
  Call& c = calls_[id];
  const IovaSpace& space = *domain_of(c).space;
  const int lock = c.releasing ? space.lock_of(c.release) : space.lock_of(c.search);
  if (lock == c.lock) {
    step(id);
    return;
  }
  drop_lock(id);
  if (lock == kNoLock) {
    step(id);
  } else {
    acquire(id, lock);
  }
}

void LinuxHost::acquire(std::uint32_t id, int lock) {
  Call& c = calls_[id];
  Lock& l = domain_of(c).locks[static_cast<unsigned>(lock)];
  c.wanted = lock;
  c.asked = engine_.now();
  if (l.held) {
    l.waiting.push_back(id);
    return;
  }
  l.held = true;
  c.lock = lock;
  step(id);
}

void LinuxHost::drop_lock(std::uint32_t id) {
  Call& c = calls_[id];
  if (c.lock == kNoLock) return;
  Lock& l = domain_of(c).locks[static_cast<unsigned>(c.lock)];
  c.lock = kNoLock;
  if (l.waiting.empty()) {
    l.held = false;
    return;
  }
  // It stays held: the next CPU gets it when the line has come over.
  const std::uint32_t next = l.waiting.front();
  l.waiting.pop_front();
  after(params_.lock_handover + params_.lock_waiter * l.waiting.size(), kGranted, next);
}

void LinuxHost::step(std::uint32_t id) {
  Call& c = calls_[id];
  IovaSpace& space = *domain_of(c).space;
  if (c.releasing) {
    c.release.now = engine_.now();
    c.step = space.step(c.release);
  } else {
    c.step = space.step(c.search);
  }
  stats_[Stat::LinuxProbes] += c.step.probes;
  after(cost_of(c), kStepped, id);
}

Tick LinuxHost::cost_of(const Call& c) const {
  if (c.lock == kNoLock) return params_.cache_step;
  const Tick search = generic_ ? c.step.probes * params_.probe_node : (c.step.probes + 63) / 64 * params_.probe_word;
  return params_.lock_hold + search;
}

void LinuxHost::stepped(std::uint32_t id) {
  Call& c = calls_[id];
  Domain& d = domain_of(c);
  const unsigned shift = d.spec.page_shift;
  if (c.step.kill_all) {
    ++stats_[Stat::LinuxFlushes];
    c.flushing = true;
    // Under a hypervisor the kill came with the clearing call.
    if (d.spec.hypervised) {
      programmed(id, 0);
    } else {
      after(d.spec.firmware_kills ? params_.firmware_call : 0, kKill, id);
    }
    return;
  }
  if (!c.step.done) {
    advance(id);
    return;
  }
  drop_lock(id);
  if (c.releasing) {
    end(id);
    return;
  }
  if (!c.step.found) {
    starve(id);
    return;
  }
  c.first = c.step.first;
  c.pages = c.search.pages;
  c.iova = bus_address(d.params, c.first, c.frame.real);
  const DmaDirection direction = c.frame.device_writes && c.frame.device_reads ? DmaDirection::Bidirectional
                                 : c.frame.device_writes                       ? DmaDirection::FromDevice
                                                                               : DmaDirection::ToDevice;
  c.plan.clear();
  c.next = 0;
  const TceWindow window{d.spec.liobn, shift};
  (d.spec.hypervised ? *tce_calls_ : *bare_calls_)
      .map(window, c.first << shift, c.frame.real, c.pages, direction, c.plan);
  program(id);
}

/// The driver gets an error and keeps the request for later.
void LinuxHost::starve(std::uint32_t id) {
  Call& c = calls_[id];
  ++stats_[Stat::LinuxFailures];
  stats_[Stat::LinuxBusy] += engine_.now() - c.begun;
  Domain& d = domain_of(c);
  d.starved.push_back({id, c.releases, true});
  // Pages that came back while it looked may be the ones it wants.
  retry(d, c.releases == d.releases ? &c.search : nullptr);
  free_cpu(c.cpu);
}

/// One map that has not looked since the last release asks again: the one that waits longest, or
/// behind one that `failed` now, one that wants less. Each that ends calls for the next.
void LinuxHost::retry(Domain& d, const IovaSearch* failed) {
  for (auto it = d.starved.begin(); it != d.starved.end(); ++it) {
    const IovaSearch& wanted = calls_[it->id].search;
    if (it->releases == d.releases) continue;
    if (failed != nullptr && wanted.pages >= failed->pages && wanted.align_order >= failed->align_order) continue;
    const std::uint32_t id = it->id;
    d.starved.erase(it);
    queue(id);
    return;
  }
}

// -- TCEs -----------------------------------------------------------------------------------------

void LinuxHost::program(std::uint32_t id) {
  Call& c = calls_[id];
  const Domain& d = domain_of(c);
  while (c.next < c.plan.size()) {
    const TceCall& t = c.plan[c.next];
    switch (t.kind) {
      case TceCall::Kind::Store: {
        stats_[Stat::LinuxTces] += t.count;
        Tick cost = params_.tce_store * t.count;
        MapCommand::Kind kind = MapCommand::Kind::Put;
        if (t.tce == 0) kind = lazy_ ? MapCommand::Kind::ClearOnly : MapCommand::Kind::Clear;
        // The agent's kill after the stores; ClearOnly has none.
        const bool kills = kind == MapCommand::Kind::Clear || (kind == MapCommand::Kind::Put && d.spec.kill_on_map);
        if (kills && d.spec.firmware_kills)
          cost += params_.firmware_call * (d.spec.kill_each_page ? t.count : 1);
        if (t.tce != 0) cost += params_.pin_page * t.count;
        after(cost, kProgram, id);
        return;
      }
      case TceCall::Kind::KillPages:
      case TceCall::Kind::KillPe:
        ++c.next;  // the agent's kill policy has done it
        break;
      case TceCall::Kind::Put:
      case TceCall::Kind::Indirect:
      case TceCall::Kind::Stuff:
        stats_[Stat::LinuxTces] += t.count;
        after(1 + (t.kind == TceCall::Kind::Indirect ? params_.list_entry * t.count : 0) +
                  (c.frame.kind == DriverCall::Kind::Map && !c.failed ? params_.pin_page * t.count : 0),
              kProgram, id);
        return;
    }
  }
  if (c.frame.kind != DriverCall::Kind::Unmap || c.releasing) {
    end(id);
  } else {
    c.releasing = true;
    advance(id);
  }
}

void LinuxHost::table_command(std::uint32_t id, MapCommand::Kind kind, BusAddr ioba, std::uint64_t count,
                              std::uint64_t tce, std::uint64_t stride) {
  const Call& c = calls_[id];
  const DomainSpec& spec = domain_of(c).spec;
  Cpu& cpu = cpus_[c.cpu];
  MapCommand m;
  m.kind = kind;
  m.table = spec.table;
  m.index = (ioba - spec.table_base) >> spec.page_shift;
  m.count = count;
  m.tce = tce;
  m.stride = stride;
  m.encode(cpu.frame.data());
  cpu.doing = Cpu::Doing::Table;
  cpu.payload.prepare(tlm::TLM_WRITE_COMMAND, 0, MapCommand::kBytes, cpu.frame.data());
  tce_out_[spec.phb]->send(cpu.payload);
}

void LinuxHost::make_hcall(std::uint32_t id) {
  const Call& c = calls_[id];
  const TceCall& t = c.plan[c.next];
  Cpu& cpu = cpus_[c.cpu];
  HcallFrame frame;
  switch (t.kind) {
    case TceCall::Kind::Put:
      frame.token = arch::papr::spec_of(Hcall::PutTce).token;
      frame.args = {t.liobn, t.ioba, t.tce};
      break;
    case TceCall::Kind::Indirect:
      frame.token = arch::papr::spec_of(Hcall::PutTceIndirect).token;
      frame.args = {t.liobn, t.ioba, kListPages + 4096ull * c.cpu, t.count};
      break;
    default:
      frame.token = arch::papr::spec_of(Hcall::StuffTce).token;
      frame.args = {t.liobn, t.ioba, t.tce, t.count};
      break;
  }
  ++stats_[Stat::LinuxHypercalls];
  frame.encode(cpu.frame.data());
  cpu.doing = Cpu::Doing::Hcall;
  cpu.payload.prepare(tlm::TLM_WRITE_COMMAND, HcallFrame::kCallAddress, HcallFrame::kCallBytes, cpu.frame.data());
  cpu.hcall_out->send(cpu.payload);
}

void LinuxHost::on_response(InitiatorPort&, DmaPayload& payload) {
  Cpu& cpu = cpus_[payload.ext.owner];
  const std::uint32_t id = cpu.running;
  switch (cpu.doing) {
    case Cpu::Doing::List:
      make_hcall(id);
      break;
    case Cpu::Doing::Hcall:
      cpu.doing = Cpu::Doing::Result;
      payload.prepare(tlm::TLM_READ_COMMAND, HcallFrame::kResultAddress, HcallFrame::kResultBytes, cpu.frame.data());
      cpu.hcall_out->send(payload);
      break;
    case Cpu::Doing::Result:
      programmed(id, HcallResult::decode(cpu.frame.data()).status);
      break;
    case Cpu::Doing::Table:
      programmed(id, payload.is_response_ok() ? 0 : arch::papr::kHardware);
      break;
  }
}

void LinuxHost::programmed(std::uint32_t id, std::int64_t status) {
  Call& c = calls_[id];
  if (c.frame.kind == DriverCall::Kind::Teardown) {
    end(id);
    return;
  }
  if (c.flushing) {
    c.flushing = false;
    advance(id);
    return;
  }
  const Domain& d = domain_of(c);
  if (d.spec.hypervised && c.frame.kind == DriverCall::Kind::Map && !c.failed) {
    const TceWindow window{d.spec.liobn, d.spec.page_shift};
    const MapVerdict verdict = tce_calls_->after(window, c.plan, c.next, static_cast<long>(status));
    if (verdict.logged) ++stats_[Stat::LinuxLogged];
    if (verdict.failed) {
      // What was mapped is cleared again; the pages go back, and the driver tries later.
      c.failed = true;
      c.plan = verdict.undo;
      c.next = 0;
      program(id);
      return;
    }
    if (!verdict.go_on) c.next = c.plan.size() - 1;
  } else if (status != 0) {
    ++stats_[Stat::LinuxLogged];
  }
  ++c.next;
  program(id);
}

// -- the end of a call ----------------------------------------------------------------------------

void LinuxHost::end(std::uint32_t id) {
  Call& c = calls_[id];
  if (c.failed && !c.releasing) {
    c.releasing = true;
    c.release = {};
    c.release.cpu = c.cpu;
    c.release.first = c.first;
    c.release.pages = c.pages;
    advance(id);
    return;
  }
  Domain& d = domain_of(c);
  const Tick busy = engine_.now() - c.begun;
  stats_[Stat::LinuxBusy] += busy;
  const unsigned cpu = c.cpu;
  const std::uint32_t domain = c.frame.domain;
  const bool released = c.releasing;
  if (c.failed) {
    ++stats_[Stat::LinuxFailures];
    c.failed = false;
    c.releasing = false;
    // Its pages are there again for those that found none.
    for (Domain::Starved& s : d.starved)
      if (s.no_pages) s.releases = kNever;
    d.starved.push_back({id, c.releases, false});
    arm_timer(domain);
    retry(d, nullptr);
    free_cpu(cpu);
    return;
  }
  const PendingCall call = c;
  if (call.payload != nullptr) {
    const bool map = c.frame.kind == DriverCall::Kind::Map;
    ++stats_[map ? Stat::LinuxMaps : Stat::LinuxUnmaps];  // a teardown is one of the latter
    stats_[map ? Stat::LinuxMapTime : Stat::LinuxUnmapTime] += busy;
    if (map) d.mapped[c.iova] = c.pages;
    ports_.set_answer(call, c.iova);
  } else {
    d.timer = kNever;
  }
  calls_.put(id);
  if (released) {
    ++d.releases;
    arm_timer(domain);
  }
  retry(d, nullptr);
  free_cpu(cpu);
  if (call.payload != nullptr) call.respond();
}

void LinuxHost::arm_timer(std::uint32_t index) {
  Domain& d = *domains_[index];
  if (d.timer != kNever || d.space->flush_due() == kNever) return;
  d.timer = std::max(d.space->flush_due(), engine_.now());
  engine_.schedule(d.timer, this, kFlush, index);
}

void LinuxHost::on_event(std::uint32_t kind, std::uint64_t arg) {
  const auto id = static_cast<std::uint32_t>(arg);
  switch (kind) {
    case kBegin:
      begin(id);
      break;
    case kGranted: {
      Call& c = calls_[id];
      stats_[Stat::LinuxLockWait] += engine_.now() - c.asked;
      c.lock = c.wanted;
      step(id);
      break;
    }
    case kStepped:
      stepped(id);
      break;
    case kProgram: {
      Call& c = calls_[id];
      const TceCall t = c.plan[c.next];
      if (t.kind == TceCall::Kind::Store) {
        MapCommand::Kind command = MapCommand::Kind::Put;
        if (t.tce == 0) command = lazy_ ? MapCommand::Kind::ClearOnly : MapCommand::Kind::Clear;
        table_command(id, command, t.ioba, t.count, t.tce, t.stride);
      } else if (t.kind == TceCall::Kind::Indirect) {
        Cpu& cpu = cpus_[c.cpu];
        for (std::uint64_t i = 0; i < t.count; ++i) store_be64(cpu.list.data() + 8 * i, t.tce + i * t.stride);
        cpu.doing = Cpu::Doing::List;
        cpu.payload.prepare(tlm::TLM_WRITE_COMMAND, kListPages + 4096ull * c.cpu, static_cast<unsigned>(8 * t.count),
                            cpu.list.data());
        mem_out.send(cpu.payload);
      } else {
        make_hcall(id);
      }
      break;
    }
    case kKill: {
      const DomainSpec& spec = domain_of(calls_[id]).spec;
      if (calls_[id].frame.kind == DriverCall::Kind::Teardown) {
        table_command(id, MapCommand::Kind::ClearAll, spec.start, spec.size >> spec.page_shift, 0, 0);
      } else {
        table_command(id, MapCommand::Kind::KillPe, spec.table_base, 1, 0, 0);
      }
      break;
    }
    case kFlush: {
      const std::uint32_t call = calls_.take();
      Call& c = calls_[call];
      c = Call{};
      c.frame.domain = id;
      c.frame.kind = DriverCall::Kind::Unmap;
      c.cpu = 0;
      queue(call);
      break;
    }
    default:
      break;
  }
}

}  // namespace phbsim::host
