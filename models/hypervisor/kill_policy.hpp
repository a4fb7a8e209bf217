// SPDX-License-Identifier: Apache-2.0
/// Which TCE kills software issues after it changed entries.
#pragma once

#include <memory>
#include <vector>

#include "models/arch/tce_kill.hpp"
#include "models/base/named.hpp"

namespace phbsim::hypervisor {

class KillPolicy {
 public:
  virtual ~KillPolicy() = default;
  /// Kill words for `count` pages from bus address `iova` on.
  virtual void plan(PeNumber pe, BusAddr iova, std::uint64_t count, unsigned page_shift,
                    const arch::GenerationFacts& facts, std::vector<std::uint64_t>& words) const = 0;
};

std::unique_ptr<KillPolicy> make_page_kills();
std::unique_ptr<KillPolicy> make_pe_kill();
std::unique_ptr<KillPolicy> make_auto_kill();
std::unique_ptr<KillPolicy> make_no_kill();

inline constexpr Named<KillPolicy> kKillPolicies[] = {
    {"page", "one kill for each page; the PE if its pages cannot be named", make_page_kills},
    {"pe", "one kill of the PE, as firmware does for erratum HW560152", make_pe_kill},
    {"auto", "pages up to 8 of them, the PE for more", make_auto_kill},
    {"none", "never: entries stay stale (to see what that does)", make_no_kill},
};

}  // namespace phbsim::hypervisor
