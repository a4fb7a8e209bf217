// SPDX-License-Identifier: Apache-2.0
#include "models/arch/checker/rule.hpp"
#include "models/arch/rtt.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

namespace {

constexpr std::uint64_t kPestEntryBytes = 16;

class TableReused final : public Rule {
 public:
  explicit TableReused(const RuleView& view) : Rule(view, RuleId::TableReused) {}

  void memory_stored(RealAddr addr, std::uint64_t bytes) override {
    for (RealAddr at = addr & ~7ull; at < addr + bytes; at += kTceBytes) {
      const TableMap::Table* t = view().tables.find(at, kTceBytes);
      if (t == nullptr || t->owner.first != view().phb) continue;
      const std::uint64_t word = view().memory.read_be64(at);
      if (view().tables.is_tce(word)) continue;
      report(cause(*t), pe_of(*t),
             text::hex(word) + ", which is no TCE, was stored at " + text::hex(at) + " in " + name(*t),
             {{"address", at}, {"value", word}, {"table", t->base}, {"tve", t->owner.second}, {"level", t->level}});
    }
  }

  void tables_conflict(const TableMap::Conflict& c) override {
    report(cause(c.there), pe_of(c.added), name(c.added) + " lies over " + name(c.there) + " and has another shape",
           {{"table", c.added.base}, {"tve", c.added.owner.second}, {"over", c.there.base},
            {"over_tve", c.there.owner.second}, {"over_phb", c.there.owner.first}});
  }

  void dma_translated(const DmaPart& d) override {
    if (d.access == Access::Read || d.fault != Fault::None) return;
    if (const TableMap::Table* t = view().tables.find(d.real, d.length)) overwritten(d, cause(*t), t->base, name(*t));
    in_table(d, Reg::RttBar, facts().rtt_base_mask, kRttBytes, "the RTT");
    in_table(d, Reg::PestBar, facts().pest_base_mask, kPestEntryBytes * facts().max_pes, "the PEST");
    const std::uint64_t row = facts().max_pes / 8;
    // The PELT-V's base ends a bit before that of the PEST [F 1.6]; both begin where addresses do.
    in_table(d, Reg::PeltvBar, facts().pest_base_mask & ppc_mask(0, 50), row * facts().max_pes, "the PELT-V");
  }

  void register_written(const RegisterAccess& a) override {
    if (a.entry && a.table == IodaTableId::Tvt && a.value != a.before) forget_all();
    if (a.spec == nullptr || a.value == a.before) return;
    const auto r = static_cast<Reg>(a.spec->id);
    if (r == Reg::RttBar || r == Reg::PestBar || r == Reg::PeltvBar) forget_all();
  }
  void reset() override { forget_all(); }

 private:
  static Key cause(const TableMap::Table& t) { return {t.base, t.level}; }
  PeNumber pe_of(const TableMap::Table& t) const { return t.owner.second / state().tves_per_pe(); }
  static std::string name(const TableMap::Table& t) {
    return "the table of TVE " + std::to_string(t.owner.second) + " at " + text::hex(t.base) +
           (t.level > 0 ? ", level " + std::to_string(t.level) + " above its leaves" : "");
  }
  void in_table(const DmaPart& d, Reg bar, std::uint64_t base_mask, std::uint64_t bytes, const char* what) {
    const std::uint64_t value = state().reg(bar);
    const RealAddr base = value & base_mask;
    if ((value & kBarEnable) == 0 || d.real >= base + bytes || base >= d.real + d.length) return;
    overwritten(d, {base, ~0ull}, base, std::string(what) + " at " + text::hex(base));
  }
  void overwritten(const DmaPart& d, const Key& key, RealAddr base, const std::string& what) {
    report(key, d.pe, "a device wrote " + text::hex(d.real) + ".." + text::hex(d.real + d.length) + " in " + what,
           {{"rid", d.rid}, {"address", d.addr}, {"real", d.real}, {"bytes", d.length}, {"table", base}});
  }
};

}  // namespace

std::unique_ptr<Rule> make_table_reused(const RuleView& view) { return std::make_unique<TableReused>(view); }

}  // namespace phbsim::arch::checker
