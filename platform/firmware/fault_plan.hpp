// SPDX-License-Identifier: Apache-2.0
/// What a machine does to its buses by itself while firmware runs: at a time, or when the console has
/// printed a line with given words.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/base/types.hpp"
#include "models/tlm/engine_driver.hpp"

namespace phbsim::firmware {

struct PlannedFault {
  enum class Kind : std::uint8_t { Poison, LinkDown, ErrFatal, ErrNonfatal, Unplug, Plug };
  std::string phb;
  Kind kind = Kind::LinkDown;
  Tick at = kNever;   ///< kNever: `after` says when
  std::string after;  ///< part of a console line
  unsigned nth = 1;   ///< of the lines with it that are meant for a PHB
};

/// "phb0 link-down at 120ms; * poison after 2 'fault regb'": at a time, or after the first (or second ...) line
/// with these words. Throws UserError that names what
/// is wrong, `where` it stands, and what is allowed.
std::vector<PlannedFault> parse_faults(const std::string& text, const std::string& where);

/// Names of the kinds, in their order.
extern const std::vector<std::string> kFaultKinds;

/// Says when each fault of a plan is due, in the engine.
class FaultPlanner final : private EventHandler {
 public:
  using Inject = std::function<void(const PlannedFault& fault, unsigned phb)>;
  /// `phbs`: names, by number. UserError for a name that is none. "*" is the PHB whose number a line begins
  /// with: "PHB2: ...".
  FaultPlanner(EngineDriver& driver, std::vector<PlannedFault> plan, std::vector<std::string> phbs, Inject inject);

  /// The console has printed a line.
  void line(const std::string& text);

 private:
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  unsigned number_of(const PlannedFault& fault) const;

  EngineDriver& driver_;
  std::vector<PlannedFault> plan_;
  std::vector<std::string> phbs_;
  std::vector<unsigned> lines_;  ///< seen, by fault and PHB
  Inject inject_;
};

}  // namespace phbsim::firmware
