// SPDX-License-Identifier: Apache-2.0
#include "models/arch/tce.hpp"

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

TEST_CASE("An entry is judged by its permission bits, level and direction") {
  for (std::uint64_t bits = 0; bits < 4; ++bits) {
    for (const Access access : {Access::Read, Access::Write, Access::Atomic}) {
      const bool read_ok = (bits & 1) != 0, write_ok = (bits & 2) != 0;
      const bool allowed = access == Access::Read    ? read_ok
                           : access == Access::Write ? write_ok
                                                     : read_ok && write_ok;
      const EntryVerdict leaf = bits == 0 ? EntryVerdict::PageFault
                                : allowed ? EntryVerdict::Done
                                          : EntryVerdict::AccessFault;
      const EntryVerdict link = bits == 0 ? EntryVerdict::PageFault : EntryVerdict::Descend;
      const EntryVerdict strict_link = bits == 0 ? EntryVerdict::PageFault
                                       : allowed ? EntryVerdict::Descend
                                                 : EntryVerdict::AccessFault;
      // The other control bits of the virtual-bus format (0x400, 0x800) mean nothing here.
      for (const std::uint64_t rest : {0ull, 0x777777000ull, 0xFFFFFFFFFFFFFFFCull}) {
        INFO(bits << " " << static_cast<int>(access) << " " << rest);
        CHECK(judge_entry(rest | bits, 0, access) == leaf);
        CHECK(judge_entry(rest | bits, 0, access, true) == leaf);
        for (unsigned level = 1; level < 5; ++level) {
          CHECK(judge_entry(rest | bits, level, access) == link);
          CHECK(judge_entry(rest | bits, level, access, true) == strict_link);
        }
      }
    }
  }
}

TEST_CASE("The page base drops address bits below the page size") {
  CHECK(tce_page_base(0x0000000777777003ull, 12) == 0x777777000ull);
  CHECK(tce_page_base(0x0000000777777003ull, 16) == 0x777770000ull);
  CHECK(tce_page_base(0x0000000777777003ull, 21) == 0x777600000ull);
  CHECK(tce_page_base(0x0000000777777003ull, 30) == 0x740000000ull);
}

TEST_CASE("A link names a 4 KiB aligned table") {
  CHECK(next_table(0x0000000200021FFFull) == 0x200021000ull);
}

TEST_CASE("Entry addresses of the worked two-level walk are those of the reference") {
  const Tve tve = decode_tve(0x0000002000102505ull, facts_of(Generation::Phb4, PhbSize::Big));
  CHECK(tce_entry_address(tve, 1, tve.table, 0x123456789A) == 0x200010488ull);
  CHECK(tce_entry_address(tve, 0, 0x300000000, 0x123456789A) == 0x300000000ull + 8 * 0x1456);
}

TEST_CASE("A level whose index lies beyond bit 63 always reads entry 0") {
  // 1 GiB pages, five levels of 4 KiB tables: the root's index starts at bit 66.
  const Tve tve = decode_tve(encode_translated({5, 0x7000, 4 * kKiB, 30}),
                             facts_of(Generation::Phb4, PhbSize::Big));
  for (const std::uint64_t offset : {0ull, 0xFFFull, 0x07FFFFFFFFFFFFFFull, ~0ull})
    CHECK(tce_entry_address(tve, 4, 0x7000, offset) == 0x7000);
}
