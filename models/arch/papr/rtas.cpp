// SPDX-License-Identifier: Apache-2.0
/// The RTAS half of a partition: windows made, removed, restored (ddw-vfio.md 1).
#include <algorithm>

#include "models/arch/papr/partition.hpp"
#include "models/arch/tce_kill.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::papr {

namespace {

constexpr BusAddr kHigh = 1ull << 59;
constexpr BusAddr kMiddle = 4 * kGiB;

bool in_high(BusAddr start) { return start >= kHigh; }
bool in_middle(BusAddr start) { return start >= kMiddle && start < kHigh; }
/// Only without GTE4GB: TVE#1 at 2^59, or TVE#0 on both sides of 4 GiB.
bool needs_high_select(BusAddr start, std::uint64_t size) {
  return in_high(start) || (!in_middle(start) && size > kMiddle - start);
}
std::uint32_t tve_of(const PeSpec& pe, BusAddr start) {
  return pe.pe * pe.hardware->tves_per_pe() + (in_high(start) || in_middle(start) ? 1 : 0);
}
std::uint64_t buid_of(const std::vector<std::uint32_t>& args) {
  return static_cast<std::uint64_t>(args[1]) << 32 | args[2];
}

}  // namespace

Partition::Partition(const PartitionOptions& options, GuestMemory memory, TableRegion& region)
    : options_(options), facts_(facts_of(options.personality)), memory_(std::move(memory)), region_(region) {}

void Partition::add_pe(const PeSpec& spec, Effects& effects) {
  PHBSIM_ASSERT(spec.hardware != nullptr && spec.max_windows >= 1 && spec.max_windows <= 2);
  for (const Pe& other : pes_) {
    const bool liobn_taken = owner_of(spec.liobn) != nullptr || owner_of(spec.liobn + spec.max_windows - 1) != nullptr;
    if (liobn_taken || (other.spec.buid == spec.buid && other.spec.config_addr == spec.config_addr)) {
      throw UserError("PE " + std::to_string(spec.pe) + " at BUID " + text::hex(spec.buid) + ", config_addr " +
                      text::hex(spec.config_addr) + ", LIOBN " + text::hex(spec.liobn) +
                      ": the LIOBN or the address is taken");
    }
  }
  pes_.push_back({});
  pes_.back().spec = spec;
  // A page size that the PHB does not know is not offered.
  for (const PageSizeBit& size : kPageSizeBits) {
    const bool known = supports_page_shift(spec.hardware->facts(), size.shift) || spec.hardware->options().allow_any_page_size;
    if (!known) pes_.back().spec.page_mask &= ~size.mask;
  }
  if (spec.default_bytes != 0) restore_default(pes_.back(), effects);
}

std::uint32_t Partition::add_window(std::uint64_t buid, std::uint32_t config_addr, BusAddr start, std::uint64_t size,
                                    unsigned page_shift, unsigned levels, Effects& effects) {
  Pe* pe = find_pe(buid, config_addr);
  PHBSIM_ASSERT(pe != nullptr && pe->windows.size() < pe->spec.max_windows);
  std::uint32_t liobn = pe->spec.liobn;
  while (pe->windows.count(liobn) != 0) ++liobn;
  open(*pe, liobn, start, size, page_shift, false, effects, levels, 64 * kKiB);
  return liobn;
}

Partition::Pe* Partition::find_pe(std::uint64_t buid, std::uint32_t config_addr) {
  return const_cast<Pe*>(static_cast<const Partition*>(this)->find_pe(buid, config_addr));
}

// A config_addr that names no PE means the first of its BUID: QEMU does not look at it at all.
const Partition::Pe* Partition::find_pe(std::uint64_t buid, std::uint32_t config_addr) const {
  const Pe* first = nullptr;
  for (const Pe& p : pes_) {
    if (p.spec.buid != buid) continue;
    if (p.spec.config_addr == config_addr) return &p;
    if (first == nullptr) first = &p;
  }
  return first;
}

Partition::Pe* Partition::owner_of(std::uint32_t liobn) {
  for (Pe& p : pes_)
    if (liobn >= p.spec.liobn && liobn - p.spec.liobn < p.spec.max_windows) return &p;
  return nullptr;
}

void Partition::answer(RtasCall call, std::int32_t status, unsigned times) {
  injected_.push_back({call, status, times});
}

RtasOutcome Partition::rtas(RtasCall call, const std::vector<std::uint32_t>& args, unsigned nret) {
  RtasOutcome out;
  for (auto it = injected_.begin(); it != injected_.end(); ++it) {
    if (it->call != call) continue;
    out.status = it->status;
    if (--it->times == 0) injected_.erase(it);
    out.rets = {static_cast<std::uint32_t>(out.status)};
    return out;
  }
  switch (call) {
    case RtasCall::Query:
      query(args, nret, out);
      break;
    case RtasCall::Create:
      create(args, nret, out);
      break;
    case RtasCall::Remove:
      remove(args, nret, out);
      break;
    case RtasCall::Reset:
      reset(args, nret, out);
      break;
  }
  if (out.status != kRtasSuccess) out.rets.clear();
  out.rets.insert(out.rets.begin(), static_cast<std::uint32_t>(out.status));
  return out;
}

std::uint64_t Partition::tces_left(const Pe& pe) const {
  if (facts_.tces_are_constant) return pe.spec.tces;
  std::uint64_t used = 0;
  for (const auto& [liobn, w] : pe.windows)
    if (!w.is_default) used += w.entries;
  return used >= pe.spec.tces ? 0 : pe.spec.tces - used;
}

void Partition::query(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out) {
  out.status = kRtasParameter;
  if (args.size() != 3 || nret < 5 || nret > 6) return;
  const Pe* pe = find_pe(buid_of(args), args[0]);
  if (pe == nullptr || !pe->spec.ddw) return;
  const bool six = nret == 6;
  if (six && pe->spec.extensions < 2) return;
  out.status = kRtasSuccess;
  out.phb = pe->spec.phb;
  const std::uint64_t tces = six && facts_.tces_are_constant ? pe->spec.tces_64bit : tces_left(*pe);
  out.rets.push_back(static_cast<std::uint32_t>(pe->spec.max_windows - pe->windows.size()));
  if (six) out.rets.push_back(static_cast<std::uint32_t>(tces >> 32));
  out.rets.push_back(static_cast<std::uint32_t>(six ? tces : std::min<std::uint64_t>(tces, 0xFFFFFFFF)));
  out.rets.push_back(pe->spec.page_mask);
  out.rets.push_back(0);  // no page size migrates: there is no H_MIGRATE_DMA
}

// Where a new window starts: QEMU counts windows, PAPR's platform takes the high address while it
// can. Nothing if the hardware cannot have such a window there: the PE's TVE is taken, or does not
// reach that far.
std::optional<BusAddr> Partition::place(const Pe& pe, std::uint64_t size, unsigned page_shift) const {
  const BusAddr high = pe.limited ? kMiddle : pe.spec.high_start;
  std::vector<BusAddr> choices;
  if (facts_.base_by_count) {
    choices = {pe.windows.empty() ? pe.spec.default_start : high};
  } else {
    choices = {high, pe.spec.default_start};
  }
  for (const BusAddr start : choices) {
    const BusAddr end = in_high(start) ? kDmaLimit : kHigh;
    bool free = start % (1ull << page_shift) == 0 && size <= end - start;
    if (in_middle(start)) free = free && pe.spec.hardware->facts().tve_select_register;
    for (const auto& [liobn, w] : pe.windows) free = free && w.tve != tve_of(pe.spec, start);
    // GTE4GB is one bit for the whole PHB.
    for (const Pe& other : pes_) {
      if (other.spec.phb != pe.spec.phb) continue;
      for (const auto& [liobn, w] : other.windows)
        free = free && !(needs_high_select(w.start, w.size) && in_middle(start)) &&
               !(in_middle(w.start) && needs_high_select(start, size));
    }
    if (free) return start;
  }
  return std::nullopt;
}

void Partition::create(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out) {
  out.status = kRtasParameter;
  if (args.size() != 5 || nret != 4) return;
  Pe* pe = find_pe(buid_of(args), args[0]);
  if (pe == nullptr || !pe->spec.ddw) return;
  const std::uint32_t page_shift = args[3];
  const std::uint32_t window_shift = args[4];
  if (page_shift < 12 || (mask_of_shift(page_shift) & pe->spec.page_mask) == 0) return;
  if (window_shift < page_shift || window_shift > 63) return;
  if (pe->windows.size() >= pe->spec.max_windows) {
    out.status = facts_.too_many_windows;
    return;
  }
  const std::uint64_t entries = 1ull << (window_shift - page_shift);
  const std::uint64_t counted = facts_.count_entries_in_32_bits ? entries & 0xFFFFFFFF : entries;
  if (counted == 0 || (!facts_.tces_are_constant && counted > tces_left(*pe))) {
    out.status = facts_.too_many_tces;
    return;
  }
  const std::uint64_t size = 1ull << window_shift;
  const auto start = place(*pe, size, page_shift);
  if (!start) {
    // The address is the platform's business, and it has none that the hardware could do.
    out.status = kRtasHardware;
    return;
  }
  std::uint32_t liobn = pe->spec.liobn;
  while (pe->windows.count(liobn) != 0) ++liobn;
  if (chosen_liobn_ && owner_of(*chosen_liobn_) == pe && pe->windows.count(*chosen_liobn_) == 0) liobn = *chosen_liobn_;
  chosen_liobn_.reset();
  open(*pe, liobn, *start, size, page_shift, false, out.effects);
  out.phb = pe->spec.phb;
  out.status = kRtasSuccess;
  out.rets = {liobn, static_cast<std::uint32_t>(*start >> 32), static_cast<std::uint32_t>(*start)};
}

void Partition::remove(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out) {
  out.status = kRtasParameter;
  if (args.size() != 1 || nret != 1) return;
  Pe* pe = owner_of(args[0]);
  if (pe == nullptr || !pe->spec.ddw) return;
  const auto it = pe->windows.find(args[0]);
  if (it == pe->windows.end()) return;
  const bool was_default = facts_.sticky_default ? pe->default_flag.count(args[0]) != 0 : it->second.is_default;
  close(*pe, args[0], out.effects);
  // The last window gone, and it was not the default: the default comes back (1.1).
  if (pe->windows.empty() && !was_default) restore_default(*pe, out.effects);
  out.phb = pe->spec.phb;
  out.status = kRtasSuccess;
}

void Partition::reset(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out) {
  out.status = kRtasParameter;
  if (nret != 1 || args.size() < 3 || args.size() > 4) return;
  Pe* pe = find_pe(buid_of(args), args[0]);
  if (pe == nullptr || !pe->spec.ddw) return;
  if (args.size() == 4) {
    const bool offered = facts_.limited_addressing && pe->spec.extensions >= 3 && pe->spec.limited_addressing;
    if (!offered || args[3] > 1) return;
  }
  pe->limited = args.size() == 4 && args[3] == 1;
  while (!pe->windows.empty()) close(*pe, pe->windows.begin()->first, out.effects);
  restore_default(*pe, out.effects);
  out.phb = pe->spec.phb;
  out.status = kRtasSuccess;
}

std::vector<RtasOutcome> Partition::reboot() {
  std::vector<RtasOutcome> all;
  for (Pe& pe : pes_) {
    RtasOutcome out;
    out.phb = pe.spec.phb;
    pe.limited = false;
    while (!pe.windows.empty()) close(pe, pe.windows.begin()->first, out.effects);
    restore_default(pe, out.effects);
    all.push_back(std::move(out));
  }
  return all;
}

RtasOutcome Partition::isolate(std::uint64_t buid, std::uint32_t config_addr) {
  RtasOutcome out;
  Pe* pe = find_pe(buid, config_addr);
  if (pe == nullptr) {
    out.status = kRtasParameter;
    return out;
  }
  out.phb = pe->spec.phb;
  pe->limited = false;
  while (!pe->windows.empty()) close(*pe, pe->windows.begin()->first, out.effects);
  restore_default(*pe, out.effects);
  return out;
}

void Partition::restore_default(Pe& pe, Effects& effects) {
  pe.default_flag.insert(pe.spec.liobn);
  open(pe, pe.spec.liobn, pe.spec.default_start, pe.spec.default_bytes, 12, true, effects);
}

void Partition::open(Pe& pe, std::uint32_t liobn, BusAddr start, std::uint64_t size, unsigned page_shift,
                     bool is_default, Effects& effects, unsigned levels, std::uint64_t least_table) {
  DmaWindow w;
  w.liobn = liobn;
  w.start = start;
  w.size = size;
  w.page_shift = page_shift;
  w.entries = size >> page_shift;
  w.is_default = is_default;
  w.tve = tve_of(pe.spec, start);
  w.table_base = in_high(start) ? kHigh : 0;
  // Between 4 GiB and 2^59 TVE#1 is selected by GTE4GB, and its table begins at address 0.
  const std::uint64_t ctrlr = pe.spec.hardware->reg(Reg::Ctrlr);
  if (in_middle(start) && !(ctrlr & kCtrlrTve1Above4G)) write(effects, Reg::Ctrlr, ctrlr | kCtrlrTve1Above4G);
  if (needs_high_select(start, size) && (ctrlr & kCtrlrTve1Above4G)) write(effects, Reg::Ctrlr, ctrlr & ~kCtrlrTve1Above4G);
  if (is_default && options_.stale_default && pe.old_default != nullptr) {
    w.table = pe.old_default;
    w.mapped_bytes = pe.old_default_mapped;
    mapped_bytes_ += w.mapped_bytes;
  } else {
    WindowShape shape;
    shape.page_shift = page_shift;
    shape.levels = levels;
    const std::uint64_t span = std::max<std::uint64_t>(start - w.table_base + size, 1ull << page_shift);
    do {
      shape.table_bytes = table_bytes_for(span, page_shift, shape.levels, least_table);
    } while (shape.table_bytes > options_.max_root_bytes && ++shape.levels <= kMaxLevels);
    const std::string wrong = check_shape(shape, pe.spec.hardware->facts(), pe.spec.hardware->options().allow_any_page_size);
    if (!wrong.empty()) throw UserError("window " + text::hex(liobn) + ": " + wrong);
    w.table = std::make_shared<TceTable>(shape, region_);
  }
  if (is_default) pe.old_default = w.table;
  write(effects, Reg::IodaAddr, IodaTable::make(static_cast<unsigned>(IodaTableId::Tvt)) | w.tve);
  write(effects, Reg::IodaData, encode_translated(w.table->shape()));
  plan_kills({encode_kill_pe(pe.spec.pe)}, true, effects, pe.spec.hardware->facts().sync_has_writes);
  pe.windows.emplace(liobn, std::move(w));
}

void Partition::close(Pe& pe, std::uint32_t liobn, Effects& effects) {
  const auto it = pe.windows.find(liobn);
  write(effects, Reg::IodaAddr, IodaTable::make(static_cast<unsigned>(IodaTableId::Tvt)) | it->second.tve);
  write(effects, Reg::IodaData, 0);
  plan_kills({encode_kill_pe(pe.spec.pe)}, true, effects, pe.spec.hardware->facts().sync_has_writes);
  mapped_bytes_ -= it->second.mapped_bytes;
  if (it->second.is_default) pe.old_default_mapped = it->second.mapped_bytes;
  pe.windows.erase(it);
}

// -- looking --------------------------------------------------------------------------------------

const DmaWindow* Partition::window(std::uint64_t liobn) const {
  return const_cast<Partition*>(this)->active(liobn);
}

DmaWindow* Partition::active(std::uint64_t liobn, Pe** owner) {
  if (liobn >> 32 != 0) return nullptr;
  Pe* pe = owner_of(static_cast<std::uint32_t>(liobn));
  if (pe == nullptr) return nullptr;
  const auto it = pe->windows.find(static_cast<std::uint32_t>(liobn));
  if (it == pe->windows.end()) return nullptr;
  if (owner != nullptr) *owner = pe;
  return &it->second;
}

std::vector<const DmaWindow*> Partition::windows(std::uint64_t buid, std::uint32_t config_addr) const {
  std::vector<const DmaWindow*> out;
  if (const Pe* pe = find_pe(buid, config_addr))
    for (const auto& [liobn, w] : pe->windows) out.push_back(&w);
  return out;
}

std::uint64_t Partition::table_bytes() const {
  std::uint64_t n = 0;
  for (const Pe& pe : pes_)
    for (const auto& [liobn, w] : pe.windows) n += w.table->table_bytes();
  return n;
}

Cells Partition::dma_window_property(std::uint64_t buid, std::uint32_t config_addr) const {
  const Pe* pe = find_pe(buid, config_addr);
  if (pe == nullptr) return {};
  return encode(DmaWindowProperty{pe->spec.liobn, pe->spec.default_start, pe->spec.default_bytes});
}

Cells Partition::ddw_applicable(std::uint64_t buid, std::uint32_t config_addr) const {
  const Pe* pe = find_pe(buid, config_addr);
  if (pe == nullptr || !pe->spec.ddw) return {};
  return {spec_of(RtasCall::Query).token, spec_of(RtasCall::Create).token, spec_of(RtasCall::Remove).token};
}

Cells Partition::ddw_extensions(std::uint64_t buid, std::uint32_t config_addr) const {
  const Pe* pe = find_pe(buid, config_addr);
  if (pe == nullptr || !pe->spec.ddw || pe->spec.extensions == 0) return {};
  // QEMU knows two values; its reset takes no mode.
  const unsigned n = std::min(pe->spec.extensions, facts_.limited_addressing ? 3u : 2u);
  Cells cells{n, spec_of(RtasCall::Reset).token};
  if (n >= 2) cells.push_back(1);
  if (n >= 3) cells.push_back(pe->spec.limited_addressing ? 1 : 0);
  return cells;
}

}  // namespace phbsim::arch::papr
