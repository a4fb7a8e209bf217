// SPDX-License-Identifier: Apache-2.0
#include "models/arch/translate.hpp"

#include "models/arch/rtt.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch {

Translation walk(const Tve& tve, std::uint64_t offset, Access access, const MemoryView& memory,
                 bool check_indirect_direction) {
  PHBSIM_ASSERT(tve.levels >= 1);
  Translation t;
  t.page_shift = tve.page_shift;
  RealAddr table = tve.table;
  for (unsigned level = tve.levels; level-- > 0;) {
    const RealAddr at = tce_entry_address(tve, level, table, offset);
    t.fetched[t.reads++] = at;
    const std::uint64_t tce = memory.read_be64(at);
    switch (judge_entry(tce, level, access, check_indirect_direction)) {
      case EntryVerdict::Descend:
        table = next_table(tce);
        break;
      case EntryVerdict::Done:
        t.permissions = tce & kTcePermissions;
        t.real = tce_page_base(tce, tve.page_shift) | (offset & low_mask(tve.page_shift));
        return t;
      case EntryVerdict::PageFault:
        t.fault = Fault::TcePageFault;
        return t;
      case EntryVerdict::AccessFault:
        t.fault = Fault::TceAccessFault;
        t.permissions = tce & kTcePermissions;
        return t;
    }
  }
  return t;
}

Translation translate_pe(const PhbState& phb, PeNumber pe, BusAddr addr, std::uint64_t length, Access access,
                         const MemoryView& memory, std::uint32_t data) {
  Translation t;
  if (phb.dma_stopped(pe)) {
    t.fault = Fault::PeStopped;
    t.pe = pe;
    return t;
  }
  const Route r = phb.route(pe, addr, length, access, data);
  switch (r.kind) {
    case Route::Kind::Fault:
      t.fault = r.fault;
      break;
    case Route::Kind::Msi:
      t.is_msi = true;
      t.source = r.source;
      break;
    case Route::Kind::Bypass:
      t.real = r.real;
      t.permissions = kTcePermissions;
      break;
    case Route::Kind::Translate:
      t = walk(*r.tve, r.offset, access, memory, phb.options().check_indirect_direction);
      break;
  }
  t.pe = pe;
  t.tve_index = r.tve_index;
  return t;
}

Translation translate(const PhbState& phb, Rid rid, BusAddr addr, std::uint64_t length, Access access,
                      const MemoryView& memory, std::uint32_t data) {
  Translation t;
  if (!phb.rtt_enabled()) {
    t.fault = Fault::RttDisabled;
    return t;
  }
  const auto pe = phb.pe_of_rte(memory.read_be16(rte_address(phb.rtt_base(), rid)));
  if (!pe) {
    t.fault = Fault::RtePeOutOfRange;
    return t;
  }
  return translate_pe(phb, *pe, addr, length, access, memory, data);
}

}  // namespace phbsim::arch
