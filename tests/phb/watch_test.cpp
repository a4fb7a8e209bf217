// SPDX-License-Identifier: Apache-2.0
// The co-validation checker beside the timed models: real caches, queues and races. Each script runs in a process of
// its own.
#include "models/arch/rtt.hpp"
#include "models/base/rng.hpp"
#include "platform/build/checking.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;
using stats::Stat;

namespace {

constexpr RealAddr kReal = 0x50000000;
constexpr std::uint64_t kTvt = 0x0009000000000000ull;
constexpr RealAddr kEnd = build::System::kTableBase * 2;

struct Watched {
  explicit Watched(const build::SystemSpec& spec)
      : rig(spec), w(rig.translated(kPe)), page(rig.map(w, 3, kReal)), facts(rig.state().facts()) {
    rig.bypass(kPe);
    t = rig.warm();
    checking = std::make_unique<build::Checking>(rig.system, kEnd);
  }
  /// A store of software that nothing but memory sees.
  void unmap() { rig.store().write_be64(w.table->leaf_address(3), 0); }

  Rig rig;
  Window w;
  BusAddr page;
  const arch::GenerationFacts& facts;
  Tick t = 0;  ///< nothing is under way
  std::unique_ptr<build::Checking> checking;
};

using Script = std::function<void(Watched&, Facts&)>;

/// What the script said, and the rules that it broke, in order, as "broken".
Facts after(const Script& script, const build::SystemSpec& spec = rig_spec()) {
  return forked([&] {
    Watched x(spec);
    Facts f;
    script(x, f);
    std::string names;
    for (const auto& v : x.checking->checker().violations())
      names += (names.empty() ? "" : " ") + std::string(arch::checker::spec_of(v.rule).name);
    f["broken"] = names;
    return f;
  });
}
std::string broken(const Script& script, const build::SystemSpec& spec = rig_spec()) {
  const Facts f = after(script, spec);
  return failure(f).empty() ? f.at("broken") : failure(f);
}

}  // namespace

TEST_CASE("Watched PHB: a translation that was not killed") {
  // The kill, if one is made, and whether it covers the page.
  const auto run = [](std::function<std::uint64_t(Watched&)> kill) {
    return after([=](Watched& x, Facts& f) {
      x.rig.device().read(x.t, x.page);
      x.rig.at(x.t + 1000 * kNs, [&] { x.unmap(); });
      if (kill) x.rig.cpu().write(x.t + 1000 * kNs, Reg::TceKill, kill(x));
      x.rig.cpu().read(x.t + 1900 * kNs, Reg::QDmaR);
      const Dma& d = x.rig.device().read(x.t + 2000 * kNs, x.page + 64);
      x.rig.run_to(x.t + 10 * kPsPerUs);
      f["ok"] = text_of(d.ok);
      for (const auto& v : x.checking->checker().violations()) {
        f["pe"] = text_of(v.pe);
        f["late"] = text_of(v.where.at - x.t - 2000 * kNs < 50 * kNs);
      }
    });
  };
  const Facts none = run(nullptr);
  CHECK(none == Facts{{"broken", "stale_tce"}, {"ok", "1"}, {"pe", text_of(kPe)}, {"late", "1"}});
  const Facts done = run([](Watched&) { return arch::encode_kill_pe(kPe); });
  CHECK(done == Facts{{"broken", ""}, {"ok", "0"}});
  const Facts other = run([](Watched& x) { return arch::encode_kill_one(kPe, x.page + 4096, 12, x.facts); });
  CHECK(other.at("broken") == "stale_tce");
}

TEST_CASE("Watched PHB: requests race with a kill") {
  // A directory pass takes 256 ns; requests come before it, in it, at its end, after it and, where the entry was not in
  // the cache, while they are walking.
  for (const bool cached : {true, false}) {
    CAPTURE(cached);
    CHECK(broken([cached](Watched& x, Facts& f) {
            unsigned served = 0, refused = 0;
            for (Tick offset = 0; offset <= 600 * kNs; offset += 3 * kNs + 500) {
              const Tick t = (x.rig.now() / kPsPerUs + 1) * kPsPerUs;
              x.rig.at(t, [&] { x.rig.map(x.w, 3, kReal); });
              if (cached) x.rig.device().read(t, x.page);
              const Tick written = t + 1000 * kNs;  // when the kill has its effect
              x.rig.at(written, [&] { x.unmap(); });
              x.rig.cpu().write(written - kMmio, Reg::TceKill, arch::encode_kill_pe(kPe));
              const Dma& d = x.rig.device().read(written + offset - kFront - 10 * kNs, x.page);
              x.rig.cpu().read(t + 3000 * kNs, Reg::QDmaR);
              x.rig.run_to(t + 4 * kPsPerUs);
              ++(d.ok ? served : refused);
              x.rig.state().set_frozen(kPe, false, false);
            }
            if (served < (cached ? 50u : 3u) || refused < 50u) f["failed"] = text_of(served) + " " + text_of(refused);
          }) == "");
  }
}

TEST_CASE("Watched PHB: a kill that waits in the register's slot, and one that the erratum drops") {
  auto spec = rig_spec();
  spec.phbs[0].phb.kill_queue_depth = 1;
  const bool dropped = GENERATE(false, true);
  spec.phbs[0].phb.drop_kills_when_full = dropped;
  const Facts f = after(
      [](Watched& x, Facts& out) {
        x.rig.device().read(x.t, x.page);
        x.rig.at(x.t + 900 * kNs, [&] { x.unmap(); });
        x.rig.cpu().write(x.t + 1000 * kNs, Reg::TceKill, arch::encode_kill_pe(9));
        x.rig.cpu().read(x.t + 1000 * kNs, Reg::TceKill);
        x.rig.cpu().write(x.t + 1000 * kNs, Reg::TceKill, arch::encode_kill_one(kPe, x.page, 12, x.facts));
        x.rig.device().read(x.t + 1150 * kNs, x.page);
        x.rig.cpu().read(x.t + 3000 * kNs, Reg::QDmaR);
        x.rig.run_to(x.t + 10 * kPsPerUs);
        out["dropped"] = text_of(x.rig.count(Stat::PhbKillsDropped));
      },
      spec);
  CHECK(f == Facts{{"broken", dropped ? "stale_tce" : ""}, {"dropped", dropped ? "1" : "0"}});
}

TEST_CASE("Watched PHB: kills are waited for, or not") {
  const auto run = [](Tick read_after) {
    return broken([=](Watched& x, Facts&) {
      x.rig.cpu().write(x.t, Reg::TceKill, arch::encode_kill_pe(kPe));
      x.rig.cpu().read(x.t + read_after, Reg::QDmaR);
      x.rig.cpu().write(x.t + 700 * kNs, Reg::TceSpecCtl, 0);
      x.rig.run_to(x.t + 2 * kPsPerUs);
    });
  };
  CHECK(run(255 * kNs) == "kill_not_waited");
  CHECK(run(257 * kNs) == "");
}

TEST_CASE("Watched PHB: a TVE changes under a DMA, or after it") {
  for (const bool upper : {false, true}) {
    CAPTURE(upper);
    for (const bool under_way : {false, true}) {
      CAPTURE(under_way);
      CHECK(broken([=](Watched& x, Facts& f) {
              const BusAddr at = upper ? kUpper + kReal : x.page;
              const Dma& d = x.rig.device().read(x.t, at, 256);
              x.rig.run_to(x.t + kPsPerUs);
              const Tick t = x.t + 2 * kPsPerUs;
              const Dma& e = x.rig.device().read(t, at, 256);
              // The second one finds the TCE in the cache: its memory reads are what takes long.
              const Tick change = under_way ? t + 100 * kNs : t + d.latency() + kNs;
              x.rig.cpu().write_ioda(change - kMmio, kTvt | (2 * kPe + (upper ? 1 : 0)), 0);
              x.rig.run_to(t + 10 * kPsPerUs);
              if (!e.ok) f["failed"] = "the DMA";
            }) == (under_way ? "tve_in_flight" : ""));
    }
  }
}

TEST_CASE("Watched PHB: an RTE is changed, and invalidated or not") {
  for (const bool invalidated : {false, true}) {
    const Facts f = after([=](Watched& x, Facts& out) {
      x.rig.at(x.t, [&] { arch::set_rte(x.rig.store(), x.rig.state().rtt_base(), kRid, kPe + 1); });
      if (invalidated) x.rig.cpu().write(x.t, Reg::RtcInvalidate, arch::RtcRid::make(kRid));
      const Dma& d = x.rig.device().read(x.t + kPsPerUs, x.page);
      x.rig.run_to(x.t + 3 * kPsPerUs);
      out["pe"] = text_of(d.pe);
    });
    CHECK(f == Facts{{"broken", invalidated ? "" : "rtt_no_invalidate"}, {"pe", text_of(invalidated ? kPe + 1 : kPe)}});
  }
}

TEST_CASE("Watched PHB: an RTE that is fetched while it changes is not stale") {
  const Facts f = after([](Watched& x, Facts& out) {
    x.rig.cpu().write(x.t, Reg::RtcInvalidate, arch::kRtcAll);
    const Tick t = x.t + kPsPerUs;
    const Dma& d = x.rig.device().read(t, x.page);  // the fetch takes 250 ns
    x.rig.at(t + 150 * kNs, [&] { arch::set_rte(x.rig.store(), x.rig.state().rtt_base(), kRid, kPe + 1); });
    x.rig.cpu().write(t + 100 * kNs, Reg::RtcInvalidate, arch::kRtcAll);
    x.rig.run_to(t + 3 * kPsPerUs);
    out["pe"] = text_of(d.pe);
    x.rig.device().read(x.rig.now(), x.page);
    x.rig.run_to(x.rig.now() + 3 * kPsPerUs);
  });
  CHECK(f == Facts{{"broken", ""}, {"pe", text_of(kPe)}});
}

TEST_CASE("Watched PHB: a device writes by bypass") {
  const auto run = [](std::function<RealAddr(Watched&)> where) {
    return broken([=](Watched& x, Facts& f) {
      const Dma& d = x.rig.device().write(x.t, kUpper + where(x), 64, 0);
      x.rig.run_to(x.t + 2 * kPsPerUs);
      if (!d.ok) f["failed"] = text_of(static_cast<unsigned>(d.fault));
    });
  };
  CHECK(run([](Watched&) { return kReal; }) == "");
  CHECK(run([](Watched& x) {
          constexpr RealAddr kLow = 0x30000000;  // in the window
          arch::set_rte(x.rig.store(), kLow, kRid, kPe);
          x.rig.reg(Reg::RttBar, arch::kBarEnable | kLow);
          return kLow + 0x1F000;
        }) == "table_reused");
}

TEST_CASE("Watched PHB: a processor's stores to tables come from memory's ports") {
  CHECK(broken([](Watched& x, Facts& f) {
          const RealAddr at = x.w.table->leaf_address(0);
          const auto stored = [&](unsigned port) { x.rig.system.memory().on_store(port, at, 8); };
          stored(2);  // a word that is a TCE
          x.rig.store().write_be64(at, ~0ull);
          stored(0);  // the PHB and its TCE unit
          stored(1);
          if (!x.checking->checker().violations().empty()) f["failed"] = "a PHB is no processor";
          stored(2);
        }) == "table_reused");
}

TEST_CASE("Watched PHB: a reset is a new beginning") {
  CHECK(broken([](Watched& x, Facts& f) {
          if (x.checking->checker().tables().empty()) f["failed"] = "no tables";
          x.rig.cpu().write(x.t, Reg::TceKill, arch::encode_kill_pe(kPe));
          x.rig.at(x.t + 150 * kNs, [&] {
            x.rig.state().hold_reset(true);
            x.rig.phb().settle();
          });
          x.rig.at(x.t + 2 * kPsPerUs, [&] {
            x.rig.state().hold_reset(false);
            x.rig.phb().settle();
          });
          x.rig.cpu().write(x.t + 3 * kPsPerUs, Reg::TceSpecCtl, 0);
          x.rig.run_to(x.t + 5 * kPsPerUs);
          if (!x.checking->checker().tables().empty()) f["failed"] = "tables";
        }) == "");
}

TEST_CASE("Watched PHB: nothing takes another time for being watched") {
  const auto run = [](bool watched) {
    return after([=](Watched& x, Facts& f) {
      if (!watched) x.checking = nullptr;
      Window w = x.rig.translated(kPe, 2);
      if (watched) x.checking = std::make_unique<build::Checking>(x.rig.system, kEnd);
      std::vector<BusAddr> pages;
      for (unsigned i = 0; i < 64; ++i) pages.push_back(x.rig.map(w, 37 * i, kReal + i * 0x1000ull));
      RandomStream random(7, "watched");
      for (unsigned i = 0; i < 500; ++i) {
        const BusAddr at = pages[random.below(64)] + 64 * random.below(60);
        const Tick t = x.t + i * 20 * kNs;
        if (random.below(2) != 0) {
          x.rig.device().read(t, at, 256);
        } else {
          x.rig.device().write(t, at, 128);
        }
        if (i % 50 == 0) x.rig.cpu().write(t, Reg::TceKill, arch::encode_kill_pe(kPe));
        if (i % 50 == 40) x.rig.cpu().read(t, Reg::QDmaR);
      }
      x.rig.run_to(x.t + 100 * kPsPerUs);
      std::string times;
      for (const Dma& d : x.rig.device().all()) times += text_of(d.done) + " ";
      f["times"] = times;
      if (x.checking == nullptr) x.checking = std::make_unique<build::Checking>(x.rig.system, kEnd);
    });
  };
  const Facts alone = run(false);
  REQUIRE(failure(alone).empty());
  CHECK(alone.at("times").size() > 500 * 8);
  CHECK(run(true) == alone);
}
