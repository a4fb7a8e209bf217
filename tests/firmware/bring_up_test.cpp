// SPDX-License-Identifier: Apache-2.0
// The order and the values of bring-up, step by step as phb.md 7.1 to 7.5 list them, on the host build. The lists
// here are written from the reference, not from the firmware's tables.
#include <algorithm>

#include "tests/firmware/fake_machine.hpp"
#include "tests/support/catch.hpp"

using phbsim::test::Access;
using phbsim::test::FakeMachine;

namespace {

constexpr std::uint64_t kOnes = ~0ull;

struct Expected {
  std::vector<Access> list;
  Expected& w(std::uint32_t offset, std::uint64_t value, unsigned bytes = 8) {
    list.push_back({Access::Kind::Write, offset, bytes, value});
    return *this;
  }
  /// The root complex' configuration space: the bytes of a little-endian word.
  Expected& rc(std::uint32_t offset, std::uint32_t value) { return w(0x1000 + offset, __builtin_bswap32(value), 4); }
  Expected& zeros(unsigned count) {
    for (unsigned i = 0; i < count; ++i) w(0x228, 0);
    return *this;
  }
  Expected& table(std::uint64_t id, unsigned count) { return w(0x220, 1ull << 63 | id << 48).zeros(count); }
  Expected& entry(std::uint64_t id, std::uint64_t index, std::uint64_t value) {
    return w(0x220, id << 48 | index).w(0x228, value);
  }
  Expected& block(std::uint32_t base, std::uint64_t lem, std::uint64_t freeze, std::uint64_t fence,
                  std::uint64_t err1_mask = 0) {
    return w(base, kOnes).w(base + 8, 0).w(base + 0x18, lem).w(base + 0x28, freeze).w(base + 0x30, fence)
        .w(base + 0x40, 0).w(base + 0x48, 0).w(base + 0x50, 0).w(base + 0x58, err1_mask);
  }
};

void compare(const std::vector<Access>& got, const std::vector<Access>& wanted) {
  for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
    if (got[i] == wanted[i]) continue;
    CAPTURE(i, got[i].offset, got[i].value, got[i].bytes, wanted[i].offset, wanted[i].value, wanted[i].bytes);
    FAIL("the first write that differs");
  }
  CHECK(got.size() == wanted.size());
}

/// 7.3 for PHB4 and PHB5. Tables in memory: as the firmware's allocation places them, RTT first.
Expected init_hw(bool p10, bool big, std::uint64_t mmio32, std::uint64_t rtt) {
  const unsigned pes = big ? 512 : 256, tves = big ? 1024 : 512, mist = tves, mrt = big ? 16 : 8, bars = big ? 32 : 16;
  const std::uint64_t peltv = rtt + 0x20000, pest = peltv + 0x20000, gen = p10 ? 5 : 3;
  Expected e;
  e.w(0xC18, kOnes).w(0x868, kOnes);
  e.w(0x1A00, gen << 28);
  e.w(0x1A10, 0);
  for (std::uint32_t i = 0; i < 4; ++i) e.w(0x1AD0 + 8 * i, p10 ? 0x4444444444444444 : 0x5454545454545454);
  for (std::uint32_t i = 0; i < 2; ++i) e.w(0x1AF0 + 8 * i, p10 ? 0x4444444444444444 : 0x7777777777777777);
  if (p10) e.w(0x1B00, 0x9999999999999999).w(0x1B08, 0x9999999999999999).w(0x1A78, 0x8).w(0x1B38, 0x80F4FFFFFF0F9C00);
  e.rc(0x78, 0x07FE0000u | static_cast<std::uint32_t>(gen));
  e.w(0x1A10, 0x0800000000000000);
  e.w(0x810, p10 ? 0x0078040000000000 : 0x0010040000000000);
  e.w(0x300, p10 ? 0x6030203110100 | 1ull << 62 : 0x6030203110100);
  if (!p10) e.w(0x308, 0xFE000);
  e.w(0x100, big ? 0x0FF8000000000000 : 0x07F8000000000000);
  e.w(0x168, rtt | 1ull << 63).w(0x188, peltv | 1ull << 63).w(0x1A0, 0x80000000).w(0x1A8, pest | 1ull << 63);
  if (!p10) e.w(0x1C0, 0x0C00FF0000000001);
  e.w(0x1F0, 0).w(0x160, 0x0082000000000000);
  e.entry(7, 0, 0);
  e.w(0x220, 0x8002000000000000).w(0x220, 0x8002000F00000000).zeros(mist);
  e.table(6, mrt).table(9, tves);
  e.w(0x220, 0x8010000000000000);
  e.w(0x228, 0x5000000000000000 | mmio32).w(0x228, 0x80FFFFFF80000000);
  e.zeros(2 * (bars - 4));
  for (std::uint64_t column = 1; column <= 3; ++column) e.w(0x228, 0x1000000000000000 | column << 58).w(0x228, 0);
  e.w(0x220, 0x8011000000000000);
  for (std::uint64_t pe = 0; pe < pes; ++pe) e.w(0x228, pe << 32 | pe << 16 | pe);
  for (std::uint64_t pe = 0; pe < pes; ++pe) e.entry(7, pe, 0).entry(8, pe, 0);
  e.table(20, pes / 64);
  e.w(0x208, 1ull << 63).w(0x210, 1ull << 63);
  e.w(0x200, p10 ? 0xC000000000000000 : 0x8000000000000000);
  e.w(0x1AA0, kOnes).w(0x1AA8, kOnes).w(0x1AB0, kOnes).w(0x1AB8, 0);
  e.rc(0x18, 0x00FF0100).rc(0x50, 0x0000000F).rc(0x70, 0x00000025).rc(0x108, 0x0000D000).rc(0x118, 0x00000140);
  e.rc(0x1C, 0xFFFF0000).rc(0x50, 0x000F000F).rc(0x104, ~0u).rc(0x110, ~0u).rc(0x130, ~0u);
  e.w(0x1900, kOnes).w(0x1908, 0).w(0x1920, 0x4D1780F8).w(0x1928, 0).w(0x1930, 0xFFFFFFFFB2F87F07);
  e.w(0x1940, 0).w(0x1948, 0).w(0x1950, 0).w(0x1958, 0);
  e.w(0x1C00, kOnes).w(0x1C08, 0).w(0x1C20, 0).w(0x1C30, 0).w(0x1C28, 0x0080000000000000);
  e.w(0x1C40, 0).w(0x1C48, 0).w(0x1C50, 0).w(0x1C58, 0x0040000000000000);
  e.w(0xD08, 0).w(0xD28, p10 ? 0x0000500A00000000 : 0x0000000A00000000).w(0xD00, kOnes).w(0xD18, 0xFFFFFF0FFFFFFFFF);
  e.w(0xD30, p10 ? 0xDFF7AF41F7DDFFDF : 0xDFF7BD05F7DDFFF0).w(0xD40, 0).w(0xD48, 0).w(0xD50, 0).w(0xD58, 0);
  e.block(0xD80, 0xFFFFFFFFFBFFFFFF, 0xC00018B801000060, 0x3BFFD703FA7FBF8F, 0x0000000004000000);
  e.block(0xE00, kOnes, 0x0000600000000000, 0xFFFFFEFFFF7FFF57);
  e.block(0xE80, kOnes, 0x60000000C0000000, 0x9FAEFFAF3FFFFFFF);
  e.block(0xC80, kOnes, 0x0000004000000000, 0x35777033FF000000);
  e.w(0xC00, 0).w(0xC30, kOnes).w(0xC38, kOnes).w(0xC40, 0);
  e.rc(0x04, 0x00100006).rc(0x04, 0xF8000006);
  e.w(0xCA0, 0xCA8880CC00000000).w(0xD20, p10 ? 0x200850BE08200020 : 0x2008400E08200000).w(0xDA0, 0xC40038FC01804070);
  e.w(0xE20, 0x00006100008000A8).w(0xEA0, 0x60510050C0000000);
  e.w(0xC18, 0).w(0x218, 0).w(0x878, 0x0015150000150000).w(0x880, 0x0000151500000000).w(0x1810, 0x2013000000000000);
  return e;
}

}  // namespace

TEST_CASE("firmware: PHB4 comes up in the order of 7.3, big and small") {
  const bool big = GENERATE(true, false);
  FakeMachine m(4, big);
  m.info.flags |= BOOT_FLAG_NO_LINK;
  INFO(m.console);
  REQUIRE(m.run() == 0);
  compare(m.writes(), init_hw(false, big, m.info.phb[0].mmio32_base, 0x32920000).list);
}

TEST_CASE("firmware: PHB5 comes up in the order of 7.3, big and small") {
  const bool big = GENERATE(true, false);
  FakeMachine m(5, big);
  m.info.flags |= BOOT_FLAG_NO_LINK;
  REQUIRE(m.run() == 0);
  compare(m.writes(), init_hw(true, big, m.info.phb[0].mmio32_base, 0x32920000).list);
}

TEST_CASE("firmware: a level of POWER9 before DD2.2 has other errors in TXE") {
  FakeMachine m(4);
  m.info.flags |= BOOT_FLAG_NO_LINK;
  m.info.chip_level = 0x20;
  REQUIRE(m.run() == 0);
  CHECK(m.reg(0xD18) == 0xF3ACFF0FF7DDFFF0);
  CHECK(m.reg(0xD30) == 0xDFFFBD05F7DDFFF0);
  CHECK(m.reg(0xC30) == 0xF3FFFFFFFFFFFFFF);
}

TEST_CASE("firmware: the stack's probe is that of 7.1") {
  FakeMachine m(4);
  m.info.flags |= BOOT_FLAG_NO_LINK;
  REQUIRE(m.run() == 0);
  const auto& s = m.scoms;
  const auto at = [&](std::size_t i, Access::Kind kind, std::uint32_t scom, std::uint64_t value) {
    CAPTURE(i, s[i].offset, s[i].value);
    CHECK(s[i] == Access{kind, scom, 8, value, true});
  };
  REQUIRE(s.size() >= 14);
  const auto W = Access::Kind::Write, R = Access::Kind::Read;
  at(0, W, 0x4010C52, 0x0600C3C000000000);
  at(1, W, 0x4010C53, 0x0600C30000000000);
  at(2, W, 0x4010C4E, 0x0600000000000000);
  at(3, W, 0x4010C4F, 0xFFFFC00000000000);
  at(4, W, 0x4010C50, 0x0600C00000000000);
  at(5, W, 0x4010C51, 0xFFFFFF8000000000);
  at(6, R, 0x4010C54, 0);
  at(7, W, 0x4010C54, 0xF000000000000000);
  at(8, W, 0xD010840, 0);
  at(9, W, 0x4010C40, 0);
  at(10, R, 0xD01084A, 0);
  at(11, W, 0xD01084A, 0);
  at(12, W, 0xD010900, 0x8000000000000800);
  at(13, R, 0xD010901, 0xA400000002);
}

TEST_CASE("firmware: hostboot's part configures the PBCQ once per PEC") {
  FakeMachine m(4, true, 3);
  m.info.flags |= BOOT_FLAG_NO_LINK | BOOT_FLAG_HOSTBOOT;
  REQUIRE(m.run() == 0);
  std::map<std::uint32_t, std::vector<std::uint64_t>> written;
  for (const Access& a : m.scoms)
    if (a.kind == Access::Kind::Write) written[a.offset].push_back(a.value);
  CHECK(written[0x4010C00] == std::vector<std::uint64_t>{0x1110020070000000});
  CHECK(written[0x4011000] == std::vector<std::uint64_t>{0x1110020070000008});  // two stacks share PEC1
  CHECK(written[0x4010C46] == std::vector<std::uint64_t>{0x5B0F81E000000000});
  CHECK(written[0x4011086].size() == 1);
}

TEST_CASE("firmware: PHB3 comes up in the order of 7.5") {
  FakeMachine m(3);
  m.info.flags |= BOOT_FLAG_NO_LINK;
  m.info.memory_base = 0x32900000;
  REQUIRE(m.run() == 0);
  // Through ASB: credits.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> asb;
  for (std::size_t i = 0; i + 1 < m.scoms.size(); ++i)
    if (m.scoms[i].offset == 0x9013C00 && m.scoms[i + 1].offset == 0x9013C02 && m.scoms[i + 1].kind == Access::Kind::Write)
      asb.emplace_back(m.scoms[i].value, m.scoms[i + 1].value);
  CHECK(asb == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0x840, 0x0211230000000000},
                                                                    {0x820, 0x0020000100020001},
                                                                    {0x828, 0x0020002000010001},
                                                                    {0x818, 0x0F00000000000000},
                                                                    {0x858, 0xFFFFFFFF00000000},
                                                                    {0x868, 0xFFFFFFFF00000000}});
  // Windows of the PBCQ: addresses are shifted by 14 here, and BAR2 must say the same as the PHB's.
  std::map<std::uint32_t, std::uint64_t> scom;
  for (const Access& a : m.scoms)
    if (a.kind == Access::Kind::Write) scom[a.offset] = a.value;
  CHECK(scom[0x2012042] == m.info.phb[0].registers << 14);
  CHECK(scom[0x901200B] == m.info.phb[0].registers << 14);
  CHECK(scom[0x2012040] == m.info.phb[0].mmio64_base << 14);
  CHECK(scom[0x2012043] == 0xFFF0000000000000);
  CHECK(scom[0x2012045] == 0xE000000000000000);
  CHECK(scom[0x901200A] == 0);
  const std::uint64_t rtt = 0x32900000, peltv = 0x32920000, pest = 0x32940000, ivt = 0x32980000;
  Expected e;
  const auto config = [&](std::uint32_t at, std::uint32_t value, unsigned bytes) {
    e.w(0x140, 1ull << 63 | static_cast<std::uint64_t>(at & ~3u) << 32 | 0xFFull << 16);
    e.w(0x130 + (at & 3), __builtin_bswap64(value) >> (64 - 8 * bytes), bytes);
  };
  const auto look = [&](std::uint32_t at) {
    e.w(0x140, 1ull << 63 | static_cast<std::uint64_t>(at & ~3u) << 32 | 0xFFull << 16);
  };
  e.w(0x600, 3ull << 28).w(0x808, 0xD000000000000000);
  e.w(0x100, 0x07F8000000000000).w(0x168, rtt | 1ull << 63).w(0x188, peltv | 1ull << 63);
  e.w(0x150, ivt | 0x800 | 1ull << 63).w(0x158, 0);
  e.w(0x190, m.info.phb[0].mmio32_base).w(0x198, ~0x7FFFFFFFull).w(0x1A0, 0x80000000);
  e.w(0x1A8, pest | 1ull << 63).w(0x1F0, 0).w(0x1F8, 0x0004000000000000);
  e.w(0x160, 0x2000000000000000).w(0x160, 0x0082800000000000);
  e.w(0x220, 0x8002000000000000);
  for (int i = 0; i < 8; ++i) e.w(0x228, 0x000000FF00000000);
  e.table(6, 8).table(9, 512).table(16, 16).table(17, 256);
  e.w(0x208, 1ull << 63).w(0x2A0, 1ull << 63).w(0x210, 1ull << 63);
  e.table(4, 32);
  for (std::uint64_t pe = 0; pe < 256; ++pe) e.entry(7, pe, 0).entry(8, pe, 0);
  e.table(20, 4);
  for (std::uint32_t i = 0; i < 6; ++i) e.w(0x680 + 8 * i, kOnes);
  e.w(0x548, kOnes);
  config(0x18, 0x00FF0100, 4);
  config(0x1C, 0x0010, 2);
  config(0x20, 0x10, 4);
  config(0x24, 0x10, 4);
  config(0x3E, 0x2, 2);
  look(0x06), look(0x34), look(0x48);
  config(0x52, 0xF, 2);
  config(0x50, 0xF, 2);
  config(0x64, 0x17, 2);
  config(0x70, 0x2F, 2);
  look(0x100);
  config(0x104, ~0u, 4);
  config(0x108, 0x0008D000, 4);
  config(0x10C, 0x00072030, 4);
  config(0x110, ~0u, 4);
  config(0x114, 0x2001, 4);
  look(0x118);
  config(0x118, 0x140, 4);
  config(0x12C, 0x7, 4);
  config(0x130, ~0u, 4);
  e.w(0x410, kOnes).w(0x418, 0x5000000000000000).w(0x420, 0xFCC0000000000000).w(0x540, 0x8588007000000000);
  e.w(0x548, 0xFFDFFFFFFFFFFFFF).w(0x550, 0x5039000000000000).w(0x558, 0xAD42800000000000).w(0x560, kOnes);
  e.w(0x810, 0xF3A80EDB00000000);
  e.w(0xC18, kOnes);
  e.block(0xC80, kOnes, 0x0000000080800000, 0xFFFFFFDD0C00FFC0);
  e.w(0xD00, kOnes).w(0xD08, 0).w(0xD18, 0xFDFFFFFFFFBFFFFF).w(0xD28, 0x0000420800000000).w(0xD30, 0x9CF3BC00F89C700F);
  e.w(0xD40, 0).w(0xD48, 0).w(0xD50, 0x400000).w(0xD58, 0x400000);
  e.block(0xD80, kOnes, 0xC00003A901006000, 0x3FFF5452FE019FDE);
  e.block(0xE00, kOnes, 0x0000600000000060, 0xFCFF80FBFF7FF08C);
  e.w(0xC00, 0).w(0xC30, kOnes).w(0xC38, kOnes).w(0xC40, 0);
  config(0x04, 0x146, 2);
  config(0x06, 0xF800, 2);
  e.w(0xCA0, 0x0000002280B80000).w(0xD20, 0x600C42FC042080F0).w(0xDA0, 0xC000A3A901826020).w(0xE20, 0x0000600000800070);
  e.w(0xC18, 0x42498E367F502EAE).w(0x218, 0xF000000000000000).w(0x878, 0x1715152016200000).w(0x880, 0x2320D71600000000);
  compare(m.writes(), e.list);
}

// --- Polls end ---------------------------------------------------------------------------------

TEST_CASE("firmware: a link core that stays in reset is looked at 200 times, 1 ms apart") {
  FakeMachine m(4);
  m.dlp_reset_ends = false;
  CHECK(m.run() == 1);
  const auto looks = std::count_if(m.accesses[0].begin(), m.accesses[0].end(),
                                   [](const Access& a) { return a.offset == 0x1A40; });
  CHECK(looks == 200);
  CHECK(m.console.find("FAIL bring-up") != std::string::npos);
}

TEST_CASE("firmware: no card is no error, and takes 100 looks, 10 ms apart") {
  FakeMachine m(4);
  m.link = false;
  CHECK(m.run() == 0);
  CHECK(m.console.find("PHB0: no link") != std::string::npos);
  const auto looks = std::count_if(m.accesses[0].begin(), m.accesses[0].end(),
                                   [](const Access& a) { return a.offset == 0x1A40; });
  CHECK(looks == 1 + 101);
  CHECK(m.now_us > 1000000);
  CHECK(m.now_us < 1200000);
}

TEST_CASE("firmware: a link that does not train is tried four times more, the last at Gen1") {
  FakeMachine m(4);
  m.on_read = [](std::uint32_t offset, std::uint64_t& v) {
    v = 0x100000000000;  // presence only
    return offset == 0x1A40;
  };
  CHECK(m.run() == 0);
  std::vector<std::uint64_t> speeds;
  unsigned released = 0;
  std::uint64_t before = 0;
  for (const Access& a : m.writes()) {
    if (a.offset == 0x1A00) speeds.push_back(a.value >> 28 & 0xF);
    if (a.offset != 0x1A10) continue;
    released += (a.value >> 60 & 1) != 0 && (before >> 60 & 1) == 0;
    before = a.value;
  }
  CHECK(speeds == std::vector<std::uint64_t>{3, 1});
  CHECK(released == 5);
}

TEST_CASE("firmware: a busy kill is waited for, without an end") {
  FakeMachine m(4);
  m.kill_busy = 1000;
  m.info.flags |= BOOT_FLAG_NO_LINK;
  CHECK(m.run() == 0);
  const auto looks = std::count_if(m.accesses[0].begin(), m.accesses[0].end(), [](const Access& a) {
    return a.kind == Access::Kind::Read && a.offset == 0x888;
  });
  CHECK(looks == 1001);
}

TEST_CASE("firmware: a PHB that reads as ones is fenced, and the firmware does not hang on it") {
  FakeMachine m(4);
  bool fenced = false;
  m.on_read = [&](std::uint32_t offset, std::uint64_t& v) {
    if (offset == 0x888) fenced = true;
    v = ~0ull;
    return fenced;
  };
  CHECK(m.run() == 1);
  CHECK(m.console.find("PHB0: fenced") != std::string::npos);
}

TEST_CASE("firmware: wrong boot information is told, and nothing is touched") {
  FakeMachine m(4);
  m.info.version = 7;
  CHECK(m.run() == 1);
  CHECK(m.console.find("FAIL boot information of another version") != std::string::npos);
  CHECK(m.accesses[0].empty());
  CHECK(m.scoms.empty());
  FakeMachine other(4);
  other.info.magic = 1;
  CHECK(other.run() == 2);
}
