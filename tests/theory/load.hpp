// SPDX-License-Identifier: Apache-2.0
/// Many independent PHBs in one kernel, each with one generator on its own link and PEC: the points
/// of a sweep side by side. Memory has no channel conflicts, so the points do not meet.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/endpoints/generator.hpp"
#include "platform/build/layout.hpp"
#include "platform/build/system.hpp"

namespace phbsim::test {

/// Generated traffic of one point.
struct Load {
  endpoints::GeneratorParams generator;  ///< base is set to the window
  config::WindowConfig window;
  unsigned engines = 64;
  build::PhbSpec phb;

  Load() {
    window.offset = 1ull << 59;  // 64-bit addresses, as the published numbers have
    window.bypass = true;
    generator.queue_depth = 256;
  }
};

class Sweep {
 public:
  Sweep(const std::vector<Load>& loads, Tick memory_latency) {
    build::SystemSpec spec;
    spec.memory.latency = memory_latency;
    spec.memory.line_time = 0;
    for (unsigned i = 0; i < loads.size(); ++i) {
      build::PhbSpec p = loads[i].phb;
      p.name = "phb" + std::to_string(i);
      p.pec = i;
      p.stack_limit = loads[i].engines;
      spec.pec_engines[i] = loads[i].engines;
      spec.phbs.push_back(p);
    }
    system = std::make_unique<build::System>(spec);
    for (unsigned i = 0; i < loads.size(); ++i) {
      build::PhbGroup& g = system->phbs()[i];
      build::install_rtt(*system, g);
      build::assign_rid(*system, g, loads[i].generator.rid, 1);
      build::place_window(*system, g, 1, loads[i].window, spec.memory.size);
      endpoints::GeneratorParams params = loads[i].generator;
      params.base = loads[i].window.offset;
      generators.push_back(std::make_unique<endpoints::Generator>(("generator" + std::to_string(i)).c_str(),
                                                                  system->driver(), params, system->registry()));
      generators.back()->link_out.bind(g.link->device_in(0));
    }
  }

  void run(Tick warmup, Tick measured) {
    system->driver().start(warmup);
    system->registry().reset();
    for (auto& g : generators) g->reset_statistics();
    system->driver().start(measured);
    measured_ = measured;
  }
  double read_gbps(unsigned i) const { return gbps(generators[i]->stats()[stats::Stat::EpBytesRead]); }
  double written_gbps(unsigned i) const { return gbps(generators[i]->stats()[stats::Stat::EpBytesWritten]); }
  double requests_per_us(unsigned i) const {
    return static_cast<double>(generators[i]->stats()[stats::Stat::EpRequests]) * 1e6 / static_cast<double>(measured_);
  }
  const stats::Block& tce(unsigned i) const { return system->phbs()[i].tce->stats(); }

  std::unique_ptr<build::System> system;
  std::vector<std::unique_ptr<endpoints::Generator>> generators;

 private:
  double gbps(std::uint64_t bytes) const { return static_cast<double>(bytes) * 8000 / static_cast<double>(measured_); }
  Tick measured_ = 1;
};

/// True if `got` lies within `tolerance` (a share) of `expected`.
inline bool within(double got, double expected, double tolerance) {
  return got >= expected * (1 - tolerance) && got <= expected * (1 + tolerance);
}

}  // namespace phbsim::test
