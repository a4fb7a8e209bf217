// SPDX-License-Identifier: Apache-2.0
// The engine without time: registers, chains, completions, errors, interrupts, whatever order requests end in.
#include "models/arch/ioat/function.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "models/base/rng.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/ioat_host.hpp"
#include "tests/support/plain_memory.hpp"

using namespace phbsim;
using namespace phbsim::arch::ioat;
using test::IoatHost;
using Purpose = Request::Purpose;

namespace {

constexpr BusAddr kRing = 0x10000, kCmp = 0x20040, kSource = 0x100000, kTarget = 0x900000;

/// Ends requests in an order that is the test's: first in first out, last first, or drawn.
struct Machine {
  enum class Order { Fifo, Lifo, Random };
  explicit Machine(const ChannelOptions& channel = {}, Order o = Order::Fifo, std::uint64_t seed = 1)
      : function(FunctionOptions{&kModels[0], channel}), order(o), random(seed, "order") {
    function.set_control({true, true, false});
    host.ring = kRing;
    host.read = [this](std::uint32_t at, unsigned n) { return function.read(at, n); };
    host.write = [this](std::uint32_t at, unsigned n, std::uint64_t v) { function.write(at, n, v); };
    host.store = [this](BusAddr at, const unsigned char* p, std::size_t n) { memory.write(at, p, n); };
  }

  void ask() {
    Request r;
    while (function.next(r)) {
      CHECK(r.tag < function.tags());
      CHECK(tags.insert(r.tag).second);  // nothing else is under way under this tag
      open.push_back(r);
      log.push_back(r);
      if (r.purpose == Purpose::Completion) completions.push_back(load_le64(r.data));
      if (r.purpose == Purpose::Interrupt) messages.push_back(load_le32(r.data));
    }
    most = std::max(most, open.size());
  }
  bool step() {
    ask();
    if (open.empty()) return false;
    const std::size_t i = order == Order::Fifo ? 0 : order == Order::Lifo ? open.size() - 1 : random.below(open.size());
    const Request r = open[i];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
    const bool ok = !fails || !fails(r);
    if (ok && r.access == arch::Access::Read) memory.read(r.addr, r.data, r.length);
    if (ok && r.access == arch::Access::Write) memory.write(r.addr, r.data, r.length);
    tags.erase(r.tag);
    function.done(r.tag, ok);
    if (!ok) failed = true;
    if (host.status() == Status::Halted && host.get(Reg::ChanCmd) == 0) {
      // Halted says that no data are under way.
      for (const Request& q : open) CHECK((q.purpose == Purpose::Completion || q.purpose == Purpose::Interrupt));
    }
    return true;
  }
  void run() {
    while (step()) {
    }
  }
  void fill(BusAddr at, unsigned n) {
    for (unsigned i = 0; i < n; ++i) {
      const auto b = static_cast<unsigned char>(1 + (at + i) * 7 + ((at + i) >> 8) * 13);
      memory.write(at + i, &b, 1);
    }
  }
  bool same(BusAddr a, BusAddr b, unsigned n) {
    for (unsigned i = 0; i < n; ++i)
      if (memory.byte(a + i) != memory.byte(b + i)) return false;
    return true;
  }
  std::uint64_t completion() {
    unsigned char b[8];
    memory.read(kCmp, b, 8);
    return load_le64(b);
  }
  unsigned count(Purpose p) {
    return static_cast<unsigned>(std::count_if(log.begin(), log.end(), [&](const Request& r) { return r.purpose == p; }));
  }
  void enable_message(std::uint64_t addr = 0xFEE0, std::uint32_t data = 77) {
    host.set(Reg::IntrCtrl, kIntrMsix);
    host.write(kMsixTable, 8, addr);
    host.write(kMsixTable + 8, 4, data);
    host.write(kMsixTable + 12, 4, 0);
  }

  Function function;
  test::PlainMemory memory;
  IoatHost host;
  Order order;
  RandomStream random;
  std::function<bool(const Request&)> fails;
  std::vector<Request> open, log;
  std::vector<std::uint64_t> completions;  ///< in the order in which they are asked for
  std::vector<std::uint32_t> messages;
  std::set<unsigned> tags;
  std::size_t most = 0;
  bool failed = false;  ///< a request was
};

std::uint64_t status_word(BusAddr addr, Status s) { return addr | static_cast<std::uint64_t>(s); }

}  // namespace

TEST_CASE("IOAT: what drivers ask of a device before they use it") {
  Machine m;
  CHECK(m.function.read(0x00, 1) == 1);     // channels
  CHECK(m.function.read(0x01, 1) == 20);    // 2^20 bytes a descriptor
  CHECK(m.function.read(0x08, 1) == 0x33);  // version
  CHECK(m.function.read(0x10, 4) == 0x40);
  CHECK(m.function.read(0x80, 2) == 0);     // not in use by anybody
  CHECK(m.host.status() == Status::Halted);
  CHECK(Function({find_model("icx"), {}}).read(0x08, 1) == 0x34);
  CHECK(find_model("none") == nullptr);
}

TEST_CASE("IOAT: accesses may cover several registers, or parts of one") {
  Machine m;
  m.host.set(Reg::ChainAddr, 0x1122334455667700);
  CHECK(m.function.read(0x94, 4) == 0x11223344);
  CHECK(m.function.read(0x91, 1) == 0x77);
  m.function.write(0x90, 4, 0xAABBCC40);
  CHECK(m.host.get(Reg::ChainAddr) == 0x11223344AABBCC40);
  m.function.write(0x94, 4, 0x12);
  CHECK(m.host.get(Reg::ChainAddr) == 0x12AABBCC40);
  CHECK(m.function.read(0x00, 8) == 0x1401);    // CHANCNT and XFERCAP, seven bytes of others
  CHECK(m.function.read(0x08, 8) == 0x33);
  CHECK(m.function.read(0x1000, 8) == 0);
  m.function.write(0x1000, 8, ~0ull);
  m.function.write(0x00, 2, 0xFFFF);
  CHECK(m.function.read(0x00, 2) == 0x1401);    // read-only
  m.host.set(Reg::ChanCmp, 0xFF7);
  CHECK(m.host.get(Reg::ChanCmp) == 0xFF0);     // on 8 bytes
  m.function.write(0x98, 8, 0);
  m.function.write(0x9C, 4, 5);
  CHECK(m.host.get(Reg::ChanCmp) == 0x500000000);
}

TEST_CASE("IOAT: a chain is armed by its address, started by its count") {
  Machine m;
  m.fill(kSource, 3000);
  m.host.put(IoatHost::copy(kSource + 3, kTarget + 9, 2000));
  m.host.put(IoatHost::copy(kSource + 2003, kTarget + 2009, 900));
  m.host.start(0, kCmp);
  CHECK(m.host.get(Reg::ChanSts) == status_word(0, Status::Armed));
  m.run();
  CHECK(m.log.empty());
  m.host.doorbell(1);
  CHECK(m.host.status() == Status::Active);
  m.run();
  CHECK(m.same(kSource + 3, kTarget + 9, 2000));
  CHECK(m.memory.byte(kTarget + 2009) == 0);  // not counted yet
  CHECK(m.host.get(Reg::ChanSts) == status_word(kRing, Status::Idle));
  CHECK(m.completion() == status_word(kRing, Status::Idle));
  CHECK(m.function.quiet());
  m.host.doorbell(2);
  m.run();
  CHECK(m.same(kSource + 3, kTarget + 9, 2900));
  CHECK(m.memory.byte(kTarget + 2909) == 0);
  CHECK(m.memory.byte(kTarget + 8) == 0);
  CHECK(m.completion() == status_word(kRing + 64, Status::Idle));
  CHECK(m.count(Purpose::Descriptor) == 2);
  m.host.doorbell(2);  // nothing new
  m.run();
  CHECK(m.count(Purpose::Descriptor) == 2);
}

TEST_CASE("IOAT: completions before the last one tell an active channel") {
  ChannelOptions serial;
  serial.depth = 1;
  Machine m(serial);
  for (int i = 0; i < 2; ++i) m.host.put(IoatHost::copy(kSource, kTarget, 8));
  m.host.start(0, kCmp);
  m.host.doorbell(2);
  while (m.completion() == 0) REQUIRE(m.step());
  CHECK(m.completion() == status_word(kRing, Status::Active));
  m.run();
  CHECK(m.completion() == status_word(kRing + 64, Status::Idle));
}

TEST_CASE("IOAT: the count wraps at 2^16, and a chain may be a ring of one") {
  Machine m;
  auto d = IoatHost::copy(kSource, kTarget, 8, false);
  d.next = kRing;
  m.host.put(d);
  m.host.start(0, 0);
  m.host.doorbell(0xFFFF);
  m.run();
  CHECK(m.function.channel().completed() == 0xFFFF);
  CHECK(m.host.status() == Status::Idle);
  m.host.doorbell(2);  // three more
  m.run();
  CHECK(m.function.channel().completed() == 0x10002);
  CHECK(m.count(Purpose::Completion) == 0);  // none asked for
}

TEST_CASE("IOAT: many descriptors in any order of endings move all bytes and complete in order") {
  for (const unsigned slots : {1u, 2u, 7u, 32u}) {
    for (const unsigned depth : {1u, 2u, 8u}) {
      for (const auto order : {Machine::Order::Fifo, Machine::Order::Lifo, Machine::Order::Random}) {
        ChannelOptions o;
        o.slots = slots;
        o.depth = depth;
        o.chunk = 64;
        Machine m(o, order, slots * 10 + depth);
        m.fill(kSource, 40000);
        RandomStream r(7, "lengths");
        unsigned at = 0;
        for (unsigned i = 0; i < 50; ++i) {
          const auto n = static_cast<std::uint32_t>(1 + r.below(600));
          auto d = IoatHost::copy(kSource + at, kTarget + at, n);
          d.fence = r.below(4) == 0;
          m.host.put(d);
          at += n;
        }
        m.host.start(0, kCmp);
        m.host.doorbell(20);
        m.run();
        m.host.doorbell(50);
        m.run();
        INFO(slots << " slots, depth " << depth << ", order " << static_cast<int>(order));
        CHECK(m.same(kSource, kTarget, at));
        CHECK(m.memory.byte(kTarget + at) == 0);
        CHECK(m.host.get(Reg::ChanSts) == status_word(m.host.slot(49), Status::Idle));
        CHECK(m.most <= m.function.tags());
        bool within = true;  // a piece's source stays within a multiple of the piece's size
        for (const Request& q : m.log)
          if (q.purpose == Purpose::Source) within = within && q.addr / 64 == (q.addr + q.length - 1) / 64;
        CHECK(within);
        std::vector<std::uint64_t> told;
        for (const std::uint64_t word : m.completions) told.push_back((word & kCompletedMask) - kRing);
        REQUIRE(told.size() == 50);
        for (unsigned i = 0; i < 50; ++i) CHECK(told[i] == 64 * i);
      }
    }
  }
}

TEST_CASE("IOAT: nothing behind a fence begins before what it ends is complete") {
  // B is written by one descriptor and read by the next: only the fence makes the result certain.
  for (const bool fence : {false, true}) {
    ChannelOptions o;
    o.chunk = 64;
    Machine m(o);
    m.fill(kSource, 64);
    auto first = IoatHost::copy(kSource, kTarget, 64);
    first.fence = fence;
    m.host.put(first);
    m.host.put(IoatHost::copy(kTarget, kTarget + 0x1000, 64));
    m.host.start(0, kCmp);
    m.host.doorbell(2);
    m.run();
    const auto asked = [&](Purpose p, BusAddr addr) {
      return std::find_if(m.log.begin(), m.log.end(), [&](const Request& r) { return r.purpose == p && r.addr == addr; });
    };
    // The second descriptor is known before the first one's read has ended.
    CHECK((asked(Purpose::Source, kTarget) > asked(Purpose::Destination, kTarget)) == fence);
    CHECK(m.same(kSource, kTarget + 0x1000, 64) == fence);
    CHECK(m.host.status() == Status::Idle);
  }
}

TEST_CASE("IOAT: block fill repeats its pattern from the first byte on") {
  ChannelOptions o;
  o.chunk = 16;
  Machine m(o, Machine::Order::Lifo);
  const std::uint64_t pattern = 0xFEDCBA9876543210;
  for (const unsigned n : {8u, 64u, 1024u, 50u, 100u, 89u, 1u}) {
    const BusAddr at = kTarget + 0x1000 * n + 3;
    m.host.put(IoatHost::fill(pattern, at, n));
    m.host.start(m.host.written - 1, kCmp);
    m.host.doorbell(1);
    m.run();
    bool good = m.memory.byte(at + n) == 0 && m.memory.byte(at - 1) == 0;
    for (unsigned i = 0; i < n; ++i)
      good = good && m.memory.byte(at + i) == static_cast<unsigned char>(pattern >> 8 * (i % 8));
    INFO(n);
    CHECK(good);
  }
  CHECK(m.count(Purpose::Source) == 0);
}

TEST_CASE("IOAT: descriptors that move nothing complete like others, in order") {
  for (const unsigned depth : {1u, 8u}) {
    ChannelOptions o;
    o.depth = depth;
    Machine m(o, Machine::Order::Random);
    m.fill(kSource, 64);
    m.host.put(IoatHost::null());
    m.host.put(IoatHost::copy(kSource, kTarget, 64));
    m.host.put(IoatHost::null());
    m.host.put(IoatHost::null());
    m.host.put(IoatHost::copy(kSource, kTarget + 64, 64));
    m.host.start(0, kCmp);
    m.host.doorbell(5);
    m.run();
    CHECK(m.same(kSource, kTarget, 64));
    CHECK(m.same(kSource, kTarget + 64, 64));
    CHECK(m.function.channel().completed() == 5);
    CHECK(m.count(Purpose::Completion) == 5);
    CHECK(m.host.get(Reg::ChanSts) == status_word(m.host.slot(4), Status::Idle));
  }
}

TEST_CASE("IOAT: suspend lets begun descriptors end; resume goes on behind them") {
  ChannelOptions o;
  o.slots = 2;
  o.chunk = 64;
  Machine m(o);
  m.fill(kSource, 4096);
  for (unsigned i = 0; i < 8; ++i) m.host.put(IoatHost::copy(kSource + 256 * i, kTarget + 256 * i, 256));
  m.host.start(0, kCmp);
  m.host.doorbell(8);
  while (m.memory.byte(kTarget) == 0) REQUIRE(m.step());
  m.host.set(Reg::ChanCmd, kCmdSuspend);
  CHECK(m.host.status() == Status::Active);
  m.run();
  CHECK(m.host.get(Reg::ChanSts) == status_word(m.host.slot(0), Status::Suspended));
  CHECK(m.same(kSource, kTarget, 256));
  CHECK(m.memory.byte(kTarget + 256) == 0);
  CHECK(m.function.quiet());
  m.host.doorbell(7);  // kept
  m.run();
  CHECK(m.host.status() == Status::Suspended);
  m.host.set(Reg::ChanCmd, kCmdResume);
  m.run();
  CHECK(m.same(kSource, kTarget, 7 * 256));
  CHECK(m.memory.byte(kTarget + 7 * 256) == 0);
  CHECK(m.host.status() == Status::Idle);
  CHECK(m.function.channel().completed() == 7);
}

TEST_CASE("IOAT: an idle channel suspends at once, a chain address arms it and counts anew") {
  Machine m;
  m.host.put(IoatHost::copy(kSource, kTarget, 8));
  for (int round = 0; round < 3; ++round) {  // what the VFIO selftests' driver does
    m.host.start(0, kCmp, 0x9);
    m.host.doorbell(1);
    m.run();
    CHECK(m.host.status() == Status::Idle);
    m.host.set(Reg::ChanCmd, kCmdSuspend);
    CHECK(m.host.status() == Status::Suspended);
  }
  CHECK(m.function.channel().completed() == 3);
  // Suspending what is armed or halted changes nothing.
  m.host.set(Reg::ChainAddr, kRing);
  m.host.set(Reg::ChanCmd, kCmdSuspend);
  CHECK(m.host.get(Reg::ChanSts) == status_word(0, Status::Armed));  // the new chain has completed nothing
}

TEST_CASE("IOAT: reset waits for what is under way, forgets the rest and ends halted") {
  Machine m;
  m.fill(kSource, 8192);
  m.host.put(IoatHost::copy(kSource, kTarget, 8192));
  m.host.start(0, kCmp);
  m.host.doorbell(1);
  while (m.open.size() < 4) {
    m.ask();
    if (m.open.size() < 4) REQUIRE(m.step());
  }
  const std::size_t asked = m.log.size();
  m.host.set(Reg::ChanCmd, kCmdReset);
  CHECK(m.host.get(Reg::ChanCmd) == kCmdReset);
  CHECK(m.host.status() == Status::Halted);
  CHECK(m.host.get(Reg::DmaCount) == 0);
  m.host.put(IoatHost::copy(kSource, kTarget + 0x10000, 100));
  m.host.start(1, kCmp);  // during the reset: holds
  CHECK(m.host.get(Reg::ChanCmd) == kCmdReset);
  m.host.doorbell(1);
  m.ask();
  CHECK(m.log.size() == asked);  // nothing begins before it is done
  while (m.host.get(Reg::ChanCmd) != 0) {
    CHECK(m.log.size() == asked);
    REQUIRE(m.step());
  }
  m.run();
  CHECK(m.same(kSource, kTarget + 0x10000, 100));
  CHECK(m.host.get(Reg::ChanSts) == status_word(m.host.slot(1), Status::Idle));
  CHECK(m.function.channel().completed() == 1);
  CHECK(m.host.get(Reg::ChanErr) == 0);
}

TEST_CASE("IOAT: a descriptor that was being fetched at a reset is of no consequence") {
  for (const bool ok : {true, false}) {
    Machine m;
    m.fill(kSource, 64);
    m.host.put(IoatHost::copy(kSource, kTarget, 64));
    m.host.start(0, kCmp);
    m.host.doorbell(1);
    m.ask();
    REQUIRE(m.open.size() == 1);
    m.fails = [&](const Request&) { return !ok; };
    m.host.set(Reg::ChanCmd, kCmdReset);
    REQUIRE(m.step());
    m.fails = nullptr;
    CHECK(m.host.get(Reg::ChanCmd) == 0);
    CHECK(m.host.get(Reg::ChanErr) == 0);
    m.host.start(0, kCmp);
    m.host.doorbell(1);
    m.run();
    CHECK(m.host.get(Reg::ChanSts) == status_word(kRing, Status::Idle));
    CHECK(m.same(kSource, kTarget, 64));
  }
}

TEST_CASE("IOAT: an error halts behind the last good descriptor; a driver recovers and goes on") {
  for (const unsigned bad : {0u, 7u, 14u, 15u}) {
    for (const auto order : {Machine::Order::Fifo, Machine::Order::Lifo, Machine::Order::Random}) {
      for (const bool write : {false, true}) {
        ChannelOptions o;
        o.chunk = 64;
        Machine m(o, order, bad);
        m.fill(kSource, 16 * 1024);
        constexpr BusAddr kBad = 0x7000000;
        for (unsigned i = 0; i < 16; ++i) {
          const BusAddr from = kSource + 1024 * i, to = kTarget + 1024 * i;
          m.host.put(IoatHost::copy(i == bad && !write ? kBad : from, i == bad && write ? kBad : to, 1024));
        }
        m.fails = [](const Request& r) { return r.addr >= kBad && r.addr < kBad + 1024; };
        m.host.start(0, kCmp);
        m.host.doorbell(16);
        m.run();
        INFO("descriptor " << bad << ", order " << static_cast<int>(order) << (write ? ", write" : ", read"));
        const BusAddr good = bad == 0 ? 0 : m.host.slot(bad - 1);
        CHECK(m.host.get(Reg::ChanSts) == status_word(good, Status::Halted));
        CHECK(m.host.get(Reg::ChanErr) == (write ? 0x200 : 0x100));
        CHECK(m.function.read_config(kConfigChanErr) == (write ? 0x200 : 0x100));
        CHECK(m.same(kSource, kTarget, 1024 * bad));
        if (order == Machine::Order::Fifo) CHECK(m.completion() == status_word(good, Status::Halted));
        // A chain address does not arm what has an error.
        m.host.set(Reg::ChainAddr, m.host.slot(bad + 1));
        CHECK(m.host.status() == Status::Halted);
        m.host.set(Reg::ChanErr, m.host.get(Reg::ChanErr));
        CHECK(m.host.get(Reg::ChanErr) == 0);
        m.function.write_config(kConfigChanErr, 0x300);
        CHECK(m.function.read_config(kConfigChanErr) == 0);
        m.host.set(Reg::ChanCmd, kCmdReset);
        CHECK(m.host.get(Reg::ChanCmd) == 0);
        m.host.start(bad + 1, kCmp);
        CHECK(m.host.get(Reg::ChanSts) == static_cast<std::uint64_t>(Status::Armed));
        m.host.doorbell(15 - bad);
        m.run();
        CHECK(m.same(kSource + 1024 * (bad + 1), kTarget + 1024 * (bad + 1), 1024 * (15 - bad)));
        CHECK(m.host.status() == (bad == 15 ? Status::Armed : Status::Idle));
        CHECK(m.host.get(Reg::ChanErr) == 0);
      }
    }
  }
}

TEST_CASE("IOAT: of several errors the first in the chain counts, in whatever order they are found") {
  constexpr BusAddr kBad = 0x7000000;
  for (const auto order : {Machine::Order::Fifo, Machine::Order::Lifo, Machine::Order::Random}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      ChannelOptions o;
      o.chunk = 64;
      Machine m(o, order, seed);
      m.fill(kSource, 8 * 256);
      for (unsigned i = 0; i < 8; ++i)
        m.host.put(IoatHost::copy(i >= 2 && i != 4 ? kBad : kSource + 256 * i, kTarget + 256 * i, 256));
      m.fails = [](const Request& r) { return r.addr >= kBad && r.addr < kBad + 256; };
      m.host.start(0, kCmp);
      m.host.doorbell(8);
      m.run();
      INFO("order " << static_cast<int>(order) << ", seed " << seed);
      CHECK(m.host.get(Reg::ChanSts) == status_word(kRing + 64, Status::Halted));
      CHECK(m.host.get(Reg::ChanErr) == 0x100);
      CHECK(m.same(kSource, kTarget, 512));
    }
  }
}

TEST_CASE("IOAT: once a descriptor has failed nothing of it or behind it begins") {
  constexpr BusAddr kBad = 0x7000000;
  for (const auto order : {Machine::Order::Fifo, Machine::Order::Random}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      ChannelOptions o;
      o.chunk = 64;
      Machine m(o, order, seed);
      for (unsigned i = 0; i < 8; ++i)
        m.host.put(IoatHost::copy(i == 2 ? kBad : kSource + 256 * i, kTarget + 256 * i, 256));
      m.fails = [](const Request& r) { return r.addr == kBad; };
      m.host.start(0, kCmp);
      m.host.doorbell(8);
      while (!m.failed) REQUIRE(m.step());
      const std::size_t known = m.log.size();
      m.run();
      INFO("order " << static_cast<int>(order) << ", seed " << seed);
      for (std::size_t i = known; i < m.log.size(); ++i) {
        const Request& r = m.log[i];
        CHECK(r.purpose != Purpose::Descriptor);
        if (r.purpose == Purpose::Destination) CHECK(r.addr < kTarget + 512);
        if (r.purpose == Purpose::Source) CHECK(r.addr < kSource + 512);
      }
      CHECK(m.host.get(Reg::ChanSts) == status_word(kRing + 64, Status::Halted));
    }
  }
}

TEST_CASE("IOAT: wrong descriptors and addresses have errors of their own") {
  struct Row {
    const char* what;
    std::function<void(Machine&)> make;
    std::uint64_t error;
    BusAddr good;
  };
  const auto with = [](auto change) {
    return [change](Machine& m) {
      m.host.put(IoatHost::copy(kSource, kTarget, 8));
      auto d = IoatHost::copy(kSource, kTarget, 8);
      change(d);
      m.host.put(d);
      m.host.put(IoatHost::copy(kSource, kTarget, 8));
    };
  };
  const std::vector<Row> rows = {
      {"operation", with([](Descriptor& d) { d.operation = 0x87; }), 0x400, kRing},
      {"no length", with([](Descriptor& d) { d.length = 0; }), 0x800, kRing},
      {"no length, null", with([](Descriptor& d) { d.length = 0; d.null = true; }), 0x800, kRing},
      {"too long", with([](Descriptor& d) { d.length = (1u << 20) + 1; }), 0x800, kRing},
      {"next off its boundary", with([](Descriptor& d) { d.next = kRing + 0x88; }), 0x8, kRing + 64},
      {"chain off its boundary", [](Machine& m) { m.host.ring = kRing + 8; }, 0x10, 0},
      {"chain not readable",
       [](Machine& m) { m.fails = [](const Request& r) { return r.purpose == Purpose::Descriptor; }; }, 0x100, 0},
  };
  for (const Row& row : rows) {
    Machine m;
    row.make(m);
    m.host.start(0, kCmp);
    m.host.doorbell(3);
    m.run();
    INFO(row.what);
    CHECK(m.host.get(Reg::ChanErr) == row.error);
    CHECK(m.host.get(Reg::ChanSts) == status_word(row.good, Status::Halted));
    CHECK(m.completion() == status_word(row.good, Status::Halted));
    CHECK(m.function.quiet());
  }
  Machine longest;
  longest.host.put(IoatHost::copy(kSource, kTarget, 1u << 20));
  longest.host.start(0, kCmp);
  longest.host.doorbell(1);
  longest.run();
  CHECK(longest.host.status() == Status::Idle);
}

TEST_CASE("IOAT: without ERR_COMPLETION_EN an error leaves memory alone") {
  Machine m;
  m.fails = [](const Request& r) { return r.purpose == Purpose::Source; };
  m.host.put(IoatHost::copy(kSource, kTarget, 8, false));
  m.host.start(0, kCmp, 0x9);
  m.host.doorbell(1);
  m.run();
  CHECK(m.host.status() == Status::Halted);
  CHECK(m.count(Purpose::Completion) == 0);
}

TEST_CASE("IOAT: a completion that cannot be written halts; behind a link nobody tells") {
  for (const bool sees : {true, false}) {
    ChannelOptions o;
    o.sees_write_errors = sees;
    Machine m(o);
    m.fails = [](const Request& r) { return r.access == arch::Access::Write; };
    m.host.put(IoatHost::null());
    m.host.put(IoatHost::copy(kSource, kTarget, 8));
    m.host.start(0, kCmp);
    m.host.doorbell(1);
    m.run();
    CHECK(m.host.status() == (sees ? Status::Halted : Status::Idle));
    CHECK(m.host.get(Reg::ChanErr) == (sees ? 0x1000 : 0));
    CHECK(m.host.get(Reg::ChanSts) >> 6 == kRing >> 6);
    m.host.doorbell(2);
    m.run();
    CHECK(m.function.channel().completed() == (sees ? 1 : 2));
  }
}

TEST_CASE("IOAT: an interrupt follows its completion, once until it is armed again") {
  Machine m;
  m.enable_message();
  const auto round = [&] {
    auto d = IoatHost::copy(kSource, kTarget, 8);
    d.interrupt = true;
    m.host.put(d);
    m.host.doorbell(m.host.written);
    m.run();
  };
  m.host.start(0, kCmp, 0x1);
  round();
  REQUIRE(m.messages == std::vector<std::uint32_t>{77});
  CHECK(m.log.back().purpose == Purpose::Interrupt);
  CHECK(m.log.back().addr == 0xFEE0);
  CHECK(m.log.back().length == 4);
  CHECK(m.log[m.log.size() - 2].purpose == Purpose::Completion);
  CHECK((m.host.get(Reg::ChanCtrl) & 1) == 1);
  round();
  CHECK(m.messages.size() == 1);
  m.host.set(Reg::ChanCtrl, 0);  // a zero does not arm
  round();
  CHECK(m.messages.size() == 1);
  m.host.set(Reg::ChanCtrl, 1);
  CHECK((m.host.get(Reg::ChanCtrl) & 1) == 0);
  round();
  CHECK(m.messages.size() == 2);
  // Who handles it reads which channel it was, and that acknowledges.
  CHECK(m.host.get(Reg::IntrCtrl) == (kIntrMsix | kIntrStatus));
  CHECK(m.host.get(Reg::AttnStatus) == 1);
  CHECK(m.host.get(Reg::AttnStatus) == 0);
  CHECK(m.host.get(Reg::IntrCtrl) == kIntrMsix);
}

TEST_CASE("IOAT: no message without enables; a masked one waits") {
  const auto run = [](Machine& m) {
    auto d = IoatHost::copy(kSource, kTarget, 8);
    d.interrupt = true;
    m.host.put(d);
    m.host.start(0, kCmp, 0x1);
    m.host.doorbell(1);
    m.run();
  };
  Machine disabled;
  disabled.enable_message();
  disabled.function.set_control({true, false, false});
  run(disabled);
  CHECK(disabled.messages.empty());
  disabled.function.set_control({true, true, false});
  disabled.run();
  CHECK(disabled.messages.empty());  // it did not wait

  Machine off;
  off.enable_message();
  off.host.set(Reg::IntrCtrl, 0);
  run(off);
  CHECK(off.messages.empty());
  CHECK(off.host.get(Reg::AttnStatus) == 0);

  Machine master;
  master.enable_message();
  master.host.set(Reg::IntrCtrl, kIntrMaster);
  run(master);
  CHECK(master.messages.size() == 1);
  CHECK(master.host.get(Reg::IntrCtrl) == (kIntrMaster | kIntrStatus | kIntrActive));
  CHECK(master.host.get(Reg::IntrCtrl) == kIntrStatus);  // the read took the enable

  for (const bool by_function : {false, true}) {
    Machine masked;
    masked.enable_message();
    if (by_function) masked.function.set_control({true, true, true});
    if (!by_function) masked.host.write(kMsixTable + 12, 4, 1);
    run(masked);
    CHECK(masked.messages.empty());
    CHECK(masked.function.read(kMsixPba, 8) == 1);
    masked.function.set_control({true, true, false});
    masked.host.write(kMsixTable + 12, 4, 0);
    masked.run();
    CHECK(masked.messages == std::vector<std::uint32_t>{77});
    CHECK(masked.function.read(kMsixPba, 8) == 0);
    masked.run();
    CHECK(masked.messages.size() == 1);
  }
}

TEST_CASE("IOAT: ERR_INT_EN tells a halt") {
  for (const bool enabled : {true, false}) {
    Machine m;
    m.enable_message();
    m.fails = [](const Request& r) { return r.purpose == Purpose::Source; };
    m.host.put(IoatHost::copy(kSource, kTarget, 8));
    m.host.start(0, kCmp, enabled ? 0x11 : 0x1);
    m.host.doorbell(1);
    m.run();
    CHECK(m.messages.size() == (enabled ? 1 : 0));
  }
}

TEST_CASE("IOAT: without bus mastering nothing is asked for; it goes on when it has it") {
  Machine m;
  m.fill(kSource, 8);
  m.function.set_control({false, true, false});
  m.host.put(IoatHost::copy(kSource, kTarget, 8));
  m.host.start(0, kCmp);
  m.host.doorbell(1);
  m.run();
  CHECK(m.log.empty());
  CHECK(m.host.status() == Status::Active);
  m.function.set_control({true, true, false});
  m.run();
  CHECK(m.same(kSource, kTarget, 8));
}

TEST_CASE("IOAT: a function-level reset leaves the function as it was found") {
  Machine m;
  m.enable_message();
  m.host.set(Reg::GenCtrl, 1);
  m.host.start(0, kCmp);
  m.function.reset();
  CHECK_FALSE(m.function.control().bus_master);
  CHECK_FALSE(m.function.control().msix_enable);
  CHECK(m.function.read(kMsixTable, 8) == 0);
  CHECK(m.function.read(kMsixTable + 12, 4) == 1);
  CHECK(m.function.read(0x08, 1) == 0x33);
  for (const RegSpec& r : kRegisters) {
    INFO(r.name);
    if (r.reg == Reg::CbVer) continue;
    CHECK(m.host.get(r.reg) == (r.reg == Reg::ChanSts ? static_cast<std::uint64_t>(Status::Halted) : r.reset));
  }
}

TEST_CASE("IOAT: moving data allocates nothing") {
  Function f(FunctionOptions{});
  f.set_control({true, false, false});
  const auto set = [&](Reg r, std::uint64_t v) { f.write(spec_of(r).offset, spec_of(r).bytes, v); };
  set(Reg::ChainAddr, kRing);
  std::uint16_t count = 0;
  const auto round = [&] {
    set(Reg::DmaCount, count = static_cast<std::uint16_t>(count + 100));
    std::array<unsigned, 256> open{};
    unsigned n = 0;
    for (Request r;;) {
      while (f.next(r)) {
        open[n++] = r.tag;
        auto d = IoatHost::copy(kSource, kTarget, 5000);
        d.next = kRing;
        if (r.purpose == Purpose::Descriptor) d.encode(r.data);
      }
      if (n == 0) break;
      f.done(open[--n], true);
    }
  };
  round();
  const std::size_t before = test::allocations();
  round();
  CHECK(test::allocations() == before);
  CHECK(f.channel().completed() == 200);
}
