// SPDX-License-Identifier: Apache-2.0
// What a translation gave is compared with a walk of memory: at once, and as it was when the request was selected, so
// that a table that changes under a walk is no stale one. Where a kill that covers the page was under way meanwhile,
// or the TVE has changed, the request may be served either way.
#include "models/arch/checker/rule.hpp"
#include "models/arch/translate.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

namespace {

/// What an access comes to: a real address, or none.
struct Outcome {
  bool ok = false;
  RealAddr real = 0;
  bool operator==(const Outcome& o) const { return ok == o.ok && (!ok || real == o.real); }
};

bool covers(const TceKill& kill, PeNumber pe, BusAddr addr, unsigned page_shift) {
  switch (kill.kind) {
    case TceKill::Kind::All:
      return true;
    case TceKill::Kind::Pe:
      return kill.pe == pe;
    case TceKill::Kind::One: {
      const unsigned shift = kill.page_shift > page_shift ? kill.page_shift : page_shift;
      return kill.pe == pe && ((kill.addr ^ addr) & KillAddress::kMask) >> shift == 0;
    }
    case TceKill::Kind::None:
      break;
  }
  return false;
}

class StaleTce final : public Rule {
 public:
  explicit StaleTce(const RuleView& view) : Rule(view, RuleId::StaleTce) {}

  void kill_taken(const TceKill& kill) override {
    pending_.push_back(kill);
    for (auto& [id, p] : parts_) p.killed = p.killed || covers(kill, p.pe, p.addr, p.page_shift);
    if (kill.kind == TceKill::Kind::All) {
      forget_all();
    } else {
      forget_all(kill.pe);
    }
  }
  void kill_finished() override {
    if (!pending_.empty()) pending_.erase(pending_.begin());
  }
  void reset() override {
    // Requests under way are served as before it, or not; what comes later is served anew.
    for (auto& [id, p] : parts_) p.killed = true;
    forget_all();
  }

  void dma_selected(const DmaPart& d) override {
    if (d.route.kind != Route::Kind::Translate) return;
    Part p;
    p.pe = d.pe;
    p.addr = d.addr;
    p.page_shift = d.route.tve->page_shift;
    p.tve_word = state().tve_word(d.route.tve_index);
    p.before = in_memory(d);
    for (const TceKill& kill : pending_) p.killed = p.killed || covers(kill, p.pe, p.addr, p.page_shift);
    parts_[d.id] = p;
  }

  void dma_translated(const DmaPart& d) override {
    const auto it = parts_.find(d.id);
    if (it == parts_.end()) return;
    const Part p = it->second;
    parts_.erase(it);
    if (d.fault == Fault::TceFetchError || p.killed || state().tve_word(d.route.tve_index) != p.tve_word) return;
    const Outcome used{d.fault == Fault::None, d.real};
    const Outcome now = in_memory(d);
    if (used == now || used == p.before) return;
    const Tve& tve = *d.route.tve;
    const Translation t = walk(tve, d.route.offset, d.access, view().memory, state().options().check_indirect_direction);
    const RealAddr entry = t.fetched[t.reads - 1];
    std::string text = std::string(d.access == Access::Read ? "read" : "write") + " of bus address " +
                       text::hex(d.addr) + (used.ok ? " went to " + text::hex(used.real) : " was refused") +
                       ", but its TCE says " + (now.ok ? text::hex(now.real) : "that it may not");
    report({d.pe, d.route.tve_index}, d.pe, std::move(text),
           {{"rid", d.rid}, {"address", d.addr}, {"tve", d.route.tve_index}, {"tve_word", p.tve_word}, {"used", used.real},
            {"tce_at", entry}, {"tce", view().memory.read_be64(entry)}});
  }

  void dma_finished(std::uint64_t id) override { parts_.erase(id); }

  void register_written(const RegisterAccess& a) override {
    if (a.entry && a.table == IodaTableId::Tvt && a.value != a.before)
      forget({a.index / state().tves_per_pe(), a.index});
  }

 private:
  struct Part {
    PeNumber pe = 0;
    BusAddr addr = 0;
    unsigned page_shift = 0;
    std::uint64_t tve_word = 0;
    Outcome before;
    bool killed = false;
  };

  Outcome in_memory(const DmaPart& d) const {
    const Translation t =
        walk(*d.route.tve, d.route.offset, d.access, view().memory, state().options().check_indirect_direction);
    return {t.ok(), t.real};
  }

  std::vector<TceKill> pending_;  ///< oldest first
  std::map<std::uint64_t, Part> parts_;
};

}  // namespace

std::unique_ptr<Rule> make_stale_tce(const RuleView& view) { return std::make_unique<StaleTce>(view); }

}  // namespace phbsim::arch::checker
