// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/powernv.hpp"

#include <algorithm>

#include "models/arch/physical_map.hpp"
#include "models/arch/ppc64/elf.hpp"
#include "models/arch/ppc64/spr.hpp"
#include "models/base/check.hpp"
#include "models/base/endian.hpp"
#include "models/base/text.hpp"
#include "platform/firmware/powernv_map.hpp"

namespace phbsim::firmware {
namespace {

using namespace powernv;
using arch::ppc64::BusResult;

constexpr std::uint64_t kStorageBase = 1ull << 60;  // LPC's controllers in words_, beside real addresses
constexpr std::uint32_t kAttention = 0x0000'0200;   // attn
constexpr std::uint64_t kIdleStep = 512;            // ticks: 1 us, where no timer is set
constexpr std::uint64_t kRunStep = 1'000'000;

/// HMER: what an XSCOM access came to.
constexpr std::uint64_t kXscomFail = ppc_bit(8), kXscomDone = ppc_bit(9);
constexpr std::uint64_t kXscomAddressError = 4ull << 40;  // bits 21:23

class Etu final : public arch::EtuPort {
 public:
  explicit Etu(arch::PhbState& phb) : phb_(phb) {}
  std::uint64_t read(std::uint32_t offset, unsigned bytes) override {
    return phb_.read(offset, bytes, arch::Path::Scom);
  }
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value) override {
    phb_.write(offset, bytes, value, arch::Path::Scom);
  }
  void set_reset(bool asserted) override { phb_.hold_reset(asserted); }
  void fence() override { phb_.fence(); }
  bool transactions_pending() const override { return false; }

 private:
  arch::PhbState& phb_;
};

/// Lanes that the controllers give to a PHB: its link has no more.
unsigned lanes_of_phb(unsigned phb, const arch::PecOptions& options) {
  const arch::PecLayout& layout = arch::pec_layout(arch::Generation::Phb4);
  for (unsigned pec = 0; pec < layout.pecs; ++pec)
    for (unsigned stack = 0; stack < layout.stacks[pec]; ++stack)
      if (arch::phb_of(layout, pec, stack) == phb)
        return arch::lanes_of(arch::Generation::Phb4, pec, stack, options.lanes[pec]);
  return 0;
}

std::uint64_t number(const unsigned char* bytes, unsigned count) {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < count; ++i) v = v << 8 | bytes[i];
  return v;
}
std::uint64_t swapped(std::uint64_t v, unsigned bytes) { return __builtin_bswap64(v) >> (64 - 8 * bytes); }

void check(const PowerNvOptions& o) {
  const auto bad = [](const std::string& what, std::uint64_t value, const std::string& allowed) {
    throw UserError("PowerNV machine: " + what + " is " + std::to_string(value) + ", must be " + allowed);
  };
  if (o.memory_bytes < kGiB || o.memory_bytes > 64 * kGiB || o.memory_bytes % kMiB != 0)
    bad("memory_bytes", o.memory_bytes, "1 GiB to 64 GiB, whole MiB");
  if (o.ticks_per_instruction < 1 || o.ticks_per_instruction > 4096)
    bad("ticks_per_instruction", o.ticks_per_instruction, "1 to 4096");
  if (!o.cards.empty() && *o.cards.rbegin() >= kPowerNvPhbs) bad("cards", *o.cards.rbegin(), "PHBs, 0 to 5");
}

}  // namespace

PowerNv::PowerNv(const PowerNvOptions& options, const std::vector<unsigned char>& firmware)
    : options_(options), ram_((check(options), options.memory_bytes)), xive_(ram_) {
  if (firmware.empty() || firmware.size() > kDeviceTree)
    throw UserError("PowerNV machine: the firmware has " + std::to_string(firmware.size()) +
                    " bytes, must be 1 byte to 16 MiB: the device tree lies behind it");
  arch::ppc64::CoreOptions core;
  core.on_illegal = arch::ppc64::OnIllegal::Stop;
  core.reset_pc = kImageEntry;
  Bus& bus = *this;
  core_ = std::make_unique<arch::ppc64::Core>(core, bus);

  arch::PecOptions pec;
  pec.lanes[2] = arch::LaneConfig::X8X4X4;
  std::vector<arch::EtuPort*> ports;
  for (unsigned i = 0; i < kPowerNvPhbs; ++i) {
    arch::PhbOptions phb_options;
    phb_options.link_width = lanes_of_phb(i, pec);
    phbs_.push_back(std::make_unique<arch::PhbState>(
        arch::Generation::Phb4, arch::size_of_index(arch::Generation::Phb4, i), phb_options));
    arch::PhbState& phb = *phbs_.back();
    phb.set_memory(&ram_);
    cards_.push_back(options.cards.count(i) != 0 ? std::make_unique<Card>(phb, ram_) : nullptr);
    if (cards_[i] != nullptr) {
      phb.set_config_bus(cards_[i].get());
      phb.link().plug({4, 8});
    }
    if (options.links_held_up) phb.link().hold_up();
    phb.link_changed();
    etus_.push_back(std::make_unique<Etu>(phb));
    ports.push_back(etus_.back().get());
  }
  scom_ = std::make_unique<arch::Scom>(arch::Generation::Phb4, ports, pec);

  arch::ppc64::raw_image(firmware, kImage, kImageEntry).load(ram_);
  const std::vector<unsigned char> tree = flatten(powernv_tree(options));
  ram_.write(kDeviceTree, tree.data(), tree.size());
  unsigned char payload[4];
  store_be32(payload, kAttention);
  ram_.write(kPayload, payload, sizeof payload);
  core_->state().nip = kImageEntry;
  core_->state().gpr[3] = kDeviceTree;
  ram_.on_write = [this](RealAddr addr, std::uint64_t bytes) { core_->invalidate_decoded(addr, bytes); };
}

PowerNv::~PowerNv() = default;

std::uint64_t PowerNv::now() const {
  return core_ == nullptr ? 0 : skipped_ticks_ + core_->executed() * options_.ticks_per_instruction;
}

PowerNv::End PowerNv::run(std::uint64_t max_instructions) {
  using arch::ppc64::StopReason;
  End end;
  while (end.executed < max_instructions) {
    end.stop = core_->run(std::min(kRunStep, max_instructions - end.executed));
    end.executed += end.stop.executed;
    pass_time();
    if (end.stop.reason == StopReason::Idle) {
      const std::uint64_t timer = core_->next_timer_event();
      skipped_ticks_ += timer != arch::ppc64::Core::kNoTimer && timer > now() ? timer - now() : kIdleStep;
      ++end.executed;  // nobody wakes it: the count still ends
      continue;
    }
    if (end.stop.reason == StopReason::Count || end.stop.reason == StopReason::Yield) continue;
    end.payload = end.stop.reason == StopReason::Attention && end.stop.pc == kPayload;
    end.text = end.payload ? "the payload was entered" : arch::ppc64::to_text(end.stop);
    return end;
  }
  end.text = "the count of instructions is used up, pc is " + text::hex(core_->state().nip);
  return end;
}

std::string PowerNv::memory_log() const {
  // skiboot's descriptor of its log: magic, address of the text, of the input, sizes, position with a wrap bit.
  constexpr std::uint64_t kMagic = 0x6630696567726173ull;
  constexpr RealAddr kFirst = 0x3000'0000, kLast = 0x3200'0000;
  constexpr std::uint64_t kWrapped = 1ull << 31;
  for (RealAddr at = kFirst; at < kLast; at += 8) {
    if (ram_.read_be64(at) != kMagic) continue;
    const RealAddr buffer = ram_.read_be64(at + 8);
    const std::uint64_t size = ram_.read_be64(at + 24) >> 32;
    const std::uint64_t position = ram_.read_be64(at + 32) >> 32;
    if (buffer == 0 || size == 0 || size > kGiB / 64) continue;
    const std::uint64_t used = position & (kWrapped - 1);
    const auto piece = [&](std::uint64_t first, std::uint64_t bytes) {
      std::string s(bytes, '\0');
      ram_.read(buffer + first, reinterpret_cast<unsigned char*>(s.data()), bytes);
      return s;
    };
    if (used > size) continue;
    return ((position & kWrapped) != 0 ? piece(used, size - used) : "") + piece(0, used);
  }
  return "";
}

std::unique_ptr<DeviceTreeNode> PowerNv::payload_tree() const {
  if (core_->state().nip != kPayload) return nullptr;
  const RealAddr at = core_->state().gpr[3];
  const std::uint64_t bytes = ram_.read_be64(at) & 0xffff'ffff;
  if (bytes > 16 * kMiB)
    throw UserError("device tree of the payload: size is " + text::hex(bytes) + ", must be at most 16 MiB");
  std::vector<unsigned char> blob(bytes);
  ram_.read(at, blob.data(), blob.size());
  return unflatten(blob);
}

// -- bus -----------------------------------------------------------------------------------------------------------

arch::ppc64::DirectPage PowerNv::direct(RealAddr page) { return {ram_.page(page), true}; }

BusResult PowerNv::load(RealAddr addr, unsigned char* bytes, unsigned count, arch::ppc64::Access) {
  if (addr < options_.memory_bytes) {
    ram_.read(addr, bytes, count);
    return BusResult::Ok;
  }
  const auto value = count <= 8 ? device_read(addr, count) : std::nullopt;
  if (!value) {
    note("read " + text::hex(addr));
    return BusResult::Error;
  }
  for (unsigned i = 0; i < count; ++i) bytes[i] = static_cast<unsigned char>(*value >> (8 * (count - 1 - i)));
  return BusResult::Ok;
}

BusResult PowerNv::store(RealAddr addr, const unsigned char* bytes, unsigned count, arch::ppc64::Access) {
  if (addr < options_.memory_bytes) {
    ram_.write(addr, bytes, count);
    return BusResult::Ok;
  }
  if (count <= 8 && device_write(addr, count, number(bytes, count))) return BusResult::Ok;
  note("write " + text::hex(addr));
  return BusResult::Error;
}

std::optional<std::uint64_t> PowerNv::device_read(RealAddr addr, unsigned bytes) {
  constexpr auto kXscom = *arch::map_window(arch::Generation::Phb4, 0, arch::MapKind::Xscom);
  pass_time();
  if (kXscom.contains(addr)) return scom_read(arch::scom_of_xscom(addr - kXscom.base));
  if (addr >= kLpc && addr - kLpc < kLpcBytes) return lpc_read(addr - kLpc, bytes);
  if (const Area* area = find_area(addr)) {
    if (area->kind == AreaKind::Zero) return 0;
    return area->first == kXiveIc ? xive_.read(addr - kXiveIc, bytes) : words_.read(addr, bytes);
  }
  return phb_read(addr, bytes);
}

bool PowerNv::device_write(RealAddr addr, unsigned bytes, std::uint64_t value) {
  constexpr auto kXscom = *arch::map_window(arch::Generation::Phb4, 0, arch::MapKind::Xscom);
  pass_time();
  if (kXscom.contains(addr)) {
    scom_write(arch::scom_of_xscom(addr - kXscom.base), value);
    return true;
  }
  if (addr >= kLpc && addr - kLpc < kLpcBytes) {
    lpc_write(addr - kLpc, bytes, value);
    return true;
  }
  if (const Area* area = find_area(addr)) {
    if (area->kind == AreaKind::Zero) return true;
    if (area->first == kXiveIc) xive_.write(addr - kXiveIc, bytes, value);
    else words_.write(addr, bytes, value);
    return true;
  }
  return phb_write(addr, bytes, value);
}

// -- XSCOM ---------------------------------------------------------------------------------------------------------

void PowerNv::scom_done(bool ok) {
  std::uint64_t& hmer = core_->state().spr[arch::ppc64::spr::kHmer];
  hmer |= kXscomDone | (ok ? 0 : kXscomFail | kXscomAddressError);
}

std::uint64_t PowerNv::scom_read(std::uint64_t scom) {
  const arch::XscomResult pec = scom_->read(scom);
  if (pec.ok) {
    scom_done(true);
    return pec.value;
  }
  const ScomRow* row = find_scom(scom);
  scom_done(row != nullptr);
  if (row == nullptr) {
    note("read SCOM " + text::hex(scom));
    return ~0ull;
  }
  const auto it = scoms_.find(scom);
  return it == scoms_.end() ? row->value : it->second;
}

void PowerNv::scom_write(std::uint64_t scom, std::uint64_t value) {
  if (scom_->write(scom, value).ok) {
    scom_done(true);
    return;
  }
  const ScomRow* row = find_scom(scom);
  scom_done(row != nullptr);
  if (row == nullptr) note("write SCOM " + text::hex(scom));
  else if (row->kind == ScomKind::Storage) scoms_[scom] = value;
}

// -- LPC -----------------------------------------------------------------------------------------------------------

std::uint64_t PowerNv::lpc_read(std::uint64_t at, unsigned bytes) {
  if (at >= kLpcIo + kUart && at < kLpcIo + kUart + kUartBytes && bytes == 1)
    return uart_.read(static_cast<unsigned>(at - kLpcIo - kUart));
  if (at >= kOpb && at < kOpb + kOpbBytes) return words_.read(kStorageBase + at, bytes);
  return low_mask(8 * bytes);
}

void PowerNv::lpc_write(std::uint64_t at, unsigned bytes, std::uint64_t value) {
  if (at >= kLpcIo + kUart && at < kLpcIo + kUart + kUartBytes && bytes == 1)
    uart_.write(static_cast<unsigned>(at - kLpcIo - kUart), static_cast<std::uint8_t>(value));
  else if (at >= kOpb && at < kOpb + kOpbBytes) words_.write(kStorageBase + at, bytes, value);
}

// -- PHBs ----------------------------------------------------------------------------------------------------------

namespace {

/// One ESB page of a source: 64 KiB, or 4 KiB until firmware has said so (phb.md 5.9).
std::uint32_t esb_source(const arch::PhbState& phb, std::uint64_t offset) {
  return static_cast<std::uint32_t>(offset >> ((phb.reg(arch::Reg::Ctrlr) & arch::kCtrlrEsb64K) != 0 ? 16 : 12));
}
bool has_source(const arch::PhbState& phb, std::uint32_t source) {
  return !phb.fenced() && !phb.in_reset() && source < phb.facts().interrupts;
}

}  // namespace

std::optional<std::uint64_t> PowerNv::phb_read(RealAddr addr, unsigned bytes) {
  const auto hit = scom_->decode(addr);
  if (!hit) return std::nullopt;
  arch::PhbState& phb = *phbs_[hit->phb];
  if (hit->bar == arch::PecBar::Registers) return phb.read(static_cast<std::uint32_t>(hit->offset), bytes);
  if (hit->bar == arch::PecBar::Interrupts) {
    const std::uint32_t source = esb_source(phb, hit->offset);
    if (!has_source(phb, source)) return low_mask(8 * bytes);
    return phb.interrupts().esb_load(source, static_cast<std::uint32_t>(hit->offset & 0xfff));
  }
  const auto target = phb.fenced() ? std::nullopt : phb.outbound(addr);
  Card* card = cards_[hit->phb].get();
  if (!target || phb.mmio_frozen(target->pe) || card == nullptr) return low_mask(8 * bytes);
  const auto value = card->read(target->pci, bytes);
  return value ? swapped(*value, bytes) : low_mask(8 * bytes);
}

bool PowerNv::phb_write(RealAddr addr, unsigned bytes, std::uint64_t value) {
  const auto hit = scom_->decode(addr);
  if (!hit) return false;
  arch::PhbState& phb = *phbs_[hit->phb];
  if (hit->bar == arch::PecBar::Registers) {
    phb.write(static_cast<std::uint32_t>(hit->offset), bytes, value);
  } else if (hit->bar == arch::PecBar::Interrupts) {
    const std::uint32_t source = esb_source(phb, hit->offset);
    if (has_source(phb, source))
      phb.interrupts().esb_store(source, static_cast<std::uint32_t>(hit->offset & 0xfff));
  } else {
    const auto target = phb.fenced() ? std::nullopt : phb.outbound(addr);
    Card* card = cards_[hit->phb].get();
    if (target && !phb.mmio_frozen(target->pe) && card != nullptr)
      card->write(target->pci, bytes, swapped(value, bytes));
  }
  return true;
}

void PowerNv::pass_time() {
  constexpr std::uint64_t kFsPerTick = 1'953'125;  // 512 MHz
  const std::uint64_t ticks = now() - passed_ticks_;
  passed_ticks_ += ticks;
  for (unsigned i = 0; i < kPowerNvPhbs; ++i) {
    phbs_[i]->elapse(ticks * kFsPerTick / 1000);
    if (cards_[i] != nullptr) cards_[i]->settle();
    phbs_[i]->interrupts().take();  // nobody listens
  }
}

}  // namespace phbsim::firmware
