// SPDX-License-Identifier: Apache-2.0
/// A simulated I/OAT function as the kernel's drivers see it: configuration space, BAR 0, one MSI-X
/// vector, function-level reset.
///
/// A store to the BAR ends when the device has done all that it was told: a program that polls memory
/// finds the result without a further call. [MA] So a device and its program never work at one time.
#pragma once

#include "models/arch/pci/config_space.hpp"
#include "models/arch/power_iommu/power_device.hpp"
#include "platform/build/ioat_function.hpp"

namespace phbsim::exec {

class IoatPci final : public arch::pci::Function {
 public:
  IoatPci(build::IoatFunction& function, arch::power_iommu::PowerDevice& device, arch::pci::Address address,
          BusAddr bar, std::uint32_t interrupt_source);

  arch::pci::Address address() const override { return address_; }
  arch::os::Device& device() override { return device_; }
  unsigned config_bytes() const override { return arch::pci::ConfigSpace::kBytes; }
  std::uint32_t read_config(unsigned offset, unsigned bytes) override { return config_.read(offset, bytes); }
  void write_config(unsigned offset, unsigned bytes, std::uint32_t value) override { config_.write(offset, bytes, value); }
  arch::pci::Bar bar(unsigned index) const override { return config_.bar(index); }
  /// All ones, and stores lost, while memory is not enabled in Command.
  void read_bar(unsigned index, std::uint64_t offset, unsigned char* out, std::size_t n) override;
  void write_bar(unsigned index, std::uint64_t offset, const unsigned char* in, std::size_t n) override;
  void reset() override;
  void enable_interrupts(arch::pci::Interrupts kind, unsigned count, arch::pci::InterruptSink& sink) override;
  void disable_interrupts(arch::pci::Interrupts kind) noexcept override;

  const arch::pci::ConfigSpace& config() const { return config_; }

 private:
  void control_changed();

  build::IoatFunction& function_;
  arch::power_iommu::PowerDevice& device_;
  arch::pci::Address address_;
  std::uint32_t source_;
  arch::pci::ConfigSpace config_;
  arch::pci::InterruptSink* sink_ = nullptr;
};

}  // namespace phbsim::exec
