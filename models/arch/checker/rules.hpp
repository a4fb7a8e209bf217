// SPDX-License-Identifier: Apache-2.0
/// The rules of the co-validation checker as data, and what a broken one says.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/types.hpp"

namespace phbsim::arch::checker {

enum class RuleId : std::uint8_t {
  StaleTce, KillNotWaited, TveInFlight, TableReused, PeLeftFrozen, RttNoInvalidate, ReservedField,
};
constexpr unsigned kRules = 7;

struct RuleSpec {
  RuleId id;
  std::string_view name;
  std::string_view section;  ///< of phb.md
  std::string_view text;     ///< what software must not do
};

constexpr std::array<RuleSpec, kRules> kRuleSpecs{{
    {RuleId::StaleTce, "stale_tce", "4.2, 9.7", "a DMA used a translation that its table no longer holds, and no kill was made"},
    {RuleId::KillNotWaited, "kill_not_waited", "4.2, 9.8", "software went on before a TCE kill was complete"},
    {RuleId::TveInFlight, "tve_in_flight", "4.3", "a TVE was changed while a DMA that selected it was under way"},
    {RuleId::TableReused, "table_reused", "2.1, 3.1", "memory of a table in use was overwritten by something else"},
    {RuleId::PeLeftFrozen, "pe_left_frozen", "6.3, 6.4", "a PE or the PHB was left frozen at the end"},
    {RuleId::RttNoInvalidate, "rtt_no_invalidate", "1.2, 4.3", "a DMA ran as a PE that the RTT no longer names, and the RID cache was not invalidated"},
    {RuleId::ReservedField, "reserved_field", "2, 4.4, 5", "a write set bits that are not defined"},
}};

constexpr const RuleSpec& spec_of(RuleId id) { return kRuleSpecs[static_cast<unsigned>(id)]; }

constexpr bool rules_in_order() {
  for (unsigned i = 0; i < kRules; ++i)
    if (kRuleSpecs[i].id != static_cast<RuleId>(i)) return false;
  return true;
}
static_assert(rules_in_order());

using Fact = std::pair<std::string_view, std::uint64_t>;

/// Where the software was; the platform fills it in. Addresses and registers are named by whoever knows them.
struct Where {
  Tick at = 0;
  std::string place;  ///< "pc 0x30001234 tce_unmap+0x40", "process 17, ioctl 0x3b72"; may be empty
  std::vector<std::pair<std::string, std::uint64_t>> registers;
};

struct Violation {
  RuleId rule = RuleId::StaleTce;
  unsigned phb = 0;      ///< as given to Checker::add_phb, from 0
  PeNumber pe = kNoPe;
  std::string text;      ///< what happened, a sentence
  std::vector<Fact> facts;
  Where where;           ///< at the first time
  std::uint64_t times = 1;  ///< the same cause was seen so often
};

/// Lines for a reader: rule, PHB, what happened, where, facts, registers.
std::string to_text(const Violation& violation, std::string_view phb_name);

}  // namespace phbsim::arch::checker
