// SPDX-License-Identifier: Apache-2.0
#include "models/arch/tce_kill.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

const GenerationFacts& kFacts3 = facts_of(Generation::Phb3, PhbSize::Big);
const GenerationFacts& kFacts4 = facts_of(Generation::Phb4, PhbSize::Big);

}  // namespace

TEST_CASE("The kill words of the reference's examples are produced") {
  CHECK(encode_kill_all() == 0x8000000000000000ull);
  CHECK(encode_kill_pe(5) == 0x4000000000000005ull);
  CHECK(encode_kill_one(5, 0x800030000ull, 16, kFacts4) == 0x3000000800031005ull);
}

TEST_CASE("A page kill carries its page size from PHB4 on") {
  struct Row {
    unsigned page_shift;
    std::uint64_t select;
  };
  const BusAddr addr = (1ull << 59) | 0x0123456789ABCDEFull;
  for (const Row& r : {Row{12, 0}, Row{16, 0x1000000000001000ull}, Row{21, 0x1000000000002000ull},
                       Row{30, 0x1000000000003000ull}}) {
    INFO(r.page_shift);
    const BusAddr page = addr & ~low_mask(r.page_shift);
    const std::uint64_t word = encode_kill_one(0x1FE, page, r.page_shift, kFacts4);
    CHECK(word == (0x2000000000000000ull | r.select | (page & 0x0FFFFFFFFFFFF000ull) | 0x1FE));
    const TceKill kill = decode_kill(word, kFacts4);
    CHECK(kill.kind == TceKill::Kind::One);
    CHECK(kill.pe == 0x1FE);
    CHECK(kill.page_shift == r.page_shift);
    CHECK(kill.addr == page);
  }
}

TEST_CASE("A page kill of any address inside the page kills that page") {
  std::mt19937_64 random(9);
  for (int i = 0; i < 2000; ++i) {
    const BusAddr addr = random() & low_mask(60);
    const unsigned page_shift = kFacts4.page_shifts[random() % 4];
    const auto pe = static_cast<PeNumber>(random() % 512);
    const TceKill kill = decode_kill(encode_kill_one(pe, addr, page_shift, kFacts4), kFacts4);
    if (kill.kind != TceKill::Kind::One || kill.pe != pe || kill.page_shift != page_shift ||
        kill.addr != (addr & ~low_mask(page_shift))) {
      FAIL("address " << addr << ", page shift " << page_shift);
    }
  }
}

TEST_CASE("A PHB3 page kill has no page size and eight bits of PE") {
  const std::uint64_t word = encode_kill_one(0x105, 0x30000, 16, kFacts3);
  CHECK(word == 0x2000000000030005ull);
  const TceKill kill = decode_kill(0x3000000000033105ull, kFacts3);
  CHECK(kill.kind == TceKill::Kind::One);
  CHECK(kill.page_shift == 0);
  CHECK(kill.addr == 0x33000);
  CHECK(kill.pe == 5);
  CHECK(decode_kill(0x4000000000000105ull, kFacts4).pe == 0x105);
}

TEST_CASE("The widest of several kill commands wins and no command is none") {
  CHECK(decode_kill(0xE000000000000005ull, kFacts4).kind == TceKill::Kind::All);
  CHECK(decode_kill(0x6000000000000005ull, kFacts4).kind == TceKill::Kind::Pe);
  CHECK(decode_kill(0x2000000000000005ull, kFacts4).kind == TceKill::Kind::One);
  CHECK(decode_kill(0x1000000000001005ull, kFacts4).kind == TceKill::Kind::None);
  CHECK((kKillCommands & ~0xE000000000000000ull) == 0);
  CHECK(kKillCommands == 0xE000000000000000ull);
}
