// SPDX-License-Identifier: Apache-2.0
#include "models/tce/tce_unit.hpp"

#include <algorithm>

#include "models/base/endian.hpp"

namespace phbsim::tce {

using arch::Fault;
using stats::Stage;
using stats::Stat;

namespace {

arch::Access access_of(const tlm::tlm_generic_payload& payload) {
  return payload.is_write() ? arch::Access::Write : arch::Access::Read;
}

DmaExtension& extension_of(tlm::tlm_generic_payload& payload) { return *payload.get_extension<DmaExtension>(); }

constexpr Stage kWalkStage[arch::kMaxLevels] = {Stage::Walk1, Stage::Walk2, Stage::Walk3, Stage::Walk4, Stage::Walk5};
constexpr Stat kReadStat[arch::kMaxLevels] = {Stat::TceReads1, Stat::TceReads2, Stat::TceReads3, Stat::TceReads4,
                                              Stat::TceReads5};

}  // namespace

TceUnit::TceUnit(const sc_core::sc_module_name& name, EngineDriver& driver, const TceParams& params,
                 const arch::GenerationFacts& facts, stats::Registry& registry)
    : sc_module(name),
      phb_in("phb_in", driver, *this, TargetPort::Release::OnArrival, 0),
      kill_in("kill_in", driver, *this, TargetPort::Release::OnArrival, 1),
      walk_out("walk_out", driver, *this),
      driver_(driver),
      engine_(driver.engine()),
      params_(params),
      facts_(facts),
      lookup_time_(cycles_to_ticks(params.lookup_cycles, params.clock_mhz)),
      hit_time_(cycles_to_ticks(params.hit_cycles, params.clock_mhz)),
      interval_(cycles_to_ticks(params.lookup_interval, params.clock_mhz)),
      cache_(params.sets, params.ways, make_named(kSetHashes, params.hash),
             make_named(kReplacements, params.replacement, params.sets, params.ways)),
      order_(make_named(kWalkOrders, params.walk_order)),
      prefetch_(make_named(kPrefetches, params.prefetch)),
      plain_tve_(arch::decode_tve(params.plain_tve, facts, true)),
      slots_free_(params.walk_slots),
      set_walks_(params.sets, kNone),
      stats_(registry, this->name(), Stat::TceLookups, Stat::TceKilledWalks) {
  if (params.walk_cache_entries > 0) {
    walk_cache_ = std::make_unique<TceCache>(1, params.walk_cache_entries, make_modulo_hash(),
                                             make_lru(1, params.walk_cache_entries));
  }
  phb_in.plain.pe = params.plain_pe;
}

Tick TceUnit::on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const Tick now = engine_.now();
  if (&port == &kill_in) {
    if (!payload.is_write() || payload.get_data_length() != 8) {
      payload.set_response_status(payload.is_write() ? tlm::TLM_BURST_ERROR_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE);
      return interval_;
    }
    kills_.push_back(&payload);
    next_kill();
    return 0;
  }
  if (!ext.early && ext.tve == nullptr) {
    ext.tve = &plain_tve_;
    ext.bus_addr = payload.get_address();
    ext.offset = payload.get_address();
    if (plain_tve_.kind != arch::Tve::Kind::Translated || !plain_tve_.spans(ext.offset)) {
      ext.fault = plain_tve_.kind == arch::Tve::Kind::Translated ? Fault::TvtAddress : Fault::TveInvalid;
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      if (lookup_time_ == 0) engine_.schedule(now, this, kAnswer, reinterpret_cast<std::uint64_t>(&payload));
      return lookup_time_;
    }
  }
  if (now < lookup_free_) {
    engine_.schedule(lookup_free_, this, kLookup, reinterpret_cast<std::uint64_t>(&payload));
    lookup_free_ += interval_;
    return 0;
  }
  lookup_free_ = now + interval_;
  return lookup(payload, ext);
}

// Looks up at the present time. Returns the delay of a hit's answer, or 0 if the answer comes later.
Tick TceUnit::lookup(tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const Tick now = engine_.now();
  const unsigned shift = ext.tve->page_shift;
  const TceCache::Key key{ext.bus_addr & ~low_mask(shift), ext.pe, shift};
  ++stats_[Stat::TceLookups];
  ext.clock.book(Stage::Queue, now);
  const unsigned set = cache_.set_of(key);
  if (TceCache::Entry* e = cache_.lookup(key, set)) {
    ++stats_[Stat::TceHits];
    if (e->prefetched) {
      e->prefetched = false;
      ++stats_[Stat::TcePrefetchHits];
    }
    ext.clock.book(Stage::TceHit, now + hit_time_);
    Fault fault = Fault::None;
    switch (arch::judge_entry(e->tce, 0, access_of(payload))) {
      case arch::EntryVerdict::PageFault:
        fault = Fault::TcePageFaultHit;
        break;
      case arch::EntryVerdict::AccessFault:
        fault = Fault::TceAccessFaultHit;
        break;
      default:
        break;
    }
    answer(payload, ext, e->tce, shift, fault);
    if (hit_time_ == 0) engine_.schedule(now, this, kAnswer, reinterpret_cast<std::uint64_t>(&payload));
    return hit_time_;
  }
  ++stats_[Stat::TceMisses];
  ext.clock.book(Stage::TceHit, now + lookup_time_);
  miss(payload, key, set, ext);
  return 0;
}

void TceUnit::miss(tlm::tlm_generic_payload& payload, const TceCache::Key& key, unsigned set,
                   const DmaExtension& ext) {
  std::uint32_t id = set_walks_[set];
  const auto serves = [&](const Walk& w) { return !w.killed && !w.outdated && w.key == key; };
  while (id != kNone && !serves(walks_[id])) id = walks_[id].next_in_set;
  if (id != kNone) {
    ++stats_[Stat::TceMerges];
  } else {
    id = new_walk(key, set, *ext.tve, ext.offset);
    // The walk may begin when the miss is known.
    engine_.schedule(engine_.now() + lookup_time_, this, kStartWalk, id);
    maybe_prefetch(key, *ext.tve, ext.offset);
  }
  const std::uint32_t waiter = waiters_.take();
  waiters_[waiter] = {&payload, walks_[id].waiters};
  walks_[id].waiters = waiter;
}

std::uint32_t TceUnit::new_walk(const TceCache::Key& key, unsigned set, const arch::Tve& tve, std::uint64_t offset) {
  const std::uint32_t id = walks_.take();
  Walk& w = walks_[id];
  w.key = key;
  w.set = set;
  w.tve = tve;
  w.offset = offset;
  w.fetches = 0;
  w.active = false;
  w.killed = false;
  w.outdated = false;
  w.links_killed = false;
  w.prefetch = false;
  w.waiters = kNone;
  w.fetch.ext.owner = id;
  std::uint32_t& head = set_walks_[set];
  w.next_in_set = head;
  head = id;
  return id;
}

void TceUnit::maybe_prefetch(const TceCache::Key& key, const arch::Tve& tve, std::uint64_t offset) {
  const auto page = prefetch_->on_miss(key.pe, key.base >> key.page_shift);
  if (!page || slots_free_ == 0) return;
  const TceCache::Key next{*page << key.page_shift, key.pe, key.page_shift};
  // The window's base stays; only the page in it changes.
  const std::uint64_t next_offset = (offset & ~low_mask(key.page_shift)) + (next.base - key.base);
  if (!tve.spans(next_offset) || cache_.contains(next)) return;
  const unsigned set = cache_.set_of(next);
  for (std::uint32_t id = set_walks_[set]; id != kNone; id = walks_[id].next_in_set)
    if (walks_[id].key == next && !walks_[id].killed && !walks_[id].outdated) return;
  const std::uint32_t id = new_walk(next, set, tve, next_offset);
  walks_[id].prefetch = true;
  engine_.schedule(engine_.now() + lookup_time_, this, kStartWalk, id);
}

void TceUnit::want_slot(std::uint32_t id) {
  if (slots_free_ > 0 && order_->empty()) {
    start(id);
    return;
  }
  if (walks_[id].prefetch && walks_[id].waiters == kNone) {
    end_walk(id, 0, Fault::TcePageFault);  // a prefetch never waits for a slot
    return;
  }
  ++stats_[Stat::TceSlotStalls];
  order_->push(id, walks_[id].tve.levels);
}

TceCache::Key TceUnit::level_key(const Walk& w, unsigned level) const {
  // A table at `level` is named by the address bits above what it indexes.
  const unsigned shift = std::min(63u, w.tve.page_shift + w.tve.bits_per_level * (level + 1));
  return {w.key.base & ~low_mask(shift), w.key.pe, shift, w.tve.table};
}

void TceUnit::start(std::uint32_t id) {
  Walk& w = walks_[id];
  --slots_free_;
  w.active = true;
  w.begun = engine_.now();
  ++stats_[Stat::TceWalks];
  if (w.prefetch) ++stats_[Stat::TcePrefetches];
  w.level = w.tve.levels;
  w.table = w.tve.table;
  if (walk_cache_) {
    for (unsigned level = 0; level + 1 < w.tve.levels; ++level) {
      if (const TceCache::Entry* e = walk_cache_->lookup(level_key(w, level))) {
        w.table = arch::next_table(e->tce);
        w.level = level + 1;
        ++stats_[Stat::TceWalkCacheHits];
        break;
      }
    }
  }
  fetch(id);
}

void TceUnit::fetch(std::uint32_t id) {
  Walk& w = walks_[id];
  --w.level;
  const unsigned depth = w.tve.levels - 1u - w.level;
  w.fetch_depth[w.fetches] = static_cast<std::uint8_t>(depth);
  ++stats_[kReadStat[depth]];
  w.fetch.prepare(tlm::TLM_READ_COMMAND, arch::tce_entry_address(w.tve, w.level, w.table, w.offset), 8, w.bytes.data());
  walk_out.send(w.fetch);
}

void TceUnit::on_response(InitiatorPort&, DmaPayload& payload) {
  const auto id = static_cast<std::uint32_t>(payload.ext.owner);
  Walk& w = walks_[id];
  const Tick now = engine_.now();
  const Tick sent = w.fetches == 0 ? w.begun : w.fetch_done[w.fetches - 1];
  w.fetch_queued[w.fetches] = sent + payload.ext.waited;
  w.fetch_done[w.fetches++] = now;
  if (!payload.is_response_ok()) {
    end_walk(id, 0, Fault::TceFetchError);
    return;
  }
  const std::uint64_t tce = load_be64(w.bytes.data());
  // Permissions of the leaf are judged for each waiter; a link only needs to be valid.
  if ((tce & arch::kTcePermissions) == 0) {
    end_walk(id, tce, Fault::TcePageFault);
  } else if (w.level > 0) {
    if (walk_cache_ && !w.killed && !w.links_killed) walk_cache_->fill(level_key(w, w.level - 1), tce, false);
    w.table = arch::next_table(tce);
    if (params_.check_indirect_direction && w.waiters != kNone &&
        arch::judge_entry(tce, w.level, access_of(*waiters_[w.waiters].payload), true) ==
            arch::EntryVerdict::AccessFault) {
      end_walk(id, tce, Fault::TceAccessFault);
      return;
    }
    fetch(id);
  } else {
    end_walk(id, tce, Fault::None);
  }
}

void TceUnit::end_walk(std::uint32_t id, std::uint64_t tce, Fault fault) {
  Walk& w = walks_[id];
  const Tick now = engine_.now();
  const bool installable = fault == Fault::None || (fault == Fault::TcePageFault && params_.cache_invalid && w.level == 0);
  if (installable && !w.killed && !w.outdated && w.active) {
    ++stats_[Stat::TceFills];
    if (cache_.fill(w.key, w.set, tce, w.prefetch && w.waiters == kNone)) ++stats_[Stat::TceEvictions];
  }
  // Unlink before answering: an answer may bring the next request for this page.
  std::uint32_t* link = &set_walks_[w.set];
  while (*link != id) link = &walks_[*link].next_in_set;
  *link = w.next_in_set;
  // Oldest waiter first.
  std::uint32_t ordered = kNone;
  for (std::uint32_t i = w.waiters; i != kNone;) {
    const std::uint32_t next = waiters_[i].next;
    waiters_[i].next = ordered;
    ordered = i;
    i = next;
  }
  const bool was_active = w.active;
  const bool was_killed = w.killed;
  for (std::uint32_t i = ordered; i != kNone;) {
    tlm::tlm_generic_payload& payload = *waiters_[i].payload;
    DmaExtension& ext = extension_of(payload);
    stats::SharedClock& clock = ext.clock;
    if (clock.mark() < w.begun) clock.book(Stage::Queue, w.begun);
    for (unsigned f = 0; f < w.fetches; ++f) {
      if (w.fetch_queued[f] > clock.mark()) clock.book(Stage::Queue, w.fetch_queued[f]);
      if (w.fetch_done[f] > clock.mark()) clock.book(kWalkStage[w.fetch_depth[f]], w.fetch_done[f]);
    }
    Fault own = fault;
    if (fault == Fault::None &&
        arch::judge_entry(tce, 0, access_of(payload)) == arch::EntryVerdict::AccessFault) {
      own = Fault::TceAccessFault;
    }
    answer(payload, ext, tce, w.key.page_shift, own);
    const std::uint32_t next = waiters_[i].next;
    waiters_.put(i);
    i = next;
    // A waiter that merged less than a lookup ago learns of the answer when its lookup is over.
    if (clock.mark() > now) {
      engine_.schedule(clock.mark(), this, kAnswer, reinterpret_cast<std::uint64_t>(&payload));
    } else {
      phb_in.respond(payload, ext);
    }
  }
  walks_.put(id);
  if (was_killed && --kill_waits_ == 0) finish_kill();
  if (was_active) {
    ++slots_free_;
    while (slots_free_ > 0 && !order_->empty()) start(order_->pop());
  }
}

void TceUnit::answer(tlm::tlm_generic_payload& payload, DmaExtension& ext, std::uint64_t tce, unsigned page_shift,
                     Fault fault) {
  ext.fault = fault;
  ext.permissions = tce & arch::kTcePermissions;
  if (fault != Fault::None) {
    ++stats_[Stat::TceFaults];
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  ext.real = arch::tce_page_base(tce, page_shift) | (ext.offset & low_mask(page_shift));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (!ext.early && payload.is_read()) {
    std::array<unsigned char, 8> bytes{};
    store_be64(bytes.data(), arch::tce_page_base(tce, page_shift) | ext.permissions);
    std::copy_n(bytes.begin(), std::min<std::size_t>(8, payload.get_data_length()), payload.get_data_ptr());
  }
}

void TceUnit::next_kill() {
  if (kill_busy_ || kills_.empty()) return;
  kill_busy_ = true;
  kill_ = arch::decode_kill(load_be64(kills_.front()->get_data_ptr()), facts_);
  const unsigned cycles = kill_.kind == arch::TceKill::Kind::One ? params_.kill_one_cycles
                          : kill_.kind == arch::TceKill::Kind::None ? 1
                                                                    : std::max(1u, cache_.entries() / 4);
  engine_.schedule(engine_.now() + cycles_to_ticks(cycles, params_.clock_mhz), this, kKillPass, 0);
}

void TceUnit::kill_pass() {
  stats_[Stat::TceKilledEntries] += cache_.kill(kill_);
  if (walk_cache_) {
    // A page kill may stand for a changed link: all of the PE's intermediate entries go [MA].
    arch::TceKill wide = kill_;
    if (wide.kind == arch::TceKill::Kind::One) wide.kind = arch::TceKill::Kind::Pe;
    walk_cache_->kill(wide);
  }
  kill_waits_ = 0;
  for (const std::uint32_t head : set_walks_) {
    for (std::uint32_t id = head; id != kNone; id = walks_[id].next_in_set) {
      Walk& w = walks_[id];
      // A walk that has fetched nothing yet will see memory as it is after the kill. But it begins at
      // the table of the TVE that its request saw, and a PE's kill may be for a TVE that is gone.
      if (!w.active && kill_.kind != arch::TceKill::Kind::One && kill_matches(kill_, w.key)) w.outdated = true;
      if (!w.active || w.killed) continue;
      if (kill_.kind == arch::TceKill::Kind::One && w.key.pe == kill_.pe) w.links_killed = true;
      if (!kill_matches(kill_, w.key)) continue;
      w.killed = true;
      ++kill_waits_;
      ++stats_[Stat::TceKilledWalks];
    }
  }
  if (kill_waits_ == 0) finish_kill();
}

void TceUnit::finish_kill() {
  tlm::tlm_generic_payload& payload = *kills_.front();
  kills_.pop_front();
  kill_busy_ = false;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  next_kill();
  kill_in.respond(payload, extension_of(payload));
}

void TceUnit::on_event(std::uint32_t kind, std::uint64_t arg) {
  switch (kind) {
    case kLookup:
    case kAnswer: {
      auto& payload = *reinterpret_cast<tlm::tlm_generic_payload*>(arg);
      DmaExtension& ext = extension_of(payload);
      if (kind == kAnswer) {
        phb_in.respond(payload, ext);
        break;
      }
      const Tick done_in = lookup(payload, ext);
      if (done_in != 0) engine_.schedule(engine_.now() + done_in, this, kAnswer, arg);
      break;
    }
    case kStartWalk:
      want_slot(static_cast<std::uint32_t>(arg));
      break;
    case kKillPass:
      kill_pass();
      break;
    default:
      break;
  }
}

}  // namespace phbsim::tce
