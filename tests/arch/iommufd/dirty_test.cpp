// SPDX-License-Identifier: Apache-2.0
// Dirty pages (iommufd.md 7) of the mock's domains.
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;
using iommufd::Compat;

namespace {

constexpr std::uint64_t kBitmap = Bench::kScratch + 0x4000;
constexpr std::uint64_t kAt = mock::kApertureFirst;

struct DirtyBench : Bench {
  explicit DirtyBench(Compat compat = Compat::Newest) : Bench(compat) {
    ioas_id = ioas();
    device = mock_device(ioas_id);
    REQUIRE(map_at(ioas_id, kBuffer, 16 * page(), kAt) == "");
    REQUIRE(hwpt_alloc(device, ioas_id, hwpt, abi::kHwptDirtyTracking) == "");
  }
  Outcome track(bool on, std::uint32_t id) {
    abi::HwptSetDirtyTracking c{0, on ? 1u : 0u, id, 0};
    return run(0x8b, c);
  }
  /// The mock's device writes the pages whose bits are set.
  Outcome touch(std::uint64_t bits, std::uint64_t* count = nullptr, std::uint64_t page_size = 2048,
                std::uint64_t pages = 32) {
    write(kBitmap, bits);
    test = {};
    test.dirty = {0, 0, kAt, pages * page_size, page_size, kBitmap, 0};
    const Outcome out = test_op(mock::Op::Dirty, hwpt);
    if (count != nullptr) *count = test.dirty.out_nr_dirty;
    return out;
  }
  Outcome get(std::uint64_t& bits, std::uint64_t page_size = 2048, std::uint32_t flags = 0, std::uint64_t iova = kAt,
              std::uint64_t bytes = 32 * 2048, std::uint64_t bitmap = kBitmap) {
    abi::HwptGetDirtyBitmap c{0, hwpt, flags, 0, iova, bytes, page_size, bitmap};
    write(bitmap, bits);
    const Outcome out = run(0x8c, c);
    bits = read<std::uint64_t>(bitmap);
    return out;
  }
  std::uint32_t ioas_id = 0, hwpt = 0;
  Mock device;
};

}  // namespace

TEST_CASE("iommufd: tracking is for HWPTs that were made for it") {
  DirtyBench b;
  std::uint32_t plain = 0;
  REQUIRE(b.hwpt_alloc(b.device, b.ioas_id, plain) == "");
  abi::HwptSetDirtyTracking c{0, 2, 77, 0};
  CHECK(b.run(0x8b, c) == "EOPNOTSUPP");
  c = {0, 1, 77, 1};
  CHECK(b.run(0x8b, c) == "ENOENT");  // this reserved field is not looked at
  CHECK(b.track(true, b.ioas_id) == "ENOENT");
  CHECK(b.track(true, plain) == "EOPNOTSUPP");
  CHECK(b.track(true, b.hwpt) == "");
  CHECK(b.track(true, b.hwpt) == "");
  CHECK(b.track(false, b.hwpt) == "");
  CHECK(b.track(false, b.hwpt) == "");
  const Bench::Mock cannot = b.mock_device(b.ioas_id, mock::kDeviceNoDirty);
  CHECK(b.replace(cannot.object, b.hwpt) == "EINVAL");
  CHECK(b.replace(b.device.object, b.hwpt) == "");
}

TEST_CASE("iommufd: GET_DIRTY_BITMAP, its errors in order") {
  DirtyBench b;
  struct Row {
    const char* what;
    std::uint32_t hwpt, flags, reserved;
    std::uint64_t iova, length, page_size;
    Outcome expected;
  };
  std::uint32_t plain = 0;
  REQUIRE(b.hwpt_alloc(b.device, b.ioas_id, plain) == "");
  REQUIRE(b.track(true, b.hwpt) == "");
  const Row rows[] = {
      {"flag", 77, 2, 0, kAt, 0, 2048, "EOPNOTSUPP"},
      {"reserved", 77, 0, 1, kAt, 0, 2048, "EOPNOTSUPP"},
      {"no such HWPT", 77, 0, 0, kAt, 0, 2048, "ENOENT"},
      {"length 0", b.hwpt, 0, 0, kAt, 0, 2048, "EINVAL"},
      {"overflow", b.hwpt, 0, 0, ~0ull - 10, 4096, 2048, "EOVERFLOW"},
      {"start", b.hwpt, 0, 0, kAt + 1024, 2048, 1024, "EINVAL"},
      {"end", b.hwpt, 0, 0, kAt, 1024, 1024, "EINVAL"},
      {"no page size", b.hwpt, 0, 0, kAt, 2048, 0, "EINVAL"},
      {"start against the page size", b.hwpt, 0, 0, kAt + 2048, 4096, 4096, "EINVAL"},
      {"end against the page size", b.hwpt, 0, 0, kAt, 2048, 4096, "EINVAL"},
      {"a HWPT without tracking", plain, 0, 0, kAt, 4096, 2048, "EOPNOTSUPP"},
      {"good", b.hwpt, 0, 0, kAt, 4096, 2048, ""},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    abi::HwptGetDirtyBitmap c{0, row.hwpt, row.flags, row.reserved, row.iova, row.length, row.page_size, kBitmap};
    CHECK(b.run(0x8c, c) == row.expected);
  }
}

TEST_CASE("iommufd: dirty pages are read once, and at any granularity") {
  for (const Compat compat : {Compat::Newest, Compat::Linux6_12}) {
    DirtyBench b(compat);
    std::uint64_t count = 0, bits = 0;
    CHECK(b.touch(1) == "EINVAL");  // not tracking
    REQUIRE(b.track(true, b.hwpt) == "");
    CHECK(b.touch(0x8000'0105, &count) == "");
    CHECK(count == 4);
    CHECK(b.get(bits = 0, 2048, abi::HwptGetDirtyBitmap::kNoClear) == "");
    CHECK(bits == 0x8000'0105);
    CHECK(b.get(bits = 0x10, 2048) == "");
    CHECK(bits == 0x8000'0115);  // only ever set
    CHECK(b.get(bits = 0) == "");
    CHECK(bits == 0);
    // Coarser: one bit for two pages; finer: not below the IOAS's alignment.
    CHECK(b.touch(0b1001) == "");
    CHECK(b.get(bits = 0, 4096) == "");
    CHECK(bits == 0b11);
    // A part of the range, into a bitmap at an odd address.
    CHECK(b.touch(0xffff) == "");
    CHECK(b.get(bits = 0, 2048, 0, kAt + 4 * 2048, 2 * 2048, kBitmap + 0x101) == "");
    CHECK(bits == 0b11);
    CHECK(b.get(bits = 0) == "");
    CHECK(bits == 0xffcf);
    // Switching on begins with clean pages.
    CHECK(b.touch(3) == "");
    CHECK(b.track(true, b.hwpt) == "");
    CHECK(b.get(bits = 0) == "");
    CHECK(bits == 0);
    // What was unmapped is not dirty when it is mapped again.
    CHECK(b.touch(3) == "");
    CHECK(b.unmap(b.ioas_id, kAt, 16 * b.page()) == "");
    CHECK(b.touch(3, &count) == "");
    CHECK(count == (compat == Compat::Newest ? 2 : 0));
    CHECK(b.map_at(b.ioas_id, Bench::kBuffer, 16 * b.page(), kAt) == "");
    CHECK(b.get(bits = 0) == "");
    CHECK(bits == 0);
    CHECK(b.leaks().empty());
  }
}

TEST_CASE("iommufd: a large page is dirty as a whole") {
  for (const Compat compat : {Compat::Newest, Compat::Linux6_12}) {
    Bench b(compat);
    const std::uint32_t ioas = b.ioas();
    const bool newest = compat == Compat::Newest;
    const std::uint64_t va = 0x4000'0000;
    b.process.mm->pages.add(va >> b.layer.page_shift, 512);  // 2 MiB in a row
    const Bench::Mock device = b.mock_device(ioas, newest ? 0 : mock::kDeviceHuge);
    REQUIRE(b.map_at(ioas, va, 512 * b.page(), kAt) == "");
    b.write(Bench::kDriverData, mock::HwptData{0, mock::HwptData::kHuge});
    abi::HwptAlloc c{};
    c.flags = abi::kHwptDirtyTracking;
    c.dev_id = device.device;
    c.pt_id = ioas;
    if (newest) {
      c.data_type = mock::kHwptData;
      c.data_len = sizeof(mock::HwptData);
      c.data_uptr = Bench::kDriverData;
    }
    REQUIRE(b.run(0x89, c) == "");
    const std::uint32_t hwpt = c.out_hwpt_id;
    abi::HwptSetDirtyTracking set{0, 1, hwpt, 0};
    REQUIRE(b.run(0x8b, set) == "");
    b.write(kBitmap, std::uint64_t{1});
    b.test = {};
    b.test.dirty = {0, 0, kAt + (1 << 20) + 0x5000, 4096, 4096, kBitmap, 0};
    REQUIRE(b.test_op(mock::Op::Dirty, hwpt) == "");
    abi::HwptGetDirtyBitmap get{0, hwpt, 0, 0, kAt, 2 << 20, 64 * 1024, kBitmap};
    b.write(kBitmap, std::uint64_t{0});
    REQUIRE(b.run(0x8c, get) == "");
    CHECK(b.read<std::uint64_t>(kBitmap) == 0xffff'0000);
    CHECK(b.check_map(hwpt, kAt, 512 * b.page(), va) == "");
    CHECK(b.leaks().empty());
  }
}
