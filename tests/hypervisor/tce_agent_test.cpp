// SPDX-License-Identifier: Apache-2.0
// The agent that maps: the bytes it stores, the kills it issues, their order and their time.
#include "models/hypervisor/tce_agent.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "models/arch/registers.hpp"
#include "platform/build/layout.hpp"
#include "platform/build/system.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/native_initiator.hpp"
#include "tests/support/recorder.hpp"

using namespace phbsim;
using arch::Reg;
using stats::Stat;
using test::NativeInitiator;
using test::Recorder;
using Kind = MapCommand::Kind;

namespace {

constexpr RealAddr kTables = 1ull << 46;
const arch::GenerationFacts& kFacts4 = arch::facts_of(arch::Generation::Phb4, arch::PhbSize::Big);
const arch::GenerationFacts& kFacts3 = arch::facts_of(arch::Generation::Phb3, arch::PhbSize::Big);

struct Spec {
  hypervisor::AgentParams params;
  const arch::GenerationFacts* facts = &kFacts4;
  unsigned levels = 1;
  unsigned page_shift = 12;
  std::uint64_t window = 256 * kMiB;
  BusAddr base = 1ull << 59;
  PeNumber pe = 5;
  unsigned drivers = 1;
  std::uint64_t entries = 0;  ///< pages of the window, 0: all that the table spans
};

struct Bench {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  Recorder recorder{"recorder", driver};
  hypervisor::TceAgent agent;
  arch::TableRegion region{kTables, 1ull << 40};
  std::vector<std::unique_ptr<NativeInitiator>> os;

  explicit Bench(const Spec& s) : agent("agent", driver, s.params, *s.facts, s.drivers, registry) {
    agent.mem_out.bind(recorder.memory);
    agent.mmio_out.bind(recorder.registers);
    arch::WindowShape shape;
    shape.levels = s.levels;
    shape.page_shift = s.page_shift;
    shape.table_bytes = arch::table_bytes_for(s.window, s.page_shift, s.levels, 4 * kKiB);
    agent.add_table(std::make_unique<arch::TceTable>(shape, region, arch::Population::OnDemand, s.entries), s.pe, s.base);
    for (unsigned i = 0; i < s.drivers; ++i) {
      os.push_back(std::make_unique<NativeInitiator>(("os" + std::to_string(i)).c_str(), driver));
      os.back()->out.bind(agent.host_in(i));
    }
  }
  void command(unsigned driver_index, Tick at, Kind kind, std::uint64_t index, std::uint64_t count,
               std::uint64_t tce = 0, std::uint64_t stride = 4096, std::uint32_t table = 0) {
    MapCommand c;
    c.kind = kind;
    c.table = table;
    c.index = index;
    c.count = count;
    c.tce = tce;
    c.stride = stride;
    std::vector<unsigned char> frame(MapCommand::kBytes);
    c.encode(frame.data());
    os[driver_index]->script.push_back(standard::write(0, frame, to_sc_time(at)));
  }
  void run() { driver.start(100 * kPsPerMs); }
  const standard::Access& answer(unsigned i, unsigned driver_index = 0) const { return os[driver_index]->script[i]; }
  arch::TceTable& table() { return agent.table(0); }
  std::uint64_t entry(std::uint64_t index) { return recorder.bytes.read_be64(table().leaf_address(index)); }
};

Spec quiet() {
  Spec s;
  s.params.kill_policy = "none";
  return s;
}

}  // namespace

TEST_CASE("A put stores exactly the entries of its command") {
  Bench b(quiet());
  b.command(0, 0, Kind::Put, 100, 5, 0x123456003, 0x10000);
  b.run();
  CHECK(b.answer(0).status == tlm::TLM_OK_RESPONSE);
  for (unsigned i = 0; i < 5; ++i) CHECK(b.entry(100 + i) == 0x123456003ull + i * 0x10000);
  CHECK(b.entry(99) == 0);
  CHECK(b.entry(105) == 0);
  std::size_t bytes = 0;
  for (const auto& s : b.recorder.stores) bytes += s.bytes.size();
  CHECK(bytes == 5 * 8);
  CHECK(b.recorder.accesses.empty());
  CHECK(b.agent.stats()[Stat::HostTceStores] == 5);
  CHECK(b.agent.stats()[Stat::HostMapCalls] == 1);
}

TEST_CASE("A clear stores zeros over exactly the entries of its command") {
  Bench b(quiet());
  b.command(0, 0, Kind::Put, 10, 30, 0x5003);
  b.command(0, kPsPerUs, Kind::Clear, 12, 3, 0xFFFF);  // the TCE of a clear means nothing
  b.run();
  for (unsigned i = 10; i < 40; ++i) CHECK(b.entry(i) == (i >= 12 && i < 15 ? 0 : 0x5003 + (i - 10) * 4096ull));
  CHECK(b.agent.stats()[Stat::HostUnmapCalls] == 1);
}

TEST_CASE("Neighbouring entries of a line go to memory in one store, none crosses a line") {
  Bench b(quiet());
  b.command(0, 0, Kind::Put, 10, 40, 0x5003);  // entries 10..49 lie in lines 0..3 of 16 entries
  b.run();
  REQUIRE(b.recorder.stores.size() == 4);
  const RealAddr root = b.table().leaf_address(0);
  CHECK(b.recorder.stores[0].addr == root + 80);
  CHECK(b.recorder.stores[0].bytes.size() == 48);
  CHECK(b.recorder.stores[1].addr == root + 128);
  CHECK(b.recorder.stores[1].bytes.size() == 128);
  CHECK(b.recorder.stores[3].bytes.size() == 16);
  for (const auto& s : b.recorder.stores) CHECK(s.addr / 128 == (s.addr + s.bytes.size() - 1) / 128);
  CHECK(b.agent.stats()[Stat::HostStoreLines] == 4);
}

TEST_CASE("Lower tables come into being on demand, with every link stored before its leaf") {
  Spec s = quiet();
  s.levels = 3;
  s.window = 4 * kGiB;
  Bench b(s);
  // Tables of 512 entries: pages 0..511 share a leaf table, 512 begins the next one.
  b.command(0, 0, Kind::Put, 510, 4, 0x7003);
  b.command(0, kPsPerUs, Kind::Put, 512 * 512 + 1, 1, 0x9003);
  b.command(0, 2 * kPsPerUs, Kind::Put, 5, 1, 0xB003);  // everything is there
  b.run();
  REQUIRE(b.table().geometry().bits_per_level == 9);
  // The same by the timing-free table.
  test::PlainMemory plain;
  arch::TableRegion region(kTables, 1ull << 40);
  arch::TceTable table(arch::WindowShape{3, 0, 4096, 12}, region);
  for (unsigned i = 0; i < 4; ++i) table.put(plain, 510 + i, 0x7003 + i * 4096ull);
  table.put(plain, 512 * 512 + 1, 0x9003);
  table.put(plain, 5, 0xB003);
  CHECK(b.region.used() == region.used());
  CHECK(b.region.used() == 6 * 4096);  // root, two of the middle, three leaf tables
  for (RealAddr at = kTables; at < kTables + region.used(); at += 8)
    if (b.recorder.bytes.read_be64(at) != plain.read_be64(at)) FAIL("table byte " << at);
  CHECK(b.agent.table_bytes() == 6 * 4096);
  // Order: whatever prefix of the stores memory has seen, no walk leads astray, and when the last
  // store of a command is in, all its links are.
  std::vector<RealAddr> tables = {kTables};
  for (const auto& st : b.recorder.stores) {
    const RealAddr page = st.addr & ~RealAddr{4095};
    // A store goes to a table that an earlier link made reachable.
    CHECK(std::find(tables.begin(), tables.end(), page) != tables.end());
    for (std::size_t i = 0; i < st.bytes.size(); i += 8) {
      const std::uint64_t word = load_be64(&st.bytes[i]);
      if ((word & ~0xFFFull) >= kTables) {
        CHECK((word & 3) == 3);
        tables.push_back(word & ~0xFFFull);
      }
    }
  }
  CHECK(tables.size() == 6);
  CHECK(b.agent.stats()[Stat::HostTceStores] == 4 + 1 + 1 + 5);
}

TEST_CASE("Clearing below a missing table stores nothing and makes no table") {
  Spec s = quiet();
  s.levels = 2;
  Bench b(s);
  const std::uint64_t before = b.region.used();
  b.command(0, 0, Kind::Clear, 3, 100);
  b.command(0, kPsPerUs, Kind::Put, 3, 1, 0);  // nothing to put: the same
  b.run();
  CHECK(b.answer(0).status == tlm::TLM_OK_RESPONSE);
  CHECK(b.answer(1).status == tlm::TLM_OK_RESPONSE);
  CHECK(b.recorder.stores.empty());
  CHECK(b.region.used() == before);
  CHECK(b.agent.stats()[Stat::HostTceStores] == 0);
  CHECK(b.agent.stats()[Stat::HostUnmapCalls] == 1);
}

namespace {

std::vector<std::uint64_t> kills_of(const std::string& policy, std::uint64_t index, std::uint64_t count,
                                    const arch::GenerationFacts& facts = kFacts4, unsigned page_shift = 12) {
  const auto kill = make_named(hypervisor::kKillPolicies, policy);
  std::vector<std::uint64_t> words;
  kill->plan(5, (1ull << 59) + (index << page_shift), count, page_shift, facts, words);
  return words;
}

using Words = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("The kill policies name pages or the PE") {
  const std::uint64_t one = 0x2000000000000000ull, base = 0x0800000000000000ull, pe = 0x4000000000000005ull;
  CHECK(kills_of("page", 7, 3) == Words{one | base | 0x7005, one | base | 0x8005, one | base | 0x9005});
  CHECK(kills_of("pe", 7, 3) == Words{pe});
  CHECK(kills_of("pe", 7, 1000) == Words{pe});
  CHECK(kills_of("none", 7, 3).empty());
  CHECK(kills_of("auto", 0, 8).size() == 8);
  CHECK(kills_of("auto", 0, 8) == kills_of("page", 0, 8));
  CHECK(kills_of("auto", 0, 9) == Words{pe});
  // 64 KiB pages carry their size from PHB4 on; PHB3 kills any page by its address alone.
  CHECK(kills_of("page", 2, 1, kFacts4, 16) == Words{0x3000000000000000ull | base | 0x20000 | 0x1000 | 5});
  CHECK(kills_of("page", 2, 1, kFacts3, 16) == Words{one | base | 0x20005});
  // A size that the register cannot name takes the PE with it on PHB4 only.
  CHECK(kills_of("page", 2, 4, kFacts4, 24) == Words{pe});
  CHECK(kills_of("auto", 2, 4, kFacts4, 24) == Words{pe});
  CHECK(kills_of("page", 2, 2, kFacts3, 24) == Words{one | base | 0x2000005, one | base | 0x3000005});
}

TEST_CASE("The agent issues its policy's kills for puts and clears, with the PE and the bus address") {
  Spec s;
  s.params.kill_policy = "page";
  Bench b(s);
  b.command(0, 0, Kind::Put, 7, 2, 0x5003);
  b.command(0, 10 * kPsPerUs, Kind::Clear, 8, 1);
  b.run();
  Words expected = kills_of("page", 7, 2);
  expected.push_back(kills_of("page", 8, 1)[0]);
  CHECK(b.recorder.kill_words() == expected);
  CHECK(b.agent.stats()[Stat::HostKills] == 3);
}

TEST_CASE("Without kills on map only clears kill") {
  Spec s;
  s.params.kill_on_map = false;
  Bench b(s);
  b.command(0, 0, Kind::Put, 7, 2, 0x5003);
  b.run();
  CHECK(b.recorder.accesses.empty());
  CHECK(b.answer(0).answered.value() == b.recorder.memory_time);
}

TEST_CASE("Without kills on map a clear kills") {
  Spec s;
  s.params.kill_on_map = false;
  Bench b(s);
  b.command(0, 0, Kind::Put, 7, 2, 0x5003);
  b.command(0, kPsPerUs, Kind::Clear, 7, 2);
  b.run();
  CHECK(b.recorder.kill_words() == kills_of("pe", 7, 2));
}

TEST_CASE("A kill is the reference's register sequence, after the stores, each step when the last is done") {
  Bench b{Spec{}};
  b.command(0, 1'000, Kind::Put, 7, 2, 0x5003);
  b.run();
  CHECK(b.recorder.sequence() == "R210 W210 W200 R888 R200");  // G4
  const auto& a = b.recorder.accesses;
  REQUIRE(a.size() == 5);
  CHECK(a[1].value == 0x4000000000000005ull);
  CHECK(a[2].value == 0x8000000000000000ull);
  REQUIRE(b.recorder.stores.size() == 1);
  CHECK(b.recorder.stores[0].at == 1'000);
  for (std::size_t i = 0; i < 5; ++i) CHECK(a[i].at == 1'000 + b.recorder.memory_time + i * b.recorder.register_time);
  CHECK(b.answer(0).answered.value() == 1'000 + b.recorder.memory_time + 5 * b.recorder.register_time);
  CHECK(b.agent.stats()[Stat::HostPolls] == 3);
  CHECK(b.agent.stats()[Stat::HostBusy] == b.recorder.memory_time + 5 * b.recorder.register_time);
}

TEST_CASE("Without DMA sync the agent waits for the kill alone") {
  Spec s;
  s.params.dma_sync = false;
  Bench b(s);
  b.command(0, 0, Kind::Put, 7, 2, 0x5003);
  b.run();
  CHECK(b.recorder.sequence() == "R210 W210 R888");
  CHECK(b.answer(0).status == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("Page kills wait for the slot before each word and for completion once") {
  Spec s;
  s.params.kill_policy = "page";
  Bench b(s);
  b.command(0, 0, Kind::Clear, 7, 3);
  b.run();
  CHECK(b.recorder.sequence() == "R210 W210 R210 W210 R210 W210 W200 R888 R200");
}

TEST_CASE("A busy slot, a pending kill and an open sync are polled at the poll interval") {
  Spec s;
  s.params.poll_interval = 33'000;
  Bench b(s);
  unsigned slot = 2, pending = 3, sync = 1;
  b.recorder.value = [&](std::uint32_t offset) -> std::uint64_t {
    if (offset == arch::offset_of(Reg::TceKill)) return slot > 0 ? (--slot, 0x4000000000000001ull) : 0;
    if (offset == arch::offset_of(Reg::QDmaR)) return pending > 0 ? (--pending, arch::kQDmaKillPending) : 0;
    return sync > 0 ? (--sync, 0) : arch::kSyncReadComplete;
  };
  b.command(0, 0, Kind::Clear, 7, 3);
  b.run();
  CHECK(b.recorder.sequence() == "R210 R210 R210 W210 W200 R888 R888 R888 R888 R200 R200");
  const auto& a = b.recorder.accesses;
  CHECK(a[1].at - a[0].at == b.recorder.register_time + 33'000);
  CHECK(a[3].at - a[2].at == b.recorder.register_time);
  CHECK(a[6].at - a[5].at == b.recorder.register_time + 33'000);
  CHECK(a[10].at - a[9].at == b.recorder.register_time + 33'000);
  CHECK(b.answer(0).answered.value() == a[10].at + b.recorder.register_time);
}

TEST_CASE("A fenced PHB ends the command with an error and frees lock and CPU for the next") {
  Spec s;
  s.params.cpus = 1;
  Bench b(s);
  bool fenced = true;
  b.recorder.value = [&](std::uint32_t offset) -> std::uint64_t {
    if (fenced) return ~0ull;
    return offset == arch::offset_of(Reg::DmaSync) ? arch::kSyncReadComplete : std::uint64_t{0};
  };
  b.command(0, 0, Kind::Clear, 7, 3);
  b.command(0, 10 * kPsPerUs, Kind::Clear, 9, 1);
  struct Recover final : EventHandler {
    void on_event(std::uint32_t, std::uint64_t) override { *flag = false; }
    bool* flag = nullptr;
  } recover;
  recover.flag = &fenced;
  b.driver.schedule(5 * kPsPerUs, &recover, 0, 0);
  b.run();
  CHECK(b.answer(0).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(b.answer(1).status == tlm::TLM_OK_RESPONSE);
  CHECK(b.recorder.sequence() == "R210 R210 W210 W200 R888 R200");
}

TEST_CASE("The lock lets one kill sequence through at a time, in the order of their stores") {
  Spec s;
  s.drivers = 4;
  s.params.cpus = 4;
  s.params.kill_policy = "page";
  Bench b(s);
  for (unsigned i = 0; i < 4; ++i) b.command(i, i * 1'000, Kind::Put, 100 * i, 2, 0x5003);
  b.run();
  const std::string one = "R210 W210 R210 W210 W200 R888 R200";
  CHECK(b.recorder.sequence() == one + " " + one + " " + one + " " + one);
  Words expected;
  for (unsigned i = 0; i < 4; ++i)
    for (const std::uint64_t w : kills_of("page", 100 * i, 2)) expected.push_back(w);
  CHECK(b.recorder.kill_words() == expected);
  // The stores did not wait for the lock.
  for (unsigned i = 0; i < 4; ++i) CHECK(b.recorder.stores[i].at == i * 1'000);
  for (unsigned i = 0; i < 4; ++i)
    CHECK(b.answer(0, i).answered.value() == b.recorder.memory_time + 7 * (i + 1) * b.recorder.register_time);
}

TEST_CASE("Commands wait for a CPU, in order") {
  Spec s = quiet();
  s.params.cpus = 2;
  s.drivers = 3;
  Bench b(s);
  for (unsigned i = 0; i < 3; ++i) b.command(i, 10 * i, Kind::Put, 100 * i, 1, 0x5003);
  b.command(0, 30, Kind::Put, 900, 1, 0x5003);
  b.run();
  const Tick m = b.recorder.memory_time;
  CHECK(b.recorder.stores[0].at == 0);
  CHECK(b.recorder.stores[1].at == 10);
  CHECK(b.recorder.stores[2].at == m);       // when the first CPU is free
  CHECK(b.recorder.stores[3].at == m + 10);
  CHECK(b.answer(0, 2).answered.value() == 2 * m);
  CHECK(b.answer(1, 0).answered.value() == 2 * m + 10);
}

TEST_CASE("Malformed frames are answered with errors and change nothing") {
  Spec s;
  s.levels = 2;
  Bench b(s);
  const std::uint64_t pages = 1ull << 16;  // 256 MiB
  const std::uint64_t spanned = 1ull << (b.table().geometry().span_shift() - 12);
  REQUIRE(spanned >= pages);
  const std::uint64_t used = b.region.used();
  struct Bad {
    Kind kind;
    std::uint64_t index, count;
    std::uint32_t table;
  };
  const Bad bad[] = {
      {static_cast<Kind>(0), 0, 1, 0}, {static_cast<Kind>(6), 0, 1, 0},  {static_cast<Kind>(0xFFFFFFFF), 0, 1, 0},
      {Kind::Put, 0, 1, 1},            {Kind::Put, 0, 1, 0xFFFFFFFF},    {Kind::Put, 0, 0, 0},
      {Kind::Put, spanned, 1, 0},      {Kind::Put, spanned - 1, 2, 0},   {Kind::Clear, spanned, 1, 0},
      {Kind::Put, 0, ~0ull, 0},        {Kind::Put, ~0ull, 1, 0},         {Kind::Put, 1ull << 52, 1, 0},
      {Kind::Put, (1ull << 52) - 1, 2, 0}, {Kind::Put, 1ull << 63, 4, 0}, {Kind::Put, ~0ull, 2, 0},
      {Kind::Put, 0, MapCommand::kMaxPages + 1, 0},
  };
  Tick at = 0;
  for (const Bad& x : bad) b.command(0, at += 1000, x.kind, x.index, x.count, 0x5003, 4096, x.table);
  const std::size_t frames = std::size(bad);
  b.os[0]->script.push_back(standard::write(0, std::vector<unsigned char>(39, 0), to_sc_time(at += 1000)));
  b.os[0]->script.push_back(standard::write(0, std::vector<unsigned char>(41, 0), to_sc_time(at += 1000)));
  b.os[0]->script.push_back(standard::read(0, 40, to_sc_time(at += 1000)));
  b.run();
  for (std::size_t i = 0; i < frames; ++i) {
    INFO("frame " << i);
    CHECK(b.answer(static_cast<unsigned>(i)).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  CHECK(b.answer(static_cast<unsigned>(frames)).status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(b.answer(static_cast<unsigned>(frames) + 1).status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(b.answer(static_cast<unsigned>(frames) + 2).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(b.recorder.stores.empty());
  CHECK(b.recorder.accesses.empty());
  CHECK(b.region.used() == used);
  for (std::size_t i = 0; i < b.agent.stats().size(); ++i)
    CHECK(b.agent.stats()[static_cast<Stat>(static_cast<unsigned>(Stat::HostMapCalls) + i)] == 0);
}

TEST_CASE("The last page of a window may be mapped, and the most pages in one command") {
  Spec s = quiet();
  s.window = 4 * kGiB;
  Bench b(s);
  b.recorder.spread = 300;
  const std::uint64_t pages = 1ull << 20;
  REQUIRE(MapCommand::kMaxPages == pages);
  b.command(0, 0, Kind::Put, 0, pages, 0x3, 4096);
  b.command(0, kPsPerMs, Kind::Put, pages - 1, 1, 0x77003);
  b.run();
  CHECK(b.answer(0).status == tlm::TLM_OK_RESPONSE);
  CHECK(b.answer(1).status == tlm::TLM_OK_RESPONSE);
  CHECK(b.entry(pages - 2) == ((pages - 2) << 12 | 3));
  CHECK(b.entry(pages - 1) == 0x77003);
  CHECK(b.agent.stats()[Stat::HostStoreLines] == pages / 16 + 1);
}

TEST_CASE("Pages behind the window's last are refused, though the table has entries for them") {
  Spec s = quiet();
  s.entries = 100;
  Bench b(s);
  b.command(0, 0, Kind::Put, 99, 1, 0x5003);
  b.command(0, 1000, Kind::Put, 100, 1, 0x5003);
  b.command(0, 2000, Kind::Put, 99, 2, 0x5003);
  b.command(0, 3000, Kind::Clear, 0, 101);
  b.command(0, 4000, Kind::ClearAll, 0, 101);
  b.command(0, 5000, Kind::KillPe, 100, 1);
  b.run();
  CHECK(b.answer(0).status == tlm::TLM_OK_RESPONSE);
  for (unsigned i = 1; i < 6; ++i) CHECK(b.answer(i).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(b.recorder.stores.size() == 1);
}

TEST_CASE("A clear without kill stores zeros and touches no register") {
  Spec s;
  s.params.kill_on_map = false;
  Bench b(s);
  b.command(0, 0, Kind::Put, 10, 30, 0x5003);
  b.command(0, kPsPerUs, Kind::ClearOnly, 12, 3, 0xFFFF);
  b.run();
  for (unsigned i = 10; i < 40; ++i) CHECK(b.entry(i) == (i >= 12 && i < 15 ? 0 : 0x5003 + (i - 10) * 4096ull));
  CHECK(b.recorder.accesses.empty());
  CHECK(b.answer(1).answered.value() == kPsPerUs + b.recorder.memory_time);
  CHECK(b.agent.stats()[Stat::HostMapCalls] == 1);
  CHECK(b.agent.stats()[Stat::HostUnmapCalls] == 1);
  CHECK(b.agent.stats()[Stat::HostKills] == 0);
  CHECK(b.agent.stats()[Stat::HostTceStores] == 33);
}

TEST_CASE("A kill alone is one of the PE whatever the policy, stores nothing, and is neither map nor unmap") {
  Spec s;
  s.params.kill_policy = "page";
  Bench b(s);
  b.command(0, 1'000, Kind::KillPe, 7, 3);
  b.run();
  CHECK(b.answer(0).status == tlm::TLM_OK_RESPONSE);
  CHECK(b.recorder.stores.empty());
  CHECK(b.recorder.kill_words() == kills_of("pe", 0, 1));
  CHECK(b.recorder.sequence() == "R210 W210 W200 R888 R200");
  CHECK(b.answer(0).answered.value() == 1'000 + 5 * b.recorder.register_time);
  CHECK(b.agent.stats()[Stat::HostKills] == 1);
  CHECK(b.agent.stats()[Stat::HostMapCalls] == 0);
  CHECK(b.agent.stats()[Stat::HostUnmapCalls] == 0);
  CHECK(b.agent.stats()[Stat::HostBusy] == 5 * b.recorder.register_time);
}

namespace {

/// 65536 pages under a root and leaf tables of 512 entries; two of the 128 leaf tables exist.
void check_clear_all(bool skip_absent) {
  Spec s;
  s.levels = 2;
  s.params.kill_policy = "page";
  s.params.kill_on_map = false;
  s.params.skip_absent = skip_absent;
  s.params.clear_entry = 1'000;
  Bench b(s);
  REQUIRE(b.table().geometry().bits_per_level == 9);
  b.command(0, 0, Kind::Put, 3, 2, 0x5003);
  b.command(0, 1'000, Kind::Put, 60'000, 1, 0x9003);
  const Tick at = 10 * kPsPerUs;
  b.command(0, at, Kind::ClearAll, 0, 65536);
  b.run();
  CHECK(b.answer(2).status == tlm::TLM_OK_RESPONSE);
  CHECK(b.entry(3) == 0);
  CHECK(b.entry(4) == 0);
  CHECK(b.entry(60'000) == 0);
  CHECK(b.agent.table_bytes() == 3 * 4096);  // tables stay
  CHECK(b.table().leaf_address(60'000) != 0);
  // Two leaf tables of 32 lines each, looked through while their stores are under way; then the kill.
  const Tick walk = 1'000 * (skip_absent ? 2 * 512 + 126 : 65536);
  REQUIRE(walk > b.recorder.memory_time);
  CHECK(b.agent.stats()[Stat::HostStoreLines] == 2 * 2 + 2 * 32);  // of a put: link and leaf
  CHECK(b.answer(2).answered.value() == at + walk + 5 * b.recorder.register_time);
  CHECK(b.recorder.kill_words() == kills_of("pe", 0, 1));
  CHECK(b.agent.stats()[Stat::HostMapCalls] == 2);
  CHECK(b.agent.stats()[Stat::HostUnmapCalls] == 1);
  CHECK(b.agent.stats()[Stat::HostKills] == 1);
}

}  // namespace

TEST_CASE("A window is cleared in one command, absent tables passed over") { check_clear_all(true); }
TEST_CASE("Without that, each of its entries costs time, whether its table exists or not") { check_clear_all(false); }

TEST_CASE("A cleared window is answered when its last store is in, if that takes longer than looking") {
  Spec s;
  s.params.kill_policy = "none";
  s.params.clear_entry = 0;
  Bench b(s);
  b.command(0, 0, Kind::ClearAll, 0, 65536);
  b.run();
  CHECK(b.recorder.stores.size() == 65536 / 16);
  CHECK(b.answer(0).answered.value() == b.recorder.memory_time + 5 * b.recorder.register_time);
}

// -----------------------------------------------------------------------------------------------
// With the PHB: G20, timed

namespace {

constexpr RealAddr kOld = 0x100000000, kNew = 0x200000000;

/// A device reads one page without pause while the agent moves it from kOld to kNew (or takes it away).
struct Moving {
  std::vector<std::pair<Tick, char>> reads;  ///< completions at the PHB: old, new, fault
  std::vector<Tick> issued;
  Tick commanded = 0, answered = 0, stored = 0;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
};

Moving move_page(const std::string& policy, Kind kind, bool dma_sync, unsigned page_shift = 12) {
  build::SystemSpec spec;
  build::PhbSpec p;
  p.with_link = false;
  p.devices = 0;
  p.drivers = 1;
  p.host.kill_policy = policy;
  p.host.dma_sync = dma_sync;
  spec.phbs.push_back(p);
  build::System system(spec);
  build::PhbGroup& g = system.phbs().front();
  build::install_rtt(system, g);
  build::assign_rid(system, g, 0x100, 5);
  config::WindowConfig w;
  w.size = 64 * kMiB;
  w.page_size = 1ull << page_shift;
  w.mapping = config::Mapping::PerIo;
  const build::PlacedWindow placed = build::place_window(system, g, 5, w, 64 * kGiB);
  arch::TceTable& table = g.host->table(placed.table);
  table.put(system.memory().store(), 3, kOld | 3);
  const auto fill = [&](RealAddr at, unsigned char v) {
    const std::vector<unsigned char> bytes(64, v);
    system.memory().store().write(at, bytes.data(), bytes.size());
  };
  fill(kOld, 'o');
  fill(kNew, 'n');
  NativeInitiator device("device", system.driver()), os("os", system.driver());
  device.prepare = [](DmaPayload& payload) { payload.ext.rid = 0x100; };
  device.out.bind(g.phb->link_in);
  os.out.bind(g.host->host_in(0));
  for (Tick at = 0; at < 8 * kPsPerUs; at += 20'000)
    device.script.push_back(standard::read(3ull << page_shift, 64, to_sc_time(at)));
  Moving m;
  m.commanded = 2 * kPsPerUs;
  MapCommand c;
  c.kind = kind;
  c.index = 3;
  c.count = 1;
  c.tce = kNew | 3;
  std::vector<unsigned char> frame(MapCommand::kBytes);
  c.encode(frame.data());
  os.script.push_back(standard::write(0, frame, to_sc_time(m.commanded)));
  struct Look final : EventHandler {
    void on_event(std::uint32_t, std::uint64_t) override {
      if (*stored == 0 && store->read_be64(at) != (kOld | 3)) *stored = engine->now();
      if (engine->now() < 8 * kPsPerUs) engine->schedule(engine->now() + 1'000, this, 0, 0);
    }
    memory::SparseStore* store = nullptr;
    Engine* engine = nullptr;
    RealAddr at = 0;
    Tick* stored = nullptr;
  } look;
  look.store = &system.memory().store();
  look.engine = &system.engine();
  look.at = table.leaf_address(3);
  look.stored = &m.stored;
  system.driver().schedule(0, &look, 0, 0);
  system.driver().start(20 * kPsPerUs);
  for (const auto& a : device.script) {
    m.issued.push_back(a.issue.value());
    m.reads.push_back({a.answered.value(), !a.done                                     ? '?'
                                           : a.status != tlm::TLM_OK_RESPONSE ? 'f'
                                                                               : static_cast<char>(a.data[0])});
  }
  m.answered = os.script[0].answered.value();
  m.status = os.script[0].status;
  return m;
}

void check_move(const Moving& m, char after) {
  CHECK(m.status == tlm::TLM_OK_RESPONSE);
  REQUIRE(m.answered > m.stored);
  REQUIRE(m.stored >= m.commanded);
  unsigned stale = 0, fresh = 0, early = 0;
  for (std::size_t i = 0; i < m.reads.size(); ++i) {
    const char seen = m.reads[i].second;
    if (seen != 'o' && seen != after) FAIL("read " << i << " saw " << seen);
    if (m.issued[i] < m.commanded - kPsPerUs && seen != 'o') FAIL("read " << i << " came too early for the new page");
    stale += m.issued[i] > m.stored && seen == 'o';   // the table says something else already
    fresh += m.issued[i] >= m.answered && seen == after;
    early += m.issued[i] >= m.answered && seen == 'o';
  }
  CHECK(stale > 3);
  CHECK(fresh > 100);
  CHECK(early == 0);
}

}  // namespace

TEST_CASE("A moved page is read where it was until the kill, and never after the command's answer") {
  check_move(move_page("pe", Kind::Put, true), 'n');
}

TEST_CASE("A page kill moves a page as a PE kill does") { check_move(move_page("page", Kind::Put, true), 'n'); }

TEST_CASE("A 64 KiB page is moved by a kill that names its size") {
  check_move(move_page("page", Kind::Put, true, 16), 'n');
}

TEST_CASE("An unmapped page is read until the kill and faults after the command's answer") {
  check_move(move_page("pe", Kind::Clear, true), 'f');
}

TEST_CASE("With DMA sync no read of the old page is under way when the command is answered") {
  const Moving m = move_page("pe", Kind::Put, true);
  unsigned late = 0;
  for (const auto& [at, seen] : m.reads) late += seen == 'o' && at > m.answered;
  CHECK(late == 0);
}

TEST_CASE("Without any kill a moved page is read where it was for ever") {
  const Moving m = move_page("none", Kind::Put, true);
  REQUIRE(m.stored > 0);
  for (std::size_t i = 0; i < m.reads.size(); ++i)
    if (m.reads[i].second != 'o') FAIL("read " << i << " saw " << m.reads[i].second);
  CHECK(m.reads.back().first > m.answered + kPsPerUs);
}
