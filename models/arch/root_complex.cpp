// SPDX-License-Identifier: Apache-2.0
#include "models/arch/root_complex.hpp"

#include "models/base/check.hpp"

namespace phbsim::arch {

namespace {
bool is_access(unsigned offset, unsigned bytes) {
  return (bytes == 1 || bytes == 2 || bytes == 4) && offset % bytes == 0 && offset < RootComplex::kBytes;
}

// Device status, and the root status that error messages leave.
constexpr std::uint32_t kDevCorrectable = 1, kDevNonFatal = 2, kDevFatal = 4;
constexpr std::uint32_t kRootCorrectable = 1, kRootCorrectables = 2, kRootUncorrectable = 4, kRootUncorrectables = 8,
                        kRootFirstFatal = 0x10, kRootNonFatal = 0x20, kRootFatal = 0x40;
}  // namespace

RootComplex::RootComplex(Generation generation, LinkTraining& link) : generation_(generation), link_(link) {
  for (const ConfigRow& r : rows::kRootConfig) {
    if (!r.exists_in(generation)) continue;
    for (unsigned i = 0; i < r.bytes; ++i) {
      writable_[r.offset + i] = static_cast<std::uint8_t>(r.writable >> (8 * i));
      w1c_[r.offset + i] = static_cast<std::uint8_t>(r.w1c >> (8 * i));
    }
  }
  reset(ResetKind::PowerOn);
}

void RootComplex::put(unsigned offset, unsigned bytes, std::uint32_t value) {
  for (unsigned i = 0; i < bytes; ++i) bytes_[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint32_t RootComplex::get(unsigned offset, unsigned bytes) const {
  std::uint32_t v = 0;
  for (unsigned i = 0; i < bytes; ++i) v |= std::uint32_t{bytes_[offset + i]} << (8 * i);
  return v;
}

/// Brings up to date what the link decides.
void RootComplex::refresh() {
  const bool active = link_.link_active();
  const bool present = link_.present();
  put(rc::kExpressFlags, 2, (get(rc::kExpressFlags, 2) & ~rc::kSlotImplemented) | (slot_ ? rc::kSlotImplemented : 0));
  put(rc::kLinkCap, 4, rc::kLinkActiveReporting | link_.port().width << 4 | link_.speed_limit());
  put(rc::kLinkCap2, 4, ((1u << link_.speed_limit()) - 1) << 1);
  std::uint32_t status = get(rc::kLinkStatus, 2) & 0xC000;
  status |= link_.speed() | (link_.training() ? rc::kLinkTraining : 0);
  // Down, the width is undefined [MA: 0].
  if (active) status |= link_.width() << 4 | rc::kLinkActive;
  put(rc::kLinkStatus, 2, status);
  if (active != seen_active_) set_bits(rc::kSlotStatus, 2, rc::kLinkChanged);
  if (present != seen_present_) set_bits(rc::kSlotStatus, 2, rc::kPresenceChanged);
  put(rc::kSlotStatus, 2, (get(rc::kSlotStatus, 2) & ~rc::kPresence) | (present ? rc::kPresence : 0));
  seen_active_ = active;
  seen_present_ = present;
}

std::uint32_t RootComplex::read(unsigned offset, unsigned bytes) {
  if (!is_access(offset, bytes)) return ~0u;
  refresh();
  return get(offset, bytes);
}

void RootComplex::write(unsigned offset, unsigned bytes, std::uint32_t value) {
  if (!is_access(offset, bytes)) return;
  refresh();
  for (unsigned i = 0; i < bytes; ++i) {
    const unsigned at = offset + i;
    const auto in = static_cast<unsigned>(value >> (8 * i) & 0xFF);
    const unsigned kept = bytes_[at] & ~unsigned{writable_[at]} & ~(in & w1c_[at]);
    bytes_[at] = static_cast<std::uint8_t>(kept | (in & writable_[at]));
  }
  control_changed();
  if (offset <= rc::kLinkControl && rc::kLinkControl < offset + bytes &&
      (value >> (8 * (rc::kLinkControl - offset)) & rc::kLinkRetrain) != 0) {
    link_.retrain();
  }
}

void RootComplex::control_changed() {
  link_.set_target_speed(get(rc::kLinkControl2, 2) & 0xF);
  link_.set_link_disable((get(rc::kLinkControl, 2) & rc::kLinkDisable) != 0);
  link_.set_hot_reset((get(rc::kBridgeControl, 2) & rc::kSecondaryBusReset) != 0);
}

void RootComplex::reset(ResetKind kind) {
  for (const ConfigRow& r : rows::kRootConfig) {
    if (!r.exists_in(generation_)) continue;
    const std::uint32_t keep = kind == ResetKind::Warm ? r.sticky : 0;
    put(r.offset, r.bytes, (get(r.offset, r.bytes) & keep) | (r.reset & ~keep));
  }
  seen_active_ = link_.link_active();
  seen_present_ = link_.present();
  control_changed();
  refresh();
}

void RootComplex::report_uncorrectable(unsigned bit, Rid source) {
  PHBSIM_ASSERT(bit < 32);
  const std::uint32_t one = 1u << bit;
  const bool masked = (get(rc::kUeMask, 4) & one) != 0;
  const bool fatal = (get(rc::kUeSeverity, 4) & one) != 0;
  if (!masked && get(rc::kUeStatus, 4) == 0) put(rc::kAerControl, 4, (get(rc::kAerControl, 4) & ~0x1Fu) | bit);
  set_bits(rc::kUeStatus, 4, one);
  set_bits(rc::kDeviceStatus, 2, fatal ? kDevFatal : kDevNonFatal);
  if (masked) return;
  const std::uint32_t before = get(rc::kRootStatus, 4);
  if ((before & kRootUncorrectable) == 0) {
    put(rc::kErrorSource + 2, 2, source);
    set_bits(rc::kRootStatus, 4, kRootUncorrectable | (fatal ? kRootFirstFatal : 0));
  } else {
    set_bits(rc::kRootStatus, 4, kRootUncorrectables);
  }
  set_bits(rc::kRootStatus, 4, fatal ? kRootFatal : kRootNonFatal);
}

void RootComplex::report_correctable(unsigned bit, Rid source) {
  PHBSIM_ASSERT(bit < 32);
  set_bits(rc::kCeStatus, 4, 1u << bit);
  set_bits(rc::kDeviceStatus, 2, kDevCorrectable);
  if ((get(rc::kCeMask, 4) & 1u << bit) != 0) return;
  const bool first = (get(rc::kRootStatus, 4) & kRootCorrectable) == 0;
  if (first) put(rc::kErrorSource, 2, source);
  set_bits(rc::kRootStatus, 4, first ? kRootCorrectable : kRootCorrectables);
}

}  // namespace phbsim::arch
