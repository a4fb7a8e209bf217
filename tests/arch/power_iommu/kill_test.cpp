// SPDX-License-Identifier: Apache-2.0
// What is invalidated, when, and by which means (phb.md 4.2).
#include "tests/arch/power_iommu/power_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using Words = std::vector<std::uint64_t>;

namespace {

struct KillBench : PowerBench {
  KillBench(const pw::PowerIommuOptions& options, arch::Generation generation) : PowerBench(options, generation) {
    domain = paging({{0, kGiB, 16, 2}, {pw::kStartHigh, kGiB, 16, 2}});
    pe5.claim(&owner);
    pe5.attach(*domain);
    domain->map(0, 0x10000000, 256 * 0x10000, kReadWrite);
    domain->map(pw::kStartHigh, 0x10000000, 256 * 0x10000, kReadWrite);
    sink.forget();
  }
  ~KillBench() { pe5.attach(iommu.blocked_domain()); }
  Words sync() {
    sink.forget();
    domain->sync();
    return sink.written(arch::Reg::TceKill);
  }
  Words pages(BusAddr first, unsigned count) const {
    Words words;
    for (unsigned i = 0; i < count; ++i)
      words.push_back(arch::encode_kill_one(5, first + (std::uint64_t{i} << 16), 16, hw.phb.facts()));
    return words;
  }
  std::unique_ptr<os::PagingDomain> domain;
};

pw::PowerIommuOptions by_page() {
  pw::PowerIommuOptions options;
  options.opal.page_kills_as_pe = false;
  options.page_kill_limit = 8;
  return options;
}

}  // namespace

TEST_CASE("Firmware with the erratum: one kill of the PE for all that was unmapped") {
  KillBench b({}, arch::Generation::Phb4);
  b.domain->unmap(0, 0x10000);
  b.domain->unmap(0x80000, 0x10000);
  CHECK(b.sink.written(arch::Reg::TceKill).empty());
  CHECK(b.sync() == Words{arch::encode_kill_pe(5)});
  CHECK(b.sink.log.size() == 5);  // G4
  CHECK(b.sync().empty());
}

TEST_CASE("Without the erratum, and on PHB3, single pages are killed up to a limit") {
  const auto generation = GENERATE(arch::Generation::Phb3, arch::Generation::Phb4, arch::Generation::Phb5);
  KillBench b(by_page(), generation);
  b.domain->unmap(0, 2 * 0x10000);
  b.domain->unmap(0x20000, 0x10000);  // goes on where the last one ended
  b.domain->unmap(pw::kStartHigh, 5 * 0x10000);
  Words expected = b.pages(0, 3);
  const Words more = b.pages(pw::kStartHigh, 5);  // address bit 59 is part of the word
  expected.insert(expected.end(), more.begin(), more.end());
  CHECK(b.sync() == expected);

  b.domain->unmap(0x100000, 9 * 0x10000);
  CHECK(b.sync() == Words{arch::encode_kill_pe(5)});
  // Few pages in more pieces than are kept.
  for (unsigned i = 0; i < 9; ++i) b.domain->unmap(0x200000 + i * 0x20000ull, 0x10000);
  CHECK(b.sync() == Words{arch::encode_kill_pe(5)});
  b.domain->unmap(0x400000, 0x10000);
  CHECK(b.sync() == b.pages(0x400000, 1));  // what was gathered is forgotten
}

TEST_CASE("PHB3 needs no firmware and starts no DMA sync") {
  KillBench b({}, arch::Generation::Phb3);
  b.domain->unmap(0, 0x10000);
  CHECK(b.sync() == b.pages(0, 1));
  CHECK(b.sink.written(arch::Reg::DmaSync).empty());
}

TEST_CASE("A map is followed by a kill, unless the hardware is known to cache no invalid entry") {
  pw::PowerIommuOptions options = by_page();
  {
    KillBench b(options, arch::Generation::Phb4);
    b.domain->map(0x2000000, 0x10000, 0x20000, kReadWrite);
    CHECK(b.sink.written(arch::Reg::TceKill) == b.pages(0x2000000, 2));
    CHECK(b.sink.log.front().kind == arch::Effect::Kind::Store8);
  }
  options.kill_on_map = false;
  KillBench b(options, arch::Generation::Phb4);
  b.domain->map(0x2000000, 0x10000, 0x20000, kReadWrite);
  CHECK(b.sink.written(arch::Reg::TceKill).empty());
}

TEST_CASE("Entries are cleared before the kill is begun") {
  KillBench b({}, arch::Generation::Phb5);
  b.domain->unmap(0, 0x20000);
  CHECK(b.sink.stores() == 2);
  CHECK(b.faults(0));
  CHECK(b.faults(0x10000));
  CHECK_FALSE(b.faults(0x20000));
  b.domain->unmap(0, 0x20000);      // a hole is skipped
  b.domain->unmap(2 * kGiB, kGiB);  // and what no window has
  CHECK_FALSE(b.sync().empty());
}

TEST_CASE("A domain that no PE is under has nothing to kill") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 16, 2}});
  domain->map(0, 0x10000, 0x10000, kReadWrite);
  domain->unmap(0, 0x10000);
  domain->sync();
  CHECK(b.sink.written(arch::Reg::TceKill).size() == 3);  // of the three PEs' beginning
}

TEST_CASE("A run over two windows that meet is mapped in both") {
  PowerBench b;
  for (auto* pe : {&b.pe5, &b.pe6, &b.pe7}) pe->claim(&b.owner);
  const auto domain = b.paging({{0, 4 * kGiB, 16, 2}, {pw::kStartMiddle, kGiB, 21, 2}});
  b.pe5.attach(*domain);
  domain->map(4 * kGiB - 2 * kMiB, 0x40000000, 4 * kMiB, kReadWrite);
  CHECK(b.reach(4 * kGiB - 1) == std::nullopt);  // the MSI window
  CHECK(b.reach(4 * kGiB - 0x10001) == 0x40000000 + 2 * kMiB - 0x10001);
  CHECK(b.reach(4 * kGiB) == 0x40000000 + 2 * kMiB);
  CHECK(b.reach(4 * kGiB + 2 * kMiB - 1) == 0x40000000 + 4 * kMiB - 1);
  domain->unmap(4 * kGiB - 2 * kMiB, 4 * kMiB);
  CHECK(b.faults(4 * kGiB));
  CHECK(b.faults(4 * kGiB - 0x10001));
  b.pe5.attach(b.iommu.blocked_domain());
}
