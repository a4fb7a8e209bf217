// SPDX-License-Identifier: Apache-2.0
// HWPT_ALLOC, HWPT_INVALIDATE and GET_HW_INFO (iommufd.md 3.11, 3.12, 6).
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;
using iommufd::Compat;

namespace {
constexpr std::uint32_t kBad = 77;
}

TEST_CASE("iommufd: HWPT_ALLOC, its errors in order") {
  struct Row {
    const char* what;
    std::uint32_t flags, dev, pt, reserved, data_type, data_len;
    Outcome newest, linux_6_12;
  };
  enum : std::uint32_t { kDev = 1000, kIoas, kParent, kPlain, kAuto, kNoDirty };
  const Row rows[] = {
      {"reserved", 64, kBad, kBad, 1, 0, 5, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"length without type", 64, kBad, kBad, 0, 0, 5, "EINVAL", "EINVAL"},
      {"type without length", 64, kBad, kBad, 0, 5, 0, "EINVAL", "EINVAL"},
      {"no such device", 64, kBad, kBad, 0, 0, 0, "ENOENT", "ENOENT"},
      {"an IOAS is no device", 64, kIoas, kBad, 0, 0, 0, "ENOENT", "ENOENT"},
      {"no such pt", 64, kDev, kBad, 0, 0, 0, "EINVAL", "EINVAL"},
      {"a device is no pt", 64, kDev, kDev, 0, 0, 0, "EINVAL", "EINVAL"},
      {"unknown flag", 64, kDev, kIoas, 0, 0, 0, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"dirty pages of a device that cannot", 2, kNoDirty, kIoas, 0, 0, 0, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"a parent with faults", 5, kDev, kIoas, 0, 0, 0, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"faults of queue 0", 4, kDev, kIoas, 0, 0, 0, "ENOENT", "EOPNOTSUPP"},
      {"for PASIDs", 8, kDev, kIoas, 0, 0, 0, "", "EOPNOTSUPP"},
      {"data of another driver", 0, kDev, kIoas, 0, 5, 8, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"data too short", 0, kDev, kIoas, 0, mock::kHwptData, 3, "EINVAL", "EOPNOTSUPP"},
      {"nested without data", 0, kDev, kParent, 0, 0, 0, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"a parent below a parent", 1, kDev, kParent, 0, mock::kHwptData, 8, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"below what is no parent", 0, kDev, kPlain, 0, mock::kHwptData, 8, "EINVAL", "EINVAL"},
      {"below an automatic one", 0, kDev, kAuto, 0, mock::kHwptData, 8, "EINVAL", "EINVAL"},
      {"nested data of another driver", 0, kDev, kParent, 0, 5, 8, "EOPNOTSUPP", "EOPNOTSUPP"},
      {"nested data too short", 0, kDev, kParent, 0, mock::kHwptData, 3, "EINVAL", "EINVAL"},
      {"nested data with a tail", 0, kDev, kParent, 0, mock::kHwptData, 12, "EINVAL", "EINVAL"},
      {"nested data as first defined", 0, kDev, kParent, 0, mock::kHwptData, 4, "", ""},
      {"nested", 0, kDev, kParent, 0, mock::kHwptData, 8, "", "EINVAL"},
      {"nested, faults of no queue", 4, kDev, kParent, 0, mock::kHwptData, 4, "ENOENT", "ENOENT"},
      {"nested, for PASIDs", 8, kDev, kParent, 0, mock::kHwptData, 4, "", "EOPNOTSUPP"},
  };
  for (const Compat compat : {Compat::Newest, Compat::Linux6_12}) {
    Bench b(compat);
    const std::uint32_t ioas = b.ioas();
    const Bench::Mock device = b.mock_device(ioas);
    const Bench::Mock no_dirty = b.mock_device(ioas, mock::kDeviceNoDirty);
    std::uint32_t parent = 0, plain = 0;
    REQUIRE(b.hwpt_alloc(device, ioas, parent, abi::kHwptNestParent) == "");
    REQUIRE(b.hwpt_alloc(device, ioas, plain) == "");
    b.write(Bench::kDriverData, mock::HwptData{1, 1});
    b.write(Bench::kDriverData + 8, std::uint32_t{1});
    const auto objects = b.context().objects().size();
    for (const Row& row : rows) {
      INFO(row.what << (compat == Compat::Newest ? "" : " in 6.12"));
      const std::uint32_t names[] = {device.device, ioas, parent, plain, device.hwpt, no_dirty.device};
      const auto id = [&](std::uint32_t name) { return name >= kDev ? names[name - kDev] : name; };
      abi::HwptAlloc c{0, row.flags, id(row.dev), id(row.pt), 0, row.reserved, row.data_type, row.data_len,
                       Bench::kDriverData, 0, 0};
      const Outcome expected = compat == Compat::Newest ? row.newest : row.linux_6_12;
      CHECK(b.run(0x89, c) == expected);
      if (expected.empty()) CHECK(b.destroy(c.out_hwpt_id) == "");
      CHECK(b.context().objects().size() == objects);
    }
    CHECK(b.leaks().empty());
  }
}

TEST_CASE("iommufd: a HWPT is filled when it is made, and follows its IOAS") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const std::uint64_t page = b.page();
  const Bench::Mock device = b.mock_device(ioas);
  CHECK(b.map_at(ioas, Bench::kBuffer, 2 * page, mock::kApertureFirst) == "");
  std::uint32_t hwpt = 0;
  CHECK(b.hwpt_alloc(device, ioas, hwpt) == "");
  CHECK(b.check_map(hwpt, mock::kApertureFirst, 2 * page, Bench::kBuffer) == "");
  CHECK(b.map_at(ioas, Bench::kBuffer + 4 * page, page, 2 * mock::kApertureFirst) == "");
  CHECK(b.check_map(hwpt, 2 * mock::kApertureFirst, page, Bench::kBuffer + 4 * page) == "");
  CHECK(b.check_map(device.hwpt, 2 * mock::kApertureFirst, page, Bench::kBuffer + 4 * page) == "");
  CHECK(b.check_refs(Bench::kBuffer, 2 * page, 1) == "");  // one pin for both domains
  CHECK(b.unmap(ioas, mock::kApertureFirst, 2 * page) == "");
  CHECK(b.check_map(hwpt, mock::kApertureFirst, page, Bench::kBuffer) == "EINVAL");
  CHECK(b.check_refs(Bench::kBuffer, 2 * page, 0) == "");
  CHECK(b.destroy(ioas) == "EBUSY");
  CHECK(b.destroy(hwpt) == "");
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: parents stay while there are nested ones") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const Bench::Mock device = b.mock_device(ioas);
  std::uint32_t parent = 0, nested = 0;
  CHECK(b.hwpt_alloc(device, ioas, parent, abi::kHwptNestParent) == "");
  CHECK(b.nested_alloc(device, parent, nested) == "");
  CHECK(b.destroy(parent) == "EBUSY");
  CHECK(b.replace(device.object, nested) == "");
  CHECK(b.test.mock_domain_replace.pt_id == nested);
  CHECK(b.destroy(nested) == "EBUSY");
  CHECK(b.destroy(device.hwpt) == "ENOENT");  // the automatic one went
  CHECK(b.replace(device.object, ioas) == "");
  CHECK(b.destroy(nested) == "");
  CHECK(b.destroy(parent) == "");
  CHECK(b.leaks().empty());
}

TEST_CASE("iommufd: HWPT_INVALIDATE does entries in order and tells how many") {
  for (const Compat compat : {Compat::Newest, Compat::Linux6_12}) {
    Bench b(compat);
    const std::uint32_t ioas = b.ioas();
    const Bench::Mock device = b.mock_device(ioas);
    std::uint32_t parent = 0, nested = 0;
    REQUIRE(b.hwpt_alloc(device, ioas, parent, abi::kHwptNestParent) == "");
    REQUIRE(b.nested_alloc(device, parent, nested) == "");
    const std::uint64_t array = Bench::kScratch + 0x3000;
    const auto entries = [&](std::vector<mock::NestedInvalidate> list) {
      for (std::size_t i = 0; i < list.size(); ++i) b.write(array + 8 * i, list[i]);
    };
    const auto iotlb = [&](std::uint32_t id, std::uint32_t value) {
      b.test = {};
      b.test.check_cache = {id, value};
      return b.test_op(mock::Op::CheckIotlb, nested);
    };
    const bool newest = compat == Compat::Newest;
    struct Row {
      const char* what;
      std::uint32_t hwpt, type, entry, num, reserved;
      std::uint64_t ptr;
      Outcome expected;
      std::uint32_t done;
    };
    const std::uint32_t type = mock::kNestedInvalidateData;
    const Row rows[] = {
        {"reserved", kBad, type, 8, 1, 1, array, "EOPNOTSUPP", 0},
        {"no array", kBad, type, 8, 1, 0, 0, "EINVAL", 0},
        {"no entry length", kBad, type, 0, 1, 0, array, "EINVAL", 0},
        {"an entry longer than a page", kBad, type, 4097, 1, 0, array, "EINVAL", 0},
        {"too many", kBad, type, 8, (1u << 19) + 1, 0, array, "EINVAL", 0},
        {"no such HWPT", kBad, type, 8, 1, 0, array, "ENOENT", 0},
        {"not a nested one", parent, type, 8, 1, 0, array, newest ? "EINVAL" : "ENOENT", 0},
        {"a wrong type of nothing", nested, type + 1, 8, 0, 0, 0, "EINVAL", 0},
        {"nothing", nested, type, 0, 0, 0, 0, "", 0},
        {"too short", nested, type, 7, 1, 0, array, "EINVAL", 0},
        {"too long", nested, type, 9, 1, 0, array, "EINVAL", 0},
        {"an array that is not there", nested, type, 8, 1, 0, Bench::kNowhere, "EFAULT", 0},
        {"two good, one bad", nested, type, 8, 3, 0, array, "EINVAL", 2},
    };
    entries({{0, 0}, {0, 2}, {0, 4}});
    for (const Row& row : rows) {
      INFO(row.what << (newest ? "" : " in 6.12"));
      abi::HwptInvalidate c{0, row.hwpt, row.ptr, row.type, row.entry, row.num, row.reserved};
      CHECK(b.run(0x8d, c) == row.expected);
      CHECK(c.entry_num == row.done);
    }
    CHECK(iotlb(0, 0) == "");
    CHECK(iotlb(1, 0xbadbeef) == "");
    CHECK(iotlb(2, 0) == "");
    CHECK(iotlb(4, 0) == "EINVAL");
    entries({{2, 0}});
    abi::HwptInvalidate c{0, nested, array, type, 8, 1, 0};
    CHECK(b.run(0x8d, c) == "EOPNOTSUPP");
    entries({{mock::kInvalidateAll, 0}});
    c.entry_num = 1;
    CHECK(b.run(0x8d, c) == "");
    CHECK(iotlb(1, 0) == "");
    CHECK(b.leaks().empty());
  }
}

TEST_CASE("iommufd: GET_HW_INFO") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const Bench::Mock device = b.mock_device(ioas);
  const Bench::Mock other = b.mock_device(ioas, mock::kDeviceNoDirty | mock::kDevicePasid);
  const std::uint64_t data = Bench::kScratch + 0x3000;
  const auto info = [&](abi::GetHwInfo& c) {
    for (std::uint64_t i = 0; i < 16; ++i) b.write<unsigned char>(data + i, 0xaa);
    c.data_uptr = data;
    return b.run(0x8a, c);
  };
  abi::GetHwInfo c{};
  c.flags = 2;
  CHECK(info(c) == "EOPNOTSUPP");
  c = {};
  c.reserved[2] = 1;
  CHECK(info(c) == "EOPNOTSUPP");
  c = {};
  c.dev_id = ioas;
  CHECK(info(c) == "ENOENT");
  c = {};
  c.dev_id = device.device;
  c.data_len = 16;
  CHECK(info(c) == "");
  CHECK(c.data_type == mock::kHwInfoType);
  CHECK(c.data_len == 8);
  CHECK(b.read<std::uint64_t>(data) == std::uint64_t{mock::kHwInfoValue} << 32);
  CHECK(b.read<std::uint64_t>(data + 8) == 0);
  c.data_len = 4;
  CHECK(info(c) == "");
  CHECK(c.data_len == 8);
  CHECK(b.read<std::uint64_t>(data) == 0xaaaaaaaa00000000);
  c.data_len = 0;
  c.data_type = 5;
  CHECK(info(c) == "");  // no type is asked for
  c.flags = abi::GetHwInfo::kInputType;
  c.data_type = 5;
  CHECK(info(c) == "EOPNOTSUPP");
  c.data_type = mock::kHwInfoType;
  CHECK(info(c) == "");
  CHECK(c.out_max_pasid_log2 == 0);
  CHECK((c.out_capabilities & os::kCapDirtyTracking) != 0);
  c = {};
  c.dev_id = other.device;
  CHECK(info(c) == "");
  CHECK(c.out_max_pasid_log2 == 20);
  CHECK((c.out_capabilities & os::kCapDirtyTracking) == 0);
}
