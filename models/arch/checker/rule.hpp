// SPDX-License-Identifier: Apache-2.0
/// One rule at one PHB.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "models/arch/checker/events.hpp"
#include "models/arch/checker/rules.hpp"
#include "models/arch/checker/table_map.hpp"

namespace phbsim::arch::checker {

class Checker;

/// What a rule may look at. All of it lives longer than the rule.
struct RuleView {
  Checker& checker;
  unsigned phb = 0;
  const PhbState& state;
  const MemoryView& memory;
  const TableMap& tables;
};

class Rule : public RuleEvents {
 public:
  Rule(const RuleView& view, RuleId id) : view_(view), id_(id) {}
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;

  RuleId id() const { return id_; }
  /// A table came to lie over another one of other shape.
  virtual void tables_conflict(const TableMap::Conflict&) {}

 protected:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  /// Reports it unless the same cause is on record and nothing has changed since.
  void report(const Key& cause, PeNumber pe, std::string text, std::vector<Fact> facts);
  /// What `cause` names has changed: the next time is a new violation.
  void forget(const Key& cause) { seen_.erase(cause); }
  /// The same for all causes that begin with `first`.
  void forget_all(std::uint64_t first) { seen_.erase(seen_.lower_bound({first, 0}), seen_.upper_bound({first, ~0ull})); }
  void forget_all() { seen_.clear(); }

  const RuleView& view() const { return view_; }
  const PhbState& state() const { return view_.state; }
  const GenerationFacts& facts() const { return view_.state.facts(); }

 private:
  RuleView view_;
  RuleId id_;
  std::map<Key, std::size_t> seen_;  ///< number of the violation
};

std::unique_ptr<Rule> make_stale_tce(const RuleView& view);
std::unique_ptr<Rule> make_kill_not_waited(const RuleView& view);
std::unique_ptr<Rule> make_tve_in_flight(const RuleView& view);
std::unique_ptr<Rule> make_table_reused(const RuleView& view);
std::unique_ptr<Rule> make_pe_left_frozen(const RuleView& view);
std::unique_ptr<Rule> make_rtt_no_invalidate(const RuleView& view);
std::unique_ptr<Rule> make_reserved_field(const RuleView& view);

}  // namespace phbsim::arch::checker
