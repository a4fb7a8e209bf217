// SPDX-License-Identifier: Apache-2.0
/// A DMA engine of Intel's I/OAT family on a link: arch::ioat::Function with sockets and time.
///
/// `mmio_in`: little-endian accesses of 1 to 8 bytes within BAR 0, which is aligned to its size; others get an error.
/// They have their effect in the order of arrival and are answered `register_latency` later.
/// `link_out`: descriptors, data (real bytes), completion writes, and MSI-X messages to the address programmed; at
/// most as many at once as the function has tags, one every `request_interval`.
/// A completion write and the message behind it leave in this order without waiting for each other: that memory has
/// the one before the CPU gets the other is the work of link and PHB.
/// The statistics count all of these as requests. A fault is a result: the channel halts.
/// Not modelled: the time between a descriptor's arrival and its first read, data paths of the device.
#pragma once

#include "models/endpoints/endpoint.hpp"
#include "models/endpoints/ioat_params.hpp"

namespace phbsim::endpoints {

class Ioat final : public Endpoint, private TargetPort::Client {
 public:
  Ioat(const sc_core::sc_module_name& name, EngineDriver& driver, const IoatParams& params, stats::Registry& registry);

  TargetPort mmio_in;

  const arch::ioat::Function& function() const { return function_; }
  /// Accesses of configuration space, which has no time here. To be called outside of the engine, too.
  void set_control(const arch::ioat::Control& control);
  void write_config(std::uint32_t offset, std::uint32_t value) { function_.write_config(offset, value); }
  void reset_function();

 private:
  enum Event : std::uint32_t { kGo };

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  void completed(unsigned slot) override;
  void go();

  IoatParams params_;
  arch::ioat::Function function_;
  Tick next_request_ = 0;
  bool going_ = false;  ///< a kGo is on its way
};

}  // namespace phbsim::endpoints
