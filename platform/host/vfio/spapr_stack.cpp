// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/abi.hpp"
#include "models/arch/vfio/container.hpp"
#include "models/arch/vfio/group.hpp"
#include "models/base/bits.hpp"
#include "platform/host/vfio/stacks.hpp"

namespace phbsim::host {

namespace {

namespace vfio = arch::vfio;
namespace abi = arch::vfio::abi;
namespace power = arch::power_iommu;
using abi::Cmd;

/// Stands for the PE's devices: its descriptor would only be used for registers.
class NoDevice final : public vfio::GroupDevice {
 public:
  bool matches(const std::string&) const override { return false; }
  std::shared_ptr<arch::os::File> open_in_group(vfio::GroupFile&) override { return nullptr; }
};

class SpaprPe final : public UserPe {
 public:
  SpaprPe(UserMachine& machine, power::PowerDevice& device, std::shared_ptr<UserMemory> memory,
          const std::vector<UserWindow>& windows)
      : machine_(machine),
        process_(std::move(memory)),
        node_({&device.power_group(), &device.power_group(), &device.power_group()}) {
    node_.add(device_);
    container_ = process_.install(vfio::Container::open(machine.vfio));
    group_ = process_.install(node_.open());
    std::int32_t fd = container_;
    process_.ioctl(group_, abi::word(Cmd::GroupSetContainer), fd);
    process_.ioctl_value(container_, abi::word(Cmd::SetIommu), abi::kSpaprTceV2);
    abi::SpaprRegisterMemory all{sizeof all, 0, UserMemory::kBase, machine.memory_bytes};
    process_.ioctl(container_, abi::word(Cmd::SpaprRegisterMemory), all);
    make_windows(windows);
    for (const UserWindow& w : windows) {
      mappings_.push_back(std::make_unique<Mappings>(*this, w));
      if (w.map_all) map(w.start, 0, align_up(machine.memory_bytes, 1ull << w.page_shift), true, true);
    }
  }
  ~SpaprPe() override {
    process_.close(group_);
    process_.close(container_);
  }

  UserMappings& mappings(unsigned window) override { return *mappings_.at(window); }

 private:
  class Mappings final : public UserMappings {
   public:
    Mappings(SpaprPe& pe, const UserWindow& window)
        : pe_(pe), window_(window), iovas_(pe.machine_.params.iova, window, window.page_shift) {}

    std::uint64_t pinned_by(RealAddr, std::uint64_t) const override { return 0; }  // registered before
    BusAddr map(RealAddr real, std::uint64_t bytes, bool device_reads, bool device_writes, MappingWork& work) override {
      const PageSpan s = span_of(real, bytes, window_.page_shift);
      const BusAddr iova = iovas_.allocate(s.bytes);
      pe_.machine_.effects.begin(work.effects);
      try {
        pe_.map(iova, s.first, s.bytes, device_reads, device_writes);
      } catch (...) {
        pe_.machine_.effects.end();
        iovas_.release(iova, s.bytes);
        throw;
      }
      pe_.machine_.effects.end();
      work.ioctls = 1;
      return iova + s.lead;  // nothing is pinned: the memory is registered
    }
    void unmap(BusAddr iova, std::uint64_t bytes, MappingWork& work) override {
      const PageSpan s = span_of(iova, bytes, window_.page_shift);
      pe_.unmap(s.first, s.bytes, work);
      work.ioctls = 1;
    }
    void settled(BusAddr iova, std::uint64_t bytes) override {
      const PageSpan s = span_of(iova, bytes, window_.page_shift);
      iovas_.release(s.first, s.bytes);
    }
    void unmap_all(MappingWork& work) override {
      pe_.unmap(window_.start, window_.bytes, work);
      iovas_ = DriverIovas(pe_.machine_.params.iova, window_, window_.page_shift);
      work.ioctls = 1;
    }
    bool serial() const override { return true; }

   private:
    SpaprPe& pe_;
    UserWindow window_;
    DriverIovas iovas_;
  };

  /// The default window gives way to one of ours at 0; for a high one alone it stays, as slot 0 has to be taken.
  void make_windows(const std::vector<UserWindow>& windows) {
    const bool low = !windows.empty() && windows.front().start == 0;
    if (low) {
      abi::SpaprTceRemove r{sizeof r, 0, 0};
      process_.ioctl(container_, abi::word(Cmd::SpaprTceRemove), r);
    }
    for (const UserWindow& w : windows) {
      abi::SpaprTceCreate c{};
      c.argsz = sizeof c;
      c.page_shift = w.page_shift;
      c.window_size = w.bytes;
      c.levels = w.levels;
      process_.ioctl(container_, abi::word(Cmd::SpaprTceCreate), c);
      if (c.start_addr != w.start) {
        arch::os::fail(arch::os::Errno::Inval, "SPAPR_TCE_CREATE has put the window elsewhere");
      }
    }
  }
  void map(BusAddr iova, RealAddr real, std::uint64_t bytes, bool reads, bool writes) {
    abi::DmaMap m{};
    m.argsz = sizeof m;
    m.flags = (reads ? abi::kMapRead : 0) | (writes ? abi::kMapWrite : 0);
    m.vaddr = UserMemory::kBase + real;
    m.iova = iova;
    m.size = bytes;
    process_.ioctl(container_, abi::word(Cmd::MapDma), m);
  }
  void unmap(BusAddr iova, std::uint64_t bytes, MappingWork& work) {
    abi::DmaUnmap u{sizeof u, 0, iova, bytes};
    machine_.effects.begin(work.effects);
    try {
      process_.ioctl(container_, abi::word(Cmd::UnmapDma), u);
    } catch (...) {
      machine_.effects.end();
      throw;
    }
    machine_.effects.end();
  }

  UserMachine& machine_;
  UserProcess process_;
  NoDevice device_;
  vfio::GroupNode node_;
  int container_ = -1;
  int group_ = -1;
  std::vector<std::unique_ptr<Mappings>> mappings_;
};

}  // namespace

std::unique_ptr<UserPe> make_spapr_pe(UserMachine& machine, power::PowerDevice& device,
                                      std::shared_ptr<UserMemory> memory, const std::vector<UserWindow>& windows) {
  return std::make_unique<SpaprPe>(machine, device, std::move(memory), windows);
}

}  // namespace phbsim::host
