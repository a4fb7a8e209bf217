// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/pci_device.hpp"

#include <algorithm>
#include <utility>

#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/arch/vfio/device_file.hpp"
#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::vfio {

using abi::Cmd;
using os::Errno;
using os::fail;

namespace {

constexpr std::uint64_t kOffsetMask = (1ull << abi::kRegionShift) - 1;
constexpr unsigned region_of(std::uint64_t offset) {
  const std::uint64_t index = offset >> abi::kRegionShift;
  return index < abi::kRegions ? static_cast<unsigned>(index) : abi::kRegions;
}

}  // namespace

PciDevice::PciDevice(Host& host, pci::Function& function, GroupNode& node, ResetSet* together)
    : host_(host), function_(function), node_(node), together_(together), name_(function.address().text()) {
  node_.add(*this);
  if (together_ != nullptr) together_->devices.push_back(this);
}

PciDevice::~PciDevice() {
  PHBSIM_ASSERT(opens_ == 0);
  node_.remove(*this);
  if (together_ != nullptr) {
    auto& all = together_->devices;
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
  }
}

bool PciDevice::matches(const std::string& name) const {
  if (name.compare(0, name_.size(), name_) != 0) return false;
  if (name.size() == name_.size()) return true;
  if (name[name_.size()] != ' ') return false;
  // After the name come options: spaces are none, a VF token needs a virtual function.
  if (name.find_first_not_of(' ', name_.size()) != std::string::npos) fail(Errno::Inval, "the device has no such option");
  return true;
}

std::shared_ptr<os::File> PciDevice::open_node() {
  return call([&] { return std::make_shared<DeviceFile>(*this, nullptr); });
}

std::shared_ptr<os::File> PciDevice::open_in_group(GroupFile& group) {
  auto file = std::make_shared<DeviceFile>(*this, group.shared_from_this());
  file->open();
  return file;
}

// -- open and close ---------------------------------------------------------------------------------

void PciDevice::open(GroupFile* group, iommufd::Context* context) {
  if (opens_ != 0) {
    if (group == nullptr) fail(Errno::Inval, "the device is open");
    ++opens_;
    return;
  }
  if (context != nullptr) {
    std::unique_ptr<iommufd::BoundDevice> bound = context->bind(function_.device());
    if (group != nullptr) bound->attach(context->compat_ioas().id());
    enable();
    bound_ = std::move(bound);
  } else {
    group->use();
    try {
      enable();
    } catch (...) {
      group->unuse();
      throw;
    }
  }
  by_node_ = group == nullptr;
  opens_ = 1;
}

void PciDevice::close(GroupFile* group) noexcept {
  if (--opens_ != 0) return;
  const os::NoFail going;
  disable();
  if (bound_ != nullptr) {
    bound_.reset();
  } else {
    group->unuse();
  }
}

void PciDevice::clear_master() {
  const std::uint32_t command = function_.read_config(pci::reg::kCommand, 2);
  function_.write_config(pci::reg::kCommand, 2, command & ~std::uint32_t{pci::kCommandMaster});
}

void PciDevice::enable() {
  clear_master();
  std::uint32_t command = function_.read_config(pci::reg::kCommand, 2);
  for (unsigned i = 0; i < pci::kBars; ++i) {
    const pci::Bar bar = function_.bar(i);
    if (bar.bytes != 0) command |= bar.io ? pci::kCommandIo : pci::kCommandMemory;
  }
  command &= ~std::uint32_t{pci::kCommandIntxDisable};
  function_.write_config(pci::reg::kCommand, 2, command);
  reset();
  try {
    config_.emplace(function_, VirtualConfig::Events{
        [this](bool disabled) { if (irqs_) irqs_->command_intx_disable(disabled); }, [this] { reset(); }});
    irqs_.emplace(function_, *config_);
  } catch (...) {
    config_.reset();
    throw;
  }
  msix_ = {};
  if (const unsigned at = config_->find(pci::kCapMsix)) {
    const std::uint32_t table = function_.read_config(at + pci::reg::kMsixTable, 4);
    const std::uint64_t first = table & ~7u;
    msix_ = {table & 7, first, first + 16ull * irqs_->count(abi::kIrqMsix)};
  }
  low_power_ = false;
}

void PciDevice::disable() noexcept {
  clear_master();
  irqs_.reset();
  config_.reset();
  if (function_.can_reset()) reset();
  clear_master();
}

std::vector<std::uint32_t> PciDevice::save_config() {
  std::vector<std::uint32_t> saved;
  for (unsigned at = 0; at < pci::reg::kStandardEnd; at += 4) saved.push_back(function_.read_config(at, 4));
  return saved;
}

void PciDevice::restore_config(const std::vector<std::uint32_t>& saved) {
  // Command comes last; Status, in its upper half, is written with nothing.
  for (unsigned at = pci::reg::kBar0; at < pci::reg::kStandardEnd; at += 4) {
    if (function_.read_config(at, 4) != saved[at / 4]) function_.write_config(at, 4, saved[at / 4]);
  }
  function_.write_config(pci::reg::kCacheLine, 2, saved[pci::reg::kCacheLine / 4] & 0xFFFF);
  function_.write_config(pci::reg::kCommand, 2, saved[pci::reg::kCommand / 4] & 0xFFFF);
}

void PciDevice::reset() {
  if (!function_.can_reset()) return;
  const std::vector<std::uint32_t> saved = save_config();
  const os::NoFail from_here;
  function_.write_config(pci::reg::kCommand, 2, pci::kCommandIntxDisable);
  function_.reset();
  restore_config(saved);
  if (irqs_) irqs_->restore();
}

// -- commands ---------------------------------------------------------------------------------------

std::int64_t PciDevice::ioctl(os::Caller& caller, Cmd cmd, std::uint64_t arg) {
  switch (cmd) {
    case Cmd::DeviceGetInfo: get_info(caller, arg); return 0;
    case Cmd::DeviceGetRegionInfo: get_region_info(caller, arg); return 0;
    case Cmd::DeviceGetIrqInfo: get_irq_info(caller, arg); return 0;
    case Cmd::DeviceSetIrqs: irqs_->set(caller, arg); return 0;
    case Cmd::DeviceReset:
      if (!function_.can_reset()) fail(Errno::Inval, "the device cannot be reset by itself");
      reset();
      return 0;
    case Cmd::DeviceFeature: feature(caller, arg); return 0;
    case Cmd::DeviceHotResetInfo: hot_reset_info(caller, arg); return 0;
    case Cmd::DeviceHotReset: hot_reset(caller, arg); return 0;
    default: fail(Errno::NoTty, "the device has no such command");
  }
}

void PciDevice::get_info(os::Caller& caller, std::uint64_t arg) {
  auto info = copy_args<abi::DeviceInfo>(caller, arg, abi::least(Cmd::DeviceGetInfo));
  info.flags = abi::DeviceInfo::kPci | (function_.can_reset() ? abi::DeviceInfo::kReset : 0);
  info.num_regions = abi::kRegions;
  info.num_irqs = abi::kIrqs;
  info.cap_offset = 0;
  caller.copy_out(arg, &info, std::min<std::size_t>(info.argsz, sizeof info));
}

bool PciDevice::mappable(unsigned index) const {
  if (!host_.setup().mmap_bars || index >= pci::kBars) return false;
  const pci::Bar bar = function_.bar(index);
  if (bar.bytes == 0 || bar.io) return false;
  // A part of a page can be given away only if the BAR begins the page.
  if (bar.bytes >= 1ull << host_.setup().page_shift) return true;
  return (function_.read_config(pci::reg::kBar0 + 4 * index, 4) & low_mask(host_.setup().page_shift) & ~15ull) == 0;
}

void PciDevice::get_region_info(os::Caller& caller, std::uint64_t arg) {
  auto info = copy_args<abi::RegionInfo>(caller, arg, abi::least(Cmd::DeviceGetRegionInfo));
  if (info.index >= abi::kRegions || info.index == abi::kRegionVga) fail(Errno::Inval, "the device has no such region");
  info.offset = std::uint64_t{info.index} << abi::kRegionShift;
  info.size = 0;
  info.flags = 0;
  info.cap_offset = 0;
  bool with_cap = false;
  if (info.index == abi::kRegionConfig) {
    info.size = config_->bytes();
  } else if (info.index < pci::kBars) {
    info.size = function_.bar(info.index).bytes;
  }
  if (info.size != 0) info.flags = abi::RegionInfo::kRead | abi::RegionInfo::kWrite;
  if (mappable(info.index)) {
    info.flags |= abi::RegionInfo::kMmap;
    with_cap = info.index == msix_.bar;
  }
  const std::uint32_t argsz = info.argsz;
  if (with_cap) {
    const abi::InfoCap cap{abi::kCapMsixMappable, 1, 0};
    info.flags |= abi::RegionInfo::kCaps;
    info.argsz = sizeof info + sizeof cap;
    if (argsz >= info.argsz) {
      caller.copy_out(arg + sizeof info, &cap, sizeof cap);
      info.cap_offset = sizeof info;
      info.argsz = argsz;
    }
  }
  caller.copy_out(arg, &info, sizeof info);
}

void PciDevice::get_irq_info(os::Caller& caller, std::uint64_t arg) {
  auto info = copy_args<abi::IrqInfo>(caller, arg, abi::least(Cmd::DeviceGetIrqInfo));
  irqs_->info(info);
  caller.copy_out(arg, &info, sizeof info);
}

void PciDevice::feature(os::Caller& caller, std::uint64_t arg) {
  using abi::DeviceFeature;
  const auto args = copy_args<DeviceFeature>(caller, arg, abi::least(Cmd::DeviceFeature));
  const std::uint32_t ops = args.flags & (DeviceFeature::kGet | DeviceFeature::kSet);
  const bool probe = (args.flags & DeviceFeature::kProbe) != 0;
  if ((args.flags & ~(DeviceFeature::kIndexMask | DeviceFeature::kProbe | DeviceFeature::kGet | DeviceFeature::kSet)) != 0 ||
      (!probe && ops == (DeviceFeature::kGet | DeviceFeature::kSet))) {
    fail(Errno::Inval, "DEVICE_FEATURE gets or sets");
  }
  const std::uint32_t index = args.flags & DeviceFeature::kIndexMask;
  if (index != abi::kFeatureLowPowerEntry && index != abi::kFeatureLowPowerExit) {
    fail(Errno::NoTty, "the device has no such feature");
  }
  if ((ops & DeviceFeature::kGet) != 0) fail(Errno::Inval, "the feature can only be set");
  if (probe) return;
  if (ops == 0) fail(Errno::Inval, "DEVICE_FEATURE gets or sets");
  const bool entry = index == abi::kFeatureLowPowerEntry;
  if (entry && low_power_) fail(Errno::Inval, "the device is allowed low power already");
  low_power_ = entry;
}

// -- bus reset --------------------------------------------------------------------------------------

std::vector<PciDevice*> PciDevice::reset_together() {
  return together_ != nullptr ? together_->devices : std::vector<PciDevice*>{this};
}

std::uint32_t PciDevice::devid_in(const iommufd::Context& context) const {
  if (bound_ != nullptr && &bound_->context() == &context) return bound_->id();
  return context.has_group(*node_.group().group) ? abi::kDevidOwned : abi::kDevidNotOwned;
}

void PciDevice::hot_reset_info(os::Caller& caller, std::uint64_t arg) {
  auto head = copy_args<abi::HotResetInfo>(caller, arg, abi::least(Cmd::DeviceHotResetInfo));
  const std::vector<PciDevice*> all = reset_together();
  head.flags = 0;
  const bool fits = all.size() <= (head.argsz - sizeof head) / sizeof(abi::HotResetDevice);
  head.count = static_cast<std::uint32_t>(all.size());
  if (!fits) {
    caller.copy_out(arg, &head, sizeof head);
    fail(Errno::NoSpc, "argsz is less than the list of devices needs");
  }
  std::vector<abi::HotResetDevice> list;
  if (by_node_) head.flags = abi::HotResetInfo::kDevId | abi::HotResetInfo::kDevIdOwned;
  for (const PciDevice* d : all) {
    const pci::Address address = d->function_.address();
    const std::uint32_t id = by_node_ ? d->devid_in(bound_->context()) : d->node_.group().group->id();
    if (by_node_ && id == abi::kDevidNotOwned) head.flags &= ~abi::HotResetInfo::kDevIdOwned;
    list.push_back({id, address.segment, address.bus, address.devfn});
  }
  caller.copy_out(arg + sizeof head, list.data(), list.size() * sizeof list[0]);
  caller.copy_out(arg, &head, sizeof head);
}

void PciDevice::hot_reset(os::Caller& caller, std::uint64_t arg) {
  const auto head = copy_args<abi::HotReset>(caller, arg, abi::least(Cmd::DeviceHotReset));
  if (head.flags != 0) fail(Errno::Inval, "PCI_HOT_RESET has no flags");
  if ((head.count != 0) == by_node_) fail(Errno::Inval, "groups are named for devices opened through groups, only");
  const std::vector<PciDevice*> all = reset_together();
  if (head.count > all.size()) fail(Errno::Inval, "there are fewer groups than that");
  std::vector<std::shared_ptr<os::File>> files;
  std::vector<std::int32_t> fds(head.count);
  caller.copy_in(arg + sizeof head, fds.data(), fds.size() * sizeof(std::int32_t));
  for (const std::int32_t fd : fds) {
    files.push_back(caller.files->get(fd));
    if (files.back() == nullptr) fail(Errno::BadF, "a group's descriptor is closed");
    if (dynamic_cast<GroupFile*>(files.back().get()) == nullptr) fail(Errno::Inval, "a descriptor is no group");
  }
  for (const PciDevice* d : all) {
    const bool owned = by_node_ ? d->devid_in(bound_->context()) != abi::kDevidNotOwned
                                : std::any_of(files.begin(), files.end(), [&](const auto& file) {
                                    return &static_cast<GroupFile&>(*file).node() == &d->node_;
                                  });
    if (!owned) fail(Errno::Inval, "the reset would take devices of others");
  }
  for (PciDevice* d : all) d->reset();
}

// -- regions ----------------------------------------------------------------------------------------

template <typename Piece, typename Skip>
void PciDevice::for_each_piece(unsigned bar, std::uint64_t at, std::size_t n, Piece&& piece, Skip&& skip) const {
  const bool has_table = bar == msix_.bar;
  for (std::size_t done = 0; done < n;) {
    const std::uint64_t here = at + done;
    std::uint64_t left = n - done;
    if (has_table && here >= msix_.first && here < msix_.end) {
      const auto hidden = static_cast<std::size_t>(std::min(left, msix_.end - here));
      skip(done, hidden);
      done += hidden;
      continue;
    }
    if (has_table && here < msix_.first) left = std::min(left, msix_.first - here);
    std::size_t bytes = 8;
    while (bytes > left || (here & (bytes - 1)) != 0) bytes /= 2;
    piece(here, done, bytes);
    done += bytes;
  }
}

std::size_t PciDevice::clip(unsigned index, std::uint64_t at, std::size_t n) const {
  if (index >= pci::kBars) fail(Errno::Inval, "the device has no such region");
  const pci::Bar bar = function_.bar(index);
  if (at >= bar.bytes) fail(Errno::Inval, "the region ends before that");
  if (!bar.io && !config_->memory_enabled()) fail(Errno::Io, "memory of the device is not enabled");
  return static_cast<std::size_t>(std::min<std::uint64_t>(n, bar.bytes - at));
}

std::size_t PciDevice::read(unsigned char* out, std::size_t n, std::uint64_t offset) {
  const unsigned index = region_of(offset);
  const std::uint64_t at = offset & kOffsetMask;
  if (index == abi::kRegionConfig) {
    if (at > config_->bytes() || n > config_->bytes() - at) fail(Errno::Fault, "configuration space ends before that");
    config_->read(static_cast<unsigned>(at), out, n);
    return n;
  }
  n = clip(index, at, n);
  for_each_piece(index, at, n,
                 [&](std::uint64_t here, std::size_t done, std::size_t bytes) { function_.read_bar(index, here, out + done, bytes); },
                 [&](std::size_t done, std::size_t bytes) { std::fill_n(out + done, bytes, static_cast<unsigned char>(0xFF)); });
  return n;
}

std::size_t PciDevice::write(const unsigned char* in, std::size_t n, std::uint64_t offset) {
  const unsigned index = region_of(offset);
  const std::uint64_t at = offset & kOffsetMask;
  if (index == abi::kRegionConfig) {
    if (at > config_->bytes() || n > config_->bytes() - at) fail(Errno::Fault, "configuration space ends before that");
    config_->write(static_cast<unsigned>(at), in, n);
    return n;
  }
  n = clip(index, at, n);
  for_each_piece(index, at, n,
                 [&](std::uint64_t here, std::size_t done, std::size_t bytes) { function_.write_bar(index, here, in + done, bytes); },
                 [](std::size_t, std::size_t) {});
  return n;
}

os::Mapping PciDevice::mmap(std::uint64_t offset, std::uint64_t length) {
  const unsigned index = region_of(offset);
  if (!mappable(index)) fail(Errno::Inval, "the region cannot be mapped");
  const std::uint64_t room = align_up(function_.bar(index).bytes, 1ull << host_.setup().page_shift);
  const std::uint64_t at = offset & kOffsetMask;
  if (at > room || length > room - at) fail(Errno::Inval, "the region ends before the mapping does");
  os::Mapping mapping;
  mapping.kind = os::Mapping::Kind::Registers;
  mapping.offset = offset;
  mapping.length = length;
  return mapping;
}

}  // namespace phbsim::arch::vfio
