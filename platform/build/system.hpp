// SPDX-License-Identifier: Apache-2.0
/// Constructs and wires the modules: the only place that does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/hypervisor/effect_agent.hpp"
#include "models/hypervisor/hypervisor.hpp"
#include "models/hypervisor/tce_agent.hpp"
#include "models/memory/memory.hpp"
#include "models/pcie/pcie_link.hpp"
#include "models/phb/phb.hpp"
#include "models/tce/tce_unit.hpp"
#include "models/tlm/engine_driver.hpp"
#include "platform/build/host_access.hpp"

namespace phbsim::build {

struct PhbSpec {
  std::string name = "phb0";
  unsigned pec = 0;
  unsigned stack_limit = 64;
  phb::PhbParams phb;
  pcie::LinkParams link;
  tce::TceParams tce;
  hypervisor::AgentParams host;
  unsigned devices = 1;  ///< sockets of the link
  unsigned mmio_devices = 0;  ///< the first of them take loads and stores: of HostAccess, or with phb.outbound
                              ///< of whoever binds the PHB's window_in and esb_in
  unsigned drivers = 0;  ///< sockets of the host agent
  bool with_link = true;  ///< false: whoever builds binds phb.link_in itself
  bool with_host = true;  ///< false: whoever builds binds phb.mmio_in itself
  bool hypervised = false;  ///< the hypervisor binds mmio_in; no host agent
  unsigned effect_ports = 0;  ///< sockets of an agent for effects, which then is there instead of the host agent
};

/// A partition over all PHBs that are `hypervised`.
struct PartitionSpec {
  arch::papr::PartitionOptions options;
  arch::papr::GuestMemory memory;
  hypervisor::HypervisorParams params;
  unsigned cpus = 1;  ///< sockets of the hypervisor
};

struct SystemSpec {
  memory::MemoryParams memory;
  unsigned extra_memory_ports = 0;
  std::map<unsigned, unsigned> pec_engines;  ///< 64 for a PEC not named
  std::vector<PhbSpec> phbs;
  std::optional<PartitionSpec> partition;
  bool run_ahead = true;
};

/// One PHB with what belongs to it.
struct PhbGroup {
  PhbSpec spec;
  std::unique_ptr<phb::Phb> phb;
  std::unique_ptr<tce::TceUnit> tce;
  std::unique_ptr<pcie::PcieLink> link;
  std::unique_ptr<hypervisor::TceAgent> host;
  std::unique_ptr<HostAccess> cpu;  ///< with mmio_devices, unless phb.outbound
  std::unique_ptr<hypervisor::EffectAgent> effects;
  unsigned hypervised_index = 0;  ///< PeSpec::phb
  unsigned memory_port = 0;       ///< of the memory that the PHB is at; its TCE unit is at the next
};

/// Everything but the endpoints. Table memory lies in one region above any RAM of the presets.
class System {
 public:
  static constexpr RealAddr kTableBase = 1ull << 46;  // PHB3's BARs end at 2^50
  static constexpr std::uint64_t kTableBytes = 1ull << 46;

  explicit System(const SystemSpec& spec);

  EngineDriver& driver() { return *driver_; }
  Engine& engine() { return driver_->engine(); }
  stats::Registry& registry() { return registry_; }
  memory::Memory& memory() { return *memory_; }
  arch::TableRegion& region() { return region_; }
  std::vector<PhbGroup>& phbs() { return phbs_; }
  PhbGroup& phb(const std::string& name);
  hypervisor::Hypervisor& hypervisor() { return *hypervisor_; }
  arch::papr::Partition& partition() { return *partition_; }
  /// Gives a PE to the partition before the run: its default window stands when it begins.
  void add_pe(PhbGroup& group, arch::papr::PeSpec pe);
  phb::ReadEngines& engines(unsigned pec) { return *pecs_.at(pec); }
  /// A memory port that nothing of the system uses.
  TargetPort& extra_memory_port(unsigned i) { return memory_->port_in(first_extra_ + i); }

 private:
  stats::Registry registry_;
  std::unique_ptr<EngineDriver> driver_;
  std::unique_ptr<memory::Memory> memory_;
  std::map<unsigned, std::unique_ptr<phb::ReadEngines>> pecs_;
  std::vector<PhbGroup> phbs_;
  arch::TableRegion region_;
  std::unique_ptr<arch::papr::Partition> partition_;
  std::unique_ptr<hypervisor::Hypervisor> hypervisor_;
  unsigned first_extra_ = 0;
};

}  // namespace phbsim::build
