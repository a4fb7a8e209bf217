// SPDX-License-Identifier: Apache-2.0
// Initiators written against the TLM-2.0 standard alone work with every target socket, keep to the
// base protocol together with it, and see the times that our own initiators see.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/tlm/socket_bench.hpp"

using namespace phbsim;
using namespace phbsim::test;
using sc_core::sc_time;
using standard::read;
using standard::write;

namespace {

constexpr Style kForeign[] = {Style::Lt, Style::LtManaged, Style::At, Style::AtUnmanaged};

sc_time us(unsigned n) { return sc_time(n, sc_core::SC_US); }
sc_time ps(std::uint64_t n) { return to_sc_time(n); }
std::string str(tlm::tlm_response_status s) { return std::to_string(s); }

/// Runs the script in all styles. `expected`: one status for each access; data of accesses that are
/// answered without error and times must be those of the native initiator.
struct Compared {
  Facts native;
  std::map<Style, Facts> foreign;
};

Compared compare(const Play& play, const std::vector<tlm::tlm_response_status>& expected, bool native_data = true) {
  Compared c;
  c.native = play(Style::Native);
  REQUIRE(failure(c.native) == "");
  CHECK(c.native["violations"] == "");
  CHECK(c.native["open"] == "0");
  REQUIRE(expected.size() == play.script.size());
  for (const Style style : kForeign) {
    INFO(name_of(style));
    Facts f = play(style);
    REQUIRE(failure(f) == "");
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO("access " << i);
      const std::string n = std::to_string(i);
      CHECK(f[n + ".status"] == str(expected[i]));
      CHECK(f[n + ".status"] == c.native[n + ".status"]);
      CHECK(f[n + ".latency"] == c.native[n + ".latency"]);
      if (native_data) CHECK(f[n + ".data"] == c.native[n + ".data"]);
    }
    INFO(f["violations"]);
    // Without a memory manager the initiator itself breaks a rule, once for each request.
    CHECK(f["all violations"] == (style == Style::AtUnmanaged ? f["begun"] : "0"));
    CHECK(f["memory manager"] == f["all violations"]);
    CHECK(f["open"] == "0");
    CHECK(f["live payloads"] == "0");
    const std::string all = std::to_string(expected.size());
    const bool blocking = style == Style::Lt || style == Style::LtManaged;
    CHECK(f["blocking"] == (blocking ? all : "0"));
    CHECK(f["begun"] == (blocking ? "0" : all));
    c.foreign[style] = f;
  }
  return c;
}

/// Requests that the standard lets a target refuse are refused by any socket, at once, without effect.
void refuses(Socket socket, standard::Access good) {
  Play play;
  play.socket = socket;
  standard::Access enables = good;
  enables.enables = {0xFF, 0x00};
  standard::Access streaming = good;
  streaming.streaming_width = static_cast<unsigned>(good.data.size()) / 2;
  standard::Access ignore = good;
  ignore.command = tlm::TLM_IGNORE_COMMAND;
  standard::Access later = enables;
  later.delay = ps(1234);
  play.script = {enables, streaming, ignore, later};
  for (std::size_t i = 0; i < play.script.size(); ++i) play.script[i].issue = us(1 + static_cast<unsigned>(i));
  play.more = [](SocketBench& b, Facts& facts) {
    std::uint64_t sum = 0;
    for (stats::Block* block : b.registry->blocks())
      for (std::size_t i = 0; i < block->size(); ++i)
        sum += (*block)[static_cast<stats::Stat>(static_cast<unsigned>(block->first()) + i)];
    facts["counters"] = std::to_string(sum);
    facts["page"] = hex_of(b.bytes(SocketBench::kPage[0], 256));
  };
  for (const Style style : kForeign) {
    INFO(name_of(style));
    Facts f = play(style);
    INFO(failure(f) << f["violations"]);
    CHECK(f["0.status"] == str(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE));
    CHECK(f["1.status"] == str(tlm::TLM_BURST_ERROR_RESPONSE));
    CHECK(f["2.status"] == str(tlm::TLM_OK_RESPONSE));
    CHECK(f["3.status"] == str(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE));
    for (const char* n : {"0", "1", "2", "3"}) {
      CHECK(f[std::string(n) + ".latency"] == "0");
      CHECK(f[std::string(n) + ".data"] == hex_of(good.data));
    }
    CHECK(f["counters"] == "0");
    CHECK(f["page"] == std::string(512, '0'));
    CHECK(f["open"] == "0");
    CHECK(f["live payloads"] == "0");
    CHECK(f["memory manager"] == f["all violations"]);
  }
}

/// Eight reads at once: every one is answered, with its own data, under the rules.
void many_at_once(Socket socket, const std::vector<std::uint64_t>& addresses, unsigned length,
                  const std::function<void(SocketBench&)>& before, const std::vector<std::string>& data) {
  Play play;
  play.socket = socket;
  play.outstanding = 4;
  play.before = before;
  for (unsigned round = 0; round < 4; ++round)
    for (const std::uint64_t a : addresses) play.script.push_back(read(a, length, us(1)));
  for (const Style style : kForeign) {
    INFO(name_of(style));
    Facts f = play(style);
    INFO(failure(f) << f["violations"]);
    for (std::size_t i = 0; i < play.script.size(); ++i) {
      CHECK(f[std::to_string(i) + ".status"] == str(tlm::TLM_OK_RESPONSE));
      CHECK(f[std::to_string(i) + ".data"] == data[i % data.size()]);
    }
    CHECK(f["memory manager"] == f["all violations"]);
    if (style == Style::At) {
      CHECK(f["all violations"] == "0");
      CHECK(f["most open"] == "4");
    }
    CHECK(f["live payloads"] == "0");
    CHECK(f["open"] == "0");
  }
}

void fill_pages(SocketBench& b) {
  for (unsigned i = 0; i < 3; ++i) {
    const auto bytes = pattern(4096, 0x20 * i + 1);
    b.memory->store().write(SocketBench::kPage[i], bytes.data(), bytes.size());
  }
}

std::string part(unsigned page, unsigned at, unsigned length) {
  const auto bytes = pattern(4096, 0x20 * page + 1);
  return hex_of({bytes.begin() + at, bytes.begin() + at + length});
}

/// DMA through two levels of tables, into pages that lie apart; the last access freezes the PE.
Play dma(Socket socket) {
  Play play;
  play.socket = socket;
  play.script = {
      write(0x0100, pattern(256, 1), us(10)),        // RTT fetch and a walk of two levels
      read(0x0100, 256, us(20)),
      write(0x0F80, pattern(300, 77), us(30)),       // into the next page
      read(0x0F80, 300, us(40)),
      read(0x1003, 61, us(50), ps(3001)),            // annotated delay
      read(0x1003, 61, us(60), us(5)),
      read(0x2000, 128, us(80)),                     // read-only page
      write(0x2000, pattern(128, 9), us(90)),        // access fault: freezes
      read(0x0100, 8, us(100)),                      // the PE is stopped
  };
  play.before = [](SocketBench& b) { fill_pages(b); };
  play.more = [](SocketBench& b, Facts& facts) {
    facts["page 0"] = hex_of(b.bytes(SocketBench::kPage[0], 4096));
    facts["page 1"] = hex_of(b.bytes(SocketBench::kPage[1], 4096));
    facts["page 2"] = hex_of(b.bytes(SocketBench::kPage[2], 4096));
    facts["walks"] = std::to_string(b.tce->stats()[stats::Stat::TceWalks]);
  };
  return play;
}

void check_dma(Socket socket) {
  const auto ok = tlm::TLM_OK_RESPONSE;
  const auto fault = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  const Play play = dma(socket);
  Compared c = compare(play, {ok, ok, ok, ok, ok, ok, ok, fault, fault});
  auto page0 = pattern(4096, 1), page1 = pattern(4096, 0x21);
  const auto first = pattern(256, 1), second = pattern(300, 77);
  std::copy(first.begin(), first.end(), page0.begin() + 0x100);
  std::copy_n(second.begin(), 128, page0.begin() + 0xF80);
  std::copy(second.begin() + 128, second.end(), page1.begin());
  for (auto& [style, f] : c.foreign) {
    INFO(name_of(style));
    CHECK(f["1.data"] == hex_of(first));
    CHECK(f["3.data"] == hex_of(second));
    CHECK(f["4.data"] == hex_of({page1.begin() + 3, page1.begin() + 64}));
    CHECK(f["6.data"] == part(2, 0, 128));
    CHECK(f["page 0"] == hex_of(page0));
    CHECK(f["page 1"] == hex_of(page1));
    CHECK(f["page 2"] == part(2, 0, 4096));
    CHECK(f["walks"] == c.native["walks"]);
    // The same request with another delay takes the same time from its local time on.
    CHECK(f["4.latency"] == f["5.latency"]);
    CHECK(f["4.latency"] != "0");
    CHECK(std::stoull(f["5.answered"]) - std::stoull(f["4.answered"]) == (us(65) - us(50) - ps(3001)).value());
  }
}

}  // namespace

TEST_CASE("Memory serves plain initiators like our own") {
  Play play;
  play.socket = Socket::Memory;
  const auto ok = tlm::TLM_OK_RESPONSE;
  constexpr std::uint64_t kEnd = 1ull << 56;
  play.script = {write(0x1234567, pattern(300, 5), us(1)), read(0x1234567, 300, us(2)),
                 read(0x1234567, 300, us(3), ps(12345)),   write(kEnd - 64, pattern(64, 3), us(4)),
                 read(kEnd - 64, 64, us(5)),               read(kEnd - 63, 64, us(6)),
                 write(kEnd, pattern(8, 1), us(7)),        read(~0ull - 7, 8, us(8))};
  play.more = [](SocketBench& b, Facts& f) { f["store"] = hex_of(b.bytes(0x1234567, 300)); };
  const auto error = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  Compared c = compare(play, {ok, ok, ok, ok, ok, error, error, error});
  for (auto& [style, f] : c.foreign) {
    INFO(name_of(style));
    CHECK(f["store"] == hex_of(pattern(300, 5)));
    CHECK(f["1.data"] == hex_of(pattern(300, 5)));
    CHECK(f["2.data"] == hex_of(pattern(300, 5)));
    CHECK(f["4.data"] == hex_of(pattern(64, 3)));
    CHECK(f["5.data"] == hex_of(std::vector<unsigned char>(64, 0xEE)));  // untouched
    CHECK(f["0.latency"] == std::to_string(memory::MemoryParams{}.write_latency));
    CHECK(f["4.latency"] == std::to_string(memory::MemoryParams{}.latency));
  }
}

TEST_CASE("The PHB's link socket serves plain initiators like our own") { check_dma(Socket::PhbLink); }

TEST_CASE("The link's device socket serves plain initiators like our own") { check_dma(Socket::LinkDevice); }

TEST_CASE("An unmapped page answers plain initiators with an address error") {
  for (const Socket socket : {Socket::PhbLink, Socket::LinkDevice}) {
    Play play;
    play.socket = socket;
    play.script = {read(0x3000, 64, us(1))};
    compare(play, {tlm::TLM_ADDRESS_ERROR_RESPONSE});
    play.script = {write(64 * kGiB, pattern(64, 1), us(1))};  // beyond the window
    compare(play, {tlm::TLM_ADDRESS_ERROR_RESPONSE});
  }
}

TEST_CASE("The PHB's register socket serves plain initiators like our own") {
  Play play;
  play.socket = Socket::PhbRegisters;
  const std::uint32_t at = arch::offset_of(arch::Reg::NxlatePrefix);
  play.script = {write(at, be64(0x0123456789ABCDEFull), us(1)),
                 read(at, 8, us(2)),
                 read(arch::offset_of(arch::Reg::Version), 8, us(3), ps(777)),
                 read(0x1000, 8, us(4)),
                 read(at, 4, us(5)),
                 write(at, pattern(16, 1), us(6)),
                 read(at + 4, 8, us(7)),
                 read(at, 8, us(8))};
  const auto ok = tlm::TLM_OK_RESPONSE;
  const auto burst = tlm::TLM_BURST_ERROR_RESPONSE;
  Compared c = compare(play, {ok, ok, ok, ok, ok, burst, burst, ok});
  for (auto& [style, f] : c.foreign) {
    INFO(name_of(style));
    CHECK(f["1.data"] == "0123456789abcdef");
    CHECK(f["2.data"] == "000000a400000002");
    CHECK(f["3.data"] == "ffffffffffffffff");  // no such register
    CHECK(f["4.data"] == "ffffffff");          // a register takes 8 bytes only: an error that fences
    CHECK(f["7.data"] == "ffffffffffffffff");  // by firmware's masks (phb.md 5.3)
    CHECK(f["2.latency"] == std::to_string(phb::PhbParams{}.register_latency));
  }
}

TEST_CASE("The TCE unit's lookup socket gives plain initiators the TCE of their PE and TVE") {
  Play play;
  play.socket = Socket::TceLookup;
  play.script = {read(0x0123, 8, us(1)),
                 read(0x0456, 8, us(2)),  // the same page: a hit
                 read(0x1FF8, 8, us(3), ps(333)),
                 read(0x2000, 8, us(4)),
                 write(0x1000, pattern(8, 1), us(5)),
                 write(0x2000, pattern(8, 1), us(6)),
                 read(0x3000, 8, us(7))};
  const auto ok = tlm::TLM_OK_RESPONSE;
  const auto fault = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  Compared c = compare(play, {ok, ok, ok, ok, ok, fault, fault}, /*native_data=*/false);
  for (auto& [style, f] : c.foreign) {
    INFO(name_of(style));
    CHECK(f["0.data"] == hex_of(be64(SocketBench::kPage[0] | 3)));
    CHECK(f["1.data"] == f["0.data"]);
    CHECK(f["2.data"] == hex_of(be64(SocketBench::kPage[1] | 3)));
    CHECK(f["3.data"] == hex_of(be64(SocketBench::kPage[2] | 1)));
    CHECK(f["4.data"] == hex_of(pattern(8, 1)));
    CHECK(f["6.data"] == std::string(16, 'e'));
    CHECK(f["1.latency"] == "3000");  // hit_cycles
    CHECK(std::stoull(f["0.latency"]) == 2000 + SocketBench::kLevels * memory::MemoryParams{}.latency);
  }
}

TEST_CASE("A plain lookup beyond the window or without a window gives an address error") {
  for (const bool beyond : {true, false}) {
    Play play;
    play.socket = Socket::TceLookup;
    play.script = {read(beyond ? 64 * kGiB : 0x0000, 8, us(1))};
    if (!beyond) play.before = [](SocketBench& b) { b.put(0, 0); };
    for (const Style style : kForeign) {
      INFO(name_of(style));
      Facts f = play(style);
      CHECK(f["0.status"] == str(tlm::TLM_ADDRESS_ERROR_RESPONSE));
      CHECK(f["0.data"] == std::string(16, 'e'));
      CHECK(f["memory manager"] == f["all violations"]);
    }
  }
}

TEST_CASE("The TCE unit's kill socket takes kill words from plain initiators") {
  Play play;
  play.socket = Socket::TceKill;
  const auto& facts = arch::facts_of(arch::Generation::Phb4, arch::PhbSize::Big);
  play.script = {write(0x210, be64(arch::encode_kill_pe(5)), us(1)),
                 write(0x210, be64(arch::encode_kill_one(5, 0x1000, 12, facts)), us(3), ps(4321)),
                 write(0x210, be64(0), us(5)),
                 read(0x210, 8, us(7)),
                 write(0x210, pattern(4, 1), us(8))};
  const auto ok = tlm::TLM_OK_RESPONSE;
  Compared c = compare(play, {ok, ok, ok, tlm::TLM_COMMAND_ERROR_RESPONSE, tlm::TLM_BURST_ERROR_RESPONSE});
  for (auto& [style, f] : c.foreign) {
    CHECK(f["0.latency"] == "256000");  // a quarter of the entries
    CHECK(f["1.latency"] == "8000");    // kill_one_cycles
  }
}

TEST_CASE("A TCE unit whose lookups take no time answers all the same") {
  Play play;
  play.socket = Socket::TceLookup;
  play.cycles = 0;
  play.script = {read(0x0123, 8, us(1)), read(0x0456, 8, us(2)), write(0x2000, pattern(8, 1), us(3)),
                 write(0x2000, pattern(8, 1), us(4))};
  const auto fault = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  Compared c = compare(play, {tlm::TLM_OK_RESPONSE, tlm::TLM_OK_RESPONSE, fault, fault}, /*native_data=*/false);
  for (auto& [style, f] : c.foreign) CHECK(f["1.latency"] == "0");
  play.script = {read(64 * kGiB, 8, us(1))};
  for (const Style style : kForeign) CHECK(play(style)["0.status"] == str(fault));
}

TEST_CASE("A link without propagation answers a load of no device all the same") {
  Play play;
  play.socket = Socket::LinkHost;
  play.cycles = 0;
  play.script = {read(0, 4, us(1)), read(SocketBench::kBar, 4, us(2))};
  compare(play, {tlm::TLM_ADDRESS_ERROR_RESPONSE, tlm::TLM_OK_RESPONSE}, /*native_data=*/false);
}

TEST_CASE("The link's host socket serves plain initiators like our own") {
  Play play;
  play.socket = Socket::LinkHost;
  constexpr BusAddr kBar = SocketBench::kBar;
  play.script = {write(kBar + 0x100, pattern(8, 3), us(1)),       read(kBar + 0x100, 8, us(2)),
                 read(kBar + 0x102, 4, us(3), ps(1717)),          write(kBar + 0xFF80, pattern(128, 9), us(4)),
                 read(kBar + 0xFF80, 128, us(5)),                 read(kBar + 0x10000, 4, us(6)),
                 write(kBar - 4, pattern(8, 1), us(7)),           read(kBar, 1024, us(8))};
  const auto ok = tlm::TLM_OK_RESPONSE;
  const auto error = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  play.more = [](SocketBench& b, Facts& f) { f["registers"] = hex_of(b.bytes(kBar + 0x100, 8)); };
  Compared c = compare(play, {ok, ok, ok, ok, ok, error, error, tlm::TLM_BURST_ERROR_RESPONSE});
  for (auto& [style, f] : c.foreign) {
    INFO(name_of(style));
    CHECK(f["registers"] == hex_of(pattern(8, 3)));
    CHECK(f["1.data"] == hex_of(pattern(8, 3)));
    CHECK(f["4.data"] == hex_of(pattern(128, 9)));
  }
}

TEST_CASE("The host agent takes command frames from plain initiators") {
  Play play;
  play.socket = Socket::HostCommands;
  const auto frame = [](MapCommand::Kind kind, std::uint32_t table, std::uint64_t index, std::uint64_t count) {
    MapCommand c;
    c.kind = kind;
    c.table = table;
    c.index = index;
    c.count = count;
    c.tce = 0x700000003;
    c.stride = 0x1000;
    std::vector<unsigned char> v(MapCommand::kBytes);
    c.encode(v.data());
    return v;
  };
  using Kind = MapCommand::Kind;
  play.script = {write(0, frame(Kind::Put, 0, 100, 3), us(1)),
                 write(0, frame(Kind::Put, 0, 8192 + 5, 2), us(20), ps(55)),  // a new lower table
                 write(0, frame(Kind::Clear, 0, 101, 1), us(40)),
                 read(0, MapCommand::kBytes, us(60)),
                 write(0, pattern(39, 1), us(61)),
                 write(0, frame(Kind::Put, 1, 0, 1), us(62)),
                 write(0, frame(Kind::Put, 0, 0, 0), us(63)),
                 write(0, frame(static_cast<Kind>(6), 0, 0, 1), us(64))};
  play.more = [](SocketBench& b, Facts& f) {
    f["entries"] = hex_of(b.bytes(b.table->leaf_address(100), 24));
    f["lower"] = hex_of(b.bytes(b.table->leaf_address(8192 + 5), 16));
    f["first"] = hex_of(b.bytes(b.table->leaf_address(0), 24));
  };
  const auto ok = tlm::TLM_OK_RESPONSE;
  const auto bad = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  Compared c = compare(play, {ok, ok, ok, tlm::TLM_COMMAND_ERROR_RESPONSE, tlm::TLM_BURST_ERROR_RESPONSE, bad, bad, bad});
  for (auto& [style, f] : c.foreign) {
    CHECK(f["entries"] == hex_of(be64(0x700000003)) + hex_of(be64(0)) + hex_of(be64(0x700002003)));
    CHECK(f["lower"] == hex_of(be64(0x700000003)) + hex_of(be64(0x700001003)));
    CHECK(f["first"] == hex_of(be64(SocketBench::kPage[0] | 3)) + hex_of(be64(SocketBench::kPage[1] | 3)) +
                            hex_of(be64(SocketBench::kPage[2] | 1)));
  }
}

TEST_CASE("Every socket refuses byte enables and streaming and ignores the ignore command") {
  for (const Socket s : {Socket::Memory, Socket::PhbLink, Socket::LinkDevice}) {
    INFO("socket " << static_cast<int>(s));
    refuses(s, write(0x0000, pattern(64, 0x31)));
  }
  for (const Socket s : {Socket::PhbRegisters, Socket::TceLookup, Socket::TceKill}) {
    INFO("socket " << static_cast<int>(s));
    refuses(s, write(0x210, be64(arch::encode_kill_pe(5))));
  }
  refuses(Socket::LinkHost, write(SocketBench::kBar, pattern(64, 0x31)));
  refuses(Socket::HostCommands, write(0, pattern(MapCommand::kBytes, 1)));
}

TEST_CASE("Memory serves several outstanding accesses of a plain initiator") {
  many_at_once(Socket::Memory, {SocketBench::kPage[0], SocketBench::kPage[1] + 64}, 200, fill_pages,
               {part(0, 0, 200), part(1, 64, 200)});
}

TEST_CASE("The PHB serves several outstanding accesses of a plain initiator") {
  many_at_once(Socket::PhbLink, {0x0000, 0x1040, 0x2F00}, 200, fill_pages,
               {part(0, 0, 200), part(1, 64, 200), part(2, 0xF00, 200)});
}

TEST_CASE("The link serves several outstanding accesses of a plain initiator") {
  many_at_once(Socket::LinkDevice, {0x0000, 0x1040, 0x2800}, 1100, fill_pages,
               {part(0, 0, 1100), part(1, 64, 1100), part(2, 0x800, 1100)});
}

TEST_CASE("The link serves several outstanding loads of a plain initiator") {
  const auto registers = [](SocketBench& b) {
    const auto bytes = pattern(4096, 1);
    b.memory->store().write(SocketBench::kBar, bytes.data(), bytes.size());
  };
  many_at_once(Socket::LinkHost, {SocketBench::kBar, SocketBench::kBar + 0x404}, 8, registers,
               {part(0, 0, 8), part(0, 0x404, 8)});
}

TEST_CASE("The TCE unit serves several outstanding lookups of a plain initiator") {
  many_at_once(Socket::TceLookup, {0x0000, 0x1000, 0x2000}, 8, nullptr,
               {hex_of(be64(SocketBench::kPage[0] | 3)), hex_of(be64(SocketBench::kPage[1] | 3)),
                hex_of(be64(SocketBench::kPage[2] | 1))});
}

TEST_CASE("Registers and kills serve several outstanding accesses of a plain initiator") {
  many_at_once(Socket::PhbRegisters, {0x800, 0x1000}, 8, nullptr, {"000000a400000002", "ffffffffffffffff"});
  Play play;
  play.socket = Socket::TceKill;
  play.outstanding = 4;
  for (unsigned i = 0; i < 8; ++i) play.script.push_back(write(0x210, be64(arch::encode_kill_pe(5)), us(1)));
  for (const Style style : {Style::Lt, Style::At}) {
    Facts f = play(style);
    INFO(failure(f) << f["violations"]);
    CHECK(f["violations"] == "");
    // One at a time; each takes a quarter of the directory's entries in cycles.
    std::vector<std::uint64_t> answered, expected;
    for (unsigned i = 0; i < 8; ++i) {
      answered.push_back(std::stoull(f[std::to_string(i) + ".answered"]));
      expected.push_back(1'000'000 + 256'000 * (i + 1));
    }
    std::sort(answered.begin(), answered.end());
    CHECK(answered == expected);
  }
}

TEST_CASE("A plain initiator sees the same times with run-ahead off") {
  for (const Socket socket : {Socket::Memory, Socket::PhbLink, Socket::LinkDevice, Socket::LinkHost}) {
    Play play = socket == Socket::LinkHost ? Play{} : socket == Socket::Memory ? Play{} : dma(socket);
    if (socket == Socket::Memory) play.script = {read(0x100, 256, us(1)), write(0x100, pattern(256, 1), us(2), ps(5))};
    if (socket == Socket::LinkHost) {
      play.socket = socket;
      play.script = {write(SocketBench::kBar, pattern(8, 1), us(1)), read(SocketBench::kBar, 8, us(1), ps(9))};
    }
    play.outstanding = 2;
    for (const Style style : {Style::Native, Style::Lt, Style::At}) {
      INFO(name_of(style));
      play.run_ahead = true;
      const Facts on = play(style);
      play.run_ahead = false;
      const Facts off = play(style);
      CHECK(on == off);
      CHECK(failure(on) == "");
    }
  }
}
