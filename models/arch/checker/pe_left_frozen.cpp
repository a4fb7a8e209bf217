// SPDX-License-Identifier: Apache-2.0
// The reserved PE, the last one, is where requesters without a PE end up: it may stay frozen.
#include "models/arch/checker/rule.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

namespace {

class PeLeftFrozen final : public Rule {
 public:
  explicit PeLeftFrozen(const RuleView& view) : Rule(view, RuleId::PeLeftFrozen) {}

  void run_ended() override {
    if (state().fenced()) {
      report({0, 0}, kNoPe, "the PHB is fenced at the end", {{"fenced", 1}});
      return;
    }
    PeNumber first = kNoPe;
    std::uint64_t count = 0;
    for (PeNumber pe = 0; pe + 1 < facts().max_pes; ++pe) {
      if (!state().mmio_frozen(pe) && !state().dma_stopped(pe)) continue;
      if (first == kNoPe) first = pe;
      ++count;
    }
    if (count == 0) return;
    const bool mmio = state().mmio_frozen(first), dma = state().dma_stopped(first);
    report({1, 0}, first,
           std::string("PE ") + std::to_string(first) + " is left " +
               (mmio && dma ? "frozen" : mmio ? "with MMIO frozen" : "with DMA stopped") +
               (count > 1 ? ", and " + std::to_string(count - 1) + " more" : ""),
           {{"pe", first}, {"mmio_frozen", mmio}, {"dma_stopped", dma}, {"frozen_pes", count}});
  }
};

}  // namespace

std::unique_ptr<Rule> make_pe_left_frozen(const RuleView& view) { return std::make_unique<PeLeftFrozen>(view); }

}  // namespace phbsim::arch::checker
