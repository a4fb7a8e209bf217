// SPDX-License-Identifier: Apache-2.0
/// Programs of a few words on the PowerNV machine, and its parts. Stock skiboot on it: tests/skiboot.
#include "platform/firmware/powernv.hpp"

#include "models/base/check.hpp"
#include "models/base/endian.hpp"
#include "platform/firmware/powernv_map.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::firmware {
namespace {

using arch::ppc64::StopReason;
using Words32 = std::vector<std::uint32_t>;

/// An image whose code at the entry are these words.
std::vector<unsigned char> image(const Words32& words) {
  std::vector<unsigned char> bytes(powernv::kImageEntry + 4 * words.size());
  for (std::size_t i = 0; i < words.size(); ++i) store_be32(bytes.data() + powernv::kImageEntry + 4 * i, words[i]);
  return bytes;
}

constexpr std::uint32_t kAttn = 0x00000200;
constexpr std::uint32_t kLdR5 = 0xe8a40000;   // ld r5, 0(r4)
constexpr std::uint32_t kLbzR5 = 0x88a40000;
constexpr std::uint32_t kStbR5 = 0x98a40000;
constexpr std::uint32_t kMfhmer = 0x7cd052a6;  // mfspr r6, HMER
constexpr std::uint32_t kMftb = 0x7cec42a6;    // mftb r7
constexpr std::uint32_t kNop = 0x60000000;

struct Small {
  explicit Small(const Words32& words, const PowerNvOptions& options = {}) : machine(options, image(words)) {}
  PowerNv::End run(std::uint64_t r4 = 0, std::uint64_t r5 = 0) {
    machine.core().state().gpr[4] = r4;
    machine.core().state().gpr[5] = r5;
    return machine.run(1000);
  }
  std::uint64_t gpr(unsigned n) { return machine.core().state().gpr[n]; }
  PowerNv machine;
};

constexpr RealAddr kXscom = 0x000603fc00000000ull;
constexpr std::uint64_t kDone = 1ull << 54, kFail = 1ull << 55;

std::string error_of(const PowerNvOptions& options, std::size_t bytes = 64) {
  try {
    PowerNv(options, std::vector<unsigned char>(bytes));
  } catch (const UserError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("powernv: firmware starts at 0x10 with the tree in r3") {
  Small s({kAttn});
  CHECK(s.machine.core().state().nip == 0x10);
  CHECK(s.gpr(3) == powernv::kDeviceTree);
  unsigned char magic[4];
  s.machine.memory().read(powernv::kDeviceTree, magic, 4);
  CHECK(load_be32(magic) == 0xd00dfeed);
  const auto end = s.run();
  CHECK(end.stop.reason == StopReason::Attention);
  CHECK(end.stop.pc == 0x10);
  CHECK_FALSE(end.payload);
  CHECK(s.machine.payload_tree() == nullptr);
}

TEST_CASE("powernv: attn in the payload is the end") {
  Small s({0x3c002000, 0x7c0903a6, 0x4e800420});  // lis r0, 0x2000; mtctr; bctr
  const auto end = s.run();
  CHECK(end.payload);
  CHECK(end.text == "the payload was entered");
  const auto tree = s.machine.payload_tree();  // r3 is still ours
  REQUIRE(tree != nullptr);
  CHECK(tree->property("compatible") != nullptr);
}

TEST_CASE("powernv: SCOM accesses tell in HMER what came of them") {
  const auto [scom, fails, value] =
      GENERATE(table<std::uint64_t, bool, std::uint64_t>({{0xf000f, false, 0x202d104980000000ull},  // chip id
                                                          {0x200f010d, true, ~0ull},                 // nobody
                                                          {0xd000009, false, 0x0800000000000000ull}}));  // PEC0 CONF1
  Small s({kLdR5, kMfhmer, kAttn});
  s.run(kXscom + 8 * scom);
  CAPTURE(scom);
  CHECK(s.gpr(5) == value);
  CHECK((s.gpr(6) & (kDone | kFail)) == (fails ? kDone | kFail : kDone));
  CHECK((s.gpr(6) >> 40 & 7) == (fails ? 4u : 0u));
  CHECK(s.machine.unanswered().size() == (fails ? 1u : 0u));
}

TEST_CASE("powernv: a register BAR opens the PHB, a closed one is a machine check") {
  constexpr RealAddr kPhb = 0x000600c3c0000000ull;
  constexpr std::uint64_t kPhbBar = 0x4010c40 + 0x12, kBarEnable = 0x4010c40 + 0x14;
  constexpr std::uint64_t kPhbEnable = 1ull << 61;
  Small closed({kLdR5, kAttn});
  closed.run(kPhb + 0x800);
  CHECK(closed.machine.unanswered().count("read 0x600c3c0000800") == 1);
  CHECK(closed.gpr(5) == 0);
  Small open({kLdR5, kAttn});
  open.machine.scom().write(kPhbBar, kPhb << 8);
  open.machine.scom().write(kBarEnable, kPhbEnable);
  const auto end = open.run(kPhb + 0x800);
  CHECK(end.stop.reason == StopReason::Attention);
  CHECK(end.stop.pc == 0x14);
  CHECK(open.gpr(5) == 0x000000a400000002ull);
  CHECK(open.machine.unanswered().empty());
}

TEST_CASE("powernv: ESB pages of a PHB, one for each source") {
  constexpr RealAddr kEsb = 0x000600c300000000ull;
  const bool large = GENERATE(true, false);
  const unsigned shift = large ? 16 : 12;
  // Loads: set PQ of source 5 to 10; then ask source 5 and source 4.
  Small s({kLdR5, 0xe8c70000, 0xe9080000, kAttn});  // ld r5, 0(r4); ld r6, 0(r7); ld r8, 0(r8)
  s.machine.scom().write(0x4010c40 + 0x13, kEsb << 8);
  s.machine.scom().write(0x4010c40 + 0x14, 1ull << 60);
  s.machine.phb(0).set_reg(arch::Reg::Ctrlr, large ? arch::kCtrlrEsb64K : 0);
  s.machine.core().state().gpr[7] = kEsb + (5ull << shift) + 0x800;
  s.machine.core().state().gpr[8] = kEsb + (4ull << shift) + 0x800;
  s.run(kEsb + (5ull << shift) + 0xe00);
  CHECK(s.gpr(6) == 2);
  CHECK(s.gpr(8) == s.gpr(5));  // as 5 was before
  CHECK(s.machine.unanswered().empty());
}

TEST_CASE("powernv: the UART is the console") {
  Small s({kStbR5, kStbR5, kAttn});
  s.run(powernv::kLpc + 0xd00103f8, 'x');
  CHECK(s.machine.console() == "xx");
  Small t({kLbzR5, kAttn});
  t.run(powernv::kLpc + 0xd00103fd);
  CHECK(t.gpr(5) == 0x60);  // it can always send
  Small u({kLbzR5, kAttn});
  u.run(powernv::kLpc + 0xd0010070);
  CHECK(u.gpr(5) == 0xff);  // no such port
}

TEST_CASE("powernv: the time base advances by the option") {
  const unsigned ticks = GENERATE(1u, 7u);
  PowerNvOptions o;
  o.ticks_per_instruction = ticks;
  Small s({kNop, kNop, kMftb, kNop, kAttn}, o);
  s.run();
  CHECK(s.gpr(7) >= 2 * ticks);
  CHECK(s.gpr(7) <= 3 * ticks);
  CHECK(s.machine.now() == 4 * ticks);
}

TEST_CASE("powernv: links have the lanes of their controllers") {
  const PowerNv machine({}, image({kAttn}));
  const unsigned expected[] = {16, 8, 8, 8, 4, 4};
  for (unsigned i = 0; i < kPowerNvPhbs; ++i)
    CHECK(const_cast<PowerNv&>(machine).phb(i).options().link_width == expected[i]);
}

TEST_CASE("powernv: options and images out of range are named") {
  PowerNvOptions o;
  o.memory_bytes = kGiB - kMiB;
  CHECK(error_of(o).find("memory_bytes is 1072693248, must be 1 GiB to 64 GiB") != std::string::npos);
  o = {};
  o.ticks_per_instruction = 4097;
  CHECK(error_of(o).find("ticks_per_instruction is 4097, must be 1 to 4096") != std::string::npos);
  o = {};
  o.cards = {6};
  CHECK(error_of(o).find("cards is 6, must be PHBs, 0 to 5") != std::string::npos);
  CHECK(error_of({}, 0).find("has 0 bytes") != std::string::npos);
  CHECK(error_of({}, (16 << 20) + 1).find("has 16777217 bytes") != std::string::npos);
}

TEST_CASE("powernv: words are big-endian in memory order") {
  powernv::Words w;
  w.write(0x100, 8, 0x0123456789abcdefull);
  CHECK(w.read(0x100, 1) == 0x01);
  CHECK(w.read(0x107, 1) == 0xef);
  CHECK(w.read(0x102, 2) == 0x4567);
  CHECK(w.read(0x104, 4) == 0x89abcdef);
  w.write(0x103, 1, 0xff);
  CHECK(w.read(0x100, 8) == 0x012345ff89abcdefull);
  CHECK(w.read(0x108, 8) == 0);
}

TEST_CASE("powernv: UART registers") {
  powernv::Uart u;
  u.write(3, 0x83);  // divisor latch
  u.write(0, 0x0c);
  CHECK(u.read(0) == 0x0c);
  CHECK(u.output().empty());
  u.write(3, 0x03);
  CHECK(u.read(0) == 0);
  u.write(1, 0xff);
  CHECK(u.read(1) == 0x0f);
  u.write(7, 0x5a);
  CHECK(u.read(7) == 0x5a);
  CHECK(u.read(2) == 1);
  u.write(0, 'A');
  CHECK(u.output() == "A");
}

TEST_CASE("powernv: cache watches of the XIVE reach tables in memory") {
  powernv::Ram ram(kGiB);
  powernv::Xive x(ram);
  // Queues of block 0 through pages of 64 KiB, whose second one lies at 0x300000; entry 2048 + 3 of 32 bytes.
  ram.write_be64(0x200000, 0x8000000000000000ull | 0x280000 | 4);
  ram.write_be64(0x200008, 0x8000000000000000ull | 0x300000 | 4);
  x.write(0x808, 8, 2ull << 48);
  x.write(0x810, 8, 0x8000000000000000ull | 0x200000 | 0x80 | 4);
  ram.write_be64(0x300000 + 3 * 32 + 8, 0x1234);
  x.write(0x928, 8, 2048 + 3);
  CHECK(x.read(0x938, 8) == 0x1234);
  x.write(0x948, 8, 4);
  x.write(0x938, 8, 2);
  CHECK(ram.read_be64(0x300000 + 3 * 32 + 8) == 0x1234);  // not before the first word
  x.write(0x930, 8, 1);
  CHECK(ram.read_be64(0x300000 + 3 * 32) == 1);
  CHECK(ram.read_be64(0x300000 + 3 * 32 + 8) == 2);
  CHECK(ram.read_be64(0x300000 + 3 * 32 + 24) == 4);
  CHECK(ram.read_be64(0x300000 + 4 * 32) == 0);
  // Threads: a direct table of 64-byte entries, block 5.
  x.write(0x488, 8, 3ull << 48 | 5ull << 32);
  x.write(0x490, 8, 0x8000000000000000ull | 0x400000 | 4);
  x.write(0x738, 8, 5ull << 32 | 2);
  x.write(0x778, 8, 8);
  x.write(0x740, 8, 7);
  CHECK(ram.read_be64(0x400000 + 2 * 64) == 7);
  CHECK(ram.read_be64(0x400000 + 2 * 64 + 56) == 8);
}

TEST_CASE("powernv: a card is device 0 of its link's bus, while the link is up") {
  using arch::ConfigStatus;
  arch::PhbState phb(arch::Generation::Phb4, arch::PhbSize::Big);
  powernv::Ram ram(kGiB);
  powernv::Card card(phb, ram);
  CHECK(card.read_config(0x100, 0, 2).status == ConfigStatus::UnsupportedRequest);
  phb.link().hold_up();
  phb.link_changed();
  const auto set_buses = [&phb](unsigned secondary) {
    phb.write(arch::kRcConfigOffset + 0x18, 4, secondary << 16 | 0xff00, arch::Path::Scom);
  };
  set_buses(1);
  CHECK(card.read_config(0x100, 0, 2).status == ConfigStatus::Good);
  CHECK(card.read_config(0x100, 0, 2).value == 0x8086);
  for (const Rid other : {Rid{0x108}, Rid{0x101}, Rid{0x200}, Rid{0x000}}) {
    CAPTURE(other);
    CHECK(card.read_config(other, 0, 2).status == ConfigStatus::UnsupportedRequest);
    CHECK(card.write_config(other, 4, 2, 2).status == ConfigStatus::UnsupportedRequest);
  }
  set_buses(7);
  CHECK(card.read_config(0x100, 0, 2).status == ConfigStatus::UnsupportedRequest);
  CHECK(card.read_config(0x700, 0, 2).status == ConfigStatus::Good);
  // Its BAR, little-endian numbers; closed until memory space is on.
  card.write_config(0x700, 0x10, 4, 0x80000000);
  CHECK(!card.read(0x80000000, 4));
  card.write_config(0x700, 4, 2, 2);
  CHECK(card.read(0x80000000, 4));
  CHECK(card.write(0x80000000, 4, 0));
  CHECK(!card.read(0x80000000 + arch::ioat::kBarBytes, 4));
  CHECK(!card.read(0x80000000 - 4, 4));
}

TEST_CASE("powernv: operations of the XIVE are done at once") {
  powernv::Ram ram(kGiB);
  powernv::Xive x(ram);
  x.write(0x910, 8, ~0ull);
  CHECK(x.read(0x910, 8) == ~0ull >> 1);
  CHECK(x.read(0x920, 8) == 0xf8000000);
  x.write(0x448, 8, 0xf0);
  x.write(0x450, 8, 0x30);
  CHECK(x.read(0x440, 8) == 0xc0);
  CHECK(x.read(0x460, 8) == 0);
}

}  // namespace phbsim::firmware
