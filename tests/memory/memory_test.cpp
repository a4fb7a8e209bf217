// SPDX-License-Identifier: Apache-2.0
// The timing of memory to the picosecond: latency, channels, lines, order, errors.
#include "models/memory/memory.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/native_initiator.hpp"

using namespace phbsim;
using stats::Stat;
using test::NativeInitiator;

namespace {

constexpr Tick kRead = 250'000;
constexpr Tick kWrite = 40'000;
constexpr Tick kLine = 8'000;
constexpr RealAddr kEnd = 1ull << 56;

memory::MemoryParams params(unsigned channels = 8) {
  memory::MemoryParams p;
  p.channels = channels;
  p.latency = kRead;
  p.write_latency = kWrite;
  p.line_time = kLine;
  return p;
}

std::vector<unsigned char> bytes(std::size_t n, unsigned first) {
  std::vector<unsigned char> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<unsigned char>(first + i);
  return v;
}

/// Two of our initiators at two ports.
struct Bench {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  memory::Memory memory;
  NativeInitiator a{"a", driver}, b{"b", driver};

  explicit Bench(const memory::MemoryParams& p = params()) : memory("memory", driver, p, 2, registry) {
    a.out.bind(memory.port_in(0));
    b.out.bind(memory.port_in(1));
  }
  std::size_t read(NativeInitiator& from, Tick at, RealAddr addr, unsigned n = 128) {
    from.script.push_back(standard::read(addr, n, to_sc_time(at)));
    return from.script.size() - 1;
  }
  std::size_t write(NativeInitiator& from, Tick at, RealAddr addr, std::vector<unsigned char> data) {
    from.script.push_back(standard::write(addr, std::move(data), to_sc_time(at)));
    return from.script.size() - 1;
  }
  void run() {
    driver.start(kPsPerMs);
    REQUIRE(a.done());
    REQUIRE(b.done());
  }
  static Tick done(const NativeInitiator& from, std::size_t i) { return from.script[i].answered.value(); }
};

/// Channels of the first `lines` lines, told by contention alone: two reads at once of lines in the
/// same channel end apart, in different channels together.
std::vector<unsigned> channels_of_lines(unsigned lines) {
  // All pairs with line 0, then with the first line of each further channel, far apart in time.
  std::vector<unsigned> channel(lines, ~0u);
  Bench bench;
  struct Pair {
    unsigned of, line;
    std::size_t i;
  };
  std::vector<Pair> pairs;
  Tick at = 0;
  for (unsigned of = 0; of < lines; ++of)
    for (unsigned line = of + 1; line < lines; ++line) {
      bench.read(bench.a, at, of * 128ull);
      pairs.push_back({of, line, bench.read(bench.b, at, line * 128ull)});
      at += kPsPerUs;
    }
  bench.driver.start(kNever);
  unsigned next = 0;
  for (unsigned of = 0; of < lines; ++of) {
    if (channel[of] != ~0u) continue;
    channel[of] = next++;
    for (const Pair& p : pairs) {
      if (p.of != of) continue;
      const Tick latency = bench.b.script[p.i].answered.value() - bench.b.script[p.i].issue.value();
      if (latency == kRead + kLine) channel[p.line] = channel[of];
      if (latency != kRead && latency != kRead + kLine) FAIL("latency " << latency);
    }
  }
  return channel;
}

}  // namespace

TEST_CASE("An access alone is answered exactly at its latency") {
  Bench x;
  x.read(x.a, 1'000, 0);
  x.read(x.a, 10'000'001, 64, 8);
  x.write(x.a, 20'000'003, 128, bytes(128, 1));
  x.write(x.a, 30'000'000, 1, bytes(1, 1));
  x.run();
  CHECK(Bench::done(x.a, 0) == 1'000 + kRead);
  CHECK(Bench::done(x.a, 1) == 10'000'001 + kRead);
  CHECK(Bench::done(x.a, 2) == 20'000'003 + kWrite);
  CHECK(Bench::done(x.a, 3) == 30'000'000 + kWrite);
  CHECK(x.memory.stats()[Stat::MemWait] == 0);
  CHECK(x.memory.stats()[Stat::MemBusy] == 4 * kLine);
}

TEST_CASE("Accesses to one channel follow each other a line time apart, not a picosecond earlier") {
  Bench x;
  // The same line from both ports: the second, third and fourth wait; the channel knows no ports.
  // At one instant the events of `a` come first: they were scheduled first.
  x.read(x.a, 1'000, 0);
  x.read(x.b, 1'000, 0);
  x.write(x.a, 1'000, 0, bytes(8, 1));
  x.read(x.b, 1'000 + kLine, 0);
  // One that comes when the channel is just free, and one a picosecond before that.
  x.read(x.a, 1'000'000, 0);
  x.read(x.b, 1'000'000 + kLine, 0);
  x.read(x.a, 2'000'000, 0);
  x.read(x.b, 2'000'000 + kLine - 1, 0);
  x.run();
  CHECK(Bench::done(x.a, 0) == 1'000 + kRead);
  CHECK(Bench::done(x.a, 1) == 1'000 + kLine + kWrite);
  CHECK(Bench::done(x.b, 0) == 1'000 + 2 * kLine + kRead);
  CHECK(Bench::done(x.b, 1) == 1'000 + 3 * kLine + kRead);
  CHECK(Bench::done(x.a, 2) == 1'000'000 + kRead);
  CHECK(Bench::done(x.b, 2) == 1'000'000 + kLine + kRead);
  CHECK(Bench::done(x.a, 3) == 2'000'000 + kRead);
  CHECK(Bench::done(x.b, 3) == 2'000'000 + kLine + kRead);
  CHECK(x.memory.stats()[Stat::MemWait] == kLine + 2 * kLine + 2 * kLine + 0 + 1);
  CHECK(x.memory.stats()[Stat::MemBusy] == 8 * kLine);
  CHECK(x.memory.stats()[Stat::MemReads] == 7);
  CHECK(x.memory.stats()[Stat::MemWrites] == 1);
}

TEST_CASE("Lines are spread evenly over all channels and neighbours lie apart") {
  const auto channel = channels_of_lines(48);
  std::vector<unsigned> count(8, 0);
  unsigned neighbours = 0;
  for (std::size_t i = 0; i < channel.size(); ++i) {
    REQUIRE(channel[i] < 8);
    ++count[channel[i]];
    neighbours += i > 0 && channel[i] == channel[i - 1];
  }
  CHECK(*std::min_element(count.begin(), count.end()) >= 4);
  CHECK(*std::max_element(count.begin(), count.end()) <= 8);
  CHECK(neighbours == 0);
}

TEST_CASE("Accesses within one line share its channel, the next line does not wait") {
  Bench x;
  x.read(x.a, 0, 0, 64);
  x.read(x.b, 0, 64, 64);
  x.read(x.a, 0, 128, 64);
  x.run();
  CHECK(Bench::done(x.a, 0) == kRead);
  CHECK(Bench::done(x.b, 0) == kRead + kLine);
  CHECK(Bench::done(x.a, 1) == kRead);  // lines 0 and 1 lie in different channels
}

TEST_CASE("An access over several lines is answered with its last and counts each line") {
  memory::MemoryParams p = params(2);
  Bench x(p);
  // 16 lines over 2 channels: the fuller one decides. Lines touched: by 2 bytes across a boundary, too.
  x.read(x.a, 0, 0, 16 * 128);
  x.read(x.a, kPsPerUs, 127, 2);
  x.write(x.a, 2 * kPsPerUs, 100, bytes(200, 1));
  x.run();
  // Line numbers times the golden ratio, top bit: as the header says, Fibonacci hashing.
  unsigned upper = 0;
  for (std::uint64_t line = 0; line < 16; ++line) upper += (line * 0x9E3779B97F4A7C15ull) >> 63;
  const unsigned fuller = std::max(upper, 16 - upper);
  CHECK(Bench::done(x.a, 0) == (fuller - 1) * kLine + kRead);
  CHECK(Bench::done(x.a, 1) == kPsPerUs + kRead);
  CHECK(x.memory.stats()[Stat::MemReads] == 16 + 2);
  CHECK(x.memory.stats()[Stat::MemWrites] == 3);
  CHECK(x.memory.stats()[Stat::MemBytesRead] == 16 * 128 + 2);
  CHECK(x.memory.stats()[Stat::MemBytesWritten] == 200);
  CHECK(x.memory.stats()[Stat::MemBusy] == 21 * kLine);
}

TEST_CASE("Bytes move when an access arrives, in the order of arrival, whatever the answers' order") {
  Bench x;
  const auto w = x.write(x.a, 1'000, 0x100, bytes(8, 0x10));
  const auto r = x.read(x.b, 1'000, 0x100, 8);         // same instant, behind the write
  const auto w2 = x.write(x.a, 1'001, 0x100, bytes(8, 0x80));
  const auto late = x.read(x.b, 5'000'000, 0x100, 8);
  x.run();
  CHECK(Bench::done(x.a, w) == 1'000 + kWrite);
  CHECK(Bench::done(x.b, r) == 1'000 + kLine + kRead);
  CHECK(Bench::done(x.a, w2) < Bench::done(x.b, r));  // answered before, but came after
  CHECK(x.b.script[r].data == bytes(8, 0x10));
  CHECK(x.b.script[late].data == bytes(8, 0x80));
}

TEST_CASE("A write is in memory from its arrival on, long before its answer") {
  Bench x;
  x.write(x.a, 1'000, 0x100, bytes(8, 0x10));
  struct Look final : EventHandler {
    explicit Look(Bench& bench) : x(bench) {}
    void on_event(std::uint32_t, std::uint64_t) override { seen.push_back(x.memory.store().read_be64(0x100)); }
    Bench& x;
    std::vector<std::uint64_t> seen;
  } look(x);
  x.driver.schedule(999, &look, 0, 0);
  x.driver.schedule(1'001, &look, 0, 0);
  x.run();
  CHECK(look.seen == std::vector<std::uint64_t>{0, 0x1011121314151617ull});
}

TEST_CASE("Poisoned bytes answer with an error, move nothing and take their time") {
  Bench x;
  x.memory.store().write(0x1000, bytes(256, 1).data(), 256);
  x.memory.poison(0x1080, 16);
  const auto before = x.read(x.a, 0, 0x1070, 16);
  const auto touch = x.read(x.a, kPsPerUs, 0x1070, 17);
  const auto last = x.read(x.a, 2 * kPsPerUs, 0x108F, 1);
  const auto behind = x.read(x.a, 3 * kPsPerUs, 0x1090, 8);
  const auto around = x.read(x.a, 4 * kPsPerUs, 0x1000, 256);
  const auto write = x.write(x.a, 5 * kPsPerUs, 0x1088, bytes(2, 0xF0));
  x.run();
  CHECK(x.a.script[before].status == tlm::TLM_OK_RESPONSE);
  CHECK(x.a.script[behind].status == tlm::TLM_OK_RESPONSE);
  for (const auto i : {touch, last, around, write}) {
    CHECK(x.a.script[i].status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  }
  CHECK(x.a.script[around].data == std::vector<unsigned char>(256, 0xEE));
  CHECK(Bench::done(x.a, touch) == kPsPerUs + kRead);
  CHECK(Bench::done(x.a, write) == 5 * kPsPerUs + kWrite);
  unsigned char b[2];
  x.memory.store().read(0x1088, b, 2);
  CHECK(b[0] == static_cast<unsigned char>(1 + 0x88));
}

TEST_CASE("Addresses from 2^56 on answer with an address error and take no channel") {
  Bench x;
  const auto ok = x.read(x.a, 0, kEnd - 128, 128);
  const auto over = x.read(x.a, kPsPerUs, kEnd - 127, 128);
  const auto at = x.write(x.a, 2 * kPsPerUs, kEnd, bytes(8, 1));
  const auto far = x.read(x.a, 3 * kPsPerUs, ~0ull, 1);
  x.run();
  CHECK(x.a.script[ok].status == tlm::TLM_OK_RESPONSE);
  for (const auto i : {over, at, far}) CHECK(x.a.script[i].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(Bench::done(x.a, over) == kPsPerUs + kRead);
  CHECK(Bench::done(x.a, at) == 2 * kPsPerUs + kWrite);
  CHECK(x.memory.stats()[Stat::MemBusy] == kLine);
  CHECK(x.memory.stats()[Stat::MemReads] == 1);
  CHECK(x.memory.stats()[Stat::MemWrites] == 0);
  CHECK(x.memory.store().pages() == 0);
}

TEST_CASE("Requests without data take the same time and change no byte") {
  Bench x;
  x.memory.store().write(0x100, bytes(8, 9).data(), 8);
  struct Timing final : sc_core::sc_module, InitiatorPort::Client {
    Timing(const sc_core::sc_module_name& n, EngineDriver& d) : sc_module(n), out("out", d, *this), driver(d) {}
    void on_response(InitiatorPort&, DmaPayload&) override { at.push_back(driver.now()); }
    InitiatorPort out;
    EngineDriver& driver;
    std::vector<Tick> at;
  };
  struct Start final : EventHandler {
    void on_event(std::uint32_t, std::uint64_t) override { port->send(*payload); }
    InitiatorPort* port;
    DmaPayload* payload;
  };
  memory::Memory second("second", x.driver, params(), 1, x.registry);
  Timing t("timing", x.driver);
  t.out.bind(second.port_in(0));
  second.store().write(0x100, bytes(8, 9).data(), 8);
  DmaPayload p;
  p.prepare(tlm::TLM_WRITE_COMMAND, 0x100, 8, nullptr);
  Start s;
  s.port = &t.out;
  s.payload = &p;
  x.driver.schedule(500, &s, 0, 0);
  x.run();
  CHECK(t.at == std::vector<Tick>{500 + kWrite});
  CHECK(second.store().read_be64(0x100) == x.memory.store().read_be64(0x100));
  CHECK(second.stats()[Stat::MemBytesWritten] == 8);
}

TEST_CASE("Debug access reads and writes bytes without time") {
  EngineDriver driver("driver");
  stats::Registry registry;
  memory::Memory memory("memory", driver, params(), 1, registry);
  test::IdleInitiator idle("idle");
  idle.socket.bind(memory.port_in(0));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  auto data = bytes(300, 7);
  tlm::tlm_generic_payload p;
  p.set_write();
  p.set_address(4000);
  p.set_data_ptr(data.data());
  p.set_data_length(300);
  CHECK(idle.socket->transport_dbg(p) == 300);
  std::vector<unsigned char> out(300, 0);
  p.set_read();
  p.set_data_ptr(out.data());
  CHECK(idle.socket->transport_dbg(p) == 300);
  CHECK(out == data);
  p.set_address(kEnd - 299);
  CHECK(idle.socket->transport_dbg(p) == 0);
  CHECK(memory.stats()[Stat::MemReads] == 0);
  CHECK(driver.engine().executed() == 0);
}

TEST_CASE("A full load keeps every channel busy and none of them busier than it can be") {
  Bench x;
  for (unsigned i = 0; i < 4000; ++i) x.read(i % 2 != 0 ? x.a : x.b, 0, i * 128ull, 128);
  x.run();
  Tick last = 0;
  for (const auto* n : {&x.a, &x.b})
    for (const auto& a : n->script) last = std::max<Tick>(last, a.answered.value());
  // 4000 lines over 8 channels, evenly but for a few lines.
  CHECK(last >= 500 * kLine - kLine + kRead);
  CHECK(last <= 510 * kLine + kRead);
  CHECK(x.memory.stats()[Stat::MemBusy] == 4000 * kLine);
}
