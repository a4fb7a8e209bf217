// SPDX-License-Identifier: Apache-2.0
// Records of fault queues (iommufd.md 8).
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;

namespace {

struct FaultBench : Bench {
  FaultBench() {
    ioas_id = ioas();
    device = mock_device(ioas_id, mock::kDevicePasid);
    REQUIRE(fault_queue(queue, queue_fd) == "");
    REQUIRE(hwpt_alloc(device, ioas_id, hwpt, abi::kHwptFaultIdValid | abi::kHwptPasid, queue) == "");
    REQUIRE(replace(device.object, hwpt) == "");
  }
  Outcome fault(std::uint64_t addr, std::uint32_t pasid_id = 0, std::uint32_t group = 0) {
    test = {};
    test.trigger_fault = {device.device, pasid_id, group, 3, addr};
    return test_op(mock::Op::TriggerFault, 0);
  }
  os::File& file() { return *process.files.get(queue_fd); }
  /// What read(2) gives: records, or an errno.
  Outcome read_faults(std::size_t bytes) {
    records.clear();
    std::vector<unsigned char> buffer(bytes);
    return outcome([&] {
      const std::size_t n = file().read(process.caller, buffer.data(), bytes, 0);
      records.resize(n / sizeof(abi::PageFaultRecord));
      CHECK(n == records.size() * sizeof(abi::PageFaultRecord));
      if (n != 0) std::memcpy(records.data(), buffer.data(), n);
    });
  }
  Outcome answer(std::vector<abi::PageResponse> responses, std::size_t cut = 0) {
    return outcome([&] {
      answered = file().write(process.caller, reinterpret_cast<const unsigned char*>(responses.data()),
                              responses.size() * sizeof(abi::PageResponse) - cut, 0);
    });
  }

  std::uint32_t ioas_id = 0, queue = 0, hwpt = 0;
  int queue_fd = -1;
  Mock device;
  std::vector<abi::PageFaultRecord> records;
  std::size_t answered = 0;
};

constexpr std::size_t kRecord = sizeof(abi::PageFaultRecord);

}  // namespace

TEST_CASE("iommufd: a fault is read as a record and answered by its cookie") {
  FaultBench b;
  CHECK(!b.file().seekable());
  CHECK(b.file().poll() == os::kPollOut);
  CHECK(b.read_faults(10 * kRecord) == "");
  CHECK(b.records.empty());  // never waits
  unsigned changes = 0;
  b.file().on_poll_change = [&] { ++changes; };
  CHECK(b.fault(0x123000, 0, 9) == "");
  CHECK(changes == 1);
  CHECK(b.file().poll() == (os::kPollOut | os::kPollIn));
  CHECK(b.read_faults(kRecord - 1) == "ESPIPE");
  CHECK(b.read_faults(0) == "EINVAL");
  CHECK(b.read_faults(kRecord) == "");
  REQUIRE(b.records.size() == 1);
  const abi::PageFaultRecord& r = b.records.front();
  CHECK(r.flags == abi::PageFaultRecord::kLastOfGroup);
  CHECK(r.dev_id == b.device.device);
  CHECK(r.pasid == 0);
  CHECK(r.grpid == 9);
  CHECK(r.perm == 3);
  CHECK(r.addr == 0x123000);
  CHECK(r.length == 0);
  CHECK(r.cookie == 1);
  CHECK(b.file().poll() == os::kPollOut);
  CHECK(b.answer({{1, 0}}, 1) == "ESPIPE");
  CHECK(b.answer({{1, 2}}) == "EINVAL");
  CHECK(b.answer({{2, 0}}) == "EINVAL");
  CHECK(b.answer({{1, 0}}) == "");
  CHECK(b.answered == 8);
  CHECK(b.answer({{1, 0}}) == "EINVAL");  // once
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: cookies are the lowest free ones; a wrong answer ends the write") {
  FaultBench b;
  for (std::uint64_t i = 0; i < 4; ++i) b.fault(i << 12);
  CHECK(b.read_faults(3 * kRecord) == "");
  REQUIRE(b.records.size() == 3);
  CHECK(b.records[2].cookie == 3);
  CHECK(b.answer({{2, 1}, {9, 0}, {1, 0}}) == "");
  CHECK(b.answered == 8);
  CHECK(b.read_faults(3 * kRecord) == "");
  REQUIRE(b.records.size() == 1);
  CHECK(b.records[0].cookie == 2);
  CHECK(b.records[0].addr == 3 << 12);
  CHECK(b.answer({{1, 0}, {2, 0}, {3, 0}}) == "");
  CHECK(b.answered == 24);
}

TEST_CASE("iommufd: faults of an attachment that ends are answered by the kernel") {
  FaultBench b;
  b.fault(0x1000);
  b.fault(0x2000);
  CHECK(b.read_faults(kRecord) == "");
  CHECK(b.replace(b.device.object, b.ioas_id) == "");
  CHECK(b.answer({{1, 0}}) == "EINVAL");
  CHECK(b.read_faults(kRecord) == "");
  CHECK(b.records.empty());
  CHECK(b.fault(0x3000) == "");  // nobody to tell: answered at once
  CHECK(b.file().poll() == os::kPollOut);
}

TEST_CASE("iommufd: faults of PASIDs, and of a guest's own below a nested domain") {
  FaultBench b;
  std::uint32_t other = 0;
  REQUIRE(b.hwpt_alloc(b.device, b.ioas_id, other, abi::kHwptFaultIdValid | abi::kHwptPasid, b.queue) == "");
  CHECK(b.fault(0x1000, 7) == "");  // not attached, and the device's own HWPT is not nested
  CHECK(b.file().poll() == os::kPollOut);
  CHECK(b.pasid(mock::Op::PasidAttach, b.device.object, 7, other) == "");
  CHECK(b.fault(0x1000, 7) == "");
  CHECK(b.fault(0x2000) == "");
  CHECK(b.read_faults(4 * kRecord) == "");
  REQUIRE(b.records.size() == 2);
  CHECK(b.records[0].flags == (abi::PageFaultRecord::kLastOfGroup | abi::PageFaultRecord::kPasidValid));
  CHECK(b.records[0].pasid == 7);
  CHECK(b.pasid(mock::Op::PasidDetach, b.device.object, 7) == "");
  CHECK(b.answer({{1, 0}}) == "EINVAL");  // that of the PASID went
  CHECK(b.answer({{2, 0}}) == "");

  std::uint32_t parent = 0, nested = 0;
  REQUIRE(b.hwpt_alloc(b.device, b.ioas_id, parent, abi::kHwptNestParent) == "");
  REQUIRE(b.nested_alloc(b.device, parent, nested, abi::kHwptFaultIdValid, b.queue) == "");
  CHECK(b.replace(b.device.object, nested) == "");
  CHECK(b.fault(0x5000, 33) == "");
  CHECK(b.read_faults(kRecord) == "");
  REQUIRE(b.records.size() == 1);
  CHECK(b.records[0].pasid == 33);
}

TEST_CASE("iommufd: FAULT_QUEUE_ALLOC has no flags, and undoes its descriptor") {
  Bench b;
  abi::FaultQueueAlloc c{0, 1, 0, 0};
  CHECK(b.run(0x8e, c) == "EOPNOTSUPP");
  const std::uint64_t va = 0x5000'0000;
  b.process.mm->pages.add(va >> b.layer.page_shift, 1, false);
  c = {sizeof c, 0, 0, 0};
  b.machine.memory.write(b.process.mm->pages.real_of(va >> b.layer.page_shift),
                         reinterpret_cast<const unsigned char*>(&c), sizeof c);
  CHECK(b.raw(0x3b8e, va) == "EFAULT");
  CHECK(!b.context().objects().any());
  CHECK(b.process.files.get(1) == nullptr);
}
