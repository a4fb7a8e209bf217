// SPDX-License-Identifier: Apache-2.0
// IODA tables, and what is no register.
#include "tests/qtest/deviations.hpp"

namespace phbsim::qtest {

using namespace arch;  // the sets of generations

namespace {
constexpr auto Reset = PeerRule::Reset, Storage = PeerRule::Storage, Constant = PeerRule::Constant;
}  // namespace

std::vector<Deviation> table_deviations() {
  return {
      {"IODA IVC_CAM", kPhb3, Constant, kAllBits, 0, "QEMU has no such table", "phb.md 4.4 (storage)"},
      {"IODA LIST", kPhb3, Storage, 0xFEFFFFFFFFFFFFFF, 0,
       "QEMU has no LSI state: PHB3 keeps what is written, PHB4 drops it", "phb.md 4.4, 7.8"},
      {"IODA LIST", kPhb45, Constant, 0x302000000000000, 0,
       "QEMU has no LSI state: PHB3 keeps what is written, PHB4 drops it", "phb.md 4.4, 7.8"},
      {"IODA MBT", kPhb45, Storage, 0x7F00000000000FFF, 0,
       "reserved bits of word 0, 1:7 and 52:54 of word 1 are kept", "phb.md 5.8 (MBT words)"},
      {"IODA MRT", kAllPhbs, Constant, kAllBits, 0, "QEMU has no migration table", "phb.md 4.4"},
      {"IODA PCT", kPhb45, Constant, kAllBits, 0, "QEMU has no such table", "phb.md 4.4 (storage)"},
      {"IODA PEEV", kAllPhbs, Storage, kAllBits, 0,
       "storage of its own; hardware derives it from PESTA and PESTB", "phb.md 6.2, 7.8"},
      {"IODA PESTA", kPhb3, Constant, 0x8000000000000000, 0,
       "QEMU's PHB3 has no freeze bits on chip", "phb.md 4.4, 7.8"},
      {"IODA PESTB", kPhb3, Constant, 0x8000000000000000, 0,
       "QEMU's PHB3 has no freeze bits on chip", "phb.md 4.4, 7.8"},
      {"IODA RBA", kPhb3, Constant, kAllBits, 0, "QEMU has no such table", "phb.md 4.4 (storage)"},
      {"no register 0x108", kAllPhbs, Storage, kAllBits, 0,
       "no register: QEMU has 8 bytes of memory there, hardware reads all ones", "phb.md 5 (Q4N; PHB3: I)"},
      {"no register 0x278", kAllPhbs, Storage, kAllBits, 0,
       "no register: QEMU has 8 bytes of memory there, hardware reads all ones", "phb.md 5 (Q4N; PHB3: I)"},
      {"no register 0xc48", kAllPhbs, Storage, kAllBits, 0,
       "no register: QEMU has 8 bytes of memory there, hardware reads all ones", "phb.md 5 (Q4N; PHB3: I)"},
      {"no register 0xff8", kAllPhbs, Storage, kAllBits, 0,
       "no register: QEMU has 8 bytes of memory there, hardware reads all ones", "phb.md 5 (Q4N; PHB3: I)"},
  };
}

}  // namespace phbsim::qtest
