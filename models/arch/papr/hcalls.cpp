// SPDX-License-Identifier: Apache-2.0
/// The hypercall half of a partition: TCEs set, cleared, read (ddw-vfio.md 2.3-2.5). The order of
/// checks is part of the interface.
#include <algorithm>

#include "models/arch/papr/partition.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::papr {

namespace {

bool has_permission(std::uint64_t tce) { return (tce & kTcePermissions) != 0; }

}  // namespace

std::vector<Partition::Read> Partition::reads(const HcallArgs& call) const {
  std::vector<Read> out;
  const auto* w = window(call.a[0]);
  const auto entry_of = [&](std::uint64_t ioba) { return (ioba - w->start) >> w->page_shift; };
  const auto entries = [&](std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count && i < w->entries; ++i)
      if (const RealAddr leaf = w->table->leaf_address(w->table_index(i))) out.push_back({leaf, kTceBytes});
  };
  switch (call.call) {
    case Hcall::GetTce:
      if (w != nullptr && call.a[1] >= w->start) entries(entry_of(call.a[1]), 1);
      break;
    case Hcall::PutTceIndirect:
      if (call.a[3] > 0 && call.a[3] <= kMaxTces && call.a[2] % kListBytes == 0) {
        const bool tables = static_cast<std::int64_t>(call.a[0]) < 0;
        const std::uint64_t bytes = tables ? kListBytes : call.a[3] * kTceBytes;
        if (const auto list = memory_.real(call.a[2], kListBytes)) out.push_back({*list, static_cast<unsigned>(bytes)});
      }
      if (options_.cmo && w != nullptr && call.a[1] >= w->start) entries(entry_of(call.a[1]), std::min(call.a[3], kMaxTces));
      break;
    case Hcall::PutTce:
      if (options_.cmo && w != nullptr && call.a[1] >= w->start) entries(entry_of(call.a[1]), 1);
      break;
    case Hcall::StuffTce:
      if (options_.cmo && w != nullptr && call.a[1] >= w->start) entries(entry_of(call.a[1]), std::min(call.a[3], kMaxTces));
      break;
    case Hcall::MigrateDma:
    case Hcall::Rtas:
      break;
  }
  return out;
}

HcallOutcome Partition::perform(const HcallArgs& call, const MemoryView& memory) {
  HcallOutcome out;
  // KVM has tables of the windows alone; QEMU answers for the rest (2.5).
  const bool of_window = call.call != Hcall::MigrateDma && call.call != Hcall::Rtas;
  out.userspace = facts_.too_hard_goes_to_userspace && of_window && window(call.a[0]) == nullptr;
  switch (call.call) {
    case Hcall::GetTce:
      out.status = get(call, memory, out);
      break;
    case Hcall::PutTce:
      out.status = put(call, memory, out);
      break;
    case Hcall::StuffTce:
      out.status = options_.multi_tce ? stuff(call, memory, out) : kFunction;
      break;
    case Hcall::PutTceIndirect:
      out.status = options_.multi_tce ? put_indirect(call, memory, out) : kFunction;
      break;
    case Hcall::MigrateDma:
    case Hcall::Rtas:  // RTAS has its own entry
      out.status = kFunction;
      break;
  }
  return out;
}

std::optional<Partition::Target> Partition::locate(std::uint64_t liobn, std::uint64_t ioba, bool misaligned_refused) {
  Target t;
  t.window = active(liobn, &t.pe);
  if (t.window == nullptr) return std::nullopt;
  const DmaWindow& w = *t.window;
  if (misaligned_refused && (ioba & low_mask(w.page_shift)) != 0) return std::nullopt;
  if (ioba < w.start) return std::nullopt;
  t.entry = (ioba - w.start) >> w.page_shift;
  if (t.entry >= w.entries) return std::nullopt;
  return t;
}

// An unowned page keeps its number: QEMU stores whatever it is given (2.4).
std::uint64_t Partition::to_real(std::uint64_t tce) const {
  if (!has_permission(tce)) return tce;
  const auto real = memory_.real(tce & kTceRpnMask, 1);
  return real ? (*real & kTceRpnMask) | (tce & ~kTceRpnMask) : tce;
}
std::uint64_t Partition::to_logical(std::uint64_t tce) const {
  if (!has_permission(tce)) return tce;
  const auto logical = memory_.logical(tce & kTceRpnMask);
  return logical ? (*logical & kTceRpnMask) | (tce & ~kTceRpnMask) : tce;
}

std::vector<std::uint64_t> Partition::list_of(LogicalAddr list, std::uint64_t count, const MemoryView& memory) const {
  std::vector<std::uint64_t> tces(count);
  // A list outside memory reads as zeros [MA for QEMU's unbacked reads], whatever has that real address.
  const auto at = memory_.real(list, kListBytes);
  for (std::uint64_t i = 0; at && i < count; ++i) tces[i] = memory.read_be64(*at + i * kTceBytes);
  return tces;
}

// PAPR: a TCE that grants access must name memory of the caller, all of the window's page.
std::int64_t Partition::check_address(const DmaWindow& w, std::uint64_t tce) {
  if (!has_permission(tce)) return kSuccess;
  const LogicalAddr page = tce & ~low_mask(w.page_shift);
  for (LogicalAddr p = page >> 12; p <= (page | low_mask(w.page_shift)) >> 12; ++p) {
    if (rescinded_pages_.empty() && paged_out_.empty()) break;
    if (rescinded_pages_.count(p) != 0) return kRescinded;
    // Paging in takes until the caller tries again.
    if (paged_out_.erase(p) != 0) return kLongBusy1Ms;
  }
  return memory_.real(page, 1ull << w.page_shift) ? kSuccess : kParameter;
}

// KVM's kernel part: the page is aligned and in a memory slot, or there is no permission to grant.
bool Partition::kernel_can(const DmaWindow& w, std::uint64_t tce) const {
  if (!has_permission(tce)) return true;
  const LogicalAddr page = tce & kTceRpnMask;
  return (page & low_mask(w.page_shift)) == 0 && memory_.real(page, 1ull << w.page_shift).has_value();
}

void Partition::set_entries(const Target& at, const std::vector<std::uint64_t>& tces, HcallOutcome& out) {
  if (tces.empty()) return;
  scratch_.clear();
  for (std::uint64_t i = 0; i < tces.size(); ++i)
    at.window->table->plan_put(at.window->table_index(at.entry + i), to_real(tces[i]), scratch_);
  for (const TceTable::Store& s : scratch_) store(out.stores, s.addr, s.value);
  out.changes.push_back({at.pe->spec.phb, at.pe->spec.pe, at.window->liobn,
                         at.window->start + (at.entry << at.window->page_shift), tces.size(), at.window->page_shift});
}

// CMO: what the change adds to the bytes mapped for I/O, in all tables or none; R4 tells it.
std::int64_t Partition::account(const std::vector<Target>& targets, const std::vector<std::uint64_t>& tces,
                                const MemoryView& memory, HcallOutcome& out) {
  if (!options_.cmo) return kSuccess;
  std::vector<std::int64_t> deltas;
  std::int64_t sum = 0;
  for (const Target& at : targets) {
    const std::int64_t page = std::int64_t{1} << at.window->page_shift;
    std::int64_t delta = 0;
    for (std::uint64_t i = 0; i < tces.size(); ++i) {
      const RealAddr leaf = at.window->table->leaf_address(at.window->table_index(at.entry + i));
      const bool before = leaf != 0 && has_permission(memory.read_be64(leaf));
      const bool after = has_permission(tces[i]);
      delta += before == after ? 0 : after ? page : -page;
    }
    deltas.push_back(delta);
    sum += delta;
  }
  if (sum > 0 && mapped_bytes_ + static_cast<std::uint64_t>(sum) > options_.entitlement) return kNotEnoughResources;
  for (std::size_t i = 0; i < targets.size(); ++i)
    targets[i].window->mapped_bytes += static_cast<std::uint64_t>(deltas[i]);
  mapped_bytes_ += static_cast<std::uint64_t>(sum);
  out.r4 = static_cast<std::uint64_t>(sum);
  return kSuccess;
}

std::int64_t Partition::get(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out) {
  const auto at = locate(call.a[0], call.a[1], facts_.misaligned_ioba_refused);
  if (!at) return kParameter;
  if (rescinded_windows_.count(at->window->liobn) != 0) return kRescinded;
  const RealAddr leaf = at->window->table->leaf_address(at->window->table_index(at->entry));
  const std::uint64_t tce = leaf == 0 ? 0 : memory.read_be64(leaf);
  if (facts_.get_tells_foreign_pages && has_permission(tce) && !memory_.logical(tce & kTceRpnMask)) {
    out.r4 = tce | kTceRpnMask;
    return kPartial;
  }
  out.r4 = to_logical(tce);
  return kSuccess;
}

std::int64_t Partition::put(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out) {
  auto at = locate(call.a[0], call.a[1], facts_.misaligned_ioba_refused);
  if (!at) return kParameter;
  const std::uint64_t tce = call.a[2];
  if (rescinded_windows_.count(at->window->liobn) != 0) return kRescinded;
  if (facts_.too_hard_goes_to_userspace) {
    out.userspace = !kernel_can(*at->window, tce);
  } else if (facts_.addresses_checked) {
    if (const std::int64_t wrong = check_address(*at->window, tce)) return wrong;
  }
  if (const std::int64_t wrong = account({*at}, {tce}, memory, out)) return wrong;
  set_entries(*at, {tce}, out);
  return kSuccess;
}

// Entry by entry until one lies outside; what was written stays.
std::int64_t Partition::qemu_entries(const Target& at, const std::vector<std::uint64_t>& tces, HcallOutcome& out) {
  if (tces.empty()) return kParameter;
  const std::uint64_t fit = std::min<std::uint64_t>(tces.size(), at.window->entries - at.entry);
  set_entries(at, {tces.begin(), tces.begin() + static_cast<std::ptrdiff_t>(fit)}, out);
  return fit == tces.size() ? kSuccess : kParameter;
}

std::int64_t Partition::stuff(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out) {
  const std::uint64_t tce = call.a[2];
  const std::uint64_t count = call.a[3];
  const auto at = locate(call.a[0], call.a[1], facts_.misaligned_ioba_refused);
  if (!at) return kParameter;
  if (rescinded_windows_.count(at->window->liobn) != 0) return kRescinded;
  if (facts_.stuff_limited && count > kMaxTces) return kP4;
  if (count > at->window->entries) return kParameter;
  if (facts_.all_or_nothing && count > at->window->entries - at->entry) return kParameter;
  if (facts_.stuff_clears_only && has_permission(tce)) return kParameter;
  if (facts_.empty_count_refused && count == 0) return kParameter;
  if (facts_.addresses_checked && !facts_.stuff_clears_only) {
    if (const std::int64_t wrong = check_address(*at->window, tce)) return wrong;
  }
  const std::vector<std::uint64_t> tces(count, tce);
  if (!facts_.all_or_nothing) return qemu_entries(*at, tces, out);
  if (const std::int64_t wrong = account({*at}, tces, memory, out)) return wrong;
  set_entries(*at, tces, out);
  return kSuccess;
}

std::int64_t Partition::put_indirect(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out) {
  const std::uint64_t count = call.a[3];
  const LogicalAddr list = call.a[2];
  if (static_cast<std::int64_t>(call.a[0]) < 0 && facts_.personality == Personality::Papr)
    return put_tables(call, memory, out);
  if (count > kMaxTces) return kParameter;
  // Here, unlike in the other calls, the LIOBN is looked at before the IOBA (2.3).
  if (const auto* w = window(call.a[0]); w != nullptr && rescinded_windows_.count(w->liobn) != 0) return kRescinded;
  const auto at = locate(call.a[0], call.a[1], facts_.misaligned_ioba_refused);
  if (!at || list % kListBytes != 0) return kParameter;
  if (facts_.empty_count_refused && count == 0) return kParameter;
  if (facts_.all_or_nothing && count > at->window->entries - at->entry) return kParameter;
  const bool list_owned = memory_.real(list, kListBytes).has_value();
  if (facts_.too_hard_goes_to_userspace) {
    const std::vector<std::uint64_t> tces = list_of(list, count, memory);
    const auto can = [&](std::uint64_t tce) { return kernel_can(*at->window, tce); };
    if (!list_owned || !std::all_of(tces.begin(), tces.end(), can)) {
      out.userspace = true;
      return qemu_entries(*at, tces, out);
    }
    // The second pass looks up every entry's page, also of those that only clear (H31).
    for (std::size_t i = 0; i < tces.size(); ++i) {
      if (memory_.real(tces[i] & kTceRpnMask, 1)) continue;
      set_entries(*at, {tces.begin(), tces.begin() + static_cast<std::ptrdiff_t>(i)}, out);
      return kParameter;
    }
    if (const std::int64_t wrong = account({*at}, tces, memory, out)) return wrong;
    set_entries(*at, tces, out);
    return kSuccess;
  }
  if (!facts_.all_or_nothing) return qemu_entries(*at, list_of(list, count, memory), out);
  if (rescinded_pages_.count(list >> 12) != 0) return kRescinded;
  if (!list_owned) return kParameter;
  const std::vector<std::uint64_t> tces = list_of(list, count, memory);
  for (const std::uint64_t tce : tces)
    if (const std::int64_t wrong = check_address(*at->window, tce)) return wrong;
  if (const std::int64_t wrong = account({*at}, tces, memory, out)) return wrong;
  set_entries(*at, tces, out);
  return kSuccess;
}

// Multi-TCE-Table option: the list begins with the LIOBNs whose tables all get the TCEs.
std::int64_t Partition::put_tables(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out) {
  if (!options_.multi_table) return kFunction;
  const auto signed_liobn = static_cast<std::int64_t>(call.a[0]);
  if (signed_liobn < kLeastMultiTable) return kParameter;
  const auto tables = static_cast<std::uint64_t>(-signed_liobn);
  const std::uint64_t count = call.a[3];
  const LogicalAddr list = call.a[2];
  if (count > kMaxTces || count + tables > kMaxTces) return kParameter;
  if (list % kListBytes != 0 || !memory_.real(list, kListBytes)) return kParameter;
  const std::vector<std::uint64_t> words = list_of(list, tables + count, memory);
  std::vector<Target> targets;
  for (std::uint64_t i = 0; i < tables; ++i) {
    const auto at = locate(words[i], call.a[1], facts_.misaligned_ioba_refused);
    if (!at || count > at->window->entries - at->entry) return kParameter;
    if (rescinded_windows_.count(at->window->liobn) != 0) return kRescinded;
    targets.push_back(*at);
  }
  const std::vector<std::uint64_t> tces(words.begin() + static_cast<std::ptrdiff_t>(tables), words.end());
  for (const Target& t : targets)
    for (const std::uint64_t tce : tces)
      if (const std::int64_t wrong = check_address(*t.window, tce)) return wrong;
  if (const std::int64_t wrong = account(targets, tces, memory, out)) return wrong;
  for (const Target& t : targets) set_entries(t, tces, out);
  return kSuccess;
}

}  // namespace phbsim::arch::papr
