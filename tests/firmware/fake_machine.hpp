// SPDX-License-Identifier: Apache-2.0
/// A machine just good enough for the firmware: register arrays with the few behaviours that its polls and
/// read-backs need, memory, and a record of every access. What the PHB means is not in here on purpose: tests of
/// meaning run against models/arch.
#pragma once

#include <array>
#include <cstdint>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "firmware-stubs/include/boot_info.h"
#include "firmware-stubs/include/hal_host.h"

namespace phbsim::test {

struct Access {
  enum class Kind : std::uint8_t { Read, Write } kind = Kind::Read;
  std::uint32_t offset = 0;  ///< of a PHB's register, or a SCOM address
  unsigned bytes = 8;
  std::uint64_t value = 0;
  bool scom = false;
  bool operator==(const Access& o) const {
    return kind == o.kind && offset == o.offset && bytes == o.bytes && value == o.value && scom == o.scom;
  }
};

class FakeMachine {
 public:
  static constexpr std::uint64_t kRegisters = 0x600C3C0000000ull;
  static constexpr std::uint64_t kRegisterBytes = 0x100000;
  static constexpr std::uint64_t kMemory = 0x32920000ull;
  static constexpr std::uint64_t kBootInfo = 0x1000;

  explicit FakeMachine(unsigned generation, bool big = true, unsigned phbs = 1) : generation_(generation), big_(big) {
    info.magic = BOOT_INFO_MAGIC;
    info.version = BOOT_INFO_VERSION;
    info.bytes = sizeof(boot_info);
    info.phb_bytes = sizeof(boot_info_phb);
    info.chip = generation == 3 ? BOOT_CHIP_P8 : generation == 4 ? BOOT_CHIP_P9 : BOOT_CHIP_P10;
    info.chip_level = 0x23;
    info.memory_base = kMemory;
    info.memory_bytes = 64 << 20;
    info.flags = BOOT_FLAG_COLD;
    info.settle_divisor = 1;
    info.timebase_hz = 512000000;
    info.num_phbs = phbs;
    for (unsigned i = 0; i < phbs; ++i) {
      boot_info_phb& p = info.phb[i];
      p.generation = generation;
      p.index = i;
      p.pec = i == 0 ? 0 : i < 3 ? 1 : 2;
      p.stack = i == 0 ? 0 : i < 3 ? i - 1 : i - 3;
      p.big = generation != 3 && big && (i == 0 || i == 3);
      p.registers = kRegisters + i * kRegisterBytes;
      p.mmio64_base = 0x6000000000000ull + (i % 3) * 0x4000000000ull + (i / 3) * 0x20000000000ull;
      p.mmio64_bytes = 0x4000000000ull;
      p.mmio32_base = 0x600C000000000ull + i * 0x80000000ull;
      p.mmio32_bytes = 0x80000000ull;
      p.esb_base = 0x600C300000000ull + i * 0x20000000ull;
      p.notify_address = 0x6030203110100ull;
      p.notify_index = 0xFE000;
      p.max_speed = generation == 5 ? 5 : generation == 4 ? 3 : 3;
      reset(i);
    }
  }

  boot_info info{};
  std::vector<std::vector<Access>> accesses = std::vector<std::vector<Access>>(BOOT_INFO_MAX_PHBS);
  std::vector<Access> scoms;
  std::string console;
  std::uint64_t now_us = 0;
  bool link = true;              ///< a card that trains
  bool dlp_reset_ends = true;
  unsigned kill_busy = 0;        ///< reads of TCE_KILL and Q_DMA_R that still say busy, for each kill
  std::function<bool(std::uint32_t offset, std::uint64_t& value)> on_read;  ///< true: answers in place of the array

  int run() {
    const hal_callbacks callbacks = {
        this,
        [](void* c, std::uint64_t at, unsigned n) { return self(c).mmio_read(at, n); },
        [](void* c, std::uint64_t at, unsigned n, std::uint64_t v) { self(c).mmio_write(at, n, v); },
        [](void* c, std::uint64_t at) { return self(c).scom_read(at); },
        [](void* c, std::uint64_t at, std::uint64_t v) { self(c).scom_write(at, v); },
        [](void* c, std::uint64_t at, unsigned n) { return self(c).memory_read(at, n); },
        [](void* c, std::uint64_t at, unsigned n, std::uint64_t v) { self(c).memory_write(at, n, v); },
        [](void*) {},
        [](void* c, std::uint64_t us) { self(c).now_us += us; },
        [](void* c) { return self(c).now_us; },
        [](void* c, const char* text, unsigned n) { self(c).console.append(text, n); },
    };
    hal_set_callbacks(&callbacks);
    const auto* words = reinterpret_cast<const std::uint64_t*>(&info);
    for (std::size_t i = 0; i < sizeof(info) / 8; ++i) memory_write(kBootInfo + 8 * i, 8, words[i]);
    return firmware_main(kBootInfo);
  }

  std::vector<Access> writes(unsigned phb = 0) const {
    std::vector<Access> w;
    for (const Access& a : accesses[phb])
      if (a.kind == Access::Kind::Write) w.push_back(a);
    return w;
  }
  std::uint64_t& reg(std::uint32_t offset, unsigned phb = 0) { return registers_[phb][offset]; }
  std::uint64_t& ioda(unsigned table, unsigned index, unsigned phb = 0) { return ioda_[phb][table << 16 | index]; }

  std::uint64_t memory_read(std::uint64_t at, unsigned n) {
    std::uint64_t v = 0;
    for (unsigned i = 0; i < n; ++i) v = v << 8 | byte(at + i);
    return v;
  }
  void memory_write(std::uint64_t at, unsigned n, std::uint64_t v) {
    for (unsigned i = n; i-- > 0; v >>= 8) byte(at + i) = static_cast<unsigned char>(v);
  }

 private:
  using Page = std::array<unsigned char, 4096>;
  static FakeMachine& self(void* c) { return *static_cast<FakeMachine*>(c); }

  unsigned char& byte(std::uint64_t at) { return memory_[at >> 12][at & 0xFFF]; }

  void reset(unsigned phb) {
    const bool big = info.phb[phb].big != 0;
    reg(0x800, phb) = generation_ == 3 ? 0xA300000005ull : generation_ == 4 ? 0xA400000002ull : 0xA500000002ull;
    reg(0x268, phb) = big ? 0x2000000000000000ull : 0x1000000000000000ull;
    reg(0x260, phb) = big ? 0x0800000000001000ull : 0x0800000000000800ull;
    // Root complex: capability list with PCI Express at 0x48, AER at 0x100.
    auto& c = config_[phb];
    c[0x04 / 4] = 0x00100000;
    c[0x34 / 4] = 0x48;
    c[0x48 / 4] = 0x01420010;
    c[0x50 / 4] = 0x000F0000;  // errors since power-on: a write of the control half must not clear them
    c[0x54 / 4] = 0x00000411;
    c[0x58 / 4] = 0x20110000;
    c[0x100 / 4] = 0x00020001;
  }

  std::uint64_t read_register(unsigned phb, std::uint32_t offset) {
    std::uint64_t v = 0;
    if (phb == 0 && on_read && on_read(offset, v)) return v;
    switch (offset) {
      case 0x228:
        v = ioda_[phb][ioda_key(phb)];
        advance(phb);
        return v;
      case 0x210:
        return busy(reg(0x210, phb) & ~0xE000000000000000ull, 0x4000000000000000ull);
      case 0x888:
        return busy(0, 0x0100000000000000ull);
      case 0x200:
        return 0x4000000000000000ull;
      case 0x640:
      case 0x1A40:
        return (dlp_reset_ends ? 0 : 1ull << 41) | (link ? 0x110000000000ull : 0);
      default:
        return reg(offset, phb);
    }
  }
  std::uint64_t busy(std::uint64_t idle, std::uint64_t busy_bit) {
    if (pending_ == 0) return idle;
    --pending_;
    return idle | busy_bit;
  }

  void write_register(unsigned phb, std::uint32_t offset, std::uint64_t v) {
    if (offset == 0x228) {
      ioda_[phb][ioda_key(phb)] = v;
      advance(phb);
    } else if (offset == 0x210) {
      reg(offset, phb) = v;
      pending_ = kill_busy;
    } else if (is_status(offset)) {
      reg(offset, phb) &= ~v;
    } else {
      reg(offset, phb) = v;
    }
  }
  static bool is_status(std::uint32_t o) {
    return o == 0xC80 || o == 0xD00 || o == 0xD80 || o == 0xE00 || o == 0xE80 || o == 0x1900 || o == 0x1C00;
  }
  std::uint32_t ioda_key(unsigned phb) {
    const std::uint64_t a = reg(0x220, phb);
    return static_cast<std::uint32_t>(a >> 48 & 0x1F) << 16 | static_cast<std::uint32_t>(a & 0x3FF);
  }
  void advance(unsigned phb) {
    std::uint64_t& a = reg(0x220, phb);
    if (a >> 63 != 0) a = (a & ~0x3FFull) | ((a + 1) & 0x3FF);
  }

  std::uint64_t mmio_read(std::uint64_t at, unsigned n) {
    const auto [phb, offset] = place(at);
    std::uint64_t v = 0;
    const bool rc = offset >= 0x1000 && offset < 0x1800 && generation_ != 3;
    if (rc) {
      v = __builtin_bswap32(config_[phb][(offset - 0x1000) / 4]);
    } else if (offset >= 0x130 && offset < 0x134) {
      v = root_cycle(phb) ? __builtin_bswap64(config_[phb][reg_of(phb) / 4] >> 8 * (offset & 3)) >> (64 - 8 * n)
                          : ~0ull >> (64 - 8 * n);
    } else {
      v = read_register(phb, offset);
    }
    accesses[phb].push_back({Access::Kind::Read, offset, n, v});
    return v;
  }
  void mmio_write(std::uint64_t at, unsigned n, std::uint64_t v) {
    const auto [phb, offset] = place(at);
    accesses[phb].push_back({Access::Kind::Write, offset, n, v});
    if (offset >= 0x1000 && offset < 0x1800 && generation_ != 3) {
      write_config(phb, offset - 0x1000, static_cast<std::uint32_t>(__builtin_bswap32(static_cast<std::uint32_t>(v))),
                   ~0u);
    } else if (offset >= 0x130 && offset < 0x134) {
      if (!root_cycle(phb)) return;
      const unsigned shift = 8 * (offset & 3);
      const auto value = static_cast<std::uint32_t>(__builtin_bswap64(v) >> (64 - 8 * n));
      const std::uint32_t mask = n == 4 ? ~0u : ((1u << 8 * n) - 1) << shift;
      write_config(phb, reg_of(phb), value << shift, mask);
    } else {
      write_register(phb, offset, v);
    }
  }
  void write_config(unsigned phb, unsigned at, std::uint32_t v, std::uint32_t mask) {
    std::uint32_t& word = config_[phb][at / 4];
    const std::uint32_t clears = at == 0x104 || at == 0x110 || at == 0x130          ? ~0u
                                 : at == 0x1C || at == 0x50 || at == 0x58 || at == 0x04 ? 0xFFFF0000u
                                                                                      : 0;
    word = (word & ~(mask & ~clears)) | (v & mask & ~clears);
    if (at != 0x04 && at != 0x58) word &= ~(v & mask & clears);
  }
  bool root_cycle(unsigned phb) { return (reg(0x140, phb) & 0x0FFFF00000000000ull) == 0; }
  unsigned reg_of(unsigned phb) { return static_cast<unsigned>(reg(0x140, phb) >> 32 & 0xFFF); }

  std::pair<unsigned, std::uint32_t> place(std::uint64_t at) const {
    return {static_cast<unsigned>((at - kRegisters) / kRegisterBytes),
            static_cast<std::uint32_t>((at - kRegisters) % kRegisterBytes)};
  }

  /// P9's and P10's indirect port, and P8's ASB: which PHB, and the register.
  std::uint64_t scom_read(std::uint64_t at) {
    std::uint64_t v = scom_[at];
    for (unsigned i = 0; i < info.num_phbs; ++i)
      if (at == port(i) + (generation_ == 3 ? 2 : 1)) v = read_register(i, static_cast<std::uint32_t>(scom_[port(i)] & 0x1FFF));
    scoms.push_back({Access::Kind::Read, static_cast<std::uint32_t>(at), 8, v, true});
    return v;
  }
  void scom_write(std::uint64_t at, std::uint64_t v) {
    scoms.push_back({Access::Kind::Write, static_cast<std::uint32_t>(at), 8, v, true});
    scom_[at] = v;
    for (unsigned i = 0; i < info.num_phbs; ++i)
      if (at == port(i) + (generation_ == 3 ? 2 : 1)) write_register(i, static_cast<std::uint32_t>(scom_[port(i)] & 0x1FFF), v);
  }
  std::uint64_t port(unsigned i) const {
    const boot_info_phb& p = info.phb[i];
    if (generation_ == 3) return 0x9013C00 + 0x40 * p.index;
    const std::uint64_t pci = generation_ == 5 ? 0x8010800 + 0x1000000 * p.pec : 0xD010800 + 0x1000000 * p.pec;
    return pci + 0x100 + 0x40 * p.stack;
  }

  unsigned generation_;
  bool big_;
  unsigned pending_ = 0;
  std::array<std::map<std::uint32_t, std::uint64_t>, BOOT_INFO_MAX_PHBS> registers_;
  std::array<std::map<std::uint32_t, std::uint64_t>, BOOT_INFO_MAX_PHBS> ioda_;
  std::array<std::map<unsigned, std::uint32_t>, BOOT_INFO_MAX_PHBS> config_;
  std::map<std::uint64_t, std::uint64_t> scom_;
  std::map<std::uint64_t, Page> memory_;
};

}  // namespace phbsim::test
