// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/ioas.hpp"

#include "tests/arch/iommufd/ioas_bench.hpp"
#include "tests/support/allocations.hpp"

using namespace phbsim;
using namespace phbsim::test;
using phbsim::arch::os::PageRuns;

namespace {

/// Real address of a byte of the process.
RealAddr real_of(const IoasBench& b, std::uint64_t at) {
  return b.process->pages.real_of(at >> b.layer.page_shift) + (at & (b.layer.page_bytes() - 1));
}

}  // namespace

TEST_CASE("An IOAS without domains maps anything and touches nothing", "[ioas]") {
  IoasBench b;
  CHECK(b.ioas->empty());
  CHECK(b.ioas->alignment() == 1);
  REQUIRE(b.ioas->usable().size() == 1);
  CHECK(b.ioas->usable()[0].last == kAll);
  CHECK(b.map(0x7000, 0xdead000, kPage) == 0x7000);  // no such memory
  CHECK(b.map(0x8001, 0x100001, 3) == 0x8001);
  CHECK(b.ioas->areas() == 2);
  CHECK(b.machine.pins.empty());
  CHECK(b.ioas->unmap_all() == kPage + 3);
  CHECK(b.ioas->unmap_all() == 0);
}

TEST_CASE("Errors of MAP come in the kernel's order", "[ioas]") {
  IoasBench b;
  FakeDomain domain(b.machine, 0, 0xffffffff, 11);
  const auto map = [&](std::uint64_t start, std::uint64_t length, std::optional<Iova> iova) {
    return error_of([&] { b.ioas->map(b.memory(start), length, iova, kReadWrite); });
  };
  CHECK(map(kAll, 1, 0) == Errno::Overflow);
  CHECK(map(kAll, 0, 0) == Errno::Inval);
  CHECK(map(0, kAll - kPage + 1, 0) == Errno::Inval);
  CHECK(map(0, kAll / 2, std::nullopt) == Errno::Overflow);
  b.ioas->add_domain(domain);
  CHECK(b.ioas->alignment() == 2048);
  CHECK(map(0x100000, 1024, 0x1001) == Errno::Inval);                // length, IOVA
  CHECK(map(0x100000, 2048, 0x1001) == Errno::Inval);                // IOVA
  CHECK(map(0x100000, 4096, ~Iova{2047}) == Errno::Overflow);        // before it is reserved
  CHECK(map(0x100000, 4096, 0x100000000ull) == Errno::Inval);        // reserved
  CHECK(map(0x100000, 4096, 0xfffff800ull) == Errno::Inval);         // reserved in part
  b.map(0x2000, 0x100000, kPage);
  CHECK(map(0x100000, 4096, 0x2800) == Errno::Exist);
  CHECK(map(0x100001, 4096, 0x2800) == Errno::Exist);                // before the memory's alignment
  CHECK(map(0x100001, 4096, 0x5000) == Errno::Inval);
  CHECK(map(0x100001, 4096, std::nullopt) == Errno::Inval);
  CHECK(map(0xdead000, 4096, 0x5000) == Errno::Fault);
  CHECK(map(0x1ff000, 8192, 0x5000) == Errno::Fault);                // the second page is not there
  CHECK(b.ioas->areas() == 1);
  CHECK(b.machine.pins.size() == 1);
  b.ioas->remove_domain(domain);
  CHECK(b.ioas->alignment() == 1);
  CHECK(b.machine.pins.empty());
}

TEST_CASE("Automatic allocation takes the lowest room", "[ioas]") {
  IoasBench b;
  Ioas& ioas = *b.ioas;
  SECTION("page 0 is never chosen, and the memory's alignment is kept") {
    CHECK(b.map_anywhere(0x100000, kPage) == 0x1000);
    CHECK(b.map_anywhere(0x100000, 3 * kPage) == 0x4000);  // a multiple of 4 pages
    CHECK(b.map_anywhere(0x101000, 2 * kPage) == 0x2000);  // memory at an odd page: any page does
    CHECK(b.map_anywhere(0x400000, 0x400000) == 0x200000);  // no more than a huge page
    CHECK(b.map_anywhere(0x100800, 0x800) == 0x7800);      // offset in the page
  }
  SECTION("the offset is ORed in") {
    CHECK(b.map_anywhere(0x100123, 5) == 0x1123);
    CHECK(b.map_anywhere(0x100123, 5) == 0x112b);  // 0x1128 | 0x123
  }
  SECTION("address 0 sets no bound but the length") {
    CHECK(b.map_anywhere(0, 0x10000) == 0x10000);
  }
  SECTION("a room of exactly one address is not taken, as in Linux") {
    ioas.allow({{0x1000, 0x1fff}});
    b.map(0x1000, 0x100000, 0xfff);
    CHECK(error_of([&] { b.map_anywhere(0x100fff, 1); }) == Errno::NoSpc);
    CHECK(b.map(0x1fff, 0x100000, 1) == 0x1fff);
  }
  SECTION("reserved and allowed ranges") {
    ioas.reserve(&b, {0, 0xffff});
    ioas.reserve(&b, {0x11000, 0x12fff});
    CHECK(b.map_anywhere(0x101000, kPage) == 0x10000);
    CHECK(b.map_anywhere(0x101000, kPage) == 0x13000);
    ioas.allow({{0x40000, 0x40fff}, {0x20000, 0x20fff}, {0x21000, 0x21fff}});
    CHECK(b.map_anywhere(0x101000, 2 * kPage) == 0x20000);  // neighbours are one range
    CHECK(b.map_anywhere(0x101000, kPage) == 0x40000);
    CHECK(error_of([&] { b.map_anywhere(0x101000, kPage); }) == Errno::NoSpc);
    CHECK(b.map(0x50000, 0x101000, kPage) == 0x50000);      // the list does not bind fixed IOVAs
    CHECK(error_of([&] { ioas.allow({{5, 5}}); }) == Errno::Inval);
    CHECK(error_of([&] { ioas.allow({{0x30000, 0x30fff}, {0x30fff, 0x31fff}}); }) == Errno::Inval);
    CHECK(error_of([&] { ioas.allow({{0x12000, 0x30fff}}); }) == Errno::AddrInUse);
    CHECK(error_of([&] { ioas.reserve(&ioas, {0x40fff, 0x40fff}); }) == Errno::AddrInUse);  // allowed
    CHECK(error_of([&] { ioas.reserve(&ioas, {0x50fff, 0x60000}); }) == Errno::AddrInUse);  // mapped
    CHECK(error_of([&] { ioas.reserve(&ioas, {2, 1}); }) == Errno::Inval);
    ioas.allow({});
    const std::vector<IovaRange> usable = ioas.usable();
    REQUIRE(usable.size() == 2);
    CHECK(usable[0].first == 0x10000);
    CHECK(usable[0].last == 0x10fff);
    CHECK(usable[1].first == 0x13000);
    ioas.unreserve(&b);
    CHECK(ioas.usable().size() == 1);
  }
}

TEST_CASE("Pages are pinned once for all domains and given back with the last", "[ioas]") {
  IoasBench b;
  FakeDomain one(b.machine, 0, 0xffffff, 12);
  FakeDomain two(b.machine, 0, 0xffffff, 11);
  b.map(0x10000, 0x100000, 2 * kPage);
  b.map(0x20000, 0x180000, kPage, kReadOnly);
  b.ioas->add_domain(one);
  CHECK(b.process->pins(0x100) == 1);
  CHECK(one.to_real(0x11004) == real_of(b, 0x101004));
  CHECK_FALSE(one.entries.at(0x20000).write);
  b.ioas->add_domain(two);
  CHECK(b.process->pins(0x100) == 1);
  CHECK(two.entries.size() == 6);
  CHECK(b.process->pinned_pages == 3);
  CHECK(error_of([&] { b.ioas->add_domain(two); }) == Errno::Exist);
  b.map(0x30000, 0x100000, kPage);  // a second mapping is a second pin
  CHECK(b.process->pins(0x100) == 2);
  CHECK(one.to_real(0x30000) == two.to_real(0x30000));
  b.ioas->remove_domain(one);
  CHECK(b.process->pins(0x100) == 2);
  CHECK(one.entries.empty());
  CHECK(b.ioas->unmap(0x10000, 2 * kPage) == 2 * kPage);
  CHECK(b.process->pins(0x100) == 1);
  b.ioas->remove_domain(two);
  CHECK(b.machine.pins.empty());
}

TEST_CASE("A domain that does not fit leaves nothing behind", "[ioas]") {
  IoasBench b;
  FakeDomain large(b.machine, 0, 0xffffff, 16);
  CHECK(error_of([&] { b.ioas->add_domain(large); }) == Errno::Inval);
  b.map(0x1000, 0x100000, kPage);
  b.map(0x3000, 0xdead000, kPage);
  FakeDomain above(b.machine, 0x2000, 0xffffff, 12);
  CHECK(error_of([&] { b.ioas->add_domain(above); }) == Errno::AddrInUse);
  FakeDomain good(b.machine, 0, 0xffffff, 12);
  CHECK(error_of([&] { b.ioas->add_domain(good); }) == Errno::Fault);
  CHECK(good.entries.empty());
  CHECK(b.machine.pins.empty());
  CHECK(b.ioas->usable().size() == 1);
  CHECK(b.ioas->alignment() == 1);
  b.ioas->unmap(0x3000, kPage);
  b.map(0x3001, 0x100001, 1);
  CHECK(error_of([&] { b.ioas->add_domain(good); }) == Errno::AddrInUse);  // alignment of an area
  CHECK_FALSE(b.ioas->has_domains());
}

TEST_CASE("Charges follow pins", "[ioas]") {
  IoasBench b;
  FakeDomain domain(b.machine, 0, 0xffffff, 12);
  b.ioas->add_domain(domain);
  b.process->limit = 3 * kPage + 1;
  b.ioas->map(b.memory(0x100000, Accounting::User), 2 * kPage, 0x1000, kReadWrite);
  CHECK(b.process->user().locked_pages == 2);
  const auto map = [&](Accounting a, std::uint64_t pages) {
    return error_of([&] { b.ioas->map(b.memory(0x100000, a), pages * kPage, 0x10000, kReadWrite); });
  };
  CHECK(map(Accounting::User, 2) == Errno::NoMem);
  CHECK(b.process->pins(0x100) == 1);
  CHECK(map(Accounting::Mm, 4) == Errno::NoMem);
  CHECK(map(Accounting::Mm, 3) == std::nullopt);
  CHECK(b.process->locked_pages == 3);
  CHECK(b.process->pinned_pages == 5);
  b.ioas->unmap(0x10000, 3 * kPage);
  CHECK(map(Accounting::None, 100) == std::nullopt);
  CHECK(b.process->pinned_pages == 102);
  CHECK(b.process->locked_pages == 0);
  b.ioas->remove_domain(domain);
}

TEST_CASE("COPY shares pages, byte by byte", "[ioas]") {
  IoasBench b;
  Ioas other(b.layer);
  FakeDomain domain(b.machine, 0, 0xffffff, 12);
  b.map(0x1000, 0x100000, 2 * kPage);
  b.map(0x3000, 0x150000, kPage, kReadOnly);
  const auto copy = [&](Iova from, std::uint64_t length, std::optional<Iova> to, Protection prot) {
    return error_of([&] { other.copy(*b.ioas, from, length, to, prot); });
  };
  CHECK(copy(0x1000, 0, 0, kReadOnly) == Errno::Inval);
  CHECK(copy(0x1001, kAll, 0, kReadOnly) == Errno::Overflow);
  CHECK(copy(0x1000, 4 * kPage, 0, kReadOnly) == Errno::NoEnt);
  CHECK(copy(0xfff, 2, 0, kReadOnly) == Errno::NoEnt);
  CHECK(copy(0x1000, 3 * kPage, 0x1000, kReadWrite) == Errno::Perm);
  CHECK(other.empty());
  CHECK(copy(0x1004, 3 * kPage - 8, 0x5004, kReadOnly) == std::nullopt);
  CHECK(other.areas() == 2);
  CHECK(error_of([&] { other.add_domain(domain); }) == Errno::AddrInUse);
  other.unmap_all();
  other.add_domain(domain);
  CHECK(copy(0x2000, 2 * kPage, std::nullopt, kReadOnly) == std::nullopt);
  CHECK(domain.to_real(0x1000) == real_of(b, 0x101000));  // aligned as the source's memory is
  CHECK(b.ioas->copy(*b.ioas, 0x1000, kPage, 0x20000, kReadWrite) == 0x20000);
  FakeDomain here(b.machine, 0, 0xffffff, 12);
  b.ioas->add_domain(here);
  CHECK(b.process->pins(0x100) == 1);
  CHECK(b.process->pins(0x101) == 1);
  b.ioas->unmap(0x1000, 2 * kPage);
  CHECK(b.process->pins(0x100) == 1);  // by the copy in the same IOAS
  CHECK(b.process->pins(0x101) == 1);  // by the other
  b.ioas->remove_domain(here);
  CHECK(b.process->pins(0x100) == 0);
  other.remove_domain(domain);
}

TEST_CASE("UNMAP takes whole areas, from below, until something stops it", "[ioas]") {
  IoasBench b;
  const auto unmap = [&](Iova iova, std::uint64_t length) { return error_of([&] { b.ioas->unmap(iova, length); }); };
  for (Iova at = 0x1000; at < 0x6000; at += 0x1000) b.map(at, 0x100000, kPage);
  CHECK(unmap(0x1000, 0) == Errno::Inval);
  CHECK(unmap(0x1000, kAll) == Errno::Overflow);
  CHECK(unmap(0x7000, kPage) == Errno::NoEnt);
  CHECK(unmap(0x1001, kPage) == Errno::NoEnt);
  CHECK(b.ioas->areas() == 5);
  const Ioas::Unmapped part = b.ioas->unmap_range(0x1000, 2 * kPage + 1);
  CHECK(part.bytes == 2 * kPage);
  REQUIRE(part.error);
  CHECK(part.error->code() == Errno::NoEnt);
  CHECK(b.ioas->areas() == 3);
  CHECK_FALSE(b.ioas->unmap_range(0x7000, kPage).error);
  CHECK(b.ioas->unmap(0, 0x100000) == 3 * kPage);
  b.map(kAll - 0xfff, 0x100000, kPage);  // up to the last IOVA
  CHECK(unmap(kAll - 0xfff, 0x1001) == Errno::Overflow);
  CHECK(b.ioas->unmap(kAll - 0xfff, 0x1000) == kPage);
}

TEST_CASE("Users of the kernel pin, read and write, and let go at UNMAP", "[ioas]") {
  IoasBench b;
  Ioas& ioas = *b.ioas;
  FakeUser user(ioas);
  b.map(0x10000, 0x100000, 2 * kPage);
  b.map(0x12000, 0x108000, kPage, kReadOnly);
  CHECK(error_of([&] { user.pin(0x10000, kPage); }) == Errno::NoEnt);  // not attached
  ioas.add_access(user, true);
  CHECK(ioas.alignment() == kPage);
  const auto pin = [&](Iova iova, std::uint64_t length, bool write) {
    return error_of([&] { user.pin(iova, length, write); });
  };
  CHECK(pin(0x10000, 0, false) == Errno::Inval);
  CHECK(pin(0x10000, kAll, false) == Errno::Overflow);
  CHECK(pin(0xf000, kPage, false) == Errno::NoEnt);
  CHECK(pin(0x10000, 4 * kPage, false) == Errno::NoEnt);
  CHECK(pin(0x10800, 1, false) == Errno::Inval);
  CHECK(pin(0x11000, 2 * kPage, true) == Errno::Perm);
  CHECK(b.machine.pins.empty());
  const PageRuns runs = user.pin(0x11000, 2 * kPage);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].real == real_of(b, 0x101000));
  CHECK(runs[1].real == real_of(b, 0x108000));
  CHECK(b.process->pinned_pages == 2);

  unsigned char byte = 0x5a;
  ioas.write(0x11fff, &byte, 1);
  byte = 0;
  b.process->read(0x101fff, &byte, 1);
  CHECK(byte == 0x5a);
  CHECK(error_of([&] { ioas.write(0x12000, &byte, 1); }) == Errno::Perm);
  CHECK(error_of([&] { ioas.read(0x13000, &byte, 1); }) == Errno::NoEnt);
  CHECK(error_of([&] { ioas.read(0x10000, &byte, 0); }) == Errno::Inval);
  b.process->gone = true;  // pinned pages stay
  byte = 0;
  ioas.read(0x11fff, &byte, 1);
  CHECK(byte == 0x5a);
  CHECK(error_of([&] { ioas.read(0x10000, &byte, 1); }) == Errno::Fault);

  CHECK(error_of([&] { ioas.split(0x11000, kPage); }) == Errno::Inval);  // in use
  CHECK(ioas.unmap(0x10000, 2 * kPage) == 2 * kPage);
  CHECK(user.calls == 1);
  CHECK(user.pins.empty());
  CHECK(b.machine.pins.empty());  // the pin spanned both areas
  ioas.remove_access(user);
  CHECK(ioas.alignment() == 1);
}

TEST_CASE("A user that does not let go, and a lock, stop UNMAP", "[ioas]") {
  IoasBench b;
  Ioas& ioas = *b.ioas;
  FakeUser user(ioas);
  ioas.add_access(user, true);
  b.map(0x1000, 0x100000, kPage);
  b.map(0x2000, 0x100000, kPage);
  user.pin(0x2000, kPage);
  user.stubborn = true;
  const Ioas::Unmapped done = ioas.unmap_range(0, 0x10000);
  CHECK(done.bytes == kPage);
  REQUIRE(done.error);
  CHECK(done.error->code() == Errno::DeadLk);
  CHECK(user.calls == 101);
  unsigned char byte = 0;
  CHECK(error_of([&] { ioas.read(0x2000, &byte, 1); }) == Errno::Inval);  // it is going
  CHECK(error_of([&] { user.pin(0x2000, kPage); }) == Errno::Inval);
  ioas.lock(0x2000, kPage);
  CHECK(error_of([&] { ioas.unmap(0x2800, 1); }) == Errno::Busy);
  ioas.unlock(0x2000, kPage);
  CHECK(error_of([&] { ioas.unmap(0x2800, 1); }) == Errno::NoEnt);
  CHECK(error_of([&] { ioas.lock(0x2000, 2 * kPage); }) == Errno::NoEnt);
  user.stubborn = false;
  CHECK(ioas.unmap_all() == kPage);
  ioas.remove_access(user);
}

TEST_CASE("Splits are for small pages, at aligned places, without users", "[ioas]") {
  IoasBench b({}, 16);
  Ioas& ioas = *b.ioas;
  FakeDomain domain(b.machine, 0, 0xffffff, 12);
  const auto split = [&](Iova iova, std::uint64_t length) { return error_of([&] { ioas.split(iova, length); }); };
  b.map(0x1000, 0x100000, 8 * kPage);
  ioas.add_domain(domain);
  CHECK(split(0x2000, kPage) == Errno::Inval);  // perhaps a large page
  CHECK(error_of([&] { ioas.set_huge_pages(false); }) == Errno::Inval);
  ioas.remove_domain(domain);
  ioas.set_huge_pages(false);
  CHECK(ioas.alignment() == kPage);
  ioas.add_domain(domain);
  CHECK(domain.maps == 9);  // 1 and 8
  CHECK(split(0x2800, kPage) == Errno::Inval);
  CHECK(ioas.areas() == 1);
  CHECK(split(0x2000, 2 * kPage) == std::nullopt);
  CHECK(ioas.areas() == 3);
  CHECK(split(0x2000, 2 * kPage) == std::nullopt);
  CHECK(split(0x1000, 8 * kPage) == std::nullopt);
  CHECK(split(0x100000, kPage) == std::nullopt);
  CHECK(ioas.areas() == 3);
  CHECK(ioas.unmap(0x2000, 2 * kPage) == 2 * kPage);
  CHECK(b.process->pins(0x100) == 1);
  CHECK(b.process->pins(0x101) == 0);
  CHECK(b.process->pins(0x102) == 0);
  CHECK(b.process->pins(0x103) == 1);
  CHECK(domain.entries.size() == 6);
  ioas.set_huge_pages(true);
  ioas.remove_domain(domain);
}

TEST_CASE("dma-bufs: no charge, no CPU, gone with a revoke", "[ioas]") {
  IoasBench b;
  Ioas& ioas = *b.ioas;
  FakeUser user(ioas);
  ioas.add_access(user, true);
  FakeDomain domain(b.machine, 0, 0xffffff, 12);
  const auto file = std::make_shared<FakeFile>(b.machine, 4, true, 4);
  const auto map = [&](std::uint64_t start, std::uint64_t length) {
    return error_of([&] { ioas.map(b.file(file, start, Accounting::User), length, 0x10000, kReadWrite); });
  };
  CHECK(map(0, 5 * kPage) == Errno::Inval);
  CHECK(map(~std::uint64_t{0}, 2) == Errno::Overflow);
  CHECK(map(kPage, 2 * kPage) == std::nullopt);
  ioas.add_domain(domain);
  CHECK(domain.to_real(0x10000) == file->pages.real_of(1));
  CHECK(b.process->pinned_pages == 0);
  CHECK(b.process->user().locked_pages == 0);
  unsigned char byte = 0;
  CHECK(error_of([&] { ioas.read(0x10000, &byte, 1); }) == Errno::Inval);
  CHECK(error_of([&] { user.pin(0x10000, kPage); }) == Errno::Inval);
  CHECK(error_of([&] { ioas.split(0x10000, kPage); }) == Errno::OpNotSupp);
  CHECK(error_of([&] { Ioas::change_process({&ioas}, b.process); }) == Errno::Inval);
  file->is_revoked = true;
  ioas.revoke(*file);
  CHECK(domain.entries.empty());
  CHECK(ioas.areas() == 1);
  CHECK(b.machine.pins.empty());
  ioas.copy(ioas, 0x10000, kPage, 0x20000, kReadOnly);  // a copy of nothing
  FakeDomain second(b.machine, 0, 0xffffff, 12);
  ioas.add_domain(second);
  CHECK(second.entries.empty());
  ioas.remove_domain(domain);
  ioas.remove_domain(second);
  CHECK(ioas.unmap_all() == 3 * kPage);
  CHECK(map(0, kPage) == Errno::NoDev);
  ioas.remove_access(user);
}

TEST_CASE("CHANGE_PROCESS moves charges of files, once for shared pages", "[ioas]") {
  IoasBench b;
  Ioas other(b.layer);
  FakeDomain domain(b.machine, 0, 0xffffff, 12);
  const auto file = std::make_shared<FakeFile>(b.machine, 8);
  b.ioas->add_domain(domain);
  b.ioas->map(b.file(file, 0, Accounting::Mm), 4 * kPage, 0x10000, kReadWrite);
  b.ioas->map(b.file(file, 0, Accounting::User), 2 * kPage, 0x20000, kReadWrite);
  b.ioas->map(b.file(file, 0), kPage, 0x30000, kReadWrite);
  CHECK(error_of([&] { b.ioas->map(b.file(file, 6 * kPage), 3 * kPage, 0x40000, kReadWrite); }) == Errno::Inval);
  other.copy(*b.ioas, 0x10000, 4 * kPage, 0x10000, kReadWrite);
  const auto next = std::make_shared<FakeProcess>(b.machine);
  next->limit = 4 * kPage - 1;
  CHECK(error_of([&] { Ioas::change_process({&*b.ioas, &other}, next); }) == Errno::NoMem);
  CHECK(b.process->locked_pages == 4);
  next->limit = 4 * kPage;
  Ioas::change_process({&*b.ioas, &other}, next);
  CHECK(next->locked_pages == 4);
  CHECK(next->user().locked_pages == 2);
  CHECK(next->pinned_pages == 7);
  CHECK(b.process->pinned_pages == 0);
  Ioas::change_process({&*b.ioas, &other}, next);
  CHECK(next->pinned_pages == 7);
  b.map(0x50000, 0x100000, kPage);
  CHECK(error_of([&] { Ioas::change_process({&*b.ioas, &other}, b.process); }) == Errno::Inval);
  b.ioas->remove_domain(domain);
  CHECK(next->pinned_pages == 0);
  CHECK(next->locked_pages == 0);
  CHECK(next->user().locked_pages == 0);
}

TEST_CASE("Dirty pages become bits", "[ioas]") {
  IoasBench b;
  Ioas& ioas = *b.ioas;
  FakeDomain domain(b.machine, 0, 0xffffff, 12);
  ioas.add_domain(domain);
  b.map(0x10000, 0x100000, 4 * kPage);
  b.map(0x15000, 0x100000, kPage);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> bits;
  const auto read = [&](Iova iova, std::uint64_t length, std::uint64_t page, bool keep) {
    bits.clear();
    return error_of([&] {
      ioas.read_dirty(domain, iova, length, page, keep,
                      [&](std::uint64_t first, std::uint64_t n) { bits.emplace_back(first, n); });
    });
  };
  CHECK(read(0x10000, 0, kPage, true) == Errno::Inval);
  CHECK(read(0x10000, kAll, kPage, true) == Errno::Overflow);
  CHECK(read(0x10800, kPage, 2048, true) == Errno::Inval);
  CHECK(read(0x10000, kPage, 0, true) == Errno::Inval);
  CHECK(read(0x11000, kPage, 2 * kPage, true) == Errno::Inval);
  CHECK(read(0x10000, kPage, kPage, true) == Errno::OpNotSupp);
  domain.has_log = true;
  domain.dirty_pages = {{0x11000, true}, {0x13000, true}, {0x15000, true}};
  CHECK(read(0x10000, 8 * kPage, kPage, false) == std::nullopt);  // tracking is off
  CHECK(bits.empty());
  domain.tracking = true;
  CHECK(read(0x10000, 8 * kPage, kPage, true) == std::nullopt);
  CHECK(bits == decltype(bits){{1, 1}, {3, 1}});  // nothing behind the hole
  CHECK(read(0x12000, 2 * kPage, 1024, false) == std::nullopt);
  CHECK(bits == decltype(bits){{4, 4}});
  CHECK(read(0x10000, 4 * kPage, 4 * kPage, false) == std::nullopt);
  CHECK(bits == decltype(bits){{0, 1}});
  CHECK(domain.dirty_pages.size() == 1);
  ioas.remove_domain(domain);
}

TEST_CASE("Parts of pages are mapped with 2K I/O pages", "[ioas]") {
  IoasBench b;
  FakeDomain domain(b.machine, 0, 0xffffff, 11);
  b.ioas->add_domain(domain);
  b.map(0x10800, 0x100800, 0x1000);
  CHECK(domain.entries.size() == 2);
  CHECK(domain.to_real(0x10800) == real_of(b, 0x100800));
  CHECK(domain.to_real(0x11000) == real_of(b, 0x101000));
  CHECK(b.machine.pins.size() == 2);
  CHECK(b.map_anywhere(0x100800, 0x800) == 0x1800);
  b.ioas->remove_domain(domain);
}

TEST_CASE("Windows of a domain: what is between them is reserved, I/O pages are filled", "[ioas]") {
  Layer layer;
  layer.large_io_pages = true;
  IoasBench b(layer, 16);  // 64 KiB in a row
  Ioas& ioas = *b.ioas;
  FakeDomain domain(b.machine, {{0, 0xffff, 12}, {0x1000000, 0x1ffffff, 16}});
  b.map(0x1000000, 0x101000, 0x10000);
  CHECK(error_of([&] { ioas.add_domain(domain); }) == Errno::Inval);  // memory that is not in a row
  CHECK(ioas.usable().size() == 1);
  ioas.unmap_all();
  b.map(0x1001000, 0x100000, kPage);
  CHECK(error_of([&] { ioas.add_domain(domain); }) == Errno::AddrInUse);
  CHECK(ioas.usable().size() == 1);
  ioas.unmap_all();
  ioas.add_domain(domain);
  CHECK(ioas.alignment() == kPage);
  REQUIRE(ioas.usable().size() == 2);
  CHECK(ioas.usable()[1].first == 0x1000000);
  CHECK(error_of([&] { b.map(0x1001000, 0x100000, kPage); }) == Errno::Inval);
  CHECK(error_of([&] { b.map(0x1000000, 0x100000, kPage); }) == Errno::Inval);
  CHECK(error_of([&] { b.map(0x1000000, 0x108000, 0x10000); }) == Errno::Inval);
  CHECK(b.map(0x1010000, 0x110000, 0x20000) == 0x1010000);
  CHECK(b.map_anywhere(0x100000, 0x10000) == 0x1000000);  // window 0 has no aligned room but page 0
  CHECK(b.map_anywhere(0x100000, 0x10000) == 0x1030000);
  CHECK(b.map_anywhere(0x101000, kPage) == 0x1000);
  CHECK(error_of([&] { b.map_anywhere(0x101000, 0x10000); }) == Errno::NoSpc);
  ioas.remove_domain(domain);
  FakeDomain large(b.machine, 0, 0xffffff, 16);
  ioas.unmap_all();
  ioas.add_domain(large);
  CHECK(ioas.alignment() == 0x10000);
  CHECK(b.map_anywhere(0x120000, 0x10000) == 0x10000);
  CHECK(error_of([&] { b.map_anywhere(0x101000, 0x10000); }) == Errno::Inval);
  ioas.remove_domain(large);
}

TEST_CASE("An area of memory in a row takes about 210 bytes", "[ioas]") {
  constexpr unsigned kAreas = 1000;
  // A source of pages that allocates nothing by itself.
  struct Endless final : arch::os::AddressSpace {
    std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool, PageRuns& out) override {
      out.push_back({first << 12, count});
      return count;
    }
    void unpin(std::uint64_t, RealAddr, std::uint64_t) noexcept override {}
    bool read(std::uint64_t, unsigned char*, std::size_t) override { return false; }
    bool write(std::uint64_t, const unsigned char*, std::size_t) override { return false; }
    std::uint64_t memlock_limit() const override { return kAll; }
    arch::os::UserAccount& user() override { return account; }
    arch::os::UserAccount account;
  };
  struct Nothing final : arch::os::PagingDomain {
    void attach(arch::os::Device&, arch::os::Domain&) override {}
    const std::vector<arch::os::Aperture>& apertures() const override { return list; }
    std::uint64_t page_sizes() const override { return kPage; }
    void map(BusAddr, RealAddr, std::uint64_t, Protection) override {}
    void unmap(BusAddr, std::uint64_t) noexcept override {}
    void sync() noexcept override {}
    std::optional<RealAddr> to_real(BusAddr) const override { return std::nullopt; }
    std::vector<arch::os::Aperture> list{{0, ~BusAddr{0} - 1, 12}};
  };
  const auto process = std::make_shared<Endless>();
  Nothing domain;
  Ioas ioas{Layer{}};
  ioas.add_domain(domain);
  Source source;
  source.mm = process;
  const std::size_t before = live_bytes();
  for (unsigned i = 0; i < kAreas; ++i) {
    source.start = 0x100000 + i * 0x10000;
    ioas.map(source, 0x10000, std::nullopt, kReadWrite);
  }
  const std::size_t each = (live_bytes() - before) / kAreas;
  ioas.unmap_all();
  const std::size_t left = live_bytes() - before;
  CHECK(left == 0);
  CHECK(each >= 100);
  CHECK(each <= 210);
  ioas.remove_domain(domain);
}

TEST_CASE("A reservation that ran out of memory reserves nothing", "[ioas]") {
  IoasBench b;
  const auto reserve = [&] {
    try {
      b.ioas->reserve(&b, {0x1000, 0x1fff});
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  };
  const auto still_free = [&] {
    CHECK(b.map(0x1000, 0x100000, kPage) == 0x1000);
    b.ioas->unmap_all();
  };
  CHECK(fail_each_allocation(reserve, still_free) > 1);
  CHECK(error_of([&] { b.map(0x1000, 0x100000, kPage); }) == Errno::Inval);
}
