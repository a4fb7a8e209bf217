// SPDX-License-Identifier: Apache-2.0
#include "models/arch/checker/checker.hpp"

#include "models/arch/translate.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

Checker::Checker(const MemoryView& memory, RealAddr memory_end) : memory_(memory), tables_(memory, memory_end) {
  enabled_.fill(true);
  tables_.on_watch = [this](RealAddr at, std::uint64_t bytes, bool on) {
    if (on_watch) on_watch(at, bytes, on);
  };
}

Checker::~Checker() = default;

PhbChecker& Checker::add_phb(const PhbState& state, std::string name) {
  names_.push_back(std::move(name));
  phbs_.push_back(std::make_unique<PhbChecker>(*this, static_cast<unsigned>(phbs_.size()), state));
  PhbChecker& phb = *phbs_.back();
  std::vector<TableMap::Conflict> found;
  for (std::uint32_t i = 0; i < state.facts().tves; ++i) tables_.set_tve({phb.number_, i}, state.tve(i), found);
  conflicts(found);
  return phb;
}

void Checker::memory_stored(RealAddr addr, std::uint64_t bytes) {
  for (const auto& p : phbs_) p->memory_stored(addr, bytes);
  std::vector<TableMap::Conflict> found;
  tables_.stored(addr, bytes, found);
  conflicts(found);
}

void Checker::run_ended() {
  for (const auto& p : phbs_) p->run_ended();
}

void Checker::conflicts(const std::vector<TableMap::Conflict>& found) {
  for (const TableMap::Conflict& c : found)
    phbs_[c.added.owner.first]->each([&](Rule& r) { r.tables_conflict(c); });
}

std::size_t Checker::add(Violation violation) {
  if (where) violation.where = where();
  violations_.push_back(std::move(violation));
  if (on_violation) on_violation(violations_.back());
  return violations_.size() - 1;
}

void Rule::report(const Key& cause, PeNumber pe, std::string text, std::vector<Fact> facts) {
  const auto known = seen_.find(cause);
  if (known != seen_.end()) {
    view_.checker.repeat(known->second);
    return;
  }
  Violation v;
  v.rule = id_;
  v.phb = view_.phb;
  v.pe = pe;
  v.text = std::move(text);
  v.facts = std::move(facts);
  seen_[cause] = view_.checker.add(std::move(v));
}

PhbChecker::PhbChecker(Checker& checker, unsigned number, const PhbState& state)
    : checker_(checker), number_(number), state_(state) {
  const RuleView view{checker, number, state, checker.memory_, checker.tables_};
  for (const auto make : {make_stale_tce, make_kill_not_waited, make_tve_in_flight, make_table_reused,
                          make_pe_left_frozen, make_rtt_no_invalidate, make_reserved_field}) {
    rules_.push_back(make(view));
  }
}

namespace {

RegisterAccess access_of(const PhbState& state, std::uint32_t offset, unsigned bytes, std::uint64_t value) {
  RegisterAccess a;
  a.offset = offset;
  a.bytes = bytes;
  a.value = value;
  if (bytes == 8) a.spec = state.find_register(offset);
  return a;
}

}  // namespace

void PhbChecker::writing(std::uint32_t offset, unsigned bytes, std::uint64_t value) {
  RegisterAccess a = access_of(state_, offset, bytes, value);
  if (a.spec != nullptr) {
    a.before = state_.file().get(a.spec->id);
    if (a.spec->id == static_cast<unsigned>(Reg::IodaData)) {
      const std::uint64_t selected = state_.reg(Reg::IodaAddr);
      a.table = static_cast<IodaTableId>(IodaTable::get(selected));
      if (const std::uint32_t entries = ioda_entries(a.table, state_.facts())) {
        a.entry = true;
        a.index = static_cast<std::uint32_t>(selected & state_.facts().ioda_index_mask) & (entries - 1);
        a.mist_mask = static_cast<unsigned>(IodaMistMask::get(selected));
        a.before = state_.tables().read(a.table, a.index);
      }
    }
  }
  register_written(a);
}

void PhbChecker::was_read(std::uint32_t offset, unsigned bytes, std::uint64_t value) {
  register_read(access_of(state_, offset, bytes, value));
}

void PhbChecker::register_written(const RegisterAccess& access) {
  each([&](Rule& r) { r.register_written(access); });
  if (!access.entry || access.table != IodaTableId::Tvt) return;
  std::vector<TableMap::Conflict> found;
  checker_.tables_.set_tve({number_, access.index},
                           decode_tve(access.value, state_.facts(), state_.options().allow_any_page_size), found);
  checker_.conflicts(found);
}

void PhbChecker::register_read(const RegisterAccess& access) {
  each([&](Rule& r) { r.register_read(access); });
}

void PhbChecker::reset() {
  std::vector<TableMap::Conflict> found;
  for (std::uint32_t i = 0; i < state_.facts().tves; ++i) checker_.tables_.set_tve({number_, i}, Tve{}, found);
  each([](Rule& r) { r.reset(); });
}

void PhbChecker::kill_taken(const TceKill& kill) {
  each([&](Rule& r) { r.kill_taken(kill); });
}

void PhbChecker::kill_finished() {
  each([](Rule& r) { r.kill_finished(); });
}

void PhbChecker::memory_stored(RealAddr addr, std::uint64_t bytes) {
  each([&](Rule& r) { r.memory_stored(addr, bytes); });
}

void PhbChecker::dma_selected(const DmaPart& part) {
  each([&](Rule& r) { r.dma_selected(part); });
}

void PhbChecker::dma_translated(const DmaPart& part) {
  // Links of tables that are too large to be read through are learnt where a walk passes them.
  if (part.route.kind == Route::Kind::Translate && part.route.tve != nullptr && part.route.tve->levels > 1) {
    const Translation t = walk(*part.route.tve, part.route.offset, part.access, checker_.memory_);
    std::vector<TableMap::Conflict> found;
    for (unsigned i = 0; i + 1 < t.reads; ++i) checker_.tables_.walked(t.fetched[i], found);
    checker_.conflicts(found);
  }
  each([&](Rule& r) { r.dma_translated(part); });
}

void PhbChecker::dma_finished(std::uint64_t id) {
  each([&](Rule& r) { r.dma_finished(id); });
}

void PhbChecker::run_ended() {
  each([](Rule& r) { r.run_ended(); });
}

std::string to_text(const Violation& v, std::string_view phb_name) {
  const RuleSpec& spec = spec_of(v.rule);
  std::string out = std::string(spec.name) + ": " + std::string(phb_name);
  if (v.pe != kNoPe) out += ", PE " + std::to_string(v.pe);
  out += ": " + v.text;
  if (v.times > 1) out += " (" + std::to_string(v.times) + " times)";
  out += "\n  rule: " + std::string(spec.text) + " (phb.md " + std::string(spec.section) + ")\n  at " +
         std::to_string(v.where.at / kPsPerNs) + " ns";
  if (!v.where.place.empty()) out += ", " + v.where.place;
  out += "\n ";
  for (const Fact& f : v.facts) out += " " + std::string(f.first) + "=" + text::hex(f.second);
  out += "\n";
  unsigned column = 0;
  for (const auto& [name, value] : v.where.registers) {
    out += (column == 0 ? "  " : " ") + name + "=" + text::hex(value);
    if (++column == 4) {
      out += "\n";
      column = 0;
    }
  }
  if (column != 0) out += "\n";
  return out;
}

}  // namespace phbsim::arch::checker
