// SPDX-License-Identifier: Apache-2.0
// docs/decisions/0011: after every single effect of an attach, each address reaches what the old
// domain maps there, or what the new one does, or nothing.
#include "tests/arch/power_iommu/power_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using os::Errno;

namespace {

constexpr std::uint64_t kPage = 0x10000;

/// Two windows of which each shows pages of its own, at the same offsets.
std::unique_ptr<os::PagingDomain> filled(PowerBench& b, const std::vector<pw::WindowSpec>& windows, RealAddr real) {
  auto domain = b.paging(windows);
  for (const auto& w : windows) {
    for (const BusAddr offset : {std::uint64_t{0}, 5 * kPage, w.bytes - kPage}) {
      domain->map(w.start + offset, real, kPage, kReadWrite);
      real += kPage;
    }
  }
  return domain;
}

std::vector<BusAddr> addresses() {
  std::vector<BusAddr> at;
  for (const BusAddr base : {BusAddr{0}, BusAddr{pw::kStartMiddle}, pw::kStartHigh, pw::kStartHigh + pw::kStartMiddle})
    for (const BusAddr offset : {std::uint64_t{0}, kPage, 5 * kPage, kGiB - kPage, 2 * kGiB - kPage, 8 * kGiB - kPage})
      at.push_back(base + offset);
  return at;
}

/// Moves PE 5 and looks after each effect. Other PEs must see nothing of it.
void move_and_watch(PowerBench& b, os::Domain& to) {
  const auto look = [&](Rid rid) {
    std::vector<std::optional<RealAddr>> seen;
    for (const BusAddr at : addresses()) seen.push_back(b.reach(at, rid));
    return seen;
  };
  const auto before = look(PowerBench::kRid5);
  const auto other = look(PowerBench::kRid6);
  std::vector<std::vector<std::optional<RealAddr>>> steps;
  bool others_same = true;
  b.sink.after_each = [&] {
    steps.push_back(look(PowerBench::kRid5));
    others_same = others_same && look(PowerBench::kRid6) == other;
  };
  b.pe5.attach(to);
  b.sink.after_each = nullptr;
  const auto after = look(PowerBench::kRid5);
  CHECK(steps.size() >= 2);
  CHECK(others_same);
  for (const auto& step : steps) {
    for (std::size_t i = 0; i < step.size(); ++i) {
      const bool allowed = !step[i] || step[i] == before[i] || step[i] == after[i];
      if (!allowed) {
        INFO("address " << std::hex << addresses()[i] << " reaches " << *step[i]);
        CHECK(allowed);
      }
    }
  }
}

}  // namespace

TEST_CASE("An attach shows the old domain, the new one or nothing after every effect") {
  const auto generation = GENERATE(arch::Generation::Phb3, arch::Generation::Phb4, arch::Generation::Phb5);
  pw::PowerIommuOptions options;
  options.memory_bytes = 4 * kGiB;  // the host's window fits below the middle start
  PowerBench b(options, generation);
  const bool middle = generation != arch::Generation::Phb3;
  if (middle) {
    for (auto* pe : {&b.pe6, &b.pe7}) pe->claim(&b.owner);  // nobody else needs bit 59
  }
  const auto low = filled(b, {{0, kGiB, 16, 2}}, 0x100000);
  const auto other_low = filled(b, {{0, 2 * kGiB, 16, 1}}, 0x200000);
  const auto both = filled(b, {{0, kGiB, 16, 2}, {pw::kStartHigh, 8 * kGiB, 16, 1}}, 0x300000);
  const auto high = filled(b, {{pw::kStartHigh, kGiB, 16, 2}}, 0x400000);
  std::vector<os::Domain*> domains{&b.iommu.platform_domain(), &b.iommu.blocked_domain(), low.get(), other_low.get(),
                                   both.get(), high.get()};
  std::unique_ptr<os::PagingDomain> mid, low_mid;
  if (middle) {
    mid = filled(b, {{pw::kStartMiddle, 8 * kGiB, 16, 2}}, 0x500000);
    low_mid = filled(b, {{0, kGiB, 16, 1}, {pw::kStartMiddle, kGiB, 16, 2}}, 0x600000);
    domains.push_back(mid.get());
    domains.push_back(low_mid.get());
  }
  for (std::size_t i = 0; i < domains.size(); ++i) {
    for (std::size_t j = 0; j < domains.size(); ++j) {
      if (i == j) continue;
      INFO("from domain " << i << " to " << j);
      b.pe5.attach(*domains[i]);
      move_and_watch(b, *domains[j]);
    }
  }
  b.pe5.attach(b.iommu.platform_domain());
  CHECK(b.reach(pw::kStartHigh + 5) == 5);
}

TEST_CASE("The kill follows the last TVE, and covers the PE") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 16, 2}, {pw::kStartHigh, kGiB, 16, 2}});
  b.pe5.claim(&b.owner);
  b.sink.forget();
  b.pe5.attach(*domain);
  // Two TVEs of two writes, then vector G4.
  REQUIRE(b.sink.log.size() == 9);
  using Kind = arch::Effect::Kind;
  const auto is = [&](std::size_t i, Kind kind, arch::Reg reg, std::uint64_t value) {
    return b.sink.log[i] == arch::Effect{kind, arch::offset_of(reg), value};
  };
  CHECK(is(0, Kind::Write, arch::Reg::IodaAddr, 0x000900000000000Aull));
  CHECK(is(1, Kind::Write, arch::Reg::IodaData, b.tve(5, 0)));
  CHECK(is(2, Kind::Write, arch::Reg::IodaAddr, 0x000900000000000Bull));
  CHECK(is(3, Kind::Write, arch::Reg::IodaData, b.tve(5, 1)));
  CHECK(is(5, Kind::Write, arch::Reg::TceKill, arch::encode_kill_pe(5)));
  b.pe5.attach(b.iommu.blocked_domain());
}

TEST_CASE("Tables are not reused before the kill that follows their window") {
  PowerBench b;
  b.pe5.claim(&b.owner);
  auto first = filled(b, {{0, kGiB, 16, 2}}, 0x100000);
  b.pe5.attach(*first);
  const auto watch = [&](auto&& move) {
    const auto before = b.tables_in_use();
    bool kept = true;
    b.sink.after_each = [&] { kept = kept && b.tables_in_use() >= before; };
    move();
    b.sink.after_each = nullptr;
    CHECK(kept);
    return before - b.tables_in_use();
  };
  // The host's own window goes with the PE's move away from it, a domain's with the domain.
  CHECK(watch([&] { b.pe6.claim(&b.owner); }) == 64 * kKiB);
  CHECK(watch([&] { b.pe5.attach(b.iommu.blocked_domain()); }) == 0);
  CHECK(watch([&] { first.reset(); }) != 0);
}

TEST_CASE("A window at 4 GiB is for the whole PHB: refused while another PE uses bit 59") {
  PowerBench b;
  const auto mid = b.paging({{pw::kStartMiddle, kGiB, 16, 2}});
  const auto high = b.paging({{pw::kStartHigh, kGiB, 16, 2}});
  const auto large = b.paging({{0, 8 * kGiB, 16, 2}});
  const auto small = b.paging({{0, kGiB, 16, 2}});
  b.pe5.claim(&b.owner);
  CHECK(refusal([&] { b.pe5.attach(*mid); }) == Errno::Busy);  // PE 6 and 7 have the host's bypass
  b.pe6.claim(&b.owner);
  b.pe7.claim(&b.owner);
  b.pe6.attach(*high);
  CHECK(refusal([&] { b.pe5.attach(*mid); }) == Errno::Busy);
  b.pe6.attach(*large);
  CHECK(refusal([&] { b.pe5.attach(*mid); }) == Errno::Busy);
  b.pe6.attach(*small);
  mid->map(pw::kStartMiddle, 0x10000, 0x10000, kReadWrite);
  b.pe5.attach(*mid);
  CHECK(b.hw.phb.tve1_above_4g());
  CHECK(b.reach(pw::kStartMiddle + 5) == 0x10005);
  CHECK(b.faults(pw::kStartHigh));

  SECTION("others are then refused bit 59, but may have the same") {
    CHECK(refusal([&] { b.pe6.attach(*high); }) == Errno::Busy);
    CHECK(refusal([&] { b.pe6.attach(*large); }) == Errno::Busy);
    b.pe6.attach(*mid);
    CHECK(b.reach(pw::kStartMiddle + 5, PowerBench::kRid6) == 0x10005);
    b.pe5.attach(b.iommu.blocked_domain());
    CHECK(b.hw.phb.tve1_above_4g());
    b.pe6.attach(b.iommu.blocked_domain());
    CHECK_FALSE(b.hw.phb.tve1_above_4g());
  }
  SECTION("the host gets a PE back without bypass, and the bypass with the option's end") {
    b.pe6.unclaim();
    CHECK(b.tve(6, 0) != 0);
    CHECK(b.tve(6, 1) == 0);
    b.pe5.attach(b.iommu.blocked_domain());
    CHECK_FALSE(b.hw.phb.tve1_above_4g());
    CHECK(b.reach(pw::kStartHigh + 5, PowerBench::kRid6) == 5);
  }
  SECTION("a PE may go from one select to the other alone") {
    b.pe5.attach(*high);
    CHECK_FALSE(b.hw.phb.tve1_above_4g());
    CHECK(b.tve(5, 1) != 0);
    b.pe5.attach(*mid);
    CHECK(b.hw.phb.tve1_above_4g());
  }
  b.pe5.attach(b.iommu.blocked_domain());
  b.pe6.attach(b.iommu.blocked_domain());
}
