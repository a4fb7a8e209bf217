// SPDX-License-Identifier: Apache-2.0
#include "models/arch/outbound.hpp"

#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

/// Tables of one PHB. The words of BAR 0 and of the last BARs are those of the skiboot-p9 trace.
struct Tables {
  explicit Tables(Generation g = Generation::Phb4, PhbSize s = PhbSize::Big)
      : facts(facts_of(g, s)), bars(mmio_bar_words(facts)), segments(facts.max_pes) {
    view.facts = &facts;
    view.bars = bars.data();
    view.segments = segments.data();
    view.m32_start = 0x80000000;
  }
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  void mbt(unsigned bar, std::uint64_t word0, std::uint64_t word1) {
    write_mbt(bars.data(), 2 * bar, word0);
    write_mbt(bars.data(), 2 * bar + 1, word1);
  }
  std::optional<OutboundTarget> decode(RealAddr addr) const { return decode_outbound(view, addr); }

  GenerationFacts facts;
  std::vector<std::uint64_t> bars;
  std::vector<std::uint64_t> segments;
  OutboundView view;
};

OutboundTarget target(BusAddr pci, PeNumber pe, bool is_m32, unsigned bar, std::uint32_t segment) {
  return {pci, pe, is_m32, static_cast<std::uint8_t>(bar), segment};
}

/// M64 BAR: 256 GiB at 6 << 48, mode and divisor as given.
constexpr std::uint64_t kM64Word0 = 0x0006000000000000ull;
constexpr std::uint64_t kM64Word1 = 0x80FFFFC000000000ull;
constexpr RealAddr kM64 = 0x0006000000000000ull;

}  // namespace

TEST_CASE("The valid bit of an MBT BAR is one, whichever word it is written through") {
  std::vector<std::uint64_t> words(64);
  write_mbt(words.data(), 0, 0x500600C000000000ull);
  CHECK(words[0] == 0x500600C000000000ull);
  CHECK(words[1] == 0);
  write_mbt(words.data(), 1, 0x80FFFFFF80000000ull);
  CHECK(words[0] == 0xD00600C000000000ull);
  CHECK(words[1] == 0x80FFFFFF80000000ull);
  write_mbt(words.data(), 0, 0x500600C000000000ull);
  CHECK(words[1] == 0x00FFFFFF80000000ull);
  write_mbt(words.data(), 2, ~0ull);
  CHECK(words[2] == 0xFCFFFFFFFFFFF000ull);
  CHECK(words[3] == 0x8000000000000000ull);
  write_mbt(words.data(), 3, ~0ull);
  CHECK(words[3] == 0x80FFFFFFFFFFF1FFull);
  write_mbt(words.data(), 3, 0);
  CHECK(words[2] == 0x7CFFFFFFFFFFF000ull);
}

TEST_CASE("M32 as firmware sets it up goes through column A to the PCI address of M32_START") {
  Tables t;
  t.mbt(0, 0x500600C000000000ull, 0x80FFFFFF80000000ull);
  for (std::uint64_t pe = 0; pe < 512; ++pe) t.segments[pe] = pe << 48 | 0x123012301230ull;
  // 2 GiB in 512 segments: 4 MiB each.
  CHECK(t.decode(0x000600C000000000ull) == target(0x80000000, 0, true, 0, 0));
  CHECK(t.decode(0x000600C0003FFFFFull) == target(0x803FFFFF, 0, true, 0, 0));
  CHECK(t.decode(0x000600C000400000ull) == target(0x80400000, 1, true, 0, 1));
  CHECK(t.decode(0x000600C07FFFFFFFull) == target(0xFFFFFFFF, 0x1FF, true, 0, 0x1FF));
  CHECK(t.decode(0x000600C080000000ull) == std::nullopt);
  CHECK(t.decode(0x000600BFFFFFFFFFull) == std::nullopt);
  t.segments[1] = 0x0055000000000000ull;
  CHECK(t.decode(0x000600C000400000ull)->pe == 0x55);
  t.view.m32_start = 0xC0000000;
  CHECK(t.decode(0x000600C000400000ull)->pci == 0xC0400000);
  write_mbt(t.bars.data(), 1, 0);
  CHECK(t.decode(0x000600C000000000ull) == std::nullopt);
}

TEST_CASE("Each column of the segment table is 16 bits, A the leftmost") {
  CHECK(mdt_pe(0x000A000B000C000Dull, 0) == 0xA);
  CHECK(mdt_pe(0x000A000B000C000Dull, 3) == 0xD);
  Tables t;
  t.segments[3] = 0x000A000B000C000Dull;
  for (unsigned column = 0; column < 4; ++column) {
    t.mbt(31, 0x1000000000000000ull | std::uint64_t{column} << 58 | kM64Word0, kM64Word1);
    // 256 GiB in 512 segments: 512 MiB each.
    CHECK(t.decode(kM64 + 0x60000000) == target(kM64 + 0x60000000, 0xA + column, false, 31, 3));
  }
}

TEST_CASE("A segment's number is its PE; the divisor says how many segments there are") {
  // Divisor, segments, and the shift of a segment of 256 GiB.
  struct Row {
    unsigned divisor, segments, shift;
  };
  for (const Row& r : {Row{0, 512, 29}, Row{1, 128, 31}, Row{2, 64, 32}, Row{3, 8, 35}}) {
    Tables t;
    t.mbt(5, kM64Word0 | std::uint64_t{r.divisor} << 58, kM64Word1);
    for (unsigned s = 0; s < r.segments; ++s) {
      const RealAddr first = kM64 + (std::uint64_t{s} << r.shift);
      const RealAddr last = first + (1ull << r.shift) - 1;
      CHECK(t.decode(first) == target(first, s, false, 5, s));
      CHECK(t.decode(last) == target(last, s, false, 5, s));
    }
    t.mbt(5, kM64Word0 | std::uint64_t{r.divisor} << 58, kM64Word1 | 0x40);
    CHECK(t.decode(kM64)->pe == 0x40);
    CHECK(t.decode(kM64 + (1ull << r.shift))->pe == 0x41);
    t.mbt(5, kM64Word0 | std::uint64_t{r.divisor} << 58, kM64Word1 | 0x41);
    CHECK(t.decode(kM64 + (1ull << r.shift))->pe == 0x42);
  }
  Tables small(Generation::Phb4, PhbSize::Small);
  small.mbt(0, kM64Word0, kM64Word1);
  CHECK(small.decode(kM64 + 0x3FFFFFFFFFull)->pe == 255);
  CHECK(small.decode(kM64 + (1ull << 30))->pe == 1);
}

TEST_CASE("A single-PE BAR belongs to its PE wholly") {
  Tables t;
  t.mbt(7, kM64Word0 | 0x2000000000000000ull, kM64Word1 | 0x1A5);
  CHECK(t.decode(kM64) == target(kM64, 0x1A5, false, 7, 0));
  CHECK(t.decode(kM64 + 0x3FFFFFFFFFull) == target(kM64 + 0x3FFFFFFFFFull, 0x1A5, false, 7, 0));
  Tables small(Generation::Phb4, PhbSize::Small);
  small.mbt(7, kM64Word0 | 0x2000000000000000ull, kM64Word1 | 0x1A5);
  CHECK(small.decode(kM64)->pe == 0xA5);
}

TEST_CASE("M64 addresses carry the upper bits; M32 addresses do not") {
  Tables t;
  t.mbt(0, 0x500600C000000000ull, 0x80FFFFFF80000000ull);
  t.mbt(1, kM64Word0, kM64Word1);
  t.view.m64_upper = 0x0400000000000000ull;
  CHECK(t.decode(kM64 + 8)->pci == 0x0406000000000008ull);
  CHECK(t.decode(0x000600C000000008ull)->pci == 0x80000008);
}

TEST_CASE("The lowest BAR wins") {
  Tables t;
  t.mbt(9, kM64Word0 | 0x2000000000000000ull, kM64Word1 | 9);
  t.mbt(4, kM64Word0 | 0x2000000000000000ull, 0x80FFFFFFFFFFF000ull | 4);
  CHECK(t.decode(kM64)->bar == 4);
  CHECK(t.decode(kM64 + 0x1000)->bar == 9);
}

TEST_CASE("Small PHBs have 16 BARs, big ones 32") {
  CHECK(mmio_bars(facts_of(Generation::Phb4, PhbSize::Big)) == 32);
  CHECK(mmio_bars(facts_of(Generation::Phb5, PhbSize::Small)) == 16);
  CHECK(mmio_bars(facts_of(Generation::Phb3, PhbSize::Big)) == 16);
  CHECK(mmio_bar_words(facts_of(Generation::Phb3, PhbSize::Big)) == 16);
  CHECK(mmio_bar_words(facts_of(Generation::Phb5, PhbSize::Big)) == 64);
  Tables t(Generation::Phb5, PhbSize::Small);
  t.mbt(15, kM64Word0 | 0x2000000000000000ull, kM64Word1);
  CHECK(t.decode(kM64)->bar == 15);
}

TEST_CASE("PHB3's M32 window has 256 segments with a PE each") {
  Tables t(Generation::Phb3);
  t.view.m32_base = 0x0003FF8000000000ull;
  t.view.m32_mask = 0xFFFFFFFF80000000ull;
  t.segments[2] = 0x0033FFFFFFFFFFFFull;
  CHECK(t.decode(0x0003FF8000000000ull) == std::nullopt);
  t.view.phb_config = 0x0000800000000000ull;
  // 2 GiB / 256: 8 MiB each.
  CHECK(t.decode(0x0003FF8000FFFFFFull) == target(0x80FFFFFF, 0, true, 0, 1));
  CHECK(t.decode(0x0003FF8001000004ull) == target(0x81000004, 0x33, true, 0, 2));
  CHECK(t.decode(0x0003FF8080000000ull) == std::nullopt);
  t.view.m32_mask = 0;
  CHECK(t.decode(0x0003FF8001000004ull) == std::nullopt);
}

TEST_CASE("PHB3's M64 BARs: segmented, PE is the segment") {
  Tables t(Generation::Phb3);
  // 64 GiB at 0x3D000_0000_0000: base >> 20 is 0x3D000000 in 2:31, mask 0x40000000 - 0x10000.
  t.bars[3] = 0x8000000000000000ull | std::uint64_t{0x3D000000} << 32 | 0x3FFF0000;
  CHECK(t.decode(0x0003D00000000000ull) == target(0x0003D00000000000ull, 0, false, 3, 0));
  // 64 GiB / 256: 256 MiB each.
  CHECK(t.decode(0x0003D0001FFFFFFFull) == target(0x0003D0001FFFFFFFull, 1, false, 3, 1));
  CHECK(t.decode(0x0003D00FFFFFFFFFull) == target(0x0003D00FFFFFFFFFull, 255, false, 3, 255));
  CHECK(t.decode(0x0003D01000000000ull) == std::nullopt);
  // Real addresses of this processor end at bit 50.
  CHECK(t.decode(0x0007D00000000000ull) == std::nullopt);
  t.view.m64_upper = 0x0004000000000000ull;
  CHECK(t.decode(0x0003D00000000000ull)->pci == 0x0007D00000000000ull);
  t.bars[3] &= ~kM64Valid;
  CHECK(t.decode(0x0003D00000000000ull) == std::nullopt);
}

TEST_CASE("PHB3's segmented windows below the minimum do not answer") {
  Tables t(Generation::Phb3);
  const auto window = [](std::uint64_t size) {
    return 0x8000000000000000ull | std::uint64_t{0x3D000000} << 32 | (0x40000000 - (size >> 20));
  };
  t.bars[0] = window(256 * kMiB);
  CHECK(t.decode(0x0003D00000100000ull)->pe == 1);
  t.bars[0] = window(128 * kMiB);
  CHECK(t.decode(0x0003D00000100000ull) == std::nullopt);
  t.view.m64_minimum = kMiB;
  CHECK(t.decode(0x0003D00000100000ull)->pe == 2);
}

TEST_CASE("PHB3's single-PE BARs hide the PE in the low bits of base and mask") {
  Tables t(Generation::Phb3);
  // 32 MiB at 0x3D000_0200_0000 for PE 0xB5: base >> 25 is 0x01E80001, PE 5 high and 5 low bits 5, 0x15.
  t.bars[15] = 0xC000000000000000ull | std::uint64_t{0x01E80001} << 37 | std::uint64_t{5} << 32 |
               std::uint64_t{0x01FFFFFF} << 5 | 0x15;
  CHECK(t.decode(0x0003D00002000000ull) == target(0x0003D00002000000ull, 0xB5, false, 15, 0));
  CHECK(t.decode(0x0003D00003FFFFFFull)->pe == 0xB5);
  CHECK(t.decode(0x0003D00004000000ull) == std::nullopt);
  CHECK(t.decode(0x0003D00001FFFFFFull) == std::nullopt);
  // A mask of 0 is no window, even if the PE's bits lie in the field of the other form.
  t.bars[15] = 0xC000000000000015ull;
  CHECK(t.decode(0) == std::nullopt);
}

TEST_CASE("PHB3: M32 before M64, then the lowest BAR") {
  Tables t(Generation::Phb3);
  t.view.phb_config = 0x0000800000000000ull;
  t.view.m32_base = 0x0003D00000000000ull;
  t.view.m32_mask = 0xFFFFFFFF80000000ull;
  t.bars[2] = t.bars[6] = 0x8000000000000000ull | std::uint64_t{0x3D000000} << 32 | 0x3FFF0000;
  CHECK(t.decode(0x0003D00000000000ull)->is_m32);
  CHECK(t.decode(0x0003D00080000000ull)->bar == 2);
}

TEST_CASE("Any table words decode within the tables") {
  std::mt19937_64 random(7);
  unsigned hits = 0;
  for (const GenerationFacts& f : kGenerations) {
    Tables t(f.generation, f.size);
    for (unsigned round = 0; round < 2'000; ++round) {
      for (std::uint64_t& w : t.bars) w = random() & random();
      for (std::uint64_t& w : t.segments) w = random();
      t.view.m32_base = random();
      t.view.m32_mask = random() & random() & random();
      t.view.phb_config = random();
      const RealAddr addr = random() & low_mask(56);
      const std::optional<OutboundTarget> hit = t.decode(addr);
      if (!hit) continue;
      ++hits;
      CHECK(hit->pe < f.max_pes);
      CHECK(hit->segment < f.max_pes);
    }
  }
  CHECK(hits > 100);
}

TEST_CASE("The PE of a configuration cycle is in bits 39:47, on PHB3 in 40:47") {
  CHECK(config_pe(Generation::Phb4, 0x8010001001FF0000ull) == 0x1FF);
  CHECK(config_pe(Generation::Phb5, 0x8010001000050000ull) == 5);
  CHECK(config_pe(Generation::Phb3, 0x8010001001FF0000ull) == 0xFF);
}
