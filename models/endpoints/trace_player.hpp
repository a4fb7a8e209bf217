// SPDX-License-Identifier: Apache-2.0
/// A device and its driver, operation by operation: maps and unmaps go to the host agent (known bus
/// addresses) or to the operating system (buffers), accesses become DMA.
///
/// Order is the source's, pace is not: an operation starts when every earlier one that touches the
/// same bus addresses or buffer is done (two accesses do not exclude each other) and, for an access,
/// when one of `queue_depth` slots is free. `lookahead` operations are looked at; so the driver maps for
/// later requests while earlier ones are under way, and memory use does not grow with the trace.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <memory>
#include <vector>

#include "models/base/ring_queue.hpp"
#include "models/endpoints/endpoint.hpp"
#include "models/endpoints/op_source.hpp"
#include "models/endpoints/player_params.hpp"
#include "models/tlm/driver_call.hpp"
#include "models/tlm/map_command.hpp"

namespace phbsim::endpoints {

class TracePlayer final : public Endpoint {
 public:
  TracePlayer(const sc_core::sc_module_name& name, EngineDriver& driver, const PlayerParams& params,
              std::unique_ptr<OpSource> source, stats::Registry& registry);

  /// To the host agent (map_command.hpp frames) or the operating system (driver_call.hpp frames).
  InitiatorPort host_out;
  /// Domain of the operating system for the source's buffers.
  std::uint32_t domain = 0;

 private:
  static constexpr unsigned kMaxLookahead = 256;
  enum Event : std::uint32_t { kStart };

  struct Entry {
    DmaOp op;
    std::bitset<kMaxLookahead> dependents;
    unsigned waits_for = 0;
    bool used = false;
    bool ready = false;
    DmaPayload command;
    std::array<unsigned char, std::max(MapCommand::kBytes, DriverCall::kBytes)> frame{};
  };
  struct HostClient final : InitiatorPort::Client {
    explicit HostClient(TracePlayer& p) : player(p) {}
    void on_response(InitiatorPort&, DmaPayload& payload) override { player.mapped(payload); }
    TracePlayer& player;
  };

  void start_of_simulation() override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  void completed(unsigned slot) override;
  void mapped(DmaPayload& payload);
  void fill();
  void start(unsigned entry);
  void access(unsigned entry);
  void end(unsigned entry);
  static bool conflict(const DmaOp& a, const DmaOp& b);

  PlayerParams params_;
  std::unique_ptr<OpSource> source_;
  HostClient host_client_{*this};
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<unsigned> free_entries_;
  std::vector<BusAddr> bus_addresses_;  ///< of mapped buffers
  std::vector<unsigned> free_slots_;
  std::vector<unsigned> entry_of_slot_;
  RingQueue<unsigned> ready_accesses_;
  unsigned live_ = 0;
  std::uint64_t accesses_ = 0;
  bool exhausted_ = false;
  bool filling_ = false;
};

}  // namespace phbsim::endpoints
