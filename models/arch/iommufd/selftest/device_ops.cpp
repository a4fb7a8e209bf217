// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "models/arch/iommufd/device.hpp"
#include "models/arch/iommufd/device_object.hpp"
#include "models/arch/iommufd/hwpt.hpp"
#include "models/arch/iommufd/selftest/ops.hpp"
#include "models/arch/iommufd/undo.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::iommufd::selftest {

using os::Errno;
using os::fail;

namespace {

/// A mock device and its binding, owned by the context; DESTROY of it unbinds and unplugs the device.
class MockObject final : public Object {
 public:
  explicit MockObject(MockIommu& iommu, std::uint32_t flags) : Object(ObjectKind::Selftest), device_(iommu, flags) {}
  static bool is(ObjectKind kind) { return kind == ObjectKind::Selftest; }

  void bind(Context& context) {
    BindOptions options;
    options.keeps_context = false;
    bound_ = context.bind(device_, options);
  }
  BoundDevice& bound() { return *bound_; }

 private:
  MockDevice device_;
  std::unique_ptr<BoundDevice> bound_;
};

template <typename Mock, typename Object>
Mock& mock_domain_of(const Call& call, std::uint32_t id) {
  auto* mock = dynamic_cast<Mock*>(&call.objects().get<Object>(id).domain());
  if (mock == nullptr) fail(Errno::Inval, "the domain is not the mock's");
  return *mock;
}

MockDevice& mock_device_of(const Call& call, std::uint32_t id) {
  auto* mock = dynamic_cast<MockDevice*>(&call.objects().get<DeviceObject>(id).device());
  if (mock == nullptr) fail(Errno::Inval, "the device is not the mock's");
  return *mock;
}

/// Real pages of the caller's memory as they are now, not kept.
os::PageRuns real_pages(const Call& call, std::uint64_t first, std::uint64_t count) {
  os::PageRuns runs;
  std::uint64_t pinned = call.caller.mm->pin(first, count, false, runs);
  const os::NoFail letting_go;
  std::uint64_t at = first;
  for (const os::PageRun& run : runs) {
    call.caller.mm->unpin(at, run.real, run.pages);
    at += run.pages;
  }
  if (pinned != count) fail(Errno::Fault, "a page of the caller is not there");
  return runs;
}

}  // namespace

void ops::mock_domain(const Call& call, Command& command, MockIommu& iommu) {
  const bool with_flags = static_cast<Op>(command.op) == Op::MockDomainFlags;
  ObjectTable::Reservation id(call.objects());
  auto mock = std::make_unique<MockObject>(iommu, with_flags ? command.mock_domain.dev_flags : 0);
  mock->bind(call.context);
  command.mock_domain.out_hwpt_id = mock->bound().attach(command.id);
  command.mock_domain.out_stdev_id = id.id();
  command.mock_domain.out_idev_id = mock->bound().id();
  call.respond(command);
  id.publish(std::move(mock));
}

void ops::mock_domain_replace(const Call& call, Command& command) {
  BoundDevice& bound = call.objects().get<MockObject>(command.id).bound();
  command.mock_domain_replace.pt_id = bound.replace(command.mock_domain_replace.pt_id);
  call.respond(command);
}

void ops::check_map(const Call& call, const Command& command) {
  const MockDomain& domain = mock_domain_of<MockDomain, HwptPaging>(call, command.id);
  const std::uint64_t io_page = domain.page_bytes();
  const std::uint64_t page = call.layer().page_bytes();
  const auto& map = command.check_map;
  if ((map.iova | map.length | map.uptr) % io_page != 0 || map.uptr + map.length < map.uptr) {
    fail(Errno::Inval, "not whole I/O pages");
  }
  if (map.length == 0) return;
  const std::uint64_t first = map.uptr / page;
  const std::uint64_t last = (map.uptr + map.length - 1) / page;
  std::uint64_t at = map.uptr;  // bytes before it are checked
  std::uint64_t run_starts = first * page;
  for (const os::PageRun& run : real_pages(call, first, last - first + 1)) {
    const std::uint64_t run_ends = run_starts + run.pages * page;
    for (; at < run_ends && at < map.uptr + map.length; at += io_page) {
      const auto real = domain.to_real(map.iova + (at - map.uptr));
      if (real != run.real + (at - run_starts)) fail(Errno::Inval, "a TCE does not lead to the caller's page");
    }
    run_starts = run_ends;
  }
}

void ops::check_refs(const Call& call, const Command& command) {
  const std::uint64_t page = call.layer().page_bytes();
  const auto& refs = command.check_refs;
  if ((refs.length | refs.uptr) % page != 0 || refs.uptr + refs.length < refs.uptr) {
    fail(Errno::Inval, "not whole pages");
  }
  const std::uint64_t first = refs.uptr / page;
  const std::uint64_t count = refs.length / page;
  if (count != 0) real_pages(call, first, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (call.caller.mm->pins(first + i) != refs.refs) fail(Errno::Io, "a page has another number of pins");
  }
}

void ops::check_iotlb(const Call& call, const Command& command) {
  const MockNested& domain = mock_domain_of<MockNested, HwptNested>(call, command.id);
  const auto& check = command.check_cache;
  if (check.id >= kCacheEntries || domain.iotlb(check.id) != check.value) fail(Errno::Inval, "the entry differs");
}

void ops::check_device_cache(const Call& call, const Command& command) {
  const MockDevice& device = mock_device_of(call, command.id);
  const auto& check = command.check_cache;
  if (check.id >= kCacheEntries || device.cache[check.id] != check.value) fail(Errno::Inval, "the entry differs");
}

void ops::dirty(const Call& call, Command& command) {
  auto& dirty = command.dirty;
  constexpr std::uint64_t kMostBits = 16 * kMiB * 8;
  if (dirty.page_size == 0 || dirty.length == 0 || dirty.iova % dirty.page_size != 0 ||
      dirty.length % dirty.page_size != 0 || dirty.uptr == 0) {
    fail(Errno::Inval, "not whole pages, or no bitmap");
  }
  const std::uint64_t pages = dirty.length / dirty.page_size;
  if (pages > kMostBits) fail(Errno::Overflow, "too many pages");
  MockDomain& domain = mock_domain_of<MockDomain, HwptPaging>(call, command.id);
  if (!domain.tracking()) fail(Errno::Inval, "the domain does not track dirty pages");
  std::vector<unsigned char> bitmap((pages + 7) / 8);
  call.caller.copy_in(dirty.uptr, bitmap.data(), bitmap.size());
  dirty.out_nr_dirty = 0;
  for (std::uint64_t i = 0; i < pages; ++i) {
    if ((bitmap[i / 8] >> i % 8 & 1) == 0) continue;
    const BusAddr iova = dirty.iova + i * dirty.page_size;
    // 6.12 counts pages, later kernels bits.
    if (!call.as_in_6_12() || domain.mapped(iova)) ++dirty.out_nr_dirty;
    domain.set_dirty(iova);
  }
  call.respond(command);
}

void ops::trigger_fault(const Call& call, const Command& command) {
  const auto& fault = command.trigger_fault;
  mock_device_of(call, fault.dev_id);
  PageRequest request;
  request.pasid = fault.pasid;
  request.group = fault.grpid;
  request.permissions = fault.perm;
  request.addr = fault.addr;
  // Where nobody takes it the device is answered, which the test does not see.
  try {
    call.objects().get<DeviceObject>(fault.dev_id).report(request);
  } catch (const std::bad_alloc&) {
    return;
  }
}

void ops::trigger_event(const Call& call, const Command& command) {
  const MockDevice& device = mock_device_of(call, command.trigger_event.dev_id);
  if (device.viommu == nullptr || device.virtual_id == 0) fail(Errno::NoEnt, "the device is not behind a vIOMMU");
  device.viommu->report_event(device.virtual_id);
}

void ops::pasid_attach(const Call& call, Command& command) {
  BoundDevice& bound = call.objects().get<MockObject>(command.id).bound();
  const std::uint32_t pasid = command.pasid.pasid;
  command.pasid.pt_id = bound.attach(command.pasid.pt_id, pasid);
  Undo detach([&] { bound.detach(pasid); });
  call.respond(command);
  detach.keep();
}

void ops::pasid_replace(const Call& call, Command& command) {
  BoundDevice& bound = call.objects().get<MockObject>(command.id).bound();
  command.pasid.pt_id = bound.replace(command.pasid.pt_id, command.pasid.pasid);
  call.respond(command);
}

void ops::pasid_detach(const Call& call, const Command& command) {
  call.objects().get<MockObject>(command.id).bound().detach(command.pasid.pasid);
}

void ops::pasid_check(const Call& call, const Command& command) {
  const std::uint32_t attached = call.objects().get<MockObject>(command.id).bound().hwpt(command.pasid.pasid);
  if (command.pasid.pt_id != 0) {
    const Object* object = call.objects().find(command.pasid.pt_id);
    if (object == nullptr) fail(Errno::NoEnt, "there is no such object");
    if (!Hwpt::is(object->kind())) fail(Errno::Inval, "the object is not a HWPT");
  }
  if (attached != command.pasid.pt_id) fail(Errno::Inval, "another HWPT is attached");
}

}  // namespace phbsim::arch::iommufd::selftest
