// SPDX-License-Identifier: Apache-2.0
// Processes that map by system calls: what they have mapped is what devices reach, call by call, and
// bus addresses whose unmapping is under way are nobody else's.
#include "platform/host/vfio/user_space.hpp"

#include <map>
#include <string>
#include <vector>

#include "models/arch/effect.hpp"
#include "models/arch/rtt.hpp"
#include "models/arch/translate.hpp"
#include "models/base/check.hpp"
#include "models/base/rng.hpp"
#include "models/memory/sparse_store.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint64_t kMemory = 1 * kGiB;
constexpr Rid kRid = 0x0100;
constexpr BusAddr kHigh = 1ull << 59;

struct Bench {
  memory::SparseStore store;
  arch::TableRegion region{1ull << 46, 1ull << 46};
  arch::PhbState phb{arch::Generation::Phb4, arch::PhbSize::Big};
  host::UserSpace user;

  explicit Bench(const std::string& stack, host::VfioParams params = {}) : user(stack, with_iova(stack, params), store, kMemory, region) {
    const RealAddr rtt = region.allocate(arch::kRttBytes);
    arch::fill_rtt(store, rtt, phb.facts().max_pes - 1);
    phb.write_register(arch::offset_of(arch::Reg::RttBar), rtt | arch::kBarEnable);
    phb.apply_firmware_defaults();
    user.add_phb(phb);
  }
  static host::VfioParams with_iova(const std::string& stack, host::VfioParams params) {
    if (stack == "vfio-spapr" && params.iova == "kernel") params.iova = "next_fit";
    return params;
  }
  std::uint32_t add(const std::vector<host::UserWindow>& windows, unsigned used = 0) {
    return user.add_pe(0, 5, kRid, windows, used);
  }
  arch::Translation translate(BusAddr addr, arch::Access access = arch::Access::Write) {
    return arch::translate(phb, kRid, addr, 4, access, store);
  }
  void apply(const host::MappingWork& work) { REQUIRE(arch::apply(work.effects, phb, store)); }
};

host::UserWindow window(BusAddr start, std::uint64_t bytes, unsigned page_shift, unsigned levels = 1) {
  host::UserWindow w;
  w.start = start;
  w.bytes = bytes;
  w.page_shift = page_shift;
  w.levels = levels;
  return w;
}

struct Case {
  const char* stack;
  std::vector<host::UserWindow> windows;
  unsigned used;
  const char* iova;
};

const std::vector<Case> kCases = {
    {"iommufd", {window(0, kGiB, 16)}, 0, "kernel"},
    {"iommufd", {window(0, kGiB, 12, 2)}, 0, "kernel"},
    {"iommufd", {window(0, kGiB, 16), window(kHigh, 4 * kGiB, 16, 2)}, 1, "kernel"},
    {"iommufd", {window(kHigh, 4 * kGiB, 16, 2)}, 0, "first_fit"},
    {"vfio-spapr", {window(0, kGiB, 16)}, 0, "next_fit"},
    {"vfio-spapr", {window(0, kGiB, 12, 2), window(kHigh, 4 * kGiB, 16, 2)}, 1, "first_fit"},
    {"vfio-spapr", {window(kHigh, 4 * kGiB, 21, 2)}, 0, "next_fit"},
};

}  // namespace

TEST_CASE("A device reaches what its process has mapped, before and after each call, and nothing else") {
  for (const Case& c : kCases) {
    INFO(c.stack << " " << c.iova << " window " << c.used << " of " << c.windows.size());
    host::VfioParams params;
    params.iova = c.iova;
    Bench b(c.stack, params);
    const std::uint32_t pe = b.add(c.windows, c.used);
    host::UserMappings& m = b.user.mappings(pe, c.used);
    const host::UserWindow& w = c.windows[c.used];
    RandomStream rng(11, c.stack);
    struct Mapped {
      RealAddr real;
      std::uint64_t bytes;
      bool writes;
    };
    std::map<BusAddr, Mapped> model;
    const auto check = [&] {
      for (const auto& [iova, x] : model) {
        for (const std::uint64_t at : {std::uint64_t{0}, x.bytes / 2, x.bytes - 4}) {
          const auto t = b.translate(iova + at, arch::Access::Read);
          REQUIRE(t.ok());
          REQUIRE(t.real == x.real + at);
        }
        REQUIRE(b.translate(iova).ok() == x.writes);
      }
    };
    for (unsigned step = 0; step < 200; ++step) {
      host::MappingWork work;
      if (model.empty() || rng.below(5) < 3) {
        const std::uint64_t bytes = 64 + rng.below(300'000);
        const RealAddr real = rng.below((kMemory - bytes) / 64) * 64;
        const bool writes = rng.below(2) != 0;
        const BusAddr iova = m.map(real, bytes, true, writes, work);
        CHECK(iova >= w.start);
        CHECK(iova + bytes <= w.start + w.bytes);
        CHECK((iova & 0xFFF) == (real & 0xFFF));
        // Nothing has happened to the machine yet.
        CHECK_FALSE(b.translate(iova, arch::Access::Read).ok());
        check();
        b.apply(work);
        model[iova] = {real, bytes, writes};
      } else {
        auto it = model.begin();
        std::advance(it, static_cast<std::ptrdiff_t>(rng.below(model.size())));
        const auto [iova, x] = *it;
        m.unmap(iova, x.bytes, work);
        check();
        // Its bus addresses stay its own until it is settled.
        host::MappingWork other;
        const BusAddr elsewhere = m.map(0, x.bytes, true, true, other);
        const std::uint64_t round = std::uint64_t{1} << std::max(16u, w.page_shift);
        CHECK((align_up(elsewhere + x.bytes, round) <= align_down(iova, round) ||
               align_down(elsewhere, round) >= align_up(iova + x.bytes, round)));
        b.apply(work);
        b.apply(other);
        m.settled(iova, x.bytes);
        model.erase(it);
        CHECK_FALSE(b.translate(iova, arch::Access::Read).ok());
        model[elsewhere] = {0, x.bytes, true};
      }
      check();
    }
    host::MappingWork all;
    m.unmap_all(all);
    b.apply(all);
    for (const auto& [iova, x] : model) CHECK_FALSE(b.translate(iova, arch::Access::Read).ok());
  }
}

TEST_CASE("All of memory mapped at its place before the run") {
  for (const std::string stack : {"iommufd", "vfio-spapr"}) {
    INFO(stack);
    Bench b(stack);
    auto low = window(0, kGiB, 16);
    low.map_all = stack == "vfio-spapr";  // the kernel reserves the MMIO hole below 4 GiB, not below 2 GiB
    auto high = window(kHigh, 2 * kGiB, 16, 2);
    high.map_all = true;
    b.add({low, high}, 0);
    for (const RealAddr real : {RealAddr{0x10000}, kMemory / 2, kMemory - 4}) {
      CHECK(b.translate(kHigh + real).real == real);
      if (low.map_all) CHECK(b.translate(real).real == real);
    }
    CHECK_FALSE(b.translate(kHigh + kMemory).ok());
    CHECK(b.user.table_bytes() > 0);
  }
}

TEST_CASE("A window that the kernel refuses is an error that says why") {
  Bench b("iommufd");
  CHECK_THROWS_WITH(b.add({window(0, kGiB, 21)}), Contains("EINVAL"));
  Bench c("iommufd");
  CHECK_THROWS_WITH(c.add({window(0, 3 * kGiB, 16)}), Contains("EINVAL"));
  Bench d("vfio-spapr");
  CHECK_THROWS_WITH(d.add({window(0, kGiB, 24)}), Contains("EINVAL"));
}

TEST_CASE("Larger I/O pages than the kernel's are an extension of iommufd") {
  host::VfioParams params;
  params.large_io_pages = true;
  Bench b("iommufd", params);
  const std::uint32_t pe = b.add({window(kHigh, 4 * kGiB, 21)});
  host::MappingWork work;
  const BusAddr iova = b.user.mappings(pe, 0).map(5 * kMiB, 100, true, true, work);
  b.apply(work);
  CHECK(b.translate(iova).real == 5 * kMiB);
  CHECK(iova % (2 * kMiB) == 1 * kMiB);
}
