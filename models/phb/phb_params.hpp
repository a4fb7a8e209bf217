// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "models/arch/generation.hpp"
#include "models/arch/phb_state.hpp"
#include "models/base/types.hpp"

namespace phbsim::phb {

/// Timing of the inbound path; defaults and ranges from phb.md 8.2 and 8.4. All are model
/// assumptions but the engine count of P9 (64 per PEC, an inference from firmware).
struct PhbParams {
  arch::Generation generation = arch::Generation::Phb4;
  arch::PhbSize size = arch::PhbSize::Big;
  arch::PhbOptions options;
  unsigned clock_mhz = 1000;
  unsigned datapath_bytes = 32;      ///< bytes a clock through the inbound pipeline
  unsigned rid_cycles = 8;           ///< decode and RID cache
  unsigned tve_cycles = 4;           ///< TVE select and check
  unsigned rid_cache_entries = 128;
  unsigned write_engines = 32;       ///< lines being written
  unsigned completion_cycles = 0;    ///< data to completion, before the link
  unsigned mps = 256;                ///< of completions; the link's
  unsigned rcb = 128;
  Tick register_latency = 100 * kPsPerNs;  ///< CPU access to a PHB register, one way in and out
  /// Configuration cycle to a device: register access, link there and back, device.
  Tick config_latency = 700 * kPsPerNs;
  /// Load of an MMIO window within processor, fabric and PHB, there and back; the link and the device come
  /// on top. With the default link a load takes the 700 ns of phb.md 8.4.
  Tick outbound_latency = 560 * kPsPerNs;
  unsigned kill_queue_depth = 8;
  bool drop_kills_when_full = false;  ///< erratum HW560152: a page kill can be lost
  Rid plain_rid = 0;                  ///< requester of a plain TLM initiator on link_in
  bool outbound = false;              ///< window_in, esb_in and link_out exist, and must be bound
};

/// DMA read engines of a PEC, shared by its stacks (PHBs).
struct EngineParams {
  unsigned engines = 64;
  unsigned stack_limit = 64;  ///< engines one stack may hold
};

}  // namespace phbsim::phb
