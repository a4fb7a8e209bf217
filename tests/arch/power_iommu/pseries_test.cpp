// SPDX-License-Identifier: Apache-2.0
// Rows G07 to G10 of ddw-vfio.md 9.5, and the table group of a partition (5.3).
#include "models/arch/power_iommu/pseries_group.hpp"

#include "tests/arch/power_iommu/power_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using os::Errno;

namespace {

constexpr std::uint64_t kBuid = 0x800000020000001;

struct Lpar : PhbBench {
  explicit Lpar(unsigned max_windows = 2, bool ddw = true, std::uint64_t tces = 1ull << 31,
                arch::papr::Personality personality = arch::papr::Personality::Papr)
      : region(0x100000000ull, kGiB), sink(phb, memory), partition(options(personality), arch::papr::GuestMemory::identity(), region) {
    arch::papr::PeSpec spec;
    spec.buid = kBuid;
    spec.config_addr = 0x10000;
    spec.hardware = &phb;
    spec.pe = kPe;
    spec.max_windows = max_windows;
    spec.ddw = ddw;
    spec.tces = tces;
    spec.default_bytes = 256 * kMiB;
    arch::Effects effects;
    partition.add_pe(spec, effects);
    REQUIRE(sink.carry_out(effects));
    group = std::make_unique<pw::PseriesGroup>(1, pw::PseriesPe{partition, phb, memory, sink, kBuid, 0x10000});
  }
  static arch::papr::PartitionOptions options(arch::papr::Personality personality) {
    arch::papr::PartitionOptions o;
    o.personality = personality;
    return o;
  }
  std::size_t windows() const { return partition.windows(kBuid, 0x10000).size(); }
  std::optional<RealAddr> reach(BusAddr addr) const {
    const auto t = dma(addr, arch::Access::Read, 1);
    return t.ok() ? std::optional<RealAddr>(t.real) : std::nullopt;
  }

  arch::TableRegion region;
  WatchedSink sink;
  arch::papr::Partition partition;
  std::unique_ptr<pw::PseriesGroup> group;
};

}  // namespace

TEST_CASE("A partition's group tells what its hypervisor offers") {
  Lpar two, one(1), none(2, false);
  CHECK(two.group->max_dynamic_windows() == 2);
  CHECK(one.group->max_dynamic_windows() == 1);  // a VF: the default window takes the only one
  CHECK(none.group->max_dynamic_windows() == ~0u);
  CHECK(two.group->tce32_start() == 0);
  CHECK(two.group->tce32_size() == 256 * kMiB);
  CHECK(two.group->max_levels() == 1);
  CHECK(two.group->page_sizes() == 0x211000);
  CHECK(none.group->page_sizes() == 0x1000);
  CHECK(two.group->table_size(12, kGiB, 1) == 2 * kMiB);
  CHECK(two.group->table_size(12, kGiB, 2) == 0xFFFFFFFF);
  CHECK(two.group->platform() != PowerBench().pe5.platform());
}

TEST_CASE("G07: a second take of ownership asks the hypervisor for nothing") {
  Lpar b;
  b.group->table(0);
  b.group->take_ownership();
  CHECK(b.windows() == 0);
  CHECK_FALSE(b.group->default_property());
  CHECK_FALSE(b.dma(0x1000).ok());
  const auto calls = b.group->rtas_calls();
  b.group->take_ownership();
  CHECK(b.group->rtas_calls() == calls);
}

TEST_CASE("G07b: a single-window function in direct mode: its window is cleared and removed") {
  Lpar b(1);
  b.group->host_opens_window(16, 30, true);
  REQUIRE(b.windows() == 1);
  CHECK(b.group->table(0) == nullptr);
  const auto* direct = b.partition.windows(kBuid, 0x10000).front();
  const auto table = direct->table;
  const auto liobn = direct->liobn;
  const BusAddr start = direct->start;
  const auto put = b.partition.perform({arch::papr::Hcall::PutTce, {liobn, start + 0x20000, 0x50003}}, b.memory);
  REQUIRE(put.status == arch::papr::kSuccess);
  b.sink.carry_out(put.stores);
  CHECK(b.reach(start + 0x20001) == 0x50001);
  const RealAddr entry = table->leaf_address(direct->table_index(2));
  b.group->take_ownership();
  CHECK(b.memory.read_be64(entry) == 0);
  // The platform puts its default window where the last one was (1.1); the kernel has none.
  CHECK(b.partition.window(liobn) != nullptr);
  CHECK(b.partition.windows(kBuid, 0x10000).front()->is_default);
  CHECK(b.group->table(0) == nullptr);
}

TEST_CASE("Ownership takes a dynamic window away, too; an error leaves the group") {
  Lpar b;
  b.group->host_opens_window(16, 30, false);
  CHECK(b.windows() == 2);
  CHECK(b.group->table(1) != nullptr);
  b.partition.answer(arch::papr::RtasCall::Remove, arch::papr::kRtasHardware);
  CHECK(refusal([&] { b.group->take_ownership(); }) == Errno::Perm);
  CHECK(b.windows() == 2);
  b.group->take_ownership();
  CHECK(b.windows() == 0);
  CHECK(b.group->table(1) == nullptr);
  b.group->release_ownership();
  CHECK(b.windows() == 1);
  CHECK(b.group->default_property());
}

TEST_CASE("G08: release with the default window there asks the hypervisor for nothing") {
  Lpar b;
  const auto calls = b.group->rtas_calls();
  b.group->release_ownership();
  CHECK(b.group->rtas_calls() == calls);
  b.group->take_ownership();
  b.group->release_ownership();
  CHECK(b.windows() == 1);
  const auto again = b.group->rtas_calls();
  b.group->release_ownership();
  CHECK(b.group->rtas_calls() == again);
}

TEST_CASE("G09: a default request that needs a reset is refused while a dynamic window is there") {
  Lpar b;
  b.group->take_ownership();
  const auto high = b.group->create_table(1, 16, kGiB, 1);
  CHECK(refusal([&] { b.group->create_table(0, 12, 256 * kMiB, 1); }) == Errno::Perm);
  CHECK(refusal([&] { b.group->create_table(0, 16, kGiB, 1); }) == Errno::Perm);
  CHECK(b.windows() == 1);
  b.group->unset_window(1);
  const auto low = b.group->create_table(0, 12, 128 * kMiB, 1);
  CHECK(low->start() == 0);
  CHECK(low->bytes() == 128 * kMiB);
  CHECK(b.group->default_property());
}

TEST_CASE("G10: more entries than the hypervisor has") {
  Lpar b(2, true, 1 << 10);
  b.group->take_ownership();
  CHECK(refusal([&] { b.group->create_table(1, 16, 128 * kMiB, 1); }) == Errno::Inval);
  CHECK_FALSE(refusal([&] { b.group->create_table(1, 16, 64 * kMiB, 1); }));  // smaller is tried again
}

TEST_CASE("create_table: refusals in order, and a PE that failed is not tried again") {
  Lpar b;
  b.group->take_ownership();
  const auto calls = b.group->rtas_calls();
  CHECK(refusal([&] { b.group->create_table(0, 16, 3 * kGiB, 1); }) == Errno::Inval);
  CHECK(refusal([&] { b.group->create_table(0, 16, kGiB, 2); }) == Errno::Inval);  // V28
  CHECK(b.group->rtas_calls() == calls);
  b.partition.answer(arch::papr::RtasCall::Create, arch::papr::kRtasHardware);
  CHECK(refusal([&] { b.group->create_table(0, 16, kGiB, 1); }) == Errno::NoDev);
  CHECK(refusal([&] { b.group->create_table(0, 16, kGiB, 1); }) == Errno::NoDev);
  Lpar query;
  query.group->take_ownership();
  query.partition.answer(arch::papr::RtasCall::Query, arch::papr::kRtasHardware);
  CHECK(refusal([&] { query.group->create_table(0, 16, kGiB, 1); }) == Errno::Io);
  Lpar none(2, false);
  CHECK(refusal([&] { none.group->create_table(0, 16, kGiB, 1); }) == Errno::Inval);
}

TEST_CASE("Entries of a window go through the hypervisor to the device") {
  Lpar b;
  b.group->take_ownership();
  const auto table = b.group->create_table(0, 16, kGiB, 1);
  b.group->set_window(0, table);
  CHECK(refusal([&] { b.group->set_window(1, table); }) == Errno::Perm);
  CHECK_FALSE(table->exchange(7, {0x70000, kReadOnly}).prot.read);
  CHECK(b.reach(table->start() + 0x70005) == 0x70005);
  const auto old = table->exchange(7, {0x90000, kReadWrite});
  CHECK(old.real == 0x70000);
  CHECK(old.prot.read);
  CHECK_FALSE(old.prot.write);
  CHECK(table->get(7).real == 0x90000);
  table->exchange(7, {});
  CHECK_FALSE(b.reach(table->start() + 0x70005));
  CHECK(refusal([&] { table->exchange(kGiB >> 16, {0x70000, kReadOnly}); }) == Errno::Inval);
  b.group->unset_window(0);
  b.group->unset_window(0);
  b.partition.answer(arch::papr::RtasCall::Remove, arch::papr::kRtasHardware);
  const auto more = b.group->create_table(1, 16, kGiB, 1);
  CHECK(refusal([&] { b.group->unset_window(1); }) == Errno::NoDev);
}

TEST_CASE("Devices of a partition: blocked takes ownership, the platform domain gives it back") {
  Lpar b;
  pw::PseriesPlatformDomain platform;
  pw::PseriesBlockedDomain blocked;
  pw::PseriesDevice first("0001:01:00.0", *b.group, platform, blocked);
  pw::PseriesDevice second("0001:01:00.1", *b.group, platform, blocked);
  int owner = 0;
  b.group->claim(&owner);
  CHECK(b.windows() == 0);
  CHECK(refusal([&] { first.alloc_paging(0, nullptr); }) == Errno::OpNotSupp);
  b.group->unclaim();
  CHECK(b.windows() == 1);
}
