// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/context.hpp"

#include <array>
#include <new>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/iommufd/viommu.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::iommufd {

namespace {

using Run = void (*)(const Call&);

template <typename Command, void (*carry_out)(const Call&, Command)>
void run(const Call& call) {
  carry_out(call, call.fetch<Command>());
}

/// In the order of abi::kCommands.
constexpr std::array<Run, abi::kCommands.size()> kRun{
    run<abi::Destroy, calls::destroy>,
    run<abi::IoasAlloc, calls::ioas_alloc>,
    run<abi::IoasAllowIovas, calls::ioas_allow_iovas>,
    run<abi::IoasCopy, calls::ioas_copy>,
    run<abi::IoasIovaRanges, calls::ioas_iova_ranges>,
    run<abi::IoasMap, calls::ioas_map>,
    run<abi::IoasUnmap, calls::ioas_unmap>,
    run<abi::Option, calls::option>,
    run<abi::VfioIoas, calls::vfio_ioas>,
    run<abi::HwptAlloc, calls::hwpt_alloc>,
    run<abi::GetHwInfo, calls::get_hw_info>,
    run<abi::HwptSetDirtyTracking, calls::hwpt_set_dirty_tracking>,
    run<abi::HwptGetDirtyBitmap, calls::hwpt_get_dirty_bitmap>,
    run<abi::HwptInvalidate, calls::hwpt_invalidate>,
    run<abi::FaultQueueAlloc, calls::fault_queue_alloc>,
    run<abi::IoasMapFile, calls::ioas_map_file>,
    run<abi::ViommuAlloc, calls::viommu_alloc>,
    run<abi::VdeviceAlloc, calls::vdevice_alloc>,
    run<abi::IoasChangeProcess, calls::ioas_change_process>,
    run<abi::VeventqAlloc, calls::veventq_alloc>,
    run<abi::HwQueueAlloc, calls::hw_queue_alloc>,
    run<abi::NoIommuGetPa, calls::noiommu_get_pa>,
};

/// Commands that the kernel in question has.
std::size_t commands_of(Compat compat) {
  constexpr std::uint32_t kLinux6_12 = 612;
  if (compat == Compat::Newest) return abi::kCommands.size();
  std::size_t n = 0;
  while (n < abi::kCommands.size() && abi::kCommands[n].since <= kLinux6_12) ++n;
  return n;
}

std::int64_t dispatch(Context& context, os::Caller& caller, std::uint32_t word, std::uint64_t argument) {
  const std::uint32_t nr = word & 0xff;
  const std::size_t known = commands_of(context.layer().compat);
  // The kernel's table ends with its last entry: what lies beyond is taken for a call of VFIO.
  const std::uint32_t end = context.tests() != nullptr ? abi::kTestNr + 1 : abi::kBase + static_cast<std::uint32_t>(known);
  if (nr < abi::kBase || nr >= end) return calls::vfio_compat(context, caller, word, argument);

  Call call{context, caller, argument};
  caller.copy_in(argument, &call.user_size, sizeof call.user_size);
  const std::size_t index = nr - abi::kBase;
  const bool test = context.tests() != nullptr && nr == abi::kTestNr;
  if (word != abi::word(nr) || (index >= known && !test)) os::fail(os::Errno::NoTty, "iommufd has no such command");
  if (call.user_size < (test ? context.tests()->least() : abi::kCommands[index].least)) {
    os::fail(os::Errno::Inval, "the struct is smaller than the command's first version");
  }
  if (test) return context.tests()->run(call);
  kRun[index](call);
  return 0;
}

}  // namespace

Context::Context(const Layer& layer, Node node, TestCommands* tests)
    : layer_(layer), tests_(tests), accounting_(node == Node::VfioContainer ? Accounting::Mm : Accounting::User) {}

std::shared_ptr<Context> Context::open(const Layer& layer, Node node, TestCommands* tests) {
  std::shared_ptr<Context> context(new Context(layer, node, tests));
  if (tests != nullptr) tests->opened(*context);
  return context;
}

std::shared_ptr<Context> Context::from(const os::Caller& caller, int fd) {
  const std::shared_ptr<os::File> file = caller.files->get(fd);
  if (file == nullptr) os::fail(os::Errno::BadF, "the descriptor is not open");
  auto context = std::dynamic_pointer_cast<Context>(file);
  if (context == nullptr) os::fail(os::Errno::BadFd, "the descriptor is not one of an iommufd");
  return context;
}

Context::~Context() { release(); }

std::int64_t Context::ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t argument) {
  try {
    return dispatch(*this, caller, word, argument);
  } catch (const std::bad_alloc&) {
    os::fail(os::Errno::NoMem, "there is no memory for the call");
  }
}

void Context::release() noexcept {
  if (!std::exchange(released_, true)) let_go();
}

void Context::let_go() noexcept {
  PHBSIM_ASSERT(keepers_ != 0);
  if (--keepers_ != 0) return;
  const os::NoFail closing;
  objects_.clear();
  if (tests_ != nullptr) tests_->closed(*this);
}

os::Mapping Context::mmap(os::Caller&, std::uint64_t offset, std::uint64_t length, bool) {
  if (length % layer_.page_bytes() != 0) os::fail(os::Errno::Inval, "the length is not a multiple of the page");
  std::optional<os::VirtualIommu::Region> region;
  Viommu* owner = objects_.find_if<Viommu>([&](Viommu& viommu) {
    for (os::VirtualIommu::Region& one : viommu.driver().regions()) {
      if (one.offset != offset || one.length != length) continue;
      region = std::move(one);
      return true;
    }
    return false;
  });
  if (owner == nullptr) os::fail(os::Errno::NxIo, "no vIOMMU offers exactly this region");
  struct Held {
    Kept context;
    Used<Viommu> viommu;
  };
  auto held = std::make_shared<Held>(Held{Kept(*this), Used<Viommu>(*owner)});
  os::Mapping mapping;
  mapping.kind = os::Mapping::Kind::Pages;
  mapping.length = length;
  mapping.pages = std::move(region->pages);
  mapping.unmapped = [held] {
    held->viommu.reset();
    held->context = Kept();
  };
  return mapping;
}

std::unique_ptr<BoundDevice> Context::bind(os::Device& device, BindOptions options) {
  return std::make_unique<BoundDevice>(*this, device, options);
}

namespace calls {

void destroy(const Call& call, abi::Destroy command) { call.objects().destroy(command.id); }

}  // namespace calls

}  // namespace phbsim::arch::iommufd
