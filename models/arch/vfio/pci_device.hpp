// SPDX-License-Identifier: Apache-2.0
/// A PCI function that vfio-pci drives (iommufd.md 9): its nodes, and what open files of it share.
///
/// Opened through its group any number of times, or by its own node once. Between the first open and
/// the last close the function is enabled and reset at both ends.
/// Not modelled: expansion ROM, VGA, ioeventfds, VF tokens, migration and DMA logging (ENOTTY), wakeup
/// from low power, error recovery that a driver would see.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/pci/function.hpp"
#include "models/arch/vfio/group.hpp"
#include "models/arch/vfio/host.hpp"
#include "models/arch/vfio/pci_irqs.hpp"
#include "models/arch/vfio/virtual_config.hpp"

namespace phbsim::arch::vfio {

class PciDevice;

/// Functions that a bus or slot reset takes together.
struct ResetSet {
  std::vector<PciDevice*> devices;
};

class PciDevice final : public GroupDevice {
 public:
  /// `host`, `function` and `node` outlive it. `together` null: a bus reset takes this function alone.
  PciDevice(Host& host, pci::Function& function, GroupNode& node, ResetSet* together = nullptr);
  ~PciDevice() override;
  PciDevice(const PciDevice&) = delete;
  PciDevice& operator=(const PciDevice&) = delete;

  /// /dev/vfio/devices/vfioN: nothing but BIND_IOMMUFD works before that.
  std::shared_ptr<os::File> open_node();
  bool matches(const std::string& name) const override;
  std::shared_ptr<os::File> open_in_group(GroupFile& group) override;

  pci::Function& function() const { return function_; }
  GroupNode& node() const { return node_; }
  bool is_open() const { return opens_ != 0; }
  /// The device wants to leave, or had an error: VFIO tells the program.
  void signal_request() noexcept { if (irqs_) irqs_->signal_request(); }
  void signal_error() noexcept { if (irqs_) irqs_->signal_error(); }

  // -- for open files -----------------------------------------------------------------------------
  /// Opens through an iommufd, if `context` is not null, else through the group's container.
  void open(GroupFile* group, iommufd::Context* context);
  void close(GroupFile* group) noexcept;
  iommufd::BoundDevice* bound() const { return bound_.get(); }

  std::int64_t ioctl(os::Caller& caller, abi::Cmd cmd, std::uint64_t arg);
  std::size_t read(unsigned char* out, std::size_t n, std::uint64_t offset);
  std::size_t write(const unsigned char* in, std::size_t n, std::uint64_t offset);
  os::Mapping mmap(std::uint64_t offset, std::uint64_t length);

 private:
  struct MsixTable {
    unsigned bar = pci::kBars;
    std::uint64_t first = 0, end = 0;
  };

  void enable();
  void disable() noexcept;
  void reset();
  void restore_config(const std::vector<std::uint32_t>& saved);
  std::vector<std::uint32_t> save_config();
  void clear_master();

  void get_info(os::Caller& caller, std::uint64_t arg);
  void get_region_info(os::Caller& caller, std::uint64_t arg);
  void get_irq_info(os::Caller& caller, std::uint64_t arg);
  void feature(os::Caller& caller, std::uint64_t arg);
  void hot_reset_info(os::Caller& caller, std::uint64_t arg);
  void hot_reset(os::Caller& caller, std::uint64_t arg);
  std::vector<PciDevice*> reset_together();
  bool mappable(unsigned bar) const;
  /// What of the context knows of this device: its id, 0 its group, kDevidNotOwned.
  std::uint32_t devid_in(const iommufd::Context& context) const;

  /// Moves pieces of 8, 4, 2 or 1 bytes; the MSI-X table is left out (reads as ones).
  template <typename Piece, typename Skip>
  void for_each_piece(unsigned bar, std::uint64_t at, std::size_t n, Piece&& piece, Skip&& skip) const;
  std::size_t clip(unsigned index, std::uint64_t at, std::size_t n) const;

  Host& host_;
  pci::Function& function_;
  GroupNode& node_;
  ResetSet* together_;
  std::string name_;
  unsigned opens_ = 0;
  std::unique_ptr<iommufd::BoundDevice> bound_;
  bool by_node_ = false;
  bool low_power_ = false;
  std::optional<VirtualConfig> config_;
  std::optional<PciIrqs> irqs_;
  MsixTable msix_;
};

}  // namespace phbsim::arch::vfio
