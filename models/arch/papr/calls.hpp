// SPDX-License-Identifier: Apache-2.0
/// Hypercalls and RTAS calls that concern DMA windows: tokens, counts and codes, each described
/// once (ddw-vfio.md 1.4, 1.5, 2.2). [F] unless marked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace phbsim::arch::papr {

/// Hypercalls. Rtas is how QEMU's guests reach RTAS: one argument, the logical address of the
/// argument buffer [I: a private call of that hypervisor; PowerVM enters RTAS code instead].
enum class Hcall : std::uint8_t { GetTce, PutTce, MigrateDma, StuffTce, PutTceIndirect, Rtas };
constexpr unsigned kHcalls = 6;

struct HcallSpec {
  Hcall call;
  std::uint64_t token;
  std::string_view name;
  std::string_view function_set;  ///< in ibm,hypertas-functions
  std::string_view arguments;
};
constexpr std::array<HcallSpec, kHcalls> kHcallTable{{
    {Hcall::GetTce, 0x1C, "H_GET_TCE", "hcall-tce", "LIOBN IOBA"},
    {Hcall::PutTce, 0x20, "H_PUT_TCE", "hcall-tce", "LIOBN IOBA TCE"},
    {Hcall::MigrateDma, 0x78, "H_MIGRATE_DMA", "hcall-migrate", "NEWPAGE LIST LENGTH"},
    {Hcall::StuffTce, 0x138, "H_STUFF_TCE", "hcall-multi-tce", "LIOBN IOBA TCE COUNT"},
    {Hcall::PutTceIndirect, 0x13C, "H_PUT_TCE_INDIRECT", "hcall-multi-tce", "LIOBN IOBA LIST COUNT"},
    {Hcall::Rtas, 0xF000, "H_RTAS", "", "BUFFER"},
}};
constexpr const HcallSpec& spec_of(Hcall c) { return kHcallTable[static_cast<unsigned>(c)]; }
constexpr std::optional<Hcall> hcall_of(std::uint64_t token) {
  for (const auto& h : kHcallTable)
    if (h.token == token) return h.call;
  return std::nullopt;
}

/// TCEs of one multi-TCE call at most: one page of doublewords.
constexpr std::uint64_t kMaxTces = 512;
constexpr std::uint64_t kListBytes = 4096;
/// LIOBNs below this, read as signed, are refused by the multi-table option.
constexpr std::int64_t kLeastMultiTable = -128;

// Return codes of hypercalls.
constexpr std::int64_t kSuccess = 0;
constexpr std::int64_t kBusy = 1;
constexpr std::int64_t kPartial = 5;
constexpr std::int64_t kLongBusy1Ms = 9900;
constexpr std::int64_t kTooHard = 9999;  ///< inside KVM: to userspace; a guest never sees it
constexpr std::int64_t kHardware = -1;
constexpr std::int64_t kFunction = -2;
constexpr std::int64_t kPrivilege = -3;
constexpr std::int64_t kParameter = -4;
constexpr std::int64_t kPermission = -11;
constexpr std::int64_t kResource = -16;
constexpr std::int64_t kNotEnoughResources = -44;
constexpr std::int64_t kRescinded = -46;
constexpr std::int64_t kAborted = -54;
constexpr std::int64_t kP4 = -57;

struct CodeName {
  std::int64_t code;
  std::string_view name;
};
constexpr std::array<CodeName, 22> kHcallCodes{{
    {0, "H_SUCCESS"},
    {1, "H_BUSY"},
    {5, "H_PARTIAL"},
    {9900, "H_LONG_BUSY_ORDER_1_MSEC"},
    {9901, "H_LONG_BUSY_ORDER_10_MSEC"},
    {9902, "H_LONG_BUSY_ORDER_100_MSEC"},
    {9903, "H_LONG_BUSY_ORDER_1_SEC"},
    {9904, "H_LONG_BUSY_ORDER_10_SEC"},
    {9905, "H_LONG_BUSY_ORDER_100_SEC"},
    {9999, "H_TOO_HARD"},
    {-1, "H_HARDWARE"},
    {-2, "H_FUNCTION"},
    {-3, "H_PRIVILEGE"},
    {-4, "H_PARAMETER"},
    {-11, "H_PERMISSION"},
    {-16, "H_RESOURCE"},
    {-44, "H_NOT_ENOUGH_RESOURCES"},
    {-46, "H_RESCINDED"},
    {-54, "H_ABORTED"},
    {-55, "H_P2"},
    {-56, "H_P3"},
    {-57, "H_P4"},
}};
constexpr std::string_view hcall_code_name(std::int64_t code) {
  for (const auto& c : kHcallCodes)
    if (c.code == code) return c.name;
  return "?";
}

/// BUID of QEMU's first PHB; the others count on [R].
constexpr std::uint64_t kFirstBuid = 0x800000020000000;

/// RTAS calls on DMA windows.
enum class RtasCall : std::uint8_t { Query, Create, Remove, Reset };
constexpr unsigned kRtasCalls = 4;

struct RtasSpec {
  RtasCall call;
  std::uint32_t token;    ///< QEMU's: 0x2000 [R] + 0x26.. ; an OS takes them from the properties
  std::string_view name;  ///< PAPR's; QEMU registers reset under the singular
  unsigned args;
  unsigned rets;
  std::string_view layout;
};
constexpr std::array<RtasSpec, kRtasCalls> kRtasTable{{
    {RtasCall::Query, 0x2026, "ibm,query-pe-dma-window", 3, 5, "config_addr BUID_hi BUID_lo"},
    {RtasCall::Create, 0x2027, "ibm,create-pe-dma-window", 5, 4, "config_addr BUID_hi BUID_lo page_shift window_shift"},
    {RtasCall::Remove, 0x2028, "ibm,remove-pe-dma-window", 1, 1, "LIOBN"},
    {RtasCall::Reset, 0x2029, "ibm,reset-pe-dma-windows", 3, 1, "config_addr BUID_hi BUID_lo [limited]"},
}};
constexpr const RtasSpec& spec_of(RtasCall c) { return kRtasTable[static_cast<unsigned>(c)]; }
constexpr std::optional<RtasCall> rtas_call_of(std::uint32_t token) {
  for (const auto& r : kRtasTable)
    if (r.token == token) return r.call;
  return std::nullopt;
}

constexpr std::int32_t kRtasSuccess = 0;
constexpr std::int32_t kRtasHardware = -1;
constexpr std::int32_t kRtasBusy = -2;
constexpr std::int32_t kRtasParameter = -3;
constexpr std::int32_t kRtasNotAuthorized = -9002;
/// 9900 + x: try again after about 10^x ms, x 0..5.
constexpr std::int32_t kRtasExtendedDelay = 9900;

/// Page sizes of the "IO Page Sizes" mask (1.3), in the order of their bits.
struct PageSizeBit {
  std::uint32_t mask;
  unsigned shift;
};
constexpr std::array<PageSizeBit, 9> kPageSizeBits{{
    {0x001, 12}, {0x002, 16}, {0x004, 24}, {0x008, 25}, {0x010, 26}, {0x020, 27}, {0x040, 28}, {0x080, 34},
    {0x100, 21},  // 2M came later and out of order
}};
constexpr std::uint32_t mask_of_shift(unsigned shift) {
  for (const auto& b : kPageSizeBits)
    if (b.shift == shift) return b.mask;
  return 0;
}
constexpr unsigned shift_of_mask(std::uint32_t bit) {
  for (const auto& b : kPageSizeBits)
    if (b.mask == bit) return b.shift;
  return 0;
}

}  // namespace phbsim::arch::papr
