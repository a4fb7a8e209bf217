// SPDX-License-Identifier: Apache-2.0
// What DPDK and QEMU ask of POWER's VFIO, call by call (iommufd.md 14, ddw-vfio.md 4.7).
#include "tests/arch/vfio/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test::vfio;
using os::Errno;

TEST_CASE("DPDK sets up POWER's VFIO v2 and maps its memory at its own addresses") {
  Bench b(Personality::Kernel);
  // Which types there are, asked of a container of its own.
  const int probe = b.open_container();
  CHECK(b.me.call(probe, Cmd::GetApiVersion) == 0);
  CHECK(b.me.call(probe, Cmd::CheckExtension, 1) == 0);
  CHECK(b.me.call(probe, Cmd::CheckExtension, 7) == 1);
  CHECK(b.me.call(probe, Cmd::CheckExtension, 8) == 0);
  const int g = b.open_group(0);
  CHECK((b.status(g) & abi::GroupStatus::kViable) != 0);
  CHECK(b.set_container(g, probe) == 0);
  CHECK(b.me.call(probe, Cmd::SetIommu, 1) == err(Errno::NoDev));
  CHECK(b.me.call(probe, Cmd::SetIommu, 7) == 0);

  abi::SpaprTceInfo info{};
  CHECK(b.info(probe, info) == 0);
  CHECK(b.remove(probe, info.dma32_window_start) == 0);
  // A window for all of the address space, in more levels until it fits.
  std::int64_t start = -1;
  b.me.caller.creds.ipc_lock = true;
  for (std::uint32_t levels = 1; start < 0 && levels <= info.levels; ++levels) start = b.create(probe, 16, 1ull << 47, levels);
  REQUIRE(start == 0);
  for (std::uint64_t at = kHeap; at < kHeap + kHeapBytes; at += 2 * kMiB) {
    REQUIRE(b.reg(probe, at, 2 * kMiB) == 0);
    REQUIRE(b.map(probe, at, at, 2 * kMiB) == 0);
  }
  CHECK(b.platform->real(0, kHeap + 5 * kMiB) == b.me.mm->real(kHeap + 5 * kMiB));
  const auto d = b.device_fd(g, "0001:00:00.0");
  CHECK(d >= 0);
  // A piece of it goes.
  CHECK(b.unmap(probe, kHeap + 4 * kMiB, 2 * kMiB) == 0);
  CHECK(b.unreg(probe, kHeap + 4 * kMiB, 2 * kMiB) == 0);
  CHECK(b.platform->perm(0, kHeap + 5 * kMiB) == 0);
  CHECK(b.platform->perm(0, kHeap + 6 * kMiB) == 3);
  b.me.files.close_all();
  CHECK(b.all_given_back());
}

TEST_CASE("QEMU's pseries machine sets up POWER's VFIO v2, and its guest's windows follow") {
  Bench b(Personality::Kernel);
  const int g = b.open_group(0);
  const int c = b.open_container();
  for (std::uint64_t type : {3, 1}) CHECK(b.me.call(c, Cmd::CheckExtension, type) == 0);
  CHECK(b.me.call(c, Cmd::CheckExtension, 7) == 1);
  CHECK(b.set_container(g, c) == 0);
  CHECK(b.me.call(c, Cmd::SetIommu, 7) == 0);
  // All of the guest's memory, then the default window gives way to the guest's own.
  CHECK(b.reg(c, kHeap, kHeapBytes) == 0);
  abi::SpaprTceInfo info{};
  CHECK(b.info(c, info) == 0);
  CHECK((info.flags & abi::SpaprTceInfo::kDdw) != 0);
  CHECK(b.remove(c, info.dma32_window_start) == 0);
  CHECK(b.create(c, 12, kGiB, 1) == 0);
  CHECK(b.eeh(c, 1) == 0);
  CHECK(b.eeh(c, 4) == 0);
  // The guest's H_PUT_TCEs, one page each; a page put twice; a removal.
  for (std::uint64_t i = 0; i < 8; ++i) REQUIRE(b.map(c, kHeap + i * 0x1000, i * 0x1000, 0x1000, 3) == 0);
  CHECK(b.map(c, kHeap + 0x10000, 0, 0x1000, 1) == 0);
  CHECK(b.platform->perm(0, 0) == 1);
  CHECK(b.unmap(c, 0, 0x1000) == 0);
  CHECK(b.platform->perm(0, 0) == 0);
  // The guest asks for a second window; the machine has it at 2^59, too.
  CHECK(b.create(c, 16, 4 * kGiB, 1) == std::int64_t{1} << 59);
  CHECK(b.map(c, kHeap, (1ull << 59) + kGiB, kHeapBytes, 3) == 0);
  // The guest resets: windows go, the default one of the machine is made again.
  CHECK(b.unmap(c, 1ull << 59, 4 * kGiB) == 0);
  CHECK(b.remove(c, 1ull << 59) == 0);
  CHECK(b.remove(c, 0) == 0);
  CHECK(b.create(c, 12, kGiB, 1) == 0);
  CHECK(b.unreg(c, kHeap, kHeapBytes) == 0);
  CHECK(b.me.mm->total_pins() == 0);
  b.me.files.close_all();
  CHECK(b.all_given_back());
}
