// SPDX-License-Identifier: Apache-2.0
/// A device that makes DMA by rule: pattern, sizes, read share, closed or open loop.
#pragma once

#include <memory>
#include <vector>

#include "models/base/ring_queue.hpp"
#include "models/base/rng.hpp"
#include "models/endpoints/endpoint.hpp"
#include "models/endpoints/generator_params.hpp"
#include "models/endpoints/policy/arrival.hpp"
#include "models/endpoints/request_stream.hpp"

namespace phbsim::endpoints {

class Generator final : public Endpoint {
 public:
  Generator(const sc_core::sc_module_name& name, EngineDriver& driver, const GeneratorParams& params,
            stats::Registry& registry);

 private:
  enum Event : std::uint32_t { kStart, kBirth };

  void start_of_simulation() override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  void completed(unsigned slot) override;
  void launch(unsigned slot, Tick born);
  void schedule_birth();

  GeneratorParams params_;
  RequestStream requests_;
  RandomStream arrivals_;
  std::unique_ptr<Arrival> arrival_;
  std::uint64_t born_ = 0;
  std::uint64_t in_flight_ = 0;
  std::vector<unsigned> free_slots_;  ///< last freed first: its lines are still near
  RingQueue<Tick> backlog_;
  std::vector<std::vector<unsigned char>> buffers_;
};

}  // namespace phbsim::endpoints
