// SPDX-License-Identifier: Apache-2.0
/// The PHB's RID and TCE caches without time, between a processor and devices and the architected state: entries stay
/// until 0x208 and 0x210 name them, as in the timed models. Tells a checker what happens.
#pragma once

#include <map>
#include <tuple>

#include "models/arch/checker/checker.hpp"
#include "models/arch/rtt.hpp"
#include "models/arch/translate.hpp"

namespace phbsim::test {

class CachingPath {
 public:
  CachingPath(arch::PhbState& phb, arch::MemoryView& memory) : phb_(phb), memory_(memory) {}

  arch::checker::PhbChecker* watch = nullptr;
  /// A kill stays queued, and its entries in use, until finish_kills().
  bool hold_kills = false;

  // -- processor ----------------------------------------------------------------------------------
  std::uint64_t read(std::uint32_t offset, unsigned bytes, arch::Path path = arch::Path::Mmio) {
    const bool carried_out = reaches(path);
    std::uint64_t v = phb_.read(offset, bytes, path);
    if (carried_out && bytes == 8 && offset == arch::offset_of(arch::Reg::QDmaR) && !kills_.empty()) v |= arch::kQDmaKillPending;
    // Firmware learns of a fence by what it reads.
    if (watch != nullptr) watch->was_read(offset, bytes, v);
    return v;
  }
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value, arch::Path path = arch::Path::Mmio) {
    const bool carried_out = reaches(path);
    if (carried_out && watch != nullptr) watch->writing(offset, bytes, value);
    phb_.write(offset, bytes, value, path);
    if (!carried_out || bytes != 8) return;
    if (offset == arch::offset_of(arch::Reg::RtcInvalidate)) {
      if (value & arch::kRtcAll) rids_.clear();
      rids_.erase(static_cast<Rid>(arch::RtcRid::get(value)));
    }
    if (offset == arch::offset_of(arch::Reg::TceKill) && (value & arch::kKillCommands) != 0) {
      kills_.push_back(arch::decode_kill(value, phb_.facts()));
      if (watch != nullptr) watch->kill_taken(kills_.back());
      if (!hold_kills) finish_kills();
    }
  }
  void finish_kills() {
    for (const arch::TceKill& k : kills_) {
      for (auto it = tces_.begin(); it != tces_.end();) it = names(k, it->first) ? tces_.erase(it) : std::next(it);
      if (watch != nullptr) watch->kill_finished();
    }
    kills_.clear();
  }
  void hold_reset(bool asserted) {
    const bool was = phb_.in_reset();
    phb_.hold_reset(asserted);
    if (was || !asserted) return;
    rids_.clear();
    tces_.clear();
    kills_.clear();
    if (watch != nullptr) watch->reset();
  }

  // -- devices ------------------------------------------------------------------------------------
  /// Within a page of 4 KiB. The part is under way until finish().
  struct Part {
    std::uint64_t id = 0;
    arch::Translation t;
  };
  Part begin(Rid rid, BusAddr addr, unsigned length, arch::Access access, std::uint32_t data = 0) {
    Part p;
    p.id = ++parts_;
    arch::checker::DmaPart d;
    d.id = p.id;
    d.rid = rid;
    d.addr = addr;
    d.length = length;
    d.access = access;
    arch::Translation& t = p.t;
    if (!phb_.rtt_enabled()) {
      t.fault = arch::Fault::RttDisabled;
      return p;
    }
    const auto known = rids_.find(rid);
    d.rte_cached = known != rids_.end();
    d.rte = d.rte_cached ? known->second : memory_.read_be16(arch::rte_address(phb_.rtt_base(), rid));
    rids_[rid] = d.rte;
    const auto pe = phb_.pe_of_rte(d.rte);
    if (!pe) {
      t.fault = arch::Fault::RtePeOutOfRange;
      return p;
    }
    d.pe = t.pe = *pe;
    if (phb_.dma_stopped(*pe)) {
      t.fault = arch::Fault::PeStopped;
      return p;
    }
    d.route = phb_.route(*pe, addr, length, access, data);
    const arch::Tve tve = d.route.tve != nullptr ? *d.route.tve : arch::Tve{};
    if (d.route.tve != nullptr) d.route.tve = &tve;
    if (watch != nullptr) watch->dma_selected(d);
    if (d.route.kind != arch::Route::Kind::Translate) {
      t = arch::translate_pe(phb_, *pe, addr, length, access, memory_, data);
    } else {
      lookup(d, t);
    }
    t.tve_index = d.route.tve_index;
    t.pe = *pe;
    d.fault = t.fault;
    d.real = t.real;
    const bool windowed = d.route.kind == arch::Route::Kind::Translate || d.route.kind == arch::Route::Kind::Bypass;
    if (watch != nullptr && windowed) watch->dma_translated(d);
    return p;
  }
  void finish(const Part& p) {
    if (watch != nullptr) watch->dma_finished(p.id);
  }

 private:
  using Key = std::tuple<PeNumber, BusAddr, unsigned>;

  bool reaches(arch::Path path) const { return !phb_.in_reset() && (!phb_.fenced() || path == arch::Path::Scom); }
  static bool names(const arch::TceKill& k, const Key& key) {
    const auto [pe, base, shift] = key;
    if (k.kind == arch::TceKill::Kind::All) return true;
    if (k.pe != pe) return false;
    const unsigned wide = std::max(shift, k.page_shift);
    return k.kind == arch::TceKill::Kind::Pe || ((k.addr ^ base) & arch::KillAddress::kMask) >> wide == 0;
  }
  void lookup(const arch::checker::DmaPart& d, arch::Translation& t) {
    const arch::Tve& tve = *d.route.tve;
    const Key key{d.pe, d.addr & ~low_mask(tve.page_shift), tve.page_shift};
    const auto cached = tces_.find(key);
    if (cached == tces_.end()) {
      t = arch::walk(tve, d.route.offset, d.access, memory_, phb_.options().check_indirect_direction);
      if (t.ok()) tces_[key] = memory_.read_be64(t.fetched[t.reads - 1]);
      return;
    }
    t.page_shift = tve.page_shift;
    t.permissions = cached->second & arch::kTcePermissions;
    if (arch::judge_entry(cached->second, 0, d.access) != arch::EntryVerdict::Done) {
      t.fault = arch::Fault::TceAccessFaultHit;
    } else {
      t.real = arch::tce_page_base(cached->second, tve.page_shift) | (d.route.offset & low_mask(tve.page_shift));
    }
  }

  arch::PhbState& phb_;
  arch::MemoryView& memory_;
  std::map<Rid, std::uint16_t> rids_;
  std::map<Key, std::uint64_t> tces_;
  std::vector<arch::TceKill> kills_;
  std::uint64_t parts_ = 0;
};

}  // namespace phbsim::test
