// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ioda_tables.hpp"

#include <algorithm>

#include "models/arch/outbound.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch {

std::uint32_t ioda_entries(IodaTableId id, const GenerationFacts& facts) {
  const bool phb3 = facts.generation == Generation::Phb3;
  const bool big = facts.size == PhbSize::Big;
  switch (id) {
    case IodaTableId::List:
      return 8;
    case IodaTableId::Mist:
      return phb3 ? 8 : facts.interrupts / 4;
    case IodaTableId::Pct:
      return phb3 ? 32 : 8;
    case IodaTableId::Rba:
      return phb3 ? 32 : 0;
    case IodaTableId::Rcam:
      return facts.rid_entries;
    case IodaTableId::Mrt:
      return phb3 || !big ? 8 : 16;
    case IodaTableId::PestA:
    case IodaTableId::PestB:
    case IodaTableId::Mdt:
      return facts.max_pes;
    case IodaTableId::Tvt:
      return facts.tves;
    case IodaTableId::Tcam:
    case IodaTableId::Tdr:
      return facts.tce_entries;
    case IodaTableId::Mbt:
      return phb3 ? 16 : big ? 64 : 32;
    case IodaTableId::Peev:
      return facts.max_pes / 64;
  }
  return 0;
}

IodaTables::IodaTables(const GenerationFacts& facts, bool allow_any_page_size)
    : facts_(&facts),
      any_page_size_(allow_any_page_size),
      tvt_words_(facts.tves),
      tvt_(facts.tves),
      mist_(facts.interrupts),
      flags_(facts.max_pes),
      pct_(ioda_entries(IodaTableId::Pct, facts)),
      mrt_(ioda_entries(IodaTableId::Mrt, facts)),
      mbt_(ioda_entries(IodaTableId::Mbt, facts)),
      mdt_(ioda_entries(IodaTableId::Mdt, facts)) {}

void IodaTables::reset() { *this = IodaTables(*facts_, any_page_size_); }

void IodaTables::set_tve(std::uint32_t index, std::uint64_t word) {
  PHBSIM_ASSERT(index < tvt_.size());
  tvt_words_[index] = word;
  tvt_[index] = decode_tve(word, *facts_, any_page_size_);
}

std::uint64_t IodaTables::peev(unsigned word) const {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < 64; ++i)
    if (flags_[word * 64 + i]) v |= ppc_bit(i);
  return v;
}

bool IodaTables::any_frozen() const {
  return std::any_of(flags_.begin(), flags_.end(), [](std::uint8_t f) { return f != 0; });
}

std::uint64_t IodaTables::read(IodaTableId id, std::uint32_t i) const {
  switch (id) {
    case IodaTableId::List:
      return list_[i];
    case IodaTableId::Mist: {
      if (facts_->generation == Generation::Phb3) return lxivt_[i];
      std::uint64_t value = 0;
      for (unsigned s = 0; s < 4; ++s) value |= static_cast<std::uint64_t>(mist_[4 * i + s]) << (48 - 16 * s);
      return value;
    }
    case IodaTableId::Pct:
      return pct_[i];
    case IodaTableId::Rba:
      return rba_[i];
    case IodaTableId::Rcam:
    case IodaTableId::Tcam:
    case IodaTableId::Tdr:
      return 0;  // what the caches hold is the timed models'
    case IodaTableId::Mrt:
      return mrt_[i];
    case IodaTableId::PestA:
      return mmio_frozen(i) ? ppc_bit(0) : 0;
    case IodaTableId::PestB:
      return dma_stopped(i) ? ppc_bit(0) : 0;
    case IodaTableId::Tvt:
      return tvt_words_[i];
    case IodaTableId::Mbt:
      return mbt_[i];
    case IodaTableId::Mdt:
      return mdt_[i];
    case IodaTableId::Peev:
      return peev(i);
  }
  return 0;
}

void IodaTables::write(IodaTableId id, std::uint32_t i, std::uint64_t value, unsigned mist_mask) {
  switch (id) {
    case IodaTableId::List:
      list_[i] = value & (kListP | kListQ | kListState);
      break;
    case IodaTableId::Mist:
      if (facts_->generation == Generation::Phb3) {
        lxivt_[i] = value & kLxivtWritable;
        break;
      }
      if (mist_mask == 0) mist_mask = 0xF;
      for (unsigned s = 0; s < 4; ++s)
        if (mist_mask & (8u >> s)) set_mist(4 * i + s, static_cast<std::uint16_t>(value >> (48 - 16 * s)));
      break;
    case IodaTableId::Pct:
      pct_[i] = value;
      break;
    case IodaTableId::Rba:
      rba_[i] = value;
      break;
    case IodaTableId::Rcam:
    case IodaTableId::Tcam:
    case IodaTableId::Tdr:
    case IodaTableId::Peev:
      break;
    case IodaTableId::Mrt:
      mrt_[i] = value;
      break;
    case IodaTableId::PestA:
      set_frozen(i, (value & ppc_bit(0)) != 0, dma_stopped(i));
      break;
    case IodaTableId::PestB:
      set_frozen(i, mmio_frozen(i), (value & ppc_bit(0)) != 0);
      break;
    case IodaTableId::Tvt:
      set_tve(i, value);
      break;
    case IodaTableId::Mbt:
      if (facts_->generation == Generation::Phb3) {
        mbt_[i] = value;
      } else {
        write_mbt(mbt_.data(), i, value);
      }
      break;
    case IodaTableId::Mdt:
      mdt_[i] = value;
      break;
  }
}

}  // namespace phbsim::arch
