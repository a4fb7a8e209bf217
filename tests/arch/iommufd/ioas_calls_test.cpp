// SPDX-License-Identifier: Apache-2.0
// Errors of the calls on I/O address spaces, in the order in which they count (iommufd.md 3.1-3.10, 3.18, 3.20).
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;

namespace {
constexpr std::uint64_t kMax = ~0ull;
constexpr std::uint64_t kVa = Bench::kBuffer;
constexpr std::uint32_t kBad = 77;  // no object
}  // namespace

TEST_CASE("iommufd: ids are the lowest free ones, from 1") {
  Bench b;
  CHECK(b.ioas() == 1);
  CHECK(b.ioas() == 2);
  CHECK(b.ioas() == 3);
  CHECK(b.destroy(2) == "");
  CHECK(b.destroy(1) == "");
  CHECK(b.ioas() == 1);
  CHECK(b.ioas() == 2);
  CHECK(b.ioas() == 4);
  CHECK(b.destroy(0) == "ENOENT");
  CHECK(b.destroy(5) == "ENOENT");
  CHECK(b.destroy(0x80000001) == "ENOENT");
}

TEST_CASE("iommufd: IOAS_ALLOC has no flags") {
  Bench b;
  abi::IoasAlloc c{0, 1, 0};
  CHECK(b.run(0x81, c) == "EOPNOTSUPP");
  CHECK(!b.context().objects().any());
}

TEST_CASE("iommufd: an id that cannot be told is not taken") {
  Bench b;
  // Read-only memory of the caller: the struct is read, the answer cannot be written.
  const std::uint64_t va = 0x5000'0000;
  b.process.mm->pages.add(va >> b.layer.page_shift, 1, false);
  const RealAddr real = b.process.mm->pages.real_of(va >> b.layer.page_shift);
  const abi::IoasAlloc c{sizeof c, 0, 0};
  b.machine.memory.write(real, reinterpret_cast<const unsigned char*>(&c), sizeof c);
  CHECK(b.raw(0x3b81, va) == "EFAULT");
  CHECK(!b.context().objects().any());
  // Nor is a mapping left.
  const std::uint32_t ioas = b.ioas();
  abi::IoasMap m{sizeof m, Bench::kRw | abi::kMapFixed, ioas, 0, kVa, b.page(), 0x10000};
  b.machine.memory.write(real, reinterpret_cast<const unsigned char*>(&m), sizeof m);
  CHECK(b.raw(0x3b85, va) == "EFAULT");
  CHECK(b.map_at(ioas, kVa, b.page(), 0x10000) == "");
}

TEST_CASE("iommufd: IOAS_MAP, its errors in order") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  CHECK(b.map_at(ioas, kVa, 4 * page, 0x100000) == "");
  constexpr std::uint32_t kFixed = abi::kMapFixed | Bench::kRw;
  struct Row {
    const char* what;
    abi::IoasMap c;
    Outcome expected;
  };
  const Row rows[] = {
      {"an unknown flag before everything", {0, 8, kBad, 0, kVa, kMax, kMax}, "EOPNOTSUPP"},
      {"reserved", {0, kFixed, kBad, 1, kVa, kMax, kMax}, "EOPNOTSUPP"},
      {"iova 2^64-1", {0, abi::kMapFixed, kBad, 0, kVa, 0, kMax}, "EOVERFLOW"},
      {"length 2^64-1", {0, abi::kMapFixed, kBad, 0, kVa, kMax, 0}, "EOVERFLOW"},
      {"neither R nor W", {0, abi::kMapFixed, kBad, 0, kVa, 0, 0}, "EINVAL"},
      {"no such IOAS", {0, kFixed, kBad, 0, kVa, 0, 0}, "ENOENT"},
      {"the source wraps", {0, kFixed, ioas, 0, kMax - 10, 0x2000, 0}, "EOVERFLOW"},
      {"length 0", {0, kFixed, ioas, 0, kVa, 0, 0}, "EINVAL"},
      {"I01 overlap", {0, kFixed, ioas, 0, kVa, page, 0x100000 + 3 * page}, "EEXIST"},
      {"beside it", {0, kFixed, ioas, 0, kVa, page, 0x100000 + 4 * page}, ""},
      {"the target wraps", {0, kFixed, ioas, 0, kVa, page, kMax - 10}, "EOVERFLOW"},
      {"I05 flags 0", {0, 0, ioas, 0, kVa, page, 0}, "EINVAL"},
      {"I05 unknown flag", {0, 16, ioas, 0, kVa, page, 0}, "EOPNOTSUPP"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    abi::IoasMap c = row.c;
    CHECK(b.run(0x85, c) == row.expected);
  }
}

TEST_CASE("iommufd: a mapping's address is told, and memory need not be there before a domain is") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  std::uint64_t iova = 0;
  CHECK(b.map(ioas, kVa, b.page(), iova) == "");
  CHECK(iova != 0);
  CHECK(iova % b.page() == 0);
  CHECK(b.unmap(ioas, iova, b.page()) == "");
  CHECK(b.map_at(ioas, kVa, b.page(), iova = mock::kApertureFirst) == "");
  CHECK(b.map_at(ioas, 0x1234'5000, b.page(), 2 * iova) == "");
  Bench::Mock mock;
  CHECK(b.mock_device(ioas, mock) == "EFAULT");  // now it has to be
  CHECK(b.unmap(ioas, 2 * iova, b.page()) == "");
  CHECK(b.mock_device(ioas, mock) == "");
  CHECK(b.check_refs(kVa, b.page(), 1) == "");
  CHECK(b.check_map(mock.hwpt, iova, b.page(), kVa) == "");
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: IOAS_UNMAP, its errors in order") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  CHECK(b.map_at(ioas, kVa, 4 * page, 0x100000) == "");
  CHECK(b.unmap(kBad, 0, 0) == "ENOENT");
  CHECK(b.unmap(kBad, kMax, kMax) == "ENOENT");
  CHECK(b.unmap(ioas, kMax, page) == "EOVERFLOW");
  CHECK(b.unmap(ioas, page, kMax) == "EOVERFLOW");
  CHECK(b.unmap(ioas, 0x100000, 0) == "EINVAL");
  CHECK(b.unmap(ioas, kMax - 10, 0x1000) == "EOVERFLOW");
  CHECK(b.unmap(ioas, 0x100000 + page, page) == "ENOENT");      // I02 the middle
  CHECK(b.unmap(ioas, 0x200000, page) == "ENOENT");             // I03 nothing there
  std::uint64_t done = 0;
  CHECK(b.unmap(ioas, 0x100000, 4 * page, &done) == "");
  CHECK(done == 4 * page);
  CHECK(b.unmap(ioas, 0, kMax, &done) == "");  // all, of nothing
  CHECK(done == 0);
}

TEST_CASE("iommufd: IOAS_COPY, its errors in order") {
  Bench b;
  const std::uint32_t from = b.ioas();
  const std::uint32_t to = b.ioas();
  const std::uint64_t page = b.page();
  CHECK(b.map_at(from, kVa, 4 * page, 0x100000) == "");
  CHECK(b.map_at(from, kVa, page, 0x200000, abi::kMapReadable) == "");
  constexpr std::uint32_t kFixed = abi::kMapFixed | Bench::kRw;
  struct Row {
    const char* what;
    abi::IoasCopy c;
    Outcome expected;
  };
  const Row rows[] = {
      {"an unknown flag", {0, 8, kBad, kBad, kMax, kMax, kMax}, "EOPNOTSUPP"},
      {"length 2^64-1", {0, 0, kBad, kBad, kMax, 0, 0}, "EOVERFLOW"},
      {"source 2^64-1", {0, 0, kBad, kBad, 0, 0, kMax}, "EOVERFLOW"},
      {"target 2^64-1", {0, 0, kBad, kBad, 0, kMax, 0}, "EOVERFLOW"},
      {"neither R nor W", {0, 0, kBad, kBad, 0, 0, 0}, "EINVAL"},
      {"no source IOAS", {0, kFixed, to, kBad, 0, 0, 0}, "ENOENT"},
      {"length 0", {0, kFixed, kBad, from, 0, 0, 0x100000}, "EINVAL"},
      {"the source wraps", {0, kFixed, kBad, from, page, 0, kMax - 10}, "EOVERFLOW"},
      {"no target IOAS", {0, kFixed, kBad, from, page, 0, 0x100000}, "ENOENT"},
      {"a hole in the source", {0, kFixed, to, from, 5 * page, 0, 0x100000}, "ENOENT"},
      {"more rights than the source", {0, kFixed, to, from, page, 0, 0x200000}, "EPERM"},
      {"as many", {0, abi::kMapFixed | abi::kMapReadable, to, from, page, 0, 0x200000}, ""},
      {"a part", {0, kFixed, to, from, 2 * page, 0x400000, 0x100000 + page}, ""},
      {"onto it", {0, kFixed, to, from, page, 0x400000, 0x100000}, "EEXIST"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    abi::IoasCopy c = row.c;
    CHECK(b.run(0x83, c) == row.expected);
  }
  // Within one IOAS, placed by the kernel.
  abi::IoasCopy c{0, Bench::kRw, from, from, page, 0, 0x100000};
  CHECK(b.run(0x83, c) == "");
  CHECK(c.dst_iova != 0);
}

TEST_CASE("iommufd: IOAS_IOVA_RANGES tells how many there are even without room") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t array = Bench::kScratch + 0x3000;
  abi::IoasIovaRanges c{0, ioas, 4, 0, array, 0};
  CHECK(b.run(0x84, c) == "");
  CHECK(c.num_iovas == 1);
  CHECK(c.out_iova_alignment == 1);
  auto entry = b.read<abi::IovaRangeEntry>(array);
  CHECK(entry.start == 0);
  CHECK(entry.last == kMax);

  b.test = {};
  b.test.add_reserved = {0x10000, 0x1000};
  CHECK(b.test_op(mock::Op::AddReserved, ioas) == "");
  c.num_iovas = 1;
  b.write(array + 16, abi::IovaRangeEntry{5, 5});
  CHECK(b.run(0x84, c) == "EMSGSIZE");
  CHECK(c.num_iovas == 2);
  entry = b.read<abi::IovaRangeEntry>(array);
  CHECK(entry.last == 0xffff);
  CHECK(b.read<abi::IovaRangeEntry>(array + 16).start == 5);
  c.num_iovas = 0;
  c.allowed_iovas = Bench::kNowhere;
  CHECK(b.run(0x84, c) == "EMSGSIZE");  // nothing is written where there is no room
  c.num_iovas = 2;
  c.allowed_iovas = Bench::kNowhere;
  CHECK(b.run(0x84, c) == "EFAULT");
  c = {0, kBad, 1, 1, array, 0};
  CHECK(b.run(0x84, c) == "EOPNOTSUPP");
  c.reserved = 0;
  CHECK(b.run(0x84, c) == "ENOENT");
}

TEST_CASE("iommufd: IOAS_ALLOW_IOVAS replaces the list or leaves it") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t array = Bench::kScratch + 0x3000;
  const auto allow = [&](std::vector<abi::IovaRangeEntry> ranges, std::uint32_t reserved = 0) {
    for (std::size_t i = 0; i < ranges.size(); ++i) b.write(array + 16 * i, ranges[i]);
    abi::IoasAllowIovas c{0, ioas, static_cast<std::uint32_t>(ranges.size()), reserved, array};
    return b.run(0x82, c);
  };
  CHECK(allow({}, 1) == "EOPNOTSUPP");
  CHECK(allow({{0x10000, 0x10000}}) == "EINVAL");
  CHECK(allow({{0x10000, 0x1ffff}, {0x1ffff, 0x2ffff}}) == "EINVAL");
  CHECK(allow({{0x10000, 0x1ffff}, {0x20000, 0x2ffff}}) == "");
  std::uint64_t iova = 0;
  CHECK(b.map(ioas, kVa, b.page(), iova) == "");
  CHECK(iova == 0x10000);
  b.test = {};
  b.test.add_reserved = {0x20000, 0x1000};
  CHECK(b.test_op(mock::Op::AddReserved, ioas) == "EADDRINUSE");
  b.test.add_reserved = {0x40000, 0x1000};
  CHECK(b.test_op(mock::Op::AddReserved, ioas) == "");
  CHECK(allow({{0x3f000, 0x40000}}) == "EADDRINUSE");
  CHECK(b.map(ioas, kVa, b.page(), iova) == "");
  CHECK(iova == 0x11000);  // still the old list
  abi::IoasAllowIovas c{0, ioas, 1, 0, Bench::kNowhere};
  CHECK(b.run(0x82, c) == "EFAULT");
  c.ioas_id = kBad;
  CHECK(b.run(0x82, c) == "ENOENT");
  CHECK(allow({}) == "");
  CHECK(b.map(ioas, kVa, 2 * b.page(), iova) == "");
  CHECK(iova == 0x2000);  // anywhere; aligned to its length
}

TEST_CASE("iommufd: options") {
  Bench b;
  struct Row {
    const char* what;
    abi::Option c;
    Outcome expected;
    std::uint64_t value;
  };
  const auto check = [&](const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      INFO(row.what);
      abi::Option c = row.c;
      CHECK(b.run(0x87, c) == row.expected);
      if (row.expected.empty()) CHECK(c.val64 == row.value);
    }
  };
  check({
      {"reserved", {0, 0, 1, 1, 0, 3}, "EOPNOTSUPP", 0},
      {"unknown option", {0, 9, 1, 0, 0, 3}, "EOPNOTSUPP", 0},
      {"unknown op", {0, 0, 2, 0, 0, 3}, "EOPNOTSUPP", 0},
      {"an object has no accounting", {0, 0, 1, 0, 1, 3}, "EOPNOTSUPP", 0},
      {"per user at first", {0, 0, 1, 0, 0, 3}, "", 0},
      {"neither", {0, 0, 0, 0, 0, 2}, "EINVAL", 0},
      {"per process", {0, 0, 0, 0, 0, 1}, "", 1},
      {"it is", {0, 0, 1, 0, 0, 3}, "", 1},
      {"no such IOAS", {0, 1, 1, 0, kBad, 3}, "ENOENT", 0},
  });
  b.process.caller.creds.sys_resource = false;
  check({{"no right", {0, 0, 0, 0, 0, 0}, "EPERM", 0}});
  b.process.caller.creds.sys_resource = true;
  const std::uint32_t ioas = b.ioas();
  check({
      {"too late", {0, 0, 0, 0, 0, 0}, "EBUSY", 0},
      {"large pages at first", {0, 1, 1, 0, ioas, 3}, "", 1},
      {"unknown op", {0, 1, 2, 0, ioas, 3}, "EOPNOTSUPP", 0},
      {"neither", {0, 1, 0, 0, ioas, 2}, "EINVAL", 0},
      {"none", {0, 1, 0, 0, ioas, 0}, "", 0},
      {"none is left", {0, 1, 1, 0, ioas, 3}, "", 0},
      {"again", {0, 1, 0, 0, ioas, 1}, "", 1},
  });
}

TEST_CASE("iommufd: a container's context starts with accounting per process") {
  Bench b;
  b.fd = b.open(iommufd::Node::VfioContainer);
  abi::Option c{0, 0, abi::kOptionGet, 0, 0, 3};
  CHECK(b.run(0x87, c) == "");
  CHECK(c.val64 == 1);
}

TEST_CASE("iommufd: the IOAS of VFIO's calls") {
  Bench b;
  const auto vfio_ioas = [&](std::uint16_t op, std::uint32_t id, std::uint16_t reserved = 0) {
    abi::VfioIoas c{0, id, op, reserved};
    Outcome out = b.run(0x88, c);
    if (out.empty() && op == abi::kVfioIoasGet) out = std::to_string(c.ioas_id);
    return out;
  };
  CHECK(vfio_ioas(0, 0, 1) == "EOPNOTSUPP");
  CHECK(vfio_ioas(3, 0) == "EOPNOTSUPP");
  CHECK(vfio_ioas(abi::kVfioIoasGet, 0) == "ENODEV");
  CHECK(vfio_ioas(abi::kVfioIoasSet, kBad) == "ENOENT");
  CHECK(vfio_ioas(abi::kVfioIoasClear, 0) == "");
  const std::uint32_t ioas = b.ioas();
  CHECK(vfio_ioas(abi::kVfioIoasSet, ioas) == "");
  CHECK(vfio_ioas(abi::kVfioIoasGet, 0) == std::to_string(ioas));
  CHECK(vfio_ioas(abi::kVfioIoasClear, 0) == "");
  CHECK(vfio_ioas(abi::kVfioIoasGet, 0) == "ENODEV");
  CHECK(vfio_ioas(abi::kVfioIoasSet, ioas) == "");
  CHECK(b.destroy(ioas) == "");
  CHECK(vfio_ioas(abi::kVfioIoasGet, 0) == "ENODEV");  // gone with its object
  // What a group does to an iommufd as its container.
  b.context().create_compat_ioas();
  const std::string made = vfio_ioas(abi::kVfioIoasGet, 0);
  CHECK(made == "1");
  b.context().create_compat_ioas();
  CHECK(vfio_ioas(abi::kVfioIoasGet, 0) == made);
}

TEST_CASE("iommufd: NOIOMMU_GET_PA has no domain to ask here") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  CHECK(b.map_at(ioas, kVa, b.page(), 0x10000) == "");
  struct Row {
    bool rawio;
    abi::NoIommuGetPa c;
    Outcome expected;
  };
  const Row rows[] = {
      {false, {0, 1, kBad, 1, kMax, 0, 0}, "EPERM"},
      {true, {0, 1, kBad, 0, kMax, 0, 0}, "EOPNOTSUPP"},
      {true, {0, 0, kBad, 1, kMax, 0, 0}, "EOPNOTSUPP"},
      {true, {0, 0, kBad, 0, kMax, 0, 0}, "EINVAL"},
      {true, {0, 0, kBad, 0, kMax, 1, 0}, "EOVERFLOW"},
      {true, {0, 0, kBad, 0, 0x10000, 1, 0}, "ENOENT"},
      {true, {0, 0, ioas, 0, 0xffff, 1, 0}, "ENOENT"},
      {true, {0, 0, ioas, 0, 0x11000, 1, 0}, "ENOENT"},
      {true, {0, 0, ioas, 0, 0x10fff, 1, 0}, "EOPNOTSUPP"},
  };
  for (const Row& row : rows) {
    b.process.caller.creds.sys_rawio = row.rawio;
    abi::NoIommuGetPa c = row.c;
    CHECK(b.run(0x95, c) == row.expected);
  }
}

TEST_CASE("iommufd: files are mapped by descriptor") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  const int file = b.process.files.install(std::make_shared<Memfd>(std::make_shared<FakeFile>(b.machine, 8)));
  constexpr std::uint32_t kFixed = abi::kMapFixed | Bench::kRw;
  struct Row {
    const char* what;
    abi::IoasMapFile c;
    Outcome expected;
  };
  const Row rows[] = {
      {"an unknown flag", {0, 8, kBad, 99, 0, kMax, kMax}, "EOPNOTSUPP"},
      {"iova 2^64-1", {0, 0, kBad, 99, 0, 0, kMax}, "EOVERFLOW"},
      {"neither R nor W", {0, 0, kBad, 99, 0, 0, 0}, "EINVAL"},
      {"no such IOAS", {0, kFixed, kBad, 99, 0, 0, 0}, "ENOENT"},
      {"length 0", {0, kFixed, ioas, 99, 0, 0, 0}, "EINVAL"},
      {"the file's range wraps", {0, kFixed, ioas, 99, kMax - 10, page, 0}, "EOVERFLOW"},
      {"no such descriptor", {0, kFixed, ioas, 99, 0, page, 0}, "EBADF"},
      {"a negative one", {0, kFixed, ioas, -1, 0, page, 0}, "EBADF"},
      {"a file without pages", {0, kFixed, ioas, b.fd, 0, page, 0}, "EINVAL"},
      {"two pages", {0, kFixed, ioas, file, page, 2 * page, 1 << 24}, ""},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    abi::IoasMapFile c = row.c;
    CHECK(b.run(0x8f, c) == row.expected);
  }
  CHECK(b.machine.pins.empty());
  b.mock_device(ioas);
  CHECK(b.machine.pins.size() == 2);
  CHECK(b.leaks().empty());
}
