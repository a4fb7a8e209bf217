// SPDX-License-Identifier: Apache-2.0
/// The chip's service bus as a processor reaches it: SCOM n is the 8 bytes at n << 3 of `fabric_in`.
///
/// An access takes `latency`, has its effect at the end of it, and finds the PHBs of the chip brought up to
/// that time. What no unit answers reads all ones and is no error on the bus: XSCOM says so in the
/// processor's HMER, which on_answer is for. What is not 8 aligned bytes gets a burst error.
/// Not modelled: indirect SCOM, multicast, the other units of the chip, contention with other masters.
#pragma once

#include <functional>
#include <vector>

#include "models/arch/pec/pec_state.hpp"
#include "models/base/slab.hpp"
#include "models/phb/phb.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::phb {

/// A PHB as its PCIe controller sees it.
class PhbEtu final : public arch::EtuPort {
 public:
  explicit PhbEtu(Phb& phb) : phb_(phb) {}
  std::uint64_t read(std::uint32_t offset, unsigned bytes) override { return phb_.scom_read(offset, bytes); }
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value) override {
    phb_.scom_write(offset, bytes, value);
  }
  void set_reset(bool asserted) override { phb_.state().hold_reset(asserted); }
  void fence() override { phb_.state().fence(); }
  bool transactions_pending() const override { return phb_.busy(); }

 private:
  Phb& phb_;
};

/// One that the machine does not have.
class AbsentEtu final : public arch::EtuPort {
 public:
  std::uint64_t read(std::uint32_t, unsigned bytes) override { return low_mask(8 * bytes); }
  void write(std::uint32_t, unsigned, std::uint64_t) override {}
  void set_reset(bool) override {}
  void fence() override {}
  bool transactions_pending() const override { return false; }
};

class Xscom final : public sc_core::sc_module, private TargetPort::Client, private EventHandler {
 public:
  /// `phbs`: those of the chip that are there; they and `scom` live longer.
  Xscom(const sc_core::sc_module_name& name, EngineDriver& driver, arch::Scom& scom, std::vector<Phb*> phbs,
        Tick latency);

  TargetPort fabric_in;

  /// An access is over; not ok: no unit answered.
  std::function<void(std::uint64_t scom, bool ok)> on_answer;
  std::uint64_t accesses() const { return count_; }

 private:
  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  struct Access {
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension* ext = nullptr;
  };

  Engine& engine_;
  arch::Scom& scom_;
  std::vector<Phb*> phbs_;
  Tick latency_;
  Slab<Access> pending_;
  std::uint64_t count_ = 0;
};

}  // namespace phbsim::phb
