// SPDX-License-Identifier: Apache-2.0
#include "platform/run/simulation.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "models/base/rng.hpp"
#include "models/base/text.hpp"
#include "models/endpoints/generated_ops.hpp"
#include "models/endpoints/generator.hpp"
#include "models/endpoints/pooled_ops.hpp"
#include "models/endpoints/populate_ops.hpp"
#include "models/endpoints/trace_player.hpp"
#include "platform/build/layout.hpp"
#include "platform/build/system.hpp"
#include "platform/config/read.hpp"
#include "platform/host/linux_host.hpp"
#include "platform/host/vfio/user_space.hpp"
#include "platform/host/vfio_host.hpp"
#include "platform/run/linux_layout.hpp"
#include "platform/traces/device_ops.hpp"
#include "platform/version.hpp"

namespace phbsim::run {

using build::PhbGroup;
using build::PlacedWindow;
using stats::Stat;

namespace {

/// Footprints of generators begin here: above what a kernel keeps for itself.
constexpr RealAddr kFirstFootprint = 1 * kGiB;
constexpr std::uint64_t kFootprintAlign = 2 * kMiB;

struct PlacedPe {
  const config::PeConfig* config = nullptr;
  PhbGroup* group = nullptr;
  std::string layout;
  std::vector<config::WindowConfig> requested;
  std::vector<PlacedWindow> windows;
  std::map<const arch::TceTable*, std::uint64_t> next_page;  ///< static mappings handed out, by table
  std::map<unsigned, std::uint32_t> domains;                 ///< of the kernel, by window
  std::uint32_t user = 0;                                    ///< of user space
};

class Simulation {
 public:
  explicit Simulation(const config::Config& config) : given_(config), config_(config) { decide_layout(); }

  results::Result run(const Progress& progress);

 private:
  void decide_layout();
  void build_system();
  void place_pes();
  void place_user(PlacedPe& pe);
  void place_recorded(PlacedPe& pe, const config::EndpointConfig& endpoint);
  void add_endpoints();
  void build_host();
  bool has_driver(const config::EndpointConfig& e) const;
  std::unique_ptr<endpoints::OpSource> mapped(std::unique_ptr<endpoints::OpSource> source,
                                              const config::EndpointConfig& c) const;
  void add_streaming(const config::EndpointConfig& c, PlacedPe& pe, unsigned driver);
  RealAddr take_footprint(const config::EndpointConfig& c, std::uint64_t bytes, const char* key);
  std::uint32_t domain_of(PlacedPe& pe, unsigned window);
  void bind_driver(endpoints::TracePlayer& player, PlacedPe& pe, const config::EndpointConfig& c, unsigned driver);
  void add_generator(const config::EndpointConfig& c, PlacedPe& pe, unsigned device);
  void add_player(const config::EndpointConfig& c, PlacedPe& pe, unsigned device, unsigned driver);
  std::unique_ptr<endpoints::OpSource> recorded_source(const config::EndpointConfig& c, PlacedPe& pe);
  BusAddr map_footprint(const config::EndpointConfig& c, PlacedPe& pe, const PlacedWindow& w, RealAddr real,
                        std::uint64_t bytes);
  void loop(const Progress& progress);
  void begin_measurement();
  results::Result collect();

  const config::Config& given_;
  config::Config config_;  ///< with the windows that Linux decides
  std::unique_ptr<build::System> system_;
  std::unique_ptr<host::LinuxHost> linux_;
  std::unique_ptr<host::UserSpace> user_;
  std::unique_ptr<host::VfioHost> vfio_;
  std::map<std::string, PlacedPe> pes_;
  std::vector<std::unique_ptr<endpoints::Endpoint>> endpoints_;
  std::map<std::string, std::map<unsigned, traces::RecordedOps::Table>> recorded_tables_;
  RealAddr next_footprint_ = kFirstFootprint;
  unsigned working_ = 0;
  unsigned next_driver_ = 0;
  Tick measured_from_ = 0;
  bool finished_ = false;
};

/// Layout "linux": its windows, and which of them the devices use.
void Simulation::decide_layout() {
  const auto linux = [](const config::PeConfig& pe) { return pe.layout == config::kLinuxLayout; };
  if (std::none_of(config_.pes.begin(), config_.pes.end(), linux)) return;
  const LinuxLayout decided = linux_layout(config_);
  for (config::LayoutConfig& l : config_.layouts)
    if (l.name == config::kLinuxLayout) l.windows = decided.windows;
  for (config::EndpointConfig& e : config_.endpoints) {
    const config::PeConfig* pe = config_.find_pe(e.pe);
    if (pe != nullptr && linux(*pe)) e.window = decided.use;
  }
}

void Simulation::build_system() {
  build::SystemSpec spec;
  spec.memory = config_.memory;
  spec.pec_engines = config_.pec_engines;
  spec.run_ahead = config_.run.run_ahead;
  for (const config::PhbConfig& p : config_.phbs) {
    build::PhbSpec s = build::phb_spec_of(p);
    for (const auto& e : config_.endpoints) {
      const config::PeConfig* pe = config_.find_pe(e.pe);
      if (pe == nullptr || pe->phb != p.name) continue;
      ++s.devices;
      if (has_driver(e)) ++s.drivers;
    }
    s.hypervised = config_.partitioned();
    if (config_.linux_stack()) {
      // The kernel's CPUs send the commands, through one port.
      s.drivers = 1;
      s.host.cpus = config_.linux_dma.cpus;
    }
    if (config_.vfio_stack()) s.effect_ports = 1;
    spec.phbs.push_back(std::move(s));
  }
  if (config_.linux_stack()) ++spec.extra_memory_ports;
  if (config_.partitioned()) {
    spec.partition.emplace();
    spec.partition->options.personality = *arch::papr::personality_named(config_.hypervisor.personality);
    spec.partition->memory = arch::papr::GuestMemory::flat(config_.memory.size);
    spec.partition->params = config_.hypervisor;
    spec.partition->cpus = config_.linux_dma.cpus;
  }
  system_ = std::make_unique<build::System>(spec);
  for (PhbGroup& g : system_->phbs()) build::install_rtt(*system_, g);
  if (config_.kernel_maps()) build_host();
}

/// True if a driver maps for this endpoint while the simulation runs.
bool Simulation::has_driver(const config::EndpointConfig& e) const {
  if (e.workload != "generator") return true;
  if (!config_.kernel_maps()) return false;
  const config::PeConfig* pe = config_.find_pe(e.pe);
  const config::WindowConfig& w = config_.find_layout(pe->layout)->windows.at(e.window);
  return !w.bypass && w.mapping == config::Mapping::PerIo;
}

void Simulation::build_host() {
  unsigned drivers = 0;
  for (const auto& e : config_.endpoints) drivers += has_driver(e) ? 1 : 0;
  const bool partitioned = config_.partitioned();
  const auto phbs = partitioned ? 0u : static_cast<unsigned>(system_->phbs().size());
  if (config_.vfio_stack()) {
    user_ = std::make_unique<host::UserSpace>(config_.host.stack, config_.vfio, system_->memory().store(),
                                              config_.memory.size, system_->region());
    vfio_ = std::make_unique<host::VfioHost>("vfio", system_->driver(), config_.vfio, drivers, phbs, system_->registry());
    for (unsigned i = 0; i < phbs; ++i) {
      PhbGroup& g = system_->phbs()[i];
      user_->add_phb(g.phb->state());
      vfio_->effects_out(i).bind(g.effects->host_in(0));
    }
    return;
  }
  linux_ = std::make_unique<host::LinuxHost>("linux", system_->driver(), config_.linux_dma, drivers, phbs,
                                             system_->registry());
  linux_->mem_out.bind(system_->extra_memory_port(0));
  if (partitioned) {
    for (unsigned i = 0; i < config_.linux_dma.cpus; ++i) linux_->hcall_out(i).bind(system_->hypervisor().guest_in(i));
  } else {
    for (unsigned i = 0; i < phbs; ++i) linux_->tce_out(i).bind(system_->phbs()[i].host->host_in(0));
  }
}

/// The kernel's domain for a per-I/O window of a PE.
std::uint32_t Simulation::domain_of(PlacedPe& pe, unsigned window) {
  const auto known = pe.domains.find(window);
  if (known != pe.domains.end()) return known->second;
  const PlacedWindow& w = pe.windows.at(window);
  if (vfio_ != nullptr) {
    host::VfioHost::DomainSpec d;
    d.name = "pe." + pe.config->name;
    d.phb = static_cast<unsigned>(pe.group - system_->phbs().data());
    d.firmware_kills = pe.group->phb->state().facts().firmware_kills;
    d.mappings = &user_->mappings(pe.user, window);
    return pe.domains[window] = vfio_->add_domain(d);
  }
  host::DomainSpec d;
  d.start = w.start;
  d.size = w.size;
  d.page_shift = w.page_shift;
  d.hypervised = config_.partitioned();
  d.liobn = w.liobn;
  d.phb = static_cast<unsigned>(pe.group - system_->phbs().data());
  d.table = w.table;
  d.table_base = w.table_base;
  d.kill_each_page = pe.group->spec.host.kill_policy == "page";
  d.kill_on_map = pe.group->spec.host.kill_on_map;
  d.firmware_kills = pe.group->phb->state().facts().firmware_kills;
  return pe.domains[window] = linux_->add_domain(d);
}

/// The endpoint's way of keeping its buffers mapped, over a source that maps each for its use.
std::unique_ptr<endpoints::OpSource> Simulation::mapped(std::unique_ptr<endpoints::OpSource> source,
                                                        const config::EndpointConfig& c) const {
  if (c.mapping == "streaming") return source;
  return std::make_unique<endpoints::PooledOps>(std::move(source), c.mapping == "static" ? 0 : c.pool_buffers);
}

void Simulation::bind_driver(endpoints::TracePlayer& player, PlacedPe& pe, const config::EndpointConfig& c,
                             unsigned driver) {
  if (!config_.kernel_maps()) {
    player.host_out.bind(pe.group->host->host_in(driver));
    return;
  }
  player.host_out.bind(vfio_ != nullptr ? vfio_->driver_in(next_driver_++) : linux_->driver_in(next_driver_++));
  if (!pe.windows.at(c.window).direct) player.domain = domain_of(pe, c.window);
}

void Simulation::place_pes() {
  for (const config::PeConfig& c : config_.pes) {
    PlacedPe pe;
    pe.config = &c;
    pe.group = &system_->phb(c.phb);
    pe.layout = c.layout;
    if (config_.partitioned()) build::give_to_partition(*system_, *pe.group, c.number, static_cast<unsigned>(pes_.size()));
    const auto recorded = std::find_if(config_.endpoints.begin(), config_.endpoints.end(), [&](const auto& e) {
      return e.pe == c.name && e.workload == "trace" && !e.trace.transpose;
    });
    if (recorded != config_.endpoints.end()) {
      place_recorded(pe, *recorded);
    } else if (user_ != nullptr) {
      place_user(pe);
    } else {
      pe.requested = config_.find_layout(c.layout)->windows;
      for (const auto& w : pe.requested) {
        try {
          pe.windows.push_back(build::place_window(*system_, *pe.group, c.number, w, config_.memory.size));
        } catch (const UserError& e) {
          throw UserError("pe." + c.name + ".layout \"" + c.layout + "\": " + e.what());
        }
      }
    }
    pes_.emplace(c.name, std::move(pe));
  }
}

/// A PE that belongs to user space: it gets its windows by system calls.
void Simulation::place_user(PlacedPe& pe) {
  const config::PeConfig& c = *pe.config;
  pe.requested = config_.find_layout(c.layout)->windows;
  std::vector<host::UserWindow> windows;
  for (const config::WindowConfig& w : pe.requested) {
    host::UserWindow u;
    u.start = w.offset;
    u.bytes = config::window_size(w, config_.memory);
    u.page_shift = log2_floor(w.page_size);
    u.levels = w.levels;
    u.map_all = w.mapping == config::Mapping::Direct;
    windows.push_back(u);
  }
  const auto used = std::find_if(config_.endpoints.begin(), config_.endpoints.end(),
                                 [&](const auto& e) { return e.pe == c.name; });
  try {
    const bool any = used != config_.endpoints.end();
    pe.user = user_->add_pe(static_cast<unsigned>(pe.group - system_->phbs().data()), c.number, any ? used->rid : 0,
                            windows, any ? used->window : 0);
  } catch (const UserError& e) {
    throw UserError("pe." + c.name + ".layout \"" + c.layout + "\": " + e.what());
  }
  for (const host::UserWindow& u : windows) {
    PlacedWindow w;
    std::uint64_t offset = 0;
    w.start = u.start;
    w.size = u.bytes;
    w.page_shift = u.page_shift;
    w.levels = u.levels;
    w.direct = u.map_all;
    w.tve_index = pe.group->phb->state().select_tve(c.number, u.start, offset);
    w.table_base = u.start - offset;
    pe.windows.push_back(w);
  }
}

// A PE whose device is replayed as recorded has the windows of the trace.
void Simulation::place_recorded(PlacedPe& pe, const config::EndpointConfig& endpoint) {
  pe.layout = "recorded";
  const traces::RecordedSetup setup = traces::recorded_setup(endpoint.trace.file, endpoint.trace.device);
  arch::PhbState& state = pe.group->phb->state();
  if (setup.tve1_above_4g) {
    state.write_register(arch::offset_of(arch::Reg::Ctrlr),
                         state.reg(arch::Reg::Ctrlr) | arch::kCtrlrTve1Above4G);
  }
  for (const traces::RecordedWindow& r : setup.windows) {
    PlacedWindow w;
    w.tve_index = pe.config->number * state.tves_per_pe() + r.select;
    w.start = r.select == 0 ? 0 : setup.tve1_above_4g ? 4 * kGiB : 1ull << 59;
    w.table_base = r.select == 1 && !setup.tve1_above_4g ? 1ull << 59 : 0;
    if (r.tve.kind == arch::Tve::Kind::Bypass) {
      w.bypass = true;
      w.direct = true;
      w.size = r.tve.end - r.tve.start;
      state.set_tve(w.tve_index, r.word);
    } else {
      if (!arch::supports_page_shift(state.facts(), r.tve.page_shift) && !state.options().allow_any_page_size) {
        throw UserError("endpoint." + endpoint.name + ": the trace has a window of " +
                        text::bytes(1ull << r.tve.page_shift) + " pages, which " + std::string(state.facts().name) +
                        " does not accept; set phb." + pe.group->spec.name + ".allow_any_page_size = true");
      }
      w.page_shift = r.tve.page_shift;
      w.levels = r.tve.levels;
      arch::WindowShape shape{r.tve.levels, 0, 1ull << (r.tve.bits_per_level + 3), r.tve.page_shift};
      auto table = std::make_unique<arch::TceTable>(shape, system_->region());
      for (const traces::MappingChange& c : setup.before) {
        if (c.select != r.select) continue;
        table->put(system_->memory().store(), (c.iova - w.table_base) >> w.page_shift, c.tce);
      }
      state.set_tve(w.tve_index, arch::encode_translated(table->shape()));
      w.size = 1ull << std::min(63u, r.tve.span_shift());
      w.table_bytes = table->table_bytes();
      w.table = pe.group->host->add_table(std::move(table), pe.config->number, w.table_base);
      recorded_tables_[pe.config->name][r.select] = {w.table, w.table_base, w.page_shift};
    }
    pe.windows.push_back(w);
  }
}

void Simulation::add_endpoints() {
  std::map<std::string, unsigned> devices;
  std::map<std::string, unsigned> drivers;
  for (const config::EndpointConfig& c : config_.endpoints) {
    PlacedPe& pe = pes_.at(c.pe);
    build::assign_rid(*system_, *pe.group, c.rid, pe.config->number);
    const unsigned device = devices[pe.config->phb]++;
    if (c.workload == "trace") {
      add_player(c, pe, device, drivers[pe.config->phb]++);
    } else if (has_driver(c)) {
      add_streaming(c, pe, drivers[pe.config->phb]++);
    } else {
      add_generator(c, pe, device);
    }
    endpoints_.back()->link_out.bind(pe.group->link->device_in(device));
    const bool ends = c.workload == "populate" ? true : c.workload == "trace" ? c.player.count != 0 || !c.player.repeat : c.generator.count != 0;
    if (ends) {
      ++working_;
      endpoints_.back()->on_done = [this] {
        if (--working_ == 0 && config_.run.duration == 0) {
          finished_ = true;
          system_->driver().stop();
        }
      };
    }
  }
}

// Generators touch one buffer of their footprint's size that is mapped once: in a direct window at
// its real address, in a per-I/O window at the window's first free pages.
BusAddr Simulation::map_footprint(const config::EndpointConfig& c, PlacedPe& pe, const PlacedWindow& w, RealAddr real,
                                  std::uint64_t bytes) {
  if (w.direct) return w.start + real;
  const std::uint64_t page = 1ull << w.page_shift;
  // The kernel never hands out the first page of a window.
  std::uint64_t& next = pe.next_page.try_emplace(w.entries, 1).first->second;
  const std::uint64_t pages = align_up(bytes, page) / page;
  const std::uint64_t first = (w.start - w.table_base) / page;
  if (next + pages > w.size / page) {
    throw UserError("endpoint." + c.name + ".generator.footprint: " + text::bytes(bytes) + " does not fit the window of " +
                    text::bytes(w.size) + " of pe." + pe.config->name);
  }
  arch::TceTable& table = *w.entries;
  for (std::uint64_t i = 0; i < pages; ++i) {
    table.put(system_->memory().store(), first + next + i,
              (align_down(real, page) + i * page) | arch::kTcePermissions);
  }
  const BusAddr iova = w.table_base + (first + next) * page + (real - align_down(real, page));
  next += pages;
  return iova;
}

/// Memory for a generator's buffers.
RealAddr Simulation::take_footprint(const config::EndpointConfig& c, std::uint64_t bytes, const char* key) {
  const RealAddr real = next_footprint_;
  next_footprint_ = align_up(real + bytes, kFootprintAlign);
  if (real + bytes > config_.memory.size) {
    throw UserError("endpoint." + c.name + "." + key + ": " + text::bytes(bytes) + " at " +
                    text::hex(real) + " lies beyond memory.size = " + text::bytes(config_.memory.size));
  }
  return real;
}

/// A generator whose driver maps each request's buffer while it runs.
void Simulation::add_streaming(const config::EndpointConfig& c, PlacedPe& pe, unsigned driver) {
  const std::string name = "ep_" + c.name;
  endpoints::PlayerParams p;
  p.rid = c.rid;
  std::unique_ptr<endpoints::OpSource> source;
  if (c.workload == "populate") {
    p.lookahead = c.populate.concurrency;
    const RealAddr memory = take_footprint(c, c.populate.size, "populate.size");
    source = std::make_unique<endpoints::PopulateOps>(c.populate, memory);
  } else {
    p.queue_depth = c.generator.queue_depth;
    // Map, access and unmap of each request that may be under way, and as many to come.
    p.lookahead = std::min(256u, 6 * p.queue_depth);
    p.start = c.generator.start;
    const RealAddr memory = take_footprint(c, c.generator.footprint, "generator.footprint");
    source = mapped(std::make_unique<endpoints::GeneratedOps>(c.generator, memory, name), c);
  }
  auto player = std::make_unique<endpoints::TracePlayer>(name.c_str(), system_->driver(), p, std::move(source),
                                                         system_->registry());
  bind_driver(*player, pe, c, driver);
  endpoints_.push_back(std::move(player));
}

void Simulation::add_generator(const config::EndpointConfig& c, PlacedPe& pe, unsigned) {
  endpoints::GeneratorParams p = c.generator;
  const RealAddr real = take_footprint(c, p.footprint, "generator.footprint");
  p.base = map_footprint(c, pe, pe.windows.at(c.window), real, p.footprint);
  endpoints_.push_back(std::make_unique<endpoints::Generator>(("ep_" + c.name).c_str(), system_->driver(), p,
                                                              system_->registry()));
}

std::unique_ptr<endpoints::OpSource> Simulation::recorded_source(const config::EndpointConfig& c, PlacedPe& pe) {
  return std::make_unique<traces::RecordedOps>(c.trace.file, c.trace.device, recorded_tables_[pe.config->name]);
}

void Simulation::add_player(const config::EndpointConfig& c, PlacedPe& pe, unsigned, unsigned driver) {
  std::unique_ptr<endpoints::OpSource> source;
  if (!c.trace.transpose) {
    source = recorded_source(c, pe);
  } else {
    const PlacedWindow& w = pe.windows.at(c.window);
    traces::TargetWindow target;
    target.direct = w.direct;
    target.allocator = c.trace.iova;
    target.base = w.direct ? w.start : w.table_base;
    target.memory_bytes = config_.memory.size;
    target.by_buffer = config_.kernel_maps() && !w.direct;
    if (!w.direct) {
      target.table = w.table;
      target.page_shift = w.page_shift;
      target.first_page = ((w.start - w.table_base) >> w.page_shift) + 1;
      target.pages = (w.size >> w.page_shift) - 1;
    }
    source = std::make_unique<traces::TransposedOps>(c.trace.file, c.trace.device, target);
    if (target.by_buffer) source = mapped(std::move(source), c);
  }
  auto player = std::make_unique<endpoints::TracePlayer>(("ep_" + c.name).c_str(), system_->driver(), c.player,
                                                         std::move(source), system_->registry());
  bind_driver(*player, pe, c, driver);
  endpoints_.push_back(std::move(player));
}

void Simulation::begin_measurement() {
  measured_from_ = system_->engine().now();
  system_->registry().reset();
  for (auto& e : endpoints_) e->reset_statistics();
  for (PhbGroup& g : system_->phbs()) g.phb->reset_traffic();
}

/// Handles the simulation's own events: the end of the warm-up.
struct Measure final : EventHandler {
  std::function<void()> action;
  void on_event(std::uint32_t, std::uint64_t) override { action(); }
};

void Simulation::loop(const Progress& progress) {
  Measure measure;
  measure.action = [this] { begin_measurement(); };
  EngineDriver& driver = system_->driver();
  if (config_.run.warmup > 0) driver.schedule(config_.run.warmup, &measure, 0, 0);
  if (config_.run.duration == 0) {
    driver.start(kNever);
    return;
  }
  // In slices, so that progress can be told between them; results do not depend on them.
  const Tick end = config_.run.warmup + config_.run.duration;
  const Tick slice = progress ? std::max<Tick>(end / 200, 1) : end;
  auto last = std::chrono::steady_clock::now();
  for (Tick at = 0; at < end;) {
    const Tick step = std::min(slice, end - at);
    driver.start(step);
    at += step;
    const auto now = std::chrono::steady_clock::now();
    if (progress && now - last > std::chrono::milliseconds(100)) {
      progress(static_cast<double>(at) / static_cast<double>(end), at);
      last = now;
    }
  }
}

results::Result Simulation::collect() {
  results::Result r;
  const Tick end = config_.run.duration == 0 ? system_->engine().now() : config_.run.warmup + config_.run.duration;
  r.end = end;
  r.measured = end - measured_from_;
  r.manifest.version = std::string(kVersion);
  r.manifest.config_file = config_.file;
  r.manifest.title = config_.title;
  r.manifest.config_toml = config::to_toml(given_, false);
  const std::string hash = text::hex(fnv1a(r.manifest.config_toml)).substr(2);
  r.manifest.config_hash = std::string(16 - hash.size(), '0') + hash;
  r.manifest.seed = config_.run.seed;
  const auto rate = [&](std::uint64_t bytes) {
    return r.measured == 0 ? 0
                           : static_cast<std::uint64_t>(static_cast<uint128>(bytes) * kPsPerS / r.measured);
  };
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const endpoints::Endpoint& e = *endpoints_[i];
    const config::EndpointConfig& c = config_.endpoints[i];
    results::EndpointResult er;
    er.name = c.name;
    er.pe = c.pe;
    er.layout = pes_.at(c.pe).layout;
    er.requests = e.stats()[Stat::EpRequests];
    er.errors = e.stats()[Stat::EpErrors];
    er.bytes_read = e.stats()[Stat::EpBytesRead];
    er.bytes_written = e.stats()[Stat::EpBytesWritten];
    er.maps = e.stats()[Stat::EpMaps];
    er.unmaps = e.stats()[Stat::EpUnmaps];
    er.latency = e.statistics().latency;
    er.stages = e.statistics().stages;
    const bool ended = e.done();
    const Tick last = ended ? e.statistics().last_completion : end;
    er.active = last > measured_from_ ? last - measured_from_ : 0;
    for (unsigned f = 0; f < arch::kFaults; ++f) {
      if (e.statistics().faults[f] == 0) continue;
      er.faults.emplace_back(std::string(arch::kFaultTable[f].name), e.statistics().faults[f]);
    }
    r.endpoints.push_back(std::move(er));
  }
  for (const config::PeConfig& c : config_.pes) {
    const PlacedPe& pe = pes_.at(c.name);
    results::TrafficResult total;
    total.name = c.name;
    total.label = c.phb + " PE " + std::to_string(c.number) + ", " + pe.layout;
    for (std::size_t w = 0; w < pe.windows.size(); ++w) {
      const PlacedWindow& p = pe.windows[w];
      const phb::WindowTraffic& t = pe.group->phb->windows()[p.tve_index];
      results::TrafficResult tr;
      tr.name = c.name + "/" + std::to_string(w);
      tr.label = "at " + text::hex(p.start) + ", " +
                 (p.bypass ? std::string("bypass")
                           : text::bytes(1ull << p.page_shift) + " pages, " + std::to_string(p.levels) + " level(s)");
      tr.requests = t.reads + t.writes;
      tr.bytes_read = t.bytes_read;
      tr.bytes_written = t.bytes_written;
      tr.faults = t.faults;
      tr.throughput = rate(t.bytes_read + t.bytes_written);
      total.requests += tr.requests;
      total.bytes_read += tr.bytes_read;
      total.bytes_written += tr.bytes_written;
      total.faults += tr.faults;
      if (p.direct) r.table_bytes += p.table_bytes;
      r.windows.push_back(std::move(tr));
    }
    total.throughput = rate(total.bytes_read + total.bytes_written);
    r.pes.push_back(std::move(total));
  }
  for (PhbGroup& g : system_->phbs())
    if (g.host != nullptr) r.table_bytes += g.host->table_bytes();
  if (config_.partitioned()) r.table_bytes += system_->partition().table_bytes();
  if (user_ != nullptr) r.table_bytes += user_->table_bytes();
  if (linux_ != nullptr) linux_->end_of_run();
  for (const stats::Block* b : system_->registry().blocks()) {
    results::CounterResult cr;
    cr.path = b->path();
    for (std::size_t i = 0; i < b->size(); ++i) {
      const auto stat = static_cast<Stat>(static_cast<unsigned>(b->first()) + i);
      cr.group = std::string(stats::spec_of(stat).group);
      cr.values.emplace_back(std::string(stats::spec_of(stat).name), (*b)[stat]);
    }
    r.counters.push_back(std::move(cr));
  }
  const auto share = [&](Tick busy, std::uint64_t of) -> std::uint64_t {
    if (r.measured == 0 || of == 0) return 0;
    const uint128 ppm = static_cast<uint128>(busy) * 1'000'000 / (static_cast<uint128>(r.measured) * of);
    // What began before the end counts whole: a resource that is always busy has a little more.
    return static_cast<std::uint64_t>(std::min<uint128>(ppm, 1'000'000));
  };
  for (PhbGroup& g : system_->phbs()) {
    r.utilisation.push_back({g.spec.name + ".link", "up", share(g.link->stats()[Stat::LinkUpBusy], 1)});
    r.utilisation.push_back({g.spec.name + ".link", "down", share(g.link->stats()[Stat::LinkDownBusy], 1)});
    r.utilisation.push_back({g.spec.name, "read engines",
                             share(g.phb->stats()[Stat::PhbEngineBusy],
                                   std::min(g.spec.stack_limit, system_->engines(g.spec.pec).total()))});
    for (const auto& f : g.phb->faults()) {
      results::FaultResult fr;
      fr.at = f.at;
      fr.phb = g.spec.name;
      fr.fault = std::string(arch::spec_of(f.record.fault).name);
      fr.pe = f.record.pe;
      fr.rid = f.record.rid;
      fr.addr = f.record.addr;
      fr.effect = f.record.effect.fence ? "fence" : f.record.effect.freeze ? "freeze" : f.record.effect.interrupt ? "interrupt" : "";
      r.faults.push_back(std::move(fr));
    }
    r.faults_total += g.phb->stats()[Stat::PhbFaults];
  }
  r.utilisation.push_back(
      {"memory", "channels", share(system_->memory().stats()[Stat::MemBusy], config_.memory.channels)});
  return r;
}

results::Result Simulation::run(const Progress& progress) {
  build_system();
  place_pes();
  add_endpoints();
  loop(progress);
  if (config_.run.duration == 0 && !finished_) {
    throw UserError("the run ended at " + std::to_string(system_->engine().now()) +
                    " ps with nothing left to do, but not every endpoint had finished its work");
  }
  return collect();
}

}  // namespace

results::Result simulate(const config::Config& config, const Progress& progress) {
  for (const config::EndpointConfig& e : config.endpoints) {
    if (e.workload != "program") continue;
    throw UserError("endpoint." + e.name + ".workload: \"program\" needs a program; run it with phbsim exec --platform " +
                    config.file + " -- PROGRAM");
  }
  return Simulation(config).run(progress);
}

}  // namespace phbsim::run
