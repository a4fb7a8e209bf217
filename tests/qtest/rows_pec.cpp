// SPDX-License-Identifier: Apache-2.0
// SCOM registers of the PECs.
#include "tests/qtest/deviations.hpp"

namespace phbsim::qtest {

using namespace arch;  // the sets of generations

namespace {
constexpr auto Reset = PeerRule::Reset, Storage = PeerRule::Storage, Constant = PeerRule::Constant;

constexpr std::string_view kNoScom = "QEMU 7.2 does not have the register: it reads 0";
constexpr std::string_view kPec = "phb.md 5.6";
}  // namespace

std::vector<Deviation> pec_deviations() {
  return {
      {"ETU_SCOM_AIB_CAPP_ENABLE", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_NEST_IRSN_COMPARE", kPhb3, Constant, 0x1FFFFFFFFFFF, 0,
       "only bits 0:18 are kept", "phb.md 5.6 (width not stated)"},
      {"PEC_NEST_IRSN_MASK", kPhb3, Constant, 0x1FFFFFFFFFFF, 0,
       "only bits 0:18 are kept", "phb.md 5.6 (width not stated)"},
      {"PEC_NEST_LSI_SRC_ID", kPhb3, Constant, 0xFFFFFFFFFFFFFF, 0,
       "only bits 0:7 are kept", "phb.md 5.6 (width not stated)"},
      {"PEC_NEST_PBCQ_ERR_INJECT", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_NEST_PBCQ_HW_CONFIG", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_NEST_PBCQ_HW_CONFIG1", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_NEST_PBCQ_MODE", kPhb3, Constant, kAllBits, 0, "QEMU does not have the register", "phb.md 5.6 (P8: I)"},
      {"PEC_NEST_STACK_CACHE_INJECT", kPhb5, Constant, 0xFF00000000000000, 0, kNoScom, kPec},
      {"PEC_NEST_STACK_MMIO_BAR0", kPhb3, Reset, 0xF408000000000000, 0xF408000000000000,
       "QEMU starts with the windows firmware would set up", "phb.md 5.7 (P8)"},
      {"PEC_NEST_STACK_MMIO_BAR0_MASK", kPhb3, Reset, 0xFFFC000000000000, 0xFFFC000000000000,
       "QEMU starts with the windows firmware would set up", "phb.md 5.7 (P8)"},
      {"PEC_NEST_STACK_MMIO_BAR1", kPhb3, Reset, 0xFFE0400000000000, 0xFFE0400000000000,
       "QEMU starts with the windows firmware would set up", "phb.md 5.7 (P8)"},
      {"PEC_NEST_STACK_MMIO_BAR1_MASK", kPhb3, Reset, 0xFFFFE00000000000, 0xFFFFE00000000000,
       "QEMU starts with the windows firmware would set up", "phb.md 5.7 (P8)"},
      {"PEC_NEST_STACK_NFIR", kPhb3, Constant, 0xFFFFFFFC00000000, 0,
       "all bits are kept; 30:63 are no errors, 16 follows PFIR (POWER8: no register)", "phb.md 5.6 (NFIR bits), I"},
      {"PEC_NEST_STACK_NFIR", kPhb45, Storage, 0x8003FFFFFFFF, 0,
       "all bits are kept; 30:63 are no errors, 16 follows PFIR (POWER8: no register)", "phb.md 5.6 (NFIR bits), I"},
      {"PEC_NEST_STACK_NFIR_ACTION0", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_NEST_STACK_NFIR_ACTION1", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_NEST_STACK_NFIR_MASK", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_NEST_STACK_NFIR_WOF", kAllPhbs, Constant, 0xFFFFFFFC00000000, 0,
       "QEMU never records the first error", "phb.md 5.6; MA when"},
      {"PEC_NEST_STACK_PBCQ_MODE", kPhb45, Constant, 0xFFFFFFFFFFFFFF, 0,
       "bits 8:63 are not kept", "phb.md 5.6 (bit 0 only is known)"},
      {"PEC_NEST_STACK_SPARSE_PAGE", kPhb5, Storage, 0xE3FFFFFFFFFFFFFF, 0,
       "all bits are kept; 3:5 are writable", "phb.md 5.6"},
      {"PEC_PCI_CAPP_SEC_BAR", kPhb45, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_PCI_STACK_ETU_RESET", kPhb3, Constant, 0x8000000000000000, 0,
       "QEMU starts with the PHB out of reset; POWER8's has no such register", "phb.md 7.1 step 7, 5.6; MA"},
      {"PEC_PCI_STACK_ETU_RESET", kPhb45, Reset, 0x8000000000000000, 0,
       "QEMU starts with the PHB out of reset; POWER8's has no such register", "phb.md 7.1 step 7, 5.6; MA"},
      {"PEC_PCI_STACK_PBAIB_TX_CMD_CREDITS", kPhb3, Constant, kAllBits, 0, kNoScom, kPec},
      {"PEC_PCI_STACK_PFIR", kPhb45, Storage, 0x3FFFFFFFFFFFFFF, 0,
       "all bits are kept; there are errors 0:5", "phb.md 5.6"},
      {"PEC_PCI_STACK_PFIR_WOF", kPhb45, Constant, 0xFC00000000000000, 0,
       "QEMU never records the first error", "phb.md 5.6; MA when"},
  };
}

}  // namespace phbsim::qtest
