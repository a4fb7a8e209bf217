// SPDX-License-Identifier: Apache-2.0
#include "models/arch/pec/pec_state.hpp"

#include "models/arch/registers.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch {

namespace {

using SR = PecStackReg;
using QR = PecPciStackReg;

template <typename Id>
constexpr std::uint16_t index(Id id) {
  return static_cast<std::uint16_t>(id);
}

constexpr PecAction action(const RegSpec& r) { return static_cast<PecAction>(r.action); }

// FIR, its AND, OR, mask and so on have the same order in both enumerations.
constexpr std::uint16_t kFir = index(SR::Nfir), kFirMask = index(SR::NfirMask), kFirWof = index(SR::NfirWof);
static_assert(kFir == index(QR::Pfir) && kFirMask == index(QR::PfirMask) && kFirWof == index(QR::PfirWof));

/// What Hostboot writes to a stack before firmware runs (phb.md 7.1) [F; POWER10 like POWER9: I].
struct StackValue {
  PecUnit unit;
  std::uint16_t id;
  std::uint64_t value;
};
constexpr StackValue kHostboot[] = {
    {PecUnit::Stack, index(SR::NfirAction0), 0x5B0F81E000000000ull},
    {PecUnit::Stack, index(SR::NfirAction1), 0x7F0F81E000000000ull},
    {PecUnit::Stack, index(SR::NfirMask), 0x0030001C00000000ull},
    {PecUnit::PciStack, index(QR::PfirAction0), 0xB000000000000000ull},
    {PecUnit::PciStack, index(QR::PfirAction1), 0xB000000000000000ull},
    {PecUnit::PciStack, index(QR::PfirMask), 0x0E00000000000000ull},
};

/// And to a controller: scales of 1, no out-of-order stores, channel streaming, cache inject mode 3.
constexpr std::uint64_t kHostbootPbcq =
    ppc_bit(3) | ppc_bit(7) | ppc_bit(11) | ppc_bit(22) | ppc_bit(33) | Field<34, 35>::make(3);
constexpr std::uint64_t kNoTceArbitration = ppc_bit(60);

/// The PHB's register that a row of ETU_SCOM stands for.
std::uint32_t etu_offset(const RegSpec& row) {
  const auto from = [&](EtuScomReg first, Reg reg) { return offset_of(reg) + 8u * (row.id - index(first)); };
  return row.id >= index(EtuScomReg::PerfmonConfig) ? from(EtuScomReg::PerfmonConfig, Reg::PerfmonConfig)
                                                    : from(EtuScomReg::LemFir, Reg::LemFir);
}

bool needs_4_bytes(std::uint32_t offset) {
  const bool config_space = offset >= kRcConfigOffset && offset < kRcConfigOffset + kRcConfigBytes;
  return config_space || (offset & ~7u) == kConfigDataOffset;
}

}  // namespace

// -- stack -------------------------------------------------------------------------------------------

PecStack::PecStack(Generation generation, EtuPort& etu, bool after_hostboot)
    : etu_(etu),
      layout_(pec_layout(generation)),
      nest_(kPecStackTable, generation, PhbSize::Big),
      pci_(kPecPciStackTable, generation, PhbSize::Big),
      scom_(kEtuScomTable, generation, PhbSize::Big) {
  if (!after_hostboot) return;
  pci_.set(index(QR::EtuReset), 0);
  if (generation == Generation::Phb3) return;
  for (const StackValue& v : kHostboot) (v.unit == PecUnit::Stack ? nest_ : pci_).set(v.id, v.value);
}

std::uint64_t PecStack::read(PecUnit unit, const RegSpec& row) {
  switch (action(row)) {
    case PecAction::PbcqStat:
      return etu_.transactions_pending() ? ppc_bit(0) : 0;  // which of both bits is not public [MA]
    case PecAction::HvData:
      return access_indirect(false, 0);
    case PecAction::AsbData:
      return access_asb(false, 0);
    case PecAction::EtuWord:
      return access_etu(row, false, 0);
    default:
      return (unit == PecUnit::Stack ? nest_ : unit == PecUnit::PciStack ? pci_ : scom_).read(row);
  }
}

void PecStack::write(PecUnit unit, const RegSpec& row, std::uint64_t value) {
  RegisterFile& file = unit == PecUnit::Stack ? nest_ : unit == PecUnit::PciStack ? pci_ : scom_;
  switch (action(row)) {
    case PecAction::Fir:
    case PecAction::FirAnd:
    case PecAction::FirOr:
    case PecAction::FirMask:
    case PecAction::FirMaskAnd:
    case PecAction::FirMaskOr:
      write_fir(file, row, value);
      break;
    case PecAction::FirAction:
      file.write(row, value);
      errors_changed();
      break;
    case PecAction::EtuReset: {
      const bool before = etu_in_reset();
      file.write(row, value);
      if (etu_in_reset() == before) break;
      etu_.set_reset(etu_in_reset());
      fenced_ = false;  // the release has lifted it; an error that is still there fences again
      if (!etu_in_reset()) errors_changed();
      break;
    }
    case PecAction::HvData:
      access_indirect(true, value);
      break;
    case PecAction::AsbData:
      access_asb(true, value);
      break;
    case PecAction::EtuWord:
      access_etu(row, true, value);
      break;
    default:
      file.write(row, value);
      break;
  }
}

void PecStack::write_fir(RegisterFile& file, const RegSpec& row, std::uint64_t value) {
  const std::uint64_t fir = file.get(kFir);
  const std::uint64_t mask = file.get(kFirMask);
  switch (action(row)) {
    case PecAction::FirAnd:
      return set_fir(file, fir & value);
    case PecAction::FirOr:
      return set_fir(file, fir | value);
    case PecAction::FirMask:
      file.set(kFirMask, value);
      break;
    case PecAction::FirMaskAnd:
      file.set(kFirMask, mask & value);
      break;
    case PecAction::FirMaskOr:
      file.set(kFirMask, mask | value);
      break;
    default:
      return set_fir(file, value);
  }
  errors_changed();
}

void PecStack::set_fir(RegisterFile& file, std::uint64_t value) {
  const std::uint64_t old = file.get(kFir);
  file.write(*file.row(kFir), value);
  // Who's on first: the first unmasked ones after it was cleared [MA].
  const std::uint64_t risen = file.get(kFir) & ~old & ~file.get(kFirMask);
  if (file.get(kFirWof) == 0) file.set(kFirWof, risen);
  errors_changed();
}

void PecStack::raise_nfir(std::uint64_t bits) { set_fir(nest_, nest_.get(kFir) | bits); }

void PecStack::raise_pfir(std::uint64_t bits) {
  if (pci_.row(kFir) != nullptr) set_fir(pci_, pci_.get(kFir) | bits);
}

std::uint64_t PecStack::fence_class() const {
  if (nest_.generation() == Generation::Phb3) return kP8NfirDead | kP8NfirFence | kNfirForceFence;
  return (nest(SR::NfirAction0) & nest(SR::NfirAction1)) | kNfirForceFence;
}

/// Errors, masks or actions have changed: the next stage follows.
void PecStack::errors_changed() {
  if (etu_in_reset()) return;
  const std::uint64_t pfir = pci(QR::Pfir) & ~pci(QR::PfirMask) & pci(QR::PfirAction0) & pci(QR::PfirAction1);
  if ((pfir & ~kPfirEtuInReset) != 0 && (nest(SR::Nfir) & kNfirPfirFreeze) == 0) return raise_nfir(kNfirPfirFreeze);
  if (fencing() && !fenced_) etu_.fence();
  fenced_ = fencing();
}

/// False: it is in reset, which the access is an error of [F].
bool PecStack::etu_reachable() {
  if (!etu_in_reset()) return true;
  raise_pfir(kPfirEtuInReset);
  return false;
}

std::uint64_t PecStack::access_etu(const RegSpec& row, bool is_write, std::uint64_t value) {
  if (!etu_reachable()) return ~0ull;
  if (!is_write) return etu_.read(etu_offset(row), 8);
  etu_.write(etu_offset(row), 8, value);
  return 0;
}

/// All ones and no effect where the address word does not fit its register [MA].
std::uint64_t PecStack::access_indirect(bool is_write, std::uint64_t value) {
  const std::uint64_t addr = scom_.get(index(EtuScomReg::HvAddr));
  const auto offset = static_cast<std::uint32_t>(HvOffset::get(addr));
  const unsigned bytes = (addr & kHv4Bytes) != 0 ? 4 : 8;
  if (!etu_reachable() || (addr & kHvValid) == 0) return ~0ull;
  std::uint64_t result = ~0ull;
  // CONFIG_DATA is reached at its first byte only [F: firmware refuses others].
  const bool shape = offset % bytes == 0 && needs_4_bytes(offset) == (bytes == 4) && offset != kConfigDataOffset + 4;
  if (shape && is_write) {
    etu_.write(offset, bytes, bytes == 4 ? value & low_mask(32) : value);
  } else if (shape) {
    result = etu_.read(offset, bytes);
  }
  if ((addr & kHvAutoIncrement) != 0) scom_.set(index(EtuScomReg::HvAddr), HvOffset::set(addr, offset + bytes));
  return result;
}

/// Configuration data are the upper half of the word, in the order of their bytes [F by firmware].
std::uint64_t PecStack::access_asb(bool is_write, std::uint64_t value) {
  const auto offset = static_cast<std::uint32_t>(scom_.get(index(EtuScomReg::P8AsbAddr)));
  if (!etu_reachable() || offset % 8 != 0) return ~0ull;
  const bool config = offset == kConfigDataOffset;
  if (is_write) {
    etu_.write(offset, config ? 4 : 8, config ? value >> 32 : value);
    return 0;
  }
  return config ? etu_.read(offset, 4) << 32 : etu_.read(offset, 8);
}

std::optional<std::uint64_t> PecStack::window(PecStackReg bar, PecStackReg mask, RealAddr addr) const {
  const std::uint64_t m = nest(mask) >> layout_.bar_shift;
  if (m == 0) return std::nullopt;  // never set up
  const std::uint64_t full = m | ~low_mask(64 - layout_.bar_shift);
  if (((addr ^ nest(bar) >> layout_.bar_shift) & full) != 0) return std::nullopt;
  return addr & ~full;
}

std::optional<PecTarget> PecStack::decode(RealAddr addr) const {
  const std::uint64_t enable = nest(SR::BarEnable);
  const auto in = [&](std::uint64_t base, std::uint64_t bytes) { return addr >= base && addr - base < bytes; };
  if ((enable & kBarEnablePhb) != 0) {
    const std::uint64_t value = nest(SR::PhbRegBar);
    const std::uint64_t base = value >> layout_.bar_shift;
    const bool same = layout_.generation != Generation::Phb3 || pci(QR::P8Bar2) == value;
    if (same && in(base, layout_.register_window)) return PecTarget{0, PecBar::Registers, addr - base};
  }
  if ((enable & kBarEnableInt) != 0 && layout_.int_window != 0) {
    const std::uint64_t base = nest(SR::IntBar) >> layout_.bar_shift;
    if (in(base, layout_.int_window)) return PecTarget{0, PecBar::Interrupts, addr - base};
  }
  if ((enable & kBarEnableMmio0) != 0) {
    if (const auto at = window(SR::MmioBar0, SR::MmioBar0Mask, addr)) return PecTarget{0, PecBar::Mmio0, *at};
  }
  if ((enable & kBarEnableMmio1) != 0) {
    if (const auto at = window(SR::MmioBar1, SR::MmioBar1Mask, addr)) return PecTarget{0, PecBar::Mmio1, *at};
  }
  return std::nullopt;
}

// -- controller --------------------------------------------------------------------------------------

PecState::PecState(Generation generation, unsigned pec, const std::vector<EtuPort*>& etus, const PecOptions& options)
    : pec_(pec),
      lane_config_(options.lanes[pec]),
      nest_(kPecNestTable, generation, PhbSize::Big),
      pci_(kPecPciTable, generation, PhbSize::Big),
      chiplet_(kPecChipletTable, generation, PhbSize::Big) {
  for (EtuPort* e : etus) stacks_.emplace_back(generation, *e, options.after_hostboot);
  chiplet_.set(index(PecChipletReg::Conf1), conf1_value(generation, pec, lane_config_));
  if (!options.after_hostboot || generation == Generation::Phb3) return;
  // Firmware and Hostboot do so where a controller serves several PHBs.
  const bool shared = lanes(1) != 0;
  nest_.set(index(PecNestReg::PbcqHwConfig), kHostbootPbcq | (shared ? kNoTceArbitration : 0));
  pci_.set(index(PecPciReg::PbaibHwConfig), Field<40, 42>::make(7));
}

RegisterFile& PecState::file(PecUnit unit) {
  PHBSIM_ASSERT(!is_of_stack(unit));
  return unit == PecUnit::Nest ? nest_ : unit == PecUnit::Pci ? pci_ : chiplet_;
}

std::uint64_t PecState::read(const ScomPlace& p) {
  return is_of_stack(p.unit) ? stacks_[p.stack].read(p.unit, *p.row) : file(p.unit).read(*p.row);
}

void PecState::write(const ScomPlace& p, std::uint64_t value) {
  if (is_of_stack(p.unit)) {
    stacks_[p.stack].write(p.unit, *p.row, value);
  } else {
    file(p.unit).write(*p.row, value);
  }
}

// -- chip --------------------------------------------------------------------------------------------

Scom::Scom(Generation generation, const std::vector<EtuPort*>& etus, const PecOptions& options)
    : layout_(pec_layout(generation)) {
  auto next = etus.begin();
  for (unsigned p = 0; p < layout_.pecs && next != etus.end(); ++p) {
    PHBSIM_ASSERT(etus.end() - next >= static_cast<std::ptrdiff_t>(layout_.stacks[p]));
    pecs_.emplace_back(generation, p, std::vector<EtuPort*>(next, next + layout_.stacks[p]), options);
    next += layout_.stacks[p];
  }
  PHBSIM_ASSERT(next == etus.end() && pecs_.size() >= (generation == Generation::Phb3 ? 3 : layout_.pecs));
}

std::optional<ScomPlace> Scom::place(std::uint64_t scom) const {
  for (unsigned p = 0; p < pecs(); ++p) {
    for (PecUnit unit :
         {PecUnit::Nest, PecUnit::Stack, PecUnit::Pci, PecUnit::PciStack, PecUnit::Etu, PecUnit::Chiplet}) {
      const unsigned stacks = is_of_stack(unit) ? layout_.stacks[p] : 1;
      for (unsigned s = 0; s < stacks; ++s) {
        const std::uint32_t base = scom_base(layout_, unit, p, s);
        if (scom < base || scom - base >= 0x400) continue;
        const RegSpec* row = pec_table(unit).find(layout_.generation, static_cast<std::uint32_t>(scom - base));
        if (row != nullptr) return ScomPlace{unit, p, s, row};
      }
    }
  }
  return std::nullopt;
}

XscomResult Scom::read(std::uint64_t scom) {
  const std::optional<ScomPlace> p = place(scom);
  if (!p) return {};
  return {true, pecs_[p->pec].read(*p)};
}

XscomResult Scom::write(std::uint64_t scom, std::uint64_t value) {
  const std::optional<ScomPlace> p = place(scom);
  if (!p) return {};
  pecs_[p->pec].write(*p, value);
  return {true, 0};
}

std::string Scom::name(std::uint64_t scom) const {
  const std::optional<ScomPlace> p = place(scom);
  if (!p) return {};
  std::string s = "PEC" + std::to_string(p->pec);
  if (is_of_stack(p->unit)) s += " stack " + std::to_string(p->stack);
  return s + " " + std::string(p->row->block) + std::string(p->row->suffix);
}

std::optional<PecTarget> Scom::decode(RealAddr addr) const {
  for (unsigned p = 0; p < pecs(); ++p) {
    for (unsigned s = 0; s < pecs_[p].stacks(); ++s) {
      std::optional<PecTarget> t = pecs_[p].stack(s).decode(addr);
      if (!t) continue;
      t->phb = phb_of(layout_, p, s);
      return t;
    }
  }
  return std::nullopt;
}

PecStack& Scom::stack_of(unsigned phb) {
  unsigned p = 0;
  for (; phb >= layout_.stacks[p]; ++p) phb -= layout_.stacks[p];
  return pecs_[p].stack(phb);
}

}  // namespace phbsim::arch
