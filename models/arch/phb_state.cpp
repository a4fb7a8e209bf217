// SPDX-License-Identifier: Apache-2.0
#include "models/arch/phb_state.hpp"

#include "models/base/check.hpp"

namespace phbsim::arch {

namespace {

LinkCapability port_of(const GenerationFacts& facts, const PhbOptions& options) {
  LinkCapability port;
  port.width = options.link_width;
  switch (facts.generation) {
    case Generation::Phb3:
      port.speed = 3;
      break;
    case Generation::Phb4:
      port.speed = 4;
      break;
    case Generation::Phb5:
      port.speed = facts.size == PhbSize::Big ? 5 : 4;  // Gen5 on PHB 0 and 3 only [F 0.1]
      break;
  }
  if (options.link_speed != 0) port.speed = options.link_speed;
  return port;
}

}  // namespace

PhbState::PhbState(Generation generation, PhbSize size, const PhbOptions& options)
    : facts_(&facts_of(generation, size)),
      options_(options),
      file_(phb_registers(), generation, facts_->size),
      tables_(*facts_, options.allow_any_page_size),
      interrupts_(*facts_, tables_, file_),
      link_(generation, port_of(*facts_, options), options.link_times),
      rc_(generation, link_) {
  control_changed();
}

void PhbState::set_memory(MemoryView* memory) {
  memory_ = memory;
  interrupts_.set_memory(memory);
}

bool PhbState::interrupts_routed() const {
  return facts_->generation == Generation::Phb3 ? (reg(Reg::IvtBar) & kBarEnable) != 0 : reg(Reg::IntNotifyAddr) != 0;
}

void PhbState::apply_firmware_defaults() {
  set_reg(Reg::PhbConfig, kConfigMsi32 | kConfigMsi64);
  for (unsigned b = 0; b < kErrorBlocks; ++b) {
    const auto block = static_cast<ErrorBlock>(b);
    const ErrorEnables& e = firmware_enables(facts_->generation)[b];
    set_reg(error_reg(block, BlockReg::Irq), e.interrupt);
    set_reg(error_reg(block, BlockReg::Freeze), e.freeze);
    set_reg(error_reg(block, BlockReg::Fence), e.fence);
  }
}

void PhbState::control_changed() {
  const std::uint64_t ctrlr = reg(Reg::Ctrlr);
  const auto select = static_cast<unsigned>(CtrlrTveSelect::get(ctrlr));
  tves_per_pe_ = facts_->tve_select_register ? 2u << (select > 3 ? 3 : select) : 2;
  tve1_above_4g_ = facts_->tve_select_register && (ctrlr & kCtrlrTve1Above4G) != 0;
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
  const Tve& tve = tables_.tve(r.tve_index);
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

void PhbState::set_msi_pe(std::uint32_t source, PeNumber pe) {
  PHBSIM_ASSERT(source < facts_->interrupts);
  tables_.set_mist(source, static_cast<std::uint16_t>(pe & kMistPe));
}

}  // namespace phbsim::arch
