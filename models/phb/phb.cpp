// SPDX-License-Identifier: Apache-2.0
#include "models/phb/phb.hpp"

#include <algorithm>

#include "models/arch/pcie_split.hpp"
#include "models/base/endian.hpp"

namespace phbsim::phb {

using arch::Fault;
using arch::Reg;
using stats::Stage;
using stats::Stat;

namespace {

constexpr std::uint64_t owner_word(std::uint64_t what, std::uint32_t index) { return what << 32 | index; }

}  // namespace

Phb::Phb(const sc_core::sc_module_name& name, EngineDriver& driver, const PhbParams& params, ReadEngines& engines,
         unsigned stack_limit, stats::Registry& registry)
    : sc_module(name),
      link_in("link_in", driver, *this, TargetPort::Release::ByClient, 0, TargetPort::Delivery::Ahead),
      mmio_in("mmio_in", driver, *this, TargetPort::Release::OnArrival, 1),
      tce_out("tce_out", driver, *this, 0),
      kill_out("kill_out", driver, *this, 1),
      mem_out("mem_out", driver, *this, 2),
      driver_(driver),
      engine_(driver.engine()),
      params_(params),
      state_(params.generation, params.size, params.options),
      rid_cache_(params.rid_cache_entries),
      engines_(engines),
      stack_(engines.add_stack(*this, stack_limit)),
      clock_(cycles_to_ticks(1, params.clock_mhz)),
      rid_time_(cycles_to_ticks(params.rid_cycles, params.clock_mhz)),
      tve_time_(cycles_to_ticks(params.tve_cycles, params.clock_mhz)),
      completion_time_(cycles_to_ticks(params.completion_cycles, params.clock_mhz)),
      write_engines_free_(params.write_engines),
      streams_(arch::kRttEntries),
      windows_(state_.facts().tves),
      stats_(registry, this->name(), Stat::PhbReads, Stat::PhbKillsDropped) {
  link_in.plain.rid = params.plain_rid;
  if (params.outbound) {
    TargetPort::Client& target = *this;
    InitiatorPort::Client& initiator = *this;
    window_in_ = std::make_unique<TargetPort>("window_in", driver, target, TargetPort::Release::OnArrival, 2);
    esb_in_ = std::make_unique<TargetPort>("esb_in", driver, target, TargetPort::Release::OnArrival, 3);
    link_out_ = std::make_unique<InitiatorPort>("link_out", driver, initiator, 3);
  }
  epoch_jobs_.push_back(0);
}

void Phb::reset_traffic() { windows_.assign(windows_.size(), {}); }

Tick Phb::on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  if (&port != &link_in) return on_access(port, payload, ext);
  ++stats_[payload.is_write() ? Stat::PhbWrites : Stat::PhbReads];
  const std::uint32_t id = requests_.take();
  Request& r = requests_[id];
  r.payload = &payload;
  r.ext = &ext;
  r.jobs = 0;
  r.fault = Fault::None;
  r.failed = false;
  const BusAddr addr = payload.get_address();
  const unsigned length = payload.get_data_length();
  // TLPs of the link never cross 4 KiB; other requests are taken apart here.
  r.jobs = static_cast<unsigned>(((addr & 4095) + length + 4095) / 4096);
  r.held = r.jobs;
  for (unsigned offset = 0; offset < length;) {
    const auto part = std::min(length - offset, static_cast<unsigned>(4096 - ((addr + offset) & 4095)));
    begin(id, offset, part);
    offset += part;
  }
  return 0;
}

void Phb::begin(std::uint32_t request, unsigned offset, unsigned length) {
  const Request& r = requests_[request];
  const std::uint32_t id = jobs_.take();
  Job& job = jobs_[id];
  job.request = request;
  job.serial = ++serial_;
  job.rid = r.ext->rid;
  job.pe = kNoPe;
  job.addr = r.payload->get_address() + offset;
  job.length = length;
  job.offset = offset;
  job.write = r.payload->is_write();
  job.msi = false;
  job.relaxed = r.ext->relaxed_order;
  job.all_issued = false;
  job.fault = Fault::None;
  job.tve_index = kNone;
  job.lines = 0;
  job.issued = 0;
  job.done = 0;
  job.done_mask = 0;
  job.in_order = 0;
  job.sent = 0;
  job.translated = false;
  job.next_write = kNone;
  job.barrier = kNone;
  job.readers = kNone;
  job.next_reader = kNone;
  if (r.jobs == 1) {
    job.tce.ext.clock.follow(r.ext->clock);
  } else {
    job.tce.ext.clock = r.ext->clock;
  }
  job.tce.ext.owner = id;

  Stream& stream = streams_[job.rid];
  if (job.write) {
    if (stream.first == kNone) {
      stream.first = id;
    } else {
      jobs_[stream.last].next_write = id;
    }
    stream.last = id;
    stream.newest = id;
    stream.newest_serial = job.serial;
  } else if (!job.relaxed) {
    job.barrier = stream.newest;
    job.barrier_serial = stream.newest_serial;
  }

  const Tick start = std::max(link_in.arrival(), pipe_free_);
  const unsigned beats = job.write ? (length + params_.datapath_bytes - 1) / params_.datapath_bytes : 1;
  pipe_free_ = start + beats * clock_;
  job.tce.ext.clock.book(Stage::Queue, start);
  engine_.schedule(start + rid_time_ + tve_time_, this, kDecide, id);
}

void Phb::decide(std::uint32_t id) {
  Job& job = jobs_[id];
  const Tick now = engine_.now();
  job.epoch = epoch_;
  ++epoch_jobs_.back();
  if (closed()) {
    job.tce.ext.clock.book(Stage::RidLookup, now);
    ++stats_[Stat::PhbDropped];
    fail(id, Fault::PeStopped);
    return;
  }
  if (!state_.rtt_enabled()) {
    job.tce.ext.clock.book(Stage::RidLookup, now);
    fail(id, Fault::RttDisabled);
    return;
  }
  if (const auto rte = rid_cache_.lookup(job.rid)) {
    ++stats_[Stat::PhbRidHits];
    job.tce.ext.clock.book(Stage::RidLookup, now - tve_time_);
    route(id, *rte, now, true);
    return;
  }
  ++stats_[Stat::PhbRidMisses];
  job.rtt.ext.owner = owner_word(kRttOwner, id);
  job.rtt.prepare(tlm::TLM_READ_COMMAND, arch::rte_address(state_.rtt_base(), job.rid), 2, job.rte.data());
  job.rtc_epoch = rtc_epoch_;
  job.tce.ext.clock.book(Stage::RidLookup, now - tve_time_);
  job.tce.ext.clock.book(Stage::Tve, now);
  mem_out.send(job.rtt);
}

void Phb::route(std::uint32_t id, std::uint16_t rte, Tick tve_done, bool cached) {
  Job& job = jobs_[id];
  stats::SharedClock& clock = job.tce.ext.clock;
  const auto pe = state_.pe_of_rte(rte);
  if (!pe) {
    clock.book(Stage::Tve, tve_done);
    fail(id, Fault::RtePeOutOfRange);
    return;
  }
  job.pe = *pe;
  if (state_.fenced() || state_.dma_stopped(*pe)) {
    clock.book(Stage::Tve, tve_done);
    ++stats_[Stat::PhbDropped];
    fail(id, Fault::PeStopped);
    return;
  }
  if (state_.injection_armed() && state_.injects(true, false, job.write, job.addr)) {
    clock.book(Stage::Tve, tve_done);
    fail(id, Fault::InjectedInbound);
    return;
  }
  const auto access = job.write ? arch::Access::Write : arch::Access::Read;
  const arch::Route r =
      state_.route(*pe, job.addr, job.length, access, message_data(requests_[job.request], job));
  clock.book(Stage::Tve, tve_done);
  job.tve_index = r.kind == arch::Route::Kind::Msi ? kNone : r.tve_index;
  if (watch_ != nullptr) {
    arch::checker::DmaPart d = watched(job);
    d.rte = rte;
    d.rte_cached = cached;
    d.route = r;
    watch_->dma_selected(d);
    d.real = r.real;
    if (r.kind == arch::Route::Kind::Bypass) watch_->dma_translated(d);
  }
  switch (r.kind) {
    case arch::Route::Kind::Fault:
      if (r.fault == Fault::MsiPeMismatch || r.fault == Fault::MsiSize || r.fault == Fault::MsiAlignment ||
          r.fault == Fault::MsiSource || r.fault == Fault::MsiRead) {
        job.msi = true;
        job.tve_index = kNone;
      }
      fail(id, r.fault);
      return;
    case arch::Route::Kind::Msi:
      job.msi = true;
      job.source = r.source;
      ready(id);
      return;
    case arch::Route::Kind::Bypass:
      ++stats_[Stat::PhbBypassed];
      job.real = r.real;
      job.permissions = arch::kTcePermissions;
      job.page_shift = 12;
      translated(id);
      return;
    case arch::Route::Kind::Translate:
      break;
  }
  ++stats_[Stat::PhbTranslated];
  const Request& request = requests_[job.request];
  job.tce.prepare(request.payload->get_command(), job.addr, job.length, nullptr);
  DmaExtension& ext = job.tce.ext;
  ext.rid = job.rid;
  ext.pe = job.pe;
  job.tve = *r.tve;
  ext.tve = &job.tve;
  ext.bus_addr = job.addr;
  ext.offset = r.offset;
  tce_out.send(job.tce);
}

arch::checker::DmaPart Phb::watched(const Job& job) const {
  arch::checker::DmaPart d;
  d.id = job.serial;
  d.rid = job.rid;
  d.pe = job.pe;
  d.addr = job.addr;
  d.length = job.length;
  d.access = job.write ? arch::Access::Write : arch::Access::Read;
  return d;
}

void Phb::watch_translation(const Job& job, Fault fault) {
  arch::checker::DmaPart d = watched(job);
  d.route.kind = arch::Route::Kind::Translate;
  d.route.tve_index = job.tve_index;
  d.route.tve = &job.tve;
  d.route.offset = job.tce.ext.offset;
  d.fault = fault;
  d.real = job.real;
  watch_->dma_translated(d);
}

std::uint32_t Phb::message_data(const Request& r, const Job& job) const {
  if (!job.write || job.length != 4 || r.ext->no_data) return 0;
  return load_le32(r.payload->get_data_ptr() + job.offset);
}

void Phb::translated(std::uint32_t id) {
  Job& job = jobs_[id];
  const RealAddr first = job.real & ~static_cast<RealAddr>(kLineBytes - 1);
  job.lines = static_cast<unsigned>((job.real + job.length - first + kLineBytes - 1) / kLineBytes);
  ready(id);
}

void Phb::fail(std::uint32_t id, Fault fault) {
  Job& job = jobs_[id];
  record_fault(job, fault);
  job.fault = fault;
  job.lines = 0;
  ready(id);
}

void Phb::record_fault(Job& job, Fault fault) {
  if (job.tve_index != kNone && job.tve_index < windows_.size()) ++windows_[job.tve_index].faults;
  if (fault == Fault::PeStopped) return;
  const auto type = job.msi    ? arch::TransactionType::Msi
                    : job.write ? arch::TransactionType::DmaWrite
                                : arch::TransactionType::DmaRead;
  const auto data = static_cast<std::uint16_t>(job.msi ? message_data(requests_[job.request], job) : 0);
  raise(fault, job.pe, job.rid, job.addr, type, data);
}

arch::FaultRecord Phb::raise(Fault fault, PeNumber pe, Rid rid, BusAddr addr, arch::TransactionType type,
                             std::uint16_t msi_data) {
  ++stats_[Stat::PhbFaults];
  const bool was_clean = pe < state_.facts().max_pes && !state_.dma_stopped(pe) && !state_.mmio_frozen(pe);
  const arch::FaultRecord record = state_.raise(fault, pe, rid, addr, type, nullptr, msi_data);
  if (faults_.size() < kKeptFaults) faults_.push_back({engine_.now(), record});
  if (record.effect.freeze && was_clean && (state_.reg(Reg::PestBar) & arch::kBarEnable)) {
    const std::uint32_t line_id = lines_.take();
    Line& line = lines_[line_id];
    store_be64(line.pest.data(), record.pest.word0);
    store_be64(line.pest.data() + 8, record.pest.word1);
    line.payload.prepare(tlm::TLM_WRITE_COMMAND, (state_.reg(Reg::PestBar) & state_.facts().pest_base_mask) + 16ull * pe,
                         16, line.pest.data());
    line.payload.ext.owner = owner_word(kPestOwner, line_id);
    mem_out.send(line.payload);
  }
  send_notifications();
  return record;
}

// The job knows its real lines (or that it has none); now its requester's order.
void Phb::ready(std::uint32_t id) {
  Job& job = jobs_[id];
  job.translated = true;
  if (job.write) {
    Stream& stream = streams_[job.rid];
    if (stream.first != id) ++stats_[Stat::PhbOrderStalls];
    release_writes(stream);
    return;
  }
  if (job.barrier != kNone) {
    Job& write = jobs_[job.barrier];
    if (write.serial == job.barrier_serial && !write.all_issued) {
      ++stats_[Stat::PhbOrderStalls];
      job.next_reader = write.readers;
      write.readers = id;
      return;
    }
  }
  queue_read(id);
}

void Phb::release_writes(Stream& stream) {
  bool any = false;
  while (stream.first != kNone && jobs_[stream.first].translated) {
    const std::uint32_t id = stream.first;
    stream.first = jobs_[id].next_write;
    if (stream.first == kNone) stream.last = kNone;
    writes_.push_back(id);
    any = true;
  }
  if (any) pump_writes();
}

void Phb::queue_read(std::uint32_t id) {
  if (jobs_[id].lines == 0) {
    issued_all(id);
    complete(id);
    return;
  }
  reads_.push_back(id);
  if (reads_.size() == 1) pump_reads();
}

void Phb::on_engine_free() { pump_reads(); }

void Phb::pump_reads() {
  while (!reads_.empty()) {
    const std::uint32_t id = reads_.front();
    Job& job = jobs_[id];
    while (job.issued < job.lines) {
      if (!engines_.acquire(stack_)) {
        if (stalled_read_ != id) ++stats_[Stat::PhbEngineStalls];
        stalled_read_ = id;
        engines_.wait(stack_);
        return;
      }
      issue_line(id);
    }
    stalled_read_ = kNone;
    reads_.pop_front();
    issued_all(id);
  }
}

void Phb::pump_writes() {
  while (!writes_.empty()) {
    const std::uint32_t id = writes_.front();
    Job& job = jobs_[id];
    while (job.issued < job.lines && write_engines_free_ > 0) {
      --write_engines_free_;
      issue_line(id);
    }
    if (job.issued < job.lines) return;
    writes_.pop_front();
    const bool nothing_to_move = job.lines == 0;
    issued_all(id);
    if (nothing_to_move) complete(id);
  }
}

void Phb::issue_line(std::uint32_t id) {
  Job& job = jobs_[id];
  const Request& r = requests_[job.request];
  const std::uint32_t line_id = lines_.take();
  Line& line = lines_[line_id];
  const RealAddr base = (job.real & ~static_cast<RealAddr>(kLineBytes - 1)) + kLineBytes * job.issued;
  const RealAddr from = std::max(base, job.real);
  const RealAddr to = std::min(base + kLineBytes, job.real + job.length);
  unsigned char* data =
      r.ext->no_data ? nullptr : r.payload->get_data_ptr() + job.offset + static_cast<unsigned>(from - job.real);
  line.payload.prepare(r.payload->get_command(), from, static_cast<unsigned>(to - from), data);
  line.payload.ext.owner = owner_word(kLineOwner, line_id);
  line.job = id;
  line.index = job.issued++;
  line.granted = engine_.now();
  ++stats_[job.write ? Stat::PhbWriteLines : Stat::PhbReadLines];
  mem_out.send(line.payload);
}

// Every line is ordered in memory (or there is none): the receive buffer is free, later reads go.
void Phb::issued_all(std::uint32_t id) {
  Job& job = jobs_[id];
  job.all_issued = true;
  Request& r = requests_[job.request];
  if (--r.held == 0) link_in.release(*r.payload, *r.ext);
  std::uint32_t reader = job.readers;
  job.readers = kNone;
  std::uint32_t ordered = kNone;
  while (reader != kNone) {
    const std::uint32_t next = jobs_[reader].next_reader;
    jobs_[reader].next_reader = ordered;
    ordered = reader;
    reader = next;
  }
  while (ordered != kNone) {
    const std::uint32_t next = jobs_[ordered].next_reader;
    jobs_[ordered].next_reader = kNone;
    queue_read(ordered);
    ordered = next;
  }
}

void Phb::line_done(Line& line, std::uint32_t line_id) {
  const std::uint32_t id = line.job;
  Job& job = jobs_[id];
  const Tick now = engine_.now();
  ++job.done;
  if (!line.payload.is_response_ok() && job.fault == Fault::None) {
    job.fault = Fault::DmaReadError;
    record_fault(job, job.fault);
  }
  stats::SharedClock& clock = job.tce.ext.clock;
  const bool last = job.done == job.lines;
  if (last) {
    clock.book(Stage::Queue, line.granted + line.payload.ext.waited);
    clock.book(Stage::Memory, now);
  }
  if (job.write) {
    lines_.put(line_id);
    ++write_engines_free_;
    if (last) complete(id);
    pump_writes();
    return;
  }
  stats_[Stat::PhbEngineBusy] += now - line.granted;
  job.done_mask |= 1ull << line.index;
  lines_.put(line_id);
  if (!last) {
    while (job.done_mask >> job.in_order & 1) ++job.in_order;
    const Request& r = requests_[job.request];
    if (r.jobs == 1 && job.fault == Fault::None && job.in_order > 0 && completion_time_ == 0) {
      const RealAddr upto = (job.real & ~static_cast<RealAddr>(kLineBytes - 1)) + kLineBytes * job.in_order;
      const auto available = static_cast<unsigned>(upto - job.real);
      for (;;) {
        const auto chunk = static_cast<unsigned>(
            arch::completion_part(job.addr + job.sent, job.length - job.sent, params_.mps, params_.rcb));
        if (job.sent + chunk > available) break;
        job.sent += chunk;
        link_in.partial(*r.payload, *r.ext, chunk);
      }
    }
  } else {
    complete(id);
  }
  engines_.release(stack_);
}

void Phb::complete(std::uint32_t id) {
  if (completion_time_ > 0 && !jobs_[id].write) {
    engine_.schedule(engine_.now() + completion_time_, this, kRespond, id);
    return;
  }
  deliver(id);
}

void Phb::deliver(std::uint32_t id) {
  Job& job = jobs_[id];
  const Request& r = requests_[job.request];
  if (!job.write && job.fault == Fault::None && r.jobs == 1 && job.length - job.sent > 0) {
    // Completions but the last; the last is the response.
    for (;;) {
      const auto chunk = static_cast<unsigned>(
            arch::completion_part(job.addr + job.sent, job.length - job.sent, params_.mps, params_.rcb));
      if (job.sent + chunk >= job.length) break;
      job.sent += chunk;
      link_in.partial(*r.payload, *r.ext, chunk);
    }
  }
  finish(id);
}

void Phb::finish(std::uint32_t id) {
  Job& job = jobs_[id];
  const std::uint32_t request_id = job.request;
  Request& r = requests_[request_id];
  stats::SharedClock& clock = job.tce.ext.clock;
  const Tick now = engine_.now();
  if (completion_time_ > 0 && clock.mark() < now && job.lines > 0) clock.book(Stage::Completion, now);
  clock.book(Stage::Queue, now);
  if (job.fault != Fault::None) {
    r.failed = true;
    if (r.fault == Fault::None) r.fault = job.fault;
  } else if (job.msi) {
    ++stats_[Stat::PhbMsis];
    if (on_msi) on_msi(job.source, now);
    if (state_.interrupts_routed()) {
      state_.interrupts().message(job.source);
      send_notifications();
    }
  } else if (job.tve_index != kNone) {
    WindowTraffic& w = windows_[job.tve_index];
    if (job.write) {
      ++w.writes;
      w.bytes_written += job.length;
    } else {
      ++w.reads;
      w.bytes_read += job.length;
    }
  }
  r.ext->clock.take(clock);
  if (job.offset == 0) {
    r.ext->pe = job.pe;
    r.ext->real = job.real;
    r.ext->permissions = job.permissions;
    r.ext->page_shift = job.page_shift;
  }
  --epoch_jobs_[job.epoch - oldest_epoch_];
  while (epoch_jobs_.size() > 1 && epoch_jobs_.front() == 0) {
    epoch_jobs_.pop_front();
    ++oldest_epoch_;
  }
  if (watch_ != nullptr) watch_->dma_finished(job.serial);
  job.serial = 0;  // a read that remembers this write as its barrier finds it gone
  jobs_.put(id);
  if (--r.jobs > 0) return;
  r.ext->fault = r.fault;
  r.payload->set_response_status(r.failed ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
  tlm::tlm_generic_payload& payload = *r.payload;
  DmaExtension& ext = *r.ext;
  requests_.put(request_id);
  link_in.respond(payload, ext);
}

void Phb::on_response(InitiatorPort& port, DmaPayload& payload) {
  if (&port == &tce_out) {
    const auto id = static_cast<std::uint32_t>(payload.ext.owner);
    if (payload.ext.fault != Fault::None) {
      if (watch_ != nullptr) watch_translation(jobs_[id], payload.ext.fault);
      fail(id, payload.ext.fault);
    } else {
      jobs_[id].real = payload.ext.real;
      jobs_[id].permissions = payload.ext.permissions;
      jobs_[id].page_shift = payload.ext.tve->page_shift;
      if (watch_ != nullptr) watch_translation(jobs_[id], Fault::None);
      translated(id);
    }
    return;
  }
  if (&port == &kill_out) {
    kills_.put(static_cast<std::uint32_t>(payload.ext.owner));
    --kills_pending_;
    ++kills_done_;
    if (watch_ != nullptr) watch_->kill_finished();
    if (sync_after_ != 0 && kills_done_ >= sync_after_) begin_sync();
    if (kill_slot_ != 0) {
      const std::uint64_t value = kill_slot_;
      kill_slot_ = 0;
      send_kill(value);
    }
    return;
  }
  if (&port == link_out_.get()) {
    window_answered(payload);
    return;
  }
  const auto index = static_cast<std::uint32_t>(payload.ext.owner);
  switch (static_cast<Owner>(payload.ext.owner >> 32)) {
    case kLineOwner:
      line_done(lines_[index], index);
      break;
    case kPestOwner:
      lines_.put(index);
      break;
    case kReportOwner:
      // [MA] A report whose RTE cannot be fetched is lost; the fetch error is not.
      if (payload.is_response_ok()) {
        reported(index, load_be16(reports_[index].rte.data()));
      } else {
        raise(Fault::RttFetchError, kNoPe, reports_[index].rid, 0, arch::TransactionType::Other);
        reports_.put(index);
      }
      break;
    case kRttOwner: {
      Job& job = jobs_[index];
      job.tce.ext.clock.book(Stage::Queue, job.tce.ext.clock.mark() + payload.ext.waited);
      job.tce.ext.clock.book(Stage::RidLookup, engine_.now());
      if (!payload.is_response_ok()) {
        fail(index, Fault::RttFetchError);
        break;
      }
      const std::uint16_t rte = load_be16(job.rte.data());
      // An entry fetched before an invalidation serves its request and is not kept.
      if (job.rtc_epoch == rtc_epoch_) rid_cache_.fill(job.rid, rte);
      route(index, rte, engine_.now(), false);
      break;
    }
  }
}

void Phb::on_event(std::uint32_t kind, std::uint64_t arg) {
  switch (kind) {
    case kDecide:
      decide(static_cast<std::uint32_t>(arg));
      break;
    case kRegister:
      access_register(static_cast<std::uint32_t>(arg));
      break;
    case kRespond:
      deliver(static_cast<std::uint32_t>(arg));
      break;
    case kWindow:
      access_window(static_cast<std::uint32_t>(arg));
      break;
    case kWindowDone:
      answer_window(static_cast<std::uint32_t>(arg), false);
      break;
    case kEsb:
      access_esb(static_cast<std::uint32_t>(arg));
      break;
    case kLink:
      if (engine_.now() != link_event_at_) break;
      link_event_at_ = kNever;
      catch_up();
      settle();
      break;
    case kEnterReset:
      enter_reset();
      break;
    default:
      break;
  }
}

}  // namespace phbsim::phb
