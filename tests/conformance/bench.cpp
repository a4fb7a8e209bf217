// SPDX-License-Identifier: Apache-2.0
// Runs a row: a partition on the architected state of one PHB and bytes in memory; every step does
// what it says and is compared.
//
// Fixture words: F0, F1, less-L0 (in this order, last); ram=BYTES, tces=N, mask=N, ext=N (values in
// ibm,ddw-extensions), limited=0|1, max-windows=N, no-ddw, cmo=BYTES (entitlement), multi-table,
// single-tce (no hcall-multi-tce), pe2 (another PE, LIOBN M0), vio (a virtual device, LIOBN V0).
//
// Numbers: sums and differences of decimal, 0x.., 64K, 4G, 2^n and the names below.
//
// Verbs:
//   rtas CALL ARG... / NRET -> CELL...         all cells that the call writes, status first
//   hcall CALL ARG... -> STATUS [R4]           9999>N: KVM's kernel part gave up, QEMU answered N
//   dma rd|wr|rw ADDR -> LOGICAL | real:ADDR | fault[:NAME]      dma2: from the second PE
//   entries LIOBN IOBA N TCE STRIDE            N entries, read back by H_GET_TCE
//   windows -> LIOBN... | none                 window LIOBN -> START SIZE SHIFT ENTRIES
//   list LOGICAL TCE...                        fill LOGICAL N TCE STRIDE: a list of TCEs in memory
//   rewrite LOGICAL TCE                        in the next hypercall the list there turns to TCE
//   once read poke REAL VALUE                            plant LIOBN IOBA VALUE: an entry's bytes;
//   raw reads them changes -> LIOBN IOBA N ... | none         what the last hypercall's kill has to
//   cover stores -> N                                aligned doublewords that the last hypercall
//   stores fetches CALL ARG... -> LOGICAL BYTES       what a hypercall reads first mapped -> BYTES
//   counted under CMO inject RTASCALL STATUS TIMES; reboot; isolate; rescind LIOBN; rescind-page
//   LOGICAL; page-out LOGICAL cells applicable|extensions|window -> CELL... reader CELL... / INDEX
//   -> RC VALUE         Linux's reader of ibm,ddw-extensions linux KEY=VALUE... -> KEY=VALUE...
//   Linux's decision with this partition as firmware
#include <algorithm>
#include <map>
#include <set>

#include "models/arch/papr/partition.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/host/linux/ddw_policy.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/conformance/rows.hpp"

namespace phbsim::conformance {

namespace {

using arch::papr::Cells;
using arch::papr::Hcall;
using arch::papr::HcallArgs;
using arch::papr::HcallOutcome;
using arch::papr::Partition;
using arch::papr::PartitionOptions;
using arch::papr::PeSpec;
using arch::papr::RtasCall;
using arch::papr::RtasOutcome;

constexpr std::uint64_t kBuid = 0x0800000020000001;
constexpr std::uint32_t kConfigAddr = 0x00010000;
constexpr std::uint32_t kConfigAddr2 = 0x00020000;
constexpr std::uint32_t kL0 = 0x80000000;
constexpr std::uint32_t kM0 = 0x80000100;
constexpr std::uint32_t kV0 = 0x71000003;
constexpr BusAddr kHigh = 1ull << 59;
constexpr Rid kRid2 = 0x0200;
constexpr PeNumber kPe2 = 6;
constexpr RealAddr kTables = 4 * kGiB;
constexpr std::uint64_t kTableSpace = 1ull << 40;
/// Where the partition's address 0 lies. Not at 0: a TCE that was not translated would pass.
constexpr RealAddr kRam = 1ull << 44;

constexpr std::pair<std::string_view, std::uint64_t> kNames[] = {
    {"c", kConfigAddr},
    {"bh", kBuid >> 32},
    {"bl", kBuid & 0xFFFFFFFF},
    {"L0", kL0},
    {"L1", kL0 + 1},
    {"M0", kM0},
    {"V0", kV0},
    {"HIGH", kHigh},
    {"LIST", 0x100000},
    // Tokens by name, for the cells of properties.
    {"query", 0x2026},
    {"create", 0x2027},
    {"remove", 0x2028},
    {"reset", 0x2029},
};
constexpr std::pair<std::string_view, Hcall> kHcallNames[] = {{"get", Hcall::GetTce},
                                                              {"put", Hcall::PutTce},
                                                              {"stuff", Hcall::StuffTce},
                                                              {"indirect", Hcall::PutTceIndirect},
                                                              {"migrate", Hcall::MigrateDma}};
constexpr std::pair<std::string_view, RtasCall> kRtasNames[] = {{"query", RtasCall::Query},
                                                                {"create", RtasCall::Create},
                                                                {"remove", RtasCall::Remove},
                                                                {"reset", RtasCall::Reset}};

template <typename Table>
auto named(const Table& table, const std::string& name) {
  for (const auto& [n, value] : table)
    if (n == name) return value;
  throw UserError("'" + name + "' is unknown");
}

std::string join(const Words& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

/// Small numbers and negative ones in decimal.
std::string show(std::uint64_t v) {
  const auto s = static_cast<std::int64_t>(v);
  return s >= -10000 && s < 10000 ? std::to_string(s) : text::hex(v);
}
std::string show_cell(std::uint32_t v) { return v < 10000 ? std::to_string(v) : text::hex(v); }
std::string show_code(std::int64_t status) {
  const auto name = arch::papr::hcall_code_name(status);
  return std::to_string(status) + (status == 0 || name == "?" ? "" : " " + std::string(name));
}

/// Addresses and LIOBNs of answers, as the page has them.
std::string pretty(std::uint64_t v) {
  if (v == kHigh) return "2^59";
  if (v > kHigh && v < 2 * kHigh) return "2^59+" + text::hex(v - kHigh);
  return v == 0 ? "0" : text::hex(v);
}
std::string pretty_liobn(std::uint32_t liobn) {
  return liobn == kL0 || liobn == kL0 + 1 ? "L" + std::to_string(liobn - kL0) : text::hex(liobn);
}

std::uint64_t term(const std::string& s) {
  for (const auto& [name, value] : kNames)
    if (name == s) return value;
  if (s.rfind("2^", 0) == 0) {
    const auto n = text::parse_dec(std::string_view(s).substr(2));
    if (n && *n < 64) return 1ull << *n;
  }
  if (const auto v = text::parse_bytes(s)) return *v;
  throw UserError("'" + s + "' is no number");
}

std::uint64_t number(const std::string& s) {
  std::uint64_t sum = 0;
  for (std::size_t from = 0;;) {
    const bool minus = s[from] == '-';
    if (minus || s[from] == '+') ++from;
    const std::size_t at = s.find_first_of("+-", from);
    const std::uint64_t v = term(s.substr(from, at - from));
    sum += minus ? 0 - v : v;
    if (at == std::string::npos) return sum;
    from = at;
  }
}

std::vector<std::uint64_t> numbers(const Words& words, std::size_t from, std::size_t to) {
  if (to > words.size() || from > to) throw UserError("too few words");
  std::vector<std::uint64_t> out;
  for (; from < to; ++from) out.push_back(number(words[from]));
  return out;
}

std::map<std::string, std::string> keys(const Words& words, std::size_t from) {
  std::map<std::string, std::string> out;
  for (; from < words.size(); ++from) {
    const auto at = words[from].find('=');
    out[words[from].substr(0, at)] = at == std::string::npos ? "" : words[from].substr(at + 1);
  }
  return out;
}

/// Memory whose doublewords in one page change once they were read.
class Rewritten final : public arch::MemoryView {
 public:
  Rewritten(test::PlainMemory& below, RealAddr page, std::uint64_t value)
      : below_(below), page_(page), value_(value) {}
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override {
    below_.read(addr, out, n);
    if (addr / 4096 != page_ / 4096) return;
    for (RealAddr a = addr & ~7ull; a < addr + n; a += 8) below_.write_be64(a, value_);
  }
  void write(RealAddr, const unsigned char*, std::size_t) override {
    throw ModelError("a decision wrote memory");
  }

 private:
  test::PlainMemory& below_;
  RealAddr page_;
  std::uint64_t value_;
};

class Bench;

/// The partition as Linux's firmware.
class Firmware final : public host::DdwFirmware {
 public:
  explicit Firmware(Bench& bench) : bench_(bench) {}
  std::optional<std::array<std::uint32_t, 3>> applicable() override;
  std::optional<std::vector<std::uint32_t>> extensions() override;
  host::DdwQuery query(unsigned outputs) override;
  host::DdwCreated create(unsigned page_shift, unsigned window_shift) override;
  int remove(std::uint32_t liobn) override;
  int reset(bool limited) override;
  long tce(const host::TceCall& call) override;
  std::optional<host::PropertyValue> property(std::string_view name) override {
    const auto at = properties.find(std::string(name));
    if (at == properties.end()) return std::nullopt;
    return at->second;
  }
  void set_property(std::string_view name, const host::PropertyValue& value) override {
    properties[std::string(name)] = value;
  }
  void delete_property(std::string_view name) override { properties.erase(std::string(name)); }

  std::map<std::string, host::PropertyValue> properties;
  std::optional<Cells> other_extensions;  ///< instead of the partition's
  unsigned outputs = 0;                   ///< of the last query

 private:
  Bench& bench_;
};

class Bench {
 public:
  Bench(const Row& row, Personality personality)
      : fixture_(row.fixture[static_cast<unsigned>(personality)]),
        bench_(arch::Generation::Phb4, arch::PhbSize::Big, any_page_size()),
        region_(kTables, kTableSpace),
        firmware_(*this) {
    PartitionOptions options;
    options.personality = personality;
    PeSpec pe;
    bool pe2 = false, vio = false, f1 = false, less_l0 = false;
    for (const std::string& w : fixture_) {
      const auto at = w.find('=');
      const std::string key = w.substr(0, at);
      const std::uint64_t v = at == std::string::npos ? 0 : number(w.substr(at + 1));
      if (key == "F1")
        f1 = true;
      else if (key == "less-L0")
        less_l0 = true;
      else if (key == "ram")
        ram_ = v;
      else if (key == "tces")
        pe.tces = v;
      else if (key == "mask")
        pe.page_mask = static_cast<std::uint32_t>(v);
      else if (key == "ext")
        pe.extensions = static_cast<unsigned>(v);
      else if (key == "limited")
        pe.limited_addressing = v != 0;
      else if (key == "max-windows")
        pe.max_windows = static_cast<unsigned>(v);
      else if (key == "no-ddw")
        pe.ddw = false;
      else if (key == "cmo")
        options.cmo = true;
      else if (key == "multi-table")
        options.multi_table = true;
      else if (key == "single-tce")
        options.multi_tce = false;
      else if (key == "pe2")
        pe2 = true;
      else if (key == "vio")
        vio = true;
      else if (key != "F0")
        throw UserError("fixture word '" + w + "' is unknown");
      if (key == "cmo") options.entitlement = v;
    }
    partition_.emplace(options, arch::papr::GuestMemory::flat(ram_, kRam), region_);
    pe.buid = kBuid;
    pe.config_addr = kConfigAddr;
    pe.hardware = &bench_.phb;
    pe.pe = test::PhbBench::kPe;
    add(pe);
    if (pe2) {
      PeSpec other = pe;
      other.config_addr = kConfigAddr2;
      other.pe = kPe2;
      other.liobn = kM0;
      arch::set_rte(bench_.memory, test::PhbBench::kRtt, kRid2, kPe2);
      add(other);
    }
    if (vio) {
      PeSpec virt = pe;
      virt.buid = 0;
      virt.config_addr = 0;
      virt.pe = kPe2 + 1;
      virt.liobn = kV0;
      virt.max_windows = 1;
      virt.ddw = false;
      add(virt);
    }
    const std::vector<std::uint32_t> where{kConfigAddr, kBuid >> 32, kBuid & 0xFFFFFFFF};
    if (f1 && rtas(RtasCall::Create, {where[0], where[1], where[2], 16, 40}, 4).rets !=
                  std::vector<std::uint32_t>{0, kL0 + 1, kHigh >> 32, 0}) {
      throw UserError("F1 has no window L1 at 2^59");
    }
    if (less_l0 && rtas(RtasCall::Remove, {kL0}, 1).status != 0)
      throw UserError("L0 could not be removed");
    host::PropertyValue window;
    for (const std::uint32_t c : partition_->dma_window_property(kBuid, kConfigAddr)) {
      window.resize(window.size() + 4);
      store_be32(&window[window.size() - 4], c);
    }
    firmware_.properties[std::string(arch::papr::kDmaWindow)] = window;
    node_.table0 = kL0;
  }

  /// The words that a step gives. Sets `answer` to what the table shows.
  Words step(const Words& w, std::string& answer);
  /// Whether an expected word stands for a given one.
  static bool matches(const std::string& want, const std::string& got) {
    if (want == "_" || want == got || (want == "fault" && got.rfind("fault:", 0) == 0)) return true;
    const auto value = [](const std::string& s) -> std::optional<std::uint64_t> {
      try {
        return number(s);
      } catch (const UserError&) {
        return std::nullopt;
      }
    };
    const auto a = value(want), b = value(got);
    return a && b && *a == *b;
  }

  RtasOutcome rtas(RtasCall call, const std::vector<std::uint32_t>& args, unsigned nret) {
    RtasOutcome out = partition_->rtas(call, args, nret);
    // "Of a failed call only the status is written", and nothing else is done.
    if (out.status != 0 && (out.rets.size() != 1 || !out.effects.empty()))
      throw UserError("a failed call does more");
    if (out.rets.empty() || out.rets[0] != static_cast<std::uint32_t>(out.status))
      throw UserError("no status cell");
    carry_out(out.effects);
    return out;
  }
  HcallOutcome hcall(const HcallArgs& args) {
    Rewritten changing(bench_.memory, kRam + rewrite_at_.value_or(0), rewrite_to_);
    const arch::MemoryView* view = &bench_.memory;
    if (rewrite_at_) view = &changing;
    HcallOutcome out = partition_->perform(args, *view);
    rewrite_at_.reset();
    // None of them syncs; all are stores of aligned doublewords into the tables.
    for (const arch::Effect& e : out.stores) {
      const bool in_tables = e.addr >= kTables && e.addr < kTables + kTableSpace;
      if (e.kind != arch::Effect::Kind::Store8 || e.addr % 8 != 0 || !in_tables)
        throw UserError("a store beside the tables");
    }
    if (out.changes.empty() && !out.stores.empty())
      throw UserError("stores that no kill would cover");
    carry_out(out.stores);
    last_ = out;
    return out;
  }
  const Partition& partition() const { return *partition_; }
  void write_list(std::uint64_t logical, const std::vector<std::uint64_t>& tces) {
    for (std::size_t i = 0; i < tces.size(); ++i)
      bench_.memory.write_be64(kRam + logical + 8 * i, tces[i]);
  }

 private:
  static arch::PhbOptions any_page_size() {
    arch::PhbOptions o;
    o.allow_any_page_size = true;  // 16M pages, which POWER9's firmware does not offer
    return o;
  }
  void add(const PeSpec& pe) {
    arch::Effects effects;
    partition_->add_pe(pe, effects);
    carry_out(effects);
  }
  void carry_out(const arch::Effects& effects) {
    if (!arch::apply(effects, bench_.phb, bench_.memory)) throw UserError("a wait never ends");
  }
  RealAddr leaf(std::uint64_t liobn, std::uint64_t ioba) const {
    const auto* w = partition_->window(liobn);
    if (w == nullptr) throw UserError("no such window");
    return w->table->leaf_address(w->table_index((ioba - w->start) >> w->page_shift));
  }
  std::string dma(Rid rid, const std::string& access, BusAddr addr) const;
  std::string get(std::uint64_t liobn, std::uint64_t ioba, std::uint64_t& tce) {
    const HcallOutcome out = hcall({Hcall::GetTce, {liobn, ioba}});
    tce = out.r4;
    return out.status == 0 ? "" : show_code(out.status);
  }
  Words entries(const std::vector<std::uint64_t>& n);
  Words run_linux(const Words& w, std::string& answer);
  static HcallArgs hcall_args(const Words& w) {
    HcallArgs args;
    args.call = named(kHcallNames, w.size() > 1 ? w[1] : "");
    const std::size_t count = args.call == Hcall::GetTce ? 2
                              : args.call == Hcall::StuffTce || args.call == Hcall::PutTceIndirect
                                  ? 4
                                  : 3;
    const auto n = numbers(w, 2, 2 + count);
    std::copy(n.begin(), n.end(), args.a.begin());
    return args;
  }

  Words fixture_;
  std::uint64_t ram_ = 4 * kGiB;
  test::PhbBench bench_;
  arch::TableRegion region_;
  std::optional<Partition> partition_;
  HcallOutcome last_;
  std::optional<std::uint64_t> rewrite_at_;
  std::uint64_t rewrite_to_ = 0;
  Firmware firmware_;
  host::DdwNode node_;
};

std::string Bench::dma(Rid rid, const std::string& access, BusAddr addr) const {
  std::optional<std::string> seen;
  for (const arch::Access a : {arch::Access::Read, arch::Access::Write}) {
    if (access != "rw" && access != (a == arch::Access::Read ? "rd" : "wr")) continue;
    const arch::Translation t = bench_.dma(addr, a, 8, rid);
    std::string got;
    if (!t.ok()) {
      got = "fault:" + std::string(arch::kFaultTable[static_cast<unsigned>(t.fault)].name);
    } else if (t.real >= kRam && t.real < kRam + ram_) {
      got = text::hex(t.real - kRam);
    } else {
      got = "real:" + text::hex(t.real);
    }
    if (seen && *seen != got) return *seen + "/" + got;
    seen = got;
  }
  if (!seen) throw UserError("'" + access + "' is no access");
  return *seen;
}

Words Bench::entries(const std::vector<std::uint64_t>& n) {
  const auto* w = partition_->window(n[0]);
  if (w == nullptr) throw UserError("no such window");
  for (std::uint64_t i = 0; i < n[2]; ++i) {
    std::uint64_t tce = 0;
    const std::string wrong = get(n[0], n[1] + (i << w->page_shift), tce);
    if (!wrong.empty() || tce != n[3] + i * n[4]) {
      return {"entry", std::to_string(i), wrong.empty() ? show(tce) : wrong};
    }
  }
  return {"equal"};
}

Words Bench::run_linux(const Words& w, std::string& answer) {
  const auto in = keys(w, 1);
  const auto given = [&](const char* key, std::uint64_t otherwise) {
    return in.count(key) ? number(in.at(key)) : otherwise;
  };
  host::DdwMachine machine;
  machine.hotplug_max = given("ram", ram_);
  machine.ram = {{0, machine.hotplug_max}};
  machine.pmem = given("pmem", 0) != 0;
  machine.multitce = given("multitce", 1) != 0;
  const auto bits = given("mask", 64);
  node_.default_in_use = given("inuse", 0) != 0;
  const auto order = host::make_largest_page({});
  const host::DdwPolicy policy(machine, *order);
  const host::DdwResult r =
      policy.enable(firmware_, node_, bits == 64 ? ~0ull : (1ull << bits) - 1);
  const auto flag = [](bool b) { return std::string(b ? "1" : "0"); };
  std::map<std::string, std::string> out{
      {"used", flag(r.used)},
      {"reused", flag(r.reused)},
      {"direct", flag(r.direct)},
      {"dynamic", flag(r.dynamic)},
      {"offset", show(r.dynamic_offset)},
      {"shift", show(r.page_shift)},
      {"len", show(r.len)},
      {"base", show(r.base)},
      {"liobn", show(r.liobn)},
      {"limit", r.bus_dma_limit ? show(*r.bus_dma_limit) : "none"},
      {"removed", flag(r.default_removed)},
      {"outputs", show(firmware_.outputs)},
      {"query", show(r.calls.query)},
      {"create", show(r.calls.create)},
      {"remove", show(r.calls.remove)},
      {"reset", show(r.calls.reset)},
      {"put", show(r.calls.put)},
      {"indirect", show(r.calls.indirect)},
      {"stuff", show(r.calls.stuff)},
      {"busy", show(r.calls.busy)},
      {"paused", show(r.calls.paused_ms)}};
  if (!r.used) {
    answer = "none: " + std::string(host::to_string(r.why_not));
  } else {
    answer = (r.reused ? "the same: " : "") + text::bytes(1ull << r.page_shift) + " pages, 2^" +
             std::to_string(r.len) + " at " + pretty(r.base) + (r.direct ? ", direct" : "") +
             (r.dynamic ? ", on demand" : "") + (r.default_removed ? ", in place of L0" : "");
  }
  const auto word = [](std::string s) {
    std::replace(s.begin(), s.end(), ' ', '-');
    return s;
  };
  Words words{"why=" + word(std::string(host::to_string(r.why_not)))};
  for (const auto& [key, value] : out) words.push_back(key + "=" + value);
  return words;
}

Words Bench::step(const Words& w, std::string& answer) {
  const std::string& verb = w[0];
  const auto arg = [&](std::size_t i) -> const std::string& {
    if (i >= w.size()) throw UserError("too few words");
    return w[i];
  };
  const auto n = [&](std::size_t i) { return number(arg(i)); };
  if (verb == "rtas") {
    const auto slash = std::find(w.begin(), w.end(), "/") - w.begin();
    std::vector<std::uint32_t> args;
    for (const std::uint64_t v : numbers(w, 2, static_cast<std::size_t>(slash)))
      args.push_back(static_cast<std::uint32_t>(v));
    const RtasCall call = named(kRtasNames, arg(1));
    const RtasOutcome out =
        rtas(call, args, static_cast<unsigned>(n(static_cast<std::size_t>(slash) + 1)));
    Words got{std::to_string(out.status)};
    for (std::size_t i = 1; i < out.rets.size(); ++i) got.push_back(show_cell(out.rets[i]));
    answer = got[0];
    if (call == RtasCall::Create && got.size() == 4) {
      answer += ", " + pretty_liobn(out.rets[1]) + " at " +
                pretty(static_cast<std::uint64_t>(out.rets[2]) << 32 | out.rets[3]);
    } else if (call == RtasCall::Query && got.size() == 6) {
      answer = got[0] + ", " + got[1] + " free, " +
               pretty(static_cast<std::uint64_t>(out.rets[2]) << 32 | out.rets[3]) +
               " TCEs, mask " + text::hex(out.rets[4]);
    } else if (call == RtasCall::Query && got.size() == 5) {
      answer +=
          ", " + got[1] + " free, " + pretty(out.rets[2]) + " TCEs, mask " + text::hex(out.rets[3]);
    }
    return got;
  }
  if (verb == "hcall") {
    const HcallArgs args = hcall_args(w);
    const HcallOutcome out = hcall(args);
    const std::string status = std::to_string(out.status);
    answer = (out.userspace ? "9999, " : "") + show_code(out.status);
    if (args.call == Hcall::GetTce && out.status >= 0)
      answer += ", R4 " + pretty(out.r4);
    else if (out.status == 0 && partition_->options().cmo)
      answer += ", R4 " + show(out.r4);
    return {out.userspace ? "9999>" + status : status, show(out.r4)};
  }
  if (verb == "dma" || verb == "dma2") {
    const std::string got = dma(verb == "dma" ? test::PhbBench::kRid : kRid2, arg(1), n(2));
    answer = arg(1) + " " + pretty(n(2)) + (got.rfind("fault", 0) == 0 ? " faults" : " at " + got);
    return {got};
  }
  if (verb == "entries") {
    answer = (n(3) == 1 ? "entry " : std::to_string(n(3)) + " entries ") + pretty(n(4)) +
             (n(5) != 0 ? ".." : "");
    return entries(numbers(w, 1, 6));
  }
  if (verb == "windows") {
    Words got;
    for (const auto* window : partition_->windows(kBuid, kConfigAddr)) {
      got.push_back(text::hex(window->liobn));
      answer += (answer.empty() ? "windows " : ", ") + pretty_liobn(window->liobn);
    }
    if (got.empty()) {
      got = {"none"};
      answer = "no window";
    }
    return got;
  }
  if (verb == "window") {
    const auto* window = partition_->window(n(1));
    if (window == nullptr) return {"none"};
    answer = std::to_string(window->entries) + (window->entries == 1 ? " entry" : " entries");
    return {show(window->start), show(window->size), show(window->page_shift),
            show(window->entries)};
  }
  if (verb == "list") {
    write_list(n(1), numbers(w, 2, w.size()));
    return {};
  }
  if (verb == "fill") {
    const auto v = numbers(w, 1, 5);
    std::vector<std::uint64_t> tces;
    for (std::uint64_t i = 0; i < v[1]; ++i) tces.push_back(v[2] + i * v[3]);
    write_list(v[0], tces);
    return {};
  }
  if (verb == "rewrite") {
    rewrite_at_ = n(1);
    rewrite_to_ = n(2);
    return {};
  }
  if (verb == "poke") {
    bench_.memory.write_be64(n(1), n(2));
    return {};
  }
  if (verb == "plant") {
    bench_.memory.write_be64(leaf(n(1), n(2)), n(3));
    return {};
  }
  if (verb == "raw") return {show(bench_.memory.read_be64(leaf(n(1), n(2))))};
  if (verb == "changes") {
    Words got;
    for (const auto& c : last_.changes) {
      got.push_back(text::hex(c.liobn));
      got.push_back(show(c.iova));
      got.push_back(std::to_string(c.count));
    }
    return got.empty() ? Words{"none"} : got;
  }
  if (verb == "stores") return {std::to_string(last_.stores.size())};
  if (verb == "fetches") {
    Words got;
    for (const auto& r : partition_->reads(hcall_args(w))) {
      got.push_back(r.addr >= kRam && r.addr < kRam + ram_ ? show(r.addr - kRam)
                                                           : "real:" + text::hex(r.addr));
      got.push_back(std::to_string(r.bytes));
    }
    answer = "reads " + (got.size() == 2 ? got[1] + " bytes at " + got[0]
                         : got.empty()   ? "nothing"
                                         : join(got));
    return got.empty() ? Words{"none"} : got;
  }
  if (verb == "mapped") {
    answer = show(partition_->mapped_bytes()) + " bytes";
    return {show(partition_->mapped_bytes())};
  }
  if (verb == "inject") {
    partition_->answer(named(kRtasNames, arg(1)), static_cast<std::int32_t>(n(2)),
                       static_cast<unsigned>(n(3)));
    return {};
  }
  if (verb == "reboot") {
    for (const RtasOutcome& out : partition_->reboot()) carry_out(out.effects);
    return {};
  }
  if (verb == "isolate") {
    carry_out(partition_->isolate(kBuid, kConfigAddr).effects);
    return {};
  }
  if (verb == "rescind") {
    partition_->rescind_window(static_cast<std::uint32_t>(n(1)));
    return {};
  }
  if (verb == "rescind-page") {
    partition_->rescind_page(n(1));
    return {};
  }
  if (verb == "page-out") {
    partition_->page_out(n(1));
    return {};
  }
  if (verb == "cells") {
    const Cells cells = arg(1) == "applicable" ? partition_->ddw_applicable(kBuid, kConfigAddr)
                        : arg(1) == "extensions"
                            ? partition_->ddw_extensions(kBuid, kConfigAddr)
                            : partition_->dma_window_property(kBuid, kConfigAddr);
    Words got;
    answer = arg(1) + ":";
    for (const std::uint32_t c : cells) {
      got.push_back(show_cell(c));
      answer += " " + (c < 16 ? std::to_string(c) : text::hex(c));
    }
    if (got.empty()) got = {"none"};
    return got;
  }
  if (verb == "reader") {
    const auto slash = static_cast<std::size_t>(std::find(w.begin(), w.end(), "/") - w.begin());
    Cells cells;
    for (const std::uint64_t v : numbers(w, 1, slash))
      cells.push_back(static_cast<std::uint32_t>(v));
    Firmware firmware(*this);
    firmware.other_extensions = cells;
    std::uint32_t value = 0;
    const int rc = host::read_extension(firmware, static_cast<unsigned>(n(slash + 1)), value);
    answer = rc == 0 ? "value " + show_cell(value) : std::to_string(rc);
    return rc == 0 ? Words{"0", show_cell(value)} : Words{std::to_string(rc)};
  }
  if (verb == "linux") return run_linux(w, answer);
  throw UserError("unknown verb");
}

std::optional<std::array<std::uint32_t, 3>> Firmware::applicable() {
  const Cells c = bench_.partition().ddw_applicable(kBuid, kConfigAddr);
  if (c.size() != 3) return std::nullopt;
  return std::array<std::uint32_t, 3>{c[0], c[1], c[2]};
}
std::optional<std::vector<std::uint32_t>> Firmware::extensions() {
  if (other_extensions) return other_extensions;
  const Cells c = bench_.partition().ddw_extensions(kBuid, kConfigAddr);
  if (c.empty()) return std::nullopt;
  return c;
}
host::DdwQuery Firmware::query(unsigned nret) {
  outputs = nret;
  const RtasOutcome out =
      bench_.rtas(RtasCall::Query, {kConfigAddr, kBuid >> 32, kBuid & 0xFFFFFFFF}, nret);
  if (out.status != 0) return {out.status, 0, 0, 0, 0};
  const auto& r = out.rets;
  if (nret == 5) return {0, r[1], r[2], r[3], r[4]};
  return {0, r[1], static_cast<std::uint64_t>(r[2]) << 32 | r[3], r[4], r[5]};
}
host::DdwCreated Firmware::create(unsigned page_shift, unsigned window_shift) {
  const RtasOutcome out =
      bench_.rtas(RtasCall::Create,
                  {kConfigAddr, kBuid >> 32, kBuid & 0xFFFFFFFF, page_shift, window_shift}, 4);
  if (out.status != 0) return {out.status, 0, 0};
  return {0, out.rets[1], static_cast<std::uint64_t>(out.rets[2]) << 32 | out.rets[3]};
}
int Firmware::remove(std::uint32_t liobn) {
  return bench_.rtas(RtasCall::Remove, {liobn}, 1).status;
}
int Firmware::reset(bool limited) {
  std::vector<std::uint32_t> args{kConfigAddr, kBuid >> 32, kBuid & 0xFFFFFFFF};
  if (limited) args.push_back(1);
  return bench_.rtas(RtasCall::Reset, args, 1).status;
}
long Firmware::tce(const host::TceCall& call) {
  constexpr std::uint64_t kListPage = 0x8000;
  HcallArgs args;
  switch (call.kind) {
    case host::TceCall::Kind::Put:
      args = {Hcall::PutTce, {call.liobn, call.ioba, call.tce}};
      break;
    case host::TceCall::Kind::Stuff:
      args = {Hcall::StuffTce, {call.liobn, call.ioba, call.tce, call.count}};
      break;
    default: {
      std::vector<std::uint64_t> tces;
      for (std::uint64_t i = 0; i < call.count; ++i) tces.push_back(call.tce + i * call.stride);
      bench_.write_list(kListPage, tces);
      args = {Hcall::PutTceIndirect, {call.liobn, call.ioba, kListPage, call.count}};
    }
  }
  return static_cast<long>(bench_.hcall(args).status);
}

/// Nothing if all is as expected.
std::string compare(const Words& words, const Words& got, const Words& want) {
  const std::string& verb = words[0];
  const std::string mismatch = join(got) + ", expected " + join(want);
  if (verb == "linux") {
    const auto have = keys(got, 0);
    for (const auto& [key, value] : keys(want, 0)) {
      const auto at = have.find(key);
      if (at == have.end()) return "no answer called '" + key + "'";
      if (!Bench::matches(value, at->second)) return key + "=" + at->second + ", expected " + value;
    }
    return "";
  }
  // R4 need not be told.
  if (want.size() != got.size() && !(verb == "hcall" && want.size() == 1)) return mismatch;
  for (std::size_t i = 0; i < want.size(); ++i)
    if (!Bench::matches(want[i], got[i]))
      return verb == "hcall" && want.size() == 1 ? got[0] + ", expected " + want[0] : mismatch;
  return "";
}

}  // namespace

Result run(const Rows& rows, const Row& row, Personality personality) {
  const auto p = static_cast<unsigned>(personality);
  Result result;
  unsigned line = row.line;
  std::string what = "fixture";
  try {
    Bench bench(row, personality);
    for (const Step& s : row.steps) {
      if (!s.under[p]) continue;
      line = s.line;
      what = join(s.words);
      std::string answer;
      const Words got = bench.step(s.words, answer);
      // Entries are compared where they are read.
      const Words want = s.words[0] == "entries" ? Words{"equal"} : s.expect[p].value_or(Words{});
      const std::string wrong = compare(s.words, got, want);
      if (!wrong.empty()) {
        result.failures.push_back(rows.file + ":" + std::to_string(line) + ": " + what + ": " +
                                  wrong);
      }
      if (s.shown) result.answer += (result.answer.empty() ? "" : "; ") + answer;
    }
  } catch (const std::exception& e) {
    result.failures.push_back(rows.file + ":" + std::to_string(line) + ": " + what + ": " +
                              e.what());
  }
  return result;
}

}  // namespace phbsim::conformance
