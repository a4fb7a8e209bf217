// SPDX-License-Identifier: Apache-2.0
// Register accesses of PhbState, the IODA port, configuration cycles, resets (phb.md 4.4, 5, 7.4).
#include "models/arch/phb_state.hpp"

namespace phbsim::arch {

namespace {

// Configuration data is little-endian; the value that read() and write() have is the big-endian
// number of the bytes.
std::uint32_t swap_bytes(std::uint32_t v, unsigned bytes) {
  std::uint32_t out = 0;
  for (unsigned i = 0; i < bytes; ++i) out |= ((v >> (8 * i)) & 0xFF) << (8 * (bytes - 1 - i));
  return out;
}

bool is_root_config(std::uint32_t offset, unsigned bytes, Generation g) {
  return g != Generation::Phb3 && bytes == 4 && offset >= kRcConfigOffset &&
         offset < kRcConfigOffset + kRcConfigBytes && offset % 4 == 0;
}

bool is_config_data(std::uint32_t offset, unsigned bytes) {
  return offset >= kConfigDataOffset && offset < kConfigDataOffset + 4 && bytes <= 4 && offset % bytes == 0;
}

}  // namespace

std::uint64_t PhbState::read(std::uint32_t offset, unsigned bytes, Path path) {
  const std::uint64_t ones = low_mask(8 * bytes);
  if (in_reset_ || (fenced_ && path == Path::Mmio)) return ones;
  if (is_config_data(offset, bytes))
    return swap_bytes(config_cycle(false, offset - kConfigDataOffset, bytes, 0), bytes);
  if (is_root_config(offset, bytes, facts_->generation)) return swap_bytes(rc_.read(offset - kRcConfigOffset, 4), 4);
  if (bytes != 8) {
    if (offset < kRegisterBytes) raise(Fault::RegisterSize, kNoPe, 0, offset, TransactionType::MmioLoad, nullptr);
    return ones;
  }
  const RegSpec* spec = file_.find(offset);
  return spec == nullptr ? ones : register_value(*spec);
}

void PhbState::write(std::uint32_t offset, unsigned bytes, std::uint64_t value, Path path) {
  if (in_reset_ || (fenced_ && path == Path::Mmio)) return;
  if (is_config_data(offset, bytes)) {
    config_cycle(true, offset - kConfigDataOffset, bytes, swap_bytes(static_cast<std::uint32_t>(value), bytes));
    return;
  }
  if (is_root_config(offset, bytes, facts_->generation)) {
    rc_.write(offset - kRcConfigOffset, 4, swap_bytes(static_cast<std::uint32_t>(value), 4));
    link_changed();
    return;
  }
  if (bytes != 8) {
    if (offset < kRegisterBytes) raise(Fault::RegisterSize, kNoPe, 0, offset, TransactionType::MmioStore, nullptr);
    return;
  }
  const RegSpec* spec = file_.find(offset);
  if (spec == nullptr) return;
  const std::uint64_t old = file_.get(spec->id);
  file_.write(*spec, value);
  after_write(*spec, old, value);
}

std::uint64_t PhbState::register_value(const RegSpec& spec) {
  switch (static_cast<RegAction>(spec.action)) {
    case RegAction::ChannelStatus:
      return summary(true);
    case RegAction::LoadStoreStatus:
      return summary(false);
    case RegAction::ErrorSummary:
      return error_summary();
    case RegAction::IodaData:
      return ioda_access(false, 0);
    case RegAction::FfiLock: {
      const std::uint64_t was = file_.get(spec.id);
      file_.set(spec.id, was | ppc_bit(0));
      return was;
    }
    case RegAction::Presence:
    case RegAction::TrainControl:
    case RegAction::LinkManagement:
    case RegAction::LinkErrors:
      return link_value(spec);
    default:
      return file_.read(spec);
  }
}

std::uint64_t PhbState::link_value(const RegSpec& spec) const {
  const std::uint64_t v = file_.read(spec);
  const std::uint64_t absent = link_.present() ? 0 : kAllBits;  // presence is active low
  const std::uint64_t active = link_.link_active() ? kAllBits : 0;
  switch (static_cast<Reg>(spec.id)) {
    case Reg::PcieHotplugStatus:
      return (v & ~(kPresenceN | kHotplugActive)) | (absent & kPresenceN) | (active & kHotplugActive);
    case Reg::P3Hotplug:
      return (v & ~(kPresenceN | kPresenceBN | kHotplugActive)) | (absent & (kPresenceN | kPresenceBN)) |
             (active & kHotplugActive);
    case Reg::PcieLmr:
    case Reg::P3PcieLinkManagement:
      return (v & ~kLinkManagementActive) | (active & kLinkManagementActive);
    case Reg::PcieDlpTrainCtl:
      return v | link_.train_ctl((reg(Reg::PcieDlpTrwctl) & ppc_bit(0)) != 0);
    case Reg::P3PcieDlpTrainCtl:
      return (v & kTrainTxDisable) | link_.train_ctl(false);
    case Reg::PcieDlpErrStatus:
    case Reg::P3DlpErrStatus:
      return v | link_.lane_errors();
    case Reg::PcieDlpErrCounters:
    case Reg::P3DlpErrCounters:
      return (v & ~RxErrorCount::kMask) | link_.error_counters();
    default:
      return v;
  }
}

void PhbState::link_register(const RegSpec& spec, std::uint64_t value) {
  switch (static_cast<Reg>(spec.id)) {
    case Reg::PcieScr:
    case Reg::P3PcieSystemConfig:
      link_.set_speed_limit(static_cast<unsigned>(MaxLinkSpeed::get(value)));
      rc_.set_slot((value & kScrSlot) != 0);
      break;
    case Reg::PcieLmr:
      if (value & ppc_bit(1)) link_.retrain();
      break;
    case Reg::P3PcieLinkManagement:
      if (value & ppc_bit(11)) link_.retrain();
      break;
    case Reg::PcieDlpTrainCtl:
    case Reg::P3PcieDlpTrainCtl:
      link_.write_train_ctl(value);
      break;
    case Reg::PcieDlpErrStatus:
    case Reg::P3DlpErrStatus:
      link_.clear_lane_errors(value);
      break;
    case Reg::PcieDlpErrCounters:
    case Reg::P3DlpErrCounters:
      link_.clear_errors(value);
      break;
    default:
      break;
  }
  link_changed();
}

// Bit 0 holds the configuration core in reset, bit 2 the buffer layer: what they hold begins anew.
void PhbState::core_reset(const RegSpec& spec) {
  const std::uint64_t v = file_.get(spec.id);
  link_.write_reset(v);
  if (facts_->generation != Generation::Phb3) {
    if (v & kCresetConfig) rc_.reset(ResetKind::Warm);
    if (v & kCresetPbl) {
      for (const RegSpec& r : file_.table())
        if (r.exists_in(facts_->generation) && r.block == "PHB_PBL_")
          file_.set(r.id, (file_.get(r.id) & r.sticky) | (r.reset.of(facts_->size) & ~r.sticky));
    }
  }
  link_changed();
}

void PhbState::elapse(Tick time) {
  link_.elapse(time);
  link_changed();
}

void PhbState::link_changed() {
  const LinkEvents e = link_.take_events();
  // PHB3's port reports link down where firmware enables it: while it expects a link [I: the one bit of
  // PORT_IRQ_EN that differs between its values for a link that is up and down].
  const bool reported = facts_->generation != Generation::Phb3 || (reg(Reg::UtlPciePortIrqEn) & ppc_bit(11)) != 0;
  if (e.down && reported) link_down(memory_);
  if (e.up && facts_->generation != Generation::Phb3) {
    const FaultEffect up = set_error({ErrorBlock::Regb, kRegbLinkUp}, 0, 0, 0);
    if (up.fence) fenced_ = true;
    update_lines();
  }
}

std::optional<OutboundTarget> PhbState::outbound(RealAddr addr) const {
  OutboundView v;
  v.facts = facts_;
  v.bars = tables_.mbt().data();
  v.segments = tables_.mdt().data();
  v.m32_start = reg(Reg::M32StartAddr);
  v.m64_upper = reg(Reg::M64UpperBits);
  v.phb_config = reg(Reg::PhbConfig);
  v.m32_base = reg(Reg::M32BaseAddr);
  v.m32_mask = reg(Reg::M32BaseMask);
  return decode_outbound(v, addr);
}

void PhbState::after_write(const RegSpec& spec, std::uint64_t old, std::uint64_t value) {
  switch (static_cast<RegAction>(spec.action)) {
    case RegAction::Control:
      control_changed();
      break;
    case RegAction::IodaData:
      ioda_access(true, value);
      break;
    case RegAction::DmaSync: {
      // Nothing is in flight: a sync is complete when it starts. A complete bit that was set stays if
      // it is written back, which is why software preserves it [I 4.2].
      const std::uint64_t starts = facts_->sync_has_writes ? kSyncReadStart | kSyncWriteStart : kSyncReadStart;
      file_.set(spec.id, (value & starts) >> 1 | (value & old & kSyncCompletes));
      break;
    }
    case RegAction::TceKill:
      // Queued and done at once: the command bits read 0, the rest as written [F 5.1].
      file_.set(spec.id, value & ~(kTceKillCommands));
      break;
    case RegAction::QuiesceDma:
      if (value & kQDmaAutoReset) file_.set(spec.id, 0);
      break;
    case RegAction::FfiRequest:
      interrupts_.fire_again(value);
      if (value & ppc_bit(3)) set_reg(Reg::FfiLock, 0);
      break;
    case RegAction::IvcInvalidate:
      interrupts_.ivc_invalidate(value);
      break;
    case RegAction::IvcUpdate:
      interrupts_.ivc_update(value);
      break;
    case RegAction::LemFirAnd:
      set_reg(Reg::LemFir, reg(Reg::LemFir) & value);
      break;
    case RegAction::LemFirOr:
      set_reg(Reg::LemFir, reg(Reg::LemFir) | value);
      break;
    case RegAction::LemMaskAnd:
      set_reg(Reg::LemMask, reg(Reg::LemMask) & value);
      break;
    case RegAction::LemMaskOr:
      set_reg(Reg::LemMask, reg(Reg::LemMask) | value);
      break;
    case RegAction::Inject:
      inject(spec, value);
      break;
    case RegAction::Status:
      update_lines();
      break;
    case RegAction::CoreReset:
      core_reset(spec);
      break;
    case RegAction::LinkSpeed:
    case RegAction::TrainControl:
    case RegAction::LinkManagement:
    case RegAction::LinkErrors:
      link_register(spec, value);
      break;
    default:
      break;
  }
  if (spec.id == static_cast<unsigned>(Reg::ErrInjCtl))
    injection_armed_ = (reg(Reg::ErrInjCtl) & (kInjectInbound | kInjectOutbound | kInjectConfig)) != 0;
}

// Every access of the port advances the index, reads too, and wraps at the table's end.
std::uint64_t PhbState::ioda_access(bool is_write, std::uint64_t value) {
  const std::uint64_t addr = reg(Reg::IodaAddr);
  const auto id = static_cast<IodaTableId>(IodaTable::get(addr));
  const std::uint32_t entries = ioda_entries(id, *facts_);
  if (entries == 0) {
    raise(Fault::IodaAccess, kNoPe, 0, addr, is_write ? TransactionType::MmioStore : TransactionType::MmioLoad, nullptr);
    return 0;
  }
  const std::uint64_t index_mask = facts_->ioda_index_mask;
  const auto index = static_cast<std::uint32_t>(addr & index_mask) & (entries - 1);
  std::uint64_t result = 0;
  if (is_write) {
    tables_.write(id, index, value, static_cast<unsigned>(IodaMistMask::get(addr)));
  } else {
    result = tables_.read(id, index);
  }
  if (addr & kIodaAutoIncrement) {
    const std::uint64_t next = ((addr & index_mask) + 1) % entries;
    set_reg(Reg::IodaAddr, (addr & ~index_mask) | next);
  }
  return result;
}

std::uint32_t PhbState::config_cycle(bool is_write, unsigned byte, unsigned bytes, std::uint32_t value) {
  const std::uint64_t address = reg(Reg::ConfigAddress);
  const auto ones = static_cast<std::uint32_t>(low_mask(8 * bytes));
  if (!(address & kConfigAddressEnable)) return ones;
  const auto rid = static_cast<Rid>(ConfigAddressRid::get(address));
  const auto offset = static_cast<unsigned>(ConfigAddressRegister::get(address) & ~3ull) + byte;
  const auto pe = static_cast<PeNumber>(ConfigAddressPe::get(address)) & (facts_->max_pes - 1);
  const bool own_root = facts_->generation == Generation::Phb3 && rid == 0;  // never leaves the PHB [I]
  if (mmio_frozen(pe) && !own_root) return ones;
  const TransactionType type = is_write ? TransactionType::ConfigWrite : TransactionType::ConfigRead;
  if (injection_armed_ && injects(false, true, is_write, rid)) {
    raise(Fault::InjectedOutbound, pe, rid, offset, type, memory_);
    return ones;
  }
  const ConfigReply reply = config_reply(is_write, rid, offset, bytes, value);
  set_reg(Reg::ConfigAddress, ConfigAddressStatus::set(address, static_cast<unsigned>(reply.status)));
  if (reply.status == ConfigStatus::Good) return reply.value & ones;
  if (reply.status == ConfigStatus::RetryStatus) return ones;
  if (is_write) {
    raise(Fault::ConfigWrite, pe, rid, offset, type, memory_);
  } else {
    raise(reply.status == ConfigStatus::CompleterAbort ? Fault::CompletionCa : Fault::CompletionUr, pe, rid, offset,
          type, memory_);
  }
  return ones;
}

ConfigReply PhbState::config_reply(bool is_write, Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) {
  if (facts_->generation == Generation::Phb3 && rid == 0) {
    if (!is_write) return {ConfigStatus::Good, rc_.read(offset, bytes)};
    rc_.write(offset, bytes, value);
    link_changed();
    return {ConfigStatus::Good, 0};
  }
  if (config_bus_ == nullptr || !rc_.forwards(rid >> 8) || !link_.link_active()) return {};
  return is_write ? config_bus_->write_config(rid, offset, bytes, value)
                  : config_bus_->read_config(rid, offset, bytes);
}

void PhbState::reset(ResetKind kind) {
  file_.reset(kind);
  rc_.reset(kind);
  link_.write_reset(reg(facts_->generation == Generation::Phb3 ? Reg::P3Reset : Reg::PcieCreset));
  link_.set_speed_limit(0);
  link_.take_events();  // the reset is why it went down
  tables_.reset();
  interrupts_.reset();
  fenced_ = false;
  injection_armed_ = false;
  control_changed();
}

void PhbState::hold_reset(bool asserted) {
  if (in_reset_ && !asserted) reset(ResetKind::Warm);
  in_reset_ = asserted;
}

void PhbState::power_on_reset() {
  reset(ResetKind::PowerOn);
  in_reset_ = false;
}

}  // namespace phbsim::arch
