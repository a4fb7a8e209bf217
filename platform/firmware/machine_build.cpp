// SPDX-License-Identifier: Apache-2.0
// How a machine is put together.
#include <algorithm>
#include <map>

#include "models/arch/ioat/identity.hpp"
#include "models/arch/physical_map.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/build/layout.hpp"
#include "platform/firmware/machine.hpp"

namespace phbsim::firmware {

namespace ppc = arch::ppc64;
using arch::Generation;

namespace {

// Where other units of POWER9 have theirs; POWER8 reaches its UART by other ways [MA].
constexpr RealAddr kLpcUart = 0x000603'00'D00103F8ull;
constexpr RealAddr kInterruptQueue = 0x000603'02'03100000ull;
constexpr RealAddr kP8Xscom = 0x0003FC'00'00000000ull;
constexpr RealAddr kP8Uart = 0x0003FF'F0'000003F8ull;
constexpr RealAddr kP8InterruptQueue = 0x0003FF'F0'00100000ull;
constexpr std::uint64_t kXscomBytes = 16 * kGiB;
// What XSCOM leaves in HMER [F: firmware tests these].
constexpr std::uint64_t kHmerFailed = ppc_bit(8), kHmerDone = ppc_bit(9);
using HmerStatus = Field<21, 23>;
constexpr std::uint64_t kNoSuchScom = 4;

/// Boot information lies behind the image, free memory behind it, each on this.
constexpr std::uint64_t kBootAlign = 64 * kKiB;
constexpr std::uint64_t kFreeBytes = kGiB;
constexpr std::uint64_t kNotifyIndexStep = 0x1000;  ///< sources of a PHB in the interrupt controller's numbers

constexpr std::uint64_t aligned(std::uint64_t v, std::uint64_t to) { return (v + to - 1) & ~(to - 1); }

/// One processor of the generation; level and version register as firmware reads them.
struct Chip {
  std::uint64_t number;
  std::uint64_t level;
  std::uint32_t pvr;
};
constexpr Chip chip_of(Generation g) {
  return g == Generation::Phb3 ? Chip{8, 0x20, 0x004d0200} : g == Generation::Phb4 ? Chip{9, 0x22, 0x004e1202}
                                                                                    : Chip{10, 0x20, 0x00801200};
}

std::uint64_t number_in(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::uint64_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

MachineMap machine_map(Generation g) {
  if (g == Generation::Phb3) return {kP8Xscom, kXscomBytes, kP8Uart, kP8InterruptQueue};
  const auto xscom = arch::map_window(g, 0, arch::MapKind::Xscom);
  return {xscom->base, xscom->bytes, kLpcUart, kInterruptQueue};
}

Machine::Machine(const config::Config& config, const ppc::Image& image, const MachineOptions& options)
    : generation_(config.generation), map_(machine_map(config.generation)), memory_bytes_(config.memory.size) {
  if (image.end() + 2 * kBootAlign > memory_bytes_)
    throw UserError("the image ends at " + text::hex(image.end()) + ", memory.size is " + text::bytes(memory_bytes_));
  build_system(config);
  build_processor(config, image);
  wire();
  std::vector<std::string> names;
  for (const build::PhbGroup& g : system_->phbs()) names.push_back(g.spec.name);
  faults_ = std::make_unique<FaultPlanner>(
      system_->driver(), parse_faults(config.firmware.faults, "firmware.faults"), names,
      [this](const PlannedFault& fault, unsigned phb) { inject(fault, phb); });
  memory::SparseStore& store = system_->memory().store();
  image.load(store);
  boot_at_ = aligned(image.end(), kBootAlign);
  fill_boot_info(config, boot_at_ + kBootAlign);
  ppc::CpuState& state = cpu_->core().state();
  state.gpr[12] = image.r12;
  if (image.toc) state.gpr[2] = *image.toc;
  if (!options.boot_info) return;
  firmware::store(boot_, store, boot_at_);
  state.gpr[3] = boot_at_;
}

void Machine::build_system(const config::Config& config) {
  std::map<std::string, std::vector<const config::EndpointConfig*>> functions;
  for (const config::EndpointConfig& e : config.endpoints)
    if (e.workload == "program") functions[config.find_pe(e.pe)->phb].push_back(&e);
  const arch::PecLayout& layout = arch::pec_layout(generation_);
  const unsigned on_chip = arch::phb_of(layout, layout.pecs - 1, layout.stacks[layout.pecs - 1] - 1) + 1;
  phb_at_.assign(on_chip, -1);
  build::SystemSpec spec;
  spec.memory = config.memory;
  spec.pec_engines = config.pec_engines;
  spec.run_ahead = config.run.run_ahead;
  spec.extra_memory_ports = 1;
  for (const config::PhbConfig& p : config.phbs) {
    if (p.index >= on_chip || phb_at_[p.index] >= 0)
      throw UserError("phb." + p.name + ".index is " + std::to_string(p.index) + ": " +
                      (p.index < on_chip ? "another PHB has it" : "the chip has " + std::to_string(on_chip) + " PHBs"));
    phb_at_[p.index] = static_cast<int>(chip_index_.size());
    chip_index_.push_back(p.index);
    build::PhbSpec s = build::phb_spec_of(p);
    s.with_host = false;
    s.devices = s.mmio_devices = std::max<unsigned>(1, static_cast<unsigned>(functions[p.name].size()));
    s.phb.outbound = true;
    s.phb.options.link_speed = p.link.gen;
    s.phb.options.link_width = p.link.lanes;
    spec.phbs.push_back(std::move(s));
  }
  system_ = std::make_unique<build::System>(spec);
  for (unsigned i = 0; i < system_->phbs().size(); ++i) {
    build::PhbGroup& g = system_->phbs()[i];
    arch::PhbState& state = g.phb->state();
    state.power_on_reset();  // what build::System does for firmware is firmware's here
    state.set_memory(&system_->memory().store());
    slots_.push_back(std::make_unique<PciSlot>(*system_, g));
    for (const config::EndpointConfig* e : functions[g.spec.name])
      slots_.back()->add_function("ep_" + e->name, e->rid & 7, *arch::ioat::find_model(e->device));
    cards_.push_back({g.spec.link.gen, g.spec.link.lanes});
    if (slots_.back()->functions() == 0) {
      // The link's sockets want somebody; nobody is plugged in.
      slots_.back()->add_function("ep_none_" + g.spec.name, 0, arch::ioat::kModels[0]);
      absent_.push_back(i);
    } else {
      state.link().plug(cards_.back());
    }
    g.phb->follow_link();
  }
}

void Machine::build_processor(const config::Config& config, const ppc::Image& image) {
  const config::FirmwareConfig& f = config.firmware;
  ppc::CoreOptions core;
  core.pvr = chip_of(generation_).pvr;
  core.reset_pc = image.entry;
  if (image.order == ppc::ImageOrder::Little) core.reset_msr |= ppc::msr::kLe;
  cpu::CpuParams params;
  params.clock_mhz = f.cpu_mhz;
  params.timebase_mhz = f.timebase_mhz;
  cpu_ = std::make_unique<cpu::Cpu>("cpu", params, core);
  if (image.order == ppc::ImageOrder::Little) {
    // Interrupts are taken in the image's order: HID0.HILE.
    ppc::CpuState& state = cpu_->core().state();
    state.spr[ppc::spr::kHid0] |= generation_ == Generation::Phb3 ? ppc_bit(19) : ppc_bit(4);
  }
  const ppc::SymbolTable* symbols = &image.symbols;
  cpu_->set_symbolizer([symbols](std::uint64_t pc) { return symbols->lookup(pc); });
  cpu_->on_stop([this](const cpu::Cpu::Stop& stop) { return stopped(stop); });

  std::vector<arch::EtuPort*> etus;
  std::vector<phb::Phb*> phbs;
  for (const int at : phb_at_) {
    if (at < 0) {
      etus_.push_back(std::make_unique<phb::AbsentEtu>());
    } else {
      phbs.push_back(system_->phbs()[static_cast<unsigned>(at)].phb.get());
      etus_.push_back(std::make_unique<phb::PhbEtu>(*phbs.back()));
    }
    etus.push_back(etus_.back().get());
  }
  arch::PecOptions pec;
  // The firmware does no part of Hostboot's on POWER8, which leaves the PHBs out of reset.
  pec.after_hostboot = !f.hostboot || generation_ == Generation::Phb3;
  pec.lanes.fill(arch::LaneConfig::X8X4X4);  // every stack has lanes
  scom_ = std::make_unique<arch::Scom>(generation_, etus, pec);
  xscom_ = std::make_unique<phb::Xscom>("xscom", system_->driver(), *scom_, phbs, f.xscom_latency);
  fabric_ = std::make_unique<cpu::Fabric>("fabric", kFirstPhb + kOutsPerPhb * static_cast<unsigned>(phbs.size()));
  uart_ = std::make_unique<cpu::Uart16550>("uart");
  interrupts_ = std::make_unique<cpu::InterruptQueue>("interrupts");
}

void Machine::wire() {
  cpu_->fabric_out.bind(fabric_->cpu_in);
  fabric_->out(kMemory).bind(system_->extra_memory_port(0));
  fabric_->out(kXscom).bind(xscom_->fabric_in);
  fabric_->out(kUart).bind(uart_->fabric_in);
  fabric_->out(kInterrupts).bind(interrupts_->fabric_in);
  fabric_->add({0, memory_bytes_, kMemory, 0});
  fabric_->add({map_.xscom, map_.xscom_bytes, kXscom, 0});
  fabric_->add({map_.uart, cpu::Uart16550::kBytes, kUart, 0});
  fabric_->add({map_.interrupts, cpu::InterruptQueue::kBytes, kInterrupts, 0});
  fabric_->movable = [this](RealAddr addr, std::uint64_t bytes) { return phb_span(addr, bytes); };
  fabric_->on_access = [this](const auto& payload, RealAddr addr, const cpu::FabricSpan* span) {
    accessed(payload, addr, span);
  };
  for (unsigned i = 0; i < slots_.size(); ++i) {
    phb::Phb& p = *system_->phbs()[i].phb;
    const unsigned out = kFirstPhb + kOutsPerPhb * i;
    fabric_->out(out).bind(p.mmio_in);
    fabric_->out(out + 1).bind(p.esb_in());
    fabric_->out(out + 2).bind(p.window_in());
    p.on_notify = [this, i](const arch::Notification& n, Tick) { notified(n, i); };
  }
  uart_->on_character = [this](char c) { print(c); };
  interrupts_->on_line = [this](bool level) { cpu_->interrupt_in->set_interrupt(ppc::Line::External, level); };
  xscom_->on_answer = [this](std::uint64_t, bool ok) {
    std::uint64_t& hmer = cpu_->core().state().spr[ppc::spr::kHmer];
    hmer = (hmer & ~HmerStatus::kMask) | kHmerDone;
    if (!ok) hmer |= kHmerFailed | HmerStatus::make(kNoSuchScom);
  };
}

void Machine::fill_boot_info(const config::Config& config, RealAddr free) {
  const config::FirmwareConfig& f = config.firmware;
  const Chip chip = chip_of(generation_);
  boot_.chip = chip.number;
  boot_.chip_level = chip.level;
  boot_.memory_base = free;
  boot_.memory_bytes = std::min(memory_bytes_ - free, kFreeBytes);
  boot_.uart = map_.uart;
  boot_.xscom = map_.xscom;
  boot_.timebase_hz = std::uint64_t{f.timebase_mhz} * 1'000'000;
  boot_.job = number_in(kBootJobs, f.job);
  boot_.bug = number_in(kBootBugs, f.bug);
  boot_.flags = kBootCold;
  if (f.hostboot) boot_.flags |= kBootHostboot;
  if (f.quiet) boot_.flags |= kBootQuiet;
  if (f.page_kills) boot_.flags |= kBootPageKills;
  boot_.settle_divisor = f.settle_divisor;
  for (const PlannedFault& p : parse_faults(f.faults, "firmware.faults")) {
    if (p.kind == PlannedFault::Kind::Poison) boot_.platform_faults |= kBootPoison;
    if (p.kind == PlannedFault::Kind::LinkDown) boot_.platform_faults |= kBootLinkDown;
    if (p.kind == PlannedFault::Kind::ErrFatal) boot_.platform_faults |= kBootErrFatal;
  }
  const arch::PecLayout& layout = arch::pec_layout(generation_);
  for (unsigned i = 0; i < chip_index_.size(); ++i) {
    const unsigned index = chip_index_[i];
    BootPhb b;
    b.generation = generation_ == Generation::Phb3 ? 3 : generation_ == Generation::Phb4 ? 4 : 5;
    b.index = index;
    for (unsigned pec = 0; pec < layout.pecs; ++pec)
      for (unsigned stack = 0; stack < layout.stacks[pec]; ++stack)
        if (arch::phb_of(layout, pec, stack) == index) b.pec = pec, b.stack = stack;
    b.big = system_->phbs()[i].phb->state().facts().size == arch::PhbSize::Big ? 1 : 0;
    const auto window = [&](arch::MapKind kind) { return arch::map_window(generation_, 0, kind, index).value_or(arch::MapWindow{}); };
    b.registers = window(arch::MapKind::Registers).base;
    b.mmio64_base = window(arch::MapKind::Mmio64).base;
    b.mmio64_bytes = window(arch::MapKind::Mmio64).bytes;
    b.mmio32_base = window(arch::MapKind::Mmio32).base;
    b.mmio32_bytes = window(arch::MapKind::Mmio32).bytes;
    b.esb_base = window(arch::MapKind::Interrupts).base;
    b.notify_address = f.interrupts == "queue" ? map_.interrupts + cpu::InterruptQueue::kNotify : 0;
    b.notify_index = kNotifyIndexStep * index;
    b.max_speed = system_->phbs()[i].spec.link.gen;
    b.devices = std::find(absent_.begin(), absent_.end(), i) != absent_.end() ? 0 : slots_[i]->functions();
    boot_.phbs.push_back(b);
  }
}

}  // namespace phbsim::firmware
