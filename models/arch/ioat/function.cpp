// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ioat/function.hpp"

#include <algorithm>

#include "models/base/check.hpp"

namespace phbsim::arch::ioat {

namespace {

constexpr std::uint64_t mask_of(unsigned bytes) { return bytes == 8 ? ~0ull : (1ull << (8 * bytes)) - 1; }

/// Calls `part(spec, mask, shift)` for each register that [offset, offset + bytes) touches: `mask` are the bits of
/// the register that it covers, register bit 0 is bit `shift` of the access (negative: it began before it).
template <class Part>
void for_registers(std::uint32_t offset, unsigned bytes, Part&& part) {
  for (const RegSpec& r : kRegisters) {
    const std::uint32_t first = std::max(offset, r.offset);
    const std::uint32_t end = std::min(offset + bytes, r.offset + r.bytes);
    if (first >= end) continue;
    const std::uint64_t mask = mask_of(end - first) << (8 * (first - r.offset));
    part(r, mask, 8 * (static_cast<int>(r.offset) - static_cast<int>(offset)));
  }
}
constexpr std::uint64_t shifted(std::uint64_t v, int by) { return by >= 0 ? v << by : v >> -by; }

}  // namespace

Function::Function(const FunctionOptions& options) : model_(options.model), channel_(options.channel) { reset(); }

void Function::reset() {
  channel_.reset();
  for (const RegSpec& r : kRegisters) regs_[static_cast<unsigned>(r.reg)] = r.reset;
  regs_[static_cast<unsigned>(Reg::CbVer)] = model_->version;
  control_ = Control{};
  vector_ = Vector{};
  vector_.entry[12] = 1;  // masked [F: PCI]
  channel_errors_ = error_int_ = error_int_mask_ = 0;
}

// ---------------------------------------------------------------------------------------------
// Registers

std::uint64_t Function::peek(Reg r) const {
  if (of_channel(r)) return channel_.read(r);
  std::uint64_t v = regs_[static_cast<unsigned>(r)];
  if (r == Reg::IntrCtrl && regs_[static_cast<unsigned>(Reg::AttnStatus)] != 0) {
    v |= kIntrStatus;
    if ((v & kIntrMaster) != 0) v |= kIntrActive;
  }
  return v;
}

std::uint64_t Function::read_register(const RegSpec& spec) {
  const std::uint64_t v = peek(spec.reg);
  // [F] Both are for an interrupt handler: reading acknowledges.
  if (spec.reg == Reg::IntrCtrl) regs_[static_cast<unsigned>(Reg::IntrCtrl)] &= ~kIntrMaster;
  if (spec.reg == Reg::AttnStatus) regs_[static_cast<unsigned>(Reg::AttnStatus)] = 0;
  return v;
}

void Function::write_register(const RegSpec& spec, std::uint64_t mask, std::uint64_t value) {
  if (spec.access == RegAccess::ReadOnly) return;
  if (of_channel(spec.reg)) {
    channel_.write(spec.reg, mask, value);
    latch_errors();
    return;
  }
  std::uint64_t& r = regs_[static_cast<unsigned>(spec.reg)];
  const std::uint64_t keep = spec.writable & mask;
  r = (r & ~keep) | (value & keep);
}

std::uint64_t Function::read(std::uint32_t offset, unsigned bytes) {
  PHBSIM_ASSERT(bytes >= 1 && bytes <= 8 && offset + std::uint64_t{bytes} <= kBarBytes);
  std::uint64_t v = 0;
  for_registers(offset, bytes, [&](const RegSpec& r, std::uint64_t mask, int shift) {
    v |= shifted(read_register(r) & mask, shift);
  });
  for (unsigned i = 0; i < bytes; ++i) {
    const std::uint32_t at = offset + i;
    if (at >= kMsixTable && at < kMsixTable + kMsixEntryBytes)
      v |= std::uint64_t{vector_.entry[at - kMsixTable]} << 8 * i;
    if (at == kMsixPba && vector_.pending) v |= 1ull << 8 * i;
  }
  return v;
}

void Function::write(std::uint32_t offset, unsigned bytes, std::uint64_t value) {
  PHBSIM_ASSERT(bytes >= 1 && bytes <= 8 && offset + std::uint64_t{bytes} <= kBarBytes);
  value &= mask_of(bytes);
  for_registers(offset, bytes, [&](const RegSpec& r, std::uint64_t mask, int shift) {
    write_register(r, mask, shifted(value, -shift) & mask);
  });
  for (unsigned i = 0; i < bytes; ++i) {
    const std::uint32_t at = offset + i;
    if (at < kMsixTable || at >= kMsixTable + kMsixEntryBytes) continue;
    vector_.entry[at - kMsixTable] = static_cast<unsigned char>(value >> 8 * i);
  }
}

std::uint32_t Function::read_config(std::uint32_t offset) const {
  return offset == kConfigChanErr ? error_int_ : offset == kConfigChanErrMask ? error_int_mask_ : 0;
}

void Function::write_config(std::uint32_t offset, std::uint32_t value) {
  if (offset == kConfigChanErr) error_int_ &= ~value;
  if (offset == kConfigChanErrMask) error_int_mask_ = value;
}

void Function::latch_errors() {
  const auto now = static_cast<std::uint32_t>(channel_.read(Reg::ChanErr));
  error_int_ |= now & ~channel_errors_;
  channel_errors_ = now;
}

// ---------------------------------------------------------------------------------------------
// DMA

bool Function::next(Request& r) {
  if (!control_.bus_master) return false;
  if (vector_.pending && deliverable() && channel_.raise()) vector_.pending = false;
  while (channel_.next(r)) {
    if (r.purpose != Request::Purpose::Interrupt || fill_message(r)) return true;
    channel_.done(r.tag, true);  // it stays here
  }
  latch_errors();  // a chain that begins wrong fails without a request
  return false;
}

/// Makes a message of an interrupt; false if none is sent for it (now).
bool Function::fill_message(Request& r) {
  const std::uint64_t ctrl = regs_[static_cast<unsigned>(Reg::IntrCtrl)];
  if ((ctrl & (kIntrMaster | kIntrMsix)) == 0) return false;
  regs_[static_cast<unsigned>(Reg::AttnStatus)] |= 1;
  if (!deliverable()) {
    vector_.pending = control_.msix_enable;
    return false;
  }
  r.addr = load_le64(vector_.entry.data());
  std::copy_n(vector_.entry.data() + 8, 4, r.data);
  return true;
}

void Function::done(unsigned tag, bool ok) {
  channel_.done(tag, ok);
  latch_errors();
}

}  // namespace phbsim::arch::ioat
