// SPDX-License-Identifier: Apache-2.0
// A partition where the vectors of tests/conformance do not reach: several PEs and PHBs, what the
// hardware cannot do, options of the model. Expected by hand from ddw-vfio.md 1, 2, 8 and
// phb.md 1.4.
#include "models/arch/papr/partition.hpp"

#include <optional>

#include "models/base/check.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using namespace phbsim::arch::papr;
using test::PhbBench;
using Rets = std::vector<std::uint32_t>;

namespace {

constexpr std::uint64_t kBuid = 0x800000020000001;
constexpr std::uint32_t kL0 = 0x80000000;
constexpr std::uint32_t kM0 = 0x80000100;
constexpr std::uint32_t kHigh = 0x08000000;  ///< upper cell of 2^59
constexpr PeNumber kPe2 = 6;
constexpr Rid kRid2 = 0x0200;

/// Memory is where it says it is; PE 5 at config_addr 0x10000 with LIOBN L0 if wanted.
struct Lpar : PhbBench {
  explicit Lpar(Personality personality = Personality::Papr,
                Generation generation = Generation::Phb4)
      : PhbBench(generation), region(4 * kGiB, 1ull << 40) {
    options.personality = personality;
    set_rte(memory, kRtt, kRid2, kPe2);
  }
  Partition& partition() {
    if (!made) made.emplace(options, GuestMemory::identity(), region);
    return *made;
  }
  PeSpec spec(unsigned n = 0) {
    PeSpec pe;
    pe.buid = kBuid;
    pe.config_addr = (n + 1) << 16;
    pe.hardware = &phb;
    pe.pe = n == 0 ? kPe : kPe2;
    pe.liobn = n == 0 ? kL0 : kM0;
    pe.page_mask = 0x103;
    return pe;
  }
  void add(const PeSpec& pe) {
    Effects effects;
    partition().add_pe(pe, effects);
    carry_out(effects);
  }
  void carry_out(const Effects& effects) { REQUIRE(arch::apply(effects, phb, memory)); }
  Rets rtas(RtasCall call, Rets args, unsigned nret) {
    const RtasOutcome out = partition().rtas(call, args, nret);
    carry_out(out.effects);
    return out.rets;
  }
  Rets create(unsigned n, unsigned page, unsigned size) {
    return rtas(RtasCall::Create, {(n + 1) << 16, kBuid >> 32, kBuid & 0xFFFFFFFF, page, size}, 4);
  }
  Rets reset(unsigned n, std::optional<unsigned> limited = std::nullopt) {
    Rets args{(n + 1) << 16, kBuid >> 32, kBuid & 0xFFFFFFFF};
    if (limited) args.push_back(*limited);
    return rtas(RtasCall::Reset, args, 1);
  }
  Rets remove(std::uint32_t liobn) { return rtas(RtasCall::Remove, {liobn}, 1); }
  std::int64_t hcall(Hcall call, std::array<std::uint64_t, 4> a) {
    const HcallOutcome out = partition().perform({call, a}, memory);
    carry_out(out.stores);
    r4 = out.r4;
    return out.status;
  }
  std::int64_t put(std::uint64_t liobn, std::uint64_t ioba, std::uint64_t tce) {
    return hcall(Hcall::PutTce, {liobn, ioba, tce, 0});
  }
  std::uint64_t get(std::uint64_t liobn, std::uint64_t ioba) {
    CHECK(hcall(Hcall::GetTce, {liobn, ioba}) == kSuccess);
    return r4;
  }
  Rets hardware() const { return {static_cast<std::uint32_t>(kRtasHardware)}; }
  bool gte4gb() const { return phb.tve1_above_4g(); }

  TableRegion region;
  PartitionOptions options;
  std::optional<Partition> made;
  std::uint64_t r4 = 0;
};

constexpr std::uint64_t kHighAddr = 1ull << 59;

}  // namespace

TEST_CASE("papr: a PE needs an address and LIOBNs of its own") {
  Lpar l;
  l.add(l.spec(0));
  Effects effects;
  PeSpec same_address = l.spec(0);
  same_address.liobn = kM0;
  CHECK_THROWS_AS(l.partition().add_pe(same_address, effects), UserError);
  PeSpec same_liobn = l.spec(1);
  same_liobn.liobn = kL0 + 1;  // the first one's second window
  CHECK_THROWS_AS(l.partition().add_pe(same_liobn, effects), UserError);
  same_liobn.liobn = kL0 - 1;  // its own second window
  CHECK_THROWS_AS(l.partition().add_pe(same_liobn, effects), UserError);
  CHECK(effects.empty());
  PeSpec behind = l.spec(1);
  behind.liobn = kL0 + 2;
  l.partition().add_pe(behind, effects);
  CHECK(l.partition().window(kL0 + 2) != nullptr);
}

TEST_CASE("papr: PEs of one BUID have windows of their own") {
  Lpar l;
  l.add(l.spec(0));
  l.add(l.spec(1));
  CHECK(l.create(1, 16, 40) == Rets{0, kM0 + 1, kHigh, 0});
  CHECK(l.put(kM0 + 1, kHighAddr, 0x10003) == kSuccess);
  CHECK(l.dma(kHighAddr, Access::Write, 8, kRid2).real == 0x10000);
  CHECK(l.dma(kHighAddr).fault == Fault::TveInvalid);
  CHECK(l.create(0, 16, 40) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK(l.dma(kHighAddr).fault == Fault::TcePageFault);
  CHECK(l.reset(1) == Rets{0});
  CHECK(l.partition().windows(kBuid, 0x10000).size() == 2);
  CHECK(l.partition().windows(kBuid, 0x20000).size() == 1);
  CHECK(l.partition().windows(kBuid + 1).empty());
}

TEST_CASE("papr: windows at 4 GiB and at 2^59 exclude each other on one PHB") {
  Lpar l;
  l.add(l.spec(0));
  l.add(l.spec(1));
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK(l.reset(1, 1) == Rets{0});
  // The other PE's window would lose its TVE; below 4 GiB the default is.
  CHECK(l.create(1, 16, 30) == l.hardware());
  CHECK(l.remove(kL0 + 1) == Rets{0});
  CHECK(l.create(1, 16, 30) == Rets{0, kM0 + 1, 1, 0});
  CHECK(l.gte4gb());
  CHECK(l.create(0, 16, 30) == l.hardware());
  CHECK(l.reset(1) == Rets{0});
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK_FALSE(l.gte4gb());
}

TEST_CASE("papr: PHBs do not get in each other's way") {
  Lpar l;
  PhbState other(Generation::Phb4, PhbSize::Big);
  l.add(l.spec(0));
  PeSpec far = l.spec(1);
  far.buid = kBuid + 1;
  far.phb = 1;
  far.hardware = &other;
  Effects effects;
  l.partition().add_pe(far, effects);
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
  const Rets where{0x20000, (kBuid + 1) >> 32, (kBuid + 1) & 0xFFFFFFFF};
  CHECK(l.partition().rtas(RtasCall::Reset, {where[0], where[1], where[2], 1}, 1).phb == 1);
  const RtasOutcome out =
      l.partition().rtas(RtasCall::Create, {where[0], where[1], where[2], 16, 30}, 4);
  CHECK(out.rets == Rets{0, kM0 + 1, 1, 0});
  CHECK(out.phb == 1);
  CHECK_FALSE(out.effects.empty());
  // The query says which PHB it was, too, and a reboot lists both.
  CHECK(l.partition().rtas(RtasCall::Query, where, 5).phb == 1);
  const auto all = l.partition().reboot();
  REQUIRE(all.size() == 2);
  CHECK(all[1].phb == 1);
  CHECK(l.partition().windows(kBuid + 1, 0x20000).size() == 1);
}

TEST_CASE("papr: with a high start of 4 GiB, a window below must end there") {
  Lpar l(Personality::Qemu);
  PeSpec pe = l.spec(0);
  pe.high_start = 4 * kGiB;
  l.add(pe);
  CHECK(l.remove(kL0) == Rets{0});
  CHECK(l.create(0, 12, 33) == Rets{0, kL0, 0, 0});  // 8 GiB from 0 on: TVE#0 has all of it
  CHECK(l.create(0, 12, 33) == l.hardware());        // and GTE4GB would take a half
  CHECK(l.put(kL0, 6 * kGiB, 0x5003) == kSuccess);
  CHECK(l.dma(6 * kGiB).real == 0x5000);
  CHECK(l.reset(0) == Rets{0});
  CHECK(l.create(0, 12, 33) == Rets{0, kL0 + 1, 1, 0});
  CHECK(l.gte4gb());
  // Both gone: the next one starts at 0 and needs TVE#0 beyond 4 GiB again.
  CHECK(l.remove(kL0 + 1) == Rets{0});
  CHECK(l.remove(kL0) == Rets{0});
  CHECK(l.create(0, 12, 33) == Rets{0, kL0, 0, 0});
  CHECK_FALSE(l.gte4gb());
  CHECK(l.put(kL0, 6 * kGiB, 0x5003) == kSuccess);
  CHECK(l.dma(6 * kGiB).real == 0x5000);
}

TEST_CASE("papr: limited addressing leaves no room for a low window beyond 4 GiB") {
  Lpar l;
  l.add(l.spec(0));
  CHECK(l.reset(0, 1) == Rets{0});
  CHECK(l.remove(kL0) == Rets{0});
  CHECK(l.create(0, 16, 40) == Rets{0, kL0, 1, 0});
  CHECK(l.create(0, 16, 40) == l.hardware());
  CHECK(l.create(0, 16, 32) == Rets{0, kL0 + 1, 0, 0});
  CHECK(l.dma(3 * kGiB).fault == Fault::TcePageFault);  // the top of 4 GiB is for MSIs
}

TEST_CASE("papr: a window ends where its TVE does, and starts at a multiple of its page") {
  Lpar l;
  PeSpec pe = l.spec(0);
  pe.tces = 1ull << 50;
  l.add(pe);
  CHECK(l.create(0, 21, 60) == l.hardware());
  CHECK(l.create(0, 21, 64) == Rets{static_cast<std::uint32_t>(kRtasParameter)});
  CHECK(l.create(0, 21, 59) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK(l.put(kL0 + 1, 2 * kHighAddr - 2 * kMiB, 0x200003) == kSuccess);
  CHECK(l.dma(2 * kHighAddr - 8).real == 0x3FFFF8);

  Lpar odd;
  pe = odd.spec(0);
  pe.high_start = kHighAddr + 0x1000;
  odd.add(pe);
  CHECK(odd.create(0, 16, 30) == odd.hardware());
  CHECK(odd.create(0, 12, 30) == Rets{0, kL0 + 1, kHigh, 0x1000});
  CHECK(odd.put(kL0 + 1, kHighAddr, 0x5003) == kParameter);
  CHECK(odd.put(kL0 + 1, kHighAddr + 0x1000, 0x5003) == kSuccess);
  CHECK(odd.dma(kHighAddr + 0x1008).real == 0x5008);
}

TEST_CASE("papr: PHB3 has no GTE4GB, so limited addressing finds no address") {
  Lpar l(Personality::Papr, Generation::Phb3);
  PeSpec pe = l.spec(0);
  pe.page_mask = 0x003;
  l.add(pe);
  CHECK(l.reset(0, 1) == Rets{0});
  CHECK(l.create(0, 16, 30) == l.hardware());
  CHECK(l.reset(0) == Rets{0});
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK(l.put(kL0 + 1, kHighAddr, 0x10003) == kSuccess);
  CHECK(l.dma(kHighAddr + 8).real == 0x10008);
}

TEST_CASE("papr: a page size that the PHB lacks is not offered") {
  Lpar l;
  PeSpec pe = l.spec(0);
  pe.page_mask = 0x107;  // 16M pages, and POWER9 has none
  l.add(pe);
  const Rets query = l.rtas(RtasCall::Query, {1 << 16, kBuid >> 32, kBuid & 0xFFFFFFFF}, 5);
  REQUIRE(query.size() == 5);
  CHECK(query[3] == 0x103);
  CHECK(l.create(0, 24, 30) == Rets{static_cast<std::uint32_t>(kRtasParameter)});
  CHECK(l.create(0, 21, 30).size() == 4);
}

TEST_CASE("papr: windows of different page sizes stand side by side") {
  Lpar l;
  l.add(l.spec(0));
  CHECK(l.create(0, 21, 34) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK(l.put(kL0, 0x200000, 0x5003) == kSuccess);
  CHECK(l.put(kL0 + 1, kHighAddr + 0x200000, 0x600003) == kSuccess);
  CHECK(l.dma(0x200FF8).real == 0x5FF8);
  CHECK(l.dma(0x201000).fault == Fault::TcePageFault);
  CHECK(l.dma(kHighAddr + 0x3FFFF8).real == 0x7FFFF8);
  const std::uint64_t tables = l.partition().table_bytes();
  CHECK(tables == (kGiB >> 12) * 8 + ((1ull << 34) >> 21) * 8);
}

TEST_CASE("papr: windows that stand before the partition runs") {
  Lpar l;
  PeSpec pe = l.spec(0);
  pe.default_bytes = 0;
  l.add(pe);
  CHECK(l.partition().windows(kBuid, 0x10000).empty());
  Effects effects;
  CHECK(l.partition().add_window(kBuid, 0x10000, kHighAddr, 1ull << 34, 16, 2, effects) == kL0);
  CHECK(l.partition().add_window(kBuid, 0x10000, 0, kGiB, 12, 1, effects) == kL0 + 1);
  l.carry_out(effects);
  const DmaWindow* w = l.partition().window(kL0);
  REQUIRE(w != nullptr);
  CHECK(w->table->shape().levels == 2);
  CHECK(w->table->shape().table_bytes == 64 * kKiB);
  CHECK(w->entries == 1u << 18);
  CHECK_FALSE(w->is_default);
  CHECK(l.put(kL0, kHighAddr, 0x10003) == kSuccess);
  CHECK(l.put(kL0 + 1, 0x1000, 0x5003) == kSuccess);
  CHECK(l.dma(kHighAddr + 8).real == 0x10008);
  CHECK(l.dma(0x1008).real == 0x5008);
}

TEST_CASE("papr: a table larger than the largest root gets levels") {
  Lpar l;
  l.options.max_root_bytes = 64 * kKiB;
  l.add(l.spec(0));
  REQUIRE(l.partition().window(kL0)->table->shape().levels == 2);
  CHECK(l.put(kL0, 0x3FFFF000, 0) == kSuccess);  // below a table that does not exist
  CHECK(l.get(kL0, 0x3FFFF000) == 0);
  CHECK(l.put(kL0, 0x3FFFF000, 0x5003) == kSuccess);
  CHECK(l.get(kL0, 0x3FFFF000) == 0x5003);
  CHECK(l.dma(0x3FFFF008).real == 0x5008);
}

TEST_CASE("papr: which LIOBN a window gets can be chosen, once, among the PE's free ones") {
  Lpar l;
  l.add(l.spec(0));
  l.add(l.spec(1));
  CHECK(l.remove(kL0) == Rets{0});
  l.partition().choose_liobn(kL0 + 1);
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK(l.remove(kL0 + 1) == Rets{0});
  CHECK(l.partition().window(kL0) != nullptr);  // it was the last
  for (const std::uint32_t no : {kL0, kM0 + 1, 0x1234u}) {
    l.partition().choose_liobn(no);
    CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
    CHECK(l.remove(kL0 + 1) == Rets{0});
  }
}

TEST_CASE("papr: the default window comes back empty, or with what it held") {
  for (const bool stale : {false, true}) {
    Lpar l;
    l.options.stale_default = stale;
    l.options.cmo = true;
    l.options.entitlement = 0x2000;
    l.add(l.spec(0));
    CHECK(l.put(kL0, 0x1000, 0x5003) == kSuccess);
    CHECK(l.reset(0) == Rets{0});
    CHECK(l.get(kL0, 0x1000) == (stale ? 0x5003 : 0));
    CHECK(l.dma(0x1000).ok() == stale);
    CHECK(l.partition().mapped_bytes() == (stale ? 0x1000 : 0));
    CHECK(l.put(kL0, 0x1000, 0) == kSuccess);
    CHECK(l.partition().mapped_bytes() == 0);
    // A dynamic window is empty either way.
    CHECK(l.create(0, 12, 30) == Rets{0, kL0 + 1, kHigh, 0});
    CHECK(l.put(kL0 + 1, kHighAddr, 0x5003) == kSuccess);
    CHECK(l.remove(kL0 + 1) == Rets{0});
    CHECK(l.create(0, 12, 30) == Rets{0, kL0 + 1, kHigh, 0});
    CHECK(l.get(kL0 + 1, kHighAddr) == 0);
  }
}

TEST_CASE("papr: isolate restores one PE, reboot all, and both leave limited mode") {
  Lpar l;
  l.add(l.spec(0));
  l.add(l.spec(1));
  CHECK(l.reset(0, 1) == Rets{0});
  CHECK(l.create(1, 16, 30) == Rets{0, kM0 + 1, kHigh, 0});
  RtasOutcome out = l.partition().isolate(kBuid, 0x10000);
  CHECK(out.status == kRtasSuccess);
  l.carry_out(out.effects);
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
  CHECK(l.partition().window(kM0 + 1) != nullptr);
  out = l.partition().isolate(kBuid + 1, 0x10000);
  CHECK(out.status == kRtasParameter);
  CHECK(out.effects.empty());

  for (const RtasOutcome& o : l.partition().reboot()) l.carry_out(o.effects);
  CHECK(l.partition().window(kL0 + 1) == nullptr);
  CHECK(l.partition().window(kM0 + 1) == nullptr);
  CHECK(l.dma(kHighAddr).fault == Fault::TveInvalid);
  CHECK(l.reset(0, 1) == Rets{0});
  for (const RtasOutcome& o : l.partition().reboot()) l.carry_out(o.effects);
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
}

TEST_CASE("papr: injected answers are those of their call, one after the other") {
  Lpar l;
  l.add(l.spec(0));
  l.partition().answer(RtasCall::Create, kRtasBusy, 2);
  l.partition().answer(RtasCall::Create, 9901);
  CHECK(l.reset(0) == Rets{0});
  CHECK(l.create(0, 16, 30) == Rets{static_cast<std::uint32_t>(kRtasBusy)});
  CHECK(l.create(0, 16, 30) == Rets{static_cast<std::uint32_t>(kRtasBusy)});
  CHECK(l.create(0, 16, 30) == Rets{9901});
  CHECK(l.create(0, 16, 30) == Rets{0, kL0 + 1, kHigh, 0});
}

TEST_CASE(
    "papr: what a hypercall reads: its list, entries it returns and, under CMO, entries it "
    "replaces") {
  for (const bool cmo : {false, true}) {
    Lpar l;
    l.options.cmo = cmo;
    l.add(l.spec(0));
    const auto count = [&](Hcall call, std::array<std::uint64_t, 4> a) {
      return l.partition().reads({call, a}).size();
    };
    const RealAddr leaf = l.partition().window(kL0)->table->leaf_address(1);
    const auto get = l.partition().reads({Hcall::GetTce, {kL0, 0x1000}});
    REQUIRE(get.size() == 1);
    CHECK(get[0].addr == leaf);
    CHECK(get[0].bytes == 8);
    CHECK(count(Hcall::GetTce, {kL0 + 1, 0x1000}) == 0);
    CHECK(count(Hcall::GetTce, {kL0, kGiB}) == 0);
    CHECK(count(Hcall::PutTce, {kL0, 0x1000, 3}) == (cmo ? 1 : 0));
    CHECK(count(Hcall::StuffTce, {kL0, 0x1000, 3, 5}) == (cmo ? 5 : 0));
    CHECK(count(Hcall::StuffTce, {kL0, kGiB - 0x2000, 3, 5}) == (cmo ? 2 : 0));
    CHECK(count(Hcall::StuffTce, {kL0, 0, 3, 100000}) <= 512);
    CHECK(count(Hcall::PutTceIndirect, {kL0, 0x1000, 0x8000, 3}) == (cmo ? 4 : 1));
    CHECK(l.partition().reads({Hcall::PutTceIndirect, {kL0, 0x1000, 0x8000, 3}})[0].bytes == 24);
    CHECK(l.partition().reads({Hcall::PutTceIndirect, {~0ull, 0x1000, 0x8000, 3}})[0].bytes ==
          4096);
    CHECK(count(Hcall::PutTceIndirect, {kL0 + 1, 0x1000, 0x8000, 0}) == 0);
    CHECK(count(Hcall::PutTceIndirect, {kL0 + 1, 0x1000, 0x8008, 1}) == 0);
    CHECK(count(Hcall::MigrateDma, {}) == 0);
    CHECK(count(Hcall::Rtas, {}) == 0);
    CHECK(l.hcall(Hcall::Rtas, {}) == kFunction);  // has its own entry
  }
}

TEST_CASE(
    "papr: a partition's memory in pieces: a page must lie in one, TCEs get its real address") {
  GuestMemory m;
  m.add({0, 0x11000, 0x100000});
  m.add({0x20000, 0x10000, 0x400000});
  CHECK(m.real(0x10FFF, 1) == 0x110FFFu);
  CHECK_FALSE(m.real(0x10FFF, 2));
  CHECK_FALSE(m.real(0x11000, 1));
  CHECK(m.real(0x20000, 0x10000) == 0x400000u);
  CHECK(m.logical(0x40FFFF) == 0x2FFFFu);
  CHECK_FALSE(m.logical(0x410000));
  CHECK(GuestMemory::identity().logical(0x1234) == 0x1234u);

  PhbBench bench;
  TableRegion region(4 * kGiB, kGiB);
  PartitionOptions options;
  options.personality = Personality::Papr;
  Partition p(options, m, region);
  PeSpec pe;
  pe.hardware = &bench.phb;
  pe.pe = PhbBench::kPe;
  Effects effects;
  p.add_pe(pe, effects);
  CHECK(arch::apply(effects, bench.phb, bench.memory));
  const HcallOutcome out = p.perform({Hcall::PutTce, {pe.liobn, 0x1000, 0x21003}}, bench.memory);
  CHECK(out.status == kSuccess);
  CHECK(arch::apply(out.stores, bench.phb, bench.memory));
  CHECK(bench.dma(0x1000).real == 0x401000);
  CHECK(p.perform({Hcall::PutTce, {pe.liobn, 0x1000, 0x11003}}, bench.memory).status == kParameter);
}

TEST_CASE("papr: tables of names, tokens and page sizes") {
  for (const auto& h : kHcallTable) {
    CHECK(hcall_of(h.token) == h.call);
    CHECK(&spec_of(h.call) == &h);
  }
  CHECK_FALSE(hcall_of(0x24));
  for (const auto& r : kRtasTable) {
    CHECK(rtas_call_of(r.token) == r.call);
    CHECK(&spec_of(r.call) == &r);
  }
  CHECK_FALSE(rtas_call_of(0x2025));
  CHECK(hcall_code_name(-57) == "H_P4");
  CHECK(hcall_code_name(-99) == "?");
  CHECK(shift_of_mask(0x100) == 21);
  CHECK(shift_of_mask(0x200) == 0);
  CHECK(mask_of_shift(21) == 0x100);
  CHECK(mask_of_shift(13) == 0);
  CHECK(personality_named("kvm") == Personality::Kvm);
  CHECK_FALSE(personality_named("xen"));
  for (unsigned i = 0; i < kPersonalities; ++i)
    CHECK(kPersonalityTable[i].personality == static_cast<Personality>(i));
}

TEST_CASE("papr: properties as cells and bytes") {
  Lpar l;
  l.add(l.spec(0));
  const auto w = decode_dma_window(l.partition().dma_window_property(kBuid, 0x10000));
  REQUIRE(w);
  CHECK(w->liobn == kL0);
  CHECK(w->start == 0);
  CHECK(w->size == kGiB);
  CHECK_FALSE(decode_dma_window({1, 2, 3, 4}));
  const auto narrow = decode_dma_window({1, 2, 3}, 1, 1);
  REQUIRE(narrow);
  CHECK(narrow->size == 3);
  CHECK(l.partition().dma_window_property(1).empty());
  CHECK(l.partition().ddw_applicable(1).empty());
  CHECK(l.partition().ddw_extensions(1).empty());
  const auto bytes = encode(WindowInfo{kL0, kHighAddr, 24, 36});
  CHECK(bytes[4] == 0);
  CHECK(bytes[8] == 8);
  const WindowInfo back = decode_window_info(bytes);
  CHECK(back.liobn == kL0);
  CHECK(back.base == kHighAddr);
  CHECK(back.tce_shift == 24);
  CHECK(back.window_shift == 36);
}
