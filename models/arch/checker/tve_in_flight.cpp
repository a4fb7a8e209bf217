// SPDX-License-Identifier: Apache-2.0
// A TVE takes effect for the next request; one under way has its old meaning, and its data still moves. Writing the
// same word again changes nothing.
#include "models/arch/checker/rule.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

namespace {

class TveInFlight final : public Rule {
 public:
  explicit TveInFlight(const RuleView& view) : Rule(view, RuleId::TveInFlight) {}

  void dma_selected(const DmaPart& d) override {
    if (d.route.kind != Route::Kind::Translate && d.route.kind != Route::Kind::Bypass) return;
    parts_[d.id] = d;
    ++in_flight_[d.route.tve_index];
  }
  void dma_finished(std::uint64_t id) override {
    const auto it = parts_.find(id);
    if (it == parts_.end()) return;
    const std::uint32_t tve = it->second.route.tve_index;
    parts_.erase(it);
    if (--in_flight_[tve] > 0) return;
    in_flight_.erase(tve);
    forget({tve, 0});
  }

  void register_written(const RegisterAccess& a) override {
    if (!a.entry || a.table != IodaTableId::Tvt || a.value == a.before) return;
    const auto it = in_flight_.find(a.index);
    if (it == in_flight_.end()) return;
    const DmaPart* first = nullptr;
    for (const auto& [id, d] : parts_)
      if (first == nullptr && d.route.tve_index == a.index) first = &d;
    report({a.index, 0}, first->pe,
           "TVE " + std::to_string(a.index) + " was changed from " + text::hex(a.before) + " to " + text::hex(a.value) +
               " while " + std::to_string(it->second) + " request(s) of it were under way",
           {{"tve", a.index}, {"before", a.before}, {"value", a.value}, {"in_flight", it->second}, {"rid", first->rid},
            {"address", first->addr}});
  }

 private:
  std::map<std::uint64_t, DmaPart> parts_;
  std::map<std::uint32_t, std::uint64_t> in_flight_;  ///< by TVE
};

}  // namespace

std::unique_ptr<Rule> make_tve_in_flight(const RuleView& view) { return std::make_unique<TveInFlight>(view); }

}  // namespace phbsim::arch::checker
