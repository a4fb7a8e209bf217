// SPDX-License-Identifier: Apache-2.0
/// A simulation as plain structs: what a TOML file describes once it is read and checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/arch/generation.hpp"
#include "models/endpoints/generator_params.hpp"
#include "models/endpoints/player_params.hpp"
#include "models/endpoints/populate_params.hpp"
#include "models/hypervisor/agent_params.hpp"
#include "models/hypervisor/hypervisor_params.hpp"
#include "models/memory/memory_params.hpp"
#include "models/pcie/link_params.hpp"
#include "models/phb/phb_params.hpp"
#include "models/tce/tce_params.hpp"
#include "platform/host/linux/linux_params.hpp"
#include "platform/host/vfio/vfio_params.hpp"

namespace phbsim::config {

/// One PHB with its link, TCE unit and host agent. Key path: phb.<name>.*
struct PhbConfig {
  std::string name;
  unsigned index = 0;  ///< on the chip: 0 and 3 are big on PHB4 and PHB5
  unsigned pec = 0;    ///< PHBs with the same number share read engines
  unsigned stack_limit = 64;
  phb::PhbParams phb;
  pcie::LinkParams link;
  tce::TceParams tce;
  hypervisor::AgentParams host;
};

/// How a window's translations come to be.
enum class Mapping : std::uint8_t {
  Direct,  ///< all of memory once, before the run: bus address = window + real address
  PerIo,   ///< each buffer mapped before and unmapped after use
};

/// One DMA window of a PE.
struct WindowConfig {
  bool bypass = false;
  BusAddr offset = 0;             ///< 0, 4 GiB or 2^59
  std::uint64_t page_size = 4096;
  std::uint64_t size = 0;         ///< bytes; 0: as large as memory, rounded up to a power of two
  unsigned levels = 1;
  std::string population = "on_demand";  ///< of the tables below the root: or "full"
  Mapping mapping = Mapping::Direct;
};

/// A named set of windows, one per TVE used. Key path: layout.<name>.windows
struct LayoutConfig {
  std::string name;
  std::string description;
  std::vector<WindowConfig> windows;
};

/// Built-in layout whose windows Linux decides when the run is built.
constexpr std::string_view kLinuxLayout = "linux";
/// Built-in layout without windows: a program of `phbsim exec` makes them.
constexpr std::string_view kProgramLayout = "program";

/// Key path: pe.<name>.*
struct PeConfig {
  std::string name;
  std::string phb;
  unsigned number = 1;
  std::string layout;
};

struct TraceConfig {
  std::string file;           ///< path, usable from the current folder
  std::string device;         ///< as the trace names it: nvme, e1000e, ...
  std::string iova = "next_fit";  ///< allocator of a per-I/O window
  bool transpose = true;      ///< under the PE's layout; false: at the recorded addresses
};

/// Key path: endpoint.<name>.*
struct EndpointConfig {
  std::string name;
  std::string pe;
  unsigned window = 0;  ///< index into the layout's windows
  Rid rid = 0x0100;
  std::string workload = "generator";  ///< "generator", "trace", "populate" or "program"
  std::string device = "skx";          ///< of workload "program": arch::ioat::kModels
  std::string mapping = "streaming";   ///< "streaming", "pooled", "static": where a kernel maps
  std::uint64_t pool_buffers = 1024;   ///< of mapping "pooled"
  endpoints::GeneratorParams generator;
  endpoints::PlayerParams player;
  endpoints::PopulateParams populate;
  TraceConfig trace;
};

/// Whose software maps, and what it runs on.
struct HostConfig {
  /// "bare": TCE stores and kills alone; "linux-dma": Linux's DMA mapping; "iommufd", "vfio-spapr":
  /// user-space drivers through the system calls of either.
  std::string stack = "bare";
  std::string firmware = "opal";  ///< "opal": bare metal; "papr": a partition of a hypervisor
};

struct RunConfig {
  Tick duration = 0;  ///< 0: until every endpoint with a count is done
  Tick warmup = 0;    ///< statistics start here
  std::uint64_t seed = 1;
  bool run_ahead = true;
};

/// The machine of `phbsim firmware`, and what its firmware is told; a run without firmware ignores it.
struct FirmwareConfig {
  unsigned cpu_mhz = 1000;       ///< one instruction a cycle
  unsigned timebase_mhz = 512;
  Tick xscom_latency = 500 * kPsPerNs;
  std::string job = "all";       ///< of firmware::kBootJobs
  std::string bug = "none";      ///< of firmware::kBootBugs
  bool hostboot = true;          ///< the firmware does Hostboot's part, too
  bool quiet = false;
  bool page_kills = false;
  unsigned settle_divisor = 100;  ///< of waits that only wait
  std::string interrupts = "memory";  ///< notify port: "memory" of the firmware's choice, or the "queue"
  std::string faults;            ///< firmware::parse_faults
};

/// One axis of an exploration: a key path (with * for every name) and its values as TOML text.
struct Axis {
  std::string key;
  std::vector<std::string> values;
};

struct ExploreConfig {
  std::vector<Axis> axes;
  std::string rank_by = "throughput";  ///< "throughput", "latency_p50", "latency_p99", "latency_mean"
  unsigned jobs = 0;                   ///< processes at once; 0: one per CPU
};

struct Config {
  std::string file;         ///< as given on the command line
  std::string title;        ///< one line for tables and reports
  std::string preset;       ///< "power8", "power9", "power10"
  arch::Generation generation = arch::Generation::Phb4;
  memory::MemoryParams memory;
  std::map<unsigned, unsigned> pec_engines;  ///< read engines of each PEC
  std::vector<PhbConfig> phbs;
  std::vector<LayoutConfig> layouts;         ///< built-in and the file's own
  std::vector<PeConfig> pes;
  std::vector<EndpointConfig> endpoints;
  HostConfig host;
  host::LinuxParams linux_dma;
  host::VfioParams vfio;
  hypervisor::HypervisorParams hypervisor;
  FirmwareConfig firmware;
  RunConfig run;
  ExploreConfig explore;

  bool linux_stack() const { return host.stack == "linux-dma"; }
  bool vfio_stack() const { return host.stack == "iommufd" || host.stack == "vfio-spapr"; }
  /// A kernel maps while the simulation runs, for buffers as they come.
  bool kernel_maps() const { return linux_stack() || vfio_stack(); }
  bool partitioned() const { return host.firmware == "papr"; }

  const LayoutConfig* find_layout(const std::string& name) const;
  const PeConfig* find_pe(const std::string& name) const;
  const PhbConfig* find_phb(const std::string& name) const;
  const EndpointConfig* find_endpoint(const std::string& name) const;
};

/// Bytes of a window: its own, or as many as memory has, rounded up to a power of two, at least a page.
std::uint64_t window_size(const WindowConfig& window, const memory::MemoryParams& memory);

}  // namespace phbsim::config
