// SPDX-License-Identifier: Apache-2.0
// A trace's operations keep their order where they touch the same addresses, and overlap elsewhere.
#include "models/endpoints/trace_player.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using endpoints::DmaOp;
using endpoints::OpSource;
using endpoints::PlayerParams;
using endpoints::TracePlayer;
using stats::Stat;

namespace {

constexpr BusAddr kBus = 1ull << 59;

/// One operation as the player's ends saw it.
struct Done {
  DmaOp::Kind kind;
  BusAddr iova;
  Tick begin;
  Tick end = kNever;
};

/// Serves accesses (socket 0) and mapping commands (socket 1), each after a time of its own.
struct World final : sc_core::sc_module, private TargetPort::Client, private EventHandler {
  World(const sc_core::sc_module_name& name, EngineDriver& d)
      : sc_module(name),
        link("link", d, static_cast<TargetPort::Client&>(*this), TargetPort::Release::OnArrival, 0),
        host("host", d, static_cast<TargetPort::Client&>(*this), TargetPort::Release::OnArrival, 1),
        driver(d) {}

  TargetPort link;
  TargetPort host;
  EngineDriver& driver;
  std::vector<Done> done;
  std::vector<MapCommand> commands;
  /// An operating system instead of the host agent: it answers maps with bus addresses.
  bool system = false;
  std::vector<DriverCall> calls;
  std::function<BusAddr(const DriverCall&)> place = [](const DriverCall& c) { return kBus + c.real; };
  std::vector<unsigned> lengths;
  unsigned accesses_now = 0, accesses_most = 0, all_now = 0, all_most = 0;
  std::function<Tick(DmaOp::Kind, std::size_t)> time = [](DmaOp::Kind k, std::size_t) {
    return k == DmaOp::Kind::Access ? Tick{10'000} : Tick{50'000};
  };
  std::function<tlm::tlm_response_status(DmaOp::Kind)> status = [](DmaOp::Kind) { return tlm::TLM_OK_RESPONSE; };

 private:
  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& p, DmaExtension& ext) override {
    Done d{DmaOp::Kind::Access, p.get_address(), driver.now()};
    if (&port == &host && system) {
      const DriverCall c = DriverCall::decode(p.get_data_ptr());
      calls.push_back(c);
      d.kind = c.kind == DriverCall::Kind::Map     ? DmaOp::Kind::Map
               : c.kind == DriverCall::Kind::Unmap ? DmaOp::Kind::Unmap
                                                   : DmaOp::Kind::Teardown;
      d.iova = c.iova;
      if (c.kind == DriverCall::Kind::Map) d.iova = ext.bus_addr = place(c);
    } else if (&port == &host) {
      const MapCommand c = MapCommand::decode(p.get_data_ptr());
      commands.push_back(c);
      d.kind = c.kind == MapCommand::Kind::Put ? DmaOp::Kind::Map : DmaOp::Kind::Unmap;
      d.iova = c.index << 12;
    } else {
      lengths.push_back(p.get_data_length());
      accesses_most = std::max(accesses_most, ++accesses_now);
    }
    all_most = std::max(all_most, ++all_now);
    const Tick t = time(d.kind, done.size());
    p.set_response_status(status(d.kind));
    d.end = driver.now() + t;
    done.push_back(d);
    ext.clock.book(stats::Stage::Memory, d.end);
    driver.engine().schedule(d.end, this, d.kind == DmaOp::Kind::Access ? 0 : 1, reinterpret_cast<std::uint64_t>(&ext));
    return 0;
  }
  void on_event(std::uint32_t kind, std::uint64_t arg) override {
    auto& ext = *reinterpret_cast<DmaExtension*>(arg);
    --all_now;
    if (kind == 0) --accesses_now;
    (kind == 0 ? link : host).respond(*ext.payload, ext);
  }
};

class List final : public OpSource {
 public:
  explicit List(std::vector<DmaOp> ops) : ops_(std::move(ops)) {}
  bool next(DmaOp& op) override {
    ++asked;
    if (at_ == ops_.size()) return false;
    op = ops_[at_++];
    ++given;
    return true;
  }
  void rewind() override {
    at_ = 0;
    ++rewinds;
  }
  std::uint64_t asked = 0, given = 0, rewinds = 0;

 private:
  std::vector<DmaOp> ops_;
  std::size_t at_ = 0;
};

/// Map, access, unmap of a page of its own, for ever.
class Endless final : public OpSource {
 public:
  explicit Endless(std::uint64_t limit) : limit_(limit) {}
  bool next(DmaOp& op) override {
    if (given == limit_) return false;
    const std::uint64_t page = given / 3 % 1000;
    op = DmaOp{};
    op.kind = given % 3 == 0 ? DmaOp::Kind::Map : given % 3 == 1 ? DmaOp::Kind::Access : DmaOp::Kind::Unmap;
    op.iova = page << 12;
    op.length = 4096;
    op.index = page;
    op.count = 1;
    ++given;
    return true;
  }
  void rewind() override { given = 0; }
  std::uint64_t given = 0;

 private:
  std::uint64_t limit_;
};

DmaOp map(std::uint64_t page, std::uint64_t count = 1) {
  DmaOp op;
  op.kind = DmaOp::Kind::Map;
  op.iova = page << 12;
  op.length = count << 12;
  op.index = page;
  op.count = count;
  op.tce = 0x7000003;
  op.stride = 4096;
  return op;
}
DmaOp unmap(std::uint64_t page, std::uint64_t count = 1) {
  DmaOp op = map(page, count);
  op.kind = DmaOp::Kind::Unmap;
  return op;
}
DmaOp access(BusAddr at, std::uint64_t length = 64, arch::Access a = arch::Access::Read) {
  DmaOp op;
  op.iova = at;
  op.length = length;
  op.access = a;
  return op;
}

struct Bench {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  World world{"world", driver};
  OpSource* source;
  TracePlayer player;
  unsigned finished = 0;

  Bench(const PlayerParams& p, std::unique_ptr<OpSource> s)
      : source(s.get()), player("player", driver, p, std::move(s), registry) {
    player.link_out.bind(world.link);
    player.host_out.bind(world.host);
    player.on_done = [this] { ++finished; };
  }
  Bench(const PlayerParams& p, std::vector<DmaOp> ops) : Bench(p, std::make_unique<List>(std::move(ops))) {}
  List& list() { return static_cast<List&>(*source); }
  const Done& op(std::size_t i) const { return world.done.at(i); }
  /// The n-th operation of a kind at an address.
  const Done& find(DmaOp::Kind kind, BusAddr iova, unsigned n = 0) const {
    for (const Done& d : world.done)
      if (d.kind == kind && d.iova == iova && n-- == 0) return d;
    throw std::out_of_range("no such operation");
  }
};

}  // namespace

TEST_CASE("An access waits for the map before it, an unmap for the accesses before it") {
  Bench b(PlayerParams{}, {map(5), access(0x5000), access(0x5800, 2048), unmap(5)});
  b.driver.start(kNever);
  REQUIRE(b.world.done.size() == 4);
  CHECK(b.op(0).kind == DmaOp::Kind::Map);
  CHECK(b.op(1).begin == b.op(0).end);
  CHECK(b.op(2).begin == b.op(0).end);  // the two accesses overlap
  CHECK(b.op(3).kind == DmaOp::Kind::Unmap);
  CHECK(b.op(3).begin == std::max(b.op(1).end, b.op(2).end));
  CHECK(b.finished == 1);
  CHECK(b.player.stats()[Stat::EpMaps] == 1);
  CHECK(b.player.stats()[Stat::EpUnmaps] == 1);
  CHECK(b.player.stats()[Stat::EpRequests] == 2);
}

TEST_CASE("A map of a page again waits for its unmap") {
  Bench b(PlayerParams{}, {map(5), access(0x5000), unmap(5), map(5), access(0x5000), unmap(5)});
  b.driver.start(kNever);
  for (std::size_t i = 1; i < 6; ++i) CHECK(b.op(i).begin == b.op(i - 1).end);
}

TEST_CASE("Operations on different addresses overlap") {
  std::vector<DmaOp> ops;
  for (unsigned i = 0; i < 8; ++i) {
    ops.push_back(map(i));
    ops.push_back(access(i << 12));
    ops.push_back(unmap(i));
  }
  Bench b(PlayerParams{}, ops);
  b.driver.start(kNever);
  for (unsigned i = 0; i < 8; ++i) {
    CHECK(b.find(DmaOp::Kind::Map, i << 12).begin == 0);
    CHECK(b.find(DmaOp::Kind::Access, i << 12).begin == 50'000);
    CHECK(b.find(DmaOp::Kind::Unmap, i << 12).begin == 60'000);
  }
}

TEST_CASE("A neighbour's bytes are no conflict, one common byte is") {
  Bench b(PlayerParams{}, {unmap(4), access(0x5000, 4096), map(6), access(0x4FFF, 1), access(0x5FFF, 2)});
  b.driver.start(kNever);
  CHECK(b.find(DmaOp::Kind::Access, 0x5000).begin == 0);
  CHECK(b.find(DmaOp::Kind::Map, 0x6000).begin == 0);
  CHECK(b.find(DmaOp::Kind::Access, 0x4FFF).begin == b.find(DmaOp::Kind::Unmap, 0x4000).end);
  CHECK(b.find(DmaOp::Kind::Access, 0x5FFF).begin == b.find(DmaOp::Kind::Map, 0x6000).end);
}

TEST_CASE("Reads and writes of the same bytes do not exclude each other") {
  Bench b(PlayerParams{}, {access(0x1000, 64, arch::Access::Write), access(0x1000, 64), access(0x1020, 64, arch::Access::Write)});
  b.driver.start(kNever);
  for (std::size_t i = 0; i < 3; ++i) CHECK(b.op(i).begin == 0);
  CHECK(b.player.stats()[Stat::EpBytesWritten] == 128);
  CHECK(b.player.stats()[Stat::EpBytesRead] == 64);
}

TEST_CASE("A command carries the operation's table, pages and entries") {
  DmaOp op = map(17, 9);
  op.table = 3;
  op.tce = 0x123456001;
  op.stride = 0x10000;
  Bench b(PlayerParams{}, {op, unmap(17, 9)});
  b.driver.start(kNever);
  REQUIRE(b.world.commands.size() == 2);
  const MapCommand& c = b.world.commands[0];
  CHECK(c.kind == MapCommand::Kind::Put);
  CHECK(c.table == 3);
  CHECK(c.index == 17);
  CHECK(c.count == 9);
  CHECK(c.tce == 0x123456001);
  CHECK(c.stride == 0x10000);
  CHECK(b.world.commands[1].kind == MapCommand::Kind::Clear);
}

TEST_CASE("At most queue_depth accesses are in flight, and those that wait go on in order") {
  PlayerParams p;
  p.queue_depth = 3;
  p.lookahead = 20;
  std::vector<DmaOp> ops;
  for (unsigned i = 0; i < 12; ++i) ops.push_back(access(i << 12));
  Bench b(p, ops);
  b.driver.start(kNever);
  CHECK(b.world.accesses_most == 3);
  for (unsigned i = 0; i < 12; ++i) {
    CHECK(b.op(i).iova == i << 12);
    CHECK(b.op(i).begin == i / 3 * 10'000);
  }
}

TEST_CASE("No more operations than lookahead are live, and as many if they can be") {
  PlayerParams p;
  p.lookahead = 5;
  p.queue_depth = 64;
  std::vector<DmaOp> ops;
  for (unsigned i = 0; i < 40; ++i) ops.push_back(i % 4 == 0 ? map(i) : access(i << 12));
  Bench b(p, ops);
  b.driver.start(kNever);
  CHECK(b.world.all_most == 5);
  CHECK(b.world.done.size() == 40);
}

TEST_CASE("A lookahead of one plays the trace strictly in order") {
  PlayerParams p;
  p.lookahead = 1;
  Bench b(p, {map(1), access(0x9000), map(2), access(0x1000), unmap(7), access(0x2000)});
  b.driver.start(kNever);
  REQUIRE(b.world.done.size() == 6);
  CHECK(b.op(0).kind == DmaOp::Kind::Map);
  CHECK(b.op(4).kind == DmaOp::Kind::Unmap);
  for (std::size_t i = 1; i < 6; ++i) CHECK(b.op(i).begin == b.op(i - 1).end);
}

TEST_CASE("Lookahead must be between 1 and 256") {
  EngineDriver driver("driver");
  stats::Registry registry;
  PlayerParams p;
  p.lookahead = 0;
  CHECK_THROWS_AS(TracePlayer("zero", driver, p, std::make_unique<List>(std::vector<DmaOp>{}), registry), ModelError);
  p.lookahead = 257;
  CHECK_THROWS_AS(TracePlayer("many", driver, p, std::make_unique<List>(std::vector<DmaOp>{}), registry), ModelError);
}

TEST_CASE("Any trace keeps the order of its conflicts, and nothing else") {
  PlayerParams p;
  p.lookahead = 24;
  p.queue_depth = 5;
  std::mt19937_64 random(11);
  std::vector<DmaOp> ops;
  for (unsigned i = 0; i < 600; ++i) {
    // Unique start bytes tell accesses apart.
    const std::uint64_t page = random() % 12;
    switch (random() % 4) {
      case 0:
        ops.push_back(map(page, 1 + random() % 3));
        break;
      case 1:
        ops.push_back(unmap(page, 1 + random() % 3));
        break;
      default:
        ops.push_back(access((page << 12) + i, 1 + random() % 6000));
    }
  }
  Bench b(p, ops);
  b.world.time = [](DmaOp::Kind, std::size_t n) { return 1'000 + n * 7919 % 30'000; };
  b.driver.start(kNever);
  REQUIRE(b.world.done.size() == ops.size());
  // Which of the seen operations is which of the trace: kinds and addresses, in order of conflicts.
  std::vector<const Done*> seen(ops.size(), nullptr);
  std::map<std::pair<int, BusAddr>, std::vector<const Done*>> by;
  for (const Done& d : b.world.done) by[{static_cast<int>(d.kind), d.iova}].push_back(&d);
  std::map<std::pair<int, BusAddr>, std::size_t> used;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const std::pair<int, BusAddr> key{static_cast<int>(ops[i].kind), ops[i].iova};
    seen[i] = by.at(key).at(used[key]++);
  }
  unsigned conflicts = 0, overlaps = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (std::size_t j = i + 1; j < ops.size(); ++j) {
      const DmaOp &x = ops[i], &y = ops[j];
      const bool touch = x.iova < y.iova + y.length && y.iova < x.iova + x.length;
      const bool both = x.kind == DmaOp::Kind::Access && y.kind == DmaOp::Kind::Access;
      if (touch && !both) {
        ++conflicts;
        if (seen[j]->begin < seen[i]->end) FAIL("operation " << j << " did not wait for " << i);
      } else {
        overlaps += seen[j]->begin < seen[i]->end;
      }
    }
  }
  CHECK(conflicts > 1000);
  CHECK(overlaps > 100);
  CHECK(b.world.accesses_most <= 5);
  CHECK(b.world.all_most <= 24);
}

TEST_CASE("A count ends the replay after so many accesses, with all that came before them") {
  PlayerParams p;
  p.count = 3;
  std::vector<DmaOp> ops;
  for (unsigned i = 0; i < 6; ++i) {
    ops.push_back(map(i));
    ops.push_back(access(i << 12));
  }
  Bench b(p, ops);
  b.driver.start(kNever);
  CHECK(b.player.stats()[Stat::EpRequests] == 3);
  CHECK(b.player.stats()[Stat::EpMaps] == 4);
  CHECK(b.finished == 1);
}

TEST_CASE("A repeated replay begins again at the end of the source until its count is reached") {
  PlayerParams p;
  p.repeat = true;
  p.count = 10;
  Bench b(p, {map(1), access(0x1000), access(0x1800), access(0x1400), unmap(1)});
  b.driver.start(kNever);
  CHECK(b.player.stats()[Stat::EpRequests] == 10);
  CHECK(b.player.stats()[Stat::EpMaps] == 4);
  CHECK(b.player.stats()[Stat::EpUnmaps] == 3);
  CHECK(b.list().rewinds == 3);
  CHECK(b.finished == 1);
}

TEST_CASE("A repeated replay of a source without operations ends") {
  PlayerParams p;
  p.repeat = true;
  Bench b(p, std::vector<DmaOp>{});
  b.driver.start(kNever);
  CHECK(b.finished == 1);
  CHECK(b.list().rewinds == 1);
}

TEST_CASE("The player reads no further than it looks ahead, however long the trace") {
  PlayerParams p;
  p.lookahead = 16;
  auto source = std::make_unique<Endless>(300'000);
  Endless& ops = *source;
  Bench b(p, std::move(source));
  std::uint64_t most = 0;
  b.world.status = [&](DmaOp::Kind) {
    const auto& s = b.player.stats();
    const std::uint64_t over = s[Stat::EpMaps] + s[Stat::EpUnmaps] + s[Stat::EpRequests];
    most = std::max(most, ops.given - over);
    return tlm::TLM_OK_RESPONSE;
  };
  // What the world writes down is the test's memory, not the player's.
  b.world.time = [&](DmaOp::Kind, std::size_t n) {
    if (n > 1000) {
      b.world.done.clear();
      b.world.commands.clear();
      b.world.lengths.clear();
    }
    return Tick{1'000};
  };
  b.driver.start(kNever);
  CHECK(b.finished == 1);
  CHECK(b.player.stats()[Stat::EpRequests] == 100'000);
  CHECK(most <= 16);
  CHECK(most > 8);
}

TEST_CASE("The replay starts at its time and its latency counts from the start of each access") {
  PlayerParams p;
  p.start = 123'456;
  p.queue_depth = 1;
  Bench b(p, {access(0x1000), access(0x2000)});
  b.driver.start(kNever);
  CHECK(b.op(0).begin == 123'456);
  CHECK(b.op(1).begin == 133'456);
  CHECK(b.player.statistics().latency.max() == 10'000);
  CHECK(b.player.statistics().first_issue == 123'456);
}

TEST_CASE("Errors of commands and accesses are counted and the replay goes on") {
  Bench b(PlayerParams{}, {map(1), access(0x1000), access(0x2000), unmap(1)});
  b.world.status = [](DmaOp::Kind k) {
    return k == DmaOp::Kind::Map || k == DmaOp::Kind::Access ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE;
  };
  b.driver.start(kNever);
  CHECK(b.player.stats()[Stat::EpErrors] == 3);
  CHECK(b.player.stats()[Stat::EpUnmaps] == 1);
  CHECK(b.player.stats()[Stat::EpBytesRead] == 0);
  CHECK(b.finished == 1);
}

// -- buffers: the operating system says where they are -----------------------------------------

namespace {

DmaOp map_buffer(std::uint32_t buffer, RealAddr real, std::uint64_t length = 8192) {
  DmaOp op;
  op.kind = DmaOp::Kind::Map;
  op.buffer = buffer;
  op.real = real;
  op.length = length;
  return op;
}
DmaOp in_buffer(std::uint32_t buffer, std::uint64_t offset, std::uint64_t length = 64) {
  DmaOp op = access(offset, length);
  op.buffer = buffer;
  return op;
}
DmaOp unmap_buffer(std::uint32_t buffer, std::uint64_t length = 8192) {
  DmaOp op = map_buffer(buffer, 0, length);
  op.kind = DmaOp::Kind::Unmap;
  return op;
}
DmaOp teardown() {
  DmaOp op;
  op.kind = DmaOp::Kind::Teardown;
  op.length = 1;
  return op;
}

struct SystemBench : Bench {
  explicit SystemBench(std::vector<DmaOp> ops, const PlayerParams& p = {}) : Bench(p, std::move(ops)) {
    world.system = true;
    player.domain = 7;
    driver.start(kNever);
    REQUIRE(finished == 1);
  }
};

}  // namespace

TEST_CASE("A buffer's accesses wait for its map and go to the bus address that it answers") {
  DmaOp m = map_buffer(0, 0x70000234);
  m.device_writes = true;
  m.device_reads = false;
  SystemBench b({m, in_buffer(0, 0x10), in_buffer(0, 0x1100, 256), unmap_buffer(0)});
  REQUIRE(b.world.done.size() == 4);
  CHECK(b.op(0).kind == DmaOp::Kind::Map);
  CHECK(b.op(1).begin == b.op(0).end);
  CHECK(b.op(2).begin == b.op(0).end);
  CHECK(b.op(1).iova == kBus + 0x70000244);
  CHECK(b.op(2).iova == kBus + 0x70001334);
  CHECK(b.world.lengths == std::vector<unsigned>{64, 256});
  CHECK(b.op(3).kind == DmaOp::Kind::Unmap);
  CHECK(b.op(3).begin == std::max(b.op(1).end, b.op(2).end));
  REQUIRE(b.world.calls.size() == 2);
  const DriverCall& c = b.world.calls[0];
  CHECK(c.domain == 7);
  CHECK(c.real == 0x70000234);
  CHECK(c.length == 8192);
  CHECK(c.device_writes);
  CHECK_FALSE(c.device_reads);
  CHECK(b.world.calls[1].iova == kBus + 0x70000234);
  CHECK(b.world.calls[1].length == 8192);
  CHECK(b.player.stats()[Stat::EpMaps] == 1);
  CHECK(b.player.stats()[Stat::EpUnmaps] == 1);
  CHECK(b.player.stats()[Stat::EpRequests] == 2);
}

TEST_CASE("Buffers do not wait for each other, nor for bus addresses that are known") {
  std::vector<DmaOp> ops;
  for (unsigned i = 0; i < 6; ++i) {
    ops.push_back(map_buffer(i, 0x1000 * i, 64));
    ops.push_back(in_buffer(i, 0));
    ops.push_back(unmap_buffer(i, 64));
  }
  ops.push_back(access(0));  // offset 0 of a buffer and bus address 0 are different things
  SystemBench b(ops);
  for (unsigned i = 0; i < 6; ++i) {
    CHECK(b.find(DmaOp::Kind::Map, kBus + 0x1000 * i).begin == 0);
    CHECK(b.find(DmaOp::Kind::Access, kBus + 0x1000 * i).begin == 50'000);
    CHECK(b.find(DmaOp::Kind::Unmap, kBus + 0x1000 * i).begin == 60'000);
  }
  CHECK(b.find(DmaOp::Kind::Access, 0).begin == 0);
}

TEST_CASE("A buffer's number that is mapped again waits for its unmap and has the new bus address") {
  SystemBench b({map_buffer(3, 0x1000), in_buffer(3, 4), unmap_buffer(3), map_buffer(3, 0x9000), in_buffer(3, 4),
                 unmap_buffer(3)});
  REQUIRE(b.world.done.size() == 6);
  for (std::size_t i = 1; i < 6; ++i) CHECK(b.op(i).begin == b.op(i - 1).end);
  CHECK(b.op(1).iova == kBus + 0x1004);
  CHECK(b.op(2).iova == kBus + 0x1000);
  CHECK(b.op(4).iova == kBus + 0x9004);
  CHECK(b.op(5).iova == kBus + 0x9000);
}

TEST_CASE("A teardown waits for everything before it, and everything after it for the teardown") {
  SystemBench b({map_buffer(0, 0x1000), map_buffer(1, 0x9000), in_buffer(1, 0), access(0x5000), teardown(),
                 map_buffer(2, 0x20000), access(0x6000), unmap_buffer(0)});
  REQUIRE(b.world.done.size() == 8);
  const Done& torn = b.find(DmaOp::Kind::Teardown, 0);
  Tick before = 0;
  unsigned after = 0;
  for (const Done& d : b.world.done) {
    if (&d == &torn) continue;
    if (d.begin < torn.begin) before = std::max(before, d.end);
    if (d.begin >= torn.begin) {
      CHECK(d.begin == torn.end);
      ++after;
    }
  }
  CHECK(torn.begin == before);
  CHECK(torn.begin == 60'000);
  CHECK(after == 3);
  CHECK(b.player.stats()[Stat::EpMaps] == 3);
  CHECK(b.player.stats()[Stat::EpUnmaps] == 2);  // the teardown is one
  REQUIRE(b.world.calls.size() == 5);
  CHECK(b.world.calls[2].kind == DriverCall::Kind::Teardown);
  CHECK(b.world.calls[2].domain == 7);
}

TEST_CASE("Any order of buffer operations keeps each buffer's own order") {
  std::mt19937_64 random(5);
  std::vector<DmaOp> ops;
  std::vector<int> state(9, 0);
  std::vector<RealAddr> place(9, 0);
  struct Expected {
    BusAddr at;
    DmaOp::Kind kind;
  };
  std::vector<std::vector<Expected>> expected(9);
  for (unsigned i = 0; i < 900; ++i) {
    const auto buffer = static_cast<std::uint32_t>(random() % 9);
    if (state[buffer] == 0) {
      place[buffer] = 0x1000000ull * (i + 1);
      ops.push_back(map_buffer(buffer, place[buffer]));
      expected[buffer].push_back({kBus + place[buffer], DmaOp::Kind::Map});
      state[buffer] = 1;
    } else if (random() % 4 != 0) {
      ops.push_back(in_buffer(buffer, i));
      expected[buffer].push_back({kBus + place[buffer] + i, DmaOp::Kind::Access});
    } else {
      ops.push_back(unmap_buffer(buffer));
      expected[buffer].push_back({kBus + place[buffer], DmaOp::Kind::Unmap});
      state[buffer] = 0;
    }
  }
  PlayerParams p;
  p.queue_depth = 4;
  p.lookahead = 40;
  SystemBench b(ops, p);
  REQUIRE(b.world.done.size() == ops.size());
  for (const auto& line : expected) {
    Tick open = 0, accesses = 0;  // ends of the last map or unmap, and of the accesses since
    for (const Expected& e : line) {
      const Done& d = b.find(e.kind, e.at);
      REQUIRE(d.begin >= open);
      if (e.kind == DmaOp::Kind::Access) {
        accesses = std::max(accesses, d.end);
        continue;
      }
      REQUIRE(d.begin >= accesses);
      open = d.end;
      accesses = 0;
    }
  }
}
