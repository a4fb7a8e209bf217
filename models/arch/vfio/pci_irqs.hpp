// SPDX-License-Identifier: Apache-2.0
/// Interrupts of a vfio-pci device: which descriptor each signals, SET_IRQS and GET_IRQ_INFO.
///
/// SET_IRQS looks at all descriptors first: unlike Linux, which takes off what it had set, one that is
/// bad changes nothing. Not modelled: unmasking INTx by a descriptor (EOPNOTSUPP; KVM's resample),
/// more MSI-X vectors while MSI-X is on (always NORESIZE), interrupts bypassed to KVM.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "models/arch/os/file.hpp"
#include "models/arch/pci/function.hpp"
#include "models/arch/vfio/abi.hpp"
#include "models/arch/vfio/virtual_config.hpp"

namespace phbsim::arch::vfio {

class PciIrqs final : public pci::InterruptSink {
 public:
  PciIrqs(pci::Function& function, VirtualConfig& config);
  ~PciIrqs() override;
  PciIrqs(const PciIrqs&) = delete;
  PciIrqs& operator=(const PciIrqs&) = delete;

  unsigned count(std::uint32_t index) const;
  /// Fills flags and count; EINVAL no such index, or errors of a function without PCI Express.
  void info(abi::IrqInfo& info) const;
  void set(os::Caller& caller, std::uint64_t arg);

  /// The program wrote Command's INTx disable.
  void command_intx_disable(bool disabled);
  /// The function was reset; its vectors are programmed anew.
  void restore();
  void signal_error() noexcept;
  void signal_request() noexcept;

  void message(unsigned vector) noexcept override;
  void intx() noexcept override;

  bool intx_masked() const { return masked_; }

 private:
  using Trigger = std::shared_ptr<os::EventFd>;
  struct Args;
  void set_intx_mask(const Args& a);
  void set_intx_unmask(const Args& a);
  void set_intx_trigger(const Args& a);
  void set_messages(const Args& a);
  void set_single(Trigger& trigger, const Args& a);
  void enable(pci::Interrupts kind, unsigned vectors);
  void disable() noexcept;

  bool is(std::uint32_t index) const { return active_ == index; }
  void mask();
  void unmask();
  void function_intx(bool on);
  void send_intx() noexcept;

  pci::Function& function_;
  VirtualConfig& config_;
  std::uint32_t active_ = abi::kIrqs;  ///< kIrqIntx, kIrqMsi, kIrqMsix; kIrqs: none
  unsigned vectors_ = 0;
  std::map<unsigned, Trigger> triggers_;  ///< by vector; INTx: 0
  bool masked_ = false;                   ///< INTx
  bool virtually_disabled_ = false;
  Trigger error_, request_;
};

}  // namespace phbsim::arch::vfio
