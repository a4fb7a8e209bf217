// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/machine/ioat_pci.hpp"

#include <algorithm>

#include "models/arch/ioat/identity.hpp"

namespace phbsim::exec {

namespace ioat = arch::ioat;
namespace pci = arch::pci;

namespace {

pci::Identity identity_of(const ioat::Model& model) {
  pci::Identity id;
  id.vendor = ioat::kVendor;
  id.device = model.device;
  id.sub_vendor = ioat::kVendor;
  id.class_code = ioat::kClass;
  return id;
}

}  // namespace

IoatPci::IoatPci(build::IoatFunction& function, arch::power_iommu::PowerDevice& device, pci::Address address,
                 BusAddr bar, std::uint32_t interrupt_source)
    : function_(function),
      device_(device),
      address_(address),
      source_(interrupt_source),
      config_(identity_of(function.model())) {
  pci::Bar registers;
  registers.bytes = ioat::kBarBytes;
  registers.is_64 = true;
  config_.add_bar(0, registers, bar);
  config_.add_power_management();
  config_.add_msix(ioat::kVectors, 0, ioat::kMsixTable, 0, ioat::kMsixPba);
  config_.add_express(true);
  const auto own = [this](std::uint32_t first, unsigned bytes) {
    config_.own_registers(
        first, bytes, [this](unsigned offset) { return function_.read_config(offset); },
        [this](unsigned offset, std::uint32_t value) { function_.write_config(offset, value); });
  };
  own(ioat::kConfigUncorrectable, 4);
  own(ioat::kConfigChanErr, 8);
  config_.on_control = [this] { control_changed(); };
  config_.on_flr = [this] { reset(); };
  function_.on_interrupt = [this](unsigned vector) {
    if (sink_ != nullptr) sink_->message(vector);
  };
}

void IoatPci::control_changed() {
  const unsigned msix = config_.find(pci::kCapMsix);
  const std::uint32_t flags = config_.read(msix + pci::reg::kMsixFlags, 2);
  ioat::Control control;
  control.bus_master = config_.bus_master();
  control.msix_enable = (flags & pci::kMsixEnable) != 0;
  control.msix_mask = (flags & pci::kMsixMaskAll) != 0;
  function_.set_control(control);
}

void IoatPci::read_bar(unsigned index, std::uint64_t offset, unsigned char* out, std::size_t n) {
  std::uint64_t value = ~0ull;
  if (index == 0 && config_.memory_enabled()) {
    value = function_.read_bar(static_cast<std::uint32_t>(offset), static_cast<unsigned>(n));
  }
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<unsigned char>(value >> (8 * i));
}

void IoatPci::write_bar(unsigned index, std::uint64_t offset, const unsigned char* in, std::size_t n) {
  if (index != 0 || !config_.memory_enabled()) return;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < n; ++i) value |= static_cast<std::uint64_t>(in[i]) << (8 * i);
  function_.write_bar(static_cast<std::uint32_t>(offset), static_cast<unsigned>(n), value);
  function_.run_until_idle();
}

void IoatPci::reset() {
  function_.reset();
  config_.reset();
  control_changed();
}

void IoatPci::enable_interrupts(pci::Interrupts kind, unsigned count, pci::InterruptSink& sink) {
  if (kind != pci::Interrupts::Msix || count > ioat::kVectors) {
    arch::os::fail(arch::os::Errno::NoSpc, "the function has one vector of MSI-X");
  }
  function_.connect_interrupt(source_);
  const unsigned flags = config_.find(pci::kCapMsix) + pci::reg::kMsixFlags;
  config_.write(flags, 2, config_.read(flags, 2) | pci::kMsixEnable);
  sink_ = &sink;
}

void IoatPci::disable_interrupts(pci::Interrupts kind) noexcept {
  if (kind != pci::Interrupts::Msix) return;
  sink_ = nullptr;
  const unsigned flags = config_.find(pci::kCapMsix) + pci::reg::kMsixFlags;
  config_.write(flags, 2, config_.read(flags, 2) & ~std::uint32_t{pci::kMsixEnable});
}

}  // namespace phbsim::exec
