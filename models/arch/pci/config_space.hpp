// SPDX-License-Identifier: Apache-2.0
/// Configuration space of a PCI Express function, header type 0, and the registers in it that every
/// function has. A platform builds one per function and asks it what software has set.
///
/// Capabilities lie in the order of the add_ calls, from 0x40 on. Not modelled: expansion ROMs, VPD,
/// bridges, extended capabilities but those that a device keeps itself (own_registers).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/arch/pci/function.hpp"

namespace phbsim::arch::pci {

/// Offsets in the header, and in capabilities from their start.
namespace reg {
constexpr unsigned kVendor = 0x00, kDevice = 0x02, kCommand = 0x04, kStatus = 0x06, kRevision = 0x08, kClass = 0x09,
                   kCacheLine = 0x0c, kLatency = 0x0d, kHeaderType = 0x0e, kBist = 0x0f, kBar0 = 0x10,
                   kSubVendor = 0x2c, kSubDevice = 0x2e, kRom = 0x30, kCapabilities = 0x34, kIntLine = 0x3c,
                   kIntPin = 0x3d, kHeaderEnd = 0x40, kStandardEnd = 0x100;
constexpr unsigned kCapId = 0, kCapNext = 1;
constexpr unsigned kPmc = 2, kPmCtrl = 4;
constexpr unsigned kMsiFlags = 2, kMsiAddr = 4, kMsiAddrHigh = 8, kMsiData = 12;
constexpr unsigned kMsixFlags = 2, kMsixTable = 4, kMsixPba = 8;
constexpr unsigned kExpFlags = 2, kExpDevCap = 4, kExpDevCtl = 8, kExpLinkCap = 12, kExpLinkSta = 18,
                   kExpDevCtl2 = 40;
}  // namespace reg

constexpr std::uint16_t kCommandIo = 1, kCommandMemory = 2, kCommandMaster = 4, kCommandIntxDisable = 0x400;
constexpr std::uint16_t kStatusInterrupt = 8, kStatusCapabilities = 0x10;
constexpr std::uint8_t kCapPm = 0x01, kCapMsi = 0x05, kCapVendor = 0x09, kCapExp = 0x10, kCapMsix = 0x11, kCapAf = 0x13;
constexpr std::uint32_t kExpFlr = 1u << 28;       ///< of kExpDevCap
constexpr std::uint16_t kExpDoFlr = 1u << 15;     ///< of kExpDevCtl
constexpr std::uint16_t kMsiEnable = 1, kMsi64 = 0x80;
constexpr std::uint16_t kMsixEnable = 1u << 15, kMsixMaskAll = 1u << 14;

struct Identity {
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::uint16_t sub_vendor = 0;
  std::uint16_t sub_device = 0;
  std::uint32_t class_code = 0;  ///< 24 bits
  std::uint8_t revision = 0;
  std::uint8_t interrupt_pin = 0;  ///< 1 is INTA; 0: none
};

class ConfigSpace {
 public:
  static constexpr unsigned kBytes = 4096;

  explicit ConfigSpace(const Identity& identity);

  /// `base` is where firmware put it: what the register holds after power-on, and after reset().
  void add_bar(unsigned index, const Bar& bar, std::uint64_t base);
  void add_power_management();
  void add_msi(unsigned vectors_log2);
  /// The table and the pending bits lie in BARs.
  void add_msix(unsigned vectors, unsigned table_bar, std::uint32_t table_offset, unsigned pba_bar,
                std::uint32_t pba_offset);
  void add_express(bool flr);
  /// Registers that the device keeps itself, in double words: 32-bit reads and writes.
  void own_registers(unsigned offset, unsigned bytes, std::function<std::uint32_t(unsigned)> read,
                     std::function<void(unsigned, std::uint32_t)> write);

  std::uint32_t read(unsigned offset, unsigned bytes) const;
  void write(unsigned offset, unsigned bytes, std::uint32_t value);
  void reset();
  /// Called after writes that may have changed what the members below say.
  std::function<void()> on_control;
  /// Called where software asks for a function-level reset through the PCIe capability.
  std::function<void()> on_flr;

  const Bar& bar(unsigned index) const { return bars_[index].bar; }
  /// Address that software gave the BAR.
  std::uint64_t bar_base(unsigned index) const;
  std::uint16_t command() const { return static_cast<std::uint16_t>(read(reg::kCommand, 2)); }
  bool memory_enabled() const { return (command() & kCommandMemory) != 0; }
  bool bus_master() const { return (command() & kCommandMaster) != 0; }
  bool intx_disabled() const { return (command() & kCommandIntxDisable) != 0; }
  void set_intx(bool asserted);
  /// Offset of a capability, 0 if there is none.
  unsigned find(std::uint8_t capability) const;

 private:
  struct PlacedBar {
    Bar bar;
    std::uint64_t base = 0;
  };
  struct Own {
    unsigned offset, bytes;
    std::function<std::uint32_t(unsigned)> read;
    std::function<void(unsigned, std::uint32_t)> write;
  };
  void put(unsigned offset, unsigned bytes, std::uint32_t value, std::uint32_t writable = 0);
  unsigned add_capability(std::uint8_t id, unsigned bytes);
  const Own* own(unsigned offset) const;

  std::array<std::uint8_t, kBytes> bytes_{};
  std::array<std::uint8_t, kBytes> initial_{};
  std::array<std::uint8_t, kBytes> writable_{};
  std::array<PlacedBar, kBars> bars_{};
  std::vector<Own> own_;
  unsigned next_capability_ = reg::kHeaderEnd;
  unsigned last_next_ = reg::kCapabilities;  ///< where the next capability's offset goes
};

}  // namespace phbsim::arch::pci
