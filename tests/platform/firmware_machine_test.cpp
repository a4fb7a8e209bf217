// SPDX-License-Identifier: Apache-2.0
// The machine that firmware runs on, with programs of a few words: what they reach, when, and how it ends.
#include <string>
#include <vector>

#include "models/arch/pec/pec_registers.hpp"
#include "models/arch/physical_map.hpp"
#include "models/base/check.hpp"
#include "platform/config/read.hpp"
#include "platform/firmware/default_config.hpp"
#include "platform/firmware/machine.hpp"
#include "platform/firmware/register_trace.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/ppc_words.hpp"

using namespace phbsim;
using namespace phbsim::test::ppc;
using firmware::Machine;

namespace {

constexpr std::uint64_t kEntry = 0x2000;
constexpr RealAddr kRegisters = 0x000600C3C0000000ull;  // phb.md 5.7, PHB 0
constexpr std::uint64_t kStack0 = 0x4010C40;            // phb.md 5.6: nest registers of PEC 0's stack

config::Config one_phb() {
  const char* text = R"(
[platform]
preset = "power9"
[memory]
size = "64M"
[phb.phb0]
[pe.dev]
layout = "program"
[endpoint.dev]
rid = "01:00.0"
workload = "program"
[firmware]
xscom_latency = "500ns"
)";
  config::ReadResult r = config::read_text(text, "test");
  for (const auto& e : r.errors) UNSCOPED_INFO(e.text());
  REQUIRE(r.ok());
  return r.config;
}

/// A program under construction; r31 is scratch.
struct Program {
  std::vector<Word> words;

  void add(std::initializer_list<Word> more) { words.insert(words.end(), more); }
  void load64(unsigned rt, std::uint64_t v) {
    add({lis(rt, static_cast<int>(v >> 48)), ori(rt, rt, v >> 32 & 0xFFFF), sldi(rt, rt, 32)});
    add({x_form(31, 31, 31, 31, 316)});  // xor r31,r31,r31
    add({ori(31, 31, v >> 16 & 0xFFFF), sldi(31, 31, 16), ori(31, 31, v & 0xFFFF)});
    add({x_form(31, rt, rt, 31, 266)});  // add rt,rt,r31
  }
  void read(unsigned rt, std::uint64_t addr, unsigned xo = 885) {  // ldcix
    load64(30, addr);
    add({x_form(31, rt, 0, 30, xo)});
  }
  void write(std::uint64_t addr, std::uint64_t value, unsigned xo = 1013) {  // stdcix
    load64(30, addr);
    load64(29, value);
    add({x_form(31, 29, 0, 30, xo)});
  }
  void xscom(std::uint64_t scom, std::uint64_t value) { write(0x000603FC00000000ull + (scom << 3), value); }
  /// PHB 0's register BAR, as firmware programs it.
  void map_registers() {
    xscom(kStack0 + 0x12, kRegisters << 8);
    xscom(kStack0 + 0x14, ppc_bit(2));
  }
  void print(char c) {
    load64(30, 0x000603'00'D00103F8ull);
    add({li(29, c), x_form(31, 29, 0, 30, 981)});  // stbcix
  }
  void end(int status) { add({li(3, status), kAttn}); }

  arch::ppc64::Image image() const {
    arch::ppc64::Image i;
    i.entry = kEntry;
    arch::ppc64::Image::Segment s;
    s.addr = kEntry;
    for (const Word w : words)
      for (unsigned k = 0; k < 4; ++k) s.bytes.push_back(static_cast<unsigned char>(w >> (24 - 8 * k)));
    s.memory = s.bytes.size();
    s.executable = true;
    i.segments.push_back(s);
    i.symbols.add({kEntry, 0, true, true, "_start"});
    i.symbols.finish();
    return i;
  }
};

std::uint64_t gpr(Machine& m, unsigned n) { return m.cpu().core().state().gpr[n]; }

}  // namespace

TEST_CASE("A program ends with attn, its status is r3, its console is heard") {
  Program p;
  p.print('h');
  p.print('i');
  p.end(3);
  const auto image = p.image();
  Machine m(one_phb(), image);
  std::string console;
  m.on_character = [&](char c) { console += c; };
  const auto outcome = m.run(kNever);
  CHECK(outcome.end == Machine::End::Finished);
  CHECK(outcome.status == 3);
  CHECK(console == "hi");
}

TEST_CASE("A program starts with boot information in r3") {
  Program p;
  p.add({ld(4, 0, 3), ld(5, 8, 3), ld(6, 17 * 8 + 5 * 8, 3)});
  p.end(0);
  const auto image = p.image();
  Machine m(one_phb(), image);
  m.run(kNever);
  CHECK(gpr(m, 4) == 0x50484253494d4657ull);
  CHECK(gpr(m, 5) == 1);
  CHECK(gpr(m, 6) == kRegisters);
  CHECK(m.boot_info().phbs.at(0).devices == 1);
}

TEST_CASE("Registers answer where firmware puts their BAR, and nowhere before") {
  Program before;
  before.read(4, kRegisters + 0x800);
  before.end(0);
  {
    const auto image = before.image();
    Machine m(one_phb(), image);
    const auto outcome = m.run(10 * kPsPerMs);
    CHECK(outcome.end != Machine::End::Finished);  // a machine check: nobody is there, and no handler either
    CHECK(m.fabric().bus_errors() >= 1);
  }
}

TEST_CASE("A register of a PHB is read at its value after its BAR is set") {
  Program p;
  p.map_registers();
  p.read(4, kRegisters + 0x800);
  p.read(5, kRegisters + 0x268);
  p.end(0);
  const auto image = p.image();
  Machine m(one_phb(), image);
  std::vector<firmware::RegisterAccess> seen;
  m.on_register = [&](const firmware::RegisterAccess& a) { seen.push_back(a); };
  CHECK(m.run(kNever).end == Machine::End::Finished);
  CHECK(gpr(m, 4) == 0x000000A400000002ull);  // phb.md 5.2
  CHECK(gpr(m, 5) >> 52 == 512);
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].region == "pec0.0-nest-phb-0");
  CHECK(seen[0].offset == 0x20086290);  // as a real trace has it
  CHECK(seen[0].value == 0x000600C3C0000000ull << 8);
  CHECK(seen[2].region == "phb0.0");
  CHECK(seen[2].offset == 0x800);
  CHECK_FALSE(seen[2].write);
  CHECK(seen[2].value == 0x000000A400000002ull);
  CHECK(firmware::trace_line(seen[2], seen[2].at / kPsPerUs) == "+0 mr phb0.0 800 8 a400000002\n");
}

TEST_CASE("Each kind of register access takes its time") {
  Program p;
  p.map_registers();
  for (unsigned i = 0; i < 2; ++i) p.read(4, kRegisters + 0x800);
  p.xscom(kStack0 + 0x14, ppc_bit(2));
  p.end(0);
  const auto image = p.image();
  auto config = one_phb();
  config.firmware.cpu_mhz = 1000;
  Machine m(config, image);
  std::vector<Tick> at;
  m.on_register = [&](const firmware::RegisterAccess& a) { at.push_back(a.at); };
  m.run(kNever);
  REQUIRE(at.size() == 5);
  constexpr Tick kNs = kPsPerNs;
  // Between two reads: 9 instructions, the register's 100 ns.
  CHECK(at[3] - at[2] == 100 * kNs + 9 * kNs);
  // 17 instructions and the service bus.
  CHECK(at[4] - at[3] == 500 * kNs + 17 * kNs);
}

TEST_CASE("XSCOM says in HMER whether somebody answered") {
  Program p;
  p.read(4, 0x000603FC00000000ull + (0x1234567ull << 3));
  p.add({mfspr(5, 336)});
  p.end(0);
  const auto image = p.image();
  Machine m(one_phb(), image);
  CHECK(m.run(kNever).end == Machine::End::Finished);
  CHECK(gpr(m, 4) == ~0ull);
  CHECK((gpr(m, 5) & ppc_bit(8)) != 0);
  CHECK((gpr(m, 5) >> 40 & 7) == 4);
}

TEST_CASE("A word that is no instruction is an error with pc, word and symbol") {
  Program p;
  p.add({kNop, 0x00000000});
  const auto image = p.image();
  Machine m(one_phb(), image);
  const auto outcome = m.run(kNever);
  CHECK(outcome.end == Machine::End::Stopped);
  CHECK(outcome.text.find("2004") != std::string::npos);
  CHECK(outcome.text.find("_start+0x4") != std::string::npos);
}

TEST_CASE("A program without end is ended by its time, one that waits for nothing by itself") {
  Program p;
  p.add({b(0)});
  const auto image = p.image();
  Machine m(one_phb(), image);
  const auto outcome = m.run(5 * kPsPerMs);
  CHECK((outcome.end == Machine::End::TimeOver || outcome.end == Machine::End::Stuck));
  CHECK(m.now() <= 5 * kPsPerMs);
}

TEST_CASE("A planned fault comes at its time") {
  Program p;
  p.load64(5, 3000);
  p.add({mtctr(5), kNop, bdnz(-4)});
  p.end(0);
  const auto image = p.image();
  auto config = one_phb();
  config.firmware.faults = "phb0 unplug at 1us";
  Machine m(config, image);
  REQUIRE(m.phb(0).state().link().present());
  m.run(kNever);
  CHECK(m.faults_done() == 1);
  CHECK_FALSE(m.phb(0).state().link().present());
}

TEST_CASE("A planned fault comes behind a line of the console") {
  Program p;
  for (const char c : {'a', 'b', '\n', 'x', 'a', 'b', '\n', 'a', 'b'}) p.print(c);
  p.load64(5, 1000);
  p.add({mtctr(5), kNop, bdnz(-4)});
  p.end(0);
  const auto image = p.image();
  auto config = one_phb();
  // The third 'ab' is not a line yet.
  config.firmware.faults = "phb0 unplug after 'ab'; phb0 plug after 3 'ab'; phb0 err-fatal after 2 'ab'; * unplug after 'ab'";
  Machine m(config, image);
  m.run(kNever);
  CHECK(m.faults_done() == 2);
  CHECK_FALSE(m.phb(0).state().link().present());
}

TEST_CASE("A plan that makes no sense is an error that says what is allowed") {
  const auto text_of = [](const std::string& plan) {
    try {
      firmware::parse_faults(plan, "firmware.faults");
    } catch (const UserError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  CHECK(text_of("phb0 burn at 1ms").find("allowed are poison, link-down") != std::string::npos);
  CHECK(text_of("phb0 poison at noon").find("is no time") != std::string::npos);
  CHECK(text_of("phb0 poison after words").find("single quotes") != std::string::npos);
  CHECK(text_of("phb0 poison after x 'y'").find("is no number") != std::string::npos);
  CHECK(text_of("phb0 poison when 1ms").find("neither at nor after") != std::string::npos);
  CHECK(text_of("phb0 poison at 1ms; * link-down after 'x y'") == "accepted");
  const auto plan = firmware::parse_faults("phb0 poison at 1ms; * link-down after 'x y'", "");
  REQUIRE(plan.size() == 2);
  CHECK(plan[0].at == kPsPerMs);
  CHECK(plan[1].after == "x y");
  CHECK(plan[1].kind == firmware::PlannedFault::Kind::LinkDown);
}

TEST_CASE("The default machine of each preset is a valid configuration") {
  for (const char* preset : {"power8", "power9", "power10"}) {
    const auto r = config::read_text(firmware::default_config(preset), "default");
    for (const auto& e : r.errors) UNSCOPED_INFO(e.text());
    CHECK(r.ok());
    CHECK(r.config.phbs.size() == (std::string(preset) == "power8" ? 4 : 6));
    CHECK(r.config.endpoints.size() == r.config.phbs.size());
  }
  CHECK_THROWS_AS(firmware::default_config("power7"), UserError);
}

TEST_CASE("A PHB's interrupt goes to the queue that firmware reads, and raises the external line") {
  Program p;
  p.load64(5, 4000);
  p.add({mtctr(5), kNop, bdnz(-4)});
  p.read(4, 0x000603'02'03100000ull);
  p.read(6, 0x000603'02'03100008ull);
  p.end(0);
  const auto image = p.image();
  Machine m(one_phb(), image);
  m.phb(0).state().set_reg(arch::Reg::IntNotifyAddr, 0x000603'02'03100800ull);
  m.phb(0).state().set_reg(arch::Reg::IntNotifyIndex, 0x40);
  m.phb(0).state().interrupts().message(5);
  m.phb(0).settle();
  m.run(kNever);
  CHECK((gpr(m, 4) & low_mask(48)) == 0x45);
  CHECK(gpr(m, 6) == 0);
  CHECK(m.interrupts().notified() == 1);
  CHECK_FALSE(m.cpu().core().line(arch::ppc64::Line::External));
}
