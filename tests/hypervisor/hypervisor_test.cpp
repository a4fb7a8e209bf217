// SPDX-License-Identifier: Apache-2.0
// Hypercalls in time: each call takes exactly the sum of its parts, does what it says to memory,
// TVEs and kills, and waits for others where they share a table or a PHB (ddw-vfio.md 1, 2; phb.md 4.2).
#include "models/hypervisor/hypervisor.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/registers.hpp"
#include "models/base/rng.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/guest_cpu.hpp"
#include "tests/support/protocol_checker.hpp"
#include "tests/support/rig.hpp"
#include "tests/support/standard_initiator.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Fault;
using arch::Reg;
using arch::papr::GuestMemory;
using arch::papr::Hcall;
using arch::papr::Personality;
using arch::papr::RtasCall;
using stats::Stat;

namespace {

constexpr RealAddr kRam = 16 * kGiB;       ///< where the partition's logical address 0 lies
constexpr std::uint64_t kList = 0x10000;   ///< logical: page of TCEs
constexpr std::uint64_t kCells = 0x20000;  ///< logical: argument buffer of RTAS
constexpr std::uint64_t kPage = 0x500000;  ///< logical: what is mapped
constexpr std::uint32_t kLiobn = 0x80000000;
constexpr std::uint64_t kBuid = 0x800000020000000;
constexpr Tick kStart = 10 * kPsPerUs;

// Times that no two sums of which are equal by chance.
constexpr Tick kEntry = 251 * kNs;
constexpr Tick kExit = 153 * kNs;
constexpr Tick kWork = 12 * kNs;
constexpr Tick kUserspace = 6007 * kNs;
constexpr Tick kRtasWork = 2003 * kNs;
constexpr Tick kHandover = 61 * kNs;
constexpr Tick kPoll = 53 * kNs;
constexpr Tick kPagePass = 8 * kClock;
constexpr Tick kPePass = 256 * kClock;  ///< 1024 entries, four a clock

struct Spec {
  Spec() : system(rig_spec()) {
    params.call_entry = kEntry;
    params.call_exit = kExit;
    params.tce_work = kWork;
    params.userspace_exit = kUserspace;
    params.rtas_work = kRtasWork;
    params.lock_handover = kHandover;
    params.poll_interval = kPoll;
    options.personality = Personality::Papr;
  }
  build::SystemSpec system;
  hypervisor::HypervisorParams params;
  arch::papr::PartitionOptions options;
  GuestMemory memory = GuestMemory::flat(kGiB, kRam);
  unsigned cpus = 1;
  unsigned phbs = 1;
  unsigned pes = 1;  ///< a PHB; PE k has kRid + k
  std::uint64_t window = kGiB;
  bool bind_cpus = true;

  Spec& policy(const std::string& name) {
    params.kill_policy = name;
    return *this;
  }
  Spec& personality(Personality p) {
    options.personality = p;
    return *this;
  }
};

/// What firmware does to the registers for `kills` words whose passes take `pass` each, after
/// `writes` other register writes. Nothing is under way that the sync would have to wait for.
Tick handshake(unsigned kills, Tick pass, bool sync = true, bool reads_sync = false, unsigned writes = 0) {
  Tick t = writes * kMmio;
  Tick killed = 0;
  for (unsigned i = 0; i < kills; ++i) {
    t += 2 * kMmio;  // slot, word
    killed = std::max(killed, t) + pass;
  }
  if (sync) t += (reads_sync ? 2 : 1) * kMmio;
  t += kMmio;
  while (t < killed) t += kPoll + kMmio;
  return sync ? t + kMmio : t;
}
const Tick kPeKill = handshake(1, kPePass);

build::SystemSpec wired(const Spec& s) {
  build::SystemSpec system = s.system;
  system.phbs.front().hypervised = true;
  while (system.phbs.size() < s.phbs) {
    system.phbs.push_back(system.phbs.front());
    system.phbs.back().name = "phb" + std::to_string(system.phbs.size() - 1);
  }
  system.partition = build::PartitionSpec{s.options, s.memory, s.params, s.cpus};
  return system;
}

struct Bench final : private EventHandler {
  explicit Bench(const Spec& s = {}) : system(wired(s)) {
    for (unsigned i = 0; i < s.phbs; ++i) {
      build::PhbGroup& g = system.phbs()[i];
      build::install_rtt(system, g);
      for (unsigned k = 0; k < s.pes; ++k) {
        build::assign_rid(system, g, static_cast<Rid>(kRid + k), kPe + k);
        arch::papr::PeSpec pe;
        pe.buid = kBuid + i;
        pe.config_addr = k << 16;
        pe.pe = kPe + k;
        pe.liobn = liobn(i, k);
        pe.default_bytes = s.window;
        system.add_pe(g, pe);
      }
      devices.push_back(std::make_unique<Device>(("device" + std::to_string(i)).c_str(), system.driver(), kRid, rank));
      devices.back()->link_out.bind(g.phb->link_in);
    }
    for (unsigned i = 0; i < s.cpus && s.bind_cpus; ++i) {
      cpus.push_back(std::make_unique<GuestCpu>(("cpu" + std::to_string(i)).c_str(), system.driver()));
      cpus.back()->hcall_out.bind(system.hypervisor().guest_in(i));
    }
  }

  static std::uint32_t liobn(unsigned phb = 0, unsigned pe = 0) { return kLiobn + (phb << 8) + (pe << 4); }

  // -- calls ---------------------------------------------------------------------------------------
  const Hypercall& put(Tick at, std::uint64_t ioba, std::uint64_t tce, unsigned cpu = 0, std::uint32_t table = kLiobn) {
    return cpus[cpu]->call(at, Hcall::PutTce, {table, ioba, tce});
  }
  const Hypercall& get(Tick at, std::uint64_t ioba, std::uint32_t table = kLiobn) {
    return cpus[0]->call(at, Hcall::GetTce, {table, ioba});
  }
  const Hypercall& stuff(Tick at, std::uint64_t ioba, std::uint64_t tce, std::uint64_t count, unsigned cpu = 0) {
    return cpus[cpu]->call(at, Hcall::StuffTce, {kLiobn, ioba, tce, count});
  }
  const Hypercall& indirect(Tick at, std::uint64_t ioba, std::uint64_t count, std::uint64_t list = kList) {
    return cpus[0]->call(at, Hcall::PutTceIndirect, {kLiobn, ioba, list, count});
  }
  const Hypercall& rtas(Tick at, RtasCall call, const std::vector<std::uint32_t>& args, unsigned nret,
                        std::uint64_t cells = kCells) {
    std::vector<std::uint32_t> all{arch::papr::spec_of(call).token, static_cast<std::uint32_t>(args.size()), nret};
    all.insert(all.end(), args.begin(), args.end());
    all.insert(all.end(), nret, 0xEEEEEEEE);
    for (std::size_t i = 0; i < all.size(); ++i) set_cell(cells, static_cast<unsigned>(i), all[i]);
    return cpus[0]->call(at, Hcall::Rtas, {cells});
  }
  static std::vector<std::uint32_t> address(const std::vector<std::uint32_t>& more = {}) {
    std::vector<std::uint32_t> a{0, static_cast<std::uint32_t>(kBuid >> 32), static_cast<std::uint32_t>(kBuid)};
    a.insert(a.end(), more.begin(), more.end());
    return a;
  }

  // -- memory --------------------------------------------------------------------------------------
  memory::SparseStore& store() { return system.memory().store(); }
  void set_list(unsigned i, std::uint64_t tce, std::uint64_t list = kList) {
    store().write_be64(kRam + list + 8 * i, tce);
  }
  void fill_list(unsigned n, std::uint64_t first = kPage) {
    for (unsigned i = 0; i < n; ++i) set_list(i, (first + 4096 * i) | 3);
  }
  void set_cell(std::uint64_t cells, unsigned i, std::uint32_t v) {
    unsigned char b[4];
    store_be32(b, v);
    store().write(kRam + cells + 4 * i, b, 4);
  }
  std::uint32_t cell(unsigned i, std::uint64_t cells = kCells) {
    unsigned char b[4];
    store().read(kRam + cells + 4 * i, b, 4);
    return load_be32(b);
  }
  /// The TCE as the hardware sees it.
  std::uint64_t entry(std::uint64_t ioba, std::uint32_t table = kLiobn) {
    const auto* w = system.partition().window(table);
    REQUIRE(w != nullptr);
    const RealAddr leaf = w->table->leaf_address(w->table_index((ioba - w->start) >> w->page_shift));
    return leaf == 0 ? 0 : store().read_be64(leaf);
  }
  std::uint64_t tve(unsigned window, PeNumber pe = kPe) {
    return system.phbs()[0].phb->state().tve_word(2 * pe + window);
  }
  const stats::Block& stats() { return system.hypervisor().stats(); }
  void fence(unsigned phb = 0) {
    system.phbs()[phb].phb->state().raise(Fault::KillQueueOverflow, kNoPe, 0, 0, arch::TransactionType::Other, nullptr);
    REQUIRE(system.phbs()[phb].phb->state().fenced());
  }
  const Dma& dma(BusAddr at, unsigned phb = 0, bool write = false) {
    Device& d = *devices[phb];
    const Dma& r = write ? d.write(now(), at) : d.read(now(), at);
    run_for(50 * kPsPerUs);
    REQUIRE(r.is_done());
    return r;
  }

  // -- time ----------------------------------------------------------------------------------------
  Tick now() { return system.engine().now(); }
  void run_to(Tick t) {
    if (t > now()) system.driver().start(t - now());
  }
  void run_for(Tick d) { run_to(now() + d); }
  void at(Tick t, std::function<void()> action) {
    actions_.push_back(std::move(action));
    system.driver().schedule(t, this, 0, actions_.size() - 1);
  }
  /// The call has not returned one picosecond before it took `time`, and has then; its result is read.
  bool takes(const Hypercall& c, Tick time) {
    const Tick end = c.issued + time;
    run_to(end - 1);
    const bool early = c.is_done();
    run_to(end);
    const bool there = c.is_done();
    if (!early && there) {
      run_for(1);
      return true;
    }
    run_for(50 * kPsPerMs);
    UNSCOPED_INFO("took " << static_cast<std::int64_t>(c.time()) << " ps, expected " << time
                          << " ps: " << static_cast<std::int64_t>(c.time() - time) << " ps more");
    return false;
  }

  build::System system;
  unsigned rank = 0;
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<std::unique_ptr<GuestCpu>> cpus;

 private:
  void on_event(std::uint32_t, std::uint64_t i) override { actions_[i](); }
  std::deque<std::function<void()>> actions_;
};

/// A guest's TCE as it lies in the table.
constexpr std::uint64_t placed(std::uint64_t tce) { return tce + kRam; }

unsigned lines_of(std::uint64_t addr, std::uint64_t bytes) {
  return static_cast<unsigned>((addr + bytes - 1) / 128 - addr / 128 + 1);
}

}  // namespace

// -----------------------------------------------------------------------------------------------
// One call

TEST_CASE("H_PUT_TCE takes entry, work, one store, the kill and exit") {
  Bench b;
  const Hypercall& c = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(c, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);
  CHECK(b.entry(0x7000) == placed(kPage | 3));  // the real page, not the guest's
  CHECK(b.stats()[Stat::HvReadLines] == 0);
}

TEST_CASE("The TCE of H_PUT_TCE is in memory after entry and work, not before") {
  Bench b;
  b.put(kStart, 0x7000, kPage | 3);
  b.run_to(kStart + kEntry + kWork - 1);
  CHECK(b.entry(0x7000) == 0);
  b.run_to(kStart + kEntry + kWork);
  CHECK(b.entry(0x7000) == placed(kPage | 3));
}

TEST_CASE("DMA through a TCE that H_PUT_TCE set reaches the guest's page") {
  Bench b;
  const Hypercall& c = b.put(kStart, 0x7000, kPage | 3);
  b.run_to(kStart + 10 * kPsPerUs);
  REQUIRE(c.is_done());
  const Dma& r = b.dma(0x7040);
  CHECK(r.ok);
  CHECK(r.real == kRam + kPage + 0x40);
  const Dma& w = b.dma(0x7080, 0, true);
  CHECK(w.ok);
  CHECK(w.real == kRam + kPage + 0x80);
}

TEST_CASE("H_PUT_TCE_INDIRECT reads the lines of its list, works on each TCE, stores their lines") {
  const unsigned n = GENERATE(1, 16, 17, 100, 512);
  const auto facts = forked([n] {
    Bench b;
    b.fill_list(n);
    const Hypercall& c = b.indirect(kStart, 0x3000, n);  // entry 3: stores do not begin on a line
    const bool exact = b.takes(c, kEntry + kMem + n * kWork + kWrite + kPeKill + kExit);
    unsigned right = 0;
    for (unsigned i = 0; i < n; ++i) right += b.entry(0x3000 + 4096ull * i) == placed((kPage + 4096ull * i) | 3);
    return Facts{{"exact", text_of(exact)},
                 {"status", text_of(c.result.status)},
                 {"right", text_of(right)},
                 {"beyond", text_of(b.entry(0x3000 + 4096ull * n) | b.entry(0x2000))},
                 {"reads", text_of(b.stats()[Stat::HvReadLines])},
                 {"stores", text_of(b.stats()[Stat::HvStoreLines])},
                 {"tces", text_of(b.stats()[Stat::HvTces])}};
  });
  CHECK(facts == Facts{{"exact", "1"},
                       {"status", "0"},
                       {"right", text_of(n)},
                       {"beyond", "0"},
                       {"reads", text_of(lines_of(0, 8 * n))},
                       {"stores", text_of(lines_of(24, 8 * n))},
                       {"tces", text_of(n)}});
}

TEST_CASE("H_PUT_TCE_INDIRECT takes its list as it was when it was read") {
  Bench b;
  b.fill_list(20);
  const Tick read = kStart + kEntry;
  b.at(read - 1, [&] { b.set_list(3, 0xAA000 | 3); });
  b.at(read + 1, [&] {
    b.set_list(4, 0xBB000 | 3);
    b.set_list(19, 0);
  });
  const Hypercall& c = b.indirect(kStart, 0, 20);
  CHECK(b.takes(c, kEntry + kMem + 20 * kWork + kWrite + kPeKill + kExit));
  CHECK(b.entry(3 << 12) == placed(0xAA000 | 3));
  CHECK(b.entry(4 << 12) == placed((kPage + 4 * 4096) | 3));
  CHECK(b.entry(19 << 12) == placed((kPage + 19 * 4096) | 3));
}

TEST_CASE("H_STUFF_TCE reads nothing, works on each TCE and stores whole lines") {
  Bench b;
  b.fill_list(512);
  b.indirect(kStart, 0, 512);
  const Tick t = kStart + 100 * kPsPerUs;
  b.run_to(t);
  const auto before = b.stats()[Stat::HvStoreLines];
  const Hypercall& c = b.stuff(t, 0x10000, 0, 300);
  CHECK(b.takes(c, kEntry + 300 * kWork + kWrite + kPeKill + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);
  CHECK(b.stats()[Stat::HvStoreLines] - before == lines_of(0x80, 300 * 8));
  for (unsigned i = 0; i < 512; ++i)
    if ((b.entry(i << 12) == 0) != (i >= 16 && i < 316)) FAIL("entry " << i);
}

TEST_CASE("H_GET_TCE reads one line and tells the guest's page") {
  Bench b;
  b.put(kStart, 0x7000, kPage | 3);
  const Tick t = kStart + 100 * kPsPerUs;
  const Hypercall& c = b.get(t, 0x7000);
  CHECK(b.takes(c, kEntry + kMem + kWork + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);
  CHECK(c.result.r4 == (kPage | 3));
  CHECK(b.stats()[Stat::HvReadLines] == 1);
}

TEST_CASE("H_GET_TCE below a missing table reads nothing") {
  Spec s;
  s.options.max_root_bytes = 64 * kKiB;  // 1 GiB of 4K pages: two levels
  Bench b(s);
  const Hypercall& c = b.get(kStart, 0x7000);
  CHECK(b.takes(c, kEntry + kWork + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);
  CHECK(c.result.r4 == 0);
}

TEST_CASE("Links of lower tables go out with the TCE, in lines of their own") {
  Spec s;
  s.options.max_root_bytes = 64 * kKiB;
  Bench b(s);
  const Hypercall& first = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(first, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(b.stats()[Stat::HvStoreLines] == 2);
  CHECK(b.stats()[Stat::HvTces] == 1);
  CHECK(b.entry(0x7000) == placed(kPage | 3));
  CHECK(b.dma(0x7000).real == kRam + kPage);
}

TEST_CASE("A token that is no call answers H_FUNCTION after entry and exit") {
  Bench b;
  const Hypercall& c = b.cpus[0]->call_token(kStart, 0x1234, {kLiobn, 0, 0, 0});
  CHECK(b.takes(c, kEntry + kExit));
  CHECK(c.result.status == arch::papr::kFunction);
  CHECK(b.stats()[Stat::HvErrors] == 1);
  CHECK(b.stats()[Stat::HvBusy] == kEntry + kExit);
}

TEST_CASE("H_MIGRATE_DMA is no call here: its page is not taken for a LIOBN whose lock is waited for") {
  Spec s;
  s.cpus = 2;
  Bench b(s);
  b.fill_list(512);
  b.indirect(kStart, 0, 512);  // holds the table's lock
  const Hypercall& c = b.cpus[1]->call(kStart + kNs, Hcall::MigrateDma, {kLiobn, kList, 16});
  CHECK(b.takes(c, kEntry + kExit));
  CHECK(c.result.status == arch::papr::kFunction);
}

TEST_CASE("Without the multi-TCE option its calls answer H_FUNCTION after entry and exit") {
  Spec s;
  s.options.multi_tce = false;
  Bench b(s);
  b.fill_list(64);
  const Hypercall& indirect = b.indirect(kStart, 0, 64);
  CHECK(b.takes(indirect, kEntry + kExit));
  CHECK(indirect.result.status == arch::papr::kFunction);
  const Hypercall& stuff = b.stuff(b.now() + kPsPerUs, 0, 0, 64);
  CHECK(b.takes(stuff, kEntry + kExit));
  CHECK(stuff.result.status == arch::papr::kFunction);
  CHECK(b.stats()[Stat::HvReadLines] == 0);
  CHECK(b.stats()[Stat::HvTces] == 0);
  const Hypercall& put = b.put(b.now() + kPsPerUs, 0x7000, kPage | 3);
  CHECK(b.takes(put, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(put.result.status == arch::papr::kSuccess);
}

TEST_CASE("A count that no call takes is refused without work for its TCEs") {
  Bench b;
  const Hypercall& stuff = b.stuff(kStart, 0, 0, 513);
  CHECK(b.takes(stuff, kEntry + kExit));
  CHECK(stuff.result.status == arch::papr::kP4);
  const Hypercall& indirect = b.indirect(b.now() + kPsPerUs, 0, 513);
  CHECK(b.takes(indirect, kEntry + kExit));
  CHECK(indirect.result.status == arch::papr::kParameter);
  const Hypercall& most = b.indirect(b.now() + kPsPerUs, 0, ~0ull);
  CHECK(b.takes(most, kEntry + kExit));
  CHECK(most.result.status == arch::papr::kParameter);
}

TEST_CASE("QEMU stuffs more than 512 TCEs, none more than the window has, and works on each") {
  Bench b(Spec().personality(Personality::Qemu));
  const Hypercall& some = b.stuff(kStart, 0, 0, 1000);
  CHECK(b.takes(some, kEntry + 1000 * kWork + kWrite + kPeKill + kExit));
  CHECK(some.result.status == arch::papr::kSuccess);
  const Hypercall& more = b.stuff(b.now() + kPsPerUs, 0, 0, kGiB / 4096 + 1);
  CHECK(b.takes(more, kEntry + kExit));
  CHECK(more.result.status == arch::papr::kParameter);
}

TEST_CASE("A refused TCE costs the work but no store and no kill") {
  Bench b;
  const Hypercall& foreign = b.put(kStart, 0x7000, (2 * kGiB) | 3);  // not the partition's
  CHECK(b.takes(foreign, kEntry + kWork + kExit));
  CHECK(foreign.result.status == arch::papr::kParameter);
  b.fill_list(8);
  b.set_list(7, (2 * kGiB) | 3);
  const Hypercall& list = b.indirect(b.now() + kPsPerUs, 0, 8);
  CHECK(b.takes(list, kEntry + kMem + 8 * kWork + kExit));
  CHECK(list.result.status == arch::papr::kParameter);
  const Hypercall& table = b.put(b.now() + kPsPerUs, 0x7000, kPage | 3, 0, kLiobn + 1);
  CHECK(b.takes(table, kEntry + kExit));
  CHECK(table.result.status == arch::papr::kParameter);
  CHECK(b.stats()[Stat::HvStoreLines] == 0);
  CHECK(b.stats()[Stat::HvKills] == 0);
  CHECK(b.stats()[Stat::HvErrors] == 3);
  for (unsigned i = 0; i < 8; ++i) CHECK(b.entry(i << 12) == 0);
}

TEST_CASE("A list outside memory reads as zeros, whatever was read before") {
  Spec s;
  s.personality(Personality::Qemu);
  s.memory = GuestMemory::identity();
  Bench b(s);
  for (unsigned i = 0; i < 32; ++i) b.store().write_be64(kRam + 8 * i, 0x9000000 + 4096 * i + 3);
  const Hypercall& good = b.indirect(kStart, 0, 32, kRam);
  b.run_to(kStart + 20 * kPsPerUs);
  REQUIRE(good.result.status == arch::papr::kSuccess);
  REQUIRE(b.entry(0x1F000) == 0x9000000 + 4096 * 0x1F + 3);
  const Hypercall& bad = b.indirect(b.now(), 0, 32, 1ull << 60);
  b.run_for(20 * kPsPerUs);
  CHECK(bad.result.status == arch::papr::kSuccess);
  for (unsigned i = 0; i < 32; ++i) CHECK(b.entry(i << 12) == 0);
}

// -----------------------------------------------------------------------------------------------
// Kills

TEST_CASE("Page kills take a slot poll and a write each, then one completion") {
  Bench b(Spec().policy("page"));
  b.fill_list(5);
  const Hypercall& c = b.indirect(kStart, 0, 5);
  CHECK(b.takes(c, kEntry + kMem + 5 * kWork + kWrite + handshake(5, kPagePass) + kExit));
  CHECK(b.stats()[Stat::HvKills] == 5);
  CHECK(b.stats()[Stat::HvPolls] == 5 + 2);
}

TEST_CASE("The automatic policy kills eight pages one by one and nine as the PE") {
  Bench b(Spec().policy("auto"));
  b.fill_list(9);
  const Hypercall& eight = b.indirect(kStart, 0, 8);
  CHECK(b.takes(eight, kEntry + kMem + 8 * kWork + kWrite + handshake(8, kPagePass) + kExit));
  const Hypercall& nine = b.indirect(b.now() + kPsPerUs, 0, 9);
  CHECK(b.takes(nine, kEntry + kMem + 9 * kWork + kWrite + kPeKill + kExit));
}

TEST_CASE("Without kills a call ends with its stores, and DMA goes on to the old page") {
  Bench b(Spec().policy("none"));
  const Hypercall& map = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(map, kEntry + kWork + kWrite + kExit));
  CHECK(b.dma(0x7000).ok);
  const Hypercall& clear = b.put(b.now(), 0x7000, 0);
  CHECK(b.takes(clear, kEntry + kWork + kWrite + kExit));
  CHECK(b.entry(0x7000) == 0);
  CHECK(b.stats()[Stat::HvKills] == 0);
  CHECK(b.stats()[Stat::HvPolls] == 0);
  CHECK(b.dma(0x7000).real == kRam + kPage);
}

TEST_CASE("Without DMA sync a call waits for the kill alone") {
  Spec s;
  s.params.dma_sync = false;
  Bench b(s);
  const Hypercall& c = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(c, kEntry + kWork + kWrite + handshake(1, kPePass, false) + kExit));
}

TEST_CASE("With DMA sync a clearing call returns after the DMA that used the TCE, without before it") {
  const bool sync = GENERATE(true, false);
  const auto facts = forked([sync] {
    Spec s;
    s.params.dma_sync = sync;
    s.system.memory.latency = 5 * kPsPerUs;
    Bench b(s);
    b.put(kStart, 0x7000, kPage | 3);
    b.run_to(kStart + 50 * kPsPerUs);
    b.devices[0]->read(b.now(), 0x7000);
    b.run_for(50 * kPsPerUs);
    const Dma& r = b.devices[0]->read(b.now(), 0x7000);
    const Hypercall& c = b.put(b.now() + kNs, 0x7000, 0);
    b.run_for(50 * kPsPerUs);
    return Facts{{"ok", text_of(r.ok)}, {"after", text_of(c.returned > r.done)}, {"status", text_of(c.result.status)}};
  });
  CHECK(facts == Facts{{"ok", "1"}, {"after", sync ? "1" : "0"}, {"status", "0"}});
}

TEST_CASE("PHB5 reads the sync register before it starts a sync") {
  Spec s;
  s.system.phbs[0].phb.generation = arch::Generation::Phb5;
  Bench b(s);
  REQUIRE(b.system.phbs()[0].phb->state().facts().sync_has_writes);
  const Hypercall& c = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(c, kEntry + kWork + kWrite + handshake(1, kPePass, true, true) + kExit));
}

TEST_CASE("Without kills on map only calls that clear a TCE kill") {
  Spec s;
  s.params.kill_on_map = false;
  Bench b(s);
  const Hypercall& map = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(map, kEntry + kWork + kWrite + kExit));
  const Hypercall& clear = b.put(b.now() + kPsPerUs, 0x7000, 0);
  CHECK(b.takes(clear, kEntry + kWork + kWrite + kPeKill + kExit));
  b.fill_list(4);
  const Hypercall& maps = b.indirect(b.now() + kPsPerUs, 0x7000, 4);
  CHECK(b.takes(maps, kEntry + kMem + 4 * kWork + kWrite + kExit));
  b.set_list(2, 0x123000);  // an address, but no permission
  const Hypercall& mixed = b.indirect(b.now() + kPsPerUs, 0x7000, 4);
  CHECK(b.takes(mixed, kEntry + kMem + 4 * kWork + kWrite + kPeKill + kExit));
  const Hypercall& stuff = b.stuff(b.now() + kPsPerUs, 0x7000, 0, 4);
  CHECK(b.takes(stuff, kEntry + 4 * kWork + kWrite + kPeKill + kExit));
  CHECK(b.stats()[Stat::HvKills] == 3);
}

TEST_CASE("A list that clears a TCE takes it from devices even without kills on map") {
  Spec s;
  s.params.kill_on_map = false;
  Bench b(s);
  b.put(kStart, 0x7000, kPage | 3);
  b.run_to(kStart + 20 * kPsPerUs);
  REQUIRE(b.dma(0x7000).ok);
  b.set_list(0, 0);
  b.set_list(1, (kPage + 0x9000) | 3);
  b.indirect(b.now(), 0x7000, 2);
  b.run_for(20 * kPsPerUs);
  CHECK(b.dma(0x7000).fault == Fault::TcePageFault);
}

TEST_CASE("A fenced PHB makes H_HARDWARE of a call, at the first register it reads") {
  Bench b;
  b.fence();
  const Hypercall& c = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(c, kEntry + kWork + kWrite + kMmio + kExit));
  CHECK(c.result.status == arch::papr::kHardware);
  CHECK(c.status == tlm::TLM_OK_RESPONSE);
  CHECK(b.stats()[Stat::HvErrors] == 1);
  const Hypercall& get = b.get(b.now() + kPsPerUs, 0x7000);  // no register
  CHECK(b.takes(get, kEntry + kMem + kWork + kExit));
  CHECK(get.result.status == arch::papr::kSuccess);
  const Hypercall& again = b.put(b.now() + kPsPerUs, 0x7000, 0);
  CHECK(b.takes(again, kEntry + kWork + kWrite + kMmio + kExit));
  CHECK(again.result.status == arch::papr::kHardware);
  CHECK(b.stats()[Stat::HvErrors] == 2);
}

TEST_CASE("What KVM cannot do in the kernel costs the exit to userspace") {
  Bench b(Spec().personality(Personality::Kvm));
  const Hypercall& inside = b.put(kStart, 0x7000, kPage | 3);
  CHECK(b.takes(inside, kEntry + kWork + kWrite + kPeKill + kExit));
  const Hypercall& outside = b.put(b.now() + kPsPerUs, 0x8000, (2 * kGiB) | 3);  // no memory slot
  CHECK(b.takes(outside, kEntry + kWork + kWrite + kPeKill + kExit + kUserspace));
  CHECK(outside.result.status == arch::papr::kSuccess);
  CHECK(b.stats()[Stat::HvUserspace] == 1);
  b.fill_list(3);
  b.set_list(1, (2 * kGiB) | 3);
  const Hypercall& list = b.indirect(b.now() + kPsPerUs, 0x8000, 3);
  CHECK(b.takes(list, kEntry + kMem + 3 * kWork + kWrite + kPeKill + kExit + kUserspace));
  CHECK(b.stats()[Stat::HvUserspace] == 2);
  // An RTAS call is not a TCE call that failed, whatever the one before was.
  const Hypercall& query = b.rtas(b.now() + kPsPerUs, RtasCall::Query, Bench::address(), 5);
  CHECK(b.takes(query, kEntry + kMem + kRtasWork + kWrite + kExit));
}

// -----------------------------------------------------------------------------------------------
// RTAS

TEST_CASE("ibm,query-pe-dma-window reads its buffer, works and writes its return cells") {
  Bench b;
  const Hypercall& c = b.rtas(kStart, RtasCall::Query, Bench::address(), 5);
  CHECK(b.takes(c, kEntry + kMem + kRtasWork + kWrite + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);
  CHECK(b.cell(6) == 0);
  CHECK(b.cell(7) == 1);
  CHECK(b.cell(8) == 0x80000000);
  CHECK(b.cell(9) == 0x103);
  CHECK(b.cell(10) == 0);
  CHECK(b.stats()[Stat::HvRtasCalls] == 1);
  CHECK(b.stats()[Stat::HvTces] == 0);
  CHECK(b.stats()[Stat::HvKills] == 0);
}

TEST_CASE("A buffer and cells that cross a line cost no more than their lines together") {
  Bench b;
  const Hypercall& c = b.rtas(kStart, RtasCall::Query, Bench::address(), 5, kCells + 96);  // cells from 120 on
  CHECK(b.takes(c, kEntry + kMem + kRtasWork + kWrite + kExit));
  CHECK(b.cell(6, kCells + 96) == 0);
  CHECK(b.cell(8, kCells + 96) == 0x80000000);
  CHECK(b.cell(10, kCells + 96) == 0);
}

TEST_CASE("A created window is real: its TVE is written, its table filled, DMA through it translated") {
  Bench b;
  REQUIRE(b.tve(1) == 0);
  const Hypercall& c = b.rtas(kStart, RtasCall::Create, Bench::address({16, 30}), 4);
  // IODA address and data, then the PE's kill; the answer is written when the hardware is ready.
  const Tick hardware = handshake(1, kPePass, true, false, 2);
  const Tick written = kStart + kEntry + kMem + kRtasWork + hardware;
  b.run_to(kStart + kEntry + kMem + kRtasWork + 2 * kMmio - 1);
  CHECK(b.tve(1) == 0);
  b.run_to(kStart + kEntry + kMem + kRtasWork + 2 * kMmio);
  CHECK(b.tve(1) != 0);
  b.run_to(written - 1);
  CHECK(b.cell(8) == 0xEEEEEEEE);
  b.run_to(written);
  CHECK(b.cell(8) == 0);
  CHECK(b.takes(c, kEntry + kMem + kRtasWork + kWrite + hardware + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);
  CHECK(b.cell(9) == kLiobn + 1);
  CHECK(b.cell(10) == 0x08000000);
  CHECK(b.cell(11) == 0);
  const auto* w = b.system.partition().window(kLiobn + 1);
  REQUIRE(w != nullptr);
  CHECK(w->page_shift == 16);
  CHECK(b.tve(1) == arch::encode_translated(w->table->shape()));
  const Hypercall& put = b.put(b.now() + kPsPerUs, kUpper + 0x30000, 0x600000 | 3, 0, kLiobn + 1);
  CHECK(b.takes(put, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(put.result.status == arch::papr::kSuccess);
  const Dma& r = b.dma(kUpper + 0x3A040);
  CHECK(r.ok);
  CHECK(r.real == kRam + 0x60A040);
  CHECK(r.page_shift == 16);
}

TEST_CASE("A removed window is gone: TVE, kill, LIOBN") {
  Bench b;
  b.rtas(kStart, RtasCall::Create, Bench::address({16, 30}), 4);
  b.run_to(kStart + 100 * kPsPerUs);
  b.put(b.now(), kUpper, 0x600000 | 3, 0, kLiobn + 1);
  b.run_for(20 * kPsPerUs);
  REQUIRE(b.dma(kUpper).ok);
  const Hypercall& c = b.rtas(b.now(), RtasCall::Remove, {kLiobn + 1}, 1);
  CHECK(b.takes(c, kEntry + kMem + kRtasWork + kWrite + handshake(1, kPePass, true, false, 2) + kExit));
  CHECK(b.cell(4) == 0);
  CHECK(b.tve(1) == 0);
  CHECK(b.dma(kUpper).fault == Fault::TveInvalid);
  const Hypercall& put = b.put(b.now(), kUpper, 0x600000 | 3, 0, kLiobn + 1);
  CHECK(b.takes(put, kEntry + kExit));
  CHECK(put.result.status == arch::papr::kParameter);
}

TEST_CASE("A reset closes each window and opens the default one, empty") {
  Bench b;
  b.put(kStart, 0x7000, kPage | 3);
  b.run_to(kStart + 20 * kPsPerUs);
  b.rtas(b.now(), RtasCall::Create, Bench::address({16, 30}), 4);
  b.run_for(50 * kPsPerUs);
  REQUIRE(b.dma(0x7000).ok);
  const std::uint64_t old = b.tve(0);
  const Hypercall& c = b.rtas(b.now(), RtasCall::Reset, Bench::address(), 1);
  CHECK(b.takes(c, kEntry + kMem + kRtasWork + kWrite + 3 * handshake(1, kPePass, true, false, 2) + kExit));
  CHECK(b.cell(6) == 0);
  CHECK(b.tve(1) == 0);
  CHECK(b.tve(0) != 0);
  CHECK(b.tve(0) != old);  // another table
  CHECK(b.entry(0x7000) == 0);
  CHECK(b.dma(0x7000).fault == Fault::TcePageFault);
}

TEST_CASE("Of an RTAS call that failed only the status is written") {
  Bench b;
  const Hypercall& c = b.rtas(kStart, RtasCall::Create, Bench::address({13, 30}), 4);  // no such page size
  CHECK(b.takes(c, kEntry + kMem + kRtasWork + kWrite + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);  // the call of RTAS was one
  CHECK(b.cell(8) == static_cast<std::uint32_t>(arch::papr::kRtasParameter));
  for (unsigned i = 9; i < 12; ++i) CHECK(b.cell(i) == 0xEEEEEEEE);
  CHECK(b.tve(1) == 0);
  CHECK(b.stats()[Stat::HvErrors] == 1);
}

TEST_CASE("Busy answers of RTAS cost as much as answers and change nothing") {
  Bench b;
  b.system.partition().answer(RtasCall::Create, arch::papr::kRtasBusy, 1);
  const Hypercall& busy = b.rtas(kStart, RtasCall::Create, Bench::address({16, 30}), 4);
  CHECK(b.takes(busy, kEntry + kMem + kRtasWork + kWrite + kExit));
  CHECK(b.cell(8) == static_cast<std::uint32_t>(arch::papr::kRtasBusy));
  CHECK(b.tve(1) == 0);
  const Hypercall& again = b.rtas(b.now() + kPsPerUs, RtasCall::Create, Bench::address({16, 30}), 4);
  CHECK(b.takes(again, kEntry + kMem + kRtasWork + kWrite + handshake(1, kPePass, true, false, 2) + kExit));
  CHECK(b.cell(8) == 0);
}

TEST_CASE("RTAS tells a fenced PHB as a hardware error in its status cell, too") {
  Bench b;
  b.fence();
  const Hypercall& c = b.rtas(kStart, RtasCall::Create, Bench::address({16, 30}), 4);
  // Two writes that nothing takes, then the read of the kill slot.
  CHECK(b.takes(c, kEntry + kMem + kRtasWork + 3 * kMmio + kWrite + kExit));
  CHECK(c.result.status == arch::papr::kHardware);
  CHECK(b.cell(8) == static_cast<std::uint32_t>(arch::papr::kRtasHardware));
  for (unsigned i = 9; i < 12; ++i) CHECK(b.cell(i) == 0xEEEEEEEE);
  CHECK(b.stats()[Stat::HvErrors] == 1);
}

TEST_CASE("Buffers that RTAS cannot use are refused and not written") {
  Bench b;
  const Hypercall& odd = b.rtas(kStart, RtasCall::Query, Bench::address(), 5, kCells + 2);
  CHECK(b.takes(odd, kEntry + kExit));
  CHECK(odd.result.status == arch::papr::kParameter);
  const Hypercall& outside = b.cpus[0]->call(b.now() + kPsPerUs, Hcall::Rtas, {kGiB});
  CHECK(b.takes(outside, kEntry + kExit));
  CHECK(outside.result.status == arch::papr::kParameter);
  b.set_cell(kCells, 0, 0x2025);  // no such token
  b.set_cell(kCells, 1, 0);
  b.set_cell(kCells, 2, 1);
  b.set_cell(kCells, 3, 0xEEEEEEEE);
  const Hypercall& token = b.cpus[0]->call(b.now() + kPsPerUs, Hcall::Rtas, {kCells});
  CHECK(b.takes(token, kEntry + kMem + kRtasWork + kExit));
  CHECK(token.result.status == arch::papr::kParameter);
  CHECK(b.cell(3) == 0xEEEEEEEE);
  struct Counts {
    std::uint32_t nargs, nret;
  };
  for (const Counts n :
       {Counts{17, 1}, Counts{1, 17}, Counts{8, 9}, Counts{3, 0}, Counts{0xFFFFFFFF, 2}, Counts{2, 0xFFFFFFFF}}) {
    INFO(n.nargs << " arguments, " << n.nret << " returns");
    b.set_cell(kCells, 0, arch::papr::spec_of(RtasCall::Query).token);
    b.set_cell(kCells, 1, n.nargs);
    b.set_cell(kCells, 2, n.nret);
    const Hypercall& c = b.cpus[0]->call(b.now() + kPsPerUs, Hcall::Rtas, {kCells});
    b.run_for(50 * kPsPerUs);
    CHECK(c.result.status == arch::papr::kParameter);
  }
  CHECK(b.stats()[Stat::HvErrors] == 9);
}

// -----------------------------------------------------------------------------------------------
// Several CPUs

TEST_CASE("Two CPUs at one table: the second waits for the lock, both kills follow each other") {
  Spec s;
  s.cpus = 2;
  Bench b(s);
  const Hypercall& first = b.put(kStart, 0x7000, kPage | 3);
  const Hypercall& second = b.put(kStart + kNs, 0x9000, kPage | 3, 1);
  const Tick unlocked = kStart + kEntry + kWork + kWrite;
  const Tick stored = unlocked + kHandover + kWork;
  b.run_to(stored - 1);
  CHECK(b.entry(0x9000) == 0);
  b.run_to(stored);
  CHECK(b.entry(0x9000) != 0);
  CHECK(b.takes(first, kEntry + kWork + kWrite + kPeKill + kExit));
  // The second's stores are done long before the first's kill is.
  CHECK(b.takes(second, unlocked + 2 * kPeKill + kExit - second.issued));
  CHECK(b.stats()[Stat::HvLockWait] == unlocked + kHandover - (second.issued + kEntry));
  CHECK(b.stats()[Stat::HvBusy] == first.time() + second.time());
}

TEST_CASE("A table's lock is handed over in the order of its asking, to one that asks while it is free at once") {
  Spec s;
  s.cpus = 4;
  s.policy("none");
  Bench b(s);
  const Hypercall* c[4];
  for (unsigned i = 0; i < 3; ++i) c[i] = &b.put(kStart + (2 - i) * kNs, i << 12, kPage | 3, i);
  for (unsigned k = 0; k < 3; ++k) {
    INFO("turn " << k);
    const Tick end = kStart + kEntry + (k + 1) * (kWork + kWrite) + k * kHandover + kExit;
    CHECK(b.takes(*c[2 - k], end - c[2 - k]->issued));
  }
  const Tick wait = (kWork + kWrite + kHandover) * 3 - 3 * kNs;
  CHECK(b.stats()[Stat::HvLockWait] == wait);
  c[3] = &b.put(b.now() + kPsPerUs, 0x9000, kPage | 3, 3);
  CHECK(b.takes(*c[3], kEntry + kWork + kWrite + kExit));
  CHECK(b.stats()[Stat::HvLockWait] == wait);
}

TEST_CASE("A CPU that asks for a lock while it is handed over waits behind the one that gets it") {
  Spec s;
  s.cpus = 3;
  s.policy("none");
  Bench b(s);
  b.put(kStart, 0, kPage | 3, 0);
  const Hypercall& second = b.put(kStart + kNs, 0x1000, kPage | 3, 1);
  const Tick unlocked = kEntry + kWork + kWrite;
  const Hypercall& third = b.put(kStart + kWork + kWrite + kHandover / 2, 0x2000, kPage | 3, 2);
  CHECK(b.takes(second, unlocked + kHandover + kWork + kWrite + kExit - kNs));
  CHECK(b.takes(third, kStart + unlocked + 2 * (kHandover + kWork + kWrite) + kExit - third.issued));
}

TEST_CASE("Two CPUs at two tables of one PHB work in parallel, their kills follow each other") {
  Spec s;
  s.cpus = 2;
  s.pes = 2;
  Bench b(s);
  const Hypercall& first = b.put(kStart, 0x7000, kPage | 3);
  const Hypercall& second = b.put(kStart + kNs, 0x9000, kPage | 3, 1, Bench::liobn(0, 1));
  b.run_to(kStart + kNs + kEntry + kWork);
  CHECK(b.entry(0x9000, Bench::liobn(0, 1)) != 0);
  CHECK(b.takes(first, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(b.takes(second, kEntry + kWork + kWrite + 2 * kPeKill + kExit - kNs));
  CHECK(b.stats()[Stat::HvLockWait] == 0);
}

TEST_CASE("Two CPUs at tables of two PHBs do not wait for each other") {
  Spec s;
  s.cpus = 2;
  s.phbs = 2;
  Bench b(s);
  const Hypercall& first = b.put(kStart, 0x7000, kPage | 3);
  const Hypercall& second = b.put(kStart, 0x9000, (kPage + 0x1000) | 3, 1, Bench::liobn(1));
  CHECK(b.takes(first, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(second.returned == first.returned);
  CHECK(b.dma(0x9000, 1).real == kRam + kPage + 0x1000);
  CHECK(b.dma(0x7000).real == kRam + kPage);
  CHECK(b.dma(0x7000, 1).fault == Fault::TcePageFault);
}

TEST_CASE("An RTAS call takes no table's lock, and its registers wait for a kill under way") {
  Spec s;
  s.cpus = 2;
  Bench b(s);
  const Hypercall& create = b.rtas(kStart, RtasCall::Create, Bench::address({16, 30}), 4);
  const Tick registers = kStart + kEntry + kMem + kRtasWork;
  // The put's kill begins 5 ns before the RTAS call wants the registers.
  const Hypercall& put = b.put(registers - 5 * kNs - kEntry - kWork - kWrite, 0x7000, kPage | 3, 1);
  CHECK(b.takes(put, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(b.takes(
      create, kEntry + kMem + kRtasWork + kPeKill - 5 * kNs + handshake(1, kPePass, true, false, 2) + kWrite + kExit));
}

TEST_CASE("A call for several tables works on each TCE of each, and kills on both PHBs at once") {
  Spec s;
  s.phbs = 2;
  s.options.multi_table = true;
  Bench b(s);
  b.set_list(0, Bench::liobn(0));
  b.set_list(1, Bench::liobn(1));
  for (unsigned i = 0; i < 10; ++i) b.set_list(2 + i, (kPage + 4096 * i) | 3);
  const Hypercall& c =
      b.cpus[0]->call(kStart, Hcall::PutTceIndirect, {static_cast<std::uint64_t>(-2), 0x4000, kList, 10});
  CHECK(b.takes(c, kEntry + kMem + 2 * 10 * kWork + kWrite + kPeKill + kExit));
  CHECK(c.result.status == arch::papr::kSuccess);
  for (unsigned p = 0; p < 2; ++p)
    for (unsigned i = 0; i < 10; ++i)
      CHECK(b.entry(0x4000 + 4096 * i, Bench::liobn(p)) == placed((kPage + 4096 * i) | 3));
  CHECK(b.stats()[Stat::HvTces] == 20);
  CHECK(b.stats()[Stat::HvReadLines] == 32);  // the whole page: its first words are not TCEs
  CHECK(b.stats()[Stat::HvKills] == 2);
}

TEST_CASE("One fenced PHB of a call for several tables makes it H_HARDWARE, once, after the other's kill") {
  Spec s;
  s.phbs = 2;
  s.options.multi_table = true;
  Bench b(s);
  b.set_list(0, Bench::liobn(0));
  b.set_list(1, Bench::liobn(1));
  b.set_list(2, kPage | 3);
  b.fence(1);
  const Hypercall& c =
      b.cpus[0]->call(kStart, Hcall::PutTceIndirect, {static_cast<std::uint64_t>(-2), 0x4000, kList, 1});
  CHECK(b.takes(c, kEntry + kMem + 2 * kWork + kWrite + kPeKill + kExit));
  CHECK(c.result.status == arch::papr::kHardware);
  CHECK(b.stats()[Stat::HvErrors] == 1);
}

TEST_CASE("Statistics are what happened") {
  Spec s;
  s.cpus = 2;
  s.policy("page");
  Bench b(s);
  b.fill_list(20);
  b.indirect(kStart, 0x3000, 20);        // 2 lines read, entries 3..22: 2 lines stored
  b.put(kStart + kNs, 0, kPage | 3, 1);  // waits for the lock
  b.run_to(kStart + 100 * kPsPerUs);
  b.get(b.now(), 0x3000);
  b.run_for(10 * kPsPerUs);
  b.stuff(b.now(), 0x3000, 0, 4);
  b.run_for(10 * kPsPerUs);
  b.put(b.now(), kGiB, kPage | 3);  // outside the window
  b.run_for(10 * kPsPerUs);
  const Hypercall& rtas = b.rtas(b.now(), RtasCall::Create, Bench::address({16, 30}), 4);
  b.run_for(20 * kPsPerUs);
  const stats::Block& st = b.stats();
  const Tick indirect = kEntry + kMem + 20 * kWork + kWrite + handshake(20, kPagePass) + kExit;
  const Tick wait = kMem + 20 * kWork + kWrite + kHandover - kNs;
  const Tick put =
      kEntry + kMem + 20 * kWork + kWrite + handshake(20, kPagePass) + handshake(1, kPagePass) + kExit - kNs;
  CHECK(rtas.is_done());
  CHECK(st[Stat::HvCalls] == 6);
  CHECK(st[Stat::HvRtasCalls] == 1);
  CHECK(st[Stat::HvErrors] == 1);
  CHECK(st[Stat::HvUserspace] == 0);
  CHECK(st[Stat::HvTces] == 20 + 1 + 4);
  CHECK(st[Stat::HvReadLines] == 2 + 1);
  CHECK(st[Stat::HvStoreLines] == 2 + 1 + 1);
  CHECK(st[Stat::HvKills] == 20 + 1 + 4 + 1);
  // A slot poll for each kill, completion and sync of each call; the PE kill is looked at twice.
  CHECK(st[Stat::HvPolls] == (20 + 2) + (1 + 2) + (4 + 2) + (1 + 2 + 1));
  CHECK(st[Stat::HvLockWait] == wait);
  CHECK(st[Stat::HvBusy] == indirect + put + (kEntry + kMem + kWork + kExit) +
                                (kEntry + 4 * kWork + kWrite + handshake(4, kPagePass) + kExit) +
                                (kEntry + kWork + kExit) +
                                (kEntry + kMem + kRtasWork + handshake(1, kPePass, true, false, 2) + kWrite + kExit));
}

// -----------------------------------------------------------------------------------------------
// The socket

TEST_CASE("A CPU in a call cannot make another; the call goes on as if nothing had been") {
  Bench b;
  const Hypercall& c = b.put(kStart, 0x7000, kPage | 3);
  const Hypercall& again = b.put(kStart + 100 * kNs, 0x8000, kPage | 3);
  b.run_to(kStart + 100 * kNs + 1);
  CHECK(again.status == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(b.takes(c, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(c.status == tlm::TLM_OK_RESPONSE);
  CHECK(b.entry(0x7000) != 0);
  CHECK(b.entry(0x8000) == 0);
  CHECK(b.stats()[Stat::HvCalls] == 1);
  const Hypercall& later = b.put(b.now(), 0x8000, kPage | 3);
  CHECK(b.takes(later, kEntry + kWork + kWrite + kPeKill + kExit));
  CHECK(later.status == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("Frames of another size or at another address are errors and make no call") {
  Spec s;
  s.bind_cpus = false;
  Bench b(s);
  standard::LtInitiator lt("lt", 1, true);
  lt.socket.bind(b.system.hypervisor().guest_in(0));
  struct Bad {
    standard::Access access;
    tlm::tlm_response_status status;
  };
  const auto frame = [](unsigned n) { return std::vector<unsigned char>(n, 0); };
  for (const unsigned n : {1u, 55u, 57u, 64u, 112u}) lt.script.push_back(standard::write(0, frame(n)));
  for (const std::uint64_t at : {8ull, 0x40ull, 0x100000000ull, ~0ull})
    lt.script.push_back(standard::write(at, frame(56)));
  for (const unsigned n : {1u, 8u, 15u, 17u, 56u}) lt.script.push_back(standard::read(0x40, n));
  for (const std::uint64_t at : {0ull, 0x38ull, 0x48ull, ~0ull}) lt.script.push_back(standard::read(at, 16));
  const std::size_t bad = lt.script.size();
  lt.script.push_back(standard::read(0x40, 16));  // no call yet: zeros
  b.run_to(kStart);
  REQUIRE(lt.done());
  for (std::size_t i = 0; i < bad; ++i) {
    INFO("access " << i);
    CHECK(lt.script[i].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  CHECK(lt.script[bad].status == tlm::TLM_OK_RESPONSE);
  CHECK(lt.script[bad].data == std::vector<unsigned char>(16, 0));
  for (unsigned i = 0; i < b.stats().size(); ++i)
    CHECK(b.stats()[static_cast<Stat>(static_cast<unsigned>(Stat::HvCalls) + i)] == 0);
}

TEST_CASE("Initiators that know only TLM-2.0 make calls that take as long as ours") {
  Spec s;
  s.cpus = 3;
  s.bind_cpus = false;
  Bench b(s);
  GuestCpu native("native", b.system.driver());
  standard::LtInitiator lt("lt", 1, true);
  standard::AtInitiator at("at", 1, sc_core::sc_time(3, sc_core::SC_NS));
  standard::ProtocolChecker lt_check("lt_check"), at_check("at_check");
  native.hcall_out.bind(b.system.hypervisor().guest_in(0));
  lt.socket.bind(lt_check.target);
  lt_check.initiator.bind(b.system.hypervisor().guest_in(1));
  at.socket.bind(at_check.target);
  at_check.initiator.bind(b.system.hypervisor().guest_in(2));
  b.fill_list(40);
  const auto frame = [](std::uint64_t token, const std::array<std::uint64_t, 6>& args) {
    std::vector<unsigned char> bytes(HcallFrame::kCallBytes);
    HcallFrame f;
    f.token = token;
    f.args = args;
    f.encode(bytes.data());
    return bytes;
  };
  const std::uint64_t indirect = arch::papr::spec_of(Hcall::PutTceIndirect).token;
  const std::uint64_t get = arch::papr::spec_of(Hcall::GetTce).token;
  const auto us = [](unsigned n) { return sc_core::sc_time(n, sc_core::SC_US); };
  const Hypercall& n0 = native.call_token(to_sc_time(0).value() + 10 * kPsPerUs, indirect, {kLiobn, 0, kList, 40});
  const Hypercall& n1 = native.call_token(20 * kPsPerUs, get, {kLiobn, 0x5000});
  const auto script = [&](std::deque<standard::Access>& s2, unsigned start) {
    s2.push_back(standard::write(0, frame(indirect, {kLiobn, 0x40000ull * start, kList, 40}), us(10 * start)));
    s2.push_back(standard::read(HcallFrame::kResultAddress, HcallFrame::kResultBytes, us(10 * start)));
    s2.push_back(standard::write(0, frame(get, {kLiobn, 0x5000}), us(10 * start + 10)));
    s2.push_back(standard::read(HcallFrame::kResultAddress, HcallFrame::kResultBytes, us(10 * start + 10)));
  };
  script(lt.script, 3);
  script(at.script, 5);
  b.run_to(100 * kPsPerUs);
  REQUIRE(n1.is_done());
  REQUIRE(lt.done());
  REQUIRE(at.done());
  CHECK(n0.time() == kEntry + kMem + 40 * kWork + kWrite + kPeKill + kExit);
  CHECK(n1.time() == kEntry + kMem + kWork + kExit);
  CHECK(n1.result.r4 == ((kPage + 0x5000) | 3));
  for (const auto* s2 : {&lt.script, &at.script}) {
    for (const standard::Access& a : *s2) CHECK(a.status == tlm::TLM_OK_RESPONSE);
    CHECK(((*s2)[0].answered - (*s2)[0].sent).value() == n0.time());
    CHECK(((*s2)[2].answered - (*s2)[2].sent).value() == n1.time());
    CHECK(HcallResult::decode((*s2)[1].data.data()).status == arch::papr::kSuccess);
    CHECK(HcallResult::decode((*s2)[3].data.data()).r4 == n1.result.r4);
  }
  CHECK(b.entry(0xC0000) == b.entry(0));
  CHECK(b.entry(0x140000) == b.entry(0));
  CHECK(b.entry(0x140000) != 0);
  CHECK(lt_check.report() == "");
  CHECK(at_check.report() == "");
  CHECK(lt_check.blocking() == 4);
  CHECK(at_check.completed() == 4);
  CHECK(at_check.open() == 0);
  CHECK(b.stats()[Stat::HvCalls] == 6);
}

TEST_CASE("A plain initiator that sends a call while one is under way is refused, the first is answered") {
  Spec s;
  s.bind_cpus = false;
  Bench b(s);
  standard::AtInitiator at("at", 2, sc_core::sc_time(3, sc_core::SC_NS));
  standard::ProtocolChecker check("check");
  at.socket.bind(check.target);
  check.initiator.bind(b.system.hypervisor().guest_in(0));
  std::vector<unsigned char> frame(HcallFrame::kCallBytes);
  HcallFrame f;
  f.token = arch::papr::spec_of(Hcall::PutTce).token;
  f.args = {kLiobn, 0x7000, kPage | 3};
  f.encode(frame.data());
  at.script.push_back(standard::write(0, frame, to_sc_time(kStart)));
  at.script.push_back(standard::write(0, frame, to_sc_time(kStart + 10 * kNs)));
  b.run_to(kStart + 10 * kPsPerUs);
  REQUIRE(at.done());
  CHECK(at.script[1].status == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(at.script[0].status == tlm::TLM_OK_RESPONSE);
  CHECK(at.script[0].answered.value() == kStart + kEntry + kWork + kWrite + kPeKill + kExit);
  CHECK(check.report() == "");
  CHECK(b.stats()[Stat::HvCalls] == 1);
}

TEST_CASE("Run-ahead changes no time, no byte and no count of hypercalls") {
  const auto run = [](bool run_ahead) {
    return forked([run_ahead] {
      Spec s;
      s.system.run_ahead = run_ahead;
      s.system.memory.line_time = 8 * kNs;  // channels are waited for
      s.cpus = 3;
      s.pes = 2;
      s.policy("auto");
      Bench b(s);
      b.fill_list(64);
      RandomStream random(1, "run-ahead");
      std::string calls, dmas;
      unsigned left = 60;
      for (unsigned i = 0; i < 3; ++i) {
        GuestCpu& cpu = *b.cpus[i];
        const auto next = [&b, &random, &left, &cpu, i] {
          if (left == 0) return;
          --left;
          const Tick at = std::max(b.now(), kStart) + random.below(kPsPerUs);
          const std::uint64_t ioba = random.below(64) << 12;
          const std::uint32_t table = Bench::liobn(0, static_cast<unsigned>(random.below(2)));
          switch (random.below(4)) {
            case 0:
              cpu.call(at, Hcall::PutTceIndirect, {table, ioba, kList, 1 + random.below(64)});
              break;
            case 1:
              cpu.call(at, Hcall::StuffTce, {table, ioba, 0, 1 + random.below(20)});
              break;
            case 2:
              if (i == 0) {
                b.rtas(at, RtasCall::Query, Bench::address(), 5);
                break;
              }
              [[fallthrough]];
            default:
              cpu.call(at, Hcall::PutTce, {table, ioba, kPage | 3});
          }
        };
        cpu.on_returned = [next, i, &calls](const Hypercall& c) {
          calls += text_of(i) + ":" + text_of(c.returned) + "=" + text_of(c.result.status) + " ";
          next();
        };
        next();
      }
      b.devices[0]->on_done = [&](const Dma& d) {
        dmas += text_of(d.done) + "=" + text_of(static_cast<int>(d.fault)) + "@" + text_of(d.real) + " ";
      };
      for (const Reg r : {Reg::RxeArbFreeze, Reg::RxeTceFreeze})
        b.system.phbs()[0].phb->state().write_register(arch::offset_of(r), 0);
      for (unsigned i = 0; i < 300; ++i)
        b.devices[0]->read(kStart + random.below(60 * kPsPerUs), random.below(64) << 12, 64);
      b.run_to(kStart + kPsPerMs);
      std::string counts;
      for (const stats::Block* block : b.system.registry().blocks())
        for (std::size_t i = 0; i < block->size(); ++i)
          counts += text_of((*block)[static_cast<Stat>(static_cast<unsigned>(block->first()) + i)]) + " ";
      std::string bytes;
      for (unsigned i = 0; i < 128; ++i)
        bytes += text_of(b.entry(i << 12)) + " " + text_of(b.entry(i << 12, Bench::liobn(0, 1))) + " ";
      return Facts{{"calls", calls}, {"dmas", dmas}, {"counts", counts}, {"bytes", bytes}, {"left", text_of(left)}};
    });
  };
  const Facts ahead = run(true), stepped = run(false);
  CHECK(failure(ahead) == "");
  CHECK(ahead.at("left") == "0");
  CHECK(ahead.at("calls").size() > 600);
  CHECK(ahead == stepped);
}
