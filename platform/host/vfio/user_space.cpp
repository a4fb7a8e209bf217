// SPDX-License-Identifier: Apache-2.0
#include "platform/host/vfio/user_space.hpp"

#include "models/base/bits.hpp"
#include "models/base/check.hpp"
#include "platform/host/vfio/stacks.hpp"

namespace phbsim::host {

namespace power = arch::power_iommu;

struct UserSpace::Impl {
  struct Phb {
    std::unique_ptr<MachineEffects> effects;
    std::unique_ptr<power::PowerIommu> iommu;
  };
  struct Pe {
    power::PowerGroup* group = nullptr;
    std::unique_ptr<power::PowerDevice> device;
    std::unique_ptr<UserPe> process;
  };

  Impl(bool by_iommufd, const VfioParams& params, arch::MemoryView& view, std::uint64_t bytes, arch::TableRegion& tables)
      : iommufd(by_iommufd),
        memory(view),
        region(tables),
        machine{params, bytes, layer_of(params, view), arch::vfio::Host(setup_of(params)), {}} {}

  static arch::iommufd::Layer layer_of(const VfioParams& params, arch::MemoryView& memory) {
    arch::iommufd::Layer layer;
    layer.memory = &memory;
    layer.page_shift = log2_floor(params.page_size);
    layer.huge_shift = std::max(21u, layer.page_shift);
    layer.large_io_pages = params.large_io_pages;
    return layer;
  }
  static arch::vfio::Setup setup_of(const VfioParams& params) {
    arch::vfio::Setup setup;
    setup.page_shift = log2_floor(params.page_size);
    return setup;
  }

  bool iommufd;
  arch::MemoryView& memory;
  arch::TableRegion& region;
  UserMachine machine;
  std::vector<Phb> phbs;
  std::vector<Pe> pes;  // destroyed before the PHBs' drivers
};

UserSpace::UserSpace(const std::string& stack, const VfioParams& params, arch::MemoryView& memory,
                     std::uint64_t memory_bytes, arch::TableRegion& region)
    : impl_(std::make_unique<Impl>(stack == "iommufd", params, memory, memory_bytes, region)) {}

UserSpace::~UserSpace() {
  // Processes exit in order, then their devices go.
  for (Impl::Pe& pe : impl_->pes) pe.process.reset();
}

void UserSpace::add_phb(arch::PhbState& state) {
  Impl::Phb p;
  p.effects = std::make_unique<MachineEffects>(impl_->machine.effects, state, impl_->memory);
  power::PowerIommuOptions options;
  options.host_page_shift = impl_->machine.layer.page_shift;
  options.memory_bytes = impl_->machine.memory_bytes;
  options.large_io_pages = impl_->machine.params.large_io_pages;
  // The kernel itself leaves the devices alone: its windows would only take table memory.
  options.host_window = false;
  const power::TableMemory tables{impl_->region, impl_->memory, *p.effects};
  p.iommu = std::make_unique<power::PowerIommu>(state, tables, *p.effects, options);
  impl_->phbs.push_back(std::move(p));
}

std::uint32_t UserSpace::add_pe(unsigned phb, PeNumber number, Rid rid, const std::vector<UserWindow>& windows, unsigned used) {
  power::PowerIommu& iommu = *impl_->phbs.at(phb).iommu;
  const auto id = static_cast<std::uint32_t>(impl_->pes.size());
  Impl::Pe pe;
  try {
    pe.group = &iommu.add_pe(id, number);
    pe.device = std::make_unique<power::PowerDevice>("pe" + std::to_string(number), *pe.group, rid);
    auto memory = std::make_shared<UserMemory>(impl_->memory, impl_->machine.memory_bytes, impl_->machine.layer.page_shift);
    pe.process = impl_->iommufd ? make_iommufd_pe(impl_->machine, *pe.device, std::move(memory), windows, used)
                                : make_spapr_pe(impl_->machine, *pe.device, std::move(memory), windows);
  } catch (const arch::os::SysError& e) {
    throw UserError("the kernel answers " + std::string(arch::os::name_of(e.code())) + ": " + e.what());
  }
  impl_->pes.push_back(std::move(pe));
  return id;
}

UserMappings& UserSpace::mappings(std::uint32_t pe, unsigned window) {
  return impl_->pes.at(pe).process->mappings(window);
}

std::uint64_t UserSpace::table_bytes() const {
  std::uint64_t bytes = 0;
  for (const Impl::Pe& pe : impl_->pes)
    for (const auto& w : pe.group->setting().windows) bytes += w == nullptr ? 0 : w->table_bytes();
  return bytes;
}

DriverIovas::DriverIovas(const std::string& allocator, const UserWindow& window, unsigned granule_shift)
    : start_(window.start),
      granule_shift_(granule_shift),
      first_(window.start == 0 ? 1 : 0),
      pages_(make_named<arch::IovaAllocator, std::uint64_t>(arch::kIovaAllocators, allocator,
                                                            (window.bytes >> granule_shift) - first_)) {}

BusAddr DriverIovas::allocate(std::uint64_t bytes) {
  const auto piece = pages_->allocate(bytes >> granule_shift_);
  if (!piece) arch::os::fail(arch::os::Errno::NoSpc, "the window has no free pages in a row");
  return start_ + ((first_ + *piece) << granule_shift_);
}

void DriverIovas::release(BusAddr iova, std::uint64_t bytes) {
  pages_->release(((iova - start_) >> granule_shift_) - first_, bytes >> granule_shift_);
}

}  // namespace phbsim::host
