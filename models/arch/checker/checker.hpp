// SPDX-License-Identifier: Apache-2.0
/// The co-validation checker: watches firmware and software at work on PHBs and names what breaks a rule.
///
/// It has no clock and changes nothing. Feed it with what happens (RuleEvents, one object for each PHB; stores of
/// processors for all) and it collects violations; the same cause is one violation until what it is about changes.
/// What each rule cannot see: docs/checker.md.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/checker/rule.hpp"

namespace phbsim::arch::checker {

class PhbChecker;

class Checker {
 public:
  /// Real memory ends at `memory_end`; TCEs of addresses beyond are none.
  explicit Checker(const MemoryView& memory, RealAddr memory_end = 1ull << 56);
  ~Checker();
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  /// A PHB to watch, as it is now; `state` lives longer. Its number counts from 0.
  PhbChecker& add_phb(const PhbState& state, std::string name);
  const std::string& phb_name(unsigned phb) const { return names_[phb]; }

  void enable(RuleId rule, bool on) { enabled_[static_cast<unsigned>(rule)] = on; }
  bool enabled(RuleId rule) const { return enabled_[static_cast<unsigned>(rule)]; }

  /// Where software is; asked for each violation.
  std::function<Where()> where;
  /// Called when memory becomes (true), or no longer is, a TCE table in use: processors' stores there are to be
  /// given to memory_stored().
  std::function<void(RealAddr, std::uint64_t bytes, bool)> on_watch;
  /// Called for each violation when it is new.
  std::function<void(const Violation&)> on_violation;

  void memory_stored(RealAddr addr, std::uint64_t bytes);
  void run_ended();

  const std::vector<Violation>& violations() const { return violations_; }
  const TableMap& tables() const { return tables_; }

 private:
  friend class PhbChecker;
  friend class Rule;
  std::size_t add(Violation violation);
  void repeat(std::size_t number) { ++violations_[number].times; }
  void conflicts(const std::vector<TableMap::Conflict>& found);

  const MemoryView& memory_;
  TableMap tables_;
  std::vector<std::unique_ptr<PhbChecker>> phbs_;
  std::vector<std::string> names_;
  std::array<bool, kRules> enabled_;
  std::vector<Violation> violations_;
};

/// The events of one PHB, given to the rules that are on.
class PhbChecker final : public RuleEvents {
 public:
  PhbChecker(Checker& checker, unsigned number, const PhbState& state);

  const PhbState& state() const { return state_; }

  /// For register accesses that are about to be carried out (write), or were (read): finds out what they are about.
  void writing(std::uint32_t offset, unsigned bytes, std::uint64_t value);
  void was_read(std::uint32_t offset, unsigned bytes, std::uint64_t value);

  void register_written(const RegisterAccess& access) override;
  void register_read(const RegisterAccess& access) override;
  void reset() override;
  void kill_taken(const TceKill& kill) override;
  void kill_finished() override;
  /// Of all PHBs; to be called through Checker.
  void memory_stored(RealAddr addr, std::uint64_t bytes) override;
  void dma_selected(const DmaPart& part) override;
  void dma_translated(const DmaPart& part) override;
  void dma_finished(std::uint64_t id) override;
  void run_ended() override;

 private:
  friend class Checker;
  template <typename Event>
  void each(Event&& event) {
    for (const auto& r : rules_)
      if (checker_.enabled(r->id())) event(*r);
  }

  Checker& checker_;
  unsigned number_;
  const PhbState& state_;
  std::vector<std::unique_ptr<Rule>> rules_;
};

}  // namespace phbsim::arch::checker
