// SPDX-License-Identifier: Apache-2.0
// Each deliberate bug leaves its mark in the accesses once, and the correct firmware does not.
#include "tests/firmware/arch_machine.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using arch::Generation;
using arch::PhbSize;
using test::ArchMachine;

namespace {

struct Seen {
  unsigned kills = 0;         ///< of a PE
  unsigned syncs = 0;         ///< DMA syncs: one for each kill that is waited for
  unsigned rtc = 0;           ///< RTC invalidates
  unsigned reserved = 0;      ///< LSI_SOURCE_ID with bits that do not exist
  unsigned tves = 0;          ///< TVE words written
  bool frozen = false;
  std::string console;
};

Seen run(std::uint64_t bug, Generation g = Generation::Phb4) {
  ArchMachine m(g, PhbSize::Big);
  m.info.job = BOOT_JOB_SELF_TEST;
  m.info.bug = bug;
  const int status = m.run();
  INFO(m.console);
  CHECK(status == 0);
  Seen s;
  unsigned table = 0;
  for (const auto& w : m.writes) {
    const std::uint64_t offset = w.addr - m.info.phb[0].registers;
    if (offset == 0x210 && w.value >> 62 == 1) ++s.kills;
    if (offset == 0x200) ++s.syncs;
    if (offset == 0x208) ++s.rtc;
    if (offset == 0x100) s.reserved += (w.value & ~0x0FF8000000000000ull) != 0;
    if (offset == 0x220) table = w.value >> 63 == 0 ? static_cast<unsigned>(w.value >> 48 & 0x1F) : 0;
    if (offset == 0x228 && table == 9) ++s.tves;
  }
  s.frozen = m.phb.dma_stopped(1);
  s.console = m.console;
  return s;
}

}  // namespace

TEST_CASE("firmware: without a bug every kill is waited for and nothing stays frozen") {
  const Seen s = run(BOOT_BUG_NONE);
  CHECK(s.kills + 1 == s.syncs);  // the kill of all at bring-up
  CHECK(s.reserved == 0);
  CHECK_FALSE(s.frozen);
}

TEST_CASE("firmware: each bug strikes once") {
  const Seen good = run(BOOT_BUG_NONE);
  SECTION("a kill that is not waited for") {
    const Seen s = run(BOOT_BUG_KILL_NOT_WAITED);
    CHECK(s.kills + 1 == s.syncs + 1);
  }
  SECTION("an unmap without its kill") {
    // The bug's own steps: map (kill), copy, unmap (none), tidying (kill).
    const Seen s = run(BOOT_BUG_STALE_TCE);
    CHECK(s.kills - good.kills == 2);
  }
  SECTION("a PE left frozen") { CHECK(run(BOOT_BUG_PE_LEFT_FROZEN).frozen); }
  SECTION("RTEs changed without an invalidate") {
    const Seen s = run(BOOT_BUG_RTT_NO_INVALIDATE);
    CHECK(s.rtc - good.rtc >= 1);
    CHECK(s.console.find("bug done: rtt-no-invalidate") != std::string::npos);
  }
  SECTION("a reserved field") { CHECK(run(BOOT_BUG_RESERVED_FIELD).reserved == 1); }
  SECTION("a TVE written in flight") { CHECK(run(BOOT_BUG_TVE_IN_FLIGHT).tves > good.tves); }
  SECTION("a table's memory reused while its TVE stands") {
    const Seen s = run(BOOT_BUG_TABLE_REUSED);
    CHECK(s.tves == good.tves);  // the TVE was not cleared before
    CHECK(s.console.find("bug done: table-reused") != std::string::npos);
  }
}
