// SPDX-License-Identifier: Apache-2.0
// The firmware's DDW server beside models/arch/papr's partition in its personality "papr": the same calls, the same
// answers, and the same TCEs behind them. Calls are drawn at random from a fixed seed, wrong ones among them.
#include "models/arch/papr/partition.hpp"
#include "models/base/rng.hpp"
#include "tests/firmware/arch_machine.hpp"
#include "tests/support/catch.hpp"

extern "C" {
// ddw.h is C; what the test needs of it.
struct phb;
extern struct phb phbs[];
struct ddw_partition {
  struct phb* phb;
  unsigned pe;
  std::uint64_t buid;
  std::uint32_t liobn;
  std::uint64_t real, bytes;
};
bool ddw_open(const struct ddw_partition* partition);
std::int64_t ddw_hypercall(std::uint64_t token, std::uint64_t args[4]);
}

using namespace phbsim;
using test::ArchMachine;
namespace papr = arch::papr;

namespace {

constexpr std::uint64_t kBuid = 0x800000020000000ull;
constexpr std::uint32_t kLiobn = 0x80000000;
constexpr RealAddr kGuest = 0x4000000;
constexpr std::uint64_t kGuestBytes = 32 << 20;
constexpr std::uint64_t kBuffer = 0x10000;
constexpr std::uint64_t kList = 0x11000;

/// The reference: memory of its own, effects applied at once.
struct Reference {
  arch::PhbState phb{arch::Generation::Phb4, arch::PhbSize::Big};
  test::SparseMemory memory;
  arch::TableRegion region{0x10000000, 512 << 20};
  papr::Partition partition;

  Reference() : partition(options(), papr::GuestMemory::flat(kGuestBytes, kGuest), region) {
    papr::PeSpec pe;
    pe.buid = kBuid;
    pe.config_addr = 0x10000;
    pe.hardware = &phb;
    pe.pe = 1;
    pe.liobn = kLiobn;
    pe.limited_addressing = false;
    pe.extensions = 2;
    pe.default_bytes = 256 << 20;
    pe.tces = 1ull << 17;
    arch::Effects effects;
    partition.add_pe(pe, effects);
  }
  static papr::PartitionOptions options() {
    papr::PartitionOptions o;
    o.personality = papr::Personality::Papr;
    return o;
  }
  /// Tables that were given back read as zero again, as their region wants it.
  void wipe_free_tables() {
    const auto live = partition.windows(kBuid, 0x10000);
    memory.drop([&](RealAddr at) {
      if (at < 0x10000000) return false;
      for (const auto* w : live)
        if (at >= w->table->shape().table && at - w->table->shape().table < w->table->table_bytes()) return false;
      return true;
    });
  }
  papr::HcallOutcome hcall(papr::Hcall call, const std::array<std::uint64_t, 4>& a) {
    papr::HcallOutcome out = partition.perform({call, a}, memory);
    for (const arch::Effect& e : out.stores) memory.write_be64(e.addr, e.value);
    return out;
  }
};

}  // namespace

TEST_CASE("firmware: the DDW server answers as the model's partition does") {
  ArchMachine m(arch::Generation::Phb4, arch::PhbSize::Big);
  REQUIRE(m.run() == 0);
  const ddw_partition served{phbs, 1, kBuid, kLiobn, kGuest, kGuestBytes};
  REQUIRE(ddw_open(&served));
  Reference ref;
  RandomStream rng(20260128, "ddw");
  const auto pick = [&](auto... v) {
    const std::uint64_t all[] = {static_cast<std::uint64_t>(v)...};
    return all[rng.below(sizeof...(v))];
  };

  const auto rtas = [&](papr::RtasCall call, const std::vector<std::uint32_t>& args, unsigned nret) {
    m.store(kGuest + kBuffer, 4, papr::spec_of(call).token);
    m.store(kGuest + kBuffer + 4, 4, args.size());
    m.store(kGuest + kBuffer + 8, 4, nret);
    for (std::size_t i = 0; i < args.size(); ++i) m.store(kGuest + kBuffer + 12 + 4 * i, 4, args[i]);
    std::uint64_t a[4] = {kBuffer};
    REQUIRE(ddw_hypercall(0xF000, a) == 0);
    const papr::RtasOutcome wanted = ref.partition.rtas(call, args, nret);
    ref.wipe_free_tables();
    for (std::size_t i = 0; i < wanted.rets.size() && i < nret; ++i) {
      CAPTURE(papr::spec_of(call).name, args, nret, i);
      CHECK(m.load(kGuest + kBuffer + 12 + 4 * (args.size() + i), 4) == wanted.rets[i]);
    }
  };
  const auto hcall = [&](papr::Hcall call, std::array<std::uint64_t, 4> a) {
    const std::array<std::uint64_t, 4> asked = a;
    const std::int64_t status = ddw_hypercall(papr::spec_of(call).token, a.data());
    const papr::HcallOutcome wanted = ref.hcall(call, asked);
    CAPTURE(papr::spec_of(call).name, asked);
    CHECK(status == wanted.status);
    if (call == papr::Hcall::GetTce && status >= 0) CHECK(a[0] == wanted.r4);
  };

  const auto hi = static_cast<std::uint32_t>(kBuid >> 32), lo = static_cast<std::uint32_t>(kBuid);
  unsigned created = 0;
  for (unsigned i = 0; i < 4000; ++i) {
    const std::uint32_t liobn = kLiobn + static_cast<std::uint32_t>(rng.below(3));
    const auto* w = ref.partition.window(liobn);
    const std::uint64_t start = w != nullptr ? w->start : pick(0, 1ull << 59);
    const std::uint64_t page = w != nullptr ? 1ull << w->page_shift : 4096;
    const std::uint64_t entries = w != nullptr ? w->entries : 16;
    const std::uint64_t ioba = start + pick(rng.below(entries), 0, entries - 1, entries) * page + pick(0, 0, 0, 8);
    const std::uint64_t tce = (rng.below(kGuestBytes / 4096 + 16) * 4096) | pick(0, 1, 2, 3, 3, 3);
    switch (rng.below(12)) {
      case 0:
        rtas(papr::RtasCall::Query, {0x10000, hi, pick(0, 0, 0, 1) != 0 ? lo + 1 : lo}, static_cast<unsigned>(pick(5, 6, 4)));
        break;
      case 1: {
        const auto shift = static_cast<std::uint32_t>(pick(12, 16, 21, 24, 11, 30));
        const auto size = shift + static_cast<std::uint32_t>(pick(4, 9, 17, 18, 12));
        rtas(papr::RtasCall::Create, {0x10000, hi, lo, shift, size}, 4);
        created += ref.partition.windows(kBuid, 0x10000).size() == 2;
        break;
      }
      case 2:
        if (rng.below(3) == 0) rtas(papr::RtasCall::Remove, {liobn}, 1);
        break;
      case 3:
        if (rng.below(8) == 0) rtas(papr::RtasCall::Reset, {0x10000, hi, lo}, 1);
        break;
      case 4:
      case 5:
        hcall(papr::Hcall::GetTce, {liobn, ioba});
        break;
      case 6:
      case 7:
      case 8:
        hcall(papr::Hcall::PutTce, {liobn, ioba, pick(tce, tce & ~(page - 1), (tce & ~(page - 1)) | 3)});
        break;
      case 9:
        hcall(papr::Hcall::StuffTce, {liobn, ioba, pick(0, 0, tce), pick(1, 0, 7, 512, 513)});
        break;
      case 10: {
        const std::uint64_t count = pick(1, 5, 0, 512, 513, 64);
        for (std::uint64_t k = 0; k < 512; ++k) {
          const std::uint64_t v = (rng.below(kGuestBytes / page) * page) | pick(0, 1, 2, 3);
          m.store(kGuest + kList + 8 * k, 8, v);
          ref.memory.write_be64(kGuest + kList + 8 * k, v);
        }
        if (rng.below(4) == 0) {
          m.store(kGuest + kList, 8, kGuestBytes | 3);
          ref.memory.write_be64(kGuest + kList, kGuestBytes | 3);
        }
        hcall(papr::Hcall::PutTceIndirect, {liobn, ioba, pick(kList, kList, kList, kList + 8, kGuestBytes), count});
        break;
      }
      default:
        hcall(papr::Hcall::MigrateDma, {0, 0, 0, 0});
        break;
    }
  }
  CHECK(created > 50);
  // What the device would get is the same as well.
  for (const auto* w : ref.partition.windows(kBuid, 0x10000)) {
    for (std::uint64_t e = 0; e < w->entries; ++e) {
      std::uint64_t a[4] = {w->liobn, w->start + (e << w->page_shift)};
      const auto wanted = ref.hcall(papr::Hcall::GetTce, {w->liobn, a[1]});
      if (ddw_hypercall(0x1C, a) != wanted.status || a[0] != wanted.r4) FAIL("entry " << e << " of " << w->liobn);
    }
  }
}
