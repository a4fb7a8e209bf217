// SPDX-License-Identifier: Apache-2.0
// Each allocation of each call fails once: the call says ENOMEM and everything is as it was.
#include <functional>

#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;

namespace {

/// What is seen of a context from outside.
std::string state(Bench& b) {
  const os::NoFail looking;
  std::string out = std::to_string(b.context().objects().size()) + " objects:";
  for (std::uint32_t id = 1; id < 24; ++id) {
    const iommufd::Object* object = b.context().objects().find(id);
    if (object == nullptr) continue;
    out += " " + std::to_string(id) + "=" + std::to_string(static_cast<int>(object->kind())) + "/" +
           std::to_string(object->users());
  }
  out += " pins " + std::to_string(b.machine.pins.size());
  for (const auto& [real, pins] : b.machine.pins) out += " " + std::to_string(pins);
  out += " locked " + std::to_string(b.process.mm->user().locked_pages) + " pinned " +
         std::to_string(b.process.mm->pinned_pages);
  out += " blocks " + std::to_string(b.tests.iommu().pool.in_use());
  b.context().objects().find_if<iommufd::IoasObject>([&](iommufd::IoasObject& object) {
    out += " | areas " + std::to_string(object.ioas().areas()) + " domains " +
           std::to_string(object.ioas().domains().size()) + " usable " + std::to_string(object.ioas().usable().size()) +
           " align " + std::to_string(object.ioas().alignment());
    return false;
  });
  return out;
}

/// Runs `call` with its first, second, ... allocation failing, until it succeeds. Returns how many failed.
std::uint64_t sweep(Bench& b, const std::function<Outcome()>& call) {
  const std::string before = state(b);
  const std::size_t errors = b.machine.errors.size();
  return fail_each_allocation(
      [&] {
        const Outcome out = call();
        if (out.empty()) return true;
        CHECK(out == "ENOMEM");
        return out != "ENOMEM";
      },
      [&] {
        CHECK(state(b) == before);
        CHECK(b.machine.errors.size() == errors);
      });
}

}  // namespace

TEST_CASE("iommufd: no allocation that fails leaves anything behind: address spaces") {
  Bench b;
  const std::uint64_t page = b.page();
  std::uint32_t ioas = 0, other = 0;
  CHECK(sweep(b, [&] { return b.ioas_alloc(ioas); }) >= 2);
  CHECK(sweep(b, [&] { return b.ioas_alloc(other); }) >= 2);
  std::uint64_t iova = 0;
  const std::uint64_t array = Bench::kScratch + 0x3000;
  abi::IoasIovaRanges ranges{0, ioas, 8, 0, array, 0};
  sweep(b, [&] { return b.run(0x84, ranges); });
  b.write(array, abi::IovaRangeEntry{0x4000, 0xa3ffff});
  abi::IoasAllowIovas allow{0, ioas, 1, 0, array};
  CHECK(sweep(b, [&] { return b.run(0x82, allow); }) >= 1);
  CHECK(sweep(b, [&] { return b.map(ioas, Bench::kBuffer, 16 * page, iova); }) >= 1);
  abi::IoasCopy copy{0, Bench::kRw, other, ioas, 2 * page, 0, iova + page};
  CHECK(sweep(b, [&] { return b.run(0x83, copy); }) >= 1);
  sweep(b, [&] { return b.unmap(ioas, iova, 16 * page); });
  sweep(b, [&] { return b.unmap(other, 0, ~0ull); });
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: no allocation that fails leaves anything behind: domains and mappings") {
  Bench b;
  const std::uint64_t page = b.page();
  const std::uint32_t ioas = b.ioas();
  const std::uint32_t ioas2 = b.ioas();
  const std::uint64_t at = mock::kApertureFirst;
  Bench::Mock one, two;
  REQUIRE(b.map_at(ioas, Bench::kBuffer, page, 2 * at) == "");
  CHECK(sweep(b, [&] { return b.mock_device(ioas, one); }) >= 8);
  CHECK(sweep(b, [&] { return b.mock_device(ioas, two); }) >= 4);
  CHECK(sweep(b, [&] { return b.map_at(ioas, Bench::kBuffer, 32 * page, at); }) >= 3);
  const int file = b.process.files.install(std::make_shared<Memfd>(std::make_shared<FakeFile>(b.machine, 64)));
  abi::IoasMapFile map_file{0, Bench::kRw | abi::kMapFixed, ioas, file, page, 40 * page, 3 * at};
  CHECK(sweep(b, [&] { return b.run(0x8f, map_file); }) >= 3);
  std::uint32_t hwpt = 0;
  CHECK(sweep(b, [&] { return b.hwpt_alloc(one, ioas, hwpt, abi::kHwptDirtyTracking); }) >= 4);
  // Only what the call left is compared, so a replace goes there and back again.
  CHECK(sweep(b, [&] { return b.replace(one.object, ioas2); }) >= 3);
  sweep(b, [&] { return b.replace(one.object, hwpt); });
  sweep(b, [&] { return b.replace(one.object, ioas); });
  sweep(b, [&] { return b.unmap(ioas, at, 32 * page); });
  sweep(b, [&] { return b.destroy(one.object); });
  sweep(b, [&] { return b.destroy(two.object); });
  sweep(b, [&] { return b.mock_device(ioas, one); });
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: no allocation that fails leaves anything behind: accesses") {
  for (const bool domain : {false, true}) {
    Bench b;
    const std::uint64_t page = b.page();
    const std::uint64_t at = mock::kApertureFirst;
    const std::uint32_t ioas = b.ioas();
    const std::uint32_t ioas2 = b.ioas();
    if (domain) b.mock_device(ioas);
    REQUIRE(b.map_at(ioas, Bench::kBuffer, 32 * page, at) == "");
    int fd = -1, plain = -1;
    std::uint32_t number = 0;
    CHECK(sweep(b, [&] { return b.create_access(ioas, true, fd); }) >= 3);
    CHECK(sweep(b, [&] { return b.create_access(ioas, false, plain); }) >= 3);
    CHECK(sweep(b, [&] { return b.access_pages(fd, at, 8 * page, Bench::kBuffer, number); }) >= 3);
    sweep(b, [&] {
      b.test = {};
      b.test.access_rw = {at + 5, 3 * page, Bench::kBuffer + 40 * page, 0};
      return b.test_op(mock::Op::AccessRw, static_cast<std::uint32_t>(plain));
    });
    sweep(b, [&] {
      b.test = {};
      b.test.access_replace_ioas.ioas_id = ioas2;
      return b.test_op(mock::Op::AccessReplaceIoas, static_cast<std::uint32_t>(plain));
    });
    sweep(b, [&] { return b.unmap(ioas, at, 32 * page); });
    CHECK(b.leaks().empty());
  }
}

TEST_CASE("iommufd: no allocation that fails leaves anything behind: virtual IOMMUs, queues, PASIDs") {
  Bench b;
  const std::uint64_t page = b.page();
  const std::uint64_t at = mock::kApertureFirst;
  const std::uint32_t ioas = b.ioas();
  REQUIRE(b.map_at(ioas, Bench::kBuffer, 4 * page, at) == "");
  Bench::Mock device;
  CHECK(sweep(b, [&] { return b.mock_device(ioas, device, mock::kDevicePasid); }) >= 8);
  abi::GetHwInfo info{};
  info.dev_id = device.device;
  CHECK(sweep(b, [&] { return b.run(0x8a, info); }) >= 1);
  std::uint32_t parent = 0, viommu = 0, vdevice = 0, faults = 0, nested = 0, events = 0;
  int fault_fd = -1, event_fd = -1;
  CHECK(sweep(b, [&] { return b.hwpt_alloc(device, ioas, parent, abi::kHwptNestParent | abi::kHwptPasid); }) >= 4);
  b.write(Bench::kDriverData, mock::ViommuData{});
  CHECK(sweep(b, [&] { return b.viommu_alloc(device, parent, viommu, Bench::kDriverData); }) >= 4);
  CHECK(sweep(b, [&] { return b.vdevice_alloc(viommu, device, 0x99, vdevice); }) >= 3);
  abi::HwQueueAlloc queue{0, 0, viommu, mock::kQueueType, 0, 0, at, page};
  CHECK(sweep(b, [&] { return b.run(0x94, queue); }) >= 4);
  CHECK(sweep(b, [&] { return b.fault_queue(faults, fault_fd); }) >= 3);
  CHECK(sweep(b, [&] { return b.event_queue(viommu, 2, events, event_fd); }) >= 3);
  CHECK(sweep(b, [&] {
          return b.nested_alloc(device, viommu, nested, abi::kHwptFaultIdValid | abi::kHwptPasid, faults);
        }) >= 3);
  sweep(b, [&] { return b.replace(device.object, nested); });
  CHECK(sweep(b, [&] { return b.pasid(mock::Op::PasidAttach, device.object, 200, parent); }) >= 2);
  sweep(b, [&] { return b.pasid(mock::Op::PasidReplace, device.object, 200, nested); });
  sweep(b, [&] { return b.pasid(mock::Op::PasidDetach, device.object, 200); });
  sweep(b, [&] { return b.destroy(queue.out_hw_queue_id); });
  CHECK(b.leaks().empty());
}
