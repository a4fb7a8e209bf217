// SPDX-License-Identifier: Apache-2.0
// Who keeps what, and that nothing is left whatever is closed first (iommufd.md 2).
#include <algorithm>
#include <numeric>

#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;

namespace {

/// One of everything; all descriptors that lead to it.
std::vector<int> build(Bench& b) {
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  REQUIRE(b.map_at(ioas, Bench::kBuffer, 8 * page, mock::kApertureFirst) == "");
  const Bench::Mock device = b.mock_device(ioas, mock::kDevicePasid);
  std::uint32_t parent = 0, viommu = 0, nested = 0, faults = 0, id = 0, number = 0;
  int fault_fd = -1, event_fd = -1, access_fd = -1, reader_fd = -1;
  REQUIRE(b.fault_queue(faults, fault_fd) == "");
  REQUIRE(b.hwpt_alloc(device, ioas, parent, abi::kHwptNestParent) == "");
  b.write(Bench::kDriverData, mock::ViommuData{});
  REQUIRE(b.viommu_alloc(device, parent, viommu, Bench::kDriverData) == "");
  REQUIRE(b.vdevice_alloc(viommu, device, 0x99, id) == "");
  REQUIRE(b.event_queue(viommu, 2, id, event_fd) == "");
  REQUIRE(b.nested_alloc(device, viommu, nested, abi::kHwptFaultIdValid | abi::kHwptPasid, faults) == "");
  abi::HwQueueAlloc queue{0, 0, viommu, mock::kQueueType, 0, 0, mock::kApertureFirst, page};
  REQUIRE(b.run(0x94, queue) == "");
  queue.index = 1;
  REQUIRE(b.run(0x94, queue) == "");
  REQUIRE(b.replace(device.object, nested) == "");
  REQUIRE(b.pasid(mock::Op::PasidAttach, device.object, 5, nested) == "");
  b.test = {};
  b.test.trigger_fault = {device.device, 0, 7, 1, 0x1000};
  REQUIRE(b.test_op(mock::Op::TriggerFault, 0) == "");
  REQUIRE(b.create_access(ioas, true, access_fd) == "");
  REQUIRE(b.access_pages(access_fd, mock::kApertureFirst + page, page, Bench::kBuffer + page, number) == "");
  REQUIRE(b.create_access(ioas, false, reader_fd) == "");
  const int dup = b.process.files.dup(b.fd);
  return {b.fd, dup, fault_fd, event_fd, access_fd, reader_fd};
}

}  // namespace

TEST_CASE("iommufd: closing in any order leaves nothing") {
  std::vector<std::size_t> order(6);
  std::iota(order.begin(), order.end(), 0u);
  std::size_t tried = 0;
  do {
    Bench b;
    std::vector<int> fds = build(b);
    for (std::size_t i = 0; i < order.size(); ++i) {
      CHECK(b.tests.contexts().size() == 1);
      b.process.files.close(fds[order[i]]);
    }
    CHECK(b.tests.contexts().empty());
    CHECK(b.machine.pins.empty());
    CHECK(b.leaks().empty());
    ++tried;
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(tried == 720);
}

TEST_CASE("iommufd: what uses what") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const Bench::Mock device = b.mock_device(ioas);
  CHECK(device.object == 2);
  CHECK(device.device == 3);
  CHECK(device.hwpt == 4);
  for (const std::uint32_t id : {ioas, device.device, device.hwpt}) CHECK(b.destroy(id) == "EBUSY");
  std::uint32_t faults = 0, hwpt = 0;
  int fault_fd = -1;
  CHECK(b.fault_queue(faults, fault_fd) == "");
  CHECK(b.destroy(faults) == "EBUSY");  // its descriptor is open
  CHECK(b.hwpt_alloc(device, ioas, hwpt, abi::kHwptFaultIdValid, faults) == "");
  b.process.files.close(fault_fd);
  CHECK(b.destroy(faults) == "EBUSY");  // the HWPT uses it
  CHECK(b.destroy(hwpt) == "");
  CHECK(b.destroy(faults) == "");
  int access_fd = -1;
  CHECK(b.create_access(ioas, false, access_fd) == "");
  CHECK(b.destroy(5) == "EBUSY");  // an access is its owner's
  CHECK(b.destroy(device.object) == "");
  CHECK(b.destroy(device.device) == "ENOENT");
  CHECK(b.destroy(device.hwpt) == "ENOENT");
  CHECK(b.destroy(ioas) == "EBUSY");  // the access
  b.process.files.close(access_fd);
  CHECK(b.destroy(ioas) == "");
  CHECK(!b.context().objects().any());
}

TEST_CASE("iommufd: a device that goes leaves a tombstone where its vDEVICE was") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const Bench::Mock device = b.mock_device(ioas);
  std::uint32_t parent = 0, viommu = 0, vdevice = 0;
  REQUIRE(b.hwpt_alloc(device, ioas, parent, abi::kHwptNestParent) == "");
  REQUIRE(b.viommu_alloc(device, parent, viommu) == "");
  REQUIRE(b.vdevice_alloc(viommu, device, 0x99, vdevice) == "");
  CHECK(b.destroy(viommu) == "EBUSY");
  CHECK(b.destroy(device.object) == "");
  CHECK(b.destroy(vdevice) == "ENOENT");
  CHECK(b.destroy(viommu) == "");
  CHECK(b.destroy(parent) == "");
  CHECK(b.destroy(ioas) == "");
  for (int i = 0; i < 8; ++i) CHECK(b.ioas() != vdevice);  // the id stays taken
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: a fork's descriptor is the same context, a second open is not") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const int first = b.fd;
  b.fd = b.process.files.dup(first);
  CHECK(b.ioas() == ioas + 1);
  b.process.files.close(first);
  CHECK(b.destroy(ioas) == "");
  b.fd = b.open();
  CHECK(b.destroy(ioas + 1) == "ENOENT");
}
