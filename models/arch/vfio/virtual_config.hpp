// SPDX-License-Identifier: Apache-2.0
/// Configuration space as VFIO shows it to a program: most reads come from the device, BARs and what the
/// kernel keeps for itself are a copy (iommufd.md 9). [F: which bits, from Linux's vfio-pci]
///
/// A BAR is a register of its own that can be sized; the device's stays where it is. Capabilities that
/// Linux hides are not in the list; those that it knows and does not treat are read-only. Not modelled:
/// hiding within extended capabilities, VPD (read-only here), SR-IOV's virtual functions.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/arch/pci/config_space.hpp"

namespace phbsim::arch::vfio {

class VirtualConfig {
 public:
  struct Events {
    std::function<void(bool disabled)> intx_disable;  ///< Command bit 10 changed
    std::function<void()> reset;                      ///< function-level reset was asked for
  };

  /// The function is enabled; its BARs have their addresses.
  VirtualConfig(pci::Function& function, Events events);

  unsigned bytes() const { return static_cast<unsigned>(shown_.size()); }
  /// [offset, offset + n) lies within bytes().
  void read(unsigned offset, unsigned char* out, std::size_t n);
  void write(unsigned offset, const unsigned char* in, std::size_t n);

  bool memory_enabled() const { return (word(pci::reg::kCommand) & pci::kCommandMemory) != 0 && power_state_ == 0; }
  bool intx_disabled() const { return (word(pci::reg::kCommand) & pci::kCommandIntxDisable) != 0; }
  bool has_interrupt_pin() const { return shown_[pci::reg::kIntPin] != 0; }
  /// Offset of a capability of the device, 0 if it has none.
  unsigned find(std::uint8_t capability) const;
  /// MSI's enable bit can be set only while SET_IRQS has enabled it, for 2^`vectors_log2` vectors.
  void set_msi(bool enabled, unsigned vectors_log2);

 private:
  struct Capability {
    std::uint8_t id;
    unsigned first, bytes;
  };
  void header();
  void standard_capabilities();
  void extended_capabilities();
  unsigned length_of(std::uint8_t id, unsigned at);
  void permissions_of(const Capability& c);
  void fill(unsigned offset, unsigned n);
  /// Bits that are a copy, and bits that may be written.
  void allow(unsigned offset, unsigned n, std::uint32_t copied, std::uint32_t writable);

  unsigned chunk(unsigned offset, std::size_t left) const;
  std::uint32_t read_chunk(unsigned offset, unsigned n);
  void write_chunk(unsigned offset, unsigned n, std::uint32_t value);
  void store(unsigned offset, unsigned n, std::uint32_t value);
  void command_written(unsigned offset, unsigned n, std::uint32_t value);
  void capability_written(const Capability& c, unsigned offset, unsigned n);
  void fix_bars();
  const Capability* at(unsigned offset) const;
  std::uint16_t word(unsigned offset) const {
    return static_cast<std::uint16_t>(shown_[offset] | shown_[offset + 1] << 8);
  }
  void set_word(unsigned offset, std::uint16_t v) {
    shown_[offset] = static_cast<std::uint8_t>(v);
    shown_[offset + 1] = static_cast<std::uint8_t>(v >> 8);
  }
  static bool covers(unsigned offset, unsigned n, unsigned byte) { return byte >= offset && byte < offset + n; }

  pci::Function& function_;
  Events events_;
  std::vector<std::uint8_t> shown_;
  std::vector<std::uint8_t> copied_;    ///< bits that come from shown_
  std::vector<std::uint8_t> writable_;
  std::vector<Capability> capabilities_;
  bool bars_dirty_ = true;
  unsigned power_state_ = 0;
  bool msi_on_ = false;
  unsigned msi_vectors_log2_ = 0;
};

}  // namespace phbsim::arch::vfio
