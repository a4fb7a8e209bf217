// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/virtual_config.hpp"

#include <algorithm>
#include <array>

#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::vfio {

namespace reg = pci::reg;

namespace {

constexpr std::uint8_t kCapVpd = 0x03;
constexpr std::uint8_t kCapPcix = 0x07;
constexpr std::uint8_t kCapHt = 0x08;
constexpr std::uint8_t kCapSata = 0x12;
constexpr std::uint8_t kCapAgp = 0x02;
constexpr unsigned kAfCap = 3, kAfCtrl = 4;
constexpr std::uint8_t kAfFlr = 1, kAfCapBoth = 3;
constexpr std::uint16_t kExtVendor = 0x0b, kExtDvsec = 0x23, kExtErr = 0x01, kExtPwr = 0x04;
constexpr std::uint16_t kPmcPme = 0xF800, kPmCtrlPme = 0x8100, kPmState = 3;

/// Capabilities of a length that is known; 0: hidden; those of any length are asked for it.
constexpr unsigned kAsk = ~0u;
constexpr std::array<unsigned, 0x15> kLengths = [] {
  std::array<unsigned, 0x15> l{};
  l[pci::kCapPm] = 8;
  l[kCapAgp] = 12;
  l[kCapVpd] = 8;
  l[pci::kCapMsi] = kAsk;
  l[kCapPcix] = kAsk;
  l[kCapHt] = kAsk;
  l[pci::kCapVendor] = kAsk;
  l[pci::kCapExp] = kAsk;
  l[pci::kCapMsix] = 12;
  l[kCapSata] = kAsk;
  l[pci::kCapAf] = 6;
  return l;
}();

}  // namespace

VirtualConfig::VirtualConfig(pci::Function& function, Events events)
    : function_(function),
      events_(std::move(events)),
      shown_(function.config_bytes()),
      copied_(function.config_bytes()),
      // What is no capability is the device's, whatever it may be.
      writable_(function.config_bytes(), 0xFF) {
  header();
  standard_capabilities();
  extended_capabilities();
}

void VirtualConfig::fill(unsigned offset, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    shown_[offset + i] = static_cast<std::uint8_t>(function_.read_config(offset + i, 1));
    copied_[offset + i] = 0;
    writable_[offset + i] = 0;
  }
}

void VirtualConfig::allow(unsigned offset, unsigned n, std::uint32_t copied, std::uint32_t writable) {
  for (unsigned i = 0; i < n; ++i) {
    copied_[offset + i] = static_cast<std::uint8_t>(copied >> (8 * i));
    writable_[offset + i] = static_cast<std::uint8_t>(writable >> (8 * i));
  }
}

void VirtualConfig::header() {
  fill(0, reg::kHeaderEnd);
  allow(reg::kVendor, 4, ~0u, 0);
  allow(reg::kCommand, 2, pci::kCommandIntxDisable, 0xFFFF);
  allow(reg::kStatus, 2, pci::kStatusCapabilities, 0);
  allow(reg::kCacheLine, 2, 0, 0xFFFF);
  allow(reg::kBist, 1, 0, 0xFF);
  for (unsigned i = 0; i < pci::kBars; ++i) allow(reg::kBar0 + 4 * i, 4, ~0u, ~0u);
  allow(reg::kRom, 4, ~0u, ~0u);
  allow(reg::kCapabilities, 1, 0xFF, 0);
  allow(reg::kIntLine, 1, 0xFF, 0xFF);
  allow(reg::kIntPin, 1, 0xFF, 0);
}

unsigned VirtualConfig::length_of(std::uint8_t id, unsigned at) {
  const unsigned known = id < kLengths.size() ? kLengths[id] : 0;
  if (known != kAsk) return known;
  const std::uint32_t flags = function_.read_config(at + 2, 2);
  switch (id) {
    case pci::kCapMsi: return 10 + ((flags & 0x80) != 0 ? 4 : 0) + ((flags & 0x100) != 0 ? 10 : 0);
    case kCapPcix: return (flags & 0x3000) != 0 ? 24 : 8;
    case pci::kCapVendor: return flags & 0xFF;
    case pci::kCapExp: {
      const bool first_version = (flags & 0xF) == 1;
      const bool integrated = (flags >> 4 & 0xF) == 9;  // a root complex's own endpoint: no link registers
      if (integrated) return first_version ? 0x0c : 0x2c;
      return first_version ? 20 : 60;
    }
    case kCapHt: return (flags >> 8 & 0xE0) != 0 ? 4 : 28;
    default: return (function_.read_config(at + 4, 1) & 0xF) == 0xF ? 16 : 8;  // SATA
  }
}

void VirtualConfig::standard_capabilities() {
  if ((function_.read_config(reg::kStatus, 2) & pci::kStatusCapabilities) == 0) return;
  unsigned previous = reg::kCapabilities;
  unsigned at = function_.read_config(reg::kCapabilities, 1) & ~3u;
  for (unsigned left = (reg::kStandardEnd - reg::kHeaderEnd) / 4; at != 0 && left > 0; --left) {
    const auto id = static_cast<std::uint8_t>(function_.read_config(at + reg::kCapId, 1));
    const unsigned next = function_.read_config(at + reg::kCapNext, 1);
    const unsigned n = std::min(length_of(id, at), reg::kStandardEnd - at);
    if (n == 0) {
      shown_[previous] = static_cast<std::uint8_t>(next);
    } else {
      capabilities_.push_back({id, at, n});
      fill(at, n);
      permissions_of(capabilities_.back());
      previous = at + reg::kCapNext;
    }
    at = next & ~3u;
  }
  if (capabilities_.empty()) shown_[reg::kStatus] &= static_cast<std::uint8_t>(~pci::kStatusCapabilities);
}

void VirtualConfig::permissions_of(const Capability& c) {
  allow(c.first, 2, 0xFFFF, 0);
  switch (c.id) {
    case pci::kCapPm:
      allow(c.first + reg::kPmc, 2, kPmcPme, 0);
      allow(c.first + reg::kPmCtrl, 4, kPmCtrlPme, ~std::uint32_t{kPmCtrlPme | kPmState});
      set_word(c.first + reg::kPmc, word(c.first + reg::kPmc) & static_cast<std::uint16_t>(~kPmcPme));
      set_word(c.first + reg::kPmCtrl, word(c.first + reg::kPmCtrl) & static_cast<std::uint16_t>(~kPmCtrlPme));
      break;
    case pci::kCapMsi: {
      const bool wide = (word(c.first + reg::kMsiFlags) & pci::kMsi64) != 0;
      const unsigned data = wide ? 12 : 8;
      allow(c.first + reg::kMsiFlags, 1, 0xFF, 0xFF);
      allow(c.first + reg::kMsiAddr, 4, ~0u, ~0u);
      if (wide) allow(c.first + reg::kMsiAddrHigh, 4, ~0u, ~0u);
      allow(c.first + data, 2, 0xFFFF, 0xFFFF);
      if (c.bytes >= 20) allow(c.first + data + 4, 4, 0, ~0u);
      break;
    }
    case kCapPcix: allow(c.first + 2, 2, 0, 0xFFFF); break;
    case pci::kCapVendor:
      for (unsigned i = 2; i < c.bytes; ++i) allow(c.first + i, 1, 0, 0xFF);
      break;
    case pci::kCapExp:
      // FLR, payload and read request sizes are a copy; phantom functions stay off.
      allow(c.first + reg::kExpDevCtl, 2, 0xF0E0, 0xFDFF);
      if (c.bytes > reg::kExpDevCtl2 + 1) allow(c.first + reg::kExpDevCtl2, 2, 0, 0xFFDF);
      break;
    case pci::kCapAf: allow(c.first + kAfCtrl, 1, kAfFlr, kAfFlr); break;
    default: break;
  }
}

void VirtualConfig::extended_capabilities() {
  if (bytes() <= reg::kStandardEnd) return;
  unsigned at = reg::kStandardEnd;
  for (unsigned left = (bytes() - reg::kStandardEnd) / 4; at >= reg::kStandardEnd && left > 0; --left) {
    const std::uint32_t head = function_.read_config(at, 4);
    if (head == 0 || head == ~0u) return;
    // The header is a copy; what follows is read-only but for those that have registers of a vendor.
    const auto id = static_cast<std::uint16_t>(head);
    fill(at, 4);
    allow(at, 4, ~0u, 0);
    if (id != kExtVendor && id != kExtDvsec) {
      const unsigned next = head >> 20 & ~3u;
      const unsigned known = id == kExtErr ? 0x2c : id == kExtPwr ? 16 : 4;
      const unsigned end = std::min({bytes(), at + known, next > at ? next : bytes()});
      for (unsigned i = at + 4; i < end; ++i) writable_[i] = 0;
    }
    at = head >> 20 & ~3u;
  }
}

unsigned VirtualConfig::find(std::uint8_t capability) const {
  for (const Capability& c : capabilities_) {
    if (c.id == capability) return c.first;
  }
  return 0;
}

const VirtualConfig::Capability* VirtualConfig::at(unsigned offset) const {
  for (const Capability& c : capabilities_) {
    if (covers(c.first, c.bytes, offset)) return &c;
  }
  return nullptr;
}

void VirtualConfig::set_msi(bool enabled, unsigned vectors_log2) {
  msi_on_ = enabled;
  msi_vectors_log2_ = vectors_log2;
}

// -- access -----------------------------------------------------------------------------------------

unsigned VirtualConfig::chunk(unsigned offset, std::size_t left) const {
  if (left >= 4 && (offset & 3) == 0) return 4;
  return left >= 2 && (offset & 1) == 0 ? 2 : 1;
}

void VirtualConfig::read(unsigned offset, unsigned char* out, std::size_t n) {
  PHBSIM_ASSERT(offset <= bytes() && n <= bytes() - offset);
  while (n != 0) {
    const unsigned c = chunk(offset, n);
    const std::uint32_t value = read_chunk(offset, c);
    for (unsigned i = 0; i < c; ++i) *out++ = static_cast<unsigned char>(value >> (8 * i));
    offset += c;
    n -= c;
  }
}

void VirtualConfig::write(unsigned offset, const unsigned char* in, std::size_t n) {
  PHBSIM_ASSERT(offset <= bytes() && n <= bytes() - offset);
  while (n != 0) {
    const unsigned c = chunk(offset, n);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < c; ++i) value |= std::uint32_t{*in++} << (8 * i);
    write_chunk(offset, c, value);
    offset += c;
    n -= c;
  }
}

std::uint32_t VirtualConfig::read_chunk(unsigned offset, unsigned n) {
  if (bars_dirty_ && offset < reg::kHeaderEnd) fix_bars();
  std::uint32_t value = 0, copied = 0;
  for (unsigned i = 0; i < n; ++i) {
    value |= std::uint32_t{shown_[offset + i]} << (8 * i);
    copied |= std::uint32_t{copied_[offset + i]} << (8 * i);
  }
  if (copied == low_mask(8 * n)) return value;
  return (function_.read_config(offset, n) & ~copied) | (value & copied);
}

void VirtualConfig::store(unsigned offset, unsigned n, std::uint32_t value) {
  std::uint32_t to_device = 0;
  for (unsigned i = 0; i < n; ++i) {
    const auto in = static_cast<std::uint8_t>(value >> (8 * i));
    const auto kept = static_cast<std::uint8_t>(writable_[offset + i] & copied_[offset + i]);
    shown_[offset + i] = static_cast<std::uint8_t>((shown_[offset + i] & ~kept) | (in & kept));
    to_device |= std::uint32_t{static_cast<std::uint8_t>(writable_[offset + i] & ~copied_[offset + i])} << (8 * i);
  }
  if (to_device == 0) return;
  const std::uint32_t now = to_device == low_mask(8 * n) ? 0 : function_.read_config(offset, n) & ~to_device;
  function_.write_config(offset, n, now | (value & to_device));
}

void VirtualConfig::write_chunk(unsigned offset, unsigned n, std::uint32_t value) {
  const Capability* c = at(offset);
  store(offset, n, value);
  if (offset < reg::kHeaderEnd) {
    if (covers(offset, n, reg::kCommand) || covers(offset, n, reg::kCommand + 1)) command_written(offset, n, value);
    if (offset >= reg::kBar0 && offset < reg::kRom + 4) bars_dirty_ = true;
  } else if (c != nullptr) {
    if (c->id == pci::kCapPm && offset == c->first + reg::kPmCtrl) {
      // The kernel changes the state in place of the program.
      const std::uint32_t pm = function_.read_config(offset, 2);
      function_.write_config(offset, 2, (pm & ~std::uint32_t{kPmState}) | (value & kPmState));
      power_state_ = value & kPmState;
    }
    capability_written(*c, offset, n);
  }
}

void VirtualConfig::command_written(unsigned offset, unsigned n, std::uint32_t value) {
  if (offset == reg::kCommand) {
    const std::uint16_t enables = pci::kCommandIo | pci::kCommandMemory;
    const std::uint16_t mask = n == 1 ? enables & 0xFF : enables;
    set_word(reg::kCommand, static_cast<std::uint16_t>((word(reg::kCommand) & ~mask) | (value & mask)));
  }
  if (events_.intx_disable) events_.intx_disable(intx_disabled());
}

void VirtualConfig::capability_written(const Capability& c, unsigned offset, unsigned n) {
  bool reset = false;
  if (c.id == pci::kCapMsi && covers(offset, n, c.first + reg::kMsiFlags)) {
    std::uint16_t flags = word(c.first + reg::kMsiFlags);
    if (!msi_on_) flags &= static_cast<std::uint16_t>(~pci::kMsiEnable);
    if ((flags >> 4 & 7) > msi_vectors_log2_) flags = static_cast<std::uint16_t>((flags & ~0x70) | msi_vectors_log2_ << 4);
    set_word(c.first + reg::kMsiFlags, flags);
    function_.write_config(c.first + reg::kMsiFlags, 2, flags);
  } else if (c.id == pci::kCapExp) {
    const unsigned ctl = c.first + reg::kExpDevCtl;
    if ((word(ctl) & pci::kExpDoFlr) != 0) {
      set_word(ctl, word(ctl) & static_cast<std::uint16_t>(~pci::kExpDoFlr));
      reset = (function_.read_config(c.first + reg::kExpDevCap, 4) & pci::kExpFlr) != 0;
    }
  } else if (c.id == pci::kCapAf && (shown_[c.first + kAfCtrl] & kAfFlr) != 0) {
    shown_[c.first + kAfCtrl] &= static_cast<std::uint8_t>(~kAfFlr);
    reset = (function_.read_config(c.first + kAfCap, 1) & kAfCapBoth) == kAfCapBoth;
  }
  if (reset && events_.reset) events_.reset();
}

void VirtualConfig::fix_bars() {
  for (unsigned i = 0; i < pci::kBars; ++i) {
    const pci::Bar bar = function_.bar(i);
    const unsigned at = reg::kBar0 + 4 * i;
    std::uint64_t mask = bar.bytes != 0 ? ~(bar.bytes - 1) : 0;
    const unsigned flags = bar.bytes == 0 ? 0 : bar.io ? 1 : (bar.prefetchable ? 8u : 0u) | (bar.is_64 ? 4u : 0u);
    const unsigned n = bar.is_64 ? 8 : 4;
    for (unsigned b = 0; b < n; ++b, mask >>= 8) shown_[at + b] &= static_cast<std::uint8_t>(mask);
    shown_[at] = static_cast<std::uint8_t>(shown_[at] | flags);
    if (bar.is_64) ++i;
  }
  for (unsigned b = 0; b < 4; ++b) shown_[reg::kRom + b] = 0;
  bars_dirty_ = false;
}

}  // namespace phbsim::arch::vfio
