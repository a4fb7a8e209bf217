// SPDX-License-Identifier: Apache-2.0
// One test for each defect of the January 2026 RFC (ddw-vfio.md 5.5 and the corrections to it), on
// windows such as it has: 4K pages, 1 GiB from 0, one level. Defect (7), a negative errno returned
// through an unsigned type, and (10), a parameter named `false`, cannot be written against this
// interface: unmap() returns nothing, and the second is no C++.
#include "tests/arch/power_iommu/power_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Access;
using os::Errno;

namespace {

struct RfcBench : PowerBench {
  explicit RfcBench(const pw::PowerIommuOptions& options = {}) : PowerBench(options) {
    pe5.claim(&owner);
    domain = paging({{0, kGiB, 12, 1}});
    pe5.attach(*domain);
  }
  ~RfcBench() {
    if (&pe5.domain() == domain.get()) pe5.attach(iommu.blocked_domain());
  }
  std::unique_ptr<os::PagingDomain> domain;
};

}  // namespace

TEST_CASE("RFC defect 1: the aperture ends with its last byte") {
  RfcBench b;
  REQUIRE(b.domain->apertures().size() == 1);
  CHECK(b.domain->apertures()[0].first == 0);
  CHECK(b.domain->apertures()[0].last == 0x3FFFFFFF);
}

TEST_CASE("RFC defect 2: no permission to write is no direction to the device alone, and the other way round") {
  RfcBench b;
  b.domain->map(0x1000, 0x7000, 0x1000, kReadOnly);
  CHECK_FALSE(b.faults(0x1000, Access::Read));
  CHECK(b.faults(0x1000, Access::Write));
  b.domain->map(0x2000, 0x7000, 0x1000, kWriteOnly);
  CHECK_FALSE(b.faults(0x2000, Access::Write));
}

TEST_CASE("RFC defect 3: a map of n pages stores n entries, not n + (n-1) + ...") {
  RfcBench b;
  b.sink.forget();
  b.domain->map(0, 0x40000000, 64 * 0x1000, kReadWrite);
  CHECK(b.sink.stores() == 64);
}

TEST_CASE("RFC defect 3: a map that cannot be done ends, with an error and nothing mapped") {
  pw::PowerIommuOptions options;
  options.host_page_shift = 12;
  options.host_window = false;
  // Room for the root and two of the four leaf tables of 4 KiB.
  PowerBench b(options, arch::Generation::Phb4, 3 * 4 * kKiB);
  const auto domain = b.paging({{0, 512 * kMiB, 12, 2}});
  CHECK(refusal([&] { domain->map(0, 0x40000000, 8 * kMiB, kReadWrite); }) == Errno::NoMem);
  for (BusAddr at = 0; at < 8 * kMiB; at += 0x1000) {
    if (domain->to_real(at)) CHECK_FALSE(domain->to_real(at));
  }
  CHECK_FALSE(refusal([&] { domain->map(0, 0x40000000, 4 * kMiB, kReadWrite); }));
}

TEST_CASE("RFC defect 4: the offset in the page is kept, and an unmapped address has no real one") {
  RfcBench b;
  b.domain->map(0x1000, 0x7000, 0x1000, kReadWrite);
  CHECK(b.domain->to_real(0x1ABC) == 0x7ABC);
  CHECK(b.domain->to_real(0x2ABC) == std::nullopt);
}

TEST_CASE("RFC defect 5: entry numbers reach the window at 2^59 and beyond 32 bits") {
  RfcBench b;
  const auto domain = b.paging({{pw::kStartHigh, 1ull << 50, 12, 3}});
  const BusAddr far = pw::kStartHigh + (1ull << 49) + 0x5000;  // entry 2^37 + 5
  domain->map(far, 0x7000, 0x1000, kReadWrite);
  b.pe5.attach(*domain);
  CHECK(b.reach(far + 1) == 0x7001);
  CHECK(b.faults(pw::kStartHigh + 0x5000));
  CHECK(domain->to_real(pw::kStartHigh + 0x5000) == std::nullopt);
  b.pe5.attach(b.iommu.blocked_domain());
}

TEST_CASE("RFC defect 6: a table that cannot be created is an error, not a domain") {
  pw::PowerIommuOptions options;
  options.host_window = false;
  options.default_windows = {{0, kGiB, 12, 1}};
  PowerBench b(options, arch::Generation::Phb4, 256 * kKiB);
  CHECK(refusal([&] { b.dev5.alloc_paging(0, nullptr); }) == Errno::NoMem);  // 2 MiB of entries
  CHECK(b.tables_in_use() == 0);
}

TEST_CASE("RFC defect 6: a domain that is freed leaves neither window nor table") {
  RfcBench b;
  const auto with = b.tables_in_use();
  b.pe5.attach(b.iommu.blocked_domain());
  CHECK(b.tve(5, 0) == 0);
  b.domain.reset();
  CHECK(b.tables_in_use() == with - 2 * kMiB);
}

TEST_CASE("RFC defect 7: an unmap that does not fit leaves what is mapped elsewhere, and says nothing wrong") {
  RfcBench b;
  b.domain->map(0x3FFFF000, 0x7000, 0x1000, kReadWrite);
  b.domain->unmap(0x40000000, 0x1000);
  CHECK(b.reach(0x3FFFF000) == 0x7000);
  static_assert(std::is_void_v<decltype(b.domain->unmap(0, 0))>);
}

TEST_CASE("RFC defect 8: attach to blocked takes the window away whatever kind of paging domain was there") {
  RfcBench b;
  b.domain->map(0x1000, 0x7000, 0x1000, kReadWrite);
  REQUIRE(b.reach(0x1000) == 0x7000);
  b.pe5.attach(b.iommu.blocked_domain());
  CHECK(b.tve(5, 0) == 0);
  CHECK(b.faults(0x1000));
}

TEST_CASE("RFC defect 9: a real address is stored as it is given") {
  RfcBench b;
  // The top bits that a kernel's linear map has, and a mask for them would clear.
  const RealAddr high = 0x00C0000000007000ull;
  b.domain->map(0x1000, high, 0x1000, kReadWrite);
  CHECK(b.reach(0x1234) == high + 0x234);
  CHECK(b.domain->to_real(0x1234) == high + 0x234);
}

TEST_CASE("RFC, further: a domain's windows appear with the attach, not with the allocation") {
  PowerBench b;
  b.pe5.claim(&b.owner);
  b.sink.forget();
  const auto domain = b.paging({{0, kGiB, 12, 1}});
  CHECK(b.sink.written(arch::Reg::IodaData).empty());
  CHECK(b.tve(5, 0) == 0);
}

TEST_CASE("RFC, further: a window that cannot be set is an error, and the old domain stays") {
  RfcBench b;
  b.domain->map(0x1000, 0x7000, 0x1000, kReadWrite);
  const auto other = b.paging({{pw::kStartMiddle, kGiB, 16, 2}});
  CHECK(refusal([&] { b.pe5.attach(*other); }) == Errno::Busy);  // others have their bypass
  CHECK(&b.pe5.domain() == b.domain.get());
  CHECK(b.reach(0x1000) == 0x7000);
}

TEST_CASE("RFC, further: a second device finds its own PE, not the last one that was attached") {
  RfcBench b;
  b.pe6.claim(&b.owner);
  b.pe6.attach(*b.domain);
  b.domain->map(0x1000, 0x7000, 0x1000, kReadWrite);
  b.domain->unmap(0x1000, 0x1000);
  b.sink.forget();
  b.domain->sync();
  CHECK(b.sink.written(arch::Reg::TceKill).size() == 2);
  b.pe6.attach(b.iommu.blocked_domain());
}
