// SPDX-License-Identifier: Apache-2.0
/// What is plugged in below a PHB: one device with up to eight I/OAT functions, each with a configuration
/// space that firmware enumerates, on the PHB's link.
///
/// Functions answer at the secondary bus of the root port, device 0, and take their bus number from
/// configuration writes. A BAR answers while memory space is enabled. When the link goes down, for whatever
/// reason, every function is reset [MA: a hot reset and PERST do it, a lost link leads to one].
/// Not modelled: switches, expansion ROMs, time of a function until it is ready (CRS).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/config_bus.hpp"
#include "models/arch/pci/config_space.hpp"
#include "models/endpoints/ioat.hpp"
#include "platform/build/system.hpp"

namespace phbsim::firmware {

class PciSlot final : public arch::ConfigBus {
 public:
  /// The PHB's group has `outbound` and as many mmio_devices as functions are added. Before the simulation.
  PciSlot(build::System& system, build::PhbGroup& group);
  PciSlot(const PciSlot&) = delete;
  PciSlot& operator=(const PciSlot&) = delete;

  static constexpr unsigned kFunctions = 8;
  void add_function(const std::string& name, unsigned function, const arch::ioat::Model& model);
  unsigned functions() const { return static_cast<unsigned>(functions_.size()); }
  endpoints::Ioat& device(unsigned i) { return *functions_[i]->device; }
  Rid rid(unsigned i) const { return functions_[i]->device->rid(); }

  void link_changed(bool active);

  arch::ConfigReply read_config(Rid rid, unsigned offset, unsigned bytes) override;
  arch::ConfigReply write_config(Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) override;

 private:
  struct Function {
    Function(const arch::pci::Identity& identity, unsigned n, unsigned socket_number)
        : config(identity), number(n), socket(socket_number) {}
    arch::pci::ConfigSpace config;
    unsigned number;
    unsigned socket;
    std::unique_ptr<endpoints::Ioat> device;
  };
  Function* find(Rid rid);
  void control_changed(Function& f);

  build::System& system_;
  build::PhbGroup& group_;
  std::vector<std::unique_ptr<Function>> functions_;
};

}  // namespace phbsim::firmware
