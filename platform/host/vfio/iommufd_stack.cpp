// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/abi.hpp"
#include "models/arch/iommufd/context.hpp"
#include "models/arch/iommufd/device.hpp"
#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/power_iommu/uapi.hpp"
#include "models/base/bits.hpp"
#include "platform/host/vfio/stacks.hpp"

namespace phbsim::host {

namespace {

namespace abi = arch::iommufd::abi;
namespace power = arch::power_iommu;
using arch::iommufd::Context;
using Command = std::uint32_t;

constexpr Command kIoasAlloc = abi::word(0x81);
constexpr Command kAllowIovas = abi::word(0x82);
constexpr Command kMap = abi::word(0x85);
constexpr Command kUnmap = abi::word(0x86);
constexpr Command kHwptAlloc = abi::word(0x89);

class IommufdPe final : public UserPe {
 public:
  IommufdPe(UserMachine& machine, power::PowerDevice& device, std::shared_ptr<UserMemory> memory,
            const std::vector<UserWindow>& windows, unsigned used)
      : machine_(machine), process_(std::move(memory)) {
    context_ = Context::open(machine.layer);
    fd_ = process_.install(context_);
    bound_ = context_->bind(device);
    abi::IoasAlloc ioas{};
    ioas.size = sizeof ioas;
    process_.ioctl(fd_, kIoasAlloc, ioas);
    ioas_ = ioas.out_ioas_id;
    bound_->attach(alloc_hwpt(windows));
    const bool kernel = machine.params.iova == "kernel";
    if (kernel) allow(windows.at(used));
    for (const UserWindow& w : windows) {
      mappings_.push_back(std::make_unique<Mappings>(*this, w, kernel));
      if (w.map_all) map_fixed(w.start, 0, machine.memory_bytes, true, true);
    }
  }
  ~IommufdPe() override {
    bound_.reset();
    process_.close(fd_);
  }

  UserMappings& mappings(unsigned window) override { return *mappings_.at(window); }

 private:
  class Mappings final : public UserMappings {
   public:
    Mappings(IommufdPe& pe, const UserWindow& window, bool kernel) : pe_(pe), window_(window) {
      if (!kernel) renew();
    }

    std::uint64_t pinned_by(RealAddr real, std::uint64_t bytes) const override {
      return span_of(real, bytes, granule()).bytes >> pe_.machine_.layer.page_shift;
    }
    BusAddr map(RealAddr real, std::uint64_t bytes, bool device_reads, bool device_writes, MappingWork& work) override {
      const PageSpan s = span_of(real, bytes, granule());
      const BusAddr fixed = iovas_ == nullptr ? 0 : iovas_->allocate(s.bytes);
      pe_.machine_.effects.begin(work.effects);
      BusAddr iova = 0;
      try {
        iova = iovas_ == nullptr ? pe_.map_anywhere(s.first, s.bytes, device_reads, device_writes)
                                 : pe_.map_fixed(fixed, s.first, s.bytes, device_reads, device_writes);
      } catch (...) {
        pe_.machine_.effects.end();
        if (iovas_ != nullptr) iovas_->release(fixed, s.bytes);
        throw;
      }
      pe_.machine_.effects.end();
      work.ioctls = 1;
      work.pages = s.bytes >> pe_.machine_.layer.page_shift;
      return iova + s.lead;
    }
    void unmap(BusAddr iova, std::uint64_t bytes, MappingWork& work) override {
      const PageSpan s = span_of(iova, bytes, granule());
      pe_.machine_.effects.begin(work.effects);
      abi::IoasUnmap u{};
      u.size = sizeof u;
      u.ioas_id = pe_.ioas_;
      u.iova = s.first;
      u.length = s.bytes;
      try {
        pe_.process_.ioctl(pe_.fd_, kUnmap, u);
      } catch (...) {
        pe_.machine_.effects.end();
        throw;
      }
      pe_.machine_.effects.end();
      // In the kernel the area goes after the kill; until then nobody gets its addresses.
      if (iovas_ == nullptr) pe_.ioas().hold(tag(s.first), {s.first, s.first + (s.bytes - 1)});
      work.ioctls = 1;
      work.pages = s.bytes >> pe_.machine_.layer.page_shift;
    }
    void settled(BusAddr iova, std::uint64_t bytes) override {
      const PageSpan s = span_of(iova, bytes, granule());
      if (iovas_ == nullptr) {
        pe_.ioas().unreserve(tag(s.first));
      } else {
        iovas_->release(s.first, s.bytes);
      }
    }
    void unmap_all(MappingWork& work) override {
      pe_.machine_.effects.begin(work.effects);
      abi::IoasUnmap u{};
      u.size = sizeof u;
      u.ioas_id = pe_.ioas_;
      u.length = ~0ull;
      pe_.process_.ioctl(pe_.fd_, kUnmap, u);
      pe_.machine_.effects.end();
      if (iovas_ != nullptr) renew();
      work.ioctls = 1;
      work.pages = u.length >> pe_.machine_.layer.page_shift;
    }
    bool serial() const override { return false; }

   private:
    /// I/O pages and host pages, whichever are larger: what a driver rounds its buffers to.
    unsigned granule() const { return std::max(window_.page_shift, pe_.machine_.layer.page_shift); }
    void renew() { iovas_ = std::make_unique<DriverIovas>(pe_.machine_.params.iova, window_, granule()); }
    /// An owner of a reservation is told by an address that nothing else has.
    static const void* tag(BusAddr iova) { return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(iova) | 1); }

    IommufdPe& pe_;
    UserWindow window_;
    std::unique_ptr<DriverIovas> iovas_;
  };

  arch::iommufd::Ioas& ioas() { return context_->objects().get<arch::iommufd::IoasObject>(ioas_).ioas(); }

  std::uint32_t alloc_hwpt(const std::vector<UserWindow>& windows) {
    power::UapiHwptData data{};
    data.windows = static_cast<std::uint32_t>(windows.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
      data.window[i].start = windows[i].start;
      data.window[i].size = windows[i].bytes;
      data.window[i].page_shift = windows[i].page_shift;
      data.window[i].levels = windows[i].levels;
    }
    abi::HwptAlloc a{};
    a.size = sizeof a;
    a.dev_id = bound_->id();
    a.pt_id = ioas_;
    a.data_type = power::kHwptDataPowerTce;
    a.data_len = sizeof data;
    a.data_uptr = process_.put_extra(data);
    process_.ioctl(fd_, kHwptAlloc, a);
    return a.out_hwpt_id;
  }
  void allow(const UserWindow& w) {
    abi::IovaRangeEntry range{w.start, w.start + (w.bytes - 1)};
    // What the device reserves is cut out; the first piece is where a driver maps.
    for (const auto& usable : ioas().usable()) {
      if (usable.last < range.start || usable.first > range.last) continue;
      range.start = std::max(range.start, usable.first);
      range.last = std::min(range.last, usable.last);
      break;
    }
    // No driver hands out bus address 0.
    if (range.start == 0) range.start = std::max<std::uint64_t>(1ull << w.page_shift, machine_.layer.page_bytes());
    abi::IoasAllowIovas a{};
    a.size = sizeof a;
    a.ioas_id = ioas_;
    a.num_iovas = 1;
    a.allowed_iovas = process_.put_extra(range);
    process_.ioctl(fd_, kAllowIovas, a);
  }
  BusAddr map_call(std::uint32_t flags, BusAddr iova, RealAddr real, std::uint64_t bytes, bool reads, bool writes) {
    abi::IoasMap m{};
    m.size = sizeof m;
    m.flags = flags | (reads ? abi::kMapReadable : 0) | (writes ? abi::kMapWriteable : 0);
    m.ioas_id = ioas_;
    m.user_va = UserMemory::kBase + real;
    m.length = bytes;
    m.iova = iova;
    process_.ioctl(fd_, kMap, m);
    return m.iova;
  }
  BusAddr map_anywhere(RealAddr real, std::uint64_t bytes, bool reads, bool writes) {
    return map_call(0, 0, real, bytes, reads, writes);
  }
  BusAddr map_fixed(BusAddr iova, RealAddr real, std::uint64_t bytes, bool reads, bool writes) {
    return map_call(abi::kMapFixed, iova, real, bytes, reads, writes);
  }

  UserMachine& machine_;
  UserProcess process_;
  std::shared_ptr<Context> context_;
  int fd_ = -1;
  std::unique_ptr<arch::iommufd::BoundDevice> bound_;
  std::uint32_t ioas_ = 0;
  std::vector<std::unique_ptr<Mappings>> mappings_;
};

}  // namespace

std::unique_ptr<UserPe> make_iommufd_pe(UserMachine& machine, power::PowerDevice& device,
                                        std::shared_ptr<UserMemory> memory, const std::vector<UserWindow>& windows,
                                        unsigned used) {
  return std::make_unique<IommufdPe>(machine, device, std::move(memory), windows, used);
}

}  // namespace phbsim::host
