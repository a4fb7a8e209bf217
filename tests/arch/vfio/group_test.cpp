// SPDX-License-Identifier: Apache-2.0
// Groups and containers: who may have what, in which order things go, and what is left when memory runs out.
#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "tests/arch/vfio/bench.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test::vfio;
using os::Errno;

namespace {

constexpr const char* kName = "0001:00:00.0";
constexpr std::uint64_t kPage = 0x10000;

class OtherFile : public os::File {};

}  // namespace

TEST_CASE("A VFIO group is open once, and viable while nobody has it") {
  Bench b(Personality::Kernel);
  const int g = b.open_group(0);
  CHECK(b.try_open_group(0) == err(Errno::Busy));
  CHECK(b.status(g) == abi::GroupStatus::kViable);
  abi::GroupStatus little{7, 0};
  CHECK(b.me.args(g, Cmd::GroupGetStatus, little) == err(Errno::Inval));
  const int c = b.open_container();
  CHECK(b.set_container(g, c) == 0);
  CHECK(b.status(g) == (abi::GroupStatus::kViable | abi::GroupStatus::kContainerSet));
  CHECK(b.fake->pes[0].group_.domain().kind() == os::DomainKind::Blocked);
  CHECK(b.me.call(g, Cmd::GroupUnsetContainer) == 0);
  CHECK(b.me.call(g, Cmd::GroupUnsetContainer) == err(Errno::Inval));
  CHECK(b.fake->pes[0].group_.domain().kind() == os::DomainKind::Platform);
  // Somebody else of the kernel has it.
  int someone = 0;
  b.fake->pes[0].group_.claim(&someone);
  CHECK(b.status(g) == 0);
  CHECK(b.set_container(g, c) == err(Errno::Perm));
  b.fake->pes[0].group_.unclaim();
  b.me.files.close(g);
  CHECK(b.try_open_group(0) > 0);
  CHECK(b.me.call_word(g + 1, abi::word(Cmd::GetApiVersion), 0) >= err(Errno::NoTty));
}

TEST_CASE("A VFIO group without devices is not there, one whose device is bound by its node is busy") {
  Bench b(Personality::Kernel);
  b.nodes[1].remove(b.device);
  CHECK(b.try_open_group(1) == err(Errno::NoDev));
  b.nodes[0].block();
  CHECK(b.try_open_group(0) == err(Errno::Busy));
  b.nodes[0].unblock();
  const auto g = b.try_open_group(0);
  CHECK(g >= 0);
  CHECK_THROWS_AS(b.nodes[0].block(), os::SysError);
}

TEST_CASE("SET_CONTAINER of a VFIO group tells descriptors apart") {
  Bench b(Personality::Kernel);
  const int g = b.open_group(0);
  CHECK(b.me.call(g, Cmd::GroupSetContainer, kNowhere) == err(Errno::Fault));
  CHECK(b.set_container(g, 99) == err(Errno::BadF));
  CHECK(b.set_container(g, -1) == err(Errno::BadF));
  CHECK(b.set_container(g, g) == err(Errno::BadFd));
  CHECK(b.set_container(g, b.me.files.install(std::make_shared<OtherFile>())) == err(Errno::BadFd));
  CHECK(b.set_container(g, b.open_container()) == 0);
}

TEST_CASE("A VFIO container knows its types, and has one backend while it has groups") {
  Bench b(Personality::Kernel);
  const int c = b.open_container();
  CHECK(b.me.call(c, Cmd::GetApiVersion) == 0);
  CHECK(b.me.call_word(c, 0x20003B64, 0) == 0);  // as powerpc spells it
  CHECK(b.me.call(c, Cmd::SetIommu, 7) == err(Errno::Inval));
  CHECK(b.me.call(c, Cmd::MapDma, kScratch) == err(Errno::Inval));
  const int g = b.open_group(0);
  CHECK(b.set_container(g, c) == 0);
  for (std::uint64_t type : {0, 1, 3, 4, 6, 8, 9, 99}) CHECK(b.me.call(c, Cmd::SetIommu, type) == err(Errno::NoDev));
  CHECK(b.me.call(c, Cmd::SetIommu, abi::kEeh) == err(Errno::Inval));
  CHECK(b.me.call(c, Cmd::SetIommu, 7) == 0);
  CHECK(b.me.call(c, Cmd::SetIommu, 7) == err(Errno::Inval));
  CHECK(b.me.call_word(c, 0x3B7F, 0) == err(Errno::NoTty));
  CHECK(b.me.call(g, Cmd::GroupUnsetContainer) == 0);
  CHECK(b.set_container(g, c) == 0);
  CHECK(b.me.call(c, Cmd::SetIommu, 2) == 0);
}

TEST_CASE("Groups of different platforms do not share a VFIO container") {
  Bench b(Personality::Kernel);
  const int c = b.ready();
  const int elsewhere = 0;
  b.fake->pes[1].platform_id = &elsewhere;
  const int g = b.open_group(1);
  CHECK(b.set_container(g, c) == err(Errno::Perm));
  CHECK(b.platform->group(1).group->owner() == nullptr);
  // Before SET_IOMMU nobody looks.
  const int d = b.open_container();
  CHECK(b.set_container(g, d) == 0);
  CHECK(b.me.call(b.group0, Cmd::GroupUnsetContainer) == 0);
  CHECK(b.set_container(b.group0, d) == 0);
  CHECK(b.me.call(d, Cmd::SetIommu, 7) == err(Errno::Perm));
  CHECK(b.me.call(d, Cmd::MapDma, kScratch) == err(Errno::Inval));
}

TEST_CASE("An open device keeps its VFIO group in the container") {
  Bench b(Personality::Kernel);
  const int g = b.open_group(0);
  CHECK(b.device_fd(g, kName) == err(Errno::Inval));
  const int c = b.open_container();
  CHECK(b.set_container(g, c) == 0);
  CHECK(b.device_fd(g, kName) == err(Errno::Inval));  // before SET_IOMMU
  CHECK(b.me.call(c, Cmd::SetIommu, 7) == 0);
  CHECK(b.device_fd(g, "0001:00:00.1") == err(Errno::NoDev));
  CHECK(b.me.call(g, Cmd::GroupGetDeviceFd, kNowhere) == err(Errno::Fault));
  const auto d = b.device_fd(g, kName);
  REQUIRE(d >= 0);
  CHECK(b.me.call(g, Cmd::GroupUnsetContainer) == err(Errno::Busy));
  const auto e = b.device_fd(g, kName);
  CHECK(b.device.opens == 2);
  b.me.files.close(g);
  CHECK(b.try_open_group(0) == err(Errno::Busy));
  b.me.files.close(static_cast<int>(d));
  CHECK(b.try_open_group(0) == err(Errno::Busy));
  CHECK(b.platform->group(0).group->owner() != nullptr);
  b.me.files.close(static_cast<int>(e));
  CHECK(b.platform->group(0).group->owner() == nullptr);
  CHECK(b.try_open_group(0) >= 0);
}

TEST_CASE("Descriptors of VFIO may be closed in any order") {
  for (const Personality personality : {Personality::Kernel, Personality::Clean}) {
    std::array<int, 5> order{0, 1, 2, 3, 4};
    do {
      Bench b(personality);
      const int c = b.ready();
      const int g1 = b.open_group(1);
      b.set_container(g1, c);
      const auto d = b.device_fd(b.group0, kName);
      const int again = b.me.files.dup(c);
      b.create(c, 16, kGiB);
      b.reg(c, kHeap, kMiB);
      b.reg(c, kScattered, kMiB);
      b.map(c, kHeap, 0, kMiB);
      b.map(c, kScattered, 1ull << 59, kMiB);
      REQUIRE(b.platform->perm(1, (1ull << 59) + kPage) == 3);
      const std::array<int, 5> fds{c, b.group0, g1, static_cast<int>(d), again};
      for (const int i : order) b.me.files.close(fds[static_cast<std::size_t>(i)]);
      REQUIRE(b.all_given_back());
      REQUIRE(b.host.regions().processes() == 0);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_CASE("What is left of a VFIO container after one of its groups has gone") {
  Bench kernel(Personality::Kernel), clean(Personality::Clean);
  for (Bench* b : {&kernel, &clean}) {
    const int c = b->ready();
    const int g1 = b->open_group(1);
    b->set_container(g1, c);
    b->reg(c, kHeap, kMiB);
    b->map(c, kHeap, 0, kMiB);
    CHECK(b->me.call(g1, Cmd::GroupUnsetContainer) == 0);
    CHECK(b->platform->perm(1, 0) == 0);
  }
  CHECK(kernel.platform->perm(0, 0) == 0);
  CHECK(clean.platform->perm(0, 0) == 3);
}

TEST_CASE("A region that another VFIO container maps outlives the one that registered it") {
  Bench b(Personality::Clean);
  const int c = b.ready();
  const int d = b.open_container();
  const int g1 = b.open_group(1);
  b.set_container(g1, d);
  b.me.call(d, Cmd::SetIommu, 7);
  b.reg(c, kHeap, kMiB);
  b.reg(d, kScattered, kPage);
  CHECK(b.map(d, kHeap, 0, kPage) == 0);
  b.me.files.close(c);
  b.me.files.close(b.group0);
  CHECK(b.me.mm->total_pins() == kMiB / kPage + 1);
  CHECK(b.unmap(d, 0, kPage) == 0);
  CHECK(b.me.mm->total_pins() == 1);
}

TEST_CASE("v1 of POWER's VFIO pins what it maps, page by page") {
  for (const unsigned shift : {12u, 16u}) {
    Bench b(Personality::Kernel, FakePlatform::Kind::Powernv, shift);
    const int c = b.ready(abi::kSpaprTce);
    CHECK(b.me.call(c, Cmd::SpaprEnable) == 0);
    const std::uint64_t page = b.me.mm->page_bytes();
    CHECK(b.map(c, kHeap + page + 0x0, 0, 0x3000) == 0);
    CHECK(b.platform->real(0, 0x2000) == b.me.mm->real(kHeap + page) + 0x2000);
    CHECK(b.me.mm->total_pins() == 3);  // one for each I/O page
    CHECK(b.map(c, kScattered, 0x1000, 0x1000) == 0);
    CHECK(b.me.mm->total_pins() == 3);
    CHECK(b.map(c, kNowhere, 0, 0x1000) == err(Errno::Fault));
    CHECK(b.map(c, kReadOnly, 0x5000, 0x1000, 3) == err(Errno::Fault));
    CHECK(b.map(c, kReadOnly, 0x5000, 0x1000, 1) == 0);
    CHECK(b.unmap(c, 0, 0x10000) == 0);
    CHECK(b.me.mm->total_pins() == 0);
    CHECK(b.map(c, kHeap, 0, 0x4000) == 0);
    CHECK(b.me.call(c, Cmd::SpaprDisable) == 0);
    CHECK(b.map(c, kHeap, 0, 0x4000) == err(Errno::Perm));
    b.me.files.close_all();
    CHECK(b.all_given_back());
  }
}

TEST_CASE("A large VFIO window with little in it is cleared at once") {
  Bench b(Personality::Kernel);
  const int c = b.ready();
  b.remove(c, 0);
  CHECK(b.create(c, 12, 1ull << 47, 4) == 0);
  b.reg(c, kHeap, kMiB);
  for (BusAddr at : {BusAddr{0}, BusAddr{0x7FFFF0000000}}) CHECK(b.map(c, kHeap, at, kPage) == 0);
  CHECK(b.unmap(c, 0x1000, (1ull << 47) - 0x2000) == 0);
  CHECK(b.platform->perm(0, 0) == 3);
  CHECK(b.platform->perm(0, 0x1000) == 0);
  CHECK(b.platform->perm(0, 0x7FFFF0000000) == 0);
  CHECK(b.remove(c, 5) == 0);
  CHECK(b.unreg(c, kHeap, kMiB) == 0);
}

TEST_CASE("Calls of VFIO that run out of memory change nothing") {
  // What a program does, step by step; each step fails at each of its allocations before it succeeds.
  for (const std::uint64_t type : {abi::kSpaprTce, abi::kSpaprTceV2}) {
    Bench b(Personality::Clean);
    const bool v2 = type == abi::kSpaprTceV2;
    int c = -1, g0 = -1, g1 = -1;
    std::int64_t d = -1;
    const auto state = [&] {
      std::vector<std::uint64_t> s{b.me.mm->locked_pages, b.me.mm->total_pins(), static_cast<std::uint64_t>(b.fake->tables),
                                   b.fake->out_of_table, static_cast<std::uint64_t>(b.device.opens)};
      for (unsigned n = 0; n < 2; ++n) {
        s.push_back(b.platform->has_window(n, 0) + 2u * b.platform->has_window(n, 1));
        s.push_back(b.platform->group(n).group->owner() != nullptr);
        for (BusAddr at : {BusAddr{0}, BusAddr{0x70000}, BusAddr{1} << 59}) s.push_back(b.platform->real(n, at));
      }
      return s;
    };
    const std::vector<std::function<std::int64_t()>> steps{
        [&] { return c = b.open_container(); },
        [&] { return g0 = b.open_group(0); },
        [&] { return b.set_container(g0, c); },
        [&] { return b.me.call(c, Cmd::SetIommu, type); },
        [&] { return v2 ? b.reg(c, kHeap, kMiB) : b.me.call(c, Cmd::SpaprEnable); },
        [&] { return v2 ? b.reg(c, kScattered, kMiB) : 0; },
        [&] { return v2 ? b.remove(c, 0) : 0; },
        [&] { return v2 ? b.create(c, 12, kGiB) : b.map(c, kHeap, 0x100000, 0x1000); },
        [&] { return v2 ? b.create(c, 16, kGiB) : 0; },
        [&] { return b.map(c, kHeap, 0, 0x80000); },
        [&] { return v2 ? b.map(c, kScattered, 1ull << 59, 0x80000) : 0; },
        [&] { return g1 = v2 ? b.open_group(1) : 0; },
        [&] { return v2 ? b.set_container(g1, c) : 0; },
        [&] { return d = b.device_fd(g0, kName); },
        [&] { return b.unmap(c, 0x1000, 0x2000); },
    };
    std::uint64_t failures = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      INFO("type " << type << " step " << i);
      const auto before = state();
      std::int64_t result = 0;
      failures += test::fail_each_allocation(
          [&] {
            try {
              result = steps[i]();
            } catch (const std::bad_alloc&) {
              return false;
            } catch (const os::SysError& e) {
              result = err(e.code());
            }
            return result != err(Errno::NoMem);
          },
          [&] { REQUIRE(state() == before); });
      REQUIRE(result >= 0);
    }
    CHECK(failures > 20);
    b.me.files.close_all();
    CHECK(b.all_given_back());
  }
}
