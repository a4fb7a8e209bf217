// SPDX-License-Identifier: Apache-2.0
/// Translates window offsets through the TCE cache; misses walk the tables in memory.
///
/// `phb_in`: a payload asks for the translation of its address; nothing is read or written by it.
/// Of our own payloads the extension names PE, TVE and offset and gets the answer. A plain TLM
/// initiator is taken for PE `plain_pe` with TVE `plain_tve`; a plain read of 8 bytes gets the
/// answer as a big-endian TCE: page address and permissions. Faults answer with an address error.
/// `kill_in`: a write of 8 bytes, big-endian, is a word of the TCE kill register; it is answered
/// when the kill is complete: directory pass done and every walk it hit has ended. Kills are taken
/// one at a time, in order.
///
/// Models: lookup rate and latency, hits under misses, merging of misses, walk slots, per-level
/// walk cache, prefetch, stale entries until killed, kills against walks in flight (a walk that a
/// kill hits answers those who already wait for it and is not installed; later requests walk anew).
/// Not modelled: the TCE line buffer (firmware disables it, HW557787), ECC, secure addresses.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "models/arch/tce_kill.hpp"
#include "models/base/ring_queue.hpp"
#include "models/base/slab.hpp"
#include "models/stats/registry.hpp"
#include "models/tce/policy/prefetch.hpp"
#include "models/tce/policy/walk_order.hpp"
#include "models/tce/tce_cache.hpp"
#include "models/tce/tce_params.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::tce {

class TceUnit final : public sc_core::sc_module,
                      private TargetPort::Client,
                      private InitiatorPort::Client,
                      private EventHandler {
 public:
  TceUnit(const sc_core::sc_module_name& name, EngineDriver& driver, const TceParams& params,
          const arch::GenerationFacts& facts, stats::Registry& registry);

  TargetPort phb_in;
  TargetPort kill_in;
  InitiatorPort walk_out;

  const TceParams& params() const { return params_; }
  const TceCache& cache() const { return cache_; }
  const stats::Block& stats() const { return stats_; }

 private:
  enum Event : std::uint32_t { kLookup, kStartWalk, kAnswer, kKillPass };
  static constexpr std::uint32_t kNone = ~0u;

  struct Waiter {
    tlm::tlm_generic_payload* payload = nullptr;
    std::uint32_t next = kNone;
  };
  struct Walk {
    TceCache::Key key;
    unsigned set = 0;
    arch::Tve tve;
    std::uint64_t offset = 0;
    RealAddr table = 0;
    unsigned level = 0;
    unsigned fetches = 0;
    std::array<Tick, arch::kMaxLevels> fetch_queued{};  ///< end of the wait for a channel, per fetch
    std::array<Tick, arch::kMaxLevels> fetch_done{};
    std::array<std::uint8_t, arch::kMaxLevels> fetch_depth{};  ///< 0 = root
    Tick begun = 0;
    bool active = false;
    bool killed = false;
    bool outdated = false;  ///< its TVE may be gone: answers who waits for it, is not installed
    bool links_killed = false;  ///< links it fetched must not enter the walk cache
    bool prefetch = false;
    std::uint32_t waiters = kNone;  ///< newest first; answered oldest first
    std::uint32_t next_in_set = kNone;
    // Large and rarely all touched: behind what each step looks at.
    DmaPayload fetch;
    std::array<unsigned char, 8> bytes{};
  };

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  Tick lookup(tlm::tlm_generic_payload& payload, DmaExtension& ext);
  void miss(tlm::tlm_generic_payload& payload, const TceCache::Key& key, unsigned set, const DmaExtension& ext);
  std::uint32_t new_walk(const TceCache::Key& key, unsigned set, const arch::Tve& tve, std::uint64_t offset);
  void maybe_prefetch(const TceCache::Key& key, const arch::Tve& tve, std::uint64_t offset);
  void want_slot(std::uint32_t walk);
  void start(std::uint32_t walk);
  void fetch(std::uint32_t walk);
  void end_walk(std::uint32_t walk, std::uint64_t tce, arch::Fault fault);
  void answer(tlm::tlm_generic_payload& payload, DmaExtension& ext, std::uint64_t tce, unsigned page_shift,
              arch::Fault fault);
  void next_kill();
  void kill_pass();
  void finish_kill();
  TceCache::Key level_key(const Walk& w, unsigned level) const;

  EngineDriver& driver_;
  Engine& engine_;
  TceParams params_;
  const arch::GenerationFacts& facts_;
  Tick lookup_time_;
  Tick hit_time_;
  Tick interval_;
  TceCache cache_;
  std::unique_ptr<TceCache> walk_cache_;
  std::unique_ptr<WalkOrder> order_;
  std::unique_ptr<Prefetch> prefetch_;
  arch::Tve plain_tve_;
  Tick lookup_free_ = 0;
  unsigned slots_free_;
  Slab<Walk> walks_;
  Slab<Waiter> waiters_;
  std::vector<std::uint32_t> set_walks_;  ///< walks waiting or in flight, by cache set
  RingQueue<tlm::tlm_generic_payload*> kills_;
  bool kill_busy_ = false;
  unsigned kill_waits_ = 0;  ///< walks the present kill waits for
  arch::TceKill kill_;
  stats::Block stats_;
};

}  // namespace phbsim::tce
