// SPDX-License-Identifier: Apache-2.0
// GDB's remote serial protocol, packet by packet, without sockets.
#include "platform/firmware/gdb_protocol.hpp"

#include <map>
#include <set>
#include <vector>

#include "platform/firmware/gdb_text.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::firmware;

namespace {

struct Target final : DebugTarget {
  bool little = false;
  std::map<std::string, std::uint64_t> registers;
  std::vector<std::string> written;
  std::map<std::uint64_t, unsigned char> memory;  ///< the bytes that there are
  std::set<std::string> points;
  std::string asked;

  bool little_endian() const override { return little; }
  std::uint64_t read_register(const DebugRegister& r) override { return registers[std::string(r.name)]; }
  void write_register(const DebugRegister& r, std::uint64_t v) override {
    registers[std::string(r.name)] = v;
    written.emplace_back(r.name);
  }
  bool read_memory(std::uint64_t addr, unsigned char* bytes, std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (memory.count(addr + i) == 0) return false;
      bytes[i] = memory[addr + i];
    }
    return true;
  }
  bool write_memory(std::uint64_t addr, const unsigned char* bytes, std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (memory.count(addr + i) == 0) return false;
      memory[addr + i] = bytes[i];
    }
    return true;
  }
  static std::string name(Point p, std::uint64_t addr, std::uint64_t bytes) {
    return std::to_string(static_cast<int>(p)) + "@" + std::to_string(addr) + "/" + std::to_string(bytes);
  }
  bool insert(Point p, std::uint64_t addr, std::uint64_t bytes) override {
    if (addr % 4 != 0) return false;
    points.insert(name(p, addr, bytes));
    return true;
  }
  bool remove(Point p, std::uint64_t addr, std::uint64_t bytes) override {
    return points.erase(name(p, addr, bytes)) != 0;
  }
  void remove_all() override { points.clear(); }
  std::string monitor(const std::string& command) override {
    asked = command;
    return command == "silent" ? "" : command == "long" ? std::string(100000, 'x') : "one\ntwo\n";
  }
};

/// Written after the protocol's page alone.
std::string framed(const std::string& body) {
  unsigned sum = 0;
  for (const char c : body) sum += static_cast<unsigned char>(c);
  char tail[4];
  std::snprintf(tail, sizeof tail, "#%02x", sum % 256);
  return "$" + body + tail;
}

struct Session {
  Target target;
  GdbProtocol protocol{target};

  Session() {
    for (unsigned i = 0; i < 64; ++i) target.memory[0x1000 + i] = static_cast<unsigned char>(i);
    target.registers["r3"] = 0x0123456789abcdef;
    target.registers["pc"] = 0x20000;
    target.registers["cr"] = 0x24000842;
  }
  std::string raw(const std::string& bytes) {
    protocol.receive(bytes);
    while (protocol.serve()) {
    }
    return protocol.take_output();
  }
  /// The body that answers, without acknowledgement and frame, both of which are checked.
  std::string ask(const std::string& body) {
    const std::string out = raw(framed(body));
    if (out.size() < 5 || out.substr(0, 2) != "+$" || out[out.size() - 3] != '#') return "no answer: " + out;
    const std::string answer = out.substr(2, out.size() - 5);
    CHECK(out == "+" + framed(answer));
    return answer;
  }
};

unsigned number_of(const std::string& name) {
  for (unsigned i = 0; i < kDebugRegisters.size(); ++i)
    if (kDebugRegisters[i].name == name) return i;
  FAIL(name);
  return 0;
}

}  // namespace

TEST_CASE("What GDB asks at the start is answered") {
  Session s;
  CHECK(s.ask("qSupported:multiprocess+;swbreak+").find("PacketSize=4000;QStartNoAckMode+;qXfer:features:read+") == 0);
  CHECK(s.ask("?") == "T05thread:1;");
  CHECK(s.ask("qC") == "QC1");
  CHECK(s.ask("qfThreadInfo") == "m1");
  CHECK(s.ask("qsThreadInfo") == "l");
  CHECK(s.ask("qAttached") == "1");
  CHECK(s.ask("Hg0") == "OK");
  CHECK(s.ask("T1") == "OK");
  CHECK(s.ask("vCont?") == "vCont;c;C;s;S");
  CHECK(s.ask("vMustReplyEmpty").empty());
  CHECK(s.ask("qTStatus").empty());
  CHECK(s.ask("!").empty());
  CHECK(s.ask("").empty());
  CHECK_FALSE(s.protocol.take_resume().has_value());
}

TEST_CASE("The target description comes in parts and names each register once, of its size") {
  Session s;
  std::string all;
  for (std::size_t n = 0;; ++n) {
    const std::string part = s.ask("qXfer:features:read:target.xml:" + [&] {
      char hex[20];
      std::snprintf(hex, sizeof hex, "%zx,80", all.size());
      return std::string(hex);
    }());
    REQUIRE(n < 1000);
    const auto plain = gdb::unescape(part.substr(1));
    REQUIRE(plain.has_value());
    all += *plain;
    if (part[0] == 'l') break;
    REQUIRE(part[0] == 'm');
    CHECK(plain->size() == 0x80);
  }
  CHECK(all == target_description());
  CHECK(all.find("<architecture>powerpc:common64</architecture>") != std::string::npos);
  const auto core = all.find("org.gnu.gdb.power.core"), own = all.find("phbsim.power.spr");
  REQUIRE(core != std::string::npos);
  // What GDB requires of the core feature.
  std::vector<std::string> names;
  for (unsigned i = 0; i < 32; ++i) names.push_back("r" + std::to_string(i));
  for (const char* n : {"pc", "msr", "cr", "lr", "ctr", "xer"}) names.emplace_back(n);
  auto at = core;
  for (const auto& n : names) {
    const bool word = n == "cr" || n == "xer";
    at = all.find("<reg name=\"" + n + "\" bitsize=\"" + (word ? "32" : "64") + "\"", at);
    REQUIRE(at != std::string::npos);
    CHECK(at < own);
  }
  CHECK(s.ask("qXfer:features:read:target.xml:100000,80") == "l");
  CHECK(s.ask("qXfer:features:read:other.xml:0,80") == "E00");
  CHECK(s.ask("qXfer:features:read:target.xml:0") == "E16");
}

TEST_CASE("Registers travel in the byte order of the target") {
  Session s;
  s.target.little = GENERATE(false, true);
  const std::string r3 = s.target.little ? "efcdab8967452301" : "0123456789abcdef";
  const std::string cr = s.target.little ? "42080024" : "24000842";
  CHECK(s.ask("p3") == r3);
  CHECK(s.ask("p22") == cr);  // 34: after r0-r31, pc, msr
  CHECK(s.ask("p20") == (s.target.little ? "0000020000000000" : "0000000000020000"));
  const std::string all = s.ask("g");
  CHECK(all.substr(3 * 16, 16) == r3);
  CHECK(all.substr(34 * 16, 8) == cr);
  std::size_t length = 0;
  for (const auto& r : kDebugRegisters) length += 2 * r.bytes;
  CHECK(all.size() == length);

  CHECK(s.ask("P4=" + r3) == "OK");
  CHECK(s.target.registers["r4"] == 0x0123456789abcdef);
  CHECK(s.ask("P22=" + cr) == "OK");
  // Of all registers only those that change are written.
  s.target.written.clear();
  std::string changed = s.ask("g");
  changed.replace(5 * 16, 16, r3);
  CHECK(s.ask("G" + changed) == "OK");
  CHECK(s.target.written == std::vector<std::string>{"r5"});
  CHECK(s.target.registers["r5"] == 0x0123456789abcdef);

  CHECK(s.ask("p" + [] {
    char t[8];
    std::snprintf(t, sizeof t, "%x", kDebugRegisterCount);
    return std::string(t);
  }()) == "E16");
  CHECK(s.ask("p") == "E16");
  CHECK(s.ask("pxyz") == "E16");
  CHECK(s.ask("p26") == "xxxxxxxxxxxxxxxx");  // f0
  CHECK(s.ask("P26=" + r3) == "E1c");
  CHECK(s.ask("P3=0123") == "E16");
  CHECK(s.ask("P22=" + r3) == "E16");
  CHECK(s.ask("P3") == "E16");
  CHECK(s.ask("Pffff=" + r3) == "E16");
  CHECK(s.ask("G" + changed.substr(2)) == "E16");
  CHECK(s.ask("G" + changed + "00") == "E16");
  CHECK(s.ask("Gxx") == "E16");
  CHECK(number_of("r31") == 31);
}

TEST_CASE("Memory is read and written as bytes, in hexadecimal and in binary") {
  Session s;
  CHECK(s.ask("m1000,4") == "00010203");
  CHECK(s.ask("m103f,1") == "3f");
  CHECK(s.ask("m1000,0").empty());
  CHECK(s.ask("m103f,2") == "E0e");
  CHECK(s.ask("M1002,3:aAbBcC") == "OK");
  CHECK(s.ask("m1000,6") == "0001aabbcc05");
  CHECK(s.ask("X1010,0:") == "OK");
  CHECK(s.ask(std::string("X1010,4:") + "}\x03" + "}\x04" + "a" + std::string(1, '\0')) == "OK");  // '#', '$', 'a', 0
  CHECK(s.ask("m1010,4") == "23246100");
  CHECK(s.ask("M103f,2:0102") == "E0e");
  for (const char* bad : {"m", "m,", "m1000", "m1000,", "mxyz,4", "m1000,zz", "m10000000000000000,1", "M1000,2:01",
                          "M1000,1:0", "M1000,1:zz", "M1000", "X1000,1:ab", "X1000,1:}", "X1000"})
    CHECK(s.ask(bad) == "E16");
  // A length that no packet can carry is answered with a part.
  for (unsigned i = 0; i < 0x4000; ++i) s.target.memory[0x100000 + i] = 7;
  const std::string part = s.ask("m100000,4000");
  CHECK(part.size() + 4 <= GdbProtocol::kPacketBytes);
  CHECK(part.size() > 0x3000);
  CHECK(s.ask("mfffffffffffffff0,ffffffffffffffff") == "E0e");
}

TEST_CASE("Points of all kinds are set and removed") {
  Session s;
  CHECK(s.ask("Z0,20000,4") == "OK");
  CHECK(s.ask("Z1,20004,4;X1,0") == "OK");
  CHECK(s.ask("Z2,30000,8") == "OK");
  CHECK(s.target.points == std::set<std::string>{"0@131072/4", "1@131076/4", "2@196608/8"});
  CHECK(s.ask("z1,20004,4") == "OK");
  CHECK(s.ask("z1,20004,4") == "E1c");
  CHECK(s.ask("Z0,20002,4") == "E1c");
  CHECK(s.ask("Z5,20000,4").empty());
  for (const char* bad : {"Z", "Z0", "Z0,", "Z0,1", "Z0,x,4", "z0,20000", "Zq,20000,4"}) CHECK(s.ask(bad) == "E16");
  CHECK(s.target.points.size() == 2);
  CHECK(s.ask("D") == "OK");
  CHECK(s.target.points.empty());
  CHECK(s.protocol.take_resume() == DebugResume::Detach);
}

TEST_CASE("The target runs, is stopped, and says why") {
  Session s;
  CHECK(s.raw(framed("vCont;s:1;c")) == "+");
  CHECK(s.protocol.take_resume() == DebugResume::Step);
  CHECK(s.raw(framed("g")).empty());  // running: read later
  s.protocol.stopped({});
  CHECK(s.protocol.take_output() == framed("T05thread:1;"));
  CHECK(s.raw("").size() > 500);

  CHECK(s.raw(framed("c")) == "+");
  CHECK(s.raw(framed("p3")).empty());  // asked to run, not yet taken
  CHECK(s.protocol.take_resume() == DebugResume::Continue);
  CHECK_FALSE(s.protocol.take_interrupt());
  s.protocol.receive("\x03");
  CHECK(s.protocol.take_interrupt());
  CHECK_FALSE(s.protocol.take_interrupt());
  DebugStop stop;
  stop.signal = DebugStop::kInterrupt;
  s.protocol.stopped(stop);
  CHECK(s.raw("") == framed("T02thread:1;") + "+" + framed("0123456789abcdef"));
  CHECK(s.ask("?") == "T02thread:1;");

  CHECK(s.raw(framed("C05;30000")) == "+");
  CHECK(s.target.registers["pc"] == 0x30000);
  CHECK(s.protocol.take_resume() == DebugResume::Continue);
  stop = {};
  stop.watchpoint = true;
  stop.watch = Point::Access;
  stop.address = 0xdead0;
  stop.text = "hi";
  s.protocol.stopped(stop);
  CHECK(s.protocol.take_output() == framed("O68690a") + framed("T05awatch:dead0;thread:1;"));
  CHECK(s.raw(framed("S05")) == "+");
  CHECK(s.protocol.take_resume() == DebugResume::Step);
  s.protocol.exited(3);
  CHECK(s.protocol.take_output() == framed("W03"));

  CHECK(s.raw(framed("s40000")) == "+");
  CHECK(s.target.registers["pc"] == 0x40000);
  CHECK(s.protocol.take_resume() == DebugResume::Step);
  s.protocol.stopped({});
  s.protocol.take_output();
  CHECK(s.ask("cxyz") == "E16");
  CHECK(s.ask("vCont;t") == "E16");
  CHECK(s.ask("vCont;") == "E16");
  CHECK_FALSE(s.protocol.take_resume().has_value());
  CHECK(s.ask("vKill;1") == "OK");
  CHECK(s.protocol.take_resume() == DebugResume::Kill);
  s.protocol.stopped({});
  s.protocol.take_output();
  CHECK(s.raw(framed("k")) == "+");
  CHECK(s.protocol.take_resume() == DebugResume::Kill);
}

TEST_CASE("Monitor commands print text") {
  Session s;
  CHECK(s.ask("qRcmd,74696d65") == "6f6e650a74776f0a");
  CHECK(s.target.asked == "time");
  CHECK(s.ask("qRcmd,73696c656e74") == "OK");
  CHECK(s.ask("qRcmd,7") == "E16");
  CHECK(s.ask("qRcmd,6c6f6e67").size() < GdbProtocol::kPacketBytes);
}

TEST_CASE("Acknowledgements: wrong sums are refused, lost answers repeated, none at all on request") {
  Session s;
  CHECK(s.raw("$p3#00") == "-");
  CHECK(s.raw("$p3#zz") == "-");
  CHECK(s.raw(framed("p3")) == "+" + framed("0123456789abcdef"));
  CHECK(s.raw("-") == framed("0123456789abcdef"));
  CHECK(s.raw("+") == "");
  CHECK(s.raw("noise\x03+" + framed("qC")) == "+" + framed("QC1"));
  // A packet in pieces, and two at once.
  const std::string whole = framed("m1000,2");
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) CHECK(s.raw(whole.substr(i, 1)).empty());
  CHECK(s.raw(whole.substr(whole.size() - 1)) == "+" + framed("0001"));
  CHECK(s.raw(framed("qC") + framed("?")) == "+" + framed("QC1") + "+" + framed("T05thread:1;"));
  CHECK(s.raw(framed("QStartNoAckMode")) == "+" + framed("OK"));
  CHECK(s.raw(framed("qC")) == framed("QC1"));
  CHECK(s.raw("-").empty());
}

TEST_CASE("Whatever bytes come, the next good packet is answered") {
  Session s;
  std::uint64_t state = 7;
  const auto next = [&state] { return state = state * 6364136223846793005ull + 1442695040888963407ull, state >> 33; };
  const std::string letters = "gGpPmMXcsCSZzvqQDkHT?!,:;=#$}0123456789abcdefxz-+\x03";
  const std::vector<std::string> heads = {"m1000,",      "M1000,4:", "X1000,2:",
                                          "G0000",       "P3=",      "Z0,",
                                          "vCont;",      "qRcmd,",   "qXfer:features:read:target.xml:",
                                          "qSupported:", "p",        "z2,"};
  for (unsigned round = 0; round < 20000; ++round) {
    std::string body = next() % 2 != 0 ? heads[next() % heads.size()] : "";
    for (auto n = next() % 20; n > 0; --n)
      body += next() % 8 == 0 ? static_cast<char>(next()) : letters[next() % letters.size()];
    s.raw(next() % 4 == 0 ? body : framed(body));
    if (s.protocol.take_resume()) s.protocol.stopped({});
    s.protocol.take_output();
  }
  // What is left of an unfinished packet ends with the next '#', which is then no good packet.
  s.raw("#00");
  s.raw("#00");
  if (s.protocol.take_resume()) s.protocol.stopped({});
  s.protocol.take_output();
  CHECK(s.ask("qC") == "QC1");
  s.raw("$" + std::string(200000, 'x'));
  CHECK(s.ask("qC") == "QC1");
}
