// SPDX-License-Identifier: Apache-2.0
// The mock driver: its checks find what is wrong, its accesses pin and move bytes, its dma-bufs can be
// taken back (iommufd.md 10).
#include "models/arch/iommufd/selftest/mock_domain.hpp"

#include "models/arch/tce.hpp"
#include "models/arch/translate.hpp"
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;
using iommufd::Compat;

namespace {
constexpr std::uint64_t kAt = mock::kApertureFirst;
}

TEST_CASE("mock: mappings are big-endian TCEs of 2 KiB pages in memory") {
  PlainMemory memory;
  mock::BlockPool pool(memory, 0x1000'0000, 2 * mock::BlockPool::kBlockBytes);
  {
    mock::MockDomain domain(pool, {});
    domain.map(kAt, 0x7654'3800, 2048, {true, false});
    domain.map(kAt + 2048, 0x1234'5000, 2048, {false, true});
    // Two levels of 2^10 entries: the page's number is 2^13.
    const std::uint64_t leaf = memory.read_be64(0x1000'0000 + 8 * (0x2000 >> 10)) & ~0xfffull;
    CHECK(leaf == 0x1000'2000);
    CHECK(memory.read_be64(leaf) == (0x7654'3800 | arch::kTceRead));
    CHECK(memory.read_be64(leaf + 8) == (0x1234'5000 | arch::kTceWrite));
    CHECK(domain.to_real(kAt + 5) == RealAddr{0x7654'3805});
    CHECK(domain.to_real(kAt + 2048) == RealAddr{0x1234'5000});
    CHECK(!domain.to_real(kAt + 4096));
    CHECK(!domain.to_real(1ull << 31));
    CHECK(outcome([&] { domain.map(kAt + 2048, 0, 2048, {true, true}); }) == "EEXIST");
    CHECK(outcome([&] { domain.map(kAt - 2048, 0, 2048, {true, true}); }) == "EINVAL");
    CHECK(outcome([&] { domain.map(mock::kApertureLast - 2047, 0, 4096, {true, true}); }) == "EINVAL");
    CHECK(outcome([&] { domain.map(kAt + 8192, 1024, 2048, {true, true}); }) == "EINVAL");
    domain.unmap(kAt, 2048);
    CHECK(memory.read_be64(leaf) == 0);
    CHECK(pool.in_use() == 1);
  }
  CHECK(pool.in_use() == 0);
  // The next owner of the block finds it empty.
  for (RealAddr at = 0x1000'0000; at < 0x1000'8000; at += 8) {
    if (memory.read_be64(at) != 0) CHECK(memory.read_be64(at) == 0);
  }
}

TEST_CASE("mock: the check of a map sees each wrong TCE") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  const Bench::Mock device = b.mock_device(ioas);
  REQUIRE(b.map_at(ioas, Bench::kBuffer, 4 * page, kAt) == "");
  CHECK(b.check_map(device.hwpt, kAt, 4 * page, Bench::kBuffer) == "");
  CHECK(b.check_map(device.hwpt, kAt + 2048, 2048, Bench::kBuffer + 2048) == "");
  CHECK(b.check_map(device.hwpt, kAt, 2048, Bench::kBuffer + 2048) == "EINVAL");
  CHECK(b.check_map(device.hwpt, kAt, page, Bench::kBuffer + page) == "EINVAL");
  CHECK(b.check_map(device.hwpt, kAt + 1024, 2048, Bench::kBuffer) == "EINVAL");
  CHECK(b.check_map(device.hwpt, kAt, 1024, Bench::kBuffer) == "EINVAL");
  CHECK(b.check_map(device.hwpt, kAt, 2048, Bench::kNowhere & ~2047ull) == "EFAULT");
  CHECK(b.check_map(77, kAt, 2048, Bench::kBuffer) == "ENOENT");
  CHECK(b.check_map(ioas, kAt, 2048, Bench::kBuffer) == "ENOENT");
  // A bit that is wrong in memory, in the last TCE.
  const RealAddr leaf = (b.machine.memory.read_be64(Bench::kMockMemory + 8 * (0x2000 >> 10)) & ~0xfffull) + 7 * 8;
  const std::uint64_t tce = b.machine.memory.read_be64(leaf);
  CHECK((tce & arch::kTcePermissions) == arch::kTcePermissions);
  b.machine.memory.write_be64(leaf, tce ^ 0x800);
  CHECK(b.check_map(device.hwpt, kAt, 4 * page, Bench::kBuffer) == "EINVAL");
  CHECK(b.check_map(device.hwpt, kAt, 4 * page - 2048, Bench::kBuffer) == "");
  b.machine.memory.write_be64(leaf, 0);
  CHECK(b.check_map(device.hwpt, kAt, 4 * page, Bench::kBuffer) == "EINVAL");
}

TEST_CASE("mock: the check of references counts pins") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  b.mock_device(ioas);
  CHECK(b.check_refs(Bench::kBuffer, 4 * page, 0) == "");
  REQUIRE(b.map_at(ioas, Bench::kBuffer, 2 * page, kAt) == "");
  REQUIRE(b.map_at(ioas, Bench::kBuffer + page, page, 2 * kAt) == "");
  CHECK(b.check_refs(Bench::kBuffer, page, 1) == "");
  CHECK(b.check_refs(Bench::kBuffer + page, page, 2) == "");
  CHECK(b.check_refs(Bench::kBuffer, 2 * page, 1) == "EIO");
  CHECK(b.check_refs(Bench::kBuffer, page + 1, 1) == "EINVAL");
  CHECK(b.check_refs(Bench::kBuffer + 1, page, 1) == "EINVAL");
  CHECK(b.check_refs(0x1234'5000, page, 0) == "EFAULT");
}

TEST_CASE("mock: devices' flags are those of the kernel in question") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  Bench::Mock device;
  CHECK(b.mock_device(ioas, device, mock::kDeviceHuge) == "EINVAL");
  CHECK(b.mock_device(ioas, device, 8) == "EINVAL");
  CHECK(b.mock_device(ioas, device, mock::kDevicePasid | mock::kDeviceNoDirty) == "");
  CHECK(b.mock_device(77, device) == "ENOENT");
  CHECK(b.context().objects().size() == 4);
  Bench old(Compat::Linux6_12);
  CHECK(old.mock_device(old.ioas(), device, mock::kDevicePasid) == "");
  CHECK(old.mock_device(1, device, 8) == "EINVAL");
  CHECK(old.mock_device(1, device, mock::kDeviceHuge) == "");
  old.test = {};
  CHECK(old.test_op(mock::Op::CheckDeviceCache, 0) == "EOPNOTSUPP");
}

TEST_CASE("mock: accesses pin, and let go when they are told") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  const std::uint64_t at = 0x10'0000;
  int fd = -1, plain = -1;
  std::uint32_t first = 9, second = 9;
  CHECK(b.create_access(77, true, fd) == "ENOENT");
  CHECK(b.context().objects().size() == 1);
  b.test = {};
  b.test.create_access.flags = 2;
  CHECK(b.test_op(mock::Op::CreateAccess, ioas) == "EOPNOTSUPP");
  CHECK(b.create_access(ioas, true, fd) == "");
  CHECK(b.create_access(ioas, false, plain) == "");
  CHECK(b.map_at(ioas, Bench::kBuffer, 4 * page, at) == "");
  CHECK(b.access_pages(fd, at, 17 << 20, 0, first) == "ENOMEM");
  CHECK(b.access_pages(fd, at, page, 0, first, 2) == "EOPNOTSUPP");
  CHECK(b.access_pages(b.fd, at, page, 0, first) == "EBADFD");
  CHECK(b.access_pages(99, at, page, 0, first) == "EBADFD");
  CHECK(b.access_pages(plain, at, page, 0, first) == "EOPNOTSUPP");
  CHECK(b.access_pages(fd, at, 0, 0, first) == "EINVAL");
  CHECK(b.access_pages(fd, at + 4 * page, page, 0, first) == "ENOENT");
  CHECK(b.access_pages(fd, at, page, Bench::kBuffer + page, first) == "EBADE");
  CHECK(b.check_refs(Bench::kBuffer, 4 * page, 0) == "");
  CHECK(b.access_pages(fd, at, 2 * page, Bench::kBuffer, first) == "");
  CHECK(b.access_pages(fd, at + page, page, Bench::kBuffer + page, second, mock::kAccessWrite) == "");
  CHECK(first == 0);
  CHECK(second == 1);
  CHECK(b.check_refs(Bench::kBuffer, 2 * page, 1) == "");  // once for each page object
  b.test = {};
  b.test.destroy_access_pages.access_pages_id = 7;
  CHECK(b.test_op(mock::Op::DestroyAccessPages, static_cast<std::uint32_t>(fd)) == "ENOENT");
  b.test.destroy_access_pages.access_pages_id = first;
  CHECK(b.test_op(mock::Op::DestroyAccessPages, static_cast<std::uint32_t>(fd)) == "");
  CHECK(b.check_refs(Bench::kBuffer, page, 0) == "");
  CHECK(b.check_refs(Bench::kBuffer + page, page, 1) == "");
  CHECK(b.unmap(ioas, at, 4 * page) == "");  // the owner is asked to let go
  CHECK(b.check_refs(Bench::kBuffer, 2 * page, 0) == "");
  b.test.destroy_access_pages.access_pages_id = second;
  CHECK(b.test_op(mock::Op::DestroyAccessPages, static_cast<std::uint32_t>(fd)) == "ENOENT");

  // Moving to another IOAS lets go of everything.
  const std::uint32_t other = b.ioas();
  CHECK(b.map_at(ioas, Bench::kBuffer, page, at) == "");
  CHECK(b.access_pages(fd, at, page, Bench::kBuffer, first) == "");
  b.test = {};
  b.test.access_replace_ioas.ioas_id = 77;
  CHECK(b.test_op(mock::Op::AccessReplaceIoas, static_cast<std::uint32_t>(fd)) == "ENOENT");
  CHECK(b.check_refs(Bench::kBuffer, page, 1) == "");
  b.test.access_replace_ioas.ioas_id = other;
  CHECK(b.test_op(mock::Op::AccessReplaceIoas, static_cast<std::uint32_t>(fd)) == "");
  CHECK(b.check_refs(Bench::kBuffer, page, 0) == "");
  CHECK(b.destroy(other) == "EBUSY");
  CHECK(b.access_pages(fd, at, page, 0, first) == "ENOENT");
  CHECK(b.leaks().empty());
}

TEST_CASE("mock: accesses read and write any bytes") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t at = 0x10'0000;
  int fd = -1;
  CHECK(b.create_access(ioas, false, fd) == "");
  CHECK(b.map_at(ioas, Bench::kBuffer, 2 * b.page(), at) == "");
  CHECK(b.map_at(ioas, Bench::kBuffer + 8 * b.page(), b.page(), at + 2 * b.page(), abi::kMapReadable) == "");
  const std::uint64_t data = Bench::kScratch + 0x3000;
  const auto rw = [&](std::uint64_t iova, std::uint64_t n, std::uint32_t flags) {
    b.test = {};
    b.test.access_rw = {iova, n, data, flags};
    return b.test_op(mock::Op::AccessRw, static_cast<std::uint32_t>(fd));
  };
  b.write(data, std::uint64_t{0x1122334455667788});
  CHECK(rw(at + b.page() - 3, 8, mock::kAccessWrite | mock::kAccessSlowPath) == "");
  CHECK(b.read<std::uint64_t>(Bench::kBuffer + b.page() - 3) == 0x1122334455667788);
  b.write(Bench::kBuffer + 8 * b.page(), std::uint64_t{0x99});
  CHECK(rw(at + 2 * b.page() - 1, 3, 0) == "");
  CHECK((b.read<std::uint64_t>(data) & 0xffffff) == 0x009900);
  CHECK(rw(at + 2 * b.page() - 1, 3, mock::kAccessWrite) == "EPERM");
  CHECK(rw(at + 3 * b.page() - 1, 2, 0) == "ENOENT");
  CHECK(rw(at, 0, 0) == "EINVAL");
  CHECK(rw(~0ull, 2, 0) == "EOVERFLOW");
  CHECK(rw(at, 8, 2) == "EOPNOTSUPP");
  CHECK(rw(at, (16 << 20) + 1, 0) == "ENOMEM");
  // An address as {number of the area, offset}.
  CHECK(rw(1 | std::uint64_t{0} << 32, 1, mock::kAccessByArea) == "");
  CHECK((b.read<std::uint64_t>(data) & 0xff) == 0x99);
  // A process that is gone has memory no more.
  b.process.mm->gone = true;
  auto living = std::make_shared<FakeProcess>(b.machine, 512);
  living->pages.add(Bench::kScratch >> b.layer.page_shift, 16);
  const auto was = std::exchange(b.process.mm, living);
  b.process.caller.mm = living;
  CHECK(rw(at, 8, 0) == "EFAULT");
  CHECK(was->gone);
  CHECK(b.leaks().empty());
}

TEST_CASE("mock: dma-bufs are mapped by descriptor until they are taken back") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  const Bench::Mock device = b.mock_device(ioas);
  const auto get = [&](std::uint32_t bytes) {
    b.test = {};
    b.test.dma_buf_get = {bytes, 0};
    return b.test_op(mock::Op::DmaBufGet, 0);
  };
  const auto revoke = [&](int fd, bool on) {
    b.test = {};
    b.test.dma_buf_revoke = {fd, on};
    return b.test_op(mock::Op::DmaBufRevoke, 0);
  };
  const auto map_file = [&](int fd, std::uint64_t start, std::uint64_t bytes, std::uint64_t iova) {
    abi::IoasMapFile c{0, Bench::kRw | abi::kMapFixed, ioas, fd, start, bytes, iova};
    return b.run(0x8f, c);
  };
  const auto domain = [&](std::uint64_t iova) {
    return dynamic_cast<mock::MockDomain&>(b.context().objects().get<iommufd::HwptPaging>(device.hwpt).domain())
        .to_real(iova);
  };
  CHECK(get(0) == "EINVAL");
  CHECK(get(512 * 4096 + 1) == "EINVAL");
  CHECK(get(4 * 4096 - 5) == "");
  const int fd = static_cast<int>(b.test_result);
  CHECK(revoke(99, true) == "EBADF");
  CHECK(revoke(b.fd, true) == "EINVAL");
  CHECK(map_file(fd, 0, 0, kAt) == "EINVAL");
  CHECK(map_file(fd, 4 * page, page, kAt) == "EINVAL");
  CHECK(map_file(fd, 0, 4 * page, kAt) == "");
  CHECK(domain(kAt));
  CHECK(b.machine.pins.empty());
  CHECK(revoke(fd, true) == "");
  CHECK(!domain(kAt));
  CHECK(map_file(fd, 0, page, 2 * kAt) == "ENODEV");
  CHECK(revoke(fd, false) == "");
  CHECK(!domain(kAt));  // what was mapped stays without translation
  CHECK(map_file(fd, 0, page, 2 * kAt) == "");
  CHECK(domain(2 * kAt));
  CHECK(map_file(fd, 0, page, kAt) == "EEXIST");
  CHECK(b.unmap(ioas, kAt, 4 * page) == "");
  b.process.files.close(fd);
  CHECK(domain(2 * kAt));  // the mapping holds it
  CHECK(b.leaks().empty());
}

TEST_CASE("mock: CHANGE_PROCESS moves what files back, and only that") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  b.mock_device(ioas);
  const int file = b.process.files.install(std::make_shared<Memfd>(std::make_shared<FakeFile>(b.machine, 8)));
  abi::IoasMapFile c{0, Bench::kRw | abi::kMapFixed, ioas, file, 0, 8 * page, kAt};
  CHECK(b.run(0x8f, c) == "");
  const auto old = b.process.mm;
  CHECK(old->pinned_pages == 8);
  abi::IoasChangeProcess change{0, 1};
  CHECK(b.run(0x92, change) == "EOPNOTSUPP");
  CHECK(b.map_at(ioas, Bench::kBuffer, page, 2 * kAt) == "");
  change.reserved = 0;
  CHECK(b.run(0x92, change) == "EINVAL");
  CHECK(b.unmap(ioas, 2 * kAt, page) == "");

  b.process.mm = std::make_shared<FakeProcess>(b.machine, 512);
  b.process.mm->pages.add(Bench::kScratch >> b.layer.page_shift, 16);
  b.process.caller.mm = b.process.mm;
  b.process.mm->limit = 7 * page;
  CHECK(b.run(0x92, change) == "ENOMEM");
  CHECK(old->pinned_pages == 8);
  b.process.mm->limit = 8 * page;
  CHECK(b.run(0x92, change) == "");
  CHECK(old->pinned_pages == 0);
  CHECK(b.process.mm->pinned_pages == 8);
  CHECK(b.leaks().empty());
}
