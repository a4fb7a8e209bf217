// SPDX-License-Identifier: Apache-2.0
// VFIO's container calls on an iommufd (iommufd.md 9), and I10, I11 of ddw-vfio.md 9.5.
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;

namespace {

constexpr std::uint64_t kAt = mock::kApertureFirst;
constexpr std::uint32_t kSetIommu = 0x3b66, kCheckExtension = 0x3b65, kGetInfo = 0x3b70, kMapDma = 0x3b71,
                        kUnmapDma = 0x3b72;

struct MapDma {
  std::uint32_t argsz, flags;
  std::uint64_t vaddr, iova, size;
};
struct UnmapDma {
  std::uint32_t argsz, flags;
  std::uint64_t iova, size;
};
struct Info {
  std::uint32_t argsz, flags;
  std::uint64_t pgsizes;
  std::uint32_t cap_offset, padding;
};

struct VfioBench : Bench {
  explicit VfioBench(bool with_ioas = true) {
    if (!with_ioas) return;
    ioas_id = ioas();
    device = mock_device(ioas_id);
    abi::VfioIoas c{0, ioas_id, abi::kVfioIoasSet, 0};
    REQUIRE(run(0x88, c) == "");
  }
  Outcome dma_map(std::uint64_t va, std::uint64_t size, std::uint64_t iova, std::uint32_t flags = 3,
                  std::uint32_t argsz = sizeof(MapDma)) {
    MapDma c{argsz, flags, va, iova, size};
    return call(kMapDma, c);
  }
  Outcome dma_unmap(std::uint64_t iova, std::uint64_t size, std::uint64_t& done, std::uint32_t flags = 0,
                    std::uint32_t argsz = sizeof(UnmapDma)) {
    UnmapDma c{argsz, flags, iova, size};
    const Outcome out = call(kUnmapDma, c);
    done = c.size;
    return out;
  }
  std::int64_t extension(std::uint64_t type, const Outcome& expected = "") {
    std::int64_t result = -1;
    CHECK(raw(kCheckExtension, type, &result) == expected);
    return result;
  }
  std::uint32_t ioas_id = 0;
  Mock device;
};

}  // namespace

TEST_CASE("iommufd: what a container offers; sPAPR is not among it") {
  VfioBench b;
  std::int64_t result = -1;
  CHECK(b.raw(0x3b64, 0, &result) == "");
  CHECK(result == 0);
  struct Row {
    std::uint64_t type;
    std::int64_t expected;
  };
  const Row rows[] = {{1, 1}, {2, 0}, {3, 1}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 1}, {10, 0}, {99, 0}};
  for (const Row& row : rows) {
    INFO(row.type);
    CHECK(b.extension(row.type) == row.expected);
  }
  for (const std::uint64_t type : {0, 2, 4, 6, 7, 8, 9}) CHECK(b.raw(kSetIommu, type) == "EINVAL");  // I10
  for (const std::uint32_t word : {0x3b73u, 0x3b74u, 0x3b75u, 0x3b76u, 0x3b77u, 0x3b78u, 0x3b79u}) {
    CHECK(b.raw(word, Bench::kScratch) == "ENOTTY");  // I11 and its neighbours
  }
  CHECK(b.destroy(b.device.object) == "");
  CHECK(b.extension(4) == 1);  // no HWPT that does not enforce coherency
}

TEST_CASE("iommufd: without an IOAS a container can do little") {
  VfioBench b(false);
  CHECK(b.extension(1) == 1);
  b.extension(4, "ENODEV");
  CHECK(b.raw(kSetIommu, 7) == "EINVAL");
  CHECK(b.raw(kSetIommu, 1) == "ENODEV");
  std::uint64_t done = 0;
  CHECK(b.dma_map(0, 0, 0, 3, 31) == "EINVAL");
  CHECK(b.dma_map(0, 0, 0, 4) == "EINVAL");
  CHECK(b.dma_map(0, 0, 0) == "ENODEV");
  CHECK(b.dma_unmap(0, 0, done, 0, 23) == "EINVAL");
  CHECK(b.dma_unmap(0, 0, done, 1) == "EINVAL");
  CHECK(b.dma_unmap(0, 0, done) == "ENODEV");
  Info info{15, 0, 0, 0, 0};
  CHECK(b.call(kGetInfo, info) == "EINVAL");
  info.argsz = 16;
  CHECK(b.call(kGetInfo, info) == "ENODEV");
  CHECK(b.raw(kMapDma, Bench::kNowhere) == "EFAULT");
  CHECK(b.raw(kUnmapDma, Bench::kNowhere) == "EFAULT");
  CHECK(b.raw(kGetInfo, Bench::kNowhere) == "EFAULT");
}

TEST_CASE("iommufd: a container maps and unmaps") {
  for (const std::uint64_t type : {1, 3}) {
    VfioBench b;
    const std::uint64_t page = b.page();
    std::uint64_t done = 0;
    CHECK(b.raw(kSetIommu, type) == "");
    abi::Option option{0, abi::kOptionHugePages, abi::kOptionGet, 0, b.ioas_id, 9};
    CHECK(b.run(0x87, option) == "");
    CHECK(option.val64 == (type == 1 ? 0 : 1));
    CHECK(b.dma_map(Bench::kBuffer, 8 * page, kAt) == "");
    CHECK(b.check_map(b.device.hwpt, kAt, 8 * page, Bench::kBuffer) == "");
    CHECK(b.dma_map(Bench::kBuffer, page, kAt) == "EEXIST");
    CHECK(b.dma_map(Bench::kBuffer, 0, kAt) == "EINVAL");
    CHECK(b.dma_map(Bench::kBuffer, page, 0) == "EINVAL");  // outside the aperture
    CHECK(b.dma_unmap(2 * kAt, page, done) == "");          // nothing there
    CHECK(done == 0);
    CHECK(b.dma_unmap(2 * kAt, 0, done) == "EINVAL");
    if (type == 1) {
      CHECK(b.dma_unmap(kAt + 2 * page, page, done) == "");  // the middle: areas are cut
      CHECK(done == page);
      CHECK(b.check_map(b.device.hwpt, kAt + page, page, Bench::kBuffer + page) == "");
      CHECK(b.check_map(b.device.hwpt, kAt + 2 * page, page, Bench::kBuffer + 2 * page) == "EINVAL");
      CHECK(b.check_refs(Bench::kBuffer + 2 * page, page, 0) == "");
      CHECK(b.check_refs(Bench::kBuffer + 3 * page, page, 1) == "");
    } else {
      CHECK(b.dma_unmap(kAt + 2 * page, page, done) == "ENOENT");
    }
    CHECK(b.dma_unmap(kAt, 0, done, 2) == "EINVAL");
    CHECK(b.dma_unmap(0, page, done, 2) == "EINVAL");
    CHECK(b.dma_unmap(0, 0, done, 2) == "");
    CHECK(done == (type == 1 ? 7 : 8) * page);
    CHECK(b.dma_unmap(0, 0, done, 2) == "");
    CHECK(done == 0);
    CHECK(b.dma_map(Bench::kBuffer, page, kAt, 0) == "");  // without permission is a mapping, too
    CHECK(b.leaks().empty());
  }
}

TEST_CASE("iommufd: a container's info never writes beyond what it is given room for") {
  VfioBench b;
  constexpr std::uint32_t kWhole = 24 + 16 + 32;  // struct, DMA_AVAIL padded, IOVA_RANGE with one range
  const std::uint64_t at = Bench::kScratch;
  for (std::uint32_t argsz = 16; argsz <= kWhole + 8; ++argsz) {
    INFO(argsz);
    for (std::uint64_t i = 0; i < 128; ++i) b.write<unsigned char>(at + i, 0xaa);
    b.write(at, argsz);
    b.write(at + 4, std::uint32_t{0});
    CHECK(b.raw(kGetInfo, at) == "");
    const auto info = b.read<Info>(at);
    CHECK(info.argsz == kWhole);
    CHECK(info.flags == 3);
    CHECK(info.pgsizes == b.page());
    for (std::uint32_t i = argsz; i < 128; ++i) {
      if (b.read<unsigned char>(at + i) != 0xaa) CHECK(b.read<unsigned char>(at + i) == 0xaa);
    }
    if (argsz < 24) continue;
    CHECK(info.cap_offset == (argsz >= kWhole ? 24 : 0));
    if (argsz < kWhole) continue;
    // DMA_AVAIL: id 3, version 1, next, how many.
    CHECK(b.read<std::uint32_t>(at + 24) == (1u << 16 | 3));
    CHECK(b.read<std::uint32_t>(at + 28) == 40);
    CHECK(b.read<std::uint32_t>(at + 32) == 0xffffffff);
    // IOVA_RANGE: id 1, version 1, the last, one range.
    CHECK(b.read<std::uint32_t>(at + 40) == (1u << 16 | 1));
    CHECK(b.read<std::uint32_t>(at + 44) == 0);
    CHECK(b.read<std::uint32_t>(at + 48) == 1);
    CHECK(b.read<std::uint64_t>(at + 56) == mock::kApertureFirst);
    CHECK(b.read<std::uint64_t>(at + 64) == mock::kApertureLast);
  }
}
