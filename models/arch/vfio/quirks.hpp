// SPDX-License-Identifier: Apache-2.0
/// Where Linux's VFIO for POWER does what its ABI does not say, and what a clean model does instead.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phbsim::arch::vfio {

enum class Personality : std::uint8_t {
  Kernel,  ///< as Linux, quirks included
  Clean,   ///< refuses what Linux lets through; a call that fails changes nothing
};

enum class Quirk : std::uint8_t {
  CheckReturnsOne,
  MapEndUnchecked,
  UnregisterForgets,
  PartialRegisterCounts,
  FailedCreateCharges,
  FailedCopyOutKeepsWindow,
  FailedCallClaims,
  DetachClearsAll,
  DefaultWindowStays,
};

struct QuirkRow {
  Quirk quirk;
  std::string_view name;
  std::string_view source;  ///< section of ddw-vfio.md and row
  std::string_view kernel;
  std::string_view clean;
};

/// Quirk C (MAP that meets an unregister under way returns 0 in the middle) cannot be reached here:
/// one call runs at a time. WRITE that forces READ (V37) is the platform's, see os::TceWindowTable.
constexpr std::array<QuirkRow, 9> kQuirks{{
    {Quirk::CheckReturnsOne, "check_returns_one", "4.4 quirk A, V43, V53",
     "MAP at an iova off the I/O page, and UNMAP off it or past the window's end, return 1", "EINVAL"},
    {Quirk::MapEndUnchecked, "map_end_unchecked", "4.4 quirk B, V44",
     "MAP checks its first page only; 0 although the rest lies beyond the window (nothing is written there [MA])",
     "EINVAL"},
    {Quirk::UnregisterForgets, "unregister_forgets", "V20",
     "UNREGISTER of memory that TCEs use returns 0: the container forgets it, it stays pinned and charged for good",
     "EBUSY; succeeds after UNMAP"},
    {Quirk::PartialRegisterCounts, "partial_register_counts", "V17",
     "REGISTER of memory that is there in part returns the pages pinned in the last chunk, and registers nothing",
     "EFAULT"},
    {Quirk::FailedCreateCharges, "failed_create_charges", "4.4 CREATE",
     "pages charged for a table stay charged when the platform does not make it", "they are given back"},
    {Quirk::FailedCopyOutKeepsWindow, "failed_copy_out_keeps_window", "4.4 CREATE",
     "EFAULT of CREATE's answer leaves the new window", "the window is removed"},
    {Quirk::FailedCallClaims, "failed_call_claims", "4.3",
     "REGISTER, CREATE and REMOVE tie the container to the caller's memory even if they fail",
     "only a call that succeeds does"},
    {Quirk::DetachClearsAll, "detach_clears_all", "4.4 attach group",
     "detaching one group clears the windows of the others that stay", "theirs stay mapped"},
    {Quirk::DefaultWindowStays, "default_window_stays", "4.3",
     "MAP, UNMAP and CREATE that fail leave the default window that they brought about", "it is pending again"},
}};

constexpr bool quirks_in_order() {
  for (std::size_t i = 0; i < kQuirks.size(); ++i) {
    if (static_cast<std::size_t>(kQuirks[i].quirk) != i) return false;
  }
  return true;
}
static_assert(quirks_in_order());

}  // namespace phbsim::arch::vfio
