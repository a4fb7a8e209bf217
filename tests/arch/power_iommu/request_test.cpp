// SPDX-License-Identifier: Apache-2.0
// Driver data of HWPT_ALLOC and GET_HW_INFO: every refusal, in the order of docs/ppc64-iommufd.md.
#include <cstring>

#include "models/arch/power_iommu/request.hpp"
#include "tests/arch/power_iommu/power_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using os::Errno;

namespace {

struct Request {
  pw::UapiHwptData data{};
  std::uint32_t type = pw::kHwptDataPowerTce;
  std::uint32_t length = sizeof(pw::UapiHwptData);
  std::uint32_t hwpt_flags = 0;
  os::UserAddr at = 0x1000;
  std::vector<unsigned char> tail;

  explicit Request(std::vector<pw::UapiWindow> windows) {
    data.windows = static_cast<std::uint32_t>(windows.size());
    std::copy(windows.begin(), windows.end(), data.window);
  }
  std::unique_ptr<os::PagingDomain> alloc(PowerBench& b) const {
    const auto mm = std::make_shared<Process>();
    mm->bytes.resize(sizeof data);
    std::memcpy(mm->bytes.data(), &data, sizeof data);
    mm->bytes.insert(mm->bytes.end(), tail.begin(), tail.end());
    os::Caller caller;
    caller.mm = mm;
    const os::UserData user{type, at, length, &caller};
    return b.dev5.alloc_paging(hwpt_flags, &user);
  }
  std::optional<Errno> refused(PowerBench& b) const {
    return refusal([&] { alloc(b); });
  }
};

constexpr pw::UapiWindow kLow{0, kGiB, 16, 2};
constexpr pw::UapiWindow kHigh{pw::kStartHigh, kTiB, 21, 0};
constexpr pw::UapiWindow kMid{pw::kStartMiddle, kGiB, 16, 0};

pw::UapiWindow with(pw::UapiWindow w, void (*change)(pw::UapiWindow&)) {
  change(w);
  return w;
}

}  // namespace

TEST_CASE("Driver data names one window or two, in any order") {
  PowerBench b;
  Request one({kLow});
  one.length = pw::kHwptDataLeast;
  auto domain = one.alloc(b);
  REQUIRE(domain->apertures().size() == 1);
  CHECK(domain->apertures()[0].last == kGiB - 1);
  CHECK(domain->page_sizes() == 0x10000);
  Request two({kHigh, kLow});
  domain = two.alloc(b);
  REQUIRE(domain->apertures().size() == 2);
  CHECK(domain->apertures()[0].first == 0);
  CHECK(domain->apertures()[0].page_shift == 16);
  CHECK(domain->apertures()[1].first == pw::kStartHigh);
  CHECK(domain->apertures()[1].last == pw::kStartHigh + kTiB - 1);
  CHECK(domain->apertures()[1].page_shift == 21);
  CHECK(domain->page_sizes() == 1ull << 21);  // one alignment that suits both
  // A newer program's data is not taken even if zeros follow what is known.
  two.tail.assign(16, 0);
  two.length += 16;
  CHECK(two.refused(b) == Errno::Inval);
}

TEST_CASE("Without driver data: host pages at 0, up to 2 GiB below the 32-bit MMIO") {
  const auto shift = GENERATE(12u, 16u);
  pw::PowerIommuOptions options;
  options.host_page_shift = shift;
  PowerBench b(options);
  auto domain = b.dev5.alloc_paging(0, nullptr);
  CHECK(domain->apertures().front().last == 2 * kGiB - 1);
  CHECK(domain->apertures().front().page_shift == shift);
  CHECK(domain->page_sizes() == 1ull << shift);
  options.m32_base = 0x60000000;
  PowerBench less(options);
  CHECK(less.dev5.alloc_paging(0, nullptr)->apertures().front().last == kGiB - 1);
}

TEST_CASE("Every refusal of driver data, in order") {
  PowerBench b;
  Request r({kLow, kHigh});
  CHECK_FALSE(r.refused(b));

  // Each line is wrong in one more way than what it is refused for: the earlier check wins.
  r.data.window[1].levels = 6;
  CHECK(r.refused(b) == Errno::Inval);
  r.data.flags = 1;
  CHECK(r.refused(b) == Errno::OpNotSupp);
  r.at = 0x5000;
  CHECK(r.refused(b) == Errno::Fault);
  r.length = sizeof r.data + 1;
  CHECK(r.refused(b) == Errno::Inval);
  r.length = pw::kHwptDataLeast - 1;
  CHECK(r.refused(b) == Errno::Inval);
  r.type ^= 1;
  CHECK(r.refused(b) == Errno::Inval);
  for (const std::uint32_t flag : {1u, 2u, 4u, 8u}) {
    r.hwpt_flags = flag;
    CHECK(r.refused(b) == Errno::OpNotSupp);
    CHECK(refusal([&] { b.dev5.alloc_paging(flag, nullptr); }) == Errno::OpNotSupp);
  }
}

TEST_CASE("The count of windows and what follows it agree") {
  PowerBench b;
  Request r({kLow, kHigh});
  r.length = sizeof r.data - 1;
  CHECK(r.refused(b) == Errno::Inval);
  r.length = sizeof r.data;
  r.data.windows = 1;
  CHECK(r.refused(b) == Errno::Inval);
  r.data.windows = 0;
  CHECK(r.refused(b) == Errno::Inval);
  r.data.windows = 3;
  CHECK(r.refused(b) == Errno::Inval);
}

TEST_CASE("Windows: malformed is EINVAL, what this PHB lacks is EOPNOTSUPP") {
  struct Row {
    pw::UapiWindow window;
    std::optional<Errno> expected;
  };
  const Row rows[] = {
      {with(kLow, [](auto& w) { w.start = 0x1000; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.start = 1ull << 60; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.page_shift = 13; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.page_shift = 0; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.page_shift = 64; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.page_shift = 24; }), Errno::OpNotSupp},  // PHB3's
      {with(kLow, [](auto& w) { w.size = 0; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.size = 3 * kGiB; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.size = 0x8000; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.size = 0x10000; }), std::nullopt},
      {with(kLow, [](auto& w) { w.levels = 6; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.levels = 5; }), Errno::Inval},            // 5 * 13 + 16 bits
      {with(kLow, [](auto& w) { w.levels = 1; }), std::nullopt},
      {with(kLow, [](auto& w) { w.size = 1ull << 56; }), Errno::Inval},     // V29
      {with(kLow, [](auto& w) { w.size = 1ull << 63; }), Errno::Inval},
      {with(kLow, [](auto& w) { w.size = kTiB, w.levels = 1; }), Errno::NoMem},  // 128 MiB in one block
      {with(kLow, [](auto& w) { w.size = 64 * kGiB, w.page_shift = 30, w.levels = 0; }), std::nullopt},
      {kMid, std::nullopt},
      {kHigh, std::nullopt},
  };
  for (const Row& row : rows) {
    PowerBench b;
    const auto before = b.tables_in_use();
    INFO("start " << row.window.start << " size " << row.window.size << " page " << row.window.page_shift << " levels "
                  << row.window.levels);
    CHECK(Request({row.window}).refused(b) == row.expected);
    CHECK(b.tables_in_use() == before);
  }
}

TEST_CASE("Combinations of windows") {
  PowerBench b;
  CHECK(Request({kLow, kLow}).refused(b) == Errno::Inval);
  CHECK(Request({kMid, kHigh}).refused(b) == Errno::OpNotSupp);
  CHECK(Request({kHigh, kMid}).refused(b) == Errno::OpNotSupp);
  CHECK(Request({with(kLow, [](auto& w) { w.size = 8 * kGiB; }), kMid}).refused(b) == Errno::Inval);
  CHECK_FALSE(Request({with(kLow, [](auto& w) { w.size = 4 * kGiB; }), kMid}).refused(b));
  CHECK_FALSE(Request({kLow, kHigh}).refused(b));
}

TEST_CASE("PHB3 has no window at 4 GiB, but pages of 16 MiB") {
  PowerBench b({}, arch::Generation::Phb3);
  CHECK(Request({kMid}).refused(b) == Errno::OpNotSupp);
  CHECK(Request({with(kLow, [](auto& w) { w.page_shift = 21; })}).refused(b) == Errno::OpNotSupp);
  CHECK_FALSE(Request({with(kLow, [](auto& w) { w.page_shift = 24; })}).refused(b));
}

TEST_CASE("Levels left to the driver: two, more if blocks need it, one where two have too many bits") {
  const pw::WindowLimits limits{&arch::facts_of(arch::Generation::Phb4, arch::PhbSize::Big), 16, 16 * kMiB};
  CHECK(pw::choose_levels({0, kGiB, 16, 0}, limits) == 2);
  CHECK(pw::choose_levels({0, 1ull << 54, 16, 0}, limits) == 2);
  CHECK(pw::choose_levels({0, kTiB, 30, 0}, limits) == 1);
  const pw::WindowLimits small{limits.facts, 12, 64 * kKiB};
  CHECK(pw::choose_levels({0, 1ull << 40, 12, 0}, small) == 3);
}

TEST_CASE("GET_HW_INFO says what HWPT_ALLOC takes") {
  const auto generation = GENERATE(arch::Generation::Phb3, arch::Generation::Phb5);
  pw::PowerIommuOptions options;
  options.large_io_pages = generation == arch::Generation::Phb5;
  PowerBench b(options, generation);
  const os::HwInfo answer = b.dev5.hw_info(0);
  CHECK(answer.type == pw::kHwInfoPowerTce);
  CHECK(b.dev5.hw_info(pw::kHwInfoPowerTce).bytes == answer.bytes);
  CHECK(refusal([&] { b.dev5.hw_info(1); }) == Errno::OpNotSupp);
  pw::UapiHwInfo info;
  REQUIRE(answer.bytes.size() == sizeof info);
  std::memcpy(&info, answer.bytes.data(), sizeof info);
  const bool phb3 = generation == arch::Generation::Phb3;
  CHECK(info.flags == (phb3 ? 0u : pw::kInfoMiddleStart | pw::kInfoLargeIoPages));
  CHECK(info.page_sizes == (phb3 ? 0x11011000ull : 0x40211000ull));
  CHECK(info.max_windows == 2);
  CHECK(info.min_levels == 1);
  CHECK(info.max_levels == 5);
  CHECK(info.host_page_shift == 16);
  CHECK(info.starts == (phb3 ? 2u : 3u));
  for (std::uint32_t i = 0; i < info.starts; ++i) {
    const Request r({{info.start[i], info.default_size, info.default_page_shift, info.default_levels}});
    CHECK_FALSE(r.refused(b));
  }
  const auto plain = b.dev5.alloc_paging(0, nullptr);
  CHECK(plain->apertures()[0].first == info.default_start);
  CHECK(plain->apertures()[0].last == info.default_start + info.default_size - 1);
}
