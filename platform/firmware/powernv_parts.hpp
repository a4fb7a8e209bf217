// SPDX-License-Identifier: Apache-2.0
/// Parts of the PowerNv machine: memory, UART, registers that are storage, a card behind a PHB.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/arch/config_bus.hpp"
#include "models/arch/ioat/function.hpp"
#include "models/arch/memory_view.hpp"
#include "models/arch/pci/config_space.hpp"
#include "models/arch/phb_state.hpp"
#include "models/arch/ppc64/bus.hpp"

namespace phbsim::firmware::powernv {

/// Sparse pages that stay where they are. Accesses through MemoryView are those of devices; outside of the memory
/// they read 0 and write nothing.
class Ram final : public arch::MemoryView {
 public:
  explicit Ram(std::uint64_t bytes) : pages_(bytes / kPageBytes) {}
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override;
  void write(RealAddr addr, const unsigned char* in, std::size_t n) override;
  /// The page, which is made if need be; null outside of the memory.
  unsigned char* page(RealAddr addr);
  /// A device wrote here.
  std::function<void(RealAddr, std::uint64_t)> on_write;

 private:
  static constexpr std::uint64_t kPageBytes = arch::ppc64::kCodePageBytes;
  using Page = std::array<unsigned char, kPageBytes>;
  std::vector<std::unique_ptr<Page>> pages_;
};

/// A 16550 without interrupts and without anybody who types: sends at once.
class Uart {
 public:
  std::uint8_t read(unsigned reg) const;
  void write(unsigned reg, std::uint8_t value);
  const std::string& output() const { return output_; }

 private:
  bool divisor_latch() const { return (regs_[3] & 0x80) != 0; }
  std::array<std::uint8_t, 8> regs_{};
  std::array<std::uint8_t, 2> divisor_{};
  std::string output_;
};

/// Storage of 8-byte words, accessed by 1, 2, 4 or 8 aligned bytes.
class Words {
 public:
  std::uint64_t read(std::uint64_t addr, unsigned bytes) const;
  void write(std::uint64_t addr, unsigned bytes, std::uint64_t value);

 private:
  std::map<std::uint64_t, std::uint64_t> words_;
};

/// An I/OAT function alone on the link of a PHB.
class Card final : public arch::ConfigBus {
 public:
  Card(arch::PhbState& phb, arch::MemoryView& memory);

  arch::ConfigReply read_config(Rid rid, unsigned offset, unsigned bytes) override;
  arch::ConfigReply write_config(Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) override;
  /// At a PCI address; the little-endian number. False, nothing: no BAR of the card.
  std::optional<std::uint64_t> read(BusAddr addr, unsigned bytes);
  bool write(BusAddr addr, unsigned bytes, std::uint64_t value);
  /// Makes what DMA there is to make, and notices that the link went down.
  void settle();

 private:
  bool here(Rid rid) const;
  bool claims(BusAddr addr, unsigned bytes) const;
  void control();
  bool dma(arch::ioat::Request& request);

  arch::PhbState& phb_;
  arch::MemoryView& memory_;
  arch::ioat::Function function_;
  arch::pci::ConfigSpace config_;
  Rid rid_ = 0;  ///< as captured from configuration writes
  bool was_active_ = false;
};

}  // namespace phbsim::firmware::powernv
