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
using trace::Event;
using trace::Kind;

namespace {

constexpr BusAddr kHighWindow = 1ull << 59;
// Above any memory a trace can name, below the end of the address space.
constexpr RealAddr kTableRegion = 1ull << 52;
constexpr std::uint64_t kTableRegionBytes = 1ull << 54;
// The default window's size is not in a trace; all of the 32-bit space covers it.
constexpr std::uint64_t kDefaultWindowBytes = 4 * kGiB;
constexpr std::uint64_t kPciLiobn = 0x80000000;
constexpr unsigned kPhbsPerChip = 6;

/// Group of LIOBNs that belong to one PE: a PHB's, or a virtual device's single one.
constexpr std::uint64_t group_of(std::uint64_t liobn) { return liobn & kPciLiobn ? liobn >> 8 : 1ull << 40 | liobn; }
constexpr bool is_default_window(std::uint64_t liobn) { return (liobn & kPciLiobn) == 0 || (liobn & 0xFF) == 0; }

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
  const auto see_liobn = [&](std::uint64_t liobn) {
    auto& p = pseries[group_of(liobn)];
    p.id = group_of(liobn);
    p.pseries = true;
  };
  const auto see_number = [&](std::uint64_t number) -> Survey::Phb& {
    auto& p = powernv[number];
    p.id = number;
    return p;
  };
  while (const auto event = file.next()) {
    const Event& e = *event;
    switch (e.kind) {
      case Kind::WindowCreate:
        starts[e.n[5]] = e.n[4];
        see_liobn(e.n[5]);
        break;
      case Kind::WindowRemove:
      case Kind::TableCreated:
      case Kind::PutTce:
      case Kind::PutIndirect:
      case Kind::StuffTce:
        see_liobn(e.n[0]);
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
  for (const auto& [id, p] : pseries) {
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

struct Machine::PseriesWindow {
  Window window;
  std::uint32_t tve = 0;
  BusAddr table_base = 0;  ///< bus address of the table's entry 0
  std::unique_ptr<arch::TceTable> table;

  std::uint64_t index(BusAddr ioba) const { return (ioba - table_base) >> window.page_shift; }
};

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
}

Machine::~Machine() = default;

void Machine::begin(std::vector<Action>& actions) {
  for (unsigned i = 0; i < phbs_.size(); ++i) {
    if (!phbs_[i].info.pseries) continue;
    register_write(i, arch::offset_of(Reg::RttBar), region_->allocate(arch::kRttBytes) | arch::kBarEnable, actions);
    set_rte(i, kPseriesRid, kPseriesPe, actions);
  }
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

void Machine::open_window(unsigned phb, std::uint64_t liobn, BusAddr start, std::uint64_t size, unsigned page_shift,
                          const std::string& where, std::vector<Action>& actions) {
  PhbEntry& p = phbs_[phb];
  close_window(phb, liobn, actions);
  const bool high = start >= kHighWindow;
  const bool middle = !high && start >= 4 * kGiB;
  PseriesWindow w;
  w.window = {liobn, start, size, page_shift};
  w.tve = kPseriesPe * 2 + (high || middle ? 1 : 0);
  w.table_base = high ? kHighWindow : 0;
  for (const auto& [other, v] : p.windows) {
    if (v.tve == w.tve) {
      throw UserError(where + ": windows " + text::hex(other) + " and " + text::hex(liobn) +
                      " need the same TVE of the PHB (starts " + text::hex(v.window.start) + " and " +
                      text::hex(start) + ")");
    }
  }
  // Between 4 GiB and 2^59 TVE#1 is selected by GTE4GB, and its table begins at address 0.
  const std::uint64_t ctrlr = p.state->reg(Reg::Ctrlr);
  const std::uint64_t wanted = middle ? ctrlr | arch::kCtrlrTve1Above4G : high ? ctrlr & ~arch::kCtrlrTve1Above4G : ctrlr;
  if (wanted != ctrlr) register_write(phb, arch::offset_of(Reg::Ctrlr), wanted, actions);
  arch::WindowShape shape;
  shape.page_shift = page_shift;
  const std::uint64_t span = std::max<std::uint64_t>(start - w.table_base + size, 1ull << page_shift);
  do {
    shape.table_bytes = arch::table_bytes_for(span, page_shift, shape.levels, 4 * kKiB);
  } while (shape.table_bytes > kGiB && ++shape.levels <= arch::kMaxLevels);
  const std::string wrong = arch::check_shape(shape, p.state->facts(), true);
  if (!wrong.empty()) throw UserError(where + ": window " + text::hex(liobn) + ": " + wrong);
  w.table = std::make_unique<arch::TceTable>(shape, *region_);
  const std::uint64_t select = arch::IodaTable::make(static_cast<unsigned>(arch::IodaTableId::Tvt)) | w.tve;
  register_write(phb, arch::offset_of(Reg::IodaAddr), select, actions);
  register_write(phb, arch::offset_of(Reg::IodaData), arch::encode_translated(w.table->shape()), actions);
  register_write(phb, arch::offset_of(Reg::TceKill), arch::encode_kill_pe(kPseriesPe), actions);
  p.windows.emplace(liobn, std::move(w));
}

void Machine::close_window(unsigned phb, std::uint64_t liobn, std::vector<Action>& actions) {
  PhbEntry& p = phbs_[phb];
  const auto it = p.windows.find(liobn);
  if (it == p.windows.end()) return;
  const std::uint64_t select = arch::IodaTable::make(static_cast<unsigned>(arch::IodaTableId::Tvt)) | it->second.tve;
  register_write(phb, arch::offset_of(Reg::IodaAddr), select, actions);
  register_write(phb, arch::offset_of(Reg::IodaData), 0, actions);
  register_write(phb, arch::offset_of(Reg::TceKill), arch::encode_kill_pe(kPseriesPe), actions);
  p.windows.erase(it);
}

void Machine::open_default(unsigned phb, std::vector<Action>& actions, const std::string& where) {
  const std::uint64_t id = phbs_[phb].info.id;
  const std::uint64_t liobn = id >> 40 ? id & 0xFFFFFFFF : id << 8;
  open_window(phb, liobn, 0, kDefaultWindowBytes, 12, where, actions);
}

Machine::PseriesWindow& Machine::window_of(PhbEntry& phb, std::uint64_t liobn, const std::string& where) {
  const auto it = phb.windows.find(liobn);
  if (it != phb.windows.end()) return it->second;
  throw UserError(where + ": LIOBN " + text::hex(liobn) + " has no window here (no wc line made one)");
}

void Machine::pseries_put(std::uint64_t liobn, std::uint64_t ioba, std::uint64_t count, std::uint64_t tce,
                          std::uint64_t stride, const std::string& where, std::vector<Action>& actions) {
  const unsigned i = phb_of_liobn(liobn, where);
  PhbEntry& p = phbs_[i];
  if (p.windows.find(liobn) == p.windows.end() && is_default_window(liobn)) open_default(i, actions, where);
  PseriesWindow& w = window_of(p, liobn, where);
  const unsigned shift = w.window.page_shift;
  if (count == 0) return;
  const std::uint64_t first = w.index(ioba);
  if (ioba < w.window.start || !holds(w.table->geometry(), first, count)) {
    throw UserError(where + ": " + std::to_string(count) + " TCEs from " + text::hex(ioba) + " lie outside window " +
                    text::hex(liobn) + " (start " + text::hex(w.window.start) + ", size " + text::hex(w.window.size) + ")");
  }
  put(i, *w.table, first, count, tce, stride, actions);
  const bool one = count == 1 && (shift == 12 || shift == 16 || shift == 21 || shift == 30);
  register_write(i, arch::offset_of(Reg::TceKill),
                 one ? arch::encode_kill_one(kPseriesPe, ioba, shift, p.state->facts())
                     : arch::encode_kill_pe(kPseriesPe),
                 actions);
  MappingChange c;
  c.phb = i;
  c.iova = ioba & ~low_mask(shift);
  c.pages = count;
  c.page_shift = shift;
  c.select = w.tve & 1;
  if (tce & arch::kTcePermissions) {
    c.tce = tce;
    c.stride = stride;
    const RealAddr real = tce & arch::kTceRpnMask;
    c.identity = real == c.iova - w.window.start && (count == 1 || stride == 1ull << shift) && w.window.start != 0;
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
  for (const auto& [liobn, w] : phbs_[phb].windows) out.push_back(w.window);
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
  switch (e.kind) {
    case Kind::WindowCreate: {
      const unsigned i = phb_of_liobn(e.n[5], where);
      phbs_[i].buid = e.n[0];
      if (!is_power_of_two(e.n[2])) throw UserError(where + ": page size " + text::hex(e.n[2]) + " is no power of two");
      open_window(i, e.n[5], e.n[4], e.n[3], log2_floor(e.n[2]), where, actions);
      break;
    }
    case Kind::WindowRemove: {
      const unsigned i = phb_of_liobn(e.n[0], where);
      close_window(i, e.n[0], actions);
      // With its last window gone a PE gets its default window back, unless that was the default
      // itself (ddw-vfio.md 1.1): it made room for another.
      if (phbs_[i].windows.empty() && !is_default_window(e.n[0])) open_default(i, actions, where);
      break;
    }
    case Kind::WindowReset: {
      for (unsigned i = 0; i < phbs_.size(); ++i) {
        PhbEntry& p = phbs_[i];
        const bool same = p.info.pseries && (p.buid ? *p.buid == e.n[0] : (p.info.id & 0xFFFF) == (e.n[0] & 0xFFFF));
        if (!same) continue;
        while (!p.windows.empty()) close_window(i, p.windows.begin()->first, actions);
        open_default(i, actions, where);
      }
      break;
    }
    case Kind::TableCreated: {
      const unsigned i = phb_of_liobn(e.n[0], where);
      if (is_default_window(e.n[0]) && phbs_[i].windows.count(e.n[0]) == 0) open_default(i, actions, where);
      break;
    }
    case Kind::PutTce:
      if (e.n[3] == 0) pseries_put(e.n[0], e.n[1], 1, e.n[2], 0, where, actions);
      break;
    case Kind::PutIndirect:
      if (e.n[5] == 0) pseries_put(e.n[0], e.n[1], e.n[2], e.n[3], e.n[4], where, actions);
      break;
    case Kind::StuffTce:
      if (e.n[4] == 0) pseries_put(e.n[0], e.n[1], e.n[2], e.n[3], 0, where, actions);
      break;
    case Kind::Translate: {
      const unsigned i = phb_of_liobn(e.n[0], where);
      PhbEntry& p = phbs_[i];
      if (p.windows.find(e.n[0]) == p.windows.end() && is_default_window(e.n[0])) open_default(i, actions, where);
      const PseriesWindow& w = window_of(p, e.n[0], where);
      Action a;
      a.kind = Action::Kind::Translate;
      a.phb = i;
      a.rid = kPseriesRid;
      a.pe = kPseriesPe;
      a.addr = w.window.start + e.n[1];
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
      const arch::RegSpec* spec = arch::find_register(offset);
      if (spec == nullptr) break;
      if (e.kind == Kind::MmioWrite) {
        register_write(*i, offset, e.n[2], actions);
        if (spec->reg == Reg::RttBar) phbs_[*i].rtes.clear();
      } else if (spec->reg == Reg::IodaData) {
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
