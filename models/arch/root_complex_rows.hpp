// SPDX-License-Identifier: Apache-2.0
/// Configuration space of the root port, described once (phb.md 5.8). Values that the reference does
/// not state are PCIe's own defaults or 0 [MA].
///
/// What is inferred of the layout: firmware guards write-one bits at 0x180 to 0x18C, which are the four
/// status words of a Physical Layer 16 GT/s capability at 0x174; between it and AER (0x100 to 0x147)
/// there is room for exactly a Secondary PCI Express capability of 16 lanes at 0x148 [I]. Power
/// management, which every PCIe function has, fits before the Express capability at 0x48 [I].
///
/// Base and limit registers are hard-wired, to values that confuse a bridge driver: firmware answers
/// for them itself [F]. The values here, everything passes, are [MA].
#pragma once

#include "models/arch/register_spec.hpp"

namespace phbsim::arch {

/// One configuration register of 1 to 4 bytes; numbers are little-endian values of its bytes.
struct ConfigRow {
  std::uint16_t offset = 0;
  std::uint8_t bytes = 0;
  std::string_view name;
  Generations generations = kAllPhbs;
  std::uint32_t reset = 0;
  std::uint32_t writable = 0;  ///< keeps what is written
  std::uint32_t w1c = 0;       ///< a one clears
  std::uint32_t sticky = 0;    ///< kept in a reset that is not power-on
  Mark mark = Mark::Fact;      ///< of reset and writable
  std::string_view text;

  constexpr bool exists_in(Generation g) const { return (generations & set_of(g)) != 0; }
};

/// Offsets that behaviour depends on.
namespace rc {
constexpr unsigned kCommand = 0x04, kPrimaryBus = 0x18, kSecondaryBus = 0x19, kSubordinateBus = 0x1A,
                   kSecondaryStatus = 0x1E, kBridgeControl = 0x3E, kExpress = 0x48, kExpressFlags = 0x4A,
                   kDeviceStatus = 0x52, kLinkCap = 0x54, kLinkControl = 0x58, kLinkStatus = 0x5A, kSlotStatus = 0x62,
                   kLinkCap2 = 0x74, kLinkControl2 = 0x78, kAer = 0x100, kUeStatus = 0x104, kUeMask = 0x108,
                   kUeSeverity = 0x10C, kCeStatus = 0x110, kCeMask = 0x114, kAerControl = 0x118, kRootStatus = 0x130,
                   kErrorSource = 0x134;
constexpr std::uint32_t kSecondaryBusReset = 1u << 6;  // of kBridgeControl
constexpr std::uint32_t kLinkDisable = 1u << 4, kLinkRetrain = 1u << 5;  // of kLinkControl
constexpr std::uint32_t kLinkTraining = 1u << 11, kLinkActive = 1u << 13;  // of kLinkStatus
constexpr std::uint32_t kLinkActiveReporting = 1u << 20;                   // of kLinkCap
constexpr std::uint32_t kSlotImplemented = 1u << 8;                        // of kExpressFlags
constexpr std::uint32_t kPresenceChanged = 1u << 3, kPresence = 1u << 6, kLinkChanged = 1u << 8;  // of kSlotStatus
}  // namespace rc

namespace rows {
constexpr Mark kF = Mark::Fact, kI = Mark::Inference, kMa = Mark::Assumption;
constexpr std::uint32_t kAll = ~0u;

// Offset, bytes, name, generations, reset, writable, write 1 clears, sticky; mark, meaning.
// clang-format off
inline constexpr ConfigRow kRootConfig[] = {
    {0x00, 2, "VENDOR_ID", kAllPhbs, 0x1014, 0, 0, 0, kF, ""},
    {0x02, 2, "DEVICE_ID", kPhb3, 0x03DC, 0, 0, 0, kF, ""},
    {0x02, 2, "DEVICE_ID", kPhb4, 0x04C1, 0, 0, 0, kF, ""},
    {0x02, 2, "DEVICE_ID", kPhb5, 0x0652, 0, 0, 0, kF, ""},
    {0x04, 2, "COMMAND", kAllPhbs, 0, 0x0546, 0, 0, kMa, "memory, bus master, parity, SERR, INTx disable; no I/O"},
    {0x06, 2, "STATUS", kAllPhbs, 0x0010, 0, 0xF900, 0, kMa, "has capabilities"},
    {0x08, 4, "CLASS_REVISION", kAllPhbs, 0x06040000, 0, 0, 0, kF, "bridge; revision 0 [MA]"},
    {0x0C, 1, "CACHE_LINE", kAllPhbs, 0, 0xFF, 0, 0, kMa, "storage"},
    {0x0D, 1, "LATENCY", kAllPhbs, 0, 0, 0, 0, kMa, ""},
    {0x0E, 1, "HEADER_TYPE", kAllPhbs, 0x01, 0, 0, 0, kF, "bridge"},
    {0x0F, 1, "BIST", kAllPhbs, 0, 0, 0, 0, kMa, ""},
    {0x10, 4, "BAR0", kAllPhbs, 0, 0, 0, 0, kMa, "none"},
    {0x14, 4, "BAR1", kAllPhbs, 0, 0, 0, 0, kMa, "none"},
    {0x18, 1, "PRIMARY_BUS", kAllPhbs, 0, 0xFF, 0, 0, kF, ""},
    {0x19, 1, "SECONDARY_BUS", kAllPhbs, 0, 0xFF, 0, 0, kF, ""},
    {0x1A, 1, "SUBORDINATE_BUS", kAllPhbs, 0, 0xFF, 0, 0, kF, ""},
    {0x1B, 1, "SECONDARY_LATENCY", kAllPhbs, 0, 0, 0, 0, kMa, ""},
    {0x1C, 1, "IO_BASE", kAllPhbs, 0, 0, 0, 0, kMa, "hard-wired; no I/O space"},
    {0x1D, 1, "IO_LIMIT", kAllPhbs, 0, 0, 0, 0, kMa, "hard-wired"},
    {0x1E, 2, "SECONDARY_STATUS", kAllPhbs, 0, 0, 0xF900, 0, kF, ""},
    {0x20, 2, "MEM_BASE", kAllPhbs, 0, 0, 0, 0, kMa, "hard-wired"},
    {0x22, 2, "MEM_LIMIT", kAllPhbs, 0xFFF0, 0, 0, 0, kMa, "hard-wired"},
    {0x24, 2, "PREF_BASE", kAllPhbs, 0x0001, 0, 0, 0, kMa, "hard-wired; 64 bits"},
    {0x26, 2, "PREF_LIMIT", kAllPhbs, 0xFFF1, 0, 0, 0, kMa, "hard-wired"},
    {0x28, 4, "PREF_BASE_UPPER", kAllPhbs, 0, 0, 0, 0, kMa, "hard-wired"},
    {0x2C, 4, "PREF_LIMIT_UPPER", kAllPhbs, kAll, 0, 0, 0, kMa, "hard-wired"},
    {0x30, 4, "IO_UPPER", kAllPhbs, 0, 0, 0, 0, kMa, "hard-wired"},
    {0x34, 1, "CAPABILITIES", kAllPhbs, rc::kExpress, 0, 0, 0, kMa, "first capability; the order is not public"},
    {0x38, 4, "ROM", kAllPhbs, 0, 0, 0, 0, kMa, "none"},
    {0x3C, 1, "INTERRUPT_LINE", kAllPhbs, 0, 0xFF, 0, 0, kMa, "storage"},
    {0x3D, 1, "INTERRUPT_PIN", kAllPhbs, 0, 0, 0, 0, kMa, "none: errors use LSI 6 and 7"},
    {0x3E, 2, "BRIDGE_CONTROL", kAllPhbs, 0, 0x0043, 0, 0, kMa, "bit 6: secondary bus reset [F]"},

    {0x40, 1, "PM_ID", kAllPhbs, 0x01, 0, 0, 0, kI, "power management"},
    {0x41, 1, "PM_NEXT", kAllPhbs, 0, 0, 0, 0, kMa, ""},
    {0x42, 2, "PM_CAP", kAllPhbs, 0x0003, 0, 0, 0, kMa, "version 3, D0 and D3hot"},
    {0x44, 2, "PM_CONTROL", kAllPhbs, 0x0008, 0x0003, 0, 0, kMa, "power state, without effect; no soft reset"},

    {0x48, 1, "EXP_ID", kAllPhbs, 0x10, 0, 0, 0, kF, "PCI Express"},
    {0x49, 1, "EXP_NEXT", kAllPhbs, 0x40, 0, 0, 0, kMa, ""},
    {0x4A, 2, "EXP_FLAGS", kAllPhbs, 0x0042, 0, 0, 0, kF, "version 2, root port; slot: bit 15 of SCR"},
    {0x4C, 4, "EXP_DEVCAP", kAllPhbs, 0x00008022, 0, 0, 0, kF, "payload up to 512 bytes"},
    {0x50, 2, "EXP_DEVCTL", kAllPhbs, 0x0140, 0x79FF, 0, 0, kF, "extended tags, payload 512 bytes"},
    {0x52, 2, "EXP_DEVSTA", kAllPhbs, 0, 0, 0x000F, 0, kF, "errors detected"},
    {0x54, 4, "EXP_LNKCAP", kAllPhbs, rc::kLinkActiveReporting, 0, 0, 0, kF, "speed and width are the port's"},
    {0x58, 2, "EXP_LNKCTL", kAllPhbs, 0x0008, 0x0ED3, 0, 0, kF, "RCB 128; 4: link disable, 5: retrain, reads 0"},
    {0x5A, 2, "EXP_LNKSTA", kAllPhbs, 0, 0, 0xC000, 0, kF, "speed, width, training, link active: the link's"},
    {0x5C, 4, "EXP_SLTCAP", kAllPhbs, 0, 0, 0, 0, kMa, ""},
    {0x60, 2, "EXP_SLTCTL", kAllPhbs, 0, 0x1FFF, 0, 0, kMa, "storage"},
    {0x62, 2, "EXP_SLTSTA", kAllPhbs, 0, 0, 0x011F, 0, kMa, "6: presence, 3 and 8: presence, link changed"},
    {0x64, 2, "EXP_RTCTL", kAllPhbs, 0, 0x001F, 0, 0, kMa, "storage"},
    {0x66, 2, "EXP_RTCAP", kAllPhbs, 0, 0, 0, 0, kMa, ""},
    {0x68, 4, "EXP_RTSTA", kAllPhbs, 0, 0, 0x00010000, 0, kMa, "PME"},
    {0x6C, 4, "EXP_DEVCAP2", kAllPhbs, 0x0000003F, 0, 0, 0, kMa, "completion timeouts A to D, ARI"},
    {0x70, 2, "EXP_DEVCTL2", kAllPhbs, 0, 0x003F, 0, 0, kMa, "completion timeout, ARI"},
    {0x72, 2, "EXP_DEVSTA2", kAllPhbs, 0, 0, 0, 0, kMa, ""},
    {0x74, 4, "EXP_LNKCAP2", kAllPhbs, 0, 0, 0, 0, kF, "speeds: the port's"},
    {0x78, 2, "EXP_LNKCTL2", kPhb3, 0x0003, 0xFFBF, 0, 0xFFBF, kMa, "target speed"},
    {0x78, 2, "EXP_LNKCTL2", kPhb4, 0x0004, 0xFFBF, 0, 0xFFBF, kMa, "target speed"},
    {0x78, 2, "EXP_LNKCTL2", kPhb5, 0x0005, 0xFFBF, 0, 0xFFBF, kMa, "target speed"},
    {0x7A, 2, "EXP_LNKSTA2", kAllPhbs, 0, 0, 0x0FFF, 0, kF, "equalisation"},

    {0x100, 4, "AER_HEADER", kAllPhbs, 0x14820001, 0, 0, 0, kI, "advanced error reporting; next 0x148"},
    {0x104, 4, "AER_UE_STATUS", kAllPhbs, 0, 0, 0x007FF030, 0x007FF030, kF, "uncorrectable errors"},
    {0x108, 4, "AER_UE_MASK", kAllPhbs, 0x00400000, 0x007FF030, 0, 0x007FF030, kMa, ""},
    {0x10C, 4, "AER_UE_SEVERITY", kAllPhbs, 0x00462030, 0x007FF030, 0, 0x007FF030, kMa, "1: fatal"},
    {0x110, 4, "AER_CE_STATUS", kAllPhbs, 0, 0, 0x0000F1C1, 0x0000F1C1, kF, "correctable errors"},
    {0x114, 4, "AER_CE_MASK", kAllPhbs, 0x0000E000, 0x0000F1C1, 0, 0x0000F1C1, kMa, ""},
    {0x118, 4, "AER_CONTROL", kAllPhbs, 0x000000A0, 0x00000140, 0, 0x0000015F, kMa, "ECRC; number of the first error"},
    {0x11C, 4, "AER_HEADER_LOG0", kAllPhbs, 0, 0, 0, kAll, kMa, "TLP of the first error"},
    {0x120, 4, "AER_HEADER_LOG1", kAllPhbs, 0, 0, 0, kAll, kMa, ""},
    {0x124, 4, "AER_HEADER_LOG2", kAllPhbs, 0, 0, 0, kAll, kMa, ""},
    {0x128, 4, "AER_HEADER_LOG3", kAllPhbs, 0, 0, 0, kAll, kMa, ""},
    {0x12C, 4, "AER_ROOT_COMMAND", kAllPhbs, 0, 0x00000007, 0, 0, kMa, "interrupt enables, without effect"},
    {0x130, 4, "AER_ROOT_STATUS", kAllPhbs, 0, 0, 0x0000007F, 0x0000007F, kF, "error messages received"},
    {0x134, 4, "AER_ERROR_SOURCE", kAllPhbs, 0, 0, 0, kAll, kMa, "who sent the first of them"},
    {0x138, 4, "AER_PREFIX_LOG0", kAllPhbs, 0, 0, 0, kAll, kMa, ""},
    {0x13C, 4, "AER_PREFIX_LOG1", kAllPhbs, 0, 0, 0, kAll, kMa, ""},
    {0x140, 4, "AER_PREFIX_LOG2", kAllPhbs, 0, 0, 0, kAll, kMa, ""},
    {0x144, 4, "AER_PREFIX_LOG3", kAllPhbs, 0, 0, 0, kAll, kMa, ""},

    {0x148, 4, "SEC_HEADER", kPhb3, 0x00010019, 0, 0, 0, kI, "Secondary PCI Express"},
    {0x148, 4, "SEC_HEADER", kPhb45, 0x17410019, 0, 0, 0, kI, "Secondary PCI Express; next 0x174"},
    {0x14C, 4, "SEC_LNKCTL3", kAllPhbs, 0, 0x00000002, 0, 0, kMa, "storage"},
    {0x150, 4, "SEC_LANE_ERRORS", kAllPhbs, 0, 0, 0x0000FFFF, 0x0000FFFF, kMa, "per lane"},
    {0x174, 4, "P16_HEADER", kPhb45, 0x00010026, 0, 0, 0, kI, "Physical Layer 16 GT/s"},
    {0x178, 4, "P16_CAP", kPhb45, 0, 0, 0, 0, kMa, ""},
    {0x17C, 4, "P16_CONTROL", kPhb45, 0, 0, 0, 0, kMa, ""},
    {0x180, 4, "P16_STATUS", kPhb45, 0, 0, 0x00000010, 0, kF, "equalisation request"},
    {0x184, 4, "P16_LDPM_STATUS", kPhb45, 0, 0, 0x0000FFFF, 0, kF, "local parity, per lane"},
    {0x188, 4, "P16_FRDPM_STATUS", kPhb45, 0, 0, 0x0000FFFF, 0, kF, "first retimer's parity, per lane"},
    {0x18C, 4, "P16_SRDPM_STATUS", kPhb45, 0, 0, 0x0000FFFF, 0, kF, "second retimer's parity, per lane"},
};
// clang-format on

/// In order, within the space, no two rows of a generation overlap, no bit of two kinds.
constexpr bool root_config_is_sound() {
  for (Generation g : {Generation::Phb3, Generation::Phb4, Generation::Phb5}) {
    unsigned end = 0;
    for (const ConfigRow& r : kRootConfig) {
      if (!r.exists_in(g)) continue;
      const auto mask = static_cast<std::uint32_t>(low_mask(8u * r.bytes));
      if (r.offset < end || r.bytes == 0 || r.bytes > 4 || r.offset % r.bytes != 0) return false;
      if (((r.reset | r.writable | r.w1c | r.sticky) & ~mask) != 0 || (r.writable & r.w1c) != 0) return false;
      end = r.offset + r.bytes;
    }
    if (end > 0x800) return false;
  }
  return true;
}
static_assert(root_config_is_sound(), "configuration rows overlap, are out of order or contradict themselves");
}  // namespace rows

}  // namespace phbsim::arch
