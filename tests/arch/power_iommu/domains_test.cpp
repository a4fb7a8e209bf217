// SPDX-License-Identifier: Apache-2.0
// Rows G01 to G18 of ddw-vfio.md 9.5 on bare metal.
#include "models/base/check.hpp"
#include "tests/arch/power_iommu/power_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Access;
using os::Errno;

namespace {

constexpr BusAddr kBypass = pw::kStartHigh;

pw::PowerIommuOptions rfc_like() {
  pw::PowerIommuOptions options;
  options.default_windows = {{0, kGiB, 12, 1}};
  return options;
}

}  // namespace

TEST_CASE("G04: a PE begins under the platform domain: window 0 and bypass, and an attach does nothing") {
  PowerBench b;
  CHECK(&b.pe5.domain() == &b.iommu.platform_domain());
  CHECK(b.reach(kBypass + 0x123456) == 0x123456);
  CHECK(b.reach(kBypass + 16 * kGiB - 1) == 16 * kGiB - 1);
  CHECK(b.faults(kBypass + 16 * kGiB));
  // 16 GiB of memory: 2^18 pages of 64K, two levels of 64 KiB tables.
  const auto& window = *b.pe5.setting().windows[0];
  CHECK(window.bytes() == 16 * kGiB);
  CHECK(window.shape().levels == 2);
  CHECK(window.shape().table_bytes == 64 * kKiB);
  CHECK(b.dma(0x1000).fault == arch::Fault::TcePageFault);
  b.sink.forget();
  b.iommu.platform_domain().attach(b.dev5, b.iommu.platform_domain());
  CHECK(b.sink.log.empty());
}

TEST_CASE("The host's window has one bit of a block for each page at most, and levels to suit") {
  pw::PowerIommuOptions options;
  options.host_page_shift = 12;
  options.memory_bytes = 3 * kTiB;  // not a power of two
  PowerBench b(options, arch::Generation::Phb5);
  const auto& window = *b.pe5.setting().windows[0];
  CHECK(window.bytes() == 512 * kGiB);  // 16 MiB * 8 pages of 4K
  CHECK(window.shape().levels == 2);
  CHECK(b.reach(kBypass + 4 * kTiB - 1) == 4 * kTiB - 1);
  CHECK(b.faults(kBypass + 4 * kTiB));
}

TEST_CASE("The host's window and bypass are options") {
  pw::PowerIommuOptions options;
  options.host_window = false;
  PowerBench without_window(options);
  CHECK(without_window.tve(5, 0) == 0);
  CHECK(without_window.reach(kBypass + 1) == 1);
  options.host_window = true;
  options.host_bypass = false;
  PowerBench without_bypass(options);
  CHECK(without_bypass.tve(5, 0) != 0);
  CHECK(without_bypass.tve(5, 1) == 0);
}

TEST_CASE("A host without memory for its window keeps the bypass") {
  PowerBench b({}, arch::Generation::Phb4, 128 * kKiB);  // for PE 5 and 6
  CHECK(b.tve(6, 0) != 0);
  CHECK(b.tve(7, 0) == 0);
  CHECK(b.reach(kBypass + 5, PowerBench::kRid7) == 5);
}

TEST_CASE("G01: attach to the blocked domain takes bypass and window away; DMA faults") {
  PowerBench b;
  b.pe5.claim(&b.owner);
  CHECK(&b.pe5.domain() == &b.iommu.blocked_domain());
  CHECK(b.tve(5, 0) == 0);
  CHECK(b.tve(5, 1) == 0);
  CHECK(b.faults(0x1000));
  CHECK(b.faults(kBypass));
  CHECK(b.dma(kBypass, Access::Read, PowerBench::kRid6).ok());  // another PE
}

TEST_CASE("G02: the second device of a group finds the attach done") {
  PowerBench b;
  b.sink.forget();
  b.iommu.blocked_domain().attach(b.dev5, b.iommu.platform_domain());
  CHECK_FALSE(b.sink.log.empty());
  b.sink.forget();
  b.iommu.blocked_domain().attach(b.dev5b, b.iommu.platform_domain());
  CHECK(b.sink.log.empty());
  CHECK(b.faults(kBypass, Access::Read, PowerBench::kRid5b));
}

TEST_CASE("G03: the platform domain after the blocked one is the default configuration again") {
  PowerBench b;
  const auto before = b.tables_in_use();
  const auto word = b.tve(5, 0);
  b.pe5.claim(&b.owner);
  CHECK(b.tables_in_use() < before);  // Linux, too, gives the table back
  b.pe5.unclaim();
  CHECK(b.tables_in_use() == before);
  CHECK(b.tve(5, 0) == word);
  CHECK(b.reach(kBypass + 7) == 7);
}

TEST_CASE("G05: coherent, and nothing else") {
  PowerBench b;
  CHECK(b.dev5.cache_coherent());
  CHECK(b.dev5.isolated_msi());
  CHECK(b.dev5.capabilities() == 0);
  CHECK(b.dev5.max_pasid_log2() == 0);
  CHECK(b.dev5.iommu_instance() == b.dev6.iommu_instance());
  CHECK(refusal([&] { b.iommu.blocked_domain().attach_pasid(b.dev5, 1, nullptr); }) == Errno::OpNotSupp);
}

TEST_CASE("Devices reach the PE of their RID, from when they are there until they go") {
  PowerBench b;
  CHECK(b.dma(kBypass, Access::Read, 0x0300).pe == 7);
  {
    pw::PowerDevice late("0000:04:00.0", b.pe6, 0x0400);
    CHECK(b.dma(kBypass, Access::Read, 0x0400).pe == 6);
    CHECK(b.pe6.devices().size() == 2);
  }
  CHECK(b.dma(kBypass, Access::Read, 0x0400).pe == b.hw.phb.facts().max_pes - 1);
  CHECK(b.pe6.devices().size() == 1);
}

TEST_CASE("A PE is added once, and never the reserved one") {
  PowerBench b;
  CHECK_THROWS_AS(b.iommu.add_pe(9, 5), UserError);
  CHECK_THROWS_AS(b.iommu.add_pe(9, b.hw.phb.facts().max_pes - 1), UserError);
  CHECK_NOTHROW(b.iommu.add_pe(9, b.hw.phb.facts().max_pes - 2));
}

TEST_CASE("G11, G12: the last page of the window can be mapped, the first beyond it cannot") {
  PowerBench b(rfc_like());
  const auto domain = b.dev5.alloc_paging(0, nullptr);
  b.pe5.claim(&b.owner);
  b.pe5.attach(*domain);
  domain->map(0x3FFFF000, 0x7000, 0x1000, kReadWrite);
  CHECK(b.reach(0x3FFFFFFF) == 0x7FFF);
  CHECK(refusal([&] { domain->map(0x40000000, 0x8000, 0x1000, kReadWrite); }) == Errno::Inval);
  CHECK(refusal([&] { domain->map(0x3FFFF000, 0x8000, 0x2000, kReadWrite); }) == Errno::Inval);
  b.pe5.attach(b.iommu.blocked_domain());
}

TEST_CASE("G13: what is not whole I/O pages is refused") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 16, 2}});
  CHECK(refusal([&] { domain->map(0x1000, 0x10000, 0x10000, kReadWrite); }) == Errno::Inval);
  CHECK(refusal([&] { domain->map(0x10000, 0x1000, 0x10000, kReadWrite); }) == Errno::Inval);
  CHECK(refusal([&] { domain->map(0x10000, 0x10000, 0x1000, kReadWrite); }) == Errno::Inval);
  CHECK(refusal([&] { domain->map(0x10000, 0x10000, 0, kReadWrite); }) == Errno::Inval);
  CHECK(refusal([&] { domain->map(~0ull - 0xFFFF, 0x10000, 0x20000, kReadWrite); }) == Errno::Inval);
  // Larger pages of the caller are several of the window's (the RFC takes its own size alone).
  domain->map(0x10000, 0x10000, 0x30000, kReadWrite);
  CHECK(domain->to_real(0x3FFFF) == 0x3FFFF);
}

TEST_CASE("G14: read-only is read-only; what may be written may be read") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 12, 2}});
  b.pe5.claim(&b.owner);
  b.pe5.attach(*domain);
  domain->map(0x1000, 0x7000, 0x1000, kReadOnly);
  domain->map(0x2000, 0x8000, 0x1000, kWriteOnly);
  domain->map(0x3000, 0x9000, 0x1000, {});
  CHECK(b.reach(0x1010) == 0x7010);
  CHECK(b.dma(0x1010, Access::Write).fault == arch::Fault::TceAccessFault);
  CHECK(b.reach(0x2010, PowerBench::kRid5, Access::Write) == 0x8010);
  CHECK(b.reach(0x2010) == 0x8010);  // V37
  CHECK(b.faults(0x3010));           // VFIO's type 1 may map without any permission
  CHECK(domain->to_real(0x3010) == 0x9010);
  CHECK(refusal([&] { domain->map(0x3000, 0x9000, 0x1000, kReadOnly); }) == Errno::Exist);
  b.pe5.attach(b.iommu.blocked_domain());
}

TEST_CASE("G15: a map of 512 pages is 512 entries in one list, links first") {
  pw::PowerIommuOptions options;
  options.kill_on_map = false;
  PowerBench b(options);
  const auto domain = b.paging({{0, kGiB, 12, 1}});
  b.sink.forget();
  domain->map(0x200000, 0x40000000, 2 * kMiB, kReadWrite);
  CHECK(b.sink.log.size() == 512);
  CHECK(b.sink.lists == 1);
  for (unsigned i = 0; i < 512; ++i) {
    const auto real = domain->to_real(0x200000 + i * 0x1000ull);
    if (real != 0x40000000 + i * 0x1000ull) CHECK(real == 0x40000000 + i * 0x1000ull);
  }
}

TEST_CASE("G16: an address keeps its offset in the page; nothing is mapped at others") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 16, 2}, {pw::kStartHigh, kTiB, 16, 2}});
  domain->map(0x10000, 0x50000, 0x10000, kReadWrite);
  domain->map(pw::kStartHigh + 0xFFFF0000, 0x60000, 0x10000, kReadWrite);
  CHECK(domain->to_real(0x10123) == 0x50123);
  CHECK(domain->to_real(0x20123) == std::nullopt);
  CHECK(domain->to_real(pw::kStartHigh + 0xFFFF0123) == 0x60123);
  CHECK(domain->to_real(2 * kGiB) == std::nullopt);
  CHECK(domain->to_real(1ull << 60) == std::nullopt);
}

TEST_CASE("G17: a paging domain that goes gives its tables back, zero") {
  PowerBench b;
  const auto before = b.tables_in_use();
  auto domain = b.paging({{0, kTiB, 16, 2}, {pw::kStartHigh, kTiB, 16, 2}});
  domain->map(0, 0x10000, 0x10000, kReadWrite);
  domain->map(kTiB - 0x10000, 0x20000, 0x10000, kReadWrite);
  domain->map(pw::kStartHigh, 0x20000, 0x10000, kReadWrite);
  CHECK(b.tables_in_use() == before + 5 * 64 * kKiB);
  b.pe5.claim(&b.owner);
  b.pe5.attach(*domain);
  CHECK(b.reach(pw::kStartHigh + 9) == 0x20009);
  b.pe5.attach(b.iommu.blocked_domain());
  CHECK(b.tve(5, 0) == 0);
  CHECK(b.tve(5, 1) == 0);
  domain.reset();
  CHECK(b.tables_in_use() == before - 64 * kKiB);  // the host's window of PE 5 is gone, too
  for (RealAddr at = PowerBench::kTables; at < PowerBench::kTables + b.region.used(); at += 8) {
    if (b.hw.memory.read_be64(at) != 0) CHECK(b.hw.memory.read_be64(at) == 0);
  }
}

TEST_CASE("G18: blocked, paging, blocked, platform: no window is left over") {
  PowerBench b;
  const auto before = b.tables_in_use();
  const auto low = b.tve(5, 0), high = b.tve(5, 1);
  b.pe5.claim(&b.owner);
  {
    const auto domain = b.paging({{0, kGiB, 16, 2}, {pw::kStartHigh, kTiB, 21, 2}});
    b.pe5.attach(*domain);
    b.pe5.attach(b.iommu.blocked_domain());
  }
  b.pe5.unclaim();
  CHECK(b.tables_in_use() == before);
  CHECK(b.tve(5, 0) == low);
  CHECK(b.tve(5, 1) == high);
}

TEST_CASE("One domain serves several PEs, and a kill goes to each") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 16, 2}});
  for (auto* pe : {&b.pe5, &b.pe6}) {
    pe->claim(&b.owner);
    pe->attach(*domain);
  }
  CHECK(b.tve(5, 0) == b.tve(6, 0));
  domain->map(0x10000, 0x50000, 0x10000, kReadWrite);
  CHECK(b.reach(0x10001, PowerBench::kRid5) == 0x50001);
  CHECK(b.reach(0x10001, PowerBench::kRid6) == 0x50001);
  domain->unmap(0x10000, 0x10000);
  b.sink.forget();
  domain->sync();
  CHECK(b.sink.written(arch::Reg::TceKill) ==
        std::vector<std::uint64_t>{arch::encode_kill_pe(5), arch::encode_kill_pe(6)});
  b.sink.forget();
  domain->sync();
  CHECK(b.sink.log.empty());
  b.pe5.attach(b.iommu.blocked_domain());
  CHECK(b.tve(6, 0) != 0);
  b.pe6.attach(b.iommu.blocked_domain());
}

TEST_CASE("A domain of another PHB is refused") {
  PowerBench b, other;
  const auto domain = other.paging({{0, kGiB, 16, 2}});
  b.pe5.claim(&b.owner);
  CHECK(refusal([&] { b.pe5.attach(*domain); }) == Errno::Inval);
  CHECK(&b.pe5.domain() == &b.iommu.blocked_domain());
}

TEST_CASE("A fenced PHB refuses a paging domain, but never the blocked one, and gets all back with its reset") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 16, 2}});
  domain->map(0, 0x10000, 0x10000, kReadWrite);
  b.pe5.claim(&b.owner);
  b.pe5.attach(*domain);
  b.pe6.claim(&b.owner);
  b.hw.phb.raise(arch::Fault::RttDisabled, 5, 0x0100, 0, arch::TransactionType::DmaRead, nullptr);
  REQUIRE(b.hw.phb.fenced());
  CHECK(b.pe5.state() == 5);
  CHECK(refusal([&] { b.pe6.attach(*domain); }) == Errno::Io);
  CHECK(&b.pe6.domain() == &b.iommu.blocked_domain());
  b.pe5.attach(b.iommu.blocked_domain());
  b.pe6.unclaim();
  // A complete reset: registers and tables as after power on.
  b.hw.phb.power_on_reset();
  b.hw.bring_up();
  b.iommu.restore();
  CHECK(b.tve(5, 0) == 0);
  CHECK(b.tve(5, 1) == 0);
  CHECK(b.reach(kBypass + 3, PowerBench::kRid6) == 3);
  CHECK(b.reach(kBypass + 3, PowerBench::kRid7) == 3);
}

TEST_CASE("Reserved regions: 32-bit MMIO and the MSI windows") {
  PowerBench b;
  const auto regions = b.dev5.reserved_regions();
  REQUIRE(regions.size() == 3);
  CHECK(regions[0].first == 0x80000000);
  CHECK(regions[0].last == 0xFFFEFFFF);
  CHECK(regions[1].kind == os::ReservedRegion::Kind::Msi);
  CHECK(regions[1].first == 0xFFFF0000);
  CHECK(regions[1].last == 0xFFFFFFFF);
  CHECK(regions[2].first == 1ull << 60);
  CHECK(regions[2].last == (2ull << 60) - 1);
}
