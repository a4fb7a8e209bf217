// SPDX-License-Identifier: Apache-2.0
/// An I/OAT function in a system: the device on its link, and the calls that software reaches it by.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "models/endpoints/ioat.hpp"
#include "platform/build/system.hpp"

namespace phbsim::build {

struct IoatSpec {
  std::string name = "ioat";
  unsigned device = 0;  ///< socket of the link, below PhbSpec::mmio_devices
  BusAddr bar = 0;      ///< bus address of BAR 0, on its size
  endpoints::IoatParams params;
};

/// Made after the System, before the simulation begins; lives as long as the System runs.
class IoatFunction {
 public:
  IoatFunction(System& system, PhbGroup& group, const IoatSpec& spec);
  IoatFunction(const IoatFunction&) = delete;
  IoatFunction& operator=(const IoatFunction&) = delete;

  endpoints::Ioat& device() { return *device_; }
  const arch::ioat::Model& model() const { return device_->function().model(); }

  /// Accesses of BAR 0 as the processor makes them: they take simulated time. All ones for one that the device
  /// does not answer. 1 to 8 bytes within the BAR.
  std::uint64_t read_bar(std::uint32_t offset, unsigned bytes);
  void write_bar(std::uint32_t offset, unsigned bytes, std::uint64_t value);

  /// The device's part of configuration space (arch/ioat/identity.hpp); no time.
  std::uint32_t read_config(std::uint32_t offset) const { return device_->function().read_config(offset); }
  void write_config(std::uint32_t offset, std::uint32_t value) { device_->write_config(offset, value); }
  void set_control(const arch::ioat::Control& control) { device_->set_control(control); }
  /// Function-level reset: it takes as long as what is under way; the simulation runs until nothing is.
  void reset();

  /// Programs the one vector with the message of the PHB's interrupt `source` and unmasks it. The source's PE is
  /// firmware's to set. on_interrupt is called for each message that the PHB delivers from then on, from inside the
  /// simulation: it makes no access itself.
  void connect_interrupt(std::uint32_t source);
  std::function<void(unsigned vector)> on_interrupt;

  /// Lets the device finish what it was told to do.
  void run_until_idle() { host_.run_until_idle(); }

 private:
  static constexpr std::uint32_t kNoSource = ~0u;

  HostAccess& host_;
  BusAddr bar_;
  std::uint32_t source_ = kNoSource;
  std::unique_ptr<endpoints::Ioat> device_;
};

}  // namespace phbsim::build
