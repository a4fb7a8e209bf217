// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "models/base/types.hpp"

namespace phbsim::hypervisor {

/// What hypercalls cost. No public figure exists for a single call under PowerVM or KVM
/// (ddw-vfio.md 7.1, 10): every time here is a model assumption.
struct HypervisorParams {
  std::string personality = "papr";        ///< papr, qemu or kvm: who answers
  // What it offers a PE; layout "linux" asks for it.
  std::uint32_t page_mask = 0x107;         ///< I/O page sizes, as ibm,query-pe-dma-window tells them [F QEMU's default]
  unsigned windows = 2;                    ///< at once; 1 for an SR-IOV function [F]
  std::uint64_t pe_tces = 1ull << 31;      ///< TCEs of a PE [F QEMU's answer]
  std::uint64_t default_window = kGiB;     ///< bytes [F QEMU's default]

  Tick call_entry = 250 * kPsPerNs;        ///< guest to hypervisor, registers saved [MA]
  Tick call_exit = 150 * kPsPerNs;         ///< and back [MA]
  Tick tce_work = 12 * kPsPerNs;           ///< check, translate and store one TCE [MA]
  Tick userspace_exit = 6 * kPsPerUs;      ///< KVM: to QEMU and back for what the kernel cannot do [MA]
  Tick rtas_work = 20 * kPsPerUs;          ///< an RTAS call besides its entry, memory and registers [MA]
  Tick lock_handover = 60 * kPsPerNs;      ///< a table's lock from one CPU to the next [MA]
  std::string kill_policy = "pe";          ///< see kill_policy.hpp
  bool kill_on_map = true;                 ///< kill after maps, too
  bool dma_sync = true;                    ///< wait for DMA in flight after a kill
  Tick poll_interval = 50 * kPsPerNs;      ///< pause between two polls [MA]
};

}  // namespace phbsim::hypervisor
