// SPDX-License-Identifier: Apache-2.0
// Virtual IOMMUs, their devices, events and queues (iommufd.md 3.16-3.19, 8).
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;

namespace {

constexpr std::uint32_t kBad = 77;

struct ViommuBench : Bench {
  ViommuBench() {
    ioas_id = ioas();
    device = mock_device(ioas_id);
    REQUIRE(hwpt_alloc(device, ioas_id, parent, abi::kHwptNestParent) == "");
    REQUIRE(viommu_alloc(device, parent, viommu) == "");
  }
  Outcome trigger() {
    test = {};
    test.trigger_event.dev_id = device.device;
    return test_op(mock::Op::TriggerEvent, 0);
  }
  Outcome read_events(int queue, std::size_t bytes) {
    events.assign(bytes / 4, 0);
    return outcome([&] {
      const std::size_t n =
          process.files.get(queue)->read(process.caller, reinterpret_cast<unsigned char*>(events.data()), bytes, 0);
      events.resize(n / 4);
    });
  }
  using Events = std::vector<std::uint32_t>;

  std::uint32_t ioas_id = 0, parent = 0, viommu = 0;
  Mock device;
  Events events;  // as words: flags, sequence, data
};

}  // namespace

TEST_CASE("iommufd: VIOMMU_ALLOC, its errors in order") {
  ViommuBench b;
  std::uint32_t plain = 0;
  REQUIRE(b.hwpt_alloc(b.device, b.ioas_id, plain) == "");
  struct Row {
    const char* what;
    std::uint32_t flags, type, dev, hwpt, len;
    std::uint64_t data;
    Outcome expected;
  };
  const std::uint32_t type = mock::kViommuType;
  const Row rows[] = {
      {"flags", 1, type, kBad, kBad, 0, 0, "EOPNOTSUPP"},
      {"no type", 0, 0, kBad, kBad, 0, 0, "EOPNOTSUPP"},
      {"no such device", 0, type, kBad, kBad, 0, 0, "ENOENT"},
      {"a type that the driver lacks", 0, type + 1, b.device.device, kBad, 0, 0, "EOPNOTSUPP"},
      {"no such HWPT", 0, type, b.device.device, kBad, 0, 0, "ENOENT"},
      {"an IOAS", 0, type, b.device.device, b.ioas_id, 0, 0, "ENOENT"},
      {"not a parent", 0, type, b.device.device, plain, 0, 0, "EINVAL"},
      {"data too short", 0, type, b.device.device, b.parent, 7, Bench::kDriverData, "EINVAL"},
      {"data that is not there", 0, type, b.device.device, b.parent, 8, Bench::kNowhere, "EFAULT"},
      {"without data", 0, type, b.device.device, b.parent, 0, 0, ""},
      {"with as much as was first defined", 0, type, b.device.device, b.parent, 8, Bench::kDriverData, ""},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    abi::ViommuAlloc c{0, row.flags, row.type, row.dev, row.hwpt, 0, row.len, 0, row.data};
    const auto objects = b.context().objects().size();
    CHECK(b.run(0x90, c) == row.expected);
    if (row.expected.empty()) CHECK(b.destroy(c.out_viommu_id) == "");
    CHECK(b.context().objects().size() == objects);
  }
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: a vIOMMU's region is mapped whole, and keeps it") {
  ViommuBench b;
  std::uint32_t id = 0;
  b.write(Bench::kDriverData, mock::ViommuData{0xbeef, 0, 0, 0});
  REQUIRE(b.viommu_alloc(b.device, b.parent, id, Bench::kDriverData) == "");
  const auto data = b.read<mock::ViommuData>(Bench::kDriverData);
  CHECK(data.out_data == 0xbeef);
  CHECK(data.out_mmap_length == 2 * b.page());
  CHECK(data.out_mmap_offset == b.page());  // not 0
  os::Mapping mapping;
  const auto mmap = [&](std::uint64_t offset, std::uint64_t length) {
    return outcome([&] { mapping = b.context().mmap(b.process.caller, offset, length, true); });
  };
  CHECK(mmap(data.out_mmap_offset, 100) == "EINVAL");
  CHECK(mmap(data.out_mmap_offset + b.page(), data.out_mmap_length) == "ENXIO");
  CHECK(mmap(data.out_mmap_offset, data.out_mmap_length / 2) == "ENXIO");
  CHECK(mmap(data.out_mmap_offset, 2 * data.out_mmap_length) == "ENXIO");
  CHECK(b.destroy(id) == "");
  CHECK(mmap(data.out_mmap_offset, data.out_mmap_length) == "ENXIO");

  std::uint32_t second = 0;
  REQUIRE(b.viommu_alloc(b.device, b.parent, id, Bench::kDriverData) == "");
  REQUIRE(b.viommu_alloc(b.device, b.parent, second, Bench::kDriverData) == "");
  const auto next = b.read<mock::ViommuData>(Bench::kDriverData);
  CHECK(next.out_mmap_offset == 3 * b.page());
  CHECK(mmap(data.out_mmap_offset, data.out_mmap_length) == "");
  CHECK(mapping.kind == os::Mapping::Kind::Pages);
  std::uint32_t word = 0;
  CHECK(mapping.pages->read(mapping.offset, reinterpret_cast<unsigned char*>(&word), 4));
  CHECK(word == 0xbeef);
  CHECK(b.destroy(second) == "");
  CHECK(b.destroy(id) == "EBUSY");
  // The mapping outlives the descriptor, and with it the context.
  b.process.files.close_all();
  CHECK(b.tests.contexts().size() == 1);
  mapping.unmapped();
  mapping = {};
  CHECK(b.tests.contexts().empty());
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: VDEVICE_ALLOC, its errors in order, and nested domains need one") {
  ViommuBench b;
  std::uint32_t nested = 0, id = 0, other_id = 0;
  REQUIRE(b.nested_alloc(b.device, b.viommu, nested) == "");
  CHECK(b.destroy(b.viommu) == "EBUSY");
  CHECK(b.replace(b.device.object, nested) == "ENOENT");
  const Bench::Mock other = b.mock_device(b.ioas_id);
  const Bench::Mock nobody{0, 0, kBad};
  CHECK(b.vdevice_alloc(kBad, nobody, 1, id) == "ENOENT");
  CHECK(b.vdevice_alloc(b.viommu, nobody, 1, id) == "ENOENT");
  CHECK(b.vdevice_alloc(b.viommu, b.device, 0x99, id) == "");
  CHECK(b.vdevice_alloc(b.viommu, b.device, 0x98, other_id) == "EEXIST");
  CHECK(b.vdevice_alloc(b.viommu, other, 0x99, other_id) == "EEXIST");
  CHECK(b.vdevice_alloc(b.viommu, other, 0x98, other_id) == "");
  CHECK(b.replace(b.device.object, nested) == "");
  CHECK(b.replace(b.device.object, b.ioas_id) == "");
  CHECK(b.destroy(id) == "");
  CHECK(b.vdevice_alloc(b.viommu, b.device, 0x99, id) == "");
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: invalidation through a vIOMMU reaches the device that the guest names") {
  ViommuBench b;
  std::uint32_t vdevice = 0;
  REQUIRE(b.vdevice_alloc(b.viommu, b.device, 0x99, vdevice) == "");
  const std::uint64_t array = Bench::kScratch + 0x3000;
  const auto cache = [&](std::uint32_t id, std::uint32_t value) {
    b.test = {};
    b.test.check_cache = {id, value};
    return b.test_op(mock::Op::CheckDeviceCache, b.device.device) == "";
  };
  const auto invalidate = [&](std::vector<mock::ViommuInvalidate> list, std::uint32_t type, std::uint32_t bytes,
                              std::uint32_t& done) {
    for (std::size_t i = 0; i < list.size(); ++i) b.write(array + 12 * i, list[i]);
    abi::HwptInvalidate c{0, b.viommu, array, type, bytes, static_cast<std::uint32_t>(list.size()), 0};
    const Outcome out = b.run(0x8d, c);
    done = c.entry_num;
    return out;
  };
  struct Row {
    const char* what;
    std::vector<mock::ViommuInvalidate> list;
    std::uint32_t type, bytes;
    Outcome expected;
    std::uint32_t done;
  };
  const std::uint32_t type = mock::kViommuInvalidateData;
  const Row rows[] = {
      {"nothing", {}, type, 12, "", 0},
      {"nothing of another type", {}, type + 1, 12, "EINVAL", 0},
      {"another type", {{0, 0x99, 0}}, type + 1, 12, "EINVAL", 0},
      {"an unknown flag", {{2, 0x99, 0}}, type, 12, "EOPNOTSUPP", 0},
      {"no such entry", {{0, 0x99, 4}}, type, 12, "EINVAL", 0},
      {"no such device", {{0, 0x98, 0}}, type, 12, "EINVAL", 0},
      {"one good, one bad", {{0, 0x99, 0}, {2, 0x99, 1}}, type, 12, "EOPNOTSUPP", 1},
  };
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(cache(i, mock::kDeviceCacheDefault));
  for (const Row& row : rows) {
    INFO(row.what);
    std::uint32_t done = 9;
    CHECK(invalidate(row.list, row.type, row.bytes, done) == row.expected);
    CHECK(done == row.done);
  }
  CHECK(cache(0, 0));
  CHECK(cache(1, mock::kDeviceCacheDefault));
  std::uint32_t done = 0;
  CHECK(invalidate({{mock::kInvalidateAll, 0x99, 0}}, type, 12, done) == "");
  CHECK(cache(3, 0));
}

TEST_CASE("iommufd: events, and those that were lost") {
  using Events = ViommuBench::Events;
  ViommuBench b;
  std::uint32_t queue = 0, nested = 0, vdevice = 0;
  int fd = -1;
  REQUIRE(b.nested_alloc(b.device, b.viommu, nested) == "");
  CHECK(b.trigger() == "ENOENT");  // the device is not behind the vIOMMU
  REQUIRE(b.vdevice_alloc(b.viommu, b.device, 0x99, vdevice) == "");
  REQUIRE(b.replace(b.device.object, nested) == "");
  CHECK(b.trigger() == "EOPNOTSUPP");  // nobody wants events
  CHECK(b.event_queue(kBad, 2, queue, fd) == "ENOENT");
  CHECK(b.event_queue(b.viommu, 0, queue, fd) == "EINVAL");
  CHECK(b.event_queue(kBad, (1u << 19) + 1, queue, fd) == "EINVAL");
  abi::VeventqAlloc c{0, 0, b.viommu, 0, 2, 0, 0, 0};
  CHECK(b.run(0x93, c) == "EOPNOTSUPP");  // type 0
  c = {0, 1, b.viommu, 1, 2, 0, 0, 0};
  CHECK(b.run(0x93, c) == "EOPNOTSUPP");
  c = {0, 0, b.viommu, 1, 2, 0, 0, 1};
  CHECK(b.run(0x93, c) == "EOPNOTSUPP");
  CHECK(b.event_queue(b.viommu, 2, queue, fd) == "");
  CHECK(b.event_queue(b.viommu, 2, nested, fd) == "EEXIST");
  c = {0, 0, b.viommu, 1, 2, 0, 0, 0};
  CHECK(b.run(0x93, c) == "");  // another type
  const std::uint32_t other = c.out_veventq_id;
  b.process.files.close(static_cast<int>(c.out_veventq_fd));
  CHECK(b.destroy(other) == "");

  fd = b.process.files.get(3) == nullptr ? 2 : 3;
  for (fd = 0; b.process.files.get(fd) == nullptr || fd == b.fd; ++fd) {
  }
  os::File& file = *b.process.files.get(fd);
  CHECK(!file.seekable());
  CHECK(file.poll() == 0);
  CHECK(b.read_events(fd, 0) == "EINVAL");
  CHECK(b.read_events(fd, 4) == "EINVAL");
  CHECK(b.read_events(fd, 64) == "");
  CHECK(b.events == Events{});
  CHECK(outcome([&] { file.write(b.process.caller, nullptr, 0, 0); }) == "EINVAL");

  CHECK(b.trigger() == "");
  CHECK(file.poll() == os::kPollIn);
  CHECK(b.read_events(fd, 8) == "EINVAL");  // no room for the data
  CHECK(b.read_events(fd, 12) == "");
  CHECK(b.events == Events{0, 0, 0x99});
  CHECK(file.poll() == 0);

  for (int i = 0; i < 4; ++i) CHECK(b.trigger() == "");
  CHECK(b.read_events(fd, 20) == "");
  CHECK(b.events == Events{0, 1, 0x99});
  CHECK(b.read_events(fd, 64) == "");
  CHECK(b.events == Events{0, 2, 0x99, abi::EventHeader::kLost, 4});
  CHECK(b.read_events(fd, 64) == "");
  CHECK(b.events == Events{});
  // The mark goes when the next event finds room.
  for (int i = 0; i < 3; ++i) CHECK(b.trigger() == "");
  CHECK(b.read_events(fd, 12) == "");
  CHECK(b.trigger() == "");
  CHECK(b.read_events(fd, 64) == "");
  CHECK(b.events == Events{0, 6, 0x99, 0, 8, 0x99});
  CHECK(b.destroy(queue) == "EBUSY");
  b.process.files.close(fd);
  CHECK(b.destroy(queue) == "");
  CHECK(b.trigger() == "EOPNOTSUPP");
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: queues of the hardware hold what they read") {
  ViommuBench b;
  const std::uint64_t page = b.page();
  const std::uint64_t at = mock::kApertureFirst;
  const auto queue = [&](std::uint32_t viommu, std::uint32_t type, std::uint32_t index, std::uint64_t iova,
                         std::uint64_t length, std::uint32_t& id, std::uint32_t flags = 0) {
    abi::HwQueueAlloc c{0, flags, viommu, type, index, 0, iova, length};
    const Outcome out = b.run(0x94, c);
    id = c.out_hw_queue_id;
    return out;
  };
  const std::uint32_t type = mock::kQueueType;
  std::uint32_t id = 0, id2 = 0;
  CHECK(queue(kBad, type, 0, at, 0, id, 1) == "EOPNOTSUPP");
  CHECK(queue(kBad, 0, 0, at, 0, id) == "EOPNOTSUPP");
  CHECK(queue(kBad, type, 0, at, 0, id) == "EINVAL");
  CHECK(queue(kBad, type, 0, ~0ull, page, id) == "EOVERFLOW");
  CHECK(queue(kBad, type, 0, at, page, id) == "ENOENT");
  CHECK(queue(b.viommu, type + 1, 0, at, page, id) == "EOPNOTSUPP");
  CHECK(queue(b.viommu, type, 0, at, page, id) == "ENOENT");  // not mapped
  const auto objects = b.context().objects().size();
  // Chunks of real memory of the process are 2 MiB: the buffer lies in one, its end in another.
  CHECK(b.map_at(b.ioas_id, Bench::kBuffer, 4 * page, at) == "");
  const std::uint64_t far = 0x7020'0000;
  b.process.mm->pages.add(far >> b.layer.page_shift, 1);
  CHECK(b.map_at(b.ioas_id, far, page, at + 4 * page) == "");
  CHECK(queue(b.viommu, type, 0, at + 3 * page, 2 * page, id) == "EFAULT");  // not in a row
  CHECK(queue(b.viommu, type, 1, at, page, id) == "EIO");
  CHECK(queue(b.viommu, type, 2, at, page, id) == "EINVAL");
  CHECK(b.context().objects().size() == objects);
  CHECK(b.check_refs(Bench::kBuffer, 4 * page, 1) == "");
  CHECK(queue(b.viommu, type, 0, at, 2 * page, id) == "");
  CHECK(b.context().objects().size() == objects + 2);  // an access of its own, too
  CHECK(b.destroy(id + 1) == "EBUSY");
  CHECK(queue(b.viommu, type, 0, at, page, id2) == "EEXIST");
  CHECK(b.unmap(b.ioas_id, at, 4 * page) == "EBUSY");
  CHECK(b.unmap(b.ioas_id, at + 4 * page, page) == "");
  CHECK(queue(b.viommu, type, 1, at + page / 2, page / 2, id2) == "");
  CHECK(b.destroy(id) == "EBUSY");  // the second needs the first
  CHECK(b.destroy(b.viommu) == "EBUSY");
  CHECK(b.destroy(id2) == "");
  CHECK(b.unmap(b.ioas_id, at, 4 * page) == "EBUSY");
  CHECK(b.destroy(id) == "");
  CHECK(b.unmap(b.ioas_id, at, 4 * page) == "");
  CHECK(b.leaks().empty());
}
