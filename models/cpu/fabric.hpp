// SPDX-License-Identifier: Apache-2.0
/// What lies between a processor and everything that it reaches: one socket in, one out for each unit,
/// chosen by real address. It stands with the processor because only a processor's accesses pass it: a
/// PHB's DMA has its own ports of the memory.
///
/// Plain TLM-2.0, blocking calls only, no time of its own: what an access costs is its target's to say.
/// Direct memory is what a target behind `out` grants where its addresses are real ones.
/// An address that nobody has is answered with an address error after `bus_error_latency`: to a processor
/// that is a machine check. An access that crosses from one unit into the next is nobody's.
/// Not modelled: snooping, retries, bandwidth.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/base/types.hpp"

namespace phbsim::cpu {

/// A span of real addresses that one unit has.
struct FabricSpan {
  RealAddr base = 0;
  std::uint64_t bytes = 0;
  unsigned out = 0;
  std::uint64_t at = 0;  ///< address at the unit of `base`
  bool contains(RealAddr addr, std::uint64_t n) const { return addr - base < bytes && n <= bytes - (addr - base); }
};

class Fabric final : public sc_core::sc_module, private tlm::tlm_fw_transport_if<>, private tlm::tlm_bw_transport_if<> {
 public:
  Fabric(const sc_core::sc_module_name& name, unsigned outs, Tick bus_error_latency = 100 * kPsPerNs);

  tlm::tlm_target_socket<64> cpu_in;
  tlm::tlm_initiator_socket<64>& out(unsigned i) { return *outs_[i]; }

  /// Those that stay. The first that holds an address has it.
  void add(const FabricSpan& span) { fixed_.push_back(span); }
  /// Asked for what lies in none of those, on every access: units that software moves. Direct memory is not
  /// granted there.
  std::function<std::optional<FabricSpan>(RealAddr addr, std::uint64_t bytes)> movable;
  /// Who has all of an access, or nobody.
  std::optional<FabricSpan> find(RealAddr addr, std::uint64_t bytes) const;

  /// Called when an access was answered, or refused: `span` is null then. Direct memory does not pass here.
  std::function<void(const tlm::tlm_generic_payload& payload, RealAddr addr, const FabricSpan* span)> on_access;

  std::uint64_t accesses() const { return accesses_; }
  std::uint64_t bus_errors() const { return bus_errors_; }

 private:
  // tlm_fw_transport_if
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& region) override;
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override;
  // tlm_bw_transport_if
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_ACCEPTED;  // nothing was sent that way
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override {
    cpu_in->invalidate_direct_mem_ptr(first, last);
  }

  Tick bus_error_latency_;
  std::vector<std::unique_ptr<tlm::tlm_initiator_socket<64>>> outs_;
  std::vector<FabricSpan> fixed_;
  std::uint64_t accesses_ = 0;
  std::uint64_t bus_errors_ = 0;
};

}  // namespace phbsim::cpu
