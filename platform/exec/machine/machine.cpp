// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/machine/machine.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "models/arch/ioat/identity.hpp"
#include "models/base/check.hpp"
#include "platform/build/layout.hpp"

namespace phbsim::exec {

namespace power = arch::power_iommu;
namespace vfio = arch::vfio;

namespace {

/// BARs lie in the 32-bit MMIO window of their PHB, 64 KiB apart [MA].
constexpr BusAddr kFirstBar = 0x8000'0000;
constexpr BusAddr kBarStep = 64 * kKiB;
/// Interrupt sources of functions; the first ones are firmware's [MA].
constexpr std::uint32_t kFirstSource = 16;

}  // namespace

bool TimedSink::carry_out(const arch::Effects& effects) {
  for (const arch::Effect& e : effects) {
    if (e.kind == arch::Effect::Kind::Store8) ++stores;
    if (e.kind != arch::Effect::Kind::Write) continue;
    if (e.addr == arch::offset_of(arch::Reg::TceKill)) ++kills;
    if (e.addr == arch::offset_of(arch::Reg::IodaAddr)) selected_ = e.value;
    if (e.addr == arch::offset_of(arch::Reg::IodaData)) note_tve(e.value);
  }
  return access_.carry_out(effects);
}

void TimedSink::note_tve(std::uint64_t word) {
  if (arch::IodaTable::get(selected_) != static_cast<std::uint64_t>(arch::IodaTableId::Tvt)) return;
  const arch::Tve tve = arch::decode_tve(word, phb_.state().facts());
  if (tve.kind != arch::Tve::Kind::Translated) return;
  const auto tve_number = static_cast<unsigned>(selected_ & 0xFFFF);
  const PeNumber pe = tve_number / power::kMaxWindows;
  const unsigned slot = tve_number % power::kMaxWindows;
  const auto same = std::find_if(windows.begin(), windows.end(), [&](const WindowSeen& w) {
    return w.pe == pe && w.slot == slot && w.tve.levels == tve.levels && w.tve.page_shift == tve.page_shift &&
           w.tve.bits_per_level == tve.bits_per_level;
  });
  if (same != windows.end()) {
    ++same->times;
  } else {
    windows.push_back({pe, slot, tve, 1});
  }
}

bool TimedSink::clear(RealAddr at, std::uint64_t bytes) {
  static constexpr std::array<unsigned char, 4096> kZeros{};
  for (std::uint64_t done = 0; done < bytes; done += kZeros.size()) {
    memory_.write(at + done, kZeros.data(), static_cast<std::size_t>(std::min<std::uint64_t>(kZeros.size(), bytes - done)));
  }
  return true;
}

void TimedSink::inject(arch::Fault fault, PeNumber pe, Rid rid, BusAddr addr, arch::TransactionType type) {
  phb_.state().raise(fault, pe, rid, addr, type, &memory_);
}

Machine::Machine(const config::Config& config, unsigned host_page_shift, Frames& frames, vfio::Host& host) {
  std::map<std::string, unsigned> devices;
  for (const config::EndpointConfig& e : config.endpoints) {
    if (e.workload == "program") ++devices[config.find_pe(e.pe)->phb];
  }
  if (devices.empty()) {
    throw UserError(config.file + ": no endpoint has workload = \"program\", so there is no device for a program");
  }
  build::SystemSpec spec;
  spec.memory = config.memory;
  spec.pec_engines = config.pec_engines;
  spec.run_ahead = config.run.run_ahead;
  for (const config::PhbConfig& p : config.phbs) {
    build::PhbSpec s = build::phb_spec_of(p);
    s.devices = devices[p.name];
    s.mmio_devices = devices[p.name];
    s.effect_ports = 1;
    if (s.devices != 0) spec.phbs.push_back(std::move(s));
  }
  system_ = std::make_unique<build::System>(spec);
  system_->memory().store().add_foreign(frames.base(), frames.bytes(), frames);
  for (build::PhbGroup& g : system_->phbs()) {
    build::install_rtt(*system_, g);
    add_phb(g, host_page_shift, frames.base() + frames.bytes(), config.vfio.large_io_pages);
  }
  // All modules first: with the first call of a driver the simulation begins.
  for (const config::EndpointConfig& e : config.endpoints) {
    if (e.workload == "program") add_function(e, config.find_pe(e.pe)->phb);
  }
  for (PhbPart& p : phbs_) p.start();
  for (const config::PeConfig& pe : config.pes) add_group(pe);
  for (FunctionPart& f : functions_) give_to_group(f, *config.find_endpoint(f.name), host);
  // What the kernel did for itself is no part of what the program asks for.
  tables_at_start_ = system_->region().in_use();
  for (PhbPart& p : phbs_) p.sink->forget();
}

Machine::PhbPart& Machine::phb_named(const std::string& name) {
  return *std::find_if(phbs_.begin(), phbs_.end(), [&](const PhbPart& p) { return p.group->spec.name == name; });
}

void Machine::add_function(const config::EndpointConfig& e, const std::string& phb) {
  PhbPart& p = phb_named(phb);
  FunctionPart f;
  f.name = e.name;
  f.index = p.functions++;
  f.phb = static_cast<std::size_t>(&p - phbs_.data());
  build::IoatSpec ioat;
  ioat.name = "ep_" + e.name;
  ioat.device = f.index;
  ioat.bar = kFirstBar + f.index * kBarStep;
  ioat.params.rid = e.rid;
  ioat.params.function.model = arch::ioat::find_model(e.device);
  f.function = std::make_unique<build::IoatFunction>(*system_, *p.group, ioat);
  functions_.push_back(std::move(f));
}

/// A group has its number by its place in the configuration.
void Machine::add_group(const config::PeConfig& pe) {
  if (pe.layout != config::kProgramLayout) return;
  GroupPart g;
  g.pe = pe.name;
  g.group = &phb_named(pe.phb).iommu->add_pe(static_cast<std::uint32_t>(groups_.size()), pe.number);
  g.node = std::make_unique<vfio::GroupNode>(vfio::GroupRef{g.group, g.group, g.group});
  g.together = std::make_unique<vfio::ResetSet>();
  groups_.push_back(std::move(g));
}

void Machine::give_to_group(FunctionPart& f, const config::EndpointConfig& e, vfio::Host& host) {
  const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const GroupPart& g) { return g.pe == e.pe; });
  GroupPart& g = *found;
  f.group = static_cast<std::size_t>(found - groups_.begin());
  arch::pci::Address address;
  address.segment = static_cast<std::uint16_t>(f.phb);
  address.bus = static_cast<std::uint8_t>(e.rid >> 8);
  address.devfn = static_cast<std::uint8_t>(e.rid & 0xFF);
  f.device = std::make_unique<power::PowerDevice>(address.text(), *g.group, e.rid);
  const std::uint32_t source = kFirstSource + f.index;
  phbs_[f.phb].group->phb->state().set_msi_pe(source, g.group->pe());
  f.pci = std::make_unique<IoatPci>(*f.function, *f.device, address, kFirstBar + f.index * kBarStep, source);
  f.vfio = std::make_unique<vfio::PciDevice>(host, *f.pci, *g.node, g.together.get());
  g.node->add(*f.vfio);
  g.together->devices.push_back(f.vfio.get());
}

Machine::~Machine() {
  // Functions leave their groups, groups their PHB, before the machine goes.
  while (!functions_.empty()) functions_.pop_back();
}

void Machine::add_phb(build::PhbGroup& group, unsigned host_page_shift, std::uint64_t memory_end, bool large_io_pages) {
  PhbPart p;
  p.group = &group;
  p.access = std::make_unique<build::EffectAccess>((group.spec.name + "_driver").c_str(), system_->driver());
  p.access->agent_out.bind(group.effects->host_in(0));
  p.sink = std::make_unique<TimedSink>(*p.access, *group.phb, system_->memory().store());
  p.options.host_page_shift = host_page_shift;
  p.options.memory_bytes = memory_end;
  p.options.large_io_pages = large_io_pages;
  // The kernel's own drivers leave these functions alone.
  p.options.host_window = false;
  p.tables = std::make_unique<power::TableMemory>(power::TableMemory{system_->region(), system_->memory().store(), *p.sink});
  phbs_.push_back(std::move(p));
}

void Machine::PhbPart::start() {
  iommu = std::make_unique<power::PowerIommu>(group->phb->state(), *tables, *sink, options);
}

std::uint64_t Machine::tables_left() const {
  const std::uint64_t now = system_->region().in_use();
  return now > tables_at_start_ ? now - tables_at_start_ : 0;
}

}  // namespace phbsim::exec
