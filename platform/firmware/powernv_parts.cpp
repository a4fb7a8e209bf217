// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/powernv_parts.hpp"

#include <algorithm>

#include "models/arch/registers.hpp"
#include "models/arch/translate.hpp"
#include "models/base/endian.hpp"

namespace phbsim::firmware::powernv {
namespace {

/// 16550 registers, and what LSR says: transmitter empty, holding register empty.
constexpr unsigned kData = 0, kIer = 1, kIir = 2, kLsr = 5, kMsr = 6;
constexpr std::uint8_t kLsrIdle = 0x60, kIirNone = 0x01, kMsrReady = 0xb0;

arch::pci::Identity identity(const arch::ioat::Model& model) {
  arch::pci::Identity i;
  i.vendor = arch::ioat::kVendor;
  i.device = model.device;
  i.class_code = arch::ioat::kClass;
  return i;
}

}  // namespace

void Ram::read(RealAddr addr, unsigned char* out, std::size_t n) const {
  while (n != 0) {
    const std::uint64_t offset = addr % kPageBytes;
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(n, kPageBytes - offset));
    const std::uint64_t index = addr / kPageBytes;
    const Page* page = index < pages_.size() ? pages_[index].get() : nullptr;
    if (page != nullptr) std::copy_n(page->data() + offset, here, out);
    else std::fill_n(out, here, 0);
    addr += here;
    out += here;
    n -= here;
  }
}

void Ram::write(RealAddr addr, const unsigned char* in, std::size_t n) {
  if (on_write) on_write(addr, n);
  while (n != 0) {
    const std::uint64_t offset = addr % kPageBytes;
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(n, kPageBytes - offset));
    if (unsigned char* at = page(addr)) std::copy_n(in, here, at + offset);
    addr += here;
    in += here;
    n -= here;
  }
}

unsigned char* Ram::page(RealAddr addr) {
  const std::uint64_t index = addr / kPageBytes;
  if (index >= pages_.size()) return nullptr;
  if (pages_[index] == nullptr) pages_[index] = std::make_unique<Page>();
  return pages_[index]->data();
}

std::uint8_t Uart::read(unsigned reg) const {
  if (divisor_latch() && reg < 2) return divisor_[reg];
  switch (reg) {
    case kData: return 0;
    case kIir: return kIirNone;
    case kLsr: return kLsrIdle;
    case kMsr: return kMsrReady;
    default: return regs_[reg & 7];
  }
}

void Uart::write(unsigned reg, std::uint8_t value) {
  if (divisor_latch() && reg < 2) {
    divisor_[reg] = value;
  } else if (reg == kData) {
    output_ += static_cast<char>(value);
  } else {
    regs_[reg & 7] = reg == kIer ? value & 0x0f : value;
  }
}

std::uint64_t Words::read(std::uint64_t addr, unsigned bytes) const {
  const auto it = words_.find(addr & ~7ull);
  if (it == words_.end()) return 0;
  const auto shift = static_cast<unsigned>(64 - 8 * bytes - 8 * (addr & 7));
  return it->second >> shift & low_mask(8 * bytes);
}

void Words::write(std::uint64_t addr, unsigned bytes, std::uint64_t value) {
  const auto shift = static_cast<unsigned>(64 - 8 * bytes - 8 * (addr & 7));
  const std::uint64_t mask = low_mask(8 * bytes) << shift;
  std::uint64_t& word = words_[addr & ~7ull];
  word = (word & ~mask) | (value << shift & mask);
}

Card::Card(arch::PhbState& phb, arch::MemoryView& memory)
    : phb_(phb), memory_(memory), function_({}), config_(identity(function_.model())) {
  config_.add_bar(0, arch::pci::Bar{arch::ioat::kBarBytes, false, true, false}, 0);
  config_.add_power_management();
  config_.add_msix(arch::ioat::kVectors, 0, arch::ioat::kMsixTable, 0, arch::ioat::kMsixPba);
  config_.add_express(true);
  config_.on_control = [this] { control(); };
}

/// Device 0, function 0 of the secondary bus: alone on the link, whatever number that bus has.
bool Card::here(Rid rid) const {
  constexpr std::uint32_t kBusNumbers = 0x18;
  const auto buses =
      static_cast<std::uint32_t>(phb_.read(arch::kRcConfigOffset + kBusNumbers, 4, arch::Path::Scom));
  // The number of the bytes in memory order: secondary bus is the second one.
  return (rid & 0xff) == 0 && rid >> 8 == (buses >> 16 & 0xff) && phb_.link().link_active();
}

arch::ConfigReply Card::read_config(Rid rid, unsigned offset, unsigned bytes) {
  if (!here(rid)) return {};
  return {arch::ConfigStatus::Good, config_.read(offset, bytes)};
}

arch::ConfigReply Card::write_config(Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) {
  if (!here(rid)) return {};
  rid_ = rid;
  config_.write(offset, bytes, value);
  control();
  return {arch::ConfigStatus::Good, 0};
}

bool Card::claims(BusAddr addr, unsigned bytes) const {
  const std::uint64_t base = config_.bar_base(0);
  return phb_.link().link_active() && config_.memory_enabled() && addr >= base &&
         addr + bytes <= base + arch::ioat::kBarBytes;
}

std::optional<std::uint64_t> Card::read(BusAddr addr, unsigned bytes) {
  if (!claims(addr, bytes)) return std::nullopt;
  return function_.read(static_cast<std::uint32_t>(addr - config_.bar_base(0)), bytes);
}

bool Card::write(BusAddr addr, unsigned bytes, std::uint64_t value) {
  if (!claims(addr, bytes)) return false;
  function_.write(static_cast<std::uint32_t>(addr - config_.bar_base(0)), bytes, value);
  return true;
}

void Card::control() {
  arch::ioat::Control c;
  c.bus_master = config_.bus_master();
  const auto flags = config_.read(config_.find(arch::pci::kCapMsix) + arch::pci::reg::kMsixFlags, 2);
  c.msix_enable = (flags & arch::pci::kMsixEnable) != 0;
  c.msix_mask = (flags & arch::pci::kMsixMaskAll) != 0;
  function_.set_control(c);
}

void Card::settle() {
  const bool active = phb_.link().link_active();
  if (was_active_ && !active) {
    config_.reset();
    function_.reset();
    control();
  }
  was_active_ = active;
  if (!active) return;
  arch::ioat::Request request;
  while (function_.next(request)) function_.done(request.tag, dma(request));
}

bool Card::dma(arch::ioat::Request& r) {
  const bool write = r.access == arch::Access::Write;
  if (phb_.fenced() || phb_.in_reset()) return false;
  for (unsigned done = 0; done < r.length;) {
    const BusAddr at = r.addr + done;
    const auto n = static_cast<unsigned>(std::min<std::uint64_t>(r.length - done, 4096 - at % 4096));
    const std::uint32_t data = write && n >= 4 ? load_le32(r.data + done) : 0;
    const auto t = arch::translate(phb_, rid_, at, n, r.access, memory_, data);
    if (!t.ok()) {
      const auto type = arch::in_msi64(at) ? arch::TransactionType::Msi
                        : write            ? arch::TransactionType::DmaWrite
                                           : arch::TransactionType::DmaRead;
      phb_.raise(t.fault, t.pe, rid_, at, type, &memory_);
      return false;
    }
    if (t.is_msi) {
      phb_.interrupts().message(t.source);
    } else if (write) {
      memory_.write(t.real, r.data + done, n);
    } else {
      memory_.read(t.real, r.data + done, n);
    }
    done += n;
  }
  return true;
}

}  // namespace phbsim::firmware::powernv
