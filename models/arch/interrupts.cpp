// SPDX-License-Identifier: Apache-2.0
#include "models/arch/interrupts.hpp"

namespace phbsim::arch {

namespace {
constexpr std::uint64_t kIveStride128 = ppc_bit(24);  // of PHB3's control register: 128 bytes an IVE, else 16
constexpr std::uint64_t kPqChecked = ppc_bit(1);      // of a notification's data
constexpr std::uint64_t kAbtInject = 0x800;           // ABT mode: the PQ state was checked here
constexpr std::uint64_t id(Reg r) { return static_cast<std::uint64_t>(r); }
}  // namespace

std::vector<Notification> InterruptSources::take() {
  std::vector<Notification> out;
  out.swap(pending_);
  return out;
}

void InterruptSources::keep(const Notification& n) {
  ++notified_;
  if (pending_.size() < kKept) pending_.push_back(n);
}

void InterruptSources::reset() {
  ivc_ = {};
  next_ivc_ = 0;
}

std::uint32_t InterruptSources::lsi_source(unsigned index) const {
  const std::uint64_t base = file_->get(static_cast<std::uint16_t>(id(Reg::LsiSourceId))) >> 51;
  return (static_cast<std::uint32_t>(base) * 8 + index) & (facts_->interrupts - 1);
}

int InterruptSources::lsi_of(std::uint32_t source) const {
  const std::uint32_t first = lsi_source(0);
  return source >= first && source < first + kLsis ? static_cast<int>(source - first) : -1;
}

// -- PHB3's table in memory ---------------------------------------------------------------------

bool InterruptSources::ivt_enabled() const {
  return facts_->generation == Generation::Phb3 && memory_ != nullptr &&
         (file_->get(static_cast<std::uint16_t>(id(Reg::IvtBar))) & kBarEnable) != 0;
}

RealAddr InterruptSources::ive_address(std::uint32_t source) const {
  const std::uint64_t bar = file_->get(static_cast<std::uint16_t>(id(Reg::IvtBar)));
  const bool wide = (file_->get(static_cast<std::uint16_t>(id(Reg::Ctrlr))) & kIveStride128) != 0;
  return (bar & ppc_mask(14, 48)) + (wide ? 128ull : 16ull) * source;
}

InterruptSources::CachedIve& InterruptSources::cached(std::uint32_t source) {
  for (CachedIve& c : ivc_)
    if (c.valid && c.source == source) return c;
  CachedIve& c = ivc_[next_ivc_];
  next_ivc_ = (next_ivc_ + 1) % ivc_.size();
  c = {source, true, memory_->read_be64(ive_address(source))};
  return c;
}

void InterruptSources::store_ive(CachedIve& entry) { memory_->write_be64(ive_address(entry.source), entry.ive); }

void InterruptSources::ivc_invalidate(std::uint64_t value) {
  const bool all = (value & ppc_bit(0)) != 0;
  const auto source = static_cast<std::uint32_t>(Field<16, 31>::get(value));
  for (CachedIve& c : ivc_)
    if (all || c.source == source) c.valid = false;
}

void InterruptSources::ivc_update(std::uint64_t value) {
  if (!ivt_enabled()) return;
  const auto source = static_cast<std::uint32_t>(Field<48, 63>::get(value));
  if (source >= facts_->interrupts) return;
  CachedIve& c = cached(source);
  if (value & ppc_bit(0)) c.ive = (c.ive & ~kIveP) | ((value & ppc_bit(34)) ? kIveP : 0);
  if (value & ppc_bit(1)) c.ive = (c.ive & ~kIveQ) | ((value & ppc_bit(35)) ? kIveQ : 0);
  if (value & ppc_bit(2)) c.ive = IveServer::set(c.ive, Field<8, 23>::get(value));
  if (value & ppc_bit(3)) c.ive = IvePriority::set(c.ive, Field<24, 31>::get(value));
  store_ive(c);
}

void InterruptSources::fire_again(std::uint64_t request) {
  const auto source = static_cast<std::uint32_t>(Field<49, 59>::get(request));
  if (ivt_enabled() && source < facts_->interrupts) trigger(source, true);
}

// -- PQ -----------------------------------------------------------------------------------------

PeNumber InterruptSources::msi_pe(std::uint32_t source) {
  if (ivt_enabled()) return static_cast<PeNumber>(IvePe::get(cached(source).ive));
  return tables_->mist(source) & kMistPe;
}

unsigned InterruptSources::pq(std::uint32_t source) const {
  const int lsi = lsi_of(source);
  if (lsi >= 0) {
    const std::uint64_t s = tables_->lsi(static_cast<unsigned>(lsi));
    return ((s & kListP) ? 2u : 0u) | ((s & kListQ) ? 1u : 0u);
  }
  return tables_->mist(source) >> 14;
}

void InterruptSources::set_pq(std::uint32_t source, unsigned pq) {
  const int lsi = lsi_of(source);
  if (lsi >= 0) {
    const auto i = static_cast<unsigned>(lsi);
    tables_->set_lsi(i, (tables_->lsi(i) & ~(kListP | kListQ)) | ((pq & 2) ? kListP : 0) | ((pq & 1) ? kListQ : 0));
    return;
  }
  tables_->set_mist(source, static_cast<std::uint16_t>((tables_->mist(source) & kMistPe) | pq << 14));
}

void InterruptSources::notify(std::uint32_t source, bool checked) {
  Notification n;
  n.source = source;
  if (facts_->generation == Generation::Phb3) {
    const int lsi = lsi_of(source);
    if (lsi >= 0) {
      const std::uint64_t entry = tables_->read(IodaTableId::Mist, static_cast<std::uint32_t>(lsi));
      n.server = static_cast<std::uint32_t>(Field<8, 23>::get(entry));
      n.priority = static_cast<std::uint8_t>(Field<24, 31>::get(entry));
    } else if (ivt_enabled()) {
      const std::uint64_t ive = cached(source).ive;
      n.server = static_cast<std::uint32_t>(IveServer::get(ive));
      n.priority = static_cast<std::uint8_t>(IvePriority::get(ive));
    }
    keep(n);
    return;
  }
  const std::uint64_t port = file_->get(static_cast<std::uint16_t>(id(Reg::IntNotifyAddr)));
  const std::uint64_t ctrlr = file_->get(static_cast<std::uint16_t>(id(Reg::Ctrlr)));
  const bool phb5 = facts_->generation == Generation::Phb5;
  if (phb5 && (ctrlr & kCtrlrAbtMode)) {
    const unsigned shift = (port & kNotify64K) ? 16 : 12;
    n.addr = (port & ~(kNotify64K | ppc_bit(0))) + (static_cast<std::uint64_t>(source) << (shift + 1)) + (1ull << shift) +
             (checked ? kAbtInject : 0);
  } else {
    n.addr = port & ~(kNotify64K | ppc_bit(0));
    n.data = file_->get(static_cast<std::uint16_t>(id(Reg::IntNotifyIndex))) | source | (checked ? kPqChecked : 0);
  }
  keep(n);
}

void InterruptSources::trigger(std::uint32_t source, bool check) {
  if (!check) {
    notify(source, false);
    return;
  }
  if (ivt_enabled() && lsi_of(source) < 0) {
    CachedIve& c = cached(source);
    const bool was_presented = (c.ive & kIveP) != 0;
    c.ive |= was_presented ? kIveQ : kIveP;
    store_ive(c);
    if (!was_presented) notify(source, true);
    return;
  }
  switch (pq(source)) {
    case 0:
      set_pq(source, 2);
      notify(source, true);
      break;
    case 2:
      if (lsi_of(source) < 0) set_pq(source, 3);  // a level needs no second edge
      break;
    default:
      break;  // 01: masked; 11: already queued
  }
}

void InterruptSources::message(std::uint32_t source) {
  const bool phb5 = facts_->generation == Generation::Phb5;
  const bool skip = phb5 && (file_->get(static_cast<std::uint16_t>(id(Reg::Ctrlr))) & kCtrlrPqDisable);
  trigger(source, !skip);
}

void InterruptSources::set_lsi(unsigned index, bool asserted) {
  const std::uint64_t old = tables_->lsi(index);
  tables_->set_lsi(index, asserted ? old | kListState : old & ~kListState);
  if (asserted && !(old & kListState)) trigger(lsi_source(index), true);
}

void InterruptSources::end_of_interrupt(std::uint32_t source) {
  const int lsi = lsi_of(source);
  const unsigned old = pq(source);
  if (old == 1) return;  // masked
  if (lsi >= 0) {
    set_pq(source, 0);
    if (this->lsi(static_cast<unsigned>(lsi))) trigger(source, true);
    return;
  }
  set_pq(source, (old & 1) << 1);  // P <- Q, Q <- 0
  if (old == 3) notify(source, true);
}

std::uint64_t InterruptSources::esb_load(std::uint32_t source, std::uint32_t offset) {
  if (source >= facts_->interrupts) return ~0ull;
  const unsigned old = pq(source);
  if (offset < kEsbStoreEoi) {
    end_of_interrupt(source);
    return old == 3;  // an EOI that fires again
  }
  if (offset >= kEsbSetPq) set_pq(source, (offset >> 8) & 3);
  return old;
}

void InterruptSources::esb_store(std::uint32_t source, std::uint32_t offset) {
  if (source >= facts_->interrupts) return;
  if (offset < kEsbStoreEoi) {
    trigger(source, true);
  } else if (offset < kEsbGet) {
    end_of_interrupt(source);
  } else if (offset >= kEsbSetPq) {
    set_pq(source, (offset >> 8) & 3);
  }
}

}  // namespace phbsim::arch
