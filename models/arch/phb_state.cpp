// SPDX-License-Identifier: Apache-2.0
#include "models/arch/phb_state.hpp"

#include "models/base/check.hpp"

namespace phbsim::arch {

namespace {

constexpr Reg kStatusRegs[kErrorBlocks] = {Reg::PhbErrStatus, Reg::TxeStatus, Reg::RxeArbStatus, Reg::RxeMrgStatus,
                                           Reg::RxeTceStatus};
constexpr Reg kIrqRegs[kErrorBlocks] = {Reg::PhbErrIrq, Reg::TxeIrq, Reg::RxeArbIrq, Reg::RxeMrgIrq, Reg::RxeTceIrq};
constexpr Reg kFreezeRegs[kErrorBlocks] = {Reg::PhbErrFreeze, Reg::TxeFreeze, Reg::RxeArbFreeze, Reg::RxeMrgFreeze,
                                           Reg::RxeTceFreeze};
constexpr Reg kFenceRegs[kErrorBlocks] = {Reg::PhbErrFence, Reg::TxeFence, Reg::RxeArbFence, Reg::RxeMrgFence,
                                          Reg::RxeTceFence};
// MIST: four 16-bit entries a word, P and Q in the top bits, two reserved, PE in the low twelve.
constexpr std::uint16_t kMistWritable = 0xCFFF;
constexpr std::uint16_t kMistPe = 0x0FFF;

}  // namespace

PhbState::PhbState(Generation generation, PhbSize size, const PhbOptions& options)
    : facts_(&facts_of(generation, size)),
      options_(options),
      tvt_words_(facts_->tves, 0),
      tvt_(facts_->tves),
      mist_(facts_->interrupts, 0),
      pe_flags_(facts_->max_pes, 0) {
  const bool big = facts_->max_pes == 512;
  set_reg(Reg::Version, facts_->version);
  set_reg(Reg::TceCap, big ? 0x4008440000000400ull : 0x2008440000000200ull);
  set_reg(Reg::IrqCap, 0x0800000000000000ull | facts_->interrupts);
  set_reg(Reg::EehCap, static_cast<std::uint64_t>(facts_->max_pes) << 52);
  control_changed();
}

void PhbState::apply_firmware_defaults() {
  set_reg(Reg::PhbConfig, kConfigMsi32 | kConfigMsi64);
  for (unsigned b = 0; b < kErrorBlocks; ++b) {
    set_reg(kIrqRegs[b], kFirmwareEnables[b].interrupt);
    set_reg(kFreezeRegs[b], kFirmwareEnables[b].freeze);
    set_reg(kFenceRegs[b], kFirmwareEnables[b].fence);
  }
}

void PhbState::control_changed() {
  if (!facts_->tve_select_register) return;
  const std::uint64_t ctrlr = reg(Reg::Ctrlr);
  const auto select = static_cast<unsigned>(CtrlrTveSelect::get(ctrlr));
  tves_per_pe_ = 2u << (select > 3 ? 3 : select);
  tve1_above_4g_ = (ctrlr & kCtrlrTve1Above4G) != 0;
}

std::optional<PeNumber> PhbState::pe_of_rte(std::uint16_t rte) const {
  if (rte < facts_->max_pes) return rte;
  if (options_.wrap_rte_pe) return rte & (facts_->max_pes - 1);
  return std::nullopt;
}

std::uint32_t PhbState::select_tve(PeNumber pe, BusAddr addr, std::uint64_t& offset) const {
  if (tve1_above_4g_) {
    // Nothing is subtracted: TVE#1's table still starts at address 0 (phb.md 1.4).
    offset = addr;
    return pe * tves_per_pe_ + (addr >= 4 * kGiB ? 1 : 0);
  }
  const unsigned bits = log2_floor(tves_per_pe_);
  const unsigned low = 60 - bits;  // lowest of the select bits, which end at bit 59
  offset = addr & low_mask(low);
  return pe * tves_per_pe_ + static_cast<std::uint32_t>((addr >> low) & low_mask(bits));
}

Route PhbState::route_msi(PeNumber pe, BusAddr addr, std::uint64_t length, Access access, std::uint32_t data) const {
  Route r;
  if (access != Access::Write) {
    r.fault = Fault::MsiRead;
  } else if (length != 4) {
    r.fault = Fault::MsiSize;
  } else if (addr & 3) {
    r.fault = Fault::MsiAlignment;
  } else {
    r.source = msi_source(addr, data);
    if (r.source >= facts_->interrupts) {
      r.fault = Fault::MsiSource;
    } else if (msi_pe(r.source) != pe) {
      r.fault = Fault::MsiPeMismatch;
    } else {
      r.kind = Route::Kind::Msi;
    }
  }
  return r;
}

Route PhbState::route(PeNumber pe, BusAddr addr, std::uint64_t length, Access access, std::uint32_t data) const {
  Route r;
  const std::uint64_t config = reg(Reg::PhbConfig);
  if (in_msi32(addr) && (config & kConfigMsi32)) return route_msi(pe, addr, length, access, data);
  if (in_msi64(addr) && (config & kConfigMsi64)) return route_msi(pe, addr, length, access, data);
  if (addr >> 60) {
    r.fault = Fault::TvtAddress;
    return r;
  }
  r.tve_index = select_tve(pe, addr, r.offset);
  if (r.tve_index >= facts_->tves) {
    r.fault = Fault::TveInvalid;
    return r;
  }
  const Tve& tve = tvt_[r.tve_index];
  switch (tve.kind) {
    case Tve::Kind::Invalid:
      r.fault = Fault::TveInvalid;
      return r;
    case Tve::Kind::Translated:
      if (!tve.spans(r.offset) || !tve.spans(r.offset + length - 1)) {
        r.fault = Fault::TvtAddress;
        return r;
      }
      r.kind = Route::Kind::Translate;
      r.tve = &tve;
      return r;
    case Tve::Kind::Bypass:
      break;
  }
  const std::uint64_t last = r.offset + length - 1;
  // Compared in 16 MiB granules, the end is exclusive. A range ends below 2^50, so higher bits must
  // be 0; only peer-to-peer passes them: the MMIO space of other PHBs lies there.
  if (r.offset < tve.start || last >= tve.end) {
    r.fault = Fault::TvtAddress;
    return r;
  }
  r.kind = Route::Kind::Bypass;
  r.tve = &tve;
  // The prefix supplies the bits above the 50 that pass [I]; firmware leaves it 0.
  const std::uint64_t prefix = facts_->nontranslate_50bit ? reg(Reg::NxlatePrefix) & ~low_mask(50) : 0;
  r.real = r.offset | prefix;
  return r;
}

std::array<ErrorEnables, kErrorBlocks> PhbState::enables() const {
  std::array<ErrorEnables, kErrorBlocks> e;
  for (unsigned b = 0; b < kErrorBlocks; ++b) e[b] = {reg(kIrqRegs[b]), reg(kFreezeRegs[b]), reg(kFenceRegs[b])};
  return e;
}

FaultRecord PhbState::raise(Fault fault, PeNumber pe, Rid rid, BusAddr addr, TransactionType type, MemoryView* memory,
                            std::uint16_t msi_data) {
  FaultRecord record;
  record.fault = fault;
  record.pe = pe;
  record.rid = rid;
  record.addr = addr;
  record.type = type;
  const FaultSpec& spec = spec_of(fault);
  record.effect = effect_of(fault, enables());
  if (spec.bit != kNoBit) {
    const auto block = static_cast<unsigned>(spec.block);
    const std::uint64_t bit = ppc_bit(spec.bit);
    if (spec.block == ErrorBlock::RxeArb && reg(Reg::RxeArbErr1) == 0) set_reg(Reg::RxeArbErr1, bit);
    if (spec.block == ErrorBlock::RxeTce && reg(Reg::RxeTceErr1) == 0) set_reg(Reg::RxeTceErr1, bit);
    set_reg(kStatusRegs[block], reg(kStatusRegs[block]) | bit);
  }
  if (record.effect.fence) fenced_ = true;
  if (pe < pe_flags_.size() && record.effect.freeze) {
    record.pest = make_pest(fault, type, rid, addr, msi_data);
    if (pe_flags_[pe] == 0) {
      if (memory != nullptr && (reg(Reg::PestBar) & kBarEnable)) {
        const RealAddr entry = (reg(Reg::PestBar) & facts_->pest_base_mask) + 16ull * pe;
        memory->write_be64(entry, record.pest.word0);
        memory->write_be64(entry + 8, record.pest.word1);
      }
    }
    pe_flags_[pe] = kFrozen | kStopped;  // the hardware sets both together (phb.md 6.2)
  }
  return record;
}

void PhbState::set_tve(std::uint32_t index, std::uint64_t word) {
  PHBSIM_ASSERT(index < facts_->tves);
  tvt_words_[index] = word;
  tvt_[index] = decode_tve(word, *facts_, options_.allow_any_page_size);
}

void PhbState::set_msi_pe(std::uint32_t source, PeNumber pe) {
  PHBSIM_ASSERT(source < mist_.size());
  mist_[source] = static_cast<std::uint16_t>(pe & kMistPe);
}

PeNumber PhbState::msi_pe(std::uint32_t source) const { return mist_[source] & kMistPe; }

void PhbState::set_frozen(PeNumber pe, bool mmio, bool dma) {
  pe_flags_[pe] = static_cast<std::uint8_t>((mmio ? kFrozen : 0) | (dma ? kStopped : 0));
}

std::uint64_t PhbState::peev(unsigned word) const {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < 64; ++i)
    if (pe_flags_[word * 64 + i]) v |= ppc_bit(i);
  return v;
}

std::uint32_t PhbState::ioda_entries(std::uint64_t table) const {
  switch (static_cast<IodaTableId>(table)) {
    case IodaTableId::Mist:
      return facts_->interrupts / 4;
    case IodaTableId::Rcam:
      return facts_->rid_entries;
    case IodaTableId::PestA:
    case IodaTableId::PestB:
      return facts_->max_pes;
    case IodaTableId::Tvt:
      return facts_->tves;
    case IodaTableId::Peev:
      return facts_->max_pes / 64;
  }
  return 0;
}

void PhbState::ioda_advance() {
  const std::uint64_t addr = reg(Reg::IodaAddr);
  if (!(addr & kIodaAutoIncrement)) return;
  const std::uint32_t entries = ioda_entries(IodaTable::get(addr));
  if (entries == 0) return;
  const std::uint64_t mask = facts_->ioda_index_mask;
  const std::uint64_t next = ((addr & mask) + 1) % entries;
  set_reg(Reg::IodaAddr, (addr & ~mask) | next);
}

std::uint64_t PhbState::ioda_read() {
  const std::uint64_t addr = reg(Reg::IodaAddr);
  const std::uint64_t table = IodaTable::get(addr);
  const std::uint32_t entries = ioda_entries(table);
  std::uint64_t value = 0;
  if (entries != 0) {
    const auto i = static_cast<std::uint32_t>(addr & facts_->ioda_index_mask) & (entries - 1);
    switch (static_cast<IodaTableId>(table)) {
      case IodaTableId::Mist:
        for (unsigned s = 0; s < 4; ++s) value |= static_cast<std::uint64_t>(mist_[4 * i + s]) << (48 - 16 * s);
        break;
      case IodaTableId::Rcam:
        break;  // cache contents are the timed model's
      case IodaTableId::PestA:
        value = mmio_frozen(i) ? ppc_bit(0) : 0;
        break;
      case IodaTableId::PestB:
        value = dma_stopped(i) ? ppc_bit(0) : 0;
        break;
      case IodaTableId::Tvt:
        value = tvt_words_[i];
        break;
      case IodaTableId::Peev:
        value = peev(i);
        break;
    }
  }
  ioda_advance();
  return value;
}

void PhbState::ioda_write(std::uint64_t value) {
  const std::uint64_t addr = reg(Reg::IodaAddr);
  const std::uint64_t table = IodaTable::get(addr);
  const std::uint32_t entries = ioda_entries(table);
  if (entries != 0) {
    const auto i = static_cast<std::uint32_t>(addr & facts_->ioda_index_mask) & (entries - 1);
    switch (static_cast<IodaTableId>(table)) {
      case IodaTableId::Mist: {
        // Bits 28:31 of the address select quarters; 8 is the topmost, 0 means all.
        const std::uint64_t mask = IodaMistMask::get(addr) == 0 ? 0xF : IodaMistMask::get(addr);
        for (unsigned s = 0; s < 4; ++s)
          if (mask & (8u >> s)) mist_[4 * i + s] = static_cast<std::uint16_t>(value >> (48 - 16 * s)) & kMistWritable;
        break;
      }
      case IodaTableId::Rcam:
      case IodaTableId::Peev:
        break;  // PEEV is derived
      case IodaTableId::PestA:
        set_frozen(i, (value & ppc_bit(0)) != 0, dma_stopped(i));
        break;
      case IodaTableId::PestB:
        set_frozen(i, mmio_frozen(i), (value & ppc_bit(0)) != 0);
        break;
      case IodaTableId::Tvt:
        set_tve(i, value);
        break;
    }
  }
  ioda_advance();
}

std::uint64_t PhbState::read_register(std::uint32_t offset) {
  const RegSpec* spec = find_register(offset);
  if (fenced_ || spec == nullptr) return ~0ull;
  if (spec->reg == Reg::IodaData) return ioda_read();
  return reg(spec->reg);
}

void PhbState::write_register(std::uint32_t offset, std::uint64_t value) {
  const RegSpec* spec = find_register(offset);
  if (fenced_ || spec == nullptr) return;
  switch (spec->access) {
    case RegAccess::ReadOnly:
      break;
    case RegAccess::ReadWrite:
      set_reg(spec->reg, value & spec->writable);
      if (spec->reg == Reg::Ctrlr) control_changed();
      break;
    case RegAccess::WriteOneClears:
      set_reg(spec->reg, reg(spec->reg) & ~value);
      break;
    case RegAccess::AnyWriteClears:
      set_reg(spec->reg, 0);
      break;
    case RegAccess::SideEffect:
      if (spec->reg == Reg::IodaAddr) set_reg(spec->reg, value);
      if (spec->reg == Reg::IodaData) ioda_write(value);
      break;
  }
}

}  // namespace phbsim::arch
