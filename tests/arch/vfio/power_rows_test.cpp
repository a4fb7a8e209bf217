// SPDX-License-Identifier: Apache-2.0
// VFIO's sPAPR container over the POWER driver: tables are real, and DMA goes through the PHB.
#include "tests/arch/power_iommu/power_bench.hpp"
#include "tests/arch/vfio/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test::vfio;
using os::Errno;

namespace {

constexpr std::uint64_t kPage = 0x10000;

/// PE 5 is group 0, PE 6 group 1.
class RealPlatform : public Platform {
 public:
  arch::vfio::GroupRef group(unsigned n) override { return {&pe(n), &pe(n), &pe(n)}; }
  std::uint64_t perm(unsigned n, BusAddr addr) override {
    return (power.faults(addr, arch::Access::Read, rid(n)) ? 0u : 1u) | (power.faults(addr, arch::Access::Write, rid(n)) ? 0u : 2u);
  }
  RealAddr real(unsigned n, BusAddr addr) override { return power.reach(addr, rid(n)).value_or(0); }
  bool has_window(unsigned n, unsigned slot) override { return pe(n).setting().windows[slot] != nullptr; }
  void freeze(unsigned n) override { pe(n).inject(0, 0, 0, 0); }

  test::PowerBench power;

 private:
  test::pw::PowerGroup& pe(unsigned n) { return n == 0 ? power.pe5 : power.pe6; }
  static Rid rid(unsigned n) { return n == 0 ? test::PowerBench::kRid5 : test::PowerBench::kRid6; }
};

struct RealBench : Bench {
  explicit RealBench(Personality p) : Bench(p, std::make_unique<RealPlatform>()) {}
  test::PowerBench& power() { return static_cast<RealPlatform&>(*platform).power; }
  /// As before any program came: the kernel's own windows, none of VFIO's.
  bool all_as_before() {
    bool ok = me.mm->locked_pages == 0 && me.mm->total_pins() == 0 && me.mm->wrong_unpins == 0;
    for (unsigned n = 0; n < 2; ++n) {
      ok = ok && platform->group(n).group->owner() == nullptr;
      ok = ok && platform->group(n).group->domain().kind() == os::DomainKind::Platform;
    }
    return ok;
  }
};

}  // namespace

TEST_CASE("VFIO over the POWER driver: V05, V22-V37, V57, V61 with real tables") {
  for (const Personality personality : {Personality::Kernel, Personality::Clean}) {
    RealBench b(personality);
    const int c = b.ready();
    REQUIRE(c >= 0);
    CHECK(b.power().faults(0));  // nothing of the kernel's is left
    abi::SpaprTceInfo info{};
    CHECK(b.info(c, info) == 0);
    CHECK((info.flags == 1 && info.max_dynamic_windows_supported == 2 && info.levels == 5));
    CHECK((info.pgsizes & 0x11000) == 0x11000);
    CHECK(b.remove(c, 0) == 0);
    CHECK(b.create(c, 13, kGiB) == err(Errno::Inval));
    CHECK(b.create(c, 12, 3 * kGiB) == err(Errno::Inval));
    CHECK(b.create(c, 12, kGiB, 0) == err(Errno::Inval));
    CHECK(b.create(c, 12, kGiB, 6) == err(Errno::Inval));
    CHECK(b.create(c, 12, kGiB) == 0);
    CHECK(b.create(c, 16, kGiB, 2) == std::int64_t{1} << 59);
    CHECK(b.create(c, 12, kGiB) == err(Errno::NoSpc));
    CHECK(b.reg(c, kHeap, kHeapBytes) == 0);

    CHECK(b.map(c, kHeap + kPage, 0x20000, kPage, 3) == 0);
    for (std::uint64_t at = 0; at < kPage; at += 0x1000) {
      CHECK(b.platform->perm(0, 0x20000 + at) == 3);
      CHECK(b.platform->real(0, 0x20000 + at + 8) == b.me.mm->real(kHeap + kPage + at) + 8);
    }
    CHECK(b.platform->perm(0, 0x1F000) == 0);
    CHECK(b.platform->perm(0, 0x30000) == 0);
    CHECK(b.map(c, kHeap, 0x100000, kPage, 1) == 0);
    CHECK(b.platform->perm(0, 0x100000) == 1);
    CHECK(b.map(c, kHeap, 0x200000, kPage, 2) == 0);
    CHECK(b.platform->perm(0, 0x200000) == 3);  // V37
    const BusAddr high = (1ull << 59) + 0x40000;
    CHECK(b.map(c, kHeap, high, 16 * kPage, 3) == 0);
    CHECK(b.platform->real(0, high + 5 * kPage + 7) == b.me.mm->real(kHeap + 5 * kPage) + 7);
    CHECK(b.map(c, kHeap, high + 0x1000, kPage) == (personality == Personality::Kernel ? 1 : err(Errno::Inval)));
    // Over what is there, and away again.
    CHECK(b.map(c, kHeap + 3 * kPage, 0x20000, kPage) == 0);
    CHECK(b.platform->real(0, 0x20000) == b.me.mm->real(kHeap + 3 * kPage));
    CHECK(b.unmap(c, 0x21000, 0x1000) == 0);
    CHECK((b.platform->perm(0, 0x20000) == 3 && b.platform->perm(0, 0x21000) == 0 && b.platform->perm(0, 0x22000) == 3));

    const int g1 = b.open_group(1);
    CHECK(b.set_container(g1, c) == 0);
    CHECK(b.platform->real(1, high) == b.me.mm->real(kHeap));
    CHECK(b.remove(c, high) == 0);
    CHECK((b.platform->perm(0, high) == 0 && b.platform->perm(1, high) == 0));
    CHECK(b.eeh(c, 4) == 0);
    b.me.files.close_all();
    CHECK(b.all_as_before());
    // Once more: what alignment has cost is there already, so that nothing more may be in use.
    const std::uint64_t tables = b.power().tables_in_use();
    const int again = b.ready();
    CHECK(b.remove(again, 0) == 0);
    CHECK(b.create(again, 12, kGiB) == 0);
    CHECK(b.create(again, 16, kGiB, 2) == std::int64_t{1} << 59);
    b.me.files.close_all();
    CHECK(b.power().tables_in_use() == tables);
  }
}

TEST_CASE("VFIO over the POWER driver: v1 maps the kernel's window afresh") {
  RealBench b(Personality::Kernel);
  const int c = b.ready(abi::kSpaprTce);
  CHECK(b.me.call(c, Cmd::SpaprEnable) == 0);
  CHECK(b.map(c, kScattered, 0x5000, 0x3000) == 0);
  CHECK(b.platform->real(0, 0x7000) == b.me.mm->real(kScattered) + 0x2000);
  CHECK(b.me.mm->total_pins() == 3);
  CHECK(b.unmap(c, 0, kPage) == 0);
  CHECK(b.platform->perm(0, 0x7000) == 0);
  CHECK(b.me.mm->total_pins() == 0);
  CHECK(b.map(c, kScattered, 0x5000, 0x3000) == 0);
  b.me.files.close_all();
  CHECK(b.all_as_before());
}
