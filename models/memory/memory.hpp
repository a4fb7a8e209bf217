// SPDX-License-Identifier: Apache-2.0
/// Fabric and memory: channels interleaved by 128-byte lines, one latency, real contents.
///
/// An access is ordered (and its bytes move) when it arrives; its channel is taken then, in order of
/// arrival; the answer comes `latency` (`write_latency`) after its channel's turn. An access over several lines is
/// answered with its last. TCE tables are ordinary bytes and compete with data.
/// Direct memory (TLM-2.0 DMI) is granted page by page, but for poisoned and foreign pages, with the latencies of an
/// access that waits for nothing; it takes no channel and is not counted. Of watched pages it is read-only.
/// Not modelled: DRAM banks and rows, caches and cache injection, scope retries, remote sockets.
/// Addresses beyond 2^56 get an address error.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "models/memory/memory_params.hpp"
#include "models/memory/sparse_store.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::memory {

class Memory final : public sc_core::sc_module, private TargetPort::Client, private EventHandler {
 public:
  Memory(const sc_core::sc_module_name& name, EngineDriver& driver, const MemoryParams& params, unsigned ports,
         stats::Registry& registry);

  TargetPort& port_in(unsigned i) { return *ports_[i]; }
  SparseStore& store() { return store_; }
  const MemoryParams& params() const { return params_; }
  const stats::Block& stats() const { return stats_; }

  /// Makes the next accesses that touch [addr, addr + bytes) fail; for tests of error paths. Direct memory there ends.
  void poison(RealAddr addr, std::uint64_t bytes);

  /// Stores that touch [base, base + bytes), whole pages of 4 KiB, are told to on_store from now on, or (false) no
  /// longer. Ranges do not overlap; one is let go as it was given.
  void watch(RealAddr base, std::uint64_t bytes, bool on);
  /// A store has been made by whoever is at port_in(port).
  std::function<void(unsigned port, RealAddr addr, std::uint64_t bytes)> on_store;

 private:
  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  unsigned on_debug(TargetPort& port, tlm::tlm_generic_payload& payload) override;
  bool on_direct(TargetPort& port, std::uint64_t addr, tlm::tlm_dmi& region) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  bool is_poisoned(RealAddr addr, std::uint64_t length) const;
  bool is_watched(RealAddr addr, std::uint64_t length) const;
  void revoke_direct(RealAddr addr, std::uint64_t bytes);
  unsigned channel_of(RealAddr addr) const {
    // Fibonacci hashing of the line number spreads strides over the channels.
    return static_cast<unsigned>(((addr >> 7) * 0x9E3779B97F4A7C15ull) >> channel_shift_);
  }

  EngineDriver& driver_;
  Engine& engine_;
  MemoryParams params_;
  unsigned channel_shift_;
  SparseStore store_;
  std::vector<std::unique_ptr<TargetPort>> ports_;
  std::vector<Tick> channel_free_;
  std::vector<std::pair<RealAddr, std::uint64_t>> poisoned_;
  std::map<RealAddr, std::uint64_t> watched_;  ///< base to bytes
  std::vector<unsigned> direct_ports_;  ///< ports that were granted direct memory
  stats::Block stats_;
};

}  // namespace phbsim::memory
