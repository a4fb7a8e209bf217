// SPDX-License-Identifier: Apache-2.0
#include "models/arch/pci/config_space.hpp"

#include <utility>

#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::pci {

std::string Address::text() const {
  constexpr char kHex[] = "0123456789abcdef";
  std::string s;
  const auto digits = [&](unsigned v, unsigned n) {
    while (n-- > 0) s.push_back(kHex[v >> (4 * n) & 0xF]);
  };
  digits(segment, 4);
  s.push_back(':');
  digits(bus, 2);
  s.push_back(':');
  digits(devfn >> 3, 2);
  s.push_back('.');
  digits(devfn & 7, 1);
  return s;
}

ConfigSpace::ConfigSpace(const Identity& id) {
  put(reg::kVendor, 2, id.vendor);
  put(reg::kDevice, 2, id.device);
  put(reg::kCommand, 2, 0, kCommandIo | kCommandMemory | kCommandMaster | kCommandIntxDisable | 0x140);
  put(reg::kStatus, 2, kStatusCapabilities);
  put(reg::kRevision, 1, id.revision);
  put(reg::kClass, 1, id.class_code & 0xFF);
  put(reg::kClass + 1, 2, id.class_code >> 8);
  put(reg::kCacheLine, 1, 0, 0xFF);
  put(reg::kSubVendor, 2, id.sub_vendor);
  put(reg::kSubDevice, 2, id.sub_device);
  put(reg::kIntLine, 1, 0, 0xFF);
  put(reg::kIntPin, 1, id.interrupt_pin);
}

void ConfigSpace::put(unsigned offset, unsigned bytes, std::uint32_t value, std::uint32_t writable) {
  for (unsigned i = 0; i < bytes; ++i) {
    initial_[offset + i] = bytes_[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
    writable_[offset + i] = static_cast<std::uint8_t>(writable >> (8 * i));
  }
}

void ConfigSpace::add_bar(unsigned index, const Bar& bar, std::uint64_t base) {
  PHBSIM_ASSERT(index + (bar.is_64 ? 1 : 0) < kBars && is_power_of_two(bar.bytes) && bar.bytes >= 16);
  PHBSIM_ASSERT((base & (bar.bytes - 1)) == 0 && (bar.is_64 || base + bar.bytes <= 1ull << 32));
  bars_[index] = {bar, base};
  const std::uint32_t flags = bar.io ? 1 : (bar.prefetchable ? 8 : 0) | (bar.is_64 ? 4 : 0);
  const std::uint64_t mask = ~(bar.bytes - 1);
  put(reg::kBar0 + 4 * index, 4, static_cast<std::uint32_t>(base) | flags, static_cast<std::uint32_t>(mask));
  if (bar.is_64) {
    put(reg::kBar0 + 4 * index + 4, 4, static_cast<std::uint32_t>(base >> 32), static_cast<std::uint32_t>(mask >> 32));
  }
}

unsigned ConfigSpace::add_capability(std::uint8_t id, unsigned bytes) {
  const unsigned at = next_capability_;
  next_capability_ = static_cast<unsigned>(align_up(at + bytes, 4));
  PHBSIM_ASSERT(next_capability_ <= reg::kStandardEnd);
  put(last_next_, 1, at);
  put(at + reg::kCapId, 1, id);
  last_next_ = at + reg::kCapNext;
  return at;
}

void ConfigSpace::add_power_management() {
  const unsigned at = add_capability(kCapPm, 8);
  put(at + reg::kPmc, 2, 0x0003);                // version 3, no PME, no D1, no D2
  put(at + reg::kPmCtrl, 2, 0x0008, 0x0003);     // no soft reset; power state
}

void ConfigSpace::add_msi(unsigned vectors_log2) {
  const unsigned at = add_capability(kCapMsi, 14);
  put(at + reg::kMsiFlags, 2, kMsi64 | vectors_log2 << 1, kMsiEnable | 0x70);
  put(at + reg::kMsiAddr, 4, 0, ~3u);
  put(at + reg::kMsiAddrHigh, 4, 0, ~0u);
  put(at + reg::kMsiData, 2, 0, 0xFFFF);
}

void ConfigSpace::add_msix(unsigned vectors, unsigned table_bar, std::uint32_t table_offset, unsigned pba_bar,
                           std::uint32_t pba_offset) {
  PHBSIM_ASSERT(vectors >= 1 && vectors <= 2048 && ((table_offset | pba_offset) & 7) == 0);
  const unsigned at = add_capability(kCapMsix, 12);
  put(at + reg::kMsixFlags, 2, vectors - 1, kMsixEnable | kMsixMaskAll);
  put(at + reg::kMsixTable, 4, table_offset | table_bar);
  put(at + reg::kMsixPba, 4, pba_offset | pba_bar);
}

void ConfigSpace::add_express(bool flr) {
  const unsigned at = add_capability(kCapExp, 60);
  put(at + reg::kExpFlags, 2, 0x0002);                        // version 2, endpoint
  put(at + reg::kExpDevCap, 4, 0x8000 | (flr ? kExpFlr : 0) | 1);
  put(at + reg::kExpDevCtl, 2, 0x2810, 0x7FFF);               // relaxed ordering, no snoop, 512-byte reads
  put(at + reg::kExpLinkCap, 4, 0x00000084);                  // x8, 16 GT/s
  put(at + reg::kExpLinkSta, 2, 0x0084);
  put(at + reg::kExpDevCtl2, 2, 0, 0x001F);
}

void ConfigSpace::own_registers(unsigned offset, unsigned bytes, std::function<std::uint32_t(unsigned)> read,
                                std::function<void(unsigned, std::uint32_t)> write) {
  PHBSIM_ASSERT((offset & 3) == 0 && (bytes & 3) == 0 && offset + bytes <= kBytes);
  own_.push_back({offset, bytes, std::move(read), std::move(write)});
}

const ConfigSpace::Own* ConfigSpace::own(unsigned offset) const {
  for (const Own& o : own_) {
    if (offset >= o.offset && offset < o.offset + o.bytes) return &o;
  }
  return nullptr;
}

std::uint32_t ConfigSpace::read(unsigned offset, unsigned bytes) const {
  PHBSIM_ASSERT(bytes != 0 && bytes <= 4 && (offset & (bytes - 1)) == 0 && offset + bytes <= kBytes);
  const std::uint32_t mask = static_cast<std::uint32_t>(low_mask(8 * bytes));
  if (const Own* o = own(offset)) return o->read(offset & ~3u) >> (8 * (offset & 3)) & mask;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= std::uint32_t{bytes_[offset + i]} << (8 * i);
  return value;
}

void ConfigSpace::write(unsigned offset, unsigned bytes, std::uint32_t value) {
  PHBSIM_ASSERT(bytes != 0 && bytes <= 4 && (offset & (bytes - 1)) == 0 && offset + bytes <= kBytes);
  if (const Own* o = own(offset)) {
    const unsigned shift = 8 * (offset & 3);
    const auto mask = static_cast<std::uint32_t>(low_mask(8 * bytes)) << shift;
    const std::uint32_t rest = bytes == 4 ? 0 : o->read(offset & ~3u) & ~mask;
    o->write(offset & ~3u, rest | (value << shift & mask));
    return;
  }
  for (unsigned i = 0; i < bytes; ++i) {
    const auto in = static_cast<std::uint8_t>(value >> (8 * i));
    std::uint8_t& b = bytes_[offset + i];
    b = static_cast<std::uint8_t>((b & ~writable_[offset + i]) | (in & writable_[offset + i]));
  }
  const unsigned exp = find(kCapExp);
  const unsigned flr_byte = exp + reg::kExpDevCtl + 1;
  if (exp != 0 && offset <= flr_byte && flr_byte < offset + bytes && (value >> (8 * (flr_byte - offset)) & 0x80) != 0 &&
      (read(exp + reg::kExpDevCap, 4) & kExpFlr) != 0 && on_flr) {
    on_flr();
  }
  if (on_control) on_control();
}

void ConfigSpace::reset() {
  // BARs keep their place: firmware would give them the same again.
  bytes_ = initial_;
  if (on_control) on_control();
}

std::uint64_t ConfigSpace::bar_base(unsigned index) const {
  const Bar& bar = bars_[index].bar;
  std::uint64_t value = read(reg::kBar0 + 4 * index, 4);
  if (bar.is_64) value |= std::uint64_t{read(reg::kBar0 + 4 * index + 4, 4)} << 32;
  return value & ~std::uint64_t{bar.io ? 3u : 15u};
}

void ConfigSpace::set_intx(bool asserted) {
  std::uint8_t& status = bytes_[reg::kStatus];
  status = static_cast<std::uint8_t>((status & ~kStatusInterrupt) | (asserted ? kStatusInterrupt : 0));
}

unsigned ConfigSpace::find(std::uint8_t capability) const {
  for (unsigned at = bytes_[reg::kCapabilities]; at != 0; at = bytes_[at + reg::kCapNext]) {
    if (bytes_[at] == capability) return at;
  }
  return 0;
}

}  // namespace phbsim::arch::pci
