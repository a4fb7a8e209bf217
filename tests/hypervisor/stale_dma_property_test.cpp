// SPDX-License-Identifier: Apache-2.0
// No DMA reaches a page after the call that took it away has returned (ddw-vfio.md 2, phb.md 4.2).
//
// CPUs make random TCE and RTAS calls while devices read and write at random through PHB, TCE unit
// and memory. What a DMA reached is told by memory itself: every real page holds its own number, a
// write is looked for among all of them. An oracle that knows only the calls, with the times of
// their begin and return, says what may be reached:
//
// A TCE is live from the begin of the call that sets it, and dead once a call that began after that
// one's return, and clears or replaces it, has returned.
//
// Issued: a DMA may reach what was live at some time between its issue and its completion.
// Drained: with DMA sync, what it reached is still live when it completes.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "models/arch/registers.hpp"
#include "models/base/rng.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/guest_cpu.hpp"
#include "tests/support/native_initiator.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;
using arch::papr::Hcall;
using arch::papr::RtasCall;
using stats::Stat;

namespace {

constexpr RealAddr kRam = 16 * kGiB;
constexpr std::uint64_t kPool = 0x1000000;  ///< logical: the pages that TCEs name, 64K aligned
constexpr unsigned kPoolPages = 64;         ///< of 4K
constexpr std::uint64_t kLists = 0x10000;   ///< logical: a page for each CPU
constexpr std::uint64_t kCells = 0x8000;    ///< logical: argument buffer of RTAS
constexpr std::uint32_t kLiobn = 0x80000000;
constexpr std::uint64_t kBuid = 0x800000020000000;
constexpr unsigned kSmall = 24;        ///< entries used of the default window, 4K each
constexpr std::uint64_t kFirst = 500;  ///< the first of them: they lie in two tables of 512
constexpr unsigned kLarge = 2;         ///< entries used of the second window, 64K each
constexpr Tick kBegin = 2 * kPsPerUs;
// A page's first and last KiB hold its number in each doubleword; between are slots for writes.
constexpr unsigned kNumbers = 1024;
constexpr unsigned kSlots = (4096 - 2 * kNumbers) / 8;

/// What a run varies, by hand or by its seed.
struct Setup {
  std::uint64_t seed = 1;
  std::string policy = "pe";
  bool dma_sync = true;
  bool kill_on_map = true;
  bool windows = true;  ///< RTAS calls come, too
  unsigned windows_every = 5;  ///< so many calls of the first CPU
  unsigned kill_queue = 8;
  bool drop_kills = false;
  arch::Generation generation = arch::Generation::Phb4;
  unsigned cpus = 3;
  bool own_pages = false;  ///< each CPU changes entries of its own
  unsigned walk_slots = 64, walk_cache = 0;
  std::string prefetch = "none";
  unsigned sets = 16, ways = 2;
  unsigned levels = 1;
  unsigned engines = 64;
  Tick line_time = 0;
  Tick length = 50 * kPsPerUs;
  Tick gap = 75 * kNs;  ///< mean time from one DMA to the next

  static Setup random(std::uint64_t seed, const std::string& policy) {
    RandomStream r(seed, "setup");
    Setup s;
    s.seed = seed;
    s.policy = policy;
    s.windows = r.below(3) != 0;
    s.generation = r.below(3) == 0 ? arch::Generation::Phb5 : arch::Generation::Phb4;
    s.cpus = 1 + static_cast<unsigned>(r.below(4));
    s.own_pages = r.below(2) == 0;
    s.walk_slots = r.below(2) == 0 ? 64 : 1 + static_cast<unsigned>(r.below(3));
    s.walk_cache = r.below(2) == 0 ? 0 : 1u << r.below(5);
    const char* prefetches[] = {"none", "next_page", "stride"};
    s.prefetch = prefetches[r.below(3)];
    s.sets = 1u << r.below(6);
    s.ways = 1u << r.below(3);
    s.levels = 1 + static_cast<unsigned>(r.below(2));
    s.engines = r.below(2) == 0 ? 64 : 6;
    s.line_time = r.below(2) == 0 ? 0 : 20 * kNs;
    return s;
  }
};

/// A call as the oracle knows it, and what it did to each 4K page of the bus.
struct Change {
  Tick begun = 0, returned = kNever;
  bool done = false;  ///< it succeeded; a call that fails changes nothing (PAPR: all or nothing)
};
struct Setting {
  std::size_t change;
  unsigned page;  ///< number of the real page, 0: none
  unsigned permissions;
};

/// A piece of a DMA inside one bus page, and where it really went.
struct Landing {
  Tick issued, completed;
  BusAddr bus_page;
  unsigned page;
  bool write;
};

class Oracle {
 public:
  std::size_t begin(Tick now) {
    changes_.push_back({now, kNever, false});
    return changes_.size() - 1;
  }
  void sets(std::size_t change, BusAddr bus_page, unsigned page, unsigned permissions) {
    settings_[bus_page].push_back({change, page, permissions});
  }
  void returned(std::size_t change, Tick now, bool done) {
    changes_[change].returned = now;
    changes_[change].done = done;
  }

  struct Verdict {
    unsigned landed = 0;   ///< pieces looked at
    unsigned stale = 0;    ///< allowed, though the call that takes the page away had begun
    unsigned issued = 0;   ///< break the first rule
    unsigned drained = 0;  ///< break the second rule
    std::string first_issued, first_drained;
  };
  Verdict judge(const std::vector<Landing>& landings) const {
    Verdict v;
    for (const Landing& l : landings) {
      ++v.landed;
      bool issued = false, drained = false, fresh = false;
      const auto it = settings_.find(l.bus_page);
      if (it != settings_.end()) {
        for (const Setting& s : it->second) {
          const Change& set = changes_[s.change];
          if (!set.done || s.page != l.page || (s.permissions & (l.write ? 2u : 1u)) == 0) continue;
          if (set.begun > l.completed) continue;
          Tick dead = kNever, doomed = kNever;
          for (const Setting& next : it->second) {
            const Change& c = changes_[next.change];
            if (!c.done || c.begun < set.returned) continue;
            dead = std::min(dead, c.returned);
            doomed = std::min(doomed, c.begun);
          }
          issued = issued || dead >= l.issued;
          drained = drained || dead >= l.completed;
          fresh = fresh || doomed >= l.issued;
        }
      }
      if (issued && !fresh) ++v.stale;
      if (!issued && v.issued++ == 0) v.first_issued = text(l);
      if (!drained && v.drained++ == 0) v.first_drained = text(l);
    }
    return v;
  }

 private:
  static std::string text(const Landing& l) {
    char t[160];
    std::snprintf(t, sizeof t, "%s of bus page %#llx reached page %u, issued %llu, completed %llu",
                  l.write ? "write" : "read", static_cast<unsigned long long>(l.bus_page), l.page,
                  static_cast<unsigned long long>(l.issued), static_cast<unsigned long long>(l.completed));
    return t;
  }
  std::vector<Change> changes_;
  std::map<BusAddr, std::vector<Setting>> settings_;
};

class Run {
 public:
  explicit Run(const Setup& s) : setup_(s), random_(s.seed, "calls"), system_(spec(s)) {
    build::PhbGroup& g = system_.phbs().front();
    build::install_rtt(system_, g);
    for (unsigned i = 0; i < 2; ++i) build::assign_rid(system_, g, static_cast<Rid>(kRid + i), kPe);
    arch::papr::PeSpec pe;
    pe.buid = kBuid;
    pe.pe = kPe;
    pe.liobn = kLiobn;
    pe.default_bytes = 16 * kMiB;
    system_.add_pe(g, pe);
    // Faults are answered, but freeze and fence nothing: devices go on.
    for (const Reg r : {Reg::RxeArbFreeze, Reg::RxeTceFreeze, Reg::RxeArbFence, Reg::RxeTceFence})
      g.phb->state().write_register(arch::offset_of(r), 0);
    for (unsigned p = 1; p <= kPoolPages; ++p)
      for (unsigned at = 0; at < kNumbers; at += 8) {
        system_.memory().store().write_be64(real_of(p) + at, p);
        system_.memory().store().write_be64(real_of(p) + 4096 - kNumbers + at, p);
      }
    device_.out.bind(g.phb->link_in);
    device_.prepare = [](DmaPayload& p) { p.ext.rid = static_cast<Rid>(kRid + p.ext.owner % 2); };
    device_.on_answer = [this](std::size_t i, DmaPayload& p) { landed(i, p); };
    write_dmas();
    for (unsigned i = 0; i < s.cpus; ++i) {
      cpus_.push_back(std::make_unique<GuestCpu>(("cpu" + std::to_string(i)).c_str(), system_.driver()));
      cpus_[i]->hcall_out.bind(system_.hypervisor().guest_in(i));
      cpus_[i]->on_returned = [this, i](const Hypercall& c) { returned(i, c); };
      pending_.push_back({});
      next_call(i);
    }
  }

  Facts facts() {
    system_.driver().start(kBegin + setup_.length + kPsPerMs);
    const auto v = oracle_.judge(landings_);
    const auto& tce = system_.phbs().front().tce->stats();
    const auto& hv = system_.hypervisor().stats();
    return {{"issued", text_of(v.issued)},
            {"drained", text_of(v.drained)},
            {"first issued", v.first_issued},
            {"first drained", v.first_drained},
            {"broken", broken_},
            {"unanswered", text_of(device_.script.size() - device_.finished())},
            {"landed", text_of(v.landed)},
            {"stale", text_of(v.stale)},
            {"faults", text_of(faults_)},
            {"writes", text_of(writes_)},
            {"calls", text_of(hv[Stat::HvCalls])},
            {"windows", text_of(hv[Stat::HvRtasCalls])},
            {"lock waits", text_of(hv[Stat::HvLockWait] > 0)},
            {"kills", text_of(hv[Stat::HvKills])},
            {"hits", text_of(tce[Stat::TceHits])},
            {"merges", text_of(tce[Stat::TceMerges])},
            {"killed walks", text_of(tce[Stat::TceKilledWalks])},
            {"killed entries", text_of(tce[Stat::TceKilledEntries])},
            {"prefetch hits", text_of(tce[Stat::TcePrefetchHits])},
            {"walk cache hits", text_of(tce[Stat::TceWalkCacheHits])},
            {"slot stalls", text_of(tce[Stat::TceSlotStalls])}};
  }

 private:
  static build::SystemSpec spec(const Setup& s) {
    build::SystemSpec spec = rig_spec();
    spec.memory.line_time = s.line_time;
    spec.pec_engines[0] = s.engines;
    build::PhbSpec& p = spec.phbs.front();
    p.hypervised = true;
    p.phb.generation = s.generation;
    p.phb.register_latency = 40 * kNs;
    p.phb.kill_queue_depth = s.kill_queue;
    p.phb.drop_kills_when_full = s.drop_kills;
    p.tce.sets = s.sets;
    p.tce.ways = s.ways;
    p.tce.walk_slots = s.walk_slots;
    p.tce.walk_cache_entries = s.walk_cache;
    p.tce.prefetch = s.prefetch;
    spec.partition.emplace();
    build::PartitionSpec& h = *spec.partition;
    h.cpus = s.cpus;
    h.memory = arch::papr::GuestMemory::flat(kGiB, kRam);
    h.options.personality = arch::papr::Personality::Papr;
    h.options.max_root_bytes = s.levels == 1 ? kGiB : 4 * kKiB;
    h.params.call_entry = 40 * kNs;
    h.params.call_exit = 20 * kNs;
    h.params.rtas_work = 300 * kNs;
    h.params.lock_handover = 10 * kNs;
    h.params.poll_interval = 15 * kNs;
    h.params.kill_policy = s.policy;
    h.params.dma_sync = s.dma_sync;
    h.params.kill_on_map = s.kill_on_map;
    return spec;
  }

  static RealAddr real_of(unsigned page) { return kRam + kPool + 4096ull * (page - 1); }
  static std::uint64_t logical_of(unsigned page) { return kPool + 4096ull * (page - 1); }
  Tick now() { return system_.engine().now(); }

  // -- the device ------------------------------------------------------------------------------------
  void write_dmas() {
    RandomStream r(setup_.seed, "dma");
    for (Tick at = kBegin; at < kBegin + setup_.length; at += r.below(2 * setup_.gap)) {
      const auto id = device_.script.size();
      BusAddr page = (kFirst + r.below(kSmall)) << 12;
      if (setup_.windows && r.below(3) == 0) page = kUpper + (r.below(16 * kLarge) << 12);
      if (r.below(3) == 0) {
        std::vector<unsigned char> token(8);
        store_be64(token.data(), token_of(id));
        device_.script.push_back(standard::write(page + slot_of(id), token, to_sc_time(at)));
      } else {
        const bool across = r.below(8) == 0;  // into the next page
        const unsigned length = across ? 256 : 8u << r.below(6);
        const unsigned offset = across ? 4096 - 128 : static_cast<unsigned>(r.below(kNumbers - length + 1)) & ~7u;
        device_.script.push_back(standard::read(page + offset, length, to_sc_time(at)));
      }
    }
  }
  static std::uint64_t token_of(std::size_t id) { return 0x5700000000000000ull | id; }
  static unsigned slot_of(std::size_t id) { return kNumbers + 8 * static_cast<unsigned>(id % kSlots); }

  void landed(std::size_t id, const DmaPayload& p) {
    const standard::Access& a = device_.script[id];
    const bool write = a.command == tlm::TLM_WRITE_COMMAND;
    const Tick issued = a.issue.value();
    faults_ += !p.is_response_ok();
    if (write) {
      unsigned where = 0, times = 0;
      for (unsigned n = 1; n <= kPoolPages; ++n) {
        if (system_.memory().store().read_be64(real_of(n) + slot_of(id)) != token_of(id)) continue;
        where = n;
        ++times;
      }
      if (times != (p.is_response_ok() ? 1 : 0))
        broken_ += "write " + text_of(id) + " is in " + text_of(times) + " pages; ";
      if (times != 1) return;
      ++writes_;
      if (p.ext.real != real_of(where) + slot_of(id)) broken_ += "write " + text_of(id) + " is not where it says; ";
      landings_.push_back({issued, now(), a.address & ~BusAddr{4095}, where, true});
      return;
    }
    if (!p.is_response_ok()) return;
    for (std::size_t at = 0; at < a.data.size();) {
      const BusAddr page = (a.address + at) & ~BusAddr{4095};
      const std::uint64_t number = load_be64(&a.data[at]);
      for (; at < a.data.size() && ((a.address + at) & ~BusAddr{4095}) == page; at += 8)
        if (load_be64(&a.data[at]) != number) broken_ += "read " + text_of(id) + " is of two pages; ";
      if (number == 0 || number > kPoolPages) {
        broken_ += "read " + text_of(id) + " is of no page; ";
        continue;
      }
      landings_.push_back({issued, now(), page, static_cast<unsigned>(number), false});
    }
  }

  // -- the CPUs --------------------------------------------------------------------------------------
  struct Pending {
    std::size_t change = 0;
    bool rtas = false;
    unsigned status_cell = 0;
  };
  std::uint64_t tce(unsigned page, unsigned permissions) { return page == 0 ? 0 : logical_of(page) | permissions; }
  void next_call(unsigned cpu) {
    const Tick at = std::max(now(), kBegin - kPsPerUs) + 1 + random_.below(600 * kNs);
    if (at > kBegin + setup_.length) return;
    starts_.push_back({this, cpu});
    system_.driver().schedule(at, &starts_.back(), 0, 0);
  }
  struct Start final : EventHandler {
    Start(Run* r, unsigned c) : run(r), cpu(c) {}
    void on_event(std::uint32_t, std::uint64_t) override { run->make_call(cpu); }
    Run* run;
    unsigned cpu;
  };

  void make_call(unsigned cpu) {
    Pending& p = pending_[cpu];
    p.change = oracle_.begin(now());
    p.rtas = setup_.windows && cpu == 0 && random_.below(setup_.windows_every) == 0;
    if (p.rtas) {
      make_rtas(cpu);
      return;
    }
    const bool large = setup_.windows && random_.below(3) == 0;
    std::uint64_t first = 0, entries = large ? kLarge : kSmall;
    if (setup_.own_pages) {
      // Of the large window there may be more CPUs than entries: the first ones have them.
      entries = std::max<std::uint64_t>(1, entries / setup_.cpus);
      first = (cpu * entries) % (large ? kLarge : kSmall);
    }
    const std::uint64_t entry = first + random_.below(entries);
    const std::uint64_t most = std::min<std::uint64_t>(12, first + entries - entry);
    const BusAddr ioba = large ? kUpper + (entry << 16) : (kFirst + entry) << 12;
    const std::uint64_t table = kLiobn + (large ? 1 : 0);
    const auto draw = [&] {
      return random_.below(10) == 0 ? 0
             : large                ? 1 + 16 * static_cast<unsigned>(random_.below(kPoolPages / 16))
                                    : 1 + static_cast<unsigned>(random_.below(kPoolPages));
    };
    const auto permit = [&] { return random_.below(4) != 0 ? 3u : 1 + static_cast<unsigned>(random_.below(2)); };
    const auto note = [&](std::uint64_t i, unsigned page, unsigned permissions) {
      const unsigned parts = large ? 16 : 1;
      for (unsigned k = 0; k < parts; ++k)
        oracle_.sets(p.change, ioba + ((i * parts + k) << 12), page == 0 ? 0 : page + k, permissions);
    };
    GuestCpu& c = *cpus_[cpu];
    switch (random_.below(6)) {
      case 0: {
        const std::uint64_t n = 1 + random_.below(std::min<std::uint64_t>(most, 4));
        for (std::uint64_t i = 0; i < n; ++i) note(i, 0, 0);
        c.call(now(), Hcall::StuffTce, {table, ioba, 0, n});
        break;
      }
      case 1:
      case 2: {
        const std::uint64_t n = 1 + random_.below(most);
        const std::uint64_t list = kLists + 4096ull * cpu;
        for (std::uint64_t i = 0; i < n; ++i) {
          const unsigned page = draw(), permissions = permit();
          note(i, page, permissions);
          system_.memory().store().write_be64(kRam + list + 8 * i, tce(page, permissions));
        }
        c.call(now(), Hcall::PutTceIndirect, {table, ioba, list, n});
        break;
      }
      default: {
        const unsigned page = draw(), permissions = permit();
        note(0, page, permissions);
        c.call(now(), Hcall::PutTce, {table, ioba, tce(page, permissions)});
      }
    }
  }

  // A window that goes, and one that comes, are without TCEs.
  void make_rtas(unsigned cpu) {
    const std::vector<std::uint32_t> pe{0, static_cast<std::uint32_t>(kBuid >> 32), static_cast<std::uint32_t>(kBuid)};
    std::vector<std::uint32_t> args = pe;
    RtasCall call = RtasCall::Create;
    unsigned rets = 4;
    const auto what = random_.below(8);
    if (system_.partition().window(kLiobn + 1) == nullptr) {
      args.insert(args.end(), {16, 30});
    } else if (what < 6) {
      call = RtasCall::Remove;
      args = {kLiobn + 1};
      rets = 1;
    } else {
      call = RtasCall::Reset;
      rets = 1;
      for (unsigned i = 0; i < kSmall; ++i) oracle_.sets(pending_[cpu].change, (kFirst + i) << 12, 0, 0);
    }
    for (unsigned i = 0; i < 16 * kLarge; ++i) oracle_.sets(pending_[cpu].change, kUpper + (i << 12), 0, 0);
    std::vector<std::uint32_t> cells{arch::papr::spec_of(call).token, static_cast<std::uint32_t>(args.size()), rets};
    cells.insert(cells.end(), args.begin(), args.end());
    pending_[cpu].status_cell = static_cast<unsigned>(cells.size());
    cells.push_back(~0u);
    std::vector<unsigned char> bytes(4 * cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) store_be32(&bytes[4 * i], cells[i]);
    system_.memory().store().write(kRam + kCells, bytes.data(), bytes.size());
    cpus_[cpu]->call(now(), Hcall::Rtas, {kCells});
  }

  void returned(unsigned cpu, const Hypercall& c) {
    const Pending& p = pending_[cpu];
    bool done = c.result.status == arch::papr::kSuccess;
    if (p.rtas) {
      unsigned char b[4];
      system_.memory().store().read(kRam + kCells + 4 * p.status_cell, b, 4);
      if (load_be32(b) != 0) broken_ += "RTAS call failed; ";
    }
    // Of TCE calls only those on a window that is not there fail.
    if (!done && (c.result.status != arch::papr::kParameter || c.frame.args[0] == kLiobn)) broken_ += "call failed; ";
    oracle_.returned(p.change, c.returned, done);
    next_call(cpu);
  }

  Setup setup_;
  RandomStream random_;
  build::System system_;
  NativeInitiator device_{"device", system_.driver()};
  std::vector<std::unique_ptr<GuestCpu>> cpus_;
  std::vector<Pending> pending_;
  std::deque<Start> starts_;
  Oracle oracle_;
  std::vector<Landing> landings_;
  unsigned faults_ = 0, writes_ = 0;
  std::string broken_;
};

/// Sums over runs, each in a process of its own.
struct Total {
  std::map<std::string, std::uint64_t> count;
  std::string first_issued, first_drained;
  unsigned runs = 0, runs_issued = 0, runs_drained = 0;

  void add(const Setup& s) {
    Facts f = forked([&s] { return Run(s).facts(); });
    INFO("seed " << s.seed << ", policy " << s.policy);
    REQUIRE(failure(f) == "");
    CHECK(f["broken"] == "");
    CHECK(f["unanswered"] == "0");
    ++runs;
    for (const auto& [name, value] : f)
      if (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos)
        count[name] += std::stoull(value);
    runs_issued += f["issued"] != "0";
    runs_drained += f["drained"] != "0";
    if (first_issued.empty() && f["issued"] != "0") first_issued = "seed " + text_of(s.seed) + ": " + f["first issued"];
    if (first_drained.empty() && f["drained"] != "0")
      first_drained = "seed " + text_of(s.seed) + ": " + f["first drained"];
  }
  std::string text() const {
    std::string t = text_of(runs) + " runs";
    for (const auto& [name, value] : count) t += ", " + name + " " + text_of(value);
    return t;
  }
};

constexpr unsigned kSeeds = 60;

/// Both rules hold in every run, and the runs were of a kind that could have broken them.
void holds(const std::string& policy, std::uint64_t first_seed) {
  Total t;
  for (unsigned i = 0; i < kSeeds; ++i) t.add(Setup::random(first_seed + i, policy));
  INFO(t.text());
  CHECK(t.first_issued == "");
  CHECK(t.first_drained == "");
  CHECK(t.count["landed"] > 200 * kSeeds);
  CHECK(t.count["writes"] > 50 * kSeeds);
  CHECK(t.count["faults"] > 50 * kSeeds);
  CHECK(t.count["stale"] > 5 * kSeeds);
  CHECK(t.count["windows"] > 2 * kSeeds);
  for (const char* seen : {"hits", "merges", "killed walks", "killed entries", "prefetch hits", "walk cache hits",
                           "slot stalls", "lock waits"}) {
    INFO(seen);
    CHECK(t.count[seen] > 0);
  }
}

}  // namespace

TEST_CASE("With PE kills no DMA reaches a page after the call that took it away") { holds("pe", 1000); }

TEST_CASE("With page kills no DMA reaches a page after the call that took it away") { holds("page", 2000); }

TEST_CASE("With the automatic policy no DMA reaches a page after the call that took it away") { holds("auto", 3000); }

TEST_CASE("Windows that come and go while walks wait for the only slot leave no old table in force") {
  Total t;
  for (unsigned i = 0; i < 20; ++i) {
    Setup s = Setup::random(9000 + i, i % 2 == 0 ? "pe" : "page");
    s.windows = true;
    s.windows_every = 2;
    s.walk_slots = 1;
    s.walk_cache = 0;
    s.prefetch = "none";
    s.engines = 64;
    s.gap = 200 * kNs;
    s.length = 200 * kPsPerUs;
    t.add(s);
  }
  INFO(t.text());
  CHECK(t.first_issued == "");
  CHECK(t.first_drained == "");
  CHECK(t.count["windows"] > 300);
}

TEST_CASE("A skipped kill is caught: DMA issued long after a call reaches the page that it took away") {
  Total t;
  for (unsigned i = 0; i < 8; ++i) t.add(Setup::random(4000 + i, "none"));
  INFO(t.text());
  CHECK(t.runs_issued >= 1);
  CHECK(t.runs_drained >= t.runs_issued);
  CHECK(t.count["kills"] < t.count["windows"] * 4);  // those of RTAS
}

TEST_CASE("A skipped DMA sync is caught: DMA in flight lands after the call, but none issued later") {
  Total t;
  for (unsigned i = 0; i < 20; ++i) {
    Setup s = Setup::random(5000 + i, i % 2 == 0 ? "pe" : "page");
    s.dma_sync = false;
    s.engines = 4;
    t.add(s);
  }
  INFO(t.text());
  CHECK(t.first_issued == "");
  CHECK(t.runs_drained >= 1);
}

TEST_CASE("Without kills on map a map over another is caught, as software must not do it") {
  Total t;
  for (unsigned i = 0; i < 8; ++i) {
    Setup s = Setup::random(6000 + i, "pe");
    s.kill_on_map = false;
    s.cpus = 1;  // no kills of others
    t.add(s);
  }
  INFO(t.text());
  CHECK(t.runs_issued >= 1);
}

TEST_CASE("Page kills lost in a full queue are caught, PE kills are not lost (HW560152)") {
  Total page, pe;
  for (unsigned i = 0; i < 12; ++i) {
    Setup s = Setup::random(7000 + i, "page");
    s.kill_queue = 1;
    s.drop_kills = true;
    s.walk_slots = 64;
    page.add(s);
    s.policy = "pe";
    pe.add(s);
  }
  INFO(page.text());
  CHECK(page.runs_issued >= 1);
  CHECK(pe.first_issued == "");
  CHECK(pe.first_drained == "");
}

TEST_CASE("The same seed is the same run") {
  const auto run = [] { return forked([] { return Run(Setup::random(8000, "page")).facts(); }); };
  const Facts first = run();
  CHECK(failure(first) == "");
  CHECK(first == run());
}
