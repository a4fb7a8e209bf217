// SPDX-License-Identifier: Apache-2.0
#include "models/arch/root_complex.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

constexpr Generation kGenerationList[] = {Generation::Phb3, Generation::Phb4, Generation::Phb5};

LinkCapability port_of(Generation g) { return {3 + static_cast<unsigned>(g), 16}; }

struct Bench {
  explicit Bench(Generation g = Generation::Phb4) : link(g, port_of(g)), rc(g, link) {}

  void train(const LinkCapability& device) {
    link.plug(device);
    link.write_reset(link_free);
    link.elapse(kPsPerS);
    REQUIRE(link.link_active());
  }

  static constexpr std::uint64_t link_free = 0x1800000000000000ull;
  LinkTraining link;
  RootComplex rc;
};

/// Bits that are not stored but follow the link, the slot or a retrain.
std::uint32_t derived(const ConfigRow& r) {
  switch (r.offset) {
    case rc::kExpressFlags:
      return rc::kSlotImplemented;
    case rc::kLinkCap:
    case rc::kLinkCap2:
      return ~0u;
    case rc::kLinkStatus:
      return 0x3FFF;
    case rc::kSlotStatus:
      return rc::kPresence;
    default:
      return 0;
  }
}

}  // namespace

TEST_CASE("The root port is a PCI Express bridge of its generation") {
  const std::pair<Generation, std::uint32_t> ids[] = {
      {Generation::Phb3, 0x03DC1014}, {Generation::Phb4, 0x04C11014}, {Generation::Phb5, 0x06521014}};
  for (const auto& [g, id] : ids) {
    Bench b(g);
    CHECK(b.rc.read(0x00, 4) == id);
    CHECK(b.rc.read(0x08, 4) == 0x06040000);
    CHECK(b.rc.read(0x0E, 1) == 1);
    CHECK(b.rc.read(0x4C, 4) == 0x8022);
    CHECK(b.rc.read(0x50, 2) == 0x0140);
    CHECK(b.rc.read(0x58, 2) == 0x0008);
    CHECK(b.rc.read(0x5A, 2) == 0x0001);
    CHECK(b.rc.read(0x54, 4) == (0x00100100u | (3 + static_cast<unsigned>(g))));
  }
  CHECK(Bench(Generation::Phb5).rc.read(0x54, 4) == 0x00100105);
  CHECK(Bench(Generation::Phb4).rc.read(0x74, 4) == 0x1E);
}

TEST_CASE("Capabilities form lists that end, PM, Express at 0x48 and AER at 0x100 among them") {
  for (Generation g : kGenerationList) {
    Bench b(g);
    CHECK((b.rc.read(0x06, 2) & 0x10) != 0);
    std::vector<std::pair<unsigned, unsigned>> seen;
    for (unsigned at = b.rc.read(0x34, 1); at != 0 && seen.size() < 48; at = b.rc.read(at + 1, 1))
      seen.emplace_back(b.rc.read(at, 1), at);
    CHECK(seen == std::vector<std::pair<unsigned, unsigned>>{{0x10, 0x48}, {0x01, 0x40}});
    seen.clear();
    for (unsigned at = 0x100; at != 0 && seen.size() < 48; at = b.rc.read(at, 4) >> 20)
      seen.emplace_back(b.rc.read(at, 2), at);
    std::vector<std::pair<unsigned, unsigned>> expected{{0x01, 0x100}, {0x19, 0x148}};
    if (g != Generation::Phb3) expected.emplace_back(0x26, 0x174);
    CHECK(seen == expected);
  }
}

TEST_CASE("Every register obeys its row, whatever the size of the access") {
  for (Generation g : kGenerationList) {
    for (const ConfigRow& r : rows::kRootConfig) {
      if (!r.exists_in(g)) continue;
      INFO(r.name << " of generation " << static_cast<unsigned>(g));
      const auto all = static_cast<std::uint32_t>(low_mask(8u * r.bytes));
      const std::uint32_t judged = all & ~derived(r);
      const auto read = [&](RootComplex& c) {
        std::uint32_t v = 0;
        for (unsigned i = 0; i < r.bytes; ++i) v |= c.read(r.offset + i, 1) << (8 * i);
        CHECK(c.read(r.offset, r.bytes) == v);
        return v & judged;
      };
      const auto write = [&](RootComplex& c, std::uint32_t v, bool bytewise) {
        if (!bytewise) return c.write(r.offset, r.bytes, v);
        for (unsigned i = 0; i < r.bytes; ++i) c.write(r.offset + i, 1, v >> (8 * i) & 0xFF);
      };
      for (const bool bytewise : {false, true}) {
        Bench b(g);
        CHECK(read(b.rc) == (r.reset & judged));
        for (const std::uint32_t v : {~0u, 0u, 0xA5A5A5A5u, 0x5A5A5A5Au}) {
          const std::uint32_t before = read(b.rc);
          write(b.rc, v & all, bytewise);
          CHECK(read(b.rc) == (((before & ~r.writable & ~(v & r.w1c)) | (v & r.writable)) & judged));
        }
        write(b.rc, all, bytewise);
        const std::uint32_t before = read(b.rc);
        b.rc.reset(ResetKind::Warm);
        CHECK(read(b.rc) == (((before & r.sticky) | (r.reset & ~r.sticky)) & judged));
        write(b.rc, all, bytewise);
        b.rc.reset(ResetKind::PowerOn);
        CHECK(read(b.rc) == (r.reset & judged));
      }
    }
  }
}

TEST_CASE("A write of four bytes reaches both registers in them and no neighbour") {
  Bench b;
  b.rc.write(0x18, 4, 0x55FF0100);
  CHECK(b.rc.read(0x18, 1) == 0);
  CHECK(b.rc.read(0x19, 1) == 1);
  CHECK(b.rc.read(0x1A, 1) == 0xFF);
  CHECK(b.rc.read(0x18, 4) == 0x00FF0100);
  CHECK(b.rc.read(0x1C, 4) == 0);
  b.rc.write(0x1A, 1, 0x20);
  CHECK(b.rc.read(0x18, 4) == 0x00200100);
  CHECK(b.rc.read(0x1A, 2) == 0x0020);
}

TEST_CASE("An access of a wrong shape reads all ones and writes nothing") {
  Bench b;
  for (const auto& [offset, bytes] : {std::make_pair(0x19u, 2u), {0x1Au, 4u}, {0x18u, 8u}, {0x18u, 0u}, {0x18u, 3u},
                                      {0x1000u, 4u}, {~3u, 4u}}) {
    b.rc.write(offset, bytes, 0x01010101);
    CHECK(b.rc.read(offset, bytes) == ~0u);
  }
  CHECK(b.rc.read(0x18, 4) == 0);
  CHECK(b.rc.read(0x200, 4) == 0);
  b.rc.write(0x200, 4, ~0u);
  CHECK(b.rc.read(0x200, 4) == 0);
}

TEST_CASE("Bridge windows are hard-wired") {
  Bench b;
  for (unsigned offset = 0x20; offset < 0x34; offset += 4) {
    const std::uint32_t v = b.rc.read(offset, 4);
    b.rc.write(offset, 4, 0x12345678);
    CHECK(b.rc.read(offset, 4) == v);
  }
}

TEST_CASE("Link status follows the link") {
  Bench b;
  CHECK((b.rc.read(0x5A, 2) & rc::kLinkActive) == 0);
  b.link.plug({4, 16});
  b.link.write_reset(Bench::link_free);
  b.link.elapse(20 * kPsPerMs);
  CHECK(b.rc.read(0x5A, 2) == (rc::kLinkTraining | 3));
  b.link.elapse(kPsPerS);
  CHECK(b.rc.read(0x5A, 2) == 0x2104);
  Bench narrow;
  narrow.train({3, 8});
  CHECK(narrow.rc.read(0x5A, 2) == 0x2083);
  CHECK(narrow.rc.read(0x5A, 1) == 0x83);
  CHECK(narrow.rc.read(0x5B, 1) == 0x20);
}

TEST_CASE("Capable speed is the one that SCR allows") {
  Bench b;
  b.link.set_speed_limit(1);
  CHECK(b.rc.read(0x54, 4) == 0x00100101);
  CHECK(b.rc.read(0x74, 4) == 0x2);
}

TEST_CASE("Secondary bus reset and link disable hold the link down") {
  for (const auto& [offset, bit] : {std::make_pair(0x3Eu, 0x40u), {0x58u, 0x10u}}) {
    Bench b;
    b.train({4, 16});
    const std::uint32_t old = b.rc.read(offset, 2);
    b.rc.write(offset, 2, old | bit);
    CHECK(b.rc.read(offset, 2) == (old | bit));
    CHECK((b.rc.read(0x5A, 2) & rc::kLinkActive) == 0);
    CHECK(b.link.state() == (offset == 0x3E ? LinkState::HotReset : LinkState::Disabled));
    b.link.elapse(kPsPerS);
    CHECK(!b.link.link_active());
    b.rc.write(offset, 2, old);
    b.link.elapse(87 * kPsPerMs);
    CHECK(b.link.link_active());
  }
}

TEST_CASE("A configuration reset releases what it held") {
  Bench b;
  b.train({4, 16});
  b.rc.write(0x3E, 2, 0x40);
  b.rc.write(0x58, 2, 0x18);
  b.rc.reset(ResetKind::Warm);
  CHECK(b.rc.read(0x3E, 2) == 0);
  b.link.elapse(87 * kPsPerMs);
  CHECK(b.link.link_active());
}

TEST_CASE("Retrain is a pulse; with the target speed it changes the link's speed") {
  Bench b;
  b.train({4, 16});
  b.rc.write(0x78, 2, 0x0001);
  CHECK(b.link.speed() == 4);
  b.rc.write(0x58, 2, 0x0028);
  CHECK(b.rc.read(0x58, 2) == 0x0008);
  CHECK((b.rc.read(0x5A, 2) & rc::kLinkTraining) != 0);
  b.link.elapse(LinkTimes{}.retrain);
  CHECK(b.rc.read(0x5A, 2) == 0x2101);
  // In the upper byte of a word that begins before it, the same bit is no retrain.
  b.rc.write(0x5A, 2, 0x2020);
  CHECK(!b.link.training());
  b.rc.write(0x58, 1, 0x28);
  CHECK(b.link.training());
}

TEST_CASE("Slot status tells of presence and of changes") {
  Bench b;
  CHECK((b.rc.read(0x4A, 2) & rc::kSlotImplemented) == 0);
  b.rc.set_slot(true);
  CHECK((b.rc.read(0x4A, 2) & rc::kSlotImplemented) != 0);
  CHECK(b.rc.read(0x62, 2) == 0);
  b.train({4, 16});
  CHECK(b.rc.read(0x62, 2) == (rc::kPresence | rc::kPresenceChanged | rc::kLinkChanged));
  b.rc.write(0x62, 2, rc::kPresenceChanged);
  CHECK(b.rc.read(0x62, 2) == (rc::kPresence | rc::kLinkChanged));
  b.link.unplug();
  b.rc.write(0x62, 2, 0x011F);
  CHECK(b.rc.read(0x62, 2) == 0);
}

TEST_CASE("Bus numbers decide what goes down the link") {
  Bench b;
  CHECK(!b.rc.forwards(1));
  b.rc.write(0x18, 4, 0x00100200);
  CHECK(!b.rc.forwards(0));
  CHECK(!b.rc.forwards(1));
  CHECK(b.rc.forwards(2));
  CHECK(b.rc.forwards(0x10));
  CHECK(!b.rc.forwards(0x11));
}

TEST_CASE("Errors are recorded as AER defines, and a one clears exactly its bit") {
  Bench b;
  b.rc.report_correctable(0, 0x0100);
  b.rc.report_correctable(13, 0x0200);  // masked after reset
  CHECK(b.rc.read(0x110, 4) == 0x2001);
  CHECK(b.rc.read(0x130, 4) == 0x1);
  CHECK(b.rc.read(0x134, 4) == 0x0100);
  b.rc.report_correctable(0, 0x0300);
  CHECK(b.rc.read(0x130, 4) == 0x3);
  CHECK(b.rc.read(0x134, 4) == 0x0100);
  b.rc.report_uncorrectable(20, 0x0400);  // unsupported request: not fatal
  CHECK(b.rc.read(0x118, 4) == (0xA0u | 20));
  b.rc.report_uncorrectable(18, 0x0500);  // malformed: fatal
  CHECK(b.rc.read(0x118, 4) == (0xA0u | 20));
  CHECK(b.rc.read(0x104, 4) == (1u << 20 | 1u << 18));
  CHECK(b.rc.read(0x130, 4) == 0x6F);
  CHECK(b.rc.read(0x134, 4) == 0x04000100);
  CHECK(b.rc.read(0x52, 2) == 0x7);
  b.rc.write(0x104, 4, 1u << 20);
  CHECK(b.rc.read(0x104, 4) == 1u << 18);
  b.rc.write(0x130, 4, 0x8);
  CHECK(b.rc.read(0x130, 4) == 0x67);
  b.rc.write(0x52, 2, 0x2);
  CHECK(b.rc.read(0x52, 2) == 0x5);
  b.rc.reset(ResetKind::Warm);
  CHECK(b.rc.read(0x104, 4) == 1u << 18);

  Bench masked;
  masked.rc.write(0x108, 4, 0xD000);
  masked.rc.report_uncorrectable(12, 0x0100);
  CHECK(masked.rc.read(0x104, 4) == 0x1000);
  CHECK(masked.rc.read(0x130, 4) == 0);
  CHECK(masked.rc.read(0x118, 4) == 0xA0);
  // The first that is fatal is noted as such.
  Bench fatal;
  fatal.rc.report_uncorrectable(4, 0x0100);
  CHECK(fatal.rc.read(0x130, 4) == 0x54);
}
