// SPDX-License-Identifier: Apache-2.0
/// A machine for the firmware out of the architected models: one PHB with its link and root port, a DMA engine behind
/// it, memory, RID and TCE caches. No time but what the firmware waits; every DMA is done before the next access of
/// the processor, or (slow_dma) each access sees one more request done. A checker may watch it.
/// Of the PEC it has what firmware needs of it: the indirect port, the forced fence, the ETU's reset.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware-stubs/include/boot_info.h"
#include "firmware-stubs/include/hal_host.h"
#include "models/arch/ioat/function.hpp"
#include "models/arch/pci/config_space.hpp"
#include "models/arch/phb_state.hpp"
#include "models/arch/translate.hpp"
#include "tests/support/caching_path.hpp"

namespace phbsim::test {

class SparseMemory : public arch::MemoryView {
 public:
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override {
    for (std::size_t i = 0; i < n; ++i) {
      const auto it = pages_.find((addr + i) >> 12);
      out[i] = it == pages_.end() ? 0 : it->second[(addr + i) & 0xFFF];
    }
  }
  void write(RealAddr addr, const unsigned char* in, std::size_t n) override {
    for (std::size_t i = 0; i < n; ++i) pages_[(addr + i) >> 12][(addr + i) & 0xFFF] = in[i];
  }
  /// Forgets pages for which `of_nobody` is true.
  template <class Predicate>
  void drop(Predicate&& of_nobody) {
    for (auto it = pages_.begin(); it != pages_.end();) it = of_nobody(it->first << 12) ? pages_.erase(it) : std::next(it);
  }
  /// Stays where it is.
  unsigned char* page(RealAddr addr) { return pages_[addr >> 12].data(); }

 private:
  std::map<std::uint64_t, std::array<unsigned char, 4096>> pages_;
};

class ArchMachine : arch::ConfigBus {
 public:
  static constexpr std::uint64_t kBootInfo = 0x1000;
  static constexpr Rid kRid = 0x100;

  ArchMachine(arch::Generation generation, arch::PhbSize size)
      : phb(generation, size), function({}), path(phb, memory), config_(identity(function.model())), generation_(generation) {
    using arch::pci::Bar;
    config_.add_bar(0, Bar{arch::ioat::kBarBytes, false, true, false}, 0);
    config_.add_power_management();
    config_.add_msix(arch::ioat::kVectors, 0, arch::ioat::kMsixTable, 0, arch::ioat::kMsixPba);
    config_.add_express(true);
    config_.on_control = [this] { control(); };
    phb.set_config_bus(this);
    phb.set_memory(&memory);
    phb.link().plug({4, 8});
    phb.link_changed();

    const bool p8 = generation == arch::Generation::Phb3;
    info.magic = BOOT_INFO_MAGIC;
    info.version = BOOT_INFO_VERSION;
    info.bytes = sizeof(boot_info);
    info.phb_bytes = sizeof(boot_info_phb);
    info.chip = p8 ? BOOT_CHIP_P8 : generation == arch::Generation::Phb4 ? BOOT_CHIP_P9 : BOOT_CHIP_P10;
    info.chip_level = 0x23;
    info.memory_base = 0x10000000;
    info.memory_bytes = 128 << 20;
    info.flags = BOOT_FLAG_COLD | BOOT_FLAG_HOSTBOOT;
    info.settle_divisor = 1;
    info.timebase_hz = 512000000;
    info.num_phbs = 1;
    boot_info_phb& p = info.phb[0];
    p.generation = p8 ? 3 : generation == arch::Generation::Phb4 ? 4 : 5;
    p.big = size == arch::PhbSize::Big;
    p.registers = 0x600C3C0000000ull;
    p.mmio64_base = 0x6000000000000ull;
    p.mmio64_bytes = 0x4000000000ull;
    p.mmio32_base = 0x600C000000000ull;
    p.mmio32_bytes = 0x80000000ull;
    p.esb_base = 0x600C300000000ull;
    p.max_speed = p8 ? 3 : 4;
    p.devices = 1;
  }

  arch::PhbState phb;
  arch::ioat::Function function;
  SparseMemory memory;
  CachingPath path;
  std::unique_ptr<arch::checker::Checker> checker;
  bool slow_dma = false;
  boot_info info{};
  std::string console;
  std::uint64_t now_us = 0;
  std::vector<arch::FaultRecord> faults;
  std::uint64_t device_accesses = 0;
  struct Write {
    std::uint64_t addr;
    unsigned bytes;
    std::uint64_t value;
    bool operator==(const Write& o) const { return addr == o.addr && bytes == o.bytes && value == o.value; }
  };
  std::vector<Write> writes;  ///< of the processor, to anything but memory; SCOM addresses from bit 63 on

  /// From now on; to be asked when the firmware has ended.
  void check() {
    constexpr RealAddr kMemoryEnd = 1ull << 40;
    checker = std::make_unique<arch::checker::Checker>(memory, kMemoryEnd);
    path.watch = &checker->add_phb(phb, "phb0");
    checker->where = [this] {
      arch::checker::Where w;
      w.at = now_us * kPsPerUs;
      return w;
    };
  }
  /// Of the processor.
  void stored(RealAddr at, unsigned n) {
    if (checker != nullptr) checker->memory_stored(at, n);
  }

  void put_boot_info(RealAddr at = kBootInfo) {
    const auto* words = reinterpret_cast<const std::uint64_t*>(&info);
    for (std::size_t i = 0; i < sizeof(info) / 8; ++i) memory.write_be64(at + 8 * i, words[i]);
  }

  /// The host build.
  int run() {
    const hal_callbacks callbacks = {
        this,
        [](void* c, std::uint64_t at, unsigned n) { return self(c).mmio_read(at, n); },
        [](void* c, std::uint64_t at, unsigned n, std::uint64_t v) { self(c).mmio_write(at, n, v); },
        [](void* c, std::uint64_t at) { return self(c).scom_read(at); },
        [](void* c, std::uint64_t at, std::uint64_t v) { self(c).scom_write(at, v); },
        [](void* c, std::uint64_t at, unsigned n) { return self(c).load(at, n); },
        [](void* c, std::uint64_t at, unsigned n, std::uint64_t v) { self(c).store(at, n, v); },
        [](void*) {},
        [](void* c, std::uint64_t us) { self(c).pass(us); },
        [](void* c) { return self(c).now_us; },
        [](void* c, const char* text, unsigned n) { self(c).console.append(text, n); },
    };
    hal_set_callbacks(&callbacks);
    put_boot_info();
    return firmware_main(kBootInfo);
  }

  std::uint64_t load(std::uint64_t at, unsigned n) const {
    unsigned char b[8];
    memory.read(at, b, n);
    std::uint64_t v = 0;
    for (unsigned i = 0; i < n; ++i) v = v << 8 | b[i];
    return v;
  }
  void store(std::uint64_t at, unsigned n, std::uint64_t v) {
    unsigned char b[8];
    for (unsigned i = n; i-- > 0; v >>= 8) b[i] = static_cast<unsigned char>(v);
    memory.write(at, b, n);
    stored(at, n);
  }

  void pass(std::uint64_t us) {
    now_us += us;
    phb.elapse(us * kPsPerUs);
    settle();
  }

  // -- processor ----------------------------------------------------------------------------------
  bool is_register(std::uint64_t at) const { return at - info.phb[0].registers < 0x100000; }

  std::uint64_t mmio_read(std::uint64_t at, unsigned n) {
    pass(1);
    const std::uint64_t ones = ~0ull >> (64 - 8 * n);
    if (is_register(at)) return path.read(static_cast<std::uint32_t>(at - info.phb[0].registers), n);
    const auto target = phb.fenced() ? std::nullopt : phb.outbound(at);
    if (!target || phb.mmio_frozen(target->pe) || !claims(target->pci, n)) return ones;
    ++device_accesses;
    return swap(function.read(static_cast<std::uint32_t>(target->pci - config_.bar_base(0)), n), n);
  }
  void mmio_write(std::uint64_t at, unsigned n, std::uint64_t v) {
    writes.push_back({at, n, v});
    pass(1);
    if (is_register(at)) {
      path.write(static_cast<std::uint32_t>(at - info.phb[0].registers), n, v);
    } else {
      const auto target = phb.fenced() ? std::nullopt : phb.outbound(at);
      if (target && !phb.mmio_frozen(target->pe) && claims(target->pci, n)) {
        ++device_accesses;
        function.write(static_cast<std::uint32_t>(target->pci - config_.bar_base(0)), n, swap(v, n));
      }
    }
    settle();
  }
  static std::uint64_t swap(std::uint64_t v, unsigned n) { return __builtin_bswap64(v) >> (64 - 8 * n); }
  bool claims(std::uint64_t pci, unsigned n) const {
    const std::uint64_t base = config_.bar_base(0);
    return phb.file().find(0x800) != nullptr && const_cast<arch::PhbState&>(phb).link().link_active() &&
           config_.memory_enabled() && pci >= base && pci + n <= base + arch::ioat::kBarBytes;
  }

  // -- SCOM ---------------------------------------------------------------------------------------
  std::uint64_t nest() const {
    return generation_ == arch::Generation::Phb3 ? 0x2012000 : generation_ == arch::Generation::Phb4 ? 0x4010C40 : 0x3011840;
  }
  std::uint64_t pci() const {
    return generation_ == arch::Generation::Phb3 ? 0x9012000 : generation_ == arch::Generation::Phb4 ? 0xD010840 : 0x8010840;
  }
  std::uint64_t etu() const {
    return generation_ == arch::Generation::Phb3 ? 0x9013C00 : generation_ == arch::Generation::Phb4 ? 0xD010900 : 0x8010900;
  }
  bool is_data(std::uint64_t at) const { return at == etu() + (generation_ == arch::Generation::Phb3 ? 2 : 1); }
  unsigned indirect_bytes() { return generation_ != arch::Generation::Phb3 && (scom_[etu()] >> 62 & 1) != 0 ? 4 : 8; }

  std::uint64_t scom_read(std::uint64_t at) {
    pass(1);
    if (!is_data(at)) return scom_[at];
    const auto offset = static_cast<std::uint32_t>(scom_[etu()] & 0x1FFF);
    if (generation_ == arch::Generation::Phb3 && offset == 0x130) return path.read(offset, 4, arch::Path::Scom) << 32;
    return path.read(offset, indirect_bytes(), arch::Path::Scom);
  }
  void scom_write(std::uint64_t at, std::uint64_t v) {
    writes.push_back({1ull << 63 | at, 8, v});
    pass(1);
    scom_[at] = v;
    if (is_data(at)) {
      const auto offset = static_cast<std::uint32_t>(scom_[etu()] & 0x1FFF);
      if (generation_ == arch::Generation::Phb3 && offset == 0x130) {
        path.write(offset, 4, v >> 32, arch::Path::Scom);
      } else {
        path.write(offset, indirect_bytes(), v, arch::Path::Scom);
      }
    }
    const bool p8 = generation_ == arch::Generation::Phb3;
    if (at == nest() + 2 && (v & (p8 ? 0xF000000000ull : 0x2000000000ull)) != 0) phb.fence();
    if (at == pci() + 0xA) path.hold_reset(v >> 63 != 0);
    settle();
  }
 private:
  static ArchMachine& self(void* c) { return *static_cast<ArchMachine*>(c); }
  static arch::pci::Identity identity(const arch::ioat::Model& model) {
    arch::pci::Identity i;
    i.vendor = arch::ioat::kVendor;
    i.device = model.device;
    i.class_code = arch::ioat::kClass;
    return i;
  }

  // -- time, link, DMA ------------------------------------------------------------------------------
  void settle() {
    const bool active = phb.link().link_active();
    if (was_active_ && !active) {
      finish_dma(true);
      config_.reset();
      function.reset();
      control();
    }
    was_active_ = active;
    if (!active) return;
    finish_dma(false);
    while (!under_way_) {
      Dma d;
      if (!function.next(d.request)) break;
      d.ok = begin_dma(d);
      under_way_ = std::move(d);
      if (!slow_dma) finish_dma(false);
    }
  }
  void control() {
    arch::ioat::Control c;
    c.bus_master = config_.bus_master();
    const unsigned at = config_.find(arch::pci::kCapMsix);
    const auto flags = config_.read(at + arch::pci::reg::kMsixFlags, 2);
    c.msix_enable = (flags & arch::pci::kMsixEnable) != 0;
    c.msix_mask = (flags & arch::pci::kMsixMaskAll) != 0;
    function.set_control(c);
  }

  struct Dma {
    arch::ioat::Request request;
    std::vector<CachingPath::Part> parts;
    bool ok = false;
  };

  /// Part by part, up to the first fault.
  bool begin_dma(Dma& d) {
    const arch::ioat::Request& r = d.request;
    const bool write = r.access == arch::Access::Write;
    if (phb.fenced() || phb.in_reset()) return false;
    for (unsigned done = 0; done < r.length;) {
      const BusAddr at = r.addr + done;
      const auto n = static_cast<unsigned>(std::min<std::uint64_t>(r.length - done, 4096 - at % 4096));
      std::uint32_t data = 0;
      if (write && n >= 4) data = load_le32(r.data + done);
      d.parts.push_back(path.begin(kRid, at, n, r.access, data));
      arch::Translation& t = d.parts.back().t;
      if (t.ok() && phb.injects(true, false, write, at)) t.fault = arch::Fault::InjectedInbound;
      if (!t.ok()) {
        const bool msi = arch::in_msi64(at);
        const auto type = msi ? arch::TransactionType::Msi
                              : write ? arch::TransactionType::DmaWrite : arch::TransactionType::DmaRead;
        faults.push_back(phb.raise(t.fault, t.pe, kRid, at, type, &memory));
        return false;
      }
      move(d, d.parts.back().t, done, n);
      done += n;
    }
    return true;
  }
  void move(Dma& d, const arch::Translation& t, unsigned done, unsigned n) {
    if (t.is_msi) {
      phb.interrupts().message(t.source);
      for (const arch::Notification& note : phb.interrupts().take())
        if (note.addr != 0) memory.write_be64(note.addr, note.data);
    } else if (d.request.access == arch::Access::Write) {
      memory.write(t.real, d.request.data + done, n);
    } else {
      memory.read(t.real, d.request.data + done, n);
    }
  }
  void finish_dma(bool lost) {
    if (!under_way_) return;
    const Dma d = std::move(*under_way_);
    under_way_.reset();
    for (const CachingPath::Part& p : d.parts) path.finish(p);
    function.done(d.request.tag, d.ok && !lost);
  }

  // -- configuration --------------------------------------------------------------------------------
  arch::ConfigReply read_config(Rid rid, unsigned offset, unsigned bytes) override {
    if (rid != kRid || !phb.link().link_active()) return {};
    return {arch::ConfigStatus::Good, config_.read(offset, bytes)};
  }
  arch::ConfigReply write_config(Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) override {
    if (rid != kRid || !phb.link().link_active()) return {};
    config_.write(offset, bytes, value);
    control();
    return {arch::ConfigStatus::Good, 0};
  }

  arch::pci::ConfigSpace config_;
  arch::Generation generation_;
  std::map<std::uint64_t, std::uint64_t> scom_;
  bool was_active_ = false;
  std::optional<Dma> under_way_;
};

}  // namespace phbsim::test
