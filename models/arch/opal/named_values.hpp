// SPDX-License-Identifier: Apache-2.0
/// Numbers of the OPAL interface by name, beyond the calls and codes of calls.hpp (phb.md 7.6) [F].
#pragma once

#include <cstdint>
#include <string_view>

namespace phbsim::arch::opal {

struct NamedNumber {
  std::string_view name;  ///< without "OPAL_"
  std::uint64_t value;
  std::string_view text;
};

// clang-format off
constexpr NamedNumber kNamedNumbers[] = {
    {"EEH_FREEZE_STATUS", 23, "token"},
    {"EEH_FREEZE_CLEAR", 26, "token"},
    {"PHB_MMIO_ENABLE", 27, "token"},
    {"SET_PHB_MEM_WINDOW", 28, "token"},
    {"MAP_PE_MMIO_WINDOW", 29, "token"},
    {"SET_PELTV", 32, "token"},
    {"SET_XIVE_PE", 37, "token"},
    {"GET_MSI_32", 39, "token"},
    {"GET_MSI_64", 40, "token"},
    {"PCI_RESET", 49, "token"},
    {"NEXT_ERROR", 60, "token"},
    {"PCI_POLL", 62, "token"},
    {"GET_PHB_DIAG_DATA2", 64, "token"},
    {"ERR_INJECT", 96, "token"},
    {"EEH_FREEZE_SET", 97, "token"},
    {"SET_P2P", 157, "token"},
    {"EEH_STATE_NONE", 0, "of EEH_FREEZE_STATUS"},
    {"EEH_STATE_MMIO", 1, "MMIO frozen"},
    {"EEH_STATE_DMA", 2, "DMA stopped"},
    {"EEH_STATE_BOTH", 3, ""},
    {"EEH_ACTION_MMIO", 1, "of EEH_FREEZE_SET and EEH_FREEZE_CLEAR"},
    {"EEH_ACTION_DMA", 2, ""},
    {"EEH_ACTION_ALL", 3, ""},
    {"EEH_TYPE_NONE", 0, "type of NEXT_ERROR"},
    {"EEH_TYPE_IOC", 1, ""},
    {"EEH_TYPE_PHB", 2, ""},
    {"EEH_TYPE_PE", 3, ""},
    {"EEH_TYPE_PE_MMIO", 4, ""},
    {"EEH_TYPE_PE_DMA", 5, ""},
    {"EEH_SEVERITY_NONE", 0, "severity of NEXT_ERROR"},
    {"EEH_SEVERITY_IOC_DEAD", 1, ""},
    {"EEH_SEVERITY_PHB_DEAD", 2, ""},
    {"EEH_SEVERITY_PHB_FENCED", 3, ""},
    {"EEH_SEVERITY_PE", 4, ""},
    {"EEH_SEVERITY_INF", 5, ""},
    {"RESET_COMPLETE", 1, "scope of PCI_RESET"},
    {"RESET_LINK", 2, "unsupported"},
    {"RESET_ERROR", 3, ""},
    {"RESET_HOT", 4, ""},
    {"RESET_FUNDAMENTAL", 5, ""},
    {"RESET_IODA", 6, "purges the tables"},
};
// clang-format on

}  // namespace phbsim::arch::opal
