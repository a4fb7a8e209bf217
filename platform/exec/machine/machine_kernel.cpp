// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/machine/machine_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/arch/faults.hpp"
#include "models/arch/iommufd/context.hpp"
#include "models/arch/tce.hpp"
#include "models/arch/vfio/container.hpp"
#include "models/base/bits.hpp"
#include "models/base/text.hpp"
#include "platform/config/spelling.hpp"
#include "platform/exec/report.hpp"
#include "platform/exec/tree.hpp"

namespace phbsim::exec {

namespace vfio = arch::vfio;
using arch::os::Errno;
using stats::Stat;

namespace {

constexpr const char* kPci = "/sys/bus/pci/devices/";
constexpr const char* kGroups = "/sys/kernel/iommu_groups/";
constexpr unsigned kMisc = 10;        ///< major number of misc devices
constexpr unsigned kVfioMinor = 196;  ///< /dev/vfio/vfio [F]
constexpr unsigned kIommuMinor = 124;
constexpr unsigned kGroupMajor = 240;   ///< dynamic on a real system
constexpr unsigned kDeviceMajor = 239;

arch::iommufd::Layer layer_of(const config::Config& config, const MachineOptions& options, Frames& frames) {
  arch::iommufd::Layer layer;
  layer.memory = &frames;
  layer.page_shift = options.host_page_shift;
  layer.compat = options.compat;
  layer.large_io_pages = config.vfio.large_io_pages;
  return layer;
}

vfio::Setup setup_of(const MachineOptions& options) {
  vfio::Setup setup;
  setup.personality = options.personality;
  setup.page_shift = options.host_page_shift;
  return setup;
}

std::string hex_line(std::uint32_t value, unsigned digits) { return fmt::format("0x{:0{}x}\n", value, digits); }

std::string counted(std::uint64_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

/// The number behind `prefix`, if the path is that.
std::optional<std::size_t> number_after(std::string_view path, std::string_view prefix) {
  if (path.substr(0, prefix.size()) != prefix || path.size() == prefix.size()) return std::nullopt;
  std::size_t n = 0;
  for (const char c : path.substr(prefix.size())) {
    if (c < '0' || c > '9' || n > 1'000'000) return std::nullopt;
    n = 10 * n + static_cast<std::size_t>(c - '0');
  }
  return n;
}

}  // namespace

MachineKernel::MachineKernel(const config::Config& config, const MachineOptions& options, Frames& frames)
    : layer_(layer_of(config, options, frames)),
      vfio_(setup_of(options)),
      machine_(config, options.host_page_shift, frames, vfio_) {
  if (!options.check) return;
  // Tables lie in the system's own region, data in the program's pages.
  const RealAddr end = std::max(frames.base() + frames.bytes(), build::System::kTableBase + build::System::kTableBytes);
  checking_ = std::make_unique<build::Checking>(machine_.system(), end);
  checking_->checker().where = [this] {
    arch::checker::Where w;
    w.at = checking_->now();
    w.place = process_ == 0 ? std::string(call_) : fmt::format("process {}, {}", process_, call_);
    if (command_ != 0) w.place += " " + name_of_ioctl(command_);
    return w;
  };
}

void MachineKernel::calling(long process, std::string_view what, std::uint32_t command) {
  process_ = process;
  call_ = what;
  command_ = command;
}

std::vector<std::string> MachineKernel::violations() {
  if (checking_ == nullptr) return {};
  calling(0, "the end of the program", 0);
  checking_->checker().run_ended();
  return checking_->report();
}

void MachineKernel::show(Tree& tree) {
  tree.own("/dev/vfio");
  tree.own("/sys/bus/pci");
  tree.own("/sys/kernel/iommu_groups");
  tree.own("/sys/class/iommu");
  tree.own("/sys/class/vfio-dev");
  for (const char* module : {"vfio", "vfio_pci", "vfio_iommu_spapr_tce"}) {
    tree.own(std::string("/sys/module/") + module);
    tree.folder(std::string("/sys/module/") + module);
  }
  Node node;
  node.major_number = kMisc;
  node.minor_number = kIommuMinor;
  tree.device("/dev/iommu", node);
  node.minor_number = kVfioMinor;
  node.mode = 0020666;
  tree.device("/dev/vfio/vfio", node);
  tree.folder("/sys/bus/pci/drivers/vfio-pci");
  for (std::size_t i = 0; i < machine_.groups().size(); ++i) {
    node.major_number = kGroupMajor;
    node.minor_number = static_cast<unsigned>(i);
    node.mode = 0020600;
    tree.device("/dev/vfio/" + std::to_string(i), node);
    tree.folder(kGroups + std::to_string(i) + "/devices");
    tree.file(kGroups + std::to_string(i) + "/type", "blocked\n");
    const auto& g = machine_.groups()[i];
    tree.file(kGroups + std::to_string(i) + "/name",
              fmt::format("domain{}-pe{:x}\n", g.group->iommu().phb().facts().name, g.group->pe()));
  }
  for (std::size_t i = 0; i < machine_.functions().size(); ++i) show_function(tree, machine_.functions()[i], i);
}

void MachineKernel::show_function(Tree& tree, const Machine::FunctionPart& f, std::size_t index) const {
  const std::string address = f.pci->address().text();
  const std::string at = kPci + address;
  const std::string group = std::to_string(f.group);
  const auto config = [&](unsigned offset, unsigned bytes) { return f.pci->config().read(offset, bytes); };
  namespace reg = arch::pci::reg;
  tree.file(at + "/vendor", hex_line(config(reg::kVendor, 2), 4));
  tree.file(at + "/device", hex_line(config(reg::kDevice, 2), 4));
  tree.file(at + "/subsystem_vendor", hex_line(config(reg::kSubVendor, 2), 4));
  tree.file(at + "/subsystem_device", hex_line(config(reg::kSubDevice, 2), 4));
  tree.file(at + "/class", hex_line(config(reg::kRevision, 4) >> 8, 6));
  tree.file(at + "/revision", hex_line(config(reg::kRevision, 1), 2));
  tree.file(at + "/numa_node", "0\n");
  tree.file(at + "/max_link_width", "16\n");
  tree.file(at + "/driver_override", "vfio-pci\n");
  tree.file(at + "/enable", "1\n");
  std::string space;
  for (unsigned i = 0; i < f.pci->config_bytes(); i += 4) {
    const std::uint32_t word = config(i, 4);
    for (unsigned b = 0; b < 4; ++b) space.push_back(static_cast<char>(word >> (8 * b)));
  }
  tree.file(at + "/config", space);
  std::string resources;
  for (unsigned i = 0; i < 7; ++i) {
    const arch::pci::Bar bar = i < arch::pci::kBars ? f.pci->bar(i) : arch::pci::Bar{};
    const std::uint64_t base = bar.bytes == 0 ? 0 : f.pci->config().bar_base(i);
    constexpr std::uint64_t kMemory = 0x200, k64 = 0x100000;  // IORESOURCE_MEM, IORESOURCE_MEM_64 [F]
    resources += fmt::format("0x{:016x} 0x{:016x} 0x{:016x}\n", base, bar.bytes == 0 ? 0 : base + bar.bytes - 1,
                             bar.bytes == 0 ? 0 : kMemory | 0x40000 | (bar.is_64 ? k64 : 0));
  }
  tree.file(at + "/resource", resources);
  tree.file(at + "/uevent", fmt::format("DRIVER=vfio-pci\nPCI_CLASS={:X}\nPCI_ID={:04X}:{:04X}\nPCI_SLOT_NAME={}\n",
                                        config(reg::kRevision, 4) >> 8, config(reg::kVendor, 2), config(reg::kDevice, 2), address));
  tree.link(at + "/iommu_group", "../../../../kernel/iommu_groups/" + group);
  tree.link(at + "/driver", "../../drivers/vfio-pci");
  tree.link(at + "/subsystem", "../..");
  tree.link(std::string("/sys/bus/pci/drivers/vfio-pci/") + address, "../../devices/" + address);
  tree.link(kGroups + group + "/devices/" + address, "../../../../bus/pci/devices/" + address);
  const std::string vfio_name = "vfio" + std::to_string(index);
  tree.file(at + "/vfio-dev/" + vfio_name + "/dev", fmt::format("{}:{}\n", kDeviceMajor, index));
  Node node;
  node.major_number = kDeviceMajor;
  node.minor_number = static_cast<unsigned>(index);
  node.mode = 0020600;
  tree.device("/dev/vfio/devices/" + vfio_name, node);
}

std::shared_ptr<arch::os::File> MachineKernel::open(std::string_view path, arch::os::Caller&) {
  if (path == "/dev/iommu") return arch::iommufd::Context::open(layer_);
  if (path == "/dev/vfio/vfio") return vfio::Container::open(vfio_);
  if (const auto i = number_after(path, "/dev/vfio/devices/vfio"); i && *i < machine_.functions().size()) {
    return machine_.functions()[*i].vfio->open_node();
  }
  if (const auto i = number_after(path, "/dev/vfio/"); i && *i < machine_.groups().size()) {
    return machine_.groups()[*i].node->open();
  }
  arch::os::fail(Errno::NoEnt, "there is no such device");
}

std::vector<std::string> MachineKernel::leaks() const {
  std::vector<std::string> out;
  for (const auto& g : machine_.groups()) {
    if (g.group->owner() != nullptr) out.push_back("pe." + g.pe + " still has an owner");
  }
  if (const std::uint64_t bytes = machine_.tables_left(); bytes != 0) {
    out.push_back(text::bytes(bytes) + " of TCE tables are still in use");
  }
  return out;
}

std::vector<std::string> MachineKernel::report() const {
  std::vector<std::string> out;
  for (const auto& p : machine_.phbs()) {
    const auto& tce = p.group->tce->stats();
    auto& phb = *p.group->phb;
    out.push_back(fmt::format("{} ({}): {} table doublewords stored, {} kills", p.group->spec.name,
                              phb.state().facts().name, p.sink->stores, p.sink->kills));
    out.push_back(fmt::format("  translations {}, hits {}, walks {}; faults {}", tce[Stat::TceLookups], tce[Stat::TceHits],
                              tce[Stat::TceWalks], phb.faults().size()));
    for (const TimedSink::WindowSeen& w : p.sink->windows) {
      const unsigned table = w.tve.bits_per_level + log2_floor(std::uint64_t{arch::kTceBytes});
      out.push_back(fmt::format("  window {} of PE {}, set {}: {} pages, {}, tables of {}", w.slot, w.pe,
                                counted(w.times, "time"), text::bytes(1ull << w.tve.page_shift),
                                counted(w.tve.levels, "level"), text::bytes(1ull << table)));
    }
    for (const auto& f : phb.faults()) {
      out.push_back(fmt::format("  at {} ns: {} of PE {}, {} at {}", f.at / kPsPerNs, arch::spec_of(f.record.fault).name,
                                f.record.pe, config::rid_text(f.record.rid), text::hex(f.record.addr)));
    }
  }
  return out;
}

}  // namespace phbsim::exec
