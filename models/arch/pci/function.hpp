// SPDX-License-Identifier: Apache-2.0
/// A PCI function as the kernel's drivers see it: configuration space, BARs, interrupts, reset. The
/// platform implements it over a device model; VFIO gives it to programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/arch/os/iommu.hpp"

namespace phbsim::arch::pci {

struct Address {
  std::uint16_t segment = 0;
  std::uint8_t bus = 0;
  std::uint8_t devfn = 0;
  /// "0001:02:03.4"
  std::string text() const;
};

constexpr unsigned kBars = 6;

/// One base address register; a 64-bit one takes the next one, too, which then has no bytes.
struct Bar {
  std::uint64_t bytes = 0;  ///< a power of two; 0: none
  bool io = false;
  bool is_64 = false;
  bool prefetchable = false;
};

/// Who is told of a function's interrupts.
class InterruptSink {
 public:
  virtual ~InterruptSink() = default;
  virtual void message(unsigned vector) noexcept = 0;  ///< MSI or MSI-X
  /// INTx is asserted (Status bit 3) and not disabled in Command.
  virtual void intx() noexcept = 0;
};

enum class Interrupts : std::uint8_t { Intx, Msi, Msix };

class Function {
 public:
  virtual ~Function() = default;

  virtual Address address() const = 0;
  virtual os::Device& device() = 0;  ///< as its IOMMU sees it

  /// 256 or 4096.
  virtual unsigned config_bytes() const = 0;
  /// 1, 2 or 4 bytes, aligned to themselves; little-endian value.
  virtual std::uint32_t read_config(unsigned offset, unsigned bytes) = 0;
  virtual void write_config(unsigned offset, unsigned bytes, std::uint32_t value) = 0;

  virtual Bar bar(unsigned index) const = 0;
  /// 1, 2, 4 or 8 bytes, aligned to themselves, within the BAR; bytes as they lie on the bus.
  virtual void read_bar(unsigned index, std::uint64_t offset, unsigned char* out, std::size_t n) = 0;
  virtual void write_bar(unsigned index, std::uint64_t offset, const unsigned char* in, std::size_t n) = 0;

  /// Function-level reset: registers and configuration are as after power-on, the caller restores what it needs.
  virtual bool can_reset() const { return true; }
  virtual void reset() = 0;

  /// Gives vectors [0, count) to the function and enables them (messages programmed); Intx: connects its line.
  /// More is more than there is: ENOSPC. Until disabled, `sink` is told.
  virtual void enable_interrupts(Interrupts kind, unsigned count, InterruptSink& sink) = 0;
  virtual void disable_interrupts(Interrupts kind) noexcept = 0;
};

}  // namespace phbsim::arch::pci
