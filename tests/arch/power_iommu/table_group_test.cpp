// SPDX-License-Identifier: Apache-2.0
// The table group below VFIO's sPAPR container, and EEH (ddw-vfio.md 4.4, 4.6, 5.2).
#include "tests/arch/power_iommu/power_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using os::Errno;

namespace {

struct GroupBench : PowerBench {
  GroupBench() {
    pe5.claim(&owner);
    pe6.claim(&owner);
  }
};

}  // namespace

TEST_CASE("What a table group tells") {
  PowerBench b;
  CHECK(&b.pe5.group() == &b.pe5);
  CHECK(b.pe5.tce32_start() == 0);
  CHECK(b.pe5.tce32_size() == 0x80000000);
  CHECK(b.pe5.page_sizes() == 0x40211000);
  CHECK(b.pe5.max_dynamic_windows() == 2);
  CHECK(b.pe5.max_levels() == 5);
  CHECK(b.pe5.platform() == PowerBench().pe6.platform());
  CHECK(b.pe5.table_size(16, kTiB, 2) == 268566528);
  CHECK(b.pe5.table_size(12, 2 * kGiB, 1) == 8 * kMiB);
  CHECK(b.pe5.table_size(12, 2 * kGiB, 6) == 0);
}

TEST_CASE("Tables: slot 0 starts at 0, slot 1 at 2^59; V25 to V29") {
  GroupBench b;
  CHECK(b.pe5.create_table(0, 12, kGiB, 1)->start() == 0);
  const auto high = b.pe5.create_table(1, 16, kTiB, 2);
  CHECK(high->start() == pw::kStartHigh);
  CHECK(high->allocated() == 268566528);
  CHECK(refusal([&] { b.pe5.create_table(2, 12, kGiB, 1); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.create_table(0, 13, kGiB, 1); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.create_table(0, 12, 3 * kGiB, 1); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.create_table(0, 12, kGiB, 0); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.create_table(0, 12, kGiB, 6); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.create_table(0, 16, 1ull << 56, 2); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.create_table(0, 12, kTiB, 1); }) == Errno::NoMem);
}

TEST_CASE("A window translates from set to unset; entries are exchanged one by one") {
  GroupBench b;
  const auto table = b.pe5.create_table(0, 12, kGiB, 2);
  const auto none = table->exchange(0x1234, {0x7000, kReadOnly});
  CHECK_FALSE(none.prot.read);
  b.pe5.set_window(0, table);
  b.pe6.set_window(0, table);  // V57: shared
  CHECK(b.reach(0x1234010) == 0x7010);
  CHECK(b.reach(0x1234010, PowerBench::kRid6) == 0x7010);
  const auto old = table->exchange(0x1234, {0x8000, kWriteOnly});
  CHECK(old.real == 0x7000);
  CHECK(old.prot.read);
  CHECK_FALSE(old.prot.write);
  CHECK(table->get(0x1234).prot.read);  // V37
  b.sink.forget();
  table->kill(0x1234, 1);
  CHECK(b.sink.written(arch::Reg::TceKill) ==
        std::vector<std::uint64_t>{arch::encode_kill_pe(5), arch::encode_kill_pe(6)});
  table->exchange(0x1234, {});
  CHECK(b.faults(0x1234010));
  CHECK(refusal([&] { table->exchange(kGiB >> 12, {0x7000, kReadOnly}); }) == Errno::Inval);  // V44, clean
  b.pe5.unset_window(0);
  CHECK(b.tve(5, 0) == 0);
  CHECK(b.tve(6, 0) != 0);
  b.pe5.unset_window(0);  // none: nothing to do
  b.pe6.unset_window(0);
}

TEST_CASE("Windows that cannot be set") {
  GroupBench b;
  const auto low = b.pe5.create_table(0, 12, kGiB, 2);
  const auto high = b.pe5.create_table(1, 12, kGiB, 2);
  struct Alien final : os::TceWindowTable {
    unsigned page_shift() const override { return 12; }
    BusAddr start() const override { return 0; }
    std::uint64_t bytes() const override { return kGiB; }
    std::uint64_t allocated() const override { return 0; }
    Entry exchange(std::uint64_t, Entry) override { return {}; }
    Entry get(std::uint64_t) const override { return {}; }
    void kill(std::uint64_t, std::uint64_t) noexcept override {}
  };
  CHECK(refusal([&] { b.pe5.set_window(0, std::make_shared<Alien>()); }) == Errno::Perm);
  CHECK(refusal([&] { b.pe5.set_window(1, low); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe7.set_window(0, low); }) == Errno::Busy);  // the kernel's
  const auto domain = b.paging({{pw::kStartHigh, kGiB, 16, 2}});
  b.pe6.attach(*domain);
  CHECK(refusal([&] { b.pe6.set_window(0, low); }) == Errno::Busy);  // free, but iommufd's
  b.pe6.attach(b.iommu.blocked_domain());
  b.pe5.set_window(0, low);
  CHECK(refusal([&] { b.pe5.set_window(0, low); }) == Errno::Busy);
  b.pe5.set_window(1, high);
  // A PHB without the page size.
  PowerBench old({}, arch::Generation::Phb3);
  old.pe5.claim(&old.owner);
  const auto huge = b.pe5.create_table(0, 21, kGiB, 1);
  CHECK(refusal([&] { old.pe5.set_window(0, huge); }) == Errno::Inval);
  CHECK(old.tve(5, 0) == 0);
  // V70: what a container leaves set goes with the return to the kernel.
  b.pe5.unclaim();
  CHECK(b.reach(pw::kStartHigh + 1) == 1);
}

TEST_CASE("EEH: states follow the freeze bits") {
  PowerBench b;
  CHECK(b.pe5.eeh_available());
  CHECK(b.pe5.state() == 0);
  b.pe5.unfreeze_io();  // V67
  b.pe5.inject(0, 12, 0x123000, ~0ull);
  CHECK(b.pe5.state() == 2);  // V64
  CHECK(b.hw.phb.dma_stopped(5));
  CHECK(b.hw.pest(5, 1) == (ppc_bit(0) | 0x123000));
  CHECK(b.dma(pw::kStartHigh).fault == arch::Fault::PeStopped);
  CHECK(b.pe6.state() == 0);
  b.pe5.unfreeze_io();
  CHECK(b.pe5.state() == 4);
  b.pe5.unfreeze_dma();
  CHECK(b.pe5.state() == 0);
  CHECK_FALSE(b.faults(pw::kStartHigh));
}

TEST_CASE("EEH: V68, freeze, unfreeze, reset, configure") {
  PowerBench b;
  b.pe5.inject(1, 19, 0x1000, 0);
  b.pe5.unfreeze_io();
  b.pe5.reset(6);
  CHECK(b.pe5.state() == 2);
  b.pe5.reset(5);
  b.pe5.configure();
  CHECK(b.pe5.state() == 0);
  b.pe5.reset(7);
  b.pe5.unfreeze_dma();
  CHECK(b.pe5.state() == 5);  // DMA alone: nothing that the ABI has a state for
  b.pe5.reset(5);
  CHECK(refusal([&] { b.pe5.reset(4); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.inject(2, 0, 0, 0); }) == Errno::Inval);
  CHECK(refusal([&] { b.pe5.inject(0, 20, 0, 0); }) == Errno::Inval);  // V65
}

TEST_CASE("EEH: every error that can be injected stops the PE") {
  for (std::uint32_t function = 0; function < 20; ++function) {
    PowerBench b;
    b.pe5.inject(0, function, 0x1000, 0);
    INFO("function " << function);
    CHECK(b.pe5.state() == 2);
    CHECK_FALSE(b.hw.phb.fenced());
  }
}
