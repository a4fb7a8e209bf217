// SPDX-License-Identifier: Apache-2.0
// Which calls change a table: ddw-vfio.md 2.6, rows L21, L22 and L28.
#include "platform/host/linux/tce_calls.hpp"

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::host;
using Kind = TceCall::Kind;

namespace {
constexpr TceWindow kWindow{0x80000000, 12};
constexpr std::uint32_t kL0 = 0x80000000;
}  // namespace

TEST_CASE("L21: out of resources at the third batch: the first two are cleared, the map fails", "[host][tce]") {
  const auto calls = make_named(kTceCalls, "pseries");
  TcePlan plan;
  calls->map(kWindow, 0x10000, 0x4000000, 1500, DmaDirection::Bidirectional, plan);
  REQUIRE(plan.size() == 3);
  CHECK(plan[2].count == 1500 - 1024);
  MapVerdict v = calls->after(kWindow, plan, 2, arch::papr::kNotEnoughResources);
  CHECK(v.failed);
  CHECK_FALSE(v.go_on);
  CHECK(v.undo == TcePlan{{Kind::Stuff, kL0, 0x10000, 0, 0, 512}, {Kind::Stuff, kL0, 0x210000, 0, 0, 512}});
  // In the first batch there is nothing to clear, and Linux says so to the hypervisor.
  v = calls->after(kWindow, plan, 0, arch::papr::kNotEnoughResources);
  CHECK(v.failed);
  CHECK(v.undo == TcePlan{{Kind::Stuff, kL0, 0x10000, 0, 0, 0}});
}

TEST_CASE("L22: any other error is logged and the map reported as done", "[host][tce]") {
  const auto calls = make_named(kTceCalls, "pseries");
  TcePlan plan;
  calls->map(kWindow, 0x10000, 0x4000000, 20, DmaDirection::Bidirectional, plan);
  const MapVerdict v = calls->after(kWindow, plan, 0, arch::papr::kParameter);
  CHECK_FALSE(v.failed);
  CHECK(v.logged);
  CHECK(v.undo.empty());
  CHECK_FALSE(calls->after(kWindow, plan, 0, arch::papr::kSuccess).logged);
}

TEST_CASE("L28: 1000 pages are cleared by 512 and 488", "[host][tce]") {
  TcePlan plan;
  make_named(kTceCalls, "pseries")->unmap(kWindow, 0x10000, 1000, plan);
  CHECK(plan == TcePlan{{Kind::Stuff, kL0, 0x10000, 0, 0, 512}, {Kind::Stuff, kL0, 0x210000, 0, 0, 488}});
}

TEST_CASE("one page is put, more come from a list, and no list has more than 512", "[host][tce]") {
  const auto calls = make_named(kTceCalls, "pseries");
  TcePlan plan;
  calls->map(kWindow, 0x1000, 0x4000123, 1, DmaDirection::ToDevice, plan);
  CHECK(plan == TcePlan{{Kind::Put, kL0, 0x1000, 0x4000001, 0, 1}});
  plan.clear();
  // 7.2: 1 MiB in 4K pages: 256 entries, one call.
  calls->map(kWindow, 0x100000, 0x4000000, 256, DmaDirection::FromDevice, plan);
  CHECK(plan == TcePlan{{Kind::Indirect, kL0, 0x100000, 0x4000003, 0x1000, 256}});
  plan.clear();
  calls->map(kWindow, 0x100000, 0x4000000, 513, DmaDirection::Bidirectional, plan);
  CHECK(plan == TcePlan{{Kind::Indirect, kL0, 0x100000, 0x4000003, 0x1000, 512},
                        {Kind::Indirect, kL0, 0x300000, 0x4200003, 0x1000, 1}});
  plan.clear();
  calls->map(kWindow, 0x1000, 0, 0, DmaDirection::Bidirectional, plan);
  calls->unmap(kWindow, 0x1000, 0, plan);
  CHECK(plan.empty());
}

TEST_CASE("without multi-TCE every entry is a call of its own", "[host][tce]") {
  const auto calls = make_named(kTceCalls, "pseries-single");
  TcePlan plan;
  calls->map(kWindow, 0x1000, 0x4000000, 3, DmaDirection::Bidirectional, plan);
  CHECK(plan == TcePlan{{Kind::Put, kL0, 0x1000, 0x4000003, 0, 1},
                        {Kind::Put, kL0, 0x2000, 0x4001003, 0, 1},
                        {Kind::Put, kL0, 0x3000, 0x4002003, 0, 1}});
  MapVerdict v = calls->after(kWindow, plan, 2, arch::papr::kNotEnoughResources);
  CHECK(v.failed);
  CHECK(v.undo == TcePlan{{Kind::Put, kL0, 0x1000, 0, 0, 1}, {Kind::Put, kL0, 0x2000, 0, 0, 1}});
  CHECK(calls->after(kWindow, plan, 0, arch::papr::kParameter).go_on);
  plan.clear();
  calls->unmap(kWindow, 0x1000, 2, plan);
  CHECK(plan == TcePlan{{Kind::Put, kL0, 0x1000, 0, 0, 1}, {Kind::Put, kL0, 0x2000, 0, 0, 1}});
}

TEST_CASE("clearing a table at boot: 512 calls for 1 GiB, 1024 for 2 GiB", "[host][tce]") {
  const auto calls = make_named(kTceCalls, "pseries");
  TcePlan plan;
  calls->clear_table(kWindow, 0, kGiB >> 12, plan);
  CHECK(plan.size() == 512);
  plan.clear();
  calls->clear_table(kWindow, 0, 2 * kGiB >> 12, plan);
  CHECK(plan.size() == 1024);
}

TEST_CASE("a direct map in calls of 512, as many as the table of sizes says", "[host][tce]") {
  // ddw-vfio.md 7.2: memory, page, calls.
  struct Row {
    std::uint64_t ram;
    unsigned shift;
    std::size_t calls;
  };
  for (const Row& row : {Row{kGiB, 12, 512}, Row{kGiB, 16, 32}, Row{kGiB, 21, 1}, Row{kGiB, 24, 1},
                         Row{128 * kGiB, 16, 4096}, Row{128 * kGiB, 21, 128}, Row{128 * kGiB, 24, 16},
                         Row{kTiB, 21, 1024}, Row{kTiB, 24, 128}, Row{32 * kTiB, 24, 4096}}) {
    TcePlan plan;
    make_named(kTceCalls, "pseries")->map_direct({kL0 + 1, row.shift}, 1ull << 59, 0, row.ram, plan);
    CHECK(plan.size() == row.calls);
  }
  // The start is rounded down, the count up.
  TcePlan plan;
  make_named(kTceCalls, "pseries")->map_direct({kL0 + 1, 24}, 1ull << 59, 0x1800000, 0x1000000, plan);
  CHECK(plan == TcePlan{{Kind::Indirect, kL0 + 1, (1ull << 59) + 0x1000000, 0x1000003, 0x1000000, 2}});
}

TEST_CASE("bare metal: exact permissions but write brings read, then one kill for the range", "[host][tce]") {
  const auto calls = make_named(kTceCalls, "powernv");
  const TceWindow w{5, 16};
  const auto perm = [&](DmaDirection d) {
    TcePlan plan;
    calls->map(w, 0x10000, 0x4000000, 3, d, plan);
    REQUIRE(plan.size() == 2);
    CHECK(plan[1] == TceCall{Kind::KillPages, 5, 0x10000, 0, 0, 3});
    return plan[0].tce & 3;
  };
  CHECK(perm(DmaDirection::ToDevice) == 1);
  CHECK(perm(DmaDirection::FromDevice) == 3);
  CHECK(perm(DmaDirection::Bidirectional) == 3);
  TcePlan plan;
  make_named(kTceCalls, "powernv-phb3")->unmap(w, 0x10000, 2, plan);
  CHECK(plan == TcePlan{{Kind::Store, 5, 0x10000, 0, 0, 2},
                        {Kind::KillPages, 5, 0x10000, 0, 0, 1},
                        {Kind::KillPages, 5, 0x20000, 0, 0, 1}});
}
