// SPDX-License-Identifier: Apache-2.0
#include "models/arch/generation.hpp"

#include <set>
#include <string_view>

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

TEST_CASE("Every generation and size has the resources of the reference") {
  struct Row {
    Generation generation;
    PhbSize size;
    std::uint64_t version;
    unsigned pes, tves, interrupts, tce_entries, rid_entries, tags;
    std::set<unsigned> pages;
  };
  const std::set<unsigned> old_pages{12, 16, 24, 28}, new_pages{12, 16, 21, 30};
  for (const Row& r :
       {Row{Generation::Phb3, PhbSize::Big, 0xa300000005ull, 256, 512, 2048, 64, 64, 32, old_pages},
        Row{Generation::Phb4, PhbSize::Big, 0xa400000002ull, 512, 1024, 4096, 1024, 128, 64,
            new_pages},
        Row{Generation::Phb4, PhbSize::Small, 0xa400000002ull, 256, 512, 2048, 512, 64, 64,
            new_pages},
        Row{Generation::Phb5, PhbSize::Big, 0xa500000002ull, 512, 1024, 4096, 1024, 128, 64,
            new_pages},
        Row{Generation::Phb5, PhbSize::Small, 0xa500000002ull, 256, 512, 2048, 512, 64, 64,
            new_pages}}) {
    const GenerationFacts& f = facts_of(r.generation, r.size);
    INFO(f.name);
    CHECK(f.generation == r.generation);
    CHECK(f.size == r.size);
    CHECK(f.version == r.version);
    CHECK(f.max_pes == r.pes);
    CHECK(f.tves == r.tves);
    CHECK(f.interrupts == r.interrupts);
    CHECK(f.tce_entries == r.tce_entries);
    CHECK(f.rid_entries == r.rid_entries);
    CHECK(f.tce_tags == r.tags);
    for (unsigned shift = 0; shift < 64; ++shift)
      CHECK(supports_page_shift(f, shift) == (r.pages.count(shift) == 1));
    CHECK(generation_of_version(f.version) == r.generation);
  }
}

TEST_CASE("PHB3 has one size and names are unique") {
  CHECK(&facts_of(Generation::Phb3, PhbSize::Small) == &facts_of(Generation::Phb3, PhbSize::Big));
  std::set<std::string_view> names;
  for (const auto& g : kGenerations) names.insert(g.name);
  CHECK(names.size() == kGenerations.size());
}

TEST_CASE("PHBs 0 and 3 of a chip are big from PHB4 on") {
  for (unsigned index = 0; index < 6; ++index) {
    const PhbSize expected = index == 0 || index == 3 ? PhbSize::Big : PhbSize::Small;
    CHECK(size_of_index(Generation::Phb4, index) == expected);
    CHECK(size_of_index(Generation::Phb5, index) == expected);
    CHECK(size_of_index(Generation::Phb3, index) == PhbSize::Big);
  }
}

TEST_CASE("The version register names the generation of every known chip") {
  for (const std::uint64_t v : {0xa300000001ull, 0xa300000002ull, 0xa300000005ull, 0xb300000001ull})
    CHECK(generation_of_version(v) == Generation::Phb3);
  CHECK(generation_of_version(0xa400000001ull) == Generation::Phb4);
  CHECK(generation_of_version(0xa500000002ull) == Generation::Phb5);
  for (const std::uint64_t v : {0ull, ~0ull, 0xa600000001ull, 0xb400000001ull, 0xa3ull})
    CHECK_FALSE(generation_of_version(v).has_value());
}

TEST_CASE(
    "Firmware's part in kills and options, and the sync of writes, came with their generations") {
  for (const GenerationFacts& f : kGenerations) {
    INFO(f.name);
    CHECK(f.firmware_kills == (f.generation != Generation::Phb3));
    CHECK(f.firmware_options == (f.generation != Generation::Phb3));
    CHECK(f.sync_has_writes == (f.generation == Generation::Phb5));
  }
}
