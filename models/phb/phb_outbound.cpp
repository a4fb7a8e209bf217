// SPDX-License-Identifier: Apache-2.0
// What the processor reaches behind the PHB, what devices report, and the link's time.
#include <algorithm>
#include <cstring>

#include "models/arch/rtt.hpp"
#include "models/base/endian.hpp"
#include "models/phb/phb.hpp"

namespace phbsim::phb {

using arch::Fault;
using arch::Reg;
using stats::Stat;

// ---------------------------------------------------------------------------------------------
// Loads and stores of windows (phb.md 5.8, 6.1, 6.3)

void Phb::access_window(std::uint32_t id) {
  Outbound& o = outbounds_[id];
  tlm::tlm_generic_payload& origin = *o.origin;
  const bool write = origin.is_write();
  const RealAddr addr = origin.get_address();
  const auto type = write ? arch::TransactionType::MmioStore : arch::TransactionType::MmioLoad;
  catch_up();
  o.pe = kNoPe;
  if (state_.fenced() || state_.in_reset()) {
    answer_window(id, true);
    return;
  }
  const auto target = state_.outbound(addr);
  if (!target) {
    raise(Fault::OutboundAddress, kNoPe, 0, addr, type);
    answer_window(id, true);
    return;
  }
  o.pe = target->pe;
  if (state_.mmio_frozen(o.pe)) {
    answer_window(id, true);
    return;
  }
  if (state_.injection_armed() && state_.injects(false, false, write, target->pci)) {
    raise(Fault::InjectedOutbound, o.pe, 0, target->pci, type);
    answer_window(id, true);
    return;
  }
  if (link_is_down()) {
    if (!write) fail_load(o.pe, target->pci, Fault::CompletionUr);
    answer_window(id, true);
    return;
  }
  const unsigned bytes = origin.get_data_length();
  unsigned char* data = origin.get_data_ptr();
  if (write) {
    std::memcpy(o.bytes.data(), data, bytes);
    data = o.bytes.data();
  }
  o.payload.prepare(origin.get_command(), target->pci, bytes, data);
  o.payload.ext.owner = id;
  o.payload.ext.clock.start(engine_.now());
  DmaExtension* ext = o.ext;
  link_out_->send(o.payload);
  if (!write) return;
  origin.set_response_status(tlm::TLM_OK_RESPONSE);
  window_in_->respond(origin, *ext);
}

void Phb::window_answered(DmaPayload& payload) {
  const auto id = static_cast<std::uint32_t>(payload.ext.owner);
  Outbound& o = outbounds_[id];
  if (payload.is_write()) {  // answered long ago
    outbounds_.put(id);
    return;
  }
  if (!payload.is_response_ok()) {
    const bool ur = payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE;
    fail_load(o.pe, payload.get_address(), ur ? Fault::CompletionUr : Fault::CompletionCa);
  }
  const bool ones = !payload.is_response_ok() || state_.fenced() || state_.in_reset();
  if (ones) std::memset(o.origin->get_data_ptr(), 0xFF, o.origin->get_data_length());
  engine_.schedule(engine_.now() + params_.outbound_latency - params_.outbound_latency / 2, this, kWindowDone, id);
}

/// A load that ended badly freezes its PE unless software has switched that off.
void Phb::fail_load(PeNumber pe, BusAddr addr, Fault fault) {
  if (state_.reg(Reg::Ctrlr) & arch::kCtrlrMmioEehDisable) return;
  // [MA] The completer is not known here: the RID says the bus below.
  const auto rid = static_cast<Rid>(state_.root_complex().secondary_bus() << 8);
  raise(fault, pe, rid, addr, arch::TransactionType::MmioLoad);
}

/// `ones`: it never left the PHB; a load reads all ones, a store is dropped.
void Phb::answer_window(std::uint32_t id, bool ones) {
  Outbound& o = outbounds_[id];
  tlm::tlm_generic_payload& origin = *o.origin;
  DmaExtension& ext = *o.ext;
  outbounds_.put(id);
  if (ones && origin.is_read()) std::memset(origin.get_data_ptr(), 0xFF, origin.get_data_length());
  settle();
  origin.set_response_status(tlm::TLM_OK_RESPONSE);
  window_in_->respond(origin, ext);
}

// ---------------------------------------------------------------------------------------------
// ESB pages (phb.md 5.9)

void Phb::access_esb(std::uint32_t id) {
  const RegisterAccess access = accesses_[id];
  accesses_.put(id);
  tlm::tlm_generic_payload& payload = *access.payload;
  const unsigned bytes = payload.get_data_length();
  const unsigned shift = state_.reg(Reg::Ctrlr) & arch::kCtrlrEsb64K ? 16 : 12;
  const auto source = static_cast<std::uint32_t>(payload.get_address() >> shift);
  const auto offset = static_cast<std::uint32_t>(payload.get_address() & 0xFFF);
  const bool there = !state_.fenced() && !state_.in_reset() && source < state_.facts().interrupts;
  if (payload.is_write()) {
    if (there) state_.interrupts().esb_store(source, offset);
  } else {
    std::uint64_t value = there ? state_.interrupts().esb_load(source, offset) : ~0ull;
    for (unsigned i = bytes; i-- > 0; value >>= 8) payload.get_data_ptr()[i] = static_cast<unsigned char>(value);
  }
  settle();
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  esb_in_->respond(payload, *access.ext);
}

// ---------------------------------------------------------------------------------------------
// Messages of devices

void Phb::receive_error(Rid rid, arch::ErrorMessage message) {
  report(message == arch::ErrorMessage::Fatal      ? Fault::ErrFatal
         : message == arch::ErrorMessage::Nonfatal ? Fault::ErrNonfatal
                                                   : Fault::ErrCorrectable,
         rid, 0);
}

void Phb::receive_poisoned(Rid rid, BusAddr addr) { report(Fault::PoisonedTlp, rid, addr); }

void Phb::report(Fault fault, Rid rid, BusAddr addr) {
  catch_up();
  if (closed()) return;
  if (!state_.rtt_enabled()) {
    raise(Fault::RttDisabled, kNoPe, rid, addr, arch::TransactionType::Other);
    return;
  }
  const std::uint32_t id = reports_.take();
  Report& r = reports_[id];
  r.fault = fault;
  r.rid = rid;
  r.addr = addr;
  if (const auto rte = rid_cache_.lookup(rid)) {
    reported(id, *rte);
    return;
  }
  r.rtt.ext.owner = static_cast<std::uint64_t>(kReportOwner) << 32 | id;
  r.rtt.prepare(tlm::TLM_READ_COMMAND, arch::rte_address(state_.rtt_base(), rid), 2, r.rte.data());
  mem_out.send(r.rtt);
}

void Phb::reported(std::uint32_t id, std::uint16_t rte) {
  const Report& r = reports_[id];
  const auto pe = state_.pe_of_rte(rte);
  if (closed()) {
    ++stats_[Stat::PhbDropped];
  } else if (!pe) {
    raise(Fault::RtePeOutOfRange, kNoPe, r.rid, r.addr, arch::TransactionType::Other);
  } else if (r.fault != Fault::PoisonedTlp || !state_.dma_stopped(*pe)) {
    const bool poisoned = r.fault == Fault::PoisonedTlp;
    raise(r.fault, *pe, r.rid, r.addr, poisoned ? arch::TransactionType::DmaWrite : arch::TransactionType::Other);
  }
  reports_.put(id);
}

// ---------------------------------------------------------------------------------------------
// Interrupts, the link, resets

void Phb::send_notifications() {
  arch::InterruptSources& sources = state_.interrupts();
  if (sources.notified() == notified_) return;
  notified_ = sources.notified();
  for (const arch::Notification& n : sources.take())
    if (on_notify) on_notify(n, present());
}

void Phb::follow_link() {
  follows_link_ = true;
  was_active_ = state_.link().link_active();
  link_time_ = present();
  settle();
}

/// Also outside of the engine, which may be behind the kernel there.
Tick Phb::present() const { return std::max(engine_.now(), driver_.kernel_now()); }

bool Phb::link_is_down() const { return follows_link_ && !state_.link().link_active(); }

void Phb::catch_up() {
  const Tick now = present();
  if (!follows_link_ || now <= link_time_) return;
  state_.elapse(now - link_time_);
  link_time_ = now;
}

void Phb::settle() {
  if (state_.in_reset() != was_in_reset_) {
    was_in_reset_ = state_.in_reset();
    if (was_in_reset_) driver_.schedule(present(), this, kEnterReset, 0);
    if (was_in_reset_ && watch_ != nullptr) watch_->reset();
  }
  arm_link();
  send_notifications();
  if (follows_link_ && state_.link().link_active() != was_active_) {
    was_active_ = !was_active_;
    if (on_link) on_link(was_active_);
  }
}

// Events of the link come at their time although nobody asks; a link that waits for nothing has none.
void Phb::arm_link() {
  if (!follows_link_) return;
  const Tick left = state_.link().next_change();
  if (left == kNever) {
    link_event_at_ = kNever;
    return;
  }
  const Tick at = link_time_ + left;
  if (at == link_event_at_) return;
  link_event_at_ = at;
  driver_.schedule(at, this, kLink, 0);
}

/// The ETU's reset empties what the state does not hold: caches and the kill slot.
void Phb::enter_reset() {
  ++rtc_epoch_;
  rid_cache_.invalidate_all();
  if (watch_ != nullptr) {
    if (kill_slot_ != 0) watch_->kill_finished();
    watch_->kill_taken(arch::decode_kill(arch::encode_kill_all(), state_.facts()));
  }
  kill_slot_ = 0;
  sync_started_ = false;
  sync_kept_ = 0;
  send_kill(arch::encode_kill_all());
}

}  // namespace phbsim::phb
