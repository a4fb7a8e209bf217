// SPDX-License-Identifier: Apache-2.0
// Errors of PhbState: traps, outputs by the enables, freeze, fence, interrupt lines (phb.md 5.3, 6).
#include "models/arch/phb_state.hpp"

namespace phbsim::arch {

namespace {

constexpr ErrorBlock kAllBlocks[] = {ErrorBlock::PhbErr, ErrorBlock::Txe, ErrorBlock::RxeArb, ErrorBlock::RxeMrg,
                                     ErrorBlock::RxeTce, ErrorBlock::Pbl, ErrorBlock::Regb};
// Of RXE_ARB: errors that completions of outbound loads bring show in both summaries [F 6.2].
constexpr std::uint64_t kCompletionErrors = ppc_bit(0) | ppc_bit(1);

constexpr bool is_regb_side(ErrorBlock b) { return b == ErrorBlock::Pbl || b == ErrorBlock::Regb; }
constexpr unsigned block_lem(ErrorBlock b) { return lem_bit_of(Fault::None, b); }

}  // namespace

AllEnables PhbState::enables() const {
  AllEnables e;
  for (const ErrorBlock b : kAllBlocks)
    e[static_cast<unsigned>(b)] = {reg(error_reg(b, BlockReg::Irq)), reg(error_reg(b, BlockReg::Freeze)),
                                   reg(error_reg(b, BlockReg::Fence))};
  return e;
}

// Sets a status bit with everything that follows from it inside the traps; says what it asks for.
FaultEffect PhbState::set_error(FaultPlace place, unsigned lem_bit, std::uint64_t log0, std::uint64_t log1) {
  const ErrorBlock b = place.block;
  const std::uint64_t bit = ppc_bit(place.bit);
  if (reg(error_reg(b, BlockReg::StatusMask)) & bit) return {};
  if (reg(error_reg(b, BlockReg::Err1)) == 0 && !(reg(error_reg(b, BlockReg::Err1Mask)) & bit)) {
    set_reg(error_reg(b, BlockReg::Err1), bit);
    set_reg(error_reg(b, BlockReg::Log0), log0);
    set_reg(error_reg(b, BlockReg::Log1), log1);
  }
  set_reg(error_reg(b, BlockReg::Status), reg(error_reg(b, BlockReg::Status)) | bit);
  const AllEnables e = enables();
  if (!is_regb_side(b)) {
    if (reg(error_reg(b, BlockReg::Lem)) & bit) {
      const std::uint64_t lem = ppc_bit(lem_bit);
      set_reg(Reg::LemFir, reg(Reg::LemFir) | lem);
      if (reg(Reg::LemWof) == 0 && !(reg(Reg::LemMask) & lem)) set_reg(Reg::LemWof, lem);
    }
    return effect_of(place, e);
  }
  FaultEffect all;
  const ErrorEnables& own = e[static_cast<unsigned>(b)];
  const std::uint64_t outputs[] = {own.interrupt, own.freeze, own.fence};
  for (std::uint8_t i = 0; i < 3; ++i) {
    if (!(outputs[i] & bit)) continue;
    const FaultPlace up{ErrorBlock::PhbErr, static_cast<std::uint8_t>(kFirstOutput + i)};
    const FaultEffect o = set_error(up, block_lem(ErrorBlock::PhbErr), log0, log1);
    all.freeze |= o.freeze;
    all.fence |= o.fence;
    all.interrupt |= o.interrupt;
  }
  return all;
}

void PhbState::freeze(PeNumber pe, const PestEntry& pest, bool cascade, MemoryView* memory) {
  if (!mmio_frozen(pe) && !dma_stopped(pe) && memory != nullptr && (reg(Reg::PestBar) & kBarEnable)) {
    const RealAddr entry = (reg(Reg::PestBar) & facts_->pest_base_mask) + 16ull * pe;
    memory->write_be64(entry, pest.word0);
    memory->write_be64(entry + 8, pest.word1);
  }
  set_frozen(pe, true, true);  // the hardware sets both together (phb.md 6.2)
  if (!cascade) return;
  if (!(reg(Reg::PeltvBar) & kBarEnable)) {
    const FaultPlace place = place_of(Fault::PeltvDisabled, facts_->generation);
    if (set_error(place, lem_bit_of(Fault::PeltvDisabled, place.block), 0, 0).fence) fenced_ = true;
    return;
  }
  if (memory_ == nullptr) return;
  const std::uint32_t row_bytes = facts_->max_pes / 8;
  const RealAddr row = (reg(Reg::PeltvBar) & ~kBarEnable) + static_cast<RealAddr>(row_bytes) * pe;
  for (std::uint32_t byte = 0; byte < row_bytes; ++byte) {
    unsigned char bits = 0;
    memory_->read(row + byte, &bits, 1);
    for (unsigned i = 0; i < 8; ++i)
      if (bits & (0x80u >> i)) set_frozen(8 * byte + i, true, true);
  }
}

FaultRecord PhbState::raise(Fault fault, PeNumber pe, Rid rid, BusAddr addr, TransactionType type, MemoryView* memory,
                            std::uint16_t msi_data) {
  FaultRecord record;
  record.fault = fault;
  record.pe = pe;
  record.rid = rid;
  record.addr = addr;
  record.type = type;
  const FaultPlace place = place_of(fault, facts_->generation);
  if (place.bit == kNoBit) {
    record.effect.freeze = spec_of(fault).freezes;
  } else {
    // [MA] What the logs hold is not public: LOG_0 transaction type, RID and PE, LOG_1 the address.
    const std::uint64_t log0 = Field<5, 7>::make(static_cast<unsigned>(type)) | Field<16, 31>::make(rid) |
                               Field<48, 63>::make(pe);
    record.effect = set_error(place, lem_bit_of(fault, place.block), log0, addr);
  }
  if (pe < facts_->max_pes && record.effect.freeze) {
    record.pest = make_pest(fault, type, rid, addr, msi_data);
    const bool message = fault == Fault::ErrFatal || fault == Fault::ErrNonfatal;
    freeze(pe, record.pest, message || options_.cascade_every_freeze, memory);
  }
  if (record.effect.fence) fenced_ = true;
  update_lines();
  return record;
}

FaultRecord PhbState::receive(ErrorMessage message, PeNumber pe, Rid rid, MemoryView* memory) {
  const Fault fault = message == ErrorMessage::Fatal      ? Fault::ErrFatal
                      : message == ErrorMessage::Nonfatal ? Fault::ErrNonfatal
                                                          : Fault::ErrCorrectable;
  return raise(fault, pe, rid, 0, TransactionType::Other, memory);
}

FaultRecord PhbState::link_down(MemoryView* memory) {
  FaultRecord record = raise(Fault::LinkDown, kNoPe, 0, 0, TransactionType::Other, memory);
  if (!record.effect.freeze) return record;
  record.pest = make_pest(Fault::LinkDown, TransactionType::Other, 0, 0);
  for (PeNumber pe = 0; pe < facts_->max_pes; ++pe) freeze(pe, record.pest, false, memory);
  return record;
}

bool PhbState::injects(bool inbound, bool config, bool write, std::uint64_t addr) {
  const std::uint64_t ctl = reg(Reg::ErrInjCtl);
  // Firmware arms configuration cycles by their bit alone [F: skiboot].
  if (!(ctl & (config ? kInjectConfig : inbound ? kInjectInbound : kInjectOutbound))) return false;
  if (!config && (ctl & kInjectConfig) != 0) return false;
  if (!(ctl & (write ? kInjectWrite : kInjectRead))) return false;
  const std::uint64_t field = config ? ppc_mask(4, 19) : ppc_mask(16, 63);
  const std::uint64_t is = config ? Field<4, 19>::make(addr) : addr;
  if (((is ^ reg(Reg::ErrInjAddr)) & reg(Reg::ErrInjMask) & field) != 0) return false;
  if (!(ctl & kInjectSticky)) {
    set_reg(Reg::ErrInjCtl, ctl & ~(kInjectInbound | kInjectOutbound | kInjectConfig));
    injection_armed_ = false;
  }
  return true;
}

// [MA] A written bit is set as if its error had happened; a freeze is that of the PE which the
// configuration address names.
void PhbState::inject(const RegSpec& spec, std::uint64_t bits) {
  const auto block = static_cast<ErrorBlock>((spec.id - static_cast<unsigned>(Reg::PhbErrStatus)) / kBlockRegs);
  const auto pe = static_cast<PeNumber>(ConfigAddressPe::get(reg(Reg::ConfigAddress))) & (facts_->max_pes - 1);
  PestEntry pest;
  pest.word0 = ppc_bit(0) | Field<5, 7>::make(static_cast<unsigned>(TransactionType::Other)) |
               Field<26, 31>::make(block_lem(block));
  pest.word1 = ppc_bit(0);
  for (std::uint8_t i = 0; i < 64; ++i) {
    if (!(bits & ppc_bit(i))) continue;
    const FaultEffect e = set_error({block, i}, block_lem(block), 0, 0);
    if (e.freeze) freeze(pe, pest, false, memory_);
    if (e.fence) fenced_ = true;
  }
  update_lines();
}

void PhbState::fence() {
  fenced_ = true;
  update_lines();
}

// [MA] Whatever freezes or fences raises the error interrupt, what else is enabled the informative.
void PhbState::update_lines() {
  bool error = fenced_;
  bool informative = false;
  for (const ErrorBlock b : kAllBlocks) {
    if (is_regb_side(b)) continue;  // they pass through PHB_ERR
    const std::uint64_t on = reg(error_reg(b, BlockReg::Status)) & reg(error_reg(b, BlockReg::Irq));
    const std::uint64_t severe = reg(error_reg(b, BlockReg::Freeze)) | reg(error_reg(b, BlockReg::Fence));
    if (on & severe) error = true;
    if (on & ~severe) informative = true;
  }
  if (error != interrupts_.lsi(kLsiError)) interrupts_.set_lsi(kLsiError, error);
  if (informative != interrupts_.lsi(kLsiInformative)) interrupts_.set_lsi(kLsiInformative, informative);
}

std::uint64_t PhbState::summary(bool inbound) const {
  std::uint64_t v = 0;
  for (const ErrorBlock b : {ErrorBlock::Txe, ErrorBlock::RxeArb, ErrorBlock::RxeMrg, ErrorBlock::RxeTce}) {
    std::uint64_t seen = inbound == (b != ErrorBlock::Txe) ? kAllBits : 0;
    if (!inbound && b == ErrorBlock::RxeArb) seen = kCompletionErrors;
    const std::uint64_t status = reg(error_reg(b, BlockReg::Status)) & seen;
    if (status) v |= kSummaryError;
    if (reg(error_reg(b, BlockReg::Err1)) & seen) v |= kSummaryFirst;
    if (status & reg(error_reg(b, BlockReg::Freeze))) v |= kSummaryFreeze;
  }
  return v;
}

std::uint64_t PhbState::error_summary() const {
  std::uint64_t v = 0;
  for (const ErrorBlock b : kAllBlocks)
    if (reg(error_reg(b, BlockReg::Status))) v |= ppc_bit(static_cast<unsigned>(b));
  return v;
}

}  // namespace phbsim::arch
