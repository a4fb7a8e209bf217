// SPDX-License-Identifier: Apache-2.0
// Only what comes out of the RID cache can be stale: an RTE that is on its way from memory is not.
#include "models/arch/checker/rule.hpp"
#include "models/arch/rtt.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

namespace {

class RttNoInvalidate final : public Rule {
 public:
  explicit RttNoInvalidate(const RuleView& view) : Rule(view, RuleId::RttNoInvalidate) {}

  void dma_selected(const DmaPart& d) override {
    if (!d.rte_cached || !state().rtt_enabled()) return;
    const RealAddr at = rte_address(state().rtt_base(), d.rid);
    const std::uint16_t now = view().memory.read_be16(at);
    if (now == d.rte) return;
    report({d.rid, 0}, d.pe,
           "RID " + text::hex(d.rid) + " ran as PE " + std::to_string(d.pe) + ", but its RTE names PE " +
               std::to_string(now),
           {{"rid", d.rid}, {"address", d.addr}, {"rte_used", d.rte}, {"rte_at", at}, {"rte", now}});
  }

  void register_written(const RegisterAccess& a) override {
    if (a.spec == nullptr || a.spec->id != static_cast<unsigned>(Reg::RtcInvalidate)) return;
    if (a.value & kRtcAll) {
      forget_all();
    } else {
      forget({RtcRid::get(a.value), 0});
    }
  }
  void reset() override { forget_all(); }
};

}  // namespace

std::unique_ptr<Rule> make_rtt_no_invalidate(const RuleView& view) { return std::make_unique<RttNoInvalidate>(view); }

}  // namespace phbsim::arch::checker
