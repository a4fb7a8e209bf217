// SPDX-License-Identifier: Apache-2.0
#include "platform/traces/machine.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "models/arch/rtt.hpp"
#include "models/arch/tce_kill.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/traces/trace_file.hpp"

namespace phbsim::traces {

using arch::Reg;
using arch::papr::Hcall;
using arch::papr::HcallArgs;
using arch::papr::RtasCall;
using trace::Event;
using trace::Kind;

namespace {

// Above any memory a trace can name, below the end of the address space.
constexpr RealAddr kTableRegion = 1ull << 52;
constexpr std::uint64_t kTableRegionBytes = 1ull << 54;
// Virtual devices' windows are small; their size is not in a trace: all of the 32-bit space.
constexpr std::uint64_t kVirtualWindowBytes = 4 * kGiB;
constexpr std::uint64_t kPciLiobn = 0x80000000;
constexpr unsigned kPhbsPerChip = 6;

/// Group of LIOBNs that belong to one PE: a PHB's, or a virtual device's single one.
constexpr std::uint64_t group_of(std::uint64_t liobn) { return liobn & kPciLiobn ? liobn >> 8 : 1ull << 40 | liobn; }
constexpr std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
constexpr std::uint32_t high(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }
constexpr std::int64_t signed_of(std::uint64_t v) { return static_cast<std::int64_t>(v); }

/// Number of the PHB that a region "phb<chip>.<n>" names.
std::optional<std::uint64_t> phb_number(std::string_view region) {
  if (region.substr(0, 3) != "phb") return std::nullopt;
  const auto dot = region.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto chip = text::parse_dec(region.substr(3, dot - 3));
  const auto n = text::parse_dec(region.substr(dot + 1));
  if (!chip || !n) return std::nullopt;
  return *chip * kPhbsPerChip + *n;
}

/// True if `count` entries from `first` on lie in a table.
bool holds(const arch::Tve& tve, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t pages = 1ull << std::min(63u, tve.span_shift() - tve.page_shift);
  return count <= pages && first <= pages - count;
}

bool is_device_access(Kind k) {
  return k == Kind::DmaNvme || k == Kind::DmaReceive || k == Kind::DmaTransmit || k == Kind::Descriptor;
}

}  // namespace

const Survey::Device* Survey::find(const std::string& device) const {
  for (const Device& d : devices)
    if (d.name == device) return &d;
  return nullptr;
}

Survey survey(TraceFile& file) {
  Survey s;
  std::map<std::uint64_t, Survey::Phb> pseries;
  std::map<std::uint64_t, Survey::Phb> powernv;
  std::map<std::uint64_t, BusAddr> starts;  // by LIOBN
  std::map<std::uint64_t, std::uint32_t> masks;  // by BUID
  std::set<std::uint64_t> created;               // LIOBNs of windows that wc made
  struct Candidate {
    std::uint64_t phb;
    bool is_pseries;
    PeNumber pe;
    Rid rid;
    bool operator<(const Candidate& o) const { return std::tie(phb, pe, rid) < std::tie(o.phb, o.pe, o.rid); }
  };
  std::map<std::string, std::map<Candidate, std::uint64_t>> votes;
  std::map<std::string, std::uint64_t> accesses;
  // The last device accesses: a translation of the same address soon after tells whose they are.
  struct Pending {
    std::string device;
    BusAddr iova = ~0ull;
  };
  std::array<Pending, 8> pending;
  std::size_t next_pending = 0;
  const auto vote = [&](BusAddr iova, const Candidate& c) {
    for (Pending& p : pending) {
      if (p.iova != iova) continue;
      ++votes[p.device][c];
      p.iova = ~0ull;
    }
  };
  const auto see_liobn = [&](std::uint64_t liobn) -> Survey::Phb* {
    auto& p = pseries[group_of(liobn)];
    if (p.pseries) return &p;
    p.id = group_of(liobn);
    p.pseries = true;
    p.virtual_device = (liobn & kPciLiobn) == 0;
    p.liobn = static_cast<std::uint32_t>(p.virtual_device ? liobn : liobn & ~0xFFull);
    if (p.virtual_device) p.default_bytes = kVirtualWindowBytes;
    return &p;
  };
  // A successful call tells how far the default window reaches at least.
  const auto see_entries = [&](std::uint64_t liobn, std::uint64_t ioba, std::uint64_t count, std::uint64_t status) {
    Survey::Phb& p = *see_liobn(liobn);
    if (status != 0 || created.count(liobn) != 0 || liobn != p.liobn || ioba >= 1ull << 40 || count > 1ull << 28) return;
    const std::uint64_t end = ioba + (count << 12);
    if (end > p.default_bytes && end <= 4 * kGiB) p.default_bytes = 1ull << log2_ceil(end);
  };
  const auto see_number = [&](std::uint64_t number) -> Survey::Phb& {
    auto& p = powernv[number];
    p.id = number;
    return p;
  };
  while (const auto event = file.next()) {
    const Event& e = *event;
    switch (e.kind) {
      case Kind::WindowQuery:
        masks[e.n[0]] = static_cast<std::uint32_t>(e.n[4]);
        break;
      case Kind::WindowCreate: {
        starts[e.n[5]] = e.n[4];
        created.insert(e.n[5]);
        Survey::Phb& p = *see_liobn(e.n[5]);
        p.buid = e.n[0];
        if (e.n[4] != 0) p.high_start = e.n[4];
        break;
      }
      case Kind::WindowReset:
        created.clear();
        break;
      case Kind::WindowRemove:
        created.erase(e.n[0]);
        see_liobn(e.n[0]);
        break;
      case Kind::TableCreated:
        see_liobn(e.n[0]);
        break;
      case Kind::PutTce:
        see_entries(e.n[0], e.n[1], 1, e.n[3]);
        break;
      case Kind::PutIndirect:
        see_entries(e.n[0], e.n[1], e.n[2], e.n[5]);
        break;
      case Kind::StuffTce:
        see_entries(e.n[0], e.n[1], e.n[2], e.n[4]);
        break;
      case Kind::Translate:
        see_liobn(e.n[0]);
        vote(starts[e.n[0]] + e.n[1], {group_of(e.n[0]), true, kPseriesPe, kPseriesRid});
        break;
      case Kind::PnvTranslate:
        see_number(e.n[0]);
        vote(e.n[3], {e.n[0], false, static_cast<PeNumber>(e.n[1]), static_cast<Rid>(e.n[2])});
        break;
      case Kind::TceBuild:
      case Kind::TceFree:
        see_number(e.n[0]);
        break;
      case Kind::MmioRead:
      case Kind::MmioWrite:
        if (const auto number = phb_number(e.text[0])) {
          Survey::Phb& p = see_number(*number);
          if (e.kind == Kind::MmioRead && e.n[0] == arch::offset_of(Reg::Version)) {
            if (const auto g = arch::generation_of_version(e.n[2])) p.generation = *g;
          }
        }
        break;
      default:
        break;
    }
    if (is_device_access(e.kind)) {
      ++accesses[std::string(e.text[0])];
      pending[next_pending] = {std::string(e.text[0]), e.n[0]};
      next_pending = (next_pending + 1) % pending.size();
    }
  }
  s.lines = file.line();
  std::map<std::pair<bool, std::uint64_t>, unsigned> index;
  for (auto& [id, p] : pseries) {
    if (p.buid == 0) p.buid = p.virtual_device ? id : arch::papr::kFirstBuid + (id & 0xFFFF);
    for (const auto& [buid, mask] : masks)
      if (buid == p.buid) p.page_mask = mask;
    index[{true, id}] = static_cast<unsigned>(s.phbs.size());
    s.phbs.push_back(p);
  }
  for (auto& [id, p] : powernv) {
    p.size = arch::size_of_index(p.generation, static_cast<unsigned>(id % kPhbsPerChip));
    index[{false, id}] = static_cast<unsigned>(s.phbs.size());
    s.phbs.push_back(p);
  }
  for (const auto& [name, candidates] : votes) {
    const auto best = std::max_element(candidates.begin(), candidates.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    Survey::Device d;
    d.name = name;
    d.phb = index[{best->first.is_pseries, best->first.phb}];
    d.pe = best->first.pe;
    d.rid = best->first.rid;
    d.accesses = accesses[name];
    s.devices.push_back(d);
  }
  return s;
}

// ---------------------------------------------------------------------------------------------

std::string Call::answer(bool rtas, std::int64_t status, const std::vector<std::uint32_t>& rets) {
  if (!rtas) {
    const std::string_view name = arch::papr::hcall_code_name(status);
    return name == "?" ? std::to_string(status) : std::string(name);
  }
  std::string text;
  for (std::size_t i = 0; i < rets.size(); ++i)
    text += i == 0 ? "status " + std::to_string(static_cast<std::int32_t>(rets[0])) : " " + text::hex(rets[i]);
  return text;
}

std::string Call::text() const {
  std::string out = std::string(rtas ? arch::papr::spec_of(rtas_call).name : arch::papr::spec_of(hcall.call).name) + "(";
  if (rtas) {
    for (std::size_t i = 0; i < args.size(); ++i) out += (i ? ", " : "") + text::hex(args[i]);
  } else {
    const bool two = hcall.call == Hcall::GetTce;
    const bool three = hcall.call == Hcall::PutTce;
    for (std::size_t i = 0; i < (two ? 2u : three ? 3u : 4u); ++i) out += (i ? ", " : "") + text::hex(hcall.a[i]);
  }
  return out + "): " + answer(rtas, status, rets) + " expected " + answer(rtas, expected, expected_rets);
}

arch::papr::PeSpec Machine::pe_spec(const Survey::Phb& info, unsigned phb, const arch::PhbState& hardware) {
  arch::papr::PeSpec pe;
  pe.buid = info.buid;
  pe.phb = phb;
  pe.hardware = &hardware;
  pe.pe = kPseriesPe;
  pe.liobn = info.liobn;
  pe.max_windows = info.virtual_device ? 1 : 2;
  pe.ddw = !info.virtual_device;
  pe.extensions = 2;
  pe.page_mask = info.page_mask;
  pe.default_bytes = info.default_bytes;
  pe.high_start = info.high_start;
  return pe;
}

Machine::Machine(const Survey& survey, arch::MemoryView& memory)
    : memory_(memory), region_(std::make_unique<arch::TableRegion>(kTableRegion, kTableRegionBytes)) {
  for (const Survey::Phb& info : survey.phbs) {
    PhbEntry p;
    p.info = info;
    arch::PhbOptions options;
    // What a hypervisor's PHB accepts is not in the trace (16M on pseries): take any size.
    options.allow_any_page_size = info.pseries;
    p.state = std::make_unique<arch::PhbState>(info.generation, info.size, options);
    phbs_.push_back(std::move(p));
  }
  partition_ = std::make_unique<arch::papr::Partition>(arch::papr::PartitionOptions{},
                                                       arch::papr::GuestMemory::identity(), *region_);
}

Machine::~Machine() = default;

void Machine::begin(std::vector<Action>& actions) {
  for (unsigned i = 0; i < phbs_.size(); ++i) {
    if (!phbs_[i].info.pseries) continue;
    register_write(i, arch::offset_of(Reg::RttBar), region_->allocate(arch::kRttBytes) | arch::kBarEnable, actions);
    set_rte(i, kPseriesRid, kPseriesPe, actions);
    // Its default window; the timed model's partition opens that one's own.
    arch::Effects effects;
    partition_->add_pe(pe_spec(phbs_[i].info, i, *phbs_[i].state), effects);
    carry_out(i, effects);
  }
}

void Machine::carry_out(unsigned phb, const arch::Effects& effects) {
  const bool ended = arch::apply(effects, *phbs_[phb].state, memory_);
  PHBSIM_ASSERT(ended);
}

void Machine::register_write(unsigned phb, std::uint32_t offset, std::uint64_t value, std::vector<Action>& actions) {
  phbs_[phb].state->write_register(offset, value);
  Action a;
  a.kind = Action::Kind::RegisterWrite;
  a.phb = phb;
  a.addr = offset;
  a.value = value;
  actions.push_back(a);
}

void Machine::set_rte(unsigned phb, Rid rid, PeNumber pe, std::vector<Action>& actions) {
  PhbEntry& p = phbs_[phb];
  p.rtes[rid] = pe;
  Action a;
  a.kind = Action::Kind::Store;
  a.phb = phb;
  a.half = true;
  a.addr = arch::rte_address(p.state->rtt_base(), rid);
  a.value = pe;
  memory_.write_be16(a.addr, static_cast<std::uint16_t>(pe));
  actions.push_back(a);
  register_write(phb, arch::offset_of(Reg::RtcInvalidate), arch::kRtcAll, actions);
}

unsigned Machine::phb_of_liobn(std::uint64_t liobn, const std::string& where) const {
  for (unsigned i = 0; i < phbs_.size(); ++i)
    if (phbs_[i].info.pseries && phbs_[i].info.id == group_of(liobn)) return i;
  throw UserError(where + ": LIOBN " + text::hex(liobn) + " belongs to no PHB of this trace");
}

std::optional<unsigned> Machine::phb_of_number(std::uint64_t number) const {
  for (unsigned i = 0; i < phbs_.size(); ++i)
    if (!phbs_[i].info.pseries && phbs_[i].info.id == number) return i;
  return std::nullopt;
}

std::optional<unsigned> Machine::phb_of_region(std::string_view region) const {
  const auto number = phb_number(region);
  return number ? phb_of_number(*number) : std::nullopt;
}

void Machine::put(unsigned phb, arch::TceTable& table, std::uint64_t index, std::uint64_t count, std::uint64_t tce,
                  std::uint64_t stride, std::vector<Action>& actions) {
  stores_.clear();
  const bool clear = (tce & arch::kTcePermissions) == 0;
  for (std::uint64_t i = 0; i < count; ++i) table.plan_put(index + i, clear ? 0 : tce + i * stride, stores_);
  for (const auto& s : stores_) {
    memory_.write_be64(s.addr, s.value);
    Action a;
    a.kind = Action::Kind::Store;
    a.phb = phb;
    a.addr = s.addr;
    a.value = s.value;
    actions.push_back(a);
  }
}

// -- pseries ------------------------------------------------------------------------------------

void Machine::rtas(RtasCall call, std::vector<std::uint32_t> args, std::vector<std::uint32_t> expected,
                   std::vector<Action>& actions) {
  Call c;
  c.rtas = true;
  c.rtas_call = call;
  c.args = std::move(args);
  c.nret = static_cast<unsigned>(expected.size());
  c.expected_rets = std::move(expected);
  // A query's answer ends with the migration mask, which the trace leaves out: QEMU's is 0.
  const arch::papr::RtasOutcome out = partition_->rtas(call, c.args, c.nret);
  c.rets = out.rets;
  carry_out(out.phb, out.effects);
  call_ = std::move(c);
  Action a;
  a.kind = Action::Kind::Hypercall;
  a.phb = out.phb;
  actions.push_back(a);
}

void Machine::hypercall(const HcallArgs& args, std::vector<std::uint64_t> list, std::int64_t expected,
                        std::vector<Action>& actions) {
  Call c;
  c.hcall = args;
  c.list = std::move(list);
  c.expected = expected;
  for (std::size_t i = 0; i < c.list.size(); ++i) memory_.write_be64(kCallPage + 8 * i, c.list[i]);
  const arch::papr::HcallOutcome out = partition_->perform(args, memory_);
  c.status = out.status;
  carry_out(0, out.stores);
  call_ = std::move(c);
  Action a;
  a.kind = Action::Kind::Hypercall;
  actions.push_back(a);
}

// What a driver sees of a successful call.
void Machine::changed(std::uint64_t liobn, std::uint64_t ioba, std::uint64_t count, std::uint64_t tce,
                      std::uint64_t stride) {
  const arch::papr::DmaWindow* w = partition_->window(liobn);
  if (call_->status != arch::papr::kSuccess || w == nullptr || count == 0) return;
  MappingChange c;
  for (unsigned i = 0; i < phbs_.size(); ++i)
    if (phbs_[i].info.pseries && phbs_[i].info.id == group_of(liobn)) c.phb = i;
  c.page_shift = w->page_shift;
  c.iova = ioba & ~low_mask(c.page_shift);
  c.pages = count;
  c.select = w->tve & 1;
  if (tce & arch::kTcePermissions) {
    c.tce = tce;
    c.stride = stride;
    const RealAddr real = tce & arch::kTceRpnMask;
    c.identity = real == c.iova - w->start && (count == 1 || stride == 1ull << c.page_shift) && w->start != 0;
  }
  change_ = c;
}

const arch::Tve& Machine::tve(unsigned phb, PeNumber pe, unsigned select) const {
  return phbs_[phb].state->tve(pe * phbs_[phb].state->tves_per_pe() + select);
}

std::uint64_t Machine::tve_word(unsigned phb, PeNumber pe, unsigned select) const {
  return phbs_[phb].state->tve_word(pe * phbs_[phb].state->tves_per_pe() + select);
}

std::vector<Machine::Window> Machine::windows(unsigned phb) const {
  std::vector<Window> out;
  for (const auto* w : partition_->windows(phbs_[phb].info.buid))
    out.push_back({w->liobn, w->start, w->size, w->page_shift});
  return out;
}

// -- powernv ------------------------------------------------------------------------------------

void Machine::powernv_put(std::uint64_t number, std::uint64_t window, std::uint64_t index, std::uint64_t count,
                          std::uint64_t tce, const std::string& where, std::vector<Action>& actions) {
  const auto i = phb_of_number(number);
  if (!i) throw UserError(where + ": PHB " + std::to_string(number) + " is not in this trace");
  PhbEntry& p = phbs_[*i];
  // The line names PHB and window, not the PE: each of the PHB's tables for that window takes it.
  bool found = false;
  for (std::uint32_t t = 0; t < p.state->facts().tves; ++t) {
    const arch::Tve& tve = p.state->tve(t);
    if (tve.kind != arch::Tve::Kind::Translated || (window <= 1 && t % 2 != window)) continue;
    auto& table = p.tables[tve.table];
    const std::uint64_t bytes = 1ull << (tve.bits_per_level + 3);
    if (table == nullptr || table->shape().levels != tve.levels || table->shape().table_bytes != bytes ||
        table->page_shift() != tve.page_shift) {
      table = std::make_unique<arch::TceTable>(arch::WindowShape{tve.levels, tve.table, bytes, tve.page_shift}, *region_);
    }
    if (count == 0 || !holds(tve, index, count)) {
      throw UserError(where + ": " + std::to_string(count) + " TCEs from index " + text::hex(index) +
                      " lie outside the table of PHB " + std::to_string(number) + " (" + arch::describe(tve) + ")");
    }
    put(*i, *table, index, count, tce, 1ull << tve.page_shift, actions);
    found = true;
    MappingChange c;
    c.phb = *i;
    c.iova = index << tve.page_shift;
    c.pages = count;
    c.page_shift = tve.page_shift;
    c.tce = tce;
    c.stride = 1ull << tve.page_shift;
    c.select = t & 1;
    change_ = c;
  }
  if (!found) {
    throw UserError(where + ": PHB " + std::to_string(number) + " has no translated TVE for window " +
                    std::to_string(window));
  }
}

// -- all ----------------------------------------------------------------------------------------

void Machine::apply(const Event& e, const std::string& where, std::vector<Action>& actions) {
  change_.reset();
  call_.reset();
  switch (e.kind) {
    case Kind::WindowQuery: {
      // Six outputs where the number of TCEs needs them.
      const bool six = e.n[3] >> 32 != 0;
      std::vector<std::uint32_t> expected{0, low(e.n[2])};
      if (six) expected.push_back(high(e.n[3]));
      expected.insert(expected.end(), {low(e.n[3]), low(e.n[4]), 0});
      rtas(RtasCall::Query, {low(e.n[1]), high(e.n[0]), low(e.n[0])}, std::move(expected), actions);
      break;
    }
    case Kind::WindowCreate: {
      for (const unsigned field : {2u, 3u}) {
        if (is_power_of_two(e.n[field])) continue;
        throw UserError(where + ": " + (field == 2 ? "page" : "window") + " size " + text::hex(e.n[field]) +
                        " is no power of two");
      }
      partition_->choose_liobn(low(e.n[5]));
      rtas(RtasCall::Create,
           {low(e.n[1]), high(e.n[0]), low(e.n[0]), log2_floor(e.n[2]), log2_floor(e.n[3])},
           {0, low(e.n[5]), high(e.n[4]), low(e.n[4])}, actions);
      break;
    }
    case Kind::WindowRemove:
      rtas(RtasCall::Remove, {low(e.n[0])}, {0}, actions);
      break;
    case Kind::WindowReset:
      rtas(RtasCall::Reset, {low(e.n[1]), high(e.n[0]), low(e.n[0])}, {0}, actions);
      break;
    case Kind::PutTce:
      hypercall({Hcall::PutTce, {e.n[0], e.n[1], e.n[2], 0}}, {}, signed_of(e.n[3]), actions);
      changed(e.n[0], e.n[1], 1, e.n[2], 0);
      break;
    case Kind::PutIndirect: {
      std::vector<std::uint64_t> list;
      for (std::uint64_t i = 0; i < std::min(e.n[2], arch::papr::kMaxTces); ++i) list.push_back(e.n[3] + i * e.n[4]);
      hypercall({Hcall::PutTceIndirect, {e.n[0], e.n[1], kCallPage, e.n[2]}}, std::move(list), signed_of(e.n[5]),
                actions);
      changed(e.n[0], e.n[1], e.n[2], e.n[3], e.n[4]);
      break;
    }
    case Kind::StuffTce:
      hypercall({Hcall::StuffTce, {e.n[0], e.n[1], e.n[3], e.n[2]}}, {}, signed_of(e.n[4]), actions);
      changed(e.n[0], e.n[1], e.n[2], e.n[3], 0);
      break;
    case Kind::Translate: {
      const unsigned i = phb_of_liobn(e.n[0], where);
      const arch::papr::DmaWindow* w = partition_->window(e.n[0]);
      if (w == nullptr) {
        throw UserError(where + ": LIOBN " + text::hex(e.n[0]) + " has no window here (no wc line made one)");
      }
      Action a;
      a.kind = Action::Kind::Translate;
      a.phb = i;
      a.rid = kPseriesRid;
      a.pe = kPseriesPe;
      a.addr = w->start + e.n[1];
      a.expected = e.n[2];
      a.permissions = e.n[3];
      a.page_shift = static_cast<unsigned>(e.n[4]);
      a.access = e.n[3] & arch::kTceRead ? arch::Access::Read : arch::Access::Write;
      a.length = static_cast<unsigned>(std::min<std::uint64_t>(8, 4096 - (a.addr & 4095)));
      actions.push_back(a);
      break;
    }
    case Kind::PnvTranslate: {
      const auto i = phb_of_number(e.n[0]);
      if (!i) throw UserError(where + ": PHB " + std::to_string(e.n[0]) + " is not in this trace");
      const auto rid = static_cast<Rid>(e.n[2]);
      const auto pe = static_cast<PeNumber>(e.n[1]);
      // The RTT's contents are not in the trace; the PE that a requester resolved to is.
      const auto known = phbs_[*i].rtes.find(rid);
      if (known == phbs_[*i].rtes.end() || known->second != pe) set_rte(*i, rid, pe, actions);
      Action a;
      a.kind = Action::Kind::Translate;
      a.phb = *i;
      a.rid = rid;
      a.pe = pe;
      a.addr = e.n[3];
      a.access = e.n[4] == 2 ? arch::Access::Write : arch::Access::Read;
      a.expected = e.n[5];
      a.permissions = e.n[6];
      a.page_shift = static_cast<unsigned>(e.n[7]);
      a.length = static_cast<unsigned>(std::min<std::uint64_t>(8, 4096 - (a.addr & 4095)));
      actions.push_back(a);
      break;
    }
    case Kind::TceBuild: {
      // Linux sets both bits for buffers that the device writes (phb.md 3.1).
      const std::uint64_t permissions = e.n[5] == 1 ? arch::kTceRead : arch::kTcePermissions;
      powernv_put(e.n[0], e.n[1], e.n[2], e.n[3], (e.n[4] & arch::kTceRpnMask) | permissions, where, actions);
      break;
    }
    case Kind::TceFree:
      powernv_put(e.n[0], 2, e.n[1], e.n[2], 0, where, actions);
      break;
    case Kind::MmioWrite:
    case Kind::MmioRead: {
      const auto i = phb_of_region(e.text[0]);
      if (!i || e.n[1] != 8) break;
      const auto offset = static_cast<std::uint32_t>(e.n[0]);
      const arch::RegSpec* spec = phbs_[*i].state->find_register(offset);
      if (spec == nullptr) break;
      if (e.kind == Kind::MmioWrite) {
        register_write(*i, offset, e.n[2], actions);
        if (spec->id == static_cast<unsigned>(Reg::RttBar)) phbs_[*i].rtes.clear();
      } else if (spec->id == static_cast<unsigned>(Reg::IodaData)) {
        // A read moves the auto-increment index, too.
        phbs_[*i].state->read_register(offset);
        Action a;
        a.kind = Action::Kind::RegisterRead;
        a.phb = *i;
        a.addr = offset;
        actions.push_back(a);
      }
      break;
    }
    default:
      break;
  }
}

arch::Translation Machine::translate(const Action& a) const {
  return arch::translate(*phbs_[a.phb].state, a.rid, a.addr, a.length, a.access, memory_);
}

arch::Translation Machine::resolve(const Survey::Device& device, BusAddr iova) const {
  const arch::PhbState& phb = *phbs_[device.phb].state;
  arch::Translation t = arch::translate_pe(phb, device.pe, iova, 1, arch::Access::Read, memory_);
  if (!t.ok()) t = arch::translate_pe(phb, device.pe, iova, 1, arch::Access::Write, memory_);
  return t;
}

}  // namespace phbsim::traces
