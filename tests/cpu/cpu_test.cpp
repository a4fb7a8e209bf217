// SPDX-License-Identifier: Apache-2.0
// The processor module: its time and the devices' time, bytes at the socket, errors, interrupts, idling.
#include "models/cpu/cpu.hpp"

#include <memory>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/ppc_words.hpp"
#include "tests/support/toy_machine.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::ppc;
using arch::ppc64::CoreOptions;
using arch::ppc64::Line;
using arch::ppc64::StopReason;
using cpu::Cpu;
using cpu::CpuParams;

namespace {

constexpr RealAddr kCode = 0x10000;
constexpr Tick kStep = 250;                // ps of an instruction at 4 GHz and one cycle each
constexpr Tick kLatency = 100 * kPsPerNs;  // of the toy device
namespace msr = arch::ppc64::msr;

using Program = std::vector<Word>;

void put(ToyMachine& m, RealAddr at, const Program& words, bool little = false) {
  for (const Word w : words) {
    unsigned char bytes[4];
    if (little) {
      store_le32(bytes, w);
    } else {
      store_be32(bytes, w);
    }
    m.memory.store().write(at, bytes, 4);
    at += 4;
  }
}

Program operator+(Program a, const Program& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Program kNowhere = {lis(3, 0x7000), mtctr(3), 0x4e800420, kAttn};  // bctr

/// How a program waits.
enum Way { kBranch, kWaitInstruction, kNapInstruction };

/// r5 = the device, two instructions.
const Program kDevice = {li(5, 1), sldi(5, 5, 32)};

CoreOptions start(std::uint64_t more_msr = 0) {
  CoreOptions o;
  o.reset_pc = kCode;
  o.reset_msr |= more_msr;
  return o;
}

struct Bench : ToyMachine {
  std::vector<Cpu::Stop> stops;
  std::vector<Tick> at;

  explicit Bench(const Program& program, const CpuParams& params = {}, CoreOptions options = start())
      : ToyMachine(params, options) {
    put(*this, kCode, program, (options.reset_msr & msr::kLe) != 0);
    cpu.on_stop([this](const Cpu::Stop& stop) {
      stops.push_back(stop);
      at.push_back(sc_core::sc_time_stamp().value());
      return Cpu::Action::End;
    });
  }
  /// Runs; the stop must be the only one, an attn at `pc`.
  Tick run_to_attn(RealAddr pc) {
    driver.start(kPsPerS);
    REQUIRE(stops.size() == 1);
    CHECK(stops[0].reason == StopReason::Attention);
    CHECK(stops[0].pc == pc);
    CHECK(cpu.ended());
    return at[0];
  }
  std::uint64_t gpr(unsigned n) { return cpu.core().state().gpr[n]; }
};

}  // namespace

TEMPLATE_TEST_CASE_SIG("A program in direct memory takes its instructions' time, whatever the quantum", "",
                       ((Tick Q), Q), 1, 700, 250000, 1000000, 100000000) {
  CpuParams p;
  p.quantum = Q;
  Bench x({li(3, 1000), mtctr(3), addi(4, 4, 3), bdnz(-4), kAttn}, p);
  CHECK(x.run_to_attn(kCode + 16) == 2002 * kStep);
  CHECK(x.gpr(4) == 3000);
  CHECK(x.cpu.core().executed() == 2002);
  CHECK(x.cpu.counters().accesses == 0);
  CHECK(x.memory.stats()[stats::Stat::MemReads] == 0);
}

TEST_CASE("Clock and cycles per instruction are parameters") {
  CpuParams p;
  p.clock_mhz = 1000;
  p.millicycles = 2500;
  Bench x({li(3, 1000), mtctr(3), bdnz(0), kAttn}, p);
  CHECK(x.run_to_attn(kCode + 12) == 1002 * 2500);
}

TEMPLATE_TEST_CASE_SIG("A device is met at the processor's own time, and the processor goes on at the device's", "",
                       ((bool Annotate, Tick Q), Annotate, Q), (false, 1000), (true, 1000), (false, 1000000),
                       (true, 1000000), (false, 50000000)) {
  const bool annotate = Annotate;
  CpuParams p;
  p.quantum = Q;
  Bench x(kDevice +
              Program{kNop, kNop, ld(6, ToyDevice::kTime, 5), mfspr(7, kTb), kNop, std_(6, ToyDevice::kEcho, 5), kAttn},
          p);
  x.device.annotate = annotate;
  const Tick first = 4 * kStep, second = first + kLatency + 3 * kStep;
  CHECK(x.run_to_attn(kCode + 8 * 4) == second + kLatency + kStep);
  REQUIRE(x.device.accesses.size() == 2);
  CHECK(x.device.accesses[0].at == first);
  CHECK(x.device.accesses[1].at == second);
  CHECK(x.gpr(6) == (annotate ? first : first + kLatency) / kPsPerNs);
  CHECK(x.gpr(7) == (first + kLatency + kStep) * 512 / kPsPerUs);
  CHECK(x.cpu.counters().accesses == 2);
  CHECK(x.cpu.counters().errors == 0);
}

TEMPLATE_TEST_CASE_SIG("A store is one transaction with its bytes in memory order", "", ((bool Little), Little), false,
                       true) {
  const bool little = Little;
  Bench x(kDevice + Program{lis(6, 0x0123), ori(6, 6, 0x4567), sldi(6, 6, 32), lis(7, 0x4321), ori(7, 7, 0x0fed),
                            x_form(31, 6, 6, 7, 444),  // or r6, r6, r7
                            std_(6, 0x40, 5), stw(6, 0x48, 5), sth(6, 0x4c, 5), stb(6, 0x4e, 5), stw(6, 0x43, 5),
                            lwz(8, 0x43, 5), kAttn},
          {}, start(little ? msr::kLe : 0));
  x.run_to_attn(kCode + 14 * 4);
  const auto& a = x.device.accesses;
  REQUIRE(a.size() == 6);
  using Bytes = std::vector<unsigned char>;
  CHECK(a[0].bytes == (little ? Bytes{0xed, 0x0f, 0x21, 0x43, 0x67, 0x45, 0x23, 0x01}
                              : Bytes{0x01, 0x23, 0x45, 0x67, 0x43, 0x21, 0x0f, 0xed}));
  CHECK(a[1].bytes == (little ? Bytes{0xed, 0x0f, 0x21, 0x43} : Bytes{0x43, 0x21, 0x0f, 0xed}));
  CHECK(a[2].bytes == (little ? Bytes{0xed, 0x0f} : Bytes{0x0f, 0xed}));
  CHECK(a[3].bytes == Bytes{0xed});
  CHECK(a[4].bytes.size() == 4);
  CHECK(a[4].offset == 0x43);
  CHECK(a[0].offset == 0x40);
  CHECK(a[3].offset == 0x4e);
  CHECK_FALSE(a[5].write);
  CHECK(x.gpr(8) == 0x43210fed);
}

TEMPLATE_TEST_CASE_SIG("An error response becomes a machine check at the access", "",
                       ((bool Store, bool Nobody), Store, Nobody), (false, false), (true, false), (false, true),
                       (true, true)) {
  const bool store = Store;
  const bool nobody = Nobody;
  Bench x(kDevice + Program{nobody ? addi(5, 5, 0x2000) : kNop, store ? std_(6, 0x28, 5) : ld(6, 0x28, 5), kAttn});
  put(x, 0x200, {mfspr(3, kSrr0), mfspr(4, kDar), kAttn});
  x.run_to_attn(0x208);
  CHECK(x.gpr(3) == kCode + 12);
  CHECK(x.gpr(4) == kToyDevice + 0x28 + (nobody ? 0x2000 : 0));
  CHECK(x.cpu.counters().errors == 1);
}

TEST_CASE("Code that nobody answers for is a machine check") {
  Bench x(kNowhere);
  put(x, 0x200, {mfspr(3, kSrr0), mfmsr(4), kAttn});
  x.run_to_attn(0x208);
  CHECK(x.gpr(3) == 0x70000000);
  CHECK((x.gpr(4) & msr::kMe) == 0);
}

TEST_CASE("Code that nobody answers for is a checkstop where machine checks are off") {
  Bench x(kNowhere);
  x.cpu.core().set_msr(msr::kSf | msr::kHv);
  x.driver.start(kPsPerMs);
  REQUIRE(x.stops.size() == 1);
  CHECK(x.stops[0].reason == StopReason::Checkstop);
  CHECK(x.cpu.describe(x.stops[0]).find("0x70000000") != std::string::npos);
}

TEST_CASE("Without direct memory a program does the same by transactions") {
  Program program = {li(3, 5), mtctr(3), lis(6, 2), ld(7, 8, 6), addi(7, 7, 1), std_(7, 8, 6), bdnz(-12), kAttn};
  Bench x(program);
  x.router.direct = false;
  const unsigned char start[8] = {0, 0, 0, 0, 0, 0, 1, 0};
  x.memory.store().write(0x20008, start, 8);
  const Tick end = x.run_to_attn(kCode + 28);
  CHECK(x.memory.store().read_be64(0x20008) == 0x105);
  // Each word is fetched once; the loop's five loads and stores each take what memory takes.
  CHECK(x.cpu.counters().accesses == 8 + 10);
  CHECK(end == 23 * kStep + (8 + 5) * 250 * kPsPerNs + 5 * 40 * kPsPerNs);
}

TEST_CASE("Poison takes direct memory away") {
  Bench x(kDevice + Program{lis(6, 2), ld(7, 0, 6), std_(7, 0x40, 5), ld(8, 0, 6), kAttn});
  x.device.on_access = [&x] { x.memory.poison(0x20000, 8); };
  put(x, 0x200, {mfspr(3, kSrr0), kAttn});
  x.run_to_attn(0x204);
  CHECK(x.gpr(3) == kCode + 20);
}

TEMPLATE_TEST_CASE_SIG("Code that a device writes is seen after icbi, or when the processor is told", "",
                       ((bool Told), Told), false, true) {
  // At kCode + 0x100 a subroutine: li r3, 1; blr. It is called, overwritten by a device, and called again.
  const bool told = Told;
  Program main = kDevice;
  main.push_back(b(0x100 - 4 * 2) | 1);
  main.push_back(addi(9, 3, 0));
  main.push_back(std_(6, 0x40, 5));  // the device writes
  main.push_back(b(0x100 - 4 * 5) | 1);
  main.push_back(addi(10, 3, 0));
  main.push_back(lis(6, 1));
  main.push_back(ori(6, 6, 0x100));
  main.push_back(icbi(0, 6));
  main.push_back(kIsync);
  main.push_back(b(0x100 - 4 * 11) | 1);
  main.push_back(kAttn);
  Bench x(main);
  put(x, kCode + 0x100, {li(3, 1), 0x4e800020});
  x.device.on_access = [&] {
    put(x, kCode + 0x100, {li(3, 2)});
    if (told) x.cpu.code_written(kCode + 0x100, 4);
  };
  x.run_to_attn(kCode + 48);
  CHECK(x.gpr(9) == 1);
  CHECK(x.gpr(10) == (told ? 2 : 1));
  CHECK(x.gpr(3) == 2);
}

TEMPLATE_TEST_CASE_SIG("An interrupt wakes an idle processor at its time, with the external vector or the reset one",
                       "", ((Way W), W), kBranch, kWaitInstruction, kNapInstruction) {
  const Way way = W;
  const Word idle = way == kBranch ? b(0) : way == kWaitInstruction ? kWait : kStop;
  Bench x(kDevice + Program{li(6, 5000), std_(6, ToyDevice::kRaise, 5), lis(7, 0), ori(7, 7, 0x4000), lis(8, 0x10),
                            mtspr(kLpcr, 7), mtspr(kPsscr, 8), idle, b(0)},
          {}, start(msr::kEe));
  const RealAddr vector = way == kNapInstruction ? 0x100 : 0x500;
  put(x, vector, {ld(8, ToyDevice::kTime, 5), kAttn});
  const Tick raise = 3 * kStep + kLatency + 5000 * kPsPerNs;
  CHECK(x.run_to_attn(vector + 4) == raise + kStep + kLatency);
  CHECK(x.gpr(8) == (raise + kLatency) / kPsPerNs);
  CHECK(x.cpu.counters().sleeps >= 1);
  CHECK(x.cpu.counters().idle > 3900 * kPsPerNs);
  CHECK(x.cpu.core().executed() < 10000);
}

TEMPLATE_TEST_CASE_SIG("A processor at work sees an interrupt within a quantum", "", ((Tick Q), Q), 10000, 1000000) {
  CpuParams p;
  p.quantum = Q;
  Bench x(kDevice + Program{li(6, 5000), std_(6, ToyDevice::kRaise, 5), addi(9, 9, 1), b(-4)}, p, start(msr::kEe));
  put(x, 0x500, {kAttn});
  const Tick raise = 3 * kStep + kLatency + 5000 * kPsPerNs;
  const Tick taken = x.run_to_attn(0x500);
  CHECK(taken >= raise);
  CHECK(taken <= raise + p.quantum);
}

TEST_CASE("An interrupt that comes during an access is taken behind it") {
  Bench x(kDevice + Program{ld(6, 0x40, 5), li(9, 1), kAttn}, {}, start(msr::kEe));
  x.device.on_access = [&x] { x.cpu.set_interrupt(Line::External, true); };
  put(x, 0x500, {mfspr(3, kHsrr0), kAttn});
  x.run_to_attn(0x504);
  CHECK(x.gpr(3) == kCode + 12);
  CHECK(x.gpr(9) == 0);
}

TEMPLATE_TEST_CASE_SIG("The decrementer strikes at its time, at work and idle", "",
                       ((bool Idle, bool IdleBranch), Idle, IdleBranch), (false, false), (false, true), (true, false),
                       (true, true)) {
  const bool idle = Idle;
  CpuParams p;
  p.idle_branch = IdleBranch;
  Bench x({li(3, 5120), mtspr(kDec, 3), idle ? b(0) : addi(4, 4, 1), b(-4)}, p, start(msr::kEe));
  put(x, 0x900, {mfspr(4, kTb), kAttn});
  const Tick end = x.run_to_attn(0x904);
  // Written at time base 0, it falls below zero after 5121 ticks, or at 5120, as the core has it: to a tick of 1953 ps.
  CHECK(end >= x.cpu.time_of_timebase(5120));
  CHECK(end <= x.cpu.time_of_timebase(5121) + 2 * kStep);
  CHECK(x.gpr(4) >= 5120);
  CHECK(x.gpr(4) <= 5121);
  if (idle && p.idle_branch) {
    CHECK(x.cpu.core().executed() < 5000);
  } else {
    CHECK(x.cpu.core().executed() > 39'000);
  }
}

TEMPLATE_TEST_CASE_SIG("A processor that nothing can wake does not keep the simulation going", "", ((Word Idle), Idle),
                       b(0), kWait) {
  Bench x({li(3, 512), mtspr(kDec, 3), Idle, b(0)});  // EE is off: the decrementer is masked
  x.driver.start(kNever);
  CHECK(x.stops.empty());
  CHECK_FALSE(x.cpu.ended());
  // To the hypervisor decrementer of reset, which nobody enabled, and not beyond.
  CHECK(sc_core::sc_time_stamp().value() < 5 * kPsPerS);
  CHECK(x.cpu.counters().sleeps < 5);
}

TEST_CASE("An instruction that is none is named to the handler with its pc and word and symbol") {
  Bench x({kNop, 0x0000'003f});
  x.cpu.set_symbolizer([](std::uint64_t pc) { return pc == kCode + 4 ? std::string("start+0x4") : std::string(); });
  x.driver.start(kPsPerMs);
  REQUIRE(x.stops.size() == 1);
  CHECK(x.stops[0].reason == StopReason::Unknown);
  const std::string text = x.cpu.describe(x.stops[0]);
  CHECK(text.find("cpu: ") == 0);
  CHECK(text.find("0x3f") != std::string::npos);
  CHECK(text.find("0x10004") != std::string::npos);
  CHECK(text.find("(start+0x4)") != std::string::npos);
  REQUIRE(x.cpu.last_stop().has_value());
  CHECK(x.cpu.last_stop()->pc == kCode + 4);
}

TEST_CASE("An instruction that is none is an error report where nobody handles it") {
  Bench x({kNop, 0x0000'003f});
  x.cpu.set_symbolizer([](std::uint64_t) { return std::string("start+0x4"); });
  x.cpu.on_stop({});
  try {
    x.driver.start(kPsPerMs);
    FAIL("no report");
  } catch (const sc_core::sc_report& r) {
    CHECK(std::string(r.get_msg()).find("(start+0x4)") != std::string::npos);
  }
}

TEST_CASE("A handler steps, looks around and changes what it likes") {
  Bench x({li(3, 1), li(4, 2), li(5, 3), kAttn});
  std::vector<std::uint64_t> pcs;
  x.cpu.stop_at_start();
  x.cpu.on_stop([&](const Cpu::Stop& stop) {
    pcs.push_back(stop.pc);
    if (stop.reason == StopReason::Attention) return Cpu::Action::End;
    CHECK(stop.reason == StopReason::Count);
    if (stop.pc == kCode + 8) x.cpu.core().state().gpr[3] = 77;
    CHECK(sc_core::sc_time_stamp().value() == (stop.pc - kCode) / 4 * kStep);
    return pcs.size() < 3 ? Cpu::Action::Step : Cpu::Action::Continue;
  });
  x.driver.start(kPsPerMs);
  CHECK(pcs == std::vector<std::uint64_t>{kCode, kCode + 4, kCode + 8, kCode + 12});
  CHECK(x.gpr(3) == 77);
}

TEMPLATE_TEST_CASE_SIG("A poll stops a processor at work, and one that sleeps", "", ((bool Idle), Idle), false, true) {
  const bool idle = Idle;
  Bench x({idle ? kWait : addi(3, 3, 1), b(-4)});
  unsigned polls = 0;
  x.cpu.on_poll([&polls] { return ++polls == 5; });
  x.driver.start(kPsPerS);
  REQUIRE(x.stops.size() == 1);
  CHECK(x.stops[0].reason == StopReason::Count);
  CHECK(x.at[0] >= 4 * (idle ? 100 : 1) * kPsPerUs - kPsPerUs);
  CHECK(x.at[0] <= 6 * (idle ? 100 : 1) * kPsPerUs);
}

TEST_CASE("Breakpoints stop before an instruction and are passed afterwards") {
  Bench x({li(3, 3), mtctr(3), addi(4, 4, 1), bdnz(-4), kAttn});
  x.cpu.core().add_breakpoint(kCode + 8);
  unsigned hits = 0;
  x.cpu.on_stop([&](const Cpu::Stop& stop) {
    if (stop.reason != StopReason::Breakpoint) return Cpu::Action::End;
    CHECK(x.gpr(4) == hits);
    ++hits;
    return Cpu::Action::Continue;
  });
  x.driver.start(kPsPerMs);
  CHECK(hits == 3);
  CHECK(x.cpu.ended());
}

TEST_CASE("Debug access has no time, no side effect and no fault") {
  Bench x({kAttn});
  x.run_to_attn(kCode);
  unsigned char bytes[16] = {};
  const Tick before = sc_core::sc_time_stamp().value();
  CHECK(x.cpu.read_memory(kCode, bytes, 4));
  CHECK(load_be32(bytes) == kAttn);
  CHECK(x.cpu.write_memory(0x2ffe, bytes, 4));
  CHECK(x.memory.store().read_be16(0x3000) == 0x0200);
  const unsigned char value[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(x.cpu.write_memory(kToyDevice + 0x40, value, 8));
  CHECK(x.cpu.read_memory(kToyDevice + 0x42, bytes, 2));
  CHECK(bytes[0] == 3);
  CHECK_FALSE(x.cpu.read_memory(kToyDevice + 0x10, bytes, 8));
  CHECK_FALSE(x.cpu.read_memory(0x7000'0000, bytes, 1));
  CHECK(x.device.accesses.empty());
  CHECK(sc_core::sc_time_stamp().value() == before);
  CHECK(x.cpu.counters().accesses == 0);
}

TEST_CASE("System calls that the host serves go on behind the instruction") {
  Bench x({li(3, 7), sc(1), addi(4, 3, 1), kAttn});
  x.cpu.on_system_call([](arch::ppc64::CpuState& s, unsigned lev) {
    s.gpr[3] = 100 + lev;
    return lev == 1;
  });
  x.run_to_attn(kCode + 12);
  CHECK(x.gpr(4) == 102);
}

TEMPLATE_TEST_CASE_SIG("The time base and the time say the same", "", ((unsigned Mhz), Mhz), 1, 512, 33, 10000) {
  CpuParams p;
  p.timebase_mhz = Mhz;
  Bench x({kAttn}, p);
  for (const std::uint64_t ticks : {0ull, 1ull, 511ull, 512ull, 513ull, 1'000'000'007ull, 1ull << 40}) {
    const Tick t = x.cpu.time_of_timebase(ticks);
    CHECK(x.cpu.timebase_at(t) == ticks);
    if (t != 0) CHECK(x.cpu.timebase_at(t - 1) == ticks - 1);
  }
  CHECK(x.cpu.time_of_timebase(~0ull) == kNever);
}

TEST_CASE("Accesses to devices come at the same times with any quantum") {
  const auto play = [](Tick quantum) {
    return forked([quantum] {
      CpuParams p;
      p.quantum = quantum;
      Bench x(kDevice + Program{li(3, 300), mtctr(3), ld(6, 0x40, 5), addi(6, 6, 1), std_(6, 0x40, 5), mfspr(7, kTb),
                                std_(7, 0x48, 5), bdnz(-20), kAttn},
              p);
      x.driver.start(kPsPerS);
      Facts f;
      for (const auto& a : x.device.accesses) {
        f["times"] += std::to_string(a.at) + " ";
        for (const auto byte : a.bytes) f["bytes"] += std::to_string(byte) + " ";
      }
      f["end"] = std::to_string(x.at.at(0));
      return f;
    });
  };
  const Facts base = play(kPsPerUs);
  REQUIRE(failure(base).empty());
  CHECK(base.at("bytes").size() > 2000);
  for (const Tick q : {Tick{1}, Tick{777}, 100 * kPsPerUs}) CHECK(play(q) == base);
}

TEST_CASE("Parameters out of range are named") {
  const auto refused = [](auto change) {
    CpuParams p;
    change(p);
    try {
      check(p);
    } catch (const UserError& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  CHECK(refused([](CpuParams&) {}) == "none");
  CHECK(refused([](CpuParams& p) { p.clock_mhz = 0; }) == "cpu.clock_mhz is 0, allowed is 1 to 100000");
  CHECK(refused([](CpuParams& p) { p.millicycles = 1'000'001; }) ==
        "cpu.millicycles is 1000001, allowed is 1 to 1000000");
  CHECK(refused([](CpuParams& p) { p.timebase_mhz = 0; }).find("cpu.timebase_mhz is 0") == 0);
  CHECK(refused([](CpuParams& p) { p.quantum = 0; }).find("cpu.quantum is 0") == 0);
  CHECK(refused([](CpuParams& p) { p.poll_interval = 1; }).find("cpu.poll_interval is 1") == 0);
  CHECK(refused([](CpuParams& p) { p.stack_bytes = 1; }).find("cpu.stack_bytes is 1") == 0);
}
