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

bool is_config_data(std::uint32_t offset, unsigned bytes) {
  return offset >= kConfigDataOffset && offset < kConfigDataOffset + 4 && bytes <= 4 && offset % bytes == 0;
}

}  // namespace

std::uint64_t PhbState::read(std::uint32_t offset, unsigned bytes, Path path) {
  const std::uint64_t ones = low_mask(8 * bytes);
  if (in_reset_ || (fenced_ && path == Path::Mmio)) return ones;
  if (is_config_data(offset, bytes))
    return swap_bytes(config_cycle(false, offset - kConfigDataOffset, bytes, 0), bytes);
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
    default:
      return file_.read(spec);
  }
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
    default:
      break;
  }
  if (spec.id == static_cast<unsigned>(Reg::ErrInjCtl))
    injection_armed_ = (reg(Reg::ErrInjCtl) & (kInjectInbound | kInjectOutbound)) != 0;
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
  if (mmio_frozen(pe)) return ones;
  const TransactionType type = is_write ? TransactionType::ConfigWrite : TransactionType::ConfigRead;
  if (injection_armed_ && injects(false, true, is_write, rid)) {
    raise(Fault::InjectedOutbound, pe, rid, offset, type, memory_);
    return ones;
  }
  ConfigReply reply;
  if (config_bus_ != nullptr)
    reply = is_write ? config_bus_->write_config(rid, offset, bytes, value)
                     : config_bus_->read_config(rid, offset, bytes);
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

void PhbState::reset(ResetKind kind) {
  file_.reset(kind);
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
