// SPDX-License-Identifier: Apache-2.0
#include "platform/build/system.hpp"

namespace phbsim::build {

namespace {
constexpr unsigned kDefaultEngines = 64;
}

System::System(const SystemSpec& spec) : region_(kTableBase, kTableBytes) {
  driver_ = std::make_unique<EngineDriver>("driver", spec.run_ahead);
  unsigned ports = 0;
  for (const PhbSpec& p : spec.phbs) ports += p.effect_ports != 0 || (p.with_host && !p.hypervised) ? 3 : 2;
  if (spec.partition) ++ports;
  first_extra_ = ports;
  memory_ = std::make_unique<memory::Memory>("memory", *driver_, spec.memory, ports + spec.extra_memory_ports, registry_);
  unsigned port = 0;
  for (const PhbSpec& s : spec.phbs) {
    auto& engines = pecs_[s.pec];
    if (engines == nullptr) {
      const auto it = spec.pec_engines.find(s.pec);
      engines = std::make_unique<phb::ReadEngines>(it == spec.pec_engines.end() ? kDefaultEngines : it->second);
    }
    PhbGroup g;
    g.spec = s;
    phb::PhbParams params = s.phb;
    params.mps = s.link.mps;
    params.rcb = s.link.rcb;
    g.phb = std::make_unique<phb::Phb>(s.name.c_str(), *driver_, params, *engines, s.stack_limit, registry_);
    const arch::GenerationFacts& facts = g.phb->state().facts();
    g.tce = std::make_unique<tce::TceUnit>((s.name + "_tce").c_str(), *driver_, s.tce, facts, registry_);
    g.phb->tce_out.bind(g.tce->phb_in);
    g.phb->kill_out.bind(g.tce->kill_in);
    g.memory_port = port;
    g.phb->mem_out.bind(memory_->port_in(port++));
    g.tce->walk_out.bind(memory_->port_in(port++));
    if (s.with_link) {
      g.link = std::make_unique<pcie::PcieLink>((s.name + "_link").c_str(), *driver_, s.link, s.devices, registry_,
                                                s.mmio_devices);
      g.link->phb_out.bind(g.phb->link_in);
      if (s.phb.outbound) {
        PHBSIM_ASSERT(s.mmio_devices > 0);
        g.phb->link_out().bind(g.link->host_in());
      } else if (s.mmio_devices > 0) {
        g.cpu = std::make_unique<HostAccess>((s.name + "_cpu").c_str(), *driver_);
        g.cpu->link_out.bind(g.link->host_in());
      }
    }
    if (s.effect_ports != 0) {
      g.effects = std::make_unique<hypervisor::EffectAgent>((s.name + "_host").c_str(), *driver_, s.host.poll_interval,
                                                            s.effect_ports, registry_);
      g.effects->mmio_out.bind(g.phb->mmio_in);
      g.effects->mem_out.bind(memory_->port_in(port++));
    } else if (s.with_host && !s.hypervised) {
      g.host = std::make_unique<hypervisor::TceAgent>((s.name + "_host").c_str(), *driver_, s.host, facts, s.drivers,
                                                      registry_);
      g.host->mmio_out.bind(g.phb->mmio_in);
      g.host->mem_out.bind(memory_->port_in(port++));
    }
    g.phb->state().apply_firmware_defaults();
    phbs_.push_back(std::move(g));
  }
  if (!spec.partition) return;
  std::vector<const arch::GenerationFacts*> facts;
  for (PhbGroup& g : phbs_) {
    if (!g.spec.hypervised) continue;
    g.hypervised_index = static_cast<unsigned>(facts.size());
    facts.push_back(&g.phb->state().facts());
  }
  partition_ = std::make_unique<arch::papr::Partition>(spec.partition->options, spec.partition->memory, region_);
  hypervisor_ = std::make_unique<hypervisor::Hypervisor>("hypervisor", *driver_, spec.partition->params, *partition_,
                                                         facts, spec.partition->cpus, registry_);
  hypervisor_->mem_out.bind(memory_->port_in(port++));
  for (PhbGroup& g : phbs_)
    if (g.spec.hypervised) hypervisor_->mmio_out(g.hypervised_index).bind(g.phb->mmio_in);
}

void System::add_pe(PhbGroup& group, arch::papr::PeSpec pe) {
  pe.phb = group.hypervised_index;
  pe.hardware = &group.phb->state();
  arch::Effects effects;
  partition_->add_pe(pe, effects);
  const bool ended = arch::apply(effects, group.phb->state(), memory_->store());
  PHBSIM_ASSERT(ended);
}

PhbGroup& System::phb(const std::string& name) {
  for (PhbGroup& g : phbs_)
    if (g.spec.name == name) return g;
  throw ModelError("no PHB " + name);
}

}  // namespace phbsim::build
