// SPDX-License-Identifier: Apache-2.0
// The golden vectors of phb.md 7.7 that firmware's calls have: which registers, which values, in which order.
#include "firmware-stubs/include/opal.h"

#include "tests/firmware/fake_machine.hpp"
#include "tests/support/catch.hpp"

using phbsim::test::Access;
using phbsim::test::FakeMachine;

namespace {

constexpr std::uint64_t kRtt = FakeMachine::kMemory;
constexpr std::uint64_t kPest = kRtt + 0x40000;
constexpr auto R = Access::Kind::Read;
constexpr auto W = Access::Kind::Write;

/// A PHB that is up; what follows is recorded from nothing.
struct Up {
  FakeMachine m;
  explicit Up(unsigned generation = 4, std::uint64_t flags = 0) : m(generation) {
    m.info.flags |= BOOT_FLAG_NO_LINK | flags;
    REQUIRE(m.run() == 0);
    m.accesses[0].clear();
  }
  std::int64_t call(std::uint64_t token, std::vector<std::uint64_t> args) {
    m.accesses[0].clear();
    args.insert(args.begin(), 0);
    args.resize(OPAL_MAX_ARGS);
    return opal_call(token, args.data());
  }
  /// Exactly these accesses.
  void trace(const std::vector<Access>& wanted) {
    const auto& got = m.accesses[0];
    for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
      CAPTURE(i, got[i].offset, got[i].value, wanted[i].offset, wanted[i].value);
      CHECK(got[i] == wanted[i]);
    }
    CHECK(got.size() == wanted.size());
  }
};

Access w(std::uint32_t offset, std::uint64_t value) { return {W, offset, 8, value}; }
Access r(std::uint32_t offset, std::uint64_t value) { return {R, offset, 8, value}; }

}  // namespace

TEST_CASE("firmware: G1, G3, a translated window of PE 5 set and disabled") {
  Up u;
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW, {5, 10, 1, 0x123400000, 8 << 20, 4096}) == OPAL_SUCCESS);
  u.trace({w(0x220, 0x000900000000000A), w(0x228, 0x0000001234000C01)});
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW, {5, 10, 1, 0x123400000, 0, 4096}) == OPAL_SUCCESS);
  u.trace({w(0x220, 0x000900000000000A), w(0x228, 0)});
}

TEST_CASE("firmware: the worked TVEs of 2.4") {
  Up u;
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW, {0, 0, 2, 0x200010000, 0x10000, 0x10000}) == OPAL_SUCCESS);
  CHECK(u.m.ioda(9, 0) == 0x0000002000102505);
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW, {0, 0, 1, 0x300000000, 4096, 1 << 30}) == OPAL_SUCCESS);
  CHECK(u.m.ioda(9, 0) == 0x0000003000000113);
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW, {0, 0, 3, 0x4000000000, 4096, 4096}) == OPAL_SUCCESS);
  CHECK(u.m.ioda(9, 0) == 0x0000040000004101);
  Up p3(3);
  CHECK(p3.call(OPAL_MAP_PE_DMA_WINDOW, {0, 0, 1, 0x100000000, 0x10000, 256 << 20}) == OPAL_SUCCESS);
  CHECK(p3.m.ioda(9, 0) == 0x0000001000000511);
}

TEST_CASE("firmware: what a window must be") {
  Up u;
  const auto code = [&](std::vector<std::uint64_t> a) { return u.call(OPAL_MAP_PE_DMA_WINDOW, std::move(a)); };
  CHECK(code({512, 1024, 1, 0, 4096, 4096}) == OPAL_PARAMETER);
  CHECK(code({5, 12, 1, 0, 4096, 4096}) == OPAL_PARAMETER);
  CHECK(code({5, 10, 0, 0, 4096, 4096}) == OPAL_PARAMETER);
  CHECK(code({5, 10, 6, 0, 4096, 4096}) == OPAL_PARAMETER);
  CHECK(code({5, 10, 1, 0, 2048, 4096}) == OPAL_PARAMETER);
  CHECK(code({5, 10, 1, 0, 12288, 4096}) == OPAL_PARAMETER);
  CHECK(code({5, 10, 1, 0, 4096, 16 << 20}) == OPAL_PARAMETER);  // a size of PHB3
  u.trace({});
  CHECK(opal_call(OPAL_MAP_PE_DMA_WINDOW, std::array<std::uint64_t, 7>{1, 5, 10}.data()) == OPAL_PARAMETER);
  CHECK(u.call(12345, {}) == OPAL_UNSUPPORTED);
}

TEST_CASE("firmware: G2, bypass") {
  Up u;
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW_REAL, {5, 11, 1ull << 59, 256ull << 30}) == OPAL_SUCCESS);
  u.trace({w(0x220, 0x000900000000000B), w(0x228, 0x0000000040001080)});
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW_REAL, {5, 10, 1ull << 59, 256ull << 30}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW_REAL, {5, 11, 1ull << 59, 0x1800000}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_MAP_PE_DMA_WINDOW_REAL, {5, 11, 1ull << 59, 1ull << 50}) == OPAL_PARAMETER);
  Up p3(3);
  CHECK(p3.call(OPAL_MAP_PE_DMA_WINDOW_REAL, {5, 11, 1ull << 59, 256ull << 30}) == OPAL_SUCCESS);
  CHECK(p3.m.ioda(9, 11) == 0x0000000040001000);
}

TEST_CASE("firmware: G4, a PE kill; a page kill is one, too") {
  Up u;
  const std::vector<Access> kill = {r(0x210, 0), w(0x210, 0x4000000000000005), w(0x200, 0x8000000000000000),
                                    r(0x888, 0), r(0x200, 0x4000000000000000)};
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PE, 5, 0, 0, 0}) == OPAL_SUCCESS);
  u.trace(kill);
  u.m.reg(0x210) = 0;
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PAGES, 5, 3, 1, 100}) == OPAL_SUCCESS);
  u.trace(kill);
  CHECK(u.call(OPAL_TCE_KILL, {3, 5, 0, 0, 0}) == OPAL_PARAMETER);
}

TEST_CASE("firmware: G4 on POWER10 keeps the complete bits") {
  Up u(5);
  u.m.reg(0x210) = 0;
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PE, 5, 0, 0, 0}) == OPAL_SUCCESS);
  u.trace({r(0x210, 0), w(0x210, 0x4000000000000005), r(0x200, 0x4000000000000000), w(0x200, 0xC000000000000000),
           r(0x888, 0), r(0x200, 0x4000000000000000)});
}

TEST_CASE("firmware: page kills by themselves, of the sizes of 4.2") {
  Up u(4, BOOT_FLAG_PAGE_KILLS);
  u.m.reg(0x210) = 0;
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PAGES, 5, 0x10000, 0x800000000030000, 2}) == OPAL_SUCCESS);
  std::vector<std::uint64_t> kills;
  for (const Access& a : u.m.writes())
    if (a.offset == 0x210) kills.push_back(a.value);
  CHECK(kills == std::vector<std::uint64_t>{0x3800000000031005, 0x3800000000041005});
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PAGES, 5, 0x1000, 0x800000000030800, 2}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PAGES, 5, 0x2000, 0x800000000030000, 2}) == OPAL_PARAMETER);
}

TEST_CASE("firmware: PHB3 has no kill call") {
  Up u(3);
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PE, 5, 0, 0, 0}) == OPAL_UNSUPPORTED);
  u.trace({});
}

TEST_CASE("firmware: G5, all of bus 1 is PE 5") {
  Up u;
  CHECK(u.call(OPAL_SET_PE, {5, 0x100, 7, 0, 0, 1}) == OPAL_SUCCESS);
  u.trace({w(0x208, 0x8000000000000000)});
  for (unsigned rid = 0; rid < 0x10000; ++rid)
    if (u.m.memory_read(kRtt + 2 * rid, 2) != (rid >> 8 == 1 ? 5u : 511u)) FAIL("RID " << rid);
  CHECK(u.call(OPAL_SET_PE, {5, 0x100, 7, 1, 1, 0}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(kRtt + 0x200, 2) == 511);
  CHECK(u.m.memory_read(kRtt + 0x202, 2) == 5);
  CHECK(u.call(OPAL_SET_PE, {512, 0x100, 7, 0, 0, 1}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_SET_PE, {5, 0x10000, 7, 0, 0, 1}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_SET_PE, {5, 0x100, 8, 0, 0, 1}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_SET_PE, {5, 0x100, 7, 0, 0, 2}) == OPAL_PARAMETER);
}

TEST_CASE("firmware: n of bcmp compares the top n + 1 bits of the bus") {
  Up u;
  CHECK(u.call(OPAL_SET_PE, {7, 0x8000, 3, 0, 0, 1}) == OPAL_SUCCESS);
  for (unsigned rid = 0; rid < 0x10000; ++rid)
    if (u.m.memory_read(kRtt + 2 * rid, 2) != (rid >> 12 == 8 ? 7u : 511u)) FAIL("RID " << rid);
}

TEST_CASE("firmware: a complete reset goes by SCOM alone until the PHB is itself again") {
  Up u;
  u.m.scoms.clear();
  REQUIRE(u.call(OPAL_PCI_RESET, {OPAL_RESET_COMPLETE, 1}) > 0);
  // Until the ETU is in reset nothing is written through the closed window but what prepares the link.
  for (const Access& a : u.m.writes()) CHECK((a.offset == 0x1114 || a.offset == 0x1B30 || a.offset >> 4 == 0x1C2 || a.offset == 0x1C30));
  for (int i = 0; i < 1000 && u.call(OPAL_PCI_POLL, {}) > 0; ++i) u.m.now_us += 10000;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> pec, port;
  for (std::size_t i = 0; i < u.m.scoms.size(); ++i) {
    const Access& a = u.m.scoms[i];
    if (a.kind != W) continue;
    if (a.offset == 0xD010900) {
      port.emplace_back(static_cast<std::uint32_t>(a.value & 0x1FFF), a.value >> 62);
    } else if (a.offset != 0xD010901) {
      pec.emplace_back(a.offset, a.value);
    }
  }
  CHECK(pec == std::vector<std::pair<std::uint32_t, std::uint64_t>>{{0x4010C02, 0},
                                                                    {0x4010C42, 0x2000000000},
                                                                    {0xD01084A, 1ull << 63},
                                                                    {0xD010841, ~0ull},
                                                                    {0x4010C41, ~0ull},
                                                                    {0xD01084A, 0}});
  // PERST and Link Disable first, the root complex in words of four bytes, then the blocks.
  REQUIRE(port.size() > 10);
  CHECK(port[0] == std::make_pair(0x1058u, std::uint64_t{3}));
  CHECK(port[1] == std::make_pair(0x1A10u, std::uint64_t{2}));
}

TEST_CASE("firmware: PELT-V bits count from the left") {
  Up u;
  CHECK(u.call(OPAL_SET_PELTV, {2, 9, 1}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(kRtt + 0x20000 + 2 * 64 + 1, 1) == 0x40);
  CHECK(u.call(OPAL_SET_PELTV, {2, 9, 0}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(kRtt + 0x20000 + 2 * 64 + 1, 1) == 0);
  CHECK(u.call(OPAL_SET_PELTV, {2, 512, 1}) == OPAL_PARAMETER);
}

TEST_CASE("firmware: G6 to G8, a PE frozen, seen frozen, thawed") {
  Up u;
  CHECK(u.call(OPAL_EEH_FREEZE_SET, {5, OPAL_EEH_ACTION_ALL}) == OPAL_SUCCESS);
  u.trace({w(0x220, 0x0007000000000005), r(0x228, 0), w(0x228, 1ull << 63), w(0x220, 0x0008000000000005), r(0x228, 0),
           w(0x228, 1ull << 63)});
  // The fake's PEEV is storage: the hardware derives it.
  u.m.ioda(20, 0) = 0x0400000000000000;
  u.m.memory_write(kPest + 16 * 5, 8, 0x8000200001000000);
  const std::uint64_t out = 0x2000;
  CHECK(u.call(OPAL_EEH_FREEZE_STATUS, {5, out, out + 8, 0}) == OPAL_SUCCESS);
  u.trace({r(0x120, 0), w(0x220, 0x0014000000000000), r(0x228, 0x0400000000000000), w(0x220, 0x0007000000000005),
           r(0x228, 1ull << 63), w(0x220, 0x0008000000000005), r(0x228, 1ull << 63)});
  CHECK(u.m.memory_read(out, 1) == OPAL_EEH_ACTION_ALL);
  CHECK(u.m.memory_read(out + 8, 2) == OPAL_EEH_TYPE_NONE);

  u.m.ioda(20, 0) = 0;
  CHECK(u.call(OPAL_EEH_FREEZE_CLEAR, {5, OPAL_EEH_ACTION_ALL}) == OPAL_SUCCESS);
  std::vector<Access> wanted = {r(0x2C8, 0), w(0x220, 0x0007000000000005), w(0x228, 0), w(0x220, 0x0008000000000005),
                                w(0x228, 0), w(0x220, 0x8014000000000000)};
  for (int i = 0; i < 8; ++i) wanted.push_back(r(0x228, 0));
  u.trace(wanted);
}

TEST_CASE("firmware: only what is asked for is frozen or thawed") {
  Up u;
  CHECK(u.call(OPAL_EEH_FREEZE_SET, {5, OPAL_EEH_ACTION_MMIO}) == OPAL_SUCCESS);
  CHECK(u.m.ioda(7, 5) == 1ull << 63);
  CHECK(u.m.ioda(8, 5) == 0);
  CHECK(u.call(OPAL_EEH_FREEZE_SET, {5, OPAL_EEH_ACTION_DMA}) == OPAL_SUCCESS);
  CHECK(u.call(OPAL_EEH_FREEZE_CLEAR, {5, OPAL_EEH_ACTION_MMIO}) == OPAL_SUCCESS);
  CHECK(u.m.ioda(7, 5) == 0);
  CHECK(u.m.ioda(8, 5) == 1ull << 63);
  CHECK(u.call(OPAL_EEH_FREEZE_SET, {5, 0}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_EEH_FREEZE_SET, {5, 4}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_EEH_FREEZE_SET, {512, 3}) == OPAL_PARAMETER);
}

TEST_CASE("firmware: errors on record are cleared in the order of 6.4 before a PE thaws") {
  Up u;
  u.m.reg(0x2C8) = 1;
  u.m.reg(0xC00) = 0x1234;
  u.m.reg(0xD80) = 0x20;
  u.m.reg(0xE80) = 0x40;
  CHECK(u.call(OPAL_EEH_FREEZE_CLEAR, {5, OPAL_EEH_ACTION_ALL}) == OPAL_SUCCESS);
  std::vector<Access> wanted;
  const auto config = [&](std::uint32_t at, std::uint32_t v) { wanted.push_back({W, 0x1000 + at, 4, v}); };
  config(0x1C, 0x0000FFFF);
  config(0x50, 0x0F000F00);
  config(0x104, ~0u), config(0x110, ~0u), config(0x130, ~0u);
  const std::pair<std::uint32_t, std::uint64_t> blocks[] = {{0x1900, 0}, {0x1C00, 0}, {0xD00, 0},   {0xD80, 0x20},
                                                            {0xE00, 0},  {0xE80, 0x40}, {0xC80, 0}};
  for (const auto& [base, status] : blocks)
    for (const Access& a : {w(base, status), w(base + 8, 0), w(base + 0x40, 0), w(base + 0x48, 0)}) wanted.push_back(a);
  for (const Access& a : {w(0xC08, ~0x1234ull), w(0xC40, 0), w(0xC18, 0)}) wanted.push_back(a);
  auto got = u.m.writes();
  REQUIRE(got.size() > wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(i, got[i].offset, got[i].value, wanted[i].offset, wanted[i].value);
    CHECK(got[i] == wanted[i]);
  }
  CHECK(got[wanted.size()] == w(0x220, 0x0007000000000005));
}

TEST_CASE("firmware: next_error takes the highest word of PEEV, and tells nothing if there is nothing") {
  Up u;
  const std::uint64_t out = 0x2000;
  CHECK(u.call(OPAL_NEXT_ERROR, {out, out + 8, out + 16}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(out, 8) == ~0ull);
  CHECK(u.m.memory_read(out + 8, 2) == OPAL_EEH_TYPE_NONE);
  u.m.ioda(20, 1) = 1ull << 63;
  u.m.ioda(20, 6) = 3;
  CHECK(u.call(OPAL_NEXT_ERROR, {out, out + 8, out + 16}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(out, 8) == 6 * 64 + 62);
  CHECK(u.m.memory_read(out + 8, 2) == OPAL_EEH_TYPE_PE);
  CHECK(u.m.memory_read(out + 16, 2) == OPAL_EEH_SEVERITY_PE);
}

TEST_CASE("firmware: an early POWER9 makes a fence of a load that ended in an error") {
  FakeMachine m(4);
  m.info.flags |= BOOT_FLAG_NO_LINK;
  m.info.chip_level = GENERATE(0x21, 0x22);
  REQUIRE(m.run() == 0);
  m.ioda(20, 0) = 0x0400000000000000;
  m.ioda(7, 5) = 1ull << 63;
  m.memory_write(kPest + 16 * 5, 8, 0xA440002A05000000);
  const std::uint64_t args[OPAL_MAX_ARGS] = {0, 0x2000, 0x2008, 0x2010};
  CHECK(opal_call(OPAL_NEXT_ERROR, args) == OPAL_SUCCESS);
  CHECK(m.memory_read(0x2010, 2) == (m.info.chip_level < 0x22 ? OPAL_EEH_SEVERITY_PHB_FENCED : OPAL_EEH_SEVERITY_PE));
}

TEST_CASE("firmware: a fence is seen by the probe, and closes the calls") {
  Up u;
  u.m.on_read = [](std::uint32_t, std::uint64_t& v) {
    v = ~0ull;
    return true;
  };
  CHECK(u.call(OPAL_EEH_FREEZE_STATUS, {5, 0x2000, 0x2008, 0}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(0x2000, 1) == OPAL_EEH_ACTION_ALL);
  CHECK(u.m.memory_read(0x2008, 2) == OPAL_EEH_TYPE_PHB);
  CHECK(u.call(OPAL_TCE_KILL, {OPAL_TCE_KILL_PE, 5, 0, 0, 0}) == OPAL_HARDWARE);
  CHECK(u.call(OPAL_EEH_FREEZE_CLEAR, {5, OPAL_EEH_ACTION_ALL}) == OPAL_HARDWARE);
  CHECK(u.call(OPAL_NEXT_ERROR, {0x2000, 0x2008, 0x2010}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(0x2010, 2) == OPAL_EEH_SEVERITY_PHB_FENCED);
}

TEST_CASE("firmware: G16, source 0x123 is granted to PE 5, and the message for it") {
  Up u;
  CHECK(u.call(OPAL_SET_XIVE_PE, {5, 0x123}) == OPAL_SUCCESS);
  u.trace({w(0x220, 0x0002000000000048), r(0x220, 0x0002000000000048), w(0x220, 0x0002000100000048), w(0x228, 5)});
  CHECK(u.call(OPAL_GET_MSI_64, {5, 0x123, 1, 0x2000, 0x2008}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(0x2000, 8) == 0x1000000000001200);
  CHECK(u.m.memory_read(0x2008, 4) == 3);
  CHECK(u.call(OPAL_GET_MSI_32, {5, 0x123, 1, 0x2000, 0x2008}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(0x2000, 4) == 0xFFFF1200);
  CHECK(u.call(OPAL_GET_MSI_64, {5, 4088, 1, 0x2000, 0x2008}) == OPAL_PARAMETER);  // an LSI
  CHECK(u.call(OPAL_GET_MSI_64, {5, 0x123, 2, 0x2000, 0x2008}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_SET_XIVE_PE, {5, 4088}) == OPAL_PARAMETER);
}

TEST_CASE("firmware: PHB3 grants a source by its IVE") {
  FakeMachine m(3);
  m.info.flags |= BOOT_FLAG_NO_LINK;
  m.info.memory_base = 0x32900000;
  REQUIRE(m.run() == 0);
  m.accesses[0].clear();
  const std::uint64_t args[OPAL_MAX_ARGS] = {0, 5, 0x123};
  CHECK(opal_call(OPAL_SET_XIVE_PE, args) == OPAL_SUCCESS);
  CHECK(m.memory_read(0x32980000 + 0x123 * 128, 8) == 0x0000000500000005);
  REQUIRE(m.accesses[0].size() == 1);
  CHECK(m.accesses[0][0] == w(0x2A0, 0x0000012300000000));
}

TEST_CASE("firmware: options are bits of CTRLR") {
  Up u;
  CHECK(u.call(OPAL_PHB_SET_OPTION, {OPAL_OPTION_TVE1_4GB, 1}) == OPAL_SUCCESS);
  CHECK(u.m.reg(0x810) == 0x0010048000000000);
  CHECK(u.call(OPAL_PHB_GET_OPTION, {OPAL_OPTION_TVE1_4GB, 0x2000}) == OPAL_SUCCESS);
  CHECK(u.m.memory_read(0x2000, 8) == 1);
  CHECK(u.call(OPAL_PHB_SET_OPTION, {OPAL_OPTION_TVE1_4GB, 0}) == OPAL_SUCCESS);
  CHECK(u.call(OPAL_PHB_SET_OPTION, {OPAL_OPTION_MMIO_EEH_DISABLE, 1}) == OPAL_SUCCESS);
  CHECK(u.m.reg(0x810) == 0x0012040000000000);
  CHECK(u.call(OPAL_PHB_SET_OPTION, {OPAL_OPTION_TVE1_4GB, 2}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_PHB_SET_OPTION, {3, 1}) == OPAL_UNSUPPORTED);
}

TEST_CASE("firmware: injection is for configuration cycles, PHB3 also for DMA") {
  Up u;
  REQUIRE(u.call(OPAL_SET_PE, {5, 0x100, 7, 0, 0, 1}) == OPAL_SUCCESS);
  CHECK(u.call(OPAL_ERR_INJECT, {5, 0, INJECT_CONFIG_READ_FIRST, 0, 0}) == OPAL_SUCCESS);
  auto got = u.m.writes();
  REQUIRE(got.size() == 3);
  CHECK(got[0] == w(0x2B8, 0x0010000000000000));
  CHECK(got[1] == w(0x2C0, 0x0FF0000000000000));  // a PE of a bus
  CHECK(got[2] == w(0x2B0, 0x1800000000000000));
  CHECK(u.call(OPAL_ERR_INJECT, {5, 0, INJECT_DMA_READ_FIRST, 0, 0}) == OPAL_UNSUPPORTED);
  CHECK(u.call(OPAL_ERR_INJECT, {6, 0, INJECT_CONFIG_READ_FIRST, 0, 0}) == OPAL_PARAMETER);
  CHECK(u.call(OPAL_ERR_INJECT, {511, 0, INJECT_CONFIG_READ_FIRST, 0, 0}) == OPAL_PARAMETER);
  Up p3(3);
  CHECK(p3.call(OPAL_ERR_INJECT, {5, 0, INJECT_DMA_WRITE_FIRST, 0x10000, 0}) == OPAL_SUCCESS);
  CHECK(p3.m.writes().back() == w(0x2B0, 0x8400000000000000));
}
