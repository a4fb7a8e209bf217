// SPDX-License-Identifier: Apache-2.0
// Random maps, unmaps and attaches of several PEs and domains against a std::map a domain; and the
// same with memory that runs out at every allocation.
#include <map>
#include <random>

#include "tests/arch/power_iommu/power_bench.hpp"
#include "tests/support/allocations.hpp"

using namespace phbsim;
using namespace phbsim::test;
using os::Errno;

namespace {

struct Page {
  RealAddr real;
  os::Protection prot;
};

struct Modelled {
  std::unique_ptr<os::PagingDomain> domain;
  unsigned shift;
  std::vector<BusAddr> pages;  // candidates
  std::map<BusAddr, Page> mapped;
};

/// What a device sees of all candidate pages, by the tables and by the model.
void compare(const PowerBench& b, const std::vector<Modelled>& domains, const std::vector<int>& under) {
  constexpr Rid kRids[] = {PowerBench::kRid5, PowerBench::kRid6, PowerBench::kRid7};
  unsigned wrong = 0;
  for (std::size_t pe = 0; pe < under.size(); ++pe) {
    for (const Modelled& any : domains) {
      for (const BusAddr page : any.pages) {
        const BusAddr at = page + 0x123;
        const auto read = b.reach(at, kRids[pe]);
        const auto write = b.reach(at, kRids[pe], arch::Access::Write);
        std::optional<RealAddr> r, w;
        if (under[pe] >= 0) {
          const Modelled& m = domains[static_cast<std::size_t>(under[pe])];
          const auto it = m.mapped.find(align_down(at, 1ull << m.shift));
          if (it != m.mapped.end()) {
            const RealAddr real = it->second.real + (at & low_mask(m.shift));
            r = real;
            if (it->second.prot.write) w = real;
          }
        }
        wrong += read != r || write != w;
      }
    }
  }
  for (const Modelled& m : domains) {
    for (const BusAddr page : m.pages) {
      const auto it = m.mapped.find(page);
      const auto real = m.domain->to_real(page + 9);
      wrong += it == m.mapped.end() ? real.has_value() : real != it->second.real + 9;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("Random maps, unmaps and attaches agree with plain maps") {
  const auto generation = GENERATE(arch::Generation::Phb3, arch::Generation::Phb4);
  const auto seed = GENERATE(1u, 2u, 3u);
  pw::PowerIommuOptions options;
  options.host_page_shift = 12;
  options.memory_bytes = 64 * kMiB;
  PowerBench b(options, generation);
  std::mt19937_64 random(seed);
  const auto pick = [&](std::uint64_t n) { return random() % n; };

  std::vector<Modelled> domains(3);
  domains[0] = {b.paging({{0, 64 * kMiB, 12, 2}, {pw::kStartHigh, kTiB, 12, 3}}), 12, {}, {}};
  domains[1] = {b.paging({{0, 64 * kMiB, 12, 1}}), 12, {}, {}};
  domains[2] = {b.paging({{pw::kStartHigh, 4 * kGiB, 16, 2}}), 16, {}, {}};
  for (Modelled& m : domains) {
    for (const auto& a : m.domain->apertures()) {
      const std::uint64_t n = (a.last - a.first + 1) >> m.shift;
      for (const std::uint64_t i : {0, 1, 2, 3, 510, 511, 512, 513}) m.pages.push_back(a.first + (i << m.shift));
      for (const std::uint64_t i : {n - 2, n - 1}) m.pages.push_back(a.first + (i << m.shift));
    }
  }
  std::vector<int> under(3, -1);
  pw::PowerGroup* groups[] = {&b.pe5, &b.pe6, &b.pe7};
  for (auto* g : groups) g->claim(&b.owner);

  for (unsigned step = 0; step < 600; ++step) {
    const auto d = pick(3);
    Modelled& m = domains[d];
    const BusAddr page = m.pages[pick(m.pages.size())];
    const std::uint64_t count = 1 + pick(4);
    const std::uint64_t bytes = count << m.shift;
    switch (pick(4)) {
      case 0: {
        const RealAddr real = (1 + pick(1 << 20)) << 16;
        const os::Protection prot = pick(2) != 0 ? kReadWrite : kReadOnly;
        bool inside = false, free = true;
        for (const auto& a : m.domain->apertures()) inside = inside || (page >= a.first && page + (bytes - 1) <= a.last);
        for (std::uint64_t i = 0; i < count; ++i) free = free && m.mapped.count(page + (i << m.shift)) == 0;
        // Memory runs out now and then.
        arch::os::allocation_fault().remaining = pick(4) == 0 ? 1 + pick(6) : 0;
        bool failed = false;
        try {
          m.domain->map(page, real, bytes, prot);
        } catch (const os::SysError& e) {
          failed = true;
          CHECK((e.code() == (inside ? Errno::Exist : Errno::Inval)));
          CHECK((!inside || !free));
        } catch (const std::bad_alloc&) {
          failed = true;
        }
        arch::os::allocation_fault().remaining = 0;
        if (!failed) {
          CHECK((inside && free));
          for (std::uint64_t i = 0; i < count; ++i) m.mapped[page + (i << m.shift)] = {real + (i << m.shift), prot};
        }
        break;
      }
      case 1:
        m.domain->unmap(page, bytes);
        if (pick(2) != 0) m.domain->sync();
        for (std::uint64_t i = 0; i < count; ++i) m.mapped.erase(page + (i << m.shift));
        break;
      case 2: {
        const auto pe = pick(3);
        groups[pe]->attach(*m.domain);
        under[pe] = static_cast<int>(d);
        break;
      }
      default: {
        const auto pe = pick(3);
        groups[pe]->attach(b.iommu.blocked_domain());
        under[pe] = -1;
        break;
      }
    }
    if (step % 4 == 0) compare(b, domains, under);
  }
  compare(b, domains, under);
  for (auto* g : groups) g->unclaim();
  domains.clear();
  for (const PeNumber pe : {5, 6, 7}) CHECK(b.tve(pe, 1) != 0);
}

TEST_CASE("Memory that runs out at any allocation leaves everything as it was") {
  pw::PowerIommuOptions options;
  options.host_page_shift = 12;
  options.memory_bytes = 64 * kMiB;
  PowerBench b(options);
  const std::vector<pw::WindowSpec> windows{{0, 64 * kMiB, 12, 2}, {pw::kStartHigh, kTiB, 12, 3}};
  const auto old = b.paging({{0, 64 * kMiB, 12, 1}});
  old->map(0x1000, 0x7000, 0x1000, kReadWrite);
  b.pe5.claim(&b.owner);
  b.pe5.attach(*old);
  std::unique_ptr<os::PagingDomain> domain;
  std::shared_ptr<os::TceWindowTable> table;

  const auto in_use = [&] { return b.tables_in_use(); };
  auto bytes = in_use();
  const auto low = b.tve(5, 0);
  const auto attempt = [](auto&& call) {
    return [call] {
      try {
        call();
        return true;
      } catch (const std::bad_alloc&) {
      } catch (const os::SysError& e) {
        CHECK(e.code() == Errno::NoMem);
      }
      return false;
    };
  };
  const auto same = [&] {
    CHECK(in_use() == bytes);
    CHECK(b.tve(5, 0) == low);
    CHECK(b.tve(5, 1) == 0);
    CHECK(b.reach(0x1234) == 0x7234);
    CHECK(&b.pe5.domain() == old.get());
  };
  CHECK(fail_each_allocation(attempt([&] { domain = b.paging(windows); }), same) > 5);
  bytes = in_use();
  // Many leaf tables, at two levels below the root.
  CHECK(fail_each_allocation(attempt([&] { domain->map(pw::kStartHigh, 0x10000, 4 * kMiB, kReadWrite); }), [&] {
          same();
          CHECK_FALSE(domain->to_real(pw::kStartHigh));
        }) > 5);
  CHECK(domain->to_real(pw::kStartHigh + 4 * kMiB - 1) == 0x10000 + 4 * kMiB - 1);
  bytes = in_use();
  CHECK(fail_each_allocation(attempt([&] { table = b.pe6.create_table(0, 12, kGiB, 2); }), same) > 1);
  bytes = in_use();
  CHECK(fail_each_allocation(attempt([&] { table->exchange(3, {0x9000, kReadOnly}); }), [&] {
          same();
          CHECK_FALSE(table->get(3).prot.read);
        }) > 2);
  bytes = in_use();
  CHECK(fail_each_allocation(attempt([&] { b.dev5.hw_info(0); }), same) > 0);
  CHECK(fail_each_allocation(attempt([&] { pw::PowerDevice late("late", b.pe6, 0x0900); }), same) > 0);
  CHECK(b.pe6.devices().size() == 1);
  CHECK(fail_each_allocation(attempt([&] { b.pe5.attach(*domain); }), same) > 0);
  CHECK(b.reach(pw::kStartHigh + 5) == 0x10005);
  CHECK(b.faults(0x1234));
  bytes = in_use();
  b.pe6.claim(&b.owner);
  CHECK(fail_each_allocation(attempt([&] { b.pe6.set_window(0, table); }), [&] { CHECK(b.tve(6, 0) == 0); }) > 0);
  CHECK(b.reach(0x3001, PowerBench::kRid6) == 0x9001);
  b.pe5.attach(b.iommu.blocked_domain());
}

TEST_CASE("Going to blocked or back to the host needs no memory that may lack") {
  PowerBench b;
  const auto domain = b.paging({{0, kGiB, 16, 2}, {pw::kStartHigh, kGiB, 16, 2}});
  domain->map(0, 0x10000, 0x10000, kReadWrite);
  b.pe5.claim(&b.owner);
  b.pe5.attach(*domain);
  auto& fault = arch::os::allocation_fault();
  const auto nothing_asked = [&](auto&& call) {
    const auto seen = fault.seen;
    call();
    CHECK(fault.seen == seen);
  };
  nothing_asked([&] { domain->unmap(0, 0x10000); });
  nothing_asked([&] { domain->sync(); });
  nothing_asked([&] { b.pe5.attach(b.iommu.blocked_domain()); });
  nothing_asked([&] { b.pe5.unclaim(); });
  nothing_asked([&] { b.pe5.claim(&b.owner); });
  b.pe5.unclaim();
}
